/*
 * test_text.c - UTF-8 checking against a plain model, trimming, ids, names of columns, and the buffer when memory ends.
 */
#include "../../src/base/text.h"

#include <stdlib.h>

#include "unit.h"

/* Decodes one character the slow and obvious way; 0 when it is not valid. */
static size_t
model_size(const unsigned char *bytes, size_t length)
{
	size_t		size = bytes[0] < 0x80 ? 1 : (bytes[0] & 0xE0) == 0xC0 ? 2 : (bytes[0] & 0xF0) == 0xE0 ? 3 : (bytes[0] & 0xF8) == 0xF0 ? 4 : 0;
	uint32_t	character;
	static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};

	if (size == 0 || size > length)
		return 0;
	character = size == 1 ? bytes[0] : bytes[0] & (0x7Fu >> size);
	for (size_t i = 1; i < size; i++)
	{
		if ((bytes[i] & 0xC0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3F);
	}
	if (character < least[size] || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF))
		return 0;
	return size;
}

static void
test_utf8(void)
{
	static const struct
	{
		const char *text;
		size_t		valid;
		bool		incomplete;
	}			cases[] = {
		{"", 0, false}, {"abc", 3, false}, {"\xC0\x80", 0, false}, {"a\xC1\xBF", 1, false}, {"\xE0\x9F\xBF", 0, false},
		{"\xED\xA0\x80", 0, false}, {"\xED\x9F\xBF", 3, false}, {"\xF0\x8F\xBF\xBF", 0, false}, {"\xF4\x90\x80\x80", 0, false},
		{"\xF4\x8F\xBF\xBF", 4, false}, {"\xF5\x80\x80\x80", 0, false}, {"\x80", 0, false}, {"\xFF", 0, false}, {"ab\xE4\xB8", 2, true},
		{"ab\xE4", 2, true}, {"\xF0\x9F\x98", 0, true}, {"\xF0\x8F", 0, false}, {"\xE4\xB8\x41", 0, false}, {"\xE4\xB8\xAD", 3, false},
		{"0123456789abcdef\xE4\xB8\xAD" "0123456789abcdef\xFF", 35, false},
	};
	bool		incomplete;
	char		bytes[48];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;

		CHECK_INT(rc_utf8_prefix(cases[i].text, strlen(cases[i].text), &incomplete), cases[i].valid);
		CHECK_INT(incomplete, cases[i].incomplete);
		UNIT_NOTE(before, "%zu", i);
	}
	CHECK_INT(rc_utf8_prefix("ab\0cd", 5, &incomplete), 2);
	CHECK(!incomplete);

	/* a NUL or a bad byte at any place of a run of ASCII is found there */
	for (size_t i = 0; i < sizeof(bytes); i++)
	{
		memset(bytes, 'a', sizeof(bytes));
		CHECK(rc_utf8_valid(bytes, sizeof(bytes)));
		bytes[i] = '\0';
		CHECK_INT(rc_utf8_prefix(bytes, sizeof(bytes), NULL), i);
		bytes[i] = '\x80';
		CHECK_INT(rc_utf8_prefix(bytes, sizeof(bytes), NULL), i);
		bytes[i] = '\x7F';
		CHECK(rc_utf8_valid(bytes, sizeof(bytes)));
		bytes[i] = '\x01';
		CHECK(rc_utf8_valid(bytes, sizeof(bytes)));
	}

	/* all two- and many three- and four-byte beginnings against the model */
	for (uint32_t i = 0; i < 256 * 256 * 16; i++)
	{
		unsigned char sample[4] = {(unsigned char) (i >> 12), (unsigned char) (i >> 4), (unsigned char) ((i & 15) << 4 | 15), 0xBF};
		size_t		expected;

		if (sample[0] == 0)
			continue;
		expected = model_size(sample, 4);
		if ((rc_utf8_prefix((char *) sample, expected ? expected : 4, NULL) != expected && expected) ||
			(!expected && rc_utf8_prefix((char *) sample, 4, NULL) != 0))
		{
			CHECK(false);
			UNIT_NOTE(unit_failed - 1, "%02X %02X %02X", sample[0], sample[1], sample[2]);
		}
	}
	/* encoding and decoding are each other's inverse */
	for (uint32_t character = 1; character <= 0x10FFFF; character++)
	{
		size_t		size;
		size_t		written;

		if (character >= 0xD800 && character <= 0xDFFF)
			continue;
		written = rc_utf8_encode(character, bytes);
		if (!rc_utf8_valid(bytes, written) || rc_utf8_decode(bytes, written, &size) != character || size != written)
			CHECK(false);
	}
	CHECK_INT(rc_utf8_cut("\xE4\xB8\xAD\xE6\x96\x87", 6, 5), 3);
	CHECK_INT(rc_utf8_cut("\xE4\xB8\xAD\xE6\x96\x87", 6, 3), 3);
	CHECK_INT(rc_utf8_cut("\xE4\xB8\xAD\xE6\x96\x87", 6, 2), 0);
	CHECK_INT(rc_utf8_cut("\xE4\xB8\xAD\xE6\x96\x87", 6, 99), 6);
	CHECK_INT(rc_utf8_cut("abc", 3, 2), 2);
	CHECK_INT(rc_utf8_cut("a\xF0\x9F\x98\x80", 5, 4), 1);
	CHECK_INT(rc_utf8_cut("", 0, 4), 0);
}

