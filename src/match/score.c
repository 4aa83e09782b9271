/*
 * score.c - strategy `score`: the likeliest one-to-one pairing of items whose amounts, dates and texts only resemble each other.
 *
 * Every left item's candidates are weighed by a model, learned before or from the very pool; the candidates compete; the heaviest
 * assignment is chosen over all of them together. A pair of it becomes a match when its probability is high enough, a suggestion when it
 * is at least more likely than not. Where several are about as good none is probable, and they stay open as ambiguous.
 */
#include "assign.h"
#include "score_model.h"

#include <math.h>
#include <string.h>

#define THRESHOLD 950000
#define MINIMUM 500000
#define CANDIDATES 24			/* kept of one left item */
#define LEAST_WEIGHT -7.0		/* less than one to a thousand is no candidate */
#define AMBIGUOUS 0.5			/* it or its likeliest partner has some partner with this probability */
#define WORTH_NOTING 0.02
#define TIE 1e-6

typedef struct Score
{
	RcWork	   *work;
	RcScorePool *pool;
	RcScoreWeights weights;
	RcScoreEdge *edges;
	double	   *edge_weight;
	size_t		count, capacity;

	/* The best candidates of the left item at work, best first */
	RcScorePair best[CANDIDATES];
	double		best_weight[CANDIDATES];
	size_t		best_count;
} Score;

static RcCode
take(void *context, const RcScorePair *pair)
{
	Score	   *s = context;
	double		weight = rc_score_weight(&s->weights, pair);
	size_t		n = s->best_count;

	if (weight < LEAST_WEIGHT)
		return RC_OK;
	if (n == CANDIDATES)
	{
		if (weight <= s->best_weight[n - 1])
			return RC_OK;
		n--;
	}
	else
		s->best_count++;
	while (n > 0 && s->best_weight[n - 1] < weight)
	{
		s->best[n] = s->best[n - 1];
		s->best_weight[n] = s->best_weight[n - 1];
		n--;
	}
	s->best[n] = *pair;
	s->best_weight[n] = weight;
	return RC_OK;
}

static RcCode
gather(Score *s)
{
	RcWork	   *work = s->work;

	for (size_t i = 0; i < s->pool->side[RC_LEFT].count; i++)
	{
		s->best_count = 0;
		RC_TRY(rc_score_candidates(s->pool, (uint32_t) i, take, s));
		if (s->capacity - s->count < CANDIDATES)
		{
			s->capacity += s->capacity / 2 + 4096;
			RC_TRY(rc_scratch_grow(work, &s->edges, s->capacity, sizeof(RcScoreEdge)));
			RC_TRY(rc_scratch_grow(work, &s->edge_weight, s->capacity, sizeof(double)));
		}
		for (size_t n = 0; n < s->best_count; n++)
		{
			double		weight = s->best_weight[n];

			s->edges[s->count] = (RcScoreEdge) {s->best[n].left, s->best[n].right, exp(weight > 30 ? 30 : weight), 0};
			s->edge_weight[s->count++] = weight;
		}
	}
	return RC_OK;
}

static RcCode
assign(Score *s, uint32_t *chosen)
{
	RcEdge	   *edges;

	RC_TRY(rc_scratch(s->work, &edges, s->count + 1, sizeof(RcEdge)));
	for (size_t e = 0; e < s->count; e++)
		edges[e] = (RcEdge) {s->edges[e].left, s->edges[e].right, (int64_t) (s->edge_weight[e] * 1048576)};
	RC_TRY(rc_assign(s->work, s->pool->side[RC_LEFT].count, s->pool->side[RC_RIGHT].count, edges, s->count, 0, chosen));
	rc_scratch_release(s->work, edges);
	return RC_OK;
}

/* What an open item could belong to. */
typedef struct Prospect
{
	double		sum;			/* of all its candidates' probabilities */
	double		best,
				second;
	uint32_t	edge;			/* of the best */
	uint32_t	candidates;
} Prospect;

static void
look(Prospect *prospect, const RcScoreEdge *edge, uint32_t number)
{
	prospect->sum += edge->probability;
	prospect->candidates += edge->probability >= 0.001;
	if (edge->probability > prospect->best)
	{
		prospect->second = prospect->best;
		prospect->best = edge->probability;
		prospect->edge = number;
	}
	else if (edge->probability > prospect->second)
		prospect->second = edge->probability;
}

/* Whether another pair of the item is as good as this one. */
static bool
tied(const Prospect *prospect, uint32_t edge, double probability)
{
	return (prospect->edge == edge ? prospect->second : prospect->best) >= probability - TIE;
}

