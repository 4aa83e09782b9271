/*
 * xlsx_value.c - what the numbers and texts of a workbook mean.
 */
#include "xlsx_value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/text.h"

#define SIGNIFICANT 15			/* digits that Excel keeps */
#define MAX_LEADING_ZEROS 20	/* smaller numbers keep their exponent */
#define MAX_COLUMN 16384
#define MAX_ROW 1048576
#define MILLISECONDS 86400000u
#define FRACTION_UNIT UINT64_C(10000000000)
#define LAST_SERIAL 2958465		/* 9999-12-31 */
#define DAYS_1904 1462			/* between the two calendars */

RcXlsxKind
rc_xlsx_builtin_kind(uint32_t id)
{
	/* 27 to 36 and 50 to 58 are those of East Asian Excel; 55 and 56 are dates in one country and times in another */
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
		return RC_XLSX_DATE;
	if ((id >= 18 && id <= 22) || (id >= 32 && id <= 35) || id == 45 || id == 47)
		return RC_XLSX_TIME;
	return RC_XLSX_NUMBER;		/* also 46, [h]:mm:ss, which is a duration */
}

RcXlsxKind
rc_xlsx_code_kind(const char *code)
{
	bool		date = false;
	bool		time = false;
	bool		month = false;	/* or minutes */
	const char *at = code;

	/* only the first section, which is for positive numbers, counts */
	while (*at && *at != ';')
	{
		char		c = *at++;

		switch (c)
		{
			case '"':
				while (*at && *at != '"')
					at++;
				at += *at != '\0';
				break;
			case '[':
				/* colours, conditions, locales; [h] is a duration, not a time of day */
				if (strchr("hHmMsS", *at) && *at)
				{
					size_t		same = strspn(at, "hHmMsS");

					if (at[same] == ']')
						return RC_XLSX_NUMBER;
				}
				while (*at && *at != ']')
					at++;
				at += *at != '\0';
				break;
			case '\\':
			case '_':
			case '*':
				at += *at != '\0';
				break;
			case 'A':
			case 'a':
				if (strncasecmp(at, "M/PM", 4) == 0 || strncasecmp(at, "/P", 2) == 0)
				{
					time = true;
					at += (*at == '/') ? 2 : 4;
				}
				break;
			case 'G':
			case 'g':
				if (strncasecmp(at, "eneral", 6) == 0)
					at += 6;
				else
					date = true;
				break;
			case 'E':
			case 'e':
				if (*at == '+' || *at == '-')
					at++;
				else
					date = true;
				break;
			case 'Y':
			case 'y':
			case 'D':
			case 'd':
			case 'B':
			case 'b':
				date = true;
				break;
			case 'M':
			case 'm':
				month = true;
				break;
			case 'H':
			case 'h':
			case 'S':
			case 's':
				time = true;
				break;
			default:
				break;
		}
	}
	if (time)
		return RC_XLSX_TIME;
	return date || month ? RC_XLSX_DATE : RC_XLSX_NUMBER;
}

/* A decimal number taken apart: 0.d1 d2 d3 ... * 10^point. */
typedef struct Decimal
{
	bool		negative;
	int			count;			/* digits, none leading or trailing zero; 0: the number is 0 */
	int			point;
	char		digits[SIGNIFICANT + 2];
} Decimal;

