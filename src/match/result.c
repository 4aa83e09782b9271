/*
 * result.c - matches and notes as they are found, and their canonical order at the end.
 */
#include "work.h"

#include <string.h>

static RcCode
no_memory(RcWork *work)
{
	return rc_fail(work->status, RC_NO_MEMORY, "out of memory for the result of matching");
}

/* Makes room for `more` elements beyond `count`. */
static RcCode
reserve(RcWork *work, void *place, size_t *capacity, uint64_t count, size_t more, size_t width)
{
	size_t		needed = count + more;
	size_t		target;
	void	   *grown;

	if (needed <= *capacity)
		return RC_OK;
	target = *capacity + *capacity / 2 + 64;
	if (target < needed)
		target = needed;
	if (target > SIZE_MAX / width)
		return no_memory(work);
	memcpy(&grown, place, sizeof(grown));
	grown = rc_resize(&work->pool->allocator, grown, target * width);
	if (grown == NULL)
		return no_memory(work);
	memcpy(place, &grown, sizeof(grown));
	*capacity = target;
	return RC_OK;
}

RcCode
rc_reserve(RcWork *work, size_t matches, size_t items)
{
	RcResult   *result = work->result;

	RC_TRY(reserve(work, &result->matches, &work->match_capacity, result->match_count, matches, sizeof(RcMatch)));
	return reserve(work, &result->items, &work->item_capacity, result->item_count, items, sizeof(RcMatchedItem));
}

uint32_t
rc_usual_confidence(RcEvidence evidence)
{
	switch (evidence)
	{
		case RC_EVIDENCE_KEY:
			return 1000000;
		case RC_EVIDENCE_KEY_PAIR:
			return 950000;
		case RC_EVIDENCE_KEY_PARTIAL:
			return 900000;
		case RC_EVIDENCE_REFERENCE_WHOLE:
			return 990000;
		case RC_EVIDENCE_REFERENCE_CUT:
			return 970000;
		case RC_EVIDENCE_REFERENCE_TRUNCATED:
			return 900000;
		case RC_EVIDENCE_WINDOW:
			return 800000;
		case RC_EVIDENCE_SUBSET_RUN:
			return 950000;
		case RC_EVIDENCE_SUBSET_COMPLEMENT:
			return 930000;
		case RC_EVIDENCE_SUBSET_SMALL:
			return 900000;
		case RC_EVIDENCE_SUBSET_ANY:
			return 850000;
		case RC_EVIDENCE_NET:
			return 970000;
		case RC_EVIDENCE_SCORE:
			return 0;			/* always given: its probability */
	}
	return 0;
}


/* Copies one side of an emission behind the items, in ascending item_id order; tells its sum and dates. */
static RcCode
add_side(RcWork *work, RcSide side, const RcIndex *index, const int64_t *amount, size_t count, int64_t *sum, RcSpan *span)
{
	const RcItems *items = &work->pool->side[side];
	RcMatchedItem *target = work->result->items + work->result->item_count;
	bool		sorted = true;

	*sum = 0;
	*span = RC_EMPTY_SPAN;
	for (size_t i = 0; i < count; i++)
	{
		target[i].index = index[i];
		target[i].amount = amount != NULL ? amount[i] : items->amount[index[i]];
		if (__builtin_add_overflow(*sum, items->compare[index[i]], sum))
			return rc_fail(work->status, RC_OVERFLOW, "sum of amounts of one match is too large");
		rc_span_add(span, items->date[index[i]]);
		if (i > 0 && items->item_id[index[i]] < items->item_id[index[i - 1]])
			sorted = false;
	}
	if (!sorted)
	{
		RcEntry    *entries;
		int64_t    *amounts;

		RC_TRY(rc_scratch(work, &entries, count, sizeof(RcEntry)));
		RC_TRY(rc_scratch(work, &amounts, count, sizeof(int64_t)));
		for (size_t i = 0; i < count; i++)
		{
			amounts[i] = target[i].amount;
			entries[i] = (RcEntry) {items->item_id[index[i]], (int32_t) i, index[i]};
		}
		RC_TRY(rc_sort_by_value(work, side, entries, count));
		for (size_t i = 0; i < count; i++)
			target[i] = (RcMatchedItem) {entries[i].index, amounts[(uint32_t) entries[i].date]};
		rc_scratch_release(work, amounts);
		rc_scratch_release(work, entries);
	}
	work->result->item_count += count;
	return rc_poll(work, count);
}

