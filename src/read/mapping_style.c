/*
 * mapping_style.c - finds how a file writes its numbers, where the format leaves the decimal mark open.
 */
#include <stdio.h>

#include "mapping_internal.h"

#include "../base/text.h"

#define SHOWN_LENGTH 40			/* bytes of a number that a message repeats */

/* A way to read the sample. */
typedef struct Reading
{
	RcMapping  *mapping;
	RcTaken		taken;			/* of the record at hand */
	int			rows;			/* records that can be read */
	int			fitting;		/* amounts that the other reading takes for others, with as many decimals as their currency has */
} Reading;

/* The first number on which two readings differ and whose currency does not tell which is right. */
typedef struct Doubt
{
	RcField		text;
	uint64_t	line;
	uint32_t	column;
	const char *field;
} Doubt;

void
rc_mapping_set_mark(RcMapping *mapping, char decimal_mark)
{
	mapping->style.decimal_mark = decimal_mark;
	mapping->style.group_mark = decimal_mark == ',' ? '.' : ',';
	mapping->style.any_group = true;
	mapping->cells.style = mapping->style;
}

/* Has the number, as it is written, the decimals of its currency? */
static bool
has_decimals(const Reading *reading, RcField text, const RcValue *currency)
{
	RcStatus	ignored;
	RcDecimal	number;

	rc_status_reset(&ignored);
	return currency && currency->text && rc_parse_decimal(text.data, text.length, &reading->mapping->style, &number, &ignored) == RC_OK &&
		number.scale == rc_currency_exponent(currency->text, currency->length);
}

/* Compares what two readings made of a record. */
static void
compare(Reading *one, Reading *other, const RcRecord *record, Doubt *doubt)
{
	int			count = rc_mapping_row_count(one->mapping);

	if (rc_mapping_row_count(other->mapping) < count)
		count = rc_mapping_row_count(other->mapping);
	for (int r = 0; r < count; r++)
	{
		const RcRow *row = rc_mapping_row(one->mapping, r);
		const RcRow *same = rc_mapping_row(other->mapping, r);
		const RcValue *currency = row->target->currency >= 0 ? &row->values[row->target->currency] : NULL;

		for (int f = 0; f < row->target->field_count && row->target == same->target; f++)
		{
			const RcValue *value = &row->values[f];
			RcTargetField field = row->target->fields[f];
			bool		fits,
						fits_other;
			RcField		text;

			if ((field.type != RC_TYPE_AMOUNT && field.type != RC_TYPE_NUMBER) || !value->text || !same->values[f].text || value->column == 0 ||
				value->column > record->field_count ||
				(value->number.digits == same->values[f].number.digits && value->number.scale == same->values[f].number.scale))
				continue;
			text = record->fields[value->column - 1];
			fits = field.type == RC_TYPE_AMOUNT && has_decimals(one, text, currency);
			fits_other = field.type == RC_TYPE_AMOUNT && has_decimals(other, text, currency);
			one->fitting += fits && !fits_other;
			other->fitting += fits_other && !fits;
			if (!doubt->field)
				*doubt = (Doubt) {text, record->line, value->column, field.name};
		}
	}
}

static void
free_readings(Reading *readings, int count)
{
	for (int i = 0; i < count; i++)
		rc_mapping_free(readings[i].mapping);
}

RcCode
rc_mapping_choose_style(RcMapping *mapping, const RcRecord *samples, int count, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	Reading		readings[2] = {{.mapping = NULL}, {.mapping = NULL}};	/* decimal marks are a point or a comma */
	Doubt		doubt = {.field = NULL};
	Reading    *one = &readings[0];
	Reading    *other = &readings[1];

	if (format->decimal_count < 2)
		return RC_OK;
	for (int i = 0; i < 2; i++)
	{
		if (rc_mapping_create(&readings[i].mapping, format, &mapping->allocator, status) != RC_OK)
		{
			free_readings(readings, 2);
			return status->code;
		}
		memcpy(readings[i].mapping->currency, mapping->currency, sizeof(mapping->currency));
		rc_mapping_set_mark(readings[i].mapping, format->decimals[i]);
	}
	for (int r = 0; r < count; r++)
	{
		for (int i = 0; i < 2; i++)
		{
			RcStatus	ignored;

			rc_status_reset(&ignored);
			readings[i].taken = rc_mapping_take(readings[i].mapping, &samples[r], &ignored);
			readings[i].rows += readings[i].taken == RC_TAKEN_ROWS || readings[i].taken == RC_TAKEN_SUMMARY;
			if (ignored.code == RC_NO_MEMORY)
			{
				free_readings(readings, 2);
				return rc_no_memory(status);
			}
		}
		if (one->taken == RC_TAKEN_ROWS && other->taken == RC_TAKEN_ROWS)
			compare(one, other, &samples[r], &doubt);
	}
	free_readings(readings, 2);
	if (one->rows == other->rows && doubt.field && (one->fitting > 0) == (other->fitting > 0))
	{
		size_t		shown = rc_utf8_cut(doubt.text.data, doubt.text.length, SHOWN_LENGTH);

		status->line = doubt.line;
		status->column = doubt.column;
		snprintf(status->field, sizeof(status->field), "%s", doubt.field);
		rc_hint(status, "Give the mark as \"decimal\" in a format of your own, made with reconcile.define_format from the mapping of %s.", format->name);
		return rc_fail(status, RC_BAD_VALUE, "\"%.*s\" can be read in two ways, and nothing in the file tells whether its mark stands before decimals or thousands",
					   (int) shown, doubt.text.data);
	}
	if (other->rows > one->rows || (other->rows == one->rows && other->fitting > 0 && one->fitting == 0))
		rc_mapping_set_mark(mapping, format->decimals[1]);
	return RC_OK;
}
