/*
 * format.c - building, checking and freeing compiled mappings.
 */
#include "format.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

#define MAX_REGEX_BYTES 512
#define MAX_REGEX_REPEATS 256	/* sum of the numbers in {..} */
#define MAX_REGEX_PRODUCT 4096	/* product of their upper bounds */
#define MAX_REGEX_GROUP_REPEATS 4

typedef struct Piece
{
	struct Piece *next;
} Piece;

struct RcRegex
{
	regex_t		compiled;
	struct RcRegex *next;
};

RcFormat *
rc_format_create(const RcAllocator *allocator, const char *name, const RcTarget *target)
{
	RcFormat   *format = rc_allocate_zero(allocator, sizeof(RcFormat));

	if (!format)
		return NULL;
	format->allocator = *allocator;
	format->target = target;
	format->quote = '"';
	format->decimals[0] = '.';
	format->decimal_count = 1;
	format->summary_total = -1;
	format->name = rc_format_text(format, name, strlen(name)).data;
	format->columns = rc_format_allocate(format, sizeof(RcColumn) * RC_MAX_FORMAT_COLUMNS);
	format->fields = rc_format_allocate(format, sizeof(RcExpression) * (size_t) target->field_count);
	if (!format->name || !format->columns || !format->fields)
	{
		rc_format_free(format);
		return NULL;
	}
	return format;
}

void
rc_format_free(RcFormat *format)
{
	RcAllocator allocator;
	Piece	   *piece;

	if (!format)
		return;
	allocator = format->allocator;
	for (RcRegex *regex = format->regexes; regex; regex = regex->next)
		regfree(&regex->compiled);
	for (piece = format->pieces; piece;)
	{
		Piece	   *next = piece->next;

		rc_release(&allocator, piece);
		piece = next;
	}
	rc_release(&allocator, format);
}

void *
rc_format_allocate(RcFormat *format, size_t size)
{
	Piece	   *piece = rc_allocate_zero(&format->allocator, sizeof(Piece) + size + sizeof(void *));

	if (!piece)
		return NULL;
	piece->next = format->pieces;
	format->pieces = piece;
	return piece + 1;
}

RcField
rc_format_text(RcFormat *format, const char *text, size_t length)
{
	RcField		result = {NULL, 0};
	char	   *copy = rc_format_allocate(format, length + 1);

	if (copy)
	{
		memcpy(copy, text, length);
		result.data = copy;
		result.length = (uint32_t) length;
	}
	return result;
}

static RcCode
no_memory(RcStatus *status)
{
	return rc_fail(status, RC_NO_MEMORY, "out of memory");
}

int
rc_format_column(RcFormat *format, const RcField *names, int name_count, int position, RcStatus *status)
{
	RcColumn   *column;
	RcField    *keys;

	if (position == 0 && name_count == 0)
	{
		rc_fail(status, RC_BAD_VALUE, "a column needs a name or a position");
		return -1;
	}
	if (position < 0 || position > RC_MAX_COLUMNS)
	{
		rc_fail(status, RC_BAD_VALUE, "column position %d is not between 1 and %d", position, RC_MAX_COLUMNS);
		return -1;
	}
	keys = rc_format_allocate(format, sizeof(RcField) * (size_t) (name_count + 1));
	if (!keys)
	{
		no_memory(status);
		return -1;
	}
	for (int i = 0; i < name_count; i++)
	{
		keys[i] = rc_format_text(format, names[i].data, names[i].length);
		if (!keys[i].data)
		{
			no_memory(status);
			return -1;
		}
		keys[i].length = (uint32_t) rc_normalise_name(names[i].data, names[i].length, (char *) keys[i].data);
		if (keys[i].length == 0)
		{
			rc_fail(status, RC_BAD_VALUE, "a column name is empty");
			return -1;
		}
	}
	/* The same column may be named in several places, by one or all of its names. */
	for (int c = 0; c < format->column_count; c++)
	{
		column = &format->columns[c];
		if (position != 0 && column->position == position)
			return c;
		if (position != 0 || column->position != 0)
			continue;
		for (int i = 0; i < name_count; i++)
			for (int j = 0; j < column->name_count; j++)
				if (keys[i].length == column->keys[j].length && memcmp(keys[i].data, column->keys[j].data, keys[i].length) == 0)
				{
					/* The longer list wins, so that aliases given once count everywhere. */
					if (name_count > column->name_count)
					{
						RcField    *copy = rc_format_allocate(format, sizeof(RcField) * (size_t) name_count);

						if (!copy)
						{
							no_memory(status);
							return -1;
						}
						for (int k = 0; k < name_count; k++)
							copy[k] = rc_format_text(format, names[k].data, names[k].length);
						column->names = copy;
						column->keys = keys;
						column->name_count = name_count;
					}
					return c;
				}
	}
	if (format->column_count == RC_MAX_FORMAT_COLUMNS)
	{
		rc_fail(status, RC_TOO_LARGE, "a mapping cannot name more than %d columns", RC_MAX_FORMAT_COLUMNS);
		return -1;
	}
	column = &format->columns[format->column_count];
	column->position = position;
	column->keys = keys;
	column->name_count = name_count;
	if (name_count > 0)
	{
		RcField    *copy = rc_format_allocate(format, sizeof(RcField) * (size_t) name_count);

		if (!copy)
		{
			no_memory(status);
			return -1;
		}
		for (int k = 0; k < name_count; k++)
		{
			copy[k] = rc_format_text(format, names[k].data, names[k].length);
			if (!copy[k].data)
			{
				no_memory(status);
				return -1;
			}
		}
		column->names = copy;
	}
	return format->column_count++;
}

