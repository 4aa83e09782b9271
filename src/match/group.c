/*
 * group.c - items that belong together by key or reference, but whose sums do not simply agree.
 *
 * Tried in this order: the whole group, the group without twins, pairs and sub-groups that agree, an allocation in part. Everything
 * is decided on items sorted by amount and date, so a group of a million items costs its sorting and no more.
 */
#include "group_internal.h"

#define MAX_ROUNDS 8			/* sub-groups taken out of one group */

/* Sum, number and dates of what is left on one side. */
RcCode
rc_group_measure(RcGroupState *r, RcSide s, RcPick pick, int64_t *sum, size_t *count)
{
	const RcGroupSide *side = &r->side[s];

	*sum = 0;
	*count = 0;
	for (size_t i = 0; i < side->count; i++)
	{
		if (!rc_group_picked(side, i, pick))
			continue;
		if (__builtin_add_overflow(*sum, side->entries[i].value, sum))
			return rc_fail(r->work->status, RC_OVERFLOW, "sum of amounts of one key is too large");
		(*count)++;
	}
	return rc_poll(r->work, side->count);
}

/* Whether what has been chosen may be one match: within the lag and without a rejected pair. */
RcCode
rc_group_chosen_allowed(RcGroupState *r, bool *allowed, bool *late)
{
	RcSpan		span[2];
	bool		rejected;

	for (int s = 0; s < 2; s++)
	{
		const RcGroupSide *side = &r->side[s];

		span[s] = RC_EMPTY_SPAN;
		for (size_t i = 0; i < side->chosen_count; i++)
			rc_span_add(&span[s], r->work->pool->side[s].date[side->chosen[i]]);
	}
	*late = !rc_lag_agrees(r->work->rule, span[RC_LEFT], span[RC_RIGHT]);
	*allowed = false;
	if (*late)
		return RC_OK;
	RC_TRY(rc_set_rejected(r->work, r->side[RC_LEFT].chosen, r->side[RC_LEFT].chosen_count, r->side[RC_RIGHT].chosen,
						   r->side[RC_RIGHT].chosen_count, &rejected));
	*allowed = !rejected;
	return RC_OK;
}

RcCode
rc_group_emit_chosen(RcGroupState *r, RcEvidence evidence, bool in_part)
{
	RcGroupSide *left = &r->side[RC_LEFT],
			   *right = &r->side[RC_RIGHT];
	RcEmission	emission = {
		.left = left->chosen,.right = right->chosen,.left_count = left->chosen_count,.right_count = right->chosen_count,
		.left_amount = in_part ? left->taken : NULL,.right_amount = in_part ? right->taken : NULL,
		.evidence = evidence,.candidates = 1
	};

	RC_TRY(rc_emit(r->work, &emission));
	r->emitted++;
	return RC_OK;
}

/*
 * Emits what has been chosen as a sub-group, together with the group's items that compare as 0 when it is the first and they fit in,
 * and marks nothing: the caller knows which entries they were.
 */
RcCode
rc_group_emit_part(RcGroupState *r, bool *emitted)
{
	bool		allowed,
				late;

	*emitted = false;
	if (!r->zeros_placed)
	{
		size_t		before[2];

		for (int s = 0; s < 2; s++)
		{
			RcGroupSide *side = &r->side[s];

			before[s] = side->chosen_count;
			for (size_t i = 0; i < side->count; i++)
			{
				if (side->entries[i].value == 0)
					rc_group_choose(side, i);
			}
		}
		RC_TRY(rc_group_chosen_allowed(r, &allowed, &late));
		if (allowed)
		{
			r->zeros_placed = true;
			for (int s = 0; s < 2; s++)
			{
				for (size_t i = 0; i < r->side[s].count; i++)
				{
					if (r->side[s].entries[i].value == 0)
						r->side[s].used[i] = true;
				}
			}
			*emitted = true;
			return rc_group_emit_chosen(r, r->group->part, false);
		}
		for (int s = 0; s < 2; s++)
			r->side[s].chosen_count = before[s];
	}
	RC_TRY(rc_group_chosen_allowed(r, &allowed, &late));
	if (!allowed)
		return RC_OK;
	*emitted = true;
	return rc_group_emit_chosen(r, r->group->part, false);
}

