/*
 * subset_search.c - the kinds of sets in the order of evidence, and what follows from what they show.
 */
#include "subset_internal.h"

#include <math.h>
#include <string.h>

#define CHANCE_BY_ACCIDENT 1.0	/* of a kind of which more are expected by accident, a set proves nothing and refutes nothing */

RcCode
rc_subset_create(RcWork *work, RcSubsetSearch **search)
{
	RC_TRY(rc_scratch_zero(work, search, 1, sizeof(RcSubsetSearch)));
	(*search)->work = work;
	return RC_OK;
}

static RcCode
make_room(RcSubsetSearch *search, uint32_t count)
{
	RcWork	   *work = search->work;
	uint32_t	capacity = count < 256 ? 256 : count;

	if (count <= search->capacity)
		return RC_OK;
	search->capacity = 0;
	RC_TRY(rc_scratch_grow(work, &search->value, capacity, sizeof(int64_t)));
	RC_TRY(rc_scratch_grow(work, &search->sorted, capacity, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->class_of, capacity, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->groups, capacity, sizeof(RcSubsetGroup)));
	RC_TRY(rc_scratch_grow(work, &search->classes, capacity, sizeof(RcSubsetClass)));
	RC_TRY(rc_scratch_grow(work, &search->used, capacity, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->mark, capacity, sizeof(uint8_t)));
	RC_TRY(rc_scratch_grow(work, &search->choice, capacity, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->picks, capacity, sizeof(RcSubsetPick)));
	RC_TRY(rc_scratch_grow(work, &search->keys, (size_t) capacity + 1, sizeof(RcSubsetKey)));
	RC_TRY(rc_scratch_grow(work, &search->spare, (size_t) capacity + 1, sizeof(RcSubsetKey)));
	RC_TRY(rc_scratch_grow(work, &search->members, (size_t) capacity * RC_SUBSET_LIMIT, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->parts, capacity, sizeof(RcSubsetPart)));
	RC_TRY(rc_scratch_grow(work, &search->taken, capacity, sizeof(uint32_t)));
	RC_TRY(rc_scratch_grow(work, &search->half_of, capacity, sizeof(uint8_t)));
	RC_TRY(rc_scratch_grow(work, &search->core, capacity, sizeof(uint32_t)));
	memset(search->used, 0, capacity * sizeof(uint32_t));
	memset(search->mark, 0, capacity);
	search->capacity = capacity;
	return RC_OK;
}

static inline bool
key_before(const RcSubsetKey *a, const RcSubsetKey *b)
{
	return a->key != b->key ? a->key < b->key : a->place < b->place;
}

RcCode
rc_subset_sort(RcSubsetSearch *search, RcSubsetKey *keys, RcSubsetKey *spare, uint32_t count)
{
	RcSubsetKey *source = keys,
			   *target = spare;

	for (uint32_t width = 1; width < count; width *= 2)
	{
		RcSubsetKey *swap;

		for (uint32_t from = 0; from < count; from += 2 * width)
		{
			uint32_t	middle = count - from > width ? from + width : count;
			uint32_t	to = count - middle > width ? middle + width : count;
			uint32_t	a = from,
						b = middle;

			for (uint32_t out = from; out < to; out++)
			{
				if (b >= to || (a < middle && !key_before(&source[b], &source[a])))
					target[out] = source[a++];
				else
					target[out] = source[b++];
			}
		}
		RC_TRY(rc_poll(search->work, count));
		swap = source;
		source = target;
		target = swap;
	}
	if (source != keys)
		memcpy(keys, source, count * sizeof(RcSubsetKey));
	return RC_OK;
}

static inline int64_t
floor_divide(int64_t value, int64_t unit)
{
	return value / unit - (value % unit < 0);
}

/* Brings the query into units and a positive sum; false when its sums could overflow. */
static bool
scale(RcSubsetSearch *search)
{
	const RcSubsetQuery *query = search->query;
	RcWide		raw = 0,
				sum = 0;

	search->n = query->count;
	search->has_negative = false;
	search->low = -floor_divide(-query->low, query->unit);
	search->high = floor_divide(query->high, query->unit);
	if (query->high < 0)
	{
		int64_t		swap = -search->low;

		search->low = -search->high;
		search->high = swap;
	}
	for (uint32_t i = 0; i < search->n; i++)
	{
		RcWide		value = query->items[i].value / query->unit;

		raw += query->items[i].value < 0 ? -(RcWide) query->items[i].value : query->items[i].value;
		sum += value < 0 ? -value : value;
		if (raw > INT64_MAX / 2 || sum > INT64_MAX / 8)
			return false;
		search->value[i] = query->high < 0 ? (int64_t) -value : (int64_t) value;
		search->has_negative |= search->value[i] < 0;
	}
	/* Beyond the sum of all there is nothing to find, and distances stay small. */
	if (search->high > (int64_t) sum)
		search->high = (int64_t) sum;
	return true;
}

