/*
 * camt.c - ISO 20022 account reports, statements and notifications.
 */
#include "camt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/money.h"
#include "../base/text.h"
#include "camt_path.h"
#include "encoding.h"
#include "xml.h"

#define HEAD_BYTES 1024			/* where the XML declaration stands */
#define MAX_NARRATIVE_BYTES 4000	/* of the joined narratives of a batch */
#define MAX_VERSION 8
#define FIRST_DETAIL RC_CAMT_D_BANK_REFERENCE
#define DETAIL_SLOTS (RC_CAMT_SLOTS - FIRST_DETAIL)

static const char *const column_names[RC_CAMT_COLUMNS] = {
	"account", "statement_no", "currency", "booked_on", "value_on", "amount", "narrative", "counterparty", "counterparty_account", "reference",
	"bank_reference", "type", "balance", "batch_count", "status", "reversal", "creditor_reference", "entry_reference", "additional"
};

/* A piece of a text buffer; length 0: nothing. */
typedef struct Slot
{
	uint32_t	offset;
	uint32_t	length;
} Slot;

typedef struct Detail
{
	Slot		slots[DETAIL_SLOTS];
} Detail;

typedef struct Balance
{
	bool		given;
	RcDecimal	amount;
	char		currency[8];
	char		date[12];
} Balance;

typedef struct Camt
{
	const RcAllocator *allocator;

	/* the text: decoded, counted, handed to expat */
	RcInput		file;			/* behind the head */
	char		head[HEAD_BYTES];
	size_t		head_length;
	size_t		head_given;
	RcInput		whole;			/* head and file */
	RcCharset  *charset;
	const char *window;
	size_t		window_length;
	size_t		window_given;
	uint64_t	lines;			/* of the text handed on */

	RcXml	   *xml;
	uint32_t	depth;
	const RcCamtStep *children[RC_XML_MAX_DEPTH + 1];
	RcCamtMeaning meaning[RC_XML_MAX_DEPTH + 1];
	RcCode		failure;		/* of making a record; those of parsing stay in xml */
	bool		header_given;
	uint64_t	statements;

	/* the statement being read */
	RcBuffer	statement_text;
	Slot		statement[RC_CAMT_B_TYPE - RC_CAMT_TEXT];
	uint64_t	statement_line;
	uint64_t	statement_byte;
	bool		in_statement;
	bool		statement_due;	/* its record is to be given */
	char		balance_texts[5][32];	/* of the balance being read, by its slots */
	Balance		opening;		/* OPBD */
	Balance		previous;		/* PRCD */
	Balance		closing;		/* CLBD */
	Balance		first_interim;	/* ITBD */
	Balance		last_interim;
	int			interims;
	uint64_t	entry_count;
	RcDecimal	entry_sum;
	RcDecimal	booked_sum;
	char		entry_currency[8];	/* of all entries, "*" when they differ */

	/* the entry being read; its text holds the details' too */
	RcBuffer	text;
	Slot		entry[FIRST_DETAIL - RC_CAMT_E_REFERENCE];
	uint64_t	entry_line;
	uint64_t	entry_byte;
	int			entry_sign;
	uint64_t	batch_count;	/* stated */
	Detail	   *details;
	uint32_t	detail_count;
	uint32_t	detail_capacity;
	uint64_t	details_seen;	/* also those not kept */
	bool		in_entry;
	bool		split;
	uint32_t	records_due;
	uint32_t	records_given;

	/* the record being given */
	RcBuffer	out;
	uint32_t	field_count;
	size_t		ends[RC_CAMT_COLUMNS];
	RcField		fields[RC_CAMT_COLUMNS];
} Camt;

/*
 * ---- bytes in ----
 */

static int64_t
read_whole(void *context, char *buffer, size_t size, RcStatus *status)
{
	Camt	   *camt = context;
	size_t		left = camt->head_length - camt->head_given;

	if (left == 0)
		return camt->file.read(camt->file.context, buffer, size, status);
	if (size > left)
		size = left;
	memcpy(buffer, camt->head + camt->head_given, size);
	camt->head_given += size;
	return (int64_t) size;
}

