/*
 * ofx_scan.h - one tolerant scanner of tags for both generations of OFX.
 *
 * An element's text ends at the next tag, so it does not matter whether the element is closed. Comments and processing instructions are skipped, CDATA is
 * text, a DOCTYPE is refused, a < that begins no tag is text. Nothing recurses and nothing is kept but the text at hand.
 */
#ifndef RC_OFX_SCAN_H
#define RC_OFX_SCAN_H

#include "bank.h"

#define RC_OFX_MAX_TAG 512		/* a longer <...> is text */

typedef struct RcOfxScan
{
	const RcSource *source;
	const char *window;
	size_t		length;
	size_t		at;
	uint64_t	base;			/* offset in the text of window[0] */
	uint64_t	line;			/* of window[at] */
	bool		after_return;	/* the byte before was a CR */
	bool		at_end;

	/* the tag at hand */
	RcBuffer	tag;			/* all between < and > */
	char		name[40];		/* upper case */
	bool		closing;		/* </name> */
	bool		empty;			/* <name/> */
	uint64_t	tag_line;
	uint64_t	tag_byte;

	RcBuffer	text;			/* before the tag: entities not yet decoded */
	RcBuffer   *copy;			/* where all that is read is copied to; NULL: nowhere */
} RcOfxScan;

extern void rc_ofx_scan_init(RcOfxScan *scan, const RcSource *source);
extern void rc_ofx_scan_free(RcOfxScan *scan);

/* Goes to the next tag; what was before it is in text. RC_END behind the last one. */
extern RcCode rc_ofx_scan_next(RcOfxScan *scan, RcStatus *status);

/* Decodes entities in place, makes line ends and TABs blanks, and trims. */
extern void rc_ofx_decode(RcBuffer *text);

/* Fails with the place of the tag at hand. */
extern RcCode rc_ofx_fail(const RcOfxScan *scan, RcStatus *status, RcCode code, const char *format, ...)
			__attribute__((format(printf, 4, 5)));

#endif
