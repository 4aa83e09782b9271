/*
 * mapping_rows.c - makes the rows of a record: fields evaluated, templates filled, amounts at the scale of their currency.
 */
#include <stdio.h>

#include "mapping_internal.h"

static RcCode
missing_value(RcMapping *mapping, const RcExpression *expression, const RcTargetField *field, RcStatus *status)
{
	int			column = expression->column_count > 0 ? expression->columns[0] : -1;
	const char *name = field->name;
	size_t		length = strlen(name);

	rc_fail(status, RC_MISSING_COLUMN, "%s is empty", field->name);
	status->line = mapping->cells.record->line;
	status->column = 0;
	if (column >= 0)
	{
		if (mapping->column_of[column] >= 0)
			status->column = (uint32_t) mapping->column_of[column] + 1;
		if (mapping->format->columns[column].name_count > 0 && mapping->format->columns[column].names[0].length < sizeof(status->field))
		{
			name = mapping->format->columns[column].names[0].data;
			length = mapping->format->columns[column].names[0].length;
		}
	}
	memcpy(status->field, name, length);
	status->field[length] = '\0';
	return status->code;
}

static int
currency_exponent(RcMapping *mapping, const char *code)
{
	if (memcmp(mapping->exponent_of, code, 3) != 0)
	{
		memcpy(mapping->exponent_of, code, 3);
		mapping->exponent = rc_currency_exponent(code, 3);
	}
	return mapping->exponent;
}

/* A record is counted once, however many of its identifiers and rows are concerned and however often it is taken. */
static void
note_invisible(RcMapping *mapping, const RcValue *value, const RcTargetField *field)
{
	uint64_t	line = mapping->cells.record->line;

	if (line <= mapping->invisible_line)
		return;
	mapping->invisible_line = line;
	if (mapping->invisible++ > 0)
		return;
	rc_status_reset(&mapping->first_invisible);
	mapping->first_invisible.line = line;
	mapping->first_invisible.column = value->column;
	snprintf(mapping->first_invisible.field, sizeof(mapping->first_invisible.field), "%s", field->name);
}

uint64_t
rc_mapping_invisible(const RcMapping *mapping, RcStatus *first)
{
	*first = mapping->first_invisible;
	return mapping->invisible;
}

/* Evaluates all fields of a row: given[f] takes overrides, the others stay as base has them. */
static RcCode
fill_row(RcMapping *mapping, const RcTarget *target, const RcExpression *fields, const bool *given, RcRow *row, RcStatus *status)
{
	for (int f = 0; f < target->field_count; f++)
	{
		if ((given && !given[f]) || fields[f].kind == RC_FROM_TEMPLATE)
			continue;
		if (rc_evaluate(&mapping->cells, &fields[f], &target->fields[f], &row->values[f], status) != RC_OK)
			return status->code;
		if (target->fields[f].type == RC_TYPE_ID && row->values[f].text && row->values[f].invisible)
			note_invisible(mapping, &row->values[f], &target->fields[f]);
	}
	return RC_OK;
}

/* Which expression a field of a line has. */
static const RcExpression *
expression_of(const RcMapping *mapping, const RcLine *line, const RcTarget *target, int f)
{
	static const RcExpression nothing;

	if (line && line->given[f])
		return &line->fields[f];
	if (target == mapping->format->target)
		return &mapping->format->fields[f];
	return &nothing;
}

/* Templates, the default currency, required fields, the scale of amounts. */
static RcCode
complete_row(RcMapping *mapping, const RcLine *line, RcRow *row, RcStatus *status)
{
	const RcTarget *target = row->target;
	RcValue		none = {0};			/* of targets without a currency */
	RcValue    *currency = target->currency >= 0 ? &row->values[target->currency] : &none;
	int			exponent;

	for (int f = 0; f < target->field_count; f++)
	{
		const RcExpression *expression = expression_of(mapping, line, target, f);

		if (expression->kind == RC_FROM_TEMPLATE &&
			rc_evaluate_template(&mapping->cells, expression, &target->fields[f], row, &row->values[f], status) != RC_OK)
		{
			status->line = mapping->cells.record->line;
			return status->code;
		}
	}
	if (!currency->text && mapping->currency[0] && currency != &none)
	{
		currency->text = mapping->currency;
		currency->length = 3;
	}
	exponent = currency->text ? currency_exponent(mapping, currency->text) : -1;
	for (int f = 0; f < target->field_count; f++)
	{
		const RcTargetField *field = &target->fields[f];
		RcValue    *value = &row->values[f];
		const RcExpression *expression;

		if (!value->text)
		{
			if (field->required && !(f == target->currency && !mapping->currency[0]))
				return missing_value(mapping, expression_of(mapping, line, target, f), field, status);
			if (!field->required && (expression = expression_of(mapping, line, target, f))->required)
				return missing_value(mapping, expression, field, status);
			continue;
		}
		if (field->type != RC_TYPE_AMOUNT || exponent < 0)
			continue;
		expression = expression_of(mapping, line, target, f);
		if (expression->exact && value->number.scale >= exponent)
			continue;
		if (value->number.scale != exponent)
		{
			int64_t		digits;

			if (rc_rescale(value->number, exponent, &digits, status) != RC_OK)
			{
				if (status->code == RC_BAD_VALUE)
					rc_fail(status, RC_BAD_VALUE, "\"%.*s\" has more decimals than %.3s has", (int) (value->length > 40 ? 40 : value->length), value->text, currency->text);
				status->line = mapping->cells.record->line;
				status->column = value->column;
				memcpy(status->field, field->name, strlen(field->name) + 1);
				return status->code;
			}
			value->number.digits = digits;
			value->number.scale = exponent;
		}
	}
	return RC_OK;
}

