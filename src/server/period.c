/*
 * period.c - which days of a merchant are closed: as of now, whatever snapshot the transaction looks through.
 */
#include "period.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "query.h"

PG_FUNCTION_INFO_V1(reconcile_closed_through);
extern PGDLLEXPORT Datum reconcile_closed_through(PG_FUNCTION_ARGS);

/*
 * Under REPEATABLE READ the transaction's own snapshot may be older than the closing for whose lock it has waited. Within SPI.
 */
static bool
read_closed_through(Datum merchant_id, Datum since, bool any, DateADT *closed_through)
{
	Oid			types[2] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[2] = {merchant_id, since};
	char		nulls[3] = {' ', any ? 'n' : ' ', '\0'};
	SPIPlanPtr	plan;
	bool		is_null;
	Datum		day;

	plan = SPI_prepare("SELECT pg_catalog.max(p.date_through) FROM reconcile.period_log AS p"
					   " WHERE p.merchant_id = $1 AND p.status = 'closed' AND ($2 IS NULL OR p.closed_at >= $2)", 2, types);
	if (!plan || SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(), InvalidSnapshot, true, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "periods cannot be read");
	day = rcs_cell(0, 1, &is_null);
	if (!is_null)
		*closed_through = DatumGetDateADT(day);
	return !is_null;
}

bool
rcs_closed_through(int32 merchant_id, DateADT *closed_through)
{
	return read_closed_through(Int32GetDatum(merchant_id), (Datum) 0, true, closed_through);
}

bool
rcs_hold_periods(int32 merchant_id, DateADT *closed_through)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(merchant_id)};

	if (SPI_execute_with_args("SELECT reconcile.hold_periods($1)", 1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "periods cannot be locked");
	return rcs_closed_through(merchant_id, closed_through);
}

/* reconcile_closed_through(merchant_id, since): the last closed day, NULL when there is none. */
Datum
reconcile_closed_through(PG_FUNCTION_ARGS)
{
	DateADT		closed_through;
	bool		closed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	closed = read_closed_through(PG_GETARG_DATUM(0), PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1), PG_ARGISNULL(1), &closed_through);
	SPI_finish();
	if (!closed)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(closed_through);
}
