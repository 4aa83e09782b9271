/*
 * pdf.c - tables as printed pages (A4 landscape) by libharu, with an embedded subset of a font that has Chinese.
 *
 * Widths come from a first pass over the rows. Numbers and dates are never cut; texts wrap, and end in an ellipsis beyond their lines.
 */
#include "page.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>

#define MAX_ROWS 200000
#define FOOTER_SIZE 7.5f

/* The totals per currency and group, as a small table of its own on top of the first page. */
static RcCode
draw_summary(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;
	const RcTable *table = document->table;
	const RcAllocator *allocator = &document->allocator;
	size_t		most = (size_t) table->column_count + 3;
	RcColumn   *columns = rc_allocate_zero(allocator, most * sizeof(RcColumn));
	int		   *sources = rc_allocate_zero(allocator, most * sizeof(int));
	int64_t    *measured = rc_allocate_zero(allocator, most * sizeof(int64_t));
	const char **texts = rc_allocate_zero(allocator, most * sizeof(char *));
	size_t	   *lengths = rc_allocate_zero(allocator, most * sizeof(size_t));
	char	   *buffers = rc_allocate_zero(allocator, most * RC_FORMAT_SIZE);
	Layout		layout = {.widths = NULL};
	RcTable		small = {.columns = columns};
	RcCode		code = RC_OK;
	enum
	{
		CURRENCY = -1,
		GROUP = -2,
		ROWS = -3
	};

	if (!columns || !sources || !measured || !texts || !lengths || !buffers)
		code = rc_fail(status, RC_NO_MEMORY, "out of memory");
	else
	{
		if (table->currency_column >= 0)
		{
			columns[small.column_count] = (RcColumn) {.title = table->columns[table->currency_column].title, .type = RC_COLUMN_TEXT};
			sources[small.column_count++] = CURRENCY;
		}
		if (table->group_column >= 0)
		{
			columns[small.column_count] = (RcColumn) {.title = table->columns[table->group_column].title, .type = RC_COLUMN_TEXT};
			sources[small.column_count++] = GROUP;
		}
		columns[small.column_count] = (RcColumn) {.title = table->label_rows, .type = RC_COLUMN_INTEGER};
		sources[small.column_count++] = ROWS;
		for (int i = 0; i < table->column_count; i++)
			if (table->columns[i].total)
			{
				columns[small.column_count] = (RcColumn) {.title = table->columns[i].title, .type = RC_COLUMN_AMOUNT};
				sources[small.column_count++] = i;
			}
	}

	/* Measure, then draw: the same walk twice. */
	for (int turn = 0; turn < 2 && code == RC_OK; turn++)
	{
		if (turn == 1)
		{
			code = rc_page_make_layout(document, &small, measured, &layout, status);
			if (code == RC_OK)
				code = rc_page_draw_header(document, &small, &layout, status);
		}
		for (int e = 0; e < document->totals.count && code == RC_OK; e++)
		{
			const RcTotal *total = &document->totals.entries[e];

			if (total->group && table->group_column < 0)
				continue;
			for (int i = 0; i < small.column_count && code == RC_OK; i++)
			{
				char	   *buffer = buffers + (size_t) i * RC_FORMAT_SIZE;
				size_t		clean_length;

				texts[i] = buffer;
				switch (sources[i])
				{
					case CURRENCY:
						texts[i] = total->currency;
						lengths[i] = strlen(total->currency);
						break;
					case GROUP:
						texts[i] = total->group ? total->group : table->label_total;
						lengths[i] = total->group ? total->group_length : strlen(table->label_total);
						break;
					case ROWS:
						lengths[i] = (size_t) snprintf(buffer, RC_FORMAT_SIZE, "%llu", (unsigned long long) total->rows);
						break;
					default:
						lengths[i] = rc_total_shown(total, sources[i], buffer, RC_FORMAT_SIZE);
				}
				if (turn == 0)
				{
					int64_t		width;

					code = rc_page_clean_text(document, 0, texts[i], lengths[i], &clean_length, status);
					if (code != RC_OK)
						break;
					/* The width of bold digits. */
					width = rc_typeset_width(p->metrics, p->clean, clean_length) + 200;
					if (width > measured[i])
						measured[i] = width;
				}
			}
			if (turn == 1 && code == RC_OK)
				code = rc_page_draw_row(document, &small, &layout, texts, lengths, total->group ? ROW_PLAIN : ROW_TOTAL, status);
		}
	}
	rc_page_free_layout(document, &layout);
	rc_release(allocator, columns);
	rc_release(allocator, sources);
	rc_release(allocator, measured);
	rc_release(allocator, texts);
	rc_release(allocator, lengths);
	rc_release(allocator, buffers);
	return code;
}

