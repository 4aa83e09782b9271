/*
 * mt940_fields.h - the values of single fields of MT940 and MT942: entries, balances, stated sums.
 */
#ifndef RC_MT940_FIELDS_H
#define RC_MT940_FIELDS_H

#include "bank.h"

/* Does the text begin with three capital letters? */
extern bool rc_mt940_is_currency(const char *text, size_t length);

/*
 * Offset behind the dates, the mark and the funds letter of :61:, 0 when they are not there. *mark is the offset of the mark; a reversal changes *credit;
 * *expected: the item is not booked (EC, ED).
 */
extern size_t rc_mt940_mark(const char *text, size_t length, size_t *mark, bool *credit, bool *expected);

/*
 * Reads :61: into the entry's columns and *amount. RC_BAD_STRUCTURE sets *fault, what is wrong; the other failures are for rc_bank_explain.
 */
extern RcCode rc_mt940_entry(RcBank *bank, const char *text, size_t length, RcBankAmount *amount, bool *expected, const char **fault);

/* The value of :60: or :62:. */
typedef struct RcMt940Balance
{
	char		date[10];
	char		currency[3];
	bool		has_currency;	/* some banks leave it out */
	RcBankAmount amount;
} RcMt940Balance;

/* NULL, or what cannot be read. */
extern const char *rc_mt940_balance(const char *text, size_t length, RcMt940Balance *balance);

/* Adds the number and sum of :90C: or :90D: (1EUR2,30) to what the statement states. Text that holds none is left alone. */
extern RcCode rc_mt940_sum(RcBank *bank, const char *text, size_t length, bool debit);

/*
 * ING states numbers and sums of debits and credits in the :86: behind the closing balance: D000004C000002D25,24C28,71 or, newer, /SUM/4/2/25,24/28,71/
 */
extern void rc_mt940_statement_details(RcBank *bank, const char *text, size_t length);

#endif
