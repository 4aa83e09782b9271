/*
 * banking.h - for tests of the bank containers: tables of files with the records they give, checked at every cut of the input and with memory that
 * runs out.
 */
#ifndef BANKING_H
#define BANKING_H

#include "reading.h"

/* One file: the records expected, as lines "section@line:field|field" without empty fields at the end and without the header; then how it ends. */
typedef struct BankCase
{
	const char *name;
	const char *text;
	const char *records;
	RcCode		code;			/* RC_END: all is well */
	uint64_t	line;			/* of the error */
	const char *message;		/* a part of it */
} BankCase;

static inline void
write_bank_record(RcBuffer *text, const RcRecord *record)
{
	char		place[64];
	uint32_t	count = record->field_count;

	snprintf(place, sizeof(place), "%s@%" PRIu64 ":", record->section, record->line);
	rc_buffer_append_string(text, place);
	while (count > 0 && record->fields[count - 1].length == 0)
		count--;
	for (uint32_t i = 0; i < count; i++)
	{
		if (i > 0)
			rc_buffer_append_char(text, '|');
		rc_buffer_append(text, record->fields[i].data, record->fields[i].length);
	}
	rc_buffer_append_char(text, '\n');
}

/* Reads a file; header (may be NULL) gets the names of the columns. */
static inline RcCode
read_bank(const RcInput *input, const char *container, const RcAllocator *allocator, RcBuffer *text, RcStatus *status)
{
	RcReaderOptions options = {.container = container, .quote = '"'};
	RcReader   *reader;
	RcRecord	record;
	RcCode		code = rc_reader_open(&reader, input, &options, allocator, status);

	if (code != RC_OK)
		return code;
	while ((code = rc_reader_next(reader, &record, status)) == RC_OK)
	{
		if (strcmp(record.section, "header") != 0)
			write_bank_record(text, &record);
	}
	rc_reader_close(reader);
	return code;
}

static inline void
check_bank_cases(const char *container, const BankCase *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		const BankCase *bank = &cases[i];
		size_t		length = strlen(bank->text);
		unsigned long failed = unit_failed;
		RcBuffer	text;
		RcStatus	status;
		ScarceMemory memory;
		RcAllocator allocator;
		MemoryFile	file;
		RcInput		input;
		RcCode		code;

		rc_buffer_init(&text, &rc_malloc_allocator);
		for (size_t cut = 0; cut <= length + 1; cut++)
		{
			input = memory_input(&file, bank->text, length);
			file.cut = cut > length ? 1 : cut;
			file.step = cut > length ? 1 : 0;
			rc_buffer_clear(&text);
			code = read_bank(&input, container, &rc_malloc_allocator, &text, &status);
			CHECK_TEXT(text.data, text.length, bank->records);
			CHECK_INT(code, bank->code);
			if (code != RC_END)
			{
				CHECK_INT(status.line, bank->line);
				CHECK(bank->message && strstr(status.message, bank->message) != NULL);
			}
			UNIT_NOTE(failed, "%s, cut at %zu, status %d \"%s\"", bank->name, cut, code, code == RC_END ? "" : status.message);
			if (unit_failed > failed)
				break;
		}

		/* each request for memory fails once */
		for (long left = 0; left < 10000; left++)
		{
			allocator = scarce_allocator(&memory, left);
			input = memory_input(&file, bank->text, length);
			rc_buffer_clear(&text);
			code = read_bank(&input, container, &allocator, &text, &status);
			CHECK_INT(memory.held, 0);
			if (code != RC_NO_MEMORY)
				break;
			CHECK(status.message[0] != '\0');
		}
		CHECK_INT(code, bank->code);
		UNIT_NOTE(failed, "%s, out of memory", bank->name);
		rc_buffer_free(&text);
	}
}

/* The names of the columns, joined by blanks. */
static inline void
check_bank_header(const char *container, const char *text, const char *expected)
{
	RcReaderOptions options = {.container = container, .quote = '"'};
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, strlen(text));
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	RcBuffer	names;

	rc_buffer_init(&names, &rc_malloc_allocator);
	if (CHECK(rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status) == RC_OK) &&
		CHECK(rc_reader_next(reader, &record, &status) == RC_OK))
	{
		CHECK(strcmp(record.section, "header") == 0);
		for (uint32_t i = 0; i < record.field_count; i++)
		{
			if (i > 0)
				rc_buffer_append_char(&names, ' ');
			rc_buffer_append(&names, record.fields[i].data, record.fields[i].length);
		}
		CHECK_TEXT(names.data, names.length, expected);
	}
	rc_reader_close(reader);
	rc_buffer_free(&names);
}

/* What the reader takes a text for when nobody tells it. */
static inline void
check_bank_sniff(const char *text, const char *container)
{
	RcReaderOptions options = {.quote = '"'};
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, strlen(text));
	RcReader   *reader;
	RcStatus	status;

	if (CHECK(rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status) == RC_OK))
		CHECK_TEXT(rc_reader_container(reader), strlen(rc_reader_container(reader)), container);
	rc_reader_close(reader);
}

/* A file made of a head, a piece repeated and a tail; the caller frees it. */
static inline char *
repeat_text(const char *head, const char *piece, size_t times, const char *tail)
{
	size_t		size = strlen(piece);
	char	   *text = malloc(strlen(head) + size * times + strlen(tail) + 1);
	char	   *at = text;

	at = stpcpy(at, head);
	for (size_t i = 0; i < times; i++, at += size)
		memcpy(at, piece, size);
	strcpy(at, tail);
	return text;
}

/* Reads such a file and tells how it ends; *count gets the number of records. */
static inline RcCode
count_bank_records(const char *container, const char *text, uint64_t *count, RcStatus *status)
{
	RcReaderOptions options = {.container = container, .quote = '"'};
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, strlen(text));
	RcReader   *reader;
	RcRecord	record;
	RcCode		code = rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, status);

	*count = 0;
	if (code != RC_OK)
		return code;
	while ((code = rc_reader_next(reader, &record, status)) == RC_OK)
		++*count;
	rc_reader_close(reader);
	return code;
}

#endif
