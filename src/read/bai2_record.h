/*
 * bai2_record.h - one logical record of a BAI2 file: a line and the 88 lines that continue it.
 *
 * It is kept as one text in which a LF stands between two lines, or a CR where the former line was full, so that words go on. Fields end at a comma or
 * at the end of a line.
 */
#ifndef RC_BAI2_RECORD_H
#define RC_BAI2_RECORD_H

#include "bank.h"

typedef struct RcBai2Record
{
	RcBuffer	text;			/* behind the code and its comma, without the slashes that end lines */
	uint64_t	line_count;
	bool		full;			/* the last line was as long as lines can be */
	size_t		at;				/* of the next field */
	bool		line_ended;		/* the field read last was the last of its line */
} RcBai2Record;

/* Begins a record anew. */
extern void rc_bai2_begin(RcBai2Record *record);

/* Adds a line, of which text is what follows the code; line_length is that of the whole line. Failures are for rc_bank_explain. */
extern RcCode rc_bai2_add_line(RcBai2Record *record, const char *text, size_t length, size_t line_length);

/* The next field, trimmed; false at the end of the record. */
extern bool rc_bai2_next(RcBai2Record *record, RcField *field);

/* The next field, empty at the end of the record. */
extern RcField rc_bai2_field(RcBai2Record *record);

/* A signed integer; empty is 0. */
extern bool rc_bai2_integer(RcField field, int64_t *value);

/* YYMMDD as YYYY-MM-DD; a day that does not exist is written as it is. result has room for 11 bytes. */
extern bool rc_bai2_date(RcField field, char *result);

/* Reads funds type and what belongs to it: S three amounts, V date and time, D a number of pairs. *value_on becomes the date of V. */
extern bool rc_bai2_funds(RcBai2Record *record, RcField *value_on);

/* Appends the rest of the record as text: lines are joined with a blank unless the former was full. */
extern RcCode rc_bai2_text(RcBai2Record *record, RcBuffer *narrative);

#endif
