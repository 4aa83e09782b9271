/*
 * sort.c - the canonical order of items: date, compared amount, key, text, item_id; with the amount first where amounts are sought.
 *
 * A bottom-up merge sort: stable, O(n log n) whatever the input, no recursion, and it can be stopped.
 */
#include "work.h"

#include <string.h>

#define RUN 16

static int
compare_bytes(const RcPool *pool, uint32_t a, uint32_t b)
{
	size_t		a_length,
				b_length;
	const char *a_bytes,
			   *b_bytes;
	int			order;

	if (a == b)
		return 0;
	if (a == 0 || b == 0)
		return a == 0 ? -1 : 1;
	a_bytes = rc_pool_bytes_at(pool, a, &a_length);
	b_bytes = rc_pool_bytes_at(pool, b, &b_length);
	order = memcmp(a_bytes, b_bytes, a_length < b_length ? a_length : b_length);
	if (order == 0 && a_length != b_length)
		order = a_length < b_length ? -1 : 1;
	return order;
}

int
rc_compare_content(const RcPool *pool, RcSide side, RcIndex a, RcIndex b)
{
	const RcItems *items = &pool->side[side];
	int			order = 0;

	if (pool->keyset_count > 0)
		order = compare_bytes(pool, items->key[0][a], items->key[0][b]);
	if (order == 0 && items->text != NULL)
		order = compare_bytes(pool, items->text[a], items->text[b]);
	if (order == 0 && items->item_id[a] != items->item_id[b])
		order = items->item_id[a] < items->item_id[b] ? -1 : 1;
	return order;
}

bool
rc_interchangeable(const RcPool *pool, RcSide side, RcIndex a, RcIndex b)
{
	const RcItems *items = &pool->side[side];

	if (items->compare[a] != items->compare[b] || items->amount[a] != items->amount[b] || items->date[a] != items->date[b])
		return false;
	for (int k = 0; k < pool->keyset_count; k++)
	{
		if (compare_bytes(pool, items->key[k][a], items->key[k][b]) != 0)
			return false;
	}
	return items->text == NULL || compare_bytes(pool, items->text[a], items->text[b]) == 0;
}

static inline bool
before(const RcPool *pool, RcSide side, bool by_date, const RcEntry *a, const RcEntry *b)
{
	if (by_date)
	{
		if (a->date != b->date)
			return a->date < b->date;
		if (a->value != b->value)
			return a->value < b->value;
	}
	else
	{
		if (a->value != b->value)
			return a->value < b->value;
		if (a->date != b->date)
			return a->date < b->date;
	}
	return rc_compare_content(pool, side, a->index, b->index) < 0;
}

static void
sort_run(const RcPool *pool, RcSide side, bool by_date, RcEntry *entries, size_t count)
{
	for (size_t i = 1; i < count; i++)
	{
		RcEntry		moved = entries[i];
		size_t		j = i;

		while (j > 0 && before(pool, side, by_date, &moved, &entries[j - 1]))
		{
			entries[j] = entries[j - 1];
			j--;
		}
		entries[j] = moved;
	}
}

/* Merges the sorted halves [from, middle) and [middle, to) into the target. */
static void
merge(const RcPool *pool, RcSide side, bool by_date, const RcEntry *source, RcEntry *target, size_t from, size_t middle,
	  size_t to)
{
	size_t		a = from,
				b = middle;

	for (size_t out = from; out < to; out++)
	{
		if (b >= to || (a < middle && !before(pool, side, by_date, &source[b], &source[a])))
			target[out] = source[a++];
		else
			target[out] = source[b++];
	}
}

static RcCode
sort(RcWork *work, RcSide side, bool by_date, RcEntry *entries, size_t count)
{
	RcEntry    *spare;
	RcEntry    *source = entries;
	RcEntry    *target;

	if (count <= RUN)
	{
		sort_run(work->pool, side, by_date, entries, count);
		return rc_poll(work, count);
	}
	RC_TRY(rc_scratch(work, &spare, count, sizeof(RcEntry)));
	for (size_t from = 0; from < count; from += RUN)
		sort_run(work->pool, side, by_date, entries + from, count - from < RUN ? count - from : RUN);
	target = spare;
	for (size_t width = RUN; width < count; width *= 2)
	{
		RcEntry    *swap;

		for (size_t from = 0; from < count; from += 2 * width)
		{
			size_t		middle = count - from > width ? from + width : count;
			size_t		to = count - middle > width ? middle + width : count;

			merge(work->pool, side, by_date, source, target, from, middle, to);
			RC_TRY(rc_poll(work, to - from));
		}
		swap = source;
		source = target;
		target = swap;
	}
	if (source != entries)
		memcpy(entries, source, count * sizeof(RcEntry));
	rc_scratch_release(work, spare);
	return RC_OK;
}

RcCode
rc_sort_by_value(RcWork *work, RcSide side, RcEntry *entries, size_t count)
{
	return sort(work, side, false, entries, count);
}

RcCode
rc_sort_by_date(RcWork *work, RcSide side, RcEntry *entries, size_t count)
{
	return sort(work, side, true, entries, count);
}

RcCode
rc_order_by_id(RcWork *work, RcSide side, RcIndex **order)
{
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries;

	*order = NULL;
	if (items->ordered || items->count == 0)
		return RC_OK;
	RC_TRY(rc_scratch(work, &entries, items->count, sizeof(RcEntry)));
	for (size_t i = 0; i < items->count; i++)
		entries[i] = (RcEntry) {items->item_id[i], items->date[i], (RcIndex) i};
	RC_TRY(rc_sort_by_value(work, side, entries, items->count));
	*order = rc_allocate(&work->pool->allocator, items->count * sizeof(RcIndex));
	if (*order == NULL)
		return rc_fail(work->status, RC_NO_MEMORY, "out of memory while matching");
	for (size_t i = 0; i < items->count; i++)
		(*order)[i] = entries[i].index;
	rc_scratch_release(work, entries);
	return RC_OK;
}
