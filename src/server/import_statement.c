/*
 * import_statement.c - bank statements: as the container states them, or summed up from the lines of a table.
 */
#include "import_parts.h"

#include "utils/date.h"

#include "../read/bank.h"
#include "support.h"

typedef struct RcsBankTotals
{
	int64		count;
	int32		opened_on,
				closed_on;
	int64		line_no;
	char		currency[4];
	RcDecimal	sum;
	RcRunning  *running;
	RcAllocator allocator;
} BankTotals;

void
rcs_begin_bank_totals(RcsLoad *load)
{
	load->bank = MemoryContextAllocZero(load->context, sizeof(BankTotals));
	load->bank->allocator = rcs_allocator(load->context);
	load->bank->running = rc_running_create(&load->bank->allocator);
	if (!load->bank->running)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

void
rcs_add_bank_totals(RcsLoad *load, const RcRow *row, const RcRecord *record)
{
	BankTotals *bank = load->bank;
	int32		day = rc_days(&row->values[RC_BANK_BOOKED_ON].time);
	RcDecimal	amount = row->values[RC_BANK_AMOUNT].number;
	const RcValue *balance = &row->values[RC_BANK_BALANCE];
	RcStatus	status;

	if (bank->count++ == 0)
	{
		bank->opened_on = bank->closed_on = day;
		bank->line_no = (int64) record->line;
		memcpy(bank->currency, row->values[RC_BANK_CURRENCY].text, 3);
	}
	bank->opened_on = Min(bank->opened_on, day);
	bank->closed_on = Max(bank->closed_on, day);
	if (memcmp(bank->currency, row->values[RC_BANK_CURRENCY].text, 3) != 0)
		rc_running_distrust(bank->running);
	rc_status_reset(&status);
	if (rc_running_add(bank->running, record->line, day, amount, balance->text ? &balance->number : NULL, &status) != RC_OK)
	{
		status.line = record->line;
		rcs_raise(&status, load->file_name);
	}
	rcs_add_exact(load, &bank->sum, amount);
}

void
rcs_write_statement(RcsLoad *load)
{
	BankTotals *bank = load->bank;
	RcsSink    *sink;
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	RcHash128	key;
	RcsEntry   *entry;
	RcField		part;
	char	   *text;
	RcRunningResult result;

	if (bank->count == 0)
		return;
	rc_running_finish(bank->running, &result);
	sink = rcs_open_relation(load, RCS_BANK_STATEMENT);
	memset(nulls, true, sizeof(nulls));
	load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("account_id", Int32GetDatum(load->owner_id));
	SET("opened_on", DateADTGetDatum(bank->opened_on));
	SET("closed_on", DateADTGetDatum(bank->closed_on));
	SET("currency", rcs_make_text(load, bank->currency, 3));
	SET("line_count", Int64GetDatum(bank->count));
	SET("line_sum", rcs_make_numeric(load, bank->sum));
	if (result.trusted)
	{
		SET("opening_balance", rcs_make_numeric(load, result.opening));
		SET("closing_balance", rcs_make_numeric(load, result.closing));
		rcs_note_running(load);
		for (size_t h = 0; h < result.hole_count; h++)
			rcs_note_hole(load, &result.holes[h]);
	}
	if (result.stated)
		SET("balanced", BoolGetDatum(result.trusted && result.hole_count == 0));
#undef SET
	text = psprintf("%d %d %lld %lld/%d %lld/%d %lld/%d", bank->opened_on, bank->closed_on, (long long) bank->count,
					(long long) bank->sum.digits, bank->sum.scale, (long long) result.opening.digits, result.opening.scale,
					(long long) result.closing.digits, result.closing.scale);
	part = (RcField) {text, (uint32_t) strlen(text)};
	key = rcs_hash_parts(load->owner_id, &part, 1);
	entry = rcs_sink_add(sink, rcs_sink_form(sink, key, bank->line_no, values, nulls), key, bank->line_no);
	entry->closed_day = rcs_day_is_closed(load, RCS_BANK_STATEMENT, values, nulls);
	rcs_sink_resolve(sink);
	/* Its lines were told. */
	rcs_refuse_closed(load, sink);
	rcs_sink_write(sink);
}

/* Sets a date column of a statement from YYYY-MM-DD; what is no such day stays null. */
static void
set_statement_date(RcsSink *sink, const char *column, RcField text, Datum *values, bool *nulls)
{
	RcDateTime	day;
	RcStatus	status;

	rc_status_reset(&status);
	if (text.length > 0 && rc_parse_datetime(text.data, text.length, "iso", &day, &status) == RC_OK)
	{
		values[rcs_sink_column(sink, column)] = DateADTGetDatum(rc_days(&day));
		nulls[rcs_sink_column(sink, column)] = false;
	}
}

static void
set_statement_amount(RcsLoad *load, RcsSink *sink, const char *column, RcField text, Datum *values, bool *nulls)
{
	static const RcNumberStyle style = {.decimal_mark = '.'};
	RcDecimal	amount;
	RcStatus	status;

	rc_status_reset(&status);
	if (text.length > 0 && rc_parse_decimal(text.data, text.length, &style, &amount, &status) == RC_OK)
	{
		values[rcs_sink_column(sink, column)] = rcs_make_numeric(load, amount);
		nulls[rcs_sink_column(sink, column)] = false;
	}
}

void
rcs_load_statement(RcsLoad *load, const RcRecord *record)
{
	const RcField *fields = record->fields;
	RcsSink    *sink;
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	RcHash128	key;
	RcsEntry   *entry;
	static const RcField zero = {"0", 1};

	load->has_statements = true;
	if (record->field_count < RC_STATEMENT_FIELDS)
		elog(ERROR, "a statement has %u fields", record->field_count);
	sink = rcs_open_relation(load, RCS_BANK_STATEMENT);
	if (rcs_sink_full(sink) && !load->preview)
		rcs_flush_lines(load, RCS_BANK_STATEMENT, false);
	memset(nulls, true, sizeof(nulls));
	load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("account_id", Int32GetDatum(load->owner_id));
	if (fields[RC_STATEMENT_NO].length > 0)
		SET("statement_no", rcs_make_text(load, fields[RC_STATEMENT_NO].data, fields[RC_STATEMENT_NO].length));
	SET("currency", fields[RC_STATEMENT_CURRENCY].length == 3 ? rcs_make_text(load, fields[RC_STATEMENT_CURRENCY].data, 3)
		: rcs_make_text(load, load->currency, 3));
	SET("line_count", Int64GetDatum(strtoll(pnstrdup(fields[RC_STATEMENT_ENTRY_COUNT].data, fields[RC_STATEMENT_ENTRY_COUNT].length), NULL, 10)));
	if (fields[RC_STATEMENT_BALANCED].length > 0)
		SET("balanced", BoolGetDatum(fields[RC_STATEMENT_BALANCED].data[0] == 't'));
#undef SET
	set_statement_amount(load, sink, "line_sum", fields[RC_STATEMENT_ENTRY_SUM].length > 0 ? fields[RC_STATEMENT_ENTRY_SUM] : zero, values, nulls);
	set_statement_date(sink, "opened_on", fields[RC_STATEMENT_OPENING_ON], values, nulls);
	set_statement_date(sink, "closed_on", fields[RC_STATEMENT_CLOSING_ON], values, nulls);
	set_statement_amount(load, sink, "opening_balance", fields[RC_STATEMENT_OPENING_BALANCE], values, nulls);
	set_statement_amount(load, sink, "closing_balance", fields[RC_STATEMENT_CLOSING_BALANCE], values, nulls);
	/* Known by all that it states but the flag. */
	key = rcs_hash_parts(load->owner_id, fields, RC_STATEMENT_BALANCED);
	entry = rcs_sink_add(sink, rcs_sink_form(sink, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->closed_day = rcs_day_is_closed(load, RCS_BANK_STATEMENT, values, nulls);
}
