/*
 * import_findings.c - what is wrong with the rows of a file in themselves: parts that do not add up to their net, lines that may be known in other words, holes
 * in a running balance. The rows come in; each finding becomes an exception once they are written.
 */
#include "import_parts.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "support.h"

#define MAX_FINDINGS 100000		/* more rows that contradict themselves are no slips but a wrong "check" */

/* What is wrong with a row of the batch that is being collected, or with one that is written. */
typedef struct Finding
{
	RcsRelation relation;
	int			entry;			/* of the batch */
	int64		item_id;		/* once written */
	int64		twin;			/* the line it may be; 0: its parts disagree with what it states */
	RcDecimal	difference;
} Finding;

typedef struct RcsFindings
{
	Finding    *pending;
	int			pending_count,
				pending_room;
	Finding    *kept;
	int			kept_count,
				kept_room;
	RcHole	   *holes;
	int			hole_count;
	bool		running;
} Findings;

static Findings *
findings_of(RcsLoad *load)
{
	if (!load->findings)
		load->findings = MemoryContextAllocZero(load->context, sizeof(Findings));
	return load->findings;
}

/* Room for one more element. */
static void *
make_room(RcsLoad *load, void *array, int count, int *room, Size size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	return array ? repalloc_huge(array, size * *room) : MemoryContextAllocHuge(load->context, size * *room);
}

static void
note(RcsLoad *load, const Finding *finding)
{
	Findings   *findings = findings_of(load);

	findings->pending = make_room(load, findings->pending, findings->pending_count, &findings->pending_room, sizeof(Finding));
	findings->pending[findings->pending_count++] = *finding;
}

void
rcs_note_arithmetic(RcsLoad *load, RcsRelation relation, RcDecimal difference)
{
	note(load, &(Finding) {.relation = relation,.entry = rcs_sink_entry_count(load->sinks[relation]) - 1,.difference = difference});
}

void
rcs_note_twin(RcsLoad *load, int entry, int64 known_id)
{
	note(load, &(Finding) {.relation = RCS_BANK_LINE,.entry = entry,.twin = known_id});
}

const char *
rcs_finding_text(const RcsLoad *load, RcsRelation relation, int entry)
{
	const Findings *findings = load->findings;

	for (int i = 0; findings && i < findings->pending_count; i++)
	{
		const Finding *finding = &findings->pending[i];

		if (finding->relation != relation || finding->entry != entry)
			continue;
		if (finding->twin != 0)
			return "may be a line that is known in other words";
		return psprintf("its parts differ from what it states by %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(int64_div_fast_to_numeric(finding->difference.digits, finding->difference.scale)))));
	}
	return NULL;
}

void
rcs_keep_findings(RcsLoad *load, RcsRelation relation)
{
	Findings   *findings = load->findings;
	int			left = 0;

	if (!findings)
		return;
	for (int i = 0; i < findings->pending_count; i++)
	{
		Finding    *pending = &findings->pending[i];
		RcsEntry   *entry;

		if (pending->relation != relation)
		{
			findings->pending[left++] = *pending;
			continue;
		}
		/* What was known before was reported before. */
		entry = rcs_sink_entry(load->sinks[relation], pending->entry);
		if (entry->fate != RCS_NEW)
			continue;
		if (findings->kept_count >= MAX_FINDINGS)
			ereport(ERROR,
					(errcode(RCS_ERRCODE_CONTROL_TOTAL),
					 errmsg("file \"%s\": more than %d rows do not add up to what they state", load->file_name, MAX_FINDINGS),
					 errhint("Look whether the \"check\" of format \"%s\" is right.", load->format->name)));
		findings->kept = make_room(load, findings->kept, findings->kept_count, &findings->kept_room, sizeof(Finding));
		findings->kept[findings->kept_count] = *pending;
		findings->kept[findings->kept_count++].item_id = entry->id;
	}
	findings->pending_count = left;
}

void
rcs_note_hole(RcsLoad *load, const RcHole *hole)
{
	Findings   *findings = findings_of(load);

	if (!findings->holes)
		findings->holes = MemoryContextAlloc(load->context, sizeof(RcHole) * RC_MAX_HOLES);
	if (findings->hole_count < RC_MAX_HOLES)
		findings->holes[findings->hole_count++] = *hole;
}

void
rcs_note_running(RcsLoad *load)
{
	findings_of(load)->running = true;
}

static Datum
array_of(Datum *elements, int count, Oid type)
{
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_array(elements, count, type, length, by_value, align));
}

