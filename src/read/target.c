/*
 * target.c - the fields of each kind of document.
 */
#include "target.h"

#include <stddef.h>
#include <string.h>

static const char *const line_kinds[] = {
	"sale", "refund", "commission", "service_fee", "shipping_fee", "shipping", "tax", "subsidy", "discount", "reserve_held",
	"reserve_released", "chargeback", "adjustment", "payout", "other", NULL
};

static const char *const charge_kinds[] = {
	"freight", "fuel", "surcharge", "insurance", "cod", "return", "duty", "tax", "discount", "adjustment", "other", NULL
};

static const char *const movement_kinds[] = {
	"opening", "purchase", "shipment", "return", "transfer", "adjustment", "count", "other", NULL
};

static const RcTargetField order_fields[] = {
	{"order_no", RC_TYPE_ID, true, true, NULL},
	{"ordered_at", RC_TYPE_TIME, true, false, NULL},
	{"currency", RC_TYPE_CURRENCY, true, false, NULL},
	{"total", RC_TYPE_AMOUNT, true, false, NULL},
	{"shipping", RC_TYPE_AMOUNT, false, false, NULL},
	{"discount", RC_TYPE_AMOUNT, false, false, NULL},
	{"tax", RC_TYPE_AMOUNT, false, false, NULL},
	{"status", RC_TYPE_TEXT, false, false, NULL},
	{"sku", RC_TYPE_ID, false, false, NULL},
	{"quantity", RC_TYPE_NUMBER, false, false, NULL},
	{"unit_price", RC_TYPE_NUMBER, false, false, NULL},
	{"buyer_name", RC_TYPE_TEXT, false, false, NULL},
	{"buyer_phone", RC_TYPE_ID, false, false, NULL},
	{"ship_address", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField settlement_line_fields[] = {
	{"posted_at", RC_TYPE_TIME, true, true, NULL},
	{"kind", RC_TYPE_WORD, true, true, line_kinds},
	{"currency", RC_TYPE_CURRENCY, true, true, NULL},
	{"amount", RC_TYPE_AMOUNT, true, true, NULL},
	{"settlement_no", RC_TYPE_ID, false, true, NULL},
	{"order_no", RC_TYPE_ID, false, true, NULL},
	{"transaction_no", RC_TYPE_ID, false, true, NULL},
	{"platform_type", RC_TYPE_TEXT, false, true, NULL},
	{"sku", RC_TYPE_ID, false, true, NULL},
	{"quantity", RC_TYPE_NUMBER, false, true, NULL},
	{"description", RC_TYPE_TEXT, false, true, NULL}
};

static const RcTargetField bank_line_fields[] = {
	{"booked_on", RC_TYPE_DATE, true, true, NULL},
	{"value_on", RC_TYPE_DATE, false, false, NULL},
	{"currency", RC_TYPE_CURRENCY, true, false, NULL},
	{"amount", RC_TYPE_AMOUNT, true, true, NULL},
	{"narrative", RC_TYPE_TEXT, false, true, NULL},
	{"counterparty", RC_TYPE_TEXT, false, true, NULL},
	{"reference", RC_TYPE_ID, false, true, NULL},
	{"balance", RC_TYPE_AMOUNT, false, true, NULL}
};

static const RcTargetField payout_fields[] = {
	{"payout_no", RC_TYPE_ID, true, true, NULL},
	{"paid_on", RC_TYPE_DATE, true, false, NULL},
	{"currency", RC_TYPE_CURRENCY, true, false, NULL},
	{"amount", RC_TYPE_AMOUNT, true, false, NULL},
	{"settlement_no", RC_TYPE_ID, false, false, NULL},
	{"reference", RC_TYPE_ID, false, false, NULL}
};

static const RcTargetField settlement_fields[] = {
	{"settlement_no", RC_TYPE_ID, true, true, NULL},
	{"starts_at", RC_TYPE_TIME, false, false, NULL},
	{"ends_at", RC_TYPE_TIME, false, false, NULL},
	{"paid_on", RC_TYPE_DATE, false, false, NULL},
	{"currency", RC_TYPE_CURRENCY, true, false, NULL},
	{"total", RC_TYPE_AMOUNT, false, false, NULL}
};

static const RcTargetField shipment_fields[] = {
	{"order_no", RC_TYPE_ID, true, true, NULL},
	{"shipped_at", RC_TYPE_TIME, true, false, NULL},
	{"quantity", RC_TYPE_NUMBER, true, false, NULL},
	{"sku", RC_TYPE_ID, false, false, NULL},
	{"line_ref", RC_TYPE_ID, false, false, NULL},
	{"shipment_no", RC_TYPE_ID, false, true, NULL},
	{"tracking_no", RC_TYPE_ID, false, true, NULL},
	{"courier", RC_TYPE_TEXT, false, false, NULL},
	{"service", RC_TYPE_TEXT, false, false, NULL},
	{"zone", RC_TYPE_TEXT, false, false, NULL},
	{"weight", RC_TYPE_NUMBER, false, false, NULL},
	{"status", RC_TYPE_TEXT, false, false, NULL},
	{"warehouse", RC_TYPE_TEXT, false, false, NULL},
	{"description", RC_TYPE_TEXT, false, false, NULL},
	{"buyer_name", RC_TYPE_TEXT, false, false, NULL},
	{"buyer_phone", RC_TYPE_ID, false, false, NULL},
	{"ship_address", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField return_fields[] = {
	{"order_no", RC_TYPE_ID, true, true, NULL},
	{"returned_at", RC_TYPE_TIME, true, true, NULL},
	{"quantity", RC_TYPE_NUMBER, true, false, NULL},
	{"sku", RC_TYPE_ID, false, false, NULL},
	{"line_ref", RC_TYPE_ID, false, false, NULL},
	{"return_no", RC_TYPE_ID, false, true, NULL},
	{"tracking_no", RC_TYPE_ID, false, true, NULL},
	{"courier", RC_TYPE_TEXT, false, false, NULL},
	{"condition", RC_TYPE_TEXT, false, false, NULL},
	{"reason", RC_TYPE_TEXT, false, false, NULL},
	{"status", RC_TYPE_TEXT, false, false, NULL},
	{"currency", RC_TYPE_CURRENCY, false, false, NULL},
	{"refund_amount", RC_TYPE_AMOUNT, false, false, NULL},
	{"description", RC_TYPE_TEXT, false, false, NULL},
	{"buyer_name", RC_TYPE_TEXT, false, false, NULL},
	{"buyer_phone", RC_TYPE_ID, false, false, NULL},
	{"ship_address", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField receipt_fields[] = {
	{"received_at", RC_TYPE_TIME, true, true, NULL},
	{"quantity", RC_TYPE_NUMBER, true, false, NULL},
	{"sku", RC_TYPE_ID, false, false, NULL},
	{"line_ref", RC_TYPE_ID, false, false, NULL},
	{"receipt_no", RC_TYPE_ID, false, true, NULL},
	{"return_no", RC_TYPE_ID, false, true, NULL},
	{"order_no", RC_TYPE_ID, false, true, NULL},
	{"tracking_no", RC_TYPE_ID, false, true, NULL},
	{"courier", RC_TYPE_TEXT, false, false, NULL},
	{"condition", RC_TYPE_TEXT, false, false, NULL},
	{"warehouse", RC_TYPE_TEXT, false, false, NULL},
	{"description", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField courier_charge_fields[] = {
	{"charged_on", RC_TYPE_DATE, true, true, NULL},
	{"kind", RC_TYPE_WORD, true, true, charge_kinds},
	{"currency", RC_TYPE_CURRENCY, true, false, NULL},
	{"amount", RC_TYPE_AMOUNT, true, false, NULL},
	{"courier", RC_TYPE_TEXT, false, true, NULL},
	{"bill_no", RC_TYPE_ID, false, true, NULL},
	{"tracking_no", RC_TYPE_ID, false, true, NULL},
	{"order_no", RC_TYPE_ID, false, false, NULL},
	{"charge_type", RC_TYPE_TEXT, false, true, NULL},
	{"service", RC_TYPE_TEXT, false, false, NULL},
	{"zone", RC_TYPE_TEXT, false, false, NULL},
	{"weight", RC_TYPE_NUMBER, false, false, NULL},
	{"description", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField stock_movement_fields[] = {
	{"moved_at", RC_TYPE_TIME, true, true, NULL},
	{"sku", RC_TYPE_ID, true, true, NULL},
	{"quantity", RC_TYPE_NUMBER, true, true, NULL},
	{"kind", RC_TYPE_WORD, true, true, movement_kinds},
	{"platform_type", RC_TYPE_TEXT, false, false, NULL},
	{"movement_no", RC_TYPE_ID, false, true, NULL},
	{"warehouse", RC_TYPE_TEXT, false, true, NULL},
	{"condition", RC_TYPE_TEXT, false, true, NULL},
	{"order_no", RC_TYPE_ID, false, true, NULL},
	{"reference", RC_TYPE_ID, false, true, NULL},
	{"unit_cost", RC_TYPE_NUMBER, false, false, NULL},
	{"balance", RC_TYPE_NUMBER, false, false, NULL},
	{"description", RC_TYPE_TEXT, false, false, NULL}
};

static const RcTargetField ledger_entry_fields[] = {
	{"posted_on", RC_TYPE_DATE, true, true, NULL},
	{"currency", RC_TYPE_CURRENCY, true, true, NULL},
	{"amount", RC_TYPE_AMOUNT, true, true, NULL},
	{"entry_no", RC_TYPE_ID, false, true, NULL},
	{"ledger_account", RC_TYPE_ID, false, true, NULL},
	{"order_no", RC_TYPE_ID, false, true, NULL},
	{"reference", RC_TYPE_ID, false, true, NULL},
	{"counterparty", RC_TYPE_TEXT, false, true, NULL},
	{"description", RC_TYPE_TEXT, false, true, NULL}
};

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

const RcTarget rc_target_order = {"order", RC_OWNER_SHOP, order_fields, COUNT(order_fields), RC_ORDER_TOTAL, RC_ORDER_CURRENCY};
const RcTarget rc_target_settlement_line = {"settlement_line", RC_OWNER_SHOP, settlement_line_fields, COUNT(settlement_line_fields), RC_LINE_AMOUNT, RC_LINE_CURRENCY};
const RcTarget rc_target_bank_line = {"bank_line", RC_OWNER_ACCOUNT, bank_line_fields, COUNT(bank_line_fields), RC_BANK_AMOUNT, RC_BANK_CURRENCY};
const RcTarget rc_target_payout = {"payout", RC_OWNER_SHOP, payout_fields, COUNT(payout_fields), RC_PAYOUT_AMOUNT, RC_PAYOUT_CURRENCY};
const RcTarget rc_target_settlement = {"settlement", RC_OWNER_SHOP, settlement_fields, COUNT(settlement_fields), RC_SETTLEMENT_TOTAL, RC_SETTLEMENT_CURRENCY};
const RcTarget rc_target_shipment = {"shipment", RC_OWNER_MERCHANT, shipment_fields, COUNT(shipment_fields), RC_SHIPMENT_QUANTITY, -1};
const RcTarget rc_target_return = {"return", RC_OWNER_MERCHANT, return_fields, COUNT(return_fields), RC_RETURN_QUANTITY, RC_RETURN_CURRENCY};
const RcTarget rc_target_receipt = {"receipt", RC_OWNER_MERCHANT, receipt_fields, COUNT(receipt_fields), RC_RECEIPT_QUANTITY, -1};
const RcTarget rc_target_courier_charge = {"courier_charge", RC_OWNER_MERCHANT, courier_charge_fields, COUNT(courier_charge_fields), RC_CHARGE_AMOUNT, RC_CHARGE_CURRENCY};
const RcTarget rc_target_stock_movement = {"stock_movement", RC_OWNER_MERCHANT, stock_movement_fields, COUNT(stock_movement_fields), RC_STOCK_QUANTITY, -1};
const RcTarget rc_target_ledger_entry = {"ledger_entry", RC_OWNER_MERCHANT, ledger_entry_fields, COUNT(ledger_entry_fields), RC_LEDGER_AMOUNT, RC_LEDGER_CURRENCY};

const RcTarget *const rc_targets[] = {
	&rc_target_order, &rc_target_settlement_line, &rc_target_bank_line, &rc_target_payout, &rc_target_settlement,
	&rc_target_shipment, &rc_target_return, &rc_target_receipt, &rc_target_courier_charge, &rc_target_stock_movement, &rc_target_ledger_entry, NULL
};

const RcTarget *
rc_target_find(const char *name)
{
	for (int i = 0; rc_targets[i]; i++)
		if (strcmp(rc_targets[i]->name, name) == 0)
			return rc_targets[i];
	return NULL;
}

int
rc_target_field(const RcTarget *target, const char *name)
{
	for (int i = 0; i < target->field_count; i++)
		if (strcmp(target->fields[i].name, name) == 0)
			return i;
	return -1;
}
