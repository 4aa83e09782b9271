/*
 * sheet_row.c - a row of a sheet being put together.
 */
#include "sheet_row.h"

#include <string.h>

#define UNSET UINT32_MAX

void
rc_sheet_row_init(RcSheetRow *row, const RcAllocator *allocator)
{
	rc_buffer_init(&row->out, allocator);
}

void
rc_sheet_row_free(RcSheetRow *row)
{
	rc_buffer_free(&row->out);
}

void
rc_sheet_row_begin(RcSheetRow *row, uint32_t number, uint64_t byte)
{
	row->number = number;
	row->byte = byte;
	row->filled = 0;
	memset(row->starts, 0xFF, sizeof(row->starts[0]) * row->width);
	rc_buffer_clear(&row->out);
}

/* Reports what is wrong; the status is not touched before, since most cells are fine and it is large. */
static char *
refuse(RcStatus *status, RcCode code, const char *message, int limit)
{
	rc_status_reset(status);
	rc_fail(status, code, message, limit);
	return NULL;
}

char *
rc_sheet_row_put(RcSheetRow *row, uint32_t column, const char *text, size_t length, RcStatus *status)
{
	uint32_t	index = column - 1;
	size_t		start = row->out.length;

	if (length == 0)
		return NULL;
	if (index >= RC_MAX_COLUMNS)
		return refuse(status, RC_TOO_LARGE, "the sheet has more than %d columns", RC_MAX_COLUMNS);
	if (start + length > RC_MAX_RECORD_BYTES)
		return refuse(status, RC_TOO_LARGE, "the row is longer than %d bytes", RC_MAX_RECORD_BYTES);
	while (row->width <= index)
		row->starts[row->width++] = UNSET;
	if (row->starts[index] != UNSET)
		return refuse(status, RC_BAD_STRUCTURE, "the cell is there twice", 0);
	if (!rc_buffer_append(&row->out, text, length) || !rc_buffer_append_char(&row->out, '\t'))
		return refuse(status, RC_NO_MEMORY, "out of memory", 0);
	row->starts[index] = (uint32_t) start;
	row->fields[index].length = (uint32_t) length;
	if (row->filled <= index)
		row->filled = index + 1;
	return row->out.data + start;
}

void
rc_sheet_row_shorten(RcSheetRow *row, uint32_t column, size_t length)
{
	row->fields[column - 1].length = (uint32_t) length;
	row->out.length = row->starts[column - 1] + length + 1;
	row->out.data[row->out.length - 1] = '\t';
}

void
rc_sheet_row_record(RcSheetRow *row, RcRecord *record)
{
	for (uint32_t i = 0; i < row->width; i++)
	{
		RcField    *field = &row->fields[i];

		if (row->starts[i] == UNSET)
			*field = (RcField) {"", 0};
		else
			field->data = row->out.data + row->starts[i];
	}
	*record = (RcRecord) {
		.fields = row->fields, .field_count = row->width, .line = row->number, .byte = row->byte,
		.raw = row->out.data, .raw_length = row->out.length - 1
	};
}
