/*
 * sink.c - batches, identity, bulk insertion.
 *
 * Uniqueness without memory that grows with the file: each batch is sorted by key and looked up in the unique index. When the index was
 * empty at the start only keys that this file may have brought itself need a look, and a Bloom filter tells which may. Existing rows that
 * a row of the file has answered to are marked in a sparse bitmap, so that the second of two twins finds the second row.
 *
 * Many rows into an empty table go in without indexes, which are then built from sorted keys in a fraction of the time.
 */
#include "sink.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "bulk.h"

#define BATCH_ROWS 32768
#define INSERT_ROWS 1000
#define INSERT_BYTES 65536
#define REBUILD_MEMORY "24576"	/* kB for building indexes */
#define BLOOM_BITS (UINT64CONST(1) << 27)	/* 16 MB: sixteen bits a key up to 8 million keys */
#define MARK_BITS 4096
#define KEYS_PER_BLOCK 250
#define LEARN_MINIMUM_ROWS 20000
#define LEARN_MAXIMUM_KEYS 8000000	/* what the filter holds well */
#define LEARN_RATIO 10			/* existing keys to new rows */

/* What is sorted: the key, and where its entry is. */
typedef struct KeyPlace
{
	uint64		key;
	uint32		index;
} KeyPlace;

#define ST_SORT sort_places
#define ST_ELEMENT_TYPE KeyPlace
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key ? 1 : (a)->index < (b)->index ? -1 : (a)->index > (b)->index)
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* A stretch of ids of existing rows, one bit each. */
typedef struct MarkBlock
{
	int64		block;
	uint64		bits[MARK_BITS / 64];
} MarkBlock;

/* An existing row of one key. */
typedef struct Existing
{
	uint64		check;
	int64		id;
	int32		occurrence;
	bool		ours;			/* of this import */
	bool		comparable;
	Numeric		amount;
} Existing;

struct RcsSink
{
	RcsSinkOptions options;
	int32		merchant_id;
	int64		import_id;
	Relation	relation;
	Oid			sequence;
	int			id_column;		/* 0-based */
	int			compare_column;
	int			frame[7];		/* merchant_id, id, import_id, line_no, natural_key, natural_check, occurrence; -1 absent */
	int			id_offset;		/* in the tuple's data; -1 not fixed */
	int			occurrence_offset;

	EState	   *estate;
	ResultRelInfo *result_relation;
	int			primary;		/* which of its indexes */
	int			natural;
	bool		has_checks;
	BulkInsertState insert_state;
	TupleTableSlot *slots[INSERT_ROWS];
	TupleTableSlot *probe_slot;

	MemoryContext context;
	MemoryContext batch_context;	/* tuples and raw text of the batch */
	MemoryContext probe_context;	/* existing rows of one key */
	MemoryContext insert_context;
	RcsEntry   *entries;
	KeyPlace   *places;
	int			capacity;
	int			count;

	bool		was_empty;
	bool		wrote;
	bool		rebuild;		/* no indexes for now */
	uint64	   *bloom;
	HTAB	   *marks;

	int64		first_id;
	int64		last_id;
	int64		written;
};

static const char *const frame_names[] = {"merchant_id", NULL, "import_id", "line_no", "natural_key", "natural_check", "occurrence"};

int
rcs_sink_find_column(const RcsSink *sink, const char *name)
{
	TupleDesc	descriptor = RelationGetDescr(sink->relation);

	for (int i = 0; i < descriptor->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(descriptor, i)->attname), name) == 0)
			return i;
	return -1;
}

int
rcs_sink_column(RcsSink *sink, const char *name)
{
	int			column = rcs_sink_find_column(sink, name);

	if (column < 0)
		elog(ERROR, "table %s has no column %s", RelationGetRelationName(sink->relation), name);
	return column;
}

int
rcs_sink_column_count(const RcsSink *sink)
{
	return RelationGetDescr(sink->relation)->natts;
}

bool
rcs_sink_is_nullable(const RcsSink *sink, int column)
{
	return !TupleDescAttr(RelationGetDescr(sink->relation), column)->attnotnull;
}

TupleDesc
rcs_sink_descriptor(const RcsSink *sink)
{
	return RelationGetDescr(sink->relation);
}

