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
		const RcsDocumentExtra *extra = entries[i]->extra;

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

/* Whether an id is asked for the first time. */
static bool
is_first(HTAB **seen, int64 id)
{
	bool		found;

	if (!*seen)
	{
		HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(int64), .hcxt = CurrentMemoryContext};

		*seen = hash_create("reconcile counted orders", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	hash_search(*seen, &id, HASH_ENTER, &found);
	return !found;
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
	HTAB	   *counted = NULL;		/* ids of known orders that are in the control total */

	if (count == 0)
		return;
	flush_context = AllocSetContextCreate(load->context, "reconcile flush", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(flush_context);
	known_ids = palloc(sizeof(int64) * count);
	known = palloc(sizeof(RcsEntry *) * count);
	fresh = palloc0(sizeof(bool) * count);
	rcs_sink_resolve(orders);
	rcs_refuse_closed(load, orders);
	rcs_flush_customers(load, orders);
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *order = rcs_sink_entry(orders, i);
		RcsDocumentExtra *extra = order->extra;
		RcsEntry   *line;

		if (order->fate == RCS_CONFLICT)
		{
			rcs_reject_conflict(load, order, "total");
			continue;
		}
		if (order->fate == RCS_CLOSED)
		{
			rcs_reject_closed(load, order, RCS_SALES_ORDER);
			continue;
		}
		if (order->fate == RCS_NEW || (order->fate == RCS_KNOWN && is_first(&counted, order->id)))
			rcs_add_sum(load, order->compare);
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
		RcsEntry   *order;

		/* A line has no day but that of its order, which may be known. */
		order = rcs_sink_entry(orders, (int) ((bool *) line->extra - fresh));
		if (line->fate == RCS_NEW && order->closed_day)
		{
			line->fate = RCS_DROPPED;
			rcs_reject_closed(load, order, RCS_SALES_ORDER);
		}
		else if (line->fate == RCS_NEW || *(bool *) line->extra)
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
	RcsDocumentExtra *extra = MemoryContextAllocZero(rcs_sink_batch_context(orders), sizeof(RcsDocumentExtra));
	RcsEntry   *entry;

	rcs_form_customer(load, row, record, RC_ORDER_BUYER_NAME, extra);
	if (row->values[RC_ORDER_SKU].text || row->values[RC_ORDER_QUANTITY].text || row->values[RC_ORDER_UNIT_PRICE].text)
	{
		char		quantity[64],
					price[64];
		RcField		parts[4] = {field_text(row, RC_ORDER_NO), field_text(row, RC_ORDER_SKU),
		rc_canonical(&row->values[RC_ORDER_QUANTITY], RC_TYPE_NUMBER, quantity), rc_canonical(&row->values[RC_ORDER_UNIT_PRICE], RC_TYPE_NUMBER, price)};

		rcs_put_row(load, RCS_ORDER_LINE, row, values, nulls);
		extra->line_key = rcs_hash_parts(load->owner_id, parts, 4);
		extra->line = rcs_sink_form(lines, extra->line_key, (int64) record->line, values, nulls);
	}
	rcs_put_row(load, RCS_SALES_ORDER, row, values, nulls);
	if (load->order_totals)
		rcs_put_order_totals(load, values, nulls);
	rcs_leave_token(orders, extra, values, nulls);
	if (row->values[RC_ORDER_STATUS].text)
	{
		char	   *copy = MemoryContextAlloc(rcs_sink_batch_context(orders), row->values[RC_ORDER_STATUS].length + 1);

		memcpy(copy, row->values[RC_ORDER_STATUS].text, row->values[RC_ORDER_STATUS].length);
		extra->status = copy;
		extra->status_length = (int32) row->values[RC_ORDER_STATUS].length;
	}
	entry = rcs_sink_add(orders, rcs_sink_form(orders, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->compare = load->order_totals ? load->order_totals->sums[0] : row->values[RC_ORDER_TOTAL].number;
	entry->comparable = true;
	entry->extra = extra;
	entry->closed_day = rcs_day_is_closed(load, RCS_SALES_ORDER, values, nulls);
	rcs_keep_raw(orders, entry, record);
}
