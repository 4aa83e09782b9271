/*
 * mt940_fields.c - the values of single fields of MT940 and MT942.
 */
#include "mt940_fields.h"

#include <string.h>

#include "mt940_details.h"

/*
 * Reads YYMMDD. Banks that count thirty days a month give 30 February: that is the month's last day. Other impossible days are written as they are, so that
 * the row is rejected.
 */
static bool
read_date(const char *text, int year, char *result)
{
	int			month = rc_digits_value(text, 2);
	int			day = rc_digits_value(text + 2, 2);
	int			last = rc_days_in_month(year, month);

	if (!rc_is_digits(text, 4))
		return false;
	if (month == 2 && day <= 30 && day > last)
		day = last;
	for (int i = 3; i >= 0; i--, year /= 10)
		result[i] = (char) ('0' + year % 10);
	result[4] = result[7] = '-';
	result[5] = (char) ('0' + month / 10);
	result[6] = (char) ('0' + month % 10);
	result[8] = (char) ('0' + day / 10);
	result[9] = (char) ('0' + day % 10);
	return true;
}

static int
full_year(const char *text)
{
	int			year = rc_digits_value(text, 2);

	return year < 80 ? 2000 + year : 1900 + year;
}

/* Is a point among the digits that may as well separate thousands? SWIFT knows the comma only. */
static bool
is_doubtful(const char *text, size_t length, const RcBankAmount *amount)
{
	return memchr(text, '.', length) && amount->scale == 3;
}

bool
rc_mt940_is_currency(const char *text, size_t length)
{
	for (size_t i = 0; i < 3; i++)
	{
		if (i == length || text[i] < 'A' || text[i] > 'Z')
			return false;
	}
	return true;
}

size_t
rc_mt940_mark(const char *text, size_t length, size_t *mark, bool *credit, bool *expected)
{
	size_t		at = 6;
	bool		reversed = false;

	if (length < 7 || !rc_is_digits(text, 6))
		return 0;
	if (length >= 10 && rc_is_digits(text + 6, 4))
		at = 10;
	*mark = at;
	*expected = false;
	if (length - at >= 2 && (text[at] == 'R' || text[at] == 'E') && (text[at + 1] == 'C' || text[at + 1] == 'D'))
	{
		reversed = text[at] == 'R';
		*expected = text[at] == 'E';
		at++;
	}
	if (at == length || (text[at] != 'C' && text[at] != 'D'))
		return 0;
	*credit = (text[at] == 'C') != reversed;
	at++;
	if (at < length && text[at] >= 'A' && text[at] <= 'Z')
		at++;
	return at;
}

/* Value and entry date; the latter has no year and lies near the former. */
static bool
read_entry_dates(RcBank *bank, const char *text, bool has_entry_date, RcCode *code)
{
	char		value_on[10];
	char		booked_on[10];
	int			year = full_year(text);

	if (!read_date(text + 2, year, value_on))
		return false;
	memcpy(booked_on, value_on, sizeof(booked_on));
	if (has_entry_date)
	{
		int			apart = rc_digits_value(text + 6, 2) - rc_digits_value(text + 2, 2);

		if (!read_date(text + 6, apart > 6 ? year - 1 : apart < -6 ? year + 1 : year, booked_on))
			return false;
	}
	*code = rc_bank_set(&bank->entry[RC_ENTRY_VALUE_ON], value_on, sizeof(value_on));
	if (*code == RC_OK)
		*code = rc_bank_set(&bank->entry[RC_ENTRY_BOOKED_ON], booked_on, sizeof(booked_on));
	return true;
}

/* The rest of :61: behind the amount: type, reference, //bank reference, or a name where the reference is full. */
static RcCode
read_references(RcBank *bank, const char *text, size_t length)
{
	RcBuffer   *fields = bank->entry;
	size_t		cut = length;
	RcCode		code = RC_OK;

	if (length > 0 && text[0] >= 'A' && text[0] <= 'Z')
	{
		size_t		size = rc_utf8_cut(text, length, 4);

		code = rc_bank_join(&fields[RC_ENTRY_TYPE], text, size);
		text += size;
		length -= size;
		cut = length;
	}
	for (size_t i = 0; i + 1 < length && cut == length; i++)
	{
		if (text[i] == '/' && text[i + 1] == '/')
			cut = i;
	}
	if (code == RC_OK && cut < length)
		code = rc_bank_join(&fields[RC_ENTRY_BANK_REFERENCE], text + cut + 2, length - cut - 2);
	else if (code == RC_OK && length > 16)
	{
		cut = rc_utf8_cut(text, length, 16);
		code = rc_bank_join(&fields[RC_MT940_SUPPLEMENTARY], text + cut, length - cut);
	}
	return code == RC_OK ? rc_bank_join(&fields[RC_ENTRY_REFERENCE], text, cut) : code;
}

