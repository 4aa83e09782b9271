/*
 * recognise.c - which format a file is of: every format judges the first records; detect_format() shows what they say.
 */
#include "recognise.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "format_catalog.h"
#include "support.h"

typedef struct Judged
{
	const RcFormat *format;
	RcCandidate candidate;
} Judged;

static int
by_confidence(const void *a, const void *b)
{
	const Judged *x = a;
	const Judged *y = b;

	if (x->candidate.confidence != y->candidate.confidence)
		return x->candidate.confidence > y->candidate.confidence ? -1 : 1;
	return strcmp(x->format->name, y->format->name);
}

/* Judges all formats, best first. The encoding is tried as found; files too short to tell are read again as GB18030, then Big5. */
static Judged *
judge(RcsSource *source, const char *given, MemoryContext context, int *count, char *encoding, size_t encoding_size)
{
	static const char *const fallbacks[] = {NULL, "GB18030", "BIG5"};
	List	   *formats;
	Judged	   *judged;
	ListCell   *cell;
	RcAllocator allocator = rcs_allocator(context);

	SPI_connect();
	formats = rcs_format_load_all(context);
	SPI_finish();
	*count = list_length(formats);
	judged = palloc0(sizeof(Judged) * Max(*count, 1));
	for (int t = 0; t < (int) lengthof(fallbacks); t++)
	{
		RcReaderOptions options = {.encoding = given, .fallback_encoding = fallbacks[t], .quote = '"'};
		RcsSample	   *sample = rcs_take_sample(source, &options, context);
		int			i = 0;

		if (sample->count == 0)
			rcs_empty_file(source);
		foreach(cell, formats)
		{
			RcStatus	status;

			CHECK_FOR_INTERRUPTS();
			rc_status_reset(&status);
			judged[i].format = lfirst(cell);
			if (rc_detect(judged[i].format, sample->container, sample->records, sample->count, &allocator, &judged[i].candidate, &status) != RC_OK)
				rcs_raise(&status, rcs_source_name(source));
			i++;
		}
		qsort(judged, *count, sizeof(Judged), by_confidence);
		strlcpy(encoding, sample->encoding, encoding_size);
		if (*count > 0 && judged[0].candidate.confidence > 30)
			break;
		/* Bytes that are valid UTF-8 mean nothing else; a fallback is not even tried then. */
		if (strcmp(sample->encoding, "UTF8") == 0 || strncmp(sample->encoding, "UTF16", 5) == 0)
			break;
	}
	return judged;
}

const RcFormat *
rcs_recognise(RcsSource *source, const char *given, MemoryContext context)
{
	int			count;
	char		encoding[24];
	Judged	   *judged = judge(source, given, context, &count, encoding, sizeof(encoding));
	RcCandidate *candidates = palloc(sizeof(RcCandidate) * Max(count, 1));
	StringInfoData list;
	bool		ambiguous;
	int			chosen;
	int			shown = 0;

	/* Formats made of common words are for files that no format of its own fits. */
	for (int generic = 0; generic < 2; generic++)
	{
		for (int i = 0; i < count; i++)
		{
			candidates[i] = judged[i].candidate;
			if (judged[i].format->generic != (generic == 1))
				candidates[i].confidence = 0;
		}
		chosen = rc_detect_choose(candidates, count, &ambiguous);
		if (chosen >= 0)
			return judged[chosen].format;
		if (ambiguous)
			break;
	}
	initStringInfo(&list);
	for (int i = 0; i < count && shown < 3; i++)
	{
		if (judged[i].candidate.confidence <= 0)
			continue;
		appendStringInfo(&list, "%s%s (%d %%: %s)", shown ? ", " : "", judged[i].format->name, judged[i].candidate.confidence, judged[i].candidate.reason);
		shown++;
	}
	ereport(ERROR,
			(errcode(ambiguous ? RCS_ERRCODE_AMBIGUOUS_FORMAT : RCS_ERRCODE_UNKNOWN_FORMAT),
			 ambiguous ? errmsg("file \"%s\" fits more than one format", rcs_source_name(source)) :
			 errmsg("file \"%s\" is of no known format", rcs_source_name(source)),
			 shown ? errdetail("Candidates: %s.", list.data) : 0,
			 errhint(ambiguous ? "Name the format in the call." : "Name the format in the call, or describe a new one with define_format().")));
	return NULL;
}

PG_FUNCTION_INFO_V1(reconcile_detect_format);
extern PGDLLEXPORT Datum reconcile_detect_format(PG_FUNCTION_ARGS);

/* reconcile_detect_format(content) says which formats the content may be of, best first. */
Datum
reconcile_detect_format(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context,
				caller;
	RcsSource  *source;
	Judged	   *judged;
	int			count;
	char		encoding[24];

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must be given")));
	context = AllocSetContextCreate(CurrentMemoryContext, "reconcile detect", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	source = rcs_source_bytes(PG_GETARG_BYTEA_PP(0), "content");
	if (rcs_source_size(source) == 0)
		rcs_empty_file(source);
	judged = judge(source, NULL, context, &count, encoding, sizeof(encoding));
	for (int i = 0; i < count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		if (judged[i].candidate.confidence <= 0)
			continue;
		values[0] = CStringGetTextDatum(judged[i].format->name);
		values[1] = Int32GetDatum(judged[i].candidate.confidence);
		values[2] = CStringGetTextDatum(encoding);
		values[3] = CStringGetTextDatum(judged[i].candidate.reason);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