/* Takes the allocated amounts off the items of one side, or marks them as suggested. */
static void
allocate_side(RcWork *work, RcSide side, uint64_t first, uint64_t count, bool suggestion)
{
	RcItems    *items = &work->pool->side[side];

	for (uint64_t i = first; i < first + count; i++)
	{
		RcIndex		index = work->result->items[i].index;
		int64_t		amount = work->result->items[i].amount;

		if (suggestion)
			items->state[index] |= RC_ITEM_SUGGESTED;
		else if (amount == items->amount[index])
		{
			items->amount[index] = 0;
			items->compare[index] = 0;
			items->state[index] |= RC_ITEM_MATCHED;
		}
		else
		{
			/* Only items whose compared amount is their amount are allocated in part. */
			items->amount[index] -= amount;
			items->compare[index] -= amount;
			items->state[index] |= RC_ITEM_PARTIAL;
		}
	}
}

RcCode
rc_emit(RcWork *work, const RcEmission *emission)
{
	RcResult   *result = work->result;
	RcMatch    *match;
	RcSpan		left,
				right;

	RC_TRY(rc_reserve(work, 1, emission->left_count + emission->right_count));
	match = &result->matches[result->match_count];
	memset(match, 0, sizeof(*match));
	match->rule = work->rule_index;
	match->evidence = (uint8_t) emission->evidence;
	match->suggestion = emission->suggestion || work->rule->suggest_only;
	match->first_left = result->item_count;
	match->left_count = (uint32_t) emission->left_count;
	RC_TRY(add_side(work, RC_LEFT, emission->left, emission->left_amount, emission->left_count, &match->left_sum, &left));
	match->first_right = result->item_count;
	match->right_count = (uint32_t) emission->right_count;
	RC_TRY(add_side(work, RC_RIGHT, emission->right, emission->right_amount, emission->right_count, &match->right_sum, &right));
	if (__builtin_sub_overflow(match->left_sum, match->right_sum, &match->difference))
		return rc_fail(work->status, RC_OVERFLOW, "difference of one match is too large");
	match->candidates = emission->candidates > 0 ? emission->candidates : 1;
	match->chance = emission->chance;
	match->confidence = emission->confidence > 0 ? emission->confidence : rc_usual_confidence(emission->evidence);
	match->lag_low = rc_lag(left.high, right.low);
	match->lag_high = rc_lag(left.low, right.high);
	result->match_count++;
	allocate_side(work, RC_LEFT, match->first_left, match->left_count, match->suggestion);
	allocate_side(work, RC_RIGHT, match->first_right, match->right_count, match->suggestion);
	return RC_OK;
}

/* Such a note says what was tried, not what is wrong with the item. */
static inline bool
gives_way(RcNoteReason reason)
{
	return reason == RC_NOTE_PART_OF_DIFFERENCE || reason == RC_NOTE_IMPOSSIBLE || reason == RC_NOTE_BUDGET;
}

RcCode
rc_note(RcWork *work, RcSide side, RcIndex index, RcNoteReason reason, int64_t difference, RcSide other_side, RcIndex other)
{
	RcResult   *result = work->result;
	uint8_t    *state = &work->pool->side[side].state[index];
	uint8_t		mark = gives_way(reason) ? RC_ITEM_SEARCHED : RC_ITEM_NOTED;

	if (*state & (RC_ITEM_NOTED | mark))
		return RC_OK;
	RC_TRY(reserve(work, &result->notes, &work->note_capacity, result->note_count, 1, sizeof(RcNote)));
	memset(&result->notes[result->note_count], 0, sizeof(RcNote));
	result->notes[result->note_count++] = (RcNote) {
		.side = side,.index = index,.reason = reason,.rule = work->rule_index,.difference = difference,
		.other_side = other_side,.other = other
	};
	*state |= mark;
	return RC_OK;
}

