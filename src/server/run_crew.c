/*
 * run_crew.c - a second process that reads and matches its share of a dry run.
 *
 * Two queues of bounded size join the processes. While one waits for room in the queue it sends by, it takes what comes in by the other, so
 * neither can wait for the other for ever.
 */
#include "run_crew.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/latch.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "utils/memutils.h"

#include "feed_internal.h"
#include "progress.h"
#include "run_parts.h"
#include "support.h"

#define MIN_STRETCH_BLOCKS 64
#define MAX_STRETCH_BLOCKS 128	/* what is read of one lies in the processor's cache, about, until it is put away */
#define STRETCHES 512			/* of a table between; the last ones are what a process may have to wait for the other */
#define LEADER_PERCENT 60		/* of the parts: it must wait for the helper's process to end, which takes about as long as matching the difference */
#define QUEUE_BYTES (1024 * 1024)

#define KEY_SHARED UINT64CONST(1)
#define KEY_RULES UINT64CONST(2)
#define KEY_NAME UINT64CONST(3)
#define KEY_QUERY UINT64CONST(4)		/* of the left side; that of the right one follows */
#define KEY_SOURCE_NAME UINT64CONST(6)
#define KEY_TO_LEADER UINT64CONST(8)
#define KEY_TO_HELPER UINT64CONST(9)

extern PGDLLEXPORT void reconcile_run_helper(dsm_segment *segment, shm_toc *toc);

typedef struct Shared
{
	int32		merchant_id;
	int			rule_count;
	int			part_count;
	Size		memory;
	FeedLayout	layouts[2];
	BlockNumber block_counts[2];
	BlockNumber stretch_blocks[2];
	pg_atomic_uint32 next[2];	/* stretch */
	RcsCurrencies currencies;
} Shared;

typedef enum MessageKind
{
	MESSAGE_ITEMS,				/* of one stretch: those of the receiver's parts */
	MESSAGE_READ,				/* all that the sender has read was sent */
	MESSAGE_MATCH,				/* the leader to the helper: which item_ids are wanted, and the rejections */
	MESSAGE_IDS,				/* item_ids of the sender's parts */
	MESSAGE_OUTCOME				/* of one part */
} MessageKind;

/* Before a message's own parts, each of which begins at a multiple of eight; items come as chunks that the receiver keeps as they are. */
typedef struct Message
{
	MessageKind kind;
	RcSide		side;
	uint32		stretch;
	uint64		count;			/* items of the stretch, ids, or rejections */
	int64		first_id,		/* of the stretch */
				last_id;
	bool		ordered;
	bool		ids_wanted[2];
} Message;

/* What the helper has made of a part: the counts, then the open items of each side, packed, notes, suggestions and their items. */
typedef struct Outcome
{
	int64		matches;
	int64		items[2];
	int64		matched[2];
	int64		matched_amount;
	int64		adjusted_amount;
	uint64		packed_size[2];
	uint64		note_count;
	uint64		match_count;
	uint64		item_count;
} Outcome;

/* A rule that leads. */
typedef struct SharedRule
{
	RcRule		rule;
	bool		adjusts;		/* differences it tolerates are posted */
} SharedRule;

/* What is known of the item_ids of a stretch. */
typedef struct StretchIds
{
	uint64		count;
	int64		first_id,
				last_id;
	bool		ordered;
} StretchIds;

typedef struct RcsCrew
{
	bool		leads;
	Shared	   *shared;
	ParallelContext *context;	/* the leader's */
	shm_mq_handle *in;
	shm_mq_handle *out;
	char	   *buffer;
	Size		space;
	bool		other_has_read;
	StretchIds *stretches[2];	/* the leader's */
	char	   *order;			/* the helper's: the message that tells it to match */
	int			outcomes;		/* the leader has: of parts of the helper's */
	RcPool	   *rest;			/* where the leader puts outcomes */
	RcResult   *kept;
	int64	   *ids[2];			/* of the helper's items, as the leader asked for them */
	uint64		id_counts[2];
	RcStatus	status;
} RcsCrew;

