/*
 * xlsx.c - tables as Excel workbooks, by libxlsxwriter in its constant-memory mode: rows go to unlinked temporary files, the finished
 * workbook to a file in memory.
 */
#define _GNU_SOURCE 1
#include "document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define MAX_DECIMALS 18
#define MAX_WIDTH 60			/* of a column, in characters */
#define CELL_UNITS 32767		/* UTF-16 units that Excel takes in a cell */
#define SHEET_NAME_UNITS 31
#define EXACT_LIMIT (INT64_C(1) << 53)
#define DAYS_1899_TO_2000 36526
#define FIRST_SAFE_SERIAL 61	/* Excel counts a 29 February 1900 that never was */
#define LAST_SERIAL 2958465		/* 9999-12-31 */
#define CUT_MARK "… [cut]"

typedef enum StyleKind
{
	STYLE_TITLE,
	STYLE_SUBTITLE,
	STYLE_HEADER,
	STYLE_TEXT,
	STYLE_INTEGER,
	STYLE_PERCENT,
	STYLE_DATE,
	STYLE_TIME,
	STYLE_TOTAL_TEXT,
	STYLE_TOTAL_INTEGER,
	STYLE_KINDS
} StyleKind;

typedef struct Xlsx
{
	int			fd;				/* of the memory file; -1 when there is none */
	lxw_workbook *workbook;
	lxw_worksheet *sheet;
	lxw_format *styles[STYLE_KINDS];
	lxw_format *amounts[2][MAX_DECIMALS + 1];	/* by is-total and decimals */
	int			sheet_count;
	uint32_t	sheet_rows;
	uint32_t	next_row;
	uint32_t	header_row;
	int		   *widths;
	char	   *scratch;		/* text made fit for a cell */
	size_t		scratch_size;
} Xlsx;

static RcCode
check(lxw_error error, RcStatus *status)
{
	if (error == LXW_NO_ERROR)
		return RC_OK;
	return rc_fail(status, error == LXW_ERROR_MEMORY_MALLOC_FAILED ? RC_NO_MEMORY : RC_IO, "could not write the workbook: %s", lxw_strerror(error));
}

