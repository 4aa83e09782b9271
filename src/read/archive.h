/*
 * archive.h - a ZIP archive as something that may be hostile: its directory is checked before libzip sees it, and what is taken out of it is
 * bounded.
 *
 * Refused are: archives larger than RC_ARCHIVE_MAX_BYTES or with more entries than RC_ARCHIVE_MAX_ENTRIES; names with "..", absolute ones,
 * doubled ones; encrypted entries and methods other than "stored" and "deflated"; entries that overlap; entries that claim to be larger than
 * RC_ARCHIVE_MAX_ENTRY_BYTES, or more than RC_ARCHIVE_MAX_RATIO times their packed size once they are larger than RC_ARCHIVE_RATIO_FROM; while
 * reading, more bytes than claimed, fewer, or a wrong checksum.
 */
#ifndef RC_ARCHIVE_H
#define RC_ARCHIVE_H

#include "reader.h"

#define RC_ARCHIVE_MAX_BYTES ((uint64_t) 2 << 30)
#define RC_ARCHIVE_MAX_ENTRIES 10000
#define RC_ARCHIVE_MAX_ENTRY_BYTES ((uint64_t) 8 << 30)
#define RC_ARCHIVE_RATIO_FROM ((uint64_t) 32 << 20)
#define RC_ARCHIVE_MAX_RATIO 250

typedef struct RcArchive RcArchive;

typedef struct RcArchiveEntry
{
	const char *name;			/* in UTF-8, with slashes; what cannot be decoded is shown as '?' */
	uint64_t	size;
	uint64_t	packed_size;
	bool		directory;
} RcArchiveEntry;

/* Reads the input to its end and checks the directory. */
extern RcCode rc_archive_open(RcArchive **archive, const RcInput *input, const RcAllocator *allocator, RcStatus *status);
extern int	rc_archive_count(const RcArchive *archive);
extern const RcArchiveEntry *rc_archive_entry(const RcArchive *archive, int index);

/* The entry of a name, letters of any case, -1 when there is none. */
extern int	rc_archive_find(const RcArchive *archive, const char *name);

/*
 * Whether an entry is a file that a person put there: no directory, nothing hidden, nothing that systems add by themselves (__MACOSX/, ._x,
 * .DS_Store, Thumbs.db, desktop.ini).
 */
extern bool rc_archive_is_file(const RcArchive *archive, int index);

/*
 * Starts reading an entry, which ends reading another. The input serves until then. Only its end (0 bytes read) proves that the entry was
 * whole.
 */
extern RcCode rc_archive_read(RcArchive *archive, int index, RcInput *input, RcStatus *status);
/* How many bytes of the entry being read have been given, of how many. */
extern void rc_archive_progress(const RcArchive *archive, uint64_t *done, uint64_t *total);
extern void rc_archive_close(RcArchive *archive);	/* NULL is fine */

#endif
