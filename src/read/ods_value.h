/*
 * ods_value.h - what the attributes and paragraphs of an OpenDocument cell mean.
 */
#ifndef RC_ODS_VALUE_H
#define RC_ODS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a text that is collected holds in place of elements: characters that no XML document has, so that the blanks of text:s are told from those
 * that only lay the document out.
 */
#define RC_ODS_BLANK '\001'
#define RC_ODS_TAB '\002'
#define RC_ODS_LINE '\003'

/* Lays a collected text out in place: runs of blanks become one, none at either end of a line; elements become what they mean. Returns the length. */
extern size_t rc_ods_text(char *text, size_t length);

/*
 * A date ("2024-02-29T13:45:00.000") as "2024-02-29 13:45:00[.125]", and a time of day or duration ("PT13H45M00S") as "13:45:00[.125]". Return the
 * length, 0 when it is none, and none that fits into RC_XLSX_VALUE_BYTES.
 */
extern size_t rc_ods_date(const char *text, size_t length, char *buffer);
extern size_t rc_ods_time(const char *text, size_t length, char *buffer);

/* A number of an attribute: digits only, at most limit. */
extern bool rc_ods_count(const char *text, uint32_t limit, uint32_t *count);

#endif
