/*
 * text.c - UTF-8 text: checking, trimming, cutting, names of columns, and a string that grows.
 */
#include "text.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)

/*
 * Size of the character at bytes when it is well formed, 0 when it is not, -1 when the text ends within what could become one.
 * The bounds of the second byte exclude overlong forms, surrogates and values above U+10FFFF (Unicode 15, table 3-7).
 */
static int
character_size(const unsigned char *bytes, size_t length)
{
	unsigned char lead = bytes[0];
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	int			size;

	if (lead < 0x80)
		return lead != 0;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (lead == 0xE0)
		low = 0xA0;
	else if (lead == 0xED)
		high = 0x9F;
	else if (lead == 0xF0)
		low = 0x90;
	else if (lead == 0xF4)
		high = 0x8F;

	if (length < 2)
		return -1;
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (int i = 2; i < size; i++)
	{
		if ((size_t) i >= length)
			return -1;
		if ((bytes[i] & 0xC0) != 0x80)
			return 0;
	}
	return size;
}

size_t
rc_utf8_prefix(const char *text, size_t length, bool *incomplete)
{
	const unsigned char *bytes = (const unsigned char *) text;
	size_t		at = 0;

	if (incomplete)
		*incomplete = false;
	while (at < length)
	{
		int			size;

		/* words without high bits and without a zero byte, which would borrow a high bit in the subtraction */
		while (length - at >= 16)
		{
			uint64_t	words[2];

			memcpy(words, bytes + at, sizeof(words));
			if ((words[0] | words[1] | (words[0] - LOW_BITS) | (words[1] - LOW_BITS)) & HIGH_BITS)
				break;
			at += 16;
		}
		/* the rest of the word that stopped the run, then whole runs of other scripts without trying words in vain */
		do
		{
			if (at == length)
				return at;
			size = character_size(bytes + at, length - at);
			if (size <= 0)
			{
				if (incomplete)
					*incomplete = size < 0;
				return at;
			}
			at += (size_t) size;
		} while (size > 1 || (at & 15) != 0);
	}
	return at;
}

bool
rc_utf8_valid(const char *text, size_t length)
{
	return rc_utf8_prefix(text, length, NULL) == length;
}

size_t
rc_utf8_cut(const char *text, size_t length, size_t limit)
{
	size_t		lead;
	unsigned char byte;
	size_t		size;

	if (limit > length)
		limit = length;
	if (limit == 0)
		return 0;

	/* step back to the lead byte of the last character, at most three bytes, and see whether it fits */
	lead = limit - 1;
	while (lead > 0 && limit - lead < 4 && ((unsigned char) text[lead] & 0xC0) == 0x80)
		lead--;
	byte = (unsigned char) text[lead];
	size = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
	return lead + size > limit ? lead : limit;
}

