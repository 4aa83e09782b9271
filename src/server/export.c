/*
 * export.c - reports as documents.
 *
 * reconcile.report_plan() turns a report and its parameters into a query and the words around it; here the query runs through a scrollable cursor,
 * twice where the format wants to see all rows before it writes the first, in batches, so that memory does not grow with the rows.
 */
#include "export.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "settings.h"
#include "support.h"

PG_FUNCTION_INFO_V1(reconcile_export_xlsx);
PG_FUNCTION_INFO_V1(reconcile_export_pdf);
PG_FUNCTION_INFO_V1(reconcile_export_csv);
PG_FUNCTION_INFO_V1(reconcile_export_html);
PG_FUNCTION_INFO_V1(reconcile_export_file);
extern PGDLLEXPORT Datum reconcile_export_xlsx(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_export_pdf(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_export_csv(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_export_html(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_export_file(PG_FUNCTION_ARGS);

#define BATCH_ROWS 500

static const char *const standard_fonts[] = {
	"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
	"/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc",
	"/usr/share/fonts/wqy-zenhei-fonts/wqy-zenhei.ttc",
	"/usr/local/share/fonts/wqy-zenhei.ttc"
};

/* What report_plan() said, in memory that lasts for the export. */
typedef struct ReportPlan
{
	RcTable		table;
	char	   *query;
	Datum		arguments;		/* text[] */
} ReportPlan;

/* Frees what the rendering library holds when the export's memory goes, however that comes about. */
static void
close_document(void *argument)
{
	RcDocument **document = argument;

	rc_document_close(*document);
	*document = NULL;
}

/* Text in the server's encoding as UTF-8, which is what src/render speaks. */
static char *
to_utf8(const char *text, size_t length, size_t *result_length)
{
	char	   *converted = pg_server_to_any(text, (int) length, PG_UTF8);

	*result_length = converted == text ? length : strlen(converted);
	return converted;
}

static char *
word(Datum value)
{
	char	   *plain = TextDatumGetCString(value);
	size_t		length;

	return to_utf8(plain, strlen(plain), &length);
}

static Datum
plan_value(const char *name, bool *is_null)
{
	int			column = SPI_fnumber(SPI_tuptable->tupdesc, name);
	Datum		value;

	if (column <= 0)
		elog(ERROR, "report_plan() has no column %s", name);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, is_null);
	return value;
}

static Datum *
plan_array(const char *name, Oid type, int *count)
{
	bool		is_null;
	Datum		value = plan_value(name, &is_null);
	Datum	   *elements;

	*count = 0;
	if (is_null)
		return NULL;
	if (type == BOOLOID)
		deconstruct_array(DatumGetArrayTypePCopy(value), BOOLOID, 1, true, TYPALIGN_CHAR, &elements, NULL, count);
	else
		deconstruct_array(DatumGetArrayTypePCopy(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, count);
	return elements;
}

static RcColumnType
column_type(const char *name)
{
	static const struct
	{
		const char *name;
		RcColumnType type;
	}			types[] = {
		{"text", RC_COLUMN_TEXT},
		{"integer", RC_COLUMN_INTEGER},
		{"amount", RC_COLUMN_AMOUNT},
		{"percent", RC_COLUMN_PERCENT},
		{"date", RC_COLUMN_DATE},
		{"time", RC_COLUMN_TIME}
	};

	for (size_t i = 0; i < lengthof(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	elog(ERROR, "report column type \"%s\" is not known", name);
}

static Oid
sql_type(RcColumnType type)
{
	switch (type)
	{
		case RC_COLUMN_INTEGER:
			return INT8OID;
		case RC_COLUMN_AMOUNT:
		case RC_COLUMN_PERCENT:
			return NUMERICOID;
		case RC_COLUMN_DATE:
			return DATEOID;
		case RC_COLUMN_TIME:
			return TIMESTAMPOID;
		case RC_COLUMN_TEXT:
			break;
	}
	return TEXTOID;
}

/* Local time as microseconds since 2000-01-01. */
static int64
local_now(void)
{
	return DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())));
}

/* Asks report_plan(); results in the current memory context of the caller. Inside SPI. */
static void
make_plan(ReportPlan *plan, MemoryContext memory, const char *report, Jsonb *parameters, const char *language)
{
	Oid			types[] = {TEXTOID, JSONBOID, TEXTOID};
	Datum		values[] = {
		report ? CStringGetTextDatum(report) : (Datum) 0,
		parameters ? JsonbPGetDatum(parameters) : (Datum) 0,
		language ? CStringGetTextDatum(language) : (Datum) 0
	};
	char		nulls[] = {report ? ' ' : 'n', parameters ? ' ' : 'n', language ? ' ' : 'n', '\0'};
	MemoryContext before;
	RcColumn   *columns;
	Datum	   *titles,
			   *kinds,
			   *totals,
			   *wraps,
			   *labels,
			   *subtitles;
	int			count,
				label_count,
				subtitle_count,
				other;
	bool		is_null;
	Datum		value;

	if (SPI_execute_with_args("SELECT * FROM reconcile.report_plan($1, coalesce($2, '{}'), $3)", 3, types, values, nulls, true, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "report_plan() gave no row");

	before = MemoryContextSwitchTo(memory);
	memset(plan, 0, sizeof(*plan));
	plan->query = TextDatumGetCString(plan_value("query", &is_null));
	value = plan_value("arguments", &is_null);
	plan->arguments = PointerGetDatum(DatumGetArrayTypePCopy(value));
	plan->table.title = word(plan_value("title", &is_null));

	titles = plan_array("titles", TEXTOID, &count);
	kinds = plan_array("types", TEXTOID, &other);
	totals = plan_array("totals", BOOLOID, &other);
	wraps = plan_array("wraps", BOOLOID, &other);
	labels = plan_array("labels", TEXTOID, &label_count);
	subtitles = plan_array("subtitles", TEXTOID, &subtitle_count);
	if (label_count != 5)
		elog(ERROR, "report_plan() gave %d labels", label_count);
	plan->table.label_page = word(labels[0]);
	plan->table.label_total = word(labels[1]);
	plan->table.label_summary = word(labels[2]);
	plan->table.label_rows = word(labels[3]);
	plan->table.label_empty = word(labels[4]);
	if (subtitle_count > 0)
	{
		const char **lines = palloc(sizeof(char *) * subtitle_count);

		for (int i = 0; i < subtitle_count; i++)
			lines[i] = word(subtitles[i]);
		plan->table.subtitles = lines;
		plan->table.subtitle_count = subtitle_count;
	}
	value = plan_value("currency_column", &is_null);
	plan->table.currency_column = is_null ? -1 : DatumGetInt32(value);
	value = plan_value("group_column", &is_null);
	plan->table.group_column = is_null ? -1 : DatumGetInt32(value);
	columns = palloc0(sizeof(RcColumn) * count);
	for (int i = 0; i < count; i++)
	{
		columns[i].title = word(titles[i]);
		columns[i].type = column_type(TextDatumGetCString(kinds[i]));
		columns[i].currency_column = plan->table.currency_column;
		columns[i].total = DatumGetBool(totals[i]);
		columns[i].wrap = DatumGetBool(wraps[i]);
	}
	plan->table.columns = columns;
	plan->table.column_count = count;
	MemoryContextSwitchTo(before);
}

/* The font of the setting, or the first standard one that is there. */
static const char *
find_font(void)
{
	struct stat file;

	if (rcs_pdf_font && rcs_pdf_font[0] != '\0')
		return rcs_pdf_font;
	for (size_t i = 0; i < lengthof(standard_fonts); i++)
		if (stat(standard_fonts[i], &file) == 0 && S_ISREG(file.st_mode))
			return standard_fonts[i];
	return standard_fonts[0];
}

static void
fill_cell(RcCell *cell, RcColumnType type, Datum value, bool is_null)
{
	text	   *packed;
	char	   *number;

	*cell = (RcCell) {.is_null = is_null};
	if (is_null)
		return;
	switch (type)
	{
		case RC_COLUMN_TEXT:
			packed = DatumGetTextPP(value);
			cell->text = to_utf8(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed), &cell->length);
			break;
		case RC_COLUMN_INTEGER:
			cell->value = DatumGetInt64(value);
			break;
		case RC_COLUMN_AMOUNT:
		case RC_COLUMN_PERCENT:
			number = DatumGetCString(DirectFunctionCall1(numeric_out, value));
			rc_table_amount(cell, number, strlen(number));
			break;
		case RC_COLUMN_DATE:
			cell->value = DatumGetDateADT(value);
			cell->is_null = DATE_NOT_FINITE((DateADT) cell->value);
			break;
		case RC_COLUMN_TIME:
			cell->value = DatumGetTimestamp(value);
			cell->is_null = TIMESTAMP_NOT_FINITE(cell->value);
			break;
	}
}

/* Brings every row of the cursor, from where it stands, to a step of the document. */
static uint64
walk(Portal portal, RcDocument *document, MemoryContext batch, RcCode (*step) (RcDocument *, const RcCell *, RcStatus *))
{
	const RcTable *table = document->table;
	RcCell	   *cells = palloc(sizeof(RcCell) * table->column_count);
	uint64		rows = 0;
	RcStatus	status;

	rc_status_reset(&status);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			MemoryContext before = MemoryContextSwitchTo(batch);

			for (int k = 0; k < table->column_count; k++)
			{
				bool		is_null;
				Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, k + 1, &is_null);

				fill_cell(&cells[k], table->columns[k].type, value, is_null);
			}
			if (step(document, cells, &status) != RC_OK)
				rcs_raise(&status, NULL);
			MemoryContextSwitchTo(before);
			MemoryContextReset(batch);
		}
		rows += SPI_processed;
		SPI_freetuptable(SPI_tuptable);
	}
	pfree(cells);
	return rows;
}

