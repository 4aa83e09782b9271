/*
 * import_rows.h - from the mapped rows of one file to the tables: values as Datums, batches, counts, rejected rows, derived payouts.
 */
#ifndef RCS_IMPORT_ROWS_H
#define RCS_IMPORT_ROWS_H

#include "postgres.h"

#include "pgtime.h"
#include "storage/buffile.h"
#include "utils/hsearch.h"

#include "../read/mapping.h"
#include "bulk.h"
#include "sink.h"

/* Which relations an import can fill, in the order of import_range. */
typedef enum RcsRelation
{
	RCS_SALES_ORDER, RCS_ORDER_LINE, RCS_CUSTOMER, RCS_SETTLEMENT, RCS_SETTLEMENT_LINE, RCS_PAYOUT, RCS_BANK_STATEMENT, RCS_BANK_LINE,
	RCS_SHIPMENT, RCS_SHIPMENT_LINE, RCS_RETURN_ORDER, RCS_RETURN_LINE, RCS_RETURN_RECEIPT, RCS_RECEIPT_LINE,
	RCS_COURIER_CHARGE, RCS_STOCK_MOVEMENT, RCS_LEDGER_ENTRY, RCS_RELATION_COUNT
} RcsRelation;

extern const char *const rcs_relation_names[RCS_RELATION_COUNT];

/* The ids that a relation was given. */
typedef struct RcsRange
{
	int64		first_id, last_id, count;
} RcsRange;

/* palloc aligns to eight bytes. */
__extension__ typedef __int128 RcsWide pg_attribute_aligned(8);

typedef struct RcsZoneCache
{
	int64		key;			/* quarter of an hour, or day */
	int32		offset;			/* seconds east of UTC */
	bool		whole_day;
} RcsZoneCache;

typedef struct RcsLoad
{
	/* set by the caller */
	const char *file_name;
	int32		merchant_id;
	int64		import_id;
	const RcFormat *format;
	RcMapping  *mapping;
	int32		owner_id;		/* shop or account; what natural keys begin with */
	int32		shop_id;		/* 0: none */
	int32		account_id;		/* 0: none */
	int32		file_account_id;	/* of the import itself: that of a bank's file with several accounts is the first */
	const char *owner_code;
	const char *currency;		/* of the shop or account; NULL: none that holds for all of the merchant's */
	pg_tz	   *zone;
	bool		daily_payouts;
	int32		payout_lag_days;
	uint64		expected_rows;	/* about */
	bool		has_closed;		/* days are closed, the last is closed_through */
	int32		closed_through; /* as DateADT */
	MemoryContext context;
	struct RcsPreview *preview; /* NULL in an import; else nothing is written, see preview.h */

	/* results */
	int64		rows_read;
	int64		rows_imported;
	int64		rows_known;
	int64		rows_rejected;
	int64		rows_unreadable;	/* rejected for what they hold, not for a conflict */
	RcStatus	first_rejection;
	int64		rows_closed;	/* rejected because their day is closed */
	int64		first_closed;	/* line of the first */

	/* private */
	RcsSink    *sinks[RCS_RELATION_COUNT];
	RcsRange	ranges[RCS_RELATION_COUNT];
	int			columns[RCS_RELATION_COUNT][RC_MAX_TARGET_FIELDS];	/* field of the target to column */
	int			shop_column[RCS_RELATION_COUNT];	/* -1: none */
	int			account_column[RCS_RELATION_COUNT];
	int			day_column[RCS_RELATION_COUNT]; /* of the target's time */
	int			closing_column[RCS_RELATION_COUNT]; /* by which a row belongs to a period; -1: none */
	RcsBulk    *rejected;
	Oid			rejected_sequence;
	HTAB	   *payout_days;
	struct RcsOrderSums *order_sums;	/* orders of which each row states its own amount only; else NULL */
	const struct RcsOrderTotals *order_totals;	/* of the order being added */
	BufFile    *aside;			/* records to be looked at once the indexes are there */
	uint64		aside_count;
	uint64		aside_size;		/* of the largest */
	char	   *scratch;
	size_t		scratch_used;
	RcsZoneCache local_zone;
	RcsZoneCache utc_zone;
	char		named_zone_text[RC_ZONE_MAX + 1];	/* the last zone that a row named, and what it is; NULL: unknown */
	pg_tz	   *named_zone;
	RcsWide		sum;			/* of the amounts, in 10^-9 */
	struct RcsBankTotals *bank;
	struct RcsElsewhere *elsewhere;	/* lines known from other formats; NULL: not looked at so far */
	struct RcsFindings *findings;	/* what contradicts itself; NULL: nothing so far */
	const char *statement_account;	/* as the bank writes it; NULL: none named so far */
	uint64		row;			/* number of the row being added */
	bool		has_statements; /* the file itself says where statements end */
} RcsLoad;

extern void rcs_load_begin(RcsLoad *load);

/* Takes the rows that the mapping made of a record. summary: the record is the statement's header, no row of the file. */
extern void rcs_load_rows(RcsLoad *load, const RcRecord *record, bool summary);

/* Takes the end of a statement, as containers of bank statements give it (read/bank.h). */
extern void rcs_load_statement(RcsLoad *load, const RcRecord *record);

/* Writes a row to rejected_row, with the reason in status. */
extern void rcs_load_reject(RcsLoad *load, const RcRecord *record, const RcStatus *status);

/* Adds the rows that were kept back until all of their order were there; rcs_load_finish does it too. */
extern void rcs_load_sorted(RcsLoad *load);

/* Writes what is collected, statements and derived payouts; closes the tables. */
extern void rcs_load_finish(RcsLoad *load);

/* Opens exceptions for rows that contradict themselves and for holes in the balances of statements. After rcs_load_finish, within SPI. */
extern void rcs_load_report(RcsLoad *load);

/* Tells of rows that were rejected because their day is closed; an error when the file brought nothing else, unless it is one of several in an archive. */
extern void rcs_report_closed(const RcsLoad *load, bool of_archive);

/* Closes the tables and writes nothing: the end of a preview. */
extern void rcs_load_abandon(RcsLoad *load);

/* The ids that a relation was given; count 0 when none. To be asked after rcs_load_finish. */
extern const RcsRange *rcs_load_range(const RcsLoad *load, RcsRelation relation);

/* Sum of the amounts as a decimal; raises when it is beyond int64. */
extern RcDecimal rcs_load_sum(const RcsLoad *load);

#endif
