/*
 * memory.h - where the pure wings get memory, and how they learn that they should stop.
 *
 * The server passes an allocator over a memory context that returns NULL instead of raising; the tests pass malloc or one that fails on purpose.
 */
#ifndef RC_MEMORY_H
#define RC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct RcAllocator
{
	void	   *(*allocate) (void *context, size_t size);	/* NULL when there is none */
	void	   *(*resize) (void *context, void *pointer, size_t size);	/* pointer may be NULL */
	void		(*release) (void *context, void *pointer);	/* pointer may be NULL */
	void	   *context;
	bool		(*should_stop) (void *context);	/* polled at least every 64 kB or 10,000 steps; may be NULL */
} RcAllocator;

extern void *rc_allocate(const RcAllocator *allocator, size_t size);
extern void *rc_allocate_zero(const RcAllocator *allocator, size_t size);
extern void *rc_resize(const RcAllocator *allocator, void *pointer, size_t size);
extern void rc_release(const RcAllocator *allocator, void *pointer);
extern bool rc_should_stop(const RcAllocator *allocator);

/* An allocator over malloc, for tests and fuzzers. */
extern const RcAllocator rc_malloc_allocator;

#endif
