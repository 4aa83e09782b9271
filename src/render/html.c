/*
 * html.c - tables as one self-contained HTML page: no script, nothing fetched.
 */
#include "document.h"

#include <stdio.h>
#include <string.h>

static const char style[] =
"body{font:14px/1.4 system-ui,'Noto Sans CJK TC','PingFang TC','Microsoft JhengHei',sans-serif;margin:2em;color:#1b2733}"
"h1{font-size:1.5em;margin:0 0 .2em}p{margin:0;color:#5a6673}table{border-collapse:collapse;margin:1.2em 0;font-variant-numeric:tabular-nums}"
"th{position:sticky;top:0;background:#d9e2ec;text-align:left;border-bottom:1px solid #8795a1}"
"th,td{padding:.25em .6em;vertical-align:top}tr:nth-child(even) td{background:#f4f6f8}.n{text-align:right;white-space:nowrap}"
".d{white-space:nowrap}.t td{font-weight:600;border-top:1px solid #8795a1}@media print{body{margin:0}th{position:static}}";

static RcCode
raw(RcDocument *document, const char *text, RcStatus *status)
{
	return rc_document_write(document, text, strlen(text), status);
}

static RcCode
escaped(RcDocument *document, const char *text, size_t length, RcStatus *status)
{
	size_t		start = 0;

	for (size_t i = 0; i < length; i++)
	{
		const char *entity = text[i] == '<' ? "&lt;" : text[i] == '>' ? "&gt;" : text[i] == '&' ? "&amp;" : text[i] == '"' ? "&quot;" :
			text[i] == '\'' ? "&#39;" : (unsigned char) text[i] < 0x20 && text[i] != '\n' && text[i] != '\t' ? " " : NULL;

		if (!entity)
			continue;
		if (rc_document_write(document, text + start, i - start, status) != RC_OK || raw(document, entity, status) != RC_OK)
			return status->code;
		start = i + 1;
	}
	return rc_document_write(document, text + start, length - start, status);
}

static RcCode
element(RcDocument *document, const char *open, const char *text, size_t length, const char *close, RcStatus *status)
{
	if (raw(document, open, status) != RC_OK || escaped(document, text, length, status) != RC_OK)
		return status->code;
	return raw(document, close, status);
}

static const char *
cell_tag(const RcColumn *column, bool is_heading)
{
	switch (column->type)
	{
		case RC_COLUMN_INTEGER:
		case RC_COLUMN_AMOUNT:
		case RC_COLUMN_PERCENT:
			return is_heading ? "<th class=\"n\">" : "<td class=\"n\">";
		case RC_COLUMN_DATE:
		case RC_COLUMN_TIME:
			return is_heading ? "<th>" : "<td class=\"d\">";
		case RC_COLUMN_TEXT:
			break;
	}
	return is_heading ? "<th>" : "<td>";
}

