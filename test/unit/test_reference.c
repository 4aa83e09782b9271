/*
 * test_reference.c - strategy reference: whole, cut and truncated references, several in a text, several texts for one.
 */
#include "matching.h"

static const RcRule rule = {.strategy = RC_STRATEGY_REFERENCE,.right_keyset = -1,.search_right_text = true,.minimum_reference = 6};
static const RcRule partial = {.strategy = RC_STRATEGY_REFERENCE,.right_keyset = -1,.search_right_text = true,.partial = true,
.minimum_reference = 6};

/* Whether one reference is found in one text, amounts being equal: 'w' whole, 'c' cut, 't' truncated, '?' suggested, '-' not. */
static void
found_in(const char *reference, const char *text, char expected)
{
	Item		items[] = {LEFT_ITEM(1, 100, 10, reference), RIGHT_ITEM(11, 100, 12,.text = text)};
	static char got[CASE_TEXT];
	unsigned long failed = unit_failed;

	run_once(&(Case) {.items = items,.item_count = 2,.rules = &rule,.rule_count = 1}, items, CENT, got);
	CHECK_INT(got[0] != 0 ? got[0] : '-', expected);
	UNIT_NOTE(failed, "%s in %s", reference, text);
}

static void
boundaries(void)
{
	found_in("123", "91234", '-');
	found_in("123", "1234", '-');
	found_in("123", "9123", '-');
	found_in("123", "A123", '-');
	found_in("123", "123A", '-');
	found_in("123", "pay 123.", 'w');
	found_in("123", "\xe5\x8d\x95\xe5\x8f\xb7" "123\xe5\x85\x83", 'w');
	found_in("12", "pay 12", '-');	/* too short to say anything */
	found_in("RZP414299529", "NEFT-RZP414299529-RAZORPAY", 'w');
	found_in("RZP414299529", "neft rzp414299529", 'w');
	found_in("RZP414299529", "IMPS/2026RZP414299529/X", 'w');	/* letters after digits begin a reference */
	found_in("414299529", "RZP414299529", '-');
	found_in("RZP414299529", "RZP414299529X", '-');
	found_in("RZP414299529", "RZP4142995290", '-');
	found_in("ORD-2024-001", "paid ORD-2024-001 thanks", 'w');
	found_in("ORD-2024-001", "paid ORD2024001 thanks", 'c');
	found_in("ORD-2024-001", "paid ORD 2024 001 thanks", 'c');
	found_in("#1001", "order #1001", 'w');
	found_in("#1001", "order 1001", '-');	/* four characters cut say too little */
	found_in("\xe8\xae\xa2\xe5\x8d\x95" "778899", "x 778899", '-');
	found_in("\xe8\xae\xa2\xe5\x8d\x95" "778899", "\xe8\xae\xa2\xe5\x8d\x95" "778899", 'w');
	found_in("---", "---", '-');
}

static void
cut_and_truncated(void)
{
	found_in("RZP414299529", "RZPYSETTL-RZP 4142 99529", 'c');
	found_in("RZP414299529", "RZPYSETTL-RZP 4142 995290", '-');
	found_in("RZP414299529", "XRZP 4142 99529", '-');
	found_in("RZP467660127", "NEFT CR RAZORPAY SOFTWA RZP46766", 't');
	found_in("RZP467660127", "RZP46766/NEFT", 't');
	found_in("RZP467660127", "NEFT 67660127 X", 't');
	found_in("RZP467660127", "NEFT RZP46 X", '-');	/* five characters */
	found_in("RZP467660127", "NEFT 76601 X", '-');	/* neither beginning nor end */
	found_in("ORD-2024-00117", "paid ORD-2024-00", 't');	/* the text ends there */
	found_in("ORD-2024-00117", "paid ORD-2024-00 thanks", '-');
	found_in("ORD-2024-00117", "024-00117 thanks", 't');	/* the text begins there */
	found_in("RAZORPAY1", "RAZORPAY", '-');	/* a name is no reference */
}

static void
truncated_must_be_unique(void)
{
	Item		two[] = {
		LEFT_ITEM(1, 100, 10, "RZP467660127"), LEFT_ITEM(2, 200, 10, "RZP467669999"), RIGHT_ITEM(11, 100, 12,.text = "X RZP46766"),
	};
	Item		other_amount[] = {LEFT_ITEM(1, 100, 10, "RZP467660127"), RIGHT_ITEM(11, 90, 12,.text = "X RZP46766")};
	Item		claimed_twice[] = {
		LEFT_ITEM(1, 100, 10, "RZP467660127"), RIGHT_ITEM(11, 100, 12,.text = "X RZP46766"), RIGHT_ITEM(12, 100, 12,.text = "Y RZP467660"),
	};
	Item		other_currency[] = {LEFT_ITEM(1, 100, 10, "RZP467660127"), RIGHT_ITEM(11, 100, 12,.text = "RZP46766",.currency = 2)};
	RcRule		longer = rule;

	EXPECT(two, rule, "?truncated 1=11\n");
	EXPECT(other_amount, rule, "?truncated 1=11\n");
	EXPECT(claimed_twice, rule, "?truncated 1=11\n");
	EXPECT(other_currency, rule, "");
	longer.minimum_reference = 9;
	EXPECT(other_amount, longer, "");
}

