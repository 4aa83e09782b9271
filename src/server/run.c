/*
 * run.c - one run of one reconciliation: reads definition and items, lets the engine match, judges what stays open.
 *
 * A run reads what is open and what is new: open_balance names the open items, pool_import the imports a pool has taken in. Sources that do
 * not say from which import a row came are read whole. All reads use the snapshot of the calling statement, taken after run() locked the pools.
 */
#include "run.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "optimizer/cost.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "../base/hash.h"
#include "amount.h"
#include "model.h"
#include "progress.h"
#include "query.h"
#include "run_crew.h"
#include "run_parts.h"
#include "settings.h"
#include "support.h"

PG_FUNCTION_INFO_V1(reconcile_run_one);
extern PGDLLEXPORT Datum reconcile_run_one(PG_FUNCTION_ARGS);

/* Room made at first, in items; an item takes some 60 bytes besides its keys and texts. */
#define ITEMS_PER_MEGABYTE 10000
#define MAX_ROOM INT64CONST(100000000)
#define GUESSED_ROOM INT64CONST(1000000)

Datum
rcs_bigint_array(const int64 *values, uint64 count)
{
	Datum	   *elements = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(Datum));
	ArrayType  *array;

	if (count > INT_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a run cannot open or close more than %d items of one side", INT_MAX)));
	for (uint64 i = 0; i < count; i++)
		elements[i] = Int64GetDatum(values[i]);
	array = construct_array(elements, (int) count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	pfree(elements);
	return PointerGetDatum(array);
}

/* Imports that brought rows of the fact table behind a side and that its pool has not taken in. */
static List *
find_new_imports(RcsFeed *feed, bool *first_time)
{
	Oid			types[3] = {INT4OID, INT4OID, TEXTOID};
	Datum		values[3] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), CStringGetTextDatum(feed->fact)};
	List	   *imports = NIL;
	bool		is_null;

	rcs_select("SELECT NOT EXISTS (SELECT FROM reconcile.pool_import WHERE merchant_id = $1 AND pool_id = $2)", 2, types, values);
	*first_time = DatumGetBool(rcs_cell(0, 1, &is_null));
	rcs_select("SELECT r.import_id, r.first_id, r.last_id FROM reconcile.import_range r WHERE r.merchant_id = $1 AND r.relation = $3 "
				"AND NOT EXISTS (SELECT FROM reconcile.pool_import p WHERE p.merchant_id = $1 AND p.pool_id = $2 AND p.import_id = r.import_id) "
				"ORDER BY r.import_id", 3, types, values);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		int64	   *range = palloc(3 * sizeof(int64));

		for (int k = 0; k < 3; k++)
			range[k] = DatumGetInt64(rcs_cell(i, k + 1, &is_null));
		imports = lappend(imports, range);
	}
	return imports;
}

/* About how many items a side will have: what was imported and not taken in, or for sources of other kinds what the planner thinks. */
static int64
expected_items(RcsFeed *feed)
{
	Oid			types[3] = {INT4OID, TEXTOID, OIDOID};
	Datum		values[3] = {Int32GetDatum(feed->merchant_id), CStringGetTextDatum(feed->fact ? feed->fact : ""), ObjectIdGetDatum(feed->source)};
	bool		is_null;

	if (!feed->fact)
		return rcs_feed_estimate(feed);
	rcs_select("SELECT coalesce(sum(r.row_count), 0)::int8 FROM reconcile.import_range r WHERE r.merchant_id = $1 AND r.relation = $2 "
				"AND NOT EXISTS (SELECT FROM reconcile.pool_import p JOIN reconcile.item_pool i USING (pool_id) "
				"WHERE p.merchant_id = $1 AND i.source = $3 AND p.import_id = r.import_id)", 3, types, values);
	return DatumGetInt64(rcs_cell(0, 1, &is_null));
}

/* Whether the number of items is known about: of imported facts, and of tables that were analyzed. */
static bool
is_counted(const RcsFeed *feed)
{
	HeapTuple	tuple;
	bool		counted;

	if (feed->fact)
		return true;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(feed->source));
	if (!HeapTupleIsValid(tuple))
		return false;
	counted = ((Form_pg_class) GETSTRUCT(tuple))->relkind != RELKIND_VIEW && ((Form_pg_class) GETSTRUCT(tuple))->reltuples >= 0;
	ReleaseSysCache(tuple);
	return counted;
}

