/*
 * subset_lists.c - a few of very many sets, from four lists of sums: only sums of two lists that lie near their middle are kept, and two
 * such sums, one from either pair of lists, make the target. Where accident gives sets in any number, some are among the few looked at.
 */
#include "subset_internal.h"

#include <math.h>
#include <string.h>

#define LISTS 4
#define SMALLEST 4				/* parts of one list */
#define LARGEST 14
#define WANTED 64				/* sets expected among those looked at */
#define MAX_PAIRS (1 << 20)
#define CHUNK 1000

/* How many parts a list gets, and how many sums of two lists are kept: what costs least; 0: there are too few parts. */
static uint32_t
plan(const RcSubsetSearch *search, double width, uint32_t *pairs)
{
	uint32_t	best = 0;
	double		best_cost = INFINITY;

	for (uint32_t size = SMALLEST; size <= LARGEST && size * LISTS <= search->part_count; size++)
	{
		double		sums = ldexp(1, (int) size);
		double		squares = 0;
		double		kept,
					cost;

		for (uint32_t i = 0; i < size * LISTS; i++)
		{
			double		weight = (double) search->parts[(uint64_t) i * search->part_count / (size * LISTS)].weight;

			squares += weight * weight;
		}
		/* Two lists spread by the root of half of squares / 4; kept sums lie at their middle. */
		kept = WANTED * 2.5 * sqrt(squares / 8) / (width * sums * sums);
		if (kept < WANTED)
			kept = WANTED;
		cost = 4 * sums + kept * log2(kept);
		if (kept <= MAX_PAIRS && kept <= sums * sums && cost < best_cost)
		{
			best_cost = cost;
			best = size;
			*pairs = (uint32_t) kept;
		}
	}
	return best;
}

/* The sums of a list's parts in order; a sum's place has a bit for each part. */
static RcCode
make_list(RcSubsetSearch *search, uint32_t list, uint32_t size, RcSubsetKey **sums, RcSubsetKey **spare, bool *go)
{
	uint32_t	n = 1;

	(*sums)[0] = (RcSubsetKey) {0, 0};
	for (uint32_t i = 0; i < size; i++)
	{
		const RcSubsetKey *source = *sums;
		RcSubsetKey *target = *spare;
		int64_t		weight = search->parts[search->core[i * LISTS + list]].weight;
		uint32_t	without = 0,
					with = 0;

		for (uint32_t out = 0; out < 2 * n; out++)
		{
			if (with == n || (without < n && source[without].key <= source[with].key + weight))
				target[out] = source[without++];
			else
			{
				target[out] = (RcSubsetKey) {source[with].key + weight, source[with].place | UINT32_C(1) << i};
				with++;
			}
		}
		n *= 2;
		*spare = *sums;
		*sums = target;
	}
	return rc_subset_spend(search, 2 * (uint64_t) n, go);
}

/* Sums of two lists between the bounds, as many as there is room for, in order. */
static RcCode
make_pairs(RcSubsetSearch *search, const RcSubsetKey *a, const RcSubsetKey *b, uint32_t n, int64_t low, int64_t high, RcSubsetKey *pairs,
		   RcSubsetKey *spare, uint32_t room, uint32_t *count, bool *go)
{
	uint32_t	top = n;

	*count = 0;
	for (uint32_t i = 0; i < n && *count < room; i++)
	{
		while (top > 0 && b[top - 1].key > high - a[i].key)
			top--;
		for (uint32_t j = top; j > 0 && b[j - 1].key >= low - a[i].key && *count < room; j--)
			pairs[(*count)++] = (RcSubsetKey) {a[i].key + b[j - 1].key, a[i].place | b[j - 1].place << LARGEST};
	}
	RC_TRY(rc_subset_spend(search, 2 * (uint64_t) n + *count, go));
	return *go ? rc_subset_sort(search, pairs, spare, *count) : RC_OK;
}