static uint32
stretch_count(const Shared *shared, RcSide side)
{
	return (shared->block_counts[side] + shared->stretch_blocks[side] - 1) / shared->stretch_blocks[side];
}

static BlockNumber
stretch_start(const Shared *shared, RcSide side, uint32 stretch)
{
	return Min((uint64) stretch * shared->stretch_blocks[side], shared->block_counts[side]);
}

/* The leader has the rest and the first parts. */
static int
leader_end(const Shared *shared)
{
	return shared->part_count * LEADER_PERCENT / 100 + 1;
}

static int
first_part(const RcsCrew *crew)
{
	return crew->leads ? 1 : leader_end(crew->shared);
}

static int
end_part(const RcsCrew *crew)
{
	return crew->leads ? leader_end(crew->shared) : crew->shared->part_count + 1;
}

static bool
is_mine(const RcsCrew *crew, int part)
{
	return part == RCS_REST_PART ? crew->leads : part >= first_part(crew) && part < end_part(crew);
}

/* Whether the leader has all that the helper has to send. */
static bool
all_came(const RcsCrew *crew)
{
	return crew->outcomes == crew->shared->part_count + 1 - end_part(crew);
}

static char *
buffer_of(RcsCrew *crew, Size size)
{
	if (size > crew->space)
	{
		crew->space = size + size / 2;
		crew->buffer = crew->buffer ? repalloc_huge(crew->buffer, crew->space) : MemoryContextAllocHuge(CurrentMemoryContext, crew->space);
	}
	return crew->buffer;
}

static void
check(RcsRun *run, RcCode code, const RcStatus *status)
{
	if (code != RC_OK)
		rcs_run_raise(run, status);
}

/* ---- receiving ---- */

static void
take_items(RcsRun *run, char *bytes, Size size)
{
	RcsCrew    *crew = run->crew;
	const Message *message = (const Message *) bytes;
	RcsFeed    *feed = &run->feeds[message->side];

	rcs_parts_keep_chunks(run, message->side, bytes + MAXALIGN(sizeof(Message)), size - MAXALIGN(sizeof(Message)));
	if (crew->leads)
	{
		crew->stretches[message->side][message->stretch] = (StretchIds) {message->count, message->first_id, message->last_id, message->ordered};
		feed->spilled += message->count;
		rcs_look_around(feed);
	}
}

static void
take_outcome(RcsRun *run, const char *bytes)
{
	RcsCrew    *crew = run->crew;
	const Outcome *outcome = (const Outcome *) bytes;
	RcCarried	carried = {.note_count = outcome->note_count,.match_count = outcome->match_count,.item_count = outcome->item_count};
	RcStatus	status;

	rc_status_reset(&status);
	bytes += MAXALIGN(sizeof(Outcome));
	for (int side = 0; side < 2; side++)
	{
		carried.packed[side] = bytes;
		carried.packed_size[side] = outcome->packed_size[side];
		bytes += MAXALIGN(outcome->packed_size[side]);
		run->items[side] += outcome->items[side];
		run->matched[side] += outcome->matched[side];
	}
	carried.notes = (const RcNote *) bytes;
	bytes += MAXALIGN(outcome->note_count * sizeof(RcNote));
	carried.matches = (const RcMatch *) bytes;
	bytes += MAXALIGN(outcome->match_count * sizeof(RcMatch));
	carried.items = (const RcMatchedItem *) bytes;
	run->matches += outcome->matches;
	run->matched_amount += outcome->matched_amount;
	run->adjusted_amount += outcome->adjusted_amount;
	check(run, rc_result_append(crew->rest, crew->kept, &carried, &status), &status);
	crew->outcomes++;
}

static void
take_ids(RcsCrew *crew, const Message *message)
{
	crew->id_counts[message->side] = message->count;
	crew->ids[message->side] = MemoryContextAllocHuge(CurrentMemoryContext, Max(message->count, 1) * sizeof(int64));
	memcpy(crew->ids[message->side], (const char *) message + MAXALIGN(sizeof(Message)), message->count * sizeof(int64));
}

