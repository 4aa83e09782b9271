/*
 * subset_small.c - the kinds of sets of which there are few: runs, all but a few, two to four.
 */
#include "subset_internal.h"

/* A run of the order, given by its ends, becomes a solution. */
static RcCode
add_run(RcSubsetSearch *search, const uint32_t *order, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		search->used[search->class_of[order != NULL ? order[i] : i]]++;
	return rc_subset_add_used(search, RC_STAGE_RUN);
}

static inline int64_t
value_at(const RcSubsetSearch *search, const uint32_t *order, uint32_t i)
{
	return search->value[order != NULL ? order[i] : i];
}

/* Positive amounts: as a run's beginning moves on, so does its end. */
static RcCode
runs_of_positive(RcSubsetSearch *search, const uint32_t *order, bool *complete)
{
	uint32_t	n = search->n;
	uint32_t	end = 0;
	int64_t		sum = 0;		/* of [i, end) */

	for (uint32_t i = 0; i < n && !rc_subset_full(search); i++)
	{
		int64_t		longer;
		uint64_t	seen = 0;
		bool		go;

		if (end < i)
			end = i;
		while (end < n && sum < search->low)
			sum += value_at(search, order, end++);
		longer = sum;
		for (uint32_t e = end; longer >= search->low && longer <= search->high && !rc_subset_full(search);)
		{
			if (e - i >= 2)
				RC_TRY(add_run(search, order, i, e));
			seen++;
			if (e == n)
				break;
			longer += value_at(search, order, e++);
		}
		RC_TRY(rc_subset_spend(search, 2 + seen, &go));
		if (!go)
		{
			*complete = false;
			break;
		}
		sum -= value_at(search, order, i);
	}
	return RC_OK;
}

/* Amounts of both signs: sums of beginnings, in order, in which two are sought that differ by the target. */
static RcCode
runs_of_mixed(RcSubsetSearch *search, const uint32_t *order, bool *complete)
{
	RcSubsetKey *sums = search->keys;
	uint32_t	n = search->n;
	int64_t		sum = 0;
	uint32_t	low = 0;

	sums[0] = (RcSubsetKey) {0, 0};
	for (uint32_t i = 0; i < n; i++)
	{
		sum += value_at(search, order, i);
		sums[i + 1] = (RcSubsetKey) {sum, i + 1};
	}
	RC_TRY(rc_subset_sort(search, sums, search->spare, n + 1));
	for (uint32_t e = 0; e <= n; e++)
	{
		uint64_t	seen = 1;
		bool		go;

		while (low <= n && sums[low].key < sums[e].key - search->high)
			low++;
		for (uint32_t b = low; b <= n && sums[b].key <= sums[e].key - search->low && !rc_subset_full(search); b++)
		{
			seen++;
			if (sums[b].place + 2 <= sums[e].place)
				RC_TRY(add_run(search, order, sums[b].place, sums[e].place));
		}
		RC_TRY(rc_subset_spend(search, seen, &go));
		if (!go)
		{
			*complete = false;
			break;
		}
	}
	return RC_OK;
}

RcCode
rc_subset_runs(RcSubsetSearch *search, bool *complete)
{
	for (int way = 0; way < (search->query->by_number != NULL ? 2 : 1); way++)
	{
		const uint32_t *order = way == 0 ? NULL : search->query->by_number;

		if (search->has_negative)
			RC_TRY(runs_of_mixed(search, order, complete));
		else
			RC_TRY(runs_of_positive(search, order, complete));
	}
	*complete = *complete && !rc_subset_full(search);
	return RC_OK;
}

typedef struct Small
{
	RcSubsetSearch *search;
	RcSubsetStage stage;
	bool		complement;
	bool		complete;
	RcSubsetPick picks[4];		/* groups ascending */
	uint32_t	pick_count;
} Small;

static inline uint32_t
taken_of(const Small *small, uint32_t group)
{
	return small->pick_count > 0 && small->picks[small->pick_count - 1].group == group ?
		small->picks[small->pick_count - 1].copies : 0;
}