/* What stands above the rows. */
static RcCode
start(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;
	const RcTable *table = document->table;
	bool		has_totals = false;

	p->started = true;
	for (int i = 0; i < table->column_count; i++)
		has_totals |= table->columns[i].total;
	if (rc_page_make_layout(document, table, p->measured, &p->layout, status) != RC_OK || rc_page_begin(document, status) != RC_OK ||
		rc_page_draw_line(document, table->title, 16, true, 0, status) != RC_OK)
		return status->code;
	p->y -= 2;
	for (int i = 0; i < table->subtitle_count; i++)
		if (rc_page_draw_line(document, table->subtitles[i], 8.5f, false, 0.35f, status) != RC_OK)
			return status->code;
	p->y -= 8;
	if (has_totals && document->totals.count > 0)
	{
		if (draw_summary(document, status) != RC_OK)
			return status->code;
		p->y -= 14;
	}
	/* A header alone at the foot of a page is worth nothing. */
	if (p->y < BOTTOM + 60 && rc_page_begin(document, status) != RC_OK)
		return status->code;
	return rc_page_draw_header(document, table, &p->layout, status);
}

static RcCode
pdf_open(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = rc_allocate_zero(&document->allocator, sizeof(Pdf));
	const RcTable *table = document->table;
	const char *name;
	HPDF_Date	date = {.ind = ' '};
	int64_t		seconds = table->created_at / 1000000;
	int64_t		days = seconds / 86400 - (seconds % 86400 < 0);

	if (!p)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	document->state = p;
	p->measured = rc_allocate_zero(&document->allocator, sizeof(int64_t) * (size_t) table->column_count + 1);
	if (!p->measured)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	p->metrics = rc_font_read(table->font_path, &document->allocator, status);
	if (!p->metrics)
		return status->code;
	p->pdf = HPDF_New(NULL, NULL);	/* no handler: errors are asked for */
	if (!p->pdf)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	HPDF_SetCompressionMode(p->pdf, HPDF_COMP_ALL);
	HPDF_UseUTFEncodings(p->pdf);
	HPDF_SetCurrentEncoder(p->pdf, "UTF-8");
	name = p->metrics->is_collection ? HPDF_LoadTTFontFromFile2(p->pdf, table->font_path, 0, HPDF_TRUE)
		: HPDF_LoadTTFontFromFile(p->pdf, table->font_path, HPDF_TRUE);
	if (rc_page_check(p, status) != RC_OK)
		return status->code;
	p->font = HPDF_GetFont(p->pdf, name, "UTF-8");
	HPDF_SetInfoAttr(p->pdf, HPDF_INFO_TITLE, table->title);
	HPDF_SetInfoAttr(p->pdf, HPDF_INFO_CREATOR, "reconcile");
	rc_civil_day(days, &date.year, &date.month, &date.day);
	seconds -= days * 86400;
	date.hour = (int) (seconds / 3600);
	date.minutes = (int) (seconds / 60 % 60);
	date.seconds = (int) (seconds % 60);
	HPDF_SetInfoDateAttr(p->pdf, HPDF_INFO_CREATION_DATE, date);
	return rc_page_check(p, status);
}

