/*
 * import.c - SQL functions that take files in: import_file, import_bytes, import_large_object.
 *
 * All of an import happens in the caller's transaction: whatever goes wrong, nothing of the file is kept.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "../read/bank.h"
#include "format_catalog.h"
#include "import_owner.h"
#include "import_reader.h"
#include "import_record.h"
#include "import_rows.h"
#include "recognise.h"
#include "support.h"

static Datum
decimal_numeric(RcDecimal value)
{
	return NumericGetDatum(int64_div_fast_to_numeric(value.digits, value.scale));
}

/* Reads the whole file into the tables. */
static void
read_rows(RcsLoad *load, const RcsRequest *request, RcsReader *open, const char *file_name)
{
	RcRecord	record;
	RcStatus	status;
	RcCode		code;
	uint64		records = 0;
	MemoryContext row_context = AllocSetContextCreate(load->context, "reconcile row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(row_context);

	rc_status_reset(&status);
	while ((code = rc_reader_next(open->reader, &record, &status)) == RC_OK)
	{
		if ((++records & 1023) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(row_context);
		}
		rc_status_reset(&status);
		if (record.section && strcmp(record.section, "statement") == 0)
		{
			rcs_load_statement(load, &record);
			continue;
		}
		/* Announced, not booked: it comes again as an entry. */
		if (record.section && strcmp(record.section, "expected") == 0)
			continue;
		if (record.section && strcmp(record.section, "entry") == 0)
			rcs_turn_to_account(load, request, record.fields[RC_ENTRY_ACCOUNT]);
		switch (rc_mapping_take(load->mapping, &record, &status))
		{
			case RC_TAKEN_NOTHING:
				break;
			case RC_TAKEN_ROWS:
				rcs_load_rows(load, &record, false);
				break;
			case RC_TAKEN_SUMMARY:
				rcs_load_rows(load, &record, true);
				break;
			case RC_TAKEN_BAD_ROW:
				rcs_load_reject(load, &record, &status);
				break;
			case RC_TAKEN_FAILURE:
				rcs_raise(&status, file_name);
		}
	}
	if (code != RC_END)
		rcs_raise(&status, file_name);
	if (records == 0)
		ereport(ERROR, (errcode(RCS_ERRCODE_EMPTY_FILE), errmsg("file \"%s\" is empty", file_name), errhint("Fetch or export the file again.")));
	if (rc_mapping_finish(load->mapping, &status) != RC_OK)
		rcs_raise(&status, file_name);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(row_context);
}

/* An error that says which rows were bad, when none was good. */
static void
check_rejections(const RcsLoad *load)
{
	char	   *place;

	if (load->rows_read == 0 || load->rows_unreadable < load->rows_read)
		return;
	place = rcs_place(&load->first_rejection);
	ereport(ERROR,
			(errcode(RCS_ERRCODE_ALL_REJECTED),
			 errmsg("file \"%s\": none of its %lld rows can be read as %s", load->file_name, (long long) load->rows_read, load->format->name),
			 errdetail("%s: %s.", place ? place : "first row", load->first_rejection.message),
			 errhint("Check that the file is of this format; detect_format() says what it looks like.")));
}

static void
run_import(const RcsRequest *request, Datum *values, bool *nulls)
{
	TimestampTz started = GetCurrentTimestamp();
	const char *file_name = rcs_source_name(request->source);
	Oid			types[1] = {TEXTOID};
	Datum		arguments[1] = {CStringGetTextDatum(request->merchant)};
	RcsLoad	   *load = palloc0(sizeof(RcsLoad));
	const RcFormat *format;
	RcReaderOptions options;
	RcsSample	   *sample;
	RcsReader *open;
	RcsOwner		owner;
	RcAllocator *allocator = palloc(sizeof(RcAllocator));
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	RcStatus	status;
	RcDecimal	total;

	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("imports need a database with encoding UTF8")));
	SPI_connect();
	load->merchant_id = (int32) rcs_spi_int("SELECT reconcile.merchant_id($1)", 1, types, arguments, NULL);
	format = request->format ? rcs_format_load(request->format, request->context) : NULL;
	SPI_finish();
	if (rcs_source_size(request->source) == 0)
		rcs_empty_file(request->source);
	if (!format)
		format = rcs_recognise(request->source, request->encoding, request->context);
	SPI_connect();
	owner = rcs_find_owner(request, format, load->merchant_id);
	SPI_finish();
	/* A file of the merchant that is said to be a shop's waits for the shop's other files: they share customers. */
	rcs_lock_owner(load->merchant_id, owner.shop_id ? RC_OWNER_SHOP : format->target->owner, owner.id);
	rcs_source_digest(request->source, digest);
	SPI_connect();
	if (rcs_find_known(request, format, load->merchant_id, &owner, digest, values, nulls))
	{
		SPI_finish();
		ereport(NOTICE,
				(errmsg("file \"%s\" was imported before, nothing is added", file_name)));
		return;
	}
	load->import_id = rcs_spi_int("SELECT pg_catalog.nextval('reconcile.import_import_id_seq'::pg_catalog.regclass)", 0, NULL, NULL, NULL);
	SPI_finish();

	load->file_name = file_name;
	load->format = format;
	load->owner_id = owner.id;
	load->shop_id = owner.shop_id;
	load->account_id = owner.account_id;
	load->owner_code = owner.code;
	load->currency = owner.currency;
	load->zone = owner.zone;
	load->daily_payouts = owner.daily;
	load->payout_lag_days = owner.lag;
	/* A row of an export has some 80 bytes. */
	load->expected_rows = (uint64) rcs_source_size(request->source) / 80;
	load->context = AllocSetContextCreate(request->context, "reconcile load", ALLOCSET_DEFAULT_SIZES);
	rc_status_reset(&status);
	*allocator = rcs_allocator(request->context);
	if (rc_mapping_create(&load->mapping, format, allocator, &status) != RC_OK)
		rcs_raise(&status, file_name);
	options = rcs_reader_options(format, request);
	if (owner.currency && rc_mapping_set_currency(load->mapping, owner.currency, &status) != RC_OK)
		rcs_raise(&status, file_name);
	if (format->decimal_count > 1)
	{
		sample = rcs_take_sample(request->source, &options, request->context);
		if (rc_mapping_choose_style(load->mapping, sample->records, sample->count, &status) != RC_OK)
			rcs_raise(&status, file_name);
	}
	open = rcs_open_reader(request->source, &options, request->context);
	rcs_load_begin(load);
	read_rows(load, request, open, file_name);
	rcs_source_check_size(request->source);
	rcs_load_finish(load);
	check_rejections(load);
	if (load->rows_read == 0)
		ereport(NOTICE, (errmsg("file \"%s\" holds no rows", file_name)));
	if (!rc_mapping_stated_total(load->mapping, &total))
		total = rcs_load_sum(load);
	else
	{
		int64		digits;

		(void) rcs_load_sum(load);
		/* As many decimals as the currency has. */
		if (owner.currency && total.scale < rc_currency_exponent(owner.currency, 3) &&
			rc_rescale(total, rc_currency_exponent(owner.currency, 3), &digits, &status) == RC_OK)
		{
			total.digits = digits;
			total.scale = rc_currency_exponent(owner.currency, 3);
		}
	}

	values[0] = Int64GetDatum(load->import_id);
	values[1] = CStringGetTextDatum(file_name);
	values[2] = CStringGetTextDatum(format->name);
	values[3] = CStringGetTextDatum(rc_reader_encoding(open->reader));
	values[4] = Int64GetDatum(load->rows_read);
	values[5] = Int64GetDatum(load->rows_imported);
	values[6] = Int64GetDatum(load->rows_known);
	values[7] = Int64GetDatum(load->rows_rejected);
	values[8] = decimal_numeric(total);
	values[9] = CStringGetTextDatum("imported");
	SPI_connect();
	rcs_write_import(request, load, digest, rc_reader_encoding(open->reader), rc_reader_container(open->reader), values[8], started);
	rcs_load_report(load);
	SPI_finish();
	rcs_close_reader(open);
}

