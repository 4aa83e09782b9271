/*
 * subset_halves.c - meet in the middle: all sums of either half of the parts, in order; one list is walked up while the other is walked down.
 */
#include "subset_internal.h"

#include <string.h>

#define MAX_SUMS (UINT64_C(1) << 20)	/* of one half */
#define CHUNK 1000

/* Deals the parts to the halves so that both have about as many sums; false when they have too many. */
static bool
deal(RcSubsetSearch *search, const uint32_t *chosen, uint32_t count, bool single, uint64_t *sums)
{
	sums[0] = sums[1] = 1;
	/* Those with many copies first: the others even it out. */
	for (int pass = 0; pass < 2; pass++)
	{
		for (uint32_t i = 0; i < count; i++)
		{
			uint32_t	p = chosen != NULL ? chosen[i] : i;
			uint32_t	cap = single ? 1 : search->parts[p].cap;
			int			half = sums[0] <= sums[1] ? 0 : 1;

			if ((cap > 1) != (pass == 0))
				continue;
			search->half_of[p] = (uint8_t) half;
			sums[half] *= (uint64_t) cap + 1;
			if (sums[half] > MAX_SUMS)
				return false;
		}
	}
	return true;
}

uint64_t
rc_subset_halves_cost(RcSubsetSearch *search)
{
	uint64_t	sums[2];

	return deal(search, NULL, search->part_count, false, sums) ? 4 * (sums[0] + sums[1]) : UINT64_MAX;
}

/* Merges neighbouring runs of one width into the target; *go is false when the budget is gone. */
static RcCode
merge_runs(RcSubsetSearch *search, const RcSubsetKey *source, RcSubsetKey *target, size_t count, size_t width, bool *go)
{
	*go = true;
	for (size_t from = 0; from < count && *go; from += 2 * width)
	{
		size_t		middle = count - from > width ? from + width : count;
		size_t		to = count - middle > width ? middle + width : count;
		size_t		a = from,
					b = middle,
					out = from;

		while (out < to && *go)
		{
			size_t		stop = to - out > CHUNK ? out + CHUNK : to;
			size_t		start = out;

			for (; out < stop; out++)
			{
				if (b >= to || (a < middle && source[a].key <= source[b].key))
					target[out] = source[a++];
				else
					target[out] = source[b++];
			}
			RC_TRY(rc_subset_spend(search, out - start, go));
		}
	}
	return RC_OK;
}

/* Makes the sums of one half, in order, none above the limit; a sum's place tells the copies, in mixed radix. */
static RcCode
make_sums(RcSubsetSearch *search, int half, const uint32_t *chosen, uint32_t count, bool single, int64_t limit, size_t *result,
		  bool *go)
{
	RcSubsetKey *source = search->half[half],
			   *target = search->half[2];
	size_t		n = 1;
	uint64_t	radix = 1;

	*go = true;
	source[0] = (RcSubsetKey) {0, 0};
	for (uint32_t i = 0; i < count && *go; i++)
	{
		uint32_t	p = chosen != NULL ? chosen[i] : i;
		uint32_t	cap = single ? 1 : search->parts[p].cap;
		int64_t		weight = search->parts[p].weight;
		size_t		old = n;
		RcSubsetKey *swap;

		if (search->half_of[p] != half)
			continue;
		/* The first run lies there already, the others are put behind it. */
		for (uint32_t j = 1; j <= cap && *go; j++)
		{
			for (size_t k = 0; k < old; k++)
			{
				source[n].key = source[k].key + weight * j;
				source[n].place = source[k].place + (uint32_t) radix * j;
				n++;
				if (k % CHUNK == CHUNK - 1)
					RC_TRY(rc_poll(search->work, CHUNK));
			}
			RC_TRY(rc_subset_spend(search, 1, go));
		}
		for (size_t width = old; width < n && *go; width *= 2)
		{
			RC_TRY(merge_runs(search, source, target, n, width, go));
			swap = source;
			source = target;
			target = swap;
		}
		while (n > 0 && source[n - 1].key > limit)
			n--;
		radix *= (uint64_t) cap + 1;
	}
	search->half[half] = source;
	search->half[2] = target;
	*result = n;
	return RC_OK;
}

/* Adds or takes back the copies that a sum's place tells. */
static void
apply(RcSubsetSearch *search, int half, const uint32_t *chosen, uint32_t count, bool single, uint32_t place, bool add)
{
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	p = chosen != NULL ? chosen[i] : i;
		uint32_t	radix = (single ? 1 : search->parts[p].cap) + 1;

		if (search->half_of[p] != half)
			continue;
		if (add)
			search->taken[p] += place % radix;
		else
			search->taken[p] -= place % radix;
		place /= radix;
	}
}

RcCode
rc_subset_halves(RcSubsetSearch *search, const uint32_t *chosen, uint32_t count, bool single, int64_t low, int64_t high,
				 bool *complete)
{
	uint64_t	sums[2];
	size_t		n[2];
	size_t		top;
	bool		go;

	*complete = false;
	if (high < 0)
	{
		*complete = true;
		return RC_OK;
	}
	if (!deal(search, chosen, count, single, sums))
		return RC_OK;
	for (int b = 0; b < 3; b++)
	{
		size_t		needed = (size_t) (sums[0] > sums[1] ? sums[0] : sums[1]);

		/* All three alike, because they change places. */
		if (search->half_capacity[b] < needed)
		{
			RC_TRY(rc_scratch_grow(search->work, &search->half[b], needed, sizeof(RcSubsetKey)));
			search->half_capacity[b] = needed;
		}
	}
	for (int half = 0; half < 2; half++)
	{
		RC_TRY(make_sums(search, half, chosen, count, single, high, &n[half], &go));
		if (!go)
			return RC_OK;
	}
	top = n[1];
	for (size_t i = 0; i < n[0] && !rc_subset_full(search); i++)
	{
		const RcSubsetKey *a = &search->half[0][i];
		uint64_t	seen = 1;

		while (top > 0 && search->half[1][top - 1].key > high - a->key)
		{
			top--;
			seen++;
		}
		if (top == 0)
			break;
		for (size_t j = top; j > 0 && search->half[1][j - 1].key >= low - a->key && !rc_subset_full(search); j--)
		{
			uint32_t	place = search->half[1][j - 1].place;

			apply(search, 0, chosen, count, single, a->place, true);
			apply(search, 1, chosen, count, single, place, true);
			RC_TRY(rc_subset_add_taken(search));
			apply(search, 0, chosen, count, single, a->place, false);
			apply(search, 1, chosen, count, single, place, false);
			seen += count;
		}
		RC_TRY(rc_subset_spend(search, seen, &go));
		if (!go)
			return RC_OK;
	}
	*complete = !rc_subset_full(search);
	return RC_OK;
}
