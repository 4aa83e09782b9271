/*
 * import.c - SQL functions that take files in: import_file, import_bytes, import_large_object, detect_format, preview.
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
#include "miscadmin.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "../read/detect.h"
#include "format_catalog.h"
#include "../read/bank.h"
#include "import_rows.h"
#include "source.h"
#include "support.h"

#define SAMPLE_BYTES (1024 * 1024)

/* The first records of a file, copied. */
typedef struct Sample
{
	RcRecord	records[RC_DETECT_RECORDS];
	int			count;
	char		container[16];
	char		encoding[24];
} Sample;

/* What an import function was asked for. */
typedef struct Request
{
	RcsSource  *source;
	const char *format;			/* NULL: recognise */
	const char *shop;
	const char *account;
	const char *merchant;
	const char *encoding;		/* NULL: found */
	MemoryContext context;
} Request;

/* An open reader, closed with its context: libcsv and iconv allocate by malloc. */
typedef struct OpenReader
{
	RcReader   *reader;
	RcAllocator allocator;
	MemoryContextCallback callback;
} OpenReader;

static void
close_reader(void *argument)
{
	OpenReader *open = argument;

	rc_reader_close(open->reader);
	open->reader = NULL;
}

/* Opens a reader whose memory is a child of context; the reader closes when that is deleted. */
static OpenReader *
open_reader(RcsSource *source, const RcReaderOptions *options, MemoryContext context)
{
	MemoryContext memory = AllocSetContextCreate(context, "reconcile reader", ALLOCSET_DEFAULT_SIZES);
	OpenReader *open = MemoryContextAllocZero(context, sizeof(OpenReader));
	RcInput		input = rcs_source_rewind(source);
	RcStatus	status;

	open->allocator = rcs_allocator(memory);
	open->callback.func = close_reader;
	open->callback.arg = open;
	MemoryContextRegisterResetCallback(memory, &open->callback);
	rc_status_reset(&status);
	if (rc_reader_open(&open->reader, &input, options, &open->allocator, &status) != RC_OK)
		rcs_raise(&status, rcs_source_name(source));
	return open;
}

static RcReaderOptions
reader_options(const RcFormat *format, const Request *request)
{
	RcReaderOptions options = {
		.encoding = request->encoding,
		/* A table may come as a workbook or packed: those tell themselves by their first bytes. */
		.container = rcs_source_begins(request->source, "PK\003\004", 4) ? NULL : format->container,
		.fallback_encoding = format->encoding,
		.delimiter = format->delimiter,
		.quote = format->quote
	};

	return options;
}

static void pg_attribute_noreturn()
empty_file(const RcsSource *source)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_EMPTY_FILE),
			 errmsg("file \"%s\" is empty", rcs_source_name(source)),
			 errhint("Fetch or export the file again.")));
	pg_unreachable();
}

static char *
copy_bytes(const char *data, size_t length)
{
	char	   *copy = palloc(length + 1);

	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}

/* Reads the first records. */
static Sample *
take_sample(RcsSource *source, const RcReaderOptions *options, MemoryContext context)
{
	OpenReader *open = open_reader(source, options, context);
	Sample	   *sample = palloc0(sizeof(Sample));
	RcRecord	record;
	RcStatus	status;
	RcCode		code;
	size_t		bytes = 0;

	rc_status_reset(&status);
	while (sample->count < RC_DETECT_RECORDS && bytes < SAMPLE_BYTES)
	{
		RcRecord   *copy = &sample->records[sample->count];
		RcField    *fields;

		code = rc_reader_next(open->reader, &record, &status);
		if (code == RC_END)
			break;
		if (code != RC_OK)
			rcs_raise(&status, rcs_source_name(source));
		if (record.section && strcmp(record.section, "statement") == 0)
			continue;
		*copy = record;
		copy->raw = copy_bytes(record.raw, record.raw_length);
		copy->section = NULL;
		fields = palloc(sizeof(RcField) * (record.field_count + 1));
		for (uint32 f = 0; f < record.field_count; f++)
		{
			fields[f].data = copy_bytes(record.fields[f].data, record.fields[f].length);
			fields[f].length = record.fields[f].length;
			bytes += record.fields[f].length;
		}
		copy->fields = fields;
		bytes += record.raw_length;
		sample->count++;
	}
	strlcpy(sample->container, rc_reader_container(open->reader), sizeof(sample->container));
	strlcpy(sample->encoding, rc_reader_encoding(open->reader), sizeof(sample->encoding));
	close_reader(open);
	return sample;
}

