/*
 * test_mapping.c - formats applied to records: place of the table, rows of several lines, conditions, templates, control totals, and memory that ends.
 */
#include "reading.h"
#include "mapped.h"

static const char head[] = "#bill of account: 42\nsome words\ntime,order,number,type,gross,fee\n";
static const char rows[] = "2026-06-05 10:00:00,=\"O1\",N1\t,pay,10.00,0.06\n05.06.2026,`O2,N2,pay,\"1,000.00\",0.00\n2026-06-06,O1,N1,back,4.00,-0.02\n";
static const char tail[] = "#the end\n#total 3 rows, 1014.00\n";

static void
check_file(const char *name, const char *a, const char *b, const char *c, RcCode expected, uint64_t line, const char *result)
{
	static char file[4096];
	unsigned long before = unit_failed;
	RcFormat   *format = mapped_bill(&rc_malloc_allocator);
	size_t		length = (size_t) snprintf(file, sizeof(file), "%s%s%s", a, b, c);

	CHECK(format != NULL);
	/* However the input is cut, the rows are the same. */
	for (size_t step = 0; step < 8 && format; step++)
	{
		MemoryFile	memory;
		RcInput		input = memory_input(&memory, file, length);
		RcBuffer	text;
		RcStatus	status;

		memory.step = step;
		rc_buffer_init(&text, &rc_malloc_allocator);
		CHECK_INT(mapped_read(format, &input, &rc_malloc_allocator, &text, &status), expected);
		if (line)
			CHECK_INT(status.line, line);
		if (result)
			CHECK_TEXT(text.data ? text.data : "", text.length, result);
		rc_buffer_free(&text);
	}
	rc_format_free(format);
	UNIT_NOTE(before, "%s", name);
}

static void
check_text(void)
{
	static const struct
	{
		const char *given,
				   *normal;
	}			names[] = {
		{"N\xC3\xBAmero_de-\xC3\x9C" "berweisung", "numero de uberweisung"}, {"Stra\xC3\x9F" "e \xC3\x97 \xC3\xA6", "strase \xC3\x97 \xC3\xA6"},
		{"Order_No", "order no"}, {"  order - NO. ", "order no"}, {"订单金额（元）", "订单金额(元)"}, {"订单金额(元)", "订单金额(元)"},
		{"\"Quoted\"", "quoted"}, {"Ａｂ１", "ab1"}, {"\xEF\xBB\xBF" "date", "date"}, {"a\xE3\x80\x80" "b", "a b"}, {"---", ""}
	};
	static const struct
	{
		const char *pattern,
				   *text;
		bool		matches;
	}			globs[] = {
		{"*", "", true}, {"a*", "abc", true}, {"*c", "abc", true}, {"a*c*", "abcd", true}, {"a", "ab", false}, {"", "", true}, {"", "a", false},
		{"*a*b", "aab", true}, {"Order/*/Principal", "Order/ItemPrice/Principal", true}
	};
	static const struct
	{
		const char *given,
				   *trimmed;
	}			cells[] = {
		{" a\t", "a"}, {"=\"012\"", "012"}, {"'12", "12"}, {"`12", "12"}, {"\xC2\xA0x\xE3\x80\x80", "x"}, {"=\"\"", ""}, {"=", "="}, {"", ""}
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		char		buffer[100];

		CHECK_TEXT(buffer, rc_normalise_name(names[i].given, strlen(names[i].given), buffer), names[i].normal);
	}
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		CHECK(rc_glob((RcField) {globs[i].pattern, (uint32_t) strlen(globs[i].pattern)}, (RcField) {globs[i].text, (uint32_t) strlen(globs[i].text)}) == globs[i].matches);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
	{
		RcField		cell = rc_trim_cell((RcField) {cells[i].given, (uint32_t) strlen(cells[i].given)}, true);

		CHECK_TEXT(cell.data, cell.length, cells[i].trimmed);
	}
	CHECK_INT(rc_trim_cell((RcField) {"'tis", 4}, false).length, 4);
}

static void
check_regex(void)
{
	static const struct
	{
		const char *pattern;
		bool		good;
	}			patterns[] = {{"a(b)", true}, {"(a", false}, {"(a)\\1", false}, {"a{200}", true}, {"(a{200}){200}", false}, {"a{99999999999}", false}, {"\\{1", true}, {"a++", false}, {"a*?", false},
	{"[+*]+", true}, {"[[:digit:]]+x", true}, {"[]+]*", true}, {"((((a+)+)+)+)+", true}, {"(((((a+)+)+)+)+)+", false}, {"([0-9]{4})-([0-9]{2})", true}};
	RcFormat   *format = rc_format_create(&rc_malloc_allocator, "f", &rc_target_order);

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
	{
		RcStatus	status;

		rc_status_reset(&status);
		CHECK((rc_format_regex(format, patterns[i].pattern, &status) != NULL) == patterns[i].good);
		CHECK_INT(status.code, patterns[i].good ? RC_OK : RC_BAD_VALUE);
	}
	rc_format_free(format);
}

