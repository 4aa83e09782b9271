/*
 * mapping_frame.c - compiles what stands around the rows: the table's place, preamble, trailers, the summary row, and the checks and the key of a row.
 */
#include "mapping_compile.h"

/* {"columns": 250} or {"columns": [4, 9]}: what a file without header is told by. */
static void
compile_shape(const RcsCompiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"columns", NULL};
	JsonbContainer *object = rcs_need_container(compiler, value, false, "shape");
	RcFormat   *format = compiler->format;
	JsonbValue *item;

	rcs_check_keys(compiler, object, keys);
	if (!format->headerless || !(item = rcs_member(object, "columns")))
		rcs_bad_mapping(compiler, "\"shape\" needs \"columns\", and goes with \"header\": false", NULL);
	if (rcs_is_array(item))
	{
		JsonbContainer *array = item->val.binary.data;

		if (JsonContainerSize(array) != 2)
			rcs_bad_mapping(compiler, "\"columns\" of \"shape\" is a number, or an array of the least and the most", NULL);
		format->shape_least = rcs_need_int(compiler, getIthJsonbValueFromContainer(array, 0), "columns", 1, RC_MAX_COLUMNS);
		format->shape_most = rcs_need_int(compiler, getIthJsonbValueFromContainer(array, 1), "columns", format->shape_least, RC_MAX_COLUMNS);
	}
	else
		format->shape_least = format->shape_most = rcs_need_int(compiler, item, "columns", 1, RC_MAX_COLUMNS);
}

/* Names of columns that a file of the format does not have. */
static void
compile_unless(const RcsCompiler *compiler, const JsonbValue *value)
{
	RcFormat   *format = compiler->format;
	RcField    *names = rcs_get_texts(compiler, value, "unless", &format->unless_count);

	for (int i = 0; i < format->unless_count; i++)
	{
		char	   *key = rcs_mapping_allocate(compiler, names[i].length + 1);

		names[i].length = (uint32_t) rc_normalise_name(names[i].data, names[i].length, key);
		names[i].data = key;
	}
	format->unless = names;
}

void
rcs_compile_place(RcsCompiler *compiler, JsonbContainer *mapping)
{
	RcFormat   *format = compiler->format;
	JsonbValue *item;

	if ((item = rcs_member(mapping, "header")))
	{
		if (item->type == jbvBool)
			format->headerless = !item->val.boolean;
		else
		{
			JsonbContainer *array = rcs_need_container(compiler, item, true, "header");

			for (int i = 0; i < (int) JsonContainerSize(array); i++)
				rcs_compile_column(compiler, getIthJsonbValueFromContainer(array, i), "header");
		}
	}
	if ((item = rcs_member(mapping, "comment")))
		format->comment = rcs_need_text(compiler, item, "comment");
	if ((item = rcs_member(mapping, "end")))
		format->end = rcs_need_text(compiler, item, "end");
	if ((item = rcs_member(mapping, "skip_lines")))
		format->skip_lines = rcs_need_int(compiler, item, "skip_lines", 0, 1000);
	if ((item = rcs_member(mapping, "platform")))
		format->platform = rcs_need_text(compiler, item, "platform").data;
	if ((item = rcs_member(mapping, "payout_reference")))
		format->payout_reference = rcs_need_text(compiler, item, "payout_reference");
	if ((item = rcs_member(mapping, "quote")))
	{
		RcField		quote = rcs_need_text(compiler, item, "quote");

		if (quote.length > 1)
			rcs_bad_mapping(compiler, "\"quote\" must be one character, or empty for none", NULL);
		format->quote = quote.length == 1 ? quote.data[0] : 0;
		format->quote_given = true;
	}
	if ((item = rcs_member(mapping, "decimal")))
	{
		int			count;
		RcField    *marks = rcs_get_texts(compiler, item, "decimal", &count);

		if (count < 1 || count > 2)
			rcs_bad_mapping(compiler, "\"decimal\" must be \".\", \",\" or both in an array", NULL);
		for (int i = 0; i < count; i++)
		{
			if (marks[i].length != 1 || (marks[i].data[0] != '.' && marks[i].data[0] != ','))
				rcs_bad_mapping(compiler, "\"decimal\" must be \".\", \",\" or both in an array", NULL);
			format->decimals[i] = marks[i].data[0];
		}
		format->decimal_count = count;
	}
	format->parentheses = rcs_get_bool(compiler, mapping, "parentheses");
	format->trailing_sign = rcs_get_bool(compiler, mapping, "trailing_sign");
	format->fill = rcs_get_bool(compiler, mapping, "fill");
	format->sum = rcs_get_bool(compiler, mapping, "sum");
	if (format->sum && format->target != &rc_target_order)
		rcs_bad_mapping(compiler, "\"sum\" is for orders", NULL);
	if ((item = rcs_member(mapping, "unless")))
		compile_unless(compiler, item);
	if ((item = rcs_member(mapping, "shape")))
		compile_shape(compiler, item);
	format->generic = rcs_get_bool(compiler, mapping, "generic");
	format->trailer_required = rcs_get_bool(compiler, mapping, "trailer_required");
	if ((item = rcs_member(mapping, "skip")))
	{
		JsonbContainer *array = rcs_need_container(compiler, item, true, "skip");
		int			count = (int) JsonContainerSize(array);
		int			known = format->column_count;

		format->skip = rcs_mapping_allocate(compiler, sizeof(RcWhen) * (count + 1));
		format->skip_count = count;
		for (int i = 0; i < count; i++)
			format->skip[i] = rcs_compile_when(compiler, getIthJsonbValueFromContainer(array, i), "skip");
		/* rows are left out by columns that many files have (a status), so that these tell nothing of what the file is */
		for (int c = known; c < format->column_count; c++)
			format->columns[c].aside = true;
	}
}

