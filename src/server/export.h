/*
 * export.h - reports as documents: reads a report's rows through a cursor and hands them to src/render.
 */
#ifndef RCS_EXPORT_H
#define RCS_EXPORT_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "../render/document.h"

/*
 * Renders a report into a sink. parameters may be NULL (none), language NULL (the setting's). Runs the report's query as the current user;
 * raises on any error, with everything freed. Returns the number of rows.
 */
extern uint64 rcs_export(const char *report, const RcRenderer *renderer, Jsonb *parameters, const char *language, bool byte_order_mark, const RcSink *sink);

#endif
