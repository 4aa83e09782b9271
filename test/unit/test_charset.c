/*
 * test_charset.c - every encoding to UTF-8, found or given; characters cut anywhere; every way text can be broken, with its place.
 */
#include <iconv.h>

#include "../../src/read/charset.h"
#include "../../src/read/encoding.h"
#include "reading.h"

/* a, the character U+4E2D, an emoji, comma, the euro sign */
#define SAMPLE_UTF8 "a\xE4\xB8\xAD\xF0\x9F\x98\x80,\xE2\x82\xAC\n"

static RcBuffer result;
static char found[32];

/* Decodes a whole file into result. */
static RcCode
decode(const char *data, size_t length, size_t cut, size_t step, const char *encoding, const char *fallback, RcStatus *status)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, data, length);
	RcCharset  *charset;
	const char *window;
	size_t		size;
	RcCode		code;

	file.cut = cut;
	file.step = step;
	rc_status_reset(status);
	rc_buffer_clear(&result);
	found[0] = '\0';
	code = rc_charset_open(&charset, &input, encoding, fallback, &rc_malloc_allocator, status);
	if (code != RC_OK)
		return code;
	snprintf(found, sizeof(found), "%s", rc_charset_name(charset));
	for (size_t consumed = 0; (code = rc_charset_fill(charset, consumed, &window, &size, status)) == RC_OK; consumed = size)
	{
		rc_buffer_append(&result, window, size);
		CHECK(rc_utf8_valid(window, size));
	}
	rc_charset_close(charset);
	return code;
}

/* Converts UTF-8 for a sample. */
static size_t
encode(const char *encoding, const char *text, size_t length, char *buffer, size_t size)
{
	iconv_t		converter = iconv_open(encoding, "UTF-8");
	char	   *input = (char *) text;
	char	   *output = buffer;
	size_t		room = size;

	CHECK(converter != (iconv_t) -1);
	CHECK_INT(iconv(converter, &input, &length, &output, &room), 0);
	iconv_close(converter);
	return size - room;
}

