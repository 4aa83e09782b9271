/*
 * running.h - the running balance that the lines of a bank table state: which way they run, where the statement begins and ends, and the holes in it.
 *
 *		running = rc_running_create(allocator);
 *		... for each line, in the order of the file: rc_running_add(running, line, day, amount, balance or NULL, status) ...
 *		rc_running_finish(running, &result);
 *		rc_running_free(running);
 *
 * A file lists its lines with the oldest or the newest first; the balances tell which. A hole is a place where one line's balance does not follow from the
 * line before it: lines are missing there. Where most lines do not follow each other, the balances are no running ones, or the order is not theirs:
 * then nothing is claimed.
 */
#ifndef RC_RUNNING_H
#define RC_RUNNING_H

#include "../base/memory.h"
#include "../base/money.h"
#include "../base/status.h"

#define RC_MAX_HOLES 1000		/* a file with more has no running balance */

/* The line before which something is missing, in the order of time. */
typedef struct RcHole
{
	uint64_t	line;			/* of the file */
	int32_t		day;
	RcDecimal	amount;
	RcDecimal	balance;
	RcDecimal	missing;		/* sum of what is missing: positive is a credit */
} RcHole;

typedef struct RcRunningResult
{
	bool		stated;			/* some line states a balance */
	bool		trusted;		/* the balances are running ones; opening, closing and holes hold */
	bool		newest_first;
	RcDecimal	opening;
	RcDecimal	closing;
	const RcHole *holes;
	size_t		hole_count;
} RcRunningResult;

typedef struct RcRunning RcRunning;

extern RcRunning *rc_running_create(const RcAllocator *allocator);	/* NULL when there is no memory */
extern void rc_running_free(RcRunning *running);	/* NULL is fine */

/* Takes a line; RC_OVERFLOW or RC_NO_MEMORY when it cannot. */
extern RcCode rc_running_add(RcRunning *running, uint64_t line, int32_t day, RcDecimal amount, const RcDecimal *balance, RcStatus *status);

/* The balances are not of one account and currency: nothing is claimed. */
extern void rc_running_distrust(RcRunning *running);

/* What the lines say; valid until the next call. */
extern void rc_running_finish(RcRunning *running, RcRunningResult *result);

#endif
