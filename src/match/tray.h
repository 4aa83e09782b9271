/*
 * tray.h - items on their way to a pool, as bytes: for another process, for a file, or for later.
 *
 * An item takes few bytes, for most of what it has is that of the one before, or near to it. Millions of them lie about while a run is divided,
 * and to get memory, fill it and bring it to another process is the larger part of the cost.
 */
#ifndef RC_TRAY_H
#define RC_TRAY_H

#include "pool.h"

typedef struct RcTray
{
	char	   *bytes;
	size_t		used;
	size_t		capacity;
	uint64_t	words;			/* of a pool's arena that keys and texts will take */
	uint32_t	count;
	bool		has_text;

	/* The last item */
	uint8_t		state;
	int64_t		item_id;
	int32_t		date;
	uint32_t	currency;
	struct
	{
		size_t		place;		/* of the bytes; 0: none yet */
		uint32_t	length;
	}			key[RC_MAX_KEYSETS];	/* of the last item that has one */

	int			keyset_count;
	RcAllocator allocator;
} RcTray;

/* Trays for items of so many keysets, empty; NULL when there is no memory. */
extern RcTray *rc_trays_create(const RcAllocator *allocator, int count, int keyset_count);
extern void rc_trays_free(RcTray *trays, int count);

/*
 * Adds an item to the tray of its part: the first of part_count + 1 trays is for items that have no key of that keyset or take no part in the
 * run. With part_count 0 all go there.
 */
extern RcCode rc_trays_add(RcTray *trays, int part_count, int keyset, const RcItemInput *item, RcStatus *status);

/* Adds an item of a pool, as it stands (allocated in part, noted, ...). */
extern RcCode rc_tray_add_from(RcTray *tray, const RcPool *pool, RcSide side, RcIndex index, RcStatus *status);

/* What lies in a tray, as bytes that rc_pool_add_packed takes; they stay until the tray is changed. */
extern const char *rc_tray_pack(RcTray *tray, size_t *size);

/* Empties a tray; its memory stays. */
extern void rc_tray_clear(RcTray *tray);

/* Adds the items of a tray to a pool with the same keysets, in their order. */
extern RcCode rc_pool_add_packed(RcPool *pool, RcSide side, const char *bytes, size_t size, RcStatus *status);

#endif
