/*
 * import_owner.c - whose file it is: the shop or account named in the call, the only one there is, or the one that a bank's file names.
 */
#include "import_owner.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "../base/hash.h"
#include "../read/bank.h"
#include "query.h"
#include "support.h"

int64
rcs_spi_int(const char *query, int count, Oid *types, Datum *values, const char *nulls)
{
	bool		null;
	Datum		result;

	if (SPI_execute_with_args(query, count, types, values, nulls, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "query failed: %s", query);
	result = rcs_cell(0, 1, &null);
	return null ? 0 : SPI_gettypeid(SPI_tuptable->tupdesc, 1) == INT8OID ? DatumGetInt64(result) : DatumGetInt32(result);
}

/* The account that a bank writes as number, and its currency; 0 when it is the account_no of none or of several. Within SPI. */
static int32
account_of(int32 merchant_id, const char *number, const char **currency)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2] = {Int32GetDatum(merchant_id), CStringGetTextDatum(number)};
	bool		null;

	/* As the bank writes it: with blanks or without, some with the currency behind it, some with the bank's number and a slash before it. */
	if (SPI_execute_with_args("SELECT account_id, currency FROM (SELECT account_id, currency, pg_catalog.translate(account_no, ' -/.', '') AS kept,"
							  " pg_catalog.translate($2, ' -/.', '') AS whole, pg_catalog.translate(pg_catalog.regexp_replace($2, '^.*/', ''), ' -.', '') AS local"
							  " FROM reconcile.account WHERE merchant_id = $1) AS a"
							  " WHERE pg_catalog.upper(kept) IN (pg_catalog.upper(whole), pg_catalog.upper(local)) OR kept || currency IN (whole, local)",
							  2, types, values, NULL, true, 2) != SPI_OK_SELECT)
		elog(ERROR, "accounts cannot be read");
	if (SPI_processed != 1)
		return 0;
	*currency = rcs_cell_text(0, 2);
	return DatumGetInt32(rcs_cell(0, 1, &null));
}

