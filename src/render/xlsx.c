/*
 * xlsx.c - tables as Excel workbooks, by libxlsxwriter in its constant-memory mode: rows go to unlinked temporary files, the finished
 * workbook to a file in memory.
 */
#define _GNU_SOURCE 1
#include "book.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static RcCode
finish_sheet(RcDocument *document, RcStatus *status)
{
	Book	   *x = document->state;
	int			columns = document->table->column_count;

	for (int i = 0; i < columns; i++)
	{
		int			width = x->widths[i] > MAX_WIDTH ? MAX_WIDTH : x->widths[i];

		if (rc_book_check(worksheet_set_column(x->sheet, (lxw_col_t) i, (lxw_col_t) i, width + 3, NULL), status) != RC_OK)
			return status->code;
	}
	worksheet_freeze_panes(x->sheet, x->header_row + 1, 0);
	worksheet_set_landscape(x->sheet);
	worksheet_set_paper(x->sheet, 9);	/* A4 */
	worksheet_fit_to_pages(x->sheet, 1, 0);
	if (rc_book_check(worksheet_repeat_rows(x->sheet, x->header_row, x->header_row), status) != RC_OK ||
		rc_book_check(worksheet_set_footer(x->sheet, "&C&P / &N"), status) != RC_OK)
		return status->code;
	if (columns > 0)
		return rc_book_check(worksheet_autofilter(x->sheet, x->header_row, 0, x->next_row - 1, (lxw_col_t) (columns - 1)), status);
	return RC_OK;
}

static RcCode
begin_sheet(RcDocument *document, RcStatus *status)
{
	Book	   *x = document->state;
	const RcTable *table = document->table;
	char		name[4 * SHEET_NAME_UNITS + 16];

	rc_book_sheet_name(table->title, ++x->sheet_count, name, sizeof(name));
	x->sheet = workbook_add_worksheet(x->workbook, name);
	if (!x->sheet)
		return rc_fail(status, RC_NO_MEMORY, "could not add sheet \"%s\"", name);
	x->next_row = 0;
	if (x->sheet_count == 1)
	{
		if (rc_book_write_text(document, x->next_row++, 0, table->title, strlen(table->title), x->styles[STYLE_TITLE], status) != RC_OK)
			return status->code;
		for (int i = 0; i < table->subtitle_count; i++)
			if (rc_book_write_text(document, x->next_row++, 0, table->subtitles[i], strlen(table->subtitles[i]), x->styles[STYLE_SUBTITLE], status) != RC_OK)
				return status->code;
		x->next_row++;
	}
	x->header_row = x->next_row++;
	if (rc_book_check(worksheet_set_row(x->sheet, x->header_row, 18, NULL), status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->column_count; i++)
		if (rc_book_write_text(document, x->header_row, i, table->columns[i].title, strlen(table->columns[i].title), x->styles[STYLE_HEADER], status) != RC_OK)
			return status->code;
	return RC_OK;
}

static RcCode
xlsx_open(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;
	Book	   *x = rc_allocate_zero(&document->allocator, sizeof(Book));
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

	x->styles[STYLE_TITLE] = rc_book_add_style(x, NULL, true, false);
	x->styles[STYLE_SUBTITLE] = rc_book_add_style(x, NULL, false, false);
	x->styles[STYLE_HEADER] = rc_book_add_style(x, NULL, true, false);
	x->styles[STYLE_TEXT] = rc_book_add_style(x, "@", false, false);
	x->styles[STYLE_INTEGER] = rc_book_add_style(x, "0", false, false);
	x->styles[STYLE_PERCENT] = rc_book_add_style(x, "0.0%", false, false);
	x->styles[STYLE_DATE] = rc_book_add_style(x, "yyyy-mm-dd", false, false);
	x->styles[STYLE_TIME] = rc_book_add_style(x, "yyyy-mm-dd hh:mm", false, false);
	x->styles[STYLE_TOTAL_TEXT] = rc_book_add_style(x, NULL, true, true);
	x->styles[STYLE_TOTAL_INTEGER] = rc_book_add_style(x, "#,##0", true, true);
	for (int i = 0; i < STYLE_KINDS; i++)
		if (!x->styles[i])
			return rc_fail(status, RC_NO_MEMORY, "could not begin a workbook");
	format_set_font_size(x->styles[STYLE_TITLE], 14);
	format_set_font_color(x->styles[STYLE_SUBTITLE], 0x595959);
	format_set_bg_color(x->styles[STYLE_HEADER], 0xD9E2EC);
	format_set_bottom(x->styles[STYLE_HEADER], LXW_BORDER_THIN);
	format_set_align(x->styles[STYLE_HEADER], LXW_ALIGN_VERTICAL_CENTER);

	if (!rc_book_fit_text(document, table->title, strlen(table->title), status))
		return status->code;
	{
		lxw_doc_properties properties = {
			.title = x->scratch,
			.author = "reconcile",
			.created = (time_t) (table->created_at / 1000000 + INT64_C(946684800))
		};

		if (rc_book_check(workbook_set_properties(x->workbook, &properties), status) != RC_OK)
			return status->code;
	}
	return begin_sheet(document, status);
}

static RcCode
xlsx_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	Book	   *x = document->state;
	lxw_row_t	row;

	if (x->next_row >= x->sheet_rows && (finish_sheet(document, status) != RC_OK || begin_sheet(document, status) != RC_OK))
		return status->code;
	row = x->next_row++;
	for (int i = 0; i < document->table->column_count; i++)
		if (rc_book_write_cell(document, row, cells, i, status) != RC_OK)
			return status->code;

	/* The library does not look whether its temporary file took the row. */
	if (document->rows % 1000 == 0 && x->sheet->optimize_tmpfile && ferror(x->sheet->optimize_tmpfile))
		return rc_fail(status, RC_IO, "could not write a temporary file of the workbook");
	return RC_OK;
}

static RcCode
xlsx_finish(RcDocument *document, RcStatus *status)
{
	Book	   *x = document->state;
	const RcTable *table = document->table;
	char		buffer[65536];
	off_t		offset = 0;
	ssize_t		got;
	lxw_row_t	first = x->header_row + 1;
	lxw_row_t	last = x->sheet_count == 1 ? x->next_row - 1 : 0;	/* no formulas across sheets */

	if (document->rows == 0 &&
		rc_book_write_text(document, x->next_row++, 0, table->label_empty, strlen(table->label_empty), x->styles[STYLE_TEXT], status) != RC_OK)
		return status->code;
	if (finish_sheet(document, status) != RC_OK)
		return status->code;
	if (document->rows > 0 && rc_book_has_totals(table))
	{
		/* Where the sheet is full the sums stand on the summary sheet only. */
		if (x->next_row + 1 + (uint32_t) document->totals.count < x->sheet_rows)
		{
			x->next_row++;
			if (rc_book_write_totals(document, first, last, status) != RC_OK)
				return status->code;
			for (int i = 0; i < table->column_count; i++)
				if (table->columns[i].total &&
					rc_book_check(worksheet_set_column(x->sheet, (lxw_col_t) i, (lxw_col_t) i, x->widths[i] + 3, NULL), status) != RC_OK)
					return status->code;
		}
		if (rc_book_write_summary(document, status) != RC_OK)
			return status->code;
	}
	if (rc_book_pack(document, status) != RC_OK)
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
	Book	   *x = document->state;

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
