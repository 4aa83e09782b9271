/*
 * camt_record.c - the records that entries and statements of a camt message become.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "camt_state.h"

#define MAX_NARRATIVE_BYTES 4000	/* of the joined narratives of a batch */

static const char *const column_names[RC_CAMT_COLUMNS] = {
	"account", "statement_no", "currency", "booked_on", "value_on", "amount", "narrative", "counterparty", "counterparty_account", "reference",
	"bank_reference", "type", "balance", "batch_count", "status", "reversal", "creditor_reference", "entry_reference", "additional", "reported_on"
};

static bool
is_true(RcField field)
{
	return rc_camt_equals(field, "true") || rc_camt_equals(field, "1");
}

static size_t
print_amount(RcDecimal value, char *buffer, size_t size)
{
	char		digits[32];
	int			length = snprintf(digits, sizeof(digits), "%0*" PRIu64, (int) value.scale + 1,
								  value.digits < 0 ? 0 - (uint64_t) value.digits : (uint64_t) value.digits);
	int			whole = length - value.scale;
	const char *sign = value.digits < 0 ? "-" : "";

	if (value.scale == 0)
		return (size_t) snprintf(buffer, size, "%s%s", sign, digits);
	return (size_t) snprintf(buffer, size, "%s%.*s.%s", sign, whole, digits, digits + whole);
}

static bool
end_field(RcCamt *camt)
{
	camt->ends[camt->field_count++] = camt->out.length;
	return rc_buffer_append_char(&camt->out, '\t');
}

static bool
put(RcCamt *camt, RcField field)
{
	return rc_buffer_append(&camt->out, field.data, field.length) && end_field(camt);
}

static bool
put_string(RcCamt *camt, const char *text)
{
	return rc_buffer_append_string(&camt->out, text) && end_field(camt);
}

static bool
put_number(RcCamt *camt, uint64_t number)
{
	char		text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return put_string(camt, text);
}

static bool
put_amount(RcCamt *camt, RcDecimal amount)
{
	char		text[48];

	print_amount(amount, text, sizeof(text));
	return put_string(camt, text);
}

/* Makes what was put a record. */
static RcCode
give(RcCamt *camt, bool done, const char *section, uint64_t line, uint64_t byte, RcRecord *record, RcStatus *status)
{
	size_t		start = 0;

	if (!done)
		return camt->failure = rc_fail(status, RC_NO_MEMORY, "out of memory");
	for (uint32_t i = 0; i < camt->field_count; i++)
	{
		if (camt->ends[i] - start > RC_MAX_FIELD_BYTES || camt->out.length > RC_MAX_RECORD_BYTES)
		{
			status->line = line;
			return camt->failure = rc_fail(status, RC_TOO_LARGE, "the texts of an entry are longer than %d bytes", RC_MAX_FIELD_BYTES);
		}
		camt->fields[i] = (RcField) {camt->out.data + start, (uint32_t) (camt->ends[i] - start)};
		start = camt->ends[i] + 1;
	}
	*record = (RcRecord) {
		.fields = camt->fields, .field_count = camt->field_count, .line = line, .byte = byte, .section = section,
		.raw = camt->out.data, .raw_length = camt->out.length - 1
	};
	return RC_OK;
}

/* What the details from .. to all say, as far as they say anything. */
static RcField
common_field(const RcCamt *camt, RcCamtMeaning meaning, uint32_t from, uint32_t to)
{
	RcField		result = {"", 0};

	for (uint32_t i = from; i < to; i++)
	{
		RcField		field = rc_camt_detail(camt, i, meaning);

		if (field.length > 0 && result.length > 0 && !rc_camt_same(field, result))
			return (RcField) {"", 0};
		if (field.length > 0)
			result = field;
	}
	return result;
}

static RcField
either(RcField first, RcField second)
{
	return first.length > 0 ? first : second;
}

static bool
put_narrative(RcCamt *camt, uint32_t from, uint32_t to)
{
	size_t		start = camt->out.length;
	RcField		last = {"", 0};

	for (uint32_t i = from; i < to; i++)
	{
		RcField		field = rc_camt_detail(camt, i, RC_CAMT_D_NARRATIVE);

		if (field.length == 0 || rc_camt_same(field, last))
			continue;
		if (i > from && camt->out.length - start + field.length > MAX_NARRATIVE_BYTES)
			break;
		if ((camt->out.length > start && !rc_buffer_append_char(&camt->out, ' ')) || !rc_buffer_append(&camt->out, field.data, field.length))
			return false;
		last = field;
	}
	if (camt->out.length > start)
		return end_field(camt);
	return put(camt, either(common_field(camt, RC_CAMT_D_ADDITIONAL, from, to), rc_camt_entry(camt, RC_CAMT_E_ADDITIONAL)));
}

