/*
 * feed_internal.h - what the files of the feed share.
 *
 * feed.c makes the query and reads it, feed_receive.c makes items of its rows, feed_helper.c lets a second process read part of them,
 * feed_chains.c knows what items have allocated before.
 */
#ifndef RCS_FEED_INTERNAL_H
#define RCS_FEED_INTERNAL_H

#include "feed.h"

#include "executor/execdesc.h"
#include "lib/stringinfo.h"
#include "tcop/dest.h"

#include "scan.h"

#define FEED_MAX_KEY_COLUMNS 32
#define FEED_MAX_ARGUMENTS 3

/* How a key column comes out of the executor. */
typedef enum KeyForm
{
	KEY_TEXT,
	KEY_INT2,
	KEY_INT4,
	KEY_INT8
} KeyForm;

/* What the rows of a feed's query are made of. Flat: a helper gets a copy of it. */
typedef struct FeedLayout
{
	RcSide		side;
	int32		merchant_id;
	bool		was_open;
	bool		has_from, has_to;
	int32		date_from, date_to;

	/* Positions in the row; -1: the source has none */
	int			date_column,
				amount_column,
				compare_column,
				currency_column,
				expects_column,
				first_text,
				text_count,
				first_key,
				key_count;
	KeyForm		key_forms[FEED_MAX_KEY_COLUMNS];
	int			keyset_count;
	int			pool_keysets;	/* of both sides together */
	int			keyset_lengths[RC_MAX_KEYSETS];
	int			keyset_columns[RC_MAX_KEYSETS][FEED_MAX_KEY_COLUMNS];
} FeedLayout;

/* The digits of a key column's last integer: shops and accounts repeat. */
typedef struct KeyDigits
{
	int64		value;
	int			length;			/* 0: none yet */
	char		digits[24];
} KeyDigits;

typedef struct FeedReceiver
{
	DestReceiver public;
	RcsFeed    *feed;
	RcTray	   *aside;			/* where items go while others are to come before them; NULL: to the feed's trays or pool */
	FeedLayout	layout;
	bool		parallel_safe;	/* so is the query */
	KeyDigits	key_digits[FEED_MAX_KEY_COLUMNS];
	uint32		last_currency;
	RcItemInput item;			/* the one at hand, */
	StringInfoData keys[RC_MAX_KEYSETS];	/* and the bytes that it points to */
	StringInfoData text;
	RcStatus	status;
} FeedReceiver;

/* A query over a source whose execution has begun. Flat arguments: a helper gets a copy of them. */
typedef struct FeedQuery
{
	FeedReceiver *receiver;
	QueryDesc  *query;
	RcsScan    *scan;			/* NULL: the executor reads it */
	const char *text;
	int			argument_count;
	int64		arguments[FEED_MAX_ARGUMENTS];
} FeedQuery;

/* feed_receive.c */
extern FeedReceiver *rcs_receiver_create(RcsFeed *feed, const FeedLayout *layout);
extern void rcs_receive_pages(FeedQuery *query, BlockNumber first, BlockNumber end);	/* of a query that is a scan */
extern uint32 rcs_currency_number(FeedReceiver *receiver, const char *code);	/* of 8 bytes, padded with zeros */

/* Every so many items of the feed's pool: what is reported and bounded. */
extern void rcs_look_around(RcsFeed *feed);

/*
 * feed.c. rcs_feed_begin takes what rcs_feed_query takes, rcs_feed_join what another process has begun. $1 of the query is the merchant, then come
 * bigints, all planned as constants.
 */
extern void rcs_feed_begin(FeedQuery *query, RcsFeed *feed, const char *from, const char *where, int argument_count, const int64 *arguments,
						   bool was_open);
extern void rcs_feed_join(FeedQuery *query, RcsFeed *feed, const FeedLayout *layout, const char *text, int argument_count, const int64 *arguments);
extern void rcs_feed_read(FeedQuery *query);
extern void rcs_feed_end(FeedQuery *query);

/* Whether a second process may read part of the rows: they are pages of a table of some size, and reading them is safe there. */
extern bool rcs_feed_can_share(const FeedQuery *query);

/* feed_chains.c */
typedef struct ChainReader ChainReader;
extern void rcs_feed_read_chains_on(RcsFeed *feed); /* many are going to be read, by one snapshot */
extern void rcs_feed_read_chains_off(RcsFeed *feed);
extern bool rcs_feed_has_chains(const RcsFeed *feed);	/* or items that stood open */
extern bool rcs_feed_stood_open(const RcsFeed *feed, int64 item_id);
extern bool rcs_feed_is_whole(const RcsFeed *feed, int64 item_id, int64 amount);	/* all of an item's amount is open, by open_balance */

/* feed_helper.c: reads all rows together with a second process; false, and nothing read, when there is to be none. */
extern bool rcs_feed_read_with_helper(FeedQuery *query);

#endif