RcCode
rc_note_difference(RcWork *work, RcSide side, RcIndex index, int64_t difference, RcIndex other, bool *noted)
{
	*noted = !(work->pool->side[side].state[index] & RC_ITEM_NOTED);
	return rc_note(work, side, index, RC_NOTE_AMOUNT_DIFFERENCE, difference, (RcSide) !side, other);
}

RcCode
rc_note_part(RcWork *work, RcSide side, RcIndex index, RcSide noted_side, RcIndex noted)
{
	return rc_note(work, side, index, RC_NOTE_PART_OF_DIFFERENCE, 0, noted_side, noted);
}

RcCode
rc_runner_up(RcWork *work, RcSide side, RcIndex index, RcIndex rival, uint32_t confidence)
{
	RcResult   *result = work->result;

	RC_TRY(reserve(work, &result->runners_up, &work->runner_up_capacity, result->runner_up_count, 1, sizeof(RcRunnerUp)));
	result->runners_up[result->runner_up_count++] = (RcRunnerUp) {work->rule_index, side, index, rival, confidence};
	return RC_OK;
}

/* Whether a suggestion can still be confirmed as it was made: no later rule has taken from its items. */
static bool
still_possible(const RcWork *work, const RcMatch *match)
{
	const RcResult *result = work->result;

	for (uint64_t i = 0; i < (uint64_t) match->left_count + match->right_count; i++)
	{
		bool		left = i < match->left_count;
		uint64_t	place = left ? match->first_left + i : match->first_right + i - match->left_count;
		const RcItems *items = &work->pool->side[left ? RC_LEFT : RC_RIGHT];
		RcIndex		index = result->items[place].index;
		int64_t		open = items->amount[index];
		int64_t		wanted = result->items[place].amount;

		if (items->state[index] & RC_ITEM_MATCHED)
			return false;
		if (wanted >= 0 ? open < wanted : open > wanted)
			return false;
	}
	return true;
}

/* Drops suggestions that later rules have overtaken and notes of items that are no longer open. */
static RcCode
drop_overtaken(RcWork *work)
{
	RcResult   *result = work->result;
	uint64_t	kept = 0;
	bool		any_suggestion = false;

	for (uint64_t m = 0; m < result->match_count && !any_suggestion; m++)
		any_suggestion = result->matches[m].suggestion;
	if (any_suggestion)
	{
		for (uint64_t m = 0; m < result->match_count; m++)
		{
			RC_TRY(rc_poll(work, (size_t) 1 + result->matches[m].left_count + result->matches[m].right_count));
			if (!result->matches[m].suggestion || still_possible(work, &result->matches[m]))
				result->matches[kept++] = result->matches[m];
		}
		result->match_count = kept;
	}

	kept = 0;
	for (uint64_t n = 0; n < result->note_count; n++)
	{
		const RcNote *note = &result->notes[n];
		uint8_t		state = work->pool->side[note->side].state[note->index];

		if ((state & RC_ITEM_MATCHED) || ((state & RC_ITEM_NOTED) && gives_way(note->reason)))
			continue;
		/* A difference that has gone has no parts. */
		if (note->reason == RC_NOTE_PART_OF_DIFFERENCE && (work->pool->side[note->other_side].state[note->other] & RC_ITEM_MATCHED))
			continue;
		result->notes[kept++] = *note;
	}
	result->note_count = kept;
	return rc_poll(work, kept);
}

/* The first item's id; a side without items comes last. */
static inline int64_t
first_id(const RcWork *work, RcSide side, uint64_t first, uint64_t count)
{
	return count > 0 ? work->pool->side[side].item_id[work->result->items[first].index] : INT64_MAX;
}

static int
compare_matches(const RcWork *work, const RcMatch *a, const RcMatch *b)
{
	int64_t		a_id = first_id(work, RC_LEFT, a->first_left, a->left_count),
				b_id = first_id(work, RC_LEFT, b->first_left, b->left_count);

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a_id == b_id)
	{
		a_id = first_id(work, RC_RIGHT, a->first_right, a->right_count);
		b_id = first_id(work, RC_RIGHT, b->first_right, b->right_count);
	}
	return a_id < b_id ? -1 : a_id > b_id ? 1 : 0;
}

