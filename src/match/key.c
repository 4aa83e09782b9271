/*
 * key.c - strategy `key`: both sides grouped by equal key and currency, sums compared.
 *
 * This is the exact pass that sees every item, so it is built around the cache: an open-addressing table of 16-byte slots over the left
 * keys, one record a group that gathers sums, counts and dates, both prefetched for a batch of items at a time, and results written
 * straight to their place. Only groups that do not agree at once are collected and resolved one by one.
 */
#include "work.h"

#include <string.h>

#define BATCH 32
#define NO_CURSOR UINT64_MAX
#define SLOW_CURSOR (UINT64_C(1) << 63)
#define COUNTED_CURSOR (UINT64_MAX - 1)
#define FOREIGN_CURSOR (UINT64_MAX - 2) /* set once nothing is placed any more: a currency difference stands at the group's first left item */

typedef struct Slot
{
	uint32_t	tag;			/* low half of the hash */
	uint32_t	group;			/* number + 1; 0: free */
	uint32_t	key;			/* arena word of the group's key */
	uint32_t	currency;
} Slot;

typedef struct Group
{
	int64_t		left_sum;
	RcSpan		left_span;
	uint32_t	left_count;
	RcIndex		first_left;		/* by item_id */

	/* what a right item touches */
	int64_t		right_sum;
	RcSpan		right_span;
	uint32_t	right_count;
	uint8_t		left_compares, right_compares;	/* some item's compared amount is not 0 */
	uint8_t		left_rejected, right_rejected;	/* some item is named in a rejection */
} Group;

/*
 * Groups are gathered where the matches will stand, and turned into matches in place: no match comes to stand behind its group.
 * Memory is the larger part of the cost.
 */
typedef union Place
{
	Group		group;
	RcMatch		match;
} Place;

_Static_assert(sizeof(Place) == sizeof(RcMatch), "a group fits into the place of its match");

/* A group that did not agree at once. */
typedef struct Slow
{
	uint64_t	left_start, right_start;	/* in slow_items */
	uint32_t	left_count, right_count;
} Slow;

/* A right item whose key exists on the left in another currency only. */
typedef struct Foreign
{
	RcIndex		right;
	RcIndex		left;
	uint32_t	group;			/* of the left item */
} Foreign;

typedef struct KeyPass
{
	RcWork	   *work;
	const RcItems *left, *right;
	const uint64_t *left_hash, *right_hash;
	const uint32_t *left_key, *right_key;

	Slot	   *slots;
	size_t		mask;
	int			shift;

	Place	   *groups;
	size_t		group_count;
	uint64_t	both_items;		/* in groups with items of both sides */
	uint32_t   *left_group, *right_group;	/* of each item; RC_NO_INDEX: none */

	RcTally    *tally;			/* where matches are counted, NULL: they are listed */
	uint64_t   *left_cursor, *right_cursor; /* of each group: where its next item goes */
	Slow	   *slow;
	size_t		slow_count;
	RcIndex    *slow_items;

	Foreign    *foreign;
	size_t		foreign_count, foreign_capacity;
} KeyPass;

/* One item on its way through a batch. */
typedef struct Lane
{
	RcIndex		index;
	uint32_t	tag;
	size_t		place;
} Lane;

static inline size_t
slot_place(const KeyPass *pass, uint64_t hash)
{
	return (size_t) (hash >> pass->shift);
}

/* Takes the next items that take part and have a key into a batch; prefetches their slots. */
static inline int
fill_lanes(const KeyPass *pass, RcSide side, size_t *position, Lane *lanes)
{
	const RcItems *items = side == RC_LEFT ? pass->left : pass->right;
	const uint64_t *hash = side == RC_LEFT ? pass->left_hash : pass->right_hash;
	const uint32_t *key = side == RC_LEFT ? pass->left_key : pass->right_key;
	uint32_t   *group = side == RC_LEFT ? pass->left_group : pass->right_group;
	const RcIndex *order = pass->work->order[side];
	size_t		count = items->count;
	int			filled = 0;

	while (filled < BATCH && *position < count)
	{
		RcIndex		i = order != NULL ? order[*position] : (RcIndex) *position;

		(*position)++;
		group[i] = RC_NO_INDEX;
		if (key[i] == 0 || !rc_takes_part(pass->work, side, i))
			continue;
		lanes[filled].index = i;
		lanes[filled].tag = (uint32_t) hash[i];
		lanes[filled].place = slot_place(pass, hash[i]);
		__builtin_prefetch(&pass->slots[lanes[filled].place]);
		filled++;
	}
	return filled;
}

