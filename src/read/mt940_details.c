/*
 * mt940_details.c - what the text of :86: and :NS: says.
 */
#include "mt940_details.h"

#include <string.h>

#define FULL_LINE 64			/* a line this long, and SWIFT allows 65, was wrapped where it was full: within a word */

static bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Does the text begin with a SEPA key such as EREF+ or SVWZ+? */
static bool
is_key(const char *text, size_t length)
{
	if (length < 5 || text[4] != '+')
		return false;
	for (int i = 0; i < 4; i++)
	{
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	}
	return true;
}

/* The value of a SEPA key in a narrative: up to the next key; false when the key is not there. */
static bool
find_key(const char *text, size_t length, const char *key, RcField *value)
{
	for (size_t i = 0; i + 5 <= length; i++)
	{
		size_t		end = i + 5;

		if ((i > 0 && text[i - 1] != ' ') || memcmp(text + i, key, 5) != 0)
			continue;
		while (end < length && !(text[end - 1] == ' ' && is_key(text + end, length - end)))
			end++;
		*value = (RcField) {text + i + 5, (uint32_t) (end - i - 5)};
		return true;
	}
	return false;
}

static RcCode
set_trimmed(RcBuffer *field, const char *text, size_t length)
{
	rc_trim(&text, &length);
	return rc_bank_set(field, text, length);
}

/* Banks that must fill the end-to-end id write NOTPROVIDED where there is none. */
static RcCode
set_end_to_end(RcBank *bank, const char *text, size_t length)
{
	rc_trim(&text, &length);
	if (rc_equal_fold(text, length, "NOTPROVIDED", 11))
		length = 0;
	return rc_bank_set(&bank->entry[RC_MT940_END_TO_END_ID], text, length);
}

/* ---- German structured text: three digits, then subfields of a separator and two digits ---- */