static int64_t
read_text(void *context, char *buffer, size_t size, RcStatus *status)
{
	Camt	   *camt = context;
	size_t		left = camt->window_length - camt->window_given;

	if (left == 0)
	{
		RcCode		code = rc_charset_fill(camt->charset, camt->window_length, &camt->window, &camt->window_length, status);

		camt->window_given = 0;
		if (code == RC_END)
		{
			camt->window_length = 0;
			return 0;
		}
		if (code != RC_OK)
		{
			status->line = camt->lines + 1;
			return -1;
		}
		left = camt->window_length;
	}
	if (size > left)
		size = left;
	memcpy(buffer, camt->window + camt->window_given, size);
	camt->window_given += size;
	for (const char *at = buffer; (at = memchr(at, '\n', size - (size_t) (at - buffer))) != NULL; at++)
		camt->lines++;
	return (int64_t) size;
}

/* What the document is in: as told, by its first bytes, as declared, else UTF-8 as XML has it. */
static RcCode
open_text(Camt *camt, RcSource *source, RcStatus *status)
{
	char		declared[40];
	const char *encoding = source->options->encoding;
	RcCode		code;

	while (camt->head_length < HEAD_BYTES)
	{
		int64_t		got = camt->file.read(camt->file.context, camt->head + camt->head_length, HEAD_BYTES - camt->head_length, status);

		if (got < 0)
			return status->code != RC_OK ? status->code : rc_fail(status, RC_IO, "reading failed");
		if (got == 0)
			break;
		camt->head_length += (size_t) got;
	}
	if (!encoding)
	{
		const RcEncoding *wide = rc_encoding_utf16(camt->head, camt->head_length);

		if (wide)
			encoding = wide->name;
		else if (camt->head_length >= 2 && (memcmp(camt->head, "\xFF\xFE", 2) == 0 || memcmp(camt->head, "\xFE\xFF", 2) == 0))
			encoding = "UTF-16";
		else if (rc_xml_declared_encoding(camt->head, camt->head_length, declared, sizeof(declared)) &&
				 strcasecmp(declared, "US-ASCII") != 0 && strncasecmp(declared, "UTF-16", 6) != 0)
			encoding = declared;
		else
			encoding = "UTF8";
	}
	camt->whole = (RcInput) {read_whole, camt};
	code = rc_charset_open(&camt->charset, &camt->whole, encoding, NULL, camt->allocator, status);
	if (code == RC_OK)
		source->encoding = rc_charset_name(camt->charset);
	return code;
}

/*
 * ---- small things ----
 */

static RcField
slot_field(const RcBuffer *text, Slot slot)
{
	return (RcField) {slot.length > 0 ? text->data + slot.offset : "", slot.length};
}

static RcField
statement_field(const Camt *camt, RcCamtMeaning meaning)
{
	return slot_field(&camt->statement_text, camt->statement[meaning - RC_CAMT_TEXT]);
}

static RcField
entry_field(const Camt *camt, RcCamtMeaning meaning)
{
	return slot_field(&camt->text, camt->entry[meaning - RC_CAMT_E_REFERENCE]);
}

static RcField
detail_field(const Camt *camt, uint32_t detail, RcCamtMeaning meaning)
{
	return slot_field(&camt->text, camt->details[detail].slots[meaning - FIRST_DETAIL]);
}

static bool
equals(RcField field, const char *text)
{
	return field.length == strlen(text) && memcmp(field.data, text, field.length) == 0;
}

