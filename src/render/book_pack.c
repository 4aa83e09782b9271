/*
 * book_pack.c - packs a finished workbook so that it can be stopped.
 *
 * The library packs in one call, and the compression of a large sheet takes seconds. It takes no callback, but all that it packs of a sheet it reads from
 * two streams: the temporary file of the rows, which it copies into the sheet's file, and that file. Both are replaced by streams of ours, which at a
 * stop report their end; the library then closes a short workbook, which is thrown away.
 */
#define _GNU_SOURCE 1
#include "book.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

typedef struct Watched
{
	const RcAllocator *allocator;
	int			fd;
	/* Of a stream of rows: the sheet whose own file has still to be replaced, and what will watch that. */
	lxw_worksheet *sheet;
	struct Watched *other;
} Watched;

static FILE *watch(Watched *watched, FILE *file);

static ssize_t
read_watched(void *cookie, char *buffer, size_t size)
{
	Watched    *watched = cookie;

	/* The library reads the rows in the midst of writing the sheet's file: the time to replace that as well. */
	if (watched->sheet)
	{
		FILE	   *replaced = watched->sheet->file ? watch(watched->other, watched->sheet->file) : NULL;

		if (replaced)
		{
			watched->sheet->file = replaced;
			watched->other = NULL;	/* now that stream's */
		}
		watched->sheet = NULL;
	}
	return rc_should_stop(watched->allocator) ? 0 : read(watched->fd, buffer, size);
}

static ssize_t
write_watched(void *cookie, const char *buffer, size_t size)
{
	return write(((Watched *) cookie)->fd, buffer, size);
}

static int
seek_watched(void *cookie, off64_t *offset, int whence)
{
	off64_t		place = lseek64(((Watched *) cookie)->fd, *offset, whence);

	if (place < 0)
		return -1;
	*offset = place;
	return 0;
}

static int
close_watched(void *cookie)
{
	Watched    *watched = cookie;
	int			result = close(watched->fd);

	rc_release(watched->allocator, watched->other);
	rc_release(watched->allocator, watched);
	return result;
}

/* A stream over the same open file, in place of the one given, which is closed; NULL, with that one untouched, when it cannot be made. */
static FILE *
watch(Watched *watched, FILE *file)
{
	static const cookie_io_functions_t functions = {read_watched, write_watched, seek_watched, close_watched};
	FILE	   *stream;

	watched->fd = fflush(file) == 0 ? dup(fileno(file)) : -1;
	if (watched->fd < 0)
		return NULL;
	stream = fopencookie(watched, "r+", functions);
	if (stream)
		fclose(file);
	else
		close(watched->fd);
	return stream;
}

/* Has the rows of a sheet, and later its own file, read through streams of ours. */
static RcCode
watch_sheet(const RcAllocator *allocator, lxw_worksheet *sheet, RcStatus *status)
{
	bool		shared = sheet->file == sheet->optimize_tmpfile;	/* until its own file is made */
	Watched    *watched = rc_allocate_zero(allocator, sizeof(Watched));
	FILE	   *replaced = NULL;

	if (watched)
	{
		watched->allocator = allocator;
		watched->sheet = sheet;
		watched->other = rc_allocate_zero(allocator, sizeof(Watched));
		if (watched->other)
		{
			watched->other->allocator = allocator;
			replaced = watch(watched, sheet->optimize_tmpfile);
		}
	}
	if (!replaced)
	{
		if (watched)
			rc_release(allocator, watched->other);
		rc_release(allocator, watched);
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	}
	sheet->optimize_tmpfile = replaced;
	if (shared)
		sheet->file = replaced;
	return RC_OK;
}

RcCode
rc_book_pack(RcDocument *document, RcStatus *status)
{
	Book	   *x = document->state;
	lxw_error	error;

	for (lxw_worksheet *sheet = STAILQ_FIRST(x->workbook->worksheets); sheet; sheet = STAILQ_NEXT(sheet, list_pointers))
	{
		if (!sheet->optimize_tmpfile)
			continue;
		if (fflush(sheet->optimize_tmpfile) != 0 || ferror(sheet->optimize_tmpfile))
			return rc_fail(status, RC_IO, "could not write a temporary file of the workbook");
		if (watch_sheet(&document->allocator, sheet, status) != RC_OK)
			return status->code;
	}
	if (rc_should_stop(&document->allocator))
		return rc_fail(status, RC_STOPPED, "stopped");
	error = workbook_close(x->workbook);	/* frees it too */
	x->workbook = NULL;
	if (rc_should_stop(&document->allocator))
		return rc_fail(status, RC_STOPPED, "stopped");
	return rc_book_check(error, status);
}
