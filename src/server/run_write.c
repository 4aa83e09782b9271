/*
 * run_write.c - writes what a run found: matches and allocations in bulk, the rest by set-based statements.
 */
#include "run.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "amount.h"
#include "bulk.h"
#include "progress.h"
#include "query.h"

#define PROGRESS_MATCHES 4096

/* Columns of the tables written in bulk, in their order. */
enum
{
	MATCH_MERCHANT, MATCH_ID, MATCH_RECONCILIATION, MATCH_RUN, MATCH_RULE, MATCH_EVIDENCE, MATCH_SUGGESTION, MATCH_LEFT_COUNT,
	MATCH_RIGHT_COUNT, MATCH_LEFT_AMOUNT, MATCH_RIGHT_AMOUNT, MATCH_CURRENCY, MATCH_CANDIDATES, MATCH_LAG_LOW, MATCH_LAG_HIGH,
	MATCH_CONFIDENCE, MATCH_CHANCE, MATCH_COLUMNS
};
enum
{
	ALLOCATION_MERCHANT, ALLOCATION_POOL, ALLOCATION_ITEM, ALLOCATION_MATCH, ALLOCATION_SEQUENCE, ALLOCATION_LIVE, ALLOCATION_SIDE,
	ALLOCATION_AMOUNT, ALLOCATION_ITEM_AMOUNT, ALLOCATION_ALLOCATED, ALLOCATION_COLUMNS
};
enum
{
	SUGGESTION_MERCHANT, SUGGESTION_MATCH, SUGGESTION_SIDE, SUGGESTION_ITEM, SUGGESTION_AMOUNT, SUGGESTION_COLUMNS
};
enum
{
	ADJUSTMENT_MERCHANT, ADJUSTMENT_ID, ADJUSTMENT_KIND, ADJUSTMENT_ORDER, ADJUSTMENT_MATCH, ADJUSTMENT_AMOUNT, ADJUSTMENT_CURRENCY,
	ADJUSTMENT_NOTE, ADJUSTMENT_MADE_AT, ADJUSTMENT_MADE_BY, ADJUSTMENT_COLUMNS
};

enum
{
	RUNNER_UP_MERCHANT, RUNNER_UP_MATCH, RUNNER_UP_RANK, RUNNER_UP_SIDE, RUNNER_UP_ITEM, RUNNER_UP_CONFIDENCE, RUNNER_UP_COLUMNS
};

typedef struct Writer
{
	RcsRun	   *run;
	RcsBulk    *matches;
	RcsBulk    *allocations;
	RcsBulk    *suggestions;
	RcsBulk    *adjustments;
	RcsBulk    *runners_up;
	uint64		written;		/* items */
	Oid			match_sequence;
	Oid			adjustment_sequence;
	Datum		sides[2];		/* reconcile.side */
	MemoryContext row_context;	/* reset after each match */
} Writer;

static Oid
relation_oid(const char *name)
{
	return get_relname_relid(name, get_namespace_oid("reconcile", false));
}

static Datum
side_value(const char *label)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("side"),
									   ObjectIdGetDatum(get_namespace_oid("reconcile", false)));

	return GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type), CStringGetDatum(label));
}

int
rcs_run_decimals(RcsRun *run, uint16 currency)
{
	RcsCurrencies *currencies = &run->currencies;

	if (currency == 0)
		return 2;
	if (currencies->decimals[currency] < 0)
	{
		Oid			types[1] = {TEXTOID};
		Datum		values[1] = {CStringGetTextDatum(currencies->codes[currency])};
		bool		is_null;

		SPI_execute_with_args("SELECT exponent::int FROM reconcile.currency WHERE code = $1", 1, types, values, NULL, true, 1);
		currencies->decimals[currency] = SPI_processed == 1
			? DatumGetInt32(rcs_cell(0, 1, &is_null)) : 2;
		SPI_freetuptable(SPI_tuptable);
	}
	return currencies->decimals[currency];
}

