/*
 * feed_helper.c - a second process that reads part of a source's pages.
 *
 * Leader and helper take stretches of the table's pages in turn. The helper sends the items of each stretch as bytes through a queue of
 * bounded size; the leader puts all stretches into the pool in the order of the table, so that the pool is the same with and without a helper.
 */
#include "feed_internal.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "utils/snapmgr.h"

#include "support.h"

#define STRETCH_BLOCKS 64
#define QUEUE_BYTES (4 * 1024 * 1024)
#define MAX_WAITING 64			/* stretches the leader is ahead before it waits for the helper */

#define KEY_SHARED UINT64CONST(1)
#define KEY_QUERY UINT64CONST(2)
#define KEY_SOURCE_NAME UINT64CONST(3)
#define KEY_QUEUE UINT64CONST(4)

extern PGDLLEXPORT void reconcile_feed_helper(dsm_segment *segment, shm_toc *toc);

typedef struct Shared
{
	FeedLayout	layout;
	int			argument_count;
	int64		arguments[FEED_MAX_ARGUMENTS];
	BlockNumber block_count;
	pg_atomic_uint32 next;		/* stretch */
} Shared;

/* Before the items of a stretch. */
typedef struct Stretch
{
	uint32		number;
	int32		currency_count;
	char		currencies[FLEXIBLE_ARRAY_MEMBER][8];
} Stretch;

/* A stretch the leader has read and that has to wait for an earlier one of the helper's. */
typedef struct Waiting
{
	uint32		number;
	RcTray	   *items;
} Waiting;

typedef struct Leader
{
	FeedReceiver *receiver;
	Shared	   *shared;
	ParallelContext *context;
	shm_mq_handle *queue;
	uint32		stretch_count;
	uint32		arrived;		/* stretches in the pool: those below */
	Waiting		waiting[MAX_WAITING];
	int			waiting_count;
	RcTray	   *spare[MAX_WAITING];
	int			spare_count;
} Leader;

static BlockNumber
stretch_start(const Shared *shared, uint32 stretch)
{
	return Min((uint64) stretch * STRETCH_BLOCKS, shared->block_count);
}

static RcTray *
make_tray(const RcsFeed *feed)
{
	RcAllocator allocator = rcs_allocator(CurrentMemoryContext);
	RcTray	   *tray = rc_trays_create(&allocator, 1, rc_pool_keysets(feed->pool));

	if (!tray)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return tray;
}

/* ---- the helper ---- */

void
reconcile_feed_helper(dsm_segment *segment, shm_toc *toc)
{
	Shared	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	const char *text = shm_toc_lookup(toc, KEY_QUERY, false);
	shm_mq	   *queue = shm_toc_lookup(toc, KEY_QUEUE, false);
	shm_mq_handle *handle;
	RcAllocator allocator = rcs_allocator(CurrentMemoryContext);
	RcsCurrencies *currencies = palloc0(sizeof(RcsCurrencies));
	RcsFeed		feed = {0};
	FeedQuery	query;
	RcTray	   *tray;
	char	   *buffer = NULL;
	Size		space = 0;

	shm_mq_set_sender(queue, MyProc);
	handle = shm_mq_attach(queue, segment, NULL);
	currencies->count = 1;
	feed.source_name = shm_toc_lookup(toc, KEY_SOURCE_NAME, false);
	feed.side = shared->layout.side;
	feed.merchant_id = shared->layout.merchant_id;
	feed.currencies = currencies;
	feed.pool = rc_pool_create(&allocator, shared->layout.pool_keysets, 0, 0);
	if (!feed.pool)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	rcs_feed_join(&query, &feed, &shared->layout, text, shared->argument_count, shared->arguments);
	tray = make_tray(&feed);
	query.receiver->aside = tray;
	for (;;)
	{
		uint32		number = pg_atomic_fetch_add_u32(&shared->next, 1);
		BlockNumber first = stretch_start(shared, number);
		BlockNumber end = stretch_start(shared, number + 1);
		Stretch    *stretch;
		const char *items;
		Size		head,
					size;

		if (first >= end)
			break;
		rcs_receive_pages(&query, first, end);
		items = rc_tray_pack(tray, &size);
		head = MAXALIGN(offsetof(Stretch, currencies) + currencies->count * sizeof(stretch->currencies[0]));
		size += head;
		if (size > space)
		{
			space = size + size / 2;
			buffer = buffer ? repalloc_huge(buffer, space) : MemoryContextAllocHuge(CurrentMemoryContext, space);
		}
		stretch = (Stretch *) buffer;
		stretch->number = number;
		stretch->currency_count = currencies->count;
		memcpy(stretch->currencies, currencies->codes, currencies->count * sizeof(stretch->currencies[0]));
		if (size > head)
			memcpy(buffer + head, items, size - head);
		rc_tray_clear(tray);
		/* Detached: the leader has given up, and will say why. */
		if (shm_mq_send(handle, size, buffer, false, true) != SHM_MQ_SUCCESS)
			break;
	}
	rcs_feed_end(&query);
	shm_mq_detach(handle);
}

