/*
 * format_catalog.c - compiles the jsonb mapping of a format.
 *
 * Whatever a mapping says that is not understood is an error whose hint lists what is: a key that is silently ignored would be money read wrongly.
 */
#include "format_catalog.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "support.h"

typedef struct Compiler
{
	RcFormat   *format;
	const char *where;			/* part of the mapping, for messages */
} Compiler;

static void pg_attribute_noreturn()
bad_mapping(const Compiler *compiler, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_BAD_MAPPING),
			 errmsg("format \"%s\": %s", compiler->format->name, message),
			 errdetail("In \"%s\" of the mapping.", compiler->where),
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

static void pg_attribute_noreturn()
bad_status(const Compiler *compiler, const RcStatus *status)
{
	if (status->code == RC_NO_MEMORY)
		rcs_raise(status, NULL);
	bad_mapping(compiler, status->message, status->hint[0] ? status->hint : NULL);
}

static void *
allocate(const Compiler *compiler, Size size)
{
	void	   *result = rc_format_allocate(compiler->format, size);

	if (!result)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return result;
}

static RcField
copy_text(const Compiler *compiler, const char *text, int length)
{
	RcField		result = rc_format_text(compiler->format, text, length);

	if (!result.data)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return result;
}

/* ---- jsonb ---- */

static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

/* Refuses keys outside a NULL-terminated list. */
static void
check_keys(const Compiler *compiler, JsonbContainer *object, const char *const *allowed)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int			i = 0;

		if (token != WJB_KEY)
			continue;
		while (allowed[i] && !(strlen(allowed[i]) == (size_t) value.val.string.len && strncmp(allowed[i], value.val.string.val, value.val.string.len) == 0))
			i++;
		if (!allowed[i])
		{
			StringInfoData hint;

			initStringInfo(&hint);
			appendStringInfoString(&hint, "Known keys: ");
			for (i = 0; allowed[i]; i++)
				appendStringInfo(&hint, "%s%s", i ? ", " : "", allowed[i]);
			appendStringInfoChar(&hint, '.');
			bad_mapping(compiler, psprintf("unknown key \"%.*s\"", value.val.string.len, value.val.string.val), hint.data);
		}
	}
}

static JsonbContainer *
need_container(const Compiler *compiler, const JsonbValue *value, bool array, const char *what)
{
	if (value->type != jbvBinary || (array ? !JsonContainerIsArray(value->val.binary.data) || JsonContainerIsScalar(value->val.binary.data)
									 : !JsonContainerIsObject(value->val.binary.data)))
		bad_mapping(compiler, psprintf("\"%s\" must be an %s", what, array ? "array" : "object"), NULL);
	return value->val.binary.data;
}

static bool
is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

static RcField
need_text(const Compiler *compiler, const JsonbValue *value, const char *what)
{
	if (value->type == jbvNumeric)
	{
		char	   *text = numeric_normalize(value->val.numeric);

		return copy_text(compiler, text, (int) strlen(text));
	}
	if (value->type != jbvString)
		bad_mapping(compiler, psprintf("\"%s\" must be a text", what), NULL);
	return copy_text(compiler, value->val.string.val, value->val.string.len);
}

static int
need_int(const Compiler *compiler, const JsonbValue *value, const char *what, int low, int high)
{
	bool		failed = true;
	int			result = 0;

	if (value->type == jbvNumeric)
		result = numeric_int4_opt_error(value->val.numeric, &failed);
	if (failed || result < low || result > high)
		bad_mapping(compiler, psprintf("\"%s\" must be a number from %d to %d", what, low, high), NULL);
	return result;
}

static bool
get_bool(const Compiler *compiler, JsonbContainer *object, const char *key)
{
	JsonbValue *value = member(object, key);

	if (!value)
		return false;
	if (value->type != jbvBool)
		bad_mapping(compiler, psprintf("\"%s\" must be true or false", key), NULL);
	return value->val.boolean;
}

