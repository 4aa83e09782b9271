/*
 * pool_pack.c - items from one pool into another, directly or as bytes that another process or a file brings.
 *
 * Columns go over whole; only the places of keys and texts are moved by where the arena's copy comes to lie.
 */
#include "pool_internal.h"

#include <string.h>

/* What stands before the columns. */
typedef struct Packed
{
	uint64_t	count;
	uint64_t	word_count;
	uint8_t		keyset_count;
	uint8_t		has_text;
	uint8_t		has_given;
	uint8_t		ordered;
	uint32_t	unused;
} Packed;

static inline size_t
padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t) 7;
}

/* Walks over the columns of a packed side: each is handed out as (place in the items, width). */
#define FOR_EACH_COLUMN(items, keysets, has_given, has_text, DO) \
	do { \
		DO((items)->item_id, sizeof(int64_t)); \
		DO((items)->amount, sizeof(int64_t)); \
		DO((items)->compare, sizeof(int64_t)); \
		if (has_given) \
			DO((items)->given, sizeof(int64_t)); \
		for (int k_ = 0; k_ < (keysets); k_++) \
			DO((items)->hash[k_], sizeof(uint64_t)); \
		DO((items)->date, sizeof(int32_t)); \
		DO((items)->currency, sizeof(uint32_t)); \
		for (int k_ = 0; k_ < (keysets); k_++) \
			DO((items)->key[k_], sizeof(uint32_t)); \
		if (has_text) \
			DO((items)->text, sizeof(uint32_t)); \
		DO((items)->state, sizeof(uint8_t)); \
		DO((items)->mark, sizeof(uint8_t)); \
	} while (0)

size_t
rc_pool_packed_size(const RcPool *pool, RcSide side)
{
	const RcItems *items = &pool->side[side];
	size_t		bytes = sizeof(Packed) + padded(pool->word_count * sizeof(uint32_t));

#define ADD_SIZE(column, width) bytes += padded(items->count * (width))
	FOR_EACH_COLUMN(items, pool->keyset_count, items->given != NULL, items->text != NULL, ADD_SIZE);
#undef ADD_SIZE
	return bytes;
}

void
rc_pool_pack(const RcPool *pool, RcSide side, char *bytes)
{
	const RcItems *items = &pool->side[side];
	Packed		packed = {
		.count = items->count,.word_count = pool->word_count,.keyset_count = (uint8_t) pool->keyset_count,
		.has_text = items->text != NULL,.has_given = items->given != NULL,.ordered = items->ordered
	};

	memcpy(bytes, &packed, sizeof(packed));
	bytes += sizeof(packed);
#define COPY_OUT(column, width) \
	do { \
		if (items->count > 0) \
			memcpy(bytes, (column), items->count * (width)); \
		bytes += padded(items->count * (width)); \
	} while (0)
	FOR_EACH_COLUMN(items, pool->keyset_count, packed.has_given, packed.has_text, COPY_OUT);
#undef COPY_OUT
	memcpy(bytes, pool->words, pool->word_count * sizeof(uint32_t));
}

const int64_t *
rc_pool_packed_ids(const char *bytes, uint64_t *count)
{
	Packed		packed;

	memcpy(&packed, bytes, sizeof(packed));
	*count = packed.count;
	return (const int64_t *) (const void *) (bytes + sizeof(packed));	/* the first column */
}

/* Copies places in the arena, moved by where its words come to lie; 0 stays 0. */
static void
move_places(uint32_t *target, const uint32_t *source, size_t count, uint32_t by)
{
	for (size_t i = 0; i < count; i++)
		target[i] = source[i] == 0 ? 0 : source[i] + by;
}

static RcCode
append(RcPool *pool, RcSide side, const RcItems *from, const uint32_t *words, size_t word_count, RcStatus *status)
{
	RcItems    *items = &pool->side[side];
	size_t		at = items->count;
	size_t		count = from->count;
	uint32_t	by = (uint32_t) pool->word_count - 1;	/* word 0 of the source stays behind */
	RcCode		code;

	if (count == 0)
		return RC_OK;
	code = rc_pool_make_room(pool, items, count, word_count - 1, from->text != NULL, status);
	if (code != RC_OK)
		return code;
	items->ordered = items->ordered && from->ordered && (at == 0 || from->item_id[0] > items->item_id[at - 1]);
	memcpy(items->item_id + at, from->item_id, count * sizeof(int64_t));
	memcpy(items->amount + at, from->amount, count * sizeof(int64_t));
	memcpy(items->compare + at, from->compare, count * sizeof(int64_t));
	if (items->given != NULL)
		memcpy(items->given + at, from->given != NULL ? from->given : from->amount, count * sizeof(int64_t));
	memcpy(items->date + at, from->date, count * sizeof(int32_t));
	memcpy(items->currency + at, from->currency, count * sizeof(uint32_t));
	memcpy(items->state + at, from->state, count * sizeof(uint8_t));
	memcpy(items->mark + at, from->mark, count * sizeof(uint8_t));
	for (int k = 0; k < pool->keyset_count; k++)
	{
		memcpy(items->hash[k] + at, from->hash[k], count * sizeof(uint64_t));
		move_places(items->key[k] + at, from->key[k], count, by);
	}
	if (items->text != NULL)
	{
		if (from->text != NULL)
			move_places(items->text + at, from->text, count, by);
		else
			memset(items->text + at, 0, count * sizeof(uint32_t));
		items->has_text |= from->has_text;
	}
	if (word_count > 1)
		memcpy(pool->words + pool->word_count, words + 1, (word_count - 1) * sizeof(uint32_t));
	pool->word_count += word_count - 1;
	items->count += count;
	return RC_OK;
}

