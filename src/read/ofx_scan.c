/*
 * ofx_scan.c - one tolerant scanner of tags for both generations of OFX.
 */
#include "ofx_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "encoding.h"

void
rc_ofx_scan_init(RcOfxScan *scan, const RcSource *source)
{
	memset(scan, 0, sizeof(*scan));
	scan->source = source;
	scan->line = 1;
	rc_buffer_init(&scan->tag, source->allocator);
	rc_buffer_init(&scan->text, source->allocator);
}

void
rc_ofx_scan_free(RcOfxScan *scan)
{
	rc_buffer_free(&scan->tag);
	rc_buffer_free(&scan->text);
}

RcCode
rc_ofx_fail(const RcOfxScan *scan, RcStatus *status, RcCode code, const char *format, ...)
{
	char		message[RC_MESSAGE_SIZE];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	status->line = scan->tag_line;
	status->byte = rc_charset_file_offset(scan->source->charset, scan->tag_byte);
	return rc_fail(status, code, "%s", message);
}

/* Makes sure that there is a byte at scan->at; RC_END when there is none. */
static RcCode
need(RcOfxScan *scan, RcStatus *status)
{
	while (scan->at == scan->length)
	{
		RcCode		code;

		if (scan->at_end)
			return RC_END;
		if (rc_should_stop(scan->source->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
		code = rc_charset_fill(scan->source->charset, scan->at, &scan->window, &scan->length, status);
		scan->base += scan->at;
		scan->at = 0;
		if (code == RC_END)
			scan->at_end = true;
		else if (code != RC_OK)
		{
			if (code == RC_BAD_ENCODING && status->line == 0)
				status->line = scan->line + rc_count_line_ends(scan->window, scan->length);
			return code;
		}
	}
	return RC_OK;
}

/* Takes the byte at hand, which there must be. */
static RcCode
take(RcOfxScan *scan, char *byte)
{
	*byte = scan->window[scan->at++];
	if (*byte == '\n')
		scan->line += !scan->after_return;
	else if (*byte == '\r')
		scan->line++;
	scan->after_return = *byte == '\r';
	return scan->copy ? rc_bank_append(scan->copy, byte, 1) : RC_OK;
}

static RcCode
add_text(RcOfxScan *scan, const char *text, size_t length, RcStatus *status)
{
	RcCode		code = rc_bank_append(&scan->text, text, length);

	if (code == RC_TOO_LARGE)
	{
		rc_fail(status, code, "text of an element is longer than %zu bytes", RC_MAX_BANK_FIELD);
		status->line = scan->line;
	}
	else if (code != RC_OK)
		rc_bank_explain(status, code);
	return code;
}

/* Copies text up to the next <, at most to the end of the window. */
static RcCode
take_text(RcOfxScan *scan, RcStatus *status)
{
	size_t		begin = scan->at;
	size_t		end = begin;
	RcCode		code;

	while (end < scan->length && scan->window[end] != '<')
	{
		char		byte = scan->window[end++];

		if (byte == '\n')
			scan->line += !scan->after_return;
		else if (byte == '\r')
			scan->line++;
		scan->after_return = byte == '\r';
	}
	/* blanks between tags are most of a file and mean nothing */
	if (scan->text.length == 0)
	{
		while (begin < end && strchr(" \t\r\n", scan->window[begin]) != NULL && scan->window[begin] != '\0')
			begin++;
	}
	code = add_text(scan, scan->window + begin, end - begin, status);
	if (code == RC_OK && scan->copy)
	{
		code = rc_bank_append(scan->copy, scan->window + scan->at, end - scan->at);
		rc_bank_explain(status, code);
		if (code != RC_OK)
			status->line = scan->line;
	}
	scan->at = end;
	return code;
}

/* Skips to behind an end mark of at most three bytes; cdata: what comes before it is text. */
static RcCode
skip_to(RcOfxScan *scan, const char *mark, bool cdata, RcStatus *status)
{
	size_t		size = strlen(mark);
	char		last[3] = {0, 0, 0};	/* the last bytes, the newest at the end */
	RcCode		code;
	char		byte;

	for (;;)
	{
		code = need(scan, status);
		if (code == RC_END)
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "the file ends before %s", mark);
		if (code == RC_OK)
			code = take(scan, &byte);
		if (code != RC_OK)
			return rc_bank_explain(status, code);
		if (cdata && last[0])
		{
			/* this byte is text for certain: a & in CDATA is no entity */
			code = last[0] == '&' ? add_text(scan, "&amp;", 5, status) : add_text(scan, last, 1, status);
			if (code != RC_OK)
				return code;
		}
		last[0] = last[1];
		last[1] = last[2];
		last[2] = byte;
		if (memcmp(last + 3 - size, mark, size) == 0)
			return RC_OK;
	}
}

static bool
is_name_byte(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-' ||
		byte == ':';
}

/* Makes name, closing and empty of a tag's text; false when it is no tag. */
static bool
parse_tag(RcOfxScan *scan)
{
	const char *text = scan->tag.data;
	size_t		length = scan->tag.length;
	size_t		at = 0;
	size_t		size = 0;

	if (length == 0)
		return false;
	scan->closing = text[0] == '/';
	at += scan->closing;
	if (at == length || !((text[at] >= 'A' && text[at] <= 'Z') || (text[at] >= 'a' && text[at] <= 'z')))
		return false;
	while (at < length && is_name_byte(text[at]))
	{
		char		byte = text[at++];

		if (size + 1 == sizeof(scan->name))
			return false;
		scan->name[size++] = byte >= 'a' && byte <= 'z' ? (char) (byte - 'a' + 'A') : byte;
	}
	scan->name[size] = '\0';
	scan->empty = !scan->closing && text[length - 1] == '/';
	return at == length || text[at] == ' ' || text[at] == '\t' || (scan->empty && at + 1 == length);
}

/* What a < turned out to be. */
typedef enum Found
{
	FOUND_TAG, FOUND_TEXT, FOUND_SKIPPED
} Found;

/* Reads what begins with the < at hand. */
static RcCode
take_tag(RcOfxScan *scan, Found *found, RcStatus *status)
{
	RcCode		code;
	char		byte;

	scan->tag_line = scan->line;
	scan->tag_byte = scan->base + scan->at;
	rc_buffer_clear(&scan->tag);
	code = take(scan, &byte);
	while (code == RC_OK)
	{
		code = need(scan, status);
		if (code == RC_END)
		{
			code = RC_OK;
			break;
		}
		if (code != RC_OK)
			return code;
		byte = scan->window[scan->at];
		if (byte == '<' || byte == '\n' || byte == '\r' || scan->tag.length == RC_OFX_MAX_TAG)
			break;
		code = take(scan, &byte);
		if (code != RC_OK)
			break;
		if (byte == '>')
		{
			*found = parse_tag(scan) ? FOUND_TAG : FOUND_TEXT;
			if (*found == FOUND_TAG)
				return RC_OK;
			code = add_text(scan, "<", 1, status);
			if (code == RC_OK)
				code = add_text(scan, scan->tag.data, scan->tag.length, status);
			return code == RC_OK ? add_text(scan, ">", 1, status) : code;
		}
		if (!rc_buffer_append_char(&scan->tag, byte))
			code = RC_NO_MEMORY;
		*found = FOUND_SKIPPED;
		if (code == RC_OK && scan->tag.length == 1 && byte == '?')
			return skip_to(scan, "?>", false, status);
		if (code == RC_OK && scan->tag.length == 3 && memcmp(scan->tag.data, "!--", 3) == 0)
			return skip_to(scan, "-->", false, status);
		if (code == RC_OK && scan->tag.length == 8 && memcmp(scan->tag.data, "![CDATA[", 8) == 0)
		{
			*found = FOUND_TEXT;
			return skip_to(scan, "]]>", true, status);
		}
		if (code == RC_OK && scan->tag.length == 8 && rc_equal_fold(scan->tag.data, 8, "!DOCTYPE", 8))
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "a DOCTYPE is not allowed");
	}
	if (code != RC_OK)
		return rc_bank_explain(status, code);
	*found = FOUND_TEXT;
	code = add_text(scan, "<", 1, status);
	return code == RC_OK ? add_text(scan, scan->tag.data, scan->tag.length, status) : code;
}