static Datum
numeric_of(RcDecimal value)
{
	return NumericGetDatum(int64_div_fast_to_numeric(value.digits, value.scale));
}

/* The exceptions of one relation's rows that contradict themselves. */
static void
report_arithmetic(RcsLoad *load, RcsRelation relation)
{
	Findings   *findings = load->findings;
	Datum	   *ids = palloc(sizeof(Datum) * (findings->kept_count + 1));
	Datum	   *differences = palloc(sizeof(Datum) * (findings->kept_count + 1));
	int			count = 0;
	Oid			types[4] = {INT4OID, TEXTOID, INT8ARRAYOID, NUMERICARRAYOID};
	Datum		values[4];

	for (int i = 0; i < findings->kept_count; i++)
		if (findings->kept[i].relation == relation && findings->kept[i].twin == 0)
		{
			ids[count] = Int64GetDatum(findings->kept[i].item_id);
			differences[count++] = numeric_of(findings->kept[i].difference);
		}
	if (count == 0)
		return;
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = CStringGetTextDatum(rcs_relation_names[relation]);
	values[2] = array_of(ids, count, INT8OID);
	values[3] = array_of(differences, count, NUMERICOID);
	if (SPI_execute_with_args("SELECT reconcile.open_arithmetic($1, $2, $3, $4)", 4, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "exceptions cannot be opened");
}

/* Lines that may be known from other formats. */
static void
report_twins(RcsLoad *load)
{
	Findings   *findings = load->findings;
	Datum	   *ids = palloc(sizeof(Datum) * (findings->kept_count + 1));
	Datum	   *twins = palloc(sizeof(Datum) * (findings->kept_count + 1));
	int			count = 0;
	Oid			types[3] = {INT4OID, INT8ARRAYOID, INT8ARRAYOID};
	Datum		values[3];

	for (int i = 0; i < findings->kept_count; i++)
		if (findings->kept[i].twin != 0)
		{
			ids[count] = Int64GetDatum(findings->kept[i].item_id);
			twins[count++] = Int64GetDatum(findings->kept[i].twin);
		}
	if (count == 0)
		return;
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = array_of(ids, count, INT8OID);
	values[2] = array_of(twins, count, INT8OID);
	if (SPI_execute_with_args("SELECT reconcile.open_possible_twins($1, $2, $3)", 3, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "exceptions cannot be opened");
}

/* Holes that the file shows, and what its ends leave open to the statements before and after it. */
static void
report_holes(RcsLoad *load)
{
	Findings   *findings = load->findings;
	int			count = findings->hole_count;
	Datum	   *columns[4];
	Oid			types[7] = {INT4OID, INT8OID, INT4OID, INT8ARRAYOID, DATEARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID};
	Datum		values[7];

	for (int c = 0; c < (int) lengthof(columns); c++)
		columns[c] = palloc(sizeof(Datum) * (count + 1));
	for (int i = 0; i < count; i++)
	{
		const RcHole *hole = &findings->holes[i];
		RcDecimal	opening = hole->balance,
					taken = hole->amount;

		taken.digits = -taken.digits;
		rcs_add_exact(load, &opening, taken);
		columns[0][i] = Int64GetDatum((int64) hole->line);
		columns[1][i] = DateADTGetDatum(hole->day);
		columns[2][i] = numeric_of(opening);
		columns[3][i] = numeric_of(hole->missing);
	}
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = Int64GetDatum(load->import_id);
	values[2] = Int32GetDatum(load->owner_id);
	values[3] = array_of(columns[0], count, INT8OID);
	values[4] = array_of(columns[1], count, DATEOID);
	values[5] = array_of(columns[2], count, NUMERICOID);
	values[6] = array_of(columns[3], count, NUMERICOID);
	if (SPI_execute_with_args("SELECT reconcile.check_running_balance($1, $2, $3, $4, $5, $6, $7)", 7, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "exceptions cannot be opened");
}

/* Where the file itself says what its statements begin and end with. */
static void
report_statements(RcsLoad *load)
{
	Oid			types[2] = {INT4OID, INT8OID};
	Datum		values[2] = {Int32GetDatum(load->merchant_id), Int64GetDatum(load->import_id)};

	if (SPI_execute_with_args("SELECT reconcile.check_statements($1, $2)", 2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "exceptions cannot be opened");
}

void
rcs_load_report(RcsLoad *load)
{
	if (load->has_statements)
		report_statements(load);
	if (!load->findings)
		return;
	for (int r = 0; r < RCS_RELATION_COUNT; r++)
		report_arithmetic(load, r);
	report_twins(load);
	if (load->findings->running)
		report_holes(load);
}
