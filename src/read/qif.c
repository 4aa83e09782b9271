/*
 * qif.c - Quicken interchange files.
 */
#include "qif.h"

#include <string.h>

#include "bank.h"

enum
{
	QIF_CATEGORY = RC_ENTRY_COLUMNS, QIF_CLEARED, QIF_COLUMNS
};

static const char *const own_columns[] = {"category", "cleared"};

/* Registers whose entries are read. */
static const char *const registers[] = {"Bank", "Cash", "CCard", "Oth A", "Oth L"};

typedef enum Part
{
	PART_NOTHING,				/* before the first header */
	PART_REGISTER,
	PART_ACCOUNT,				/* below !Account */
	PART_SKIPPED				/* lists, investments */
} Part;

typedef struct Qif
{
	const RcSource *source;
	RcLines		lines;
	RcBank		bank;
	RcStatus	fault;			/* what ended reading; code RC_OK: nothing yet */
	bool		header_given;
	bool		any_register;

	Part		part;
	const char *type;			/* of the register */
	RcBuffer	account;		/* name in the last !Account */
	bool		first;			/* no entry of the register was read yet */

	/* the entry, from its first line to ^ */
	bool		in_entry;
	bool		has_date;
	bool		has_amount;
	RcBankAmount amount;
	RcBuffer	memo;
} Qif;

static RcCode
fail_entry(const Qif *qif, RcStatus *status, const char *what)
{
	status->line = qif->bank.entry_line;
	status->byte = rc_charset_file_offset(qif->source->charset, qif->bank.entry_byte);
	return rc_fail(status, RC_BAD_STRUCTURE, "%s", what);
}

static RcCode
take_amount(Qif *qif, const char *text, size_t length, RcStatus *status)
{
	RcBankAmount amount;
	bool		ambiguous;

	if (length == 0 || !rc_bank_free_amount(text, length, &amount, &ambiguous))
		return rc_lines_fail(&qif->lines, status, RC_BAD_STRUCTURE, "amount cannot be read: \"%.*s\"", (int) rc_utf8_cut(text, length, 40), text);
	if (ambiguous)
	{
		rc_lines_fail(&qif->lines, status, RC_BAD_STRUCTURE, "amount can be read in two ways: \"%.*s\"", (int) rc_utf8_cut(text, length, 40), text);
		rc_hint(status, "The mark may be a decimal mark or separate thousands.");
		return status->code;
	}
	qif->has_amount = true;
	qif->amount = amount;
	return RC_OK;
}

/* Sets the date as it stands, except that Quicken pads numbers with blanks, 1/ 2'24 and 12/31' 4: these become zeros. */
static RcCode
take_date(Qif *qif, const char *text, size_t length)
{
	RcBuffer   *date = &qif->bank.entry[RC_ENTRY_BOOKED_ON];
	RcCode		code = rc_bank_set(date, text, length);

	qif->has_date = length > 0;
	for (size_t i = 1; code == RC_OK && i + 1 < date->length; i++)
	{
		char		before = date->data[i - 1];

		if (date->data[i] == ' ' && (before == '/' || before == '-' || before == '.' || before == '\'') && rc_is_digits(date->data + i + 1, 1))
			date->data[i] = '0';
	}
	return code;
}

/* Takes one line of an entry: a letter and its value. */
static RcCode
take_entry_line(Qif *qif, RcStatus *status)
{
	RcBuffer   *fields = qif->bank.entry;
	const char *text = qif->lines.text + 1;
	size_t		length = qif->lines.size - 1;
	RcCode		code = RC_OK;

	if (!qif->in_entry)
	{
		qif->in_entry = true;
		qif->has_date = qif->has_amount = false;
		rc_buffer_clear(&qif->memo);
		code = rc_bank_begin_entry(&qif->bank, qif->lines.line, qif->lines.byte);
		if (code == RC_OK)
			code = rc_bank_set(&fields[RC_ENTRY_TYPE], qif->type, strlen(qif->type));
	}
	if (code == RC_OK)
		code = rc_bank_raw(&qif->bank, qif->lines.text, qif->lines.size);
	if (code != RC_OK)
		return rc_bank_explain(status, code);
	if ((unsigned char) qif->lines.text[0] >= 0x80)
		return RC_OK;			/* no code, and what is behind its first byte is no text */
	rc_trim(&text, &length);
	switch (qif->lines.text[0])
	{
		case 'D':
			code = take_date(qif, text, length);
			break;
		case 'T':
			return take_amount(qif, text, length, status);
		case 'U':				/* the amount once more, with more digits than T can hold */
			return qif->has_amount ? RC_OK : take_amount(qif, text, length, status);
		case 'P':
			code = rc_bank_set(&fields[RC_ENTRY_COUNTERPARTY], text, length);
			break;
		case 'M':
			code = rc_bank_join(&qif->memo, text, length);
			break;
		case 'N':
			code = rc_bank_set(&fields[RC_ENTRY_REFERENCE], text, length);
			break;
		case 'L':
			code = rc_bank_set(&fields[QIF_CATEGORY], text, length);
			break;
		case 'C':
			code = rc_bank_set(&fields[QIF_CLEARED], text, length);
			break;
		default:				/* address, splits and what programs add */
			break;
	}
	return rc_bank_explain(status, code);
}

