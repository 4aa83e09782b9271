/*
 * ods.c - the rows of a sheet of an OpenDocument spreadsheet.
 *
 * All is in one part, content.xml: the styles, which tell hidden sheets, then the sheets one after another.
 */
#include "ods.h"

#include <stdio.h>
#include <string.h>

#include "ods_value.h"
#include "sheet_row.h"
#include "xlsx_value.h"
#include "xml.h"

#define MAX_REPEAT (16 * RC_SHEET_MAX_ROWS)	/* the largest sheets of LibreOffice */
#define MAX_HIDDEN_BYTES (64 * 1024)
#define NAME_BYTES 128

/* Elements, as far as they matter. */
typedef enum Element
{
	OTHER,						/* nothing in it matters */
	DOCUMENT,
	STYLES,
	STYLE,						/* of tables */
	BODY,
	SPREADSHEET,
	TABLE,						/* the sheet that is wanted, and groups of rows in it */
	ROW,
	CELL,
	PARAGRAPH,					/* and what is part of its text */
	UNSEEN						/* inside of a paragraph and no part of its text */
} Element;

typedef enum CellType
{
	CELL_TEXT,
	CELL_NUMBER,
	CELL_DATE,
	CELL_TIME,
	CELL_BOOLEAN
} CellType;

typedef struct Ods
{
	const RcAllocator *allocator;
	RcArchive  *archive;
	RcXml	   *xml;
	uint32_t	depth;
	Element		elements[RC_XML_MAX_DEPTH + 1];

	/* which sheet */
	char		wanted[NAME_BYTES];	/* "": the first that is not hidden */
	bool		found;
	RcBuffer	hidden;			/* names of styles, each with a NUL behind it */
	char		style[NAME_BYTES];	/* the one being read */
	char		names[RC_MESSAGE_SIZE];	/* of the sheets seen */

	RcSheetRow	row;			/* being read, or repeated */
	uint32_t	next_row;		/* number of the row that comes next, 1-based */
	uint32_t	row_repeat;
	uint32_t	repeats_left;	/* of the row that was handed out */
	uint64_t	repeated_bytes;

	/* the cell being read */
	uint32_t	column;			/* 1-based */
	uint32_t	cell_repeat;
	CellType	type;
	bool		has_formula;
	bool		has_value;		/* an attribute with it */
	bool		has_paragraph;
	RcBuffer	value;
} Ods;

static void
fail_with_hint(Ods *ods, RcCode code, const char *message, const char *hint)
{
	RcStatus	status;

	rc_status_reset(&status);
	rc_fail(&status, code, "%s", message);
	rc_hint(&status, "%s", hint);
	rc_xml_fail_with(ods->xml, &status);
}

/* How often an element is there; 1 when nothing is said. */
static uint32_t
repetitions(Ods *ods, const char **attributes, const char *name)
{
	const char *value = rc_xml_attribute(attributes, name);
	uint32_t	count = 1;

	if (value && (!rc_ods_count(value, MAX_REPEAT, &count) || count == 0))
	{
		rc_xml_fail(ods->xml, RC_BAD_STRUCTURE, "\"%.20s\" is no number of repetitions", value);
		count = 1;
	}
	return count;
}

/* ---- which sheet ---- */

static void
note_hidden(Ods *ods, const char **attributes)
{
	const char *display = rc_xml_attribute(attributes, "display");
	size_t		length = strlen(ods->style);

	if (!display || strcmp(display, "false") != 0)
		return;
	if (ods->hidden.length + length > MAX_HIDDEN_BYTES)
		rc_xml_fail(ods->xml, RC_TOO_LARGE, "the spreadsheet has more styles of hidden sheets than %d bytes hold", MAX_HIDDEN_BYTES);
	else if (!rc_buffer_append(&ods->hidden, ods->style, length + 1))
		rc_xml_fail(ods->xml, RC_NO_MEMORY, "out of memory");
}

static bool
is_hidden(const Ods *ods, const char *style)
{
	for (size_t at = 0; style && at < ods->hidden.length; at += strlen(ods->hidden.data + at) + 1)
	{
		if (strcmp(ods->hidden.data + at, style) == 0)
			return true;
	}
	return false;
}

