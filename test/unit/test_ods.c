/*
 * test_ods.c - OpenDocument spreadsheets: what cells hold comes out as the XLSX reader gives it; repetitions are bounded; hostile and damaged ones are
 * refused with row and column.
 */
#include "../../src/read/ods.h"
#include "../../src/read/ods_value.h"
#include "../../src/read/xlsx_value.h"
#include "archive_maker.h"

#define OFFICE "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
#define TABLE "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
#define TEXT "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
#define STYLE "urn:oasis:names:tc:opendocument:xmlns:style:1.0"

static RcReaderOptions options = {.quote = '"'};
static RcBuffer result;

/* A spreadsheet of the content of its element office:spreadsheet. */
static Bytes
make_sheets(const char *sheets)
{
	static char content[1 << 20];
	Part		parts[] = {
		{.name = "mimetype", .content = "application/vnd.oasis.opendocument.spreadsheet", .stored = true},
		{.name = "content.xml", .content = content},
		{.name = "META-INF/manifest.xml", .content = "<manifest><file-entry full-path='/'/></manifest>"},
	};

	snprintf(content, sizeof(content), "<?xml version='1.0'?><office:document-content xmlns:office='" OFFICE "' xmlns:table='" TABLE "' xmlns:text='" TEXT
			 "' xmlns:style='" STYLE "'><office:automatic-styles>"
			 "<style:style style:name='ta1' style:family='table'><style:table-properties table:display='true'/></style:style>"
			 "<style:style style:name='ta2' style:family='table'><style:table-properties table:display='false'/></style:style>"
			 "<style:style style:name='co1' style:family='table-column'/></office:automatic-styles>"
			 "<office:body><office:spreadsheet><table:calculation-settings/>%s</office:spreadsheet></office:body></office:document-content>", sheets);
	return make_archive(parts, sizeof(parts) / sizeof(parts[0]));
}

static Bytes
make_rows(const char *rows)
{
	static char sheet[1 << 19];

	snprintf(sheet, sizeof(sheet), "<table:table table:name='First' table:style-name='ta1'><table:table-column table:style-name='co1'/>%s</table:table>", rows);
	return make_sheets(sheet);
}

static void
check(Bytes workbook, const char *expected)
{
	RcStatus	status;

	if (!CHECK(read_archive(workbook, &options, &result, &status) == RC_END))
		fprintf(stderr, "\tgot %d \"%s\"\n", status.code, status.message);
	CHECK_TEXT(result.data, result.length, expected);
	free(workbook.data);
}

static void
check_refused(Bytes workbook, RcCode code, uint64_t line, uint32_t column, const char *message)
{
	RcStatus	status;
	RcCode		got = read_archive(workbook, &options, &result, &status);

	if (!CHECK(got == code && strstr(status.message, message) != NULL))
		fprintf(stderr, "\tgot %d \"%s\", expected %d \"%s\"\n", got, status.message, code, message);
	CHECK_INT(status.line, line);
	CHECK_INT(status.column, column);
	free(workbook.data);
}

#define ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define CELL(attributes, content) "<table:table-cell " attributes ">" content "</table:table-cell>"
#define P(text) "<text:p>" text "</text:p>"

