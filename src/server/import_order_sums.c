/*
 * import_order_sums.c - orders whose total stands nowhere in the file: it is the sum of the amounts of their rows ("sum" of a format).
 *
 * The rows of an order need not be neighbours, and a sum is known only when the file has been read. So the records are sorted by order, on disk where there
 * are many, and taken order by order afterwards: once to add up, once to be imported with the sum in place of their own amount.
 */
#include "import_parts.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#include "preview.h"
#include "support.h"

#define SORT_MEMORY 8192		/* kB */
#define SORTED_COLUMNS 4		/* key, its check, number of the row, what is sorted */

static const int summed_fields[RCS_SUMMED_FIELDS] = {RC_ORDER_TOTAL, RC_ORDER_SHIPPING, RC_ORDER_DISCOUNT, RC_ORDER_TAX};

/* What is sorted: a row's amounts, then its record. */
typedef struct Amounts
{
	bool		given[RCS_SUMMED_FIELDS];
	RcDecimal	amounts[RCS_SUMMED_FIELDS];
	char		currency[4];
} Amounts;

struct RcsOrderSums
{
	Tuplesortstate *sort;
	TupleTableSlot *virtual_slot;	/* into it */
	TupleTableSlot *slot;		/* out of it */
};

typedef struct RcsOrderSums OrderSums;

void
rcs_begin_order_sums(RcsLoad *load)
{
	AttrNumber	columns[3] = {1, 2, 3};
	Oid			operators[3] = {Int8LessOperator, Int8LessOperator, Int8LessOperator};
	Oid			collations[3] = {InvalidOid, InvalidOid, InvalidOid};
	bool		nulls_first[3] = {false, false, false};
	MemoryContext caller = MemoryContextSwitchTo(load->context);
	TupleDesc	descriptor = CreateTemplateTupleDesc(SORTED_COLUMNS);

	for (int i = 0; i < 3; i++)
		TupleDescInitEntry(descriptor, (AttrNumber) (i + 1), NULL, INT8OID, -1, 0);
	TupleDescInitEntry(descriptor, SORTED_COLUMNS, NULL, BYTEAOID, -1, 0);
	load->order_sums = palloc0(sizeof(OrderSums));
	load->order_sums->virtual_slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	load->order_sums->slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
	load->order_sums->sort = tuplesort_begin_heap(descriptor, 3, columns, operators, collations, nulls_first, SORT_MEMORY, NULL, TUPLESORT_RANDOMACCESS);
	MemoryContextSwitchTo(caller);
}

void
rcs_sort_order(RcsLoad *load, const RcRow *row, const RcRecord *record, RcHash128 key)
{
	OrderSums  *sums = load->order_sums;
	Size		packed = rcs_packed_size(record);
	bytea	   *value = palloc(VARHDRSZ + sizeof(Amounts) + packed);
	Amounts    *amounts = palloc0(sizeof(Amounts));
	TupleTableSlot *slot = sums->virtual_slot;

	for (int i = 0; i < RCS_SUMMED_FIELDS; i++)
	{
		amounts->given[i] = row->values[summed_fields[i]].text != NULL;
		amounts->amounts[i] = row->values[summed_fields[i]].number;
	}
	memcpy(amounts->currency, row->values[RC_ORDER_CURRENCY].text, 3);
	SET_VARSIZE(value, VARHDRSZ + sizeof(Amounts) + packed);
	memcpy(VARDATA(value), amounts, sizeof(Amounts));
	rcs_pack_record(record, VARDATA(value) + sizeof(Amounts));
	slot->tts_values[0] = Int64GetDatum((int64) key.low);
	slot->tts_values[1] = Int64GetDatum((int64) key.high);
	slot->tts_values[2] = Int64GetDatum(load->rows_read);
	slot->tts_values[3] = PointerGetDatum(value);
	memset(slot->tts_isnull, false, SORTED_COLUMNS);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(sums->sort, slot);
	ExecClearTuple(slot);
	pfree(value);
	pfree(amounts);
}

/* Moves to the next row; whether there is one, and of which order. */
static bool
next_row(OrderSums *sums, int64 *key, int64 *check)
{
	bool		null;

	if (!tuplesort_gettupleslot(sums->sort, true, false, sums->slot, NULL))
		return false;
	*key = DatumGetInt64(slot_getattr(sums->slot, 1, &null));
	*check = DatumGetInt64(slot_getattr(sums->slot, 2, &null));
	return true;
}

