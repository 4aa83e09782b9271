/*
 * ofx.c - OFX 1.x and 2.x bank and credit card statements.
 */
#include "ofx.h"

#include <stdio.h>
#include <string.h>

#include "bank.h"
#include "encoding.h"
#include "ofx_scan.h"

enum
{
	OFX_CHECK_NUMBER = RC_ENTRY_COLUMNS, OFX_BANK, OFX_COLUMNS
};

static const char *const own_columns[] = {"check_number", "bank"};

/* Aggregates whose inside matters, as bits. */
enum
{
	IN_OFX = 1 << 0, IN_STATEMENT = 1 << 1, IN_INVESTMENT = 1 << 2, IN_ACCOUNT = 1 << 3, IN_OTHER_ACCOUNT = 1 << 4, IN_LIST = 1 << 5, IN_ENTRY = 1 << 6,
	IN_PAYEE = 1 << 7, IN_LEDGER = 1 << 8, IN_STATUS = 1 << 9, IN_CURRENCY = 1 << 10, IN_ORIGINAL = 1 << 11, IN_AVAILABLE = 1 << 12
};

static const struct
{
	const char *name;
	int			bit;
}			aggregates[] = {
	{"OFX", IN_OFX},
	{"STMTRS", IN_STATEMENT},
	{"CCSTMTRS", IN_STATEMENT},
	{"INVSTMTRS", IN_INVESTMENT},
	{"BANKACCTFROM", IN_ACCOUNT},
	{"CCACCTFROM", IN_ACCOUNT},
	{"BANKACCTTO", IN_OTHER_ACCOUNT},
	{"CCACCTTO", IN_OTHER_ACCOUNT},
	{"BANKTRANLIST", IN_LIST},
	{"STMTTRN", IN_ENTRY},
	{"PAYEE", IN_PAYEE},
	{"LEDGERBAL", IN_LEDGER},
	{"AVAILBAL", IN_AVAILABLE},
	{"STATUS", IN_STATUS},
	{"CURRENCY", IN_CURRENCY},
	{"ORIGCURRENCY", IN_ORIGINAL},
};

typedef struct Ofx
{
	RcSource   *source;
	RcOfxScan	scan;
	RcBank		bank;
	RcStatus	fault;			/* what ended reading; code RC_OK: nothing yet */
	bool		header_given;

	int			inside;			/* bits of the open aggregates */
	char		element[40];	/* whose text the scanner reads next, "" none */
	bool		any_ofx;
	bool		any_statement;

	/* of the entry */
	bool		has_amount;
	bool		has_date;
	RcBankAmount amount;
	RcBuffer	memo;
	RcBuffer	payee;

	/* of the statement */
	RcBuffer	bank_id;

	/* of a STATUS */
	char		code[16];
	bool		is_error;
	char		message[160];
} Ofx;

static int
aggregate_bit(const char *name)
{
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++)
	{
		if (strcmp(name, aggregates[i].name) == 0)
			return aggregates[i].bit;
	}
	return 0;
}

/* ---- values ---- */

/* YYYYMMDD, whatever of time and zone follows; a day that does not exist is written as it is. */
static bool
read_date(const RcBuffer *text, char *result)
{
	const char *data = text->data;
	size_t		length = text->length;

	if (length >= 10 && data[4] == '-' && data[7] == '-' && rc_is_digits(data, 4) && rc_is_digits(data + 5, 2) && rc_is_digits(data + 8, 2))
	{
		memcpy(result, data, 10);
		return length == 10 || data[10] == 'T' || data[10] == ' ';
	}
	if (length < 8 || !rc_is_digits(data, 8))
		return false;
	if (length > 8 && !(data[8] >= '0' && data[8] <= '9') && data[8] != '.' && data[8] != '[')
		return false;
	memcpy(result, data, 4);
	memcpy(result + 5, data + 4, 2);
	memcpy(result + 8, data + 6, 2);
	result[4] = result[7] = '-';
	return true;
}

