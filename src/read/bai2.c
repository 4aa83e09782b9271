/*
 * bai2.c - BAI2 cash management reports.
 */
#include "bai2.h"

#include <string.h>

#include "bai2_record.h"
#include "bank.h"

/* What a level of the file counts and sums for its trailer. */
typedef struct Level
{
	bool		open;
	__int128	total;			/* of amounts, or of the totals of the level below */
	uint64_t	lines;			/* physical records, the level's own ones included */
	uint64_t	parts;			/* accounts of a group, groups of a file */
} Level;

typedef struct Bai2
{
	const RcSource *source;
	RcLines		lines;
	RcBank		bank;
	RcStatus	fault;			/* what ended reading; code RC_OK: nothing yet */
	bool		header_given;
	bool		any_file;

	/* the logical record at hand */
	bool		pending;
	int			code;
	uint64_t	line;
	uint64_t	byte;
	RcBai2Record record;

	Level		file;
	Level		group;
	Level		account;
	char		group_currency[4];
	char		as_of[11];		/* date of the group */
	int			decimals;		/* of the account's currency */

	/* totals that the account's 03 states: credits are code 100, debits code 400 */
	bool		has_total[2];
	bool		has_items[2];
} Bai2;

static RcCode
fail_here(const Bai2 *bai, RcStatus *status, RcCode code, const char *what)
{
	status->line = bai->line;
	status->byte = rc_charset_file_offset(bai->source->charset, bai->byte);
	return rc_fail(status, code, "%s", what);
}

/* ---- headers ---- */

static RcCode
take_file(Bai2 *bai, RcStatus *status)
{
	RcField		version = {"", 0};

	if (bai->file.open)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "second file header (01) before the trailer (99)");
	for (int i = 0; i < 8; i++)
		version = rc_bai2_field(&bai->record);
	if (version.length > 0 && (version.length != 1 || version.data[0] != '2'))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the file is not of BAI version 2");
	bai->file = (Level) {true, 0, 0, 0};
	bai->any_file = true;
	return RC_OK;
}

static RcCode
take_group(Bai2 *bai, RcStatus *status)
{
	RcField		field;

	if (!bai->file.open || bai->group.open)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "group header (02) out of place");
	bai->group = (Level) {true, 0, 0, 0};
	rc_bai2_field(&bai->record);			/* receiver */
	rc_bai2_field(&bai->record);			/* originator */
	field = rc_bai2_field(&bai->record);
	if (field.length == 1 && (field.data[0] == '2' || field.data[0] == '4'))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the group is marked as a deletion or a test");
	if (!rc_bai2_date(rc_bai2_field(&bai->record), bai->as_of))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the group's as-of date cannot be read");
	rc_bai2_field(&bai->record);			/* time */
	field = rc_bai2_field(&bai->record);
	if (field.length == 0)
		field = (RcField) {"USD", 3};
	if (rc_currency_exponent(field.data, field.length) < 0)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "unknown currency of the group");
	memcpy(bai->group_currency, field.data, 3);
	return RC_OK;
}

