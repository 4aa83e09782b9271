/*
 * period.h - which days of a merchant are closed.
 */
#ifndef RCS_PERIOD_H
#define RCS_PERIOD_H

#include "postgres.h"

#include "utils/date.h"

/*
 * Holds the merchant's periods as they are until the transaction ends. Whether days are closed, and through which one. The first lock of an import: to be
 * called within SPI.
 */
extern bool rcs_hold_periods(int32 merchant_id, DateADT *closed_through);

/* The same without holding them. */
extern bool rcs_closed_through(int32 merchant_id, DateADT *closed_through);

#endif