/* Takes a message when one is there, or waits for it. */
static bool
receive_message(RcsRun *run, bool wait)
{
	RcsCrew    *crew = run->crew;
	Size		size;
	void	   *bytes;
	const Message *message;
	shm_mq_result result = shm_mq_receive(crew->in, &size, &bytes, !wait);

	if (result == SHM_MQ_WOULD_BLOCK)
		return false;
	if (result == SHM_MQ_DETACHED)
	{
		if (crew->leads && all_came(crew))
			return false;
		if (crew->leads)
		{
			/* Raises what has happened to the helper. */
			WaitForParallelWorkersToFinish(crew->context);
			elog(ERROR, "the helper that reads %s ended early", run->feeds[RC_LEFT].source_name);
		}
		/* The leader has given up, and says why. */
		ereport(FATAL, (errcode(ERRCODE_ADMIN_SHUTDOWN), errmsg("the process that this one helps has ended")));
	}
	message = bytes;
	switch (message->kind)
	{
		case MESSAGE_ITEMS:
			take_items(run, bytes, size);
			break;
		case MESSAGE_READ:
			crew->other_has_read = true;
			break;
		case MESSAGE_MATCH:
			crew->order = MemoryContextAllocHuge(CurrentMemoryContext, size);
			memcpy(crew->order, bytes, size);
			break;
		case MESSAGE_IDS:
			take_ids(crew, message);
			break;
		case MESSAGE_OUTCOME:
			take_outcome(run, (const char *) bytes + MAXALIGN(sizeof(Message)));
			break;
	}
	return true;
}

/* Sends a message; takes in what comes meanwhile. */
static void
send_message(RcsRun *run, const void *bytes, Size size)
{
	RcsCrew    *crew = run->crew;

	for (;;)
	{
		shm_mq_result result = shm_mq_send(crew->out, size, bytes, true, true);

		if (result == SHM_MQ_SUCCESS)
			return;
		/* Whoever has gone has left its reason, which receiving finds. */
		if (result == SHM_MQ_DETACHED)
			for (;;)
				receive_message(run, true);
		if (!receive_message(run, false))
		{
			(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, 0, PG_WAIT_EXTENSION);
			ResetLatch(MyLatch);
			CHECK_FOR_INTERRUPTS();
		}
	}
}

/* ---- reading ---- */

/* Keeps what a stretch has brought for own parts and sends the other process what it has for its parts. */
static void
share_stretch(RcsRun *run, RcSide side, uint32 stretch)
{
	RcsCrew    *crew = run->crew;
	RcsFeed    *feed = &run->feeds[side];
	Size		size = MAXALIGN(sizeof(Message));
	Message    *message;
	char	   *place;

	for (int part = 0; part <= crew->shared->part_count; part++)
		if (is_mine(crew, part))
			rcs_parts_keep_tray(run, part, side, stretch);
		else
			size += rcs_chunk_size(rcs_parts_tray(run->parts, part)->used);
	message = (Message *) buffer_of(crew, size);
	*message = (Message) {
		.kind = MESSAGE_ITEMS,.side = side,.stretch = stretch,.count = feed->in_trays,.first_id = feed->first_id,.last_id = feed->last_id,
		.ordered = !feed->unordered
	};
	place = (char *) message + MAXALIGN(sizeof(Message));
	for (int part = 0; part <= crew->shared->part_count; part++)
	{
		RcsChunk   *chunk = (RcsChunk *) place;
		const char *bytes;
		Size		packed_size;

		if (is_mine(crew, part))
			continue;
		bytes = rc_tray_pack(rcs_parts_tray(run->parts, part), &packed_size);
		if (packed_size == 0)
			continue;
		*chunk = (RcsChunk) {.part = part,.stretch = stretch,.size = packed_size};
		memcpy(rcs_chunk_bytes(chunk), bytes, packed_size);
		place += rcs_chunk_size(packed_size);
		rc_tray_clear(rcs_parts_tray(run->parts, part));
	}
	size = place - (char *) message;
	if (crew->leads)
		crew->stretches[side][stretch] = (StretchIds) {feed->in_trays, feed->first_id, feed->last_id, !feed->unordered};
	feed->spilled += feed->in_trays;
	feed->in_trays = 0;
	feed->has_id = feed->unordered = false;
	send_message(run, message, size);
}