/* Adds or takes back the parts that a sum of two lists is made of. */
static void
apply(RcSubsetSearch *search, uint32_t first_list, uint32_t size, uint32_t place, bool add)
{
	for (uint32_t i = 0; i < size; i++)
	{
		for (uint32_t k = 0; k < 2; k++)
		{
			uint32_t	p = search->core[i * LISTS + first_list + k];

			if (place >> (k * LARGEST + i) & 1)
				search->taken[p] += add ? 1 : (uint32_t) -1;
		}
	}
}

static RcCode
join(RcSubsetSearch *search, uint32_t size, const RcSubsetKey *a, uint32_t a_count, const RcSubsetKey *b, uint32_t b_count, int64_t low,
	 int64_t high)
{
	uint32_t	top = b_count;
	bool		go = true;

	for (uint32_t i = 0; i < a_count && go && !rc_subset_full(search); i++)
	{
		while (top > 0 && b[top - 1].key > high - a[i].key)
			top--;
		for (uint32_t j = top; j > 0 && b[j - 1].key >= low - a[i].key && !rc_subset_full(search); j--)
		{
			apply(search, 0, size, a[i].place, true);
			apply(search, 2, size, b[j - 1].place, true);
			RC_TRY(rc_subset_add_taken(search));
			apply(search, 0, size, a[i].place, false);
			apply(search, 2, size, b[j - 1].place, false);
		}
		if (i % CHUNK == 0)
			RC_TRY(rc_subset_spend(search, CHUNK, &go));
	}
	return RC_OK;
}

RcCode
rc_subset_lists(RcSubsetSearch *search)
{
	double		width = (double) (search->part_high - search->part_low) + 1;
	uint32_t	room = 0;
	uint32_t	size = plan(search, width, &room);
	RcSubsetKey *list[LISTS],
			   *spare,
			   *pairs[3];
	uint32_t	n,
				count[2];
	int64_t		sum = 0,
				half = 0,
				fixed,
				low,
				high;
	double		squares = 0,
				reach;
	bool		go = true;

	if (size == 0)
		return RC_OK;
	n = UINT32_C(1) << size;
	for (uint32_t i = 0; i < size * LISTS; i++)
	{
		int64_t		weight;

		search->core[i] = (uint32_t) ((uint64_t) i * search->part_count / (size * LISTS));
		weight = search->parts[search->core[i]].weight;
		sum += weight;
		half += i % LISTS < 2 ? weight : 0;
		squares += (double) weight * (double) weight / 2;
	}
	fixed = rc_subset_fix_rest(search, size * LISTS, sum);
	low = search->part_low - fixed;
	high = search->part_high - fixed;
	/* Half of what is kept lies on either side of the middle. */
	reach = room * 2.5 * sqrt(squares / 4) / ldexp(1, 2 * (int) size) / 2 + 1;
	for (uint32_t k = 0; k < LISTS; k++)
		RC_TRY(rc_scratch(search->work, &list[k], n, sizeof(RcSubsetKey)));
	RC_TRY(rc_scratch(search->work, &spare, n, sizeof(RcSubsetKey)));
	room += room / 2 + CHUNK;	/* accident is generous at times */
	for (uint32_t k = 0; k < 3; k++)
		RC_TRY(rc_scratch(search->work, &pairs[k], room, sizeof(RcSubsetKey)));
	for (uint32_t k = 0; k < LISTS && go; k++)
		RC_TRY(make_list(search, k, size, &list[k], &spare, &go));
	for (uint32_t k = 0; k < 2 && go; k++)
	{
		int64_t		middle = k == 0 ? half / 2 : low + (high - low) / 2 - half / 2;

		RC_TRY(make_pairs(search, list[2 * k], list[2 * k + 1], n, middle - (int64_t) reach, middle + (int64_t) reach, pairs[k], pairs[2], room,
						  &count[k], &go));
	}
	if (go)
		RC_TRY(join(search, size, pairs[0], count[0], pairs[1], count[1], low, high));
	memset(search->taken, 0, search->part_count * sizeof(uint32_t));
	for (uint32_t k = 0; k < 3; k++)
		rc_scratch_release(search->work, pairs[k]);
	rc_scratch_release(search->work, spare);
	for (uint32_t k = 0; k < LISTS; k++)
		rc_scratch_release(search->work, list[k]);
	return RC_OK;
}
