/*
 * import_statement.c - bank statements: as the container states them, or summed up from the lines of a table.
 */
#include "import_parts.h"

#include "utils/date.h"

#include "../read/bank.h"

typedef struct RcsBankTotals
{
	int64		count;
	int32		opened_on,
				closed_on;
	int32		first_on,
				last_on;
	int64		line_no;
	char		currency[4];
	RcDecimal	sum;
	bool		has_balance;	/* so far every line */
	bool		forward,
				backward;		/* the balances run with or against the order of the lines */
	RcDecimal	first_balance,
				first_amount,
				last_balance,
				last_amount;
} BankTotals;

void
rcs_begin_bank_totals(RcsLoad *load)
{
	load->bank = MemoryContextAllocZero(load->context, sizeof(BankTotals));
}

void
rcs_add_bank_totals(RcsLoad *load, const RcRow *row, const RcRecord *record)
{
	BankTotals *bank = load->bank;
	int32		day = rc_days(&row->values[RC_BANK_BOOKED_ON].time);
	RcDecimal	amount = row->values[RC_BANK_AMOUNT].number;
	bool		has_balance = row->values[RC_BANK_BALANCE].text != NULL;
	RcDecimal	balance = row->values[RC_BANK_BALANCE].number;

	if (bank->count++ == 0)
	{
		bank->opened_on = bank->closed_on = bank->first_on = day;
		bank->line_no = (int64) record->line;
		memcpy(bank->currency, row->values[RC_BANK_CURRENCY].text, 3);
		bank->has_balance = has_balance;
		bank->forward = bank->backward = true;
		bank->first_balance = balance;
		bank->first_amount = amount;
	}
	else
	{
		bank->opened_on = Min(bank->opened_on, day);
		bank->closed_on = Max(bank->closed_on, day);
		bank->has_balance = bank->has_balance && has_balance;
		if (bank->has_balance)
		{
			/* forward: the balance before + this amount = this balance; backward: this balance + the amount above = the balance above */
			bank->forward = bank->forward && rcs_adds_up(load, bank->last_balance, amount, balance);
			bank->backward = bank->backward && rcs_adds_up(load, balance, bank->last_amount, bank->last_balance);
		}
	}
	bank->last_on = day;
	bank->last_amount = amount;
	bank->last_balance = balance;
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
	RcField		part;
	char	   *text;
	RcDecimal	opening = {0, 0},
				closing = {0, 0};
	bool		forward;

	if (bank->count == 0)
		return;
	sink = rcs_open_relation(load, RCS_BANK_STATEMENT);
	memset(nulls, true, sizeof(nulls));
	load->scratch_used = 0;
	/* Balances that fit the other way round by chance do not count against the days. */
	bank->forward = bank->forward && bank->first_on <= bank->last_on;
	bank->backward = bank->backward && bank->first_on >= bank->last_on;
	forward = bank->forward == bank->backward ? bank->first_on <= bank->last_on : bank->forward;
	if (bank->has_balance)
	{
		RcDecimal	minus = forward ? bank->first_amount : bank->last_amount;

		minus.digits = -minus.digits;
		opening = forward ? bank->first_balance : bank->last_balance;
		rcs_add_exact(load, &opening, minus);
		closing = forward ? bank->last_balance : bank->first_balance;
	}
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("account_id", Int32GetDatum(load->owner_id));
	SET("opened_on", DateADTGetDatum(bank->opened_on));
	SET("closed_on", DateADTGetDatum(bank->closed_on));
	SET("currency", rcs_make_text(load, bank->currency, 3));
	SET("line_count", Int64GetDatum(bank->count));
	SET("line_sum", rcs_make_numeric(load, bank->sum));
	if (bank->has_balance)
	{
		SET("opening_balance", rcs_make_numeric(load, opening));
		SET("closing_balance", rcs_make_numeric(load, closing));
		SET("balanced", BoolGetDatum((bank->count == 1 || bank->forward || bank->backward) && rcs_adds_up(load, opening, bank->sum, closing)));
	}
#undef SET
	text = psprintf("%d %d %lld %lld/%d %lld/%d %lld/%d", bank->opened_on, bank->closed_on, (long long) bank->count,
					(long long) bank->sum.digits, bank->sum.scale, (long long) opening.digits, opening.scale, (long long) closing.digits, closing.scale);
	part = (RcField) {text, (uint32_t) strlen(text)};
	key = rcs_hash_parts(load->owner_id, &part, 1);
	rcs_sink_add(sink, rcs_sink_form(sink, key, bank->line_no, values, nulls), key, bank->line_no);
	rcs_sink_resolve(sink);
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
	static const RcField zero = {"0", 1};

	load->has_statements = true;
	if (record->field_count < RC_STATEMENT_FIELDS)
		elog(ERROR, "a statement has %u fields", record->field_count);
	sink = rcs_open_relation(load, RCS_BANK_STATEMENT);
	if (rcs_sink_full(sink))
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
	rcs_sink_add(sink, rcs_sink_form(sink, key, (int64) record->line, values, nulls), key, (int64) record->line);
}
