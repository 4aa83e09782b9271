/*
 * test_running.c - running balances: both directions, holes, lines without a balance, and balances that are none.
 */
#include "../../src/read/running.h"
#include "unit.h"

#define NO_BALANCE INT64_MIN

typedef struct Line
{
	int			day;
	int64_t		amount,
				balance;
} Line;

static RcDecimal
cents(int64_t digits)
{
	return (RcDecimal) {digits, 2};
}

/* value as hundredths; INT64_MIN when it is none */
static int64_t
hundredths(RcDecimal value)
{
	RcStatus	status;
	int64_t		digits = INT64_MIN;

	rc_status_reset(&status);
	(void) rc_rescale(value, 2, &digits, &status);
	return digits;
}

static RcRunning *
run(const Line *lines, size_t count, bool reverse, RcRunningResult *result)
{
	RcRunning  *running = rc_running_create(&rc_malloc_allocator);
	RcStatus	status;

	rc_status_reset(&status);
	for (size_t i = 0; i < count; i++)
	{
		const Line *line = &lines[reverse ? count - 1 - i : i];
		RcDecimal	balance = cents(line->balance);

		CHECK_INT(rc_running_add(running, i + 1, line->day, cents(line->amount), line->balance == NO_BALANCE ? NULL : &balance, &status), RC_OK);
	}
	rc_running_finish(running, result);
	return running;
}

/* What is expected of lines given oldest first, whichever way the file lists them. */
static void
check(const char *name, const Line *lines, size_t count, bool trusted, int64_t opening, int64_t closing, size_t holes, int64_t missing, int64_t head_balance)
{
	unsigned long before = unit_failed;

	for (int reverse = 0; reverse < 2; reverse++)
	{
		RcRunningResult result;
		RcRunning  *running = run(lines, count, reverse, &result);

		CHECK_INT(result.trusted, trusted);
		if (trusted)
		{
			CHECK_INT(hundredths(result.opening), opening);
			CHECK_INT(hundredths(result.closing), closing);
			CHECK_INT(result.hole_count, holes);
			for (size_t h = 0; h < result.hole_count && h < 1; h++)
			{
				CHECK_INT(hundredths(result.holes[h].missing), missing);
				CHECK_INT(hundredths(result.holes[h].balance), head_balance);
			}
		}
		rc_running_free(running);
	}
	UNIT_NOTE(before, "%s", name);
}

#define LINES(...) (Line[]) {__VA_ARGS__}, sizeof((Line[]) {__VA_ARGS__}) / sizeof(Line)

int
main(void)
{
	RcRunningResult result;
	RcRunning  *running;
	RcStatus	status;
	RcDecimal	balance = cents(100);

	check("one line", LINES({1, 500, 1500}), true, 1000, 1500, 0, 0, 0);
	check("no hole", LINES({1, 500, 1500}, {1, -200, 1300}, {2, 100, 1400}), true, 1000, 1400, 0, 0, 0);
	check("a credit is missing", LINES({1, 500, 1500}, {2, -200, 1300}, {4, 100, 2100}, {5, 100, 2200}), true, 1000, 2200, 1, 700, 2100);
	check("a debit is missing on one day", LINES({1, 500, 1500}, {1, -200, 1300}, {1, 100, 1000}, {1, 50, 1050}), true, 1000, 1050, 1, -400, 1000);
	check("two lines with a hole between them, on two days", LINES({1, 500, 1500}, {2, 100, 1700}), true, 1000, 1700, 1, 100, 1700);
	check("two lines with a hole between them, on one day", LINES({1, 500, 1500}, {1, 100, 1700}), false, 0, 0, 0, 0, 0);
	check("balances only at the end of the day", LINES({1, 500, NO_BALANCE}, {1, 200, 1700}, {2, -100, NO_BALANCE}, {2, 300, 1900}), true, 1000, 1900, 0, 0, 0);
	check("balances only at the end of the day, a hole", LINES({1, 500, NO_BALANCE}, {1, 200, 1700}, {2, -100, NO_BALANCE}, {2, 300, 1950}, {3, 50, 2000}),
		  true, 1000, 2000, 1, 50, 1950);
	check("no balances at all", LINES({1, 500, NO_BALANCE}, {2, 200, NO_BALANCE}), false, 0, 0, 0, 0, 0);
	check("no running balance", LINES({1, 500, 9000}, {2, 200, 9000}, {3, 100, 9000}, {4, 50, 9000}), false, 0, 0, 0, 0, 0);
	/* There and back: each direction fits, the days decide. */
	check("a payment and its reversal", LINES({1, 500, 1500}, {2, -500, 1000}), true, 1000, 1000, 0, 0, 0);
	check("nothing moves", LINES({1, 0, 1000}, {2, 0, 1000}), true, 1000, 1000, 0, 0, 0);

	/* Amounts of other decimals are the same amounts; other currencies end all claims. */
	rc_status_reset(&status);
	running = rc_running_create(&rc_malloc_allocator);
	CHECK_INT(rc_running_add(running, 1, 1, (RcDecimal) {1, 0}, &balance, &status), RC_OK);
	balance = (RcDecimal) {1500000, 6};
	CHECK_INT(rc_running_add(running, 2, 2, cents(50), &balance, &status), RC_OK);
	rc_running_finish(running, &result);
	CHECK(result.trusted && result.hole_count == 0 && result.opening.digits == 0);
	rc_running_distrust(running);
	rc_running_finish(running, &result);
	CHECK(result.stated && !result.trusted);
	rc_running_free(running);
	rc_running_free(NULL);

	/* Thousands of holes are none; memory stays bounded. */
	running = rc_running_create(&rc_malloc_allocator);
	for (int i = 0; i < 5000; i++)
	{
		balance = cents((int64_t) i * i * 17);
		CHECK_INT(rc_running_add(running, (uint64_t) i, i, cents(1), &balance, &status), RC_OK);
	}
	rc_running_finish(running, &result);
	CHECK(!result.trusted && result.hole_count == 0);
	rc_running_free(running);

	/* A difference beyond an amount is told. */
	running = rc_running_create(&rc_malloc_allocator);
	balance = (RcDecimal) {INT64_MAX, 0};
	CHECK_INT(rc_running_add(running, 1, 1, cents(1), &balance, &status), RC_OK);
	balance = (RcDecimal) {INT64_MIN, 0};
	CHECK_INT(rc_running_add(running, 2, 2, cents(1), &balance, &status), RC_OVERFLOW);
	rc_running_free(running);
	return unit_done();
}
