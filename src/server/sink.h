/*
 * sink.h - bulk insertion into a fact table, with identity: what is known already is found, twins are numbered, conflicts are kept out.
 *
 * Rows are collected in batches. A batch is resolved against the unique index (merchant_id, natural_key, occurrence) in key order, then
 * what is new is written by table_multi_insert and its index entries are made in key order. Memory holds one batch, whatever the file.
 *
 *		sink = rcs_sink_open("bank_line", merchant_id, import_id, options);
 *		entry = rcs_sink_add(sink, key, line_no, values, nulls);		... entry->compare = amount ...
 *		if (rcs_sink_full(sink)) { rcs_sink_resolve(sink); look at entries; rcs_sink_write(sink); }
 *		... resolve and write the rest ...
 *		rcs_sink_close(sink);
 */
#ifndef RCS_SINK_H
#define RCS_SINK_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "utils/numeric.h"

#include "../base/hash.h"
#include "../base/money.h"

typedef enum RcsFate
{
	RCS_NEW,					/* is inserted by rcs_sink_write */
	RCS_KNOWN,					/* stands in the table from an earlier import */
	RCS_SAME,					/* merging sinks: the same document earlier in this file */
	RCS_CONFLICT,				/* the key is known, the amount differs */
	RCS_CLOSED,					/* would be new, but is of a day that is closed: the caller refuses it */
	RCS_DROPPED					/* the caller decided against it */
} RcsFate;

typedef struct RcsEntry
{
	uint64		key;
	uint64		check;
	int64		line_no;
	uint64		row;			/* the caller's: entries of one row of the file share it (several rows can begin in one line) */
	RcDecimal	compare;		/* the amount that a known key must have */
	bool		comparable;		/* false: the key holds the amount, nothing to compare */
	bool		closed_day;		/* the caller's: it is of a day that is closed */
	RcsFate		fate;
	int32		occurrence;
	int64		id;				/* of the row: the existing one, or given by write */
	struct RcsEntry *leader;	/* RCS_SAME: the entry of this batch it belongs to, if it is in this batch */
	HeapTuple	tuple;
	const char *raw;			/* what rejected_row would show; caller's, lives in the batch context */
	uint32		raw_length;
	void	   *extra;			/* the caller's */
} RcsEntry;

typedef struct RcsSinkOptions
{
	bool		merge;			/* the key names a document: a second row of it is the same one, not a twin */
	bool		always_new;		/* never known: takes the next occurrence */
	const char *compare_column; /* numeric column compared, or NULL */
	int			batch_rows;		/* 0: default */
	uint64		expected_rows;	/* many into an empty table: its indexes are built at the end, see rcs_sink_build_indexes */
} RcsSinkOptions;

typedef struct RcsSink RcsSink;

/* Opens reconcile.<table>; checks the right to insert. Lives in the current memory context. */
extern RcsSink *rcs_sink_open(const char *table, int32 merchant_id, int64 import_id, RcsSinkOptions options);

/* Number (0-based) of a column by name; an error when the table lacks it. */
extern int	rcs_sink_column(RcsSink *sink, const char *name);

/* The same, -1 when the table lacks it. */
extern int	rcs_sink_find_column(const RcsSink *sink, const char *name);
extern int	rcs_sink_column_count(const RcsSink *sink);
extern TupleDesc rcs_sink_descriptor(const RcsSink *sink);
extern bool rcs_sink_is_nullable(const RcsSink *sink, int column);

/* Memory that lives until the batch is written. */
extern MemoryContext rcs_sink_batch_context(RcsSink *sink);

/* Makes a row of values; the frame columns (merchant_id, id, import_id, line_no, natural_*, occurrence) are set here. */
extern HeapTuple rcs_sink_form(RcsSink *sink, RcHash128 key, int64 line_no, Datum *values, bool *nulls);

/* Adds a formed row to the batch. The entry stays where it is until the batch is written. */
extern RcsEntry *rcs_sink_add(RcsSink *sink, HeapTuple tuple, RcHash128 key, int64 line_no);

extern bool rcs_sink_full(const RcsSink *sink);
extern int	rcs_sink_entry_count(const RcsSink *sink);
extern RcsEntry *rcs_sink_entry(RcsSink *sink, int index);

/*
 * While a sink has no indexes (expected_rows), a key that an earlier batch may have brought cannot be looked up: the caller asks before
 * it adds a row, sets such rows aside, and adds them after rcs_sink_build_indexes. Both do nothing for other sinks.
 */
extern bool rcs_sink_suspects(const RcsSink *sink, uint64 key);
extern void rcs_sink_build_indexes(RcsSink *sink);

/* Decides the fate of each entry. */
extern void rcs_sink_resolve(RcsSink *sink);

/* Inserts the entries whose fate is RCS_NEW and gives them ids, empties the batch. */
extern void rcs_sink_write(RcsSink *sink);

/* Ids given so far; count 0 when there are none. */
extern void rcs_sink_range(const RcsSink *sink, int64 *first_id, int64 *last_id, int64 *count);

extern void rcs_sink_close(RcsSink *sink);

/* A numeric of a decimal, with its scale as display scale, at place (RCS_NUMERIC_BYTES of them, MAXALIGNed). */
#define RCS_NUMERIC_BYTES 32
extern Datum rcs_decimal_to_numeric(RcDecimal value, char *place);

#endif
