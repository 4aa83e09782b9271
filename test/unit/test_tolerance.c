/*
 * test_tolerance.c - tolerances: the larger of amount and percent, underpayment and overpayment apart, a cap; and what the strategies make of them.
 */
#include "matching.h"
#include "../../src/match/tolerance.h"

#define EURO (100 * CENT)

static void
bounds(void)
{
	RcRule		plain = {.amount_tolerance = EURO,.percent_tolerance = 10000};	/* 1 %, at least 1.00 */
	RcRule		capped = {.percent_tolerance = 10000,.tolerance_cap = 5 * EURO};
	RcRule		sides = {.asymmetric = true,.under_tolerance = 2 * EURO,.over_percent = 5000};
	RcRule		short_only = {.asymmetric = true,.under_tolerance = EURO,.amount_tolerance = 9 * EURO};

	CHECK(rc_sums_agree(&plain, 50 * EURO, 49 * EURO) && rc_sums_agree(&plain, 50 * EURO, 51 * EURO));
	CHECK(!rc_sums_agree(&plain, 50 * EURO, 49 * EURO - 1) && !rc_sums_agree(&plain, 50 * EURO, 51 * EURO + 1));
	CHECK(rc_sums_agree(&plain, 500 * EURO, 495 * EURO) && !rc_sums_agree(&plain, 500 * EURO, 495 * EURO - 1));
	CHECK(rc_sums_agree(&capped, 400 * EURO, 404 * EURO) && rc_sums_agree(&capped, 4000 * EURO, 4005 * EURO));
	CHECK(!rc_sums_agree(&capped, 400 * EURO, 404 * EURO + 1) && !rc_sums_agree(&capped, 4000 * EURO, 4005 * EURO + 1));
	CHECK(rc_sums_agree(&sides, 1000 * EURO, 998 * EURO) && !rc_sums_agree(&sides, 1000 * EURO, 998 * EURO - 1));
	CHECK(rc_sums_agree(&sides, 1000 * EURO, 1005 * EURO) && !rc_sums_agree(&sides, 1000 * EURO, 1005 * EURO + 1));
	/* the general tolerance does not count beside one of each kind */
	CHECK(rc_sums_agree(&short_only, 10 * EURO, 9 * EURO) && !rc_sums_agree(&short_only, 10 * EURO, 10 * EURO + 1));
	/* a refund is underpaid when less is paid back */
	CHECK(rc_sums_agree(&short_only, -10 * EURO, -9 * EURO) && !rc_sums_agree(&short_only, -10 * EURO, -10 * EURO - 1));
	/* nothing is expected: anything is too much */
	CHECK(!rc_sums_agree(&short_only, 0, 1) && !rc_sums_agree(&short_only, 0, -1));
	CHECK(rc_has_tolerance(&plain) && rc_has_tolerance(&capped) && rc_has_tolerance(&sides) && rc_has_tolerance(&short_only));
	CHECK(!rc_has_tolerance(&(RcRule) {.asymmetric = true,.amount_tolerance = 5}));
	CHECK(!rc_sums_agree(&plain, INT64_MAX, INT64_MIN) && !rc_sums_agree(&sides, INT64_MIN, INT64_MAX));
}

/* Negating everything changes nothing, and what is tolerated grows with the bounds. */
static void
any_rule(void)
{
	uint64_t	state = 7;

	for (int i = 0; i < 200000; i++)
	{
		RcRule		rule = {.asymmetric = next_random(&state) % 2,.amount_tolerance = (int64_t) (next_random(&state) % 300),
			.percent_tolerance = (int64_t) (next_random(&state) % 200000),.under_tolerance = (int64_t) (next_random(&state) % 300),
			.under_percent = (int64_t) (next_random(&state) % 200000),.over_tolerance = (int64_t) (next_random(&state) % 300),
		.over_percent = (int64_t) (next_random(&state) % 200000),.tolerance_cap = (int64_t) (next_random(&state) % 400)};
		RcRule		uncapped = rule;
		int64_t		left = (int64_t) (next_random(&state) % 4001) - 2000;
		int64_t		right = left + (int64_t) (next_random(&state) % 801) - 400;
		bool		agrees = rc_sums_agree(&rule, left, right);

		uncapped.tolerance_cap = 0;
		CHECK(agrees == rc_sums_agree(&rule, -left, -right));
		CHECK(!agrees || rc_sums_agree(&uncapped, left, right));
		CHECK(!agrees || (right >= left - (int64_t) rc_tolerance_below(&rule, left) && right <= left + (int64_t) rc_tolerance_above(&rule, left)));
		CHECK(!agrees || rule.tolerance_cap == 0 || llabs(left - right) <= rule.tolerance_cap);
		if (left > 0 && right >= 0 && right < left && rule.asymmetric)
		{
			RcRule		generous = rule;

			generous.over_tolerance = generous.over_percent = 0;
			CHECK(agrees == rc_sums_agree(&generous, left, right));
		}
	}
}

static void
strategies(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 10000, 10, "A",.text = "A"), RIGHT_ITEM(11, 9950, 12, "A",.text = "ref A-A-A-A-A"),
		LEFT_ITEM(2, 20000, 10, "B"), RIGHT_ITEM(12, 20050, 12, "B"),
	};
	Item		parts[] = {LEFT_ITEM(1, 10000, 10, NULL), RIGHT_ITEM(11, 6000, 11, NULL), RIGHT_ITEM(12, 3950, 11, NULL)};
	RcRule		key = {.strategy = RC_STRATEGY_KEY,.asymmetric = true,.under_tolerance = EURO};
	RcRule		window = {.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.asymmetric = true,.over_tolerance = EURO};
	RcRule		subset = {.strategy = RC_STRATEGY_SUBSET,.left_keyset = -1,.right_keyset = -1,.asymmetric = true,.under_tolerance = EURO,
	.max_chance = 1000000};
	RcRule		over = subset;
	RcRule		bad = {.strategy = RC_STRATEGY_KEY,.over_tolerance = -1};

	over.under_tolerance = 0;
	over.over_tolerance = EURO;
	EXPECT(items, key, "key 1=11\nL2 amount -50 R12\n");
	EXPECT(items, window, "window 2=12\n");
	EXPECT(parts, subset, "run 1=11,12\n");
	EXPECT(parts, over, "L1 impossible\n");
	EXPECT(items, bad, "rule 1 has a negative tolerance");
}

int
main(void)
{
	bounds();
	any_rule();
	strategies();
	return unit_done();
}
