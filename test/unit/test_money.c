/*
 * test_money.c - amounts: every way files write them, and everything that must be refused instead of being read wrongly.
 */
#include "../../src/base/money.h"
#include "unit.h"

#define DOT {.decimal_mark = '.', .group_mark = ','}
#define COMMA {.decimal_mark = ',', .group_mark = '.'}

static const RcNumberStyle dot = DOT;
static const RcNumberStyle comma = COMMA;
static const RcNumberStyle plain = {.decimal_mark = '.'};
static const RcNumberStyle blank_groups = {.decimal_mark = ',', .group_mark = ' '};
static const RcNumberStyle swiss = {.decimal_mark = '.', .group_mark = '\''};
static const RcNumberStyle dressed = {.decimal_mark = '.', .group_mark = ',', .parentheses = true, .trailing_sign = true};
static const RcNumberStyle any_dot = {.decimal_mark = '.', .group_mark = ',', .any_group = true};
static const RcNumberStyle any_comma = {.decimal_mark = ',', .group_mark = '.', .any_group = true};
static const RcNumberStyle fen = {.decimal_mark = '.', .group_mark = ',', .implied_scale = 2};

typedef struct GoodCase
{
	const RcNumberStyle *style;
	const char *text;
	int64_t		digits;
	int32_t		scale;
} GoodCase;

static const GoodCase good_cases[] = {
	{&dot, "0", 0, 0}, {&dot, "1", 1, 0}, {&dot, "-1", -1, 0}, {&dot, "12.30", 1230, 2}, {&dot, "-12.30", -1230, 2},
	{&dot, "007.10", 710, 2}, {&dot, "0.005", 5, 3}, {&dot, "-0.00", 0, 2}, {&dot, "-0", 0, 0}, {&dot, "+0.00", 0, 2},
	{&dot, "+10000.00", 1000000, 2}, {&dot, ".5", 5, 1}, {&dot, "-.5", -5, 1}, {&dot, "8.", 8, 0}, {&comma, "8,", 8, 0},
	{&dot, "1,234.56", 123456, 2}, {&dot, "1,234", 1234, 0}, {&dot, "12,345,678.9", 123456789, 1}, {&dot, "1234.56", 123456, 2},
	{&comma, "1.234,56", 123456, 2}, {&comma, "1234,56", 123456, 2}, {&comma, "1.234", 1234, 0}, {&comma, "-4.626,81", -462681, 2},
	{&blank_groups, "1 234,56", 123456, 2}, {&blank_groups, "1\xC2\xA0" "234,56", 123456, 2},
	{&blank_groups, "1\xE2\x80\xAF" "234\xE2\x80\xAF" "567,8", 12345678, 1}, {&swiss, "1'234'567.05", 123456705, 2},
	{&swiss, "1\xE2\x80\x99" "234.05", 123405, 2},
	{&any_comma, "1 234,56", 123456, 2}, {&any_comma, "-1\xE2\x80\xAF" "234\xE2\x80\xAF" "567,8", -12345678, 1}, {&any_comma, "1.234,56", 123456, 2},
	{&any_dot, "1'234.05", 123405, 2}, {&any_dot, "CHF 1\xE2\x80\x99" "234'567.05", 123456705, 2}, {&any_dot, "1,234 EUR", 1234, 0},
	{&any_dot, "1 234 EUR", 1234, 0},
	{&dot, "  12.30\t", 1230, 2}, {&dot, "\xC2\xA0" "12.30\xE3\x80\x80", 1230, 2}, {&dot, "\xEF\xBB\xBF" "5", 5, 0},
	{&dot, "\xC2\xA5" "28.16", 2816, 2}, {&dot, "\xEF\xBF\xA5" "28.16", 2816, 2}, {&dot, "-$12.30", -1230, 2}, {&dot, "$-12.30", -1230, 2},
	{&dot, "$ 12.30", 1230, 2}, {&dot, "12.30 USD", 1230, 2}, {&dot, "CNY13.50", 1350, 2}, {&dot, "USD -1,234.50", -123450, 2},
	{&dot, "HK$8", 8, 0}, {&dot, "US$1.5", 15, 1}, {&comma, "1.234,5 \xE2\x82\xAC", 12345, 1}, {&dot, "12.5\xE5\x85\x83", 125, 1},
	{&dot, "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93", 123, 0},
	{&dot, "\xEF\xBC\x91\xEF\xBC\x8C\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x8E\xEF\xBC\x95", 12345, 1},
	{&dot, "\xE2\x88\x92" "1.5", -15, 1}, {&dot, "\xEF\xBC\x8D" "1.5", -15, 1},
	{&dressed, "(12.30)", -1230, 2}, {&dressed, "12.30-", -1230, 2}, {&dressed, "12.30+", 1230, 2}, {&dressed, "($1,012.30)", -101230, 2},
	{&dressed, "$(12.30)", -1230, 2}, {&dressed, "12.30", 1230, 2}, {&dressed, "-12.30", -1230, 2},
	{&fen, "1234", 1234, 2}, {&fen, "-5", -5, 2}, {&fen, "0", 0, 2}, {&fen, "1,234", 1234, 2}, {&fen, "12.5", 125, 3},
	{&dot, "9223372036854775807", INT64_MAX, 0}, {&dot, "-9223372036854775808", INT64_MIN, 0},
	{&dot, "92233720368547758.07", INT64_MAX, 2}, {&dot, "999999999999999999", INT64_C(999999999999999999), 0},
	{&dot, "0.000000000000000001", 1, 18}, {&dot, "1.0000000000000000000000000", INT64_C(1000000000000000000), 18},
	{&dot, "9223372036854775807.000", INT64_MAX, 0}, {&dot, "12345678901.500000000000", INT64_C(1234567890150000000), 8},
	{&dot, "00000000000000000000000000001.5", 15, 1},
};

