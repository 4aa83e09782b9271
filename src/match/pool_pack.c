/*
 * pool_pack.c - items from one pool into another, directly or as bytes that another process or a file brings.
 *
 * Columns go over whole; only the places of keys and texts are moved by where the arena's copy comes to lie.
 */
#include "pool_internal.h"

#include <string.h>

/* How the compared amounts are packed: mostly they are the amounts, or nothing. */
typedef enum CompareForm
{
	COMPARE_GIVEN,
	COMPARE_AMOUNT,				/* all are the amounts */
	COMPARE_FLAGS				/* a byte each: the amount, or 0 */
} CompareForm;

/* Columns that are to be copied; those that are NULL are in the header. */
typedef struct Columns
{
	RcItems		items;
	const uint8_t *compares;	/* of COMPARE_FLAGS */
} Columns;

static inline size_t
padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t) 7;
}

/* Walks over the columns that are packed: each is handed out as (place in the columns, width). */
#define FOR_EACH_COLUMN(columns, packed, DO) \
	do { \
		DO((columns)->items.item_id, sizeof(int64_t)); \
		DO((columns)->items.amount, sizeof(int64_t)); \
		if ((packed)->compare == COMPARE_GIVEN) \
			DO((columns)->items.compare, sizeof(int64_t)); \
		if ((packed)->has_given) \
			DO((columns)->items.given, sizeof(int64_t)); \
		for (int k_ = 0; k_ < (packed)->keyset_count; k_++) \
			DO((columns)->items.hash[k_], sizeof(uint64_t)); \
		DO((columns)->items.date, sizeof(int32_t)); \
		if (!(packed)->one_currency) \
			DO((columns)->items.currency, sizeof(uint32_t)); \
		for (int k_ = 0; k_ < (packed)->keyset_count; k_++) \
			DO((columns)->items.key[k_], sizeof(uint32_t)); \
		if ((packed)->has_text) \
			DO((columns)->items.text, sizeof(uint32_t)); \
		if ((packed)->compare == COMPARE_FLAGS) \
			DO((columns)->compares, sizeof(uint8_t)); \
		if (!(packed)->one_state) \
			DO((columns)->items.state, sizeof(uint8_t)); \
		DO((columns)->items.mark, sizeof(uint8_t)); \
	} while (0)

/* Looks at the items for what need not be written for each. */
static RcPacked
describe(const RcPool *pool, const RcItems *items)
{
	RcPacked		packed = {
		.count = items->count,.word_count = pool->word_count,.keyset_count = (uint8_t) pool->keyset_count,
		.has_text = items->text != NULL && items->has_text,.has_given = items->given != NULL,.ordered = items->ordered
	};
	uint32_t	other_currency = 0;
	uint8_t		other_state = 0;
	bool		amounts = true,
				flags = true;

	if (items->count > 0)
	{
		packed.currency = items->currency[0];
		packed.state = items->state[0];
	}
	for (size_t i = 0; i < items->count; i++)
	{
		other_currency |= items->currency[i] ^ packed.currency;
		other_state |= items->state[i] ^ packed.state;
		amounts &= items->compare[i] == items->amount[i];
		flags &= items->compare[i] == items->amount[i] || items->compare[i] == 0;
	}
	packed.one_currency = other_currency == 0;
	packed.one_state = other_state == 0;
	packed.compare = amounts ? COMPARE_AMOUNT : flags ? COMPARE_FLAGS : COMPARE_GIVEN;
	return packed;
}

static size_t
size_of(const RcPool *pool, const RcPacked *packed)
{
	size_t		bytes = sizeof(RcPacked) + padded(pool->word_count * sizeof(uint32_t));

#define ADD_SIZE(column, width) bytes += padded(packed->count * (width))
	FOR_EACH_COLUMN((const Columns *) NULL, packed, ADD_SIZE);
#undef ADD_SIZE
	return bytes;
}

size_t
rc_pool_packed_size(const RcPool *pool, RcSide side, RcPacked *packed)
{
	*packed = describe(pool, &pool->side[side]);
	return size_of(pool, packed);
}

