/*
 * page.h - the inside of the PDF renderer, shared by its files: pdf.c (the document), page.c (columns, rows and lines on pages).
 */
#ifndef RC_PAGE_H
#define RC_PAGE_H

#include "document.h"

#include <hpdf.h>

#include "typeset.h"

#define PAGE_WIDTH 841.89f
#define PAGE_HEIGHT 595.28f
#define MARGIN 34.0f
#define BOTTOM 44.0f			/* below it the footer */
#define AVAILABLE (PAGE_WIDTH - 2 * MARGIN)
#define CELL_PAD 4.0f

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

/* Turns what libharu has recorded as its error into a status. */
extern RcCode rc_page_check(Pdf *p, RcStatus *status);

/* Thousandths of a font size as points. */
extern float rc_page_points(int64_t thousandths, float size);

/*
 * Shares the width of the page out among a table's columns by what is measured of them (thousandths of the font size), and chooses the size of
 * the font. Freed by rc_page_free_layout, also after a failure.
 */
extern RcCode rc_page_make_layout(RcDocument *document, const RcTable *table, const int64_t *measured, Layout *layout, RcStatus *status);
extern void rc_page_free_layout(RcDocument *document, Layout *layout);

/* Begins a page. */
extern RcCode rc_page_begin(RcDocument *document, RcStatus *status);

/* Puts what the font can show of a text at an offset of p->clean. */
extern RcCode rc_page_clean_text(RcDocument *document, size_t at, const char *text, size_t length, size_t *clean_length, RcStatus *status);

/* Writes one line of text at a baseline. Between BeginText and EndText. */
extern void rc_page_put(Pdf *p, float x, float y, char *text, size_t length, bool ellipsis);

/* Draws a row of texts at p->y and moves p->y below it; where it does not fit, a new page is begun and the header repeated. */
extern RcCode rc_page_draw_row(RcDocument *document, const RcTable *table, const Layout *layout, const char *const *texts, const size_t *lengths, RowKind kind,
							   RcStatus *status);

/* Draws the row of headings. */
extern RcCode rc_page_draw_header(RcDocument *document, const RcTable *table, const Layout *layout, RcStatus *status);

/* Draws a line of text over the whole width of the page. */
extern RcCode rc_page_draw_line(RcDocument *document, const char *text, float size, bool is_bold, float grey, RcStatus *status);

#endif
