/*
 * xml.h - XML as a stream: expat behind an interface that is pulled, with everything in it bounded.
 *
 *		code = rc_xml_open(&xml, &input, NULL, &handler, allocator, &status);
 *		while ((code = rc_xml_next(xml, &status)) == RC_OK)
 *			... the handler called rc_xml_pause: take what it made ...
 *		rc_xml_close(xml);
 *
 * A DOCTYPE is refused where it begins, so no entity can be declared, expanded or fetched. Depth, text and single tags have limits.
 */
#ifndef RC_XML_H
#define RC_XML_H

#include "reader.h"

#define RC_XML_MAX_DEPTH 128
#define RC_XML_MAX_TOKEN (4 * 1024 * 1024)	/* a tag, comment or processing instruction */

typedef struct RcXml RcXml;

/* Names come without their namespace prefix; attributes are name, value, name, value, ..., NULL, as they stand. */
typedef struct RcXmlHandler
{
	void		(*start) (void *context, const char *name, const char **attributes);
	void		(*end) (void *context);
	void	   *context;
} RcXmlHandler;

/* encoding NULL: as the document says. The input must outlive the parser. */
extern RcCode rc_xml_open(RcXml **xml, const RcInput *input, const char *encoding, const RcXmlHandler *handler,
						  const RcAllocator *allocator, RcStatus *status);

/* Parses until the handler pauses (RC_OK), the document ends (RC_END) or something is wrong; an error is repeated by further calls. */
extern RcCode rc_xml_next(RcXml *xml, RcStatus *status);
extern void rc_xml_close(RcXml *xml);	/* NULL is fine */

/*
 * For handlers. Pausing is for end(). Text is collected from rc_xml_collect to rc_xml_text, which also ends collecting; it lives until the
 * next rc_xml_collect and includes the text of children, unless rc_xml_skip_text stops that at some point.
 */
extern void rc_xml_pause(RcXml *xml);
extern void rc_xml_collect(RcXml *xml);
extern void rc_xml_skip_text(RcXml *xml, bool skip);
extern void rc_xml_add_text(RcXml *xml, const char *text, size_t length);	/* as if the document had it here */
extern RcField rc_xml_text(RcXml *xml);
extern void rc_xml_fail(RcXml *xml, RcCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));
extern bool rc_xml_failed(const RcXml *xml);
extern void rc_xml_fail_with(RcXml *xml, const RcStatus *status);
extern uint64_t rc_xml_line(const RcXml *xml);
extern uint64_t rc_xml_byte(const RcXml *xml);

/* The value of an attribute by its name without prefix, NULL when it is not there. */
extern const char *rc_xml_attribute(const char **attributes, const char *name);

/* The encoding that the XML declaration at the head of a document names, copied to buffer; false: none or unreadable. */
extern bool rc_xml_declared_encoding(const char *head, size_t length, char *buffer, size_t size);

/* Does the document begin with an XML declaration? */
extern bool rc_xml_has_declaration(const char *head, size_t length);

/*
 * Finds the root element in the first bytes of a document in an ASCII-compatible encoding or UTF-16: its name without prefix and the namespace
 * of that prefix, both copied and cut to size. False: this is no XML, or its root is not within the head.
 */
extern bool rc_xml_root(const char *head, size_t length, char *name, char *space, size_t size);

#endif
