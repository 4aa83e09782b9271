/*
 * archive_directory.c - reads and checks the directory of a ZIP archive before libzip sees it.
 */
#include "archive_directory.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"

#define END_BYTES 22			/* end record without its comment */
#define LOCATOR_BYTES 20
#define END64_BYTES 56
#define CENTRAL_BYTES 46		/* directory record without name, extra field, comment */
#define LOCAL_BYTES 30
#define MAX_DIRECTORY_BYTES ((uint64_t) 32 << 20)
#define SHOWN_BYTES 3			/* of UTF-8 for a byte of a name, at most */
#define FLAG_ENCRYPTED 0x0001
#define FLAG_STRONG_ENCRYPTION 0x0040

static uint32_t
get16(const unsigned char *at)
{
	return (uint32_t) at[0] | (uint32_t) at[1] << 8;
}

static uint32_t
get32(const unsigned char *at)
{
	return get16(at) | get16(at + 2) << 16;
}

static uint64_t
get64(const unsigned char *at)
{
	return get32(at) | (uint64_t) get32(at + 4) << 32;
}

static RcCode
read_exactly(const RcArchive *archive, uint64_t offset, void *buffer, size_t size, RcStatus *status)
{
	int64_t		got = rc_spool_read(archive->spool, offset, buffer, size);

	if (got < 0)
		return rc_fail(status, RC_IO, "cannot read the temporary file");
	if ((size_t) got != size)
	{
		status->byte = offset;
		return rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: its directory points behind its end");
	}
	return RC_OK;
}

/* Where the directory is, as the end record says. */
typedef struct Directory
{
	uint64_t	count;
	uint64_t	size;
	uint64_t	offset;
	uint64_t	end;			/* where what follows it begins */
} Directory;

static RcCode
find_directory(RcArchive *archive, Directory *directory, RcStatus *status)
{
	uint64_t	size = rc_spool_size(archive->spool);
	size_t		tail_size = size < 65535 + END_BYTES ? (size_t) size : 65535 + END_BYTES;
	unsigned char *tail;
	uint64_t	tail_offset = size - tail_size;
	const unsigned char *end = NULL;
	RcCode		code;

	tail = rc_allocate(archive->allocator, tail_size);
	if (!tail)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	code = read_exactly(archive, tail_offset, tail, tail_size, status);
	for (size_t at = tail_size; code == RC_OK && at-- > 0;)
	{
		if (tail_size - at >= END_BYTES && memcmp(tail + at, "PK\005\006", 4) == 0 && get16(tail + at + 20) == tail_size - at - END_BYTES)
		{
			end = tail + at;
			break;
		}
	}
	if (code == RC_OK && !end)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive has no directory at its end: it is cut off or damaged");
		rc_hint(status, "Download or copy the file again.");
		code = RC_BAD_STRUCTURE;
	}
	if (code == RC_OK)
	{
		bool		split = get16(end + 4) != 0 || get16(end + 6) != 0;

		directory->count = get16(end + 10);
		directory->size = get32(end + 12);
		directory->offset = get32(end + 16);
		directory->end = tail_offset + (uint64_t) (end - tail);
		if ((directory->count == 0xFFFF || directory->size == 0xFFFFFFFF || directory->offset == 0xFFFFFFFF) &&
			directory->end >= LOCATOR_BYTES)
		{
			unsigned char locator[LOCATOR_BYTES];
			unsigned char end64[END64_BYTES];

			code = read_exactly(archive, directory->end - LOCATOR_BYTES, locator, LOCATOR_BYTES, status);
			if (code == RC_OK && memcmp(locator, "PK\006\007", 4) == 0)
			{
				uint64_t	place = get64(locator + 8);

				code = read_exactly(archive, place, end64, END64_BYTES, status);
				if (code == RC_OK && memcmp(end64, "PK\006\006", 4) != 0)
					code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: its end record is not where it should be");
				directory->count = get64(end64 + 32);
				directory->size = get64(end64 + 40);
				directory->offset = get64(end64 + 48);
				directory->end = place;
				split = false;
			}
		}
		if (code == RC_OK && split)
			code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is one part of several");
	}
	rc_release(archive->allocator, tail);
	if (code != RC_OK)
		return code;
	if (directory->count > RC_ARCHIVE_MAX_ENTRIES)
		return rc_fail(status, RC_TOO_LARGE, "the ZIP archive holds %llu entries, more than %d", (unsigned long long) directory->count,
					   RC_ARCHIVE_MAX_ENTRIES);
	if (directory->size > MAX_DIRECTORY_BYTES)
		return rc_fail(status, RC_TOO_LARGE, "the directory of the ZIP archive is larger than %d MB", (int) (MAX_DIRECTORY_BYTES >> 20));
	if (directory->offset > directory->end || directory->size > directory->end - directory->offset)
	{
		status->byte = directory->offset;
		return rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: its directory lies behind its end");
	}
	return RC_OK;
}