static bool
same(RcField a, RcField b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool
is_true(RcField field)
{
	return equals(field, "true") || equals(field, "1");
}

/* 1 credit, -1 debit, 0 neither. */
static int
sign_of(RcField field)
{
	return equals(field, "CRDT") ? 1 : equals(field, "DBIT") ? -1 : 0;
}

/* An amount as ISO 20022 writes it: digits and a point. */
static bool
read_amount(RcField field, RcDecimal *amount)
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
static bool
add_amount(RcDecimal *sum, RcDecimal value, int sign)
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

static bool
equal_amounts(RcDecimal a, RcDecimal b)
{
	return add_amount(&a, b, -1) && a.digits == 0;
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

/*
 * ---- elements in ----
 */

/* Keeps text in a slot; what is there already stays, unless the texts are to be joined. */
static void
store(Camt *camt, RcBuffer *buffer, Slot *slot, RcField field, bool join)
{
	const char *text = field.data;
	size_t		length = field.length;
	bool		done = true;

	rc_trim(&text, &length);
	if (length == 0 || (slot->length > 0 && !join))
		return;
	if (buffer->length + slot->length + length + 1 > UINT32_MAX || slot->length + length >= RC_MAX_FIELD_BYTES)
	{
		rc_xml_fail(camt->xml, RC_TOO_LARGE, "the texts of an entry are longer than %d bytes", RC_MAX_FIELD_BYTES);
		return;
	}
	if (slot->length > 0 && slot->offset + slot->length == buffer->length)
	{
		done = rc_buffer_append_char(buffer, ' ') && rc_buffer_append(buffer, text, length);
		slot->length += (uint32_t) length + 1;
	}
	else
	{
		uint32_t	offset = (uint32_t) buffer->length;

		/* reserved first, as what is joined lies in the same buffer */
		done = rc_buffer_reserve(buffer, slot->length + length + 1);
		if (done && slot->length > 0)
			done = rc_buffer_append(buffer, buffer->data + slot->offset, slot->length) && rc_buffer_append_char(buffer, ' ');
		done = done && rc_buffer_append(buffer, text, length);
		*slot = (Slot) {offset, (uint32_t) (buffer->length - offset)};
	}
	if (!done)
		rc_xml_fail(camt->xml, RC_NO_MEMORY, "out of memory");
}

/* Stores the text of a leaf, or its attribute, where it belongs. */
static void
take_text(Camt *camt, RcCamtMeaning meaning, RcField text)
{
	if (meaning >= FIRST_DETAIL)
	{
		if (camt->detail_count > 0)
			store(camt, &camt->text, &camt->details[camt->detail_count - 1].slots[meaning - FIRST_DETAIL], text, meaning == RC_CAMT_D_NARRATIVE);
	}
	else if (meaning == RC_CAMT_E_BATCH)
	{
		uint64_t	count = 0;

		for (uint32_t i = 0; i < text.length && text.data[i] >= '0' && text.data[i] <= '9' && count < 1000000000; i++)
			count = count * 10 + (uint64_t) (text.data[i] - '0');
		camt->batch_count += count;
	}
	else if (meaning >= RC_CAMT_E_REFERENCE)
		store(camt, &camt->text, &camt->entry[meaning - RC_CAMT_E_REFERENCE], text, false);
	else if (meaning >= RC_CAMT_B_TYPE)
	{
		char	   *target = camt->balance_texts[meaning - RC_CAMT_B_TYPE];
		const char *from = text.data;
		size_t		length = text.length;

		rc_trim(&from, &length);
		if (length >= sizeof(camt->balance_texts[0]))
			rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "a balance of the statement is not valid");
		else if (target[0] == '\0')
			memcpy(target, from, length);
	}
	else
		store(camt, &camt->statement_text, &camt->statement[meaning - RC_CAMT_TEXT], text, false);
}

/* Begins the details of a further transaction of the entry. */
static void
begin_detail(Camt *camt)
{
	camt->details_seen++;
	if (camt->details_seen != (uint64_t) camt->detail_count + 1)
		return;					/* some were dropped already */
	if (camt->text.length + sizeof(Detail) * (camt->detail_count + 1) > RC_CAMT_MAX_BATCH_BYTES)
	{
		camt->detail_count = 0;
		return;
	}
	if (camt->detail_count == camt->detail_capacity)
	{
		uint32_t	capacity = camt->detail_capacity == 0 ? 4 : camt->detail_capacity * 2;
		Detail	   *larger = rc_resize(camt->allocator, camt->details, sizeof(Detail) * capacity);

		if (!larger)
		{
			rc_xml_fail(camt->xml, RC_NO_MEMORY, "out of memory");
			return;
		}
		camt->details = larger;
		camt->detail_capacity = capacity;
	}
	memset(&camt->details[camt->detail_count++], 0, sizeof(Detail));
}

/* Judges the namespace of the root element. */
static void
begin_document(Camt *camt, const char *name, const char **attributes)
{
	static const char wanted[] = "urn:iso:std:iso:20022:tech:xsd:camt.05";
	const char *space = "";
	int			version = 0;

	for (; attributes[0]; attributes += 2)
	{
		const char *value = attributes[1];

		if (strcmp(attributes[0], "xmlns") != 0 && strncmp(attributes[0], "xmlns:", 6) != 0)
			continue;
		if (strncmp(value, wanted, sizeof(wanted) - 1) == 0)
		{
			const char *rest = value + sizeof(wanted) - 1;

			if (rest[0] >= '2' && rest[0] <= '4' && strncmp(rest + 1, ".001.", 5) == 0 && rest[6] >= '0' && rest[6] <= '9' &&
				rest[7] >= '0' && rest[7] <= '9' && rest[8] == '\0')
				version = (rest[6] - '0') * 10 + rest[7] - '0';
			space = value;
			break;
		}
		if (strcmp(attributes[0], "xmlns") == 0 || space[0] == '\0')
			space = value;
	}
	if (strcmp(name, "Document") != 0 || version < 1 || version > MAX_VERSION)
	{
		RcStatus	status;

		rc_status_reset(&status);
		rc_fail(&status, RC_UNKNOWN_FORMAT, "the XML document is not a bank statement that can be read: element \"%.40s\", namespace \"%.100s\"",
				name, space);
		rc_hint(&status, "Bank statements in XML are read as camt.052, camt.053 and camt.054, versions 1 to %d.", MAX_VERSION);
		rc_xml_fail_with(camt->xml, &status);
	}
}

static void
begin_statement(Camt *camt)
{
	rc_buffer_clear(&camt->statement_text);
	memset(camt->statement, 0, sizeof(camt->statement));
	memset(&camt->opening, 0, sizeof(camt->opening));
	memset(&camt->previous, 0, sizeof(camt->previous));
	memset(&camt->closing, 0, sizeof(camt->closing));
	camt->interims = 0;
	camt->entry_count = 0;
	camt->entry_sum = camt->booked_sum = (RcDecimal) {0, 0};
	camt->entry_currency[0] = '\0';
	camt->statement_line = rc_xml_line(camt->xml);
	camt->statement_byte = rc_xml_byte(camt->xml);
	camt->statements++;
}

static void
begin_entry(Camt *camt)
{
	rc_buffer_clear(&camt->text);
	memset(camt->entry, 0, sizeof(camt->entry));
	camt->batch_count = 0;
	camt->detail_count = 0;
	camt->details_seen = 0;
	camt->entry_line = rc_xml_line(camt->xml);
	camt->entry_byte = rc_xml_byte(camt->xml);
}

static void
on_start(void *context, const char *name, const char **attributes)
{
	Camt	   *camt = context;
	const RcCamtStep *step = NULL;
	RcCamtMeaning meaning;
	const char *currency;

	camt->depth++;
	if (camt->depth == 1)
		begin_document(camt, name, attributes);
	else
		step = camt->children[camt->depth - 1];
	while (step && step->name && strcmp(step->name, name) != 0)
		step++;
	if (step && !step->name)
		step = NULL;
	camt->children[camt->depth] = camt->depth == 1 ? rc_camt_root : step ? step->children : NULL;
	camt->meaning[camt->depth] = meaning = step ? step->meaning : RC_CAMT_NONE;
	switch (meaning)
	{
		case RC_CAMT_NONE:
			return;
		case RC_CAMT_STATEMENT:
			begin_statement(camt);
			return;
		case RC_CAMT_BALANCE:
			memset(camt->balance_texts, 0, sizeof(camt->balance_texts));
			return;
		case RC_CAMT_ENTRY:
			begin_entry(camt);
			return;
		case RC_CAMT_DETAIL:
			begin_detail(camt);
			return;
		case RC_CAMT_B_AMOUNT:
		case RC_CAMT_E_AMOUNT:
		case RC_CAMT_D_AMOUNT:
		case RC_CAMT_D_TX_AMOUNT:
			currency = rc_xml_attribute(attributes, "Ccy");
			if (currency)
				take_text(camt, meaning + 1, (RcField) {currency, (uint32_t) strlen(currency)});
			break;
		default:
			break;
	}
	rc_xml_collect(camt->xml);
}

static void
end_balance(Camt *camt)
{
	char		(*texts)[32] = camt->balance_texts;
	const char *type = texts[0];
	const char *amount = texts[RC_CAMT_B_AMOUNT - RC_CAMT_B_TYPE];
	const char *sign = texts[RC_CAMT_B_SIGN - RC_CAMT_B_TYPE];
	Balance		balance = {.given = true};
	int			direction = sign_of((RcField) {sign, (uint32_t) strlen(sign)});

	if (strcmp(type, "OPBD") != 0 && strcmp(type, "PRCD") != 0 && strcmp(type, "CLBD") != 0 && strcmp(type, "ITBD") != 0)
		return;
	if (!read_amount((RcField) {amount, (uint32_t) strlen(amount)}, &balance.amount) || direction == 0)
	{
		rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "balance %s of the statement has no valid amount and direction", type);
		return;
	}
	balance.amount.digits *= direction;
	snprintf(balance.currency, sizeof(balance.currency), "%.7s", texts[RC_CAMT_B_CURRENCY - RC_CAMT_B_TYPE]);
	snprintf(balance.date, sizeof(balance.date), "%.10s", texts[RC_CAMT_B_DATE - RC_CAMT_B_TYPE]);
	if (type[0] == 'I')
	{
		if (camt->interims++ == 0)
			camt->first_interim = balance;
		camt->last_interim = balance;
	}
	else
	{
		Balance    *target = type[0] == 'O' ? &camt->opening : type[0] == 'P' ? &camt->previous : &camt->closing;

		if (!target->given)
			*target = balance;
	}
}

