/*
 * running.c - running balances, checked both ways at once: which way the file runs is known at its end only.
 */
#include "running.h"

#include <string.h>

#define SCALE 9					/* sums are kept in 10^-9 */

/* Memory comes aligned to eight bytes, not to the sixteen that the type would ask for. */
__extension__ typedef __int128 RcWide __attribute__((aligned(8)));

/* The holes there are if the file runs one way. */
typedef struct Way
{
	RcHole	   *holes;
	size_t		count;			/* beyond RC_MAX_HOLES they are only counted */
	size_t		room;
} Way;

/* The line with a balance seen last. */
typedef struct Known
{
	uint64_t	line;
	int32_t		day;
	RcDecimal	amount;
	RcDecimal	balance;
} Known;

struct RcRunning
{
	RcAllocator allocator;
	bool		distrusted;
	size_t		balances;		/* lines that state one */
	size_t		pairs;			/* neighbours that could be compared */
	int32_t		first_day,
				last_day;
	bool		any;
	Way			oldest_first,
				newest_first;
	Known		first,
				last;
	RcWide		before;			/* amounts of the lines without a balance: before the first one with it */
	RcWide		between;		/* ... since the last one */
};

RcRunning *
rc_running_create(const RcAllocator *allocator)
{
	RcRunning  *running = rc_allocate_zero(allocator, sizeof(RcRunning));

	if (running)
		running->allocator = *allocator;
	return running;
}

void
rc_running_free(RcRunning *running)
{
	RcAllocator allocator;

	if (!running)
		return;
	allocator = running->allocator;
	rc_release(&allocator, running->oldest_first.holes);
	rc_release(&allocator, running->newest_first.holes);
	rc_release(&allocator, running);
}

void
rc_running_distrust(RcRunning *running)
{
	running->distrusted = true;
}

static RcWide
widen(RcDecimal value)
{
	RcWide		wide = value.digits;

	for (int i = value.scale; i < SCALE; i++)
		wide *= 10;
	for (int i = value.scale; i > SCALE; i--)
		wide /= 10;
	return wide;
}

/* A sum with no more decimals than it needs, at least two; false when it is too large for a decimal. */
static bool
narrow(RcWide wide, RcDecimal *value)
{
	int32_t		scale = SCALE;

	while (scale > 2 && wide % 10 == 0)
	{
		wide /= 10;
		scale--;
	}
	if (wide > INT64_MAX || wide < INT64_MIN)
		return false;
	value->digits = (int64_t) wide;
	value->scale = scale;
	return true;
}

static RcCode
add_hole(RcRunning *running, Way *way, const Known *after, RcWide missing, RcStatus *status)
{
	RcHole	   *hole;

	if (way->count++ >= RC_MAX_HOLES)
		return RC_OK;
	if (way->count > way->room)
	{
		size_t		room = way->room ? way->room * 2 : 16;
		RcHole	   *grown = rc_resize(&running->allocator, way->holes, room * sizeof(RcHole));

		if (!grown)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		way->holes = grown;
		way->room = room;
	}
	hole = &way->holes[way->count - 1];
	hole->line = after->line;
	hole->day = after->day;
	hole->amount = after->amount;
	hole->balance = after->balance;
	if (!narrow(missing, &hole->missing))
		return rc_fail(status, RC_OVERFLOW, "the balances differ by more than an amount can be");
	return RC_OK;
}

RcCode
rc_running_add(RcRunning *running, uint64_t line, int32_t day, RcDecimal amount, const RcDecimal *balance, RcStatus *status)
{
	Known		now;
	RcWide		missing;

	if (!running->any)
		running->first_day = day;
	running->last_day = day;
	running->any = true;
	if (!balance)
	{
		if (running->balances == 0)
			running->before += widen(amount);
		else
			running->between += widen(amount);
		return RC_OK;
	}
	now = (Known) {line, day, amount, *balance};
	if (running->balances++ == 0)
		running->first = now;
	else
	{
		running->pairs++;
		/* oldest first: what this line began with is what the line above ended with and what stands between them */
		missing = widen(*balance) - widen(amount) - running->between - widen(running->last.balance);
		if (missing != 0 && add_hole(running, &running->oldest_first, &now, missing, status) != RC_OK)
			return status->code;
		missing = widen(running->last.balance) - widen(running->last.amount) - running->between - widen(*balance);
		if (missing != 0 && add_hole(running, &running->newest_first, &running->last, missing, status) != RC_OK)
			return status->code;
	}
	running->last = now;
	running->between = 0;
	return RC_OK;
}

void
rc_running_finish(RcRunning *running, RcRunningResult *result)
{
	Way		   *way = &running->oldest_first;
	bool		tie = running->oldest_first.count == running->newest_first.count;

	memset(result, 0, sizeof(RcRunningResult));
	result->stated = running->balances > 0;
	/* The balances tell; where they do not, the days. Balances that fit the other way round by chance do not count against the days. */
	if (running->first_day != running->last_day && (tie || running->pairs < 3))
		result->newest_first = running->first_day > running->last_day;
	else
		result->newest_first = running->newest_first.count < running->oldest_first.count;
	if (result->newest_first)
		way = &running->newest_first;
	/* On one day, and as wrong one way as the other: no telling. */
	if (!result->stated || running->distrusted || way->count > RC_MAX_HOLES || way->count * 2 > running->pairs + 1 ||
		(tie && way->count > 0 && running->first_day == running->last_day))
		return;
	result->trusted = result->newest_first ?
		narrow(widen(running->last.balance) - widen(running->last.amount) - running->between, &result->opening) &&
		narrow(widen(running->first.balance) + running->before, &result->closing) :
		narrow(widen(running->first.balance) - widen(running->first.amount) - running->before, &result->opening) &&
		narrow(widen(running->last.balance) + running->between, &result->closing);
	result->holes = way->holes;
	result->hole_count = way->count;
}