void
rcs_compile_preamble(const RcsCompiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"regex", "set", NULL};
	JsonbContainer *array = rcs_need_container(compiler, value, true, "preamble");
	RcFormat   *format = compiler->format;

	format->capture_rule_count = (int) JsonContainerSize(array);
	format->captures = rcs_mapping_allocate(compiler, sizeof(RcCaptureRule) * (format->capture_rule_count + 1));
	for (int i = 0; i < format->capture_rule_count; i++)
	{
		JsonbContainer *object = rcs_need_container(compiler, getIthJsonbValueFromContainer(array, i), false, "preamble");
		JsonbValue *regex = rcs_member(object, "regex");
		JsonbValue *set = rcs_member(object, "set");
		RcField    *names;

		rcs_check_keys(compiler, object, keys);
		if (!regex || !set)
			rcs_bad_mapping(compiler, "an element of \"preamble\" needs \"regex\" and \"set\"", NULL);
		format->captures[i].regex = rcs_compile_regex(compiler, regex);
		names = rcs_get_texts(compiler, set, "set", &format->captures[i].capture_count);
		if (format->captures[i].capture_count > rc_regex_groups(format->captures[i].regex))
			rcs_bad_mapping(compiler, "\"set\" names more values than \"regex\" has groups", NULL);
		for (int n = 0; n < format->captures[i].capture_count; n++)
		{
			/* Consecutive indexes: a name that stands in two rules is two captures, the later filled one is found last. */
			int			index = format->capture_count;

			if (index >= RC_MAX_CAPTURES)
				rcs_bad_mapping(compiler, psprintf("more than %d values out of the preamble", RC_MAX_CAPTURES), NULL);
			format->capture_names[format->capture_count++] = names[n].data;
			if (n == 0)
				format->captures[i].first_capture = index;
		}
	}
}

