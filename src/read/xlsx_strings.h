/*
 * xlsx_strings.h - the shared strings of a workbook: millions of short texts, kept as a length and bytes in large pieces. What goes beyond
 * RC_XLSX_STRING_MEMORY lies in a file without a name that is mapped, so that private memory does not grow with the workbook.
 */
#ifndef RC_XLSX_STRINGS_H
#define RC_XLSX_STRINGS_H

#include "reader.h"

#define RC_XLSX_STRING_MEMORY ((size_t) 32 * 1024 * 1024)

typedef struct RcXlsxStrings RcXlsxStrings;

extern RcXlsxStrings *rc_xlsx_strings_create(const RcAllocator *allocator);	/* NULL: no memory */
extern void rc_xlsx_strings_free(RcXlsxStrings *strings);	/* NULL is fine */

/* Adds a string after decoding the escapes in it. */
extern RcCode rc_xlsx_strings_add(RcXlsxStrings *strings, const char *text, size_t length, RcStatus *status);
extern uint32_t rc_xlsx_strings_count(const RcXlsxStrings *strings);

/* A string by its index, which must be below the count. */
extern RcField rc_xlsx_strings_get(const RcXlsxStrings *strings, uint32_t index);

#endif
