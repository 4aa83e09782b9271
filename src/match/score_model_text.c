/*
 * score_model_text.c - models as JSON: one flat object of whole numbers and lists of them.
 */
#include "score_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Member
{
	const char *name;
	size_t		offset;
	size_t		count;			/* 0: a single number */
	bool		wide;			/* 64 bits, not 32 */
} Member;

#define NUMBER(field) {#field, offsetof(RcModel, field), 0, false}
#define WIDE(field) {#field, offsetof(RcModel, field), 0, true}
#define LIST(field, levels) {#field, offsetof(RcModel, field), levels, false}

static const Member members[] = {
	NUMBER(version), NUMBER(share), WIDE(left_items), WIDE(right_items), WIDE(pairs), WIDE(confirmed), WIDE(rejected),
	LIST(amount, RC_AMOUNT_LEVELS), LIST(lag, RC_LAG_LEVELS), LIST(text, RC_TEXT_LEVELS),
	LIST(amount_chance, RC_AMOUNT_LEVELS), LIST(lag_chance, RC_LAG_LEVELS)
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))
#define MOST UINT32_C(1000000000)	/* probabilities are 10^-9 */

/* The longest: every number of 32 bits with ten digits and a comma, five of 64 bits, the names. */
_Static_assert((2 * RC_AMOUNT_LEVELS + 2 * RC_LAG_LEVELS + RC_TEXT_LEVELS + 2) * 11 + 5 * 21 + MEMBERS * 20 < RC_MODEL_TEXT, "a model's text fits");

static uint32_t
number_at(const RcModel *model, size_t offset)
{
	uint32_t	value;

	memcpy(&value, (const char *) model + offset, sizeof(value));
	return value;
}

size_t
rc_model_write(const RcModel *model, char *text)
{
	size_t		length = 0;

	for (size_t m = 0; m < MEMBERS; m++)
	{
		const Member *member = &members[m];

		length += (size_t) snprintf(text + length, RC_MODEL_TEXT - length, "%c\"%s\":%s", m == 0 ? '{' : ',', member->name,
									member->count > 0 ? "[" : "");
		if (member->wide)
		{
			uint64_t	value;

			memcpy(&value, (const char *) model + member->offset, sizeof(value));
			length += (size_t) snprintf(text + length, RC_MODEL_TEXT - length, "%" PRIu64, value);
		}
		for (size_t i = 0; !member->wide && i < (member->count > 0 ? member->count : 1); i++)
			length += (size_t) snprintf(text + length, RC_MODEL_TEXT - length, "%s%" PRIu32, i > 0 ? "," : "",
										number_at(model, member->offset + i * sizeof(uint32_t)));
		if (member->count > 0)
			length += (size_t) snprintf(text + length, RC_MODEL_TEXT - length, "]");
	}
	length += (size_t) snprintf(text + length, RC_MODEL_TEXT - length, "}");
	return length;
}

typedef struct Reader
{
	const char *at,
			   *end;
} Reader;

static void
skip_blanks(Reader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
		reader->at++;
}

static bool
next_is(Reader *reader, char wanted)
{
	skip_blanks(reader);
	if (reader->at == reader->end || *reader->at != wanted)
		return false;
	reader->at++;
	return true;
}

static bool
read_number(Reader *reader, uint64_t most, uint64_t *value)
{
	const char *from;

	skip_blanks(reader);
	from = reader->at;
	*value = 0;
	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
	{
		if (*value > (UINT64_MAX - 9) / 10)
			return false;
		*value = *value * 10 + (uint64_t) (*reader->at++ - '0');
	}
	return reader->at > from && *value <= most;
}

static bool
read_member(Reader *reader, RcModel *model, const Member *member)
{
	uint64_t	value;

	if (member->count > 0 && !next_is(reader, '['))
		return false;
	for (size_t i = 0; i < (member->count > 0 ? member->count : 1); i++)
	{
		uint32_t	narrow;

		if ((i > 0 && !next_is(reader, ',')) || !read_number(reader, member->wide ? UINT64_MAX : MOST, &value))
			return false;
		narrow = (uint32_t) value;
		if (member->wide)
			memcpy((char *) model + member->offset, &value, sizeof(value));
		else
			memcpy((char *) model + member->offset + i * sizeof(narrow), &narrow, sizeof(narrow));
	}
	return member->count == 0 || next_is(reader, ']');
}

RcCode
rc_model_read(const char *text, size_t length, RcModel *model, RcStatus *status)
{
	Reader		reader = {text, text + length};
	unsigned	seen = 0;

	memset(model, 0, sizeof(*model));
	if (!next_is(&reader, '{'))
		return rc_fail(status, RC_BAD_STRUCTURE, "a model is a JSON object");
	for (size_t n = 0; n < MEMBERS; n++)
	{
		const Member *member = NULL;
		size_t		m;

		if ((n > 0 && !next_is(&reader, ',')) || !next_is(&reader, '"'))
			return rc_fail(status, RC_BAD_STRUCTURE, "the model has %zu members instead of %zu", n, MEMBERS);
		for (m = 0; m < MEMBERS && member == NULL; m++)
		{
			size_t		name = strlen(members[m].name);

			if ((size_t) (reader.end - reader.at) > name && memcmp(reader.at, members[m].name, name) == 0 && reader.at[name] == '"')
				member = &members[m];
		}
		if (member == NULL || (seen & 1u << m) != 0)
			return rc_fail(status, RC_BAD_STRUCTURE, "the model has a member that is unknown or there twice, at byte %td", reader.at - text);
		seen |= 1u << m;
		reader.at += strlen(member->name) + 1;
		if (!next_is(&reader, ':') || !read_member(&reader, model, member))
			return rc_fail(status, RC_BAD_VALUE, "the model's \"%s\" is not what was written", member->name);
		if (member == &members[0] && model->version != RC_MODEL_VERSION)
			return rc_fail(status, RC_BAD_VALUE, "the model has version %" PRIu32 ", this engine knows version %d", model->version,
						   RC_MODEL_VERSION);
	}
	if (!next_is(&reader, '}'))
		return rc_fail(status, RC_BAD_STRUCTURE, "something follows the model's members");
	skip_blanks(&reader);
	if (reader.at != reader.end)
		return rc_fail(status, RC_BAD_STRUCTURE, "something follows the model");
	return RC_OK;
}