/* A copy that a cell can hold: no characters that XML forbids, "_x0041_" kept as text, cut visibly at Excel's limit. */
static const char *
cell_text(RcDocument *document, const char *text, size_t length, RcStatus *status)
{
	Xlsx	   *x = document->state;
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

static RcCode
write_text(RcDocument *document, lxw_row_t row, int column, const char *text, size_t length, lxw_format *style, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const char *fit = cell_text(document, text, length, status);

	if (!fit)
		return status->code;
	return check(worksheet_write_string(x->sheet, row, (lxw_col_t) column, fit, style), status);
}

static lxw_format *
add_style(Xlsx *x, const char *number_format, bool bold, bool ruled)
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

static lxw_format *
amount_style(Xlsx *x, bool is_total, int decimals)
{
	char		format[2 * MAX_DECIMALS + 32];

	if (!x->amounts[is_total][decimals])
	{
		snprintf(format, sizeof(format), "#,##0%s%.*s", decimals > 0 ? "." : "", decimals, "000000000000000000");
		x->amounts[is_total][decimals] = add_style(x, format, is_total, is_total);
	}
	return x->amounts[is_total][decimals];
}

/* A sheet's name from the title: no characters that Excel forbids, at most 31 UTF-16 units, number included. */
static void
sheet_name(const char *title, int number, char *name, size_t size)
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

static RcCode
finish_sheet(RcDocument *document, RcStatus *status)
{
	Xlsx	   *x = document->state;
	int			columns = document->table->column_count;

	for (int i = 0; i < columns; i++)
	{
		int			width = x->widths[i] > MAX_WIDTH ? MAX_WIDTH : x->widths[i];

		if (check(worksheet_set_column(x->sheet, (lxw_col_t) i, (lxw_col_t) i, width + 3, NULL), status) != RC_OK)
			return status->code;
	}
	worksheet_freeze_panes(x->sheet, x->header_row + 1, 0);
	worksheet_set_landscape(x->sheet);
	worksheet_set_paper(x->sheet, 9);	/* A4 */
	worksheet_fit_to_pages(x->sheet, 1, 0);
	if (check(worksheet_repeat_rows(x->sheet, x->header_row, x->header_row), status) != RC_OK ||
		check(worksheet_set_footer(x->sheet, "&C&P / &N"), status) != RC_OK)
		return status->code;
	if (columns > 0)
		return check(worksheet_autofilter(x->sheet, x->header_row, 0, x->next_row - 1, (lxw_col_t) (columns - 1)), status);
	return RC_OK;
}

static RcCode
begin_sheet(RcDocument *document, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcTable *table = document->table;
	char		name[4 * SHEET_NAME_UNITS + 16];

	sheet_name(table->title, ++x->sheet_count, name, sizeof(name));
	x->sheet = workbook_add_worksheet(x->workbook, name);
	if (!x->sheet)
		return rc_fail(status, RC_NO_MEMORY, "could not add sheet \"%s\"", name);
	x->next_row = 0;
	if (x->sheet_count == 1)
	{
		if (write_text(document, x->next_row++, 0, table->title, strlen(table->title), x->styles[STYLE_TITLE], status) != RC_OK)
			return status->code;
		for (int i = 0; i < table->subtitle_count; i++)
			if (write_text(document, x->next_row++, 0, table->subtitles[i], strlen(table->subtitles[i]), x->styles[STYLE_SUBTITLE], status) != RC_OK)
				return status->code;
		x->next_row++;
	}
	x->header_row = x->next_row++;
	if (check(worksheet_set_row(x->sheet, x->header_row, 18, NULL), status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->column_count; i++)
		if (write_text(document, x->header_row, i, table->columns[i].title, strlen(table->columns[i].title), x->styles[STYLE_HEADER], status) != RC_OK)
			return status->code;
	return RC_OK;
}

static RcCode
xlsx_open(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;
	Xlsx	   *x = rc_allocate_zero(&document->allocator, sizeof(Xlsx));
	char		path[64];
	char		directory[1024];
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};

	if (!x)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	x->fd = -1;
	document->state = x;
	x->sheet_rows = table->sheet_rows > 0 && table->sheet_rows < LXW_ROW_MAX ? table->sheet_rows : LXW_ROW_MAX;
	if (table->column_count > LXW_COL_MAX)
		return rc_fail(status, RC_TOO_LARGE, "a sheet holds at most %d columns", LXW_COL_MAX);
	x->widths = rc_allocate_zero(&document->allocator, sizeof(int) * (size_t) table->column_count + 1);
	if (!x->widths)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	for (int i = 0; i < table->column_count; i++)
		x->widths[i] = (int) rc_display_width(table->columns[i].title, strlen(table->columns[i].title));
	x->fd = memfd_create("reconcile-xlsx", MFD_CLOEXEC);
	if (x->fd < 0)
		return rc_fail(status, RC_IO, "could not create a file in memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", x->fd);
	if (table->temporary_directory)
	{
		snprintf(directory, sizeof(directory), "%s", table->temporary_directory);
		options.tmpdir = directory;
	}
	x->workbook = workbook_new_opt(path, &options);
	if (!x->workbook)
		return rc_fail(status, RC_NO_MEMORY, "could not begin a workbook");

	x->styles[STYLE_TITLE] = add_style(x, NULL, true, false);
	x->styles[STYLE_SUBTITLE] = add_style(x, NULL, false, false);
	x->styles[STYLE_HEADER] = add_style(x, NULL, true, false);
	x->styles[STYLE_TEXT] = add_style(x, "@", false, false);
	x->styles[STYLE_INTEGER] = add_style(x, "0", false, false);
	x->styles[STYLE_PERCENT] = add_style(x, "0.0%", false, false);
	x->styles[STYLE_DATE] = add_style(x, "yyyy-mm-dd", false, false);
	x->styles[STYLE_TIME] = add_style(x, "yyyy-mm-dd hh:mm", false, false);
	x->styles[STYLE_TOTAL_TEXT] = add_style(x, NULL, true, true);
	x->styles[STYLE_TOTAL_INTEGER] = add_style(x, "#,##0", true, true);
	for (int i = 0; i < STYLE_KINDS; i++)
		if (!x->styles[i])
			return rc_fail(status, RC_NO_MEMORY, "could not begin a workbook");
	format_set_font_size(x->styles[STYLE_TITLE], 14);
	format_set_font_color(x->styles[STYLE_SUBTITLE], 0x595959);
	format_set_bg_color(x->styles[STYLE_HEADER], 0xD9E2EC);
	format_set_bottom(x->styles[STYLE_HEADER], LXW_BORDER_THIN);
	format_set_align(x->styles[STYLE_HEADER], LXW_ALIGN_VERTICAL_CENTER);

	if (!cell_text(document, table->title, strlen(table->title), status))
		return status->code;
	{
		lxw_doc_properties properties = {
			.title = x->scratch,
			.author = "reconcile",
			.created = (time_t) (table->created_at / 1000000 + INT64_C(946684800))
		};

		if (check(workbook_set_properties(x->workbook, &properties), status) != RC_OK)
			return status->code;
	}
	return begin_sheet(document, status);
}

static void
widen(Xlsx *x, int column, size_t width)
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
	widen(document->state, column, length);
	return write_text(document, row, column, text, length, ((Xlsx *) document->state)->styles[STYLE_TEXT], status);
}