static RcCode
pdf_measure(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	Pdf		   *p = document->state;
	char		buffer[RC_FORMAT_SIZE];

	if (++p->measured_rows > MAX_ROWS)
	{
		rc_fail(status, RC_TOO_LARGE, "a PDF takes at most %d rows", MAX_ROWS);
		rc_hint(status, "Narrow the report by its parameters, or export it as xlsx or csv.");
		return status->code;
	}
	for (int i = 0; i < document->table->column_count; i++)
	{
		const char *text;
		size_t		length;
		int64_t		width;

		rc_format_cell(document->table, cells, i, buffer, &text, &length);
		if (rc_page_clean_text(document, 0, text, length > 1000 ? 1000 : length, &length, status) != RC_OK)
			return status->code;
		width = rc_typeset_width(p->metrics, p->clean, length);
		if (width > p->measured[i])
			p->measured[i] = width;
	}
	return RC_OK;
}

static RcCode
pdf_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	Pdf		   *p = document->state;
	const RcTable *table = document->table;
	size_t		columns = (size_t) table->column_count;
	char	   *space;
	const char **texts;
	size_t	   *lengths;
	RcCode		code;

	if (!p->started && start(document, status) != RC_OK)
		return status->code;
	space = rc_allocate(&document->allocator, columns * (sizeof(char *) + sizeof(size_t) + RC_FORMAT_SIZE) + 1);
	if (!space)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	texts = (const char **) space;
	lengths = (size_t *) (texts + columns);
	for (size_t i = 0; i < columns; i++)
		rc_format_cell(table, cells, (int) i, (char *) (lengths + columns) + i * RC_FORMAT_SIZE, &texts[i], &lengths[i]);
	code = rc_page_draw_row(document, table, &p->layout, texts, lengths, p->row_on_page % 2 == 1 ? ROW_STRIPED : ROW_PLAIN, status);
	rc_release(&document->allocator, space);
	return code;
}

/* Fills {page} and {pages} in. */
static void
page_label(const char *pattern, int page, int pages, char *text, size_t size)
{
	size_t		used = 0;

	for (const char *s = pattern; *s && used + 16 < size;)
	{
		if (strncmp(s, "{page}", 6) == 0)
		{
			used += (size_t) snprintf(text + used, size - used, "%d", page);
			s += 6;
		}
		else if (strncmp(s, "{pages}", 7) == 0)
		{
			used += (size_t) snprintf(text + used, size - used, "%d", pages);
			s += 7;
		}
		else
			text[used++] = *s++;
	}
	text[used] = '\0';
}

static RcCode
draw_footers(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;
	const RcTable *table = document->table;

	for (int i = 0; i < p->page_count; i++)
	{
		char		label[256];
		size_t		length;
		RcLine		line;
		bool		cut;
		float		y = BOTTOM - 18;

		p->page = p->pages[i];
		HPDF_Page_SetLineWidth(p->page, 0.4f);
		HPDF_Page_SetRGBStroke(p->page, 0.6f, 0.6f, 0.6f);
		HPDF_Page_MoveTo(p->page, MARGIN, BOTTOM - 7);
		HPDF_Page_LineTo(p->page, PAGE_WIDTH - MARGIN, BOTTOM - 7);
		HPDF_Page_Stroke(p->page);
		HPDF_Page_BeginText(p->page);
		HPDF_Page_SetFontAndSize(p->page, p->font, FOOTER_SIZE);
		HPDF_Page_SetRGBFill(p->page, 0.35f, 0.35f, 0.35f);
		page_label(table->label_page, i + 1, p->page_count, label, sizeof(label));
		if (rc_page_clean_text(document, 0, label, strlen(label), &length, status) != RC_OK)
			return status->code;
		rc_page_put(p, PAGE_WIDTH - MARGIN - rc_page_points(rc_typeset_width(p->metrics, p->clean, length), FOOTER_SIZE), y, p->clean, length, false);
		if (rc_page_clean_text(document, 0, table->title, strlen(table->title), &length, status) != RC_OK)
			return status->code;
		if (rc_typeset_break(p->metrics, p->clean, length, (int64_t) (AVAILABLE * 700 / FOOTER_SIZE), &line, 1, &cut) > 0)
			rc_page_put(p, MARGIN, y, p->clean + line.start, line.length, cut);
		HPDF_Page_EndText(p->page);
		if (rc_page_check(p, status) != RC_OK)
			return status->code;
	}
	return RC_OK;
}

