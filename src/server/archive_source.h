/*
 * archive_source.h - the files of a ZIP archive as sources of their own.
 */
#ifndef RCS_ARCHIVE_SOURCE_H
#define RCS_ARCHIVE_SOURCE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "source.h"

/*
 * The files that a ZIP archive holds, in the order of its directory: a List of RcsSource *, named after the archive, a slash and their name in
 * it. NIL when the source is none, or a workbook, which is one file. The list lives in the current context, the archive in a child of it. The
 * files share the archive: one is read at a time.
 */
extern List *rcs_archive_members(RcsSource *source);

#endif