/* The first item by date that is left over on a side. */
RcIndex
rc_group_first_left_over(const RcGroupSide *side)
{
	RcIndex		first = RC_NO_INDEX;
	int32_t		date = 0;

	for (size_t i = 0; i < side->count; i++)
	{
		/* sorted by amount, date, content: the first of equal dates comes first in the canonical order */
		if (rc_group_picked(side, i, RC_PICK_ALL) && (first == RC_NO_INDEX || side->entries[i].date < date))
		{
			first = side->entries[i].index;
			date = side->entries[i].date;
		}
	}
	return first;
}

/* Notes on the first item left over on the left why it stays open, naming the first left over on the right; all others are part of it. */
static RcCode
note_difference(RcGroupState *r, int64_t difference)
{
	RcIndex		left = rc_group_first_left_over(&r->side[RC_LEFT]),
				right = rc_group_first_left_over(&r->side[RC_RIGHT]);

	bool		noted;

	if (left == RC_NO_INDEX || right == RC_NO_INDEX)
		return RC_OK;
	RC_TRY(rc_note_difference(r->work, RC_LEFT, left, difference, right, &noted));
	for (int s = 0; s < 2 && noted; s++)
		for (size_t i = 0; i < r->side[s].count; i++)
			if (!r->side[s].used[i] && r->side[s].entries[i].index != (s == RC_LEFT ? left : right))
				RC_TRY(rc_note_part(r->work, (RcSide) s, r->side[s].entries[i].index, RC_LEFT, left));
	return RC_OK;
}

/* Notes on all that is left over, of both sides, that its counterpart is there but too far off in time. */
static RcCode
note_late(RcGroupState *r, int64_t difference)
{
	for (int s = 0; s < 2; s++)
	{
		RcGroupSide *side = &r->side[s];
		RcIndex		other = rc_group_first_left_over(&r->side[!s]);

		for (size_t i = 0; i < side->count; i++)
		{
			if (rc_group_picked(side, i, RC_PICK_ALL))
				RC_TRY(rc_note(r->work, (RcSide) s, side->entries[i].index, RC_NOTE_LATE, difference, (RcSide) !s, other));
		}
	}
	return rc_poll(r->work, r->side[RC_LEFT].count + r->side[RC_RIGHT].count);
}

static RcCode
prepare_side(RcGroupState *r, RcSide s, const RcIndex *index, size_t count)
{
	const RcItems *items = &r->work->pool->side[s];
	RcGroupSide *side = &r->side[s];

	side->count = count;
	RC_TRY(rc_scratch(r->work, &side->entries, count, sizeof(RcEntry)));
	RC_TRY(rc_scratch_zero(r->work, &side->used, count, 1));
	RC_TRY(rc_scratch(r->work, &side->chosen, count, sizeof(RcIndex)));
	RC_TRY(rc_scratch(r->work, &side->taken, count, sizeof(int64_t)));
	for (size_t i = 0; i < count; i++)
		side->entries[i] = (RcEntry) {items->compare[index[i]], items->date[index[i]], index[i]};
	return rc_sort_by_value(r->work, s, side->entries, count);
}

