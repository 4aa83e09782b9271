/*
 * test_camt.c - bank statements in XML: signs, batches, parties, balances, versions 1 to 8; what is no statement is refused with its place.
 * The public samples beside the repository are compared with their expected results when they are there.
 */
#include <dirent.h>

#include "../../src/read/camt.h"
#include "reading.h"

#define SAMPLES "../shared/fixtures/bank-camt/"
#define HEADER "1:account|statement_no|currency|booked_on|value_on|amount|narrative|counterparty|counterparty_account|reference|bank_reference|" \
	"type|balance|batch_count|status|reversal|creditor_reference|entry_reference|additional|reported_on\n"
#define BEGIN(version) "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt." version "\"><BkToCstmrStmt>"
#define FINISH "</BkToCstmrStmt></Document>"

static const RcReaderOptions plain = {.quote = '"'};
static RcBuffer result;

static char *
load(const char *path, size_t *length)
{
	FILE	   *file = fopen(path, "rb");
	char	   *data = malloc(1 << 20);

	*length = file ? fread(data, 1, (1 << 20) - 1, file) : 0;
	data[*length] = '\0';
	if (file)
		fclose(file);
	return data;
}

static RcCode
read_text(const char *text, size_t length, size_t step, const RcAllocator *allocator, RcStatus *status)
{
	MemoryFile	file;
	RcInput		input = memory_input(&file, text, length);

	file.step = step;
	rc_buffer_clear(&result);
	return read_whole(&input, &plain, allocator, &result, status);
}

