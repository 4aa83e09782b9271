/*
 * charset.c - a file in any encoding becomes one stream of UTF-8.
 */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "../base/text.h"
#include "encoding.h"

#define DETECT_BYTES ((size_t) 64 * 1024)
#define READ_BYTES ((size_t) 64 * 1024)	/* should_stop is polled for each */
#define WINDOW_BYTES ((size_t) 256 * 1024)
#define NO_CONVERTER ((iconv_t) -1)

struct RcCharset
{
	const RcAllocator *allocator;
	RcInput		input;
	const RcEncoding *encoding;
	iconv_t		converter;		/* NO_CONVERTER for UTF-8 */

	/* decoded text; for UTF-8 followed by bytes not checked yet, which end within a character */
	char	   *window;
	size_t		capacity;
	size_t		checked;		/* bytes handed out */
	size_t		used;			/* bytes in the window */

	/* bytes as read, for iconv */
	char	   *raw;
	size_t		raw_start;
	size_t		raw_end;

	uint64_t	offset;			/* in the file: of window[0] for UTF-8, of raw[raw_start] else */
	uint64_t	bom_size;
	bool		at_end;			/* the input has no more */
	RcStatus	fault;			/* returned when the text before it is gone; code RC_OK: none */
};

/* Reads at least one byte, at most size; sets at_end instead. */
static RcCode
read_some(RcCharset *charset, char *buffer, size_t size, size_t *got, RcStatus *status)
{
	int64_t		result;

	*got = 0;
	if (rc_should_stop(charset->allocator))
		return rc_fail(status, RC_STOPPED, "stopped");
	result = charset->input.read(charset->input.context, buffer, size < READ_BYTES ? size : READ_BYTES, status);
	if (result < 0)
		return status->code != RC_OK ? status->code : rc_fail(status, RC_IO, "reading failed");
	if ((uint64_t) result > size)
		return rc_fail(status, RC_IO, "the input delivered more than it was asked for");
	*got = (size_t) result;
	if (result == 0)
		charset->at_end = true;
	return RC_OK;
}

/* Fills a buffer as far as the input goes. */
static RcCode
read_full(RcCharset *charset, char *buffer, size_t *used, size_t size, RcStatus *status)
{
	while (*used < size && !charset->at_end)
	{
		size_t		got;
		RcCode		code = read_some(charset, buffer + *used, size - *used, &got, status);

		if (code != RC_OK)
			return code;
		*used += got;
	}
	return RC_OK;
}

/* Notes what is wrong at an offset of the file; bytes are those found there. */
static void
set_fault(RcCharset *charset, uint64_t offset, const char *bytes, size_t length, bool truncated)
{
	RcStatus   *fault = &charset->fault;
	const char *name = charset->encoding->name;

	rc_status_reset(fault);
	fault->byte = offset;
	if (!truncated && length >= charset->encoding->unit && bytes[0] == '\0' && (charset->encoding->unit == 1 || bytes[1] == '\0'))
	{
		rc_fail(fault, RC_BAD_ENCODING, "NUL character in text");
		rc_hint(fault, "The file is damaged, or it is not a text file.");
		return;
	}
	if (truncated)
		rc_fail(fault, RC_BAD_ENCODING, "the file ends within a character of encoding %s", name);
	else
	{
		char		shown[32] = "";
		size_t		count = length < 4 ? length : 4;

		for (size_t i = 0; i < count; i++)
		{
			static const char digits[] = "0123456789ABCDEF";
			char		hex[] = " 0x00";

			hex[3] = digits[(unsigned char) bytes[i] >> 4];
			hex[4] = digits[(unsigned char) bytes[i] & 15];
			memcpy(shown + i * 5, hex, sizeof(hex));
		}
		rc_fail(fault, RC_BAD_ENCODING, "invalid byte sequence for encoding %s:%s", name, shown);
	}
	rc_hint(fault, "If the file is in another encoding, name it, for example GB18030, BIG5 or WIN1252.");
}