/* A format of sale and fee with a check: against the lines, or against columns where parts is true. */
static RcFormat *
checked(bool parts, RcDecimal tolerance)
{
	static const char *const iso[] = {"iso"};
	RcFormat   *format = rc_format_create(&rc_malloc_allocator, "checked", &rc_target_settlement_line);
	RcStatus	status;
	RcCheck    *check;
	bool		good;

	rc_status_reset(&status);
	good = mapped_from(format, &format->fields[RC_LINE_POSTED_AT], "time") && mapped_from(format, &format->fields[RC_LINE_ORDER_NO], "order");
	format->fields[RC_LINE_POSTED_AT].patterns = iso;
	format->fields[RC_LINE_POSTED_AT].pattern_count = 1;
	format->lines = rc_format_allocate(format, sizeof(RcLine) * 2);
	for (int l = 0; l < 2; l++)
	{
		RcLine	   *line = &format->lines[l];

		line->target = format->target;
		line->fields = rc_format_allocate(format, sizeof(RcExpression) * (size_t) format->target->field_count);
		line->given = rc_format_allocate(format, sizeof(bool) * (size_t) format->target->field_count);
		good = good && mapped_from(format, &line->fields[RC_LINE_AMOUNT], l == 0 ? "gross" : "fee");
		line->given[RC_LINE_KIND] = line->given[RC_LINE_AMOUNT] = true;
		line->fields[RC_LINE_KIND].fallback = l == 0 ? (RcField) {"sale", 4} : (RcField) {"service_fee", 11};
		line->fields[RC_LINE_AMOUNT].sign = l == 0 ? RC_SIGN_KEEP : RC_SIGN_REVERSE;
		line->fields[RC_LINE_AMOUNT].exact = l == 1;
	}
	format->line_count = 2;
	check = format->checks = rc_format_allocate(format, sizeof(RcCheck));
	format->check_count = 1;
	good = good && mapped_from(format, &check->equals, "net");
	check->tolerance = tolerance;
	if (parts)
	{
		int		   *minus = rc_format_allocate(format, sizeof(int));

		check->has_sum = true;
		good = good && mapped_from(format, &check->sum, "gross");
		minus[0] = mapped_column(format, "tax");
		check->sum.minus = minus;
		check->sum.minus_count = 1;
	}
	CHECK(good && rc_format_finish(format, &status) == RC_OK);
	return format;
}

