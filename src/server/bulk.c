/*
 * bulk.c - many rows into one of our tables.
 *
 * Row by row through SPI costs ten times as much (performance.md of the design). Our tables have no row triggers and no generated columns, so what the executor
 * adds for INSERT comes down to check constraints and indexes, both of which are kept here.
 */
#include "bulk.h"

#include "access/heapam.h"
#include "access/genam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define BATCH_ROWS 1000
#define REBUILD_MINIMUM_ROWS 50000
#define ROWS_PER_BLOCK 80

struct RcsBulk
{
	Relation	relation;
	EState	   *estate;
	ResultRelInfo *result_relation;
	BulkInsertState insert_state;
	TupleTableSlot *slots[BATCH_ROWS];
	MemoryContext context;		/* of the bulk itself: the caller's may be reset between rows */
	MemoryContext row_context;	/* what the rows of the batch point to */
	bool		rebuild;		/* indexes are built anew at the end */
	int			used;
	uint64		total;
	CommandId	command;
};

/* No lock is waited for: two sessions that each hold what the other wants would not end. */
bool
rcs_lock_for_rebuild(Relation relation, uint64 expected_rows)
{
	List	   *indexes;
	ListCell   *cell;

	if (expected_rows < REBUILD_MINIMUM_ROWS || RelationGetNumberOfBlocks(relation) > expected_rows / ROWS_PER_BLOCK)
		return false;
	if (!ConditionalLockRelation(relation, ShareRowExclusiveLock))
		return false;
	indexes = RelationGetIndexList(relation);
	foreach(cell, indexes)
	{
		Relation	index;
		bool		in_use;

		if (!ConditionalLockRelationOid(lfirst_oid(cell), AccessExclusiveLock))
			return false;
		/* A query of this very session may be reading it. */
		index = index_open(lfirst_oid(cell), NoLock);
		in_use = index->rd_refcnt > 1;
		index_close(index, NoLock);
		if (in_use)
			return false;
	}
	list_free(indexes);
	return true;
}

void
rcs_rebuild_indexes(Relation relation)
{
	List	   *indexes = RelationGetIndexList(relation);
	ReindexParams parameters = {0};
	ListCell   *cell;

	foreach(cell, indexes)
	{
		CHECK_FOR_INTERRUPTS();
		reindex_index(lfirst_oid(cell), false, relation->rd_rel->relpersistence, &parameters);
		CommandCounterIncrement();
	}
	list_free(indexes);
}

RcsBulk *
rcs_bulk_begin(const char *table, int column_count, uint64 expected_rows)
{
	RcsBulk    *bulk = palloc0(sizeof(RcsBulk));
	Oid			schema = get_namespace_oid("reconcile", false);
	Oid			oid = get_relname_relid(table, schema);

	if (!OidIsValid(oid))
		elog(ERROR, "table reconcile.%s is missing", table);
	bulk->context = CurrentMemoryContext;
	bulk->relation = table_open(oid, RowExclusiveLock);
	if (RelationGetDescr(bulk->relation)->natts != column_count)
		elog(ERROR, "table reconcile.%s has %d columns, the code knows %d", table, RelationGetDescr(bulk->relation)->natts, column_count);
	bulk->estate = CreateExecutorState();
	bulk->result_relation = makeNode(ResultRelInfo);
	InitResultRelInfo(bulk->result_relation, bulk->relation, 0, NULL, 0);
	bulk->rebuild = rcs_lock_for_rebuild(bulk->relation, expected_rows);
	if (!bulk->rebuild)
		ExecOpenIndices(bulk->result_relation, false);
	bulk->insert_state = GetBulkInsertState();
	bulk->row_context = AllocSetContextCreate(CurrentMemoryContext, "reconcile bulk rows", ALLOCSET_DEFAULT_SIZES);
	bulk->command = GetCurrentCommandId(true);
	return bulk;
}

static void
flush(RcsBulk *bulk)
{
	MemoryContext caller;

	if (bulk->used == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	/* table_multi_insert leaks into the current context. */
	caller = MemoryContextSwitchTo(GetPerTupleMemoryContext(bulk->estate));
	if (bulk->relation->rd_att->constr)
		for (int i = 0; i < bulk->used; i++)
			ExecConstraints(bulk->result_relation, bulk->slots[i], bulk->estate);
	table_multi_insert(bulk->relation, bulk->slots, bulk->used, bulk->command, 0, bulk->insert_state);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < bulk->used; i++)
	{
		if (bulk->result_relation->ri_NumIndices > 0)
			list_free(ExecInsertIndexTuples(bulk->result_relation, bulk->slots[i], bulk->estate, false, false, NULL, NIL));
		ExecClearTuple(bulk->slots[i]);
	}
	ResetPerTupleExprContext(bulk->estate);
	MemoryContextReset(bulk->row_context);
	bulk->total += bulk->used;
	bulk->used = 0;
}

void
rcs_bulk_row(RcsBulk *bulk, const Datum *values, const bool *nulls)
{
	TupleDesc	descriptor = RelationGetDescr(bulk->relation);
	TupleTableSlot *slot = bulk->slots[bulk->used];
	MemoryContext caller = MemoryContextSwitchTo(bulk->context);

	if (!slot)
		slot = bulk->slots[bulk->used] = table_slot_create(bulk->relation, NULL);
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		slot->tts_isnull[i] = nulls[i];
		if (nulls[i])
			slot->tts_values[i] = (Datum) 0;
		else if (attribute->attbyval)
			slot->tts_values[i] = values[i];
		else
		{
			Size		size = attribute->attlen == -1 ? VARSIZE_ANY(DatumGetPointer(values[i])) : (Size) attribute->attlen;
			char	   *copy = MemoryContextAlloc(bulk->row_context, size);

			memcpy(copy, DatumGetPointer(values[i]), size);
			slot->tts_values[i] = PointerGetDatum(copy);
		}
	}
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(bulk->relation);
	if (++bulk->used == BATCH_ROWS)
		flush(bulk);
	MemoryContextSwitchTo(caller);
}

uint64
rcs_bulk_end(RcsBulk *bulk)
{
	uint64		total;

	flush(bulk);
	total = bulk->total;
	FreeBulkInsertState(bulk->insert_state);
	table_finish_bulk_insert(bulk->relation, 0);
	for (int i = 0; i < BATCH_ROWS && bulk->slots[i]; i++)
		ExecDropSingleTupleTableSlot(bulk->slots[i]);
	if (bulk->rebuild)
		rcs_rebuild_indexes(bulk->relation);
	else
		ExecCloseIndices(bulk->result_relation);
	table_close(bulk->relation, NoLock);
	FreeExecutorState(bulk->estate);
	MemoryContextDelete(bulk->row_context);
	pfree(bulk);
	return total;
}
