/*
 * mt940.h - SWIFT MT940 (statements) and MT942 (interim reports), as banks really write them.
 *
 * Own columns of an entry: "supplementary" (the line below :61:), "end_to_end_id", "posting_text", "transaction_code" (the three digits before a
 * structured :86:). Expected items (marks EC and ED) are not booked: they come as records "expected". A reference of NONREF is handed on.
 */
#ifndef RC_MT940_H
#define RC_MT940_H

#include "container.h"

extern const RcContainer rc_mt940_container;

#endif