/* Groups equal values and, within them, twins. */
static RcCode
group_items(RcSubsetSearch *search)
{
	const RcSubsetItem *items = search->query->items;
	bool		negated = search->query->high < 0;

	for (uint32_t i = 0; i < search->n; i++)
		search->keys[i] = (RcSubsetKey) {negated ? -(int64_t) items[i].twin : (int64_t) items[i].twin, i};
	RC_TRY(rc_subset_sort(search, search->keys, search->spare, search->n));
	search->group_count = search->class_count = 0;
	for (uint32_t i = 0; i < search->n; i++)
	{
		uint32_t	position = search->keys[i].place;

		search->sorted[i] = position;
		if (i == 0 || search->keys[i].key != search->keys[i - 1].key)
		{
			if (i == 0 || search->value[position] != search->value[search->sorted[i - 1]])
				search->groups[search->group_count++] = (RcSubsetGroup) {search->value[position], 0, search->class_count, 0};
			search->groups[search->group_count - 1].class_count++;
			search->classes[search->class_count++] = (RcSubsetClass) {i, 0};
		}
		search->groups[search->group_count - 1].copies++;
		search->classes[search->class_count - 1].count++;
		search->class_of[position] = search->class_count - 1;
	}
	search->total = 0;
	for (uint32_t i = 0; i < search->n; i++)
		search->total += search->value[i];
	return RC_OK;
}

/* Whether a solution, given as members, is there already. */
static bool
known(const RcSubsetSearch *search, const uint32_t *members, uint32_t count)
{
	const RcSubsetAnswer *answer = search->answer;

	for (uint32_t s = 0; s < answer->count; s++)
	{
		if (answer->solutions[s].count == count &&
			memcmp(search->members + answer->solutions[s].first, members, count * sizeof(uint32_t)) == 0)
			return true;
	}
	return false;
}

RcCode
rc_subset_add_used(RcSubsetSearch *search, RcSubsetStage stage)
{
	RcSubsetAnswer *answer = search->answer;
	uint32_t   *members = search->members + search->member_count;
	uint32_t	count = 0;

	for (uint32_t c = 0; c < search->class_count; c++)
	{
		for (uint32_t k = 0; k < search->used[c]; k++)
			search->mark[search->sorted[search->classes[c].first + k]] = 1;
		search->used[c] = 0;
	}
	for (uint32_t i = 0; i < search->n; i++)
	{
		if (search->mark[i])
		{
			search->mark[i] = 0;
			if (!rc_subset_full(search))
				members[count] = i;
			count++;
		}
	}
	if (count >= 2 && !rc_subset_full(search) && !known(search, members, count))
	{
		answer->solutions[answer->count++] = (RcSubsetSolution) {
			.stage = stage,.chance = answer->expected[stage] * rc_subset_roundness(search, count),
			.first = search->member_count,.count = count
		};
		search->member_count += count;
	}
	return rc_poll(search->work, search->n);
}

/* Takes the first `copies` of a group's classes: the first way in the order in which next_way goes through them. */
static void
first_way(RcSubsetSearch *search, const RcSubsetPick *pick)
{
	const RcSubsetGroup *group = &search->groups[pick->group];
	uint32_t	rest = pick->copies;

	for (uint32_t c = group->first_class; c < group->first_class + group->class_count; c++)
	{
		search->choice[c] = rest < search->classes[c].count ? rest : search->classes[c].count;
		rest -= search->choice[c];
	}
}

/* The next way to take as many of the group's classes; false when that was the last. */
static bool
next_way(RcSubsetSearch *search, const RcSubsetPick *pick)
{
	const RcSubsetGroup *group = &search->groups[pick->group];
	uint32_t	first = group->first_class;
	uint32_t	behind = 0,		/* taken behind c */
				room = 0;		/* that could be taken behind c */

	for (uint32_t c = first + group->class_count; c-- > first;)
	{
		if (search->choice[c] > 0 && behind < room)
		{
			uint32_t	rest = behind + 1;

			search->choice[c]--;
			for (uint32_t d = c + 1; d < first + group->class_count; d++)
			{
				search->choice[d] = rest < search->classes[d].count ? rest : search->classes[d].count;
				rest -= search->choice[d];
			}
			return true;
		}
		behind += search->choice[c];
		room += search->classes[c].count;
	}
	return false;
}

