/*
 * mt940.c - SWIFT MT940 and MT942.
 *
 * A message is a row of tagged fields, ":61:..." and so on; lines without a known tag continue the field before. What stands between messages
 * (envelopes, the lines that ABN AMRO and ING write) is skipped. A message that has an opening but no closing balance is taken for cut off
 * and refused, one whose balances disagree with its entries is flagged.
 */
#include "mt940.h"

#include <string.h>

#include "bank.h"
#include "mt940_details.h"
#include "mt940_fields.h"

typedef enum Tag
{
	TAG_NONE, TAG_REFERENCE, TAG_ACCOUNT, TAG_NUMBER, TAG_INTERIM, TAG_FLOOR, TAG_OPENING, TAG_ENTRY, TAG_CLOSING, TAG_AVAILABLE, TAG_DETAILS, TAG_SUM,
	TAG_OWN, TAG_OTHER
} Tag;

static const struct
{
	const char *name;
	Tag			tag;
	bool		leads;			/* belongs before the entries: among the lines of an :86: it is text */
}			tags[] = {
	{"20", TAG_REFERENCE, false},
	{"21", TAG_OTHER, true},
	{"25", TAG_ACCOUNT, false},
	{"25P", TAG_ACCOUNT, false},
	{"28", TAG_NUMBER, true},
	{"28C", TAG_NUMBER, true},
	{"13", TAG_INTERIM, true},
	{"13D", TAG_INTERIM, true},
	{"34F", TAG_FLOOR, true},
	{"60", TAG_OPENING, false},
	{"60F", TAG_OPENING, false},
	{"60M", TAG_OPENING, false},
	{"61", TAG_ENTRY, false},
	{"62", TAG_CLOSING, false},
	{"62F", TAG_CLOSING, false},
	{"62M", TAG_CLOSING, false},
	{"64", TAG_AVAILABLE, false},
	{"64F", TAG_AVAILABLE, false},
	{"65", TAG_AVAILABLE, false},
	{"65F", TAG_AVAILABLE, false},
	{"86", TAG_DETAILS, false},
	{"90C", TAG_SUM, false},
	{"90D", TAG_SUM, false},
	{"NS", TAG_OWN, false},
};

#define TAG_COUNT ((int) (sizeof(tags) / sizeof(tags[0])))

typedef struct Mt940
{
	const RcSource *source;
	RcLines		lines;
	RcBank		bank;
	RcStatus	fault;			/* what ended reading; code RC_OK: nothing yet */
	bool		header_given;
	bool		any_message;
	bool		lone_colon;		/* the line before was a colon that a bank wrapped off its tag */

	/* the message */
	bool		in_message;
	Tag			part;			/* the field that lines without a tag continue */
	bool		has_account;
	bool		has_opening;
	bool		has_closing;
	bool		has_available;
	bool		is_interim;		/* has fields of an MT942, which needs no balances */
	bool		has_entries;

	/* the entry */
	bool		in_entry;
	RcBuffer	entry;			/* :61: itself */
	RcBuffer	details;		/* :86:, lines separated by LF */
	RcBuffer	scratch;
} Mt940;

static const char *const own_columns[] = {"supplementary", "end_to_end_id", "posting_text", "transaction_code"};

/* Fails with the place of the entry, which began lines ago. */
static RcCode
fail_entry(const Mt940 *mt, RcStatus *status, const char *what)
{
	status->line = mt->bank.entry_line;
	status->byte = rc_charset_file_offset(mt->source->charset, mt->bank.entry_byte);
	rc_fail(status, RC_BAD_STRUCTURE, "%s in :61:", what);
	rc_hint(status, "Expected is :61:YYMMDD[MMDD]{C|D|RC|RD}[letter]amount,decimals and a type such as NTRF.");
	return status->code;
}

/* The tag at the beginning of the line; *value becomes the offset behind it. */
static int
find_tag(const Mt940 *mt, size_t *value)
{
	const char *text = mt->lines.text;
	size_t		length = mt->lines.size;
	size_t		begin = mt->lone_colon ? 0 : 1;

	if (!mt->lone_colon && (length == 0 || text[0] != ':'))
		return -1;
	for (int i = 0; i < TAG_COUNT; i++)
	{
		size_t		size = strlen(tags[i].name);

		if (length > begin + size && memcmp(text + begin, tags[i].name, size) == 0 && text[begin + size] == ':')
		{
			*value = begin + size + 1;
			return i;
		}
	}
	return -1;
}

