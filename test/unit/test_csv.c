/*
 * test_csv.c - delimited text: dialects, places of errors, limits; nothing depends on how input is cut or on where memory ends.
 */
#include "../../src/read/csv.h"
#include "reading.h"

static RcBuffer result;

static const RcReaderOptions quoted = {.quote = '"'};
static const RcReaderOptions unquoted = {.quote = 0, .delimiter = '\t'};
static const RcReaderOptions gbk = {.quote = '"', .encoding = "GBK"};
static const RcReaderOptions utf8 = {.quote = '"', .encoding = "UTF8"};
static const RcReaderOptions csw = {.container = "csw"};
static const RcReaderOptions fallback = {.quote = '"', .delimiter = ',', .fallback_encoding = "GB18030"};
static const RcReaderOptions comma = {.quote = '"', .delimiter = ','};

static RcCode
read_text(const char *text, size_t length, size_t cut, size_t step, const RcReaderOptions *options, RcStatus *status)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, length);

	file.cut = cut;
	file.step = step;
	rc_buffer_clear(&result);
	return read_whole(&input, options, &rc_malloc_allocator, &result, status);
}

static void
test_dialects(void)
{
	static const struct
	{
		const RcReaderOptions *options;
		const char *text;
		const char *expected;
	}			cases[] = {
		{&quoted, "", ""},
		{&quoted, "\n\r\n\r", ""},
		{&quoted, "\xEF\xBB\xBF", ""},
		{&quoted, "a,b\n1,2\n", "1:a|b\n2:1|2\n"},
		{&quoted, "a,b\n1,2", "1:a|b\n2:1|2\n"},
		{&quoted, "a,b\r\n1,2\n3,4\r5,6\r\n", "1:a|b\n2:1|2\n3:3|4\n4:5|6\n"},
		{&quoted, "a,b\r\r\n\n1,2\r", "1:a|b\n4:1|2\n"},
		{&quoted, "a\n", "1:a\n"},
		{&quoted, "a", "1:a\n"},
		{&comma, ",", "1:|\n"},
		{&comma, ",\n,,\n", "1:|\n2:||\n"},
		{&comma, " a , b\t\n", "1: a | b\t\n"},
		{&comma, " \n", "1: \n"},
		{&comma, "\\.\na,\\.\n", "1:\\.\n2:a|\\.\n"},
		{&comma, "\"a\",\"b\"\n", "1:a|b\n"},
		{&comma, "\"a\",\"b\"", "1:a|b\n"},
		{&comma, "\"\"", "1:\n"},
		{&comma, "\"\",\"\"\n\"\"\r\n", "1:|\n2:\n"},
		{&comma, "\"a,b\",c\n", "1:a,b|c\n"},
		/* quotes in pairs behind a word are text */
		{&comma, "x\"1\"y,\"2\"\nz\"\",3\n", "1:x\"1\"y|2\n2:z\"\"|3\n"},
		{&comma, "4, x \"5\"", "1:4| x \"5\"\n"},
		{&comma, "\"say \"\"hi\"\"\",\"\"\"\"\n", "1:say \"hi\"|\"\n"},
		{&comma, "\"a\nb\",c\nd,e\n", "1:a\nb|c\n3:d|e\n"},
		{&comma, "\"a\r\nb\rc\",d\r\ne,f\r\n", "1:a\r\nb\rc|d\n4:e|f\n"},
		{&comma, "x,\"\n\n\n\",y\nz", "1:x|\n\n\n|y\n5:z\n"},
		{&comma, "\" a \", b \n", "1: a | b \n"},
		{&comma, "\"123\"\t,\"4\" ,5\n\"6\"\t\n\"7\" ", "1:123|4|5\n2:6\n3:7\n"},
		{&comma, "\" ,\",\" \"\n", "1: ,| \n"},
		{&comma, "\"\xE4\xB8\xAD\",\xE6\x96\x87\n", "1:\xE4\xB8\xAD|\xE6\x96\x87\n"},
		{&comma, "a,b,c\n1\n1,2,3,4\n", "1:a|b|c\n2:1\n3:1|2|3|4\n"},
		{&comma, "a;b\n", "1:a;b\n"},
		{&quoted, "a;b\n1;2\n", "1:a|b\n2:1|2\n"},
		{&quoted, "a\tb\n5\" disk\t2\n", "1:a|b\n2:5\" disk|2\n"},
		{&quoted, "a\tb\n\"x\ty\"\t2\n", "1:a|b\n2:x\ty|2\n"},
		{&unquoted, "a\tb\n\"x\t2\"\n", "1:a|b\n2:\"x|2\"\n"},
		{&comma, "a,b\nopen \"it\" or \"not\",\"x\"\n", "1:a|b\n2:open \"it\" or \"not\"|x\n"},
		{&comma, "a,b\n\"1\",say \"x\"", "1:a|b\n2:1|say \"x\"\n"},
		{&quoted, "a|b|c\n1|2|3\n", "1:a|b|c\n2:1|2|3\n"},
		{&quoted, "#note\n#until,now\na,b,c\n1,2,3\n4,5,6\n#end\n", "1:#note\n2:#until|now\n3:a|b|c\n4:1|2|3\n5:4|5|6\n6:#end\n"},
		/* a BOM within the file is data */
		{&comma, "a,b\n\xEF\xBB\xBF" "c,d\n", "1:a|b\n2:\xEF\xBB\xBF" "c|d\n"},
		/* long enough for the vector code */
		{&comma, "0123456789abcdef,0123456789abcdef0,1\r\n0123456789abcde,\"0123456789abcdef\",\n",
		"1:0123456789abcdef|0123456789abcdef0|1\n2:0123456789abcde|0123456789abcdef|\n"},
	};
	RcStatus	status;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		size_t		length = strlen(cases[i].text);

		for (size_t cut = 0; cut <= length + 1; cut++)
		{
			unsigned long before = unit_failed;

			CHECK_INT(read_text(cases[i].text, length, cut, cut > length ? 1 : 0, cases[i].options, &status), RC_END);
			CHECK_TEXT(result.data ? result.data : "", result.length, cases[i].expected);
			UNIT_NOTE(before, "\"%s\" cut %zu: %s", cases[i].text, cut, status.message);
		}
	}
}