static void
test_samples(void)
{
	static const struct
	{
		const char *path;
		const char *expected;
	}			cases[] = {
		{"test/data/camt/statement.v8.xml", HEADER
			"22:DE02100100100006820101|2024-061|EUR|2024-03-01|2024-03-02|30.00001|Rechnung 1001 vielen Dank|K\xC3\xA4ufer & S\xC3\xB6hne|"
			"DE88100900001234567892|ORDER-1001|B-1|PMNT/RCDT/ESCT|||BOOK||RF18539007547034|N1|SEPA credit|\n"
			"46:DE02100100100006820101|2024-061|EUR|2024-03-01|2024-03-01|-20.00|parts|Supplier A|000123|P-1|B-2|NMSC+201|||BOOK||||batch|\n"
			"46:DE02100100100006820101|2024-061|EUR|2024-03-01|2024-03-01|-12.00|rent|Supplier B|||B-2-2|NMSC+201|||BOOK||||batch|\n"
			"46:DE02100100100006820101|2024-061|EUR|2024-03-01|2024-03-01|0.75|batch|Supplier A||P-3|B-2|NMSC+201|||BOOK||||batch|\n"
			"73:DE02100100100006820101|2024-061|EUR|2024-03-01|2024-03-01|-10.00|one two|||||||2|BOOK|||||\n"
			"85:DE02100100100006820101|2024-061|EUR|2024-03-01||3.00|returned debit|Supplier C|||||||BOOK|t|||returned debit|\n"
			"94:DE02100100100006820101|2024-061|EUR||2024-03-04|7.00|||||||||PDNG|||||\n"
			"6:DE02100100100006820101|2024-061|EUR|2024-02-29|100.00|2024-03-01|91.75001|5|-1.24999|5|-1.24999|t\n"
			"101:DE02100100100006820101|2024-062|EUR|2024-03-01|-5.00|2024-03-02|-5.01|0|0|||f\n"},
		{"test/data/camt/report.v1.xml", HEADER
			"9:47110815|R1|CHF|2009-10-28|2009-10-28|-4.5|Geb\xC3\xBChr|M\xC3\xBCller|0815|210000000003139471430009017|||||BOOK||"
			"210000000003139471430009017||Geb\xC3\xBChr|\n"
			"4:47110815|R1|CHF|2009-10-28|1000|2009-10-28|995.5|1|-4.5|||t\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		size_t		length;
		char	   *text = load(cases[i].path, &length);
		static const size_t steps[] = {0, 1, 2, 7, 64, 1000};
		RcStatus	status;

		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
		{
			CHECK_INT(read_text(text, length, steps[s], &rc_malloc_allocator, &status), RC_END);
			CHECK_TEXT(result.data, result.length, cases[i].expected);
		}
		/* the first line of an error must not depend on where a file is cut off, and no cut is taken for a whole file */
		for (size_t cut = 0; cut + 30 < length; cut += 13)
		{
			RcStatus	other;
			RcCode		code = read_text(text, cut, 0, &rc_malloc_allocator, &status);

			CHECK(code != RC_END || strstr(text, "<Document") > text + cut || strstr(text, ":Document") > text + cut);
			CHECK_INT(read_text(text, cut, 3, &rc_malloc_allocator, &other), code);
			CHECK(code == RC_END || (status.line == other.line && status.byte == other.byte));
		}
		UNIT_NOTE(failed, "%s", cases[i].path);
		free(text);
	}
}

/* One entry in a statement of version 2; the record that it becomes. */
static void
test_entries(void)
{
	static const struct
	{
		const char *entry;
		const char *record;
	}			cases[] = {
		{"<Ntry><Amt Ccy='JPY'>27</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "||JPY|||27||||||||||||||"},
		{"<Ntry><Amt Ccy='JPY'>0</Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>", "||JPY|||0||||||||||||||"},
		{"<Ntry><Amt Ccy='KWD'> 1.23456 </Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>", "||KWD|||-1.23456||||||||||||||"},
		/* an element of the same name elsewhere is not taken for the entry's own */
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Chrgs><Amt Ccy='EUR'>9</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs></Ntry>",
			"||EUR|||5||||||||||||||"},
		/* a reversed credit is a debit as written, and its counterparty is the debtor of the credit */
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>1</RvslInd><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>D</Nm></Dbtr><Cdtr>"
			"<Nm>C</Nm></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>", "||EUR|||-5||D||||||||t||||"},
		/* a batch in another currency, or with one amount missing, stays one record, with what all its parts share */
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls><TxDtls><Amt Ccy='USD'>2</Amt></TxDtls><TxDtls><Amt Ccy='EUR'>3</Amt>"
			"</TxDtls></NtryDtls></Ntry>", "||EUR|||5||||||||2||||||"},
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><Amt Ccy='EUR'>5</Amt>"
			"</TxDtls><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>", "||EUR|||5||||E||||2||||||"},
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls><Btch><NbOfTxs>7</NbOfTxs></Btch></NtryDtls></Ntry>",
			"||EUR|||5||||||||7||||||"},
		/* what is no date and no currency stays whole characters */
		{"<Ntry><Amt Ccy='\xC3\x89\xC3\x89\xC3\x89\xC3\x89\xC3\x89'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>x\xC3\x89\xC3\x89\xC3\x89\xC3\x89\xC3\x89"
			"</Dt></BookgDt></Ntry>", "||\xC3\x89\xC3\x89\xC3\x89\xC3\x89\xC3\x89|x\xC3\x89\xC3\x89\xC3\x89\xC3\x89||5||||||||||||||"},
		/* two details of their own entries */
		{"<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls><TxDtls><Amt Ccy='EUR'>2.5</Amt></TxDtls></NtryDtls><NtryDtls><TxDtls>"
			"<Amt>2.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls></NtryDtls></Ntry>", "||EUR|||2.5||||||||||||||\n1:||EUR|||2.50||||||||||||||"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		char		text[2048];
		char		expected[2048];
		RcStatus	status;

		snprintf(text, sizeof(text), BEGIN("053.001.02") "<Stmt>%s</Stmt>" FINISH, cases[i].entry);
		CHECK_INT(read_text(text, strlen(text), 0, &rc_malloc_allocator, &status), RC_END);
		snprintf(expected, sizeof(expected), HEADER "1:%s\n1:", cases[i].record);
		CHECK_TEXT(result.data, result.length < strlen(expected) ? result.length : strlen(expected), expected);
		UNIT_NOTE(failed, "%s", cases[i].entry);
	}
}

