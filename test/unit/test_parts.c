/*
 * test_parts.c - items matched in parts by the hash of their key, the rest together: the same result as all at once.
 */
#include "../../src/match/pool_internal.h"
#include "../../src/match/tray.h"
#include "matching.h"

enum { ITEMS = 160, KEYS = 50, NAMED = 0x80 };

static uint64_t seed = 20261125;

static uint32_t
any(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t) (seed >> 33) % below;
}

/* Random items of both sides: few keys, amounts and dates, so that everything a key can do happens. */
static void
fill(RcPool *pool)
{
	RcStatus	status = {0};

	for (int i = 0; i < 2 * ITEMS; i++)
	{
		RcSide		side = i % 2 == 0 ? RC_LEFT : RC_RIGHT;
		char		key[32],
					text[64];
		RcItemInput item = {
			.item_id = side == RC_LEFT ? i : 3 * ITEMS - i,.amount = (1 + (int64_t) any(6)) * 100 * RC_MICRO,.date = (int32_t) any(9),
			.currency = 1 + (any(12) == 0),.active = any(20) > 0
		};

		item.compare = any(15) == 0 ? 0 : item.amount;
		if (any(8) > 0)
		{
			item.key[0] = key;
			item.key_length[0] = (uint32_t) snprintf(key, sizeof(key), "REF00%04u", any(KEYS));
		}
		if (side == RC_RIGHT)
		{
			item.text = text;
			item.text_length = (uint32_t) snprintf(text, sizeof(text), any(4) == 0 ? "for REF00%04u thanks" : "no %u", any(KEYS));
		}
		CHECK_INT(rc_pool_add(pool, side, &item, &status), RC_OK);
	}
}

static void
add_match(char lines[][256], int *count, const RcPool *pool, const RcResult *result, const RcMatch *match)
{
	char	   *line = lines[(*count)++];
	int			length = snprintf(line, 256, "%d %d %d %d %" PRId64 " %" PRId64 " %d %d:", match->rule, match->evidence, match->suggestion, (int) match->candidates,
								  match->left_sum, match->right_sum, match->lag_low, match->lag_high);

	for (uint64_t i = 0; i < (uint64_t) match->left_count + match->right_count; i++)
	{
		bool		left = i < match->left_count;
		const RcMatchedItem *item = &result->items[left ? match->first_left + i : match->first_right + i - match->left_count];

		length += snprintf(line + length, 256 - (size_t) length, " %c%" PRId64 "/%" PRId64, left ? 'L' : 'R',
						   rc_pool_item_id(pool, left ? RC_LEFT : RC_RIGHT, item->index), item->amount / RC_MICRO);
	}
}

static void
add_note(char lines[][256], int *count, const RcPool *pool, const RcNote *note)
{
	snprintf(lines[(*count)++], 256, "note %d %" PRId64 " %d %d %" PRId64 " %" PRId64, note->side, rc_pool_item_id(pool, note->side, note->index), note->reason,
			 note->rule, note->difference, note->other == RC_NO_INDEX ? -1 : rc_pool_item_id(pool, note->other_side, note->other));
}

static void
add_open(char lines[][256], int *count, const RcPool *pool)
{
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		for (RcIndex i = 0; i < rc_pool_count(pool, (RcSide) side); i++)
			if (rc_pool_taken(pool, (RcSide) side, i) != RC_TAKEN)
				snprintf(lines[(*count)++], 256, "open %d %" PRId64 " %" PRId64 " %d", side, rc_pool_item_id(pool, (RcSide) side, i),
						 rc_pool_residual(pool, (RcSide) side, i), rc_pool_taken(pool, (RcSide) side, i));
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static char whole[2048][256],
			divided[2048][256];

static int
match_whole(const RcPool *items, const RcRule *rules, int rule_count, const RcRejection *rejections, size_t rejection_count)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcResult	result;
	int			count = 0;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		for (RcIndex i = 0; i < rc_pool_count(items, (RcSide) side); i++)
			CHECK_INT(rc_pool_copy(pool, (RcSide) side, items, i, &status), RC_OK);
	CHECK_INT(rc_engine_run(pool, rules, rule_count, rejections, rejection_count, &result, &status), RC_OK);
	for (uint64_t m = 0; m < result.match_count; m++)
		add_match(whole, &count, pool, &result, &result.matches[m]);
	for (uint64_t n = 0; n < result.note_count; n++)
		add_note(whole, &count, pool, &result.notes[n]);
	add_open(whole, &count, pool);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	return count;
}

