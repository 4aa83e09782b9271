/*
 * feed.c - from a source relation to a side of the pool: makes the query and reads it.
 */
#include "feed_internal.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
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

static bool
is_unsafe_function(Oid function, void *context)
{
	return func_parallel(function) != PROPARALLEL_SAFE;
}

/*
 * Whether a query may not run in a helper. The planner's max_parallel_hazard() asks whether part of a query may, and says no to a sublink that it
 * leaves one, as in "(x IN (SELECT ...)) IS TRUE"; a helper runs all of it, so what counts is what the query calls.
 */
static bool
is_bound_to_session(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, NextValueExpr) || IsA(node, CoerceToDomain) || check_functions_in_node(node, is_unsafe_function, context))
		return true;
	if (IsA(node, Query))
		return ((Query *) node)->rowMarks != NIL || query_tree_walker((Query *) node, is_bound_to_session, context, 0);
	return expression_tree_walker(node, is_bound_to_session, context);
}

/* $1 is the merchant, then come bigints; all are planned as constants. */
static PlannedStmt *
make_plan(const RcsFeed *feed, const char *text, int argument_count, const int64 *arguments, ParamListInfo parameters, bool *parallel_safe)
{
	Oid			types[FEED_MAX_ARGUMENTS + 1];
	List	   *queries;

	for (int i = 0; i <= argument_count; i++)
	{
		ParamExternData *parameter = &parameters->params[i];

		types[i] = parameter->ptype = i == 0 ? INT4OID : INT8OID;
		parameter->value = i == 0 ? Int32GetDatum(feed->merchant_id) : Int64GetDatum(arguments[i - 1]);
		parameter->isnull = false;
		parameter->pflags = PARAM_FLAG_CONST;
	}
	queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, pg_parse_query(text)), text, types, argument_count + 1, NULL);
	/* A rule on a source could make it something else. */
	if (list_length(queries) != 1 || linitial_node(Query, queries)->commandType != CMD_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("source %s cannot be read by one query", feed->source_name)));
	*parallel_safe = !is_bound_to_session((Node *) linitial(queries), NULL);
	return pg_plan_query(linitial_node(Query, queries), text, 0, parameters);
}

static const char *
merchant_condition(const RcsFeed *feed)
{
	/* The source's merchant column is what row security and partitioning go by. */
	return feed->has_merchant ? "s.merchant_id = $1" : feed->merchant_id == MAIN_MERCHANT ? "true" : "false";
}

int64
rcs_feed_estimate(RcsFeed *feed)
{
	bool		parallel_safe;
	PlannedStmt *plan = make_plan(feed, psprintf("SELECT s.item_id FROM %s AS s WHERE %s", feed->source_name, merchant_condition(feed)), 0, NULL,
								  makeParamList(1), &parallel_safe);

	return (int64) Min(plan->planTree->plan_rows, 1e12);
}

/* Plans the query and starts the executor. */
static void
start(FeedQuery *query)
{
	ParamListInfo parameters = makeParamList(query->argument_count + 1);
	PlannedStmt *plan = make_plan(query->receiver->feed, query->text, query->argument_count, query->arguments, parameters,
								  &query->receiver->parallel_safe);

	query->query = CreateQueryDesc(plan, query->text, GetActiveSnapshot(), InvalidSnapshot, &query->receiver->public, parameters, NULL, 0);
	ExecutorStart(query->query, 0);
	query->scan = rcs_scan_begin(query->query);
}

void
rcs_feed_join(FeedQuery *query, RcsFeed *feed, const FeedLayout *layout, const char *text, int argument_count, const int64 *arguments)
{
	*query = (FeedQuery) {.receiver = rcs_receiver_create(feed, layout),.text = text,.argument_count = argument_count};
	for (int i = 0; i < argument_count; i++)
		query->arguments[i] = arguments[i];
	start(query);
	if (!query->scan)
		elog(ERROR, "the plan of source %s is not the leader's", feed->source_name);
}

void
rcs_feed_end(FeedQuery *query)
{
	rcs_feed_read_chains_off(query->receiver->feed);
	if (query->scan)
		rcs_scan_end(query->scan);
	ExecutorFinish(query->query);
	ExecutorEnd(query->query);
	FreeQueryDesc(query->query);
}

/* Temporary tables are their session's own, and so are connections to other servers. */
static bool
reads_own_tables(const PlannedStmt *plan)
{
	ListCell   *cell;

	foreach(cell, plan->rtable)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		if (entry->rtekind == RTE_RELATION && (get_rel_persistence(entry->relid) == RELPERSISTENCE_TEMP || entry->relkind == RELKIND_FOREIGN_TABLE))
			return true;
	}
	return false;
}

bool
rcs_feed_can_share(const FeedQuery *query)
{
	const RcsFeed *feed = query->receiver->feed;

	return feed->may_have_helper && query->scan && query->receiver->parallel_safe && !IsInParallelMode() && !rcs_feed_has_chains(feed) && !query->receiver->layout.was_open &&
		rcs_scan_blocks(query->scan) >= (BlockNumber) min_parallel_table_scan_size && !reads_own_tables(query->query->plannedstmt);
}

void
rcs_feed_begin(FeedQuery *query, RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments, bool was_open)
{
	FeedLayout	layout = {
		.side = feed->side,.merchant_id = feed->merchant_id,.was_open = was_open,
		.has_from = feed->has_from,.has_to = feed->has_to,.date_from = feed->date_from,.date_to = feed->date_to,
		.keyset_count = feed->keyset_count,.pool_keysets = rc_pool_keysets(feed->pool)
	};
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
	appendStringInfo(&text, " FROM %s WHERE %s AND %s", from, where, merchant_condition(feed));
	*query = (FeedQuery) {.receiver = rcs_receiver_create(feed, &layout),.text = text.data,.argument_count = argument_count};
	for (int i = 0; i < argument_count; i++)
		query->arguments[i] = arguments[i];
	start(query);
	if (was_open)
		rcs_feed_read_chains_on(feed);
}

void
rcs_feed_read(FeedQuery *query)
{
	if (!query->scan)
		ExecutorRun(query->query, ForwardScanDirection, 0, true);
	else if (!rcs_feed_read_with_helper(query))
		rcs_receive_pages(query, 0, rcs_scan_blocks(query->scan));
}

void
rcs_feed_query(RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments, bool was_open)
{
	FeedQuery	query;

	rcs_feed_begin(&query, feed, from, where, argument_count, arguments, was_open);
	rcs_feed_read(&query);
	rcs_feed_end(&query);
}
