/*
 * run_parts.c - runs worked in parts by the hash of their key.
 */
#include "run_parts.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#include "run_crew.h"
#include "settings.h"
#include "support.h"

#define MIN_PARTS 4
#define MAX_PARTS 256
#define PARTS_IN_MEMORY 4		/* a part is to take at most this part of the memory */
#define PART_ITEMS 65536		/* of a run divided for speed: a part and what matching it needs stay in the processor's cache, about */
#define FAST_PARTS 128			/* of such a run at most: what is read goes to all of them in turn, and more are slow to reach */
#define MIN_ITEMS 262144		/* of a run that is worth dividing for speed */
#define TRAY_ITEMS 32768		/* in all trays, before they are put away */
#define ARENA_BYTES (16 * 1024 * 1024)
#define FILED_ARENA_BYTES (64 * 1024)	/* where items go to the file */
#define PREFETCHED 512			/* bytes of the next chunk */

typedef struct ChunkList
{
	RcsChunk   *first,
			   *last;
} ChunkList;

/* What is kept of a part: by side, and by who has read it. */
typedef struct Kept
{
	ChunkList	chunks[2][2];
} Kept;

struct RcsParts
{
	int			leading_rules;
	RcTally    *tallies;		/* of each of them, for a dry run */
	int			count;			/* the rest apart */
	RcTray	   *trays;			/* of each part, the rest first */
	uint32		stretch;		/* the next one */
	Kept	   *kept;			/* of each part */
	Size		memory;			/* what chunks may still take */
	char	   *arena;
	Size		arena_left;
	BufFile    *file;			/* NULL: nothing in it yet */
	char	   *buffer;
	Size		space;
	RcStatus	status;
};

static Size
allowed_bytes(void)
{
	return rcs_work_memory == 0 ? MaxAllocHugeSize : (Size) rcs_work_memory * 1024 * 1024;
}

static void
check(RcsRun *run, RcCode code)
{
	if (code != RC_OK)
		rcs_run_raise(run, &run->parts->status);
}

RcPool *
rcs_parts_pool(RcsRun *run)
{
	RcPool	   *pool = rc_pool_create(&run->allocator, rc_pool_keysets(run->pool), 0, 0);

	if (!pool || (!run->dry_run && !rc_pool_keep_given(pool)))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return pool;
}

static void
raise_too_large(RcsRun *run, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the run needs more memory than reconcile.work_memory allows (%d MB)", rcs_work_memory),
			 errdetail("%s", what),
			 errhint("Raise reconcile.work_memory, or import in smaller batches with a run after each: a run holds only what is new or open.")));
}

/* ---- where packed items are kept ---- */

static char *
buffer_of(RcsParts *parts, Size size)
{
	if (size > parts->space)
	{
		if (parts->buffer)
			pfree(parts->buffer);
		parts->space = size + size / 4;
		parts->buffer = MemoryContextAllocHuge(CurrentMemoryContext, parts->space);
	}
	return parts->buffer;
}