/* ---- the leader ---- */

static void
check(Leader *leader, RcCode code)
{
	if (code != RC_OK)
		rcs_raise(&leader->receiver->status, NULL);
}

/* Puts the leader's own stretches that are next into the pool. */
static void
settle_waiting(Leader *leader)
{
	RcsFeed    *feed = leader->receiver->feed;
	int			settled = 0;

	while (settled < leader->waiting_count && leader->waiting[settled].number == leader->arrived)
	{
		RcTray	   *items = leader->waiting[settled++].items;
		Size		size;
		const char *bytes = rc_tray_pack(items, &size);

		check(leader, rc_pool_add_packed(feed->pool, feed->side, bytes, size, &leader->receiver->status));
		leader->spare[leader->spare_count++] = items;
		leader->arrived++;
	}
	leader->waiting_count -= settled;
	memmove(leader->waiting, leader->waiting + settled, leader->waiting_count * sizeof(Waiting));
	if (settled > 0)
		rcs_look_around(feed);
}

static void
take_stretch(Leader *leader, const char *bytes, Size size)
{
	RcsFeed    *feed = leader->receiver->feed;
	const Stretch *stretch = (const Stretch *) bytes;
	Size		head = MAXALIGN(offsetof(Stretch, currencies) + stretch->currency_count * sizeof(stretch->currencies[0]));
	uint32		numbers[lengthof(feed->currencies->codes)] = {0};
	RcIndex		from = (RcIndex) rcs_feed_count(feed);
	bool		differ = false;

	Assert(stretch->number == leader->arrived);
	check(leader, rc_pool_add_packed(feed->pool, feed->side, bytes + head, size - head, &leader->receiver->status));
	/* The helper has numbered the currencies as it met them. */
	for (int i = 1; i < stretch->currency_count; i++)
	{
		numbers[i] = rcs_currency_number(leader->receiver, stretch->currencies[i]);
		differ |= numbers[i] != (uint32) i;
	}
	if (differ)
		rc_pool_renumber_currencies(feed->pool, feed->side, from, numbers);
	leader->arrived++;
	rcs_look_around(feed);
}

/* Takes what the helper has sent; waits for one stretch when told to. False: nothing there. */
static bool
receive_stretch(Leader *leader, bool wait)
{
	Size		size;
	void	   *bytes;
	shm_mq_result result = shm_mq_receive(leader->queue, &size, &bytes, !wait);

	if (result == SHM_MQ_WOULD_BLOCK)
		return false;
	if (result == SHM_MQ_DETACHED)
	{
		if (!wait)
			return false;
		/* Raises what has happened to the helper. */
		WaitForParallelWorkersToFinish(leader->context);
		elog(ERROR, "the helper that reads %s ended early", leader->receiver->feed->source_name);
	}
	take_stretch(leader, bytes, size);
	settle_waiting(leader);
	return true;
}

