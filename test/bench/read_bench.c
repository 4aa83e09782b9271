/*
 * read_bench.c - how fast workbooks and bank statements in XML are read, against what cannot be avoided: inflating and parsing their XML.
 *
 *		cc -O2 -D_GNU_SOURCE -o .build/read_bench test/bench/read_bench.c src/base/[a-z]*.c src/read/[a-z]*.c \
 *			-lcsv -lexpat -lzip -luchardet && .build/read_bench [rows] [megabytes]
 *
 * Prints medians of five: a workbook of so many rows (8 columns, shared strings, dates, amounts) by the reader and by libzip with an expat whose
 * handlers do nothing; a camt.053 of so many megabytes by the reader and by expat. Last, the most memory that the reader held.
 */
#include <expat.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include "../../src/base/text.h"
#include "../../src/read/reader.h"

#define ROUNDS 5

/* CPU time: all of it is one thread that hardly waits, and other work on the machine does not count. */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static int
compare(const void *left, const void *right)
{
	double		a = *(const double *) left;
	double		b = *(const double *) right;

	return a < b ? -1 : a > b;
}

static double
median(double *times)
{
	qsort(times, ROUNDS, sizeof(*times), compare);
	return times[ROUNDS / 2];
}

/* An allocator that knows how much it has given out. */
static size_t held;
static size_t most_held;

static void
note(void)
{
	if (held > most_held)
		most_held = held;
}

static void *
counting_resize(void *context, void *pointer, size_t size)
{
	void	   *result;

	(void) context;
	if (pointer)
		held -= malloc_usable_size(pointer);
	result = realloc(pointer, size);
	held += malloc_usable_size(result);
	note();
	return result;
}

static void *
counting_allocate(void *context, size_t size)
{
	return counting_resize(context, NULL, size);
}

static void
counting_release(void *context, void *pointer)
{
	(void) context;
	if (pointer)
		held -= malloc_usable_size(pointer);
	free(pointer);
}

static const RcAllocator allocator = {counting_allocate, counting_resize, counting_release, NULL, NULL};

static int64_t
read_file(void *context, char *buffer, size_t size, RcStatus *status)
{
	(void) status;
	return (int64_t) fread(buffer, 1, size, context);
}

static double
by_reader(const char *path, uint64_t *records, uint64_t *bytes)
{
	double		begin = now();
	FILE	   *file = fopen(path, "rb");
	RcInput		input = {read_file, file};
	RcReaderOptions options = {.quote = '"'};
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	RcCode		code = rc_reader_open(&reader, &input, &options, &allocator, &status);

	*records = *bytes = 0;
	if (code == RC_OK)
	{
		while ((code = rc_reader_next(reader, &record, &status)) == RC_OK)
		{
			++*records;
			for (uint32_t i = 0; i < record.field_count; i++)
				*bytes += record.fields[i].length;
		}
		rc_reader_close(reader);
	}
	if (code != RC_END)
	{
		fprintf(stderr, "%s: %s\n", path, status.message);
		exit(1);
	}
	fclose(file);
	return now() - begin;
}

static uint64_t elements;

static void
on_start(void *data, const char *name, const char **attributes)
{
	(void) data;
	(void) name;
	(void) attributes;
	elements++;
}

static void
on_end(void *data, const char *name)
{
	(void) data;
	(void) name;
}

static void
on_text(void *data, const char *text, int length)
{
	(void) data;
	(void) text;
	(void) length;
}

static XML_Parser
idle_parser(void)
{
	XML_Parser	parser = XML_ParserCreate(NULL);

	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	return parser;
}

static double
sheet_alone(const char *path, uint64_t *bytes)
{
	double		begin = now();
	zip_t	   *zip = zip_open(path, ZIP_RDONLY, NULL);
	zip_file_t *file = zip_fopen(zip, "xl/worksheets/sheet1.xml", 0);
	XML_Parser	parser = idle_parser();
	zip_int64_t got;

	*bytes = 0;
	do
	{
		void	   *buffer = XML_GetBuffer(parser, 65536);

		got = zip_fread(file, buffer, 65536);
		*bytes += (uint64_t) got;
		if (XML_ParseBuffer(parser, (int) got, got == 0) != XML_STATUS_OK)
			exit(1);
	} while (got > 0);
	XML_ParserFree(parser);
	zip_fclose(file);
	zip_discard(zip);
	return now() - begin;
}

static double
xml_alone(const char *path)
{
	double		begin = now();
	FILE	   *file = fopen(path, "rb");
	XML_Parser	parser = idle_parser();
	size_t		got;

	do
	{
		void	   *buffer = XML_GetBuffer(parser, 65536);

		got = fread(buffer, 1, 65536, file);
		if (XML_ParseBuffer(parser, (int) got, got == 0) != XML_STATUS_OK)
			exit(1);
	} while (got > 0);
	XML_ParserFree(parser);
	fclose(file);
	return now() - begin;
}

