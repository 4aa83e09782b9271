/*
 * xlsx_book.c - what a workbook says before its rows.
 */
#include "xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/text.h"
#include "xml.h"

#define PATH_BYTES 512
#define ID_BYTES 128
#define MAX_FORMATS 65536		/* ids of number formats */
#define MAX_RELATIONS 2000
#define MAX_SHEETS 10000

/* A relation of a part to another. */
typedef struct Relation
{
	char		id[ID_BYTES];
	int			entry;
	bool		is_sheet;
} Relation;

typedef struct Sheet
{
	char		name[ID_BYTES];
	char		relation[ID_BYTES];
	bool		hidden;
} Sheet;

/* What reading a part keeps. */
typedef struct Part
{
	RcXlsxBook *book;
	RcXml	   *xml;

	/* relations */
	char		directory[PATH_BYTES];	/* of the part whose relations they are, with a slash or empty */
	Relation   *relations;
	uint32_t	relation_count;
	uint32_t	relation_capacity;
	char		workbook[PATH_BYTES];
	int			strings_entry;
	int			styles_entry;

	/* workbook */
	Sheet	   *sheets;
	uint32_t	sheet_count;
	uint32_t	sheet_capacity;

	/* styles */
	unsigned char *format_kinds;	/* by id; 255: as built in */
	uint32_t	depth;
	uint32_t	cell_styles_depth;	/* 0: outside of cellXfs */

	/* shared strings */
	uint32_t	phonetic_depth;
	uint32_t	string_depth;
	uint32_t	text_depth;
} Part;

