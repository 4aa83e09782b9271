/*
 * totals.h - exact sums of a table's amounts per currency and group, kept while its rows pass by.
 */
#ifndef RC_TOTALS_H
#define RC_TOTALS_H

#include "table.h"
#include "../base/memory.h"
#include "../base/status.h"

/* Sums are kept in units of 10^-18. */
#define RC_TOTAL_SCALE 18

/* More currency-group pairs than this are lumped together under the group "…". */
#define RC_TOTAL_GROUPS 200

typedef struct RcTotal
{
	char		currency[16];	/* "" when the row has none */
	char	   *group;			/* text of the group column; NULL in a currency's total */
	size_t		group_length;
	uint64_t	rows;
	__int128   *sums;			/* one a column of the table */
	bool	   *broken;			/* this sum holds an amount beyond the range: not to be shown */
} RcTotal;

typedef struct RcTotals
{
	const RcTable *table;
	const RcAllocator *allocator;
	RcTotal    *entries;		/* in order of appearance until rc_totals_sort */
	int			count;
	int			capacity;
	int			last;			/* entry of the row before: rows of a group often follow each other */
	uint64_t	rows;
} RcTotals;

extern void rc_totals_init(RcTotals *totals, const RcTable *table, const RcAllocator *allocator);

/* Adds a row. RC_NO_MEMORY is the only failure. */
extern RcCode rc_totals_add(RcTotals *totals, const RcCell *cells, RcStatus *status);

/*
 * Orders by currency and group, and puts after the groups of each currency its total (group NULL), also when there is but one group.
 * No row may be added afterwards.
 */
extern RcCode rc_totals_finish(RcTotals *totals, RcStatus *status);

/*
 * A column's sum as a cell whose text lies in buffer (RC_FORMAT_SIZE); returns how many decimals to show. A broken sum gives text "?"
 * and a cell that is not exact.
 */
extern int	rc_total_cell(const RcTotal *total, int column, char *buffer, RcCell *cell);

/* The same as people read it; returns the length. */
extern size_t rc_total_shown(const RcTotal *total, int column, char *buffer, size_t size);

extern void rc_totals_free(RcTotals *totals);

#endif
