/*
 * fuzz_csv.c - any bytes as a delimited file: no crash, no leak, fields within limits, and the same records and error however it is cut.
 *
 * The first byte chooses quote, delimiter and encoding, the second how the input is cut; the rest is the file.
 */
#include <stdint.h>
#include <string.h>

#include "../../src/base/hash.h"
#include "../../src/base/text.h"
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
	uint32_t	column;
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
read_records(const char *data, size_t length, size_t step, const RcReaderOptions *options)
{
	File		file = {data, length, 0, step};
	RcInput		input = {read_file, &file};
	Outcome		outcome = {0};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;

	outcome.code = rc_reader_open(&reader, &input, options, &rc_malloc_allocator, &status);
	if (outcome.code == RC_OK)
	{
		uint64_t	last_line = 0;

		while ((outcome.code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			require(record.field_count >= 1 && record.field_count <= RC_MAX_COLUMNS && record.line > last_line);
			require(record.raw_length <= RC_MAX_RECORD_BYTES && rc_utf8_valid(record.raw, record.raw_length));
			last_line = record.line;
			outcome.records++;
			for (uint32_t i = 0; i < record.field_count; i++)
			{
				require(record.fields[i].length <= RC_MAX_FIELD_BYTES);
				require(rc_utf8_valid(record.fields[i].data, record.fields[i].length));
				outcome.digest = outcome.digest * 31 + rc_hash64(record.fields[i].data, record.fields[i].length);
			}
			outcome.digest = outcome.digest * 31 + rc_hash64(record.raw, record.raw_length) + record.line + record.byte;
		}
		require(rc_reader_next(reader, &record, &status) == outcome.code);
	}
	if (outcome.code != RC_END)
	{
		require(status.code == outcome.code && status.message[0] != '\0');
		outcome.byte = status.byte;
		outcome.line = status.line;
		outcome.column = status.column;
	}
	rc_reader_close(reader);
	return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = {NULL, "UTF8", "GB18030", "BIG5", "UTF-16LE", "UTF-16BE", "WIN1252", NULL};
	static const char delimiters[] = {0, 0, ',', '\t', ';', '|', 0, ','};
	RcReaderOptions options = {0};
	Outcome		whole;
	Outcome		cut;

	if (size < 2)
		return 0;
	options.encoding = encodings[data[0] & 7];
	options.fallback_encoding = (data[0] & 7) == 7 ? "GB18030" : NULL;
	options.delimiter = delimiters[(data[0] >> 3) & 7];
	options.quote = data[0] & 0x40 ? 0 : '"';

	whole = read_records((const char *) data + 2, size - 2, SIZE_MAX, &options);
	cut = read_records((const char *) data + 2, size - 2, (size_t) data[1] + 1, &options);
	require(whole.code == cut.code && whole.byte == cut.byte && whole.line == cut.line && whole.column == cut.column);
	require(whole.records == cut.records && whole.digest == cut.digest);
	return 0;
}
