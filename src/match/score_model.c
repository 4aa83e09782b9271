/*
 * score_model.c - learns, without labels, how true pairs look.
 *
 * Fellegi and Sunter's model: the odds of a pair are the share of true pairs among all pairs, times, for each feature, how often true pairs
 * show its level over how often accident does. Accident is counted, not learned: over all pairs of the pool, less the expected true ones.
 * How true pairs look is learned by expectation and maximisation, beginning with a weak general opinion that small pools fall back on. The
 * expectation knows that every item has one partner at most, which is what makes learning without labels work.
 */
#include "score_model.h"

#include <math.h>
#include <string.h>

#define UNIT 1e9				/* of stored probabilities */
#define LEARN_FROM 5000			/* left items; of more, every so many-th */
#define LEARN_CANDIDATES 64		/* of one left item */
#define ROUNDS 20
#define STRENGTH 25.0			/* pairs that the opinion counts as */
#define SHARE_STRENGTH 10.0
#define MOST_SHARE 0.95			/* so that the last two left over are not taken for a pair because they are the last */
#define CHANCE_STRENGTH 50.0	/* pairs that general chance counts as */
#define MODEL_STRENGTH 100000.0 /* and a model's */
#define LEAST_ODDS 1e-3
#define CONFIRMED_ODDS 1e12

typedef struct Learner
{
	RcScorePool *pool;
	RcScorePair *pairs;			/* sorted by left */
	int8_t	   *label;			/* 1 confirmed, -1 rejected */
	size_t		count, capacity;
	RcScoreEdge *edges;
	uint32_t   *pair_of;		/* of each edge */
	double		seen_text[RC_TEXT_LEVELS];	/* candidates of each level */
	double		scale;			/* lefts over those learned from */
	RcScoreWeights weights;

	/* How often accident shows a level: what to expect, how many pairs that counts as, and what it came to */
	double		amount_expected[RC_AMOUNT_LEVELS];
	double		lag_expected[RC_LAG_LEVELS];
	double		strength;
	double		amount_chance[RC_AMOUNT_LEVELS];
	double		lag_chance[RC_LAG_LEVELS];

	/* The best candidates of the left item at work, best first */
	RcScorePair best[LEARN_CANDIDATES];
	double		best_weight[LEARN_CANDIDATES];
	size_t		best_count;
} Learner;

/* ------------------------------------------------------------------------------------------------------------------ */
/* Chance and weights */

static inline double
at_least(double a, double b)
{
	return a > b ? a : b;
}

/* What accident gives of `all` pairs when some are true ones; never nothing. */
static inline double
chance(double pairs, double true_pairs, double all, double expected, double strength)
{
	double		rest = at_least(pairs - true_pairs, 0.02 * pairs);

	return (rest + strength * expected) / (at_least(all - true_pairs, 0) + strength);
}

/* Bits that a text bin begins with. */
static inline double
bits_of(int bin)
{
	return 1.5 * bin;
}

/* What accident gives in general, or gave where the model was learned. */
static void
expect_chance(Learner *l, const RcModel *model)
{
	const RcScorePool *pool = l->pool;

	l->strength = model != NULL ? MODEL_STRENGTH : CHANCE_STRENGTH;
	for (int level = 0; level < RC_AMOUNT_LEVELS; level++)
	{
		int			step = (level - 2) % RC_AMOUNT_EDGES;

		if (model != NULL)
			l->amount_expected[level] = at_least(model->amount_chance[level], 1) / UNIT;
		else
			l->amount_expected[level] = level < 2 ? 0.002 : 0.1 * (rc_amount_edge(step) - (step > 0 ? rc_amount_edge(step - 1) : 0));
	}
	for (int level = 0; level < RC_LAG_LEVELS; level++)
	{
		if (model != NULL)
			l->lag_expected[level] = at_least(model->lag_chance[level], 1) / UNIT;
		else
			l->lag_expected[level] = rc_score_lag_width(pool, level) / ((double) pool->lag_max - pool->lag_min + 1);
	}
}

/*
 * Turns a shape and the counts of accident, less the true pairs by level, into weights. At first no true pairs are known, and what they share
 * would pass for accident: there, texts in common count for no more accident than their surprise allows.
 */