static uint32_t
setting(uint32_t given, uint32_t usual)
{
	return given > 0 ? given : usual;
}

/* Whether either is in a suggestion already, which another one would contradict or repeat. */
static bool
suggested(const RcWork *work, RcIndex left, RcIndex right)
{
	return ((work->pool->side[RC_LEFT].state[left] | work->pool->side[RC_RIGHT].state[right]) & RC_ITEM_SUGGESTED) != 0;
}

/* Very likely it has a partner, but which of several? */
static RcCode
note_ambiguous(Score *s, Prospect *const *prospects, double threshold)
{
	RcWork	   *work = s->work;
	const RcScoreSide *sides = s->pool->side;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		for (size_t i = 0; i < sides[side].count; i++)
		{
			const Prospect *own = &prospects[side][i];
			const Prospect *other;
			uint32_t	partner;
			RcIndex		index = sides[side].index[i];
			RcIndex		other_index;

			RC_TRY(rc_poll(work, 1));
			if (own->best < WORTH_NOTING || own->best >= threshold || (work->pool->side[side].state[index] & RC_ITEM_MATCHED))
				continue;
			partner = side == RC_LEFT ? s->edges[own->edge].right : s->edges[own->edge].left;
			other = &prospects[1 - side][partner];
			other_index = sides[1 - side].index[partner];
			if ((own->candidates < 2 && other->candidates < 2) || (own->sum < AMBIGUOUS && other->sum < AMBIGUOUS) ||
				(work->pool->side[1 - side].state[other_index] & RC_ITEM_MATCHED))
				continue;
			RC_TRY(rc_note(work, (RcSide) side, index, RC_NOTE_AMBIGUOUS, 0, (RcSide) (1 - side), other_index));
		}
	}
	return RC_OK;
}

/* The edges by right item: of item j those of by_right from first[j] up to first[j + 1]. */
static RcCode
index_by_right(Score *s, uint32_t **first, uint32_t **by_right)
{
	size_t		rights = s->pool->side[RC_RIGHT].count;
	uint32_t   *place;

	RC_TRY(rc_scratch_zero(s->work, first, rights + 2, sizeof(uint32_t)));
	RC_TRY(rc_scratch(s->work, by_right, s->count + 1, sizeof(uint32_t)));
	/* Shifted by one while it counts, so that it ends where the next begins. */
	place = *first + 1;
	for (size_t e = 0; e < s->count; e++)
		place[s->edges[e].right]++;
	for (size_t j = 0, sum = 0; j <= rights; j++)
	{
		size_t		count = place[j];

		place[j] = (uint32_t) sum;
		sum += count;
	}
	for (size_t e = 0; e < s->count; e++)
		(*by_right)[place[s->edges[e].right]++] = (uint32_t) e;
	return rc_poll(s->work, 2 * s->count + rights);
}

/* Keeps the likeliest of the other edges of an item, given by their numbers (NULL: from first on). */
static RcCode
keep_best(Score *s, RcSide side, const uint32_t *numbers, size_t first, size_t count, uint32_t chosen)
{
	const RcScoreSide *sides = s->pool->side;
	uint32_t	best[RC_RUNNERS_UP];
	size_t		kept = 0;

	for (size_t k = 0; k < count; k++)
	{
		uint32_t	e = numbers != NULL ? numbers[k] : (uint32_t) (first + k);
		size_t		n;

		if (e == chosen || s->edges[e].probability < 0.001)
			continue;
		for (n = kept; n > 0 && s->edges[best[n - 1]].probability < s->edges[e].probability; n--)
		{
			if (n < RC_RUNNERS_UP)
				best[n] = best[n - 1];
		}
		if (n < RC_RUNNERS_UP)
			best[n] = e;
		if (kept < RC_RUNNERS_UP)
			kept++;
	}
	for (size_t n = 0; n < kept; n++)
	{
		RcIndex		left = sides[RC_LEFT].index[s->edges[best[n]].left],
					right = sides[RC_RIGHT].index[s->edges[best[n]].right];

		RC_TRY(rc_runner_up(s->work, side, side == RC_LEFT ? left : right, side == RC_LEFT ? right : left,
							(uint32_t) (s->edges[best[n]].probability * 1000000 + 0.5)));
	}
	return rc_poll(s->work, count + 1);
}