/* Is this the sheet that is wanted? */
static bool
choose_sheet(Ods *ods, const char **attributes)
{
	const char *name = rc_xml_attribute(attributes, "name");
	size_t		used = strlen(ods->names);

	if (!name || ods->found)
		return false;
	snprintf(ods->names + used, sizeof(ods->names) - used, "%s%.100s", used > 0 ? ", " : "", name);
	ods->names[rc_utf8_cut(ods->names, strlen(ods->names), 200)] = '\0';
	ods->found = ods->wanted[0] ? strcmp(name, ods->wanted) == 0 : !is_hidden(ods, rc_xml_attribute(attributes, "style-name"));
	return ods->found;
}

/* ---- rows and cells ---- */

static void
begin_row(Ods *ods, const char **attributes)
{
	rc_sheet_row_begin(&ods->row, ods->next_row, rc_xml_byte(ods->xml));
	ods->row_repeat = repetitions(ods, attributes, "number-rows-repeated");
	ods->column = rc_xml_failed(ods->xml) ? 0 : 1;
}

/* Rows without a value cost nothing, however many there are; the others have to lie in a sheet of the largest size. */
static void
end_row(Ods *ods)
{
	bool		beyond = ods->row_repeat > RC_SHEET_MAX_ROWS || ods->row.number + ods->row_repeat - 1 > RC_SHEET_MAX_ROWS;

	ods->column = 0;
	ods->next_row = beyond ? RC_SHEET_MAX_ROWS + 1 : ods->row.number + ods->row_repeat;
	if (ods->row.filled == 0)
		return;
	ods->repeated_bytes += (uint64_t) (ods->row_repeat - 1) * (ods->row.out.length + ods->row.width);
	if (beyond)
		rc_xml_fail(ods->xml, RC_TOO_LARGE, "the sheet has more than %d rows", RC_SHEET_MAX_ROWS);
	else if (ods->repeated_bytes > RC_ODS_MAX_REPEATED)
		rc_xml_fail(ods->xml, RC_TOO_LARGE, "repeated rows of the sheet add more than %d MB", (int) (RC_ODS_MAX_REPEATED >> 20));
	else
	{
		ods->repeats_left = ods->row_repeat - 1;
		rc_xml_pause(ods->xml);
	}
}

static void
set_type(Ods *ods, const char *type)
{
	if (strcmp(type, "float") == 0 || strcmp(type, "currency") == 0 || strcmp(type, "percentage") == 0)
		ods->type = CELL_NUMBER;
	else if (strcmp(type, "date") == 0)
		ods->type = CELL_DATE;
	else if (strcmp(type, "time") == 0)
		ods->type = CELL_TIME;
	else if (strcmp(type, "boolean") == 0)
		ods->type = CELL_BOOLEAN;
	else if (strcmp(type, "string") != 0 && strcmp(type, "void") != 0)
		rc_xml_fail(ods->xml, RC_BAD_STRUCTURE, "a cell is of the unknown type \"%.20s\"", type);
}

static void
begin_cell(Ods *ods, const char **attributes)
{
	static const char *const values[] = {
		[CELL_TEXT] = "string-value", [CELL_NUMBER] = "value", [CELL_DATE] = "date-value", [CELL_TIME] = "time-value",
		[CELL_BOOLEAN] = "boolean-value"
	};
	const char *type = rc_xml_attribute(attributes, "value-type");
	const char *value;

	ods->cell_repeat = repetitions(ods, attributes, "number-columns-repeated");
	ods->type = CELL_TEXT;
	/* a formula with a type has given something, if only an empty text */
	ods->has_formula = !type && rc_xml_attribute(attributes, "formula") != NULL;
	ods->has_paragraph = false;
	if (type)
		set_type(ods, type);
	rc_buffer_clear(&ods->value);
	value = rc_xml_attribute(attributes, values[ods->type]);
	/* the text of an error stands only in the paragraph */
	ods->has_value = value && *value;
	if (value && strlen(value) > RC_MAX_FIELD_BYTES)
		rc_xml_fail(ods->xml, RC_TOO_LARGE, "a text is longer than %d bytes", RC_MAX_FIELD_BYTES);
	else if (value && !rc_buffer_append_string(&ods->value, value))
		rc_xml_fail(ods->xml, RC_NO_MEMORY, "out of memory");
	rc_xml_collect(ods->xml);
	rc_xml_skip_text(ods->xml, true);
}

