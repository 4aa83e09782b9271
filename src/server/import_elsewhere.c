/*
 * import_elsewhere.c - bank lines that are new by their natural key, but known from files of another format: the same line in other words.
 */
#include "import_parts.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "query.h"

/* What is asked of each line, in the order of the function's parameters. */
enum
{
	ASK_ACCOUNT, ASK_DAY, ASK_CURRENCY, ASK_AMOUNT, ASK_BALANCE, ASK_REFERENCE, ASK_TEXT, ASK_LINE, ASK_KEY, ASK_CHECK,
	ASK_COLUMNS
};

typedef struct RcsElsewhere
{
	bool		possible;		/* there are files of another format */
	int64	   *answered;		/* lines that this import has told already */
	uint64		answered_count,
				answered_room;
} Elsewhere;

static Datum
array_of(Datum *elements, bool *nulls, int count, Oid type)
{
	int16		length;
	bool		by_value;
	char		align;
	int			dims[1] = {count};
	int			lower[1] = {1};

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(elements, nulls, 1, dims, lower, type, length, by_value, align));
}

static Elsewhere *
begin(RcsLoad *load)
{
	Elsewhere  *elsewhere = MemoryContextAllocZero(load->context, sizeof(Elsewhere));
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2] = {Int32GetDatum(load->merchant_id), CStringGetTextDatum(load->format->name)};
	bool		null;

	if (SPI_execute_with_args("SELECT EXISTS (SELECT FROM reconcile.import_range r JOIN reconcile.import i USING (merchant_id, import_id)"
							  " WHERE r.merchant_id = $1 AND r.relation = 'bank_line' AND i.format <> $2)", 2, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "earlier imports cannot be read");
	elsewhere->possible = DatumGetBool(rcs_cell(0, 1, &null));
	return elsewhere;
}

static void
answer(RcsLoad *load, int64 id)
{
	Elsewhere  *elsewhere = load->elsewhere;

	if (elsewhere->answered_count == elsewhere->answered_room)
	{
		elsewhere->answered_room = elsewhere->answered_room ? elsewhere->answered_room * 2 : 256;
		elsewhere->answered = elsewhere->answered ? repalloc_huge(elsewhere->answered, sizeof(int64) * elsewhere->answered_room)
			: MemoryContextAllocHuge(load->context, sizeof(int64) * elsewhere->answered_room);
	}
	elsewhere->answered[elsewhere->answered_count++] = id;
}

/* Fills the columns of one line. */
static void
ask(RcsSink *sink, const RcsEntry *entry, TupleDesc descriptor, Datum **columns, bool **nulls, int index)
{
	static const char *const names[] = {"account_id", "booked_on", "currency", "amount", "balance", "reference"};
	StringInfoData words;

	for (int c = 0; c <= ASK_REFERENCE; c++)
		columns[c][index] = heap_getattr(entry->tuple, rcs_sink_column(sink, names[c]) + 1, descriptor, &nulls[c][index]);
	initStringInfo(&words);
	for (int c = 0; c < 2; c++)
	{
		bool		null;
		Datum		part = heap_getattr(entry->tuple, rcs_sink_column(sink, c == 0 ? "narrative" : "counterparty") + 1, descriptor, &null);

		if (!null)
			appendStringInfo(&words, "%s%s", words.len > 0 ? " " : "", TextDatumGetCString(part));
	}
	columns[ASK_TEXT][index] = PointerGetDatum(cstring_to_text_with_len(words.data, words.len));
	columns[ASK_LINE][index] = Int64GetDatum(entry->line_no);
	columns[ASK_KEY][index] = Int64GetDatum((int64) entry->key);
	columns[ASK_CHECK][index] = Int64GetDatum((int64) entry->check);
	for (int c = ASK_TEXT; c < ASK_COLUMNS; c++)
		nulls[c][index] = false;
}

void
rcs_find_elsewhere(RcsLoad *load, RcsSink *sink)
{
	static const Oid element_types[ASK_COLUMNS] = {INT4OID, DATEOID, TEXTOID, NUMERICOID, NUMERICOID, TEXTOID, TEXTOID, INT8OID, INT8OID, INT8OID};
	static const Oid array_types[ASK_COLUMNS] = {INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID};
	int			count = rcs_sink_entry_count(sink);
	int		   *asked;			/* numbers of the entries */
	Datum	   *columns[ASK_COLUMNS];
	bool	   *nulls[ASK_COLUMNS];
	int			asked_count = 0;
	Oid			types[4 + ASK_COLUMNS] = {INT4OID, INT8OID, TEXTOID};
	Datum		values[4 + ASK_COLUMNS] = {Int32GetDatum(load->merchant_id), Int64GetDatum(load->import_id), CStringGetTextDatum(load->format->name)};
	Datum	   *answered;
	TupleDesc	descriptor;

	SPI_connect();
	if (!load->elsewhere)
		load->elsewhere = begin(load);
	if (!load->elsewhere->possible)
	{
		SPI_finish();
		return;
	}
	descriptor = rcs_sink_descriptor(sink);
	asked = palloc(sizeof(int) * (count + 1));
	for (int c = 0; c < ASK_COLUMNS; c++)
	{
		columns[c] = palloc(sizeof(Datum) * (count + 1));
		nulls[c] = palloc(sizeof(bool) * (count + 1));
	}
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *entry = rcs_sink_entry(sink, i);

		if (entry->fate == RCS_KNOWN)
			answer(load, entry->id);
		if (entry->fate != RCS_NEW)
			continue;
		ask(sink, entry, descriptor, columns, nulls, asked_count);
		asked[asked_count++] = i;
	}
	if (asked_count == 0)
	{
		SPI_finish();
		return;
	}
	for (int c = 0; c < ASK_COLUMNS; c++)
	{
		types[3 + c] = array_types[c];
		values[3 + c] = array_of(columns[c], nulls[c], asked_count, element_types[c]);
	}
	answered = palloc(sizeof(Datum) * (load->elsewhere->answered_count + 1));
	for (uint64 i = 0; i < load->elsewhere->answered_count; i++)
		answered[i] = Int64GetDatum(load->elsewhere->answered[i]);
	types[3 + ASK_COLUMNS] = INT8ARRAYOID;
	values[3 + ASK_COLUMNS] = array_of(answered, NULL, (int) load->elsewhere->answered_count, INT8OID);
	if (SPI_execute_with_args("SELECT ordinal, bank_line_id, certain FROM reconcile.known_in_other_formats($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
							  4 + ASK_COLUMNS, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "known lines cannot be read");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		null;
		int32		ordinal = DatumGetInt32(rcs_cell(i, 1, &null));
		int64		known_id = DatumGetInt64(rcs_cell(i, 2, &null));
		RcsEntry   *entry;

		if (ordinal < 1 || ordinal > asked_count)
			elog(ERROR, "line %d was not asked for", ordinal);
		if (!DatumGetBool(rcs_cell(i, 3, &null)))
		{
			rcs_note_twin(load, asked[ordinal - 1], known_id);
			continue;
		}
		entry = rcs_sink_entry(sink, asked[ordinal - 1]);
		entry->fate = RCS_KNOWN;
		entry->id = known_id;
		answer(load, known_id);
	}
	SPI_finish();
}
