/*
 * xlsx_sheet.c - the rows of a sheet of an Excel workbook.
 */
#include "xlsx_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "sheet_row.h"
#include "xlsx_book.h"
#include "xml.h"

/* Elements of a sheet, as far as they matter. */
typedef enum Element
{
	OTHER,
	SHEET_DATA,
	ROW,
	CELL,
	VALUE,
	FORMULA,
	INLINE,
	RUN,
	TEXT
} Element;

typedef enum CellType
{
	CELL_NUMBER,
	CELL_SHARED,
	CELL_TEXT,					/* inline, or the text of a formula */
	CELL_BOOLEAN,
	CELL_LITERAL				/* an error, or a date in ISO form */
} CellType;

typedef struct Xlsx
{
	const RcAllocator *allocator;
	RcXlsxBook	book;
	RcXml	   *xml;
	bool		header;			/* the root was seen */
	uint32_t	depth;
	Element		elements[RC_XML_MAX_DEPTH + 1];

	RcSheetRow	row;			/* being read */

	/* the cell being read */
	uint32_t	column;			/* 1-based, 0: none yet */
	CellType	type;
	RcXlsxKind	kind;
	bool		has_formula;
	bool		has_value;
	RcField		value;
} Xlsx;

static bool
read_number(const char *text, uint32_t limit, uint32_t *number)
{
	uint32_t	result = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++)
	{
		if (*text < '0' || *text > '9')
			return false;
		result = result * 10 + (uint32_t) (*text - '0');
		if (result > limit)
			return false;
	}
	*number = result;
	return true;
}

static void
begin_row(Xlsx *xlsx, const char **attributes)
{
	const char *number = rc_xml_attribute(attributes, "r");
	uint32_t	last = xlsx->row.number;
	uint32_t	row = last + 1;

	if (row > RC_SHEET_MAX_ROWS || (number && (!read_number(number, RC_SHEET_MAX_ROWS, &row) || row <= last)))
	{
		rc_xml_fail(xlsx->xml, RC_BAD_STRUCTURE, "row \"%.20s\" of the sheet comes after row %u", number ? number : "", last);
		return;
	}
	rc_sheet_row_begin(&xlsx->row, row, rc_xml_byte(xlsx->xml));
	xlsx->column = 0;
}

static void
set_type(Xlsx *xlsx, const char *type)
{
	if (strcmp(type, "s") == 0)
		xlsx->type = CELL_SHARED;
	else if (strcmp(type, "n") == 0)
		xlsx->type = CELL_NUMBER;
	else if (strcmp(type, "str") == 0 || strcmp(type, "inlineStr") == 0)
		xlsx->type = CELL_TEXT;
	else if (strcmp(type, "b") == 0)
		xlsx->type = CELL_BOOLEAN;
	else if (strcmp(type, "e") == 0 || strcmp(type, "d") == 0)
		xlsx->type = CELL_LITERAL;
	else
		rc_xml_fail(xlsx->xml, RC_BAD_STRUCTURE, "a cell is of the unknown type \"%.20s\"", type);
}

static void
begin_cell(Xlsx *xlsx, const char **attributes)
{
	xlsx->column++;
	xlsx->type = CELL_NUMBER;
	xlsx->kind = RC_XLSX_NUMBER;
	xlsx->has_formula = xlsx->has_value = false;
	for (; attributes[0]; attributes += 2)
	{
		const char *value = attributes[1];
		uint32_t	number;

		if (attributes[0][0] == '\0' || attributes[0][1] != '\0')
			continue;
		switch (attributes[0][0])
		{
			case 'r':
				if (!rc_xlsx_reference(value, &xlsx->column, &number) || number != xlsx->row.number)
				{
					xlsx->column = 0;
					rc_xml_fail(xlsx->xml, RC_BAD_STRUCTURE, "cell \"%.20s\" in row %u is no cell of that row", value, xlsx->row.number);
					return;
				}
				break;
			case 's':
				if (read_number(value, RC_XLSX_MAX_STYLES, &number) && number < xlsx->book.kind_count)
					xlsx->kind = xlsx->book.kinds[number];
				break;
			case 't':
				set_type(xlsx, value);
				break;
			default:
				break;
		}
	}
}

