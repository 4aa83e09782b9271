/*
 * fuzz_subset.c - strategies `subset` and `net` over items and settings made of arbitrary bytes: they must neither crash nor match what does
 * not add up.
 */
#include <stdlib.h>
#include <string.h>
#include "../../src/match/engine.h"

#define MAX_ITEMS 64

typedef struct Input
{
	const uint8_t *data;
	size_t		left;
} Input;

static uint64_t
take(Input *input, size_t bytes)
{
	uint64_t	value = 0;

	while (bytes-- > 0 && input->left > 0)
	{
		value = value << 8 | *input->data++;
		input->left--;
	}
	return value;
}

static void
take_rule(Input *input, RcRule *rule)
{
	uint64_t	bits = take(input, 2);

	memset(rule, 0, sizeof(*rule));
	rule->strategy = bits & 1 ? RC_STRATEGY_NET : RC_STRATEGY_SUBSET;
	rule->left_keyset = (int) (bits >> 1 & 1) - 1;
	rule->right_keyset = (int) (bits >> 2 & 1) - 1;
	rule->has_lag_min = bits >> 3 & 1;
	rule->has_lag_max = bits >> 4 & 1;
	rule->suggest_only = bits >> 5 & 1;
	rule->subset_side = (RcSubsetSide) (bits >> 6 & 3) % 3;
	rule->max_chance = (uint32_t) (bits >> 8 & 3) * 300000;
	rule->max_items = (uint32_t) (bits >> 10 & 1) * 10;
	rule->max_solutions = (uint32_t) (bits >> 11 & 15);
	rule->budget_steps = bits >> 15 & 1 ? take(input, 2) : 200000;
	rule->lag_min = (int32_t) take(input, 1) - 128;
	rule->lag_max = (int32_t) take(input, 1) - 128;
	rule->amount_tolerance = (int64_t) take(input, 1) % 8;
	rule->percent_tolerance = (int64_t) take(input, 2) * 20;
}

static bool
within(const RcRule *rule, const RcMatch *match)
{
	__int128	difference = (__int128) match->left_sum - match->right_sum;
	__int128	percent = (__int128) match->left_sum * rule->percent_tolerance / 1000000;

	if (rule->strategy == RC_STRATEGY_NET)
		return match->left_sum == 0 && match->right_sum == 0 && (match->left_count == 0) != (match->right_count == 0);
	difference = difference < 0 ? -difference : difference;
	percent = percent < 0 ? -percent : percent;
	return (difference <= rule->amount_tolerance || difference <= percent) &&
		(match->left_count == 1 ? match->right_count >= 2 : match->right_count == 1);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input		input = {data, size};
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcRule		rules[2];
	const RcRejection rejection = {2, 3};
	RcResult	result;
	RcCode		code;

	take_rule(&input, &rules[0]);
	take_rule(&input, &rules[1]);
	for (int i = 0; i < MAX_ITEMS && input.left > 0; i++)
	{
		static const char *const keys[] = {NULL, "A", "B", "AA"};
		uint64_t	bits = take(&input, 2);
		RcSide		side = (bits & 3) == 0 ? RC_LEFT : RC_RIGHT;
		RcItemInput item = {.item_id = (int64_t) rc_pool_count(pool, side),.active = (bits >> 2 & 7) != 0};

		item.amount = (bits >> 5 & 15) == 0 ? (int64_t) take(&input, 8) : (bits >> 5 & 1) ? (int16_t) take(&input, 2) : (int8_t) take(&input, 1);
		item.compare = (bits >> 9 & 15) == 0 ? (int8_t) take(&input, 1) : item.amount;
		item.date = (bits >> 13 & 3) == 0 ? RC_NO_DATE : (int32_t) take(&input, 1);
		item.currency = bits >> 15 & 1;
		item.key[0] = keys[(bits >> 10) % 4];
		item.key_length[0] = item.key[0] != NULL ? (uint32_t) strlen(item.key[0]) : 0;
		item.text = keys[(bits >> 12) % 4];
		item.text_length = item.text != NULL ? (uint32_t) strlen(item.text) : 0;
		if (rc_pool_add(pool, side, &item, &status) != RC_OK)
			abort();
	}
	code = rc_engine_run(pool, rules, 2, &rejection, 1, &result, &status);
	if (code != RC_OK && code != RC_BAD_VALUE)
		abort();
	for (uint64_t m = 0; m < result.match_count; m++)
	{
		if (!within(&rules[result.matches[m].rule], &result.matches[m]))
			abort();
	}
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	return 0;
}
