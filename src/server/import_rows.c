/*
 * import_rows.c - rows of a file into batches, batches into tables.
 *
 * No type input function is called: text, numeric, date and timestamp are built directly from what the mapping has read.
 */
#include "import_rows.h"

#include <ctype.h>

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "../read/value.h"
#include "../read/bank.h"
#include "support.h"

#define SCRATCH_BYTES 16384
#define SUM_SCALE 9
#define RAW_LIMIT 4000			/* bytes of a rejected row that are kept */

const char *const rcs_relation_names[RCS_RELATION_COUNT] = {
	"sales_order", "order_line", "customer", "settlement", "settlement_line", "payout", "bank_statement", "bank_line"
};

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

/* The parts of a row of orders; lives with the batch of sales_order. */
typedef struct OrderExtra
{
	HeapTuple	customer;
	RcHash128	customer_key;
	HeapTuple	line;
	RcHash128	line_key;
	const char *status;
	int32		status_length;
} OrderExtra;

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

/* ---- values ---- */

/* Room that lives until the next row. */
static char *
take_scratch(RcsLoad *load, size_t size)
{
	char	   *place;

	size = MAXALIGN(size);
	if (size > SCRATCH_BYTES - load->scratch_used)
		return MemoryContextAlloc(rcs_sink_batch_context(load->sinks[load->format->target == &rc_target_order ? RCS_SALES_ORDER :
																	 load->format->target == &rc_target_bank_line ? RCS_BANK_LINE :
																	 load->format->target == &rc_target_payout ? RCS_PAYOUT : RCS_SETTLEMENT_LINE]), size);
	place = load->scratch + load->scratch_used;
	load->scratch_used += size;
	return place;
}

static Datum
make_text(RcsLoad *load, const char *data, size_t length)
{
	char	   *place = take_scratch(load, VARHDRSZ + length);

	SET_VARSIZE(place, VARHDRSZ + length);
	memcpy(VARDATA(place), data, length);
	return PointerGetDatum(place);
}

static Datum
make_numeric(RcsLoad *load, RcDecimal value)
{
	return rcs_decimal_to_numeric(value, take_scratch(load, RCS_NUMERIC_BYTES));
}

/* Offset of the zone at a local time, in seconds east. Days without a change of clocks are answered from the cache. */
static int32
local_offset(RcsLoad *load, const RcDateTime *time, int32 day)
{
	RcsZoneCache *cache = &load->local_zone;
	struct pg_tm tm = {0};
	int			start,
				end;

	if (cache->whole_day && cache->key == day)
		return cache->offset;
	tm.tm_year = time->year;
	tm.tm_mon = time->month;
	tm.tm_mday = time->day;
	start = DetermineTimeZoneOffset(&tm, load->zone);
	tm.tm_hour = 23;
	tm.tm_min = 59;
	tm.tm_sec = 59;
	end = DetermineTimeZoneOffset(&tm, load->zone);
	if (start == end)
	{
		cache->key = day;
		cache->offset = -start;
		cache->whole_day = true;
		return cache->offset;
	}
	tm.tm_hour = time->hour;
	tm.tm_min = time->minute;
	tm.tm_sec = time->second;
	return -DetermineTimeZoneOffset(&tm, load->zone);
}

/* The instant of a time of the file, and its day in the owner's zone. */
static TimestampTz
make_instant(RcsLoad *load, const RcDateTime *time, int32 *day)
{
	int32		written = rc_days(time);
	TimestampTz instant = ((int64) written * SECS_PER_DAY + time->hour * 3600 + time->minute * 60 + time->second) * USECS_PER_SEC + time->microsecond;
	int64		quarter;

	if (!time->has_zone)
	{
		*day = written;
		return instant - (int64) local_offset(load, time, written) * USECS_PER_SEC;
	}
	instant -= (int64) time->zone_seconds * USECS_PER_SEC;
	quarter = instant / (900 * USECS_PER_SEC);
	if (!load->utc_zone.whole_day || load->utc_zone.key != quarter)
	{
		struct pg_tm tm;
		fsec_t		fraction;
		int			zone;

		if (timestamp2tm(instant, &zone, &tm, &fraction, NULL, load->zone) != 0)
			zone = 0;
		load->utc_zone.key = quarter;
		load->utc_zone.offset = -zone;
		load->utc_zone.whole_day = true;
	}
	{
		int64		local = instant + (int64) load->utc_zone.offset * USECS_PER_SEC;

		*day = (int32) (local >= 0 ? local / USECS_PER_DAY : (local - (USECS_PER_DAY - 1)) / USECS_PER_DAY);
	}
	return instant;
}

/* Sets a column from a field of a row. */
static void
put_field(RcsLoad *load, RcsRelation relation, const RcRow *row, int field, Datum *values, bool *nulls)
{
	int			column = load->columns[relation][field];
	const RcValue *value = &row->values[field];
	int32		day;

	if (column < 0)
		return;
	if (!value->text)
	{
		nulls[column] = true;
		return;
	}
	nulls[column] = false;
	switch (row->target->fields[field].type)
	{
		case RC_TYPE_TEXT:
		case RC_TYPE_ID:
		case RC_TYPE_WORD:
		case RC_TYPE_CURRENCY:
			values[column] = make_text(load, value->text, value->length);
			break;
		case RC_TYPE_AMOUNT:
		case RC_TYPE_NUMBER:
			values[column] = make_numeric(load, value->number);
			break;
		case RC_TYPE_DATE:
			values[column] = DateADTGetDatum(rc_days(&value->time));
			break;
		case RC_TYPE_TIME:
			values[column] = TimestampTzGetDatum(make_instant(load, &value->time, &day));
			break;
	}
}

