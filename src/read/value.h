/*
 * value.h - reads one field of one record as an expression of the format says. Used by mapping.c.
 */
#ifndef RC_VALUE_H
#define RC_VALUE_H

#include "mapping.h"

/* Text that lives until the next record: blocks of memory given back together. */
typedef struct RcRowScratch
{
	const RcAllocator *allocator;
	struct RcScratchBlock *blocks;
} RcRowScratch;

extern char *rc_row_scratch_allocate(RcRowScratch *scratch, size_t size);	/* NULL when there is no memory */
extern void rc_row_scratch_reset(RcRowScratch *scratch);	/* keeps one block */
extern void rc_row_scratch_free(RcRowScratch *scratch);

/* All that an expression can refer to. */
typedef struct RcCells
{
	const RcFormat *format;
	const int  *column_of;		/* format column to field index, -1 absent */
	const RcRecord *record;
	RcNumberStyle style;
	const RcField *captured;	/* format->capture_count of them */
	RcRowScratch  *scratch;
} RcCells;

/* The trimmed cell of a format column; length 0 when empty or absent. */
extern RcField rc_cell(const RcCells *cells, int column);

extern bool rc_when_holds(const RcCells *cells, const RcWhen *when);

/*
 * Evaluates an expression that is no template. A value that cannot be read is RC_BAD_VALUE or RC_OVERFLOW with column and field set; a
 * missing one leaves value->text NULL.
 */
extern RcCode rc_evaluate(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcValue *value, RcStatus *status);

/* The same for a template, once the other fields of the row are there. */
extern RcCode rc_evaluate_template(const RcCells *cells, const RcExpression *expression, const RcTargetField *field,
								   const RcRow *row, RcValue *value, RcStatus *status);
extern RcCode rc_fill_template(const RcCells *cells, RcField text, const RcRow *row, RcField *result, RcStatus *status);

/* An amount of a cell as it stands; RC_OK with *found false when it is empty. */
extern RcCode rc_cell_amount(const RcCells *cells, int column, RcDecimal *amount, bool *found, RcStatus *status);

/* The canonical text of a value, as natural keys use it; at most 64 bytes for what is no text. */
extern RcField rc_canonical(const RcValue *value, RcFieldType type, char *buffer);

#endif
