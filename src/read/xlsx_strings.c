/*
 * xlsx_strings.c - the shared strings of a workbook.
 */
#include "xlsx_strings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xlsx_value.h"

#define PIECE_BITS 22
#define PIECE_BYTES ((size_t) 1 << PIECE_BITS)	/* larger than any field */
#define FIRST_PIECE_BYTES ((size_t) 64 * 1024)	/* most workbooks have few strings */
#define MAX_PIECES (1 << (32 - PIECE_BITS))

struct RcXlsxStrings
{
	const RcAllocator *allocator;
	char	   *pieces[MAX_PIECES];
	uint32_t	piece_count;
	uint32_t	memory_pieces;	/* how many of them are allocated; the others are mapped */
	size_t		piece_size;		/* of the last one */
	size_t		used;			/* in the last one */
	FILE	   *file;
	uint32_t   *places;			/* piece and offset in it */
	uint32_t	count;
	uint32_t	capacity;
};

RcXlsxStrings *
rc_xlsx_strings_create(const RcAllocator *allocator)
{
	RcXlsxStrings *strings = rc_allocate_zero(allocator, sizeof(*strings));

	if (strings)
		strings->allocator = allocator;
	return strings;
}

void
rc_xlsx_strings_free(RcXlsxStrings *strings)
{
	if (!strings)
		return;
	for (uint32_t i = 0; i < strings->piece_count; i++)
	{
		if (i < strings->memory_pieces)
			rc_release(strings->allocator, strings->pieces[i]);
		else
			munmap(strings->pieces[i], PIECE_BYTES);
	}
	if (strings->file)
		fclose(strings->file);
	rc_release(strings->allocator, strings->places);
	rc_release(strings->allocator, strings);
}

/* Maps the next piece of the file. Its blocks are reserved first, as a full disk would otherwise kill the process at the first write. */
static char *
map_piece(RcXlsxStrings *strings)
{
	off_t		offset = (off_t) (strings->piece_count - strings->memory_pieces) * (off_t) PIECE_BYTES;
	void	   *piece;

	if (!strings->file)
		strings->file = tmpfile();
	if (!strings->file || posix_fallocate(fileno(strings->file), offset, (off_t) PIECE_BYTES) != 0)
		return NULL;
	piece = mmap(NULL, PIECE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(strings->file), offset);
	return piece == MAP_FAILED ? NULL : piece;
}

static RcCode
add_piece(RcXlsxStrings *strings, size_t needed, RcStatus *status)
{
	char	   *piece;

	if (strings->piece_count == MAX_PIECES)
		return rc_fail(status, RC_TOO_LARGE, "the shared strings of the workbook are larger than 4 GB");
	strings->piece_size = strings->piece_count == 0 && needed <= FIRST_PIECE_BYTES ? FIRST_PIECE_BYTES : PIECE_BYTES;
	if (strings->piece_count < RC_XLSX_STRING_MEMORY / PIECE_BYTES)
	{
		piece = rc_allocate(strings->allocator, strings->piece_size);
		if (!piece)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		strings->memory_pieces++;
	}
	else
	{
		piece = map_piece(strings);
		if (!piece)
			return rc_fail(status, RC_IO, "cannot make a temporary file for the shared strings of the workbook");
	}
	strings->pieces[strings->piece_count++] = piece;
	strings->used = 0;
	return RC_OK;
}

RcCode
rc_xlsx_strings_add(RcXlsxStrings *strings, const char *text, size_t length, RcStatus *status)
{
	size_t		needed = length + sizeof(uint32_t);
	char	   *at;
	uint32_t	size;

	if (strings->count == strings->capacity)
	{
		uint32_t	capacity = strings->capacity == 0 ? 256 : strings->capacity * 2;
		uint32_t   *larger = capacity > strings->capacity && capacity <= UINT32_MAX / 2 ?
			rc_resize(strings->allocator, strings->places, sizeof(uint32_t) * (size_t) capacity) : NULL;

		if (!larger)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		strings->places = larger;
		strings->capacity = capacity;
	}
	if (strings->piece_count == 0 || strings->piece_size - strings->used < needed)
	{
		RcCode		code = add_piece(strings, needed, status);

		if (code != RC_OK)
			return code;
	}
	at = strings->pieces[strings->piece_count - 1] + strings->used;
	memcpy(at + sizeof(size), text, length);
	size = (uint32_t) rc_xlsx_unescape(at + sizeof(size), length);
	memcpy(at, &size, sizeof(size));
	strings->places[strings->count++] = (strings->piece_count - 1) << PIECE_BITS | (uint32_t) strings->used;
	strings->used += sizeof(size) + size;
	return RC_OK;
}

uint32_t
rc_xlsx_strings_count(const RcXlsxStrings *strings)
{
	return strings->count;
}

RcField
rc_xlsx_strings_get(const RcXlsxStrings *strings, uint32_t index)
{
	uint32_t	place = strings->places[index];
	const char *at = strings->pieces[place >> PIECE_BITS] + (place & (PIECE_BYTES - 1));
	RcField		field;

	memcpy(&field.length, at, sizeof(field.length));
	field.data = at + sizeof(field.length);
	return field;
}
