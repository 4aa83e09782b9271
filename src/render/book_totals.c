/*
 * book_totals.c - sums of workbooks: rows below the data, and a sheet of their own.
 */
#include "book.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
	Book	   *x = document->state;
	bool		is_total = total->group == NULL;
	char		text[RC_FORMAT_SIZE];
	char		shown[RC_FORMAT_SIZE];
	char		formula[128];
	RcCell		cell;
	int			decimals = rc_total_cell(total, of_column, text, &cell);
	size_t		length = rc_total_shown(total, of_column, shown, sizeof(shown));
	lxw_format *style;

	if (!rc_book_fits_double(&cell, decimals))
		return rc_book_write_text(document, row, column, shown, length, x->styles[is_total ? STYLE_TOTAL_TEXT : STYLE_TEXT], status);
	style = rc_book_amount_style(x, is_total, decimals);
	if (style && first <= last && sum_formula(document->table, total, row, column, first, last, formula, sizeof(formula)))
		return rc_book_check(worksheet_write_formula_num(x->sheet, row, (lxw_col_t) column, formula, style, (double) cell.value / pow(10, cell.scale)), status);
	return rc_book_write_number(document, row, column, (double) cell.value / pow(10, cell.scale), style, status);
}

/* The totals rows below the data, one a currency. */
RcCode
rc_book_write_totals(RcDocument *document, lxw_row_t first, lxw_row_t last, RcStatus *status)
{
	Book	   *x = document->state;
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
				code = rc_book_write_text(document, row, k, total->currency, strlen(total->currency), x->styles[STYLE_TOTAL_TEXT], status);
			else if (table->columns[k].total)
			{
				rc_book_widen(x, k, rc_total_shown(total, k, shown, sizeof(shown)) + 1);
				code = write_sum(document, total, row, k, k, first, last, status);
			}
			else if (!labelled)
			{
				labelled = true;
				code = rc_book_write_text(document, row, k, table->label_total, strlen(table->label_total), x->styles[STYLE_TOTAL_TEXT], status);
			}
			else
				code = rc_book_check(worksheet_write_blank(x->sheet, row, (lxw_col_t) k, x->styles[STYLE_TOTAL_TEXT]), status);
			if (code != RC_OK)
				return code;
		}
	}
	return RC_OK;
}

bool
rc_book_has_totals(const RcTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].total)
			return true;
	return false;
}

static RcCode
write_heading(RcDocument *document, int column, const char *text, RcStatus *status)
{
	return rc_book_write_text(document, 0, column, text, strlen(text), ((Book *) document->state)->styles[STYLE_HEADER], status);
}

static RcCode
write_summary_row(RcDocument *document, const RcTotal *total, RcStatus *status)
{
	Book	   *x = document->state;
	const RcTable *table = document->table;
	bool		is_total = total->group == NULL;
	lxw_format *style = x->styles[is_total ? STYLE_TOTAL_TEXT : STYLE_TEXT];
	lxw_row_t	row = x->next_row++;
	int			column = 0;

	if (table->currency_column >= 0 && rc_book_write_text(document, row, column++, total->currency, strlen(total->currency), style, status) != RC_OK)
		return status->code;
	if (table->group_column >= 0 &&
		rc_book_write_text(document, row, column++, is_total ? table->label_total : total->group, is_total ? strlen(table->label_total) : total->group_length,
				   style, status) != RC_OK)
		return status->code;
	if (rc_book_write_number(document, row, column++, (double) total->rows, x->styles[is_total ? STYLE_TOTAL_INTEGER : STYLE_INTEGER], status) != RC_OK)
		return status->code;
	for (int k = 0; k < table->column_count; k++)
		if (table->columns[k].total && write_sum(document, total, row, column++, k, 1, 0, status) != RC_OK)
			return status->code;
	return RC_OK;
}

/* A sheet of its own: rows and sums per currency and group. */
RcCode
rc_book_write_summary(RcDocument *document, RcStatus *status)
{
	Book	   *x = document->state;
	const RcTable *table = document->table;
	char		name[4 * SHEET_NAME_UNITS + 16];
	char		main_name[4 * SHEET_NAME_UNITS + 16];
	int			column = 0;

	rc_book_sheet_name(table->title, 1, main_name, sizeof(main_name));
	rc_book_sheet_name(table->label_summary, 1, name, sizeof(name));
	if (strcmp(name, main_name) == 0)
		snprintf(name, sizeof(name), "Summary of rows");
	x->sheet = workbook_add_worksheet(x->workbook, name);
	if (!x->sheet)
		return rc_fail(status, RC_NO_MEMORY, "could not add sheet \"%s\"", name);
	x->next_row = 1;
	if (rc_book_check(worksheet_set_column(x->sheet, 0, (lxw_col_t) table->column_count + 3, 18, NULL), status) != RC_OK)
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
