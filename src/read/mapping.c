/*
 * mapping.c - finding the table in a file, turning its records into rows, checking its totals.
 */
#include "mapping.h"

#include <string.h>

#include "value.h"

#define HEADER_WITHIN 100		/* records in which the header must stand */
#define TOTAL_SCALE 9			/* control sums are kept in 10^-9 */

/* Memory comes aligned to eight bytes, not to the sixteen that the type would ask for. */
__extension__ typedef __int128 RcWide __attribute__((aligned(8)));

typedef struct Tally
{
	uint64_t	count;
	RcWide		sum;
} Tally;

typedef struct TrailerState
{
	bool		seen;
	uint64_t	line;
	bool		has_count,
				has_sum;
	RcDecimal	count;
	RcDecimal	sum;
	Tally		covered;		/* rows for which its condition holds */
} TrailerState;

struct RcMapping
{
	const RcFormat *format;
	RcAllocator allocator;
	int		   *column_of;
	int			header_cells;
	bool		in_table;
	bool		end_seen;
	uint64_t	records;
	RcNumberStyle style;
	RcRowScratch	scratch;		/* until the next record */
	RcRowScratch	kept;			/* until the end */
	RcField	   *captured;
	RcCells		cells;
	char		currency[4];
	char		exponent_of[4];	/* the currency looked up last */
	int			exponent;

	/* the best header seen so far, for the message when none fits */
	RcHeaderFit best;
	uint64_t	best_line;
	bool		has_best;

	RcRow	   *rows;			/* RC_MAX_LINES of them */
	int			row_count;
	RcRow		base;			/* the format's fields, before the lines override some */

	Tally		all;			/* of every trailer column: the rows, and their sum */
	TrailerState trailers[RC_MAX_TRAILERS];

	bool		summary_open;
	uint64_t	summary_line;
	RcDecimal	summary_total;
	RcWide		summary_sum;
	bool		stated;
	RcWide		stated_sum;

	char	   *key_buffer;
	size_t		key_size;
};

static RcCode
no_memory(RcStatus *status)
{
	return rc_fail(status, RC_NO_MEMORY, "out of memory");
}

RcCode
rc_mapping_create(RcMapping **result, const RcFormat *format, const RcAllocator *allocator, RcStatus *status)
{
	RcMapping  *mapping = rc_allocate_zero(allocator, sizeof(RcMapping));

	*result = mapping;
	if (!mapping)
		return no_memory(status);
	mapping->format = format;
	mapping->allocator = *allocator;
	mapping->scratch.allocator = &mapping->allocator;
	mapping->kept.allocator = &mapping->allocator;
	mapping->exponent = -1;
	mapping->column_of = rc_allocate_zero(allocator, sizeof(int) * (size_t) (format->column_count + 1));
	mapping->captured = rc_allocate_zero(allocator, sizeof(RcField) * (RC_MAX_CAPTURES + 1));
	mapping->rows = rc_allocate_zero(allocator, sizeof(RcRow) * RC_MAX_LINES);
	mapping->key_size = 1024;
	mapping->key_buffer = rc_allocate(allocator, mapping->key_size);
	if (!mapping->column_of || !mapping->captured || !mapping->rows || !mapping->key_buffer)
	{
		rc_mapping_free(mapping);
		*result = NULL;
		return no_memory(status);
	}
	mapping->style.decimal_mark = format->decimals[0];
	mapping->style.group_mark = format->decimals[0] == ',' ? '.' : ',';
	mapping->style.parentheses = format->parentheses;
	mapping->style.trailing_sign = format->trailing_sign;
	mapping->cells.format = format;
	mapping->cells.column_of = mapping->column_of;
	mapping->cells.captured = mapping->captured;
	mapping->cells.scratch = &mapping->scratch;
	mapping->cells.style = mapping->style;
	for (int c = 0; c < format->column_count; c++)
	{
		mapping->column_of[c] = format->columns[c].position - 1;
		if (format->headerless && format->columns[c].required && format->columns[c].position > mapping->header_cells)
			mapping->header_cells = format->columns[c].position;
	}
	if (format->headerless && format->skip_lines == 0)
		mapping->in_table = true;
	return RC_OK;
}

void
rc_mapping_free(RcMapping *mapping)
{
	RcAllocator allocator;

	if (!mapping)
		return;
	allocator = mapping->allocator;
	rc_row_scratch_free(&mapping->scratch);
	rc_row_scratch_free(&mapping->kept);
	rc_release(&allocator, mapping->column_of);
	rc_release(&allocator, mapping->captured);
	rc_release(&allocator, mapping->rows);
	rc_release(&allocator, mapping->key_buffer);
	rc_release(&allocator, mapping);
}

