/*
 * subset_internal.h - what the files of the subset search share.
 *
 * Values are in units and of such sign that the wanted sum is positive. Items of equal value are one group; within it twins are one class.
 * A solution is told by how many of each class it takes.
 */
#ifndef RC_SUBSET_INTERNAL_H
#define RC_SUBSET_INTERNAL_H

#include "subset_search.h"

/* For sorting, and for halves of meet in the middle. */
typedef struct RcSubsetKey
{
	int64_t		key;
	uint32_t	place;
} RcSubsetKey;

typedef struct RcSubsetGroup
{
	int64_t		value;
	uint32_t	copies;
	uint32_t	first_class, class_count;
} RcSubsetGroup;

typedef struct RcSubsetClass
{
	uint32_t	first, count;	/* in sorted */
} RcSubsetClass;

/* So many copies of a group. */
typedef struct RcSubsetPick
{
	uint32_t	group, copies;
} RcSubsetPick;

/* The choice "any set": groups that can take part, made positive and with the smaller of sum and rest as target. */
typedef struct RcSubsetPart
{
	uint32_t	group;
	uint32_t	cap;			/* copies that may be taken */
	int64_t		weight;			/* > 0 */
	bool		inverted;		/* taken means left out */
} RcSubsetPart;

struct RcSubsetSearch
{
	RcWork	   *work;
	const RcSubsetQuery *query;
	RcSubsetAnswer *answer;
	uint64_t	left;			/* of the budget */

	/* The query, in units */
	uint32_t	n;
	int64_t		low, high;
	int64_t		total;
	bool		has_negative;
	int64_t    *value;			/* by position */
	uint32_t   *sorted;			/* positions by value, class, position */
	uint32_t   *class_of;		/* by position */
	RcSubsetGroup *groups;
	uint32_t	group_count;
	RcSubsetClass *classes;
	uint32_t	class_count;
	double		mean, variance, magnitude;	/* of the values */
	double		round_share[7]; /* share of values that are multiples of 10^k units */

	/* Working memory, for n items */
	uint32_t	capacity;
	uint32_t   *used;			/* of each class, zero between solutions */
	uint8_t    *mark;
	uint32_t   *choice;			/* of each class in rc_subset_add_picks */
	RcSubsetPick *picks;
	RcSubsetKey *keys, *spare;
	uint32_t   *members;		/* of RC_SUBSET_LIMIT solutions */
	uint32_t	member_count;
	RcSubsetPart *parts;
	uint32_t	part_count;
	int64_t		part_low, part_high;
	uint32_t   *taken;			/* of each part */
	uint8_t    *half_of;		/* of each part, in meet in the middle */
	uint32_t   *core;			/* parts that are varied while the others stay */

	/* Larger memory, kept from search to search */
	RcSubsetKey *half[3];
	size_t		half_capacity[3];
	uint64_t   *table;
	size_t		table_capacity;
};

/* Counts steps; *go is false when the budget is gone. */
static inline RcCode
rc_subset_spend(RcSubsetSearch *search, uint64_t steps, bool *go)
{
	*go = steps <= search->left;
	search->left = *go ? search->left - steps : 0;
	return rc_poll(search->work, (size_t) steps);
}

static inline bool
rc_subset_full(const RcSubsetSearch *search)
{
	return search->answer->count >= search->query->limit;
}

/* Sorts by key, then place. */
extern RcCode rc_subset_sort(RcSubsetSearch *search, RcSubsetKey *keys, RcSubsetKey *spare, uint32_t count);

/* Adds the solution that `used` tells, which is cleared; nothing when it is known or has fewer than two items. */
extern RcCode rc_subset_add_used(RcSubsetSearch *search, RcSubsetStage stage);

/* Adds all solutions that take so many of the groups (each group once), or all items but those. */
extern RcCode rc_subset_add_picks(RcSubsetSearch *search, RcSubsetStage stage, const RcSubsetPick *picks, uint32_t count,
								  bool complement);

/* subset_chance.c: expected number of sets of a kind that have the sum by accident */
extern RcCode rc_subset_chances(RcSubsetSearch *search);
extern double rc_subset_roundness(const RcSubsetSearch *search, uint32_t size);

/* subset_small.c: runs, complements and small sets; *complete tells whether all were seen */
extern RcCode rc_subset_runs(RcSubsetSearch *search, bool *complete);
extern RcCode rc_subset_small(RcSubsetSearch *search, RcSubsetStage stage, uint32_t size, bool complement, bool *complete);

/* subset_any.c */
extern RcCode rc_subset_any(RcSubsetSearch *search, bool *complete);
extern int64_t rc_subset_fix_rest(RcSubsetSearch *search, uint32_t core_count, int64_t core_sum);

/* subset_lists.c: some of very many sets; adds what it finds, which proves nothing about the others */
extern RcCode rc_subset_lists(RcSubsetSearch *search);

/*
 * subset_halves.c: meet in the middle over some of the parts (NULL: all), which are taken on top of what `taken` holds; single: at most one
 * copy of each
 */
extern uint64_t rc_subset_halves_cost(RcSubsetSearch *search);	/* of all parts, in steps; UINT64_MAX: too many */
extern RcCode rc_subset_halves(RcSubsetSearch *search, const uint32_t *chosen, uint32_t count, bool single, int64_t low, int64_t high,
							   bool *complete);

/* subset_table.c: dynamic programming over all parts; *fits is false when memory or budget do not allow it */
extern RcCode rc_subset_table(RcSubsetSearch *search, bool *fits, bool *complete);

/* Adds the solutions that take `taken` of the parts. */
extern RcCode rc_subset_add_taken(RcSubsetSearch *search);

#endif
