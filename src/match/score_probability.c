/*
 * score_probability.c - how probable each candidate is, given that every item has one partner at most.
 *
 * Each pair has its odds by itself; the pairs of one item exclude each other. Belief propagation on that graph: every item tells each of its
 * candidates how free it would be without that candidate. It is exact where the graph has no cycle and settles everywhere;
 * averaging the logarithms of old and new messages keeps equal rivals from swinging to and fro.
 */
#include "score_model.h"

#include <math.h>
#include <string.h>

#define ROUNDS 60
#define SETTLED 1e-7

typedef struct Graph
{
	RcScoreEdge *edges;
	size_t		count;
	uint32_t   *first[2];		/* of each item of a side: its first place in order */
	uint32_t   *order;			/* edges by right */
	double	   *free[2];		/* of each edge: how free its end on this side is without it */
	double	   *next[2];
} Graph;

/* New messages of one side: edge numbers are consecutive for lefts and listed in order for rights. */
static RcCode
pass(RcWork *work, Graph *g, int side, size_t items)
{
	const double *other = g->free[1 - side];

	for (size_t i = 0; i < items; i++)
	{
		uint32_t	from = g->first[side][i],
					to = g->first[side][i + 1];
		double		before = 0;

		/* The sum over all others, without subtracting: from the front, then from the back. */
		for (uint32_t n = from; n < to; n++)
		{
			uint32_t	e = side == RC_LEFT ? n : g->order[n];

			g->next[side][e] = before;
			before += g->edges[e].odds * other[e];
		}
		before = 0;
		for (uint32_t n = to; n > from; n--)
		{
			uint32_t	e = side == RC_LEFT ? n - 1 : g->order[n - 1];

			g->next[side][e] = sqrt(g->free[side][e] / (1 + g->next[side][e] + before));
			before += g->edges[e].odds * other[e];
		}
		RC_TRY(rc_poll(work, to - from + (size_t) 1));
	}
	return RC_OK;
}

RcCode
rc_score_probabilities(RcWork *work, size_t lefts, size_t rights, RcScoreEdge *edges, size_t count)
{
	Graph		g = {.edges = edges,.count = count};
	const size_t items[2] = {lefts, rights};
	uint32_t   *place;

	if (count >= UINT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "too many candidates to weigh together");
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		RC_TRY(rc_scratch_zero(work, &g.first[side], items[side] + 2, sizeof(uint32_t)));
		RC_TRY(rc_scratch(work, &g.free[side], count + 1, sizeof(double)));
		RC_TRY(rc_scratch(work, &g.next[side], count + 1, sizeof(double)));
	}
	RC_TRY(rc_scratch(work, &g.order, count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &place, rights + 2, sizeof(uint32_t)));
	for (size_t e = 0; e < count; e++)
	{
		g.first[RC_LEFT][edges[e].left + 1]++;
		g.first[RC_RIGHT][edges[e].right + 1]++;
		g.free[0][e] = g.free[1][e] = 1;
		edges[e].probability = 0;
		RC_TRY(rc_poll(work, 1));
	}
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		for (size_t i = 0; i < items[side]; i++)
			g.first[side][i + 1] += g.first[side][i];
	}
	memcpy(place, g.first[RC_RIGHT], (rights + 1) * sizeof(uint32_t));
	for (size_t e = 0; e < count; e++)
		g.order[place[edges[e].right]++] = (uint32_t) e;
	for (int round = 0; round < ROUNDS; round++)
	{
		double		change = 0;

		RC_TRY(pass(work, &g, RC_LEFT, lefts));
		RC_TRY(pass(work, &g, RC_RIGHT, rights));
		for (size_t e = 0; e < count; e++)
		{
			double		weight = edges[e].odds * g.next[0][e] * g.next[1][e];
			double		probability = weight / (1 + weight);

			if (fabs(probability - edges[e].probability) > change)
				change = fabs(probability - edges[e].probability);
			edges[e].probability = probability;
		}
		RC_TRY(rc_poll(work, count < RC_POLL_STEPS ? count : RC_POLL_STEPS));
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		{
			double	   *swap = g.free[side];

			g.free[side] = g.next[side];
			g.next[side] = swap;
		}
		if (round > 0 && change < SETTLED)
			break;
	}
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		rc_scratch_release(work, g.first[side]);
		rc_scratch_release(work, g.free[side]);
		rc_scratch_release(work, g.next[side]);
	}
	rc_scratch_release(work, place);
	rc_scratch_release(work, g.order);
	return RC_OK;
}
