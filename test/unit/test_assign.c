/*
 * test_assign.c - the heaviest one-to-one assignment: right against trying everything, sound where it is only approximate.
 */
#include "matching.h"
#include "../../src/match/assign.h"

#define SIDE 6

static RcPool *pool;

static int
by_left(const void *a, const void *b)
{
	const RcEdge *x = a,
			   *y = b;

	return x->left != y->left ? (x->left < y->left ? -1 : 1) : x->right < y->right ? -1 : x->right > y->right;
}

/* The best sum, by trying every choice for each left in turn. */
static int64_t
try_all(const RcEdge *edges, size_t count, uint32_t left, uint32_t lefts, unsigned taken)
{
	int64_t		best;

	if (left == lefts)
		return 0;
	best = try_all(edges, count, left + 1, lefts, taken);
	for (size_t e = 0; e < count; e++)
	{
		int64_t		sum;

		if (edges[e].left != left || (taken & 1u << edges[e].right) != 0)
			continue;
		sum = edges[e].weight + try_all(edges, count, left + 1, lefts, taken | 1u << edges[e].right);
		if (sum > best)
			best = sum;
	}
	return best;
}

/* Runs an assignment and returns its sum; checks that no end is used twice. */
static int64_t
run(const RcEdge *edges, size_t count, size_t lefts, size_t rights, uint64_t steps, uint32_t *chosen)
{
	RcStatus	status = {0};
	RcResult	result = {0};
	RcWork		work = {.pool = pool,.status = &status,.result = &result};
	bool	   *taken = calloc(rights + 1, sizeof(bool));
	int64_t		sum = 0;

	CHECK_INT(rc_assign(&work, lefts, rights, edges, count, steps, chosen), RC_OK);
	CHECK(work.scratch == NULL);
	rc_scratch_reset(&work);
	for (size_t i = 0; i < lefts; i++)
	{
		if (chosen[i] == RC_NO_EDGE)
			continue;
		CHECK(chosen[i] < count && edges[chosen[i]].left == i && edges[chosen[i]].weight > 0);
		CHECK(!taken[edges[chosen[i]].right]);
		taken[edges[chosen[i]].right] = true;
		sum += edges[chosen[i]].weight;
	}
	free(taken);
	return sum;
}

static void
against_trying_everything(void)
{
	uint64_t	state = 11;

	for (int n = 0; n < 20000; n++)
	{
		unsigned long failed = unit_failed;
		RcEdge		edges[SIDE * SIDE];
		uint32_t	chosen[SIDE];
		size_t		count = 0;
		uint32_t	lefts = 1 + (uint32_t) (next_random(&state) % SIDE),
					rights = 1 + (uint32_t) (next_random(&state) % SIDE);
		unsigned	density = 1 + (unsigned) (next_random(&state) % 4);
		int64_t		range = n % 3 == 0 ? 3 : 1000;
		int64_t		best,
					greedy;

		for (uint32_t i = 0; i < lefts; i++)
		{
			for (uint32_t j = 0; j < rights; j++)
			{
				if (next_random(&state) % 4 < density)
					edges[count++] = (RcEdge) {i, j, (int64_t) (next_random(&state) % (uint64_t) range) - range / 10};
			}
		}
		best = try_all(edges, count, 0, lefts, 0);
		CHECK_INT(run(edges, count, lefts, rights, 0, chosen), best);
		/* Without the steps for it: at least half, which greed alone guarantees. */
		greedy = run(edges, count, lefts, rights, 1, chosen);
		CHECK(greedy <= best && 2 * greedy >= best);
		UNIT_NOTE(failed, "random graph %d", n);
	}
}

/* A chain where taking the heaviest edge first costs: 1-1 9, 1-2 10, 2-2 9, and so on. */
static void
long_chain(void)
{
	const uint32_t length = 2000;
	RcEdge	   *edges = malloc(2 * length * sizeof(RcEdge));
	uint32_t   *chosen = malloc(length * sizeof(uint32_t));
	size_t		count = 0;

	for (uint32_t i = 0; i < length; i++)
	{
		edges[count++] = (RcEdge) {i, i, 9};
		if (i + 1 < length)
			edges[count++] = (RcEdge) {i, i + 1, 10};
	}
	/* All but the last go up, and its own place is taken. */
	CHECK_INT(run(edges, count, length, length, 0, chosen), 10 * (length - 1));
	CHECK(chosen[length - 1] == RC_NO_EDGE);
	for (uint32_t i = 0; i + 1 < length; i++)
		edges[2 * i + 1].weight = 8;
	CHECK_INT(run(edges, count, length, length, 0, chosen), 9 * length);
	free(edges);
	free(chosen);
}

/* Equal weights everywhere: everyone finds a place. */
static void
all_equal(void)
{
	const uint32_t side = 60;
	RcEdge	   *edges = malloc((size_t) side * side * sizeof(RcEdge));
	uint32_t	chosen[60],
				again[60];
	size_t		count = 0;

	for (uint32_t i = 0; i < side; i++)
	{
		for (uint32_t j = 0; j < side; j++)
			edges[count++] = (RcEdge) {i, j, 5};
	}
	CHECK_INT(run(edges, count, side, side, 0, chosen), 5 * side);
	CHECK_INT(run(edges, count, side, side, 0, again), 5 * side);
	CHECK(memcmp(chosen, again, sizeof(chosen)) == 0);
	CHECK_INT(run(edges, count, side, side, 1, chosen), 5 * side);
	free(edges);
}

static void
nothing(void)
{
	uint32_t	chosen[3] = {7, 7, 7};
	RcEdge		worthless[] = {{0, 0, 0}, {1, 0, -5}, {2, 1, -1}};

	CHECK_INT(run(worthless, 0, 0, 0, 0, chosen), 0);
	CHECK_INT(run(worthless, 0, 3, 3, 0, chosen), 0);
	CHECK(chosen[0] == RC_NO_EDGE && chosen[2] == RC_NO_EDGE);
	CHECK_INT(run(worthless, 3, 3, 2, 0, chosen), 0);
	CHECK_INT(run(worthless, 3, 3, 2, 1, chosen), 0);
}

/* Large and sparse: greed with exchanges comes close to the exact answer. */
static void
large(void)
{
	const uint32_t side = 3000;
	RcEdge	   *edges = malloc((size_t) side * 4 * sizeof(RcEdge));
	uint32_t   *chosen = malloc(side * sizeof(uint32_t));
	size_t		count = 0;
	uint64_t	state = 5;
	int64_t		exact,
				greedy;

	for (uint32_t i = 0; i < side; i++)
	{
		for (int k = 0; k < 4; k++)
			edges[count++] = (RcEdge) {i, (uint32_t) (next_random(&state) % side), 1 + (int64_t) (next_random(&state) % 100000)};
	}
	qsort(edges, count, sizeof(RcEdge), by_left);
	exact = run(edges, count, side, side, 0, chosen);
	greedy = run(edges, count, side, side, 1, chosen);
	CHECK(greedy <= exact);
	CHECK(greedy * 100 >= exact * 95);
	printf("greed with exchanges reaches %.2f %% of the best sum\n", 100.0 * (double) greedy / (double) exact);
	free(edges);
	free(chosen);
}

int
main(void)
{
	pool = rc_pool_create(&rc_malloc_allocator, 0, 0, 0);
	against_trying_everything();
	long_chain();
	all_equal();
	nothing();
	large();
	rc_pool_free(pool);
	return unit_done();
}
