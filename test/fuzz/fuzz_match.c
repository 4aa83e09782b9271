/*
 * fuzz_match.c - the engine over items and rules made of arbitrary bytes: it must neither crash nor allocate beyond an item.
 */
#include <stdlib.h>
#include <string.h>
#include "../../src/match/engine.h"

#define MAX_ITEMS 200

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

static uint32_t
take_text(Input *input, const char **text)
{
	size_t		length = take(input, 1) % 48;

	if (length > input->left)
		length = input->left;
	*text = (const char *) input->data;
	input->data += length;
	input->left -= length;
	return (uint32_t) length;
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input		input = {data, size};
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcRule		rules[3];
	RcRejection rejections[4];
	RcResult	result;
	int64_t		amounts[2][MAX_ITEMS];
	int			rule_count = 1 + (int) (take(&input, 1) % 3);

	for (int i = 0; i < rule_count; i++)
	{
		uint64_t	bits = take(&input, 2);

		memset(&rules[i], 0, sizeof(rules[i]));
		rules[i].strategy = (RcStrategy) (bits % 3);
		rules[i].left_keyset = (int) (bits >> 2 & 3) - 1;
		rules[i].right_keyset = (int) (bits >> 4 & 3) - 1;
		rules[i].search_left_text = bits >> 6 & 1;
		rules[i].search_right_text = bits >> 7 & 1;
		rules[i].has_lag_min = bits >> 8 & 1;
		rules[i].has_lag_max = bits >> 9 & 1;
		rules[i].suggest_only = bits >> 10 & 1;
		rules[i].partial = bits >> 11 & 1;
		rules[i].minimum_reference = (uint32_t) (bits >> 12 & 15);
		rules[i].lag_min = (int32_t) take(&input, 1) - 128;
		rules[i].lag_max = (int32_t) take(&input, 1) - 128;
		rules[i].amount_tolerance = (int64_t) take(&input, 1);
		rules[i].percent_tolerance = (int64_t) take(&input, 2);
	}
	for (int i = 0; i < 4; i++)
	{
		rejections[i].left_item_id = (int64_t) take(&input, 1);
		rejections[i].right_item_id = (int64_t) take(&input, 1);
	}
	for (int i = 0; i < MAX_ITEMS && input.left > 0; i++)
	{
		uint64_t	bits = take(&input, 2);
		RcSide		side = (bits & 1) != 0 ? RC_RIGHT : RC_LEFT;
		RcItemInput item = {.item_id = (int64_t) rc_pool_count(pool, side),.active = (bits >> 1 & 7) != 0};

		/* mostly small amounts, so that some agree; now and then the whole width */
		item.amount = (bits >> 4 & 15) == 0 ? (int64_t) take(&input, 8) : (int8_t) take(&input, 1);
		item.compare = (bits >> 8 & 3) == 0 ? (int8_t) take(&input, 1) : item.amount;
		item.date = (bits >> 10 & 7) == 0 ? RC_NO_DATE : (bits >> 10 & 7) == 1 ? (int32_t) take(&input, 4) : (int32_t) take(&input, 1);
		item.currency = bits >> 13 & 1;
		if (bits >> 14 & 1)
			item.key_length[0] = take_text(&input, &item.key[0]);
		if (bits >> 15 & 1)
			item.key_length[1] = take_text(&input, &item.key[1]);
		else if (item.key[0] == NULL)
			item.text_length = take_text(&input, &item.text);
		amounts[side][rc_pool_count(pool, side)] = item.amount;
		if (rc_pool_add(pool, side, &item, &status) != RC_OK)
			abort();
	}
	if (rc_engine_run(pool, rules, rule_count, rejections, 4, &result, &status) == RC_OK)
	{
		for (uint64_t m = 0; m < result.match_count; m++)
		{
			const RcMatch *match = &result.matches[m];

			if (match->left_count == 0 || match->right_count == 0)
				abort();
			for (uint64_t i = 0; i < match->left_count + match->right_count; i++)
			{
				bool		left = i < match->left_count;
				RcMatchedItem item = result.items[left ? match->first_left + i : match->first_right + i - match->left_count];

				if (!match->suggestion)
					amounts[left ? RC_LEFT : RC_RIGHT][item.index] -= item.amount;
			}
		}
		for (int side = 0; side < 2; side++)
		{
			for (size_t i = 0; i < rc_pool_count(pool, (RcSide) side); i++)
			{
				if (amounts[side][i] != rc_pool_residual(pool, (RcSide) side, (RcIndex) i))
					abort();
			}
		}
	}
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	return 0;
}
