/*
 * feed.c - from a source relation to a side of the pool, straight out of the executor.
 */
#include "feed.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "amount.h"
#include "progress.h"
#include "scan.h"
#include "settings.h"
#include "support.h"

#define SH_PREFIX chain
#define SH_ELEMENT_TYPE RcsChain
#define SH_KEY_TYPE int64
#define SH_KEY item_id
#define SH_HASH_KEY(table, key) ((uint32) murmurhash64((uint64) (key)))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE

/* simplehash wants a 32-bit hash; murmurhash64 is not in 15's hashfn.h. */
static inline uint64
murmurhash64(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}
#include "lib/simplehash.h"

#define KEY_SEPARATOR "\x1f"
#define MAX_KEY_COLUMNS 32
#define LOOK_AROUND_ITEMS 4096

/* How a key column comes out of the executor. */
typedef enum KeyForm
{
	KEY_TEXT,
	KEY_INT2,
	KEY_INT4,
	KEY_INT8
} KeyForm;

/* The digits of a key column's last integer: shops and accounts repeat. */
typedef struct KeyDigits
{
	int64		value;
	int			length;			/* 0: none yet */
	char		digits[24];
} KeyDigits;

typedef struct FeedReceiver
{
	DestReceiver public;
	RcsFeed    *feed;
	bool		was_open;
	int			date_column,	/* positions in the row, -1: the source has none */
				amount_column,
				compare_column,
				currency_column,
				expects_column,
				first_text,
				text_count,
				first_key,
				key_count;
	KeyForm		key_forms[MAX_KEY_COLUMNS];
	KeyDigits	key_digits[MAX_KEY_COLUMNS];
	int			keyset_lengths[RC_MAX_KEYSETS];
	int			keyset_columns[RC_MAX_KEYSETS][MAX_KEY_COLUMNS];
	StringInfoData keys[RC_MAX_KEYSETS];
	StringInfoData text;
	uint32		last_currency;
	RcItemInput input;
	RcStatus	status;
} FeedReceiver;

static int
position_of(List **columns, const char *column)
{
	ListCell   *cell;

	foreach(cell, *columns)
	{
		if (strcmp(lfirst(cell), column) == 0)
			return foreach_current_index(cell);
	}
	*columns = lappend(*columns, pstrdup(column));
	return list_length(*columns) - 1;
}

int
rcs_feed_keyset(RcsFeed *feed, List *columns)
{
	List	   *positions = NIL;
	ListCell   *cell;

	if (columns == NIL)
		return -1;
	foreach(cell, columns)
		positions = lappend_int(positions, position_of(&feed->key_columns, lfirst(cell)));
	for (int i = 0; i < feed->keyset_count; i++)
		if (equal(feed->keysets[i], positions))
			return i;
	if (feed->keyset_count == RC_MAX_KEYSETS || list_length(feed->key_columns) > MAX_KEY_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the rules of one reconciliation use more than %d different keys of one side", RC_MAX_KEYSETS)));
	feed->keysets[feed->keyset_count] = positions;
	return feed->keyset_count++;
}

/* The bytes of a text or numeric value, detoasted when need be; short ones stand in the row as they are. */
static inline const char *
bytes_of(Datum value, uint32 *length)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(value);

	if (!VARATT_IS_1B(packed) || VARATT_IS_1B_E(packed))
		packed = pg_detoast_datum_packed(packed);
	*length = VARSIZE_ANY_EXHDR(packed);
	return VARDATA_ANY(packed);
}

