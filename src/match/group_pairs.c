/*
 * group_pairs.c - pairs of a group whose amounts agree, the closest dates first.
 */
#include "group_internal.h"

#include <stdlib.h>

#define MAX_CLOSEST 1024		/* pairs of equal amounts compared one by one; beyond, both sides go by date */

static inline bool
pair_allowed(const RcGroupState *r, const RcEntry *left, const RcEntry *right)
{
	RcSpan		left_span = RC_EMPTY_SPAN,
				right_span = RC_EMPTY_SPAN;

	rc_span_add(&left_span, left->date);
	rc_span_add(&right_span, right->date);
	return rc_lag_agrees(r->work->rule, left_span, right_span) && !rc_pair_rejected(r->work, left->index, right->index);
}

static RcCode
emit_pair(RcGroupState *r, size_t i, size_t j)
{
	bool		emitted;

	rc_group_choose_nothing(r);
	rc_group_choose(&r->side[RC_LEFT], i);
	rc_group_choose(&r->side[RC_RIGHT], j);
	RC_TRY(rc_group_emit_part(r, &emitted));
	if (emitted)
		r->side[RC_LEFT].used[i] = r->side[RC_RIGHT].used[j] = true;
	return RC_OK;
}

static inline int64_t
distance(const RcEntry *left, const RcEntry *right)
{
	if (left->date == RC_NO_DATE || right->date == RC_NO_DATE)
		return INT64_MAX;
	return llabs((int64_t) right->date - left->date);
}

/* Pairs few equal amounts: the closest dates first, then the earliest. */
static RcCode
pair_closest(RcGroupState *r, size_t left_from, size_t left_to, size_t right_from, size_t right_to)
{
	RcGroupSide *left = &r->side[RC_LEFT],
			   *right = &r->side[RC_RIGHT];

	for (;;)
	{
		size_t		best_i = SIZE_MAX,
					best_j = SIZE_MAX;
		int64_t		best = INT64_MAX;

		for (size_t i = left_from; i < left_to; i++)
		{
			if (left->used[i])
				continue;
			for (size_t j = right_from; j < right_to; j++)
			{
				int64_t		apart = distance(&left->entries[i], &right->entries[j]);

				if (right->used[j] || (best_i != SIZE_MAX && apart >= best) ||
					!pair_allowed(r, &left->entries[i], &right->entries[j]))
					continue;
				best = apart;
				best_i = i;
				best_j = j;
			}
		}
		RC_TRY(rc_poll(r->work, (left_to - left_from) * (right_to - right_from)));
		if (best_i == SIZE_MAX)
			return RC_OK;
		RC_TRY(emit_pair(r, best_i, best_j));
		if (!left->used[best_i])
			return RC_OK;
	}
}

/* Pairs many equal amounts by date. */
static RcCode
pair_by_date(RcGroupState *r, size_t left_from, size_t left_to, size_t right_from, size_t right_to)
{
	const RcRule *rule = r->work->rule;
	RcGroupSide *left = &r->side[RC_LEFT],
			   *right = &r->side[RC_RIGHT];
	size_t		i = left_from,
				j = right_from;

	while (i < left_to && j < right_to)
	{
		const RcEntry *a = &left->entries[i],
				   *b = &right->entries[j];

		RC_TRY(rc_poll(r->work, 1));
		if (left->used[i])
			i++;
		else if (right->used[j])
			j++;
		else if (pair_allowed(r, a, b))
		{
			RC_TRY(emit_pair(r, i, j));
			i++;
			j++;
		}
		else if (rule->has_lag_max && distance(a, b) != INT64_MAX && (int64_t) b->date - a->date > rule->lag_max)
			i++;
		else
			j++;
	}
	return RC_OK;
}

RcCode
rc_group_take_pairs(RcGroupState *r)
{
	RcGroupSide *left = &r->side[RC_LEFT],
			   *right = &r->side[RC_RIGHT];
	size_t		i = 0,
				j = 0;

	while (i < left->count && j < right->count)
	{
		int64_t		a = left->entries[i].value,
					b = right->entries[j].value;

		if (a != b)
		{
			if (a < b)
				i++;
			else
				j++;
		}
		else
		{
			size_t		i_end = rc_group_run_end(left, i),
						j_end = rc_group_run_end(right, j);

			if (a != 0 && (i_end - i) * (j_end - j) <= MAX_CLOSEST)
				RC_TRY(pair_closest(r, i, i_end, j, j_end));
			else if (a != 0)
				RC_TRY(pair_by_date(r, i, i_end, j, j_end));
			i = i_end;
			j = j_end;
		}
		RC_TRY(rc_poll(r->work, 1));
	}
	if (!rc_has_tolerance(r->work->rule))
		return RC_OK;
	for (i = 0, j = 0; i < left->count && j < right->count;)
	{
		int64_t		a = left->entries[i].value,
					b = right->entries[j].value;

		RC_TRY(rc_poll(r->work, 1));
		if (left->used[i] || a == 0)
			i++;
		else if (right->used[j] || b == 0)
			j++;
		else if (rc_sums_agree(r->work->rule, a, b) && pair_allowed(r, &left->entries[i], &right->entries[j]))
		{
			RC_TRY(emit_pair(r, i, j));
			i++;
			j++;
		}
		else if (a < b)
			i++;
		else
			j++;
	}
	return RC_OK;
}