static void
write_allocation(Writer *writer, RcSide side, RcIndex index, int64 match_id, int64 amount)
{
	RcsRun	   *run = writer->run;
	RcsFeed    *feed = &run->feeds[side];
	uint8		mark = rc_pool_mark(run->pool, side, index);
	int64		item_id = rc_pool_item_id(run->pool, side, index);
	RcsChain   *chain = mark & RCS_CHAINED ? rcs_feed_read_chain(feed, item_id) : NULL;
	int64		allocated_before = chain ? chain->allocated : 0;
	int64		remaining = rc_pool_given(run->pool, side, index) - (chain ? chain->this_run : 0);
	int			decimals = rcs_run_decimals(run, (uint16) rc_pool_currency(run->pool, side, index));
	bool		nulls[ALLOCATION_COLUMNS] = {0};
	Datum		values[ALLOCATION_COLUMNS];
	int32		sequence = (chain ? chain->sequence : 0) + 1;
	int32		live_count = (chain ? chain->live_count : 0) + 1;

	values[ALLOCATION_MERCHANT] = Int32GetDatum(run->merchant_id);
	values[ALLOCATION_POOL] = Int32GetDatum(feed->pool_id);
	values[ALLOCATION_ITEM] = Int64GetDatum(item_id);
	values[ALLOCATION_MATCH] = Int64GetDatum(match_id);
	values[ALLOCATION_SEQUENCE] = Int32GetDatum(sequence);
	values[ALLOCATION_LIVE] = Int32GetDatum(live_count);
	values[ALLOCATION_SIDE] = writer->sides[side];
	values[ALLOCATION_AMOUNT] = rcs_micro_to_numeric(amount, decimals);
	/* Mostly an item is allocated whole by its first match: one value serves three columns. */
	values[ALLOCATION_ITEM_AMOUNT] = remaining == amount && allocated_before == 0 ? values[ALLOCATION_AMOUNT]
		: rcs_micro_to_numeric(remaining + allocated_before, decimals);
	values[ALLOCATION_ALLOCATED] = allocated_before == 0 ? values[ALLOCATION_AMOUNT]
		: rcs_micro_to_numeric(allocated_before + amount, decimals);
	rcs_bulk_row(writer->allocations, values, nulls);
	/* A later rule of the same run may take more of the item. */
	if (amount != remaining)
	{
		rcs_feed_extend_chain(feed, item_id, sequence, live_count, amount);
		rc_pool_set_mark(run->pool, side, index, mark | RCS_CHAINED);
	}
}

static void
write_suggestion_item(Writer *writer, RcSide side, RcIndex index, int64 match_id, int64 amount)
{
	RcsRun	   *run = writer->run;
	bool		nulls[SUGGESTION_COLUMNS] = {0};
	Datum		values[SUGGESTION_COLUMNS];

	values[SUGGESTION_MERCHANT] = Int32GetDatum(run->merchant_id);
	values[SUGGESTION_MATCH] = Int64GetDatum(match_id);
	values[SUGGESTION_SIDE] = writer->sides[side];
	values[SUGGESTION_ITEM] = Int64GetDatum(rc_pool_item_id(run->pool, side, index));
	values[SUGGESTION_AMOUNT] = rcs_micro_to_numeric(amount, rcs_run_decimals(run, (uint16) rc_pool_currency(run->pool, side, index)));
	rcs_bulk_row(writer->suggestions, values, nulls);
}

