/*
 * feed.h - from a source relation to a side of the pool.
 *
 * A feed knows one side of a reconciliation: its source, which columns that has, the keysets and text its rules need. rcs_feed_query plans a
 * SELECT over the source; views, partitions, row security and foreign tables just work. A plan that merely scans a table is read from its
 * pages (scan.h), large ones with the help of a second process; any other runs in the executor, into a DestReceiver.
 */
#ifndef RCS_FEED_H
#define RCS_FEED_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/spin.h"

#include "../match/pool.h"
#include "../match/tray.h"

/* What the server must remember of an item that the engine does not need: its mark in the pool. */
#define RCS_EXPECTS_MATCH	0x01	/* an exception when nothing answers it */
#define RCS_WAS_OPEN		0x02	/* stood in open_balance before */
#define RCS_CHAINED			0x04	/* may have allocations: look it up in the chains */
#define RCS_ACTIVE			0x08	/* within the dates of the run */
#define RCS_COMPARED		0x10	/* its compared amount is not zero */
#define RCS_IN_PART			0x40	/* what is left of an item that was allocated in part before */
#define RCS_NAMED			0x20	/* settled with its part of the run; here only because a note names it */

/* End of an item's allocation chain. */
typedef struct RcsChain
{
	int64		item_id;
	int64		allocated;		/* micro-units */
	int64		this_run;		/* of it, what this run has allocated */
	int32		sequence;
	int32		live_count;
	char		status;			/* of the hash table */
} RcsChain;

/* Codes once entered stay. Where two processes share one, entries are made under the lock, and looked for without. */
typedef struct RcsCurrencies
{
	bool		shared;
	slock_t		lock;
	int			count;			/* entry 0 is "none" */
	char		codes[256][8];
	int			decimals[256];
} RcsCurrencies;

typedef struct RcsFeed
{
	RcSide		side;
	int32		merchant_id;
	int32		pool_id;
	Oid			source;
	char	   *source_name;	/* quoted */
	char	   *fact;			/* fact table behind the source, or NULL */
	bool		has_merchant;
	bool		incremental;	/* can be read by import */
	bool		may_have_helper;	/* a second process may read part of it */
	char	   *compare_column; /* or NULL: amount */
	List	   *text_columns;	/* of char *, distinct */
	List	   *key_columns;	/* of char *, distinct */
	int			keyset_count;
	List	   *keysets[RC_MAX_KEYSETS];	/* of int: positions in key_columns */

	RcPool	   *pool;
	RcTray	   *trays;			/* where items go instead, divided by a key; NULL: they are not (run_parts.h) */
	int			part_count;
	int			part_keyset;
	uint64		in_trays;
	bool		has_id;			/* of items that went to trays: some did, */
	bool		unordered;		/* not in ascending order of their item_ids, */
	int64		first_id,
				last_id;		/* and which they were */
	RcsCurrencies *currencies;
	struct chain_hash *chains;	/* item_id -> RcsChain */
	bool		look_up_chains; /* of items that stood open, when they are asked for */
	struct ChainReader *reader; /* for that, while such items are read */
	struct chain_hash *open;	/* items that stand in open_balance, for sources that are read whole */
	struct chain_hash *open_amounts;	/* their amounts, for the others */
	void		(*bound_memory) (void *bounded);	/* called now and then while items are read; may empty the pool; NULL: no bound */
	void	   *bounded;
	uint64		spilled;		/* items read that are no longer in the pool or the trays */
	uint64		read_before;	/* items of the other side, for the progress shown */
	bool		has_from, has_to;
	int32		date_from, date_to;
} RcsFeed;

/* Remembers the item_id of an item that went to a tray. */
static inline void
rcs_feed_note_id(RcsFeed *feed, int64 item_id)
{
	if (!feed->has_id)
	{
		feed->has_id = true;
		feed->first_id = item_id;
	}
	else if (item_id <= feed->last_id)
		feed->unordered = true;
	feed->last_id = item_id;
}

static inline uint64
rcs_feed_count(const RcsFeed *feed)
{
	return rc_pool_count(feed->pool, feed->side);
}

/* Keyset of a list of key columns (text[] elements as char *), added when it is new; raises when there are too many. */
extern int	rcs_feed_keyset(RcsFeed *feed, List *columns);

/*
 * Loads the ends of the allocation chains of the pool: all of them, or of new items only; those of items that stand open are then read when
 * they are asked for. Uses the active snapshot.
 */
extern void rcs_feed_load_chains(RcsFeed *feed, bool only_new, List *new_imports);

/*
 * Loads what a simulation takes as given: what is allocated otherwise than by the runs of that reconciliation, or was confirmed. The sequences mean nothing.
 */
extern void rcs_feed_load_decided(RcsFeed *feed, int32 reconciliation_id);

/* Chain of an item as far as it is loaded, or NULL; and the same of an item that stood open, read from the table when need be. */
extern RcsChain *rcs_feed_chain(RcsFeed *feed, int64 item_id);
extern RcsChain *rcs_feed_read_chain(RcsFeed *feed, int64 item_id);

/* Whether an item of the pool may have been matched before this run. */
extern bool rcs_feed_had_matches(const RcsFeed *feed);

/* Notes that a match of this run has taken part of an item, so that the next one continues its chain. */
extern void rcs_feed_extend_chain(RcsFeed *feed, int64 item_id, int32 sequence, int32 live_count, int64 amount);

/*
 * Reads the source into the pool: FROM and WHERE parts are appended to the feed's SELECT; $1 is the merchant, further arguments are bigint.
 * was_open marks the items. Items that are wholly allocated are left out.
 */
extern void rcs_feed_query(RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments, bool was_open);

/* How many items the planner thinks the source has. */
extern int64 rcs_feed_estimate(RcsFeed *feed);

/* Loads the item_ids of open_balance of this pool, for sources that are read whole: items that stand there are marked as they are read. */
extern void rcs_feed_load_open(RcsFeed *feed);

/* Loads what open_balance says is left of the items of this pool, for sources of which only those are read and what is new. */
extern void rcs_feed_load_open_amounts(RcsFeed *feed);

#endif