/* Finds out what a side has to read; true: its source, whole. */
static bool
prepare_side(RcsRun *run, RcsFeed *feed)
{
	bool		first_time = true;

	feed->pool = run->pool;
	if (run->simulated)
	{
		rcs_feed_load_decided(feed, run->reconciliation_id);
		return true;
	}
	if (feed->incremental)
		run->new_imports[feed->side] = find_new_imports(feed, &first_time);
	rcs_feed_load_chains(feed, !first_time, run->new_imports[feed->side]);
	if (first_time)
		rcs_feed_load_open(feed);
	else
		rcs_feed_load_open_amounts(feed);
	return first_time;
}

static void
feed_side(RcsRun *run, RcsFeed *feed, bool whole)
{
	ListCell   *import;
	char	   *from = psprintf("%s AS s", feed->source_name);
	int64		pool_id = feed->pool_id;

	if (whole)
	{
		rcs_feed_query(feed, from, "true", 0, NULL, false);
		return;
	}
	/* What is open is little beside the history: it is looked up. */
	rcs_feed_query(feed, from, "s.item_id = ANY (ARRAY(SELECT o.item_id FROM reconcile.open_balance AS o WHERE o.merchant_id = $1 AND o.pool_id = $2))",
				   1, &pool_id, true);
	foreach(import, run->new_imports[feed->side])
		rcs_feed_query(feed, from, "s.import_id = $2 AND s.item_id BETWEEN $3 AND $4", 3, lfirst(import), false);
}

static uint64
items_read(const RcsFeed *feed)
{
	return feed->spilled + feed->in_trays + rcs_feed_count(feed);
}

static void
feed_sides(RcsRun *run)
{
	bool		whole[2];

	for (int side = 0; side < 2; side++)
		whole[side] = prepare_side(run, &run->feeds[side]);
	if (!(run->parts && whole[RC_LEFT] && whole[RC_RIGHT] && rcs_crew_read(run)))
		for (int side = 0; side < 2; side++)
		{
			rcs_progress_phase(side == RC_LEFT ? RCS_RUN_READING_LEFT : RCS_RUN_READING_RIGHT, 0);
			run->feeds[side].read_before = side == RC_LEFT ? 0 : items_read(&run->feeds[RC_LEFT]);
			rcs_progress_set(RCS_PROGRESS_ROWS_TOTAL, run->feeds[side].read_before);
			feed_side(run, &run->feeds[side], whole[side]);
			if (run->parts)
				rcs_parts_put_away(run, side);
		}
	rcs_progress_set(RCS_PROGRESS_ROWS_TOTAL, items_read(&run->feeds[RC_LEFT]) + items_read(&run->feeds[RC_RIGHT]));
}

static void
load_rejections(RcsRun *run, RcRejection **rejections, uint64 *count)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	bool		is_null;

	rcs_select("SELECT left_item_id, right_item_id FROM reconcile.rejection WHERE merchant_id = $1 AND reconciliation_id = $2 ORDER BY 1, 2", 2, types, values);
	*count = SPI_processed;
	*rejections = palloc(Max(SPI_processed, 1) * sizeof(RcRejection));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		(*rejections)[i].left_item_id = DatumGetInt64(rcs_cell(i, 1, &is_null));
		(*rejections)[i].right_item_id = DatumGetInt64(rcs_cell(i, 2, &is_null));
	}
}

