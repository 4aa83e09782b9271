/*
 * source.c - files, byteas and large objects as one kind of input.
 */
#include "source.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_largeobject.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "libpq/be-fsstubs.h"
#include "libpq/libpq-fs.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/large_object.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"

#include "settings.h"
#include "support.h"

#define PIECE 65536
#define PROC_MAGIC 0x9fa0
#define SYS_MAGIC 0x62656572

typedef enum SourceKind
{
	SOURCE_FILE, SOURCE_BYTES, SOURCE_LARGE_OBJECT, SOURCE_INPUT
} SourceKind;

struct RcsSource
{
	SourceKind	kind;
	const char *name;
	int64		size;
	int64		position;
	bool		at_end;
	int			file;
	const char *bytes;
	int			object;			/* descriptor, as lo_open gives one: cleaned up at the end of the transaction */
	RcInput		input;
	RcInput		(*rewind) (void *context);
	void	   *context;
};

const char *
rcs_source_name(const RcsSource *source)
{
	return source->name;
}

int64
rcs_source_size(const RcsSource *source)
{
	return source->size;
}

int64
rcs_source_position(const RcsSource *source)
{
	return source->position;
}

static void pg_attribute_noreturn()
not_a_file(const char *path, const char *what)
{
	ereport(ERROR,
			(errcode(RCS_ERRCODE_NOT_A_FILE),
			 errmsg("\"%s\" is %s, not a regular file", path, what),
			 errhint("Give the path of a regular file on the server, or use import_bytes() for a file of the client.")));
	pg_unreachable();
}

/* Whether path lies below directory; both without links and dots. */
static bool
is_below(const char *path, const char *directory)
{
	size_t		length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	return strncmp(path, directory, length) == 0 && (path[length] == '/' || length == 1);
}

static void pg_attribute_noreturn()
outside(const char *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("file \"%s\" lies outside the import directory", path),
			 errhint("Files are read only from below the directory that reconcile.import_directory names.")));
	pg_unreachable();
}

/* The path without links and dots. A relative one starts at the import directory. */
static char *
resolve(const char *path, char *root)
{
	char		joined[PATH_MAX];
	char	   *resolved = palloc(PATH_MAX);

	root[0] = '\0';
	if (rcs_import_directory && rcs_import_directory[0] && !realpath(rcs_import_directory, root))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("import directory \"%s\" cannot be used: %m", rcs_import_directory),
				 errhint("An administrator must correct the setting reconcile.import_directory.")));
	if (path[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("the path is empty"),
				 errhint("Give the path of a file of the database server, or use import_bytes() for a file of the client.")));
	if (!is_absolute_path(path))
	{
		if (root[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("relative path \"%s\" is not allowed", path),
					 errhint("Give an absolute path, or set reconcile.import_directory.")));
		if (snprintf(joined, sizeof(joined), "%s/%s", root, path) >= (int) sizeof(joined))
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FILE), errmsg("path \"%s\" is too long", path)));
		path = joined;
	}
	if (!realpath(path, resolved))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("file \"%s\" cannot be opened: %m", path),
				 errhint("The path is one of the database server, read by its operating-system user.")));
	if (root[0] && !is_below(resolved, root))
		outside(path);
	return resolved;
}

RcsSource *
rcs_source_file(const char *path)
{
	RcsSource  *source = palloc0(sizeof(RcsSource));
	char		root[PATH_MAX];
	char	   *resolved;
	struct stat info;
	struct statfs system;

	/* The import functions run with their owner's rights: it is the role of the session that needs this one. */
	if (!has_privs_of_role(rcs_actor(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read files of the server"),
				 errhint("Only roles with the privileges of pg_read_server_files may. import_bytes() and import_large_object() need no such right.")));
	resolved = resolve(path, root);
	/* Not blocking: a FIFO without a writer would hang the session. */
	source->file = OpenTransientFile(resolved, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | PG_BINARY);
	if (source->file < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("file \"%s\" cannot be opened: %m", path),
				 errhint("The path is one of the database server, read by its operating-system user.")));
	if (root[0])
	{
		/* What was opened, not what the path meant a moment ago. */
		char		link[64];
		char		opened[PATH_MAX];
		ssize_t		length;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", source->file);
		length = readlink(link, opened, sizeof(opened) - 1);
		if (length > 0)
		{
			opened[length] = '\0';
			if (!is_below(opened, root))
				outside(path);
		}
	}
	if (fstat(source->file, &info) != 0 || fstatfs(source->file, &system) != 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("file \"%s\" cannot be examined: %m", path)));
	if (S_ISDIR(info.st_mode))
		not_a_file(path, "a directory");
	if (S_ISFIFO(info.st_mode))
		not_a_file(path, "a pipe");
	if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))
		not_a_file(path, "a device");
	if (!S_ISREG(info.st_mode))
		not_a_file(path, "a socket or the like");
	if (system.f_type == PROC_MAGIC || system.f_type == SYS_MAGIC)
		not_a_file(path, "made up by the kernel");
	source->kind = SOURCE_FILE;
	source->size = info.st_size;
	source->name = pstrdup(strrchr(resolved, '/') + 1);
	return source;
}

/* A name for messages and the import table: the last part of what was given. */
static const char *
last_part(const char *file_name)
{
	const char *slash = strrchr(file_name, '/');
	const char *back = strrchr(file_name, '\\');

	if (back && (!slash || back > slash))
		slash = back;
	return slash && slash[1] ? slash + 1 : file_name;
}