static void
test_types(void)
{
	check(make_rows(ROW(CELL("office:value-type='string' calcext:value-type='string' xmlns:calcext='c'", P("order_no"))
						CELL("office:value-type='float' office:value='12.5'", P("12,50"))
						CELL("office:value-type='float' office:value='0.30000000000000004'", P("0.3"))
						CELL("office:value-type='currency' office:currency='CNY' office:value='-1234.5'", P("-\xC2\xA5" "1,234.50"))
						CELL("office:value-type='percentage' office:value='0.006'", P("0.6%")))
					ROW(CELL("office:value-type='date' office:date-value='2024-02-29'", P("29/02/24"))
						CELL("office:value-type='date' office:date-value='2024-02-29T13:45:00.500000000'", P("x"))
						CELL("office:value-type='time' office:time-value='PT13H45M00S'", P("x"))
						CELL("office:value-type='boolean' office:boolean-value='true'", P("WAHR"))
						CELL("office:value-type='boolean' office:boolean-value='false'", P("FALSCH"))
						CELL("office:value-type='float' office:value='1E20'", P("1E+20")))),
		  "1:order_no|12.5|0.3|-1234.5|0.006\n2:2024-02-29|2024-02-29 13:45:00.500|13:45:00|TRUE|FALSE|1E+20\n");
	/* the value of a formula, an empty one, an error, and a text that is not the one shown */
	check(make_rows(ROW(CELL("table:formula='of:=1+1' office:value-type='float' office:value='2'", P("2"))
						CELL("table:formula='of:=&quot;&quot;' office:value-type='string' office:string-value=''", "")
						CELL("table:formula='of:=1/0' office:value-type='string' office:string-value=''", P("#DIV/0!"))
						CELL("office:value-type='string' office:string-value='stored'", P("shown")) CELL("office:value-type='void'", ""))),
		  "1:2||#DIV/0!|stored\n");
	/* types without a value */
	check(make_rows(ROW(CELL("office:value-type='float'", "") CELL("office:value-type='date'", "") CELL("office:value-type='boolean'", "") CELL("", P("x")))),
		  "1:|||x\n");
	/* what cannot be understood is shown as it stands */
	check(make_rows(ROW(CELL("office:value-type='float' office:value='12,5'", "") CELL("office:value-type='date' office:date-value='soon'", "")
						CELL("office:value-type='time' office:time-value='noon'", "") CELL("office:value-type='boolean' office:boolean-value='maybe'", ""))),
		  "1:12,5|soon|noon|maybe\n");
}

static void
test_texts(void)
{
	check(make_rows(ROW(CELL("", P("  two \n\t words  ") P("") P("third<text:line-break/>fourth"))
						CELL("", P("a<text:s/>b<text:s text:c='3'/> c<text:tab/>d"))
						CELL("", P("<text:span>x<text:a>y</text:a></text:span>z")))),
		  "1:two words\n\nthird\nfourth|a b    c\td|xyz\n");
	/* notes and readings of characters are no part of the text, nor is a table in a cell */
	check(make_rows(ROW(CELL("", "<office:annotation>" P("note") "</office:annotation>" P("a<office:annotation>" P("b") "</office:annotation>c"))
						CELL("", P("<text:ruby><text:ruby-base>\xE6\x98\x8E</text:ruby-base><text:ruby-text>ming</text:ruby-text></text:ruby>"))
						CELL("", "<table:table table:name='inner'>" ROW(CELL("", P("no"))) "</table:table>" P("yes")))),
		  "1:ac|\xE6\x98\x8E|yes\n");
}

