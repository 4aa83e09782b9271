/*
 * mapped.h - for tests and fuzzers of mappings: formats built by hand, and a whole file as one line of text per row.
 */
#ifndef MAPPED_H
#define MAPPED_H

#include <stdio.h>
#include <string.h>

#include "../../src/base/text.h"
#include "../../src/read/mapping.h"
#include "../../src/read/value.h"

/* A column by one name; -1 when there is no memory. */
static inline int
mapped_column(RcFormat *format, const char *name)
{
	RcStatus	status;
	RcField		field = {name, (uint32_t) strlen(name)};

	rc_status_reset(&status);
	return rc_format_column(format, &field, 1, 0, &status);
}

/* Fills an expression that takes one column. */
static inline bool
mapped_from(RcFormat *format, RcExpression *expression, const char *name)
{
	int		   *column = rc_format_allocate(format, sizeof(int));

	if (!column || (column[0] = mapped_column(format, name)) < 0)
		return false;
	expression->kind = RC_FROM_COLUMNS;
	expression->columns = column;
	expression->column_count = 1;
	return true;
}

/* A condition "column is value". */
static inline bool
mapped_when(RcFormat *format, RcWhen *when, const char *name, const char *value)
{
	RcCondition *condition = rc_format_allocate(format, sizeof(RcCondition));
	RcField    *values = rc_format_allocate(format, sizeof(RcField));

	if (!condition || !values || (condition->column = mapped_column(format, name)) < 0)
		return false;
	values[0] = (RcField) {value, (uint32_t) strlen(value)};
	condition->values = values;
	condition->value_count = 1;
	when->conditions = condition;
	when->count = 1;
	return true;
}

/*
 * A platform's bill: each row a sale or refund and a fee; "#" lines around; a trailer with count and sum; a closing line. NULL: no memory.
 */
static inline RcFormat *
mapped_bill(const RcAllocator *allocator)
{
	static const char *const iso[] = {"iso", "DD.MM.YYYY"};
	RcFormat   *format = rc_format_create(allocator, "bill", &rc_target_settlement_line);
	RcExpression *fields;
	RcStatus	status;
	bool		good;

	if (!format)
		return NULL;
	rc_status_reset(&status);
	fields = format->fields;
	format->comment = (RcField) {"#", 1};
	format->end = (RcField) {"the end", 7};
	good = mapped_from(format, &fields[RC_LINE_POSTED_AT], "time") && mapped_from(format, &fields[RC_LINE_ORDER_NO], "order") &&
		mapped_from(format, &fields[RC_LINE_TRANSACTION_NO], "number");
	fields[RC_LINE_POSTED_AT].patterns = iso;
	fields[RC_LINE_POSTED_AT].pattern_count = 2;
	fields[RC_LINE_SETTLEMENT_NO].kind = RC_FROM_TEMPLATE;
	fields[RC_LINE_SETTLEMENT_NO].template_text = (RcField) {"{account}/{posted_at:YYYYMMDD}", 30};
	format->lines = rc_format_allocate(format, sizeof(RcLine) * 3);
	good = good && format->lines;
	for (int l = 0; good && l < 3; l++)
	{
		static const char *const kinds[] = {"sale", "refund", "service_fee"};
		RcLine	   *line = &format->lines[l];

		line->target = format->target;
		line->fields = rc_format_allocate(format, sizeof(RcExpression) * (size_t) format->target->field_count);
		line->given = rc_format_allocate(format, sizeof(bool) * (size_t) format->target->field_count);
		good = line->fields && line->given && (l == 2 || mapped_when(format, &line->when, "type", l == 0 ? "pay" : "back")) &&
			mapped_from(format, &line->fields[RC_LINE_AMOUNT], l == 2 ? "fee" : "gross");
		if (!good)
			break;
		line->given[RC_LINE_KIND] = line->given[RC_LINE_AMOUNT] = true;
		line->fields[RC_LINE_KIND].fallback = (RcField) {kinds[l], (uint32_t) strlen(kinds[l])};
		line->fields[RC_LINE_AMOUNT].sign = l == 0 ? RC_SIGN_KEEP : l == 1 ? RC_SIGN_NEGATIVE : RC_SIGN_REVERSE;
		format->line_count = l + 1;
	}
	/* Rows that state their net are held against it. */
	format->checks = rc_format_allocate(format, sizeof(RcCheck));
	good = good && format->checks && mapped_from(format, &format->checks[0].equals, "net");
	format->check_count = good ? 1 : 0;
	format->captures = rc_format_allocate(format, sizeof(RcCaptureRule));
	format->trailers = rc_format_allocate(format, sizeof(RcTrailer));
	good = good && format->captures && format->trailers;
	if (good)
	{
		format->captures[0].regex = rc_format_regex(format, "account: ([0-9]+)", &status);
		format->captures[0].first_capture = rc_format_capture(format, "account");
		format->captures[0].capture_count = 1;
		format->capture_rule_count = 1;
		format->trailers[0].starts = (RcField) {"#total", 6};
		format->trailers[0].regex = rc_format_regex(format, "^#total ([0-9]+) rows, ([-0-9.]+)", &status);
		format->trailers[0].count_group = 1;
		format->trailers[0].sum_group = 2;
		format->trailers[0].column = mapped_column(format, "gross");
		format->trailer_count = 1;
		format->trailer_required = true;
		good = format->captures[0].regex && format->captures[0].first_capture >= 0 && format->trailers[0].regex && format->trailers[0].column >= 0;
	}
	if (!good || rc_format_finish(format, &status) != RC_OK)
	{
		rc_format_free(format);
		return NULL;
	}
	return format;
}