static RcCode
bad_value(const Ofx *ofx, RcStatus *status, const RcBuffer *text)
{
	return rc_ofx_fail(&ofx->scan, status, RC_BAD_STRUCTURE, "%s cannot be read: \"%.*s\"", ofx->element, (int) rc_utf8_cut(text->data, text->length, 40),
					   text->data ? text->data : "");
}

static RcCode
take_date(Ofx *ofx, RcBuffer *field, const RcBuffer *text, RcStatus *status)
{
	char		date[10];

	if (!read_date(text, date))
		return bad_value(ofx, status, text);
	return rc_bank_explain(status, rc_bank_set(field, date, sizeof(date)));
}

static RcCode
take_amount(Ofx *ofx, RcBankAmount *amount, const RcBuffer *text, RcStatus *status)
{
	bool		ambiguous;

	if (text->length == 0 || !rc_bank_free_amount(text->data, text->length, amount, &ambiguous))
		return bad_value(ofx, status, text);
	if (ambiguous && memchr(text->data, ',', text->length))
	{
		bad_value(ofx, status, text);
		rc_hint(status, "The comma may be a decimal mark or separate thousands.");
		return status->code;
	}
	return RC_OK;
}

/* Copies text into a fixed buffer, cut at a character. */
static void
copy_text(char *to, size_t size, const RcBuffer *text)
{
	size_t		length = rc_utf8_cut(text->data, text->length, size - 1);

	if (length > 0)
		memcpy(to, text->data, length);
	to[length] = '\0';
}

/* ---- elements ---- */

static bool
is(const Ofx *ofx, const char *name)
{
	return strcmp(ofx->element, name) == 0;
}

static RcCode
take_entry_element(Ofx *ofx, const RcBuffer *text, RcStatus *status)
{
	RcBuffer   *fields = ofx->bank.entry;
	RcBuffer   *field = NULL;

	if (ofx->inside & IN_ORIGINAL)
		return RC_OK;
	if (ofx->inside & IN_CURRENCY)
	{
		/* this amount is in another currency than the statement */
		if (!is(ofx, "CURSYM"))
			return RC_OK;
		if (fields[RC_ENTRY_CURRENCY].length != text->length ||
			(text->length > 0 && memcmp(fields[RC_ENTRY_CURRENCY].data, text->data, text->length) != 0))
			ofx->bank.incomparable = true;
		field = &fields[RC_ENTRY_CURRENCY];
	}
	else if (ofx->inside & IN_OTHER_ACCOUNT)
		field = is(ofx, "ACCTID") ? &fields[RC_ENTRY_COUNTERPARTY_ACCOUNT] : NULL;
	else if (is(ofx, "NAME"))
		field = ofx->inside & IN_PAYEE ? &ofx->payee : &fields[RC_ENTRY_COUNTERPARTY];
	else if (ofx->inside & IN_PAYEE)
		return RC_OK;
	else if (is(ofx, "TRNAMT"))
	{
		ofx->has_amount = true;
		return take_amount(ofx, &ofx->amount, text, status);
	}
	else if (is(ofx, "DTPOSTED"))
	{
		ofx->has_date = true;
		return take_date(ofx, &fields[RC_ENTRY_BOOKED_ON], text, status);
	}
	else if (is(ofx, "DTAVAIL"))
		return text->length > 0 ? take_date(ofx, &fields[RC_ENTRY_VALUE_ON], text, status) : RC_OK;
	else if (is(ofx, "TRNTYPE"))
		field = &fields[RC_ENTRY_TYPE];
	else if (is(ofx, "FITID"))
		field = &fields[RC_ENTRY_BANK_REFERENCE];
	else if (is(ofx, "REFNUM"))
		field = &fields[RC_ENTRY_REFERENCE];
	else if (is(ofx, "CHECKNUM"))
		field = &fields[OFX_CHECK_NUMBER];
	else if (is(ofx, "MEMO"))
		return rc_bank_explain(status, rc_bank_join(&ofx->memo, text->data, text->length));
	return field ? rc_bank_explain(status, rc_bank_set(field, text->data, text->length)) : RC_OK;
}