/* ---- recognition ---- */

typedef struct Judged
{
	const RcFormat *format;
	RcCandidate candidate;
} Judged;

static int
by_confidence(const void *a, const void *b)
{
	const Judged *x = a;
	const Judged *y = b;

	if (x->candidate.confidence != y->candidate.confidence)
		return x->candidate.confidence > y->candidate.confidence ? -1 : 1;
	return strcmp(x->format->name, y->format->name);
}

/* Judges all formats, best first. The encoding is tried as found; files too short to tell are read again as GB18030, then Big5. */
static Judged *
judge(RcsSource *source, const char *given, MemoryContext context, int *count, char *encoding, size_t encoding_size)
{
	static const char *const fallbacks[] = {NULL, "GB18030", "BIG5"};
	List	   *formats;
	Judged	   *judged;
	ListCell   *cell;
	RcAllocator allocator = rcs_allocator(context);

	SPI_connect();
	formats = rcs_format_load_all(context);
	SPI_finish();
	*count = list_length(formats);
	judged = palloc0(sizeof(Judged) * Max(*count, 1));
	for (int t = 0; t < (int) lengthof(fallbacks); t++)
	{
		RcReaderOptions options = {.encoding = given, .fallback_encoding = fallbacks[t], .quote = '"'};
		Sample	   *sample = take_sample(source, &options, context);
		int			i = 0;

		if (sample->count == 0)
			empty_file(source);
		foreach(cell, formats)
		{
			RcStatus	status;

			CHECK_FOR_INTERRUPTS();
			rc_status_reset(&status);
			judged[i].format = lfirst(cell);
			if (rc_detect(judged[i].format, sample->container, sample->records, sample->count, &allocator, &judged[i].candidate, &status) != RC_OK)
				rcs_raise(&status, rcs_source_name(source));
			i++;
		}
		qsort(judged, *count, sizeof(Judged), by_confidence);
		strlcpy(encoding, sample->encoding, encoding_size);
		if (*count > 0 && judged[0].candidate.confidence > 30)
			break;
		/* Bytes that are valid UTF-8 mean nothing else; a fallback is not even tried then. */
		if (strcmp(sample->encoding, "UTF8") == 0 || strncmp(sample->encoding, "UTF16", 5) == 0)
			break;
	}
	return judged;
}

static const RcFormat *
recognise(RcsSource *source, const char *given, MemoryContext context)
{
	int			count;
	char		encoding[24];
	Judged	   *judged = judge(source, given, context, &count, encoding, sizeof(encoding));
	RcCandidate *candidates = palloc(sizeof(RcCandidate) * Max(count, 1));
	StringInfoData list;
	bool		ambiguous;
	int			chosen;
	int			shown = 0;

	/* Formats made of common words are for files that no format of its own fits. */
	for (int generic = 0; generic < 2; generic++)
	{
		for (int i = 0; i < count; i++)
		{
			candidates[i] = judged[i].candidate;
			if (judged[i].format->generic != (generic == 1))
				candidates[i].confidence = 0;
		}
		chosen = rc_detect_choose(candidates, count, &ambiguous);
		if (chosen >= 0)
			return judged[chosen].format;
		if (ambiguous)
			break;
	}
	initStringInfo(&list);
	for (int i = 0; i < count && shown < 3; i++)
	{
		if (judged[i].candidate.confidence <= 0)
			continue;
		appendStringInfo(&list, "%s%s (%d %%: %s)", shown ? ", " : "", judged[i].format->name, judged[i].candidate.confidence, judged[i].candidate.reason);
		shown++;
	}
	ereport(ERROR,
			(errcode(ambiguous ? RCS_ERRCODE_AMBIGUOUS_FORMAT : RCS_ERRCODE_UNKNOWN_FORMAT),
			 ambiguous ? errmsg("file \"%s\" fits more than one format", rcs_source_name(source)) :
			 errmsg("file \"%s\" is of no known format", rcs_source_name(source)),
			 shown ? errdetail("Candidates: %s.", list.data) : 0,
			 errhint(ambiguous ? "Name the format in the call." : "Name the format in the call, or describe a new one with define_format().")));
	return NULL;
}

/* ---- shop and account ---- */

typedef struct Owner
{
	int32		id;
	char	   *code;
	char	   *currency;
	pg_tz	   *zone;
	bool		daily;
	int32		lag;
} Owner;