static bool
push(Small *small, uint32_t group)
{
	uint32_t	taken = taken_of(small, group);

	if (taken == small->search->groups[group].copies)
		return false;
	if (taken > 0)
		small->picks[small->pick_count - 1].copies++;
	else
		small->picks[small->pick_count++] = (RcSubsetPick) {group, 1};
	return true;
}

static void
pop(Small *small)
{
	if (--small->picks[small->pick_count - 1].copies == 0)
		small->pick_count--;
}

/* First group whose value is not below. */
static uint32_t
lower_bound(const RcSubsetSearch *search, int64_t value)
{
	uint32_t	low = 0,
				high = search->group_count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (search->groups[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last two of a set: one group index goes up, the other comes down. */
static RcCode
last_two(Small *small, uint32_t from, int64_t low, int64_t high)
{
	RcSubsetSearch *search = small->search;
	const RcSubsetGroup *groups = search->groups;
	uint32_t	to = search->group_count;
	int64_t		largest = groups[to - 1].value;
	uint64_t	seen = 0;
	bool		go;

	/* With the largest, too small: skipped at once. */
	if (groups[from].value < low - largest)
	{
		uint32_t	first = lower_bound(search, low - largest);

		from = first > from ? first : from;
	}
	for (uint32_t i = from; i < search->group_count && !rc_subset_full(search); i++)
	{
		while (to > i && groups[to - 1].value > high - groups[i].value)
			to--;
		if (to <= i)
			break;
		seen++;
		for (uint32_t j = to; j-- > i && groups[j].value >= low - groups[i].value && !rc_subset_full(search);)
		{
			seen++;
			if (!push(small, i))
				break;
			if (push(small, j))
			{
				RC_TRY(rc_subset_add_picks(search, small->stage, small->picks, small->pick_count, small->complement));
				pop(small);
			}
			pop(small);
		}
	}
	RC_TRY(rc_subset_spend(search, seen + (search->group_count - from), &go));
	if (!go)
		small->complete = false;
	return RC_OK;
}

/* Sets of three and four: each beginning is followed by all ends; the smallest value is taken first. */
static RcCode
beginnings(Small *small, uint32_t size, uint32_t from, int64_t low, int64_t high)
{
	RcSubsetSearch *search = small->search;

	if (size == 2)
		return last_two(small, from, low, high);
	for (uint32_t i = from; i < search->group_count && small->complete && !rc_subset_full(search); i++)
	{
		int64_t		value = search->groups[i].value;
		bool		go;

		/* All that follow are at least as large, and none is larger than the last. */
		if (value > 0 && value > high / size)
			break;
		if (value + (int64_t) (size - 1) * search->groups[search->group_count - 1].value < low)
			continue;
		if (!push(small, i))
			continue;
		RC_TRY(beginnings(small, size - 1, i, low - value, high - value));
		pop(small);
		RC_TRY(rc_subset_spend(search, 1, &go));
		if (!go)
			small->complete = false;
	}
	return RC_OK;
}

RcCode
rc_subset_small(RcSubsetSearch *search, RcSubsetStage stage, uint32_t size, bool complement, bool *complete)
{
	Small		small = {.search = search,.stage = stage,.complement = complement,.complete = true};
	int64_t		low = complement ? search->total - search->high : search->low;
	int64_t		high = complement ? search->total - search->low : search->high;

	/* All but a few: fewer than are taken, or it would be the same as a small set. */
	if (search->n < (complement ? 2 * size + 1 : size) || (complement && search->n < size + 2))
		return RC_OK;
	if (size == 0)
	{
		if (low <= 0 && high >= 0)
			RC_TRY(rc_subset_add_picks(search, stage, NULL, 0, true));
	}
	else if (size == 1)
	{
		for (uint32_t g = lower_bound(search, low); g < search->group_count && search->groups[g].value <= high; g++)
		{
			small.picks[0] = (RcSubsetPick) {g, 1};
			RC_TRY(rc_subset_add_picks(search, stage, small.picks, 1, true));
		}
	}
	else
		RC_TRY(beginnings(&small, size, 0, low, high));
	*complete = small.complete && !rc_subset_full(search);
	return RC_OK;
}