/* One status or summary of an account: type, amount, item count, funds. */
static RcCode
take_summary(Bai2 *bai, RcField type, RcStatus *status)
{
	RcField		amount_field = rc_bai2_field(&bai->record);
	RcField		count_field = rc_bai2_field(&bai->record);
	RcField		value_on;
	RcBuffer   *fields = bai->bank.statement;
	RcBankAmount amount;
	int64_t		digits;
	int64_t		items;
	int			code;
	RcCode		result = RC_OK;

	if (!rc_bai2_integer(amount_field, &digits))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "an amount of the account cannot be read");
	if (!rc_bai2_integer(count_field, &items) || items < 0)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "an item count of the account cannot be read");
	if (!rc_bai2_funds(&bai->record, &value_on))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the funds type of an amount of the account cannot be read");
	if (type.length == 0 && amount_field.length == 0)
		return RC_OK;			/* an account without balances: 03,NUMBER,,,,,/ */
	if (type.length != 3 || !rc_is_digits(type.data, 3))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "a type code of the account cannot be read");
	bai->account.total += digits;
	code = rc_digits_value(type.data, 3);
	if (amount_field.length == 0 || !rc_bank_minor_amount(amount_field.data, amount_field.length, bai->decimals, code == 400, &amount))
		return RC_OK;
	if ((code == 10 && !bai->bank.opening.known) || (code == 15 && !bai->bank.closing.known))
	{
		int			date = code == 10 ? RC_STATEMENT_OPENING_ON : RC_STATEMENT_CLOSING_ON;

		rc_sum_add(code == 10 ? &bai->bank.opening : &bai->bank.closing, &amount);
		result = rc_bank_set(&fields[date], bai->as_of, 10);
		if (result == RC_OK)
			result = rc_bank_set(&fields[date + 1], amount.text, strlen(amount.text));
	}
	else if ((code == 100 || code == 400) && !bai->has_total[code == 400])
	{
		bai->has_total[code == 400] = true;
		bai->has_items[code == 400] = count_field.length > 0;
		bai->bank.stated_count += (uint64_t) items;
		rc_sum_add(&bai->bank.stated_sum, &amount);
	}
	return rc_bank_explain(status, result);
}

static RcCode
take_account(Bai2 *bai, RcStatus *status)
{
	RcField		field;
	RcCode		code;

	if (!bai->group.open || bai->account.open)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "account (03) out of place");
	bai->account = (Level) {true, 0, 0, 0};
	bai->has_total[0] = bai->has_total[1] = bai->has_items[0] = bai->has_items[1] = false;
	rc_bank_begin_statement(&bai->bank, bai->line, bai->byte);
	field = rc_bai2_field(&bai->record);
	if (field.length == 0)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "account (03) without a number");
	code = rc_bank_set(&bai->bank.statement[RC_STATEMENT_ACCOUNT], field.data, field.length);
	if (code != RC_OK)
		return rc_bank_explain(status, code);
	field = rc_bai2_field(&bai->record);
	if (field.length == 0)
		field = (RcField) {bai->group_currency, 3};
	bai->decimals = rc_currency_exponent(field.data, field.length);
	if (bai->decimals < 0)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "unknown currency of the account");
	code = rc_bank_set(&bai->bank.statement[RC_STATEMENT_CURRENCY], field.data, field.length);
	if (code != RC_OK)
		return rc_bank_explain(status, code);
	while (rc_bai2_next(&bai->record, &field))
	{
		if (field.length == 0 && bai->record.line_ended)
			continue;			/* a comma too many before the end of the line */
		code = take_summary(bai, field, status);
		if (code != RC_OK)
			return code;
	}

	/* only both totals together say what the entries sum up to */
	if (!bai->has_total[0] || !bai->has_total[1])
		bai->bank.stated_sum = (RcSum) {0, 0, false};
	bai->bank.has_stated_count = bai->has_items[0] && bai->has_items[1];
	return RC_OK;
}

/* ---- transactions ---- */

/* Sets raw to the lines of the record as they stood, or nearly: full stops of the container (the slash) are gone. */
static RcCode
set_raw(Bai2 *bai)
{
	RcCode		code = rc_bank_set(&bai->bank.raw, "16,", 3);
	size_t		begin = bai->bank.raw.length;

	if (code == RC_OK)
		code = rc_bank_append(&bai->bank.raw, bai->record.text.data, bai->record.text.length);
	for (size_t i = begin; code == RC_OK && i < bai->bank.raw.length; i++)
	{
		if (bai->bank.raw.data[i] == '\r')
			bai->bank.raw.data[i] = '\n';
	}
	return code;
}

