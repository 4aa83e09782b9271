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

#include "archive_source.h"
#include "format_catalog.h"
#include "support.h"

#define SURE_ENOUGH 30			/* of 100: no other encoding is tried */

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

/*
 * Judges all formats, best first. The encoding is tried as found; a file that nothing fits is read again as GB18030, then Big5, and the encoding in which a
 * format fits best counts. NULL, with the reason in status, when the file cannot be read.
 */
static Judged *
judge(RcsSource *source, const char *given, MemoryContext context, int *count, char *encoding, size_t encoding_size, RcStatus *status)
{
	static const char *const fallbacks[] = {NULL, "GB18030", "BIG5"};
	List	   *formats;
	Judged	   *judged,
			   *best = NULL;
	ListCell   *cell;
	RcAllocator allocator = rcs_allocator(context);
	RcStatus	fault;

	SPI_connect();
	formats = rcs_format_load_all(context);
	SPI_finish();
	*count = list_length(formats);
	rc_status_reset(&fault);
	for (int t = 0; t < (int) lengthof(fallbacks); t++)
	{
		RcReaderOptions options = {.encoding = given, .fallback_encoding = fallbacks[t], .quote = '"'};
		RcsSample  *sample = rcs_take_sample(source, &options, context, status);
		int			i = 0;

		if (fault.code == RC_OK)
			fault = sample ? sample->fault : *status;
		if (!sample)
		{
			if (status->code == RC_BAD_ENCODING && !given)
				continue;
			return NULL;
		}
		if (sample->count == 0)
			rcs_empty_file(source);
		judged = palloc0(sizeof(Judged) * Max(*count, 1));
		foreach(cell, formats)
		{
			CHECK_FOR_INTERRUPTS();
			rc_status_reset(status);
			judged[i].format = lfirst(cell);
			if (rc_detect(judged[i].format, sample->container, sample->records, sample->count, &allocator, &judged[i].candidate, status) != RC_OK)
				return NULL;
			i++;
		}
		qsort(judged, *count, sizeof(Judged), by_confidence);
		if (!best || (*count > 0 && judged[0].candidate.confidence > best[0].candidate.confidence))
		{
			best = judged;
			strlcpy(encoding, sample->encoding, encoding_size);
		}
		if (*count > 0 && best[0].candidate.confidence > SURE_ENOUGH)
			return best;
		/* Bytes that are valid UTF-8 mean nothing else; a fallback is not even tried then. */
		if (strcmp(sample->encoding, "UTF8") == 0 || strncmp(sample->encoding, "UTF16", 5) == 0)
			break;
	}
	if (fault.code == RC_OK)
		return best;
	*status = fault;
	return NULL;
}

const RcFormat *
rcs_recognise(RcsRequest *request, const char **why)
{
	RcsSource  *source = request->source;
	int			count;
	char		encoding[24];
	RcStatus	status;
	Judged	   *judged = judge(source, request->encoding, request->context, &count, encoding, sizeof(encoding), &status);
	RcCandidate *candidates;
	StringInfoData list;
	bool		ambiguous;
	int			chosen;
	int			shown = 0;

	if (!judged)
	{
		if (!why || status.code != RC_UNKNOWN_FORMAT)
			rcs_raise(&status, rcs_source_name(source));
		*why = pstrdup(status.message);
		return NULL;
	}
	candidates = palloc(sizeof(RcCandidate) * Max(count, 1));
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
		{
			request->found_encoding = MemoryContextStrdup(request->context, encoding);
			return judged[chosen].format;
		}
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
	if (why && !ambiguous)
	{
		*why = shown ? psprintf("of no known format; candidates: %s", list.data) : "of no known format";
		return NULL;
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

/* Writes what the formats say of one file. member: its name in the archive it lies in, which becomes part of the reason, or NULL. */
static void
show_candidates(RcsSource *source, const char *member, MemoryContext context, ReturnSetInfo *result)
{
	int			count;
	char		encoding[24];
	RcStatus	status;
	Judged	   *judged;

	if (rcs_source_size(source) == 0)
		rcs_empty_file(source);
	judged = judge(source, NULL, context, &count, encoding, sizeof(encoding), &status);
	if (!judged)
	{
		if (member && status.code == RC_UNKNOWN_FORMAT)
			return;
		rcs_raise(&status, rcs_source_name(source));
	}
	for (int i = 0; i < count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};
		const char *reason = judged[i].candidate.reason;

		if (judged[i].candidate.confidence <= 0)
			continue;
		values[0] = CStringGetTextDatum(judged[i].format->name);
		values[1] = Int32GetDatum(judged[i].candidate.confidence);
		values[2] = CStringGetTextDatum(encoding);
		values[3] = CStringGetTextDatum(member ? psprintf("%s: %s", member, reason) : reason);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* reconcile_detect_format(content) says which formats the content may be of, best first; of an archive, for each of its files. */
Datum
reconcile_detect_format(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context,
				caller;
	RcsSource  *source;
	List	   *members;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must be given")));
	context = AllocSetContextCreate(CurrentMemoryContext, "reconcile detect", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	source = rcs_source_bytes(PG_GETARG_BYTEA_PP(0), "content");
	members = rcs_archive_members(source);
	if (members == NIL)
		show_candidates(source, NULL, context, result);
	foreach(cell, members)
		show_candidates(lfirst(cell), rcs_source_name(lfirst(cell)) + strlen(rcs_source_name(source)) + 1, context, result);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
