/*
 * page.c - columns, rows and lines of text on the pages of a PDF.
 */
#include "page.h"

#include <math.h>
#include <string.h>

#define LINE_FACTOR 1.28f
#define LARGEST_SIZE 8.0f
#define COMFORTABLE_SIZE 6.5f
#define SMALLEST_SIZE 4.5f
#define MAX_LINES 8
#define TEXT_LINES 3			/* of a cell that is not declared as long text */

RcCode
rc_page_check(Pdf *p, RcStatus *status)
{
	HPDF_STATUS error = HPDF_GetError(p->pdf);

	if (error == HPDF_OK)
		return RC_OK;
	if (error == HPDF_FAILD_TO_ALLOC_MEM)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	return rc_fail(status, RC_IO, "could not make the PDF: libharu error 0x%04lX", (unsigned long) error);
}

static bool
is_text(const RcTable *table, int column)
{
	return table->columns[column].type == RC_COLUMN_TEXT;
}

float
rc_page_points(int64_t thousandths, float size)
{
	return (float) thousandths * size / 1000.0f;
}

/* Narrowest column that a heading looks well in: its longest word, but a short Chinese heading in one piece. */
static int64_t
heading_width(const RcFont *font, const char *title, size_t length)
{
	int64_t		whole = rc_typeset_width(font, title, length);
	int64_t		word = rc_typeset_widest_word(font, title, length);

	return whole < 4200 ? whole : word > 4200 ? word : 4200;
}

/*
 * Shares the width of the page out. strict: short texts stand in one line and long ones have some room, else it fails; otherwise texts
 * may be squeezed.
 */
static bool
share_out(const RcTable *table, const int64_t *measured, const int64_t *headings, float size, bool strict, float *widths)
{
	float		used = 0;
	float		left;

	for (int i = 0; i < table->column_count; i++)
	{
		float		want = rc_page_points(measured[i] > headings[i] ? measured[i] : headings[i], size) + 2 * CELL_PAD;

		if (is_text(table, i))
		{
			float		least = rc_page_points(headings[i], size) + 2 * CELL_PAD;

			if (table->columns[i].wrap && least < 130)
				least = strict ? 130 : 60;
			else if (!table->columns[i].wrap)
				least = strict ? want : least < 46 ? 46 : least;
			/* One very long text must not decide the size of all. */
			if (strict && !table->columns[i].wrap && least > 150)
				least = 150;
			if (want > least)
				want = least;
		}
		widths[i] = want;
		used += want;
	}
	left = AVAILABLE - used;
	if (left < 0)
		return false;

	/* First the texts that could be wider, then all alike. */
	for (int turn = 0; turn < 2 && left > 0.5f; turn++)
	{
		float		missing = 0;
		float		part;

		for (int i = 0; i < table->column_count; i++)
			if (is_text(table, i) && table->columns[i].wrap == (turn == 1))
				missing += fmaxf(0, rc_page_points(measured[i], size) + 2 * CELL_PAD - widths[i]);
		if (missing <= 0)
			continue;
		part = left >= missing ? 1.0f : left / missing;
		for (int i = 0; i < table->column_count; i++)
			if (is_text(table, i) && table->columns[i].wrap == (turn == 1))
			{
				float		more = fmaxf(0, rc_page_points(measured[i], size) + 2 * CELL_PAD - widths[i]) * part;

				widths[i] += more;
				left -= more;
			}
	}
	for (int i = 0; i < table->column_count && left > 0; i++)
		widths[i] += fminf(left / (float) table->column_count, 28);
	return true;
}

RcCode
rc_page_make_layout(RcDocument *document, const RcTable *table, const int64_t *measured, Layout *layout, RcStatus *status)
{
	Pdf		   *p = document->state;
	size_t		columns = (size_t) table->column_count;
	int64_t    *headings = rc_allocate_zero(&document->allocator, (columns + 1) * sizeof(int64_t));
	bool		done = false;

	layout->widths = rc_allocate_zero(&document->allocator, (columns + 1) * sizeof(float));
	layout->lefts = rc_allocate_zero(&document->allocator, (columns + 1) * sizeof(float));
	if (!headings || !layout->widths || !layout->lefts)
	{
		rc_release(&document->allocator, headings);
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	}
	for (size_t i = 0; i < columns; i++)
		headings[i] = heading_width(p->metrics, table->columns[i].title, strlen(table->columns[i].title));
	for (layout->size = LARGEST_SIZE; layout->size >= COMFORTABLE_SIZE && !done; layout->size -= done ? 0 : 0.5f)
		done = share_out(table, measured, headings, layout->size, true, layout->widths);
	if (!done)
		for (layout->size = LARGEST_SIZE; layout->size >= SMALLEST_SIZE && !done; layout->size -= done ? 0 : 0.5f)
			done = share_out(table, measured, headings, layout->size, false, layout->widths);
	if (!done)
	{
		/* Too many columns for paper: everything as narrow as it takes. */
		float		sum = 0;

		layout->size = SMALLEST_SIZE;
		for (size_t i = 0; i < columns; i++)
			sum += layout->widths[i];
		for (size_t i = 0; i < columns; i++)
			layout->widths[i] *= AVAILABLE / sum;
	}
	layout->lefts[0] = MARGIN;
	for (size_t i = 1; i < columns; i++)
		layout->lefts[i] = layout->lefts[i - 1] + layout->widths[i - 1];
	rc_release(&document->allocator, headings);
	return RC_OK;
}