static void
on_start(void *context, const char *name, const char **attributes)
{
	Xlsx	   *xlsx = context;
	Element		element = OTHER;

	switch (xlsx->elements[xlsx->depth++])
	{
		case ROW:
			if (name[0] == 'c' && name[1] == '\0')
			{
				element = CELL;
				begin_cell(xlsx, attributes);
			}
			break;
		case CELL:
			if (name[0] == 'v' && name[1] == '\0')
			{
				element = VALUE;
				rc_xml_collect(xlsx->xml);
			}
			else if (name[0] == 'f' && name[1] == '\0')
			{
				element = FORMULA;
				xlsx->has_formula = true;
			}
			else if (strcmp(name, "is") == 0)
			{
				element = INLINE;
				rc_xml_collect(xlsx->xml);
				rc_xml_skip_text(xlsx->xml, true);
			}
			break;
		case SHEET_DATA:
			if (strcmp(name, "row") == 0)
			{
				element = ROW;
				begin_row(xlsx, attributes);
			}
			break;
		case INLINE:
		case RUN:
			if (name[0] == 't' && name[1] == '\0')
			{
				element = TEXT;
				rc_xml_skip_text(xlsx->xml, false);
			}
			else if (name[0] == 'r' && name[1] == '\0')
				element = RUN;
			break;
		default:
			if (xlsx->depth == 1 && strcmp(name, "worksheet") != 0)
				rc_xml_fail(xlsx->xml, RC_BAD_STRUCTURE, "the sheet is not a sheet but \"%.40s\"", name);
			if (xlsx->depth == 2 && strcmp(name, "sheetData") == 0)
				element = SHEET_DATA;
			break;
	}
	xlsx->elements[xlsx->depth] = element;
}

/* Keeps the value of the current cell. */
static void
put(Xlsx *xlsx, const char *text, size_t length, bool unescape)
{
	RcStatus	status;
	char	   *copy = rc_sheet_row_put(&xlsx->row, xlsx->column, text, length, &status);

	if (!copy && length > 0)
		rc_xml_fail_with(xlsx->xml, &status);
	else if (copy && unescape)
		rc_sheet_row_shorten(&xlsx->row, xlsx->column, rc_xlsx_unescape(copy, length));
}

static void
end_cell(Xlsx *xlsx)
{
	const char *text = xlsx->value.data;
	size_t		length = xlsx->value.length;
	char		buffer[RC_XLSX_VALUE_BYTES];

	if (!xlsx->has_value)
	{
		if (xlsx->has_formula)
		{
			RcStatus	status;

			rc_status_reset(&status);
			rc_fail(&status, RC_BAD_VALUE, "the formula in the cell has no stored value");
			rc_hint(&status, "Open the workbook in Excel and save it, so that it stores what its formulas give.");
			rc_xml_fail_with(xlsx->xml, &status);
		}
		return;
	}
	switch (xlsx->type)
	{
		case CELL_SHARED:
			{
				uint32_t	index = 0;
				size_t		at = 0;

				for (; at < length && text[at] >= '0' && text[at] <= '9' && index < UINT32_MAX / 10 - 1; at++)
					index = index * 10 + (uint32_t) (text[at] - '0');
				if (length == 0 || at < length || index >= rc_xlsx_strings_count(xlsx->book.strings))
				{
					rc_xml_fail(xlsx->xml, RC_BAD_STRUCTURE, "the workbook has no shared string %.*s", length > 20 ? 20 : (int) length, text);
					return;
				}
				xlsx->value = rc_xlsx_strings_get(xlsx->book.strings, index);
				put(xlsx, xlsx->value.data, xlsx->value.length, false);
				break;
			}
		case CELL_NUMBER:
			{
				size_t		made = xlsx->kind == RC_XLSX_NUMBER ? 0 : rc_xlsx_date(text, length, xlsx->kind, xlsx->book.from_1904, buffer);

				if (made == 0)
					made = rc_xlsx_number(text, length, buffer);
				if (made > 0)
					put(xlsx, buffer, made, false);
				else
					put(xlsx, text, length, false);
				break;
			}
		case CELL_TEXT:
			put(xlsx, text, length, true);
			break;
		case CELL_BOOLEAN:
			if (length == 1 && (text[0] == '1' || text[0] == '0'))
				put(xlsx, text[0] == '1' ? "TRUE" : "FALSE", text[0] == '1' ? 4 : 5, false);
			else
				put(xlsx, text, length, false);
			break;
		case CELL_LITERAL:
			put(xlsx, text, length, false);
			break;
	}
}

