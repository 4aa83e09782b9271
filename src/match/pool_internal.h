/*
 * pool_internal.h - how the pool lies in memory; for the files of src/match and their tests only.
 *
 * Every column is an array of its own: the exact pass reads hashes, compared amounts and dates of millions of items in order and
 * must not drag the rest through the cache. Keys and texts lie in one arena of 32-bit words: the length in bytes, then the bytes.
 */
#ifndef RC_POOL_INTERNAL_H
#define RC_POOL_INTERNAL_H

#include <string.h>

#include "pool.h"

/* Bits of an item's state */
#define RC_ITEM_ACTIVE		0x01
#define RC_ITEM_MATCHED		0x02	/* allocated whole: takes no further part */
#define RC_ITEM_SUGGESTED	0x04	/* part of a suggestion: of no further suggestion */
#define RC_ITEM_NOTED		0x08	/* has its note */
#define RC_ITEM_REJECTED	0x10	/* named in a rejection */
#define RC_ITEM_PARTIAL		0x20	/* allocated in part */
#define RC_ITEM_SEARCHED	0x40	/* has a note that gives way to others */

typedef struct RcItems
{
	size_t		count;
	size_t		capacity;
	bool		ordered;		/* item_ids came in ascending order */
	bool		has_text;
	int64_t    *item_id;
	int64_t    *amount;			/* residual */
	int64_t    *compare;		/* residual */
	int64_t    *given;			/* amount as added; NULL: not kept */
	int32_t    *date;
	uint32_t   *currency;
	uint8_t    *state;
	uint8_t    *mark;
	uint64_t   *hash[RC_MAX_KEYSETS];
	uint32_t   *key[RC_MAX_KEYSETS];	/* arena word; 0: no key */
	uint32_t   *text;			/* arena word; 0: no text; NULL until the first text */
} RcItems;

struct RcPool
{
	RcAllocator allocator;
	int			keyset_count;
	RcItems		side[2];

	/* Arena */
	uint32_t   *words;
	size_t		word_count;
	size_t		word_capacity;
};

#define RC_MAX_WORDS ((size_t) UINT32_MAX)

static inline uint64_t
rc_load_word(const char *bytes)
{
	uint64_t	word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

__extension__ typedef unsigned __int128 RcProduct;

static inline uint64_t
rc_fold(uint64_t a, uint64_t b)
{
	RcProduct	product = (RcProduct) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Hashes key bytes; not stored anywhere, so it may change. */
static inline uint64_t
rc_pool_hash(const char *bytes, size_t length)
{
	const uint64_t a = UINT64_C(0x9E3779B97F4A7C15);
	const uint64_t b = UINT64_C(0xD6E8FEB86659FD93);
	uint64_t	hash = length * b;
	size_t		left = length;

	/* Loads overlap where the bytes are no multiple of them: one of several narrow ones would have to wait for the others. */
	for (; left > 16; left -= 16, bytes += 16)
		hash = rc_fold(rc_load_word(bytes) ^ hash ^ a, rc_load_word(bytes + 8) ^ b);
	if (length >= 16)
		hash = rc_fold(rc_load_word(bytes + left - 16) ^ hash ^ a, rc_load_word(bytes + left - 8) ^ b);
	else if (length >= 8)
		hash = rc_fold(rc_load_word(bytes) ^ hash ^ a, rc_load_word(bytes + length - 8) ^ b);
	else
		hash = rc_fold(rc_short_number(bytes, length) ^ hash ^ a, b);
	return rc_fold(hash ^ b, a);
}

/* The part of so many that a key belongs to, from 1 on: not by the bits that the table of keys goes by. */
static inline int
rc_part_of(uint64_t hash, int part_count)
{
	return 1 + (int) (((hash & UINT32_MAX) * (uint32_t) part_count) >> 32);
}

/* Makes room for more items of a side, whose keys and texts take so many words of the arena. */
extern RcCode rc_pool_make_room(RcPool *pool, RcItems *items, size_t count, size_t words, bool with_text, RcStatus *status);

/* Words a text takes in the arena. */
static inline size_t
rc_words_for(size_t length)
{
	return 1 + (length + 3) / 4;
}

/* Copies bytes to the arena, which has room for them. */
static inline uint32_t
rc_pool_store(RcPool *pool, const char *bytes, uint32_t length)
{
	uint32_t	word = (uint32_t) pool->word_count;
	size_t		words = rc_words_for(length);

	pool->words[word + words - 1] = 0;	/* the padding, so that no byte is undefined */
	pool->words[word] = length;
	rc_copy_short(pool->words + word + 1, bytes, length);
	pool->word_count += words;
	return word;
}

static inline const char *
rc_pool_bytes_at(const RcPool *pool, uint32_t word, size_t *length)
{
	*length = pool->words[word];
	return (const char *) (pool->words + word + 1);
}

/* Whether two keys or texts are the same; none is "none". */
static inline bool
rc_pool_same(const RcPool *pool, uint32_t a, uint32_t b)
{
	const uint32_t *words = pool->words;

	return a == b || (words[a] == words[b] && rc_same_bytes(words + a + 1, words + b + 1, words[a]));
}

#endif
