/*
 * archive_maker.h - for tests: ZIP archives and workbooks made in memory by libzip, to be broken afterwards.
 */
#ifndef ARCHIVE_MAKER_H
#define ARCHIVE_MAKER_H

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "reading.h"

typedef struct Part
{
	const char *name;
	const char *content;		/* NULL: size zero bytes */
	size_t		size;			/* 0: strlen(content) */
	bool		stored;
	const char *password;
} Part;

typedef struct Bytes
{
	char	   *data;
	size_t		length;
} Bytes;

static inline Bytes
make_archive(const Part *parts, int count)
{
	zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t	   *zip;
	zip_stat_t	stat;
	Bytes		result = {NULL, 0};

	zip_source_keep(target);
	zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
	for (int i = 0; i < count; i++)
	{
		size_t		size = parts[i].size ? parts[i].size : strlen(parts[i].content);
		char	   *content = size > 0 ? calloc(1, size) : NULL;	/* libzip does not free what is empty */
		zip_int64_t index;

		if (parts[i].content && size > 0)
			memcpy(content, parts[i].content, size);
		index = zip_file_add(zip, parts[i].name, zip_source_buffer(zip, content, size, 1), ZIP_FL_ENC_UTF_8);
		CHECK(index == i);
		zip_set_file_compression(zip, (zip_uint64_t) index, parts[i].stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
		if (parts[i].password)
			CHECK(zip_file_set_encryption(zip, (zip_uint64_t) index, ZIP_EM_AES_256, parts[i].password) == 0);
	}
	if (!CHECK(zip_close(zip) == 0))
		return result;
	zip_source_open(target);
	zip_stat_init(&stat);
	zip_source_stat(target, &stat);
	result.data = malloc(stat.size);
	result.length = (size_t) zip_source_read(target, result.data, stat.size);
	zip_source_close(target);
	zip_source_free(target);
	return result;
}

/* The nth (from 0) place of a signature such as "PK\1\2" in an archive. */
static inline char *
find_signature(Bytes archive, const char *signature, int nth)
{
	for (size_t i = 0; i + 4 <= archive.length; i++)
	{
		if (memcmp(archive.data + i, signature, 4) == 0 && nth-- == 0)
			return archive.data + i;
	}
	return NULL;
}

static inline void
set32(char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char) (value >> (8 * i));
}

static inline RcCode
read_archive(Bytes archive, const RcReaderOptions *options, RcBuffer *text, RcStatus *status)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, archive.data, archive.length);

	rc_buffer_clear(text);
	return read_whole(&input, options, &rc_malloc_allocator, text, status);
}

#define MAIN_SPACE "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE_SPACE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

/* A workbook of one sheet. Parts that are NULL are plain; properties goes into workbookPr. */
static inline Bytes
make_workbook(const char *rows, const char *strings, const char *styles, const char *properties)
{
	static char sheet[1 << 20];
	static char shared[1 << 16];
	static char style_sheet[1 << 16];
	static char workbook[1 << 12];
	Part		parts[] = {
		{.name = "[Content_Types].xml", .content = "<Types/>"},
		{.name = "_rels/.rels", .content = "<Relationships><Relationship Id=\"rId1\" Type=\"" OFFICE_SPACE "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
		{.name = "xl/workbook.xml", .content = workbook},
		{.name = "xl/_rels/workbook.xml.rels", .content = "<Relationships>"
			"<Relationship Id=\"rId1\" Type=\"" OFFICE_SPACE "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
			"<Relationship Id=\"rId2\" Type=\"" OFFICE_SPACE "/styles\" Target=\"/xl/styles.xml\"/>"
			"<Relationship Id=\"rId3\" Type=\"" OFFICE_SPACE "/sharedStrings\" Target=\"../xl/sharedStrings.xml\"/></Relationships>"},
		{.name = "xl/styles.xml", .content = style_sheet},
		{.name = "xl/sharedStrings.xml", .content = shared},
		{.name = "xl/worksheets/sheet1.xml", .content = sheet},
	};

	snprintf(workbook, sizeof(workbook), "<workbook xmlns=\"" MAIN_SPACE "\" xmlns:r=\"" OFFICE_SPACE "\"><workbookPr %s/>"
			 "<sheets><sheet name=\"First\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>", properties ? properties : "");
	snprintf(sheet, sizeof(sheet), "<worksheet xmlns=\"" MAIN_SPACE "\"><dimension ref=\"A1:XFD1048576\"/><sheetData>%s</sheetData><c r=\"A1\"><v>9</v></c></worksheet>", rows);
	snprintf(shared, sizeof(shared), "<sst xmlns=\"" MAIN_SPACE "\">%s</sst>", strings ? strings : "");
	snprintf(style_sheet, sizeof(style_sheet), "<styleSheet xmlns=\"" MAIN_SPACE "\">%s</styleSheet>", styles ? styles : "");
	return make_archive(parts, sizeof(parts) / sizeof(parts[0]));
}

#endif