/* Keeps the value of the current cell, as often as it is there. */
static void
put(Ods *ods, const char *text, size_t length)
{
	for (uint32_t i = 0; length > 0 && i < ods->cell_repeat; i++)
	{
		RcStatus	status;

		if (!rc_sheet_row_put(&ods->row, ods->column + i, text, length, &status))
		{
			ods->column += i;
			rc_xml_fail_with(ods->xml, &status);
			return;
		}
	}
}

static void
end_cell(Ods *ods)
{
	RcField		text = rc_xml_text(ods->xml);
	RcBuffer   *value = &ods->value;
	char		buffer[RC_XLSX_VALUE_BYTES];
	size_t		made = 0;

	if (!ods->has_value && ods->has_paragraph)
	{
		if (!rc_buffer_append(value, text.data, text.length))
		{
			rc_xml_fail(ods->xml, RC_NO_MEMORY, "out of memory");
			return;
		}
		value->length = rc_ods_text(value->data, value->length);
	}
	else if (!ods->has_value && ods->has_formula)
	{
		fail_with_hint(ods, RC_BAD_VALUE, "the formula in the cell has no stored value",
					   "Open the spreadsheet in LibreOffice and save it, so that it stores what its formulas give.");
		return;
	}
	else if (!ods->has_value)
		made = 0;				/* a blank cell */
	else if (ods->type == CELL_NUMBER)
		made = rc_xlsx_number(value->data, value->length, buffer);
	else if (ods->type == CELL_DATE)
		made = rc_ods_date(value->data, value->length, buffer);
	else if (ods->type == CELL_TIME)
		made = rc_ods_time(value->data, value->length, buffer);
	else if (ods->type == CELL_BOOLEAN && value->length == 4 && memcmp(value->data, "true", 4) == 0)
		made = (size_t) snprintf(buffer, sizeof(buffer), "TRUE");
	else if (ods->type == CELL_BOOLEAN && value->length == 5 && memcmp(value->data, "false", 5) == 0)
		made = (size_t) snprintf(buffer, sizeof(buffer), "FALSE");
	/* what cannot be understood is shown as it stands */
	put(ods, made > 0 ? buffer : value->data, made > 0 ? made : value->length);
	ods->column = ods->cell_repeat > RC_MAX_COLUMNS || ods->column > RC_MAX_COLUMNS ? RC_MAX_COLUMNS + 1 : ods->column + ods->cell_repeat;
}

/* Puts a character in place of an element into the text that is collected. */
static void
add_character(Ods *ods, char character, uint32_t count)
{
	char		characters[64];

	memset(characters, character, sizeof(characters));
	while (count > 0 && !rc_xml_failed(ods->xml))
	{
		uint32_t	some = count > sizeof(characters) ? (uint32_t) sizeof(characters) : count;

		rc_xml_add_text(ods->xml, characters, some);
		count -= some;
	}
}

static Element
in_paragraph(Ods *ods, const char *name, const char **attributes)
{
	if (strcmp(name, "s") == 0)
	{
		uint32_t	count = 1;
		const char *c = rc_xml_attribute(attributes, "c");

		if (c && !rc_ods_count(c, RC_MAX_FIELD_BYTES, &count))
			rc_xml_fail(ods->xml, RC_TOO_LARGE, "a text is longer than %d bytes", RC_MAX_FIELD_BYTES);
		add_character(ods, RC_ODS_BLANK, count);
	}
	else if (strcmp(name, "tab") == 0)
		add_character(ods, RC_ODS_TAB, 1);
	else if (strcmp(name, "line-break") == 0)
		add_character(ods, RC_ODS_LINE, 1);
	else if (strcmp(name, "annotation") != 0 && strcmp(name, "ruby-text") != 0 && strcmp(name, "note") != 0)
		return PARAGRAPH;
	rc_xml_skip_text(ods->xml, true);
	return UNSEEN;
}