/* Memory as long as the run: for packed items, or for what is known of those in the file. */
static char *
space_for(RcsRun *run, Size size)
{
	RcsParts   *parts = run->parts;
	char	   *place;

	size = MAXALIGN(size);
	if (size > parts->arena_left)
	{
		parts->arena_left = Max(size, parts->memory > 0 ? ARENA_BYTES : FILED_ARENA_BYTES);
		parts->arena = rc_allocate(&run->allocator, parts->arena_left);
		if (!parts->arena)
			ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
	place = parts->arena;
	parts->arena += size;
	parts->arena_left -= size;
	parts->memory -= Min(size, parts->memory);
	return place;
}

static void
keep(RcsParts *parts, RcSide side, RcsReader reader, RcsChunk *chunk)
{
	ChunkList  *list = &parts->kept[chunk->part].chunks[side][reader];

	chunk->next = NULL;
	if (list->last)
		list->last->next = chunk;
	else
		list->first = chunk;
	list->last = chunk;
}

/* Brings the bytes of a chunk to the file; what is known of it stays in memory. */
static RcsChunk *
file_chunk(RcsRun *run, const RcsChunk *chunk, const char *bytes)
{
	RcsParts   *parts = run->parts;
	RcsChunk   *filed = (RcsChunk *) space_for(run, sizeof(RcsChunk));

	*filed = *chunk;
	if (!parts->file)
		parts->file = BufFileCreateTemp(false);
	filed->in_file = true;
	BufFileTell(parts->file, &filed->file, &filed->offset);
	BufFileWrite(parts->file, unconstify(char *, bytes), filed->size);
	return filed;
}

void
rcs_parts_keep_tray(RcsRun *run, int part, RcSide side, uint32 stretch)
{
	RcsParts   *parts = run->parts;
	RcTray	   *tray = &parts->trays[part];
	RcsChunk	head = {.part = part,.stretch = stretch};
	const char *bytes = rc_tray_pack(tray, &head.size);
	RcsChunk   *chunk;

	if (head.size == 0)
		return;
	if (rcs_chunk_size(head.size) <= parts->memory)
	{
		chunk = (RcsChunk *) space_for(run, rcs_chunk_size(head.size));
		*chunk = head;
		memcpy(rcs_chunk_bytes(chunk), bytes, head.size);
	}
	else
		chunk = file_chunk(run, &head, bytes);
	keep(parts, side, RCS_READ_HERE, chunk);
	rc_tray_clear(tray);
}

void
rcs_parts_keep_chunks(RcsRun *run, RcSide side, char *chunks, Size size)
{
	RcsParts   *parts = run->parts;
	bool		fits = size <= parts->memory;
	char	   *end;

	if (fits)
		chunks = memcpy(space_for(run, size), chunks, size);
	end = chunks + size;
	while (chunks < end)
	{
		RcsChunk   *chunk = (RcsChunk *) chunks;

		chunks += rcs_chunk_size(chunk->size);
		keep(parts, side, RCS_READ_ELSEWHERE, fits ? chunk : file_chunk(run, chunk, rcs_chunk_bytes(chunk)));
	}
}

static void
put_trays_away(RcsRun *run, RcSide side)
{
	RcsParts   *parts = run->parts;
	RcsFeed    *feed = &run->feeds[side];

	CHECK_FOR_INTERRUPTS();
	for (int part = 0; part <= parts->count; part++)
		rcs_parts_keep_tray(run, part, side, parts->stretch);
	parts->stretch++;
	feed->spilled += feed->in_trays;
	feed->in_trays = 0;
}

/* Puts away what lies in the pool: what was read before the run was divided, and what a helper of the feed has read since. */
static void
empty_pool(RcsRun *run)
{
	RcsParts   *parts = run->parts;

	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];
		uint64		count = rc_pool_count(run->pool, side);

		for (uint64 i = 0; i < count; i++)
		{
			int			part = rc_pool_part(run->pool, side, (RcIndex) i, feed->part_keyset, parts->count);

			check(run, rc_tray_add_from(&parts->trays[part], run->pool, side, (RcIndex) i, &parts->status));
			rcs_feed_note_id(feed, rc_pool_item_id(run->pool, side, (RcIndex) i));
			if (++feed->in_trays == TRAY_ITEMS)
				put_trays_away(run, side);
		}
		/* A tray has both sides, and both are gone when it is emptied. */
		put_trays_away(run, side);
	}
	rc_pool_clear(run->pool);
}

void
rcs_parts_put_away(RcsRun *run, RcSide side)
{
	put_trays_away(run, side);
	if (rc_pool_count(run->pool, RC_LEFT) + rc_pool_count(run->pool, RC_RIGHT) > 0)
		empty_pool(run);
}

RcTray *
rcs_parts_tray(const RcsParts *parts, int part)
{
	return &parts->trays[part];
}

int
rcs_parts_count(const RcsParts *parts)
{
	return parts->count;
}

Size
rcs_parts_memory(const RcsParts *parts)
{
	return parts->memory;
}

