/*
 * xlsx_sheet.h - Excel workbooks (.xlsx, .xlsm): the rows of one sheet.
 *
 * A record is a row of the sheet that has a value in it; its line is the row's number, field n its nth column, empty where the sheet has no
 * cell. Rows are as wide as the widest so far, so that blank cells at the end of a row are fields too. Dates come by number format as ISO text,
 * numbers with 15 significant digits and a point, texts with their _xHHHH_ escapes decoded and without phonetic runs, formulas as the value
 * that is stored with them (never evaluated; a formula without one refuses the file), booleans as TRUE and FALSE, errors as Excel writes them
 * (#N/A). A duration ([h]:mm) stays the number of days that it is.
 * raw is the row's values joined by TABs.
 */
#ifndef RC_XLSX_SHEET_H
#define RC_XLSX_SHEET_H

#include "archive.h"
#include "container.h"

extern const RcContainer rc_xlsx_container;

/*
 * Opens a sheet (NULL: the first that is not hidden) of a workbook. The state is one of rc_xlsx_container; the archive is its own from here on, and
 * closed also after an error.
 */
extern RcCode rc_xlsx_open_archive(RcArchive *archive, const char *sheet, const RcAllocator *allocator, void **state, RcStatus *status);

#endif
