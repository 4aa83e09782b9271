/*
 * test_net.c - strategy net: a side that cancels itself, closest dates first; what could be one or the other stays open.
 */
#include "matching.h"

static const RcRule left = {.strategy = RC_STRATEGY_NET,.right_keyset = -1};
static const RcRule right = {.strategy = RC_STRATEGY_NET,.left_keyset = -1};
static const RcRule month = {.strategy = RC_STRATEGY_NET,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,.lag_max = 30};

static void
pairs(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 12, "A"),
		LEFT_ITEM(3, 500, 10, "B"), LEFT_ITEM(4, -500, 12, "C"),	/* another key */
		LEFT_ITEM(5, 500, 10, "D"), LEFT_ITEM(6, -500, 12, "D",.currency = 2),
		LEFT_ITEM(7, -700, 10, "E"), LEFT_ITEM(8, 700, 41, "E"),	/* too far */
		LEFT_ITEM(9, 800, 10,.text = "storno 17"), LEFT_ITEM(10, -800, 10,.text = "storno 17"),
		LEFT_ITEM(11, 0, 10, "F"), LEFT_ITEM(12, 0, 10, "F"),
		RIGHT_ITEM(21, 500, 10, "A"), RIGHT_ITEM(22, -500, 12, "A"), LEFT_ITEM(13, 900, 10), LEFT_ITEM(14, -900, 10),
	};
	Item		both[] = {LEFT_ITEM(1, 500, 10, "A"), RIGHT_ITEM(2, -500, 12, "A"), RIGHT_ITEM(3, 500, 10, "A")};
	RcRule		sides = left;

	EXPECT(items, month, "net 1,2=\nnet 9,10=\n");
	EXPECT(items, left, "net 1,2=\nnet 7,8=\nnet 9,10=\n");
	EXPECT(items, right, "net =21,22\n");
	sides.right_keyset = 0;
	EXPECT(items, sides, "net 1,2=\nnet 7,8=\nnet 9,10=\nnet =21,22\n");
	EXPECT(both, sides, "net =2,3\n");
	sides.suggest_only = true;
	EXPECT(both, sides, "?net =2,3\n");
}

static void
closest_first(void)
{
	Item		two_reversals[] = {LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 15, "A"), LEFT_ITEM(3, -500, 11, "A")};
	Item		equally_far[] = {LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 12, "A"), LEFT_ITEM(3, -500, 8, "A")};
	Item		twins[] = {LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 12, "A"), LEFT_ITEM(3, -500, 12, "A")};
	Item		texts[] = {
		LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 12, "A",.text = "x"), LEFT_ITEM(3, -500, 12, "A",.text = "y")
	};
	Item		chain[] = {
		LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 14, "A"), LEFT_ITEM(3, 500, 16, "A"), LEFT_ITEM(4, -500, 21, "A"),
	};
	Item		two_and_two[] = {
		LEFT_ITEM(1, 500, 10, "A",.text = "p"), LEFT_ITEM(2, 500, 10, "A",.text = "q"), LEFT_ITEM(3, -500, 12, "A",.text = "x"),
		LEFT_ITEM(4, -500, 12, "A",.text = "y")
	};
	Item		twins_and_twins[] = {
		LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, 500, 10, "A"), LEFT_ITEM(3, -500, 12, "A"), LEFT_ITEM(4, -500, 12, "A"),
	};

	EXPECT(two_reversals, left, "net 1,3=\n");
	EXPECT(equally_far, left, "L1 ambiguous L2\nL2 ambiguous L1\nL3 ambiguous L1\n");
	EXPECT(twins, left, "net 1,2=\n");
	EXPECT(texts, left, "L1 ambiguous L2\nL2 ambiguous L1\nL3 ambiguous L1\n");
	EXPECT(chain, left, "net 1,4=\nnet 2,3=\n");
	EXPECT(two_and_two, left, "net 1,2,3,4=\n");
	EXPECT(twins_and_twins, left, "net 1,3=\nnet 2,4=\n");
}

static void
whole_key(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 1000, 10, "A"), LEFT_ITEM(2, -600, 12, "A"), LEFT_ITEM(3, -400, 15, "A"),
		LEFT_ITEM(4, 1000, 10, "B"), LEFT_ITEM(5, -600, 12, "B"), LEFT_ITEM(6, -300, 15, "B"),
		LEFT_ITEM(7, 1000, 10, "C"), LEFT_ITEM(8, -600, 12, "C"), LEFT_ITEM(9, -400, 45, "C"),
		/* a pair first, then the rest */
		LEFT_ITEM(10, 500, 10, "D"), LEFT_ITEM(11, -500, 12, "D"), LEFT_ITEM(12, 300, 10, "D"), LEFT_ITEM(13, -100, 12, "D"),
		LEFT_ITEM(14, -200, 12, "D"),
		/* texts are no keys: only pairs */
		LEFT_ITEM(15, 1000, 10,.text = "t"), LEFT_ITEM(16, -600, 12,.text = "t"), LEFT_ITEM(17, -400, 15,.text = "t"),
	};
	/* ties end well when all of it is zero */
	Item		tie[] = {
		LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -500, 12, "A"), LEFT_ITEM(3, -500, 8, "A"), LEFT_ITEM(4, 500, 6, "A"),
		LEFT_ITEM(5, 500, 14, "A"), LEFT_ITEM(6, -500, 16, "A"),
	};

	EXPECT(items, month, "net 1,2,3=\nnet 10,11=\nnet 12,13,14=\n");
	EXPECT(tie, left, "net 1,2,3,4,5,6=\n");
}

