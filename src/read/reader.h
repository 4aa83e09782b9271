/*
 * reader.h - bytes in any encoding and container become records of UTF-8 fields, one after another.
 *
 *		RcReader *reader;
 *		code = rc_reader_open(&reader, &input, &options, allocator, &status);
 *		while ((code = rc_reader_next(reader, &record, &status)) == RC_OK)
 *			... record.fields[0 .. record.field_count - 1] ...
 *		rc_reader_close(reader);
 *
 * A container is one file beside this one that fills an RcContainer; rc_reader_open picks it by name, or by the first
 * bytes. Memory does not grow with the file.
 */
#ifndef RC_READER_H
#define RC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../base/memory.h"
#include "../base/status.h"

#define RC_MAX_COLUMNS 1600
#define RC_MAX_FIELD_BYTES (1024 * 1024)
#define RC_MAX_RECORD_BYTES (4 * 1024 * 1024)

/* Where bytes come from: returns the number read (0 at the end), or -1 after setting status. May return fewer than asked for. */
typedef struct RcInput
{
	int64_t		(*read) (void *context, char *buffer, size_t size, RcStatus *status);
	void	   *context;
} RcInput;

typedef struct RcField
{
	const char *data;			/* UTF-8, not terminated; valid until the next call */
	uint32_t	length;
} RcField;

typedef struct RcRecord
{
	const RcField *fields;
	uint32_t	field_count;
	uint64_t	line;			/* first line of the record, 1-based (XML and XLSX: element line or sheet row) */
	uint64_t	byte;			/* offset of its first byte in the decoded text */
	const char *raw;			/* the record as it stood, decoded, without its line end */
	size_t		raw_length;
	const char *section;		/* what the container says it is, e.g. "header", "statement", "entry"; NULL for plain rows */
} RcRecord;

typedef struct RcReaderOptions
{
	const char *container;		/* "csv" ...; NULL: found by content */
	const char *encoding;		/* name as iconv or PostgreSQL knows it; NULL: BOM, strict UTF-8, fallback_encoding, then a guess */
	const char *fallback_encoding;	/* the format's own encoding, e.g. "GB18030"; may be NULL */
	char		delimiter;		/* csv: 0: found among , TAB ; | by the first records */
	char		quote;			/* csv: '"'; 0: no quoting (a TAB-separated file) */
	const char *sheet;			/* xlsx: name of the sheet; NULL: the first that is not hidden */
} RcReaderOptions;

typedef struct RcReader RcReader;

extern RcCode rc_reader_open(RcReader **reader, const RcInput *input, const RcReaderOptions *options,
							 const RcAllocator *allocator, RcStatus *status);
extern RcCode rc_reader_next(RcReader *reader, RcRecord *record, RcStatus *status);
extern void rc_reader_close(RcReader *reader);	/* NULL is fine; frees everything, also after an error */

extern bool rc_reader_has_container(const char *name);	/* whether a container of that name is known */

extern const char *rc_reader_encoding(const RcReader *reader);	/* canonical: UTF8 GB18030 BIG5 UTF16LE UTF16BE WIN1252 ... */
extern const char *rc_reader_container(const RcReader *reader);
extern char rc_reader_delimiter(const RcReader *reader);

/* What the file held besides, and the container passed over, as words; *line is where the first began. NULL: nothing. */
extern const char *rc_reader_left_out(const RcReader *reader, uint64_t *line);
extern uint64_t rc_reader_bytes_read(const RcReader *reader);	/* of the input */

/* How far the reader is, where its container knows better than by bytes of the input; else both stay as they are. */
extern void rc_reader_progress(const RcReader *reader, uint64_t *done, uint64_t *total);

#endif