static void
on_start(void *context, const char *name, const char **attributes)
{
	Ods		   *ods = context;
	Element		element = OTHER;

	switch (ods->elements[ods->depth++])
	{
		case OTHER:
			if (ods->depth == 1 && strcmp(name, "document-content") == 0)
				element = DOCUMENT;
			else if (ods->depth == 1)
				rc_xml_fail(ods->xml, RC_BAD_STRUCTURE, "the content is no OpenDocument but \"%.40s\"", name);
			break;
		case DOCUMENT:
			if (strcmp(name, "automatic-styles") == 0)
				element = STYLES;
			else if (strcmp(name, "body") == 0)
				element = BODY;
			break;
		case STYLES:
			if (strcmp(name, "style") == 0)
			{
				const char *family = rc_xml_attribute(attributes, "family");
				const char *style = rc_xml_attribute(attributes, "name");

				if (family && style && strcmp(family, "table") == 0 && strlen(style) < NAME_BYTES)
				{
					element = STYLE;
					strcpy(ods->style, style);
				}
			}
			break;
		case STYLE:
			if (strcmp(name, "table-properties") == 0)
				note_hidden(ods, attributes);
			break;
		case BODY:
			if (strcmp(name, "spreadsheet") == 0)
				element = SPREADSHEET;
			else
				fail_with_hint(ods, RC_UNKNOWN_FORMAT, "the file is an OpenDocument file, but no spreadsheet",
							   "Export the table that is in it as .xlsx, .ods or CSV.");
			break;
		case SPREADSHEET:
			if (strcmp(name, "table") == 0 && choose_sheet(ods, attributes))
				element = TABLE;
			break;
		case TABLE:
			if (strcmp(name, "table-row") == 0)
			{
				element = ROW;
				begin_row(ods, attributes);
			}
			else if (strcmp(name, "table-rows") == 0 || strcmp(name, "table-header-rows") == 0 || strcmp(name, "table-row-group") == 0)
				element = TABLE;
			break;
		case ROW:
			if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0)
			{
				element = CELL;
				begin_cell(ods, attributes);
			}
			break;
		case CELL:
			if (strcmp(name, "p") == 0)
			{
				element = PARAGRAPH;
				rc_xml_skip_text(ods->xml, false);
				if (ods->has_paragraph)
					add_character(ods, RC_ODS_LINE, 1);
				ods->has_paragraph = true;
			}
			break;
		case PARAGRAPH:
			element = in_paragraph(ods, name, attributes);
			break;
		case UNSEEN:
			break;
	}
	ods->elements[ods->depth] = element;
}

static void
on_end(void *context)
{
	Ods		   *ods = context;

	switch (ods->elements[ods->depth--])
	{
		case UNSEEN:
			rc_xml_skip_text(ods->xml, false);
			break;
		case PARAGRAPH:
			if (ods->elements[ods->depth] == CELL)
				rc_xml_skip_text(ods->xml, true);
			break;
		case CELL:
			end_cell(ods);
			break;
		case ROW:
			end_row(ods);
			break;
		default:
			break;
	}
}

/* ---- the container ---- */

static RcCode
no_sheet(const Ods *ods, RcStatus *status)
{
	rc_status_reset(status);
	if (ods->wanted[0])
		rc_fail(status, RC_UNKNOWN_FORMAT, "the workbook has no sheet \"%.100s\"", ods->wanted);
	else
		rc_fail(status, RC_BAD_STRUCTURE, "the workbook has no sheet of cells that is not hidden");
	if (ods->names[0])
		rc_hint(status, "Its sheets are: %s.", ods->names);
	return status->code;
}

static RcCode
ods_next(void *state, RcRecord *record, RcStatus *status)
{
	Ods		   *ods = state;
	RcCode		code;

	if (ods->repeats_left > 0)
	{
		if (rc_should_stop(ods->allocator))
			return rc_fail(status, RC_STOPPED, "stopped");
		ods->repeats_left--;
		ods->row.number++;
		rc_sheet_row_record(&ods->row, record);
		return RC_OK;
	}
	code = rc_xml_next(ods->xml, status);
	if (code == RC_OK)
		rc_sheet_row_record(&ods->row, record);
	else if (code == RC_END && !ods->found)
		return no_sheet(ods, status);
	else if (code != RC_END)
	{
		/* the line in the XML tells nobody anything */
		status->line = ods->row.number;
		status->column = ods->column;
		status->byte = UINT64_MAX;
	}
	return code;
}

static void
ods_close(void *state)
{
	Ods		   *ods = state;

	rc_xml_close(ods->xml);
	rc_archive_close(ods->archive);
	rc_sheet_row_free(&ods->row);
	rc_buffer_free(&ods->hidden);
	rc_buffer_free(&ods->value);
	rc_release(ods->allocator, ods);
}

