/*
 * subset_candidates.c - the items among which a sum is sought: by partition and date, their twins numbered, in a unit that divides them all.
 */
#include "subset_candidates.h"

#include <string.h>

#define DEFAULT_ITEMS 2000

static bool
use_item(const RcCandidates *c, RcSide side, RcIndex i)
{
	const RcItems *items = &c->work->pool->side[side];
	const RcRule *rule = c->work->rule;

	if (items->compare[i] == 0 || !rc_takes_part(c->work, side, i))
		return false;
	if (c->keyed && items->key[side == RC_LEFT ? rule->left_keyset : rule->right_keyset][i] == 0)
		return false;
	/* A sum is weak evidence: where the rule asks for a lag, it must be known. */
	return !(rule->has_lag_min || rule->has_lag_max) || items->date[i] != RC_NO_DATE;
}

/* Items that may meet have the same partition; seldom others, too. */
static int64_t
partition_of(const RcCandidates *c, RcSide side, RcIndex i)
{
	const RcItems *items = &c->work->pool->side[side];
	uint64_t	hash;

	if (!c->keyed)
		return items->currency[i];
	hash = items->hash[side == RC_LEFT ? c->work->rule->left_keyset : c->work->rule->right_keyset][i];
	return (int64_t) (hash ^ items->currency[i] * UINT64_C(0x9E3779B97F4A7C15));
}

