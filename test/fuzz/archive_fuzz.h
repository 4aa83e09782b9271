/*
 * archive_fuzz.h - for fuzzers: parts that are packed (stored) into an archive with right checksums, so that the fuzzer need not find them.
 */
#ifndef ARCHIVE_FUZZ_H
#define ARCHIVE_FUZZ_H

#include "fuzz.h"

typedef struct FuzzArchive
{
	RcBuffer	entries;		/* the archive, in the end */
	RcBuffer	directory;
	uint64_t	count;
} FuzzArchive;

static inline void
put(RcBuffer *buffer, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		rc_buffer_append_char(buffer, (char) (value >> (8 * i)));
}

/* The checksum of ZIP, bit by bit: the parts are small. */
static inline uint64_t
checksum_of(const char *content, size_t length)
{
	uint32_t	sum = 0xFFFFFFFF;

	for (size_t i = 0; i < length; i++)
	{
		sum ^= (unsigned char) content[i];
		for (int bit = 0; bit < 8; bit++)
			sum = (sum >> 1) ^ (sum & 1 ? 0xEDB88320 : 0);
	}
	return ~sum;
}

static inline void
fuzz_archive_init(FuzzArchive *archive)
{
	rc_buffer_init(&archive->entries, &rc_malloc_allocator);
	rc_buffer_init(&archive->directory, &rc_malloc_allocator);
	archive->count = 0;
}

/* Adds a stored entry of three texts behind each other. */
static inline void
fuzz_archive_add(FuzzArchive *archive, const char *name, const char *before, const char *content, size_t length, const char *after)
{
	uint64_t	offset = archive->entries.length;
	uint64_t	checksum;
	RcBuffer	part;

	rc_buffer_init(&part, &rc_malloc_allocator);
	rc_buffer_append_string(&part, before);
	rc_buffer_append(&part, content, length);
	rc_buffer_append_string(&part, after);
	checksum = checksum_of(part.data, part.length);
	rc_buffer_append(&archive->entries, "PK\003\004\024\0\0\0\0\0\0\0\0\0", 14);
	rc_buffer_append(&archive->directory, "PK\001\002\024\0\024\0\0\0\0\0\0\0\0\0", 16);
	for (int i = 0; i < 2; i++)
	{
		RcBuffer   *target = i ? &archive->directory : &archive->entries;

		put(target, checksum, 4);
		put(target, part.length, 4);
		put(target, part.length, 4);
		put(target, strlen(name), 2);
		put(target, 0, 2);
	}
	put(&archive->directory, 0, 2);
	put(&archive->directory, 0, 8);
	put(&archive->directory, offset, 4);
	rc_buffer_append_string(&archive->entries, name);
	rc_buffer_append_string(&archive->directory, name);
	rc_buffer_append(&archive->entries, part.data, part.length);
	rc_buffer_free(&part);
	archive->count++;
}

/* Puts the directory behind the entries: archive->entries is the file. */
static inline void
fuzz_archive_finish(FuzzArchive *archive)
{
	uint64_t	offset = archive->entries.length;

	rc_buffer_append(&archive->entries, archive->directory.data, archive->directory.length);
	rc_buffer_append(&archive->entries, "PK\005\006\0\0\0\0", 8);
	put(&archive->entries, archive->count, 2);
	put(&archive->entries, archive->count, 2);
	put(&archive->entries, archive->directory.length, 4);
	put(&archive->entries, offset, 4);
	put(&archive->entries, 0, 2);
	rc_buffer_free(&archive->directory);
}

#endif
