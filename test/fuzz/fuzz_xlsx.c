/*
 * fuzz_xlsx.c - any bytes as a workbook, and as the parts of one.
 *
 * The first byte chooses. Even: the rest is a file. Odd: the rest is rows, shared strings and styles, separated by 0x01, which are packed into a
 * workbook here.
 */
#include "archive_fuzz.h"

/* Rows come in order and are as wide as the widest before. */
static void
check(const RcRecord *record, const FuzzOutcome *outcome)
{
	require(record->line > outcome->last_line && record->line <= 1048576 && record->field_count >= outcome->last_count);
}

static void
read_parts(const RcReaderOptions *options, const char *data, size_t length)
{
	static const char workbook[] = "<workbook><sheets><sheet name='a' sheetId='1' r:id='s'/></sheets></workbook>";
	static const char relations[] = "<a><Relationship Id='s' Type='/worksheet' Target='s'/><Relationship Id='t' Type='/sharedStrings' Target='t'/>"
		"<Relationship Id='f' Type='/styles' Target='f'/></a>";
	const char *end = data + length;
	const char *strings = memchr(data, 1, length);
	const char *styles = strings ? memchr(strings + 1, 1, (size_t) (end - strings - 1)) : NULL;
	FuzzArchive archive;

	fuzz_archive_init(&archive);
	fuzz_archive_add(&archive, "xl/workbook.xml", workbook, "", 0, "");
	fuzz_archive_add(&archive, "xl/_rels/workbook.xml.rels", relations, "", 0, "");
	fuzz_archive_add(&archive, "xl/s", "<worksheet><sheetData>", data, (size_t) ((strings ? strings : end) - data), "</sheetData></worksheet>");
	if (strings)
		fuzz_archive_add(&archive, "xl/t", "<sst>", strings + 1, (size_t) ((styles ? styles : end) - strings - 1), "</sst>");
	if (styles)
		fuzz_archive_add(&archive, "xl/f", "<styleSheet>", styles + 1, (size_t) (end - styles - 1), "</styleSheet>");
	fuzz_archive_finish(&archive);
	fuzz_read(options, check, archive.entries.data, archive.entries.length, SIZE_MAX);
	rc_buffer_free(&archive.entries);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.container = "xlsx", .quote = '"'};

	if (size < 1)
		return 0;
	if (data[0] & 1)
		read_parts(&options, (const char *) data + 1, size - 1);
	else
		fuzz_cut(&options, check, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	return 0;
}
