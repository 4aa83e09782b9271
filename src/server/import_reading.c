/*
 * import_reading.c - a file on its way in: what an import and a preview do alike.
 */
#include "import_reading.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "../read/bank.h"
#include "format_catalog.h"
#include "preview.h"
#include "progress.h"
#include "recognise.h"
#include "support.h"

#define RECORDS_BETWEEN_LOOKS 1024	/* at interrupts and memory; progress is reported as often */
#define BYTES_A_ROW 80			/* of an export, about */

const RcFormat *
rcs_incoming_format(RcsRequest *request, const char **why)
{
	const RcFormat *format;

	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("imports need a database with encoding UTF8")));
	if (rcs_source_size(request->source) == 0)
		rcs_empty_file(request->source);
	if (!request->format)
		return rcs_recognise(request, why);
	SPI_connect();
	format = rcs_format_load(request->format, request->context);
	SPI_finish();
	return format;
}

/* Whether the rows of a format become payouts beside lines. */
static bool
reports_payouts(const RcFormat *format)
{
	for (int l = 0; l < format->line_count; l++)
		if (format->lines[l].target == &rc_target_payout && format->target != &rc_target_payout)
			return true;
	return false;
}

RcsIncoming *
rcs_incoming_open(const RcsRequest *request, const RcFormat *format)
{
	RcsIncoming *incoming = palloc0(sizeof(RcsIncoming));
	RcsLoad    *load = palloc0(sizeof(RcsLoad));
	RcAllocator *allocator = palloc(sizeof(RcAllocator));
	Oid			types[1] = {TEXTOID};
	Datum		arguments[1] = {CStringGetTextDatum(request->merchant)};
	RcsOwner   *owner = &incoming->owner;
	RcStatus	status;

	SPI_connect();
	load->merchant_id = (int32) rcs_spi_int("SELECT reconcile.merchant_id($1)", 1, types, arguments, NULL);
	*owner = rcs_find_owner(request, format, load->merchant_id);
	SPI_finish();
	load->file_name = rcs_source_name(request->source);
	load->format = format;
	load->owner_id = owner->id;
	load->shop_id = owner->shop_id;
	load->account_id = load->file_account_id = owner->account_id;
	load->owner_code = owner->code;
	load->currency = owner->currency;
	load->zone = owner->zone;
	/* What a file reports is not made up. */
	load->daily_payouts = owner->daily && !reports_payouts(format);
	load->payout_lag_days = owner->lag;
	load->expected_rows = (uint64) rcs_source_size(request->source) / BYTES_A_ROW;
	load->context = AllocSetContextCreate(request->context, "reconcile load", ALLOCSET_DEFAULT_SIZES);
	rc_status_reset(&status);
	*allocator = rcs_allocator(request->context);
	if (rc_mapping_create(&load->mapping, format, allocator, &status) != RC_OK ||
		(owner->currency && rc_mapping_set_currency(load->mapping, owner->currency, &status) != RC_OK))
		rcs_raise(&status, load->file_name);
	incoming->request = request;
	incoming->load = load;
	return incoming;
}

/* Opens the reader; where the format leaves the decimal mark open, a sample decides. */
static void
begin_reading(RcsIncoming *incoming)
{
	const RcsRequest *request = incoming->request;
	RcsLoad    *load = incoming->load;
	RcReaderOptions options = rcs_reader_options(load->format, request);
	RcStatus	status;

	if (load->format->decimal_count > 1)
	{
		RcsSample  *sample = rcs_take_sample(request->source, &options, request->context, &status);

		if (!sample || rc_mapping_choose_style(load->mapping, sample->records, sample->count, &status) != RC_OK)
			rcs_raise(&status, load->file_name);
	}
	incoming->reader = rcs_open_reader(request->source, &options, request->context, &status);
	if (!incoming->reader)
		rcs_raise(&status, load->file_name);
}

static void
show_progress(const RcsIncoming *incoming)
{
	uint64		done = rcs_source_position(incoming->request->source);
	uint64		total = rcs_source_size(incoming->request->source);

	rc_reader_progress(incoming->reader->reader, &done, &total);
	rcs_progress_set(RCS_PROGRESS_BYTES_DONE, (int64) done);
	rcs_progress_set(RCS_PROGRESS_BYTES_TOTAL, (int64) total);
	rcs_progress_set(RCS_PROGRESS_ROWS_DONE, incoming->load->rows_read);
	rcs_progress_set(RCS_PROGRESS_ROWS_REJECTED, incoming->load->rows_rejected);
}

static void
take_record(RcsIncoming *incoming, const RcRecord *record)
{
	RcsLoad    *load = incoming->load;
	RcStatus	status;

	if (record->section && strcmp(record->section, "statement") == 0)
	{
		rcs_turn_to_account(load, incoming->request, record->fields[RC_STATEMENT_ACCOUNT]);
		rcs_load_statement(load, record);
		return;
	}
	/* Announced, not booked: it comes again as an entry. */
	if (record->section && strcmp(record->section, "expected") == 0)
		return;
	if (record->section && strcmp(record->section, "entry") == 0)
		rcs_turn_to_account(load, incoming->request, record->fields[RC_ENTRY_ACCOUNT]);
	rc_status_reset(&status);
	switch (rc_mapping_take(load->mapping, record, &status))
	{
		case RC_TAKEN_NOTHING:
			break;
		case RC_TAKEN_ROWS:
			rcs_load_rows(load, record, false);
			break;
		case RC_TAKEN_SUMMARY:
			rcs_load_rows(load, record, true);
			break;
		case RC_TAKEN_BAD_ROW:
			rcs_load_reject(load, record, &status);
			break;
		case RC_TAKEN_FAILURE:
			rcs_raise(&status, load->file_name);
	}
}

void
rcs_incoming_read(RcsIncoming *incoming)
{
	RcsLoad    *load = incoming->load;
	RcRecord	record;
	RcStatus	status;
	RcCode		code;
	uint64		records = 0;
	MemoryContext row_context;
	MemoryContext caller;

	begin_reading(incoming);
	row_context = AllocSetContextCreate(load->context, "reconcile row", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(row_context);
	while ((code = rc_reader_next(incoming->reader->reader, &record, &status)) == RC_OK)
	{
		if ((++records % RECORDS_BETWEEN_LOOKS) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(row_context);
			show_progress(incoming);
		}
		take_record(incoming, &record);
		if (load->preview && !rcs_preview_wants_more(load))
			break;
	}
	if (code != RC_OK && code != RC_END)
		rcs_raise(&status, load->file_name);
	if (records == 0)
		rcs_empty_file(incoming->request->source);
	if (code == RC_END && rc_mapping_finish(load->mapping, &status) != RC_OK)
		rcs_raise(&status, load->file_name);
	show_progress(incoming);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(row_context);
}
