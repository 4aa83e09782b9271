/*
 * xml.c - expat behind an interface that is pulled.
 */
#include "xml.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "../base/text.h"

#define ENCODING_BYTES 4
#define READ_BYTES (64 * 1024)	/* should_stop is polled for each */

struct RcXml
{
	const RcAllocator *allocator;
	RcInput		input;
	RcXmlHandler handler;
	XML_Parser	parser;
	RcStatus	fault;			/* code RC_OK: nothing is wrong yet */
	uint64_t	bytes;			/* given to expat */
	uint32_t	depth;
	uint64_t	end_byte;		/* where the root element ended; line 0: it has not */
	uint64_t	end_line;
	bool		any_element;
	bool		paused;
	bool		finished;
	bool		collecting;
	bool		skipping;
	RcBuffer	text;
};

/* expat's memory functions take no context, so the allocator in use is set around each call into it. */
static _Thread_local const RcAllocator *expat_allocator;

static void *
expat_allocate(size_t size)
{
	return rc_allocate(expat_allocator, size);
}

static void *
expat_resize(void *pointer, size_t size)
{
	return rc_resize(expat_allocator, pointer, size);
}

static void
expat_release(void *pointer)
{
	rc_release(expat_allocator, pointer);
}

static const XML_Memory_Handling_Suite memory_suite = {expat_allocate, expat_resize, expat_release};

static const char *
without_prefix(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

/* Stops the parser for good; fault is set. */
static void
stop(RcXml *xml)
{
	XML_StopParser(xml->parser, XML_FALSE);
}

static void
set_place(RcXml *xml)
{
	xml->fault.line = rc_xml_line(xml);
	xml->fault.byte = rc_xml_byte(xml);
}

void
rc_xml_fail(RcXml *xml, RcCode code, const char *format, ...)
{
	va_list		arguments;
	char		message[RC_MESSAGE_SIZE];

	if (xml->fault.code != RC_OK)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	rc_status_reset(&xml->fault);
	rc_fail(&xml->fault, code, "%s", message);
	set_place(xml);
	stop(xml);
}

void
rc_xml_fail_with(RcXml *xml, const RcStatus *status)
{
	if (xml->fault.code != RC_OK)
		return;
	xml->fault = *status;
	set_place(xml);
	stop(xml);
}

bool
rc_xml_failed(const RcXml *xml)
{
	return xml->fault.code != RC_OK;
}

uint64_t
rc_xml_line(const RcXml *xml)
{
	return XML_GetCurrentLineNumber(xml->parser);
}

uint64_t
rc_xml_byte(const RcXml *xml)
{
	XML_Index	index = XML_GetCurrentByteIndex(xml->parser);

	return index < 0 ? UINT64_MAX : (uint64_t) index;
}

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	RcXml	   *xml = data;

	if (xml->fault.code != RC_OK)
		return;
	xml->any_element = true;
	if (++xml->depth > RC_XML_MAX_DEPTH)
	{
		rc_xml_fail(xml, RC_BAD_STRUCTURE, "elements are nested more than %d deep", RC_XML_MAX_DEPTH);
		return;
	}
	xml->handler.start(xml->handler.context, without_prefix(name), attributes);
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	RcXml	   *xml = data;

	(void) name;
	if (xml->fault.code != RC_OK)
		return;
	if (--xml->depth == 0)
	{
		xml->end_byte = rc_xml_byte(xml) + (uint64_t) XML_GetCurrentByteCount(xml->parser);
		xml->end_line = rc_xml_line(xml);
	}
	xml->handler.end(xml->handler.context);
}

void
rc_xml_add_text(RcXml *xml, const char *text, size_t length)
{
	if (!xml->collecting || xml->skipping || xml->fault.code != RC_OK)
		return;
	if (xml->text.length + length > RC_MAX_FIELD_BYTES)
		rc_xml_fail(xml, RC_TOO_LARGE, "a text is longer than %d bytes", RC_MAX_FIELD_BYTES);
	else if (!rc_buffer_append(&xml->text, text, length))
		rc_xml_fail(xml, RC_NO_MEMORY, "out of memory");
}

