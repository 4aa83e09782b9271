/*
 * test_key.c - strategy key: sums inside a key, twins, pairs, sub-groups, allocation in part, and what is noted.
 */
#include "matching.h"

static const RcRule plain = {.strategy = RC_STRATEGY_KEY};
static const RcRule partial = {.strategy = RC_STRATEGY_KEY,.partial = true};

static void
sums_inside_a_key(void)
{
	Item		one[] = {
		LEFT_ITEM(1, 10000, 10, "A"), RIGHT_ITEM(11, 10000, 12, "A"),
		LEFT_ITEM(2, 5000, 10, "B"), RIGHT_ITEM(12, 3000, 12, "B"), RIGHT_ITEM(13, 2000, 13, "B"),
		LEFT_ITEM(3, 700, 10, "C"), LEFT_ITEM(4, 300, 10, "C"), RIGHT_ITEM(14, 600, 11, "C"), RIGHT_ITEM(15, 400, 11, "C"),
		LEFT_ITEM(5, 100, 10, "D"), RIGHT_ITEM(16, 100, 11, "E"), LEFT_ITEM(6, 100, 10, NULL), RIGHT_ITEM(17, 100, 11, NULL),
	};
	Item		fees[] = {
		LEFT_ITEM(1, 10000, 10, "A"), RIGHT_ITEM(11, 10000, 12, "A"),
		RIGHT_ITEM(12, -500, 12, "A",.other_compare = true,.compare = 0),
		LEFT_ITEM(2, 10000, 10, "B"), RIGHT_ITEM(13, -500, 12, "B",.other_compare = true,.compare = 0),
	};
	Item		refund[] = {
		LEFT_ITEM(1, 10000, 10, "A"), LEFT_ITEM(2, -2500, 20, "A"), RIGHT_ITEM(11, 10000, 12, "A"), RIGHT_ITEM(12, -2500, 22, "A"),
	};
	Item		inactive[] = {
		LEFT_ITEM(1, 10000, 10, "A"), RIGHT_ITEM(11, 10000, 12, "A",.inactive = true),
		LEFT_ITEM(2, 50, 10, "B"), RIGHT_ITEM(12, 50, 12, "B"), RIGHT_ITEM(13, 7, 12, "B",.inactive = true),
	};
	Item		empty_key[] = {LEFT_ITEM(1, 100, 10, ""), RIGHT_ITEM(11, 100, 10, "")};
	Item		free_order[] = {LEFT_ITEM(1, 0, 10, "A"), RIGHT_ITEM(11, 0, 12, "A")};

	EXPECT(one, plain, "key 1=11\nkey 2=12,13\nkey 3,4=14,15\n");
	/* fee lines compare as 0 and are allocated whole; fees alone are no payment */
	EXPECT(fees, plain, "key 1=11,12\n");
	EXPECT(refund, plain, "key 1,2=11,12\n");
	EXPECT(inactive, plain, "key 2=12\n");
	EXPECT(empty_key, plain, "key 1=11\n");
	EXPECT(free_order, plain, "key 1=11\n");
}

static void
tolerance_and_lag(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 10000, 10, "A"), RIGHT_ITEM(11, 9999, 12, "A"),
		LEFT_ITEM(2, 10000, 10, "B"), RIGHT_ITEM(12, 9900, 12, "B"),
		LEFT_ITEM(3, 10000, 10, "C"), RIGHT_ITEM(13, 9899, 12, "C"),
	};
	Item		days[] = {
		LEFT_ITEM(1, 100, 10, "A"), RIGHT_ITEM(11, 100, 15, "A"),
		LEFT_ITEM(2, 100, 10, "B"), RIGHT_ITEM(12, 100, 16, "B"),
		LEFT_ITEM(3, 100, 10, "C"), RIGHT_ITEM(13, 100, 9, "C"),
		LEFT_ITEM(4, 100, RC_NO_DATE, "D"), RIGHT_ITEM(14, 100, 9, "D"),
	};
	RcRule		cents = {.strategy = RC_STRATEGY_KEY,.amount_tolerance = CENT};
	RcRule		percent = {.strategy = RC_STRATEGY_KEY,.amount_tolerance = CENT,.percent_tolerance = 10000};
	RcRule		lag = {.strategy = RC_STRATEGY_KEY,.has_lag_min = true,.has_lag_max = true,.lag_min = 0,.lag_max = 5};

	EXPECT(items, plain, "L1 amount 1 R11\nL2 amount 100 R12\nL3 amount 101 R13\n");
	EXPECT(items, cents, "key 1=11\nL2 amount 100 R12\nL3 amount 101 R13\n");
	EXPECT(items, percent, "key 1=11\nkey 2=12\nL3 amount 101 R13\n");
	EXPECT(days, lag, "key 1=11\nkey 4=14\nL2 late R12\nL3 late R13\nR12 late L2\nR13 late L3\n");
}

