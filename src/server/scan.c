/*
 * scan.c - the rows of a query that is a plain scan of one table, read straight from its pages.
 */
#include "scan_internal.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/tupmacs.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"

#include "../base/memory.h"

BlockNumber
rcs_scan_blocks(const RcsScan *scan)
{
	return scan->block_count;
}

/* Takes the wanted columns out of the tuple at hand. */
static inline void
take_columns(RcsScan *scan)
{
	HeapTupleHeader header = scan->tuple.t_data;
	bool		has_nulls = (header->t_infomask & HEAP_HASNULL) != 0;
	char	   *data = (char *) header + header->t_hoff;
	int32		offset = scan->fixed_end;
	int			count = scan->column_count;

	/* Columns added later are not in the tuple. */
	if (unlikely(HeapTupleHeaderGetNatts(header) < count))
	{
		ExecStoreBufferHeapTuple(&scan->tuple, scan->slot, ((HeapScanDesc) scan->scan)->rs_cbuf);
		scan->in_slot = true;
		slot_getsomeattrs(scan->slot, count);
		for (int i = 0; i < count; i++)
			if (scan->columns[i].wanted)
			{
				scan->values[scan->columns[i].cell] = scan->slot->tts_values[i];
				scan->nulls[scan->columns[i].cell] = scan->slot->tts_isnull[i];
			}
		return;
	}
	for (int f = 0; f < scan->fixed_wanted; f++)
	{
		const Column *column = &scan->columns[scan->fixed[f]];

		scan->values[column->cell] = fetch_att(data + column->offset, column->by_value, column->length);
	}
	for (int i = scan->fixed_count; i < count; i++)
	{
		const Column *column = &scan->columns[i];

		if (has_nulls && att_isnull(i, header->t_bits))
		{
			if (column->wanted)
				scan->nulls[column->cell] = true;
			continue;
		}
		offset = att_align_pointer(offset, column->alignment, column->length, data + offset);
		if (column->wanted)
		{
			scan->nulls[column->cell] = false;
			scan->values[column->cell] = fetch_att(data + offset, column->by_value, column->length);
		}
		offset = att_addlength_pointer(offset, column->length, data + offset);
	}
}

/* Shows the row at hand to the expressions of the executor. */
static void
show_row(RcsScan *scan)
{
	if (scan->in_slot)
		return;
	ExecStoreBufferHeapTuple(&scan->tuple, scan->slot, ((HeapScanDesc) scan->scan)->rs_cbuf);
	scan->in_slot = true;
}

bool
rcs_scan_holds(RcsScan *scan, ExprState *condition, bool *is_null)
{
	Datum		value = ExecEvalExprSwitchContext(condition, scan->expressions, is_null);

	return !*is_null && DatumGetBool(value);
}

static int
evaluate_memo(RcsScan *scan, Memo *memo)
{
	bool		is_null = false;

	show_row(scan);
	for (int i = 0; i < memo->count; i++)
		if (rcs_scan_holds(scan, memo->conditions[i], &is_null))
			return i;
	return memo->count + (memo->count == 1 && is_null);
}

/* The halves overlap where the value is shorter than both together. */
static inline void
load_halves(const char *bytes, Size length, Word *word)
{
	if (length >= 8)
	{
		memcpy(&word->low, bytes, 8);
		memcpy(&word->high, bytes + length - 8, 8);
	}
	else
		word->low = rc_short_number(bytes, length);
}

/* The slot of the row's value, which takes that of another one when it is new. */
static int
look_up(RcsScan *scan, Dictionary *dictionary)
{
	Column	   *column = &scan->columns[dictionary->column];
	Datum		value = scan->values[column->cell];
	Word		word = {0};
	Word	   *known;
	ListCell   *cell;
	int			slot;

	if (scan->nulls[column->cell])
		word.length = 1;
	else if (column->by_value)
	{
		word.low = (uint64) value;
		word.length = sizeof(Datum) + 2;
	}
	else if (column->length == -1 && VARATT_IS_1B(DatumGetPointer(value)) && !VARATT_IS_1B_E(DatumGetPointer(value)) &&
			 VARSIZE_1B(DatumGetPointer(value)) - VARHDRSZ_SHORT <= DICTIONARY_BYTES)
	{
		Size		length = VARSIZE_1B(DatumGetPointer(value)) - VARHDRSZ_SHORT;

		load_halves(VARDATA_1B(DatumGetPointer(value)), length, &word);
		word.length = length + 2;
	}
	else
		return NOT_KNOWN;
	slot = (int) (((word.low + word.high * 31 + word.length) * UINT64CONST(0x9E3779B97F4A7C15)) >> 58);
	known = &dictionary->words[slot];
	dictionary->looked_up++;
	if (known->length == word.length && known->low == word.low && known->high == word.high)
		return slot;
	if (++dictionary->missed > DICTIONARY_TRIAL && dictionary->missed > dictionary->looked_up / 2)
		dictionary->given_up = true;
	*known = word;
	foreach(cell, dictionary->memos)
		((Memo *) lfirst(cell))->answers[slot] = NOT_KNOWN;
	foreach(cell, dictionary->choices)
		((Source *) lfirst(cell))->outcomes[slot] = NULL;
	return slot;
}

