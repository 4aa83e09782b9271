/*
 * test_xlsx.c - workbooks, read back from their XML.
 */
#include "render.h"

#include <zip.h>

/* A part of the workbook as text, "" when it is not there; the caller frees it. */
static char *
part(const Collected *collected, const char *name)
{
	zip_error_t error;
	zip_source_t *source = zip_source_buffer_create(collected->data, collected->length, 0, &error);
	zip_t	   *archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
	zip_stat_t	stat;
	char	   *text = calloc(1, 1);

	if (!CHECK(archive != NULL))
	{
		zip_source_free(source);
		return text;
	}
	if (zip_stat(archive, name, 0, &stat) == 0)
	{
		zip_file_t *file = zip_fopen(archive, name, 0);

		text = realloc(text, stat.size + 1);
		text[zip_fread(file, text, stat.size)] = '\0';
		zip_fclose(file);
	}
	zip_close(archive);
	return text;
}

static bool
holds(const char *text, const char *piece)
{
	return strstr(text, piece) != NULL;
}

static int
occurrences(const char *text, const char *piece)
{
	int			count = 0;

	for (const char *at = text; (at = strstr(at, piece)) != NULL; at += strlen(piece))
		count++;
	return count;
}

static void
typed_cells(void)
{
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 24};
	RcStatus	status;
	static const Row rows[] = {
		{"2024000000000007919", "USD", "-1234.50", "=HYPERLINK(\"http://x\")"},
		{"+1", "JPY", "5000", "@x"},
		{"-1", "KWD", "1.5", "_x0041_ \x02 <&>"},
		{"\t", "CNY", "90071992547409.93", NULL},	/* beyond 2^53 in minor units */
		{"\r1", "CNY", "123456789012345678901234.00", "😀"}
	};
	char	   *sheet;
	char	   *book;

	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 5, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	sheet = part(&collected, "xl/worksheets/sheet1.xml");
	/* The title, two lines, a blank row, the header in row 5, rows from 6 on. */
	CHECK(holds(sheet, "<c r=\"A6\" s=\"4\" t=\"inlineStr\"><is><t>2024000000000007919</t>"));
	CHECK(holds(sheet, "\"C6\"") && holds(sheet, "<v>-1234.5</v>"));
	CHECK(holds(sheet, "<v>45352</v>"));		/* the date */
	CHECK(holds(sheet, "<v>45352.5</v>"));		/* the time */
	CHECK(holds(sheet, "<v>0.985</v>"));
	CHECK(holds(sheet, "=HYPERLINK(&quot;") || holds(sheet, "=HYPERLINK(\""));
	CHECK(holds(sheet, "<t>90,071,992,547,409.93</t>"));
	CHECK(holds(sheet, "<t>123,456,789,012,345,678,901,234.00</t>"));
	CHECK(holds(sheet, "_x005F_x0041_ \xEF\xBF\xBD &lt;&amp;&gt;"));
	CHECK(holds(sheet, "😀"));
	/* Formulas are our own sums only: one a currency whose sum a number holds. */
	CHECK_INT(occurrences(sheet, "<f>"), 3);
	CHECK(holds(sheet, "<f>SUMIF(B6:B10,B13,C6:C10)</f><v>5000</v>"));
	CHECK(holds(sheet, "<autoFilter ref=\"A5:H10\"/>"));
	CHECK(holds(sheet, "ySplit=\"5\""));
	free(sheet);
	sheet = part(&collected, "xl/styles.xml");
	CHECK(holds(sheet, "formatCode=\"#,##0.000\""));
	CHECK(holds(sheet, "formatCode=\"yyyy-mm-dd\""));
	free(sheet);
	book = part(&collected, "xl/workbook.xml");
	CHECK(holds(book, "<sheet name=\"應收帳款   a b\"") && holds(book, "<sheet name=\"Summary\""));
	free(book);
	free(collected.data);
}

