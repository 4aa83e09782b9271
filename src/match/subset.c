/*
 * subset.c - strategy `subset`: the amount of one item is the sum of several of the other side.
 *
 * All open items are searched for on the same state of the pool. Then what is convincing is matched, the stronger kinds of sets first, unless
 * sets of two items overlap; what such matches changed is searched once more. What remains is suggested or noted.
 */
#include "subset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CHANCE 10000
#define DEFAULT_ITEMS 2000
#define DEFAULT_BUDGET UINT64_C(20000000)
#define MAX_ROUNDS 4
#define BY_ACCIDENT 632121		/* millionths: of such sets, one or more is expected by accident */
#define MAX_STORED (UINT64_C(1) << 25)	/* members; beyond, only the first solution of an item is kept */

typedef struct Target
{
	RcSide		side;
	RcIndex		index;
	uint32_t	candidates;		/* of the search */
	uint32_t	found;			/* solutions and single rivals */
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

typedef struct Unit
{
	uint32_t	currency;
	uint64_t	unit;
} Unit;

typedef struct Subset
{
	RcWork	   *work;
	bool		keyed;
	bool		numbered[2];	/* items have keys, whose order is an order of their own */
	RcEntry    *entry[2];		/* by partition, date, content */
	size_t		count[2];
	uint32_t   *twin[2];		/* of each item: equal when interchangeable, ascending with the amount inside a currency */
	uint32_t   *number[2];		/* of each item: place by key */
	Unit	   *units;
	size_t		unit_count;
	Target	   *targets;
	size_t		target_count;
	Solution   *solutions;
	uint64_t	solution_count, solution_capacity;
	RcIndex    *members;
	uint64_t	member_count, member_capacity;
	uint32_t   *wanted[2];		/* of each item: the last target that wanted it, + 1 */
	uint8_t    *contested[2];	/* of each item: wanted by more than one */

	/* One search */
	RcSubsetSearch *search;
	RcSubsetItem *items;
	RcIndex    *indexes;
	uint32_t   *by_number;
	RcSubsetKey *keys, *spare;
} Subset;

static bool
use_item(const Subset *s, RcSide side, RcIndex i)
{
	const RcItems *items = &s->work->pool->side[side];
	const RcRule *rule = s->work->rule;

	if (items->compare[i] == 0 || !rc_takes_part(s->work, side, i))
		return false;
	if (s->keyed && items->key[side == RC_LEFT ? rule->left_keyset : rule->right_keyset][i] == 0)
		return false;
	/* A sum is weak evidence: where the rule asks for a lag, it must be known. */
	return !(rule->has_lag_min || rule->has_lag_max) || items->date[i] != RC_NO_DATE;
}

/* Items that may meet have the same partition; seldom others, too. */
static int64_t
partition_of(const Subset *s, RcSide side, RcIndex i)
{
	const RcItems *items = &s->work->pool->side[side];
	uint64_t	hash;

	if (!s->keyed)
		return items->currency[i];
	hash = items->hash[side == RC_LEFT ? s->work->rule->left_keyset : s->work->rule->right_keyset][i];
	return (int64_t) (hash ^ items->currency[i] * UINT64_C(0x9E3779B97F4A7C15));
}

static bool
same_key(const Subset *s, RcSide side, RcIndex a, RcIndex b)
{
	const RcPool *pool = s->work->pool;
	int			a_set = side == RC_LEFT ? s->work->rule->left_keyset : s->work->rule->right_keyset;
	int			b_set = side == RC_LEFT ? s->work->rule->right_keyset : s->work->rule->left_keyset;
	size_t		a_length,
				b_length;
	const char *a_bytes = rc_pool_bytes_at(pool, pool->side[side].key[a_set][a], &a_length);
	const char *b_bytes = rc_pool_bytes_at(pool, pool->side[1 - side].key[b_set][b], &b_length);

	return a_length == b_length && memcmp(a_bytes, b_bytes, a_length) == 0;
}

static uint64_t
greatest_divisor(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t	rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static Unit *
unit_of(Subset *s, uint32_t currency)
{
	for (size_t u = 0; u < s->unit_count; u++)
	{
		if (s->units[u].currency == currency)
			return &s->units[u];
	}
	return NULL;
}

/* Numbers the twins of one side and finds the unit of each currency. */
static RcCode
find_twins(Subset *s, RcSide side, RcEntry *entries)
{
	RcWork	   *work = s->work;
	const RcItems *items = &work->pool->side[side];
	size_t		count = s->count[side];
	uint32_t	twin = 0;

	for (size_t i = 0; i < count; i++)
		entries[i] = (RcEntry) {items->currency[entries[i].index], 0, entries[i].index};
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	for (size_t from = 0, to; from < count; from = to)
	{
		uint32_t	currency = (uint32_t) entries[from].value;
		Unit	   *unit = unit_of(s, currency);

		for (to = from; to < count && entries[to].value == (int64_t) currency; to++)
			entries[to].date = items->date[entries[to].index];
		for (size_t i = from; i < to; i++)
			entries[i].value = items->compare[entries[i].index];
		RC_TRY(rc_sort_by_value(work, side, entries + from, to - from));
		if (unit == NULL)
		{
			RC_TRY(rc_scratch_grow(work, &s->units, s->unit_count + 1, sizeof(Unit)));
			unit = &s->units[s->unit_count++];
			*unit = (Unit) {currency, 0};
		}
		for (size_t i = from; i < to; i++)
		{
			RcIndex		index = entries[i].index;
			int64_t		value = items->compare[index];

			if (i > from && !rc_interchangeable(work->pool, side, entries[i - 1].index, index))
				twin++;
			s->twin[side][index] = twin;
			unit->unit = greatest_divisor(value < 0 ? -(uint64_t) value : (uint64_t) value, unit->unit);
			RC_TRY(rc_poll(work, 1));
		}
		twin++;
	}
	return RC_OK;
}

static RcCode
prepare(Subset *s, RcSide side)
{
	RcWork	   *work = s->work;
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries,
			   *copy;
	size_t		count = 0;

	RC_TRY(rc_scratch(work, &entries, items->count + 1, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &copy, items->count + 1, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &s->twin[side], items->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &s->number[side], items->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &s->wanted[side], items->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &s->contested[side], items->count + 1, 1));
	for (size_t i = 0; i < items->count; i++)
	{
		if (use_item(s, side, (RcIndex) i))
		{
			entries[count++] = (RcEntry) {partition_of(s, side, (RcIndex) i), 0, (RcIndex) i};
			s->numbered[side] |= work->pool->keyset_count > 0 && items->key[0][i] != 0;
		}
		RC_TRY(rc_poll(work, 1));
	}
	s->entry[side] = entries;
	s->count[side] = count;
	/* Without dates, the order is that of the keys. */
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	for (size_t i = 0; i < count; i++)
	{
		s->number[side][entries[i].index] = (uint32_t) i;
		entries[i].date = items->date[entries[i].index];
	}
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	memcpy(copy, entries, count * sizeof(RcEntry));
	RC_TRY(find_twins(s, side, copy));
	rc_scratch_release(work, copy);
	return RC_OK;
}

/* Puts the items of one side that are sought as sums behind the targets, in canonical order. */
static RcCode
add_targets(Subset *s, RcSide side)
{
	RcWork	   *work = s->work;
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries;

	RC_TRY(rc_scratch(work, &entries, s->count[side] + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < s->count[side]; i++)
	{
		RcIndex		index = s->entry[side][i].index;

		entries[i] = (RcEntry) {items->compare[index], items->date[index], index};
	}
	RC_TRY(rc_sort_by_date(work, side, entries, s->count[side]));
	for (size_t i = 0; i < s->count[side]; i++)
		s->targets[s->target_count++] = (Target) {.side = side,.index = entries[i].index};
	rc_scratch_release(work, entries);
	return RC_OK;
}

/* First entry not before (partition, date). */
static size_t
lower_bound(const Subset *s, RcSide side, int64_t partition, int64_t date)
{
	const RcEntry *entries = s->entry[side];
	size_t		low = 0,
				high = s->count[side];

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (entries[middle].value != partition ? entries[middle].value < partition : entries[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The range of entries among which the members of a target's set lie. */
static void
range_of(const Subset *s, const Target *target, size_t *low, size_t *high)
{
	const RcRule *rule = s->work->rule;
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;
	int64_t		date = s->work->pool->side[target->side].date[target->index];
	int64_t		partition = partition_of(s, target->side, target->index);
	int64_t		first = INT64_MIN,
				last = INT64_MAX;

	if (rule->has_lag_min)
		*(target->side == RC_LEFT ? &first : &last) = target->side == RC_LEFT ? date + rule->lag_min : date - rule->lag_min + 1;
	if (rule->has_lag_max)
		*(target->side == RC_LEFT ? &last : &first) = target->side == RC_LEFT ? date + rule->lag_max + 1 : date - rule->lag_max;
	*low = lower_bound(s, other, partition, first);
	*high = lower_bound(s, other, partition, last);
	if (*high < *low)
		*high = *low;
}

static bool
may_meet(const Subset *s, const Target *target, RcIndex candidate)
{
	const RcWork *work = s->work;
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;

	if (!rc_takes_part(work, other, candidate) ||
		work->pool->side[other].currency[candidate] != work->pool->side[target->side].currency[target->index])
		return false;
	if (s->keyed && !same_key(s, target->side, target->index, candidate))
		return false;
	return target->side == RC_LEFT ? !rc_pair_rejected(work, target->index, candidate)
		: !rc_pair_rejected(work, candidate, target->index);
}

/* Largest sum, as a distance from the target in one direction, that the rule takes for the target's amount (both as positive). */
static int64_t
tolerated(const RcRule *rule, bool left, int64_t amount, bool above)
{
	int64_t		low = 0,
				high = above ? amount : amount - 1;

	while (low < high)
	{
		int64_t		middle = low + (high - low) / 2 + 1;
		int64_t		sum = above ? amount + middle : amount - middle;

		if (left ? rc_sums_agree(rule, amount, sum) : rc_sums_agree(rule, sum, amount))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void
set_range(const Subset *s, const Target *target, int64_t amount, RcSubsetQuery *query)
{
	const RcRule *rule = s->work->rule;
	int64_t		size = amount < 0 ? -amount : amount;
	int64_t		below = 0,
				above = 0;

	if (rule->amount_tolerance > 0 || rule->percent_tolerance > 0)
	{
		below = tolerated(rule, target->side == RC_LEFT, size, false);
		above = tolerated(rule, target->side == RC_LEFT, size, true);
	}
	query->low = amount < 0 ? -(size + above) : size - below;
	query->high = amount < 0 ? -(size - below) : size + above;
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

/* Keeps what a search found; sets that accident produces in any number only where there is nothing better. */
static RcCode
store(Subset *s, Target *target, const RcSubsetAnswer *answer)
{
	RcWork	   *work = s->work;
	RcEvidence	best = answer->count > 0 ? evidence_of(answer->solutions[0].stage) : RC_EVIDENCE_SUBSET_ANY;

	target->first_solution = s->solution_count;
	target->solution_count = 0;
	for (uint32_t i = 0; i < answer->count; i++)
	{
		const RcSubsetSolution *found = &answer->solutions[i];
		double		chance = 1 - exp(-found->chance);
		Solution   *solution;

		if ((evidence_of(found->stage) != best && found->chance >= RC_SUBSET_LIMIT) || (i > 0 && s->member_count > MAX_STORED))
			continue;
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
		*solution = (Solution) {s->member_count, found->count, evidence_of(found->stage), (uint32_t) (chance * 1e6)};
		for (uint32_t m = 0; m < found->count; m++)
			s->members[s->member_count++] = s->indexes[answer->members[found->first + m]];
		target->solution_count++;
	}
	return RC_OK;
}

/* Puts the candidates into the search's form; count is UINT32_MAX when they are too many. */
static RcCode
collect(Subset *s, const Target *target, uint32_t *count)
{
	RcSide		other = target->side == RC_LEFT ? RC_RIGHT : RC_LEFT;
	uint32_t	most = s->work->rule->max_items > 0 ? s->work->rule->max_items : DEFAULT_ITEMS;
	size_t		low,
				high;

	range_of(s, target, &low, &high);
	*count = UINT32_MAX;
	if (high - low > most)
		return RC_OK;
	*count = 0;
	for (size_t i = low; i < high; i++)
	{
		RcIndex		index = s->entry[other][i].index;

		if (may_meet(s, target, index))
		{
			s->items[*count] = (RcSubsetItem) {s->work->pool->side[other].compare[index], s->twin[other][index]};
			s->indexes[(*count)++] = index;
		}
	}
	return rc_poll(s->work, high - low);
}

/* The candidates in the order of their keys, where that is another one. */
static RcCode
order_by_number(Subset *s, RcSide other, uint32_t count, const uint32_t **order)
{
	bool		differs = false;

	*order = NULL;
	if (!s->numbered[other])
		return RC_OK;
	for (uint32_t i = 0; i < count; i++)
	{
		s->keys[i] = (RcSubsetKey) {s->number[other][s->indexes[i]], i};
		differs |= i > 0 && s->keys[i].key < s->keys[i - 1].key;
	}
	if (!differs)
		return RC_OK;
	RC_TRY(rc_subset_sort(s->search, s->keys, s->spare, count));
	for (uint32_t i = 0; i < count; i++)
		s->by_number[i] = s->keys[i].place;
	*order = s->by_number;
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
		.items = s->items,
		.unit = (int64_t) unit_of(s, items->currency[target->index])->unit,
		.max_chance = (rule->max_chance > 0 ? rule->max_chance : DEFAULT_CHANCE) / 1e6,
		.budget = rule->budget_steps > 0 ? rule->budget_steps : DEFAULT_BUDGET,
		.limit = rule->max_solutions > 0 && rule->max_solutions < RC_SUBSET_LIMIT ? rule->max_solutions : RC_SUBSET_LIMIT
	};
	uint32_t	count;

	RC_TRY(collect(s, target, &count));
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
		set_range(s, target, amount, &query);
		RC_TRY(order_by_number(s, target->side == RC_LEFT ? RC_RIGHT : RC_LEFT, count, &query.by_number));
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
		RC_TRY(rc_poll(s->work, s->count[0] + s->count[1]));
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
	uint32_t	most = work->rule->max_items > 0 ? work->rule->max_items : DEFAULT_ITEMS;
	bool		any = true;

	s.keyed = work->rule->left_keyset >= 0 && work->rule->right_keyset >= 0;
	RC_TRY(prepare(&s, RC_LEFT));
	RC_TRY(prepare(&s, RC_RIGHT));
	if (s.count[RC_LEFT] == 0 || s.count[RC_RIGHT] == 0)
		return RC_OK;
	if (most > s.count[RC_LEFT] && most > s.count[RC_RIGHT])
		most = (uint32_t) (s.count[RC_LEFT] > s.count[RC_RIGHT] ? s.count[RC_LEFT] : s.count[RC_RIGHT]);
	RC_TRY(rc_scratch(work, &s.targets, s.count[RC_LEFT] + s.count[RC_RIGHT], sizeof(Target)));
	RC_TRY(rc_scratch(work, &s.items, most, sizeof(RcSubsetItem)));
	RC_TRY(rc_scratch(work, &s.indexes, most, sizeof(RcIndex)));
	RC_TRY(rc_scratch(work, &s.by_number, most, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &s.keys, most, sizeof(RcSubsetKey)));
	RC_TRY(rc_scratch(work, &s.spare, most, sizeof(RcSubsetKey)));
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