static RcCode
take_statement_element(Ofx *ofx, const RcBuffer *text, RcStatus *status)
{
	RcBuffer   *fields = ofx->bank.statement;
	RcBuffer   *field = NULL;

	if (ofx->inside & (IN_LEDGER | IN_AVAILABLE))
	{
		RcBankAmount amount;
		RcCode		code;

		/* the available balance is of no use, but it must be right */
		if (ofx->inside & IN_AVAILABLE)
			return is(ofx, "BALAMT") ? take_amount(ofx, &amount, text, status) : RC_OK;
		if (is(ofx, "DTASOF"))
			return text->length > 0 ? take_date(ofx, &fields[RC_STATEMENT_CLOSING_ON], text, status) : RC_OK;
		if (!is(ofx, "BALAMT"))
			return RC_OK;
		code = take_amount(ofx, &amount, text, status);
		if (code != RC_OK)
			return code;
		ofx->bank.closing.known = true;
		return rc_bank_explain(status, rc_bank_set(&fields[RC_STATEMENT_CLOSING_BALANCE], amount.text, strlen(amount.text)));
	}
	if (ofx->inside & IN_ACCOUNT)
		field = is(ofx, "ACCTID") ? &fields[RC_STATEMENT_ACCOUNT] : is(ofx, "BANKID") ? &ofx->bank_id : NULL;
	else if (is(ofx, "CURDEF"))
		field = &fields[RC_STATEMENT_CURRENCY];
	else if (is(ofx, "DTSTART") && (ofx->inside & IN_LIST))
		return text->length > 0 ? take_date(ofx, &fields[RC_STATEMENT_OPENING_ON], text, status) : RC_OK;
	return field ? rc_bank_explain(status, rc_bank_set(field, text->data, text->length)) : RC_OK;
}

static RcCode
take_element(Ofx *ofx, RcStatus *status)
{
	RcBuffer   *text = &ofx->scan.text;

	rc_ofx_decode(text);
	if (ofx->inside & IN_STATUS)
	{
		if (is(ofx, "CODE"))
			copy_text(ofx->code, sizeof(ofx->code), text);
		else if (is(ofx, "SEVERITY"))
			ofx->is_error = rc_equal_fold(text->data, text->length, "ERROR", 5);
		else if (is(ofx, "MESSAGE"))
			copy_text(ofx->message, sizeof(ofx->message), text);
		return RC_OK;
	}
	if (ofx->inside & IN_INVESTMENT)
		return RC_OK;
	if (ofx->inside & IN_ENTRY)
		return take_entry_element(ofx, text, status);
	if (ofx->inside & IN_STATEMENT)
		return take_statement_element(ofx, text, status);
	return RC_OK;
}

/* ---- aggregates ---- */

