/*
 * ofx.h - OFX 1.x (SGML without closing tags) and 2.x (XML), also as QFX: bank and credit card statements.
 *
 * bank_reference is FITID, reference REFNUM or else CHECKNUM, booked_on DTPOSTED as the bank's local date, counterparty NAME or PAYEE, the closing balance
 * LEDGERBAL. Own columns of an entry: "check_number", "bank". An answer with an error status, or without any statement, is refused;
 * pending transactions and investment statements are not read.
 */
#ifndef RC_OFX_H
#define RC_OFX_H

#include "container.h"

extern const RcContainer rc_ofx_container;

#endif
