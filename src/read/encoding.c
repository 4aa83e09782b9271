/*
 * encoding.c - names of encodings, and which one a file is in.
 */
#include "encoding.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <uchardet/uchardet.h>

#include "../base/text.h"

/* A guess needs this many bytes above ASCII: on sparse text uchardet errs. */
#define GUESS_BYTES 40

/* And so many characters must decode before a text counts as a broken one of that encoding. */
#define MINIMUM_CHARACTERS 4

static const RcEncoding encodings[] = {
	{"UTF8", NULL, 1, "\xEF\xBB\xBF"},
	{"UTF16LE", "UTF-16LE", 2, "\xFF\xFE"},
	{"UTF16BE", "UTF-16BE", 2, "\xFE\xFF"},
	{"GB18030", "GB18030", 1, "\x84\x31\x95\x33"},
	{"BIG5", "BIG5", 1, NULL},
	{"BIG5HKSCS", "BIG5-HKSCS", 1, NULL},
	{"WIN1250", "CP1250", 1, NULL},
	{"WIN1251", "CP1251", 1, NULL},
	{"WIN1252", "CP1252", 1, NULL},
	{"WIN1253", "CP1253", 1, NULL},
	{"WIN1254", "CP1254", 1, NULL},
	{"WIN1255", "CP1255", 1, NULL},
	{"WIN1256", "CP1256", 1, NULL},
	{"WIN1257", "CP1257", 1, NULL},
	{"WIN1258", "CP1258", 1, NULL},
	{"LATIN1", "ISO-8859-1", 1, NULL},
	{"LATIN2", "ISO-8859-2", 1, NULL},
	{"LATIN3", "ISO-8859-3", 1, NULL},
	{"LATIN4", "ISO-8859-4", 1, NULL},
	{"ISO_8859_5", "ISO-8859-5", 1, NULL},
	{"ISO_8859_6", "ISO-8859-6", 1, NULL},
	{"ISO_8859_7", "ISO-8859-7", 1, NULL},
	{"ISO_8859_8", "ISO-8859-8", 1, NULL},
	{"LATIN5", "ISO-8859-9", 1, NULL},
	{"LATIN6", "ISO-8859-10", 1, NULL},
	{"LATIN7", "ISO-8859-13", 1, NULL},
	{"LATIN8", "ISO-8859-14", 1, NULL},
	{"LATIN9", "ISO-8859-15", 1, NULL},
	{"LATIN10", "ISO-8859-16", 1, NULL},
	{"CP850", "CP850", 1, NULL},
	{"CP852", "CP852", 1, NULL},
	{NULL, NULL, 0, NULL}
};

/* Other names, in the form normal_name() makes. GBK and GB2312 are subsets of GB18030. */
static const char *const aliases[][2] = {
	{"UTF", "UTF8"}, {"UNICODE", "UTF8"}, {"UTF8BOM", "UTF8"}, {"UTF8SIG", "UTF8"}, {"ASCII", "UTF8"}, {"USASCII", "UTF8"},
	{"SQLASCII", "UTF8"}, {"GBK", "GB18030"}, {"GB2312", "GB18030"}, {"CP936", "GB18030"}, {"WIN936", "GB18030"},
	{"WINDOWS936", "GB18030"}, {"EUCCN", "GB18030"}, {"CP950", "BIG5"}, {"WIN950", "BIG5"}, {"WINDOWS950", "BIG5"}, {"CNBIG5", "BIG5"},
	{"UCS2LE", "UTF16LE"}, {"UCS2BE", "UTF16BE"}, {NULL, NULL}
};

