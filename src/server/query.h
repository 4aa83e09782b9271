/*
 * query.h - rows of a query by SPI, as C wants them. Rows and columns are those of SPI_tuptable; columns count from 1.
 */
#ifndef RCS_QUERY_H
#define RCS_QUERY_H

#include "postgres.h"

#include "executor/spi.h"

/* Runs a SELECT that only reads; raises when it is none. */
extern void rcs_select(const char *query, int argument_count, Oid *types, Datum *values);

/* Runs a statement that may write; raises when it is none. nulls: as SPI has them, or NULL. */
extern void rcs_execute(const char *statement, int argument_count, Oid *types, Datum *values, const char *nulls);

static inline Datum
rcs_cell(uint64 row, int column, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, is_null);
}

/* As text, NULL for null. */
static inline char *
rcs_cell_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* 0 for null. */
static inline int32
rcs_cell_int(uint64 row, int column)
{
	bool		is_null;
	Datum		value = rcs_cell(row, column, &is_null);

	return is_null ? 0 : DatumGetInt32(value);
}

#endif
