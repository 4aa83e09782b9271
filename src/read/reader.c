/*
 * reader.c - picks the container of a file and hands its records on.
 */
#include "reader.h"

#include <string.h>

#include "../base/text.h"
#include "bai2.h"
#include "camt.h"
#include "container.h"
#include "csv.h"
#include "encoding.h"
#include "mt940.h"
#include "ods.h"
#include "ofx.h"
#include "qif.h"
#include "xlsx_sheet.h"
#include "zip.h"

#define HEAD_BYTES ((size_t) 64 * 1024)

static const RcContainer *const containers[] = {
	&rc_csv_container, &rc_xlsx_container, &rc_ods_container, &rc_zip_container, &rc_camt_container,
	&rc_mt940_container, &rc_bai2_container, &rc_ofx_container, &rc_qif_container
};

#define CONTAINER_COUNT (sizeof(containers) / sizeof(containers[0]))

struct RcReader
{
	const RcAllocator *allocator;
	RcInput		input;			/* the caller's */
	uint64_t	bytes_read;

	/* the first bytes, which were looked at and must be read again */
	char	   *head;
	size_t		head_length;
	size_t		head_given;		/* bytes of it handed on */
	bool		at_end;

	const RcContainer *container;
	RcSource	source;
	void	   *state;			/* the container's; NULL before it is open */
};

/* The input that containers read: the first bytes, then the rest. */
static int64_t
read_again(void *context, char *buffer, size_t size, RcStatus *status)
{
	RcReader   *reader = context;
	int64_t		got;

	if (reader->head_given < reader->head_length)
	{
		size_t		left = reader->head_length - reader->head_given;

		if (size > left)
			size = left;
		memcpy(buffer, reader->head + reader->head_given, size);
		reader->head_given += size;
		return (int64_t) size;
	}
	if (reader->at_end)
		return 0;
	got = reader->input.read(reader->input.context, buffer, size, status);
	if (got > 0)
		reader->bytes_read += (uint64_t) got;
	return got;
}

static RcCode
read_head(RcReader *reader, RcStatus *status)
{
	reader->head = rc_allocate(reader->allocator, HEAD_BYTES);
	if (!reader->head)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	while (reader->head_length < HEAD_BYTES)
	{
		int64_t		got;

		if (rc_should_stop(reader->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
		got = reader->input.read(reader->input.context, reader->head + reader->head_length, HEAD_BYTES - reader->head_length, status);
		if (got < 0)
			return status->code != RC_OK ? status->code : rc_fail(status, RC_IO, "reading failed");
		if (got == 0)
		{
			reader->at_end = true;
			break;
		}
		if ((uint64_t) got > HEAD_BYTES - reader->head_length)
			return rc_fail(status, RC_IO, "the input delivered more than it was asked for");
		reader->head_length += (size_t) got;
		reader->bytes_read += (uint64_t) got;
	}
	return RC_OK;
}

static const char old_office[] = "an old Excel (.xls) or Word file";

/* What a file that is not text seems to be; NULL for text. */
static const char *
binary_kind(const char *head, size_t length)
{
	static const struct
	{
		const char *magic;
		size_t		size;
		const char *kind;
	}			kinds[] = {
		{"PK\003\004", 4, "a ZIP archive or an Excel workbook"},
		{"PK\005\006", 4, "an empty ZIP archive"},
		{"%PDF-", 5, "a PDF document"},
		{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, old_office},
		{"\x1F\x8B", 2, "a gzip archive"},
		{"BZh", 3, "a bzip2 archive"},
		{"\xFD" "7zXZ", 5, "an xz archive"},
		{"\x28\xB5\x2F\xFD", 4, "a zstd archive"},
		{"7z\xBC\xAF\x27\x1C", 6, "a 7z archive"},
		{"Rar!\x1A\x07", 6, "a RAR archive"},
		{"\x89PNG\r\n\x1A\n", 8, "a PNG picture"},
		{"\xFF\xD8\xFF", 3, "a JPEG picture"},
		{"GIF8", 4, "a GIF picture"},
		{"\x7F" "ELF", 4, "a program"},
		{"SQLite format 3", 15, "an SQLite database"},
	};
	size_t		controls = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (length >= kinds[i].size && memcmp(head, kinds[i].magic, kinds[i].size) == 0)
			return kinds[i].kind;
	}
	if (rc_encoding_utf16(head, length) || (length >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0)))
		return NULL;
	for (size_t i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) head[i];

		controls += byte == 0x7F || (byte < 0x20 && !(byte >= '\t' && byte <= '\r') && byte != 0x1A && byte != 0x1B);
	}
	/* a stray NUL is an encoding error with a place; this many are no text at all */
	return controls >= 8 && controls * 10 > length ? "binary data" : NULL;
}

