/*
 * sheet_row.h - a row of a sheet being put together, cell by cell: what the readers of workbooks share.
 *
 * Rows are as wide as the widest so far, so that blank cells at the end of a row are fields too. raw is the values joined by TABs.
 */
#ifndef RC_SHEET_ROW_H
#define RC_SHEET_ROW_H

#include "../base/text.h"
#include "reader.h"

#define RC_SHEET_MAX_ROWS 1048576

typedef struct RcSheetRow
{
	uint32_t	number;			/* of the row, 1-based, 0: none yet */
	uint64_t	byte;			/* where it begins in the part of the workbook */
	RcBuffer	out;			/* its values, each with a TAB behind it */
	uint32_t	filled;			/* columns up to the last that has a value */
	uint32_t	width;			/* columns of the widest row so far */
	uint32_t	starts[RC_MAX_COLUMNS];	/* in out, UINT32_MAX: no cell */
	RcField		fields[RC_MAX_COLUMNS];
} RcSheetRow;

extern void rc_sheet_row_init(RcSheetRow *row, const RcAllocator *allocator);	/* row is all zero before */
extern void rc_sheet_row_free(RcSheetRow *row);

extern void rc_sheet_row_begin(RcSheetRow *row, uint32_t number, uint64_t byte);

/*
 * Adds the value of a cell, column from 1; an empty one is no value. Returns the copy, whose last bytes a caller may take back with
 * rc_sheet_row_shorten; NULL when length is 0, and after an error: only then status is written.
 */
extern char *rc_sheet_row_put(RcSheetRow *row, uint32_t column, const char *text, size_t length, RcStatus *status);

/* Makes the value that was put last shorter. */
extern void rc_sheet_row_shorten(RcSheetRow *row, uint32_t column, size_t length);

/* The row as a record; it must have a value. */
extern void rc_sheet_row_record(RcSheetRow *row, RcRecord *record);

#endif
