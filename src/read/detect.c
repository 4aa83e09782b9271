/*
 * detect.c - header signature and trial reading.
 *
 * A format is a candidate when one of the first records holds all its required columns; how sure that is depends on how much of
 * that header it knows and on whether the sample rows can be read with it.
 */
#include "detect.h"

#include <stdio.h>
#include <string.h>

#include "../base/text.h"

#define GOOD_ENOUGH 40
#define NEAR 4

/* Keeps why a row of the sample cannot be read, cut at a character. */
static void
note_bad(RcCandidate *candidate, const RcRecord *record, const RcStatus *row)
{
	size_t		length = rc_utf8_cut(row->message, strlen(row->message), sizeof(candidate->first_bad) - 40);

	snprintf(candidate->first_bad, sizeof(candidate->first_bad), "; line %llu: %.*s", (unsigned long long) record->line, (int) length, row->message);
}

/* Reads the sample by the format: how many rows can be read, and summaries among them. */
static RcCode
try_rows(const RcFormat *format, const RcRecord *records, int count, const RcAllocator *allocator, RcCandidate *candidate, int *summaries, RcStatus *status)
{
	RcMapping  *mapping;

	*summaries = 0;
	if (rc_mapping_create(&mapping, format, allocator, status) != RC_OK)
		return status->code;
	/* numbers that can be read in two ways are told when the file is imported: its format is this one all the same */
	if (rc_mapping_choose_style(mapping, records, count, status) == RC_BAD_VALUE)
		rc_status_reset(status);
	else if (status->code != RC_OK)
	{
		rc_mapping_free(mapping);
		return status->code;
	}
	for (int i = 0; i < count; i++)
	{
		RcStatus	row;
		RcTaken		taken;

		rc_status_reset(&row);
		taken = rc_mapping_take(mapping, &records[i], &row);
		if (row.code == RC_NO_MEMORY)
		{
			rc_mapping_free(mapping);
			*status = row;
			return row.code;
		}
		if (taken == RC_TAKEN_ROWS)
			candidate->rows_good++;
		else if (taken == RC_TAKEN_SUMMARY)
			(*summaries)++;
		else if (taken == RC_TAKEN_BAD_ROW)
		{
			if (candidate->rows_bad++ == 0)
				note_bad(candidate, &records[i], &row);
		}
		else if (taken == RC_TAKEN_FAILURE)
			break;
	}
	rc_mapping_free(mapping);
	return RC_OK;
}

/* Whether a header has one of some columns of the format. */
static bool
has_any(const RcFormat *format, const RcRecord *header, const int *columns, int count)
{
	char		key[256];

	for (uint32_t i = 0; i < header->field_count; i++)
	{
		size_t		length = header->fields[i].length > sizeof(key) ? 0 : rc_normalise_name(header->fields[i].data, header->fields[i].length, key);

		for (int c = 0; c < count && length > 0; c++)
		{
			const RcColumn *column = &format->columns[columns[c]];

			for (int n = 0; n < column->name_count; n++)
				if (column->keys[n].length == length && memcmp(column->keys[n].data, key, length) == 0)
					return true;
		}
	}
	return false;
}

/* Whether the file states debits and credits in columns of their own: then a column that tells one from the other says nothing new. */
static bool
states_both(const RcFormat *format, const RcRecord *header)
{
	const RcExpression *amount = format->target->amount >= 0 ? &format->fields[format->target->amount] : NULL;

	return amount && amount->split && has_any(format, header, amount->plus, amount->plus_count) &&
		has_any(format, header, amount->minus, amount->minus_count);
}

/* The cell of a header that a file of the format would not have; data NULL: there is none. */
static RcField
unwanted(const RcFormat *format, const RcRecord *header)
{
	char		key[256];

	if (format->unless_count > 0 && states_both(format, header))
		return (RcField) {NULL, 0};
	for (uint32_t i = 0; i < header->field_count && format->unless_count > 0; i++)
	{
		size_t		length = header->fields[i].length > sizeof(key) ? 0 : rc_normalise_name(header->fields[i].data, header->fields[i].length, key);

		for (int u = 0; u < format->unless_count && length > 0; u++)
			if (format->unless[u].length == length && memcmp(format->unless[u].data, key, length) == 0)
				return header->fields[i];
	}
	return (RcField) {NULL, 0};
}

/* A file without header is told by the number of its columns, and by every row of the sample being readable. */
static RcCode
detect_shape(const RcFormat *format, const RcRecord *records, int count, const RcAllocator *allocator, RcCandidate *candidate, RcStatus *status)
{
	int			summaries;

	if (format->shape_least == 0)
	{
		snprintf(candidate->reason, sizeof(candidate->reason), "has no header to be recognised by");
		return RC_OK;
	}
	for (int i = format->skip_lines; i < count; i++)
	{
		int			cells = (int) records[i].field_count;

		if (cells < format->shape_least || cells > format->shape_most)
		{
			snprintf(candidate->reason, sizeof(candidate->reason), "has %d to %d columns, the file %d", format->shape_least, format->shape_most, cells);
			return RC_OK;
		}
		candidate->cells = candidate->recognised = cells;
	}
	if (try_rows(format, records, count, allocator, candidate, &summaries, status) != RC_OK)
		return status->code;
	if (candidate->rows_good > 0)
		candidate->confidence = candidate->rows_bad > 0 ? 30 : 90 + (candidate->cells >= 10 ? 10 : candidate->cells);
	snprintf(candidate->reason, sizeof(candidate->reason), "no header, %d columns, %d of %d sample rows readable%s",
			 candidate->cells, candidate->rows_good, candidate->rows_good + candidate->rows_bad, candidate->first_bad);
	return RC_OK;
}

