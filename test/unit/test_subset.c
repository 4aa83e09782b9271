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

/* Where accident gives sets in any number, some are shown at little cost, whatever the amounts; every one of them has the sum. */
static void
many(void)
{
	static RcSubsetItem items[200];
	const uint32_t without[] = {0, RC_WITHOUT_LISTS};
	Bench		bench;
	uint64_t	state = 77;

	open_bench(&bench, &rc_malloc_allocator);
	for (int c = 0; c < 30; c++)
	{
		static const int64_t largest[] = {50000, 1000000000, INT64_C(1000000000000)};
		uint32_t	n = 48 + (uint32_t) (next_random(&state) % 153);
		int64_t		spread = largest[c % 3];
		int64_t		target = 0;

		for (uint32_t i = 0; i < n; i++)
		{
			items[i].value = 1 + (int64_t) (next_random(&state) % (uint64_t) spread);
			if (c % 4 == 3 && i % 5 == 0)
				items[i].value = -items[i].value;
			if (c % 5 == 4 && i % 3 == 0 && i > 0)
				items[i].value = items[i - 1].value;
		}
		number_twins(items, n, c % 2 == 0);
		for (uint32_t i = 0; i < n; i++)
			target += next_random(&state) % 2 == 0 ? items[i].value : 0;
		for (int w = 0; w < (c % 3 == 0 ? 2 : 1); w++)
		{
			unsigned long failed = unit_failed;
			RcSubsetAnswer answer = ask(&bench, items, n, target, without[w] | 0xFE);	/* runs and any sets */

			/* Of amounts up to 10^12, and of repeated ones, there have to be many for accident to be generous. */
			if ((c % 3 < 2 && c % 5 < 4) || n > 100)
			{
				CHECK_INT(answer.kind, RC_SUBSET_AMBIGUOUS);
				CHECK(answer.steps < 4000000 || w > 0);
			}
			CHECK(answer.kind != RC_SUBSET_IMPOSSIBLE);
			CHECK(!answer.automatic);
			UNIT_NOTE(failed, "case %d without %x, %u items", c, without[w], n);
		}
	}
	close_bench(&bench);
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

/* --- the strategy --- */

static const RcRule anytime = {.strategy = RC_STRATEGY_SUBSET,.left_keyset = -1,.right_keyset = -1};
static const RcRule week = {.strategy = RC_STRATEGY_SUBSET,.left_keyset = -1,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,
.lag_max = 7};

static void
kinds_of_sets(void)
{
	/* a payout in two transfers */
	Item		two_transfers[] = {LEFT_ITEM(1, 1523450, 10), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 99317, 12)};
	/* three payouts in one transfer less a fee of 2.50 */
	Item		one_transfer[] = {
		LEFT_ITEM(1, 734512, 10), LEFT_ITEM(2, 812377, 11), LEFT_ITEM(3, 290901, 12), LEFT_ITEM(4, 655123, 14), RIGHT_ITEM(11, 1837540, 15)
	};
	Item		mixed[] = {
		LEFT_ITEM(1, 734512, 10), LEFT_ITEM(2, -112377, 11), LEFT_ITEM(3, 290901, 12), LEFT_ITEM(4, 655123, 14), RIGHT_ITEM(11, 913036, 15)
	};
	Item		negative[] = {
		LEFT_ITEM(1, -734512, 10), LEFT_ITEM(2, 112377, 11), LEFT_ITEM(3, -290901, 12), LEFT_ITEM(4, -655123, 14), RIGHT_ITEM(11, -913036, 15)
	};
	Item		all_but_one[] = {
		LEFT_ITEM(1, 734512, 10), LEFT_ITEM(2, 812377, 11), LEFT_ITEM(3, 290901, 12), LEFT_ITEM(4, 655123, 14), RIGHT_ITEM(11, 1680536, 15)
	};
	Item		scattered[] = {
		LEFT_ITEM(1, 7345123, 10), LEFT_ITEM(2, 8123771, 11), LEFT_ITEM(3, 2909018, 12), LEFT_ITEM(4, 6551232, 13), LEFT_ITEM(5, 3333331, 14),
		LEFT_ITEM(6, 9417774, 15), RIGHT_ITEM(11, 7345123 + 6551232, 16)
	};
	RcRule		fee = week;

	fee.amount_tolerance = 300 * CENT;
	EXPECT(two_transfers, week, "run 1=11,12\n");
	EXPECT(one_transfer, fee, "run 1,2,3=11\n");
	EXPECT(one_transfer, week, "R11 impossible\n");
	EXPECT(mixed, week, "run 1,2,3=11\n");
	EXPECT(negative, week, "run 1,2,3=11\n");
	EXPECT(all_but_one, week, "complement 1,3,4=11\n");
	EXPECT(scattered, week, "small 1,4=11\n");
}