/* The first entry of a register may hold its name and what was there before: not a movement. */
static bool
is_opening(const Qif *qif)
{
	const RcBuffer *payee = &qif->bank.entry[RC_ENTRY_COUNTERPARTY];

	return qif->first && payee->length > 0 && rc_equal_fold(payee->data, payee->length, "Opening Balance", 15);
}

static RcCode
take_opening(Qif *qif)
{
	RcBuffer   *fields = qif->bank.statement;
	const RcBuffer *date = &qif->bank.entry[RC_ENTRY_BOOKED_ON];
	const RcBuffer *category = &qif->bank.entry[QIF_CATEGORY];
	RcCode		code = rc_bank_set(&fields[RC_STATEMENT_OPENING_ON], date->data, date->length);

	if (code == RC_OK)
		code = rc_bank_set(&fields[RC_STATEMENT_OPENING_BALANCE], qif->amount.text, strlen(qif->amount.text));
	if (code == RC_OK && fields[RC_STATEMENT_ACCOUNT].length == 0 && category->length > 2 && category->data[0] == '[' &&
		category->data[category->length - 1] == ']')
		code = rc_bank_set(&fields[RC_STATEMENT_ACCOUNT], category->data + 1, category->length - 2);
	return code;
}

/* At ^: hands the entry out; *given is false for an opening balance and where nothing was before the ^. */
static RcCode
end_entry(Qif *qif, RcRecord *record, bool *given, RcStatus *status)
{
	RcBuffer   *fields = qif->bank.entry;
	RcCode		code;

	*given = false;
	if (!qif->in_entry)
		return RC_OK;
	qif->in_entry = false;
	if (!qif->has_amount)
		return fail_entry(qif, status, "entry without an amount (T)");
	if (!qif->has_date)
		return fail_entry(qif, status, "entry without a date (D)");
	if (is_opening(qif))
	{
		qif->first = false;
		return rc_bank_explain(status, take_opening(qif));
	}
	qif->first = false;
	code = rc_bank_join(&fields[RC_ENTRY_NARRATIVE], fields[RC_ENTRY_COUNTERPARTY].data, fields[RC_ENTRY_COUNTERPARTY].length);
	if (code == RC_OK)
		code = rc_bank_join(&fields[RC_ENTRY_NARRATIVE], qif->memo.data, qif->memo.length);
	if (code == RC_OK)
		code = rc_bank_give_entry(&qif->bank, record, &qif->amount, true);
	*given = code == RC_OK;
	return rc_bank_explain(status, code);
}

/* Does the header line begin with a word, in any case of letters? */
static bool
begins(const RcLines *lines, const char *word)
{
	size_t		size = strlen(word);

	return lines->size >= size && rc_equal_fold(lines->text, size, word, size);
}

/* Takes a line that begins with !. */
static RcCode
take_header(Qif *qif, RcStatus *status)
{
	const char *text;
	size_t		length;
	RcCode		code;

	if (begins(&qif->lines, "!Option") || begins(&qif->lines, "!Clear"))
		return RC_OK;
	if (begins(&qif->lines, "!Account"))
	{
		qif->part = PART_ACCOUNT;
		rc_buffer_clear(&qif->account);
		return RC_OK;
	}
	if (!begins(&qif->lines, "!Type:"))
		return rc_lines_fail(&qif->lines, status, RC_BAD_STRUCTURE, "unknown header line");
	qif->part = PART_SKIPPED;
	text = qif->lines.text + 6;
	length = qif->lines.size - 6;
	rc_trim(&text, &length);
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
	{
		if (rc_equal_fold(text, length, registers[i], strlen(registers[i])))
		{
			qif->part = PART_REGISTER;
			qif->type = registers[i];
			qif->any_register = true;
			qif->first = true;
			rc_bank_begin_statement(&qif->bank, qif->lines.line, qif->lines.byte);
			code = rc_bank_set(&qif->bank.statement[RC_STATEMENT_ACCOUNT], qif->account.data, qif->account.length);
			rc_buffer_clear(&qif->account); /* names this register only */
			return rc_bank_explain(status, code);
		}
	}
	return RC_OK;
}

