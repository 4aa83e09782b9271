/*
 * reading.h - for tests of the reader: inputs cut anywhere, memory that runs out, and a whole file as one line of text per record.
 */
#ifndef READING_H
#define READING_H

#include <stdlib.h>

#include "../../src/base/text.h"
#include "../../src/read/reader.h"
#include "unit.h"

/* A file in memory that is delivered in pieces: the first of cut bytes, the others of step bytes (0: as much as is asked for). */
typedef struct MemoryFile
{
	const char *data;
	size_t		length;
	size_t		at;
	size_t		cut;
	size_t		step;
	int64_t		fail_at;		/* offset at which reading fails; -1: never */
} MemoryFile;

static inline int64_t
memory_read(void *context, char *buffer, size_t size, RcStatus *status)
{
	MemoryFile *file = context;
	size_t		left = file->length - file->at;
	size_t		piece = file->at < file->cut ? file->cut - file->at : file->step ? file->step : left;

	if (file->fail_at >= 0 && file->at >= (size_t) file->fail_at)
	{
		rc_fail(status, RC_IO, "input failed on purpose");
		return -1;
	}
	if (piece > left)
		piece = left;
	if (piece > size)
		piece = size;
	if (piece > 0)
		memcpy(buffer, file->data + file->at, piece);
	file->at += piece;
	return (int64_t) piece;
}

static inline RcInput
memory_input(MemoryFile *file, const char *data, size_t length)
{
	*file = (MemoryFile) {.data = data, .length = length, .fail_at = -1};
	return (RcInput) {memory_read, file};
}

/* Memory that ends after a number of requests, and that counts what is not given back. */
typedef struct ScarceMemory
{
	long		left;			/* requests still granted; -1: all */
	long		held;
	long		requests;
	long		stop_after;		/* polls before should_stop says yes; -1: never */
} ScarceMemory;

static inline void *
scarce_resize_any(void *context, void *pointer, size_t size)
{
	ScarceMemory *memory = context;
	void	   *result;

	memory->requests++;
	if (memory->left == 0)
		return NULL;
	if (memory->left > 0)
		memory->left--;
	result = realloc(pointer, size);
	if (!pointer && result)
		memory->held++;
	return result;
}

static inline void *
scarce_allocate(void *context, size_t size)
{
	return scarce_resize_any(context, NULL, size);
}

static inline void
scarce_release(void *context, void *pointer)
{
	if (pointer)
		((ScarceMemory *) context)->held--;
	free(pointer);
}

static inline bool
scarce_should_stop(void *context)
{
	ScarceMemory *memory = context;

	return memory->stop_after >= 0 && memory->stop_after-- == 0;
}

static inline RcAllocator
scarce_allocator(ScarceMemory *memory, long left)
{
	*memory = (ScarceMemory) {.left = left, .stop_after = -1};
	return (RcAllocator) {scarce_allocate, scarce_resize_any, scarce_release, memory, scarce_should_stop};
}

/* Appends "line:field|field\n" for a record. */
static inline void
write_record(RcBuffer *text, const RcRecord *record)
{
	char		number[32];

	snprintf(number, sizeof(number), "%" PRIu64 ":", record->line);
	rc_buffer_append_string(text, number);
	for (uint32_t i = 0; i < record->field_count; i++)
	{
		if (i > 0)
			rc_buffer_append_char(text, '|');
		rc_buffer_append(text, record->fields[i].data, record->fields[i].length);
	}
	rc_buffer_append_char(text, '\n');
}

/* Reads a whole file and appends its records to text (may be NULL). Returns what ended it: RC_END when all is well. */
static inline RcCode
read_whole(const RcInput *input, const RcReaderOptions *options, const RcAllocator *allocator, RcBuffer *text, RcStatus *status)
{
	RcReader   *reader;
	RcRecord	record;
	RcCode		code = rc_reader_open(&reader, input, options, allocator, status);

	if (code != RC_OK)
	{
		CHECK(reader == NULL);
		return code;
	}
	while ((code = rc_reader_next(reader, &record, status)) == RC_OK)
	{
		if (text)
			write_record(text, &record);
	}
	rc_reader_close(reader);
	return code;
}

#endif
