/*
 * test_ofx.c - OFX in both generations: tags with and without ends, amounts and dates as banks write them, answers that hold nothing.
 */
#include "banking.h"

#define HEADER "OFXHEADER:100\nDATA:OFXSGML\nCHARSET:1252\n\n"
#define ACCOUNT "<STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>B<ACCTID>ACC</BANKACCTFROM>"
#define ONE(inside) "<OFX>" ACCOUNT "<BANKTRANLIST><DTSTART>20240301<STMTTRN>" inside "</STMTTRN></BANKTRANLIST></STMTRS></OFX>"
#define SUM(sum) "statement@1:ACC||USD|2024-03-01||||1|" sum "\n"

static const BankCase cases[] = {
	{"SGML", HEADER "<OFX>\n" ACCOUNT "\n<BANKTRANLIST>\n<STMTTRN>\n\t<TRNTYPE>POS\n\t<DTPOSTED>20090401122017.000[-5:EST]\n\t<TRNAMT>-6.60\n\t<FITID>F1\n"
		"\t<CHECKNUM>7\n\t<NAME>MCDONALD'S\n\t<MEMO>POS\nMERCHANDISE</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>+382,34<DTASOF>20090523122017</LEDGERBAL><AVAILBAL><BALAMT>1<DTASOF>20090523</AVAILBAL></STMTRS></OFX>\n",
	"entry@8:ACC||USD|2009-04-01||-6.60|MCDONALD'S POS MERCHANDISE|MCDONALD'S||7|F1|POS||7|B\n"
	"statement@6:ACC||USD|||2009-05-23|382.34|1|-6.60\n", RC_END, 0, NULL},
	{"XML", "<?xml version=\"1.0\"?>\r\n<?OFX OFXHEADER=\"200\"?>\r\n<OFX>\r\n<CCSTMTRS>\r\n<CURDEF>EUR</CURDEF><CCACCTFROM><ACCTID>C</ACCTID></CCACCTFROM>\r\n"
		"<STMTTRN><TRNTYPE>X</TRNTYPE><DTPOSTED>20240301</DTPOSTED><DTAVAIL>20240302</DTAVAIL><TRNAMT>5</TRNAMT><REFNUM>R</REFNUM><CHECKNUM/>\r\n"
		"<NAME></NAME><PAYEE><NAME>P</NAME></PAYEE><BANKACCTTO><ACCTID>T</ACCTID></BANKACCTTO><MEMO><![CDATA[a <b> &amp; ]]]></MEMO></STMTTRN>\r\n"
		"</CCSTMTRS></OFX>",
	"entry@6:C||EUR|2024-03-01|2024-03-02|5|P a <b> &amp; ]|P|T|R||X\n" "statement@4:C||EUR|||||1|5\n", RC_END, 0, NULL},
	{"entities", ONE("<DTPOSTED>20240301<TRNAMT>1<NAME>a&amp;b&lt;&gt;&quot;&apos;&nbsp;&#65;&#x4E2D;<MEMO>&bogus; &#0; &#xD800; & &amp"),
	"entry@1:ACC||USD|2024-03-01||1|a&b<>\"'\xC2\xA0" "A中 &bogus; &#0; &#xD800; & &amp|a&b<>\"'\xC2\xA0" "A中|||||||B\n" SUM("1"), RC_END, 0, NULL},
	{"< that begins no tag, comments, lower case", "<ofx><!-- x > <STMTRS> --><stmtrs><curdef>USD<bankacctfrom><acctid>ACC</bankacctfrom><banktranlist><dtstart>20240301"
		"<stmttrn><dtposted>20240301<trnamt>1<name>A < B <3 <\n</stmttrn></banktranlist></stmtrs></ofx>",
	"entry@1:ACC||USD|2024-03-01||1|A < B <3 <|A < B <3 <\n" SUM("1"), RC_END, 0, NULL},
	{"amounts", "<OFX>" ACCOUNT "<BANKTRANLIST><DTSTART>20240301\n<STMTTRN><DTPOSTED>20240301<TRNAMT>+1.234,56</STMTTRN>\n<STMTTRN><DTPOSTED>20240301<TRNAMT>-1,234.5</STMTTRN>\n"
		"<STMTTRN><DTPOSTED>20240301<TRNAMT>1 025,53</STMTTRN>\n<STMTTRN><DTPOSTED>20240301<TRNAMT>1,234,567</STMTTRN>\n<STMTTRN><DTPOSTED>20240301<TRNAMT>-.5</STMTTRN>\n"
		"<STMTTRN><DTPOSTED>20240301<TRNAMT>1.234</STMTTRN>\n</STMTRS></OFX>",
	"entry@2:ACC||USD|2024-03-01||1234.56|||||||||B\n" "entry@3:ACC||USD|2024-03-01||-1234.5|||||||||B\n" "entry@4:ACC||USD|2024-03-01||1025.53|||||||||B\n"
	"entry@5:ACC||USD|2024-03-01||1234567|||||||||B\n" "entry@6:ACC||USD|2024-03-01||-0.5|||||||||B\n" "entry@7:ACC||USD|2024-03-01||1.234|||||||||B\n"
	"statement@1:ACC||USD|2024-03-01||||6|1235593.324\n", RC_END, 0, NULL},
	{"impossible day, ISO date", "<OFX>" ACCOUNT "<STMTTRN><DTPOSTED>20230230<TRNAMT>1</STMTTRN><STMTTRN><DTPOSTED>2024-03-01<TRNAMT>1</STMTTRN></STMTRS></OFX>",
	"entry@1:ACC||USD|2023-02-30||1|||||||||B\n" "entry@1:ACC||USD|2024-03-01||1|||||||||B\n" "statement@1:ACC||USD|||||2|2\n", RC_END, 0, NULL},
	{"amount in another currency", ONE("<DTPOSTED>20240301<TRNAMT>1<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"),
	"entry@1:ACC||EUR|2024-03-01||1|||||||||B\n" "statement@1:ACC||USD|2024-03-01||||1\n", RC_END, 0, NULL},
	{"converted amount", ONE("<DTPOSTED>20240301<TRNAMT>1<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>"),
	"entry@1:ACC||USD|2024-03-01||1|||||||||B\n" SUM("1"), RC_END, 0, NULL},
	{"two accounts without entries, pending ones", "<OFX>" ACCOUNT "<LEDGERBAL><BALAMT>1<DTASOF>20240301</LEDGERBAL></STMTRS>\n" ACCOUNT
		"<BANKTRANLISTP><STMTTRNP><TRNAMT>5</STMTTRNP></BANKTRANLISTP></STMTRS></OFX>",
	"statement@1:ACC||USD|||2024-03-01|1|0|0\n" "statement@2:ACC||USD|||||0|0\n", RC_END, 0, NULL},
	{"investment beside bank", "<OFX><INVSTMTRS><INVBANKTRAN><STMTTRN><TRNAMT>x</STMTTRN></INVBANKTRAN></INVSTMTRS>" ACCOUNT "</STMTRS></OFX>",
	"statement@1:ACC||USD|||||0|0\n", RC_END, 0, NULL},

	{"empty", "", "", RC_BAD_STRUCTURE, 1, "no <OFX>"},
	{"no statement", HEADER "<OFX></OFX>\n", "", RC_BAD_STRUCTURE, 6, "no bank or credit card statement"},
	{"only investments", "<OFX><INVSTMTRS></INVSTMTRS></OFX>", "", RC_BAD_STRUCTURE, 1, "no bank or credit card statement"},
	{"error of the bank", "<OFX><SONRS>\n<STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon &amp; invalid</STATUS></SONRS></OFX>", "", RC_BAD_STRUCTURE, 2,
	"error 15500: Signon & invalid"},
	{"amount with a currency sign", ONE("\n<DTPOSTED>20240301<TRNAMT>$120\n<FITID>1"), "", RC_BAD_STRUCTURE, 3, "TRNAMT cannot be read: \"$120\""},
	{"empty amount", ONE("<DTPOSTED>20240301</DTPOSTED><TRNAMT></TRNAMT>"), "", RC_BAD_STRUCTURE, 1, "TRNAMT cannot be read"},
	{"ambiguous amount", ONE("<DTPOSTED>20240301<TRNAMT>1,234"), "", RC_BAD_STRUCTURE, 1, "TRNAMT cannot be read: \"1,234\""},
	{"wrong groups", ONE("<DTPOSTED>20240301<TRNAMT>1,23.45"), "", RC_BAD_STRUCTURE, 1, "TRNAMT cannot be read"},
	{"no amount", ONE("<DTPOSTED>20240301"), "", RC_BAD_STRUCTURE, 1, "without TRNAMT"},
	{"no date", ONE("<TRNAMT>1"), "", RC_BAD_STRUCTURE, 1, "without DTPOSTED"},
	{"bad date", ONE("<DTPOSTED>March 1<TRNAMT>1"), "", RC_BAD_STRUCTURE, 1, "DTPOSTED cannot be read"},
	{"no account", "<OFX><STMTRS>\n<STMTTRN></STMTTRN></STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "before the statement's account"},
	{"statement without an account", "<OFX><STMTRS>\n</STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "without an account"},
	{"balance without an amount", "<OFX>" ACCOUNT "\n<LEDGERBAL><BALAMT><DTASOF>20240301</LEDGERBAL></STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "LEDGERBAL"},
	{"balance that is none", "<OFX>" ACCOUNT "\n<LEDGERBAL><BALAMT>null</BALAMT></LEDGERBAL></STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "BALAMT cannot be read"},
	{"available balance that is none", "<OFX>" ACCOUNT "\n<AVAILBAL><BALAMT></BALAMT></AVAILBAL></STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "BALAMT cannot be read"},
	{"cut in an entry", "<OFX>" ACCOUNT "<STMTTRN><DTPOSTED>20240301<TRNAMT>1\n", "", RC_BAD_STRUCTURE, 2, "ends before </OFX>"},
	{"cut behind an entry", "<OFX>" ACCOUNT "<STMTTRN><DTPOSTED>20240301<TRNAMT>1</STMTTRN>", "entry@1:ACC||USD|2024-03-01||1|||||||||B\n", RC_BAD_STRUCTURE, 1,
	"ends before </OFX>"},
	{"entry that is not closed", "<OFX>" ACCOUNT "<STMTTRN><TRNAMT>1\n<STMTTRN></STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "not closed"},
	{"statement ends within an entry", "<OFX>" ACCOUNT "<STMTTRN><TRNAMT>1\n</STMTRS></OFX>", "", RC_BAD_STRUCTURE, 2, "within <STMTTRN>"},
	{"entry outside a statement", "<OFX><STMTTRN><TRNAMT>1</STMTTRN></OFX>", "", RC_BAD_STRUCTURE, 1, "outside a statement"},
	{"DOCTYPE", "<!DOCTYPE x [<!ENTITY a \"aa\">]>\n<OFX></OFX>", "", RC_BAD_STRUCTURE, 1, "DOCTYPE"},
	{"comment without an end", "<OFX><!-- \n x", "", RC_BAD_STRUCTURE, 1, "ends before -->"},
};

int
main(void)
{
	RcStatus	status;
	uint64_t	count;
	char	   *text;

	check_bank_cases("ofx", cases, sizeof(cases) / sizeof(cases[0]));
	check_bank_header("ofx", "<OFX></OFX>", "account statement_no currency booked_on value_on amount narrative counterparty counterparty_account reference "
					  "bank_reference type balance check_number bank");
	check_bank_sniff(HEADER "<OFX></OFX>", "ofx");
	check_bank_sniff("<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\"?>\n<OFX></OFX>", "ofx");
	check_bank_sniff("\r\n <OFX>", "ofx");
	check_bank_sniff("a,b\n1,<OFX>\n", "csv");

	/* nothing recurses: depth is only a flag */
	text = repeat_text("<OFX>", "<A>", 100000, "</OFX>");
	CHECK_INT(count_bank_records("ofx", text, &count, &status), RC_BAD_STRUCTURE);
	free(text);
	text = repeat_text("<OFX>" ACCOUNT "<STMTTRN><DTPOSTED>20240301<TRNAMT>1<MEMO>", "0123456789", 6600, "</STMTTRN></STMTRS></OFX>");
	CHECK_INT(count_bank_records("ofx", text, &count, &status), RC_TOO_LARGE);
	CHECK_INT(status.line, 1);
	free(text);
	text = repeat_text("<OFX>" ACCOUNT, "<STMTTRN><DTPOSTED>20240301<TRNAMT>-1.5<NAME>N<MEMO>M</STMTTRN>\n", 20000, "</STMTRS></OFX>");
	CHECK_INT(count_bank_records("ofx", text, &count, &status), RC_END);
	CHECK_INT(count, 20002);
	free(text);
	return unit_done();
}