RcCode
rc_mapping_set_currency(RcMapping *mapping, const char *currency, RcStatus *status)
{
	if (strlen(currency) != 3)
		return rc_fail(status, RC_BAD_VALUE, "currency \"%s\" is not known", currency);
	memcpy(mapping->currency, currency, 4);
	return RC_OK;
}

/* ---- header ---- */

RcCode
rc_header_fit(const RcFormat *format, const RcRecord *record, const RcAllocator *allocator, int *column_of, RcHeaderFit *fit, RcStatus *status)
{
	bool		found[RC_MAX_FORMAT_COLUMNS] = {false};
	char		small[512];

	memset(fit, 0, sizeof(RcHeaderFit));
	fit->missing = -1;
	fit->duplicate = -1;
	if (column_of)
		for (int c = 0; c < format->column_count; c++)
			column_of[c] = format->columns[c].position - 1;
	for (uint32_t i = 0; i < record->field_count; i++)
	{
		RcField		cell = record->fields[i];
		char	   *key = small;
		size_t		length;

		if (cell.length == 0)
			continue;
		if (cell.length > sizeof(small))
			key = rc_allocate(allocator, cell.length);
		if (!key)
			return no_memory(status);
		length = rc_normalise_name(cell.data, cell.length, key);
		if (length > 0)
			fit->cells++;
		for (int c = 0; c < format->column_count && length > 0; c++)
		{
			const RcColumn *column = &format->columns[c];
			bool		same = false;

			for (int n = 0; n < column->name_count && !same; n++)
				same = column->keys[n].length == length && memcmp(column->keys[n].data, key, length) == 0;
			if (!same)
				continue;
			if (found[c])
			{
				if (column->used)
					fit->duplicate = c;
				break;
			}
			found[c] = true;
			fit->recognised++;
			if (column_of)
				column_of[c] = (int) i;
			break;
		}
		if (key != small)
			rc_release(allocator, key);
	}
	for (int c = 0; c < format->column_count; c++)
	{
		if (!format->columns[c].required || format->columns[c].position > 0)
			continue;
		fit->required++;
		if (found[c])
			fit->required_found++;
		else if (fit->missing < 0)
			fit->missing = c;
	}
	return RC_OK;
}

static RcCode
missing_header(RcMapping *mapping, RcStatus *status)
{
	const RcFormat *format = mapping->format;

	rc_status_reset(status);
	if (!mapping->has_best || mapping->best.recognised == 0)
	{
		rc_fail(status, RC_MISSING_COLUMN, "no line holds the column names of format \"%s\"", format->name);
		rc_hint(status, "Check that the file is of this format, and its encoding and delimiter; detect_format() says what it looks like.");
		return status->code;
	}
	status->line = mapping->best_line;
	if (mapping->best.missing >= 0)
	{
		const RcColumn *column = &format->columns[mapping->best.missing];
		size_t		used = 0;

		rc_fail(status, RC_MISSING_COLUMN, "column \"%.*s\", required by format \"%s\", is missing", (int) column->names[0].length, column->names[0].data, format->name);
		for (int n = 0; n < column->name_count && used + column->names[n].length + 4 < sizeof(status->hint) - 60; n++)
		{
			if (n == 0)
				rc_hint(status, "Accepted names: %.*s", (int) column->names[n].length, column->names[n].data);
			else
			{
				char		so_far[RC_MESSAGE_SIZE];

				memcpy(so_far, status->hint, sizeof(so_far));
				rc_hint(status, "%s, %.*s", so_far, (int) column->names[n].length, column->names[n].data);
			}
			used = strlen(status->hint);
		}
	}
	else if (mapping->best.duplicate >= 0)
	{
		const RcColumn *column = &format->columns[mapping->best.duplicate];

		rc_fail(status, RC_MISSING_COLUMN, "column \"%.*s\" stands twice in the header", (int) column->names[0].length, column->names[0].data);
		rc_hint(status, "Rename or remove one of them.");
	}
	return status->code;
}

bool
rc_mapping_has_header(const RcMapping *mapping)
{
	return mapping->in_table;
}

/* ---- lines around the table ---- */

static RcCode
keep_text(RcMapping *mapping, RcField text, RcField *copy, RcStatus *status)
{
	char	   *data = rc_row_scratch_allocate(&mapping->kept, text.length + 1);

	if (!data)
		return no_memory(status);
	memcpy(data, text.data, text.length);
	copy->data = data;
	copy->length = text.length;
	return RC_OK;
}

static bool
starts_with(const RcRecord *record, RcField prefix)
{
	return record->raw_length >= prefix.length && memcmp(record->raw, prefix.data, prefix.length) == 0;
}

