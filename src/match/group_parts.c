/*
 * group_parts.c - sub-groups of a group whose sums agree (all, the charges, the refunds, one against many), and what is left allocated in part.
 */
#include "group_internal.h"

/* Emits the picked of both sides, or one entry of a side with the picked of the other; marks them. */
static RcCode
emit_picked(RcGroupState *r, RcPick left_pick, size_t left_one, RcPick right_pick, size_t right_one, bool *emitted)
{
	const RcPick	pick[2] = {left_pick, right_pick};
	const size_t one[2] = {left_one, right_one};

	rc_group_choose_nothing(r);
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (one[s] == SIZE_MAX ? rc_group_picked(&r->side[s], i, pick[s]) : i == one[s])
				rc_group_choose(&r->side[s], i);
		}
	}
	RC_TRY(rc_group_emit_part(r, emitted));
	if (!*emitted)
		return RC_OK;
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (one[s] == SIZE_MAX ? rc_group_picked(&r->side[s], i, pick[s]) : i == one[s])
				r->side[s].used[i] = true;
		}
	}
	return RC_OK;
}

/* Tries all, the positive and the negative of one side against those of the other, then one item against them. */
RcCode
rc_group_take_subgroup(RcGroupState *r, bool *taken)
{
	const RcRule *rule = r->work->rule;
	int64_t		sum[2][RC_PICKS];
	size_t		count[2][RC_PICKS];

	*taken = false;
	for (int s = 0; s < 2; s++)
	{
		for (int pick = 0; pick < RC_PICKS; pick++)
			RC_TRY(rc_group_measure(r, (RcSide) s, (RcPick) pick, &sum[s][pick], &count[s][pick]));
		if (count[s][RC_PICK_ALL] == 0)
			return RC_OK;
	}
	for (int a = 0; a < RC_PICKS; a++)
	{
		for (int b = 0; b < RC_PICKS; b++)
		{
			if (count[RC_LEFT][a] == 0 || count[RC_RIGHT][b] == 0 || sum[RC_LEFT][a] == 0 || sum[RC_RIGHT][b] == 0 ||
				(a == RC_PICK_ALL && b == RC_PICK_ALL && r->emitted == 0) ||
				!rc_sums_agree(rule, sum[RC_LEFT][a], sum[RC_RIGHT][b]))
				continue;
			RC_TRY(emit_picked(r, (RcPick) a, SIZE_MAX, (RcPick) b, SIZE_MAX, taken));
			if (*taken)
				return RC_OK;
		}
	}
	for (int s = 0; s < 2; s++)
	{
		RcGroupSide *side = &r->side[s];

		for (size_t i = 0; i < side->count; i++)
		{
			if (!rc_group_picked(side, i, RC_PICK_ALL))
				continue;
			RC_TRY(rc_poll(r->work, RC_PICKS));
			for (int pick = 0; pick < RC_PICKS; pick++)
			{
				int64_t		value = side->entries[i].value;
				int64_t		left = s == RC_LEFT ? value : sum[RC_LEFT][pick],
							right = s == RC_LEFT ? sum[RC_RIGHT][pick] : value;

				if (count[!s][pick] == 0 || left == 0 || right == 0 || !rc_sums_agree(rule, left, right))
					continue;
				RC_TRY(emit_picked(r, (RcPick) pick, s == RC_LEFT ? i : SIZE_MAX, (RcPick) pick, s == RC_LEFT ? SIZE_MAX : i, taken));
				if (*taken)
					return RC_OK;
				/* It agrees but may not be: one try a side, or a big group of rejected items would cost the square of its size. */
				i = side->count - 1;
				break;
			}
		}
	}
	return RC_OK;
}

/* --- in part --- */

/*
 * Chooses from the side with the larger sum until the target is reached: what cannot be divided and what has the other sign whole, the
 * rest by date, the last one in part. Tells the first item that keeps something; false when the indivisible overshoots.
 */
