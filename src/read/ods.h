/*
 * ods.h - OpenDocument spreadsheets (.ods): the rows of one sheet, as xlsx_sheet.h describes them.
 *
 * A cell gives what is stored for its type: numbers, percentages and currencies with 15 significant digits and a point, dates as ISO text, times as
 * HH:MM:SS (a duration beyond a day has more hours), booleans as TRUE and FALSE, else its text, paragraphs as lines, without notes. A formula gives
 * the value stored with it and is never evaluated. Repeated cells and rows are repeated, blank ones cost nothing, others only up to
 * RC_ODS_MAX_REPEATED bytes.
 */
#ifndef RC_ODS_H
#define RC_ODS_H

#include "archive.h"
#include "container.h"

#define RC_ODS_MAX_REPEATED ((uint64_t) 64 << 20)	/* of what repeated rows add */

extern const RcContainer rc_ods_container;

/* Does the archive hold an OpenDocument file? */
extern bool rc_ods_is_book(const RcArchive *archive);

/*
 * Opens a sheet (NULL: the first that is not hidden) of a spreadsheet. The state is one of rc_ods_container; the archive is its own from here on, and
 * closed also after an error.
 */
extern RcCode rc_ods_open_archive(RcArchive *archive, const char *sheet, const RcAllocator *allocator, void **state, RcStatus *status);

#endif
