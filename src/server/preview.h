/*
 * preview.h - the first rows of a file as they would be imported; nothing is written.
 *
 * A preview is an import whose batches are resolved, so that it is known what is new, but not written.
 */
#ifndef RCS_PREVIEW_H
#define RCS_PREVIEW_H

#include "import_rows.h"

/* Begins a preview of so many rows of a file: afterwards the load takes its records as in an import. */
extern void rcs_preview_begin(RcsLoad *load, int rows);

/* Looks at what the record taken last became. Whether more rows are wanted. */
extern bool rcs_preview_wants_more(RcsLoad *load);

/* Looks at what a row that was kept back became. Does nothing in an import. */
extern void rcs_preview_row(RcsLoad *load, int64 row_no);

/* Takes note of a rejected row; column 0 and an empty field: the row as a whole. */
extern void rcs_preview_reject(RcsLoad *load, int64 line, uint32 column, const char *field, const char *reason, const char *raw, size_t raw_length);

#endif
