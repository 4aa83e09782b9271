/*
 * test_window.c - strategy window: unique amounts within the lag; what is not unique stays open with a suggestion.
 */
#include "matching.h"

static const RcRule rule = {.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,
.lag_min = 0,.lag_max = 5};
static const RcRule anytime = {.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1};

static void
unique(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 100, 10), RIGHT_ITEM(11, 100, 15),
		LEFT_ITEM(2, 200, 10), RIGHT_ITEM(12, 200, 16),	/* too late */
		LEFT_ITEM(3, 300, 10), RIGHT_ITEM(13, 300, 9),	/* too early */
		LEFT_ITEM(4, 400, 10), RIGHT_ITEM(14, 400, 11,.currency = 2),
		LEFT_ITEM(5, 0, 10), RIGHT_ITEM(15, 0, 11),
		LEFT_ITEM(6, 600, 10), RIGHT_ITEM(16, -600, 11),
		LEFT_ITEM(7, 700, RC_NO_DATE), RIGHT_ITEM(17, 700, 11),
		LEFT_ITEM(8, -800, 10), RIGHT_ITEM(18, -800, 11),
		LEFT_ITEM(9, 900, 10), RIGHT_ITEM(19, 901, 11),
	};

	EXPECT(items, rule, "window 1=11\nwindow 8=18\n");
	EXPECT(items, anytime, "window 1=11\nwindow 2=12\nwindow 3=13\nwindow 7=17\nwindow 8=18\n");
}

static void
not_unique(void)
{
	Item		two_rights[] = {LEFT_ITEM(1, 100, 10), RIGHT_ITEM(11, 100, 12), RIGHT_ITEM(12, 100, 11)};
	Item		two_lefts[] = {LEFT_ITEM(1, 100, 10), LEFT_ITEM(2, 100, 11), RIGHT_ITEM(11, 100, 12)};
	/* 1 has both, 2 only the second, but the second is also a candidate of 1: not ours to say */
	Item		chain[] = {LEFT_ITEM(1, 100, 10), LEFT_ITEM(2, 100, 13), RIGHT_ITEM(11, 100, 11), RIGHT_ITEM(12, 100, 14)};
	/* far apart: each is unique within the lag */
	Item		apart[] = {LEFT_ITEM(1, 100, 10), LEFT_ITEM(2, 100, 30), RIGHT_ITEM(11, 100, 11), RIGHT_ITEM(12, 100, 31)};
	RcRejection rejected = {1, 12};

	EXPECT(two_rights, rule, "?window 1=12\nL1 ambiguous R12\nR11 ambiguous L1\nR12 ambiguous L1\n");
	EXPECT(two_lefts, rule, "?window 1=11\nL1 ambiguous R11\nL2 ambiguous R11\nR11 ambiguous L1\n");
	EXPECT(chain, rule, "?window 1=11\n?window 2=12\nL1 ambiguous R11\nL2 ambiguous R12\nR11 ambiguous L1\nR12 ambiguous L1\n");
	EXPECT(apart, rule, "window 1=11\nwindow 2=12\n");
	/* a rejection leaves one candidate */
	run_case(__FILE__, __LINE__, &(Case) {.items = two_rights,.item_count = 3,.rules = &rule,.rule_count = 1,.rejections = &rejected,
			 .rejection_count = 1}, "window 1=11\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = chain,.item_count = 4,.rules = &rule,.rule_count = 1,.rejections = &rejected,
			 .rejection_count = 1}, "window 1=11\nwindow 2=12\n");
}

static void
ten_equal_amounts_on_one_day(void)
{
	Item		items[20];
	static char text[CASE_TEXT];
	int			suggestions = 0;

	for (int i = 0; i < 10; i++)
	{
		items[i] = (Item) LEFT_ITEM(1 + i, 4990, 10);
		items[10 + i] = (Item) RIGHT_ITEM(101 + i, 4990, 11);
	}
	run_once(&(Case) {.items = items,.item_count = 20,.rules = &rule,.rule_count = 1}, items, CENT, text);
	CHECK(strstr(text, "\nwindow") == NULL && strncmp(text, "?window 1=101\n", 14) == 0);
	for (const char *p = text; (p = strstr(p, "?window")) != NULL; p++)
		suggestions++;
	CHECK_INT(suggestions, 10);
}

static void
tolerance(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 10000, 10), RIGHT_ITEM(11, 9999, 11), LEFT_ITEM(2, 20000, 10), RIGHT_ITEM(12, 20002, 11),
		LEFT_ITEM(3, 30000, 10), RIGHT_ITEM(13, 29999, 11), RIGHT_ITEM(14, 30001, 11),
		LEFT_ITEM(4, 40000, 10), RIGHT_ITEM(15, 40001, 16),
	};
	Item		tiny[] = {LEFT_ITEM(1, 1, 10), RIGHT_ITEM(11, -1, 11)};
	RcRule		cent = rule;
	RcRule		percent = rule;

	cent.amount_tolerance = CENT;
	percent.percent_tolerance = 100;	/* 0.01 % */
	EXPECT(items, cent, "window 1=11\n?window 3=13\nL3 ambiguous R13\nR13 ambiguous L3\nR14 ambiguous L3\n");
	EXPECT(items, percent,
		   "window 1=11\nwindow 2=12\n?window 3=13\nL3 ambiguous R13\nR13 ambiguous L3\nR14 ambiguous L3\n");
	cent.amount_tolerance = 5 * CENT;
	EXPECT(tiny, cent, "");
}

static void
key_breaks_ties(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 100, 10, "A"), LEFT_ITEM(2, 100, 10, "B"), LEFT_ITEM(3, 100, 10, "C"),
		RIGHT_ITEM(11, 100, 11, "B"), RIGHT_ITEM(12, 100, 11, "A"), RIGHT_ITEM(13, 100, 11, "X"),
	};
	RcRule		keys = rule;

	keys.left_keyset = keys.right_keyset = 0;
	/* A and B are decided by their keys; that leaves one candidate each for the third */
	EXPECT(items, keys, "window 1=12\nwindow 2=11\nwindow 3=13\n");
}

static void
many_of_one_amount(void)
{
	enum { COUNT = 200000 };
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 0, 0, 0);
	RcStatus	status = {0};
	RcResult	result;
	RcRule		rules[2] = {rule, rule};
	uint64_t	matches = 0;

	rules[1].amount_tolerance = CENT;
	for (int i = 0; i < COUNT; i++)
	{
		RcItemInput item = {.item_id = i + 1,.amount = CENT,.compare = CENT,.date = i % 30,.currency = 1,.active = true};

		if (rc_pool_add(pool, RC_LEFT, &item, &status) != RC_OK || rc_pool_add(pool, RC_RIGHT, &item, &status) != RC_OK)
			CHECK(false);
	}
	CHECK_INT(rc_engine_run(pool, rules, 2, NULL, 0, &result, &status), RC_OK);
	for (uint64_t m = 0; m < result.match_count; m++)
		matches += !result.matches[m].suggestion;
	CHECK_INT(matches, 0);
	CHECK_INT(result.match_count, COUNT);
	CHECK_INT(result.note_count, 2 * COUNT);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
}

int
main(void)
{
	unique();
	not_unique();
	ten_equal_amounts_on_one_day();
	tolerance();
	key_breaks_ties();
	many_of_one_amount();
	return unit_done();
}
