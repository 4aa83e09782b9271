/*
 * import_closed.c - rows of days that are closed.
 *
 * Only what would be new is refused: exports overlap, and what is known already changes nothing. Of a file with rows on both sides of the closing the rest comes
 * in. A bank's or platform's export of the last ninety days would otherwise be lost for the one line that came late; that line is told, stands in rejected_row, and
 * comes in when the period was reopened and the file is imported again. A file that brings nothing but such rows is refused whole: it is not the file that was meant.
 * Only in an archive does it not take the other files down with it.
 */
#include "import_parts.h"

#include "utils/date.h"
#include "utils/datetime.h"

#include "support.h"

/* The day by which a row belongs to a period, as closing_column() says it. */
static const char *const day_names[RCS_RELATION_COUNT] = {
	[RCS_SALES_ORDER] = "ordered_on",
	[RCS_SETTLEMENT_LINE] = "posted_on",
	[RCS_PAYOUT] = "paid_on",
	[RCS_BANK_STATEMENT] = "closed_on",
	[RCS_BANK_LINE] = "booked_on",
	[RCS_SHIPMENT] = "shipped_on",
	[RCS_SHIPMENT_LINE] = "shipped_on",
	[RCS_RETURN_ORDER] = "returned_on",
	[RCS_RETURN_LINE] = "returned_on",
	[RCS_RETURN_RECEIPT] = "received_on",
	[RCS_RECEIPT_LINE] = "received_on",
	[RCS_COURIER_CHARGE] = "charged_on",
	[RCS_STOCK_MOVEMENT] = "moved_on",
	[RCS_LEDGER_ENTRY] = "posted_on"
};

/* As YYYY-MM-DD, whatever DateStyle says: it is part of a call that the reader may copy. */
static char *
last_day(const RcsLoad *load)
{
	int			year,
				month,
				day;

	j2date(load->closed_through + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return psprintf("%04d-%02d-%02d", year, month, day);
}

bool
rcs_day_is_closed(const RcsLoad *load, RcsRelation relation, const Datum *values, const bool *nulls)
{
	int			column = load->closing_column[relation];

	return load->has_closed && column >= 0 && !nulls[column] && DatumGetDateADT(values[column]) <= load->closed_through;
}

int
rcs_closing_column(RcsSink *sink, RcsRelation relation)
{
	return day_names[relation] ? rcs_sink_column(sink, day_names[relation]) : -1;
}

void
rcs_refuse_closed(const RcsLoad *load, RcsSink *sink)
{
	if (!load->has_closed)
		return;
	for (int i = 0; i < rcs_sink_entry_count(sink); i++)
	{
		RcsEntry   *entry = rcs_sink_entry(sink, i);

		/* A leader comes before those that follow it. */
		if ((entry->fate == RCS_NEW && entry->closed_day) || (entry->fate == RCS_SAME && entry->leader && entry->leader->fate == RCS_CLOSED))
			entry->fate = RCS_CLOSED;
	}
}

char *
rcs_closed_reason(const RcsLoad *load)
{
	return psprintf("its day lies in a period that is closed through %s", last_day(load));
}

void
rcs_reject_closed(RcsLoad *load, const RcsEntry *entry, RcsRelation relation)
{
	if (load->rows_closed++ == 0)
		load->first_closed = entry->line_no;
	rcs_write_rejected(load, entry->line_no, 0, day_names[relation] ? day_names[relation] : "", "closed_period", rcs_closed_reason(load),
					   entry->raw ? entry->raw : "", entry->raw_length);
}

void
rcs_report_closed(const RcsLoad *load, bool of_archive)
{
	char	   *day;

	if (load->rows_closed == 0)
		return;
	day = last_day(load);
	if (load->rows_imported == 0 && load->rows_known == 0 && !of_archive)
		ereport(ERROR,
				(errcode(RCS_ERRCODE_CLOSED_PERIOD),
				 errmsg("file \"%s\": its rows are of a period that is closed through %s", load->file_name, day),
				 errdetail("line %lld: the first of %lld rows.", (long long) load->first_closed, (long long) load->rows_closed),
				 errhint("reopen_period('%s', note) opens the period again.", day)));
	ereport(WARNING,
			(errmsg_plural("file \"%s\": %llu row is of a period that is closed through %s; it is left out",
						   "file \"%s\": %llu rows are of a period that is closed through %s; they are left out",
						   (unsigned long) load->rows_closed, load->file_name, (unsigned long long) load->rows_closed, day),
			 errdetail("First line %lld.", (long long) load->first_closed),
			 errhint("They stand in reconcile.rejected_row. After reopen_period('%s', note) the file can be imported again, which brings them.", day)));
}
