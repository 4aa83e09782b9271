/*
 * pool.h - the open items of both sides of one reconciliation, flat in memory.
 *
 * Amounts are int64 in micro-units (10^-6 of the currency unit), one scale for every currency, so that currencies with 0, 2, 3
 * or 5 decimals need no special case; |amount| <= 9.2e12. Text lives in arenas and is addressed by offset. Nothing is allocated per item.
 */
#ifndef RC_POOL_H
#define RC_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../base/memory.h"
#include "../base/status.h"

#define RC_MICRO INT64_C(1000000)
#define RC_MAX_KEYSETS 8
#define RC_NO_DATE INT32_MIN

typedef enum RcSide
{
	RC_LEFT = 0,
	RC_RIGHT = 1
} RcSide;

typedef uint32_t RcIndex;		/* position of an item in its side */
#define RC_NO_INDEX UINT32_MAX

/* What the feeder hands over for one item; the pool copies it. */
typedef struct RcItemInput
{
	int64_t		item_id;		/* unique within the side */
	int64_t		amount;			/* what can be allocated: the item's amount less what is allocated already */
	int64_t		compare;		/* what rules compare (differs from amount e.g. for fee lines, whose compare is 0) */
	int32_t		date;			/* days since 2000-01-01 or RC_NO_DATE */
	uint32_t	currency;		/* interned by the feeder, 0: none; items of different currency never match */
	bool		active;			/* false: outside the run's dates; stays open, takes no part */
	const char *key[RC_MAX_KEYSETS];	/* key columns of keyset k joined with 0x1F; NULL: some column is null, so no key */
	uint32_t	key_length[RC_MAX_KEYSETS];
	const char *text;			/* free text searched by reference rules (narrative); may be NULL */
	uint32_t	text_length;
	uint8_t		mark;			/* the feeder's own bits; the engine does not look at them */
} RcItemInput;

/* How far an item is allocated. */
typedef enum RcTaken
{
	RC_OPEN,
	RC_TAKEN_IN_PART,
	RC_TAKEN
} RcTaken;

typedef struct RcPool RcPool;

extern RcPool *rc_pool_create(const RcAllocator *allocator, int keyset_count, size_t expected_left, size_t expected_right);
extern void rc_pool_free(RcPool *pool);
extern RcCode rc_pool_add(RcPool *pool, RcSide side, const RcItemInput *item, RcStatus *status);
extern int	rc_pool_keysets(const RcPool *pool);
extern size_t rc_pool_count(const RcPool *pool, RcSide side);
extern size_t rc_pool_bytes(const RcPool *pool);	/* memory held now */
extern size_t rc_pool_used(const RcPool *pool);	/* of it, what the items take */
extern int64_t rc_pool_item_id(const RcPool *pool, RcSide side, RcIndex index);
extern const int64_t *rc_pool_item_ids(const RcPool *pool, RcSide side);
/* Amount still open after the engine has run (compare rules do not change it). */
extern int64_t rc_pool_residual(const RcPool *pool, RcSide side, RcIndex index);
extern RcTaken rc_pool_taken(const RcPool *pool, RcSide side, RcIndex index);
extern int32_t rc_pool_date(const RcPool *pool, RcSide side, RcIndex index);
extern uint32_t rc_pool_currency(const RcPool *pool, RcSide side, RcIndex index);
extern uint8_t rc_pool_mark(const RcPool *pool, RcSide side, RcIndex index);
extern void rc_pool_set_mark(RcPool *pool, RcSide side, RcIndex index, uint8_t mark);

/* Remembers the amounts of items as they are added, for whoever writes the result down. Asked for before the first item. */
extern bool rc_pool_keep_given(RcPool *pool);
extern int64_t rc_pool_given(const RcPool *pool, RcSide side, RcIndex index);

/* Adds an item of another pool with the same keysets, as it stands (allocated in part, noted, ...). Many of them go by a tray (tray.h). */
extern RcCode rc_pool_copy(RcPool *pool, RcSide side, const RcPool *source, RcIndex index, RcStatus *status);

/* Items divided by a key: which of so many parts one belongs to, from 1 on; 0: it has no such key, or takes no part in the run. */
extern int	rc_pool_part(const RcPool *pool, RcSide side, RcIndex index, int keyset, int part_count);

/* How many items of a side are allocated whole. */
extern size_t rc_pool_count_taken(const RcPool *pool, RcSide side);

/* Empties a pool; its memory stays. */
extern void rc_pool_clear(RcPool *pool);

/* Gives the currencies of the items of a side from one on other numbers; 0 stays. */
extern void rc_pool_renumber_currencies(RcPool *pool, RcSide side, RcIndex from, const uint32_t *numbers);

#endif
