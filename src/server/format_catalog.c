/*
 * format_catalog.c - compiles the jsonb mapping of a format.
 *
 * Whatever a mapping says that is not understood is an error whose hint lists what is: a key that is silently ignored would be money read wrongly.
 */
#include "format_catalog.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "mapping_compile.h"
#include "query.h"
#include "support.h"

static const char *const no_keys[] = {NULL};

static const char *const mapping_keys[] = {
	"fields", "lines", "key", "header", "unless", "shape", "comment", "end", "skip", "skip_lines", "decimal", "parentheses", "trailing_sign", "quote", "fill", "sum", "generic",
	"preamble", "trailer", "trailer_required", "summary", "check", "payout_reference", "platform", NULL
};

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
	RcsCompiler	compiler;
	JsonbValue *item;
	RcStatus	status;

	if (!target || target == &rc_target_settlement)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_BAD_MAPPING),
				 errmsg("format \"%s\": unknown target \"%s\"", name, target_name),
				 errhint("Known targets: order, settlement_line, bank_line, payout, shipment, return, receipt, courier_charge, stock_movement, ledger_entry.")));
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
		rcs_bad_mapping(&compiler, "the mapping must be an object", NULL);
	rcs_check_keys(&compiler, &mapping->root, mapping_keys);
	/* Fields first: they give all the names of a column. */
	if (!(item = rcs_member(&mapping->root, "fields")))
		rcs_bad_mapping(&compiler, "the mapping needs \"fields\"", "\"fields\" says for each field of the target which column it comes from.");
	compiler.where = "fields";
	rcs_compile_fields(&compiler, rcs_need_container(&compiler, item, false, "fields"), target, no_keys, format->fields, NULL);
	compiler.where = "mapping";
	rcs_compile_place(&compiler, &mapping->root);
	if ((item = rcs_member(&mapping->root, "lines")))
		format->lines = rcs_compile_lines(&compiler, item, "lines", &format->line_count);
	compiler.where = "check";
	if ((item = rcs_member(&mapping->root, "check")))
		rcs_compile_checks(&compiler, item);
	compiler.where = "preamble";
	if ((item = rcs_member(&mapping->root, "preamble")))
		rcs_compile_preamble(&compiler, item);
	compiler.where = "trailer";
	if ((item = rcs_member(&mapping->root, "trailer")))
		rcs_compile_trailers(&compiler, item);
	compiler.where = "summary";
	if ((item = rcs_member(&mapping->root, "summary")))
		rcs_compile_summary(&compiler, item);
	compiler.where = "key";
	if ((item = rcs_member(&mapping->root, "key")))
		rcs_compile_keys(&compiler, item);
	compiler.where = "fields";
	rc_status_reset(&status);
	if (rc_format_finish(format, &status) != RC_OK)
		rcs_bad_mapping_status(&compiler, &status);
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
		known = rcs_cell_text(0, 1);
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
