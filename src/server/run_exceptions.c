/*
 * run_exceptions.c - why items stay open after a run, and the exceptions that this opens, less those that stand already.
 */
#include "run.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "amount.h"
#include "query.h"

static const char *
difference_reason(const RcsRun *run)
{
	return strcmp(run->measure, "quantity") == 0 ? "quantity_difference" : strcmp(run->measure, "fee") == 0 ? "fee_difference" : "amount_difference";
}

static const char *
reason_of(const RcsRun *run, RcNoteReason reason)
{
	switch (reason)
	{
		case RC_NOTE_AMOUNT_DIFFERENCE:
			return difference_reason(run);
		case RC_NOTE_CURRENCY_DIFFERENCE:
			return "currency_difference";
		case RC_NOTE_DUPLICATE:
			return "duplicate";
		case RC_NOTE_AMBIGUOUS:
			return "ambiguous";
		case RC_NOTE_LATE:
			return "late";
		case RC_NOTE_PART_OF_DIFFERENCE:
		case RC_NOTE_IMPOSSIBLE:
		case RC_NOTE_BUDGET:
			break;
	}
	return difference_reason(run);
}

/* What is known of an item when it is judged. */
enum
{
	NOTED = 1, NOTED_BEFORE_MATCHED
};

/*
 * Whether a later rule of the run matched one of two items that an earlier one noted as different or too far apart: the other then lacks its counterpart. Of
 * one that was allocated in part the rest does differ.
 */
static bool
fell_away(const RcsRun *run, const RcNote *note)
{
	uint8		own,
				other;

	if ((note->reason != RC_NOTE_AMOUNT_DIFFERENCE && note->reason != RC_NOTE_LATE) || note->other == RC_NO_INDEX || note->other_side == note->side)
		return false;
	own = run->taken[note->side][note->index];
	other = run->taken[note->other_side][note->other];
	return (own == RC_TAKEN && other == RC_OPEN) || (own == RC_OPEN && other == RC_TAKEN);
}

void
rcs_run_judge(RcsRun *run)
{
	uint64		space = run->result.note_count + rcs_feed_count(&run->feeds[RC_LEFT]) + rcs_feed_count(&run->feeds[RC_RIGHT]);
	uint8	   *noted[2];

	run->exceptions = MemoryContextAllocHuge(CurrentMemoryContext, Max(space, 1) * sizeof(RcsException));
	run->difference_parts = MemoryContextAllocHuge(CurrentMemoryContext, Max(run->result.note_count, 1) * sizeof(RcsPart));
	for (int side = 0; side < 2; side++)
	{
		noted[side] = MemoryContextAllocHuge(CurrentMemoryContext, Max(rcs_feed_count(&run->feeds[side]), 1));
		memset(noted[side], 0, Max(rcs_feed_count(&run->feeds[side]), 1));
	}
	/* Those that are parts of a difference may be noted before it. */
	for (uint64 i = 0; i < run->result.note_count; i++)
		if (fell_away(run, &run->result.notes[i]))
			noted[run->result.notes[i].side][run->result.notes[i].index] = NOTED_BEFORE_MATCHED;
	for (uint64 i = 0; i < run->result.note_count; i++)
	{
		RcNote		note = run->result.notes[i];
		RcsException *exception;
		bool		names_both = note.other != RC_NO_INDEX && (note.reason == RC_NOTE_AMOUNT_DIFFERENCE || note.reason == RC_NOTE_CURRENCY_DIFFERENCE);

		/* That a search for a sum found none is no reason of its own: the item lacks its counterpart. */
		if (note.reason == RC_NOTE_IMPOSSIBLE || note.reason == RC_NOTE_BUDGET)
			continue;
		if (fell_away(run, &note) ||
			(note.reason == RC_NOTE_PART_OF_DIFFERENCE && noted[note.other_side][note.other] == NOTED_BEFORE_MATCHED))
		{
			if (noted[note.side][note.index] != NOTED)
				noted[note.side][note.index] = NOTED_BEFORE_MATCHED;
			continue;
		}
		noted[note.side][note.index] = NOTED;
		if (note.reason == RC_NOTE_PART_OF_DIFFERENCE)
		{
			run->difference_parts[run->difference_part_count++] = (RcsPart) {
				.side = note.side,.item_id = rc_pool_item_id(run->pool, note.side, note.index),
				.noted_side = note.other_side,.noted_item_id = rc_pool_item_id(run->pool, note.other_side, note.other)
			};
			continue;
		}
		/* The counterpart of a difference is named by it: one difference is one exception, whatever takes part in it. */
		if (names_both)
			noted[note.other_side][note.other] = NOTED;
		/* Where only the other side has exceptions, it stands there. */
		if (names_both && !run->exceptions_on[note.side])
		{
			note.side = run->result.notes[i].other_side;
			note.index = run->result.notes[i].other;
			note.other_side = run->result.notes[i].side;
			note.other = run->result.notes[i].index;
		}
		if (!run->exceptions_on[note.side] || run->taken[note.side][note.index] == RC_TAKEN)
			continue;
		exception = &run->exceptions[run->exception_count++];
		*exception = (RcsException)
		{
			.side = note.side,
				.item_id = rc_pool_item_id(run->pool, note.side, note.index),
				.currency = (uint16) rc_pool_currency(run->pool, note.side, note.index),
				.reason = reason_of(run, note.reason),
				.difference = note.difference,
				.has_difference = note.reason == RC_NOTE_AMOUNT_DIFFERENCE,
				.related_side = note.other_side,
				.related_item_id = note.other == RC_NO_INDEX ? 0 : rc_pool_item_id(run->pool, note.other_side, note.other)
		};
	}
	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];

		if (run->exceptions_on[side])
			for (uint64 i = 0; i < rcs_feed_count(feed); i++)
			{
				int32		date;
				int64		residual;

				if (run->taken[side][i] != RC_OPEN || noted[side][i] == NOTED ||
					(rc_pool_mark(run->pool, side, (RcIndex) i) & (RCS_EXPECTS_MATCH | RCS_ACTIVE)) != (RCS_EXPECTS_MATCH | RCS_ACTIVE))
					continue;
				date = rc_pool_date(run->pool, side, (RcIndex) i);
				if (date != RC_NO_DATE && (int64) date + run->delay_days[side] >= run->business_date && run->delay_days[side] > 0)
					continue;
				residual = rc_pool_residual(run->pool, side, (RcIndex) i);
				run->exceptions[run->exception_count++] = (RcsException)
				{
					.side = side,
						.item_id = rc_pool_item_id(run->pool, side, (RcIndex) i),
						.currency = (uint16) rc_pool_currency(run->pool, side, (RcIndex) i),
						.reason = side == RC_LEFT ? "missing_right" : "missing_left",
						.difference = side == RC_LEFT ? residual : -residual,
						.has_difference = true
				};
			}
		pfree(noted[side]);
	}
}

