/*
 * assign.c - the heaviest one-to-one assignment: connected components, in each successive shortest augmenting paths.
 *
 * A left item may also stay alone, which is an edge of weight 0 to a right of its own: so every left finds a place, and the shortest
 * paths need no special case. Costs are the weights negated; potentials keep the reduced costs from falling below 0.
 */
#include "assign.h"

#include <string.h>

#define COMPONENT_STEPS (UINT64_C(1) << 26)
#define NOBODY UINT32_MAX
#define ROUNDS 16				/* of improvement after a greedy choice */

typedef struct HeapEntry
{
	int64_t		distance;
	uint32_t	right;
} HeapEntry;

typedef struct Assign
{
	RcWork	   *work;
	const RcEdge *edges;
	size_t		lefts, rights;
	uint32_t   *first;			/* of each left: its first edge; one more at the end */
	uint32_t   *chosen;
	uint32_t   *owner;			/* of each right: the left that holds it */
	uint32_t   *component;		/* union-find over lefts, then rights */

	/* Shortest paths; the right of its own of left i is number rights + i */
	int64_t    *left_price;
	int64_t    *right_price;
	int64_t    *distance;
	uint32_t   *from;			/* of each right: the left the path came from */
	uint32_t   *by;				/* and the edge, NOBODY for the left's own right */
	uint8_t    *reached;		/* 0 not, 1 in the heap, 2 settled */
	uint32_t   *touched;		/* rights reached in this search */
	size_t		touched_count;
	HeapEntry  *heap;
	size_t		heap_count;
} Assign;