static void
test_errors(void)
{
#define BROKEN_GBK "a,b\n\xD6\xA7\xB8\xB6\xB1\xA6,\"\"\"\xBD\xBB\xD2\xD7\"\n1,2,\xD6\xA7\xD6,3\n"
	static const struct
	{
		const char *what;
		const RcReaderOptions *options;
		const char *text;
		size_t		length;		/* 0: strlen */
		RcCode		code;
		uint64_t	line;
		uint32_t	column;
		uint64_t	byte;
		const char *expected;	/* records before it */
	}			cases[] = {
		{"lone quote", &comma, "a,b\n1,2\"3\n4,5\n", 0, RC_BAD_STRUCTURE, 2, 2, 7, "1:a|b\n"},
		{"lone quote after a BOM", &comma, "\xEF\xBB\xBF" "a,b\n1,2\"3\n", 0, RC_BAD_STRUCTURE, 2, 2, 10, "1:a|b\n"},
		{"three quotes", &comma, "a,b\n1,2\"3\"4\"\n", 0, RC_BAD_STRUCTURE, 2, 2, 7, "1:a|b\n"},
		{"paired over a delimiter", &comma, "a,b\n1\"2,3\"\n", 0, RC_BAD_STRUCTURE, 2, 1, 5, "1:a|b\n"},
		{"a pair of quotes around a delimiter", &comma, "a,b\nx\"1,2\"y\n", 0, RC_BAD_STRUCTURE, 2, 1, 5, "1:a|b\n"},
		{"three quotes", &comma, "a,b\nx\"1\"2\"y,3\n", 0, RC_BAD_STRUCTURE, 2, 1, 5, "1:a|b\n"},
		{"blank before a quote", &comma, "a, \"b\"\n", 0, RC_BAD_STRUCTURE, 1, 2, 3, ""},
		{"junk after a closing quote", &comma, "a,b,c\n\n1,2,\"x\"y\n", 0, RC_BAD_STRUCTURE, 3, 3, 14, "1:a|b|c\n"},
		{"junk after padding", &comma, "\"x\" y,1\n", 0, RC_BAD_STRUCTURE, 1, 1, 3, ""},
		{"junk on a later line", &comma, "a,\"b\nc\"d\n", 0, RC_BAD_STRUCTURE, 2, 2, 7, ""},
		{"quote that is not closed", &comma, "a,b\n1,\"2\n3,4\n", 0, RC_BAD_STRUCTURE, 2, 2, 13, "1:a|b\n"},
		{"quote that is not closed, no line end", &comma, "a,b\n1,\"2", 0, RC_BAD_STRUCTURE, 2, 2, 8, "1:a|b\n"},
		{"quote opened on a later line", &comma, "\"x\ny\",\"z\n", 0, RC_BAD_STRUCTURE, 2, 2, 9, ""},
		{"lone quote at the end", &comma, "a\n\"", 0, RC_BAD_STRUCTURE, 2, 1, 3, "1:a\n"},
		{"NUL byte", &comma, "a,b\n1,2\n3,\0004\n", 13, RC_BAD_ENCODING, 3, 2, 10, "1:a|b\n2:1|2\n"},
		{"NUL byte in a quoted field of two lines", &comma, "a\n\"b\r\nc\0\"\n", 10, RC_BAD_ENCODING, 3, 1, 7, "1:a\n"},
		{"overlong", &comma, "a,b\n\xC0\x80,2\n", 0, RC_BAD_ENCODING, 2, 0, 4, ""},
		{"surrogate", &comma, "a\nb\n\xED\xA0\x80\n", 0, RC_BAD_ENCODING, 3, 0, 4, ""},
		{"above U+10FFFF", &comma, "\xF4\x90\x80\x80\n", 0, RC_BAD_ENCODING, 1, 0, 0, ""},
		{"truncated last row", &comma, "a,b\n1,\xE4\xB8", 0, RC_BAD_ENCODING, 2, 0, 6, ""},
		{"GBK FF", &gbk, "a,b\r\n\xD6\xD0,\xFF\n", 0, RC_BAD_ENCODING, 2, 2, 8, "1:a|b\n"},
		{"GB18030 cut", &gbk, "a\nb,\x94\x39", 0, RC_BAD_ENCODING, 2, 2, 4, "1:a\n"},
		{"GBK declared as UTF-8", &utf8, "a\nb\n\xD6\xD0", 0, RC_BAD_ENCODING, 3, 1, 4,
		"1:a\n2:b\n"},
		{"odd UTF-16", &comma, "\xFF\xFE" "a\0\n\0b\0\n", 9, RC_BAD_ENCODING, 2, 1, 8, "1:a\n"},
		{"GBK broken on a later line", &fallback, BROKEN_GBK, 0, RC_BAD_ENCODING, 3, 3, 26, "1:a|b\n2:\xE6\x94\xAF\xE4\xBB\x98\xE5\xAE\x9D|\"\xE4\xBA\xA4\xE6\x98\x93\n"},
		{"the same in a quoted field of two lines", &fallback, "\xD6\xA7\xB8\xB6\xB1\xA6,b\n1,\"x,\n\xBD\xBB\xFF\"\n", 0, RC_BAD_ENCODING, 3, 2, 17,
		"1:\xE6\x94\xAF\xE4\xBB\x98\xE5\xAE\x9D|b\n"},
		{"broken UTF-8 stays UTF-8", &fallback, "\xE4\xBA\xA4\xE6\x98\x93\n\xE4\xBA\xA4\xE6\x98,\xE6\x98\x93\n", 0, RC_BAD_ENCODING, 2, 0, 10, ""},
		{"PDF", &comma, "%PDF-1.4\n", 0, RC_UNKNOWN_FORMAT, 0, 0, 0, ""},
		{"ZIP that is none", &comma, "PK\003\004zip", 0, RC_BAD_STRUCTURE, 0, 0, UINT64_MAX, ""},
		{"binary", &comma, "\1\2\3\0\5\6\7\0\1\2\3\0\5\6\7\0abc", 19, RC_UNKNOWN_FORMAT, 0, 0, 0, ""},
		{"unknown container", &csw, "a\n", 0, RC_UNKNOWN_FORMAT, 0, 0, UINT64_MAX, ""},
	};
	RcStatus	status;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		size_t		length = cases[i].length ? cases[i].length : strlen(cases[i].text);

		for (size_t cut = 0; cut <= length + 1; cut++)
		{
			unsigned long before = unit_failed;

			CHECK_INT(read_text(cases[i].text, length, cut, cut > length ? 1 : 0, cases[i].options, &status), cases[i].code);
			CHECK_INT(status.code, cases[i].code);
			CHECK_INT(status.line, cases[i].line);
			CHECK_INT(status.column, cases[i].column);
			CHECK_INT(status.byte, cases[i].byte);
			CHECK(status.message[0] != '\0');
			CHECK_TEXT(result.data ? result.data : "", result.length, cases[i].expected);
			UNIT_NOTE(before, "%s, cut %zu: %s", cases[i].what, cut, status.message);
		}
	}
}

