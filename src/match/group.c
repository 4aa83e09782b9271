/*
 * group.c - items that belong together by key or reference, but whose sums do not simply agree.
 *
 * Tried in this order: the whole group, the group without twins, pairs and sub-groups that agree, an allocation in part. Everything
 * is decided on items sorted by amount and date, so a group of a million items costs its sorting and no more.
 */
#include "work.h"

#include <stdlib.h>

#define MAX_CLOSEST 1024		/* pairs of equal amounts compared one by one; beyond, both sides go by date */
#define MAX_ROUNDS 8			/* sub-groups taken out of one group */

typedef struct Side
{
	RcEntry    *entries;		/* sorted by compared amount, date, content */
	size_t		count;
	uint8_t    *used;
	RcIndex    *chosen;			/* what is about to be emitted */
	int64_t    *taken;			/* how much of each, for an allocation in part */
	size_t		chosen_count;
} Side;

typedef struct Resolve
{
	RcWork	   *work;
	const RcGroup *group;
	Side		side[2];
	bool		zeros_placed;	/* items that compare as 0 (fees) went with the first match of the group */
	size_t		emitted;
} Resolve;

typedef enum Pick
{
	PICK_ALL,
	PICK_POSITIVE,
	PICK_NEGATIVE,
	PICKS
} Pick;

static inline bool
picked(const Side *side, size_t i, Pick pick)
{
	int64_t		value = side->entries[i].value;

	if (side->used[i] || value == 0)
		return false;
	return pick == PICK_ALL || (pick == PICK_POSITIVE ? value > 0 : value < 0);
}

static inline void
choose(Side *side, size_t i)
{
	side->chosen[side->chosen_count++] = side->entries[i].index;
}

/* Sum, number and dates of what is left on one side. */
static RcCode
measure(Resolve *r, RcSide s, Pick pick, int64_t *sum, size_t *count)
{
	const Side *side = &r->side[s];

	*sum = 0;
	*count = 0;
	for (size_t i = 0; i < side->count; i++)
	{
		if (!picked(side, i, pick))
			continue;
		if (__builtin_add_overflow(*sum, side->entries[i].value, sum))
			return rc_fail(r->work->status, RC_OVERFLOW, "sum of amounts of one key is too large");
		(*count)++;
	}
	return rc_poll(r->work, side->count);
}

