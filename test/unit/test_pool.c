/*
 * test_pool.c - the pool keeps what it is given, grows, and gives everything back when memory fails.
 */
#include "../../src/match/pool_internal.h"
#include "matching.h"

enum { FIRST = 90, COUNT = 4000 };	/* the first have no text yet */

static void
keeps_items(void)
{
	enum { COUNT = 5000 };
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 10);
	RcStatus	status = {0};
	size_t		bytes = rc_pool_bytes(pool);

	for (int i = 0; i < COUNT; i++)
	{
		char		key[32];
		char		text[64];
		RcItemInput item = {.item_id = 3 * i,.amount = i,.compare = -i,.date = i % 100,.currency = (uint32_t) i % 3,.active = i % 2 == 0};

		item.key[0] = key;
		item.key_length[0] = (uint32_t) snprintf(key, sizeof(key), "%0*d", 1 + i % 20, i);
		if (i >= 1000)
		{
			item.text = text;
			item.text_length = (uint32_t) snprintf(text, sizeof(text), "text %d", i);
		}
		CHECK_INT(rc_pool_add(pool, RC_LEFT, &item, &status), RC_OK);
	}
	CHECK_INT(rc_pool_count(pool, RC_LEFT), COUNT);
	CHECK_INT(rc_pool_count(pool, RC_RIGHT), 0);
	CHECK(rc_pool_bytes(pool) > bytes);
	for (int i = 0; i < COUNT; i++)
	{
		const RcItems *items = &pool->side[RC_LEFT];
		char		expected[64];
		size_t		length;
		const char *bytes_at = rc_pool_bytes_at(pool, items->key[0][i], &length);

		snprintf(expected, sizeof(expected), "%0*d", 1 + i % 20, i);
		CHECK_TEXT(bytes_at, length, expected);
		CHECK(items->hash[0][i] == rc_pool_hash(expected, strlen(expected)));
		CHECK_INT(items->key[1][i], 0);
		CHECK_INT(rc_pool_item_id(pool, RC_LEFT, (RcIndex) i), 3 * i);
		CHECK_INT(rc_pool_residual(pool, RC_LEFT, (RcIndex) i), i);
		CHECK_INT(items->state[i], i % 2 == 0 ? RC_ITEM_ACTIVE : 0);
		if (i < 1000)
			CHECK_INT(items->text[i], 0);
		else
		{
			bytes_at = rc_pool_bytes_at(pool, items->text[i], &length);
			snprintf(expected, sizeof(expected), "text %d", i);
			CHECK_TEXT(bytes_at, length, expected);
		}
	}
	rc_pool_free(pool);
	rc_pool_free(NULL);
}

static void
one_column_in_two_keys_is_stored_once(void)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 1, 1);
	RcStatus	status = {0};
	RcItemInput item = {.item_id = 1,.active = true,.key = {"same", NULL},.key_length = {4, 4}};

	item.key[1] = item.key[0];
	CHECK_INT(rc_pool_add(pool, RC_LEFT, &item, &status), RC_OK);
	CHECK_INT(pool->side[RC_LEFT].key[0][0], pool->side[RC_LEFT].key[1][0]);
	CHECK(pool->side[RC_LEFT].hash[0][0] == pool->side[RC_LEFT].hash[1][0]);
	rc_pool_free(pool);
}

static void
keysets_are_limited(void)
{
	CHECK(rc_pool_create(&rc_malloc_allocator, RC_MAX_KEYSETS + 1, 0, 0) == NULL);
	CHECK(rc_pool_create(&rc_malloc_allocator, -1, 0, 0) == NULL);
}

static void
hash_tells_lengths_apart(void)
{
	char		zeros[40] = {0};

	for (size_t a = 0; a < sizeof(zeros); a++)
	{
		for (size_t b = 0; b < a; b++)
			CHECK(rc_pool_hash(zeros, a) != rc_pool_hash(zeros, b));
	}
	/* every byte counts */
	for (size_t length = 1; length < sizeof(zeros); length++)
	{
		uint64_t	plain = rc_pool_hash(zeros, length);

		for (size_t i = 0; i < length; i++)
		{
			zeros[i] = 1;
			CHECK(rc_pool_hash(zeros, length) != plain);
			zeros[i] = 0;
		}
	}
}

