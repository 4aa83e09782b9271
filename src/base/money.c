/*
 * money.c - decimal amounts as integers.
 */
#include "money.h"

#include <string.h>

#include "text.h"

#define MAX_SCALE 18
#define MAX_AMOUNT_LENGTH 128
#define SHOWN_LENGTH 40			/* bytes of a bad value that a message repeats */

static const int64_t powers_of_ten[MAX_SCALE + 1] = {
	INT64_C(1), INT64_C(10), INT64_C(100), INT64_C(1000), INT64_C(10000), INT64_C(100000), INT64_C(1000000), INT64_C(10000000),
	INT64_C(100000000), INT64_C(1000000000), INT64_C(10000000000), INT64_C(100000000000), INT64_C(1000000000000),
	INT64_C(10000000000000), INT64_C(100000000000000), INT64_C(1000000000000000), INT64_C(10000000000000000),
	INT64_C(100000000000000000), INT64_C(1000000000000000000)
};

static const RcNumberStyle plain_style = {.decimal_mark = '.', .group_mark = ','};

static RcCode
bad_amount(RcStatus *status, const char *text, size_t length, const char *why)
{
	size_t		shown = rc_utf8_cut(text, length, SHOWN_LENGTH);

	return rc_fail(status, RC_BAD_VALUE, "\"%.*s%s\" is not an amount: %s", (int) shown, text, shown < length ? "..." : "", why);
}

static RcCode
too_large(RcStatus *status, const char *text, size_t length)
{
	size_t		shown = rc_utf8_cut(text, length, SHOWN_LENGTH);

	return rc_fail(status, RC_OVERFLOW, "amount \"%.*s%s\" is out of range", (int) shown, text, shown < length ? "..." : "");
}

/*
 * Reads -?digits(.digits)? of up to 18 digits in one loop: what nearly all files hold. False: let the general way look at it.
 */
static inline bool
parse_plain(const char *text, size_t length, char decimal_mark, RcDecimal *result)
{
	const char *at = text;
	const char *end = text + length;
	bool		negative = false;
	uint64_t	digits = 0;
	const char *mark = NULL;

	if (at < end && *at == '-')
	{
		negative = true;
		at++;
	}
	if (at == end || end - at > 19 || *at == decimal_mark || end[-1] == decimal_mark)
		return false;
	for (; at < end; at++)
	{
		unsigned int digit = (unsigned char) *at - (unsigned int) '0';

		if (digit <= 9)
			digits = digits * 10 + digit;
		else if (*at == decimal_mark && !mark)
			mark = at;
		else
			return false;
	}
	/* 19 bytes without a mark are 19 digits, which may overflow */
	if (!mark && end - text - negative > 18)
		return false;
	result->digits = negative ? -(int64_t) digits : (int64_t) digits;
	result->scale = mark ? (int32_t) (end - mark - 1) : 0;
	return true;
}

/*
 * Copies an amount with full-width characters, typographic minus, blanks and apostrophes brought to ASCII; the full-width yen
 * sign becomes U+00A5. Returns the length, 0 when it is too long.
 */
static size_t
make_narrow(const char *text, size_t length, char *buffer)
{
	size_t		used = 0;

	if (length > MAX_AMOUNT_LENGTH)
		return 0;
	for (size_t at = 0; at < length;)
	{
		size_t		size;
		uint32_t	character = rc_utf8_decode(text + at, length - at, &size);

		if (character >= 0xFF01 && character <= 0xFF5E)
			character -= 0xFF01 - '!';
		else if (character == 0xFFE5)
			character = 0xA5;
		else if (character == 0x2212)
			character = '-';
		else if (character == 0x2019)
			character = '\'';
		else if (character == 0xA0 || character == 0x202F || character == 0x2009 || character == 0x3000)
			character = ' ';
		if (character < 0x80 || size > 1)
			used += rc_utf8_encode(character, buffer + used);
		else
			buffer[used++] = (char) character;	/* a byte that is no UTF-8 stays what it is, and is refused below */
		at += size;
	}
	return used;
}

/* Signs of currencies; the three-letter codes come from the currency table. */
static const char *const currency_signs[] = {
	"US$", "HK$", "NT$", "CN\xC2\xA5", "JP\xC2\xA5", "A$", "C$", "S$", "R$", "$", "\xC2\xA5", "\xC2\xA3", "\xE2\x82\xAC" /* euro */ ,
	"\xE2\x82\xA9" /* won */ , "\xE2\x82\xB9" /* rupee */ , "\xE5\x85\x83" /* yuan */ , "RMB", NULL
};

/* Takes a currency sign or code off the front or the end. */
static bool
strip_currency(const char **text, size_t *length, bool at_end)
{
	for (int i = -1; i < 0 || currency_signs[i]; i++)
	{
		size_t		size = i < 0 ? 3 : strlen(currency_signs[i]);
		const char *place;

		if (*length < size)
			continue;
		place = at_end ? *text + *length - size : *text;
		if (i < 0 ? rc_currency_exponent(place, 3) < 0 : memcmp(place, currency_signs[i], size) != 0)
			continue;
		if (!at_end)
			*text += size;
		*length -= size;
		rc_trim(text, length);
		return true;
	}
	return false;
}

