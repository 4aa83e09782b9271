/*
 * test_subset.c - strategy subset: every answer of the search agrees with trying all subsets; order, sign, scale and unrelated items
 * change nothing; what accident could produce is suggested, not matched; large and hostile inputs end in time.
 */
#define _POSIX_C_SOURCE 199309L
#include <time.h>
#include "../../src/match/subset_search.h"
#include "matching.h"

#if defined(__SANITIZE_ADDRESS__)
#define ORACLE_CASES 10000
#else
#define ORACLE_CASES 100000
#endif
#define BUDGET UINT64_C(20000000)

/* --- the search by itself --- */

typedef struct Bench
{
	RcWork		work;
	RcStatus	status;
	RcSubsetSearch *search;
} Bench;

static void
open_bench(Bench *bench, const RcAllocator *allocator)
{
	memset(bench, 0, sizeof(*bench));
	bench->work.pool = rc_pool_create(allocator, 0, 0, 0);
	bench->work.status = &bench->status;
	CHECK_INT(rc_subset_create(&bench->work, &bench->search), RC_OK);
}

static void
close_bench(Bench *bench)
{
	rc_scratch_reset(&bench->work);
	rc_pool_free(bench->work.pool);
}

/* Whether a set, as a mask, takes the first ones of all twins: each set but for twins is such a mask once. */
static bool
canonical(const RcSubsetItem *items, uint32_t n, uint32_t mask)
{
	for (uint32_t i = 0; i < n; i++)
	{
		for (uint32_t j = 0; j < i; j++)
		{
			if (items[i].twin == items[j].twin && (mask >> i & 1) != 0 && (mask >> j & 1) == 0)
				return false;
		}
	}
	return true;
}

typedef struct Truth
{
	uint32_t	count;			/* sets of two or more with the sum */
	uint32_t	masks[4096];
	bool		single;
} Truth;

static void
try_all(const RcSubsetQuery *query, Truth *truth)
{
	static int64_t sums[4096];

	truth->count = 0;
	truth->single = false;
	sums[0] = 0;
	for (uint32_t mask = 1; mask < UINT32_C(1) << query->count; mask++)
	{
		int			last = __builtin_ctz(mask);

		sums[mask] = sums[mask & (mask - 1)] + query->items[last].value;
		if (sums[mask] < query->low || sums[mask] > query->high)
			continue;
		if ((mask & (mask - 1)) == 0)
			truth->single = true;
		else if (canonical(query->items, query->count, mask))
			truth->masks[truth->count++] = mask;
	}
}

static uint32_t
mask_of(const RcSubsetAnswer *answer, uint32_t solution)
{
	uint32_t	mask = 0;

	for (uint32_t m = 0; m < answer->solutions[solution].count; m++)
		mask |= UINT32_C(1) << answer->members[answer->solutions[solution].first + m];
	return mask;
}

static bool
among(const Truth *truth, uint32_t mask)
{
	for (uint32_t t = 0; t < truth->count; t++)
	{
		if (truth->masks[t] == mask)
			return true;
	}
	return false;
}

/* Whether a mask is a run of the positions, up to twins: then some run has the same items of each kind. */
static bool
is_run(const RcSubsetQuery *query, uint32_t mask)
{
	for (uint32_t from = 0; from < query->count; from++)
	{
		for (uint32_t to = from + 2; to <= query->count; to++)
		{
			uint32_t	run = ((UINT32_C(1) << to) - 1) & ~((UINT32_C(1) << from) - 1);
			uint32_t	moved = 0;

			/* to the first twins */
			for (uint32_t i = 0; i < query->count; i++)
			{
				uint32_t	before = 0,
							taken = 0;

				for (uint32_t j = 0; j < query->count; j++)
				{
					if (query->items[j].twin == query->items[i].twin)
					{
						before += j < i;
						taken += run >> j & 1;
					}
				}
				if (before < taken)
					moved |= UINT32_C(1) << i;
			}
			if (moved == mask)
				return true;
		}
	}
	return false;
}

static void
random_query(RcSubsetQuery *query, RcSubsetItem *items, uint64_t *state)
{
	uint64_t	x = next_random(state);
	uint32_t	n = 1 + (uint32_t) (x % 12);
	int64_t		spread = (int64_t[]) {4, 20, 100, 3000, 1000000}[(x >> 8) % 5];
	bool		mixed = (x >> 12) % 3 == 0,
				twins = (x >> 14) % 2 == 0;
	int64_t		target = 0;
	int64_t		tolerance = (x >> 16) % 4 == 0 ? (int64_t) ((x >> 18) % 4) : 0;

	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t	y = next_random(state);

		items[i].value = 1 + (int64_t) (y % (uint64_t) spread);
		if (mixed && (y >> 40) % 3 == 0)
			items[i].value = -items[i].value;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		/* the twin's number ascends with the value; equal values are twins, or each is its own */
		items[i].twin = 0;
		for (uint32_t j = 0; j < n; j++)
			items[i].twin += items[j].value < items[i].value || (!twins && items[j].value == items[i].value && j < i);
	}
	x = next_random(state);
	if (x % 3 != 0)
	{
		for (uint32_t i = 0; i < n; i++)
			target += (x >> (8 + i)) % 2 != 0 ? items[i].value : 0;
	}
	else
		target = (int64_t) ((x >> 8) % (uint64_t) (3 * spread)) - (mixed ? spread : 0);
	if (target == 0)
		target = 1;
	*query = (RcSubsetQuery) {.items = items,.count = n,.unit = 1,.budget = BUDGET,.limit = RC_SUBSET_LIMIT};
	query->low = target > 0 && target - tolerance <= 0 ? 1 : target - tolerance;
	query->high = target < 0 && target + tolerance >= 0 ? -1 : target + tolerance;
}