RcCode
rc_ofx_scan_next(RcOfxScan *scan, RcStatus *status)
{
	rc_buffer_clear(&scan->text);
	for (;;)
	{
		Found		found = FOUND_TEXT;
		RcCode		code = need(scan, status);

		if (code == RC_OK)
			code = scan->window[scan->at] == '<' ? take_tag(scan, &found, status) : take_text(scan, status);
		if (code != RC_OK || found == FOUND_TAG)
			return code;
	}
}

/* ---- text of elements ---- */

/* Size of the entity at text, which begins with &, and its character; 0 when it is none. */
static size_t
read_entity(const char *text, size_t length, uint32_t *character)
{
	static const struct
	{
		const char *name;
		uint32_t	character;
	}			entities[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", 0xA0}};
	uint32_t	value = 0;
	uint32_t	radix = 10;
	size_t		at = 2;
	size_t		begin;

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
	{
		size_t		size = strlen(entities[i].name);

		if (length > size && memcmp(text + 1, entities[i].name, size) == 0)
		{
			*character = entities[i].character;
			return size + 1;
		}
	}
	if (length < 4 || text[1] != '#')
		return 0;
	if (text[2] == 'x' || text[2] == 'X')
	{
		radix = 16;
		at = 3;
	}
	for (begin = at; at < length && at < begin + 8 && text[at] != ';'; at++)
	{
		uint32_t	digit;

		if (text[at] >= '0' && text[at] <= '9')
			digit = (uint32_t) (text[at] - '0');
		else if (radix == 16 && ((text[at] | 0x20) >= 'a' && (text[at] | 0x20) <= 'f'))
			digit = (uint32_t) ((text[at] | 0x20) - 'a' + 10);
		else
			return 0;
		value = value * radix + digit;
		if (value > 0x10FFFF)
			return 0;
	}
	if (at == begin || at == length || text[at] != ';' || value < 0x20 || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	*character = value;
	return at + 1;
}

void
rc_ofx_decode(RcBuffer *text)
{
	const char *trimmed;
	size_t		length;
	size_t		to = 0;

	for (size_t from = 0; from < text->length;)
	{
		char		byte = text->data[from];
		uint32_t	character;
		size_t		size = byte == '&' ? read_entity(text->data + from, text->length - from, &character) : 0;

		/* no entity is shorter than its character */
		if (size > 0)
		{
			to += rc_utf8_encode(character, text->data + to);
			from += size;
			continue;
		}
		text->data[to++] = byte == '\r' || byte == '\n' || byte == '\t' ? ' ' : byte;
		from++;
	}
	if (text->length == 0)
		return;
	trimmed = text->data;
	length = to;
	rc_trim(&trimmed, &length);
	memmove(text->data, trimmed, length);
	text->length = length;
	text->data[length] = '\0';
}