/* Past the last row of a sheet it goes on in the next, headings repeated; sums then are values. */
static void
several_sheets(void)
{
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 24};
	RcStatus	status;
	static const Row rows[] = {{"a", "USD", "1.10", "n"}};
	char	   *text;
	int			total = 0;

	table.sheet_rows = 20;
	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 1, 50, &rc_malloc_allocator, &collected, &status), RC_OK);
	for (int i = 1; i <= 3; i++)
	{
		char		name[64];

		snprintf(name, sizeof(name), "xl/worksheets/sheet%d.xml", i);
		text = part(&collected, name);
		CHECK_INT(occurrences(text, "應收金額"), 1);
		CHECK_INT(occurrences(text, "<f>"), 0);
		CHECK(!holds(text, "<row r=\"21\""));
		total += occurrences(text, "<v>1.1</v>");
		free(text);
	}
	CHECK_INT(total, 50);
	text = part(&collected, "xl/worksheets/sheet4.xml");
	CHECK(holds(text, "<v>55</v>"));
	free(text);
	text = part(&collected, "xl/workbook.xml");
	CHECK(holds(text, "(2)\"") && holds(text, "(3)\"") && !holds(text, "(4)\""));
	free(text);
	free(collected.data);
}

static void
long_text(void)
{
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 24};
	RcStatus	status;
	char	   *note = malloc(40001);
	Row			rows[] = {{"a", "USD", "1", note}};
	char	   *text;

	memset(note, 'n', 40000);
	note[40000] = '\0';
	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 1, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	text = part(&collected, "xl/worksheets/sheet1.xml");
	CHECK(holds(text, "nnn… [cut]</t>"));
	free(text);
	/* Just as long as a cell takes: whole. */
	note[32767] = '\0';
	collected.length = 0;
	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 1, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	text = part(&collected, "xl/worksheets/sheet1.xml");
	CHECK(!holds(text, "[cut]"));
	CHECK(holds(text, note));
	free(text);
	free(note);
	free(collected.data);
}

static void
failures(void)
{
	RcTable		table = test_table();
	RcStatus	status;
	static const Row rows[] = {{"a", "USD", "1", "n"}};
	Collected	collected = {.limit = 100};
	RcDocument *document;
	RcSink		sink = {.write = collect, .context = &collected};
	RcCell		cells[COLUMNS];

	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 1, 1, &rc_malloc_allocator, &collected, &status), RC_IO);
	CHECK(status.message[0] != '\0');
	/* Given up after some rows. */
	document = rc_document_open(&rc_xlsx_renderer, &table, &rc_malloc_allocator, &sink, &status);
	fill_row(cells, "a", "USD", "1", "n");
	CHECK_INT(rc_document_row(document, cells, &status), RC_OK);
	rc_document_close(document);
	rc_document_close(NULL);
	table.temporary_directory = "/nonexistent";
	CHECK(render(&rc_xlsx_renderer, &table, rows, 1, 1, &rc_malloc_allocator, &collected, &status) != RC_OK);
	table.temporary_directory = NULL;
	render_without_memory(&rc_xlsx_renderer, &table, rows, 1);
	collected.limit = 1 << 24;
	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 0, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	{
		char	   *text = part(&collected, "xl/worksheets/sheet1.xml");

		CHECK(holds(text, "No rows"));
		free(text);
	}
	free(collected.data);
}

static void
same_bytes(void)
{
	RcTable		table = test_table();
	RcStatus	status;
	static const Row rows[] = {{"a", "USD", "1", "n"}, {"b", "CNY", "2", "應收"}};
	Collected	one = {.limit = 1 << 24};
	Collected	two = {.limit = 1 << 24};

	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 2, 100, &rc_malloc_allocator, &one, &status), RC_OK);
	CHECK_INT(render(&rc_xlsx_renderer, &table, rows, 2, 100, &rc_malloc_allocator, &two, &status), RC_OK);
	CHECK(one.length == two.length && memcmp(one.data, two.data, one.length) == 0);
	free(one.data);
	free(two.data);
}

int
main(void)
{
	typed_cells();
	several_sheets();
	long_text();
	failures();
	same_bytes();
	return unit_done();
}