uint32_t
rc_utf8_decode(const char *text, size_t length, size_t *size)
{
	const unsigned char *bytes = (const unsigned char *) text;
	unsigned char lead = bytes[0];

	if (lead >= 0xF0 && length >= 4)
	{
		*size = 4;
		return ((uint32_t) (lead & 0x07) << 18) | ((uint32_t) (bytes[1] & 0x3F) << 12) |
			((uint32_t) (bytes[2] & 0x3F) << 6) | (bytes[3] & 0x3F);
	}
	if (lead >= 0xE0 && lead < 0xF0 && length >= 3)
	{
		*size = 3;
		return ((uint32_t) (lead & 0x0F) << 12) | ((uint32_t) (bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F);
	}
	if (lead >= 0xC0 && lead < 0xE0 && length >= 2)
	{
		*size = 2;
		return ((uint32_t) (lead & 0x1F) << 6) | (bytes[1] & 0x3F);
	}
	*size = 1;
	return lead;
}

size_t
rc_utf8_encode(uint32_t character, char *buffer)
{
	if (character < 0x80)
	{
		buffer[0] = (char) character;
		return 1;
	}
	if (character < 0x800)
	{
		buffer[0] = (char) (0xC0 | (character >> 6));
		buffer[1] = (char) (0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000)
	{
		buffer[0] = (char) (0xE0 | (character >> 12));
		buffer[1] = (char) (0x80 | ((character >> 6) & 0x3F));
		buffer[2] = (char) (0x80 | (character & 0x3F));
		return 3;
	}
	buffer[0] = (char) (0xF0 | (character >> 18));
	buffer[1] = (char) (0x80 | ((character >> 12) & 0x3F));
	buffer[2] = (char) (0x80 | ((character >> 6) & 0x3F));
	buffer[3] = (char) (0x80 | (character & 0x3F));
	return 4;
}

static bool
is_blank(uint32_t character)
{
	return character == ' ' || (character >= '\t' && character <= '\r') || character == 0xA0 ||
		(character >= 0x2000 && character <= 0x200A) || character == 0x202F || character == 0x205F || character == 0x3000;
}

static bool
is_zero_width(uint32_t character)
{
	return (character >= 0x200B && character <= 0x200D) || character == 0x2060 || character == 0xFEFF;
}

void
rc_trim(const char **text, size_t *length)
{
	const char *data = *text;
	size_t		left = *length;

	while (left > 0)
	{
		size_t		size;
		uint32_t	character;

		if ((unsigned char) data[0] - 0x21u < 0x7F - 0x21u)
			break;				/* visible ASCII, the usual case */
		character = rc_utf8_decode(data, left, &size);
		if (!is_blank(character) && !is_zero_width(character))
			break;
		data += size;
		left -= size;
	}
	while (left > 0)
	{
		size_t		lead = left - 1;
		size_t		size;
		uint32_t	character;

		if ((unsigned char) data[lead] - 0x21u < 0x7F - 0x21u)
			break;
		while (lead > 0 && left - lead < 4 && ((unsigned char) data[lead] & 0xC0) == 0x80)
			lead--;
		character = rc_utf8_decode(data + lead, left - lead, &size);
		if (lead + size != left || (!is_blank(character) && !is_zero_width(character)))
			break;
		left = lead;
	}
	*text = data;
	*length = left;
}

bool
rc_unwrap_id(const char **text, size_t *length)
{
	bool		unwrapped = false;

	rc_trim(text, length);
	if (*length >= 3 && (*text)[0] == '=' && (*text)[1] == '"' && (*text)[*length - 1] == '"')
	{
		*text += 2;
		*length -= 3;
		unwrapped = true;
	}
	else if (*length >= 1 && ((*text)[0] == '\'' || (*text)[0] == '`'))
	{
		char		mark = (*text)[0];

		*text += 1;
		*length -= 1;
		if (*length >= 1 && (*text)[*length - 1] == mark)
			*length -= 1;
		unwrapped = true;
	}
	if (unwrapped)
		rc_trim(text, length);
	return unwrapped;
}

bool
rc_is_scientific(const char *text, size_t length)
{
	size_t		at = 0;
	size_t		digits = 0;
	size_t		exponent_digits = 0;
	bool		has_mark = false;
	bool		has_sign = false;

	if (at < length && (text[at] == '+' || text[at] == '-'))
		at++;
	for (; at < length; at++)
	{
		if (text[at] >= '0' && text[at] <= '9')
			digits++;
		else if ((text[at] == '.' || text[at] == ',') && !has_mark)
			has_mark = true;
		else
			break;
	}
	if (digits == 0 || at == length || (text[at] != 'E' && text[at] != 'e'))
		return false;
	at++;
	if (at < length && (text[at] == '+' || text[at] == '-'))
	{
		has_sign = text[at] == '+';
		at++;
	}
	for (; at < length && text[at] >= '0' && text[at] <= '9'; at++)
		exponent_digits++;

	/* 12E5 and 12E-5 may be genuine ids; what a spreadsheet makes of a long one has a mark or a plus */
	return at == length && exponent_digits >= 1 && (has_sign || has_mark);
}

bool
rc_has_invisible(const char *text, size_t length)
{
	size_t		at = 0;

	/* eight visible characters of ASCII at once: what most identifiers are made of */
	for (; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t))
	{
		uint64_t	word;

		memcpy(&word, text + at, sizeof(word));
		if ((word | (word - LOW_BITS * 0x20) | (word + LOW_BITS)) & HIGH_BITS)
			break;
	}
	while (at < length)
	{
		size_t		size;
		uint32_t	character;

		if (text[at] >= 0x20 && text[at] < 0x7F)
		{
			at++;
			continue;
		}
		character = rc_utf8_decode(text + at, length - at, &size);
		if (is_zero_width(character) || character == 0xAD || character == 0x61C || (character >= 0x200E && character <= 0x200F) ||
			(character >= 0x202A && character <= 0x202E) || (character >= 0x2061 && character <= 0x2069) ||
			character < 0x20 || (character >= 0x7F && character < 0xA0))
			return true;
		at += size;
	}
	return false;
}

uint64_t
rc_count_line_ends(const char *text, size_t length)
{
	uint64_t	count = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n')))
			count++;
	}
	return count;
}

