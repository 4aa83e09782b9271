/*
 * archive.c - a ZIP archive, not trusted: what is taken out of it.
 */
#include "archive.h"

#include <string.h>
#include <strings.h>
#include <zip.h>

#include "archive_directory.h"

/* What libzip reads the archive through. */
static zip_int64_t
source_callback(void *user, void *data, zip_uint64_t size, zip_source_cmd_t command)
{
	RcArchive  *archive = user;

	switch (command)
	{
		case ZIP_SOURCE_OPEN:
			archive->position = 0;
			return 0;
		case ZIP_SOURCE_READ:
			{
				int64_t		got = rc_spool_read(archive->spool, archive->position, data, (size_t) size);

				if (got < 0)
				{
					zip_error_set(&archive->zip_error, ZIP_ER_READ, 0);
					return -1;
				}
				archive->position += (uint64_t) got;
				return got;
			}
		case ZIP_SOURCE_SEEK:
			{
				zip_int64_t place = zip_source_seek_compute_offset(archive->position, rc_spool_size(archive->spool), data, size,
																   &archive->zip_error);

				if (place < 0)
					return -1;
				archive->position = (uint64_t) place;
				return 0;
			}
		case ZIP_SOURCE_TELL:
			return (zip_int64_t) archive->position;
		case ZIP_SOURCE_STAT:
			{
				zip_stat_t *stat = data;

				zip_stat_init(stat);
				stat->size = rc_spool_size(archive->spool);
				stat->valid = ZIP_STAT_SIZE;
				return sizeof(*stat);
			}
		case ZIP_SOURCE_ERROR:
			return zip_error_to_data(&archive->zip_error, data, size);
		case ZIP_SOURCE_CLOSE:
		case ZIP_SOURCE_FREE:
			return 0;
		case ZIP_SOURCE_SUPPORTS:
			return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
												  ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
		default:
			zip_error_set(&archive->zip_error, ZIP_ER_OPNOTSUPP, 0);
			return -1;
	}
}

static RcCode
open_zip(RcArchive *archive, RcStatus *status)
{
	zip_error_t error;
	zip_source_t *source;

	zip_error_init(&error);
	source = zip_source_function_create(source_callback, archive, &error);
	archive->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
	if (!archive->zip)
	{
		rc_fail(status, zip_error_code_zip(&error) == ZIP_ER_MEMORY ? RC_NO_MEMORY : RC_BAD_STRUCTURE, "the ZIP archive is damaged: %s",
				zip_error_strerror(&error));
		if (source)
			zip_source_free(source);
		zip_error_fini(&error);
		return status->code;
	}
	zip_error_fini(&error);

	/* what was checked must be what will be read */
	if (zip_get_num_entries(archive->zip, 0) != archive->count)
		return rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive has two directories that disagree");
	for (int i = 0; i < archive->count; i++)
	{
		const char *name = zip_get_name(archive->zip, (zip_uint64_t) i, ZIP_FL_ENC_RAW);

		if (!name || strcmp(name, archive->entries[i].raw_name) != 0)
			return rc_fail(status, RC_BAD_STRUCTURE, "the ZIP archive has two directories that disagree");
	}
	return RC_OK;
}

RcCode
rc_archive_open(RcArchive **result, const RcInput *input, const RcAllocator *allocator, RcStatus *status)
{
	RcArchive  *archive = rc_allocate_zero(allocator, sizeof(*archive));
	RcCode		code;

	*result = NULL;
	if (!archive)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	archive->allocator = allocator;
	zip_error_init(&archive->zip_error);
	code = rc_spool_open(&archive->spool, input, RC_ARCHIVE_MAX_BYTES, allocator, status);
	if (code == RC_OK)
		code = rc_archive_read_directory(archive, status);
	if (code == RC_OK && archive->count > 0)
		code = rc_archive_check_entries(archive, status);
	if (code == RC_OK && archive->count > 0)
		code = open_zip(archive, status);
	if (code != RC_OK)
	{
		rc_archive_close(archive);
		return code;
	}
	*result = archive;
	return RC_OK;
}

