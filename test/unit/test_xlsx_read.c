/*
 * test_xlsx_read.c - workbooks: what cells hold comes out as a person sees it; hostile and damaged ones are refused with row and column.
 */
#include "../../src/read/xlsx_strings.h"
#include "../../src/read/xlsx_value.h"
#include "archive_maker.h"

#define SAMPLES "../shared/fixtures/"

static const RcReaderOptions plain = {.quote = '"'};
static RcBuffer result;

static void
check(Bytes workbook, const char *expected)
{
	RcStatus	status;

	if (!CHECK(read_archive(workbook, &plain, &result, &status) == RC_END))
		fprintf(stderr, "\tgot %d \"%s\"\n", status.code, status.message);
	CHECK_TEXT(result.data, result.length, expected);
	free(workbook.data);
}

static void
check_refused(Bytes workbook, RcCode code, uint64_t line, uint32_t column, const char *message)
{
	RcStatus	status;
	RcCode		got = read_archive(workbook, &plain, &result, &status);

	if (!CHECK(got == code && strstr(status.message, message) != NULL))
		fprintf(stderr, "\tgot %d \"%s\", expected %d \"%s\"\n", got, status.message, code, message);
	CHECK_INT(status.line, line);
	CHECK_INT(status.column, column);
	free(workbook.data);
}