static void XMLCALL
on_text(void *data, const XML_Char *text, int length)
{
	rc_xml_add_text(data, text, (size_t) length);
}

static void XMLCALL
on_doctype(void *data, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int has_internal)
{
	RcXml	   *xml = data;

	(void) name;
	(void) system_id;
	(void) public_id;
	(void) has_internal;
	rc_xml_fail(xml, RC_BAD_STRUCTURE, "the XML document has a DOCTYPE, which is not allowed");
	rc_hint(&xml->fault, "Bank files and workbooks have none; it could make entities grow without end or read other files.");
}

RcCode
rc_xml_open(RcXml **result, const RcInput *input, const char *encoding, const RcXmlHandler *handler, const RcAllocator *allocator,
			RcStatus *status)
{
	RcXml	   *xml = rc_allocate_zero(allocator, sizeof(*xml));
	const RcAllocator *outer = expat_allocator;

	*result = NULL;
	if (!xml)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	xml->allocator = allocator;
	xml->input = *input;
	xml->handler = *handler;
	rc_buffer_init(&xml->text, allocator);
	expat_allocator = allocator;
	xml->parser = XML_ParserCreate_MM(encoding, &memory_suite, NULL);
	expat_allocator = outer;
	if (!xml->parser)
	{
		rc_release(allocator, xml);
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	}
	XML_SetUserData(xml->parser, xml);
	XML_SetElementHandler(xml->parser, on_start, on_end);
	XML_SetCharacterDataHandler(xml->parser, on_text);
	XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
	XML_SetParamEntityParsing(xml->parser, XML_PARAM_ENTITY_PARSING_NEVER);
	*result = xml;
	return RC_OK;
}

/* Notes why expat gave up. */
static void
note_error(RcXml *xml)
{
	enum XML_Error error = XML_GetErrorCode(xml->parser);
	unsigned long column = XML_GetCurrentColumnNumber(xml->parser) + 1;

	if (xml->fault.code != RC_OK)
		return;
	rc_status_reset(&xml->fault);
	if (error == XML_ERROR_NO_MEMORY)
		rc_fail(&xml->fault, RC_NO_MEMORY, "out of memory");
	else if (xml->end_line > 0)
		rc_fail(&xml->fault, RC_BAD_STRUCTURE, "text follows the end of the XML document");
	else if (error == XML_ERROR_UNKNOWN_ENCODING || error == XML_ERROR_INCORRECT_ENCODING)
		rc_fail(&xml->fault, RC_BAD_ENCODING, "the encoding that the XML document declares is not known or not the one it is in");
	else if (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN || error == XML_ERROR_PARTIAL_CHAR)
		rc_fail(&xml->fault, RC_BAD_STRUCTURE, "the XML document ends too early: %s", XML_ErrorString(error));
	else if (!xml->any_element && (error == XML_ERROR_SYNTAX || error == XML_ERROR_INVALID_TOKEN))
		rc_fail(&xml->fault, RC_BAD_STRUCTURE, "the XML document does not begin with a well-formed element");
	else
		rc_fail(&xml->fault, RC_BAD_STRUCTURE, "invalid XML at character %lu of the line: %s", column, XML_ErrorString(error));
	/* Outside the root element the place of expat's fault hangs on where the buffer ended. */
	if (xml->end_line > 0)
	{
		xml->fault.line = xml->end_line;
		xml->fault.byte = xml->end_byte;
	}
	else if (!xml->any_element)
		xml->fault.line = 1;
	else
		set_place(xml);
}

