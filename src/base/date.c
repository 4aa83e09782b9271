/*
 * date.c - dates and times of files, by declared patterns only.
 */
#include "date.h"

#include <string.h>

#include "text.h"

#define SHOWN_LENGTH 40

static const char *const month_names[12] = {
	"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
};

/* Names of zones that mean one thing in files of money. CST and IST do not: they are for the caller. */
static const struct
{
	char		name[5];
	int8_t		hours;
}			zones[] = {
	{"UTC", 0}, {"GMT", 0}, {"Z", 0}, {"PST", -8}, {"PDT", -7}, {"MST", -7}, {"MDT", -6}, {"EST", -5}, {"EDT", -4}, {"CET", 1},
	{"CEST", 2}, {"EET", 2}, {"EEST", 3}, {"JST", 9}, {"HKT", 8}, {"SGT", 8}, {"CDT", -5}, {"BST", 1}, {"WET", 0}, {"WEST", 1}
};

static RcCode
bad_date(RcStatus *status, const char *text, size_t length, const char *why)
{
	size_t		shown = rc_utf8_cut(text, length, SHOWN_LENGTH);

	return rc_fail(status, RC_BAD_VALUE, "\"%.*s%s\" is not a date: %s", (int) shown, text, shown < length ? "..." : "", why);
}

static int
days_in_month(int year, int month)
{
	static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* What of the calendar is wrong, NULL when nothing is. */
static const char *
calendar_fault(const RcDateTime *value)
{
	if (value->year < 1 || value->year > 9999)
		return "year is out of range";
	if (value->month < 1 || value->month > 12)
		return "month is out of range";
	if (value->day < 1 || value->day > days_in_month(value->year, value->month))
		return "no such day in the month";
	if (value->hour < 0 || value->hour > 23 || value->minute < 0 || value->minute > 59 || value->second < 0 || value->second > 59)
		return "time is out of range";
	return NULL;
}

/* A place in the text being read. */
typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

static inline bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Reads least to most digits. */
static bool
read_digits(Cursor *cursor, int least, int most, int *value)
{
	int			count = 0;

	*value = 0;
	while (count < most && cursor->at < cursor->end && is_digit(*cursor->at))
	{
		*value = *value * 10 + (*cursor->at++ - '0');
		count++;
	}
	return count >= least;
}

/* Reads a fraction of a second, up to nine digits, of which six are kept (times are not money). */
static bool
read_fraction(Cursor *cursor, int32_t *microsecond)
{
	int			count = 0;

	*microsecond = 0;
	for (; cursor->at < cursor->end && is_digit(*cursor->at); cursor->at++, count++)
	{
		if (count < 6)
			*microsecond = *microsecond * 10 + (*cursor->at - '0');
	}
	for (int i = count; i < 6; i++)
		*microsecond *= 10;
	return count >= 1 && count <= 9;
}

/* Reads a name such as America/Argentina/Buenos_Aires, Etc/GMT+5 or CST; whether it means anything is for the caller to find out. */
static bool
read_zone_name(Cursor *cursor, RcDateTime *result)
{
	const char *at = cursor->at;
	bool		slash = false;
	bool		capitals = true;

	for (; at < cursor->end && ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || is_digit(*at) || strchr("/_+-", *at)); at++)
	{
		slash |= *at == '/';
		capitals &= *at >= 'A' && *at <= 'Z';
	}
	if (at - cursor->at > RC_ZONE_MAX || !(slash || (capitals && at - cursor->at >= 3 && at - cursor->at <= 5)))
		return false;
	result->has_zone = true;
	result->zone_name = cursor->at;
	result->zone_length = (uint32_t) (at - cursor->at);
	cursor->at = at;
	return true;
}

/* Reads the longest of a zone's names or an offset: Z UTC PST +08 +0800 +08:00, also UTC+8 and GMT+08:00. */
static bool
read_zone(Cursor *cursor, RcDateTime *result)
{
	bool		named = false;
	int			sign;
	int			hours;
	int			minutes = 0;
	const char *letters = cursor->at;

	while (letters < cursor->end && ((*letters >= 'A' && *letters <= 'Z') || (*letters >= 'a' && *letters <= 'z')))
		letters++;
	if (letters > cursor->at)
	{
		size_t		length = (size_t) (letters - cursor->at);

		for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]) && !named; i++)
		{
			if (rc_equal_fold(cursor->at, length, zones[i].name, strlen(zones[i].name)))
			{
				result->zone_seconds = zones[i].hours * 3600;
				named = true;
				/* only UTC and GMT take an offset behind them */
				if (i > 1)
				{
					cursor->at = letters;
					result->has_zone = true;
					return true;
				}
			}
		}
		if (!named)
			return read_zone_name(cursor, result);
		cursor->at = letters;
		result->has_zone = true;
		if (cursor->at == cursor->end || (*cursor->at != '+' && *cursor->at != '-'))
			return true;
	}
	if (cursor->at == cursor->end || (*cursor->at != '+' && *cursor->at != '-'))
		return false;
	sign = *cursor->at++ == '-' ? -1 : 1;
	if (!read_digits(cursor, named ? 1 : 2, 2, &hours))
		return false;
	if (cursor->at < cursor->end && *cursor->at == ':')
	{
		cursor->at++;
		if (!read_digits(cursor, 2, 2, &minutes))
			return false;
	}
	else if (cursor->at < cursor->end && is_digit(*cursor->at) && !read_digits(cursor, 2, 2, &minutes))
		return false;
	if (hours > 15 || minutes > 59)
		return false;
	result->has_zone = true;
	result->zone_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static inline bool