static bool
holds(const RcRecord *record, RcField text)
{
	return text.length > 0 && record->raw_length >= text.length && memmem(record->raw, record->raw_length, text.data, text.length) != NULL;
}

/* Looks for captures, trailers and the end marker in a record that is no row; *trailer tells whether it is a trailer. */
static RcCode
read_around(RcMapping *mapping, const RcRecord *record, bool *trailer, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	RcField		groups[RC_MAX_REGEX_GROUPS];

	*trailer = false;
	if (format->end.data && mapping->in_table && holds(record, format->end))
		mapping->end_seen = *trailer = true;
	for (int i = 0; i < format->capture_rule_count; i++)
	{
		const RcCaptureRule *rule = &format->captures[i];

		if (!rc_regex_match(rule->regex, record->raw, record->raw_length, groups))
			continue;
		for (int g = 0; g < rule->capture_count && g + 1 < RC_MAX_REGEX_GROUPS; g++)
			if (groups[g + 1].data && keep_text(mapping, rc_trim_cell(groups[g + 1], true), &mapping->captured[rule->first_capture + g], status) != RC_OK)
				return status->code;
	}
	for (int i = 0; i < format->trailer_count; i++)
	{
		const RcTrailer *rule = &format->trailers[i];
		TrailerState *state = &mapping->trailers[i];
		RcNumberStyle plain = {'.', ',', false, false, 0};

		if (rule->starts.data && !starts_with(record, rule->starts))
			continue;
		if (!rc_regex_match(rule->regex, record->raw, record->raw_length, groups))
			continue;
		state->seen = *trailer = true;
		state->line = record->line;
		if (rule->count_group > 0 && groups[rule->count_group].data)
		{
			if (rc_parse_decimal(groups[rule->count_group].data, groups[rule->count_group].length, &plain, &state->count, status) != RC_OK)
			{
				status->line = record->line;
				status->code = RC_CONTROL_TOTAL;
				return status->code;
			}
			state->has_count = true;
		}
		if (rule->sum_group > 0 && groups[rule->sum_group].data)
		{
			if (rc_parse_decimal(groups[rule->sum_group].data, groups[rule->sum_group].length, &plain, &state->sum, status) != RC_OK)
			{
				status->line = record->line;
				status->code = RC_CONTROL_TOTAL;
				return status->code;
			}
			state->has_sum = true;
		}
	}
	return RC_OK;
}

/* ---- totals ---- */

static RcWide
widen(RcDecimal value)
{
	RcWide		wide = value.digits;

	for (int i = value.scale; i < TOTAL_SCALE; i++)
		wide *= 10;
	for (int i = value.scale; i > TOTAL_SCALE; i--)
		wide /= 10;				/* finer than any currency; the row itself is rejected */
	return wide;
}

/* A wide sum as text for messages. */
static void
write_wide(RcWide wide, char *buffer)
{
	char		digits[64];
	int			n = 0;
	bool		minus = wide < 0;
	int			drop = TOTAL_SCALE - 2;

	if (minus)
		wide = -wide;
	do
	{
		digits[n++] = (char) ('0' + (int) (wide % 10));
		wide /= 10;
	} while (wide != 0 || n <= TOTAL_SCALE);
	for (int i = 0; i < drop; i++)
		if (digits[i] != '0')
		{
			drop = i;
			break;
		}
	if (minus)
		*buffer++ = '-';
	while (n > drop)
	{
		*buffer++ = digits[--n];
		if (n == TOTAL_SCALE)
			*buffer++ = '.';
	}
	*buffer = '\0';
}

static void
tally_row(RcMapping *mapping)
{
	const RcFormat *format = mapping->format;
	RcStatus	ignored;
	RcDecimal	amount;
	bool		found;

	rc_status_reset(&ignored);
	for (int i = 0; i < format->trailer_count; i++)
	{
		const RcTrailer *rule = &format->trailers[i];
		TrailerState *state = &mapping->trailers[i];

		if (!rc_when_holds(&mapping->cells, &rule->when))
			continue;
		state->covered.count++;
		if (rule->column >= 0 && rc_cell_amount(&mapping->cells, rule->column, &amount, &found, &ignored) == RC_OK && found)
			state->covered.sum += widen(amount);
	}
	if (format->trailer_count > 0)
	{
		mapping->all.count++;
		if (format->trailers[0].column >= 0 &&
			rc_cell_amount(&mapping->cells, format->trailers[0].column, &amount, &found, &ignored) == RC_OK && found)
			mapping->all.sum += widen(amount);
	}
	for (int i = 0; mapping->summary_open && i < format->summary_of_count; i++)
		if (rc_cell_amount(&mapping->cells, format->summary_of[i], &amount, &found, &ignored) == RC_OK && found)
			mapping->summary_sum += widen(amount);
}