/* What stands around the digits. */
typedef struct Dress
{
	bool		negative;
	const char *fault;
} Dress;

/* Takes sign, parentheses and currency off both ends; each may stand there once, in any order. */
static Dress
undress(const char **text, size_t *length, const RcNumberStyle *style)
{
	Dress		dress = {false, NULL};
	bool		signed_already = false;
	bool		has_currency = false;
	bool		changed = true;

	while (changed && *length > 0)
	{
		changed = false;
		if ((*text)[0] == '+' || (*text)[0] == '-' || (*text)[0] == '(')
		{
			bool		parenthesis = (*text)[0] == '(';

			if (parenthesis && (!style->parentheses || (*text)[*length - 1] != ')'))
			{
				dress.fault = style->parentheses ? "parenthesis is not closed" : "parentheses are not declared for this file";
				return dress;
			}
			if (signed_already)
			{
				dress.fault = "it has two signs";
				return dress;
			}
			dress.negative = (*text)[0] != '+';
			signed_already = true;
			*text += 1;
			*length -= parenthesis ? 2 : 1;
			rc_trim(text, length);
			changed = true;
		}
		else if ((*text)[*length - 1] == '-' || (*text)[*length - 1] == '+')
		{
			if (!style->trailing_sign || signed_already)
			{
				dress.fault = signed_already ? "it has two signs" : "a sign at the end is not declared for this file";
				return dress;
			}
			dress.negative = (*text)[*length - 1] == '-';
			signed_already = true;
			*length -= 1;
			rc_trim(text, length);
			changed = true;
		}
		else if (strip_currency(text, length, false) || strip_currency(text, length, true))
		{
			if (has_currency)
			{
				dress.fault = "it names two currencies";
				return dress;
			}
			has_currency = true;
			changed = true;
		}
	}
	return dress;
}

/* Digits read so far; zeros at the end of the fraction wait in pending_zeros until a digit follows. */
typedef struct Number
{
	int64_t		digits;			/* negative or zero: INT64_MIN must be readable */
	int32_t		scale;
	int32_t		pending_zeros;
} Number;

static bool
push_digit(Number *number, int digit, bool fraction)
{
	if (fraction && digit == 0)
	{
		number->pending_zeros++;
		return true;
	}
	for (; number->pending_zeros > 0; number->pending_zeros--)
	{
		if (__builtin_mul_overflow(number->digits, 10, &number->digits))
			return false;
		number->scale++;
	}
	if (__builtin_mul_overflow(number->digits, 10, &number->digits) ||
		__builtin_sub_overflow(number->digits, digit, &number->digits))
		return false;
	if (fraction)
		number->scale++;
	return number->scale <= MAX_SCALE;
}

RcCode
rc_parse_decimal(const char *text, size_t length, const RcNumberStyle *style, RcDecimal *result, RcStatus *status)
{
	const char *whole_text = text;
	size_t		whole_length = length;
	char		narrow[MAX_AMOUNT_LENGTH + 1];
	Dress		dress;
	Number		number = {0, 0, 0};
	bool		fraction = false;
	char		grouped = 0;	/* the mark that groups this number */
	bool		any = false;
	bool		leading_zero = false;
	int			run = 0;		/* digits since the last group mark */

	if (!style)
		style = &plain_style;
	if (style->implied_scale == 0 && parse_plain(text, length, style->decimal_mark, result))
		return RC_OK;

	rc_trim(&text, &length);
	if (length == 0)
		return rc_fail(status, RC_BAD_VALUE, "amount is empty");
	length = make_narrow(text, length, narrow);
	if (length == 0)
		return bad_amount(status, whole_text, whole_length, "it is too long");
	text = narrow;
	dress = undress(&text, &length, style);
	if (dress.fault)
		return bad_amount(status, whole_text, whole_length, dress.fault);

	for (size_t i = 0; i < length; i++)
	{
		char		character = text[i];

		if (character >= '0' && character <= '9')
		{
			if (!any)
				leading_zero = character == '0';
			any = true;
			run++;
			if (!push_digit(&number, character - '0', fraction))
				return too_large(status, whole_text, whole_length);
		}
		else if (character == style->decimal_mark)
		{
			if (fraction)
				return bad_amount(status, whole_text, whole_length, "it has two decimal marks");
			if (grouped && run != 3)
				return bad_amount(status, whole_text, whole_length, "its digits are not grouped by three");
			fraction = true;
		}
		else if ((style->group_mark && character == style->group_mark) || (style->any_group && (character == ' ' || character == '\'')))
		{
			if (grouped && character != grouped)
				return bad_amount(status, whole_text, whole_length, "its digits are grouped by two marks");
			/* 0,123 is more likely a decimal comma than 123 */
			if (fraction || run == 0 || run > 3 || (grouped && run != 3) || leading_zero)
				return bad_amount(status, whole_text, whole_length, "its digits are not grouped by three");
			grouped = character;
			run = 0;
		}
		else
			return bad_amount(status, whole_text, whole_length, "it holds something other than digits");
	}
	if (!any)
		return bad_amount(status, whole_text, whole_length, "it has no digits");
	if (grouped && !fraction && run != 3)
		return bad_amount(status, whole_text, whole_length, "its digits are not grouped by three");

	/* zeros as written are kept while there is room for them, so that 1.50 keeps its two decimals */
	for (; number.pending_zeros > 0 && number.scale < MAX_SCALE; number.pending_zeros--)
	{
		int64_t		longer;

		if (__builtin_mul_overflow(number.digits, 10, &longer))
			break;
		number.digits = longer;
		number.scale++;
	}
	number.scale += style->implied_scale;
	while (number.scale > MAX_SCALE && number.digits % 10 == 0)
	{
		number.digits /= 10;
		number.scale--;
	}
	if (number.scale > MAX_SCALE)
		return too_large(status, whole_text, whole_length);
	if (!dress.negative && __builtin_sub_overflow(0, number.digits, &number.digits))
		return too_large(status, whole_text, whole_length);
	result->digits = number.digits;
	result->scale = number.scale;
	return RC_OK;
}

