/*
 * book_cell.c - cells of workbooks: texts that stay texts, numbers that keep their digits, dates that are dates.
 */
#include "book.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

RcCode
rc_book_check(lxw_error error, RcStatus *status)
{
	if (error == LXW_NO_ERROR)
		return RC_OK;
	return rc_fail(status, error == LXW_ERROR_MEMORY_MALLOC_FAILED ? RC_NO_MEMORY : RC_IO, "could not write the workbook: %s", lxw_strerror(error));
}

/* A copy that a cell can hold: no characters that XML forbids, "_x0041_" kept as text, cut visibly at Excel's limit. */
const char *
rc_book_fit_text(RcDocument *document, const char *text, size_t length, RcStatus *status)
{
	Book	   *x = document->state;
	size_t		need = length * 3 + sizeof(CUT_MARK) + 8;
	size_t		used = 0;
	size_t		units = 0;
	size_t		cut_at = 0;		/* end of what still leaves room for the mark */
	size_t		size;

	if (need > x->scratch_size)
	{
		char	   *scratch = rc_resize(&document->allocator, x->scratch, need);

		if (!scratch)
		{
			rc_fail(status, RC_NO_MEMORY, "out of memory");
			return NULL;
		}
		x->scratch = scratch;
		x->scratch_size = need;
	}
	for (size_t i = 0; i < length; i += size)
	{
		uint32_t	code = rc_table_decode(text + i, length - i, &size);
		size_t		more = code > 0xFFFF ? 2 : 1;

		if (code == '_' && length - i >= 7 && text[i + 1] == 'x' && text[i + 6] == '_' && strspn(text + i + 2, "0123456789ABCDEFabcdef") >= 4)
			more = 7;
		if (units + more > CELL_UNITS)
		{
			used = cut_at;
			memcpy(x->scratch + used, CUT_MARK, strlen(CUT_MARK));
			used += strlen(CUT_MARK);
			break;
		}
		units += more;
		if (more == 7)
		{
			memcpy(x->scratch + used, "_x005F_", 7);
			used += 7;
		}
		else if (code == 0xFFFD || (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || code == 0xFFFE || code == 0xFFFF)
		{
			memcpy(x->scratch + used, "\xEF\xBF\xBD", 3);
			used += 3;
		}
		else
		{
			memcpy(x->scratch + used, text + i, size);
			used += size;
		}
		if (units <= CELL_UNITS - 7)
			cut_at = used;
	}
	x->scratch[used] = '\0';
	return x->scratch;
}

RcCode
rc_book_write_text(RcDocument *document, lxw_row_t row, int column, const char *text, size_t length, lxw_format *style, RcStatus *status)
{
	Book	   *x = document->state;
	const char *fit = rc_book_fit_text(document, text, length, status);

	if (!fit)
		return status->code;
	return rc_book_check(worksheet_write_string(x->sheet, row, (lxw_col_t) column, fit, style), status);
}

lxw_format *
rc_book_add_style(Book *x, const char *number_format, bool bold, bool ruled)
{
	lxw_format *style = workbook_add_format(x->workbook);

	if (!style)
		return NULL;
	if (number_format)
		format_set_num_format(style, number_format);
	if (bold)
		format_set_bold(style);
	if (ruled)
		format_set_top(style, LXW_BORDER_THIN);
	return style;
}

lxw_format *
rc_book_amount_style(Book *x, bool is_total, int decimals)
{
	char		format[2 * MAX_DECIMALS + 32];

	if (!x->amounts[is_total][decimals])
	{
		snprintf(format, sizeof(format), "#,##0%s%.*s", decimals > 0 ? "." : "", decimals, "000000000000000000");
		x->amounts[is_total][decimals] = rc_book_add_style(x, format, is_total, is_total);
	}
	return x->amounts[is_total][decimals];
}

/* A sheet's name from the title: no characters that Excel forbids, at most 31 UTF-16 units, number included. */
void
rc_book_sheet_name(const char *title, int number, char *name, size_t size)
{
	char		suffix[16] = "";
	size_t		room;
	size_t		units = 0;
	size_t		used = 0;
	size_t		length = strlen(title);
	size_t		bytes;

	if (number > 1)
		snprintf(suffix, sizeof(suffix), " (%d)", number);
	room = SHEET_NAME_UNITS - strlen(suffix);
	for (size_t i = 0; i < length; i += bytes)
	{
		uint32_t	code = rc_table_decode(title + i, length - i, &bytes);

		units += code > 0xFFFF ? 2 : 1;
		if (units > room || used + bytes + strlen(suffix) + 1 > size)
			break;
		if (code < 0x20 || strchr("[]:*?/\\", (int) (code < 0x80 ? code : 'x')) || (code == '\'' && used == 0))
			name[used++] = ' ';
		else
		{
			memcpy(name + used, title + i, bytes);
			used += bytes;
		}
	}
	while (used > 0 && (name[used - 1] == '\'' || name[used - 1] == ' '))
		used--;
	if (used == 0)
		used = (size_t) snprintf(name, size, "Report");
	memcpy(name + used, suffix, strlen(suffix) + 1);
}

void
rc_book_widen(Book *x, int column, size_t width)
{
	if ((size_t) x->widths[column] < width)
		x->widths[column] = width > MAX_WIDTH ? MAX_WIDTH : (int) width;
}

/* A number as people see it, in a cell that is text: for what a double cannot hold. */
static RcCode
write_shown(RcDocument *document, lxw_row_t row, const RcCell *cells, int column, RcStatus *status)
{
	char		buffer[RC_FORMAT_SIZE];
	const char *text;
	size_t		length;

	rc_format_cell(document->table, cells, column, buffer, &text, &length);
	rc_book_widen(document->state, column, length);
	return rc_book_write_text(document, row, column, text, length, ((Book *) document->state)->styles[STYLE_TEXT], status);
}

RcCode
rc_book_write_number(RcDocument *document, lxw_row_t row, int column, double number, lxw_format *style, RcStatus *status)
{
	if (!style)
		return rc_fail(status, RC_NO_MEMORY, "could not add a format");
	return rc_book_check(worksheet_write_number(((Book *) document->state)->sheet, row, (lxw_col_t) column, number, style), status);
}

/* Whether a double holds a number with every decimal that is shown. */
bool
rc_book_fits_double(const RcCell *cell, int decimals)
{
	__int128	digits = cell->value;

	if (!cell->is_exact)
		return false;
	for (int i = cell->scale; i < decimals; i++)
		digits *= 10;
	return digits >= -EXACT_LIMIT && digits <= EXACT_LIMIT;
}

RcCode
rc_book_write_cell(RcDocument *document, lxw_row_t row, const RcCell *cells, int column, RcStatus *status)
{
	Book	   *x = document->state;
	const RcCell *cell = &cells[column];
	int			decimals;
	double		serial;

	if (cell->is_null)
		return RC_OK;
	switch (document->table->columns[column].type)
	{
		case RC_COLUMN_TEXT:
			if (x->widths[column] < MAX_WIDTH)
				rc_book_widen(x, column, rc_display_width(cell->text, cell->length > 3 * MAX_WIDTH ? 3 * MAX_WIDTH : cell->length));
			return rc_book_write_text(document, row, column, cell->text, cell->length, x->styles[STYLE_TEXT], status);
		case RC_COLUMN_INTEGER:
			if (cell->value > EXACT_LIMIT || cell->value < -EXACT_LIMIT)
				return write_shown(document, row, cells, column, status);
			return rc_book_write_number(document, row, column, (double) cell->value, x->styles[STYLE_INTEGER], status);
		case RC_COLUMN_AMOUNT:
			decimals = rc_row_decimals(document->table, cells, column);
			if (decimals < cell->scale)
				decimals = cell->scale;
			if (!rc_book_fits_double(cell, decimals))
				return write_shown(document, row, cells, column, status);
			rc_book_widen(x, column, cell->length + cell->length / 3);
			return rc_book_write_number(document, row, column, (double) cell->value / pow(10, cell->scale), rc_book_amount_style(x, false, decimals), status);
		case RC_COLUMN_PERCENT:
			if (!cell->is_exact)
				return write_shown(document, row, cells, column, status);
			return rc_book_write_number(document, row, column, (double) cell->value / pow(10, cell->scale), x->styles[STYLE_PERCENT], status);
		case RC_COLUMN_DATE:
			serial = (double) cell->value + DAYS_1899_TO_2000;
			if (serial < FIRST_SAFE_SERIAL || serial > LAST_SERIAL)
				return write_shown(document, row, cells, column, status);
			rc_book_widen(x, column, 10);
			return rc_book_write_number(document, row, column, serial, x->styles[STYLE_DATE], status);
		case RC_COLUMN_TIME:
			serial = (double) cell->value / 86400e6 + DAYS_1899_TO_2000;
			if (serial < FIRST_SAFE_SERIAL || serial > LAST_SERIAL + 1)
				return write_shown(document, row, cells, column, status);
			rc_book_widen(x, column, 16);
			return rc_book_write_number(document, row, column, serial, x->styles[STYLE_TIME], status);
	}
	return RC_OK;
}
