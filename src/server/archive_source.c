/*
 * archive_source.c - the files of a ZIP archive as sources of their own.
 *
 * What a file of an archive may be is the archive's matter (read/archive.h): the limits against bombs hold whoever reads.
 */
#include "archive_source.h"

#include "utils/memutils.h"

#include "../read/archive.h"
#include "../read/zip.h"
#include "support.h"

/* An open archive, closed with its context: libzip allocates by malloc. */
typedef struct OpenArchive
{
	RcArchive  *archive;
	RcAllocator allocator;
	const char *name;
	MemoryContextCallback callback;
} OpenArchive;

typedef struct Member
{
	OpenArchive *open;
	int			index;
} Member;

static void
close_archive(void *argument)
{
	OpenArchive *open = argument;

	rc_archive_close(open->archive);
	open->archive = NULL;
}

static RcInput
rewind_member(void *context)
{
	Member	   *member = context;
	RcInput		input;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_archive_read(member->open->archive, member->index, &input, &status) != RC_OK)
		rcs_raise(&status, member->open->name);
	return input;
}

List *
rcs_archive_members(RcsSource *source)
{
	MemoryContext memory;
	OpenArchive *open;
	RcInput		input;
	RcStatus	status;
	List	   *members = NIL;

	if (!rcs_source_begins(source, "PK\003\004", 4))
		return NIL;
	memory = AllocSetContextCreate(CurrentMemoryContext, "reconcile archive", ALLOCSET_DEFAULT_SIZES);
	open = MemoryContextAllocZero(memory, sizeof(OpenArchive));
	open->name = rcs_source_name(source);
	open->allocator = rcs_allocator(memory);
	open->callback.func = close_archive;
	open->callback.arg = open;
	MemoryContextRegisterResetCallback(memory, &open->callback);
	input = rcs_source_rewind(source);
	rc_status_reset(&status);
	if (rc_archive_open(&open->archive, &input, &open->allocator, &status) != RC_OK)
		rcs_raise(&status, rcs_source_name(source));
	rcs_source_check_size(source);
	if (rc_zip_is_document(open->archive))
	{
		MemoryContextDelete(memory);
		return NIL;
	}
	for (int i = 0; i < rc_archive_count(open->archive); i++)
	{
		const RcArchiveEntry *entry = rc_archive_entry(open->archive, i);
		Member	   *member;

		if (!rc_archive_is_file(open->archive, i))
			continue;
		member = palloc(sizeof(Member));
		member->open = open;
		member->index = i;
		members = lappend(members, rcs_source_input(psprintf("%s/%s", rcs_source_name(source), entry->name), (int64) entry->size, rewind_member, member));
	}
	if (members == NIL)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_EMPTY_FILE),
				 errmsg("the ZIP archive \"%s\" holds no file", rcs_source_name(source))));
	return members;
}