RcsSource *
rcs_source_bytes(bytea *content, const char *file_name)
{
	RcsSource  *source = palloc0(sizeof(RcsSource));

	source->kind = SOURCE_BYTES;
	source->name = last_part(file_name);
	source->bytes = VARDATA_ANY(content);
	source->size = VARSIZE_ANY_EXHDR(content);
	return source;
}

RcsSource *
rcs_source_large_object(Oid content, const char *file_name)
{
	RcsSource  *source = palloc0(sizeof(RcsSource));

	source->kind = SOURCE_LARGE_OBJECT;
	source->name = last_part(file_name);
	if (!lo_compat_privileges &&
		pg_largeobject_aclcheck_snapshot(content, rcs_actor(), ACL_SELECT, GetActiveSnapshot()) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for large object %u", content),
				 errhint("Its owner can GRANT SELECT ON LARGE OBJECT to the role that imports it.")));
	source->object = DatumGetInt32(DirectFunctionCall2(be_lo_open, ObjectIdGetDatum(content), Int32GetDatum(INV_READ)));
	source->size = DatumGetInt64(DirectFunctionCall3(be_lo_lseek64, Int32GetDatum(source->object), Int64GetDatum(0), Int32GetDatum(SEEK_END)));
	return source;
}

RcsSource *
rcs_source_input(const char *name, int64 size, RcInput (*rewind) (void *context), void *context)
{
	RcsSource  *source = palloc0(sizeof(RcsSource));

	source->kind = SOURCE_INPUT;
	source->name = name;
	source->size = size;
	source->rewind = rewind;
	source->context = context;
	return source;
}

static int64_t
read_source(void *context, char *buffer, size_t size, RcStatus *status)
{
	RcsSource  *source = context;
	int64		got = 0;

	size = Min(size, PIECE);
	switch (source->kind)
	{
		case SOURCE_FILE:
			do
			{
				got = read(source->file, buffer, size);
			} while (got < 0 && errno == EINTR);
			if (got < 0)
			{
				rc_fail(status, RC_IO, "cannot be read: %s", strerror(errno));
				return -1;
			}
			break;
		case SOURCE_BYTES:
			got = Min((int64) size, source->size - source->position);
			memcpy(buffer, source->bytes + source->position, got);
			break;
		case SOURCE_LARGE_OBJECT:
			got = lo_read(source->object, buffer, (int) size);
			break;
		case SOURCE_INPUT:
			got = source->input.read(source->input.context, buffer, size, status);
			if (got < 0)
				return -1;
			break;
	}
	source->position += got;
	if (got == 0)
		source->at_end = true;
	return got;
}

RcInput
rcs_source_rewind(RcsSource *source)
{
	RcInput		input = {read_source, source};

	source->position = 0;
	source->at_end = false;
	if (source->kind == SOURCE_FILE && lseek(source->file, 0, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("file \"%s\" cannot be read: %m", source->name)));
	if (source->kind == SOURCE_INPUT)
		source->input = source->rewind(source->context);
	if (source->kind == SOURCE_LARGE_OBJECT)
		DirectFunctionCall3(be_lo_lseek64, Int32GetDatum(source->object), Int64GetDatum(0), Int32GetDatum(SEEK_SET));
	return input;
}

bool
rcs_source_begins(RcsSource *source, const char *bytes, size_t length)
{
	RcInput		input = rcs_source_rewind(source);
	char		head[16];
	RcStatus	status;
	int64		got;

	Assert(length <= sizeof(head));
	rc_status_reset(&status);
	got = input.read(input.context, head, length, &status);
	if (got < 0)
		rcs_raise(&status, source->name);
	(void) rcs_source_rewind(source);
	return got == (int64) length && memcmp(head, bytes, length) == 0;
}

void
rcs_source_digest(RcsSource *source, uint8 *digest)
{
	RcInput		input = rcs_source_rewind(source);
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	char	   *buffer = palloc(PIECE);
	RcStatus	status;
	int64		got;
	bool		failed;

	/* Its memory is the resource owner's: freed after an error too. */
	failed = !hash || pg_cryptohash_init(hash) < 0;
	rc_status_reset(&status);
	if (source->kind == SOURCE_BYTES)
		failed = failed || pg_cryptohash_update(hash, (const uint8 *) source->bytes, source->size) < 0;
	else
		while (!failed && (got = input.read(input.context, buffer, PIECE, &status)) != 0)
		{
			CHECK_FOR_INTERRUPTS();
			if (got < 0)
				rcs_raise(&status, source->name);
			failed = pg_cryptohash_update(hash, (uint8 *) buffer, got) < 0;
		}
	if (failed || pg_cryptohash_final(hash, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "SHA-256 of file \"%s\" failed", source->name);
	pg_cryptohash_free(hash);
	pfree(buffer);
	if (source->kind != SOURCE_BYTES)
		rcs_source_check_size(source);
}

void
rcs_source_check_size(RcsSource *source)
{
	if (source->kind == SOURCE_BYTES || (source->position == source->size && source->at_end))
		return;
	if (source->position == source->size)
		return;
	ereport(ERROR,
			(errcode(RCS_ERRCODE_FILE_CHANGED),
			 errmsg("file \"%s\" changed while it was read", source->name),
			 errdetail("It had %lld bytes when it was opened, %lld were read.", (long long) source->size, (long long) source->position),
			 errhint("Import it again when it is complete.")));
}

void
rcs_source_close(RcsSource *source)
{
	if (source->kind == SOURCE_FILE)
		CloseTransientFile(source->file);
	if (source->kind == SOURCE_LARGE_OBJECT)
		DirectFunctionCall1(be_lo_close, Int32GetDatum(source->object));
}
