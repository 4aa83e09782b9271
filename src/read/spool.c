/*
 * spool.c - a stream made readable at any place.
 */
#include "spool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES ((size_t) 64 * 1024)	/* should_stop is polled for each */

struct RcSpool
{
	const RcAllocator *allocator;
	char	   *memory;			/* all of it, or the next bytes for the file */
	size_t		capacity;
	size_t		used;
	FILE	   *file;			/* NULL: all is in memory */
	uint64_t	size;
};

static RcCode
flush(RcSpool *spool, RcStatus *status)
{
	size_t		done = 0;

	while (done < spool->used)
	{
		ssize_t		written = write(fileno(spool->file), spool->memory + done, spool->used - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
		{
			char		reason[128] = "";

			return rc_fail(status, RC_IO, "cannot write a temporary file: %s", strerror_r(errno, reason, sizeof(reason)));
		}
		done += (size_t) written;
	}
	spool->used = 0;
	return RC_OK;
}

/* Makes room for the next read: a larger memory, or the file. */
static RcCode
make_room(RcSpool *spool, RcStatus *status)
{
	if (spool->capacity - spool->used >= READ_BYTES)
		return RC_OK;
	if (spool->capacity < RC_SPOOL_MEMORY)
	{
		size_t		capacity = spool->capacity == 0 ? 2 * READ_BYTES : spool->capacity * 2;
		char	   *larger = rc_resize(spool->allocator, spool->memory, capacity);

		if (!larger)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		spool->memory = larger;
		spool->capacity = capacity;
		return RC_OK;
	}
	if (!spool->file)
	{
		spool->file = tmpfile();
		if (!spool->file)
		{
			char		reason[128] = "";

			return rc_fail(status, RC_IO, "cannot make a temporary file: %s", strerror_r(errno, reason, sizeof(reason)));
		}
	}
	return flush(spool, status);
}

static RcCode
fill(RcSpool *spool, const RcInput *input, uint64_t limit, RcStatus *status)
{
	for (;;)
	{
		int64_t		got;
		RcCode		code;

		if (rc_should_stop(spool->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
		code = make_room(spool, status);
		if (code != RC_OK)
			return code;
		got = input->read(input->context, spool->memory + spool->used, READ_BYTES, status);
		if (got < 0 || (uint64_t) got > READ_BYTES)
			return got < 0 && status->code != RC_OK ? status->code : rc_fail(status, RC_IO, "reading failed");
		if (got == 0)
			break;
		spool->used += (size_t) got;
		spool->size += (uint64_t) got;
		if (spool->size > limit)
			return rc_fail(status, RC_TOO_LARGE, "the file is larger than %llu MB", (unsigned long long) (limit >> 20));
	}
	if (!spool->file)
		return RC_OK;
	else
	{
		RcCode		code = flush(spool, status);

		rc_release(spool->allocator, spool->memory);
		spool->memory = NULL;
		return code;
	}
}

RcCode
rc_spool_open(RcSpool **result, const RcInput *input, uint64_t limit, const RcAllocator *allocator, RcStatus *status)
{
	RcSpool    *spool = rc_allocate_zero(allocator, sizeof(*spool));
	RcCode		code;

	*result = NULL;
	if (!spool)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	spool->allocator = allocator;
	code = fill(spool, input, limit, status);
	if (code != RC_OK)
	{
		rc_spool_close(spool);
		return code;
	}
	*result = spool;
	return RC_OK;
}

uint64_t
rc_spool_size(const RcSpool *spool)
{
	return spool->size;
}

int64_t
rc_spool_read(const RcSpool *spool, uint64_t offset, void *buffer, size_t size)
{
	size_t		done = 0;

	if (offset >= spool->size)
		return 0;
	if (size > spool->size - offset)
		size = (size_t) (spool->size - offset);
	if (!spool->file)
	{
		memcpy(buffer, spool->memory + offset, size);
		return (int64_t) size;
	}
	while (done < size)
	{
		ssize_t		got = pread(fileno(spool->file), (char *) buffer + done, size - done, (off_t) (offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		done += (size_t) got;
	}
	return (int64_t) done;
}

void
rc_spool_close(RcSpool *spool)
{
	if (!spool)
		return;
	if (spool->file)
		fclose(spool->file);
	rc_release(spool->allocator, spool->memory);
	rc_release(spool->allocator, spool);
}