/* The match row; returns its id. rule is NULL for followers. */
static int64
write_match_row(Writer *writer, const RcMatch *match, int evidence, const RcRule *rule, uint16 currency)
{
	RcsRun	   *run = writer->run;
	int			decimals = rcs_run_decimals(run, currency);
	bool		nulls[MATCH_COLUMNS] = {0};
	Datum		values[MATCH_COLUMNS];
	int64		match_id = nextval_internal(writer->match_sequence, false);

	values[MATCH_MERCHANT] = Int32GetDatum(run->merchant_id);
	values[MATCH_ID] = Int64GetDatum(match_id);
	values[MATCH_RECONCILIATION] = Int32GetDatum(run->reconciliation_id);
	values[MATCH_RUN] = Int64GetDatum(run->run_id);
	values[MATCH_RULE] = Int32GetDatum(rule ? rule->rule_id : 0);
	nulls[MATCH_RULE] = rule == NULL;
	values[MATCH_EVIDENCE] = Int16GetDatum((int16) evidence);
	values[MATCH_SUGGESTION] = BoolGetDatum(match->suggestion);
	values[MATCH_LEFT_COUNT] = Int32GetDatum((int32) match->left_count);
	values[MATCH_RIGHT_COUNT] = Int32GetDatum((int32) match->right_count);
	values[MATCH_LEFT_AMOUNT] = rcs_micro_to_numeric(match->left_sum, decimals);
	values[MATCH_RIGHT_AMOUNT] = match->right_sum == match->left_sum ? values[MATCH_LEFT_AMOUNT] : rcs_micro_to_numeric(match->right_sum, decimals);
	nulls[MATCH_CURRENCY] = currency == 0;
	values[MATCH_CURRENCY] = currency == 0 ? (Datum) 0 : CStringGetTextDatum(run->currencies.codes[currency]);
	values[MATCH_CANDIDATES] = Int32GetDatum((int32) match->candidates);
	nulls[MATCH_LAG_LOW] = match->lag_low == RC_NO_DATE;
	values[MATCH_LAG_LOW] = Int32GetDatum(match->lag_low);
	nulls[MATCH_LAG_HIGH] = match->lag_high == RC_NO_DATE;
	values[MATCH_LAG_HIGH] = Int32GetDatum(match->lag_high);
	values[MATCH_CONFIDENCE] = Float4GetDatum((float4) match->confidence / 1000000.0f);
	nulls[MATCH_CHANCE] = match->chance == 0;
	values[MATCH_CHANCE] = Float4GetDatum((float4) match->chance / 1000000.0f);
	rcs_bulk_row(writer->matches, values, nulls);
	return match_id;
}

const char *
rcs_run_adjustment(const RcsRun *run, const RcMatch *match)
{
	/* What an allocation in part leaves is still owed. */
	if (match->suggestion || match->difference == 0 || match->evidence == RC_EVIDENCE_KEY_PARTIAL)
		return NULL;
	return run->rule_words[match->rule].adjustment;
}

/* Posts the difference of a match; where the left items are orders, it counts for the last of them. */
static void
write_adjustment(Writer *writer, const RcMatch *match, const char *kind, int64 match_id, uint16 currency)
{
	RcsRun	   *run = writer->run;
	bool		nulls[ADJUSTMENT_COLUMNS] = {0};
	Datum		values[ADJUSTMENT_COLUMNS];
	bool		of_order = run->feeds[RC_LEFT].fact && strcmp(run->feeds[RC_LEFT].fact, "sales_order") == 0 && match->left_count > 0;

	values[ADJUSTMENT_MERCHANT] = Int32GetDatum(run->merchant_id);
	values[ADJUSTMENT_ID] = Int64GetDatum(nextval_internal(writer->adjustment_sequence, false));
	values[ADJUSTMENT_KIND] = CStringGetTextDatum(kind);
	nulls[ADJUSTMENT_ORDER] = !of_order;
	values[ADJUSTMENT_ORDER] = of_order
		? Int64GetDatum(rc_pool_item_id(run->pool, RC_LEFT, run->result.items[match->first_left + match->left_count - 1].index)) : (Datum) 0;
	values[ADJUSTMENT_MATCH] = Int64GetDatum(match_id);
	values[ADJUSTMENT_AMOUNT] = rcs_micro_to_numeric(match->difference, rcs_run_decimals(run, currency));
	nulls[ADJUSTMENT_CURRENCY] = currency == 0;
	values[ADJUSTMENT_CURRENCY] = currency == 0 ? (Datum) 0 : CStringGetTextDatum(run->currencies.codes[currency]);
	values[ADJUSTMENT_NOTE] = CStringGetTextDatum(psprintf("rule %s", run->rule_words[match->rule].name));
	values[ADJUSTMENT_MADE_AT] = TimestampTzGetDatum(run->started_at);
	values[ADJUSTMENT_MADE_BY] = CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false));
	rcs_bulk_row(writer->adjustments, values, nulls);
}