static RcCode
write_number(RcDocument *document, lxw_row_t row, int column, double number, lxw_format *style, RcStatus *status)
{
	if (!style)
		return rc_fail(status, RC_NO_MEMORY, "could not add a format");
	return check(worksheet_write_number(((Xlsx *) document->state)->sheet, row, (lxw_col_t) column, number, style), status);
}

/* Whether a double holds a number with every decimal that is shown. */
static bool
fits_double(const RcCell *cell, int decimals)
{
	__int128	digits = cell->value;

	if (!cell->is_exact)
		return false;
	for (int i = cell->scale; i < decimals; i++)
		digits *= 10;
	return digits >= -EXACT_LIMIT && digits <= EXACT_LIMIT;
}

static RcCode
write_cell(RcDocument *document, lxw_row_t row, const RcCell *cells, int column, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcCell *cell = &cells[column];
	int			decimals;
	double		serial;

	if (cell->is_null)
		return RC_OK;
	switch (document->table->columns[column].type)
	{
		case RC_COLUMN_TEXT:
			if (x->widths[column] < MAX_WIDTH)
				widen(x, column, rc_display_width(cell->text, cell->length > 3 * MAX_WIDTH ? 3 * MAX_WIDTH : cell->length));
			return write_text(document, row, column, cell->text, cell->length, x->styles[STYLE_TEXT], status);
		case RC_COLUMN_INTEGER:
			if (cell->value > EXACT_LIMIT || cell->value < -EXACT_LIMIT)
				return write_shown(document, row, cells, column, status);
			return write_number(document, row, column, (double) cell->value, x->styles[STYLE_INTEGER], status);
		case RC_COLUMN_AMOUNT:
			decimals = rc_row_decimals(document->table, cells, column);
			if (decimals < cell->scale)
				decimals = cell->scale;
			if (!fits_double(cell, decimals))
				return write_shown(document, row, cells, column, status);
			widen(x, column, cell->length + cell->length / 3);
			return write_number(document, row, column, (double) cell->value / pow(10, cell->scale), amount_style(x, false, decimals), status);
		case RC_COLUMN_PERCENT:
			if (!cell->is_exact)
				return write_shown(document, row, cells, column, status);
			return write_number(document, row, column, (double) cell->value / pow(10, cell->scale), x->styles[STYLE_PERCENT], status);
		case RC_COLUMN_DATE:
			serial = (double) cell->value + DAYS_1899_TO_2000;
			if (serial < FIRST_SAFE_SERIAL || serial > LAST_SERIAL)
				return write_shown(document, row, cells, column, status);
			widen(x, column, 10);
			return write_number(document, row, column, serial, x->styles[STYLE_DATE], status);
		case RC_COLUMN_TIME:
			serial = (double) cell->value / 86400e6 + DAYS_1899_TO_2000;
			if (serial < FIRST_SAFE_SERIAL || serial > LAST_SERIAL + 1)
				return write_shown(document, row, cells, column, status);
			widen(x, column, 16);
			return write_number(document, row, column, serial, x->styles[STYLE_TIME], status);
	}
	return RC_OK;
}