static void
read_side(RcsRun *run, RcSide side, FeedQuery *query)
{
	RcsCrew    *crew = run->crew;
	Shared	   *shared = crew->shared;

	for (;;)
	{
		uint32		stretch = pg_atomic_fetch_add_u32(&shared->next[side], 1);

		if (stretch >= stretch_count(shared, side))
			break;
		rcs_receive_pages(query, stretch_start(shared, side, stretch), stretch_start(shared, side, stretch + 1));
		share_stretch(run, side, stretch);
		while (receive_message(run, false));
	}
}

static void
end_reading(RcsRun *run)
{
	RcsCrew    *crew = run->crew;
	Message		message = {.kind = MESSAGE_READ};

	send_message(run, &message, sizeof(message));
	while (!crew->other_has_read)
		receive_message(run, true);
}

/* ---- the helper ---- */

static void
count_ids(void *context, const int64 *item_ids pg_attribute_unused(), uint64 count)
{
	*(uint64 *) context += count;
}

static void
add_ids(void *context, const int64 *item_ids, uint64 count)
{
	int64	  **end = context;

	memcpy(*end, item_ids, count * sizeof(int64));
	*end += count;
}

static void
send_ids(RcsRun *run, RcSide side)
{
	uint64		count = 0;
	Size		size;
	Message    *message;
	int64	   *end;

	rcs_parts_each_ids(run, side, count_ids, &count);
	size = MAXALIGN(sizeof(Message)) + count * sizeof(int64);
	message = (Message *) buffer_of(run->crew, size);
	*message = (Message) {.kind = MESSAGE_IDS,.side = side,.count = count};
	end = (int64 *) ((char *) message + MAXALIGN(sizeof(Message)));
	rcs_parts_each_ids(run, side, add_ids, &end);
	send_message(run, message, size);
}

static void *
put(char **place, const void *bytes, Size size)
{
	void	   *start = *place;

	if (size > 0)
		memcpy(start, bytes, size);
	*place += MAXALIGN(size);
	return start;
}

/* Sends what was counted and what is left of a part, and forgets it; the trays are for what is left of each side. */
static void
send_outcome(RcsRun *run, RcPool *rest, RcResult *kept, RcTray *trays)
{
	const char *packed[2];
	Outcome		outcome = {
		.matches = run->matches,.items = {run->items[RC_LEFT], run->items[RC_RIGHT]},.matched = {run->matched[RC_LEFT], run->matched[RC_RIGHT]},
		.matched_amount = run->matched_amount,.adjusted_amount = run->adjusted_amount,
		.note_count = kept->note_count,.match_count = kept->match_count,.item_count = kept->item_count
	};
	Message		message = {.kind = MESSAGE_OUTCOME};
	Size		size = MAXALIGN(sizeof(message)) + MAXALIGN(sizeof(outcome)) + MAXALIGN(kept->note_count * sizeof(RcNote)) +
		MAXALIGN(kept->match_count * sizeof(RcMatch)) + MAXALIGN(kept->item_count * sizeof(RcMatchedItem));
	char	   *bytes;
	char	   *place;

	for (int side = 0; side < 2; side++)
	{
		Size		packed_size;

		rc_tray_clear(&trays[side]);
		for (size_t i = 0; i < rc_pool_count(rest, side); i++)
			check(run, rc_tray_add_from(&trays[side], rest, side, (RcIndex) i, &run->crew->status), &run->crew->status);
		packed[side] = rc_tray_pack(&trays[side], &packed_size);
		outcome.packed_size[side] = packed_size;
		size += MAXALIGN(packed_size);
	}
	bytes = place = buffer_of(run->crew, size);
	put(&place, &message, sizeof(message));
	put(&place, &outcome, sizeof(outcome));
	for (int side = 0; side < 2; side++)
		put(&place, packed[side], outcome.packed_size[side]);
	put(&place, kept->notes, kept->note_count * sizeof(RcNote));
	put(&place, kept->matches, kept->match_count * sizeof(RcMatch));
	put(&place, kept->items, kept->item_count * sizeof(RcMatchedItem));
	send_message(run, bytes, size);
	rc_pool_clear(rest);
	rc_result_free(rest, kept);
	run->matches = run->matched_amount = run->adjusted_amount = 0;
	for (int side = 0; side < 2; side++)
		run->items[side] = run->matched[side] = 0;
}

