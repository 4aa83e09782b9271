/*
 * archive_directory.h - the directory of a ZIP archive as archive.c and the checks share it.
 */
#ifndef RC_ARCHIVE_DIRECTORY_H
#define RC_ARCHIVE_DIRECTORY_H

#include <zip.h>

#include "archive.h"
#include "spool.h"

typedef struct RcArchiveRecord
{
	RcArchiveEntry shown;
	char	   *raw_name;		/* as in the file */
	uint32_t	name_length;
	uint64_t	offset;			/* of the local header */
	uint64_t	end;			/* behind its packed data */
} RcArchiveRecord;

struct RcArchive
{
	const RcAllocator *allocator;
	RcSpool    *spool;
	RcArchiveRecord	   *entries;
	int			count;
	char	   *names;			/* all shown and raw names */

	zip_t	   *zip;
	zip_error_t zip_error;		/* of our source */
	uint64_t	position;		/* of our source */

	zip_file_t *file;			/* the entry being read */
	const RcArchiveRecord *current;
	uint64_t	given;
};

/* Reads the directory of a spooled archive and checks every entry by itself. */
extern RcCode rc_archive_read_directory(RcArchive *archive, RcStatus *status);

/* Checks the entries against each other: none overlap, no name is there twice. */
extern RcCode rc_archive_check_entries(RcArchive *archive, RcStatus *status);

#endif
