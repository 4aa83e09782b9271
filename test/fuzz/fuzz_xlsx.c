/*
 * fuzz_xlsx.c - any bytes as an archive, and as the parts of a workbook.
 *
 * The first byte chooses. Even: the rest is a file that ZIP and XLSX readers get. Odd: the rest is rows, shared strings and styles,
 * separated by 0x01, which are packed (stored) into a workbook here, so that the fuzzer need not find checksums.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/text.h"
#include "../../src/read/reader.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct File
{
	const char *data;
	size_t		length;
	size_t		at;
} File;

static int64_t
read_file(void *context, char *buffer, size_t size, RcStatus *status)
{
	File	   *file = context;
	size_t		piece = file->length - file->at;

	(void) status;
	if (piece > size)
		piece = size;
	memcpy(buffer, file->data + file->at, piece);
	file->at += piece;
	return (int64_t) piece;
}

static void
require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void
read_records(const char *data, size_t length, const char *container)
{
	File		file = {data, length, 0};
	RcInput		input = {read_file, &file};
	RcReaderOptions options = {.container = container, .quote = '"'};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	RcCode		code = rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status);

	if (code == RC_OK)
	{
		uint64_t	last = 0;
		uint64_t	width = 0;

		while ((code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			require(record.field_count >= 1 && record.field_count <= RC_MAX_COLUMNS && record.raw_length <= RC_MAX_RECORD_BYTES + 1);
			require(rc_utf8_valid(record.raw, record.raw_length));
			if (strcmp(rc_reader_container(reader), "xlsx") == 0)
			{
				require(record.line > last && record.line <= 1048576 && record.field_count >= width);
				last = record.line;
				width = record.field_count;
			}
			for (uint32_t i = 0; i < record.field_count; i++)
				require(record.fields[i].length <= RC_MAX_FIELD_BYTES && rc_utf8_valid(record.fields[i].data, record.fields[i].length));
		}
		require(rc_reader_next(reader, &record, &status) == code);
	}
	require(code == RC_END || (status.code == code && status.message[0] != '\0'));
	rc_reader_close(reader);
}

static void
put(RcBuffer *buffer, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		rc_buffer_append_char(buffer, (char) (value >> (8 * i)));
}

/* The checksum of ZIP, bit by bit: the parts are small. */
static uint64_t
checksum_of(const char *content, size_t length)
{
	uint32_t	sum = 0xFFFFFFFF;

	for (size_t i = 0; i < length; i++)
	{
		sum ^= (unsigned char) content[i];
		for (int bit = 0; bit < 8; bit++)
			sum = (sum >> 1) ^ (sum & 1 ? 0xEDB88320 : 0);
	}
	return ~sum;
}

/* Adds a stored entry to an archive and its record to the directory. */
static void
add_entry(RcBuffer *archive, RcBuffer *directory, const char *name, const char *content, size_t length)
{
	uint64_t	offset = archive->length;
	uint64_t	checksum = checksum_of(content, length);

	rc_buffer_append(archive, "PK\003\004\024\0\0\0\0\0\0\0\0\0", 14);
	rc_buffer_append(directory, "PK\001\002\024\0\024\0\0\0\0\0\0\0\0\0", 16);
	for (int i = 0; i < 2; i++)
	{
		RcBuffer   *target = i ? directory : archive;

		put(target, checksum, 4);
		put(target, length, 4);
		put(target, length, 4);
		put(target, strlen(name), 2);
		put(target, 0, 2);
	}
	put(directory, 0, 2);
	put(directory, 0, 8);
	put(directory, offset, 4);
	rc_buffer_append_string(archive, name);
	rc_buffer_append_string(directory, name);
	rc_buffer_append(archive, content, length);
}

static void
add_wrapped(RcBuffer *archive, RcBuffer *directory, const char *name, const char *before, const char *content, size_t length, const char *after)
{
	RcBuffer	part;

	rc_buffer_init(&part, &rc_malloc_allocator);
	rc_buffer_append_string(&part, before);
	rc_buffer_append(&part, content, length);
	rc_buffer_append_string(&part, after);
	add_entry(archive, directory, name, part.data, part.length);
	rc_buffer_free(&part);
}

static void
read_parts(const char *data, size_t length)
{
	static const char workbook[] = "<workbook><sheets><sheet name='a' sheetId='1' r:id='s'/></sheets></workbook>";
	static const char relations[] = "<a><Relationship Id='s' Type='/worksheet' Target='s'/><Relationship Id='t' Type='/sharedStrings' Target='t'/>"
		"<Relationship Id='f' Type='/styles' Target='f'/></a>";
	const char *end = data + length;
	const char *strings = memchr(data, 1, length);
	const char *styles = strings ? memchr(strings + 1, 1, (size_t) (end - strings - 1)) : NULL;
	RcBuffer	archive;
	RcBuffer	directory;
	size_t		offset;
	uint64_t	count = 3 + (strings != NULL) + (styles != NULL);

	rc_buffer_init(&archive, &rc_malloc_allocator);
	rc_buffer_init(&directory, &rc_malloc_allocator);
	add_entry(&archive, &directory, "xl/workbook.xml", workbook, strlen(workbook));
	add_entry(&archive, &directory, "xl/_rels/workbook.xml.rels", relations, strlen(relations));
	add_wrapped(&archive, &directory, "xl/s", "<worksheet><sheetData>", data, (size_t) ((strings ? strings : end) - data), "</sheetData></worksheet>");
	if (strings)
		add_wrapped(&archive, &directory, "xl/t", "<sst>", strings + 1, (size_t) ((styles ? styles : end) - strings - 1), "</sst>");
	if (styles)
		add_wrapped(&archive, &directory, "xl/f", "<styleSheet>", styles + 1, (size_t) (end - styles - 1), "</styleSheet>");
	offset = archive.length;
	rc_buffer_append(&archive, directory.data, directory.length);
	rc_buffer_append(&archive, "PK\005\006\0\0\0\0", 8);
	put(&archive, count, 2);
	put(&archive, count, 2);
	put(&archive, directory.length, 4);
	put(&archive, offset, 4);
	put(&archive, 0, 2);
	read_records(archive.data, archive.length, NULL);
	rc_buffer_free(&archive);
	rc_buffer_free(&directory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] & 1)
		read_parts((const char *) data + 1, size - 1);
	else
	{
		read_records((const char *) data + 1, size - 1, "zip");
		if (data[0] & 2)
			read_records((const char *) data + 1, size - 1, "xlsx");
	}
	return 0;
}