static void
fill(RcPool *pool, int from, int to)
{
	RcStatus	status = {0};

	for (int i = from; i < to; i++)
	{
		char		key[2][32];
		char		text[64];
		RcItemInput item = {.item_id = 2 * i,.amount = 5 * i,.compare = i % 7,.date = i,.currency = (uint32_t) (1 + i % 3),.active = i % 5 > 0,
		.mark = (uint8_t) i};
		/* What is the same for all items of a stretch is packed otherwise: each stretch has something of its own. */
		int			kind = i < FIRST ? 0 : (i - FIRST) / 391 % 5;

		if (kind == 1 || kind == 2)
			item.compare = kind == 2 && i % 4 == 0 ? 0 : item.amount;
		if (kind == 2 || kind == 3)
			item.currency = 2;
		if (kind == 3 || kind == 4)
			item.active = kind == 3;
		for (int k = 0; k < 2; k++)
		{
			item.key[k] = i % 11 == k ? NULL : i % 4 == 0 ? key[0] : key[k];
			item.key_length[k] = (uint32_t) snprintf(key[k], sizeof(key[k]), "%d-%d", i % 4 == 0 ? 0 : k, i);
		}
		if (i >= 100 && i % 3 == 0)
		{
			item.text = text;
			item.text_length = (uint32_t) snprintf(text, sizeof(text), "text of %d", i);
		}
		CHECK_INT(rc_pool_add(pool, RC_RIGHT, &item, &status), RC_OK);
	}
}

static void
check_same_text(const RcPool *a, uint32_t a_word, const RcPool *b, uint32_t b_word)
{
	CHECK_INT(a_word == 0, b_word == 0);
	CHECK(a->words[a_word] == b->words[b_word] && memcmp(a->words + a_word, b->words + b_word, 4 + a->words[a_word]) == 0);
}

static void
check_same(const RcPool *a, const RcPool *b)
{
	const RcItems *one = &a->side[RC_RIGHT],
			   *two = &b->side[RC_RIGHT];

	CHECK_INT(one->count, two->count);
	CHECK_INT(one->ordered, two->ordered);
	CHECK_INT(one->has_text, two->has_text);
	for (size_t i = 0; i < one->count && i < two->count; i++)
	{
		CHECK_INT(one->item_id[i], two->item_id[i]);
		CHECK_INT(one->amount[i], two->amount[i]);
		CHECK_INT(one->compare[i], two->compare[i]);
		CHECK_INT(one->given[i], two->given[i]);
		CHECK_INT(one->date[i], two->date[i]);
		CHECK_INT(one->currency[i], two->currency[i]);
		CHECK_INT(one->state[i], two->state[i]);
		CHECK_INT(one->mark[i], two->mark[i]);
		check_same_text(a, one->text[i], b, two->text[i]);
		for (int k = 0; k < 2; k++)
		{
			CHECK(one->hash[k][i] == two->hash[k][i]);
			check_same_text(a, one->key[k][i], b, two->key[k][i]);
		}
	}
}

static void
items_move_between_pools(void)
{

	RcStatus	status = {0};
	RcPool	   *whole = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *part = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *appended = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *unpacked = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *copied = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);

	CHECK(rc_pool_keep_given(whole) && rc_pool_keep_given(appended) && rc_pool_keep_given(unpacked) && rc_pool_keep_given(copied));
	fill(whole, 0, COUNT);
	for (int from = 0; from < COUNT; from = from == 0 ? FIRST : from + 391)
	{
		int			to = from == 0 ? FIRST : from + 391 < COUNT ? from + 391 : COUNT;
		size_t		size;
		char	   *bytes;
		RcPacked	packed;

		rc_pool_clear(part);
		CHECK_INT(rc_pool_append(appended, RC_RIGHT, part, &status), RC_OK);	/* nothing */
		fill(part, from, to);
		size = rc_pool_packed_size(part, RC_RIGHT, &packed);
		bytes = malloc(size);
		rc_pool_pack(part, RC_RIGHT, &packed, bytes);
		CHECK_INT(rc_pool_append(appended, RC_RIGHT, part, &status), RC_OK);
		CHECK_INT(rc_pool_unpack(unpacked, RC_RIGHT, bytes, size, &status), RC_OK);
		CHECK_INT(rc_pool_unpack(unpacked, RC_RIGHT, bytes, size - 8, &status), RC_BAD_STRUCTURE);
		CHECK_INT(rc_pool_unpack(unpacked, RC_RIGHT, bytes, 5, &status), RC_BAD_STRUCTURE);
		free(bytes);
		for (RcIndex i = 0; i < (RcIndex) (to - from); i++)
			CHECK_INT(rc_pool_copy(copied, RC_RIGHT, part, i, &status), RC_OK);
	}
	check_same(whole, appended);
	check_same(whole, unpacked);
	check_same(whole, copied);
	/* What was done to items goes with them. */
	whole->side[RC_RIGHT].state[7] |= RC_ITEM_PARTIAL | RC_ITEM_NOTED;
	whole->side[RC_RIGHT].amount[7] = 1;
	rc_pool_clear(appended);
	CHECK_INT(rc_pool_append(appended, RC_RIGHT, whole, &status), RC_OK);
	check_same(whole, appended);
	CHECK_INT(rc_pool_given(appended, RC_RIGHT, 7), 35);
	/* Out of order, and other numbers for the currencies. */
	CHECK_INT(rc_pool_copy(appended, RC_RIGHT, whole, 0, &status), RC_OK);
	CHECK(!appended->side[RC_RIGHT].ordered);
	rc_pool_renumber_currencies(appended, RC_RIGHT, COUNT, (const uint32_t[]) {0, 9, 2, 1});
	CHECK_INT(rc_pool_currency(appended, RC_RIGHT, COUNT), 9);
	CHECK_INT(rc_pool_currency(appended, RC_RIGHT, 0), 1);
	rc_pool_free(whole);
	rc_pool_free(part);
	rc_pool_free(appended);
	rc_pool_free(unpacked);
	rc_pool_free(copied);
}

