/*
 * match_bench.c - how long the engine takes by itself, data in memory.
 *
 *	match_bench key [lefts] [rights a left]		adding, then rule `key`
 *	match_bench reference [texts] [references]	rule `reference`
 *	match_bench window [items]					rule `window`
 *
 * The items are made in an order that has nothing to do with the keys, one in a hundred groups disagrees.
 */
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../src/match/engine.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* Processor time: what counts on a machine that does other things as well. */
static double
used(void)
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
	x ^= x >> 30;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	x ^= x >> 27;
	x *= UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

/* An order number of 18 characters: a date and a number that looks random. */
static uint32_t
order_number(char *buffer, uint64_t number)
{
	static const char digits[] = "0123456789";
	uint64_t	low = mix(number) % UINT64_C(10000000000);

	memcpy(buffer, "20240", 5);
	for (int i = 17; i >= 5; i--)
	{
		if (i >= 8)
		{
			buffer[i] = digits[low % 10];
			low /= 10;
		}
		else
			buffer[i] = digits[(number >> (3 * (i - 5))) & 7];
	}
	return 18;
}

static void
run(RcPool *pool, const RcRule *rule, const char *what)
{
	RcStatus	status = {0};
	RcResult	result;
	double		start = now(),
				start_used = used();

	check(rc_engine_run(pool, rule, 1, NULL, 0, &result, &status), &status);
	printf("%-10s %.3f s (cpu %.3f)  matches %" PRIu64 "  items %" PRIu64 "  notes %" PRIu64 "\n", what, now() - start,
		   used() - start_used, result.match_count, result.item_count, result.note_count);
	rc_result_free(pool, &result);
}

static void
bench_key(size_t lefts, size_t each)
{
	size_t		rights = lefts * each;
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcItemInput item = {.active = true,.currency = 1};
	char		buffer[32];
	double		start;
	char	   *keys = malloc((lefts + rights) * 18);

	for (size_t i = 0; i < lefts; i++)
		order_number(keys + i * 18, i);
	for (size_t i = 0; i < rights; i++)
	{
		/* a stride that is prime to the number scatters the lines over the orders */
		size_t		n = (size_t) ((i * UINT64_C(2654435761)) % rights);

		order_number(buffer, n / each);
		memcpy(keys + (lefts + i) * 18, buffer, 18);
	}
	item.key_length[0] = 18;
	start = used();
	for (size_t i = 0; i < lefts; i++)
	{
		item.item_id = (int64_t) i + 1;
		item.amount = item.compare = (int64_t) (10 + i % 977) * RC_MICRO * (int64_t) each;
		item.date = (int32_t) (8000 + i % 365);
		item.key[0] = keys + i * 18;
		check(rc_pool_add(pool, RC_LEFT, &item, &status), &status);
	}
	printf("add %zu left   cpu %.3f s\n", lefts, used() - start);
	start = used();
	for (size_t i = 0; i < rights; i++)
	{
		size_t		n = (size_t) ((i * UINT64_C(2654435761)) % rights);
		size_t		order = n / each;

		item.item_id = (int64_t) i + 1;
		item.amount = item.compare = (int64_t) (10 + order % 977) * RC_MICRO + (order % 100 == 0 ? RC_MICRO : 0);
		item.date = (int32_t) (8003 + order % 365);
		item.key[0] = keys + (lefts + i) * 18;
		check(rc_pool_add(pool, RC_RIGHT, &item, &status), &status);
	}
	printf("add %zu right cpu %.3f s  pool %zu MB\n", rights, used() - start, rc_pool_bytes(pool) >> 20);
	free(keys);
	run(pool, &(RcRule) {.strategy = RC_STRATEGY_KEY}, "key");
	rc_pool_free(pool);
}

static void
bench_reference(size_t texts, size_t references)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, references, texts);
	RcStatus	status = {0};
	char		key[32];
	char		text[256];

	for (size_t i = 0; i < references; i++)
	{
		RcItemInput item = {.item_id = (int64_t) i + 1,.active = true,.currency = 1,.date = 8000 + (int32_t) (i % 365)};

		item.amount = item.compare = (int64_t) (1 + mix(i) % 100000) * 10000;
		item.key_length[0] = (uint32_t) snprintf(key, sizeof(key), "RZP%09" PRIu64, mix(i) % 1000000000);
		item.key[0] = key;
		check(rc_pool_add(pool, RC_LEFT, &item, &status), &status);
	}
	for (size_t i = 0; i < texts; i++)
	{
		size_t		ref = mix(i + 77) % references;
		uint64_t	number = mix(ref) % 1000000000;
		RcItemInput item = {.item_id = (int64_t) i + 1,.active = true,.currency = 1,.date = 8002 + (int32_t) (ref % 365)};

		item.amount = item.compare = (int64_t) (1 + mix(ref) % 100000) * 10000;
		switch (i % 4)
		{
			case 0:
				snprintf(text, sizeof(text), "NEFT-RZP%09" PRIu64 "-RAZORPAY SOFTWARE PRIVATE LIMITED", number);
				break;
			case 1:
				snprintf(text, sizeof(text), "NEFT-CR-ICIC0000456-RZPYSETTL-RZP %04" PRIu64 " %05" PRIu64, number / 100000, number % 100000);
				break;
			case 2:
				snprintf(text, sizeof(text), "NEFT CR RAZORPAY SOFTWA RZP%08" PRIu64, number / 10);
				break;
			default:
				snprintf(text, sizeof(text), "IMPS/%" PRIu64 "/PAYMENT 4411%05zu/NOTHING KNOWN", mix(i) % 1000000, i);
				break;
		}
		item.text = text;
		item.text_length = (uint32_t) strlen(text);
		check(rc_pool_add(pool, RC_RIGHT, &item, &status), &status);
	}
	run(pool, &(RcRule) {.strategy = RC_STRATEGY_REFERENCE,.right_keyset = -1,.search_right_text = true,.minimum_reference = 6},
		"reference");
	rc_pool_free(pool);
}

static void
bench_window(size_t count)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 0, count, count);
	RcStatus	status = {0};

	for (size_t i = 0; i < 2 * count; i++)
	{
		size_t		n = i % count;
		RcItemInput item = {.item_id = (int64_t) i + 1,.active = true,.currency = 1,.date = 8000 + (int32_t) (mix(n) % 365)};

		item.amount = item.compare = (int64_t) (1 + mix(n + 5) % 1000000) * 10000;
		item.date += i >= count ? 2 : 0;
		check(rc_pool_add(pool, i < count ? RC_LEFT : RC_RIGHT, &item, &status), &status);
	}
	run(pool, &(RcRule) {.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,
		.lag_max = 5}, "window");
	rc_pool_free(pool);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "key";
	size_t		first = argc > 2 ? (size_t) strtoull(argv[2], NULL, 10) : 0;
	size_t		second = argc > 3 ? (size_t) strtoull(argv[3], NULL, 10) : 0;

	if (strcmp(what, "key") == 0)
		bench_key(first > 0 ? first : 5000000, second > 0 ? second : 2);
	else if (strcmp(what, "reference") == 0)
		bench_reference(first > 0 ? first : 20000, second > 0 ? second : 100000);
	else if (strcmp(what, "window") == 0)
		bench_window(first > 0 ? first : 1000000);
	else
	{
		fprintf(stderr, "usage: match_bench [key|reference|window] [numbers]\n");
		return 2;
	}
	return 0;
}
