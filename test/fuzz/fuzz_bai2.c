/*
 * fuzz_bai2.c - any bytes as a file of the container bai2; see bank_fuzz.h.
 */
#include "bank_fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_bank("bai2", data, size);
}
