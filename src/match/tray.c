/*
 * tray.c - items as bytes.
 *
 * A head, then the items: a byte of flags and what they say is there, each number as narrow as it mostly is; then, for each keyset, a byte that
 * says what its key is. Bytes come from this program alone, but their sizes are checked: they may have lain in a file.
 */
#include "tray.h"

#include "pool_internal.h"

#define FIRST_CAPACITY 512
#define UNIT 10000				/* micro-units: amounts of whole ones take four bytes */

/* What is there of an item. Without flags: two bytes of step from the last item_id, four of amount, one of mark, one of step from the last date. */
#define FAR_ID			0x01	/* eight bytes of item_id */
#define FAR_DATE		0x02	/* four of date */
#define FINE_AMOUNT		0x04	/* eight of amount, in micro-units */
#define COMPARES_ZERO	0x08	/* what is compared is 0, not the amount */
#define COMPARES_OTHER	0x10	/* eight bytes of what is compared */
#define GIVEN_OTHER		0x20	/* eight bytes of the amount as added, when it is not the amount */
#define OTHER_KIND		0x40	/* four of currency and one of state, when they are not those of the last item */
#define HAS_TEXT		0x80	/* four of length, and the text */

/* What a key is. */
enum
{
	KEY_NONE,
	KEY_LAST,					/* that of the last item that has one */
	KEY_BEFORE,					/* that of the keyset before */
	KEY_LONG,					/* four bytes of length, and the bytes */
	KEY_SHORT					/* the bytes, as many as is added to this */
};

#define SHORTEST_LONG (UINT8_MAX - KEY_SHORT + 1)
#define MAX_FIXED (1 + 8 + 4 + 8 + 8 + 8 + 1 + 5 + 4)
#define MAX_KEY_HEAD 5

typedef struct Head
{
	uint64_t	words;
	uint32_t	count;
	uint8_t		keyset_count;
	uint8_t		has_text;
} Head;

/* An item's numbers that its input does not have. */
typedef struct Standing
{
	int64_t		given;
	uint8_t		state;
} Standing;

RcTray *
rc_trays_create(const RcAllocator *allocator, int count, int keyset_count)
{
	RcTray	   *trays = rc_allocate_zero(allocator, (size_t) count * sizeof(RcTray));

	for (int t = 0; trays != NULL && t < count; t++)
	{
		trays[t].allocator = *allocator;
		trays[t].keyset_count = keyset_count;
		rc_tray_clear(&trays[t]);
	}
	return trays;
}

void
rc_trays_free(RcTray *trays, int count)
{
	RcAllocator allocator;

	if (trays == NULL)
		return;
	allocator = trays->allocator;
	for (int t = 0; t < count; t++)
		rc_release(&allocator, trays[t].bytes);
	rc_release(&allocator, trays);
}

void
rc_tray_clear(RcTray *tray)
{
	tray->used = sizeof(Head);
	tray->words = 0;
	tray->count = 0;
	tray->has_text = false;
	tray->state = 0;
	tray->item_id = 0;
	tray->date = 0;
	tray->currency = 0;
	memset(tray->key, 0, sizeof(tray->key));
}

static RcCode
make_room(RcTray *tray, size_t size, RcStatus *status)
{
	size_t		capacity = tray->capacity;
	char	   *bytes;

	if (tray->count == RC_NO_INDEX - 1 || tray->words > RC_MAX_WORDS)
		return rc_fail(status, RC_TOO_LARGE, "more items or longer texts than one pool can hold");
	while (capacity < tray->used + size)
		capacity += capacity + FIRST_CAPACITY;
	bytes = rc_resize(&tray->allocator, tray->bytes, capacity);
	if (bytes == NULL)
		return rc_fail(status, RC_NO_MEMORY, "out of memory for %lu items", (unsigned long) tray->count);
	tray->bytes = bytes;
	tray->capacity = capacity;
	return RC_OK;
}

#define PUT(place, value) \
	do { \
		memcpy((place), &(value), sizeof(value)); \
		(place) += sizeof(value); \
	} while (0)

