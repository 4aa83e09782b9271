/*
 * format_catalog.h - rows of reconcile.format as compiled formats.
 */
#ifndef RCS_FORMAT_CATALOG_H
#define RCS_FORMAT_CATALOG_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "../read/format.h"

/*
 * Reads and compiles a format into context, which frees it when it is reset. An error when there is none of that name. Needs an SPI
 * connection.
 */
extern RcFormat *rcs_format_load(const char *name, MemoryContext context);

/* All of them, by name: a List of RcFormat *. */
extern List *rcs_format_load_all(MemoryContext context);

#endif
