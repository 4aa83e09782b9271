/*
 * csv.c - delimited text: CSV in its dialects, and TAB-separated files.
 */
#include "csv.h"

#include <csv.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "../base/text.h"

#define DETECT_BYTES ((size_t) 64 * 1024)
#define MAX_WIDTH 256			/* wider lines count as this wide when the delimiter is looked for */

typedef struct Csv
{
	RcSource   *source;
	const RcAllocator *allocator;
	char		delimiter;
	char		quote;			/* 0: none */

	/* the decoded text at hand */
	const char *window;
	size_t		length;
	size_t		at;				/* of the next record */
	uint64_t	base;			/* offset in the text of window[0] */
	uint64_t	line;			/* of window[at], 1-based */
	bool		at_end;			/* no text follows the window */
	RcStatus	fault;			/* what ended reading; code RC_OK: nothing yet */

	/* the record being read */
	uint32_t	field_count;
	RcField		fields[RC_MAX_COLUMNS];

	/* for records with quotes: fields follow one another in unquoted, each up to its end */
	struct csv_parser parser;
	bool		record_done;
	RcCode		callback_code;
	RcBuffer	unquoted;
	uint32_t	ends[RC_MAX_COLUMNS];
} Csv;

/*
 * libcsv's memory functions take no context, so the allocator in use is set around each call into it. PostgreSQL runs no threads; tests may.
 */
static _Thread_local const RcAllocator *libcsv_allocator;

static void *
libcsv_resize(void *pointer, size_t size)
{
	return rc_resize(libcsv_allocator, pointer, size);
}

static void
libcsv_release(void *pointer)
{
	rc_release(libcsv_allocator, pointer);
}

/* Blanks belong to the field. */
static int
never_a_space(unsigned char character)
{
	(void) character;
	return 0;
}

/* Sets the place of an error that csv itself found; at is an offset in the window. */
static RcCode
place(Csv *csv, RcStatus *status, size_t at, uint64_t line, uint32_t column)
{
	status->byte = rc_charset_file_offset(csv->source->charset, csv->base + at);
	status->line = line;
	status->column = column;
	return status->code;
}

static RcCode
no_memory(RcStatus *status)
{
	return rc_fail(status, RC_NO_MEMORY, "out of memory");
}

/* The field in which the window, which begins with a record, ends. */
static uint32_t
column_of_end(const Csv *csv)
{
	uint32_t	column = 1;
	size_t		field = 0;
	bool		quoted = false;

	for (size_t i = 0; i < csv->length; i++)
	{
		char		character = csv->window[i];

		if (csv->quote && character == csv->quote)
			quoted = quoted ? false : i == field || csv->window[i - 1] == csv->quote;
		else if (!quoted && character == csv->delimiter)
		{
			column++;
			field = i + 1;
		}
		else if (!quoted && (character == '\n' || character == '\r'))
		{
			column = 1;
			field = i + 1;
		}
	}
	return column;
}

/* Moves the window so that it begins at the current record, and adds text. */
static RcCode
fill(Csv *csv, RcStatus *status)
{
	RcCode		code = rc_charset_fill(csv->source->charset, csv->at, &csv->window, &csv->length, status);

	csv->base += csv->at;
	csv->at = 0;
	if (code == RC_END)
	{
		csv->at_end = true;
		return RC_OK;
	}
	if (code == RC_BAD_ENCODING && status->line == 0)
	{
		status->line = csv->line + rc_count_line_ends(csv->window, csv->length);
		status->column = csv->delimiter ? column_of_end(csv) : 0;
	}
	return code;
}

/* Offset of the first LF or CR at or after from; the length when there is none. */
static size_t
find_line_end(const char *text, size_t from, size_t length)
{
	size_t		at = from;

#ifdef __SSE2__
	const __m128i line_feed = _mm_set1_epi8('\n');
	const __m128i carriage_return = _mm_set1_epi8('\r');

	for (; length - at >= 16; at += 16)
	{
		__m128i		bytes = _mm_loadu_si128((const __m128i *) (text + at));
		int			found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, line_feed), _mm_cmpeq_epi8(bytes, carriage_return)));

		if (found)
			return at + (size_t) __builtin_ctz((unsigned int) found);
	}
