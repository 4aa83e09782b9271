/*
 * fuzz_camt.c - any bytes as a camt message: no crash, no leak, fields within limits, and the same records and error however it is cut.
 *
 * The first byte tells how the input is cut; the rest is the file.
 */
#include <stdint.h>
#include <string.h>

#include "../../src/base/hash.h"
#include "../../src/base/text.h"
#include "../../src/read/camt.h"

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

static Outcome
read_records(const char *data, size_t length, size_t step)
{
	File		file = {data, length, 0, step};
	RcInput		input = {read_file, &file};
	RcReaderOptions options = {.container = "camt", .quote = '"'};
	Outcome		outcome = {0};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;

	outcome.code = rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status);
	if (outcome.code == RC_OK)
	{
		while ((outcome.code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			require(record.section != NULL);
			require(record.field_count == (strcmp(record.section, "statement") == 0 ? RC_CAMT_STATEMENT_COLUMNS : RC_CAMT_COLUMNS));
			require(record.raw_length <= RC_MAX_RECORD_BYTES && rc_utf8_valid(record.raw, record.raw_length));
			outcome.records++;
			for (uint32_t i = 0; i < record.field_count; i++)
				require(record.fields[i].length <= RC_MAX_FIELD_BYTES);
			outcome.digest = outcome.digest * 31 + rc_hash64(record.raw, record.raw_length) + record.line + record.byte;
		}
		require(rc_reader_next(reader, &record, &status) == outcome.code);
	}
	if (outcome.code != RC_END)
	{
		require(status.code == outcome.code && status.message[0] != '\0');
		outcome.byte = status.byte;
		outcome.line = status.line;
	}
	rc_reader_close(reader);
	return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Outcome		whole;
	Outcome		cut;

	if (size < 1)
		return 0;
	whole = read_records((const char *) data + 1, size - 1, SIZE_MAX);
	cut = read_records((const char *) data + 1, size - 1, (size_t) data[0] + 1);
	require(whole.code == cut.code && whole.byte == cut.byte && whole.line == cut.line);
	require(whole.records == cut.records && whole.digest == cut.digest);
	return 0;
}