/* Gives expat the next bytes. */
static enum XML_Status
feed(RcXml *xml, RcStatus *status)
{
	void	   *buffer;
	int64_t		got;

	if (rc_should_stop(xml->allocator))
	{
		rc_fail(&xml->fault, RC_STOPPED, "stopped");
		return XML_STATUS_ERROR;
	}
	buffer = XML_GetBuffer(xml->parser, READ_BYTES);
	if (!buffer)
	{
		rc_fail(&xml->fault, RC_NO_MEMORY, "out of memory");
		return XML_STATUS_ERROR;
	}
	got = xml->input.read(xml->input.context, buffer, READ_BYTES, status);
	/* expat tells UTF-16 by the first bytes, as far as it has them. */
	while (xml->bytes == 0 && got > 0 && got < ENCODING_BYTES)
	{
		int64_t		more = xml->input.read(xml->input.context, (char *) buffer + got, (size_t) (READ_BYTES - got), status);

		if (more <= 0)
		{
			got = more < 0 ? more : got;
			break;
		}
		got += more;
	}
	if (got < 0 || got > READ_BYTES)
	{
		if (got > 0 || status->code == RC_OK)
			rc_fail(status, RC_IO, "reading failed");
		xml->fault = *status;
		return XML_STATUS_ERROR;
	}
	xml->finished = got == 0;
	xml->bytes += (uint64_t) got;
	return XML_ParseBuffer(xml->parser, (int) got, got == 0);
}

/* Where the token begins of which expat has not seen the end. */
static uint64_t
token_start(const RcXml *xml)
{
	uint64_t	start = rc_xml_byte(xml);

	return start == UINT64_MAX ? 0 : start;	/* there was no token yet */
}

RcCode
rc_xml_next(RcXml *xml, RcStatus *status)
{
	const RcAllocator *outer = expat_allocator;
	enum XML_Status result = XML_STATUS_OK;

	expat_allocator = xml->allocator;
	while (xml->fault.code == RC_OK && (xml->paused || !xml->finished))
	{
		if (xml->paused)
		{
			xml->paused = false;
			result = XML_ResumeParser(xml->parser);
		}
		else
			result = feed(xml, status);
		if (result == XML_STATUS_ERROR)
			note_error(xml);
		else if (result == XML_STATUS_SUSPENDED)
		{
			xml->paused = true;
			break;
		}
		else if (!xml->finished && xml->bytes - token_start(xml) > RC_XML_MAX_TOKEN)
		{
			rc_fail(&xml->fault, RC_TOO_LARGE, "a tag or comment of the XML document is longer than %d bytes", RC_XML_MAX_TOKEN);
			set_place(xml);
		}
	}
	expat_allocator = outer;
	if (xml->fault.code != RC_OK)
	{
		*status = xml->fault;
		return xml->fault.code;
	}
	return xml->paused ? RC_OK : RC_END;
}

void
rc_xml_close(RcXml *xml)
{
	const RcAllocator *outer = expat_allocator;

	if (!xml)
		return;
	expat_allocator = xml->allocator;
	XML_ParserFree(xml->parser);
	expat_allocator = outer;
	rc_buffer_free(&xml->text);
	rc_release(xml->allocator, xml);
}

void
rc_xml_pause(RcXml *xml)
{
	if (xml->fault.code == RC_OK)
		XML_StopParser(xml->parser, XML_TRUE);
}

void
rc_xml_collect(RcXml *xml)
{
	xml->collecting = true;
	xml->skipping = false;
	rc_buffer_clear(&xml->text);
}

void
rc_xml_skip_text(RcXml *xml, bool skip)
{
	xml->skipping = skip;
}

RcField
rc_xml_text(RcXml *xml)
{
	xml->collecting = false;
	return (RcField) {xml->text.length > 0 ? xml->text.data : "", (uint32_t) xml->text.length};
}

const char *
rc_xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
	{
		if (strcmp(without_prefix(attributes[0]), name) == 0)
			return attributes[1];
	}
	return NULL;
}