static RcCode
check_summary(RcMapping *mapping, RcStatus *status)
{
	char		stated[80],
				found[80];

	if (!mapping->summary_open || mapping->format->summary_of_count == 0 || mapping->format->summary_total < 0)
		return RC_OK;
	if (widen(mapping->summary_total) == mapping->summary_sum)
		return RC_OK;
	write_wide(widen(mapping->summary_total), stated);
	write_wide(mapping->summary_sum, found);
	rc_status_reset(status);
	status->line = mapping->summary_line;
	rc_fail(status, RC_CONTROL_TOTAL, "the file states a total of %s, its rows add up to %s", stated, found);
	rc_hint(status, "Rows are missing or altered: fetch the file again.");
	return status->code;
}

static RcCode
check_trailer(RcMapping *mapping, int index, RcStatus *status)
{
	const RcTrailer *rule = &mapping->format->trailers[index];
	TrailerState *state = &mapping->trailers[index];
	Tally		tally = state->covered;
	RcWide		stated;

	if (rule->only_with.data)
	{
		bool		alone = true;

		for (int i = 0; i < mapping->format->trailer_count; i++)
			if (mapping->trailers[i].seen && mapping->format->trailers[i].name.data &&
				mapping->format->trailers[i].name.length == rule->only_with.length &&
				memcmp(mapping->format->trailers[i].name.data, rule->only_with.data, rule->only_with.length) == 0)
				alone = false;
		if (alone)
			tally = mapping->all;
	}
	rc_status_reset(status);
	status->line = state->line;
	if (state->has_count && widen(state->count) != widen((RcDecimal) {(int64_t) tally.count, 0}))
	{
		char		text[80];

		write_wide(widen(state->count), text);
		if (strlen(text) > 3)
			text[strlen(text) - 3] = '\0';
		rc_fail(status, RC_CONTROL_TOTAL, "the trailer states %s rows, the file has %llu", text, (unsigned long long) tally.count);
		rc_hint(status, "The file is cut or altered: fetch it again.");
		return status->code;
	}
	if (!state->has_sum || rule->column < 0)
		return RC_OK;
	stated = widen(state->sum);
	if (rule->absolute)
	{
		stated = stated < 0 ? -stated : stated;
		tally.sum = tally.sum < 0 ? -tally.sum : tally.sum;
	}
	if (stated != tally.sum)
	{
		char		said[80],
					found[80];

		write_wide(stated, said);
		write_wide(tally.sum, found);
		rc_fail(status, RC_CONTROL_TOTAL, "the trailer states a total of %s, the rows add up to %s", said, found);
		rc_hint(status, "Rows are missing or altered: fetch the file again.");
		return status->code;
	}
	return RC_OK;
}

RcCode
rc_mapping_finish(RcMapping *mapping, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	bool		any = false;

	rc_status_reset(status);
	if (!mapping->in_table)
		return missing_header(mapping, status);
	if (format->end.data && !mapping->end_seen)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the file is cut: its closing line with \"%.*s\" is missing", (int) format->end.length, format->end.data);
		rc_hint(status, "Fetch the file again.");
		return status->code;
	}
	for (int i = 0; i < format->trailer_count; i++)
	{
		TrailerState *state = &mapping->trailers[i];

		if (!state->seen)
			continue;
		any = true;
		if (check_trailer(mapping, i, status) != RC_OK)
			return status->code;
		if (state->has_sum && !format->trailers[i].uncounted)
		{
			mapping->stated = true;
			/* What is paid out stands there with a minus or without one. */
			if (format->trailers[i].reverse)
				mapping->stated_sum -= format->trailers[i].absolute && state->sum.digits < 0 ? -widen(state->sum) : widen(state->sum);
			else
				mapping->stated_sum += widen(state->sum);
		}
	}
	if (format->trailer_required && !any)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the file is cut: its trailer with the control totals is missing");
		rc_hint(status, "Fetch the file again.");
		return status->code;
	}
	if (check_summary(mapping, status) != RC_OK)
		return status->code;
	if (format->summary_required && !mapping->summary_open)
		return rc_fail(status, RC_BAD_STRUCTURE, "the row with the statement's totals is missing");
	rc_status_reset(status);
	return RC_OK;
}

bool
rc_mapping_stated_total(const RcMapping *mapping, RcDecimal *total)
{
	RcWide		wide = mapping->stated_sum;
	int32_t		scale = TOTAL_SCALE;

	if (!mapping->stated)
		return false;
	while (scale > 0 && wide % 10 == 0)
	{
		wide /= 10;
		scale--;
	}
	if (wide > INT64_MAX || wide < INT64_MIN)
		return false;
	total->digits = (int64_t) wide;
	total->scale = scale;
	return true;
}

