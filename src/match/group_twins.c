/*
 * group_twins.c - the group agrees once items that came twice are left out.
 */
#include "group_internal.h"

/* Puts a run in the order in which twins are kept: the earliest first, then the smallest item_id. */
static RcCode
order_twins(RcGroupState *r, RcSide s, size_t from, size_t to)
{
	RcGroupSide *side = &r->side[s];
	int64_t		value = side->entries[from].value;

	for (size_t i = from; i < to; i++)
		side->entries[i].value = r->work->pool->side[s].item_id[side->entries[i].index];
	RC_TRY(rc_sort_by_date(r->work, (RcSide) s, side->entries + from, to - from));
	for (size_t i = from; i < to; i++)
		side->entries[i].value = value;
	return RC_OK;
}

/* Matches the group less the entries whose `used` is set, which are twins, and notes those. */
static RcCode
emit_without_twins(RcGroupState *r, bool *done)
{
	bool		allowed,
				late;

	*done = false;
	rc_group_choose_nothing(r);
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (!r->side[s].used[i])
				rc_group_choose(&r->side[s], i);
		}
	}
	RC_TRY(rc_group_chosen_allowed(r, &allowed, &late));
	if (allowed)
	{
		RC_TRY(rc_group_emit_chosen(r, r->group->part, false));
		for (int s = 0; s < 2; s++)
		{
			RcGroupSide *side = &r->side[s];
			RcIndex		kept = RC_NO_INDEX;

			for (size_t i = 0; i < side->count; i++)
			{
				int64_t		value = side->entries[i].value;

				if (i == 0 || value != side->entries[i - 1].value)
					kept = side->entries[i].index;
				if (side->used[i])
					RC_TRY(rc_note(r->work, (RcSide) s, side->entries[i].index, RC_NOTE_DUPLICATE,
								   s == RC_LEFT ? value : value == INT64_MIN ? INT64_MAX : -value, (RcSide) s, kept));
			}
		}
		*done = true;
	}
	else
	{
		for (int s = 0; s < 2; s++)
		{
			for (size_t i = 0; i < r->side[s].count; i++)
				r->side[s].used[i] = false;
		}
	}
	return RC_OK;
}

/* Looks for one amount on one side of which leaving out a few makes the sums agree. */
static RcCode
drop_one_amount(RcGroupState *r, RcSide s, const int64_t *sum, bool *done)
{
	RcGroupSide *side = &r->side[s];

	for (size_t from = 0, to; from < side->count; from = to)
	{
		RcWide		value = side->entries[from].value;
		RcWide		excess = (RcWide) sum[s] - sum[!s];
		RcWide		times;

		to = rc_group_run_end(side, from);
		RC_TRY(rc_poll(r->work, to - from));
		if (value == 0 || to - from < 2)
			continue;
		times = excess / value;
		for (RcWide k = times - 1; k <= times + 1; k++)
		{
			RcWide		rest = (RcWide) sum[s] - k * value;
			int64_t		left,
						right;

			if (k < 1 || k > (RcWide) (to - from - 1) || rest > INT64_MAX || rest < INT64_MIN)
				continue;
			left = s == RC_LEFT ? (int64_t) rest : sum[RC_LEFT];
			right = s == RC_RIGHT ? (int64_t) rest : sum[RC_RIGHT];
			if (!rc_sums_agree(r->work->rule, left, right))
				continue;
			RC_TRY(order_twins(r, s, from, to));
			for (size_t i = to - (size_t) k; i < to; i++)
				side->used[i] = true;
			RC_TRY(emit_without_twins(r, done));
			if (*done)
				return RC_OK;
		}
	}
	return RC_OK;
}

/*
 * Looks whether the sums agree once every amount of one side counts once: everything came twice. Not for both sides at once: that would
 * take ordinary repeated amounts for twins.
 */
static RcCode
drop_all_twins(RcGroupState *r, RcSide s, const int64_t *sum, bool *done)
{
	RcGroupSide *side = &r->side[s];
	RcWide		rest = sum[s];
	bool		any = false;
	int64_t		left,
				right;

	for (size_t from = 0, to; from < side->count; from = to)
	{
		to = rc_group_run_end(side, from);
		rest -= (RcWide) side->entries[from].value * (RcWide) (to - from - 1);
		any |= side->entries[from].value != 0 && to - from > 1;
	}
	RC_TRY(rc_poll(r->work, side->count));
	if (!any || rest > INT64_MAX || rest < INT64_MIN)
		return RC_OK;
	left = s == RC_LEFT ? (int64_t) rest : sum[RC_LEFT];
	right = s == RC_RIGHT ? (int64_t) rest : sum[RC_RIGHT];
	if (!rc_sums_agree(r->work->rule, left, right))
		return RC_OK;
	for (size_t from = 0, to; from < side->count; from = to)
	{
		to = rc_group_run_end(side, from);
		if (side->entries[from].value == 0 || to - from < 2)
			continue;
		RC_TRY(order_twins(r, s, from, to));
		for (size_t i = from + 1; i < to; i++)
			side->used[i] = true;
	}
	return emit_without_twins(r, done);
}

RcCode
rc_group_without_twins(RcGroupState *r, const int64_t *sum, bool *done)
{
	*done = false;
	for (int s = RC_RIGHT; s >= RC_LEFT && !*done; s--)
		RC_TRY(drop_one_amount(r, (RcSide) s, sum, done));
	if (!*done)
		RC_TRY(drop_all_twins(r, RC_RIGHT, sum, done));
	if (!*done)
		RC_TRY(drop_all_twins(r, RC_LEFT, sum, done));
	return RC_OK;
}
