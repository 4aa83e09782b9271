/*
 * pdf.c - tables as printed pages (A4 landscape) by libharu, with an embedded subset of a font that has Chinese.
 *
 * Widths come from a first pass over the rows. Numbers and dates are never cut; texts wrap, and end in an ellipsis beyond their lines.
 */
#include "document.h"

#include <hpdf.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "typeset.h"

#define PAGE_WIDTH 841.89f
#define PAGE_HEIGHT 595.28f
#define MARGIN 34.0f
#define BOTTOM 44.0f			/* below it the footer */
#define AVAILABLE (PAGE_WIDTH - 2 * MARGIN)
#define CELL_PAD 4.0f
#define LINE_FACTOR 1.28f
#define LARGEST_SIZE 8.0f
#define COMFORTABLE_SIZE 6.5f
#define SMALLEST_SIZE 4.5f
#define MAX_ROWS 200000
#define MAX_LINES 8
#define TEXT_LINES 3			/* of a cell that is not declared as long text */
#define FOOTER_SIZE 7.5f

typedef struct Layout
{
	float		size;			/* of the font */
	float	   *widths;
	float	   *lefts;
} Layout;

typedef struct Pdf
{
	HPDF_Doc	pdf;
	HPDF_Font	font;
	RcFont	   *metrics;
	HPDF_Page  *pages;
	int			page_count;
	int			page_capacity;
	HPDF_Page	page;
	float		y;				/* top of what comes next */
	bool		started;
	int64_t    *measured;		/* widest text of each column, thousandths of the font size */
	Layout		layout;
	uint64_t	measured_rows;
	uint64_t	row_on_page;
	char	   *clean;			/* texts of the row in hand, one after the other */
	size_t		clean_size;
} Pdf;

typedef enum RowKind
{
	ROW_PLAIN,
	ROW_STRIPED,
	ROW_HEADER,
	ROW_TOTAL
} RowKind;

static RcCode
check(Pdf *p, RcStatus *status)
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

static float
points(int64_t thousandths, float size)
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
		float		want = points(measured[i] > headings[i] ? measured[i] : headings[i], size) + 2 * CELL_PAD;

		if (is_text(table, i))
		{
			float		least = points(headings[i], size) + 2 * CELL_PAD;

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
				missing += fmaxf(0, points(measured[i], size) + 2 * CELL_PAD - widths[i]);
		if (missing <= 0)
			continue;
		part = left >= missing ? 1.0f : left / missing;
		for (int i = 0; i < table->column_count; i++)
			if (is_text(table, i) && table->columns[i].wrap == (turn == 1))
			{
				float		more = fmaxf(0, points(measured[i], size) + 2 * CELL_PAD - widths[i]) * part;

				widths[i] += more;
				left -= more;
			}
	}
	for (int i = 0; i < table->column_count && left > 0; i++)
		widths[i] += fminf(left / (float) table->column_count, 28);
	return true;
}

static RcCode
make_layout(RcDocument *document, const RcTable *table, const int64_t *measured, Layout *layout, RcStatus *status)
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

static void
free_layout(RcDocument *document, Layout *layout)
{
	rc_release(&document->allocator, layout->widths);
	rc_release(&document->allocator, layout->lefts);
	layout->widths = layout->lefts = NULL;
}

static RcCode
begin_page(RcDocument *document, RcStatus *status)
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
		return check(p, status) != RC_OK ? status->code : rc_fail(status, RC_NO_MEMORY, "out of memory");
	p->pages[p->page_count++] = p->page;
	HPDF_Page_SetWidth(p->page, PAGE_WIDTH);
	HPDF_Page_SetHeight(p->page, PAGE_HEIGHT);
	p->y = PAGE_HEIGHT - MARGIN;
	p->row_on_page = 0;
	return check(p, status);
}

/* Makes room for the clean copy of a text; earlier copies of the row stay where they are by offset. */
static RcCode
clean_text(RcDocument *document, size_t at, const char *text, size_t length, size_t *clean_length, RcStatus *status)
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
static void
put(Pdf *p, float x, float y, char *text, size_t length, bool ellipsis)
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

/*
 * Draws a row of texts at p->y and moves p->y below it; a new page is begun where it does not fit when may_break, with the header
 * (headers, NULL for none) repeated.
 */
static RcCode draw_header(RcDocument *document, const RcTable *table, const Layout *layout, RcStatus *status);

static RcCode
draw_row(RcDocument *document, const RcTable *table, const Layout *layout, const char *const *texts, const size_t *lengths, RowKind kind, RcStatus *status)
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
		code = clean_text(document, at, texts[i], lengths[i] > 4000 ? 4000 : lengths[i], &length, status);
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
		if (begin_page(document, status) != RC_OK || draw_header(document, table, layout, status) != RC_OK)
			return status->code;
		return draw_row(document, table, layout, texts, lengths, kind == ROW_STRIPED ? ROW_PLAIN : kind, status);
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
				x = layout->lefts[i] + layout->widths[i] - CELL_PAD - points(width, layout->size);
			}
			put(p, x, baseline - (float) k * line_height, text, length, ellipsis);
		}
	}
	if (kind == ROW_HEADER || kind == ROW_TOTAL)
		bold(p->page, false);
	HPDF_Page_EndText(p->page);
	p->y -= height;
	if (kind != ROW_HEADER)
		p->row_on_page++;
	rc_release(&document->allocator, cells);
	return check(p, status);
}

