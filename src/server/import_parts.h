/*
 * import_parts.h - what the parts of an import share: import_rows.c takes a row and hands it to the part that knows its target.
 */
#ifndef RCS_IMPORT_PARTS_H
#define RCS_IMPORT_PARTS_H

#include "import_rows.h"

#include "datatype/timestamp.h"

#include "../read/running.h"

#define RCS_RAW_LIMIT 4000		/* bytes of a rejected row that are kept */
#define RCS_SCRATCH_BYTES 16384
#define RCS_MAX_COLUMNS 64		/* of a table that is filled */

/* ---- import_values.c ---- */

/* Values of one row, which live until load->scratch_used is set back to 0. */
extern Datum rcs_make_text(RcsLoad *load, const char *data, size_t length);
extern Datum rcs_make_numeric(RcsLoad *load, RcDecimal value);

/* The instant of a time of the file, and its day in the owner's zone. */
extern TimestampTz rcs_make_instant(RcsLoad *load, const RcDateTime *time, int32 *day);

/* Whether all zones that a row names are known to the server; status says which is not. */
extern bool rcs_zones_known(RcsLoad *load, const RcRow *row, RcStatus *status);

/* Sets all columns of a relation that fields of the row have, the day of its time, and whose row it is. */
extern void rcs_put_row(RcsLoad *load, RcsRelation relation, const RcRow *row, Datum *values, bool *nulls);

/* Sets a column from a field of a row. */
extern void rcs_put_field(RcsLoad *load, RcsRelation relation, const RcRow *row, int field, Datum *values, bool *nulls);

/* Remembers the record in the entry, cut to what rejected_row shows. */
extern void rcs_keep_raw(RcsSink *sink, RcsEntry *entry, const RcRecord *record);

/* Hash of texts the way rc_mapping_key makes keys; NULL data is an empty part. */
extern RcHash128 rcs_hash_parts(int64 scope, const RcField *parts, int count);

/* ---- import_relations.c ---- */

/* The target that fills a relation; of customers, who come with several, the file's. */
extern const RcTarget *rcs_target_of(const RcsLoad *load, RcsRelation relation);
extern RcsRelation rcs_relation_of(const RcTarget *target);

/* The sink of a relation, opened when it is not. */
extern RcsSink *rcs_open_relation(RcsLoad *load, RcsRelation relation);

/* ---- import_sums.c ---- */

/* Adds to a sum of one currency; raises when it is out of range. */
extern void rcs_add_exact(RcsLoad *load, RcDecimal *sum, RcDecimal value);

/* Adds to the control total. */
extern void rcs_add_sum(RcsLoad *load, RcDecimal value);

/* ---- import_rejected.c ---- */

/* Counts a row as rejected and writes it down, or shows it in a preview. column 0: the row as a whole. */
extern void rcs_write_rejected(RcsLoad *load, int64 line, uint32 column, const char *field, const char *code, const char *reason, const char *raw,
							   size_t raw_length);

/* Rejects the row of an entry whose key is known with another value of field. */
extern void rcs_reject_conflict(RcsLoad *load, const RcsEntry *entry, const char *field);

/* ---- import_closed.c: rows of days that are closed ---- */

/* The column with the day by which rows of a relation belong to a period; -1: none. */
extern int	rcs_closing_column(RcsSink *sink, RcsRelation relation);

/* Whether a formed row of a relation is of such a day: to be kept in its entry. */
extern bool rcs_day_is_closed(const RcsLoad *load, RcsRelation relation, const Datum *values, const bool *nulls);

/* Turns the fate of the entries that would be new, but are of such a day, into RCS_CLOSED: after resolving. */
extern void rcs_refuse_closed(const RcsLoad *load, RcsSink *sink);

/* Rejects the row of an entry that was refused so. */
extern void rcs_reject_closed(RcsLoad *load, const RcsEntry *entry, RcsRelation relation);
extern char *rcs_closed_reason(const RcsLoad *load);

/* ---- import_customers.c: personal data, which other tables know by a token only ---- */

/* What a row of a document becomes besides the document; lives with the document's batch. */
typedef struct RcsDocumentExtra
{
	HeapTuple	customer;		/* NULL: none */
	RcHash128	customer_key;
	HeapTuple	line;			/* NULL: none */
	RcHash128	line_key;
	RcDecimal	quantity;
	const char *status;			/* of orders */
	int32		status_length;
} RcsDocumentExtra;

/* Forms the customer of a row from three fields, the first of which is the name; whether there is one. */
extern bool rcs_form_customer(RcsLoad *load, const RcRow *row, const RcRecord *record, int first_field, RcsDocumentExtra *extra);

/* Leaves room for the token, which must be the last column; the value is set once the customer is written. */
extern void rcs_leave_token(RcsSink *documents, const RcsDocumentExtra *extra, Datum *values, bool *nulls);

/* Writes the customers of new documents and sets their tokens, after resolving, before writing the documents. */
extern void rcs_flush_customers(RcsLoad *load, RcsSink *documents);