/* What the library writes to while it saves: the sink, in larger pieces. */
typedef struct Saving
{
	RcDocument *document;
	RcStatus   *status;
	size_t		used;
	HPDF_BYTE	buffer[65536];
} Saving;

static RcCode
flush_saved(Saving *saving)
{
	size_t		used = saving->used;

	saving->used = 0;
	return rc_document_write(saving->document, saving->buffer, used, saving->status);
}

/* Takes what the library writes. It packs page by page, so that this is also where saving is stopped. */
static HPDF_STATUS
save(HPDF_Stream stream, const HPDF_BYTE *data, HPDF_UINT size)
{
	Saving	   *saving = stream->attr;

	if (rc_should_stop(&saving->document->allocator))
	{
		rc_fail(saving->status, RC_STOPPED, "stopped");
		return HPDF_FILE_IO_ERROR;
	}
	while (size > 0)
	{
		size_t		part = sizeof(saving->buffer) - saving->used;

		if (part > size)
			part = size;
		memcpy(saving->buffer + saving->used, data, part);
		saving->used += part;
		data += part;
		size -= (HPDF_UINT) part;
		if (saving->used == sizeof(saving->buffer) && flush_saved(saving) != RC_OK)
			return HPDF_FILE_IO_ERROR;
	}
	return HPDF_OK;
}

/* Writes the document to the sink. The library saves into the stream of its document, which is ours instead of one in memory. */
static RcCode
save_document(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;
	Saving	   *saving = rc_allocate(&document->allocator, sizeof(Saving));

	if (!saving)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	saving->document = document;
	saving->status = status;
	saving->used = 0;
	p->pdf->stream = HPDF_CallbackWriter_New(p->pdf->mmgr, save, saving);
	if (!p->pdf->stream)
		rc_fail(status, RC_NO_MEMORY, "out of memory");
	else
	{
		HPDF_SaveToStream(p->pdf);
		/* What the sink or a stop said goes before what the library makes of it. */
		if (status->code == RC_OK && rc_page_check(p, status) == RC_OK)
			flush_saved(saving);
	}
	rc_release(&document->allocator, saving);
	return status->code;
}

static RcCode
pdf_finish(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;

	if (!p->started && start(document, status) != RC_OK)
		return status->code;
	if (document->rows == 0)
	{
		p->y -= 6;
		if (rc_page_draw_line(document, document->table->label_empty, 9, false, 0.35f, status) != RC_OK)
			return status->code;
	}
	if (draw_footers(document, status) != RC_OK)
		return status->code;
	return save_document(document, status);
}

static void
pdf_close(RcDocument *document)
{
	Pdf		   *p = document->state;

	if (!p)
		return;
	if (p->pdf)
	{
		HPDF_Free(p->pdf);
#ifdef __GLIBC__
		/* Its many small pieces would else stay with the process: 100 MB after 2,500 pages. */
		if (p->page_count > 100)
			malloc_trim(0);
#endif
	}
	rc_page_free_layout(document, &p->layout);
	rc_release(&document->allocator, p->metrics);
	rc_release(&document->allocator, p->measured);
	rc_release(&document->allocator, p->pages);
	rc_release(&document->allocator, p->clean);
	rc_release(&document->allocator, p);
	document->state = NULL;
}

const RcRenderer rc_pdf_renderer = {
	.name = "pdf",
	.measures = true,
	.open = pdf_open,
	.measure = pdf_measure,
	.row = pdf_row,
	.finish = pdf_finish,
	.close = pdf_close
};