/* *given tells whether the transaction became a record. */
static RcCode
take_transaction(Bai2 *bai, RcRecord *record, bool *given, RcStatus *status)
{
	RcField		type = rc_bai2_field(&bai->record);
	RcField		amount_field = rc_bai2_field(&bai->record);
	RcField		value_on;
	RcBankAmount amount;
	char		date[11];
	int			kind;
	bool		debit;
	int64_t		digits;
	RcCode		code;

	if (!bai->account.open)
		return fail_here(bai, status, RC_BAD_STRUCTURE, "transaction (16) outside an account (03)");
	if (type.length != 3 || !rc_is_digits(type.data, 3))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the type code of a transaction cannot be read");
	if (!rc_bai2_integer(amount_field, &digits))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the amount of a transaction cannot be read");
	bai->account.total += digits;
	kind = rc_digits_value(type.data, 3);
	if (kind == 890 && digits == 0)
		return RC_OK;			/* a message without money */
	debit = (kind >= 400 && kind <= 699) || (kind >= 960 && kind <= 999);
	if (!debit && !(kind >= 100 && kind <= 399) && !(kind >= 920 && kind <= 959))
	{
		fail_here(bai, status, RC_BAD_STRUCTURE, "the type code of a transaction is neither a credit nor a debit");
		rc_hint(status, "Credits are 100 to 399 and 920 to 959, debits 400 to 699 and 960 to 999.");
		return status->code;
	}
	if (amount_field.length == 0)
		amount_field = (RcField) {"0", 1};
	if (!rc_bank_minor_amount(amount_field.data, amount_field.length, bai->decimals, debit, &amount))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the amount of a transaction cannot be read");
	code = rc_bank_begin_entry(&bai->bank, bai->line, bai->byte);
	if (code == RC_OK)
		code = rc_bank_set(&bai->bank.entry[RC_ENTRY_BOOKED_ON], bai->as_of, 10);
	if (code == RC_OK)
		code = rc_bank_set(&bai->bank.entry[RC_ENTRY_TYPE], type.data, type.length);
	if (!rc_bai2_funds(&bai->record, &value_on))
		return fail_here(bai, status, RC_BAD_STRUCTURE, "the funds type of a transaction cannot be read");
	if (value_on.length > 0)
	{
		if (!rc_bai2_date(value_on, date))
			return fail_here(bai, status, RC_BAD_STRUCTURE, "the value date of a transaction cannot be read");
		if (code == RC_OK)
			code = rc_bank_set(&bai->bank.entry[RC_ENTRY_VALUE_ON], date, 10);
	}

	/* a line that ends before the references leaves them out: what continues it is text */
	for (int column = RC_ENTRY_BANK_REFERENCE; column >= RC_ENTRY_REFERENCE && code == RC_OK && !bai->record.line_ended; column--)
	{
		RcField		field = rc_bai2_field(&bai->record);

		code = rc_bank_set(&bai->bank.entry[column], field.data, field.length);
	}
	if (code == RC_OK)
		code = rc_bai2_text(&bai->record, &bai->bank.entry[RC_ENTRY_NARRATIVE]);
	if (code == RC_OK)
		code = set_raw(bai);
	if (code == RC_OK)
		code = rc_bank_give_entry(&bai->bank, record, &amount, true);
	*given = code == RC_OK;
	if (code != RC_OK)
		status->line = bai->line;
	return rc_bank_explain(status, code);
}

/* ---- trailers ---- */

static RcCode
wrong_total(const Bai2 *bai, RcStatus *status, const char *what, const char *name, int64_t stated, __int128 found)
{
	bool		fits = found >= INT64_MIN && found <= INT64_MAX;

	fail_here(bai, status, RC_CONTROL_TOTAL, "");
	rc_fail(status, RC_CONTROL_TOTAL, "the %s trailer (%02d) states %s %lld, found were %lld", name, bai->code, what, (long long) stated,
			fits ? (long long) found : -1LL);
	rc_hint(status, "The file may be cut off or changed; fetch it from the bank again.");
	return status->code;
}

