/*
 * pool.c - the open items of both sides, flat in memory.
 */
#include "pool_internal.h"

#include <string.h>

#define FIRST_CAPACITY 1024

/* Brings one column to a capacity; false when there is no memory. The column stays usable at its old capacity. */
static bool
grow_column(RcPool *pool, void *column, size_t width, size_t capacity)
{
	void	   *grown;

	if (capacity > SIZE_MAX / width)
		return false;
	memcpy(&grown, column, sizeof(grown));	/* the pointer's own type is not void *: no cast of the address */
	grown = rc_resize(&pool->allocator, grown, capacity * width);
	if (grown == NULL)
		return false;
	memcpy(column, &grown, sizeof(grown));
	return true;
}

static bool
grow_side(RcPool *pool, RcItems *items, size_t capacity)
{
	if (!grow_column(pool, &items->item_id, sizeof(int64_t), capacity) ||
		!grow_column(pool, &items->amount, sizeof(int64_t), capacity) ||
		!grow_column(pool, &items->compare, sizeof(int64_t), capacity) ||
		!grow_column(pool, &items->date, sizeof(int32_t), capacity) ||
		!grow_column(pool, &items->currency, sizeof(uint32_t), capacity) ||
		!grow_column(pool, &items->state, sizeof(uint8_t), capacity) ||
		!grow_column(pool, &items->mark, sizeof(uint8_t), capacity))
		return false;
	if (items->given != NULL && !grow_column(pool, &items->given, sizeof(int64_t), capacity))
		return false;
	if (items->text != NULL && !grow_column(pool, &items->text, sizeof(uint32_t), capacity))
		return false;
	for (int k = 0; k < pool->keyset_count; k++)
	{
		if (!grow_column(pool, &items->hash[k], sizeof(uint64_t), capacity) ||
			!grow_column(pool, &items->key[k], sizeof(uint32_t), capacity))
			return false;
	}
	items->capacity = capacity;
	return true;
}

static bool
grow_arena(RcPool *pool, size_t needed)
{
	size_t		capacity = pool->word_capacity;

	while (capacity < needed)
		capacity += capacity / 2 + FIRST_CAPACITY;
	if (!grow_column(pool, &pool->words, sizeof(uint32_t), capacity))
		return false;
	pool->word_capacity = capacity;
	return true;
}

RcPool *
rc_pool_create(const RcAllocator *allocator, int keyset_count, size_t expected_left, size_t expected_right)
{
	RcPool	   *pool;
	const size_t expected[2] = {expected_left, expected_right};

	if (keyset_count < 0 || keyset_count > RC_MAX_KEYSETS)
		return NULL;
	pool = rc_allocate_zero(allocator, sizeof(RcPool));
	if (pool == NULL)
		return NULL;
	pool->allocator = *allocator;
	pool->keyset_count = keyset_count;
	for (int s = 0; s < 2; s++)
	{
		pool->side[s].ordered = true;
		if (!grow_side(pool, &pool->side[s], expected[s] > 0 ? expected[s] : FIRST_CAPACITY))
		{
			rc_pool_free(pool);
			return NULL;
		}
	}
	if (!grow_arena(pool, FIRST_CAPACITY))
	{
		rc_pool_free(pool);
		return NULL;
	}
	pool->words[0] = 0;			/* word 0 stands for "none" */
	pool->word_count = 1;
	return pool;
}

void
rc_pool_free(RcPool *pool)
{
	RcAllocator allocator;

	if (pool == NULL)
		return;
	allocator = pool->allocator;
	for (int s = 0; s < 2; s++)
	{
		RcItems    *items = &pool->side[s];

		rc_release(&allocator, items->item_id);
		rc_release(&allocator, items->amount);
		rc_release(&allocator, items->compare);
		rc_release(&allocator, items->date);
		rc_release(&allocator, items->currency);
		rc_release(&allocator, items->state);
		rc_release(&allocator, items->mark);
		rc_release(&allocator, items->given);
		rc_release(&allocator, items->text);
		for (int k = 0; k < RC_MAX_KEYSETS; k++)
		{
			rc_release(&allocator, items->hash[k]);
			rc_release(&allocator, items->key[k]);
		}
	}
	rc_release(&allocator, pool->words);
	rc_release(&allocator, pool);
}