void
rc_page_free_layout(RcDocument *document, Layout *layout)
{
	rc_release(&document->allocator, layout->widths);
	rc_release(&document->allocator, layout->lefts);
	layout->widths = layout->lefts = NULL;
}

RcCode
rc_page_begin(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;

	if (p->page_count == p->page_capacity)
	{
		int			capacity = p->page_capacity ? p->page_capacity * 2 : 64;
		HPDF_Page  *pages = rc_resize(&document->allocator, p->pages, (size_t) capacity * sizeof(HPDF_Page));

		if (!pages)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		p->pages = pages;
		p->page_capacity = capacity;
	}
	p->page = HPDF_AddPage(p->pdf);
	if (!p->page)
		return rc_page_check(p, status) != RC_OK ? status->code : rc_fail(status, RC_NO_MEMORY, "out of memory");
	p->pages[p->page_count++] = p->page;
	HPDF_Page_SetWidth(p->page, PAGE_WIDTH);
	HPDF_Page_SetHeight(p->page, PAGE_HEIGHT);
	p->y = PAGE_HEIGHT - MARGIN;
	p->row_on_page = 0;
	return rc_page_check(p, status);
}

/* Makes room for the clean copy of a text; earlier copies of the row stay where they are by offset. */
RcCode
rc_page_clean_text(RcDocument *document, size_t at, const char *text, size_t length, size_t *clean_length, RcStatus *status)
{
	Pdf		   *p = document->state;
	size_t		need = at + RC_CLEAN_SIZE(length);

	if (need > p->clean_size)
	{
		char	   *clean = rc_resize(&document->allocator, p->clean, need + 1024);

		if (!clean)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		p->clean = clean;
		p->clean_size = need + 1024;
	}
	*clean_length = rc_typeset_clean(p->metrics, text, length, p->clean + at);
	return RC_OK;
}

static void
bold(HPDF_Page page, bool on)
{
	HPDF_Page_SetTextRenderingMode(page, on ? HPDF_FILL_THEN_STROKE : HPDF_FILL);
	if (on)
		HPDF_Page_SetLineWidth(page, 0.28f);
}

/* Writes one line of text at a baseline. Between BeginText and EndText. */
void
rc_page_put(Pdf *p, float x, float y, char *text, size_t length, bool ellipsis)
{
	char		last = text[length];

	/* libharu takes texts that end in NUL. */
	if (ellipsis)
	{
		char		cut[4096];

		if (length > sizeof(cut) - sizeof(RC_ELLIPSIS))
			length = sizeof(cut) - sizeof(RC_ELLIPSIS);
		memcpy(cut, text, length);
		memcpy(cut + length, RC_ELLIPSIS, sizeof(RC_ELLIPSIS));
		HPDF_Page_TextOut(p->page, x, y, cut);
		return;
	}
	text[length] = '\0';
	if (length > 0)
		HPDF_Page_TextOut(p->page, x, y, text);
	text[length] = last;
}

