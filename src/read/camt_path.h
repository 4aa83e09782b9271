/*
 * camt_path.h - which element of a camt message means what: the tree of those that are read, all others are passed over.
 */
#ifndef RC_CAMT_PATH_H
#define RC_CAMT_PATH_H

/* What an element is. Those from RC_CAMT_TEXT on are leaves whose text is kept in the slot of that name. */
typedef enum RcCamtMeaning
{
	RC_CAMT_NONE,
	RC_CAMT_STATEMENT,
	RC_CAMT_BALANCE,
	RC_CAMT_ENTRY,
	RC_CAMT_DETAIL,

	RC_CAMT_TEXT,
	/* of the statement */
	RC_CAMT_S_NUMBER = RC_CAMT_TEXT,
	RC_CAMT_S_ACCOUNT,
	RC_CAMT_S_CURRENCY,
	RC_CAMT_S_COUNT,
	RC_CAMT_S_NET,
	RC_CAMT_S_NET_SIGN,
	RC_CAMT_S_CREDITS,
	RC_CAMT_S_DEBITS,
	RC_CAMT_S_CREATED,

	/* of a balance */
	RC_CAMT_B_TYPE,
	RC_CAMT_B_AMOUNT,
	RC_CAMT_B_CURRENCY,			/* attribute of the amount */
	RC_CAMT_B_SIGN,
	RC_CAMT_B_DATE,

	/* of an entry */
	RC_CAMT_E_REFERENCE,
	RC_CAMT_E_AMOUNT,
	RC_CAMT_E_CURRENCY,			/* attribute of the amount */
	RC_CAMT_E_SIGN,
	RC_CAMT_E_REVERSAL,
	RC_CAMT_E_STATUS,
	RC_CAMT_E_BOOKED,
	RC_CAMT_E_VALUE,
	RC_CAMT_E_BANK_REFERENCE,
	RC_CAMT_E_DOMAIN,
	RC_CAMT_E_FAMILY,
	RC_CAMT_E_SUBFAMILY,
	RC_CAMT_E_PROPRIETARY,
	RC_CAMT_E_ADDITIONAL,
	RC_CAMT_E_BATCH,

	/* of a transaction's details */
	RC_CAMT_D_BANK_REFERENCE,
	RC_CAMT_D_END_TO_END,
	RC_CAMT_D_AMOUNT,
	RC_CAMT_D_CURRENCY,			/* attribute of the amount */
	RC_CAMT_D_TX_AMOUNT,
	RC_CAMT_D_TX_CURRENCY,		/* attribute of the amount */
	RC_CAMT_D_SIGN,
	RC_CAMT_D_DOMAIN,
	RC_CAMT_D_FAMILY,
	RC_CAMT_D_SUBFAMILY,
	RC_CAMT_D_PROPRIETARY,
	RC_CAMT_D_DEBTOR,
	RC_CAMT_D_DEBTOR_ACCOUNT,
	RC_CAMT_D_ULTIMATE_DEBTOR,
	RC_CAMT_D_CREDITOR,
	RC_CAMT_D_CREDITOR_ACCOUNT,
	RC_CAMT_D_ULTIMATE_CREDITOR,
	RC_CAMT_D_NARRATIVE,		/* repeated: joined by a blank */
	RC_CAMT_D_CREDITOR_REFERENCE,
	RC_CAMT_D_ADDITIONAL,
	RC_CAMT_SLOTS
} RcCamtMeaning;

typedef struct RcCamtStep
{
	const char *name;			/* NULL ends a list */
	RcCamtMeaning meaning;
	const struct RcCamtStep *children;
} RcCamtStep;

/* The children of the document's root. */
extern const RcCamtStep rc_camt_root[];

#endif
