/*
 * scan_plan.c - takes the plan of a query apart that is a plain scan of one table.
 */
#include "scan_internal.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

/* A column by itself, or -1. */
static int
plain_column(Node *expression)
{
	while (IsA(expression, RelabelType))
		expression = (Node *) ((RelabelType *) expression)->arg;
	return IsA(expression, Var) && ((Var *) expression)->varattno > 0 ? ((Var *) expression)->varattno - 1 : -1;
}

/* A subquery is asked again only when it would be hashed, and so asked once, anyway. */
static bool
has_unhashed_subquery(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) && !((SubPlan *) node)->useHashTable)
		return true;
	if (IsA(node, AlternativeSubPlan))
		return true;
	return expression_tree_walker(node, has_unhashed_subquery, context);
}

/* The one column an expression depends on; -1: none; -2: several, or it may change its answer. */
static int
only_column(Node *expression)
{
	List	   *variables;
	ListCell   *cell;
	int			column = -1;

	if (contain_volatile_functions(expression) || has_unhashed_subquery(expression, NULL))
		return -2;
	variables = pull_var_clause(expression, PVC_RECURSE_PLACEHOLDERS);
	foreach(cell, variables)
	{
		Var		   *variable = lfirst_node(Var, cell);

		if (variable->varattno <= 0 || (column >= 0 && column != variable->varattno - 1))
			return -2;
		column = variable->varattno - 1;
	}
	return column;
}

static ExprState *
prepare(RcsScan *scan, Node *expression)
{
	return ExecInitExpr((Expr *) expression, scan->plan_state);
}

/* Takes out of a condition what can be decided before the first row: 0 or 1 when that is all of it, else -1. */
static int
decide(RcsScan *scan, Node *condition)
{
	if (IsA(condition, BoolExpr) && ((BoolExpr *) condition)->boolop == AND_EXPR)
	{
		ListCell   *cell;

		foreach(cell, ((BoolExpr *) condition)->args)
			if (decide(scan, lfirst(cell)) == 0)
				return 0;
		return -1;
	}
	if (only_column(condition) == -1)
	{
		bool		is_null;

		return rcs_scan_holds(scan, prepare(scan, condition), &is_null) ? 1 : 0;
	}
	return -1;
}

static Dictionary *
dictionary_of(RcsScan *scan, int column)
{
	ListCell   *cell;
	Dictionary *dictionary;

	foreach(cell, scan->dictionaries)
		if (((Dictionary *) lfirst(cell))->column == column)
			return lfirst(cell);
	dictionary = palloc0(sizeof(Dictionary));
	dictionary->column = column;
	scan->dictionaries = lappend(scan->dictionaries, dictionary);
	return dictionary;
}

static Memo *
make_memo(RcsScan *scan, int column, List *conditions)
{
	Memo	   *memo = palloc0(sizeof(Memo));
	ListCell   *cell;

	memo->conditions = palloc(sizeof(ExprState *) * Max(list_length(conditions), 1));
	foreach(cell, conditions)
		memo->conditions[memo->count++] = prepare(scan, lfirst(cell));
	for (int i = 0; i < DICTIONARY_SLOTS; i++)
		memo->answers[i] = NOT_KNOWN;
	if (column >= 0)
	{
		memo->dictionary = dictionary_of(scan, column);
		memo->dictionary->memos = lappend(memo->dictionary->memos, memo);
	}
	return memo;
}