static RcCode
at_end(Qif *qif, RcStatus *status)
{
	if (qif->part == PART_NOTHING)
		return rc_lines_fail(&qif->lines, status, RC_BAD_STRUCTURE, "no !Type: line in the file");
	if (!qif->any_register)
	{
		rc_lines_fail(&qif->lines, status, RC_BAD_STRUCTURE, "the file holds no bank, cash or credit card register");
		rc_hint(status, "Lists and investments are not read.");
		return status->code;
	}
	return RC_END;
}

static RcCode
read_record(Qif *qif, RcRecord *record, RcStatus *status)
{
	for (;;)
	{
		RcLines    *lines = &qif->lines;
		RcCode		code = rc_lines_next(lines, status);
		bool		ended = code == RC_END;
		bool		given = false;

		if (code != RC_OK && !ended)
			return code;
		if (!ended && lines->size == 0)
			continue;
		if (ended || lines->text[0] == '!')
		{
			if (qif->in_entry)
				return fail_entry(qif, status, "entry is not ended by ^");
			if (qif->part == PART_REGISTER)
			{
				qif->part = PART_SKIPPED;
				if (!ended)
					rc_lines_again(lines);
				return rc_bank_explain(status, rc_bank_give_statement(&qif->bank, record));
			}
			if (ended)
				return at_end(qif, status);
			code = take_header(qif, status);
		}
		else if (qif->part == PART_NOTHING)
		{
			const char *text = lines->text;
			size_t		length = lines->size;

			rc_trim(&text, &length);
			if (length > 0)
				return rc_lines_fail(lines, status, RC_BAD_STRUCTURE, "line before the first !Type:");
			code = RC_OK;
		}
		else if (qif->part == PART_REGISTER)
			code = lines->text[0] == '^' ? end_entry(qif, record, &given, status) : take_entry_line(qif, status);
		else if (qif->part == PART_ACCOUNT && lines->text[0] == 'N')
		{
			rc_buffer_clear(&qif->account);
			code = rc_bank_explain(status, rc_bank_join(&qif->account, lines->text + 1, lines->size - 1));
		}
		if (code != RC_OK && status->line == 0)
			status->line = lines->line;
		if (code != RC_OK || given)
			return code;
	}
}

static RcCode
qif_next(void *state, RcRecord *record, RcStatus *status)
{
	Qif		   *qif = state;
	RcCode		code;

	if (!qif->header_given)
	{
		qif->header_given = true;
		rc_bank_header(&qif->bank, record);
		return RC_OK;
	}
	if (qif->fault.code != RC_OK)
	{
		*status = qif->fault;
		return qif->fault.code;
	}
	code = read_record(qif, record, status);
	if (code != RC_OK)
	{
		status->code = code;
		qif->fault = *status;
	}
	return code;
}

static void
qif_close(void *state)
{
	Qif		   *qif = state;

	rc_bank_free(&qif->bank);
	rc_buffer_free(&qif->account);
	rc_buffer_free(&qif->memo);
	rc_release(qif->source->allocator, qif);
}

static RcCode
qif_open(RcSource *source, void **state, RcStatus *status)
{
	Qif		   *qif = rc_allocate_zero(source->allocator, sizeof(*qif));

	if (!qif)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	qif->source = source;
	rc_lines_init(&qif->lines, source);
	rc_bank_init(&qif->bank, source->allocator, own_columns, QIF_COLUMNS - RC_ENTRY_COLUMNS);
	rc_buffer_init(&qif->account, source->allocator);
	rc_buffer_init(&qif->memo, source->allocator);
	*state = qif;
	return RC_OK;
}

/* The first line that is not empty is a header of the kind. */
static int
qif_sniff(const char *head, size_t length)
{
	static const char *const beginnings[] = {"!Type:", "!Account", "!Option:", "!Clear:"};

	if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
	{
		head += 3;
		length -= 3;
	}
	while (length > 0 && (head[0] == ' ' || head[0] == '\t' || head[0] == '\r' || head[0] == '\n'))
	{
		head++;
		length--;
	}
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
	{
		size_t		size = strlen(beginnings[i]);

		if (length >= size && rc_equal_fold(head, size, beginnings[i], size))
			return 90;
	}
	return 0;
}

static const char *
qif_encoding(const char *head, size_t length)
{
	(void) head;
	(void) length;
	return "windows-1252";
}

const RcContainer rc_qif_container = {
	.name = "qif",
	.is_text = true,
	.sniff = qif_sniff,
	.encoding = qif_encoding,
	.open = qif_open,
	.next = qif_next,
	.close = qif_close
};
