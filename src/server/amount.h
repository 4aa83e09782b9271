/*
 * amount.h - numeric at the SQL border, int64 micro-units inside.
 */
#ifndef RCS_AMOUNT_H
#define RCS_AMOUNT_H

#include "postgres.h"

/* Reads a numeric (packed or not) as micro-units; false when it is NaN, infinite, has more than six decimals or is beyond int64. */
extern bool rcs_numeric_to_micro(Datum numeric, int64 *micro);

/* As above, but raises with the value when it does not fit; what names it for the message, e.g. "amount of item 17". */
extern int64 rcs_micro(Datum numeric, const char *what, int64 item_id);

/* Makes a numeric of micro-units with at least decimals decimals (the currency's), more only where the value has them. */
extern Datum rcs_micro_to_numeric(int64 micro, int decimals);

#endif