int
rc_archive_count(const RcArchive *archive)
{
	return archive->count;
}

const RcArchiveEntry *
rc_archive_entry(const RcArchive *archive, int index)
{
	return &archive->entries[index].shown;
}

int
rc_archive_find(const RcArchive *archive, const char *name)
{
	for (int i = 0; i < archive->count; i++)
	{
		if (strcasecmp(archive->entries[i].shown.name, name) == 0)
			return i;
	}
	return -1;
}

bool
rc_archive_is_file(const RcArchive *archive, int index)
{
	const RcArchiveEntry *entry = &archive->entries[index].shown;
	const char *part = entry->name;

	if (entry->directory)
		return false;
	for (;;)
	{
		size_t		length = strcspn(part, "/");

		if (part[0] == '.' && part[1] != '.')
			return false;
		if (part[length] == '\0')
			return strcasecmp(part, "Thumbs.db") != 0 && strcasecmp(part, "desktop.ini") != 0;
		if (length == 8 && memcmp(part, "__MACOSX", 8) == 0)
			return false;
		part += length + 1;
	}
}

static RcCode
read_failure(RcArchive *archive, RcStatus *status)
{
	zip_error_t *error = zip_file_get_error(archive->file);
	const char *name = archive->current->shown.name;

	switch (zip_error_code_zip(error))
	{
		case ZIP_ER_MEMORY:
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		case ZIP_ER_READ:
			return rc_fail(status, RC_IO, "cannot read the temporary file");
		case ZIP_ER_CRC:
			rc_fail(status, RC_BAD_STRUCTURE, "\"%.100s\" in the ZIP archive is damaged: its checksum is wrong", name);
			break;
		default:
			rc_fail(status, RC_BAD_STRUCTURE, "\"%.80s\" in the ZIP archive is damaged: %.80s", name, zip_error_strerror(error));
	}
	rc_hint(status, "Download or copy the file again.");
	return RC_BAD_STRUCTURE;
}

static int64_t
read_entry(void *context, char *buffer, size_t size, RcStatus *status)
{
	RcArchive  *archive = context;
	zip_int64_t got = zip_fread(archive->file, buffer, size);

	if (got < 0)
	{
		read_failure(archive, status);
		return -1;
	}
	archive->given += (uint64_t) got;
	if (archive->given > archive->current->shown.size || (got == 0 && archive->given < archive->current->shown.size))
	{
		rc_fail(status, RC_BAD_STRUCTURE, "\"%.100s\" in the ZIP archive has %s bytes than its directory says", archive->current->shown.name,
				got == 0 ? "fewer" : "more");
		return -1;
	}
	return got;
}

RcCode
rc_archive_read(RcArchive *archive, int index, RcInput *input, RcStatus *status)
{
	if (archive->file)
		zip_fclose(archive->file);
	archive->current = &archive->entries[index];
	archive->given = 0;
	archive->file = zip_fopen_index(archive->zip, (zip_uint64_t) index, 0);
	if (!archive->file)
	{
		zip_error_t *error = zip_get_error(archive->zip);

		return rc_fail(status, zip_error_code_zip(error) == ZIP_ER_MEMORY ? RC_NO_MEMORY : RC_BAD_STRUCTURE,
					   "\"%.80s\" in the ZIP archive cannot be read: %.80s", archive->current->shown.name, zip_error_strerror(error));
	}
	input->read = read_entry;
	input->context = archive;
	return RC_OK;
}

void
rc_archive_progress(const RcArchive *archive, uint64_t *done, uint64_t *total)
{
	if (!archive->file)
		return;
	*done = archive->given;
	*total = archive->current->shown.size;
}

void
rc_archive_close(RcArchive *archive)
{
	if (!archive)
		return;
	if (archive->file)
		zip_fclose(archive->file);
	if (archive->zip)
		zip_discard(archive->zip);
	zip_error_fini(&archive->zip_error);
	rc_spool_close(archive->spool);
	rc_release(archive->allocator, archive->entries);
	rc_release(archive->allocator, archive->names);
	rc_release(archive->allocator, archive);
}
