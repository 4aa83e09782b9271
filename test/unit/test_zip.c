/*
 * test_zip.c - archives: hostile ones are refused with a reason, one file inside is read, several are named.
 */
#include "../../src/read/archive.h"
#include "archive_maker.h"

#define STATEMENT "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><B><Stmt/></B></Document>"

static const RcReaderOptions plain = {.quote = '"'};
static RcBuffer result;

/* Reads an archive and compares how that ends; frees it. */
static void
check(Bytes archive, RcCode code, const char *expected)
{
	RcStatus	status;
	RcCode		got = read_archive(archive, &plain, &result, &status);

	if (code == RC_END)
		CHECK_TEXT(result.data, result.length, expected);
	else if (!CHECK(got == code && strstr(status.message, expected) != NULL))
		fprintf(stderr, "\tgot %d \"%s\", expected %d \"%s\"\n", got, status.message, code, expected);
	CHECK_INT(got, code);
	free(archive.data);
}

static void
test_one_file(void)
{
	Part		csv = {.name = "folder/bill.csv", .content = "a,b\n1,2\n"};
	Part		gbk = {.name = "bill.txt", .content = "\xB6\xA9\xB5\xA5\xBA\xC5,\xBD\xF0\xB6\xEE\n1,2\n"};
	Part		with_litter[] = {
		{.name = "folder/", .content = ""}, {.name = "folder/bill.csv", .content = "a,b\n1,2\n", .stored = true},
		{.name = "__MACOSX/folder/._bill.csv", .content = "x"}, {.name = "folder/.DS_Store", .content = "x"}
	};
	Part		two[] = {{.name = "b.csv", .content = "a\n"}, {.name = "c/d.csv", .content = "b\n"}};
	Part		ods[] = {{.name = "mimetype", .content = "m"}, {.name = "content.xml", .content = "<document-content><body><spreadsheet>"
			"<table name='a'><table-row><table-cell><p>a</p></table-cell></table-row></table></spreadsheet></body></document-content>"}};
	Part		inner = {.name = "inner.zip"};
	Bytes		archive;
	Bytes		workbook = make_workbook("<row><c><v>1</v></c></row>", NULL, NULL, NULL);
	Part		book = {.name = "report.xlsx", .content = workbook.data, .size = workbook.length};
	RcReaderOptions fallback = {.quote = '"', .fallback_encoding = "GB18030"};
	RcStatus	status;
	MemoryFile	file;
	RcInput		input;
	RcReader   *reader;

	check(make_archive(&csv, 1), RC_END, "1:a|b\n2:1|2\n");
	check(make_archive(with_litter, 4), RC_END, "1:a|b\n2:1|2\n");
	check(make_archive(two, 2), RC_UNKNOWN_FORMAT, "holds 2 files: b.csv, c/d.csv");
	check(make_archive(with_litter + 2, 2), RC_UNKNOWN_FORMAT, "holds no file");
	check(make_archive(ods, 2), RC_END, "1:a\n");
	check(make_archive(&book, 1), RC_END, "1:1\n");
	book.stored = true;
	check(make_archive(&book, 1), RC_END, "1:1\n");
	free(workbook.data);

	/* the encoding of the file inside, and its container */
	archive = make_archive(&gbk, 1);
	CHECK_INT(read_archive(archive, &fallback, &result, &status), RC_END);
	CHECK_TEXT(result.data, result.length, "1:\xE8\xAE\xA2\xE5\x8D\x95\xE5\x8F\xB7|\xE9\x87\x91\xE9\xA2\x9D\n2:1|2\n");
	input = memory_input(&file, archive.data, archive.length);
	CHECK_INT(rc_reader_open(&reader, &input, &fallback, &rc_malloc_allocator, &status), RC_OK);
	CHECK_TEXT(rc_reader_container(reader), strlen(rc_reader_container(reader)), "csv");
	CHECK_TEXT(rc_reader_encoding(reader), strlen(rc_reader_encoding(reader)), "GB18030");
	CHECK_INT(rc_reader_delimiter(reader), ',');
	rc_reader_close(reader);
	free(archive.data);

	/* an archive in an archive */
	archive = make_archive(&csv, 1);
	inner.content = archive.data;
	inner.size = archive.length;
	check(make_archive(&inner, 1), RC_UNKNOWN_FORMAT, "holds a ZIP archive");
	free(archive.data);
}