RcCode
rc_pool_append(RcPool *pool, RcSide side, const RcPool *source, RcStatus *status)
{
	return append(pool, side, &source->side[side], source->words, source->word_count, status);
}

RcCode
rc_pool_unpack(RcPool *pool, RcSide side, const char *bytes, size_t size, RcStatus *status)
{
	Packed		packed;
	RcItems		items = {0};
	size_t		needed = sizeof(packed);

	if (size >= sizeof(packed))
		memcpy(&packed, bytes, sizeof(packed));
	if (size < sizeof(packed) || packed.keyset_count != pool->keyset_count || packed.word_count == 0 ||
		packed.count > size || packed.word_count > size)
		return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
	items.count = packed.count;
	items.ordered = packed.ordered;
	items.has_text = packed.has_text;
#define PLACE(column, width) \
	do { \
		const char *place_ = bytes + needed; \
		memcpy(&(column), &place_, sizeof(place_)); \
		needed += padded(packed.count * (width)); \
	} while (0)
	FOR_EACH_COLUMN(&items, pool->keyset_count, packed.has_given, packed.has_text, PLACE);
#undef PLACE
	if (size != needed + padded(packed.word_count * sizeof(uint32_t)))
		return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
	return append(pool, side, &items, (const uint32_t *) (const void *) (bytes + needed), packed.word_count, status);
}

RcCode
rc_pool_copy(RcPool *pool, RcSide side, const RcPool *source, RcIndex index, RcStatus *status)
{
	const RcItems *from = &source->side[side];
	RcItems    *items = &pool->side[side];
	size_t		words = 0;
	size_t		at;
	bool		has_text = from->text != NULL && from->text[index] != 0;
	RcCode		code;

	for (int k = 0; k < pool->keyset_count; k++)
		if (from->key[k][index] != 0)
			words += rc_words_for(source->words[from->key[k][index]]);
	if (has_text)
		words += rc_words_for(source->words[from->text[index]]);
	code = rc_pool_make_room(pool, items, 1, words, has_text, status);
	if (code != RC_OK)
		return code;
	at = items->count;
	if (at > 0 && from->item_id[index] <= items->item_id[at - 1])
		items->ordered = false;
	items->item_id[at] = from->item_id[index];
	items->amount[at] = from->amount[index];
	items->compare[at] = from->compare[index];
	if (items->given != NULL)
		items->given[at] = from->given != NULL ? from->given[index] : from->amount[index];
	items->date[at] = from->date[index];
	items->currency[at] = from->currency[index];
	items->state[at] = from->state[index];
	items->mark[at] = from->mark[index];
	for (int k = 0; k < pool->keyset_count; k++)
	{
		uint32_t	word = from->key[k][index];

		items->hash[k][at] = from->hash[k][index];
		if (k > 0 && word != 0 && word == from->key[k - 1][index])
			items->key[k][at] = items->key[k - 1][at];
		else
			items->key[k][at] = word == 0 ? 0 : rc_pool_store(pool, (const char *) (source->words + word + 1), source->words[word]);
	}
	if (items->text != NULL)
	{
		items->text[at] = !has_text ? 0
			: rc_pool_store(pool, (const char *) (source->words + from->text[index] + 1), source->words[from->text[index]]);
		items->has_text |= has_text;
	}
	items->count++;
	return RC_OK;
}

void
rc_pool_clear(RcPool *pool)
{
	for (int s = 0; s < 2; s++)
	{
		pool->side[s].count = 0;
		pool->side[s].ordered = true;
		pool->side[s].has_text = false;
	}
	pool->word_count = 1;
}

void
rc_pool_renumber_currencies(RcPool *pool, RcSide side, RcIndex from, const uint32_t *numbers)
{
	RcItems    *items = &pool->side[side];

	for (size_t i = from; i < items->count; i++)
		if (items->currency[i] != 0)
			items->currency[i] = numbers[items->currency[i]];
}