/* Where a fixed-width column lies in every tuple of the table, or -1. */
static int
fixed_offset(TupleDesc descriptor, int column)
{
	int			offset = 0;

	for (int i = 0; i <= column; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attlen < 0 || !attribute->attnotnull)
			return -1;
		offset = att_align_nominal(offset, attribute->attalign);
		if (i < column)
			offset += attribute->attlen;
	}
	return offset;
}

/* Finds the two indexes that every fact table has; others are kept up as the executor would. */
static void
find_indexes(RcsSink *sink)
{
	ResultRelInfo *info = sink->result_relation;

	sink->primary = sink->natural = -1;
	for (int i = 0; i < info->ri_NumIndices; i++)
	{
		Relation	index = info->ri_IndexRelationDescs[i];
		IndexInfo  *what = info->ri_IndexRelationInfo[i];

		if (!what->ii_Unique || what->ii_Predicate != NIL || what->ii_Expressions != NIL || !index->rd_index->indisvalid)
			continue;
		if (what->ii_NumIndexKeyAttrs == 2 && what->ii_NumIndexAttrs == 2 && index->rd_index->indisprimary &&
			what->ii_IndexAttrNumbers[0] == sink->frame[0] + 1 && what->ii_IndexAttrNumbers[1] == sink->id_column + 1)
			sink->primary = i;
		else if (what->ii_NumIndexKeyAttrs == 3 && what->ii_NumIndexAttrs == 3 &&
				 what->ii_IndexAttrNumbers[0] == sink->frame[0] + 1 && what->ii_IndexAttrNumbers[1] == sink->frame[4] + 1 &&
				 what->ii_IndexAttrNumbers[2] == sink->frame[6] + 1)
			sink->natural = i;
	}
	if (sink->primary < 0 || sink->natural < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s lacks its primary key or the unique index on its natural key", RelationGetRelationName(sink->relation)),
				 errhint("Restore the constraints that the extension made.")));
}

static Snapshot
latest_snapshot(void)
{
	return RegisterSnapshot(GetLatestSnapshot());
}

/* Opens the indexes for inserting and finds the two that every fact table has. */
static void
open_indexes(RcsSink *sink)
{
	sink->result_relation = makeNode(ResultRelInfo);
	InitResultRelInfo(sink->result_relation, sink->relation, 0, NULL, 0);
	ExecOpenIndices(sink->result_relation, false);
	find_indexes(sink);
}

