/*
 * mapping.c - turns the records of a file into rows: which record is a row, and what becomes of it.
 */
#include "mapping_internal.h"

#define HEADER_WITHIN 100		/* records in which the header must stand */

RcCode
rc_mapping_create(RcMapping **result, const RcFormat *format, const RcAllocator *allocator, RcStatus *status)
{
	RcMapping  *mapping = rc_allocate_zero(allocator, sizeof(RcMapping));

	*result = mapping;
	if (!mapping)
		return rc_no_memory(status);
	mapping->format = format;
	mapping->allocator = *allocator;
	mapping->scratch.allocator = &mapping->allocator;
	mapping->kept.allocator = &mapping->allocator;
	mapping->exponent = -1;
	mapping->column_of = rc_allocate_zero(allocator, sizeof(int) * (size_t) (format->column_count + 1));
	mapping->captured = rc_allocate_zero(allocator, sizeof(RcField) * (RC_MAX_CAPTURES + 1));
	mapping->rows = rc_allocate_zero(allocator, sizeof(RcRow) * (RC_MAX_LINES + 1));
	mapping->key_size = 1024;
	mapping->key_buffer = rc_allocate(allocator, mapping->key_size);
	if (!mapping->column_of || !mapping->captured || !mapping->rows || !mapping->key_buffer)
	{
		rc_mapping_free(mapping);
		*result = NULL;
		return rc_no_memory(status);
	}
	mapping->style.parentheses = format->parentheses;
	mapping->style.trailing_sign = format->trailing_sign;
	mapping->cells.format = format;
	mapping->cells.column_of = mapping->column_of;
	mapping->cells.captured = mapping->captured;
	mapping->cells.scratch = &mapping->scratch;
	rc_mapping_set_mark(mapping, format->decimals[0]);
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
		if (rc_mapping_read_around(mapping, record, &trailer, status) != RC_OK)
			return failure(record, status);
		if (format->headerless && mapping->records == (uint64_t) format->skip_lines)
			mapping->in_table = true;
		return RC_TAKEN_NOTHING;
	}
	if (!(format->comment.data && rc_record_begins(record, format->comment)))
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
	if (rc_mapping_read_around(mapping, record, &trailer, status) != RC_OK)
		return failure(record, status);
	if (mapping->records >= HEADER_WITHIN + (uint64_t) format->skip_lines)
	{
		rc_mapping_missing_header(mapping, status);
		return failure(record, status);
	}
	return RC_TAKEN_NOTHING;
}

/* Has the row fewer fields than the header, or one that is not blank behind its columns? Tells the first that is missing or too many, from 1. */
static bool
is_ragged(const RcMapping *mapping, const RcRecord *record, uint32_t *column)
{
	const RcFormat *format = mapping->format;
	uint32_t	expected = mapping->header_cells > 0 ? (uint32_t) mapping->header_cells : 0;

	*column = record->field_count + 1;
	if (record->field_count < expected && !format->fill)
		return true;
	for (uint32_t i = expected; i < record->field_count && !format->headerless; i++)
	{
		*column = i + 1;
		if (rc_trim_cell(record->fields[i], false).length > 0)
			return true;
	}
	return false;
}

RcTaken
rc_mapping_take(RcMapping *mapping, const RcRecord *record, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	uint32_t	ragged_at;
	bool		comment;

	mapping->records++;
	mapping->row_count = 0;
	mapping->disagrees = false;
	mapping->cells.record = record;
	rc_row_scratch_reset(&mapping->scratch);
	if (!mapping->in_table)
		return take_before_table(mapping, record, status);
	if ((record->field_count == 0 || rc_trim_cell(record->fields[0], false).length == 0) && is_blank(record))
		return RC_TAKEN_NOTHING;
	comment = format->comment.data && rc_record_begins(record, format->comment);
	if (comment || ((format->trailer_count > 0 || format->end.data || format->capture_rule_count > 0) &&
					!format->comment.data && (int) record->field_count != mapping->header_cells))
	{
		bool		trailer;

		if (rc_mapping_read_around(mapping, record, &trailer, status) != RC_OK)
			return failure(record, status);
		if (comment || trailer)
			return RC_TAKEN_NOTHING;
	}
	else if (!format->comment.data)
		for (int i = 0; i < format->trailer_count; i++)
			if (format->trailers[i].starts.data && rc_record_begins(record, format->trailers[i].starts))
			{
				bool		trailer;

				if (rc_mapping_read_around(mapping, record, &trailer, status) != RC_OK)
					return failure(record, status);
				return RC_TAKEN_NOTHING;
			}
	for (int i = 0; i < format->skip_count; i++)
		if (rc_when_holds(&mapping->cells, &format->skip[i]))
			return RC_TAKEN_NOTHING;
	if (format->has_summary && rc_when_holds(&mapping->cells, &format->summary_when))
	{
		bool		found = false;

		if (rc_mapping_check_summary(mapping, status) != RC_OK)
			return failure(record, status);
		mapping->summary_open = true;
		mapping->summary_line = record->line;
		mapping->summary_sum = 0;
		if (format->summary_total >= 0)
		{
			if (rc_cell_amount(&mapping->cells, format->summary_total, &mapping->summary_total, &found, status) != RC_OK)
				return failure(record, status);
			mapping->stated = true;
			mapping->stated_sum += rc_widen(mapping->summary_total);
		}
		if (rc_mapping_make_rows(mapping, format->summary_lines, format->summary_line_count, true, status) != RC_OK)
			return failure(record, status);
		return RC_TAKEN_SUMMARY;
	}
	if (mapping->end_seen)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "a row follows the line that ends the table");
		return failure(record, status);
	}
	if (is_ragged(mapping, record, &ragged_at))
	{
		status->column = ragged_at;
		rc_fail(status, RC_BAD_STRUCTURE, "the row has %u fields, the header has %d", (unsigned) record->field_count, mapping->header_cells);
		rc_mapping_tally(mapping);
		return row_failure(record, status);
	}
	if (format->trailer_count > 0 || mapping->summary_open)
		rc_mapping_tally(mapping);
	if (rc_mapping_make_rows(mapping, format->lines, format->line_count, false, status) != RC_OK ||
		(format->check_count > 0 && rc_mapping_check_rows(mapping, status) != RC_OK))
		return row_failure(record, status);
	return RC_TAKEN_ROWS;
}

RcTaken
rc_mapping_retake(RcMapping *mapping, const RcRecord *record, RcStatus *status)
{
	mapping->cells.record = record;
	rc_row_scratch_reset(&mapping->scratch);
	if (rc_mapping_make_rows(mapping, mapping->format->lines, mapping->format->line_count, false, status) != RC_OK ||
		(mapping->format->check_count > 0 && rc_mapping_check_rows(mapping, status) != RC_OK))
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
