/*
 * import_sums.c - exact sums of amounts: those of one currency, and the control total of a whole file.
 */
#include "import_parts.h"

#define SUM_SCALE 9

void
rcs_add_exact(RcsLoad *load, RcDecimal *sum, RcDecimal value)
{
	int32		scale = Max(sum->scale, value.scale);
	int64		a,
				b;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_rescale(*sum, scale, &a, &status) != RC_OK || rc_rescale(value, scale, &b, &status) != RC_OK || __builtin_add_overflow(a, b, &a))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("file \"%s\": the sum of the amounts is out of range", load->file_name)));
	sum->digits = a;
	sum->scale = scale;
}

void
rcs_add_sum(RcsLoad *load, RcDecimal value)
{
	RcsWide		wide = value.digits;

	for (int i = value.scale; i < SUM_SCALE; i++)
		wide *= 10;
	for (int i = value.scale; i > SUM_SCALE; i--)
		wide /= 10;
	load->sum += wide;
}

RcDecimal
rcs_load_sum(const RcsLoad *load)
{
	RcsWide		wide = load->sum;
	RcDecimal	result = {0, SUM_SCALE};
	const RcTarget *target = load->format->target;
	bool		money = target->fields[target->amount].type == RC_TYPE_AMOUNT && load->currency;
	int			least = money ? Max(rc_currency_exponent(load->currency, 3), 0) : 0;

	while (result.scale > least && wide % 10 == 0)
	{
		wide /= 10;
		result.scale--;
	}
	if (wide > PG_INT64_MAX || wide < PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("file \"%s\": the sum of the amounts is out of range", load->file_name)));
	result.digits = (int64) wide;
	return result;
}