static void
test_balances(void)
{
#define BALANCE(type, currency, amount, sign) "<Bal><Tp><CdOrPrtry><Cd>" type "</Cd></CdOrPrtry></Tp><Amt Ccy='" currency "'>" amount \
	"</Amt><CdtDbtInd>" sign "</CdtDbtInd><Dt><Dt>2024-01-31</Dt></Dt></Bal>"
#define ENTRY(currency, amount, status) "<Ntry><Amt Ccy='" currency "'>" amount "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>" status "</Sts></Ntry>"
	static const struct
	{
		const char *statement;
		const char *record;
	}			cases[] = {
		{BALANCE("OPBD", "EUR", "1", "CRDT") BALANCE("CLBD", "EUR", "3.00", "CRDT") ENTRY("EUR", "2", "BOOK"),
			"EUR|2024-01-31|1|2024-01-31|3.00|1|2|||t"},
		{BALANCE("OPBD", "EUR", "1", "CRDT") BALANCE("CLBD", "EUR", "3.01", "CRDT") ENTRY("EUR", "2", "BOOK"),
			"EUR|2024-01-31|1|2024-01-31|3.01|1|2|||f"},
		{BALANCE("OPBD", "EUR", "1", "DBIT") BALANCE("CLBD", "EUR", "1", "CRDT") ENTRY("EUR", "2", "BOOK") ENTRY("EUR", "9", "PDNG"),
			"EUR|2024-01-31|-1|2024-01-31|1|2|11|||t"},
		{BALANCE("OPBD", "EUR", "1", "CRDT") BALANCE("CLBD", "SEK", "3", "CRDT") ENTRY("EUR", "2", "BOOK"),
			"SEK|2024-01-31|1|2024-01-31|3|1|2|||"},
		{BALANCE("OPBD", "EUR", "1", "CRDT") BALANCE("CLBD", "EUR", "3", "CRDT") ENTRY("SEK", "2", "BOOK"),
			"EUR|2024-01-31|1|2024-01-31|3|1|2|||"},
		{BALANCE("PRCD", "EUR", "1", "CRDT") BALANCE("ITBD", "EUR", "3", "CRDT") ENTRY("EUR", "2", "BOOK"),
			"EUR|2024-01-31|1|2024-01-31|3|1|2|||t"},
		{BALANCE("ITBD", "EUR", "1", "CRDT") BALANCE("CLBD", "EUR", "3", "CRDT") ENTRY("EUR", "2", "BOOK"),
			"EUR|2024-01-31|1|2024-01-31|3|1|2|||t"},
		{BALANCE("ITBD", "EUR", "3", "CRDT") ENTRY("EUR", "2", "BOOK"), "EUR|||2024-01-31|3|1|2|||"},
		{BALANCE("CLAV", "EUR", "3", "CRDT"), "|||||0|0|||"},
		{"<Acct><Ccy>CHF</Ccy></Acct><TxsSummry><TtlNtries><NbOfNtries>4</NbOfNtries><TtlNetNtryAmt>5.5</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd>"
			"</TtlNtries></TxsSummry>", "CHF|||||0|0|4|-5.5|"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;
		char		text[4096];
		char		expected[256];
		RcStatus	status;

		snprintf(text, sizeof(text), BEGIN("053.001.02") "<Stmt>%s</Stmt>" FINISH, cases[i].statement);
		CHECK_INT(read_text(text, strlen(text), 0, &rc_malloc_allocator, &status), RC_END);
		snprintf(expected, sizeof(expected), "1:||%s\n", cases[i].record);
		if (result.length >= strlen(expected))
			CHECK_TEXT(result.data + result.length - strlen(expected), strlen(expected), expected);
		UNIT_NOTE(failed, "%s", cases[i].record);
	}
}

static void
test_refused(void)
{
	static const struct
	{
		const char *text;
		RcCode		code;
		uint64_t	line;
		const char *message;
	}			cases[] = {
		{BEGIN("053.001.02") FINISH, RC_BAD_STRUCTURE, 1, "no statement"},
		{BEGIN("053.001.09") "<Stmt/>" FINISH, RC_UNKNOWN_FORMAT, 1, "camt.053.001.09"},
		{BEGIN("053.001.00") "<Stmt/>" FINISH, RC_UNKNOWN_FORMAT, 1, "camt.053.001.00"},
		{BEGIN("055.001.02") "<Stmt/>" FINISH, RC_UNKNOWN_FORMAT, 1, "camt.055"},
		{"<?xml version='1.0'?>\n<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'/>", RC_UNKNOWN_FORMAT, 2, "pain.001"},
		{"<?xml version='1.0'?>\n<html/>", RC_UNKNOWN_FORMAT, 2, "\"html\""},
		{"<?xml version='1.0'?><!DOCTYPE Document [<!ENTITY a 'b'>]>" BEGIN("053.001.02") "<Stmt/>" FINISH, RC_BAD_STRUCTURE, 1, "DOCTYPE"},
		{BEGIN("053.001.02") "<Stmt>\n<Ntry>\n<CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt>" FINISH, RC_BAD_STRUCTURE, 3, "from line 2 has no valid amount"},
		{BEGIN("053.001.02") "<Stmt>\n<Ntry><Amt Ccy='EUR'>1</Amt></Ntry></Stmt>" FINISH, RC_BAD_STRUCTURE, 2, "neither credit nor debit"},
		{BEGIN("053.001.02") "<Stmt><Ntry><Amt Ccy='EUR'>1,00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt>" FINISH, RC_BAD_STRUCTURE, 1, "1,00"},
		{BEGIN("053.001.02") "<Stmt><Ntry><Amt Ccy='EUR'>-1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt>" FINISH, RC_BAD_STRUCTURE, 1, "\"-1\""},
		{BEGIN("053.001.02") "<Stmt><Ntry><Amt Ccy='EUR'>1e3</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt>" FINISH, RC_BAD_STRUCTURE, 1, "1e3"},
		{BEGIN("053.001.02") "<Stmt>" BALANCE("OPBD", "EUR", "x", "CRDT") "</Stmt>" FINISH, RC_BAD_STRUCTURE, 1, "balance OPBD"},
		{BEGIN("053.001.02") "<Stmt>" ENTRY("EUR", "999999999999999999", "BOOK") ENTRY("EUR", "9", "BOOK") ENTRY("EUR", "0.00001", "BOOK") "</Stmt>"
			FINISH, RC_OVERFLOW, 1, "out of range"},
		{BEGIN("053.001.02") "<Stmt>\n<Ntry>", RC_BAD_STRUCTURE, 2, "ends too early"},
		{BEGIN("053.001.02") "<Stmt>\n\xFF</Stmt>", RC_BAD_ENCODING, 2, "0xFF"},
		{"<?xml version='1.0' encoding='martian'?>" BEGIN("053.001.02"), RC_BAD_ENCODING, 0, "martian"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		unsigned long failed = unit_failed;

		for (size_t step = 0; step < 3; step++)
		{
			RcStatus	status;

			CHECK_INT(read_text(cases[i].text, strlen(cases[i].text), step, &rc_malloc_allocator, &status), cases[i].code);
			CHECK_INT(status.line, cases[i].line);
			CHECK(strstr(status.message, cases[i].message) != NULL);
			UNIT_NOTE(failed, "got: %s", status.message);
		}
		UNIT_NOTE(failed, "%s", cases[i].text);
	}
}

/* A batch that is too large to be kept whole stays one record; one just below becomes as many as it has. */
static void
test_large_batch(void)
{
	static const struct
	{
		int			count;
		size_t		filler;
		bool		split;
	}			cases[] = {{20000, 10, true}, {20000, 1000, false}};

	for (int i = 0; i < 2; i++)
	{
		RcBuffer	text;
		MemoryFile	file;
		RcInput		input;
		RcReader   *reader;
		RcRecord	record;
		RcStatus	status;
		char		line[256];
		char		filler[1024];
		int			entries = 0;

		memset(filler, 'x', sizeof(filler));
		rc_buffer_init(&text, &rc_malloc_allocator);
		snprintf(line, sizeof(line), BEGIN("053.001.04") "<Stmt><Ntry><Amt Ccy='EUR'>%d</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls>", cases[i].count);
		rc_buffer_append_string(&text, line);
		for (int n = 0; n < cases[i].count; n++)
		{
			rc_buffer_append_string(&text, "<TxDtls><Amt Ccy='EUR'>1</Amt><RmtInf><Ustrd>");
			rc_buffer_append(&text, filler, cases[i].filler);
			rc_buffer_append_string(&text, "</Ustrd></RmtInf></TxDtls>");
		}
		rc_buffer_append_string(&text, "</NtryDtls></Ntry></Stmt>" FINISH);
		input = memory_input(&file, text.data, text.length);
		CHECK_INT(rc_reader_open(&reader, &input, &plain, &rc_malloc_allocator, &status), RC_OK);
		while (rc_reader_next(reader, &record, &status) == RC_OK)
		{
			if (record.section && strcmp(record.section, "entry") == 0)
			{
				entries++;
				CHECK_TEXT(record.fields[5].data, record.fields[5].length, cases[i].split ? "1" : "20000");
				CHECK_TEXT(record.fields[13].data, record.fields[13].length, cases[i].split ? "" : "20000");
			}
		}
		CHECK_INT(entries, cases[i].split ? cases[i].count : 1);
		rc_reader_close(reader);
		rc_buffer_free(&text);
	}
}

static void
test_memory_and_stop(void)
{
	size_t		length;
	char	   *text = load("test/data/camt/statement.v8.xml", &length);
	RcStatus	status;
	ScarceMemory memory;
	RcAllocator allocator;
	long		left;

	for (left = 0; left < 2000; left++)
	{
		RcCode		code;

		allocator = scarce_allocator(&memory, left);
		code = read_text(text, length, 0, &allocator, &status);
		CHECK_INT(memory.held, 0);
		if (code == RC_END)
			break;
		CHECK_INT(code, RC_NO_MEMORY);
	}
	CHECK(left > 10 && left < 2000);
	for (long polls = 0; polls < 6; polls++)
	{
		RcCode		code;

		allocator = scarce_allocator(&memory, -1);
		memory.stop_after = polls;
		code = read_text(text, length, 1000, &allocator, &status);
		CHECK_INT(code, RC_STOPPED);
		CHECK_INT(memory.held, 0);
	}
	free(text);
}

/* The same statement in UTF-16 of both kinds. */
static void
test_utf16(void)
{
	static const char text[] = BEGIN("053.001.02") "<Stmt>" "<Id>\xE4\xB8\xAD</Id></Stmt>" FINISH;
	char		wide[2][2048];
	size_t		used = 0;
	RcStatus	status;

	for (const char *at = text; *at;)
	{
		size_t		size;
		uint32_t	c = rc_utf8_decode(at, strlen(at), &size);

		wide[0][used] = wide[1][used + 1] = (char) (c & 0xFF);
		wide[0][used + 1] = wide[1][used] = (char) (c >> 8);
		used += 2;
		at += size;
	}
	for (int i = 0; i < 2; i++)
	{
		CHECK_INT(read_text(wide[i], used, 0, &rc_malloc_allocator, &status), RC_END);
		CHECK_TEXT(result.data, result.length, HEADER "1:|\xE4\xB8\xAD||||||0|0|||\n");
	}
}

/*
 * ---- public samples ----
 */

/* Finds "key": at an indentation of the pretty-printed expected result, from a place on; the value up to the end of its line. */
static const char *
json_value(const char *json, int indent, const char *key, const char **value, size_t *length)
{
	char		wanted[128];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\n%*s\"%s\": ", indent, "", key);
	at = strstr(json, wanted);
	*value = "";
	*length = 0;
	if (!at)
		return NULL;
	at += strlen(wanted);
	*value = at;
	*length = strcspn(at, ",\n");
	if (**value == '"')
	{
		(*value)++;
		*length = strcspn(*value, "\"");
	}
	else if (strncmp(*value, "null", 4) == 0)
		*length = 0;
	return at;
}

/* Minor units of an amount. */
static void
minor_units(const char *amount, size_t length, const char *currency, char *text)
{
	int			decimals = strncmp(currency, "JPY", 3) == 0 ? 0 : 2;
	const char *mark = memchr(amount, '.', length);
	size_t		used = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (amount[i] != '.')
			text[used++] = amount[i];
	}
	for (int i = mark ? (int) (amount + length - mark - 1) : 0; i < decimals; i++)
		text[used++] = '0';
	text[used] = '\0';
}

