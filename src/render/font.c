/*
 * font.c - reads the character map and the widths of a TrueType font.
 */
#include "font.h"

#include <stdio.h>
#include <string.h>

#define TABLE_LIMIT (8 * 1024 * 1024)

typedef struct Piece
{
	uint8_t    *bytes;
	size_t		length;
} Piece;

/* Reading outside of a piece gives 0: a broken font shows fewer characters, no more. */
static uint32_t
u16(const Piece *piece, size_t at)
{
	if (piece->length < 2 || at > piece->length - 2)
		return 0;
	return (uint32_t) piece->bytes[at] << 8 | piece->bytes[at + 1];
}

static uint32_t
u32(const Piece *piece, size_t at)
{
	return u16(piece, at) << 16 | u16(piece, at + 2);
}

static bool
load(FILE *file, const RcAllocator *allocator, long at, size_t length, Piece *piece)
{
	if (length == 0 || length > TABLE_LIMIT || fseek(file, at, SEEK_SET) != 0)
		return false;
	piece->bytes = rc_allocate(allocator, length);
	if (!piece->bytes)
		return false;
	piece->length = fread(piece->bytes, 1, length, file);
	return piece->length == length;
}

static bool
load_table(FILE *file, const RcAllocator *allocator, const Piece *directory, const char *tag, Piece *piece)
{
	for (size_t i = 0; i < u16(directory, 4); i++)
	{
		size_t		entry = 12 + 16 * i;

		if (entry + 16 <= directory->length && memcmp(directory->bytes + entry, tag, 4) == 0)
			return load(file, allocator, (long) u32(directory, entry + 8), u32(directory, entry + 12), piece);
	}
	return false;
}

/* Where the segmented map of the basic plane (format 4) begins; 0 when the font has none. */
static size_t
find_map(const Piece *cmap)
{
	for (size_t i = 0; i < u16(cmap, 2); i++)
	{
		uint32_t	platform = u16(cmap, 4 + 8 * i);
		size_t		at = u32(cmap, 8 + 8 * i);

		if ((platform == 0 || (platform == 3 && u16(cmap, 6 + 8 * i) == 1)) && at != 0 && u16(cmap, at) == 4)
			return at;
	}
	return 0;
}

static void
fill_widths(RcFont *font, const Piece *cmap, size_t map, const Piece *metrics, uint32_t metric_count, uint32_t units)
{
	size_t		segments = u16(cmap, map + 6) / 2;
	size_t		ends = map + 14;
	size_t		starts = ends + 2 * segments + 2;
	size_t		deltas = starts + 2 * segments;
	size_t		ranges = deltas + 2 * segments;

	for (size_t i = 0; i < segments; i++)
	{
		uint32_t	end = u16(cmap, ends + 2 * i);
		uint32_t	start = u16(cmap, starts + 2 * i);
		uint32_t	range = u16(cmap, ranges + 2 * i);

		for (uint32_t code = start; code <= end && code < 0xFFFF; code++)
		{
			uint32_t	glyph = code;
			uint32_t	metric;

			if (range != 0)
				glyph = u16(cmap, ranges + 2 * i + range + 2 * (code - start));
			if (range == 0 || glyph != 0)
				glyph = (glyph + u16(cmap, deltas + 2 * i)) & 0xFFFF;
			if (glyph == 0)
				continue;
			metric = glyph < metric_count ? glyph : metric_count - 1;
			font->widths[code] = (uint16_t) (1 + (u16(metrics, 4 * (size_t) metric) * 1000 / units) % 0xFFFE);
		}
	}
}

RcFont *
rc_font_read(const char *path, const RcAllocator *allocator, RcStatus *status)
{
	FILE	   *file = fopen(path, "rb");
	RcFont	   *font = NULL;
	Piece		pieces[6] = {{NULL, 0}};
	Piece	   *first = &pieces[0],
			   *directory = &pieces[1],
			   *head = &pieces[2],
			   *hhea = &pieces[3],
			   *hmtx = &pieces[4],
			   *cmap = &pieces[5];
	long		at = 0;
	bool		is_collection = false;
	bool		done = false;

	if (!file)
	{
		rc_fail(status, RC_IO, "could not open font file \"%s\"", path);
		rc_hint(status, "Install the package fonts-wqy-zenhei, or name a TrueType font with Chinese characters in setting reconcile.pdf_font.");
		return NULL;
	}
	if (load(file, allocator, 0, 16, first))
	{
		is_collection = memcmp(first->bytes, "ttcf", 4) == 0;
		if (is_collection)
			at = (long) u32(first, 12);
		rc_release(allocator, first->bytes);
		first->bytes = NULL;
		if (load(file, allocator, at, 12, first) && u32(first, 0) == 0x00010000 &&
			load(file, allocator, at, 12 + 16 * (size_t) u16(first, 4), directory) &&
			load_table(file, allocator, directory, "head", head) && load_table(file, allocator, directory, "hhea", hhea) &&
			load_table(file, allocator, directory, "hmtx", hmtx) && load_table(file, allocator, directory, "cmap", cmap))
		{
			uint32_t	units = u16(head, 18);
			uint32_t	metric_count = u16(hhea, 34);
			size_t		map = find_map(cmap);

			font = rc_allocate_zero(allocator, sizeof(RcFont));
			if (font && units > 0 && metric_count > 0 && map > 0)
			{
				fill_widths(font, cmap, map, hmtx, metric_count, units);
				font->is_collection = is_collection;
				done = rc_font_has(font, '0');
			}
		}
	}
	fclose(file);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		rc_release(allocator, pieces[i].bytes);
	if (!done)
	{
		rc_release(allocator, font);
		rc_fail(status, RC_BAD_STRUCTURE, "font file \"%s\" is not a usable TrueType font", path);
		rc_hint(status, "Use a TrueType font (.ttf, .ttc) with a Unicode character map, such as wqy-zenhei.ttc.");
		return NULL;
	}
	return font;
}