static RcCode
xlsx_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	Xlsx	   *x = document->state;
	lxw_row_t	row;

	if (x->next_row >= x->sheet_rows && (finish_sheet(document, status) != RC_OK || begin_sheet(document, status) != RC_OK))
		return status->code;
	row = x->next_row++;
	for (int i = 0; i < document->table->column_count; i++)
		if (write_cell(document, row, cells, i, status) != RC_OK)
			return status->code;

	/* The library does not look whether its temporary file took the row. */
	if (document->rows % 1000 == 0 && x->sheet->optimize_tmpfile && ferror(x->sheet->optimize_tmpfile))
		return rc_fail(status, RC_IO, "could not write a temporary file of the workbook");
	return RC_OK;
}

/*
 * The formula of a currency's sum over rows first..last; false when there is none to write. The code is taken from the totals row itself, so
 * that no text of the data stands in a formula.
 */
static bool
sum_formula(const RcTable *table, const RcTotal *total, lxw_row_t row, int column, lxw_row_t first, lxw_row_t last, char *formula, size_t size)
{
	char		from[LXW_MAX_CELL_NAME_LENGTH];
	char		to[LXW_MAX_CELL_NAME_LENGTH];
	char		currency_from[LXW_MAX_CELL_NAME_LENGTH];
	char		currency_to[LXW_MAX_CELL_NAME_LENGTH];
	char		currency[LXW_MAX_CELL_NAME_LENGTH];

	lxw_rowcol_to_cell(from, first, (lxw_col_t) column);
	lxw_rowcol_to_cell(to, last, (lxw_col_t) column);
	if (table->currency_column < 0)
	{
		snprintf(formula, size, "=SUM(%s:%s)", from, to);
		return true;
	}
	if (total->currency[0] == '\0')
		return false;
	lxw_rowcol_to_cell(currency_from, first, (lxw_col_t) table->currency_column);
	lxw_rowcol_to_cell(currency_to, last, (lxw_col_t) table->currency_column);
	lxw_rowcol_to_cell(currency, row, (lxw_col_t) table->currency_column);
	snprintf(formula, size, "=SUMIF(%s:%s,%s,%s:%s)", currency_from, currency_to, currency, from, to);
	return true;
}

/* Writes a sum; with its formula when all rows are on this sheet (first <= last). */
static RcCode
write_sum(RcDocument *document, const RcTotal *total, lxw_row_t row, int column, int of_column, lxw_row_t first, lxw_row_t last, RcStatus *status)
{
	Xlsx	   *x = document->state;
	bool		is_total = total->group == NULL;
	char		text[RC_FORMAT_SIZE];
	char		shown[RC_FORMAT_SIZE];
	char		formula[128];
	RcCell		cell;
	int			decimals = rc_total_cell(total, of_column, text, &cell);
	size_t		length = rc_total_shown(total, of_column, shown, sizeof(shown));
	lxw_format *style;

	if (!fits_double(&cell, decimals))
		return write_text(document, row, column, shown, length, x->styles[is_total ? STYLE_TOTAL_TEXT : STYLE_TEXT], status);
	style = amount_style(x, is_total, decimals);
	if (style && first <= last && sum_formula(document->table, total, row, column, first, last, formula, sizeof(formula)))
		return check(worksheet_write_formula_num(x->sheet, row, (lxw_col_t) column, formula, style, (double) cell.value / pow(10, cell.scale)), status);
	return write_number(document, row, column, (double) cell.value / pow(10, cell.scale), style, status);
}