static uint32
intern_currency(FeedReceiver *receiver, Datum datum)
{
	RcsCurrencies *currencies = receiver->feed->currencies;
	uint32		length;
	const char *code = bytes_of(datum, &length);
	char		name[8] = {0};

	if (length >= sizeof(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("currency \"%s\" of a source is no currency code", pnstrdup(code, length))));
	for (uint32 i = 0; i < length; i++)
		name[i] = code[i];
	if (receiver->last_currency > 0 && memcmp(currencies->codes[receiver->last_currency], name, sizeof(name)) == 0)
		return receiver->last_currency;
	for (int i = 1; i < currencies->count; i++)
		if (memcmp(currencies->codes[i], name, sizeof(name)) == 0)
			return receiver->last_currency = i;
	if (currencies->count == lengthof(currencies->codes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a source has more than %d different currencies", (int) lengthof(currencies->codes) - 1)));
	memcpy(currencies->codes[currencies->count], name, sizeof(name));
	currencies->decimals[currencies->count] = -1;	/* the writer looks it up */
	return receiver->last_currency = currencies->count++;
}

static inline void
append_bytes(StringInfo buffer, const char *bytes, uint32 length)
{
	if (unlikely(buffer->len + (int64) length >= buffer->maxlen))
		enlargeStringInfo(buffer, length);	/* refuses more than a gigabyte */
	memcpy(buffer->data + buffer->len, bytes, length);
	buffer->len += length;
}

static inline void
append_integer(StringInfo buffer, KeyDigits *last, int64 value)
{
	if (last->length == 0 || last->value != value)
	{
		last->value = value;
		last->length = pg_lltoa(value, last->digits);
	}
	append_bytes(buffer, last->digits, last->length);
}

/* Joins the key columns of a keyset; false when one is null or empty: such an item has no key. */
static inline bool
build_key(FeedReceiver *receiver, const Datum *values, const bool *nulls, int keyset)
{
	StringInfo	key = &receiver->keys[keyset];

	key->len = 0;
	for (int i = 0; i < receiver->keyset_lengths[keyset]; i++)
	{
		int			column = receiver->keyset_columns[keyset][i];
		int			position = receiver->first_key + column;
		Datum		value = values[position];
		uint32		length;
		const char *bytes;

		if (nulls[position])
			return false;
		if (i > 0)
			append_bytes(key, KEY_SEPARATOR, 1);
		switch (receiver->key_forms[column])
		{
			case KEY_INT2:
				append_integer(key, &receiver->key_digits[column], DatumGetInt16(value));
				break;
			case KEY_INT4:
				append_integer(key, &receiver->key_digits[column], DatumGetInt32(value));
				break;
			case KEY_INT8:
				append_integer(key, &receiver->key_digits[column], DatumGetInt64(value));
				break;
			case KEY_TEXT:
				bytes = bytes_of(value, &length);
				if (length == 0)
					return false;
				append_bytes(key, bytes, length);
				break;
		}
	}
	return true;
}

static void
build_text(FeedReceiver *receiver, const Datum *values, const bool *nulls)
{
	receiver->text.len = 0;
	for (int i = 0; i < receiver->text_count; i++)
	{
		int			position = receiver->first_text + i;
		uint32		length;
		const char *bytes;

		if (nulls[position])
			continue;
		if (receiver->text.len > 0)
			append_bytes(&receiver->text, "\n", 1);
		bytes = bytes_of(values[position], &length);
		append_bytes(&receiver->text, bytes, length);
	}
	receiver->input.text = receiver->text.data;
	receiver->input.text_length = receiver->text.len;
}

/* Every so many items: what is reported and bounded. */
static void
look_around(RcsFeed *feed)
{
	uint64		count = rcs_feed_count(feed);

	rcs_progress_set(RCS_PROGRESS_ROWS_TOTAL, rc_pool_count(feed->pool, RC_LEFT) + rc_pool_count(feed->pool, RC_RIGHT));
	if (rcs_work_memory > 0 && rc_pool_bytes(feed->pool) > (size_t) rcs_work_memory * 1024 * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the run needs more memory than reconcile.work_memory allows (%d MB)", rcs_work_memory),
				 errdetail("%llu items of %s were read so far.", (unsigned long long) count, feed->source_name),
				 errhint("Raise reconcile.work_memory, or import in smaller batches with a run after each: a run holds only what is new or open.")));
}

static void
take_item(void *context, const Datum *values, const bool *nulls)
{
	FeedReceiver *receiver = context;
	RcsFeed    *feed = receiver->feed;
	RcItemInput *input = &receiver->input;
	RcsChain   *chain = NULL;
	int64		amount = 0;
	bool		expects_match;

	if (nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("source %s has a row without item_id", feed->source_name)));
	input->item_id = DatumGetInt64(values[0]);
	if (receiver->amount_column >= 0 && !nulls[receiver->amount_column])
		amount = rcs_micro(values[receiver->amount_column], "amount", input->item_id);
	input->compare = amount;
	if (receiver->compare_column >= 0)
	{
		if (nulls[receiver->compare_column])
			input->compare = 0;
		else if (receiver->amount_column < 0 || nulls[receiver->amount_column] ||
				 values[receiver->compare_column] != values[receiver->amount_column])
			input->compare = rcs_micro(values[receiver->compare_column], "compared amount", input->item_id);
	}
	if (feed->chains && feed->chains->members > 0)
		chain = chain_lookup(feed->chains, input->item_id);
	if (chain && chain->live_count > 0)
	{
		if (chain->allocated == amount)
			return;				/* closed */
		/* What is compared is what is left, where the two are the same thing. */
		if (input->compare == amount)
			input->compare = amount - chain->allocated;
		amount -= chain->allocated;
	}
	input->amount = amount;
	input->date = receiver->date_column >= 0 && !nulls[receiver->date_column]
		&& !DATE_NOT_FINITE(DatumGetDateADT(values[receiver->date_column]))
		? DatumGetDateADT(values[receiver->date_column]) : RC_NO_DATE;
	input->currency = receiver->currency_column >= 0 && !nulls[receiver->currency_column]
		? intern_currency(receiver, values[receiver->currency_column]) : 0;
	input->active = input->date == RC_NO_DATE
		|| ((!feed->has_from || input->date >= feed->date_from) && (!feed->has_to || input->date <= feed->date_to));
	/* Nothing is expected to answer an amount of nothing; where a source has no amounts, each item expects its counterpart. */
	expects_match = receiver->expects_column < 0 || nulls[receiver->expects_column] ? receiver->amount_column < 0 || amount != 0
		: DatumGetBool(values[receiver->expects_column]);
	input->mark = (expects_match ? RCS_EXPECTS_MATCH : 0) | (receiver->was_open ? RCS_WAS_OPEN : 0) | (chain ? RCS_CHAINED : 0) |
		(input->active ? RCS_ACTIVE : 0) | (input->compare != 0 ? RCS_COMPARED : 0);
	if (receiver->text_count > 0)
		build_text(receiver, values, nulls);
	for (int k = 0; k < feed->keyset_count; k++)
	{
		bool		has_key = build_key(receiver, values, nulls, k);

		input->key[k] = has_key ? receiver->keys[k].data : NULL;
		input->key_length[k] = receiver->keys[k].len;
	}
	if (rc_pool_add(feed->pool, feed->side, input, &receiver->status) != RC_OK)
		rcs_raise(&receiver->status, NULL);
	if (rcs_feed_count(feed) % LOOK_AROUND_ITEMS == 0)
		look_around(feed);
}