static void
currencies(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 100, 10, "A",.currency = 2), RIGHT_ITEM(11, 100, 12, "A",.currency = 3),
		LEFT_ITEM(2, 100, 10, "B",.currency = 2), RIGHT_ITEM(12, 100, 12, "B",.currency = 2), RIGHT_ITEM(13, 5, 12, "B",.currency = 3),
		LEFT_ITEM(3, 100, 10, "C",.currency = 2), LEFT_ITEM(4, 70, 10, "C",.currency = 3),
		RIGHT_ITEM(14, 100, 12, "C",.currency = 2), RIGHT_ITEM(15, 70, 12, "C",.currency = 3),
	};

	EXPECT(items, plain, "key 2=12\nkey 3=14\nkey 4=15\nL1 currency R11\nR13 currency L2\n");
}

static void
twins(void)
{
	Item		items[] = {
		/* settled twice */
		LEFT_ITEM(1, 100, 10, "A"), RIGHT_ITEM(12, 100, 12, "A"), RIGHT_ITEM(11, 100, 13, "A"),
		/* billed twice, on one day: the larger item_id is the twin */
		LEFT_ITEM(2, 100, 10, "B"), LEFT_ITEM(3, 100, 10, "B"), RIGHT_ITEM(13, 100, 12, "B"),
		/* all lines of a settlement came twice */
		LEFT_ITEM(4, 70, 10, "C"), RIGHT_ITEM(14, 100, 12, "C"), RIGHT_ITEM(15, -30, 12, "C"), RIGHT_ITEM(16, 100, 14, "C"),
		RIGHT_ITEM(17, -30, 14, "C"),
		/* three times */
		LEFT_ITEM(5, 40, 10, "D"), RIGHT_ITEM(18, 40, 12, "D"), RIGHT_ITEM(19, 40, 12, "D"), RIGHT_ITEM(20, 40, 12, "D"),
		/* two instalments of equal amount are no twins */
		LEFT_ITEM(6, 200, 10, "E"), RIGHT_ITEM(21, 100, 12, "E"), RIGHT_ITEM(22, 100, 12, "E"),
	};

	EXPECT(items, plain,
		   "pair 1=12\npair 2=13\npair 4=14,15\npair 5=18\nkey 6=21,22\n"
		   "L3 duplicate 100 L2\nR11 duplicate -100 R12\nR16 duplicate -100 R14\nR17 duplicate 30 R15\nR19 duplicate -40 R18\n"
		   "R20 duplicate -40 R18\n");
}