static uint32_t
root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
	{
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

static inline bool
nearer(const HeapEntry *a, const HeapEntry *b)
{
	return a->distance != b->distance ? a->distance < b->distance : a->right < b->right;
}

static void
push(Assign *a, int64_t distance, uint32_t right)
{
	size_t		i = a->heap_count++;
	HeapEntry	entry = {distance, right};

	while (i > 0 && nearer(&entry, &a->heap[(i - 1) / 2]))
	{
		a->heap[i] = a->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	a->heap[i] = entry;
}

static HeapEntry
pop(Assign *a)
{
	HeapEntry	top = a->heap[0];
	HeapEntry	last = a->heap[--a->heap_count];
	size_t		i = 0;

	for (;;)
	{
		size_t		child = 2 * i + 1;

		if (child >= a->heap_count)
			break;
		if (child + 1 < a->heap_count && nearer(&a->heap[child + 1], &a->heap[child]))
			child++;
		if (!nearer(&a->heap[child], &last))
			break;
		a->heap[i] = a->heap[child];
		i = child;
	}
	a->heap[i] = last;
	return top;
}

static inline void
reach(Assign *a, uint32_t left, uint32_t right, uint32_t edge, int64_t cost, int64_t base)
{
	int64_t		distance = base + cost - a->left_price[left] - a->right_price[right];

	if (a->reached[right] == 2 || (a->reached[right] == 1 && distance >= a->distance[right]))
		return;
	if (a->reached[right] == 0)
		a->touched[a->touched_count++] = right;
	a->reached[right] = 1;
	a->distance[right] = distance;
	a->from[right] = left;
	a->by[right] = edge;
	push(a, distance, right);
}

/* Gives a left its place by the cheapest path of exchanges; counts steps and tells when there were too many. */
static RcCode
augment(Assign *a, uint32_t start, uint64_t *steps, bool *found)
{
	uint32_t	left = start;
	uint32_t	end = NOBODY;
	int64_t		base = 0;

	a->touched_count = a->heap_count = 0;
	*found = false;
	while (end == NOBODY)
	{
		uint32_t	degree = a->first[left + 1] - a->first[left];
		HeapEntry	entry;

		if (*steps < degree + (uint64_t) 1)
			break;
		*steps -= degree + (uint64_t) 1;
		RC_TRY(rc_poll(a->work, degree + (size_t) 1));
		for (uint32_t e = a->first[left]; e < a->first[left + 1]; e++)
		{
			if (a->edges[e].weight > 0)
				reach(a, left, a->edges[e].right, e, -a->edges[e].weight, base);
		}
		reach(a, left, (uint32_t) a->rights + left, NOBODY, 0, base);
		/* The heap never runs dry: the start's own right is free. */
		do
			entry = pop(a);
		while (a->reached[entry.right] == 2);
		a->reached[entry.right] = 2;
		base = entry.distance;
		if (a->owner[entry.right] == NOBODY)
			end = entry.right;
		else
			left = a->owner[entry.right];
	}
	if (end != NOBODY)
	{
		*found = true;
		a->left_price[start] += base;
		for (size_t t = 0; t < a->touched_count; t++)
		{
			uint32_t	right = a->touched[t];

			if (a->reached[right] != 2 || right == end)
				continue;
			a->right_price[right] -= base - a->distance[right];
			a->left_price[a->owner[right]] += base - a->distance[right];
		}
		while (end != NOBODY)
		{
			uint32_t	holder = a->from[end];
			uint32_t	before = a->chosen[holder];

			a->owner[end] = holder;
			a->chosen[holder] = a->by[end];
			if (holder == start)
				break;
			end = before == NOBODY ? (uint32_t) a->rights + holder : a->edges[before].right;
		}
	}
	for (size_t t = 0; t < a->touched_count; t++)
		a->reached[a->touched[t]] = 0;
	return RC_OK;
}


static RcCode
solve_exactly(Assign *a, const uint32_t *members, size_t count, uint64_t steps, bool *done)
{
	*done = true;
	for (size_t m = 0; m < count; m++)
	{
		int64_t		best = 0;

		for (uint32_t e = a->first[members[m]]; e < a->first[members[m] + 1]; e++)
		{
			if (a->edges[e].weight > best)
				best = a->edges[e].weight;
		}
		a->left_price[members[m]] = -best;
	}
	for (size_t m = 0; m < count && *done; m++)
		RC_TRY(augment(a, members[m], &steps, done));
	return RC_OK;
}

/* Takes edges heaviest first, then lets a left take a place from another wherever both together gain. */
static RcCode
solve_greedily(Assign *a, const uint32_t *members, size_t count)
{
	RcEntry    *order;
	size_t		entries = 0;
	size_t		total = 0;
	bool		changed = true;

	for (size_t m = 0; m < count; m++)
	{
		if (a->chosen[members[m]] != RC_NO_EDGE)
			a->owner[a->edges[a->chosen[members[m]]].right] = NOBODY;
		a->owner[a->rights + members[m]] = NOBODY;
		a->chosen[members[m]] = RC_NO_EDGE;
		total += a->first[members[m] + 1] - a->first[members[m]];
	}
	RC_TRY(rc_scratch(a->work, &order, total + 1, sizeof(RcEntry)));
	for (size_t m = 0; m < count; m++)
	{
		for (uint32_t e = a->first[members[m]]; e < a->first[members[m] + 1]; e++)
		{
			if (a->edges[e].weight > 0)
				order[entries++] = (RcEntry) {-a->edges[e].weight, (int32_t) e, 0};
		}
	}
	/* The edge's number stands for the date: no two are equal, so that no item is looked at. */
	RC_TRY(rc_sort_by_value(a->work, RC_LEFT, order, entries));
	for (size_t n = 0; n < entries; n++)
	{
		const RcEdge *edge = &a->edges[order[n].date];

		if (a->chosen[edge->left] == RC_NO_EDGE && a->owner[edge->right] == NOBODY)
		{
			a->chosen[edge->left] = (uint32_t) order[n].date;
			a->owner[edge->right] = edge->left;
		}
		RC_TRY(rc_poll(a->work, 1));
	}
	for (int round = 0; round < ROUNDS && changed; round++)
	{
		changed = false;
		for (size_t n = 0; n < entries; n++)
		{
			uint32_t	number = (uint32_t) order[n].date;
			const RcEdge *edge = &a->edges[number];
			uint32_t	rival = a->owner[edge->right];
			uint32_t	mine = a->chosen[edge->left];
			uint32_t	instead = RC_NO_EDGE;
			int64_t		gain = edge->weight - (mine == RC_NO_EDGE ? 0 : a->edges[mine].weight);
			int64_t		comfort = 0;

			RC_TRY(rc_poll(a->work, 1));
			if (rival == edge->left)
				continue;
			if (rival != NOBODY)
			{
				/* The rival moves to the best place that is free, or becomes so. */
				for (uint32_t e = a->first[rival]; e < a->first[rival + 1]; e++)
				{
					uint32_t	place = a->edges[e].right;

					if (a->edges[e].weight > comfort &&
						(a->owner[place] == NOBODY || (mine != RC_NO_EDGE && place == a->edges[mine].right)))
					{
						comfort = a->edges[e].weight;
						instead = e;
					}
				}
				gain += comfort - a->edges[a->chosen[rival]].weight;
				RC_TRY(rc_poll(a->work, a->first[rival + 1] - a->first[rival]));
			}
			if (gain <= 0)
				continue;
			if (mine != RC_NO_EDGE)
				a->owner[a->edges[mine].right] = NOBODY;
			a->chosen[edge->left] = number;
			a->owner[edge->right] = edge->left;
			if (rival != NOBODY)
			{
				a->chosen[rival] = instead;
				if (instead != RC_NO_EDGE)
					a->owner[a->edges[instead].right] = rival;
			}
			changed = true;
		}
	}
	rc_scratch_release(a->work, order);
	return RC_OK;
}

/* Brings the lefts together by component: members in order of the component's first left, each component in ascending order. */
static RcCode
find_components(Assign *a, size_t edge_count, uint32_t **members, uint32_t **ends, size_t *component_count)
{
	size_t		all = a->lefts + a->rights;
	uint32_t   *number;
	uint32_t   *size;

	RC_TRY(rc_scratch(a->work, &a->component, all + 1, sizeof(uint32_t)));
	for (size_t i = 0; i < all; i++)
		a->component[i] = (uint32_t) i;
	for (size_t e = 0; e < edge_count; e++)
	{
		uint32_t	x = root(a->component, a->edges[e].left),
					y = root(a->component, (uint32_t) a->lefts + a->edges[e].right);

		RC_TRY(rc_poll(a->work, 1));
		if (a->edges[e].weight <= 0 || x == y)
			continue;
		if (x < y)
			a->component[y] = x;
		else
			a->component[x] = y;
	}
	RC_TRY(rc_scratch(a->work, members, a->lefts + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(a->work, ends, a->lefts + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(a->work, &number, all + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(a->work, &size, a->lefts + 1, sizeof(uint32_t)));
	memset(number, 0xFF, (all + 1) * sizeof(uint32_t));
	*component_count = 0;
	for (size_t i = 0; i < a->lefts; i++)
	{
		uint32_t	r = root(a->component, (uint32_t) i);

		if (number[r] == NOBODY)
			number[r] = (uint32_t) (*component_count)++;
		size[number[r]]++;
		RC_TRY(rc_poll(a->work, 1));
	}
	for (size_t c = 0, sum = 0; c < *component_count; c++)
	{
		(*ends)[c] = (uint32_t) sum;
		sum += size[c];
	}
	for (size_t i = 0; i < a->lefts; i++)
		(*members)[(*ends)[number[root(a->component, (uint32_t) i)]]++] = (uint32_t) i;
	rc_scratch_release(a->work, number);
	rc_scratch_release(a->work, size);
	return rc_poll(a->work, a->lefts);
}

RcCode
rc_assign(RcWork *work, size_t lefts, size_t rights, const RcEdge *edges, size_t edge_count, uint64_t component_steps,
		  uint32_t *chosen)
{
	Assign		a = {.work = work,.edges = edges,.lefts = lefts,.rights = rights,.chosen = chosen};
	size_t		places = lefts + rights;
	uint32_t   *members;
	uint32_t   *ends;
	size_t		components;
	size_t		from = 0;

	if (places >= INT32_MAX || edge_count >= INT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "too many candidates for one assignment");
	memset(chosen, 0xFF, lefts * sizeof(uint32_t));
	RC_TRY(rc_scratch_zero(work, &a.first, lefts + 2, sizeof(uint32_t)));
	for (size_t e = 0; e < edge_count; e++)
		a.first[edges[e].left + 1]++;
	for (size_t i = 0; i < lefts; i++)
		a.first[i + 1] += a.first[i];
	RC_TRY(find_components(&a, edge_count, &members, &ends, &components));
	RC_TRY(rc_scratch(work, &a.owner, places + 1, sizeof(uint32_t)));
	memset(a.owner, 0xFF, (places + 1) * sizeof(uint32_t));
	RC_TRY(rc_scratch_zero(work, &a.left_price, lefts + 1, sizeof(int64_t)));
	RC_TRY(rc_scratch_zero(work, &a.right_price, places + 1, sizeof(int64_t)));
	RC_TRY(rc_scratch(work, &a.distance, places + 1, sizeof(int64_t)));
	RC_TRY(rc_scratch(work, &a.from, places + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &a.by, places + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &a.reached, places + 1, 1));
	RC_TRY(rc_scratch(work, &a.touched, places + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &a.heap, edge_count + lefts + 1, sizeof(HeapEntry)));
	for (size_t c = 0; c < components; from = ends[c++])
	{
		bool		done;

		RC_TRY(solve_exactly(&a, members + from, ends[c] - from, component_steps > 0 ? component_steps : COMPONENT_STEPS, &done));
		if (!done)
			RC_TRY(solve_greedily(&a, members + from, ends[c] - from));
	}
	rc_scratch_release(work, a.heap);
	rc_scratch_release(work, a.touched);
	rc_scratch_release(work, a.reached);
	rc_scratch_release(work, a.by);
	rc_scratch_release(work, a.from);
	rc_scratch_release(work, a.distance);
	rc_scratch_release(work, a.right_price);
	rc_scratch_release(work, a.left_price);
	rc_scratch_release(work, a.owner);
	rc_scratch_release(work, a.component);
	rc_scratch_release(work, members);
	rc_scratch_release(work, ends);
	rc_scratch_release(work, a.first);
	return RC_OK;
}