static void
weigh(Learner *l, const RcScoreShape *shape, const RcScoreShape *found, bool first)
{
	const RcScorePool *pool = l->pool;
	RcScoreWeights *w = &l->weights;
	double		lefts = (double) pool->side[RC_LEFT].count,
				rights = (double) pool->side[RC_RIGHT].count;
	double		smaller = lefts < rights ? lefts : rights;
	double		pairs = at_least(pool->pairs, 1);
	double		matches = shape->share * smaller;
	double		bin_true[RC_TEXT_BINS + 1] = {0};
	double		class_seen[RC_TEXT_BINS + 1] = {0};
	double		accidents[RC_TEXT_LEVELS];	/* in the sample of all pairs */
	double		texts;

	/* Against both staying alone. */
	w->base = log(matches / pairs) - log(1 - matches / at_least(lefts, 1)) - log(1 - matches / at_least(rights, 1));

	for (int level = 0; level < RC_AMOUNT_LEVELS; level++)
	{
		l->amount_chance[level] = chance(pool->amount_pairs[level], found->amount[level] * l->scale, pairs, l->amount_expected[level],
										 l->strength);
		w->amount[level] = log(shape->amount[level] / l->amount_chance[level]);
	}
	for (int level = 0; level < RC_LAG_LEVELS; level++)
	{
		l->lag_chance[level] = chance(pool->lag_pairs[level], found->lag[level] * l->scale, lefts * rights, l->lag_expected[level],
									  l->strength);
		if (level == RC_LAG_UNKNOWN)
			w->lag[level] = 0;
		else
			w->lag[level] = shape->lag[level] > 0 ? log(shape->lag[level] / l->lag_chance[level]) : -20;
	}
	for (int level = 1; level < RC_TEXT_LEVELS; level++)
		accidents[level] = at_least(pool->sample_pairs[level] - found->text[level] * l->scale * pool->sample_size / at_least(lefts * rights, 1),
									0.02 * pool->sample_pairs[level]);
	texts = at_least(pool->bin_pairs[0], 0);
	for (int bin = 1; bin <= RC_TEXT_BINS; bin++)
		texts += pool->bin_pairs[bin];
	/* How texts of one bin go on: a sample of all pairs tells for common beginnings, the candidates for rare ones. */
	for (int level = RC_TEXT_WORDS; level < RC_TEXT_LEVELS; level++)
	{
		int			bin = rc_text_bin(level);

		bin_true[bin] += found->text[level] * l->scale;
		class_seen[bin] += (bin <= 3 ? accidents[level] : at_least(l->seen_text[level] - found->text[level], 0)) + 1;
	}
	w->text[0] = 0;
	for (int level = 1; level < RC_TEXT_LEVELS; level++)
	{
		int			bin = rc_text_bin(level);
		double		accident;

		if (bin == 0)
		{
			static const uint8_t from[RC_TEXT_WORDS] = {0, 0, 1, 3, 6, 9, 12, 16};

			accident = (accidents[level] + 2 * pow(2, -from[level])) / (pool->sample_size + 4);
			if (first && accident > 2 * pow(2, -from[level]))
				accident = 2 * pow(2, -from[level]);
		}
		else
		{
			double		seen = (bin <= 3 ? accidents[level] : at_least(l->seen_text[level] - found->text[level], 0)) + 1;
			double		expected = pow(2, -bits_of(bin));

			accident = at_least(chance(pool->bin_pairs[bin], bin_true[bin], texts, expected, CHANCE_STRENGTH), 0.02 * expected);
			if (first && accident > 2 * expected)
				accident = 2 * expected;
			accident *= seen / class_seen[bin];
		}
		w->text[level] = log(shape->text[level] / accident);
	}
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Candidates to learn from */

static RcCode
take(void *context, const RcScorePair *pair)
{
	Learner    *l = context;
	double		weight = rc_score_weight(&l->weights, pair);
	size_t		n = l->best_count;

	l->seen_text[pair->text]++;
	if (n == LEARN_CANDIDATES)
	{
		if (weight <= l->best_weight[n - 1])
			return RC_OK;
		n--;
	}
	else
		l->best_count++;
	while (n > 0 && l->best_weight[n - 1] < weight)
	{
		l->best[n] = l->best[n - 1];
		l->best_weight[n] = l->best_weight[n - 1];
		n--;
	}
	l->best[n] = *pair;
	l->best_weight[n] = weight;
	return RC_OK;
}

static RcCode
keep(Learner *l, const RcScorePair *pair, int8_t label)
{
	if (l->count == l->capacity)
	{
		size_t		capacity = l->capacity + l->capacity / 2 + 4096;

		RC_TRY(rc_scratch_grow(l->pool->work, &l->pairs, capacity, sizeof(RcScorePair)));
		RC_TRY(rc_scratch_grow(l->pool->work, &l->label, capacity, 1));
		l->capacity = capacity;
	}
	l->pairs[l->count] = *pair;
	l->label[l->count++] = label;
	return RC_OK;
}

/* Keeps the best candidates of one left item, and its confirmed pairs whether candidates or not. Labels are those of this item. */
static RcCode
gather_one(Learner *l, uint32_t left, const RcPlacedLabel *labels, size_t label_count)
{
	size_t		from = l->count;

	l->best_count = 0;
	RC_TRY(rc_score_candidates(l->pool, left, take, l));
	for (size_t n = 0; n < l->best_count; n++)
	{
		int8_t		label = 0;

		for (size_t k = 0; k < label_count; k++)
		{
			if (labels[k].right == l->best[n].right)
				label = labels[k].match ? 1 : -1;
		}
		RC_TRY(keep(l, &l->best[n], label));
	}
	for (size_t k = 0; k < label_count; k++)
	{
		bool		known = !labels[k].match;
		RcScorePair pair;

		for (size_t n = from; n < l->count && !known; n++)
			known = l->pairs[n].right == labels[k].right;
		if (known)
			continue;
		pair = rc_score_compare(l->pool, left, labels[k].right);
		RC_TRY(keep(l, &pair, 1));
	}
	return RC_OK;
}

/* The labels are sorted by left. */
static RcCode
gather(Learner *l, const RcPlacedLabel *labels, size_t label_count)
{
	size_t		lefts = l->pool->side[RC_LEFT].count;
	size_t		stride = lefts / LEARN_FROM + (lefts % LEARN_FROM != 0);
	size_t		used = 0;
	size_t		k = 0;

	for (size_t i = 0; i < lefts; i++)
	{
		size_t		first = k;

		while (k < label_count && labels[k].left == i)
			k++;
		if (i % stride != 0 && first == k)
			continue;
		used++;
		RC_TRY(gather_one(l, (uint32_t) i, labels + first, k - first));
		RC_TRY(rc_poll(l->pool->work, 1));
	}
	l->scale = used > 0 ? (double) lefts / (double) used : 1;
	RC_TRY(rc_scratch(l->pool->work, &l->edges, l->count + 1, sizeof(RcScoreEdge)));
	return rc_scratch(l->pool->work, &l->pair_of, l->count + 1, sizeof(uint32_t));
}

/* Expects: the probability of each pair under the weights, added up by level. Returns how many pairs are true. */
static RcCode
expect(Learner *l, RcScoreShape *found, double *expected)
{
	size_t		edges = 0;

	memset(found, 0, sizeof(*found));
	*expected = 0;
	for (size_t n = 0; n < l->count; n++)
	{
		double		weight = rc_score_weight(&l->weights, &l->pairs[n]);
		double		odds = l->label[n] < 0 ? 0 : l->label[n] > 0 ? CONFIRMED_ODDS : weight > 30 ? exp(30) : exp(weight);

		if (odds < LEAST_ODDS)
			continue;
		l->edges[edges] = (RcScoreEdge) {l->pairs[n].left, l->pairs[n].right, odds, 0};
		l->pair_of[edges++] = (uint32_t) n;
	}
	RC_TRY(rc_score_probabilities(l->pool->work, l->pool->side[RC_LEFT].count, l->pool->side[RC_RIGHT].count, l->edges, edges));
	for (size_t e = 0; e < edges; e++)
	{
		const RcScorePair *pair = &l->pairs[l->pair_of[e]];
		double		probability = l->edges[e].probability;

		found->amount[pair->amount] += probability;
		found->lag[pair->lag] += probability;
		found->text[pair->text] += probability;
		*expected += probability;
	}
	return rc_poll(l->pool->work, l->count < RC_POLL_STEPS ? l->count : RC_POLL_STEPS);
}

/* Maximises: what was found, with the opinion counting as a few pairs. */
static void
blend(double *target, const double *found, const double *general, int count)
{
	for (int i = 0; i < count; i++)
		target[i] = found[i] + STRENGTH * general[i];
	rc_score_normalise(target, count);
}

static void
blend_all(RcScoreShape *target, const RcScoreShape *found, const RcScoreShape *general)
{
	RcScoreShape		told = *found;

	/* Unknown lags and missing texts tell nothing about the known ones. */
	told.lag[RC_LAG_UNKNOWN] = 0;
	told.text[0] = 0;
	blend(target->amount, found->amount, general->amount, RC_AMOUNT_LEVELS);
	blend(target->lag, told.lag, general->lag, RC_LAG_LEVELS);
	blend(target->text, told.text, general->text, RC_TEXT_LEVELS);
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Stored models */

static inline uint32_t
store(double probability)
{
	return probability >= 1 ? (uint32_t) UNIT : (uint32_t) (probability * UNIT + 0.5);
}

static void
to_model(const Learner *l, const RcScoreShape *shape, RcModel *model)
{
	model->share = store(shape->share);
	for (int i = 0; i < RC_AMOUNT_LEVELS; i++)
	{
		model->amount[i] = store(shape->amount[i]);
		model->amount_chance[i] = store(l->amount_chance[i]);
	}
	for (int i = 0; i < RC_LAG_LEVELS; i++)
	{
		model->lag[i] = store(shape->lag[i]);
		model->lag_chance[i] = store(l->lag_chance[i]);
	}
	for (int i = 0; i < RC_TEXT_LEVELS; i++)
		model->text[i] = store(shape->text[i]);
}

/* Levels a model has never seen get a little of the opinion, so that other lag bounds than the ones it was learned under work. */
static void
from_model(const RcModel *model, const RcScoreShape *general, RcScoreShape *shape)
{
	shape->share = general->share;
	for (int i = 0; i < RC_AMOUNT_LEVELS; i++)
		shape->amount[i] = at_least(model->amount[i] / UNIT, 1e-4 * general->amount[i]);
	for (int i = 0; i < RC_LAG_LEVELS; i++)
		shape->lag[i] = at_least(model->lag[i] / UNIT, 1e-4 * general->lag[i]);
	for (int i = 0; i < RC_TEXT_LEVELS; i++)
		shape->text[i] = at_least(model->text[i] / UNIT, 1e-4 * general->text[i]);
}

RcCode
rc_score_learn(RcScorePool *pool, const RcPlacedLabel *labels, size_t label_count, const RcModel *model_in, RcModel *model_out,
			   RcScoreWeights *weights)
{
	Learner    *l;
	RcScoreShape		general,
				shape,
				found;
	double		lefts = (double) pool->side[RC_LEFT].count,
				rights = (double) pool->side[RC_RIGHT].count;
	double		smaller = lefts < rights ? lefts : rights;
	double		expected = 0;
	double		before = -1;

	RC_TRY(rc_scratch_zero(pool->work, &l, 1, sizeof(Learner)));
	l->pool = pool;
	l->scale = 1;
	rc_score_opinion(pool, &general);
	if (model_in != NULL)
		from_model(model_in, &general, &shape);
	else
		shape = general;
	memset(&found, 0, sizeof(found));
	expect_chance(l, model_in);
	weigh(l, &shape, &found, true);
	RC_TRY(gather(l, labels, label_count));
	weigh(l, &shape, &found, true);	/* now with what the candidates' texts showed */
	for (int round = 0; round < ROUNDS && lefts > 0 && rights > 0; round++)
	{
		RC_TRY(expect(l, &found, &expected));
		if (model_in == NULL)
			blend_all(&shape, &found, &general);
		shape.share = (expected * l->scale + SHARE_STRENGTH * general.share) / (smaller + SHARE_STRENGTH);
		if (shape.share > MOST_SHARE)
			shape.share = MOST_SHARE;
		weigh(l, &shape, &found, false);
		if (fabs(expected - before) < 1e-5 * (expected + 1))
			break;
		before = expected;
	}
	l->weights.pairs = model_in != NULL ? (double) model_in->pairs : expected * l->scale;
	if (weights != NULL)
		*weights = l->weights;
	if (model_out != NULL)
	{
		memset(model_out, 0, sizeof(*model_out));
		model_out->version = RC_MODEL_VERSION;
		model_out->left_items = pool->side[RC_LEFT].count;
		model_out->right_items = pool->side[RC_RIGHT].count;
		model_out->pairs = (uint64_t) (expected * l->scale + 0.5);
		for (size_t k = 0; k < label_count; k++)
			*(labels[k].match ? &model_out->confirmed : &model_out->rejected) += 1;
		to_model(l, &shape, model_out);
	}
	rc_scratch_release(pool->work, l->pair_of);
	rc_scratch_release(pool->work, l->edges);
	rc_scratch_release(pool->work, l->label);
	rc_scratch_release(pool->work, l->pairs);
	rc_scratch_release(pool->work, l);
	return RC_OK;
}
