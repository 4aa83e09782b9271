/*
 * import_reading.h - a file on its way in: its format, whose it is, its mapping; then its records, one after another. Imports and previews share it.
 */
#ifndef RCS_IMPORT_READING_H
#define RCS_IMPORT_READING_H

#include "import_owner.h"
#include "import_reader.h"
#include "import_rows.h"

typedef struct RcsIncoming
{
	const RcsRequest *request;
	RcsOwner	owner;
	RcsLoad    *load;
	RcsReader  *reader;			/* NULL before rcs_incoming_read */
} RcsIncoming;

/*
 * The format that the request names, or that the file is recognised as; why as in rcs_recognise. Lives in the request's context. An empty file is an error.
 */
extern const RcFormat *rcs_incoming_format(RcsRequest *request, const char **why);

/* Finds the owner and makes the mapping; all lives in the request's context, the current one. The caller still sets load->import_id. */
extern RcsIncoming *rcs_incoming_open(const RcsRequest *request, const RcFormat *format);

/* Reads the file into the load, which has begun: to its end, or, in a preview, until that has what it wants. */
extern void rcs_incoming_read(RcsIncoming *incoming);

#endif
