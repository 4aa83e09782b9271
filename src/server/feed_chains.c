/*
 * feed_chains.c - what items have allocated in earlier runs: the ends of their chains.
 */
#include "feed_internal.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "amount.h"

#define SH_PREFIX chain
#define SH_ELEMENT_TYPE RcsChain
#define SH_KEY_TYPE int64
#define SH_KEY item_id
#define SH_HASH_KEY(table, key) ((uint32) murmurhash64((uint64) (key)))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE

/* simplehash wants a 32-bit hash; murmurhash64 is not in 15's hashfn.h. */
static inline uint64
murmurhash64(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}
#include "lib/simplehash.h"

static void
load_chain_rows(RcsFeed *feed, const char *query, int argument_count, Oid *types, Datum *values)
{
	Portal		portal = SPI_cursor_open_with_args(NULL, query, argument_count, types, values, NULL, true, 0);

	for (;;)
	{
		SPI_cursor_fetch(portal, true, 10000);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	tuple = SPI_tuptable->vals[i];
			TupleDesc	descriptor = SPI_tuptable->tupdesc;
			bool		is_null;
			bool		found;
			int64		item_id = DatumGetInt64(SPI_getbinval(tuple, descriptor, 1, &is_null));
			RcsChain   *chain = chain_insert(feed->chains, item_id, &found);

			chain->sequence = DatumGetInt32(SPI_getbinval(tuple, descriptor, 2, &is_null));
			chain->live_count = DatumGetInt32(SPI_getbinval(tuple, descriptor, 3, &is_null));
			chain->allocated = rcs_micro(SPI_getbinval(tuple, descriptor, 4, &is_null), "allocation", item_id);
			chain->this_run = 0;
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
}

void
rcs_feed_load_chains(RcsFeed *feed, bool only_new, List *new_imports)
{
	Oid			types[4] = {INT4OID, INT4OID, INT8OID, INT8OID};
	Datum		values[4] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), 0, 0};
	ListCell   *cell;

	feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	if (!only_new)
	{
		load_chain_rows(feed, "SELECT DISTINCT ON (item_id) item_id, sequence, live_count, allocated FROM reconcile.allocation "
						"WHERE merchant_id = $1 AND pool_id = $2 ORDER BY item_id, sequence DESC", 2, types, values);
		return;
	}
	/* Open items mostly have none, and those of facts that have show it by their amount: they are looked up when that is so. */
	feed->look_up_chains = true;
	foreach(cell, new_imports)
	{
		int64	   *range = lfirst(cell);	/* import_id, first_id, last_id */

		values[2] = Int64GetDatum(range[1]);
		values[3] = Int64GetDatum(range[2]);
		load_chain_rows(feed, "SELECT DISTINCT ON (item_id) item_id, sequence, live_count, allocated FROM reconcile.allocation "
						"WHERE merchant_id = $1 AND pool_id = $2 AND item_id BETWEEN $3 AND $4 ORDER BY item_id, sequence DESC", 4, types, values);
	}
}

void
rcs_feed_load_decided(RcsFeed *feed, int32 reconciliation_id)
{
	Oid			types[3] = {INT4OID, INT4OID, INT4OID};
	Datum		values[3] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), Int32GetDatum(reconciliation_id)};

	feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	load_chain_rows(feed, "SELECT a.item_id, 1, 1, sum(a.amount) FROM reconcile.allocation a "
					"WHERE a.merchant_id = $1 AND a.pool_id = $2 AND NOT EXISTS (SELECT FROM reconcile.match_group g "
					"WHERE g.merchant_id = a.merchant_id AND g.match_id = a.match_id AND g.reconciliation_id = $3 AND g.run_id IS NOT NULL "
					"AND NOT EXISTS (SELECT FROM reconcile.match_event e "
					"WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event = 'confirmed')) "
					"GROUP BY a.item_id HAVING sum(a.amount) <> 0", 3, types, values);
}

struct ChainReader
{
	Relation	relation;
	Relation	index;
	TupleTableSlot *slot;
	IndexScanDesc scan;
	AttrNumber	sequence,
				live_count,
				allocated;
};

static ChainReader *
open_reader(void)
{
	ChainReader *reader = palloc(sizeof(ChainReader));
	Oid			oid = get_relname_relid("allocation", get_namespace_oid("reconcile", false));

	reader->relation = table_open(oid, AccessShareLock);
	reader->index = index_open(RelationGetPrimaryKeyIndex(reader->relation), AccessShareLock);
	reader->slot = table_slot_create(reader->relation, NULL);
	reader->scan = index_beginscan(reader->relation, reader->index, GetActiveSnapshot(), 3, 0);
	reader->sequence = get_attnum(oid, "sequence");
	reader->live_count = get_attnum(oid, "live_count");
	reader->allocated = get_attnum(oid, "allocated");
	return reader;
}

