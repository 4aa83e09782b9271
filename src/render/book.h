/*
 * book.h - the inside of the Excel renderer, shared by its files: xlsx.c (the workbook), book_cell.c (cells), book_totals.c (sums), book_pack.c (packing).
 */
#ifndef RC_BOOK_H
#define RC_BOOK_H

#include "document.h"

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

typedef struct Book
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
} Book;

/* Turns the library's error into a status. */
extern RcCode rc_book_check(lxw_error error, RcStatus *status);

/* Closes the workbook: packs it into the memory file, or stops on the way. The workbook is gone then. */
extern RcCode rc_book_pack(RcDocument *document, RcStatus *status);

/* A copy of a text that a cell can hold: no characters that XML forbids, "_x0041_" kept as text, cut visibly at Excel's limit. Valid until the next. */
extern const char *rc_book_fit_text(RcDocument *document, const char *text, size_t length, RcStatus *status);

/* Writes a text, which stays a text whatever it begins with. */
extern RcCode rc_book_write_text(RcDocument *document, lxw_row_t row, int column, const char *text, size_t length, lxw_format *style, RcStatus *status);

/* Writes a number; style NULL is a failed allocation. */
extern RcCode rc_book_write_number(RcDocument *document, lxw_row_t row, int column, double number, lxw_format *style, RcStatus *status);

/* Writes a cell of a row by the type of its column, and widens the column. */
extern RcCode rc_book_write_cell(RcDocument *document, lxw_row_t row, const RcCell *cells, int column, RcStatus *status);

/* Whether a double holds a number with every decimal that is shown. */
extern bool rc_book_fits_double(const RcCell *cell, int decimals);

/* Remembers that a column shows so many characters. */
extern void rc_book_widen(Book *x, int column, size_t width);

/* Makes a cell format; NULL without memory. */
extern lxw_format *rc_book_add_style(Book *x, const char *number_format, bool bold, bool ruled);

/* The format of amounts with so many decimals, of rows or of totals; NULL without memory. */
extern lxw_format *rc_book_amount_style(Book *x, bool is_total, int decimals);

/* A sheet's name from a title: no characters that Excel forbids, at most 31 UTF-16 units, " (number)" included from the second on. */
extern void rc_book_sheet_name(const char *title, int number, char *name, size_t size);

/* Whether the table has columns that are summed. */
extern bool rc_book_has_totals(const RcTable *table);

/* Writes the totals rows below the data, one a currency; formulas over rows first..last where first <= last. */
extern RcCode rc_book_write_totals(RcDocument *document, lxw_row_t first, lxw_row_t last, RcStatus *status);

/* Adds the summary sheet: rows and sums per currency and group. */
extern RcCode rc_book_write_summary(RcDocument *document, RcStatus *status);

#endif