#endif
	while (at < length && text[at] != '\n' && text[at] != '\r')
		at++;
	return at;
}

/* Size of the line end at an offset: 1 for LF and lone CR, 2 for CRLF, 0 when only more text can tell. */
static size_t
line_end_size(const Csv *csv, size_t at)
{
	if (csv->window[at] == '\n')
		return 1;
	if (at + 1 < csv->length)
		return csv->window[at + 1] == '\n' ? 2 : 1;
	return csv->at_end ? 1 : 0;
}

static RcCode
too_many_columns(Csv *csv, RcStatus *status, size_t at, uint64_t line)
{
	rc_fail(status, RC_TOO_LARGE, "record has more than %d columns", RC_MAX_COLUMNS);
	return place(csv, status, at, line, RC_MAX_COLUMNS + 1);
}

static RcCode
field_too_long(Csv *csv, RcStatus *status, size_t at, uint64_t line, uint32_t column)
{
	rc_fail(status, RC_TOO_LARGE, "field is longer than %d bytes", RC_MAX_FIELD_BYTES);
	return place(csv, status, at, line, column);
}

static RcCode
record_too_long(Csv *csv, RcStatus *status, size_t at, uint64_t line)
{
	rc_fail(status, RC_TOO_LARGE, "record is longer than %d bytes", RC_MAX_RECORD_BYTES);
	return place(csv, status, at, line, 0);
}

/* What a scan for the end of a plain line came upon. */
typedef enum Scan
{
	SCAN_LINE,					/* the line is split */
	SCAN_QUOTE,					/* a quote: libcsv must have a look */
	SCAN_MORE,					/* the window ends within the line */
	SCAN_TOO_WIDE
} Scan;

/*
 * Splits the line at csv->at in place. *end becomes the offset of its line end (of the window's end for SCAN_MORE).
 */
static Scan
scan_line(Csv *csv, size_t *end)
{
	const char *text = csv->window;
	size_t		length = csv->length;
	size_t		at = csv->at;
	size_t		field = at;
	uint32_t	count = 0;
	char		delimiter = csv->delimiter;
	char		quote = csv->quote ? csv->quote : '\n';
	unsigned int found = 0;
	size_t		block = at;		/* where the bits of found begin */

#ifdef __SSE2__
	const __m128i delimiters = _mm_set1_epi8(delimiter);
	const __m128i quotes = _mm_set1_epi8(quote);
	const __m128i line_feeds = _mm_set1_epi8('\n');
	const __m128i carriage_returns = _mm_set1_epi8('\r');
#endif

	for (;;)
	{
		char		character;

#ifdef __SSE2__
		while (found == 0 && length - at >= 16)
		{
			__m128i		bytes = _mm_loadu_si128((const __m128i *) (text + at));
			__m128i		hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_cmpeq_epi8(bytes, quotes)),
											_mm_or_si128(_mm_cmpeq_epi8(bytes, line_feeds), _mm_cmpeq_epi8(bytes, carriage_returns)));

			found = (unsigned int) _mm_movemask_epi8(hits);
			block = at;
			at += 16;
		}
#endif
		/* position of the next byte that matters, from the bits of a block or, near the window's end, one by one */
		size_t		hit;

		if (found)
		{
			hit = block + (size_t) __builtin_ctz(found);
			found &= found - 1;
			character = text[hit];
		}
		else
		{
			character = 0;
			for (hit = at; hit < length; hit++)
			{
				character = text[hit];
				if (character == delimiter || character == quote || character == '\n' || character == '\r')
					break;
			}
			if (hit == length)
			{
				csv->fields[count] = (RcField) {text + field, (uint32_t) (length - field)};
				csv->field_count = count + 1;
				*end = length;
				return SCAN_MORE;
			}
			at = hit + 1;
		}

		csv->fields[count] = (RcField) {text + field, (uint32_t) (hit - field)};
		field = hit + 1;
		if (character == delimiter)
		{
			if (++count == RC_MAX_COLUMNS)
			{
				csv->field_count = count;
				*end = hit;
				return SCAN_TOO_WIDE;
			}
			continue;
		}
		csv->field_count = count + 1;
		*end = hit;
		return character == '\n' || character == '\r' ? SCAN_LINE : SCAN_QUOTE;
	}
}