static void
on_manifest(void *context, const char *name, const char **attributes)
{
	(void) attributes;
	if (strcmp(name, "encryption-data") == 0)
		*(bool *) context = true;
}

static void
ignore_end(void *context)
{
	(void) context;
}

/* Encrypted files say so in their manifest; all else in it does not matter, not even whether it is there. */
static RcCode
check_encryption(RcArchive *archive, const RcAllocator *allocator, RcStatus *status)
{
	bool		encrypted = rc_archive_find(archive, "content.xml") < 0;
	int			entry = rc_archive_find(archive, "META-INF/manifest.xml");
	RcXmlHandler handler = {on_manifest, ignore_end, &encrypted};
	RcCode		code = RC_OK;

	if (entry >= 0 && !encrypted)
	{
		RcInput		input;
		RcXml	   *xml = NULL;

		code = rc_archive_read(archive, entry, &input, status);
		if (code == RC_OK)
			code = rc_xml_open(&xml, &input, NULL, &handler, allocator, status);
		while (code == RC_OK && !encrypted)
			code = rc_xml_next(xml, status);
		rc_xml_close(xml);
	}
	if (encrypted)
	{
		rc_status_reset(status);
		rc_fail(status, RC_UNKNOWN_FORMAT, "the workbook is encrypted");
		rc_hint(status, "Save it without a password.");
		return RC_UNKNOWN_FORMAT;
	}
	return code == RC_END ? RC_OK : code;
}

bool
rc_ods_is_book(const RcArchive *archive)
{
	return rc_archive_find(archive, "mimetype") >= 0 &&
		(rc_archive_find(archive, "content.xml") >= 0 || rc_archive_find(archive, "encrypted-package") >= 0);
}

RcCode
rc_ods_open_archive(RcArchive *archive, const char *sheet, const RcAllocator *allocator, void **state, RcStatus *status)
{
	Ods		   *ods = rc_allocate_zero(allocator, sizeof(*ods));
	RcXmlHandler handler = {on_start, on_end, ods};
	RcInput		input;
	RcCode		code;

	if (!ods)
	{
		rc_archive_close(archive);
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	}
	ods->allocator = allocator;
	ods->archive = archive;
	ods->next_row = 1;
	rc_sheet_row_init(&ods->row, allocator);
	rc_buffer_init(&ods->hidden, allocator);
	rc_buffer_init(&ods->value, allocator);
	if (sheet)
		snprintf(ods->wanted, sizeof(ods->wanted), "%s", sheet);
	code = check_encryption(archive, allocator, status);
	if (code == RC_OK)
		code = rc_archive_read(archive, rc_archive_find(archive, "content.xml"), &input, status);
	if (code == RC_OK)
		code = rc_xml_open(&ods->xml, &input, NULL, &handler, allocator, status);
	if (code != RC_OK)
	{
		ods_close(ods);
		return code;
	}
	*state = ods;
	return RC_OK;
}

static RcCode
ods_open(RcSource *source, void **state, RcStatus *status)
{
	RcArchive  *archive;
	RcCode		code = rc_archive_open(&archive, &source->input, source->allocator, status);

	if (code != RC_OK)
		return code;
	if (!rc_ods_is_book(archive))
	{
		rc_archive_close(archive);
		return rc_fail(status, RC_UNKNOWN_FORMAT, "the ZIP archive is not an OpenDocument spreadsheet");
	}
	source->encoding = "UTF8";
	return rc_ods_open_archive(archive, source->options->sheet, source->allocator, state, status);
}

static void
ods_progress(const void *state, uint64_t *done, uint64_t *total)
{
	rc_archive_progress(((const Ods *) state)->archive, done, total);
}

/* The first entry of an OpenDocument file is not packed and tells what it is. */
static int
ods_sniff(const char *head, size_t length)
{
	static const char beginning[] = "mimetypeapplication/vnd.oasis.opendocument";

	return length >= 30 + sizeof(beginning) && memcmp(head, "PK\003\004", 4) == 0 && memcmp(head + 30, beginning, sizeof(beginning) - 1) == 0 ? 100 : 0;
}

const RcContainer rc_ods_container = {
	.name = "ods",
	.sniff = ods_sniff,
	.open = ods_open,
	.next = ods_next,
	.close = ods_close,
	.progress = ods_progress
};
