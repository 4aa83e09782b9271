/*
 * fuzz_ods.c - any bytes as an OpenDocument spreadsheet, and as the tables of one.
 *
 * The first byte chooses. Even: the rest is a file. Odd: the rest is what stands in the element office:spreadsheet, behind styles.
 */
#include "../../src/read/ods_value.h"
#include "../../src/read/xlsx_value.h"
#include "archive_fuzz.h"

/* Rows come in order and are as wide as the widest before. */
static void
check(const RcRecord *record, const FuzzOutcome *outcome)
{
	require(record->line > outcome->last_line && record->line <= 1048576 && record->field_count >= outcome->last_count);
}

/* The text as what attributes hold. */
static void
read_values(const char *data, size_t length)
{
	char		buffer[RC_XLSX_VALUE_BYTES];
	char		text[100];
	uint32_t	count;

	if (length >= sizeof(text))
		return;
	memcpy(text, data, length);
	text[length] = '\0';
	require(rc_ods_date(text, length, buffer) < sizeof(buffer) && rc_ods_time(text, length, buffer) < sizeof(buffer));
	require(!rc_ods_count(text, 1000, &count) || count <= 1000);
	require(rc_ods_text(text, length) <= length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.container = "ods", .quote = '"'};
	const char *text = (const char *) data + 1;
	FuzzArchive archive;

	if (size < 1)
		return 0;
	if (data[0] & 1)
	{
		fuzz_archive_init(&archive);
		fuzz_archive_add(&archive, "mimetype", "", "", 0, "");
		fuzz_archive_add(&archive, "content.xml", "<document-content><automatic-styles><style name='h' family='table'><table-properties display='false'/></style>"
						 "</automatic-styles><body><spreadsheet>", text, size - 1, "</spreadsheet></body></document-content>");
		fuzz_archive_finish(&archive);
		fuzz_read(&options, check, archive.entries.data, archive.entries.length, SIZE_MAX);
		rc_buffer_free(&archive.entries);
		read_values(text, size - 1);
	}
	else
		fuzz_cut(&options, check, text, size - 1, (size_t) data[0] + 1);
	return 0;
}
