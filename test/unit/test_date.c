/*
 * test_date.c - dates by pattern: every shape files have, and nothing that is not in the calendar.
 */
#include "../../src/base/date.h"
#include "unit.h"

static const struct
{
	const char *pattern;
	const char *text;
	const char *expected;		/* as show() writes it; NULL: RC_BAD_VALUE */
}			cases[] = {
	{"iso", "2024-02-29", "2024-02-29"}, {NULL, "2024-02-29", "2024-02-29"}, {"iso", " 2024-01-05\t", "2024-01-05"},
	{"iso", "2024-01-05 08:09", "2024-01-05 08:09:00"}, {"iso", "2024-01-05T08:09:10", "2024-01-05 08:09:10"},
	{"iso", "2024-01-05 08:09:10.5", "2024-01-05 08:09:10.500000"}, {"iso", "2024-01-05T08:09:10.123456789Z", "2024-01-05 08:09:10.123456+0"},
	{"iso", "2024-01-05 08:09:10 UTC", "2024-01-05 08:09:10+0"}, {"iso", "2024-01-05T08:09:10+08:00", "2024-01-05 08:09:10+28800"},
	{"iso", "2024-01-05T08:09:10-0530", "2024-01-05 08:09:10-19800"}, {"iso", "2024-01-05 08:09:10+08", "2024-01-05 08:09:10+28800"},
	{"iso", "2024-01-05 08:09Z", "2024-01-05 08:09:00+0"}, {"iso", "0001-01-01", "0001-01-01"}, {"iso", "9999-12-31", "9999-12-31"},
	{"iso", "2000-02-29", "2000-02-29"},
	{"iso", "2023-02-29", NULL}, {"iso", "1900-02-29", NULL}, {"iso", "2024-02-30", NULL}, {"iso", "2024-04-31", NULL},
	{"iso", "0000-00-00", NULL}, {"iso", "0000-01-01", NULL}, {"iso", "2024-00-10", NULL}, {"iso", "2024-13-01", NULL},
	{"iso", "2024-01-00", NULL}, {"iso", "2024-01-32", NULL}, {"iso", "2024-01-05 24:00", NULL}, {"iso", "2024-01-05 23:60", NULL},
	{"iso", "2024-01-05 23:59:60", NULL}, {"iso", "now", NULL}, {"iso", "today", NULL}, {"iso", "infinity", NULL}, {"iso", "", NULL},
	{"iso", "  ", NULL}, {"iso", "Pending", NULL}, {"iso", "01/02/2024", NULL}, {"iso", "2024/01/02", NULL}, {"iso", "20240102", NULL},
	{"iso", "5874898-01-01", NULL}, {"iso", "2024-1-2", NULL}, {"iso", "2024-01-05x", NULL}, {"iso", "2024-01-05 ", "2024-01-05"},
	{"iso", "2024-01-05 08", NULL}, {"iso", "2024-01-05 08:09:1", NULL}, {"iso", "2024-01-05 08:09:10.", NULL},
	{"iso", "2024-01-05T08:09:10+", NULL}, {"iso", "2024-01-05T08:09:10+99:00", NULL}, {"iso", "2024-01-05T08:09:10 CST", NULL},
	{"iso", "45351", NULL}, {"iso", "-024-01-05", NULL},
	{"YYYY-MM-DD", "2024-01-05", "2024-01-05"}, {"YYYY/M/D", "2024/1/5", "2024-01-05"}, {"YYYY/M/D", "2024/11/25", "2024-11-25"},
	{"YYYYMMDD", "20240105", "2024-01-05"}, {"YYMMDD", "240105", "2024-01-05"}, {"YYMMDD", "990105", "1999-01-05"},
	{"DD/MM/YYYY", "01/02/2024", "2024-02-01"}, {"MM/DD/YYYY", "01/02/2024", "2024-01-02"}, {"MM/DD/YYYY", "31/12/2024", NULL},
	{"DD.MM.YYYY", "19.09.2017", "2017-09-19"}, {"DD.MM.YYYY", "19.9.2017", NULL}, {"D.M.YY", "1.9.17", "2017-09-01"},
	{"DD MON YYYY", "05 Jan 2024", "2024-01-05"}, {"DD-MON-YY", "05-SEP-24", "2024-09-05"}, {"D MON YYYY", "5 Sept 2024", "2024-09-05"},
	{"MON D, YYYY HH:MI:SS AM", "Jan 5, 2024 12:01:00 AM", "2024-01-05 00:01:00"},
	{"MON D, YYYY H:MI:SS AM Z", "Jan 5, 2024 1:01:00 PM PST", "2024-01-05 13:01:00-28800"},
	{"MON D, YYYY HH:MI:SS PM", "Jan 5, 2024 13:01:00 PM", NULL}, {"Month D, YYYY", "February 5, 2024", "2024-02-05"},
	{"Month D, YYYY", "Feb 5, 2024", NULL}, {"DD MON YYYY", "05 Foo 2024", NULL},
	{"YYYY\xE5\xB9\xB4MM\xE6\x9C\x88" "DD\xE6\x97\xA5", "2024\xE5\xB9\xB4" "01\xE6\x9C\x88" "05\xE6\x97\xA5", "2024-01-05"},
	{"YYYY-MM-DD HH:MI:SS", "2024-01-05   08:09:10", "2024-01-05 08:09:10"}, {"YYYY-MM-DD HH:MI:SS", "2024-01-05", NULL},
	{"DD.MM.YYYY HH:MI:SS Z", "05.01.2024 08:09:10 UTC", "2024-01-05 08:09:10+0"},
	{"YYYY-MM-DD\"T\"HH:MI:SS.USZ", "2024-01-05T08:09:10.25GMT+8", "2024-01-05 08:09:10.250000+28800"},
	{"DD/MM/YYYY", "30/02/2024", NULL}, {"DD/MM/YYYY", "01/02/2024x", NULL}, {"DD/MM/YYYY", "01/02/24", NULL},
	{"YYYY-MM-DD HH:MI", "2024-01-05 24:00", NULL}, {"MM/DD", "01/05", NULL},
};