static bool
take_apart(const char *text, size_t length, Decimal *decimal)
{
	const char *at = text;
	const char *end = text + length;
	bool		any = false;
	bool		after_mark = false;
	int			round = -1;		/* the first digit that is not kept */
	int			exponent = 0;

	memset(decimal, 0, sizeof(*decimal));
	if (length > 400)
		return false;
	if (at < end && (*at == '-' || *at == '+'))
		decimal->negative = *at++ == '-';
	for (; at < end; at++)
	{
		if (*at == '.' && !after_mark)
		{
			after_mark = true;
			continue;
		}
		if (*at < '0' || *at > '9')
			break;
		any = true;
		if (decimal->count == 0 && *at == '0')
		{
			decimal->point -= after_mark;
			continue;
		}
		decimal->point += !after_mark;
		if (decimal->count < SIGNIFICANT)
			decimal->digits[decimal->count++] = *at;
		else if (round < 0)
			round = *at - '0';
	}
	if (!any)
		return false;
	if (at < end && (*at == 'E' || *at == 'e'))
	{
		bool		negative = false;

		at++;
		if (at < end && (*at == '-' || *at == '+'))
			negative = *at++ == '-';
		if (at == end)
			return false;
		for (; at < end && *at >= '0' && *at <= '9' && exponent < 10000; at++)
			exponent = exponent * 10 + *at - '0';
		if (negative)
			exponent = -exponent;
	}
	if (at != end)
		return false;
	decimal->point += exponent;

	if (round >= 5)
	{
		int			i = decimal->count - 1;

		while (i >= 0 && decimal->digits[i] == '9')
			decimal->digits[i--] = '0';
		if (i >= 0)
			decimal->digits[i]++;
		else
		{
			decimal->digits[0] = '1';
			decimal->count = 1;
			decimal->point++;
		}
	}
	while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0')
		decimal->count--;
	if (decimal->count == 0)
	{
		decimal->point = 0;
		decimal->negative = false;
	}
	return true;
}

/* Digits of -?d+(.d+)? without a zero in front: what nearly every cell holds and needs no change. */
static bool
is_plain(const char *text, size_t length)
{
	size_t		at = length > 0 && text[0] == '-';
	size_t		first = at;
	bool		mark = false;

	if (length - first > SIGNIFICANT || length == first || (text[first] == '0' && length - first > 1 && text[first + 1] != '.'))
		return false;
	for (; at < length; at++)
	{
		if (text[at] == '.' && !mark && at > first && at + 1 < length)
			mark = true;
		else if (text[at] < '0' || text[at] > '9')
			return false;
	}
	return true;
}

size_t
rc_xlsx_number(const char *text, size_t length, char *buffer)
{
	Decimal		decimal;
	size_t		used = 0;

	if (is_plain(text, length))
	{
		memcpy(buffer, text, length);
		return length;
	}
	if (!take_apart(text, length, &decimal))
		return 0;
	if (decimal.negative)
		buffer[used++] = '-';
	if (decimal.count == 0)
	{
		buffer[used++] = '0';
		return used;
	}
	if (decimal.point > SIGNIFICANT || decimal.point < -MAX_LEADING_ZEROS)
	{
		buffer[used++] = decimal.digits[0];
		if (decimal.count > 1)
		{
			buffer[used++] = '.';
			memcpy(buffer + used, decimal.digits + 1, (size_t) decimal.count - 1);
			used += (size_t) decimal.count - 1;
		}
		return used + (size_t) snprintf(buffer + used, RC_XLSX_VALUE_BYTES - used, "E%+03d", decimal.point - 1);
	}
	if (decimal.point <= 0)
	{
		buffer[used++] = '0';
		buffer[used++] = '.';
		for (int i = decimal.point; i < 0; i++)
			buffer[used++] = '0';
		memcpy(buffer + used, decimal.digits, (size_t) decimal.count);
		return used + (size_t) decimal.count;
	}
	for (int i = 0; i < decimal.point || i < decimal.count; i++)
	{
		if (i == decimal.point)
			buffer[used++] = '.';
		buffer[used++] = i < decimal.count ? decimal.digits[i] : '0';
	}
	return used;
}

/* Writes the date of a day counted from 1970-01-01 (Howard Hinnant's civil_from_days). */
static int
print_day(int64_t days, char *buffer)
{
	int64_t		z = days + 719468;
	int64_t		era = z / 146097;
	unsigned	doe = (unsigned) (z - era * 146097);
	unsigned	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned	mp = (5 * doy + 2) / 153;
	unsigned	day = doy - (153 * mp + 2) / 5 + 1;
	unsigned	month = mp < 10 ? mp + 3 : mp - 9;
	unsigned	year = yoe + (unsigned) era * 400 + (month <= 2);

	return snprintf(buffer, RC_XLSX_VALUE_BYTES, "%04u-%02u-%02u", year, month, day);
}