static bool
receive_item(TupleTableSlot *slot, DestReceiver *self)
{
	slot_getallattrs(slot);
	take_item(self, slot->tts_values, slot->tts_isnull);
	return true;
}

static void
receiver_startup(DestReceiver *self pg_attribute_unused(), int operation pg_attribute_unused(), TupleDesc descriptor pg_attribute_unused())
{
}

static void
receiver_nothing(DestReceiver *self pg_attribute_unused())
{
}

/* Appends "s.column::type" when the source has the column, and returns its position in the row, or -1. */
static int
select_column(StringInfo query, RcsFeed *feed, const char *column, const char *type, int *width)
{
	if (get_attnum(feed->source, column) <= 0)
		return -1;
	appendStringInfo(query, ", s.%s::%s", quote_identifier(column), type);
	return (*width)++;
}

static KeyForm
select_key(StringInfo query, RcsFeed *feed, const char *column)
{
	Oid			type = get_atttype(feed->source, get_attnum(feed->source, column));

	appendStringInfo(query, ", s.%s%s", quote_identifier(column),
					 type == INT2OID || type == INT4OID || type == INT8OID || type == TEXTOID || type == VARCHAROID ? "" : "::text");
	return type == INT2OID ? KEY_INT2 : type == INT4OID ? KEY_INT4 : type == INT8OID ? KEY_INT8 : KEY_TEXT;
}

