/*
 * bank.c - what the containers of bank statements have in common.
 */
#include "bank.h"

#include <stdio.h>
#include <string.h>

static const char *const common_columns[RC_ENTRY_COLUMNS] = {
	"account", "statement_no", "currency", "booked_on", "value_on", "amount", "narrative", "counterparty", "counterparty_account", "reference",
	"bank_reference", "type", "balance"
};

void
rc_bank_init(RcBank *bank, const RcAllocator *allocator, const char *const *own_columns, int own_count)
{
	memset(bank, 0, sizeof(*bank));
	bank->allocator = allocator;
	bank->own_columns = own_columns;
	bank->column_count = RC_ENTRY_COLUMNS + own_count;
	for (int i = 0; i < RC_MAX_ENTRY_COLUMNS; i++)
		rc_buffer_init(&bank->entry[i], allocator);
	for (int i = 0; i < RC_STATEMENT_FIELDS; i++)
		rc_buffer_init(&bank->statement[i], allocator);
	rc_buffer_init(&bank->raw, allocator);
}

void
rc_bank_free(RcBank *bank)
{
	for (int i = 0; i < RC_MAX_ENTRY_COLUMNS; i++)
		rc_buffer_free(&bank->entry[i]);
	for (int i = 0; i < RC_STATEMENT_FIELDS; i++)
		rc_buffer_free(&bank->statement[i]);
	rc_buffer_free(&bank->raw);
}

static RcField
field_of(const RcBuffer *buffer)
{
	return (RcField) {buffer->length ? buffer->data : "", (uint32_t) buffer->length};
}

static void
fill_record(RcBank *bank, RcRecord *record, const char *section, int count, uint64_t line, uint64_t byte)
{
	record->section = section;
	record->fields = bank->fields;
	record->field_count = (uint32_t) count;
	record->line = line;
	record->byte = byte;
	record->raw = "";
	record->raw_length = 0;
}

void
rc_bank_header(RcBank *bank, RcRecord *record)
{
	for (int i = 0; i < bank->column_count; i++)
	{
		const char *name = i < RC_ENTRY_COLUMNS ? common_columns[i] : bank->own_columns[i - RC_ENTRY_COLUMNS];

		bank->fields[i] = (RcField) {name, (uint32_t) strlen(name)};
	}
	fill_record(bank, record, "header", bank->column_count, 1, 0);
}

void
rc_bank_begin_statement(RcBank *bank, uint64_t line, uint64_t byte)
{
	for (int i = 0; i < RC_STATEMENT_FIELDS; i++)
		rc_buffer_clear(&bank->statement[i]);
	bank->statement_line = line;
	bank->statement_byte = byte;
	bank->entry_count = 0;
	bank->entry_sum = bank->opening = bank->closing = bank->stated_sum = (RcSum) {0, 0, false};
	bank->has_stated_count = false;
	bank->stated_count = 0;
	bank->incomparable = false;
	bank->mismatch = false;
}

RcCode
rc_bank_begin_entry(RcBank *bank, uint64_t line, uint64_t byte)
{
	RcCode		code;

	for (int i = 0; i < bank->column_count; i++)
		rc_buffer_clear(&bank->entry[i]);
	rc_buffer_clear(&bank->raw);
	bank->entry_line = line;
	bank->entry_byte = byte;
	for (int i = RC_STATEMENT_ACCOUNT; i <= RC_STATEMENT_CURRENCY; i++)
	{
		code = rc_bank_append(&bank->entry[RC_ENTRY_ACCOUNT + i], bank->statement[i].data, bank->statement[i].length);
		if (code != RC_OK)
			return code;
	}
	return RC_OK;
}

RcCode
rc_bank_append(RcBuffer *field, const char *text, size_t length)
{
	if (length > RC_MAX_BANK_FIELD - field->length)
		return RC_TOO_LARGE;
	return length == 0 || rc_buffer_append(field, text, length) ? RC_OK : RC_NO_MEMORY;
}

RcCode
rc_bank_set(RcBuffer *field, const char *text, size_t length)
{
	rc_buffer_clear(field);
	return rc_bank_append(field, text, length);
}

RcCode
rc_bank_join(RcBuffer *field, const char *text, size_t length)
{
	RcCode		code = RC_OK;

	rc_trim(&text, &length);
	if (length == 0)
		return RC_OK;
	if (field->length > 0 && field->data[field->length - 1] != ' ')
		code = rc_bank_append(field, " ", 1);
	return code == RC_OK ? rc_bank_append(field, text, length) : code;
}

RcCode
rc_bank_raw(RcBank *bank, const char *text, size_t length)
{
	RcCode		code = bank->raw.length > 0 ? rc_bank_append(&bank->raw, "\n", 1) : RC_OK;

	return code == RC_OK ? rc_bank_append(&bank->raw, text, length) : code;
}