/* Writes what the flags say nothing of, or little. */
static inline char *
put_numbers(RcTray *tray, const RcItemInput *item, const Standing *standing, char *place)
{
	char	   *flags_place = place++;
	uint8_t		flags = 0;
	uint64_t	id_step = (uint64_t) item->item_id - (uint64_t) tray->item_id;
	int64_t		date_step = (int64_t) item->date - tray->date;
	int64_t		units = item->amount / UNIT;

	if (id_step <= UINT16_MAX)
	{
		uint16_t	step = (uint16_t) id_step;

		PUT(place, step);
	}
	else
	{
		flags |= FAR_ID;
		PUT(place, item->item_id);
	}
	if (units * UNIT == item->amount && units == (int32_t) units)
	{
		int32_t		amount = (int32_t) units;

		PUT(place, amount);
	}
	else
	{
		flags |= FINE_AMOUNT;
		PUT(place, item->amount);
	}
	PUT(place, item->mark);
	if (date_step == (int8_t) date_step)
	{
		int8_t		step = (int8_t) date_step;

		PUT(place, step);
	}
	else
	{
		flags |= FAR_DATE;
		PUT(place, item->date);
	}
	if (item->compare == 0 && item->amount != 0)
		flags |= COMPARES_ZERO;
	else if (item->compare != item->amount)
	{
		flags |= COMPARES_OTHER;
		PUT(place, item->compare);
	}
	if (standing->given != item->amount)
	{
		flags |= GIVEN_OTHER;
		PUT(place, standing->given);
	}
	if (item->currency != tray->currency || standing->state != tray->state)
	{
		flags |= OTHER_KIND;
		PUT(place, item->currency);
		PUT(place, standing->state);
		tray->currency = item->currency;
		tray->state = standing->state;
	}
	if (item->text != NULL)
	{
		flags |= HAS_TEXT;
		PUT(place, item->text_length);
		memcpy(place, item->text, item->text_length);
		place += item->text_length;
		tray->words += rc_words_for(item->text_length);
		tray->has_text = true;
	}
	tray->item_id = item->item_id;
	tray->date = item->date;
	memcpy(flags_place, &flags, sizeof(flags));
	return place;
}

static inline char *
put_key(RcTray *tray, const RcItemInput *item, int k, char *place)
{
	const char *key = item->key[k];
	uint32_t	length = item->key_length[k];
	uint8_t		form;

	if (key == NULL)
		form = KEY_NONE;
	else if (k > 0 && key == item->key[k - 1] && length == item->key_length[k - 1])
	{
		form = KEY_BEFORE;
		tray->key[k] = tray->key[k - 1];
	}
	else if (tray->key[k].place != 0 && tray->key[k].length == length && rc_same_bytes(tray->bytes + tray->key[k].place, key, length))
		form = KEY_LAST;
	else
	{
		form = length < SHORTEST_LONG ? (uint8_t) (KEY_SHORT + length) : KEY_LONG;
		PUT(place, form);
		if (form == KEY_LONG)
			PUT(place, length);
		rc_copy_short(place, key, length);
		tray->key[k].place = (size_t) (place - tray->bytes);
		tray->key[k].length = length;
		tray->words += rc_words_for(length);
		return place + length;
	}
	PUT(place, form);
	return place;
}

static inline RcCode
add(RcTray *tray, const RcItemInput *item, const Standing *standing, RcStatus *status)
{
	size_t		size = MAX_FIXED + (item->text != NULL ? item->text_length : 0);
	char	   *place;

	for (int k = 0; k < tray->keyset_count; k++)
		size += MAX_KEY_HEAD + (item->key[k] != NULL ? item->key_length[k] : 0);
	if (tray->used + size > tray->capacity || tray->count == RC_NO_INDEX - 1 || tray->words > RC_MAX_WORDS)
	{
		RcCode		code = make_room(tray, size, status);

		if (code != RC_OK)
			return code;
	}
	place = put_numbers(tray, item, standing, tray->bytes + tray->used);
	for (int k = 0; k < tray->keyset_count; k++)
		place = put_key(tray, item, k, place);
	tray->used = (size_t) (place - tray->bytes);
	tray->count++;
	return RC_OK;
}

