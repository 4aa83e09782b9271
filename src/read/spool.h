/*
 * spool.h - a stream made readable at any place, for containers whose directory stands at the end. Small files stay in memory, larger
 * ones go to a file that has no name and vanishes when it is closed, or when the process ends.
 */
#ifndef RC_SPOOL_H
#define RC_SPOOL_H

#include "reader.h"

#define RC_SPOOL_MEMORY ((size_t) 8 * 1024 * 1024)

typedef struct RcSpool RcSpool;

/* Reads the input to its end; RC_TOO_LARGE beyond limit bytes. */
extern RcCode rc_spool_open(RcSpool **spool, const RcInput *input, uint64_t limit, const RcAllocator *allocator, RcStatus *status);
extern uint64_t rc_spool_size(const RcSpool *spool);

/* Reads size bytes at offset, fewer only at the end; the number, or -1 when the file cannot be read. */
extern int64_t rc_spool_read(const RcSpool *spool, uint64_t offset, void *buffer, size_t size);
extern void rc_spool_close(RcSpool *spool);		/* NULL is fine */

#endif