/* Adds the customer and the line that came with the entry of an order or a document to their batches, for a preview; NULL where there is none. */
extern void rcs_add_document_parts(RcsLoad *load, RcsRelation relation, RcsEntry *document, RcsEntry **customer, RcsEntry **line);

/* The same fate for them as an import would give them when the document is of a closed day; once all of them are resolved. */
extern void rcs_refuse_document_parts(const RcsEntry *document, RcsEntry *customer, RcsEntry *line);

/* ---- import_lines.c, import_orders.c, import_goods.c: adding to a batch, writing it ---- */

extern void rcs_add_line(RcsLoad *load, RcsRelation relation, const RcRow *row, const RcRecord *record, RcHash128 key, bool has_amount);

/* The entry added last is all that a row of the file became: it is counted though its relation is not the file's target. */
extern void rcs_count_last_line(RcsLoad *load, RcsRelation relation);
extern void rcs_flush_lines(RcsLoad *load, RcsRelation relation, bool counted);

extern void rcs_add_order(RcsLoad *load, const RcRow *row, const RcRecord *record, RcHash128 key);
extern void rcs_flush_orders(RcsLoad *load);

/* Shipments, returns and receipts: a document, whose lines are in the relation behind it. */
extern bool rcs_is_document(RcsRelation relation);
extern void rcs_add_document(RcsLoad *load, RcsRelation relation, const RcRow *row, const RcRecord *record, RcHash128 key);
extern void rcs_flush_documents(RcsLoad *load, RcsRelation relation);

/* ---- import_aside.c: records that are kept back ---- */

extern Size rcs_packed_size(const RcRecord *record);
extern void rcs_pack_record(const RcRecord *record, char *place);

/* Its texts stay where the bytes are; the array of fields is palloc'd. */
extern RcRecord rcs_unpack_record(const char *bytes, Size size);

/* Writes a record to a temporary file; takes all of them, once there are indexes. */
extern void rcs_set_aside(RcsLoad *load, const RcRecord *record);
extern void rcs_take_aside(RcsLoad *load, void (*add) (RcsLoad *load, const RcRecord *record));

/* ---- import_order_sums.c: orders whose amounts are those of their rows, added up ---- */

#define RCS_SUMMED_FIELDS 4

/* Of the order whose row is being added. */
typedef struct RcsOrderTotals
{
	bool		given[RCS_SUMMED_FIELDS];	/* total, shipping, discount, tax */
	RcDecimal	sums[RCS_SUMMED_FIELDS];
} RcsOrderTotals;

extern void rcs_begin_order_sums(RcsLoad *load);

/* Keeps the row back until all are there; takes them order by order, with load->order_totals set. */
extern void rcs_sort_order(RcsLoad *load, const RcRow *row, const RcRecord *record, RcHash128 key);
extern void rcs_take_summed_orders(RcsLoad *load, void (*add) (RcsLoad *load, const RcRecord *record));

/* Puts the sums in place of the row's own amounts. */
extern void rcs_put_order_totals(RcsLoad *load, Datum *values, bool *nulls);

/* ---- import_payouts.c: one derived payout a settlement and currency ---- */

extern void rcs_begin_derived_payouts(RcsLoad *load);

/* Remembers in a settlement line's entry what it would add to its payout, and adds it once the line is known to be new. */
extern void rcs_note_payout_part(RcsLoad *load, RcsEntry *entry, const RcRow *row, Datum settlement_no, int32 day);
extern void rcs_add_payout_part(RcsLoad *load, const RcsEntry *entry);
extern void rcs_write_derived_payouts(RcsLoad *load);

/* ---- import_statement.c: the statement of a file that does not state one itself ---- */

extern void rcs_begin_bank_totals(RcsLoad *load);
extern void rcs_add_bank_totals(RcsLoad *load, const RcRow *row, const RcRecord *record);
extern void rcs_write_statement(RcsLoad *load);

/* ---- import_elsewhere.c: lines of a batch that files of another format have brought become known; between resolving and writing ---- */

extern void rcs_find_elsewhere(RcsLoad *load, RcsSink *sink);

/* ---- import_findings.c: what is wrong with rows in themselves ---- */

/* The parts of the row whose entry was added last disagree with what it states, by so much. */
extern void rcs_note_arithmetic(RcsLoad *load, RcsRelation relation, RcDecimal difference);

/* The bank line of an entry may be one that is known already: nothing tells. */
extern void rcs_note_twin(RcsLoad *load, int entry, int64 known_id);

/* What was noted of an entry that is not written yet, in words; NULL: nothing. */
extern const char *rcs_finding_text(const RcsLoad *load, RcsRelation relation, int entry);

/* Keeps what was noted of the entries that have just been written. */
extern void rcs_keep_findings(RcsLoad *load, RcsRelation relation);

/* Lines are missing before this one. */
extern void rcs_note_hole(RcsLoad *load, const RcHole *hole);

/* The balances of the file are running ones: what precedes it and follows it can be held against them. */
extern void rcs_note_running(RcsLoad *load);

#endif
