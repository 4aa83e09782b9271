/*
 * source.h - where the bytes of a file come from: the server's disk, a bytea, a large object. Read in pieces, as often as wanted.
 */
#ifndef RCS_SOURCE_H
#define RCS_SOURCE_H

#include "postgres.h"

#include "../read/reader.h"

typedef struct RcsSource RcsSource;

/*
 * Opens a file of the server. Needs pg_read_server_files; below reconcile.import_directory when that is set; regular files only.
 */
extern RcsSource *rcs_source_file(const char *path);
extern RcsSource *rcs_source_bytes(bytea *content, const char *file_name);
extern RcsSource *rcs_source_large_object(Oid content, const char *file_name);

/* Bytes of something else that can start again: rewind gives the input that reads it from its first byte, or raises. */
extern RcsSource *rcs_source_input(const char *name, int64 size, RcInput (*rewind) (void *context), void *context);

extern const char *rcs_source_name(const RcsSource *source);	/* the last part of the path */
extern int64 rcs_source_size(const RcsSource *source);
extern int64 rcs_source_position(const RcsSource *source);	/* bytes read since it was started again */

/* Starts again at the first byte; returns the input that reads it. */
extern RcInput rcs_source_rewind(RcsSource *source);

/* Whether the first bytes are these; starts again at the first byte. */
extern bool rcs_source_begins(RcsSource *source, const char *bytes, size_t length);

/* SHA-256 of the whole, read for the purpose (PG_SHA256_DIGEST_LENGTH bytes). */
extern void rcs_source_digest(RcsSource *source, uint8 *digest);

/* Raises when fewer or more bytes came than the file had when it was opened. To be called at the end. */
extern void rcs_source_check_size(RcsSource *source);

extern void rcs_source_close(RcsSource *source);

#endif
