/*
 * fuzz_qif.c - any bytes as a file of the container qif; see bank_fuzz.h.
 */
#include "bank_fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_bank("qif", data, size);
}
