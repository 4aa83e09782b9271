/*
 * bank_fuzz.h - what the fuzzers of the bank containers share: any bytes as such a file give no crash and no leak, records that keep their limits,
 * and the same records and error however the input is cut.
 *
 * The first byte tells how the input is cut; the rest is the file.
 */
#ifndef BANK_FUZZ_H
#define BANK_FUZZ_H

#include <stdint.h>
#include <string.h>

#include "../../src/base/hash.h"
#include "../../src/base/text.h"
#include "../../src/read/bank.h"
#include "../../src/read/reader.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct File
{
	const char *data;
	size_t		length;
	size_t		at;
	size_t		step;
} File;

static int64_t
read_file(void *context, char *buffer, size_t size, RcStatus *status)
{
	File	   *file = context;
	size_t		piece = file->length - file->at;

	(void) status;
	if (piece > file->step)
		piece = file->step;
	if (piece > size)
		piece = size;
	memcpy(buffer, file->data + file->at, piece);
	file->at += piece;
	return (int64_t) piece;
}

/* What reading a file gave: everything that must not depend on how it was cut. */
typedef struct Outcome
{
	RcCode		code;
	uint64_t	byte;
	uint64_t	line;
	uint64_t	records;
	uint64_t	digest;
} Outcome;

static void
require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

/* Is the text an amount as entries have it: -12.30? */
static bool
is_amount(const RcField *field)
{
	RcBankAmount amount;
	size_t		sign = field->length > 0 && field->data[0] == '-';

	return rc_bank_amount(field->data + sign, field->length - sign, sign, &amount) && strlen(amount.text) == field->length &&
		memcmp(amount.text, field->data, field->length) == 0;
}

static Outcome
read_records(const char *container, const char *data, size_t length, size_t step)
{
	RcReaderOptions options = {.container = container, .quote = '"'};
	File		file = {data, length, 0, step};
	RcInput		input = {read_file, &file};
	Outcome		outcome = {0};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	uint32_t	columns = 0;
	bool		opened;

	outcome.code = rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status);
	opened = outcome.code == RC_OK;
	if (opened)
	{
		while ((outcome.code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			bool		is_entry = strcmp(record.section, "entry") == 0 || strcmp(record.section, "expected") == 0;

			require((outcome.records == 0) == (strcmp(record.section, "header") == 0));
			require(outcome.records == 0 || is_entry || strcmp(record.section, "statement") == 0);
			if (outcome.records == 0)
				columns = record.field_count;
			require(record.field_count == (outcome.records == 0 || is_entry ? columns : RC_STATEMENT_FIELDS));
			require(!is_entry || is_amount(&record.fields[RC_ENTRY_AMOUNT]));
			require(!is_entry || record.fields[RC_ENTRY_BOOKED_ON].length > 0);
			require(record.line > 0 && record.raw_length <= RC_MAX_BANK_FIELD && rc_utf8_valid(record.raw, record.raw_length));
			outcome.records++;
			for (uint32_t i = 0; i < record.field_count; i++)
			{
				require(record.fields[i].data != NULL && record.fields[i].length <= RC_MAX_BANK_FIELD);
				require(rc_utf8_valid(record.fields[i].data, record.fields[i].length));
				outcome.digest = outcome.digest * 31 + rc_hash64(record.fields[i].data, record.fields[i].length);
			}
			outcome.digest = outcome.digest * 31 + rc_hash64(record.raw, record.raw_length) + record.line + record.byte;
		}
		require(rc_reader_next(reader, &record, &status) == outcome.code);
	}
	if (outcome.code != RC_END)
	{
		require(status.code == outcome.code && status.message[0] != '\0' && (!opened || status.line > 0));
		outcome.byte = status.byte;
		outcome.line = status.line;
	}
	rc_reader_close(reader);
	return outcome;
}

static int
fuzz_bank(const char *container, const uint8_t *data, size_t size)
{
	Outcome		whole;
	Outcome		cut;

	if (size < 1)
		return 0;
	whole = read_records(container, (const char *) data + 1, size - 1, SIZE_MAX);
	cut = read_records(container, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	require(whole.code == cut.code && whole.byte == cut.byte && whole.line == cut.line);
	require(whole.records == cut.records && whole.digest == cut.digest);
	return 0;
}

#endif
