/*
 * import_values.c - fields of a mapped row as Datums.
 *
 * No type input function is called: text, numeric, date and timestamp are built directly from what the mapping has read.
 */
#include "import_parts.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Room that lives until the next row. */
static char *
take_scratch(RcsLoad *load, size_t size)
{
	char	   *place;

	size = MAXALIGN(size);
	if (size > RCS_SCRATCH_BYTES - load->scratch_used)
		return MemoryContextAlloc(rcs_sink_batch_context(load->sinks[rcs_relation_of(load->format->target)]), size);
	place = load->scratch + load->scratch_used;
	load->scratch_used += size;
	return place;
}

Datum
rcs_make_text(RcsLoad *load, const char *data, size_t length)
{
	char	   *place = take_scratch(load, VARHDRSZ + length);

	SET_VARSIZE(place, VARHDRSZ + length);
	memcpy(VARDATA(place), data, length);
	return PointerGetDatum(place);
}

Datum
rcs_make_numeric(RcsLoad *load, RcDecimal value)
{
	return rcs_decimal_to_numeric(value, take_scratch(load, RCS_NUMERIC_BYTES));
}

/* Offset of the zone at a local time, in seconds east. Days without a change of clocks are answered from the cache. */
static int32
local_offset(RcsLoad *load, const RcDateTime *time, int32 day)
{
	RcsZoneCache *cache = &load->local_zone;
	struct pg_tm tm = {0};
	int			start,
				end;

	if (cache->whole_day && cache->key == day)
		return cache->offset;
	tm.tm_year = time->year;
	tm.tm_mon = time->month;
	tm.tm_mday = time->day;
	start = DetermineTimeZoneOffset(&tm, load->zone);
	tm.tm_hour = 23;
	tm.tm_min = 59;
	tm.tm_sec = 59;
	end = DetermineTimeZoneOffset(&tm, load->zone);
	if (start == end)
	{
		cache->key = day;
		cache->offset = -start;
		cache->whole_day = true;
		return cache->offset;
	}
	tm.tm_hour = time->hour;
	tm.tm_min = time->minute;
	tm.tm_sec = time->second;
	return -DetermineTimeZoneOffset(&tm, load->zone);
}

/*
 * Seconds east of UTC at a time of the zone that it names; false where the server knows none of that name. An abbreviation that several zones share
 * (CST) is that of the owner's zone, if it is one there. The last zone is remembered.
 */
static bool
named_offset(RcsLoad *load, const RcDateTime *time, int32 *offset)
{
	char		text[RC_ZONE_MAX + 1];
	struct pg_tm tm = {.tm_year = time->year, .tm_mon = time->month, .tm_mday = time->day, .tm_hour = time->hour, .tm_min = time->minute, .tm_sec = time->second};

	memcpy(text, time->zone_name, time->zone_length);
	text[time->zone_length] = '\0';
	if (!strchr(text, '/'))
	{
		pg_time_t	about = timestamptz_to_time_t(((int64) rc_days(time) * SECS_PER_DAY + time->hour * 3600) * USECS_PER_SEC);
		long int	west;
		int			is_summer;

		if (!pg_interpret_timezone_abbrev(text, &about, &west, &is_summer, load->zone))
			return false;
		*offset = -DetermineTimeZoneAbbrevOffset(&tm, text, load->zone);
		return true;
	}
	if (strcmp(load->named_zone_text, text) != 0)
	{
		strlcpy(load->named_zone_text, text, sizeof(load->named_zone_text));
		load->named_zone = pg_tzset(text);
	}
	if (!load->named_zone)
		return false;
	*offset = -DetermineTimeZoneOffset(&tm, load->named_zone);
	return true;
}

bool
rcs_zones_known(RcsLoad *load, const RcRow *row, RcStatus *status)
{
	for (int f = 0; f < row->target->field_count; f++)
	{
		const RcValue *value = &row->values[f];
		int32		offset;

		if (!value->text || row->target->fields[f].type != RC_TYPE_TIME || !value->time.zone_name || named_offset(load, &value->time, &offset))
			continue;
		rc_status_reset(status);
		rc_fail(status, RC_BAD_VALUE, "\"%.*s\" is no time zone that the server knows", (int) value->time.zone_length, value->time.zone_name);
		rc_hint(status, "pg_timezone_names lists them; an abbreviation is that of the zone of the shop.");
		status->column = value->column;
		snprintf(status->field, sizeof(status->field), "%s", row->target->fields[f].name);
		return false;
	}
	return true;
}

