/*
 * import_record.c - the import's own rows: import, import_range and the audit log; and whether the same bytes were taken in before.
 */
#include "import_record.h"

#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* Returns the earlier import of the same bytes, if there is one. */
bool
rcs_find_known(const RcsRequest *request, const RcFormat *format, int32 merchant_id, const RcsOwner *owner, const uint8 *digest, Datum *values, bool *nulls)
{
	Oid			types[5] = {INT4OID, BYTEAOID, TEXTOID, INT4OID, INT4OID};
	Datum		arguments[5];
	bytea	   *hash = palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	MemoryContext caller;

	SET_VARSIZE(hash, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	memcpy(VARDATA(hash), digest, PG_SHA256_DIGEST_LENGTH);
	arguments[0] = Int32GetDatum(merchant_id);
	arguments[1] = PointerGetDatum(hash);
	arguments[2] = CStringGetTextDatum(format->name);
	arguments[3] = Int32GetDatum(owner->shop_id);
	arguments[4] = Int32GetDatum(owner->account_id);
	if (SPI_execute_with_args("SELECT import_id, file_name, format, encoding, rows_read, 0::bigint, rows_read - rows_rejected, rows_rejected, control_total, 'known'::text FROM reconcile.import"
							  " WHERE merchant_id = $1 AND sha256 = $2 AND format = $3 AND coalesce(shop_id, 0) = $4 AND coalesce(account_id, 0) = $5 AND status <> 'undone'"
							  " AND NOT readable_again",
							  5, types, arguments, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "earlier imports cannot be read");
	if (SPI_processed == 0)
		return false;
	caller = MemoryContextSwitchTo(request->context);
	for (int i = 0; i < RCS_IMPORT_COLUMNS; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(SPI_tuptable->tupdesc, i);

		values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i]);
		if (!nulls[i])
			values[i] = datumCopy(values[i], attribute->attbyval, attribute->attlen);
	}
	MemoryContextSwitchTo(caller);
	return true;
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

/* Writes the import's own rows and the audit log. Within SPI. */
void
rcs_write_import(const RcsRequest *request, RcsLoad *load, const uint8 *digest, const char *encoding, const char *container, Datum total, TimestampTz started)
{
	Oid			types[19] = {INT4OID, INT8OID, TEXTOID, INT8OID, BYTEAOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID,
	INT8OID, INT8OID, INT8OID, INT8OID, NUMERICOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, INT8OID};
	Datum		values[19];
	char		nulls[20] = "                   ";
	RcStatus	first;
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
	values[8] = Int32GetDatum(load->shop_id);
	values[9] = Int32GetDatum(load->file_account_id);
	nulls[8] = load->shop_id == 0 ? 'n' : ' ';
	nulls[9] = load->file_account_id == 0 ? 'n' : ' ';
	values[10] = Int64GetDatum(load->rows_read);
	values[11] = Int64GetDatum(load->rows_imported);
	values[12] = Int64GetDatum(load->rows_known);
	values[13] = Int64GetDatum(load->rows_rejected);
	values[14] = total;
	values[15] = CStringGetTextDatum(control_json(load->format, load->mapping));
	values[16] = TimestampTzGetDatum(started);
	values[17] = load->currency ? CStringGetTextDatum(load->currency) : (Datum) 0;
	nulls[17] = load->currency ? ' ' : 'n';
	values[18] = Int64GetDatum((int64) rc_mapping_invisible(load->mapping, &first));
	if (SPI_execute_with_args("INSERT INTO reconcile.import (merchant_id, import_id, file_name, byte_size, sha256, format, container, encoding, shop_id, account_id,"
							  " rows_read, rows_imported, rows_known, rows_rejected, rows_flagged, control_total, control, currency, status, started_at, finished_at)"
							  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $19, $15, $16::jsonb,"
							  " $18, 'imported', $17, pg_catalog.clock_timestamp())",
							  19, types, values, nulls, false, 0) != SPI_OK_INSERT)
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
