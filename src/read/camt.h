/*
 * camt.h - ISO 20022 account reports (camt.052), statements (camt.053) and notifications (camt.054), versions 1 to 8.
 *
 * The first record, section "header", names the columns:
 *
 *		account statement_no currency booked_on value_on amount narrative counterparty counterparty_account reference bank_reference
 *		type balance | batch_count status reversal creditor_reference entry_reference additional reported_on
 *
 * Then, section "entry", a record for each entry (Ntry). An entry with several TxDtls becomes a record for each of them when each has an
 * amount of its own in the entry's currency and these add up to the entry; else it stays one record and batch_count says how many it stands
 * for. The sign of amount is CdtDbtInd: by ISO 20022 that is the direction of this booking also when RvslInd says that it reverses another
 * one; then only debtor and creditor change sides. status is the bank's (BOOK, PDNG, INFO), reversal "t" or empty. reported_on is
 * the day on which the message's statement was made.
 *
 * Each statement ends with a record of section "statement":
 *
 *		account statement_no currency opening_on opening_balance closing_on closing_balance entry_count entry_sum stated_count stated_sum
 *		balanced
 *
 * balanced compares opening balance and booked entries with the closing balance: "t", "f", or empty when the file does not tell or mixes currencies.
 */
#ifndef RC_CAMT_H
#define RC_CAMT_H

#include "container.h"

#define RC_CAMT_COLUMNS 20
#define RC_CAMT_STATEMENT_COLUMNS 12
#define RC_CAMT_MAX_BATCH_BYTES (16 * 1024 * 1024)	/* a batch whose details are larger stays one record */

extern const RcContainer rc_camt_container;

#endif