/* PMNT/RCDT/ESCT, or the bank's own code. */
static bool
put_type(RcCamt *camt, uint32_t from, uint32_t to)
{
	RcField		domain = rc_camt_entry(camt, RC_CAMT_E_DOMAIN);
	RcField		family = rc_camt_entry(camt, RC_CAMT_E_FAMILY);
	RcField		subfamily = rc_camt_entry(camt, RC_CAMT_E_SUBFAMILY);
	RcField		proprietary = rc_camt_entry(camt, RC_CAMT_E_PROPRIETARY);

	if (domain.length == 0 && proprietary.length == 0)
	{
		domain = common_field(camt, RC_CAMT_D_DOMAIN, from, to);
		family = common_field(camt, RC_CAMT_D_FAMILY, from, to);
		subfamily = common_field(camt, RC_CAMT_D_SUBFAMILY, from, to);
		proprietary = common_field(camt, RC_CAMT_D_PROPRIETARY, from, to);
	}
	if (domain.length == 0)
		return put(camt, proprietary);
	return rc_buffer_append(&camt->out, domain.data, domain.length) && rc_buffer_append_char(&camt->out, '/') &&
		rc_buffer_append(&camt->out, family.data, family.length) && rc_buffer_append_char(&camt->out, '/') && put(camt, subfamily);
}

/* The day of a date or time with or without a zone: the bank's own day. */
static RcField
day_of(RcField field)
{
	field.length = (uint32_t) rc_utf8_cut(field.data, field.length, 10);
	return field;
}

RcCode
rc_camt_give_entry(RcCamt *camt, RcRecord *record, RcStatus *status)
{
	uint32_t	from = camt->split ? camt->records_given : 0;
	uint32_t	to = camt->split ? from + 1 : camt->detail_count;
	bool		reversal = is_true(rc_camt_entry(camt, RC_CAMT_E_REVERSAL));
	RcField		amount = rc_camt_entry(camt, RC_CAMT_E_AMOUNT);
	int			sign = camt->entry_sign;
	bool		other_is_debtor;
	RcDecimal	value;
	uint64_t	stands_for = camt->details_seen > camt->batch_count ? camt->details_seen : camt->batch_count;
	RcField		creditor_reference = common_field(camt, RC_CAMT_D_CREDITOR_REFERENCE, from, to);
	RcField		end_to_end = common_field(camt, RC_CAMT_D_END_TO_END, from, to);
	RcField		bank_reference = rc_camt_entry(camt, RC_CAMT_E_BANK_REFERENCE);
	bool		done;

	if (camt->split)
	{
		rc_camt_detail_amount(camt, from, &value, &sign, &amount);
		bank_reference = either(rc_camt_detail(camt, from, RC_CAMT_D_BANK_REFERENCE), bank_reference);
	}
	else if (bank_reference.length == 0)
		bank_reference = common_field(camt, RC_CAMT_D_BANK_REFERENCE, from, to);
	rc_camt_read_amount(amount, &value);
	/* money that comes in comes from the debtor; a reversal brings back what went to the creditor */
	other_is_debtor = (sign > 0) != reversal;
	if (rc_camt_equals(end_to_end, "NOTPROVIDED"))
		end_to_end.length = 0;

	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	done = put(camt, rc_camt_statement(camt, RC_CAMT_S_ACCOUNT)) &&
		put(camt, rc_camt_statement(camt, RC_CAMT_S_NUMBER)) &&
		put(camt, either(rc_camt_entry(camt, RC_CAMT_E_CURRENCY), rc_camt_statement(camt, RC_CAMT_S_CURRENCY))) &&
		put(camt, day_of(rc_camt_entry(camt, RC_CAMT_E_BOOKED))) &&
		put(camt, day_of(rc_camt_entry(camt, RC_CAMT_E_VALUE))) &&
		(sign > 0 || value.digits == 0 || rc_buffer_append_char(&camt->out, '-')) && put(camt, amount) &&
		put_narrative(camt, from, to) &&
		put(camt, other_is_debtor ?
			either(common_field(camt, RC_CAMT_D_DEBTOR, from, to), common_field(camt, RC_CAMT_D_ULTIMATE_DEBTOR, from, to)) :
			either(common_field(camt, RC_CAMT_D_CREDITOR, from, to), common_field(camt, RC_CAMT_D_ULTIMATE_CREDITOR, from, to))) &&
		put(camt, common_field(camt, other_is_debtor ? RC_CAMT_D_DEBTOR_ACCOUNT : RC_CAMT_D_CREDITOR_ACCOUNT, from, to)) &&
		put(camt, either(end_to_end, creditor_reference)) &&
		put(camt, bank_reference) &&
		put_type(camt, from, to) &&
		put_string(camt, "") &&
		(!camt->split && stands_for > 1 ? put_number(camt, stands_for) : put_string(camt, "")) &&
		put(camt, rc_camt_entry(camt, RC_CAMT_E_STATUS)) &&
		put_string(camt, reversal ? "t" : "") &&
		put(camt, creditor_reference) &&
		put(camt, rc_camt_entry(camt, RC_CAMT_E_REFERENCE)) &&
		put(camt, rc_camt_entry(camt, RC_CAMT_E_ADDITIONAL)) &&
		put(camt, day_of(rc_camt_statement(camt, RC_CAMT_S_CREATED)));
	camt->records_given++;
	return give(camt, done, "entry", camt->entry_line, camt->entry_byte, record, status);
}

