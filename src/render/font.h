/*
 * font.h - which characters a TrueType font has, and how wide they are. Reads the font file itself: libharu neither tells a missing glyph from a
 * blank one nor measures without taking the glyph into the document.
 */
#ifndef RC_FONT_H
#define RC_FONT_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/memory.h"
#include "../base/status.h"

#define RC_FONT_CHARACTERS 65536

typedef struct RcFont
{
	/* Per character of the basic plane: 0 not in the font, else 1 + its width in thousandths of the font size. */
	uint16_t	widths[RC_FONT_CHARACTERS];
	bool		is_collection;
} RcFont;

/* Reads a .ttf, or font 0 of a .ttc. RC_IO or RC_BAD_STRUCTURE with a hint otherwise. The result is freed by rc_release. */
extern RcFont *rc_font_read(const char *path, const RcAllocator *allocator, RcStatus *status);

/* Whether the font can show a character. */
static inline bool
rc_font_has(const RcFont *font, uint32_t code)
{
	return code < RC_FONT_CHARACTERS && font->widths[code] != 0;
}

/* Width of a character that the font has, in thousandths of the font size. */
static inline int
rc_font_width(const RcFont *font, uint32_t code)
{
	return font->widths[code] - 1;
}

#endif