static void
test_encodings(void)
{
	static const struct
	{
		const char *given;		/* NULL: to be found */
		const char *fallback;
		const char *text;
		size_t		length;
		const char *expected;
		const char *name;
	}			cases[] = {
		{NULL, NULL, "", 0, "", "UTF8"},
		{NULL, NULL, "abc\n", 4, "abc\n", "UTF8"},
		{NULL, "GB18030", "abc\n", 4, "abc\n", "UTF8"},
		{NULL, NULL, SAMPLE_UTF8, sizeof(SAMPLE_UTF8) - 1, SAMPLE_UTF8, "UTF8"},
		{NULL, "GB18030", SAMPLE_UTF8, sizeof(SAMPLE_UTF8) - 1, SAMPLE_UTF8, "UTF8"},
		{NULL, NULL, "\xEF\xBB\xBF" "abc", 6, "abc", "UTF8"},
		{NULL, NULL, "\xEF\xBB\xBF", 3, "", "UTF8"},
		{NULL, NULL, "a\xEF\xBB\xBF" "bc", 6, "a\xEF\xBB\xBF" "bc", "UTF8"},
		{"utf-8", NULL, "\xEF\xBB\xBF\xEF\xBB\xBF" "abc", 9, "\xEF\xBB\xBF" "abc", "UTF8"},
		{NULL, NULL, "\xFF\xFE" "a\0,\0\x2D\x4E", 8, "a,\xE4\xB8\xAD", "UTF16LE"},
		{NULL, NULL, "\xFE\xFF" "\0a\0,\x4E\x2D", 8, "a,\xE4\xB8\xAD", "UTF16BE"},
		{NULL, NULL, "a\0,\0b\0\n\0", 8, "a,b\n", "UTF16LE"},
		{NULL, NULL, "\0a\0,\0b\0\n", 8, "a,b\n", "UTF16BE"},
		{"UTF-16", NULL, "\xFE\xFF\0a", 4, "a", "UTF16BE"},
		{"utf16", NULL, "a\0b\0", 4, "ab", "UTF16LE"},
		{"UTF-16LE", NULL, "\x3D\xD8\x00\xDE", 4, "\xF0\x9F\x98\x80", "UTF16LE"},
		{"gbk", NULL, "\xD6\xD0\xCE\xC4", 4, "\xE4\xB8\xAD\xE6\x96\x87", "GB18030"},
		{"GB-2312", NULL, "\xD6\xD0\xCE\xC4", 4, "\xE4\xB8\xAD\xE6\x96\x87", "GB18030"},
		{"cp936", NULL, "a", 1, "a", "GB18030"},
		{NULL, "GBK", "\xD6\xD0\xCE\xC4", 4, "\xE4\xB8\xAD\xE6\x96\x87", "GB18030"},
		{NULL, NULL, "\x84\x31\x95\x33\xD6\xD0", 6, "\xE4\xB8\xAD", "GB18030"},
		{"gb18030", NULL, "\x94\x39\xFC\x36", 4, "\xF0\x9F\x98\x80", "GB18030"},
		{"big5", NULL, "\xA4\xA4\xA4\xE5", 4, "\xE4\xB8\xAD\xE6\x96\x87", "BIG5"},
		{"CP950", NULL, "\xA4\xA4\xA4\xE5", 4, "\xE4\xB8\xAD\xE6\x96\x87", "BIG5"},
		{NULL, "BIG5", "\xA4\xA4\xA4\xE5", 4, "\xE4\xB8\xAD\xE6\x96\x87", "BIG5"},
		{"big5-hkscs", NULL, "\x88\x66", 2, "\xC3\x8A", "BIG5HKSCS"},
		{"windows-1252", NULL, "\x80\xE9", 2, "\xE2\x82\xAC\xC3\xA9", "WIN1252"},
		{"WIN1251", NULL, "\xCF", 1, "\xD0\x9F", "WIN1251"},
		{"latin1", NULL, "\xE9", 1, "\xC3\xA9", "LATIN1"},
		{"iso-8859-15", NULL, "\xA4", 1, "\xE2\x82\xAC", "LATIN9"},
		{NULL, NULL, "caf\xE9,Se\xF1or\n", 11, "caf\xC3\xA9,Se\xC3\xB1or\n", "WIN1252"},
	};
	RcStatus	status;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		/* whole, byte by byte, and cut at every place */
		for (size_t cut = 0; cut <= cases[i].length + 1; cut++)
		{
			unsigned long before = unit_failed;

			CHECK_INT(decode(cases[i].text, cases[i].length, cut, cut > cases[i].length ? 1 : 0, cases[i].given, cases[i].fallback, &status),
					  RC_END);
			CHECK_TEXT(result.data ? result.data : "", result.length, cases[i].expected);
			CHECK_TEXT(found, strlen(found), cases[i].name);
			UNIT_NOTE(before, "encoding %zu cut %zu %s", i, cut, status.message);
		}
	}
}

