/*
 * document.h - turns a table into a file: one interface over the formats.
 *
 *	RcDocument *document = rc_document_open("pdf", &table, &allocator, &sink, &status);
 *	if (rc_document_measures(document))	for each row: rc_document_measure(document, cells, &status);
 *	for each row: rc_document_row(document, cells, &status);
 *	rc_document_finish(document, &status);
 *	rc_document_close(document);		also after any failure, at any point
 *
 * Both passes must bring the same rows in the same order. The table, its texts and the allocator's context live until the close.
 */
#ifndef RC_DOCUMENT_H
#define RC_DOCUMENT_H

#include "table.h"
#include "totals.h"
#include "../base/memory.h"
#include "../base/status.h"

/* Where the bytes go. write returns false when it cannot take them; it neither raises nor jumps. */
typedef struct RcSink
{
	bool		(*write) (void *context, const void *data, size_t length);
	void	   *context;
	const char *failure;		/* message when write returns false; NULL: "could not write the document" */
	const char *hint;			/* NULL: none */
} RcSink;

typedef struct RcDocument RcDocument;

/* What a format has to do; a NULL step is none. */
typedef struct RcRenderer
{
	const char *name;			/* also the extension of its files */
	bool		measures;		/* wants to see all rows before the first is written */
	RcCode		(*open) (RcDocument *document, RcStatus *status);
	RcCode		(*measure) (RcDocument *document, const RcCell *cells, RcStatus *status);
	RcCode		(*row) (RcDocument *document, const RcCell *cells, RcStatus *status);
	RcCode		(*finish) (RcDocument *document, RcStatus *status);
	void		(*close) (RcDocument *document);	/* frees everything, also when open failed half-way */
} RcRenderer;

struct RcDocument
{
	const RcRenderer *renderer;
	const RcTable *table;
	RcAllocator allocator;
	RcSink		sink;
	RcTotals	totals;			/* of the measuring pass, or for formats without one of the rows written so far */
	uint64_t	rows;			/* written so far */
	void	   *state;			/* the renderer's own */
};

extern const RcRenderer rc_xlsx_renderer;
extern const RcRenderer rc_pdf_renderer;
extern const RcRenderer rc_csv_renderer;
extern const RcRenderer rc_html_renderer;

/* The renderer of a name, NULL when there is none. */
extern const RcRenderer *rc_find_renderer(const char *name);

/* Begins a document. NULL with a status when it cannot. */
extern RcDocument *rc_document_open(const RcRenderer *renderer, const RcTable *table, const RcAllocator *allocator, const RcSink *sink, RcStatus *status);

/* Shows a row beforehand, for widths and totals; only for renderers that measure. */
extern RcCode rc_document_measure(RcDocument *document, const RcCell *cells, RcStatus *status);

/* Adds a row. */
extern RcCode rc_document_row(RcDocument *document, const RcCell *cells, RcStatus *status);

/* Writes what is left to the sink. */
extern RcCode rc_document_finish(RcDocument *document, RcStatus *status);

/* Frees the document and all that its libraries hold; NULL is allowed. */
extern void rc_document_close(RcDocument *document);

/* Hands bytes to the sink; RC_IO when it does not take them. */
extern RcCode rc_document_write(RcDocument *document, const void *data, size_t length, RcStatus *status);

#endif