/* A text or an array of texts. */
static RcField *
get_texts(const Compiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	RcField    *texts;

	if (is_array(value))
	{
		JsonbContainer *array = value->val.binary.data;

		*count = (int) JsonContainerSize(array);
		texts = allocate(compiler, sizeof(RcField) * (*count + 1));
		for (int i = 0; i < *count; i++)
			texts[i] = need_text(compiler, getIthJsonbValueFromContainer(array, i), what);
		return texts;
	}
	*count = 1;
	texts = allocate(compiler, sizeof(RcField));
	texts[0] = value->type == jbvNull ? copy_text(compiler, "", 0) : need_text(compiler, value, what);
	return texts;
}

/* ---- columns ---- */

/* A column: a name, an array of alternative names, or a position. */
static int
compile_column(const Compiler *compiler, const JsonbValue *value, const char *what)
{
	RcStatus	status;
	int			column;

	rc_status_reset(&status);
	if (value->type == jbvNumeric)
		column = rc_format_column(compiler->format, NULL, 0, need_int(compiler, value, what, 1, RC_MAX_COLUMNS), &status);
	else
	{
		int			count;
		RcField    *names = get_texts(compiler, value, what, &count);

		column = rc_format_column(compiler->format, names, count, 0, &status);
	}
	if (column < 0)
		bad_status(compiler, &status);
	return column;
}

/* One column or an array of them, each of which may be an array of alternative names. */
static int *
compile_columns(const Compiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	int		   *columns;

	if (!is_array(value))
	{
		columns = allocate(compiler, sizeof(int));
		columns[0] = compile_column(compiler, value, what);
		*count = 1;
		return columns;
	}
	*count = (int) JsonContainerSize(value->val.binary.data);
	columns = allocate(compiler, sizeof(int) * (*count + 1));
	for (int i = 0; i < *count; i++)
		columns[i] = compile_column(compiler, getIthJsonbValueFromContainer(value->val.binary.data, i), what);
	return columns;
}

/* {"column": value or values, "!column": ..}: every one must hold; names may be alternatives divided by "|". */
static RcWhen
compile_when(const Compiler *compiler, const JsonbValue *value, const char *what)
{
	JsonbContainer *object = need_container(compiler, value, false, what);
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	item;
	JsonbIteratorToken token;
	RcWhen		when = {NULL, 0};
	RcCondition *conditions = allocate(compiler, sizeof(RcCondition) * (JsonContainerSize(object) + 1));

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		RcCondition *condition;
		RcField		names[16];
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
			for (char *part = strtok_r(name, "|", &name); part && name_count < 16; part = strtok_r(NULL, "|", &name))
				names[name_count++] = (RcField) {part, (uint32_t) strlen(part)};
			condition->column = rc_format_column(compiler->format, names, name_count, 0, &status);
		}
		if (condition->column < 0)
			bad_status(compiler, &status);
		token = JsonbIteratorNext(&iterator, &item, true);
		condition->values = get_texts(compiler, &item, what, &condition->value_count);
	}
	when.conditions = conditions;
	return when;
}

static const RcRegex *
compile_regex(const Compiler *compiler, const JsonbValue *value)
{
	RcStatus	status;
	const RcRegex *regex;

	rc_status_reset(&status);
	regex = rc_format_regex(compiler->format, need_text(compiler, value, "regex").data, &status);
	if (!regex)
		bad_status(compiler, &status);
	return regex;
}

/* ---- expressions ---- */

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
compile_map(const Compiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	JsonbContainer *object = need_container(compiler, value, false, "map");
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbValue	item;
	JsonbIteratorToken token;
	RcMapEntry *map = allocate(compiler, sizeof(RcMapEntry) * (JsonContainerSize(object) + 1));
	int			count = 0;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		map[count].from = copy_text(compiler, item.val.string.val, item.val.string.len);
		token = JsonbIteratorNext(&iterator, &item, true);
		map[count++].to = need_text(compiler, &item, "map");
	}
	qsort(map, count, sizeof(RcMapEntry), compare_map);
	expression->map = map;
	expression->map_count = count;
}

static void
compile_pattern(const Compiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	int			count;
	RcField    *texts = get_texts(compiler, value, "pattern", &count);
	const char **patterns = allocate(compiler, sizeof(char *) * (count + 1));

	for (int i = 0; i < count; i++)
		patterns[i] = texts[i].data;
	expression->patterns = patterns;
	expression->pattern_count = count;
}