static RcCode
open_aggregate(Ofx *ofx, int bit, RcStatus *status)
{
	RcOfxScan  *scan = &ofx->scan;
	RcCode		code = RC_OK;

	if (!(ofx->inside & IN_OFX) && bit != IN_OFX)
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<%s> outside <OFX>", scan->name);
	if ((ofx->inside & bit) && (bit & (IN_OFX | IN_STATEMENT | IN_INVESTMENT | IN_ENTRY)))
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<%s> within one that is not closed", scan->name);
	ofx->inside |= bit;
	if (bit == IN_OFX)
		ofx->any_ofx = true;
	else if (bit == IN_STATUS)
	{
		ofx->code[0] = ofx->message[0] = '\0';
		ofx->is_error = false;
	}
	else if (bit == IN_INVESTMENT)
	{
		if (!ofx->source->left_out)
			ofx->source->left_out_line = scan->tag_line;
		ofx->source->left_out = "an investment statement";
	}
	else if (bit == IN_STATEMENT)
	{
		if (ofx->inside & IN_INVESTMENT)
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<%s> within an investment statement", scan->name);
		ofx->any_statement = true;
		rc_buffer_clear(&ofx->bank_id);
		rc_bank_begin_statement(&ofx->bank, scan->tag_line, scan->tag_byte);
	}
	else if (bit == IN_ENTRY && !(ofx->inside & IN_INVESTMENT))
	{
		if (!(ofx->inside & IN_STATEMENT))
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<STMTTRN> outside a statement");
		if (ofx->bank.statement[RC_STATEMENT_ACCOUNT].length == 0)
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<STMTTRN> before the statement's account (ACCTID)");
		ofx->has_amount = ofx->has_date = false;
		rc_buffer_clear(&ofx->memo);
		rc_buffer_clear(&ofx->payee);
		code = rc_bank_begin_entry(&ofx->bank, scan->tag_line, scan->tag_byte);
		if (code == RC_OK)
			code = rc_bank_set(&ofx->bank.entry[OFX_BANK], ofx->bank_id.data, ofx->bank_id.length);
		if (code == RC_OK)
			code = rc_bank_set(&ofx->bank.raw, "<STMTTRN>", 9);
		scan->copy = &ofx->bank.raw;
	}
	return rc_bank_explain(status, code);
}

/* Puts the entry together and hands it out. */
static RcCode
give_entry(Ofx *ofx, RcRecord *record, RcStatus *status)
{
	RcBuffer   *fields = ofx->bank.entry;
	RcBuffer   *narrative = &fields[RC_ENTRY_NARRATIVE];
	RcCode		code = RC_OK;

	ofx->scan.copy = NULL;
	if (!ofx->has_amount || !ofx->has_date)
	{
		status->line = ofx->bank.entry_line;
		status->byte = rc_charset_file_offset(ofx->source->charset, ofx->bank.entry_byte);
		return rc_fail(status, RC_BAD_STRUCTURE, "<STMTTRN> without %s", ofx->has_amount ? "DTPOSTED" : "TRNAMT");
	}
	if (fields[RC_ENTRY_COUNTERPARTY].length == 0)
		code = rc_bank_set(&fields[RC_ENTRY_COUNTERPARTY], ofx->payee.data, ofx->payee.length);
	if (code == RC_OK && fields[RC_ENTRY_REFERENCE].length == 0)
		code = rc_bank_set(&fields[RC_ENTRY_REFERENCE], fields[OFX_CHECK_NUMBER].data, fields[OFX_CHECK_NUMBER].length);
	if (code == RC_OK)
		code = rc_bank_join(narrative, fields[RC_ENTRY_COUNTERPARTY].data, fields[RC_ENTRY_COUNTERPARTY].length);
	if (code == RC_OK)
		code = rc_bank_join(narrative, ofx->memo.data, ofx->memo.length);
	if (code == RC_OK)
		code = rc_bank_give_entry(&ofx->bank, record, &ofx->amount, true);
	if (code != RC_OK)
		status->line = ofx->bank.entry_line;
	return rc_bank_explain(status, code);
}

