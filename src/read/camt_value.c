/*
 * camt_value.c - texts, signs and amounts of a camt message.
 */
#include <string.h>

#include "camt_state.h"

static RcField
slot_field(const RcBuffer *text, RcCamtSlot slot)
{
	return (RcField) {slot.length > 0 ? text->data + slot.offset : "", slot.length};
}

RcField
rc_camt_statement(const RcCamt *camt, RcCamtMeaning meaning)
{
	return slot_field(&camt->statement_text, camt->statement[meaning - RC_CAMT_TEXT]);
}

RcField
rc_camt_entry(const RcCamt *camt, RcCamtMeaning meaning)
{
	return slot_field(&camt->text, camt->entry[meaning - RC_CAMT_E_REFERENCE]);
}

RcField
rc_camt_detail(const RcCamt *camt, uint32_t detail, RcCamtMeaning meaning)
{
	return slot_field(&camt->text, camt->details[detail].slots[meaning - RC_CAMT_FIRST_DETAIL]);
}

bool
rc_camt_equals(RcField field, const char *text)
{
	return field.length == strlen(text) && memcmp(field.data, text, field.length) == 0;
}

bool
rc_camt_same(RcField a, RcField b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* 1 credit, -1 debit, 0 neither. */
int
rc_camt_sign(RcField field)
{
	return rc_camt_equals(field, "CRDT") ? 1 : rc_camt_equals(field, "DBIT") ? -1 : 0;
}

/* An amount as ISO 20022 writes it: digits and a point. */
bool
rc_camt_read_amount(RcField field, RcDecimal *amount)
{
	static const RcNumberStyle style = {.decimal_mark = '.'};
	RcStatus	status;

	if (field.length == 0)
		return false;
	for (uint32_t i = 0; i < field.length; i++)
	{
		if (!(field.data[i] >= '0' && field.data[i] <= '9') && field.data[i] != '.')
			return false;
	}
	return rc_parse_decimal(field.data, field.length, &style, amount, &status) == RC_OK;
}

/* Adds sign * value; false when it does not fit. */
bool
rc_camt_add(RcDecimal *sum, RcDecimal value, int sign)
{
	int32_t		scale = sum->scale > value.scale ? sum->scale : value.scale;
	int64_t		a;
	int64_t		b;
	RcStatus	status;

	if (rc_rescale(*sum, scale, &a, &status) != RC_OK || rc_rescale(value, scale, &b, &status) != RC_OK ||
		__builtin_mul_overflow(b, (int64_t) sign, &b) || __builtin_add_overflow(a, b, &a))
		return false;
	sum->digits = a;
	sum->scale = scale;
	return true;
}

bool
rc_camt_equal_amounts(RcDecimal a, RcDecimal b)
{
	return rc_camt_add(&a, b, -1) && a.digits == 0;
}

/* The amount of a transaction's details in the entry's currency. */
bool
rc_camt_detail_amount(const RcCamt *camt, uint32_t index, RcDecimal *amount, int *sign, RcField *text)
{
	RcField		currency = rc_camt_detail(camt, index, RC_CAMT_D_CURRENCY);
	RcField		direction = rc_camt_detail(camt, index, RC_CAMT_D_SIGN);

	*text = rc_camt_detail(camt, index, RC_CAMT_D_AMOUNT);
	if (text->length == 0)
	{
		*text = rc_camt_detail(camt, index, RC_CAMT_D_TX_AMOUNT);
		currency = rc_camt_detail(camt, index, RC_CAMT_D_TX_CURRENCY);
	}
	*sign = direction.length == 0 ? camt->entry_sign : rc_camt_sign(direction);
	return *sign != 0 && rc_camt_read_amount(*text, amount) && (currency.length == 0 || rc_camt_same(currency, rc_camt_entry(camt, RC_CAMT_E_CURRENCY)));
}