static bool
ends_with(const char *text, const char *end)
{
	size_t		length = strlen(text);
	size_t		end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool
is_true(const char *value)
{
	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

/* Makes room for one more element, up to a limit; NULL after failing. */
static void *
grow(Part *part, void *array, uint32_t count, uint32_t *capacity, size_t size, uint32_t limit)
{
	uint32_t	larger = *capacity == 0 ? 16 : *capacity * 2;
	void	   *result;

	if (count < *capacity)
		return array;
	if (count >= limit)
	{
		rc_xml_fail(part->xml, RC_TOO_LARGE, "the workbook has more than %u parts", limit);
		return NULL;
	}
	result = rc_resize(part->book->allocator, array, size * larger);
	if (!result)
		rc_xml_fail(part->xml, RC_NO_MEMORY, "out of memory");
	else
		*capacity = larger;
	return result;
}

static void
ignore_end(void *context)
{
	(void) context;
}

/* Reads one part of the archive to its end. */
static RcCode
read_part(Part *part, int entry, void (*start) (void *, const char *, const char **), void (*end) (void *), RcStatus *status)
{
	RcXmlHandler handler = {start, end, part};
	RcInput		input;
	RcCode		code = rc_archive_read(part->book->archive, entry, &input, status);

	if (code == RC_OK)
		code = rc_xml_open(&part->xml, &input, NULL, &handler, part->book->allocator, status);
	if (code != RC_OK)
		return code;
	part->depth = 0;
	while ((code = rc_xml_next(part->xml, status)) == RC_OK)
		;
	rc_xml_close(part->xml);
	part->xml = NULL;
	if (code == RC_END)
		return RC_OK;
	if (code == RC_BAD_STRUCTURE || code == RC_BAD_ENCODING || code == RC_TOO_LARGE)
	{
		char		message[RC_MESSAGE_SIZE];

		/* line and offset are those of the part, which nobody sees */
		snprintf(message, sizeof(message), "%s", status->message);
		rc_fail(status, code, "%.80s of the workbook: %.160s", rc_archive_entry(part->book->archive, entry)->name, message);
		status->line = 0;
		status->byte = UINT64_MAX;
	}
	return code;
}

/* The path of a target as seen from a directory; false when it leads out or is too long. */
static bool
resolve(const char *directory, const char *target, char *path)
{
	char		base[PATH_BYTES];
	size_t		length;

	if (target[0] == '/')
		return (size_t) snprintf(path, PATH_BYTES, "%s", target + 1) < PATH_BYTES;
	snprintf(base, sizeof(base), "%s", directory);
	length = strlen(base);
	for (;;)
	{
		if (strncmp(target, "./", 2) == 0)
			target += 2;
		else if (strncmp(target, "../", 3) == 0)
		{
			if (length == 0)
				return false;
			for (length--; length > 0 && base[length - 1] != '/'; length--)
				;
			base[length] = '\0';
			target += 3;
		}
		else
			break;
	}
	return (size_t) snprintf(path, PATH_BYTES, "%s%s", base, target) < PATH_BYTES;
}

static void
on_relation(void *context, const char *name, const char **attributes)
{
	Part	   *part = context;
	const char *id = rc_xml_attribute(attributes, "Id");
	const char *type = rc_xml_attribute(attributes, "Type");
	const char *target = rc_xml_attribute(attributes, "Target");
	const char *mode = rc_xml_attribute(attributes, "TargetMode");
	char		path[PATH_BYTES];
	Relation   *relation;

	if (strcmp(name, "Relationship") != 0 || !id || !type || !target || (mode && strcmp(mode, "External") == 0) ||
		!resolve(part->directory, target, path))
		return;
	if (ends_with(type, "/officeDocument"))
		snprintf(part->workbook, sizeof(part->workbook), "%s", path);
	else if (ends_with(type, "/sharedStrings"))
		part->strings_entry = rc_archive_find(part->book->archive, path);
	else if (ends_with(type, "/styles"))
		part->styles_entry = rc_archive_find(part->book->archive, path);
	else if (strlen(id) < ID_BYTES)
	{
		relation = grow(part, part->relations, part->relation_count, &part->relation_capacity, sizeof(*relation), MAX_RELATIONS);
		if (!relation)
			return;
		part->relations = relation;
		relation += part->relation_count++;
		strcpy(relation->id, id);
		relation->entry = rc_archive_find(part->book->archive, path);
		relation->is_sheet = ends_with(type, "/worksheet");
	}
}

static void
on_workbook(void *context, const char *name, const char **attributes)
{
	Part	   *part = context;

	if (strcmp(name, "workbookPr") == 0)
		part->book->from_1904 = is_true(rc_xml_attribute(attributes, "date1904"));
	else if (strcmp(name, "sheet") == 0)
	{
		const char *sheet_name = rc_xml_attribute(attributes, "name");
		const char *relation = rc_xml_attribute(attributes, "id");
		const char *state = rc_xml_attribute(attributes, "state");
		Sheet	   *sheet;

		if (!sheet_name || !relation || strlen(relation) >= ID_BYTES || strlen(sheet_name) >= ID_BYTES)
			return;
		sheet = grow(part, part->sheets, part->sheet_count, &part->sheet_capacity, sizeof(*sheet), MAX_SHEETS);
		if (!sheet)
			return;
		part->sheets = sheet;
		sheet += part->sheet_count++;
		strcpy(sheet->name, sheet_name);
		strcpy(sheet->relation, relation);
		sheet->hidden = state && strcmp(state, "visible") != 0;
	}
}

static void
on_style(void *context, const char *name, const char **attributes)
{
	Part	   *part = context;
	RcXlsxBook *book = part->book;

	part->depth++;
	if (strcmp(name, "cellXfs") == 0)
		part->cell_styles_depth = part->depth;
	else if (strcmp(name, "numFmt") == 0)
	{
		const char *id = rc_xml_attribute(attributes, "numFmtId");
		const char *code = rc_xml_attribute(attributes, "formatCode");
		unsigned long number = id ? strtoul(id, NULL, 10) : MAX_FORMATS;

		if (code && number < MAX_FORMATS)
			part->format_kinds[number] = (unsigned char) rc_xlsx_code_kind(code);
	}
	else if (strcmp(name, "xf") == 0 && part->cell_styles_depth > 0 && part->depth == part->cell_styles_depth + 1)
	{
		const char *id = rc_xml_attribute(attributes, "numFmtId");
		unsigned long number = id ? strtoul(id, NULL, 10) : 0;

		if (book->kind_count == RC_XLSX_MAX_STYLES)
			rc_xml_fail(part->xml, RC_TOO_LARGE, "it has more than %d cell styles", RC_XLSX_MAX_STYLES);
		else
			book->kinds[book->kind_count++] = number >= MAX_FORMATS ? RC_XLSX_NUMBER :
				part->format_kinds[number] != 255 ? part->format_kinds[number] : (unsigned char) rc_xlsx_builtin_kind((uint32_t) number);
	}
}

static void
on_style_end(void *context)
{
	Part	   *part = context;

	if (part->depth-- == part->cell_styles_depth)
		part->cell_styles_depth = 0;
}

static void
on_string(void *context, const char *name, const char **attributes)
{
	Part	   *part = context;

	(void) attributes;
	part->depth++;
	if (strcmp(name, "t") == 0)
	{
		if (part->string_depth > 0 && part->phonetic_depth == 0 && part->text_depth == 0)
		{
			part->text_depth = part->depth;
			rc_xml_skip_text(part->xml, false);
		}
	}
	else if (strcmp(name, "si") == 0)
	{
		if (part->string_depth == 0)
		{
			part->string_depth = part->depth;
			rc_xml_collect(part->xml);
			rc_xml_skip_text(part->xml, true);
		}
	}
	else if (strcmp(name, "rPh") == 0 && part->phonetic_depth == 0)
		part->phonetic_depth = part->depth;
}

static void
on_string_end(void *context)
{
	Part	   *part = context;

	if (part->depth == part->text_depth)
	{
		part->text_depth = 0;
		rc_xml_skip_text(part->xml, true);
	}
	else if (part->depth == part->phonetic_depth)
		part->phonetic_depth = 0;
	else if (part->depth == part->string_depth)
	{
		RcField		text = rc_xml_text(part->xml);
		RcStatus	status;

		part->string_depth = 0;
		rc_status_reset(&status);
		if (rc_xlsx_strings_add(part->book->strings, text.data, text.length, &status) != RC_OK)
			rc_xml_fail_with(part->xml, &status);
	}
	part->depth--;
}

/* Finds the entry of the sheet that is wanted. */
static RcCode
choose_sheet(Part *part, const char *name, RcStatus *status)
{
	char		names[RC_MESSAGE_SIZE] = "";
	size_t		used = 0;

	for (uint32_t i = 0; i < part->sheet_count; i++)
	{
		const Sheet *sheet = &part->sheets[i];
		const Relation *relation = part->relations;
		uint32_t	at = 0;

		while (at < part->relation_count && strcmp(relation->id, sheet->relation) != 0)
		{
			at++;
			relation++;
		}
		if (at == part->relation_count || !relation->is_sheet)
			continue;
		if (used < sizeof(names))
			used += (size_t) snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "", sheet->name);
		if (name ? strcmp(sheet->name, name) != 0 : sheet->hidden)
			continue;
		if (relation->entry < 0)
			return rc_fail(status, RC_BAD_STRUCTURE, "the workbook lacks its sheet \"%.100s\"", sheet->name);
		part->book->sheet = relation->entry;
		return RC_OK;
	}
	if (name)
		rc_fail(status, RC_UNKNOWN_FORMAT, "the workbook has no sheet \"%.100s\"", name);
	else
		rc_fail(status, RC_BAD_STRUCTURE, "the workbook has no sheet of cells that is not hidden");
	names[rc_utf8_cut(names, strlen(names), 200)] = '\0';
	if (used > 0)
		rc_hint(status, "Its sheets are: %s.", names);
	return status->code;
}

/* The directory of a path, with its slash. */
static size_t
directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t) (slash - path) + 1 : 0;
}