static const char *
bytes_of(RcsParts *parts, RcsChunk *chunk)
{
	if (!chunk->in_file)
		return rcs_chunk_bytes(chunk);
	if (BufFileSeek(parts->file, chunk->file, chunk->offset, SEEK_SET) != 0 ||
		BufFileRead(parts->file, buffer_of(parts, chunk->size), chunk->size) != chunk->size)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not read the temporary file of a run: %m")));
	return parts->buffer;
}

/* The next chunk of a part and side, in the order of stretches; at is where the lists of both readers are. */
static RcsChunk *
next_chunk(RcsChunk *at[2])
{
	RcsReader	reader = !at[RCS_READ_ELSEWHERE] || (at[RCS_READ_HERE] && at[RCS_READ_HERE]->stretch < at[RCS_READ_ELSEWHERE]->stretch)
		? RCS_READ_HERE : RCS_READ_ELSEWHERE;
	RcsChunk   *chunk = at[reader];

	if (chunk)
	{
		at[reader] = chunk->next;
		/* Chunks lie far apart. */
		for (int line = 0; line < PREFETCHED && chunk->next; line += PG_CACHE_LINE_SIZE)
			__builtin_prefetch((const char *) chunk->next + line);
	}
	return chunk;
}

/* Reads a chunk into a pool. */
static void
unpack(RcsRun *run, RcSide side, RcsChunk *chunk, RcPool *pool)
{
	CHECK_FOR_INTERRUPTS();
	check(run, rc_pool_add_packed(pool, side, bytes_of(run->parts, chunk), chunk->size, &run->parts->status));
}

/* Reads what is kept of a part into a pool. */
static void
load(RcsRun *run, int part, RcPool *pool)
{
	for (int side = 0; side < 2; side++)
	{
		ChunkList  *lists = run->parts->kept[part].chunks[side];
		RcsChunk   *at[2] = {lists[RCS_READ_HERE].first, lists[RCS_READ_ELSEWHERE].first};
		RcsChunk   *chunk;

		while ((chunk = next_chunk(at)))
		{
			unpack(run, side, chunk, pool);
			if (rc_pool_used(pool) > allowed_bytes())
				raise_too_large(run, part == RCS_REST_PART
								? "The run is worked in parts, but what the rules by key leave to the others does not fit."
								: "The run is worked in parts, but too many items have the same key.");
		}
	}
}

/* ---- dividing ---- */

void
rcs_parts_start(RcsRun *run, int count, Size memory)
{
	RcsParts   *parts = palloc0(sizeof(RcsParts));

	parts->leading_rules = rc_engine_leading(run->rules, run->rule_count);
	parts->count = count;
	parts->memory = memory;
	rc_status_reset(&parts->status);
	parts->tallies = palloc(parts->leading_rules * sizeof(RcTally));
	parts->kept = palloc0((count + 1) * sizeof(Kept));
	parts->trays = rc_trays_create(&run->allocator, count + 1, rc_pool_keysets(run->pool));
	if (!parts->trays)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	run->parts = parts;
	for (int side = 0; side < 2; side++)
	{
		run->feeds[side].trays = parts->trays;
		run->feeds[side].part_count = count;
		run->feeds[side].part_keyset = side == RC_LEFT ? run->rules[0].left_keyset : run->rules[0].right_keyset;
	}
}

