/*
 * import_reader.c - opens the reader of a source so that nothing of it outlives the import; takes the first records as a sample.
 */
#include "import_reader.h"

#include "utils/memutils.h"

#include "support.h"

#define SAMPLE_BYTES (1024 * 1024)

void
rcs_close_reader(void *argument)
{
	RcsReader  *open = argument;

	rc_reader_close(open->reader);
	open->reader = NULL;
}

RcsReader *
rcs_open_reader(RcsSource *source, const RcReaderOptions *options, MemoryContext context, RcStatus *status)
{
	MemoryContext memory = AllocSetContextCreate(context, "reconcile reader", ALLOCSET_DEFAULT_SIZES);
	RcsReader  *open = MemoryContextAllocZero(context, sizeof(RcsReader));
	RcInput		input = rcs_source_rewind(source);

	open->allocator = rcs_allocator(memory);
	open->callback.func = rcs_close_reader;
	open->callback.arg = open;
	MemoryContextRegisterResetCallback(memory, &open->callback);
	rc_status_reset(status);
	return rc_reader_open(&open->reader, &input, options, &open->allocator, status) == RC_OK ? open : NULL;
}

RcReaderOptions
rcs_reader_options(const RcFormat *format, const RcsRequest *request)
{
	RcReaderOptions options = {
		.encoding = request->encoding,
		/* A table may come as a workbook or packed: those tell themselves by their first bytes. */
		.container = rcs_source_begins(request->source, "PK\003\004", 4) ? NULL : format->container,
		.fallback_encoding = request->found_encoding ? request->found_encoding : format->encoding,
		.delimiter = format->delimiter,
		.quote = format->quote
	};

	return options;
}

void pg_attribute_noreturn()
rcs_empty_file(const RcsSource *source)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_EMPTY_FILE),
			 errmsg("file \"%s\" is empty", rcs_source_name(source)),
			 errhint("Fetch or export the file again.")));
	pg_unreachable();
}

static char *
copy_bytes(const char *data, size_t length)
{
	char	   *copy = palloc(length + 1);

	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}

RcsSample *
rcs_take_sample(RcsSource *source, const RcReaderOptions *options, MemoryContext context, RcStatus *status)
{
	RcsReader  *open = rcs_open_reader(source, options, context, status);
	RcsSample  *sample;
	RcRecord	record;
	RcCode		code;
	size_t		bytes = 0;

	if (!open)
		return NULL;
	sample = palloc0(sizeof(RcsSample));
	rc_status_reset(&sample->fault);
	while (sample->count < RC_DETECT_RECORDS && bytes < SAMPLE_BYTES)
	{
		RcRecord   *copy = &sample->records[sample->count];
		RcField    *fields;

		code = rc_reader_next(open->reader, &record, status);
		if (code == RC_END)
			break;
		if (code == RC_BAD_ENCODING && sample->count > 0)
		{
			sample->fault = *status;
			break;
		}
		if (code != RC_OK)
		{
			rcs_close_reader(open);
			return NULL;
		}
		if (record.section && strcmp(record.section, "statement") == 0)
			continue;
		*copy = record;
		copy->raw = copy_bytes(record.raw, record.raw_length);
		copy->section = NULL;
		fields = palloc(sizeof(RcField) * (record.field_count + 1));
		for (uint32 f = 0; f < record.field_count; f++)
		{
			fields[f].data = copy_bytes(record.fields[f].data, record.fields[f].length);
			fields[f].length = record.fields[f].length;
			bytes += record.fields[f].length;
		}
		copy->fields = fields;
		bytes += record.raw_length;
		sample->count++;
	}
	strlcpy(sample->container, rc_reader_container(open->reader), sizeof(sample->container));
	strlcpy(sample->encoding, rc_reader_encoding(open->reader), sizeof(sample->encoding));
	rcs_close_reader(open);
	return sample;
}