/* By item, then rule; of one item and rule the best stays first. */
static int
compare_runners_up(const void *left, const void *right)
{
	const RcRunnerUp *a = left;
	const RcRunnerUp *b = right;

	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->confidence != b->confidence)
		return a->confidence > b->confidence ? -1 : 1;
	return a->rival == b->rival ? 0 : a->rival < b->rival ? -1 : 1;
}

/* What else came into question for the one item that a match has of a side; returns how many. */
static int
write_runners_up(Writer *writer, const RcMatch *match, RcSide side, int64 match_id, int before)
{
	RcsRun	   *run = writer->run;
	RcIndex		index = run->result.items[side == RC_LEFT ? match->first_left : match->first_right].index;
	uint64		low = 0,
				high = run->result.runner_up_count;
	int			written = 0;

	while (low < high)
	{
		uint64		middle = low + (high - low) / 2;
		RcRunnerUp *r = &run->result.runners_up[middle];

		if (r->side < side || (r->side == side && (r->index < index || (r->index == index && r->rule < match->rule))))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < run->result.runner_up_count; low++)
	{
		RcRunnerUp *r = &run->result.runners_up[low];
		bool		nulls[RUNNER_UP_COLUMNS] = {0};
		Datum		values[RUNNER_UP_COLUMNS];

		if (r->side != side || r->index != index || r->rule != match->rule)
			break;
		written++;
		values[RUNNER_UP_MERCHANT] = Int32GetDatum(run->merchant_id);
		values[RUNNER_UP_MATCH] = Int64GetDatum(match_id);
		values[RUNNER_UP_RANK] = Int16GetDatum((int16) (before + written));
		values[RUNNER_UP_SIDE] = writer->sides[!side];
		values[RUNNER_UP_ITEM] = Int64GetDatum(rc_pool_item_id(run->pool, (RcSide) !side, r->rival));
		values[RUNNER_UP_CONFIDENCE] = Float4GetDatum((float4) r->confidence / 1000000.0f);
		rcs_bulk_row(writer->runners_up, values, nulls);
	}
	return written;
}

static void
write_match(Writer *writer, const RcMatch *match)
{
	RcsRun	   *run = writer->run;
	RcSide		known_side = match->left_count > 0 ? RC_LEFT : RC_RIGHT;
	uint64		known_item = match->left_count > 0 ? match->first_left : match->first_right;
	uint16		currency = (uint16) rc_pool_currency(run->pool, known_side, run->result.items[known_item].index);
	int64		match_id = write_match_row(writer, match, match->evidence, &run->rules[match->rule], currency);
	const char *adjustment = rcs_run_adjustment(run, match);

	if (adjustment)
		write_adjustment(writer, match, adjustment, match_id, currency);
	if (match->candidates > 1 && match->left_count == 1 && match->right_count == 1)
		(void) write_runners_up(writer, match, RC_RIGHT, match_id, write_runners_up(writer, match, RC_LEFT, match_id, 0));
	for (int side = 0; side < 2; side++)
	{
		uint64		first = side == RC_LEFT ? match->first_left : match->first_right;
		uint64		count = side == RC_LEFT ? match->left_count : match->right_count;

		for (uint64 i = first; i < first + count; i++)
		{
			RcMatchedItem *item = &run->result.items[i];

			if (match->suggestion)
				write_suggestion_item(writer, side, item->index, match_id, item->amount);
			else
				write_allocation(writer, side, item->index, match_id, item->amount);
		}
	}
}