RcCode
rc_bank_explain(RcStatus *status, RcCode code)
{
	if (code == RC_NO_MEMORY)
		return rc_fail(status, code, "out of memory");
	if (code == RC_TOO_LARGE)
		return rc_fail(status, code, "an entry's text is longer than %zu bytes", RC_MAX_BANK_FIELD);
	return code;
}

/* Adds digits * 10^-scale; the sum of all the entries that a file can hold stays far within 128 bits. */
void
rc_sum_add(RcSum *sum, const RcBankAmount *amount)
{
	__int128	value = amount->digits;

	for (int i = amount->scale; i < RC_MAX_BANK_SCALE; i++)
		value *= 10;
	sum->value += value;
	if (amount->scale > sum->scale)
		sum->scale = amount->scale;
	sum->known = true;
}

/* Writes a sum with the decimals of its finest addend. */
static RcCode
append_sum(RcBuffer *buffer, const RcSum *sum)
{
	char		text[64];
	char	   *at = text + sizeof(text);
	unsigned __int128 rest = sum->value < 0 ? -(unsigned __int128) sum->value : (unsigned __int128) sum->value;

	for (int i = sum->scale; i < RC_MAX_BANK_SCALE; i++)
		rest /= 10;
	for (int i = 0; i <= sum->scale || rest > 0; i++)
	{
		if (i == sum->scale && i > 0)
			*--at = '.';
		*--at = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	}
	if (sum->value < 0)
		*--at = '-';
	return rc_bank_append(buffer, at, (size_t) (text + sizeof(text) - at));
}

RcCode
rc_bank_give_entry(RcBank *bank, RcRecord *record, const RcBankAmount *amount, bool counted)
{
	RcCode		code = rc_bank_set(&bank->entry[RC_ENTRY_AMOUNT], amount->text, strlen(amount->text));

	if (code != RC_OK)
		return code;
	if (counted)
	{
		bank->entry_count++;
		rc_sum_add(&bank->entry_sum, amount);
	}
	for (int i = 0; i < bank->column_count; i++)
		bank->fields[i] = field_of(&bank->entry[i]);
	fill_record(bank, record, counted ? "entry" : "expected", bank->column_count, bank->entry_line, bank->entry_byte);
	record->raw = bank->raw.length ? bank->raw.data : "";
	record->raw_length = bank->raw.length;
	return RC_OK;
}

/* 't', 'f', or 0 when nothing in the statement can be checked. */
static char
is_balanced(const RcBank *bank)
{
	bool		checked = false;
	bool		agrees = !bank->mismatch;

	if (bank->opening.known && bank->closing.known && !bank->incomparable)
	{
		checked = true;
		agrees = agrees && bank->opening.value + bank->entry_sum.value == bank->closing.value;
	}
	if (bank->has_stated_count)
	{
		checked = true;
		agrees = agrees && bank->stated_count == bank->entry_count;
	}
	if (bank->stated_sum.known && !bank->incomparable)
	{
		checked = true;
		agrees = agrees && bank->stated_sum.value == bank->entry_sum.value;
	}
	if (!checked && agrees)
		return 0;
	return agrees ? 't' : 'f';
}

RcCode
rc_bank_give_statement(RcBank *bank, RcRecord *record)
{
	RcBuffer   *fields = bank->statement;
	char		count[24];
	char		balanced = is_balanced(bank);
	RcCode		code;

	snprintf(count, sizeof(count), "%llu", (unsigned long long) bank->entry_count);
	code = rc_bank_set(&fields[RC_STATEMENT_ENTRY_COUNT], count, strlen(count));
	rc_buffer_clear(&fields[RC_STATEMENT_ENTRY_SUM]);
	if (code == RC_OK && !bank->incomparable)
		code = append_sum(&fields[RC_STATEMENT_ENTRY_SUM], &bank->entry_sum);
	rc_buffer_clear(&fields[RC_STATEMENT_STATED_COUNT]);
	if (code == RC_OK && bank->has_stated_count)
	{
		snprintf(count, sizeof(count), "%llu", (unsigned long long) bank->stated_count);
		code = rc_bank_set(&fields[RC_STATEMENT_STATED_COUNT], count, strlen(count));
	}
	rc_buffer_clear(&fields[RC_STATEMENT_STATED_SUM]);
	if (code == RC_OK && bank->stated_sum.known)
		code = append_sum(&fields[RC_STATEMENT_STATED_SUM], &bank->stated_sum);
	if (code == RC_OK)
		code = rc_bank_set(&fields[RC_STATEMENT_BALANCED], &balanced, balanced ? 1 : 0);
	if (code != RC_OK)
		return code;
	for (int i = 0; i < RC_STATEMENT_FIELDS; i++)
		bank->fields[i] = field_of(&fields[i]);
	fill_record(bank, record, "statement", RC_STATEMENT_FIELDS, bank->statement_line, bank->statement_byte);
	return RC_OK;
}

