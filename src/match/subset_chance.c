/*
 * subset_chance.c - how many sets of each kind have the wanted sum by accident: their number times the density of their sums there.
 *
 * Where the sums of a kind can be counted in a neighbourhood of the target, they are; the density of all subsets is their saddle-point
 * approximation, which for the middle of the distribution is 2^n / (sqrt(2 pi) sigma) with sigma^2 = sum of squares / 4.
 */
#include "subset_internal.h"

#include <math.h>

#define ROOT_TWO_PI 2.5066282746310002
#define TRIPLE_SAMPLES 32
#define NEWTON_STEPS 60

static inline double
width(const RcSubsetSearch *search)
{
	return (double) (search->high - search->low) + 1;
}

static void
moments(RcSubsetSearch *search)
{
	double		n = search->n;

	search->mean = (double) search->total / n;
	search->variance = 0;
	search->magnitude = 0;
	for (uint32_t g = 0; g < search->group_count; g++)
	{
		double		away = (double) search->groups[g].value - search->mean;

		search->variance += away * away * search->groups[g].copies / n;
		search->magnitude += fabs((double) search->groups[g].value) * search->groups[g].copies / n;
	}
	for (int k = 1; k < 7; k++)
		search->round_share[k] = 0;
	for (uint32_t g = 0; g < search->group_count; g++)
	{
		int64_t		rest = search->groups[g].value;

		for (int k = 1; k < 7 && rest % 10 == 0; k++)
		{
			rest /= 10;
			search->round_share[k] += search->groups[g].copies / n;
		}
	}
}

/* Round amounts add up to round sums: how much likelier a round sum is than one taken evenly. */
double
rc_subset_roundness(const RcSubsetSearch *search, uint32_t size)
{
	int64_t		power = 1;
	double		most = 1;

	for (int k = 1; k < 7; k++)
	{
		double		likelier;

		power *= 10;
		if (search->high / power == (search->low - 1) / power)
			break;
		if (width(search) >= (double) power)
			continue;
		likelier = (double) power * pow(search->round_share[k], size);
		if (likelier > most)
			most = likelier;
	}
	return most;
}

/* Sums of so many values that are at most bound; values ascend. Triples are counted from some of their smallest values on. */
static double
pairs_at_most(const int64_t *values, uint32_t from, uint32_t n, int64_t bound)
{
	uint32_t	high = n;
	double		count = 0;

	for (uint32_t i = from; i < n; i++)
	{
		while (high > i + 1 && values[high - 1] > bound - values[i])
			high--;
		if (high <= i + 1)
			break;
		count += high - i - 1;
	}
	return count;
}

static double
sets_at_most(const int64_t *values, uint32_t n, uint32_t size, int64_t bound)
{
	double		count = 0;
	uint32_t	stride = n / TRIPLE_SAMPLES + 1;

	if (size == 2)
		return pairs_at_most(values, 0, n, bound);
	if (size == 1)
	{
		for (uint32_t i = 0; i < n; i++)
			count += values[i] <= bound;
		return count;
	}
	for (uint32_t i = stride / 2; i < n; i += stride)
		count += stride * pairs_at_most(values, i + 1, n, bound - values[i]);
	return count;
}

/* Half the width of the neighbourhood in which sums are counted. */
static int64_t
reach(const RcSubsetSearch *search, int64_t target)
{
	double		size = fabs((double) target);

	return (int64_t) ((size > search->magnitude ? size : search->magnitude) / 8) + 1;
}

/* Sets of a size, counted; one more, because the next one has never been seen. */
static double
counted(const RcSubsetSearch *search, const int64_t *values, uint32_t size, int64_t target)
{
	int64_t		away = reach(search, target) + (search->high - search->low) / 2;
	double		count = sets_at_most(values, search->n, size, target + away) - sets_at_most(values, search->n, size, target - away - 1);

	return (count + 1) * width(search) / (2.0 * (double) away + 1);
}

static double
normal(double at, double mean, double variance)
{
	double		away = at - mean;

	return exp(-away * away / (2 * variance)) / (ROOT_TWO_PI * sqrt(variance));
}

