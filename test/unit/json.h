/*
 * json.h - reads the JSON files that say what the sample files hold. For tests: a value that is not well-formed ends the program's check, not more.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Json
{
	char		type;			/* { [ " n (number, true, false, null) */
	char	   *key;			/* within an object */
	char	   *text;			/* strings decoded, others as they stand; NULL for { [ and null */
	struct Json *child;
	struct Json *next;
} Json;

static inline const char *
json_blank(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Decodes the string at *at, which begins with a quote. */
static inline char *
json_string(const char **at)
{
	char	   *text = malloc(strlen(*at) + 1);
	char	   *to = text;
	const char *from = *at + 1;

	while (*from && *from != '"')
	{
		if (*from == '\\' && from[1] == 'u')
		{
			unsigned long code = strtoul((char[]) {from[2], from[3], from[4], from[5], 0}, NULL, 16);

			to += rc_utf8_encode((uint32_t) code, to);
			from += 6;
			continue;
		}
		if (*from == '\\')
		{
			from++;
			*to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from == 'r' ? '\r' : *from;
			from++;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
	*at = *from ? from + 1 : from;
	return text;
}

static inline Json *
json_parse(const char **at)
{
	Json	   *value = calloc(1, sizeof(*value));
	Json	  **last = &value->child;

	*at = json_blank(*at);
	value->type = **at;
	if (**at == '"')
		value->text = json_string(at);
	else if (**at == '{' || **at == '[')
	{
		char		end = **at == '{' ? '}' : ']';

		*at = json_blank(*at + 1);
		while (**at && **at != end)
		{
			char	   *key = NULL;

			if (value->type == '{' && **at == '"')
			{
				key = json_string(at);
				*at = json_blank(*at);
				*at += **at == ':';
			}
			*last = json_parse(at);
			(*last)->key = key;
			last = &(*last)->next;
			*at = json_blank(*at);
			if (**at == ',')
				*at = json_blank(*at + 1);
			else if (**at != end)
				return value;
		}
		*at += **at == end;
	}
	else
	{
		size_t		size = strcspn(*at, ",]} \t\r\n");

		value->type = 'n';
		if (size != 4 || strncmp(*at, "null", 4) != 0)
			value->text = strndup(*at, size);
		*at += size;
	}
	return value;
}

static inline void
json_free(Json *value)
{
	while (value)
	{
		Json	   *next = value->next;

		json_free(value->child);
		free(value->key);
		free(value->text);
		free(value);
		value = next;
	}
}

static inline const Json *
json_get(const Json *object, const char *key)
{
	const Json *value = object ? object->child : NULL;

	while (value && (!value->key || strcmp(value->key, key) != 0))
		value = value->next;
	return value;
}

/* The text of a member, "" when it is null or not there. */
static inline const char *
json_text(const Json *object, const char *key)
{
	const Json *value = json_get(object, key);

	return value && value->text ? value->text : "";
}

#endif
