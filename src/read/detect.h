/*
 * detect.h - which format a file is of, judged by its first records.
 */
#ifndef RC_DETECT_H
#define RC_DETECT_H

#include "mapping.h"

#define RC_DETECT_RECORDS 64	/* how many first records are looked at */

typedef struct RcCandidate
{
	int			confidence;		/* 0..100 */
	int			recognised;		/* columns the format knows */
	int			cells;			/* columns the file has */
	int			rows_good;		/* sample rows that could be read */
	int			rows_bad;
	int			missing;		/* a required column that no header line has; -1 none */
	uint64_t	header_line;
	char		first_bad[160];	/* why the first of rows_bad cannot be read */
	char		reason[RC_MESSAGE_SIZE];
} RcCandidate;

/* Judges one format by the first records of a file. Fails only for lack of memory. */
extern RcCode rc_detect(const RcFormat *format, const char *container, const RcRecord *records, int count, const RcAllocator *allocator,
						RcCandidate *candidate, RcStatus *status);

/*
 * Chooses among candidates: the index of the only sure one, or -1 when none is good enough or two are as good. *ambiguous tells which.
 */
extern int	rc_detect_choose(const RcCandidate *candidates, int count, bool *ambiguous);

#endif