RcCode
rc_mt940_entry(RcBank *bank, const char *text, size_t length, RcBankAmount *amount, bool *expected, const char **fault)
{
	bool		credit = false;
	size_t		mark = 0;
	size_t		at;
	size_t		end;
	RcCode		code = RC_OK;

	*expected = false;
	at = end = rc_mt940_mark(text, length, &mark, &credit, expected);
	*fault = "no date and mark";
	if (at == 0)
		return RC_BAD_STRUCTURE;
	*fault = "no date";
	if (!read_entry_dates(bank, text, mark == 10, &code))
		return RC_BAD_STRUCTURE;
	while (end < length && ((text[end] >= '0' && text[end] <= '9') || text[end] == ',' || text[end] == '.'))
		end++;
	*fault = "no amount that can be read";
	if (!rc_bank_amount(text + at, end - at, !credit, amount))
		return RC_BAD_STRUCTURE;
	*fault = "an amount with a point that can be read in two ways";
	if (is_doubtful(text + at, end - at, amount))
		return RC_BAD_STRUCTURE;
	while (end < length && text[end] == ' ')
		end++;
	return code == RC_OK ? read_references(bank, text + end, length - end) : code;
}

const char *
rc_mt940_balance(const char *text, size_t length, RcMt940Balance *balance)
{
	size_t		at = 7;

	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	if (length < 8 || (text[0] != 'C' && text[0] != 'D') || !rc_is_digits(text + 1, 6) || !read_date(text + 3, full_year(text + 1), balance->date))
		return "mark and date";
	balance->has_currency = rc_mt940_is_currency(text + at, length - at);
	if (balance->has_currency)
	{
		memcpy(balance->currency, text + at, 3);
		at += 3;
	}
	if (!rc_bank_amount(text + at, length - at, text[0] == 'D', &balance->amount) || is_doubtful(text + at, length - at, &balance->amount))
		return "amount";
	return NULL;
}

/* Adds a stated count and sum; text that does not hold them is left alone. */
static void
state_sum(RcBank *bank, const char *count, size_t count_length, const char *text, size_t length, bool debit)
{
	RcBankAmount amount;

	if (!rc_is_digits(count, count_length) || count_length > 9 || !rc_bank_amount(text, length, debit, &amount))
		return;
	bank->has_stated_count = true;
	bank->stated_count += (uint64_t) rc_digits_value(count, count_length);
	rc_sum_add(&bank->stated_sum, &amount);
}

RcCode
rc_mt940_sum(RcBank *bank, const char *text, size_t length, bool debit)
{
	RcBuffer   *currency = &bank->statement[RC_STATEMENT_CURRENCY];
	size_t		at = 0;
	RcCode		code = RC_OK;

	rc_trim(&text, &length);
	while (at < length && text[at] >= '0' && text[at] <= '9')
		at++;
	if (!rc_mt940_is_currency(text + at, length - at))
		return RC_OK;
	if (currency->length == 0)
		code = rc_bank_set(currency, text + at, 3);
	state_sum(bank, text, at, text + at + 3, length - at - 3, debit);
	return code;
}

void
rc_mt940_statement_details(RcBank *bank, const char *text, size_t length)
{
	const char *parts[4];
	size_t		sizes[4];
	size_t		at = 0;
	bool		slashes = length >= 5 && memcmp(text, "/SUM/", 5) == 0;

	if (slashes)
		at = 5;
	for (int i = 0; i < 4; i++)
	{
		if (!slashes && (at == length || text[at++] != (i % 2 ? 'C' : 'D')))
			return;
		parts[i] = text + at;
		while (at < length && ((text[at] >= '0' && text[at] <= '9') || (text[at] == ',' && i >= 2)))
			at++;
		sizes[i] = (size_t) (text + at - parts[i]);
		if (slashes && (at == length || text[at++] != '/'))
			return;
	}
	state_sum(bank, parts[0], sizes[0], parts[2], sizes[2], true);
	state_sum(bank, parts[1], sizes[1], parts[3], sizes[3], false);
}