size_t
rc_xlsx_date(const char *text, size_t length, RcXlsxKind kind, bool from_1904, char *buffer)
{
	Decimal		decimal;
	int64_t		day = 0;
	uint64_t	fraction = 0;
	uint32_t	time;
	int			used = 0;

	if (!take_apart(text, length, &decimal) || decimal.negative || decimal.point > 8)
		return 0;
	for (int i = 0; i < decimal.point; i++)
		day = day * 10 + (i < decimal.count ? decimal.digits[i] - '0' : 0);
	/* ten decimals are finer than a hundredth of a millisecond */
	for (int i = decimal.point; i < decimal.point + 10; i++)
		fraction = fraction * 10 + (uint64_t) (i >= 0 && i < decimal.count ? decimal.digits[i] - '0' : 0);
	time = (uint32_t) ((fraction * MILLISECONDS + FRACTION_UNIT / 2) / FRACTION_UNIT);
	if (time >= MILLISECONDS)
	{
		time -= MILLISECONDS;
		day++;
	}

	if (day == 0 && !from_1904 && time == 0 && kind == RC_XLSX_DATE)
		used = snprintf(buffer, RC_XLSX_VALUE_BYTES, "1900-01-00");
	else if (day == 0 && (time != 0 || kind == RC_XLSX_TIME))
		used = 0;				/* a time of day alone */
	else
	{
		if (from_1904)
			day += DAYS_1904;
		if (day > LAST_SERIAL)
			return 0;
		if (day == 60 && !from_1904)
			used = snprintf(buffer, RC_XLSX_VALUE_BYTES, "1900-02-29");
		else
			used = print_day(day - 25569 + (day < 60), buffer);
		if (time == 0 && kind == RC_XLSX_DATE)
			return (size_t) used;
		buffer[used++] = ' ';
	}
	if (used == 0 || time != 0 || kind == RC_XLSX_TIME)
	{
		uint32_t	seconds = time / 1000;

		used += snprintf(buffer + used, (size_t) (RC_XLSX_VALUE_BYTES - used), "%02u:%02u:%02u", seconds / 3600, seconds / 60 % 60,
						 seconds % 60);
		if (time % 1000 != 0)
			used += snprintf(buffer + used, (size_t) (RC_XLSX_VALUE_BYTES - used), ".%03u", time % 1000);
	}
	return (size_t) used;
}

/* The value of _xHHHH_ at text, or -1. */
static int32_t
escaped(const char *text, size_t length)
{
	int32_t		value = 0;

	if (length < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_')
		return -1;
	for (int i = 2; i < 6; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

size_t
rc_xlsx_unescape(char *text, size_t length)
{
	char	   *out = memchr(text, '_', length);
	char	   *at = out;
	char	   *end = text + length;

	if (!out)
		return length;
	while (at < end)
	{
		int32_t		value = escaped(at, (size_t) (end - at));
		size_t		used = 7;

		if (value >= 0xD800 && value <= 0xDBFF)
		{
			int32_t		low = escaped(at + 7, (size_t) (end - at) - 7);

			used = 14;
			value = low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00) : -1;
		}
		if (value <= 0 || (value >= 0xDC00 && value <= 0xDFFF))
			*out++ = *at++;
		else
		{
			out += rc_utf8_encode((uint32_t) value, out);
			at += used;
		}
	}
	return (size_t) (out - text);
}

bool
rc_xlsx_reference(const char *text, uint32_t *column, uint32_t *row)
{
	uint32_t	letters = 0;
	uint32_t	number = 0;

	for (; *text >= 'A' && *text <= 'Z'; text++)
	{
		letters = letters * 26 + (uint32_t) (*text - 'A' + 1);
		if (letters > MAX_COLUMN)
			return false;
	}
	for (; *text >= '0' && *text <= '9'; text++)
	{
		number = number * 10 + (uint32_t) (*text - '0');
		if (number > MAX_ROW)
			return false;
	}
	*column = letters;
	*row = number;
	return letters > 0 && number > 0 && *text == '\0';
}
