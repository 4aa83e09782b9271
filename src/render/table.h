/*
 * table.h - what a document shows: a title, typed columns, rows that are streamed in. Knows nothing of any file format.
 *
 * All text is UTF-8. The server fills an RcTable, hands each row as an array of RcCell (valid for that call only) to a document
 * (document.h), and gets bytes at a sink.
 */
#ifndef RC_TABLE_H
#define RC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum RcColumnType
{
	RC_COLUMN_TEXT,				/* identifiers too: they never become numbers */
	RC_COLUMN_INTEGER,
	RC_COLUMN_AMOUNT,			/* shown with the decimals of its currency, more only where they are not zero */
	RC_COLUMN_PERCENT,			/* 0.985 is shown as 98.5 % */
	RC_COLUMN_DATE,
	RC_COLUMN_TIME				/* local time, shown to the minute */
} RcColumnType;

typedef struct RcColumn
{
	const char *title;
	RcColumnType type;
	int			currency_column;	/* amounts: the column that holds the currency code; -1: two decimals */
	bool		total;			/* amounts: summed per currency and group */
	bool		wrap;			/* long text that may take several lines of paper */
} RcColumn;

typedef struct RcCell
{
	bool		is_null;
	bool		is_exact;		/* amount: value and scale hold it; else it is beyond int64 and only text does */
	const char *text;			/* text, amount and percent; need not end in NUL */
	size_t		length;
	int64_t		value;			/* integer; amount's digits; days or microseconds since 2000-01-01 */
	int32_t		scale;			/* amount: decimals of value, without trailing zeros */
} RcCell;

typedef struct RcTable
{
	const char *title;
	const char *const *subtitles;
	int			subtitle_count;
	const RcColumn *columns;
	int			column_count;
	int			group_column;	/* the summary is broken down by this text column; -1: by currency only */
	int			currency_column;	/* -1: amounts have no currency and are all added up */

	/* Words in the language of the document */
	const char *label_page;		/* holds {page} and {pages} */
	const char *label_total;
	const char *label_summary;
	const char *label_rows;
	const char *label_empty;

	int64_t		created_at;		/* local time, microseconds since 2000-01-01: the only thing that differs between two renderings */
	const char *font_path;		/* PDF: a TrueType font or collection that has Chinese */
	const char *temporary_directory;	/* XLSX: NULL for the system's */
	bool		byte_order_mark;	/* CSV: begin with one, so that Excel reads UTF-8 */
	uint32_t	sheet_rows;		/* XLSX: rows a sheet may hold; 0: Excel's 1,048,576 */
} RcTable;

/* Longest result of rc_format_cell for other than text columns, NUL included. Longer numbers are cut to "#". */
#define RC_FORMAT_SIZE 128

/* Fills a cell from plain decimal text such as "-1234.50"; the text must live as long as the cell. */
extern void rc_table_amount(RcCell *cell, const char *text, size_t length);

/*
 * Writes a number given as plain decimal text with thousands grouped and at least so many decimals; trailing zeros beyond them are
 * dropped. "NaN" and the like are copied. Returns the length.
 */
extern size_t rc_format_decimal(const char *text, size_t length, int decimals, bool grouped, char *buffer, size_t size);

/* Writes digits * 10^-scale as plain decimal text. Returns the length. */
extern size_t rc_decimal_text(__int128 digits, int scale, char *buffer, size_t size);

/*
 * Text of a cell as people read it ("1,234.50", "2024-03-01"). Points *text to the cell's own text or to buffer (RC_FORMAT_SIZE); *length
 * is 0 for a null.
 */
extern void rc_format_cell(const RcTable *table, const RcCell *cells, int column, char *buffer, const char **text, size_t *length);

/* Decimals of the currency that stands in the row's currency column; 2 when there is none or it is unknown. */
extern int	rc_row_decimals(const RcTable *table, const RcCell *cells, int column);

/* Year, month, day of a day number since 2000-01-01. */
extern void rc_civil_day(int64_t days, int *year, int *month, int *day);

/* Decodes the UTF-8 character at text, which need not be valid: broken bytes give U+FFFD. *size gets its bytes (at least 1). */
extern uint32_t rc_table_decode(const char *text, size_t length, size_t *size);

/* Columns that text takes in a monospaced grid: East Asian wide characters count 2. */
extern size_t rc_display_width(const char *text, size_t length);

#endif