/* Adds what is left of a part as another process would send it. */
static void
append_carried(RcPool *rest, RcResult *kept, RcPool *left, RcResult *result)
{
	RcStatus	status = {0};
	RcCarried	carried = {
		.notes = result->notes,.note_count = result->note_count,.matches = result->matches,.match_count = result->match_count,
		.items = result->items,.item_count = result->item_count
	};
	RcTray	   *trays = rc_trays_create(&rc_malloc_allocator, 2, 1);

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		for (RcIndex i = 0; i < rc_pool_count(left, (RcSide) side); i++)
			CHECK_INT(rc_tray_add_from(&trays[side], left, (RcSide) side, i, &status), RC_OK);
		carried.packed[side] = rc_tray_pack(&trays[side], &carried.packed_size[side]);
	}
	CHECK_INT(rc_result_append(rest, kept, &carried, &status), RC_OK);
	rc_trays_free(trays, 2);
	rc_result_free(left, result);
	rc_pool_clear(left);
}

static int
match_divided(const RcPool *items, const RcRule *rules, int rule_count, const RcRejection *rejections, size_t rejection_count, int parts)
{
	RcPool	   *rest = rc_pool_create(&rc_malloc_allocator, 1, 0, 0),
			   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcPool	   *left = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcResult	kept = {0};
	int			leading = rc_engine_leading(rules, rule_count);
	int			count = 0;

	for (int part = 0; part <= parts; part++)
	{
		RcResult	result = {0};
		RcPool	   *target = part == 0 ? rest : pool;

		rc_pool_clear(pool);
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
			for (RcIndex i = 0; i < rc_pool_count(items, (RcSide) side); i++)
				if (rc_pool_part(items, (RcSide) side, i, 0, parts) == part)
					CHECK_INT(rc_pool_copy(target, (RcSide) side, items, i, &status), RC_OK);
		if (part == 0)
			continue;
		CHECK_INT(rc_engine_continue(pool, rules, 0, leading, rejections, rejection_count, &result, &status), RC_OK);
		for (uint64_t m = 0; m < result.match_count; m++)
			if (!result.matches[m].suggestion)
				add_match(divided, &count, pool, &result, &result.matches[m]);
		if (part % 2 == 0)
			CHECK_INT(rc_result_carry(rest, &kept, pool, &result, NAMED, &status), RC_OK);
		else
		{
			RcResult	carried = {0};

			CHECK_INT(rc_result_carry(left, &carried, pool, &result, NAMED, &status), RC_OK);
			append_carried(rest, &kept, left, &carried);
		}
		rc_result_free(pool, &result);
	}
	CHECK_INT(rc_engine_continue(rest, rules, leading, rule_count, rejections, rejection_count, &kept, &status), RC_OK);
	for (uint64_t m = 0; m < kept.match_count; m++)
		add_match(divided, &count, rest, &kept, &kept.matches[m]);
	for (uint64_t n = 0; n < kept.note_count; n++)
		add_note(divided, &count, rest, &kept.notes[n]);
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		for (RcIndex i = 0; i < rc_pool_count(rest, (RcSide) side); i++)
			if (rc_pool_mark(rest, (RcSide) side, i) & NAMED)
				CHECK_INT(rc_pool_taken(rest, (RcSide) side, i), RC_TAKEN);
	add_open(divided, &count, rest);
	rc_result_free(rest, &kept);
	rc_pool_free(rest);
	rc_pool_free(pool);
	rc_pool_free(left);
	return count;
}

