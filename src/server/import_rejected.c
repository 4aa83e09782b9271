/*
 * import_rejected.c - rows of a file that are not taken: written to rejected_row with their place and the reason.
 */
#include "import_parts.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "preview.h"

static const char *
reason_code(RcCode code)
{
	switch (code)
	{
		case RC_MISSING_COLUMN:
			return "missing_value";
		case RC_BAD_STRUCTURE:
			return "ragged";
		case RC_OVERFLOW:
			return "overflow";
		case RC_UNKNOWN_FORMAT:
			return "unmapped";
		default:
			return "bad_value";
	}
}

void
rcs_write_rejected(RcsLoad *load, int64 line, uint32 column, const char *field, const char *code, const char *reason, const char *raw, size_t raw_length)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	load->rows_rejected++;
	if (raw_length > RCS_RAW_LIMIT)
	{
		raw_length = RCS_RAW_LIMIT;
		while (raw_length > 0 && ((unsigned char) raw[raw_length] & 0xC0) == 0x80)
			raw_length--;
	}
	if (load->preview)
	{
		rcs_preview_reject(load, line, column, field, reason, raw, raw_length);
		return;
	}
	if (!load->rejected)
	{
		MemoryContext caller = MemoryContextSwitchTo(load->context);

		load->rejected = rcs_bulk_begin("rejected_row", 9, 0);
		load->rejected_sequence = getIdentitySequence(get_relname_relid("rejected_row", get_namespace_oid("reconcile", false)), 2, false);
		MemoryContextSwitchTo(caller);
	}
	values[0] = Int32GetDatum(load->merchant_id);
	values[1] = Int64GetDatum(nextval_internal(load->rejected_sequence, false));
	values[2] = Int64GetDatum(load->import_id);
	values[3] = Int64GetDatum(line);
	values[4] = Int32GetDatum((int32) column);
	nulls[4] = column == 0;
	values[5] = CStringGetTextDatum(field);
	nulls[5] = field[0] == '\0';
	values[6] = CStringGetTextDatum(code);
	values[7] = CStringGetTextDatum(reason);
	values[8] = PointerGetDatum(cstring_to_text_with_len(raw, (int) raw_length));
	rcs_bulk_row(load->rejected, values, nulls);
	for (int i = 5; i < 9; i++)
		pfree(DatumGetPointer(values[i]));
}

void
rcs_load_reject(RcsLoad *load, const RcRecord *record, const RcStatus *status)
{
	if (load->rows_unreadable++ == 0)
		load->first_rejection = *status;
	load->rows_read++;
	rcs_write_rejected(load, (int64) record->line, status->column, status->field, reason_code(status->code), status->message, record->raw, record->raw_length);
}

void
rcs_reject_conflict(RcsLoad *load, const RcsEntry *entry, const char *field)
{
	rcs_write_rejected(load, entry->line_no, 0, field, "conflict", psprintf("known with another %s; the old row is kept", field),
				   entry->raw ? entry->raw : "", entry->raw_length);
}