static bool
same_key(const RcCandidates *c, RcSide side, RcIndex a, RcIndex b)
{
	const RcPool *pool = c->work->pool;
	int			a_set = side == RC_LEFT ? c->work->rule->left_keyset : c->work->rule->right_keyset;
	int			b_set = side == RC_LEFT ? c->work->rule->right_keyset : c->work->rule->left_keyset;

	return rc_pool_same(pool, pool->side[side].key[a_set][a], pool->side[1 - side].key[b_set][b]);
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

static RcUnit *
unit_of(const RcCandidates *c, uint32_t currency)
{
	for (size_t u = 0; u < c->unit_count; u++)
	{
		if (c->units[u].currency == currency)
			return &c->units[u];
	}
	return NULL;
}

/* Numbers the twins of one side and finds the unit of each currency. */
static RcCode
find_twins(RcCandidates *c, RcSide side, RcEntry *entries)
{
	RcWork	   *work = c->work;
	const RcItems *items = &work->pool->side[side];
	size_t		count = c->count[side];
	uint32_t	twin = 0;

	for (size_t i = 0; i < count; i++)
		entries[i] = (RcEntry) {items->currency[entries[i].index], 0, entries[i].index};
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	for (size_t from = 0, to; from < count; from = to)
	{
		uint32_t	currency = (uint32_t) entries[from].value;
		RcUnit	   *unit = unit_of(c, currency);

		for (to = from; to < count && entries[to].value == (int64_t) currency; to++)
			entries[to].date = items->date[entries[to].index];
		for (size_t i = from; i < to; i++)
			entries[i].value = items->compare[entries[i].index];
		RC_TRY(rc_sort_by_value(work, side, entries + from, to - from));
		if (unit == NULL)
		{
			RC_TRY(rc_scratch_grow(work, &c->units, c->unit_count + 1, sizeof(RcUnit)));
			unit = &c->units[c->unit_count++];
			*unit = (RcUnit) {currency, 0};
		}
		for (size_t i = from; i < to; i++)
		{
			RcIndex		index = entries[i].index;
			int64_t		value = items->compare[index];

			if (i > from && !rc_interchangeable(work->pool, side, entries[i - 1].index, index))
				twin++;
			c->twin[side][index] = twin;
			unit->unit = greatest_divisor(value < 0 ? -(uint64_t) value : (uint64_t) value, unit->unit);
			RC_TRY(rc_poll(work, 1));
		}
		twin++;
	}
	return RC_OK;
}

static RcCode
prepare(RcCandidates *c, RcSide side)
{
	RcWork	   *work = c->work;
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries,
			   *copy;
	size_t		count = 0;

	RC_TRY(rc_scratch(work, &entries, items->count + 1, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &copy, items->count + 1, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &c->twin[side], items->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &c->number[side], items->count + 1, sizeof(uint32_t)));
	for (size_t i = 0; i < items->count; i++)
	{
		if (use_item(c, side, (RcIndex) i))
		{
			entries[count++] = (RcEntry) {partition_of(c, side, (RcIndex) i), 0, (RcIndex) i};
			c->numbered[side] |= work->pool->keyset_count > 0 && items->key[0][i] != 0;
		}
		RC_TRY(rc_poll(work, 1));
	}
	c->entry[side] = entries;
	c->count[side] = count;
	/* Without dates, the order is that of the keys. */
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	for (size_t i = 0; i < count; i++)
	{
		c->number[side][entries[i].index] = (uint32_t) i;
		entries[i].date = items->date[entries[i].index];
	}
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	memcpy(copy, entries, count * sizeof(RcEntry));
	RC_TRY(find_twins(c, side, copy));
	rc_scratch_release(work, copy);
	return RC_OK;
}

/* First entry not before (partition, date). */
static size_t
lower_bound(const RcCandidates *c, RcSide side, int64_t partition, int64_t date)
{
	const RcEntry *entries = c->entry[side];
	size_t		low = 0,
				high = c->count[side];

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
range_of(const RcCandidates *c, RcSide side, RcIndex index, size_t *low, size_t *high)
{
	const RcRule *rule = c->work->rule;
	RcSide		other = side == RC_LEFT ? RC_RIGHT : RC_LEFT;
	int64_t		date = c->work->pool->side[side].date[index];
	int64_t		partition = partition_of(c, side, index);
	int64_t		first = INT64_MIN,
				last = INT64_MAX;

	if (rule->has_lag_min)
		*(side == RC_LEFT ? &first : &last) = side == RC_LEFT ? date + rule->lag_min : date - rule->lag_min + 1;
	if (rule->has_lag_max)
		*(side == RC_LEFT ? &last : &first) = side == RC_LEFT ? date + rule->lag_max + 1 : date - rule->lag_max;
	*low = lower_bound(c, other, partition, first);
	*high = lower_bound(c, other, partition, last);
	if (*high < *low)
		*high = *low;
}

static bool
may_meet(const RcCandidates *c, RcSide side, RcIndex index, RcIndex candidate)
{
	const RcWork *work = c->work;
	RcSide		other = side == RC_LEFT ? RC_RIGHT : RC_LEFT;

	if (!rc_takes_part(work, other, candidate) ||
		work->pool->side[other].currency[candidate] != work->pool->side[side].currency[index])
		return false;
	if (c->keyed && !same_key(c, side, index, candidate))
		return false;
	return side == RC_LEFT ? !rc_pair_rejected(work, index, candidate)
		: !rc_pair_rejected(work, candidate, index);
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

void
rc_candidates_range(const RcCandidates *c, RcSide side, int64_t amount, RcSubsetQuery *query)
{
	const RcRule *rule = c->work->rule;
	int64_t		size = amount < 0 ? -amount : amount;
	int64_t		below = 0,
				above = 0;

	if (rc_has_tolerance(rule))
	{
		below = tolerated(rule, side == RC_LEFT, size, false);
		above = tolerated(rule, side == RC_LEFT, size, true);
	}
	query->low = amount < 0 ? -(size + above) : size - below;
	query->high = amount < 0 ? -(size - below) : size + above;
}

RcCode
rc_candidates_collect(RcCandidates *c, RcSide side, RcIndex index, uint32_t *count)
{
	RcSide		other = side == RC_LEFT ? RC_RIGHT : RC_LEFT;
	size_t		low,
				high;

	range_of(c, side, index, &low, &high);
	*count = UINT32_MAX;
	if (high - low > c->most)
		return RC_OK;
	*count = 0;
	for (size_t i = low; i < high; i++)
	{
		RcIndex		candidate = c->entry[other][i].index;

		if (may_meet(c, side, index, candidate))
		{
			c->items[*count] = (RcSubsetItem) {c->work->pool->side[other].compare[candidate], c->twin[other][candidate]};
			c->indexes[(*count)++] = candidate;
		}
	}
	return rc_poll(c->work, high - low);
}

RcCode
rc_candidates_by_number(RcCandidates *c, RcSubsetSearch *search, RcSide other, uint32_t count, const uint32_t **order)
{
	bool		differs = false;

	*order = NULL;
	if (!c->numbered[other])
		return RC_OK;
	for (uint32_t i = 0; i < count; i++)
	{
		c->keys[i] = (RcSubsetKey) {c->number[other][c->indexes[i]], i};
		differs |= i > 0 && c->keys[i].key < c->keys[i - 1].key;
	}
	if (!differs)
		return RC_OK;
	RC_TRY(rc_subset_sort(search, c->keys, c->spare, count));
	for (uint32_t i = 0; i < count; i++)
		c->by_number[i] = c->keys[i].place;
	*order = c->by_number;
	return RC_OK;
}

RcCode
rc_candidates_create(RcCandidates *c, RcWork *work)
{
	size_t		most = work->rule->max_items > 0 ? work->rule->max_items : DEFAULT_ITEMS;

	memset(c, 0, sizeof(*c));
	c->work = work;
	c->keyed = work->rule->left_keyset >= 0 && work->rule->right_keyset >= 0;
	RC_TRY(prepare(c, RC_LEFT));
	RC_TRY(prepare(c, RC_RIGHT));
	if (most > c->count[RC_LEFT] && most > c->count[RC_RIGHT])
		most = c->count[RC_LEFT] > c->count[RC_RIGHT] ? c->count[RC_LEFT] : c->count[RC_RIGHT];
	c->most = (uint32_t) most;
	RC_TRY(rc_scratch(work, &c->items, most + 1, sizeof(RcSubsetItem)));
	RC_TRY(rc_scratch(work, &c->indexes, most + 1, sizeof(RcIndex)));
	RC_TRY(rc_scratch(work, &c->by_number, most + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &c->keys, most + 1, sizeof(RcSubsetKey)));
	return rc_scratch(work, &c->spare, most + 1, sizeof(RcSubsetKey));
}

int64_t
rc_candidates_unit(const RcCandidates *c, uint32_t currency)
{
	return (int64_t) unit_of(c, currency)->unit;
}
