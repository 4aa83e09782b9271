/*
 * typeset.c - fitting text into a width.
 */
#include "typeset.h"

#include <string.h>

#include "table.h"

#define MISSING 0x25A1			/* white square */

size_t
rc_typeset_clean(const RcFont *font, const char *text, size_t length, char *clean)
{
	size_t		used = 0;
	size_t		size;

	for (size_t i = 0; i < length; i += size)
	{
		uint32_t	code = rc_table_decode(text + i, length - i, &size);

		if (code < 0x20 || code == 0x7F)
			clean[used++] = ' ';
		else if (rc_font_has(font, code))
		{
			memcpy(clean + used, text + i, size);
			used += size;
		}
		else if (rc_font_has(font, MISSING))
		{
			memcpy(clean + used, "\xE2\x96\xA1", 3);
			used += 3;
		}
		else
			clean[used++] = '?';
	}
	clean[used] = '\0';
	return used;
}

int64_t
rc_typeset_width(const RcFont *font, const char *text, size_t length)
{
	int64_t		width = 0;
	size_t		size;

	for (size_t i = 0; i < length; i += size)
		width += rc_font_width(font, rc_table_decode(text + i, length - i, &size));
	return width;
}

static bool
is_wide(uint32_t code)
{
	return code >= 0x2E80 && code < 0xFB00;
}

/* Punctuation that must not begin a line. */
static bool
is_closing(uint32_t code)
{
	return code == 0x3001 || code == 0x3002 || code == 0xFF0C || code == 0xFF1B || code == 0xFF1A || code == 0xFF09 || code == 0x300D || code == 0x300F;
}

/* Whether a line may end between two characters. */
static bool
may_break(uint32_t before, uint32_t after)
{
	if (is_closing(after) || after == ' ')
		return false;
	return before == ' ' || before == '-' || before == ',' || before == '/' || is_closing(before) || is_wide(before) || is_wide(after);
}

int64_t
rc_typeset_widest_word(const RcFont *font, const char *text, size_t length)
{
	int64_t		widest = 0;
	int64_t		width = 0;
	uint32_t	before = ' ';
	size_t		size;

	for (size_t i = 0; i < length; i += size)
	{
		uint32_t	code = rc_table_decode(text + i, length - i, &size);

		if (may_break(before, code))
			width = 0;
		if (code != ' ')
			width += rc_font_width(font, code);
		if (width > widest)
			widest = width;
		before = code;
	}
	return widest;
}

/* Takes the blanks from the end of a line. */
static size_t
trimmed(const char *text, size_t start, size_t end)
{
	while (end > start && text[end - 1] == ' ')
		end--;
	return end - start;
}

int
rc_typeset_break(const RcFont *font, const char *text, size_t length, int64_t width, RcLine *lines, int limit, bool *cut)
{
	int			count = 0;
	size_t		start = 0;

	*cut = false;
	while (start < length && text[start] == ' ')
		start++;
	while (start < length && count < limit)
	{
		int64_t		used = 0;
		size_t		at = start;
		size_t		good = start;	/* where the line may end */
		uint32_t	before = 'x';
		size_t		size;

		while (at < length)
		{
			uint32_t	code = rc_table_decode(text + at, length - at, &size);

			if (at > start && may_break(before, code))
				good = at;
			if (code != ' ' && used + rc_font_width(font, code) > width && at > start)
				break;
			used += rc_font_width(font, code);
			before = code;
			at += size;
		}
		if (at >= length)
			good = length;
		else if (good == start)
			good = at;
		if (good < length && count == limit - 1)
		{
			/* The last line: as much as leaves room for the ellipsis, wherever that ends. */
			int64_t		room = width - rc_typeset_width(font, RC_ELLIPSIS, strlen(RC_ELLIPSIS));

			*cut = true;
			used = 0;
			for (at = start; at < length; at += size)
			{
				used += rc_font_width(font, rc_table_decode(text + at, length - at, &size));
				if (used > room)
					break;
			}
			good = at;
		}
		lines[count].start = start;
		lines[count].length = trimmed(text, start, good);
		count++;
		start = good;
		while (start < length && text[start] == ' ')
			start++;
	}
	return count;
}
