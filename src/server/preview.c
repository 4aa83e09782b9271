/*
 * preview.c - SQL functions that show what a file would become: preview_file, preview_bytes, preview_large_object.
 */
#include "preview.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "import_files.h"
#include "import_parts.h"
#include "import_reading.h"
#include "period.h"
#include "support.h"

#define MAX_ROWS 1000
#define PREVIEW_COLUMNS 9

/* One row of the result: an entry of a batch, or a rejected row. */
typedef struct Shown
{
	int64		row_no;
	int64		line_no;
	RcsRelation relation;
	int			entry;			/* in the batch of the relation; -1: rejected */
	const char *reason;
	const char *raw;
} Shown;

struct RcsPreview
{
	int			rows;			/* wanted */
	int			looked_at[RCS_RELATION_COUNT];	/* entries of each batch that are among the shown */
	Shown	   *shown;
	int			count;
	int			room;
	MemoryContext context;
};

typedef struct RcsPreview Preview;

static Shown *
add_shown(RcsLoad *load, int64 line_no)
{
	Preview    *preview = load->preview;

	if (preview->count == preview->room)
	{
		preview->room = Max(preview->room * 2, 64);
		preview->shown = preview->shown ? repalloc(preview->shown, sizeof(Shown) * preview->room) :
			MemoryContextAlloc(preview->context, sizeof(Shown) * preview->room);
	}
	memset(&preview->shown[preview->count], 0, sizeof(Shown));
	preview->shown[preview->count].row_no = load->rows_read;
	preview->shown[preview->count].line_no = line_no;
	return &preview->shown[preview->count++];
}

void
rcs_preview_begin(RcsLoad *load, int rows)
{
	load->preview = MemoryContextAllocZero(load->context, sizeof(Preview));
	load->preview->rows = rows;
	load->preview->context = load->context;
	/* Indexes stay, whatever the size of the file. */
	load->expected_rows = 0;
	rcs_load_begin(load);
}

bool
rcs_preview_wants_more(RcsLoad *load)
{
	Preview    *preview = load->preview;
	bool		full = false;

	for (int r = 0; r < RCS_RELATION_COUNT; r++)
	{
		RcsSink    *sink = load->sinks[r];

		if (!sink)
			continue;
		for (; preview->looked_at[r] < rcs_sink_entry_count(sink); preview->looked_at[r]++)
		{
			Shown	   *shown = add_shown(load, rcs_sink_entry(sink, preview->looked_at[r])->line_no);

			shown->relation = r;
			shown->entry = preview->looked_at[r];
		}
		full = full || rcs_sink_full(sink);
	}
	return load->rows_read < preview->rows && !full;
}

void
rcs_preview_row(RcsLoad *load, int64 row_no)
{
	int64		rows_read = load->rows_read;

	if (!load->preview)
		return;
	load->rows_read = row_no;
	(void) rcs_preview_wants_more(load);
	load->rows_read = rows_read;
}

static int
by_row(const void *a, const void *b)
{
	const Shown *x = a;
	const Shown *y = b;

	return x->row_no < y->row_no ? -1 : x->row_no > y->row_no;
}

void
rcs_preview_reject(RcsLoad *load, int64 line, uint32 column, const char *field, const char *reason, const char *raw, size_t raw_length)
{
	Shown	   *shown = add_shown(load, line);
	MemoryContext caller = MemoryContextSwitchTo(load->preview->context);

	shown->entry = -1;
	if (column > 0)
		shown->reason = field[0] ? psprintf("column %u (%s): %s", column, field, reason) : psprintf("column %u: %s", column, reason);
	else
		shown->reason = pstrdup(reason);
	shown->raw = pnstrdup(raw, raw_length);
	MemoryContextSwitchTo(caller);
}

/* ---- showing ---- */

/* A row of a table as jsonb, without nulls and without what the import gives every row. */
static Datum
row_json(RcsSink *sink, HeapTuple tuple)
{
	static const char *const frame[] = {"merchant_id", "import_id", "line_no", "natural_key", "natural_check", "occurrence"};
	TupleDesc	descriptor = rcs_sink_descriptor(sink);
	Datum		row = heap_copy_tuple_as_datum(tuple, descriptor);
	text	   *json = DatumGetTextPP(DirectFunctionCall1(row_to_json, row));
	Datum		object = DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(json)));
	Datum		left_out[lengthof(frame) + 2];
	int			count = 0;

	for (int i = 0; i < (int) lengthof(frame); i++)
		left_out[count++] = CStringGetTextDatum(frame[i]);
	/* Its own id, and that of the customer, are given when it is written. */
	left_out[count++] = CStringGetTextDatum(NameStr(TupleDescAttr(descriptor, 1)->attname));
	left_out[count++] = CStringGetTextDatum("customer_id");
	object = DirectFunctionCall2(jsonb_delete_array, object,
								 PointerGetDatum(construct_array(left_out, count, TEXTOID, -1, false, TYPALIGN_INT)));
	return DirectFunctionCall1(jsonb_strip_nulls, object);
}