/* Rows are measured first: how many lines each cell takes tells whether the row still fits. */
RcCode
rc_page_draw_row(RcDocument *document, const RcTable *table, const Layout *layout, const char *const *texts, const size_t *lengths, RowKind kind, RcStatus *status)
{
	Pdf		   *p = document->state;
	float		line_height = layout->size * LINE_FACTOR;
	size_t		at = 0;
	int			tallest = 1;
	float		height;
	float		right = MARGIN;
	float		baseline;
	struct
	{
		size_t		offset;
		int			count;
		bool		cut;
		RcLine		lines[MAX_LINES];
	}		   *cells = rc_allocate_zero(&document->allocator, sizeof(*cells) * (size_t) table->column_count + 1);
	RcCode		code = RC_OK;

	if (!cells)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	for (int i = 0; i < table->column_count && code == RC_OK; i++)
	{
		size_t		length = 0;
		int			limit = kind == ROW_HEADER ? 3 : !is_text(table, i) ? 1 : table->columns[i].wrap ? MAX_LINES : TEXT_LINES;
		int64_t		width = (int64_t) ((layout->widths[i] - 2 * CELL_PAD) * 1000.0f / layout->size) + 1;

		/* No cell of paper shows more than this. */
		code = rc_page_clean_text(document, at, texts[i], lengths[i] > 4000 ? 4000 : lengths[i], &length, status);
		if (code != RC_OK)
			break;
		cells[i].offset = at;
		cells[i].count = rc_typeset_break(p->metrics, p->clean + at, length, width, cells[i].lines, limit, &cells[i].cut);
		if (cells[i].count > tallest)
			tallest = cells[i].count;
		at += length + 1;
		right = layout->lefts[i] + layout->widths[i];
	}
	if (code != RC_OK)
	{
		rc_release(&document->allocator, cells);
		return code;
	}
	height = (float) tallest * line_height + 3.0f;
	if (p->y - height < BOTTOM && p->row_on_page > 0 && kind != ROW_HEADER)
	{
		rc_release(&document->allocator, cells);
		if (rc_page_begin(document, status) != RC_OK || rc_page_draw_header(document, table, layout, status) != RC_OK)
			return status->code;
		return rc_page_draw_row(document, table, layout, texts, lengths, kind == ROW_STRIPED ? ROW_PLAIN : kind, status);
	}

	if (kind == ROW_STRIPED || kind == ROW_HEADER)
	{
		if (kind == ROW_HEADER)
			HPDF_Page_SetRGBFill(p->page, 0.85f, 0.89f, 0.93f);
		else
			HPDF_Page_SetRGBFill(p->page, 0.955f, 0.965f, 0.975f);
		HPDF_Page_Rectangle(p->page, MARGIN, p->y - height, right - MARGIN, height);
		HPDF_Page_Fill(p->page);
		HPDF_Page_SetRGBFill(p->page, 0, 0, 0);
	}
	if (kind == ROW_HEADER || kind == ROW_TOTAL)
	{
		float		rule = kind == ROW_HEADER ? p->y - height : p->y;

		HPDF_Page_SetLineWidth(p->page, 0.6f);
		HPDF_Page_MoveTo(p->page, MARGIN, rule);
		HPDF_Page_LineTo(p->page, right, rule);
		HPDF_Page_Stroke(p->page);
	}
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, p->font, layout->size);
	if (kind == ROW_HEADER || kind == ROW_TOTAL)
		bold(p->page, true);
	for (int i = 0; i < table->column_count; i++)
	{
		/* Headings stand at the bottom of their row. */
		baseline = p->y - 1.5f - layout->size;
		if (kind == ROW_HEADER)
			baseline -= (float) (tallest - cells[i].count) * line_height;
		for (int k = 0; k < cells[i].count; k++)
		{
			char	   *text = p->clean + cells[i].offset + cells[i].lines[k].start;
			size_t		length = cells[i].lines[k].length;
			bool		ellipsis = cells[i].cut && k == cells[i].count - 1;
			float		x = layout->lefts[i] + CELL_PAD;

			if (table->columns[i].type == RC_COLUMN_AMOUNT || table->columns[i].type == RC_COLUMN_INTEGER || table->columns[i].type == RC_COLUMN_PERCENT)
			{
				int64_t		width = rc_typeset_width(p->metrics, text, length);

				if (ellipsis)
					width += rc_typeset_width(p->metrics, RC_ELLIPSIS, strlen(RC_ELLIPSIS));
				x = layout->lefts[i] + layout->widths[i] - CELL_PAD - rc_page_points(width, layout->size);
			}
			rc_page_put(p, x, baseline - (float) k * line_height, text, length, ellipsis);
		}
	}
	if (kind == ROW_HEADER || kind == ROW_TOTAL)
		bold(p->page, false);
	HPDF_Page_EndText(p->page);
	p->y -= height;
	if (kind != ROW_HEADER)
		p->row_on_page++;
	rc_release(&document->allocator, cells);
	return rc_page_check(p, status);
}

RcCode
rc_page_draw_header(RcDocument *document, const RcTable *table, const Layout *layout, RcStatus *status)
{
	const char **titles = rc_allocate(&document->allocator, (sizeof(char *) + sizeof(size_t)) * (size_t) table->column_count + 1);
	size_t	   *lengths;
	RcCode		code;

	if (!titles)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	lengths = (size_t *) (titles + table->column_count);
	for (int i = 0; i < table->column_count; i++)
	{
		titles[i] = table->columns[i].title;
		lengths[i] = strlen(titles[i]);
	}
	code = rc_page_draw_row(document, table, layout, titles, lengths, ROW_HEADER, status);
	rc_release(&document->allocator, titles);
	return code;
}

/* A line of text over the whole width of the page. */
RcCode
rc_page_draw_line(RcDocument *document, const char *text, float size, bool is_bold, float grey, RcStatus *status)
{
	Pdf		   *p = document->state;
	size_t		length;
	RcLine		lines[3];
	bool		cut;
	int			count;

	if (rc_page_clean_text(document, 0, text, strlen(text), &length, status) != RC_OK)
		return status->code;
	count = rc_typeset_break(p->metrics, p->clean, length, (int64_t) (AVAILABLE * 1000 / size), lines, 3, &cut);
	HPDF_Page_SetRGBFill(p->page, grey, grey, grey);
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, p->font, size);
	bold(p->page, is_bold);
	for (int i = 0; i < count; i++)
	{
		rc_page_put(p, MARGIN, p->y - size, p->clean + lines[i].start, lines[i].length, cut && i == count - 1);
		p->y -= size * 1.35f;
	}
	bold(p->page, false);
	HPDF_Page_EndText(p->page);
	HPDF_Page_SetRGBFill(p->page, 0, 0, 0);
	return rc_page_check(p, status);
}
