/*
 * csv.c - tables as CSV (RFC 4180, UTF-8): numbers plain, dates ISO. A text that a spreadsheet would take for a formula gets an apostrophe before it.
 */
#include "document.h"

#include <stdio.h>
#include <string.h>

static RcCode
write_field(RcDocument *document, int column, const char *text, size_t length, RcStatus *status)
{
	bool		formula = length > 0 && strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0';
	bool		quoted = formula;
	size_t		start = 0;

	if (column > 0 && rc_document_write(document, ",", 1, status) != RC_OK)
		return status->code;
	for (size_t i = 0; i < length && !quoted; i++)
		quoted = text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r';
	if (!quoted)
		return rc_document_write(document, text, length, status);
	if (rc_document_write(document, formula ? "\"'" : "\"", formula ? 2 : 1, status) != RC_OK)
		return status->code;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '"')
		{
			if (rc_document_write(document, text + start, i + 1 - start, status) != RC_OK)
				return status->code;
			start = i;			/* the quote is written once more */
		}
	if (rc_document_write(document, text + start, length - start, status) != RC_OK)
		return status->code;
	return rc_document_write(document, "\"", 1, status);
}

static RcCode
csv_open(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;

	if (table->byte_order_mark && rc_document_write(document, "\xEF\xBB\xBF", 3, status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->column_count; i++)
		if (write_field(document, i, table->columns[i].title, strlen(table->columns[i].title), status) != RC_OK)
			return status->code;
	return rc_document_write(document, "\r\n", 2, status);
}

static RcCode
csv_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	const RcTable *table = document->table;

	for (int i = 0; i < table->column_count; i++)
	{
		char		buffer[RC_FORMAT_SIZE];
		const char *text;
		size_t		length;

		if (table->columns[i].type == RC_COLUMN_TEXT && !cells[i].is_null)
		{
			if (write_field(document, i, cells[i].text, cells[i].length, status) != RC_OK)
				return status->code;
			continue;
		}
		if (i > 0 && rc_document_write(document, ",", 1, status) != RC_OK)
			return status->code;
		if (cells[i].is_null)
			continue;
		if (table->columns[i].type == RC_COLUMN_AMOUNT)
		{
			length = rc_format_decimal(cells[i].text, cells[i].length, rc_row_decimals(table, cells, i), false, buffer, sizeof(buffer));
			text = buffer;
		}
		else if (table->columns[i].type == RC_COLUMN_PERCENT)
		{
			text = cells[i].text;
			length = cells[i].length;
		}
		else
			rc_format_cell(table, cells, i, buffer, &text, &length);
		if (rc_document_write(document, text, length, status) != RC_OK)
			return status->code;
	}
	return rc_document_write(document, "\r\n", 2, status);
}

static RcCode
csv_finish(RcDocument *document, RcStatus *status)
{
	(void) document;
	(void) status;
	return RC_OK;
}

const RcRenderer rc_csv_renderer = {
	.name = "csv",
	.open = csv_open,
	.row = csv_row,
	.finish = csv_finish
};
