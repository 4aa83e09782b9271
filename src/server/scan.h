/*
 * scan.h - the rows of a query that is a plain scan of one table, read straight from its pages.
 *
 * Most sources are views that rename the columns of one table, leave out some rows and choose between columns by a kind or a shop. What the
 * executor does for each row of such a query costs several times what the row itself does. A scan takes its plan, permissions and row security
 * from the executor, as they are, and only goes through the rows by itself: columns are taken from the tuple, a condition on one column
 * is asked once for each value it has, and whatever is not of that kind is left to the executor's own expressions.
 */
#ifndef RCS_SCAN_H
#define RCS_SCAN_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "storage/block.h"

typedef struct RcsScan RcsScan;

/* Takes one row; what pointers among the values point to is gone after the call. */
typedef void (*RcsTakeRow) (void *context, const Datum *values, const bool *nulls);

/* The scan of a query that ExecutorStart has been called for, or NULL when it is no plain scan of a table. It ends with the query's memory. */
extern RcsScan *rcs_scan_begin(QueryDesc *query);

extern BlockNumber rcs_scan_blocks(const RcsScan *scan);

/* Hands over the rows of some pages, in their order. */
extern void rcs_scan_rows(RcsScan *scan, BlockNumber first, BlockNumber end, RcsTakeRow take, void *context);

extern void rcs_scan_end(RcsScan *scan);

#endif