/*
 * Refuses what makes POSIX matchers run away: back references, quantifiers of quantifiers, and repeats that multiply. glibc copies the part that is
 * repeated, so that each + or {n} around a group multiplies the size of what is inside.
 */
static RcCode
check_regex(const char *pattern, RcStatus *status)
{
	size_t		length = strlen(pattern);
	long		repeats = 0;
	long		product = 1;
	int			groups = 0;		/* quantifiers of groups */
	bool		quantified = false; /* the character before is a quantifier */

	if (length > MAX_REGEX_BYTES)
		return rc_fail(status, RC_BAD_VALUE, "a regular expression has %zu bytes, more than %d", length, MAX_REGEX_BYTES);
	for (size_t i = 0; i < length; i++)
	{
		char		before = i > 0 ? pattern[i - 1] : '\0';

		if (pattern[i] == '\\')
		{
			if (isdigit((unsigned char) pattern[i + 1]))
				return rc_fail(status, RC_BAD_VALUE, "back references are not allowed in a regular expression");
			if (pattern[i + 1] != '\0')
				i++;
			quantified = false;
		}
		else if (pattern[i] == '[')
		{
			/* To the closing bracket: a ] right behind [ or [^ is a character. */
			i++;
			if (pattern[i] == '^')
				i++;
			if (pattern[i] == ']')
				i++;
			while (i < length && pattern[i] != ']')
			{
				if (pattern[i] == '[' && (pattern[i + 1] == ':' || pattern[i + 1] == '.' || pattern[i + 1] == '='))
				{
					const char *end = strchr(pattern + i + 2, ']');

					i = end ? (size_t) (end - pattern) : length;
				}
				if (i < length)
					i++;
			}
			quantified = false;
		}
		else if (pattern[i] == '*' || pattern[i] == '+' || pattern[i] == '?' || pattern[i] == '{')
		{
			if (quantified)
				return rc_fail(status, RC_BAD_VALUE, "a quantifier follows a quantifier in a regular expression");
			if (before == ')' && pattern[i] != '?' && ++groups > MAX_REGEX_GROUP_REPEATS)
				return rc_fail(status, RC_BAD_VALUE, "more than %d groups of a regular expression are repeated", MAX_REGEX_GROUP_REPEATS);
			quantified = true;
			if (pattern[i] != '{')
				continue;
			for (long number = 0, largest = 1;; i++)
			{
				if (i < length && isdigit((unsigned char) pattern[i]))
				{
					number = number * 10 + (pattern[i] - '0');
					if (number > MAX_REGEX_REPEATS)
						number = MAX_REGEX_REPEATS + 1;
					continue;
				}
				repeats += number;
				largest = number > largest ? number : largest;
				number = 0;
				if (i >= length || pattern[i] == '}')
				{
					product = product * largest > MAX_REGEX_PRODUCT ? MAX_REGEX_PRODUCT + 1 : product * largest;
					break;
				}
			}
			if (repeats > MAX_REGEX_REPEATS || product > MAX_REGEX_PRODUCT)
				return rc_fail(status, RC_BAD_VALUE, "the repeat counts of a regular expression are too large");
		}
		else
			quantified = false;
	}
	return RC_OK;
}

