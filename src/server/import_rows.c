/*
 * import_rows.c - rows of a file into batches, batches into tables.
 */
#include "import_rows.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "import_parts.h"
#include "progress.h"
#include "support.h"

void
rcs_load_begin(RcsLoad *load)
{
	const RcTarget *target = load->format->target;
	RcsRelation relation = rcs_relation_of(target);

	load->scratch = MemoryContextAlloc(load->context, RCS_SCRATCH_BYTES);
	if (load->format->sum)
	{
		/* Sorted rows are looked up as they come: none is set aside without its sum. */
		load->expected_rows = 0;
		rcs_begin_order_sums(load);
	}
	rcs_open_relation(load, relation);
	if (relation == RCS_SALES_ORDER || rcs_is_document(relation))
		rcs_open_relation(load, relation + 1);
	if (relation == RCS_BANK_LINE)
		rcs_begin_bank_totals(load);
	if (load->daily_payouts && target == &rc_target_settlement_line)
		rcs_begin_derived_payouts(load);
}

static RcHash128
row_key(RcsLoad *load, const RcRow *row, bool *has_amount)
{
	RcHash128	key;
	RcStatus	status;

	rc_status_reset(&status);
	if (rc_mapping_key(load->mapping, row, load->owner_id, &key, has_amount, &status) != RC_OK)
		rcs_raise(&status, load->file_name);
	return key;
}

/* Writes the batches; only those that are full where asked so. */
static void
flush(RcsLoad *load, bool only_full)
{
	const RcTarget *main_target = load->format->target;
	RcsRelation main_relation = rcs_relation_of(main_target);

	/* Lines and customers of documents are written with the documents. */
	if (main_relation == RCS_SALES_ORDER || rcs_is_document(main_relation))
	{
		if (only_full && !rcs_sink_full(load->sinks[main_relation]))
			return;
		if (main_relation == RCS_SALES_ORDER)
			rcs_flush_orders(load);
		else
			rcs_flush_documents(load, main_relation);
		return;
	}
	for (int r = RCS_SETTLEMENT; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r] && (!only_full || rcs_sink_full(load->sinks[r])))
			rcs_flush_lines(load, r, rcs_target_of(load, r) == main_target && r != RCS_BANK_STATEMENT);
}

/* Adds the rows of the mapping to their batches. */
static void
add_rows(RcsLoad *load, const RcRecord *record, bool summary)
{
	int			count = rc_mapping_row_count(load->mapping);
	const RcTarget *main_target = load->format->target;
	RcHash128	keys[RC_MAX_LINES + 1];
	bool		has_amount[RC_MAX_LINES + 1];
	bool		suspect = false;
	bool		has_main = summary;
	RcDecimal	difference;
	int			wrong = -1;		/* the row that carries the contradiction: the one that balances the others, else the first */

	load->row++;
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		keys[i] = row_key(load, row, &has_amount[i]);
		has_main = has_main || row->target == main_target;
		if (row->target == main_target && rcs_sink_suspects(load->sinks[rcs_relation_of(main_target)], keys[i].low))
			suspect = true;
		if (row->target == main_target && (wrong < 0 || row->balances))
			wrong = i;
	}
	if (summary || !rc_mapping_arithmetic(load->mapping, &difference))
		wrong = -1;
	if (suspect)
	{
		rcs_set_aside(load, record);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		RcsRelation relation = rcs_relation_of(row->target);

		if (relation == RCS_SALES_ORDER)
			rcs_add_order(load, row, record, keys[i]);
		else if (rcs_is_document(relation))
			rcs_add_document(load, relation, row, record, keys[i]);
		else
		{
			rcs_add_line(load, relation, row, record, keys[i], has_amount[i]);
			if (i == wrong)
				rcs_note_arithmetic(load, relation, difference);
			if (!has_main)
			{
				rcs_count_last_line(load, relation);
				has_main = true;
			}
		}
	}
	if (!load->preview)
		flush(load, true);
}

void
rcs_load_rows(RcsLoad *load, const RcRecord *record, bool summary)
{
	int			count = rc_mapping_row_count(load->mapping);
	const RcTarget *main_target = load->format->target;

	if (!summary)
		load->rows_read++;
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);
		int			currency = row->target->currency;

		/* Where the merchant's shops and accounts have none in common, the file must say. */
		if (!load->currency && currency >= 0 && row->target->fields[currency].required && !row->values[currency].text)
		{
			RcStatus	status;

			rc_status_reset(&status);
			rc_fail(&status, RC_MISSING_COLUMN, "the row has no currency, and the merchant's shops and accounts have several");
			status.line = record->line;
			load->rows_read--;
			rcs_load_reject(load, record, &status);
			return;
		}
		if (load->format->reads_zones)
		{
			RcStatus	status;

			if (!rcs_zones_known(load, row, &status))
			{
				status.line = record->line;
				load->rows_read--;
				rcs_load_reject(load, record, &status);
				return;
			}
		}
	}
	for (int i = 0; i < count; i++)
	{
		const RcRow *row = rc_mapping_row(load->mapping, i);

		if (row->target == &rc_target_bank_line)
			rcs_add_bank_totals(load, row, record);
		/* Orders are summed when it is known which rows are one order. */
		if (row->target == main_target && row->target != &rc_target_order)
			rcs_add_sum(load, row->values[row->target->amount].number);
	}
	if (load->order_sums && !summary)
	{
		for (int i = 0; i < count; i++)
		{
			const RcRow *row = rc_mapping_row(load->mapping, i);
			bool		has_amount;

			rcs_sort_order(load, row, record, row_key(load, row, &has_amount));
		}
		return;
	}
	add_rows(load, record, summary);
}

/* A record that was kept back. */
static void
add_row(RcsLoad *load, const RcRecord *record)
{
	add_rows(load, record, false);
}

void
rcs_load_sorted(RcsLoad *load)
{
	if (load->order_sums)
		rcs_take_summed_orders(load, add_row);
}

void
rcs_load_finish(RcsLoad *load)
{
	rcs_load_sorted(load);
	flush(load, false);
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
		{
			rcs_progress_phase(RCS_IMPORT_INDEXING, r + 1);
			rcs_sink_build_indexes(load->sinks[r]);
		}
	rcs_progress_phase(RCS_IMPORT_FINISHING, 0);
	rcs_take_aside(load, add_row);
	flush(load, false);
	if (load->bank && !load->has_statements)
		rcs_write_statement(load);
	rcs_write_derived_payouts(load);
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
		{
			RcsRange	range;

			rcs_sink_range(load->sinks[r], &range.first_id, &range.last_id, &range.count);
			if (range.count > 0)
			{
				if (load->ranges[r].count > 0)
				{
					range.first_id = Min(range.first_id, load->ranges[r].first_id);
					range.last_id = Max(range.last_id, load->ranges[r].last_id);
					range.count += load->ranges[r].count;
				}
				load->ranges[r] = range;
			}
			rcs_sink_close(load->sinks[r]);
			load->sinks[r] = NULL;
		}
	if (load->rejected)
	{
		rcs_bulk_end(load->rejected);
		load->rejected = NULL;
	}
}

void
rcs_load_abandon(RcsLoad *load)
{
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		if (load->sinks[r])
		{
			rcs_sink_close(load->sinks[r]);
			load->sinks[r] = NULL;
		}
}