/* *given tells whether a record is handed out. */
static RcCode
close_aggregate(Ofx *ofx, int bit, RcRecord *record, bool *given, RcStatus *status)
{
	RcOfxScan  *scan = &ofx->scan;
	RcCode		code;

	*given = false;
	if (!(ofx->inside & bit))
		return RC_OK;			/* closes what was never opened; what counts is opened where it must be */
	ofx->inside &= ~bit;
	if (bit == IN_STATUS && ofx->is_error)
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "the bank answered with error %s: %s", ofx->code, ofx->message);
	if (bit == IN_LEDGER && (ofx->inside & IN_STATEMENT) && !ofx->bank.closing.known)
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "<LEDGERBAL> without an amount (BALAMT)");
	if (bit == IN_ENTRY && !(ofx->inside & IN_INVESTMENT))
	{
		/* what only an entry can hold is closed with it */
		ofx->inside &= ~(IN_PAYEE | IN_OTHER_ACCOUNT | IN_CURRENCY | IN_ORIGINAL);
		code = give_entry(ofx, record, status);
		*given = code == RC_OK;
		return code;
	}
	if (ofx->inside & IN_ENTRY && (bit & (IN_STATEMENT | IN_LIST | IN_OFX)) && !(ofx->inside & IN_INVESTMENT))
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "</%s> within <STMTTRN>", scan->name);
	if (bit == IN_STATEMENT)
	{
		if (ofx->bank.statement[RC_STATEMENT_ACCOUNT].length == 0)
			return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "statement without an account (ACCTID)");
		ofx->inside &= IN_OFX;
		ofx->bank.closing.known = false;	/* there is no opening balance to compare with */
		code = rc_bank_explain(status, rc_bank_give_statement(&ofx->bank, record));
		*given = code == RC_OK;
		return code;
	}
	if (bit == IN_INVESTMENT)
		ofx->inside &= IN_OFX;
	if (bit == IN_OFX && ofx->inside != 0)
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "</OFX> within a statement that is not closed");
	return RC_OK;
}

static RcCode
at_end(Ofx *ofx, RcStatus *status)
{
	RcOfxScan  *scan = &ofx->scan;

	scan->tag_line = scan->line;
	scan->tag_byte = scan->base + scan->at;
	if (!ofx->any_ofx)
		return rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "no <OFX> in the file");
	if (ofx->inside)
	{
		rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "the file ends before </OFX>");
		rc_hint(status, "The file may be cut off; fetch it from the bank again.");
		return status->code;
	}
	if (!ofx->any_statement)
	{
		rc_ofx_fail(scan, status, RC_BAD_STRUCTURE, "the file holds no bank or credit card statement");
		if (ofx->source->left_out)
			rc_hint(status, "Investment statements are not read.");
		return status->code;
	}
	return RC_END;
}

static RcCode
read_record(Ofx *ofx, RcRecord *record, RcStatus *status)
{
	RcOfxScan  *scan = &ofx->scan;

	for (;;)
	{
		RcCode		code = rc_ofx_scan_next(scan, status);
		bool		closes_element;
		bool		given = false;
		int			bit;

		if (code == RC_END)
			return at_end(ofx, status);
		if (code != RC_OK)
			return code;
		closes_element = scan->closing && strcmp(scan->name, ofx->element) == 0;
		bit = aggregate_bit(scan->name);
		if (ofx->element[0] && (scan->text.length > 0 || closes_element))
		{
			code = take_element(ofx, status);
			if (code != RC_OK)
				return code;
		}
		ofx->element[0] = '\0';
		if (!scan->closing)
		{
			memcpy(ofx->element, scan->name, sizeof(ofx->element));
			code = bit ? open_aggregate(ofx, bit, status) : RC_OK;
			if (bit)
				ofx->element[0] = '\0';
		}
		if (code == RC_OK && bit && (scan->closing || scan->empty))
			code = close_aggregate(ofx, bit, record, &given, status);
		if (code != RC_OK || given)
			return code;
	}
}

static RcCode
ofx_next(void *state, RcRecord *record, RcStatus *status)
{
	Ofx		   *ofx = state;
	RcCode		code;

	if (!ofx->header_given)
	{
		ofx->header_given = true;
		rc_bank_header(&ofx->bank, record);
		return RC_OK;
	}
	if (ofx->fault.code != RC_OK)
	{
		*status = ofx->fault;
		return ofx->fault.code;
	}
	code = read_record(ofx, record, status);
	if (code != RC_OK)
	{
		status->code = code;
		if (code != RC_END && status->line == 0)
			status->line = ofx->scan.line;
		ofx->fault = *status;
	}
	return code;
}

