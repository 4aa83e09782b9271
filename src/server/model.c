/*
 * model.c - what strategy score has learned: models for a run to go by, and learning one from all items of both sources.
 */
#include "model.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"

#include "../match/score_model.h"
#include "query.h"
#include "support.h"

PG_FUNCTION_INFO_V1(reconcile_learn);
extern PGDLLEXPORT Datum reconcile_learn(PG_FUNCTION_ARGS);

void
rcs_model_load(RcsRun *run)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	bool		scores = false;
	StringInfoData versions;

	for (int i = 0; i < run->rule_count; i++)
		scores |= run->rules[i].strategy == RC_STRATEGY_SCORE;
	if (!scores)
		return;
	rcs_select("SELECT u.rule_id, m.weights::text, m.version, to_json(m.rule)::text FROM reconcile.score_model m "
				"JOIN reconcile.model_state s USING (merchant_id, reconciliation_id, rule, version) "
				"JOIN reconcile.rule u ON u.reconciliation_id = m.reconciliation_id AND u.name = m.rule "
				"WHERE m.merchant_id = $1 AND m.reconciliation_id = $2 AND s.in_use ORDER BY m.rule", 2, types, values);
	initStringInfo(&versions);
	for (int i = 0; i < run->rule_count; i++)
	{
		for (uint64 row = 0; row < SPI_processed && run->rules[i].strategy == RC_STRATEGY_SCORE; row++)
		{
			HeapTuple	tuple = SPI_tuptable->vals[row];
			TupleDesc	descriptor = SPI_tuptable->tupdesc;
			bool		is_null;
			RcModel    *model;
			RcStatus	status;
			char	   *text;

			if (DatumGetInt32(SPI_getbinval(tuple, descriptor, 1, &is_null)) != run->rules[i].rule_id)
				continue;
			model = palloc(sizeof(RcModel));
			text = SPI_getvalue(tuple, descriptor, 2);
			rc_status_reset(&status);
			if (rc_model_read(text, strlen(text), model, &status) != RC_OK)
				ereport(ERROR,
						(errcode(ERRCODE_DATA_CORRUPTED),
						 errmsg("model version %s of rule %s cannot be used: %s", SPI_getvalue(tuple, descriptor, 3),
								SPI_getvalue(tuple, descriptor, 4), status.message),
						 errhint("Learn another one by train(), or take it out of use by revoke_model().")));
			run->rules[i].model = model;
			appendStringInfo(&versions, "%s%s: %s", versions.len > 0 ? ", " : "{", SPI_getvalue(tuple, descriptor, 4), SPI_getvalue(tuple, descriptor, 3));
		}
	}
	if (versions.len > 0)
	{
		appendStringInfoChar(&versions, '}');
		run->models = versions.data;
	}
}

static RcLabel *
load_labels(const RcsRun *run, uint64 *count)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	RcLabel    *labels;

	rcs_select("SELECT left_item_id, right_item_id, is_match FROM reconcile.model_labels($1, $2)", 2, types, values);
	*count = SPI_processed;
	labels = MemoryContextAllocHuge(CurrentMemoryContext, Max(SPI_processed, 1) * sizeof(RcLabel));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		bool		is_null;

		labels[i].left_item_id = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &is_null));
		labels[i].right_item_id = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &is_null));
		labels[i].match = DatumGetBool(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 3, &is_null));
	}
	return labels;
}

Datum
reconcile_learn(PG_FUNCTION_ARGS)
{
	RcsRun	   *run = palloc0(sizeof(RcsRun));
	RcAllocator allocator;
	RcRule	   *rule = NULL;
	RcLabel    *labels;
	uint64		label_count;
	RcModel		model;
	RcStatus	status;
	char		text[RC_MODEL_TEXT];

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("merchant_id, reconciliation_id and rule_id must not be null")));
	run->merchant_id = PG_GETARG_INT32(0);
	run->reconciliation_id = PG_GETARG_INT32(1);
	run->has_from = !PG_ARGISNULL(3);
	run->has_to = !PG_ARGISNULL(4);
	run->date_from = run->has_from ? PG_GETARG_DATEADT(3) : 0;
	run->date_to = run->has_to ? PG_GETARG_DATEADT(4) : 0;
	rc_status_reset(&status);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	allocator = rcs_allocator(CurrentMemoryContext);
	rcs_run_define(run);
	for (int i = 0; i < run->rule_count; i++)
		if (run->rules[i].rule_id == PG_GETARG_INT32(2) && run->rules[i].strategy == RC_STRATEGY_SCORE)
			rule = &run->rules[i];
	if (rule == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("rule %d is no active rule of strategy score of reconciliation \"%s\"", PG_GETARG_INT32(2), run->name)));
	run->pool = rc_pool_create(&allocator, Max(run->feeds[RC_LEFT].keyset_count, run->feeds[RC_RIGHT].keyset_count), 0, 0);
	if (run->pool == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	/* Closed items too: they are what there is most of, and what people have confirmed. */
	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];

		feed->pool = run->pool;
		rcs_feed_query(feed, psprintf("%s AS s", feed->source_name), "true", 0, NULL, false);
	}
	labels = load_labels(run, &label_count);
	if (rc_score_train(run->pool, rule, labels, label_count, &model, &status) != RC_OK)
		rcs_raise(&status, NULL);
	if (model.pairs < RC_MODEL_LEAST_PAIRS)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is too little to learn from: %llu pairs among %llu left and %llu right items, where %d are needed",
						(unsigned long long) model.pairs, (unsigned long long) model.left_items, (unsigned long long) model.right_items,
						RC_MODEL_LEAST_PAIRS),
				 errhint("Import more, widen the dates or the rule's lag, or give the rule the columns that hold text. Until then its runs only suggest.")));
	SPI_finish();				/* frees the pool and all else */
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, (int) rc_model_write(&model, text)));
}