uint64
rcs_export(const char *report, const RcRenderer *renderer, Jsonb *parameters, const char *language, bool byte_order_mark, const RcSink *sink)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "reconcile export", ALLOCSET_DEFAULT_SIZES);
	MemoryContext batch = AllocSetContextCreate(memory, "reconcile export row", ALLOCSET_DEFAULT_SIZES);
	MemoryContextCallback *callback = MemoryContextAllocZero(memory, sizeof(MemoryContextCallback) + sizeof(RcDocument *));
	RcDocument **document = (RcDocument **) (callback + 1);
	RcAllocator allocator = rcs_allocator(memory);
	RcStatus	status;
	ReportPlan	plan;
	Portal		portal;
	Oid			argument_types[] = {TEXTARRAYOID};
	uint64		rows;
	int			settings = NewGUCNestLevel();

	callback->func = close_document;
	callback->arg = document;
	MemoryContextRegisterResetCallback(memory, callback);

	SPI_connect();
	make_plan(&plan, memory, report, parameters, language);

	/* Views that speak, such as the explanations of matches, speak the document's language. */
	if (language)
		(void) set_config_option("reconcile.language", language, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	plan.table.created_at = local_now();
	plan.table.font_path = find_font();
	plan.table.byte_order_mark = byte_order_mark;

	/* One snapshot for both passes: the summary agrees with the rows below it. */
	portal = SPI_cursor_open_with_args(NULL, plan.query, 1, argument_types, &plan.arguments, NULL, true,
									   renderer->measures ? CURSOR_OPT_SCROLL : CURSOR_OPT_NO_SCROLL);
	for (int i = 0; i < plan.table.column_count; i++)
		if (TupleDescAttr(portal->tupDesc, i)->atttypid != sql_type(plan.table.columns[i].type))
			elog(ERROR, "column %d of report \"%s\" has type %u", i + 1, report, TupleDescAttr(portal->tupDesc, i)->atttypid);

	rc_status_reset(&status);
	*document = rc_document_open(renderer, &plan.table, &allocator, sink, &status);
	if (!*document)
		rcs_raise(&status, NULL);
	if (renderer->measures)
	{
		walk(portal, *document, batch, rc_document_measure);
		SPI_scroll_cursor_move(portal, FETCH_ABSOLUTE, 0);
	}
	rows = walk(portal, *document, batch, rc_document_row);
	if (rc_document_finish(*document, &status) != RC_OK)
		rcs_raise(&status, NULL);
	SPI_cursor_close(portal);
	SPI_finish();
	AtEOXact_GUC(true, settings);
	MemoryContextDelete(memory);
	return rows;
}