static void
write_followers(Writer *writer)
{
	RcsRun	   *run = writer->run;
	uint64		i = 0;

	while (i < run->follower_count)
	{
		uint64		end = i + 1;
		RcMatch		match = {.candidates = 1, .lag_low = RC_NO_DATE, .lag_high = RC_NO_DATE, .confidence = 1000000};
		int64		match_id;

		while (end < run->follower_count && run->followers[end].leader == run->followers[i].leader)
			end++;
		match.right_count = end - i;
		match_id = write_match_row(writer, &match, RCS_EVIDENCE_FOLLOWS, NULL, (uint16) rc_pool_currency(run->pool, RC_RIGHT, run->followers[i].index));
		for (; i < end; i++)
			write_allocation(writer, RC_RIGHT, run->followers[i].index, match_id, rc_pool_given(run->pool, RC_RIGHT, run->followers[i].index));
	}
}

/* Tables stay open from the first match of a run to its last: many rows are worth building the indexes anew, once. */
static void
open_writer(RcsRun *run)
{
	Writer	   *writer = palloc0(sizeof(Writer));
	uint64		matches = run->parts ? run->feeds[RC_LEFT].spilled : run->result.match_count;
	uint64		items = run->parts ? run->feeds[RC_LEFT].spilled + run->feeds[RC_RIGHT].spilled : (uint64) (run->matched[RC_LEFT] + run->matched[RC_RIGHT]);

	run->run_id = nextval_internal(relation_oid("run_log_run_id_seq"), false);
	writer->run = run;
	writer->match_sequence = relation_oid("match_group_match_id_seq");
	writer->sides[RC_LEFT] = side_value("left");
	writer->sides[RC_RIGHT] = side_value("right");
	writer->matches = rcs_bulk_begin("match_group", MATCH_COLUMNS, matches);
	writer->allocations = rcs_bulk_begin("allocation", ALLOCATION_COLUMNS, items);
	writer->suggestions = rcs_bulk_begin("suggestion_item", SUGGESTION_COLUMNS, 2 * run->suggestions);
	writer->adjustment_sequence = relation_oid("adjustment_adjustment_id_seq");
	writer->adjustments = rcs_bulk_begin("adjustment", ADJUSTMENT_COLUMNS, 0);
	writer->runners_up = rcs_bulk_begin("match_runner_up", RUNNER_UP_COLUMNS, run->result.runner_up_count);
	writer->row_context = AllocSetContextCreate(CurrentMemoryContext, "reconcile match row", ALLOCSET_DEFAULT_SIZES);
	run->writer = writer;
}

static void
close_writer(RcsRun *run)
{
	Writer	   *writer = run->writer;

	rcs_bulk_end(writer->runners_up);
	rcs_bulk_end(writer->adjustments);
	rcs_bulk_end(writer->suggestions);
	rcs_bulk_end(writer->allocations);
	rcs_bulk_end(writer->matches);
	MemoryContextDelete(writer->row_context);
	pfree(writer);
	run->writer = NULL;
}

void
rcs_run_write_matches(RcsRun *run)
{
	MemoryContext caller = CurrentMemoryContext;
	Writer	   *writer;

	if (!run->writer)
		open_writer(run);
	writer = run->writer;
	if (run->result.runner_up_count > 0)
		qsort(run->result.runners_up, run->result.runner_up_count, sizeof(RcRunnerUp), compare_runners_up);
	for (int c = 1; c < run->currencies.count; c++)
		rcs_run_decimals(run, (uint16) c);
	for (uint64 m = 0; m < run->result.match_count; m++)
	{
		if (run->standing[m])
			continue;
		MemoryContextSwitchTo(writer->row_context);
		write_match(writer, &run->result.matches[m]);
		writer->written += run->result.matches[m].left_count + run->result.matches[m].right_count;
		if (m % PROGRESS_MATCHES == 0)
			rcs_progress_set(RCS_PROGRESS_ROWS_DONE, writer->written);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(writer->row_context);
	}
}