/* ---- beginning ---- */

static const RcTarget *
target_of(RcsRelation relation)
{
	switch (relation)
	{
		case RCS_SALES_ORDER:
		case RCS_ORDER_LINE:
		case RCS_CUSTOMER:
			return &rc_target_order;
		case RCS_SETTLEMENT:
			return &rc_target_settlement;
		case RCS_SETTLEMENT_LINE:
			return &rc_target_settlement_line;
		case RCS_PAYOUT:
			return &rc_target_payout;
		default:
			return &rc_target_bank_line;
	}
}

/* Which field of a target goes to which column of a relation, where the names differ or the field belongs to another relation. */
static const char *
column_name(RcsRelation relation, int field)
{
	if (relation == RCS_SALES_ORDER && (field == RC_ORDER_SKU || field == RC_ORDER_QUANTITY || field == RC_ORDER_UNIT_PRICE || field >= RC_ORDER_BUYER_NAME))
		return NULL;
	if (relation == RCS_ORDER_LINE && !(field == RC_ORDER_NO || field == RC_ORDER_SKU || field == RC_ORDER_QUANTITY || field == RC_ORDER_UNIT_PRICE))
		return NULL;
	if (relation == RCS_CUSTOMER)
		return field == RC_ORDER_BUYER_NAME ? "name" : field == RC_ORDER_BUYER_PHONE ? "phone" : field == RC_ORDER_SHIP_ADDRESS ? "address" : NULL;
	if (relation == RCS_BANK_STATEMENT)
		return NULL;
	return target_of(relation)->fields[field].name;
}

static RcsSink *
open_sink(RcsLoad *load, RcsRelation relation)
{
	static const RcsSinkOptions options[RCS_RELATION_COUNT] = {
		[RCS_SALES_ORDER] = {.merge = true, .compare_column = "total"},
		[RCS_ORDER_LINE] = {0},
		[RCS_CUSTOMER] = {.merge = true},
		[RCS_SETTLEMENT] = {.merge = true, .compare_column = "total", .batch_rows = 1000},
		[RCS_SETTLEMENT_LINE] = {.compare_column = "amount"},
		[RCS_PAYOUT] = {.merge = true, .compare_column = "amount", .batch_rows = 8192},
		[RCS_BANK_STATEMENT] = {.merge = true, .batch_rows = 100},
		[RCS_BANK_LINE] = {.compare_column = "amount"}
	};
	RcsSinkOptions chosen = options[relation];
	MemoryContext caller;

	if (load->sinks[relation])
		return load->sinks[relation];
	caller = MemoryContextSwitchTo(load->context);
	/* Customers come again in batch after batch: they are looked up all the time. */
	if (chosen.batch_rows == 0 && relation != RCS_CUSTOMER)
		chosen.expected_rows = load->expected_rows;
	load->sinks[relation] = rcs_sink_open(rcs_relation_names[relation], load->merchant_id, load->import_id, chosen);
	for (int f = 0; f < target_of(relation)->field_count; f++)
	{
		const char *name = column_name(relation, f);

		load->columns[relation][f] = name ? rcs_sink_column(load->sinks[relation], name) : -1;
	}
	load->owner_column[relation] = relation == RCS_CUSTOMER ? -1 :
		rcs_sink_column(load->sinks[relation], relation == RCS_BANK_LINE || relation == RCS_BANK_STATEMENT ? "account_id" : "shop_id");
	MemoryContextSwitchTo(caller);
	return load->sinks[relation];
}

void
rcs_load_begin(RcsLoad *load)
{
	const RcTarget *target = load->format->target;

	load->scratch = MemoryContextAlloc(load->context, SCRATCH_BYTES);
	if (target == &rc_target_order)
	{
		open_sink(load, RCS_SALES_ORDER);
		open_sink(load, RCS_ORDER_LINE);
	}
	else if (target == &rc_target_settlement_line)
		open_sink(load, RCS_SETTLEMENT_LINE);
	else if (target == &rc_target_payout)
		open_sink(load, RCS_PAYOUT);
	else
	{
		open_sink(load, RCS_BANK_LINE);
		load->bank = MemoryContextAllocZero(load->context, sizeof(BankTotals));
	}
	if (load->daily_payouts && target == &rc_target_settlement_line)
	{
		HASHCTL		control = {.keysize = sizeof(((PayoutDay *) NULL)->key), .entrysize = sizeof(PayoutDay), .hcxt = load->context};

		load->payout_days = hash_create("reconcile payout days", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
}

/* ---- sums ---- */

static void
add_exact(RcsLoad *load, RcDecimal *sum, RcDecimal value)
{
	int32		scale = Max(sum->scale, value.scale);
	int64		a,
				b;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_rescale(*sum, scale, &a, &status) != RC_OK || rc_rescale(value, scale, &b, &status) != RC_OK || __builtin_add_overflow(a, b, &a))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("file \"%s\": the sum of the amounts is out of range", load->file_name)));
	sum->digits = a;
	sum->scale = scale;
}