static const char *
fate_word(RcsFate fate)
{
	switch (fate)
	{
		case RCS_NEW:
			return "new";
		case RCS_KNOWN:
			return "known";
		case RCS_SAME:
			return "same";
		case RCS_CONFLICT:
			return "conflict";
		case RCS_CLOSED:
			return "rejected";
		case RCS_DROPPED:
			break;
	}
	return "left out";
}

/* Where the rows of one file go. */
typedef struct Output
{
	const RcsIncoming *incoming;
	ReturnSetInfo *result;
} Output;

static void
put(const Output *output, const Shown *shown, const char *target, Datum record, const char *status, const char *reason)
{
	const RcsIncoming *incoming = output->incoming;
	Datum		values[PREVIEW_COLUMNS];
	bool		nulls[PREVIEW_COLUMNS] = {false};

	values[0] = CStringGetTextDatum(incoming->load->file_name);
	values[1] = CStringGetTextDatum(incoming->load->format->name);
	values[2] = CStringGetTextDatum(rc_reader_encoding(incoming->reader->reader));
	values[3] = Int64GetDatum(shown->row_no);
	nulls[3] = shown->row_no == 0;
	values[4] = Int64GetDatum(shown->line_no);
	values[5] = target ? CStringGetTextDatum(target) : (Datum) 0;
	nulls[5] = !target;
	values[6] = record;
	values[7] = CStringGetTextDatum(status);
	values[8] = reason ? CStringGetTextDatum(reason) : (Datum) 0;
	nulls[8] = !reason;
	tuplestore_putvalues(output->result->setResult, output->result->setDesc, values, nulls);
}

static void
put_entry(const Output *output, const Shown *shown, RcsRelation relation, const RcsEntry *entry, const char *finding)
{
	const RcsLoad *load = output->incoming->load;
	const RcTarget *target = rcs_target_of(load, relation);
	const char *reason = NULL;

	if (entry->fate == RCS_CONFLICT)
		reason = psprintf("known with another %s; the old row is kept", target->fields[target->amount].name);
	else if (entry->fate == RCS_SAME)
		reason = "an earlier row of the file is the same document";
	else if (entry->fate == RCS_CLOSED)
		reason = rcs_closed_reason(load);
	else if (entry->fate == RCS_NEW)
		reason = finding;
	put(output, shown, rcs_relation_names[relation], row_json(load->sinks[relation], entry->tuple), fate_word(entry->fate), reason);
}

static void
put_rejected(const Output *output, const Shown *shown)
{
	Datum		pair[2] = {CStringGetTextDatum("raw"), CStringGetTextDatum(shown->raw)};

	put(output, shown, NULL, DirectFunctionCall1(jsonb_object, PointerGetDatum(construct_array(pair, 2, TEXTOID, -1, false, TYPALIGN_INT))),
		"rejected", shown->reason);
}

/* What the row of an order, a shipment, a return or a receipt becomes besides. */
typedef struct Parts
{
	RcsEntry   *customer;
	RcsEntry   *line;
} Parts;