/* Sizes and offset of an entry that do not fit 32 bits stand in its extra field, in this order. */
static bool
read_extra64(const unsigned char *extra, size_t length, RcArchiveRecord *entry)
{
	uint64_t   *values[] = {&entry->shown.size, &entry->shown.packed_size, &entry->offset};

	while (length >= 4)
	{
		size_t		size = get16(extra + 2);

		if (size > length - 4)
			return false;
		if (get16(extra) == 0x0001)
		{
			const unsigned char *at = extra + 4;

			for (int i = 0; i < 3; i++)
			{
				if (*values[i] != 0xFFFFFFFF)
					continue;
				if (size < 8)
					return false;
				*values[i] = get64(at);
				at += 8;
				size -= 8;
			}
			return true;
		}
		extra += 4 + size;
		length -= 4 + size;
	}
	return true;
}

/*
 * Is a name in Big5 rather than in GBK? Common characters of Big5 have a first byte from A4 to C6, and in two of five the second one lies where GBK has
 * none but rare characters.
 */
static bool
looks_big5(const unsigned char *name, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
	{
		if (name[i] < 0x80)
			continue;
		if (name[i] >= 0xA4 && name[i] <= 0xC6 && name[i + 1] >= 0x40 && name[i + 1] <= 0x7E)
			return true;
		i++;
	}
	return false;
}

/* Decodes a name; false when it is not in that encoding. shown has room for SHOWN_BYTES a byte. */
static bool
decode_name(const char *encoding, const RcArchiveRecord *entry, char *shown)
{
	iconv_t		converter = iconv_open("UTF-8", encoding);
	char	   *input = entry->raw_name;
	char	   *output = shown;
	size_t		left = entry->name_length;
	size_t		room = (size_t) entry->name_length * SHOWN_BYTES;
	bool		done;

	if (converter == (iconv_t) -1)
		return false;
	done = iconv(converter, &input, &left, &output, &room) != (size_t) -1;
	iconv_close(converter);
	*output = '\0';
	return done;
}

/*
 * Makes the name that is shown and searched, and judges it. What is not UTF-8 was packed by a Windows that wrote its own code page: GBK or Big5, since
 * the files come from where those are used.
 */
static bool
take_name(RcArchiveRecord *entry, char *shown)
{
	const char *part = shown;
	bool		big5;

	shown[0] = '\0';
	for (uint32_t i = 0; i < entry->name_length; i++)
	{
		unsigned char c = (unsigned char) entry->raw_name[i];

		if (c < 0x20 || c == 0x7F)
			return false;
	}
	memcpy(shown, entry->raw_name, entry->name_length + 1);
	if (!rc_utf8_valid(shown, entry->name_length))
	{
		big5 = looks_big5((const unsigned char *) entry->raw_name, entry->name_length);
		if (!decode_name(big5 ? "BIG5" : "GB18030", entry, shown) && !decode_name(big5 ? "GB18030" : "BIG5", entry, shown))
		{
			for (uint32_t i = 0; i < entry->name_length; i++)
				shown[i] = (unsigned char) entry->raw_name[i] >= 0x80 ? '?' : entry->raw_name[i];
			shown[entry->name_length] = '\0';
		}
	}
	for (char *c = shown; *c; c++)
		if (*c == '\\')
			*c = '/';
	entry->shown.name = shown;
	if (entry->name_length == 0 || shown[0] == '/' || shown[1] == ':')
		return false;
	entry->shown.directory = shown[strlen(shown) - 1] == '/';
	for (;;)
	{
		size_t		length = strcspn(part, "/");

		if (length == 2 && memcmp(part, "..", 2) == 0)
			return false;
		if (part[length] == '\0')
			return true;
		part += length + 1;
	}
}

/* Checks one entry by itself; its local header tells where its data begin. */
static RcCode
check_entry(RcArchive *archive, RcArchiveRecord *entry, uint32_t flags, uint32_t method, uint64_t limit, RcStatus *status)
{
	unsigned char local[LOCAL_BYTES];
	const char *name = entry->shown.name;
	RcCode		code;

	status->byte = entry->offset;
	if ((flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION)) || method == 99)
	{
		rc_fail(status, RC_BAD_STRUCTURE, "\"%.100s\" in the ZIP archive is encrypted", name);
		rc_hint(status, "Unpack the archive with its password first, and import what is in it.");
		return RC_BAD_STRUCTURE;
	}
	if (method != 0 && method != 8)
		return rc_fail(status, RC_BAD_STRUCTURE, "\"%.100s\" in the ZIP archive is packed by method %u, which is not supported", name, method);
	if (entry->shown.size > RC_ARCHIVE_MAX_ENTRY_BYTES)
		return rc_fail(status, RC_TOO_LARGE, "\"%.100s\" in the ZIP archive is larger than %d GB", name, (int) (RC_ARCHIVE_MAX_ENTRY_BYTES >> 30));
	if (entry->shown.size > RC_ARCHIVE_RATIO_FROM && entry->shown.size / RC_ARCHIVE_MAX_RATIO > entry->shown.packed_size)
		return rc_fail(status, RC_TOO_LARGE, "\"%.100s\" in the ZIP archive would grow from %llu to %llu bytes, more than %d times", name,
					   (unsigned long long) entry->shown.packed_size, (unsigned long long) entry->shown.size, RC_ARCHIVE_MAX_RATIO);
	code = read_exactly(archive, entry->offset, local, LOCAL_BYTES, status);
	if (code != RC_OK)
		return code;
	entry->end = entry->offset + LOCAL_BYTES + get16(local + 26) + get16(local + 28);
	if (memcmp(local, "PK\003\004", 4) != 0 || get16(local + 26) != entry->name_length || entry->end > limit ||
		entry->shown.packed_size > limit - entry->end)
		return rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: \"%.100s\" is not where the directory says", name);
	entry->end += entry->shown.packed_size;
	return RC_OK;
}

