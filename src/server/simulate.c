/*
 * simulate.c - a run with other rules over everything that is there, of which nothing is written: a row for each match it would make.
 */
#include "run.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "amount.h"
#include "progress.h"

PG_FUNCTION_INFO_V1(reconcile_simulate_one);
extern PGDLLEXPORT Datum reconcile_simulate_one(PG_FUNCTION_ARGS);

enum
{
	SIMULATED_RULE, SIMULATED_EVIDENCE, SIMULATED_SUGGESTION, SIMULATED_LEFT, SIMULATED_RIGHT, SIMULATED_LEFT_AMOUNT, SIMULATED_RIGHT_AMOUNT,
	SIMULATED_CURRENCY, SIMULATED_CANDIDATES, SIMULATED_LAG_LOW, SIMULATED_LAG_HIGH, SIMULATED_CONFIDENCE, SIMULATED_CHANCE, SIMULATED_COLUMNS
};

static Datum
item_ids(const RcsRun *run, RcSide side, uint64 first, uint64 count)
{
	int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));

	for (uint64 i = 0; i < count; i++)
		ids[i] = rc_pool_item_id(run->pool, side, run->result.items[first + i].index);
	return rcs_bigint_array(ids, count);
}

static void
put_match(ReturnSetInfo *result, RcsRun *run, const RcMatch *match)
{
	RcSide		known_side = match->left_count > 0 ? RC_LEFT : RC_RIGHT;
	uint64		known_item = match->left_count > 0 ? match->first_left : match->first_right;
	uint16		currency = (uint16) rc_pool_currency(run->pool, known_side, run->result.items[known_item].index);
	int			decimals = rcs_run_decimals(run, currency);
	Datum		values[SIMULATED_COLUMNS];
	bool		nulls[SIMULATED_COLUMNS] = {0};

	values[SIMULATED_RULE] = Int32GetDatum(run->rules[match->rule].rule_id);
	values[SIMULATED_EVIDENCE] = Int16GetDatum((int16) match->evidence);
	values[SIMULATED_SUGGESTION] = BoolGetDatum(match->suggestion);
	values[SIMULATED_LEFT] = item_ids(run, RC_LEFT, match->first_left, match->left_count);
	values[SIMULATED_RIGHT] = item_ids(run, RC_RIGHT, match->first_right, match->right_count);
	values[SIMULATED_LEFT_AMOUNT] = rcs_micro_to_numeric(match->left_sum, decimals);
	values[SIMULATED_RIGHT_AMOUNT] = rcs_micro_to_numeric(match->right_sum, decimals);
	nulls[SIMULATED_CURRENCY] = currency == 0;
	values[SIMULATED_CURRENCY] = currency == 0 ? (Datum) 0 : CStringGetTextDatum(run->currencies.codes[currency]);
	values[SIMULATED_CANDIDATES] = Int32GetDatum((int32) match->candidates);
	nulls[SIMULATED_LAG_LOW] = match->lag_low == RC_NO_DATE;
	values[SIMULATED_LAG_LOW] = Int32GetDatum(match->lag_low);
	nulls[SIMULATED_LAG_HIGH] = match->lag_high == RC_NO_DATE;
	values[SIMULATED_LAG_HIGH] = Int32GetDatum(match->lag_high);
	values[SIMULATED_CONFIDENCE] = Float4GetDatum((float4) match->confidence / 1000000.0f);
	nulls[SIMULATED_CHANCE] = match->chance == 0;
	values[SIMULATED_CHANCE] = Float4GetDatum((float4) match->chance / 1000000.0f);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
reconcile_simulate_one(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RcsRun	   *run = palloc0(sizeof(RcsRun));
	MemoryContext row_context;
	MemoryContext run_context;

	InitMaterializedSRF(fcinfo, 0);
	run->merchant_id = PG_GETARG_INT32(0);
	run->reconciliation_id = PG_GETARG_INT32(1);
	run->simulated_rules = PG_GETARG_DATUM(2);
	run->simulated = run->dry_run = true;
	run->started_at = GetCurrentTimestamp();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rcs_run_match(run);
	for (int c = 1; c < run->currencies.count; c++)
		(void) rcs_run_decimals(run, (uint16) c);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "reconcile simulated match", ALLOCSET_DEFAULT_SIZES);
	run_context = MemoryContextSwitchTo(row_context);
	for (uint64 m = 0; m < run->result.match_count; m++)
	{
		put_match(result, run, &run->result.matches[m]);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(run_context);
	rcs_progress_end();
	SPI_finish();				/* frees the pool and all else */
	return (Datum) 0;
}
