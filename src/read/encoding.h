/*
 * encoding.h - names of encodings, and which one a file is in.
 */
#ifndef RC_ENCODING_H
#define RC_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include "../base/memory.h"
#include "../base/status.h"

typedef struct RcEncoding
{
	const char *name;			/* canonical: UTF8 GB18030 BIG5 UTF16LE WIN1252 ... */
	const char *iconv_name;		/* NULL: UTF-8, which is checked and not converted */
	unsigned char unit;			/* bytes of the smallest unit: 2 for UTF-16, else 1 */
	const char *bom;			/* its byte order mark, NULL when it has none */
} RcEncoding;

/*
 * Looks a name up as iconv, PostgreSQL or a browser writes it: "gbk", "GB-2312", "cp936", "utf-8", "latin1". "UTF-16" without an end
 * is taken from the BOM or the zero bytes of head. NULL: unknown.
 */
extern const RcEncoding *rc_encoding_find(const char *name, const char *head, size_t length);

/*
 * Finds the encoding of a file from its first bytes: BOM, UTF-16 by its zero bytes, strict UTF-8, the fallback (may be NULL) when it decodes
 * strictly, then a guess among few. whole tells that head is all of the file. RC_BAD_ENCODING, with place and hint, when unsure.
 */
extern RcCode rc_encoding_detect(const RcEncoding **encoding, const char *head, size_t length, bool whole, const char *fallback,
								 RcStatus *status);

/* Does the zero-byte pattern of ASCII characters in UTF-16 show? Gives the encoding or NULL. */
extern const RcEncoding *rc_encoding_utf16(const char *head, size_t length);

#endif
