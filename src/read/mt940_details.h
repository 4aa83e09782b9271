/*
 * mt940_details.h - what the text of :86: and :NS: says: narrative, counterparty, end-to-end id.
 */
#ifndef RC_MT940_DETAILS_H
#define RC_MT940_DETAILS_H

#include "bank.h"

/* Own columns of an MT940 entry. */
enum
{
	RC_MT940_SUPPLEMENTARY = RC_ENTRY_COLUMNS, RC_MT940_END_TO_END_ID, RC_MT940_POSTING_TEXT, RC_MT940_TRANSACTION_CODE, RC_MT940_COLUMNS
};

/*
 * Fills the entry's columns from the lines of :86:, which are separated by LF: German structured text (166?00..?20..), Dutch codes (/NAME/../REMI/..),
 * or plain text. scratch is used and left as it falls.
 */
extern RcCode rc_mt940_details(RcBank *bank, const RcBuffer *details, RcBuffer *scratch);

/* Takes one line of :NS:, two digits and text, below an entry. */
extern RcCode rc_mt940_own_line(RcBank *bank, const char *text, size_t length);

#endif
