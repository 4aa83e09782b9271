/*
 * import_files.c - the files that a call names, one after another.
 */
#include "import_files.h"

#include "access/xact.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "archive_source.h"
#include "support.h"

const char *
rcs_optional_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static void
check_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must be given", name)));
}

const char *
rcs_needed_text(FunctionCallInfo fcinfo, int argument, const char *name)
{
	check_argument(fcinfo, argument, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

RcsSource *
rcs_argument_file(FunctionCallInfo fcinfo)
{
	return rcs_source_file(rcs_needed_text(fcinfo, 0, "path"));
}

RcsSource *
rcs_argument_bytes(FunctionCallInfo fcinfo)
{
	const char *file_name = rcs_needed_text(fcinfo, 1, "file_name");

	check_argument(fcinfo, 0, "content");
	return rcs_source_bytes(PG_GETARG_BYTEA_PP(0), file_name);
}

RcsSource *
rcs_argument_large_object(FunctionCallInfo fcinfo)
{
	const char *file_name = rcs_needed_text(fcinfo, 1, "file_name");

	check_argument(fcinfo, 0, "content");
	return rcs_source_large_object(PG_GETARG_OID(0), file_name);
}

/* The files of an archive, each in a context of its own. */
static void
each_member(const RcsRequest *archive, List *members, ReturnSetInfo *result, const RcsFileWork *work)
{
	const char *first_reason = NULL;
	int			taken = 0;
	ListCell   *cell;

	foreach(cell, members)
	{
		RcsRequest	request = *archive;
		const char *why = NULL;

		request.source = lfirst(cell);
		request.context = AllocSetContextCreate(archive->context, "reconcile member", ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(request.context);
		if (work->take(&request, result, &why, work->argument))
			taken++;
		else
		{
			ereport(WARNING,
					(errcode(RCS_ERRCODE_UNKNOWN_FORMAT),
					 errmsg("file \"%s\" is left out", rcs_source_name(request.source)),
					 errdetail("%s.", why)));
			work->leave_out(&request, result, why);
			if (!first_reason)
				first_reason = MemoryContextStrdup(archive->context, psprintf("%s: %s", rcs_source_name(request.source), why));
		}
		MemoryContextSwitchTo(archive->context);
		MemoryContextDelete(request.context);
		/* A file that is there twice is known the second time. */
		CommandCounterIncrement();
	}
	if (taken == 0)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_UNKNOWN_FORMAT),
				 errmsg("none of the files in \"%s\" is of a known format", rcs_source_name(archive->source)),
				 errdetail("%s.", first_reason),
				 errhint("Name the format in the call, or describe a new one with define_format().")));
}

void
rcs_each_file(FunctionCallInfo fcinfo, RcsSource *source, int first, const RcsFileWork *work)
{
	MemoryContext caller = CurrentMemoryContext;
	RcsRequest	request = {.source = source};
	List	   *members;

	request.format = rcs_optional_text(fcinfo, first);
	request.shop = rcs_optional_text(fcinfo, first + 1);
	request.account = rcs_optional_text(fcinfo, first + 2);
	request.merchant = rcs_needed_text(fcinfo, first + 3, "merchant");
	request.encoding = rcs_optional_text(fcinfo, first + 4);
	InitMaterializedSRF(fcinfo, 0);
	request.context = AllocSetContextCreate(caller, "reconcile import", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(request.context);
	members = rcs_archive_members(source);
	if (members != NIL)
		each_member(&request, members, (ReturnSetInfo *) fcinfo->resultinfo, work);
	else
		(void) work->take(&request, (ReturnSetInfo *) fcinfo->resultinfo, NULL, work->argument);
	rcs_source_close(source);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(request.context);
}