static Datum
text_array_of(char **values, uint64 count)
{
	Datum	   *elements = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(Datum));

	for (uint64 i = 0; i < count; i++)
		elements[i] = CStringGetTextDatum(values[i]);
	return PointerGetDatum(construct_array(elements, (int) count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* An exception that stands. */
typedef struct Standing
{
	int64		item_id;
	char	   *reason;
	bool		gives_way;
} Standing;

/* An item that is not matched to the last cent. */
typedef struct OpenItem
{
	int64		item_id;
	bool		in_part;
} OpenItem;

static int
compare_open_items(const void *left, const void *right)
{
	int64		a = ((const OpenItem *) left)->item_id;
	int64		b = ((const OpenItem *) right)->item_id;

	return a == b ? 0 : a < b ? -1 : 1;
}

/* The items of a side that are not matched to the last cent, in ascending order. */
static OpenItem *
list_open_items(const RcsRun *run, RcSide side, uint64 *count)
{
	uint64		items = rcs_feed_count(&run->feeds[side]);
	OpenItem   *open = MemoryContextAllocHuge(CurrentMemoryContext, Max(items, 1) * sizeof(OpenItem));
	bool		ascend = true;

	*count = 0;
	for (uint64 i = 0; i < items; i++)
		if (run->taken[side][i] != RC_TAKEN)
		{
			open[*count] = (OpenItem) {
				rc_pool_item_id(run->pool, side, (RcIndex) i),
				run->taken[side][i] == RC_TAKEN_IN_PART || (rc_pool_mark(run->pool, side, (RcIndex) i) & RCS_IN_PART) != 0
			};
			ascend &= *count == 0 || open[*count].item_id > open[*count - 1].item_id;
			(*count)++;
		}
	if (!ascend)
		qsort(open, *count, sizeof(OpenItem), compare_open_items);
	return open;
}

/* That an item lacks its counterpart is no news where it stands for another reason, except for what a line shows of itself. */
static bool
hides_missing(const char *reason)
{
	return strcmp(reason, "fee_difference") != 0 && strcmp(reason, "chargeback") != 0 && strcmp(reason, "arithmetic") != 0 &&
		strcmp(reason, "statement_gap") != 0;
}

/*
 * Leaves out exceptions that stand already for the same reason: they are most of what a further run finds. What stands because of a counterpart that is no
 * longer open gives way, whether the item then lacks one, has another or is within its terms; of an item that was allocated in part the rest does differ.
 */
static void
drop_standing(RcsRun *run)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	uint64		kept = 0;
	uint64		count[2] = {0};
	uint64		first[2];
	Standing   *standing;
	OpenItem   *open[2] = {NULL, NULL};
	uint64		open_count[2] = {0};
	bool		is_null;

	rcs_select("SELECT item_id, reason, side = 'right', exception_id, "
			   "CASE WHEN related_side <> side AND (reason IN ('ambiguous', 'amount_difference', 'quantity_difference', 'fee_difference', 'late') "
			   "OR reason = 'currency_difference' AND side = 'left') THEN related_item_id END "
			   "FROM reconcile.exception_log WHERE merchant_id = $1 AND reconciliation_id = $2 "
			   "AND status IN ('open', 'explained') ORDER BY side, item_id", 2, types, values);
	if (SPI_processed == 0)
		return;
	standing = MemoryContextAllocHuge(CurrentMemoryContext, SPI_processed * sizeof(Standing));
	run->giving_way = MemoryContextAllocHuge(CurrentMemoryContext, SPI_processed * sizeof(int64));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		RcSide		side = DatumGetBool(rcs_cell(i, 3, &is_null)) ? RC_RIGHT : RC_LEFT;
		OpenItem	counterpart = {.item_id = DatumGetInt64(rcs_cell(i, 5, &is_null))};
		OpenItem   *item;

		count[side]++;
		standing[i] = (Standing) {.item_id = DatumGetInt64(rcs_cell(i, 1, &(bool) {false})),.reason = rcs_cell_text(i, 2)};
		if (is_null)
			continue;
		for (int s = 0; s < 2; s++)
			if (!open[s])
				open[s] = list_open_items(run, s, &open_count[s]);
		item = bsearch(&(OpenItem) {.item_id = standing[i].item_id}, open[side], open_count[side], sizeof(OpenItem), compare_open_items);
		if (!item || (item->in_part && strcmp(standing[i].reason, "ambiguous") != 0) ||
			bsearch(&counterpart, open[1 - side], open_count[1 - side], sizeof(OpenItem), compare_open_items))
			continue;
		standing[i].gives_way = true;
		run->giving_way[run->giving_way_count++] = DatumGetInt64(rcs_cell(i, 4, &is_null));
	}
	first[RC_LEFT] = 0;
	first[RC_RIGHT] = count[RC_LEFT];
	for (uint64 n = 0; n < run->exception_count; n++)
	{
		RcsException *exception = &run->exceptions[n];
		uint64		low = first[exception->side],
					high = low + count[exception->side],
					end = high;
		bool		is_missing = strncmp(exception->reason, "missing", 7) == 0;
		bool		hidden = false;
		bool		gave_way = false;
		bool		stands = false;

		while (low < high)
		{
			uint64		middle = low + (high - low) / 2;

			if (standing[middle].item_id < exception->item_id)
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < end && standing[low].item_id == exception->item_id; low++)
		{
			gave_way |= standing[low].gives_way;
			stands |= !standing[low].gives_way && strcmp(standing[low].reason, exception->reason) == 0;
			hidden |= !standing[low].gives_way && is_missing && hides_missing(standing[low].reason);
		}
		/* A right item that lacks its counterpart may yet be found to be a duplicate of one matched before. */
		if (hidden && !gave_way && (exception->side == RC_LEFT || !rcs_feed_had_matches(&run->feeds[RC_LEFT])))
			stands = true;
		if (!stands)
			run->exceptions[kept++] = *exception;
	}
	run->exception_count = kept;
	SPI_freetuptable(SPI_tuptable);
	pfree(standing);
}

