/*
 * import_lines.c - tables whose rows stand alone (settlement lines, payouts, bank lines, courier charges ...): one row of the file may become several.
 */
#include "import_parts.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* What entry->extra is of a payout or statement that is all that a row of the file became. */
static char whole_row;

/* Lines of one row of the file share its fate: one in conflict, or of a closed day, rejects the row. */
void
rcs_flush_lines(RcsLoad *load, RcsRelation relation, bool counted)
{
	RcsSink    *sink = load->sinks[relation];
	int			count = rcs_sink_entry_count(sink);

	if (count == 0)
		return;
	rcs_sink_resolve(sink);
	if (relation == RCS_BANK_LINE)
		rcs_find_elsewhere(load, sink);
	rcs_refuse_closed(load, sink);
	for (int first = 0; first < count;)
	{
		int			end = first;
		int			fresh = 0;
		bool		conflict = false;
		RcsEntry   *closed = NULL;
		RcsEntry   *head = rcs_sink_entry(sink, first);
		bool		counts = counted || head->extra == &whole_row;

		for (; end < count && rcs_sink_entry(sink, end)->row == head->row; end++)
		{
			RcsEntry   *entry = rcs_sink_entry(sink, end);

			if (entry->fate == RCS_CONFLICT)
			{
				conflict = true;
				head = entry;
			}
			else if (entry->fate == RCS_CLOSED)
				closed = closed ? closed : entry;
			else if (entry->fate == RCS_NEW)
				fresh++;
		}
		if (conflict || closed)
		{
			for (int i = first; i < end; i++)
				rcs_sink_entry(sink, i)->fate = RCS_DROPPED;
			if (conflict)
				rcs_reject_conflict(load, head, rcs_target_of(load, relation)->fields[rcs_target_of(load, relation)->amount].name);
			else if (relation != RCS_BANK_STATEMENT || counts)
				rcs_reject_closed(load, closed, relation);
			else
				counts = true;	/* its lines were told */
			if (!counts)
				load->rows_rejected--;
		}
		else if (counts)
		{
			if (fresh > 0)
				load->rows_imported++;
			else
				load->rows_known++;
			if (load->payout_days && relation == RCS_SETTLEMENT_LINE)
				for (int i = first; i < end; i++)
					if (rcs_sink_entry(sink, i)->fate == RCS_NEW)
						rcs_add_payout_part(load, rcs_sink_entry(sink, i));
		}
		first = end;
	}
	rcs_sink_write(sink);
	rcs_keep_findings(load, relation);
}

/* A row of a table whose rows stand alone. */
void
rcs_add_line(RcsLoad *load, RcsRelation relation, const RcRow *row, const RcRecord *record, RcHash128 key, bool has_amount)
{
	RcsSink    *sink = rcs_open_relation(load, relation);
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	int			amount = row->target->amount;
	RcsEntry   *entry;
	int32		day = 0;

	rcs_put_row(load, relation, row, values, nulls);
	if (relation == RCS_SETTLEMENT_LINE)
	{
		day = DatumGetDateADT(values[load->day_column[relation]]);
		if (load->daily_payouts && !row->values[RC_LINE_SETTLEMENT_NO].text)
		{
			struct pg_tm tm;
			char		text[80];
			int			column = load->columns[relation][RC_LINE_SETTLEMENT_NO];

			j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
			snprintf(text, sizeof(text), "%.60s-%04d%02d%02d", load->owner_code, tm.tm_year, tm.tm_mon, tm.tm_mday);
			values[column] = rcs_make_text(load, text, strlen(text));
			nulls[column] = false;
		}
	}
	if (relation == RCS_PAYOUT)
	{
		int			derived = rcs_sink_column(sink, "derived");

		values[derived] = BoolGetDatum(false);
		nulls[derived] = false;
	}
	entry = rcs_sink_add(sink, rcs_sink_form(sink, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->row = load->row;
	entry->closed_day = rcs_day_is_closed(load, relation, values, nulls);
	if (!has_amount && row->values[amount].text)
	{
		entry->compare = row->values[amount].number;
		entry->comparable = true;
	}
	if (entry->comparable || entry->closed_day)
		rcs_keep_raw(sink, entry, record);
	if (load->payout_days && relation == RCS_SETTLEMENT_LINE)
		rcs_note_payout_part(load, entry, row, values[load->columns[relation][RC_LINE_SETTLEMENT_NO]], day);
}

void
rcs_count_last_line(RcsLoad *load, RcsRelation relation)
{
	RcsSink    *sink = load->sinks[relation];

	rcs_sink_entry(sink, rcs_sink_entry_count(sink) - 1)->extra = &whole_row;
}