/* Appends the net sum that the file states, or nothing. */
static bool
put_stated_sum(RcCamt *camt)
{
	RcDecimal	net;
	RcDecimal	credits;
	RcDecimal	debits;
	int			sign = rc_camt_sign(rc_camt_statement(camt, RC_CAMT_S_NET_SIGN));

	if (rc_camt_read_amount(rc_camt_statement(camt, RC_CAMT_S_NET), &net) && (sign != 0 || net.digits == 0))
	{
		net.digits *= sign;
		return put_amount(camt, net);
	}
	if (rc_camt_read_amount(rc_camt_statement(camt, RC_CAMT_S_CREDITS), &credits) && rc_camt_read_amount(rc_camt_statement(camt, RC_CAMT_S_DEBITS), &debits) &&
		rc_camt_add(&credits, debits, -1))
		return put_amount(camt, credits);
	return put_string(camt, "");
}

static const char *
balanced(const RcCamt *camt)
{
	RcDecimal	expected = camt->opening.amount;

	if (!camt->opening.given || !camt->closing.given || strcmp(camt->opening.currency, camt->closing.currency) != 0 ||
		(camt->entry_count > 0 && strcmp(camt->opening.currency, camt->entry_currency) != 0))
		return "";
	return rc_camt_add(&expected, camt->booked_sum, 1) && rc_camt_equal_amounts(expected, camt->closing.amount) ? "t" : "f";
}

static bool
put_balance(RcCamt *camt, const RcCamtBalance *balance)
{
	if (!balance->given)
		return put_string(camt, "") && put_string(camt, "");
	return put(camt, day_of((RcField) {balance->date, (uint32_t) strlen(balance->date)})) && put_amount(camt, balance->amount);
}

RcCode
rc_camt_give_statement(RcCamt *camt, RcRecord *record, RcStatus *status)
{
	RcField		currency = rc_camt_statement(camt, RC_CAMT_S_CURRENCY);
	const char *other = camt->closing.given ? camt->closing.currency : camt->opening.given ? camt->opening.currency : camt->entry_currency;
	bool		done;

	if (currency.length == 0 && strcmp(other, "*") != 0)
		currency = (RcField) {other, (uint32_t) strlen(other)};
	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	done = put(camt, rc_camt_statement(camt, RC_CAMT_S_ACCOUNT)) &&
		put(camt, rc_camt_statement(camt, RC_CAMT_S_NUMBER)) &&
		put(camt, currency) &&
		put_balance(camt, &camt->opening) &&
		put_balance(camt, &camt->closing) &&
		put_number(camt, camt->entry_count) &&
		put_amount(camt, camt->entry_sum) &&
		put(camt, rc_camt_statement(camt, RC_CAMT_S_COUNT)) &&
		put_stated_sum(camt) &&
		put_string(camt, balanced(camt));
	camt->statement_due = false;
	return give(camt, done, "statement", camt->statement_line, camt->statement_byte, record, status);
}

RcCode
rc_camt_give_header(RcCamt *camt, RcRecord *record, RcStatus *status)
{
	bool		done = true;

	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	for (int i = 0; i < RC_CAMT_COLUMNS; i++)
		done = done && put_string(camt, column_names[i]);
	camt->header_given = true;
	return give(camt, done, "header", 1, 0, record, status);
}