two_digits(const char *at, int *value)
{
	if (!is_digit(at[0]) || !is_digit(at[1]))
		return false;
	*value = (at[0] - '0') * 10 + (at[1] - '0');
	return true;
}

/* Reads YYYY-MM-DD[ T]HH:MI[:SS[.US]][ ][zone]. */
static bool
read_iso(Cursor *cursor, RcDateTime *result)
{
	const char *at = cursor->at;
	int			century;
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second = 0;

	if (cursor->end - at < 10 || at[4] != '-' || at[7] != '-' || !two_digits(at, &century) || !two_digits(at + 2, &year) ||
		!two_digits(at + 5, &month) || !two_digits(at + 8, &day))
		return false;
	result->year = century * 100 + year;
	result->month = (int8_t) month;
	result->day = (int8_t) day;
	at += 10;
	cursor->at = at;
	if (at == cursor->end)
		return true;

	if ((*at != ' ' && *at != 'T') || cursor->end - at < 6 || at[3] != ':' || !two_digits(at + 1, &hour) || !two_digits(at + 4, &minute))
		return false;
	at += 6;
	if (cursor->end - at >= 3 && at[0] == ':')
	{
		if (!two_digits(at + 1, &second))
			return false;
		at += 3;
		if (at < cursor->end && *at == '.')
		{
			cursor->at = at + 1;
			if (!read_fraction(cursor, &result->microsecond))
				return false;
			at = cursor->at;
		}
	}
	result->hour = (int8_t) hour;
	result->minute = (int8_t) minute;
	result->second = (int8_t) second;
	result->has_time = true;
	cursor->at = at;
	if (at == cursor->end)
		return true;
	if (*at == ' ')
		cursor->at++;
	return read_zone(cursor, result) && !result->zone_name;
}

static bool
read_name(Cursor *cursor, const char *name, size_t length)
{
	if ((size_t) (cursor->end - cursor->at) < length || !rc_equal_fold(cursor->at, length, name, length))
		return false;
	cursor->at += length;
	return true;
}

static bool
read_month_name(Cursor *cursor, bool whole, RcDateTime *result)
{
	for (int month = 0; month < 12; month++)
	{
		if (!read_name(cursor, month_names[month], whole ? strlen(month_names[month]) : 3))
			continue;
		/* Sept is the one abbreviation of four letters in use */
		if (!whole && month == 8 && cursor->at < cursor->end && (*cursor->at | 0x20) == 't')
			cursor->at++;
		result->month = (int8_t) (month + 1);
		return true;
	}
	return false;
}

typedef enum Token
{
	TOKEN_YEAR, TOKEN_SHORT_YEAR, TOKEN_MONTH_NAME, TOKEN_MONTH_ABBREVIATION, TOKEN_MONTH, TOKEN_MONTH_LOOSE, TOKEN_MINUTE,
	TOKEN_DAY, TOKEN_DAY_LOOSE, TOKEN_HOUR, TOKEN_HOUR_LOOSE, TOKEN_SECOND, TOKEN_MICROSECOND, TOKEN_HALF_DAY, TOKEN_ZONE
} Token;

/* Longer tokens before those that they begin with. */
static const struct
{
	char		text[6];
	Token		token;
}			tokens[] = {
	{"YYYY", TOKEN_YEAR}, {"YY", TOKEN_SHORT_YEAR}, {"Month", TOKEN_MONTH_NAME}, {"MON", TOKEN_MONTH_ABBREVIATION},
	{"Mon", TOKEN_MONTH_ABBREVIATION}, {"MM", TOKEN_MONTH}, {"MI", TOKEN_MINUTE}, {"M", TOKEN_MONTH_LOOSE}, {"DD", TOKEN_DAY},
	{"D", TOKEN_DAY_LOOSE}, {"HH", TOKEN_HOUR}, {"H", TOKEN_HOUR_LOOSE}, {"SS", TOKEN_SECOND}, {"US", TOKEN_MICROSECOND},
	{"AM", TOKEN_HALF_DAY}, {"PM", TOKEN_HALF_DAY}, {"Z", TOKEN_ZONE}
};