/* Column of the first field that is too long, 0 when none is. */
static uint32_t
long_field(const Csv *csv)
{
	for (uint32_t i = 0; i < csv->field_count; i++)
	{
		if (csv->fields[i].length > RC_MAX_FIELD_BYTES)
			return i + 1;
	}
	return 0;
}

static void
take_field(void *data, size_t length, void *context)
{
	Csv		   *csv = context;

	if (csv->callback_code != RC_OK)
		return;
	if (csv->field_count == RC_MAX_COLUMNS || length > RC_MAX_FIELD_BYTES)
		csv->callback_code = RC_TOO_LARGE;
	else if (!rc_buffer_append(&csv->unquoted, data, length))
		csv->callback_code = RC_NO_MEMORY;
	else
		csv->ends[csv->field_count++] = (uint32_t) csv->unquoted.length;
}

static void
end_record(int character, void *context)
{
	(void) character;
	((Csv *) context)->record_done = true;
}

/*
 * How many blanks at the beginning of a piece merely pad a closing quote: those before a delimiter or a line end. WeChat and HSBC write "123"<TAB>,
 * which libcsv, told that blanks are data, refuses.
 */
static size_t
padding_size(const Csv *csv, const char *piece, size_t size)
{
	size_t		blanks = 0;

	while (blanks < size && (piece[blanks] == ' ' || piece[blanks] == '\t'))
		blanks++;
	if (blanks == size || piece[blanks] == csv->delimiter || piece[blanks] == '\n' || piece[blanks] == '\r')
		return blanks;
	return 0;
}

/* Is the field that libcsv is in an identifier as spreadsheets like it, ="123"? Its quotes are characters like others. */
static bool
in_wrapped_id(const Csv *csv)
{
	const struct csv_parser *parser = &csv->parser;

	return !parser->quoted && parser->entry_pos > 0 && parser->entry_buf[0] == '=' &&
		(parser->entry_pos == 1 || parser->entry_buf[1] == (unsigned char) csv->quote);
}

/*
 * The length of the rest of a field that is not quoted, when the quotes in it come in pairs: WeChat writes titles such as 打开"多多视频" so. Text must
 * stand before the first of them: behind blanks a quote is more likely one that should have quoted the field. 0: a quote stands alone.
 */
static size_t
paired_quotes(const Csv *csv, const char *piece, size_t size)
{
	const struct csv_parser *parser = &csv->parser;
	size_t		length = 0;
	int			quotes = 0;
	bool		text = false;

	for (size_t i = 0; i < parser->entry_pos && !text; i++)
		text = parser->entry_buf[i] != ' ' && parser->entry_buf[i] != '\t';
	if (parser->quoted || !text)
		return 0;
	for (; length < size && piece[length] != csv->delimiter && piece[length] != '\n' && piece[length] != '\r'; length++)
		if (piece[length] == csv->quote)
			quotes++;
	return quotes % 2 == 0 ? length : 0;
}

