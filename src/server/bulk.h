/*
 * bulk.h - many rows into one of our tables: table_multi_insert, then its indexes, constraints checked.
 */
#ifndef RCS_BULK_H
#define RCS_BULK_H

#include "postgres.h"

#include "utils/relcache.h"

typedef struct RcsBulk RcsBulk;

/*
 * Opens reconcile.<table> for inserting about expected_rows; column_count must be what the table has. Everything lives in the current memory
 * context. Where the rows would more than double the table and nobody else uses it, its indexes are built anew at the end
 * instead of row by row: sorted once, they cost a fraction. Others then wait for the table until the transaction ends.
 */
extern RcsBulk *rcs_bulk_begin(const char *table, int column_count, uint64 expected_rows);

/* Adds a row in column order; by-reference values are copied. Flushes every 1,000 rows. */
extern void rcs_bulk_row(RcsBulk *bulk, const Datum *values, const bool *nulls);

/* Flushes and closes; the table stays locked until the end of the transaction. Returns the number of rows. */
extern uint64 rcs_bulk_end(RcsBulk *bulk);

/*
 * The two halves of building indexes anew, for others that insert in bulk: locks the table against writers and its indexes against all, without waiting, where
 * expected_rows would more than double it; false: not worth it, or somebody is there. To be asked before the indexes are opened.
 */
extern bool rcs_lock_for_rebuild(Relation relation, uint64 expected_rows);
extern void rcs_rebuild_indexes(Relation relation);

#endif