RcCode
rc_trays_add(RcTray *trays, int part_count, int keyset, const RcItemInput *item, RcStatus *status)
{
	Standing	standing = {.given = item->amount,.state = item->active ? RC_ITEM_ACTIVE : 0};
	bool		divided = part_count > 0 && item->key[keyset] != NULL && item->active;
	int			part = divided ? rc_part_of(rc_pool_hash(item->key[keyset], item->key_length[keyset]), part_count) : 0;

	return add(&trays[part], item, &standing, status);
}

RcCode
rc_tray_add_from(RcTray *tray, const RcPool *pool, RcSide side, RcIndex index, RcStatus *status)
{
	const RcItems *items = &pool->side[side];
	size_t		length;
	RcItemInput item = {
		.item_id = items->item_id[index],.amount = items->amount[index],.compare = items->compare[index],.date = items->date[index],
		.currency = items->currency[index],.mark = items->mark[index]
	};
	Standing	standing = {.given = items->given != NULL ? items->given[index] : items->amount[index],.state = items->state[index]};

	for (int k = 0; k < pool->keyset_count; k++)
		if (items->key[k][index] != 0)
		{
			item.key[k] = rc_pool_bytes_at(pool, items->key[k][index], &length);
			item.key_length[k] = (uint32_t) length;
		}
	if (items->text != NULL && items->text[index] != 0)
	{
		item.text = rc_pool_bytes_at(pool, items->text[index], &length);
		item.text_length = (uint32_t) length;
	}
	return add(tray, &item, &standing, status);
}

const char *
rc_tray_pack(RcTray *tray, size_t *size)
{
	Head		head = {
		.words = tray->words,.count = tray->count,.keyset_count = (uint8_t) tray->keyset_count,.has_text = tray->has_text
	};

	*size = 0;
	if (tray->count == 0)
		return NULL;
	memcpy(tray->bytes, &head, sizeof(head));
	*size = tray->used;
	return tray->bytes;
}

/* ---- into a pool ---- */

#define TAKE(place, value) \
	do { \
		memcpy(&(value), (place), sizeof(value)); \
		(place) += sizeof(value); \
	} while (0)

/* How many bytes the numbers take that flags say are there. */
static inline size_t
size_of_numbers(uint8_t flags)
{
	return (flags & FAR_ID ? 8 : 2) + (flags & FINE_AMOUNT ? 8 : 4) + 1 + (flags & FAR_DATE ? 4 : 1) + (flags & COMPARES_OTHER ? 8 : 0) +
		(flags & GIVEN_OTHER ? 8 : 0) + (flags & OTHER_KIND ? 5 : 0) + (flags & HAS_TEXT ? 4 : 0);
}

/* The items' bytes, and the last item of them. */
typedef struct Source
{
	const char *place,
			   *end;
	int64_t		item_id;
	int32_t		date;
	uint32_t	currency;
	uint8_t		state;
	uint64_t	hash[RC_MAX_KEYSETS];
	uint32_t	key[RC_MAX_KEYSETS];
	uint64_t	words;			/* that are left of what the head says */
} Source;

/* Stores bytes in the arena when they are there; false: the bytes are broken. */
static inline bool
store(RcPool *pool, Source *source, uint32_t length, uint32_t *word)
{
	if ((size_t) (source->end - source->place) < length || source->words < rc_words_for(length))
		return false;
	source->words -= rc_words_for(length);
	*word = rc_pool_store(pool, source->place, length);
	source->place += length;
	return true;
}