/* ---- Documents as values --------------------------------------------------------------------------------------------- */

/* A varlena that grows; allocation fails without jumping over the renderer's frames. */
typedef struct Growing
{
	MemoryContext memory;
	char	   *data;			/* with VARHDRSZ bytes before the content */
	Size		length;
	Size		capacity;
} Growing;

static bool
grow(void *context, const void *data, size_t length)
{
	Growing    *growing = context;

	if (length > MaxAllocSize - VARHDRSZ - growing->length)
		return false;
	if (growing->length + length > growing->capacity)
	{
		Size		capacity = Min(Max(growing->capacity * 2, growing->length + length), MaxAllocSize - VARHDRSZ);
		char	   *larger = MemoryContextAllocExtended(growing->memory, capacity + VARHDRSZ, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);

		if (!larger)
			return false;
		memcpy(larger + VARHDRSZ, growing->data + VARHDRSZ, growing->length);
		pfree(growing->data);
		growing->data = larger;
		growing->capacity = capacity;
	}
	memcpy(growing->data + VARHDRSZ + growing->length, data, length);
	growing->length += length;
	return true;
}

/* Arguments report, parameters, language, each of which may be NULL. */
static Growing
export_value(FunctionCallInfo fcinfo, const char *format)
{
	Growing		growing = {.memory = CurrentMemoryContext, .capacity = 65536};
	RcSink		sink = {
		.write = grow,
		.context = &growing,
		.failure = "the document is larger than memory or a value (1 GB) allows",
		.hint = "Narrow the report by its parameters, or write it with export_file()."
	};

	growing.data = palloc(growing.capacity + VARHDRSZ);
	rcs_export(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)), rc_find_renderer(format), PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1),
			   PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)), false, &sink);
	SET_VARSIZE(growing.data, growing.length + VARHDRSZ);
	return growing;
}

