/*
 * test_hash.c - the hash is MurmurHash3 x64 128 with seed 0, on published values and on every length of a tail.
 */
#include "../../src/base/hash.h"
#include "unit.h"

int
main(void)
{
	const char *fox = "The quick brown fox jumps over the lazy dog";
	RcHash128	hash;
	RcHash128	seen[64];
	char		bytes[64];

	hash = rc_hash128("", 0);
	CHECK(hash.low == 0 && hash.high == 0);
	hash = rc_hash128("hello", 5);
	CHECK(hash.low == UINT64_C(0xcbd8a7b341bd9b02) && hash.high == UINT64_C(0x5b1e906a48ae1d19));
	hash = rc_hash128(fox, strlen(fox));
	CHECK(hash.low == UINT64_C(0xe34bbc7bbc071b6c) && hash.high == UINT64_C(0x7a433ca9c49a9347));
	CHECK(rc_hash64(fox, strlen(fox)) == UINT64_C(0xe34bbc7bbc071b6c));

	/* every length gives another value, though all bytes are zero; and alignment does not matter */
	memset(bytes, 0, sizeof(bytes));
	for (size_t length = 1; length < 64; length++)
	{
		seen[length] = rc_hash128(bytes, length);
		for (size_t other = 1; other < length; other++)
			CHECK(seen[other].low != seen[length].low && seen[other].high != seen[length].high);
	}
	for (size_t shift = 0; shift < 8; shift++)
	{
		char		shifted[64];

		memcpy(shifted + shift, fox, strlen(fox));
		CHECK(rc_hash64(shifted + shift, strlen(fox)) == UINT64_C(0xe34bbc7bbc071b6c));
	}
	return unit_done();
}