/* A statement that is a page of several has interim balances where it begins or ends; a report of the day ends with one. */
static void
choose_balances(Camt *camt)
{
	if (!camt->opening.given)
		camt->opening = camt->previous;
	if (!camt->opening.given && camt->interims >= (camt->closing.given ? 1 : 2))
		camt->opening = camt->first_interim;
	else if (camt->interims == 0)
		return;
	if (!camt->closing.given)
		camt->closing = camt->last_interim;
}

/* The amount of a transaction's details in the entry's currency. */
static bool
detail_amount(const Camt *camt, uint32_t index, RcDecimal *amount, int *sign, RcField *text)
{
	RcField		currency = detail_field(camt, index, RC_CAMT_D_CURRENCY);
	RcField		direction = detail_field(camt, index, RC_CAMT_D_SIGN);

	*text = detail_field(camt, index, RC_CAMT_D_AMOUNT);
	if (text->length == 0)
	{
		*text = detail_field(camt, index, RC_CAMT_D_TX_AMOUNT);
		currency = detail_field(camt, index, RC_CAMT_D_TX_CURRENCY);
	}
	*sign = direction.length == 0 ? camt->entry_sign : sign_of(direction);
	return *sign != 0 && read_amount(*text, amount) && (currency.length == 0 || same(currency, entry_field(camt, RC_CAMT_E_CURRENCY)));
}