const RcRegex *
rc_format_regex(RcFormat *format, const char *pattern, RcStatus *status)
{
	RcRegex    *regex;
	int			error;

	if (check_regex(pattern, status) != RC_OK)
		return NULL;
	regex = rc_format_allocate(format, sizeof(RcRegex));
	if (!regex)
	{
		no_memory(status);
		return NULL;
	}
	error = regcomp(&regex->compiled, pattern, REG_EXTENDED);
	if (error != 0)
	{
		char		text[100];

		regerror(error, &regex->compiled, text, sizeof(text));
		rc_fail(status, error == REG_ESPACE ? RC_NO_MEMORY : RC_BAD_VALUE, "regular expression \"%s\": %s", pattern, text);
		return NULL;
	}
	if (regex->compiled.re_nsub >= RC_MAX_REGEX_GROUPS)
	{
		regfree(&regex->compiled);
		rc_fail(status, RC_BAD_VALUE, "a regular expression has more than %d groups", RC_MAX_REGEX_GROUPS - 1);
		return NULL;
	}
	regex->next = format->regexes;
	format->regexes = regex;
	return regex;
}

int
rc_regex_groups(const RcRegex *regex)
{
	return (int) regex->compiled.re_nsub;
}

bool
rc_regex_match(const RcRegex *regex, const char *text, size_t length, RcField *groups)
{
	regmatch_t	matches[RC_MAX_REGEX_GROUPS];

	matches[0].rm_so = 0;
	matches[0].rm_eo = (regoff_t) (length > 8192 ? 8192 : length);
	if (regexec(&regex->compiled, text, RC_MAX_REGEX_GROUPS, matches, REG_STARTEND) != 0)
		return false;
	for (int i = 0; i < RC_MAX_REGEX_GROUPS; i++)
	{
		groups[i].data = NULL;
		groups[i].length = 0;
		if ((size_t) i <= regex->compiled.re_nsub && matches[i].rm_so >= 0)
		{
			groups[i].data = text + matches[i].rm_so;
			groups[i].length = (uint32_t) (matches[i].rm_eo - matches[i].rm_so);
		}
	}
	return true;
}

int
rc_format_capture(RcFormat *format, const char *name)
{
	for (int i = 0; i < format->capture_count; i++)
		if (strcmp(format->capture_names[i], name) == 0)
			return i;
	if (format->capture_count == RC_MAX_CAPTURES)
		return -1;
	format->capture_names[format->capture_count] = rc_format_text(format, name, strlen(name)).data;
	if (!format->capture_names[format->capture_count])
		return -1;
	return format->capture_count++;
}

static void
use_columns(RcFormat *format, const int *columns, int count, bool required)
{
	for (int i = 0; i < count; i++)
	{
		format->columns[columns[i]].used = true;
		if (required)
			format->columns[columns[i]].required = true;
	}
}

static void
use_when(RcFormat *format, const RcWhen *when)
{
	for (int i = 0; i < when->count; i++)
		use_columns(format, &when->conditions[i].column, 1, true);
}

/* Of the columns of a choice one must be there. */
static void
add_choice(RcFormat *format, const int *columns, int count, uint32_t choice)
{
	for (int i = 0; i < count; i++)
		format->columns[columns[i]].choices |= choice;
}

