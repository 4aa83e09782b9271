/*
 * mapping_fields.c - compiles what a row becomes: columns, conditions, expressions of fields, lines.
 */
#include "mapping_compile.h"

#include "lib/stringinfo.h"

#define MAX_ALTERNATIVES 64	/* names of a column in a condition */

/* A column: a name, an array of alternative names, or a position. */
int
rcs_compile_column(const RcsCompiler *compiler, const JsonbValue *value, const char *what)
{
	RcStatus	status;
	int			column;

	rc_status_reset(&status);
	if (value->type == jbvNumeric)
		column = rc_format_column(compiler->format, NULL, 0, rcs_need_int(compiler, value, what, 1, RC_MAX_COLUMNS), &status);
	else
	{
		int			count;
		RcField    *names = rcs_get_texts(compiler, value, what, &count);

		column = rc_format_column(compiler->format, names, count, 0, &status);
	}
	if (column < 0)
		rcs_bad_mapping_status(compiler, &status);
	return column;
}

/* One column or an array of them, each of which may be an array of alternative names. */
int *
rcs_compile_columns(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	int		   *columns;

	if (!rcs_is_array(value))
	{
		columns = rcs_mapping_allocate(compiler, sizeof(int));
		columns[0] = rcs_compile_column(compiler, value, what);
		*count = 1;
		return columns;
	}
	*count = (int) JsonContainerSize(value->val.binary.data);
	columns = rcs_mapping_allocate(compiler, sizeof(int) * (*count + 1));
	for (int i = 0; i < *count; i++)
		columns[i] = rcs_compile_column(compiler, getIthJsonbValueFromContainer(value->val.binary.data, i), what);
	return columns;
}

/* Two names that differ by accents or case are one column, which counts once in a sum. */
static void
leave_out_repeats(int *columns, int *count)
{
	int			kept = 0;

	for (int i = 0; i < *count; i++)
	{
		int			same = 0;

		while (same < kept && columns[same] != columns[i])
			same++;
		if (same == kept)
			columns[kept++] = columns[i];
	}
	*count = kept;
}

/* A list of columns that are added or taken off. */
static int *
compile_parts(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	int		   *columns = rcs_compile_columns(compiler, value, what, count);

	leave_out_repeats(columns, count);
	return columns;
}

/* {"column": value or values, "!column": ..}: every one must hold; names may be alternatives divided by "|". */
RcWhen
rcs_compile_when(const RcsCompiler *compiler, const JsonbValue *value, const char *what)
{
	JsonbContainer *object = rcs_need_container(compiler, value, false, what);
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	item;
	JsonbIteratorToken token;
	RcWhen		when = {NULL, 0};
	RcCondition *conditions = rcs_mapping_allocate(compiler, sizeof(RcCondition) * (JsonContainerSize(object) + 1));

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		RcCondition *condition;
		RcField		names[MAX_ALTERNATIVES];
		int			name_count = 0;
		char	   *name;
		RcStatus	status;
		int			position;

		if (token != WJB_KEY)
			continue;
		condition = &conditions[when.count++];
		name = pnstrdup(item.val.string.val, item.val.string.len);
		if (name[0] == '!')
		{
			condition->negate = true;
			name++;
		}
		rc_status_reset(&status);
		position = strspn(name, "0123456789") == strlen(name) && strlen(name) < 5 ? atoi(name) : 0;
		if (position > 0)
			condition->column = rc_format_column(compiler->format, NULL, 0, position, &status);
		else
		{
			for (char *part = strtok_r(name, "|", &name); part; part = strtok_r(NULL, "|", &name))
			{
				if (name_count == MAX_ALTERNATIVES)
					rcs_bad_mapping(compiler, psprintf("more than %d alternative names of a column", MAX_ALTERNATIVES), NULL);
				names[name_count++] = (RcField) {part, (uint32_t) strlen(part)};
			}
			condition->column = rc_format_column(compiler->format, names, name_count, 0, &status);
		}
		if (condition->column < 0)
			rcs_bad_mapping_status(compiler, &status);
		token = JsonbIteratorNext(&iterator, &item, true);
		condition->values = rcs_get_texts(compiler, &item, what, &condition->value_count);
	}
	when.conditions = conditions;
	return when;
}