static void
doubtful(void)
{
	/* 30 + 70, 40 + 60: round amounts, two ways */
	Item		ambiguous[] = {
		LEFT_ITEM(1, 10000, 10), RIGHT_ITEM(11, 3000, 11), RIGHT_ITEM(12, 4000, 11), RIGHT_ITEM(13, 6000, 11), RIGHT_ITEM(14, 7000, 11)
	};
	/* one way, but accident does as much */
	Item		weak[] = {LEFT_ITEM(1, 10000, 10), RIGHT_ITEM(11, 3000, 11), RIGHT_ITEM(12, 7000, 11), RIGHT_ITEM(13, 5000, 11)};
	/* one item alone has the amount */
	Item		single[] = {
		LEFT_ITEM(1, 1523450, 10), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 1523450, 12)
	};
	/* two want the same set */
	Item		rivals[] = {
		LEFT_ITEM(1, 1523450, 10), LEFT_ITEM(2, 1523450, 11), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 99317, 13)
	};
	/* which of two equal amounts of different days */
	Item		equal[] = {
		LEFT_ITEM(1, 1523450, 10), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 523450, 10)
	};
	/* alike but for their ids: one of them, or all */
	Item		all_twins[] = {
		LEFT_ITEM(1, 2046900, 10), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 523450, 12)
	};
	Item		twins[] = {
		LEFT_ITEM(1, 1523450, 10), RIGHT_ITEM(11, 1000000, 11), RIGHT_ITEM(12, 523450, 12), RIGHT_ITEM(13, 523450, 12)
	};
	RcRule		left = week;
	RcRule		suggest = week;
	RcRule		small = week;
	RcRejection rejected = {1, 12};

	left.subset_side = RC_SUBSET_LEFT;
	EXPECT(ambiguous, left, "?small 1=11,14\n?run 1=12,13\nL1 ambiguous R12\n");
	EXPECT(weak, left, "?run 1=11,12\n");
	EXPECT(single, left, "?run 1=11,12\nL1 ambiguous R11\n");
	EXPECT(rivals, left, "?run 1=11,12\n?run 2=11,12\nL1 ambiguous R11\nL2 ambiguous R11\n");
	EXPECT(equal, left, "?run 1=11,13\n?run 1=11,12\nL1 ambiguous R13\n");
	EXPECT(twins, left, "?run 1=11,12\n?run 1=11,13\nL1 ambiguous R11\n");
	EXPECT(all_twins, left, "run 1=11,12,13\n");
	suggest.suggest_only = true;
	suggest.subset_side = RC_SUBSET_LEFT;
	EXPECT(twins, suggest, "?run 1=11,12\n?run 1=11,13\nL1 ambiguous R11\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = rivals,.item_count = 5,.rules = &left,.rule_count = 1,.rejections = &rejected,
			 .rejection_count = 1}, "run 2=11,12\nL1 impossible\n");
	small.max_items = 2;
	small.subset_side = RC_SUBSET_LEFT;
	EXPECT(twins, small, "L1 budget\n");
}

static void
partitions(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 1523450, 10, "A"), RIGHT_ITEM(11, 1000000, 11, "A"), RIGHT_ITEM(12, 523450, 12, "B"), RIGHT_ITEM(13, 523450, 12, "A"),
		LEFT_ITEM(2, 777777, 10, "C"), RIGHT_ITEM(14, 700000, 11, "C"), RIGHT_ITEM(15, 77777, 12, "C",.currency = 2),
		LEFT_ITEM(3, 888888, 10, "D"), RIGHT_ITEM(16, 800000, 11, "D"), RIGHT_ITEM(17, 88888, 18, "D"),
		LEFT_ITEM(4, 999999, 10, "E"), RIGHT_ITEM(18, 900000, 9, "E"), RIGHT_ITEM(19, 99999, 12, "E"),
		LEFT_ITEM(5, 999999, 10), RIGHT_ITEM(20, 900000, 11), RIGHT_ITEM(21, 99999, RC_NO_DATE),
	};
	/* by order number it is a run, by date not */
	Item		numbered[] = {
		LEFT_ITEM(1, 7345123, 10, "N1"), LEFT_ITEM(2, 8123771, 14, "N2"), LEFT_ITEM(3, 2909018, 12, "N3"), LEFT_ITEM(4, 6551232, 11, "N7"),
		LEFT_ITEM(5, 3333331, 13, "N5"), LEFT_ITEM(6, 9417774, 9, "N6"), LEFT_ITEM(7, 1234567, 8, "N4"), RIGHT_ITEM(11, 18377912, 14)
	};
	RcRule		keyed = week;
	RcRule		both = week;

	keyed.left_keyset = keyed.right_keyset = 0;
	EXPECT(items, keyed, "run 1=11,13\n");
	both.has_lag_max = both.has_lag_min = false;
	EXPECT(numbered, both, "run 1,2,3=11\n");
}