static void
test_numbers(void)
{
	static const struct
	{
		const char *stored;
		const char *expected;
	}			cases[] = {
		{"0", "0"}, {"-0", "-0"}, {"12", "12"}, {"-12.5", "-12.5"}, {"1.50", "1.50"},
		{"0.1", "0.1"}, {"0.10000000000000001", "0.1"}, {"1.1000000000000001", "1.1"}, {"33.500000000000000", "33.5"},
		{"0.30000000000000004", "0.3"}, {"99.989999999999995", "99.99"}, {"999999999999999.9", "1E+15"}, {"1.0000000000000002E-2", "0.01"},
		{"1E-3", "0.001"}, {"1.5E2", "150"}, {"-1E+2", "-100"}, {"123456789012345", "123456789012345"}, {"1.23456789012345E14", "123456789012345"},
		{"4814769000000010", "4.81476900000001E+15"}, {"2.0240101123456788E+16", "2.02401011234568E+16"}, {"1E+15", "1E+15"},
		{"5.5511151231257827E-17", "0.0000000000000000555111512312578"}, {"1E-300", "1E-300"}, {"00012", "12"}, {".5", "0.5"}, {"5.", "5"},
		{"0.99999999999999999", "1"}, {"0E0", "0"}, {"+3", "3"},
	};
	static const char *const none[] = {"", "-", ".", "1e", "1e+", "abc", "1,5", "NaN", "1 ", "0x10", "1E99999999", "--1", "1.2.3"};
	char		buffer[RC_XLSX_VALUE_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_TEXT(buffer, rc_xlsx_number(cases[i].stored, strlen(cases[i].stored), buffer), cases[i].expected);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK_INT(rc_xlsx_number(none[i], strlen(none[i]), buffer), 0);
	/* what has lost digits is seen as such by those who read ids */
	CHECK(rc_is_scientific("4.81476900000001E+15", 20) && rc_is_scientific("1E+15", 5));
}

static void
test_dates(void)
{
	static const struct
	{
		const char *stored;
		RcXlsxKind	kind;
		bool		from_1904;
		const char *expected;
	}			cases[] = {
		{"45351", RC_XLSX_DATE, false, "2024-02-29"}, {"45351", RC_XLSX_TIME, false, "2024-02-29 00:00:00"},
		{"45351.5", RC_XLSX_DATE, false, "2024-02-29 12:00:00"}, {"45351.520833333336", RC_XLSX_TIME, false, "2024-02-29 12:30:00"},
		{"45351.999999999", RC_XLSX_DATE, false, "2024-03-01"}, {"45351.00001", RC_XLSX_TIME, false, "2024-02-29 00:00:00.864"},
		{"1", RC_XLSX_DATE, false, "1900-01-01"}, {"59", RC_XLSX_DATE, false, "1900-02-28"}, {"60", RC_XLSX_DATE, false, "1900-02-29"},
		{"61", RC_XLSX_DATE, false, "1900-03-01"}, {"0", RC_XLSX_DATE, false, "1900-01-00"}, {"0", RC_XLSX_TIME, false, "00:00:00"},
		{"0.75", RC_XLSX_TIME, false, "18:00:00"}, {"0.75", RC_XLSX_DATE, false, "18:00:00"}, {"0.05", RC_XLSX_TIME, false, "01:12:00"},
		{"1E-3", RC_XLSX_TIME, false, "00:01:26.400"}, {"2958465", RC_XLSX_DATE, false, "9999-12-31"}, {"2958466", RC_XLSX_DATE, false, ""},
		{"2958465.9999999999", RC_XLSX_DATE, false, ""}, {"-1", RC_XLSX_DATE, false, ""}, {"1e9", RC_XLSX_DATE, false, ""}, {"x", RC_XLSX_DATE, false, ""},
		{"0", RC_XLSX_DATE, true, "1904-01-01"}, {"60", RC_XLSX_DATE, true, "1904-03-01"}, {"43889", RC_XLSX_DATE, true, "2024-02-29"},
		{"36526", RC_XLSX_DATE, false, "2000-01-01"}, {"25569", RC_XLSX_DATE, false, "1970-01-01"}, {"73050", RC_XLSX_DATE, false, "2099-12-31"},
	};
	static const struct
	{
		const char *code;
		RcXlsxKind	kind;
	}			codes[] = {
		{"General", RC_XLSX_NUMBER}, {"0.00", RC_XLSX_NUMBER}, {"#,##0.00 \"day\"", RC_XLSX_NUMBER}, {"[$\xE2\x82\xAC-407] #,##0.00", RC_XLSX_NUMBER},
		{"0.00E+00", RC_XLSX_NUMBER}, {"[Red]0.00", RC_XLSX_NUMBER}, {"@", RC_XLSX_NUMBER}, {"0\\d", RC_XLSX_NUMBER}, {"0_m", RC_XLSX_NUMBER},
		{"[h]:mm:ss", RC_XLSX_NUMBER}, {"[mm]:ss", RC_XLSX_NUMBER}, {"0.00;yyyy", RC_XLSX_NUMBER}, {"", RC_XLSX_NUMBER}, {"\"unfinished", RC_XLSX_NUMBER},
		{"[unfinished", RC_XLSX_NUMBER}, {"\\", RC_XLSX_NUMBER},
		{"yyyy-mm-dd", RC_XLSX_DATE}, {"yyyy\\-mm\\-dd", RC_XLSX_DATE}, {"MM/DD/YYYY", RC_XLSX_DATE}, {"[$-409]d-mmm-yy;@", RC_XLSX_DATE},
		{"yyyy\"\xE5\xB9\xB4\"m\"\xE6\x9C\x88\"", RC_XLSX_DATE}, {"mmm", RC_XLSX_DATE}, {"e/m/d", RC_XLSX_DATE}, {"ggge", RC_XLSX_DATE},
		{"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", RC_XLSX_DATE},
		{"hh:mm", RC_XLSX_TIME}, {"h:mm AM/PM", RC_XLSX_TIME}, {"yyyy\\-mm\\-dd\\ hh:mm:ss", RC_XLSX_TIME}, {"mm:ss.0", RC_XLSX_TIME},
	};
	char		buffer[RC_XLSX_VALUE_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;

		CHECK_TEXT(buffer, rc_xlsx_date(cases[i].stored, strlen(cases[i].stored), cases[i].kind, cases[i].from_1904, buffer), cases[i].expected);
		UNIT_NOTE(failed, "%s", cases[i].stored);
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
	{
		unsigned long failed = unit_failed;

		CHECK_INT(rc_xlsx_code_kind(codes[i].code), codes[i].kind);
		UNIT_NOTE(failed, "%s", codes[i].code);
	}
	CHECK_INT(rc_xlsx_builtin_kind(0), RC_XLSX_NUMBER);
	CHECK_INT(rc_xlsx_builtin_kind(4), RC_XLSX_NUMBER);
	CHECK_INT(rc_xlsx_builtin_kind(14), RC_XLSX_DATE);
	CHECK_INT(rc_xlsx_builtin_kind(22), RC_XLSX_TIME);
	CHECK_INT(rc_xlsx_builtin_kind(46), RC_XLSX_NUMBER);
	CHECK_INT(rc_xlsx_builtin_kind(57), RC_XLSX_DATE);
}

/* Every day from 1900 to 9999 follows the one before it. */
static void
test_calendar(void)
{
	int			year = 1900;
	int			month = 3;
	int			day = 1;

	for (long serial = 61; serial <= 2958465; serial++)
	{
		static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
		char		stored[24];
		char		expected[16];
		char		buffer[RC_XLSX_VALUE_BYTES];
		size_t		length;
		bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		if (serial % 97 == 0 || day > 27)
		{
			snprintf(stored, sizeof(stored), "%ld", serial);
			snprintf(expected, sizeof(expected), "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
			length = rc_xlsx_date(stored, strlen(stored), RC_XLSX_DATE, false, buffer);
			CHECK(length == 10 && memcmp(buffer, expected, 10) == 0);
		}
		if (++day > lengths[month - 1] + (month == 2 && leap))
		{
			day = 1;
			if (++month > 12)
			{
				month = 1;
				year++;
			}
		}
	}
	CHECK_INT(year, 10000);
}

static void
test_texts(void)
{
	static const struct
	{
		const char *stored;
		const char *expected;
	}			cases[] = {
		{"plain", "plain"}, {"a_x000D__x000A_b", "a\r\nb"}, {"_x005F_x000D_", "_x000D_"}, {"_x4E2D_\xE6\x96\x87", "\xE4\xB8\xAD\xE6\x96\x87"},
		{"_xD83D__xDE00_", "\xF0\x9F\x98\x80"}, {"_xD83D_", "_xD83D_"}, {"_xDE00_", "_xDE00_"}, {"_x0000_", "_x0000_"}, {"_x00e9_", "\xC3\xA9"},
		{"_x12_", "_x12_"}, {"_xGGGG_", "_xGGGG_"}, {"_", "_"}, {"_x000", "_x000"}, {"", ""}, {"__x0041__", "_A_"}, {"_xD83D__x0041_", "_xD83D_A"},
	};
	uint32_t	column;
	uint32_t	row;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		text[64];

		strcpy(text, cases[i].stored);
		CHECK_TEXT(text, rc_xlsx_unescape(text, strlen(text)), cases[i].expected);
	}
	CHECK(rc_xlsx_reference("A1", &column, &row) && column == 1 && row == 1);
	CHECK(rc_xlsx_reference("AA10", &column, &row) && column == 27 && row == 10);
	CHECK(rc_xlsx_reference("XFD1048576", &column, &row) && column == 16384 && row == 1048576);
	CHECK(!rc_xlsx_reference("XFD1048577", &column, &row) && !rc_xlsx_reference("XFE1", &column, &row));
	CHECK(!rc_xlsx_reference("A", &column, &row) && !rc_xlsx_reference("1", &column, &row) && !rc_xlsx_reference("A0", &column, &row));
	CHECK(!rc_xlsx_reference("a1", &column, &row) && !rc_xlsx_reference("", &column, &row) && !rc_xlsx_reference("A1x", &column, &row));
	CHECK(!rc_xlsx_reference("ZZZZZZZZZZZZ1", &column, &row) && !rc_xlsx_reference("A99999999999999999999", &column, &row));
}

static void
test_cells(void)
{
	static const char strings[] = "<si><t>order</t></si><si><r><rPr><b/></rPr><t>bo</t></r><r><t xml:space='preserve'>ld </t></r></si>"
		"<si><t>\xE6\x9D\xB1</t><rPh sb='0' eb='1'><t>higashi</t></rPh><phoneticPr/></si><si/><si><t>a_x000A_b</t></si>";
	static const char styles[] = "<numFmts><numFmt numFmtId='164' formatCode='yyyy\\-mm\\-dd'/><numFmt numFmtId='165' formatCode='0.00'/></numFmts>"
		"<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='22'><alignment/></xf><xf numFmtId='165'/></cellXfs>"
		"<cellStyles/>";

	check(make_workbook("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c><c r='C1' t='s'><v>2</v></c><c r='D1' t='s'><v>3</v></c></row>"
						"<row r='2'><c r='A2' t='s'><v>4</v></c></row>", strings, NULL, NULL),
		  "1:order|bold |\xE6\x9D\xB1\n2:a\nb||\n");
	/* dates by style; of a cell style without a number format of its own nothing is taken */
	check(make_workbook("<row><c s='1'><v>45351</v></c><c s='2'><v>45351.5</v></c><c s='3'><v>45351</v></c><c><v>45351</v></c><c s='99'><v>1</v></c>"
						"<c s='1'><v>60</v></c><c s='1'><v>-3</v></c></row>", NULL, styles, NULL),
		  "1:2024-02-29|2024-02-29 12:00:00|45351|45351|1|1900-02-29|-3\n");
	check(make_workbook("<row><c s='1'><v>43889</v></c></row>", NULL, styles, "date1904='1'"), "1:2024-02-29\n");
	check(make_workbook("<row><c s='1'><v>45351</v></c></row>", NULL, styles, "date1904='false'"), "1:2024-02-29\n");
	/* formulas give what is stored with them, booleans, errors, ISO dates, inline texts */
	check(make_workbook("<row><c><f>1+1</f><v>2</v></c><c t='str'><f>\"a\"</f><v>a_x0041_</v></c><c t='b'><v>1</v></c><c t='b'><v>0</v></c>"
						"<c t='e'><f>1/0</f><v>#DIV/0!</v></c><c t='d'><v>2024-02-29T10:00:00</v></c><c t='inlineStr'><is><t>in</t></is></c>"
						"<c t='inlineStr'><is><r><t>r1</t></r><r><t>r2</t></r><rPh><t>no</t></rPh></is></c><c t='str'><f>x</f><v/></c><c t='n'><v>1</v></c></row>",
						NULL, NULL, NULL),
		  "1:2|aA|TRUE|FALSE|#DIV/0!|2024-02-29T10:00:00|in|r1r2||1\n");
	/* rows and cells that are not there; the widest row so far gives the width; cells without a reference follow the last one */
	check(make_workbook("<row r='3'><c r='B3'><v>1</v></c></row><row r='5' spans='1:9'><c r='D5'><v>2</v></c><c><v>3</v></c></row><row/><row><c/><c s='1'/></row>"
						"<row r='9'><c r='A9'><v>4</v></c><c r='Z9'/></row>", NULL, NULL, NULL),
		  "3:|1\n5:|||2|3\n9:4||||\n");
	/* cells in any order */
	check(make_workbook("<row r='1'><c r='C1'><v>3</v></c><c r='A1'><v>1</v></c></row>", NULL, NULL, NULL), "1:1||3\n");
	check(make_workbook("", NULL, NULL, NULL), "");
	/* 0.1 stays 0.1, an id with lost digits is seen as one */
	check(make_workbook("<row><c><v>0.10000000000000001</v></c><c><v>20240101123456789</v></c></row>", NULL, NULL, NULL), "1:0.1|2.02401011234568E+16\n");
	/* the last cell of the largest sheet */
	check(make_workbook("<row r='1048576'><c r='A1048576'><v>1</v></c><c r='XFD1048576'/></row>", NULL, NULL, NULL), "1048576:1\n");
}

static void
test_refused(void)
{
	static char many[65536];
	size_t		used = 0;

	check_refused(make_workbook("<row r='2'><c r='B2' t='s'><v>-1</v></c></row>", "<si><t>a</t></si>", NULL, NULL), RC_BAD_STRUCTURE, 2, 2, "no shared string -1");
	check_refused(make_workbook("<row r='2'><c r='B2' t='s'><v>1</v></c></row>", "<si><t>a</t></si>", NULL, NULL), RC_BAD_STRUCTURE, 2, 2, "no shared string 1");
	check_refused(make_workbook("<row><c t='s'><v></v></c></row>", "<si><t>a</t></si>", NULL, NULL), RC_BAD_STRUCTURE, 1, 1, "no shared string");
	check_refused(make_workbook("<row><c t='s'><v>99999999999999999999</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 1, "no shared string");
	check_refused(make_workbook("<row r='1'><c r='XFD1048577'><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 0, "XFD1048577");
	check_refused(make_workbook("<row r='1048577'><c><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 0, 0, "1048577");
	check_refused(make_workbook("<row r='1048576'/><row><c><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1048576, 0, "after row 1048576");
	check_refused(make_workbook("<row r='1'><c r='A2'><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 0, "\"A2\" in row 1");
	check_refused(make_workbook("<row r='2'/><row r='2'/>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 2, 0, "after row 2");
	check_refused(make_workbook("<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 1, "twice");
	check_refused(make_workbook("<row r='1'><c r='BIP1'><v>1</v></c></row>", NULL, NULL, NULL), RC_TOO_LARGE, 1, 1602, "1600 columns");
	check_refused(make_workbook("<row r='7'><c r='C7'><f>SUM(A1:A6)</f></c></row>", NULL, NULL, NULL), RC_BAD_VALUE, 7, 3, "no stored value");
	check_refused(make_workbook("<row r='7'><c r='C7' t='z'><v>1</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 7, 3, "unknown type");
	check_refused(make_workbook("<row r='7'><c r='C7'><v>1</c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 7, 3, "mismatched tag");
	check_refused(make_workbook("<row><c><v>&lol9;</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 1, "undefined entity");
	check_refused(make_workbook("<row><c><v>\xFF</v></c></row>", NULL, NULL, NULL), RC_BAD_STRUCTURE, 1, 1, "invalid token");
	for (int i = 0; i < 10000; i++)
		used += (size_t) sprintf(many + used, "<x>");
	check_refused(make_workbook(many, NULL, NULL, NULL), RC_BAD_STRUCTURE, 0, 0, "nested");
	check_refused(make_workbook("", many, NULL, NULL), RC_BAD_STRUCTURE, 0, 0, "xl/sharedStrings.xml of the workbook");
	check_refused(make_workbook("", NULL, "<a></b>", NULL), RC_BAD_STRUCTURE, 0, 0, "xl/styles.xml of the workbook");
}

/* Parts as other programs write them, or do not write them. */
static void
test_parts(void)
{
	static const char doctype[] = "<!DOCTYPE sst [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]><sst><si><t>&b;</t></si></sst>";
	static const char external[] = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><worksheet><sheetData><row><c t='str'><v>&a;</v></c></row></sheetData></worksheet>";
	Part		parts[] = {
		{.name = "docProps/app.xml", .content = "<x/>"},
		{.name = "XL\\workbook.xml", .content = "<x:workbook xmlns:x='" MAIN_SPACE "' xmlns:r='" OFFICE_SPACE "'><x:sheets>"
			"<x:sheet name='chart' sheetId='1' r:id='c'/><x:sheet name='hidden' sheetId='2' state='veryHidden' r:id='h'/>"
			"<x:sheet name='\xE5\xB7\xA5\xE4\xBD\x9C' sheetId='3' r:id='s'/></x:sheets></x:workbook>"},
		{.name = "xl/_rels/workbook.xml.rels", .content = "<Relationships><Relationship Id='c' Type='x/chartsheet' Target='c.xml'/>"
			"<Relationship Id='h' Type='x/worksheet' Target='hidden.xml'/><Relationship Id='s' Type='x/worksheet' Target='./sheet.xml'/>"
			"<Relationship Id='t' Type='x/sharedStrings' Target='strings.xml'/><Relationship Id='e' Type='x/worksheet' TargetMode='External' Target='http://x'/>"
			"</Relationships>"},
		{.name = "xl/hidden.xml", .content = "<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>"},
		{.name = "xl/sheet.xml", .content = "<x:worksheet xmlns:x='u'><x:sheetData><x:row><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"},
		{.name = "xl/strings.xml", .content = "<sst/>"},
	};
	int			count = sizeof(parts) / sizeof(parts[0]);
	RcReaderOptions named = {.quote = '"', .sheet = "hidden"};
	RcReaderOptions none = {.quote = '"', .sheet = "other"};
	RcReaderOptions forced = {.quote = '"', .container = "xlsx"};
	Part		csv = {.name = "a.csv", .content = "a\n"};
	RcStatus	status;
	Bytes		workbook = make_archive(parts, count);

	CHECK_INT(read_archive(workbook, &named, &result, &status), RC_END);
	CHECK_TEXT(result.data, result.length, "1:1\n");
	CHECK_INT(read_archive(workbook, &none, &result, &status), RC_UNKNOWN_FORMAT);
	CHECK(strstr(status.message, "no sheet \"other\"") != NULL && strstr(status.hint, "hidden, \xE5\xB7\xA5\xE4\xBD\x9C") != NULL);
	check(workbook, "1:2\n");
	parts[5].content = doctype;
	check_refused(make_archive(parts, count), RC_BAD_STRUCTURE, 0, 0, "DOCTYPE");
	parts[5].content = "<sst/>";
	parts[4].content = external;
	check_refused(make_archive(parts, count), RC_BAD_STRUCTURE, 0, 0, "DOCTYPE");
	parts[4].content = "<chartsheet/>";
	check_refused(make_archive(parts, count), RC_BAD_STRUCTURE, 0, 0, "not a sheet but \"chartsheet\"");
	check_refused(make_archive(parts, 4), RC_BAD_STRUCTURE, 0, 0, "lacks its sheet");
	check_refused(make_archive(parts, 2), RC_BAD_STRUCTURE, 0, 0, "xl/_rels/workbook.xml.rels");
	parts[1].content = "<workbook><sheets><sheet name='gone' sheetId='1' id='zz'/></sheets></workbook>";
	check_refused(make_archive(parts, count), RC_BAD_STRUCTURE, 0, 0, "no sheet of cells");
	workbook = make_archive(&csv, 1);
	CHECK_INT(read_archive(workbook, &forced, &result, &status), RC_UNKNOWN_FORMAT);
	free(workbook.data);

	/* a wrong checksum of the sheet is seen at its end at the latest */
	parts[0].name = "[Content_Types].xml";
	parts[1].content = "<workbook><sheets><sheet name='a' sheetId='1' id='h'/></sheets></workbook>";
	parts[3].stored = true;
	workbook = make_archive(parts, 4);
	find_signature(workbook, "<v>1", 0)[3] = '8';
	check_refused(workbook, RC_BAD_STRUCTURE, 1, 0, "checksum is wrong");
}

static void
test_many_strings(void)
{
	RcXlsxStrings *strings = rc_xlsx_strings_create(&rc_malloc_allocator);
	RcStatus	status;
	char		text[512];
	uint32_t	count = 200000;

	/* 48 MB: the last third of it in a mapped file */
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < count; i++)
	{
		int			length = snprintf(text, sizeof(text), "%u", i);

		text[length] = '_';
		if (!CHECK(rc_xlsx_strings_add(strings, text, (size_t) length + 1 + (i % 2 ? 0 : 450), &status) == RC_OK))
			break;
	}
	CHECK_INT(rc_xlsx_strings_count(strings), count);
	for (uint32_t i = 0; i < count; i += 7)
	{
		RcField		field = rc_xlsx_strings_get(strings, i);
		int			length = snprintf(text, sizeof(text), "%u_", i);

		CHECK(field.length >= (uint32_t) length && memcmp(field.data, text, (size_t) length) == 0);
		CHECK((i % 2 == 1) == (field.length == (uint32_t) length));
	}
	rc_xlsx_strings_free(strings);
}

static void
test_memory_and_stop(void)
{
	Bytes		workbook = make_workbook("<row><c t='s'><v>0</v></c><c s='1'><v>45351</v></c></row><row><c t='inlineStr'><is><t>x</t></is></c></row>",
										 "<si><t>a</t></si>", "<cellXfs><xf/><xf numFmtId='14'/></cellXfs>", NULL);
	RcStatus	status;
	ScarceMemory memory;
	RcAllocator allocator;
	long		left;

	for (left = 0; left < 2000; left++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, workbook.data, workbook.length);
		RcCode		code;

		allocator = scarce_allocator(&memory, left);
		code = read_whole(&input, &plain, &allocator, NULL, &status);
		CHECK_INT(memory.held, 0);
		if (code == RC_END)
			break;
		CHECK_INT(code, RC_NO_MEMORY);
	}
	CHECK(left > 20 && left < 2000);
	for (long polls = 0; polls < 8; polls++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, workbook.data, workbook.length);

		allocator = scarce_allocator(&memory, -1);
		memory.stop_after = polls;
		CHECK_INT(read_whole(&input, &plain, &allocator, NULL, &status), RC_STOPPED);
		CHECK_INT(memory.held, 0);
	}
	for (size_t step = 1; step < 1000; step = step * 3 + 1)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, workbook.data, workbook.length);

		file.step = step;
		rc_buffer_clear(&result);
		CHECK_INT(read_whole(&input, &plain, &rc_malloc_allocator, &result, &status), RC_END);
		CHECK_TEXT(result.data, result.length, "1:a|2024-02-29\n2:x|\n");
	}
	free(workbook.data);
}

static void
test_files(void)
{
	static const struct
	{
		const char *path;
		const char *beginning;
		const char *end;
		int			records;
	}			cases[] = {
		{"test/data/xlsx/orders.xlsx", "1:order_no|ordered_at|currency|total|note\n2:SO-1001|2024-02-29|EUR|30.5|\xE8\xA8\x82\xE5\x96\xAE\n",
			"5:SO-1003|2024-03-01 08:30:00|EUR|0.1|TRUE\n", 4},
		{SAMPLES "bank-csv/OCA__bank-statement-import/13.0/account_bank_statement_import_txt_xlsx/tests/fixtures/sample_statement_en.xlsx",
			"1:Date|Label|Currency|Amount|Amount Currency|Partner Name|Bank Account\n2:2018-12-15|Your best supplier|USD|-33.5|0|John Doe|123456789\n",
			"3:2018-12-15|Your payment|EUR|1525|1000|Azure Interior|\n", 3},
		{SAMPLES "bank-csv/OCA__bank-statement-import/13.0/account_bank_statement_import_txt_xlsx/tests/fixtures/empty_statement_en.xlsx",
			"1:Date|Label|Currency|Amount|Amount Currency|Partner Name|Bank Account\n", "Bank Account\n", 1},
		{SAMPLES "platform/OCA__bank-statement-import/account_bank_statement_import_adyen/test_files/adyen_test.xlsx",
			"4:|Company Account|Merchant Account|Psp Reference|Merchant Reference|Payment Method|Creation Date|",
			"25:|YOURCOMPANY|YOURCOMPANY_ACCOUNT||||2016-10-24 20:20:09|CDT|MerchantPayout|Batch 48|||||USD|23006.27||||||||48|||||||\n", 22},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		FILE	   *file = fopen(cases[i].path, "rb");
		Bytes		workbook = {malloc(1 << 20), 0};
		RcStatus	status;
		int			records = 0;

		if (!file)
		{
			CHECK(i > 0);
			printf("skipped: no %s\n", cases[i].path);
			free(workbook.data);
			continue;
		}
		workbook.length = fread(workbook.data, 1, 1 << 20, file);
		fclose(file);
		CHECK_INT(read_archive(workbook, &plain, &result, &status), RC_END);
		for (size_t at = 0; at < result.length; at++)
			records += result.data[at] == '\n';
		CHECK_INT(records, cases[i].records);
		CHECK(strncmp(result.data, cases[i].beginning, strlen(cases[i].beginning)) == 0);
		CHECK(result.length > strlen(cases[i].end) && strcmp(result.data + result.length - strlen(cases[i].end), cases[i].end) == 0);
		free(workbook.data);
		UNIT_NOTE(failed, "%s", cases[i].path);
	}
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_numbers();
	test_dates();
	test_calendar();
	test_texts();
	test_cells();
	test_refused();
	test_parts();
	test_many_strings();
	test_memory_and_stop();
	test_files();
	rc_buffer_free(&result);
	return unit_done();
}