static const char *const expression_keys[] = {
	"column", "first", "join", "separator", "value", "template", "default", "plus", "minus", "absolute", "sign", "negate_when", "unit",
	"exact", "required", "null", "strip", "regex", "group", "pattern", "map", "strict", NULL
};

static void
compile_sign(const Compiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	if (value->type == jbvNumeric)
	{
		int			sign = need_int(compiler, value, "sign", -1, 1);

		if (sign == 0)
			bad_mapping(compiler, "\"sign\" must be 1, -1, \"positive\" or \"negative\"", NULL);
		expression->sign = sign < 0 ? RC_SIGN_REVERSE : RC_SIGN_KEEP;
	}
	else
	{
		RcField		word = need_text(compiler, value, "sign");

		if (strcmp(word.data, "positive") == 0)
			expression->sign = RC_SIGN_POSITIVE;
		else if (strcmp(word.data, "negative") == 0)
			expression->sign = RC_SIGN_NEGATIVE;
		else
			bad_mapping(compiler, "\"sign\" must be 1, -1, \"positive\" or \"negative\"", NULL);
	}
}

static void
compile_expression(const Compiler *compiler, const JsonbValue *value, RcExpression *expression)
{
	JsonbContainer *object;
	JsonbValue *item;
	int			sources = 0;

	if (value->type == jbvString || value->type == jbvNumeric || is_array(value))
	{
		int		   *column = allocate(compiler, sizeof(int));

		column[0] = compile_column(compiler, value, "column");
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = column;
		expression->column_count = 1;
		return;
	}
	object = need_container(compiler, value, false, compiler->where);
	check_keys(compiler, object, expression_keys);
	if ((item = member(object, "column")))
	{
		int		   *column = allocate(compiler, sizeof(int));

		column[0] = compile_column(compiler, item, "column");
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = column;
		expression->column_count = 1;
		sources++;
	}
	if ((item = member(object, "first")))
	{
		expression->kind = RC_FROM_COLUMNS;
		expression->columns = compile_columns(compiler, item, "first", &expression->column_count);
		sources++;
	}
	if ((item = member(object, "join")))
	{
		expression->kind = RC_FROM_JOIN;
		expression->columns = compile_columns(compiler, item, "join", &expression->column_count);
		sources++;
	}
	if ((item = member(object, "template")))
	{
		expression->kind = RC_FROM_TEMPLATE;
		expression->template_text = need_text(compiler, item, "template");
		sources++;
	}
	if ((item = member(object, "value")))
	{
		expression->kind = RC_FROM_NOTHING;
		expression->fallback = need_text(compiler, item, "value");
		sources++;
	}
	if (sources > 1)
		bad_mapping(compiler, "a field comes from one of \"column\", \"first\", \"join\", \"template\" and \"value\"", NULL);
	expression->separator = (item = member(object, "separator")) ? need_text(compiler, item, "separator") : copy_text(compiler, " ", 1);
	if ((item = member(object, "default")))
		expression->fallback = need_text(compiler, item, "default");
	if ((item = member(object, "plus")))
		expression->plus = compile_columns(compiler, item, "plus", &expression->plus_count);
	if ((item = member(object, "minus")))
		expression->minus = compile_columns(compiler, item, "minus", &expression->minus_count);
	if (sources == 0 && expression->plus_count + expression->minus_count == 0 && !expression->fallback.data)
		bad_mapping(compiler, "a field needs a source: \"column\", \"first\", \"join\", \"template\", \"value\", \"plus\" or \"minus\"", NULL);
	expression->absolute = get_bool(compiler, object, "absolute");
	expression->exact = get_bool(compiler, object, "exact");
	expression->required = get_bool(compiler, object, "required");
	expression->map_strict = get_bool(compiler, object, "strict");
	if ((item = member(object, "sign")))
		compile_sign(compiler, item, expression);
	if ((item = member(object, "negate_when")))
	{
		expression->negate_when = compile_when(compiler, item, "negate_when");
		expression->has_negate = true;
	}
	if ((item = member(object, "unit")))
		expression->unit = need_int(compiler, item, "unit", 0, 9);
	if ((item = member(object, "null")))
		expression->nulls = get_texts(compiler, item, "null", &expression->null_count);
	if ((item = member(object, "strip")))
		expression->strip = get_texts(compiler, item, "strip", &expression->strip_count);
	if ((item = member(object, "regex")))
	{
		expression->regex = compile_regex(compiler, item);
		expression->group = rc_regex_groups(expression->regex) > 0 ? 1 : 0;
	}
	if ((item = member(object, "group")))
	{
		expression->group = need_int(compiler, item, "group", 0, RC_MAX_REGEX_GROUPS - 1);
		if (!expression->regex || expression->group > rc_regex_groups(expression->regex))
			bad_mapping(compiler, "\"group\" is beyond the groups of \"regex\"", NULL);
	}
	if ((item = member(object, "pattern")))
		compile_pattern(compiler, item, expression);
	if ((item = member(object, "map")))
		compile_map(compiler, item, expression);
}