/* Rows that contradict themselves: what is made of them, and what is told. */
static void
check_arithmetic(void)
{
	static const char file[] = "time,order,gross,fee,tax,net\n2026-06-05,O1,10.00,1.00,1.00,9.00\n2026-06-05,O2,10.00,1.00,1.00,8.50\n2026-06-05,O3,10.00,0.003,0.00,10.00\n"
		"2026-06-05,O4,10.00,1.00,2.00,9.00\n2026-06-05,O5,10.00,1.00,1.00,\n2026-06-05,O6,10.00,1.00,1.00,n/a\n";
	static const struct
	{
		bool		parts;
		RcDecimal	tolerance;
		const char *rows,
				   *told;		/* differences: stated less parts */
	}			cases[] = {
		{false, {0, 0}, "2 sale 10 - O1 -\n2 service_fee -1 - O1 -\n3 sale 10 - O2 -\n3 service_fee -1 - O2 -\n3 adjustment -0.5 - O2 -\n"
		 "4 sale 10 - O3 -\n4 service_fee -0.003 - O3 -\n4 adjustment 0.003 - O3 -\n5 sale 10 - O4 -\n5 service_fee -1 - O4 -\n6 sale 10 - O5 -\n6 service_fee -1 - O5 -\n7 !10 6\n",
		 "3 -50/2;4 3/3;"},
		/* within the tolerance it is rounding */
		{false, {1, 2}, NULL, "3 -50/2;"},
		/* the lines fit the net of O4, its parts do not: nothing is added */
		{true, {0, 0}, NULL, "3 -50/2;5 100/2;"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;
		RcFormat   *format = checked(cases[i].parts, cases[i].tolerance);
		RcReaderOptions options = {.container = "csv", .quote = '"', .delimiter = ',', .encoding = "UTF8"};
		MemoryFile	memory;
		RcInput		input = memory_input(&memory, file, sizeof(file) - 1);
		RcBuffer	text;
		RcStatus	status;
		RcReader   *reader;
		RcMapping  *mapping;
		RcRecord	record;
		char		told[200] = "";

		if (cases[i].rows)
		{
			rc_buffer_init(&text, &rc_malloc_allocator);
			CHECK_INT(mapped_read(format, &input, &rc_malloc_allocator, &text, &status), RC_END);
			CHECK_TEXT(text.data, text.length, cases[i].rows);
			rc_buffer_free(&text);
			input = memory_input(&memory, file, sizeof(file) - 1);
		}
		rc_status_reset(&status);
		CHECK_INT(rc_reader_open(&reader, &input, &options, &rc_malloc_allocator, &status), RC_OK);
		CHECK_INT(rc_mapping_create(&mapping, format, &rc_malloc_allocator, &status), RC_OK);
		CHECK_INT(rc_mapping_set_currency(mapping, "EUR", &status), RC_OK);
		while (rc_reader_next(reader, &record, &status) == RC_OK)
		{
			RcDecimal	difference;
			RcTaken		taken = rc_mapping_take(mapping, &record, &status);

			if (taken == RC_TAKEN_ROWS && rc_mapping_arithmetic(mapping, &difference))
				snprintf(told + strlen(told), sizeof(told) - strlen(told), "%d %lld/%d;", (int) record.line, (long long) difference.digits, (int) difference.scale);
			/* The same record again makes the same of it. */
			if (taken == RC_TAKEN_ROWS)
			{
				int			rows = rc_mapping_row_count(mapping);

				CHECK_INT(rc_mapping_retake(mapping, &record, &status), RC_TAKEN_ROWS);
				CHECK_INT(rc_mapping_row_count(mapping), rows);
			}
			rc_status_reset(&status);
		}
		CHECK_TEXT(told, strlen(told), cases[i].told);
		rc_mapping_free(mapping);
		rc_reader_close(reader);
		rc_format_free(format);
		UNIT_NOTE(before, "case %zu", i);
	}
}

int
main(void)
{
	char		file[2048];
	size_t		length = (size_t) snprintf(file, sizeof(file), "%s%s%s", head, rows, tail);

	check_text();
	check_regex();
	check_arithmetic();
	check_file("right", head, rows, tail, RC_END, 0,
			   "4 sale 10 42/20260605 O1 N1\n4 service_fee -0.06 42/20260605 O1 N1\n5 sale 1000 42/20260605 O2 N2\n"
			   "6 refund -4 42/20260606 O1 N1\n6 service_fee 0.02 42/20260606 O1 N1\n");
	check_file("nets", "#account: 42\ntime,order,number,type,gross,fee,net\n", "2026-06-05,O1,N1,pay,10.00,0.06,9.94\n2026-06-05,O2,N2,pay,10.00,0.06,9.00\n",
			   "#the end\n#total 2 rows, 20.00\n", RC_END, 0, "3 sale 10 42/20260605 O1 N1\n3 service_fee -0.06 42/20260605 O1 N1\n4 sale 10 42/20260605 O2 N2\n"
			   "4 service_fee -0.06 42/20260605 O2 N2\n4 adjustment -0.94 42/20260605 O2 N2\n");
	check_file("no header", "", rows, tail, RC_MISSING_COLUMN, 0, "");
	check_file("missing column", "time,order,number,type,gross\n", rows, tail, RC_MISSING_COLUMN, 1, "");
	check_file("column twice", "time,order,number,type,gross,fee,Fee\n", rows, tail, RC_MISSING_COLUMN, 1, "");
	check_file("cut before the end", head, rows, "", RC_BAD_STRUCTURE, 0, NULL);
	check_file("cut before the totals", head, rows, "#the end\n", RC_BAD_STRUCTURE, 0, NULL);
	check_file("rows after the end", head, rows, "#the end\n2026-06-05,O1,N1,pay,10.00,0.06\n", RC_BAD_STRUCTURE, 8, NULL);
	check_file("wrong count", head, rows, "#the end\n#total 4 rows, 1014.00\n", RC_CONTROL_TOTAL, 8, NULL);
	check_file("wrong sum", head, rows, "#the end\n#total 3 rows, 1014.01\n", RC_CONTROL_TOTAL, 8, NULL);
	check_file("huge count", head, rows, "#the end\n#total 99999999999999999999 rows, 1\n", RC_CONTROL_TOTAL, 8, NULL);
	check_file("no rows", head, "", "#the end\n#total 0 rows, 0\n", RC_END, 0, "");
	check_file("bad rows", head, "2026-06-31,O,N,pay,1.00,0\n2026-06-05,1.2E+17,N,pay,1.00,0\n2026-06-05,O,N,pay,1.001,0\n2026-06-05,O,N,gift,1.00,0\n"
			   "2026-06-05,O,N,pay\n2026-06-05,O,N,pay,1.00,0,more\n,O,N,pay,1.00,0\n\n ,,,,,\n2026-06-05,O,N,pay,0.00,0.00\n", "#the end\n#total 8 rows, 6.001\n", RC_END, 0,
			   "4 !10 1\n5 !10 2\n6 !10 5\n7 service_fee 0 42/20260605 O N\n8 !7 5\n9 !7 7\n10 !9 1\n13 sale 0 42/20260605 O N\n");
	/* No memory at any point: RC_NO_MEMORY or all is well, and everything is given back. */
	for (long left = 0; left < 400; left++)
	{
		ScarceMemory memory;
		RcAllocator allocator = scarce_allocator(&memory, left);
		RcFormat   *format = mapped_bill(&allocator);
		RcStatus	status;

		if (format)
		{
			MemoryFile	source;
			RcInput		input = memory_input(&source, file, length);
			RcCode		code = mapped_read(format, &input, &allocator, NULL, &status);

			CHECK(code == RC_NO_MEMORY || code == RC_END);
			rc_format_free(format);
		}
		CHECK_INT(memory.held, 0);
	}
	return unit_done();
}