/* Counting what agrees by key comes to the same as listing it, and leaves the same open. */
static void
tallies_count_the_same(void)
{
	for (int round = 0; round < 200; round++)
	{
		RcPool	   *items = rc_pool_create(&rc_malloc_allocator, 1, 0, 0),
				   *listed = rc_pool_create(&rc_malloc_allocator, 1, 0, 0),
				   *counted = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
		RcRule		rules[] = {
			{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 0,.partial = any(2) == 0,.suggest_only = any(5) == 0},
			{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 0,.amount_tolerance = 100 * RC_MICRO},
		};
		RcTally		tallies[2] = {{0}};
		RcResult	list = {0};
		RcResult	count = {.tallies = tallies};
		RcStatus	status = {0};
		int64_t		matches[2] = {0},
					amounts[2] = {0},
					differences[2] = {0};

		fill(items);
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
			for (RcIndex i = 0; i < rc_pool_count(items, (RcSide) side); i++)
			{
				CHECK_INT(rc_pool_copy(listed, (RcSide) side, items, i, &status), RC_OK);
				CHECK_INT(rc_pool_copy(counted, (RcSide) side, items, i, &status), RC_OK);
			}
		CHECK_INT(rc_engine_continue(listed, rules, 0, 2, NULL, 0, &list, &status), RC_OK);
		CHECK_INT(rc_engine_continue(counted, rules, 0, 2, NULL, 0, &count, &status), RC_OK);
		for (uint64_t m = 0; m < list.match_count + count.match_count; m++)
		{
			bool		first = m < list.match_count;
			const RcResult *result = first ? &list : &count;
			const RcMatch *match = &result->matches[first ? m : m - list.match_count];
			int			sign = first ? 1 : -1;

			matches[match->suggestion] += sign;
			if (match->suggestion)
				continue;
			differences[match->rule] += sign * match->difference;
			for (uint64_t i = 0; i < match->left_count; i++)
				amounts[match->rule] += sign * result->items[match->first_left + i].amount;
		}
		CHECK_INT(matches[true], 0);
		CHECK_INT(matches[false], (int64_t) (tallies[0].matches + tallies[1].matches));
		for (int r = 0; r < 2; r++)
		{
			CHECK_INT(amounts[r], tallies[r].left_amount);
			CHECK_INT(differences[r], tallies[r].difference);
		}
		CHECK(!rules[0].suggest_only || tallies[0].matches == 0);
		CHECK_INT(list.note_count, count.note_count);
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		{
			CHECK_INT(rc_pool_count_taken(listed, (RcSide) side), rc_pool_count_taken(counted, (RcSide) side));
			for (RcIndex i = 0; i < rc_pool_count(items, (RcSide) side); i++)
			{
				CHECK_INT(rc_pool_taken(listed, (RcSide) side, i), rc_pool_taken(counted, (RcSide) side, i));
				CHECK_INT(rc_pool_residual(listed, (RcSide) side, i), rc_pool_residual(counted, (RcSide) side, i));
			}
		}
		rc_result_free(listed, &list);
		rc_result_free(counted, &count);
		rc_pool_free(items);
		rc_pool_free(listed);
		rc_pool_free(counted);
	}
}

static void
parts_give_the_same(void)
{
	int			suggestions = 0;

	for (int round = 0; round < 300; round++)
	{
		RcPool	   *items = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
		RcRejection rejections[8];
		RcRule		rules[] = {
			{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 0,.partial = any(2) == 0,.suggest_only = any(4) == 0,
			.has_lag_max = any(3) == 0,.lag_max = 5},
			{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 0,.amount_tolerance = 100 * RC_MICRO,.suggest_only = any(2) == 0},
			{.strategy = RC_STRATEGY_REFERENCE,.left_keyset = 0,.right_keyset = -1,.search_right_text = true,.minimum_reference = 6},
			{.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,.lag_max = 3},
		};
		int			rule_count = 1 + (int) any(4);
		int			count;

		fill(items);
		for (int i = 0; i < 8; i++)
			rejections[i] = (RcRejection) {2 * (int64_t) any(ITEMS), 3 * ITEMS - (2 * (int64_t) any(ITEMS) + 1)};
		count = match_whole(items, rules, rule_count, rejections, 8);
		qsort(whole, (size_t) count, sizeof(whole[0]), compare_lines);
		for (int i = 0; i < count; i++)
		{
			int			rule,
						evidence,
						suggestion;

			if (sscanf(whole[i], "%d %d %d", &rule, &evidence, &suggestion) == 3)
				suggestions += rule < 2 && suggestion;
		}
		for (int parts = 1; parts <= 7; parts += 3)
		{
			CHECK_INT(match_divided(items, rules, rule_count, rejections, 8, parts), count);
			qsort(divided, (size_t) count, sizeof(divided[0]), compare_lines);
			for (int i = 0; i < count; i++)
				CHECK(strcmp(whole[i], divided[i]) == 0);
		}
		rc_pool_free(items);
	}
	CHECK(suggestions > 100);	/* such as have to be carried */
}

static void
leading_rules(void)
{
	RcRule		rules[] = {
		{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 1},
		{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 1},
		{.strategy = RC_STRATEGY_KEY,.left_keyset = 0,.right_keyset = 0},
		{.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1}
	};

	CHECK_INT(rc_engine_leading(rules, 4), 2);
	CHECK_INT(rc_engine_leading(rules + 1, 1), 1);
	CHECK_INT(rc_engine_leading(rules + 2, 2), 1);
	CHECK_INT(rc_engine_leading(rules + 3, 1), 0);
	CHECK_INT(rc_engine_leading(rules, 0), 0);
}

int
main(void)
{
	leading_rules();
	parts_give_the_same();
	tallies_count_the_same();
	return unit_done();
}