/* A stronger set wins over a weaker one of the same items, and what it leaves may become clear. */
static void
in_order_of_evidence(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 7345123 + 8123771 + 2909018, 20), RIGHT_ITEM(11, 7345123, 10), RIGHT_ITEM(12, 8123771, 11), RIGHT_ITEM(13, 2909018, 12),
		RIGHT_ITEM(14, 6551232, 13), RIGHT_ITEM(15, 3333331, 14), RIGHT_ITEM(16, 9417774, 15), RIGHT_ITEM(17, 4441112, 16),
		LEFT_ITEM(2, 8123771 + 9417774, 20),
	};
	RcRule		left = anytime;

	left.subset_side = RC_SUBSET_LEFT;
	EXPECT(items, left, "run 1=11,12,13\nL2 impossible\n");
}

/* That a search found nothing gives way to what another rule has to say. */
static void
notes_give_way(void)
{
	Item		items[] = {LEFT_ITEM(1, 100, 10), RIGHT_ITEM(11, 100, 12), RIGHT_ITEM(12, 100, 11)};
	RcRule		rules[2] = {anytime, {.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1}};

	rules[0].subset_side = RC_SUBSET_LEFT;
	EXPECT(items, rules[0], "L1 impossible\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 3,.rules = rules,.rule_count = 2},
			 "?window 1=12\nL1 ambiguous R12\nR11 ambiguous L1\nR12 ambiguous L1\n");
}

#define RANDOM_ITEMS 30

static void
random_items(Item *items, size_t count, uint64_t *state)
{
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	x = next_random(state);

		items[i] = (Item) {.side = x % 4 == 0 ? RC_LEFT : RC_RIGHT,.id = (int64_t) i + 1,.date = (int32_t) (x >> 8 & 15),.key = "K"};
		items[i].amount = 1000 + (int64_t) (x >> 12) % 1000000;
		if ((x >> 40) % 8 == 0)
			items[i].amount = -items[i].amount;
	}
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	x = next_random(state);

		int64_t		own = items[i].amount;

		/* some are the sum of some days, or of any */
		if (items[i].side == RC_LEFT && x % 8 != 0)
			items[i].amount = 0;
		for (size_t j = 0; j < count && items[i].side == RC_LEFT && x % 8 != 0; j++)
		{
			if (items[j].side == RC_LEFT)
				continue;
			if (x % 2 == 0 ? items[j].date >= items[i].date && items[j].date <= items[i].date + 2 : (x >> (8 + j % 40)) % 3 == 0)
				items[i].amount += items[j].amount;
		}
		if (items[i].amount == 0)
			items[i].amount = own;
	}
}

static void
properties(void)
{
	static char text[CASE_TEXT],
				again[CASE_TEXT];
	uint64_t	state = 77;
	unsigned long matches = 0;

	for (int c = 0; c < 300; c++)
	{
		Item		items[RANDOM_ITEMS + 20];
		Item		other[RANDOM_ITEMS + 20];
		size_t		count = 3 + next_random(&state) % (RANDOM_ITEMS - 3);
		RcRule		rule = c % 2 == 0 ? week : anytime;
		RcRule		scaled;
		Case		one = {.items = items,.item_count = count,.rules = &rule,.rule_count = 1};
		Case		more;
		unsigned long failed = unit_failed;

		rule.subset_side = (RcSubsetSide) (c % 3);
		rule.amount_tolerance = c % 5 == 0 ? 3 * CENT : 0;
		rule.percent_tolerance = c % 7 == 0 ? 100 : 0;
		random_items(items, count, &state);
		run_once(&one, items, CENT, text);
		matches += text[0] != 0 && strchr("?LR", text[0]) == NULL;

		shuffle(items, count, &state);
		run_once(&one, items, CENT, again);
		CHECK(strcmp(text, again) == 0);

		memcpy(other, items, sizeof(items));
		for (size_t i = 0; i < count; i++)
			other[i].amount = -other[i].amount;
		run_once(&one, other, CENT, again);
		/* which of many sets are shown may differ, not what is matched */
		CHECK(strstr(text, "?any") != NULL || strcmp(text, again) == 0);

		scaled = rule;
		scaled.amount_tolerance *= 1000;
		more = one;
		more.rules = &scaled;
		run_once(&more, items, 1000 * CENT, again);
		CHECK(strcmp(text, again) == 0);

		memcpy(other, items, sizeof(items));
		for (size_t i = 0; i < 20; i++)
		{
			/* another currency, or, where there is a window, long after */
			other[count + i] = items[i % count];
			other[count + i].id = 1000 + (int64_t) i;
			if (rule.has_lag_max && i % 2 == 0)
			{
				other[count + i].date = 2000 + 100 * (int32_t) i;
				other[count + i].side = RC_RIGHT;
			}
			else
				other[count + i].currency = 7;
			if (other[count + i].currency == 7)
				other[count + i].side = RC_LEFT;
		}
		more.rules = &rule;
		more.item_count = count + 20;
		shuffle(other, count + 20, &state);
		run_once(&more, other, CENT, again);
		CHECK(strcmp(text, again) == 0);
		UNIT_NOTE(failed, "case %d of %zu items\n--- one\n%s--- other\n%s", c, count, text, again);
	}
	CHECK(matches > 10);
}

