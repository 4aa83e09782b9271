/*
 * fuzz_archive.c - any bytes as a ZIP archive: what is taken out of it is bounded, and it is read as far as the directory says or refused.
 *
 * The first byte tells how the input is cut; the rest is the file.
 */
#include "../../src/read/archive.h"
#include "fuzz.h"

#define MOST_BYTES (1 << 20)	/* of an entry that are looked at */

/* Reads every entry of an archive. */
static void
read_entries(const char *data, size_t length)
{
	FuzzFile	file;
	RcInput		input = fuzz_input(&file, data, length, SIZE_MAX);
	RcArchive  *archive;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_archive_open(&archive, &input, &rc_malloc_allocator, &status) != RC_OK)
	{
		require(archive == NULL && status.code != RC_OK && status.message[0] != '\0');
		return;
	}
	require(rc_archive_count(archive) <= RC_ARCHIVE_MAX_ENTRIES);
	for (int i = 0; i < rc_archive_count(archive); i++)
	{
		const RcArchiveEntry *entry = rc_archive_entry(archive, i);
		char		buffer[4096];
		RcInput		content;
		uint64_t	total = 0;
		int64_t		got = 0;

		require(rc_utf8_valid(entry->name, strlen(entry->name)) && entry->name[0] != '/' && strncmp(entry->name, "../", 3) != 0);
		require(entry->size <= RC_ARCHIVE_MAX_ENTRY_BYTES && rc_archive_find(archive, entry->name) >= 0);
		rc_status_reset(&status);
		if (rc_archive_read(archive, i, &content, &status) != RC_OK)
			continue;
		while (total < MOST_BYTES && (got = content.read(content.context, buffer, sizeof(buffer), &status)) > 0)
			total += (uint64_t) got;
		require(total <= entry->size && (got != 0 || total == entry->size));
		require(got >= 0 || status.code != RC_OK);
	}
	rc_archive_close(archive);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcReaderOptions options = {.container = "zip", .quote = '"'};

	if (size < 1)
		return 0;
	read_entries((const char *) data + 1, size - 1);
	fuzz_cut(&options, NULL, (const char *) data + 1, size - 1, (size_t) data[0] + 1);
	return 0;
}
