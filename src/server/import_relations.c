/*
 * import_relations.c - the tables that a file fills: which target, which columns, which sink.
 */
#include "import_parts.h"

#include "utils/memutils.h"

const char *const rcs_relation_names[RCS_RELATION_COUNT] = {
	"sales_order", "order_line", "customer", "settlement", "settlement_line", "payout", "bank_statement", "bank_line",
	"shipment", "shipment_line", "return_order", "return_line", "return_receipt", "receipt_line", "courier_charge", "stock_movement", "ledger_entry"
};

/* NULL: the file's own. */
static const RcTarget *const targets[RCS_RELATION_COUNT] = {
	[RCS_SALES_ORDER] = &rc_target_order,
	[RCS_ORDER_LINE] = &rc_target_order,
	[RCS_SETTLEMENT] = &rc_target_settlement,
	[RCS_SETTLEMENT_LINE] = &rc_target_settlement_line,
	[RCS_PAYOUT] = &rc_target_payout,
	[RCS_BANK_STATEMENT] = &rc_target_bank_line,
	[RCS_BANK_LINE] = &rc_target_bank_line,
	[RCS_SHIPMENT] = &rc_target_shipment,
	[RCS_SHIPMENT_LINE] = &rc_target_shipment,
	[RCS_RETURN_ORDER] = &rc_target_return,
	[RCS_RETURN_LINE] = &rc_target_return,
	[RCS_RETURN_RECEIPT] = &rc_target_receipt,
	[RCS_RECEIPT_LINE] = &rc_target_receipt,
	[RCS_COURIER_CHARGE] = &rc_target_courier_charge,
	[RCS_STOCK_MOVEMENT] = &rc_target_stock_movement,
	[RCS_LEDGER_ENTRY] = &rc_target_ledger_entry
};

const RcTarget *
rcs_target_of(const RcsLoad *load, RcsRelation relation)
{
	return targets[relation] ? targets[relation] : load->format->target;
}

/* The first relation of a target is the one that its rows are known by; a statement comes out of lines. */
RcsRelation
rcs_relation_of(const RcTarget *target)
{
	for (RcsRelation r = 0; r < RCS_RELATION_COUNT; r++)
		if (targets[r] == target && r != RCS_BANK_STATEMENT)
			return r;
	elog(ERROR, "target %s has no table", target->name);
}

/* The column that a field goes to, -1 when the relation has none. */
static int
column_of(RcsSink *sink, RcsRelation relation, const char *field)
{
	static const char *const customers[][2] = {{"buyer_name", "name"}, {"buyer_phone", "phone"}, {"ship_address", "address"}};

	/* Its rows come with a container's statements. */
	if (relation == RCS_BANK_STATEMENT)
		return -1;
	if (relation != RCS_CUSTOMER)
		return rcs_sink_find_column(sink, field);
	for (int i = 0; i < (int) lengthof(customers); i++)
		if (strcmp(field, customers[i][0]) == 0)
			return rcs_sink_column(sink, customers[i][1]);
	return -1;
}

/* The day of a time stands in a column of its own: of ordered_at in ordered_on. */
static int
day_column(RcsSink *sink, const RcTarget *target)
{
	for (int f = 0; f < target->field_count; f++)
	{
		char		name[NAMEDATALEN];
		size_t		length = strlcpy(name, target->fields[f].name, sizeof(name));

		if (target->fields[f].type != RC_TYPE_TIME || length < 3 || strcmp(name + length - 3, "_at") != 0)
			continue;
		strcpy(name + length - 2, "on");
		if (rcs_sink_find_column(sink, name) >= 0)
			return rcs_sink_find_column(sink, name);
	}
	return -1;
}

RcsSink *
rcs_open_relation(RcsLoad *load, RcsRelation relation)
{
	static const RcsSinkOptions options[RCS_RELATION_COUNT] = {
		[RCS_SALES_ORDER] = {.merge = true, .compare_column = "total"},
		[RCS_ORDER_LINE] = {0},
		[RCS_CUSTOMER] = {.merge = true},
		[RCS_SETTLEMENT] = {.merge = true, .compare_column = "total", .batch_rows = 1000},
		[RCS_SETTLEMENT_LINE] = {.compare_column = "amount"},
		[RCS_PAYOUT] = {.merge = true, .compare_column = "amount", .batch_rows = 8192},
		[RCS_BANK_STATEMENT] = {.merge = true, .batch_rows = 100},
		[RCS_BANK_LINE] = {.compare_column = "amount"},
		[RCS_SHIPMENT] = {.merge = true},
		[RCS_SHIPMENT_LINE] = {.compare_column = "quantity"},
		[RCS_RETURN_ORDER] = {.merge = true},
		[RCS_RETURN_LINE] = {.compare_column = "quantity"},
		[RCS_RETURN_RECEIPT] = {.merge = true},
		[RCS_RECEIPT_LINE] = {.compare_column = "quantity"},
		[RCS_COURIER_CHARGE] = {.compare_column = "amount"},
		[RCS_STOCK_MOVEMENT] = {.compare_column = "quantity"},
		[RCS_LEDGER_ENTRY] = {.compare_column = "amount"}
	};
	const RcTarget *target = rcs_target_of(load, relation);
	RcsSinkOptions chosen = options[relation];
	RcsSink    *sink;
	MemoryContext caller;

	if (load->sinks[relation])
		return load->sinks[relation];
	caller = MemoryContextSwitchTo(load->context);
	/* Customers come again in batch after batch: they are looked up all the time. */
	if (chosen.batch_rows == 0 && relation != RCS_CUSTOMER)
		chosen.expected_rows = load->expected_rows;
	sink = load->sinks[relation] = rcs_sink_open(rcs_relation_names[relation], load->merchant_id, load->import_id, chosen);
	for (int f = 0; f < target->field_count; f++)
		load->columns[relation][f] = column_of(sink, relation, target->fields[f].name);
	load->shop_column[relation] = rcs_sink_find_column(sink, "shop_id");
	load->account_column[relation] = rcs_sink_find_column(sink, "account_id");
	load->day_column[relation] = day_column(sink, target);
	load->closing_column[relation] = rcs_closing_column(sink, relation);
	MemoryContextSwitchTo(caller);
	return sink;
}

const RcsRange *
rcs_load_range(const RcsLoad *load, RcsRelation relation)
{
	return &load->ranges[relation];
}