/* An object of field names and expressions; skip: keys that are no fields. */
static void
compile_fields(Compiler *compiler, JsonbContainer *object, const RcTarget *target, const char *const *skip, RcExpression *fields, bool *given)
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
			bad_mapping(compiler, psprintf("unknown field \"%s\"", name), hint.data);
		}
		compiler->where = name;
		/* In a line a bare text is what the column is called in "fields" too; kind, whose words are fixed, is a value. */
		if (given && item.type == jbvString && target->fields[field].type == RC_TYPE_WORD)
			fields[field].fallback = need_text(compiler, &item, name);
		else
			compile_expression(compiler, &item, &fields[field]);
		if (given)
			given[field] = true;
		compiler->where = where;
	}
}

static const char *const line_keys[] = {"when", "target", NULL};
static const char *const no_keys[] = {NULL};

static RcLine *
compile_lines(Compiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	JsonbContainer *array = need_container(compiler, value, true, what);
	RcLine	   *lines;

	*count = (int) JsonContainerSize(array);
	if (*count < 1 || *count > RC_MAX_LINES)
		bad_mapping(compiler, psprintf("\"%s\" must have 1 to %d elements", what, RC_MAX_LINES), NULL);
	lines = allocate(compiler, sizeof(RcLine) * *count);
	for (int i = 0; i < *count; i++)
	{
		JsonbContainer *object = need_container(compiler, getIthJsonbValueFromContainer(array, i), false, what);
		RcLine	   *line = &lines[i];
		JsonbValue *item;

		line->target = compiler->format->target;
		if ((item = member(object, "target")))
		{
			line->target = rc_target_find(need_text(compiler, item, "target").data);
			if (!line->target)
				bad_mapping(compiler, "unknown target of a line", "Known targets: order, settlement_line, bank_line, payout, settlement.");
			if (line->target != compiler->format->target &&
				!(line->target == &rc_target_payout || line->target == &rc_target_settlement))
				bad_mapping(compiler, "a line cannot fill that target", "Besides the format's own target, lines fill payout and settlement.");
		}
		if ((item = member(object, "when")))
			line->when = compile_when(compiler, item, "when");
		line->fields = allocate(compiler, sizeof(RcExpression) * line->target->field_count);
		line->given = allocate(compiler, sizeof(bool) * line->target->field_count);
		compiler->where = what;
		compile_fields(compiler, object, line->target, line_keys, line->fields, line->given);
	}
	return lines;
}

/* ---- what stands around the table ---- */