/* Items that stood open and that the source now shows otherwise, or no more. */
static void
follow_source(RcsRun *run, RcSide side)
{
	RcsFeed    *feed = &run->feeds[side];
	uint64		items = rcs_feed_count(feed);
	uint64		space = items + run->closed_count[side] + 1;
	int64	   *item_ids = MemoryContextAllocHuge(CurrentMemoryContext, space * sizeof(int64));
	Datum	   *amounts = MemoryContextAllocHuge(CurrentMemoryContext, space * sizeof(Datum));
	bool	   *nulls = MemoryContextAllocHuge(CurrentMemoryContext, space);
	uint64		count = 0;
	Oid			types[5] = {INT4OID, INT4OID, INT8ARRAYOID, NUMERICARRAYOID, INT8OID};
	Datum		values[5] = {Int32GetDatum(run->merchant_id), Int32GetDatum(feed->pool_id), 0, 0, Int64GetDatum(run->run_id)};
	int			dims[1];
	int			lower[1] = {1};

	for (uint64 i = 0; i < items; i++)
	{
		if ((rc_pool_mark(run->pool, side, (RcIndex) i) & (RCS_WAS_OPEN | RCS_NAMED)) != RCS_WAS_OPEN)
			continue;
		item_ids[count] = rc_pool_item_id(run->pool, side, (RcIndex) i);
		nulls[count] = run->taken[side][i] != RC_OPEN;
		amounts[count] = nulls[count] ? (Datum) 0 : rcs_micro_to_numeric(rc_pool_residual(run->pool, side, (RcIndex) i), rcs_run_decimals(run, (uint16) rc_pool_currency(run->pool, side, (RcIndex) i)));
		count++;
	}
	for (uint64 i = 0; i < run->closed_count[side]; i++)
	{
		item_ids[count] = run->closed[side][i];
		amounts[count] = (Datum) 0;
		nulls[count++] = true;
	}
	values[2] = rcs_bigint_array(item_ids, count);
	dims[0] = (int) count;
	values[3] = PointerGetDatum(count == 0 ? construct_empty_array(NUMERICOID)
								: construct_md_array(amounts, nulls, 1, dims, lower, NUMERICOID, -1, false, TYPALIGN_INT));
	rcs_execute("SELECT reconcile.follow_source($1, $2, $3, $4, format('changed in its source, seen by run %s', $5))", 5, types, values, NULL);
	pfree(item_ids);
	pfree(amounts);
	pfree(nulls);
}

/* Brings open_balance up to date: items that closed leave it, items that stay open enter it or change their amount. */
static void
write_open_items(RcsRun *run, RcSide side)
{
	RcsFeed    *feed = &run->feeds[side];
	uint64		space = rcs_feed_count(feed) + run->closed_count[side] + 1;
	int64	   *changed = MemoryContextAllocHuge(CurrentMemoryContext, space * sizeof(int64));
	uint64		changed_count = 0;
	int64	   *answered = MemoryContextAllocHuge(CurrentMemoryContext, space * sizeof(int64));
	uint64		answered_count = 0;
	Oid			types[5] = {INT4OID, INT4OID, INT8ARRAYOID};
	Datum		values[5] = {Int32GetDatum(run->merchant_id), Int32GetDatum(feed->pool_id)};

	for (uint64 i = 0; i < rcs_feed_count(feed); i++)
	{
		int64		item_id = rc_pool_item_id(run->pool, side, (RcIndex) i);
		uint8		mark = rc_pool_mark(run->pool, side, (RcIndex) i);
		bool		was_open = (mark & RCS_WAS_OPEN) != 0;

		if (mark & RCS_NAMED)
			continue;
		if (was_open ? run->taken[side][i] != RC_OPEN : run->taken[side][i] != RC_TAKEN)
			changed[changed_count++] = item_id;
		if (was_open && run->taken[side][i] == RC_TAKEN)
			answered[answered_count++] = item_id;
	}
	for (uint64 i = 0; i < run->closed_count[side]; i++)
		changed[changed_count++] = answered[answered_count++] = run->closed[side][i];
	if (changed_count > 0)
	{
		values[2] = rcs_bigint_array(changed, changed_count);
		rcs_execute("SELECT reconcile.refresh_open_balance($1, $2, $3)", 3, types, values, NULL);
	}
	if (answered_count > 0)
	{
		Oid			close_types[4] = {INT4OID, INT4OID, INT8ARRAYOID, INT8OID};
		Datum		close_values[4] = {values[0], values[1], rcs_bigint_array(answered, answered_count), Int64GetDatum(run->run_id)};

		rcs_execute("SELECT reconcile.close_exceptions($1, $2, $3, format('matched by run %s', $4))", 4, close_types, close_values, NULL);
	}
	{
		ListCell   *import;

		foreach(import, run->new_imports[side])
		{
			Oid			import_types[3] = {INT4OID, INT4OID, INT8OID};
			Datum		import_values[3] = {values[0], values[1], Int64GetDatum(*(int64 *) lfirst(import))};

			rcs_execute("INSERT INTO reconcile.pool_import (merchant_id, pool_id, import_id) VALUES ($1, $2, $3)", 3, import_types, import_values, NULL);
		}
	}
	pfree(changed);
	pfree(answered);
}