RcField
rc_mapping_captured(const RcMapping *mapping, const char *name)
{
	for (int i = 0; i < mapping->format->capture_count; i++)
		if (mapping->captured[i].data && strcmp(mapping->format->capture_names[i], name) == 0)
			return mapping->captured[i];
	return (RcField) {NULL, 0};
}

/* ---- rows ---- */

static RcCode
missing_value(RcMapping *mapping, const RcExpression *expression, const RcTargetField *field, RcStatus *status)
{
	int			column = expression->column_count > 0 ? expression->columns[0] : -1;
	const char *name = field->name;
	size_t		length = strlen(name);

	rc_fail(status, RC_MISSING_COLUMN, "%s is empty", field->name);
	status->line = mapping->cells.record->line;
	status->column = 0;
	if (column >= 0)
	{
		if (mapping->column_of[column] >= 0)
			status->column = (uint32_t) mapping->column_of[column] + 1;
		if (mapping->format->columns[column].name_count > 0 && mapping->format->columns[column].names[0].length < sizeof(status->field))
		{
			name = mapping->format->columns[column].names[0].data;
			length = mapping->format->columns[column].names[0].length;
		}
	}
	memcpy(status->field, name, length);
	status->field[length] = '\0';
	return status->code;
}

static int
currency_exponent(RcMapping *mapping, const char *code)
{
	if (memcmp(mapping->exponent_of, code, 3) != 0)
	{
		memcpy(mapping->exponent_of, code, 3);
		mapping->exponent = rc_currency_exponent(code, 3);
	}
	return mapping->exponent;
}

/* Evaluates all fields of a row: given[f] takes overrides, the others stay as base has them. */
static RcCode
fill_row(RcMapping *mapping, const RcTarget *target, const RcExpression *fields, const bool *given, RcRow *row, RcStatus *status)
{
	for (int f = 0; f < target->field_count; f++)
		if ((!given || given[f]) && fields[f].kind != RC_FROM_TEMPLATE &&
			rc_evaluate(&mapping->cells, &fields[f], &target->fields[f], &row->values[f], status) != RC_OK)
			return status->code;
	return RC_OK;
}

/* Which expression a field of a line has. */
static const RcExpression *
expression_of(const RcMapping *mapping, const RcLine *line, const RcTarget *target, int f)
{
	static const RcExpression nothing;

	if (line && line->given[f])
		return &line->fields[f];
	if (target == mapping->format->target)
		return &mapping->format->fields[f];
	return &nothing;
}

/* Templates, the default currency, required fields, the scale of amounts. */
static RcCode
complete_row(RcMapping *mapping, const RcLine *line, RcRow *row, RcStatus *status)
{
	const RcTarget *target = row->target;
	RcValue		none = {0};			/* of targets without a currency */
	RcValue    *currency = target->currency >= 0 ? &row->values[target->currency] : &none;
	int			exponent;

	for (int f = 0; f < target->field_count; f++)
	{
		const RcExpression *expression = expression_of(mapping, line, target, f);

		if (expression->kind == RC_FROM_TEMPLATE &&
			rc_evaluate_template(&mapping->cells, expression, &target->fields[f], row, &row->values[f], status) != RC_OK)
		{
			status->line = mapping->cells.record->line;
			return status->code;
		}
	}
	if (!currency->text && mapping->currency[0] && currency != &none)
	{
		currency->text = mapping->currency;
		currency->length = 3;
	}
	exponent = currency->text ? currency_exponent(mapping, currency->text) : -1;
	for (int f = 0; f < target->field_count; f++)
	{
		const RcTargetField *field = &target->fields[f];
		RcValue    *value = &row->values[f];
		const RcExpression *expression;

		if (!value->text)
		{
			if (field->required && !(f == target->currency && !mapping->currency[0]))
				return missing_value(mapping, expression_of(mapping, line, target, f), field, status);
			if (!field->required && (expression = expression_of(mapping, line, target, f))->required)
				return missing_value(mapping, expression, field, status);
			continue;
		}
		if (field->type != RC_TYPE_AMOUNT || exponent < 0)
			continue;
		expression = expression_of(mapping, line, target, f);
		if (expression->exact && value->number.scale >= exponent)
			continue;
		if (value->number.scale != exponent)
		{
			int64_t		digits;

			if (rc_rescale(value->number, exponent, &digits, status) != RC_OK)
			{
				if (status->code == RC_BAD_VALUE)
					rc_fail(status, RC_BAD_VALUE, "\"%.*s\" has more decimals than %.3s has", (int) (value->length > 40 ? 40 : value->length), value->text, currency->text);
				status->line = mapping->cells.record->line;
				status->column = value->column;
				memcpy(status->field, field->name, strlen(field->name) + 1);
				return status->code;
			}
			value->number.digits = digits;
			value->number.scale = exponent;
		}
	}
	return RC_OK;
}

