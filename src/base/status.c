/*
 * status.c - filling an RcStatus.
 */
#include "status.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/*
 * Formats into a fixed buffer; what does not fit is cut at a character boundary. Pieces of files may have been cut within a character by a
 * precision in the format: what is left of it becomes '?'.
 */
static void
format_into(char *buffer, size_t size, const char *format, va_list arguments)
{
	int			length = vsnprintf(buffer, size, format, arguments);

	if (length < 0)
		buffer[0] = '\0';
	else if ((size_t) length >= size)
		buffer[rc_utf8_cut(buffer, size - 1, size - 1)] = '\0';
	for (char *at = buffer + rc_utf8_prefix(buffer, strlen(buffer), NULL); *at; at += rc_utf8_prefix(at, strlen(at), NULL))
		*at = '?';
}

RcCode
rc_fail(RcStatus *status, RcCode code, const char *format, ...)
{
	va_list		arguments;

	status->code = code;
	va_start(arguments, format);
	format_into(status->message, sizeof(status->message), format, arguments);
	va_end(arguments);
	return code;
}

void
rc_hint(RcStatus *status, const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	format_into(status->hint, sizeof(status->hint), format, arguments);
	va_end(arguments);
}

void
rc_status_reset(RcStatus *status)
{
	status->code = RC_OK;
	status->byte = UINT64_MAX;
	status->line = 0;
	status->column = 0;
	status->field[0] = '\0';
	status->message[0] = '\0';
	status->hint[0] = '\0';
}