static void
compile_preamble(const Compiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"regex", "set", NULL};
	JsonbContainer *array = need_container(compiler, value, true, "preamble");
	RcFormat   *format = compiler->format;

	format->capture_rule_count = (int) JsonContainerSize(array);
	format->captures = allocate(compiler, sizeof(RcCaptureRule) * (format->capture_rule_count + 1));
	for (int i = 0; i < format->capture_rule_count; i++)
	{
		JsonbContainer *object = need_container(compiler, getIthJsonbValueFromContainer(array, i), false, "preamble");
		JsonbValue *regex = member(object, "regex");
		JsonbValue *set = member(object, "set");
		RcField    *names;

		check_keys(compiler, object, keys);
		if (!regex || !set)
			bad_mapping(compiler, "an element of \"preamble\" needs \"regex\" and \"set\"", NULL);
		format->captures[i].regex = compile_regex(compiler, regex);
		names = get_texts(compiler, set, "set", &format->captures[i].capture_count);
		if (format->captures[i].capture_count > rc_regex_groups(format->captures[i].regex))
			bad_mapping(compiler, "\"set\" names more values than \"regex\" has groups", NULL);
		for (int n = 0; n < format->captures[i].capture_count; n++)
		{
			/* Consecutive indexes: a name that stands in two rules is two captures, the later filled one is found last. */
			int			index = format->capture_count;

			if (index >= RC_MAX_CAPTURES)
				bad_mapping(compiler, psprintf("more than %d values out of the preamble", RC_MAX_CAPTURES), NULL);
			format->capture_names[format->capture_count++] = names[n].data;
			if (n == 0)
				format->captures[i].first_capture = index;
		}
	}
}

static void
compile_trailers(const Compiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"name", "starts", "regex", "count", "sum", "of", "when", "only_with", "absolute", "sign", NULL};
	JsonbContainer *array = need_container(compiler, value, true, "trailer");
	RcFormat   *format = compiler->format;

	format->trailer_count = (int) JsonContainerSize(array);
	if (format->trailer_count > RC_MAX_TRAILERS)
		bad_mapping(compiler, psprintf("\"trailer\" has more than %d elements", RC_MAX_TRAILERS), NULL);
	format->trailers = allocate(compiler, sizeof(RcTrailer) * (format->trailer_count + 1));
	for (int i = 0; i < format->trailer_count; i++)
	{
		JsonbContainer *object = need_container(compiler, getIthJsonbValueFromContainer(array, i), false, "trailer");
		RcTrailer  *trailer = &format->trailers[i];
		JsonbValue *item;
		int			groups;

		check_keys(compiler, object, keys);
		if (!(item = member(object, "regex")))
			bad_mapping(compiler, "an element of \"trailer\" needs a \"regex\"", NULL);
		trailer->regex = compile_regex(compiler, item);
		groups = rc_regex_groups(trailer->regex);
		trailer->column = -1;
		if ((item = member(object, "name")))
			trailer->name = need_text(compiler, item, "name");
		if ((item = member(object, "starts")))
			trailer->starts = need_text(compiler, item, "starts");
		if ((item = member(object, "only_with")))
			trailer->only_with = need_text(compiler, item, "only_with");
		if ((item = member(object, "count")))
			trailer->count_group = need_int(compiler, item, "count", 1, groups);
		if ((item = member(object, "sum")))
			trailer->sum_group = need_int(compiler, item, "sum", 1, groups);
		if ((item = member(object, "of")))
			trailer->column = compile_column(compiler, item, "of");
		if (trailer->sum_group > 0 && trailer->column < 0)
			bad_mapping(compiler, "a trailer with a \"sum\" needs \"of\": the column it is the sum of", NULL);
		if ((item = member(object, "when")))
			trailer->when = compile_when(compiler, item, "when");
		trailer->absolute = get_bool(compiler, object, "absolute");
		if ((item = member(object, "sign")))
		{
			int			sign = need_int(compiler, item, "sign", -1, 1);

			trailer->reverse = sign < 0;
			trailer->uncounted = sign == 0;
		}
	}
}

static void
compile_summary(Compiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"when", "lines", "total", "of", "required", NULL};
	JsonbContainer *object = need_container(compiler, value, false, "summary");
	RcFormat   *format = compiler->format;
	JsonbValue *item;

	check_keys(compiler, object, keys);
	if (!(item = member(object, "when")))
		bad_mapping(compiler, "\"summary\" needs \"when\": what its row is known by", NULL);
	format->has_summary = true;
	format->summary_when = compile_when(compiler, item, "when");
	if (!(item = member(object, "lines")))
		bad_mapping(compiler, "\"summary\" needs \"lines\": what its row becomes", NULL);
	format->summary_lines = compile_lines(compiler, item, "summary", &format->summary_line_count);
	if ((item = member(object, "total")))
		format->summary_total = compile_column(compiler, item, "total");
	if ((item = member(object, "of")))
		format->summary_of = compile_columns(compiler, item, "of", &format->summary_of_count);
	if ((format->summary_total < 0) != (format->summary_of_count == 0))
		bad_mapping(compiler, "\"total\" and \"of\" go together", NULL);
	format->summary_required = get_bool(compiler, object, "required");
}

