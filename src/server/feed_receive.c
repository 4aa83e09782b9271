/*
 * feed_receive.c - makes items of the rows of a feed's query.
 *
 * This is done for every row of a run, millions of times: short values are read where they lie, nothing is allocated.
 */
#include "feed_internal.h"

#include "utils/builtins.h"
#include "utils/date.h"

#include "../base/memory.h"
#include "amount.h"
#include "progress.h"
#include "support.h"

#define KEY_SEPARATOR "\x1f"
#define LOOK_AROUND_ITEMS 4096

/* The bytes of a text or numeric value, detoasted when need be; short ones stand in the row as they are. */
static inline const char *
bytes_of(Datum value, uint32 *length)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(value);

	if (!VARATT_IS_1B(packed) || VARATT_IS_1B_E(packed))
		packed = pg_detoast_datum_packed(packed);
	*length = VARSIZE_ANY_EXHDR(packed);
	return VARDATA_ANY(packed);
}

/* The number of a code of 8 bytes, padded with zeros; 0: it has none yet. */
static inline uint32
find_currency(const RcsCurrencies *currencies, const char *code)
{
	int			count = currencies->count;

	pg_read_barrier();
	for (int i = 1; i < count; i++)
		if (memcmp(currencies->codes[i], code, sizeof(currencies->codes[0])) == 0)
			return i;
	return 0;
}