/* Right items that count nothing (fees, refunds) and whose left item was matched in an earlier run follow that match. */
static void
find_followers(RcsRun *run)
{
	RcsFeed    *right = &run->feeds[RC_RIGHT];
	int64	   *ids;
	RcIndex    *indexes;
	uint64		count = 0;
	uint8		passed_over = 0;
	Oid			types[3] = {INT4OID, INT4OID, INT8ARRAYOID};
	Datum		values[3] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	bool		is_null;

	if (!right->compare_column || rcs_feed_count(right) == 0 || !rcs_feed_had_matches(&run->feeds[RC_LEFT]))
		return;
	/* What stood open was looked at by the last run; its order has not been matched since unless by somebody else, or by this run along with it. */
	rcs_select("SELECT reconcile.left_changed_otherwise($1, $2)", 2, types, values);
	passed_over = DatumGetBool(rcs_cell(0, 1, &is_null)) ? 0 : RCS_WAS_OPEN;
	ids = MemoryContextAllocHuge(CurrentMemoryContext, rcs_feed_count(right) * sizeof(int64));
	indexes = MemoryContextAllocHuge(CurrentMemoryContext, rcs_feed_count(right) * sizeof(RcIndex));
	for (uint64 i = 0; i < rcs_feed_count(right); i++)
		if (run->taken[RC_RIGHT][i] == RC_OPEN && (rc_pool_mark(run->pool, RC_RIGHT, (RcIndex) i) & (RCS_COMPARED | RCS_ACTIVE | passed_over)) == RCS_ACTIVE)
		{
			indexes[count] = (RcIndex) i;
			ids[count++] = rc_pool_item_id(run->pool, RC_RIGHT, (RcIndex) i);
		}
	if (count > 0)
	{
		values[2] = rcs_bigint_array(ids, count);
		rcs_select("SELECT ordinal, leader FROM reconcile.find_followers($1, $2, $3) ORDER BY leader, ordinal", 3, types, values);
		run->follower_count = SPI_processed;
		run->followers = MemoryContextAllocHuge(CurrentMemoryContext, Max(SPI_processed, 1) * sizeof(RcsFollower));
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			RcIndex		index = indexes[DatumGetInt64(rcs_cell(i, 1, &is_null)) - 1];

			run->followers[i].index = index;
			run->followers[i].leader = DatumGetInt64(rcs_cell(i, 2, &is_null));
			run->taken[RC_RIGHT][index] = RC_TAKEN;
			run->matches += i == 0 || run->followers[i].leader != run->followers[i - 1].leader;
			run->matched[RC_RIGHT]++;
		}
		SPI_freetuptable(SPI_tuptable);
	}
	pfree(ids);
	pfree(indexes);
}

static int
compare_hashes(const void *left, const void *right)
{
	const RcHash128 *a = left;
	const RcHash128 *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return a->high == b->high ? 0 : a->high < b->high ? -1 : 1;
}

static int
compare_ids(const void *left, const void *right)
{
	int64		a = *(const int64 *) left;
	int64		b = *(const int64 *) right;

	return a == b ? 0 : a < b ? -1 : 1;
}

/* A suggestion's items as the query of mark_standing writes them. */
static RcHash128
suggestion_hash(RcsRun *run, const RcMatch *match)
{
	StringInfoData text;
	RcHash128	hash;

	initStringInfo(&text);
	for (int side = 0; side < 2; side++)
	{
		uint64		first = side == RC_LEFT ? match->first_left : match->first_right;
		uint64		count = side == RC_LEFT ? match->left_count : match->right_count;
		int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));

		for (uint64 i = 0; i < count; i++)
			ids[i] = rc_pool_item_id(run->pool, side, run->result.items[first + i].index);
		qsort(ids, count, sizeof(int64), compare_ids);
		for (uint64 i = 0; i < count; i++)
			appendStringInfo(&text, "%s%lld,", side == RC_LEFT ? "left" : "right", (long long) ids[i]);
		pfree(ids);
	}
	hash = rc_hash128(text.data, text.len);
	pfree(text.data);
	return hash;
}

/* A suggestion that stands from an earlier run is not made again. */
static void
mark_standing(RcsRun *run)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	RcHash128  *hashes;
	uint64		count;

	run->standing = MemoryContextAllocHuge(CurrentMemoryContext, Max(run->result.match_count, 1));
	memset(run->standing, false, Max(run->result.match_count, 1));
	rcs_select("SELECT string_agg(i.side::text || i.item_id || ',', '' ORDER BY i.side, i.item_id) FROM reconcile.match_group g "
				"JOIN reconcile.suggestion_item i USING (merchant_id, match_id) "
				"WHERE g.merchant_id = $1 AND g.reconciliation_id = $2 AND g.suggestion AND NOT EXISTS (SELECT FROM reconcile.match_event e "
				"WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event IN ('confirmed', 'rejected', 'reversed')) "
				"GROUP BY g.match_id", 2, types, values);
	count = SPI_processed;
	if (count == 0)
		return;
	hashes = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(RcHash128));
	for (uint64 i = 0; i < count; i++)
	{
		char	   *text = rcs_cell_text(i, 1);

		hashes[i] = rc_hash128(text, strlen(text));
		pfree(text);
	}
	qsort(hashes, count, sizeof(RcHash128), compare_hashes);
	for (uint64 m = 0; m < run->result.match_count; m++)
		if (run->result.matches[m].suggestion)
		{
			RcHash128	hash = suggestion_hash(run, &run->result.matches[m]);

			run->standing[m] = bsearch(&hash, hashes, count, sizeof(RcHash128), compare_hashes) != NULL;
		}
	pfree(hashes);
}

