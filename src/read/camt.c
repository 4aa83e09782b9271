/*
 * camt.c - ISO 20022 account reports, statements and notifications: the elements as they come in.
 */
#include "camt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "camt_state.h"
#include "encoding.h"

#define MAX_VERSION 8

/*
 * ---- bytes in ----
 */

static int64_t
read_whole(void *context, char *buffer, size_t size, RcStatus *status)
{
	RcCamt	   *camt = context;
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
	RcCamt	   *camt = context;
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
open_text(RcCamt *camt, RcSource *source, RcStatus *status)
{
	char		declared[40];
	const char *encoding = source->options->encoding;
	RcCode		code;

	while (camt->head_length < RC_CAMT_HEAD_BYTES)
	{
		int64_t		got = camt->file.read(camt->file.context, camt->head + camt->head_length, RC_CAMT_HEAD_BYTES - camt->head_length, status);

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
 * ---- elements in ----
 */

/* Keeps text in a slot; what is there already stays, unless the texts are to be joined. */
static void
store(RcCamt *camt, RcBuffer *buffer, RcCamtSlot *slot, RcField field, bool join)
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
		*slot = (RcCamtSlot) {offset, (uint32_t) (buffer->length - offset)};
	}
	if (!done)
		rc_xml_fail(camt->xml, RC_NO_MEMORY, "out of memory");
}

/* Stores the text of a leaf, or its attribute, where it belongs. */
static void
take_text(RcCamt *camt, RcCamtMeaning meaning, RcField text)
{
	if (meaning >= RC_CAMT_FIRST_DETAIL)
	{
		if (camt->detail_count > 0)
			store(camt, &camt->text, &camt->details[camt->detail_count - 1].slots[meaning - RC_CAMT_FIRST_DETAIL], text, meaning == RC_CAMT_D_NARRATIVE);
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
begin_detail(RcCamt *camt)
{
	camt->details_seen++;
	if (camt->details_seen != (uint64_t) camt->detail_count + 1)
		return;					/* some were dropped already */
	if (camt->text.length + sizeof(RcCamtDetail) * (camt->detail_count + 1) > RC_CAMT_MAX_BATCH_BYTES)
	{
		camt->detail_count = 0;
		return;
	}
	if (camt->detail_count == camt->detail_capacity)
	{
		uint32_t	capacity = camt->detail_capacity == 0 ? 4 : camt->detail_capacity * 2;
		RcCamtDetail	   *larger = rc_resize(camt->allocator, camt->details, sizeof(RcCamtDetail) * capacity);

		if (!larger)
		{
			rc_xml_fail(camt->xml, RC_NO_MEMORY, "out of memory");
			return;
		}
		camt->details = larger;
		camt->detail_capacity = capacity;
	}
	memset(&camt->details[camt->detail_count++], 0, sizeof(RcCamtDetail));
}

/* Judges the namespace of the root element. */
static void
begin_document(RcCamt *camt, const char *name, const char **attributes)
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
begin_statement(RcCamt *camt)
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
begin_entry(RcCamt *camt)
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
	RcCamt	   *camt = context;
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

/* Copies a text that should be short, cut to what there is room for. */
static void
copy_text(char *target, size_t size, const char *text, size_t length)
{
	length = rc_utf8_cut(text, length, size - 1);
	memcpy(target, text, length);
	target[length] = '\0';
}

static void
end_balance(RcCamt *camt)
{
	char		(*texts)[32] = camt->balance_texts;
	const char *type = texts[0];
	const char *amount = texts[RC_CAMT_B_AMOUNT - RC_CAMT_B_TYPE];
	const char *sign = texts[RC_CAMT_B_SIGN - RC_CAMT_B_TYPE];
	RcCamtBalance		balance = {.given = true};
	int			direction = rc_camt_sign((RcField) {sign, (uint32_t) strlen(sign)});

	if (strcmp(type, "OPBD") != 0 && strcmp(type, "PRCD") != 0 && strcmp(type, "CLBD") != 0 && strcmp(type, "ITBD") != 0)
		return;
	if (!rc_camt_read_amount((RcField) {amount, (uint32_t) strlen(amount)}, &balance.amount) || direction == 0)
	{
		rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "balance %s of the statement has no valid amount and direction", type);
		return;
	}
	balance.amount.digits *= direction;
	copy_text(balance.currency, sizeof(balance.currency), texts[RC_CAMT_B_CURRENCY - RC_CAMT_B_TYPE],
			  strlen(texts[RC_CAMT_B_CURRENCY - RC_CAMT_B_TYPE]));
	copy_text(balance.date, sizeof(balance.date), texts[RC_CAMT_B_DATE - RC_CAMT_B_TYPE], strlen(texts[RC_CAMT_B_DATE - RC_CAMT_B_TYPE]));
	if (type[0] == 'I')
	{
		if (camt->interims++ == 0)
			camt->first_interim = balance;
		camt->last_interim = balance;
	}
	else
	{
		RcCamtBalance    *target = type[0] == 'O' ? &camt->opening : type[0] == 'P' ? &camt->previous : &camt->closing;

		if (!target->given)
			*target = balance;
	}
}

/* A statement that is a page of several has interim balances where it begins or ends; a report of the day ends with one. */
static void
choose_balances(RcCamt *camt)
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

static void
end_entry(RcCamt *camt)
{
	RcField		currency = rc_camt_entry(camt, RC_CAMT_E_CURRENCY);
	RcField		status = rc_camt_entry(camt, RC_CAMT_E_STATUS);
	RcDecimal	amount;
	RcDecimal	sum = {0, 0};
	RcDecimal	signed_amount = {0, 0};

	camt->entry_sign = rc_camt_sign(rc_camt_entry(camt, RC_CAMT_E_SIGN));
	if (camt->entry_sign == 0)
	{
		rc_xml_fail(camt->xml, RC_BAD_STRUCTURE, "the entry from line %" PRIu64 " is neither credit nor debit", camt->entry_line);
		return;
	}
	if (!rc_camt_read_amount(rc_camt_entry(camt, RC_CAMT_E_AMOUNT), &amount))
	{
		RcField		text = rc_camt_entry(camt, RC_CAMT_E_AMOUNT);

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

		camt->split = rc_camt_detail_amount(camt, i, &part, &sign, &text) && rc_camt_add(&sum, part, sign);
	}
	if (!rc_camt_add(&signed_amount, amount, camt->entry_sign) || !rc_camt_add(&camt->entry_sum, amount, camt->entry_sign) ||
		((status.length == 0 || rc_camt_equals(status, "BOOK")) && !rc_camt_add(&camt->booked_sum, amount, camt->entry_sign)))
	{
		rc_xml_fail(camt->xml, RC_OVERFLOW, "the sum of the entries of the statement is out of range");
		return;
	}
	camt->split = camt->split && rc_camt_equal_amounts(sum, signed_amount);
	camt->records_due = camt->split ? camt->detail_count : 1;
	camt->records_given = 0;

	camt->entry_count++;
	if (camt->entry_currency[0] == '\0')
		copy_text(camt->entry_currency, sizeof(camt->entry_currency), currency.data, currency.length);
	else if (!rc_camt_equals(currency, camt->entry_currency))
		strcpy(camt->entry_currency, "*");
	rc_xml_pause(camt->xml);
}

static void
on_end(void *context)
{
	RcCamt	   *camt = context;
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

static RcCode
camt_next(void *state, RcRecord *record, RcStatus *status)
{
	RcCamt	   *camt = state;

	if (camt->failure != RC_OK)
		return rc_fail(status, camt->failure, "reading went wrong before");
	if (!camt->header_given)
		return rc_camt_give_header(camt, record, status);
	for (;;)
	{
		RcCode		code;

		if (camt->records_given < camt->records_due)
			return rc_camt_give_entry(camt, record, status);
		if (camt->statement_due)
			return rc_camt_give_statement(camt, record, status);
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
	RcCamt	   *camt = state;

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
	RcCamt	   *camt = rc_allocate_zero(source->allocator, sizeof(*camt));
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
