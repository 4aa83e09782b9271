/*
 * lines.h - decoded text line by line, for containers whose records are made of lines.
 */
#ifndef RC_LINES_H
#define RC_LINES_H

#include "container.h"

#define RC_MAX_LINE_BYTES ((size_t) 64 * 1024)

typedef struct RcLines
{
	const RcSource *source;
	const char *window;
	size_t		length;
	size_t		next;			/* offset in the window of the line that comes next */
	uint64_t	base;			/* offset in the text of window[0] */
	bool		at_end;			/* no text follows the window */
	bool		again;			/* rc_lines_again: the line is handed out once more */

	/* the line at hand, valid until the next call */
	const char *text;			/* without its line end */
	size_t		size;
	uint64_t	line;			/* 1-based */
	uint64_t	byte;			/* offset in the decoded text */
} RcLines;

extern void rc_lines_init(RcLines *lines, const RcSource *source);

/* Moves on to the next line; LF, CRLF and lone CR end one. RC_END after the last; RC_TOO_LARGE for a line that is too long. */
extern RcCode rc_lines_next(RcLines *lines, RcStatus *status);

/* The next rc_lines_next gives this line again. */
extern void rc_lines_again(RcLines *lines);

/* Fails with the place of the line at hand. */
extern RcCode rc_lines_fail(const RcLines *lines, RcStatus *status, RcCode code, const char *format, ...)
			__attribute__((format(printf, 4, 5)));

#endif
