/*
 * audit.c - who acts, and where the audit chain ends: what SQL cannot ask by itself.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "query.h"
#include "support.h"

PG_FUNCTION_INFO_V1(reconcile_actor);
PG_FUNCTION_INFO_V1(reconcile_audit_end);
extern PGDLLEXPORT Datum reconcile_actor(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_audit_end(PG_FUNCTION_ARGS);

/*
 * The role that the session acts as: the one that logged in, or that of SET ROLE. Unlike current_user it stays the same inside the functions of
 * this extension that run with its owner's rights.
 */
Datum
reconcile_actor(PG_FUNCTION_ARGS)
{
	Name		name = palloc0(NAMEDATALEN);

	namestrcpy(name, GetUserNameFromId(rcs_actor(), false));
	PG_RETURN_NAME(name);
}

/*
 * The hash of the last row of the audit log as of now, whatever snapshot the transaction looks through: under REPEATABLE READ its own is older than
 * the rows that others have chained meanwhile, and the chain would fork. The caller holds the chain's lock.
 */
Datum
reconcile_audit_end(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	SPIPlanPtr	plan;
	bool		is_null = true;
	Datum		hash = (Datum) 0;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare("SELECT a.hash FROM reconcile.audit_log a ORDER BY a.audit_id DESC LIMIT 1", 0, NULL);
	if (!plan || SPI_execute_snapshot(plan, NULL, NULL, GetLatestSnapshot(), InvalidSnapshot, true, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "the end of the audit log could not be read");
	if (SPI_processed == 1)
	{
		hash = rcs_cell(0, 1, &is_null);
		if (!is_null)
		{
			MemoryContext before = MemoryContextSwitchTo(caller);

			hash = PointerGetDatum(PG_DETOAST_DATUM_COPY(hash));
			MemoryContextSwitchTo(before);
		}
	}
	SPI_finish();
	if (is_null)
		PG_RETURN_NULL();
	return hash;
}
