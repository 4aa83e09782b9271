/*
 * run_parts.c - runs whose items do not fit into reconcile.work_memory, worked in parts by the hash of their key.
 */
#include "run_parts.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "settings.h"
#include "support.h"

#define MIN_PARTS 4
#define MAX_PARTS 256
#define PARTS_IN_MEMORY 4		/* a part is to take at most this part of the memory */
#define TRAY_ITEMS 16384
#define REST 0					/* the part of items that the leading rules do not look at */

/* Where packed items of a part stand in the file. */
typedef struct Stretch
{
	int			part;
	RcSide		side;
	int			file;
	off_t		offset;
	Size		size;
} Stretch;

struct RcsParts
{
	int			leading_rules;
	int			count;			/* REST apart */
	BufFile    *file;
	List	   *stretches;		/* in the order in which the items came */
	RcPool	   *tray;
	char	   *buffer;
	Size		space;
	RcStatus	status;
};

static Size
allowed_bytes(void)
{
	return (Size) rcs_work_memory * 1024 * 1024;
}

static void
check(RcsRun *run, RcCode code)
{
	if (code != RC_OK)
		rcs_run_raise(run, &run->parts->status);
}

static RcPool *
create_pool(RcsRun *run)
{
	RcPool	   *pool = rc_pool_create(&run->allocator, rc_pool_keysets(run->pool), 0, 0);

	if (!pool || (!run->dry_run && !rc_pool_keep_given(pool)))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return pool;
}

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

static void
raise_too_large(RcsRun *run, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the run needs more memory than reconcile.work_memory allows (%d MB)", rcs_work_memory),
			 errdetail("%s", what),
			 errhint("Raise reconcile.work_memory, or import in smaller batches with a run after each: a run holds only what is new or open.")));
}

static void
write_tray(RcsParts *parts, int part, RcSide side)
{
	Stretch    *stretch;
	Size		size;

	if (rc_pool_count(parts->tray, side) == 0)
		return;
	size = rc_pool_packed_size(parts->tray, side);
	rc_pool_pack(parts->tray, side, buffer_of(parts, size));
	stretch = palloc(sizeof(Stretch));
	stretch->part = part;
	stretch->side = side;
	stretch->size = size;
	BufFileTell(parts->file, &stretch->file, &stretch->offset);
	BufFileWrite(parts->file, parts->buffer, size);
	parts->stretches = lappend(parts->stretches, stretch);
	rc_pool_clear(parts->tray);
}

/* Moves the items of one side of the pool into the file, part by part. */
static void
spill_side(RcsRun *run, RcSide side)
{
	RcsParts   *parts = run->parts;
	uint64		count = rc_pool_count(run->pool, side);
	int			keyset = side == RC_LEFT ? run->rules[0].left_keyset : run->rules[0].right_keyset;
	uint64	   *ends = palloc0((parts->count + 2) * sizeof(uint64));
	RcIndex    *order = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(RcIndex));
	uint64		i = 0;

	for (uint64 n = 0; n < count; n++)
		ends[rc_pool_part(run->pool, side, (RcIndex) n, keyset, parts->count) + 1]++;
	for (int part = 0; part <= parts->count; part++)
		ends[part + 1] += ends[part];
	for (uint64 n = 0; n < count; n++)
		order[ends[rc_pool_part(run->pool, side, (RcIndex) n, keyset, parts->count)]++] = (RcIndex) n;
	for (int part = 0; part <= parts->count; part++)
	{
		CHECK_FOR_INTERRUPTS();
		for (; i < ends[part]; i++)
		{
			check(run, rc_pool_copy(parts->tray, side, run->pool, order[i], &parts->status));
			if (rc_pool_count(parts->tray, side) == TRAY_ITEMS)
				write_tray(parts, part, side);
		}
		write_tray(parts, part, side);
	}
	run->feeds[side].spilled += count;
	pfree(order);
	pfree(ends);
}

static void
spill(RcsRun *run)
{
	spill_side(run, RC_LEFT);
	spill_side(run, RC_RIGHT);
	rc_pool_clear(run->pool);
}

