/*
 * import_reader.h - a request to take a file in, and the reader of its source.
 */
#ifndef RCS_IMPORT_READER_H
#define RCS_IMPORT_READER_H

#include "postgres.h"

#include "../read/detect.h"
#include "../read/format.h"
#include "../read/reader.h"
#include "source.h"

/* What an import function was asked for. */
typedef struct RcsRequest
{
	RcsSource  *source;
	const char *format;			/* NULL: recognise */
	const char *shop;
	const char *account;
	const char *merchant;
	const char *encoding;		/* NULL: found */
	const char *found_encoding; /* in which the format was recognised; NULL: the format was named */
	MemoryContext context;
} RcsRequest;

/* An open reader, closed with its context: libcsv and iconv allocate by malloc. */
typedef struct RcsReader
{
	RcReader   *reader;
	RcAllocator allocator;
	MemoryContextCallback callback;
} RcsReader;

/* The first records of a file, copied. */
typedef struct RcsSample
{
	RcRecord	records[RC_DETECT_RECORDS];
	int			count;
	char		container[16];
	char		encoding[24];
	RcStatus	fault;			/* a character after them that is broken; code RC_OK: none */
} RcsSample;

/*
 * Opens a reader whose memory is a child of context; the reader closes when that is deleted, or before by rcs_close_reader(reader). NULL after a failure.
 */
extern RcsReader *rcs_open_reader(RcsSource *source, const RcReaderOptions *options, MemoryContext context, RcStatus *status);
extern void rcs_close_reader(void *reader);

/* How a file of this format is read. */
extern RcReaderOptions rcs_reader_options(const RcFormat *format, const RcsRequest *request);

/* Reads the first records; NULL after a failure. */
extern RcsSample *rcs_take_sample(RcsSource *source, const RcReaderOptions *options, MemoryContext context, RcStatus *status);

extern void rcs_empty_file(const RcsSource *source) pg_attribute_noreturn();

#endif
