/*
 * memory.c - the allocator's convenience calls and the allocator over malloc.
 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

void *
rc_allocate(const RcAllocator *allocator, size_t size)
{
	/* a size of 0 may give NULL, which would look like a failure */
	return allocator->allocate(allocator->context, size > 0 ? size : 1);
}

void *
rc_allocate_zero(const RcAllocator *allocator, size_t size)
{
	void	   *result = rc_allocate(allocator, size);

	if (result)
		memset(result, 0, size);
	return result;
}

void *
rc_resize(const RcAllocator *allocator, void *pointer, size_t size)
{
	return allocator->resize(allocator->context, pointer, size > 0 ? size : 1);
}

void
rc_release(const RcAllocator *allocator, void *pointer)
{
	if (pointer)
		allocator->release(allocator->context, pointer);
}

bool
rc_should_stop(const RcAllocator *allocator)
{
	return allocator->should_stop && allocator->should_stop(allocator->context);
}

static void *
malloc_allocate(void *context, size_t size)
{
	(void) context;
	return malloc(size);
}

static void *
malloc_resize(void *context, void *pointer, size_t size)
{
	(void) context;
	return realloc(pointer, size);
}

static void
malloc_release(void *context, void *pointer)
{
	(void) context;
	free(pointer);
}

const RcAllocator rc_malloc_allocator = {
	.allocate = malloc_allocate,
	.resize = malloc_resize,
	.release = malloc_release
};