/* Makes the rows of one record out of lines (or of the fields alone). */
static RcCode
make_rows(RcMapping *mapping, const RcLine *lines, int line_count, bool summary, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	bool		base_done = false;
	bool		applied = false;
	int			zero = -1;

	mapping->row_count = 0;
	if (line_count == 0)
	{
		RcRow	   *row = &mapping->rows[0];

		row->target = format->target;
		row->line = 0;
		if (fill_row(mapping, format->target, format->fields, NULL, row, status) != RC_OK ||
			complete_row(mapping, NULL, row, status) != RC_OK)
			return status->code;
		mapping->row_count = 1;
		return RC_OK;
	}
	for (int l = 0; l < line_count; l++)
	{
		const RcLine *line = &lines[l];
		RcRow	   *row = &mapping->rows[mapping->row_count];
		int			amount = line->target->amount;

		if (!rc_when_holds(&mapping->cells, &line->when))
			continue;
		applied = true;
		row->target = line->target;
		row->line = l;
		if (line->target == format->target)
		{
			if (!base_done && fill_row(mapping, format->target, format->fields, NULL, &mapping->base, status) != RC_OK)
				return status->code;
			base_done = true;
			memcpy(row->values, mapping->base.values, sizeof(RcValue) * (size_t) line->target->field_count);
		}
		else
			memset(row->values, 0, sizeof(row->values));
		if (fill_row(mapping, line->target, line->fields, line->given, row, status) != RC_OK)
			return status->code;
		/* A part that is nothing is no line: a sale without a discount has none. */
		if (!summary && line_count > 1 && row->target == format->target &&
			(!row->values[amount].text || row->values[amount].number.digits == 0))
		{
			if (zero < 0 && row->values[amount].text)
				zero = l;
			continue;
		}
		if (complete_row(mapping, line, row, status) != RC_OK)
			return status->code;
		mapping->row_count++;
	}
	if (!applied)
	{
		rc_fail(status, RC_UNKNOWN_FORMAT, "none of the lines that the format makes of a row applies to it");
		status->line = mapping->cells.record->line;
		return status->code;
	}
	if (mapping->row_count == 0)
	{
		RcRow	   *row = &mapping->rows[0];

		if (zero < 0)
		{
			rc_fail(status, RC_MISSING_COLUMN, "no part of the row has an amount");
			status->line = mapping->cells.record->line;
			return status->code;
		}
		row->target = lines[zero].target;
		row->line = zero;
		memcpy(row->values, mapping->base.values, sizeof(RcValue) * (size_t) row->target->field_count);
		if (fill_row(mapping, row->target, lines[zero].fields, lines[zero].given, row, status) != RC_OK ||
			complete_row(mapping, &lines[zero], row, status) != RC_OK)
			return status->code;
		mapping->row_count = 1;
	}
	return RC_OK;
}

static bool
is_blank(const RcRecord *record)
{
	for (uint32_t i = 0; i < record->field_count; i++)
		if (record->fields[i].length > 0 && rc_trim_cell(record->fields[i], false).length > 0)
			return false;
	return true;
}

static RcTaken
failure(const RcRecord *record, RcStatus *status)
{
	if (status->line == 0)
		status->line = record->line;
	return RC_TAKEN_FAILURE;
}

/* Errors of one row; others (no memory) end the import. */
static RcTaken
row_failure(const RcRecord *record, RcStatus *status)
{
	if (status->line == 0)
		status->line = record->line;
	if (status->code == RC_NO_MEMORY || status->code == RC_STOPPED)
		return RC_TAKEN_FAILURE;
	return RC_TAKEN_BAD_ROW;
}

