/*
 * test_pdf.c - PDF documents: fonts, line breaks, pages, failures. How the pages look is tested in test/t/050_documents.pl.
 */
#include "render.h"

#include "../../src/render/typeset.h"

static int
pages(const Collected *collected)
{
	int			count = 0;

	for (size_t i = 0; i + 11 < collected->length; i++)
		count += memcmp(collected->data + i, "/Type /Page\n", 12) == 0 || memcmp(collected->data + i, "/Type /Page ", 12) == 0;
	return count;
}

static void
breaks(const RcFont *font)
{
	static const char *const texts[] = {
		"", " ", "word", "several words of some length, with-hyphens and/slashes", "averyveryveryveryverylongwordwithoutanyblankinit",
		"支付寶轉帳：訂單編號2024000000000007919，貨款已撥付，請查收。", "  leading and trailing  ", "混合 mixed 文字 text，標點。"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int64_t width = 1500; width < 30000; width += 700)
			for (int limit = 1; limit <= 4; limit++)
			{
				RcLine		lines[4];
				bool		cut;
				size_t		length = strlen(texts[i]);
				int			count = rc_typeset_break(font, texts[i], length, width, lines, limit, &cut);
				size_t		end = 0;
				unsigned long before = unit_failed;

				CHECK(count <= limit);
				for (int k = 0; k < count; k++)
				{
					int64_t		used = rc_typeset_width(font, texts[i] + lines[k].start, lines[k].length);

					if (cut && k == count - 1)
						used += rc_typeset_width(font, RC_ELLIPSIS, strlen(RC_ELLIPSIS));
					CHECK(used <= width);
					/* Between lines only blanks are lost. */
					for (size_t at = end; at < lines[k].start; at++)
						CHECK(texts[i][at] == ' ');
					end = lines[k].start + lines[k].length;
				}
				if (!cut)
					for (size_t at = end; at < length; at++)
						CHECK(texts[i][at] == ' ');
				UNIT_NOTE(before, "\"%s\", width %lld, %d lines", texts[i], (long long) width, limit);
			}
}

static void
fonts(void)
{
	RcStatus	status;
	RcFont	   *font;
	char		clean[256];

	rc_status_reset(&status);
	CHECK(rc_font_read("/nonexistent.ttf", &rc_malloc_allocator, &status) == NULL);
	CHECK_INT(status.code, RC_IO);
	CHECK(strstr(status.hint, "reconcile.pdf_font") != NULL);
	CHECK(rc_font_read("/etc/passwd", &rc_malloc_allocator, &status) == NULL);
	CHECK_INT(status.code, RC_BAD_STRUCTURE);
	font = rc_font_read(FONT, &rc_malloc_allocator, &status);
	if (!CHECK(font != NULL))
		return;
	CHECK(font->is_collection);
	/* Traditional and Simplified, and what finance writes. */
	for (const char *text = "應收帳款对账流水撥款打款銀行未達賬項￥€£，。（）「」…"; *text;)
	{
		size_t		size;

		CHECK(rc_font_has(font, rc_table_decode(text, strlen(text), &size)));
		text += size;
	}
	CHECK_INT(rc_font_width(font, 0x61C9), 1000);	/* 應 fills a square */
	CHECK(!rc_font_has(font, 0xE123));	/* private use */
	CHECK(!rc_font_has(font, 0x1F600));
	CHECK_TEXT(clean, rc_typeset_clean(font, "a\n😀\x01" "b\xFF", 9, clean), "a □ b□");
	breaks(font);
	rc_release(&rc_malloc_allocator, font);
}

static void
documents(void)
{
	RcTable		table = test_table();
	RcStatus	status;
	static const Row rows[] = {
		{"2024000000000007919", "USD", "-1234567.50", "Payment for goods, invoice 2024-03/17; thank you"},
		{"甲", "CNY", "99999999999999999999999.99", "支付寶轉帳：訂單編號2024000000000007919，貨款已撥付，請查收。支付寶轉帳：訂單編號2024000000000007919，貨款已撥付"},
		{"", NULL, NULL, NULL},
		{"averyveryveryveryverylongidentifierthatneverendsaveryveryveryveryverylongidentifierthatneverends", "JPY", "5", "😀\t\n\x01"}
	};
	Collected	one = {.limit = 1 << 26};
	Collected	two = {.limit = 1 << 26};

	CHECK_INT(render(&rc_pdf_renderer, &table, rows, 4, 50, &rc_malloc_allocator, &one, &status), RC_OK);
	CHECK_INT(render(&rc_pdf_renderer, &table, rows, 4, 50, &rc_malloc_allocator, &two, &status), RC_OK);
	CHECK(one.length > 10000 && memcmp(one.data, "%PDF-1.", 7) == 0);
	CHECK(pages(&one) > 5);
	CHECK(one.length == two.length && memcmp(one.data, two.data, one.length) == 0);
	one.length = 0;
	CHECK_INT(render(&rc_pdf_renderer, &table, rows, 0, 0, &rc_malloc_allocator, &one, &status), RC_OK);
	CHECK_INT(pages(&one), 1);

	one.length = 0;
	one.limit = 1000;
	CHECK_INT(render(&rc_pdf_renderer, &table, rows, 4, 1, &rc_malloc_allocator, &one, &status), RC_IO);
	table.font_path = "/nonexistent.ttf";
	CHECK_INT(render(&rc_pdf_renderer, &table, rows, 4, 1, &rc_malloc_allocator, &one, &status), RC_IO);
	table.font_path = FONT;
	render_without_memory(&rc_pdf_renderer, &table, rows, 4);
	free(one.data);
	free(two.data);
}

/* A report with far more columns than paper has room for still renders. */
static void
many_columns(void)
{
	RcColumn	columns[60];
	RcCell		cells[60];
	RcTable		table = test_table();
	Collected	collected = {.limit = 1 << 26};
	RcSink		sink = {.write = collect, .context = &collected};
	RcStatus	status;
	RcDocument *document;

	for (int i = 0; i < 60; i++)
	{
		columns[i] = (RcColumn) {.title = "Some heading", .type = i % 2 ? RC_COLUMN_AMOUNT : RC_COLUMN_TEXT, .currency_column = -1, .total = i % 2};
		if (i % 2)
			rc_table_amount(&cells[i], "123456.78", 9);
		else
			cells[i] = text_cell("some text in a cell");
	}
	table.columns = columns;
	table.column_count = 60;
	table.currency_column = -1;
	table.group_column = -1;
	rc_status_reset(&status);
	document = rc_document_open(&rc_pdf_renderer, &table, &rc_malloc_allocator, &sink, &status);
	if (!CHECK(document != NULL))
		return;
	CHECK_INT(rc_document_measure(document, cells, &status), RC_OK);
	CHECK_INT(rc_document_row(document, cells, &status), RC_OK);
	CHECK_INT(rc_document_finish(document, &status), RC_OK);
	rc_document_close(document);
	free(collected.data);
}

int
main(void)
{
	fonts();
	documents();
	many_columns();
	return unit_done();
}