/* Is there a subfield's code at an offset? Other digits behind a separator are text. */
static bool
is_subfield(const char *text, size_t length, size_t at, char separator)
{
	int			code;

	if (length - at < 3 || text[at] != separator || !is_digit(text[at + 1]) || !is_digit(text[at + 2]))
		return false;
	code = (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
	return code == 0 || code == 10 || (code >= 20 && code <= 38) || (code >= 60 && code <= 79);
}

static bool
is_structured(const RcBuffer *text)
{
	return text->length >= 6 && rc_is_digits(text->data, 3) && strchr("?><~|^&@", text->data[3]) != NULL &&
		is_subfield(text->data, text->length, 3, text->data[3]);
}

/* The purpose is complete: takes the end-to-end id out of it. */
static RcCode
end_purpose(RcBank *bank)
{
	const RcBuffer *narrative = &bank->entry[RC_ENTRY_NARRATIVE];
	RcField		value;

	if (!find_key(narrative->data, narrative->length, "EREF+", &value))
		return RC_OK;
	return set_end_to_end(bank, value.data, value.length);
}

/* purpose_end is the last subfield of the narrative before this one, -1 when there was none. */
static RcCode
take_subfield(RcBank *bank, int purpose_end, int code, const char *text, size_t length)
{
	RcBuffer   *narrative = &bank->entry[RC_ENTRY_NARRATIVE];

	if (code == 0)
		return rc_bank_set(&bank->entry[RC_MT940_POSTING_TEXT], text, length);
	if ((code >= 20 && code <= 29) || (code >= 60 && code <= 69))
	{
		bool		apart = is_key(text, length);
		RcCode		result = RC_OK;

		/*
		 * Words are cut at the end of a subfield, so nothing comes between them; but a key begins a word, and 60 goes on where 29 ended only when all
		 * of 20 to 29 were needed.
		 */
		if (code >= 60 && purpose_end < 60)
		{
			apart = apart || purpose_end != 29;
			result = end_purpose(bank);
		}
		if (result == RC_OK && apart && narrative->length > 0 && narrative->data[narrative->length - 1] != ' ')
			result = rc_bank_append(narrative, " ", 1);
		if (result != RC_OK)
			return result;
		return rc_bank_append(narrative, text, length);
	}
	if (code == 31)
		return set_trimmed(&bank->entry[RC_ENTRY_COUNTERPARTY_ACCOUNT], text, length);
	if (code == 32 || code == 33)
		return rc_bank_append(&bank->entry[RC_ENTRY_COUNTERPARTY], text, length);
	return RC_OK;
}

static void
trim_buffer(RcBuffer *buffer)
{
	const char *text = buffer->data;
	size_t		length = buffer->length;

	if (length == 0)
		return;
	rc_trim(&text, &length);
	memmove(buffer->data, text, length);
	buffer->length = length;
}

static RcCode
read_structured(RcBank *bank, const RcBuffer *text)
{
	const char *data = text->data;
	char		separator = data[3];
	RcCode		code = rc_bank_set(&bank->entry[RC_MT940_TRANSACTION_CODE], data, 3);
	size_t		at = 3;
	int			purpose_end = -1;

	while (code == RC_OK && at < text->length)
	{
		size_t		begin = at + 3;
		int			subfield = rc_digits_value(data + at + 1, 2);

		at = begin;
		while (at < text->length && !is_subfield(data, text->length, at, separator))
			at++;
		code = take_subfield(bank, purpose_end, subfield, data + begin, at - begin);
		if ((subfield >= 20 && subfield <= 29) || (subfield >= 60 && subfield <= 69))
			purpose_end = subfield;
	}
	if (code == RC_OK && purpose_end < 60)
		code = end_purpose(bank);
	trim_buffer(&bank->entry[RC_ENTRY_NARRATIVE]);
	trim_buffer(&bank->entry[RC_ENTRY_COUNTERPARTY]);
	return code;
}

/* ---- Dutch codes: /NAME/../REMI/.. ---- */

static const char *const slash_codes[] = {
	"TRTP", "TRCD", "IBAN", "BBAN", "BIC", "NAME", "REMI", "EREF", "PREF", "MARF", "CSID", "BENM", "ORDP", "ISDT", "RTRN", "CNTP", "PURP", "ULTD",
	"ULTB", "UDTR", "UCRD", "SVCL", "ADDR", "BUSP", "SUBID", "PREFIX", "OCMT", "CHGS", "EXCH", "CONVR", "NRTX"
};

/* Length of a code with both slashes at an offset, 0 when there is none. */
static size_t
slash_code(const char *text, size_t length, size_t at)
{
	if (text[at] != '/')
		return 0;
	for (size_t i = 0; i < sizeof(slash_codes) / sizeof(slash_codes[0]); i++)
	{
		size_t		size = strlen(slash_codes[i]);

		if (length - at >= size + 2 && memcmp(text + at + 1, slash_codes[i], size) == 0 && text[at + 1 + size] == '/')
			return size + 2;
	}
	return 0;
}

/* ING: /CNTP/account/bic/name/city/ */
static RcCode
take_counterparty(RcBank *bank, const char *text, size_t length)
{
	RcCode		code = RC_OK;
	int			part = 0;

	for (size_t begin = 0; begin <= length && code == RC_OK && part <= 2; part++)
	{
		const char *slash = memchr(text + begin, '/', length - begin);
		size_t		end = slash ? (size_t) (slash - text) : length;

		if (part == 0)
			code = set_trimmed(&bank->entry[RC_ENTRY_COUNTERPARTY_ACCOUNT], text + begin, end - begin);
		else if (part == 2)
			code = set_trimmed(&bank->entry[RC_ENTRY_COUNTERPARTY], text + begin, end - begin);
		begin = end + 1;
	}
	return code;
}

static RcCode
read_slash_codes(RcBank *bank, const char *text, size_t length)
{
	RcCode		code = RC_OK;
	size_t		at = 0;
	size_t		size = slash_code(text, length, 0);

	while (size > 0 && code == RC_OK)
	{
		const char *name = text + at + 1;
		size_t		begin = at + size;

		at = begin;
		size = 0;
		while (at < length && (size = slash_code(text, length, at)) == 0)
			at++;
		if (memcmp(name, "NAME/", 5) == 0)
			code = set_trimmed(&bank->entry[RC_ENTRY_COUNTERPARTY], text + begin, at - begin);
		else if (memcmp(name, "IBAN/", 5) == 0 || memcmp(name, "BBAN/", 5) == 0)
			code = set_trimmed(&bank->entry[RC_ENTRY_COUNTERPARTY_ACCOUNT], text + begin, at - begin);
		else if (memcmp(name, "EREF/", 5) == 0)
			code = set_end_to_end(bank, text + begin, at - begin);
		else if (memcmp(name, "CNTP/", 5) == 0)
			code = take_counterparty(bank, text + begin, at - begin);
	}
	return code;
}

/* ---- all kinds ---- */

/* Joins lines: a full line that ends within a word goes on without a blank, the others with one. */
static RcCode
join_lines(RcBuffer *field, const RcBuffer *lines)
{
	RcCode		code = RC_OK;
	bool		full = false;

	for (size_t begin = 0; begin < lines->length && code == RC_OK;)
	{
		const char *text = lines->data + begin;
		const char *feed = memchr(text, '\n', lines->length - begin);
		size_t		length = feed ? (size_t) (feed - text) : lines->length - begin;
		size_t		trimmed = length;

		begin += length + 1;
		while (trimmed > 0 && (text[trimmed - 1] == ' ' || text[trimmed - 1] == '\t'))
			trimmed--;
		if (trimmed == 0)
			continue;
		if (full && text[0] != ' ')
			code = rc_bank_append(field, text, trimmed);
		else
			code = rc_bank_join(field, text, trimmed);
		full = trimmed == length && length >= FULL_LINE;
	}
	return code;
}

/* Puts the lines together as they are, without their ends. */
static RcCode
concatenate(RcBuffer *result, const RcBuffer *lines)
{
	RcCode		code = RC_OK;

	rc_buffer_clear(result);
	for (size_t begin = 0; begin < lines->length && code == RC_OK;)
	{
		const char *text = lines->data + begin;
		const char *feed = memchr(text, '\n', lines->length - begin);
		size_t		length = feed ? (size_t) (feed - text) : lines->length - begin;

		code = rc_bank_append(result, text, length);
		begin += length + 1;
	}
	return code;
}

RcCode
rc_mt940_details(RcBank *bank, const RcBuffer *details, RcBuffer *scratch)
{
	RcBuffer   *narrative = &bank->entry[RC_ENTRY_NARRATIVE];
	RcCode		code = concatenate(scratch, details);

	if (code != RC_OK || scratch->length == 0)
		return code;
	if (is_structured(scratch))
		return read_structured(bank, scratch);
	code = join_lines(narrative, details);
	if (code == RC_OK && narrative->length > 0 && narrative->data[0] == '/')
		code = read_slash_codes(bank, narrative->data, narrative->length);
	return code;
}

RcCode
rc_mt940_own_line(RcBank *bank, const char *text, size_t length)
{
	int			code;

	if (length < 2 || !rc_is_digits(text, 2))
		return RC_OK;
	code = rc_digits_value(text, 2);
	if (code >= 1 && code <= 14)
		return rc_bank_join(&bank->entry[RC_ENTRY_NARRATIVE], text + 2, length - 2);
	if (code == 15 || code == 16)
		return rc_bank_join(&bank->entry[RC_ENTRY_COUNTERPARTY], text + 2, length - 2);
	if (code == 17)
		return rc_bank_join(&bank->entry[RC_MT940_POSTING_TEXT], text + 2, length - 2);
	return RC_OK;
}