static uint32
enter_currency(RcsCurrencies *currencies, const char *code)
{
	uint32		number;

	if (currencies->shared)
		SpinLockAcquire(&currencies->lock);
	number = find_currency(currencies, code);
	if (number == 0 && currencies->count < (int) lengthof(currencies->codes))
	{
		number = currencies->count;
		memcpy(currencies->codes[number], code, sizeof(currencies->codes[0]));
		currencies->decimals[number] = -1;	/* the writer looks it up */
		pg_write_barrier();
		currencies->count = number + 1;
	}
	if (currencies->shared)
		SpinLockRelease(&currencies->lock);
	if (number == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a source has more than %d different currencies", (int) lengthof(currencies->codes) - 1)));
	return number;
}

uint32
rcs_currency_number(FeedReceiver *receiver, const char *code)
{
	RcsCurrencies *currencies = receiver->feed->currencies;

	receiver->last_currency = find_currency(currencies, code);
	if (receiver->last_currency == 0)
		receiver->last_currency = enter_currency(currencies, code);
	return receiver->last_currency;
}

static inline uint32
currency_of(FeedReceiver *receiver, Datum datum)
{
	uint32		length;
	const char *code = bytes_of(datum, &length);
	const char *last = receiver->feed->currencies->codes[receiver->last_currency];
	char		name[8] = {0};

	/* Mostly it is that of the item before. */
	if (length > 0 && length < sizeof(name) && last[length] == '\0' && rc_same_bytes(last, code, length))
		return receiver->last_currency;

	if (length >= sizeof(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("currency \"%s\" of a source is no currency code", pnstrdup(code, length))));
	for (uint32 i = 0; i < length; i++)
		name[i] = code[i];
	return rcs_currency_number(receiver, name);
}

static inline void
append_bytes(StringInfo buffer, const char *bytes, uint32 length)
{
	if (unlikely(buffer->len + (int64) length >= buffer->maxlen))
		enlargeStringInfo(buffer, length);	/* refuses more than a gigabyte */
	rc_copy_short(buffer->data + buffer->len, bytes, length);
	buffer->len += length;
}

static inline void
append_integer(StringInfo buffer, KeyDigits *last, int64 value)
{
	if (last->length == 0 || last->value != value)
	{
		last->value = value;
		last->length = pg_lltoa(value, last->digits);
	}
	append_bytes(buffer, last->digits, last->length);
}

/* Joins the key columns of a keyset; false when one is null or empty: such an item has no key. */
static inline bool
build_key(FeedReceiver *receiver, StringInfo key, const Datum *values, const bool *nulls, int keyset)
{
	const FeedLayout *layout = &receiver->layout;

	key->len = 0;
	for (int i = 0; i < layout->keyset_lengths[keyset]; i++)
	{
		int			column = layout->keyset_columns[keyset][i];
		int			position = layout->first_key + column;
		Datum		value = values[position];
		uint32		length;
		const char *bytes;

		if (nulls[position])
			return false;
		if (i > 0)
			append_bytes(key, KEY_SEPARATOR, 1);
		switch (layout->key_forms[column])
		{
			case KEY_INT2:
				append_integer(key, &receiver->key_digits[column], DatumGetInt16(value));
				break;
			case KEY_INT4:
				append_integer(key, &receiver->key_digits[column], DatumGetInt32(value));
				break;
			case KEY_INT8:
				append_integer(key, &receiver->key_digits[column], DatumGetInt64(value));
				break;
			case KEY_TEXT:
				bytes = bytes_of(value, &length);
				if (length == 0)
					return false;
				append_bytes(key, bytes, length);
				break;
		}
	}
	return true;
}

static void
build_text(const FeedLayout *layout, StringInfo text, const Datum *values, const bool *nulls)
{
	text->len = 0;
	for (int i = 0; i < layout->text_count; i++)
	{
		int			position = layout->first_text + i;
		uint32		length;
		const char *bytes;

		if (nulls[position])
			continue;
		if (text->len > 0)
			append_bytes(text, "\n", 1);
		bytes = bytes_of(values[position], &length);
		append_bytes(text, bytes, length);
	}
}

void
rcs_look_around(RcsFeed *feed)
{
	rcs_progress_set(RCS_PROGRESS_ROWS_TOTAL, feed->read_before + feed->spilled + feed->in_trays + rcs_feed_count(feed));
	if (feed->bound_memory)
		feed->bound_memory(feed->bounded);
}

/* Brings the item at hand to its tray. */
static inline void
put_into_tray(FeedReceiver *receiver)
{
	RcsFeed    *feed = receiver->feed;

	if (rc_trays_add(feed->trays, feed->part_count, feed->part_keyset, &receiver->item, &receiver->status) != RC_OK)
		rcs_raise(&receiver->status, NULL);
	rcs_feed_note_id(feed, receiver->item.item_id);
	if (++feed->in_trays % LOOK_AROUND_ITEMS == 0)
		rcs_look_around(feed);
}

/* Makes an item of a row: an RcsTakeRow. */
static void
take_item(void *context, const Datum *values, const bool *nulls)
{
	FeedReceiver *receiver = context;
	RcsFeed    *feed = receiver->feed;
	const FeedLayout *layout = &receiver->layout;
	RcItemInput *input = &receiver->item;
	RcsChain   *chain;
	int64		amount = 0;
	bool		expects_match;
	bool		whole;

	if (nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("source %s has a row without item_id", feed->source_name)));
	input->item_id = DatumGetInt64(values[0]);
	if (layout->amount_column >= 0 && !nulls[layout->amount_column])
		amount = rcs_micro(values[layout->amount_column], "amount", input->item_id);
	input->compare = amount;
	if (layout->compare_column >= 0)
	{
		if (nulls[layout->compare_column])
			input->compare = 0;
		else if (layout->amount_column < 0 || nulls[layout->amount_column] ||
				 values[layout->compare_column] != values[layout->amount_column])
			input->compare = rcs_micro(values[layout->compare_column], "compared amount", input->item_id);
	}
	/* What is left of a fact is all of it: nothing stands allocated. */
	whole = layout->was_open && rcs_feed_is_whole(feed, input->item_id, amount);
	chain = whole ? NULL : layout->was_open ? rcs_feed_read_chain(feed, input->item_id) : rcs_feed_chain(feed, input->item_id);
	if (chain && chain->live_count > 0)
	{
		if (chain->allocated == amount)
			return;				/* closed */
		/* What is compared is what is left, where the two are the same thing. */
		if (input->compare == amount)
			input->compare = amount - chain->allocated;
		amount -= chain->allocated;
	}
	input->amount = amount;
	input->date = layout->date_column >= 0 && !nulls[layout->date_column]
		&& !DATE_NOT_FINITE(DatumGetDateADT(values[layout->date_column]))
		? DatumGetDateADT(values[layout->date_column]) : RC_NO_DATE;
	input->currency = layout->currency_column >= 0 && !nulls[layout->currency_column]
		? currency_of(receiver, values[layout->currency_column]) : 0;
	input->active = input->date == RC_NO_DATE
		|| ((!layout->has_from || input->date >= layout->date_from) && (!layout->has_to || input->date <= layout->date_to));
	/* Nothing is expected to answer an amount of nothing; where a source has no amounts, each item expects its counterpart. */
	expects_match = layout->expects_column < 0 || nulls[layout->expects_column] ? layout->amount_column < 0 || amount != 0
		: DatumGetBool(values[layout->expects_column]);
	input->mark = (expects_match ? RCS_EXPECTS_MATCH : 0) | (layout->was_open || rcs_feed_stood_open(feed, input->item_id) ? RCS_WAS_OPEN : 0) | (chain || whole ? RCS_CHAINED : 0) |
		(chain && chain->live_count > 0 ? RCS_IN_PART : 0) |
		(input->active ? RCS_ACTIVE : 0) | (input->compare != 0 ? RCS_COMPARED : 0);
	if (layout->text_count > 0)
	{
		build_text(layout, &receiver->text, values, nulls);
		input->text = receiver->text.data;
		input->text_length = receiver->text.len;
	}
	for (int k = 0; k < layout->keyset_count; k++)
	{
		bool		has_key = build_key(receiver, &receiver->keys[k], values, nulls, k);

		input->key[k] = has_key ? receiver->keys[k].data : NULL;
		input->key_length[k] = receiver->keys[k].len;
	}
	if (receiver->aside)
	{
		if (rc_trays_add(receiver->aside, 0, 0, input, &receiver->status) != RC_OK)
			rcs_raise(&receiver->status, NULL);
		return;
	}
	if (feed->trays)
	{
		put_into_tray(receiver);
		return;
	}
	if (rc_pool_add(feed->pool, feed->side, input, &receiver->status) != RC_OK)
		rcs_raise(&receiver->status, NULL);
	if (rcs_feed_count(feed) % LOOK_AROUND_ITEMS == 0)
		rcs_look_around(feed);
}