/* ---- keys ---- */

static void
compile_key(const Compiler *compiler, const JsonbValue *value, RcKey *key)
{
	int			count;
	RcField    *names = get_texts(compiler, value, "key", &count);
	RcKeyPart  *parts = allocate(compiler, sizeof(RcKeyPart) * (count + 1));
	const RcTarget *target = compiler->format->target;

	if (count == 0)
		bad_mapping(compiler, "a key needs at least one part", NULL);
	for (int i = 0; i < count; i++)
	{
		if (strcmp(names[i].data, "row") == 0)
		{
			parts[i].kind = RC_KEY_ROW;
			key->has_amount = true;
		}
		else if (names[i].data[0] == '@')
		{
			RcField		name = {names[i].data + 1, names[i].length - 1};
			RcStatus	status;

			rc_status_reset(&status);
			parts[i].kind = RC_KEY_COLUMN;
			parts[i].index = rc_format_column(compiler->format, &name, 1, 0, &status);
			if (parts[i].index < 0)
				bad_status(compiler, &status);
		}
		else
		{
			parts[i].kind = RC_KEY_FIELD;
			parts[i].index = rc_target_field(target, names[i].data);
			if (parts[i].index < 0)
				bad_mapping(compiler, psprintf("unknown part \"%s\" of a key", names[i].data),
							"A part is a field of the target, \"@\" and a column name, or \"row\" for all cells.");
			if (parts[i].index == target->amount)
				key->has_amount = true;
		}
	}
	key->parts = parts;
	key->count = count;
}

static void
compile_keys(const Compiler *compiler, const JsonbValue *value)
{
	RcFormat   *format = compiler->format;

	if (is_array(value) && JsonContainerSize(value->val.binary.data) > 0 &&
		is_array(getIthJsonbValueFromContainer(value->val.binary.data, 0)))
	{
		format->key_count = (int) JsonContainerSize(value->val.binary.data);
		format->keys = allocate(compiler, sizeof(RcKey) * format->key_count);
		for (int i = 0; i < format->key_count; i++)
			compile_key(compiler, getIthJsonbValueFromContainer(value->val.binary.data, i), &format->keys[i]);
		return;
	}
	format->key_count = 1;
	format->keys = allocate(compiler, sizeof(RcKey));
	compile_key(compiler, value, format->keys);
}

/* ---- the whole ---- */

static const char *const mapping_keys[] = {
	"fields", "lines", "key", "header", "comment", "end", "skip", "skip_lines", "decimal", "parentheses", "trailing_sign", "quote", "fill", "generic",
	"preamble", "trailer", "trailer_required", "summary", "payout_reference", "platform", NULL
};