/* Reads the collected fields of the entry and hands it out. */
static RcCode
give_entry(Mt940 *mt, RcRecord *record, RcStatus *status)
{
	RcBankAmount amount;
	bool		expected;
	const char *fault;
	RcCode		code = rc_mt940_entry(&mt->bank, mt->entry.data, mt->entry.length, &amount, &expected, &fault);

	mt->in_entry = false;
	if (code == RC_BAD_STRUCTURE)
		return fail_entry(mt, status, fault);
	if (code == RC_OK)
		code = rc_mt940_details(&mt->bank, &mt->details, &mt->scratch);
	if (code == RC_OK)
		code = rc_bank_give_entry(&mt->bank, record, &amount, !expected);
	if (code != RC_OK)
		status->line = mt->bank.entry_line;
	return rc_bank_explain(status, code);
}

/* ---- the message ---- */

/* Takes the balance of :60: or :62: into the statement's fields. */
static RcCode
take_balance(Mt940 *mt, const char *text, size_t length, int date_field, RcSum *sum, RcStatus *status)
{
	RcBuffer   *fields = mt->bank.statement;
	RcBuffer   *currency = &fields[RC_STATEMENT_CURRENCY];
	const char *name = date_field == RC_STATEMENT_OPENING_ON ? "opening" : "closing";
	RcMt940Balance balance;
	const char *fault;
	RcCode		code;

	if (sum->known)
		return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "second %s balance in one statement", name);
	fault = rc_mt940_balance(text, length, &balance);
	if (fault)
		return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "%s of the %s balance cannot be read", fault, name);
	code = rc_bank_set(&fields[date_field], balance.date, sizeof(balance.date));
	if (code == RC_OK)
		code = rc_bank_set(&fields[date_field + 1], balance.amount.text, strlen(balance.amount.text));
	if (code == RC_OK && balance.has_currency && currency->length == 0)
		code = rc_bank_set(currency, balance.currency, 3);
	else if (balance.has_currency && (currency->length != 3 || memcmp(currency->data, balance.currency, 3) != 0))
		mt->bank.mismatch = true;
	rc_sum_add(sum, &balance.amount);
	return rc_bank_explain(status, code);
}

static void
begin_message(Mt940 *mt)
{
	mt->in_message = true;
	mt->any_message = true;
	mt->part = TAG_REFERENCE;
	mt->has_account = mt->has_opening = mt->has_closing = mt->has_available = mt->is_interim = mt->has_entries = false;
	rc_bank_begin_statement(&mt->bank, mt->lines.line, mt->lines.byte);
}

/* Checks that the message is whole and hands the statement out. */
static RcCode
end_message(Mt940 *mt, RcRecord *record, RcStatus *status)
{
	RcCode		code;

	if (!mt->has_account)
		return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "statement without an account (:25:)");
	if (mt->has_opening && !mt->has_closing && !mt->has_available)
	{
		rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "statement without a closing balance (:62F:)");
		rc_hint(status, "The file may be cut off; fetch it from the bank again.");
		return status->code;
	}
	if (!mt->has_opening && !mt->has_closing && !mt->is_interim)
	{
		rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "statement without balances (:60F:, :62F:)");
		rc_hint(status, "The file may be cut off; fetch it from the bank again.");
		return status->code;
	}
	mt->in_message = false;
	code = rc_bank_give_statement(&mt->bank, record);
	return rc_bank_explain(status, code);
}

/* Takes a tagged field other than the first of a message. */
static RcCode
take_field(Mt940 *mt, int index, const char *text, size_t length, RcStatus *status)
{
	RcBank	   *bank = &mt->bank;
	Tag			tag = tags[index].tag;
	RcCode		code = RC_OK;

	mt->part = tag;
	switch (tag)
	{
		case TAG_ACCOUNT:
			if (mt->has_account)
				return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "second account (:25:) in one statement");
			rc_trim(&text, &length);
			if (length == 0)
				return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "the account (:25:) is empty");
			mt->has_account = true;
			code = rc_bank_set(&bank->statement[RC_STATEMENT_ACCOUNT], text, length);
			break;
		case TAG_NUMBER:
			rc_trim(&text, &length);
			code = rc_bank_set(&bank->statement[RC_STATEMENT_NO], text, length);
			break;
		case TAG_FLOOR:
			if (bank->statement[RC_STATEMENT_CURRENCY].length == 0 && rc_mt940_is_currency(text, length))
				code = rc_bank_set(&bank->statement[RC_STATEMENT_CURRENCY], text, 3);
			mt->is_interim = true;
			break;
		case TAG_INTERIM:
			mt->is_interim = true;
			break;
		case TAG_SUM:
			mt->is_interim = true;
			code = rc_mt940_sum(bank, text, length, tags[index].name[2] == 'D');
			break;
		case TAG_OPENING:
			if (mt->has_entries)
				return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "opening balance behind the entries");
			mt->has_opening = true;
			return take_balance(mt, text, length, RC_STATEMENT_OPENING_ON, &bank->opening, status);
		case TAG_CLOSING:
			mt->has_closing = true;
			return take_balance(mt, text, length, RC_STATEMENT_CLOSING_ON, &bank->closing, status);
		case TAG_AVAILABLE:
			mt->has_available = true;
			break;
		case TAG_ENTRY:
			if (!mt->has_account)
				return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "entry before the statement's account (:25:)");
			if (mt->has_closing)
				return rc_lines_fail(&mt->lines, status, RC_BAD_STRUCTURE, "entry behind the closing balance");
			mt->in_entry = true;
			mt->has_entries = true;
			rc_buffer_clear(&mt->details);
			code = rc_bank_begin_entry(bank, mt->lines.line, mt->lines.byte);
			if (code == RC_OK)
				code = rc_bank_set(&mt->entry, text, length);
			break;
		case TAG_DETAILS:
			if (mt->in_entry)
			{
				code = mt->details.length > 0 ? rc_bank_append(&mt->details, "\n", 1) : RC_OK;
				if (code == RC_OK)
					code = rc_bank_append(&mt->details, text, length);
			}
			else
			{
				mt->part = TAG_OTHER;
				if (mt->has_closing)
					rc_mt940_statement_details(bank, text, length);
			}
			break;
		case TAG_OWN:
			if (mt->in_entry)
				code = rc_mt940_own_line(bank, text, length);
			else
				mt->part = TAG_OTHER;
			break;
		default:
			break;
	}
	return rc_bank_explain(status, code);
}