RcCode
rc_pool_make_room(RcPool *pool, RcItems *items, size_t count, size_t words, bool with_text, RcStatus *status)
{
	size_t		needed = items->count + count;

	words += pool->word_count;
	if (needed >= RC_NO_INDEX || words > RC_MAX_WORDS)
		return rc_fail(status, RC_TOO_LARGE, "more items or longer texts than one pool can hold");
	if (needed > items->capacity)
	{
		size_t		capacity = items->capacity + items->capacity / 2 + 1;

		if (!grow_side(pool, items, capacity > needed ? capacity : needed))
			return rc_fail(status, RC_NO_MEMORY, "out of memory for %zu items", items->count);
	}
	if (words > pool->word_capacity && !grow_arena(pool, words))
		return rc_fail(status, RC_NO_MEMORY, "out of memory for the texts of %zu items", items->count);
	if (with_text && items->text == NULL)
	{
		if (!grow_column(pool, &items->text, sizeof(uint32_t), items->capacity))
			return rc_fail(status, RC_NO_MEMORY, "out of memory for %zu items", items->count);
		memset(items->text, 0, items->count * sizeof(uint32_t));
	}
	return RC_OK;
}

/* Makes room for one more item with all its text, so that nothing can fail once writing has begun. */
static inline RcCode
make_room_for(RcPool *pool, RcItems *items, const RcItemInput *item, RcStatus *status)
{
	size_t		words = item->text != NULL ? rc_words_for(item->text_length) : 0;

	for (int k = 0; k < pool->keyset_count; k++)
	{
		if (item->key[k] != NULL)
			words += rc_words_for(item->key_length[k]);
	}
	if ((items->count & 8191) == 8191 && rc_should_stop(&pool->allocator))
		return rc_fail(status, RC_STOPPED, "stopped while items were read");
	if (items->count < items->capacity && pool->word_count + words <= pool->word_capacity && (item->text == NULL || items->text != NULL))
		return RC_OK;
	return rc_pool_make_room(pool, items, 1, words, item->text != NULL, status);
}

/* Whether a key is the one that lies at a word. */
static inline bool
repeats(const RcPool *pool, uint32_t word, const char *key, uint32_t length)
{
	return word != 0 && pool->words[word] == length && rc_same_bytes(pool->words + word + 1, key, length);
}

RcCode
rc_pool_add(RcPool *pool, RcSide side, const RcItemInput *item, RcStatus *status)
{
	RcItems    *items = &pool->side[side];
	size_t		i;
	RcCode		code = make_room_for(pool, items, item, status);

	if (code != RC_OK)
		return code;
	i = items->count;
	if (i > 0 && item->item_id <= items->item_id[i - 1])
		items->ordered = false;
	items->item_id[i] = item->item_id;
	items->amount[i] = item->amount;
	items->compare[i] = item->compare;
	items->date[i] = item->date;
	items->currency[i] = item->currency;
	items->state[i] = item->active ? RC_ITEM_ACTIVE : 0;
	items->mark[i] = item->mark;
	if (items->given != NULL)
		items->given[i] = item->amount;
	for (int k = 0; k < pool->keyset_count; k++)
	{
		const char *key = item->key[k];
		uint32_t	length = item->key_length[k];

		if (key == NULL)
		{
			items->key[k][i] = 0;
			items->hash[k][i] = 0;
		}
		else if (k > 0 && key == item->key[k - 1] && length == item->key_length[k - 1])
		{
			/* One column in several keysets is common: one copy serves. */
			items->key[k][i] = items->key[k - 1][i];
			items->hash[k][i] = items->hash[k - 1][i];
		}
		else
		{
			uint64_t	hash = rc_pool_hash(key, length);

			/* Lines of one order mostly stand together, and memory is the larger part of the cost. */
			items->key[k][i] = i > 0 && items->hash[k][i - 1] == hash && repeats(pool, items->key[k][i - 1], key, length)
				? items->key[k][i - 1] : rc_pool_store(pool, key, length);
			items->hash[k][i] = hash;
		}
	}
	if (items->text != NULL)
	{
		items->text[i] = item->text != NULL ? rc_pool_store(pool, item->text, item->text_length) : 0;
		items->has_text |= item->text != NULL;
	}
	items->count++;
	return RC_OK;
}