/* The totals rows below the data, one a currency. */
static RcCode
write_totals(RcDocument *document, lxw_row_t first, lxw_row_t last, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcTable *table = document->table;

	for (int i = 0; i < document->totals.count; i++)
	{
		const RcTotal *total = &document->totals.entries[i];
		lxw_row_t	row = x->next_row;
		bool		labelled = false;

		if (total->group)
			continue;
		x->next_row++;
		for (int k = 0; k < table->column_count; k++)
		{
			char		shown[RC_FORMAT_SIZE];
			RcCode		code;

			if (k == table->currency_column)
				code = write_text(document, row, k, total->currency, strlen(total->currency), x->styles[STYLE_TOTAL_TEXT], status);
			else if (table->columns[k].total)
			{
				widen(x, k, rc_total_shown(total, k, shown, sizeof(shown)) + 1);
				code = write_sum(document, total, row, k, k, first, last, status);
			}
			else if (!labelled)
			{
				labelled = true;
				code = write_text(document, row, k, table->label_total, strlen(table->label_total), x->styles[STYLE_TOTAL_TEXT], status);
			}
			else
				code = check(worksheet_write_blank(x->sheet, row, (lxw_col_t) k, x->styles[STYLE_TOTAL_TEXT]), status);
			if (code != RC_OK)
				return code;
		}
	}
	return RC_OK;
}

static bool
has_totals(const RcTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].total)
			return true;
	return false;
}

static RcCode
write_heading(RcDocument *document, int column, const char *text, RcStatus *status)
{
	return write_text(document, 0, column, text, strlen(text), ((Xlsx *) document->state)->styles[STYLE_HEADER], status);
}

static RcCode
write_summary_row(RcDocument *document, const RcTotal *total, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcTable *table = document->table;
	bool		is_total = total->group == NULL;
	lxw_format *style = x->styles[is_total ? STYLE_TOTAL_TEXT : STYLE_TEXT];
	lxw_row_t	row = x->next_row++;
	int			column = 0;

	if (table->currency_column >= 0 && write_text(document, row, column++, total->currency, strlen(total->currency), style, status) != RC_OK)
		return status->code;
	if (table->group_column >= 0 &&
		write_text(document, row, column++, is_total ? table->label_total : total->group, is_total ? strlen(table->label_total) : total->group_length,
				   style, status) != RC_OK)
		return status->code;
	if (write_number(document, row, column++, (double) total->rows, x->styles[is_total ? STYLE_TOTAL_INTEGER : STYLE_INTEGER], status) != RC_OK)
		return status->code;
	for (int k = 0; k < table->column_count; k++)
		if (table->columns[k].total && write_sum(document, total, row, column++, k, 1, 0, status) != RC_OK)
			return status->code;
	return RC_OK;
}

/* A sheet of its own: rows and sums per currency and group. */
static RcCode
write_summary(RcDocument *document, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcTable *table = document->table;
	char		name[4 * SHEET_NAME_UNITS + 16];
	char		main_name[4 * SHEET_NAME_UNITS + 16];
	int			column = 0;

	sheet_name(table->title, 1, main_name, sizeof(main_name));
	sheet_name(table->label_summary, 1, name, sizeof(name));
	if (strcmp(name, main_name) == 0)
		snprintf(name, sizeof(name), "Summary of rows");
	x->sheet = workbook_add_worksheet(x->workbook, name);
	if (!x->sheet)
		return rc_fail(status, RC_NO_MEMORY, "could not add sheet \"%s\"", name);
	x->next_row = 1;
	if (check(worksheet_set_column(x->sheet, 0, (lxw_col_t) table->column_count + 3, 18, NULL), status) != RC_OK)
		return status->code;
	worksheet_freeze_panes(x->sheet, 1, 0);
	if (table->currency_column >= 0 && write_heading(document, column++, table->columns[table->currency_column].title, status) != RC_OK)
		return status->code;
	if (table->group_column >= 0 && write_heading(document, column++, table->columns[table->group_column].title, status) != RC_OK)
		return status->code;
	if (write_heading(document, column++, table->label_rows, status) != RC_OK)
		return status->code;
	for (int k = 0; k < table->column_count; k++)
		if (table->columns[k].total && write_heading(document, column++, table->columns[k].title, status) != RC_OK)
			return status->code;

	/* Without groups a currency's total says the same as its one group. */
	for (int i = 0; i < document->totals.count; i++)
		if ((!document->totals.entries[i].group || table->group_column >= 0) && write_summary_row(document, &document->totals.entries[i], status) != RC_OK)
			return status->code;
	return RC_OK;
}

