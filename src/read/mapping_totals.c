/*
 * mapping_totals.c - the lines around the table: what they name, and whether the counts and sums they state are right.
 */
#include "mapping_internal.h"

static RcCode
keep_text(RcMapping *mapping, RcField text, RcField *copy, RcStatus *status)
{
	char	   *data = rc_row_scratch_allocate(&mapping->kept, text.length + 1);

	if (!data)
		return rc_no_memory(status);
	memcpy(data, text.data, text.length);
	copy->data = data;
	copy->length = text.length;
	return RC_OK;
}

static bool
holds(const RcRecord *record, RcField text)
{
	return text.length > 0 && record->raw_length >= text.length && memmem(record->raw, record->raw_length, text.data, text.length) != NULL;
}

RcCode
rc_mapping_read_around(RcMapping *mapping, const RcRecord *record, bool *trailer, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	RcField		groups[RC_MAX_REGEX_GROUPS];

	*trailer = false;
	if (format->end.data && mapping->in_table && holds(record, format->end))
		mapping->end_seen = *trailer = true;
	for (int i = 0; i < format->capture_rule_count; i++)
	{
		const RcCaptureRule *rule = &format->captures[i];

		if (!rc_regex_match(rule->regex, record->raw, record->raw_length, groups))
			continue;
		for (int g = 0; g < rule->capture_count && g + 1 < RC_MAX_REGEX_GROUPS; g++)
			if (groups[g + 1].data && keep_text(mapping, rc_trim_cell(groups[g + 1], true), &mapping->captured[rule->first_capture + g], status) != RC_OK)
				return status->code;
	}
	for (int i = 0; i < format->trailer_count; i++)
	{
		const RcTrailer *rule = &format->trailers[i];
		TrailerState *state = &mapping->trailers[i];
		RcNumberStyle plain = {.decimal_mark = '.', .group_mark = ','};

		if (rule->starts.data && !rc_record_begins(record, rule->starts))
			continue;
		if (!rc_regex_match(rule->regex, record->raw, record->raw_length, groups))
			continue;
		state->seen = *trailer = true;
		state->line = record->line;
		if (rule->count_group > 0 && groups[rule->count_group].data)
		{
			if (rc_parse_decimal(groups[rule->count_group].data, groups[rule->count_group].length, &plain, &state->count, status) != RC_OK)
			{
				status->line = record->line;
				status->code = RC_CONTROL_TOTAL;
				return status->code;
			}
			state->has_count = true;
		}
		if (rule->sum_group > 0 && groups[rule->sum_group].data)
		{
			if (rc_parse_decimal(groups[rule->sum_group].data, groups[rule->sum_group].length, &plain, &state->sum, status) != RC_OK)
			{
				status->line = record->line;
				status->code = RC_CONTROL_TOTAL;
				return status->code;
			}
			state->has_sum = true;
		}
	}
	return RC_OK;
}

/* ---- totals ---- */

RcWide
rc_widen(RcDecimal value)
{
	RcWide		wide = value.digits;

	for (int i = value.scale; i < TOTAL_SCALE; i++)
		wide *= 10;
	for (int i = value.scale; i > TOTAL_SCALE; i--)
		wide /= 10;				/* finer than any currency; the row itself is rejected */
	return wide;
}

bool
rc_narrow(RcWide wide, int least, RcDecimal *amount)
{
	int32_t		scale = TOTAL_SCALE;

	while (scale > least && wide % 10 == 0)
	{
		wide /= 10;
		scale--;
	}
	if (wide > INT64_MAX || wide < INT64_MIN)
		return false;
	amount->digits = (int64_t) wide;
	amount->scale = scale;
	return true;
}

/* A wide sum as text for messages. */
static void
write_wide(RcWide wide, char *buffer)
{
	char		digits[64];
	int			n = 0;
	bool		minus = wide < 0;
	int			drop = TOTAL_SCALE - 2;

	if (minus)
		wide = -wide;
	do
	{
		digits[n++] = (char) ('0' + (int) (wide % 10));
		wide /= 10;
	} while (wide != 0 || n <= TOTAL_SCALE);
	for (int i = 0; i < drop; i++)
		if (digits[i] != '0')
		{
			drop = i;
			break;
		}
	if (minus)
		*buffer++ = '-';
	while (n > drop)
	{
		*buffer++ = digits[--n];
		if (n == TOTAL_SCALE)
			*buffer++ = '.';
	}
	*buffer = '\0';
}

void
rc_mapping_tally(RcMapping *mapping)
{
	const RcFormat *format = mapping->format;
	RcStatus	ignored;
	RcDecimal	amount;
	bool		found;

	rc_status_reset(&ignored);
	for (int i = 0; i < format->trailer_count; i++)
	{
		const RcTrailer *rule = &format->trailers[i];
		TrailerState *state = &mapping->trailers[i];

		if (!rc_when_holds(&mapping->cells, &rule->when))
			continue;
		state->covered.count++;
		if (rule->column >= 0 && rc_cell_amount(&mapping->cells, rule->column, &amount, &found, &ignored) == RC_OK && found)
			state->covered.sum += rc_widen(amount);
	}
	if (format->trailer_count > 0)
	{
		mapping->all.count++;
		if (format->trailers[0].column >= 0 &&
			rc_cell_amount(&mapping->cells, format->trailers[0].column, &amount, &found, &ignored) == RC_OK && found)
			mapping->all.sum += rc_widen(amount);
	}
	for (int i = 0; mapping->summary_open && i < format->summary_of_count; i++)
		if (rc_cell_amount(&mapping->cells, format->summary_of[i], &amount, &found, &ignored) == RC_OK && found)
			mapping->summary_sum += rc_widen(amount);
}

