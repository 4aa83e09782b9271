/*
 * test_pool.c - the pool keeps what it is given, grows, and gives everything back when memory fails.
 */
#include "../../src/match/pool_internal.h"
#include "matching.h"

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
	keys_are_told_apart();
	keeps_items();
	one_column_in_two_keys_is_stored_once();
	keysets_are_limited();
	hash_tells_lengths_apart();
	return unit_done();
}