static RcCode
xlsx_finish(RcDocument *document, RcStatus *status)
{
	Xlsx	   *x = document->state;
	const RcTable *table = document->table;
	lxw_error	error;
	char		buffer[65536];
	off_t		offset = 0;
	ssize_t		got;
	lxw_row_t	first = x->header_row + 1;
	lxw_row_t	last = x->sheet_count == 1 ? x->next_row - 1 : 0;	/* no formulas across sheets */

	if (document->rows == 0 &&
		write_text(document, x->next_row++, 0, table->label_empty, strlen(table->label_empty), x->styles[STYLE_TEXT], status) != RC_OK)
		return status->code;
	if (finish_sheet(document, status) != RC_OK)
		return status->code;
	if (document->rows > 0 && has_totals(table))
	{
		/* Where the sheet is full the sums stand on the summary sheet only. */
		if (x->next_row + 1 + (uint32_t) document->totals.count < x->sheet_rows)
		{
			x->next_row++;
			if (write_totals(document, first, last, status) != RC_OK)
				return status->code;
			for (int i = 0; i < table->column_count; i++)
				if (table->columns[i].total &&
					check(worksheet_set_column(x->sheet, (lxw_col_t) i, (lxw_col_t) i, x->widths[i] + 3, NULL), status) != RC_OK)
					return status->code;
		}
		if (write_summary(document, status) != RC_OK)
			return status->code;
	}
	for (lxw_worksheet *sheet = STAILQ_FIRST(x->workbook->worksheets); sheet; sheet = STAILQ_NEXT(sheet, list_pointers))
		if (sheet->optimize_tmpfile && (fflush(sheet->optimize_tmpfile) != 0 || ferror(sheet->optimize_tmpfile)))
			return rc_fail(status, RC_IO, "could not write a temporary file of the workbook");
	if (rc_should_stop(&document->allocator))
		return rc_fail(status, RC_STOPPED, "stopped");
	error = workbook_close(x->workbook);	/* frees it too */
	x->workbook = NULL;
	if (check(error, status) != RC_OK)
		return status->code;
	while ((got = pread(x->fd, buffer, sizeof(buffer), offset)) > 0)
	{
		if (rc_document_write(document, buffer, (size_t) got, status) != RC_OK)
			return status->code;
		offset += got;
		if (rc_should_stop(&document->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
	}
	if (got < 0 || offset == 0)
		return rc_fail(status, RC_IO, "could not read the workbook back");
	return RC_OK;
}

static void
xlsx_close(RcDocument *document)
{
	Xlsx	   *x = document->state;

	if (!x)
		return;
	if (x->workbook)
	{
		/* Abandoned: the library closes the temporary files of its sheets only when it packs them. */
		for (lxw_worksheet *sheet = STAILQ_FIRST(x->workbook->worksheets); sheet; sheet = STAILQ_NEXT(sheet, list_pointers))
			if (sheet->optimize_tmpfile)
			{
				fclose(sheet->optimize_tmpfile);
				sheet->optimize_tmpfile = NULL;
			}
		lxw_workbook_free(x->workbook);
	}
	if (x->fd >= 0)
		close(x->fd);
	rc_release(&document->allocator, x->widths);
	rc_release(&document->allocator, x->scratch);
	rc_release(&document->allocator, x);
	document->state = NULL;
}

const RcRenderer rc_xlsx_renderer = {
	.name = "xlsx",
	.open = xlsx_open,
	.row = xlsx_row,
	.finish = xlsx_finish,
	.close = xlsx_close
};
