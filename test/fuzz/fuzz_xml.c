/*
 * fuzz_xml.c - any bytes as an XML document: a handler that pauses, collects and refuses gets the same elements however the input is cut, and all that
 * it gets is within the limits; its first bytes tell root and encoding without a read beyond them.
 *
 * The first byte tells how the input is cut; the rest is the document.
 */
#include "../../src/read/xml.h"
#include "fuzz.h"

typedef struct Seen
{
	RcXml	   *xml;
	uint32_t	depth;
	uint64_t	elements;
	uint64_t	pauses;
	uint64_t	digest;
	RcStatus	status;
} Seen;

static void
on_start(void *context, const char *name, const char **attributes)
{
	Seen	   *seen = context;

	require(++seen->depth <= RC_XML_MAX_DEPTH && strchr(name, ':') == NULL);
	seen->elements++;
	seen->digest = seen->digest * 31 + rc_hash64(name, strlen(name)) + rc_xml_line(seen->xml) + rc_xml_byte(seen->xml);
	for (; attributes[0]; attributes += 2)
	{
		require(rc_utf8_valid(attributes[1], strlen(attributes[1])));
		seen->digest = seen->digest * 31 + rc_hash64(attributes[1], strlen(attributes[1]));
	}
	if (name[0] == 't')
		rc_xml_collect(seen->xml);
	if (name[0] == 's')
		rc_xml_skip_text(seen->xml, name[1] == 's');
	if (name[0] == 'a')
		rc_xml_add_text(seen->xml, name, strlen(name));
	if (name[0] == 'f')
		rc_xml_fail(seen->xml, RC_BAD_VALUE, "%.20s is refused", name);
}

static void
on_end(void *context)
{
	Seen	   *seen = context;

	require(seen->depth-- > 0);
	if (seen->depth % 4 == 1)
	{
		RcField		text = rc_xml_text(seen->xml);

		require(text.length <= RC_MAX_FIELD_BYTES && rc_utf8_valid(text.data, text.length));
		seen->digest = seen->digest * 31 + rc_hash64(text.data, text.length);
	}
	if (seen->depth % 3 == 1)
	{
		rc_xml_pause(seen->xml);
		seen->pauses++;
	}
}

static void
read_document(const char *data, size_t length, size_t step, Seen *seen)
{
	FuzzFile	file;
	RcInput		input = fuzz_input(&file, data, length, step);
	RcXmlHandler handler = {on_start, on_end, seen};
	uint64_t	pauses = 0;
	RcCode		code;

	memset(seen, 0, sizeof(*seen));
	require(rc_xml_open(&seen->xml, &input, NULL, &handler, &rc_malloc_allocator, &seen->status) == RC_OK);
	while ((code = rc_xml_next(seen->xml, &seen->status)) == RC_OK)
		require(++pauses <= seen->pauses);
	require(code == RC_END || (seen->status.code == code && seen->status.message[0] != '\0'));
	require(code != RC_END || (seen->depth == 0 && seen->elements > 0));
	rc_xml_close(seen->xml);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data + 1;
	Seen		whole;
	Seen		cut;
	char		name[40];
	char		space[40];

	if (size < 1)
		return 0;
	rc_xml_has_declaration(text, size - 1);
	require(!rc_xml_declared_encoding(text, size - 1, name, sizeof(name)) || strlen(name) > 0);
	require(!rc_xml_root(text, size - 1, name, space, sizeof(name)) || (strlen(name) < sizeof(name) && strlen(space) < sizeof(space)));

	read_document(text, size - 1, SIZE_MAX, &whole);
	read_document(text, size - 1, (size_t) data[0] + 1, &cut);
	require(whole.status.code == cut.status.code && whole.status.line == cut.status.line && whole.status.byte == cut.status.byte);
	require(whole.elements == cut.elements && whole.pauses == cut.pauses && whole.digest == cut.digest);
	return 0;
}