/* The row at hand. */
static const char *
row_bytes(OrderSums *sums, Amounts *amounts, Size *size)
{
	bool		null;
	bytea	   *value = DatumGetByteaPP(slot_getattr(sums->slot, SORTED_COLUMNS, &null));

	memcpy(amounts, VARDATA_ANY(value), sizeof(Amounts));
	*size = VARSIZE_ANY_EXHDR(value) - sizeof(Amounts);
	return VARDATA_ANY(value) + sizeof(Amounts);
}

/* Takes the row at hand; one in another currency than the order's first is rejected. */
static void
take_row(RcsLoad *load, const char *currency, void (*add) (RcsLoad *load, const RcRecord *record))
{
	OrderSums  *sums = load->order_sums;
	Amounts		amounts;
	Size		size;
	const char *bytes = row_bytes(sums, &amounts, &size);
	RcRecord	record = rcs_unpack_record(bytes, size);
	RcStatus	status;
	bool		null;
	int64		number = DatumGetInt64(slot_getattr(sums->slot, 3, &null));

	if (strcmp(amounts.currency, currency) != 0)
	{
		RcsEntry	entry = {.line_no = (int64) record.line, .raw = record.raw, .raw_length = (uint32) record.raw_length};

		rcs_reject_conflict(load, &entry, "currency");
		return;
	}
	rc_status_reset(&status);
	if (rc_mapping_retake(load->mapping, &record, &status) != RC_TAKEN_ROWS)
		rcs_raise(&status, load->file_name);
	add(load, &record);
	rcs_preview_row(load, number);
}

/* Adds an amount of a row to the totals of its order. */
static void
add_amounts(RcsLoad *load, RcsOrderTotals *totals, const Amounts *amounts)
{
	for (int i = 0; i < RCS_SUMMED_FIELDS; i++)
		if (amounts->given[i])
		{
			totals->given[i] = true;
			rcs_add_exact(load, &totals->sums[i], amounts->amounts[i]);
		}
}

/* Reads on to the end of an order, adding up; the number of its rows, 0 when there is no further order. The sort is then where it was. */
static int64
add_up(RcsLoad *load, RcsOrderTotals *totals, char *currency)
{
	OrderSums  *sums = load->order_sums;
	int64		key,
				check,
				first_key = 0,
				first_check = 0;
	int64		rows = 0;

	memset(totals, 0, sizeof(*totals));
	tuplesort_markpos(sums->sort);
	while (next_row(sums, &key, &check))
	{
		Amounts		amounts;
		Size		size;

		if (rows > 0 && (key != first_key || check != first_check))
			break;
		row_bytes(sums, &amounts, &size);
		if (rows++ == 0)
		{
			first_key = key;
			first_check = check;
			strlcpy(currency, amounts.currency, sizeof(amounts.currency));
		}
		if (strcmp(amounts.currency, currency) == 0)
			add_amounts(load, totals, &amounts);
	}
	tuplesort_restorepos(sums->sort);
	return rows;
}

void
rcs_take_summed_orders(RcsLoad *load, void (*add) (RcsLoad *load, const RcRecord *record))
{
	OrderSums  *sums = load->order_sums;
	MemoryContext context = AllocSetContextCreate(load->context, "reconcile order sums", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	RcsOrderTotals totals;
	char		currency[4];
	int64		rows;

	tuplesort_performsort(sums->sort);
	load->order_totals = &totals;
	while ((rows = add_up(load, &totals, currency)) > 0)
		for (int64 i = 0; i < rows; i++)
		{
			int64		key,
						check;

			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(context);
			if (!next_row(sums, &key, &check))
				elog(ERROR, "a row of an order is lost");
			take_row(load, currency, add);
		}
	load->order_totals = NULL;
	tuplesort_end(sums->sort);
	ExecDropSingleTupleTableSlot(sums->slot);
	ExecDropSingleTupleTableSlot(sums->virtual_slot);
	load->order_sums = NULL;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
rcs_put_order_totals(RcsLoad *load, Datum *values, bool *nulls)
{
	const RcsOrderTotals *totals = load->order_totals;

	for (int i = 0; i < RCS_SUMMED_FIELDS; i++)
	{
		int			column = load->columns[RCS_SALES_ORDER][summed_fields[i]];

		if (!totals->given[i])
			continue;
		values[column] = rcs_make_numeric(load, totals->sums[i]);
		nulls[column] = false;
	}
}