static void
compare_with_json(const char *xml_path, const char *json)
{
	size_t		length;
	char	   *xml = load(xml_path, &length);
	MemoryFile	file;
	RcInput		input = memory_input(&file, xml, length);
	RcReader   *reader;
	RcRecord	record;
	RcStatus	status;
	int			entries = 0;
	int			expected_entries = 0;
	const char *value;
	size_t		size;
	char		text[64];

	for (const char *at = json; (at = strstr(at, "\n            \"__CLASS__\": \"Genkgo\\\\Camt\\\\DTO\\\\Entry\"")) != NULL; at++)
		expected_entries++;
	if (!CHECK(rc_reader_open(&reader, &input, &plain, &rc_malloc_allocator, &status) == RC_OK))
		return;
	while (rc_reader_next(reader, &record, &status) == RC_OK)
	{
		const RcField *f = record.fields;

		if (strcmp(record.section, "entry") == 0)
		{
			const char *money = json_value(json, 12, "getAmount", &value, &size);
			const char *currency;
			const char *date;

			entries++;
			json_value(money, 16, "getAmount", &value, &size);
			json_value(money, 20, "getCode", &currency, &size);
			CHECK(f[2].length == 3 && memcmp(f[2].data, currency, 3) == 0);
			minor_units(f[5].data, f[5].length, currency, text);
			CHECK_TEXT(value, strcspn(value, "\""), text);
			for (int i = 0; i < 2; i++)
			{
				date = json_value(json, 12, i == 0 ? "getBookingDate" : "getValueDate", &value, &size);
				CHECK(date != NULL);
				if (*date == '{')
				{
					json_value(date, 16, "0", &value, &size);
					CHECK(f[3 + i].length == 10 && size > 10 && memcmp(f[3 + i].data, value, 10) == 0);
				}
				else
					CHECK_INT(f[3 + i].length, 0);
			}
			json_value(json, 20, "getIdentification", &value, &size);
			CHECK(f[0].length == size && memcmp(f[0].data, value, size) == 0);
			json_value(json, 16, "getId", &value, &size);
			CHECK(f[1].length == size && memcmp(f[1].data, value, size) == 0);
			json_value(json, 12, "getAccountServicerReference", &value, &size);
			CHECK(f[10].length == size && memcmp(f[10].data, value, size) == 0);
			json_value(json, 12, "getAdditionalInfo", &value, &size);
			CHECK(f[18].length == size && memcmp(f[18].data, value, size) == 0);
			json_value(json, 12, "getStatus", &value, &size);
			CHECK(f[14].length == size && memcmp(f[14].data, value, size) == 0);
			if (strstr(json, "4654654654654654"))
				CHECK_TEXT(f[9].data, f[9].length, "4654654654654654");
		}
		else if (strcmp(record.section, "statement") == 0)
		{
			static const char *const types[] = {"opening", "closing"};

			for (int i = 0; i < 2; i++)
			{
				char		wanted[64];
				const char *at;
				const char *balance;
				const char *money;

				snprintf(wanted, sizeof(wanted), "\n                        \"getType\": \"%s\"", types[i]);
				at = strstr(json, wanted);
				if (!at)
				{
					CHECK_INT(f[4 + 2 * i].length, 0);
					continue;
				}
				/* the last balance that begins before its type */
				for (balance = json; (money = strstr(balance + 1, "\"__CLASS__\": \"Genkgo\\\\Camt\\\\DTO\\\\Balance\"")) != NULL && money < at;)
					balance = money;
				json_value(balance, 28, "getAmount", &value, &size);
				json_value(balance, 32, "getCode", &money, &size);
				minor_units(f[4 + 2 * i].data, f[4 + 2 * i].length, money, text);
				CHECK_TEXT(value, strcspn(value, "\""), text);
			}
		}
	}
	CHECK_INT(entries, expected_entries);
	CHECK(entries > 0);
	rc_reader_close(reader);
	free(xml);
}