static void
show_rows(const Output *output)
{
	RcsLoad    *load = output->incoming->load;
	const Preview *preview = load->preview;
	RcsRelation documents = rcs_relation_of(load->format->target);
	bool		has_parts = documents == RCS_SALES_ORDER || rcs_is_document(documents);
	Parts	   *parts = NULL;

	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
			rcs_sink_resolve(load->sinks[r]);
	if (load->sinks[RCS_BANK_LINE])
		rcs_find_elsewhere(load, load->sinks[RCS_BANK_LINE]);
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
			rcs_refuse_closed(load, load->sinks[r]);
	if (has_parts)
	{
		/* They come into their batches once the documents are there. */
		parts = palloc0(sizeof(Parts) * (preview->looked_at[documents] + 1));
		for (int i = 0; i < preview->looked_at[documents]; i++)
			rcs_add_document_parts(load, documents, rcs_sink_entry(load->sinks[documents], i), &parts[i].customer, &parts[i].line);
		rcs_sink_resolve(load->sinks[documents + 1]);
		if (load->sinks[RCS_CUSTOMER])
			rcs_sink_resolve(load->sinks[RCS_CUSTOMER]);
		for (int i = 0; i < preview->looked_at[documents]; i++)
			rcs_refuse_document_parts(rcs_sink_entry(load->sinks[documents], i), parts[i].customer, parts[i].line);
	}
	for (int i = 0; i < preview->count; i++)
	{
		const Shown *shown = &preview->shown[i];

		if (shown->entry < 0)
		{
			put_rejected(output, shown);
			continue;
		}
		put_entry(output, shown, shown->relation, rcs_sink_entry(load->sinks[shown->relation], shown->entry),
				  rcs_finding_text(load, shown->relation, shown->entry));
		if (!has_parts || shown->relation != documents)
			continue;
		if (parts[shown->entry].line)
			put_entry(output, shown, documents + 1, parts[shown->entry].line, NULL);
		if (parts[shown->entry].customer)
			put_entry(output, shown, RCS_CUSTOMER, parts[shown->entry].customer, NULL);
	}
}

/* ---- SQL ---- */

/* Previews one file; argument: how many rows. */
static bool
take_file(RcsRequest *request, ReturnSetInfo *result, const char **why, void *argument)
{
	const RcFormat *format = rcs_incoming_format(request, why);
	RcsIncoming *incoming;
	Output		output;

	if (!format)
		return false;
	incoming = rcs_incoming_open(request, format);
	SPI_connect();
	incoming->load->has_closed = rcs_closed_through(incoming->load->merchant_id, &incoming->load->closed_through);
	SPI_finish();
	rcs_preview_begin(incoming->load, *(int *) argument);
	rcs_incoming_read(incoming);
	if (incoming->load->order_sums)
	{
		rcs_load_sorted(incoming->load);
		/* each row is one entry, or rejected: no ties */
		qsort(incoming->load->preview->shown, incoming->load->preview->count, sizeof(Shown), by_row);
	}
	output.incoming = incoming;
	output.result = result;
	show_rows(&output);
	if (incoming->load->preview->count == 0)
		ereport(NOTICE, (errmsg("file \"%s\" holds no rows", incoming->load->file_name)));
	rcs_load_abandon(incoming->load);
	rcs_close_reader(incoming->reader);
	return true;
}

static void
leave_out(const RcsRequest *request, ReturnSetInfo *result, const char *why)
{
	Datum		values[PREVIEW_COLUMNS];
	bool		nulls[PREVIEW_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	values[0] = CStringGetTextDatum(rcs_source_name(request->source));
	values[7] = CStringGetTextDatum("unrecognised");
	values[8] = CStringGetTextDatum(why);
	nulls[0] = nulls[7] = nulls[8] = false;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Previews a source; first: the argument after those that name the content. */
static Datum
preview_source(FunctionCallInfo fcinfo, RcsSource *source, int first)
{
	int			rows = PG_ARGISNULL(first + 5) ? 0 : PG_GETARG_INT32(first + 5);
	RcsFileWork work = {take_file, leave_out, &rows};

	if (rows < 1 || rows > MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows must be a number from 1 to %d", MAX_ROWS)));
	rcs_each_file(fcinfo, source, first, &work);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(reconcile_preview_file);
PG_FUNCTION_INFO_V1(reconcile_preview_bytes);
PG_FUNCTION_INFO_V1(reconcile_preview_large_object);

extern PGDLLEXPORT Datum reconcile_preview_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_preview_bytes(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_preview_large_object(PG_FUNCTION_ARGS);

/* reconcile_preview_file(path, format, shop, account, merchant, encoding, rows) */
Datum
reconcile_preview_file(PG_FUNCTION_ARGS)
{
	return preview_source(fcinfo, rcs_argument_file(fcinfo), 1);
}

/* reconcile_preview_bytes(content, file_name, format, shop, account, merchant, encoding, rows) */
Datum
reconcile_preview_bytes(PG_FUNCTION_ARGS)
{
	return preview_source(fcinfo, rcs_argument_bytes(fcinfo), 2);
}

/* reconcile_preview_large_object(content, file_name, format, shop, account, merchant, encoding, rows) */
Datum
reconcile_preview_large_object(PG_FUNCTION_ARGS)
{
	return preview_source(fcinfo, rcs_argument_large_object(fcinfo), 2);
}
