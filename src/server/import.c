/*
 * import.c - SQL functions that take files in: import_file, import_bytes, import_large_object.
 *
 * All of an import happens in the caller's transaction: whatever goes wrong, nothing of the file is kept.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "import_files.h"
#include "import_reading.h"
#include "import_record.h"
#include "period.h"
#include "progress.h"
#include "support.h"

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

/* Identifiers that are not what they look like are kept, since they are what the platform wrote; but nobody would find out why they do not match. */
static void
warn_of_invisible(const RcsLoad *load)
{
	RcStatus	first;
	uint64_t	rows = rc_mapping_invisible(load->mapping, &first);

	if (rows > 0)
		ereport(WARNING,
				(errmsg_plural("file \"%s\": an identifier of %llu row holds characters that cannot be seen",
							   "file \"%s\": identifiers of %llu rows hold characters that cannot be seen",
							   rows, load->file_name, (unsigned long long) rows),
				 errdetail("First %s.", rcs_place(&first)),
				 errhint("They are kept as they are; strip them in the source or by \"strip\" in the mapping if they do not belong there.")));
}

/* What a container cannot read, such as an investment statement between bank statements, does not go unnoticed. */
static void
warn_of_left_out(const RcReader *reader, const char *file_name)
{
	uint64_t	line;
	const char *what = rc_reader_left_out(reader, &line);

	if (what)
		ereport(WARNING,
				(errmsg("file \"%s\": %s is left out", file_name, what),
				 errdetail("line %llu.", (unsigned long long) line),
				 errhint("The rest of the file is imported.")));
}

/* What the file states as its total, else the sum of its rows. */
static Datum
control_total(const RcsLoad *load, const RcsOwner *owner)
{
	RcDecimal	sum = rcs_load_sum(load);
	RcDecimal	total;
	RcStatus	status;
	int64		digits;
	int			scale = owner->currency ? rc_currency_exponent(owner->currency, 3) : 0;

	if (!rc_mapping_stated_total(load->mapping, &total))
		total = sum;
	else if (total.scale < scale && rc_rescale(total, scale, &digits, &status) == RC_OK)
		total = (RcDecimal) {digits, scale};	/* as many decimals as the currency has */
	return NumericGetDatum(int64_div_fast_to_numeric(total.digits, total.scale));
}

/* Imports one file. */
static bool
take_file(RcsRequest *request, ReturnSetInfo *result, const char **why, void *argument)
{
	TimestampTz started = GetCurrentTimestamp();
	const char *file_name = rcs_source_name(request->source);
	const RcFormat *format = rcs_incoming_format(request, why);
	RcsIncoming *incoming;
	RcsLoad    *load;
	const RcReader *reader;
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	Datum		values[RCS_IMPORT_COLUMNS];
	bool		nulls[RCS_IMPORT_COLUMNS] = {false};

	if (!format)
		return false;
	incoming = rcs_incoming_open(request, format);
	load = incoming->load;
	rcs_progress_start(RCS_PROGRESS_IMPORT, load->merchant_id, file_name);
	rcs_progress_set(RCS_PROGRESS_BYTES_TOTAL, rcs_source_size(request->source));
	SPI_connect();
	load->has_closed = rcs_hold_periods(load->merchant_id, &load->closed_through);
	SPI_finish();
	/* A file of the merchant that is said to be a shop's waits for the shop's other files: they share customers. */
	rcs_lock_owner(load->merchant_id, incoming->owner.shop_id ? RC_OWNER_SHOP : format->target->owner, incoming->owner.id);
	rcs_source_digest(request->source, digest);
	SPI_connect();
	if (rcs_find_known(request, format, load->merchant_id, &incoming->owner, digest, values, nulls))
	{
		SPI_finish();
		rcs_progress_end();
		/* as it is called now */
		values[1] = CStringGetTextDatum(file_name);
		ereport(NOTICE,
				(errmsg("file \"%s\" was imported before, nothing is added", file_name)));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		return true;
	}
	load->import_id = rcs_spi_int("SELECT pg_catalog.nextval('reconcile.import_import_id_seq'::pg_catalog.regclass)", 0, NULL, NULL, NULL);
	SPI_finish();

	rcs_progress_phase(RCS_IMPORT_READING, 0);
	rcs_load_begin(load);
	rcs_incoming_read(incoming);
	rcs_source_check_size(request->source);
	rcs_load_finish(load);
	check_rejections(load);
	rcs_report_closed(load, why != NULL);
	warn_of_invisible(load);
	warn_of_left_out(incoming->reader->reader, file_name);
	if (load->rows_read == 0)
		ereport(NOTICE, (errmsg("file \"%s\" holds no rows", file_name)));

	reader = incoming->reader->reader;
	values[0] = Int64GetDatum(load->import_id);
	values[1] = CStringGetTextDatum(file_name);
	values[2] = CStringGetTextDatum(format->name);
	values[3] = CStringGetTextDatum(rc_reader_encoding(reader));
	values[4] = Int64GetDatum(load->rows_read);
	values[5] = Int64GetDatum(load->rows_imported);
	values[6] = Int64GetDatum(load->rows_known);
	values[7] = Int64GetDatum(load->rows_rejected);
	values[8] = control_total(load, &incoming->owner);
	values[9] = CStringGetTextDatum("imported");
	SPI_connect();
	rcs_write_import(request, load, digest, rc_reader_encoding(reader), rc_reader_container(reader), values[8], started);
	rcs_load_report(load);
	SPI_finish();
	rcs_close_reader(incoming->reader);
	rcs_progress_end();
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return true;
}

static void
leave_out(const RcsRequest *request, ReturnSetInfo *result, const char *why)
{
	Datum		values[RCS_IMPORT_COLUMNS];
	bool		nulls[RCS_IMPORT_COLUMNS];

	memset(nulls, true, sizeof(nulls));
	values[1] = CStringGetTextDatum(rcs_source_name(request->source));
	values[9] = CStringGetTextDatum("unrecognised");
	nulls[1] = nulls[9] = false;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static const RcsFileWork import_work = {take_file, leave_out, NULL};

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
	rcs_each_file(fcinfo, rcs_argument_file(fcinfo), 1, &import_work);
	return (Datum) 0;
}

/* reconcile_import_bytes(content, file_name, format, shop, account, merchant, encoding) takes in bytes. */
Datum
reconcile_import_bytes(PG_FUNCTION_ARGS)
{
	rcs_each_file(fcinfo, rcs_argument_bytes(fcinfo), 2, &import_work);
	return (Datum) 0;
}

/* reconcile_import_large_object(content, file_name, format, shop, account, merchant, encoding) takes in a large object. */
Datum
reconcile_import_large_object(PG_FUNCTION_ARGS)
{
	rcs_each_file(fcinfo, rcs_argument_large_object(fcinfo), 2, &import_work);
	return (Datum) 0;
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