/*
 * Reads a file with a format and appends "line kind amount order number settlement", or "line !code column" for a row that is bad. Returns what
 * ended it: RC_END when all is well.
 */
static inline RcCode
mapped_read(const RcFormat *format, const RcInput *input, const RcAllocator *allocator, RcBuffer *text, RcStatus *status)
{
	RcReaderOptions options = {.container = "csv", .quote = '"', .delimiter = ',', .encoding = "UTF8"};
	RcReader   *reader = NULL;
	RcMapping  *mapping = NULL;
	RcRecord	record;
	RcCode		code;

	rc_status_reset(status);
	code = rc_reader_open(&reader, input, &options, allocator, status);
	if (code == RC_OK)
		code = rc_mapping_create(&mapping, format, allocator, status);
	if (code == RC_OK)
		code = rc_mapping_set_currency(mapping, "EUR", status);
	while (code == RC_OK && (code = rc_reader_next(reader, &record, status)) == RC_OK)
	{
		char		line[400];
		RcTaken		taken = rc_mapping_take(mapping, &record, status);

		if (taken == RC_TAKEN_FAILURE)
			code = status->code;
		else if (taken == RC_TAKEN_BAD_ROW)
		{
			snprintf(line, sizeof(line), "%d !%d %d\n", (int) record.line, (int) status->code, (int) status->column);
			if (text)
				rc_buffer_append_string(text, line);
			rc_status_reset(status);
		}
		else if (taken == RC_TAKEN_ROWS)
			for (int i = 0; i < rc_mapping_row_count(mapping) && code == RC_OK; i++)
			{
				const RcRow *row = rc_mapping_row(mapping, i);
				RcHash128	key;
				bool		has_amount;
				char		amount[64];
				RcField		number = rc_canonical(&row->values[row->target->amount], RC_TYPE_AMOUNT, amount);

				code = rc_mapping_key(mapping, row, 1, &key, &has_amount, status);
				if (!text)
					continue;
				snprintf(line, sizeof(line), "%d %.*s %.*s %.60s %.60s %.60s\n", (int) record.line,
						 (int) row->values[RC_LINE_KIND].length, row->values[RC_LINE_KIND].text, (int) number.length, number.data, "", "", "");
				rc_buffer_append_string(text, line);
				text->length -= 4;
				for (int f = RC_LINE_SETTLEMENT_NO; f <= RC_LINE_TRANSACTION_NO; f++)
				{
					rc_buffer_append_char(text, ' ');
					rc_buffer_append(text, row->values[f].text ? row->values[f].text : "-", row->values[f].text ? row->values[f].length : 1);
				}
				rc_buffer_append_char(text, '\n');
			}
	}
	if (code == RC_END && rc_mapping_finish(mapping, status) != RC_OK)
		code = status->code;
	rc_mapping_free(mapping);
	rc_reader_close(reader);
	return code;
}

#endif
