/*
 * date.h - dates and times of files, by declared patterns only: nothing is guessed row by row.
 */
#ifndef RC_DATE_H
#define RC_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "status.h"

#define RC_ZONE_MAX 40			/* bytes of a zone's name */

typedef struct RcDateTime
{
	int32_t		year;			/* 1..9999 */
	int8_t		month, day, hour, minute, second;
	int32_t		microsecond;
	bool		has_time;
	bool		has_zone;
	int32_t		zone_seconds;	/* east of UTC, when has_zone */
	const char *zone_name;		/* has_zone, but by a name such as Europe/Berlin or CST, which the caller resolves; part of the text read. Else NULL */
	uint32_t	zone_length;
} RcDateTime;

/*
 * Reads text by a pattern: YYYY YY MM DD HH MI SS US MON (English month name) Month D M (without padding) AM Z (offset, "UTC", "Z", a name with a slash) literal
 * characters. ISO ("YYYY-MM-DD[ T]HH:MI[:SS[.US]][ ][Z|+hh[:mm]|UTC]") is built in under the name "iso" and fast. The whole text
 * must be used. 30 Feb, month 0, 24:00, words such as "today" are RC_BAD_VALUE.
 */
extern RcCode rc_parse_datetime(const char *text, size_t length, const char *pattern, RcDateTime *result, RcStatus *status);

/* Days since 2000-01-01 (PostgreSQL's date). */
extern int32_t rc_days(const RcDateTime *value);

#endif