static const char *
optional_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static const char *
needed_text(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must be given", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* Runs an import in a context of its own; first: the argument after those that name the content. */
static Datum
import_source(FunctionCallInfo fcinfo, RcsSource *source, int first)
{
	RcsRequest		request = {.source = source};
	TupleDesc	descriptor;
	Datum		values[RCS_IMPORT_COLUMNS];
	bool		nulls[RCS_IMPORT_COLUMNS] = {false};
	HeapTuple	tuple;
	MemoryContext caller = CurrentMemoryContext;

	request.format = optional_text(fcinfo, first);
	request.shop = optional_text(fcinfo, first + 1);
	request.account = optional_text(fcinfo, first + 2);
	request.merchant = needed_text(fcinfo, first + 3, "merchant");
	request.encoding = optional_text(fcinfo, first + 4);
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	request.context = AllocSetContextCreate(caller, "reconcile import", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(request.context);
	run_import(&request, values, nulls);
	rcs_source_close(source);
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(BlessTupleDesc(descriptor), values, nulls);
	MemoryContextDelete(request.context);
	return HeapTupleGetDatum(tuple);
}

PG_FUNCTION_INFO_V1(reconcile_import_file);
PG_FUNCTION_INFO_V1(reconcile_import_bytes);
PG_FUNCTION_INFO_V1(reconcile_import_large_object);
PG_FUNCTION_INFO_V1(reconcile_natural_key);

extern PGDLLEXPORT Datum reconcile_import_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_import_bytes(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_import_large_object(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_natural_key(PG_FUNCTION_ARGS);

/* reconcile_import_file(path, format, shop, account, merchant, encoding) takes in a file of the server. */
Datum
reconcile_import_file(PG_FUNCTION_ARGS)
{
	const char *path = needed_text(fcinfo, 0, "path");

	PG_RETURN_DATUM(import_source(fcinfo, rcs_source_file(path), 1));
}

/* reconcile_import_bytes(content, file_name, format, shop, account, merchant, encoding) takes in bytes. */
Datum
reconcile_import_bytes(PG_FUNCTION_ARGS)
{
	const char *file_name = needed_text(fcinfo, 1, "file_name");

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must be given")));
	PG_RETURN_DATUM(import_source(fcinfo, rcs_source_bytes(PG_GETARG_BYTEA_PP(0), file_name), 2));
}

/* reconcile_import_large_object(content, file_name, format, shop, account, merchant, encoding) takes in a large object. */
Datum
reconcile_import_large_object(PG_FUNCTION_ARGS)
{
	const char *file_name = needed_text(fcinfo, 1, "file_name");

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must be given")));
	PG_RETURN_DATUM(import_source(fcinfo, rcs_source_large_object(PG_GETARG_OID(0), file_name), 2));
}

/* reconcile_natural_key(scope, parts) hashes as rows of files are hashed; a NULL part is an empty one. */
Datum
reconcile_natural_key(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	StringInfoData text;
	char		scope[8];
	Datum	   *parts;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &parts, &nulls, &count);
	initStringInfo(&text);
	rc_key_scope(PG_GETARG_INT64(0), scope);
	appendBinaryStringInfo(&text, scope, 8);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoChar(&text, 0x1F);
		if (!nulls[i])
		{
			struct varlena *part = PG_DETOAST_DATUM_PACKED(parts[i]);

			appendBinaryStringInfo(&text, VARDATA_ANY(part), VARSIZE_ANY_EXHDR(part));
		}
	}
	PG_RETURN_INT64((int64) rc_hash64(text.data, text.len));
}