static void
test_broken_text(void)
{
	static const struct
	{
		const char *what;
		const char *given;
		const char *fallback;
		const char *text;
		size_t		length;
		uint64_t	byte;
		const char *before;		/* what is handed out first */
	}			cases[] = {
		{"overlong", "UTF8", NULL, "ab\xC0\x80", 4, 2, "ab"},
		{"overlong, to be found", NULL, NULL, "ab\xC0\x80", 4, 2, ""},
		{"surrogate", "UTF8", NULL, "ab\n\xED\xA0\x80", 6, 3, "ab\n"},
		{"surrogate, to be found", NULL, NULL, "ab\n\xED\xA0\x80", 6, 3, ""},
		{"above U+10FFFF", "UTF8", NULL, "\xF4\x90\x80\x80", 4, 0, ""},
		{"above U+10FFFF, to be found", NULL, NULL, "\xF4\x90\x80\x80", 4, 0, ""},
		{"cut at the end", "UTF8", NULL, "ab\xE4\xB8", 4, 2, "ab"},
		{"cut at the end, to be found", NULL, NULL, "ab\xE4\xB8", 4, 2, ""},
		{"NUL in UTF-8", NULL, NULL, "abc\0def", 7, 3, "abc"},
		{"NUL in UTF-8 after its BOM", NULL, NULL, "\xEF\xBB\xBF" "abc\0def", 10, 6, "abc"},
		{"NUL in GBK", "GBK", NULL, "\xD6\xD0\0\xD6\xD0", 5, 2, "\xE4\xB8\xAD"},
		{"NUL within a GBK character", "GBK", NULL, "a\xD6\0\xD6\xD0", 5, 1, "a"},
		{"NUL in UTF-16", "UTF-16LE", NULL, "a\0\0\0b\0", 6, 2, "a"},
		{"GBK FF", "GBK", NULL, "ab\xFF" "c", 4, 2, "ab"},
		{"GBK FF by fallback", NULL, "GBK", "ab\xFF" "c", 4, 2, ""},
		{"GB18030 two of four bytes", "GB18030", NULL, "ab\x94\x39", 4, 2, "ab"},
		{"GB18030 three of four bytes", "GB18030", NULL, "ab\x94\x39\xFC", 5, 2, "ab"},
		{"GB18030 lead byte at the end", "GB18030", NULL, "ab\xD6", 3, 2, "ab"},
		{"GBK declared as UTF-8", "UTF8", NULL, "a\xD6\xD0\xCE\xC4", 5, 1, "a"},
		{"GBK, too little to tell", NULL, NULL, "a\xD6\xD0\xCE\xC4", 5, 1, ""},
		{"odd UTF-16", NULL, NULL, "\xFF\xFE" "a\0b", 5, 4, "a"},
		{"odd UTF-16 given", "UTF-16BE", NULL, "\0a\0", 3, 2, "a"},
		{"lone high surrogate", "UTF-16LE", NULL, "a\0\x3D\xD8z\0", 6, 2, "a"},
		{"lone high surrogate at the end", "UTF-16LE", NULL, "a\0\x3D\xD8", 4, 2, "a"},
		{"lone low surrogate", "UTF-16BE", NULL, "\0a\xDE\x00", 4, 2, "a"},
		{"BIG5 lead alone", "BIG5", NULL, "a\xA4 ", 3, 1, "a"},
		{"undefined in 1252", "WIN1252", NULL, "a\x81", 2, 1, "a"},
		{"unknown encoding", "klingon", NULL, "abc", 3, UINT64_MAX, ""},
	};
	RcStatus	status;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		for (size_t cut = 0; cut <= cases[i].length + 1; cut++)
		{
			unsigned long before = unit_failed;

			CHECK_INT(decode(cases[i].text, cases[i].length, cut, cut > cases[i].length ? 1 : 0, cases[i].given, cases[i].fallback, &status),
					  RC_BAD_ENCODING);
			CHECK_INT(status.code, RC_BAD_ENCODING);
			CHECK_INT(status.byte, cases[i].byte);
			CHECK(status.message[0] != '\0' && status.hint[0] != '\0');
			CHECK_TEXT(result.data ? result.data : "", result.length, cases[i].before);
			UNIT_NOTE(before, "%s cut %zu: %s", cases[i].what, cut, status.message);
		}
	}
}