static void
test_repeats(void)
{
	/* the blank rest of a sheet, as LibreOffice writes it */
	check(make_rows(ROW(CELL("table:number-columns-repeated='2'", P("a")) CELL("table:number-columns-repeated='2'", "") CELL("", P("b"))
						CELL("table:number-columns-repeated='16379'", ""))
					"<table:table-row table:number-rows-repeated='3'>" CELL("table:number-columns-repeated='16384'", "") "</table:table-row>"
					"<table:table-row table:number-rows-repeated='2'>" CELL("office:value-type='float' office:value='7'", "") "</table:table-row>"
					"<table:table-row table:number-rows-repeated='1048570'>" CELL("table:number-columns-repeated='16384'", "") "</table:table-row>"),
		  "1:a|a|||b\n5:7||||\n6:7||||\n");
	/* groups, headers, and cells that others cover */
	check(make_rows("<table:table-header-rows>" ROW(CELL("", P("h"))) "</table:table-header-rows><table:table-row-group><table:table-row-group>"
					ROW(CELL("", P("1"))) "</table:table-row-group></table:table-row-group><table:table-rows>"
					ROW("<table:covered-table-cell>" P("2") "</table:covered-table-cell>") "</table:table-rows>"),
		  "1:h\n2:1\n3:2\n");
	check_refused(make_rows(ROW(CELL("table:number-columns-repeated='1601'", P("a")))), RC_TOO_LARGE, 1, 1601, "1600 columns");
	check_refused(make_rows(ROW(CELL("table:number-columns-repeated='16383'", "") CELL("", P("a")))), RC_TOO_LARGE, 1, 1601, "1600 columns");
	check_refused(make_rows("<table:table-row table:number-rows-repeated='1048576'/>" ROW(CELL("", P("a")))), RC_TOO_LARGE, 1048577, 0, "1048576 rows");
	check_refused(make_rows("<table:table-row table:number-rows-repeated='1048577'>" CELL("", P("a")) "</table:table-row>"), RC_TOO_LARGE, 1, 0, "1048576 rows");
	check_refused(make_rows("<table:table-row table:number-rows-repeated='1000000'>" CELL("table:number-columns-repeated='100'", P("a")) "</table:table-row>"),
				  RC_TOO_LARGE, 1, 0, "add more than 64 MB");
	check_refused(make_rows("<table:table-row table:number-rows-repeated='99999999999999999999'/>"), RC_BAD_STRUCTURE, 1, 0, "no number of repetitions");
	check_refused(make_rows("<table:table-row table:number-rows-repeated='0'/>"), RC_BAD_STRUCTURE, 1, 0, "no number of repetitions");
	check_refused(make_rows(ROW(CELL("table:number-columns-repeated='-1'", ""))), RC_BAD_STRUCTURE, 1, 1, "no number of repetitions");
	check_refused(make_rows(ROW(CELL("", P("<text:s text:c='1048577'/>")))), RC_TOO_LARGE, 1, 1, "longer than 1048576");
	check_refused(make_rows(ROW(CELL("", P("<text:s text:c='1048576'/><text:s/>")))), RC_TOO_LARGE, 1, 1, "longer than 1048576");
}

static void
test_sheets(void)
{
	static const char sheets[] = "<table:table table:name='hidden' table:style-name='ta2'>" ROW(CELL("", P("1"))) "</table:table>"
		"<table:table table:name='\xE6\xB5\x81\xE6\xB0\xB4' table:style-name='ta1'>" ROW(CELL("", P("2"))) "</table:table>"
		"<table:table table:name='third'>" ROW(CELL("", P("3"))) "</table:table>";
	RcStatus	status;

	check(make_sheets(sheets), "1:2\n");
	options.sheet = "hidden";
	check(make_sheets(sheets), "1:1\n");
	options.sheet = "third";
	check(make_sheets(sheets), "1:3\n");
	options.sheet = "other";
	check_refused(make_sheets(sheets), RC_UNKNOWN_FORMAT, 0, 0, "no sheet \"other\"");
	{
		Bytes		workbook = make_sheets(sheets);

		CHECK_INT(read_archive(workbook, &options, &result, &status), RC_UNKNOWN_FORMAT);
		CHECK(strstr(status.hint, "hidden, \xE6\xB5\x81\xE6\xB0\xB4, third") != NULL);
		free(workbook.data);
	}
	options.sheet = NULL;
	check_refused(make_sheets(""), RC_BAD_STRUCTURE, 0, 0, "no sheet of cells");
	check(make_sheets("<table:table table:name='blank'/>"), "");
}