static RcsRun *
join_run(shm_toc *toc, Shared *shared)
{
	RcsRun	   *run = palloc0(sizeof(RcsRun));
	const SharedRule *rules = shm_toc_lookup(toc, KEY_RULES, false);

	run->merchant_id = shared->merchant_id;
	run->dry_run = true;
	run->name = shm_toc_lookup(toc, KEY_NAME, false);
	run->rule_count = shared->rule_count;
	run->rules = palloc(shared->rule_count * sizeof(RcRule));
	run->rule_words = palloc0(shared->rule_count * sizeof(RcsRuleWords));
	for (int i = 0; i < shared->rule_count; i++)
	{
		run->rules[i] = rules[i].rule;
		if (rules[i].adjusts)
			run->rule_words[i].adjustment = "";
	}
	run->allocator = rcs_allocator(CurrentMemoryContext);
	run->pool = rc_pool_create(&run->allocator, shared->layouts[RC_LEFT].pool_keysets, 0, 0);
	if (!run->pool)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];

		feed->side = side;
		feed->merchant_id = shared->merchant_id;
		feed->source_name = shm_toc_lookup(toc, KEY_SOURCE_NAME + side, false);
		feed->currencies = &shared->currencies;
		feed->pool = run->pool;
	}
	rcs_parts_start(run, shared->part_count, shared->memory);
	return run;
}

void
reconcile_run_helper(dsm_segment *segment, shm_toc *toc)
{
	Shared	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	shm_mq	   *to_leader = shm_toc_lookup(toc, KEY_TO_LEADER, false);
	shm_mq	   *to_helper = shm_toc_lookup(toc, KEY_TO_HELPER, false);
	RcsCrew    *crew = palloc0(sizeof(RcsCrew));
	RcsRun	   *run;
	RcPool	   *rest;
	RcTray	   *trays;
	RcResult	kept = {0};
	const Message *order;

	shm_mq_set_sender(to_leader, MyProc);
	shm_mq_set_receiver(to_helper, MyProc);
	crew->shared = shared;
	rc_status_reset(&crew->status);
	crew->out = shm_mq_attach(to_leader, segment, NULL);
	crew->in = shm_mq_attach(to_helper, segment, NULL);
	run = join_run(toc, shared);
	run->crew = crew;
	for (int side = 0; side < 2; side++)
	{
		FeedQuery	query;

		rcs_feed_join(&query, &run->feeds[side], &shared->layouts[side], shm_toc_lookup(toc, KEY_QUERY + side, false), 0, NULL);
		read_side(run, side, &query);
		rcs_feed_end(&query);
	}
	end_reading(run);
	while (!crew->order)
		receive_message(run, true);
	order = (const Message *) crew->order;
	for (int side = 0; side < 2; side++)
		if (order->ids_wanted[side])
			send_ids(run, side);
	rest = rcs_parts_pool(run);
	trays = rc_trays_create(&run->allocator, 2, rc_pool_keysets(rest));
	if (!trays)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (int part = first_part(crew); part < end_part(crew); part++)
	{
		rcs_parts_work(run, part, part + 1, (const RcRejection *) (crew->order + MAXALIGN(sizeof(Message))), order->count, rest, &kept);
		send_outcome(run, rest, &kept, trays);
	}
	rcs_parts_end(run);
	shm_mq_detach(crew->out);
	shm_mq_detach(crew->in);
}

