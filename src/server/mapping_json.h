/*
 * mapping_json.h - values out of the jsonb of a mapping, each checked for its type.
 *
 * Whatever is wrong raises RCS_ERRCODE_BAD_MAPPING with the name of the format and the part of the mapping.
 */
#ifndef RCS_MAPPING_JSON_H
#define RCS_MAPPING_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "../read/format.h"

typedef struct RcsCompiler
{
	RcFormat   *format;
	const char *where;			/* part of the mapping, for messages */
} RcsCompiler;

extern void rcs_bad_mapping(const RcsCompiler *compiler, const char *message, const char *hint) pg_attribute_noreturn();
extern void rcs_bad_mapping_status(const RcsCompiler *compiler, const RcStatus *status) pg_attribute_noreturn();

/* Memory of the format. */
extern void *rcs_mapping_allocate(const RcsCompiler *compiler, Size size);
extern RcField rcs_mapping_copy(const RcsCompiler *compiler, const char *text, int length);

/* The value of a key, NULL when the object lacks it. */
extern JsonbValue *rcs_member(JsonbContainer *object, const char *key);

/* Refuses keys outside a NULL-terminated list. */
extern void rcs_check_keys(const RcsCompiler *compiler, JsonbContainer *object, const char *const *allowed);

extern bool rcs_is_array(const JsonbValue *value);
extern JsonbContainer *rcs_need_container(const RcsCompiler *compiler, const JsonbValue *value, bool array, const char *what);
extern RcField rcs_need_text(const RcsCompiler *compiler, const JsonbValue *value, const char *what);
extern int	rcs_need_int(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int low, int high);

/* true or false; a missing key is false. */
extern bool rcs_get_bool(const RcsCompiler *compiler, JsonbContainer *object, const char *key);

/* A text or an array of texts. */
extern RcField *rcs_get_texts(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count);

#endif
