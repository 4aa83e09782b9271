/*
 * import_orders.c - rows of orders: the order once, each of its lines, the customer apart, and what later files say of its status.
 */
#include "import_parts.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "../read/value.h"

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

void
rcs_flush_orders(RcsLoad *load)
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
			rcs_reject_conflict(load, order, "total");
			continue;
		}
		if (order->fate == RCS_NEW || (order->fate == RCS_KNOWN && (i == 0 || order->key != last_key)))
			rcs_add_sum(load, order->compare);
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

static RcField
field_text(const RcRow *row, int field)
{
	return (RcField) {row->values[field].text, row->values[field].length};
}

void
rcs_add_order(RcsLoad *load, const RcRow *row, const RcRecord *record, RcHash128 key)
{
	RcsSink    *orders = load->sinks[RCS_SALES_ORDER];
	RcsSink    *lines = load->sinks[RCS_ORDER_LINE];
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	OrderExtra *extra = MemoryContextAllocZero(rcs_sink_batch_context(orders), sizeof(OrderExtra));
	RcsEntry   *entry;
	int			ordered_on,
				customer;
	int32		day;

	if (row->values[RC_ORDER_BUYER_NAME].text || row->values[RC_ORDER_BUYER_PHONE].text || row->values[RC_ORDER_SHIP_ADDRESS].text)
	{
		RcsSink    *customers = rcs_open_relation(load, RCS_CUSTOMER);
		RcField		parts[3] = {field_text(row, RC_ORDER_BUYER_NAME), field_text(row, RC_ORDER_BUYER_PHONE), field_text(row, RC_ORDER_SHIP_ADDRESS)};

		load->scratch_used = 0;
		memset(nulls, true, rcs_sink_column_count(customers));
		for (int f = RC_ORDER_BUYER_NAME; f <= RC_ORDER_SHIP_ADDRESS; f++)
			rcs_put_field(load, RCS_CUSTOMER, row, f, values, nulls);
		extra->customer_key = rcs_hash_parts(load->owner_id, parts, 3);
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
			rcs_put_field(load, RCS_ORDER_LINE, row, f, values, nulls);
		values[load->owner_column[RCS_ORDER_LINE]] = Int32GetDatum(load->owner_id);
		nulls[load->owner_column[RCS_ORDER_LINE]] = false;
		extra->line_key = rcs_hash_parts(load->owner_id, parts, 4);
		extra->line = rcs_sink_form(lines, extra->line_key, (int64) record->line, values, nulls);
	}
	load->scratch_used = 0;
	memset(nulls, true, rcs_sink_column_count(orders));
	for (int f = 0; f < row->target->field_count; f++)
		rcs_put_field(load, RCS_SALES_ORDER, row, f, values, nulls);
	values[load->owner_column[RCS_SALES_ORDER]] = Int32GetDatum(load->owner_id);
	nulls[load->owner_column[RCS_SALES_ORDER]] = false;
	ordered_on = rcs_sink_column(orders, "ordered_on");
	values[load->columns[RCS_SALES_ORDER][RC_ORDER_AT]] = TimestampTzGetDatum(rcs_make_instant(load, &row->values[RC_ORDER_AT].time, &day));
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
	rcs_keep_raw(orders, entry, record);
}