/* Whether what has been chosen may be one match: within the lag and without a rejected pair. */
static RcCode
chosen_allowed(Resolve *r, bool *allowed, bool *late)
{
	RcSpan		span[2];
	bool		rejected;

	for (int s = 0; s < 2; s++)
	{
		const Side *side = &r->side[s];

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

static RcCode
emit_chosen(Resolve *r, RcEvidence evidence, bool in_part)
{
	Side	   *left = &r->side[RC_LEFT],
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
static RcCode
emit_part(Resolve *r, bool *emitted)
{
	bool		allowed,
				late;

	*emitted = false;
	if (!r->zeros_placed)
	{
		size_t		before[2];

		for (int s = 0; s < 2; s++)
		{
			Side	   *side = &r->side[s];

			before[s] = side->chosen_count;
			for (size_t i = 0; i < side->count; i++)
			{
				if (side->entries[i].value == 0)
					choose(side, i);
			}
		}
		RC_TRY(chosen_allowed(r, &allowed, &late));
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
			return emit_chosen(r, r->group->part, false);
		}
		for (int s = 0; s < 2; s++)
			r->side[s].chosen_count = before[s];
	}
	RC_TRY(chosen_allowed(r, &allowed, &late));
	if (!allowed)
		return RC_OK;
	*emitted = true;
	return emit_chosen(r, r->group->part, false);
}

static void
choose_nothing(Resolve *r)
{
	r->side[RC_LEFT].chosen_count = 0;
	r->side[RC_RIGHT].chosen_count = 0;
}

/* --- twins --- */

/* End of the run of equal amounts that begins at `from`. */
static size_t
run_end(const Side *side, size_t from)
{
	size_t		to = from + 1;

	while (to < side->count && side->entries[to].value == side->entries[from].value)
		to++;
	return to;
}

/* Puts a run in the order in which twins are kept: the earliest first, then the smallest item_id. */
static RcCode
order_twins(Resolve *r, RcSide s, size_t from, size_t to)
{
	Side	   *side = &r->side[s];
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
emit_without_twins(Resolve *r, bool *done)
{
	bool		allowed,
				late;

	*done = false;
	choose_nothing(r);
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (!r->side[s].used[i])
				choose(&r->side[s], i);
		}
	}
	RC_TRY(chosen_allowed(r, &allowed, &late));
	if (allowed)
	{
		RC_TRY(emit_chosen(r, r->group->part, false));
		for (int s = 0; s < 2; s++)
		{
			Side	   *side = &r->side[s];
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
drop_one_amount(Resolve *r, RcSide s, const int64_t *sum, bool *done)
{
	Side	   *side = &r->side[s];

	for (size_t from = 0, to; from < side->count; from = to)
	{
		RcWide		value = side->entries[from].value;
		RcWide		excess = (RcWide) sum[s] - sum[!s];
		RcWide		times;

		to = run_end(side, from);
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
drop_all_twins(Resolve *r, RcSide s, const int64_t *sum, bool *done)
{
	Side	   *side = &r->side[s];
	RcWide		rest = sum[s];
	bool		any = false;
	int64_t		left,
				right;

	for (size_t from = 0, to; from < side->count; from = to)
	{
		to = run_end(side, from);
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
		to = run_end(side, from);
		if (side->entries[from].value == 0 || to - from < 2)
			continue;
		RC_TRY(order_twins(r, s, from, to));
		for (size_t i = from + 1; i < to; i++)
			side->used[i] = true;
	}
	return emit_without_twins(r, done);
}

static RcCode
try_without_twins(Resolve *r, const int64_t *sum, bool *done)
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

/* --- pairs --- */

static inline bool
pair_allowed(const Resolve *r, const RcEntry *left, const RcEntry *right)
{
	RcSpan		left_span = RC_EMPTY_SPAN,
				right_span = RC_EMPTY_SPAN;

	rc_span_add(&left_span, left->date);
	rc_span_add(&right_span, right->date);
	return rc_lag_agrees(r->work->rule, left_span, right_span) && !rc_pair_rejected(r->work, left->index, right->index);
}

static RcCode
emit_pair(Resolve *r, size_t i, size_t j)
{
	bool		emitted;

	choose_nothing(r);
	choose(&r->side[RC_LEFT], i);
	choose(&r->side[RC_RIGHT], j);
	RC_TRY(emit_part(r, &emitted));
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
pair_closest(Resolve *r, size_t left_from, size_t left_to, size_t right_from, size_t right_to)
{
	Side	   *left = &r->side[RC_LEFT],
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
pair_by_date(Resolve *r, size_t left_from, size_t left_to, size_t right_from, size_t right_to)
{
	const RcRule *rule = r->work->rule;
	Side	   *left = &r->side[RC_LEFT],
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

static RcCode
take_pairs(Resolve *r)
{
	Side	   *left = &r->side[RC_LEFT],
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
			size_t		i_end = run_end(left, i),
						j_end = run_end(right, j);

			if (a != 0 && (i_end - i) * (j_end - j) <= MAX_CLOSEST)
				RC_TRY(pair_closest(r, i, i_end, j, j_end));
			else if (a != 0)
				RC_TRY(pair_by_date(r, i, i_end, j, j_end));
			i = i_end;
			j = j_end;
		}
		RC_TRY(rc_poll(r->work, 1));
	}
	if (r->work->rule->amount_tolerance == 0 && r->work->rule->percent_tolerance == 0)
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

/* --- sub-groups --- */

/* Emits the picked of both sides, or one entry of a side with the picked of the other; marks them. */
static RcCode
emit_picked(Resolve *r, Pick left_pick, size_t left_one, Pick right_pick, size_t right_one, bool *emitted)
{
	const Pick	pick[2] = {left_pick, right_pick};
	const size_t one[2] = {left_one, right_one};

	choose_nothing(r);
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (one[s] == SIZE_MAX ? picked(&r->side[s], i, pick[s]) : i == one[s])
				choose(&r->side[s], i);
		}
	}
	RC_TRY(emit_part(r, emitted));
	if (!*emitted)
		return RC_OK;
	for (int s = 0; s < 2; s++)
	{
		for (size_t i = 0; i < r->side[s].count; i++)
		{
			if (one[s] == SIZE_MAX ? picked(&r->side[s], i, pick[s]) : i == one[s])
				r->side[s].used[i] = true;
		}
	}
	return RC_OK;
}

/* Tries all, the positive and the negative of one side against those of the other, then one item against them. */
static RcCode
take_one_subgroup(Resolve *r, bool *taken)
{
	const RcRule *rule = r->work->rule;
	int64_t		sum[2][PICKS];
	size_t		count[2][PICKS];

	*taken = false;
	for (int s = 0; s < 2; s++)
	{
		for (int pick = 0; pick < PICKS; pick++)
			RC_TRY(measure(r, (RcSide) s, (Pick) pick, &sum[s][pick], &count[s][pick]));
		if (count[s][PICK_ALL] == 0)
			return RC_OK;
	}
	for (int a = 0; a < PICKS; a++)
	{
		for (int b = 0; b < PICKS; b++)
		{
			if (count[RC_LEFT][a] == 0 || count[RC_RIGHT][b] == 0 || sum[RC_LEFT][a] == 0 || sum[RC_RIGHT][b] == 0 ||
				(a == PICK_ALL && b == PICK_ALL && r->emitted == 0) ||
				!rc_sums_agree(rule, sum[RC_LEFT][a], sum[RC_RIGHT][b]))
				continue;
			RC_TRY(emit_picked(r, (Pick) a, SIZE_MAX, (Pick) b, SIZE_MAX, taken));
			if (*taken)
				return RC_OK;
		}
	}
	for (int s = 0; s < 2; s++)
	{
		Side	   *side = &r->side[s];

		for (size_t i = 0; i < side->count; i++)
		{
			if (!picked(side, i, PICK_ALL))
				continue;
			RC_TRY(rc_poll(r->work, PICKS));
			for (int pick = 0; pick < PICKS; pick++)
			{
				int64_t		value = side->entries[i].value;
				int64_t		left = s == RC_LEFT ? value : sum[RC_LEFT][pick],
							right = s == RC_LEFT ? sum[RC_RIGHT][pick] : value;

				if (count[!s][pick] == 0 || left == 0 || right == 0 || !rc_sums_agree(rule, left, right))
					continue;
				RC_TRY(emit_picked(r, (Pick) pick, s == RC_LEFT ? i : SIZE_MAX, (Pick) pick, s == RC_LEFT ? SIZE_MAX : i, taken));
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
choose_up_to(Resolve *r, RcSide s, int64_t target, RcIndex *keeper, bool *reached)
{
	Side	   *side = &r->side[s];
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
			choose(side, i);
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

/* The first item by date that is left over on a side. */
static RcIndex
first_left_over(const Side *side)
{
	RcIndex		first = RC_NO_INDEX;
	int32_t		date = 0;

	for (size_t i = 0; i < side->count; i++)
	{
		/* sorted by amount, date, content: the first of equal dates comes first in the canonical order */
		if (picked(side, i, PICK_ALL) && (first == RC_NO_INDEX || side->entries[i].date < date))
		{
			first = side->entries[i].index;
			date = side->entries[i].date;
		}
	}
	return first;
}

static RcCode
allocate_in_part(Resolve *r, const int64_t *sum, bool *done, bool *late)
{
	RcWide		larger_by = (RcWide) sum[RC_LEFT] - sum[RC_RIGHT];	/* both signs are the same below */
	RcSide		larger = (sum[RC_LEFT] > 0) == (larger_by > 0) ? RC_LEFT : RC_RIGHT;
	Side	   *smaller = &r->side[!larger];
	RcIndex		keeper;
	bool		reached,
				allowed;

	*done = *late = false;
	if (sum[RC_LEFT] == 0 || sum[RC_RIGHT] == 0 || (sum[RC_LEFT] > 0) != (sum[RC_RIGHT] > 0))
		return RC_OK;
	choose_nothing(r);
	for (size_t i = 0; i < smaller->count; i++)
	{
		if (smaller->used[i])
			continue;
		smaller->taken[smaller->chosen_count] = r->work->pool->side[!larger].amount[smaller->entries[i].index];
		choose(smaller, i);
	}
	RC_TRY(choose_up_to(r, larger, sum[!larger], &keeper, &reached));
	if (!reached)
		return RC_OK;
	RC_TRY(chosen_allowed(r, &allowed, late));
	if (!allowed)
		return RC_OK;
	if (keeper != RC_NO_INDEX)
	{
		RC_TRY(rc_note(r->work, larger, keeper, RC_NOTE_AMOUNT_DIFFERENCE, sum[RC_LEFT] - sum[RC_RIGHT], (RcSide) !larger,
					   first_left_over(smaller)));
	}
	*done = true;
	return emit_chosen(r, r->group->partial, true);
}

/* --- the whole --- */

/* Notes on the first item left over on the left why it stays open, naming the first left over on the right. */
static RcCode
note_rest(Resolve *r, RcNoteReason reason, int64_t difference)
{
	RcIndex		left = first_left_over(&r->side[RC_LEFT]),
				right = first_left_over(&r->side[RC_RIGHT]);

	if (left == RC_NO_INDEX || right == RC_NO_INDEX)
		return RC_OK;
	return rc_note(r->work, RC_LEFT, left, reason, difference, RC_RIGHT, right);
}

static RcCode
prepare_side(Resolve *r, RcSide s, const RcIndex *index, size_t count)
{
	const RcItems *items = &r->work->pool->side[s];
	Side	   *side = &r->side[s];

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
resolve(Resolve *r)
{
	int64_t		sum[2];
	size_t		count[2];
	bool		done,
				late,
				allowed;

	for (int s = 0; s < 2; s++)
		RC_TRY(measure(r, (RcSide) s, PICK_ALL, &sum[s], &count[s]));
	/* Only fees against a sale, or the other way round, say nothing. */
	if ((count[RC_LEFT] == 0) != (count[RC_RIGHT] == 0))
		return RC_OK;
	if (rc_sums_agree(r->work->rule, sum[RC_LEFT], sum[RC_RIGHT]))
	{
		for (int s = 0; s < 2; s++)
		{
			for (size_t i = 0; i < r->side[s].count; i++)
				choose(&r->side[s], i);
		}
		RC_TRY(chosen_allowed(r, &allowed, &late));
		if (allowed)
			return emit_chosen(r, r->group->whole, false);
	}
	else
	{
		RC_TRY(try_without_twins(r, sum, &done));
		if (done)
			return RC_OK;
	}
	RC_TRY(take_pairs(r));
	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		RC_TRY(take_one_subgroup(r, &done));
		if (!done)
			break;
	}

	for (int s = 0; s < 2; s++)
		RC_TRY(measure(r, (RcSide) s, PICK_ALL, &sum[s], &count[s]));
	if (count[RC_LEFT] == 0 || count[RC_RIGHT] == 0)
		return RC_OK;
	if (rc_sums_agree(r->work->rule, sum[RC_LEFT], sum[RC_RIGHT]))
	{
		/* Nothing but the lag or a rejection stands against it. */
		choose_nothing(r);
		for (int s = 0; s < 2; s++)
		{
			for (size_t i = 0; i < r->side[s].count; i++)
			{
				if (picked(&r->side[s], i, PICK_ALL))
					choose(&r->side[s], i);
			}
		}
		RC_TRY(chosen_allowed(r, &allowed, &late));
		return late ? note_rest(r, RC_NOTE_LATE, 0) : RC_OK;
	}
	if (r->group->allow_partial)
	{
		RC_TRY(allocate_in_part(r, sum, &done, &late));
		if (done)
			return RC_OK;
		if (late)
			return note_rest(r, RC_NOTE_LATE, sum[RC_LEFT] - sum[RC_RIGHT]);
	}
	if (__builtin_sub_overflow(sum[RC_LEFT], sum[RC_RIGHT], &sum[RC_LEFT]))
		return rc_fail(r->work->status, RC_OVERFLOW, "difference of one key is too large");
	return note_rest(r, RC_NOTE_AMOUNT_DIFFERENCE, sum[RC_LEFT]);
}

RcCode
rc_group_resolve(RcWork *work, const RcGroup *group)
{
	Resolve		r = {.work = work,.group = group};

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
