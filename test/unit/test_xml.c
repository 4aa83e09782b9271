/*
 * test_xml.c - XML that is meant to hurt is refused where it begins; what is read does not depend on how the input is cut.
 */
#include "../../src/read/xml.h"
#include "reading.h"

typedef struct Seen
{
	RcXml	   *xml;
	RcBuffer	text;
	int			pauses;
	int			depth;
} Seen;

static void
on_start(void *context, const char *name, const char **attributes)
{
	Seen	   *seen = context;
	const char *id = rc_xml_attribute(attributes, "id");

	rc_buffer_append_char(&seen->text, '<');
	rc_buffer_append_string(&seen->text, name);
	if (id)
	{
		rc_buffer_append_char(&seen->text, '#');
		rc_buffer_append_string(&seen->text, id);
	}
	rc_xml_collect(seen->xml);
}

static void
on_end(void *context)
{
	Seen	   *seen = context;
	RcField		text = rc_xml_text(seen->xml);

	rc_buffer_append(&seen->text, text.data, text.length);
	rc_buffer_append_char(&seen->text, '>');
	rc_xml_pause(seen->xml);
}

/* Parses; what was seen stays in seen->text. */
static RcCode
parse(Seen *seen, const char *text, size_t length, size_t step, const char *encoding, const RcAllocator *allocator, RcStatus *status)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, length);
	RcXmlHandler handler = {on_start, on_end, seen};
	RcCode		code;

	file.step = step;
	seen->pauses = 0;
	rc_buffer_init(&seen->text, &rc_malloc_allocator);
	rc_status_reset(status);
	code = rc_xml_open(&seen->xml, &input, encoding, &handler, allocator, status);
	if (code != RC_OK)
		return code;
	while ((code = rc_xml_next(seen->xml, status)) == RC_OK)
		seen->pauses++;
	CHECK_INT(rc_xml_next(seen->xml, status), code);
	rc_xml_close(seen->xml);
	return code;
}

static void
test_documents(void)
{
	static const struct
	{
		const char *text;
		const char *seen;
	}			cases[] = {
		{"<a/>", "<a>"},
		{"<?xml version='1.0'?><a id='1'><b>x &amp; &#20013;</b><b/></a>", "<a#1<bx & \xE4\xB8\xAD><b>>"},
		{"<n:a xmlns:n='u' n:id='2'>t</n:a>", "<a#2t>"},
		{"<a><![CDATA[<b>]]></a>", "<a<b>>"},
		{"\xEF\xBB\xBF<a>\xE4\xB8\xAD</a>\n<!-- c -->", "<a\xE4\xB8\xAD>"},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>", "<a\xC3\xA9>"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;

		for (size_t step = 0; step < 5; step++)
		{
			Seen		seen;
			RcStatus	status;

			CHECK_INT(parse(&seen, cases[i].text, strlen(cases[i].text), step, NULL, &rc_malloc_allocator, &status), RC_END);
			CHECK_TEXT(seen.text.data, seen.text.length, cases[i].seen);
			rc_buffer_free(&seen.text);
		}
		UNIT_NOTE(failed, "%s", cases[i].text);
	}
}

