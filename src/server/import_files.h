/*
 * import_files.h - what a call names: one file, or an archive of which each file is taken by itself.
 */
#ifndef RCS_IMPORT_FILES_H
#define RCS_IMPORT_FILES_H

#include "import_reader.h"

#include "fmgr.h"
#include "nodes/execnodes.h"

/* What is done with each file; rows of the function's result go to result. */
typedef struct RcsFileWork
{
	/* Takes a file. why: as in rcs_recognise; false when a reason was left there. The request's context is the current one. */
	bool		(*take) (RcsRequest *request, ReturnSetInfo *result, const char **why, void *argument);

	/* Shows a file of an archive that is of no known format. */
	void		(*leave_out) (const RcsRequest *request, ReturnSetInfo *result, const char *why);
	void	   *argument;
} RcsFileWork;

/*
 * Runs a set-returning function over a source that its arguments from first on tell how to take: format, shop, account, merchant, encoding. Files of an
 * archive that are of no known format are left out with a warning, as long as there is one that is taken. Closes the source.
 */
extern void rcs_each_file(FunctionCallInfo fcinfo, RcsSource *source, int first, const RcsFileWork *work);

/* The text of an argument; NULL where it may be NULL, else an error that names it. */
extern const char *rcs_optional_text(FunctionCallInfo fcinfo, int argument);
extern const char *rcs_needed_text(FunctionCallInfo fcinfo, int argument, const char *name);

/* The source that the first arguments of an import or preview function name: (path), (content bytea, file_name), (content oid, file_name). */
extern RcsSource *rcs_argument_file(FunctionCallInfo fcinfo);
extern RcsSource *rcs_argument_bytes(FunctionCallInfo fcinfo);
extern RcsSource *rcs_argument_large_object(FunctionCallInfo fcinfo);

#endif