/* What feeds call now and then: keeps pool and trays within bounds. */
static void
bound_memory(void *context)
{
	RcsRun	   *run = context;
	/* The executor calls from its own, which ends with the query. */
	MemoryContext caller = MemoryContextSwitchTo(run->allocator.context);

	if (run->parts)
	{
		for (int side = 0; side < 2; side++)
			if (run->feeds[side].in_trays + rc_pool_count(run->pool, side) >= TRAY_ITEMS)
				rcs_parts_put_away(run, side);
	}
	else if (rc_pool_used(run->pool) > allowed_bytes())
	{
		uint64		read = rc_pool_count(run->pool, RC_LEFT) + rc_pool_count(run->pool, RC_RIGHT);
		uint64		expected = Max(run->expected[RC_LEFT] + run->expected[RC_RIGHT], 2 * read);

		/* A simulation is asked for its matches, all of them. */
		if (run->simulated)
			raise_too_large(run, psprintf("%llu items were read so far; simulations are not worked in parts.", (unsigned long long) read));
		if (rc_engine_leading(run->rules, run->rule_count) == 0)
			raise_too_large(run, psprintf("%llu items were read so far; the first rule does not go by a key, so that they cannot be worked in parts.",
										  (unsigned long long) read));
		rcs_parts_start(run, (int) Min(Max((double) expected / read * PARTS_IN_MEMORY + 1, MIN_PARTS), MAX_PARTS), 0);
		empty_pool(run);
	}
	MemoryContextSwitchTo(caller);
}

bool
rcs_parts_wanted(const RcsRun *run)
{
	/* A simulation is asked for its matches; and matches written by parts would enter the indexes in the order of hashes. */
	return run->dry_run && !run->simulated && run->expected[RC_LEFT] + run->expected[RC_RIGHT] >= MIN_ITEMS &&
		rc_engine_leading(run->rules, run->rule_count) > 0;
}

void
rcs_parts_watch(RcsRun *run, bool divided)
{
	int64		expected = run->expected[RC_LEFT] + run->expected[RC_RIGHT];

	if (divided)
		rcs_parts_start(run, (int) Min(Max(expected / PART_ITEMS, MIN_PARTS), FAST_PARTS), allowed_bytes() / 4);
	if (rcs_work_memory == 0 && !divided)
		return;
	for (int side = 0; side < 2; side++)
	{
		run->feeds[side].bound_memory = bound_memory;
		run->feeds[side].bounded = run;
	}
}

/* ---- items that stand twice ---- */

void
rcs_parts_each_ids(RcsRun *run, RcSide side, void (*take) (void *context, const int64 *item_ids, uint64 count), void *context)
{
	RcPool	   *pool = run->pool;

	for (int part = 0; part <= run->parts->count; part++)
	{
		ChunkList  *lists = run->parts->kept[part].chunks[side];
		RcsChunk   *at[2] = {lists[RCS_READ_HERE].first, lists[RCS_READ_ELSEWHERE].first};
		RcsChunk   *chunk;

		while ((chunk = next_chunk(at)))
		{
			rc_pool_clear(pool);
			unpack(run, side, chunk, pool);
			take(context, rc_pool_item_ids(pool, side), rc_pool_count(pool, side));
		}
	}
	rc_pool_clear(pool);
}

static void
sort_ids(void *context, const int64 *item_ids, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
		tuplesort_putdatum(context, Int64GetDatum(item_ids[i]), false);
}

void
rcs_parts_check_ids(RcsRun *run, RcSide side, const int64 *more, uint64 more_count)
{
	Tuplesortstate *sort = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false, work_mem, NULL, TUPLESORT_NONE);
	int64		last = 0;
	bool		first = true;
	bool		is_null;
	Datum		item_id;

	rcs_parts_each_ids(run, side, sort_ids, sort);
	sort_ids(sort, more, more_count);
	tuplesort_performsort(sort);
	for (; tuplesort_getdatum(sort, true, &item_id, &is_null, NULL); first = false)
	{
		CHECK_FOR_INTERRUPTS();
		if (!first && DatumGetInt64(item_id) == last)
			check(run, rc_fail(&run->parts->status, RC_BAD_STRUCTURE, "the %s source has item_id %lld more than once", side == RC_LEFT ? "left" : "right",
							   (long long) last));
		last = DatumGetInt64(item_id);
	}
	tuplesort_end(sort);
}

/* ---- matching ---- */