static void
test_refused(void)
{
	static char deep[1 << 17];
	size_t		used = 0;
	Part		parts[] = {
		{.name = "mimetype", .content = "application/vnd.oasis.opendocument.spreadsheet", .stored = true},
		{.name = "content.xml", .content = "<x/>"},
		{.name = "META-INF/manifest.xml", .content = "<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"},
	};
	RcReaderOptions forced = {.quote = '"', .container = "ods"};
	Part		csv = {.name = "a.csv", .content = "a\n"};
	RcStatus	status;
	Bytes		workbook;

	check_refused(make_rows(ROW(CELL("", P("a"))) ROW(CELL("", "") CELL("table:formula='of:=1'", ""))), RC_BAD_VALUE, 2, 2, "no stored value");
	check_refused(make_rows(ROW(CELL("office:value-type='matrix'", ""))), RC_BAD_STRUCTURE, 1, 1, "unknown type \"matrix\"");
	check_refused(make_rows(ROW(CELL("", P("&lol9;")))), RC_BAD_STRUCTURE, 1, 1, "undefined entity");
	check_refused(make_rows(ROW(CELL("", P("\xFF")))), RC_BAD_STRUCTURE, 1, 1, "invalid token");
	check_refused(make_rows("<table:table-row><table:table-cell></table:table-row>"), RC_BAD_STRUCTURE, 1, 1, "mismatched tag");
	for (int i = 0; i < 10000; i++)
		used += (size_t) sprintf(deep + used, "<x>");
	check_refused(make_rows(deep), RC_BAD_STRUCTURE, 0, 0, "nested");

	check_refused(make_archive(parts, 3), RC_UNKNOWN_FORMAT, 0, 0, "encrypted");
	parts[2].content = "<m";
	check_refused(make_archive(parts, 3), RC_BAD_STRUCTURE, 1, 0, "ends too early");
	check_refused(make_archive(parts, 2), RC_BAD_STRUCTURE, 0, 0, "no OpenDocument but \"x\"");
	parts[1].name = "encrypted-package";
	check_refused(make_archive(parts, 2), RC_UNKNOWN_FORMAT, 0, 0, "encrypted");
	parts[1].name = "content.xml";
	parts[1].content = "<office:document-content xmlns:office='o'><office:body><office:text/></office:body></office:document-content>";
	check_refused(make_archive(parts, 2), RC_UNKNOWN_FORMAT, 0, 0, "no spreadsheet");
	parts[1].content = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><office:document-content/>";
	check_refused(make_archive(parts, 2), RC_BAD_STRUCTURE, 0, 0, "DOCTYPE");

	workbook = make_archive(&csv, 1);
	CHECK_INT(read_archive(workbook, &forced, &result, &status), RC_UNKNOWN_FORMAT);
	CHECK(strstr(status.message, "not an OpenDocument spreadsheet") != NULL);
	free(workbook.data);

	/* a wrong checksum is seen at the end at the latest */
	parts[1].content = "<document-content><body><spreadsheet><table name='a'><table-row><table-cell><p>1</p></table-cell></table-row></table></spreadsheet></body></document-content>";
	parts[1].stored = true;
	workbook = make_archive(parts, 2);
	find_signature(workbook, "<p>1", 0)[3] = '8';
	check_refused(workbook, RC_BAD_STRUCTURE, 1, 0, "checksum is wrong");
}

static void
test_values(void)
{
	static const struct
	{
		const char *stored;
		const char *expected;	/* "": none */
	}			dates[] = {
		{"2024-02-29", "2024-02-29"}, {"2024-02-29T00:00:00", "2024-02-29 00:00:00"}, {"2024-02-29T23:59:59.9", "2024-02-29 23:59:59.900"},
		{"2024-02-29T23:59:59.0001", "2024-02-29 23:59:59"}, {"2024-02-30", "2024-02-30"}, {"", ""}, {"2024", ""}, {"2024-02-29T", ""}, {"2024-02-29T12:00", ""},
		{"2024-02-29T23:59:59.", ""}, {"2024-02-29T23:59:59.1Z", ""}, {"2024/02/29", ""}, {"-2024-02-29", ""},
	}, times[] = {
		{"PT13H45M00S", "13:45:00"}, {"PT05H", "05:00:00"}, {"PT45M", "00:45:00"}, {"PT7.25S", "00:00:07.250"}, {"PT1H0,5S", "01:00:00.500"},
		{"PT100H00M00S", "100:00:00"}, {"", ""}, {"PT", ""}, {"P1D", ""}, {"PT1", ""}, {"PT1M1H", ""}, {"PT60M", ""}, {"PT1.5H", ""}, {"PTS", ""},
		{"PT1.S", ""}, {"PT99999999H", ""}, {"-PT1H", ""},
	};
	char		buffer[RC_XLSX_VALUE_BYTES];
	uint32_t	count;

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		CHECK_TEXT(buffer, rc_ods_date(dates[i].stored, strlen(dates[i].stored), buffer), dates[i].expected);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		CHECK_TEXT(buffer, rc_ods_time(times[i].stored, strlen(times[i].stored), buffer), times[i].expected);
	CHECK(rc_ods_count("16", 16, &count) && count == 16);
	CHECK(!rc_ods_count("17", 16, &count) && !rc_ods_count("", 16, &count) && !rc_ods_count("1x", 16, &count));
}

