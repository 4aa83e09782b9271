/*
 * mapping_key.c - the natural keys of rows.
 */
#include "mapping_internal.h"

void
rc_key_scope(int64_t scope, char *buffer)
{
	uint64_t	value = (uint64_t) scope;

	for (int i = 0; i < 8; i++)
		buffer[i] = (char) (value >> (8 * i));
}

static RcCode
key_append(RcMapping *mapping, size_t *used, RcField text, RcStatus *status)
{
	size_t		need = *used + text.length + 1;

	if (need > mapping->key_size)
	{
		char	   *grown = rc_resize(&mapping->allocator, mapping->key_buffer, need * 2);

		if (!grown)
			return rc_no_memory(status);
		mapping->key_buffer = grown;
		mapping->key_size = need * 2;
	}
	mapping->key_buffer[(*used)++] = 0x1F;
	memcpy(mapping->key_buffer + *used, text.data, text.length);
	*used += text.length;
	return RC_OK;
}

RcCode
rc_mapping_key(RcMapping *mapping, const RcRow *row, int64_t scope, RcHash128 *key, bool *has_amount, RcStatus *status)
{
	const RcFormat *format = mapping->format;
	const RcKey *chosen = NULL;
	size_t		used = 8;
	char		buffer[64];

	if (row->target == format->target && format->key_count > 0)
	{
		/* The first alternative whose leading part is there. */
		for (int k = 0; k < format->key_count && !chosen; k++)
		{
			const RcKeyPart *part = &format->keys[k].parts[0];

			if (k == format->key_count - 1 || part->kind == RC_KEY_ROW ||
				(part->kind == RC_KEY_FIELD ? row->values[part->index].length > 0 : rc_cell(&mapping->cells, part->index).length > 0))
				chosen = &format->keys[k];
		}
	}
	else
		for (int t = 0; rc_targets[t]; t++)
			if (rc_targets[t] == row->target)
				chosen = &format->target_keys[t];
	rc_key_scope(scope, mapping->key_buffer);
	*has_amount = chosen->has_amount;
	for (int p = 0; p < chosen->count; p++)
	{
		const RcKeyPart *part = &chosen->parts[p];

		if (part->kind == RC_KEY_FIELD)
		{
			if (key_append(mapping, &used, rc_canonical(&row->values[part->index], row->target->fields[part->index].type, buffer), status) != RC_OK)
				return status->code;
		}
		else if (part->kind == RC_KEY_COLUMN)
		{
			if (key_append(mapping, &used, rc_cell(&mapping->cells, part->index), status) != RC_OK)
				return status->code;
		}
		else
		{
			char		line = (char) ('0' + row->line);

			for (uint32_t i = 0; i < mapping->cells.record->field_count; i++)
				if (key_append(mapping, &used, rc_trim_cell(mapping->cells.record->fields[i], false), status) != RC_OK)
					return status->code;
			if (key_append(mapping, &used, (RcField) {&line, 1}, status) != RC_OK)
				return status->code;
		}
	}
	/* A balancing line is known by its row, not by an amount that another export may state rightly. */
	if (row->balances && key_append(mapping, &used, (RcField) {"balance", 7}, status) != RC_OK)
		return status->code;
	*key = rc_hash128(mapping->key_buffer, used);
	return RC_OK;
}
