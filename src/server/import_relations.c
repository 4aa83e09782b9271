/*
 * import_relations.c - the tables that a file fills: which target, which columns, which sink.
 */
#include "import_parts.h"

#include "utils/memutils.h"

const char *const rcs_relation_names[RCS_RELATION_COUNT] = {
	"sales_order", "order_line", "customer", "settlement", "settlement_line", "payout", "bank_statement", "bank_line"
};

const RcTarget *
rcs_target_of(RcsRelation relation)
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

RcsRelation
rcs_relation_of(const RcTarget *target)
{
	return target == &rc_target_order ? RCS_SALES_ORDER : target == &rc_target_settlement_line ? RCS_SETTLEMENT_LINE :
		target == &rc_target_payout ? RCS_PAYOUT : target == &rc_target_settlement ? RCS_SETTLEMENT : RCS_BANK_LINE;
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
	return rcs_target_of(relation)->fields[field].name;
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
	for (int f = 0; f < rcs_target_of(relation)->field_count; f++)
	{
		const char *name = column_name(relation, f);

		load->columns[relation][f] = name ? rcs_sink_column(load->sinks[relation], name) : -1;
	}
	load->owner_column[relation] = relation == RCS_CUSTOMER ? -1 :
		rcs_sink_column(load->sinks[relation], relation == RCS_BANK_LINE || relation == RCS_BANK_STATEMENT ? "account_id" : "shop_id");
	MemoryContextSwitchTo(caller);
	return load->sinks[relation];
}

const RcsRange *
rcs_load_range(const RcsLoad *load, RcsRelation relation)
{
	return &load->ranges[relation];
}
