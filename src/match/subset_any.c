/*
 * subset_any.c - any set of items: what cannot take part is cut off, the rest is made positive, then one of three ways is taken.
 *
 * Where accident alone gives many sets, a few are shown: from four lists of sums, or by varying a part of the items. Else all are found by
 * meet in the middle or by a table of reachable sums.
 */
#include "subset_internal.h"

#include <math.h>
#include <string.h>

#define CORE_SOLUTIONS 64		/* expected within the core; and at least in all, to try it */
#define CORE_MIN 10
#define CORE_MAX 40
#define PRUNE_ROUNDS 3
#define CHEAP 20000				/* steps for which no short cut is needed */

/* How often each group can be taken at most; false: no set reaches the target. */
static bool
prune(RcSubsetSearch *search, int64_t *negative)
{
	int64_t		positive = 0;

	*negative = 0;
	search->part_count = search->group_count;
	for (uint32_t g = 0; g < search->group_count; g++)
	{
		const RcSubsetGroup *group = &search->groups[g];

		search->parts[g] = (RcSubsetPart) {g, group->copies, group->value < 0 ? -group->value : group->value, group->value < 0};
		*(group->value < 0 ? negative : &positive) += group->value * group->copies;
	}
	for (int round = 0; round < PRUNE_ROUNDS; round++)
	{
		int64_t		kept_negative = 0,
					kept_positive = 0;
		bool		changed = false;

		if (positive < search->low || *negative > search->high)
			return false;
		for (uint32_t g = 0; g < search->part_count; g++)
		{
			RcSubsetPart *part = &search->parts[g];
			int64_t		room = part->inverted ? positive - search->low : search->high - *negative;

			if ((int64_t) part->cap > room / part->weight)
			{
				part->cap = (uint32_t) (room / part->weight);
				changed = true;
			}
			*(part->inverted ? &kept_negative : &kept_positive) += (part->inverted ? -part->weight : part->weight) * part->cap;
		}
		*negative = kept_negative;
		positive = kept_positive;
		if (!changed)
			break;
	}
	return positive >= search->low && *negative <= search->high;
}

/* Brings the choice into positive weights with the smaller of sum and rest as target. */
static bool
make_parts(RcSubsetSearch *search)
{
	int64_t		negative;
	int64_t		total = 0;
	uint32_t	kept = 0;

	if (!prune(search, &negative))
		return false;
	for (uint32_t g = 0; g < search->part_count; g++)
	{
		if (search->parts[g].cap > 0)
			search->parts[kept++] = search->parts[g];
	}
	search->part_count = kept;
	for (uint32_t p = 0; p < kept; p++)
	{
		total += search->parts[p].weight * search->parts[p].cap;
		search->taken[p] = 0;
	}
	search->part_low = search->low - negative;
	search->part_high = search->high - negative;
	if (search->part_low + search->part_high > total)
	{
		int64_t		low = search->part_low;

		search->part_low = total - search->part_high;
		search->part_high = total - low;
		for (uint32_t p = 0; p < kept; p++)
			search->parts[p].inverted = !search->parts[p].inverted;
	}
	if (search->part_low < 0)
		search->part_low = 0;
	return kept > 0 && search->part_high >= 0;
}

RcCode
rc_subset_add_taken(RcSubsetSearch *search)
{
	uint32_t	count = 0;

	for (uint32_t p = 0; p < search->part_count; p++)
	{
		const RcSubsetPart *part = &search->parts[p];
		uint32_t	copies = part->inverted ? part->cap - search->taken[p] : search->taken[p];

		if (copies > 0)
			search->picks[count++] = (RcSubsetPick) {part->group, copies};
	}
	if (count == 0)
		return RC_OK;
	return rc_subset_add_picks(search, RC_STAGE_ANY, search->picks, count, false);
}

/*
 * Lays down all parts but the first copy of those in the core, so that half of the core's sum is left to be taken. Returns what was laid
 * down; `taken` tells it.
 */
int64_t
rc_subset_fix_rest(RcSubsetSearch *search, uint32_t core_count, int64_t core_sum)
{
	int64_t		middle = search->part_low + (search->part_high - search->part_low) / 2;
	int64_t		rest = middle - core_sum / 2;
	int64_t		fixed = 0;

	for (uint32_t i = 0; i < core_count; i++)
		search->taken[search->core[i]] = 1;	/* kept back for now */
	/* Groups ascend with their values: the largest amounts are at both ends when there are negative ones, which does no harm. */
	for (uint32_t p = search->part_count; p-- > 0;)
	{
		const RcSubsetPart *part = &search->parts[p];
		uint32_t	free = part->cap - search->taken[p];
		int64_t		wanted = rest > 0 ? rest / part->weight : 0;

		search->taken[p] = wanted < free ? (uint32_t) wanted : free;
		rest -= part->weight * search->taken[p];
		fixed += part->weight * search->taken[p];
	}
	return fixed;
}

/* Varies a few parts, spread evenly, while the others stay at a choice that leaves half of the few to be taken. */
static RcCode
try_core(RcSubsetSearch *search)
{
	uint32_t	count = CORE_MIN;
	double		width = (double) (search->part_high - search->part_low) + 1;
	int64_t		sum = 0,
				fixed;
	bool		complete;

	for (;; count++)
	{
		double		squares = 0;

		if (count > CORE_MAX || count > search->part_count)
			return RC_OK;
		sum = 0;
		for (uint32_t i = 0; i < count; i++)
		{
			uint32_t	p = (uint32_t) ((uint64_t) i * search->part_count / count);

			search->core[i] = p;
			sum += search->parts[p].weight;
			squares += (double) search->parts[p].weight * (double) search->parts[p].weight;
		}
		if (ldexp(1, (int) count) * width / (2.5 * sqrt(squares / 4)) >= CORE_SOLUTIONS)
			break;
	}
	fixed = rc_subset_fix_rest(search, count, sum);
	RC_TRY(rc_subset_halves(search, search->core, count, true, search->part_low - fixed, search->part_high - fixed, &complete));
	memset(search->taken, 0, search->part_count * sizeof(uint32_t));
	return RC_OK;
}

RcCode
rc_subset_any(RcSubsetSearch *search, bool *complete)
{
	uint32_t	without = search->query->without;
	uint64_t	cost;
	bool		fits = false;

	if (!make_parts(search))
		return RC_OK;
	cost = rc_subset_halves_cost(search);
	if (!(without & RC_WITHOUT_CORE) && cost > CHEAP && search->answer->expected[RC_STAGE_ANY] >= CORE_SOLUTIONS)
	{
		if (!(without & RC_WITHOUT_LISTS))
			RC_TRY(rc_subset_lists(search));
		if (search->answer->count < 2)
			RC_TRY(try_core(search));
		if (search->answer->count >= 2)
		{
			*complete = false;
			return RC_OK;
		}
	}
	if (!(without & RC_WITHOUT_HALVES) && cost <= search->left)
		return rc_subset_halves(search, NULL, search->part_count, false, search->part_low, search->part_high, complete);
	if (!(without & RC_WITHOUT_TABLE))
		RC_TRY(rc_subset_table(search, &fits, complete));
	if (!fits)
		*complete = false;
	return RC_OK;
}