/* Plans a query with its parameters as constants, and reads it: straight from the pages when it is a plain scan, else by the executor. */
static void
read_query(FeedReceiver *receiver, const char *text, ParamListInfo parameters)
{
	Oid		   *types = palloc(sizeof(Oid) * parameters->numParams);
	List	   *queries;
	PlannedStmt *plan;
	QueryDesc  *query;
	RcsScan    *scan;

	for (int i = 0; i < parameters->numParams; i++)
		types[i] = parameters->params[i].ptype;
	queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, pg_parse_query(text)), text, types, parameters->numParams, NULL);
	/* A rule on a source could make it something else. */
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("source %s cannot be read by one query", receiver->feed->source_name)));
	plan = pg_plan_query(linitial_node(Query, queries), text, 0, parameters);
	query = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot, &receiver->public, parameters, NULL, 0);
	ExecutorStart(query, 0);
	scan = rcs_scan_begin(query);
	if (scan != NULL)
	{
		rcs_scan_rows(scan, 0, rcs_scan_blocks(scan), take_item, receiver);
		rcs_scan_end(scan);
	}
	else
		ExecutorRun(query, ForwardScanDirection, 0, true);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
}

void
rcs_feed_query(RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments, bool was_open)
{
	FeedReceiver receiver = {0};
	StringInfoData query;
	ParamListInfo parameters = makeParamList(argument_count + 1);
	ListCell   *cell;
	int			width = 1;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT s.item_id::bigint");
	receiver.date_column = select_column(&query, feed, "item_date", "date", &width);
	receiver.amount_column = select_column(&query, feed, "amount", "numeric", &width);
	/* Goods are counted. */
	if (receiver.amount_column < 0)
		receiver.amount_column = select_column(&query, feed, "quantity", "numeric", &width);
	receiver.compare_column = feed->compare_column ? select_column(&query, feed, feed->compare_column, "numeric", &width) : -1;
	receiver.currency_column = select_column(&query, feed, "currency", "text", &width);
	receiver.expects_column = select_column(&query, feed, "expects_match", "boolean", &width);
	receiver.first_text = width;
	foreach(cell, feed->text_columns)
		if (select_column(&query, feed, lfirst(cell), "text", &width) >= 0)
			receiver.text_count++;
	receiver.first_key = width;
	foreach(cell, feed->key_columns)
		receiver.key_forms[receiver.key_count++] = select_key(&query, feed, lfirst(cell));
	appendStringInfo(&query, " FROM %s WHERE %s", from, where);
	/* The source's merchant column is what row security and partitioning go by. */
	if (feed->has_merchant)
		appendStringInfoString(&query, " AND s.merchant_id = $1");

	receiver.public.receiveSlot = receive_item;
	receiver.public.rStartup = receiver_startup;
	receiver.public.rShutdown = receiver_nothing;
	receiver.public.rDestroy = receiver_nothing;
	receiver.public.mydest = DestTuplestore;
	receiver.feed = feed;
	receiver.was_open = was_open;
	rc_status_reset(&receiver.status);
	initStringInfo(&receiver.text);
	for (int k = 0; k < feed->keyset_count; k++)
	{
		initStringInfo(&receiver.keys[k]);
		foreach(cell, feed->keysets[k])
			receiver.keyset_columns[k][receiver.keyset_lengths[k]++] = lfirst_int(cell);
	}

	for (int i = 0; i <= argument_count; i++)
	{
		parameters->params[i].value = i == 0 ? Int32GetDatum(feed->merchant_id) : Int64GetDatum(arguments[i - 1]);
		parameters->params[i].ptype = i == 0 ? INT4OID : INT8OID;
		parameters->params[i].isnull = false;
		parameters->params[i].pflags = PARAM_FLAG_CONST;
	}
	read_query(&receiver, query.data, parameters);
}

