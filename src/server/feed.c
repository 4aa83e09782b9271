/*
 * feed.c - from a source relation to a side of the pool: makes the query and reads it.
 */
#include "feed_internal.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* merchant_id of `main`, whose items those are of a source that does not say */
#define MAIN_MERCHANT 1

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
	if (feed->keyset_count == RC_MAX_KEYSETS || list_length(feed->key_columns) > FEED_MAX_KEY_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the rules of one reconciliation use more than %d different keys of one side", RC_MAX_KEYSETS)));
	feed->keysets[feed->keyset_count] = positions;
	return feed->keyset_count++;
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

QueryDesc *
rcs_feed_start(FeedReceiver *receiver, const char *text, int argument_count, const int64 *arguments)
{
	ParamListInfo parameters = makeParamList(argument_count + 1);
	Oid			types[FEED_MAX_ARGUMENTS + 1];
	List	   *queries;
	PlannedStmt *plan;
	QueryDesc  *query;

	for (int i = 0; i <= argument_count; i++)
	{
		ParamExternData *parameter = &parameters->params[i];

		types[i] = parameter->ptype = i == 0 ? INT4OID : INT8OID;
		parameter->value = i == 0 ? Int32GetDatum(receiver->feed->merchant_id) : Int64GetDatum(arguments[i - 1]);
		parameter->isnull = false;
		parameter->pflags = PARAM_FLAG_CONST;
	}
	queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, pg_parse_query(text)), text, types, argument_count + 1, NULL);
	/* A rule on a source could make it something else. */
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("source %s cannot be read by one query", receiver->feed->source_name)));
	receiver->parallel_safe = max_parallel_hazard(linitial_node(Query, queries)) == PROPARALLEL_SAFE;
	plan = pg_plan_query(linitial_node(Query, queries), text, 0, parameters);
	query = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot, &receiver->public, parameters, NULL, 0);
	ExecutorStart(query, 0);
	return query;
}

void
rcs_feed_finish(QueryDesc *query)
{
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
}

void
rcs_feed_query(RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments, bool was_open)
{
	FeedLayout	layout = {
		.side = feed->side,.merchant_id = feed->merchant_id,.was_open = was_open,
		.has_from = feed->has_from,.has_to = feed->has_to,.date_from = feed->date_from,.date_to = feed->date_to,
		.keyset_count = feed->keyset_count,.pool_keysets = rc_pool_keysets(feed->pool)
	};
	FeedReceiver *receiver;
	QueryDesc  *query;
	RcsScan    *scan;
	StringInfoData text;
	ListCell   *cell;
	int			width = 1;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT s.item_id::bigint");
	layout.date_column = select_column(&text, feed, "item_date", "date", &width);
	layout.amount_column = select_column(&text, feed, "amount", "numeric", &width);
	/* Goods are counted. */
	if (layout.amount_column < 0)
		layout.amount_column = select_column(&text, feed, "quantity", "numeric", &width);
	layout.compare_column = feed->compare_column ? select_column(&text, feed, feed->compare_column, "numeric", &width) : -1;
	layout.currency_column = select_column(&text, feed, "currency", "text", &width);
	layout.expects_column = select_column(&text, feed, "expects_match", "boolean", &width);
	layout.open_column = was_open ? width++ : -1;
	if (was_open)
		appendStringInfoString(&text, ", o.amount");
	layout.first_text = width;
	foreach(cell, feed->text_columns)
		if (select_column(&text, feed, lfirst(cell), "text", &width) >= 0)
			layout.text_count++;
	layout.first_key = width;
	foreach(cell, feed->key_columns)
		layout.key_forms[layout.key_count++] = select_key(&text, feed, lfirst(cell));
	for (int k = 0; k < feed->keyset_count; k++)
		foreach(cell, feed->keysets[k])
			layout.keyset_columns[k][layout.keyset_lengths[k]++] = lfirst_int(cell);
	appendStringInfo(&text, " FROM %s WHERE %s", from, where);
	/* The source's merchant column is what row security and partitioning go by. */
	if (feed->has_merchant)
		appendStringInfoString(&text, " AND s.merchant_id = $1");
	else if (feed->merchant_id != MAIN_MERCHANT)
		appendStringInfoString(&text, " AND false");

	receiver = rcs_receiver_create(feed, &layout);
	query = rcs_feed_start(receiver, text.data, argument_count, arguments);
	scan = rcs_scan_begin(query);
	if (!scan)
		ExecutorRun(query, ForwardScanDirection, 0, true);
	else
	{
		if (!rcs_feed_read_with_helper(receiver, query, scan, argument_count, arguments))
			rcs_scan_rows(scan, 0, rcs_scan_blocks(scan), rcs_take_item, receiver);
		rcs_scan_end(scan);
	}
	rcs_feed_finish(query);
}
