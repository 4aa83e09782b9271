/*
 * run.h - one run of one reconciliation: what run.c has read and computed, and run_write.c writes.
 */
#ifndef RCS_RUN_H
#define RCS_RUN_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

#include "../match/engine.h"
#include "feed.h"

/* Evidence beyond the engine's: lines that follow an order matched before. */
#define RCS_EVIDENCE_FOLLOWS 7

typedef struct RcsException
{
	RcSide		side;
	int64		item_id;
	uint16		currency;
	const char *reason;
	int64		difference;		/* micro-units */
	bool		has_difference;
	RcSide		related_side;
	int64		related_item_id;	/* 0: none */
} RcsException;

/* An item that an exception is about beside the two it names. */
typedef struct RcsPart
{
	RcSide		side;
	int64		item_id;
	RcSide		noted_side;		/* the item whose difference it is part of */
	int64		noted_item_id;
} RcsPart;

/* A right item that belongs to a left item matched in an earlier run. */
typedef struct RcsFollower
{
	RcIndex		index;
	int64		leader;			/* match_id of the earlier match; equal ones are adjacent */
} RcsFollower;

/* What the server knows of a rule beside what the engine needs; index as in the rules. */
typedef struct RcsRuleWords
{
	char	   *name;
	char	   *adjustment;		/* kind under which a tolerated difference is posted, or NULL */
} RcsRuleWords;

typedef struct RcsRun
{
	int32		merchant_id;
	int32		reconciliation_id;
	char	   *name;
	char	   *measure;		/* amount, quantity or fee */
	bool		exceptions_on[2];
	int32		delay_days[2];
	bool		has_from, has_to;
	int32		date_from, date_to;
	int32		business_date;	/* what delays are judged by: date_to, or business_date() */
	bool		dry_run;
	bool		simulated;		/* everything anew: only what people matched or confirmed, and other reconciliations hold, is taken */
	Datum		simulated_rules;	/* reconcile.rule[] instead of those that stand */
	int32		only_rule;		/* rule_id of the one rule that is tried; 0: all */
	TimestampTz started_at;

	int			rule_count;
	RcRule	   *rules;			/* rule_id is reconcile.rule.rule_id */
	RcsRuleWords *rule_words;
	char	   *models;			/* versions of the models its score rules go by, as JSON, or NULL */
	RcAllocator allocator;
	RcPool	   *pool;
	int64		expected[2];	/* items, about */
	struct RcsParts *parts;		/* when it is worked in parts */
	struct RcsCrew *crew;		/* when a second process helps with them */
	RcsCurrencies currencies;
	RcsFeed		feeds[2];
	List	   *new_imports[2];	/* of int64[3]: import_id, first_id, last_id */
	RcResult	result;

	int64		run_id;
	struct Writer *writer;
	bool	   *standing;		/* per match of the result: not to be written, for it stands already */
	int64	   *closed[2];		/* items that stood open and were settled with their part */
	uint64		closed_count[2];
	uint8	   *taken[2];		/* per item: RcTaken, followers included */
	RcsException *exceptions;
	uint64		exception_count;
	int64	   *giving_way;		/* exceptions that stand because of a counterpart that is no longer open */
	uint64		giving_way_count;
	RcsPart    *difference_parts;
	uint64		difference_part_count;
	RcsFollower *followers;
	uint64		follower_count;

	/* What the run reports. */
	int64		items[2];
	int64		matches;
	int64		matched[2];
	int64		suggestions;
	int64		exceptions_opened;
	int64		matched_amount; /* micro-units, of the left side */
	int64		open_amount;
	int64		adjusted_amount;	/* posted as adjustments */
} RcsRun;

/* Reads definition, rules and items of a run of which merchant, reconciliation and the like are set, and matches; within SPI. */
extern void rcs_run_match(RcsRun *run);

/* The kind of adjustment under which the difference of a match is posted, or NULL: it is none, or stays as it is. */
extern const char *rcs_run_adjustment(const RcsRun *run, const RcMatch *match);

/* Reads the definition of run->reconciliation_id and its rules. */
extern void rcs_run_define(RcsRun *run);
/* Counts a match that is none of the suggestions. */
extern void rcs_run_count_match(RcsRun *run, const RcMatch *match);

/* Counts an item, once for the whole run. */
extern void rcs_run_count_item(RcsRun *run, RcSide side, RcIndex index);

/* Remembers an item that stood open and is settled before the end of the run. */
extern void rcs_run_remember_closed(RcsRun *run, RcSide side, int64 item_id);

/* Writes the matches of the result at hand that do not stand already; rcs_run_write does so with the last of them. */
extern void rcs_run_write_matches(RcsRun *run);

/* Raises what the engine has refused. */
extern void rcs_run_raise(const RcsRun *run, const RcStatus *status) pg_attribute_noreturn();

/* Writes matches, allocations, suggestions, open items, exceptions and the run itself. */
extern void rcs_run_write(RcsRun *run);

/*
 * Judges what stays open: fills exceptions and difference_parts. What the engine noted is an exception at once; an item that merely lacks its counterpart is
 * a timing difference within the agreed delay and an exception after it.
 */
extern void rcs_run_judge(RcsRun *run);

/* Counts (dry run) or opens the exceptions that do not stand yet. */
extern int64 rcs_run_exceptions(RcsRun *run);

/* Tells which items differences are about beside those they name. */
extern void rcs_run_write_difference_parts(RcsRun *run);

/* Decimals of a currency of the run. */
extern int	rcs_run_decimals(RcsRun *run, uint16 currency);

/* A bigint[] of count values. */
extern Datum rcs_bigint_array(const int64 *values, uint64 count);

#endif
