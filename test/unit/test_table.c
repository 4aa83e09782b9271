/*
 * test_table.c - amounts, dates and widths as text; exact totals; CSV and HTML.
 */
#include "render.h"

static void
decimals(void)
{
	static const struct
	{
		const char *text;
		int			decimals;
		bool		grouped;
		const char *expected;
	}			cases[] = {
		{"0", 2, true, "0.00"},
		{"-1234.5", 2, true, "-1,234.50"},
		{"1234567.00", 2, true, "1,234,567.00"},
		{"123", 0, true, "123"},
		{"1000", 0, true, "1,000"},
		{"1000.000", 0, true, "1,000"},
		{"1.2345", 2, true, "1.2345"},
		{"1.2300", 2, true, "1.23"},
		{"-0.370", 2, true, "-0.37"},
		{"999999999999999999999.99", 2, true, "999,999,999,999,999,999,999.99"},
		{"1234.5", 3, false, "1234.500"},
		{"NaN", 2, true, "NaN"},
		{"-Infinity", 2, true, "-Infinity"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;
		char		buffer[RC_FORMAT_SIZE];
		size_t		length = rc_format_decimal(cases[i].text, strlen(cases[i].text), cases[i].decimals, cases[i].grouped, buffer, sizeof(buffer));

		CHECK_TEXT(buffer, length, cases[i].expected);
		UNIT_NOTE(before, "%s with %d decimals", cases[i].text, cases[i].decimals);
	}
	{
		char		buffer[RC_FORMAT_SIZE];
		char		digits[300];

		memset(digits, '9', sizeof(digits));
		CHECK_TEXT(buffer, rc_format_decimal(digits, sizeof(digits), 2, true, buffer, sizeof(buffer)), "#");
		CHECK_TEXT(buffer, rc_decimal_text(0, 18, buffer, sizeof(buffer)), "0.000000000000000000");
		CHECK_TEXT(buffer, rc_decimal_text(-1, 2, buffer, sizeof(buffer)), "-0.01");
		CHECK_TEXT(buffer, rc_decimal_text(12345, 2, buffer, sizeof(buffer)), "123.45");
		CHECK_TEXT(buffer, rc_decimal_text((__int128) 1 << 126, 0, buffer, sizeof(buffer)), "85070591730234615865843651857942052864");
		CHECK_TEXT(buffer, rc_decimal_text((unsigned __int128) 1 << 127, 0, buffer, sizeof(buffer)), "-170141183460469231731687303715884105728");
	}
}

static void
amounts(void)
{
	RcCell		cell;

	rc_table_amount(&cell, "-1234.5600", 10);
	CHECK(cell.is_exact);
	CHECK_INT(cell.value, -123456);
	CHECK_INT(cell.scale, 2);
	rc_table_amount(&cell, "1000", 4);
	CHECK_INT(cell.value, 1000);
	CHECK_INT(cell.scale, 0);
	rc_table_amount(&cell, "9223372036854775807", 19);
	CHECK(cell.is_exact);
	rc_table_amount(&cell, "9223372036854775808", 19);
	CHECK(!cell.is_exact);
	rc_table_amount(&cell, "NaN", 3);
	CHECK(!cell.is_exact);
	rc_table_amount(&cell, "", 0);
	CHECK(!cell.is_exact);
	rc_table_amount(&cell, "-", 1);
	CHECK(!cell.is_exact);
}

static void
days(void)
{
	/* Every day of 1600 years follows the one before it. */
	int			lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year = 1600,
				month = 1,
				day = 1;
	int			wrong = 0;

	for (int64_t n = -146097; n < 146097 * 3; n++)
	{
		int			y,
					m,
					d;
		bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		rc_civil_day(n, &y, &m, &d);
		wrong += y != year || m != month || d != day;
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
	CHECK_INT(wrong, 0);
	CHECK_INT(year, 3200);
}

static void
cells(void)
{
	RcTable		table = test_table();
	RcCell		row[COLUMNS];
	char		buffer[RC_FORMAT_SIZE];
	const char *text;
	size_t		length;
	const char *expected[COLUMNS] = {"A1", "JPY", "1,234,567", "2024-03-01", "2024-03-01 12:00", "-3", "98.5 %", "note"};

	fill_row(row, "A1", "JPY", "1234567.00", "note");
	for (int i = 0; i < COLUMNS; i++)
	{
		rc_format_cell(&table, row, i, buffer, &text, &length);
		CHECK_TEXT(text, length, expected[i]);
	}
	fill_row(row, "A1", "KWD", "5", "note");
	rc_format_cell(&table, row, COLUMN_AMOUNT, buffer, &text, &length);
	CHECK_TEXT(text, length, "5.000");
	fill_row(row, "A1", NULL, "5", "note");
	rc_format_cell(&table, row, COLUMN_AMOUNT, buffer, &text, &length);
	CHECK_TEXT(text, length, "5.00");
	row[COLUMN_TIME].value = -1;		/* the last microsecond of 1999 */
	rc_format_cell(&table, row, COLUMN_TIME, buffer, &text, &length);
	CHECK_TEXT(text, length, "1999-12-31 23:59");
	row[COLUMN_DAY].is_null = true;
	rc_format_cell(&table, row, COLUMN_DAY, buffer, &text, &length);
	CHECK_INT(length, 0);
	CHECK_INT(rc_display_width("a應收b", 8), 6);
}

static void
broken_characters(void)
{
	static const char *const broken[] = {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE6\x87", "\x80", "\xFF"};
	size_t		size;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
	{
		CHECK_INT(rc_table_decode(broken[i], strlen(broken[i]), &size), 0xFFFD);
		CHECK_INT(size, 1);
	}
	CHECK_INT(rc_table_decode("\xF0\x9F\x98\x80", 4, &size), 0x1F600);
	CHECK_INT(size, 4);
}

static void
totals(void)
{
	RcTable		table = test_table();
	RcTotals	totals;
	RcStatus	status;
	RcCell		row[COLUMNS];
	char		buffer[RC_FORMAT_SIZE];
	RcCell		cell;

	rc_status_reset(&status);
	rc_totals_init(&totals, &table, &rc_malloc_allocator);
	for (int i = 0; i < 1000; i++)
	{
		fill_row(row, i % 2 ? "late" : "early", "USD", "0.10", "");
		CHECK_INT(rc_totals_add(&totals, row, &status), RC_OK);
	}
	fill_row(row, "late", "JPY", "-5", "");
	rc_totals_add(&totals, row, &status);
	fill_row(row, "huge", "CNY", "99999999999999999999.99", "");
	rc_totals_add(&totals, row, &status);
	fill_row(row, "none", "CNY", NULL, "");
	rc_totals_add(&totals, row, &status);
	CHECK_INT(rc_totals_finish(&totals, &status), RC_OK);
	CHECK_INT(totals.count, 8);
	CHECK_TEXT(totals.entries[0].currency, 3, "CNY");
	CHECK_TEXT(totals.entries[0].group, totals.entries[0].group_length, "huge");
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[0], COLUMN_AMOUNT, buffer, sizeof(buffer)), "?");
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[1], COLUMN_AMOUNT, buffer, sizeof(buffer)), "0.00");
	CHECK(totals.entries[2].group == NULL);
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[2], COLUMN_AMOUNT, buffer, sizeof(buffer)), "?");
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[4], COLUMN_AMOUNT, buffer, sizeof(buffer)), "-5");
	CHECK_INT(totals.entries[5].rows, 500);
	CHECK(totals.entries[7].group == NULL);
	CHECK_INT(totals.entries[7].rows, 1000);
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[7], COLUMN_AMOUNT, buffer, sizeof(buffer)), "100.00");
	CHECK_INT(rc_total_cell(&totals.entries[7], COLUMN_AMOUNT, buffer, &cell), 2);
	CHECK_INT(cell.value, 100);
	rc_totals_free(&totals);

	/* A column of ids as group does not blow the summary up. */
	rc_totals_init(&totals, &table, &rc_malloc_allocator);
	for (int i = 0; i < 5000; i++)
	{
		char		id[16];

		snprintf(id, sizeof(id), "%d", i);
		fill_row(row, id, "USD", "1", "");
		rc_totals_add(&totals, row, &status);
	}
	CHECK_INT(rc_totals_finish(&totals, &status), RC_OK);
	CHECK(totals.count <= RC_TOTAL_GROUPS + 2);
	CHECK_TEXT(buffer, rc_total_shown(&totals.entries[totals.count - 1], COLUMN_AMOUNT, buffer, sizeof(buffer)), "5,000.00");
	rc_totals_free(&totals);
}