static void
compile_place(Compiler *compiler, JsonbContainer *mapping)
{
	RcFormat   *format = compiler->format;
	JsonbValue *item;

	if ((item = member(mapping, "header")))
	{
		if (item->type == jbvBool)
			format->headerless = !item->val.boolean;
		else
		{
			JsonbContainer *array = need_container(compiler, item, true, "header");

			for (int i = 0; i < (int) JsonContainerSize(array); i++)
				compile_column(compiler, getIthJsonbValueFromContainer(array, i), "header");
		}
	}
	if ((item = member(mapping, "comment")))
		format->comment = need_text(compiler, item, "comment");
	if ((item = member(mapping, "end")))
		format->end = need_text(compiler, item, "end");
	if ((item = member(mapping, "skip_lines")))
		format->skip_lines = need_int(compiler, item, "skip_lines", 0, 1000);
	if ((item = member(mapping, "platform")))
		format->platform = need_text(compiler, item, "platform").data;
	if ((item = member(mapping, "payout_reference")))
		format->payout_reference = need_text(compiler, item, "payout_reference");
	if ((item = member(mapping, "quote")))
	{
		RcField		quote = need_text(compiler, item, "quote");

		if (quote.length > 1)
			bad_mapping(compiler, "\"quote\" must be one character, or empty for none", NULL);
		format->quote = quote.length == 1 ? quote.data[0] : 0;
		format->quote_given = true;
	}
	if ((item = member(mapping, "decimal")))
	{
		int			count;
		RcField    *marks = get_texts(compiler, item, "decimal", &count);

		if (count < 1 || count > 2)
			bad_mapping(compiler, "\"decimal\" must be \".\", \",\" or both in an array", NULL);
		for (int i = 0; i < count; i++)
		{
			if (marks[i].length != 1 || (marks[i].data[0] != '.' && marks[i].data[0] != ','))
				bad_mapping(compiler, "\"decimal\" must be \".\", \",\" or both in an array", NULL);
			format->decimals[i] = marks[i].data[0];
		}
		format->decimal_count = count;
	}
	format->parentheses = get_bool(compiler, mapping, "parentheses");
	format->trailing_sign = get_bool(compiler, mapping, "trailing_sign");
	format->fill = get_bool(compiler, mapping, "fill");
	format->generic = get_bool(compiler, mapping, "generic");
	format->trailer_required = get_bool(compiler, mapping, "trailer_required");
	if ((item = member(mapping, "skip")))
	{
		JsonbContainer *array = need_container(compiler, item, true, "skip");
		int			count = (int) JsonContainerSize(array);

		format->skip = allocate(compiler, sizeof(RcWhen) * (count + 1));
		format->skip_count = count;
		for (int i = 0; i < count; i++)
			format->skip[i] = compile_when(compiler, getIthJsonbValueFromContainer(array, i), "skip");
	}
}

static void
free_format(void *format)
{
	rc_format_free(format);
}

static RcFormat *
compile(const char *name, const char *container, const char *target_name, const char *encoding, const char *delimiter, Jsonb *mapping, bool builtin, MemoryContext context)
{
	RcAllocator *allocator = MemoryContextAlloc(context, sizeof(RcAllocator));
	MemoryContextCallback *callback = MemoryContextAllocZero(context, sizeof(MemoryContextCallback));
	const RcTarget *target = rc_target_find(target_name);
	RcFormat   *format;
	Compiler	compiler;
	JsonbValue *item;
	RcStatus	status;

	if (!target || target == &rc_target_settlement)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_BAD_MAPPING),
				 errmsg("format \"%s\": unknown target \"%s\"", name, target_name),
				 errhint("Known targets: order, settlement_line, bank_line, payout.")));
	if (!rc_reader_has_container(container))
		ereport(ERROR,
				(errcode(RCS_ERRCODE_BAD_MAPPING),
				 errmsg("format \"%s\": unknown container \"%s\"", name, container),
				 errhint("Known containers: csv (and the same table as a workbook), xlsx, mt940, camt, ofx, bai2, qif.")));
	if (delimiter && strlen(delimiter) != 1)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_BAD_MAPPING),
				 errmsg("format \"%s\": the delimiter must be one character", name)));
	*allocator = rcs_allocator(context);
	format = rc_format_create(allocator, name, target);
	if (!format)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	/* Regular expressions are malloc'ed: freed with the context, whatever happens below. */
	callback->func = free_format;
	callback->arg = format;
	MemoryContextRegisterResetCallback(context, callback);
	compiler.format = format;
	compiler.where = "mapping";
	format->builtin = builtin;
	format->container = MemoryContextStrdup(context, container);
	format->encoding = encoding ? MemoryContextStrdup(context, encoding) : NULL;
	format->delimiter = delimiter ? delimiter[0] : 0;
	if (!JB_ROOT_IS_OBJECT(mapping))
		bad_mapping(&compiler, "the mapping must be an object", NULL);
	check_keys(&compiler, &mapping->root, mapping_keys);
	/* Fields first: they give all the names of a column. */
	if (!(item = member(&mapping->root, "fields")))
		bad_mapping(&compiler, "the mapping needs \"fields\"", "\"fields\" says for each field of the target which column it comes from.");
	compiler.where = "fields";
	compile_fields(&compiler, need_container(&compiler, item, false, "fields"), target, no_keys, format->fields, NULL);
	compiler.where = "mapping";
	compile_place(&compiler, &mapping->root);
	if ((item = member(&mapping->root, "lines")))
		format->lines = compile_lines(&compiler, item, "lines", &format->line_count);
	compiler.where = "preamble";
	if ((item = member(&mapping->root, "preamble")))
		compile_preamble(&compiler, item);
	compiler.where = "trailer";
	if ((item = member(&mapping->root, "trailer")))
		compile_trailers(&compiler, item);
	compiler.where = "summary";
	if ((item = member(&mapping->root, "summary")))
		compile_summary(&compiler, item);
	compiler.where = "key";
	if ((item = member(&mapping->root, "key")))
		compile_keys(&compiler, item);
	compiler.where = "fields";
	rc_status_reset(&status);
	if (rc_format_finish(format, &status) != RC_OK)
		bad_status(&compiler, &status);
	return format;
}

