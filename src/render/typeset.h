/*
 * typeset.h - fitting text into a width: what a font can show, how wide it is, where lines break.
 */
#ifndef RC_TYPESET_H
#define RC_TYPESET_H

#include "font.h"

typedef struct RcLine
{
	size_t		start;
	size_t		length;
} RcLine;

#define RC_ELLIPSIS "\xE2\x80\xA6"

/* Bytes that rc_typeset_clean may need for text of a length, NUL included. */
#define RC_CLEAN_SIZE(length) ((length) * 3 + 1)

/*
 * Copies text as the font can show it: control characters become blanks, what the font lacks (and all beyond the basic plane) becomes
 * U+25A1, or '?' where the font lacks even that. Returns the length.
 */
extern size_t rc_typeset_clean(const RcFont *font, const char *text, size_t length, char *clean);

/* Width of clean text in thousandths of the font size. */
extern int64_t rc_typeset_width(const RcFont *font, const char *text, size_t length);

/* Width of the widest piece that cannot be broken: a word, or one Chinese character. */
extern int64_t rc_typeset_widest_word(const RcFont *font, const char *text, size_t length);

/*
 * Breaks clean text into at most limit lines of a width (thousandths of the font size): at blanks and after hyphens, commas and slashes, at any Chinese
 * character, inside a word only when it is wider than the line. *cut says that the rest did not fit; then the last line leaves room for an ellipsis.
 * Returns the number of lines.
 */
extern int	rc_typeset_break(const RcFont *font, const char *text, size_t length, int64_t width, RcLine *lines, int limit, bool *cut);

#endif