/* Takes a line without a tag, which continues the field before it. */
static RcCode
take_line(Mt940 *mt, RcStatus *status)
{
	const char *text = mt->lines.text;
	size_t		length = mt->lines.size;
	bool		credit;
	bool		expected;
	size_t		mark;
	RcCode		code = RC_OK;

	if (!mt->in_entry)
		return RC_OK;
	if (mt->part == TAG_ENTRY && rc_mt940_mark(mt->entry.data, mt->entry.length, &mark, &credit, &expected) == mt->entry.length)
		code = rc_bank_append(&mt->entry, text, length);	/* wrapped before the amount */
	else if (mt->part == TAG_ENTRY)
		code = rc_bank_join(&mt->bank.entry[RC_MT940_SUPPLEMENTARY], text, length);
	else if (mt->part == TAG_OWN)
		code = rc_mt940_own_line(&mt->bank, text, length);
	else if (mt->part == TAG_DETAILS)
	{
		code = rc_bank_append(&mt->details, "\n", 1);
		if (code == RC_OK)
			code = rc_bank_append(&mt->details, text, length);
	}
	return rc_bank_explain(status, code);
}

/* Does the line end the message? A hyphen alone or before a brace does; with other text behind it only where no text is expected. */
static bool
is_end(const Mt940 *mt)
{
	size_t		length = mt->lines.size;
	const char *text = mt->lines.text;

	while (length > 0 && text[length - 1] == ' ')
		length--;
	return length > 0 && text[0] == '-' && (length == 1 || text[1] == '}' || mt->has_closing);
}

/* Cuts an envelope off that shares a line with the first field: {1:...}{4::20:REF. */
static void
cut_envelope(RcLines *lines)
{
	for (size_t i = 1; i + 4 <= lines->size; i++)
	{
		if (memcmp(lines->text + i, ":20:", 4) == 0 && (lines->text[i - 1] == ':' || lines->text[i - 1] == '}'))
		{
			lines->text += i;
			lines->size -= i;
			return;
		}
	}
}

/* Reads lines until a record is whole. */
static RcCode
read_record(Mt940 *mt, RcRecord *record, RcStatus *status)
{
	for (;;)
	{
		RcLines    *lines = &mt->lines;
		RcCode		code = rc_lines_next(lines, status);
		bool		ended = code == RC_END;
		size_t		value = 0;
		int			index = -1;
		Tag			tag;

		if (code != RC_OK && !ended)
			return code;
		if (!ended)
		{
			if (!mt->in_message && lines->size > 0 && lines->text[0] != ':')
				cut_envelope(lines);
			index = find_tag(mt, &value);
			if (index >= 0 && tags[index].leads && mt->in_entry && mt->part == TAG_DETAILS)
				index = -1;		/* "...T16" wrapped before ":28:37" */
		}
		tag = index >= 0 ? tags[index].tag : TAG_NONE;

		if (!mt->in_message)
		{
			if (ended && mt->any_message)
				return RC_END;
			if (ended)
				return rc_lines_fail(lines, status, RC_BAD_STRUCTURE, "no statement (:20:) in the file");
			if (tag == TAG_REFERENCE)
				begin_message(mt);
			else if (tag != TAG_NONE && tag != TAG_OWN)
				return rc_lines_fail(lines, status, RC_BAD_STRUCTURE, ":%s: outside a statement, which begins with :20:", tags[index].name);
			continue;
		}
		if (ended || is_end(mt) || (tag != TAG_NONE && tag != TAG_DETAILS && tag != TAG_OWN))
		{
			/* this line is not the entry's any more */
			bool		over = ended || is_end(mt);

			if (mt->in_entry)
			{
				/* at the end of the text rc_lines_next keeps saying so */
				if (!ended)
					rc_lines_again(lines);
				return give_entry(mt, record, status);
			}
			if (over || tag == TAG_REFERENCE)
			{
				if (!over)
					rc_lines_again(lines);
				return end_message(mt, record, status);
			}
		}
		if (lines->size == 1 && lines->text[0] == ':')
		{
			mt->lone_colon = true;
			continue;
		}
		code = index >= 0 ? take_field(mt, index, lines->text + value, lines->size - value, status) : take_line(mt, status);
		if (code == RC_OK && mt->in_entry)
			code = rc_bank_explain(status, rc_bank_raw(&mt->bank, lines->text, lines->size));
		mt->lone_colon = false;
		if (code != RC_OK)
		{
			if (status->line == 0)
				status->line = lines->line;
			return code;
		}
	}
}