typedef struct BadCase
{
	const RcNumberStyle *style;
	const char *text;
	RcCode		code;
} BadCase;

static const BadCase bad_cases[] = {
	{&dot, "", RC_BAD_VALUE}, {&dot, "   ", RC_BAD_VALUE}, {&dot, "-", RC_BAD_VALUE}, {&dot, "+", RC_BAD_VALUE}, {&dot, ".", RC_BAD_VALUE},
	{&dot, "-.", RC_BAD_VALUE}, {&dot, "$", RC_BAD_VALUE}, {&dot, "CNY", RC_BAD_VALUE}, {&dot, "()", RC_BAD_VALUE},
	{&dressed, "()", RC_BAD_VALUE},
	{&dot, "NaN", RC_BAD_VALUE}, {&dot, "nan", RC_BAD_VALUE}, {&dot, "Infinity", RC_BAD_VALUE}, {&dot, "-inf", RC_BAD_VALUE},
	{&dot, "1e131073", RC_BAD_VALUE}, {&dot, "1E5", RC_BAD_VALUE}, {&dot, "1.5e3", RC_BAD_VALUE}, {&dot, "1.23E+17", RC_BAD_VALUE},
	{&dot, "0x1F", RC_BAD_VALUE}, {&dot, "1_000", RC_BAD_VALUE}, {&dot, "0b1", RC_BAD_VALUE}, {&dot, "1/2", RC_BAD_VALUE},
	{&dot, "12a", RC_BAD_VALUE}, {&dot, "abc", RC_BAD_VALUE}, {&dot, "--", RC_BAD_VALUE}, {&dot, "50%", RC_BAD_VALUE},
	{&dot, "1.234,56", RC_BAD_VALUE}, {&comma, "1,234.56", RC_BAD_VALUE}, {&comma, "12.30", RC_BAD_VALUE}, {&dot, "12,30", RC_BAD_VALUE},
	{&dot, "0,123", RC_BAD_VALUE}, {&comma, "0.500", RC_BAD_VALUE},
	{&dot, "1,23,456.00", RC_BAD_VALUE}, {&dot, "1234,567", RC_BAD_VALUE}, {&dot, "1,2345", RC_BAD_VALUE}, {&dot, ",123", RC_BAD_VALUE},
	{&dot, "1,,234", RC_BAD_VALUE}, {&dot, "1,234,", RC_BAD_VALUE}, {&dot, "1,23.4", RC_BAD_VALUE}, {&dot, "1.234.567", RC_BAD_VALUE},
	{&dot, "1..2", RC_BAD_VALUE}, {&dot, "1.2.", RC_BAD_VALUE}, {&plain, "1,234.56", RC_BAD_VALUE}, {&plain, "1 234", RC_BAD_VALUE},
	{&any_dot, "1 234'567.00", RC_BAD_VALUE}, {&any_dot, "1,234 567", RC_BAD_VALUE}, {&any_dot, "12 34", RC_BAD_VALUE}, {&any_dot, "1 2345", RC_BAD_VALUE},
	{&any_dot, "1  234", RC_BAD_VALUE}, {&any_dot, "0 123", RC_BAD_VALUE}, {&any_dot, "1.234 5", RC_BAD_VALUE}, {&any_comma, "1'23,5", RC_BAD_VALUE},
	{&dot, "1 234", RC_BAD_VALUE}, {&dot, "12. 30", RC_BAD_VALUE},
	{&dot, "(12.30)", RC_BAD_VALUE}, {&dot, "12.30-", RC_BAD_VALUE}, {&dressed, "(12.30", RC_BAD_VALUE}, {&dressed, "12.30)", RC_BAD_VALUE},
	{&dressed, "-(12.30)", RC_BAD_VALUE}, {&dressed, "-12.30-", RC_BAD_VALUE}, {&dressed, "(-12.30)", RC_BAD_VALUE},
	{&dot, "--1", RC_BAD_VALUE}, {&dot, "+-1", RC_BAD_VALUE}, {&dot, "$1$", RC_BAD_VALUE}, {&dot, "USD 1 EUR", RC_BAD_VALUE},
	{&dot, "8,000.00(CN)", RC_BAD_VALUE}, {&dot, "131.77(\xE5\xB7\xB2)", RC_BAD_VALUE}, {&dot, "ABC1", RC_BAD_VALUE},
	{&dot, "\xFF", RC_BAD_VALUE}, {&dot, "1\xE5\x85", RC_BAD_VALUE}, {&dot, "\xD9\xA1", RC_BAD_VALUE},
	{&dot, "9223372036854775808", RC_OVERFLOW}, {&dot, "-9223372036854775809", RC_OVERFLOW}, {&dot, "99999999999999999999", RC_OVERFLOW},
	{&dot, "0.0000000000000000001", RC_OVERFLOW}, {&dot, "92233720368547758.08", RC_OVERFLOW}, {&dot, "1000000000000000000000000", RC_OVERFLOW},
	{&dot, "9,223,372,036,854,775,808", RC_OVERFLOW},
};