static void
check_answer(const RcSubsetQuery *query, const RcSubsetAnswer *answer, const Truth *truth)
{
	CHECK_INT(answer->kind, truth->count == 0 ? RC_SUBSET_IMPOSSIBLE : truth->count == 1 ? RC_SUBSET_UNIQUE : RC_SUBSET_AMBIGUOUS);
	CHECK_INT(answer->count, truth->count < query->limit ? truth->count : query->limit);
	CHECK_INT(answer->single, truth->single);
	for (uint32_t s = 0; s < answer->count; s++)
	{
		CHECK(among(truth, mask_of(answer, s)));
		for (uint32_t other = 0; other < s; other++)
			CHECK(mask_of(answer, s) != mask_of(answer, other));
	}
	CHECK(!answer->automatic);
}

/* The three ways to find any set, and all together, against trying all. */
static void
oracle(void)
{
	static Truth truth;
	RcSubsetItem items[12];
	RcSubsetQuery query;
	RcSubsetAnswer answer;
	Bench		bench;
	uint64_t	state = 1;
	unsigned long kinds[4] = {0},
				automatic = 0;
	const uint32_t without[] = {
		0, 0xFF | RC_WITHOUT_CORE | RC_WITHOUT_TABLE, 0xFF | RC_WITHOUT_CORE | RC_WITHOUT_HALVES, RC_WITHOUT_HALVES
	};

	open_bench(&bench, &rc_malloc_allocator);
	for (int c = 0; c < ORACLE_CASES; c++)
	{
		unsigned long failed = unit_failed;

		random_query(&query, items, &state);
		try_all(&query, &truth);
		for (int w = 0; w < 4; w++)
		{
			query.without = without[w];
			query.limit = 2 + (uint32_t) c % (RC_SUBSET_LIMIT - 1);
			CHECK_INT(rc_subset_search(bench.search, &query, &answer), RC_OK);
			check_answer(&query, &answer, &truth);
			UNIT_NOTE(failed, "case %d without %x, %u items", c, query.without, query.count);
		}
		kinds[answer.kind]++;

		/* What may be matched unseen is right, alone of its kind, and has no rival of a kind that accident does not produce. */
		query.without = 0;
		query.max_chance = 0.5;
		CHECK_INT(rc_subset_search(bench.search, &query, &answer), RC_OK);
		for (uint32_t s = 0; s < answer.count; s++)
			CHECK(among(&truth, mask_of(&answer, s)));
		if (answer.kind == RC_SUBSET_IMPOSSIBLE)
			CHECK_INT(truth.count, 0);
		if (truth.count == 0)
			CHECK_INT(answer.kind, RC_SUBSET_IMPOSSIBLE);
		if (answer.automatic)
		{
			uint32_t	runs = 0;

			automatic++;
			CHECK_INT(answer.kind, RC_SUBSET_UNIQUE);
			CHECK_INT(answer.count, 1);
			CHECK(!truth.single);
			for (uint32_t t = 0; t < truth.count; t++)
				runs += is_run(&query, truth.masks[t]);
			if (answer.solutions[0].stage == RC_STAGE_RUN)
				CHECK_INT(runs, 1);
			else
				CHECK_INT(runs, 0);
			if (answer.expected[RC_STAGE_ANY] < 1)
				CHECK_INT(truth.count, 1);
		}
		UNIT_NOTE(failed, "case %d, %u items", c, query.count);
	}
	for (int k = RC_SUBSET_UNIQUE; k <= RC_SUBSET_IMPOSSIBLE; k++)
		CHECK(kinds[k] > ORACLE_CASES / 20);
	CHECK(automatic > ORACLE_CASES / 50);
	close_bench(&bench);
}

