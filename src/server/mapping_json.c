/*
 * mapping_json.c - values out of the jsonb of a mapping, each checked for its type, and the errors that say where the mapping is wrong.
 */
#include "mapping_json.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "support.h"

void pg_attribute_noreturn()
rcs_bad_mapping(const RcsCompiler *compiler, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_BAD_MAPPING),
			 errmsg("format \"%s\": %s", compiler->format->name, message),
			 errdetail("In \"%s\" of the mapping.", compiler->where),
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

void pg_attribute_noreturn()
rcs_bad_mapping_status(const RcsCompiler *compiler, const RcStatus *status)
{
	if (status->code == RC_NO_MEMORY)
		rcs_raise(status, NULL);
	rcs_bad_mapping(compiler, status->message, status->hint[0] ? status->hint : NULL);
}

void *
rcs_mapping_allocate(const RcsCompiler *compiler, Size size)
{
	void	   *result = rc_format_allocate(compiler->format, size);

	if (!result)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return result;
}

RcField
rcs_mapping_copy(const RcsCompiler *compiler, const char *text, int length)
{
	RcField		result = rc_format_text(compiler->format, text, length);

	if (!result.data)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	return result;
}

JsonbValue *
rcs_member(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

/* Refuses keys outside a NULL-terminated list. */
void
rcs_check_keys(const RcsCompiler *compiler, JsonbContainer *object, const char *const *allowed)
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
			rcs_bad_mapping(compiler, psprintf("unknown key \"%.*s\"", value.val.string.len, value.val.string.val), hint.data);
		}
	}
}

JsonbContainer *
rcs_need_container(const RcsCompiler *compiler, const JsonbValue *value, bool array, const char *what)
{
	if (value->type != jbvBinary || (array ? !JsonContainerIsArray(value->val.binary.data) || JsonContainerIsScalar(value->val.binary.data)
									 : !JsonContainerIsObject(value->val.binary.data)))
		rcs_bad_mapping(compiler, psprintf("\"%s\" must be an %s", what, array ? "array" : "object"), NULL);
	return value->val.binary.data;
}

bool
rcs_is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

RcField
rcs_need_text(const RcsCompiler *compiler, const JsonbValue *value, const char *what)
{
	if (value->type == jbvNumeric)
	{
		char	   *text = numeric_normalize(value->val.numeric);

		return rcs_mapping_copy(compiler, text, (int) strlen(text));
	}
	if (value->type != jbvString)
		rcs_bad_mapping(compiler, psprintf("\"%s\" must be a text", what), NULL);
	return rcs_mapping_copy(compiler, value->val.string.val, value->val.string.len);
}

int
rcs_need_int(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int low, int high)
{
	bool		failed = true;
	int			result = 0;

	if (value->type == jbvNumeric)
		result = numeric_int4_opt_error(value->val.numeric, &failed);
	if (failed || result < low || result > high)
		rcs_bad_mapping(compiler, psprintf("\"%s\" must be a number from %d to %d", what, low, high), NULL);
	return result;
}

bool
rcs_get_bool(const RcsCompiler *compiler, JsonbContainer *object, const char *key)
{
	JsonbValue *value = rcs_member(object, key);

	if (!value)
		return false;
	if (value->type != jbvBool)
		rcs_bad_mapping(compiler, psprintf("\"%s\" must be true or false", key), NULL);
	return value->val.boolean;
}

/* A text or an array of texts. */
RcField *
rcs_get_texts(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count)
{
	RcField    *texts;

	if (rcs_is_array(value))
	{
		JsonbContainer *array = value->val.binary.data;

		*count = (int) JsonContainerSize(array);
		texts = rcs_mapping_allocate(compiler, sizeof(RcField) * (*count + 1));
		for (int i = 0; i < *count; i++)
			texts[i] = rcs_need_text(compiler, getIthJsonbValueFromContainer(array, i), what);
		return texts;
	}
	*count = 1;
	texts = rcs_mapping_allocate(compiler, sizeof(RcField));
	texts[0] = value->type == jbvNull ? rcs_mapping_copy(compiler, "", 0) : rcs_need_text(compiler, value, what);
	return texts;
}
