/*
 * hash.h - hashes of keys. rc_hash128 is MurmurHash3 x64 128 (public domain); its halves are the natural_key and
 * natural_check of fact rows, so it must never change: the values are stored.
 */
#ifndef RC_HASH_H
#define RC_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct RcHash128
{
	uint64_t	low;			/* natural_key */
	uint64_t	high;			/* natural_check */
} RcHash128;

extern RcHash128 rc_hash128(const void *data, size_t length);
extern uint64_t rc_hash64(const void *data, size_t length);	/* the low half */

#endif