static void
odd_items(void)
{
	Item		undated[] = {LEFT_ITEM(1, 500, RC_NO_DATE, "A"), LEFT_ITEM(2, -500, 12, "A")};
	Item		inactive[] = {LEFT_ITEM(1, 500, 10, "A",.inactive = true), LEFT_ITEM(2, -500, 12, "A")};
	/* what is compared is not what it is worth */
	Item		fees[] = {LEFT_ITEM(1, 500, 10, "A"), LEFT_ITEM(2, -480, 12, "A",.other_compare = true,.compare = -500)};
	Item		extreme[] = {LEFT_ITEM(1, INT64_MAX, 10, "A"), LEFT_ITEM(2, INT64_MIN, 12, "A"), LEFT_ITEM(3, 1, 12, "A")};
	RcRule		nothing = {.strategy = RC_STRATEGY_NET,.left_keyset = -1,.right_keyset = -1};
	static char text[CASE_TEXT];

	EXPECT(undated, month, "net 1,2=\n");
	EXPECT(inactive, month, "");
	EXPECT(fees, month, "");
	CHECK_INT(run_once(&(Case) {.items = extreme,.item_count = 3,.rules = &left,.rule_count = 1}, extreme, 1, text), RC_OK);
	CHECK(strcmp(text, "") == 0);
	CHECK_INT(run_once(&(Case) {.items = undated,.item_count = 2,.rules = &nothing,.rule_count = 1}, undated, CENT, text), RC_BAD_VALUE);
}

/* Random ledgers: what is netted is zero, nothing that had one clear partner is left, and a later rule sees only the rest. */
static void
random_ledgers(void)
{
	static const char *const keys[] = {"A", "B", "C", NULL};
	static const char *const texts[] = {"x", "y", NULL};
	uint64_t	state = 5;
	static char text[CASE_TEXT],
				again[CASE_TEXT];
	unsigned long netted = 0;

	for (int c = 0; c < 2000; c++)
	{
		Item		items[24];
		uint64_t	x = next_random(&state);
		size_t		count = 1 + x % 24;
		RcRule		rule = x >> 8 & 1 ? month : left;
		Case		one = {.items = items,.item_count = count,.rules = &rule,.rule_count = 1};
		RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
		RcStatus	status = {0};
		RcResult	result;

		for (size_t i = 0; i < count; i++)
		{
			x = next_random(&state);
			items[i] = (Item) LEFT_ITEM((int64_t) i + 1, (int64_t) (x % 9) * 100 - 400, (int32_t) (x >> 8 & 15), keys[(x >> 16) % 4],
										.text = texts[(x >> 20) % 3]);
		}
		for (size_t i = 0; i < count; i++)
			add_item(pool, &items[i], CENT, &status);
		CHECK_INT(rc_engine_run(pool, &rule, 1, NULL, 0, &result, &status), RC_OK);
		for (uint64_t m = 0; m < result.match_count; m++)
		{
			CHECK_INT(result.matches[m].left_sum, 0);
			CHECK(result.matches[m].left_count >= 2 && result.matches[m].right_count == 0);
			netted += result.matches[m].left_count;
		}
		describe(text, pool, &result, items, count, CENT);
		check_books(pool, &result, items, count, CENT);
		rc_result_free(pool, &result);
		rc_pool_free(pool);
		/* order and sign change nothing */
		for (size_t i = 0; i < count; i++)
			items[i].amount = -items[i].amount;
		run_once(&one, items, CENT, again);
		CHECK(strcmp(text, again) == 0);
		shuffle(items, count, &state);
		run_once(&one, items, CENT, again);
		CHECK(strcmp(text, again) == 0);
	}
	CHECK(netted > 5000);
}

static void
many(void)
{
	enum { COUNT = 100000 };
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcResult	result;

	/* one text for all, one amount: blocks by date choose each other */
	for (int i = 0; i < COUNT; i++)
	{
		RcItemInput item = {.item_id = i + 1,.date = i / 2 * 5 % 20000,.currency = 1,.active = true,.text = "PAYMENT",.text_length = 7};

		item.amount = item.compare = i % 2 == 0 ? CENT : -CENT;
		if (rc_pool_add(pool, RC_LEFT, &item, &status) != RC_OK)
			CHECK(false);
	}
	CHECK_INT(rc_engine_run(pool, &month, 1, NULL, 0, &result, &status), RC_OK);
	CHECK_INT(result.match_count, COUNT / 2);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
}

int
main(void)
{
	pairs();
	closest_first();
	whole_key();
	odd_items();
	random_ledgers();
	many();
	return unit_done();
}