/* Reads one token of the pattern; *half_day becomes 'A' or 'P'. */
static bool
read_token(Cursor *cursor, Token token, RcDateTime *result, char *half_day)
{
	int			value = 0;
	bool		read;

	switch (token)
	{
		case TOKEN_YEAR:
			read = read_digits(cursor, 4, 4, &value);
			result->year = value;
			return read;
		case TOKEN_SHORT_YEAR:
			read = read_digits(cursor, 2, 2, &value);
			result->year = value + (value < 70 ? 2000 : 1900);
			return read;
		case TOKEN_MONTH_NAME:
		case TOKEN_MONTH_ABBREVIATION:
			return read_month_name(cursor, token == TOKEN_MONTH_NAME, result);
		case TOKEN_MONTH:
		case TOKEN_MONTH_LOOSE:
			read = read_digits(cursor, token == TOKEN_MONTH ? 2 : 1, 2, &value);
			result->month = (int8_t) value;
			return read;
		case TOKEN_DAY:
		case TOKEN_DAY_LOOSE:
			read = read_digits(cursor, token == TOKEN_DAY ? 2 : 1, 2, &value);
			result->day = (int8_t) value;
			return read;
		case TOKEN_HOUR:
		case TOKEN_HOUR_LOOSE:
			read = read_digits(cursor, token == TOKEN_HOUR ? 2 : 1, 2, &value);
			result->hour = (int8_t) value;
			result->has_time = true;
			return read;
		case TOKEN_MINUTE:
			read = read_digits(cursor, 2, 2, &value);
			result->minute = (int8_t) value;
			result->has_time = true;
			return read;
		case TOKEN_SECOND:
			read = read_digits(cursor, 2, 2, &value);
			result->second = (int8_t) value;
			result->has_time = true;
			return read;
		case TOKEN_MICROSECOND:
			return read_fraction(cursor, &result->microsecond);
		case TOKEN_HALF_DAY:
			if (cursor->end - cursor->at < 2 || (cursor->at[1] | 0x20) != 'm')
				return false;
			*half_day = (char) (cursor->at[0] & ~0x20);
			cursor->at += 2;
			return *half_day == 'A' || *half_day == 'P';
		case TOKEN_ZONE:
			return read_zone(cursor, result);
	}
	return false;
}

/* Reads by a pattern; a blank stands for one or more blanks, text in double quotes for itself. */
static bool
read_pattern(Cursor *cursor, const char *pattern, RcDateTime *result)
{
	char		half_day = 0;
	bool		quoted = false;

	while (*pattern)
	{
		size_t		matched = 0;

		if (*pattern == '"')
		{
			quoted = !quoted;
			pattern++;
			continue;
		}
		for (size_t i = 0; !quoted && i < sizeof(tokens) / sizeof(tokens[0]); i++)
		{
			size_t		length = strlen(tokens[i].text);

			if (strncmp(pattern, tokens[i].text, length) != 0)
				continue;
			if (!read_token(cursor, tokens[i].token, result, &half_day))
				return false;
			matched = length;
			break;
		}
		if (matched > 0)
		{
			pattern += matched;
			continue;
		}
		if (cursor->at == cursor->end || *cursor->at != *pattern)
			return false;
		cursor->at++;
		if (*pattern++ == ' ')
		{
			while (cursor->at < cursor->end && *cursor->at == ' ')
				cursor->at++;
		}
	}
	if (half_day)
	{
		if (result->hour < 1 || result->hour > 12)
			return false;
		result->hour = (int8_t) (result->hour % 12 + (half_day == 'P' ? 12 : 0));
	}
	return true;
}

RcCode
rc_parse_datetime(const char *text, size_t length, const char *pattern, RcDateTime *result, RcStatus *status)
{
	bool		iso = !pattern || strcmp(pattern, "iso") == 0;
	RcDateTime	value = {0};
	Cursor		cursor;
	const char *fault;
	const char *whole_text = text;
	size_t		whole_length = length;

	rc_trim(&text, &length);
	if (length == 0)
		return rc_fail(status, RC_BAD_VALUE, "date is empty");
	cursor = (Cursor) {text, text + length};
	if (!(iso ? read_iso(&cursor, &value) : read_pattern(&cursor, pattern, &value)) || cursor.at != cursor.end)
	{
		char		why[96];
		size_t		used = iso ? 10 : rc_utf8_cut(pattern, strlen(pattern), 60);

		memcpy(why, "it does not read as ", 20);
		memcpy(why + 20, iso ? "YYYY-MM-DD" : pattern, used);
		why[20 + used] = '\0';
		return bad_date(status, whole_text, whole_length, why);
	}
	fault = calendar_fault(&value);
	if (fault)
		return bad_date(status, whole_text, whole_length, fault);
	*result = value;
	return RC_OK;
}

int32_t
rc_days(const RcDateTime *value)
{
	/* years counted from March make the leap day the last one; 730425 days lie between 0000-03-01 and 2000-01-01 */
	int32_t		year = value->year - (value->month <= 2);
	int32_t		month = (value->month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + value->day - 1 - 730425;
}
