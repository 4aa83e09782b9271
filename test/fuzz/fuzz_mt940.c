/*
 * fuzz_mt940.c - any bytes as a file of the container mt940; see bank_fuzz.h.
 */
#include "bank_fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_bank("mt940", data, size);
}
