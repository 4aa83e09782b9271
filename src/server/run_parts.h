/*
 * run_parts.h - runs worked in parts by the hash of their key.
 *
 * Rules that lead and go by one key look only at items of equal keys, so each part can be matched by itself. What they leave open of all
 * parts comes together in one pool for the other rules, with what was noted and suggested, as if nothing had been divided.
 *
 * There are two reasons to do so. Items that do not fit into reconcile.work_memory are kept in a temporary file, and one part at a time is in
 * memory. And a dry run of many items is divided from the start into parts that fit into the processor's cache: what matching needs beside the
 * items is then as large as one part needs, and a second process can work half of the parts (run_crew.h).
 */
#ifndef RCS_RUN_PARTS_H
#define RCS_RUN_PARTS_H

#include "../match/tray.h"
#include "run.h"

#define RCS_REST_PART 0			/* items that the leading rules do not look at */

typedef struct RcsParts RcsParts;

/* Packed items of one part and side; they follow, from the next multiple of eight on, or lie in the file. */
typedef struct RcsChunk
{
	struct RcsChunk *next;
	uint32		part;
	uint32		stretch;		/* chunks of one part and side are read in the order of their stretches */
	Size		size;
	bool		in_file;
	int			file;
	off_t		offset;
} RcsChunk;

/* Who has read the items of a chunk. Of each, chunks come in the order of their stretches. */
typedef enum RcsReader
{
	RCS_READ_HERE,
	RCS_READ_ELSEWHERE			/* by the other process of a crew */
} RcsReader;

static inline char *
rcs_chunk_bytes(RcsChunk *chunk)
{
	return (char *) chunk + MAXALIGN(sizeof(RcsChunk));
}

static inline Size
rcs_chunk_size(Size size)
{
	return MAXALIGN(sizeof(RcsChunk)) + MAXALIGN(size);
}

/* Whether a run is to be divided from the start, as far as is expected. */
extern bool rcs_parts_wanted(const RcsRun *run);

/* Divides a run from the start when it is wanted, and bounds its memory: to be called before its feeds read. */
extern void rcs_parts_watch(RcsRun *run, bool divided);

/* Divides a run into so many parts; keeps packed items in memory up to so many bytes, beyond that in a file. */
extern void rcs_parts_start(RcsRun *run, int count, Size memory);

extern int	rcs_parts_count(const RcsParts *parts);
extern Size rcs_parts_memory(const RcsParts *parts);	/* that packed items may still take */

/* Puts what lies in the trays of a side away, all of it. */
extern void rcs_parts_put_away(RcsRun *run, RcSide side);

/* The tray of a part, for who puts its items away otherwise. */
extern RcTray *rcs_parts_tray(const RcsParts *parts, int part);

/* Keeps the items of a tray, which is empty then; and chunks that have come from elsewhere, one after the other, by a copy. */
extern void rcs_parts_keep_tray(RcsRun *run, int part, RcSide side, uint32 stretch);
extern void rcs_parts_keep_chunks(RcsRun *run, RcSide side, char *chunks, Size size);

/* Calls back with the item_ids of each chunk of a side. What lies in the run's pool is gone then. */
extern void rcs_parts_each_ids(RcsRun *run, RcSide side, void (*take) (void *context, const int64 *item_ids, uint64 count), void *context);

/* Raises when an item_id of a side stands in its source twice; more are ids that the parts here do not have, or NULL. */
extern void rcs_parts_check_ids(RcsRun *run, RcSide side, const int64 *more, uint64 more_count);

/* Matches some parts by the rules that lead, counts and writes what they match; what they leave is added to a pool and a result. */
extern void rcs_parts_work(RcsRun *run, int first, int end, const RcRejection *rejections, uint64 rejection_count, RcPool *rest, RcResult *kept);

/* Matches all parts and then, by the other rules, the rest, which is in run->pool and run->result afterwards. */
extern void rcs_parts_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count);

/* Closes the temporary file. */
extern void rcs_parts_end(RcsRun *run);

/* A pool with the run's keysets. */
extern RcPool *rcs_parts_pool(RcsRun *run);

#endif
