/*
 * render.h - what the tests of documents share: a table of every kind of column, a sink in memory, an allocator that fails on purpose.
 */
#ifndef UNIT_RENDER_H
#define UNIT_RENDER_H

#include <stdlib.h>

#include "unit.h"
#include "../../src/render/document.h"

#define FONT "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"

typedef struct Collected
{
	char	   *data;
	size_t		length;
	size_t		limit;			/* more than this is refused */
} Collected;

static bool
collect(void *context, const void *data, size_t length)
{
	Collected  *collected = context;

	if (collected->length + length > collected->limit)
		return false;
	collected->data = realloc(collected->data, collected->length + length + 1);
	memcpy(collected->data + collected->length, data, length);
	collected->length += length;
	collected->data[collected->length] = '\0';
	return true;
}

/* An allocator that gives nothing from the n-th request on. */
typedef struct Failing
{
	long		left;
} Failing;

static void *
failing_allocate(void *context, size_t size)
{
	return ((Failing *) context)->left-- > 0 ? malloc(size ? size : 1) : NULL;
}

static void *
failing_resize(void *context, void *pointer, size_t size)
{
	return ((Failing *) context)->left-- > 0 ? realloc(pointer, size ? size : 1) : NULL;
}

static void
failing_release(void *context, void *pointer)
{
	(void) context;
	free(pointer);
}

static inline RcAllocator
failing_allocator(Failing *failing)
{
	return (RcAllocator) {.allocate = failing_allocate, .resize = failing_resize, .release = failing_release, .context = failing};
}

enum
{
	COLUMN_ID,
	COLUMN_CURRENCY,
	COLUMN_AMOUNT,
	COLUMN_DAY,
	COLUMN_TIME,
	COLUMN_COUNT,
	COLUMN_SHARE,
	COLUMN_NOTE,
	COLUMNS
};

static const RcColumn test_columns[COLUMNS] = {
	{"訂單編號", RC_COLUMN_TEXT, 1, false, false},
	{"Currency", RC_COLUMN_TEXT, 1, false, false},
	{"應收金額", RC_COLUMN_AMOUNT, 1, true, false},
	{"Due", RC_COLUMN_DATE, 1, false, false},
	{"At", RC_COLUMN_TIME, 1, false, false},
	{"Days overdue", RC_COLUMN_INTEGER, 1, false, false},
	{"Confidence", RC_COLUMN_PERCENT, 1, false, false},
	{"摘要 <note> & more", RC_COLUMN_TEXT, 1, false, true}
};
static const char *const test_subtitles[] = {"As of 2024-03-01", "製表時間：2024-03-01 00:00"};

static inline RcTable
test_table(void)
{
	return (RcTable) {
		.title = "應收帳款: [a/b]*?",
		.subtitles = test_subtitles,
		.subtitle_count = 2,
		.columns = test_columns,
		.column_count = COLUMNS,
		.group_column = COLUMN_ID,
		.currency_column = COLUMN_CURRENCY,
		.label_page = "Page {page} of {pages}",
		.label_total = "Total",
		.label_summary = "Summary",
		.label_rows = "Rows",
		.label_empty = "No rows",
		.created_at = INT64_C(762566400000000),	/* 2024-03-01 */
		.font_path = FONT
	};
}

static inline RcCell
text_cell(const char *text)
{
	return (RcCell) {.is_null = text == NULL, .text = text, .length = text ? strlen(text) : 0};
}

static inline void
fill_row(RcCell *cells, const char *id, const char *currency, const char *amount, const char *note)
{
	memset(cells, 0, sizeof(RcCell) * COLUMNS);
	cells[COLUMN_ID] = text_cell(id);
	cells[COLUMN_CURRENCY] = text_cell(currency);
	if (amount)
		rc_table_amount(&cells[COLUMN_AMOUNT], amount, strlen(amount));
	else
		cells[COLUMN_AMOUNT].is_null = true;
	cells[COLUMN_DAY].value = 8826;		/* 2024-03-01 */
	cells[COLUMN_TIME].value = INT64_C(762609600000000);	/* 2024-03-01 12:00 */
	cells[COLUMN_COUNT].value = -3;
	rc_table_amount(&cells[COLUMN_SHARE], "0.985", 5);
	cells[COLUMN_NOTE] = text_cell(note);
}

typedef struct Row
{
	const char *id;
	const char *currency;
	const char *amount;
	const char *note;
} Row;

/* Renders rows, each repeated, the whole way; the status tells what happened. */
static inline RcCode
render(const RcRenderer *renderer, const RcTable *table, const Row *rows, int count, int repeat, const RcAllocator *allocator, Collected *collected,
	   RcStatus *status)
{
	RcSink		sink = {.write = collect, .context = collected};
	RcDocument *document;
	RcCell		cells[COLUMNS];
	RcCode		code = RC_OK;

	rc_status_reset(status);
	document = rc_document_open(renderer, table, allocator, &sink, status);
	if (!document)
		return status->code;
	for (int pass = renderer->measures ? 0 : 1; pass < 2 && code == RC_OK; pass++)
		for (int i = 0; i < count * repeat && code == RC_OK; i++)
		{
			const Row  *row = &rows[i % count];

			fill_row(cells, row->id, row->currency, row->amount, row->note);
			code = pass == 0 ? rc_document_measure(document, cells, status) : rc_document_row(document, cells, status);
		}
	if (code == RC_OK)
		code = rc_document_finish(document, status);
	rc_document_close(document);
	return code;
}

/* Fails at the 1st, 2nd, 3rd ... allocation until one run succeeds: nothing may crash, leak or lie about success. */
static inline void
render_without_memory(const RcRenderer *renderer, const RcTable *table, const Row *rows, int count)
{
	for (long n = 0; n < 2000; n++)
	{
		Failing		failing = {.left = n};
		RcAllocator allocator = failing_allocator(&failing);
		Collected	collected = {.limit = SIZE_MAX / 2};
		RcStatus	status;
		RcCode		code = render(renderer, table, rows, count, 1, &allocator, &collected, &status);

		free(collected.data);
		if (code == RC_OK)
		{
			CHECK(failing.left >= 0);
			CHECK(n > 3);
			return;
		}
		CHECK(failing.left < 0);
		CHECK_INT(code, status.code);
	}
	CHECK(!"a run with enough memory succeeds");
}

#endif
