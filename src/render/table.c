/*
 * table.c - cells as text: grouping of amounts, dates, widths.
 */
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/money.h"

#define MICROSECONDS_PER_DAY INT64_C(86400000000)

void
rc_table_amount(RcCell *cell, const char *text, size_t length)
{
	size_t		position = 0;
	bool		negative = false;
	int			scale = 0;
	bool		fraction = false;
	int64_t		value = 0;

	*cell = (RcCell) {.text = text, .length = length};
	if (length > 0 && text[0] == '-')
	{
		negative = true;
		position = 1;
	}
	if (position == length)
		return;

	/* Trailing zeros of the fraction carry nothing. */
	if (memchr(text, '.', length))
		while (length > 0 && text[length - 1] == '0')
			length--;
	for (; position < length; position++)
	{
		if (text[position] == '.' && !fraction)
			fraction = true;
		else if (text[position] >= '0' && text[position] <= '9')
		{
			if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text[position] - '0', &value))
				return;
			if (fraction && ++scale > 18)
				return;
		}
		else
			return;
	}
	cell->value = negative ? -value : value;
	cell->scale = scale;
	cell->is_exact = true;
}

size_t
rc_format_decimal(const char *text, size_t length, int decimals, bool grouped, char *buffer, size_t size)
{
	size_t		start = length > 0 && text[0] == '-' ? 1 : 0;
	size_t		whole;
	size_t		used = 0;
	size_t		fraction = 0;

	for (whole = 0; start + whole < length && text[start + whole] >= '0' && text[start + whole] <= '9'; whole++)
		;
	if (start + whole < length && text[start + whole] == '.')
	{
		for (fraction = length - start - whole - 1; fraction > (size_t) decimals && text[start + whole + fraction] == '0'; fraction--)
			;
	}
	else if (start + whole < length || whole == 0)
	{
		/* NaN, Infinity: shown as they are. */
		used = length < size ? length : size - 1;
		memcpy(buffer, text, used);
		buffer[used] = '\0';
		return used;
	}
	if (whole + whole / 3 + fraction + (size_t) decimals + 4 > size)
	{
		snprintf(buffer, size, "#");
		return 1;
	}
	if (start)
		buffer[used++] = '-';
	for (size_t i = 0; i < whole; i++)
	{
		buffer[used++] = text[start + i];
		if (grouped && i + 1 < whole && (whole - i - 1) % 3 == 0)
			buffer[used++] = ',';
	}
	if (fraction > 0 || decimals > 0)
		buffer[used++] = '.';
	for (size_t i = 0; i < fraction; i++)
		buffer[used++] = text[start + whole + 1 + i];
	for (size_t i = fraction; i < (size_t) decimals; i++)
		buffer[used++] = '0';
	buffer[used] = '\0';
	return used;
}

size_t
rc_decimal_text(__int128 digits, int scale, char *buffer, size_t size)
{
	char		reversed[64];
	int			count = 0;
	size_t		used = 0;
	unsigned __int128 rest = digits < 0 ? -(unsigned __int128) digits : (unsigned __int128) digits;

	do
	{
		if (scale > 0 && count == scale)
			reversed[count++] = '.';
		reversed[count++] = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	} while (rest != 0 || (scale > 0 && count <= scale + 1));
	if ((size_t) count + 2 > size)
		return 0;
	if (digits < 0)
		buffer[used++] = '-';
	while (count > 0)
		buffer[used++] = reversed[--count];
	buffer[used] = '\0';
	return used;
}

int
rc_row_decimals(const RcTable *table, const RcCell *cells, int column)
{
	int			currency = table->columns[column].currency_column;
	int			decimals = -1;

	if (currency >= 0 && !cells[currency].is_null)
		decimals = rc_currency_exponent(cells[currency].text, cells[currency].length);
	return decimals < 0 ? 2 : decimals;
}

void
rc_civil_day(int64_t days, int *year, int *month, int *day)
{
	/* Days from 0000-03-01 of the proleptic Gregorian calendar, by eras of 400 years. */
	int64_t		z = days + 730425;
	int64_t		era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		mp = (5 * doy + 2) / 153;

	*day = (int) (doy - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int) (yoe + era * 400 + (*month <= 2));
}

void
rc_format_cell(const RcTable *table, const RcCell *cells, int column, char *buffer, const char **text, size_t *length)
{
	const RcCell *cell = &cells[column];
	int			year,
				month,
				day;
	int64_t		days;
	int64_t		rest;

	*text = buffer;
	*length = 0;
	buffer[0] = '\0';
	if (cell->is_null)
		return;
	switch (table->columns[column].type)
	{
		case RC_COLUMN_TEXT:
			*text = cell->text;
			*length = cell->length;
			return;
		case RC_COLUMN_INTEGER:
			*length = (size_t) snprintf(buffer, RC_FORMAT_SIZE, "%lld", (long long) cell->value);
			return;
		case RC_COLUMN_AMOUNT:
			*length = rc_format_decimal(cell->text, cell->length, rc_row_decimals(table, cells, column), true, buffer, RC_FORMAT_SIZE);
			return;
		case RC_COLUMN_PERCENT:
			*length = (size_t) snprintf(buffer, RC_FORMAT_SIZE, "%.1f %%",
										cell->is_exact ? (double) cell->value / pow(10, cell->scale) * 100 : NAN);
			return;
		case RC_COLUMN_DATE:
			rc_civil_day(cell->value, &year, &month, &day);
			*length = (size_t) snprintf(buffer, RC_FORMAT_SIZE, "%04d-%02d-%02d", year, month, day);
			return;
		case RC_COLUMN_TIME:
			days = cell->value / MICROSECONDS_PER_DAY - (cell->value % MICROSECONDS_PER_DAY < 0);
			rest = (cell->value - days * MICROSECONDS_PER_DAY) / 60000000;
			rc_civil_day(days, &year, &month, &day);
			*length = (size_t) snprintf(buffer, RC_FORMAT_SIZE, "%04d-%02d-%02d %02d:%02d", year, month, day, (int) (rest / 60), (int) (rest % 60));
			return;
	}
}

uint32_t
rc_table_decode(const char *text, size_t length, size_t *size)
{
	const unsigned char *s = (const unsigned char *) text;
	size_t		need;
	uint32_t	code;
	uint32_t	least;

	*size = 1;
	if (s[0] < 0x80)
		return s[0];
	if (s[0] >= 0xC2 && s[0] <= 0xDF)
		need = 2, code = s[0] & 0x1F, least = 0x80;
	else if ((s[0] & 0xF0) == 0xE0)
		need = 3, code = s[0] & 0x0F, least = 0x800;
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
		need = 4, code = s[0] & 0x07, least = 0x10000;
	else
		return 0xFFFD;
	if (need > length)
		return 0xFFFD;
	for (size_t i = 1; i < need; i++)
	{
		if ((s[i] & 0xC0) != 0x80)
			return 0xFFFD;
		code = code << 6 | (s[i] & 0x3F);
	}
	if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return 0xFFFD;
	*size = need;
	return code;
}

size_t
rc_display_width(const char *text, size_t length)
{
	size_t		width = 0;
	size_t		size;

	for (size_t i = 0; i < length; i += size)
	{
		uint32_t	code = rc_table_decode(text + i, length - i, &size);

		width += (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
			(code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
			(code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD) ? 2 : 1;
	}
	return width;
}