static void
several(void)
{
	Item		in_one_text[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 250, 10, "PAY-000002"), LEFT_ITEM(3, 70, 11, "PAY-000003"),
		RIGHT_ITEM(11, 420, 12,.text = "PAY-000001, PAY-000002 PAY000003"),
	};
	Item		in_two_transfers[] = {
		LEFT_ITEM(1, 500, 10, "PAY-000001"), RIGHT_ITEM(11, 300, 12,.text = "part 1 of PAY-000001"),
		RIGHT_ITEM(12, 200, 13,.text = "part 2 of PAY-000001"),
	};
	Item		less_a_fee[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 250, 10, "PAY-000002"), LEFT_ITEM(3, 70, 11, "PAY-000003"),
		RIGHT_ITEM(11, 415, 12,.text = "PAY-000001 PAY-000002 PAY-000003"),
	};
	Item		paid_twice[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), RIGHT_ITEM(11, 100, 12,.text = "PAY-000001"), RIGHT_ITEM(12, 100, 20,.text = "PAY-000001"),
	};
	Item		only_one_meant[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 250, 10, "ACCOUNT123456"), RIGHT_ITEM(11, 100, 12,.text = "ACCOUNT123456 PAY-000001"),
	};
	Item		either[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 100, 10, "PAY-000002"), RIGHT_ITEM(11, 100, 12,.text = "PAY-000001 PAY-000002"),
	};
	Item		tangled[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 250, 10, "PAY-000002"), LEFT_ITEM(3, 70, 10, "PAY-000003"),
		RIGHT_ITEM(11, 350, 12,.text = "PAY-000001 PAY-000002"), RIGHT_ITEM(12, 60, 12,.text = "PAY-000002 PAY-000003"),
	};
	Item		within_longer[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, 100, 10, "PAY-000001-7"), RIGHT_ITEM(11, 100, 12,.text = "PAY-000001-7"),
	};
	Item		sale_and_refund[] = {
		LEFT_ITEM(1, 100, 10, "PAY-000001"), LEFT_ITEM(2, -30, 11, "PAY-000001"), RIGHT_ITEM(11, 70, 12,.text = "PAY-000001"),
	};

	EXPECT(in_one_text, rule, "cut 1,2,3=11\n");
	EXPECT(in_two_transfers, rule, "whole 1=11,12\n");
	EXPECT(less_a_fee, rule, "L1 amount 5 R11\nL2 part L1\nL3 part L1\n");
	EXPECT(paid_twice, rule, "whole 1=11\nR12 duplicate -100 R11\n");
	EXPECT(only_one_meant, rule, "whole 1=11\n");
	EXPECT(either, rule, "?whole 1=11\nL1 ambiguous R11\nL2 ambiguous R11\nR11 ambiguous L1\n");
	EXPECT(tangled, rule, "whole 1,2=11\nL3 amount 10 R12\n");
	EXPECT(within_longer, rule, "whole 2=11\n");
	EXPECT(sale_and_refund, rule, "whole 1,2=11\n");
}

static void
differences(void)
{
	Item		less[] = {LEFT_ITEM(1, 100, 10, "PAY-000001"), RIGHT_ITEM(11, 60, 12,.text = "PAY-000001")};
	Item		currency[] = {LEFT_ITEM(1, 100, 10, "PAY-000001"), RIGHT_ITEM(11, 100, 12,.text = "PAY-000001",.currency = 2)};
	Item		late[] = {LEFT_ITEM(1, 100, 10, "PAY-000001"), RIGHT_ITEM(11, 100, 40,.text = "PAY-000001")};
	Item		refund[] = {LEFT_ITEM(1, 100, 10, "PAY-000001"), RIGHT_ITEM(11, -100, 12,.text = "PAY-000001")};
	RcRule		lag = rule;
	RcRule		cents = rule;
	RcRejection rejected = {1, 11};

	EXPECT(less, rule, "L1 amount 40 R11\n");
	EXPECT(less, partial, "whole 1:60=11\nL1 amount 40 R11\n");
	EXPECT(currency, rule, "L1 currency R11\n");
	lag.has_lag_max = true;
	lag.lag_max = 10;
	EXPECT(late, lag, "L1 late R11\nR11 late L1\n");
	EXPECT(refund, rule, "L1 amount 200 R11\n");
	EXPECT(refund, partial, "L1 amount 200 R11\n");
	cents.amount_tolerance = 40 * CENT;
	EXPECT(less, cents, "whole 1=11\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = less,.item_count = 2,.rules = &cents,.rule_count = 1,.rejections = &rejected,
			 .rejection_count = 1}, "");
}

static void
other_direction(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 100, 10,.text = "see INV-777001"), RIGHT_ITEM(11, 100, 12, "INV-777001"),
		LEFT_ITEM(2, 100, 10, "ORD-100002"), RIGHT_ITEM(12, 100, 12,.text = "ORD-100002"),
	};
	RcRule		left = {.strategy = RC_STRATEGY_REFERENCE,.left_keyset = -1,.search_left_text = true};
	RcRule		both = {.strategy = RC_STRATEGY_REFERENCE,.search_left_text = true,.search_right_text = true};

	EXPECT(items, left, "whole 1=11\n");
	EXPECT(items, rule, "whole 2=12\n");
	EXPECT(items, both, "whole 1=11\nwhole 2=12\n");
}

int
main(void)
{
	boundaries();
	cut_and_truncated();
	truncated_must_be_unique();
	several();
	differences();
	other_direction();
	return unit_done();
}
