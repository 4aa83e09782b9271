/*
 * work.h - what the strategies of one engine run share: scratch memory, sorting, sums and tolerances, and the way into the result.
 *
 * A strategy is a function over an RcWork. It looks at items that rc_takes_part(), emits matches with rc_emit() and notes with
 * rc_note(), and takes its memory from rc_scratch(), all of which is given back when it returns, also after an error.
 */
#ifndef RC_WORK_H
#define RC_WORK_H

#include "engine.h"
#include "pool_internal.h"
#include "tolerance.h"

#define RC_TRY(call) do { RcCode code_ = (call); if (code_ != RC_OK) return code_; } while (0)
#define RC_POLL_STEPS 10000

/* One item in a sort or a group. */
typedef struct RcEntry
{
	int64_t		value;			/* what is sorted by first: mostly the compared amount */
	int32_t		date;
	RcIndex		index;
} RcEntry;

typedef struct RcScratch RcScratch;
typedef struct RcRejections RcRejections;

typedef struct RcWork
{
	RcPool	   *pool;
	RcStatus   *status;
	RcResult   *result;
	size_t		match_capacity, item_capacity, note_capacity, runner_up_capacity;

	/* The rule at work */
	const RcRule *rule;
	int32_t		rule_index;
	uint8_t		part_mask;		/* see rc_takes_part */

	/* Items in ascending item_id order; NULL: they lie so already */
	RcIndex    *order[2];

	RcRejections *rejections;	/* NULL: none */
	RcScratch  *scratch;
	uint32_t	steps;			/* since should_stop was asked last */
} RcWork;

/* Dates of one side of a match; items without date do not count. */
typedef struct RcSpan
{
	int32_t		low, high;		/* low > high: no date known */
} RcSpan;

#define RC_EMPTY_SPAN ((RcSpan) {INT32_MAX, INT32_MIN})

static inline void
rc_span_add(RcSpan *span, int32_t date)
{
	if (date == RC_NO_DATE)
		return;
	if (date < span->low)
		span->low = date;
	if (date > span->high)
		span->high = date;
}

/* Days from one end of a left span to one of a right one; an empty span has none. Dates a million years apart are cut off. */
static inline int32_t
rc_lag(int32_t left, int32_t right)
{
	int64_t		days = (int64_t) right - left;

	if (left == INT32_MAX || left == INT32_MIN || right == INT32_MAX || right == INT32_MIN)
		return RC_NO_DATE;
	return days > INT32_MAX ? INT32_MAX : days <= INT32_MIN ? INT32_MIN + 1 : (int32_t) days;
}

/* Whether every lag between the two spans is within the rule's bounds; unknown dates do not speak against a match. */
static inline bool
rc_lag_agrees(const RcRule *rule, RcSpan left, RcSpan right)
{
	if (left.low > left.high || right.low > right.high)
		return true;
	if (rule->has_lag_min && (int64_t) right.low - left.high < rule->lag_min)
		return false;
	if (rule->has_lag_max && (int64_t) right.high - left.low > rule->lag_max)
		return false;
	return true;
}

/* Whether an item is open, inside the run's dates and not, for a rule that only suggests, in a suggestion already. */
static inline bool
rc_takes_part(const RcWork *work, RcSide side, RcIndex index)
{
	return (work->pool->side[side].state[index] & work->part_mask) == RC_ITEM_ACTIVE;
}

static inline RcIndex
rc_ordered(const RcWork *work, RcSide side, size_t position)
{
	return work->order[side] != NULL ? work->order[side][position] : (RcIndex) position;
}

/* Counts steps; RC_STOPPED when the caller of the engine wants it to stop. */
extern RcCode rc_poll_now(RcWork *work);

static inline RcCode
rc_poll(RcWork *work, size_t steps)
{
	if (steps < RC_POLL_STEPS && (work->steps += (uint32_t) steps) < RC_POLL_STEPS)
		return RC_OK;
	return rc_poll_now(work);
}

/* scratch.c: memory that is given back at the end of the strategy */
extern RcCode rc_scratch(RcWork *work, void *place, size_t count, size_t width);	/* not cleared */
extern RcCode rc_scratch_zero(RcWork *work, void *place, size_t count, size_t width);
extern RcCode rc_scratch_grow(RcWork *work, void *place, size_t count, size_t width);	/* *place may be NULL */
extern void rc_scratch_release(RcWork *work, void *pointer);
extern void rc_scratch_reset(RcWork *work);