static void
test_parsing(void)
{
	RcStatus	status;
	RcDecimal	value;
	char		big[4096];

	for (size_t i = 0; i < sizeof(good_cases) / sizeof(good_cases[0]); i++)
	{
		const GoodCase *good = &good_cases[i];
		unsigned long before = unit_failed;

		rc_status_reset(&status);
		CHECK_INT(rc_parse_decimal(good->text, strlen(good->text), good->style, &value, &status), RC_OK);
		CHECK_INT(value.digits, good->digits);
		CHECK_INT(value.scale, good->scale);
		UNIT_NOTE(before, "\"%s\" %s", good->text, status.message);
	}
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++)
	{
		const BadCase *bad = &bad_cases[i];
		unsigned long before = unit_failed;

		rc_status_reset(&status);
		CHECK_INT(rc_parse_decimal(bad->text, strlen(bad->text), bad->style, &value, &status), bad->code);
		CHECK_INT(status.code, bad->code);
		CHECK(status.message[0] != '\0');
		UNIT_NOTE(before, "\"%s\"", bad->text);
	}

	/* only the given length counts, not a terminator; and no length is too much to refuse */
	CHECK_INT(rc_parse_decimal("12.345", 4, &dot, &value, &status), RC_OK);
	CHECK_INT(value.digits, 123);
	memset(big, '1', sizeof(big));
	CHECK(rc_parse_decimal(big, sizeof(big), &dot, &value, &status) != RC_OK);
	CHECK(rc_parse_decimal(big, 20, &dot, &value, &status) == RC_OVERFLOW);
	CHECK_INT(rc_parse_decimal("1\0", 2, &dot, &value, &status), RC_BAD_VALUE);
}

