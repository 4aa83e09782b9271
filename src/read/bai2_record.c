/*
 * bai2_record.c - one logical record of a BAI2 file and its fields.
 */
#include "bai2_record.h"

#include <string.h>

#define FULL_LINE 80

void
rc_bai2_begin(RcBai2Record *record)
{
	rc_buffer_clear(&record->text);
	record->line_count = 0;
	record->at = 0;
	record->line_ended = false;
}

RcCode
rc_bai2_add_line(RcBai2Record *record, const char *text, size_t length, size_t line_length)
{
	RcCode		code = RC_OK;

	/* a full line was cut within a word */
	if (record->line_count > 0)
		code = rc_bank_append(&record->text, record->full ? "\r" : "\n", 1);
	record->full = line_length >= FULL_LINE && length > 0 && text[length - 1] != ' ' && text[length - 1] != '/';
	record->line_count++;
	while (length > 0 && text[length - 1] == ' ')
		length--;
	if (length > 0 && text[length - 1] == '/')
		length--;
	return code == RC_OK ? rc_bank_append(&record->text, text, length) : code;
}

/* The next field, trimmed; false at the end of the record. */
bool
rc_bai2_next(RcBai2Record *record, RcField *field)
{
	const char *text = record->text.length > 0 ? record->text.data : "";
	size_t		begin = record->at;
	size_t		length;

	if (begin > record->text.length)
		return false;
	while (record->at < record->text.length && text[record->at] != ',' && text[record->at] != '\n' && text[record->at] != '\r')
		record->at++;
	record->line_ended = record->at == record->text.length || text[record->at] != ',';
	length = record->at - begin;
	record->at++;
	text += begin;
	rc_trim(&text, &length);
	*field = (RcField) {text, (uint32_t) length};
	return true;
}

/* The next field, empty at the end of the record. */
RcField
rc_bai2_field(RcBai2Record *record)
{
	RcField		field;

	if (!rc_bai2_next(record, &field))
		field = (RcField) {"", 0};
	return field;
}

/* A signed integer; empty is 0. */
bool
rc_bai2_integer(RcField field, int64_t *value)
{
	RcBankAmount amount;

	*value = 0;
	if (field.length == 0)
		return true;
	if (!rc_bank_minor_amount(field.data, field.length, 0, false, &amount))
		return false;
	*value = amount.digits;
	return true;
}

/* YYMMDD as text; a day that does not exist is written as it is. */
bool
rc_bai2_date(RcField field, char *result)
{
	int			year;

	if (field.length != 6 || !rc_is_digits(field.data, 6))
		return false;
	year = rc_digits_value(field.data, 2);
	memcpy(result, year < 80 ? "20" : "19", 2);
	memcpy(result + 2, field.data, 2);
	memcpy(result + 5, field.data + 2, 2);
	memcpy(result + 8, field.data + 4, 2);
	result[4] = result[7] = '-';
	result[10] = '\0';
	return true;
}

/*
 * Reads funds type and what belongs to it: S three amounts, V date and time, D a number of pairs. *value_on becomes the date of V.
 */
bool
rc_bai2_funds(RcBai2Record *record, RcField *value_on)
{
	RcField		type = rc_bai2_field(record);
	int64_t		pairs;

	*value_on = (RcField) {"", 0};
	if (type.length == 0)
		return true;
	if (type.length > 1)
		return false;
	switch (type.data[0])
	{
		case '0':
		case '1':
		case '2':
		case 'Z':
			return true;
		case 'S':
			for (int i = 0; i < 3; i++)
				rc_bai2_field(record);
			return true;
		case 'V':
			*value_on = rc_bai2_field(record);
			rc_bai2_field(record);
			return true;
		case 'D':
			if (!rc_bai2_integer(rc_bai2_field(record), &pairs) || pairs < 0)
				return false;
			for (int64_t i = 0; i < pairs; i++)
			{
				RcField		field;

				if (!rc_bai2_next(record, &field) || !rc_bai2_next(record, &field))
					return false;
			}
			return true;
		default:
			return false;
	}
}

/* The rest of the record is text: lines are joined with a blank unless the former was full. */
RcCode
rc_bai2_text(RcBai2Record *record, RcBuffer *narrative)
{
	bool		full = false;
	RcCode		code = RC_OK;

	while (record->at < record->text.length && code == RC_OK)
	{
		const char *text = record->text.data + record->at;
		size_t		length = 0;

		while (record->at + length < record->text.length && text[length] != '\n' && text[length] != '\r')
			length++;
		if (full)
		{
			size_t		trimmed = length;

			while (trimmed > 0 && text[trimmed - 1] == ' ')
				trimmed--;
			code = rc_bank_append(narrative, text, trimmed);
		}
		else
			code = rc_bank_join(narrative, text, length);
		full = record->at + length < record->text.length && text[length] == '\r' && length > 0 && text[length - 1] != ' ';
		record->at += length + 1;
	}
	return code;
}
