/*
 * value.c - cells to values: source, cleaning, vocabulary, conversion.
 */
#include "value.h"

#include <stdio.h>
#include <string.h>

#include "../base/text.h"

#define SHOWN_PATTERNS 3		/* of a date that none of them reads */

#define SCRATCH_BLOCK 8192

typedef struct RcScratchBlock
{
	struct RcScratchBlock *next;
	size_t		size;
	size_t		used;
	char		data[];
} RcScratchBlock;

char *
rc_row_scratch_allocate(RcRowScratch *scratch, size_t size)
{
	RcScratchBlock *block = scratch->blocks;

	if (!block || block->size - block->used < size)
	{
		size_t		room = size > SCRATCH_BLOCK ? size : SCRATCH_BLOCK;

		block = rc_allocate(scratch->allocator, sizeof(RcScratchBlock) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->used = 0;
		block->next = scratch->blocks;
		scratch->blocks = block;
	}
	block->used += size;
	return block->data + block->used - size;
}

void
rc_row_scratch_reset(RcRowScratch *scratch)
{
	if (!scratch->blocks)
		return;
	/* The usual case: one block, nothing to give back. */
	while (scratch->blocks->next)
	{
		RcScratchBlock *next = scratch->blocks->next;

		rc_release(scratch->allocator, scratch->blocks);
		scratch->blocks = next;
	}
	scratch->blocks->used = 0;
}

void
rc_row_scratch_free(RcRowScratch *scratch)
{
	while (scratch->blocks)
	{
		RcScratchBlock *next = scratch->blocks->next;

		rc_release(scratch->allocator, scratch->blocks);
		scratch->blocks = next;
	}
}

static inline RcField
raw_cell(const RcCells *cells, int column)
{
	int			index = cells->column_of[column];

	if (index < 0 || (uint32_t) index >= cells->record->field_count)
		return (RcField) {"", 0};
	return cells->record->fields[index];
}

RcField
rc_cell(const RcCells *cells, int column)
{
	return rc_trim_cell(raw_cell(cells, column), false);
}

static inline bool
same_text(RcField a, RcField b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

bool
rc_when_holds(const RcCells *cells, const RcWhen *when)
{
	for (int i = 0; i < when->count; i++)
	{
		const RcCondition *condition = &when->conditions[i];
		RcField		cell = rc_trim_cell(raw_cell(cells, condition->column), true);
		bool		found = false;

		for (int v = 0; v < condition->value_count && !found; v++)
			found = same_text(condition->values[v], cell) || rc_glob(condition->values[v], cell);
		if (found == condition->negate)
			return false;
	}
	return true;
}

/* Where an error is: the column of the file when it is known, and its name there. */
static void
blame(const RcCells *cells, int column, const RcTargetField *field, RcStatus *status)
{
	RcField		name = {field ? field->name : "", field ? (uint32_t) strlen(field->name) : 0};

	status->line = cells->record->line;
	status->column = 0;
	if (column >= 0)
	{
		if (cells->column_of[column] >= 0)
			status->column = (uint32_t) cells->column_of[column] + 1;
		if (cells->format->columns[column].name_count > 0)
			name = cells->format->columns[column].names[0];
	}
	if (name.length >= sizeof(status->field))
	{
		name.length = sizeof(status->field) - 1;
		while (name.length > 0 && ((unsigned char) name.data[name.length] & 0xC0) == 0x80)
			name.length--;
	}
	memcpy(status->field, name.data, name.length);
	status->field[name.length] = '\0';
}

static bool
is_null_word(const RcExpression *expression, RcField text)
{
	for (int i = 0; i < expression->null_count; i++)
		if (same_text(expression->nulls[i], text))
			return true;
	return false;
}

static RcField
strip_affixes(const RcExpression *expression, RcField text)
{
	for (int i = 0; i < expression->strip_count; i++)
	{
		RcField		affix = expression->strip[i];

		if (affix.length == 0 || text.length < affix.length)
			continue;
		if (memcmp(text.data, affix.data, affix.length) == 0)
		{
			text.data += affix.length;
			text.length -= affix.length;
		}
		else if (memcmp(text.data + text.length - affix.length, affix.data, affix.length) == 0)
			text.length -= affix.length;
		text = rc_trim_cell(text, false);
	}
	return text;
}

/* Entries without "*" stand first, those with it by falling length: the compiler of the mapping sorts them. */
static const RcMapEntry *
map_lookup(const RcExpression *expression, RcField text)
{
	for (int i = 0; i < expression->map_count; i++)
		if (same_text(expression->map[i].from, text) || rc_glob(expression->map[i].from, text))
			return &expression->map[i];
	return NULL;
}

/* The cleaned source text, and which column it is from (-1: none). Text of length 0: no value. */
static RcCode
source_text(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcField *text, int *column, RcStatus *status)
{
	bool		quote = field->type != RC_TYPE_TEXT;

	text->data = "";
	text->length = 0;
	*column = expression->column_count > 0 ? expression->columns[0] : -1;
	if (expression->kind == RC_FROM_COLUMNS)
	{
		for (int i = 0; i < expression->column_count; i++)
		{
			RcField		cell = rc_trim_cell(raw_cell(cells, expression->columns[i]), quote);

			if (cell.length == 0 || is_null_word(expression, cell))
				continue;
			*text = cell;
			*column = expression->columns[i];
			break;
		}
	}
	else if (expression->kind == RC_FROM_JOIN)
	{
		size_t		size = 0;
		bool		any = false;
		RcField		last = {"", 0};
		bool		words = expression->separator.length == 1 && expression->separator.data[0] == ' ';
		char	   *out;

		for (int i = 0; i < expression->column_count; i++)
		{
			RcField		cell = rc_cell(cells, expression->columns[i]);

			size += cell.length + expression->separator.length;
			any = any || cell.length > 0;
		}
		if (!any)
			return RC_OK;
		out = rc_row_scratch_allocate(cells->scratch, size + 1);
		if (!out)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		text->data = out;
		for (int i = 0; i < expression->column_count; i++)
		{
			RcField		cell = rc_cell(cells, expression->columns[i]);

			/* Words are set apart by one blank each and not repeated; of a path, empty steps count. */
			if (words && (cell.length == 0 || (cell.length == last.length && memcmp(cell.data, last.data, cell.length) == 0)))
				continue;
			last = cell;
			if (words ? out > text->data : i > 0)
			{
				memcpy(out, expression->separator.data, expression->separator.length);
				out += expression->separator.length;
			}
			memcpy(out, cell.data, cell.length);
			out += cell.length;
		}
		text->length = (uint32_t) (out - text->data);
	}
	if (text->length > 0 && expression->strip_count > 0)
		*text = strip_affixes(expression, *text);
	if (text->length > 0 && expression->regex)
	{
		RcField		groups[RC_MAX_REGEX_GROUPS];

		if (rc_regex_match(expression->regex, text->data, text->length, groups) && groups[expression->group].data)
			*text = rc_trim_cell(groups[expression->group], quote);
		else
			text->length = 0;
	}
	if (text->length > 0 && expression->map_count > 0)
	{
		const RcMapEntry *entry = map_lookup(expression, *text);

		if (entry)
			*text = entry->to;
		else if (expression->map_strict)
		{
			rc_fail(status, RC_BAD_VALUE, "\"%.*s\" is not in the vocabulary of the format", (int) (text->length > 60 ? 60 : text->length), text->data);
			rc_hint(status, "Add it to the \"map\" of %s in the format's mapping.", field->name);
			blame(cells, *column, field, status);
			return status->code;
		}
	}
	return RC_OK;
}

/* a + b (or a - b) exactly, at the larger scale. */
static RcCode
add_decimal(RcDecimal *sum, RcDecimal value, bool subtract, RcStatus *status)
{
	int32_t		scale = sum->scale > value.scale ? sum->scale : value.scale;
	int64_t		a,
				b;

	if (rc_rescale(*sum, scale, &a, status) != RC_OK || rc_rescale(value, scale, &b, status) != RC_OK)
		return status->code;
	if (subtract ? __builtin_sub_overflow(a, b, &a) : __builtin_add_overflow(a, b, &a))
		return rc_fail(status, RC_OVERFLOW, "amount is out of range");
	sum->digits = a;
	sum->scale = scale;
	return RC_OK;
}

static RcCode
negate(RcDecimal *value, RcStatus *status)
{
	if (__builtin_sub_overflow((int64_t) 0, value->digits, &value->digits))
		return rc_fail(status, RC_OVERFLOW, "amount is out of range");
	return RC_OK;
}

RcCode
rc_cell_amount(const RcCells *cells, int column, RcDecimal *amount, bool *found, RcStatus *status)
{
	RcField		cell = rc_trim_cell(raw_cell(cells, column), true);

	*found = cell.length > 0;
	amount->digits = 0;
	amount->scale = 0;
	if (!*found)
		return RC_OK;
	if (rc_parse_decimal(cell.data, cell.length, &cells->style, amount, status) != RC_OK)
	{
		blame(cells, column, NULL, status);
		return status->code;
	}
	return RC_OK;
}

/* Reads one part of an amount and adds it. */
static RcCode
add_part(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcField text, int column, bool subtract, RcDecimal *sum, RcStatus *status)
{
	RcNumberStyle style = cells->style;
	RcDecimal	value;

	style.implied_scale = (uint8_t) expression->unit;
	if (rc_parse_decimal(text.data, text.length, &style, &value, status) != RC_OK ||
		(expression->absolute && value.digits < 0 && negate(&value, status) != RC_OK) ||
		add_decimal(sum, value, subtract, status) != RC_OK)
	{
		blame(cells, column, field, status);
		return status->code;
	}
	return RC_OK;
}

/*
 * An amount that a file may state with a sign, or as credit and debit in columns of their own, or both ways: then they must agree. A debit below zero
 * is what it says only beside an amount that says the same; alone it may be money that went out, or a debit taken back.
 */
static RcCode
evaluate_split(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcField text, int *column, RcDecimal *sum, bool *any, RcStatus *status)
{
	RcDecimal	credit = {0, 0};
	RcDecimal	debit = {0, 0};
	RcDecimal	net;
	RcDecimal	signed_net;
	bool		has_parts = false;

	for (int i = 0; i < expression->plus_count + expression->minus_count; i++)
	{
		bool		minus = i >= expression->plus_count;
		int			other = minus ? expression->minus[i - expression->plus_count] : expression->plus[i];
		RcField		cell = rc_trim_cell(raw_cell(cells, other), true);

		if (cell.length > 0)
			cell = strip_affixes(expression, cell);
		if (cell.length == 0 || is_null_word(expression, cell))
			continue;
		if (!has_parts && text.length == 0)
			*column = other;
		has_parts = true;
		if (add_part(cells, expression, field, cell, other, false, minus ? &debit : &credit, status) != RC_OK)
			return status->code;
	}
	if (text.length > 0)
	{
		*any = true;
		if (add_part(cells, expression, field, text, *column, false, sum, status) != RC_OK)
			return status->code;
		if (!has_parts || expression->has_negate)
			return RC_OK;
	}
	else if (has_parts && debit.digits < 0)
	{
		rc_fail(status, RC_BAD_VALUE, "a debit below zero: it is not clear whether money went out or a debit was taken back");
		blame(cells, *column, field, status);
		return status->code;
	}
	net = signed_net = credit;
	if (add_decimal(&net, debit, true, status) != RC_OK || add_decimal(&signed_net, debit, debit.digits > 0, status) != RC_OK)
	{
		blame(cells, *column, field, status);
		return status->code;
	}
	if (text.length == 0)
	{
		*sum = net;
		*any = has_parts;
		return RC_OK;
	}
	net = *sum;
	if (add_decimal(&net, signed_net, true, status) == RC_OK && net.digits == 0)
		return RC_OK;
	rc_fail(status, RC_BAD_VALUE, "the amount is not credit less debit");
	blame(cells, *column, field, status);
	return status->code;
}

static RcCode
evaluate_number(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcField text, int column, RcValue *value, RcStatus *status)
{
	RcDecimal	sum = {0, 0};
	bool		any = false;
	bool		reverse = false;

	if (expression->split)
	{
		if (evaluate_split(cells, expression, field, text, &column, &sum, &any, status) != RC_OK)
			return status->code;
	}
	else if (text.length > 0)
	{
		if (add_part(cells, expression, field, text, column, false, &sum, status) != RC_OK)
			return status->code;
		any = true;
	}
	for (int i = 0; !expression->split && i < expression->plus_count + expression->minus_count; i++)
	{
		bool		minus = i >= expression->plus_count;
		int			other = minus ? expression->minus[i - expression->plus_count] : expression->plus[i];
		RcField		cell = rc_trim_cell(raw_cell(cells, other), true);

		if (cell.length > 0)
			cell = strip_affixes(expression, cell);
		if (cell.length == 0 || is_null_word(expression, cell))
			continue;
		if (column < 0 || !any)
			column = other;
		if (add_part(cells, expression, field, cell, other, minus, &sum, status) != RC_OK)
			return status->code;
		any = true;
	}
	if (!any)
	{
		if (!expression->fallback.data || expression->fallback.length == 0)
			return RC_OK;
		if (add_part(cells, expression, field, expression->fallback, column, false, &sum, status) != RC_OK)
			return status->code;
		text = expression->fallback;
	}
	switch (expression->sign)
	{
		case RC_SIGN_KEEP:
			break;
		case RC_SIGN_REVERSE:
			reverse = true;
			break;
		case RC_SIGN_POSITIVE:
			reverse = sum.digits < 0;
			break;
		case RC_SIGN_NEGATIVE:
			reverse = sum.digits > 0;
			break;
	}
	if (expression->has_negate && rc_when_holds(cells, &expression->negate_when))
		reverse = !reverse;
	if (reverse && negate(&sum, status) != RC_OK)
	{
		blame(cells, column, field, status);
		return status->code;
	}
	value->number = sum;
	value->text = text.data;
	value->length = text.length;
	if (column >= 0 && cells->column_of[column] >= 0)
		value->column = (uint32_t) cells->column_of[column] + 1;
	return RC_OK;
}
/* Reads a date by the first pattern that fits; where none does, a day that is none in the calendar says more than the patterns that were tried. */
static RcCode
evaluate_time(RcField text, const char *const *patterns, int count, RcDateTime *time, RcStatus *status)
{
	RcStatus	calendar;
	char		tried[200];
	size_t		used = 0;
	size_t		shown = rc_utf8_cut(text.data, text.length, 40);

	rc_status_reset(&calendar);
	for (int i = 0; i < count; i++)
	{
		if (rc_parse_datetime(text.data, text.length, patterns[i], time, status) == RC_OK)
		{
			rc_status_reset(status);
			return RC_OK;
		}
		if (calendar.code == RC_OK && !strstr(status->message, "does not read as"))
			calendar = *status;
	}
	if (calendar.code != RC_OK)
		*status = calendar;
	if (calendar.code != RC_OK || count == 1)
		return status->code;
	for (int i = 0; i < count; i++)
	{
		const char *pattern = strcmp(patterns[i], "iso") == 0 ? "YYYY-MM-DD" : patterns[i];

		if (i == SHOWN_PATTERNS || used + strlen(pattern) + 20 > sizeof(tried))
		{
			snprintf(tried + used, sizeof(tried) - used, " and %d more", count - i);
			break;
		}
		used += (size_t) snprintf(tried + used, sizeof(tried) - used, "%s%s", i > 0 ? ", " : "", pattern);
	}
	return rc_fail(status, RC_BAD_VALUE, "\"%.*s%s\" is not a date: it reads as none of %s", (int) shown, text.data, shown < text.length ? "..." : "", tried);
}


/* Turns cleaned text into a value of the field's type. */
static RcCode
convert(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcField text, int column, RcValue *value, RcStatus *status)
{
	static const char *const iso[] = {"iso"};
	const char *const *patterns = expression->pattern_count > 0 ? expression->patterns : iso;
	int			pattern_count = expression->pattern_count > 0 ? expression->pattern_count : 1;

	if (column >= 0 && cells->column_of[column] >= 0)
		value->column = (uint32_t) cells->column_of[column] + 1;
	switch (field->type)
	{
		case RC_TYPE_TEXT:
			break;
		case RC_TYPE_ID:
			if (rc_is_scientific(text.data, text.length))
			{
				rc_fail(status, RC_BAD_VALUE, "\"%.*s\" is a number in scientific notation: digits of the identifier are lost", (int) text.length, text.data);
				blame(cells, column, field, status);
				return status->code;
			}
			value->invisible = rc_has_invisible(text.data, text.length);
			break;
		case RC_TYPE_WORD:
			{
				int			i = 0;

				while (field->words[i] && !(strlen(field->words[i]) == text.length && memcmp(field->words[i], text.data, text.length) == 0))
					i++;
				if (!field->words[i])
				{
					rc_fail(status, RC_BAD_VALUE, "\"%.*s\" is not a %s", (int) (text.length > 60 ? 60 : text.length), text.data, field->name);
					blame(cells, column, field, status);
					return status->code;
				}
				break;
			}
		case RC_TYPE_CURRENCY:
			if (text.length != 3 || rc_currency_exponent(text.data, 3) < 0)
			{
				rc_fail(status, RC_BAD_VALUE, "\"%.*s\" is not a known currency", (int) (text.length > 20 ? 20 : text.length), text.data);
				blame(cells, column, field, status);
				return status->code;
			}
			break;
		case RC_TYPE_DATE:
		case RC_TYPE_TIME:
			if (evaluate_time(text, patterns, pattern_count, &value->time, status) != RC_OK)
			{
				blame(cells, column, field, status);
				return status->code;
			}
			break;
		case RC_TYPE_AMOUNT:
		case RC_TYPE_NUMBER:
			break;
	}
	value->text = text.data;
	value->length = text.length;
	return RC_OK;
}

RcCode
rc_evaluate(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, RcValue *value, RcStatus *status)
{
	RcField		text;
	int			column;

	value->text = NULL;
	value->length = 0;
	value->column = 0;
	if (source_text(cells, expression, field, &text, &column, status) != RC_OK)
		return status->code;
	if (field->type == RC_TYPE_AMOUNT || field->type == RC_TYPE_NUMBER)
		return evaluate_number(cells, expression, field, text, column, value, status);
	if (text.length == 0)
	{
		if (!expression->fallback.data || expression->fallback.length == 0)
			return RC_OK;
		text = expression->fallback;
	}
	return convert(cells, expression, field, text, column, value, status);
}

/* ---- templates ---- */

/* A date by a pattern of YYYY MM DD HH MI SS and literal text. */
static size_t
write_date(const RcDateTime *time, RcField pattern, char *out)
{
	static const struct
	{
		const char *word;
		int			length;
	}			words[] = {{"YYYY", 4}, {"MM", 2}, {"DD", 2}, {"HH", 2}, {"MI", 2}, {"SS", 2}};
	char	   *start = out;

	for (uint32_t i = 0; i < pattern.length;)
	{
		int			w = 0;

		while (w < 6 && !((uint32_t) words[w].length <= pattern.length - i && memcmp(pattern.data + i, words[w].word, (size_t) words[w].length) == 0))
			w++;
		if (w == 6)
		{
			*out++ = pattern.data[i++];
			continue;
		}
		out += snprintf(out, 12, "%0*d", words[w].length,
						w == 0 ? time->year : w == 1 ? time->month : w == 2 ? time->day : w == 3 ? time->hour : w == 4 ? time->minute : time->second);
		i += (uint32_t) words[w].length;
	}
	return (size_t) (out - start);
}

RcField
rc_canonical(const RcValue *value, RcFieldType type, char *buffer)
{
	RcField		result = {value->text, value->length};
	int			length;

	if (!value->text)
		return (RcField) {"", 0};
	switch (type)
	{
		case RC_TYPE_AMOUNT:
		case RC_TYPE_NUMBER:
			{
				RcDecimal	number = value->number;
				uint64_t	digits = number.digits < 0 ? 0 - (uint64_t) number.digits : (uint64_t) number.digits;
				uint64_t	power = 1;

				while (number.scale > 0 && digits % 10 == 0)
				{
					digits /= 10;
					number.scale--;
				}
				for (int i = 0; i < number.scale; i++)
					power *= 10;
				length = snprintf(buffer, 64, "%s%llu", number.digits < 0 ? "-" : "", (unsigned long long) (digits / power));
				if (number.scale > 0)
					length += snprintf(buffer + length, 64 - (size_t) length, ".%0*llu", number.scale, (unsigned long long) (digits % power));
				return (RcField) {buffer, (uint32_t) length};
			}
		case RC_TYPE_DATE:
			length = snprintf(buffer, 64, "%04d-%02d-%02d", value->time.year, value->time.month, value->time.day);
			return (RcField) {buffer, (uint32_t) length};
		case RC_TYPE_TIME:
			length = snprintf(buffer, 64, "%04d-%02d-%02d", value->time.year, value->time.month, value->time.day);
			if (value->time.has_time)
				length += snprintf(buffer + length, 64 - (size_t) length, " %02d:%02d:%02d.%06d", value->time.hour, value->time.minute,
								   value->time.second, (int) value->time.microsecond);
			if (value->time.zone_name && value->time.zone_length < 20)
				length += snprintf(buffer + length, 64 - (size_t) length, " %.*s", (int) value->time.zone_length, value->time.zone_name);
			else if (value->time.has_zone)
				length += snprintf(buffer + length, 64 - (size_t) length, "%+d", (int) value->time.zone_seconds);
			return (RcField) {buffer, (uint32_t) length};
		default:
			return result;
	}
}

/* What {word} in a template stands for; length 0: nothing. */
static RcField
template_word(const RcCells *cells, RcField word, const RcRow *row, char *buffer)
{
	RcField		pattern = {NULL, 0};
	const char *colon = memchr(word.data, ':', word.length);

	if (word.length > 0 && word.data[0] == '@')
	{
		char		key[256];
		size_t		length;

		/* {@3}: by position */
		if (word.length >= 2 && word.length <= 5)
		{
			uint32_t	position = 0;
			uint32_t	i = 1;

			for (; i < word.length && word.data[i] >= '0' && word.data[i] <= '9'; i++)
				position = position * 10 + (uint32_t) (word.data[i] - '0');
			if (i == word.length && position > 0)
				return position <= cells->record->field_count ? rc_trim_cell(cells->record->fields[position - 1], true) : (RcField) {"", 0};
		}
		if (word.length > sizeof(key))
			return (RcField) {"", 0};
		length = rc_normalise_name(word.data + 1, word.length - 1, key);
		for (int c = 0; c < cells->format->column_count; c++)
			for (int i = 0; i < cells->format->columns[c].name_count; i++)
				if (cells->format->columns[c].keys[i].length == length && memcmp(cells->format->columns[c].keys[i].data, key, length) == 0)
					return rc_trim_cell(raw_cell(cells, c), true);
		return (RcField) {"", 0};
	}
	if (colon)
	{
		pattern.data = colon + 1;
		pattern.length = word.length - (uint32_t) (colon + 1 - word.data);
		word.length = (uint32_t) (colon - word.data);
	}
	if (row)
		for (int f = 0; f < row->target->field_count; f++)
		{
			const RcTargetField *field = &row->target->fields[f];

			if (strlen(field->name) == word.length && memcmp(field->name, word.data, word.length) == 0)
			{
				if (!row->values[f].text)
					return (RcField) {"", 0};
				if (pattern.data && pattern.length <= 32 && (field->type == RC_TYPE_DATE || field->type == RC_TYPE_TIME))
					return (RcField) {buffer, (uint32_t) write_date(&row->values[f].time, pattern, buffer)};
				return rc_canonical(&row->values[f], field->type, buffer);
			}
		}
	for (int i = 0; i < cells->format->capture_count; i++)
		if (strlen(cells->format->capture_names[i]) == word.length && memcmp(cells->format->capture_names[i], word.data, word.length) == 0 &&
			cells->captured[i].data)
			return cells->captured[i];
	return (RcField) {"", 0};
}

RcCode
rc_fill_template(const RcCells *cells, RcField text, const RcRow *row, RcField *result, RcStatus *status)
{
	char		buffer[400];
	size_t		size = 0;
	char	   *out = NULL;

	result->data = "";
	result->length = 0;
	/* Twice over: the size first, then the text. */
	for (int pass = 0; pass < 2; pass++)
	{
		size_t		used = 0;

		for (uint32_t i = 0; i < text.length;)
		{
			RcField		piece = {text.data + i, 1};
			const char *close = text.data[i] == '{' ? memchr(text.data + i, '}', text.length - i) : NULL;

			if (close)
			{
				piece = template_word(cells, (RcField) {text.data + i + 1, (uint32_t) (close - text.data - i - 1)}, row, buffer);
				if (piece.length == 0)
					return RC_OK;	/* one part is missing: there is no value */
				i = (uint32_t) (close + 1 - text.data);
			}
			else
				i++;
			if (out)
				memcpy(out + used, piece.data, piece.length);
			used += piece.length;
		}
		if (pass == 0)
		{
			size = used;
			out = rc_row_scratch_allocate(cells->scratch, size + 1);
			if (!out)
				return rc_fail(status, RC_NO_MEMORY, "out of memory");
		}
	}
	result->data = out;
	result->length = (uint32_t) size;
	return RC_OK;
}

RcCode
rc_evaluate_template(const RcCells *cells, const RcExpression *expression, const RcTargetField *field, const RcRow *row, RcValue *value, RcStatus *status)
{
	RcField		text;

	value->text = NULL;
	value->length = 0;
	value->column = 0;
	if (rc_fill_template(cells, expression->template_text, row, &text, status) != RC_OK)
		return status->code;
	if (text.length == 0)
		text = expression->fallback;
	if (!text.data || text.length == 0)
		return RC_OK;
	if (field->type == RC_TYPE_AMOUNT || field->type == RC_TYPE_NUMBER)
		return evaluate_number(cells, expression, field, text, -1, value, status);
	return convert(cells, expression, field, text, -1, value, status);
}