static void
test_names(void)
{
	static const char *const unsafe[] = {"../../x", "a/../../x", "/etc/passwd", "..", "..\\..\\x", "C:\\x.csv", "a/..", "x\ny"};
	static const char *const safe[] = {"..x/y..csv", "10:30.csv", "\xE4\xB8\xAD.csv", "a\\b.csv"};
	static const char *const hidden[] = {".csv", ".git/a.csv", "a/.b.csv", "__MACOSX/a.csv", "x/__MACOSX/._a.csv", "thumbs.DB", "a/Desktop.ini", "dir/"};

	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
	{
		Part		part = {.name = unsafe[i], .content = "a\n"};

		check(make_archive(&part, 1), RC_BAD_STRUCTURE, "unsafe name");
	}
	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
	{
		Part		part = {.name = safe[i], .content = "a\n"};

		check(make_archive(&part, 1), RC_END, "1:a\n");
	}
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
	{
		Part		part = {.name = hidden[i], .content = "a\n"};

		check(make_archive(&part, 1), RC_UNKNOWN_FORMAT, "holds no file");
	}
}

/* Names as a Windows packs them: in its own code page, whatever that is. */
static void
test_code_pages(void)
{
	static const struct
	{
		const char *packed;
		const char *shown;
	}			names[] = {
		{"\xD5\xCB\xB5\xA5/\xC1\xF9\xD4\xC2.csv", "\xE8\xB4\xA6\xE5\x8D\x95/\xE5\x85\xAD\xE6\x9C\x88.csv"},	/* GBK */
		{"\xAD\x71\xB3\xE6.csv", "\xE8\xA8\x82\xE5\x96\xAE.csv"},	/* Big5 */
		{"\xB3\x5C.csv", "\xE8\xA8\xB1.csv"},	/* Big5, its second byte a backslash */
		{"a\xFF\xFE.csv", "a\x3F\x3F.csv"}	/* neither */
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		char		placeholder[64];
		size_t		length = strlen(names[i].packed);
		Part		part = {.name = placeholder, .content = "a\n"};
		Bytes		archive;
		MemoryFile	file;
		RcInput		input;
		RcArchive  *opened;
		RcStatus	status;

		memset(placeholder, 'x', length);
		placeholder[length] = '\0';
		archive = make_archive(&part, 1);
		for (size_t at = 0; at + length <= archive.length; at++)
			if (memcmp(archive.data + at, placeholder, length) == 0)
				memcpy(archive.data + at, names[i].packed, length);
		input = memory_input(&file, archive.data, archive.length);
		if (CHECK(rc_archive_open(&opened, &input, &rc_malloc_allocator, &status) == RC_OK))
		{
			const char *name = rc_archive_entry(opened, 0)->name;

			CHECK_TEXT(name, strlen(name), names[i].shown);
			CHECK(rc_archive_is_file(opened, 0));
			rc_archive_close(opened);
		}
		free(archive.data);
	}
}

static void
test_damaged(void)
{
	Part		stored = {.name = "a.csv", .content = "id,amount\n1,2\n", .stored = true};
	Part		packed = {.name = "a.csv", .content = "id,amount\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n"};
	Part		encrypted = {.name = "a.csv", .content = "id,amount\n1,2\n", .password = "secret"};
	Part		two[] = {{.name = "a.csv", .content = "a\n"}, {.name = "B.csv", .content = "b\n"}};
	Bytes		archive;
	RcStatus	status;

	/* wrong checksum: a byte of the content changed */
	archive = make_archive(&stored, 1);
	find_signature(archive, "1,2\n", 0)[0] = '9';
	check(archive, RC_BAD_STRUCTURE, "checksum is wrong");

	check(make_archive(&encrypted, 1), RC_BAD_STRUCTURE, "\"a.csv\" in the ZIP archive is encrypted");

	/* what is not where the directory says */
	archive = make_archive(&stored, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 42, 1);
	check(archive, RC_BAD_STRUCTURE, "not where the directory says");
	archive = make_archive(&stored, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 42, 0x7FFFFFFF);
	check(archive, RC_BAD_STRUCTURE, "behind its end");
	archive = make_archive(&stored, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 20, 1000);
	check(archive, RC_BAD_STRUCTURE, "not where the directory says");
	archive = make_archive(&stored, 1);
	memcpy(find_signature(archive, "PK\001\002", 0), "PKxx", 4);
	check(archive, RC_BAD_STRUCTURE, "broken at entry 1");
	archive = make_archive(&stored, 1);
	set32(find_signature(archive, "PK\005\006", 0) + 16, 0x7FFFFFFF);
	check(archive, RC_BAD_STRUCTURE, "directory lies behind its end");
	archive = make_archive(&stored, 1);
	find_signature(archive, "PK\001\002", 0)[10] = 12;	/* bzip2 */
	check(archive, RC_BAD_STRUCTURE, "method 12");

	/* two entries of one place */
	archive = make_archive(two, 2);
	set32(find_signature(archive, "PK\001\002", 1) + 42, 0);
	check(archive, RC_BAD_STRUCTURE, "overlap");
	archive = make_archive(two, 2);
	memcpy(find_signature(archive, "PK\001\002", 1) + 46, "a.csv", 5);
	check(archive, RC_BAD_STRUCTURE, "\"a.csv\" twice");

	/* more and less than claimed */
	archive = make_archive(&packed, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 24, 12);
	check(archive, RC_BAD_STRUCTURE, "more bytes than its directory says");
	archive = make_archive(&packed, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 24, 100);
	check(archive, RC_BAD_STRUCTURE, "fewer bytes than its directory says");

	/* cut off anywhere */
	archive = make_archive(&packed, 1);
	for (size_t cut = 4; cut < archive.length; cut++)
	{
		Bytes		part = {archive.data, cut};

		CHECK_INT(read_archive(part, &plain, &result, &status), RC_BAD_STRUCTURE);
	}
	/* and packed data that are no such data */
	for (size_t i = 35; i < 45; i++)
	{
		char		old = archive.data[i];

		archive.data[i] = (char) (old ^ 0x15);
		CHECK_INT(read_archive(archive, &plain, &result, &status), RC_BAD_STRUCTURE);
		archive.data[i] = old;
	}
	CHECK_INT(read_archive(archive, &plain, &result, &status), RC_END);
	free(archive.data);
}

