/*
 * fuzz_csv.c - any bytes as a delimited file.
 *
 * The first byte chooses quote, delimiter and encoding, the second how the input is cut; the rest is the file.
 */
#include "fuzz.h"

static void
check(const RcRecord *record, const FuzzOutcome *outcome)
{
	require(record->line > outcome->last_line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = {NULL, "UTF8", "GB18030", "BIG5", "UTF-16LE", "UTF-16BE", "WIN1252", NULL};
	static const char delimiters[] = {0, 0, ',', '\t', ';', '|', 0, ','};
	RcReaderOptions options = {.container = "csv"};

	if (size < 2)
		return 0;
	options.encoding = encodings[data[0] & 7];
	options.fallback_encoding = (data[0] & 7) == 7 ? "GB18030" : NULL;
	options.delimiter = delimiters[(data[0] >> 3) & 7];
	options.quote = data[0] & 0x40 ? 0 : '"';
	fuzz_cut(&options, check, (const char *) data + 2, size - 2, (size_t) data[1] + 1);
	return 0;
}
