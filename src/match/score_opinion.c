/*
 * score_opinion.c - how pairs usually look, before anything is known of the pool: weak, for small pools to fall back on.
 */
#include "score_model.h"

#include <math.h>

void
rc_score_normalise(double *values, int count)
{
	double		sum = 0;

	for (int i = 0; i < count; i++)
		sum += values[i];
	for (int i = 0; i < count && sum > 0; i++)
		values[i] /= sum;
}

double
rc_score_lag_width(const RcScorePool *pool, int level)
{
	int			tail = (level - 2 * RC_LAG_DAYS - 1) % RC_LAG_TAIL;
	bool		before = level >= 2 * RC_LAG_DAYS + 1 + RC_LAG_TAIL;
	int64_t		low,
				high;

	if (level <= 2 * RC_LAG_DAYS)
		low = high = level - RC_LAG_DAYS;
	else
	{
		low = ((int64_t) RC_LAG_DAYS << tail) + 1;
		high = tail == RC_LAG_TAIL - 1 ? INT32_MAX : (int64_t) RC_LAG_DAYS << (tail + 1);
		if (before)
		{
			int64_t		swap = low;

			low = -high;
			high = -swap;
		}
	}
	if (low < pool->lag_min)
		low = pool->lag_min;
	if (high > pool->lag_max)
		high = pool->lag_max;
	return high >= low ? (double) (high - low + 1) : 0;
}

void
rc_score_opinion(const RcScorePool *pool, RcScoreShape *shape)
{
	static const double classes[RC_TEXT_CLASSES] = {4, 3, 2.5, 2, 1, 0.4, 0.15, 0.5, 0.15, 1.5};

	shape->share = 0.5;
	for (int e = 0; e < RC_AMOUNT_EDGES; e++)
	{
		double		from = e > 0 ? rc_amount_edge(e - 1) : 0;

		shape->amount[2 + e] = shape->amount[2 + RC_AMOUNT_EDGES + e] = 0.3 * (exp(-from / 0.02) - exp(-rc_amount_edge(e) / 0.02));
	}
	shape->amount[0] = shape->amount[1] = 0.2;
	for (int level = 0; level < RC_LAG_UNKNOWN; level++)
	{
		double		days = level <= 2 * RC_LAG_DAYS ? fabs((double) level - RC_LAG_DAYS)
			: RC_LAG_DAYS * pow(2, (level - 2 * RC_LAG_DAYS - 1) % RC_LAG_TAIL + 1);

		shape->lag[level] = rc_score_lag_width(pool, level) / (1 + pow(days / 4, 1.5));
	}
	shape->lag[RC_LAG_UNKNOWN] = 0;
	rc_score_normalise(shape->lag, RC_LAG_LEVELS);
	shape->text[0] = 0;
	for (int level = 1; level < RC_TEXT_LEVELS; level++)
		shape->text[level] = level >= RC_TEXT_WORDS ? classes[(level - RC_TEXT_WORDS) % RC_TEXT_CLASSES] : level == 1 ? 4 : level;
	rc_score_normalise(shape->text, RC_TEXT_LEVELS);
	rc_score_normalise(shape->amount, RC_AMOUNT_LEVELS);
}