/* Whether the table holds nothing of this merchant. */
static bool
is_empty(RcsSink *sink)
{
	Snapshot	snapshot = latest_snapshot();
	Relation	index = sink->result_relation->ri_IndexRelationDescs[sink->natural];
	ScanKeyData key[1];
	IndexScanDesc scan;
	bool		empty;

	ScanKeyInit(&key[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(sink->merchant_id));
	scan = index_beginscan(sink->relation, index, snapshot, 1, 0);
	index_rescan(scan, key, 1, NULL, 0);
	empty = !index_getnext_slot(scan, ForwardScanDirection, sink->probe_slot);
	ExecClearTuple(sink->probe_slot);
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	return empty;
}

static bool bloom_add(uint64 *bloom, uint64 key);

static void
make_bloom(RcsSink *sink)
{
	sink->bloom = MemoryContextAllocExtended(sink->context, BLOOM_BITS / 8, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/*
 * Where many rows join not too many, reading all keys that are there once costs less than looking for each new one: most of a new file is new.
 */
static void
learn_keys(RcsSink *sink, uint64 expected_rows)
{
	Relation	index = sink->result_relation->ri_IndexRelationDescs[sink->natural];
	uint64		there = (uint64) RelationGetNumberOfBlocks(index) * KEYS_PER_BLOCK;
	ScanKeyData key[1];
	IndexScanDesc scan;
	Snapshot	snapshot;
	uint64		count = 0;

	if (expected_rows < LEARN_MINIMUM_ROWS || there > LEARN_MAXIMUM_KEYS || there > expected_rows * LEARN_RATIO)
		return;
	make_bloom(sink);
	snapshot = latest_snapshot();
	ScanKeyInit(&key[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(sink->merchant_id));
	scan = index_beginscan(sink->relation, index, snapshot, 1, 0);
	scan->xs_want_itup = true;
	index_rescan(scan, key, 1, NULL, 0);
	/* Rows that are dead or not ours to see do no harm: a key too many is looked up in vain. */
	while (index_getnext_tid(scan, ForwardScanDirection) != NULL)
	{
		bool		null;

		bloom_add(sink->bloom, (uint64) DatumGetInt64(index_getattr(scan->xs_itup, 2, scan->xs_itupdesc, &null)));
		if ((++count & 65535) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
}

RcsSink *
rcs_sink_open(const char *table, int32 merchant_id, int64 import_id, RcsSinkOptions options)
{
	RcsSink    *sink = palloc0(sizeof(RcsSink));
	Oid			oid = get_relname_relid(table, get_namespace_oid("reconcile", false));
	TupleDesc	descriptor;
	AclResult	acl;

	if (!OidIsValid(oid))
		elog(ERROR, "table reconcile.%s is missing", table);
	acl = pg_class_aclcheck(oid, GetUserId(), ACL_INSERT);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_TABLE, table);
	sink->options = options;
	sink->merchant_id = merchant_id;
	sink->import_id = import_id;
	sink->context = CurrentMemoryContext;
	sink->relation = table_open(oid, RowExclusiveLock);
	descriptor = RelationGetDescr(sink->relation);
	if (sink->relation->rd_rel->relkind != RELKIND_RELATION ||
		(sink->relation->trigdesc && (sink->relation->trigdesc->trig_insert_before_row || sink->relation->trigdesc->trig_insert_after_row)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table reconcile.%s is partitioned or has row triggers: imports do not support that", table)));
	for (int i = 0; i < (int) lengthof(frame_names); i++)
		sink->frame[i] = frame_names[i] ? rcs_sink_find_column(sink, frame_names[i]) : -1;
	sink->id_column = 1;
	sink->frame[1] = 1;
	if (sink->frame[0] != 0 || sink->frame[4] < 0 || sink->frame[5] < 0 || sink->frame[6] < 0)
		elog(ERROR, "table reconcile.%s is no fact table", table);
	sink->id_offset = fixed_offset(descriptor, 1);
	sink->occurrence_offset = fixed_offset(descriptor, sink->frame[6]);
	sink->compare_column = options.compare_column ? rcs_sink_column(sink, options.compare_column) : -1;
	sink->sequence = getIdentitySequence(oid, 2, false);
	sink->has_checks = descriptor->constr && descriptor->constr->num_check > 0;

	sink->estate = CreateExecutorState();
	open_indexes(sink);
	sink->insert_state = GetBulkInsertState();
	sink->probe_slot = table_slot_create(sink->relation, NULL);

	sink->batch_context = GenerationContextCreate(CurrentMemoryContext, "reconcile sink batch", 64 * 1024, 64 * 1024, 1024 * 1024);
	sink->probe_context = AllocSetContextCreate(CurrentMemoryContext, "reconcile sink probe", ALLOCSET_DEFAULT_SIZES);
	sink->insert_context = AllocSetContextCreate(CurrentMemoryContext, "reconcile sink insert", ALLOCSET_DEFAULT_SIZES);
	sink->capacity = options.batch_rows > 0 ? options.batch_rows : BATCH_ROWS;
	sink->was_empty = is_empty(sink);
	if (sink->was_empty && options.expected_rows > 0)
	{
		ExecCloseIndices(sink->result_relation);
		sink->rebuild = rcs_lock_for_rebuild(sink->relation, options.expected_rows);
		if (sink->rebuild)
			sink->result_relation->ri_NumIndices = 0;
		else
			open_indexes(sink);
	}
	else if (!sink->was_empty)
		learn_keys(sink, options.expected_rows);
	return sink;
}

MemoryContext
rcs_sink_batch_context(RcsSink *sink)
{
	return sink->batch_context;
}

HeapTuple
rcs_sink_form(RcsSink *sink, RcHash128 key, int64 line_no, Datum *values, bool *nulls)
{
	TupleDesc	descriptor = RelationGetDescr(sink->relation);
	MemoryContext caller;
	HeapTuple	tuple;

	values[sink->frame[0]] = Int32GetDatum(sink->merchant_id);
	values[1] = Int64GetDatum(0);
	values[sink->frame[2]] = Int64GetDatum(sink->import_id);
	values[sink->frame[4]] = Int64GetDatum((int64) key.low);
	values[sink->frame[5]] = Int64GetDatum((int64) key.high);
	values[sink->frame[6]] = Int32GetDatum(1);
	if (sink->frame[3] >= 0)
		values[sink->frame[3]] = Int64GetDatum(line_no);
	for (int i = 0; i < (int) lengthof(sink->frame); i++)
		if (sink->frame[i] >= 0)
			nulls[sink->frame[i]] = false;
	for (int i = 0; i < descriptor->natts; i++)
		if (nulls[i] && TupleDescAttr(descriptor, i)->attnotnull)
			elog(ERROR, "no value for column %s of table %s", NameStr(TupleDescAttr(descriptor, i)->attname), RelationGetRelationName(sink->relation));
	caller = MemoryContextSwitchTo(sink->batch_context);
	tuple = heap_form_tuple(descriptor, values, nulls);
	MemoryContextSwitchTo(caller);
	return tuple;
}

RcsEntry *
rcs_sink_add(RcsSink *sink, HeapTuple tuple, RcHash128 key, int64 line_no)
{
	RcsEntry   *entry;

	if (!sink->entries)
	{
		/* The few rows of headers and payouts need no large batch. */
		sink->entries = MemoryContextAllocHuge(sink->context, sizeof(RcsEntry) * sink->capacity);
		sink->places = MemoryContextAllocHuge(sink->context, sizeof(KeyPlace) * sink->capacity);
	}
	if (sink->count >= sink->capacity)
		elog(ERROR, "batch of table %s overflows", RelationGetRelationName(sink->relation));
	entry = &sink->entries[sink->count++];
	memset(entry, 0, sizeof(RcsEntry));
	entry->key = key.low;
	entry->check = key.high;
	entry->line_no = line_no;
	entry->tuple = tuple;
	entry->occurrence = 1;
	return entry;
}

/* Room is left for what one more row of a file can become. */
bool
rcs_sink_full(const RcsSink *sink)
{
	return sink->count + 32 >= sink->capacity;
}

int
rcs_sink_entry_count(const RcsSink *sink)
{
	return sink->count;
}

RcsEntry *
rcs_sink_entry(RcsSink *sink, int index)
{
	return &sink->entries[index];
}

/* ---- what was seen ---- */

#define BLOOM_PROBES 5

/* Where the bits of a key are: a block, and five places in it. */
static inline uint64 *
bloom_block(uint64 *bloom, uint64 key)
{
	return bloom + (key % (BLOOM_BITS / 512)) * 8;
}

bool
rcs_sink_suspects(const RcsSink *sink, uint64 key)
{
	uint64	   *block;
	uint64		hash = key * UINT64CONST(0x9E3779B97F4A7C15);

	if (!sink->rebuild || !sink->bloom)
		return false;
	block = bloom_block(sink->bloom, key);
	for (int i = 0; i < BLOOM_PROBES; i++)
	{
		int			bit = (int) ((hash >> (9 * i + 10)) & 511);

		if ((block[bit >> 6] & (UINT64CONST(1) << (bit & 63))) == 0)
			return false;
	}
	return true;
}

/* Sets the key's bits in one 64-byte block of the filter; true when all were set before. */
static bool
bloom_add(uint64 *bloom, uint64 key)
{
	uint64	   *block = bloom_block(bloom, key);
	uint64		hash = key * UINT64CONST(0x9E3779B97F4A7C15);
	bool		seen = true;

	for (int i = 0; i < BLOOM_PROBES; i++)
	{
		int			bit = (int) ((hash >> (9 * i + 10)) & 511);
		uint64		mask = UINT64CONST(1) << (bit & 63);

		seen = seen && (block[bit >> 6] & mask) != 0;
		block[bit >> 6] |= mask;
	}
	return seen;
}

/* Marks an existing row as answered; false when it was marked before. */
static bool
mark_existing(RcsSink *sink, int64 id)
{
	int64		block = id / MARK_BITS;
	int			bit = (int) (id % MARK_BITS);
	bool		found;
	MarkBlock  *mark;

	if (!sink->marks)
	{
		HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(MarkBlock), .hcxt = sink->context};

		sink->marks = hash_create("reconcile answered rows", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	if (bit < 0)
	{
		bit += MARK_BITS;
		block--;
	}
	mark = hash_search(sink->marks, &block, HASH_ENTER, &found);
	if (!found)
		memset(mark->bits, 0, sizeof(mark->bits));
	if (mark->bits[bit / 64] & (UINT64CONST(1) << (bit % 64)))
		return false;
	mark->bits[bit / 64] |= UINT64CONST(1) << (bit % 64);
	return true;
}

/* ---- resolving ---- */

/* Reads the rows of a key, in order of occurrence; returns their number. */
static int
probe(RcsSink *sink, IndexScanDesc scan, uint64 key, Existing **existing, int *room)
{
	ScanKeyData keys[2];
	int			count = 0;

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(sink->merchant_id));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum((int64) key));
	index_rescan(scan, keys, 2, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, sink->probe_slot))
	{
		Existing   *row;
		bool		null;

		if (count == *room)
		{
			*room *= 2;
			*existing = repalloc(*existing, sizeof(Existing) * *room);
		}
		row = &(*existing)[count++];
		row->id = DatumGetInt64(slot_getattr(sink->probe_slot, 2, &null));
		row->ours = DatumGetInt64(slot_getattr(sink->probe_slot, sink->frame[2] + 1, &null)) == sink->import_id;
		row->check = (uint64) DatumGetInt64(slot_getattr(sink->probe_slot, sink->frame[5] + 1, &null));
		row->occurrence = DatumGetInt32(slot_getattr(sink->probe_slot, sink->frame[6] + 1, &null));
		row->comparable = false;
		if (sink->compare_column >= 0)
		{
			Datum		amount = slot_getattr(sink->probe_slot, sink->compare_column + 1, &null);

			if (!null)
			{
				row->amount = DatumGetNumericCopy(amount);
				row->comparable = true;
			}
		}
	}
	return count;
}

static bool
same_amount(const RcsEntry *entry, const Existing *row)
{
	char		place[RCS_NUMERIC_BYTES] pg_attribute_aligned(8);

	if (!entry->comparable || !row->comparable)
		return true;
	return DatumGetBool(DirectFunctionCall2(numeric_eq, rcs_decimal_to_numeric(entry->compare, place), NumericGetDatum(row->amount)));
}

static bool
same_decimal(RcDecimal a, RcDecimal b)
{
	while (a.scale > b.scale && a.digits % 10 == 0)
	{
		a.digits /= 10;
		a.scale--;
	}
	while (b.scale > a.scale && b.digits % 10 == 0)
	{
		b.digits /= 10;
		b.scale--;
	}
	return a.digits == b.digits && (a.scale == b.scale || a.digits == 0);
}

/* Decides the entries of one key, in file order, given the rows that stand in the table. */
static void
decide(RcsSink *sink, KeyPlace *places, int count, const Existing *existing, int existing_count)
{
	int32		last = 0;

	for (int i = 0; i < existing_count; i++)
		last = Max(last, existing[i].occurrence);
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *entry = &sink->entries[places[i].index];
		bool		decided = false;

		if (sink->options.always_new)
		{
			entry->fate = RCS_NEW;
			entry->occurrence = ++last;
			continue;
		}
		for (int e = 0; e < existing_count && !decided; e++)
		{
			if (existing[e].check != entry->check)
				continue;
			if (!same_amount(entry, &existing[e]))
			{
				entry->fate = RCS_CONFLICT;
				entry->id = existing[e].id;
				decided = true;
			}
			else if (sink->options.merge)
			{
				entry->fate = existing[e].ours ? RCS_SAME : RCS_KNOWN;
				entry->id = existing[e].id;
				decided = true;
			}
			else if (!existing[e].ours && mark_existing(sink, existing[e].id))
			{
				entry->fate = RCS_KNOWN;
				entry->id = existing[e].id;
				decided = true;
			}
		}
		/* The same document earlier in this batch. */
		for (int j = 0; j < i && !decided; j++)
		{
			RcsEntry   *other = &sink->entries[places[j].index];

			if (other->check != entry->check || other->fate != RCS_NEW)
				continue;
			if (entry->comparable && other->comparable && !same_decimal(entry->compare, other->compare))
			{
				entry->fate = RCS_CONFLICT;
				decided = true;
			}
			else if (sink->options.merge)
			{
				entry->fate = RCS_SAME;
				entry->leader = other;
				decided = true;
			}
			else
				break;			/* a twin; no need to look at the others */
		}
		if (!decided)
		{
			entry->fate = RCS_NEW;
			entry->occurrence = ++last;
		}
	}
}

void
rcs_sink_resolve(RcsSink *sink)
{
	IndexScanDesc scan = NULL;
	Snapshot	snapshot = NULL;
	int			room = 4;
	uint32		probes = 0;
	MemoryContext caller;
	Existing   *existing = NULL;

	for (int i = 0; i < sink->count; i++)
	{
		sink->places[i].key = sink->entries[i].key;
		sink->places[i].index = (uint32) i;
	}
	/* As the index orders them: as signed integers. */
	for (int i = 0; i < sink->count; i++)
		sink->places[i].key ^= UINT64CONST(1) << 63;
	sort_places(sink->places, sink->count);
	/* A file of one batch needs no filter. */
	if (sink->was_empty && !sink->bloom && !sink->wrote && (sink->rebuild || (sink->count > sink->capacity / 2 && sink->capacity > 1000)))
		make_bloom(sink);
	for (int first = 0; first < sink->count;)
	{
		uint64		key = sink->places[first].key ^ (UINT64CONST(1) << 63);
		int			end = first + 1;
		int			found = 0;
		bool		look = !sink->was_empty || sink->wrote;

		while (end < sink->count && sink->places[end].key == sink->places[first].key)
			end++;
		if (sink->bloom && !bloom_add(sink->bloom, key))
			look = false;
		if (look && !sink->rebuild)
		{
			if (!scan)
			{
				/* Our own rows of earlier batches must be seen, and what others committed before we had the lock. */
				CommandCounterIncrement();
				snapshot = latest_snapshot();
				scan = index_beginscan(sink->relation, sink->result_relation->ri_IndexRelationDescs[sink->natural], snapshot, 2, 0);
			}
			if ((probes++ & 1023) == 0)
			{
				MemoryContextReset(sink->probe_context);
				room = 4;
				existing = MemoryContextAlloc(sink->probe_context, sizeof(Existing) * room);
				CHECK_FOR_INTERRUPTS();
			}
			caller = MemoryContextSwitchTo(sink->probe_context);
			found = probe(sink, scan, key, &existing, &room);
			MemoryContextSwitchTo(caller);
		}
		if (found == 0 && end == first + 1)
		{
			sink->entries[sink->places[first].index].fate = RCS_NEW;
			sink->entries[sink->places[first].index].occurrence = 1;
		}
		else
			decide(sink, sink->places + first, end - first, existing, found);
		first = end;
	}
	if (scan)
	{
		ExecClearTuple(sink->probe_slot);
		index_endscan(scan);
		UnregisterSnapshot(snapshot);
	}
	MemoryContextReset(sink->probe_context);
}

/* ---- writing ---- */

/* Gives a row its id and occurrence. */
static void
finish_tuple(RcsSink *sink, RcsEntry *entry)
{
	entry->id = nextval_internal(sink->sequence, false);
	if (sink->written == 0 || entry->id < sink->first_id)
		sink->first_id = entry->id;
	if (sink->written == 0 || entry->id > sink->last_id)
		sink->last_id = entry->id;
	sink->written++;
	memcpy((char *) entry->tuple->t_data + entry->tuple->t_data->t_hoff + sink->id_offset, &entry->id, sizeof(int64));
	if (entry->occurrence == 1)
		return;
	if (sink->occurrence_offset >= 0)
		memcpy((char *) entry->tuple->t_data + entry->tuple->t_data->t_hoff + sink->occurrence_offset, &entry->occurrence, sizeof(int32));
	else
	{
		int			column = sink->frame[6] + 1;
		Datum		value = Int32GetDatum(entry->occurrence);
		bool		null = false;
		MemoryContext caller = MemoryContextSwitchTo(sink->batch_context);

		entry->tuple = heap_modify_tuple_by_cols(entry->tuple, RelationGetDescr(sink->relation), 1, &column, &value, &null);
		MemoryContextSwitchTo(caller);
	}
}

/* Keeps up an index that is not one of the two. */
static void
insert_other_index(RcsSink *sink, int which, TupleTableSlot *slot)
{
	ResultRelInfo *info = sink->result_relation;
	IndexInfo  *what = info->ri_IndexRelationInfo[which];
	ExprContext *expression = GetPerTupleExprContext(sink->estate);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	if (!what->ii_ReadyForInserts)
		return;
	expression->ecxt_scantuple = slot;
	if (what->ii_Predicate != NIL)
	{
		if (!what->ii_PredicateState)
			what->ii_PredicateState = ExecPrepareQual(what->ii_Predicate, sink->estate);
		if (!ExecQual(what->ii_PredicateState, expression))
			return;
	}
	FormIndexDatum(what, slot, sink->estate, values, nulls);
	index_insert(info->ri_IndexRelationDescs[which], values, nulls, &slot->tts_tid, sink->relation,
				 what->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, what);
}

static void
insert_slots(RcsSink *sink, RcsEntry **entries, int count, CommandId command)
{
	ResultRelInfo *info = sink->result_relation;
	MemoryContext caller = MemoryContextSwitchTo(sink->insert_context);

	if (sink->has_checks)
		for (int i = 0; i < count; i++)
			ExecConstraints(info, sink->slots[i], sink->estate);
	table_multi_insert(sink->relation, sink->slots, count, command, 0, sink->insert_state);
	MemoryContextReset(sink->insert_context);
	for (int i = 0; i < count && !sink->rebuild; i++)
	{
		Datum		values[2] = {Int32GetDatum(sink->merchant_id), Int64GetDatum(entries[i]->id)};
		bool		nulls[2] = {false, false};

		entries[i]->tuple->t_self = sink->slots[i]->tts_tid;
		index_insert(info->ri_IndexRelationDescs[sink->primary], values, nulls, &sink->slots[i]->tts_tid, sink->relation,
					 UNIQUE_CHECK_YES, false, info->ri_IndexRelationInfo[sink->primary]);
		if ((i & 63) == 63)
			MemoryContextReset(sink->insert_context);
	}
	for (int x = 0; x < info->ri_NumIndices; x++)
		if (x != sink->primary && x != sink->natural)
			for (int i = 0; i < count; i++)
			{
				insert_other_index(sink, x, sink->slots[i]);
				ResetPerTupleExprContext(sink->estate);
				if ((i & 63) == 63)
					MemoryContextReset(sink->insert_context);
			}
	for (int i = 0; i < count; i++)
		ExecClearTuple(sink->slots[i]);
	MemoryContextReset(sink->insert_context);
	MemoryContextSwitchTo(caller);
}

void
rcs_sink_write(RcsSink *sink)
{
	CommandId	command = GetCurrentCommandId(true);
	RcsEntry   *chunk[INSERT_ROWS];
	int			used = 0;
	Size		bytes = 0;
	IndexInfo  *what;
	Relation	index;
	MemoryContext caller;

	for (int i = 0; i < sink->count; i++)
	{
		RcsEntry   *entry = &sink->entries[i];

		if (entry->fate != RCS_NEW)
			continue;
		finish_tuple(sink, entry);
		if (!sink->slots[used])
		{
			caller = MemoryContextSwitchTo(sink->context);
			sink->slots[used] = MakeSingleTupleTableSlot(RelationGetDescr(sink->relation), &TTSOpsHeapTuple);
			MemoryContextSwitchTo(caller);
		}
		ExecStoreHeapTuple(entry->tuple, sink->slots[used], false);
		sink->slots[used]->tts_tableOid = RelationGetRelid(sink->relation);
		chunk[used++] = entry;
		bytes += entry->tuple->t_len;
		if (used == INSERT_ROWS || bytes >= INSERT_BYTES)
		{
			CHECK_FOR_INTERRUPTS();
			insert_slots(sink, chunk, used, command);
			used = 0;
			bytes = 0;
		}
	}
	if (used > 0)
		insert_slots(sink, chunk, used, command);

	if (sink->rebuild)
	{
		sink->wrote = sink->wrote || sink->written > 0;
		MemoryContextReset(sink->batch_context);
		sink->count = 0;
		return;
	}
	index = sink->result_relation->ri_IndexRelationDescs[sink->natural];
	what = sink->result_relation->ri_IndexRelationInfo[sink->natural];
	/* In key order: neighbours share a leaf. */
	caller = MemoryContextSwitchTo(sink->insert_context);
	for (int i = 0; i < sink->count; i++)
	{
		RcsEntry   *entry = &sink->entries[sink->places[i].index];
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		if (entry->fate != RCS_NEW)
			continue;
		values[0] = Int32GetDatum(sink->merchant_id);
		values[1] = Int64GetDatum((int64) entry->key);
		values[2] = Int32GetDatum(entry->occurrence);
		index_insert(index, values, nulls, &entry->tuple->t_self, sink->relation, UNIQUE_CHECK_YES, false, what);
		sink->wrote = true;
		if ((i & 63) == 63)
			MemoryContextReset(sink->insert_context);
		if ((i & 4095) == 4095)
			CHECK_FOR_INTERRUPTS();
	}
	MemoryContextReset(sink->insert_context);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(sink->batch_context);
	sink->count = 0;
}

void
rcs_sink_build_indexes(RcsSink *sink)
{
	int			level;

	if (!sink->rebuild)
		return;
	/* From now on every key can be looked up, and few are left. */
	if (sink->bloom)
	{
		pfree(sink->bloom);
		sink->bloom = NULL;
	}
	/* What was inserted must be seen, and the memory stays within what an import may hold. */
	CommandCounterIncrement();
	level = NewGUCNestLevel();
	(void) set_config_option("maintenance_work_mem", REBUILD_MEMORY, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	rcs_rebuild_indexes(sink->relation);
	AtEOXact_GUC(true, level);
	open_indexes(sink);
	sink->rebuild = false;
}

void
rcs_sink_range(const RcsSink *sink, int64 *first_id, int64 *last_id, int64 *count)
{
	*first_id = sink->first_id;
	*last_id = sink->last_id;
	*count = sink->written;
}

void
rcs_sink_close(RcsSink *sink)
{
	FreeBulkInsertState(sink->insert_state);
	table_finish_bulk_insert(sink->relation, 0);
	for (int i = 0; i < INSERT_ROWS && sink->slots[i]; i++)
		ExecDropSingleTupleTableSlot(sink->slots[i]);
	ExecDropSingleTupleTableSlot(sink->probe_slot);
	ExecCloseIndices(sink->result_relation);
	FreeExecutorState(sink->estate);
	table_close(sink->relation, NoLock);
	if (sink->marks)
		hash_destroy(sink->marks);
	if (sink->bloom)
		pfree(sink->bloom);
	if (sink->entries)
	{
		pfree(sink->entries);
		pfree(sink->places);
	}
	MemoryContextDelete(sink->batch_context);
	MemoryContextDelete(sink->probe_context);
	MemoryContextDelete(sink->insert_context);
}

/* ---- numeric ---- */

/*
 * The short form of numeric (utils/adt/numeric.c), written directly: base 10^4 digits, display scale and weight in the header. It is the stored form
 * since 9.1; int64_div_fast_to_numeric makes the same value in several times the time.
 */
Datum
rcs_decimal_to_numeric(RcDecimal value, char *place)
{
	uint64		digits = value.digits < 0 ? 0 - (uint64) value.digits : (uint64) value.digits;
	int			pad = (4 - value.scale % 4) % 4;
	int			fraction = (value.scale + pad) / 4;
	uint16		groups[8];
	int			count = 0;
	int			trailing = 0;
	int			weight;
	uint16		header;
	static const uint64 powers[] = {1, 10, 100, 1000};

	if (value.scale < 0 || value.scale > 18 || digits > PG_UINT64_MAX / 1000)
		return NumericGetDatum(int64_div_fast_to_numeric(value.digits, value.scale));
	digits *= powers[pad];
	while (digits > 0)
	{
		groups[count++] = (uint16) (digits % 10000);	/* lowest first */
		digits /= 10000;
	}
	weight = count - fraction - 1;
	while (trailing < count && groups[trailing] == 0)
		trailing++;
	if (count == trailing)
		weight = count = trailing = 0;
	header = 0x8000 | (value.digits < 0 ? 0x2000 : 0) | (uint16) (value.scale << 7) | (weight < 0 ? 0x40 : 0) | (uint16) (weight & 0x3F);
	memcpy(place + VARHDRSZ, &header, sizeof(uint16));
	for (int i = count - 1, o = 0; i >= trailing; i--, o++)
		memcpy(place + VARHDRSZ + 2 + 2 * o, &groups[i], sizeof(uint16));
	SET_VARSIZE(place, VARHDRSZ + 2 + 2 * (count - trailing));
	return PointerGetDatum(place);
}
