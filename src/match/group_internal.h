/*
 * group_internal.h - what the files that resolve a group share: both sides sorted by amount, what is used up, what is chosen for the next match.
 */
#ifndef RC_GROUP_INTERNAL_H
#define RC_GROUP_INTERNAL_H

#include "work.h"

typedef struct RcGroupSide
{
	RcEntry    *entries;		/* sorted by compared amount, date, content */
	size_t		count;
	uint8_t    *used;
	RcIndex    *chosen;			/* what is about to be emitted */
	int64_t    *taken;			/* how much of each, for an allocation in part */
	size_t		chosen_count;
} RcGroupSide;

typedef struct RcGroupState
{
	RcWork	   *work;
	const RcGroup *group;
	RcGroupSide side[2];
	bool		zeros_placed;	/* items that compare as 0 (fees) went with the first match of the group */
	size_t		emitted;
} RcGroupState;

typedef enum RcPick
{
	RC_PICK_ALL,
	RC_PICK_POSITIVE,
	RC_PICK_NEGATIVE,
	RC_PICKS
} RcPick;

static inline bool
rc_group_picked(const RcGroupSide *side, size_t i, RcPick pick)
{
	int64_t		value = side->entries[i].value;

	if (side->used[i] || value == 0)
		return false;
	return pick == RC_PICK_ALL || (pick == RC_PICK_POSITIVE ? value > 0 : value < 0);
}

static inline void
rc_group_choose(RcGroupSide *side, size_t i)
{
	side->chosen[side->chosen_count++] = side->entries[i].index;
}

static inline void
rc_group_choose_nothing(RcGroupState *r)
{
	r->side[RC_LEFT].chosen_count = 0;
	r->side[RC_RIGHT].chosen_count = 0;
}

/* End of the run of equal amounts that begins at `from`. */
static inline size_t
rc_group_run_end(const RcGroupSide *side, size_t from)
{
	size_t		to = from + 1;

	while (to < side->count && side->entries[to].value == side->entries[from].value)
		to++;
	return to;
}

/* group.c */
extern RcCode rc_group_chosen_allowed(RcGroupState *r, bool *allowed, bool *late);
extern RcCode rc_group_emit_chosen(RcGroupState *r, RcEvidence evidence, bool in_part);
extern RcCode rc_group_emit_part(RcGroupState *r, bool *emitted);
extern RcCode rc_group_measure(RcGroupState *r, RcSide s, RcPick pick, int64_t *sum, size_t *count);
extern RcIndex rc_group_first_left_over(const RcGroupSide *side);

/* group_twins.c: the whole group less items that came twice; those are noted as duplicates */
extern RcCode rc_group_without_twins(RcGroupState *r, const int64_t *sum, bool *done);

/* group_pairs.c: pairs whose amounts agree */
extern RcCode rc_group_take_pairs(RcGroupState *r);

/* group_parts.c: sub-groups whose sums agree, one a call, and an allocation in part */
extern RcCode rc_group_take_subgroup(RcGroupState *r, bool *taken);
extern RcCode rc_group_allocate_in_part(RcGroupState *r, const int64_t *sum, bool *done, bool *late);

#endif
