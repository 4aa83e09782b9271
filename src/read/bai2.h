/*
 * bai2.h - BAI2 cash management reports: 01 file, 02 group, 03 account, 16 transaction, 88 continuation, 49 98 99 trailers.
 *
 * Each account becomes a statement. booked_on is the group's as-of date, type the code, reference the customer's and bank_reference the bank's.
 * Control totals and counts of the trailers are checked: a wrong one is RC_CONTROL_TOTAL. No own columns.
 */
#ifndef RC_BAI2_H
#define RC_BAI2_H

#include "container.h"

extern const RcContainer rc_bai2_container;

#endif
