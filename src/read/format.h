/*
 * format.h - a compiled mapping: which columns of a file mean what. Formats are rows of a table; the server compiles the
 * row's jsonb into an RcFormat by the calls below, the tests build one by hand.
 *
 *		format = rc_format_create(allocator, "my_bank", &rc_target_bank_line);
 *		column = rc_format_column(format, names, count, 0, &status);
 *		... fill format->fields[RC_BANK_AMOUNT] ...
 *		code = rc_format_finish(format, &status);
 *		rc_format_free(format);
 *
 * All strings and arrays come from rc_format_allocate and live as long as the format. Regular expressions are POSIX extended,
 * compiled by rc_format_regex, bounded in size and without back references, so that a file cannot make them run away.
 */
#ifndef RC_FORMAT_H
#define RC_FORMAT_H

#include "../base/memory.h"
#include "../base/money.h"
#include "../base/status.h"
#include "reader.h"
#include "target.h"

#define RC_MAX_REGEX_GROUPS 10
#define RC_MAX_CAPTURES 24
#define RC_MAX_LINES 24			/* settlement lines that one row can become */
#define RC_MAX_TRAILERS 12
#define RC_MAX_CHECKS 8
#define RC_MAX_CHOICES 32
#define RC_MAX_FORMAT_COLUMNS 400

/* A column of the file: any of these header names (compared normalised), or a position. */
typedef struct RcColumn
{
	const RcField *names;		/* as given, for messages */
	const RcField *keys;		/* normalised */
	int			name_count;
	int			position;		/* 1-based; 0: by name */
	bool		required;
	bool		used;			/* false: only listed as known to the format */
	bool		aside;			/* only looked at to leave rows out: no sign of the format */
	uint32_t	choices;		/* bits of the choices it is one of: of each, one column at least must be there */
} RcColumn;

/* A cell equals one of the values ("*" matches any run of bytes, "" an empty cell). */
typedef struct RcCondition
{
	int			column;
	bool		negate;
	const RcField *values;
	int			value_count;
} RcCondition;

/* All conditions hold; none: always. */
typedef struct RcWhen
{
	const RcCondition *conditions;
	int			count;
} RcWhen;

typedef struct RcMapEntry
{
	RcField		from;			/* may hold "*" */
	RcField		to;
} RcMapEntry;

typedef struct RcRegex RcRegex;

typedef enum RcSourceKind
{
	RC_FROM_NOTHING = 0,		/* only the default, if any */
	RC_FROM_COLUMNS,			/* the first of the columns that is not empty */
	RC_FROM_JOIN,				/* the columns joined by the separator */
	RC_FROM_TEMPLATE			/* text with {field}, {field:pattern}, {@column}, {captured} */
} RcSourceKind;

typedef enum RcSign
{
	RC_SIGN_KEEP = 0,
	RC_SIGN_REVERSE,
	RC_SIGN_POSITIVE,
	RC_SIGN_NEGATIVE
} RcSign;

/* Where the value of a field comes from, and how it is read. */
typedef struct RcExpression
{
	RcSourceKind kind;
	const int  *columns;
	int			column_count;
	RcField		separator;
	RcField		template_text;
	const int  *plus;			/* amounts: further columns to add, empty is 0 */
	int			plus_count;
	const int  *minus;			/* ... or to take off (the debit column) */
	int			minus_count;
	bool		split;			/* plus and minus are another way to state the amount, not parts of it; see evaluate_split */
	bool		absolute;		/* each cell's sign is dropped first */
	RcSign		sign;
	RcWhen		negate_when;
	bool		has_negate;
	int			unit;			/* number of implied decimals: 2 when the file counts in cents or fen */
	bool		exact;			/* more decimals than the currency has are kept */
	bool		required;
	RcField		fallback;		/* used when there is no value; data NULL: none */
	const RcField *nulls;		/* words that mean no value */
	int			null_count;
	const RcField *strip;		/* prefixes and suffixes to take off */
	int			strip_count;
	const RcRegex *regex;
	int			group;
	const char *const *patterns;	/* dates */
	int			pattern_count;
	const RcMapEntry *map;
	int			map_count;
	bool		map_strict;		/* a value outside the map is an error */
} RcExpression;

/* What one row becomes: field overrides on top of the format's fields. */
typedef struct RcLine
{
	const RcTarget *target;
	RcWhen		when;
	RcExpression *fields;		/* target->field_count of them */
	bool	   *given;			/* which of them override */
	bool		rest;			/* its amount is less those of the row's other lines */
} RcLine;

/* What must hold in a row: its parts add up to what it states itself, e.g. gross - fee - tax = net. */
typedef struct RcCheck
{
	RcWhen		when;
	bool		has_sum;		/* false: the parts are the lines that the row becomes */
	RcExpression sum;
	RcExpression equals;		/* no value: nothing to check in this row */
	RcDecimal	tolerance;		/* within it the platform has rounded */
} RcCheck;

/* A named value out of the lines around the table. */
typedef struct RcCaptureRule
{
	const RcRegex *regex;
	int			first_capture;	/* index of the name that group 1 sets; group 2 the next ... */
	int			capture_count;
} RcCaptureRule;