const RcRegex *
rcs_compile_regex(const RcsCompiler *compiler, const JsonbValue *value)
{
	RcStatus	status;
	const RcRegex *regex;

	rc_status_reset(&status);
	regex = rc_format_regex(compiler->format, rcs_need_text(compiler, value, "regex").data, &status);
	if (!regex)
		rcs_bad_mapping_status(compiler, &status);
	return regex;
}

static int
compare_map(const void *a, const void *b)
{
	const RcMapEntry *x = a;
	const RcMapEntry *y = b;
	bool		x_star = memchr(x->from.data, '*', x->from.length) != NULL;
	bool		y_star = memchr(y->from.data, '*', y->from.length) != NULL;

	if (x_star != y_star)
		return x_star ? 1 : -1;
	if (x->from.length != y->from.length)
		return x->from.length > y->from.length ? -1 : 1;
	return memcmp(x->from.data, y->from.data, x->from.length);
}

static void
compile_map(const RcsCompiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	JsonbContainer *object = rcs_need_container(compiler, value, false, "map");
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	item;
	JsonbIteratorToken token;
	RcMapEntry *map = rcs_mapping_allocate(compiler, sizeof(RcMapEntry) * (JsonContainerSize(object) + 1));
	int			count = 0;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		map[count].from = rcs_mapping_copy(compiler, item.val.string.val, item.val.string.len);
		token = JsonbIteratorNext(&iterator, &item, true);
		map[count++].to = rcs_need_text(compiler, &item, "map");
	}
	qsort(map, count, sizeof(RcMapEntry), compare_map);
	expression->map = map;
	expression->map_count = count;
}

static void
compile_pattern(const RcsCompiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	int			count;
	RcField    *texts = rcs_get_texts(compiler, value, "pattern", &count);
	const char **patterns = rcs_mapping_allocate(compiler, sizeof(char *) * (count + 1));

	for (int i = 0; i < count; i++)
	{
		patterns[i] = texts[i].data;
		compiler->format->reads_zones |= strcmp(patterns[i], "iso") != 0 && strchr(patterns[i], 'Z') != NULL;
	}
	expression->patterns = patterns;
	expression->pattern_count = count;
}

static const char *const expression_keys[] = {
	"column", "first", "join", "separator", "value", "template", "default", "plus", "minus", "split", "absolute", "sign", "negate_when", "unit",
	"exact", "required", "null", "strip", "regex", "group", "pattern", "map", "strict", NULL
};

static void
compile_sign(const RcsCompiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	if (value->type == jbvNumeric)
	{
		int			sign = rcs_need_int(compiler, value, "sign", -1, 1);

		if (sign == 0)
			rcs_bad_mapping(compiler, "\"sign\" must be 1, -1, \"positive\" or \"negative\"", NULL);
		expression->sign = sign < 0 ? RC_SIGN_REVERSE : RC_SIGN_KEEP;
	}
	else
	{
		RcField		word = rcs_need_text(compiler, value, "sign");

		if (strcmp(word.data, "positive") == 0)
			expression->sign = RC_SIGN_POSITIVE;
		else if (strcmp(word.data, "negative") == 0)
			expression->sign = RC_SIGN_NEGATIVE;
		else
			rcs_bad_mapping(compiler, "\"sign\" must be 1, -1, \"positive\" or \"negative\"", NULL);
	}
}