/* A growing text, for parts that libzip takes whole. */
static void
add(RcBuffer *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
add(RcBuffer *text, const char *format, ...)
{
	char		line[1024];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	rc_buffer_append_string(text, line);
}

static void
make_workbook(const char *path, long rows)
{
	static const char *const names[] = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml",
	"xl/worksheets/sheet1.xml"};
	RcBuffer	parts[6];
	zip_t	   *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
	uint32_t	seed = 1;

	for (int i = 0; i < 6; i++)
		rc_buffer_init(&parts[i], &rc_malloc_allocator);
	add(&parts[0], "<Types/>");
	add(&parts[1], "<workbook><workbookPr/><sheets><sheet name='a' sheetId='1' r:id='s'/></sheets></workbook>");
	add(&parts[2], "<R><Relationship Id='s' Type='/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='t' Type='/sharedStrings' "
		"Target='sharedStrings.xml'/><Relationship Id='f' Type='/styles' Target='styles.xml'/></R>");
	add(&parts[3], "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='22'/><xf numFmtId='4'/></cellXfs></styleSheet>");
	add(&parts[4], "<sst>");
	add(&parts[5], "<worksheet><sheetData>");
	for (long i = 1; i <= rows; i++)
	{
		seed = seed * 1664525 + 1013904223;
		add(&parts[4], "<si><t>ORDER-%08ld</t></si>", i);
		add(&parts[5], "<row r=\"%ld\" spans=\"1:8\"><c r=\"A%ld\" t=\"s\"><v>%ld</v></c><c r=\"B%ld\" s=\"1\"><v>%ld.%06u</v></c><c r=\"C%ld\" t=\"s\"><v>%u</v></c>"
			"<c r=\"D%ld\" s=\"2\"><v>%u.%02u</v></c><c r=\"E%ld\" s=\"2\"><v>-%u.%02u000000000001</v></c><c r=\"F%ld\"><v>%u</v></c>"
			"<c r=\"G%ld\" t=\"s\"><v>%u</v></c><c r=\"H%ld\" t=\"inlineStr\"><is><t>note %u</t></is></c></row>",
			i, i, i - 1, i, 45000 + i % 365, seed % 1000000, i, seed % 50, i, seed % 1000, seed % 100, i, seed % 77, seed % 100, i, seed % 9,
			i, seed % 20, i, seed % 100000);
	}
	add(&parts[4], "</sst>");
	add(&parts[5], "</sheetData></worksheet>");
	for (int i = 0; i < 6; i++)
		zip_file_add(zip, names[i], zip_source_buffer(zip, parts[i].data, parts[i].length, 0), 0);
	if (zip_close(zip) != 0)
		exit(1);
	for (int i = 0; i < 6; i++)
		rc_buffer_free(&parts[i]);
}

static void
make_statement(const char *path, long megabytes)
{
	FILE	   *file = fopen(path, "wb");

	fprintf(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.04\">\n<BkToCstmrStmt>\n<Stmt><Id>1</Id>"
			"<Acct><Id><IBAN>DE02100100100006820101</IBAN></Id></Acct>\n");
	for (long i = 0; ftell(file) < megabytes * 1000000; i++)
		fprintf(file, "<Ntry>\n  <Amt Ccy=\"EUR\">%ld.%02ld</Amt>\n  <CdtDbtInd>%s</CdtDbtInd>\n  <Sts>BOOK</Sts>\n  <BookgDt><Dt>2024-03-%02ld</Dt></BookgDt>\n"
				"  <ValDt><Dt>2024-03-01</Dt></ValDt>\n  <AcctSvcrRef>B-%ld</AcctSvcrRef>\n  <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd>"
				"</Fmly></Domn></BkTxCd>\n  <NtryDtls><TxDtls><Refs><EndToEndId>ORDER-%ld</EndToEndId></Refs><RltdPties><Dbtr><Nm>Buyer %ld</Nm></Dbtr><DbtrAcct><Id>"
				"<IBAN>DE88100900001234567892</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>Invoice %ld thank you</Ustrd></RmtInf></TxDtls></NtryDtls>\n</Ntry>\n",
				i % 5000, i % 100, i % 7 ? "CRDT" : "DBIT", i % 28 + 1, i, i, i % 977, i);
	fprintf(file, "</Stmt>\n</BkToCstmrStmt>\n</Document>\n");
	fclose(file);
}

int
main(int argc, char **argv)
{
	long		rows = argc > 1 ? atol(argv[1]) : 1000000;
	long		megabytes = argc > 2 ? atol(argv[2]) : 100;
	char		path[] = "/tmp/read_bench.XXXXXX";
	double		ours[ROUNDS];
	double		floor[ROUNDS];
	uint64_t	records;
	uint64_t	bytes;
	uint64_t	inflated;

	close(mkstemp(path));
	make_workbook(path, rows);
	for (int i = 0; i < ROUNDS; i++)
	{
		floor[i] = sheet_alone(path, &inflated);
		ours[i] = by_reader(path, &records, &bytes);
	}
	printf("xlsx: %" PRIu64 " rows, %" PRIu64 " MB of sheet: %.2f s; inflating and parsing the sheet alone: %.2f s; at most %zu MB\n",
		   records, inflated / 1000000, median(ours), median(floor), most_held / 1000000);
	printf("ratio %.2f   wanted <= 1.5: %s\n", median(ours) / median(floor), median(ours) <= 1.5 * median(floor) ? "within" : "ABOVE");
	most_held = 0;
	make_statement(path, megabytes);
	for (int i = 0; i < ROUNDS; i++)
	{
		floor[i] = xml_alone(path);
		ours[i] = by_reader(path, &records, &bytes);
	}
	printf("camt: %" PRIu64 " records, %ld MB: %.2f s; parsing alone: %.2f s; at most %zu MB\n", records, megabytes, median(ours), median(floor),
		   most_held / 1000000);
	printf("%.0f MB/s   wanted >= 20: %s\n", (double) megabytes / median(ours), (double) megabytes >= 20 * median(ours) ? "within" : "BELOW");
	remove(path);
	return 0;
}