void
rcs_compile_trailers(const RcsCompiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"name", "starts", "regex", "count", "sum", "of", "when", "only_with", "absolute", "sign", NULL};
	JsonbContainer *array = rcs_need_container(compiler, value, true, "trailer");
	RcFormat   *format = compiler->format;

	format->trailer_count = (int) JsonContainerSize(array);
	if (format->trailer_count > RC_MAX_TRAILERS)
		rcs_bad_mapping(compiler, psprintf("\"trailer\" has more than %d elements", RC_MAX_TRAILERS), NULL);
	format->trailers = rcs_mapping_allocate(compiler, sizeof(RcTrailer) * (format->trailer_count + 1));
	for (int i = 0; i < format->trailer_count; i++)
	{
		JsonbContainer *object = rcs_need_container(compiler, getIthJsonbValueFromContainer(array, i), false, "trailer");
		RcTrailer  *trailer = &format->trailers[i];
		JsonbValue *item;
		int			groups;

		rcs_check_keys(compiler, object, keys);
		if (!(item = rcs_member(object, "regex")))
			rcs_bad_mapping(compiler, "an element of \"trailer\" needs a \"regex\"", NULL);
		trailer->regex = rcs_compile_regex(compiler, item);
		groups = rc_regex_groups(trailer->regex);
		trailer->column = -1;
		if ((item = rcs_member(object, "name")))
			trailer->name = rcs_need_text(compiler, item, "name");
		if ((item = rcs_member(object, "starts")))
			trailer->starts = rcs_need_text(compiler, item, "starts");
		if ((item = rcs_member(object, "only_with")))
			trailer->only_with = rcs_need_text(compiler, item, "only_with");
		if ((item = rcs_member(object, "count")))
			trailer->count_group = rcs_need_int(compiler, item, "count", 1, groups);
		if ((item = rcs_member(object, "sum")))
			trailer->sum_group = rcs_need_int(compiler, item, "sum", 1, groups);
		if ((item = rcs_member(object, "of")))
			trailer->column = rcs_compile_column(compiler, item, "of");
		if (trailer->sum_group > 0 && trailer->column < 0)
			rcs_bad_mapping(compiler, "a trailer with a \"sum\" needs \"of\": the column it is the sum of", NULL);
		if ((item = rcs_member(object, "when")))
			trailer->when = rcs_compile_when(compiler, item, "when");
		trailer->absolute = rcs_get_bool(compiler, object, "absolute");
		if ((item = rcs_member(object, "sign")))
		{
			int			sign = rcs_need_int(compiler, item, "sign", -1, 1);

			trailer->reverse = sign < 0;
			trailer->uncounted = sign == 0;
		}
	}
}

void
rcs_compile_summary(RcsCompiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"when", "lines", "total", "of", "required", NULL};
	JsonbContainer *object = rcs_need_container(compiler, value, false, "summary");
	RcFormat   *format = compiler->format;
	JsonbValue *item;

	rcs_check_keys(compiler, object, keys);
	if (!(item = rcs_member(object, "when")))
		rcs_bad_mapping(compiler, "\"summary\" needs \"when\": what its row is known by", NULL);
	format->has_summary = true;
	format->summary_when = rcs_compile_when(compiler, item, "when");
	if (!(item = rcs_member(object, "lines")))
		rcs_bad_mapping(compiler, "\"summary\" needs \"lines\": what its row becomes", NULL);
	format->summary_lines = rcs_compile_lines(compiler, item, "summary", &format->summary_line_count);
	if ((item = rcs_member(object, "total")))
		format->summary_total = rcs_compile_column(compiler, item, "total");
	if ((item = rcs_member(object, "of")))
		format->summary_of = rcs_compile_columns(compiler, item, "of", &format->summary_of_count);
	if ((format->summary_total < 0) != (format->summary_of_count == 0))
		rcs_bad_mapping(compiler, "\"total\" and \"of\" go together", NULL);
	format->summary_required = rcs_get_bool(compiler, object, "required");
}

