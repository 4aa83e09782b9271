/*
 * subset.c - strategy `subset`: the amount of one item is the sum of several of the other side.
 *
 * All open items are searched for on the same state of the pool. Then what is convincing is matched, the stronger kinds of sets first, unless
 * sets of two items overlap; what such matches changed is searched once more. What remains is suggested or noted.
 */
#include "subset_candidates.h"

#include <math.h>
#include <string.h>

#define DEFAULT_CHANCE 10000
#define DEFAULT_BUDGET UINT64_C(20000000)
#define MAX_ROUNDS 4
#define BY_ACCIDENT 632121		/* millionths: of such sets, one or more is expected by accident */
#define MAX_STORED (UINT64_C(1) << 25)	/* members; beyond, only the first solution of an item is kept */

typedef struct Target
{
	RcSide		side;
	RcIndex		index;
	uint32_t	candidates;		/* of the search */
	uint32_t	found;			/* solutions, also those that differ in items alike only, and single rivals */
	uint32_t	solution_count;
	uint64_t	first_solution;
	RcSubsetKind kind;
	bool		searched;
	bool		automatic;
	bool		contested;		/* a set of a stronger kind took its items */
	bool		blocked;		/* its items are wanted elsewhere too */
	bool		matched;
} Target;

typedef struct Solution
{
	uint64_t	first;			/* in members */
	uint32_t	count;
	RcEvidence	evidence;
	uint32_t	chance;
} Solution;

typedef struct Subset
{
	RcWork	   *work;
	RcCandidates candidates;
	RcSubsetSearch *search;
	Target	   *targets;
	size_t		target_count;
	Solution   *solutions;
	uint64_t	solution_count, solution_capacity;
	RcIndex    *members;
	uint64_t	member_count, member_capacity;
	uint32_t   *wanted[2];		/* of each item: the last target that wanted it, + 1 */
	uint8_t    *contested[2];	/* of each item: wanted by more than one */
} Subset;