static int64
spi_int(const char *query, int count, Oid *types, Datum *values, const char *nulls)
{
	bool		null;
	Datum		result;

	if (SPI_execute_with_args(query, count, types, values, nulls, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "query failed: %s", query);
	result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
	return null ? 0 : SPI_gettypeid(SPI_tuptable->tupdesc, 1) == INT8OID ? DatumGetInt64(result) : DatumGetInt32(result);
}

static void pg_attribute_noreturn()
owner_needed(bool is_shop, const char *file_name, const char *known)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_SHOP_NEEDED),
			 errmsg("file \"%s\": the %s must be named", file_name, is_shop ? "shop" : "account"),
			 known ? errhint("Give %s => one of: %s.", is_shop ? "shop" : "account", known) :
			 errhint("There is none yet: %s adds one.", is_shop ? "add_shop()" : "add_account()")));
	pg_unreachable();
}

/* The shop or account whose file this is. Within SPI; results live in context. */
static Owner
find_owner(const Request *request, const RcFormat *format, int32 merchant_id)
{
	bool		is_shop = format->target->owner == RC_OWNER_SHOP;
	const char *code = is_shop ? request->shop : request->account;
	Oid			types[3] = {INT4OID, TEXTOID, TEXTOID};
	Datum		values[3] = {Int32GetDatum(merchant_id), (Datum) 0, (Datum) 0};
	char		nulls[4] = "   ";
	MemoryContext caller;
	Owner		owner = {0};
	HeapTuple	tuple;
	TupleDesc	descriptor;
	char	   *zone;
	bool		null;

	if (code)
	{
		values[1] = CStringGetTextDatum(code);
		owner.id = (int32) spi_int(is_shop ? "SELECT reconcile.shop_id($1, $2)" : "SELECT reconcile.account_id($1, $2)", 2, types, values, nulls);
	}
	else
	{
		uint64		count;

		values[2] = format->platform ? CStringGetTextDatum(format->platform) : (Datum) 0;
		nulls[1] = 'n';
		nulls[2] = format->platform ? ' ' : 'n';
		if (is_shop)
		{
			/* The only shop of the platform; else the only shop. */
			SPI_execute_with_args("SELECT s.shop_id FROM reconcile.shop AS s JOIN reconcile.platform AS p USING (platform_id)"
								  " WHERE s.merchant_id = $1 AND p.code = $3 AND $2 IS NULL", 3, types, values, nulls, false, 2);
			if (SPI_processed != 1)
				SPI_execute_with_args("SELECT s.shop_id FROM reconcile.shop AS s WHERE s.merchant_id = $1", 1, types, values, nulls, false, 2);
		}
		else
			SPI_execute_with_args("SELECT a.account_id FROM reconcile.account AS a WHERE a.merchant_id = $1", 1, types, values, nulls, false, 2);
		count = SPI_processed;
		if (count != 1)
		{
			char	   *known;

			SPI_execute_with_args(is_shop ? "SELECT pg_catalog.string_agg(s.code, ', ' ORDER BY s.code) FROM reconcile.shop AS s WHERE s.merchant_id = $1" :
								  "SELECT pg_catalog.string_agg(a.code, ', ' ORDER BY a.code) FROM reconcile.account AS a WHERE a.merchant_id = $1",
								  1, types, values, nulls, false, 1);
			known = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
			owner_needed(is_shop, rcs_source_name(request->source), known);
		}
		owner.id = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	}
	types[1] = INT4OID;
	values[1] = Int32GetDatum(owner.id);
	nulls[1] = ' ';
	if (SPI_execute_with_args(is_shop ? "SELECT code, currency, time_zone, payout = 'daily', payout_lag_days FROM reconcile.shop WHERE merchant_id = $1 AND shop_id = $2" :
							  "SELECT code, currency, time_zone, false, 0 FROM reconcile.account WHERE merchant_id = $1 AND account_id = $2",
							  2, types, values, nulls, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "%s %d is missing", is_shop ? "shop" : "account", owner.id);
	tuple = SPI_tuptable->vals[0];
	descriptor = SPI_tuptable->tupdesc;
	caller = MemoryContextSwitchTo(request->context);
	owner.code = SPI_getvalue(tuple, descriptor, 1);
	owner.currency = SPI_getvalue(tuple, descriptor, 2);
	zone = SPI_getvalue(tuple, descriptor, 3);
	owner.daily = DatumGetBool(SPI_getbinval(tuple, descriptor, 4, &null));
	owner.lag = DatumGetInt32(SPI_getbinval(tuple, descriptor, 5, &null));
	MemoryContextSwitchTo(caller);
	owner.zone = pg_tzset(zone);
	if (!owner.zone)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of %s \"%s\" is not known to the server", zone, is_shop ? "shop" : "account", owner.code)));
	return owner;
}