static RcCode
html_open(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;

	if (raw(document, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n", status) != RC_OK ||
		element(document, "<title>", table->title, strlen(table->title), "</title>\n<style>", status) != RC_OK ||
		raw(document, style, status) != RC_OK ||
		element(document, "</style></head>\n<body><h1>", table->title, strlen(table->title), "</h1>\n", status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->subtitle_count; i++)
		if (element(document, "<p>", table->subtitles[i], strlen(table->subtitles[i]), "</p>\n", status) != RC_OK)
			return status->code;
	return RC_OK;
}

static RcCode
write_summary(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;

	if (raw(document, "<table class=\"summary\"><thead><tr>", status) != RC_OK)
		return status->code;
	if (table->currency_column >= 0 &&
		element(document, "<th>", table->columns[table->currency_column].title, strlen(table->columns[table->currency_column].title), "</th>", status) != RC_OK)
		return status->code;
	if (table->group_column >= 0 &&
		element(document, "<th>", table->columns[table->group_column].title, strlen(table->columns[table->group_column].title), "</th>", status) != RC_OK)
		return status->code;
	if (element(document, "<th class=\"n\">", table->label_rows, strlen(table->label_rows), "</th>", status) != RC_OK)
		return status->code;
	for (int k = 0; k < table->column_count; k++)
		if (table->columns[k].total &&
			element(document, "<th class=\"n\">", table->columns[k].title, strlen(table->columns[k].title), "</th>", status) != RC_OK)
			return status->code;
	if (raw(document, "</tr></thead><tbody>\n", status) != RC_OK)
		return status->code;
	for (int i = 0; i < document->totals.count; i++)
	{
		const RcTotal *total = &document->totals.entries[i];
		char		buffer[RC_FORMAT_SIZE];
		size_t		length;

		if (total->group && table->group_column < 0)
			continue;
		if (raw(document, total->group ? "<tr>" : "<tr class=\"t\">", status) != RC_OK)
			return status->code;
		if (table->currency_column >= 0 && element(document, "<td>", total->currency, strlen(total->currency), "</td>", status) != RC_OK)
			return status->code;
		if (table->group_column >= 0 && element(document, "<td>", total->group ? total->group : table->label_total,
												total->group ? total->group_length : strlen(table->label_total), "</td>", status) != RC_OK)
			return status->code;
		length = (size_t) snprintf(buffer, sizeof(buffer), "%llu", (unsigned long long) total->rows);
		if (element(document, "<td class=\"n\">", buffer, length, "</td>", status) != RC_OK)
			return status->code;
		for (int k = 0; k < table->column_count; k++)
		{
			if (!table->columns[k].total)
				continue;
			length = rc_total_shown(total, k, buffer, sizeof(buffer));
			if (element(document, "<td class=\"n\">", buffer, length, "</td>", status) != RC_OK)
				return status->code;
		}
		if (raw(document, "</tr>\n", status) != RC_OK)
			return status->code;
	}
	return raw(document, "</tbody></table>\n", status);
}

/* What stands above the rows; the totals are known by then. */
static RcCode
start(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;
	bool		has_totals = false;

	for (int i = 0; i < table->column_count; i++)
		has_totals |= table->columns[i].total;
	if (has_totals && document->totals.count > 0 && write_summary(document, status) != RC_OK)
		return status->code;
	if (raw(document, "<table class=\"rows\"><thead><tr>", status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->column_count; i++)
		if (element(document, cell_tag(&table->columns[i], true), table->columns[i].title, strlen(table->columns[i].title), "</th>", status) != RC_OK)
			return status->code;
	return raw(document, "</tr></thead><tbody>\n", status);
}

static RcCode
html_row(RcDocument *document, const RcCell *cells, RcStatus *status)
{
	const RcTable *table = document->table;

	if (document->rows == 0 && start(document, status) != RC_OK)
		return status->code;
	if (raw(document, "<tr>", status) != RC_OK)
		return status->code;
	for (int i = 0; i < table->column_count; i++)
	{
		char		buffer[RC_FORMAT_SIZE];
		const char *text;
		size_t		length;

		rc_format_cell(table, cells, i, buffer, &text, &length);
		if (element(document, cell_tag(&table->columns[i], false), text, length, "</td>", status) != RC_OK)
			return status->code;
	}
	return raw(document, "</tr>\n", status);
}

static RcCode
html_finish(RcDocument *document, RcStatus *status)
{
	const RcTable *table = document->table;

	if (document->rows == 0)
	{
		if (start(document, status) != RC_OK || raw(document, "</tbody></table>\n", status) != RC_OK ||
			element(document, "<p>", table->label_empty, strlen(table->label_empty), "</p></body></html>\n", status) != RC_OK)
			return status->code;
		return RC_OK;
	}
	return raw(document, "</tbody></table></body></html>\n", status);
}

const RcRenderer rc_html_renderer = {
	.name = "html",
	.measures = true,
	.open = html_open,
	.row = html_row,
	.finish = html_finish
};
