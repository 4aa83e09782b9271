/*
 * tolerance.h - how far two sums may lie apart under a rule.
 *
 * The left sum is what is expected. A right sum smaller in magnitude underpays it, a larger one (or one of the other sign) overpays it; so
 * what holds for payments holds for refunds, and negating everything changes nothing.
 */
#ifndef RC_TOLERANCE_H
#define RC_TOLERANCE_H

#include "engine.h"

__extension__ typedef __int128 RcWide;

static inline bool
rc_has_tolerance(const RcRule *rule)
{
	return rule->asymmetric
		? rule->under_tolerance > 0 || rule->under_percent > 0 || rule->over_tolerance > 0 || rule->over_percent > 0
		: rule->amount_tolerance > 0 || rule->percent_tolerance > 0;
}

/* The larger of an amount and a share of the left sum, but no more than the cap. */
static inline RcWide
rc_tolerance(const RcRule *rule, int64_t left_sum, bool under)
{
	RcWide		amount = !rule->asymmetric ? rule->amount_tolerance : under ? rule->under_tolerance : rule->over_tolerance;
	RcWide		percent = !rule->asymmetric ? rule->percent_tolerance : under ? rule->under_percent : rule->over_percent;
	RcWide		wide = left_sum;

	if (percent > 0)
	{
		percent = (wide < 0 ? -wide : wide) * percent / 1000000;
		if (percent > amount)
			amount = percent;
	}
	return rule->tolerance_cap > 0 && amount > rule->tolerance_cap ? rule->tolerance_cap : amount;
}

/* How far a right sum may lie below, and above, a left one. */
static inline RcWide
rc_tolerance_below(const RcRule *rule, int64_t left_sum)
{
	return rc_tolerance(rule, left_sum, left_sum > 0);
}

static inline RcWide
rc_tolerance_above(const RcRule *rule, int64_t left_sum)
{
	return rc_tolerance(rule, left_sum, left_sum < 0);
}

static inline bool
rc_sums_agree(const RcRule *rule, int64_t left, int64_t right)
{
	RcWide		difference = (RcWide) left - right;

	if (difference == 0)
		return true;
	return difference > 0 ? difference <= rc_tolerance_below(rule, left) : -difference <= rc_tolerance_above(rule, left);
}

#endif