StaticAssertDecl(DICTIONARY_SLOTS == 1 << (64 - 58), "the hash has as many bits as it takes");

/* The slot of the row's value in a dictionary, or NOT_KNOWN. */
static inline int
slot_at_hand(RcsScan *scan, Dictionary *dictionary)
{
	if (dictionary->given_up)
		return NOT_KNOWN;
	if (dictionary->row != scan->row)
	{
		dictionary->row = scan->row;
		dictionary->slot = look_up(scan, dictionary);
	}
	return dictionary->slot;
}

static inline int
ask(RcsScan *scan, Memo *memo)
{
	int			slot = memo->dictionary ? slot_at_hand(scan, memo->dictionary) : NOT_KNOWN;

	if (slot == NOT_KNOWN || memo->dictionary != scan->in_question)
		scan->others_asked = true;
	if (slot == NOT_KNOWN)
		return evaluate_memo(scan, memo);
	if (memo->answers[slot] == NOT_KNOWN)
		memo->answers[slot] = evaluate_memo(scan, memo);
	return memo->answers[slot];
}

/* Which result of a case applies; a condition that is null is not true. */
static int
chosen(RcsScan *scan, const Source *source)
{
	int			result = 0;

	for (int i = 0; i < source->memo_count; i++)
	{
		Memo	   *memo = source->memos[i];
		int			answer = ask(scan, memo);

		if (answer < memo->count)
			return result + answer;
		result += memo->count;
	}
	return result;
}

static const Source *outcome(RcsScan *scan, const Source *source);

static const Source false_source = {.kind = SOURCE_CONSTANT,.value = (Datum) false};
static const Source true_source = {.kind = SOURCE_CONSTANT,.value = (Datum) true};
static const Source null_source = {.kind = SOURCE_CONSTANT,.is_null = true};

static Datum
final_value(RcsScan *scan, const Source *source, bool *is_null)
{
	if (source->kind == SOURCE_COLUMN)
	{
		*is_null = scan->nulls[source->cell];
		return scan->values[source->cell];
	}
	if (source->kind == SOURCE_CONSTANT)
	{
		*is_null = source->is_null;
		return source->value;
	}
	show_row(scan);
	return ExecEvalExprSwitchContext(source->expression, scan->expressions, is_null);
}

/* AND and OR as SQL has them: a decisive term decides, else one that is null makes the whole null. */
static const Source *
joined(RcsScan *scan, const Source *source)
{
	bool		any_null = false;

	for (int i = 0; i < source->term_count; i++)
	{
		const Source *term = outcome(scan, &source->terms[i]);
		bool		is_null;
		bool		value = DatumGetBool(final_value(scan, term, &is_null));

		if (term->kind != SOURCE_CONSTANT)
			scan->others_asked = true;
		if (is_null)
			any_null = true;
		else if (value == source->decisive)
			return value ? &true_source : &false_source;
	}
	return any_null ? &null_source : source->decisive ? &false_source : &true_source;
}

/* The column, constant or expression whose value a source has in the row at hand. */
static const Source *
outcome(RcsScan *scan, const Source *source)
{
	for (;;)
	{
		int			answer;

		switch (source->kind)
		{
			case SOURCE_COLUMN:
			case SOURCE_CONSTANT:
			case SOURCE_EXPRESSION:
				return source;
			case SOURCE_BOOLEAN:
				answer = ask(scan, source->memos[0]);
				return answer == 0 ? &true_source : answer == 1 ? &false_source : &null_source;
			case SOURCE_CASE:
				source = &source->results[chosen(scan, source)];
				continue;
			case SOURCE_JUNCTION:
				return joined(scan, source);
		}
	}
}

