/*
 * score_model.h - what the strategy `score` has learned: how often true pairs show each level of each feature.
 *
 * How often accident shows a level is counted in the pool at hand first of all, and so is what share of the items has a partner: a model
 * learned on a year serves for a day, and for what other rules have left over.
 */
#ifndef RC_SCORE_MODEL_H
#define RC_SCORE_MODEL_H

#include "engine.h"
#include "score_features.h"

#define RC_MODEL_VERSION 1
#define RC_MODEL_TEXT 12288		/* bytes that hold any model as text */

/* Probabilities in units of 10^-9: a model read back is the model written. */
typedef struct RcModel
{
	uint32_t	version;
	uint32_t	share;			/* of the smaller side that has a partner */
	uint64_t	left_items, right_items;	/* learned from */
	uint64_t	pairs;			/* expected true pairs among them */
	uint64_t	confirmed, rejected;	/* labels used */
	uint32_t	amount[RC_AMOUNT_LEVELS];
	uint32_t	lag[RC_LAG_LEVELS];
	uint32_t	text[RC_TEXT_LEVELS];

	/* How often accident showed them, which small pools fall back on */
	uint32_t	amount_chance[RC_AMOUNT_LEVELS];
	uint32_t	lag_chance[RC_LAG_LEVELS];
} RcModel;

/* From fewer pairs nothing is learned that could decide: such a model, or such a pool without a model, gives suggestions only. */
#define RC_MODEL_LEAST_PAIRS 50

/* A pair a person has confirmed or rejected. */
typedef struct RcLabel
{
	int64_t		left_item_id, right_item_id;
	bool		match;
} RcLabel;

/*
 * Learns a model from the items of a pool under a rule's lag bounds, without labels or sharpened by them; labels whose items are not in
 * the pool are passed over. The pool is left as it was.
 */
extern RcCode rc_score_train(RcPool *pool, const RcRule *rule, const RcLabel *labels, size_t label_count, RcModel *model,
							 RcStatus *status);

/* Writes a model as JSON; returns its length, which is below RC_MODEL_TEXT. */
extern size_t rc_model_write(const RcModel *model, char *text);

/* Reads what rc_model_write wrote (members in any order, blanks allowed); refuses anything else. */
extern RcCode rc_model_read(const char *text, size_t length, RcModel *model, RcStatus *status);

/* From here on for the files of `score` only. */

/* Graph of candidates with the odds of each, sorted by left. */
typedef struct RcScoreEdge
{
	uint32_t	left, right;
	double		odds;			/* of this pair against both staying alone */
	double		probability;
} RcScoreEdge;

/* Fills each edge's probability under the condition that every item has one partner at most. */
extern RcCode rc_score_probabilities(RcWork *work, size_t lefts, size_t rights, RcScoreEdge *edges, size_t count);

/* How often true pairs show each level; the share is of the smaller side's items, that have a partner. */
typedef struct RcScoreShape
{
	double		share;
	double		amount[RC_AMOUNT_LEVELS];
	double		lag[RC_LAG_LEVELS];
	double		text[RC_TEXT_LEVELS];
} RcScoreShape;

/* score_opinion.c: equal or near amounts, near dates, texts that begin alike. */
extern void rc_score_opinion(const RcScorePool *pool, RcScoreShape *shape);
extern double rc_score_lag_width(const RcScorePool *pool, int level);	/* days that a level of lag covers within the bounds */
extern void rc_score_normalise(double *values, int count);

/* Logarithms of the odds that levels give, ready to be added up. */
typedef struct RcScoreWeights
{
	double		pairs;			/* true ones that were learned from */
	double		base;
	double		amount[RC_AMOUNT_LEVELS];
	double		lag[RC_LAG_LEVELS];
	double		text[RC_TEXT_LEVELS];
} RcScoreWeights;

static inline double
rc_score_weight(const RcScoreWeights *weights, const RcScorePair *pair)
{
	return weights->base + weights->amount[pair->amount] + weights->lag[pair->lag] + weights->text[pair->text];
}

/* Learns from the pool; labels are given in places of its sides. */
typedef struct RcPlacedLabel
{
	uint32_t	left, right;
	bool		match;
} RcPlacedLabel;

/* With model_in only the share and accident are learned from the pool. weights and model_out may be NULL. */
extern RcCode rc_score_learn(RcScorePool *pool, const RcPlacedLabel *labels, size_t label_count, const RcModel *model_in,
							 RcModel *model_out, RcScoreWeights *weights);

#endif