static void
test_bombs(void)
{
	Part		zeros = {.name = "a.csv", .size = (size_t) 48 << 20};
	Part		small = {.name = "a.csv", .content = "a\n"};
	char		many[98] = {0};
	Bytes		archive = make_archive(&zeros, 1);

	CHECK(archive.length < 100000);
	check(archive, RC_TOO_LARGE, "would grow from");
	/* the same with a modest claim is found out while it grows */
	archive = make_archive(&zeros, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 24, 1000);
	check(archive, RC_BAD_STRUCTURE, "more bytes than its directory says");
	/* 1 GiB out of 1 MB, by its directory */
	archive = make_archive(&small, 1);
	set32(find_signature(archive, "PK\001\002", 0) + 24, 1u << 30);
	check(archive, RC_TOO_LARGE, "would grow from");

	/* 100,000 entries, by the end record of large archives */
	memcpy(many, "PK\006\006", 4);
	set32(many + 24, 100000);
	set32(many + 32, 100000);
	memcpy(many + 56, "PK\006\007", 4);
	memcpy(many + 76, "PK\005\006", 4);
	set32(many + 76 + 8, 0xFFFFFFFF);
	set32(many + 76 + 12, 0xFFFFFFFF);
	set32(many + 76 + 16, 0xFFFFFFFF);
	archive.length = 4 + sizeof(many);
	archive.data = malloc(archive.length);
	memcpy(archive.data, "PK\003\004", 4);
	memcpy(archive.data + 4, many, sizeof(many));
	set32(archive.data + 4 + 56 + 8, 4);
	check(archive, RC_TOO_LARGE, "100000 entries");
}

/* Large archives go through a temporary file; what comes out is the same. */
static void
test_spool(void)
{
	size_t		size = (size_t) 12 << 20;
	char	   *content = malloc(size);
	Part		part = {.name = "a.csv", .content = content, .size = size, .stored = true};
	uint32_t	seed = 1;
	Bytes		archive;
	RcStatus	status;
	uint64_t	lines = 0;

	for (size_t i = 0; i < size; i++)
	{
		seed = seed * 1664525 + 1013904223;
		content[i] = i % 16 == 15 ? '\n' : (char) ('a' + (seed >> 24) % 26);
	}
	archive = make_archive(&part, 1);
	CHECK_INT(read_archive(archive, &plain, &result, &status), RC_END);
	for (size_t i = 0; i < result.length; i++)
		lines += result.data[i] == '\n';
	CHECK_INT(lines, size / 16);
	CHECK(memcmp(result.data + result.length - 16, content + size - 16, 16) == 0);
	free(archive.data);
	free(content);
}

static void
test_memory_and_stop(void)
{
	Part		part = {.name = "a.csv", .content = "a,b\n1,2\n"};
	Bytes		archive = make_archive(&part, 1);
	ScarceMemory memory;
	RcAllocator allocator;
	RcStatus	status;
	long		left;

	for (left = 0; left < 500; left++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, archive.data, archive.length);
		RcCode		code;

		allocator = scarce_allocator(&memory, left);
		code = read_whole(&input, &plain, &allocator, NULL, &status);
		CHECK_INT(memory.held, 0);
		if (code == RC_END)
			break;
		CHECK_INT(code, RC_NO_MEMORY);
	}
	CHECK(left > 5 && left < 500);
	for (long polls = 0; polls < 4; polls++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, archive.data, archive.length);

		allocator = scarce_allocator(&memory, -1);
		memory.stop_after = polls;
		CHECK_INT(read_whole(&input, &plain, &allocator, NULL, &status), RC_STOPPED);
		CHECK_INT(memory.held, 0);
	}
	free(archive.data);
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_one_file();
	test_names();
	test_code_pages();
	test_damaged();
	test_bombs();
	test_spool();
	test_memory_and_stop();
	rc_buffer_free(&result);
	return unit_done();
}
