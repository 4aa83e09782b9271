/*
 * assign.h - the heaviest one-to-one assignment in a sparse graph of candidates.
 */
#ifndef RC_ASSIGN_H
#define RC_ASSIGN_H

#include "work.h"

/* Weights are integers, so that equal ones are equal and sums do not depend on their order. */
typedef struct RcEdge
{
	uint32_t	left, right;
	int64_t		weight;			/* an edge of weight <= 0 is never chosen; at most 2^40 */
} RcEdge;

#define RC_NO_EDGE UINT32_MAX

/*
 * Chooses edges, no two of which share an end, with the largest sum of weights; chosen[left] becomes the number of the left's edge or
 * RC_NO_EDGE. The edges are sorted by left. Each connected component is solved exactly as long as that takes no more than a number of steps
 * (0: the default); larger ones are taken greedily, heaviest edge first, and improved by exchanges. Same edges, same answer.
 */
extern RcCode rc_assign(RcWork *work, size_t lefts, size_t rights, const RcEdge *edges, size_t edge_count, uint64_t component_steps,
						uint32_t *chosen);

#endif