static inline bool
take_numbers(RcPool *pool, RcItems *items, size_t at, Source *source)
{
	uint8_t		flags;
	uint16_t	id_step;
	int8_t		date_step;
	int32_t		units;
	int64_t		amount;
	uint32_t	length;

	if (source->place == source->end)
		return false;
	TAKE(source->place, flags);
	if ((size_t) (source->end - source->place) < size_of_numbers(flags))
		return false;
	if (flags & FAR_ID)
		TAKE(source->place, source->item_id);
	else
	{
		TAKE(source->place, id_step);
		source->item_id = (int64_t) ((uint64_t) source->item_id + id_step);
	}
	items->item_id[at] = source->item_id;
	if (flags & FINE_AMOUNT)
		TAKE(source->place, amount);
	else
	{
		TAKE(source->place, units);
		amount = (int64_t) units * UNIT;
	}
	items->amount[at] = amount;
	items->compare[at] = flags & COMPARES_ZERO ? 0 : amount;
	if (items->given != NULL)
		items->given[at] = amount;
	TAKE(source->place, items->mark[at]);
	if (flags & FAR_DATE)
		TAKE(source->place, source->date);
	else
	{
		TAKE(source->place, date_step);
		source->date = (int32_t) ((uint32_t) source->date + (uint32_t) date_step);
	}
	items->date[at] = source->date;
	if (flags & COMPARES_OTHER)
		TAKE(source->place, items->compare[at]);
	if (flags & GIVEN_OTHER)
	{
		int64_t		given;

		TAKE(source->place, given);
		if (items->given != NULL)
			items->given[at] = given;
	}
	if (flags & OTHER_KIND)
	{
		TAKE(source->place, source->currency);
		TAKE(source->place, source->state);
	}
	items->currency[at] = source->currency;
	items->state[at] = source->state;
	if (items->text != NULL)
		items->text[at] = 0;
	if (!(flags & HAS_TEXT))
		return true;
	TAKE(source->place, length);
	return items->text != NULL && store(pool, source, length, &items->text[at]);
}

static inline bool
take_key(RcPool *pool, RcItems *items, size_t at, int k, Source *source)
{
	uint8_t		form;
	uint32_t	length;

	if (source->place == source->end)
		return false;
	TAKE(source->place, form);
	switch (form)
	{
		case KEY_NONE:
			items->hash[k][at] = 0;
			items->key[k][at] = 0;
			return true;
		case KEY_LAST:
			break;
		case KEY_BEFORE:
			if (k == 0)
				return false;
			source->hash[k] = source->hash[k - 1];
			source->key[k] = source->key[k - 1];
			break;
		default:
			length = form - KEY_SHORT;
			if (form == KEY_LONG)
			{
				if ((size_t) (source->end - source->place) < sizeof(length))
					return false;
				TAKE(source->place, length);
			}
			if (!store(pool, source, length, &source->key[k]))
				return false;
			source->hash[k] = rc_pool_hash((const char *) (pool->words + source->key[k] + 1), length);
			break;
	}
	items->hash[k][at] = source->hash[k];
	items->key[k][at] = source->key[k];
	return true;
}

RcCode
rc_pool_add_packed(RcPool *pool, RcSide side, const char *bytes, size_t size, RcStatus *status)
{
	RcItems    *items = &pool->side[side];
	Head		head;
	Source		source = {0};
	size_t		count = items->count;
	size_t		word_count = pool->word_count;
	bool		ordered = items->ordered;
	RcCode		code;

	if (size == 0)
		return RC_OK;
	if (size >= sizeof(head))
		memcpy(&head, bytes, sizeof(head));
	if (size < sizeof(head) || head.count == 0 || head.keyset_count != pool->keyset_count || head.count > size || head.words > size)
		return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
	code = rc_pool_make_room(pool, items, head.count, head.words, head.has_text != 0, status);
	if (code != RC_OK)
		return code;
	source.place = bytes + sizeof(head);
	source.end = bytes + size;
	source.words = head.words;
	for (size_t at = count; at < count + head.count; at++)
	{
		bool		whole = take_numbers(pool, items, at, &source);

		for (int k = 0; whole && k < pool->keyset_count; k++)
			whole = take_key(pool, items, at, k, &source);
		if (!whole || (at + 1 == count + head.count && source.place != source.end))
		{
			pool->word_count = word_count;
			return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
		}
		ordered &= at == 0 || items->item_id[at] > items->item_id[at - 1];
	}
	items->ordered = ordered;
	items->has_text |= head.has_text != 0;
	items->count = count + head.count;
	return RC_OK;
}
