/*
 * support.c - memory, cancellation and errors of the pure wings inside the server.
 */
#include "support.h"

#include <sys/mman.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"

/* Each piece is preceded by its size: PostgreSQL 15 has no repalloc that returns NULL instead of jumping over a library's frames. */
#define PIECE_HEADER MAXALIGN(sizeof(Size))
#define GROW_IN_PLACE (8 * 1024 * 1024)
#define HUGE_PAGE (2 * 1024 * 1024)

/*
 * Asks for large pages below a large piece: a run fills hundreds of megabytes once and reaches into them at random, and with small
 * pages that is a page fault every 4 kB and a miss of the address cache at every step. Only advice: where it is not followed nothing breaks.
 */
static void
advise_huge_pages(char *piece, Size size)
{
#ifdef MADV_HUGEPAGE
	char	   *first = (char *) TYPEALIGN(HUGE_PAGE, piece);
	char	   *end = (char *) TYPEALIGN_DOWN(HUGE_PAGE, piece + size);

	if (end > first)
		(void) madvise(first, end - first, MADV_HUGEPAGE);
#endif
}

static void *
context_allocate(void *context, size_t size)
{
	char	   *piece;

	if (size > MaxAllocHugeSize - PIECE_HEADER)
		return NULL;
	piece = MemoryContextAllocExtended((MemoryContext) context, size + PIECE_HEADER, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
	if (!piece)
		return NULL;
	*(Size *) piece = size;
	advise_huge_pages(piece, size);
	return piece + PIECE_HEADER;
}

static void
context_release(void *context pg_attribute_unused(), void *pointer)
{
	if (pointer)
		pfree((char *) pointer - PIECE_HEADER);
}

static void *
context_resize(void *context, void *pointer, size_t size)
{
	void	   *result;

	/*
	 * Large pieces grow in place (realloc moves pages, not bytes). This may raise for lack of memory, past our own frames only: what the libraries
	 * ask for in their callbacks is never so large.
	 */
	if (pointer && size > GROW_IN_PLACE && size <= MaxAllocHugeSize - PIECE_HEADER)
	{
		char	   *piece = repalloc_huge((char *) pointer - PIECE_HEADER, size + PIECE_HEADER);

		*(Size *) piece = size;
		advise_huge_pages(piece, size);
		return piece + PIECE_HEADER;
	}
	result = context_allocate(context, size);

	if (result && pointer)
	{
		memcpy(result, pointer, Min(*(Size *) ((char *) pointer - PIECE_HEADER), size));
		context_release(context, pointer);
	}
	return result;
}

bool
rcs_should_stop(void *context pg_attribute_unused())
{
	return InterruptPending && (QueryCancelPending || ProcDiePending);
}

RcAllocator
rcs_allocator(MemoryContext context)
{
	RcAllocator allocator = {
		.allocate = context_allocate,
		.resize = context_resize,
		.release = context_release,
		.context = context,
		.should_stop = rcs_should_stop
	};

	return allocator;
}

int
rcs_sqlstate(RcCode code)
{
	switch (code)
	{
		case RC_NO_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		case RC_IO:
			return ERRCODE_IO_ERROR;
		case RC_TOO_LARGE:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case RC_BAD_ENCODING:
			return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
		case RC_BAD_STRUCTURE:
			return RCS_ERRCODE_BAD_STRUCTURE;
		case RC_UNKNOWN_FORMAT:
			return RCS_ERRCODE_UNKNOWN_FORMAT;
		case RC_MISSING_COLUMN:
			return RCS_ERRCODE_MISSING_COLUMN;
		case RC_BAD_VALUE:
			return ERRCODE_INVALID_TEXT_REPRESENTATION;
		case RC_OVERFLOW:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case RC_CONTROL_TOTAL:
			return RCS_ERRCODE_CONTROL_TOTAL;
		case RC_BUDGET:
			return RCS_ERRCODE_BUDGET;
		case RC_STOPPED:
			return ERRCODE_QUERY_CANCELED;
		case RC_OK:
		case RC_END:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

char *
rcs_place(const RcStatus *status)
{
	StringInfoData text;

	initStringInfo(&text);
	if (status->line != 0)
	{
		appendStringInfo(&text, "line %llu", (unsigned long long) status->line);
		if (status->column != 0)
			appendStringInfo(&text, ", column %u", status->column);
		if (status->field[0] != '\0')
			appendStringInfo(&text, status->column != 0 ? " (%s)" : ", column \"%s\"", status->field);
		if (status->code == RC_BAD_ENCODING && status->byte != UINT64_MAX)
			appendStringInfo(&text, ", byte %llu", (unsigned long long) status->byte);
	}
	else if (status->byte != UINT64_MAX && status->code != RC_OK &&
			 (status->code == RC_BAD_ENCODING || status->code == RC_BAD_STRUCTURE || status->code == RC_TOO_LARGE))
		appendStringInfo(&text, "byte %llu", (unsigned long long) status->byte);
	else if (status->field[0] != '\0')
		appendStringInfo(&text, "column \"%s\"", status->field);
	if (text.len == 0)
		return NULL;
	return text.data;
}

void
rcs_raise(const RcStatus *status, const char *file_name)
{
	char	   *place = rcs_place(status);
	const char *message = status->message[0] ? status->message : "unexpected failure";

	if (status->code == RC_STOPPED)
		CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(rcs_sqlstate(status->code)),
			 file_name ? errmsg("file \"%s\": %s", file_name, message) : errmsg("%s", message),
			 place ? errdetail_internal("%s", place) : 0,
			 status->hint[0] ? errhint("%s", status->hint) : 0));
	pg_unreachable();
}

Oid
rcs_actor(void)
{
	/* The flag stays set inside functions that run with their owner's rights, however deep. */
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the acting role is not known within a maintenance operation"),
				 errhint("Functions of indexes and materialized views cannot ask for what depends on the rights of the caller.")));
	return GetOuterUserId();
}
