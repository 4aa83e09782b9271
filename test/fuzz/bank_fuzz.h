/*
 * bank_fuzz.h - what the fuzzers of the bank containers that are text share.
 *
 * The first byte tells how the input is cut; the rest is the file.
 */
#ifndef BANK_FUZZ_H
#define BANK_FUZZ_H

#include "../../src/read/bank.h"
#include "fuzz.h"

/* Is the text an amount as entries have it: -12.30? */
static bool
is_amount(const RcField *field)
{
	RcBankAmount amount;
	size_t		sign = field->length > 0 && field->data[0] == '-';

	return rc_bank_amount(field->data + sign, field->length - sign, sign, &amount) && strlen(amount.text) == field->length &&
		memcmp(amount.text, field->data, field->length) == 0;
}

/* A header comes first, then statements and entries, each with its fields. */
static void
check_bank(const RcRecord *record, const FuzzOutcome *outcome)
{
	bool		is_entry = strcmp(record->section, "entry") == 0 || strcmp(record->section, "expected") == 0;

	require((outcome->records == 0) == (strcmp(record->section, "header") == 0));
	require(outcome->records == 0 || is_entry || strcmp(record->section, "statement") == 0);
	require(outcome->records == 0 || record->field_count == (is_entry ? outcome->first_count : RC_STATEMENT_FIELDS));
	require(!is_entry || is_amount(&record->fields[RC_ENTRY_AMOUNT]));
	require(!is_entry || record->fields[RC_ENTRY_BOOKED_ON].length > 0);
	require(record->line > 0 && record->raw_length <= RC_MAX_BANK_FIELD);
	for (uint32_t i = 0; i < record->field_count; i++)
		require(record->fields[i].length <= RC_MAX_BANK_FIELD);
}

static int
fuzz_bank(const char *container, const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.container = container, .quote = '"'};

	if (size >= 1)
		fuzz_cut(&options, check_bank, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	return 0;
}

#endif
