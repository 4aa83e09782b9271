/*
 * fuzz_camt.c - any bytes as a camt message.
 *
 * The first byte tells how the input is cut; the rest is the file.
 */
#include "../../src/read/camt.h"
#include "fuzz.h"

static void
check(const RcRecord *record, const FuzzOutcome *outcome)
{
	(void) outcome;
	require(record->section != NULL);
	require(record->field_count == (strcmp(record->section, "statement") == 0 ? RC_CAMT_STATEMENT_COLUMNS : RC_CAMT_COLUMNS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.container = "camt", .quote = '"'};

	if (size >= 1)
		fuzz_cut(&options, check, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	return 0;
}