/* Counts what a part has matched whole; of a dry run nothing is listed that need not be. */
static void
count_part(RcsRun *run, const RcResult *result)
{
	for (int r = 0; r < run->parts->leading_rules; r++)
	{
		RcTally    *tally = &result->tallies[r];

		run->matches += tally->matches;
		run->matched_amount += tally->left_amount;
		if (run->rule_words[r].adjustment)
			run->adjusted_amount += tally->difference;
	}
	/* All items of a part are within the dates of the run. */
	for (int side = 0; side < 2; side++)
	{
		size_t		taken = rc_pool_count_taken(run->pool, side);

		run->items[side] += taken;
		run->matched[side] += taken;
	}
}

/* Counts and writes what a part has matched whole. */
static void
write_part(RcsRun *run)
{
	for (int side = 0; side < 2; side++)
	{
		uint64		count = rc_pool_count(run->pool, side);

		for (uint64 i = 0; i < count; i++)
		{
			if (rc_pool_taken(run->pool, side, (RcIndex) i) != RC_TAKEN)
				continue;
			rcs_run_count_item(run, side, (RcIndex) i);
			if (rc_pool_mark(run->pool, side, (RcIndex) i) & RCS_WAS_OPEN)
				rcs_run_remember_closed(run, side, rc_pool_item_id(run->pool, side, (RcIndex) i));
		}
	}
	rcs_run_write_matches(run);
}

static void
settle(RcsRun *run, RcResult *result)
{
	run->result = *result;
	run->standing = MemoryContextAllocHuge(CurrentMemoryContext, Max(result->match_count, 1));
	for (uint64 m = 0; m < result->match_count; m++)
	{
		/* Suggestions wait for the end: later rules may overtake them. */
		run->standing[m] = result->matches[m].suggestion;
		if (!result->matches[m].suggestion)
			rcs_run_count_match(run, &result->matches[m]);
	}
	if (run->dry_run)
		count_part(run, result);
	else
		write_part(run);
	pfree(run->standing);
	run->standing = NULL;
}

void
rcs_parts_work(RcsRun *run, int first, int end, const RcRejection *rejections, uint64 rejection_count, RcPool *rest, RcResult *kept)
{
	RcsParts   *parts = run->parts;

	for (int part = first; part < end; part++)
	{
		RcResult	result = {0};

		if (run->dry_run)
		{
			memset(parts->tallies, 0, parts->leading_rules * sizeof(RcTally));
			result.tallies = parts->tallies;
		}
		rc_pool_clear(run->pool);
		load(run, part, run->pool);
		check(run, rc_engine_continue(run->pool, run->rules, 0, parts->leading_rules, rejections, rejection_count, &result, &parts->status));
		settle(run, &result);
		check(run, rc_result_carry(rest, kept, run->pool, &result, RCS_NAMED, &parts->status));
		rc_result_free(run->pool, &result);
		if (rc_pool_used(rest) > allowed_bytes())
			raise_too_large(run, "The run is worked in parts, but what the rules by key leave to the others does not fit.");
	}
}

void
rcs_parts_end(RcsRun *run)
{
	if (run->parts->file)
		BufFileClose(run->parts->file);
	run->parts->file = NULL;
}

void
rcs_parts_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count)
{
	RcsParts   *parts = run->parts;
	RcPool	   *rest = rcs_parts_pool(run);
	RcPool	   *pool = rcs_parts_pool(run);
	RcResult	kept = {0};

	/* The memory of a part, not of what was read at a time. */
	rc_pool_free(run->pool);
	run->pool = pool;
	if (run->crew)
		rcs_crew_match(run, rejections, rejection_count, rest, &kept);
	else
	{
		for (int side = 0; side < 2; side++)
			if (run->feeds[side].unordered)
				rcs_parts_check_ids(run, side, NULL, 0);
		rcs_parts_work(run, 1, parts->count + 1, rejections, rejection_count, rest, &kept);
	}
	load(run, RCS_REST_PART, rest);
	rcs_parts_end(run);
	rc_pool_free(run->pool);
	run->pool = run->feeds[RC_LEFT].pool = run->feeds[RC_RIGHT].pool = rest;
	run->result = kept;
	check(run, rc_engine_continue(rest, run->rules, parts->leading_rules, run->rule_count, rejections, rejection_count, &run->result,
									&parts->status));
}
