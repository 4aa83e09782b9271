/*
 * xml_head.c - looks at the first bytes of a document, before it is known what it is.
 */
#include "xml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Copies the ASCII characters of a head in UTF-16 or anything that extends ASCII, other characters as '?'. */
static size_t
to_ascii(const char *head, size_t length, char *buffer, size_t size)
{
	size_t		step = 1;
	size_t		first = 0;
	size_t		used = 0;

	if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		first = 3;
	else if (length >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "<\0", 2) == 0))
		step = 2;
	else if (length >= 2 && (memcmp(head, "\xFE\xFF", 2) == 0 || memcmp(head, "\0<", 2) == 0))
	{
		step = 2;
		first = 1;
	}
	if (step == 2 && length >= 2 && (unsigned char) head[0] >= 0xFE)
		first += 2;
	for (size_t i = first; i < length && used < size; i += step)
		buffer[used++] = (unsigned char) head[i] < 0x80 ? head[i] : '?';
	return used;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
rc_xml_has_declaration(const char *head, size_t length)
{
	char		text[8];
	size_t		used = to_ascii(head, length, text, sizeof(text));

	return used >= 6 && memcmp(text, "<?xml", 5) == 0 && is_blank(text[5]);
}

bool
rc_xml_declared_encoding(const char *head, size_t length, char *buffer, size_t size)
{
	char		text[256];
	size_t		used = to_ascii(head, length, text, sizeof(text) - 1);
	char	   *end;
	char	   *at;
	size_t		count = 0;

	text[used] = '\0';
	if (used < 6 || memcmp(text, "<?xml", 5) != 0)
		return false;
	end = strstr(text, "?>");
	if (!end)
		return false;
	*end = '\0';
	at = strstr(text, "encoding");
	if (!at)
		return false;
	at += strlen("encoding");
	while (is_blank(*at) || *at == '=')
		at++;
	if (*at != '"' && *at != '\'')
		return false;
	for (at++; *at && *at != '"' && *at != '\'' && count + 1 < size; at++)
		buffer[count++] = *at;
	buffer[count] = '\0';
	return count > 0;
}

/* Copies what lies between two places, cut to size. */
static void
copy_cut(char *buffer, size_t size, const char *from, const char *to)
{
	size_t		length = (size_t) (to - from);

	if (length >= size)
		length = size - 1;
	memcpy(buffer, from, length);
	buffer[length] = '\0';
}

/* Skips declaration, comments and processing instructions; gives the place behind the '<' of the root. */
static const char *
find_root(const char *at)
{
	for (;;)
	{
		const char *end;

		while (is_blank(*at))
			at++;
		if (at[0] != '<')
			return NULL;
		if (at[1] == '?')
			end = strstr(at, "?>");
		else if (strncmp(at, "<!--", 4) == 0)
			end = strstr(at + 4, "-->");
		else if (strncasecmp(at, "<!DOCTYPE", 9) == 0)
			end = strchr(at, '>');
		else
			return at + 1;
		if (!end)
			return NULL;
		at = strchr(end, '>') + 1;
	}
}

bool
rc_xml_root(const char *head, size_t length, char *name, char *space, size_t size)
{
	char		text[4096];
	size_t		used = to_ascii(head, length, text, sizeof(text) - 1);
	const char *at;
	const char *end;
	const char *local;
	char		declaration[64] = "xmlns";

	name[0] = space[0] = '\0';
	/* a NUL would end the search below; no document has one */
	text[used] = '\0';
	at = find_root(text);
	if (!at)
		return false;
	for (end = at; *end && !is_blank(*end) && *end != '>' && *end != '/'; end++)
		;
	if (*end == '\0' || end == at)
		return false;
	local = memchr(at, ':', (size_t) (end - at));
	copy_cut(name, size, local ? local + 1 : at, end);
	if (local && (size_t) (local - at) < sizeof(declaration) - 7)
		snprintf(declaration, sizeof(declaration), "xmlns:%.*s", (int) (local - at), at);

	for (at = end; *at && *at != '>';)
	{
		const char *attribute;
		size_t		attribute_length;
		const char *value;
		char		quote;

		while (is_blank(*at) || *at == '/')
			at++;
		for (attribute = at; *at && *at != '=' && !is_blank(*at) && *at != '>'; at++)
			;
		attribute_length = (size_t) (at - attribute);
		while (is_blank(*at) || *at == '=')
			at++;
		quote = *at;
		if (quote != '"' && quote != '\'')
			break;
		value = ++at;
		at = strchr(value, quote);
		if (!at)
			break;
		if (attribute_length == strlen(declaration) && memcmp(attribute, declaration, attribute_length) == 0)
		{
			copy_cut(space, size, value, at);
			break;
		}
		at++;
	}
	return true;
}
