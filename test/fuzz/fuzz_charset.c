/*
 * fuzz_charset.c - any bytes in any encoding: what comes out is strict UTF-8 without NUL, and UTF-8 comes out as it went in.
 *
 * The first byte chooses the encoding and how often the file is repeated (so that long inputs cross the decoder's buffers); the rest is the file.
 */
#include <stdlib.h>

#include "../../src/read/charset.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = {
		NULL, "UTF8", "GBK", "GB18030", "BIG5", "UTF-16", "UTF-16LE", "UTF-16BE", "WIN1250", "WIN1251", "WIN1252", "LATIN1", "LATIN9",
		"ISO_8859_7", "BIG5HKSCS", "utf-8"
	};
	const char *encoding;
	size_t		repeats;
	size_t		length;
	char	   *text;
	FuzzFile	file;
	RcInput		input;
	RcCharset  *charset;
	RcStatus	status;
	const char *window;
	size_t		window_length;
	size_t		decoded = 0;
	RcCode		code;

	if (size < 2)
		return 0;
	encoding = encodings[data[0] & 15];
	repeats = (data[0] & 0xB0) == 0xB0 ? 300000 / size + 1 : 1;
	length = (size - 1) * repeats;
	text = malloc(length);
	require(text != NULL);
	for (size_t i = 0; i < repeats; i++)
		memcpy(text + i * (size - 1), data + 1, size - 1);

	fuzz_keep_converters();
	input = fuzz_input(&file, text, length, SIZE_MAX);
	rc_status_reset(&status);
	code = rc_charset_open(&charset, &input, encoding, data[0] & 0x40 ? "GB18030" : NULL, &rc_malloc_allocator, &status);
	if (code == RC_OK)
	{
		bool		same = strcmp(rc_charset_name(charset), "UTF8") == 0;
		size_t		bom = same ? (size_t) rc_charset_file_offset(charset, 0) : 0;

		/* a part is kept each time, as a reader keeps the beginning of a record */
		for (size_t consumed = 0; (code = rc_charset_fill(charset, consumed, &window, &window_length, &status)) == RC_OK;)
		{
			size_t		kept = window_length % 97;

			require(rc_utf8_valid(window, window_length));
			require(!same || (bom + decoded + window_length <= length && memcmp(window, text + bom + decoded, window_length) == 0));
			consumed = window_length - kept;
			consumed = rc_utf8_cut(window, window_length, consumed);
			decoded += consumed;
		}
		require(!same || code != RC_END || bom + decoded + window_length == length);
		rc_charset_close(charset);
	}
	require(code == RC_END || (code == RC_BAD_ENCODING && status.code == code && status.message[0] != '\0' && status.byte < length));
	free(text);
	return 0;
}
