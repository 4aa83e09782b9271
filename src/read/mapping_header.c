/*
 * mapping_header.c - finding the header of the table, or telling why none fits.
 */
#include "mapping_internal.h"

RcCode
rc_header_fit(const RcFormat *format, const RcRecord *record, const RcAllocator *allocator, int *column_of, RcHeaderFit *fit, RcStatus *status)
{
	bool		found[RC_MAX_FORMAT_COLUMNS] = {false};
	uint32_t	open = format->choice_count == 0 ? 0 : UINT32_MAX >> (32 - format->choice_count);
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
			return rc_no_memory(status);
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
				if (column->used && fit->duplicate < 0)
				{
					fit->duplicate = c;
					fit->duplicate_cell = i + 1;
				}
				break;
			}
			found[c] = true;
			open &= ~column->choices;
			fit->recognised += !column->aside;
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
	fit->required += format->choice_count;
	fit->required_found += format->choice_count - __builtin_popcount(open);
	for (int c = 0; c < format->column_count && open && fit->missing < 0; c++)
		if (format->columns[c].choices & open)
			fit->missing = c;
	return RC_OK;
}

RcCode
rc_mapping_missing_header(RcMapping *mapping, RcStatus *status)
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

		status->column = mapping->best.duplicate_cell;
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