RcCode
rc_archive_read_directory(RcArchive *archive, RcStatus *status)
{
	Directory	directory = {0};
	unsigned char *records;
	const unsigned char *at;
	const unsigned char *end;
	char	   *names;
	RcCode		code = find_directory(archive, &directory, status);

	if (code != RC_OK)
		return code;
	records = rc_allocate(archive->allocator, (size_t) directory.size);
	archive->entries = rc_allocate_zero(archive->allocator, sizeof(RcArchiveRecord) * (size_t) directory.count);
	/* every name as it is and as shown; a record is longer than the two terminators */
	names = archive->names = rc_allocate(archive->allocator, (size_t) directory.size * (1 + SHOWN_BYTES));
	if (!records || !archive->entries || !names)
		code = rc_fail(status, RC_NO_MEMORY, "out of memory");
	else
		code = read_exactly(archive, directory.offset, records, (size_t) directory.size, status);
	at = records;
	end = code == RC_OK ? records + directory.size : records;
	for (uint64_t i = 0; code == RC_OK && i < directory.count; i++)
	{
		RcArchiveRecord	   *entry = &archive->entries[i];
		size_t		extra_length;

		status->byte = directory.offset + (uint64_t) (at - records);
		if (end - at < CENTRAL_BYTES || memcmp(at, "PK\001\002", 4) != 0 ||
			(size_t) (end - at) < CENTRAL_BYTES + (size_t) get16(at + 28) + get16(at + 30) + get16(at + 32))
		{
			code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: its directory is broken at entry %d", (int) i + 1);
			break;
		}
		entry->shown.packed_size = get32(at + 20);
		entry->shown.size = get32(at + 24);
		entry->name_length = get16(at + 28);
		extra_length = get16(at + 30);
		entry->offset = get32(at + 42);
		entry->raw_name = names;
		memcpy(names, at + CENTRAL_BYTES, entry->name_length);
		names += entry->name_length;
		*names++ = '\0';
		if (!take_name(entry, names))
			code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive holds an entry with an unsafe name (entry %d)", (int) i + 1);
		else if (!read_extra64(at + CENTRAL_BYTES + entry->name_length, extra_length, entry))
			code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive is damaged: its directory is broken at entry %d", (int) i + 1);
		else
			code = check_entry(archive, entry, get16(at + 8), get16(at + 10), directory.offset, status);
		names += strlen(names) + 1;
		at += CENTRAL_BYTES + entry->name_length + extra_length + get16(at + 32);
		archive->count++;
		if (code == RC_OK && rc_should_stop(archive->allocator))
			code = rc_fail(status, RC_STOPPED, "stopped");
	}
	rc_release(archive->allocator, records);
	if (code == RC_OK)
		status->byte = UINT64_MAX;
	return code;
}

static int
compare_offsets(const void *left, const void *right)
{
	const RcArchiveRecord *a = *(const RcArchiveRecord *const *) left;
	const RcArchiveRecord *b = *(const RcArchiveRecord *const *) right;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int
compare_names(const void *left, const void *right)
{
	const RcArchiveRecord *a = *(const RcArchiveRecord *const *) left;
	const RcArchiveRecord *b = *(const RcArchiveRecord *const *) right;

	int			order = strcmp(a->shown.name, b->shown.name);

	/* names that are not UTF-8 are shown alike */
	return order != 0 ? order : strcmp(a->raw_name, b->raw_name);
}

RcCode
rc_archive_check_entries(RcArchive *archive, RcStatus *status)
{
	size_t		count = (size_t) archive->count;
	const RcArchiveRecord **sorted = rc_allocate(archive->allocator, sizeof(*sorted) * count);
	RcCode		code = RC_OK;

	if (!sorted)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &archive->entries[i];
	qsort(sorted, count, sizeof(*sorted), compare_offsets);
	for (size_t i = 1; i < count && code == RC_OK; i++)
	{
		if (sorted[i]->offset < sorted[i - 1]->end)
		{
			status->byte = sorted[i]->offset;
			code = rc_fail(status, RC_BAD_STRUCTURE, "entries of the ZIP archive overlap: \"%.80s\" and \"%.80s\"", sorted[i - 1]->shown.name,
						   sorted[i]->shown.name);
		}
	}
	if (code == RC_OK)
		qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < count && code == RC_OK; i++)
	{
		if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
			code = rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive holds \"%.100s\" twice", sorted[i]->shown.name);
	}
	rc_release(archive->allocator, sorted);
	return code;
}