/* Writes digits and scale as text; digits has at most 18 digits. */
static void
write_amount(RcBankAmount *amount)
{
	char		reversed[RC_AMOUNT_TEXT];
	uint64_t	rest = amount->digits < 0 ? -(uint64_t) amount->digits : (uint64_t) amount->digits;
	int			count = 0;
	char	   *at = amount->text;

	for (int i = 0; i <= amount->scale || rest > 0; i++)
	{
		if (i == amount->scale && i > 0)
			reversed[count++] = '.';
		reversed[count++] = (char) ('0' + (int) (rest % 10));
		rest /= 10;
	}
	if (amount->digits < 0)
		*at++ = '-';
	while (count > 0)
		*at++ = reversed[--count];
	*at = '\0';
}

bool
rc_bank_amount(const char *text, size_t length, bool negative, RcBankAmount *amount)
{
	int			significant = 0;
	int			digits = 0;
	bool		decimals = false;

	amount->digits = 0;
	amount->scale = 0;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == ',' || text[i] == '.')
		{
			if (decimals)
				return false;
			decimals = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		digits++;
		if (amount->digits > 0 || text[i] != '0')
			significant++;
		if (significant > 18 || (decimals && amount->scale == RC_MAX_BANK_SCALE))
			return false;
		amount->digits = amount->digits * 10 + (text[i] - '0');
		amount->scale += decimals;
	}
	if (digits == 0)
		return false;
	if (negative)
		amount->digits = -amount->digits;
	write_amount(amount);
	return true;
}

bool
rc_bank_free_amount(const char *text, size_t length, RcBankAmount *amount, bool *ambiguous)
{
	char		plain[64];
	size_t		plain_length = 0;
	bool		negative = false;
	size_t		first = 0;
	size_t		mark = SIZE_MAX;	/* of the decimal mark */
	char		group = 0;
	size_t		since = 0;		/* digits since the last group mark */
	int			groups = 0;
	int			marks[2] = {0, 0};
	size_t		last[2] = {0, 0};

	*ambiguous = false;
	rc_trim(&text, &length);
	if (length > 0 && (text[0] == '-' || text[0] == '+'))
	{
		negative = text[0] == '-';
		first = 1;
	}
	if (length > 48)
		return false;
	for (size_t i = first; i < length; i++)
	{
		if (text[i] == ',' || text[i] == '.')
		{
			marks[text[i] == '.']++;
			last[text[i] == '.'] = i;
		}
	}
	/* the mark that comes last, once, is the decimal one; a mark that repeats can only group */
	for (int i = 0; i < 2; i++)
	{
		if (marks[i] == 1 && (marks[1 - i] == 0 || last[i] > last[1 - i]))
			mark = last[i];
	}
	for (size_t i = first; i < length; i++)
	{
		char		character = text[i];

		if (character >= '0' && character <= '9')
		{
			since++;
			plain[plain_length++] = character;
			continue;
		}
		if (i == mark)
		{
			if (groups > 0 && since != 3)
				return false;
			plain[plain_length++] = '.';
			continue;
		}
		/* a group mark: one kind, after one to three digits and then each three, never behind the decimal mark */
		if ((character != ',' && character != '.' && character != ' ') || (group && character != group) || i > mark)
			return false;
		if (groups > 0 ? since != 3 : since < 1 || since > 3)
			return false;
		group = character;
		groups++;
		since = 0;
	}
	if (mark == SIZE_MAX && groups > 0 && since != 3)
		return false;
	*ambiguous = mark != SIZE_MAX && groups == 0 && length - mark == 4 && mark - first >= 1 && mark - first <= 3;
	return rc_bank_amount(plain, plain_length, negative, amount);
}

bool
rc_bank_minor_amount(const char *text, size_t length, int decimals, bool negative, RcBankAmount *amount)
{
	RcBankAmount whole;

	if (length > 0 && (text[0] == '+' || text[0] == '-'))
	{
		negative = negative != (text[0] == '-');
		text++;
		length--;
	}
	if (!rc_is_digits(text, length) || !rc_bank_amount(text, length, negative, &whole))
		return false;
	amount->digits = whole.digits;
	amount->scale = decimals;
	write_amount(amount);
	return true;
}

bool
rc_is_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return length > 0;
}

int
rc_digits_value(const char *text, size_t length)
{
	int			value = 0;

	for (size_t i = 0; i < length && i < 9; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

int
rc_days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month < 1 || month > 12 ? 0 : days[month - 1] + (month == 2 && leap);
}