/* Checks a trailer's total, number of parts (not in 49) and number of lines, and closes the level. */
static RcCode
check_trailer(Bai2 *bai, Level *level, Level *above, const char *name, const char *parts_name, RcStatus *status)
{
	int64_t		total;
	int64_t		parts = 0;
	int64_t		lines;

	if (!level->open)
	{
		fail_here(bai, status, RC_BAD_STRUCTURE, "");
		return rc_fail(status, RC_BAD_STRUCTURE, "%s trailer (%02d) out of place", name, bai->code);
	}
	if (!rc_bai2_integer(rc_bai2_field(&bai->record), &total) || (parts_name && !rc_bai2_integer(rc_bai2_field(&bai->record), &parts)) || !rc_bai2_integer(rc_bai2_field(&bai->record), &lines))
	{
		fail_here(bai, status, RC_BAD_STRUCTURE, "");
		return rc_fail(status, RC_BAD_STRUCTURE, "the %s trailer (%02d) cannot be read", name, bai->code);
	}
	if (total != level->total)
		return wrong_total(bai, status, "a control total of", name, total, level->total);
	if (parts_name && (uint64_t) parts != level->parts)
		return wrong_total(bai, status, parts_name, name, parts, (__int128) level->parts);
	if ((uint64_t) lines != level->lines)
		return wrong_total(bai, status, "a number of records of", name, lines, (__int128) level->lines);
	level->open = false;
	if (above)
	{
		above->total += level->total;
		above->parts++;
	}
	return RC_OK;
}

/* The lines of the record at hand count at every level that they belong to. */
static void
count_lines(Bai2 *bai)
{
	bai->file.lines += bai->record.line_count;
	bai->group.lines += bai->record.line_count;
	bai->account.lines += bai->record.line_count;
}

/* Works on the logical record at hand; *given tells whether it became a record to hand out. */
static RcCode
take_record(Bai2 *bai, RcRecord *record, bool *given, RcStatus *status)
{
	RcCode		code;

	*given = false;
	bai->pending = false;

	/* a header belongs to the level that it opens */
	if (bai->code <= 3)
	{
		code = bai->code == 1 ? take_file(bai, status) : bai->code == 2 ? take_group(bai, status) :
			bai->code == 3 ? take_account(bai, status) : fail_here(bai, status, RC_BAD_STRUCTURE, "unknown record code");
		count_lines(bai);
		return code;
	}
	count_lines(bai);
	switch (bai->code)
	{
		case 16:
			return take_transaction(bai, record, given, status);
		case 49:
			code = check_trailer(bai, &bai->account, &bai->group, "account", NULL, status);
			if (code == RC_OK)
				code = rc_bank_explain(status, rc_bank_give_statement(&bai->bank, record));
			*given = code == RC_OK;
			return code;
		case 98:
			if (bai->account.open)
				return fail_here(bai, status, RC_BAD_STRUCTURE, "account without a trailer (49)");
			return check_trailer(bai, &bai->group, &bai->file, "group", "a number of accounts of", status);
		case 99:
			if (bai->group.open)
				return fail_here(bai, status, RC_BAD_STRUCTURE, "group without a trailer (98)");
			return check_trailer(bai, &bai->file, NULL, "file", "a number of groups of", status);
		default:
			return fail_here(bai, status, RC_BAD_STRUCTURE, "unknown record code");
	}
}

/* Takes a line into the record at hand, or begins a record with it. */
static RcCode
take_line(Bai2 *bai, RcStatus *status)
{
	const char *text = bai->lines.text;
	size_t		length = bai->lines.size;
	size_t		behind;
	int			number;
	RcCode		code;

	if (length < 2 || !rc_is_digits(text, 2) || (length > 2 && text[2] != ',' && text[2] != '/'))
	{
		rc_lines_fail(&bai->lines, status, RC_BAD_STRUCTURE, "line does not begin with a BAI2 record code and a comma");
		return status->code;
	}
	number = rc_digits_value(text, 2);
	if (number == 88 && !bai->pending)
		return rc_lines_fail(&bai->lines, status, RC_BAD_STRUCTURE, "continuation (88) of nothing");
	if (number != 88)
	{
		bai->pending = true;
		bai->code = number;
		bai->line = bai->lines.line;
		bai->byte = bai->lines.byte;
		rc_bai2_begin(&bai->record);
	}
	behind = length > 2 ? 3 : 2;
	code = rc_bai2_add_line(&bai->record, text + behind, length - behind, length);
	if (code != RC_OK)
		status->line = bai->lines.line;
	return rc_bank_explain(status, code);
}