/* Opens at the encoding found or given. */
static RcCode
begin(RcCharset *charset, const char *encoding, const char *fallback, RcStatus *status)
{
	char	   *head;
	size_t		length = 0;
	size_t		bom;
	RcCode		code;

	charset->capacity = WINDOW_BYTES;
	charset->window = rc_allocate(charset->allocator, charset->capacity);
	if (!charset->window)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	head = charset->window;
	code = read_full(charset, head, &length, DETECT_BYTES, status);
	if (code != RC_OK)
		return code;

	if (encoding)
	{
		charset->encoding = rc_encoding_find(encoding, head, length);
		if (!charset->encoding)
		{
			rc_fail(status, RC_BAD_ENCODING, "unknown encoding \"%.60s\"", encoding);
			rc_hint(status, "Known are UTF8, UTF16, GB18030 (also GBK, GB2312), BIG5, BIG5HKSCS, WIN1250 to WIN1258, LATIN1 to LATIN10.");
			return RC_BAD_ENCODING;
		}
	}
	else
	{
		code = rc_encoding_detect(&charset->encoding, head, length, charset->at_end, fallback, status);
		if (code != RC_OK)
			return code;
	}

	bom = charset->encoding->bom ? strlen(charset->encoding->bom) : 0;
	if (bom > 0 && (length < bom || memcmp(head, charset->encoding->bom, bom) != 0))
		bom = 0;
	charset->bom_size = bom;
	charset->offset = bom;
	if (!charset->encoding->iconv_name)
	{
		memmove(head, head + bom, length - bom);
		charset->used = length - bom;
		return RC_OK;
	}

	charset->raw = rc_allocate(charset->allocator, DETECT_BYTES);
	if (!charset->raw)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	memcpy(charset->raw, head + bom, length - bom);
	charset->raw_end = length - bom;
	charset->converter = iconv_open("UTF-8", charset->encoding->iconv_name);
	if (charset->converter == NO_CONVERTER)
		return errno == ENOMEM ? rc_fail(status, RC_NO_MEMORY, "out of memory") :
			rc_fail(status, RC_BAD_ENCODING, "the system's iconv cannot convert %s", charset->encoding->name);
	return RC_OK;
}

RcCode
rc_charset_open(RcCharset **result, const RcInput *input, const char *encoding, const char *fallback, const RcAllocator *allocator,
				RcStatus *status)
{
	RcCharset  *charset = rc_allocate_zero(allocator, sizeof(*charset));
	RcCode		code;

	*result = NULL;
	if (!charset)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	charset->allocator = allocator;
	charset->input = *input;
	charset->converter = NO_CONVERTER;
	code = begin(charset, encoding, fallback, status);
	if (code != RC_OK)
	{
		rc_charset_close(charset);
		return code;
	}
	*result = charset;
	return RC_OK;
}

/* Reads behind what is there and checks it. */
static RcCode
fill_utf8(RcCharset *charset, RcStatus *status)
{
	bool		incomplete;
	RcCode		code = read_full(charset, charset->window, &charset->used, charset->capacity, status);

	if (code != RC_OK)
		return code;
	charset->checked += rc_utf8_prefix(charset->window + charset->checked, charset->used - charset->checked, &incomplete);
	if (charset->checked < charset->used && (!incomplete || charset->at_end))
		set_fault(charset, charset->offset + charset->checked, charset->window + charset->checked, charset->used - charset->checked,
				  incomplete);
	return RC_OK;
}

/* Number of raw bytes before the first NUL character. */
static size_t
length_before_nul(const RcCharset *charset)
{
	const char *raw = charset->raw + charset->raw_start;
	size_t		length = charset->raw_end - charset->raw_start;

	if (charset->encoding->unit == 2)
	{
		for (size_t i = 0; i + 1 < length; i += 2)
		{
			if (raw[i] == '\0' && raw[i + 1] == '\0')
				return i;
		}
		return length;
	}
	else
	{
		const char *nul = memchr(raw, '\0', length);

		return nul ? (size_t) (nul - raw) : length;
	}
}

