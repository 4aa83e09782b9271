/*
 * hash.c - MurmurHash3 x64 128 by Austin Appleby, who placed it in the public domain; seed 0.
 *
 * The bytes are read as little-endian words on every machine, since the values are stored.
 */
#include "hash.h"

#include <string.h>

static inline uint64_t
rotate_left(uint64_t value, int bits)
{
	return (value << bits) | (value >> (64 - bits));
}

static inline uint64_t
load_word(const unsigned char *bytes)
{
	uint64_t	word;

	memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint64_t
finish(uint64_t value)
{
	value ^= value >> 33;
	value *= UINT64_C(0xff51afd7ed558ccd);
	value ^= value >> 33;
	value *= UINT64_C(0xc4ceb9fe1a85ec53);
	value ^= value >> 33;
	return value;
}

RcHash128
rc_hash128(const void *data, size_t length)
{
	const uint64_t c1 = UINT64_C(0x87c37b91114253d5);
	const uint64_t c2 = UINT64_C(0x4cf5ad432745937f);
	const unsigned char *bytes = data;
	size_t		left = length;
	uint64_t	h1 = 0;
	uint64_t	h2 = 0;

	for (; left >= 16; bytes += 16, left -= 16)
	{
		uint64_t	k1 = load_word(bytes);
		uint64_t	k2 = load_word(bytes + 8);

		h1 ^= rotate_left(k1 * c1, 31) * c2;
		h1 = (rotate_left(h1, 27) + h2) * 5 + 0x52dce729;
		h2 ^= rotate_left(k2 * c2, 33) * c1;
		h2 = (rotate_left(h2, 31) + h1) * 5 + 0x38495ab5;
	}

	if (left > 0)
	{
		unsigned char tail[16] = {0};

		memcpy(tail, bytes, left);
		if (left > 8)
			h2 ^= rotate_left(load_word(tail + 8) * c2, 33) * c1;
		h1 ^= rotate_left(load_word(tail) * c1, 31) * c2;
	}

	h1 ^= (uint64_t) length;
	h2 ^= (uint64_t) length;
	h1 += h2;
	h2 += h1;
	h1 = finish(h1);
	h2 = finish(h2);
	h1 += h2;
	h2 += h1;

	return (RcHash128) {.low = h1, .high = h2};
}

uint64_t
rc_hash64(const void *data, size_t length)
{
	return rc_hash128(data, length).low;
}