static RcCode
sum_overflow(const KeyPass *pass)
{
	return rc_fail(pass->work->status, RC_OVERFLOW, "sum of amounts of one key is too large");
}

static inline RcCode
add_left(KeyPass *pass, Group *group, RcIndex i)
{
	const RcItems *items = pass->left;

	if (__builtin_add_overflow(group->left_sum, items->compare[i], &group->left_sum))
		return sum_overflow(pass);
	group->left_count++;
	group->left_compares |= items->compare[i] != 0;
	group->left_rejected |= (items->state[i] & RC_ITEM_REJECTED) != 0;
	rc_span_add(&group->left_span, items->date[i]);
	return RC_OK;
}

static inline RcCode
add_right(KeyPass *pass, Group *group, RcIndex i)
{
	const RcItems *items = pass->right;

	if (__builtin_add_overflow(group->right_sum, items->compare[i], &group->right_sum))
		return sum_overflow(pass);
	if (group->right_count++ == 0)
		pass->both_items += group->left_count;
	pass->both_items++;
	group->right_compares |= items->compare[i] != 0;
	group->right_rejected |= (items->state[i] & RC_ITEM_REJECTED) != 0;
	rc_span_add(&group->right_span, items->date[i]);
	return RC_OK;
}

/* Groups the left items; numbers follow the smallest item_id. */
static RcCode
build(KeyPass *pass)
{
	const RcPool *pool = pass->work->pool;
	const RcItems *items = pass->left;
	size_t		position = 0;
	Lane		lanes[BATCH];

	while (position < items->count)
	{
		int			filled = fill_lanes(pass, RC_LEFT, &position, lanes);

		for (int n = 0; n < filled; n++)
		{
			RcIndex		i = lanes[n].index;
			size_t		place = lanes[n].place;
			Slot	   *slot;
			Group	   *group;

			while ((slot = &pass->slots[place])->group != 0 &&
				   !(slot->tag == lanes[n].tag && slot->currency == items->currency[i] &&
					 rc_pool_same(pool, slot->key, pass->left_key[i])))
				place = (place + 1) & pass->mask;
			if (slot->group == 0)
			{
				group = &pass->groups[pass->group_count++].group;
				*slot = (Slot) {lanes[n].tag, (uint32_t) pass->group_count, pass->left_key[i], items->currency[i]};
				memset(group, 0, sizeof(*group));
				group->left_span = group->right_span = RC_EMPTY_SPAN;
				group->first_left = i;
			}
			else
				group = &pass->groups[slot->group - 1].group;
			pass->left_group[i] = slot->group - 1;
			RC_TRY(add_left(pass, group, i));
		}
		RC_TRY(rc_poll(pass->work, BATCH));
	}
	return RC_OK;
}

static RcCode
remember_foreign(KeyPass *pass, RcIndex right, uint32_t group)
{
	if (pass->foreign_count == pass->foreign_capacity)
	{
		pass->foreign_capacity = 2 * pass->foreign_capacity + 64;
		RC_TRY(rc_scratch_grow(pass->work, &pass->foreign, pass->foreign_capacity, sizeof(Foreign)));
	}
	pass->foreign[pass->foreign_count++] = (Foreign) {right, pass->groups[group].group.first_left, group};
	return RC_OK;
}