/* Closes what gives way. */
static void
give_way(RcsRun *run)
{
	Oid			types[3] = {INT4OID, INT8OID, INT8ARRAYOID};
	Datum		values[3] = {Int32GetDatum(run->merchant_id), Int64GetDatum(run->run_id), rcs_bigint_array(run->giving_way, run->giving_way_count)};

	rcs_execute("SELECT reconcile.give_way($1, $2, $3)", 3, types, values, NULL);
}

/* Opens the exceptions of one side, or counts them in a dry run; returns how many. */
static int64
open_exceptions(RcsRun *run, RcSide side)
{
	uint64		count = run->exception_count,
				n = 0;
	char	  **reasons = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(char *));
	int64	   *item_ids = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64)),
			   *related = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));
	Datum	   *differences = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(Datum));
	bool	   *difference_nulls = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(bool));
	Oid			types[10] = {INT4OID, INT4OID, INT8OID, TEXTOID, INT8ARRAYOID, TEXTARRAYOID, NUMERICARRAYOID, INT8ARRAYOID, INT8ARRAYOID, BOOLOID};
	bool		is_null;

	for (uint64 i = 0; i < count; i++)
	{
		RcsException *exception = &run->exceptions[i];

		if (exception->side != side)
			continue;
		reasons[n] = (char *) exception->reason;
		item_ids[n] = exception->item_id;
		/* The sign tells the side of the related item: left is negative. */
		related[n] = exception->related_side == RC_LEFT ? -exception->related_item_id : exception->related_item_id;
		difference_nulls[n] = !exception->has_difference;
		differences[n] = rcs_micro_to_numeric(exception->difference, rcs_run_decimals(run, exception->currency));
		n++;
	}
	if (n == 0)
		return 0;
	{
		int			dims[1] = {(int) n};
		int			lower[1] = {1};
		Datum		values[10] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id), Int64GetDatum(run->run_id),
			CStringGetTextDatum(side == RC_LEFT ? "left" : "right"), rcs_bigint_array(item_ids, n), text_array_of(reasons, n),
			PointerGetDatum(construct_md_array(differences, difference_nulls, 1, dims, lower, NUMERICOID, -1, false, TYPALIGN_INT)),
			rcs_bigint_array(related, n), rcs_bigint_array(run->giving_way, run->giving_way_count),
		BoolGetDatum(rcs_feed_had_matches(&run->feeds[RC_LEFT]))};

		rcs_execute("SELECT reconcile.open_exceptions($1, $2, $3, $4::reconcile.side, $5, $6, $7, $8, $9, $10)", 10, types, values,
				run->dry_run ? "  n       " : NULL);
		return DatumGetInt64(rcs_cell(0, 1, &is_null));
	}
}

