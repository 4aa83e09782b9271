/*
 * fuzz_detect.c - any bytes as a file of which nothing is known: a container is found for it or it is refused, the same however it is cut, and the
 * first records are judged against a format.
 *
 * The first byte tells how the input is cut and the encoding to fall back on; the rest is the file.
 */
#include <stdlib.h>

#include "../../src/read/detect.h"
#include "../unit/mapped.h"
#include "fuzz.h"

#define SAMPLE 30

/* Judges copies of the first records, as the server does. */
static void
judge(const RcReaderOptions *options, const char *data, size_t length)
{
	FuzzFile	file;
	RcInput		input = fuzz_input(&file, data, length, SIZE_MAX);
	static RcFormat *format;		/* made once: its regular expressions take longer than a file */
	RcRecord	records[SAMPLE];
	RcField	   *fields[SAMPLE];
	int			count = 0;
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	RcCandidate candidate;

	if (!format)
		format = mapped_bill(&rc_malloc_allocator);
	require(format != NULL);
	if (rc_reader_open(&reader, &input, options, &rc_malloc_allocator, &status) != RC_OK)
		return;
	require(rc_reader_has_container(rc_reader_container(reader)) && rc_reader_bytes_read(reader) <= length);
	while (count < SAMPLE && rc_reader_next(reader, &record, &status) == RC_OK)
	{
		size_t		size = record.raw_length + 1;
		RcField    *copy;
		char	   *at;

		for (uint32_t i = 0; i < record.field_count; i++)
			size += record.fields[i].length;
		copy = malloc(sizeof(RcField) * record.field_count + size);
		at = (char *) (copy + record.field_count);
		for (uint32_t i = 0; i < record.field_count; i++)
		{
			copy[i] = (RcField) {memcpy(at, record.fields[i].data, record.fields[i].length), record.fields[i].length};
			at += record.fields[i].length;
		}
		memcpy(at, record.raw, record.raw_length);
		at[record.raw_length] = '\0';	/* the sanitizer takes regexec to read that far */
		fields[count] = copy;
		records[count] = record;
		records[count].fields = copy;
		records[count++].raw = at;
	}
	rc_status_reset(&status);
	if (rc_detect(format, rc_reader_container(reader), records, count, &rc_malloc_allocator, &candidate, &status) == RC_OK)
		require(candidate.confidence >= 0 && candidate.confidence <= 100 && candidate.reason[0] != '\0');
	for (int i = 0; i < count; i++)
		free(fields[i]);
	rc_reader_close(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.quote = '"'};

	if (size < 1)
		return 0;
	options.fallback_encoding = data[0] & 1 ? "GB18030" : data[0] & 2 ? "WIN1252" : NULL;
	fuzz_cut(&options, NULL, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	judge(&options, (const char *) data + 1, size - 1);
	return 0;
}