size_t
rc_pool_pack(const RcPool *pool, RcSide side, const RcPacked *packed, char *bytes)
{
	Columns		columns = {.items = pool->side[side]};
	const RcItems *items = &columns.items;
	const char *start = bytes;

	memcpy(bytes, packed, sizeof(*packed));
	bytes += sizeof(*packed);
#define COPY_OUT(column, width) \
	do { \
		const void *from_ = (column); \
		if (from_ == NULL) \
			for (size_t i_ = 0; i_ < items->count; i_++) \
				bytes[i_] = items->compare[i_] != 0; \
		else if (items->count > 0) \
			memcpy(bytes, from_, items->count * (width)); \
		bytes += padded(items->count * (width)); \
	} while (0)
	FOR_EACH_COLUMN(&columns, packed, COPY_OUT);
#undef COPY_OUT
	memcpy(bytes, pool->words, pool->word_count * sizeof(uint32_t));
	return (size_t) (bytes - start) + padded(pool->word_count * sizeof(uint32_t));
}

const int64_t *
rc_pool_packed_ids(const char *bytes, uint64_t *count)
{
	RcPacked		packed;

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

/* Fills a column of four bytes with one value. */
static void
fill(uint32_t *column, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		column[i] = value;
}

static RcCode
append(RcPool *pool, RcSide side, const Columns *columns, const RcPacked *packed, const uint32_t *words, RcStatus *status)
{
	const RcItems *from = &columns->items;
	RcItems    *items = &pool->side[side];
	size_t		at = items->count;
	size_t		count = packed->count;
	size_t		word_count = packed->word_count;
	uint32_t	by = (uint32_t) pool->word_count - 1;	/* word 0 of the source stays behind */
	RcCode		code;

	if (count == 0)
		return RC_OK;
	code = rc_pool_make_room(pool, items, count, word_count - 1, packed->has_text, status);
	if (code != RC_OK)
		return code;
	items->ordered = items->ordered && packed->ordered && (at == 0 || from->item_id[0] > items->item_id[at - 1]);
	memcpy(items->item_id + at, from->item_id, count * sizeof(int64_t));
	memcpy(items->amount + at, from->amount, count * sizeof(int64_t));
	if (packed->compare == COMPARE_FLAGS)
		for (size_t i = 0; i < count; i++)
			items->compare[at + i] = columns->compares[i] ? from->amount[i] : 0;
	else
		memcpy(items->compare + at, packed->compare == COMPARE_AMOUNT ? from->amount : from->compare, count * sizeof(int64_t));
	if (items->given != NULL)
		memcpy(items->given + at, packed->has_given ? from->given : from->amount, count * sizeof(int64_t));
	memcpy(items->date + at, from->date, count * sizeof(int32_t));
	if (packed->one_currency)
		fill(items->currency + at, count, packed->currency);
	else
		memcpy(items->currency + at, from->currency, count * sizeof(uint32_t));
	if (packed->one_state)
		memset(items->state + at, packed->state, count);
	else
		memcpy(items->state + at, from->state, count);
	memcpy(items->mark + at, from->mark, count);
	for (int k = 0; k < pool->keyset_count; k++)
	{
		memcpy(items->hash[k] + at, from->hash[k], count * sizeof(uint64_t));
		move_places(items->key[k] + at, from->key[k], count, by);
	}
	if (items->text != NULL)
	{
		if (packed->has_text)
			move_places(items->text + at, from->text, count, by);
		else
			memset(items->text + at, 0, count * sizeof(uint32_t));
		items->has_text |= packed->has_text;
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
	Columns		columns = {.items = source->side[side]};
	RcPacked		packed = {
		.count = columns.items.count,.word_count = source->word_count,.has_text = columns.items.text != NULL && columns.items.has_text,
		.has_given = columns.items.given != NULL,.ordered = columns.items.ordered,.compare = COMPARE_GIVEN
	};

	return append(pool, side, &columns, &packed, source->words, status);
}

RcCode
rc_pool_unpack(RcPool *pool, RcSide side, const char *bytes, size_t size, RcStatus *status)
{
	RcPacked		packed;
	Columns		columns = {0};
	size_t		needed = sizeof(packed);

	if (size >= sizeof(packed))
		memcpy(&packed, bytes, sizeof(packed));
	if (size < sizeof(packed) || packed.keyset_count != pool->keyset_count || packed.word_count == 0 ||
		packed.count > size || packed.word_count > size)
		return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
#define PLACE(column, width) \
	do { \
		const char *place_ = bytes + needed; \
		memcpy(&(column), &place_, sizeof(place_)); \
		needed += padded(packed.count * (width)); \
	} while (0)
	FOR_EACH_COLUMN(&columns, &packed, PLACE);
#undef PLACE
	if (size != needed + padded(packed.word_count * sizeof(uint32_t)))
		return rc_fail(status, RC_BAD_STRUCTURE, "packed items are broken");
	return append(pool, side, &columns, &packed, (const uint32_t *) (const void *) (bytes + needed), status);
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