static void
pairs_and_subgroups(void)
{
	Item		items[] = {
		/* a refund that is not on the left */
		LEFT_ITEM(1, 750, 10, "A"), RIGHT_ITEM(11, 750, 12, "A"), RIGHT_ITEM(12, -375, 20, "A"),
		/* paid in two, and refunded */
		LEFT_ITEM(2, 750, 10, "B"), RIGHT_ITEM(13, 400, 12, "B"), RIGHT_ITEM(14, 350, 13, "B"), RIGHT_ITEM(15, -375, 20, "B"),
		/* one of two lines paid; the other disagrees */
		LEFT_ITEM(3, 100, 10, "C"), LEFT_ITEM(4, 60, 10, "C"), RIGHT_ITEM(16, 100, 12, "C"), RIGHT_ITEM(17, 55, 12, "C"),
		/* equal amounts differ by date: the closest first */
		LEFT_ITEM(5, 100, 10, "D"), LEFT_ITEM(6, 100, 30, "D"), RIGHT_ITEM(18, 100, 31, "D"), RIGHT_ITEM(19, 20, 31, "D"),
		/* refund larger than the sale */
		LEFT_ITEM(7, 100, 10, "E"), RIGHT_ITEM(20, 100, 12, "E"), RIGHT_ITEM(21, -150, 20, "E"),
		/* the fee goes with the pair */
		LEFT_ITEM(8, 100, 10, "F"), RIGHT_ITEM(22, 100, 12, "F"), RIGHT_ITEM(23, -80, 20, "F"),
		RIGHT_ITEM(24, -3, 12, "F",.other_compare = true,.compare = 0),
	};
	Item		reversal[] = {
		/* charged wrongly, reversed, charged rightly: nothing agrees but the right one */
		LEFT_ITEM(1, 90, 10, "A"), RIGHT_ITEM(11, 70, 12, "A"), RIGHT_ITEM(12, -65, 12, "A"), RIGHT_ITEM(13, 90, 12, "A"),
	};

	EXPECT(items, plain,
		   "pair 1=11\npair 2=13,14\npair 3=16\npair 6=18\npair 7=20\npair 8=22,24\n"
		   "L4 amount 5 R17\nL5 amount 80 R19\n");
	EXPECT(reversal, plain, "pair 1=13\n");
}

static void
in_part(void)
{
	Item		items[] = {
		/* paid less */
		LEFT_ITEM(1, 750, 10, "A"), RIGHT_ITEM(11, 400, 12, "A"),
		/* paid more */
		LEFT_ITEM(2, 100, 10, "B"), RIGHT_ITEM(12, 30, 12, "B"), RIGHT_ITEM(13, 90, 13, "B"),
		/* two orders, the first is paid whole, the second in part, the third not */
		LEFT_ITEM(3, 100, 10, "C"), LEFT_ITEM(4, 80, 11, "C"), LEFT_ITEM(5, 60, 12, "C"), RIGHT_ITEM(14, 130, 13, "C"),
		/* opposite signs and zero sums mean nothing */
		LEFT_ITEM(6, 100, 10, "D"), RIGHT_ITEM(15, -40, 12, "D"),
		LEFT_ITEM(7, 100, 10, "E"), RIGHT_ITEM(16, 40, 12, "E"), RIGHT_ITEM(17, -40, 12, "E"),
		/* a refund on the larger side reduces it whole */
		LEFT_ITEM(8, 100, 10, "F"), RIGHT_ITEM(18, 150, 12, "F"), RIGHT_ITEM(19, -20, 14, "F"),
		/* fees go whole */
		LEFT_ITEM(9, 100, 10, "G"), RIGHT_ITEM(20, 60, 12, "G"), RIGHT_ITEM(21, -5, 12, "G",.other_compare = true,.compare = 0),
		/* what compares otherwise than its amount cannot be divided */
		LEFT_ITEM(10, 105, 10, "H",.other_compare = true,.compare = 100), RIGHT_ITEM(22, 60, 12, "H"),
	};
	Item		twice[] = {
		LEFT_ITEM(1, 100, 10, "A",.second_key = "X"), RIGHT_ITEM(11, 60, 12, "A"), RIGHT_ITEM(12, 40, 12, "Z",.second_key = "X"),
	};
	RcRule		rules[2] = {{.strategy = RC_STRATEGY_KEY,.partial = true},
		{.strategy = RC_STRATEGY_KEY,.left_keyset = 1,.right_keyset = 1}};
	RcRule		lag = {.strategy = RC_STRATEGY_KEY,.partial = true,.has_lag_max = true,.lag_max = 5};
	Item		late[] = {LEFT_ITEM(1, 100, 10, "A"), RIGHT_ITEM(11, 60, 30, "A")};

	EXPECT(items, partial,
		   "partial 1:400=11\npartial 2=12,13:70\npartial 3,4:30=14\npartial 8=18:120,19\npartial 9:60=20,21\n"
		   "L1 amount 350 R11\nL4 amount 110 R14\nL5 part L4\nL6 amount 140 R15\nL7 amount 100 R17\nL9 amount 40 R20\n"
		   "L10 amount 40 R22\nR13 amount -20 L2\nR16 part L7\nR18 amount -30 L8\n");
	/* the residual is matched by a later rule */
	run_case(__FILE__, __LINE__, &(Case) {.items = twice,.item_count = 3,.rules = rules,.rule_count = 2},
			 "partial 1:60=11\nkey 1:40=12\n");
	EXPECT(late, lag, "L1 late 40 R11\nR11 late 40 L1\n");
}

