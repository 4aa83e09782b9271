/*
 * score_probability.c - how probable each candidate is, given that every item has one partner at most.
 *
 * Each pair has its odds by itself; the pairs of one item exclude each other. Belief propagation on that graph: every item tells each of its
 * candidates how free it would be without that candidate. It is exact where the graph has no cycle and settles everywhere; only
 * items whose messages still move are worked. After some rounds averaging the logarithms of old and new messages keeps what is left, mostly equal
 * rivals, from swinging to and fro.
 */
#include "score_model.h"

#include <math.h>
#include <string.h>

#define ROUNDS 60
#define DIRECT 8				/* rounds before messages are averaged: most of the graph is settled by then */
#define SETTLED 1e-8			/* relative change of a message that is none */

typedef struct Graph
{
	RcScoreEdge *edges;
	size_t		count;
	uint32_t   *first[2];		/* of each item of a side: its first place in order */
	uint32_t   *order;			/* edges by right */
	double	   *odds;			/* of each edge */
	double	   *free[2];		/* of each edge: how free its end on this side is without it */
	double	   *before;			/* of the edges of the item at work */
	uint8_t    *moving[2];		/* of each item: what it tells may still change */
} Graph;

/* New messages of one side: edge numbers are consecutive for lefts and listed in order for rights. *moved: some changed. */
static RcCode
pass(RcWork *work, Graph *g, int side, size_t items, bool damped, bool *moved)
{
	const double *other = g->free[1 - side];
	double	   *free = g->free[side];

	for (size_t i = 0; i < items; i++)
	{
		uint32_t	from = g->first[side][i],
					to = g->first[side][i + 1];
		double		sum = 0;
		bool		changed = false;

		if (!g->moving[side][i])
			continue;
		/* The sum over all others, without subtracting: from the front, then from the back. */
		for (uint32_t n = from; n < to; n++)
		{
			uint32_t	e = side == RC_LEFT ? n : g->order[n];

			g->before[n - from] = sum;
			sum += g->odds[e] * other[e];
		}
		sum = 0;
		for (uint32_t n = to; n > from; n--)
		{
			uint32_t	e = side == RC_LEFT ? n - 1 : g->order[n - 1];
			double		message = 1 / (1 + g->before[n - 1 - from] + sum);

			if (damped)
				message = sqrt(free[e] * message);
			sum += g->odds[e] * other[e];
			if (fabs(message - free[e]) > SETTLED * free[e])
			{
				changed = true;
				g->moving[1 - side][side == RC_LEFT ? g->edges[e].right : g->edges[e].left] = 1;
			}
			free[e] = message;
		}
		/* An averaged message is half way to where it is going: another step even if the others are quiet. */
		g->moving[side][i] = changed && damped;
		*moved |= changed;
		RC_TRY(rc_poll(work, to - from + (size_t) 1));
	}
	return rc_poll(work, items < RC_POLL_STEPS ? items : RC_POLL_STEPS);
}

RcCode
rc_score_probabilities(RcWork *work, size_t lefts, size_t rights, RcScoreEdge *edges, size_t count)
{
	Graph		g = {.edges = edges,.count = count};
	const size_t items[2] = {lefts, rights};
	uint32_t   *place;
	uint32_t	most = 0;
	bool		moved = true;

	if (count >= UINT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "too many candidates to weigh together");
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		RC_TRY(rc_scratch_zero(work, &g.first[side], items[side] + 2, sizeof(uint32_t)));
		RC_TRY(rc_scratch(work, &g.free[side], count + 1, sizeof(double)));
		RC_TRY(rc_scratch(work, &g.moving[side], items[side] + 1, 1));
		memset(g.moving[side], 1, items[side]);
	}
	RC_TRY(rc_scratch(work, &g.odds, count + 1, sizeof(double)));
	RC_TRY(rc_scratch(work, &g.order, count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &place, rights + 2, sizeof(uint32_t)));
	for (size_t e = 0; e < count; e++)
	{
		g.first[RC_LEFT][edges[e].left + 1]++;
		g.first[RC_RIGHT][edges[e].right + 1]++;
		g.odds[e] = edges[e].odds;
		g.free[0][e] = g.free[1][e] = 1;
		RC_TRY(rc_poll(work, 1));
	}
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		for (size_t i = 0; i < items[side]; i++)
		{
			if (g.first[side][i + 1] > most)
				most = g.first[side][i + 1];
			g.first[side][i + 1] += g.first[side][i];
		}
	}
	RC_TRY(rc_scratch(work, &g.before, (size_t) most + 1, sizeof(double)));
	memcpy(place, g.first[RC_RIGHT], (rights + 1) * sizeof(uint32_t));
	for (size_t e = 0; e < count; e++)
		g.order[place[edges[e].right]++] = (uint32_t) e;
	for (int round = 0; round < ROUNDS && moved; round++)
	{
		moved = false;
		RC_TRY(pass(work, &g, RC_LEFT, lefts, round >= DIRECT, &moved));
		RC_TRY(pass(work, &g, RC_RIGHT, rights, round >= DIRECT, &moved));
	}
	for (size_t e = 0; e < count; e++)
	{
		double		weight = g.odds[e] * g.free[0][e] * g.free[1][e];

		edges[e].probability = weight / (1 + weight);
		RC_TRY(rc_poll(work, 1));
	}
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		rc_scratch_release(work, g.first[side]);
		rc_scratch_release(work, g.free[side]);
		rc_scratch_release(work, g.moving[side]);
	}
	rc_scratch_release(work, g.before);
	rc_scratch_release(work, g.odds);
	rc_scratch_release(work, place);
	rc_scratch_release(work, g.order);
	return RC_OK;
}
