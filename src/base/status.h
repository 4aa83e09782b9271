/*
 * status.h - what a function of the pure wings returns when it cannot go on.
 *
 * No wing raises: it fills an RcStatus and returns its code; the server glue turns that into ereport() with SQLSTATE,
 * detail and hint, the unit tests compare it, the fuzzers ignore it.
 */
#ifndef RC_STATUS_H
#define RC_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum RcCode
{
	RC_OK = 0,
	RC_END,						/* no more records: not an error */
	RC_STOPPED,					/* should_stop() said so */
	RC_NO_MEMORY,
	RC_IO,						/* the byte source failed */
	RC_TOO_LARGE,				/* a field, record, cell or number of columns beyond the limit */
	RC_BAD_ENCODING,			/* bytes that are not text in the given or found encoding */
	RC_BAD_STRUCTURE,			/* quoting, tags, records: the container is broken */
	RC_UNKNOWN_FORMAT,			/* nothing recognises the file, or more than one format does */
	RC_MISSING_COLUMN,			/* the header lacks a required column, or names one twice */
	RC_BAD_VALUE,				/* an amount, date, currency or identifier that cannot be read: rejects the row */
	RC_OVERFLOW,				/* money beyond int64 */
	RC_CONTROL_TOTAL,			/* a trailer's count or sum disagrees with the rows: refuses the file */
	RC_BUDGET					/* a search ran out of its budget */
} RcCode;

#define RC_MESSAGE_SIZE 256

typedef struct RcStatus
{
	RcCode		code;
	uint64_t	byte;			/* offset in the file as given, 0-based; UINT64_MAX when unknown */
	uint64_t	line;			/* 1-based; 0 when unknown */
	uint32_t	column;			/* field number in the record, 1-based; 0 when unknown */
	char		field[64];		/* name of the column, when one is to blame */
	char		message[RC_MESSAGE_SIZE];	/* what is wrong, no trailing period */
	char		hint[RC_MESSAGE_SIZE];	/* what to do, a sentence, or "" */
} RcStatus;

/* Sets code and message (printf style, cut at a character boundary), leaves the place as it is; returns code. */
extern RcCode rc_fail(RcStatus *status, RcCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets the hint, printf style. */
extern void rc_hint(RcStatus *status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Resets a status to RC_OK without a place. */
extern void rc_status_reset(RcStatus *status);

#endif
