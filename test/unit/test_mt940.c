/*
 * test_mt940.c - MT940 and MT942: fields as banks write them, statements and their balances, what is refused and where.
 */
#include "banking.h"

#define HEAD ":20:R\n:25:ACC\n:28C:1/1\n:60F:C240301EUR100,00\n"
#define TAIL ":62F:C240301EUR110,00\n-\n"
#define ONE "statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|10.00|||t\n"

static const BankCase entries[] = {
	{"plain", HEAD ":61:2403010302C10,00NTRFREF//BANK\n:86:TEXT\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-02|2024-03-01|10.00|TEXT|||REF|BANK|NTRF\n" ONE, RC_END, 0, NULL},
	{"byte order mark", "\xEF\xBB\xBF" HEAD ":61:240301C10,00NTRFREF\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||REF||NTRF\n" ONE, RC_END, 0, NULL},
	{"no final line end", HEAD ":61:240301C10,00NTRFREF\n:62F:C240301EUR110,00",
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||REF||NTRF\n" ONE, RC_END, 0, NULL},
	{"CRLF and junk around", "ABNANL2A\r\n940\r\n:940:\r\n:20:R\r\n:25:ACC\r\n:28:1/1\r\n:60F:C240301EUR100,00\r\n\r\n:61:240301C10,00N426NONREF\r\n:86:T\r\n\r\n"
		":62F:C240301EUR110,00\r\n-}{5:}\r\nABNANL2A\r\n",
	"entry@9:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|T|||NONREF||N426\n"
	"statement@4:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|10.00|||t\n", RC_END, 0, NULL},
	{"amounts without digits on a side", HEAD ":61:240301C8,NTRF\n:61:240301C,8NTRF\n:61:240301CR000000001,20 NTRFX\n:61:240301D0,00\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|8||||||NTRF\n" "entry@6:ACC|1/1|EUR|2024-03-01|2024-03-01|0.8||||||NTRF\n"
	"entry@7:ACC|1/1|EUR|2024-03-01|2024-03-01|1.20||||X||NTRF\n" "entry@8:ACC|1/1|EUR|2024-03-01|2024-03-01|0.00\n"
	"statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|4|10.00|||t\n", RC_END, 0, NULL},
	{"marks", HEAD ":61:240301D1,00NTRF\n:61:240301RC2,00NTRF\n:61:240301RD3,00NTRF\n:61:240301RCR4,00NTRF\n:61:240301RDR14,00NTRF\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|-1.00||||||NTRF\n" "entry@6:ACC|1/1|EUR|2024-03-01|2024-03-01|-2.00||||||NTRF\n"
	"entry@7:ACC|1/1|EUR|2024-03-01|2024-03-01|3.00||||||NTRF\n" "entry@8:ACC|1/1|EUR|2024-03-01|2024-03-01|-4.00||||||NTRF\n"
	"entry@9:ACC|1/1|EUR|2024-03-01|2024-03-01|14.00||||||NTRF\n"
	"statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|5|10.00|||t\n", RC_END, 0, NULL},
	{"30 February, impossible days, turn of the year", ":20:R\n:25:ACC\n:28C:1\n:60F:C240230EUR1,00\n:61:2302300301C1,00NTRF\n:61:2304310401D1,00NTRF\n"
		":61:2312310102C2,00NTRF\n:61:2401021231D2,00NTRF\n:61:991231C1,NTRF\n:61:990001D1,NTRF\n:62F:C240301EUR1,00\n",
	"entry@5:ACC|1|EUR|2023-03-01|2023-02-28|1.00||||||NTRF\n" "entry@6:ACC|1|EUR|2023-04-01|2023-04-31|-1.00||||||NTRF\n"
	"entry@7:ACC|1|EUR|2024-01-02|2023-12-31|2.00||||||NTRF\n" "entry@8:ACC|1|EUR|2023-12-31|2024-01-02|-2.00||||||NTRF\n"
	"entry@9:ACC|1|EUR|1999-12-31|1999-12-31|1||||||NTRF\n" "entry@10:ACC|1|EUR|1999-00-01|1999-00-01|-1||||||NTRF\n"
	"statement@1:ACC|1|EUR|2024-02-29|1.00|2024-03-01|1.00|6|0.00|||t\n", RC_END, 0, NULL},
	{"wrapped :61: and lone colon", HEAD ":61:2403010301CR\n10,00N062NONREF\n:\n86:166?00GUTSCHR.?20SVWZ+Test\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|SVWZ+Test|||NONREF||N062||||GUTSCHR.|166\n" ONE, RC_END, 0, NULL},
	{"line below :61:, long reference", HEAD ":61:240301C4,00N044ABCDEFGHIJKLMNOPQ Jansen\n:61:240301C6,00NMSC01916//NONREF\n2013 1\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|4.00||||ABCDEFGHIJKLMNOP||N044||Q Jansen\n"
	"entry@6:ACC|1/1|EUR|2024-03-01|2024-03-01|6.00||||01916|NONREF|NMSC||2013 1\n"
	"statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|2|10.00|||t\n", RC_END, 0, NULL},
};

static const BankCase details[] = {
	{"lines joined by a blank, several :86:", HEAD ":61:240301C10,00NTRF\n:86:one   \n\ntwo  x\n:86: three\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|one two  x three|||||NTRF\n" ONE, RC_END, 0, NULL},
	{"full line goes on within a word", HEAD ":61:240301C10,00NTRF\n:86:ASSE 111 1234 XXXXXXXXXXXX 131216CH12345678 MITTEILUNGEN: 1 SONNE\nNGLAESER\nE\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|ASSE 111 1234 XXXXXXXXXXXX 131216CH12345678 MITTEILUNGEN: 1 SONNENGLAESER E|||||NTRF\n" ONE, RC_END, 0, NULL},
	{"structured, subfields cut by lines", HEAD ":61:240301C10,00NTRF\n:86:166?00SEPA?10599?20EREF+A.1?21.2 KREF+X?2\n2YZ?23SVWZ+EIN?24KAUF 4?7 ?99\n"
		"?30BIC?31DE12?32Anna ?33Muster\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|EREF+A.1.2 KREF+XYZ SVWZ+EINKAUF 4?7 ?99|Anna Muster|DE12|||NTRF|||A.1.2|SEPA|166\n" ONE, RC_END, 0, NULL},
	{"structured with other separators", HEAD ":61:240301C10,00NTRF\n:86:000>100987654321\n>20ALGEMENE KOS>21TEN>310390\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|ALGEMENE KOSTEN||0390|||NTRF|||||000\n" ONE, RC_END, 0, NULL},
	{"60 goes on where 29 ended", HEAD ":61:240301C10,00NTRF\n:86:166?20AB?29CD?60EF?61GH\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|ABCDEFGH|||||NTRF|||||166\n" ONE, RC_END, 0, NULL},
	{"no end-to-end id", HEAD ":61:240301C10,00NTRF\n:86:166?20EREF+NOTPROVIDED?21SVWZ+X?60Y\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|EREF+NOTPROVIDED SVWZ+X Y|||||NTRF|||||166\n" ONE, RC_END, 0, NULL},
	{"Dutch codes", HEAD ":61:240301C10,00NTRF\n:86:/TRTP/SEPA/IBAN/NL12/BIC/X/NAME/\nTT TEST/REMI/a/b/EREF/E 1\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|/TRTP/SEPA/IBAN/NL12/BIC/X/NAME/ TT TEST/REMI/a/b/EREF/E 1|TT TEST|NL12|||NTRF|||E 1\n" ONE, RC_END, 0, NULL},
	{"ING's counterparty", HEAD ":61:240301C10,00NTRF\n:86:/CNTP/NL12/INGBNL2A/J. Jansen/City//REMI/USTD//x/\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|/CNTP/NL12/INGBNL2A/J. Jansen/City//REMI/USTD//x/|J. Jansen|NL12|||NTRF\n" ONE, RC_END, 0, NULL},
	{"tags and hyphens that wrapping made", HEAD ":61:240301C10,00NTRF\n:86:166?20at T16\n:28:37 and\n:12:11 and\n:KO:NR\n-Nr. 1\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|at T16:28:37 and:12:11 and:KO:NR-Nr. 1|||||NTRF|||||166\n" ONE, RC_END, 0, NULL},
	{"own fields", HEAD ":NS:22Test\n23Konto\n:61:240301C10,00NTRF\n:NS:01Zweck 1\n02Zweck 2\n15Anna\n17Text\n204711\n" TAIL,
	"entry@7:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|Zweck 1 Zweck 2|Anna||||NTRF||||Text\n" ONE, RC_END, 0, NULL},
};

static const BankCase statements[] = {
	{"two messages, one without entries", "{1:F01X}{4:\n" HEAD ":62F:C240301EUR100,00\n-}{1:F01X}{4:\n:20:R\n:25:ACC\n:28:2\n:60M:C240301EUR100,00\n"
		":61:240301D100,00NTRF\n:62M:C240302EUR0,\n",
	"statement@2:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|100.00|0|0|||t\n"
	"entry@12:ACC|2|EUR|2024-03-01|2024-03-01|-100.00||||||NTRF\n"
	"statement@8:ACC|2|EUR|2024-03-01|100.00|2024-03-02|0|1|-100.00|||t\n", RC_END, 0, NULL},
	{"envelope on the first field's line", "{1:F01X}{4::20:R\n:25:ACC\n:60F:C240301EUR1,\n:62F:D240301EUR1,\n-}",
	"statement@1:ACC||EUR|2024-03-01|1|2024-03-01|-1|0|0|||f\n", RC_END, 0, NULL},
	{"does not balance", HEAD ":61:240301C9,99NTRF\n" TAIL,
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|9.99||||||NTRF\n" "statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|9.99|||f\n", RC_END, 0, NULL},
	{"closes in another currency", HEAD ":61:240301C10,00NTRF\n:62F:C240301USD110,00\n",
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||||NTRF\n" "statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|10.00|||f\n", RC_END, 0, NULL},
	{"closing balance without a currency, details behind it", HEAD ":61:240301C10,00NTRF\n:62F:C240301110,00\n:64:C240301EUR110,00\n"
		":86:D000001C000002D5,00C15,00\nBANK\n-XXX\n",
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||||NTRF\n"
	"statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|10.00|3|10.00|f\n", RC_END, 0, NULL},
	{"ING's newer sums", HEAD ":61:240301C10,00NTRF\n:62F:C240301EUR110,00\n:86:/SUM/0/1/0,00/10,00/\n-}\n",
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||||NTRF\n"
	"statement@1:ACC|1/1|EUR|2024-03-01|100.00|2024-03-01|110.00|1|10.00|1|10.00|t\n", RC_END, 0, NULL},
	{"only an available balance", HEAD ":61:240301C10,00NTRF\n:86:x\n:65F:Dnullnull7414,3\n",
	"entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00|x|||||NTRF\n" "statement@1:ACC|1/1|EUR|2024-03-01|100.00|||1|10.00\n", RC_END, 0, NULL},
	{"MT942", ":20:R\n:25:ACC\n:28C:17\n:34F:EURD0,00\n:13D:1610301730+0000\n:61:1610301031D0,42MCI0NONREF//0550\nCHG\n:86:REMIT:a \nb\n:61:161031EC1,NTRF\n"
		":90D:1EUR0,42\n:90C:0EUR0,\n\n",
	"entry@6:ACC|17|EUR|2016-10-31|2016-10-30|-0.42|REMIT:a b|||NONREF|0550|MCI0||CHG\n"
	"expected@10:ACC|17|EUR|2016-10-31|2016-10-31|1||||||NTRF\n"
	"statement@1:ACC|17|EUR|||||1|-0.42|1|-0.42|t\n", RC_END, 0, NULL},
};

static const BankCase refused[] = {
	{"empty", "", "", RC_BAD_STRUCTURE, 1, "no statement"},
	{"text", "1\n2\n", "", RC_BAD_STRUCTURE, 2, "no statement"},
	{"own field only", ":NS:\n", "", RC_BAD_STRUCTURE, 1, "no statement"},
	{"piece of a statement", ":61:1811261126CR\n30,00N062NONREF\n", "", RC_BAD_STRUCTURE, 1, ":61: outside a statement"},
	{"no account", ":20:R\n:28C:1\n:60F:C240301EUR1,00\n:61:240301C1,00NTRF\n" TAIL, "", RC_BAD_STRUCTURE, 4, "before the statement's account"},
	{"no account, no entries", ":20:R\n:60F:C240301EUR1,00\n" TAIL, "", RC_BAD_STRUCTURE, 4, "without an account"},
	{"two accounts", ":20:R\n:25:A\n:25:B\n", "", RC_BAD_STRUCTURE, 3, "second account"},
	{"no :61: and no :62F:", ":20:R\n:25:ACC\n:28C:1\n", "", RC_BAD_STRUCTURE, 3, "without balances"},
	{"cut before the closing balance", HEAD ":61:240301C10,00NTRF\n", "entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|10.00||||||NTRF\n",
	RC_BAD_STRUCTURE, 5, "without a closing balance"},
	{"the next message begins too early", HEAD HEAD TAIL, "", RC_BAD_STRUCTURE, 5, "without a closing balance"},
	{"entry behind the closing balance", HEAD ":62F:C240301EUR100,00\n:61:240301C10,00NTRF\n", "", RC_BAD_STRUCTURE, 6, "behind the closing"},
	{"opening balance behind entries", HEAD ":61:240301C1,NTRF\n:60F:C240301EUR1,\n", "entry@5:ACC|1/1|EUR|2024-03-01|2024-03-01|1||||||NTRF\n",
	RC_BAD_STRUCTURE, 6, "opening balance behind"},
	{"two closing balances", HEAD ":62F:C240301EUR1,\n:62F:C240301EUR1,\n", "", RC_BAD_STRUCTURE, 6, "second closing"},
	{"no mark", HEAD ":61:240301X10,00NTRF\n" TAIL, "", RC_BAD_STRUCTURE, 5, "no date and mark in :61:"},
	{"no amount", HEAD ":61:240301CNTRF\nx\n:86:y\n" TAIL, "", RC_BAD_STRUCTURE, 5, "no amount"},
	{"two commas", HEAD ":61:240301C1,0,0NTRF\n" TAIL, "", RC_BAD_STRUCTURE, 5, "no amount"},
	{"a point that may separate thousands", HEAD ":61:240301C1.234NTRF\n" TAIL, "", RC_BAD_STRUCTURE, 5, "two ways"},
	{"too many digits", HEAD ":61:240301C1234567890123456789,NTRF\n" TAIL, "", RC_BAD_STRUCTURE, 5, "no amount"},
	{"balance without a date", ":20:R\n:25:A\n:60F:CnullEUR1,00\n", "", RC_BAD_STRUCTURE, 3, "date of the opening balance cannot be read"},
	{"balance without an amount", ":20:R\n:25:A\n:60F:C240301EUR\n", "", RC_BAD_STRUCTURE, 3, "amount of the opening balance"},
};

static void
test_limits(void)
{
	RcStatus	status;
	uint64_t	count;
	char	   *text = repeat_text(HEAD ":61:240301C10,00NTRF\n:86:", "0123456789", 6600, "\n" TAIL);

	CHECK_INT(count_bank_records("mt940", text, &count, &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 6);
	free(text);
	text = repeat_text(HEAD ":61:240301C10,00NTRF\n:86:", "0123456789 0123456789\n", 4000, TAIL);
	CHECK_INT(count_bank_records("mt940", text, &count, &status), RC_TOO_LARGE);
	CHECK(status.line > 5 && status.line < 4010);
	free(text);
	text = repeat_text(HEAD, ":61:2403010301C10,00NTRFNONREF//1\n:86:some text\n", 20000, ":62F:C240301EUR200100,\n");
	CHECK_INT(count_bank_records("mt940", text, &count, &status), RC_END);
	CHECK_INT(count, 20002);
	free(text);
}

static void
test_encodings(void)
{
	static const char western[] = ":20:R\n:25:A\n:60F:C240301EUR1,\n:61:240301C1,NTRF\n:86:M\xFCller \x80\n:62F:C240301EUR2,\n";
	static const char dos[] = ":20:R\n:25:A\n:60F:C240301EUR1,\n:61:240301C1,NTRF\n:86:M\x81ller\n:62F:C240301EUR2,\n";
	static const char hungarian[] = ":20:R\n:25:A\n:60F:C240301HUF1,\n:61:240301C1,NTRF\n:86:jutal\x82k \xA0tutal\xA0s\n:62F:C240301HUF2,\n";
	static const struct
	{
		const char *text;
		const char *expected;
	}			cases[] = {
		{western, "entry@4:A||EUR|2024-03-01|2024-03-01|1|Müller €|||||NTRF\n"},
		{dos, "entry@4:A||EUR|2024-03-01|2024-03-01|1|Müller|||||NTRF\n"},
		{hungarian, "entry@4:A||HUF|2024-03-01|2024-03-01|1|jutalék átutalás|||||NTRF\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		MemoryFile	file;
		RcInput		input = memory_input(&file, cases[i].text, strlen(cases[i].text));
		RcStatus	status;
		RcBuffer	text;

		rc_buffer_init(&text, &rc_malloc_allocator);
		CHECK_INT(read_bank(&input, "mt940", &rc_malloc_allocator, &text, &status), RC_END);
		CHECK(text.length > strlen(cases[i].expected));
		CHECK_TEXT(text.data, text.length < strlen(cases[i].expected) ? text.length : strlen(cases[i].expected), cases[i].expected);
		rc_buffer_free(&text);
	}
}

int
main(void)
{
	check_bank_header("mt940", HEAD TAIL, "account statement_no currency booked_on value_on amount narrative counterparty counterparty_account reference "
					  "bank_reference type balance supplementary end_to_end_id posting_text transaction_code");
	check_bank_cases("mt940", entries, sizeof(entries) / sizeof(entries[0]));
	check_bank_cases("mt940", details, sizeof(details) / sizeof(details[0]));
	check_bank_cases("mt940", statements, sizeof(statements) / sizeof(statements[0]));
	check_bank_cases("mt940", refused, sizeof(refused) / sizeof(refused[0]));
	check_bank_sniff(HEAD TAIL, "mt940");
	check_bank_sniff("{1:F01X}{4:\r\n:20:R\r\n:25:A\r\n", "mt940");
	check_bank_sniff("\xEF\xBB\xBF" HEAD TAIL, "mt940");
	check_bank_sniff(":61:240301C1,NTRF\n", "mt940");
	check_bank_sniff("a,b\n:20:,1\n", "csv");
	test_limits();
	test_encodings();
	return unit_done();
}