static RcTaken
take_before_table(RcMapping *mapping, const RcRecord *record, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	RcHeaderFit fit;
	bool		trailer;

	if (mapping->records <= (uint64_t) format->skip_lines)
	{
		if (read_around(mapping, record, &trailer, status) != RC_OK)
			return failure(record, status);
		if (format->headerless && mapping->records == (uint64_t) format->skip_lines)
			mapping->in_table = true;
		return RC_TAKEN_NOTHING;
	}
	if (!(format->comment.data && starts_with(record, format->comment)))
	{
		if (rc_header_fit(format, record, &mapping->allocator, mapping->column_of, &fit, status) != RC_OK)
			return failure(record, status);
		if (fit.required_found == fit.required && fit.recognised > 0 && fit.duplicate < 0)
		{
			mapping->in_table = true;
			mapping->header_cells = (int) record->field_count;
			while (mapping->header_cells > 0 && rc_trim_cell(record->fields[mapping->header_cells - 1], false).length == 0)
				mapping->header_cells--;
			return RC_TAKEN_NOTHING;
		}
		if (!mapping->has_best || fit.recognised > mapping->best.recognised)
		{
			mapping->has_best = true;
			mapping->best = fit;
			mapping->best_line = record->line;
		}
	}
	if (read_around(mapping, record, &trailer, status) != RC_OK)
		return failure(record, status);
	if (mapping->records >= HEADER_WITHIN + (uint64_t) format->skip_lines)
	{
		missing_header(mapping, status);
		return failure(record, status);
	}
	return RC_TAKEN_NOTHING;
}

RcTaken
rc_mapping_take(RcMapping *mapping, const RcRecord *record, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	bool		comment;

	mapping->records++;
	mapping->row_count = 0;
	mapping->cells.record = record;
	rc_row_scratch_reset(&mapping->scratch);
	if (!mapping->in_table)
		return take_before_table(mapping, record, status);
	if ((record->field_count == 0 || rc_trim_cell(record->fields[0], false).length == 0) && is_blank(record))
		return RC_TAKEN_NOTHING;
	comment = format->comment.data && starts_with(record, format->comment);
	if (comment || ((format->trailer_count > 0 || format->end.data || format->capture_rule_count > 0) &&
					!format->comment.data && (int) record->field_count != mapping->header_cells))
	{
		bool		trailer;

		if (read_around(mapping, record, &trailer, status) != RC_OK)
			return failure(record, status);
		if (comment || trailer)
			return RC_TAKEN_NOTHING;
	}
	else if (!format->comment.data)
		for (int i = 0; i < format->trailer_count; i++)
			if (format->trailers[i].starts.data && starts_with(record, format->trailers[i].starts))
			{
				bool		trailer;

				if (read_around(mapping, record, &trailer, status) != RC_OK)
					return failure(record, status);
				return RC_TAKEN_NOTHING;
			}
	for (int i = 0; i < format->skip_count; i++)
		if (rc_when_holds(&mapping->cells, &format->skip[i]))
			return RC_TAKEN_NOTHING;
	if (format->has_summary && rc_when_holds(&mapping->cells, &format->summary_when))
	{
		bool		found = false;

		if (check_summary(mapping, status) != RC_OK)
			return failure(record, status);
		mapping->summary_open = true;
		mapping->summary_line = record->line;
		mapping->summary_sum = 0;
		if (format->summary_total >= 0)
		{
			if (rc_cell_amount(&mapping->cells, format->summary_total, &mapping->summary_total, &found, status) != RC_OK)
				return failure(record, status);
			mapping->stated = true;
			mapping->stated_sum += widen(mapping->summary_total);
		}
		if (make_rows(mapping, format->summary_lines, format->summary_line_count, true, status) != RC_OK)
			return failure(record, status);
		return RC_TAKEN_SUMMARY;
	}
	if (mapping->end_seen)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "a row follows the line that ends the table");
		return failure(record, status);
	}
	if ((int) record->field_count < mapping->header_cells && !format->fill)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the row has %u fields, the header has %d", (unsigned) record->field_count, mapping->header_cells);
		tally_row(mapping);
		return row_failure(record, status);
	}
	if (!format->headerless)
		for (uint32_t i = (uint32_t) mapping->header_cells; i < record->field_count; i++)
			if (rc_trim_cell(record->fields[i], false).length > 0)
			{
				rc_fail(status, RC_BAD_STRUCTURE, "the row has %u fields, the header has %d", (unsigned) record->field_count, mapping->header_cells);
				tally_row(mapping);
				return row_failure(record, status);
			}
	if (format->trailer_count > 0 || mapping->summary_open)
		tally_row(mapping);
	if (make_rows(mapping, format->lines, format->line_count, false, status) != RC_OK)
		return row_failure(record, status);
	return RC_TAKEN_ROWS;
}

RcTaken
rc_mapping_retake(RcMapping *mapping, const RcRecord *record, RcStatus *status)
{
	mapping->cells.record = record;
	rc_row_scratch_reset(&mapping->scratch);
	if (make_rows(mapping, mapping->format->lines, mapping->format->line_count, false, status) != RC_OK)
		return failure(record, status);
	return RC_TAKEN_ROWS;
}

int
rc_mapping_row_count(const RcMapping *mapping)
{
	return mapping->row_count;
}

const RcRow *
rc_mapping_row(const RcMapping *mapping, int index)
{
	return &mapping->rows[index];
}