int
rc_pool_part(const RcPool *pool, RcSide side, RcIndex index, int keyset, int part_count)
{
	const RcItems *items = &pool->side[side];

	if (items->key[keyset][index] == 0 || !(items->state[index] & RC_ITEM_ACTIVE))
		return 0;
	return rc_part_of(items->hash[keyset][index], part_count);
}

int
rc_pool_keysets(const RcPool *pool)
{
	return pool->keyset_count;
}

size_t
rc_pool_count(const RcPool *pool, RcSide side)
{
	return pool->side[side].count;
}

/* Bytes of one item of a side, keys and texts apart. */
static size_t
item_width(const RcPool *pool, const RcItems *items)
{
	size_t		width = 3 * sizeof(int64_t) + sizeof(int32_t) + sizeof(uint32_t) + 2 * sizeof(uint8_t);

	width += (size_t) pool->keyset_count * (sizeof(uint64_t) + sizeof(uint32_t));
	if (items->text != NULL)
		width += sizeof(uint32_t);
	if (items->given != NULL)
		width += sizeof(int64_t);
	return width;
}

size_t
rc_pool_bytes(const RcPool *pool)
{
	size_t		bytes = sizeof(RcPool) + pool->word_capacity * sizeof(uint32_t);

	for (int s = 0; s < 2; s++)
		bytes += pool->side[s].capacity * item_width(pool, &pool->side[s]);
	return bytes;
}

size_t
rc_pool_used(const RcPool *pool)
{
	size_t		bytes = pool->word_count * sizeof(uint32_t);

	for (int s = 0; s < 2; s++)
		bytes += pool->side[s].count * item_width(pool, &pool->side[s]);
	return bytes;
}

int64_t
rc_pool_item_id(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].item_id[index];
}

const int64_t *
rc_pool_item_ids(const RcPool *pool, RcSide side)
{
	return pool->side[side].item_id;
}

int64_t
rc_pool_residual(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].amount[index];
}

RcTaken
rc_pool_taken(const RcPool *pool, RcSide side, RcIndex index)
{
	uint8_t		state = pool->side[side].state[index];

	return state & RC_ITEM_MATCHED ? RC_TAKEN : state & RC_ITEM_PARTIAL ? RC_TAKEN_IN_PART : RC_OPEN;
}

size_t
rc_pool_count_taken(const RcPool *pool, RcSide side)
{
	const RcItems *items = &pool->side[side];
	size_t		count = 0;
	size_t		i = 0;

	/* Eight states at a time: no byte of the sum of 255 of them overflows. */
	while (items->count - i >= 8)
	{
		uint64_t	sums = 0;

		for (int n = 0; n < 255 && items->count - i >= 8; n++, i += 8)
			sums += rc_load_word((const char *) items->state + i) / RC_ITEM_MATCHED & UINT64_C(0x0101010101010101);
		for (; sums > 0; sums >>= 8)
			count += sums & 0xFF;
	}
	for (; i < items->count; i++)
		count += (items->state[i] & RC_ITEM_MATCHED) != 0;
	return count;
}

int32_t
rc_pool_date(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].date[index];
}

uint32_t
rc_pool_currency(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].currency[index];
}

uint8_t
rc_pool_mark(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].mark[index];
}

void
rc_pool_set_mark(RcPool *pool, RcSide side, RcIndex index, uint8_t mark)
{
	pool->side[side].mark[index] = mark;
}

bool
rc_pool_keep_given(RcPool *pool)
{
	for (int s = 0; s < 2; s++)
	{
		RcItems    *items = &pool->side[s];

		if (items->given == NULL && !grow_column(pool, &items->given, sizeof(int64_t), items->capacity))
			return false;
	}
	return true;
}

int64_t
rc_pool_given(const RcPool *pool, RcSide side, RcIndex index)
{
	return pool->side[side].given[index];
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