/* Feeds libcsv a piece that begins at an offset of the window and lies on one line. */
static RcCode
feed(Csv *csv, const char *piece, size_t size, size_t at, uint64_t line, RcStatus *status)
{
	size_t		eaten = 0;
	size_t		padding;

	libcsv_allocator = csv->allocator;
	do
	{
		eaten += csv_parse(&csv->parser, piece + eaten, size - eaten, take_field, end_record, csv);

		/* libcsv stops behind the closing quote and can go on from there */
		padding = eaten < size && csv->callback_code == RC_OK && csv_error(&csv->parser) == CSV_EPARSE && csv->parser.quoted ?
			padding_size(csv, piece + eaten, size - eaten) : 0;
		eaten += padding;
		if (eaten < size && csv->callback_code == RC_OK && csv_error(&csv->parser) == CSV_EPARSE && piece[eaten] == csv->quote)
		{
			size_t		bare = in_wrapped_id(csv) ? 1 : paired_quotes(csv, piece + eaten, size - eaten);

			/* libcsv takes such quotes as they are when it is not strict. */
			csv->parser.options &= ~CSV_STRICT;
			padding = bare == 0 ? 0 : csv_parse(&csv->parser, piece + eaten, bare, take_field, end_record, csv);
			csv->parser.options |= CSV_STRICT;
			eaten += padding;
		}
	} while (padding > 0 && eaten < size);
	libcsv_allocator = NULL;

	if (csv->callback_code == RC_NO_MEMORY || (eaten < size && csv_error(&csv->parser) == CSV_ENOMEM))
		return no_memory(status);
	if (csv->callback_code == RC_TOO_LARGE)
		return csv->field_count == RC_MAX_COLUMNS ? too_many_columns(csv, status, at, line) :
			field_too_long(csv, status, at, line, csv->field_count + 1);
	if (eaten < size)
	{
		if (csv->parser.quoted)
			rc_fail(status, RC_BAD_STRUCTURE, "text follows the closing quote of a field");
		else
			rc_fail(status, RC_BAD_STRUCTURE, "quote within a field that is not quoted");
		rc_hint(status, "A quote inside a quoted field is written twice.");
		return place(csv, status, at + eaten, line, csv->field_count + 1);
	}
	if (csv->parser.entry_pos > RC_MAX_FIELD_BYTES)
	{
		if (csv->parser.quoted)
			rc_hint(status, "A closing quote may be missing.");
		return field_too_long(csv, status, at, line, csv->field_count + 1);
	}
	return RC_OK;
}

/* Reads the record at csv->at, which has quotes and may span lines. *end and *next are its end and the next record's beginning. */
static RcCode
read_quoted(Csv *csv, size_t *end, size_t *next, uint64_t *lines, RcStatus *status)
{
	size_t		fed = 0;		/* bytes of the record that libcsv has had */
	size_t		searched = 0;	/* bytes of the record known to hold no line end, beyond fed */
	uint64_t	quote_line = csv->line; /* where the field that is open began */

	*lines = 0;
	csv->field_count = 0;
	csv->record_done = false;
	csv->callback_code = RC_OK;
	rc_buffer_clear(&csv->unquoted);
	for (;;)
	{
		size_t		begin = csv->at + fed;
		size_t		line_end = find_line_end(csv->window, csv->at + (searched > fed ? searched : fed), csv->length);
		size_t		size = line_end < csv->length ? line_end_size(csv, line_end) : 0;
		uint32_t	fields_before = csv->field_count;
		RcCode		code;

		if (size == 0 && !csv->at_end)
		{
			if (line_end - csv->at > RC_MAX_RECORD_BYTES)
				return record_too_long(csv, status, csv->at, csv->line);
			searched = line_end - csv->at;
			code = fill(csv, status);
			if (code != RC_OK)
				return code;
			continue;
		}
		if (begin == csv->length)
		{
			/* only an open quote gets here: the text ended with a line end that belonged to the field */
			rc_fail(status, RC_BAD_STRUCTURE, "quoted field is not closed at the end of the file");
			return place(csv, status, csv->length, quote_line, csv->field_count + 1);
		}
		code = feed(csv, csv->window + begin, line_end + size - begin, begin, csv->line + *lines, status);
		if (code == RC_OK && size == 0)
		{
			/* the last line has no line end; inside a quote this one becomes part of a field that is refused anyway */
			code = feed(csv, "\n", 1, line_end, csv->line + *lines, status);
		}
		if (code != RC_OK)
			return code;
		*lines += 1;
		fed = line_end + size - csv->at;
		if (line_end - csv->at > RC_MAX_RECORD_BYTES)
			return record_too_long(csv, status, csv->at, csv->line);
		if (csv->record_done)
		{
			*end = line_end;
			*next = line_end + size;
			return RC_OK;
		}
		if (csv->field_count > fields_before)
			quote_line = csv->line + *lines - 1;
	}
}