static RcCode
mt940_next(void *state, RcRecord *record, RcStatus *status)
{
	Mt940	   *mt = state;
	RcCode		code;

	if (!mt->header_given)
	{
		mt->header_given = true;
		rc_bank_header(&mt->bank, record);
		return RC_OK;
	}
	if (mt->fault.code != RC_OK)
	{
		*status = mt->fault;
		return mt->fault.code;
	}
	code = read_record(mt, record, status);
	if (code != RC_OK)
	{
		status->code = code;
		mt->fault = *status;
	}
	return code;
}

static void
mt940_close(void *state)
{
	Mt940	   *mt = state;

	rc_bank_free(&mt->bank);
	rc_buffer_free(&mt->entry);
	rc_buffer_free(&mt->details);
	rc_buffer_free(&mt->scratch);
	rc_release(mt->source->allocator, mt);
}

static RcCode
mt940_open(RcSource *source, void **state, RcStatus *status)
{
	Mt940	   *mt = rc_allocate_zero(source->allocator, sizeof(*mt));

	if (!mt)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	mt->source = source;
	rc_lines_init(&mt->lines, source);
	rc_bank_init(&mt->bank, source->allocator, own_columns, RC_MT940_COLUMNS - RC_ENTRY_COLUMNS);
	rc_buffer_init(&mt->entry, source->allocator);
	rc_buffer_init(&mt->details, source->allocator);
	rc_buffer_init(&mt->scratch, source->allocator);
	*state = mt;
	return RC_OK;
}

/* :20: at the beginning of a line and a field that only such files have behind it. */
static int
mt940_sniff(const char *head, size_t length)
{
	bool		begun = false;

	if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
	{
		head += 3;
		length -= 3;
	}
	for (size_t at = 0; at + 4 <= length; at++)
	{
		const char *text = head + at;
		char		before = at == 0 ? '\n' : text[-1];

		if (text[0] != ':' || (before != '\n' && before != '\r' && before != ':' && before != '}'))
			continue;
		if (memcmp(text, ":20:", 4) == 0)
			begun = true;
		else if (memcmp(text, ":25", 3) == 0 || memcmp(text, ":28", 3) == 0 || memcmp(text, ":60", 3) == 0 || memcmp(text, ":61", 3) == 0)
			return begun ? 95 : 60;
	}
	return 0;
}

/*
 * Banks that do not write UTF-8 write the 8-bit set of their country and time: those of Windows have their letters above 0xC0, those of DOS below
 * 0xA6. The currency of the first balance tells west from east.
 */
static const char *
mt940_encoding(const char *head, size_t length)
{
	static const char eastern[] = "HUF CZK PLN RON SKK HRK BGN";
	size_t		low = 0;
	size_t		high = 0;
	bool		undefined = false;	/* in Windows-1252 */
	bool		east = false;
	bool		found = false;

	for (size_t i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) head[i];

		low += byte >= 0x80 && byte < 0xA6;
		high += byte >= 0xC0;
		undefined = undefined || byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D;
		if (!found && length - i > 15 && memcmp(head + i, ":60", 3) == 0 && head[i + 4] == ':')
		{
			char		currency[4] = {head[i + 12], head[i + 13], head[i + 14], '\0'};

			found = true;
			east = rc_mt940_is_currency(currency, 3) && strstr(eastern, currency) != NULL;
		}
	}
	if (east)
		return low > high ? "CP852" : "WIN1250";
	return undefined && low > high ? "CP850" : "WIN1252";
}

const RcContainer rc_mt940_container = {
	.name = "mt940",
	.is_text = true,
	.sniff = mt940_sniff,
	.encoding = mt940_encoding,
	.open = mt940_open,
	.next = mt940_next,
	.close = mt940_close
};