static void
make_source(RcsScan *scan, Node *expression, Source *source)
{
	int			column = plain_column(expression);

	if (column >= 0)
	{
		source->kind = SOURCE_COLUMN;
		source->cell = scan->columns[column].cell;
		return;
	}
	if (IsA(expression, Const))
	{
		source->kind = SOURCE_CONSTANT;
		source->value = ((Const *) expression)->constvalue;
		source->is_null = ((Const *) expression)->constisnull;
		return;
	}
	if (IsA(expression, CaseExpr) && ((CaseExpr *) expression)->arg == NULL)
	{
		CaseExpr   *choice = (CaseExpr *) expression;
		List	   *conditions = NIL;
		List	   *results = NIL;
		ListCell   *cell;

		foreach(cell, choice->args)
		{
			CaseWhen   *when = lfirst_node(CaseWhen, cell);

			if (decide(scan, (Node *) when->expr) == 0)
				continue;
			conditions = lappend(conditions, when->expr);
			results = lappend(results, when->result);
		}
		results = lappend(results, choice->defresult);
		source->kind = SOURCE_CASE;
		column = only_column((Node *) conditions);
		source->memos = palloc(sizeof(Memo *) * Max(list_length(conditions), 1));
		if (column >= 0)
			source->memos[source->memo_count++] = make_memo(scan, column, conditions);
		else
			foreach(cell, conditions)
				source->memos[source->memo_count++] = make_memo(scan, only_column(lfirst(cell)), list_make1(lfirst(cell)));
		source->results = palloc0(sizeof(Source) * list_length(results));
		foreach(cell, results)
			make_source(scan, lfirst(cell), &source->results[foreach_current_index(cell)]);
		return;
	}
	column = exprType(expression) == BOOLOID ? only_column(expression) : -2;
	if (column >= 0)
	{
		source->kind = SOURCE_BOOLEAN;
		source->memos = palloc(sizeof(Memo *));
		source->memos[source->memo_count++] = make_memo(scan, column, list_make1(expression));
		return;
	}
	if (IsA(expression, BoolExpr) && ((BoolExpr *) expression)->boolop != NOT_EXPR)
	{
		BoolExpr   *junction = (BoolExpr *) expression;
		ListCell   *cell;

		source->kind = SOURCE_JUNCTION;
		source->decisive = junction->boolop == OR_EXPR;
		source->terms = palloc0(sizeof(Source) * list_length(junction->args));
		foreach(cell, junction->args)
			make_source(scan, lfirst(cell), &source->terms[source->term_count++]);
		return;
	}
	source->kind = SOURCE_EXPRESSION;
	source->expression = prepare(scan, expression);
}

/* The planner has put the conditions into the order in which they may be asked: row security first. */
static void
make_filter(RcsScan *scan, Node *condition, Filter *filter)
{
	int			column;

	if (IsA(condition, NullTest) && ((NullTest *) condition)->nulltesttype == IS_NOT_NULL && !((NullTest *) condition)->argisrow &&
		(column = plain_column((Node *) ((NullTest *) condition)->arg)) >= 0)
	{
		filter->kind = FILTER_NOT_NULL;
		filter->cell = scan->columns[column].cell;
		return;
	}
	if (IsA(condition, OpExpr) && (((OpExpr *) condition)->opfuncid == F_INT4EQ || ((OpExpr *) condition)->opfuncid == F_INT8EQ))
	{
		Node	   *other = lsecond(((OpExpr *) condition)->args);

		column = plain_column(linitial(((OpExpr *) condition)->args));
		if (column >= 0 && IsA(other, Const) && !((Const *) other)->constisnull)
		{
			filter->kind = FILTER_EQUAL;
			filter->cell = scan->columns[column].cell;
			filter->value = ((Const *) other)->constvalue;
			return;
		}
	}
	column = only_column(condition);
	if (column >= 0)
	{
		filter->kind = FILTER_MEMO;
		filter->memo = make_memo(scan, column, list_make1(condition));
		return;
	}
	filter->kind = FILTER_EXPRESSION;
	filter->expression = prepare(scan, condition);
}

/* Lays out the columns that are taken from the tuples. */
static void
lay_out(RcsScan *scan, List *outputs, List *conditions)
{
	TupleDesc	descriptor = RelationGetDescr(scan->relation);
	List	   *variables = pull_var_clause((Node *) list_concat_copy(outputs, conditions), PVC_RECURSE_PLACEHOLDERS);
	ListCell   *cell;
	int32		offset = 0;

	foreach(cell, variables)
		scan->column_count = Max(scan->column_count, lfirst_node(Var, cell)->varattno);
	scan->columns = palloc0(sizeof(Column) * Max(scan->column_count, 1));
	scan->values = palloc0(sizeof(Datum) * Max(list_length(outputs) + scan->column_count, 1));
	scan->nulls = palloc0(sizeof(bool) * Max(list_length(outputs) + scan->column_count, 1));
	foreach(cell, variables)
		if (lfirst_node(Var, cell)->varattno > 0)
			scan->columns[lfirst_node(Var, cell)->varattno - 1].wanted = true;
	for (int i = 0; i < scan->column_count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		Column	   *column = &scan->columns[i];

		column->cell = list_length(outputs) + i;
		column->length = attribute->attlen;
		column->alignment = attribute->attalign;
		column->by_value = attribute->attbyval;
		if (scan->fixed_count == i && attribute->attlen > 0 && attribute->attnotnull && !attribute->attisdropped)
		{
			offset = att_align_nominal(offset, attribute->attalign);
			column->offset = offset;
			offset += attribute->attlen;
			scan->fixed_count++;
		}
	}
	for (int n = list_length(outputs) - 1; n >= 0; n--)
	{
		int			column = plain_column(list_nth(outputs, n));

		if (column >= 0)
			scan->columns[column].cell = n;
	}
	scan->fixed_end = offset;
	scan->fixed = palloc(sizeof(int) * Max(scan->fixed_count, 1));
	for (int i = 0; i < scan->fixed_count; i++)
		if (scan->columns[i].wanted)
			scan->fixed[scan->fixed_wanted++] = i;
}

