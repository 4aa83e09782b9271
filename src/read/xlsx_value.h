/*
 * xlsx_value.h - what the numbers and texts of a workbook mean.
 */
#ifndef RC_XLSX_VALUE_H
#define RC_XLSX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RC_XLSX_VALUE_BYTES 64	/* room for any number or date */

/* How a number format shows a number. */
typedef enum RcXlsxKind
{
	RC_XLSX_NUMBER,
	RC_XLSX_DATE,
	RC_XLSX_TIME				/* also date and time */
} RcXlsxKind;

/* The kind of a built-in number format, and of a format code such as yyyy\-mm\-dd. */
extern RcXlsxKind rc_xlsx_builtin_kind(uint32_t id);
extern RcXlsxKind rc_xlsx_code_kind(const char *code);

/*
 * A stored number as Excel keeps it: 15 significant digits, without exponent. From 10^15 on digits may be lost, so the exponent stays
 * (2.02401011234568E+16) and ids that were turned into numbers are seen to be damaged. Returns the length, 0 when it is no number.
 */
extern size_t rc_xlsx_number(const char *text, size_t length, char *buffer);

/*
 * A serial number as "2024-02-29", "2024-02-29 13:45:00[.125]" or "13:45:00". The day that only Excel knows comes out as it is shown there,
 * 1900-02-29 (serial 60) and 1900-01-00 (serial 0): no reader of dates takes them. Returns 0 when it is no date at all (negative,
 * after 9999).
 */
extern size_t rc_xlsx_date(const char *text, size_t length, RcXlsxKind kind, bool from_1904, char *buffer);

/* Decodes _xHHHH_ in place and returns the new length; what would be NUL or half a surrogate pair stays as it is. */
extern size_t rc_xlsx_unescape(char *text, size_t length);

/* Reads a cell reference (B12); false when it is none or lies outside the largest sheet (XFD1048576). Both are 1-based. */
extern bool rc_xlsx_reference(const char *text, uint32_t *column, uint32_t *row);

#endif