static void
end_entry(Camt *camt)
{
	RcField		currency = entry_field(camt, RC_CAMT_E_CURRENCY);
	RcField		status = entry_field(camt, RC_CAMT_E_STATUS);
	RcDecimal	amount;
	RcDecimal	sum = {0, 0};
	RcDecimal	signed_amount = {0, 0};

	camt->entry_sign = sign_of(entry_field(camt, RC_CAMT_E_SIGN));
	if (camt->entry_sign == 0)
	{
		rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "the entry from line %" PRIu64 " is neither credit nor debit", camt->entry_line);
		return;
	}
	if (!read_amount(entry_field(camt, RC_CAMT_E_AMOUNT), &amount))
	{
		RcField		text = entry_field(camt, RC_CAMT_E_AMOUNT);

		rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "the entry from line %" PRIu64 " has no valid amount: \"%.*s\"", camt->entry_line,
					text.length > 40 ? 40 : (int) text.length, text.data);
		return;
	}

	camt->split = camt->detail_count > 1;
	for (uint32_t i = 0; i < camt->detail_count && camt->split; i++)
	{
		RcDecimal	part;
		int			sign;
		RcField		text;

		camt->split = detail_amount(camt, i, &part, &sign, &text) && add_amount(&sum, part, sign);
	}
	if (!add_amount(&signed_amount, amount, camt->entry_sign) || !add_amount(&camt->entry_sum, amount, camt->entry_sign) ||
		((status.length == 0 || equals(status, "BOOK")) && !add_amount(&camt->booked_sum, amount, camt->entry_sign)))
	{
		rc_xml_fail(camt->xml, RC_OVERFLOW, "the sum of the entries of the statement is out of range");
		return;
	}
	camt->split = camt->split && equal_amounts(sum, signed_amount);
	camt->records_due = camt->split ? camt->detail_count : 1;
	camt->records_given = 0;

	camt->entry_count++;
	if (camt->entry_currency[0] == '\0')
		snprintf(camt->entry_currency, sizeof(camt->entry_currency), "%.*s", (int) currency.length, currency.data);
	else if (!equals(currency, camt->entry_currency))
		strcpy(camt->entry_currency, "*");
	rc_xml_pause(camt->xml);
}