/* Keeps every candidate of the item that is watched, with its probability. */
static RcCode
keep_watched(Score *s)
{
	const RcResult *result = s->work->result;
	const RcScoreSide *sides = s->pool->side;

	for (size_t e = 0; e < s->count && result->watching; e++)
	{
		RcSide		side = result->watched_side;
		RcIndex		left = sides[RC_LEFT].index[s->edges[e].left],
					right = sides[RC_RIGHT].index[s->edges[e].right];
		RcIndex		own = side == RC_LEFT ? left : right;

		RC_TRY(rc_poll(s->work, 1));
		if (s->work->pool->side[side].item_id[own] == result->watched_item_id)
			RC_TRY(rc_runner_up(s->work, side, own, side == RC_LEFT ? right : left, (uint32_t) (s->edges[e].probability * 1000000 + 0.5)));
	}
	return RC_OK;
}

/* The edges of a left item lie next to each other. */
static RcCode
keep_runners_up(Score *s, uint32_t left, uint32_t chosen, const uint32_t *first_of, const uint32_t *by_right)
{
	uint32_t	right = s->edges[chosen].right;
	size_t		first = chosen;
	size_t		end = chosen + 1;

	while (first > 0 && s->edges[first - 1].left == left)
		first--;
	while (end < s->count && s->edges[end].left == left)
		end++;
	RC_TRY(keep_best(s, RC_LEFT, NULL, first, end - first, chosen));
	return keep_best(s, RC_RIGHT, by_right + first_of[right], 0, first_of[right + 1] - first_of[right], chosen);
}

static RcCode
emit(Score *s, const uint32_t *chosen)
{
	RcWork	   *work = s->work;
	const RcScoreSide *sides = s->pool->side;
	uint32_t	threshold = setting(work->rule->threshold, THRESHOLD);
	uint32_t	minimum = setting(work->rule->minimum, MINIMUM);
	Prospect   *prospects[2];
	uint32_t   *first_of_right,
			   *by_right;

	RC_TRY(index_by_right(s, &first_of_right, &by_right));
	RC_TRY(keep_watched(s));
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		RC_TRY(rc_scratch_zero(work, &prospects[side], sides[side].count + 1, sizeof(Prospect)));
	for (size_t e = 0; e < s->count; e++)
	{
		look(&prospects[RC_LEFT][s->edges[e].left], &s->edges[e], (uint32_t) e);
		look(&prospects[RC_RIGHT][s->edges[e].right], &s->edges[e], (uint32_t) e);
		RC_TRY(rc_poll(work, 1));
	}
	for (size_t i = 0; i < sides[RC_LEFT].count; i++)
	{
		const RcScoreEdge *edge;
		uint32_t	confidence;
		uint32_t	rivals;

		RC_TRY(rc_poll(work, 1));
		if (chosen[i] == RC_NO_EDGE)
			continue;
		edge = &s->edges[chosen[i]];
		confidence = (uint32_t) (edge->probability * 1000000 + 0.5);
		if (s->weights.pairs < RC_MODEL_LEAST_PAIRS && confidence >= threshold)
			confidence = threshold - 1;
		if ((confidence < minimum && confidence < threshold) ||
			tied(&prospects[RC_LEFT][i], chosen[i], edge->probability) ||
			tied(&prospects[RC_RIGHT][edge->right], chosen[i], edge->probability) ||
			(confidence < threshold && suggested(work, sides[RC_LEFT].index[i], sides[RC_RIGHT].index[edge->right])))
			continue;
		rivals = prospects[RC_LEFT][i].candidates;
		if (prospects[RC_RIGHT][edge->right].candidates > rivals)
			rivals = prospects[RC_RIGHT][edge->right].candidates;
		RC_TRY(rc_emit(work, &(RcEmission) {
			.left = &sides[RC_LEFT].index[i],.right = &sides[RC_RIGHT].index[edge->right],.left_count = 1,.right_count = 1,
			.evidence = RC_EVIDENCE_SCORE,.suggestion = confidence < threshold,.candidates = rivals > 0 ? rivals : 1,
			.confidence = confidence
		}));
		if (rivals > 1)
			RC_TRY(keep_runners_up(s, (uint32_t) i, chosen[i], first_of_right, by_right));
	}
	return note_ambiguous(s, (Prospect *const *) prospects, threshold / 1e6);
}

