/*
 * rejection.c - pairs a person has rejected. Only items that are named in one carry the mark, so that all others cost nothing.
 */
#include "work.h"

#include <string.h>

typedef struct IdSlot
{
	int64_t		item_id;
	RcIndex		index;			/* RC_NO_INDEX until found in the pool */
	bool		used;
} IdSlot;

/* Rejected pairs as indexes, sorted from the view of one side. */
typedef struct View
{
	RcIndex    *self;
	RcIndex    *other;
	size_t		count;
} View;

struct RcRejections
{
	View		view[2];
	uint32_t   *stamp;			/* of the right items: the number of the set they were last in */
	uint32_t	stamp_now;
};

static IdSlot *
id_slot(IdSlot *slots, size_t mask, int64_t item_id)
{
	size_t		place = (size_t) (((uint64_t) item_id * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & mask;

	while (slots[place].used && slots[place].item_id != item_id)
		place = (place + 1) & mask;
	return &slots[place];
}

/* Finds the pool's items of the rejected ids of one side; slots maps item_id to index afterwards. */
static RcCode
resolve_side(RcWork *work, RcSide side, const RcRejection *rejections, size_t count, IdSlot **slots, size_t *mask)
{
	const RcItems *items = &work->pool->side[side];
	size_t		size = 16;

	while (size < 2 * count)
		size *= 2;
	*mask = size - 1;
	RC_TRY(rc_scratch_zero(work, slots, size, sizeof(IdSlot)));
	for (size_t i = 0; i < count; i++)
	{
		int64_t		id = side == RC_LEFT ? rejections[i].left_item_id : rejections[i].right_item_id;
		IdSlot	   *slot = id_slot(*slots, *mask, id);

		*slot = (IdSlot) {id, RC_NO_INDEX, true};
	}
	for (size_t i = 0; i < items->count; i++)
	{
		IdSlot	   *slot = id_slot(*slots, *mask, items->item_id[i]);

		if (slot->used)
			slot->index = (RcIndex) i;
		if ((i & 8191) == 8191)
			RC_TRY(rc_poll(work, 8192));
	}
	return RC_OK;
}

static RcCode
build_view(RcWork *work, View *view, const RcEntry *pairs, size_t count)
{
	const RcAllocator *allocator = &work->pool->allocator;

	view->self = rc_allocate(allocator, count * sizeof(RcIndex));
	view->other = rc_allocate(allocator, count * sizeof(RcIndex));
	if (view->self == NULL || view->other == NULL)
		return rc_fail(work->status, RC_NO_MEMORY, "out of memory for rejected pairs");
	view->count = count;
	for (size_t i = 0; i < count; i++)
	{
		view->self[i] = (RcIndex) pairs[i].value;
		view->other[i] = pairs[i].index;
	}
	return RC_OK;
}

RcCode
rc_rejections_create(RcWork *work, const RcRejection *rejections, size_t count)
{
	const RcAllocator *allocator = &work->pool->allocator;
	RcItems    *left = &work->pool->side[RC_LEFT],
			   *right = &work->pool->side[RC_RIGHT];
	IdSlot	   *left_slots,
			   *right_slots;
	size_t		left_mask,
				right_mask;
	RcEntry    *by_left,
			   *by_right;
	size_t		pairs = 0;

	if (count == 0 || left->count == 0 || right->count == 0)
		return RC_OK;
	RC_TRY(resolve_side(work, RC_LEFT, rejections, count, &left_slots, &left_mask));
	RC_TRY(resolve_side(work, RC_RIGHT, rejections, count, &right_slots, &right_mask));
	RC_TRY(rc_scratch(work, &by_left, count, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &by_right, count, sizeof(RcEntry)));
	for (size_t i = 0; i < count; i++)
	{
		RcIndex		l = id_slot(left_slots, left_mask, rejections[i].left_item_id)->index;
		RcIndex		r = id_slot(right_slots, right_mask, rejections[i].right_item_id)->index;

		if (l == RC_NO_INDEX || r == RC_NO_INDEX)
			continue;
		by_left[pairs] = (RcEntry) {l, 0, r};
		by_right[pairs] = (RcEntry) {r, 0, l};
		pairs++;
		left->state[l] |= RC_ITEM_REJECTED;
		right->state[r] |= RC_ITEM_REJECTED;
	}
	if (pairs == 0)
		return RC_OK;
	/* Sorted by item, the partners of one item by their content. */
	RC_TRY(rc_sort_by_value(work, RC_RIGHT, by_left, pairs));
	RC_TRY(rc_sort_by_value(work, RC_LEFT, by_right, pairs));
	work->rejections = rc_allocate_zero(allocator, sizeof(RcRejections));
	if (work->rejections == NULL)
		return rc_fail(work->status, RC_NO_MEMORY, "out of memory for rejected pairs");
	RC_TRY(build_view(work, &work->rejections->view[RC_LEFT], by_left, pairs));
	RC_TRY(build_view(work, &work->rejections->view[RC_RIGHT], by_right, pairs));
	work->rejections->stamp = rc_allocate_zero(allocator, right->count * sizeof(uint32_t));
	if (work->rejections->stamp == NULL)
		return rc_fail(work->status, RC_NO_MEMORY, "out of memory for rejected pairs");
	return RC_OK;
}

void
rc_rejections_free(RcWork *work)
{
	const RcAllocator *allocator = &work->pool->allocator;
	RcRejections *rejections = work->rejections;

	if (rejections == NULL)
		return;
	for (int s = 0; s < 2; s++)
	{
		rc_release(allocator, rejections->view[s].self);
		rc_release(allocator, rejections->view[s].other);
	}
	rc_release(allocator, rejections->stamp);
	rc_release(allocator, rejections);
	work->rejections = NULL;
}

size_t
rc_rejected_with(const RcWork *work, RcSide side, RcIndex index, const RcIndex **others)
{
	const View *view;
	size_t		low = 0,
				high,
				end;

	if (work->rejections == NULL || !(work->pool->side[side].state[index] & RC_ITEM_REJECTED))
		return 0;
	view = &work->rejections->view[side];
	high = view->count;
	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (view->self[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	end = low;
	while (end < view->count && view->self[end] == index)
		end++;
	*others = view->other + low;
	return end - low;
}

bool
rc_pair_rejected(const RcWork *work, RcIndex left, RcIndex right)
{
	const RcIndex *others;
	size_t		count;

	if (work->rejections == NULL || !(work->pool->side[RC_RIGHT].state[right] & RC_ITEM_REJECTED))
		return false;
	count = rc_rejected_with(work, RC_LEFT, left, &others);
	for (size_t i = 0; i < count; i++)
	{
		if (others[i] == right)
			return true;
	}
	return false;
}

RcCode
rc_set_rejected(RcWork *work, const RcIndex *left, size_t left_count, const RcIndex *right, size_t right_count, bool *rejected)
{
	RcRejections *rejections = work->rejections;

	*rejected = false;
	if (rejections == NULL)
		return RC_OK;
	if (++rejections->stamp_now == 0)
	{
		memset(rejections->stamp, 0, work->pool->side[RC_RIGHT].count * sizeof(uint32_t));
		rejections->stamp_now = 1;
	}
	for (size_t i = 0; i < right_count; i++)
		rejections->stamp[right[i]] = rejections->stamp_now;
	for (size_t i = 0; i < left_count; i++)
	{
		const RcIndex *others;
		size_t		count = rc_rejected_with(work, RC_LEFT, left[i], &others);

		for (size_t k = 0; k < count; k++)
		{
			if (rejections->stamp[others[k]] == rejections->stamp_now)
			{
				*rejected = true;
				return RC_OK;
			}
		}
		RC_TRY(rc_poll(work, 1 + count));
	}
	return rc_poll(work, right_count);
}
