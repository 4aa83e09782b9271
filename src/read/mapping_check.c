/*
 * mapping_check.c - rows that contradict themselves: gross, fees and taxes that do not add up to the net that the same row states.
 *
 * What the platform pays is the net. A difference therefore becomes a line of its own, so that the lines of a settlement add up to its payout and one
 * wrong row does not hold up the rest; that it is wrong is told to the caller, who reports it.
 */
#include "mapping_internal.h"

static RcWide
magnitude(RcWide value)
{
	return value < 0 ? -value : value;
}

static RcCode
too_large(RcMapping *mapping, RcStatus *status)
{
	rc_fail(status, RC_OVERFLOW, "the amounts of the row differ by more than an amount can be");
	status->line = mapping->cells.record->line;
	return status->code;
}

/* Adds the line that makes the settlement lines of the record add up to its net. */
static RcCode
add_balance(RcMapping *mapping, const RcRow *like, RcWide missing, const char *word, RcStatus *status)
{
	static const char kind[] = "adjustment";
	RcRow	   *row = &mapping->rows[mapping->row_count];
	RcValue    *values = row->values;

	*row = *like;
	row->balances = true;
	if (!rc_narrow(missing, rc_currency_decimals(like), &values[RC_LINE_AMOUNT].number))
		return too_large(mapping, status);
	values[RC_LINE_KIND] = (RcValue) {.text = kind, .length = sizeof(kind) - 1};
	values[RC_LINE_PLATFORM_TYPE] = (RcValue) {.text = word, .length = (uint32_t) strlen(word)};
	values[RC_LINE_SKU] = values[RC_LINE_QUANTITY] = (RcValue) {.text = NULL};
	mapping->row_count++;
	return RC_OK;
}

static RcCode
value_of(RcMapping *mapping, const RcExpression *expression, const char *what, RcValue *value, RcStatus *status)
{
	RcTargetField field = {what, RC_TYPE_AMOUNT, false, false, NULL};

	memset(value, 0, sizeof(RcValue));
	if (rc_evaluate(&mapping->cells, expression, &field, value, status) != RC_OK)
		return status->code;
	return RC_OK;
}

RcCode
rc_mapping_check_rows(RcMapping *mapping, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	const RcRow *first = NULL;
	RcWide		lines = 0;

	mapping->disagrees = false;
	for (int i = 0; i < mapping->row_count; i++)
		if (mapping->rows[i].target == format->target && mapping->rows[i].values[format->target->amount].text)
		{
			lines += rc_widen(mapping->rows[i].values[format->target->amount].number);
			first = first ? first : &mapping->rows[i];
		}
	for (int c = 0; c < format->check_count && first; c++)
	{
		const RcCheck *check = &format->checks[c];
		RcValue		stated,
					sum;
		RcWide		missing;
		bool		rounded;

		if (!rc_when_holds(&mapping->cells, &check->when))
			continue;
		if (value_of(mapping, &check->equals, "check", &stated, status) != RC_OK ||
			(check->has_sum && value_of(mapping, &check->sum, "check", &sum, status) != RC_OK))
			return status->code;
		if (!stated.text || (check->has_sum && !sum.text))
			continue;
		missing = rc_widen(stated.number) - (check->has_sum ? rc_widen(sum.number) : lines);
		if (missing == 0)
			continue;
		rounded = magnitude(missing) <= rc_widen(check->tolerance);
		/* Where lines and net agree, only the stated parts are wrong. */
		if (format->target == &rc_target_settlement_line && rc_widen(stated.number) != lines &&
			add_balance(mapping, first, rc_widen(stated.number) - lines, rounded ? "rounding" : "arithmetic", status) != RC_OK)
			return status->code;
		if (!rounded)
		{
			mapping->disagrees = true;
			if (!rc_narrow(missing, rc_currency_decimals(first), &mapping->difference))
				return too_large(mapping, status);
		}
		break;
	}
	return RC_OK;
}

bool
rc_mapping_arithmetic(const RcMapping *mapping, RcDecimal *difference)
{
	*difference = mapping->difference;
	return mapping->disagrees;
}