static RcCode
read_all(Part *part, const char *name, RcStatus *status)
{
	RcXlsxBook *book = part->book;
	char		path[PATH_BYTES + 16];
	size_t		directory;
	int			entry = rc_archive_find(book->archive, "_rels/.rels");
	RcCode		code = RC_OK;

	strcpy(part->workbook, "xl/workbook.xml");
	if (entry >= 0)
		code = read_part(part, entry, on_relation, ignore_end, status);
	if (code != RC_OK)
		return code;
	entry = rc_archive_find(book->archive, part->workbook);
	if (entry < 0)
		return rc_fail(status, RC_BAD_STRUCTURE, "the workbook lacks its part \"%.100s\"", part->workbook);
	if (ends_with(part->workbook, ".bin"))
	{
		rc_fail(status, RC_UNKNOWN_FORMAT, "the file is a binary workbook (.xlsb), which cannot be read");
		rc_hint(status, "Save it as .xlsx or as CSV.");
		return RC_UNKNOWN_FORMAT;
	}
	code = read_part(part, entry, on_workbook, ignore_end, status);
	if (code != RC_OK)
		return code;

	directory = directory_length(part->workbook);
	snprintf(part->directory, sizeof(part->directory), "%.*s", (int) directory, part->workbook);
	snprintf(path, sizeof(path), "%s_rels/%s.rels", part->directory, part->workbook + directory);
	part->relation_count = 0;
	entry = rc_archive_find(book->archive, path);
	if (entry < 0)
		return rc_fail(status, RC_BAD_STRUCTURE, "the workbook lacks its part \"%.100s\"", path);
	code = read_part(part, entry, on_relation, ignore_end, status);
	if (code == RC_OK)
		code = choose_sheet(part, name, status);

	if (code == RC_OK && part->styles_entry >= 0)
	{
		part->format_kinds = rc_allocate(book->allocator, MAX_FORMATS);
		book->kinds = rc_allocate(book->allocator, RC_XLSX_MAX_STYLES);
		if (!part->format_kinds || !book->kinds)
			return rc_fail(status, RC_NO_MEMORY, "out of memory");
		memset(part->format_kinds, 255, MAX_FORMATS);
		code = read_part(part, part->styles_entry, on_style, on_style_end, status);
	}
	book->strings = rc_xlsx_strings_create(book->allocator);
	if (code == RC_OK && !book->strings)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	if (code == RC_OK && part->strings_entry >= 0)
		code = read_part(part, part->strings_entry, on_string, on_string_end, status);
	return code;
}

bool
rc_xlsx_is_book(const RcArchive *archive)
{
	return rc_archive_find(archive, "xl/workbook.xml") >= 0 || rc_archive_find(archive, "xl/workbook.bin") >= 0 ||
		(rc_archive_find(archive, "[Content_Types].xml") >= 0 && rc_archive_find(archive, "_rels/.rels") >= 0);
}

RcCode
rc_xlsx_book_read(RcXlsxBook *book, const char *name, RcStatus *status)
{
	Part	   *part = rc_allocate_zero(book->allocator, sizeof(*part));
	RcCode		code;

	if (!part)
		return rc_fail(status, RC_NO_MEMORY, "out of memory");
	part->book = book;
	part->strings_entry = part->styles_entry = -1;
	code = read_all(part, name, status);
	rc_release(book->allocator, part->relations);
	rc_release(book->allocator, part->sheets);
	rc_release(book->allocator, part->format_kinds);
	rc_release(book->allocator, part);
	return code;
}

void
rc_xlsx_book_free(RcXlsxBook *book)
{
	rc_xlsx_strings_free(book->strings);
	rc_release(book->allocator, book->kinds);
	book->strings = NULL;
	book->kinds = NULL;
}