static void
add_sum(RcsLoad *load, RcDecimal value)
{
	RcsWide		wide = value.digits;

	for (int i = value.scale; i < SUM_SCALE; i++)
		wide *= 10;
	for (int i = value.scale; i > SUM_SCALE; i--)
		wide /= 10;
	load->sum += wide;
}

RcDecimal
rcs_load_sum(const RcsLoad *load)
{
	RcsWide		wide = load->sum;
	RcDecimal	result = {0, SUM_SCALE};
	int			least = Max(rc_currency_exponent(load->currency, 3), 0);

	while (result.scale > least && wide % 10 == 0)
	{
		wide /= 10;
		result.scale--;
	}
	if (wide > PG_INT64_MAX || wide < PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("file \"%s\": the sum of the amounts is out of range", load->file_name)));
	result.digits = (int64) wide;
	return result;
}

/* ---- rejected rows ---- */

static const char *
reason_code(RcCode code)
{
	switch (code)
	{
		case RC_MISSING_COLUMN:
			return "missing_value";
		case RC_BAD_STRUCTURE:
			return "ragged";
		case RC_OVERFLOW:
			return "overflow";
		case RC_UNKNOWN_FORMAT:
			return "unmapped";
		default:
			return "bad_value";
	}
}

static void
write_rejected(RcsLoad *load, int64 line, uint32 column, const char *field, const char *code, const char *reason, const char *raw, size_t raw_length)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	if (!load->rejected)
	{
		MemoryContext caller = MemoryContextSwitchTo(load->context);

		load->rejected = rcs_bulk_begin("rejected_row", 9, 0);
		load->rejected_sequence = getIdentitySequence(get_relname_relid("rejected_row", get_namespace_oid("reconcile", false)), 2, false);
		MemoryContextSwitchTo(caller);
	}
	if (raw_length > RAW_LIMIT)
	{
		raw_length = RAW_LIMIT;
		while (raw_length > 0 && ((unsigned char) raw[raw_length] & 0xC0) == 0x80)
			raw_length--;
	}
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = Int64GetDatum(nextval_internal(load->rejected_sequence, false));
	values[2] = Int64GetDatum(load->import_id);
	values[3] = Int64GetDatum(line);
	values[4] = Int32GetDatum((int32) column);
	nulls[4] = column == 0;
	values[5] = CStringGetTextDatum(field);
	nulls[5] = field[0] == '\0';
	values[6] = CStringGetTextDatum(code);
	values[7] = CStringGetTextDatum(reason);
	values[8] = PointerGetDatum(cstring_to_text_with_len(raw, (int) raw_length));
	rcs_bulk_row(load->rejected, values, nulls);
	for (int i = 5; i < 9; i++)
		pfree(DatumGetPointer(values[i]));
	load->rows_rejected++;
}

void
rcs_load_reject(RcsLoad *load, const RcRecord *record, const RcStatus *status)
{
	if (load->rows_unreadable++ == 0)
		load->first_rejection = *status;
	load->rows_read++;
	write_rejected(load, (int64) record->line, status->column, status->field, reason_code(status->code), status->message, record->raw, record->raw_length);
}

static void
reject_conflict(RcsLoad *load, const RcsEntry *entry, const char *field)
{
	write_rejected(load, entry->line_no, 0, field, "conflict", psprintf("known with another %s; the old row is kept", field),
				   entry->raw ? entry->raw : "", entry->raw_length);
}

/* ---- flushing ---- */

static void
add_payout_day(RcsLoad *load, const RcsEntry *entry)
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
	add_exact(load, &day->sum, extra->amount);
}

/* What entry->extra is of a payout or statement that is all that a row of the file became. */
static char whole_row;

/* Lines of one row of the file share its fate: one in conflict rejects the row. */
static void
flush_lines(RcsLoad *load, RcsRelation relation, bool counted)
{
	RcsSink    *sink = load->sinks[relation];
	int			count = rcs_sink_entry_count(sink);

	if (count == 0)
		return;
	rcs_sink_resolve(sink);
	for (int first = 0; first < count;)
	{
		int			end = first;
		int			fresh = 0;
		bool		conflict = false;
		RcsEntry   *head = rcs_sink_entry(sink, first);
		bool		counts = counted || head->extra == &whole_row;

		for (; end < count && rcs_sink_entry(sink, end)->row == head->row; end++)
		{
			RcsEntry   *entry = rcs_sink_entry(sink, end);

			if (entry->fate == RCS_CONFLICT)
			{
				conflict = true;
				head = entry;
			}
			else if (entry->fate == RCS_NEW)
				fresh++;
		}
		if (conflict)
		{
			for (int i = first; i < end; i++)
				rcs_sink_entry(sink, i)->fate = RCS_DROPPED;
			reject_conflict(load, head, target_of(relation)->fields[target_of(relation)->amount].name);
			if (!counts)
				load->rows_rejected--;
		}
		else if (counts)
		{
			if (fresh > 0)
				load->rows_imported++;
			else
				load->rows_known++;
			if (load->payout_days && relation == RCS_SETTLEMENT_LINE)
				for (int i = first; i < end; i++)
					if (rcs_sink_entry(sink, i)->fate == RCS_NEW)
						add_payout_day(load, rcs_sink_entry(sink, i));
		}
		first = end;
	}
	rcs_sink_write(sink);
}