static Datum
export_text(FunctionCallInfo fcinfo, const char *format)
{
	Growing		growing = export_value(fcinfo, format);
	char	   *converted = pg_any_to_server(growing.data + VARHDRSZ, (int) growing.length, PG_UTF8);

	if (converted == growing.data + VARHDRSZ)
		PG_RETURN_TEXT_P(growing.data);
	PG_RETURN_TEXT_P(cstring_to_text(converted));
}

Datum
reconcile_export_xlsx(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(export_value(fcinfo, "xlsx").data);
}

Datum
reconcile_export_pdf(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(export_value(fcinfo, "pdf").data);
}

Datum
reconcile_export_csv(PG_FUNCTION_ARGS)
{
	return export_text(fcinfo, "csv");
}

Datum
reconcile_export_html(PG_FUNCTION_ARGS)
{
	return export_text(fcinfo, "html");
}

/* ---- Documents as files ---------------------------------------------------------------------------------------------- */

typedef struct FileSink
{
	int			fd;
	int			error;			/* errno of the write that failed */
	int64		bytes;
} FileSink;

static bool
write_file(void *context, const void *data, size_t length)
{
	FileSink   *file = context;

	while (length > 0)
	{
		ssize_t		written;

		errno = 0;
		written = write(file->fd, data, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
		{
			file->error = errno ? errno : ENOSPC;
			return false;
		}
		data = (const char *) data + written;
		length -= (size_t) written;
		file->bytes += written;
	}
	return true;
}

/* Whether parameters ask to overwrite; takes that parameter out of them, as reports know nothing of it. */
static bool
take_overwrite(Jsonb **parameters)
{
	JsonbValue	key = {.type = jbvString};
	JsonbValue *value;
	bool		overwrite;

	if (!*parameters || !JB_ROOT_IS_OBJECT(*parameters))
		return false;
	key.val.string.val = "overwrite";
	key.val.string.len = (int) strlen("overwrite");
	value = findJsonbValueFromContainer(&(*parameters)->root, JB_FOBJECT, &key);
	if (!value)
		return false;
	if (value->type != jbvBool)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameter \"overwrite\" is neither true nor false")));
	overwrite = value->val.boolean;
	*parameters = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(*parameters), CStringGetTextDatum("overwrite")));
	return overwrite;
}