static int
compare_items(const void *a, const void *b)
{
	const RcSubsetItem *x = a,
			   *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* Numbers the twins of items in ascending order of value; distinct: none are twins. */
static void
number_twins(RcSubsetItem *items, uint32_t n, bool distinct)
{
	qsort(items, n, sizeof(RcSubsetItem), compare_items);
	for (uint32_t i = 0; i < n; i++)
		items[i].twin = i == 0 ? 0 : items[i - 1].twin + (distinct || items[i].value != items[i - 1].value);
}

static RcSubsetAnswer
ask(Bench *bench, const RcSubsetItem *items, uint32_t n, int64_t target, uint32_t without)
{
	RcSubsetQuery query = {
		.items = items,.count = n,.low = target,.high = target,.unit = 1,.budget = BUDGET,.limit = RC_SUBSET_LIMIT,.without = without
	};
	RcSubsetAnswer answer;

	CHECK_INT(rc_subset_search(bench->search, &query, &answer), RC_OK);
	for (uint32_t s = 0; s < answer.count; s++)
	{
		int64_t		sum = 0;

		for (uint32_t m = 0; m < answer.solutions[s].count; m++)
			sum += items[answer.members[answer.solutions[s].first + m]].value;
		CHECK_INT(sum, target);
	}
	return answer;
}

static void
hostile(void)
{
	static RcSubsetItem items[2000];
	RcSubsetAnswer answer;
	Bench		bench;
	uint64_t	state = 9;

	open_bench(&bench, &rc_malloc_allocator);
	/* equal amounts: as twins one way, each for itself many ways, never another sum */
	for (uint32_t i = 0; i < 2000; i++)
		items[i].value = 4990;
	number_twins(items, 2000, false);
	answer = ask(&bench, items, 2000, 4990 * 700, 0);
	CHECK_INT(answer.kind, RC_SUBSET_UNIQUE);
	CHECK_INT(answer.solutions[0].count, 700);
	CHECK(!answer.automatic);
	CHECK_INT(ask(&bench, items, 2000, 4990 * 700 + 1, 0).kind, RC_SUBSET_IMPOSSIBLE);
	number_twins(items, 2000, true);
	answer = ask(&bench, items, 2000, 4990 * 700, 0);
	CHECK_INT(answer.kind, RC_SUBSET_AMBIGUOUS);
	CHECK_INT(answer.count, RC_SUBSET_LIMIT);
	answer = ask(&bench, items, 2000, 4990 * 1999, 0);
	CHECK_INT(answer.kind, RC_SUBSET_AMBIGUOUS);
	answer = ask(&bench, items, 2000, INT64_C(4990) * 2000, 0);
	CHECK_INT(answer.kind, RC_SUBSET_UNIQUE);
	CHECK_INT(ask(&bench, items, 2000, 4990 * 700 + 1, 0).kind, RC_SUBSET_IMPOSSIBLE);

	/* powers of two: every sum has one set */
	for (uint32_t i = 0; i < 40; i++)
		items[i].value = INT64_C(1) << i;
	number_twins(items, 40, false);
	answer = ask(&bench, items, 40, INT64_C(0x5A5A5A5A5A), 0);
	CHECK_INT(answer.kind, RC_SUBSET_UNIQUE);
	CHECK(answer.complete);
	CHECK_INT(ask(&bench, items, 40, INT64_C(1) << 40, 0).kind, RC_SUBSET_IMPOSSIBLE);
	CHECK_INT(ask(&bench, items, 40, INT64_C(1) << 39, 0).kind, RC_SUBSET_IMPOSSIBLE);
	CHECK(ask(&bench, items, 40, INT64_C(1) << 39, 0).single);
	/* 60 of them are beyond every means */
	for (uint32_t i = 0; i < 58; i++)
		items[i].value = INT64_C(1) << i;
	number_twins(items, 58, false);
	CHECK_INT(ask(&bench, items, 58, INT64_C(0x155555555555555), 0).kind, RC_SUBSET_EXHAUSTED);

	/* sums beyond 64 bits are not added up */
	for (uint32_t i = 0; i < 20; i++)
		items[i].value = i % 2 == 0 ? INT64_MAX - 5 * i : -(INT64_MAX - 5 * i);
	number_twins(items, 20, false);
	CHECK_INT(ask(&bench, items, 20, 5, 0).kind, RC_SUBSET_EXHAUSTED);

	/* a table: only even amounts but one, and an odd sum without it */
	for (uint32_t i = 0; i < 300; i++)
		items[i].value = 2 * (int64_t) (100 + next_random(&state) % 1000);
	number_twins(items, 300, true);
	CHECK_INT(ask(&bench, items, 300, 20001, 0).kind, RC_SUBSET_IMPOSSIBLE);
	CHECK_INT(ask(&bench, items, 300, 20000, RC_WITHOUT_CORE).kind, RC_SUBSET_AMBIGUOUS);
	CHECK_INT(ask(&bench, items, 300, 20000, RC_WITHOUT_TABLE | RC_WITHOUT_HALVES).kind, RC_SUBSET_AMBIGUOUS);
	close_bench(&bench);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

int
main(void)
{
	double		start = now();

	oracle();
	fprintf(stderr, "oracle %.1f s\n", now() - start);
	hostile();
	fprintf(stderr, "hostile %.1f s\n", now() - start);
	return unit_done();
}