static void
test_refused(void)
{
	static const struct
	{
		const char *text;
		RcCode		code;
		uint64_t	line;
		const char *message;
	}			cases[] = {
		{"<!DOCTYPE l [\n<!ENTITY a \"ha\">\n<!ENTITY b \"&a;&a;&a;\">\n]>\n<l>&b;</l>", RC_BAD_STRUCTURE, 1, "DOCTYPE"},
		{"<?xml version='1.0'?>\n<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>", RC_BAD_STRUCTURE, 2, "DOCTYPE"},
		{"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", RC_BAD_STRUCTURE, 1, "DOCTYPE"},
		{"<!DOCTYPE x><x/>", RC_BAD_STRUCTURE, 1, "DOCTYPE"},
		{"<x>&nbsp;</x>", RC_BAD_STRUCTURE, 1, "undefined entity"},
		{"", RC_BAD_STRUCTURE, 1, "no element found"},
		{"<a>\n<b>\n</a>", RC_BAD_STRUCTURE, 3, "mismatched tag"},
		{"<a>\n<b>", RC_BAD_STRUCTURE, 2, "no element found"},
		{"<a", RC_BAD_STRUCTURE, 1, "unclosed token"},
		{"<a/>\n<b/>", RC_BAD_STRUCTURE, 1, "text follows the end"},
		{"<a>x</a>OCTe!+", RC_BAD_STRUCTURE, 1, "text follows the end"},
		{"abc!def<a/>", RC_BAD_STRUCTURE, 1, "does not begin"},
		{"<a b='1' b='2'/>", RC_BAD_STRUCTURE, 1, "duplicate attribute"},
		{"<a>\xFF</a>", RC_BAD_STRUCTURE, 1, "invalid token"},
		{"<?xml version='1.0' encoding='martian'?><a/>", RC_BAD_ENCODING, 1, "encoding"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;

		for (size_t step = 0; step < 3; step++)
		{
			Seen		seen;
			RcStatus	status;

			CHECK_INT(parse(&seen, cases[i].text, strlen(cases[i].text), step, NULL, &rc_malloc_allocator, &status), cases[i].code);
			CHECK_INT(status.code, cases[i].code);
			CHECK_INT(status.line, cases[i].line);
			CHECK(strstr(status.message, cases[i].message) != NULL);
			rc_buffer_free(&seen.text);
		}
		UNIT_NOTE(failed, "%s", cases[i].text);
	}
}

static void
test_limits(void)
{
	size_t		size = 6 * 1024 * 1024;
	char	   *text = malloc(size);
	Seen		seen;
	RcStatus	status;
	size_t		length = 0;

	/* 10,000 nested tags */
	for (int i = 0; i < 10000; i++)
		length += (size_t) sprintf(text + length, "<a>");
	for (int i = 0; i < 10000; i++)
		length += (size_t) sprintf(text + length, "</a>");
	CHECK_INT(parse(&seen, text, length, 0, NULL, &rc_malloc_allocator, &status), RC_BAD_STRUCTURE);
	CHECK(strstr(status.message, "nested") != NULL);
	rc_buffer_free(&seen.text);

	/* as deep as allowed */
	length = 0;
	for (int i = 0; i < RC_XML_MAX_DEPTH; i++)
		length += (size_t) sprintf(text + length, "<a>");
	for (int i = 0; i < RC_XML_MAX_DEPTH; i++)
		length += (size_t) sprintf(text + length, "</a>");
	CHECK_INT(parse(&seen, text, length, 0, NULL, &rc_malloc_allocator, &status), RC_END);
	CHECK_INT(seen.pauses, RC_XML_MAX_DEPTH);
	rc_buffer_free(&seen.text);

	/* a text beyond the limit of fields, an attribute beyond that of tags */
	memset(text, 'x', size);
	memcpy(text, "<a>", 3);
	CHECK_INT(parse(&seen, text, 2 * 1024 * 1024, 0, NULL, &rc_malloc_allocator, &status), RC_TOO_LARGE);
	rc_buffer_free(&seen.text);
	memcpy(text, "<a b='", 6);
	CHECK_INT(parse(&seen, text, size, 0, NULL, &rc_malloc_allocator, &status), RC_TOO_LARGE);
	rc_buffer_free(&seen.text);
	free(text);
}

static void
test_memory_and_stop(void)
{
	static const char text[] = "<a><b id='1'>one</b><c>two</c></a>";
	long		left;

	for (left = 0; left < 1000; left++)
	{
		ScarceMemory memory;
		RcAllocator allocator = scarce_allocator(&memory, left);
		Seen		seen;
		RcStatus	status;
		RcCode		code = parse(&seen, text, strlen(text), 0, NULL, &allocator, &status);

		rc_buffer_free(&seen.text);
		CHECK_INT(memory.held, 0);
		if (code == RC_END)
			break;
		CHECK_INT(code, RC_NO_MEMORY);
	}
	CHECK(left > 3 && left < 1000);

	{
		ScarceMemory memory;
		RcAllocator allocator = scarce_allocator(&memory, -1);
		Seen		seen;
		RcStatus	status;

		memory.stop_after = 0;
		CHECK_INT(parse(&seen, text, strlen(text), 0, NULL, &allocator, &status), RC_STOPPED);
		rc_buffer_free(&seen.text);
		CHECK_INT(memory.held, 0);
	}
}

static void
test_head(void)
{
	static const struct
	{
		const char *head;
		size_t		length;
		bool		found;
		const char *name;
		const char *space;
		const char *encoding;
	}			cases[] = {
		{"<a/>", 0, true, "a", "", ""},
		{"<?xml version=\"1.0\" encoding=\"GBK\"?>\n<!-- <b/> -->\n<Document xmlns:x='y' xmlns='urn:z'>", 0, true, "Document", "urn:z", "GBK"},
		{"\xEF\xBB\xBF<?xml version='1.0' encoding = 'utf-8' ?><n:D xmlns='u' xmlns:n='v' >", 0, true, "D", "v", "utf-8"},
		{"<\0a\0 \0x\0m\0l\0n\0s\0=\0'\0u\0'\0>\0", 26, true, "a", "u", ""},
		{"\xFE\xFF\0<\0a\0>", 8, true, "a", "", ""},
		{"a,b\n1,2\n", 0, false, "", "", ""},
		{"<", 1, false, "", "", ""},
		{"<unfinished", 0, false, "", "", ""},
		{"", 0, false, "", "", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		size_t		length = cases[i].length ? cases[i].length : strlen(cases[i].head);
		char		name[32];
		char		space[32];
		char		encoding[32] = "";

		CHECK_INT(rc_xml_root(cases[i].head, length, name, space, sizeof(name)), cases[i].found);
		CHECK_TEXT(name, strlen(name), cases[i].name);
		CHECK_TEXT(space, strlen(space), cases[i].space);
		rc_xml_declared_encoding(cases[i].head, length, encoding, sizeof(encoding));
		CHECK_TEXT(encoding, strlen(encoding), cases[i].encoding);
		UNIT_NOTE(failed, "%zu", i);
	}
}

int
main(void)
{
	test_documents();
	test_refused();
	test_limits();
	test_memory_and_stop();
	test_head();
	return unit_done();
}