static void
csv(void)
{
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 20};
	RcStatus	status;
	static const Row rows[] = {
		{"A,1", "USD", "-1234.5", "say \"yes\"\nor no"},
		{"=1+1", "USD", "0.125", "+86 10"},
		{"-5", NULL, NULL, "@sum"},
		{"\tx", "JPY", "100.00", NULL}
	};

	CHECK_INT(render(&rc_csv_renderer, &table, rows, 4, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	CHECK_TEXT(collected.data, collected.length,
			   "訂單編號,Currency,應收金額,Due,At,Days overdue,Confidence,摘要 <note> & more\r\n"
			   "\"A,1\",USD,-1234.50,2024-03-01,2024-03-01 12:00,-3,0.985,\"say \"\"yes\"\"\nor no\"\r\n"
			   "\"'=1+1\",USD,0.125,2024-03-01,2024-03-01 12:00,-3,0.985,\"'+86 10\"\r\n"
			   "\"'-5\",,,2024-03-01,2024-03-01 12:00,-3,0.985,\"'@sum\"\r\n"
			   "\"'\tx\",JPY,100,2024-03-01,2024-03-01 12:00,-3,0.985,\r\n");
	collected.length = 0;
	table.byte_order_mark = true;
	CHECK_INT(render(&rc_csv_renderer, &table, rows, 0, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	CHECK(memcmp(collected.data, "\xEF\xBB\xBF\xE8", 4) == 0);
	collected.length = 0;
	collected.limit = 100;
	CHECK_INT(render(&rc_csv_renderer, &table, rows, 4, 1, &rc_malloc_allocator, &collected, &status), RC_IO);
	free(collected.data);
}

static void
html(void)
{
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 20};
	RcStatus	status;
	static const Row rows[] = {{"<script>alert(1)</script>", "USD", "-1234.5", "a & b \"c\" 'd' \x01"}};

	CHECK_INT(render(&rc_html_renderer, &table, rows, 1, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	CHECK(strstr(collected.data, "<script") == NULL);
	CHECK(strstr(collected.data, "&lt;script&gt;alert(1)&lt;/script&gt;") != NULL);
	CHECK(strstr(collected.data, "a &amp; b &quot;c&quot; &#39;d&#39;  ") != NULL);
	CHECK(strstr(collected.data, "<td class=\"n\">-1,234.50</td>") != NULL);
	CHECK(strstr(collected.data, "摘要 &lt;note&gt; &amp; more") != NULL);
	CHECK(strstr(collected.data, "src=") == NULL && strstr(collected.data, "href=") == NULL);
	collected.length = 0;
	CHECK_INT(render(&rc_html_renderer, &table, rows, 0, 1, &rc_malloc_allocator, &collected, &status), RC_OK);
	CHECK(strstr(collected.data, "No rows") != NULL);
	free(collected.data);
	render_without_memory(&rc_html_renderer, &table, rows, 1);
}

int
main(void)
{
	decimals();
	amounts();
	days();
	cells();
	broken_characters();
	totals();
	csv();
	html();
	CHECK(rc_find_renderer("xlsx") == &rc_xlsx_renderer);
	CHECK(rc_find_renderer("docx") == NULL);
	return unit_done();
}