/* A column is required when a required field has nothing else to come from. */
static void
use_expression(RcFormat *format, const RcExpression *expression, bool required)
{
	bool		alone = required && !expression->fallback.data;
	bool		words = expression->kind == RC_FROM_JOIN && expression->separator.length == 1 && expression->separator.data[0] == ' ';

	/* Of words set side by side the first is needed, of the steps of a path each. */
	use_columns(format, expression->columns, words && expression->column_count > 0 ? 1 : expression->column_count,
				alone && (expression->column_count == 1 || expression->kind == RC_FROM_JOIN));
	if (words && expression->column_count > 1)
		use_columns(format, expression->columns + 1, expression->column_count - 1, false);
	/* Where there is a choice of columns, those added and taken off are a further choice. */
	use_columns(format, expression->plus, expression->plus_count, alone && expression->column_count <= 1);
	use_columns(format, expression->minus, expression->minus_count, alone && expression->column_count <= 1);
	if (expression->has_negate)
		use_when(format, &expression->negate_when);
	if (alone && expression->kind == RC_FROM_COLUMNS && expression->column_count > 1 && format->columns[expression->columns[0]].position == 0 &&
		format->choice_count < RC_MAX_CHOICES)
	{
		uint32_t	choice = UINT32_C(1) << format->choice_count++;

		add_choice(format, expression->columns, expression->column_count, choice);
		add_choice(format, expression->plus, expression->plus_count, choice);
		add_choice(format, expression->minus, expression->minus_count, choice);
	}
}

/* Whether a word of a template is a field of the target or a value out of the lines around the table. */
static bool
is_template_name(const RcFormat *format, const RcTarget *target, RcField word)
{
	const char *colon = memchr(word.data, ':', word.length);
	size_t		length = colon ? (size_t) (colon - word.data) : word.length;

	for (int f = 0; f < target->field_count; f++)
		if (strlen(target->fields[f].name) == length && memcmp(target->fields[f].name, word.data, length) == 0)
			return true;
	for (int c = 0; c < format->capture_count; c++)
		if (strlen(format->capture_names[c]) == length && memcmp(format->capture_names[c], word.data, length) == 0)
			return true;
	return false;
}

/* Makes the columns of a template known; a word that means nothing would silently make every value empty. */
static RcCode
use_template(RcFormat *format, const RcTarget *target, const RcExpression *expression, RcStatus *status)
{
	RcField		text = expression->template_text;

	if (expression->kind != RC_FROM_TEMPLATE)
		return RC_OK;
	for (uint32_t i = 0; i < text.length; i++)
	{
		const char *open = text.data + i;
		const char *close = *open == '{' ? memchr(open, '}', text.length - i) : NULL;
		RcField		word;
		int			column;

		if (!close)
			continue;
		word = (RcField) {open + 1, (uint32_t) (close - open - 1)};
		i = (uint32_t) (close - text.data);
		if (word.length > 1 && word.data[0] == '@')
		{
			RcField		name = {word.data + 1, word.length - 1};
			bool		position = true;

			for (uint32_t d = 0; d < name.length; d++)
				position = position && name.data[d] >= '0' && name.data[d] <= '9';
			if (position)
				continue;
			column = rc_format_column(format, &name, 1, 0, status);
			if (column < 0)
				return status->code;
			use_columns(format, &column, 1, false);
		}
		else if (!is_template_name(format, target, word))
		{
			rc_fail(status, RC_BAD_VALUE, "the template \"%.*s\" names \"%.*s\", which is no field of %s", (int) text.length, text.data,
					(int) word.length, word.data, target->name);
			rc_hint(status, "A word in braces is a field, a value that \"preamble\" sets, or \"@\" and a column.");
			return status->code;
		}
	}
	return RC_OK;
}

static RcCode
default_keys(RcFormat *format, RcStatus *status)
{
	int			target_count = 0;

	while (rc_targets[target_count])
		target_count++;
	format->target_keys = rc_format_allocate(format, sizeof(RcKey) * (size_t) target_count);
	if (!format->target_keys)
		return no_memory(status);
	for (int t = 0; t < target_count; t++)
	{
		const RcTarget *target = rc_targets[t];
		RcKeyPart  *parts = rc_format_allocate(format, sizeof(RcKeyPart) * (size_t) target->field_count);
		int			count = 0;

		if (!parts)
			return no_memory(status);
		for (int f = 0; f < target->field_count; f++)
			if (target->fields[f].in_key)
			{
				parts[count].kind = RC_KEY_FIELD;
				parts[count++].index = f;
				if (f == target->amount)
					format->target_keys[t].has_amount = true;
			}
		format->target_keys[t].parts = parts;
		format->target_keys[t].count = count;
	}
	return RC_OK;
}

