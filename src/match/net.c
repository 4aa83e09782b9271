/*
 * net.c - strategy `net`: items of one side that cancel each other, such as a payment and its reversal or a refund before settlement.
 *
 * Items belong together by their key or, without one, by their text. First pairs of opposite amounts, closest dates first; then what is left
 * of a key when it adds up to zero. Items of one amount and date are a block: blocks choose each other, so that the order does not matter.
 */
#include "work.h"

#include <string.h>

#define MAX_ROUNDS 64

/* Items of one amount, sign and date. */
typedef struct Block
{
	int32_t		date;
	uint32_t	count;			/* still open */
	size_t		first;			/* in the entries */
	bool		alike;			/* all interchangeable */
} Block;

typedef struct Choice
{
	size_t		block;			/* SIZE_MAX: none within the lag */
	bool		tie;			/* another one is as close */
} Choice;

typedef struct Net
{
	RcWork	   *work;
	RcSide		side;
	RcEntry    *group;			/* items of one key or text */
	RcIndex    *indexes;
	Block	   *blocks[2];		/* positive, negative; by date */
	Choice	   *choices[2];
	size_t		block_count[2];
} Net;

static bool
lag_agrees(const RcRule *rule, int32_t a, int32_t b)
{
	int64_t		lag = a < b ? (int64_t) b - a : (int64_t) a - b;

	if (a == RC_NO_DATE || b == RC_NO_DATE)
		return true;
	return !(rule->has_lag_min && lag < rule->lag_min) && !(rule->has_lag_max && lag > rule->lag_max);
}

static RcCode
emit(Net *net, const RcIndex *indexes, size_t count)
{
	RcEmission	emission = {.evidence = RC_EVIDENCE_NET};

	if (net->side == RC_LEFT)
	{
		emission.left = indexes;
		emission.left_count = count;
	}
	else
	{
		emission.right = indexes;
		emission.right_count = count;
	}
	return rc_emit(net->work, &emission);
}

