/*
 * fuzz_money.c - any text as an amount, an id, a column name or a date: no crash, and an amount that is read reads the same when written plainly.
 *
 * The first byte chooses the style or the pattern; the rest is the text.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/date.h"
#include "../../src/base/money.h"
#include "../../src/base/text.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

/* Writes a decimal as plainly as can be. */
static size_t
write_plain(RcDecimal value, char *buffer, size_t size)
{
	uint64_t	digits = value.digits < 0 ? 0 - (uint64_t) value.digits : (uint64_t) value.digits;
	char		text[24];
	int			length = snprintf(text, sizeof(text), "%0*" PRIu64, (int) value.scale + 1, digits);

	return (size_t) snprintf(buffer, size, "%s%.*s%s%s", value.digits < 0 ? "-" : "", length - (int) value.scale, text,
							 value.scale > 0 ? "." : "", text + length - value.scale);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const RcNumberStyle styles[] = {
		{.decimal_mark = '.', .group_mark = ','}, {.decimal_mark = ',', .group_mark = '.'}, {.decimal_mark = '.'},
		{.decimal_mark = ',', .group_mark = ' ', .trailing_sign = true}, {.decimal_mark = '.', .group_mark = '\'', .parentheses = true},
		{.decimal_mark = '.', .group_mark = ',', .parentheses = true, .trailing_sign = true},
		{.decimal_mark = '.', .group_mark = ',', .implied_scale = 2}, {.decimal_mark = ',', .implied_scale = 18}
	};
	static const char *const patterns[] = {
		"iso", "YYYY-MM-DD HH:MI:SS", "D/M/YYYY", "MON D, YYYY H:MI:SS AM Z", "YYYYMMDD", "DD MON YY", "Month D, YYYY", "YYYY-MM-DD\"T\"HH:MI:SS.USZ"
	};
	const char *text = (const char *) data + 1;
	const RcNumberStyle *style;
	RcStatus	status;
	RcDecimal	value;
	RcDateTime	date;
	RcBuffer	header;
	size_t		length;
	RcCode		code;

	if (size < 1)
		return 0;
	length = size - 1;
	style = &styles[data[0] & 7];
	rc_status_reset(&status);
	code = rc_parse_decimal(text, length, style, &value, &status);
	require(code == RC_OK || code == RC_BAD_VALUE || code == RC_OVERFLOW);
	require(code == RC_OK || (status.code == code && status.message[0] != '\0'));
	if (code == RC_OK)
	{
		char		plain[64];
		size_t		plain_length;
		RcDecimal	again;
		int64_t		scaled;

		require(value.scale >= 0 && value.scale <= 18);
		plain_length = write_plain(value, plain, sizeof(plain));
		require(rc_parse_decimal(plain, plain_length, &styles[2], &again, &status) == RC_OK);
		require(again.digits == value.digits && again.scale == value.scale);
		require(rc_rescale(value, value.scale, &scaled, &status) == RC_OK && scaled == value.digits);
	}

	rc_status_reset(&status);
	code = rc_parse_datetime(text, length, patterns[(data[0] >> 3) & 7], &date, &status);
	require(code == RC_OK || (code == RC_BAD_VALUE && status.message[0] != '\0'));
	if (code == RC_OK)
	{
		require(date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31);
		require(rc_days(&date) >= -730119 && rc_days(&date) <= 2921939);
	}

	/* the functions on text expect UTF-8, as the reader delivers it */
	length = rc_utf8_prefix(text, length, NULL);
	rc_buffer_init(&header, &rc_malloc_allocator);
	require(rc_normalise_header(&header, text, length));
	require(rc_utf8_valid(header.data, header.length));
	rc_buffer_free(&header);
	rc_is_scientific(text, length);
	rc_has_invisible(text, length);
	require(rc_utf8_valid(text, rc_utf8_cut(text, length, length / 2)));
	rc_unwrap_id(&text, &length);
	require(rc_utf8_valid(text, length));
	return 0;
}
