/*
 * feed_chains.c - what items have allocated in earlier runs: the ends of their chains.
 */
#include "feed_internal.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"

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
rcs_feed_load_chains(RcsFeed *feed, bool only_open_and_new, List *new_imports)
{
	Oid			types[4] = {INT4OID, INT4OID, INT8OID, INT8OID};
	Datum		values[4] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id), 0, 0};
	ListCell   *cell;

	feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	if (!only_open_and_new)
	{
		load_chain_rows(feed, "SELECT DISTINCT ON (item_id) item_id, sequence, live_count, allocated FROM reconcile.allocation "
						"WHERE merchant_id = $1 AND pool_id = $2 ORDER BY item_id, sequence DESC", 2, types, values);
		return;
	}
	/* A look-up for each open item: the planner, who may know nothing of the tables yet, must not read the history instead. */
	load_chain_rows(feed, "SELECT o.item_id, a.sequence, a.live_count, a.allocated FROM reconcile.open_balance o CROSS JOIN LATERAL "
					"(SELECT x.sequence, x.live_count, x.allocated FROM reconcile.allocation x WHERE x.merchant_id = o.merchant_id "
					"AND x.pool_id = o.pool_id AND x.item_id = o.item_id ORDER BY x.sequence DESC LIMIT 1) a "
					"WHERE o.merchant_id = $1 AND o.pool_id = $2", 2, types, values);
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

RcsChain *
rcs_feed_chain(RcsFeed *feed, int64 item_id)
{
	return feed->chains && feed->chains->members > 0 ? chain_lookup(feed->chains, item_id) : NULL;
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

void
rcs_feed_load_open(RcsFeed *feed)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(feed->merchant_id), Int32GetDatum(feed->pool_id)};
	struct chain_hash *chains = feed->chains;

	/* The same loader fills a table of its own. */
	feed->open = feed->chains = chain_create(CurrentMemoryContext, 1024, NULL);
	load_chain_rows(feed, "SELECT item_id, 0, 0, 0::numeric FROM reconcile.open_balance WHERE merchant_id = $1 AND pool_id = $2", 2, types, values);
	feed->chains = chains;
}

bool
rcs_feed_stood_open(const RcsFeed *feed, int64 item_id)
{
	return feed->open && feed->open->members > 0 && chain_lookup(feed->open, item_id) != NULL;
}

bool
rcs_feed_has_chains(const RcsFeed *feed)
{
	return (feed->chains && feed->chains->members > 0) || (feed->open && feed->open->members > 0);
}