int
rc_currency_decimals(const RcRow *row)
{
	const RcValue *currency = &row->values[row->target->currency];
	int			exponent = currency->text ? rc_currency_exponent(currency->text, currency->length) : 0;

	return exponent < 0 ? 0 : exponent;
}

/* Takes the other lines of the row off the amount of the one that is the rest of them; a rest of nothing beside others is no line. */
static RcCode
settle_rest(RcMapping *mapping, int rest, RcStatus *status)
{
	RcRow	   *row = &mapping->rows[rest];
	int			amount = row->target->amount;
	RcWide		left = rc_widen(row->values[amount].number);
	bool		others = false;

	for (int i = 0; i < mapping->row_count; i++)
		if (i != rest && mapping->rows[i].target == row->target)
		{
			left -= rc_widen(mapping->rows[i].values[amount].number);
			others = true;
		}
	if (left == 0 && others)
	{
		memmove(row, row + 1, sizeof(RcRow) * (size_t) (mapping->row_count - rest - 1));
		mapping->row_count--;
		return RC_OK;
	}
	if (!rc_narrow(left, rc_currency_decimals(row), &row->values[amount].number))
	{
		rc_fail(status, RC_OVERFLOW, "what is left of an amount is more than an amount can be");
		status->line = mapping->cells.record->line;
		return status->code;
	}
	return RC_OK;
}

RcCode
rc_mapping_make_rows(RcMapping *mapping, const RcLine *lines, int line_count, bool summary, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	bool		base_done = false;
	bool		applied = false;
	int			zero = -1;
	int			rest = -1;

	mapping->row_count = 0;
	if (line_count == 0)
	{
		RcRow	   *row = &mapping->rows[0];

		row->target = format->target;
		row->line = 0;
		row->balances = false;
		if (fill_row(mapping, format->target, format->fields, NULL, row, status) != RC_OK ||
			complete_row(mapping, NULL, row, status) != RC_OK)
			return status->code;
		mapping->row_count = 1;
		return RC_OK;
	}
	for (int l = 0; l < line_count; l++)
	{
		const RcLine *line = &lines[l];
		RcRow	   *row = &mapping->rows[mapping->row_count];
		int			amount = line->target->amount;

		if (!rc_when_holds(&mapping->cells, &line->when))
			continue;
		applied = true;
		row->target = line->target;
		row->line = l;
		row->balances = false;
		if (line->target == format->target)
		{
			if (!base_done && fill_row(mapping, format->target, format->fields, NULL, &mapping->base, status) != RC_OK)
				return status->code;
			base_done = true;
			memcpy(row->values, mapping->base.values, sizeof(RcValue) * (size_t) line->target->field_count);
		}
		else
			memset(row->values, 0, sizeof(row->values));
		if (fill_row(mapping, line->target, line->fields, line->given, row, status) != RC_OK)
			return status->code;
		/* A part that is nothing is no line: a sale without a discount has none. */
		if (!summary && line_count > 1 && !line->rest && row->target == format->target &&
			(!row->values[amount].text || row->values[amount].number.digits == 0))
		{
			if (zero < 0 && row->values[amount].text)
				zero = l;
			continue;
		}
		if (complete_row(mapping, line, row, status) != RC_OK)
			return status->code;
		if (line->rest && rest >= 0)
		{
			rc_fail(status, RC_BAD_VALUE, "two lines of the format take what is left of this row");
			status->line = mapping->cells.record->line;
			return status->code;
		}
		if (line->rest)
			rest = mapping->row_count;
		mapping->row_count++;
	}
	if (rest >= 0 && settle_rest(mapping, rest, status) != RC_OK)
		return status->code;
	if (!applied)
	{
		rc_fail(status, RC_UNKNOWN_FORMAT, "none of the lines that the format makes of a row applies to it");
		status->line = mapping->cells.record->line;
		return status->code;
	}
	if (mapping->row_count == 0)
	{
		RcRow	   *row = &mapping->rows[0];

		if (zero < 0)
		{
			rc_fail(status, RC_MISSING_COLUMN, "no part of the row has an amount");
			status->line = mapping->cells.record->line;
			return status->code;
		}
		row->target = lines[zero].target;
		row->line = zero;
		row->balances = false;
		memcpy(row->values, mapping->base.values, sizeof(RcValue) * (size_t) row->target->field_count);
		if (fill_row(mapping, row->target, lines[zero].fields, lines[zero].given, row, status) != RC_OK ||
			complete_row(mapping, &lines[zero], row, status) != RC_OK)
			return status->code;
		mapping->row_count = 1;
	}
	return RC_OK;
}