/* ---- the import ---- */

#define RESULT_COLUMNS 10

/* Returns the earlier import of the same bytes, if there is one. */
static bool
find_known(const Request *request, const RcFormat *format, int32 merchant_id, const Owner *owner, const uint8 *digest, Datum *values, bool *nulls)
{
	bool		is_shop = format->target->owner == RC_OWNER_SHOP;
	Oid			types[4] = {INT4OID, BYTEAOID, TEXTOID, INT4OID};
	Datum		arguments[4];
	bytea	   *hash = palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	MemoryContext caller;

	SET_VARSIZE(hash, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	memcpy(VARDATA(hash), digest, PG_SHA256_DIGEST_LENGTH);
	arguments[0] = Int32GetDatum(merchant_id);
	arguments[1] = PointerGetDatum(hash);
	arguments[2] = CStringGetTextDatum(format->name);
	arguments[3] = Int32GetDatum(owner->id);
	if (SPI_execute_with_args(is_shop ?
							  "SELECT import_id, file_name, format, encoding, rows_read, 0::bigint, rows_read, 0::bigint, control_total, 'known'::text FROM reconcile.import"
							  " WHERE merchant_id = $1 AND sha256 = $2 AND format = $3 AND shop_id = $4 AND status <> 'undone'" :
							  "SELECT import_id, file_name, format, encoding, rows_read, 0::bigint, rows_read, 0::bigint, control_total, 'known'::text FROM reconcile.import"
							  " WHERE merchant_id = $1 AND sha256 = $2 AND format = $3 AND account_id = $4 AND status <> 'undone'",
							  4, types, arguments, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "earlier imports cannot be read");
	if (SPI_processed == 0)
		return false;
	caller = MemoryContextSwitchTo(request->context);
	for (int i = 0; i < RESULT_COLUMNS; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(SPI_tuptable->tupdesc, i);

		values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i]);
		if (!nulls[i])
			values[i] = datumCopy(values[i], attribute->attbyval, attribute->attlen);
	}
	MemoryContextSwitchTo(caller);
	return true;
}

/* One import at a time for a shop or account: the second of two sessions with one file finds the first one's batch. */
static void
lock_owner(int32 merchant_id, bool is_shop, int32 owner_id)
{
	struct
	{
		char		what[24];
		int32		merchant_id;
		int32		is_shop;
		int32		owner_id;
	}			key = {"reconcile.import", merchant_id, is_shop, owner_id};

	DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum((int64) rc_hash64(&key, sizeof(key))));
}