/* Reads the next record, whatever it takes. */
static RcCode
read_record(Csv *csv, RcRecord *record, RcStatus *status)
{
	size_t		end = 0;
	size_t		next = 0;
	uint64_t	lines = 1;
	uint32_t	column;
	RcCode		code;

	for (;;)
	{
		Scan		scan = scan_line(csv, &end);
		size_t		size = 0;

		if (scan == SCAN_QUOTE)
		{
			code = read_quoted(csv, &end, &next, &lines, status);
			if (code != RC_OK)
				return code;
			for (uint32_t i = 0, begin = 0; i < csv->field_count; begin = csv->ends[i], i++)
				csv->fields[i] = (RcField) {csv->unquoted.data + begin, csv->ends[i] - begin};
			break;
		}
		if ((column = long_field(csv)) != 0)
			return field_too_long(csv, status, (size_t) (csv->fields[column - 1].data - csv->window), csv->line, column);
		if (scan == SCAN_TOO_WIDE)
			return too_many_columns(csv, status, end, csv->line);
		if (end - csv->at > RC_MAX_RECORD_BYTES)
			return record_too_long(csv, status, csv->at, csv->line);
		if (scan == SCAN_LINE)
			size = line_end_size(csv, end);
		if (size == 0 && !csv->at_end)
		{
			code = fill(csv, status);
			if (code != RC_OK)
				return code;
			continue;
		}
		if (size == 0 && end == csv->at)
			return RC_END;
		next = end + size;
		if (end > csv->at)
			break;
		/* an empty line */
		csv->at = next;
		csv->line++;
	}

	record->fields = csv->fields;
	record->field_count = csv->field_count;
	record->line = csv->line;
	record->byte = csv->base + csv->at;
	record->raw = csv->window + csv->at;
	record->raw_length = end - csv->at;
	record->section = NULL;
	csv->at = next;
	csv->line += lines;
	return RC_OK;
}

static RcCode
csv_next(void *state, RcRecord *record, RcStatus *status)
{
	Csv		   *csv = state;
	RcCode		code;

	if (csv->fault.code != RC_OK)
	{
		*status = csv->fault;
		return csv->fault.code;
	}
	code = read_record(csv, record, status);
	if (code != RC_OK)
	{
		/* what follows a broken record cannot be trusted: every later call fails likewise */
		status->code = code;
		csv->fault = *status;
	}
	return code;
}

/* Does any field begin with a quote? */
static bool
quotes_begin_fields(const char *text, size_t length, char delimiter, char quote)
{
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == quote && (i == 0 || text[i - 1] == delimiter || text[i - 1] == '\n' || text[i - 1] == '\r'))
			return true;
	}
	return false;
}

static void
csv_close(void *state)
{
	Csv		   *csv = state;

	libcsv_allocator = csv->allocator;
	csv_free(&csv->parser);
	libcsv_allocator = NULL;
	rc_buffer_free(&csv->unquoted);
	rc_release(csv->allocator, csv);
}

static RcCode
csv_open(RcSource *source, void **state, RcStatus *status)
{
	Csv		   *csv = rc_allocate_zero(source->allocator, sizeof(*csv));
	RcCode		code;
	size_t		head;

	if (!csv)
		return no_memory(status);
	csv->source = source;
	csv->allocator = source->allocator;
	csv->line = 1;
	csv->quote = source->options->quote;
	rc_buffer_init(&csv->unquoted, csv->allocator);
	csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);

	code = fill(csv, status);
	if (code != RC_OK)
	{
		csv_close(csv);
		return code;
	}
	head = csv->length < DETECT_BYTES ? csv->length : DETECT_BYTES;
	csv->delimiter = source->options->delimiter;
	if (!csv->delimiter)
	{
		csv->delimiter = rc_csv_find_delimiter(csv->window, head, csv->at_end && head == csv->length, csv->quote);
		/* A format without quotes is one with TABs; the same table saved with another delimiter needs them. */
		if (csv->delimiter != '\t' && !csv->quote)
		{
			csv->quote = '"';
			csv->delimiter = rc_csv_find_delimiter(csv->window, head, csv->at_end && head == csv->length, csv->quote);
		}
	}
	/* TAB-separated exports rarely know quoting, so that 5" in a product name is an inch */
	if (csv->delimiter == '\t' && csv->quote && !quotes_begin_fields(csv->window, head, csv->delimiter, csv->quote))
		csv->quote = 0;
	source->delimiter = csv->delimiter;

	csv_set_delim(&csv->parser, (unsigned char) csv->delimiter);
	csv_set_quote(&csv->parser, (unsigned char) csv->quote);
	csv_set_space_func(&csv->parser, never_a_space);
	csv_set_blk_size(&csv->parser, 64 * 1024);	/* libcsv grows its field by this much at a time */
	csv_set_realloc_func(&csv->parser, libcsv_resize);
	csv_set_free_func(&csv->parser, libcsv_release);
	*state = csv;
	return RC_OK;
}

