/*
 * scan.c - the rows of a query that is a plain scan of one table, read straight from its pages.
 */
#include "scan.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define DICTIONARY_SLOTS 64		/* a power of two */
#define DICTIONARY_BYTES 16
#define DICTIONARY_TRIAL 4096	/* rows after which a dictionary must have been of use */
#define PREFETCH_ROWS 2
#define NOT_KNOWN (-1)

/* A value of at most DICTIONARY_BYTES; with the length, the two halves say which. */
typedef struct Word
{
	uint64		low,
				high;
	uint64		length;			/* + 2; 0: free, 1: null */
} Word;

/* The values of one column that were met last. Each row's is looked up once, however many questions are asked about it. */
typedef struct Dictionary
{
	int			column;
	uint64		row;			/* whose slot is at hand */
	int			slot;			/* NOT_KNOWN: the value has none */
	bool		given_up;		/* the column has too many values */
	uint32		looked_up,
				missed;
	Word		words[DICTIONARY_SLOTS];
	List	   *memos;			/* that go by it */
	List	   *choices;		/* sources whose outcomes do */
} Dictionary;

/* A question about one column: the first of its conditions that is true; their number when none is, one more when a single one is null. */
typedef struct Memo
{
	Dictionary *dictionary;		/* NULL: the question is about several columns */
	int			count;
	ExprState **conditions;
	int			answers[DICTIONARY_SLOTS];
} Memo;

typedef enum SourceKind
{
	SOURCE_COLUMN,
	SOURCE_CONSTANT,
	SOURCE_BOOLEAN,				/* the answer of a memo */
	SOURCE_CASE,				/* memos say which result */
	SOURCE_JUNCTION,			/* terms joined by AND or OR */
	SOURCE_EXPRESSION			/* the executor evaluates it */
} SourceKind;

/* Where the value of an output column comes from. */
typedef struct Source
{
	SourceKind	kind;
	int			column;
	Datum		value;
	bool		is_null;
	int			memo_count;		/* of a case: one for all conditions, or one for each */
	Memo	  **memos;
	struct Source *results;		/* of the case: one a condition, then the default */
	struct Source *terms;		/* of the junction */
	int			term_count;
	bool		decisive;		/* the value of a term that is the junction's, whatever the others are */
	ExprState  *expression;

	/* Of a case or junction: the first column it asks about, and for each slot what comes out when nothing else had to be asked. */
	Dictionary *dictionary;
	const struct Source *outcomes[DICTIONARY_SLOTS];
} Source;

typedef enum FilterKind
{
	FILTER_NOT_NULL,
	FILTER_EQUAL,				/* a column and a constant that are compared as they are */
	FILTER_MEMO,
	FILTER_EXPRESSION
} FilterKind;

typedef struct Filter
{
	FilterKind	kind;
	int			column;
	Datum		value;
	Memo	   *memo;
	ExprState  *expression;
} Filter;

typedef struct Column
{
	int16		length;
	char		alignment;
	bool		by_value;
	bool		wanted;
	int32		offset;			/* where it lies in every tuple, within the fixed part */
} Column;

struct RcsScan
{
	EState	   *estate;
	PlanState  *plan_state;
	ExprContext *expressions;
	TupleTableSlot *slot;		/* what expressions see */
	Relation	relation;
	TableScanDesc scan;
	BlockNumber block_count;

	Source	   *sources;		/* of the output columns */
	int			source_count;
	int		   *computed;		/* those that are neither columns nor constants */
	int			computed_count;
	int		   *copied;			/* output columns that are columns of the table */
	int			copied_count;
	Filter	   *filters;
	int			filter_count;

	/* Columns of the table up to the last one that is wanted */
	Column	   *columns;
	int			column_count;
	int			fixed_count;	/* columns of fixed width that are never null, at the start */
	int32		fixed_end;
	int		   *fixed;			/* those of them that are wanted */
	int			fixed_wanted;
	Datum	   *column_values;
	bool	   *column_nulls;
	List	   *dictionaries;
	const Dictionary *in_question;	/* the one that an outcome is to be remembered by */
	bool		others_asked;	/* while it was worked out */