static void
on_end(void *context)
{
	Xlsx	   *xlsx = context;

	switch (xlsx->elements[xlsx->depth--])
	{
		case VALUE:
		case INLINE:
			xlsx->value = rc_xml_text(xlsx->xml);
			xlsx->has_value = true;
			break;
		case TEXT:
			rc_xml_skip_text(xlsx->xml, true);
			break;
		case CELL:
			end_cell(xlsx);
			break;
		case ROW:
			xlsx->column = 0;
			if (xlsx->row.filled > 0)
				rc_xml_pause(xlsx->xml);
			break;
		default:
			break;
	}
}

static RcCode
xlsx_next(void *state, RcRecord *record, RcStatus *status)
{
	Xlsx	   *xlsx = state;
	RcCode		code = rc_xml_next(xlsx->xml, status);

	if (code == RC_OK)
		rc_sheet_row_record(&xlsx->row, record);
	else if (code != RC_END)
	{
		/* the line in the XML of the sheet tells nobody anything */
		status->line = xlsx->row.number;
		status->column = xlsx->column;
		status->byte = UINT64_MAX;
	}
	return code;
}

static void
xlsx_close(void *state)
{
	Xlsx	   *xlsx = state;

	rc_xml_close(xlsx->xml);
	rc_xlsx_book_free(&xlsx->book);
	rc_archive_close(xlsx->book.archive);
	rc_sheet_row_free(&xlsx->row);
	rc_release(xlsx->allocator, xlsx);
}

RcCode
rc_xlsx_open_archive(RcArchive *archive, const char *sheet, const RcAllocator *allocator, void **state, RcStatus *status)
{
	Xlsx	   *xlsx = rc_allocate_zero(allocator, sizeof(*xlsx));
	RcXmlHandler handler = {on_start, on_end, xlsx};
	RcInput		input;
	RcCode		code;

	if (!xlsx)
	{
		rc_archive_close(archive);
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	}
	xlsx->allocator = allocator;
	xlsx->book.allocator = allocator;
	xlsx->book.archive = archive;
	rc_sheet_row_init(&xlsx->row, allocator);
	code = rc_xlsx_book_read(&xlsx->book, sheet, status);
	if (code == RC_OK)
		code = rc_archive_read(archive, xlsx->book.sheet, &input, status);
	if (code == RC_OK)
		code = rc_xml_open(&xlsx->xml, &input, NULL, &handler, allocator, status);
	if (code != RC_OK)
	{
		xlsx_close(xlsx);
		return code;
	}
	*state = xlsx;
	return RC_OK;
}

static RcCode
xlsx_open(RcSource *source, void **state, RcStatus *status)
{
	RcArchive  *archive;
	RcCode		code = rc_archive_open(&archive, &source->input, source->allocator, status);

	if (code != RC_OK)
		return code;
	if (!rc_xlsx_is_book(archive))
	{
		rc_archive_close(archive);
		return rc_fail(status, RC_UNKNOWN_FORMAT, "the ZIP archive is not an Excel workbook");
	}
	source->encoding = "UTF8";
	return rc_xlsx_open_archive(archive, source->options->sheet, source->allocator, state, status);
}

static void
xlsx_progress(const void *state, uint64_t *done, uint64_t *total)
{
	rc_archive_progress(((const Xlsx *) state)->book.archive, done, total);
}

/* The first entry of an archive tells a workbook from other archives. */
static int
xlsx_sniff(const char *head, size_t length)
{
	static const char *const beginnings[] = {"[Content_Types].xml", "_rels/", "xl/", "docProps/"};
	size_t		name_length;

	if (length < 30 || memcmp(head, "PK\003\004", 4) != 0)
		return 0;
	name_length = (unsigned char) head[26] | (size_t) (unsigned char) head[27] << 8;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
	{
		size_t		size = strlen(beginnings[i]);

		if (name_length >= size && length - 30 >= size && memcmp(head + 30, beginnings[i], size) == 0)
			return 100;
	}
	return 0;
}

const RcContainer rc_xlsx_container = {
	.name = "xlsx",
	.sniff = xlsx_sniff,
	.open = xlsx_open,
	.next = xlsx_next,
	.close = xlsx_close,
	.progress = xlsx_progress
};