RcCode
rc_mapping_template(RcMapping *mapping, RcField text, const RcRow *row, RcField *result, RcStatus *status)
{
	return rc_fill_template(&mapping->cells, text, row, result, status);
}

/* ---- natural keys ---- */

void
rc_key_scope(int64_t scope, char *buffer)
{
	uint64_t	value = (uint64_t) scope;

	for (int i = 0; i < 8; i++)
		buffer[i] = (char) (value >> (8 * i));
}

static RcCode
key_append(RcMapping *mapping, size_t *used, RcField text, RcStatus *status)
{
	size_t		need = *used + text.length + 1;

	if (need > mapping->key_size)
	{
		char	   *grown = rc_resize(&mapping->allocator, mapping->key_buffer, need * 2);

		if (!grown)
			return no_memory(status);
		mapping->key_buffer = grown;
		mapping->key_size = need * 2;
	}
	mapping->key_buffer[(*used)++] = 0x1F;
	memcpy(mapping->key_buffer + *used, text.data, text.length);
	*used += text.length;
	return RC_OK;
}

RcCode
rc_mapping_key(RcMapping *mapping, const RcRow *row, int64_t scope, RcHash128 *key, bool *has_amount, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	const RcKey *chosen = NULL;
	size_t		used = 8;
	char		buffer[64];

	if (row->target == format->target && format->key_count > 0)
	{
		/* The first alternative whose leading part is there. */
		for (int k = 0; k < format->key_count && !chosen; k++)
		{
			const RcKeyPart *part = &format->keys[k].parts[0];

			if (k == format->key_count - 1 || part->kind == RC_KEY_ROW ||
				(part->kind == RC_KEY_FIELD ? row->values[part->index].length > 0 : rc_cell(&mapping->cells, part->index).length > 0))
				chosen = &format->keys[k];
		}
	}
	else
		for (int t = 0; rc_targets[t]; t++)
			if (rc_targets[t] == row->target)
				chosen = &format->target_keys[t];
	rc_key_scope(scope, mapping->key_buffer);
	*has_amount = chosen->has_amount;
	for (int p = 0; p < chosen->count; p++)
	{
		const RcKeyPart *part = &chosen->parts[p];

		if (part->kind == RC_KEY_FIELD)
		{
			if (key_append(mapping, &used, rc_canonical(&row->values[part->index], row->target->fields[part->index].type, buffer), status) != RC_OK)
				return status->code;
		}
		else if (part->kind == RC_KEY_COLUMN)
		{
			if (key_append(mapping, &used, rc_cell(&mapping->cells, part->index), status) != RC_OK)
				return status->code;
		}
		else
		{
			char		line = (char) ('0' + row->line);

			for (uint32_t i = 0; i < mapping->cells.record->field_count; i++)
				if (key_append(mapping, &used, rc_trim_cell(mapping->cells.record->fields[i], false), status) != RC_OK)
					return status->code;
			if (key_append(mapping, &used, (RcField) {&line, 1}, status) != RC_OK)
				return status->code;
		}
	}
	*key = rc_hash128(mapping->key_buffer, used);
	return RC_OK;
}

/* ---- number style ---- */

RcCode
rc_mapping_choose_style(RcMapping *mapping, const RcRecord *samples, int count, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	int			best = 0;
	int			best_rows = -1;

	if (format->decimal_count < 2)
		return RC_OK;
	for (int d = 0; d < format->decimal_count; d++)
	{
		RcMapping  *trial;
		RcStatus	ignored;
		int			rows = 0;

		if (rc_mapping_create(&trial, format, &mapping->allocator, status) != RC_OK)
			return status->code;
		memcpy(trial->currency, mapping->currency, sizeof(trial->currency));
		trial->style.decimal_mark = trial->cells.style.decimal_mark = format->decimals[d];
		trial->style.group_mark = trial->cells.style.group_mark = format->decimals[d] == ',' ? '.' : ',';
		for (int i = 0; i < count; i++)
		{
			RcTaken		taken;

			rc_status_reset(&ignored);
			taken = rc_mapping_take(trial, &samples[i], &ignored);
			if (taken == RC_TAKEN_ROWS || taken == RC_TAKEN_SUMMARY)
				rows++;
			if (ignored.code == RC_NO_MEMORY)
			{
				rc_mapping_free(trial);
				return no_memory(status);
			}
		}
		rc_mapping_free(trial);
		if (rows > best_rows)
		{
			best = d;
			best_rows = rows;
		}
	}
	mapping->style.decimal_mark = mapping->cells.style.decimal_mark = format->decimals[best];
	mapping->style.group_mark = mapping->cells.style.group_mark = format->decimals[best] == ',' ? '.' : ',';
	return RC_OK;
}