/* What feeds call now and then: keeps the pool within bounds. */
static void
bound_memory(void *context)
{
	RcsRun	   *run = context;
	Size		used = rc_pool_used(run->pool);

	if (run->parts)
	{
		if (used > allowed_bytes() / 2)
			spill(run);
	}
	else if (used > allowed_bytes())
	{
		RcsParts   *parts;
		uint64		read = rc_pool_count(run->pool, RC_LEFT) + rc_pool_count(run->pool, RC_RIGHT);
		uint64		expected = Max(run->expected[RC_LEFT] + run->expected[RC_RIGHT], 2 * read);

		/* A simulation is asked for its matches, all of them. */
		if (run->simulated)
			raise_too_large(run, psprintf("%llu items were read so far; simulations are not worked in parts.", (unsigned long long) read));
		if (rc_engine_leading(run->rules, run->rule_count) == 0)
			raise_too_large(run, psprintf("%llu items were read so far; the first rule does not go by a key, so that they cannot be worked in parts.",
										  (unsigned long long) read));
		parts = palloc0(sizeof(RcsParts));
		parts->leading_rules = rc_engine_leading(run->rules, run->rule_count);
		parts->count = (int) Min(Max((double) expected / read * PARTS_IN_MEMORY + 1, MIN_PARTS), MAX_PARTS);
		parts->file = BufFileCreateTemp(false);
		rc_status_reset(&parts->status);
		parts->tray = create_pool(run);
		run->parts = parts;
		spill(run);
	}
}

void
rcs_parts_watch(RcsRun *run)
{
	if (rcs_work_memory == 0)
		return;
	for (int side = 0; side < 2; side++)
	{
		run->feeds[side].bound_memory = bound_memory;
		run->feeds[side].bounded = run;
	}
}

/* Reads what the file has of a part into a pool. */
static void
load(RcsRun *run, int part, RcPool *pool)
{
	RcsParts   *parts = run->parts;
	ListCell   *cell;

	foreach(cell, parts->stretches)
	{
		Stretch    *stretch = lfirst(cell);

		if (stretch->part != part)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (BufFileSeek(parts->file, stretch->file, stretch->offset, SEEK_SET) != 0 ||
			BufFileRead(parts->file, buffer_of(parts, stretch->size), stretch->size) != stretch->size)
			ereport(ERROR, (errcode_for_file_access(), errmsg("could not read the temporary file of a run: %m")));
		check(run, rc_pool_unpack(pool, stretch->side, parts->buffer, stretch->size, &parts->status));
		if (rc_pool_used(pool) > allowed_bytes())
			raise_too_large(run, part == REST
							? "The run is worked in parts, but what the rules by key leave to the others does not fit."
							: "The run is worked in parts, but too many items have the same key.");
	}
}

/* Counts and writes what a part has matched whole. */
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
	for (int side = 0; side < 2; side++)
	{
		uint64		count = rc_pool_count(run->pool, side);

		for (uint64 i = 0; i < count; i++)
		{
			if (rc_pool_taken(run->pool, side, (RcIndex) i) != RC_TAKEN)
				continue;
			rcs_run_count_item(run, side, (RcIndex) i);
			if (!run->dry_run && (rc_pool_mark(run->pool, side, (RcIndex) i) & RCS_WAS_OPEN))
				rcs_run_remember_closed(run, side, rc_pool_item_id(run->pool, side, (RcIndex) i));
		}
	}
	if (!run->dry_run)
		rcs_run_write_matches(run);
	pfree(run->standing);
	run->standing = NULL;
}

void
rcs_parts_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count)
{
	RcsParts   *parts = run->parts;
	RcPool	   *rest = create_pool(run);
	RcResult	kept = {0};

	spill(run);
	/* The memory of a part, not of what was read at a time. */
	rc_pool_free(run->pool);
	run->pool = create_pool(run);
	for (int part = 1; part <= parts->count; part++)
	{
		RcResult	result = {0};

		rc_pool_clear(run->pool);
		load(run, part, run->pool);
		check(run, rc_engine_continue(run->pool, run->rules, 0, parts->leading_rules, rejections, rejection_count, &result, &parts->status));
		settle(run, &result);
		check(run, rc_result_carry(rest, &kept, run->pool, &result, RCS_NAMED, &parts->status));
		rc_result_free(run->pool, &result);
		if (rc_pool_used(rest) > allowed_bytes())
			raise_too_large(run, "The run is worked in parts, but what the rules by key leave to the others does not fit.");
	}
	load(run, REST, rest);
	BufFileClose(parts->file);
	rc_pool_free(run->pool);
	rc_pool_free(parts->tray);
	run->pool = run->feeds[RC_LEFT].pool = run->feeds[RC_RIGHT].pool = rest;
	run->result = kept;
	check(run, rc_engine_continue(rest, run->rules, parts->leading_rules, run->rule_count, rejections, rejection_count, &run->result,
									&parts->status));
}