RcCode
rc_mapping_check_summary(RcMapping *mapping, RcStatus *status)
{
	char		stated[80],
				found[80];

	if (!mapping->summary_open || mapping->format->summary_of_count == 0 || mapping->format->summary_total < 0)
		return RC_OK;
	if (rc_widen(mapping->summary_total) == mapping->summary_sum)
		return RC_OK;
	write_wide(rc_widen(mapping->summary_total), stated);
	write_wide(mapping->summary_sum, found);
	rc_status_reset(status);
	status->line = mapping->summary_line;
	rc_fail(status, RC_CONTROL_TOTAL, "the file states a total of %s, its rows add up to %s", stated, found);
	rc_hint(status, "Rows are missing or altered: fetch the file again.");
	return status->code;
}

static RcCode
check_trailer(RcMapping *mapping, int index, RcStatus *status)
{
	const RcTrailer *rule = &mapping->format->trailers[index];
	TrailerState *state = &mapping->trailers[index];
	Tally		tally = state->covered;
	RcWide		stated;

	if (rule->only_with.data)
	{
		bool		alone = true;

		for (int i = 0; i < mapping->format->trailer_count; i++)
			if (mapping->trailers[i].seen && mapping->format->trailers[i].name.data &&
				mapping->format->trailers[i].name.length == rule->only_with.length &&
				memcmp(mapping->format->trailers[i].name.data, rule->only_with.data, rule->only_with.length) == 0)
				alone = false;
		if (alone)
			tally = mapping->all;
	}
	rc_status_reset(status);
	status->line = state->line;
	if (state->has_count && rc_widen(state->count) != rc_widen((RcDecimal) {(int64_t) tally.count, 0}))
	{
		char		text[80];

		write_wide(rc_widen(state->count), text);
		if (strlen(text) > 3)
			text[strlen(text) - 3] = '\0';
		rc_fail(status, RC_CONTROL_TOTAL, "the trailer states %s rows, the file has %llu", text, (unsigned long long) tally.count);
		rc_hint(status, "The file is cut or altered: fetch it again.");
		return status->code;
	}
	if (!state->has_sum || rule->column < 0)
		return RC_OK;
	stated = rc_widen(state->sum);
	if (rule->absolute)
	{
		stated = stated < 0 ? -stated : stated;
		tally.sum = tally.sum < 0 ? -tally.sum : tally.sum;
	}
	if (stated != tally.sum)
	{
		char		said[80],
					found[80];

		write_wide(stated, said);
		write_wide(tally.sum, found);
		rc_fail(status, RC_CONTROL_TOTAL, "the trailer states a total of %s, the rows add up to %s", said, found);
		rc_hint(status, "Rows are missing or altered: fetch the file again.");
		return status->code;
	}
	return RC_OK;
}

RcCode
rc_mapping_finish(RcMapping *mapping, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	bool		any = false;

	rc_status_reset(status);
	if (!mapping->in_table)
		return rc_mapping_missing_header(mapping, status);
	if (format->end.data && !mapping->end_seen)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the file is cut: its closing line with \"%.*s\" is missing", (int) format->end.length, format->end.data);
		rc_hint(status, "Fetch the file again.");
		return status->code;
	}
	for (int i = 0; i < format->trailer_count; i++)
	{
		TrailerState *state = &mapping->trailers[i];

		if (!state->seen)
			continue;
		any = true;
		if (check_trailer(mapping, i, status) != RC_OK)
			return status->code;
		if (state->has_sum && !format->trailers[i].uncounted)
		{
			mapping->stated = true;
			/* What is paid out stands there with a minus or without one. */
			if (format->trailers[i].reverse)
				mapping->stated_sum -= format->trailers[i].absolute && state->sum.digits < 0 ? -rc_widen(state->sum) : rc_widen(state->sum);
			else
				mapping->stated_sum += rc_widen(state->sum);
		}
	}
	if (format->trailer_required && !any)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the file is cut: its trailer with the control totals is missing");
		rc_hint(status, "Fetch the file again.");
		return status->code;
	}
	if (rc_mapping_check_summary(mapping, status) != RC_OK)
		return status->code;
	if (format->summary_required && !mapping->summary_open)
		return rc_fail(status, RC_BAD_STRUCTURE, "the row with the statement's totals is missing");
	rc_status_reset(status);
	return RC_OK;
}

bool
rc_mapping_stated_total(const RcMapping *mapping, RcDecimal *total)
{
	RcWide		wide = mapping->stated_sum;
	int32_t		scale = TOTAL_SCALE;

	if (!mapping->stated)
		return false;
	while (scale > 0 && wide % 10 == 0)
	{
		wide /= 10;
		scale--;
	}
	if (wide > INT64_MAX || wide < INT64_MIN)
		return false;
	total->digits = (int64_t) wide;
	total->scale = scale;
	return true;
}

RcField
rc_mapping_captured(const RcMapping *mapping, const char *name)
{
	for (int i = 0; i < mapping->format->capture_count; i++)
		if (mapping->captured[i].data && strcmp(mapping->format->capture_names[i], name) == 0)
			return mapping->captured[i];
	return (RcField) {NULL, 0};
}