/* A text of three lines whose second is made of a beginning, many times a byte, and an end. */
static RcCode
read_long(const char *beginning, size_t count, char byte, const char *end, RcStatus *status)
{
	size_t		length = 4 + strlen(beginning) + count + strlen(end) + 4;
	char	   *text = malloc(length);
	char	   *at = text;
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, length);
	RcCode		code;

	memcpy(at, "a,b\n", 4);
	at += 4;
	memcpy(at, beginning, strlen(beginning));
	at += strlen(beginning);
	memset(at, byte, count);
	at += count;
	memcpy(at, end, strlen(end));
	at += strlen(end);
	memcpy(at, "c,d\n", 4);
	code = read_whole(&input, &comma, &rc_malloc_allocator, NULL, status);
	free(text);
	return code;
}

static void
test_limits(void)
{
	RcStatus	status;
	char	   *text;
	size_t		length = 0;

	/* fields */
	CHECK_INT(read_long("x,", RC_MAX_FIELD_BYTES, 'y', "\n", &status), RC_END);
	CHECK_INT(read_long("x,", RC_MAX_FIELD_BYTES + 1, 'y', "\n", &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 2);
	CHECK_INT(status.column, 2);
	CHECK_INT(read_long("x,\"", RC_MAX_FIELD_BYTES, 'y', "\"\n", &status), RC_END);
	CHECK_INT(read_long("x,\"", RC_MAX_FIELD_BYTES + 1, 'y', "\"\n", &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 2);
	CHECK_INT(status.column, 2);
	CHECK_INT(read_long("", 2 * RC_MAX_FIELD_BYTES, 'y', "\n", &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 2);
	CHECK_INT(status.column, 1);
	/* a quote that is never closed swallows lines until the limit */
	CHECK_INT(read_long("\"", 50 * RC_MAX_FIELD_BYTES, '\n', "", &status), RC_TOO_LARGE);
	CHECK_INT(status.column, 1);
	CHECK(status.hint[0] != '\0');
	CHECK_INT(read_long("", 8 * RC_MAX_FIELD_BYTES, '\n', "", &status), RC_END);

	/* columns */
	CHECK_INT(read_long("", RC_MAX_COLUMNS - 1, ',', "\n", &status), RC_END);
	CHECK_INT(read_long("", RC_MAX_COLUMNS, ',', "\n", &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 2);
	CHECK_INT(status.column, RC_MAX_COLUMNS + 1);
	CHECK_INT(read_long("\"\"", RC_MAX_COLUMNS - 1, ',', "\n", &status), RC_END);
	CHECK_INT(read_long("\"\"", RC_MAX_COLUMNS, ',', "\n", &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 2);
	CHECK_INT(status.column, RC_MAX_COLUMNS + 1);

	/* records: fields of 1 MB each, five of them */
	text = malloc((size_t) 6 * 1024 * 1024);
	for (int quotes = 0; quotes < 2; quotes++)
	{
		length = 0;
		for (int i = 0; i < 5; i++)
		{
			if (quotes)
				text[length++] = '"';
			memset(text + length, 'z', 1000 * 1000);
			length += 1000 * 1000;
			if (quotes)
				text[length++] = '"';
			text[length++] = i < 4 ? ',' : '\n';
		}
		CHECK_INT(read_text(text, length, 0, 0, &comma, &status), RC_TOO_LARGE);
		CHECK_INT(status.line, 1);
	}
	free(text);
}

/* Records that straddle the reader's buffers at every place of a line end, a quote and a long character. */
static void
test_buffer_edges(void)
{
	static const char *const units[] = {
		"\"a\"\"b\"\r\n", "ab,\"c\r\nd\",\xF0\x9F\x98\x80\r\n", "\"x\"\t,y\n", "p,q\r", "\r\n1,2\r\n"
	};
	static const char *const records[] = {"a\"b", "ab|c\r\nd|\xF0\x9F\x98\x80", "x|y", "p|q", "1|2"};
	const size_t repeats = 90000;
	char	   *text = malloc(repeats * 24);

	for (size_t unit = 0; unit < sizeof(units) / sizeof(units[0]); unit++)
	{
		size_t		size = strlen(units[unit]);
		size_t		lines = unit == 1 || unit == 4 ? 2 : 1;

		for (size_t shift = 1; shift < size + 2; shift++)
		{
			MemoryFile	file;
			RcInput		input;
			RcReader   *reader;
			RcRecord	record;
			RcStatus	status;
			RcCode		code;
			size_t		length = 0;
			size_t		count = 0;
			bool		same = true;
			unsigned long before = unit_failed;

			/* a first line of its own length moves all the others */
			memset(text, 'h', shift);
			length = shift;
			text[length++] = '\n';
			for (size_t i = 0; i < repeats; i++, length += size)
				memcpy(text + length, units[unit], size);
			input = memory_input(&file, text, length);
			file.cut = shift;
			file.step = shift % 3 == 0 ? 4097 : 0;
			CHECK_INT(rc_reader_open(&reader, &input, &comma, &rc_malloc_allocator, &status), RC_OK);
			while ((code = rc_reader_next(reader, &record, &status)) == RC_OK)
			{
				if (count++ == 0)
					continue;
				rc_buffer_clear(&result);
				write_record(&result, &record);
				result.data[result.length - 1] = '\0';
				same = same && strcmp(strchr(result.data, ':') + 1, records[unit]) == 0 &&
					record.line == 2 + (count - 2) * lines + (unit == 4) &&
					record.byte == shift + 1 + (count - 2) * size + (unit == 4 ? 2 : 0) &&
					record.raw_length == size - (unit == 4 ? 4 : 1 + (text[length - 2] == '\r')) &&
					memcmp(record.raw, text + record.byte, record.raw_length) == 0;
			}
			CHECK_INT(code, RC_END);
			CHECK(same);
			CHECK_INT(count, repeats + 1);
			CHECK_INT(rc_reader_bytes_read(reader), length);
			rc_reader_close(reader);
			UNIT_NOTE(before, "unit %zu shift %zu: %s", unit, shift, status.message);
		}
	}
	free(text);
}

static uint32_t random_state = 20240229;

static uint32_t
random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

/* Random fields are written in a random dialect and must come back as they were: the split in place and libcsv agree. */
static void
test_round_trip(void)
{
	static const char *const pieces[] = {"a", "1.50", " ", "\t", "\"", ",", ";", "\n", "\r", "\r\n", "\xE4\xB8\xAD", "0123456789abcdef", ""};

	for (int round = 0; round < 3000; round++)
	{
		RcBuffer	text;
		RcBuffer	expected;
		RcStatus	status;
		unsigned long before = unit_failed;
		uint64_t	line = 1;
		uint32_t	records = random_below(8);

		rc_buffer_init(&text, &rc_malloc_allocator);
		rc_buffer_init(&expected, &rc_malloc_allocator);
		for (uint32_t i = 0; i < records; i++)
		{
			uint32_t	fields = 1 + random_below(6);
			size_t		begin = text.length;
			char		number[32];

			snprintf(number, sizeof(number), "%" PRIu64 ":", line);
			rc_buffer_append_string(&expected, number);
			for (uint32_t j = 0; j < fields; j++)
			{
				bool		quote = random_below(3) == 0;
				uint32_t	count = random_below(4);

				if (j > 0)
				{
					rc_buffer_append_char(&text, ',');
					rc_buffer_append_char(&expected, '|');
				}
				if (quote)
					rc_buffer_append_char(&text, '"');
				else if (fields == 1)
					rc_buffer_append_char(&text, 'x'), rc_buffer_append_char(&expected, 'x');
				for (uint32_t k = 0; k < count; k++)
				{
					const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

					if (!quote && strpbrk(piece, "\",\r\n"))
						continue;
					rc_buffer_append_string(&expected, piece);
					rc_buffer_append_string(&text, *piece == '"' ? "\"\"" : piece);
				}
				if (quote)
					rc_buffer_append_string(&text, random_below(9) == 0 ? "\" \t" : "\"");
			}
			rc_buffer_append_char(&expected, '\n');
			rc_buffer_append_string(&text, random_below(2) ? "\n" : "\r\n");
			line += rc_count_line_ends(text.data + begin, text.length - begin);
		}
		CHECK_INT(read_text(text.data ? text.data : "", text.length, random_below((uint32_t) text.length + 1), random_below(3), &comma, &status),
				  RC_END);
		CHECK_TEXT(result.data ? result.data : "", result.length, expected.data ? expected.data : "");
		UNIT_NOTE(before, "round %d: %s", round, text.data);
		rc_buffer_free(&text);
		rc_buffer_free(&expected);
	}
}

static void
test_delimiters(void)
{
	static const struct
	{
		const char *text;
		char		expected;
	}			cases[] = {
		{"", ','}, {"a\n", ','}, {"a,b\n1,2\n", ','}, {"a;b\n1;2\n", ';'}, {"a\tb\n1\t2\n", '\t'}, {"a|b\n1|2\n", '|'}, {"a;b", ';'},
		{"date;amount\n01.02.2024;1,50\n02.02.2024;2,50\n", ';'}, {"01.02.2024;1,50;200,10\n02.02.2024;1,60;200,20\n", ';'},
		{"1,5;2,5\n3,5;4,5\n", ';'}, {"a,b,c,d\nx;y,1,2,3\nz;w,1,2,3\n", ','}, {"\"a;b\",\"c\"\n\"d;e\",\"f\"\n", ','},
		{"\"a,b\";\"c,d,e\"\n\"d,e\";\"f,g,h\"\n", ';'}, {"Title\nFrom, to\n\na;b;c\n1;2;3\n", ';'},
		{"id\t,name\t,sum\t\n1\t,x\t,2\t\n3\t,y\t,4\t\n", ','}, {"a\tb,c\td\n1\t2,3\t4\n", '\t'}, {"a\t\t\n1\t\t\n", '\t'},
		{"a,b\r1,2\r", ','},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long before = unit_failed;

		CHECK_INT(rc_csv_find_delimiter(cases[i].text, strlen(cases[i].text), true, '"'), cases[i].expected);
		UNIT_NOTE(before, "%s", cases[i].text);
	}
	/* a last line that is cut does not count */
	CHECK_INT(rc_csv_find_delimiter("a,b\n1;2;3", 9, false, '"'), ',');
}

/* Whatever request for memory fails, whenever the input fails or a stop is asked for: a status, nothing left behind. */
static void
test_failures(void)
{
	static const char *const encodings[] = {NULL, "GB18030"};
	size_t		length = 0;
	char	   *text = malloc((size_t) 2 * 1024 * 1024);
	RcStatus	status;

	/* longer than the window, with a quoted field that makes libcsv's buffer and the window grow */
	length += (size_t) sprintf(text + length, "a,b\n1,2\n\"x\ny\",z\n\"");
	memset(text + length, 'q', 900 * 1000);
	length += 900 * 1000;
	length += (size_t) sprintf(text + length, "\",w\nlast,\"one\"\n");

	for (int encoding = 0; encoding < 2; encoding++)
	{
		RcReaderOptions options = {.quote = '"', .encoding = encodings[encoding]};
		ScarceMemory memory;
		MemoryFile	file;
		RcInput		input;
		RcAllocator allocator = scarce_allocator(&memory, -1);
		long		requests;
		RcCode		code;

		input = memory_input(&file, text, length);
		CHECK_INT(read_whole(&input, &options, &allocator, NULL, &status), RC_END);
		CHECK_INT(memory.held, 0);
		requests = memory.requests;
		CHECK(requests > 8);
		for (long granted = 0; granted < requests; granted++)
		{
			unsigned long before = unit_failed;

			allocator = scarce_allocator(&memory, granted);
			input = memory_input(&file, text, length);
			code = read_whole(&input, &options, &allocator, NULL, &status);
			CHECK_INT(code, RC_NO_MEMORY);
			CHECK_INT(status.code, RC_NO_MEMORY);
			CHECK_INT(memory.held, 0);
			UNIT_NOTE(before, "request %ld of %ld: %s", granted, requests, status.message);
		}

		/* polled at least every 64 kB: so many polls are answered with no before the one that says stop */
		for (long polls = 0; polls < (long) (length / (64 * 1024)); polls++)
		{
			allocator = scarce_allocator(&memory, -1);
			memory.stop_after = polls;
			input = memory_input(&file, text, length);
			CHECK_INT(read_whole(&input, &options, &allocator, NULL, &status), RC_STOPPED);
			CHECK_INT(memory.held, 0);
		}
		for (int64_t place = 0; place <= (int64_t) length; place += place < 4 ? 1 : 9973)
		{
			allocator = scarce_allocator(&memory, -1);
			input = memory_input(&file, text, length);
			file.step = 1000;
			file.fail_at = place;
			CHECK_INT(read_whole(&input, &options, &allocator, NULL, &status), RC_IO);
			CHECK_INT(memory.held, 0);
		}
	}
	free(text);
}

/* An error stays: asking again gives it again. And a reader says what it found. */
static void
test_reader(void)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, "a;b\n1;\"2\"x\n3;4\n", 15);
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;

	CHECK_INT(rc_reader_open(&reader, &input, &quoted, &rc_malloc_allocator, &status), RC_OK);
	CHECK_TEXT(rc_reader_encoding(reader), strlen(rc_reader_encoding(reader)), "UTF8");
	CHECK_TEXT(rc_reader_container(reader), strlen(rc_reader_container(reader)), "csv");
	CHECK_INT(rc_reader_delimiter(reader), ';');
	CHECK_INT(rc_reader_next(reader, &record, &status), RC_OK);
	CHECK_TEXT(record.raw, record.raw_length, "a;b");
	CHECK(record.section == NULL);
	for (int i = 0; i < 3; i++)
	{
		CHECK_INT(rc_reader_next(reader, &record, &status), RC_BAD_STRUCTURE);
		CHECK_INT(status.line, 2);
		CHECK_INT(status.column, 2);
	}
	rc_reader_close(reader);
	rc_reader_close(NULL);

	/* the end stays as well */
	input = memory_input(&file, "a", 1);
	CHECK_INT(rc_reader_open(&reader, &input, &quoted, &rc_malloc_allocator, &status), RC_OK);
	CHECK_INT(rc_reader_next(reader, &record, &status), RC_OK);
	CHECK_INT(rc_reader_next(reader, &record, &status), RC_END);
	CHECK_INT(rc_reader_next(reader, &record, &status), RC_END);
	rc_reader_close(reader);
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_dialects();
	test_errors();
	test_limits();
	test_buffer_edges();
	test_round_trip();
	test_delimiters();
	test_failures();
	test_reader();
	rc_buffer_free(&result);
	return unit_done();
}