/* ---- the leader ---- */

static char *
share_text(shm_toc *toc, uint64 key, const char *text)
{
	char	   *copy = strcpy(shm_toc_allocate(toc, strlen(text) + 1), text);

	shm_toc_insert(toc, key, copy);
	return copy;
}

static shm_mq *
share_queue(shm_toc *toc, uint64 key)
{
	shm_mq	   *queue = shm_mq_create(shm_toc_allocate(toc, QUEUE_BYTES), QUEUE_BYTES);

	shm_toc_insert(toc, key, queue);
	return queue;
}

/* Starts the helper; false when there is no process for it. */
static bool
call_helper(RcsRun *run, FeedQuery *queries)
{
	ParallelContext *context;
	Shared	   *shared;
	SharedRule *rules;
	shm_mq	   *in,
			   *out;
	RcsCrew    *crew;

	EnterParallelMode();
	context = CreateParallelContext("reconcile", "reconcile_run_helper", 1);
	shm_toc_estimate_chunk(&context->estimator, sizeof(Shared));
	shm_toc_estimate_chunk(&context->estimator, run->rule_count * sizeof(SharedRule));
	shm_toc_estimate_chunk(&context->estimator, strlen(run->name) + 1);
	for (int side = 0; side < 2; side++)
	{
		shm_toc_estimate_chunk(&context->estimator, strlen(queries[side].text) + 1);
		shm_toc_estimate_chunk(&context->estimator, strlen(run->feeds[side].source_name) + 1);
		shm_toc_estimate_chunk(&context->estimator, QUEUE_BYTES);
	}
	shm_toc_estimate_keys(&context->estimator, 9);
	InitializeParallelDSM(context);
	shared = shm_toc_allocate(context->toc, sizeof(Shared));
	memset(shared, 0, sizeof(Shared));
	shm_toc_insert(context->toc, KEY_SHARED, shared);
	shared->merchant_id = run->merchant_id;
	shared->rule_count = rc_engine_leading(run->rules, run->rule_count);
	shared->part_count = rcs_parts_count(run->parts);
	shared->memory = rcs_parts_memory(run->parts);
	shared->currencies = run->currencies;
	shared->currencies.shared = true;
	SpinLockInit(&shared->currencies.lock);
	rules = shm_toc_allocate(context->toc, shared->rule_count * sizeof(SharedRule));
	shm_toc_insert(context->toc, KEY_RULES, rules);
	for (int i = 0; i < shared->rule_count; i++)
		rules[i] = (SharedRule) {.rule = run->rules[i],.adjusts = run->rule_words[i].adjustment != NULL};
	share_text(context->toc, KEY_NAME, run->name);
	for (int side = 0; side < 2; side++)
	{
		shared->layouts[side] = queries[side].receiver->layout;
		shared->block_counts[side] = rcs_scan_blocks(queries[side].scan);
		shared->stretch_blocks[side] = Min(Max(shared->block_counts[side] / STRETCHES, MIN_STRETCH_BLOCKS), MAX_STRETCH_BLOCKS);
		pg_atomic_init_u32(&shared->next[side], 0);
		share_text(context->toc, KEY_QUERY + side, queries[side].text);
		share_text(context->toc, KEY_SOURCE_NAME + side, run->feeds[side].source_name);
	}
	in = share_queue(context->toc, KEY_TO_LEADER);
	out = share_queue(context->toc, KEY_TO_HELPER);
	shm_mq_set_receiver(in, MyProc);
	shm_mq_set_sender(out, MyProc);
	LaunchParallelWorkers(context);
	if (context->nworkers_launched == 0)
	{
		DestroyParallelContext(context);
		ExitParallelMode();
		return false;
	}
	crew = palloc0(sizeof(RcsCrew));
	crew->leads = true;
	crew->shared = shared;
	crew->context = context;
	crew->in = shm_mq_attach(in, context->seg, context->worker[0].bgwhandle);
	crew->out = shm_mq_attach(out, context->seg, context->worker[0].bgwhandle);
	for (int side = 0; side < 2; side++)
	{
		crew->stretches[side] = palloc0((stretch_count(shared, side) + 1) * sizeof(StretchIds));
		run->feeds[side].currencies = &shared->currencies;
	}
	run->crew = crew;
	return true;
}