/* The first block not before a date. */
static size_t
lower_bound(const Block *blocks, size_t count, int64_t date)
{
	size_t		low = 0,
				high = count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (blocks[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The closest block of the other sign within the lag, before or after. */
static Choice
choose(const Net *net, const Block *block, int other)
{
	const RcRule *rule = net->work->rule;
	const Block *blocks = net->blocks[other];
	int64_t		least = rule->has_lag_min && rule->lag_min > 0 ? rule->lag_min : 0;
	size_t		after = lower_bound(blocks, net->block_count[other], block->date + least);
	size_t		before = lower_bound(blocks, net->block_count[other], block->date - least + 1);
	bool		has_after = after < net->block_count[other] && lag_agrees(rule, block->date, blocks[after].date);
	bool		has_before = before > 0 && lag_agrees(rule, block->date, blocks[before - 1].date);
	int64_t		after_days = has_after ? (int64_t) blocks[after].date - block->date : INT64_MAX;
	int64_t		before_days = has_before ? (int64_t) block->date - blocks[before - 1].date : INT64_MAX;

	if (!has_after && !has_before)
		return (Choice) {SIZE_MAX, false};
	if (after_days == before_days)
		return (Choice) {after, before - 1 != after};
	return (Choice) {after_days < before_days ? after : before - 1, false};
}

/* Makes the blocks of the entries [from, to), which are of one amount, by sign. Entries without a date stay out. */
static void
make_blocks(Net *net, size_t from, size_t to)
{
	const RcItems *items = &net->work->pool->side[net->side];

	net->block_count[0] = net->block_count[1] = 0;
	/* Sorted by amount, date and content: of either sign, ascending dates. */
	for (size_t i = from; i < to; i++)
	{
		RcIndex		index = net->group[i].index;
		int			sign = items->compare[index] < 0;
		Block	   *last = net->block_count[sign] > 0 ? &net->blocks[sign][net->block_count[sign] - 1] : NULL;

		if (items->date[index] == RC_NO_DATE)
			continue;
		if (last != NULL && last->date == items->date[index])
		{
			last->alike = last->alike && rc_interchangeable(net->work->pool, net->side, net->indexes[last->first], index);
			net->indexes[last->first + last->count++] = index;
		}
		else
		{
			/* Each sign has a part of the indexes to itself, as long as the range. */
			size_t		first = last != NULL ? last->first + last->count : sign == 0 ? 0 : to - from;

			net->indexes[first] = index;
			net->blocks[sign][net->block_count[sign]++] = (Block) {items->date[index], 1, first, true};
		}
	}
}

/* Nets two blocks that have chosen each other; *any is set unless it stays open which items it would be. */
static RcCode
net_blocks(Net *net, Block *a, Block *b, bool *any)
{
	uint32_t	count = a->count < b->count ? a->count : b->count;
	const RcIndex *left = net->indexes + a->first,
			   *right = net->indexes + b->first;

	if ((a->count > count && !a->alike) || (b->count > count && !b->alike))
		return RC_OK;
	if (a->alike && b->alike)
	{
		for (uint32_t i = 0; i < count; i++)
			RC_TRY(emit(net, (RcIndex[]) {left[i], right[i]}, 2));
	}
	else
	{
		RcIndex    *all;

		/* Nothing tells which belongs to which, nor does it matter: together they are zero. */
		RC_TRY(rc_scratch(net->work, &all, 2 * (size_t) count, sizeof(RcIndex)));
		for (uint32_t i = 0; i < count; i++)
		{
			all[2 * i] = left[i];
			all[2 * i + 1] = right[i];
		}
		RC_TRY(emit(net, all, 2 * (size_t) count));
		rc_scratch_release(net->work, all);
	}
	a->first += count;
	a->count -= count;
	b->first += count;
	b->count -= count;
	*any = true;
	return RC_OK;
}

static RcCode
choose_all(Net *net)
{
	for (int sign = 0; sign < 2; sign++)
	{
		for (size_t b = 0; b < net->block_count[sign]; b++)
			net->choices[sign][b] = choose(net, &net->blocks[sign][b], 1 - sign);
		RC_TRY(rc_poll(net->work, net->block_count[sign]));
	}
	return RC_OK;
}

static void
drop_empty(Net *net, int sign)
{
	size_t		kept = 0;

	for (size_t b = 0; b < net->block_count[sign]; b++)
	{
		if (net->blocks[sign][b].count > 0)
			net->blocks[sign][kept++] = net->blocks[sign][b];
	}
	net->block_count[sign] = kept;
}

/* Nets pairs among the entries [from, to), all of one amount but for the sign. */
static RcCode
net_pairs(Net *net, size_t from, size_t to)
{
	const RcItems *items = &net->work->pool->side[net->side];
	bool		any = true;

	if (to - from == 2)
	{
		RcIndex		a = net->group[from].index,
					b = net->group[from + 1].index;

		/* The only ones of their amount need no date. */
		if (items->compare[a] == -items->compare[b] && lag_agrees(net->work->rule, items->date[a], items->date[b]))
			RC_TRY(emit(net, (RcIndex[]) {a, b}, 2));
		return RC_OK;
	}
	make_blocks(net, from, to);
	for (int round = 0; any && round < MAX_ROUNDS && net->block_count[0] > 0 && net->block_count[1] > 0; round++)
	{
		any = false;
		RC_TRY(choose_all(net));
		for (size_t b = 0; b < net->block_count[0]; b++)
		{
			Choice		mine = net->choices[0][b];

			if (mine.block != SIZE_MAX && !mine.tie && net->choices[1][mine.block].block == b && !net->choices[1][mine.block].tie)
				RC_TRY(net_blocks(net, &net->blocks[0][b], &net->blocks[1][mine.block], &any));
		}
		drop_empty(net, 0);
		drop_empty(net, 1);
	}
	/* Who still has a choice could not be told apart from another. */
	RC_TRY(choose_all(net));
	for (int sign = 0; sign < 2; sign++)
	{
		for (size_t b = 0; b < net->block_count[sign]; b++)
		{
			Choice		choice = net->choices[sign][b];
			const Block *block = &net->blocks[sign][b];

			for (uint32_t i = 0; i < block->count && choice.block != SIZE_MAX; i++)
				RC_TRY(rc_note(net->work, net->side, net->indexes[block->first + i], RC_NOTE_AMBIGUOUS, 0, net->side,
							   net->indexes[net->blocks[1 - sign][choice.block].first]));
		}
	}
	return rc_poll(net->work, to - from);
}

/* Nets what is left of a group when it adds up to zero. */
static RcCode
net_rest(Net *net, size_t count)
{
	const RcItems *items = &net->work->pool->side[net->side];
	RcWide		compared = 0,
				amount = 0;
	RcSpan		span = RC_EMPTY_SPAN;
	size_t		left = 0;

	for (size_t i = 0; i < count; i++)
	{
		RcIndex		index = net->group[i].index;

		if (!rc_takes_part(net->work, net->side, index) || items->compare[index] == 0)
			continue;
		compared += items->compare[index];
		amount += items->amount[index];
		rc_span_add(&span, items->date[index]);
		net->indexes[left++] = index;
		/* A sum beyond 64 bits on the way could not be told. */
		if (compared > INT64_MAX || compared < INT64_MIN)
			return RC_OK;
	}
	RC_TRY(rc_poll(net->work, count));
	if (left < 2 || compared != 0 || amount != 0 || (span.low <= span.high && !lag_agrees(net->work->rule, span.low, span.high)))
		return RC_OK;
	return emit(net, net->indexes, left);
}

/* Nets the items of one key or text, which are the first of the group's entries. */
static RcCode
net_group(Net *net, size_t count, bool has_key)
{
	const RcItems *items = &net->work->pool->side[net->side];
	bool		signs[2] = {false, false};

	for (size_t i = 0; i < count; i++)
	{
		RcIndex		index = net->group[i].index;
		int64_t		value = items->compare[index];

		signs[value < 0] = true;
		net->group[i] = (RcEntry) {value < 0 ? -value : value, items->date[index], index};
	}
	if (!signs[0] || !signs[1])
		return rc_poll(net->work, count);
	RC_TRY(rc_sort_by_value(net->work, net->side, net->group, count));
	for (size_t from = 0, to; from < count; from = to)
	{
		for (to = from + 1; to < count && net->group[to].value == net->group[from].value; to++)
			;
		if (to - from >= 2)
			RC_TRY(net_pairs(net, from, to));
	}
	return has_key ? net_rest(net, count) : RC_OK;
}

/* The word of the arena that holds an item together with others: its key or, without one, its text; 0: none. */
static uint32_t
word_of(const Net *net, int keyset, RcIndex i, bool *has_key)
{
	const RcItems *items = &net->work->pool->side[net->side];

	*has_key = items->key[keyset][i] != 0;
	if (*has_key)
		return items->key[keyset][i];
	return items->text != NULL ? items->text[i] : 0;
}

static bool
same_word(const Net *net, int keyset, RcIndex a, RcIndex b)
{
	const RcItems *items = &net->work->pool->side[net->side];
	bool		a_key,
				b_key;
	uint32_t	x = word_of(net, keyset, a, &a_key),
				y = word_of(net, keyset, b, &b_key);

	return a_key == b_key && items->currency[a] == items->currency[b] && rc_pool_same(net->work->pool, x, y);
}

static RcCode
net_side(RcWork *work, RcSide side, int keyset)
{
	Net			net = {.work = work,.side = side};
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries;
	size_t		count = 0;

	RC_TRY(rc_scratch(work, &entries, items->count + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < items->count; i++)
	{
		bool		has_key;
		uint32_t	word = word_of(&net, keyset, (RcIndex) i, &has_key);
		size_t		length;
		uint64_t	hash;

		RC_TRY(rc_poll(work, 1));
		/* What cancels must do so in what is compared and in what it is worth. */
		if (word == 0 || work->pool->words[word] == 0 || items->compare[i] == 0 || items->compare[i] != items->amount[i] ||
			items->compare[i] == INT64_MIN || !rc_takes_part(work, side, (RcIndex) i))
			continue;
		hash = has_key ? items->hash[keyset][i] : ~rc_pool_hash(rc_pool_bytes_at(work->pool, word, &length), work->pool->words[word]);
		hash ^= items->currency[i] * UINT64_C(0x9E3779B97F4A7C15);
		entries[count++] = (RcEntry) {(int64_t) hash, 0, (RcIndex) i};
	}
	RC_TRY(rc_sort_by_value(work, side, entries, count));
	RC_TRY(rc_scratch(work, &net.group, count + 1, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &net.indexes, 2 * count + 1, sizeof(RcIndex)));
	for (int sign = 0; sign < 2; sign++)
	{
		RC_TRY(rc_scratch(work, &net.blocks[sign], count + 1, sizeof(Block)));
		RC_TRY(rc_scratch(work, &net.choices[sign], count + 1, sizeof(Choice)));
	}
	for (size_t from = 0, to; from < count; from = to)
	{
		for (to = from + 1; to < count && entries[to].value == entries[from].value; to++)
			;
		/* Equal hashes of different keys: one key after another. */
		for (size_t left = to - from; left > 1;)
		{
			size_t		rest = 0,
						size = 0;
			bool		has_key;

			for (size_t i = from; i < from + left; i++)
			{
				if (same_word(&net, keyset, entries[from].index, entries[i].index))
					net.group[size++] = entries[i];
				else
					entries[from + 1 + rest++] = entries[i];
			}
			word_of(&net, keyset, entries[from].index, &has_key);
			if (size > 1)
				RC_TRY(net_group(&net, size, has_key));
			memmove(entries + from, entries + from + 1, rest * sizeof(RcEntry));
			left = rest;
		}
	}
	return RC_OK;
}

RcCode
rc_match_net(RcWork *work)
{
	if (work->rule->left_keyset >= 0)
		RC_TRY(net_side(work, RC_LEFT, work->rule->left_keyset));
	if (work->rule->right_keyset >= 0)
		RC_TRY(net_side(work, RC_RIGHT, work->rule->right_keyset));
	return RC_OK;
}