RcCode
rc_format_finish(RcFormat *format, RcStatus *status)
{
	const RcTarget *target = format->target;

	for (int f = 0; f < target->field_count; f++)
	{
		bool		overridden = format->line_count > 0;
		bool		required = target->fields[f].required || format->fields[f].required;

		/* A field that every line sets needs nothing here. */
		for (int l = 0; l < format->line_count; l++)
			if (format->lines[l].target == target && !format->lines[l].given[f])
				overridden = false;
		if (overridden)
			required = false;
		/* The currency falls back to that of the shop or account. */
		if (format->fields[f].kind == RC_FROM_NOTHING && !format->fields[f].fallback.data && required && f != target->currency &&
			format->fields[f].plus_count + format->fields[f].minus_count == 0)
		{
			rc_fail(status, RC_BAD_VALUE, "the mapping does not say where field %s of %s comes from", target->fields[f].name, target->name);
			rc_hint(status, "Add it to \"fields\": a column name, or {\"value\": ...} for a fixed value.");
			return status->code;
		}
		use_expression(format, &format->fields[f], required && (f != target->currency || format->fields[f].required));
		if (use_template(format, target, &format->fields[f], status) != RC_OK)
			return status->code;
	}
	for (int l = 0; l < format->line_count + format->summary_line_count; l++)
	{
		const RcLine *line = l < format->line_count ? &format->lines[l] : &format->summary_lines[l - format->line_count];

		use_when(format, &line->when);
		for (int f = 0; f < line->target->field_count; f++)
			if (line->given[f])
			{
				use_expression(format, &line->fields[f], line->target->fields[f].required || line->fields[f].required);
				if (use_template(format, line->target, &line->fields[f], status) != RC_OK)
					return status->code;
			}
	}
	for (int i = 0; i < format->skip_count; i++)
		for (int c = 0; c < format->skip[i].count; c++)
			use_columns(format, &format->skip[i].conditions[c].column, 1, false);
	for (int i = 0; i < format->check_count; i++)
	{
		for (int c = 0; c < format->checks[i].when.count; c++)
			use_columns(format, &format->checks[i].when.conditions[c].column, 1, false);
		use_expression(format, &format->checks[i].equals, format->checks[i].equals.required);
		use_expression(format, &format->checks[i].sum, format->checks[i].sum.required);
	}
	for (int i = 0; i < format->trailer_count; i++)
	{
		use_when(format, &format->trailers[i].when);
		if (format->trailers[i].column >= 0)
			use_columns(format, &format->trailers[i].column, 1, true);
	}
	if (format->has_summary)
	{
		use_when(format, &format->summary_when);
		if (format->summary_total >= 0)
			use_columns(format, &format->summary_total, 1, true);
		use_columns(format, format->summary_of, format->summary_of_count, true);
	}
	for (int k = 0; k < format->key_count; k++)
		for (int p = 0; p < format->keys[k].count; p++)
			if (format->keys[k].parts[p].kind == RC_KEY_COLUMN)
				use_columns(format, &format->keys[k].parts[p].index, 1, false);
	if (format->headerless)
		for (int c = 0; c < format->column_count; c++)
			if (format->columns[c].position == 0)
			{
				rc_fail(status, RC_BAD_VALUE, "the mapping says that there is no header, but names column \"%.*s\"",
						(int) format->columns[c].names[0].length, format->columns[c].names[0].data);
				rc_hint(status, "Give columns as positions: {\"column\": 3}.");
				return status->code;
			}
	return default_keys(format, status);
}

/* ---- text ---- */

/* What U+00C0 .. U+00FF is without its accent; a blank where it is no letter or more than one. */
static const char plain_letter[] =
	"aaaaaa ceeeeiiii nooooo ouuuuy s"
	"aaaaaa ceeeeiiii nooooo ouuuuy y";