/* The same rows and error however the archive is cut, whatever memory is left, and whenever it is stopped. */
static void
test_cuts(void)
{
	Bytes		workbook = make_rows(ROW(CELL("", P("a<text:s/>b"))) "<table:table-row table:number-rows-repeated='3'>" CELL("office:value-type='float' office:value='7'", "")
									 "</table:table-row>" ROW(CELL("office:value-type='x'", "")));
	RcBuffer	text;

	rc_buffer_init(&text, &rc_malloc_allocator);
	for (size_t cut = 0; cut <= workbook.length; cut++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, workbook.data, workbook.length);
		RcStatus	status;

		file.cut = cut;
		rc_buffer_clear(&text);
		CHECK_INT(read_whole(&input, &options, &rc_malloc_allocator, &text, &status), RC_BAD_STRUCTURE);
		CHECK_TEXT(text.data, text.length, "1:a b\n2:7\n3:7\n4:7\n");
		CHECK_INT(status.line, 5);
		/* cut off there, it is refused; the first bytes alone are text */
		input = memory_input(&file, workbook.data, cut);
		CHECK(read_whole(&input, &options, &rc_malloc_allocator, &text, &status) != RC_END || cut < 4);
	}
	free(workbook.data);
	rc_buffer_free(&text);
}

static void
test_memory_and_stop(void)
{
	Bytes		workbook = make_rows(ROW(CELL("", P("a"))) "<table:table-row table:number-rows-repeated='3'>" CELL("", P("b")) "</table:table-row>");
	ScarceMemory memory;
	MemoryFile	file;
	RcStatus	status;
	long		requests = -1;
	long		stops = 0;

	for (long left = -1; left < requests || left < 0; left++)
	{
		RcAllocator allocator = scarce_allocator(&memory, left);
		RcInput		input = memory_input(&file, workbook.data, workbook.length);
		RcCode		code = read_whole(&input, &options, &allocator, NULL, &status);

		if (left < 0)
		{
			CHECK_INT(code, RC_END);
			requests = memory.requests;
		}
		else
			CHECK_INT(code, RC_NO_MEMORY);
		CHECK_INT(memory.held, 0);
	}
	for (bool stopped = true; stopped; stops++)
	{
		RcAllocator allocator = scarce_allocator(&memory, -1);
		RcInput		input = memory_input(&file, workbook.data, workbook.length);

		memory.stop_after = stops;
		stopped = read_whole(&input, &options, &allocator, NULL, &status) == RC_STOPPED;
		CHECK(stopped || status.code == RC_OK);
		CHECK_INT(memory.held, 0);
	}
	/* among rows that are repeated, too */
	CHECK(stops > 4);
	free(workbook.data);
}

/* A spreadsheet of another program. */
static void
test_file(void)
{
	FILE	   *file = fopen("test/data/ods/bank.ods", "rb");
	Bytes		workbook = {malloc(1 << 16), 0};
	RcStatus	status;

	if (CHECK(file != NULL))
	{
		workbook.length = fread(workbook.data, 1, 1 << 16, file);
		fclose(file);
	}
	CHECK_INT(read_archive(workbook, &options, &result, &status), RC_END);
	CHECK_TEXT(result.data, result.length,
			   "1:\xE6\x97\xA5\xE6\x9C\x9F|amount|narrative|currency|booked\n2:2026-06-01|1089.41|\xE7\xBB\x93\xE7\xAE\x97\xE6\xAC\xBE  1|CNY|2026-06-01 09:30:00\n"
			   "3:2026-06-02|-20|fee\nsecond line|CNY|\n5:2026-06-03|0.1||CNY|\n");
	free(workbook.data);
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_types();
	test_texts();
	test_repeats();
	test_sheets();
	test_refused();
	test_values();
	test_cuts();
	test_memory_and_stop();
	test_file();
	rc_buffer_free(&result);
	return unit_done();
}
