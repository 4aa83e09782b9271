/*
 * fuzz_tray.c - arbitrary bytes as packed items: they come in whole or not at all, and what has come in goes through a tray unchanged.
 */
#include <stdlib.h>
#include <string.h>
#include "../../src/match/pool_internal.h"
#include "../../src/match/tray.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RcPool	   *pools[2];
	RcTray	   *tray = rc_trays_create(&rc_malloc_allocator, 1, 2);
	RcStatus	status = {0};
	const char *bytes;
	size_t		count;

	for (int p = 0; p < 2; p++)
		must((pools[p] = rc_pool_create(&rc_malloc_allocator, 2, 0, 0)) != NULL && rc_pool_keep_given(pools[p]));
	if (rc_pool_add_packed(pools[0], RC_LEFT, (const char *) data, size, &status) != RC_OK)
		must(rc_pool_count(pools[0], RC_LEFT) == 0 && pools[0]->word_count == 1);
	count = rc_pool_count(pools[0], RC_LEFT);
	for (RcIndex i = 0; i < count; i++)
		must(rc_tray_add_from(tray, pools[0], RC_LEFT, i, &status) == RC_OK);
	bytes = rc_tray_pack(tray, &size);
	must(rc_pool_add_packed(pools[1], RC_LEFT, bytes, size, &status) == RC_OK);
	must(rc_pool_count(pools[1], RC_LEFT) == count);
	for (RcIndex i = 0; i < count; i++)
	{
		const RcItems *a = &pools[0]->side[RC_LEFT],
				   *b = &pools[1]->side[RC_LEFT];

		must(a->item_id[i] == b->item_id[i] && a->amount[i] == b->amount[i] && a->compare[i] == b->compare[i] && a->given[i] == b->given[i] &&
			 a->date[i] == b->date[i] && a->currency[i] == b->currency[i] && a->state[i] == b->state[i] && a->mark[i] == b->mark[i]);
		for (int k = 0; k < 2; k++)
		{
			must(a->hash[k][i] == b->hash[k][i] && (a->key[k][i] == 0) == (b->key[k][i] == 0));
			must(pools[0]->words[a->key[k][i]] == pools[1]->words[b->key[k][i]] &&
				 memcmp(pools[0]->words + a->key[k][i] + 1, pools[1]->words + b->key[k][i] + 1, pools[0]->words[a->key[k][i]]) == 0);
		}
	}
	rc_pool_free(pools[0]);
	rc_pool_free(pools[1]);
	rc_trays_free(tray, 1);
	return 0;
}
