/*
 * bank.h - what the containers of bank statements have in common: the columns they yield, amounts and dates as the files write them, and
 * the sum of a statement that is checked against its balances.
 *
 * Such a container yields a record "header" with the names of the columns, a record "entry" for each movement with these fields as text, and a record
 * "statement" at the end of each statement; items that the bank expects but has not booked are records "expected". Dates are YYYY-MM-DD, amounts have
 * a sign when negative, a point as decimal mark and the decimals that the file gives; what a file does not state is empty.
 */
#ifndef RC_BANK_H
#define RC_BANK_H

#include "../base/money.h"
#include "../base/text.h"
#include "lines.h"

#define RC_MAX_BANK_FIELD ((size_t) 64 * 1024)	/* a narrative, the raw text of an entry */
#define RC_MAX_BANK_SCALE 9			/* decimals of an amount */

/* Columns of an entry that every container has, in this order; its own ones follow. */
enum
{
	RC_ENTRY_ACCOUNT, RC_ENTRY_STATEMENT_NO, RC_ENTRY_CURRENCY, RC_ENTRY_BOOKED_ON, RC_ENTRY_VALUE_ON, RC_ENTRY_AMOUNT, RC_ENTRY_NARRATIVE,
	RC_ENTRY_COUNTERPARTY, RC_ENTRY_COUNTERPARTY_ACCOUNT, RC_ENTRY_REFERENCE, RC_ENTRY_BANK_REFERENCE, RC_ENTRY_TYPE, RC_ENTRY_BALANCE,
	RC_ENTRY_COLUMNS
};
#define RC_MAX_ENTRY_COLUMNS (RC_ENTRY_COLUMNS + 8)

/* Fields of a "statement" record. */
enum
{
	RC_STATEMENT_ACCOUNT, RC_STATEMENT_NO, RC_STATEMENT_CURRENCY, RC_STATEMENT_OPENING_ON, RC_STATEMENT_OPENING_BALANCE, RC_STATEMENT_CLOSING_ON,
	RC_STATEMENT_CLOSING_BALANCE, RC_STATEMENT_ENTRY_COUNT, RC_STATEMENT_ENTRY_SUM, RC_STATEMENT_STATED_COUNT, RC_STATEMENT_STATED_SUM,
	RC_STATEMENT_BALANCED, RC_STATEMENT_FIELDS
};

/* An exact sum of amounts. */
typedef struct RcSum
{
	__int128	value;			/* at RC_MAX_BANK_SCALE decimals */
	int			scale;			/* decimals of the finest addend */
	bool		known;			/* something was added */
} RcSum;

#define RC_AMOUNT_TEXT 48

/* An amount as text and as number. */
typedef struct RcBankAmount
{
	char		text[RC_AMOUNT_TEXT];
	int			scale;
	int64_t		digits;
} RcBankAmount;

typedef struct RcBank
{
	const RcAllocator *allocator;
	const char *const *own_columns; /* names of the columns after the common ones */
	int			column_count;	/* of an entry, own ones included */

	/* the entry being read */
	RcBuffer	entry[RC_MAX_ENTRY_COLUMNS];
	RcBuffer	raw;
	uint64_t	entry_line;
	uint64_t	entry_byte;

	/* the statement being read; count and sums are written when it is handed out */
	RcBuffer	statement[RC_STATEMENT_FIELDS];
	uint64_t	statement_line;
	uint64_t	statement_byte;
	uint64_t	entry_count;
	RcSum		entry_sum;
	RcSum		opening;
	RcSum		closing;
	bool		incomparable;	/* the entries are not all in the statement's currency */
	bool		has_stated_count;
	uint64_t	stated_count;
	RcSum		stated_sum;
	bool		mismatch;		/* the container itself found a contradiction */

	RcField		fields[RC_MAX_ENTRY_COLUMNS];
} RcBank;

extern void rc_bank_init(RcBank *bank, const RcAllocator *allocator, const char *const *own_columns, int own_count);
extern void rc_bank_free(RcBank *bank);

/* Fills record with the names of the columns. */
extern void rc_bank_header(RcBank *bank, RcRecord *record);

/* Begin a new entry or statement; nothing of the former is left. A new entry begins with account, number and currency of the statement. */
extern void rc_bank_begin_statement(RcBank *bank, uint64_t line, uint64_t byte);
extern RcCode rc_bank_begin_entry(RcBank *bank, uint64_t line, uint64_t byte);

/* Append to a text or replace it; RC_TOO_LARGE and RC_NO_MEMORY without a message (see rc_bank_explain). */
extern RcCode rc_bank_append(RcBuffer *field, const char *text, size_t length);
extern RcCode rc_bank_set(RcBuffer *field, const char *text, size_t length);

/* Appends trimmed text with one blank between it and what is there. */
extern RcCode rc_bank_join(RcBuffer *field, const char *text, size_t length);

/* Appends a line of the file to the raw text of the entry. */
extern RcCode rc_bank_raw(RcBank *bank, const char *text, size_t length);

/* Gives a failure of the functions above its message. */
extern RcCode rc_bank_explain(RcStatus *status, RcCode code);

/* Hand the entry or the statement out. counted: the entry belongs to the sum of its statement (its amount was set by rc_bank_amount). */
extern RcCode rc_bank_give_entry(RcBank *bank, RcRecord *record, const RcBankAmount *amount, bool counted);
extern RcCode rc_bank_give_statement(RcBank *bank, RcRecord *record);

extern void rc_sum_add(RcSum *sum, const RcBankAmount *amount);

/*
 * Reads digits with at most one decimal mark (comma or point), without groups or a sign: "8," ",8" "000025,03". False: it is no amount, or has more
 * than 18 digits or RC_MAX_BANK_SCALE decimals.
 */
extern bool rc_bank_amount(const char *text, size_t length, bool negative, RcBankAmount *amount);

/*
 * Reads an amount with a sign and groups of three digits, where the mark that comes last is the decimal one: "+1.234,56" "-1,234.56" "1 025,53".
 * *ambiguous: one mark with three digits behind it, which is read as the decimal mark.
 */
extern bool rc_bank_free_amount(const char *text, size_t length, RcBankAmount *amount, bool *ambiguous);

/* An integer of minor units, with a sign, at a number of decimals: "+0000120", 2 is "1.20". */
extern bool rc_bank_minor_amount(const char *text, size_t length, int decimals, bool negative, RcBankAmount *amount);

extern bool rc_is_digits(const char *text, size_t length);

/* The number that digits are; the caller knows that there are at most nine of them. */
extern int	rc_digits_value(const char *text, size_t length);

extern int	rc_days_in_month(int year, int month);

#endif