static RcCode
resolve(RcGroupState *r)
{
	int64_t		sum[2];
	size_t		count[2];
	bool		done,
				late,
				allowed;

	for (int s = 0; s < 2; s++)
		RC_TRY(rc_group_measure(r, (RcSide) s, RC_PICK_ALL, &sum[s], &count[s]));
	/* Only fees against a sale, or the other way round, say nothing. */
	if ((count[RC_LEFT] == 0) != (count[RC_RIGHT] == 0))
		return RC_OK;
	if (rc_sums_agree(r->work->rule, sum[RC_LEFT], sum[RC_RIGHT]))
	{
		for (int s = 0; s < 2; s++)
		{
			for (size_t i = 0; i < r->side[s].count; i++)
				rc_group_choose(&r->side[s], i);
		}
		RC_TRY(rc_group_chosen_allowed(r, &allowed, &late));
		if (allowed)
			return rc_group_emit_chosen(r, r->group->whole, false);
	}
	else
	{
		RC_TRY(rc_group_without_twins(r, sum, &done));
		if (done)
			return RC_OK;
	}
	RC_TRY(rc_group_take_pairs(r));
	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		RC_TRY(rc_group_take_subgroup(r, &done));
		if (!done)
			break;
	}

	for (int s = 0; s < 2; s++)
		RC_TRY(rc_group_measure(r, (RcSide) s, RC_PICK_ALL, &sum[s], &count[s]));
	if (count[RC_LEFT] == 0 || count[RC_RIGHT] == 0)
		return RC_OK;
	if (rc_sums_agree(r->work->rule, sum[RC_LEFT], sum[RC_RIGHT]))
	{
		/* Nothing but the lag or a rejection stands against it. */
		rc_group_choose_nothing(r);
		for (int s = 0; s < 2; s++)
		{
			for (size_t i = 0; i < r->side[s].count; i++)
			{
				if (rc_group_picked(&r->side[s], i, RC_PICK_ALL))
					rc_group_choose(&r->side[s], i);
			}
		}
		RC_TRY(rc_group_chosen_allowed(r, &allowed, &late));
		return late ? note_late(r, 0) : RC_OK;
	}
	if (r->group->allow_partial)
	{
		RC_TRY(rc_group_allocate_in_part(r, sum, &done, &late));
		if (done)
			return RC_OK;
		if (late)
			return note_late(r, sum[RC_LEFT] - sum[RC_RIGHT]);
	}
	if (__builtin_sub_overflow(sum[RC_LEFT], sum[RC_RIGHT], &sum[RC_LEFT]))
		return rc_fail(r->work->status, RC_OVERFLOW, "difference of one key is too large");
	return note_difference(r, sum[RC_LEFT]);
}

RcCode
rc_group_resolve(RcWork *work, const RcGroup *group)
{
	RcGroupState		r = {.work = work,.group = group};

	RC_TRY(prepare_side(&r, RC_LEFT, group->left, group->left_count));
	RC_TRY(prepare_side(&r, RC_RIGHT, group->right, group->right_count));
	RC_TRY(resolve(&r));
	for (int s = 0; s < 2; s++)
	{
		rc_scratch_release(work, r.side[s].entries);
		rc_scratch_release(work, r.side[s].used);
		rc_scratch_release(work, r.side[s].chosen);
		rc_scratch_release(work, r.side[s].taken);
	}
	return RC_OK;
}

static RcCode
check_side(RcWork *work, RcSide side, const RcIndex *index, size_t count, int64_t *sum, RcSpan *span, bool *compares)
{
	const RcItems *items = &work->pool->side[side];

	*sum = 0;
	*span = RC_EMPTY_SPAN;
	*compares = false;
	for (size_t i = 0; i < count; i++)
	{
		if (__builtin_add_overflow(*sum, items->compare[index[i]], sum))
			return rc_fail(work->status, RC_OVERFLOW, "sum of amounts of one reference is too large");
		rc_span_add(span, items->date[index[i]]);
		*compares |= items->compare[index[i]] != 0;
	}
	return rc_poll(work, count);
}

RcCode
rc_group_check(RcWork *work, const RcGroup *group, RcVerdict *verdict)
{
	bool		left_compares,
				right_compares;

	RC_TRY(check_side(work, RC_LEFT, group->left, group->left_count, &verdict->left_sum, &verdict->left_span, &left_compares));
	RC_TRY(check_side(work, RC_RIGHT, group->right, group->right_count, &verdict->right_sum, &verdict->right_span,
					  &right_compares));
	RC_TRY(rc_set_rejected(work, group->left, group->left_count, group->right, group->right_count, &verdict->rejected));
	verdict->sums_agree = left_compares == right_compares &&
		rc_sums_agree(work->rule, verdict->left_sum, verdict->right_sum);
	verdict->within_lag = rc_lag_agrees(work->rule, verdict->left_span, verdict->right_span);
	verdict->agrees = verdict->sums_agree && verdict->within_lag && !verdict->rejected;
	return RC_OK;
}

RcCode
rc_group_emit(RcWork *work, const RcGroup *group, bool suggestion, uint32_t candidates, uint32_t confidence)
{
	RcEmission	emission = {
		.left = group->left,.right = group->right,.left_count = group->left_count,.right_count = group->right_count,
		.evidence = group->whole,.suggestion = suggestion,.candidates = candidates,.confidence = confidence
	};

	return rc_emit(work, &emission);
}
