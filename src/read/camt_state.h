/*
 * camt_state.h - what the reader of camt messages knows while it reads: shared by the parts that take elements in and give records out.
 */
#ifndef RC_CAMT_STATE_H
#define RC_CAMT_STATE_H

#include "../base/money.h"
#include "../base/text.h"
#include "camt.h"
#include "camt_path.h"
#include "xml.h"

#define RC_CAMT_HEAD_BYTES 1024	/* where the XML declaration stands */
#define RC_CAMT_FIRST_DETAIL RC_CAMT_D_BANK_REFERENCE
#define RC_CAMT_DETAIL_SLOTS (RC_CAMT_SLOTS - RC_CAMT_FIRST_DETAIL)

/* A piece of a text buffer; length 0: nothing. */
typedef struct RcCamtSlot
{
	uint32_t	offset;
	uint32_t	length;
} RcCamtSlot;

typedef struct RcCamtDetail
{
	RcCamtSlot	slots[RC_CAMT_DETAIL_SLOTS];
} RcCamtDetail;

typedef struct RcCamtBalance
{
	bool		given;
	RcDecimal	amount;
	char		currency[8];
	char		date[12];
} RcCamtBalance;

typedef struct RcCamt
{
	const RcAllocator *allocator;

	/* the text: decoded, counted, handed to expat */
	RcInput		file;			/* behind the head */
	char		head[RC_CAMT_HEAD_BYTES];
	size_t		head_length;
	size_t		head_given;
	RcInput		whole;			/* head and file */
	RcCharset  *charset;
	const char *window;
	size_t		window_length;
	size_t		window_given;
	uint64_t	lines;			/* of the text handed on */

	RcXml	   *xml;
	uint32_t	depth;
	const RcCamtStep *children[RC_XML_MAX_DEPTH + 1];
	RcCamtMeaning meaning[RC_XML_MAX_DEPTH + 1];
	RcCode		failure;		/* of making a record; those of parsing stay in xml */
	bool		header_given;
	uint64_t	statements;

	/* the statement being read */
	RcBuffer	statement_text;
	RcCamtSlot	statement[RC_CAMT_B_TYPE - RC_CAMT_TEXT];
	uint64_t	statement_line;
	uint64_t	statement_byte;
	bool		statement_due;	/* its record is to be given */
	char		balance_texts[5][32];	/* of the balance being read, by its slots */
	RcCamtBalance opening;		/* OPBD */
	RcCamtBalance previous;		/* PRCD */
	RcCamtBalance closing;		/* CLBD */
	RcCamtBalance first_interim;	/* ITBD */
	RcCamtBalance last_interim;
	int			interims;
	uint64_t	entry_count;
	RcDecimal	entry_sum;
	RcDecimal	booked_sum;
	char		entry_currency[8];	/* of all entries, "*" when they differ */

	/* the entry being read; its text holds the details' too */
	RcBuffer	text;
	RcCamtSlot	entry[RC_CAMT_FIRST_DETAIL - RC_CAMT_E_REFERENCE];
	uint64_t	entry_line;
	uint64_t	entry_byte;
	int			entry_sign;
	uint64_t	batch_count;	/* stated */
	RcCamtDetail *details;
	uint32_t	detail_count;
	uint32_t	detail_capacity;
	uint64_t	details_seen;	/* also those not kept */
	bool		split;
	uint32_t	records_due;
	uint32_t	records_given;

	/* the record being given */
	RcBuffer	out;
	uint32_t	field_count;
	size_t		ends[RC_CAMT_COLUMNS];
	RcField		fields[RC_CAMT_COLUMNS];
} RcCamt;

/* The text of a slot: of the statement, the entry, one of the entry's details; empty when there is none. */
extern RcField rc_camt_statement(const RcCamt *camt, RcCamtMeaning meaning);
extern RcField rc_camt_entry(const RcCamt *camt, RcCamtMeaning meaning);
extern RcField rc_camt_detail(const RcCamt *camt, uint32_t detail, RcCamtMeaning meaning);

extern bool rc_camt_equals(RcField field, const char *text);
extern bool rc_camt_same(RcField a, RcField b);

/* 1 credit, -1 debit, 0 neither. */
extern int rc_camt_sign(RcField field);

/* Reads an amount as ISO 20022 writes it: digits and a point, no sign. */
extern bool rc_camt_read_amount(RcField field, RcDecimal *amount);

/* Adds sign * value; false when it does not fit. */
extern bool rc_camt_add(RcDecimal *sum, RcDecimal value, int sign);
extern bool rc_camt_equal_amounts(RcDecimal a, RcDecimal b);

/* The amount of one of the entry's details when it has one in the entry's currency, with its sign and as it is written. */
extern bool rc_camt_detail_amount(const RcCamt *camt, uint32_t index, RcDecimal *amount, int *sign, RcField *text);

/* Make the next record: the names of the columns, the next one of the entry, the statement's. */
extern RcCode rc_camt_give_header(RcCamt *camt, RcRecord *record, RcStatus *status);
extern RcCode rc_camt_give_entry(RcCamt *camt, RcRecord *record, RcStatus *status);
extern RcCode rc_camt_give_statement(RcCamt *camt, RcRecord *record, RcStatus *status);

#endif