/* --- trouble --- */

typedef struct Trouble
{
	long		live;
	long		until_failure;
	long		until_stop;
	long		polls;
	double		last,
				longest;
} Trouble;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void *
trouble_resize(void *context, void *pointer, size_t size)
{
	Trouble    *trouble = context;
	void	   *result;

	if (trouble->until_failure >= 0 && trouble->until_failure-- == 0)
		return NULL;
	result = realloc(pointer, size > 0 ? size : 1);
	trouble->live += result != NULL && pointer == NULL;
	return result;
}

static void *
trouble_allocate(void *context, size_t size)
{
	return trouble_resize(context, NULL, size);
}

static void
trouble_release(void *context, void *pointer)
{
	((Trouble *) context)->live -= pointer != NULL;
	free(pointer);
}

static bool
trouble_stop(void *context)
{
	Trouble    *trouble = context;
	double		time = now();

	if (trouble->last > 0 && time - trouble->last > trouble->longest)
		trouble->longest = time - trouble->last;
	trouble->last = time;
	trouble->polls++;
	return trouble->until_stop >= 0 && trouble->until_stop-- == 0;
}

static RcCode
whole_way(Trouble *trouble, const Item *items, size_t count, const RcRule *rule)
{
	const RcAllocator allocator = {trouble_allocate, trouble_resize, trouble_release, trouble, trouble_stop};
	RcPool	   *pool = rc_pool_create(&allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result = {0};
	RcCode		code = pool == NULL ? RC_NO_MEMORY : RC_OK;

	for (size_t i = 0; i < count && code == RC_OK; i++)
		code = add_item(pool, &items[i], CENT, &status);
	if (code == RC_OK)
		code = rc_engine_run(pool, rule, 1, NULL, 0, &result, &status);
	if (pool != NULL)
		rc_result_free(pool, &result);
	rc_pool_free(pool);
	CHECK_INT(trouble->live, 0);
	return code;
}

static void
trouble(void)
{
	static Item items[400];
	uint64_t	state = 4;
	RcCode		code = RC_NO_MEMORY;
	RcRule		net = {.strategy = RC_STRATEGY_NET};
	long		failures = 0;

	random_items(items, 60, &state);
	for (int s = 0; s < 2; s++)
	{
		const RcRule *rule = s == 0 ? &week : &net;

		for (failures = 0; failures < 10000; failures++)
		{
			Trouble		lack = {.until_failure = failures,.until_stop = -1};

			code = whole_way(&lack, items, 60, rule);
			if (code != RC_NO_MEMORY)
				break;
		}
		CHECK_INT(code, RC_OK);
		CHECK(failures > 30);
	}

	/* 40 amounts that need the dearest search, and 400 that need all the others: stops come often, at any of them it ends */
	for (int s = 0; s < 2; s++)
	{
		size_t		count = s == 0 ? 41 : 400;
		Trouble		watched = {.until_failure = -1,.until_stop = -1};
		RcRule		rule = anytime;

		rule.subset_side = RC_SUBSET_LEFT;
		for (size_t i = 0; i < count; i++)
		{
			items[i] = (Item) RIGHT_ITEM((int64_t) i + 1, 1 + (int64_t) (next_random(&state) % (s == 0 ? 500000000000 : 40000)), (int32_t) i);
			if (i == 0 || (s == 1 && i % 40 == 0))
				items[i] = (Item) LEFT_ITEM((int64_t) i + 1, s == 0 ? 5000000000001 : 400001 + (int64_t) i, (int32_t) i);
		}
		CHECK_INT(whole_way(&watched, items, count, &rule), RC_OK);
		CHECK(watched.polls > 20);
		CHECK(watched.longest < 0.1);
		for (long stop = 0; stop < watched.polls; stop += 1 + watched.polls / 40)
		{
			Trouble		stopped = {.until_failure = -1,.until_stop = stop};

			CHECK_INT(whole_way(&stopped, items, count, &rule), RC_STOPPED);
			CHECK_INT(stopped.polls, stop + 1);
		}
	}
}

int
main(void)
{
	oracle();
	many();
	hostile();
	kinds_of_sets();
	doubtful();
	partitions();
	in_order_of_evidence();
	notes_give_way();
	properties();
	trouble();
	return unit_done();
}
