/*
 * run_parts.h - runs whose items do not fit into reconcile.work_memory, worked in parts by the hash of their key.
 *
 * Rules that lead and go by one key look only at items of equal keys, so each part can be matched by itself. What they leave open of all
 * parts comes together in one pool for the other rules, with what was noted and suggested, as if nothing had been divided.
 */
#ifndef RCS_RUN_PARTS_H
#define RCS_RUN_PARTS_H

#include "run.h"

typedef struct RcsParts RcsParts;

/* Bounds the memory of a run: to be called before its feeds read. */
extern void rcs_parts_watch(RcsRun *run);

/* Matches the parts by the rules that lead, and writes what they match unless the run is dry. Leaves the rest in run->pool and run->result. */
extern void rcs_parts_match(RcsRun *run, const RcRejection *rejections, uint64 rejection_count);

#endif
