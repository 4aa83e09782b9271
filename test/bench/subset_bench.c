/*
 * subset_bench.c - how long strategy `subset` takes.
 *
 *	subset_bench [targets] [open items each] [largest amount, in cents]
 *
 * Every target has its own key and so many open items below it, with retail amounts up to 500.00 unless told otherwise. One target in four
 * is the sum of a run of its items, one the sum of three of them, one of half of them in no order, and one of none that is known.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../src/match/engine.h"

/* Processor time: what others do on the machine does not count. */
static double
now(void)
{
	return (double) clock() / CLOCKS_PER_SEC;
}

static void
check(RcCode code, const RcStatus *status)
{
	if (code != RC_OK)
	{
		fprintf(stderr, "failed: %s\n", status->message);
		exit(1);
	}
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

int
main(int argc, char **argv)
{
	size_t		targets = argc > 1 ? (size_t) strtoull(argv[1], NULL, 10) : 10000;
	size_t		each = argc > 2 ? (size_t) strtoull(argv[2], NULL, 10) : 200;
	int64_t		largest = argc > 3 ? strtoll(argv[3], NULL, 10) : 50000;
	static const char *const kinds[] = {"run", "three", "half", "none"};
	uint64_t	matched[4] = {0},
				suggested[4] = {0},
				notes[16] = {0};
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, targets, targets * each);
	RcStatus	status = {0};
	RcResult	result;
	RcRule		rule = {.strategy = RC_STRATEGY_SUBSET,.subset_side = RC_SUBSET_LEFT};
	double		start,
				time;
	char		key[32];

	for (size_t t = 0; t < targets; t++)
	{
		RcItemInput item = {.active = true,.currency = 1};
		int64_t		sum = 0;

		item.key_length[0] = (uint32_t) snprintf(key, sizeof(key), "T%zu", t);
		item.key[0] = key;
		for (size_t i = 0; i < each; i++)
		{
			uint64_t	x = mix(t * each + i + 1);
			bool		part = false;

			item.item_id = (int64_t) (t * each + i + 1);
			item.amount = item.compare = (1 + (int64_t) (x % (uint64_t) largest)) * 10000;
			item.date = (int32_t) (8000 + i / 8);
			switch (t % 4)
			{
				case 0:
					part = i >= each / 4 && i < each / 2;
					break;
				case 1:
					part = i == 3 || i == each / 3 || i == each - 5;
					break;
				case 2:
					part = (x >> 32) % 2 == 0;
					break;
				default:
					part = i < each / 2;
			}
			sum += part ? item.amount : 0;
			check(rc_pool_add(pool, RC_RIGHT, &item, &status), &status);
		}
		item.item_id = (int64_t) t + 1;
		item.amount = item.compare = sum + (t % 4 == 3 ? 10000 * (int64_t) (1 + mix(t) % 900) : 0);
		check(rc_pool_add(pool, RC_LEFT, &item, &status), &status);
	}
	start = now();
	check(rc_engine_run(pool, &rule, 1, NULL, 0, &result, &status), &status);
	time = now() - start;
	for (uint64_t m = 0; m < result.match_count; m++)
	{
		const RcMatch *match = &result.matches[m];
		int64_t		target = rc_pool_item_id(pool, RC_LEFT, result.items[match->first_left].index) - 1;

		(match->suggestion ? suggested : matched)[target % 4]++;
	}
	for (uint64_t n = 0; n < result.note_count; n++)
		notes[result.notes[n].reason]++;
	printf("subset %zu x %zu: %.3f s of processor time, %.3f ms a target\n", targets, each, time, time * 1000 / (double) targets);
	for (int k = 0; k < 4; k++)
		printf("  %-6s matched %" PRIu64 ", suggestions %" PRIu64 "\n", kinds[k], matched[k], suggested[k]);
	printf("  ambiguous %" PRIu64 ", proven impossible %" PRIu64 ", budget exhausted %" PRIu64 "\n", notes[RC_NOTE_AMBIGUOUS],
		   notes[RC_NOTE_IMPOSSIBLE], notes[RC_NOTE_BUDGET]);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	return 0;
}
