/*
 * import_record.h - the import's own rows.
 */
#ifndef RCS_IMPORT_RECORD_H
#define RCS_IMPORT_RECORD_H

#include "import_owner.h"

#include "utils/timestamp.h"

#define RCS_IMPORT_COLUMNS 10	/* of the result of the import functions */

/* Gives the earlier import of the same bytes as a row of the result, if there is one. Within SPI. */
extern bool rcs_find_known(const RcsRequest *request, const RcFormat *format, int32 merchant_id, const RcsOwner *owner, const uint8 *digest,
						   Datum *values, bool *nulls);

/* Writes the import's own rows and the audit log. Within SPI. */
extern void rcs_write_import(const RcsRequest *request, RcsLoad *load, const uint8 *digest, const char *encoding, const char *container, Datum total,
							 TimestampTz started);

#endif