/* Upper case letters and digits alone: "utf-8" and "UTF_8" are one name. */
static void
normal_name(const char *name, char *buffer, size_t size)
{
	size_t		used = 0;

	for (; *name && used < size - 1; name++)
	{
		char		letter = *name >= 'a' && *name <= 'z' ? (char) (*name - ('a' - 'A')) : *name;

		if ((letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9'))
			buffer[used++] = letter;
	}
	buffer[used] = '\0';
}

static const RcEncoding *
find_by_normal_name(const char *wanted)
{
	char		other[32];

	for (const RcEncoding *encoding = encodings; encoding->name; encoding++)
	{
		normal_name(encoding->name, other, sizeof(other));
		if (strcmp(wanted, other) == 0)
			return encoding;
		if (!encoding->iconv_name)
			continue;
		normal_name(encoding->iconv_name, other, sizeof(other));
		if (strcmp(wanted, other) == 0)
			return encoding;
		/* CP1252 is also WINDOWS1252 */
		if (strncmp(other, "CP", 2) == 0 && strncmp(wanted, "WINDOWS", 7) == 0 && strcmp(wanted + 7, other + 2) == 0)
			return encoding;
	}
	return NULL;
}

static bool
has_bom(const RcEncoding *encoding, const char *head, size_t length)
{
	size_t		size = encoding->bom ? strlen(encoding->bom) : 0;

	return size > 0 && length >= size && memcmp(head, encoding->bom, size) == 0;
}

const RcEncoding *
rc_encoding_utf16(const char *head, size_t length)
{
	size_t		pairs = length / 2;
	size_t		zeros[2] = {0, 0};

	if (pairs < 2)
		return NULL;
	for (size_t i = 0; i < pairs * 2; i++)
	{
		unsigned char other = (unsigned char) head[i ^ 1];

		if (head[i] != '\0')
			continue;
		zeros[i & 1]++;
		/* the other half is a character of ASCII or Latin-1, or this is no text */
		if ((other < 0x20 && other != '\0' && !(other >= '\t' && other <= '\r')) || (other >= 0x7F && other < 0xA0))
			return NULL;
	}

	/*
	 * Digits, commas and line ends make up at least a fifth of any table; a zero in the other half would be a NUL or U+xx00. A single zero is a
	 * stray NUL.
	 */
	if (zeros[1] >= 2 && zeros[1] * 5 >= pairs && zeros[0] * 100 <= pairs)
		return find_by_normal_name("UTF16LE");
	if (zeros[0] >= 2 && zeros[0] * 5 >= pairs && zeros[1] * 100 <= pairs)
		return find_by_normal_name("UTF16BE");
	return NULL;
}

const RcEncoding *
rc_encoding_find(const char *name, const char *head, size_t length)
{
	char		wanted[32];

	normal_name(name, wanted, sizeof(wanted));
	for (int i = 0; aliases[i][0]; i++)
	{
		if (strcmp(wanted, aliases[i][0]) == 0)
			return find_by_normal_name(aliases[i][1]);
	}
	if (strcmp(wanted, "UTF16") == 0 || strcmp(wanted, "UCS2") == 0)
	{
		const RcEncoding *little = find_by_normal_name("UTF16LE");
		const RcEncoding *big = find_by_normal_name("UTF16BE");

		if (has_bom(big, head, length))
			return big;
		if (has_bom(little, head, length))
			return little;
		return rc_encoding_utf16(head, length) == big ? big : little;
	}
	return find_by_normal_name(wanted);
}

/* Offset of the first bytes that are not UTF-8; NULs are passed over here, since the decoder reports them with their place. */
static size_t
utf8_fault(const char *head, size_t length, bool whole)
{
	size_t		at = 0;

	for (;;)
	{
		bool		incomplete;

		at += rc_utf8_prefix(head + at, length - at, &incomplete);
		if (at == length || (incomplete && !whole))
			return length;
		if (head[at] != '\0')
			return at;
		at++;
	}
}

/* Do the first bytes decode without an error? A character cut by the end is none: where the file itself is cut, the decoder says so, with the place. */
static bool
decodes(const RcEncoding *encoding, const char *head, size_t length)
{
	iconv_t		converter = iconv_open("UTF-8", encoding->iconv_name);
	char	   *input = (char *) head;
	size_t		left = length;
	bool		cut = false;

	if (converter == (iconv_t) -1)
		return false;
	while (left > 0)
	{
		char		buffer[4096];
		char	   *output = buffer;
		size_t		room = sizeof(buffer);
		size_t		before = left;

		if (iconv(converter, &input, &left, &output, &room) == (size_t) -1 && left == before)
		{
			cut = errno == EINVAL;
			break;
		}
	}
	iconv_close(converter);
	return left == 0 || cut;
}

/* Number of characters above ASCII before the first bytes that do not decode. */
static size_t
characters_before_fault(const RcEncoding *encoding, const char *head, size_t length)
{
	iconv_t		converter = iconv_open("UTF-8", encoding->iconv_name);
	char	   *input = (char *) head;
	size_t		left = length;
	size_t		count = 0;

	if (converter == (iconv_t) -1)
		return 0;
	while (left > 0)
	{
		char		buffer[4096];
		char	   *output = buffer;
		size_t		room = sizeof(buffer);
		bool		more = iconv(converter, &input, &left, &output, &room) != (size_t) -1 || errno == E2BIG;

		for (const char *byte = buffer; byte < output; byte++)
			count += (unsigned char) *byte >= 0xC0;
		if (!more)
			break;
	}
	iconv_close(converter);
	return count;
}

/*
 * Is a text whose first fault as UTF-8 lies at an offset rather one of another encoding that is broken somewhere? Its characters up to there tell: what
 * looks like characters of UTF-8 in such a text is chance.
 */
static bool
is_broken_text_of(const RcEncoding *encoding, const char *head, size_t length, size_t fault)
{
	size_t		as_utf8 = 0;
	size_t		count = characters_before_fault(encoding, head, length);

	for (size_t i = 0; i < fault; i++)
		as_utf8 += (unsigned char) head[i] >= 0xC0;
	return count >= MINIMUM_CHARACTERS && count > 2 * as_utf8;
}

/*
 * Is every byte above ASCII a lone one of Western text: an accented letter beside an ASCII letter, or a letter or sign (°, £, «) before a blank or a mark of
 * punctuation, where no double-byte character can be? Then Windows-1252 is safe to assume: the double-byte encodings and broken UTF-8 put two such bytes
 * side by side.
 */
static bool
is_lone_accents(const char *head, size_t length)
{
	/* € quotes dashes, no-break space, £ § © « ° ² ³ ´ · º » */
	static const char signs[] = "\x80\x91\x92\x93\x94\x96\x97\xA0\xA3\xA7\xA9\xAB\xB0\xB2\xB3\xB4\xB7\xBA\xBB";
	const unsigned char *bytes = (const unsigned char *) head;

	for (size_t i = 0; i < length; i++)
	{
		unsigned char before = i > 0 ? bytes[i - 1] : ' ';
		unsigned char after = i + 1 < length ? bytes[i + 1] : ' ';

		if (bytes[i] < 0x80)
			continue;
		if (before >= 0x80 || after >= 0x80)
			return false;
		if (after < '0' && (bytes[i] >= 0xC0 || strchr(signs, bytes[i])))
			continue;
		if (bytes[i] < 0xC0 || bytes[i] == 0xD7 || bytes[i] == 0xF7 || bytes[i] == 0xFF)
			return false;
		if (((before | 0x20) < 'a' || (before | 0x20) > 'z') && ((after | 0x20) < 'a' || (after | 0x20) > 'z'))
			return false;
	}
	return true;
}

/* Asks uchardet, and takes its word for few encodings only. */
static const RcEncoding *
guess(const char *head, size_t length)
{
	const RcEncoding *encoding = NULL;
	size_t		high_bytes = 0;
	uchardet_t	detector;
	char		name[32] = "";

	for (size_t i = 0; i < length; i++)
		high_bytes += ((unsigned char) head[i] & 0x80) != 0;
	if (is_lone_accents(head, length))
		return find_by_normal_name("WIN1252");
	if (high_bytes < GUESS_BYTES)
		return NULL;

	detector = uchardet_new();
	if (!detector)
		return NULL;
	if (uchardet_handle_data(detector, head, length) == 0)
	{
		uchardet_data_end(detector);
		normal_name(uchardet_get_charset(detector), name, sizeof(name));
	}
	uchardet_delete(detector);

	if (strcmp(name, "GB18030") == 0 || strcmp(name, "BIG5") == 0)
		encoding = find_by_normal_name(name);
	else if (strncmp(name, "WINDOWS125", 10) == 0)
		encoding = find_by_normal_name(name);
	else if (strcmp(name, "ISO88591") == 0 || strcmp(name, "ISO885915") == 0)
		encoding = find_by_normal_name("WIN1252");
	return encoding;
}

RcCode
rc_encoding_detect(const RcEncoding **result, const char *head, size_t length, bool whole, const char *fallback, RcStatus *status)
{
	const RcEncoding *encoding;
	const RcEncoding *guessed;
	size_t		fault;

	for (encoding = encodings; encoding->name; encoding++)
	{
		if (has_bom(encoding, head, length))
		{
			*result = encoding;
			return RC_OK;
		}
	}
	*result = rc_encoding_utf16(head, length);
	if (*result)
		return RC_OK;

	fault = utf8_fault(head, length, whole);
	if (fault == length)
	{
		*result = &encodings[0];
		return RC_OK;
	}
	encoding = fallback ? rc_encoding_find(fallback, head, length) : NULL;
	if (encoding && encoding->iconv_name && decodes(encoding, head, length))
	{
		*result = encoding;
		return RC_OK;
	}
	guessed = guess(head, length);
	if (guessed && decodes(guessed, head, length))
	{
		*result = guessed;
		return RC_OK;
	}

	/* broken text: the decoder will come upon the fault and say where it is */
	*result = encoding && encoding->iconv_name ? encoding : guessed;
	if (*result && is_broken_text_of(*result, head, length, fault))
		return RC_OK;

	*result = NULL;
	status->byte = fault;
	status->line = 1 + rc_count_line_ends(head, fault);
	rc_fail(status, RC_BAD_ENCODING, "byte 0x%02X is not UTF-8, and the encoding cannot be told from the text", (unsigned char) head[fault]);
	rc_hint(status, "Name the encoding, for example GB18030, BIG5 or WIN1252.");
	return RC_BAD_ENCODING;
}