static RcCode
find_container(RcReader *reader, const RcReaderOptions *options, RcStatus *status)
{
	const char *kind = binary_kind(reader->head, reader->head_length);
	int			best = 0;

	for (size_t i = 0; i < CONTAINER_COUNT; i++)
	{
		int			sure;

		if (options->container)
		{
			if (strcmp(options->container, containers[i]->name) == 0)
				reader->container = containers[i];
			continue;
		}
		if (kind && !options->encoding && containers[i]->is_text)
			continue;
		sure = containers[i]->sniff(reader->head, reader->head_length);
		if (sure > best)
		{
			best = sure;
			reader->container = containers[i];
		}
	}
	if (reader->container && (!reader->container->is_text || !kind || options->encoding))
		return RC_OK;
	if (options->container && !reader->container)
	{
		RcBuffer	names;

		rc_buffer_init(&names, reader->allocator);
		for (size_t i = 0; i < CONTAINER_COUNT; i++)
		{
			if ((i > 0 && !rc_buffer_append(&names, ", ", 2)) || !rc_buffer_append_string(&names, containers[i]->name))
			{
				rc_buffer_free(&names);
				return rc_fail(status, RC_NO_MEMORY, "out of memory");
			}
		}
		rc_fail(status, RC_UNKNOWN_FORMAT, "unknown container \"%.40s\"", options->container);
		rc_hint(status, "Known are: %s.", names.data);
		rc_buffer_free(&names);
		return RC_UNKNOWN_FORMAT;
	}
	status->byte = 0;
	rc_fail(status, RC_UNKNOWN_FORMAT, "the file seems to be %s, which cannot be read", kind ? kind : "of no known kind");
	if (kind == old_office)
		rc_hint(status, "Open it and save it as .xlsx or as CSV.");
	return RC_UNKNOWN_FORMAT;
}

static RcCode
begin(RcReader *reader, const RcReaderOptions *options, RcStatus *status)
{
	RcCode		code = read_head(reader, status);

	if (code == RC_OK)
		code = find_container(reader, options, status);
	if (code != RC_OK)
		return code;
	reader->source.input = (RcInput) {read_again, reader};
	reader->source.options = options;
	reader->source.allocator = reader->allocator;
	if (reader->container->is_text)
	{
		const char *fallback = options->fallback_encoding;

		if (!fallback && reader->container->encoding)
			fallback = reader->container->encoding(reader->head, reader->head_length);
		code = rc_charset_open(&reader->source.charset, &reader->source.input, options->encoding, fallback, reader->allocator, status);
		if (code != RC_OK)
			return code;
		reader->source.encoding = rc_charset_name(reader->source.charset);
	}
	code = reader->container->open(&reader->source, &reader->state, status);
	reader->source.options = NULL;
	return code;
}

RcCode
rc_reader_open(RcReader **result, const RcInput *input, const RcReaderOptions *options, const RcAllocator *allocator, RcStatus *status)
{
	RcReader   *reader;
	RcCode		code;

	*result = NULL;
	rc_status_reset(status);
	reader = rc_allocate_zero(allocator, sizeof(*reader));
	if (!reader)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	reader->allocator = allocator;
	reader->input = *input;
	code = begin(reader, options, status);
	if (code != RC_OK)
	{
		rc_reader_close(reader);
		return code;
	}
	*result = reader;
	return RC_OK;
}

RcCode
rc_reader_next(RcReader *reader, RcRecord *record, RcStatus *status)
{
	rc_status_reset(status);
	return reader->container->next(reader->state, record, status);
}

void
rc_reader_close(RcReader *reader)
{
	const RcAllocator *allocator;

	if (!reader)
		return;
	allocator = reader->allocator;
	if (reader->state)
		reader->container->close(reader->state);
	rc_charset_close(reader->source.charset);
	rc_release(allocator, reader->head);
	rc_release(allocator, reader);
}

const char *
rc_reader_encoding(const RcReader *reader)
{
	return reader->source.encoding;
}

const char *
rc_reader_container(const RcReader *reader)
{
	return reader->source.container ? reader->source.container : reader->container->name;
}

char
rc_reader_delimiter(const RcReader *reader)
{
	return reader->source.delimiter;
}

const char *
rc_reader_left_out(const RcReader *reader, uint64_t *line)
{
	*line = reader->source.left_out_line;
	return reader->source.left_out;
}

uint64_t
rc_reader_bytes_read(const RcReader *reader)
{
	return reader->bytes_read;
}

void
rc_reader_progress(const RcReader *reader, uint64_t *done, uint64_t *total)
{
	if (reader->container->progress)
		reader->container->progress(reader->state, done, total);
}

bool
rc_reader_has_container(const char *name)
{
	for (size_t i = 0; i < CONTAINER_COUNT; i++)
		if (strcmp(containers[i]->name, name) == 0)
			return true;
	return false;
}
