/*
 * import_payouts.c - payouts that no file reports: those of a shop that is paid daily, made of its settlement lines.
 */
#include "import_parts.h"

#include <ctype.h>

#include "utils/date.h"

/* What a derived payout is made of. */
typedef struct PayoutDay
{
	char		key[100];		/* settlement_no and currency */
	char		settlement_no[96];
	char		currency[4];
	int32		day;
	int64		line_no;
	RcDecimal	sum;
} PayoutDay;

/* What an entry of a settlement line adds to its payout; lives with the batch. */
typedef struct LineExtra
{
	const char *settlement_no;
	int32		settlement_length;
	int32		day;
	RcDecimal	amount;
	char		currency[4];
} LineExtra;

void
rcs_begin_derived_payouts(RcsLoad *load)
{
	HASHCTL		control = {.keysize = sizeof(((PayoutDay *) NULL)->key), .entrysize = sizeof(PayoutDay), .hcxt = load->context};

	load->payout_days = hash_create("reconcile payout days", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
}

void
rcs_note_payout_part(RcsLoad *load, RcsEntry *entry, const RcRow *row, Datum settlement_no, int32 day)
{
	MemoryContext batch = rcs_sink_batch_context(load->sinks[RCS_SETTLEMENT_LINE]);
	LineExtra  *extra = MemoryContextAlloc(batch, sizeof(LineExtra));
	text	   *number = DatumGetTextPP(settlement_no);
	char	   *copy = MemoryContextAlloc(batch, VARSIZE_ANY_EXHDR(number) + 1);

	memcpy(copy, VARDATA_ANY(number), VARSIZE_ANY_EXHDR(number));
	extra->settlement_no = copy;
	extra->settlement_length = (int32) VARSIZE_ANY_EXHDR(number);
	extra->day = day;
	extra->amount = row->values[row->target->amount].number;
	memcpy(extra->currency, row->values[RC_LINE_CURRENCY].text, 3);
	extra->currency[3] = '\0';
	entry->extra = extra;
}

void
rcs_add_payout_part(RcsLoad *load, const RcsEntry *entry)
{
	const LineExtra *extra = entry->extra;
	char		key[sizeof(((PayoutDay *) NULL)->key)];
	PayoutDay  *day;
	bool		found;

	snprintf(key, sizeof(key), "%.*s %s", Min(extra->settlement_length, 95), extra->settlement_no, extra->currency);
	day = hash_search(load->payout_days, key, HASH_ENTER, &found);
	if (!found)
	{
		snprintf(day->settlement_no, sizeof(day->settlement_no), "%.*s", Min(extra->settlement_length, 95), extra->settlement_no);
		strlcpy(day->currency, extra->currency, sizeof(day->currency));
		day->day = extra->day;
		day->line_no = entry->line_no;
		day->sum = (RcDecimal) {0, 0};
	}
	day->day = Max(day->day, extra->day);
	rcs_add_exact(load, &day->sum, extra->amount);
}

static int
compare_days(const void *a, const void *b)
{
	return strcmp((*(PayoutDay *const *) a)->key, (*(PayoutDay *const *) b)->key);
}

/* What the platform transfers: fees are kept exact, money has the decimals of its currency. Half a unit goes away from zero. */
static RcDecimal
transferred(const PayoutDay *day)
{
	RcDecimal	amount = day->sum;
	int			exponent = Max(rc_currency_exponent(day->currency, 3), 0);
	int64		divisor = 1;

	for (int scale = amount.scale; scale > exponent; scale--)
		divisor *= 10;
	if (divisor == 1)
		return amount;
	amount.digits = amount.digits / divisor + (amount.digits % divisor) * 2 / divisor;
	amount.scale = exponent;
	return amount;
}

/* A line that makes the lines of a settlement add up to what is transferred, where they do not. */
static void
add_rounding(RcsLoad *load, const PayoutDay *day, RcDecimal amount)
{
	RcsSink    *sink = rcs_open_relation(load, RCS_SETTLEMENT_LINE);
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	char	   *import = psprintf(INT64_FORMAT, load->import_id);
	RcField		parts[3] = {{day->settlement_no, (uint32_t) strlen(day->settlement_no)}, {"rounding", 8}, {import, (uint32_t) strlen(import)}};
	RcHash128	key = rcs_hash_parts(load->owner_id, parts, lengthof(parts));
	RcDecimal	taken = day->sum;

	taken.digits = -taken.digits;
	rcs_add_exact(load, &amount, taken);
	if (amount.digits == 0)
		return;
	memset(nulls, true, sizeof(nulls));
	load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("shop_id", Int32GetDatum(load->owner_id));
	SET("posted_on", DateADTGetDatum(day->day));
	SET("kind", rcs_make_text(load, "adjustment", 10));
	SET("platform_type", rcs_make_text(load, "rounding", 8));
	SET("settlement_no", rcs_make_text(load, day->settlement_no, strlen(day->settlement_no)));
	SET("currency", rcs_make_text(load, day->currency, 3));
	SET("amount", rcs_make_numeric(load, amount));
#undef SET
	rcs_sink_add(sink, rcs_sink_form(sink, key, day->line_no, values, nulls), key, day->line_no);
	rcs_sink_resolve(sink);
	rcs_sink_write(sink);
}

/* One payout a settlement day and currency, of what this file added to it. */
void
rcs_write_derived_payouts(RcsLoad *load)
{
	HASH_SEQ_STATUS scan;
	PayoutDay  *day;
	PayoutDay **days;
	int			count = 0;
	RcsSink    *sink;
	MemoryContext caller;

	if (!load->payout_days || hash_get_num_entries(load->payout_days) == 0)
		return;
	caller = MemoryContextSwitchTo(load->context);
	/* Payouts that the file itself reports went through a sink that merges; these are always new. */
	if (load->sinks[RCS_PAYOUT])
	{
		rcs_flush_lines(load, RCS_PAYOUT, false);
		rcs_sink_range(load->sinks[RCS_PAYOUT], &load->ranges[RCS_PAYOUT].first_id, &load->ranges[RCS_PAYOUT].last_id, &load->ranges[RCS_PAYOUT].count);
		rcs_sink_close(load->sinks[RCS_PAYOUT]);
		load->sinks[RCS_PAYOUT] = NULL;
	}
	sink = load->sinks[RCS_PAYOUT] = rcs_sink_open("payout", load->merchant_id, load->import_id, (RcsSinkOptions) {.always_new = true, .batch_rows = 8192});
	days = palloc(sizeof(PayoutDay *) * hash_get_num_entries(load->payout_days));
	hash_seq_init(&scan, load->payout_days);
	while ((day = hash_seq_search(&scan)))
		days[count++] = day;
	qsort(days, count, sizeof(PayoutDay *), compare_days);
	for (int i = 0; i < count; i++)
	{
		Datum		values[RCS_MAX_COLUMNS];
		bool		nulls[RCS_MAX_COLUMNS];
		RcField		number;
		RcHash128	key;
		char		reference[96];
		int			length = 0;
		RcDecimal	amount;

		day = days[i];
		amount = transferred(day);
		if (amount.scale < day->sum.scale)
			add_rounding(load, day, amount);
		number = (RcField) {day->settlement_no, (uint32_t) strlen(day->settlement_no)};
		for (const char *c = day->settlement_no; *c; c++)
			if ((unsigned char) *c >= 0x80 || isalnum((unsigned char) *c))
				reference[length++] = *c;
		memset(nulls, true, sizeof(nulls));
		load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
		SET("shop_id", Int32GetDatum(load->owner_id));
		SET("payout_no", rcs_make_text(load, number.data, number.length));
		SET("settlement_no", rcs_make_text(load, number.data, number.length));
		SET("reference", rcs_make_text(load, reference, length));
		SET("paid_on", DateADTGetDatum(day->day + load->payout_lag_days));
		SET("currency", rcs_make_text(load, day->currency, 3));
		SET("amount", rcs_make_numeric(load, amount));
		SET("derived", BoolGetDatum(true));
#undef SET
		key = rcs_hash_parts(load->owner_id, &number, 1);
		rcs_sink_add(sink, rcs_sink_form(sink, key, day->line_no, values, nulls), key, day->line_no);
		if (rcs_sink_full(sink))
		{
			rcs_sink_resolve(sink);
			rcs_sink_write(sink);
		}
	}
	rcs_sink_resolve(sink);
	rcs_sink_write(sink);
	MemoryContextSwitchTo(caller);
}