/* Any text can be CSV, so every other container that knows a file goes first. */
static int
csv_sniff(const char *head, size_t length)
{
	(void) head;
	(void) length;
	return 1;
}

const RcContainer rc_csv_container = {
	.name = "csv",
	.is_text = true,
	.sniff = csv_sniff,
	.open = csv_open,
	.next = csv_next,
	.close = csv_close
};

/* How a text falls into columns at one delimiter. */
typedef struct Columns
{
	char		delimiter;
	uint32_t	width;			/* the most frequent number of columns > 1 */
	uint32_t	lines;			/* how many lines are that wide */
} Columns;

/* Does a comma-separated text put a TAB behind its values, as Alipay's does? Then those before commas and line ends are no delimiters. */
static bool
has_padding(const char *text, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
	{
		if (text[i] == '\t' && text[i + 1] == ',')
			return true;
	}
	return false;
}

static bool
is_padding(const char *text, size_t at, size_t length)
{
	return at + 1 == length || text[at + 1] == ',' || text[at + 1] == '\n' || text[at + 1] == '\r' || (at > 0 && text[at - 1] == ',');
}

static Columns
count_columns(const char *text, size_t length, bool whole, char delimiter, char quote)
{
	uint32_t	lines_of_width[MAX_WIDTH + 1] = {0};
	Columns		result = {delimiter, 0, 0};
	uint32_t	width = 1;
	size_t		line = 0;
	size_t		field = 0;
	bool		quoted = false;
	bool		padded = delimiter == '\t' && has_padding(text, length);

	for (size_t i = 0; i <= length; i++)
	{
		char		character = i < length ? text[i] : '\n';

		if (i == length && (!whole || line == length))
			break;
		if (quoted && i < length)
		{
			if (character == quote && i + 1 < length && text[i + 1] == quote)
				i++;			/* a doubled quote */
			else if (character == quote)
				quoted = false;
			continue;
		}
		if (quote && character == quote && i == field)
		{
			quoted = true;
			continue;
		}
		if (character == '\n' || character == '\r')
		{
			if (i > line)
				lines_of_width[width < MAX_WIDTH ? width : MAX_WIDTH]++;
			width = 1;
			line = field = i + 1;
		}
		else if (character == delimiter && !(padded && is_padding(text, i, length)))
		{
			width++;
			field = i + 1;
		}
	}
	for (uint32_t i = 2; i <= MAX_WIDTH; i++)
	{
		if (lines_of_width[i] > 0 && lines_of_width[i] >= result.lines)
		{
			result.width = i;
			result.lines = lines_of_width[i];
		}
	}
	return result;
}

/*
 * Is a better than b? More lines of one width decide. Between equals, a comma may be a decimal mark in every line of a file delimited by
 * something else, while another character stands in every line of a comma-separated file only by chance, hence once.
 */
static bool
is_better(const Columns *a, const Columns *b)
{
	const Columns *other;

	if (a->lines != b->lines)
		return a->lines > b->lines;
	if (a->delimiter == ',' || b->delimiter == ',')
	{
		const Columns *comma = a->delimiter == ',' ? a : b;

		other = a->delimiter == ',' ? b : a;
		return (comma->width > 3 && other->width == 2) == (comma == a);
	}
	return a->width > b->width;
}

char
rc_csv_find_delimiter(const char *text, size_t length, bool whole, char quote)
{
	static const char candidates[] = {',', '\t', ';', '|'};
	Columns		best = {',', 0, 0};

	for (size_t i = 0; i < sizeof(candidates); i++)
	{
		Columns		columns = count_columns(text, length, whole, candidates[i], quote);

		if (columns.lines > 0 && (best.lines == 0 || is_better(&columns, &best)))
			best = columns;
	}
	return best.delimiter;
}
