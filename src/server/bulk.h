/*
 * bulk.h - many rows into one of our tables: table_multi_insert, then its indexes, constraints checked.
 */
#ifndef RCS_BULK_H
#define RCS_BULK_H

#include "postgres.h"

typedef struct RcsBulk RcsBulk;

/* Opens reconcile.<table> for inserting; column_count must be what the table has. Everything lives in the current memory context. */
extern RcsBulk *rcs_bulk_begin(const char *table, int column_count);

/* Adds a row in column order; by-reference values are copied. Flushes every 1,000 rows. */
extern void rcs_bulk_row(RcsBulk *bulk, const Datum *values, const bool *nulls);

/* Flushes and closes; the table stays locked until the end of the transaction. Returns the number of rows. */
extern uint64 rcs_bulk_end(RcsBulk *bulk);

#endif
