/*
 * test_detect.c - which format a file is of: the header anywhere near the top, columns in any order, more columns than known, near ties.
 */
#include "reading.h"
#include "mapped.h"
#include "../../src/read/detect.h"

/* Records of a text: lines split at commas. */
static int
split(char *text, RcRecord *records, RcField *fields)
{
	int			count = 0;

	for (char *line = text; line && *line && count < RC_DETECT_RECORDS;)
	{
		char	   *end = strchr(line, '\n');
		RcRecord   *record = &records[count];

		if (end)
			*end = '\0';
		*record = (RcRecord) {.fields = fields, .line = (uint64_t) ++count, .raw = line, .raw_length = strlen(line)};
		for (char *cell = line; cell;)
		{
			char	   *comma = strchr(cell, ',');

			*fields++ = (RcField) {cell, comma ? (uint32_t) (comma - cell) : (uint32_t) strlen(cell)};
			record->field_count++;
			cell = comma ? comma + 1 : NULL;
		}
		line = end ? end + 1 : NULL;
	}
	return count;
}

static RcCandidate
judge(const char *text)
{
	static char copy[4096];
	static RcRecord records[RC_DETECT_RECORDS];
	static RcField fields[4096];
	RcFormat   *format = mapped_bill(&rc_malloc_allocator);
	RcCandidate candidate;
	RcStatus	status;

	rc_status_reset(&status);
	snprintf(copy, sizeof(copy), "%s", text);
	CHECK_INT(rc_detect(format, "csv", records, split(copy, records, fields), &rc_malloc_allocator, &candidate, &status), RC_OK);
	rc_format_free(format);
	return candidate;
}

int
main(void)
{
	RcCandidate a = judge("words\nmore words\n#account: 1\ntime,order,number,type,gross,fee\n2026-01-01,O,N,pay,1.00,0\n");
	RcCandidate shuffled = judge("fee,gross,TYPE,Number,order,time\n0,1.00,pay,N,O,2026-01-01\n");
	RcCandidate extra = judge("time,order,number,type,gross,fee,x,y,z\n2026-01-01,O,N,pay,1.00,0,,,\n");
	RcCandidate unreadable = judge("time,order,number,type,gross,fee\n01/02/2026,O,N,pay,1.00,0\n");
	RcCandidate missing = judge("time,order,number,type,gross\n2026-01-01,O,N,pay,1.00\n");
	RcCandidate twice = judge("time,order,number,type,gross,fee,fee\n");
	RcCandidate other = judge("a,b,c\n1,2,3\n");
	RcCandidate list[3];
	bool		ambiguous;

	CHECK_INT(a.header_line, 4);
	CHECK_INT(a.rows_good, 1);
	CHECK(a.confidence > 90 && shuffled.confidence == a.confidence);
	CHECK(extra.confidence < a.confidence && extra.confidence > 60);
	CHECK(unreadable.confidence < a.confidence && unreadable.rows_bad == 1);
	CHECK(missing.confidence <= 30 && missing.missing >= 0 && strstr(missing.reason, "fee"));
	CHECK(twice.confidence <= 30 && strstr(twice.reason, "twice"));
	CHECK_INT(other.confidence, 0);

	list[0] = other;
	list[1] = a;
	list[2] = missing;
	CHECK_INT(rc_detect_choose(list, 3, &ambiguous), 1);
	CHECK(!ambiguous);
	list[2] = shuffled;
	CHECK_INT(rc_detect_choose(list, 3, &ambiguous), -1);
	CHECK(ambiguous);
	list[1] = list[2] = missing;
	CHECK_INT(rc_detect_choose(list, 3, &ambiguous), -1);
	CHECK(!ambiguous);
	CHECK_INT(rc_detect_choose(list, 0, &ambiguous), -1);
	return unit_done();
}
