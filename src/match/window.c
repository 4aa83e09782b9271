/*
 * window.c - strategy `window`: equal amounts within the lag, matched only when each is the other's single candidate.
 *
 * Both sides are sorted by currency, amount and date, so that the candidates of a left item are a range of the right side. Who has
 * more candidates than are worth counting is crowded, and so is everything in its range: never matched, at most suggested.
 */
#include "work.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SCAN 512			/* right items looked at for one left item */
#define MAX_ROUNDS 4			/* of uniqueness won by keys */

typedef struct Candidates
{
	size_t		low, high;		/* range of right entries; lag and tolerance still to be checked one by one */
	bool		crowded;
} Candidates;

typedef struct Window
{
	RcWork	   *work;
	RcEntry    *entry[2];		/* sorted by currency, compared amount, date, content */
	uint32_t   *currency[2];	/* of each entry */
	size_t		count[2];
	uint8_t    *matched[2];
	uint32_t   *degree[2];		/* candidates of each entry */
	uint32_t   *partner;		/* of each right entry: a left entry it is a candidate of */
	uint32_t   *next_free;		/* of each right entry: where to look for one not yet suggested, path-compressed */
	uint32_t   *previous_free;
	bool		exact;			/* no tolerance: ranges are cut by date too */
} Window;

static bool
use_item(const RcWork *work, RcSide side, RcIndex i)
{
	const RcItems *items = &work->pool->side[side];

	if (items->compare[i] == 0 || !rc_takes_part(work, side, i))
		return false;
	/* An amount is weak evidence: where the rule asks for a lag, it must be known. */
	return !(work->rule->has_lag_min || work->rule->has_lag_max) || items->date[i] != RC_NO_DATE;
}