/* The first account that the file itself names; NULL when it names none. */
static const char *
first_account(const RcsRequest *request, const RcFormat *format)
{
	RcReaderOptions options = rcs_reader_options(format, request);
	RcStatus	status;
	RcsReader  *open = rcs_open_reader(request->source, &options, request->context, &status);
	RcRecord	record;
	const char *number = NULL;

	if (!open)
		rcs_raise(&status, rcs_source_name(request->source));
	/* The header comes first; a table has no sections. */
	while (rc_reader_next(open->reader, &record, &status) == RC_OK && record.section && !number)
	{
		if ((strcmp(record.section, "entry") == 0 || strcmp(record.section, "statement") == 0) && record.fields[RC_ENTRY_ACCOUNT].length > 0)
			number = pnstrdup(record.fields[RC_ENTRY_ACCOUNT].data, record.fields[RC_ENTRY_ACCOUNT].length);
	}
	rcs_close_reader(open);
	return number;
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

static pg_tz *
zone_of(const char *zone, const char *owner)
{
	pg_tz	   *result = pg_tzset(zone);

	if (!result)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of %s is not known to the server", zone, owner)));
	return result;
}

/* A file of the merchant: of the shop or account named in the call, where one is; its currency and zone, else those that all of them share. */
static RcsOwner
merchant_owner(const RcsRequest *request, int32 merchant_id)
{
	Oid			types[3] = {INT4OID, TEXTOID, INT4OID};
	Datum		values[3] = {Int32GetDatum(merchant_id), (Datum) 0, (Datum) 0};
	RcsOwner	owner = {0};
	MemoryContext caller;
	char	   *zone;

	if (request->shop)
	{
		values[1] = CStringGetTextDatum(request->shop);
		owner.shop_id = (int32) rcs_spi_int("SELECT reconcile.shop_id($1, $2)", 2, types, values, NULL);
	}
	if (request->account)
	{
		values[1] = CStringGetTextDatum(request->account);
		owner.account_id = (int32) rcs_spi_int("SELECT reconcile.account_id($1, $2)", 2, types, values, NULL);
	}
	owner.id = owner.shop_id ? owner.shop_id : -owner.account_id;
	types[1] = INT4OID;
	values[1] = Int32GetDatum(owner.shop_id);
	values[2] = Int32GetDatum(owner.account_id);
	if (SPI_execute_with_args("SELECT CASE WHEN min(currency) = max(currency) THEN min(currency) END, CASE WHEN min(time_zone) = max(time_zone) THEN min(time_zone) ELSE 'UTC' END"
							  " FROM (SELECT currency, time_zone FROM reconcile.shop WHERE merchant_id = $1 AND (shop_id = $2 OR $2 = 0 AND $3 = 0)"
							  "  UNION ALL SELECT currency, time_zone FROM reconcile.account WHERE merchant_id = $1 AND $2 = 0 AND (account_id = $3 OR $3 = 0)) AS x",
							  3, types, values, NULL, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "shops and accounts cannot be read");
	caller = MemoryContextSwitchTo(request->context);
	owner.code = pstrdup("");
	owner.currency = rcs_cell_text(0, 1);
	zone = rcs_cell_text(0, 2);
	MemoryContextSwitchTo(caller);
	owner.zone = zone_of(zone ? zone : "UTC", "the merchant");
	return owner;
}

/* The shop or account whose file this is. Within SPI; results live in context. */
RcsOwner
rcs_find_owner(const RcsRequest *request, const RcFormat *format, int32 merchant_id)
{
	bool		is_shop = format->target->owner == RC_OWNER_SHOP;
	const char *code = is_shop ? request->shop : request->account;
	Oid			types[3] = {INT4OID, TEXTOID, TEXTOID};
	Datum		values[3] = {Int32GetDatum(merchant_id), (Datum) 0, (Datum) 0};
	char		nulls[4] = "   ";
	MemoryContext caller;
	RcsOwner	owner = {0};
	HeapTuple	tuple;
	TupleDesc	descriptor;
	char	   *zone;
	bool		null;

	if (format->target->owner == RC_OWNER_MERCHANT)
		return merchant_owner(request, merchant_id);
	if (code)
	{
		values[1] = CStringGetTextDatum(code);
		owner.id = (int32) rcs_spi_int(is_shop ? "SELECT reconcile.shop_id($1, $2)" : "SELECT reconcile.account_id($1, $2)", 2, types, values, nulls);
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
		if (count == 1)
			owner.id = DatumGetInt32(rcs_cell(0, 1, &null));
		else if (!is_shop && count > 1)
		{
			const char *number = first_account(request, format);
			const char *currency;

			if (number)
				owner.id = account_of(merchant_id, number, &currency);
		}
		if (owner.id == 0)
		{
			char	   *known;

			SPI_execute_with_args(is_shop ? "SELECT pg_catalog.string_agg(s.code, ', ' ORDER BY s.code) FROM reconcile.shop AS s WHERE s.merchant_id = $1" :
								  "SELECT pg_catalog.string_agg(a.code, ', ' ORDER BY a.code) FROM reconcile.account AS a WHERE a.merchant_id = $1",
								  1, types, values, nulls, false, 1);
			known = rcs_cell_text(0, 1);
			owner_needed(is_shop, rcs_source_name(request->source), known);
		}
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
	owner.zone = zone_of(zone, psprintf("%s \"%s\"", is_shop ? "shop" : "account", owner.code));
	if (is_shop)
		owner.shop_id = owner.id;
	else
		owner.account_id = owner.id;
	return owner;
}

/* One import at a time for a shop or account: the second of two sessions with one file finds the first one's batch. */
void
rcs_lock_owner(int32 merchant_id, RcOwner kind, int32 owner_id)
{
	struct
	{
		char		what[24];
		int32		merchant_id;
		int32		kind;
		int32		owner_id;
	}			key = {"reconcile.import", merchant_id, kind, owner_id};

	DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum((int64) rc_hash64(&key, sizeof(key))));
}

/*
 * A file of a bank names the account of each entry. The account given in the call takes one account only; without it each goes to
 * the account whose account_no it is.
 */
void
rcs_turn_to_account(RcsLoad *load, const RcsRequest *request, RcField account)
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
		const char *currency;
		int32		account_id;
		RcStatus	status;

		SPI_connect();
		account_id = account_of(load->merchant_id, number, &currency);
		if (account_id > 0)
		{
			load->owner_id = load->account_id = account_id;
			load->currency = MemoryContextStrdup(load->context, currency);
			if (!load->preview)
				rcs_lock_owner(load->merchant_id, RC_OWNER_ACCOUNT, account_id);
			rc_status_reset(&status);
			if (rc_mapping_set_currency(load->mapping, load->currency, &status) != RC_OK)
				rcs_raise(&status, load->file_name);
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