void
rcs_run_count_match(RcsRun *run, const RcMatch *match)
{
	run->matches++;
	if (rcs_run_adjustment(run, match))
		run->adjusted_amount += match->difference;
	for (uint64 i = match->first_left; i < match->first_left + match->left_count; i++)
		run->matched_amount += run->result.items[i].amount;
}

void
rcs_run_count_item(RcsRun *run, RcSide side, RcIndex index)
{
	run->items[side] += (rc_pool_mark(run->pool, side, index) & RCS_ACTIVE) != 0;
	run->matched[side] += rc_pool_taken(run->pool, side, index) != RC_OPEN;
}

void
rcs_run_remember_closed(RcsRun *run, RcSide side, int64 item_id)
{
	uint64		count = run->closed_count[side];

	/* The space doubles at each power of two. */
	if (count == 0)
		run->closed[side] = palloc(sizeof(int64));
	else if ((count & (count - 1)) == 0)
		run->closed[side] = repalloc_huge(run->closed[side], 2 * count * sizeof(int64));
	run->closed[side][run->closed_count[side]++] = item_id;
}

static void
tally(RcsRun *run)
{
	for (int side = 0; side < 2; side++)
	{
		uint64		count = rcs_feed_count(&run->feeds[side]);

		run->taken[side] = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1));
		for (uint64 i = 0; i < count; i++)
		{
			run->taken[side][i] = (uint8) rc_pool_taken(run->pool, side, (RcIndex) i);
			if (!(rc_pool_mark(run->pool, side, (RcIndex) i) & RCS_NAMED))
				rcs_run_count_item(run, side, (RcIndex) i);
		}
	}
	for (uint64 m = 0; m < run->result.match_count; m++)
	{
		if (run->result.matches[m].suggestion)
			run->suggestions += !run->standing[m];
		else
			rcs_run_count_match(run, &run->result.matches[m]);
	}
	find_followers(run);
	for (uint64 i = 0; i < rcs_feed_count(&run->feeds[RC_LEFT]); i++)
		if (run->taken[RC_LEFT][i] != RC_TAKEN && rc_pool_mark(run->pool, RC_LEFT, (RcIndex) i) & RCS_ACTIVE)
			run->open_amount += rc_pool_residual(run->pool, RC_LEFT, (RcIndex) i);
}

/* What should_stop, which the engine asks every few thousand steps, reports of; of a run in parts, the parts that are through. */
static const RcsRun *matching;

static bool
report_and_ask(void *context)
{
	if (matching)
	{
		rcs_progress_phase(RCS_RUN_MATCHING, matching->result.rule_at_work + 1);
		rcs_progress_set(RCS_PROGRESS_ROWS_DONE, matching->items[RC_LEFT] + matching->items[RC_RIGHT] + (matching->parts ? 0 : matching->result.item_count));
	}
	return rcs_should_stop(context);
}

void
rcs_run_raise(const RcsRun *run, const RcStatus *status)
{
	/* Of what the engine refuses, this is the source's fault. */
	if (status->code == RC_BAD_STRUCTURE)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("reconciliation \"%s\": %s", run->name, status->message),
				 errdetail("The left source is %s, the right one %s.", run->feeds[RC_LEFT].source_name, run->feeds[RC_RIGHT].source_name),
				 errhint("Each item_id stands in its source once: look for a join that multiplies rows, or number the rows otherwise.")));
	rcs_raise(status, NULL);
}

static void
match_items(RcsRun *run)
{
	RcRejection *rejections;
	uint64		rejection_count;
	RcStatus	status;

	rc_status_reset(&status);
	load_rejections(run, &rejections, &rejection_count);
	matching = run;
	if (run->parts)
		rcs_parts_match(run, rejections, rejection_count);
	else if (rc_engine_continue(run->pool, run->rules, 0, run->rule_count, rejections, rejection_count, &run->result, &status) != RC_OK)
		rcs_run_raise(run, &status);
	matching = NULL;
}