/* One check or an array of them. */
void
rcs_compile_checks(RcsCompiler *compiler, const JsonbValue *value)
{
	static const char *const keys[] = {"when", "sum", "equals", "tolerance", NULL};
	static const RcNumberStyle plain = {.decimal_mark = '.'};
	RcFormat   *format = compiler->format;
	bool		several = rcs_is_array(value);
	JsonbContainer *array = several ? rcs_need_container(compiler, value, true, "check") : NULL;
	int			count = several ? (int) JsonContainerSize(array) : 1;

	if (format->target != &rc_target_settlement_line && format->target != &rc_target_payout && format->target != &rc_target_bank_line)
		rcs_bad_mapping(compiler, psprintf("\"check\" is not for rows of %s", format->target->name), "It is for settlement_line, payout and bank_line.");
	if (count < 1 || count > RC_MAX_CHECKS)
		rcs_bad_mapping(compiler, psprintf("\"check\" must have 1 to %d elements", RC_MAX_CHECKS), NULL);
	format->checks = rcs_mapping_allocate(compiler, sizeof(RcCheck) * count);
	format->check_count = count;
	for (int i = 0; i < count; i++)
	{
		JsonbContainer *object = rcs_need_container(compiler, several ? getIthJsonbValueFromContainer(array, i) : value, false, "check");
		RcCheck    *check = &format->checks[i];
		JsonbValue *item;

		rcs_check_keys(compiler, object, keys);
		if (!(item = rcs_member(object, "equals")))
			rcs_bad_mapping(compiler, "\"check\" needs \"equals\": what the row states, e.g. its net", NULL);
		rcs_compile_expression(compiler, item, &check->equals);
		if ((item = rcs_member(object, "sum")))
		{
			check->has_sum = true;
			rcs_compile_expression(compiler, item, &check->sum);
		}
		if (check->equals.kind == RC_FROM_TEMPLATE || check->sum.kind == RC_FROM_TEMPLATE)
			rcs_bad_mapping(compiler, "a \"check\" cannot use a template", NULL);
		if ((item = rcs_member(object, "when")))
			check->when = rcs_compile_when(compiler, item, "when");
		if ((item = rcs_member(object, "tolerance")))
		{
			RcField		text = rcs_need_text(compiler, item, "tolerance");
			RcStatus	status;

			rc_status_reset(&status);
			if (rc_parse_decimal(text.data, text.length, &plain, &check->tolerance, &status) != RC_OK || check->tolerance.digits < 0)
				rcs_bad_mapping(compiler, "\"tolerance\" must be an amount as text, e.g. \"0.01\"", NULL);
		}
	}
}

static void
compile_key(const RcsCompiler *compiler, const JsonbValue *value, RcKey *key)
{
	int			count;
	RcField    *names = rcs_get_texts(compiler, value, "key", &count);
	RcKeyPart  *parts = rcs_mapping_allocate(compiler, sizeof(RcKeyPart) * (count + 1));
	const RcTarget *target = compiler->format->target;

	if (count == 0)
		rcs_bad_mapping(compiler, "a key needs at least one part", NULL);
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
				rcs_bad_mapping_status(compiler, &status);
		}
		else
		{
			parts[i].kind = RC_KEY_FIELD;
			parts[i].index = rc_target_field(target, names[i].data);
			if (parts[i].index < 0)
				rcs_bad_mapping(compiler, psprintf("unknown part \"%s\" of a key", names[i].data),
							"A part is a field of the target, \"@\" and a column name, or \"row\" for all cells.");
			if (parts[i].index == target->amount)
				key->has_amount = true;
		}
	}
	key->parts = parts;
	key->count = count;
}

void
rcs_compile_keys(const RcsCompiler *compiler, const JsonbValue *value)
{
	RcFormat   *format = compiler->format;

	if (rcs_is_array(value) && JsonContainerSize(value->val.binary.data) > 0 &&
		rcs_is_array(getIthJsonbValueFromContainer(value->val.binary.data, 0)))
	{
		format->key_count = (int) JsonContainerSize(value->val.binary.data);
		format->keys = rcs_mapping_allocate(compiler, sizeof(RcKey) * format->key_count);
		for (int i = 0; i < format->key_count; i++)
			compile_key(compiler, getIthJsonbValueFromContainer(value->val.binary.data, i), &format->keys[i]);
		return;
	}
	format->key_count = 1;
	format->keys = rcs_mapping_allocate(compiler, sizeof(RcKey));
	compile_key(compiler, value, format->keys);
}