static void
on_end(void *context)
{
	Camt	   *camt = context;
	RcCamtMeaning meaning = camt->meaning[camt->depth--];

	if (meaning >= RC_CAMT_TEXT)
		take_text(camt, meaning, rc_xml_text(camt->xml));
	else if (meaning == RC_CAMT_BALANCE)
		end_balance(camt);
	else if (meaning == RC_CAMT_ENTRY)
		end_entry(camt);
	else if (meaning == RC_CAMT_STATEMENT)
	{
		choose_balances(camt);
		camt->statement_due = true;
		rc_xml_pause(camt->xml);
	}
}

/*
 * ---- records out ----
 */

static bool
end_field(Camt *camt)
{
	camt->ends[camt->field_count++] = camt->out.length;
	return rc_buffer_append_char(&camt->out, '\t');
}

static bool
put(Camt *camt, RcField field)
{
	return rc_buffer_append(&camt->out, field.data, field.length) && end_field(camt);
}

static bool
put_string(Camt *camt, const char *text)
{
	return rc_buffer_append_string(&camt->out, text) && end_field(camt);
}

static bool
put_number(Camt *camt, uint64_t number)
{
	char		text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return put_string(camt, text);
}

static bool
put_amount(Camt *camt, RcDecimal amount)
{
	char		text[48];

	print_amount(amount, text, sizeof(text));
	return put_string(camt, text);
}

