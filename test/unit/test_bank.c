/*
 * test_bank.c - amounts as bank files write them, exact sums, days of months.
 */
#include "../../src/read/bank.h"
#include "unit.h"

static void
test_plain_amounts(void)
{
	static const struct
	{
		const char *text;
		const char *expected;	/* NULL: refused */
	}			cases[] = {
		{"1,00", "1.00"}, {"8,", "8"}, {",8", "0.8"}, {"000000001000,00", "1000.00"}, {"0,00", "0.00"}, {"500", "500"}, {"1.5", "1.5"},
		{"999999999999999999", "999999999999999999"}, {"000001234567890,123456789", NULL}, {"123456789,123456789", "123456789.123456789"},
		{"1234567890123456789", NULL}, {"0,0000000001", NULL}, {"", NULL}, {",", NULL}, {"1,0,0", NULL}, {"1.000,00", NULL}, {"-1,00", NULL}, {"1 0", NULL},
		{"1,0x", NULL}, {"NaN", NULL}, {"1e5", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		RcBankAmount amount;
		bool		read = rc_bank_amount(cases[i].text, strlen(cases[i].text), false, &amount);

		CHECK(read == (cases[i].expected != NULL));
		if (read && cases[i].expected)
			CHECK_TEXT(amount.text, strlen(amount.text), cases[i].expected);
		UNIT_NOTE(failed, "\"%s\"", cases[i].text);
	}
}

static void
test_free_amounts(void)
{
	static const struct
	{
		const char *text;
		const char *expected;
		bool		ambiguous;
	}			cases[] = {
		{"-200.00", "-200.00", false}, {"+1058,53", "1058.53", false}, {"1,234.56", "1234.56", false}, {"-1.234,56", "-1234.56", false},
		{"1 025,53", "1025.53", false}, {"1,234,567", "1234567", false}, {"1.234.567,8", "1234567.8", false}, {" 5 ", "5", false}, {"-0.00", "0.00", false},
		{"-.5", "-0.5", false}, {"0", "0", false}, {"1,234", "1.234", true}, {"1.234", "1.234", true}, {"123.456", "123.456", true},
		{"1234.567", "1234.567", false}, {",123", "0.123", false}, {"12.345,678", "12345.678", false},
		{"1,23.45", NULL, false}, {"12,34,567.8", NULL, false}, {"1,2345.6", NULL, false}, {"1.5.5", NULL, false}, {"1,5,5", NULL, false},
		{"1 2", NULL, false}, {"1.234 567", NULL, false}, {"1 234,567 8", NULL, false}, {",234,567", NULL, false}, {"--1", NULL, false}, {"1-", NULL, false},
		{"$1", NULL, false}, {"(1)", NULL, false}, {"1e5", NULL, false}, {"", NULL, false}, {"-", NULL, false}, {".", NULL, false}, {"null", NULL, false},
		{"\xEF\xBC\x91", NULL, false}, {"1,234,567,890,123,456,789", NULL, false},
		{"00000000000000000000000000000000000000000000000000001", NULL, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		RcBankAmount amount;
		bool		ambiguous = false;
		bool		read = rc_bank_free_amount(cases[i].text, strlen(cases[i].text), &amount, &ambiguous);

		CHECK(read == (cases[i].expected != NULL));
		if (read && cases[i].expected)
		{
			CHECK_TEXT(amount.text, strlen(amount.text), cases[i].expected);
			CHECK(ambiguous == cases[i].ambiguous);
		}
		UNIT_NOTE(failed, "\"%s\"", cases[i].text);
	}
}

static void
test_minor_amounts(void)
{
	static const struct
	{
		const char *text;
		int			decimals;
		bool		negative;
		const char *expected;
	}			cases[] = {
		{"+00000120", 2, false, "1.20"}, {"1", 2, true, "-0.01"}, {"-5", 2, true, "0.05"}, {"-5", 0, false, "-5"}, {"7", 3, false, "0.007"}, {"0", 2, true, "0.00"},
		{"999999999999999999", 2, false, "9999999999999999.99"}, {"1000000000000000000", 2, false, NULL}, {"1.0", 2, false, NULL}, {"", 2, false, NULL},
		{"+", 2, false, NULL}, {"1-", 2, false, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		RcBankAmount amount;
		bool		read = rc_bank_minor_amount(cases[i].text, strlen(cases[i].text), cases[i].decimals, cases[i].negative, &amount);

		CHECK(read == (cases[i].expected != NULL));
		if (read && cases[i].expected)
			CHECK_TEXT(amount.text, strlen(amount.text), cases[i].expected);
		UNIT_NOTE(failed, "\"%s\"", cases[i].text);
	}
}

/* A statement of two huge entries: the sum is beyond 64 bits and exact. */
static void
test_sums(void)
{
	static const struct
	{
		const char *amounts[3];
		bool		negative;
		const char *sum;
	}			cases[] = {
		{{"999999999999999999", "999999999999999999", "0,000000001"}, false, "1999999999999999998.000000001"},
		{{"999999999999999999", "999999999999999999", NULL}, true, "-1999999999999999998"},
		{{"0,05", NULL, NULL}, true, "-0.05"}, {{"10", "0,5", NULL}, false, "10.5"}, {{NULL, NULL, NULL}, false, "0"}, {{"0,00", NULL, NULL}, true, "0.00"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RcBank		bank;
		RcRecord	record;

		rc_bank_init(&bank, &rc_malloc_allocator, NULL, 0);
		rc_bank_begin_statement(&bank, 1, 0);
		for (int a = 0; a < 3 && cases[i].amounts[a]; a++)
		{
			RcBankAmount amount;

			CHECK(rc_bank_amount(cases[i].amounts[a], strlen(cases[i].amounts[a]), cases[i].negative, &amount));
			CHECK_INT(rc_bank_begin_entry(&bank, 1, 0), RC_OK);
			CHECK_INT(rc_bank_give_entry(&bank, &record, &amount, true), RC_OK);
		}
		CHECK_INT(rc_bank_give_statement(&bank, &record), RC_OK);
		CHECK_TEXT(record.fields[RC_STATEMENT_ENTRY_SUM].data, record.fields[RC_STATEMENT_ENTRY_SUM].length, cases[i].sum);
		rc_bank_free(&bank);
	}
}

int
main(void)
{
	test_plain_amounts();
	test_free_amounts();
	test_minor_amounts();
	test_sums();
	CHECK_INT(rc_days_in_month(2023, 2), 28);
	CHECK_INT(rc_days_in_month(2024, 2), 29);
	CHECK_INT(rc_days_in_month(1900, 2), 28);
	CHECK_INT(rc_days_in_month(2000, 2), 29);
	CHECK_INT(rc_days_in_month(2024, 4), 30);
	CHECK_INT(rc_days_in_month(2024, 0), 0);
	CHECK_INT(rc_days_in_month(2024, 13), 0);
	return unit_done();
}