/* One row of name, container, target, encoding, delimiter, mapping, builtin. */
static RcFormat *
compile_row(int row, MemoryContext context)
{
	TupleDesc	descriptor = SPI_tuptable->tupdesc;
	HeapTuple	tuple = SPI_tuptable->vals[row];
	char	   *texts[5];
	bool		null;
	Datum		mapping = SPI_getbinval(tuple, descriptor, 6, &null);
	Datum		builtin = SPI_getbinval(tuple, descriptor, 7, &null);

	for (int i = 0; i < 5; i++)
		texts[i] = SPI_getvalue(tuple, descriptor, i + 1);
	return compile(texts[0], texts[1], texts[2], texts[3], texts[4], DatumGetJsonbP(mapping), DatumGetBool(builtin), context);
}

#define FORMAT_COLUMNS "SELECT f.name, f.container, f.target, f.encoding, f.delimiter, f.mapping, f.builtin FROM reconcile.format AS f "

RcFormat *
rcs_format_load(const char *name, MemoryContext context)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};

	if (SPI_execute_with_args(FORMAT_COLUMNS "WHERE f.name = $1", 1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "formats cannot be read");
	if (SPI_processed == 0)
	{
		char	   *known;

		SPI_execute("SELECT pg_catalog.string_agg(f.name, ', ' ORDER BY f.name) FROM reconcile.format AS f", true, 1);
		known = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("format \"%s\" does not exist", name),
				 errhint("Known formats: %s. define_format() adds one.", known ? known : "none")));
	}
	return compile_row(0, context);
}

List *
rcs_format_load_all(MemoryContext context)
{
	List	   *formats = NIL;
	SPITupleTable *table;

	if (SPI_execute(FORMAT_COLUMNS "ORDER BY f.name COLLATE pg_catalog.\"C\"", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "formats cannot be read");
	table = SPI_tuptable;
	for (uint64 i = 0; i < table->numvals; i++)
	{
		RcFormat   *format = compile_row((int) i, context);
		MemoryContext caller = MemoryContextSwitchTo(context);

		formats = lappend(formats, format);
		MemoryContextSwitchTo(caller);
	}
	return formats;
}

PG_FUNCTION_INFO_V1(reconcile_check_format);
extern PGDLLEXPORT Datum reconcile_check_format(PG_FUNCTION_ARGS);

/* reconcile_check_format(name, container, target, encoding, delimiter, mapping) compiles a mapping and raises what is wrong with it. */
Datum
reconcile_check_format(PG_FUNCTION_ARGS)
{
	char	   *texts[5] = {NULL};
	MemoryContext context;

	for (int i = 0; i < 5; i++)
		if (!PG_ARGISNULL(i))
			texts[i] = text_to_cstring(PG_GETARG_TEXT_PP(i));
	if (!texts[0] || !texts[1] || !texts[2] || PG_ARGISNULL(5))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name, container, target and mapping of a format must be given")));
	context = AllocSetContextCreate(CurrentMemoryContext, "reconcile format", ALLOCSET_DEFAULT_SIZES);
	compile(texts[0], texts[1], texts[2], texts[3], texts[4], PG_GETARG_JSONB_P(5), false, context);
	MemoryContextDelete(context);
	PG_RETURN_VOID();
}