/* Converts raw bytes until the window is full or the input ends. */
static RcCode
fill_converted(RcCharset *charset, RcStatus *status)
{
	for (;;)
	{
		size_t		limit;
		size_t		left;
		size_t		room = charset->capacity - charset->used;
		char	   *input;
		char	   *output = charset->window + charset->used;
		int			error = 0;
		RcCode		code;

		if (charset->raw_start > 0)
		{
			memmove(charset->raw, charset->raw + charset->raw_start, charset->raw_end - charset->raw_start);
			charset->raw_end -= charset->raw_start;
			charset->raw_start = 0;
		}
		code = read_full(charset, charset->raw, &charset->raw_end, DETECT_BYTES, status);
		if (code != RC_OK)
			return code;

		limit = length_before_nul(charset);
		input = charset->raw;
		left = limit;
		if (left > 0 && iconv(charset->converter, &input, &left, &output, &room) == (size_t) -1)
			error = errno;
		/* some converters hold a character back in case the next one combines with it */
		if (error == 0 && charset->at_end && limit == charset->raw_end &&
			iconv(charset->converter, NULL, NULL, &output, &room) == (size_t) -1)
			error = errno;
		charset->raw_start = limit - left;
		charset->offset += limit - left;
		charset->used = (size_t) (output - charset->window);
		charset->checked = charset->used;

		if (error == E2BIG)
			return RC_OK;
		if (error == EILSEQ || (error == EINVAL && limit < charset->raw_end))
		{
			/* a NUL within a character makes it invalid, whatever it was to become */
			set_fault(charset, charset->offset, charset->raw + charset->raw_start, charset->raw_end - charset->raw_start, false);
			return RC_OK;
		}
		if (error == EINVAL && charset->at_end)
		{
			set_fault(charset, charset->offset, charset->raw + charset->raw_start, left, true);
			return RC_OK;
		}
		if (error != 0 && error != EINVAL)
			return rc_fail(status, error == ENOMEM ? RC_NO_MEMORY : RC_BAD_ENCODING, "iconv failed with error %d", error);
		if (limit < charset->raw_end)
		{
			set_fault(charset, charset->offset, charset->raw + charset->raw_start, charset->raw_end - charset->raw_start, false);
			return RC_OK;
		}
		if (charset->at_end)
			return RC_OK;
	}
}

RcCode
rc_charset_fill(RcCharset *charset, size_t consumed, const char **window, size_t *length, RcStatus *status)
{
	size_t		before;
	RcCode		code = RC_OK;

	charset->checked -= consumed;
	charset->used -= consumed;
	memmove(charset->window, charset->window + consumed, charset->used);
	if (charset->converter == NO_CONVERTER)
		charset->offset += consumed;
	before = charset->checked;

	if (charset->fault.code == RC_OK)
	{
		if (charset->used > charset->capacity / 2)
		{
			char	   *larger = rc_resize(charset->allocator, charset->window, charset->capacity * 2);

			if (larger)
			{
				charset->window = larger;
				charset->capacity *= 2;
			}
			else
				code = rc_fail(status, RC_NO_MEMORY, "out of memory");
		}
		if (code == RC_OK)
			code = charset->converter == NO_CONVERTER ? fill_utf8(charset, status) : fill_converted(charset, status);
	}
	*window = charset->window;
	*length = charset->checked;
	if (code != RC_OK || charset->checked > before)
		return code;
	if (charset->fault.code != RC_OK)
	{
		*status = charset->fault;
		return charset->fault.code;
	}
	return RC_END;
}

const char *
rc_charset_name(const RcCharset *charset)
{
	return charset->encoding->name;
}

uint64_t
rc_charset_file_offset(const RcCharset *charset, uint64_t text_offset)
{
	return charset->converter == NO_CONVERTER ? text_offset + charset->bom_size : UINT64_MAX;
}

void
rc_charset_close(RcCharset *charset)
{
	const RcAllocator *allocator;

	if (!charset)
		return;
	allocator = charset->allocator;
	if (charset->converter != NO_CONVERTER)
		iconv_close(charset->converter);
	rc_release(allocator, charset->raw);
	rc_release(allocator, charset->window);
	rc_release(allocator, charset);
}