static void
ofx_close(void *state)
{
	Ofx		   *ofx = state;

	rc_ofx_scan_free(&ofx->scan);
	rc_bank_free(&ofx->bank);
	rc_buffer_free(&ofx->memo);
	rc_buffer_free(&ofx->payee);
	rc_buffer_free(&ofx->bank_id);
	rc_release(ofx->source->allocator, ofx);
}

static RcCode
ofx_open(RcSource *source, void **state, RcStatus *status)
{
	Ofx		   *ofx = rc_allocate_zero(source->allocator, sizeof(*ofx));

	if (!ofx)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	ofx->source = source;
	rc_ofx_scan_init(&ofx->scan, source);
	rc_bank_init(&ofx->bank, source->allocator, own_columns, OFX_COLUMNS - RC_ENTRY_COLUMNS);
	rc_buffer_init(&ofx->memo, source->allocator);
	rc_buffer_init(&ofx->payee, source->allocator);
	rc_buffer_init(&ofx->bank_id, source->allocator);
	*state = ofx;
	return RC_OK;
}

/* Offset behind a text in head, in any case of letters; SIZE_MAX when it is not there. */
static size_t
find_behind(const char *head, size_t length, const char *text)
{
	size_t		size = strlen(text);

	for (size_t i = 0; i + size <= length; i++)
	{
		if (rc_equal_fold(head + i, size, text, size))
			return i + size;
	}
	return SIZE_MAX;
}

#define SNIFF_BYTES 4096

static int
ofx_sniff(const char *head, size_t length)
{
	size_t		at;

	if (length > SNIFF_BYTES)
		length = SNIFF_BYTES;
	if (find_behind(head, length, "OFXHEADER") != SIZE_MAX)
		return 95;
	at = find_behind(head, length, "<OFX>");
	/* without a header there must be nothing but blanks before it, or an XML declaration */
	if (at != SIZE_MAX)
	{
		size_t		first = length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

		while (head[first] == ' ' || head[first] == '\t' || head[first] == '\r' || head[first] == '\n')
			first++;
		return head[first] == '<' ? 90 : 0;
	}
	return 0;
}

/* CHARSET:1252 of the header block, encoding="..." of the XML declaration. */
static const char *
ofx_encoding(const char *head, size_t length)
{
	const RcEncoding *encoding;
	char		name[32] = "cp";
	size_t		size = 2;
	size_t		at;

	if (length > SNIFF_BYTES)
		length = SNIFF_BYTES;
	at = find_behind(head, length, "CHARSET:");
	if (at == SIZE_MAX)
	{
		at = find_behind(head, length, "encoding=");
		size = 0;
		if (at == SIZE_MAX)
			at = length;
		at += at < length && (head[at] == '"' || head[at] == '\'');
	}
	else if (length - at >= 4 && memcmp(head + at, "8859", 4) == 0)
	{
		memcpy(name, "ISO-", 4);
		size = 4;
	}
	while (at < length && size + 1 < sizeof(name) &&
		   ((head[at] >= '0' && head[at] <= '9') || (head[at] >= 'A' && head[at] <= 'Z') || (head[at] >= 'a' && head[at] <= 'z') || head[at] == '-'))
		name[size++] = head[at++];
	name[size] = '\0';
	encoding = rc_encoding_find(name, head, length);

	/* what says UTF-8 or ASCII and is neither was written by a Windows program */
	return encoding && encoding->iconv_name ? encoding->name : "windows-1252";
}

const RcContainer rc_ofx_container = {
	.name = "ofx",
	.is_text = true,
	.sniff = ofx_sniff,
	.encoding = ofx_encoding,
	.open = ofx_open,
	.next = ofx_next,
	.close = ofx_close
};