static void
close_reader(ChainReader *reader)
{
	index_endscan(reader->scan);
	ExecDropSingleTupleTableSlot(reader->slot);
	index_close(reader->index, AccessShareLock);
	table_close(reader->relation, AccessShareLock);
	pfree(reader);
}

void
rcs_feed_read_chains_on(RcsFeed *feed)
{
	if (feed->look_up_chains)
		feed->reader = open_reader();
}

void
rcs_feed_read_chains_off(RcsFeed *feed)
{
	if (feed->reader)
		close_reader(feed->reader);
	feed->reader = NULL;
}

/* Reads the end of an item's chain from the table; false when it was never allocated. */
static bool
read_chain(RcsFeed *feed, int64 item_id, RcsChain *chain)
{
	ChainReader *reader = feed->reader ? feed->reader : open_reader();
	ScanKeyData keys[3];
	bool		found;
	bool		is_null;

	/* The key is merchant, pool, item and sequence: the last row of the item is the end of its chain. */
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(feed->merchant_id));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(feed->pool_id));
	ScanKeyInit(&keys[2], 3, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(item_id));
	index_rescan(reader->scan, keys, 3, NULL, 0);
	found = index_getnext_slot(reader->scan, BackwardScanDirection, reader->slot);
	if (found)
	{
		chain->sequence = DatumGetInt32(slot_getattr(reader->slot, reader->sequence, &is_null));
		chain->live_count = DatumGetInt32(slot_getattr(reader->slot, reader->live_count, &is_null));
		chain->allocated = rcs_micro(slot_getattr(reader->slot, reader->allocated, &is_null), "allocation", item_id);
		chain->this_run = 0;
	}
	if (!feed->reader)
		close_reader(reader);
	return found;
}

RcsChain *
rcs_feed_chain(RcsFeed *feed, int64 item_id)
{
	return feed->chains && feed->chains->members > 0 ? chain_lookup(feed->chains, item_id) : NULL;
}

RcsChain *
rcs_feed_read_chain(RcsFeed *feed, int64 item_id)
{
	RcsChain   *chain = rcs_feed_chain(feed, item_id);
	RcsChain	end;
	bool		found;

	if (chain || !feed->look_up_chains || !read_chain(feed, item_id, &end))
		return chain;
	chain = chain_insert(feed->chains, item_id, &found);
	chain->sequence = end.sequence;
	chain->live_count = end.live_count;
	chain->allocated = end.allocated;
	chain->this_run = 0;
	return chain;
}

void
rcs_feed_extend_chain(RcsFeed *feed, int64 item_id, int32 sequence, int32 live_count, int64 amount)
{
	bool		found;
	RcsChain   *chain = chain_insert(feed->chains, item_id, &found);

	if (!found)
		chain->allocated = chain->this_run = 0;
	chain->sequence = sequence;
	chain->live_count = live_count;
	chain->allocated += amount;
	chain->this_run += amount;
}

/* The loader of chains fills a table of its own. */
static struct chain_hash *
load_open(RcsFeed *feed, const char *query)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id)};
	struct chain_hash *chains = feed->chains;
	struct chain_hash *open = chain_create(CurrentMemoryContext, 1024, NULL);

	feed->chains = open;
	load_chain_rows(feed, query, 2, types, values);
	feed->chains = chains;
	return open;
}

void
rcs_feed_load_open(RcsFeed *feed)
{
	feed->open = load_open(feed, "SELECT item_id, 0, 0, 0::numeric FROM reconcile.open_balance WHERE merchant_id = $1 AND pool_id = $2");
}

void
rcs_feed_load_open_amounts(RcsFeed *feed)
{
	feed->open_amounts = load_open(feed, "SELECT item_id, 0, 0, amount FROM reconcile.open_balance WHERE merchant_id = $1 AND pool_id = $2");
}

bool
rcs_feed_is_whole(const RcsFeed *feed, int64 item_id, int64 amount)
{
	const RcsChain *open = feed->open_amounts ? chain_lookup(feed->open_amounts, item_id) : NULL;

	return open && open->allocated == amount;
}

bool
rcs_feed_stood_open(const RcsFeed *feed, int64 item_id)
{
	return feed->open && feed->open->members > 0 && chain_lookup(feed->open, item_id) != NULL;
}

bool
rcs_feed_had_matches(const RcsFeed *feed)
{
	return feed->look_up_chains || (feed->chains && feed->chains->members > 0);
}

bool
rcs_feed_has_chains(const RcsFeed *feed)
{
	return (feed->chains && feed->chains->members > 0) || (feed->open && feed->open->members > 0);
}