/* The column that a source asks about first, of an output column. */
static Dictionary *
first_dictionary(const Source *source)
{
	switch (source->kind)
	{
		case SOURCE_BOOLEAN:
		case SOURCE_CASE:
			return source->memo_count > 0 ? source->memos[0]->dictionary : NULL;
		case SOURCE_JUNCTION:
			return first_dictionary(&source->terms[0]);
		default:
			return NULL;
	}
}

RcsScan *
rcs_scan_begin(QueryDesc *query)
{
	PlanState  *plan_state = query->planstate;
	MemoryContext caller;
	RcsScan    *scan;
	List	   *outputs = NIL;
	ListCell   *cell;
	Relation	relation;

	if (!IsA(plan_state, SeqScanState) || query->estate->es_rowmarks != NULL)
		return NULL;
	relation = ((SeqScanState *) plan_state)->ss.ss_currentRelation;
	if (relation->rd_tableam != GetHeapamTableAmRoutine())
		return NULL;
	caller = MemoryContextSwitchTo(query->estate->es_query_cxt);
	scan = palloc0(sizeof(RcsScan));
	scan->estate = query->estate;
	scan->plan_state = plan_state;
	scan->expressions = plan_state->ps_ExprContext;
	scan->slot = ((SeqScanState *) plan_state)->ss.ss_ScanTupleSlot;
	scan->expressions->ecxt_scantuple = scan->slot;
	scan->relation = relation;

	foreach(cell, plan_state->plan->targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!entry->resjunk)
			outputs = lappend(outputs, entry->expr);
	}
	lay_out(scan, outputs, plan_state->plan->qual);
	scan->sources = palloc0(sizeof(Source) * Max(list_length(outputs), 1));
	foreach(cell, outputs)
		make_source(scan, lfirst(cell), &scan->sources[scan->source_count++]);
	scan->filters = palloc0(sizeof(Filter) * Max(list_length(plan_state->plan->qual), 1));
	foreach(cell, plan_state->plan->qual)
		make_filter(scan, lfirst(cell), &scan->filters[scan->filter_count++]);
	scan->computed = palloc(sizeof(int) * Max(scan->source_count, 1));
	scan->copied = palloc(sizeof(int) * Max(scan->source_count, 1));
	for (int n = 0; n < scan->source_count; n++)
		if (scan->sources[n].kind == SOURCE_COLUMN && scan->sources[n].cell == n)
			continue;
		else if (scan->sources[n].kind == SOURCE_COLUMN)
			scan->copied[scan->copied_count++] = n;
		else if (scan->sources[n].kind == SOURCE_CONSTANT)
		{
			scan->values[n] = scan->sources[n].value;
			scan->nulls[n] = scan->sources[n].is_null;
		}
		else
		{
			Source	   *source = &scan->sources[n];

			scan->computed[scan->computed_count++] = n;
			source->dictionary = first_dictionary(source);
			if (source->dictionary)
				source->dictionary->choices = lappend(source->dictionary->choices, source);
		}
	scan->scan = table_beginscan(relation, query->estate->es_snapshot, 0, NULL);
	scan->block_count = ((HeapScanDesc) scan->scan)->rs_nblocks;
	scan->tuple.t_tableOid = RelationGetRelid(relation);
	MemoryContextSwitchTo(caller);
	return scan;
}
