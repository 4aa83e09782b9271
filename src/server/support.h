/*
 * support.h - what the server glue and the pure wings share: memory, cancellation, errors.
 *
 * The wings neither raise nor longjmp. They take an RcAllocator, which here hands out palloc memory but returns NULL when there is none, and
 * leave an RcStatus, which rcs_raise turns into ereport().
 */
#ifndef RCS_SUPPORT_H
#define RCS_SUPPORT_H

#include "postgres.h"

#include "utils/memutils.h"

#include "../base/memory.h"
#include "../base/status.h"

/* SQLSTATEs of our own, where PostgreSQL's list has none that fits. Class RC; documented in reconcile.error_code. */
#define RCS_ERRCODE_UNKNOWN_FORMAT MAKE_SQLSTATE('R', 'C', '0', '0', '1')
#define RCS_ERRCODE_AMBIGUOUS_FORMAT MAKE_SQLSTATE('R', 'C', '0', '0', '2')
#define RCS_ERRCODE_MISSING_COLUMN MAKE_SQLSTATE('R', 'C', '0', '0', '3')
#define RCS_ERRCODE_BAD_STRUCTURE MAKE_SQLSTATE('R', 'C', '0', '0', '4')
#define RCS_ERRCODE_CONTROL_TOTAL MAKE_SQLSTATE('R', 'C', '0', '0', '5')
#define RCS_ERRCODE_ALL_REJECTED MAKE_SQLSTATE('R', 'C', '0', '0', '6')
#define RCS_ERRCODE_SHOP_NEEDED MAKE_SQLSTATE('R', 'C', '0', '0', '7')
#define RCS_ERRCODE_NOT_A_FILE MAKE_SQLSTATE('R', 'C', '0', '0', '8')
#define RCS_ERRCODE_FILE_CHANGED MAKE_SQLSTATE('R', 'C', '0', '0', '9')
#define RCS_ERRCODE_BAD_MAPPING MAKE_SQLSTATE('R', 'C', '0', '1', '0')
#define RCS_ERRCODE_EMPTY_FILE MAKE_SQLSTATE('R', 'C', '0', '1', '1')
#define RCS_ERRCODE_BUDGET MAKE_SQLSTATE('R', 'C', '0', '1', '2')
#define RCS_ERRCODE_CLOSED_PERIOD MAKE_SQLSTATE('R', 'C', '0', '1', '3')

/*
 * An allocator over a memory context that outlives every use of it. should_stop reports a pending cancel or terminate; the caller of the
 * wing then runs CHECK_FOR_INTERRUPTS(), which raises.
 */
extern RcAllocator rcs_allocator(MemoryContext context);

/* Whether a cancel or terminate is pending: the should_stop of such an allocator. */
extern bool rcs_should_stop(void *context);

/*
 * Raises what a wing left in its status: SQLSTATE by code, "<file>: <message>", the place as detail, the remedy as hint. file_name may be
 * NULL where no file is involved. RC_STOPPED raises the pending interrupt itself.
 */
extern void rcs_raise(const RcStatus *status, const char *file_name) pg_attribute_noreturn();

/*
 * The role that the session acts as: the one that logged in, or that of SET ROLE. Raises in maintenance (ANALYZE, autovacuum, CREATE INDEX, REFRESH),
 * where the server runs code of a table's owner in the session of another, often of a superuser: that code must not act as the other.
 */
extern Oid	rcs_actor(void);

/* The SQLSTATE that rcs_raise uses for a code. */
extern int	rcs_sqlstate(RcCode code);

/* "line 3, column 5 (amount)", "byte 17" or NULL when the status has no place; palloc'd. */
extern char *rcs_place(const RcStatus *status);

#endif
