/*
 * target.h - what a file can fill: the tables of facts as lists of fields, known by name to mappings.
 *
 * A target is data: a mapping compiles against it, the server looks its columns up by the same names. Adding a kind of document is adding a row here.
 */
#ifndef RC_TARGET_H
#define RC_TARGET_H

#include <stdbool.h>

typedef enum RcFieldType
{
	RC_TYPE_TEXT,				/* free text, trimmed */
	RC_TYPE_ID,					/* an identifier: scientific notation is refused */
	RC_TYPE_WORD,				/* one of the field's words */
	RC_TYPE_AMOUNT,				/* money, at most as many decimals as the row's currency has */
	RC_TYPE_NUMBER,				/* a quantity or price, any scale */
	RC_TYPE_DATE,
	RC_TYPE_TIME,
	RC_TYPE_CURRENCY
} RcFieldType;

typedef struct RcTargetField
{
	const char *name;			/* as mappings call it */
	RcFieldType type;
	bool		required;
	bool		in_key;			/* part of the natural key unless the format says otherwise */
	const char *const *words;	/* RC_TYPE_WORD: NULL-terminated */
} RcTargetField;

typedef enum RcOwner
{
	RC_OWNER_SHOP,
	RC_OWNER_ACCOUNT,
	RC_OWNER_MERCHANT			/* of the merchant; a shop or account may be named besides */
} RcOwner;

typedef struct RcTarget
{
	const char *name;			/* as mappings call it */
	RcOwner		owner;
	const RcTargetField *fields;
	int			field_count;
	int			amount;			/* field whose sum is the control total: of money, or of goods a quantity */
	int			currency;		/* index of the currency field; -1: none */
} RcTarget;

#define RC_MAX_TARGET_FIELDS 24

