/*
 * progress.h - how far a long call is, readable from other sessions while it works.
 *
 * The counters stand where PostgreSQL keeps those of its own commands: in the backend's status entry, as a COPY that is marked as ours. So
 * they need no preloaded library and no shared memory of our own, cost a few stores each, and go by themselves when the call fails, is
 * cancelled or its session dies. reconcile.backend_progress reads them; run_progress and import_progress are views over that.
 */
#ifndef RCS_PROGRESS_H
#define RCS_PROGRESS_H

#include "postgres.h"

typedef enum RcsProgressKind
{
	RCS_PROGRESS_IMPORT = 1,
	RCS_PROGRESS_RUN = 2
} RcsProgressKind;

/* Numbered by kind, from 1; the views have the words. */
typedef enum RcsRunPhase
{
	RCS_RUN_READING_LEFT = 1,
	RCS_RUN_READING_RIGHT,
	RCS_RUN_MATCHING,			/* step: number of the rule at work */
	RCS_RUN_JUDGING,
	RCS_RUN_WRITING_MATCHES,
	RCS_RUN_WRITING_OPEN_ITEMS,
	RCS_RUN_WRITING_EXCEPTIONS
} RcsRunPhase;

typedef enum RcsImportPhase
{
	RCS_IMPORT_READING = 1,		/* before: looking whether the file is known */
	RCS_IMPORT_INDEXING,		/* step: which of the tables */
	RCS_IMPORT_FINISHING
} RcsImportPhase;

/* Counters; what they count in each kind is the caller's matter, the names are an import's. pg_stat_progress_copy shows the first four. */
typedef enum RcsProgressCounter
{
	RCS_PROGRESS_BYTES_DONE = 0,
	RCS_PROGRESS_BYTES_TOTAL = 1,
	RCS_PROGRESS_ROWS_DONE = 2,
	RCS_PROGRESS_ROWS_REJECTED = 3,
	RCS_PROGRESS_ROWS_TOTAL = 7
} RcsProgressCounter;

/* Begins: all counters 0, the clock starts. subject (a file, a reconciliation) is shown, cut off beyond 56 bytes. One call at a time. */
extern void rcs_progress_start(RcsProgressKind kind, int32 merchant_id, const char *subject);

/* The step within a phase may be 0; phases go up to 15, steps to 255. */
extern void rcs_progress_phase(int phase, int step);

/* To be called every thousand rows or so, not for each. Nothing happens between end and start. */
extern void rcs_progress_set(RcsProgressCounter counter, int64 value);

extern void rcs_progress_end(void);

#endif
