/*
 * xlsx_book.h - what a workbook says before its rows: where its parts are, the calendar, which styles show dates, the shared strings.
 */
#ifndef RC_XLSX_BOOK_H
#define RC_XLSX_BOOK_H

#include "archive.h"
#include "xlsx_strings.h"
#include "xlsx_value.h"

#define RC_XLSX_MAX_STYLES 65536

typedef struct RcXlsxBook
{
	const RcAllocator *allocator;
	RcArchive  *archive;
	bool		from_1904;
	unsigned char *kinds;		/* RcXlsxKind of each style */
	uint32_t	kind_count;
	RcXlsxStrings *strings;
	int			sheet;			/* entry of the archive */
} RcXlsxBook;

/* Does the archive hold a workbook? */
extern bool rc_xlsx_is_book(const RcArchive *archive);

/*
 * Reads all but the sheet: the one of that name, or the first that is not hidden when name is NULL. book is all zero before but for allocator and
 * archive, and to be freed by rc_xlsx_book_free also after an error; the archive stays the caller's.
 */
extern RcCode rc_xlsx_book_read(RcXlsxBook *book, const char *name, RcStatus *status);
extern void rc_xlsx_book_free(RcXlsxBook *book);

#endif
