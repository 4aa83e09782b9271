/*
 * mapping_internal.h - the state of one file's mapping, shared by the files that take the parts of the work: mapping_header.c finds the table,
 * mapping_rows.c makes rows of a record, mapping_check.c holds them against what the record states, mapping_totals.c reads what stands around the
 * table and checks its sums, mapping_key.c names the rows,
 * mapping_style.c finds how numbers are written.
 */
#ifndef RC_MAPPING_INTERNAL_H
#define RC_MAPPING_INTERNAL_H

#include "mapping.h"

#include <string.h>

#include "value.h"

#define TOTAL_SCALE 9			/* control sums are kept in 10^-9 */

/* Memory comes aligned to eight bytes, not to the sixteen that the type would ask for. */
__extension__ typedef __int128 RcWide __attribute__((aligned(8)));

typedef struct Tally
{
	uint64_t	count;
	RcWide		sum;
} Tally;

typedef struct TrailerState
{
	bool		seen;
	uint64_t	line;
	bool		has_count,
				has_sum;
	RcDecimal	count;
	RcDecimal	sum;
	Tally		covered;		/* rows for which its condition holds */
} TrailerState;

struct RcMapping
{
	const RcFormat *format;
	RcAllocator allocator;
	int		   *column_of;
	int			header_cells;
	bool		in_table;
	bool		end_seen;
	uint64_t	records;
	RcNumberStyle style;
	RcRowScratch	scratch;		/* until the next record */
	RcRowScratch	kept;			/* until the end */
	RcField	   *captured;
	RcCells		cells;
	char		currency[4];
	char		exponent_of[4];	/* the currency looked up last */
	int			exponent;

	/* the best header seen so far, for the message when none fits */
	RcHeaderFit best;
	uint64_t	best_line;
	bool		has_best;

	RcRow	   *rows;			/* RC_MAX_LINES of them, and one that balances them */
	int			row_count;
	bool		disagrees;		/* the record's parts and what it states, by: */
	RcDecimal	difference;
	RcRow		base;			/* the format's fields, before the lines override some */

	Tally		all;			/* of every trailer column: the rows, and their sum */
	TrailerState trailers[RC_MAX_TRAILERS];

	uint64_t	invisible;		/* records with such an identifier; the line of the last, and the place of the first */
	uint64_t	invisible_line;
	RcStatus	first_invisible;

	bool		summary_open;
	uint64_t	summary_line;
	RcDecimal	summary_total;
	RcWide		summary_sum;
	bool		stated;
	RcWide		stated_sum;

	char	   *key_buffer;
	size_t		key_size;
};

static inline RcCode
rc_no_memory(RcStatus *status)
{
	return rc_fail(status, RC_NO_MEMORY, "out of memory");
}

static inline bool
rc_record_begins(const RcRecord *record, RcField prefix)
{
	return record->raw_length >= prefix.length && memcmp(record->raw, prefix.data, prefix.length) == 0;
}

/* Numbers are read with this decimal mark. */
extern void rc_mapping_set_mark(RcMapping *mapping, char decimal_mark);

/* Says which column of the header is missing, or that there is no header. */
extern RcCode rc_mapping_missing_header(RcMapping *mapping, RcStatus *status);

/* Looks for captures, trailers and the end marker in a record that is no row; *trailer tells whether it is a trailer. */
extern RcCode rc_mapping_read_around(RcMapping *mapping, const RcRecord *record, bool *trailer, RcStatus *status);

/* Counts the record among the rows that trailers and the summary cover. */
extern void rc_mapping_tally(RcMapping *mapping);

/* Whether the rows since the last summary add up to what it states. */
extern RcCode rc_mapping_check_summary(RcMapping *mapping, RcStatus *status);

/* An amount at TOTAL_SCALE. */
extern RcWide rc_widen(RcDecimal value);

/* A wide amount with as few decimals as it has, but at least so many; false when it is too large. */
extern bool rc_narrow(RcWide wide, int least, RcDecimal *amount);

/* Decimals of the currency of a row. */
extern int	rc_currency_decimals(const RcRow *row);

/* Holds the rows just made against what their record states; may add a row that balances them. */
extern RcCode rc_mapping_check_rows(RcMapping *mapping, RcStatus *status);

/* Makes the rows of the current record out of lines (or of the fields alone). */
extern RcCode rc_mapping_make_rows(RcMapping *mapping, const RcLine *lines, int line_count, bool summary, RcStatus *status);

#endif