/* Sorts one side; currencies one after another, which keeps the sort's key small. */
static RcCode
prepare(Window *w, RcSide side)
{
	RcWork	   *work = w->work;
	const RcItems *items = &work->pool->side[side];
	RcEntry    *by_currency;
	size_t		count = 0;

	RC_TRY(rc_scratch(work, &by_currency, items->count + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < items->count; i++)
	{
		if (use_item(work, side, (RcIndex) i))
		{
			by_currency[count] = (RcEntry) {items->currency[i], (int32_t) (count & INT32_MAX), (RcIndex) i};
			count++;
		}
		if ((i & 8191) == 8191)
			RC_TRY(rc_poll(work, 8192));
	}
	w->entry[side] = by_currency;
	w->count[side] = count;
	for (size_t i = 1; i < count; i++)
	{
		if (by_currency[i].value < by_currency[i - 1].value)
		{
			RC_TRY(rc_sort_by_value(work, side, by_currency, count));
			break;
		}
	}
	RC_TRY(rc_scratch(work, &w->currency[side], count + 1, sizeof(uint32_t)));
	for (size_t from = 0, to; from < count; from = to)
	{
		int64_t		currency = by_currency[from].value;

		for (to = from; to < count && by_currency[to].value == currency; to++)
		{
			RcIndex		i = by_currency[to].index;

			w->currency[side][to] = (uint32_t) currency;
			by_currency[to].date = items->date[i];
		}
		for (size_t i = from; i < to; i++)
			by_currency[i].value = items->compare[by_currency[i].index];
		RC_TRY(rc_sort_by_value(work, side, by_currency + from, to - from));
	}
	RC_TRY(rc_scratch_zero(work, &w->matched[side], count + 1, 1));
	return rc_scratch(work, &w->degree[side], count + 1, sizeof(uint32_t));
}

/* First right entry not before (currency, value, date). */
static size_t
lower_bound(const Window *w, uint32_t currency, RcWide value, int64_t date)
{
	const RcEntry *entries = w->entry[RC_RIGHT];
	const uint32_t *currencies = w->currency[RC_RIGHT];
	size_t		low = 0,
				high = w->count[RC_RIGHT];

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		bool		before;

		if (currencies[middle] != currency)
			before = currencies[middle] < currency;
		else if (entries[middle].value != value)
			before = entries[middle].value < value;
		else
			before = entries[middle].date < date;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static Candidates
candidates_of(const Window *w, size_t left)
{
	const RcRule *rule = w->work->rule;
	const RcEntry *entry = &w->entry[RC_LEFT][left];
	uint32_t	currency = w->currency[RC_LEFT][left];
	Candidates	found;

	if (w->exact)
	{
		int64_t		first = rule->has_lag_min ? (int64_t) entry->date + rule->lag_min : INT64_MIN;
		int64_t		last = rule->has_lag_max ? (int64_t) entry->date + rule->lag_max + 1 : INT64_MAX;

		found.low = lower_bound(w, currency, entry->value, first);
		found.high = lower_bound(w, currency, entry->value, last);
	}
	else
	{
		found.low = lower_bound(w, currency, (RcWide) entry->value - rc_tolerance_below(rule, entry->value), INT64_MIN);
		found.high = lower_bound(w, currency, (RcWide) entry->value + rc_tolerance_above(rule, entry->value) + 1, INT64_MIN);
	}
	if (found.high < found.low)
		found.high = found.low;
	found.crowded = found.high - found.low > MAX_SCAN;
	return found;
}

/* Whether two entries, one in the other's range, may be a pair. */
static bool
may_pair(const Window *w, size_t left, size_t right)
{
	const RcRule *rule = w->work->rule;
	const RcEntry *a = &w->entry[RC_LEFT][left],
			   *b = &w->entry[RC_RIGHT][right];

	if (!w->exact && (rule->has_lag_min || rule->has_lag_max))
	{
		int64_t		lag = (int64_t) b->date - a->date;

		if ((rule->has_lag_min && lag < rule->lag_min) || (rule->has_lag_max && lag > rule->lag_max))
			return false;
	}
	/* A tolerance as large as the amount must not turn a payment into a refund. */
	if ((a->value > 0) != (b->value > 0))
		return false;
	return !rc_pair_rejected(w->work, a->index, b->index);
}

/* The first entry from i on that has not been taken out of the skip list. */
static uint32_t
skip(uint32_t *next, uint32_t i)
{
	while (next[i] != i)
	{
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

/* Counts the candidates both ways. */
static RcCode
count_candidates(Window *w)
{
	RcWork	   *work = w->work;
	size_t		rights = w->count[RC_RIGHT];

	memset(w->degree[RC_RIGHT], 0, rights * sizeof(uint32_t));
	for (size_t j = 0; j <= rights; j++)
		w->next_free[j] = (uint32_t) j;
	for (size_t i = 0; i < w->count[RC_LEFT]; i++)
	{
		Candidates	found;

		w->degree[RC_LEFT][i] = 0;
		RC_TRY(rc_poll(work, 1));
		if (w->matched[RC_LEFT][i])
			continue;
		found = candidates_of(w, i);
		/* The whole range of a crowded one is marked; the skip list sees to it that each entry is marked once only. */
		if (found.crowded)
		{
			w->degree[RC_LEFT][i] = (uint32_t) (found.high - found.low);
			for (uint32_t j = skip(w->next_free, (uint32_t) found.low); j < found.high; j = skip(w->next_free, j))
			{
				w->degree[RC_RIGHT][j] = UINT32_MAX;
				w->partner[j] = (uint32_t) i;
				w->next_free[j] = j + 1;
				RC_TRY(rc_poll(work, 1));
			}
			continue;
		}
		for (size_t j = found.low; j < found.high; j++)
		{
			if (w->matched[RC_RIGHT][j] || !may_pair(w, i, j))
				continue;
			w->degree[RC_LEFT][i]++;
			if (w->degree[RC_RIGHT][j] != UINT32_MAX && w->degree[RC_RIGHT][j]++ == 0)
				w->partner[j] = (uint32_t) i;
		}
		RC_TRY(rc_poll(work, found.high - found.low));
	}
	return RC_OK;
}

static int64_t distance(const Window *w, size_t left, size_t right);

/* The nearest in days so far, of one item. */
typedef struct Nearest
{
	size_t		entry[RC_RUNNERS_UP];
	int64_t		days[RC_RUNNERS_UP];
	size_t		count;
} Nearest;

static void
take_nearest(Nearest *nearest, size_t entry, int64_t days)
{
	size_t		n;

	for (n = nearest->count; n > 0 && nearest->days[n - 1] > days; n--)
	{
		if (n < RC_RUNNERS_UP)
		{
			nearest->entry[n] = nearest->entry[n - 1];
			nearest->days[n] = nearest->days[n - 1];
		}
	}
	if (n < RC_RUNNERS_UP)
	{
		nearest->entry[n] = entry;
		nearest->days[n] = days;
	}
	if (nearest->count < RC_RUNNERS_UP)
		nearest->count++;
}

/* First left entry not before (currency, value). */
static size_t
left_lower_bound(const Window *w, uint32_t currency, int64_t value)
{
	size_t		low = 0,
				high = w->count[RC_LEFT];

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (w->currency[RC_LEFT][middle] < currency ||
			(w->currency[RC_LEFT][middle] == currency && w->entry[RC_LEFT][middle].value < value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Looks at a left entry as another one that wants a right one; false: of another currency, or, without tolerance, another amount. */
static bool
look_at_left(const Window *w, size_t i, size_t left, size_t right, Nearest *nearest)
{
	const RcEntry *a = &w->entry[RC_LEFT][i],
			   *b = &w->entry[RC_RIGHT][right];
	const RcRule *rule = w->work->rule;
	int64_t		lag = (int64_t) b->date - a->date;

	if (w->currency[RC_LEFT][i] != w->currency[RC_RIGHT][right] || (w->exact && a->value != b->value))
		return false;
	if (i == left || w->matched[RC_LEFT][i] || !rc_sums_agree(rule, a->value, b->value) || !may_pair(w, i, right) ||
		(rule->has_lag_min && lag < rule->lag_min) || (rule->has_lag_max && lag > rule->lag_max))
		return true;
	take_nearest(nearest, i, distance(w, i, right));
	return true;
}

/* Keeps the other candidates of either item of a pair that are nearest in days, unless it is crowded; around a right item only so many are looked at. */
static RcCode
keep_runners_up(Window *w, size_t left, size_t right, uint32_t confidence)
{
	Candidates	found = candidates_of(w, left);
	Nearest		nearest = {.count = 0};
	size_t		start = left_lower_bound(w, w->currency[RC_RIGHT][right], w->entry[RC_RIGHT][right].value);

	for (size_t j = found.low; j < found.high && !found.crowded; j++)
	{
		if (j != right && !w->matched[RC_RIGHT][j] && may_pair(w, left, j))
			take_nearest(&nearest, j, distance(w, left, j));
	}
	for (size_t n = 0; n < nearest.count; n++)
		RC_TRY(rc_runner_up(w->work, RC_LEFT, w->entry[RC_LEFT][left].index, w->entry[RC_RIGHT][nearest.entry[n]].index, confidence));
	nearest.count = 0;
	for (size_t i = start; i < w->count[RC_LEFT] && i < start + MAX_SCAN && !found.crowded; i++)
	{
		if (!look_at_left(w, i, left, right, &nearest))
			break;
	}
	for (size_t i = start; i > 0 && i + MAX_SCAN > start && !found.crowded; i--)
	{
		if (!look_at_left(w, i - 1, left, right, &nearest))
			break;
	}
	for (size_t n = 0; n < nearest.count; n++)
		RC_TRY(rc_runner_up(w->work, RC_RIGHT, w->entry[RC_RIGHT][right].index, w->entry[RC_LEFT][nearest.entry[n]].index, confidence));
	return rc_poll(w->work, (found.crowded ? 1 : found.high - found.low) + 2 * MAX_SCAN);
}

/* What a pair among so many candidates is sure of. */
static uint32_t
shared_confidence(uint32_t candidates)
{
	return candidates < 800000 ? 800000 / candidates : 1;
}

static RcCode
emit(Window *w, size_t left, size_t right, bool suggestion, uint32_t candidates)
{
	RcEmission	emission = {
		.left = &w->entry[RC_LEFT][left].index,.right = &w->entry[RC_RIGHT][right].index,.left_count = 1,.right_count = 1,
		.evidence = RC_EVIDENCE_WINDOW,.suggestion = suggestion,.candidates = candidates,
		.confidence = suggestion ? shared_confidence(candidates) : 0
	};

	if (candidates > 1)
		RC_TRY(keep_runners_up(w, left, right, shared_confidence(candidates)));
	w->matched[RC_LEFT][left] = w->matched[RC_RIGHT][right] = true;
	return rc_emit(w->work, &emission);
}

/* Matches the pairs that have no other candidate on either side. */
static RcCode
match_unique(Window *w, bool *any)
{
	RC_TRY(count_candidates(w));
	*any = false;
	for (size_t j = 0; j < w->count[RC_RIGHT]; j++)
	{
		RC_TRY(rc_poll(w->work, 1));
		if (w->degree[RC_RIGHT][j] != 1 || w->matched[RC_RIGHT][j] || w->degree[RC_LEFT][w->partner[j]] != 1)
			continue;
		RC_TRY(emit(w, w->partner[j], j, false, 1));
		*any = true;
	}
	return RC_OK;
}

static bool
same_key(const Window *w, RcIndex left, RcIndex right)
{
	const RcPool *pool = w->work->pool;
	const RcRule *rule = w->work->rule;
	uint32_t	a,
				b;

	if (rule->left_keyset < 0 || rule->right_keyset < 0)
		return false;
	a = pool->side[RC_LEFT].key[rule->left_keyset][left];
	b = pool->side[RC_RIGHT].key[rule->right_keyset][right];
	return a != 0 && b != 0 && rc_pool_same(pool, a, b);
}

/* How many come into question for a pair: those of the side that has more. Of a right item in a crowded range they are not counted. */
static uint32_t
candidates_of_pair(const Window *w, size_t left, size_t right)
{
	uint32_t	of_left = w->degree[RC_LEFT][left],
				of_right = w->degree[RC_RIGHT][right];

	return of_right != UINT32_MAX && of_right > of_left ? of_right : of_left;
}

/* Matches pairs with several candidates of which exactly one, both ways, shares the key. */
static RcCode
match_by_key(Window *w, bool *any)
{
	RcWork	   *work = w->work;
	uint32_t   *choice;
	uint32_t   *wanted;

	*any = false;
	if (work->rule->left_keyset < 0 || work->rule->right_keyset < 0)
		return RC_OK;
	RC_TRY(rc_scratch(work, &choice, w->count[RC_LEFT] + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &wanted, w->count[RC_RIGHT] + 1, sizeof(uint32_t)));
	for (size_t i = 0; i < w->count[RC_LEFT]; i++)
	{
		Candidates	found;
		uint32_t	same = 0;

		choice[i] = UINT32_MAX;
		RC_TRY(rc_poll(work, 1));
		if (w->matched[RC_LEFT][i])
			continue;
		found = candidates_of(w, i);
		if (found.crowded)
			continue;
		for (size_t j = found.low; j < found.high; j++)
		{
			if (!w->matched[RC_RIGHT][j] && may_pair(w, i, j) &&
				same_key(w, w->entry[RC_LEFT][i].index, w->entry[RC_RIGHT][j].index))
			{
				same++;
				choice[i] = (uint32_t) j;
				wanted[j]++;
			}
		}
		if (same != 1)
			choice[i] = UINT32_MAX;
		RC_TRY(rc_poll(work, found.high - found.low));
	}
	for (size_t i = 0; i < w->count[RC_LEFT]; i++)
	{
		/* A crowded rival may share the key unseen: what lies in a crowded range is left alone. */
		if (choice[i] == UINT32_MAX || wanted[choice[i]] != 1 || w->degree[RC_RIGHT][choice[i]] == UINT32_MAX)
			continue;
		RC_TRY(emit(w, i, choice[i], false, candidates_of_pair(w, i, choice[i])));
		*any = true;
	}
	rc_scratch_release(work, choice);
	rc_scratch_release(work, wanted);
	return RC_OK;
}

static bool
suggested(const Window *w, RcSide side, size_t entry)
{
	return (w->work->pool->side[side].state[w->entry[side][entry].index] & RC_ITEM_SUGGESTED) != 0;
}

static int64_t
distance(const Window *w, size_t left, size_t right)
{
	int32_t		a = w->entry[RC_LEFT][left].date,
				b = w->entry[RC_RIGHT][right].date;

	if (a == RC_NO_DATE || b == RC_NO_DATE)
		return INT64_MAX;
	return llabs((int64_t) b - a);
}

/* The same downwards; positions are shifted by one, so that 0 means none. */
static uint32_t
skip_back(uint32_t *previous, uint32_t i)
{
	while (previous[i] != i)
	{
		previous[i] = previous[previous[i]];
		i = previous[i];
	}
	return i;
}

/* The free candidate closest in days; SIZE_MAX: none. */
static RcCode
closest_free(Window *w, size_t left, const Candidates *found, size_t *best)
{
	const RcEntry *entry = &w->entry[RC_LEFT][left];

	*best = SIZE_MAX;
	if (!found->crowded)
	{
		for (size_t j = found->low; j < found->high; j++)
		{
			if (w->matched[RC_RIGHT][j] || suggested(w, RC_RIGHT, j) || !may_pair(w, left, j))
				continue;
			if (*best == SIZE_MAX || distance(w, left, j) < distance(w, left, *best))
				*best = j;
		}
		return rc_poll(w->work, found->high - found->low);
	}
	{
		size_t		middle = w->exact ? lower_bound(w, w->currency[RC_LEFT][left], entry->value, entry->date) : found->low;
		uint32_t	forward,
					back;

		if (middle < found->low)
			middle = found->low;
		if (middle > found->high)
			middle = found->high;
		forward = skip(w->next_free, (uint32_t) middle);
		for (int tries = 0; tries < MAX_SCAN && forward < found->high; tries++)
		{
			if (may_pair(w, left, forward))
			{
				*best = forward;
				break;
			}
			forward = skip(w->next_free, forward + 1);
		}
		back = skip_back(w->previous_free, (uint32_t) middle);
		for (int tries = 0; tries < MAX_SCAN && back > found->low; tries++)
		{
			if (may_pair(w, left, back - 1))
			{
				if (*best == SIZE_MAX || distance(w, left, back - 1) <= distance(w, left, *best))
					*best = back - 1;
				break;
			}
			back = skip_back(w->previous_free, back - 1);
		}
	}
	return rc_poll(w->work, 1);
}

static void
take_free(Window *w, size_t right)
{
	w->next_free[right] = (uint32_t) right + 1;
	w->previous_free[right + 1] = (uint32_t) right;
}

/* Notes what has several candidates and suggests, for each left item, the closest one that is free. */
static RcCode
suggest_ambiguous(Window *w)
{
	RcWork	   *work = w->work;
	size_t		rights = w->count[RC_RIGHT];

	RC_TRY(count_candidates(w));
	for (size_t j = 0; j <= rights; j++)
		w->next_free[j] = w->previous_free[j] = (uint32_t) j;
	for (size_t j = 0; j < rights; j++)
	{
		if (w->matched[RC_RIGHT][j] || suggested(w, RC_RIGHT, j))
			take_free(w, j);
		if (!w->matched[RC_RIGHT][j] && w->degree[RC_RIGHT][j] > 0)
			RC_TRY(rc_note(work, RC_RIGHT, w->entry[RC_RIGHT][j].index, RC_NOTE_AMBIGUOUS, 0, RC_LEFT,
						   w->entry[RC_LEFT][w->partner[j]].index));
		RC_TRY(rc_poll(work, 1));
	}
	for (size_t i = 0; i < w->count[RC_LEFT]; i++)
	{
		Candidates	found;
		size_t		best;

		RC_TRY(rc_poll(work, 1));
		if (w->matched[RC_LEFT][i] || w->degree[RC_LEFT][i] == 0)
			continue;
		found = candidates_of(w, i);
		RC_TRY(closest_free(w, i, &found, &best));
		RC_TRY(rc_note(work, RC_LEFT, w->entry[RC_LEFT][i].index, RC_NOTE_AMBIGUOUS, 0, RC_RIGHT,
					   w->entry[RC_RIGHT][best != SIZE_MAX ? best : found.low].index));
		if (best == SIZE_MAX || suggested(w, RC_LEFT, i))
			continue;
		take_free(w, best);
		RC_TRY(emit(w, i, best, true, candidates_of_pair(w, i, best)));
	}
	return RC_OK;
}

RcCode
rc_match_window(RcWork *work)
{
	Window		w = {.work = work};
	bool		unique,
				by_key;

	w.exact = !rc_has_tolerance(work->rule);
	RC_TRY(prepare(&w, RC_LEFT));
	RC_TRY(prepare(&w, RC_RIGHT));
	if (w.count[RC_LEFT] == 0 || w.count[RC_RIGHT] == 0)
		return RC_OK;
	RC_TRY(rc_scratch_zero(work, &w.partner, w.count[RC_RIGHT] + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &w.next_free, w.count[RC_RIGHT] + 2, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &w.previous_free, w.count[RC_RIGHT] + 2, sizeof(uint32_t)));
	RC_TRY(match_unique(&w, &unique));
	/* A pair without rivals leaves the others as they were; only a pair decided by its key makes others unique. */
	RC_TRY(match_by_key(&w, &by_key));
	for (int round = 0; by_key && round < MAX_ROUNDS; round++)
	{
		RC_TRY(match_unique(&w, &unique));
		if (!unique)
			break;
		RC_TRY(match_by_key(&w, &by_key));
	}
	return suggest_ambiguous(&w);
}