	HeapTupleData tuple;		/* the row at hand */
	uint64		row;			/* its number, from 1 on */
	bool		in_slot;
	Datum	   *values;
	bool	   *nulls;
};

/* ---- taking the plan apart ---- */

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

static bool
holds(RcsScan *scan, ExprState *condition, bool *is_null)
{
	Datum		value = ExecEvalExprSwitchContext(condition, scan->expressions, is_null);

	return !*is_null && DatumGetBool(value);
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

		return holds(scan, prepare(scan, condition), &is_null) ? 1 : 0;
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
		source->column = column;
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
		filter->column = column;
		return;
	}
	if (IsA(condition, OpExpr) && (((OpExpr *) condition)->opfuncid == F_INT4EQ || ((OpExpr *) condition)->opfuncid == F_INT8EQ))
	{
		Node	   *other = lsecond(((OpExpr *) condition)->args);

		column = plain_column(linitial(((OpExpr *) condition)->args));
		if (column >= 0 && IsA(other, Const) && !((Const *) other)->constisnull)
		{
			filter->kind = FILTER_EQUAL;
			filter->column = column;
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
lay_out(RcsScan *scan, List *expressions)
{
	TupleDesc	descriptor = RelationGetDescr(scan->relation);
	List	   *variables = pull_var_clause((Node *) expressions, PVC_RECURSE_PLACEHOLDERS);
	ListCell   *cell;
	int32		offset = 0;

	foreach(cell, variables)
		scan->column_count = Max(scan->column_count, lfirst_node(Var, cell)->varattno);
	scan->columns = palloc0(sizeof(Column) * Max(scan->column_count, 1));
	scan->column_values = palloc0(sizeof(Datum) * Max(scan->column_count, 1));
	scan->column_nulls = palloc0(sizeof(bool) * Max(scan->column_count, 1));
	foreach(cell, variables)
		if (lfirst_node(Var, cell)->varattno > 0)
			scan->columns[lfirst_node(Var, cell)->varattno - 1].wanted = true;
	for (int i = 0; i < scan->column_count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		Column	   *column = &scan->columns[i];

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
	lay_out(scan, list_concat_copy(outputs, plan_state->plan->qual));
	scan->sources = palloc0(sizeof(Source) * Max(list_length(outputs), 1));
	foreach(cell, outputs)
		make_source(scan, lfirst(cell), &scan->sources[scan->source_count++]);
	scan->filters = palloc0(sizeof(Filter) * Max(list_length(plan_state->plan->qual), 1));
	foreach(cell, plan_state->plan->qual)
		make_filter(scan, lfirst(cell), &scan->filters[scan->filter_count++]);
	scan->values = palloc0(sizeof(Datum) * Max(scan->source_count, 1));
	scan->nulls = palloc0(sizeof(bool) * Max(scan->source_count, 1));
	scan->computed = palloc(sizeof(int) * Max(scan->source_count, 1));
	scan->copied = palloc(sizeof(int) * Max(scan->source_count, 1));
	for (int n = 0; n < scan->source_count; n++)
		if (scan->sources[n].kind == SOURCE_COLUMN)
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

BlockNumber
rcs_scan_blocks(const RcsScan *scan)
{
	return scan->block_count;
}

/* ---- the rows ---- */

/* Takes the wanted columns out of the tuple at hand. */
static inline void
take_columns(RcsScan *scan)
{
	HeapTupleHeader header = scan->tuple.t_data;
	bool		has_nulls = (header->t_infomask & HEAP_HASNULL) != 0;
	char	   *data = (char *) header + header->t_hoff;
	int32		offset = scan->fixed_end;
	int			count = scan->column_count;

	/* Columns added later are not in the tuple. */
	if (unlikely(HeapTupleHeaderGetNatts(header) < count))
	{
		ExecStoreBufferHeapTuple(&scan->tuple, scan->slot, ((HeapScanDesc) scan->scan)->rs_cbuf);
		scan->in_slot = true;
		slot_getsomeattrs(scan->slot, count);
		memcpy(scan->column_values, scan->slot->tts_values, sizeof(Datum) * count);
		memcpy(scan->column_nulls, scan->slot->tts_isnull, sizeof(bool) * count);
		return;
	}
	for (int f = 0; f < scan->fixed_wanted; f++)
	{
		int			i = scan->fixed[f];
		Column	   *column = &scan->columns[i];

		scan->column_values[i] = fetch_att(data + column->offset, column->by_value, column->length);
	}
	for (int i = scan->fixed_count; i < count; i++)
	{
		Column	   *column = &scan->columns[i];

		if (has_nulls && att_isnull(i, header->t_bits))
		{
			scan->column_nulls[i] = true;
			continue;
		}
		offset = att_align_pointer(offset, column->alignment, column->length, data + offset);
		if (column->wanted)
		{
			scan->column_nulls[i] = false;
			scan->column_values[i] = fetch_att(data + offset, column->by_value, column->length);
		}
		offset = att_addlength_pointer(offset, column->length, data + offset);
	}
}

/* Shows the row at hand to the expressions of the executor. */
static void
show_row(RcsScan *scan)
{
	if (scan->in_slot)
		return;
	ExecStoreBufferHeapTuple(&scan->tuple, scan->slot, ((HeapScanDesc) scan->scan)->rs_cbuf);
	scan->in_slot = true;
}

static int
evaluate_memo(RcsScan *scan, Memo *memo)
{
	bool		is_null = false;

	show_row(scan);
	for (int i = 0; i < memo->count; i++)
		if (holds(scan, memo->conditions[i], &is_null))
			return i;
	return memo->count + (memo->count == 1 && is_null);
}

/* Loads that overlap where the value is shorter than both together; nothing beyond it is read. */
static inline void
load_halves(const char *bytes, Size length, Word *word)
{
	if (length >= 8)
	{
		memcpy(&word->low, bytes, 8);
		memcpy(&word->high, bytes + length - 8, 8);
	}
	else if (length >= 4)
	{
		uint32		first,
					last;

		memcpy(&first, bytes, 4);
		memcpy(&last, bytes + length - 4, 4);
		word->low = first;
		word->high = last;
	}
	else if (length > 0)
		word->low = (uint64) (uint8) bytes[0] << 16 | (uint64) (uint8) bytes[length / 2] << 8 | (uint8) bytes[length - 1];
}

/* The slot of the row's value, which takes that of another one when it is new. */
static int
look_up(RcsScan *scan, Dictionary *dictionary)
{
	Column	   *column = &scan->columns[dictionary->column];
	Datum		value = scan->column_values[dictionary->column];
	Word		word = {0};
	Word	   *known;
	ListCell   *cell;
	int			slot;

	if (scan->column_nulls[dictionary->column])
		word.length = 1;
	else if (column->by_value)
	{
		word.low = (uint64) value;
		word.length = sizeof(Datum) + 2;
	}
	else if (column->length == -1 && VARATT_IS_1B(DatumGetPointer(value)) && !VARATT_IS_1B_E(DatumGetPointer(value)) &&
			 VARSIZE_1B(DatumGetPointer(value)) - VARHDRSZ_SHORT <= DICTIONARY_BYTES)
	{
		Size		length = VARSIZE_1B(DatumGetPointer(value)) - VARHDRSZ_SHORT;

		load_halves(VARDATA_1B(DatumGetPointer(value)), length, &word);
		word.length = length + 2;
	}
	else
		return NOT_KNOWN;
	slot = (int) (((word.low + word.high * 31 + word.length) * UINT64CONST(0x9E3779B97F4A7C15)) >> 58);
	known = &dictionary->words[slot];
	dictionary->looked_up++;
	if (known->length == word.length && known->low == word.low && known->high == word.high)
		return slot;
	if (++dictionary->missed > DICTIONARY_TRIAL && dictionary->missed > dictionary->looked_up / 2)
		dictionary->given_up = true;
	*known = word;
	foreach(cell, dictionary->memos)
		((Memo *) lfirst(cell))->answers[slot] = NOT_KNOWN;
	foreach(cell, dictionary->choices)
		((Source *) lfirst(cell))->outcomes[slot] = NULL;
	return slot;
}

StaticAssertDecl(DICTIONARY_SLOTS == 1 << (64 - 58), "the hash has as many bits as it takes");

/* The slot of the row's value in a dictionary, or NOT_KNOWN. */
static inline int
slot_at_hand(RcsScan *scan, Dictionary *dictionary)
{
	if (dictionary->given_up)
		return NOT_KNOWN;
	if (dictionary->row != scan->row)
	{
		dictionary->row = scan->row;
		dictionary->slot = look_up(scan, dictionary);
	}
	return dictionary->slot;
}

static inline int
ask(RcsScan *scan, Memo *memo)
{
	int			slot = memo->dictionary ? slot_at_hand(scan, memo->dictionary) : NOT_KNOWN;

	if (slot == NOT_KNOWN || memo->dictionary != scan->in_question)
		scan->others_asked = true;
	if (slot == NOT_KNOWN)
		return evaluate_memo(scan, memo);
	if (memo->answers[slot] == NOT_KNOWN)
		memo->answers[slot] = evaluate_memo(scan, memo);
	return memo->answers[slot];
}

/* Which result of a case applies; a condition that is null is not true. */
static int
chosen(RcsScan *scan, const Source *source)
{
	int			result = 0;

	for (int i = 0; i < source->memo_count; i++)
	{
		Memo	   *memo = source->memos[i];
		int			answer = ask(scan, memo);

		if (answer < memo->count)
			return result + answer;
		result += memo->count;
	}
	return result;
}

static const Source *outcome(RcsScan *scan, const Source *source);

static const Source false_source = {.kind = SOURCE_CONSTANT,.value = (Datum) false};
static const Source true_source = {.kind = SOURCE_CONSTANT,.value = (Datum) true};
static const Source null_source = {.kind = SOURCE_CONSTANT,.is_null = true};

static Datum
final_value(RcsScan *scan, const Source *source, bool *is_null)
{
	if (source->kind == SOURCE_COLUMN)
	{
		*is_null = scan->column_nulls[source->column];
		return scan->column_values[source->column];
	}
	if (source->kind == SOURCE_CONSTANT)
	{
		*is_null = source->is_null;
		return source->value;
	}
	show_row(scan);
	return ExecEvalExprSwitchContext(source->expression, scan->expressions, is_null);
}

/* AND and OR as SQL has them: a decisive term decides, else one that is null makes the whole null. */
static const Source *
joined(RcsScan *scan, const Source *source)
{
	bool		any_null = false;

	for (int i = 0; i < source->term_count; i++)
	{
		const Source *term = outcome(scan, &source->terms[i]);
		bool		is_null;
		bool		value = DatumGetBool(final_value(scan, term, &is_null));

		if (term->kind != SOURCE_CONSTANT)
			scan->others_asked = true;
		if (is_null)
			any_null = true;
		else if (value == source->decisive)
			return value ? &true_source : &false_source;
	}
	return any_null ? &null_source : source->decisive ? &false_source : &true_source;
}

/* The column, constant or expression whose value a source has in the row at hand. */
static const Source *
outcome(RcsScan *scan, const Source *source)
{
	for (;;)
	{
		int			answer;

		switch (source->kind)
		{
			case SOURCE_COLUMN:
			case SOURCE_CONSTANT:
			case SOURCE_EXPRESSION:
				return source;
			case SOURCE_BOOLEAN:
				answer = ask(scan, source->memos[0]);
				return answer == 0 ? &true_source : answer == 1 ? &false_source : &null_source;
			case SOURCE_CASE:
				source = &source->results[chosen(scan, source)];
				continue;
			case SOURCE_JUNCTION:
				return joined(scan, source);
		}
	}
}

/* The value of an output column. Its outcome is remembered when it hangs on one column alone, for the column's value. */
static Datum
value_of(RcsScan *scan, Source *source, bool *is_null)
{
	int			slot = source->dictionary ? slot_at_hand(scan, source->dictionary) : NOT_KNOWN;
	const Source *final = slot != NOT_KNOWN ? source->outcomes[slot] : NULL;

	if (!final)
	{
		scan->in_question = source->dictionary;
		scan->others_asked = false;
		final = outcome(scan, source);
		if (slot != NOT_KNOWN && !scan->others_asked)
			source->outcomes[slot] = final;
	}
	return final_value(scan, final, is_null);
}

static bool
passes(RcsScan *scan)
{
	for (int i = 0; i < scan->filter_count; i++)
	{
		Filter	   *filter = &scan->filters[i];
		bool		is_null;

		switch (filter->kind)
		{
			case FILTER_NOT_NULL:
				if (scan->column_nulls[filter->column])
					return false;
				break;
			case FILTER_EQUAL:
				if (scan->column_nulls[filter->column] || scan->column_values[filter->column] != filter->value)
					return false;
				break;
			case FILTER_MEMO:
				if (ask(scan, filter->memo) != 0)
					return false;
				break;
			case FILTER_EXPRESSION:
				show_row(scan);
				if (!holds(scan, filter->expression, &is_null))
					return false;
				break;
		}
	}
	return true;
}

void
rcs_scan_rows(RcsScan *scan, BlockNumber first, BlockNumber end, RcsTakeRow take, void *context)
{
	HeapScanDesc heap = (HeapScanDesc) scan->scan;

	for (BlockNumber block = first; block < end; block++)
	{
		Page		page;

		/* Asks for interrupts, prunes, and tells which tuples the snapshot sees. */
		heapgetpage(scan->scan, block);
		page = BufferGetPage(heap->rs_cbuf);
		for (int t = 0; t < heap->rs_ntuples; t++)
		{
			ItemId		item = PageGetItemId(page, heap->rs_vistuples[t]);

			/* What the rows lie in is seldom in the cache. */
			if (t + PREFETCH_ROWS < heap->rs_ntuples)
			{
				const char *ahead = (const char *) PageGetItem(page, PageGetItemId(page, heap->rs_vistuples[t + PREFETCH_ROWS]));

				__builtin_prefetch(ahead);
				__builtin_prefetch(ahead + 64);
				__builtin_prefetch(ahead + 128);
			}
			scan->tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
			scan->tuple.t_len = ItemIdGetLength(item);
			ItemPointerSet(&scan->tuple.t_self, block, heap->rs_vistuples[t]);
			scan->in_slot = false;
			scan->row++;
			take_columns(scan);
			if (passes(scan))
			{
				for (int i = 0; i < scan->copied_count; i++)
				{
					int			n = scan->copied[i];

					scan->values[n] = scan->column_values[scan->sources[n].column];
					scan->nulls[n] = scan->column_nulls[scan->sources[n].column];
				}
				for (int i = 0; i < scan->computed_count; i++)
					scan->values[scan->computed[i]] = value_of(scan, &scan->sources[scan->computed[i]], &scan->nulls[scan->computed[i]]);
				take(context, scan->values, scan->nulls);
			}
			if (scan->in_slot)
			{
				ExecClearTuple(scan->slot);
				ResetExprContext(scan->expressions);
			}
		}
	}
}

void
rcs_scan_end(RcsScan *scan)
{
	ExecClearTuple(scan->slot);
	table_endscan(scan->scan);
}