static bool
is_blank(const char *text, size_t length)
{
	rc_trim(&text, &length);
	return length == 0 || (length == 1 && text[0] == '\x1A');
}

static RcCode
at_end(Bai2 *bai, RcStatus *status)
{
	if (!bai->any_file)
		return rc_lines_fail(&bai->lines, status, RC_BAD_STRUCTURE, "no file header (01)");
	if (bai->file.open)
	{
		rc_lines_fail(&bai->lines, status, RC_BAD_STRUCTURE, "the file ends without its trailer (99)");
		rc_hint(status, "The file may be cut off; fetch it from the bank again.");
		return status->code;
	}
	return RC_END;
}

static RcCode
read_record(Bai2 *bai, RcRecord *record, RcStatus *status)
{
	for (;;)
	{
		RcLines    *lines = &bai->lines;
		RcCode		code = rc_lines_next(lines, status);
		bool		ended = code == RC_END;
		bool		continues;
		bool		given;

		if (code != RC_OK && !ended)
			return code;
		if (!ended && is_blank(lines->text, lines->size))
			continue;
		continues = !ended && lines->size >= 2 && memcmp(lines->text, "88", 2) == 0;
		if (bai->pending && !continues)
		{
			if (!ended)
				rc_lines_again(lines);
			code = take_record(bai, record, &given, status);
			if (code != RC_OK || given)
				return code;
			continue;
		}
		if (ended)
			return at_end(bai, status);
		code = take_line(bai, status);
		if (code != RC_OK)
			return code;
	}
}

static RcCode
bai2_next(void *state, RcRecord *record, RcStatus *status)
{
	Bai2	   *bai = state;
	RcCode		code;

	if (!bai->header_given)
	{
		bai->header_given = true;
		rc_bank_header(&bai->bank, record);
		return RC_OK;
	}
	if (bai->fault.code != RC_OK)
	{
		*status = bai->fault;
		return bai->fault.code;
	}
	code = read_record(bai, record, status);
	if (code != RC_OK)
	{
		status->code = code;
		bai->fault = *status;
	}
	return code;
}

static void
bai2_close(void *state)
{
	Bai2	   *bai = state;

	rc_bank_free(&bai->bank);
	rc_buffer_free(&bai->record.text);
	rc_release(bai->source->allocator, bai);
}

static RcCode
bai2_open(RcSource *source, void **state, RcStatus *status)
{
	Bai2	   *bai = rc_allocate_zero(source->allocator, sizeof(*bai));

	if (!bai)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	bai->source = source;
	rc_lines_init(&bai->lines, source);
	rc_bank_init(&bai->bank, source->allocator, NULL, 0);
	rc_buffer_init(&bai->record.text, source->allocator);
	*state = bai;
	return RC_OK;
}

/* A line 01,.. followed by a line 02,.. (or 88, which continues the first). */
static int
bai2_sniff(const char *head, size_t length)
{
	size_t		at = 0;

	if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		at = 3;
	while (at < length && (head[at] == '\n' || head[at] == '\r' || head[at] == ' '))
		at++;
	if (length - at < 3 || memcmp(head + at, "01,", 3) != 0)
		return 0;
	while (at < length && head[at] != '\n' && head[at] != '\r')
		at++;
	while (at < length && (head[at] == '\n' || head[at] == '\r'))
		at++;
	return length - at >= 3 && (memcmp(head + at, "02,", 3) == 0 || memcmp(head + at, "88,", 3) == 0) ? 90 : 0;
}

static const char *
bai2_encoding(const char *head, size_t length)
{
	(void) head;
	(void) length;
	return "windows-1252";
}

const RcContainer rc_bai2_container = {
	.name = "bai2",
	.is_text = true,
	.sniff = bai2_sniff,
	.encoding = bai2_encoding,
	.open = bai2_open,
	.next = bai2_next,
	.close = bai2_close
};
