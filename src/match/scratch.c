/*
 * scratch.c - memory of one strategy, given back as a whole, so that every error path is a plain return.
 */
#include "work.h"

#include <string.h>

/* Stands before each piece; its size keeps the piece aligned. */
struct RcScratch
{
	RcScratch  *previous, *next;
	size_t		size;
	size_t		unused;
};

static RcCode
no_memory(RcWork *work)
{
	return rc_fail(work->status, RC_NO_MEMORY, "out of memory while matching");
}

static void
link_first(RcWork *work, RcScratch *scratch)
{
	scratch->previous = NULL;
	scratch->next = work->scratch;
	if (work->scratch != NULL)
		work->scratch->previous = scratch;
	work->scratch = scratch;
}

static void
unlink_piece(RcWork *work, RcScratch *scratch)
{
	if (scratch->previous != NULL)
		scratch->previous->next = scratch->next;
	else
		work->scratch = scratch->next;
	if (scratch->next != NULL)
		scratch->next->previous = scratch->previous;
}

RcCode
rc_scratch(RcWork *work, void *place, size_t count, size_t width)
{
	void	   *none = NULL;

	memcpy(place, &none, sizeof(none));
	return rc_scratch_grow(work, place, count, width);
}

RcCode
rc_scratch_zero(RcWork *work, void *place, size_t count, size_t width)
{
	void	   *pointer;

	RC_TRY(rc_scratch(work, place, count, width));
	memcpy(&pointer, place, sizeof(pointer));
	memset(pointer, 0, count * width);
	return RC_OK;
}

RcCode
rc_scratch_grow(RcWork *work, void *place, size_t count, size_t width)
{
	void	   *pointer;
	RcScratch  *old;
	RcScratch  *grown;

	memcpy(&pointer, place, sizeof(pointer));	/* the pointer's own type is not void *: no cast of the address */
	old = pointer != NULL ? (RcScratch *) pointer - 1 : NULL;
	if (count > (SIZE_MAX - sizeof(RcScratch)) / width)
		return no_memory(work);
	if (old != NULL)
		unlink_piece(work, old);
	grown = rc_resize(&work->pool->allocator, old, sizeof(RcScratch) + count * width);
	if (grown == NULL)
	{
		if (old != NULL)
			link_first(work, old);
		return no_memory(work);
	}
	grown->size = count * width;
	link_first(work, grown);
	pointer = grown + 1;
	memcpy(place, &pointer, sizeof(pointer));
	return RC_OK;
}

void
rc_scratch_release(RcWork *work, void *pointer)
{
	if (pointer == NULL)
		return;
	unlink_piece(work, (RcScratch *) pointer - 1);
	rc_release(&work->pool->allocator, (RcScratch *) pointer - 1);
}

void
rc_scratch_reset(RcWork *work)
{
	while (work->scratch != NULL)
	{
		RcScratch  *next = work->scratch->next;

		rc_release(&work->pool->allocator, work->scratch);
		work->scratch = next;
	}
}

RcCode
rc_poll_now(RcWork *work)
{
	work->steps = 0;
	if (rc_should_stop(&work->pool->allocator))
		return rc_fail(work->status, RC_STOPPED, "stopped while matching");
	return RC_OK;
}