/* Items that follow each other: runs from every beginning, counted where all amounts are positive, else taken for sums of many. */
static double
runs(const RcSubsetSearch *search, int64_t target)
{
	uint32_t	n = search->n;
	double		expected = 0;

	if (!search->has_negative)
	{
		int64_t		away = reach(search, target) + (search->high - search->low) / 2;
		int64_t		inner = 0,
					outer = 0;	/* sums of [i, from) and [i, to) */
		uint32_t	from = 0,
					to = 0;
		double		count = 0;

		for (uint32_t i = 0; i < n; i++)
		{
			while (from < n && inner + search->value[from] < target - away)
				inner += search->value[from++];
			while (to < n && outer + search->value[to] <= target + away)
				outer += search->value[to++];
			count += to - from;
			if (from > i)
				inner -= search->value[i];
			else
				from = i + 1;
			if (to > i)
				outer -= search->value[i];
			else
				to = i + 1;
		}
		expected = (count + 1) * width(search) / (2.0 * (double) away + 1);
	}
	else
	{
		double		variance = search->variance + search->magnitude * search->magnitude / 16 + 0.25;

		for (uint32_t length = 2; length <= n; length++)
			expected += (n - length + 1) * normal((double) target, length * search->mean, length * variance);
		expected *= width(search);
	}
	return search->query->by_number != NULL ? 2 * expected : expected;
}

/* All subsets: the exponential tilt under which the expected sum is the target. */
static RcCode
subsets(RcSubsetSearch *search, int64_t target, double *expected)
{
	double		smallest = INFINITY,
				largest = 0;
	double		low,
				high,
				tilt = 0,
				log_count = 0,
				spread = 0,
				lowest = 0,
				highest = 0;

	for (uint32_t g = 0; g < search->group_count; g++)
	{
		double		size = fabs((double) search->groups[g].value);

		if (size < smallest)
			smallest = size;
		if (size > largest)
			largest = size;
		*(search->groups[g].value < 0 ? &lowest : &highest) += (double) search->groups[g].value * search->groups[g].copies;
	}
	/* At the very ends there are only a few sets. */
	*expected = width(search) / (2.0 * (double) reach(search, target) + 1);
	if ((double) target <= lowest || (double) target >= highest)
		return RC_OK;
	high = 64 / smallest;
	low = -high;
	for (int step = 0; step < NEWTON_STEPS; step++)
	{
		double		sum = 0;
		double		next;

		spread = 0;
		for (uint32_t g = 0; g < search->group_count; g++)
		{
			double		value = (double) search->groups[g].value;
			double		share = 1 / (1 + exp(-tilt * value));

			sum += search->groups[g].copies * value * share;
			spread += search->groups[g].copies * value * value * share * (1 - share);
		}
		RC_TRY(rc_poll(search->work, search->group_count));
		if (sum < (double) target)
			low = tilt;
		else
			high = tilt;
		if (fabs(sum - (double) target) < 0.01 * sqrt(spread) + 0.5)
			break;
		next = tilt + ((double) target - sum) / (spread > 0 ? spread : 1);
		tilt = next > low && next < high ? next : (low + high) / 2;
	}
	for (uint32_t g = 0; g < search->group_count; g++)
	{
		double		x = tilt * (double) search->groups[g].value;

		log_count += search->groups[g].copies * (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)));
	}
	log_count -= tilt * (double) target;
	/* One set alone spreads over nothing; its sum could still have been another. */
	spread += search->magnitude * search->magnitude / 16 + 0.25;
	if (log_count > 600)
		log_count = 600;
	*expected = width(search) * exp(log_count) / (ROOT_TWO_PI * sqrt(spread));
	return RC_OK;
}

RcCode
rc_subset_chances(RcSubsetSearch *search)
{
	double	   *expected = search->answer->expected;
	double		n = search->n;
	int64_t		target = search->low + (search->high - search->low) / 2;
	int64_t		rest = search->total - target;
	int64_t    *values;

	moments(search);
	/* The values in order lie where the keys were. */
	RC_TRY(rc_scratch(search->work, &values, search->n, sizeof(int64_t)));
	for (uint32_t i = 0; i < search->n; i++)
		values[i] = search->value[search->sorted[i]];
	expected[RC_STAGE_RUN] = runs(search, target);
	expected[RC_STAGE_ALL] = width(search) / (2.0 * (double) reach(search, target) + 1);
	for (uint32_t k = 1; k <= 3; k++)
	{
		expected[RC_STAGE_ALL + k] = expected[RC_STAGE_ALL + k - 1] + counted(search, values, k, rest);
		RC_TRY(rc_poll(search->work, 4 * (size_t) search->n));
	}
	expected[RC_STAGE_SIZE_2] = counted(search, values, 2, target);
	expected[RC_STAGE_SIZE_3] = expected[RC_STAGE_SIZE_2] + counted(search, values, 3, target);
	expected[RC_STAGE_SIZE_4] = expected[RC_STAGE_SIZE_3] + n * (n - 1) * (n - 2) * (n - 3) / 24 * width(search) *
		normal((double) target, 4 * search->mean,
			   4 * (search->variance + search->magnitude * search->magnitude / 16 + 0.25));
	rc_scratch_release(search->work, values);
	return subsets(search, target, &expected[RC_STAGE_ANY]);
}