/* However many at once, each goes to the pool of its part, in order, as if it were added there alone. */
static void
items_are_divided(void)
{
	enum { ITEMS = 3000, PARTS = 5 };
	RcStatus	status = {0};
	RcPool	   *whole = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcPool	   *pools[PARTS + 1];
	RcIndex		next[PARTS + 1] = {0};

	for (int part = 0; part <= PARTS; part++)
		pools[part] = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	for (int from = 0, count = 1; from < ITEMS; from += count, count = 1 + from % RC_DIVIDED_AT_ONCE)
	{
		RcItemInput items[RC_DIVIDED_AT_ONCE] = {0};
		char		keys[RC_DIVIDED_AT_ONCE][40];

		count = from + count > ITEMS ? ITEMS - from : count;
		for (int n = 0; n < count; n++)
		{
			int			i = from + n;

			items[n] = (RcItemInput) {.item_id = i,.amount = i,.compare = i,.currency = 1,.active = i % 7 != 0};
			items[n].key_length[1] = (uint32_t) snprintf(keys[n], sizeof(keys[n]), "%0*d", 1 + i % 33, i / 2);
			items[n].key[1] = i % 11 == 0 ? NULL : keys[n];
			CHECK_INT(rc_pool_add(whole, RC_LEFT, &items[n], &status), RC_OK);
		}
		CHECK_INT(rc_pool_add_parts(pools, PARTS, RC_LEFT, 1, items, count, &status), RC_OK);
	}
	for (RcIndex i = 0; i < ITEMS; i++)
	{
		int			part = rc_pool_part(whole, RC_LEFT, i, 1, PARTS);
		const RcPool *pool = pools[part];

		CHECK_INT(part == 0, i % 7 == 0 || i % 11 == 0);
		CHECK_INT(rc_pool_item_id(pool, RC_LEFT, next[part]), i);
		CHECK_INT(rc_pool_residual(pool, RC_LEFT, next[part]), i);
		CHECK(pool->side[RC_LEFT].hash[1][next[part]] == whole->side[RC_LEFT].hash[1][i]);
		check_same_text(pool, pool->side[RC_LEFT].key[1][next[part]], whole, whole->side[RC_LEFT].key[1][i]);
		next[part]++;
	}
	for (int part = 0; part <= PARTS; part++)
	{
		CHECK(next[part] > 100);
		CHECK_INT(rc_pool_count(pools[part], RC_LEFT), next[part]);
		rc_pool_free(pools[part]);
	}
	rc_pool_free(whole);
}

/* Keys of every length up to some words: the same bytes are the same key, one byte another is another. */
static void
keys_are_told_apart(void)
{
	for (size_t length = 0; length < 70; length++)
	{
		char		a[70],
					b[70];

		for (size_t i = 0; i < length; i++)
			a[i] = b[i] = (char) ('a' + i % 26);
		CHECK(rc_same_bytes(a, b, length));
		for (size_t i = 0; i < length; i++)
		{
			b[i] ^= 1;
			CHECK(!rc_same_bytes(a, b, length));
			CHECK(rc_pool_hash(a, length) != rc_pool_hash(b, length));
			CHECK(length > 8 || rc_short_number(a, length) != rc_short_number(b, length));
			b[i] ^= 1;
		}
	}
}

int
main(void)
{
	items_move_between_pools();
	items_are_divided();
	keys_are_told_apart();
	keeps_items();
	one_column_in_two_keys_is_stored_once();
	keysets_are_limited();
	hash_tells_lengths_apart();
	return unit_done();
}
