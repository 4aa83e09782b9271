/*
 * memory.h - where the pure wings get memory, and how they learn that they should stop.
 *
 * The server passes an allocator over a memory context that returns NULL instead of raising; the tests pass malloc or one that fails on purpose.
 */
#ifndef RC_MEMORY_H
#define RC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* memcpy of what is mostly short (keys, codes, numbers), without a call: two moves that overlap. */
static inline void
rc_copy_short(void *target, const void *source, size_t size)
{
	char	   *to = target;
	const char *from = source;

	if (size > 32)
		memcpy(to, from, size);
	else if (size >= 16)
	{
		char		first[16],
					last[16];

		memcpy(first, from, 16);
		memcpy(last, from + size - 16, 16);
		memcpy(to, first, 16);
		memcpy(to + size - 16, last, 16);
	}
	else if (size >= 8)
	{
		uint64_t	first,
					last;

		memcpy(&first, from, 8);
		memcpy(&last, from + size - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + size - 8, &last, 8);
	}
	else
		for (size_t i = 0; i < size; i++)
			to[i] = from[i];
}

/* A number of at most eight bytes, of which no other as many have the same; nothing beyond them is read. */
static inline uint64_t
rc_short_number(const char *bytes, size_t size)
{
	uint64_t	number = 0;

	if (size == 8)
		memcpy(&number, bytes, 8);
	else if (size >= 4)
	{
		uint32_t	first,
					last;

		memcpy(&first, bytes, 4);
		memcpy(&last, bytes + size - 4, 4);
		number = (uint64_t) first << 32 | last;
	}
	else if (size > 0)
		number = (uint64_t) (uint8_t) bytes[0] << 16 | (uint64_t) (uint8_t) bytes[size / 2] << 8 | (uint8_t) bytes[size - 1];
	return number;
}

/* Whether the bytes are the same, of what is mostly short, without a call: loads that overlap. */
static inline bool
rc_same_bytes(const void *a, const void *b, size_t size)
{
	const char *x = a;
	const char *y = b;
	uint64_t	x_word,
				y_word;

	if (size < 8)
	{
		for (size_t i = 0; i < size; i++)
			if (x[i] != y[i])
				return false;
		return true;
	}
	for (size_t i = 0; i + 8 < size; i += 8)
	{
		memcpy(&x_word, x + i, 8);
		memcpy(&y_word, y + i, 8);
		if (x_word != y_word)
			return false;
	}
	memcpy(&x_word, x + size - 8, 8);
	memcpy(&y_word, y + size - 8, 8);
	return x_word == y_word;
}

/* An allocator over malloc, for tests and fuzzers. */
extern const RcAllocator rc_malloc_allocator;

#endif
