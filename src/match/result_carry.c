/*
 * result_carry.c - what a part of the items leaves to the rules that look at the rest of all parts.
 */
#include "work.h"

#include <string.h>

#include "tray.h"

/* Brings an item into the pool, once; place remembers where it lies. */
static RcCode
carry_item(RcPool *pool, const RcPool *part, RcSide side, RcIndex index, RcIndex *place, RcStatus *status)
{
	RcCode		code;

	if (*place != RC_NO_INDEX)
		return RC_OK;
	code = rc_pool_copy(pool, side, part, index, status);
	if (code == RC_OK)
		*place = (RcIndex) (pool->side[side].count - 1);
	return code;
}

static bool
extend(RcPool *pool, void *array, uint64_t count, uint64_t more, size_t width)
{
	void	   *grown;

	if (more == 0)
		return true;
	memcpy(&grown, array, sizeof(grown));
	grown = rc_resize(&pool->allocator, grown, (count + more) * width);
	if (grown == NULL)
		return false;
	memcpy(array, &grown, sizeof(grown));
	return true;
}

static RcCode
carry_notes(RcPool *pool, RcResult *result, const RcPool *part, const RcResult *from, uint8_t named_mark, RcIndex *places[2], RcStatus *status)
{
	if (!extend(pool, &result->notes, result->note_count, from->note_count, sizeof(RcNote)))
		return rc_fail(status, RC_NO_MEMORY, "out of memory for the result of matching");
	for (uint64_t n = 0; n < from->note_count; n++)
	{
		RcNote		note = from->notes[n];

		if (note.other != RC_NO_INDEX)
		{
			RcIndex    *place = &places[note.other_side][note.other];
			bool		closed = *place == RC_NO_INDEX;

			RC_TRY(carry_item(pool, part, note.other_side, note.other, place, status));
			if (closed)
				pool->side[note.other_side].mark[*place] |= named_mark;
			note.other = *place;
		}
		note.index = places[note.side][note.index];
		result->notes[result->note_count++] = note;
	}
	return RC_OK;
}

static RcCode
carry_suggestions(RcPool *pool, RcResult *result, const RcResult *from, RcIndex *places[2], RcStatus *status)
{
	uint64_t	matches = 0;
	uint64_t	items = 0;

	for (uint64_t m = 0; m < from->match_count; m++)
		if (from->matches[m].suggestion)
		{
			matches++;
			items += (uint64_t) from->matches[m].left_count + from->matches[m].right_count;
		}
	if (!extend(pool, &result->matches, result->match_count, matches, sizeof(RcMatch)) ||
		!extend(pool, &result->items, result->item_count, items, sizeof(RcMatchedItem)))
		return rc_fail(status, RC_NO_MEMORY, "out of memory for the result of matching");
	for (uint64_t m = 0; m < from->match_count; m++)
	{
		RcMatch		match = from->matches[m];

		if (!match.suggestion)
			continue;
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		{
			uint64_t	first = side == RC_LEFT ? match.first_left : match.first_right;
			uint64_t	count = side == RC_LEFT ? match.left_count : match.right_count;

			*(side == RC_LEFT ? &match.first_left : &match.first_right) = result->item_count;
			for (uint64_t i = first; i < first + count; i++)
				result->items[result->item_count++] = (RcMatchedItem) {places[side][from->items[i].index], from->items[i].amount};
		}
		result->matches[result->match_count++] = match;
	}
	return RC_OK;
}

static RcCode
carry(RcPool *pool, RcResult *result, const RcPool *part, const RcResult *from, uint8_t named_mark, RcIndex *places[2], RcStatus *status)
{
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		const RcItems *items = &part->side[side];

		for (size_t i = 0; i < items->count; i++)
		{
			places[side][i] = RC_NO_INDEX;
			if (!(items->state[i] & RC_ITEM_MATCHED))
				RC_TRY(carry_item(pool, part, (RcSide) side, (RcIndex) i, &places[side][i], status));
		}
	}
	RC_TRY(carry_notes(pool, result, part, from, named_mark, places, status));
	return carry_suggestions(pool, result, from, places, status);
}

RcCode
rc_result_carry(RcPool *pool, RcResult *result, const RcPool *part, const RcResult *from, uint8_t named_mark, RcStatus *status)
{
	RcIndex    *places[2];
	RcCode		code;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		places[side] = rc_allocate(&pool->allocator, (part->side[side].count + 1) * sizeof(RcIndex));
	if (places[RC_LEFT] == NULL || places[RC_RIGHT] == NULL)
		code = rc_fail(status, RC_NO_MEMORY, "out of memory for the result of matching");
	else
		code = carry(pool, result, part, from, named_mark, places, status);
	rc_release(&pool->allocator, places[RC_LEFT]);
	rc_release(&pool->allocator, places[RC_RIGHT]);
	return code;
}

RcCode
rc_result_append(RcPool *pool, RcResult *result, const RcCarried *carried, RcStatus *status)
{
	RcIndex		base[2];
	uint64_t	first_item = result->item_count;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		base[side] = (RcIndex) pool->side[side].count;
		RC_TRY(rc_pool_add_packed(pool, (RcSide) side, carried->packed[side], carried->packed_size[side], status));
	}
	if (!extend(pool, &result->notes, result->note_count, carried->note_count, sizeof(RcNote)) ||
		!extend(pool, &result->matches, result->match_count, carried->match_count, sizeof(RcMatch)) ||
		!extend(pool, &result->items, result->item_count, carried->item_count, sizeof(RcMatchedItem)))
		return rc_fail(status, RC_NO_MEMORY, "out of memory for the result of matching");
	for (uint64_t n = 0; n < carried->note_count; n++)
	{
		RcNote		note = carried->notes[n];

		note.index += base[note.side];
		if (note.other != RC_NO_INDEX)
			note.other += base[note.other_side];
		result->notes[result->note_count++] = note;
	}
	for (uint64_t m = 0; m < carried->match_count; m++)
	{
		RcMatch		match = carried->matches[m];

		for (uint64_t i = 0; i < (uint64_t) match.left_count + match.right_count; i++)
		{
			bool		left = i < match.left_count;
			RcMatchedItem item = carried->items[left ? match.first_left + i : match.first_right + i - match.left_count];

			item.index += base[left ? RC_LEFT : RC_RIGHT];
			result->items[result->item_count++] = item;
		}
		match.first_left = first_item;
		match.first_right = first_item + match.left_count;
		first_item = result->item_count;
		result->matches[result->match_count++] = match;
	}
	return RC_OK;
}