/* Whether the reconciliation ever had an exception: where none was, none can stand in the way of a new one. */
static bool
has_exceptions(RcsRun *run)
{
	Oid			types[2] = {INT4OID, INT4OID};
	Datum		values[2] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id)};
	bool		is_null;

	rcs_select("SELECT EXISTS (SELECT FROM reconcile.exception_log WHERE merchant_id = $1 AND reconciliation_id = $2)", 2, types, values);
	return DatumGetBool(rcs_cell(0, 1, &is_null));
}

int64
rcs_run_exceptions(RcsRun *run)
{
	int64		opened;
	ListCell   *import;
	int64	   *imports = palloc(sizeof(int64) * Max(list_length(run->new_imports[RC_LEFT]) + list_length(run->new_imports[RC_RIGHT]), 1));
	int			import_count = 0;
	bool		is_null;

	drop_standing(run);
	if (!run->dry_run && run->giving_way_count > 0)
		give_way(run);
	if (run->dry_run && !has_exceptions(run))
		opened = (int64) run->exception_count;
	else
	{
		opened = open_exceptions(run, RC_LEFT);
		opened += open_exceptions(run, RC_RIGHT);
	}
	for (int side = 0; side < 2; side++)
		foreach(import, run->new_imports[side])
			imports[import_count++] = *(int64 *) lfirst(import);
	{
		Oid			check_types[4] = {INT4OID, INT4OID, INT8OID, INT8ARRAYOID};
		Datum		check_values[4] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id), Int64GetDatum(run->run_id),
		rcs_bigint_array(imports, import_count)};

		rcs_execute("SELECT reconcile.check_settlement($1, $2, $3, $4)", 4, check_types, check_values, run->dry_run ? "  n " : NULL);
		opened += DatumGetInt64(rcs_cell(0, 1, &is_null));
	}
	return opened;
}

void
rcs_run_write_difference_parts(RcsRun *run)
{
	uint64		count = run->difference_part_count;
	int64	   *items = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));
	int64	   *noted = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(int64));
	Oid			types[5] = {INT4OID, INT4OID, INT8OID, INT8ARRAYOID, INT8ARRAYOID};
	Datum		values[5] = {Int32GetDatum(run->merchant_id), Int32GetDatum(run->reconciliation_id), Int64GetDatum(run->run_id)};

	if (count == 0)
		return;
	/* The sign tells the side: left is negative. */
	for (uint64 i = 0; i < count; i++)
	{
		const RcsPart *part = &run->difference_parts[i];

		items[i] = part->side == RC_LEFT ? -part->item_id : part->item_id;
		noted[i] = part->noted_side == RC_LEFT ? -part->noted_item_id : part->noted_item_id;
	}
	values[3] = rcs_bigint_array(items, count);
	values[4] = rcs_bigint_array(noted, count);
	rcs_execute("SELECT reconcile.join_difference($1, $2, $3, $4, $5)", 5, types, values, NULL);
}