RcCode
rc_detect(const RcFormat *format, const char *container, const RcRecord *records, int count, const RcAllocator *allocator, RcCandidate *candidate, RcStatus *status)
{
	RcHeaderFit best = {0};
	RcField		other;
	bool		has_header = false;
	bool		has_best = false;
	int			summaries = 0;
	int			share;

	memset(candidate, 0, sizeof(RcCandidate));
	candidate->missing = -1;
	/* A table is a table, in a text file or on a sheet. */
	if (format->container && container && strcmp(format->container, container) != 0 &&
		!(strcmp(format->container, "csv") == 0 && (strcmp(container, "xlsx") == 0 || strcmp(container, "ods") == 0)))
	{
		snprintf(candidate->reason, sizeof(candidate->reason), "it is %s, the file %s", format->container, container);
		return RC_OK;
	}
	if (format->headerless)
		return detect_shape(format, records, count, allocator, candidate, status);
	for (int i = 0; i < count && !has_header; i++)
	{
		RcHeaderFit fit;

		if (rc_header_fit(format, &records[i], allocator, NULL, &fit, status) != RC_OK)
			return status->code;
		has_header = fit.required_found == fit.required && fit.recognised > 0;
		if (has_header && (other = unwanted(format, &records[i])).data)
		{
			snprintf(candidate->reason, sizeof(candidate->reason), "column \"%.*s\" is none of its own", (int) rc_utf8_cut(other.data, other.length, 80), other.data);
			return RC_OK;
		}
		if (has_header || !has_best || fit.recognised > best.recognised)
		{
			best = fit;
			has_best = true;
			candidate->header_line = records[i].line;
		}
	}
	candidate->recognised = best.recognised;
	candidate->cells = best.cells;
	if (!has_header)
	{
		candidate->missing = best.missing;
		/* Half a header is worth naming, never worth choosing. */
		candidate->confidence = best.required > 0 ? 30 * best.required_found / best.required : 0;
		if (best.missing >= 0)
			snprintf(candidate->reason, sizeof(candidate->reason), "column \"%.*s\" is missing",
					 (int) (format->columns[best.missing].names[0].length > 80 ? 80 : format->columns[best.missing].names[0].length),
					 format->columns[best.missing].names[0].data);
		else
			snprintf(candidate->reason, sizeof(candidate->reason), "no line holds its columns");
		return RC_OK;
	}
	if (best.duplicate >= 0)
	{
		candidate->confidence = 30;
		snprintf(candidate->reason, sizeof(candidate->reason), "column \"%.*s\" stands twice",
				 (int) (format->columns[best.duplicate].names[0].length > 80 ? 80 : format->columns[best.duplicate].names[0].length),
				 format->columns[best.duplicate].names[0].data);
		return RC_OK;
	}
	if (try_rows(format, records, count, allocator, candidate, &summaries, status) != RC_OK)
		return status->code;
	share = candidate->rows_good + candidate->rows_bad == 0 ? 100 : 100 * candidate->rows_good / (candidate->rows_good + candidate->rows_bad);
	candidate->confidence = 20 + 50 * best.recognised / (best.cells > 0 ? best.cells : 1) + 20 * share / 100;
	/* A long header fully known is no coincidence. */
	candidate->confidence += best.recognised >= 10 ? 10 : best.recognised;
	if (format->summary_required && summaries == 0)
		candidate->confidence /= 2;
	if (candidate->confidence > 100)
		candidate->confidence = 100;
	/* What can read none of the rows is not it, nor what asks for no column and finds no row to read. */
	if (candidate->rows_good == 0 && (candidate->rows_bad > 0 || best.required == 0) && candidate->confidence > 30)
		candidate->confidence = 30;
	snprintf(candidate->reason, sizeof(candidate->reason), "%d of %d columns known, %d of %d sample rows readable%s",
			 best.recognised, best.cells, candidate->rows_good, candidate->rows_good + candidate->rows_bad, candidate->first_bad);
	return RC_OK;
}

int
rc_detect_choose(const RcCandidate *candidates, int count, bool *ambiguous)
{
	int			best = -1;

	*ambiguous = false;
	for (int i = 0; i < count; i++)
		if (best < 0 || candidates[i].confidence > candidates[best].confidence)
			best = i;
	if (best < 0 || candidates[best].confidence <= 30)
		return -1;
	for (int i = 0; i < count; i++)
		if (i != best && candidates[i].confidence > 30 && candidates[best].confidence - candidates[i].confidence < NEAR)
			*ambiguous = true;
	if (*ambiguous)
		return -1;
	/* A weak header with a single known column among many is not this format. */
	if (candidates[best].confidence < GOOD_ENOUGH)
		return -1;
	return best;
}
