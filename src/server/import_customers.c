/*
 * import_customers.c - personal data of orders, shipments and returns: written to customer once, known elsewhere by a token only.
 */
#include "import_parts.h"

bool
rcs_form_customer(RcsLoad *load, const RcRow *row, const RcRecord *record, int first_field, RcsDocumentExtra *extra)
{
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	RcField		parts[3];
	RcsSink    *customers;
	bool		any = false;

	for (int i = 0; i < 3; i++)
	{
		const RcValue *value = &row->values[first_field + i];

		parts[i] = (RcField) {value->text, value->length};
		any = any || value->text;
	}
	if (!any)
		return false;
	customers = rcs_open_relation(load, RCS_CUSTOMER);
	load->scratch_used = 0;
	memset(nulls, true, rcs_sink_column_count(customers));
	for (int i = 0; i < 3; i++)
		rcs_put_field(load, RCS_CUSTOMER, row, first_field + i, values, nulls);
	extra->customer_key = rcs_hash_parts(load->owner_id, parts, 3);
	extra->customer = rcs_sink_form(customers, extra->customer_key, (int64) record->line, values, nulls);
	return true;
}

void
rcs_leave_token(RcsSink *documents, const RcsDocumentExtra *extra, Datum *values, bool *nulls)
{
	int			token = rcs_sink_column(documents, "customer_id");

	if (token != rcs_sink_column_count(documents) - 1)
		elog(ERROR, "customer_id is not the last column of its table");
	values[token] = Int64GetDatum(0);
	nulls[token] = extra->customer == NULL;
}

void
rcs_flush_customers(RcsLoad *load, RcsSink *documents)
{
	RcsSink    *customers = load->sinks[RCS_CUSTOMER];
	int			count = rcs_sink_entry_count(documents);
	int			added = 0;
	RcsEntry  **owners;

	if (!customers)
		return;
	owners = palloc(sizeof(RcsEntry *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *document = rcs_sink_entry(documents, i);
		RcsDocumentExtra *extra = document->extra;

		if (document->fate != RCS_NEW || !extra->customer)
			continue;
		rcs_sink_add(customers, extra->customer, extra->customer_key, document->line_no);
		owners[added++] = document;
	}
	if (added > 0)
	{
		rcs_sink_resolve(customers);
		/* Ids are given by write, which empties the batch: new ones are told by keeping the entries, which stay in place until the next add. */
		rcs_sink_write(customers);
	}
	for (int i = 0; i < added; i++)
	{
		RcsEntry   *entry = rcs_sink_entry(customers, i);
		int64		id = entry->fate == RCS_SAME && entry->leader ? entry->leader->id : entry->id;

		/* customer_id is the last column: the last eight bytes of the tuple. */
		memcpy((char *) owners[i]->tuple->t_data + owners[i]->tuple->t_len - sizeof(int64), &id, sizeof(int64));
	}
	pfree(owners);
}

void
rcs_add_document_parts(RcsLoad *load, RcsRelation relation, RcsEntry *document, RcsEntry **customer, RcsEntry **line)
{
	RcsDocumentExtra *extra = document->extra;

	*customer = extra->customer ? rcs_sink_add(load->sinks[RCS_CUSTOMER], extra->customer, extra->customer_key, document->line_no) : NULL;
	*line = extra->line ? rcs_sink_add(load->sinks[relation + 1], extra->line, extra->line_key, document->line_no) : NULL;
	if (*line && rcs_is_document(relation))
	{
		(*line)->compare = extra->quantity;
		(*line)->comparable = true;
	}
}

void
rcs_refuse_document_parts(const RcsEntry *document, RcsEntry *customer, RcsEntry *line)
{
	if (line && document->closed_day && line->fate == RCS_NEW)
		line->fate = RCS_CLOSED;
	if (customer && document->fate == RCS_CLOSED && customer->fate == RCS_NEW)
		customer->fate = RCS_DROPPED;
}
