/*
 * fuzz.h - what the fuzzers of the reader share: a file in memory that is delivered in pieces, and the frame of most of them: any bytes give no crash
 * and no leak, records that keep their limits, and the same records and error however the input is cut.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "../../src/base/hash.h"
#include "../../src/base/text.h"
#include "../../src/read/reader.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

typedef struct FuzzFile
{
	const char *data;
	size_t		length;
	size_t		at;
	size_t		step;			/* most that is delivered at once */
} FuzzFile;

static inline int64_t
fuzz_file_read(void *context, char *buffer, size_t size, RcStatus *status)
{
	FuzzFile   *file = context;
	size_t		piece = file->length - file->at;

	(void) status;
	if (piece > file->step)
		piece = file->step;
	if (piece > size)
		piece = size;
	if (piece > 0)
		memcpy(buffer, file->data + file->at, piece);
	file->at += piece;
	return (int64_t) piece;
}

/* file must outlive the input. */
static inline RcInput
fuzz_input(FuzzFile *file, const char *data, size_t length, size_t step)
{
	*file = (FuzzFile) {data, length, 0, step};
	return (RcInput) {fuzz_file_read, file};
}

/* Converters of the C library are loaded and unloaded with their first and last use, which takes longer than what is tested: keep them. */
static inline void
fuzz_keep_converters(void)
{
	static const char *const names[] = {"GB18030", "BIG5", "CP1252", "UTF-16LE", "UTF-16BE"};
	static iconv_t kept[sizeof(names) / sizeof(names[0])];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !kept[i]; i++)
		kept[i] = iconv_open("UTF-8", names[i]);
}

/* What reading a file gave: everything that must not depend on how it was cut. */
typedef struct FuzzOutcome
{
	RcCode		code;
	uint64_t	byte;
	uint64_t	line;
	uint32_t	column;
	uint64_t	records;
	uint64_t	digest;

	uint64_t	last_line;		/* of the record before, and its number of fields */
	uint32_t	last_count;
	uint32_t	first_count;	/* fields of the first record */
} FuzzOutcome;

/* What a container promises of a record beyond what all promise; outcome is as before it. */
typedef void (*FuzzCheck) (const RcRecord *record, const FuzzOutcome *outcome);

static inline FuzzOutcome
fuzz_read(const RcReaderOptions *options, FuzzCheck check, const char *data, size_t length, size_t step)
{
	FuzzFile	file;
	RcInput		input = fuzz_input(&file, data, length, step);
	FuzzOutcome outcome = {0};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	bool		opened;

	fuzz_keep_converters();
	outcome.code = rc_reader_open(&reader, &input, options, &rc_malloc_allocator, &status);
	opened = outcome.code == RC_OK;
	if (opened)
	{
		while ((outcome.code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			require(record.field_count >= 1 && record.field_count <= RC_MAX_COLUMNS);
			require(record.raw_length <= RC_MAX_RECORD_BYTES && rc_utf8_valid(record.raw, record.raw_length));
			if (check)
				check(&record, &outcome);
			for (uint32_t i = 0; i < record.field_count; i++)
			{
				require(record.fields[i].data != NULL && record.fields[i].length <= RC_MAX_FIELD_BYTES);
				require(rc_utf8_valid(record.fields[i].data, record.fields[i].length));
				outcome.digest = outcome.digest * 31 + rc_hash64(record.fields[i].data, record.fields[i].length);
			}
			outcome.digest = outcome.digest * 31 + rc_hash64(record.raw, record.raw_length) + record.line + record.byte;
			outcome.first_count = outcome.records == 0 ? record.field_count : outcome.first_count;
			outcome.records++;
			outcome.last_line = record.line;
			outcome.last_count = record.field_count;
		}
		require(rc_reader_next(reader, &record, &status) == outcome.code);
	}
	else
		require(reader == NULL);
	if (outcome.code != RC_END)
	{
		require(status.code == outcome.code && status.message[0] != '\0');
		require(outcome.code != RC_NO_MEMORY && outcome.code != RC_IO && outcome.code != RC_STOPPED);
		outcome.byte = status.byte;
		outcome.line = status.line;
		outcome.column = status.column;
	}
	rc_reader_close(reader);
	return outcome;
}

/* Reads a file whole and in pieces of step bytes. */
static inline FuzzOutcome
fuzz_cut(const RcReaderOptions *options, FuzzCheck check, const char *data, size_t length, size_t step)
{
	FuzzOutcome whole = fuzz_read(options, check, data, length, SIZE_MAX);
	FuzzOutcome cut = fuzz_read(options, check, data, length, step);

	require(whole.code == cut.code && whole.byte == cut.byte && whole.line == cut.line && whole.column == cut.column);
	require(whole.records == cut.records && whole.digest == cut.digest);
	return whole;
}

#endif