static void
check_trim(const char *text, const char *expected)
{
	size_t		length = strlen(text);

	rc_trim(&text, &length);
	CHECK_TEXT(text, length, expected);
}

static void
check_unwrap(const char *text, const char *expected, bool unwrapped)
{
	size_t		length = strlen(text);

	CHECK_INT(rc_unwrap_id(&text, &length), unwrapped);
	CHECK_TEXT(text, length, expected);
}

static void
test_trimming(void)
{
	check_trim("", "");
	check_trim("  \t ", "");
	check_trim(" a b\t\r\n", "a b");
	check_trim("\xC2\xA0\xE3\x80\x80\xEF\xBB\xBF" "a\xE2\x80\x8B\xC2\xA0", "a");
	check_trim("\xE4\xB8\xAD", "\xE4\xB8\xAD");
	check_trim("\xE4\xB8\xAD ", "\xE4\xB8\xAD");
	check_trim("\x80", "\x80");

	check_unwrap("=\"0123\"", "0123", true);
	check_unwrap("=\"0123\"\t", "0123", true);
	check_unwrap("=\"\"", "", true);
	check_unwrap("'0123", "0123", true);
	check_unwrap("'0123'", "0123", true);
	check_unwrap("`0123", "0123", true);
	check_unwrap("0123\t", "0123", false);
	check_unwrap(" 0123 ", "0123", false);
	check_unwrap("=0123", "=0123", false);
	check_unwrap("=\"", "=\"", false);
	check_unwrap("'", "", true);
	check_unwrap("", "", false);
	check_unwrap("O'Brien", "O'Brien", false);

	CHECK(rc_is_scientific("1.23E+17", 8));
	CHECK(rc_is_scientific("1,23E+17", 8));
	CHECK(rc_is_scientific("2e+19", 5));
	CHECK(rc_is_scientific("-1.5E-3", 7));
	CHECK(!rc_is_scientific("12E5", 4));
	CHECK(!rc_is_scientific("123", 3));
	CHECK(!rc_is_scientific("E+17", 4));
	CHECK(!rc_is_scientific("1.23E+", 6));
	CHECK(!rc_is_scientific("1.23E+17A", 9));
	CHECK(!rc_is_scientific("", 0));

	CHECK(rc_has_invisible("a\xE2\x80\x8B" "b", 5));
	CHECK(rc_has_invisible("a\xE2\x80\xAE" "b", 5));
	CHECK(rc_has_invisible("a\xEF\xBB\xBF", 4));
	CHECK(!rc_has_invisible("abc \xE4\xB8\xAD", 7));
	CHECK_INT(rc_count_line_ends("a\nb\r\nc\rd\r", 9), 4);
	CHECK_INT(rc_count_line_ends("", 0), 0);
}

static void
check_header(const char *text, const char *expected)
{
	RcBuffer	buffer;

	rc_buffer_init(&buffer, &rc_malloc_allocator);
	CHECK(rc_normalise_header(&buffer, text, strlen(text)));
	CHECK_TEXT(buffer.data, buffer.length, expected);
	rc_buffer_free(&buffer);
}

static int	allocations_left;

static void *
scarce_resize(void *context, void *pointer, size_t size)
{
	(void) context;
	return allocations_left-- > 0 ? realloc(pointer, size) : NULL;
}

static void
test_buffer(void)
{
	RcAllocator scarce = rc_malloc_allocator;
	RcBuffer	buffer;

	check_header("  Order  ID ", "order id");
	check_header("\xEF\xBB\xBF" "Order-ID\t", "order-id");
	check_header("\xE9\x87\x91\xE9\xA2\x9D\xEF\xBC\x88\xEF\xBC\x8B\xE5\x85\x83\xEF\xBC\x89", "\xE9\x87\x91\xE9\xA2\x9D(+\xE5\x85\x83)");
	check_header("\xEF\xBC\xA1\xEF\xBC\x91\xEF\xBC\x9A", "a1:");
	check_header("a\xE3\x80\x80\xC2\xA0" "b\xE2\x80\x8B" "c", "a bc");
	check_header("", "");
	check_header("  ", "");

	scarce.resize = scarce_resize;
	for (allocations_left = 0; allocations_left < 3;)
	{
		int			granted = allocations_left;
		bool		fine = true;

		rc_buffer_init(&buffer, &scarce);
		for (int i = 0; i < 100 && fine; i++)
			fine = rc_buffer_append_string(&buffer, "abc");
		CHECK(!fine || buffer.length == 300);
		CHECK_INT(fine, granted >= 4);
		if (buffer.data)
			CHECK_INT(buffer.data[buffer.length], 0);
		rc_buffer_free(&buffer);
		allocations_left = granted + 1;
	}
	rc_buffer_init(&buffer, &rc_malloc_allocator);
	CHECK(!rc_buffer_reserve(&buffer, SIZE_MAX - 1));
	CHECK(rc_buffer_append_char(&buffer, 'x'));
	CHECK(!rc_buffer_reserve(&buffer, SIZE_MAX / 2));
	rc_buffer_clear(&buffer);
	CHECK_TEXT(buffer.data, buffer.length, "");
	rc_buffer_free(&buffer);
}

int
main(void)
{
	test_utf8();
	test_trimming();
	test_buffer();
	return unit_done();
}
