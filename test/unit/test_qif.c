/*
 * test_qif.c - QIF: registers, opening balances, amounts in two ways of writing; dates stay as they are but for the blanks that pad them.
 */
#include "banking.h"

static const BankCase cases[] = {
	{"bank", "!Type:Bank\nD1/2'24\nT-1,234.50\nN101\nPShop\nMOrder 1\nLFood\nC*\nAStreet\nSSplit\n$-1.00\n^\nD 3/ 4/24\nU5\nT5\n^\n",
	"entry@2:|||1/2'24||-1234.50|Shop Order 1|Shop||101||Bank||Food|*\n" "entry@13:|||3/04/24||5||||||Bank\n"
	"statement@1:|||||||2|-1229.50\n", RC_END, 0, NULL},
	{"account and opening balance, CRLF", "!Option:AutoSwitch\r\n!Account\r\nNA1\r\nTBank\r\n^\r\n!Type:Bank \r\nD1/1/24\r\nT10.00\r\nPOpening Balance\r\nL[Other]\r\n^\r\n"
		"D2/1/24\r\nT1.00\r\nPOpening Balance\r\n^\r\n!Type:Cash\r\n",
	"entry@12:A1|||2/1/24||1.00|Opening Balance|Opening Balance||||Bank\n" "statement@6:A1|||1/1/24|10.00|||1|1.00\n" "statement@16:|||||||0|0\n", RC_END, 0, NULL},
	{"name from the opening balance, lists and investments skipped", "!Type:CCard\nD1/1/24\nT0\nPOPENING BALANCE\nL[Card]\n^\nD31.12.23\nT-12,50\n^\n"
		"!Type:Cat\nNFood\n^\n!Type:Invst\nD1/1/24\nNBuy\n^\n",
	"entry@7:Card|||31.12.23||-12.50||||||CCard\n" "statement@1:Card|||1/1/24|0|||1|-12.50\n", RC_END, 0, NULL},

	{"empty", "\n \n", "", RC_BAD_STRUCTURE, 2, "no !Type:"},
	{"text before", "Date,Amount\n!Type:Bank\n", "", RC_BAD_STRUCTURE, 1, "before the first"},
	{"unknown header", "!Foo\n", "", RC_BAD_STRUCTURE, 1, "unknown header"},
	{"only lists", "!Type:Cat\nNFood\n^\n", "", RC_BAD_STRUCTURE, 3, "no bank, cash or credit card"},
	{"no end", "!Type:Bank\nD1/1/24\nT1\n", "", RC_BAD_STRUCTURE, 2, "not ended by ^"},
	{"no end before a header", "!Type:Bank\nD1/1/24\nT1\n!Type:Cash\n", "", RC_BAD_STRUCTURE, 2, "not ended by ^"},
	{"no amount", "!Type:Bank\nD1/1/24\n^\n", "", RC_BAD_STRUCTURE, 2, "without an amount"},
	{"no date", "!Type:Bank\nT1\nD\n^\n", "", RC_BAD_STRUCTURE, 2, "without a date"},
	{"amount that is none", "!Type:Bank\nD1/1/24\nT$5\n^\n", "", RC_BAD_STRUCTURE, 3, "cannot be read: \"$5\""},
	{"ambiguous amount", "!Type:Bank\nD1/1/24\nT1,234\n^\n", "", RC_BAD_STRUCTURE, 3, "two ways: \"1,234\""},
	{"ambiguous amount with a point", "!Type:Bank\nD1/1/24\nT1.234\n^\n", "", RC_BAD_STRUCTURE, 3, "two ways"},
};

int
main(void)
{
	RcStatus	status;
	uint64_t	count;
	char	   *text;

	check_bank_cases("qif", cases, sizeof(cases) / sizeof(cases[0]));
	check_bank_header("qif", "!Type:Bank\n", "account statement_no currency booked_on value_on amount narrative counterparty counterparty_account reference "
					  "bank_reference type balance category cleared");
	check_bank_sniff("\xEF\xBB\xBF\n!type:bank\n", "qif");
	check_bank_sniff("a!Type:Bank\n", "csv");

	text = repeat_text("!Type:Bank\n", "D1/1/24\nT-1.5\nPx\n^\n", 20000, "");
	CHECK_INT(count_bank_records("qif", text, &count, &status), RC_END);
	CHECK_INT(count, 20002);
	free(text);
	text = repeat_text("!Type:Bank\nD1/1/24\nT1\n", "Mmore and more\n", 5000, "^\n");
	CHECK_INT(count_bank_records("qif", text, &count, &status), RC_TOO_LARGE);
	CHECK(status.line > 3 && status.line < 5003);
	free(text);
	return unit_done();
}