static void
retire_suggestions(RcsRun *run)
{
	Oid			types[3] = {INT4OID, INT4OID, INT8OID};
	Datum		values[3] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id), Int64GetDatum(run->run_id)};

	rcs_execute("SELECT reconcile.retire_suggestions($1, $2, format('overtaken by run %s', $3))", 3, types, values, NULL);
}

static void
write_run_row(RcsRun *run)
{
	Oid			types[18] = {INT4OID, INT8OID, INT4OID, DATEOID, DATEOID, DATEOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
	NUMERICOID, NUMERICOID, TIMESTAMPTZOID, NUMERICOID, TEXTOID};
	Datum		values[18];
	char		nulls[19] = "                  ";

	values[0] = Int32GetDatum(run->merchant_id);
	values[1] = Int64GetDatum(run->run_id);
	values[2] = Int32GetDatum(run->reconciliation_id);
	values[3] = DateADTGetDatum(run->date_from);
	values[4] = DateADTGetDatum(run->date_to);
	nulls[3] = run->has_from ? ' ' : 'n';
	nulls[4] = run->has_to ? ' ' : 'n';
	values[5] = DateADTGetDatum(run->business_date);
	values[6] = Int64GetDatum(run->items[RC_LEFT]);
	values[7] = Int64GetDatum(run->items[RC_RIGHT]);
	values[8] = Int64GetDatum(run->matches);
	values[9] = Int64GetDatum(run->matched[RC_LEFT]);
	values[10] = Int64GetDatum(run->matched[RC_RIGHT]);
	values[11] = Int64GetDatum(run->suggestions);
	values[12] = Int64GetDatum(run->exceptions_opened);
	values[13] = rcs_micro_to_numeric(run->matched_amount, 2);
	values[14] = rcs_micro_to_numeric(run->open_amount, 2);
	values[15] = TimestampTzGetDatum(run->started_at);
	values[16] = rcs_micro_to_numeric(run->adjusted_amount, 2);
	if (run->models)
		values[17] = CStringGetTextDatum(run->models);
	nulls[17] = run->models ? ' ' : 'n';
	rcs_execute("INSERT INTO reconcile.run_log (merchant_id, run_id, reconciliation_id, date_from, date_to, business_date, left_items, right_items, matches, "
			"matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount, started_at, finished_at, adjusted_amount, models) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, clock_timestamp(), $17, $18::jsonb)", 18, types, values, nulls);
}

void
rcs_run_write(RcsRun *run)
{
	rcs_progress_phase(RCS_RUN_WRITING_MATCHES, 0);
	rcs_run_write_matches(run);
	write_followers(run->writer);
	close_writer(run);
	CommandCounterIncrement();
	rcs_progress_phase(RCS_RUN_WRITING_OPEN_ITEMS, 0);
	follow_source(run, RC_LEFT);
	follow_source(run, RC_RIGHT);
	write_open_items(run, RC_LEFT);
	write_open_items(run, RC_RIGHT);
	retire_suggestions(run);
	rcs_progress_phase(RCS_RUN_WRITING_EXCEPTIONS, 0);
	run->exceptions_opened = rcs_run_exceptions(run);
	rcs_run_write_difference_parts(run);
	write_run_row(run);
}
