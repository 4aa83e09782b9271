/*
 * subset_candidates.h - the items among which a sum is sought, ready for search after search.
 */
#ifndef RC_SUBSET_CANDIDATES_H
#define RC_SUBSET_CANDIDATES_H

#include "subset_internal.h"

typedef struct RcUnit
{
	uint32_t	currency;
	uint64_t	unit;			/* divides every amount of the currency */
} RcUnit;

typedef struct RcCandidates
{
	RcWork	   *work;
	bool		keyed;			/* equal keys are asked for */
	bool		numbered[2];	/* items have keys, whose order is an order of their own */
	RcEntry    *entry[2];		/* by partition, date, content */
	size_t		count[2];
	uint32_t   *twin[2];		/* of each item: equal when interchangeable, ascending with the amount inside a currency */
	uint32_t   *number[2];		/* of each item: place by key */
	RcUnit	   *units;
	size_t		unit_count;

	/* Of one search, filled by rc_candidates_collect */
	uint32_t	most;
	RcSubsetItem *items;
	RcIndex    *indexes;
	uint32_t   *by_number;
	RcSubsetKey *keys, *spare;
} RcCandidates;

/* Takes the items of both sides that take part in the rule; all of it is scratch of the work. */
extern RcCode rc_candidates_create(RcCandidates *c, RcWork *work);

/* Puts the items that may be summed up for one item into `items` and `indexes`; count is UINT32_MAX when they are too many. */
extern RcCode rc_candidates_collect(RcCandidates *c, RcSide side, RcIndex index, uint32_t *count);

/* The collected ones, of the other side, in the order of their keys; NULL where that is the order they have. */
extern RcCode rc_candidates_by_number(RcCandidates *c, RcSubsetSearch *search, RcSide other, uint32_t count, const uint32_t **order);

/* The sums that the rule takes for an amount of one side, which is not beyond half of what 64 bits hold. */
extern void rc_candidates_range(const RcCandidates *c, RcSide side, int64_t amount, RcSubsetQuery *query);

extern int64_t rc_candidates_unit(const RcCandidates *c, uint32_t currency);

#endif
