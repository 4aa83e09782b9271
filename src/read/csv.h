/*
 * csv.h - delimited text: CSV in its dialects, and TAB-separated files.
 *
 * Lines that hold a quote go through libcsv, strictly. A line without one has nothing to parse but delimiters and is split in place.
 */
#ifndef RC_CSV_H
#define RC_CSV_H

#include "container.h"

extern const RcContainer rc_csv_container;

/*
 * Finds the delimiter among , TAB ; | as the one that gives the most lines of one common width; quotes are heeded when quote is not 0.
 * whole tells that the text is all of the file, so that its last line counts. ',' when nothing is delimited.
 */
extern char rc_csv_find_delimiter(const char *text, size_t length, bool whole, char quote);

#endif