/* Texts longer than every buffer inside, shifted so that each character falls on each place of a buffer's edge. */
static void
test_buffer_edges(void)
{
	static const char *const names[] = {"UTF-8", "GB18030", "UTF-16LE", "UTF-16BE", "BIG5"};
	static const size_t lost[] = {0, 2, 1, 1, 1};	/* bytes whose loss cuts the last character */
	const size_t repeats = 60000;
	char	   *utf8 = malloc(16 * repeats);
	char	   *encoded = malloc(16 * repeats);
	RcStatus	status;

	for (size_t name = 0; name < sizeof(names) / sizeof(names[0]); name++)
	{
		const char *unit = name == 4 ? "a\xE4\xB8\xAD\xE6\x96\x87" : SAMPLE_UTF8;

		for (size_t shift = 0; shift < 16; shift++)
		{
			size_t		length = shift;
			size_t		encoded_length;
			unsigned long before = unit_failed;

			memset(utf8, 'x', shift);
			for (size_t i = 0; i < repeats; i++, length += strlen(unit))
				memcpy(utf8 + length, unit, strlen(unit));
			if (shift > 0 && shift < 15 && name != 0)
				length -= strlen(unit) * (repeats / 2);	/* other ends as well */
			encoded_length = encode(names[name], utf8, length, encoded, 16 * repeats);
			CHECK_INT(decode(encoded, encoded_length, shift * 777, shift == 3 ? 1000 : 0, names[name], NULL, &status), RC_END);
			CHECK(result.length == length && memcmp(result.data, utf8, length) == 0);

			/* a fault far inside is found at its place, after all the text before it */
			if (name == 0)
				encoded[600000 / 12 * 12 + shift] = '\xFF';
			CHECK_INT(decode(encoded, encoded_length - lost[name], 0, 0, names[name], NULL, &status), RC_BAD_ENCODING);
			if (name == 0)
				CHECK_INT(status.byte, result.length);
			UNIT_NOTE(before, "%s shifted %zu: %s", names[name], shift, status.message);
		}
	}
	free(utf8);
	free(encoded);
}

/* What is found without being told, on longer texts as they occur. */
static void
test_guessing(void)
{
	const char *chinese = "\xE4\xBA\xA4\xE6\x98\x93\xE6\x97\xB6\xE9\x97\xB4,\xE5\x95\x86\xE5\x93\x81\xE5\x90\x8D\xE7\xA7\xB0,"
		"\xE6\x94\xB6\xE6\x94\xAF,\xE9\x87\x91\xE9\xA2\x9D,\xE8\xB4\xA6\xE6\x88\xB7\xE4\xBD\x99\xE9\xA2\x9D,\xE5\xA4\x87\xE6\xB3\xA8\n";
	const char *traditional = "\xE4\xBA\xA4\xE6\x98\x93\xE6\x99\x82\xE9\x96\x93,\xE5\x95\x86\xE5\x93\x81\xE5\x90\x8D\xE7\xA8\xB1,"
		"\xE6\x94\xB6\xE5\x85\xA5\xE6\x94\xAF\xE5\x87\xBA,\xE9\x87\x91\xE9\xA1\x8D,\xE5\xB8\xB3\xE6\x88\xB6\xE9\xA4\x98\xE9\xA1\x8D,\xE5\x82\x99\xE8\xA8\xBB\n";
	char		utf8[4000] = "";
	char		encoded[4000];
	size_t		length;
	RcStatus	status;

	for (int i = 0; i < 10; i++)
		strcat(utf8, chinese);
	length = encode("GB18030", utf8, strlen(utf8), encoded, sizeof(encoded));
	CHECK_INT(decode(encoded, length, 0, 0, NULL, NULL, &status), RC_END);
	CHECK_TEXT(found, strlen(found), "GB18030");
	CHECK_TEXT(result.data, result.length, utf8);

	utf8[0] = '\0';
	for (int i = 0; i < 10; i++)
		strcat(utf8, traditional);
	length = encode("BIG5", utf8, strlen(utf8), encoded, sizeof(encoded));
	CHECK_INT(decode(encoded, length, 0, 0, NULL, NULL, &status), RC_END);
	CHECK_TEXT(found, strlen(found), "BIG5");
	CHECK_TEXT(result.data, result.length, utf8);
	/* the format's own encoding goes before a guess */
	CHECK_INT(decode(encoded, length, 0, 0, NULL, "BIG5", &status), RC_END);
	CHECK_TEXT(found, strlen(found), "BIG5");
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_encodings();
	test_broken_text();
	test_buffer_edges();
	test_guessing();
	rc_buffer_free(&result);
	return unit_done();
}
