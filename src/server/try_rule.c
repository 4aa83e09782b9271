/*
 * try_rule.c - what one rule by itself makes of one item, over what is open and new; nothing is written. explain() tells it.
 */
#include "run.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "progress.h"

PG_FUNCTION_INFO_V1(reconcile_try_rule);
extern PGDLLEXPORT Datum reconcile_try_rule(PG_FUNCTION_ARGS);

enum
{
	TRIED_OUTCOME, TRIED_LEFT, TRIED_RIGHT, TRIED_CANDIDATES, TRIED_CONFIDENCE, TRIED_CHANCE, TRIED_COLUMNS
};

static Datum
item_ids(const RcsRun *run, RcSide side, uint64 first, uint64 count)
{
	int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));

	for (uint64 i = 0; i < count; i++)
		ids[i] = rc_pool_item_id(run->pool, side, run->result.items[first + i].index);
	return rcs_bigint_array(ids, count);
}

static bool
takes_part(const RcsRun *run, const RcMatch *match)
{
	uint64		first = run->result.watched_side == RC_LEFT ? match->first_left : match->first_right;
	uint64		count = run->result.watched_side == RC_LEFT ? match->left_count : match->right_count;

	for (uint64 i = first; i < first + count; i++)
		if (rc_pool_item_id(run->pool, run->result.watched_side, run->result.items[i].index) == run->result.watched_item_id)
			return true;
	return false;
}

static void
put_match(ReturnSetInfo *result, const RcsRun *run, const RcMatch *match)
{
	Datum		values[TRIED_COLUMNS];
	bool		nulls[TRIED_COLUMNS] = {0};

	values[TRIED_OUTCOME] = CStringGetTextDatum(match->suggestion ? "suggestion" : "match");
	values[TRIED_LEFT] = item_ids(run, RC_LEFT, match->first_left, match->left_count);
	values[TRIED_RIGHT] = item_ids(run, RC_RIGHT, match->first_right, match->right_count);
	values[TRIED_CANDIDATES] = Int32GetDatum((int32) match->candidates);
	values[TRIED_CONFIDENCE] = Float4GetDatum((float4) match->confidence / 1000000.0f);
	values[TRIED_CHANCE] = Float4GetDatum((float4) match->chance / 1000000.0f);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Another item by itself; of notes it may be none. */
static void
put_other(ReturnSetInfo *result, const RcsRun *run, const char *outcome, RcSide side, RcIndex other, const uint32_t *confidence)
{
	Datum		values[TRIED_COLUMNS];
	bool		nulls[TRIED_COLUMNS] = {0};
	int64		id = other == RC_NO_INDEX ? 0 : rc_pool_item_id(run->pool, side, other);
	Datum		others = rcs_bigint_array(&id, other == RC_NO_INDEX ? 0 : 1);
	Datum		none = rcs_bigint_array(NULL, 0);

	values[TRIED_OUTCOME] = CStringGetTextDatum(outcome);
	values[TRIED_LEFT] = side == RC_LEFT ? others : none;
	values[TRIED_RIGHT] = side == RC_RIGHT ? others : none;
	nulls[TRIED_CANDIDATES] = nulls[TRIED_CHANCE] = true;
	nulls[TRIED_CONFIDENCE] = confidence == NULL;
	values[TRIED_CONFIDENCE] = Float4GetDatum(confidence ? (float4) *confidence / 1000000.0f : 0);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static const char *
outcome_of(RcNoteReason reason)
{
	switch (reason)
	{
		case RC_NOTE_AMBIGUOUS:
			return "ambiguous";
		case RC_NOTE_IMPOSSIBLE:
			return "impossible";
		case RC_NOTE_BUDGET:
			return "exhausted";
		case RC_NOTE_AMOUNT_DIFFERENCE:
		case RC_NOTE_CURRENCY_DIFFERENCE:
		case RC_NOTE_DUPLICATE:
		case RC_NOTE_LATE:
		case RC_NOTE_PART_OF_DIFFERENCE:
			break;
	}
	return "difference";
}

Datum
reconcile_try_rule(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RcsRun	   *run = palloc0(sizeof(RcsRun));

	InitMaterializedSRF(fcinfo, 0);
	run->merchant_id = PG_GETARG_INT32(0);
	run->reconciliation_id = PG_GETARG_INT32(1);
	run->only_rule = PG_GETARG_INT32(2);
	run->dry_run = true;
	run->result.watching = true;
	run->result.watched_side = PG_GETARG_BOOL(3) ? RC_LEFT : RC_RIGHT;
	run->result.watched_item_id = PG_GETARG_INT64(4);
	run->started_at = GetCurrentTimestamp();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rcs_run_match(run);
	for (uint64 m = 0; m < run->result.match_count; m++)
		if (takes_part(run, &run->result.matches[m]))
			put_match(result, run, &run->result.matches[m]);
	for (uint64 n = 0; n < run->result.note_count; n++)
	{
		const RcNote *note = &run->result.notes[n];

		if (note->side == run->result.watched_side && rc_pool_item_id(run->pool, note->side, note->index) == run->result.watched_item_id)
			put_other(result, run, outcome_of(note->reason), note->other_side, note->other, NULL);
	}
	for (uint64 r = 0; r < run->result.runner_up_count; r++)
	{
		const RcRunnerUp *runner_up = &run->result.runners_up[r];

		if (runner_up->side == run->result.watched_side && rc_pool_item_id(run->pool, runner_up->side, runner_up->index) == run->result.watched_item_id)
			put_other(result, run, "candidate", (RcSide) !runner_up->side, runner_up->rival, &runner_up->confidence);
	}
	rcs_progress_end();
	SPI_finish();				/* frees the pool and all else */
	return (Datum) 0;
}