/* Customers of new orders get their ids before the orders are written. */
static void
flush_customers(RcsLoad *load)
{
	RcsSink    *orders = load->sinks[RCS_SALES_ORDER];
	RcsSink    *customers = load->sinks[RCS_CUSTOMER];
	int			count = rcs_sink_entry_count(orders);
	int			added = 0;
	int64	   *ids;
	RcsEntry  **owners;

	if (!customers)
		return;
	owners = palloc(sizeof(RcsEntry *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *order = rcs_sink_entry(orders, i);
		OrderExtra *extra = order->extra;

		if (order->fate != RCS_NEW || !extra->customer)
			continue;
		rcs_sink_add(customers, extra->customer, extra->customer_key, order->line_no);
		owners[added++] = order;
	}
	if (added == 0)
	{
		pfree(owners);
		return;
	}
	ids = palloc(sizeof(int64) * added);
	rcs_sink_resolve(customers);
	/* Ids are given by write, which empties the batch: new ones are told by keeping the entries, which stay in place until the next add. */
	rcs_sink_write(customers);
	for (int i = 0; i < added; i++)
	{
		RcsEntry   *entry = rcs_sink_entry(customers, i);

		ids[i] = entry->fate == RCS_SAME && entry->leader ? entry->leader->id : entry->id;
		/* customer_id is the last column of sales_order: the last eight bytes of the tuple. */
		memcpy((char *) owners[i]->tuple->t_data + owners[i]->tuple->t_len - sizeof(int64), &ids[i], sizeof(int64));
	}
	pfree(ids);
	pfree(owners);
}

/* What later files say of the status of known orders. */
static void
note_statuses(RcsLoad *load, const int64 *ids, const RcsEntry **entries, int count)
{
	Oid			types[4] = {INT4OID, INT8OID, INT8ARRAYOID, TEXTARRAYOID};
	Datum		values[4];
	Datum	   *id_datums,
			   *texts;

	if (count == 0)
		return;
	SPI_connect();
	id_datums = palloc(sizeof(Datum) * count);
	texts = palloc(sizeof(Datum) * count);
	for (int i = 0; i < count; i++)
	{
		const OrderExtra *extra = entries[i]->extra;

		id_datums[i] = Int64GetDatum(ids[i]);
		texts[i] = PointerGetDatum(cstring_to_text_with_len(extra->status, extra->status_length));
	}
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = Int64GetDatum(load->import_id);
	values[2] = PointerGetDatum(construct_array(id_datums, count, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
	if (SPI_execute_with_args("INSERT INTO reconcile.order_status (merchant_id, order_id, import_id, status)"
							  " SELECT DISTINCT ON (n.order_id) $1, n.order_id, $2, n.status"
							  " FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) WITH ORDINALITY AS n (order_id, status, place)"
							  " JOIN reconcile.sales_order AS o ON o.merchant_id = $1 AND o.order_id = n.order_id"
							  " LEFT JOIN LATERAL (SELECT s.status FROM reconcile.order_status AS s"
							  "  WHERE s.merchant_id = $1 AND s.order_id = n.order_id ORDER BY s.import_id DESC LIMIT 1) AS latest ON true"
							  " WHERE n.status IS DISTINCT FROM coalesce(latest.status, o.status)"
							  " ORDER BY n.order_id, n.place DESC"
							  " ON CONFLICT DO NOTHING", 4, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "statuses of orders cannot be written");
	SPI_finish();
}

static void
flush_orders(RcsLoad *load)
{
	RcsSink    *orders = load->sinks[RCS_SALES_ORDER];
	RcsSink    *lines = load->sinks[RCS_ORDER_LINE];
	int			count = rcs_sink_entry_count(orders);
	MemoryContext flush_context,
				caller;
	int64	   *known_ids;
	const RcsEntry **known;
	bool	   *fresh;
	int			known_count = 0;
	uint64		last_key = 0;

	if (count == 0)
		return;
	flush_context = AllocSetContextCreate(load->context, "reconcile flush", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(flush_context);
	known_ids = palloc(sizeof(int64) * count);
	known = palloc(sizeof(RcsEntry *) * count);
	fresh = palloc0(sizeof(bool) * count);
	rcs_sink_resolve(orders);
	flush_customers(load);
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *order = rcs_sink_entry(orders, i);
		OrderExtra *extra = order->extra;
		RcsEntry   *line;

		if (order->fate == RCS_CONFLICT)
		{
			reject_conflict(load, order, "total");
			continue;
		}
		if (order->fate == RCS_NEW || (order->fate == RCS_KNOWN && (i == 0 || order->key != last_key)))
			add_sum(load, order->compare);
		last_key = order->key;
		fresh[i] = order->fate == RCS_NEW;
		if (order->fate == RCS_KNOWN && extra->status)
		{
			known_ids[known_count] = order->id;
			known[known_count++] = order;
		}
		if (extra->line)
		{
			line = rcs_sink_add(lines, extra->line, extra->line_key, order->line_no);
			line->extra = &fresh[i];
		}
		else if (!fresh[i])
			load->rows_known++;
		else
			load->rows_imported++;
	}
	rcs_sink_resolve(lines);
	for (int i = 0; i < rcs_sink_entry_count(lines); i++)
	{
		RcsEntry   *line = rcs_sink_entry(lines, i);

		if (line->fate == RCS_NEW || *(bool *) line->extra)
			load->rows_imported++;
		else
			load->rows_known++;
	}
	note_statuses(load, known_ids, known, known_count);
	rcs_sink_write(lines);
	rcs_sink_write(orders);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(flush_context);
}

/* ---- rows ---- */

static void
keep_raw(RcsSink *sink, RcsEntry *entry, const RcRecord *record)
{
	size_t		length = Min(record->raw_length, RAW_LIMIT + 4);
	char	   *copy = MemoryContextAlloc(rcs_sink_batch_context(sink), length + 1);

	memcpy(copy, record->raw, length);
	copy[length] = '\0';
	while (length < record->raw_length && length > 0 && ((unsigned char) record->raw[length] & 0xC0) == 0x80)
		length--;
	entry->raw = copy;
	entry->raw_length = (uint32) length;
}

static RcHash128
row_key(RcsLoad *load, const RcRow *row, bool *has_amount)
{
	RcHash128	key;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_mapping_key(load->mapping, row, load->owner_id, &key, has_amount, &status) != RC_OK)
		rcs_raise(&status, load->file_name);
	return key;
}

/* Hash of texts the way rc_mapping_key makes keys; NULL data is an empty part. */
static RcHash128
hash_parts(int64 scope, const RcField *parts, int count)
{
	StringInfoData text;
	char		prefix[8];
	RcHash128	key;

	initStringInfo(&text);
	rc_key_scope(scope, prefix);
	appendBinaryStringInfo(&text, prefix, 8);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoChar(&text, 0x1F);
		if (parts[i].data)
			appendBinaryStringInfo(&text, parts[i].data, (int) parts[i].length);
	}
	key = rc_hash128(text.data, text.len);
	pfree(text.data);
	return key;
}

static RcField
field_text(const RcRow *row, int field)
{
	return (RcField) {row->values[field].text, row->values[field].length};
}

/* A row of settlement_line, payout, settlement or bank_line. */
static void
add_line(RcsLoad *load, RcsRelation relation, const RcRow *row, const RcRecord *record, RcHash128 key, bool has_amount)
{
	RcsSink    *sink = open_sink(load, relation);
	Datum		values[64];
	bool		nulls[64];
	int			amount = row->target->amount;
	RcsEntry   *entry;
	int32		day = 0;

	memset(nulls, true, rcs_sink_column_count(sink));
	load->scratch_used = 0;
	for (int f = 0; f < row->target->field_count; f++)
		put_field(load, relation, row, f, values, nulls);
	values[load->owner_column[relation]] = Int32GetDatum(load->owner_id);
	nulls[load->owner_column[relation]] = false;
	if (relation == RCS_SETTLEMENT_LINE)
	{
		int			posted_on = load->columns[relation][RC_LINE_POSTED_AT] - 1;

		/* posted_on stands before posted_at; a date without a time has only the former */
		make_instant(load, &row->values[RC_LINE_POSTED_AT].time, &day);
		values[posted_on] = DateADTGetDatum(day);
		nulls[posted_on] = false;
		nulls[posted_on + 1] = !row->values[RC_LINE_POSTED_AT].time.has_time;
		if (load->daily_payouts && !row->values[RC_LINE_SETTLEMENT_NO].text)
		{
			struct pg_tm tm;
			char		text[80];
			int			column = load->columns[relation][RC_LINE_SETTLEMENT_NO];

			j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
			snprintf(text, sizeof(text), "%.60s-%04d%02d%02d", load->owner_code, tm.tm_year, tm.tm_mon, tm.tm_mday);
			values[column] = make_text(load, text, strlen(text));
			nulls[column] = false;
		}
	}
	if (relation == RCS_PAYOUT)
	{
		int			derived = rcs_sink_column(sink, "derived");

		values[derived] = BoolGetDatum(false);
		nulls[derived] = false;
	}
	entry = rcs_sink_add(sink, rcs_sink_form(sink, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->row = load->row;
	if (!has_amount && row->values[amount].text)
	{
		entry->compare = row->values[amount].number;
		entry->comparable = true;
		keep_raw(sink, entry, record);
	}
	if (load->payout_days && relation == RCS_SETTLEMENT_LINE)
	{
		LineExtra  *extra = MemoryContextAlloc(rcs_sink_batch_context(sink), sizeof(LineExtra));
		int			column = load->columns[relation][RC_LINE_SETTLEMENT_NO];
		text	   *number = DatumGetTextPP(values[column]);
		char	   *copy = MemoryContextAlloc(rcs_sink_batch_context(sink), VARSIZE_ANY_EXHDR(number) + 1);

		memcpy(copy, VARDATA_ANY(number), VARSIZE_ANY_EXHDR(number));
		extra->settlement_no = copy;
		extra->settlement_length = (int32) VARSIZE_ANY_EXHDR(number);
		extra->day = day;
		extra->amount = row->values[amount].number;
		memcpy(extra->currency, row->values[RC_LINE_CURRENCY].text, 3);
		extra->currency[3] = '\0';
		entry->extra = extra;
	}
}

static bool
decimals_equal(RcsLoad *load, RcDecimal a, RcDecimal b, RcDecimal sum)
{
	add_exact(load, &a, b);
	sum.digits = -sum.digits;
	add_exact(load, &a, sum);
	return a.digits == 0;
}

static void
add_bank_totals(RcsLoad *load, const RcRow *row, const RcRecord *record)
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
			bank->forward = bank->forward && decimals_equal(load, bank->last_balance, amount, balance);
			bank->backward = bank->backward && decimals_equal(load, balance, bank->last_amount, bank->last_balance);
		}
	}
	bank->last_on = day;
	bank->last_amount = amount;
	bank->last_balance = balance;
	add_exact(load, &bank->sum, amount);
}

static void
add_order(RcsLoad *load, const RcRow *row, const RcRecord *record, RcHash128 key)
{
	RcsSink    *orders = load->sinks[RCS_SALES_ORDER];
	RcsSink    *lines = load->sinks[RCS_ORDER_LINE];
	Datum		values[64];
	bool		nulls[64];
	OrderExtra *extra = MemoryContextAllocZero(rcs_sink_batch_context(orders), sizeof(OrderExtra));
	RcsEntry   *entry;
	int			ordered_on,
				customer;
	int32		day;

	if (row->values[RC_ORDER_BUYER_NAME].text || row->values[RC_ORDER_BUYER_PHONE].text || row->values[RC_ORDER_SHIP_ADDRESS].text)
	{
		RcsSink    *customers = open_sink(load, RCS_CUSTOMER);
		RcField		parts[3] = {field_text(row, RC_ORDER_BUYER_NAME), field_text(row, RC_ORDER_BUYER_PHONE), field_text(row, RC_ORDER_SHIP_ADDRESS)};

		load->scratch_used = 0;
		memset(nulls, true, rcs_sink_column_count(customers));
		for (int f = RC_ORDER_BUYER_NAME; f <= RC_ORDER_SHIP_ADDRESS; f++)
			put_field(load, RCS_CUSTOMER, row, f, values, nulls);
		extra->customer_key = hash_parts(load->owner_id, parts, 3);
		extra->customer = rcs_sink_form(customers, extra->customer_key, (int64) record->line, values, nulls);
	}
	if (row->values[RC_ORDER_SKU].text || row->values[RC_ORDER_QUANTITY].text || row->values[RC_ORDER_UNIT_PRICE].text)
	{
		char		quantity[64],
					price[64];
		RcField		parts[4] = {field_text(row, RC_ORDER_NO), field_text(row, RC_ORDER_SKU),
		rc_canonical(&row->values[RC_ORDER_QUANTITY], RC_TYPE_NUMBER, quantity), rc_canonical(&row->values[RC_ORDER_UNIT_PRICE], RC_TYPE_NUMBER, price)};

		load->scratch_used = 0;
		memset(nulls, true, rcs_sink_column_count(lines));
		for (int f = 0; f < row->target->field_count; f++)
			put_field(load, RCS_ORDER_LINE, row, f, values, nulls);
		values[load->owner_column[RCS_ORDER_LINE]] = Int32GetDatum(load->owner_id);
		nulls[load->owner_column[RCS_ORDER_LINE]] = false;
		extra->line_key = hash_parts(load->owner_id, parts, 4);
		extra->line = rcs_sink_form(lines, extra->line_key, (int64) record->line, values, nulls);
	}
	load->scratch_used = 0;
	memset(nulls, true, rcs_sink_column_count(orders));
	for (int f = 0; f < row->target->field_count; f++)
		put_field(load, RCS_SALES_ORDER, row, f, values, nulls);
	values[load->owner_column[RCS_SALES_ORDER]] = Int32GetDatum(load->owner_id);
	nulls[load->owner_column[RCS_SALES_ORDER]] = false;
	ordered_on = rcs_sink_column(orders, "ordered_on");
	values[load->columns[RCS_SALES_ORDER][RC_ORDER_AT]] = TimestampTzGetDatum(make_instant(load, &row->values[RC_ORDER_AT].time, &day));
	values[ordered_on] = DateADTGetDatum(day);
	nulls[ordered_on] = false;
	customer = rcs_sink_column(orders, "customer_id");
	if (customer != rcs_sink_column_count(orders) - 1)
		elog(ERROR, "customer_id is not the last column of sales_order");
	values[customer] = Int64GetDatum(0);
	nulls[customer] = extra->customer == NULL;
	if (row->values[RC_ORDER_STATUS].text)
	{
		char	   *copy = MemoryContextAlloc(rcs_sink_batch_context(orders), row->values[RC_ORDER_STATUS].length + 1);

		memcpy(copy, row->values[RC_ORDER_STATUS].text, row->values[RC_ORDER_STATUS].length);
		extra->status = copy;
		extra->status_length = (int32) row->values[RC_ORDER_STATUS].length;
	}
	entry = rcs_sink_add(orders, rcs_sink_form(orders, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->compare = row->values[RC_ORDER_TOTAL].number;
	entry->comparable = true;
	entry->extra = extra;
	keep_raw(orders, entry, record);
}

static RcsRelation
relation_of(const RcTarget *target)
{
	return target == &rc_target_order ? RCS_SALES_ORDER : target == &rc_target_settlement_line ? RCS_SETTLEMENT_LINE :
		target == &rc_target_payout ? RCS_PAYOUT : target == &rc_target_settlement ? RCS_SETTLEMENT : RCS_BANK_LINE;
}

/* Writes a record to a temporary file: line, lengths, texts. */
static void
set_aside(RcsLoad *load, const RcRecord *record)
{
	uint64		size = record->raw_length;
	uint64		head[3];

	if (!load->aside)
	{
		MemoryContext caller = MemoryContextSwitchTo(load->context);

		load->aside = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	for (uint32 f = 0; f < record->field_count; f++)
		size += sizeof(uint32) + record->fields[f].length;
	head[0] = record->line;
	head[1] = record->field_count;
	head[2] = size;
	BufFileWrite(load->aside, head, sizeof(head));
	for (uint32 f = 0; f < record->field_count; f++)
	{
		uint32		length = record->fields[f].length;

		BufFileWrite(load->aside, &length, sizeof(length));
		BufFileWrite(load->aside, (void *) record->fields[f].data, length);
	}
	BufFileWrite(load->aside, (void *) record->raw, record->raw_length);
	load->aside_count++;
	load->aside_size = Max(load->aside_size, size);
}

/* Adds the rows of the mapping to their batches. */
static void
add_rows(RcsLoad *load, const RcRecord *record, bool summary)
{
	int			count = rc_mapping_row_count(load->mapping);
	const RcTarget *main_target = load->format->target;
	RcHash128	keys[RC_MAX_LINES];
	bool		has_amount[RC_MAX_LINES];
	bool		suspect = false;
	bool		has_main = summary;

	load->row++;
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		keys[i] = row_key(load, row, &has_amount[i]);
		has_main = has_main || row->target == main_target;
		if (row->target == main_target && rcs_sink_suspects(load->sinks[relation_of(main_target)], keys[i].low))
			suspect = true;
	}
	if (suspect)
	{
		set_aside(load, record);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		if (row->target == &rc_target_order)
			add_order(load, row, record, keys[i]);
		else
		{
			RcsRelation relation = relation_of(row->target);

			add_line(load, relation, row, record, keys[i], has_amount[i]);
			if (!has_main)
			{
				RcsSink    *sink = load->sinks[relation];

				rcs_sink_entry(sink, rcs_sink_entry_count(sink) - 1)->extra = &whole_row;
				has_main = true;
			}
		}
	}
	if (main_target == &rc_target_order)
	{
		if (rcs_sink_full(load->sinks[RCS_SALES_ORDER]))
			flush_orders(load);
		return;
	}
	for (int r = RCS_SETTLEMENT; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r] && rcs_sink_full(load->sinks[r]))
			flush_lines(load, r, target_of(r) == main_target);
}

void
rcs_load_rows(RcsLoad *load, const RcRecord *record, bool summary)
{
	int			count = rc_mapping_row_count(load->mapping);
	const RcTarget *main_target = load->format->target;

	if (!summary)
		load->rows_read++;
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		if (row->target == &rc_target_bank_line)
			add_bank_totals(load, row, record);
		/* Orders are summed when it is known which rows are one order. */
		if (row->target == main_target && row->target != &rc_target_order)
			add_sum(load, row->values[row->target->amount].number);
	}
	add_rows(load, record, summary);
}

/* Looks at the records set aside, now that there are indexes. */
static void
take_aside(RcsLoad *load)
{
	MemoryContext context,
				caller;
	char	   *data;

	if (load->aside_count == 0)
		return;
	context = AllocSetContextCreate(load->context, "reconcile aside", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	data = palloc(load->aside_size + 1);
	if (BufFileSeek(load->aside, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "temporary file cannot be read");
	for (uint64 n = 0; n < load->aside_count; n++)
	{
		uint64		head[3];
		RcRecord	record = {0};
		RcField    *fields;
		char	   *place = data;
		RcStatus	status;

		CHECK_FOR_INTERRUPTS();
		if (BufFileRead(load->aside, head, sizeof(head)) != sizeof(head) || BufFileRead(load->aside, data, head[2]) != head[2])
			elog(ERROR, "temporary file is cut");
		record.line = head[0];
		record.field_count = (uint32) head[1];
		fields = palloc(sizeof(RcField) * (record.field_count + 1));
		for (uint32 f = 0; f < record.field_count; f++)
		{
			memcpy(&fields[f].length, place, sizeof(uint32));
			fields[f].data = place + sizeof(uint32);
			place += sizeof(uint32) + fields[f].length;
		}
		record.fields = fields;
		record.raw = place;
		record.raw_length = data + head[2] - place;
		rc_status_reset(&status);
		if (rc_mapping_retake(load->mapping, &record, &status) != RC_TAKEN_ROWS)
			rcs_raise(&status, load->file_name);
		add_rows(load, &record, false);
		pfree(fields);
	}
	BufFileClose(load->aside);
	load->aside = NULL;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Writes the batches. */
static void
flush_all(RcsLoad *load)
{
	const RcTarget *main_target = load->format->target;

	if (main_target == &rc_target_order)
		flush_orders(load);
	else
		for (int r = RCS_SETTLEMENT; r < RCS_RELATION_COUNT; r++)
			if (load->sinks[r])
				flush_lines(load, r, target_of(r) == main_target && r != RCS_BANK_STATEMENT);
}

/* ---- the end ---- */

static void
write_statement(RcsLoad *load)
{
	BankTotals *bank = load->bank;
	RcsSink    *sink;
	Datum		values[64];
	bool		nulls[64];
	RcHash128	key;
	RcField		part;
	char	   *text;
	RcDecimal	opening = {0, 0},
				closing = {0, 0};
	bool		forward;

	if (bank->count == 0)
		return;
	sink = open_sink(load, RCS_BANK_STATEMENT);
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
		add_exact(load, &opening, minus);
		closing = forward ? bank->last_balance : bank->first_balance;
	}
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("account_id", Int32GetDatum(load->owner_id));
	SET("opened_on", DateADTGetDatum(bank->opened_on));
	SET("closed_on", DateADTGetDatum(bank->closed_on));
	SET("currency", make_text(load, bank->currency, 3));
	SET("line_count", Int64GetDatum(bank->count));
	SET("line_sum", make_numeric(load, bank->sum));
	if (bank->has_balance)
	{
		SET("opening_balance", make_numeric(load, opening));
		SET("closing_balance", make_numeric(load, closing));
		SET("balanced", BoolGetDatum((bank->count == 1 || bank->forward || bank->backward) && decimals_equal(load, opening, bank->sum, closing)));
	}
#undef SET
	text = psprintf("%d %d %lld %lld/%d %lld/%d %lld/%d", bank->opened_on, bank->closed_on, (long long) bank->count,
					(long long) bank->sum.digits, bank->sum.scale, (long long) opening.digits, opening.scale, (long long) closing.digits, closing.scale);
	part = (RcField) {text, (uint32_t) strlen(text)};
	key = hash_parts(load->owner_id, &part, 1);
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
		values[rcs_sink_column(sink, column)] = make_numeric(load, amount);
		nulls[rcs_sink_column(sink, column)] = false;
	}
}

void
rcs_load_statement(RcsLoad *load, const RcRecord *record)
{
	const RcField *fields = record->fields;
	RcsSink    *sink;
	Datum		values[64];
	bool		nulls[64];
	RcHash128	key;
	static const RcField zero = {"0", 1};

	load->has_statements = true;
	if (record->field_count < RC_STATEMENT_FIELDS)
		elog(ERROR, "a statement has %u fields", record->field_count);
	sink = open_sink(load, RCS_BANK_STATEMENT);
	if (rcs_sink_full(sink))
		flush_lines(load, RCS_BANK_STATEMENT, false);
	memset(nulls, true, sizeof(nulls));
	load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
	SET("account_id", Int32GetDatum(load->owner_id));
	if (fields[RC_STATEMENT_NO].length > 0)
		SET("statement_no", make_text(load, fields[RC_STATEMENT_NO].data, fields[RC_STATEMENT_NO].length));
	SET("currency", fields[RC_STATEMENT_CURRENCY].length == 3 ? make_text(load, fields[RC_STATEMENT_CURRENCY].data, 3)
		: make_text(load, load->currency, 3));
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
	key = hash_parts(load->owner_id, fields, RC_STATEMENT_BALANCED);
	rcs_sink_add(sink, rcs_sink_form(sink, key, (int64) record->line, values, nulls), key, (int64) record->line);
}

static int
compare_days(const void *a, const void *b)
{
	return strcmp((*(PayoutDay *const *) a)->key, (*(PayoutDay *const *) b)->key);
}

/* One payout a settlement day and currency, of what this file added to it. */
static void
write_derived_payouts(RcsLoad *load)
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
		flush_lines(load, RCS_PAYOUT, false);
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
		Datum		values[64];
		bool		nulls[64];
		RcField		number;
		RcHash128	key;
		char		reference[96];
		int			length = 0;

		day = days[i];
		number = (RcField) {day->settlement_no, (uint32_t) strlen(day->settlement_no)};
		for (const char *c = day->settlement_no; *c; c++)
			if ((unsigned char) *c >= 0x80 || isalnum((unsigned char) *c))
				reference[length++] = *c;
		memset(nulls, true, sizeof(nulls));
		load->scratch_used = 0;
#define SET(name, datum) (values[rcs_sink_column(sink, name)] = (datum), nulls[rcs_sink_column(sink, name)] = false)
		SET("shop_id", Int32GetDatum(load->owner_id));
		SET("payout_no", make_text(load, number.data, number.length));
		SET("settlement_no", make_text(load, number.data, number.length));
		SET("reference", make_text(load, reference, length));
		SET("paid_on", DateADTGetDatum(day->day + load->payout_lag_days));
		SET("currency", make_text(load, day->currency, 3));
		SET("amount", make_numeric(load, day->sum));
		SET("derived", BoolGetDatum(true));
#undef SET
		key = hash_parts(load->owner_id, &number, 1);
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

void
rcs_load_finish(RcsLoad *load)
{
	flush_all(load);
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
			rcs_sink_build_indexes(load->sinks[r]);
	take_aside(load);
	flush_all(load);
	if (load->bank && !load->has_statements)
		write_statement(load);
	write_derived_payouts(load);
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
		{
			RcsRange	range;

			rcs_sink_range(load->sinks[r], &range.first_id, &range.last_id, &range.count);
			if (range.count > 0)
			{
				if (load->ranges[r].count > 0)
				{
					range.first_id = Min(range.first_id, load->ranges[r].first_id);
					range.last_id = Max(range.last_id, load->ranges[r].last_id);
					range.count += load->ranges[r].count;
				}
				load->ranges[r] = range;
			}
			rcs_sink_close(load->sinks[r]);
			load->sinks[r] = NULL;
		}
	if (load->rejected)
	{
		rcs_bulk_end(load->rejected);
		load->rejected = NULL;
	}
}

const RcsRange *
rcs_load_range(const RcsLoad *load, RcsRelation relation)
{
	return &load->ranges[relation];
}
