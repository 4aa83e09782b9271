/*
 * mapping.h - applies a format to the records of one file: finds the table, reads its rows, checks what the file says of itself.
 *
 *		code = rc_mapping_create(&mapping, format, allocator, &status);
 *		while ((code = rc_reader_next(reader, &record, &status)) == RC_OK)
 *		{
 *			switch (rc_mapping_take(mapping, &record, &status))
 *			{
 *				case RC_TAKEN_ROWS:		... rc_mapping_row(mapping, 0 .. rc_mapping_row_count(mapping) - 1) ...
 *				case RC_TAKEN_SUMMARY:	... the same, but the record is no row of the file ...
 *				case RC_TAKEN_NOTHING:	preamble, header, trailer, blank
 *				case RC_TAKEN_BAD_ROW:	status says which column and why; reject it and go on
 *				case RC_TAKEN_FAILURE:	the file is refused
 *			}
 *		}
 *		code = rc_mapping_finish(mapping, &status);
 *		rc_mapping_free(mapping);
 */
#ifndef RC_MAPPING_H
#define RC_MAPPING_H

#include "../base/date.h"
#include "../base/hash.h"
#include "format.h"

typedef struct RcMapping RcMapping;

/* A field of a row. Text lives until the next rc_mapping_take. */
typedef struct RcValue
{
	const char *text;			/* trimmed, mapped; NULL: no value */
	uint32_t	length;
	uint32_t	column;			/* 1-based, 0: not from a column */
	bool		invisible;		/* an identifier with characters that cannot be seen (zero width, direction marks): kept as it is */
	RcDecimal	number;			/* amounts at the scale of the currency, numbers as written */
	RcDateTime	time;
} RcValue;

typedef struct RcRow
{
	const RcTarget *target;
	int			line;			/* which of the format's lines made it */
	bool		balances;		/* made by a check: what the other lines of the row lack of its net */
	RcValue		values[RC_MAX_TARGET_FIELDS];
} RcRow;

typedef enum RcTaken
{
	RC_TAKEN_NOTHING,
	RC_TAKEN_ROWS,
	RC_TAKEN_SUMMARY,
	RC_TAKEN_BAD_ROW,
	RC_TAKEN_FAILURE
} RcTaken;

extern RcCode rc_mapping_create(RcMapping **mapping, const RcFormat *format, const RcAllocator *allocator, RcStatus *status);
extern void rc_mapping_free(RcMapping *mapping);	/* NULL is fine */

/* What a currency field falls back to: the currency of the shop or account. The text is copied. */
extern RcCode rc_mapping_set_currency(RcMapping *mapping, const char *currency, RcStatus *status);

/*
 * Chooses among the decimal marks that the format allows: the one with which the most sample rows can be read. Where two do equally well but
 * say different numbers ("1.000"), the one by which amounts have the decimals of their currency; RC_BAD_VALUE, with place and hint, where that does
 * not tell either (the mapping then keeps the first mark).
 */
extern RcCode rc_mapping_choose_style(RcMapping *mapping, const RcRecord *samples, int count, RcStatus *status);

extern RcTaken rc_mapping_take(RcMapping *mapping, const RcRecord *record, RcStatus *status);

/* Makes the rows of a record that rc_mapping_take made rows of before: nothing is counted again. */
extern RcTaken rc_mapping_retake(RcMapping *mapping, const RcRecord *record, RcStatus *status);
extern int	rc_mapping_row_count(const RcMapping *mapping);
extern const RcRow *rc_mapping_row(const RcMapping *mapping, int index);

/* Number of records so far with an identifier that holds characters that cannot be seen; first gets the place of the first. */
extern uint64_t rc_mapping_invisible(const RcMapping *mapping, RcStatus *first);

/*
 * Whether the parts of the last record disagree with what it states (the "check" of the format), and by how much: stated less parts. A settlement line
 * that makes up for it is then among the rows, the last one, so that they add up to what the platform pays.
 */
extern bool rc_mapping_arithmetic(const RcMapping *mapping, RcDecimal *difference);

/* The natural key of a row within a scope (shop or account id); has_amount tells whether the control amount is part of it. */
extern RcCode rc_mapping_key(RcMapping *mapping, const RcRow *row, int64_t scope, RcHash128 *key, bool *has_amount, RcStatus *status);

/* A piece of text out of the lines around the table, by its name; data NULL when there is none. */
extern RcField rc_mapping_captured(const RcMapping *mapping, const char *name);

/* What the trailers or the summary stated, if anything. */
extern bool rc_mapping_stated_total(const RcMapping *mapping, RcDecimal *total);

/* Whether the header was found yet (always true for a file without one). */
extern bool rc_mapping_has_header(const RcMapping *mapping);

/* After the last record: header found, end marker there, counts and sums right. */
extern RcCode rc_mapping_finish(RcMapping *mapping, RcStatus *status);

/* Fills a template with the fields of a row: the same text as a {"template": ..} of the mapping. */
extern RcCode rc_mapping_template(RcMapping *mapping, RcField text, const RcRow *row, RcField *result, RcStatus *status);

/* ---- shared with detect.c ---- */

/* Tries a record as the header: number of used columns found, of required ones missing (the first one's index in *missing). */
typedef struct RcHeaderFit
{
	int			recognised;		/* cells of the record that the format knows */
	int			cells;			/* cells with a name */
	int			required;
	int			required_found;
	int			missing;		/* a required column that is not there, -1 none */
	int			duplicate;		/* the first used column named twice, -1 none */
	uint32_t	duplicate_cell; /* where it stands again, from 1 */
} RcHeaderFit;

/* Fills column_of (format->column_count entries: field index or -1), may be NULL. Fails only for lack of memory. */
extern RcCode rc_header_fit(const RcFormat *format, const RcRecord *record, const RcAllocator *allocator, int *column_of, RcHeaderFit *fit, RcStatus *status);

/* Appends scope and parts as natural keys are made: 8 bytes little endian, then 0x1F and the bytes of each part. */
extern void rc_key_scope(int64_t scope, char *buffer);

#endif
