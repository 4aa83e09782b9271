/*
 * mapping_compile.h - the parts of a mapping, compiled into an RcFormat.
 */
#ifndef RCS_MAPPING_COMPILE_H
#define RCS_MAPPING_COMPILE_H

#include "mapping_json.h"

/* A column: a name, an array of alternative names, or a position. */
extern int	rcs_compile_column(const RcsCompiler *compiler, const JsonbValue *value, const char *what);

/* One column or an array of them, each of which may be an array of alternative names. */
extern int *rcs_compile_columns(const RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count);

/* {"column": value or values, "!column": ..}: every one must hold; names may be alternatives divided by "|". */
extern RcWhen rcs_compile_when(const RcsCompiler *compiler, const JsonbValue *value, const char *what);

extern const RcRegex *rcs_compile_regex(const RcsCompiler *compiler, const JsonbValue *value);

/* Where a value comes from and how it is read. */
extern void rcs_compile_expression(const RcsCompiler *compiler, const JsonbValue *value, RcExpression *expression);

/* An object of field names and expressions; skip: keys that are no fields; given: which were there, or NULL for the format's own fields. */
extern void rcs_compile_fields(RcsCompiler *compiler, JsonbContainer *object, const RcTarget *target, const char *const *skip, RcExpression *fields,
							   bool *given);

/* The "lines" that a row becomes. */
extern RcLine *rcs_compile_lines(RcsCompiler *compiler, const JsonbValue *value, const char *what, int *count);

/* What stands around the rows: each sets its part of the format. */
extern void rcs_compile_place(RcsCompiler *compiler, JsonbContainer *mapping);
extern void rcs_compile_preamble(const RcsCompiler *compiler, const JsonbValue *value);
extern void rcs_compile_trailers(const RcsCompiler *compiler, const JsonbValue *value);
extern void rcs_compile_checks(RcsCompiler *compiler, const JsonbValue *value);
extern void rcs_compile_summary(RcsCompiler *compiler, const JsonbValue *value);
extern void rcs_compile_keys(const RcsCompiler *compiler, const JsonbValue *value);

#endif