/* sort.c */
extern int	rc_compare_content(const RcPool *pool, RcSide side, RcIndex a, RcIndex b);	/* key, text, item_id */
extern bool rc_interchangeable(const RcPool *pool, RcSide side, RcIndex a, RcIndex b);	/* nothing but item_id differs */
extern RcCode rc_sort_by_value(RcWork *work, RcSide side, RcEntry *entries, size_t count);	/* value, date, content */
extern RcCode rc_sort_by_date(RcWork *work, RcSide side, RcEntry *entries, size_t count);	/* date, value, content */
extern RcCode rc_order_by_id(RcWork *work, RcSide side, RcIndex **order);	/* the order is the caller's, by rc_allocate */

/* rejection.c: pairs that must not meet */
extern RcCode rc_rejections_create(RcWork *work, const RcRejection *rejections, size_t count);
extern void rc_rejections_free(RcWork *work);
extern bool rc_pair_rejected(const RcWork *work, RcIndex left, RcIndex right);
extern RcCode rc_set_rejected(RcWork *work, const RcIndex *left, size_t left_count, const RcIndex *right, size_t right_count,
							  bool *rejected);
/* The rights rejected with a left item (or the lefts with a right one). */
extern size_t rc_rejected_with(const RcWork *work, RcSide side, RcIndex index, const RcIndex **others);

/* result.c */
typedef struct RcEmission
{
	const RcIndex *left;
	const RcIndex *right;
	size_t		left_count;
	size_t		right_count;
	const int64_t *left_amount; /* allocated of each; NULL: all that is open */
	const int64_t *right_amount;
	RcEvidence	evidence;
	bool		suggestion;
	uint32_t	candidates;
	uint32_t	confidence;		/* 0: the usual one of the evidence */
	uint32_t	chance;			/* see RcMatch */
} RcEmission;

/* Adds a match (a suggestion when the rule only suggests) and takes its amounts off the items. */
extern RcCode rc_emit(RcWork *work, const RcEmission *emission);
extern RcCode rc_reserve(RcWork *work, size_t matches, size_t items);
extern uint32_t rc_usual_confidence(RcEvidence evidence);

/* Notes why an item stays open, unless it has a note already. */
extern RcCode rc_note(RcWork *work, RcSide side, RcIndex index, RcNoteReason reason, int64_t difference, RcSide other_side,
					  RcIndex other);

/* Notes on an item that sums disagree, naming one of the other side. *noted: it had no note before, and the others are part of this one. */
extern RcCode rc_note_difference(RcWork *work, RcSide side, RcIndex index, int64_t difference, RcIndex other, bool *noted);

/* Notes that an item is part of the difference that is noted on another one. */
extern RcCode rc_note_part(RcWork *work, RcSide side, RcIndex index, RcSide noted_side, RcIndex noted);

/* Keeps a runner-up of an item; the caller gives the best ones only, best first. */
extern RcCode rc_runner_up(RcWork *work, RcSide side, RcIndex index, RcIndex rival, uint32_t confidence);

/* Drops what later rules have overtaken and brings the rest into the canonical order. */
extern RcCode rc_result_finish(RcWork *work);

/* group.c: items that belong together by key or reference and whose sums have to be brought to agree */
typedef struct RcGroup
{
	RcIndex    *left;
	RcIndex    *right;
	size_t		left_count;
	size_t		right_count;
	RcEvidence	whole;			/* evidence when all of it agrees */
	RcEvidence	part;			/* evidence of a pair or sub-group that agrees */
	RcEvidence	partial;		/* evidence of an allocation in part */
	bool		allow_partial;
} RcGroup;

/* Brings a group as far as it goes: matches, allocations, notes. */
extern RcCode rc_group_resolve(RcWork *work, const RcGroup *group);

/* Whether the whole group could be one match, and why not. */
typedef struct RcVerdict
{
	bool		sums_agree;
	bool		within_lag;
	bool		rejected;
	bool		agrees;			/* all of it */
	int64_t		left_sum, right_sum;
	RcSpan		left_span, right_span;
} RcVerdict;

extern RcCode rc_group_check(RcWork *work, const RcGroup *group, RcVerdict *verdict);

/* Emits the whole group as one match or suggestion, unlooked. */
extern RcCode rc_group_emit(RcWork *work, const RcGroup *group, bool suggestion, uint32_t candidates, uint32_t confidence);

/* The strategies */
extern RcCode rc_match_key(RcWork *work);
extern RcCode rc_match_reference(RcWork *work);
extern RcCode rc_match_window(RcWork *work);
extern RcCode rc_match_subset(RcWork *work);
extern RcCode rc_match_net(RcWork *work);
extern RcCode rc_match_score(RcWork *work);

#endif
