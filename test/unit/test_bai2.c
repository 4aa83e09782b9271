/*
 * test_bai2.c - BAI2: records over several lines, signs by type code, and every control total and count of the trailers.
 */
#include "banking.h"

#define TOP "01,SND,RCV,240305,0600,1,80,,2/\n02,RCV,SND,1,240304,2400,USD,2/\n"

static const BankCase cases[] = {
	{"plain", TOP "03,ACC,EUR,010,1000,,,015,1250,,/\n16,165,300,V,240306,,BR,CR,some, text/with a slash/\n16,475,50,,,,/\n49,2600,4/\n98,2600,1,6/\n99,2600,1,8/\n",
	"entry@4:ACC||EUR|2024-03-04|2024-03-06|3.00|some, text/with a slash|||CR|BR|165\n" "entry@5:ACC||EUR|2024-03-04||-0.50||||||475\n"
	"statement@3:ACC||EUR|2024-03-04|10.00|2024-03-04|12.50|2|2.50|||t\n", RC_END, 0, NULL},
	{"fields over lines, CRLF, totals", TOP "03,ACC,,010,+1000,,,100/\r\n88,300,1,,400,50\r\n88,1,,015/\r\n88,1250,,/\r\n16,165,300,1/\r\n88,LATE\r\n88,TEXT\r\n"
		"16,475,50,S,1,2,3,B2,,/\r\n49,2950,9/\r\n98,2950,1,11/\r\n99,2950,1,13/",
	"entry@7:ACC||USD|2024-03-04||3.00|LATE TEXT|||||165\n" "entry@10:ACC||USD|2024-03-04||-0.50|||||B2|475\n"
	"statement@3:ACC||USD|2024-03-04|10.00|2024-03-04|12.50|2|2.50|2|2.50|t\n", RC_END, 0, NULL},
	{"full line is cut within a word", TOP "03,A,,,,,/\n16,399,89,,,/\n"
		"88,TFR XBANKGO24007680SJ CAT JPY 2 GBPXBANKGO24007680BGC INTERNATIONAL-5373 CLIE\n88,NT SECCY\n49,89,5/\n98,89,1,7/\n99,89,1,9/\n",
	"entry@4:A||USD|2024-03-04||0.89|TFR XBANKGO24007680SJ CAT JPY 2 GBPXBANKGO24007680BGC INTERNATIONAL-5373 CLIENT SECCY|||||399\n"
	"statement@3:A||USD|||||1|0.89\n", RC_END, 0, NULL},
	{"currencies without and with three decimals, padded digits", TOP "03,A,JPY,015,-0000012,,/\n16,165,0000000007,0,B,C,/\n49,-5,3/\n"
		"03,B,KWD,,,,/\n16,965,1,Z,B,C,/\n49,1,3/\n98,-4,2,8/\n99,-4,1,10/\n",
	"entry@4:A||JPY|2024-03-04||7||||C|B|165\n" "statement@3:A||JPY|||2024-03-04|-12|1|7\n"
	"entry@7:B||KWD|2024-03-04||-0.001||||C|B|965\n" "statement@6:B||KWD|||||1|-0.001\n", RC_END, 0, NULL},
	{"message without money, distributed funds", TOP "03,A,,190,70,4,0,110,70,15,D,3,0,20,1,30,3,20/\n16,890,,,,,HOLIDAY/\n16,165,3,D,2,0,1,1,2,B,C,T/\n49,143,4/\n98,143,1,6/\n99,143,1,8/\n",
	"entry@5:A||USD|2024-03-04||0.03|T|||C|B|165\n" "statement@3:A||USD|||||1|0.03\n", RC_END, 0, NULL},
	{"entries do not explain the balances", TOP "03,A,,010,100,,,015,100,,/\n16,165,1,,,,/\n49,201,3/\n98,201,1,5/\n99,201,1,7/\n",
	"entry@4:A||USD|2024-03-04||0.01||||||165\n" "statement@3:A||USD|2024-03-04|1.00|2024-03-04|1.00|1|0.01|||f\n", RC_END, 0, NULL},
	{"impossible day", "01,S,R,,,,,,/\n02,R,S,,240230,,,/\n03,A/\n16,165,1/\n49,1,3/\n98,1,1,5/\n99,1,1,7/\n",
	"entry@4:A||USD|2024-02-30||0.01||||||165\n" "statement@3:A||USD|||||1|0.01\n", RC_END, 0, NULL},

	{"empty", "\n", "", RC_BAD_STRUCTURE, 1, "no file header"},
	{"other text", "hello\n", "", RC_BAD_STRUCTURE, 1, "record code"},
	{"version 1", "01,S,R,240305,0600,1,80,,1/\n02,\n", "", RC_BAD_STRUCTURE, 1, "version 2"},
	{"unknown record", TOP "17,A/\n", "", RC_BAD_STRUCTURE, 3, "unknown record code"},
	{"continuation of nothing", "88,A/\n", "", RC_BAD_STRUCTURE, 1, "continuation"},
	{"transaction outside an account", TOP "16,165,1/\n98,0,0,2/\n", "", RC_BAD_STRUCTURE, 3, "outside an account"},
	{"account outside a group", "01,S,R,,,,,,2/\n03,A/\n49,0,2/\n", "", RC_BAD_STRUCTURE, 2, "out of place"},
	{"deletion", "01,S,R,,,,,,2/\n02,R,S,2,240304,,USD,/\n98,0,0,2/\n", "", RC_BAD_STRUCTURE, 2, "deletion"},
	{"no as-of date", "01,S,R,,,,,,2/\n02,R,S,1,,,USD,/\n98,0,0,2/\n", "", RC_BAD_STRUCTURE, 2, "as-of date"},
	{"unknown currency", TOP "03,A,XQQ,,,,/\n49,0,2/\n", "", RC_BAD_STRUCTURE, 3, "currency of the account"},
	{"neither credit nor debit", TOP "03,A/\n16,720,1,,,,/\n49,1,3/\n", "", RC_BAD_STRUCTURE, 4, "neither a credit nor a debit"},
	{"amount with a point", TOP "03,A/\n16,165,1.00,,,,/\n49,1,3/\n", "", RC_BAD_STRUCTURE, 4, "amount of a transaction"},
	{"unknown funds type", TOP "03,A/\n16,165,1,Q,,,/\n49,1,3/\n", "", RC_BAD_STRUCTURE, 4, "funds type"},
	{"more pairs than there are", TOP "03,A/\n16,165,1,D,2,0,1/\n49,1,3/\n", "", RC_BAD_STRUCTURE, 4, "funds type"},

	{"account total", TOP "03,A/\n16,165,1/\n49,2,3/\n98,2,1,5/\n99,2,1,7/\n", "entry@4:A||USD|2024-03-04||0.01||||||165\n", RC_CONTROL_TOTAL, 5, "states a control total of 2, found were 1"},
	{"account records", TOP "03,A/\n16,165,1/\n49,1,4/\n98,1,1,5/\n99,1,1,7/\n", "entry@4:A||USD|2024-03-04||0.01||||||165\n", RC_CONTROL_TOTAL, 5, "number of records of 4, found were 3"},
	{"group total", TOP "03,A/\n49,0,2/\n98,1,1,4/\n99,1,1,6/\n", "statement@3:A||USD|||||0|0\n", RC_CONTROL_TOTAL, 5, "group trailer (98)"},
	{"group accounts", TOP "03,A/\n49,0,2/\n98,0,2,4/\n99,0,1,6/\n", "statement@3:A||USD|||||0|0\n", RC_CONTROL_TOTAL, 5, "number of accounts"},
	{"group records", TOP "03,A/\n49,0,2/\n98,0,1,5/\n99,0,1,6/\n", "statement@3:A||USD|||||0|0\n", RC_CONTROL_TOTAL, 5, "number of records"},
	{"file total", TOP "98,0,0,2/\n99,5,1,4/\n", "", RC_CONTROL_TOTAL, 4, "file trailer (99)"},
	{"file groups", TOP "98,0,0,2/\n99,0,2,4/\n", "", RC_CONTROL_TOTAL, 4, "number of groups"},
	{"file records", TOP "98,0,0,2/\n99,0,1,2147483648/\n", "", RC_CONTROL_TOTAL, 4, "number of records of 2147483648, found were 4"},
	{"no file trailer", TOP "98,0,0,2/\n", "", RC_BAD_STRUCTURE, 3, "without its trailer"},
	{"no account trailer", TOP "03,A/\n98,0,1,3/\n99,0,1,5/\n", "", RC_BAD_STRUCTURE, 4, "account without a trailer"},
	{"no group trailer", TOP "99,0,1,3/\n", "", RC_BAD_STRUCTURE, 3, "group without a trailer"},
	{"trailer that cannot be read", TOP "98,x,0,2/\n", "", RC_BAD_STRUCTURE, 3, "cannot be read"},
};

int
main(void)
{
	RcStatus	status;
	uint64_t	count;
	char	   *text;

	check_bank_cases("bai2", cases, sizeof(cases) / sizeof(cases[0]));
	check_bank_header("bai2", TOP, "account statement_no currency booked_on value_on amount narrative counterparty counterparty_account reference "
					  "bank_reference type balance");
	check_bank_sniff(TOP, "bai2");
	check_bank_sniff("01,a,b\n03,c,d\n", "csv");

	text = repeat_text(TOP "03,A/\n16,165,1/\n", "88,0123456789 0123456789\n", 4000, "49,1,4003/\n98,1,1,4005/\n99,1,1,4007/\n");
	CHECK_INT(count_bank_records("bai2", text, &count, &status), RC_TOO_LARGE);
	CHECK(status.line > 4 && status.line < 4005);
	free(text);
	text = repeat_text(TOP "03,A/\n", "16,165,1,,,,text/\n", 20000, "49,20000,20002/\n98,20000,1,20004/\n99,20000,1,20006/\n");
	CHECK_INT(count_bank_records("bai2", text, &count, &status), RC_END);
	CHECK_INT(count, 20002);
	free(text);
	return unit_done();
}