static RcTray *
spare_tray(Leader *leader)
{
	RcTray	   *tray = leader->spare_count > 0 ? leader->spare[--leader->spare_count] : make_tray(leader->receiver->feed);

	rc_tray_clear(tray);
	return tray;
}

static void
read_stretches(Leader *leader, FeedQuery *query)
{
	FeedReceiver *receiver = leader->receiver;

	for (;;)
	{
		uint32		number = pg_atomic_fetch_add_u32(&leader->shared->next, 1);

		if (number >= leader->stretch_count)
			break;
		receiver->aside = number == leader->arrived ? NULL : spare_tray(leader);
		rcs_receive_pages(query, stretch_start(leader->shared, number), stretch_start(leader->shared, number + 1));
		if (!receiver->aside)
			leader->arrived++;
		else
			leader->waiting[leader->waiting_count++] = (Waiting) {number, receiver->aside};
		while (receive_stretch(leader, leader->waiting_count == MAX_WAITING));
	}
	receiver->aside = NULL;
	while (leader->arrived < leader->stretch_count)
		receive_stretch(leader, true);
	for (int i = 0; i < leader->spare_count; i++)
		rc_trays_free(leader->spare[i], 1);
}

bool
rcs_feed_read_with_helper(FeedQuery *query)
{
	FeedReceiver *receiver = query->receiver;
	Leader	   *leader;
	ParallelContext *context;
	Shared	   *shared;
	RcsFeed    *feed = receiver->feed;
	const char *text = query->text;
	shm_mq	   *queue;

	if (feed->trays || !rcs_feed_can_share(query) || rcs_scan_blocks(query->scan) <= 2 * STRETCH_BLOCKS)
		return false;
	EnterParallelMode();
	context = CreateParallelContext("reconcile", "reconcile_feed_helper", 1);
	shm_toc_estimate_chunk(&context->estimator, sizeof(Shared));
	shm_toc_estimate_chunk(&context->estimator, strlen(text) + 1);
	shm_toc_estimate_chunk(&context->estimator, strlen(feed->source_name) + 1);
	shm_toc_estimate_chunk(&context->estimator, QUEUE_BYTES);
	shm_toc_estimate_keys(&context->estimator, 4);
	InitializeParallelDSM(context);
	shared = shm_toc_allocate(context->toc, sizeof(Shared));
	shared->layout = receiver->layout;
	shared->argument_count = query->argument_count;
	for (int i = 0; i < query->argument_count; i++)
		shared->arguments[i] = query->arguments[i];
	shared->block_count = rcs_scan_blocks(query->scan);
	pg_atomic_init_u32(&shared->next, 0);
	shm_toc_insert(context->toc, KEY_SHARED, shared);
	shm_toc_insert(context->toc, KEY_QUERY, strcpy(shm_toc_allocate(context->toc, strlen(text) + 1), text));
	shm_toc_insert(context->toc, KEY_SOURCE_NAME,
				   strcpy(shm_toc_allocate(context->toc, strlen(feed->source_name) + 1), feed->source_name));
	queue = shm_mq_create(shm_toc_allocate(context->toc, QUEUE_BYTES), QUEUE_BYTES);
	shm_mq_set_receiver(queue, MyProc);
	shm_toc_insert(context->toc, KEY_QUEUE, queue);
	LaunchParallelWorkers(context);
	if (context->nworkers_launched > 0)
	{
		leader = palloc0(sizeof(Leader));
		leader->receiver = receiver;
		leader->shared = shared;
		leader->context = context;
		leader->stretch_count = (shared->block_count + STRETCH_BLOCKS - 1) / STRETCH_BLOCKS;
		leader->queue = shm_mq_attach(queue, context->seg, context->worker[0].bgwhandle);
		read_stretches(leader, query);
		WaitForParallelWorkersToFinish(context);
		shm_mq_detach(leader->queue);
		DestroyParallelContext(context);
		ExitParallelMode();
		pfree(leader);
		return true;
	}
	DestroyParallelContext(context);
	ExitParallelMode();
	return false;
}