bool
rcs_crew_read(RcsRun *run)
{
	FeedQuery	queries[2];
	bool		shared = true;

	for (int side = 0; side < 2; side++)
	{
		rcs_feed_begin(&queries[side], &run->feeds[side], psprintf("%s AS s", run->feeds[side].source_name), "true", 0, NULL, false);
		shared = shared && rcs_feed_can_share(&queries[side]);
	}
	shared = shared && call_helper(run, queries);
	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];

		if (shared)
		{
			/* Trays are put away after each stretch. */
			feed->bound_memory = NULL;
			rcs_progress_phase(side == RC_LEFT ? RCS_RUN_READING_LEFT : RCS_RUN_READING_RIGHT, 0);
			feed->read_before = side == RC_LEFT ? 0 : run->feeds[RC_LEFT].spilled;
			read_side(run, side, &queries[side]);
		}
		rcs_feed_end(&queries[side]);
	}
	if (shared)
		end_reading(run);
	return shared;
}

/* Whether the item_ids ascend through all stretches: then none stands twice. */
static bool
ascend(const RcsCrew *crew, RcSide side)
{
	const StretchIds *last = NULL;

	for (uint32 i = 0; i < stretch_count(crew->shared, side); i++)
	{
		const StretchIds *ids = &crew->stretches[side][i];

		if (ids->count == 0)
			continue;
		if (!ids->ordered || (last && ids->first_id <= last->last_id))
			return false;
		last = ids;
	}
	return true;
}

static void
send_order(RcsRun *run, const RcRejection *rejections, uint64 rejection_count)
{
	RcsCrew    *crew = run->crew;
	Size		size = MAXALIGN(sizeof(Message)) + rejection_count * sizeof(RcRejection);
	Message    *message = (Message *) buffer_of(crew, size);

	*message = (Message) {
		.kind = MESSAGE_MATCH,.count = rejection_count,.ids_wanted = {!ascend(crew, RC_LEFT), !ascend(crew, RC_RIGHT)}
	};
	if (rejection_count > 0)
		memcpy((char *) message + MAXALIGN(sizeof(Message)), rejections, rejection_count * sizeof(RcRejection));
	send_message(run, message, size);
}

void
rcs_crew_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count, RcPool *rest, RcResult *kept)
{
	RcsCrew    *crew = run->crew;

	crew->rest = rest;
	crew->kept = kept;
	send_order(run, rejections, rejection_count);
	for (int side = 0; side < 2; side++)
		if (!ascend(crew, side))
		{
			while (!crew->ids[side])
				receive_message(run, true);
			rcs_parts_check_ids(run, side, crew->ids[side], crew->id_counts[side]);
			pfree(crew->ids[side]);
		}
	for (int part = first_part(crew); part < end_part(crew); part++)
	{
		rcs_parts_work(run, part, part + 1, rejections, rejection_count, rest, kept);
		while (receive_message(run, false));
	}
	while (!all_came(crew))
		receive_message(run, true);
	WaitForParallelWorkersToFinish(crew->context);
	shm_mq_detach(crew->in);
	shm_mq_detach(crew->out);
	run->currencies = crew->shared->currencies;
	run->currencies.shared = false;
	for (int side = 0; side < 2; side++)
		run->feeds[side].currencies = &run->currencies;
	DestroyParallelContext(crew->context);
	ExitParallelMode();
	run->crew = NULL;
}
