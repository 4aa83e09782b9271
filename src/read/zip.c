/*
 * zip.c - a ZIP archive that holds one file of another container.
 */
#include "zip.h"

#include <stdio.h>
#include <string.h>

#include "../base/text.h"
#include "archive.h"
#include "ods.h"
#include "xlsx_sheet.h"
#include "xlsx_book.h"

typedef struct Zip
{
	const RcAllocator *allocator;
	RcArchive  *archive;
	RcInput		input;
	RcReader   *reader;			/* of the file in it */
	const RcContainer *container;	/* or the archive is a workbook itself, of this container */
	void	   *workbook;
} Zip;

/* How deep archives lie in archives. rc_reader_open carries no such number, and PostgreSQL runs no threads. */
static _Thread_local int nesting;

bool
rc_zip_is_document(const RcArchive *archive)
{
	return rc_xlsx_is_book(archive) || rc_ods_is_book(archive);
}

/* Finds the only file. */
static RcCode
choose_file(const RcArchive *archive, int *index, RcStatus *status)
{
	char		names[RC_MESSAGE_SIZE] = "";
	size_t		used = 0;
	int			count = 0;

	for (int i = 0; i < rc_archive_count(archive); i++)
	{
		if (!rc_archive_is_file(archive, i))
			continue;
		*index = i;
		count++;
		if (used < sizeof(names))
			used += (size_t) snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "",
									   rc_archive_entry(archive, i)->name);
	}
	if (count == 1)
		return RC_OK;
	if (count == 0)
		return rc_fail(status, RC_UNKNOWN_FORMAT, "the ZIP archive holds no file");
	if (used >= 200)
		strcpy(names + rc_utf8_cut(names, strlen(names), 190), " ...");
	rc_fail(status, RC_UNKNOWN_FORMAT, "the ZIP archive holds %d files: %.200s", count, names);
	rc_hint(status, "Unpack it and import its files one by one.");
	return RC_UNKNOWN_FORMAT;
}

static RcCode
open_file(Zip *zip, RcSource *source, RcStatus *status)
{
	RcReaderOptions options = *source->options;
	int			index = 0;
	RcCode		code;

	if (nesting > 0)
		return rc_fail(status, RC_UNKNOWN_FORMAT, "the ZIP archive holds a ZIP archive, which is not opened");
	code = choose_file(zip->archive, &index, status);
	if (code == RC_OK)
		code = rc_archive_read(zip->archive, index, &zip->input, status);
	if (code != RC_OK)
		return code;
	options.container = NULL;
	nesting++;
	code = rc_reader_open(&zip->reader, &zip->input, &options, zip->allocator, status);
	nesting--;
	if (code != RC_OK)
		return code;
	source->encoding = rc_reader_encoding(zip->reader);
	source->delimiter = rc_reader_delimiter(zip->reader);
	source->container = rc_reader_container(zip->reader);
	return RC_OK;
}

static RcCode
zip_next(void *state, RcRecord *record, RcStatus *status)
{
	Zip		   *zip = state;

	return zip->workbook ? zip->container->next(zip->workbook, record, status) : rc_reader_next(zip->reader, record, status);
}

static void
zip_progress(const void *state, uint64_t *done, uint64_t *total)
{
	const Zip  *zip = state;

	if (zip->workbook)
		zip->container->progress(zip->workbook, done, total);
	else
		rc_archive_progress(zip->archive, done, total);
}

static void
zip_close(void *state)
{
	Zip		   *zip = state;

	rc_reader_close(zip->reader);
	if (zip->workbook)
		zip->container->close(zip->workbook);
	rc_archive_close(zip->archive);
	rc_release(zip->allocator, zip);
}

static RcCode
zip_open(RcSource *source, void **state, RcStatus *status)
{
	Zip		   *zip = rc_allocate_zero(source->allocator, sizeof(*zip));
	RcCode		code;

	if (!zip)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	zip->allocator = source->allocator;
	code = rc_archive_open(&zip->archive, &source->input, source->allocator, status);
	if (code == RC_OK && rc_xlsx_is_book(zip->archive))
		zip->container = &rc_xlsx_container;
	else if (code == RC_OK && rc_ods_is_book(zip->archive))
		zip->container = &rc_ods_container;
	if (zip->container)
	{
		RcArchive  *archive = zip->archive;
		const char *sheet = source->options->sheet;

		zip->archive = NULL;
		source->encoding = "UTF8";
		source->container = zip->container->name;
		code = zip->container == &rc_ods_container ? rc_ods_open_archive(archive, sheet, source->allocator, &zip->workbook, status) :
			rc_xlsx_open_archive(archive, sheet, source->allocator, &zip->workbook, status);
	}
	else if (code == RC_OK)
		code = open_file(zip, source, status);
	if (code != RC_OK)
	{
		zip_close(zip);
		return code;
	}
	*state = zip;
	return RC_OK;
}

static int
zip_sniff(const char *head, size_t length)
{
	return length >= 4 && (memcmp(head, "PK\003\004", 4) == 0 || memcmp(head, "PK\005\006", 4) == 0) ? 50 : 0;
}

const RcContainer rc_zip_container = {
	.name = "zip",
	.sniff = zip_sniff,
	.open = zip_open,
	.next = zip_next,
	.close = zip_close,
	.progress = zip_progress
};
