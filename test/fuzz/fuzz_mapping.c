/*
 * fuzz_mapping.c - any bytes as a file of a format, and as a regular expression, template and pattern of one.
 */
#include <stdlib.h>

#include "../unit/mapped.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcFormat   *format = mapped_bill(&rc_malloc_allocator);
	FuzzFile	file;
	RcInput		input;
	RcStatus	status;
	RcBuffer	text;

	if (!format)
		return 0;
	rc_buffer_init(&text, &rc_malloc_allocator);
	input = fuzz_input(&file, (const char *) data, size, SIZE_MAX);
	mapped_read(format, &input, &rc_malloc_allocator, &text, &status);
	rc_buffer_free(&text);
	if (size > 0 && size < 200)
	{
		char		pattern[201];
		const RcRegex *regex;
		RcField		groups[RC_MAX_REGEX_GROUPS];
		char		name[400];

		memcpy(pattern, data, size);
		pattern[size] = '\0';
		rc_status_reset(&status);
		regex = rc_format_regex(format, pattern, &status);
		if (regex && size < 40)
			rc_regex_match(regex, "2026-06-05 REF 12 of account: 42", 32, groups);
		require(rc_normalise_name((const char *) data, size, name) <= size);
		rc_glob((RcField) {(const char *) data, (uint32_t) (size / 2)}, (RcField) {(const char *) data + size / 2, (uint32_t) (size - size / 2)});
		rc_trim_cell((RcField) {(const char *) data, (uint32_t) size}, true);
		/* The same file again with these bytes as template and date pattern. */
		format->fields[RC_LINE_SETTLEMENT_NO].template_text = (RcField) {(const char *) data, (uint32_t) size};
		{
			static const char whole[] = "#account: 42\ntime,order,number,type,gross,fee\n2026-06-05 10:00:00,O1,N1,pay,10.00,0.06\n#the end\n#total 1 rows, 10.00\n";
			const char *patterns[] = {pattern, "iso"};

			format->fields[RC_LINE_POSTED_AT].patterns = patterns;
			input = fuzz_input(&file, whole, sizeof(whole) - 1, SIZE_MAX);
			mapped_read(format, &input, &rc_malloc_allocator, NULL, &status);
		}
	}
	rc_format_free(format);
	return 0;
}
