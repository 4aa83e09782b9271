/*
 * test_tray.c - items that go by a tray come into the pool as they were, and bytes that are broken bring none.
 */
#include "../../src/match/pool_internal.h"
#include "../../src/match/tray.h"
#include "matching.h"

enum { FIRST = 90, COUNT = 4000 };	/* the first have no text yet */

static void
fill(RcPool *pool, int from, int to)
{
	RcStatus	status = {0};
	static char key[2][400];

	for (int i = from; i < to; i++)
	{
		char		text[64];
		RcItemInput item = {.item_id = 2 * i,.amount = 5 * i,.compare = i % 7,.date = i,.currency = (uint32_t) (1 + i % 3),.active = i % 5 > 0,
		.mark = (uint8_t) i};
		/* What is the same for many items, near, or far off, is packed otherwise: each stretch has something of its own. */
		int			kind = i < FIRST ? 0 : (i - FIRST) / 391 % 5;

		if (kind == 1 || kind == 2)
			item.compare = kind == 2 && i % 4 == 0 ? 0 : item.amount;
		if (kind == 2 || kind == 3)
			item.currency = 2;
		if (kind == 3 || kind == 4)
			item.active = kind == 3;
		if (kind == 4)
		{
			item.item_id = INT64_C(1000000000000) * i;
			item.amount = i % 2 == 0 ? INT64_C(-10000) * i : INT64_C(9200000000000000000) - i;
			item.date = i % 3 == 0 ? RC_NO_DATE : 1000 * i;
		}
		for (int k = 0; k < 2; k++)
		{
			item.key[k] = i % 11 == k ? NULL : i % 4 == 0 ? key[0] : key[k];
			item.key_length[k] = (uint32_t) snprintf(key[k], sizeof(key[k]), "%d-%0*d", i % 4 == 0 ? 0 : k, i % 100 == 6 ? 245 + i / 100 : 1, i / 3);
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

/* Adds the items of a side of a pool to another by a tray. */
static void
bring(RcPool *pool, const RcPool *source, RcTray *tray)
{
	RcStatus	status = {0};
	const char *bytes;
	size_t		size;

	rc_tray_clear(tray);
	for (RcIndex i = 0; i < rc_pool_count(source, RC_RIGHT); i++)
		CHECK_INT(rc_tray_add_from(tray, source, RC_RIGHT, i, &status), RC_OK);
	bytes = rc_tray_pack(tray, &size);
	CHECK_INT(rc_pool_add_packed(pool, RC_RIGHT, bytes, size, &status), RC_OK);
}

static void
items_move_between_pools(void)
{
	RcStatus	status = {0};
	RcPool	   *whole = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *part = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *brought = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *copied = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcTray	   *tray = rc_trays_create(&rc_malloc_allocator, 1, 2);

	CHECK(rc_pool_keep_given(whole) && rc_pool_keep_given(brought) && rc_pool_keep_given(copied));
	fill(whole, 0, COUNT);
	for (int from = 0; from < COUNT; from = from == 0 ? FIRST : from + 391)
	{
		int			to = from == 0 ? FIRST : from + 391 < COUNT ? from + 391 : COUNT;

		rc_pool_clear(part);
		bring(brought, part, tray);	/* nothing */
		fill(part, from, to);
		bring(brought, part, tray);
		for (RcIndex i = 0; i < (RcIndex) (to - from); i++)
			CHECK_INT(rc_pool_copy(copied, RC_RIGHT, part, i, &status), RC_OK);
	}
	check_same(whole, brought);
	check_same(whole, copied);
	/* What was done to items goes with them. */
	whole->side[RC_RIGHT].state[7] |= RC_ITEM_PARTIAL | RC_ITEM_NOTED;
	whole->side[RC_RIGHT].amount[7] = 1;
	rc_pool_clear(brought);
	bring(brought, whole, tray);
	check_same(whole, brought);
	CHECK_INT(rc_pool_given(brought, RC_RIGHT, 7), 35);
	/* Out of order, and other numbers for the currencies. */
	CHECK_INT(rc_pool_copy(brought, RC_RIGHT, whole, 0, &status), RC_OK);
	CHECK(!brought->side[RC_RIGHT].ordered);
	rc_pool_clear(part);
	bring(part, brought, tray);
	CHECK(!part->side[RC_RIGHT].ordered);
	rc_pool_renumber_currencies(brought, RC_RIGHT, COUNT, (const uint32_t[]) {0, 9, 2, 1});
	CHECK_INT(rc_pool_currency(brought, RC_RIGHT, COUNT), 9);
	CHECK_INT(rc_pool_currency(brought, RC_RIGHT, 0), 1);
	rc_pool_free(whole);
	rc_pool_free(part);
	rc_pool_free(brought);
	rc_pool_free(copied);
	rc_trays_free(tray, 1);
	rc_trays_free(NULL, 0);
}

/* However they are cut off, and with any byte changed, packed items neither do harm nor come in by halves. */
static void
broken_bytes_bring_nothing(void)
{
	RcStatus	status = {0};
	RcPool	   *whole = rc_pool_create(&rc_malloc_allocator, 2, 0, 0),
			   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcTray	   *tray = rc_trays_create(&rc_malloc_allocator, 1, 2);
	size_t		size,
				words;
	const char *packed;
	char	   *bytes;

	CHECK(rc_pool_keep_given(whole));
	fill(whole, 0, 300);
	for (RcIndex i = 0; i < 300; i++)
		CHECK_INT(rc_tray_add_from(tray, whole, RC_RIGHT, i, &status), RC_OK);
	packed = rc_tray_pack(tray, &size);
	fill(pool, 0, 10);
	words = pool->word_count;
	for (size_t cut = 1; cut < size; cut++)
	{
		bytes = malloc(cut);	/* of that size, so that reading beyond it is found */
		memcpy(bytes, packed, cut);
		CHECK_INT(rc_pool_add_packed(pool, RC_RIGHT, bytes, cut, &status), RC_BAD_STRUCTURE);
		CHECK_INT(rc_pool_count(pool, RC_RIGHT), 10);
		CHECK_INT(pool->word_count, words);
		free(bytes);
	}
	bytes = malloc(size);
	for (size_t at = 0; at < size; at++)
	{
		RcCode		code;

		memcpy(bytes, packed, size);
		bytes[at] ^= (char) (1 + at % 255);
		code = rc_pool_add_packed(pool, RC_RIGHT, bytes, size, &status);
		CHECK(code == RC_OK || code == RC_BAD_STRUCTURE);
		CHECK(code == RC_OK || (rc_pool_count(pool, RC_RIGHT) == 10 && pool->word_count == words));
		if (code == RC_OK)
		{
			rc_pool_clear(pool);
			fill(pool, 0, 10);
		}
	}
	free(bytes);
	rc_pool_free(whole);
	rc_pool_free(pool);
	rc_trays_free(tray, 1);
}

/* Each item goes to the tray of its part, in order, and comes into a pool as if it were added there alone. */
static void
items_are_divided(void)
{
	enum { ITEMS = 3000, PARTS = 5 };
	RcStatus	status = {0};
	RcPool	   *whole = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcPool	   *pools[PARTS + 1];
	RcTray	   *trays = rc_trays_create(&rc_malloc_allocator, PARTS + 1, 2);
	RcIndex		next[PARTS + 1] = {0};

	for (int i = 0; i < ITEMS; i++)
	{
		char		key[40];
		RcItemInput item = {.item_id = i,.amount = i,.compare = i,.currency = 1,.active = i % 7 != 0};

		item.key_length[1] = (uint32_t) snprintf(key, sizeof(key), "%0*d", 1 + i % 33, i / 2);
		item.key[1] = i % 11 == 0 ? NULL : key;
		CHECK_INT(rc_pool_add(whole, RC_LEFT, &item, &status), RC_OK);
		CHECK_INT(rc_trays_add(trays, PARTS, 1, &item, &status), RC_OK);
	}
	for (int part = 0; part <= PARTS; part++)
	{
		size_t		size;
		const char *bytes = rc_tray_pack(&trays[part], &size);

		pools[part] = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
		CHECK_INT(rc_pool_add_packed(pools[part], RC_LEFT, bytes, size, &status), RC_OK);
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
	rc_trays_free(trays, PARTS + 1);
}

/* Not divided, all go to one tray. */
static void
one_tray_takes_all(void)
{
	RcStatus	status = {0};
	RcTray	   *tray = rc_trays_create(&rc_malloc_allocator, 1, 1);
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 1, 0, 0);
	size_t		size;
	const char *bytes;

	for (int i = 0; i < 5; i++)
		CHECK_INT(rc_trays_add(tray, 0, 0, &(RcItemInput) {.item_id = i,.amount = 7,.active = true,.key[0] = "K",.key_length[0] = 1}, &status), RC_OK);
	bytes = rc_tray_pack(tray, &size);
	CHECK_INT(rc_pool_add_packed(pool, RC_LEFT, bytes, size, &status), RC_OK);
	CHECK_INT(rc_pool_count(pool, RC_LEFT), 5);
	CHECK_INT(pool->side[RC_LEFT].key[0][4], pool->side[RC_LEFT].key[0][0]);
	rc_pool_free(pool);
	rc_trays_free(tray, 1);
}

int
main(void)
{
	items_move_between_pools();
	broken_bytes_bring_nothing();
	items_are_divided();
	one_tray_takes_all();
	return unit_done();
}