/* The instant of a time of the file, and its day in the owner's zone. */
TimestampTz
rcs_make_instant(RcsLoad *load, const RcDateTime *time, int32 *day)
{
	int32		written = rc_days(time);
	TimestampTz instant = ((int64) written * SECS_PER_DAY + time->hour * 3600 + time->minute * 60 + time->second) * USECS_PER_SEC + time->microsecond;
	int32		offset = time->zone_seconds;
	int64		quarter;

	if (!time->has_zone)
	{
		*day = written;
		return instant - (int64) local_offset(load, time, written) * USECS_PER_SEC;
	}
	if (time->zone_name)
		named_offset(load, time, &offset);
	instant -= (int64) offset * USECS_PER_SEC;
	quarter = instant / (900 * USECS_PER_SEC);
	if (!load->utc_zone.whole_day || load->utc_zone.key != quarter)
	{
		struct pg_tm tm;
		fsec_t		fraction;
		int			zone;

		if (timestamp2tm(instant, &zone, &tm, &fraction, NULL, load->zone) != 0)
			zone = 0;
		load->utc_zone.key = quarter;
		load->utc_zone.offset = -zone;
		load->utc_zone.whole_day = true;
	}
	{
		int64		local = instant + (int64) load->utc_zone.offset * USECS_PER_SEC;

		*day = (int32) (local >= 0 ? local / USECS_PER_DAY : (local - (USECS_PER_DAY - 1)) / USECS_PER_DAY);
	}
	return instant;
}

/* Sets a column from a field of a row. */
void
rcs_put_field(RcsLoad *load, RcsRelation relation, const RcRow *row, int field, Datum *values, bool *nulls)
{
	int			column = load->columns[relation][field];
	const RcValue *value = &row->values[field];
	int32		day;

	if (column < 0)
		return;
	if (!value->text)
	{
		nulls[column] = true;
		return;
	}
	nulls[column] = false;
	switch (row->target->fields[field].type)
	{
		case RC_TYPE_TEXT:
		case RC_TYPE_ID:
		case RC_TYPE_WORD:
		case RC_TYPE_CURRENCY:
			values[column] = rcs_make_text(load, value->text, value->length);
			break;
		case RC_TYPE_AMOUNT:
		case RC_TYPE_NUMBER:
			values[column] = rcs_make_numeric(load, value->number);
			break;
		case RC_TYPE_DATE:
			values[column] = DateADTGetDatum(rc_days(&value->time));
			break;
		case RC_TYPE_TIME:
			values[column] = TimestampTzGetDatum(rcs_make_instant(load, &value->time, &day));
			break;
	}
}

/* A time without a clock is a day only, where the table allows that. */
void
rcs_put_row(RcsLoad *load, RcsRelation relation, const RcRow *row, Datum *values, bool *nulls)
{
	const RcTarget *target = row->target;

	memset(nulls, true, rcs_sink_column_count(load->sinks[relation]));
	load->scratch_used = 0;
	for (int f = 0; f < target->field_count; f++)
	{
		rcs_put_field(load, relation, row, f, values, nulls);
		if (target->fields[f].type == RC_TYPE_TIME && row->values[f].text && load->day_column[relation] >= 0)
		{
			int			column = load->columns[relation][f];
			int32		day;

			rcs_make_instant(load, &row->values[f].time, &day);
			values[load->day_column[relation]] = DateADTGetDatum(day);
			nulls[load->day_column[relation]] = false;
			if (column >= 0 && !row->values[f].time.has_time && rcs_sink_is_nullable(load->sinks[relation], column))
				nulls[column] = true;
		}
	}
	if (load->shop_column[relation] >= 0 && load->shop_id != 0)
	{
		values[load->shop_column[relation]] = Int32GetDatum(load->shop_id);
		nulls[load->shop_column[relation]] = false;
	}
	if (load->account_column[relation] >= 0 && load->account_id != 0)
	{
		values[load->account_column[relation]] = Int32GetDatum(load->account_id);
		nulls[load->account_column[relation]] = false;
	}
}

void
rcs_keep_raw(RcsSink *sink, RcsEntry *entry, const RcRecord *record)
{
	size_t		length = Min(record->raw_length, RCS_RAW_LIMIT + 4);
	char	   *copy = MemoryContextAlloc(rcs_sink_batch_context(sink), length + 1);

	memcpy(copy, record->raw, length);
	copy[length] = '\0';
	while (length < record->raw_length && length > 0 && ((unsigned char) record->raw[length] & 0xC0) == 0x80)
		length--;
	entry->raw = copy;
	entry->raw_length = (uint32) length;
}

/* Hash of texts the way rc_mapping_key makes keys; NULL data is an empty part. */
RcHash128
rcs_hash_parts(int64 scope, const RcField *parts, int count)
{
	StringInfoData text;
	char		prefix[8];
	RcHash128	key;

	initStringInfo(&text);
	rc_key_scope(scope, prefix);
	appendBinaryStringInfo(&text, prefix, 8);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoChar(&text, 0x1F);
		if (parts[i].data)
			appendBinaryStringInfo(&text, parts[i].data, (int) parts[i].length);
	}
	key = rc_hash128(text.data, text.len);
	pfree(text.data);
	return key;
}
