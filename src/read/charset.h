/*
 * charset.h - a file in any encoding becomes one stream of UTF-8, checked, through a window that its reader moves.
 *
 * UTF-8 is checked in place and not copied; everything else goes through iconv. Characters that the edges of what the input delivers cut
 * are joined here, so nothing depends on those edges.
 */
#ifndef RC_CHARSET_H
#define RC_CHARSET_H

#include "reader.h"

typedef struct RcCharset RcCharset;

/* encoding NULL: found by rc_encoding_detect with the fallback, which may be NULL too. The input must outlive the charset. */
extern RcCode rc_charset_open(RcCharset **charset, const RcInput *input, const char *encoding, const char *fallback,
							  const RcAllocator *allocator, RcStatus *status);

/*
 * Drops the first consumed bytes of the window and adds text behind the rest. RC_OK: the window has grown; RC_END: it is all that is left.
 * An encoding error is returned once the text before it has been handed out, with the offset in the file and without the line, which
 * only the caller knows. The window never ends within a character; it is valid until the next call.
 */
extern RcCode rc_charset_fill(RcCharset *charset, size_t consumed, const char **window, size_t *length, RcStatus *status);

extern const char *rc_charset_name(const RcCharset *charset);

/* Offset in the file of an offset in the decoded text; UINT64_MAX when the text was converted. */
extern uint64_t rc_charset_file_offset(const RcCharset *charset, uint64_t text_offset);

extern void rc_charset_close(RcCharset *charset);	/* NULL is fine */

#endif