RcCode
rc_subset_add_picks(RcSubsetSearch *search, RcSubsetStage stage, const RcSubsetPick *picks, uint32_t count, bool complement)
{
	uint32_t	last = 0;

	for (uint32_t p = 0; p < count; p++)
		first_way(search, &picks[p]);
	while (last != UINT32_MAX && !rc_subset_full(search))
	{
		if (complement)
		{
			for (uint32_t c = 0; c < search->class_count; c++)
				search->used[c] = search->classes[c].count;
		}
		for (uint32_t p = 0; p < count; p++)
		{
			const RcSubsetGroup *group = &search->groups[picks[p].group];

			for (uint32_t c = group->first_class; c < group->first_class + group->class_count; c++)
				search->used[c] = complement ? search->classes[c].count - search->choice[c] : search->choice[c];
		}
		RC_TRY(rc_subset_add_used(search, stage));

		/* The next choice, like an odometer over the groups */
		for (last = count; last-- > 0;)
		{
			if (next_way(search, &picks[last]))
				break;
			first_way(search, &picks[last]);
		}
	}
	return RC_OK;
}

static RcCode
run_stage(RcSubsetSearch *search, RcSubsetStage stage, bool *complete)
{
	*complete = true;
	switch (stage)
	{
		case RC_STAGE_RUN:
			return rc_subset_runs(search, complete);
		case RC_STAGE_ALL:
		case RC_STAGE_BUT_1:
		case RC_STAGE_BUT_2:
		case RC_STAGE_BUT_3:
			return rc_subset_small(search, stage, (uint32_t) (stage - RC_STAGE_ALL), true, complete);
		case RC_STAGE_SIZE_2:
		case RC_STAGE_SIZE_3:
		case RC_STAGE_SIZE_4:
			return rc_subset_small(search, stage, (uint32_t) (stage - RC_STAGE_SIZE_2) + 2, false, complete);
		default:
			return rc_subset_any(search, complete);
	}
}

/* Whether the answer so far may be matched unseen, unless a later kind of set speaks against it. */
static bool
convincing(const RcSubsetSearch *search)
{
	const RcSubsetAnswer *answer = search->answer;

	return answer->count == 1 && !answer->single && answer->solutions[0].chance < search->query->max_chance;
}

static RcCode
run_stages(RcSubsetSearch *search)
{
	RcSubsetAnswer *answer = search->answer;
	const RcSubsetQuery *query = search->query;
	bool		proven = false; /* all sets were seen */
	bool		doubt = false;	/* a kind of set that would count was not seen wholly */

	for (int stage = RC_STAGE_RUN; stage < RC_STAGE_COUNT && !proven; stage++)
	{
		bool		by_accident = answer->expected[stage] >= CHANCE_BY_ACCIDENT;
		bool		complete;

		if (query->without & (UINT32_C(1) << stage))
			continue;
		if (rc_subset_full(search))
			break;
		if (by_accident && !doubt && convincing(search))
			continue;
		/* What accident alone produces adds nothing to sets that are there; it is only sought to have the answer. */
		if (by_accident && answer->count >= 2 && query->max_chance > 0)
			continue;
		/* All sets of four are many; those of any size are seldom dearer. */
		if (stage == RC_STAGE_SIZE_4 && by_accident)
			continue;
		RC_TRY(run_stage(search, (RcSubsetStage) stage, &complete));
		if (stage == RC_STAGE_ANY)
			proven = complete;
		else if (!complete && !by_accident)
			doubt = true;
		if (stage == RC_STAGE_ANY && !complete && !by_accident)
			doubt = true;
	}
	answer->complete = proven && !rc_subset_full(search);
	answer->automatic = !doubt && convincing(search);
	if (answer->count >= 2)
		answer->kind = RC_SUBSET_AMBIGUOUS;
	else if (answer->automatic)
		answer->kind = RC_SUBSET_UNIQUE;
	else if (!proven)
		answer->kind = RC_SUBSET_EXHAUSTED;
	else
		answer->kind = answer->count == 1 ? RC_SUBSET_UNIQUE : RC_SUBSET_IMPOSSIBLE;
	return RC_OK;
}

RcCode
rc_subset_search(RcSubsetSearch *search, const RcSubsetQuery *query, RcSubsetAnswer *answer)
{
	memset(answer, 0, sizeof(*answer));
	search->query = query;
	search->answer = answer;
	search->left = query->budget;
	search->member_count = 0;
	RC_TRY(make_room(search, query->count));
	answer->members = search->members;
	if (!scale(search))
	{
		answer->kind = RC_SUBSET_EXHAUSTED;
		return RC_OK;
	}
	if (search->low > search->high || query->count == 0)
	{
		answer->kind = RC_SUBSET_IMPOSSIBLE;
		answer->complete = true;
		return RC_OK;
	}
	RC_TRY(group_items(search));
	for (uint32_t g = 0; g < search->group_count; g++)
		answer->single |= search->groups[g].value >= search->low && search->groups[g].value <= search->high;
	RC_TRY(rc_subset_chances(search));
	RC_TRY(run_stages(search));
	answer->steps = query->budget - search->left;
	return RC_OK;
}