static const char *
show(const RcDateTime *value, char *buffer, size_t size)
{
	size_t		used = (size_t) snprintf(buffer, size, "%04d-%02d-%02d", value->year, value->month, value->day);

	if (value->has_time)
		used += (size_t) snprintf(buffer + used, size - used, " %02d:%02d:%02d", value->hour, value->minute, value->second);
	if (value->microsecond)
		used += (size_t) snprintf(buffer + used, size - used, ".%06d", value->microsecond);
	if (value->has_zone)
		snprintf(buffer + used, size - used, "%+d", value->zone_seconds);
	return buffer;
}

int
main(void)
{
	RcStatus	status;
	RcDateTime	value;
	int32_t		days = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;
		char		buffer[96];
		RcCode		code;

		rc_status_reset(&status);
		code = rc_parse_datetime(cases[i].text, strlen(cases[i].text), cases[i].pattern, &value, &status);
		CHECK_INT(code, cases[i].expected ? RC_OK : RC_BAD_VALUE);
		if (code == RC_OK && cases[i].expected)
			CHECK_TEXT(show(&value, buffer, sizeof(buffer)), strlen(buffer), cases[i].expected);
		if (code != RC_OK)
			CHECK(status.message[0] != '\0');
		UNIT_NOTE(before, "\"%s\" by \"%s\": %s", cases[i].text, cases[i].pattern ? cases[i].pattern : "", status.message);
	}

	/* days: known ones, then every day of four centuries follows the one before */
	CHECK_INT(rc_days(&(RcDateTime) {.year = 2000, .month = 1, .day = 1}), 0);
	CHECK_INT(rc_days(&(RcDateTime) {.year = 1970, .month = 1, .day = 1}), -10957);
	CHECK_INT(rc_days(&(RcDateTime) {.year = 2024, .month = 2, .day = 29}), 8825);
	CHECK_INT(rc_days(&(RcDateTime) {.year = 1, .month = 1, .day = 1}), -730119);
	CHECK_INT(rc_days(&(RcDateTime) {.year = 9999, .month = 12, .day = 31}), 2921939);
	days = rc_days(&(RcDateTime) {.year = 1799, .month = 12, .day = 31});
	for (int year = 1800; year < 2200; year++)
	{
		for (int month = 1; month <= 12; month++)
		{
			for (int day = 1; day <= 31; day++)
			{
				char		text[40];

				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
				if (rc_parse_datetime(text, 10, "iso", &value, &status) == RC_OK && rc_days(&value) != ++days)
					CHECK(false);
			}
		}
	}
	CHECK_INT(days, rc_days(&(RcDateTime) {.year = 2199, .month = 12, .day = 31}));
	return unit_done();
}