/* Makes what was put a record. */
static RcCode
give(Camt *camt, bool done, const char *section, uint64_t line, uint64_t byte, RcRecord *record, RcStatus *status)
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
common_field(const Camt *camt, RcCamtMeaning meaning, uint32_t from, uint32_t to)
{
	RcField		result = {"", 0};

	for (uint32_t i = from; i < to; i++)
	{
		RcField		field = detail_field(camt, i, meaning);

		if (field.length > 0 && result.length > 0 && !same(field, result))
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
put_narrative(Camt *camt, uint32_t from, uint32_t to)
{
	size_t		start = camt->out.length;
	RcField		last = {"", 0};

	for (uint32_t i = from; i < to; i++)
	{
		RcField		field = detail_field(camt, i, RC_CAMT_D_NARRATIVE);

		if (field.length == 0 || same(field, last))
			continue;
		if (i > from && camt->out.length - start + field.length > MAX_NARRATIVE_BYTES)
			break;
		if ((camt->out.length > start && !rc_buffer_append_char(&camt->out, ' ')) || !rc_buffer_append(&camt->out, field.data, field.length))
			return false;
		last = field;
	}
	if (camt->out.length > start)
		return end_field(camt);
	return put(camt, either(common_field(camt, RC_CAMT_D_ADDITIONAL, from, to), entry_field(camt, RC_CAMT_E_ADDITIONAL)));
}

/* PMNT/RCDT/ESCT, or the bank's own code. */
static bool
put_type(Camt *camt, uint32_t from, uint32_t to)
{
	RcField		domain = entry_field(camt, RC_CAMT_E_DOMAIN);
	RcField		family = entry_field(camt, RC_CAMT_E_FAMILY);
	RcField		subfamily = entry_field(camt, RC_CAMT_E_SUBFAMILY);
	RcField		proprietary = entry_field(camt, RC_CAMT_E_PROPRIETARY);

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
	if (field.length > 10)
		field.length = 10;
	return field;
}

static RcCode
give_entry(Camt *camt, RcRecord *record, RcStatus *status)
{
	uint32_t	from = camt->split ? camt->records_given : 0;
	uint32_t	to = camt->split ? from + 1 : camt->detail_count;
	bool		reversal = is_true(entry_field(camt, RC_CAMT_E_REVERSAL));
	RcField		amount = entry_field(camt, RC_CAMT_E_AMOUNT);
	int			sign = camt->entry_sign;
	bool		other_is_debtor;
	RcDecimal	value;
	uint64_t	stands_for = camt->details_seen > camt->batch_count ? camt->details_seen : camt->batch_count;
	RcField		creditor_reference = common_field(camt, RC_CAMT_D_CREDITOR_REFERENCE, from, to);
	RcField		end_to_end = common_field(camt, RC_CAMT_D_END_TO_END, from, to);
	RcField		bank_reference = entry_field(camt, RC_CAMT_E_BANK_REFERENCE);
	bool		done;

	if (camt->split)
	{
		detail_amount(camt, from, &value, &sign, &amount);
		bank_reference = either(detail_field(camt, from, RC_CAMT_D_BANK_REFERENCE), bank_reference);
	}
	else if (bank_reference.length == 0)
		bank_reference = common_field(camt, RC_CAMT_D_BANK_REFERENCE, from, to);
	read_amount(amount, &value);
	/* money that comes in comes from the debtor; a reversal brings back what went to the creditor */
	other_is_debtor = (sign > 0) != reversal;
	if (equals(end_to_end, "NOTPROVIDED"))
		end_to_end.length = 0;

	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	done = put(camt, statement_field(camt, RC_CAMT_S_ACCOUNT)) &&
		put(camt, statement_field(camt, RC_CAMT_S_NUMBER)) &&
		put(camt, either(entry_field(camt, RC_CAMT_E_CURRENCY), statement_field(camt, RC_CAMT_S_CURRENCY))) &&
		put(camt, day_of(entry_field(camt, RC_CAMT_E_BOOKED))) &&
		put(camt, day_of(entry_field(camt, RC_CAMT_E_VALUE))) &&
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
		put(camt, entry_field(camt, RC_CAMT_E_STATUS)) &&
		put_string(camt, reversal ? "t" : "") &&
		put(camt, creditor_reference) &&
		put(camt, entry_field(camt, RC_CAMT_E_REFERENCE)) &&
		put(camt, entry_field(camt, RC_CAMT_E_ADDITIONAL));
	camt->records_given++;
	return give(camt, done, "entry", camt->entry_line, camt->entry_byte, record, status);
}

/* Appends the net sum that the file states, or nothing. */
static bool
put_stated_sum(Camt *camt)
{
	RcDecimal	net;
	RcDecimal	credits;
	RcDecimal	debits;
	int			sign = sign_of(statement_field(camt, RC_CAMT_S_NET_SIGN));

	if (read_amount(statement_field(camt, RC_CAMT_S_NET), &net) && (sign != 0 || net.digits == 0))
	{
		net.digits *= sign;
		return put_amount(camt, net);
	}
	if (read_amount(statement_field(camt, RC_CAMT_S_CREDITS), &credits) && read_amount(statement_field(camt, RC_CAMT_S_DEBITS), &debits) &&
		add_amount(&credits, debits, -1))
		return put_amount(camt, credits);
	return put_string(camt, "");
}

static const char *
balanced(const Camt *camt)
{
	RcDecimal	expected = camt->opening.amount;

	if (!camt->opening.given || !camt->closing.given || strcmp(camt->opening.currency, camt->closing.currency) != 0 ||
		(camt->entry_count > 0 && strcmp(camt->opening.currency, camt->entry_currency) != 0))
		return "";
	return add_amount(&expected, camt->booked_sum, 1) && equal_amounts(expected, camt->closing.amount) ? "t" : "f";
}

static bool
put_balance(Camt *camt, const Balance *balance)
{
	if (!balance->given)
		return put_string(camt, "") && put_string(camt, "");
	return put_string(camt, balance->date) && put_amount(camt, balance->amount);
}

static RcCode
give_statement(Camt *camt, RcRecord *record, RcStatus *status)
{
	RcField		currency = statement_field(camt, RC_CAMT_S_CURRENCY);
	const char *other = camt->closing.given ? camt->closing.currency : camt->opening.given ? camt->opening.currency : camt->entry_currency;
	bool		done;

	if (currency.length == 0 && strcmp(other, "*") != 0)
		currency = (RcField) {other, (uint32_t) strlen(other)};
	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	done = put(camt, statement_field(camt, RC_CAMT_S_ACCOUNT)) &&
		put(camt, statement_field(camt, RC_CAMT_S_NUMBER)) &&
		put(camt, currency) &&
		put_balance(camt, &camt->opening) &&
		put_balance(camt, &camt->closing) &&
		put_number(camt, camt->entry_count) &&
		put_amount(camt, camt->entry_sum) &&
		put(camt, statement_field(camt, RC_CAMT_S_COUNT)) &&
		put_stated_sum(camt) &&
		put_string(camt, balanced(camt));
	camt->statement_due = false;
	return give(camt, done, "statement", camt->statement_line, camt->statement_byte, record, status);
}

static RcCode
give_header(Camt *camt, RcRecord *record, RcStatus *status)
{
	bool		done = true;

	rc_buffer_clear(&camt->out);
	camt->field_count = 0;
	for (int i = 0; i < RC_CAMT_COLUMNS; i++)
		done = done && put_string(camt, column_names[i]);
	camt->header_given = true;
	return give(camt, done, "header", 1, 0, record, status);
}

static RcCode
camt_next(void *state, RcRecord *record, RcStatus *status)
{
	Camt	   *camt = state;

	if (camt->failure != RC_OK)
		return rc_fail(status, camt->failure, "reading went wrong before");
	if (!camt->header_given)
		return give_header(camt, record, status);
	for (;;)
	{
		RcCode		code;

		if (camt->records_given < camt->records_due)
			return give_entry(camt, record, status);
		if (camt->statement_due)
			return give_statement(camt, record, status);
		code = rc_xml_next(camt->xml, status);
		if (code == RC_OK)
			continue;
		if (code == RC_END && camt->statements == 0)
		{
			rc_fail(status, RC_BAD_STRUCTURE, "the camt message holds no statement, report or notification");
			status->line = camt->lines + 1;
			return status->code;
		}
		if (code != RC_END && code != RC_BAD_ENCODING && status->byte != UINT64_MAX)
			status->byte = rc_charset_file_offset(camt->charset, status->byte);
		return code;
	}
}

static void
camt_close(void *state)
{
	Camt	   *camt = state;

	rc_xml_close(camt->xml);
	rc_charset_close(camt->charset);
	rc_buffer_free(&camt->statement_text);
	rc_buffer_free(&camt->text);
	rc_buffer_free(&camt->out);
	rc_release(camt->allocator, camt->details);
	rc_release(camt->allocator, camt);
}

static RcCode
camt_open(RcSource *source, void **state, RcStatus *status)
{
	Camt	   *camt = rc_allocate_zero(source->allocator, sizeof(*camt));
	RcXmlHandler handler = {on_start, on_end, camt};
	RcInput		text = {read_text, camt};
	RcCode		code;

	if (!camt)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	camt->allocator = source->allocator;
	camt->file = source->input;
	rc_buffer_init(&camt->statement_text, camt->allocator);
	rc_buffer_init(&camt->text, camt->allocator);
	rc_buffer_init(&camt->out, camt->allocator);
	code = open_text(camt, source, status);
	if (code == RC_OK)
		code = rc_xml_open(&camt->xml, &text, "UTF-8", &handler, camt->allocator, status);
	if (code != RC_OK)
	{
		camt_close(camt);
		return code;
	}
	*state = camt;
	return RC_OK;
}

static int
camt_sniff(const char *head, size_t length)
{
	char		name[32];
	char		space[128];

	if (rc_xml_root(head, length, name, space, sizeof(name)) && strcmp(name, "Document") == 0 && strstr(space, "iso:20022"))
		return 100;
	/* another XML document is refused here by its name, which helps more than what CSV would find in it */
	return rc_xml_has_declaration(head, length) ? 5 : 0;
}

const RcContainer rc_camt_container = {
	.name = "camt",
	.sniff = camt_sniff,
	.open = camt_open,
	.next = camt_next,
	.close = camt_close
};