static bool
receive_item(TupleTableSlot *slot, DestReceiver *self)
{
	slot_getallattrs(slot);
	take_item(self, slot->tts_values, slot->tts_isnull);
	return true;
}

void
rcs_receive_pages(FeedQuery *query, BlockNumber first, BlockNumber end)
{
	rcs_scan_rows(query->scan, first, end, take_item, query->receiver);
}

static void
receiver_startup(DestReceiver *self pg_attribute_unused(), int operation pg_attribute_unused(), TupleDesc descriptor pg_attribute_unused())
{
}

static void
receiver_nothing(DestReceiver *self pg_attribute_unused())
{
}

FeedReceiver *
rcs_receiver_create(RcsFeed *feed, const FeedLayout *layout)
{
	FeedReceiver *receiver = palloc0(sizeof(FeedReceiver));

	receiver->public.receiveSlot = receive_item;
	receiver->public.rStartup = receiver_startup;
	receiver->public.rShutdown = receiver_nothing;
	receiver->public.rDestroy = receiver_nothing;
	receiver->public.mydest = DestTuplestore;
	receiver->feed = feed;
	receiver->layout = *layout;
	initStringInfo(&receiver->text);
	for (int k = 0; k < layout->keyset_count; k++)
		initStringInfo(&receiver->keys[k]);
	rc_status_reset(&receiver->status);
	return receiver;
}
