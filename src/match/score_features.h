/*
 * score_features.h - what the strategy `score` sees of an item, the candidates it considers, and the level each feature of a pair has.
 *
 * Three features, each a level in a fixed scale, so that all a model holds is a probability a level:
 *   amount  the ratio of both amounts in fine signed steps; equality is a level of its own (two: where the amount is rare, where it is not);
 *   lag     days from left to right;
 *   text    how surprising the common beginning of both texts is (in bits: how few texts begin so) together with how the rest goes on;
 *           without a common beginning, how surprising the words in common are.
 * How surprising something is, is counted in the pool at hand, so nothing here knows a bank or a language.
 */
#ifndef RC_SCORE_FEATURES_H
#define RC_SCORE_FEATURES_H

#include "work.h"

#define RC_AMOUNT_EDGES 20
#define RC_AMOUNT_LEVELS (2 + 2 * RC_AMOUNT_EDGES)	/* equal and rare, equal and frequent, then below and above */
#define RC_AMOUNT_REACH 0.25	/* no candidates beyond this |ln(right / left)| */
#define RC_AMOUNT_STEPS 1000	/* in which that is looked up */
#define RC_LAG_DAYS 64			/* a level a day up to here, then a level a doubling */
#define RC_LAG_TAIL 5
#define RC_LAG_LEVELS (2 * RC_LAG_DAYS + 1 + 2 * RC_LAG_TAIL + 1)
#define RC_LAG_UNKNOWN (RC_LAG_LEVELS - 1)
#define RC_TEXT_BINS 11			/* of 1.5 bits each, the first from 1.5 on */
#define RC_TEXT_CLASSES 10
#define RC_TEXT_WORDS 8			/* levels without a common beginning; the first: a text is missing */
#define RC_TEXT_LEVELS (RC_TEXT_WORDS + RC_TEXT_BINS * RC_TEXT_CLASSES)

#define RC_SCORE_TEXT 96		/* bytes of a text that are looked at */
#define RC_SCORE_TOKENS 16

typedef struct RcScoreToken
{
	uint64_t	hash;
	uint8_t		start, length;	/* in the text */
	uint8_t		bits;			/* quarter bits */
} RcScoreToken;

/* One side's items in canonical order: currency, compared amount, date, content. All else counts items by their place in it. */
typedef struct RcScoreSide
{
	size_t		count;
	RcIndex    *index;
	int64_t    *value;
	double	   *logarithm;		/* of |value| */
	int32_t    *date;
	uint32_t   *currency;
	uint8_t    *twin;			/* another item has this amount */
	uint32_t   *text;			/* where its bytes begin; RC_SCORE_TEXT at most */
	uint8_t    *text_length;
	uint32_t   *token;			/* where its tokens begin; one more at the end */
	char	   *bytes;
	uint8_t    *bits;			/* of each byte: how surprising the text up to it is, in quarter bits */
	RcScoreToken *tokens;
} RcScoreSide;

typedef struct RcScorePosting
{
	double		logarithm;
	int32_t		date;
	uint32_t	place;
} RcScorePosting;

typedef struct RcScoreBlock
{
	uint64_t	key;			/* 0: free */
	uint32_t	first, count;
} RcScoreBlock;

/* The pool as score sees it. */
typedef struct RcScorePool
{
	RcWork	   *work;
	RcScoreSide side[2];
	int32_t		lag_min, lag_max;
	bool		bounded;		/* the rule gives a tolerance: nothing beyond it */
	double		pairs;			/* of the same currency and sign: all that could be drawn by accident */

	/* How many of them have each level (the text levels with a common beginning: each bin) */
	double		amount_pairs[RC_AMOUNT_LEVELS];
	double		lag_pairs[RC_LAG_LEVELS];
	double		bin_pairs[RC_TEXT_BINS + 1];
	double		sample_pairs[RC_TEXT_LEVELS];	/* of a sample of all pairs */
	double		sample_size;

	/* Index of the right side by words */
	RcScoreBlock *blocks;
	size_t		block_mask;
	RcScorePosting *postings;
	uint32_t   *stamp;			/* of each right: the last left that considered it, plus one */
	uint8_t		amount_level[RC_AMOUNT_STEPS]; /* of |ln ratio| by step */
} RcScorePool;

typedef struct RcScorePair
{
	uint32_t	left, right;	/* places */
	uint8_t		amount, lag, text;
} RcScorePair;

/* Reads the items that take part under the rule; memory is scratch. */
extern RcCode rc_score_pool_create(RcWork *work, RcScorePool *pool);

/* Calls for every candidate of a left item once, in an order that depends on content only. */
typedef RcCode (*RcScoreVisit) (void *context, const RcScorePair *pair);
extern RcCode rc_score_candidates(RcScorePool *pool, uint32_t left, RcScoreVisit visit, void *context);

/* The levels of one pair. */
extern RcScorePair rc_score_compare(const RcScorePool *pool, uint32_t left, uint32_t right);

/* From here on for the score_*.c that fill the pool. */

/* score_chance.c: fills the bits of every beginning and the numbers of pairs of each level */
extern RcCode rc_score_rate_beginnings(RcScorePool *pool);
extern RcCode rc_score_count_chance(RcScorePool *pool);

/* score_candidates.c */
extern RcCode rc_score_index_words(RcScorePool *pool);

/* Bits of surprise, in quarters, when `others` beside the pair itself among `all` show something of some letters. */
extern uint8_t rc_score_surprise(double others, double all, size_t letters);
extern int	rc_score_lag_level(int32_t left, int32_t right);
extern int	rc_score_text_level(const RcScorePool *pool, uint32_t left, uint32_t right);
extern size_t rc_score_common(const char *a, size_t a_length, const char *b, size_t b_length);

/* A hash table of keys: the entry of a key, or the free one where it belongs. Keys are never 0. */
extern RcCode rc_score_create_blocks(RcWork *work, size_t keys, RcScoreBlock **blocks, size_t *mask);

static inline RcScoreBlock *
rc_score_find_block(RcScoreBlock *blocks, size_t mask, uint64_t key)
{
	size_t		i = (size_t) (key ^ key >> 32) & mask;

	while (blocks[i].key != 0 && blocks[i].key != key)
		i = (i + 1) & mask;
	return &blocks[i];
}

static inline int
rc_text_bin_of(unsigned quarter_bits)
{
	unsigned	bin = quarter_bits / 6;

	return bin > RC_TEXT_BINS ? RC_TEXT_BINS : (int) bin;
}

static inline bool
rc_score_same_kind(const RcScoreSide *a, size_t i, const RcScoreSide *b, size_t j)
{
	return a->currency[i] == b->currency[j] && (a->value[i] < 0) == (b->value[j] < 0);
}

/* The bin of a text level (1 .. RC_TEXT_BINS), 0 for those without a common beginning. */
static inline int
rc_text_bin(int level)
{
	return level < RC_TEXT_WORDS ? 0 : 1 + (level - RC_TEXT_WORDS) / RC_TEXT_CLASSES;
}

/* Upper end of amount step n (0 ..), as |ln ratio|. */
extern double rc_amount_edge(int n);

#endif
