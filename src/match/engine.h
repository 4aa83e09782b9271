/*
 * engine.h - rules in order over a pool; the result is a list of matches, suggestions and notes on what stays open.
 *
 * The same items give the same result in whatever order they were added: every tie is broken by content
 * (date, amount, key, text) and last by item_id, and real ties stay open as ambiguous.
 */
#ifndef RC_ENGINE_H
#define RC_ENGINE_H

#include "pool.h"

typedef enum RcStrategy
{
	RC_STRATEGY_KEY,			/* equal keys; N:M inside a key; sums compared */
	RC_STRATEGY_REFERENCE,		/* the other side's key found in free text: whole, cut by blanks or punctuation, truncated */
	RC_STRATEGY_WINDOW,			/* unique compared amount within the lag */
	RC_STRATEGY_SUBSET,			/* one amount = the sum of several items of the other side */
	RC_STRATEGY_NET,			/* items of one side that cancel each other */
	RC_STRATEGY_SCORE			/* the likeliest one-to-one pairing of items that only resemble each other */
} RcStrategy;

/* Subset: which side holds the single item. */
typedef enum RcSubsetSide
{
	RC_SUBSET_BOTH,
	RC_SUBSET_LEFT,
	RC_SUBSET_RIGHT
} RcSubsetSide;

typedef struct RcRule
{
	int32_t		rule_id;		/* opaque to the engine */
	RcStrategy	strategy;
	int			left_keyset;	/* which key of the left items; -1: none */
	int			right_keyset;
	bool		search_left_text;	/* reference: right key in left text */
	bool		search_right_text;	/* reference: left key in right text (the usual case) */
	int64_t		amount_tolerance;	/* micro-units */
	int64_t		percent_tolerance;	/* millionths: 10000 = 1 % of the left sum; the larger of the two applies */
	bool		asymmetric;		/* the next four apply instead of those two */
	int64_t		under_tolerance, under_percent;	/* the right sum is smaller in magnitude: an underpayment */
	int64_t		over_tolerance, over_percent;	/* it is larger */
	int64_t		tolerance_cap;	/* micro-units that no tolerance exceeds, 0: none */
	bool		has_lag_min, has_lag_max;
	int32_t		lag_min, lag_max;	/* days, right date - left date */
	bool		suggest_only;
	bool		partial;		/* key and reference: sums that disagree are allocated as far as they go, the rest stays open */
	uint32_t	minimum_reference;	/* reference: shortest truncated reference that counts, default 6 */

	/* Subset; 0 stands for the default */
	RcSubsetSide subset_side;	/* default: both */
	uint32_t	max_chance;		/* millionths: matches only below this chance of a false rival, default 10000 */
	uint32_t	max_items;		/* candidates of one item beyond which nothing is searched, default 2000 */
	uint32_t	max_solutions;	/* suggested for one item, 2 to 8, default 8 */
	uint64_t	budget_steps;	/* of the search for one item, default 20 million */

	/*
	 * Score; 0 stands for the default. A tolerance bounds the candidates, and so does the lag: from 30 days before to 30 after where not
	 * given. With fewer than 50 pairs to learn from, all are suggestions.
	 */
	uint32_t	threshold;		/* millionths of probability: a match from here on, default 950000 */
	uint32_t	minimum;		/* below the threshold a suggestion from here on, default 500000; below it nothing */
	const struct RcModel *model;	/* learned before (score_model.h); NULL: learned from the pool itself */
} RcRule;

/* What supports a match; with its numbers it becomes the explanation sentence. */
typedef enum RcEvidence
{
	RC_EVIDENCE_KEY,			/* equal keys, sums agree (within tolerance) */
	RC_EVIDENCE_KEY_PAIR,		/* equal keys; sums of the key disagree, this pair or sub-group agrees */
	RC_EVIDENCE_KEY_PARTIAL,	/* equal keys, allocated in part */
	RC_EVIDENCE_REFERENCE_WHOLE,
	RC_EVIDENCE_REFERENCE_CUT,	/* found once blanks and punctuation were taken out */
	RC_EVIDENCE_REFERENCE_TRUNCATED,
	RC_EVIDENCE_WINDOW,			/* only pair of this amount within the lag */
	/* 7 is the server's "follows"; the numbers are stored */
	RC_EVIDENCE_SUBSET_RUN = 8, /* items that follow each other by date or number */
	RC_EVIDENCE_SUBSET_COMPLEMENT = 9,	/* all open items but a few */
	RC_EVIDENCE_SUBSET_SMALL = 10,	/* two to four items */
	RC_EVIDENCE_SUBSET_ANY = 11,
	RC_EVIDENCE_NET = 12,		/* items of one side that add up to zero */
	RC_EVIDENCE_SCORE = 13		/* amounts, dates and texts resemble each other; the confidence is the probability */
} RcEvidence;

/* There may be millions: kept narrow, for fresh memory costs more than filling it. */
typedef struct RcMatch
{
	uint64_t	first_left;		/* into result->items; the right items follow the left ones */
	uint64_t	first_right;
	int64_t		left_sum, right_sum;	/* of compared amounts (whole open items, not the allocation) */
	int64_t		difference;		/* left_sum - right_sum */
	uint32_t	left_count, right_count;
	int32_t		rule;			/* index into the rules given */
	uint32_t	candidates;		/* how many candidates there were (1: no rival) */
	int32_t		lag_low, lag_high;	/* days between the sides, RC_NO_DATE when unknown */
	uint32_t	confidence;		/* millionths */
	uint32_t	chance;			/* subset: millionths, that some set of its kind has this sum by accident */
	uint8_t		evidence;		/* RcEvidence */
	bool		suggestion;		/* allocates nothing */
} RcMatch;