/* Finds the group of each right item and adds it there. */
static RcCode
probe(KeyPass *pass)
{
	const RcPool *pool = pass->work->pool;
	const RcItems *items = pass->right;
	size_t		position = 0;
	Lane		lanes[BATCH];

	while (position < items->count)
	{
		int			filled = fill_lanes(pass, RC_RIGHT, &position, lanes);

		/* Walk to the first slot with the tag; what it points to is fetched while the others walk. */
		for (int n = 0; n < filled; n++)
		{
			size_t		place = lanes[n].place;
			const Slot *slot;

			while ((slot = &pass->slots[place])->group != 0 && slot->tag != lanes[n].tag)
				place = (place + 1) & pass->mask;
			lanes[n].place = place;
			if (slot->group != 0)
			{
				const Group *group = &pass->groups[slot->group - 1].group;

				__builtin_prefetch(&group->right_sum, 1);
				__builtin_prefetch(&group->right_rejected, 1);
				__builtin_prefetch(&pool->words[slot->key]);
			}
		}
		for (int n = 0; n < filled; n++)
		{
			RcIndex		i = lanes[n].index;
			size_t		place = lanes[n].place;
			uint32_t	foreign = 0;
			const Slot *slot;

			for (; (slot = &pass->slots[place])->group != 0; place = (place + 1) & pass->mask)
			{
				if (slot->tag != lanes[n].tag || !rc_pool_same(pool, slot->key, pass->right_key[i]))
					continue;
				if (slot->currency == items->currency[i])
					break;
				if (foreign == 0 || slot->group < foreign)
					foreign = slot->group;
			}
			if (slot->group != 0)
			{
				pass->right_group[i] = slot->group - 1;
				RC_TRY(add_right(pass, &pass->groups[slot->group - 1].group, i));
			}
			else if (foreign != 0)
				RC_TRY(remember_foreign(pass, i, foreign - 1));
		}
		RC_TRY(rc_poll(pass->work, BATCH));
	}
	return RC_OK;
}

static inline bool
agrees(const RcRule *rule, const Group *group)
{
	return rc_sums_agree(rule, group->left_sum, group->right_sum) &&
		group->left_compares == group->right_compares &&
		!(group->left_rejected && group->right_rejected) &&
		rc_lag_agrees(rule, group->left_span, group->right_span);
}

/* Emits the matches of groups that agree and gives every item of a group with both sides its place. */
static RcCode
classify(KeyPass *pass)
{
	RcWork	   *work = pass->work;
	RcResult   *result = work->result;
	uint64_t	slow_items = 0;
	size_t		slow_capacity = 0;
	size_t		matches = 0;

	if (pass->tally == NULL)
		RC_TRY(rc_reserve(work, 0, pass->both_items));
	/* The table has served; fresh memory would first have to be cleared by the kernel, which costs more than the whole pass over it. */
	_Static_assert(sizeof(Slot) >= 2 * sizeof(uint64_t), "a slot holds two cursors, and there are more slots than groups");
	pass->left_cursor = (uint64_t *) pass->slots;
	pass->right_cursor = pass->left_cursor + pass->group_count;
	pass->slots = NULL;
	for (size_t g = 0; g < pass->group_count; g++)
	{
		const Group copy = pass->groups[g].group;	/* its place may become that of a match */
		const Group *group = &copy;
		uint64_t	items = (uint64_t) group->left_count + group->right_count;

		RC_TRY(rc_poll(work, 1));
		if (group->right_count == 0)
			pass->left_cursor[g] = pass->right_cursor[g] = NO_CURSOR;
		else if (pass->tally != NULL && agrees(work->rule, group))
		{
			int64_t		difference;

			if (__builtin_sub_overflow(group->left_sum, group->right_sum, &difference) ||
				__builtin_add_overflow(pass->tally->difference, difference, &pass->tally->difference))
				return sum_overflow(pass);
			pass->tally->matches++;
			pass->left_cursor[g] = pass->right_cursor[g] = COUNTED_CURSOR;
		}
		else if (agrees(work->rule, group))
		{
			RcMatch    *match = &pass->groups[matches++].match;

			*match = (RcMatch) {
				.rule = work->rule_index,.evidence = RC_EVIDENCE_KEY,.suggestion = work->rule->suggest_only,
				.first_left = result->item_count,.left_count = group->left_count,
				.first_right = result->item_count + group->left_count,.right_count = group->right_count,
				.left_sum = group->left_sum,.right_sum = group->right_sum,
				.candidates = 1,.confidence = rc_usual_confidence(RC_EVIDENCE_KEY),
				.lag_low = rc_lag(group->left_span.high, group->right_span.low),
				.lag_high = rc_lag(group->left_span.low, group->right_span.high)
			};
			if (__builtin_sub_overflow(group->left_sum, group->right_sum, &match->difference))
				return sum_overflow(pass);
			pass->left_cursor[g] = match->first_left;
			pass->right_cursor[g] = match->first_right;
			result->item_count += items;
		}
		else
		{
			if (pass->slow_count == slow_capacity)
			{
				slow_capacity = 2 * slow_capacity + 64;
				RC_TRY(rc_scratch_grow(work, &pass->slow, slow_capacity, sizeof(Slow)));
			}
			pass->slow[pass->slow_count++] = (Slow) {
				slow_items, slow_items + group->left_count, group->left_count, group->right_count
			};
			pass->left_cursor[g] = slow_items | SLOW_CURSOR;
			pass->right_cursor[g] = (slow_items + group->left_count) | SLOW_CURSOR;
			slow_items += items;
		}
	}
	result->match_count += matches;
	return rc_scratch(work, &pass->slow_items, slow_items, sizeof(RcIndex));
}