/* Sorts a few matches, from [first] on, by merging; the spare has room for all of them. */
static RcCode
sort_tail(RcWork *work, RcMatch *matches, RcMatch *spare, uint64_t count)
{
	RcMatch    *source = matches,
			   *target = spare;

	for (uint64_t width = 1; width < count; width *= 2)
	{
		RcMatch    *swap;

		for (uint64_t from = 0; from < count; from += 2 * width)
		{
			uint64_t	middle = from + width < count ? from + width : count;
			uint64_t	to = middle + width < count ? middle + width : count;
			uint64_t	a = from,
						b = middle;

			for (uint64_t out = from; out < to; out++)
			{
				if (b >= to || (a < middle && compare_matches(work, &source[b], &source[a]) >= 0))
					target[out] = source[a++];
				else
					target[out] = source[b++];
			}
			RC_TRY(rc_poll(work, to - from));
		}
		swap = source;
		source = target;
		target = swap;
	}
	if (source != matches)
		memcpy(matches, source, count * sizeof(RcMatch));
	return RC_OK;
}

/*
 * Brings the matches into order. The exact pass emits millions in order already; what is not in order is a short tail,
 * which is sorted by itself and merged in from behind.
 */
static RcCode
order_matches(RcWork *work)
{
	RcResult   *result = work->result;
	uint64_t	sorted = 1;
	uint64_t	tail;
	uint64_t	a,
				b,
				out;
	RcMatch    *spare;

	while (sorted < result->match_count &&
		   compare_matches(work, &result->matches[sorted - 1], &result->matches[sorted]) <= 0)
	{
		sorted++;
		RC_TRY(rc_poll(work, 1));
	}
	if (sorted >= result->match_count)
		return RC_OK;
	tail = result->match_count - sorted;
	RC_TRY(rc_scratch(work, &spare, tail, sizeof(RcMatch)));
	RC_TRY(sort_tail(work, result->matches + sorted, spare, tail));
	memcpy(spare, result->matches + sorted, tail * sizeof(RcMatch));
	a = sorted;
	b = tail;
	for (out = result->match_count; b > 0; out--)
	{
		if (a > 0 && compare_matches(work, &result->matches[a - 1], &spare[b - 1]) > 0)
			result->matches[out - 1] = result->matches[--a];
		else
			result->matches[out - 1] = spare[--b];
		RC_TRY(rc_poll(work, 1));
	}
	return RC_OK;
}

static RcCode
order_notes(RcWork *work)
{
	RcResult   *result = work->result;
	RcEntry    *entries;
	RcNote	   *sorted;
	uint64_t	out = 0;

	if (result->note_count == 0)
		return RC_OK;
	RC_TRY(rc_scratch(work, &entries, result->note_count, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &sorted, result->note_count, sizeof(RcNote)));
	memcpy(sorted, result->notes, result->note_count * sizeof(RcNote));
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		size_t		count = 0;

		/* The note's number rides in the index: ids are unique, so nothing looks at it in the sort. */
		for (uint64_t n = 0; n < result->note_count; n++)
		{
			if ((int) sorted[n].side != side)
				continue;
			entries[count] = (RcEntry) {work->pool->side[side].item_id[sorted[n].index], (int32_t) (count & INT32_MAX), (RcIndex) n};
			count++;
		}
		RC_TRY(rc_sort_by_value(work, (RcSide) side, entries, count));
		for (size_t i = 0; i < count; i++)
			result->notes[out++] = sorted[entries[i].index];
	}
	return RC_OK;
}

RcCode
rc_result_finish(RcWork *work)
{
	RC_TRY(drop_overtaken(work));
	RC_TRY(order_matches(work));
	return order_notes(work);
}

void
rc_result_free(RcPool *pool, RcResult *result)
{
	rc_release(&pool->allocator, result->matches);
	rc_release(&pool->allocator, result->items);
	rc_release(&pool->allocator, result->notes);
	rc_release(&pool->allocator, result->runners_up);
	memset(result, 0, sizeof(*result));
}
