/*
 * subset_search.h - which sets of items add up to a sum: the search, apart from pools and rules.
 *
 * Sets are sought in the order of evidence: items that follow each other (by date, by number), all but a few, two to four, any. Sets that
 * differ only in twins are one solution. The answers mean what they say: unique and impossible are proven over all sets of two or more
 * items (or, when automatic, over all kinds of sets that accident would not produce anyway); ambiguous means that at least two are shown.
 */
#ifndef RC_SUBSET_SEARCH_H
#define RC_SUBSET_SEARCH_H

#include "work.h"

#define RC_SUBSET_LIMIT 8		/* solutions kept */

typedef enum RcSubsetKind
{
	RC_SUBSET_UNIQUE,
	RC_SUBSET_AMBIGUOUS,
	RC_SUBSET_IMPOSSIBLE,
	RC_SUBSET_EXHAUSTED			/* no answer within the budget; what was found is shown */
} RcSubsetKind;

/* Kinds of sets, strongest evidence first. */
typedef enum RcSubsetStage
{
	RC_STAGE_RUN,
	RC_STAGE_ALL,				/* all items, all but one, but two, but three */
	RC_STAGE_BUT_1,
	RC_STAGE_BUT_2,
	RC_STAGE_BUT_3,
	RC_STAGE_SIZE_2,
	RC_STAGE_SIZE_3,
	RC_STAGE_SIZE_4,
	RC_STAGE_ANY,
	RC_STAGE_COUNT
} RcSubsetStage;

/* Ways of searching any set, to be left out by tests. */
#define RC_WITHOUT_CORE		0x10000 /* a part of the items, to show ambiguity quickly */
#define RC_WITHOUT_LISTS	0x80000 /* four lists of sums, likewise */
#define RC_WITHOUT_HALVES	0x20000 /* meet in the middle */
#define RC_WITHOUT_TABLE	0x40000 /* dynamic programming */

typedef struct RcSubsetItem
{
	int64_t		value;			/* not 0 */
	uint32_t	twin;			/* equal for interchangeable items, whose values are equal; not descending with the value */
} RcSubsetItem;

typedef struct RcSubsetQuery
{
	const RcSubsetItem *items;	/* by date */
	uint32_t	count;
	const uint32_t *by_number;	/* the items in another order that counts for runs; NULL: none */
	int64_t		low, high;		/* the sum wanted, both included, of one sign, not 0 */
	int64_t		unit;			/* divides all values */
	double		max_chance;		/* of a false rival, for an automatic answer; 0: never automatic, everything is searched */
	uint64_t	budget;			/* steps */
	uint32_t	limit;			/* solutions, 2 to RC_SUBSET_LIMIT */
	uint32_t	without;		/* bits of stages (1 << RC_STAGE_...) and ways to leave out */
} RcSubsetQuery;

typedef struct RcSubsetSolution
{
	RcSubsetStage stage;
	double		chance;			/* expected number of false rivals of this kind */
	uint32_t	first, count;	/* in members, ascending positions */
} RcSubsetSolution;

typedef struct RcSubsetAnswer
{
	RcSubsetKind kind;
	bool		automatic;		/* may be matched unseen */
	bool		complete;		/* all solutions are there */
	bool		single;			/* one item alone has the sum: a rival outside this search */
	uint32_t	count;
	RcSubsetSolution solutions[RC_SUBSET_LIMIT];
	double		expected[RC_STAGE_COUNT];	/* false rivals of each kind */
	const uint32_t *members;	/* valid until the next search */
	uint64_t	steps;
} RcSubsetAnswer;

typedef struct RcSubsetSearch RcSubsetSearch;

/* Memory of one search after another; it is scratch of the work. */
extern RcCode rc_subset_create(RcWork *work, RcSubsetSearch **search);
extern RcCode rc_subset_search(RcSubsetSearch *search, const RcSubsetQuery *query, RcSubsetAnswer *answer);

#endif
