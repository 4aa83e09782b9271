/*
 * import_aside.c - records that are kept back: packed into bytes, and those to be looked at once the indexes are there.
 */
#include "import_parts.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "support.h"

/* What precedes the fields of a packed record. */
typedef struct Head
{
	uint64		line;
	uint64		field_count;
} Head;

Size
rcs_packed_size(const RcRecord *record)
{
	Size		size = sizeof(Head) + record->raw_length;

	for (uint32 f = 0; f < record->field_count; f++)
		size += sizeof(uint32) + record->fields[f].length;
	return size;
}

void
rcs_pack_record(const RcRecord *record, char *place)
{
	Head		head = {record->line, record->field_count};

	memcpy(place, &head, sizeof(head));
	place += sizeof(head);
	for (uint32 f = 0; f < record->field_count; f++)
	{
		uint32		length = record->fields[f].length;

		memcpy(place, &length, sizeof(length));
		memcpy(place + sizeof(length), record->fields[f].data, length);
		place += sizeof(length) + length;
	}
	memcpy(place, record->raw, record->raw_length);
}

RcRecord
rcs_unpack_record(const char *bytes, Size size)
{
	const char *place = bytes + sizeof(Head);
	Head		head;
	RcRecord	record = {0};
	RcField    *fields;

	memcpy(&head, bytes, sizeof(head));
	record.line = head.line;
	record.field_count = (uint32) head.field_count;
	fields = palloc(sizeof(RcField) * (record.field_count + 1));
	for (uint32 f = 0; f < record.field_count; f++)
	{
		memcpy(&fields[f].length, place, sizeof(uint32));
		fields[f].data = place + sizeof(uint32);
		place += sizeof(uint32) + fields[f].length;
	}
	record.fields = fields;
	record.raw = place;
	record.raw_length = bytes + size - place;
	return record;
}

void
rcs_set_aside(RcsLoad *load, const RcRecord *record)
{
	uint64		size = rcs_packed_size(record);
	char	   *packed = palloc(size);

	if (!load->aside)
	{
		MemoryContext caller = MemoryContextSwitchTo(load->context);

		load->aside = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	rcs_pack_record(record, packed);
	BufFileWrite(load->aside, &size, sizeof(size));
	BufFileWrite(load->aside, packed, size);
	pfree(packed);
	load->aside_count++;
	load->aside_size = Max(load->aside_size, size);
}

void
rcs_take_aside(RcsLoad *load, void (*add) (RcsLoad *load, const RcRecord *record))
{
	MemoryContext context,
				row_context,
				caller;
	char	   *bytes;

	if (load->aside_count == 0)
		return;
	context = AllocSetContextCreate(load->context, "reconcile aside", ALLOCSET_DEFAULT_SIZES);
	row_context = AllocSetContextCreate(context, "reconcile aside row", ALLOCSET_DEFAULT_SIZES);
	bytes = MemoryContextAlloc(context, load->aside_size);
	caller = MemoryContextSwitchTo(row_context);
	if (BufFileSeek(load->aside, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "temporary file cannot be read");
	for (uint64 n = 0; n < load->aside_count; n++)
	{
		uint64		size;
		RcRecord	record;
		RcStatus	status;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(row_context);
		if (BufFileRead(load->aside, &size, sizeof(size)) != sizeof(size) || BufFileRead(load->aside, bytes, size) != size)
			elog(ERROR, "temporary file is cut");
		record = rcs_unpack_record(bytes, size);
		rc_status_reset(&status);
		if (rc_mapping_retake(load->mapping, &record, &status) != RC_TAKEN_ROWS)
			rcs_raise(&status, load->file_name);
		add(load, &record);
	}
	BufFileClose(load->aside);
	load->aside = NULL;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