typedef struct RcTrailer
{
	RcField		name;
	RcField		starts;			/* the line begins so; data NULL: any */
	const RcRegex *regex;
	int			count_group;	/* 0: none */
	int			sum_group;
	int			column;			/* whose sum; -1 none */
	RcWhen		when;			/* which rows it covers */
	RcField		only_with;		/* when applies only if the trailer of this name is there; else it covers all rows */
	bool		absolute;		/* the signs of the two sums are not compared */
	bool		reverse;		/* the sum is taken off the control total */
	bool		uncounted;		/* the sum is compared only, it is no part of the control total */
} RcTrailer;

/* Natural key: alternatives, the first whose first part has a value is used. */
typedef enum RcKeyPartKind
{
	RC_KEY_FIELD, RC_KEY_COLUMN, RC_KEY_ROW
} RcKeyPartKind;
typedef struct RcKeyPart
{
	RcKeyPartKind kind;
	int			index;
} RcKeyPart;
typedef struct RcKey
{
	const RcKeyPart *parts;
	int			count;
	bool		has_amount;		/* the control amount is part of it, so that a known key cannot have another amount */
} RcKey;

typedef struct RcFormat
{
	const char *name;
	const RcTarget *target;
	bool		builtin;
	int			choice_count;
	bool		reads_zones;	/* some pattern of a time has a zone, which may be a name that only the server knows */
	bool		generic;		/* made of common words: chosen only where no format of its own fits */

	/* container */
	const char *container;
	const char *encoding;
	char		delimiter;
	char		quote;			/* 0: none */
	bool		quote_given;
	const char *platform;		/* code of the platform whose files these are, or NULL */

	/* the table's place */
	bool		headerless;
	int			shape_least,	/* headerless: so many columns tell the file; 0: nothing does */
				shape_most;
	int			skip_lines;		/* records before the table */
	RcField		comment;		/* records that begin so are not rows; data NULL: none */
	RcField		end;			/* text that a line after the rows must hold */
	const RcField *unless;		/* normalised names of columns whose presence tells that a file is not of this format */
	int			unless_count;
	bool		fill;			/* rows shorter than the header are filled with empty cells */
	bool		sum;			/* orders: each row states its own part of the order's amounts */

	RcColumn   *columns;
	int			column_count;
	RcExpression *fields;		/* target->field_count */
	char		decimals[4];	/* decimal marks allowed; one is chosen for a file */
	int			decimal_count;
	bool		parentheses;
	bool		trailing_sign;
	RcLine	   *lines;			/* none: one, of the fields alone */
	int			line_count;
	RcWhen	   *skip;			/* rows that mean nothing */
	int			skip_count;
	RcCheck    *checks;
	int			check_count;
	RcKey	   *keys;			/* none: the target's */
	int			key_count;
	RcKey	   *target_keys;	/* default key of each of rc_targets */

	/* around the table */
	const char *capture_names[RC_MAX_CAPTURES];
	int			capture_count;
	RcCaptureRule *captures;
	int			capture_rule_count;
	RcTrailer  *trailers;
	int			trailer_count;
	bool		trailer_required;

	/* a row that is the statement's header */
	bool		has_summary;
	bool		summary_required;
	RcWhen		summary_when;
	RcLine	   *summary_lines;
	int			summary_line_count;
	int			summary_total;	/* column that states the total; -1: none */
	const int  *summary_of;		/* columns whose sum it is */
	int			summary_of_count;

	RcField		payout_reference;	/* template for derived payouts; data NULL: the number without punctuation */

	/* memory */
	RcAllocator allocator;
	void	   *pieces;
	RcRegex    *regexes;
} RcFormat;

extern RcFormat *rc_format_create(const RcAllocator *allocator, const char *name, const RcTarget *target);
extern void rc_format_free(RcFormat *format);	/* NULL is fine */

/* Memory that lives as long as the format, zeroed; NULL when there is none. */
extern void *rc_format_allocate(RcFormat *format, size_t size);
/* A copy of text; data NULL when there is no memory. */
extern RcField rc_format_text(RcFormat *format, const char *text, size_t length);

/* The index of a column, made when it is new; -1 after an error. Names that share a normalised name share the column. */
extern int	rc_format_column(RcFormat *format, const RcField *names, int name_count, int position, RcStatus *status);

/* A compiled expression, NULL after an error (RC_BAD_VALUE: syntax, or a forbidden construct). */
extern const RcRegex *rc_format_regex(RcFormat *format, const char *pattern, RcStatus *status);

/* Index of a captured name, made when it is new; -1 when there are too many. */
extern int	rc_format_capture(RcFormat *format, const char *name);

/* Checks the whole and completes it (defaults, which columns are required); to be called once. */
extern RcCode rc_format_finish(RcFormat *format, RcStatus *status);

/* Runs an expression; groups[0 .. RC_MAX_REGEX_GROUPS - 1] tell where, data NULL where a group is absent. */
extern bool rc_regex_match(const RcRegex *regex, const char *text, size_t length, RcField *groups);
extern int	rc_regex_groups(const RcRegex *regex);

/*
 * Normalises a header name: outer blanks and quotes off, ASCII lower case, runs of blank _ - . as one blank, full-width ASCII as ASCII, Latin letters without
 * their accents. Writes at most
 * length bytes to buffer and returns their number.
 */
extern size_t rc_normalise_name(const char *name, size_t length, char *buffer);

/* Takes off what exports wrap values in: blanks, TABs, no-break and ideographic spaces, ="..", a leading ` and, where quote is true, a leading '. */
extern RcField rc_trim_cell(RcField cell, bool quote);

/* Whether text matches a pattern in which "*" stands for any run of bytes. */
extern bool rc_glob(RcField pattern, RcField text);

#endif