RcCode
rc_match_score(RcWork *work)
{
	Score	   *s;
	RcScorePool *pool;
	uint32_t   *chosen;

	RC_TRY(rc_scratch_zero(work, &s, 1, sizeof(Score)));
	RC_TRY(rc_scratch_zero(work, &pool, 1, sizeof(RcScorePool)));
	s->work = work;
	s->pool = pool;
	RC_TRY(rc_score_pool_create(work, pool));
	if (pool->side[RC_LEFT].count == 0 || pool->side[RC_RIGHT].count == 0)
		return RC_OK;
	RC_TRY(rc_score_learn(pool, NULL, 0, work->rule->model, NULL, &s->weights));
	memset(pool->stamp, 0, pool->side[RC_RIGHT].count * sizeof(uint32_t));
	RC_TRY(gather(s));
	RC_TRY(rc_score_probabilities(work, pool->side[RC_LEFT].count, pool->side[RC_RIGHT].count, s->edges, s->count));
	RC_TRY(rc_scratch(work, &chosen, pool->side[RC_LEFT].count + 1, sizeof(uint32_t)));
	RC_TRY(assign(s, chosen));
	return emit(s, chosen);
}

/* Where the item of an id lies in canonical order; UINT32_MAX: it takes no part. */
static uint32_t
place_of(const RcWork *work, RcSide side, const uint32_t *places, int64_t item_id)
{
	const RcItems *items = &work->pool->side[side];
	size_t		low = 0,
				high = items->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (items->item_id[rc_ordered(work, side, middle)] < item_id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == items->count || items->item_id[rc_ordered(work, side, low)] != item_id)
		return UINT32_MAX;
	return places[rc_ordered(work, side, low)];
}

/* Brings labels to places and sorts them by left, right; of labels of one pair the last given counts. */
static RcCode
place_labels(RcWork *work, const RcScorePool *pool, const RcLabel *labels, size_t count, RcPlacedLabel **placed, size_t *placed_count)
{
	uint32_t   *places[2];
	RcEntry    *entries;
	size_t		used = 0;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		RC_TRY(rc_scratch(work, &places[side], work->pool->side[side].count + 1, sizeof(uint32_t)));
		memset(places[side], 0xFF, (work->pool->side[side].count + 1) * sizeof(uint32_t));
		for (size_t i = 0; i < pool->side[side].count; i++)
			places[side][pool->side[side].index[i]] = (uint32_t) i;
	}
	RC_TRY(rc_scratch(work, placed, count + 1, sizeof(RcPlacedLabel)));
	RC_TRY(rc_scratch(work, &entries, count + 1, sizeof(RcEntry)));
	for (size_t n = 0; n < count; n++)
	{
		uint32_t	left = place_of(work, RC_LEFT, places[RC_LEFT], labels[n].left_item_id);
		uint32_t	right = place_of(work, RC_RIGHT, places[RC_RIGHT], labels[n].right_item_id);

		RC_TRY(rc_poll(work, 1));
		if (left == UINT32_MAX || right == UINT32_MAX)
			continue;
		entries[used++] = (RcEntry) {(int64_t) ((uint64_t) left << 32 | right), (int32_t) (n & INT32_MAX), (RcIndex) n};
	}
	RC_TRY(rc_sort_by_value(work, RC_LEFT, entries, used));
	*placed_count = 0;
	for (size_t n = 0; n < used; n++)
	{
		if (n + 1 < used && entries[n + 1].value == entries[n].value)
			continue;
		(*placed)[(*placed_count)++] = (RcPlacedLabel) {
			(uint32_t) (entries[n].value >> 32), (uint32_t) entries[n].value, labels[entries[n].index].match
		};
	}
	rc_scratch_release(work, entries);
	return RC_OK;
}

static RcCode
train(RcWork *work, const RcLabel *labels, size_t label_count, RcModel *model)
{
	RcScorePool *pool;
	RcPlacedLabel *placed;
	size_t		placed_count;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		RC_TRY(rc_order_by_id(work, (RcSide) side, &work->order[side]));
	RC_TRY(rc_scratch_zero(work, &pool, 1, sizeof(RcScorePool)));
	RC_TRY(rc_score_pool_create(work, pool));
	RC_TRY(place_labels(work, pool, labels, label_count, &placed, &placed_count));
	return rc_score_learn(pool, placed, placed_count, NULL, model, NULL);
}

RcCode
rc_score_train(RcPool *pool, const RcRule *rule, const RcLabel *labels, size_t label_count, RcModel *model, RcStatus *status)
{
	RcResult	result = {0};
	RcWork		work = {.pool = pool,.status = status,.result = &result,.rule = rule,.part_mask = RC_ITEM_ACTIVE};
	RcCode		code = train(&work, labels, label_count, model);

	rc_scratch_reset(&work);
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		rc_release(&pool->allocator, work.order[side]);
	return code;
}
