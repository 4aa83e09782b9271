/*
 * text.h - UTF-8 text: checking, trimming, cutting, names of columns, and a string that grows.
 */
#ifndef RC_TEXT_H
#define RC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "memory.h"

/*
 * Length of the longest valid prefix. Strict: overlong forms, surrogates, values above U+10FFFF and NUL end it. *incomplete (may be NULL)
 * tells whether what follows the prefix is the beginning of a character that the end of the text cuts.
 */
extern size_t rc_utf8_prefix(const char *text, size_t length, bool *incomplete);

/* Is the whole text strict UTF-8 without NUL? */
extern bool rc_utf8_valid(const char *text, size_t length);

/* The largest number of bytes <= limit that does not cut a character. */
extern size_t rc_utf8_cut(const char *text, size_t length, size_t limit);

/*
 * Decodes the character at text (which must be valid UTF-8, length > 0) and tells its size in bytes.
 */
extern uint32_t rc_utf8_decode(const char *text, size_t length, size_t *size);

/* Writes a code point, returns the number of bytes (1..4). */
extern size_t rc_utf8_encode(uint32_t character, char *buffer);

/* Moves both ends inwards over blanks: space, TAB, line ends, NBSP, U+2000..U+200A, U+202F, U+3000, zero-width characters and BOM. */
extern void rc_trim(const char **text, size_t *length);

/* Trims, then takes off what spreadsheets and wallets wrap ids in: ="123" '123 '123' `123 123<TAB>. True when it took off more than blanks. */
extern bool rc_unwrap_id(const char **text, size_t *length);

/* Is this an id that a spreadsheet turned into a number in scientific notation (1.23E+17)? Such an id has lost digits. */
extern bool rc_is_scientific(const char *text, size_t length);

/* Does the text hold bidi controls, zero-width or other invisible characters? In ids they are kept, and flagged. */
extern bool rc_has_invisible(const char *text, size_t length);

/* How many lines end in the text: LF, CRLF and lone CR each end one. */
extern uint64_t rc_count_line_ends(const char *text, size_t length);

/* Equal when ASCII letters are folded. */
extern bool rc_equal_fold(const char *a, size_t a_length, const char *b, size_t b_length);

/* A string that grows; all zero but for the allocator is an empty one. data is always terminated once something was appended. */
typedef struct RcBuffer
{
	const RcAllocator *allocator;
	char	   *data;
	size_t		length;
	size_t		capacity;
} RcBuffer;

extern void rc_buffer_init(RcBuffer *buffer, const RcAllocator *allocator);
extern bool rc_buffer_reserve(RcBuffer *buffer, size_t more);	/* room for more bytes and a terminator; false: no memory */
extern bool rc_buffer_append(RcBuffer *buffer, const char *text, size_t length);
extern bool rc_buffer_append_string(RcBuffer *buffer, const char *text);
extern bool rc_buffer_append_char(RcBuffer *buffer, char character);
extern void rc_buffer_clear(RcBuffer *buffer);	/* keeps the memory */
extern void rc_buffer_free(RcBuffer *buffer);

/*
 * Appends the form in which names of columns are compared: trimmed, ASCII lower case, full-width ASCII (parentheses, colon, digits, ...) made
 * narrow, runs of blanks made one space, zero-width characters dropped. False: no memory.
 */
extern bool rc_normalise_header(RcBuffer *buffer, const char *text, size_t length);

#endif
