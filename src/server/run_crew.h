/*
 * run_crew.h - a second process that reads and matches its share of a dry run.
 *
 * Of a run divided into parts (run_parts.h) whose sources are plain scans of tables, leader and helper read stretches of pages in turn. Each
 * keeps the items of its own parts and sends the other those of its. Then each matches its parts; the helper sends what it has counted and what
 * it leaves open. Which process reads and matches what makes no difference to the result.
 */
#ifndef RCS_RUN_CREW_H
#define RCS_RUN_CREW_H

#include "run.h"

/* Reads both sides of a divided run, and leaves the helper in run->crew; false, and nothing read, when there is to be none. */
extern bool rcs_crew_read(RcsRun *run);

/* Matches the parts of leader and helper by the rules that lead; what they leave is added to a pool and a result. Ends the helper. */
extern void rcs_crew_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count, RcPool *rest, RcResult *kept);

#endif