static inline char
fold(char character)
{
	return character >= 'A' && character <= 'Z' ? (char) (character + ('a' - 'A')) : character;
}

bool
rc_equal_fold(const char *a, size_t a_length, const char *b, size_t b_length)
{
	if (a_length != b_length)
		return false;
	for (size_t i = 0; i < a_length; i++)
	{
		if (fold(a[i]) != fold(b[i]))
			return false;
	}
	return true;
}

void
rc_buffer_init(RcBuffer *buffer, const RcAllocator *allocator)
{
	*buffer = (RcBuffer) {.allocator = allocator};
}

bool
rc_buffer_reserve(RcBuffer *buffer, size_t more)
{
	size_t		needed;
	size_t		capacity;
	char	   *data;

	if (more >= SIZE_MAX / 2 - buffer->length)
		return false;
	needed = buffer->length + more + 1;
	if (needed <= buffer->capacity)
		return true;
	capacity = buffer->capacity < 32 ? 64 : buffer->capacity * 2;
	if (capacity < needed)
		capacity = needed;
	data = rc_resize(buffer->allocator, buffer->data, capacity);
	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

bool
rc_buffer_append(RcBuffer *buffer, const char *text, size_t length)
{
	if (!rc_buffer_reserve(buffer, length))
		return false;
	if (length > 0)
		memcpy(buffer->data + buffer->length, text, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
	return true;
}

bool
rc_buffer_append_string(RcBuffer *buffer, const char *text)
{
	return rc_buffer_append(buffer, text, strlen(text));
}

bool
rc_buffer_append_char(RcBuffer *buffer, char character)
{
	return rc_buffer_append(buffer, &character, 1);
}

void
rc_buffer_clear(RcBuffer *buffer)
{
	buffer->length = 0;
	if (buffer->data)
		buffer->data[0] = '\0';
}

void
rc_buffer_free(RcBuffer *buffer)
{
	rc_release(buffer->allocator, buffer->data);
	buffer->data = NULL;
	buffer->length = 0;
	buffer->capacity = 0;
}

bool
rc_normalise_header(RcBuffer *buffer, const char *text, size_t length)
{
	bool		blank = false;
	bool		begun = false;

	rc_trim(&text, &length);
	if (!rc_buffer_reserve(buffer, length))
		return false;
	for (size_t at = 0; at < length;)
	{
		size_t		size;
		uint32_t	character = rc_utf8_decode(text + at, length - at, &size);
		char		bytes[4];

		at += size;
		if (is_zero_width(character))
			continue;
		if (is_blank(character))
		{
			blank = begun;
			continue;
		}
		if (character >= 0xFF01 && character <= 0xFF5E)
			character -= 0xFF01 - '!';
		if (character >= 'A' && character <= 'Z')
			character += 'a' - 'A';
		if (blank && !rc_buffer_append_char(buffer, ' '))
			return false;
		blank = false;
		begun = true;
		size = rc_utf8_encode(character, bytes);
		if (!rc_buffer_append(buffer, bytes, size))
			return false;
	}
	/* terminated also when nothing was left */
	return rc_buffer_append(buffer, "", 0);
}
