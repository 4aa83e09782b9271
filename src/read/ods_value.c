/*
 * ods_value.c - what the attributes and paragraphs of an OpenDocument cell mean.
 */
#include "ods_value.h"

#include <stdio.h>
#include <string.h>

#include "xlsx_value.h"

#define FRACTION_DIGITS 3

static bool
is_layout(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t
rc_ods_text(char *text, size_t length)
{
	size_t		used = 0;
	bool		blank = false;	/* one is due before the next character */
	bool		fresh = true;	/* nothing stands in this line yet */

	for (size_t i = 0; i < length; i++)
	{
		char		c = text[i];

		if (is_layout(c))
		{
			blank = !fresh;
			continue;
		}
		if (blank && c != RC_ODS_LINE)
			text[used++] = ' ';
		blank = false;
		fresh = c == RC_ODS_LINE;
		text[used++] = c == RC_ODS_BLANK ? ' ' : c == RC_ODS_TAB ? '\t' : c == RC_ODS_LINE ? '\n' : c;
	}
	return used;
}

bool
rc_ods_count(const char *text, uint32_t limit, uint32_t *count)
{
	uint64_t	result = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++)
	{
		if (*text < '0' || *text > '9')
			return false;
		result = result * 10 + (uint64_t) (*text - '0');
		if (result > limit)
			return false;
	}
	*count = (uint32_t) result;
	return true;
}

static size_t
count_digits(const char *text, size_t length)
{
	size_t		count = 0;

	while (count < length && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/* Appends ".125" for the digits behind the point of a second, nothing when they are zero. */
static size_t
put_fraction(const char *digits, size_t count, char *buffer)
{
	char		padded[FRACTION_DIGITS + 1] = "000";

	memcpy(padded, digits, count > FRACTION_DIGITS ? FRACTION_DIGITS : count);
	if (strcmp(padded, "000") == 0)
		return 0;
	buffer[0] = '.';
	memcpy(buffer + 1, padded, FRACTION_DIGITS);
	return FRACTION_DIGITS + 1;
}

size_t
rc_ods_date(const char *text, size_t length, char *buffer)
{
	static const char shape[] = "0000-00-00T00:00:00";
	size_t		at = 0;
	size_t		digits;

	for (; at < length && at < sizeof(shape) - 1; at++)
	{
		bool		digit = text[at] >= '0' && text[at] <= '9';

		if (shape[at] == '0' ? !digit : text[at] != shape[at])
			return 0;
		buffer[at] = text[at] == 'T' ? ' ' : text[at];
	}
	if (at == length)
		return at == 10 || at == sizeof(shape) - 1 ? at : 0;
	if (text[at] != '.')
		return 0;
	digits = count_digits(text + at + 1, length - at - 1);
	if (digits == 0 || at + 1 + digits != length)
		return 0;
	return at + put_fraction(text + at + 1, digits, buffer + at);
}

size_t
rc_ods_time(const char *text, size_t length, char *buffer)
{
	uint32_t	parts[3] = {0, 0, 0};	/* hours, minutes, seconds */
	const char *end = text + length;
	const char *fraction = NULL;
	size_t		fraction_digits = 0;
	size_t		used = 0;
	int			next = 0;

	if (length < 3 || memcmp(text, "PT", 2) != 0)
		return 0;
	for (text += 2; text < end;)
	{
		static const char units[] = "HMS";
		size_t		digits = count_digits(text, (size_t) (end - text));
		uint32_t	value = 0;
		const char *unit;

		if (digits == 0 || digits > 7 || fraction)
			return 0;
		for (size_t i = 0; i < digits; i++)
			value = value * 10 + (uint32_t) (text[i] - '0');
		text += digits;
		if (text < end && (*text == '.' || *text == ','))
		{
			fraction = text + 1;
			fraction_digits = count_digits(fraction, (size_t) (end - fraction));
			text = fraction + fraction_digits;
			if (fraction_digits == 0)
				return 0;
		}
		unit = text < end ? memchr(units + next, *text, (size_t) (3 - next)) : NULL;
		if (!unit || (fraction && *unit != 'S') || (*unit != 'H' && value > 59))
			return 0;
		parts[unit - units] = value;
		next = (int) (unit - units) + 1;
		text++;
	}
	used = (size_t) snprintf(buffer, RC_XLSX_VALUE_BYTES, "%02u:%02u:%02u", parts[0], parts[1], parts[2]);
	return used + (fraction ? put_fraction(fraction, fraction_digits, buffer + used) : 0);
}