void
rcs_compile_expression(const RcsCompiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	JsonbContainer *object;
	JsonbValue *item;
	int			sources = 0;

	if (value->type == jbvString || value->type == jbvNumeric || rcs_is_array(value))
	{
		int		   *column = rcs_mapping_allocate(compiler, sizeof(int));

		column[0] = rcs_compile_column(compiler, value, "column");
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = column;
		expression->column_count = 1;
		return;
	}
	object = rcs_need_container(compiler, value, false, compiler->where);
	rcs_check_keys(compiler, object, expression_keys);
	if ((item = rcs_member(object, "column")))
	{
		int		   *column = rcs_mapping_allocate(compiler, sizeof(int));

		column[0] = rcs_compile_column(compiler, item, "column");
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = column;
		expression->column_count = 1;
		sources++;
	}
	if ((item = rcs_member(object, "first")))
	{
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = rcs_compile_columns(compiler, item, "first", &expression->column_count);
		sources++;
	}
	if ((item = rcs_member(object, "join")))
	{
		expression->kind = RC_FROM_JOIN;
		expression->columns = rcs_compile_columns(compiler, item, "join", &expression->column_count);
		sources++;
	}
	if ((item = rcs_member(object, "template")))
	{
		expression->kind = RC_FROM_TEMPLATE;
		expression->template_text = rcs_need_text(compiler, item, "template");
		sources++;
	}
	if ((item = rcs_member(object, "value")))
	{
		expression->kind = RC_FROM_NOTHING;
		expression->fallback = rcs_need_text(compiler, item, "value");
		sources++;
	}
	if (sources > 1)
		rcs_bad_mapping(compiler, "a field comes from one of \"column\", \"first\", \"join\", \"template\" and \"value\"", NULL);
	expression->separator = (item = rcs_member(object, "separator")) ? rcs_need_text(compiler, item, "separator") : rcs_mapping_copy(compiler, " ", 1);
	if ((item = rcs_member(object, "default")))
		expression->fallback = rcs_need_text(compiler, item, "default");
	if ((item = rcs_member(object, "plus")))
		expression->plus = compile_parts(compiler, item, "plus", &expression->plus_count);
	if ((item = rcs_member(object, "minus")))
		expression->minus = compile_parts(compiler, item, "minus", &expression->minus_count);
	if (sources == 0 && expression->plus_count + expression->minus_count == 0 && !expression->fallback.data)
		rcs_bad_mapping(compiler, "a field needs a source: \"column\", \"first\", \"join\", \"template\", \"value\", \"plus\" or \"minus\"", NULL);
	expression->split = rcs_get_bool(compiler, object, "split");
	expression->absolute = rcs_get_bool(compiler, object, "absolute");
	expression->exact = rcs_get_bool(compiler, object, "exact");
	expression->required = rcs_get_bool(compiler, object, "required");
	expression->map_strict = rcs_get_bool(compiler, object, "strict");
	if ((item = rcs_member(object, "sign")))
		compile_sign(compiler, item, expression);
	if ((item = rcs_member(object, "negate_when")))
	{
		expression->negate_when = rcs_compile_when(compiler, item, "negate_when");
		expression->has_negate = true;
	}
	if ((item = rcs_member(object, "unit")))
		expression->unit = rcs_need_int(compiler, item, "unit", 0, 9);
	if ((item = rcs_member(object, "null")))
		expression->nulls = rcs_get_texts(compiler, item, "null", &expression->null_count);
	if ((item = rcs_member(object, "strip")))
		expression->strip = rcs_get_texts(compiler, item, "strip", &expression->strip_count);
	if ((item = rcs_member(object, "regex")))
	{
		expression->regex = rcs_compile_regex(compiler, item);
		expression->group = rc_regex_groups(expression->regex) > 0 ? 1 : 0;
	}
	if ((item = rcs_member(object, "group")))
	{
		expression->group = rcs_need_int(compiler, item, "group", 0, RC_MAX_REGEX_GROUPS - 1);
		if (!expression->regex || expression->group > rc_regex_groups(expression->regex))
			rcs_bad_mapping(compiler, "\"group\" is beyond the groups of \"regex\"", NULL);
	}
	if ((item = rcs_member(object, "pattern")))
		compile_pattern(compiler, item, expression);
	if ((item = rcs_member(object, "map")))
		compile_map(compiler, item, expression);
}