/* Puts the items of one side that are sought as sums behind the targets, in canonical order. */
static RcCode
add_targets(Subset *s, RcSide side)
{
	RcWork	   *work = s->work;
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries;

	RC_TRY(rc_scratch(work, &entries, s->candidates.count[side] + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < s->candidates.count[side]; i++)
	{
		RcIndex		index = s->candidates.entry[side][i].index;

		entries[i] = (RcEntry) {items->compare[index], items->date[index], index};
	}
	RC_TRY(rc_sort_by_date(work, side, entries, s->candidates.count[side]));
	for (size_t i = 0; i < s->candidates.count[side]; i++)
		s->targets[s->target_count++] = (Target) {.side = side,.index = entries[i].index};
	rc_scratch_release(work, entries);
	return RC_OK;
}

static RcEvidence
evidence_of(RcSubsetStage stage)
{
	if (stage == RC_STAGE_RUN)
		return RC_EVIDENCE_SUBSET_RUN;
	if (stage <= RC_STAGE_BUT_3)
		return RC_EVIDENCE_SUBSET_COMPLEMENT;
	return stage <= RC_STAGE_SIZE_4 ? RC_EVIDENCE_SUBSET_SMALL : RC_EVIDENCE_SUBSET_ANY;
}

/* Adds a set to those of a target; members are positions among its candidates. */
static RcCode
keep(Subset *s, Target *target, const RcSubsetSolution *found, const uint32_t *members)
{
	RcWork	   *work = s->work;
	Solution   *solution;

	if (s->solution_count == s->solution_capacity)
	{
		s->solution_capacity += s->solution_capacity / 2 + 256;
		RC_TRY(rc_scratch_grow(work, &s->solutions, s->solution_capacity, sizeof(Solution)));
	}
	if (s->member_count + found->count > s->member_capacity)
	{
		s->member_capacity += s->member_capacity / 2 + 4096 + found->count;
		RC_TRY(rc_scratch_grow(work, &s->members, s->member_capacity, sizeof(RcIndex)));
	}
	solution = &s->solutions[s->solution_count++];
	*solution = (Solution) {s->member_count, found->count, evidence_of(found->stage), (uint32_t) ((1 - exp(-found->chance)) * 1e6)};
	for (uint32_t m = 0; m < found->count; m++)
		s->members[s->member_count++] = s->candidates.indexes[members[m]];
	target->solution_count++;
	return RC_OK;
}

static bool
holds(const uint32_t *members, uint32_t count, uint32_t position)
{
	for (uint32_t low = 0, high = count; low < high;)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (members[middle] == position)
			return true;
		if (members[middle] < position)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/*
 * The search takes items that agree in all that the rule looks at for one and the same. Where a set leaves some of them out, which of them is meant is not
 * known: the set is one of several, of which more are kept, and none of them is sure.
 */
static RcCode
keep_alike(Subset *s, Target *target, const RcSubsetSolution *found, const uint32_t *members)
{
	const RcSubsetItem *items = s->candidates.items;
	uint32_t   *other = NULL;

	for (uint32_t m = 0; m < found->count; m++)
	{
		uint32_t	twin = items[members[m]].twin;
		uint32_t	first = members[m];
		uint32_t	at;

		/* They stand side by side; each class is looked at once, at the last of it in the set. */
		if (m + 1 < found->count && items[members[m + 1]].twin == twin)
			continue;
		while (first > 0 && items[first - 1].twin == twin)
			first--;
		for (uint32_t q = first; q < target->candidates && items[q].twin == twin; q++)
		{
			if (holds(members, found->count, q))
				continue;
			target->automatic = false;
			target->kind = RC_SUBSET_AMBIGUOUS;
			target->found++;
			if (target->solution_count >= RC_SUBSET_LIMIT || s->member_count > MAX_STORED)
				continue;
			if (other == NULL)
				RC_TRY(rc_scratch(s->work, &other, found->count, sizeof(uint32_t)));
			memcpy(other, members, found->count * sizeof(uint32_t));
			for (at = m; at > 0 && other[at - 1] > q; at--)
				other[at] = other[at - 1];
			other[at] = q;
			RC_TRY(keep(s, target, found, other));
		}
	}
	if (other != NULL)
		rc_scratch_release(s->work, other);
	return RC_OK;
}

/* Keeps what a search found; sets that accident produces in any number only where there is nothing better. */
static RcCode
store(Subset *s, Target *target, const RcSubsetAnswer *answer)
{
	RcEvidence	best = answer->count > 0 ? evidence_of(answer->solutions[0].stage) : RC_EVIDENCE_SUBSET_ANY;

	target->first_solution = s->solution_count;
	target->solution_count = 0;
	for (uint32_t i = 0; i < answer->count; i++)
	{
		const RcSubsetSolution *found = &answer->solutions[i];

		if ((evidence_of(found->stage) != best && found->chance >= RC_SUBSET_LIMIT) || (i > 0 && s->member_count > MAX_STORED))
			continue;
		RC_TRY(keep(s, target, found, answer->members + found->first));
	}
	for (uint32_t i = 0; i < answer->count && target->solution_count > 0; i++)
		RC_TRY(keep_alike(s, target, &answer->solutions[i], answer->members + answer->solutions[i].first));
	return RC_OK;
}

static RcCode
search_target(Subset *s, Target *target)
{
	const RcRule *rule = s->work->rule;
	const RcItems *items = &s->work->pool->side[target->side];
	int64_t		amount = items->compare[target->index];
	RcSubsetAnswer answer = {.kind = RC_SUBSET_EXHAUSTED};
	RcSubsetQuery query = {
		.items = s->candidates.items,
		.unit = rc_candidates_unit(&s->candidates, items->currency[target->index]),
		.max_chance = (rule->max_chance > 0 ? rule->max_chance : DEFAULT_CHANCE) / 1e6,
		.budget = rule->budget_steps > 0 ? rule->budget_steps : DEFAULT_BUDGET,
		.limit = rule->max_solutions > 0 && rule->max_solutions < RC_SUBSET_LIMIT ? rule->max_solutions : RC_SUBSET_LIMIT
	};
	uint32_t	count;

	RC_TRY(rc_candidates_collect(&s->candidates, target->side, target->index, &count));
	if (target->searched && (target->kind == RC_SUBSET_IMPOSSIBLE || target->candidates == count))
		return RC_OK;
	target->searched = true;
	target->candidates = count;
	if (query.limit < 2)
		query.limit = 2;
	if (count == 0)
		answer.kind = RC_SUBSET_IMPOSSIBLE;
	else if (count != UINT32_MAX && amount <= INT64_MAX / 2 && amount >= -INT64_MAX / 2)
	{
		query.count = count;
		rc_candidates_range(&s->candidates, target->side, amount, &query);
		RC_TRY(rc_candidates_by_number(&s->candidates, s->search, target->side == RC_LEFT ? RC_RIGHT : RC_LEFT, count,
									   &query.by_number));
		RC_TRY(rc_subset_search(s->search, &query, &answer));
	}
	target->kind = answer.kind;
	target->automatic = answer.automatic;
	target->found = answer.count + answer.single;
	return store(s, target, &answer);
}

static bool
is_open(const Subset *s, RcSide side, RcIndex index)
{
	return !(s->work->pool->side[side].state[index] & RC_ITEM_MATCHED);
}

/* Whether all items of a solution are still open. */
static bool
all_open(const Subset *s, const Target *target, const Solution *solution)
{
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;

	for (uint32_t m = 0; m < solution->count; m++)
	{
		if (!is_open(s, other, s->members[solution->first + m]))
			return false;
	}
	return is_open(s, target->side, target->index);
}

static RcCode
emit(Subset *s, const Target *target, const Solution *solution, bool suggestion)
{
	const RcIndex *members = s->members + solution->first;
	uint64_t	confidence = rc_usual_confidence(solution->evidence);
	RcEmission	emission = {
		.left = members,.left_count = solution->count,.right = &target->index,.right_count = 1,
		.evidence = solution->evidence,.suggestion = suggestion,.candidates = target->found,.chance = solution->chance
	};

	if (target->side == RC_LEFT)
	{
		emission.left = &target->index;
		emission.left_count = 1;
		emission.right = members;
		emission.right_count = solution->count;
	}
	confidence = confidence * (1000000 - solution->chance) / 1000000;
	if (suggestion && target->found > 0)
		confidence /= target->found;
	emission.confidence = confidence > 0 ? (uint32_t) confidence : 1;
	return rc_emit(s->work, &emission);
}

/* Marks who wants an item; two who want it leave it to nobody. */
static void
want(Subset *s, RcSide side, RcIndex index, size_t target)
{
	if (s->wanted[side][index] != 0 && s->wanted[side][index] != (uint32_t) target + 1)
		s->contested[side][index] = 1;
	s->wanted[side][index] = (uint32_t) target + 1;
}

/* Marks what the open sets of a kind or a stronger one want, except sets that accident produces. */
static RcCode
mark_wanted(Subset *s, RcEvidence evidence)
{
	for (size_t t = 0; t < s->target_count; t++)
	{
		Target	   *target = &s->targets[t];
		RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;

		RC_TRY(rc_poll(s->work, 1));
		for (uint32_t i = 0; i < target->solution_count && !target->matched; i++)
		{
			const Solution *solution = &s->solutions[target->first_solution + i];

			if (solution->evidence > evidence || solution->chance >= BY_ACCIDENT || !all_open(s, target, solution))
				continue;
			want(s, target->side, target->index, t);
			for (uint32_t m = 0; m < solution->count; m++)
				want(s, other, s->members[solution->first + m], t);
			RC_TRY(rc_poll(s->work, solution->count));
		}
	}
	return RC_OK;
}

static bool
undisputed(const Subset *s, const Target *target, const Solution *solution)
{
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;

	for (uint32_t m = 0; m < solution->count; m++)
	{
		if (s->contested[other][s->members[solution->first + m]])
			return false;
	}
	return !s->contested[target->side][target->index];
}

/* Matches what is convincing, the stronger kinds first. */
static RcCode
accept(Subset *s, bool *any)
{
	*any = false;
	for (int evidence = RC_EVIDENCE_SUBSET_RUN; evidence <= RC_EVIDENCE_SUBSET_ANY; evidence++)
	{
		RC_TRY(mark_wanted(s, (RcEvidence) evidence));
		for (size_t t = 0; t < s->target_count; t++)
		{
			Target	   *target = &s->targets[t];
			const Solution *solution;

			if (!target->automatic || target->matched || target->contested || target->solution_count != 1)
				continue;
			solution = &s->solutions[target->first_solution];
			if ((int) solution->evidence != evidence)
				continue;
			if (!all_open(s, target, solution))
				target->contested = true;
			else if (!(target->blocked = !undisputed(s, target, solution)) && !s->work->rule->suggest_only)
			{
				RC_TRY(emit(s, target, solution, false));
				target->matched = true;
				*any = true;
			}
		}
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		{
			memset(s->wanted[side], 0, s->work->pool->side[side].count * sizeof(uint32_t));
			memset(s->contested[side], 0, s->work->pool->side[side].count);
		}
		RC_TRY(rc_poll(s->work, s->candidates.count[0] + s->candidates.count[1]));
	}
	return RC_OK;
}

/* Suggests what was found for one item and notes why it stays open. */
static RcCode
explain(Subset *s, const Target *target)
{
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;
	RcIndex		first = RC_NO_INDEX;

	if (target->matched || !is_open(s, target->side, target->index))
		return RC_OK;
	for (uint32_t i = 0; i < target->solution_count; i++)
	{
		const Solution *solution = &s->solutions[target->first_solution + i];

		if (!all_open(s, target, solution))
			continue;
		if (first == RC_NO_INDEX)
			first = s->members[solution->first];
		RC_TRY(emit(s, target, solution, true));
	}
	if (target->kind == RC_SUBSET_AMBIGUOUS || (first != RC_NO_INDEX && (target->found > 1 || target->contested || target->blocked)))
		return rc_note(s->work, target->side, target->index, RC_NOTE_AMBIGUOUS, 0, other, first);
	if (target->kind == RC_SUBSET_EXHAUSTED)
		return rc_note(s->work, target->side, target->index, RC_NOTE_BUDGET, 0, other, RC_NO_INDEX);
	/* Of one candidate or none there was nothing to prove. */
	if (target->kind == RC_SUBSET_IMPOSSIBLE && target->candidates >= 2)
		return rc_note(s->work, target->side, target->index, RC_NOTE_IMPOSSIBLE, 0, other, RC_NO_INDEX);
	return RC_OK;
}

RcCode
rc_match_subset(RcWork *work)
{
	Subset		s = {.work = work};
	RcSubsetSide side = work->rule->subset_side;
	bool		any = true;

	RC_TRY(rc_candidates_create(&s.candidates, work));
	if (s.candidates.count[RC_LEFT] == 0 || s.candidates.count[RC_RIGHT] == 0)
		return RC_OK;
	RC_TRY(rc_scratch(work, &s.targets, s.candidates.count[RC_LEFT] + s.candidates.count[RC_RIGHT], sizeof(Target)));
	for (int i = RC_LEFT; i <= RC_RIGHT; i++)
	{
		RC_TRY(rc_scratch_zero(work, &s.wanted[i], work->pool->side[i].count, sizeof(uint32_t)));
		RC_TRY(rc_scratch_zero(work, &s.contested[i], work->pool->side[i].count, 1));
	}
	RC_TRY(rc_subset_create(work, &s.search));
	if (side != RC_SUBSET_RIGHT)
		RC_TRY(add_targets(&s, RC_LEFT));
	if (side != RC_SUBSET_LEFT)
		RC_TRY(add_targets(&s, RC_RIGHT));
	for (int round = 0; any && round < MAX_ROUNDS; round++)
	{
		for (size_t t = 0; t < s.target_count; t++)
		{
			if (!s.targets[t].matched && is_open(&s, s.targets[t].side, s.targets[t].index))
				RC_TRY(search_target(&s, &s.targets[t]));
		}
		RC_TRY(accept(&s, &any));
	}
	for (size_t t = 0; t < s.target_count; t++)
		RC_TRY(explain(&s, &s.targets[t]));
	return RC_OK;
}
