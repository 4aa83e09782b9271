/*
 * import_goods.c - shipments, returns and receipts: the document once, each of its lines, the customer apart.
 *
 * A line is known by its document, its sku and line_ref; the same line with another quantity is a conflict.
 */
#include "import_parts.h"

#include "utils/memutils.h"

/* Which fields the documents have in common. */
typedef struct Fields
{
	int			sku,
				line_ref,
				condition,		/* -1: none */
				buyer_name;		/* -1: none */
} Fields;

bool
rcs_is_document(RcsRelation relation)
{
	return relation == RCS_SHIPMENT || relation == RCS_RETURN_ORDER || relation == RCS_RETURN_RECEIPT;
}

static Fields
fields_of(const RcTarget *target)
{
	return (Fields) {
		rc_target_field(target, "sku"), rc_target_field(target, "line_ref"), rc_target_field(target, "condition"), rc_target_field(target, "buyer_name")
	};
}

static RcField
part(const RcRow *row, int field)
{
	return field < 0 ? (RcField) {NULL, 0} : (RcField) {row->values[field].text, row->values[field].length};
}

void
rcs_add_document(RcsLoad *load, RcsRelation relation, const RcRow *row, const RcRecord *record, RcHash128 key)
{
	RcsSink    *documents = load->sinks[relation];
	RcsSink    *lines = load->sinks[relation + 1];
	RcsDocumentExtra *extra = MemoryContextAllocZero(rcs_sink_batch_context(documents), sizeof(RcsDocumentExtra));
	Fields		fields = fields_of(row->target);
	RcField		parts[4] = {{(const char *) &key, sizeof(key)}, part(row, fields.sku), part(row, fields.line_ref), part(row, fields.condition)};
	Datum		values[RCS_MAX_COLUMNS];
	bool		nulls[RCS_MAX_COLUMNS];
	RcsEntry   *entry;

	if (fields.buyer_name >= 0)
		rcs_form_customer(load, row, record, fields.buyer_name, extra);
	rcs_put_row(load, relation + 1, row, values, nulls);
	extra->line_key = rcs_hash_parts(load->owner_id, parts, lengthof(parts));
	extra->line = rcs_sink_form(lines, extra->line_key, (int64) record->line, values, nulls);
	extra->quantity = row->values[row->target->amount].number;
	rcs_put_row(load, relation, row, values, nulls);
	if (fields.buyer_name >= 0)
		rcs_leave_token(documents, extra, values, nulls);
	entry = rcs_sink_add(documents, rcs_sink_form(documents, key, (int64) record->line, values, nulls), key, (int64) record->line);
	entry->extra = extra;
	entry->closed_day = rcs_day_is_closed(load, relation, values, nulls);
	rcs_keep_raw(documents, entry, record);
}

void
rcs_flush_documents(RcsLoad *load, RcsRelation relation)
{
	RcsSink    *documents = load->sinks[relation];
	RcsSink    *lines = load->sinks[relation + 1];
	int			count = rcs_sink_entry_count(documents);
	MemoryContext flush_context,
				caller;

	if (count == 0)
		return;
	flush_context = AllocSetContextCreate(load->context, "reconcile flush", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(flush_context);
	rcs_sink_resolve(documents);
	rcs_refuse_closed(load, documents);
	rcs_flush_customers(load, documents);
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *document = rcs_sink_entry(documents, i);
		RcsDocumentExtra *extra = document->extra;
		RcsEntry   *line = rcs_sink_add(lines, extra->line, extra->line_key, document->line_no);

		line->compare = extra->quantity;
		line->comparable = true;
		line->raw = document->raw;
		line->raw_length = document->raw_length;
		line->closed_day = document->closed_day;
	}
	rcs_sink_resolve(lines);
	rcs_refuse_closed(load, lines);
	for (int i = 0; i < count; i++)
	{
		RcsEntry   *line = rcs_sink_entry(lines, i);

		if (rcs_sink_entry(documents, i)->fate == RCS_CLOSED && line->fate == RCS_NEW)
			line->fate = RCS_CLOSED;
		if (line->fate == RCS_CONFLICT)
			rcs_reject_conflict(load, line, "quantity");
		else if (line->fate == RCS_CLOSED)
			rcs_reject_closed(load, line, relation);
		else if (line->fate == RCS_NEW)
			load->rows_imported++;
		else
			load->rows_known++;
	}
	rcs_sink_write(lines);
	rcs_sink_write(documents);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(flush_context);
}