static void
load_chain_rows(RcsFeed *feed, const char *query, int argument_count, Oid *types, Datum *values)
{
	Portal		portal = SPI_cursor_open_with_args(NULL, query, argument_count, types, values, NULL, true, 0);

	for (;;)
	{
		SPI_cursor_fetch(portal, true, 10000);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	tuple = SPI_tuptable->vals[i];
			TupleDesc	descriptor = SPI_tuptable->tupdesc;
			bool		is_null;
			bool		found;
			int64		item_id = DatumGetInt64(SPI_getbinval(tuple, descriptor, 1, &is_null));
			RcsChain   *chain = chain_insert(feed->chains, item_id, &found);

			chain->sequence = DatumGetInt32(SPI_getbinval(tuple, descriptor, 2, &is_null));
			chain->live_count = DatumGetInt32(SPI_getbinval(tuple, descriptor, 3, &is_null));
			chain->allocated = rcs_micro(SPI_getbinval(tuple, descriptor, 4, &is_null), "allocation", item_id);
			chain->this_run = 0;
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
}

void
rcs_feed_load_chains(RcsFeed *feed, bool only_open_and_new, List *new_imports)
{
	Oid			types[4] = {INT4OID, INT4OID, INT8OID, INT8OID};
	Datum		values[4] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), 0, 0};
	ListCell   *cell;

	feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	if (!only_open_and_new)
	{
		load_chain_rows(feed, "SELECT DISTINCT ON (item_id) item_id, sequence, live_count, allocated FROM reconcile.allocation "
						"WHERE merchant_id = $1 AND pool_id = $2 ORDER BY item_id, sequence DESC", 2, types, values);
		return;
	}
	/* A look-up for each open item: the planner, who may know nothing of the tables yet, must not read the history instead. */
	load_chain_rows(feed, "SELECT o.item_id, a.sequence, a.live_count, a.allocated FROM reconcile.open_balance o CROSS JOIN LATERAL "
					"(SELECT x.sequence, x.live_count, x.allocated FROM reconcile.allocation x WHERE x.merchant_id = o.merchant_id "
					"AND x.pool_id = o.pool_id AND x.item_id = o.item_id ORDER BY x.sequence DESC LIMIT 1) a "
					"WHERE o.merchant_id = $1 AND o.pool_id = $2", 2, types, values);
	foreach(cell, new_imports)
	{
		int64	   *range = lfirst(cell);	/* import_id, first_id, last_id */

		values[2] = Int64GetDatum(range[1]);
		values[3] = Int64GetDatum(range[2]);
		load_chain_rows(feed, "SELECT DISTINCT ON (item_id) item_id, sequence, live_count, allocated FROM reconcile.allocation "
						"WHERE merchant_id = $1 AND pool_id = $2 AND item_id BETWEEN $3 AND $4 ORDER BY item_id, sequence DESC", 4, types, values);
	}
}

void
rcs_feed_load_decided(RcsFeed *feed, int32 reconciliation_id)
{
	Oid			types[3] = {INT4OID, INT4OID, INT4OID};
	Datum		values[3] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), Int32GetDatum(reconciliation_id)};

	feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	load_chain_rows(feed, "SELECT a.item_id, 1, 1, sum(a.amount) FROM reconcile.allocation a "
					"WHERE a.merchant_id = $1 AND a.pool_id = $2 AND NOT EXISTS (SELECT FROM reconcile.match_group g "
					"WHERE g.merchant_id = a.merchant_id AND g.match_id = a.match_id AND g.reconciliation_id = $3 AND g.run_id IS NOT NULL "
					"AND NOT EXISTS (SELECT FROM reconcile.match_event e "
					"WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event = 'confirmed')) "
					"GROUP BY a.item_id HAVING sum(a.amount) <> 0", 3, types, values);
}

RcsChain *
rcs_feed_chain(RcsFeed *feed, int64 item_id)
{
	return feed->chains ? chain_lookup(feed->chains, item_id) : NULL;
}

void
rcs_feed_extend_chain(RcsFeed *feed, int64 item_id, int32 sequence, int32 live_count, int64 amount)
{
	bool		found;
	RcsChain   *chain = chain_insert(feed->chains, item_id, &found);

	if (!found)
		chain->allocated = chain->this_run = 0;
	chain->sequence = sequence;
	chain->live_count = live_count;
	chain->allocated += amount;
	chain->this_run += amount;
}

void
rcs_feed_mark_open(RcsFeed *feed)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id)};
	struct chain_hash *open = chain_create(CurrentMemoryContext, 1024, NULL);
	struct chain_hash *chains = feed->chains;

	/* The same loader fills a table of its own. */
	feed->chains = open;
	load_chain_rows(feed, "SELECT item_id, 0, 0, 0::numeric FROM reconcile.open_balance WHERE merchant_id = $1 AND pool_id = $2", 2, types, values);
	feed->chains = chains;
	if (open->members > 0)
		for (uint64 i = 0; i < rcs_feed_count(feed); i++)
			if (chain_lookup(open, rc_pool_item_id(feed->pool, feed->side, (RcIndex) i)) != NULL)
				rc_pool_set_mark(feed->pool, feed->side, (RcIndex) i, rc_pool_mark(feed->pool, feed->side, (RcIndex) i) | RCS_WAS_OPEN);
	chain_destroy(open);
}