static RcCode
choose_up_to(RcGroupState *r, RcSide s, int64_t target, RcIndex *keeper, bool *reached)
{
	RcGroupSide *side = &r->side[s];
	const RcItems *items = &r->work->pool->side[s];
	RcEntry    *divisible;
	size_t		count = 0;
	RcWide		open = target;

	*reached = false;
	*keeper = RC_NO_INDEX;
	RC_TRY(rc_scratch(r->work, &divisible, side->count, sizeof(RcEntry)));
	side->chosen_count = 0;
	for (size_t i = 0; i < side->count; i++)
	{
		const RcEntry *entry = &side->entries[i];

		if (side->used[i])
			continue;
		if (entry->value != 0 && (entry->value > 0) == (target > 0) && items->amount[entry->index] == entry->value)
			divisible[count++] = *entry;
		else
		{
			side->taken[side->chosen_count] = items->amount[entry->index];
			rc_group_choose(side, i);
			open -= entry->value;
		}
	}
	if (open != 0 && (open > 0) == (target > 0))
	{
		RC_TRY(rc_sort_by_date(r->work, s, divisible, count));
		for (size_t i = 0; i < count; i++)
		{
			RcWide		value = divisible[i].value;
			bool		whole = target > 0 ? value <= open : value >= open;

			if (!whole && *keeper == RC_NO_INDEX)
				*keeper = divisible[i].index;
			if (open == 0)
				break;
			side->chosen[side->chosen_count] = divisible[i].index;
			side->taken[side->chosen_count++] = (int64_t) (whole ? value : open);
			open -= whole ? value : open;
		}
		*reached = open == 0;
	}
	rc_scratch_release(r->work, divisible);
	return RC_OK;
}

RcCode
rc_group_allocate_in_part(RcGroupState *r, const int64_t *sum, bool *done, bool *late)
{
	RcWide		larger_by = (RcWide) sum[RC_LEFT] - sum[RC_RIGHT];	/* both signs are the same below */
	RcSide		larger = (sum[RC_LEFT] > 0) == (larger_by > 0) ? RC_LEFT : RC_RIGHT;
	RcGroupSide *smaller = &r->side[!larger];
	RcIndex		keeper;
	bool		reached,
				allowed,
				noted = false;

	*done = *late = false;
	if (sum[RC_LEFT] == 0 || sum[RC_RIGHT] == 0 || (sum[RC_LEFT] > 0) != (sum[RC_RIGHT] > 0))
		return RC_OK;
	rc_group_choose_nothing(r);
	for (size_t i = 0; i < smaller->count; i++)
	{
		if (smaller->used[i])
			continue;
		smaller->taken[smaller->chosen_count] = r->work->pool->side[!larger].amount[smaller->entries[i].index];
		rc_group_choose(smaller, i);
	}
	RC_TRY(choose_up_to(r, larger, sum[!larger], &keeper, &reached));
	if (!reached)
		return RC_OK;
	RC_TRY(rc_group_chosen_allowed(r, &allowed, late));
	if (!allowed)
		return RC_OK;
	if (keeper != RC_NO_INDEX)
		RC_TRY(rc_note_difference(r->work, larger, keeper, sum[RC_LEFT] - sum[RC_RIGHT], rc_group_first_left_over(smaller), &noted));
	*done = true;
	RC_TRY(rc_group_emit_chosen(r, r->group->partial, true));
	/* What the allocation has not come to is part of the same difference. */
	for (size_t i = 0; i < r->side[larger].count && noted; i++)
	{
		RcIndex		index = r->side[larger].entries[i].index;

		if (!r->side[larger].used[i] && !(r->work->pool->side[larger].state[index] & (RC_ITEM_MATCHED | RC_ITEM_PARTIAL)))
			RC_TRY(rc_note_part(r->work, larger, index, larger, keeper));
	}
	return RC_OK;
}