typedef struct RcMatchedItem
{
	RcIndex		index;
	int64_t		amount;			/* allocated (for a suggestion: would be) */
} RcMatchedItem;

typedef enum RcNoteReason
{
	RC_NOTE_AMOUNT_DIFFERENCE,	/* same key or reference, sums disagree beyond tolerance; difference = left - right */
	RC_NOTE_CURRENCY_DIFFERENCE,	/* same key, other currency; noted once, the other one named by it */
	RC_NOTE_DUPLICATE,			/* a twin of another item: same side, key, date and amount; other = the twin */
	RC_NOTE_AMBIGUOUS,			/* several equally good counterparts */
	RC_NOTE_LATE,				/* counterpart found outside the lag */
	RC_NOTE_PART_OF_DIFFERENCE, /* beside the two items that a difference names: other = the one it is noted on; gives way like the next two */
	RC_NOTE_IMPOSSIBLE,			/* subset: proven that no set of items has this sum; gives way to any note of another rule */
	RC_NOTE_BUDGET				/* subset: the search ended without an answer; gives way likewise */
} RcNoteReason;

/* Why an item stays open (at most one note an item and the strongest: the first rule that had something to say). */
typedef struct RcNote
{
	RcSide		side;
	RcIndex		index;
	RcNoteReason reason;
	int32_t		rule;			/* which rule saw it */
	int64_t		difference;
	RcSide		other_side;
	RcIndex		other;			/* the counterpart or twin, or RC_NO_INDEX */
} RcNote;

/* A counterpart that came into question for an item beside the one it was matched with, or suggested for. */
typedef struct RcRunnerUp
{
	int32_t		rule;
	RcSide		side;
	RcIndex		index;
	RcIndex		rival;			/* on the other side */
	uint32_t	confidence;		/* millionths */
} RcRunnerUp;

#define RC_RUNNERS_UP 3			/* of one item, the best; either item of a pair has its own */

/* What a rule has matched without it being listed. */
typedef struct RcTally
{
	uint64_t	matches;
	int64_t		left_amount;	/* allocated of left items */
	int64_t		difference;		/* left sums - right sums */
} RcTally;

typedef struct RcResult
{
	RcMatch    *matches;
	uint64_t	match_count;
	RcMatchedItem *items;		/* left items, then right items, of each match */
	uint64_t	item_count;
	RcNote	   *notes;
	uint64_t	note_count;
	RcRunnerUp *runners_up;		/* of one item and rule next to each other, best first */
	uint64_t	runner_up_count;
	RcTally    *tallies;		/* the caller's, one a rule, when it only wants to know how much: then whole keys that agree are counted here, not listed */
	int32_t		rule_at_work;	/* while the engine runs: index of the rule, for who reports its progress from should_stop */

	/* The caller's: an item of which score rules keep every candidate as a runner-up, the one taken too */
	bool		watching;
	RcSide		watched_side;
	int64_t		watched_item_id;
} RcResult;

/* Pairs (left item_id, right item_id) a person has rejected: never matched or suggested together again. */
typedef struct RcRejection
{
	int64_t		left_item_id, right_item_id;
} RcRejection;

/* Runs the rules in the order given. The result belongs to the caller: rc_result_free. */
extern RcCode rc_engine_run(RcPool *pool, const RcRule *rules, int rule_count, const RcRejection *rejections,
							size_t rejection_count, RcResult *result, RcStatus *status);
extern void rc_result_free(RcPool *pool, RcResult *result);

/*
 * Matching in parts. The rules that lead and go by one key on each side look only at items with equal keys: items may be divided by that
 * key (rc_pool_part), each part worked by itself by those rules, and what is left of all parts worked by the others.
 *
 * rc_engine_leading: how many rules lead so. rc_engine_continue: the rules from first up to, not including, end, on top of what the result
 * has from earlier rules (all zero: nothing). rc_result_carry: brings the open items of a part into the pool of the rest, and their notes
 * and suggestions into its result; a matched item that a note names comes along, with the mark set.
 */
extern int	rc_engine_leading(const RcRule *rules, int rule_count);
extern RcCode rc_engine_continue(RcPool *pool, const RcRule *rules, int first, int end, const RcRejection *rejections,
								 size_t rejection_count, RcResult *result, RcStatus *status);
extern RcCode rc_result_carry(RcPool *pool, RcResult *result, const RcPool *part, const RcResult *from, uint8_t named_mark, RcStatus *status);

/* The same of a part that another process has worked and carried: its open items, packed (tray.h), and its result. */
typedef struct RcCarried
{
	const char *packed[2];
	size_t		packed_size[2];
	const RcNote *notes;
	uint64_t	note_count;
	const RcMatch *matches;		/* suggestions */
	uint64_t	match_count;
	const RcMatchedItem *items;
	uint64_t	item_count;
} RcCarried;

extern RcCode rc_result_append(RcPool *pool, RcResult *result, const RcCarried *carried, RcStatus *status);

#endif