void
rcs_run_match(RcsRun *run)
{
	int64		room[2];
	bool		divided;
	int			guc_level;

	run->allocator = rcs_allocator(CurrentMemoryContext);
	run->allocator.should_stop = report_and_ask;
	matching = NULL;			/* an earlier run may have failed */
	rcs_run_define(run);
	rcs_model_load(run);
	rcs_progress_start(RCS_PROGRESS_RUN, run->merchant_id, run->name);
	for (int side = 0; side < 2; side++)
		run->expected[side] = expected_items(&run->feeds[side]);
	divided = rcs_parts_wanted(run);
	for (int side = 0; side < 2; side++)
	{
		/* Memory that is not used costs nothing, but what the planner thinks may be very wrong. */
		room[side] = divided ? 0 : Min(run->expected[side], run->feeds[side].fact ? MAX_ROOM : GUESSED_ROOM);
		if (rcs_work_memory > 0)
			room[side] = Min(room[side], (int64) rcs_work_memory * ITEMS_PER_MEGABYTE);
	}
	/* What the planner makes of a view is good enough to choose a way by, not to tell people. */
	if (is_counted(&run->feeds[RC_LEFT]) && is_counted(&run->feeds[RC_RIGHT]))
		rcs_progress_set(RCS_PROGRESS_BYTES_TOTAL, run->expected[RC_LEFT] + run->expected[RC_RIGHT]);
	run->pool = rc_pool_create(&run->allocator, Max(run->feeds[RC_LEFT].keyset_count, run->feeds[RC_RIGHT].keyset_count), room[RC_LEFT], room[RC_RIGHT]);
	if (!run->pool || (!run->dry_run && !rc_pool_keep_given(run->pool)))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	/* Handing millions of rows from worker to leader costs more than reading them here; where it pays the feed has a helper of its own. */
	for (int side = 0; side < 2; side++)
		run->feeds[side].may_have_helper = max_parallel_workers_per_gather > 0;
	rcs_parts_watch(run, divided);
	guc_level = NewGUCNestLevel();
	(void) set_config_option("max_parallel_workers_per_gather", "0", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	/* Nor does remembering look-ups, each of which is made once, nor compiling plain column reads. */
	(void) set_config_option("enable_memoize", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	feed_sides(run);
	AtEOXact_GUC(true, guc_level);
	match_items(run);
}

Datum
reconcile_run_one(PG_FUNCTION_ARGS)
{
	RcsRun	   *run = palloc0(sizeof(RcsRun));
	TupleDesc	descriptor;
	Datum		values[11];
	bool		nulls[11] = {0};
	MemoryContext caller = CurrentMemoryContext;
	HeapTuple	tuple;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("merchant_id and reconciliation_id must not be null")));
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	run->merchant_id = PG_GETARG_INT32(0);
	run->reconciliation_id = PG_GETARG_INT32(1);
	run->has_from = !PG_ARGISNULL(2);
	run->has_to = !PG_ARGISNULL(3);
	run->date_from = run->has_from ? PG_GETARG_DATEADT(2) : 0;
	run->date_to = run->has_to ? PG_GETARG_DATEADT(3) : 0;
	run->dry_run = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	run->started_at = GetCurrentTimestamp();

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rcs_run_match(run);
	rcs_progress_phase(RCS_RUN_JUDGING, 0);
	mark_standing(run);
	tally(run);
	rcs_run_judge(run);
	if (run->dry_run)
		run->exceptions_opened = rcs_run_exceptions(run);
	else
		rcs_run_write(run);
	rcs_progress_end();

	values[0] = Int64GetDatum(run->run_id);
	nulls[0] = run->dry_run;
	values[1] = Int64GetDatum(run->items[RC_LEFT]);
	values[2] = Int64GetDatum(run->items[RC_RIGHT]);
	values[3] = Int64GetDatum(run->matches);
	values[4] = Int64GetDatum(run->matched[RC_LEFT]);
	values[5] = Int64GetDatum(run->matched[RC_RIGHT]);
	values[6] = Int64GetDatum(run->suggestions);
	values[7] = Int64GetDatum(run->exceptions_opened);
	MemoryContextSwitchTo(caller);
	values[8] = rcs_micro_to_numeric(run->matched_amount, 2);
	values[9] = rcs_micro_to_numeric(run->open_amount, 2);
	values[10] = rcs_micro_to_numeric(run->adjusted_amount, 2);
	tuple = heap_form_tuple(BlessTupleDesc(descriptor), values, nulls);
	SPI_finish();				/* frees the pool and all else */
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