size_t
rc_normalise_name(const char *name, size_t length, char *buffer)
{
	RcField		trimmed = rc_trim_cell((RcField) {name, (uint32_t) length}, true);
	const unsigned char *text = (const unsigned char *) trimmed.data;
	size_t		out = 0;
	bool		gap = false;

	if (trimmed.length >= 2 && text[0] == '"' && text[trimmed.length - 1] == '"')
	{
		text++;
		trimmed.length -= 2;
	}
	for (size_t i = 0; i < trimmed.length; i++)
	{
		unsigned char c = text[i];

		/* full-width ASCII: EF BC 81 .. EF BD 9E is ! .. ~; ideographic space: E3 80 80; no-break space: C2 A0 */
		if (c == 0xEF && i + 2 < trimmed.length && (text[i + 1] == 0xBC || text[i + 1] == 0xBD))
		{
			unsigned	code = (text[i + 1] == 0xBC ? 0x21u - 0x81u : 0x60u - 0x80u) + text[i + 2];

			if (code >= 0x21 && code <= 0x7E)
			{
				c = (unsigned char) code;
				i += 2;
			}
		}
		else if (c == 0xE3 && i + 2 < trimmed.length && text[i + 1] == 0x80 && text[i + 2] == 0x80)
		{
			c = ' ';
			i += 2;
		}
		else if (c == 0xC2 && i + 1 < trimmed.length && text[i + 1] == 0xA0)
		{
			c = ' ';
			i++;
		}
		if (c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t' || c == '\r' || c == '\n')
		{
			gap = out > 0;
			continue;
		}
		if (gap)
			buffer[out++] = ' ';
		gap = false;
		/* Latin letters with accents: C3 80 .. C3 BF */
		if (c == 0xC3 && i + 1 < trimmed.length && text[i + 1] >= 0x80 && text[i + 1] <= 0xBF && plain_letter[text[i + 1] - 0x80] != ' ')
			c = (unsigned char) plain_letter[text[++i] - 0x80];
		buffer[out++] = (char) (c < 0x80 ? tolower(c) : c);
	}
	return out;
}

/* How many bytes of blank text begins with. */
static inline uint32_t
leading_blank(const char *data, uint32_t length)
{
	const unsigned char *p = (const unsigned char *) data;

	if (length == 0)
		return 0;
	if (p[0] <= ' ')
		return 1;
	if (p[0] == 0xC2 && length >= 2 && p[1] == 0xA0)
		return 2;
	if (length >= 3 && ((p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80) || (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF)))
		return 3;
	return 0;
}

static inline uint32_t
trailing_blank(const char *data, uint32_t length)
{
	const unsigned char *p = (const unsigned char *) data + length;

	if (length == 0)
		return 0;
	if (p[-1] <= ' ')
		return 1;
	if (length >= 2 && p[-2] == 0xC2 && p[-1] == 0xA0)
		return 2;
	if (length >= 3 && ((p[-3] == 0xE3 && p[-2] == 0x80 && p[-1] == 0x80) || (p[-3] == 0xEF && p[-2] == 0xBB && p[-1] == 0xBF)))
		return 3;
	return 0;
}

static RcField
trim_blanks(RcField cell)
{
	uint32_t	n;

	while ((n = leading_blank(cell.data, cell.length)) > 0)
	{
		cell.data += n;
		cell.length -= n;
	}
	while ((n = trailing_blank(cell.data, cell.length)) > 0)
		cell.length -= n;
	return cell;
}

RcField
rc_trim_cell(RcField cell, bool quote)
{
	cell = trim_blanks(cell);
	if (cell.length == 0)
		return cell;
	if (cell.data[0] == '=' && cell.length >= 3 && cell.data[1] == '"' && cell.data[cell.length - 1] == '"')
	{
		cell.data += 2;
		cell.length -= 3;
		return trim_blanks(cell);
	}
	if (cell.data[0] == '`' || (quote && cell.data[0] == '\''))
	{
		cell.data++;
		cell.length--;
		return trim_blanks(cell);
	}
	return cell;
}

bool
rc_glob(RcField pattern, RcField text)
{
	uint32_t	p = 0,
				t = 0;
	uint32_t	star = UINT32_MAX,
				mark = 0;

	while (t < text.length)
	{
		if (p < pattern.length && pattern.data[p] == '*')
		{
			star = p++;
			mark = t;
		}
		else if (p < pattern.length && pattern.data[p] == text.data[t])
		{
			p++;
			t++;
		}
		else if (star != UINT32_MAX)
		{
			p = star + 1;
			t = ++mark;
		}
		else
			return false;
	}
	while (p < pattern.length && pattern.data[p] == '*')
		p++;
	return p == pattern.length;
}