static const RcRenderer *
file_renderer(const char *path, const char *format)
{
	const RcRenderer *renderer;
	const char *dot = strrchr(path, '.');

	if (!format && dot && !strchr(dot, '/'))
		format = asc_tolower(dot + 1, strlen(dot + 1));
	renderer = format ? rc_find_renderer(format) : NULL;
	if (!renderer)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 format ? errmsg("document format \"%s\" is not known", format) : errmsg("the path \"%s\" does not tell the document's format", path),
				 errhint("Known formats: xlsx, pdf, csv, html.")));
	return renderer;
}

Datum
reconcile_export_file(PG_FUNCTION_ARGS)
{
	char	   *path;
	char	   *temporary;
	const RcRenderer *renderer;
	Jsonb	   *parameters = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
	volatile bool overwrite;
	struct stat target;
	FileSink	file = {.fd = -1};
	RcSink		sink = {.write = write_file, .context = &file};
	mode_t		mask;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the path is null")));
	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write a file on the server"),
				 errhint("It takes membership in pg_write_server_files. Anyone may take the document as a value from export_xlsx(), export_pdf(), export_csv() or export_html().")));
	path = text_to_cstring(PG_GETARG_TEXT_PP(0));
	canonicalize_path(path);
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME), errmsg("the path \"%s\" is not absolute", path)));
	overwrite = take_overwrite(&parameters);
	renderer = file_renderer(path, PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (lstat(path, &target) == 0 && (!overwrite || !S_ISREG(target.st_mode)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FILE),
				 S_ISREG(target.st_mode) ? errmsg("file \"%s\" exists", path) : errmsg("\"%s\" exists and is not a regular file", path),
				 S_ISREG(target.st_mode) ? errhint("Give another path, or parameter {\"overwrite\": true}.") : 0));

	/* Written beside its place and moved there when it is whole: nobody reads half a document. */
	temporary = psprintf("%s.%d.tmp", path, MyProcPid);
	mask = umask(S_IWGRP | S_IWOTH);
	file.fd = OpenTransientFilePerm(temporary, O_CREAT | O_EXCL | O_WRONLY | PG_BINARY, 0666);
	umask(mask);
	if (file.fd < 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", path)));
	PG_TRY();
	{
		rcs_export(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)), renderer, parameters,
				   PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)), true, &sink);
		if (pg_fsync(file.fd) != 0)
			ereport(ERROR, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", path)));
		CloseTransientFile(file.fd);
		file.fd = -1;
		/* Without overwriting a link, not a rename: it fails when somebody else was faster. */
		if (overwrite ? rename(temporary, path) != 0 : link(temporary, path) != 0)
			ereport(ERROR, (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", path)));
		if (!overwrite)
			unlink(temporary);
	}
	PG_CATCH();
	{
		unlink(temporary);
		if (file.error != 0)
		{
			/* The renderer only knows that its sink was full. */
			FlushErrorState();
			errno = file.error;
			ereport(ERROR, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", path)));
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	PG_RETURN_INT64(file.bytes);
}