/* An object of field names and expressions; skip: keys that are no fields. */
void
rcs_compile_fields(RcsCompiler *compiler, JsonbContainer *object, const RcTarget *target, const char *const *skip, RcExpression *fields, bool *given)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	item;
	JsonbIteratorToken token;
	const char *where = compiler->where;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char	   *name;
		int			field;
		bool		skipped = false;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(item.val.string.val, item.val.string.len);
		token = JsonbIteratorNext(&iterator, &item, true);
		for (int i = 0; skip[i] && !skipped; i++)
			skipped = strcmp(skip[i], name) == 0;
		if (skipped)
			continue;
		field = rc_target_field(target, name);
		if (field < 0)
		{
			StringInfoData hint;

			initStringInfo(&hint);
			appendStringInfo(&hint, "Fields of %s: ", target->name);
			for (int i = 0; i < target->field_count; i++)
				appendStringInfo(&hint, "%s%s", i ? ", " : "", target->fields[i].name);
			appendStringInfoChar(&hint, '.');
			rcs_bad_mapping(compiler, psprintf("unknown field \"%s\"", name), hint.data);
		}
		compiler->where = name;
		/* In a line a bare text is what the column is called in "fields" too; kind, whose words are fixed, is a value. */
		if (given && item.type == jbvString && target->fields[field].type == RC_TYPE_WORD)
			fields[field].fallback = rcs_need_text(compiler, &item, name);
		else
			rcs_compile_expression(compiler, &item, &fields[field]);
		if (given)
			given[field] = true;
		compiler->where = where;
	}
}

static const char *const line_keys[] = {"when", "target", "rest", NULL};

RcLine *
rcs_compile_lines(RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	JsonbContainer *array = rcs_need_container(compiler, value, true, what);
	RcLine	   *lines;

	*count = (int) JsonContainerSize(array);
	if (*count < 1 || *count > RC_MAX_LINES)
		rcs_bad_mapping(compiler, psprintf("\"%s\" must have 1 to %d elements", what, RC_MAX_LINES), NULL);
	lines = rcs_mapping_allocate(compiler, sizeof(RcLine) * *count);
	for (int i = 0; i < *count; i++)
	{
		JsonbContainer *object = rcs_need_container(compiler, getIthJsonbValueFromContainer(array, i), false, what);
		RcLine	   *line = &lines[i];
		JsonbValue *item;

		line->target = compiler->format->target;
		if ((item = rcs_member(object, "target")))
		{
			line->target = rc_target_find(rcs_need_text(compiler, item, "target").data);
			if (!line->target)
				rcs_bad_mapping(compiler, "unknown target of a line", "Besides the format's own target, lines of a shop's files fill payout and settlement.");
			if (line->target != compiler->format->target &&
				(compiler->format->target->owner != RC_OWNER_SHOP || !(line->target == &rc_target_payout || line->target == &rc_target_settlement)))
				rcs_bad_mapping(compiler, "a line cannot fill that target", "Besides the format's own target, lines of a shop's files fill payout and settlement.");
		}
		if ((item = rcs_member(object, "when")))
			line->when = rcs_compile_when(compiler, item, "when");
		line->rest = rcs_get_bool(compiler, object, "rest");
		if (line->rest && line->target->amount < 0)
			rcs_bad_mapping(compiler, "\"rest\" is for lines that have an amount", NULL);
		line->fields = rcs_mapping_allocate(compiler, sizeof(RcExpression) * line->target->field_count);
		line->given = rcs_mapping_allocate(compiler, sizeof(bool) * line->target->field_count);
		compiler->where = what;
		rcs_compile_fields(compiler, object, line->target, line_keys, line->fields, line->given);
	}
	return lines;
}
