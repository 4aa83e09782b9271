/*
 * document.c - the way every format goes: open, measure, rows, finish, close.
 */
#include "document.h"

#include <string.h>

const RcRenderer *
rc_find_renderer(const char *name)
{
	static const RcRenderer *const all[] = {&rc_xlsx_renderer, &rc_pdf_renderer, &rc_csv_renderer, &rc_html_renderer};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

RcDocument *
rc_document_open(const RcRenderer *renderer, const RcTable *table, const RcAllocator *allocator, const RcSink *sink, RcStatus *status)
{
	RcDocument *document = rc_allocate_zero(allocator, sizeof(RcDocument));

	if (!document)
	{
		rc_fail(status, RC_NO_MEMORY, "out of memory");
		return NULL;
	}
	document->renderer = renderer;
	document->table = table;
	document->allocator = *allocator;
	document->sink = *sink;
	rc_totals_init(&document->totals, table, &document->allocator);
	if (renderer->open(document, status) != RC_OK)
	{
		rc_document_close(document);
		return NULL;
	}
	return document;
}

RcCode
rc_document_measure(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	if (rc_totals_add(&document->totals, cells, status) != RC_OK)
		return status->code;
	return document->renderer->measure ? document->renderer->measure(document, cells, status) : RC_OK;
}

RcCode
rc_document_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	/* The totals of a measured document are complete and put in order before its first row. */
	if (!document->renderer->measures)
	{
		if (rc_totals_add(&document->totals, cells, status) != RC_OK)
			return status->code;
	}
	else if (document->rows == 0 && rc_totals_finish(&document->totals, status) != RC_OK)
		return status->code;
	if (document->renderer->row(document, cells, status) != RC_OK)
		return status->code;
	document->rows++;
	return RC_OK;
}

RcCode
rc_document_finish(RcDocument *document, RcStatus *status)
{
	if (!document->renderer->measures && rc_totals_finish(&document->totals, status) != RC_OK)
		return status->code;
	return document->renderer->finish(document, status);
}

void
rc_document_close(RcDocument *document)
{
	RcAllocator allocator;

	if (!document)
		return;
	allocator = document->allocator;
	if (document->renderer->close)
		document->renderer->close(document);
	rc_totals_free(&document->totals);
	rc_release(&allocator, document);
}

RcCode
rc_document_write(RcDocument *document, const void *data, size_t length, RcStatus *status)
{
	if (length == 0 || document->sink.write(document->sink.context, data, length))
		return RC_OK;
	rc_fail(status, RC_IO, "%s", document->sink.failure ? document->sink.failure : "could not write the document");
	if (document->sink.hint)
		rc_hint(status, "%s", document->sink.hint);
	return RC_IO;
}
