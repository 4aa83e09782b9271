/*
 * lines.c - decoded text line by line.
 */
#include "lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/text.h"

void
rc_lines_init(RcLines *lines, const RcSource *source)
{
	memset(lines, 0, sizeof(*lines));
	lines->source = source;
}

/* Offset of the next line end at or after from; the window's length when there is none. */
static size_t
find_line_end(const RcLines *lines, size_t from)
{
	while (from < lines->length && lines->window[from] != '\n' && lines->window[from] != '\r')
		from++;
	return from;
}

/* Size of the line end at an offset: 0 when only more text can tell whether a CR has a LF. */
static size_t
line_end_size(const RcLines *lines, size_t at)
{
	if (lines->window[at] == '\n')
		return 1;
	if (at + 1 < lines->length)
		return lines->window[at + 1] == '\n' ? 2 : 1;
	return lines->at_end ? 1 : 0;
}

RcCode
rc_lines_next(RcLines *lines, RcStatus *status)
{
	size_t		searched = 0;	/* bytes of the line that hold no line end */

	if (lines->again)
	{
		lines->again = false;
		return RC_OK;
	}
	for (;;)
	{
		size_t		end = find_line_end(lines, lines->next + searched);
		size_t		size = end < lines->length ? line_end_size(lines, end) : 0;
		RcCode		code;

		if (end - lines->next > RC_MAX_LINE_BYTES)
		{
			lines->line++;
			lines->byte = lines->base + lines->next;
			return rc_lines_fail(lines, status, RC_TOO_LARGE, "line is longer than %zu bytes", RC_MAX_LINE_BYTES);
		}
		if (size > 0 || (lines->at_end && end > lines->next))
		{
			lines->text = lines->window + lines->next;
			lines->size = end - lines->next;
			lines->byte = lines->base + lines->next;
			lines->line++;
			lines->next = end + size;
			return RC_OK;
		}
		if (lines->at_end)
			return RC_END;
		searched = end - lines->next;
		code = rc_charset_fill(lines->source->charset, lines->next, &lines->window, &lines->length, status);
		lines->base += lines->next;
		lines->next = 0;
		if (code == RC_END)
			lines->at_end = true;
		else if (code != RC_OK)
		{
			if (code == RC_BAD_ENCODING && status->line == 0)
				status->line = lines->line + 1 + rc_count_line_ends(lines->window, lines->length);
			return code;
		}
	}
}

void
rc_lines_again(RcLines *lines)
{
	lines->again = true;
}

RcCode
rc_lines_fail(const RcLines *lines, RcStatus *status, RcCode code, const char *format, ...)
{
	char		message[RC_MESSAGE_SIZE];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	status->line = lines->line > 0 ? lines->line : 1;	/* an empty file has no line */
	status->byte = rc_charset_file_offset(lines->source->charset, lines->byte);
	return rc_fail(status, code, "%s", message);
}
