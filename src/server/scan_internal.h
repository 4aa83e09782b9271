/*
 * scan_internal.h - what the files of the scan share.
 *
 * scan_plan.c takes the executor's plan apart, scan.c goes through the rows.
 */
#ifndef RCS_SCAN_INTERNAL_H
#define RCS_SCAN_INTERNAL_H

#include "scan.h"

#include "access/htup.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#define DICTIONARY_SLOTS 64		/* a power of two */
#define DICTIONARY_BYTES 16
#define DICTIONARY_TRIAL 4096	/* rows after which a dictionary must have been of use */
#define PREFETCH_ROWS 2
#define PREFETCH_HEADER 192		/* bytes of a page: its header and where the rows lie */
#define PREFETCH_TAIL 512		/* the first rows */
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
	int			cell;			/* of the column */
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
	int			cell;
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
	int			cell;			/* of the row at hand, where its value goes */
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
	int		   *copied;			/* output columns that are columns of the table which are output before */
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
	List	   *dictionaries;
	const Dictionary *in_question;	/* the one that an outcome is to be remembered by */
	bool		others_asked;	/* while it was worked out */

	HeapTupleData tuple;		/* the row at hand */
	uint64		row;			/* its number, from 1 on */
	bool		in_slot;

	/* Cells of the row at hand: the output columns, then the table's columns that are none of them */
	Datum	   *values;
	bool	   *nulls;
};

/* scan.c: whether a condition is true of the row at hand. */
extern bool rcs_scan_holds(RcsScan *scan, ExprState *condition, bool *is_null);

#endif