/* What the file says of itself, as jsonb text. */
static char *
control_json(const RcFormat *format, const RcMapping *mapping)
{
	StringInfoData text;
	int			written = 0;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (int i = 0; i < format->capture_count; i++)
	{
		RcField		value = rc_mapping_captured(mapping, format->capture_names[i]);

		if (!value.data)
			continue;
		if (written++)
			appendStringInfoChar(&text, ',');
		escape_json(&text, format->capture_names[i]);
		appendStringInfoChar(&text, ':');
		escape_json(&text, pnstrdup(value.data, value.length));
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

static Datum
decimal_numeric(RcDecimal value)
{
	return NumericGetDatum(int64_div_fast_to_numeric(value.digits, value.scale));
}

/* Writes the import's own rows and the audit log. Within SPI. */
static void
write_import(const Request *request, RcsLoad *load, const uint8 *digest, const char *encoding, const char *container, Datum total, bool has_total, TimestampTz started)
{
	bool		is_shop = load->format->target->owner == RC_OWNER_SHOP;
	Oid			types[17] = {INT4OID, INT8OID, TEXTOID, INT8OID, BYTEAOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID,
	INT8OID, INT8OID, INT8OID, INT8OID, NUMERICOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[17];
	char		nulls[18] = "                 ";
	bytea	   *hash = palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH);

	SET_VARSIZE(hash, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	memcpy(VARDATA(hash), digest, PG_SHA256_DIGEST_LENGTH);
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = Int64GetDatum(load->import_id);
	values[2] = CStringGetTextDatum(load->file_name);
	values[3] = Int64GetDatum(rcs_source_size(request->source));
	values[4] = PointerGetDatum(hash);
	values[5] = CStringGetTextDatum(load->format->name);
	values[6] = CStringGetTextDatum(container);
	values[7] = CStringGetTextDatum(encoding);
	values[8] = values[9] = Int32GetDatum(load->owner_id);
	nulls[is_shop ? 9 : 8] = 'n';
	values[10] = Int64GetDatum(load->rows_read);
	values[11] = Int64GetDatum(load->rows_imported);
	values[12] = Int64GetDatum(load->rows_known);
	values[13] = Int64GetDatum(load->rows_rejected);
	values[14] = total;
	nulls[14] = has_total ? ' ' : 'n';
	values[15] = CStringGetTextDatum(control_json(load->format, load->mapping));
	values[16] = TimestampTzGetDatum(started);
	if (SPI_execute_with_args("INSERT INTO reconcile.import (merchant_id, import_id, file_name, byte_size, sha256, format, container, encoding, shop_id, account_id,"
							  " rows_read, rows_imported, rows_known, rows_rejected, control_total, control, currency, status, started_at, finished_at)"
							  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb,"
							  " coalesce((SELECT currency FROM reconcile.shop WHERE merchant_id = $1 AND shop_id = $9),"
							  "  (SELECT currency FROM reconcile.account WHERE merchant_id = $1 AND account_id = $10)),"
							  " 'imported', $17, pg_catalog.clock_timestamp())",
							  17, types, values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "the import cannot be recorded");
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
	{
		const RcsRange *range = rcs_load_range(load, r);
		Oid			range_types[6] = {INT4OID, INT8OID, TEXTOID, INT8OID, INT8OID, INT8OID};
		Datum		range_values[6] = {values[0], values[1], CStringGetTextDatum(rcs_relation_names[r]),
		Int64GetDatum(range->first_id), Int64GetDatum(range->last_id), Int64GetDatum(range->count)};

		if (range->count > 0 &&
			SPI_execute_with_args("INSERT INTO reconcile.import_range (merchant_id, import_id, relation, first_id, last_id, row_count) VALUES ($1, $2, $3, $4, $5, $6)",
								  6, range_types, range_values, NULL, false, 0) != SPI_OK_INSERT)
			elog(ERROR, "the ids of the import cannot be recorded");
	}
	{
		Oid			audit_types[6] = {TEXTOID, INT8OID, TEXTOID, INT8OID, INT8OID, INT8OID};
		Datum		audit_values[6] = {values[2], values[1], values[5], values[11], values[12], values[13]};

		if (SPI_execute_with_args("SELECT reconcile.audit('import', $1, pg_catalog.jsonb_build_object('import_id', $2, 'format', $3,"
								  " 'imported', $4, 'known', $5, 'rejected', $6))", 6, audit_types, audit_values, NULL, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "the audit log cannot be written");
	}
}

/*
 * A file of a bank names the account of each entry. The account given in the call takes one account only; without it each goes to
 * the account whose account_no it is.
 */
static void
turn_to_account(RcsLoad *load, const Request *request, RcField account)
{
	char	   *number;

	if (account.length == 0 ||
		(load->statement_account && strlen(load->statement_account) == account.length && memcmp(load->statement_account, account.data, account.length) == 0))
		return;
	number = MemoryContextStrdup(load->context, pnstrdup(account.data, account.length));
	if (request->account)
	{
		if (load->statement_account)
			ereport(ERROR,
					(errcode(RCS_ERRCODE_SHOP_NEEDED),
					 errmsg("file \"%s\" holds statements of several accounts: %s, %s", load->file_name, load->statement_account, number),
					 errhint("Give each account its account_no with add_account() and import without account: lines then go where they belong.")));
	}
	else
	{
		Oid			types[2] = {INT4OID, TEXTOID};
		Datum		values[2] = {Int32GetDatum(load->merchant_id), CStringGetTextDatum(number)};
		bool		null;

		SPI_connect();
		if (SPI_execute_with_args("SELECT account_id, currency FROM reconcile.account WHERE merchant_id = $1"
								  " AND pg_catalog.translate(account_no, ' -/.', '') = pg_catalog.translate($2, ' -/.', '')", 2, types, values, NULL, true, 2) != SPI_OK_SELECT)
			elog(ERROR, "accounts cannot be read");
		if (SPI_processed == 1)
		{
			load->owner_id = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
			load->currency = MemoryContextStrdup(load->context, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2));
			lock_owner(load->merchant_id, false, load->owner_id);
		}
		else if (load->statement_account)
			ereport(ERROR,
					(errcode(RCS_ERRCODE_SHOP_NEEDED),
					 errmsg("file \"%s\" holds statements of several accounts, and %s is the account_no of none", load->file_name, number),
					 errhint("Give each account its account_no with add_account(): lines then go where they belong.")));
		SPI_finish();
	}
	load->statement_account = number;
}

/* Reads the whole file into the tables. */
static void
read_rows(RcsLoad *load, const Request *request, OpenReader *open, const char *file_name)
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
			turn_to_account(load, request, record.fields[RC_ENTRY_ACCOUNT]);
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
run_import(const Request *request, Datum *values, bool *nulls)
{
	TimestampTz started = GetCurrentTimestamp();
	const char *file_name = rcs_source_name(request->source);
	Oid			types[1] = {TEXTOID};
	Datum		arguments[1] = {CStringGetTextDatum(request->merchant)};
	RcsLoad	   *load = palloc0(sizeof(RcsLoad));
	const RcFormat *format;
	RcReaderOptions options;
	Sample	   *sample;
	OpenReader *open;
	Owner		owner;
	RcAllocator *allocator = palloc(sizeof(RcAllocator));
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	RcStatus	status;
	RcDecimal	total;
	bool		is_shop;

	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("imports need a database with encoding UTF8")));
	SPI_connect();
	load->merchant_id = (int32) spi_int("SELECT reconcile.merchant_id($1)", 1, types, arguments, NULL);
	format = request->format ? rcs_format_load(request->format, request->context) : NULL;
	SPI_finish();
	if (rcs_source_size(request->source) == 0)
		empty_file(request->source);
	if (!format)
		format = recognise(request->source, request->encoding, request->context);
	is_shop = format->target->owner == RC_OWNER_SHOP;
	SPI_connect();
	owner = find_owner(request, format, load->merchant_id);
	SPI_finish();
	lock_owner(load->merchant_id, is_shop, owner.id);
	rcs_source_digest(request->source, digest);
	SPI_connect();
	if (find_known(request, format, load->merchant_id, &owner, digest, values, nulls))
	{
		SPI_finish();
		ereport(NOTICE,
				(errmsg("file \"%s\" was imported before, nothing is added", file_name)));
		return;
	}
	load->import_id = spi_int("SELECT pg_catalog.nextval('reconcile.import_import_id_seq'::pg_catalog.regclass)", 0, NULL, NULL, NULL);
	SPI_finish();

	load->file_name = file_name;
	load->format = format;
	load->owner_id = owner.id;
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
	options = reader_options(format, request);
	if (rc_mapping_set_currency(load->mapping, owner.currency, &status) != RC_OK)
		rcs_raise(&status, file_name);
	if (format->decimal_count > 1)
	{
		sample = take_sample(request->source, &options, request->context);
		if (rc_mapping_choose_style(load->mapping, sample->records, sample->count, &status) != RC_OK)
			rcs_raise(&status, file_name);
	}
	open = open_reader(request->source, &options, request->context);
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
		if (total.scale < rc_currency_exponent(owner.currency, 3) &&
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
	write_import(request, load, digest, rc_reader_encoding(open->reader), rc_reader_container(open->reader), values[8], true, started);
	SPI_finish();
	close_reader(open);
}

/* ---- SQL ---- */

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
	Request		request = {.source = source};
	TupleDesc	descriptor;
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {false};
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
PG_FUNCTION_INFO_V1(reconcile_detect_format);
PG_FUNCTION_INFO_V1(reconcile_natural_key);

extern PGDLLEXPORT Datum reconcile_import_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_import_bytes(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_import_large_object(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum reconcile_detect_format(PG_FUNCTION_ARGS);
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

/* reconcile_detect_format(content) says which formats the content may be of, best first. */
Datum
reconcile_detect_format(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context,
				caller;
	RcsSource  *source;
	Judged	   *judged;
	int			count;
	char		encoding[24];

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("content must be given")));
	context = AllocSetContextCreate(CurrentMemoryContext, "reconcile detect", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	source = rcs_source_bytes(PG_GETARG_BYTEA_PP(0), "content");
	if (rcs_source_size(source) == 0)
		empty_file(source);
	judged = judge(source, NULL, context, &count, encoding, sizeof(encoding));
	for (int i = 0; i < count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		if (judged[i].candidate.confidence <= 0)
			continue;
		values[0] = CStringGetTextDatum(judged[i].format->name);
		values[1] = Int32GetDatum(judged[i].candidate.confidence);
		values[2] = CStringGetTextDatum(encoding);
		values[3] = CStringGetTextDatum(judged[i].candidate.reason);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
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
