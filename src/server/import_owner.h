/*
 * import_owner.h - the shop or account whose file is taken in.
 */
#ifndef RCS_IMPORT_OWNER_H
#define RCS_IMPORT_OWNER_H

#include "import_reader.h"
#include "import_rows.h"

typedef struct RcsOwner
{
	int32		id;				/* of the shop or account, as the format's target says; of the merchant's own files what tells them apart */
	int32		shop_id;		/* 0: none */
	int32		account_id;		/* 0: none */
	char	   *code;
	char	   *currency;		/* NULL: the merchant's shops and accounts have several, or there is none */
	pg_tz	   *zone;
	bool		daily;			/* paid daily: payouts are derived */
	int32		lag;			/* days until such a payout */
} RcsOwner;

/* The one integer that a query gives; NULL is 0. Within SPI. */
extern int64 rcs_spi_int(const char *query, int count, Oid *types, Datum *values, const char *nulls);

/* The shop or account whose file this is. Within SPI; results live in the request's context. */
extern RcsOwner rcs_find_owner(const RcsRequest *request, const RcFormat *format, int32 merchant_id);

/* One import at a time for a shop or account: the second of two sessions with one file finds the first one's batch. */
extern void rcs_lock_owner(int32 merchant_id, RcOwner kind, int32 owner_id);

/*
 * A file of a bank names the account of each entry. The account given in the call takes one account only; without it each goes to
 * the account whose account_no it is.
 */
extern void rcs_turn_to_account(RcsLoad *load, const RcsRequest *request, RcField account);

#endif