static RcCode
draw_header(RcDocument *document, const RcTable *table, const Layout *layout, RcStatus *status)
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
	code = draw_row(document, table, layout, titles, lengths, ROW_HEADER, status);
	rc_release(&document->allocator, titles);
	return code;
}

/* A line of text over the whole width of the page. */
static RcCode
draw_line(RcDocument *document, const char *text, float size, bool is_bold, float grey, RcStatus *status)
{
	Pdf		   *p = document->state;
	size_t		length;
	RcLine		lines[3];
	bool		cut;
	int			count;

	if (clean_text(document, 0, text, strlen(text), &length, status) != RC_OK)
		return status->code;
	count = rc_typeset_break(p->metrics, p->clean, length, (int64_t) (AVAILABLE * 1000 / size), lines, 3, &cut);
	HPDF_Page_SetRGBFill(p->page, grey, grey, grey);
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, p->font, size);
	bold(p->page, is_bold);
	for (int i = 0; i < count; i++)
	{
		put(p, MARGIN, p->y - size, p->clean + lines[i].start, lines[i].length, cut && i == count - 1);
		p->y -= size * 1.35f;
	}
	bold(p->page, false);
	HPDF_Page_EndText(p->page);
	HPDF_Page_SetRGBFill(p->page, 0, 0, 0);
	return check(p, status);
}

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
			code = make_layout(document, &small, measured, &layout, status);
			if (code == RC_OK)
				code = draw_header(document, &small, &layout, status);
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

					code = clean_text(document, 0, texts[i], lengths[i], &clean_length, status);
					if (code != RC_OK)
						break;
					/* The width of bold digits. */
					width = rc_typeset_width(p->metrics, p->clean, clean_length) + 200;
					if (width > measured[i])
						measured[i] = width;
				}
			}
			if (turn == 1 && code == RC_OK)
				code = draw_row(document, &small, &layout, texts, lengths, total->group ? ROW_PLAIN : ROW_TOTAL, status);
		}
	}
	free_layout(document, &layout);
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
	if (make_layout(document, table, p->measured, &p->layout, status) != RC_OK || begin_page(document, status) != RC_OK ||
		draw_line(document, table->title, 16, true, 0, status) != RC_OK)
		return status->code;
	p->y -= 2;
	for (int i = 0; i < table->subtitle_count; i++)
		if (draw_line(document, table->subtitles[i], 8.5f, false, 0.35f, status) != RC_OK)
			return status->code;
	p->y -= 8;
	if (has_totals && document->totals.count > 0)
	{
		if (draw_summary(document, status) != RC_OK)
			return status->code;
		p->y -= 14;
	}
	/* A header alone at the foot of a page is worth nothing. */
	if (p->y < BOTTOM + 60 && begin_page(document, status) != RC_OK)
		return status->code;
	return draw_header(document, table, &p->layout, status);
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
	if (check(p, status) != RC_OK)
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
	return check(p, status);
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
		if (clean_text(document, 0, text, length > 1000 ? 1000 : length, &length, status) != RC_OK)
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
	code = draw_row(document, table, &p->layout, texts, lengths, p->row_on_page % 2 == 1 ? ROW_STRIPED : ROW_PLAIN, status);
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
		if (clean_text(document, 0, label, strlen(label), &length, status) != RC_OK)
			return status->code;
		put(p, PAGE_WIDTH - MARGIN - points(rc_typeset_width(p->metrics, p->clean, length), FOOTER_SIZE), y, p->clean, length, false);
		if (clean_text(document, 0, table->title, strlen(table->title), &length, status) != RC_OK)
			return status->code;
		if (rc_typeset_break(p->metrics, p->clean, length, (int64_t) (AVAILABLE * 700 / FOOTER_SIZE), &line, 1, &cut) > 0)
			put(p, MARGIN, y, p->clean + line.start, line.length, cut);
		HPDF_Page_EndText(p->page);
		if (check(p, status) != RC_OK)
			return status->code;
	}
	return RC_OK;
}

static RcCode
pdf_finish(RcDocument *document, RcStatus *status)
{
	Pdf		   *p = document->state;
	HPDF_BYTE	buffer[65536];
	HPDF_UINT32 size;

	if (!p->started && start(document, status) != RC_OK)
		return status->code;
	if (document->rows == 0)
	{
		p->y -= 6;
		if (draw_line(document, document->table->label_empty, 9, false, 0.35f, status) != RC_OK)
			return status->code;
	}
	if (draw_footers(document, status) != RC_OK)
		return status->code;
	if (rc_should_stop(&document->allocator))
		return rc_fail(status, RC_STOPPED, "stopped");
	HPDF_SaveToStream(p->pdf);
	if (check(p, status) != RC_OK)
		return status->code;
	HPDF_ResetStream(p->pdf);
	for (;;)
	{
		size = sizeof(buffer);
		HPDF_ReadFromStream(p->pdf, buffer, &size);
		if (size == 0)
			break;
		if (rc_document_write(document, buffer, size, status) != RC_OK)
			return status->code;
		if (rc_should_stop(&document->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
	}
	return RC_OK;
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
	free_layout(document, &p->layout);
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