static void
test_public_samples(void)
{
	static const char directory[] = SAMPLES "genkgo__camt/test/data";
	DIR		   *listing = opendir(directory);
	const struct dirent *item;
	size_t		length;
	char	   *text;
	RcStatus	status;
	int			compared = 0;

	if (!listing)
	{
		printf("skipped: no %s\n", directory);
		return;
	}
	while ((item = readdir(listing)) != NULL)
	{
		unsigned long failed = unit_failed;
		char		path[1024];
		char	   *dot = strrchr(item->d_name, '.');

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, item->d_name);
		text = load(path, &length);
		strcpy(strrchr(path, '.'), ".xml");
		compare_with_json(path, text);
		free(text);
		compared++;
		UNIT_NOTE(failed, "%s", path);
	}
	closedir(listing);
	CHECK(compared >= 8);

	/* a message without a statement, as the sample's name says */
	text = load(SAMPLES "genkgo__camt/test/data/camt053.v2.wrong.xml", &length);
	CHECK_INT(read_text(text, length, 0, &rc_malloc_allocator, &status), RC_BAD_STRUCTURE);
	free(text);
	text = load(SAMPLES "railslove__camt_parser/spec/fixtures/valid_example_with_btch.xml", &length);
	CHECK_INT(read_text(text, length, 0, &rc_malloc_allocator, &status), RC_END);
	CHECK(strstr(result.data, "|-3.50|Sammelueberwseisung 2. Zahlung   TAN:283044|Testkonto Nummer 1|DE14740618130000033626|STZV-EtE27122013-11:02-1|") != NULL);
	CHECK(strstr(result.data, "|-2.50|Sammelueberweisung 1. Zahlung   TAN:283044|") != NULL);
	CHECK(strstr(result.data, "13:DE14740618130000033626|0352C5320131227220503|EUR|2013-12-27|33.06|2013-12-27|23.06|4|-10.00|||t\n") != NULL);
	free(text);
}

int
main(void)
{
	rc_buffer_init(&result, &rc_malloc_allocator);
	test_samples();
	test_entries();
	test_balances();
	test_refused();
	test_large_batch();
	test_memory_and_stop();
	test_utf16();
	test_public_samples();
	rc_buffer_free(&result);
	return unit_done();
}