/* Puts the items of one side where their groups want them, in ascending item_id order, and allocates those that match. */
static RcCode
scatter(KeyPass *pass, RcSide side)
{
	RcWork	   *work = pass->work;
	RcItems    *items = &work->pool->side[side];
	const uint32_t *group_of = side == RC_LEFT ? pass->left_group : pass->right_group;
	uint64_t   *cursors = side == RC_LEFT ? pass->left_cursor : pass->right_cursor;
	RcMatchedItem *target = work->result->items;
	bool		suggest = work->rule->suggest_only;

	for (size_t from = 0; from < items->count; from += BATCH)
	{
		size_t		to = items->count - from > BATCH ? from + BATCH : items->count;
		RcIndex		index[BATCH];
		uint64_t	place[BATCH];
		int			n = 0;

		for (size_t position = from; position < to; position++)
		{
			RcIndex		i = rc_ordered(work, side, position);

			if (group_of[i] == RC_NO_INDEX)
				continue;
			index[n++] = i;
			__builtin_prefetch(&cursors[group_of[i]], 1);
		}
		for (int k = 0; k < n; k++)
		{
			uint64_t   *cursor = &cursors[group_of[index[k]]];

			place[k] = *cursor;
			if (*cursor < COUNTED_CURSOR)
				(*cursor)++;
			if (!(place[k] & SLOW_CURSOR))
				__builtin_prefetch(&target[place[k]], 1);
		}
		for (int k = 0; k < n; k++)
		{
			RcIndex		i = index[k];

			if (place[k] == NO_CURSOR)
				continue;
			if (place[k] == COUNTED_CURSOR)
			{
				if (side == RC_LEFT && __builtin_add_overflow(pass->tally->left_amount, items->amount[i], &pass->tally->left_amount))
					return sum_overflow(pass);
				items->amount[i] = 0;
				items->compare[i] = 0;
				items->state[i] |= RC_ITEM_MATCHED;
			}
			else if (place[k] & SLOW_CURSOR)
				pass->slow_items[place[k] & ~SLOW_CURSOR] = i;
			else
			{
				target[place[k]] = (RcMatchedItem) {i, items->amount[i]};
				if (suggest)
					items->state[i] |= RC_ITEM_SUGGESTED;
				else
				{
					items->amount[i] = 0;
					items->compare[i] = 0;
					items->state[i] |= RC_ITEM_MATCHED;
				}
			}
		}
		RC_TRY(rc_poll(work, BATCH));
	}
	return RC_OK;
}

static RcCode
resolve_slow(KeyPass *pass)
{
	RcGroup		group = {
		.whole = RC_EVIDENCE_KEY,.part = RC_EVIDENCE_KEY_PAIR,.partial = RC_EVIDENCE_KEY_PARTIAL,
		.allow_partial = pass->work->rule->partial
	};

	for (size_t n = 0; n < pass->slow_count; n++)
	{
		const Slow *slow = &pass->slow[n];

		group.left = pass->slow_items + slow->left_start;
		group.left_count = slow->left_count;
		group.right = pass->slow_items + slow->right_start;
		group.right_count = slow->right_count;
		RC_TRY(rc_group_resolve(pass->work, &group));
	}
	return RC_OK;
}