static void
suggestions_and_rejections(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 100, 10, "A"), RIGHT_ITEM(11, 100, 12, "A"), LEFT_ITEM(2, 50, 10, "B"), RIGHT_ITEM(12, 50, 12, "B"),
	};
	Item		two[] = {
		LEFT_ITEM(1, 100, 10, "A"), LEFT_ITEM(2, 100, 11, "A"), RIGHT_ITEM(11, 100, 12, "A"), RIGHT_ITEM(12, 100, 13, "A"),
	};
	RcRule		suggest = {.strategy = RC_STRATEGY_KEY,.suggest_only = true};
	RcRule		both[2] = {{.strategy = RC_STRATEGY_KEY,.suggest_only = true}, {.strategy = RC_STRATEGY_KEY,.suggest_only = true}};
	RcRule		then_match[2] = {{.strategy = RC_STRATEGY_KEY,.suggest_only = true}, {.strategy = RC_STRATEGY_KEY}};
	RcRejection rejected[] = {{1, 11}, {7, 11}, {1, 99}};
	RcRejection one_pair[] = {{1, 11}};

	EXPECT(items, suggest, "?key 1=11\n?key 2=12\n");
	/* no item is in two suggestions */
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 4,.rules = both,.rule_count = 2}, "?key 1=11\n?key 2=12\n");
	/* a match of a later rule overtakes the suggestion */
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 4,.rules = then_match,.rule_count = 2},
			 "key 1=11\nkey 2=12\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 4,.rules = &plain,.rule_count = 1,.rejections = rejected,
			 .rejection_count = 3}, "key 2=12\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = two,.item_count = 4,.rules = &plain,.rule_count = 1,.rejections = one_pair,
			 .rejection_count = 1}, "pair 1=12\npair 2=11\n");
}

static void
many_of_one_key(void)
{
	/* A group of 200,000 items of one key and few amounts is resolved by sorting, not by comparing all with all. */
	enum { COUNT = 200000 };
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	RcStatus	status = {0};
	RcResult	result;

	for (int i = 0; i < COUNT; i++)
	{
		RcItemInput item = {.item_id = i + 1,.amount = (1 + i % 7) * CENT,.compare = (1 + i % 7) * CENT,.date = i % 365,.currency = 1,
			.active = true,.key = {"one"},.key_length = {3}
		};

		CHECK_INT(rc_pool_add(pool, RC_LEFT, &item, &status), RC_OK);
		if (i % 3 != 0)
			CHECK_INT(rc_pool_add(pool, RC_RIGHT, &item, &status), RC_OK);
	}
	CHECK_INT(rc_engine_run(pool, &plain, 1, NULL, 0, &result, &status), RC_OK);
	/* every right amount has its left one */
	CHECK_INT(result.match_count, COUNT - (COUNT + 2) / 3);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
}

static void
overflow(void)
{
	Item		items[] = {
		LEFT_ITEM(1, INT64_MAX / CENT, 10, "A"), LEFT_ITEM(2, INT64_MAX / CENT, 10, "A"), RIGHT_ITEM(11, 1, 10, "A"),
	};
	static char text[CASE_TEXT];

	CHECK_INT(run_once(&(Case) {.items = items,.item_count = 3,.rules = &plain,.rule_count = 1}, items, CENT, text), RC_OVERFLOW);
}

int
main(void)
{
	sums_inside_a_key();
	tolerance_and_lag();
	currencies();
	twins();
	pairs_and_subgroups();
	in_part();
	suggestions_and_rejections();
	many_of_one_key();
	overflow();
	return unit_done();
}