/* The value of an output column. Its outcome is remembered when it hangs on one column alone, for the column's value. */
static Datum
value_of(RcsScan *scan, Source *source, bool *is_null)
{
	int			slot = source->dictionary ? slot_at_hand(scan, source->dictionary) : NOT_KNOWN;
	const Source *final = slot != NOT_KNOWN ? source->outcomes[slot] : NULL;

	if (!final)
	{
		scan->in_question = source->dictionary;
		scan->others_asked = false;
		final = outcome(scan, source);
		if (slot != NOT_KNOWN && !scan->others_asked)
			source->outcomes[slot] = final;
	}
	return final_value(scan, final, is_null);
}

static bool
passes(RcsScan *scan)
{
	for (int i = 0; i < scan->filter_count; i++)
	{
		Filter	   *filter = &scan->filters[i];
		bool		is_null;

		switch (filter->kind)
		{
			case FILTER_NOT_NULL:
				if (scan->nulls[filter->cell])
					return false;
				break;
			case FILTER_EQUAL:
				if (scan->nulls[filter->cell] || scan->values[filter->cell] != filter->value)
					return false;
				break;
			case FILTER_MEMO:
				if (ask(scan, filter->memo) != 0)
					return false;
				break;
			case FILTER_EXPRESSION:
				show_row(scan);
				if (!rcs_scan_holds(scan, filter->expression, &is_null))
					return false;
				break;
		}
	}
	return true;
}

/*
 * Fetches where a page begins and its first rows lie. Pages that were read one after the other mostly lie one after the other in the
 * buffers; where they do not, nothing but this is in vain: what is fetched is not looked at.
 */
static inline void
prefetch_page(const char *page)
{
	for (int line = 0; line < PREFETCH_HEADER; line += 64)
		__builtin_prefetch(page + line);
	for (int line = 64; line <= PREFETCH_TAIL; line += 64)
		__builtin_prefetch(page + BLCKSZ - line);
}

void
rcs_scan_rows(RcsScan *scan, BlockNumber first, BlockNumber end, RcsTakeRow take, void *context)
{
	HeapScanDesc heap = (HeapScanDesc) scan->scan;

	for (BlockNumber block = first; block < end; block++)
	{
		Page		page;

		/* Asks for interrupts, prunes, and tells which tuples the snapshot sees. */
		heapgetpage(scan->scan, block);
		page = BufferGetPage(heap->rs_cbuf);
		prefetch_page(page + BLCKSZ);
		for (int t = 0; t < heap->rs_ntuples; t++)
		{
			ItemId		item = PageGetItemId(page, heap->rs_vistuples[t]);

			/* What the rows lie in is seldom in the cache. */
			if (t + PREFETCH_ROWS < heap->rs_ntuples)
			{
				const char *ahead = (const char *) PageGetItem(page, PageGetItemId(page, heap->rs_vistuples[t + PREFETCH_ROWS]));

				__builtin_prefetch(ahead);
				__builtin_prefetch(ahead + 64);
				__builtin_prefetch(ahead + 128);
			}
			scan->tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
			scan->tuple.t_len = ItemIdGetLength(item);
			ItemPointerSet(&scan->tuple.t_self, block, heap->rs_vistuples[t]);
			scan->in_slot = false;
			scan->row++;
			take_columns(scan);
			if (passes(scan))
			{
				for (int i = 0; i < scan->copied_count; i++)
				{
					int			n = scan->copied[i];

					scan->values[n] = scan->values[scan->sources[n].cell];
					scan->nulls[n] = scan->nulls[scan->sources[n].cell];
				}
				for (int i = 0; i < scan->computed_count; i++)
					scan->values[scan->computed[i]] = value_of(scan, &scan->sources[scan->computed[i]], &scan->nulls[scan->computed[i]]);
				take(context, scan->values, scan->nulls);
			}
			if (scan->in_slot)
			{
				ExecClearTuple(scan->slot);
				ResetExprContext(scan->expressions);
			}
		}
	}
}

void
rcs_scan_end(RcsScan *scan)
{
	ExecClearTuple(scan->slot);
	table_endscan(scan->scan);
}