/*
 * Notes keys that meet in different currencies only: on the first left item, naming the first right one; all others are part of that difference.
 * Where the left items have counterparts of their own currency, it is noted on the right one.
 */
static RcCode
note_foreign(KeyPass *pass)
{
	RcWork	   *work = pass->work;
	bool		any = false;

	for (size_t n = 0; n < pass->foreign_count; n++)
	{
		RcIndex		right = pass->foreign[n].right;
		RcIndex		left = pass->foreign[n].left;
		uint64_t   *cursor = &pass->left_cursor[pass->foreign[n].group];

		RC_TRY(rc_poll(work, 1));
		if (*cursor == FOREIGN_CURSOR)
			RC_TRY(rc_note_part(work, RC_RIGHT, right, RC_LEFT, left));
		else if (*cursor == NO_CURSOR && !(pass->left->state[left] & RC_ITEM_NOTED))
		{
			RC_TRY(rc_note(work, RC_LEFT, left, RC_NOTE_CURRENCY_DIFFERENCE, 0, RC_RIGHT, right));
			*cursor = FOREIGN_CURSOR;
			pass->right_cursor[pass->foreign[n].group] = left;
			any = true;
		}
		else
			RC_TRY(rc_note(work, RC_RIGHT, right, RC_NOTE_CURRENCY_DIFFERENCE, 0, RC_LEFT, left));
	}
	for (size_t position = 0; any && position < pass->left->count; position++)
	{
		RcIndex		left = rc_ordered(work, RC_LEFT, position);
		uint32_t	group = pass->left_group[left];

		RC_TRY(rc_poll(work, 1));
		if (group != RC_NO_INDEX && pass->left_cursor[group] == FOREIGN_CURSOR && pass->right_cursor[group] != left)
			RC_TRY(rc_note_part(work, RC_LEFT, left, RC_LEFT, (RcIndex) pass->right_cursor[group]));
	}
	return RC_OK;
}

RcCode
rc_match_key(RcWork *work)
{
	RcPool	   *pool = work->pool;
	int			left_keyset = work->rule->left_keyset,
				right_keyset = work->rule->right_keyset;
	KeyPass		pass = {
		.work = work,.left = &pool->side[RC_LEFT],.right = &pool->side[RC_RIGHT],
		.left_hash = pool->side[RC_LEFT].hash[left_keyset],.left_key = pool->side[RC_LEFT].key[left_keyset],
		.right_hash = pool->side[RC_RIGHT].hash[right_keyset],.right_key = pool->side[RC_RIGHT].key[right_keyset],
	};
	size_t		left_count = 0;
	size_t		capacity = 64;

	for (size_t i = 0; i < pass.left->count; i++)
		left_count += pass.left_key[i] != 0 && rc_takes_part(work, RC_LEFT, (RcIndex) i);
	if (left_count == 0 || pass.right->count == 0)
		return RC_OK;
	if (work->result->tallies != NULL && !work->rule->suggest_only)
		pass.tally = &work->result->tallies[work->rule_index];
	pass.shift = 64 - 6;
	while (capacity < left_count + left_count / 2)
	{
		capacity *= 2;
		pass.shift--;
	}
	pass.mask = capacity - 1;
	RC_TRY(rc_scratch_zero(work, &pass.slots, capacity, sizeof(Slot)));
	RC_TRY(rc_reserve(work, left_count, 0));
	pass.groups = (Place *) (work->result->matches + work->result->match_count);
	RC_TRY(rc_scratch(work, &pass.left_group, pass.left->count, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &pass.right_group, pass.right->count, sizeof(uint32_t)));
	RC_TRY(build(&pass));
	RC_TRY(probe(&pass));
	RC_TRY(classify(&pass));
	RC_TRY(scatter(&pass, RC_LEFT));
	RC_TRY(scatter(&pass, RC_RIGHT));
	RC_TRY(resolve_slow(&pass));
	return note_foreign(&pass);
}