RcCode
rc_rescale(RcDecimal value, int32_t scale, int64_t *result, RcStatus *status)
{
	int64_t		digits = value.digits;
	int32_t		difference = scale - value.scale;

	/* zero has any scale; beyond 18 digits nothing else can fit or divide */
	if (digits == 0)
	{
		*result = 0;
		return RC_OK;
	}
	if (difference >= 0)
	{
		if (difference > MAX_SCALE || __builtin_mul_overflow(digits, powers_of_ten[difference], result))
			return rc_fail(status, RC_OVERFLOW, "amount is out of range");
		return RC_OK;
	}
	if (-difference > MAX_SCALE || digits % powers_of_ten[-difference] != 0)
		return rc_fail(status, RC_BAD_VALUE, "amount has more than %d decimals", (int) scale);
	*result = digits / powers_of_ten[-difference];
	return RC_OK;
}

/*
 * ISO 4217 active codes with a number of decimals, CNH (the offshore yuan), and those of
 * currencies withdrawn since 1999, which older files still name. Codes without one (XAU, XDR, XXX ...) are left out: no
 * amount of a file is in them. In the order of the code, for the search.
 */
typedef struct Currency
{
	char		code[4];
	int8_t		exponent;
} Currency;

static const Currency currencies[] = {
	{"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"ATS", 2}, {"AUD", 2}, {"AWG", 2},
	{"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BEF", 0}, {"BGL", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0}, {"BMD", 2},
	{"BND", 2}, {"BOB", 2}, {"BOV", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BYR", 0}, {"BZD", 2},
	{"CAD", 2}, {"CDF", 2}, {"CHE", 2}, {"CHF", 2}, {"CHW", 2}, {"CLF", 4}, {"CLP", 0}, {"CNH", 2}, {"CNY", 2}, {"COP", 2},
	{"COU", 2}, {"CRC", 2}, {"CUC", 2}, {"CUP", 2}, {"CVE", 2}, {"CYP", 2}, {"CZK", 2}, {"DEM", 2}, {"DJF", 0}, {"DKK", 2},
	{"DOP", 2}, {"DZD", 2}, {"EEK", 2}, {"EGP", 2}, {"ERN", 2}, {"ESP", 0}, {"ETB", 2}, {"EUR", 2}, {"FIM", 2}, {"FJD", 2},
	{"FKP", 2}, {"FRF", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GRD", 0}, {"GTQ", 2},
	{"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HRK", 2}, {"HTG", 2}, {"HUF", 2}, {"IDR", 2}, {"IEP", 2}, {"ILS", 2}, {"INR", 2},
	{"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"ITL", 0}, {"JMD", 2}, {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2},
	{"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2},
	{"LSL", 2}, {"LTL", 2}, {"LUF", 0}, {"LVL", 2}, {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2},
	{"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MTL", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MXV", 2}, {"MYR", 2},
	{"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NLG", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2},
	{"PEN", 2}, {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PTE", 0}, {"PYG", 0}, {"QAR", 2}, {"ROL", 0}, {"RON", 2},
	{"RSD", 2}, {"RUB", 2}, {"RUR", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2},
	{"SHP", 2}, {"SIT", 2}, {"SKK", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2},
	{"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRL", 0}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2},
	{"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"USN", 2}, {"UYI", 0}, {"UYU", 2}, {"UYW", 4}, {"UZS", 2}, {"VED", 2},
	{"VEF", 2}, {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0},
	{"YER", 2}, {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2}, {"ZWL", 2}
};

int
rc_currency_exponent(const char *code, size_t length)
{
	size_t		low = 0;
	size_t		high = sizeof(currencies) / sizeof(currencies[0]);

	if (length != 3)
		return -1;
	while (low < high)
	{
		size_t		middle = (low + high) / 2;
		int			order = memcmp(code, currencies[middle].code, 3);

		if (order == 0)
			return currencies[middle].exponent;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}