static void
test_rescaling(void)
{
	RcStatus	status;
	int64_t		result = 0;

	CHECK_INT(rc_rescale((RcDecimal) {1230, 2}, 2, &result, &status), RC_OK);
	CHECK_INT(result, 1230);
	CHECK_INT(rc_rescale((RcDecimal) {1230, 2}, 6, &result, &status), RC_OK);
	CHECK_INT(result, 12300000);
	CHECK_INT(rc_rescale((RcDecimal) {-1230, 2}, 1, &result, &status), RC_OK);
	CHECK_INT(result, -123);
	CHECK_INT(rc_rescale((RcDecimal) {100, 2}, 0, &result, &status), RC_OK);
	CHECK_INT(result, 1);
	CHECK_INT(rc_rescale((RcDecimal) {0, 18}, 2, &result, &status), RC_OK);
	CHECK_INT(result, 0);
	/* over-scale: 0.005 in a currency of two decimals, JPY with decimals; never rounded */
	CHECK_INT(rc_rescale((RcDecimal) {5, 3}, 2, &result, &status), RC_BAD_VALUE);
	CHECK_INT(rc_rescale((RcDecimal) {1005, 1}, 0, &result, &status), RC_BAD_VALUE);
	CHECK_INT(rc_rescale((RcDecimal) {INT64_MIN, 18}, 0, &result, &status), RC_BAD_VALUE);
	CHECK_INT(rc_rescale((RcDecimal) {INT64_MAX, 0}, 1, &result, &status), RC_OVERFLOW);
	CHECK_INT(rc_rescale((RcDecimal) {INT64_MIN, 0}, 1, &result, &status), RC_OVERFLOW);
	CHECK_INT(rc_rescale((RcDecimal) {INT64_MIN, 2}, 2, &result, &status), RC_OK);
	CHECK(result == INT64_MIN);
	CHECK_INT(rc_rescale((RcDecimal) {1, 0}, 18, &result, &status), RC_OK);
	CHECK_INT(result, INT64_C(1000000000000000000));
	CHECK_INT(rc_rescale((RcDecimal) {10, 0}, 18, &result, &status), RC_OVERFLOW);
}

static void
test_currencies(void)
{
	static const struct
	{
		const char *code;
		int			exponent;
	}			cases[] = {
		{"CNY", 2}, {"CNH", 2}, {"USD", 2}, {"JPY", 0}, {"KWD", 3}, {"BHD", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4}, {"KRW", 0}, {"VND", 0},
		{"AED", 2}, {"ZWG", 2}, {"TWD", 2}, {"HKD", 2}, {"ISK", 0}, {"IQD", 3}, {"XAF", 0}, {"XXX", -1}, {"XAU", -1}, {"ABC", -1},
		{"cny", -1}, {"CN", -1}, {"CNYY", -1}, {"", -1}, {"   ", -1}, {"RMB", -1}, {"XDR", -1}, {"DEM", 2}, {"ITL", 0}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;

		CHECK_INT(rc_currency_exponent(cases[i].code, strlen(cases[i].code)), cases[i].exponent);
		UNIT_NOTE(before, "%s", cases[i].code);
	}
}

int
main(void)
{
	test_parsing();
	test_rescaling();
	test_currencies();
	return unit_done();
}