enum
{
	RC_ORDER_NO, RC_ORDER_AT, RC_ORDER_CURRENCY, RC_ORDER_TOTAL, RC_ORDER_SHIPPING, RC_ORDER_DISCOUNT, RC_ORDER_TAX, RC_ORDER_STATUS,
	RC_ORDER_SKU, RC_ORDER_QUANTITY, RC_ORDER_UNIT_PRICE, RC_ORDER_BUYER_NAME, RC_ORDER_BUYER_PHONE, RC_ORDER_SHIP_ADDRESS
};
enum
{
	RC_LINE_POSTED_AT, RC_LINE_KIND, RC_LINE_CURRENCY, RC_LINE_AMOUNT, RC_LINE_SETTLEMENT_NO, RC_LINE_ORDER_NO, RC_LINE_TRANSACTION_NO,
	RC_LINE_PLATFORM_TYPE, RC_LINE_SKU, RC_LINE_QUANTITY, RC_LINE_DESCRIPTION
};
enum
{
	RC_BANK_BOOKED_ON, RC_BANK_VALUE_ON, RC_BANK_CURRENCY, RC_BANK_AMOUNT, RC_BANK_NARRATIVE, RC_BANK_COUNTERPARTY, RC_BANK_REFERENCE,
	RC_BANK_BALANCE
};
enum
{
	RC_PAYOUT_NO, RC_PAYOUT_PAID_ON, RC_PAYOUT_CURRENCY, RC_PAYOUT_AMOUNT, RC_PAYOUT_SETTLEMENT_NO, RC_PAYOUT_REFERENCE
};
enum
{
	RC_SETTLEMENT_NO, RC_SETTLEMENT_STARTS_AT, RC_SETTLEMENT_ENDS_AT, RC_SETTLEMENT_PAID_ON, RC_SETTLEMENT_CURRENCY, RC_SETTLEMENT_TOTAL
};
enum
{
	RC_SHIPMENT_ORDER_NO, RC_SHIPMENT_AT, RC_SHIPMENT_QUANTITY, RC_SHIPMENT_SKU, RC_SHIPMENT_LINE_REF, RC_SHIPMENT_NO, RC_SHIPMENT_TRACKING_NO,
	RC_SHIPMENT_COURIER, RC_SHIPMENT_SERVICE, RC_SHIPMENT_ZONE, RC_SHIPMENT_WEIGHT, RC_SHIPMENT_STATUS, RC_SHIPMENT_WAREHOUSE,
	RC_SHIPMENT_DESCRIPTION, RC_SHIPMENT_BUYER_NAME, RC_SHIPMENT_BUYER_PHONE, RC_SHIPMENT_SHIP_ADDRESS
};
enum
{
	RC_RETURN_ORDER_NO, RC_RETURN_AT, RC_RETURN_QUANTITY, RC_RETURN_SKU, RC_RETURN_LINE_REF, RC_RETURN_NO, RC_RETURN_TRACKING_NO, RC_RETURN_COURIER,
	RC_RETURN_CONDITION, RC_RETURN_REASON, RC_RETURN_STATUS, RC_RETURN_CURRENCY, RC_RETURN_REFUND_AMOUNT, RC_RETURN_DESCRIPTION,
	RC_RETURN_BUYER_NAME, RC_RETURN_BUYER_PHONE, RC_RETURN_SHIP_ADDRESS
};
enum
{
	RC_RECEIPT_AT, RC_RECEIPT_QUANTITY, RC_RECEIPT_SKU, RC_RECEIPT_LINE_REF, RC_RECEIPT_NO, RC_RECEIPT_RETURN_NO, RC_RECEIPT_ORDER_NO,
	RC_RECEIPT_TRACKING_NO, RC_RECEIPT_COURIER, RC_RECEIPT_CONDITION, RC_RECEIPT_WAREHOUSE, RC_RECEIPT_DESCRIPTION
};
enum
{
	RC_CHARGE_ON, RC_CHARGE_KIND, RC_CHARGE_CURRENCY, RC_CHARGE_AMOUNT, RC_CHARGE_COURIER, RC_CHARGE_BILL_NO, RC_CHARGE_TRACKING_NO,
	RC_CHARGE_ORDER_NO, RC_CHARGE_TYPE, RC_CHARGE_SERVICE, RC_CHARGE_ZONE, RC_CHARGE_WEIGHT, RC_CHARGE_DESCRIPTION
};
enum
{
	RC_STOCK_AT, RC_STOCK_SKU, RC_STOCK_QUANTITY, RC_STOCK_KIND, RC_STOCK_PLATFORM_TYPE, RC_STOCK_MOVEMENT_NO, RC_STOCK_WAREHOUSE, RC_STOCK_CONDITION,
	RC_STOCK_ORDER_NO, RC_STOCK_REFERENCE, RC_STOCK_UNIT_COST, RC_STOCK_BALANCE, RC_STOCK_DESCRIPTION
};
enum
{
	RC_LEDGER_ON, RC_LEDGER_CURRENCY, RC_LEDGER_AMOUNT, RC_LEDGER_ENTRY_NO, RC_LEDGER_ACCOUNT, RC_LEDGER_ORDER_NO, RC_LEDGER_REFERENCE,
	RC_LEDGER_COUNTERPARTY, RC_LEDGER_DESCRIPTION
};

extern const RcTarget rc_target_order;
extern const RcTarget rc_target_settlement_line;
extern const RcTarget rc_target_bank_line;
extern const RcTarget rc_target_payout;
extern const RcTarget rc_target_settlement;
extern const RcTarget rc_target_shipment;	/* a document and its lines, as an order is */
extern const RcTarget rc_target_return;
extern const RcTarget rc_target_receipt;
extern const RcTarget rc_target_courier_charge;
extern const RcTarget rc_target_stock_movement;
extern const RcTarget rc_target_ledger_entry;

/* All of them, NULL-terminated. */
extern const RcTarget *const rc_targets[];

/* A target by name, NULL when there is none. */
extern const RcTarget *rc_target_find(const char *name);

/* Index of a field by name, -1 when there is none. */
extern int	rc_target_field(const RcTarget *target, const char *name);

#endif
