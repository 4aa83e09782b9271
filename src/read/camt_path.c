/*
 * camt_path.c - which element of a camt message means what.
 *
 * Versions differ in where things stand: 001.01 has TxDtls directly in the entry, codes without CdOrPrtry and accounts as BBAN or PrtryAcct; 001.04
 * gives TxDtls an amount; 001.07 puts a code into Sts; 001.08 parties into Pty or Agt. Their paths do not collide, so one tree serves all.
 */
#include "camt_path.h"

#include <stddef.h>

#define END {NULL, RC_CAMT_NONE, NULL}
#define LEAF(name, meaning) {name, RC_CAMT_##meaning, NULL}
#define NODE(name, children) {name, RC_CAMT_NONE, children}

/* An account as the children of its element. */
#define ACCOUNT(list, meaning) \
static const RcCamtStep list##_other[] = {LEAF("Id", meaning), END}; \
static const RcCamtStep list##_id[] = {LEAF("IBAN", meaning), LEAF("BBAN", meaning), LEAF("UPIC", meaning), NODE("Othr", list##_other), \
	NODE("PrtryAcct", list##_other), END}

/* A party as the children of its element. */
#define PARTY(list, meaning) \
static const RcCamtStep list##_name[] = {LEAF("Nm", meaning), END}; \
static const RcCamtStep list##_agent[] = {NODE("FinInstnId", list##_name), END}; \
static const RcCamtStep list[] = {LEAF("Nm", meaning), NODE("Pty", list##_name), NODE("Agt", list##_agent), END}

/* A bank transaction code. */
#define CODE(list, side) \
static const RcCamtStep list##_family[] = {LEAF("Cd", side##_FAMILY), LEAF("SubFmlyCd", side##_SUBFAMILY), END}; \
static const RcCamtStep list##_domain[] = {LEAF("Cd", side##_DOMAIN), NODE("Fmly", list##_family), END}; \
static const RcCamtStep list##_proprietary[] = {LEAF("Cd", side##_PROPRIETARY), END}; \
static const RcCamtStep list[] = {NODE("Domn", list##_domain), NODE("Prtry", list##_proprietary), END}

/* A date or a time. */
#define DATE(list, meaning) static const RcCamtStep list[] = {LEAF("Dt", meaning), LEAF("DtTm", meaning), END}

/* ---- details ---- */

CODE(detail_code, D);
PARTY(debtor, D_DEBTOR);
PARTY(creditor, D_CREDITOR);
PARTY(ultimate_debtor, D_ULTIMATE_DEBTOR);
PARTY(ultimate_creditor, D_ULTIMATE_CREDITOR);
ACCOUNT(debtor_account, D_DEBTOR_ACCOUNT);
ACCOUNT(creditor_account, D_CREDITOR_ACCOUNT);

static const RcCamtStep debtor_account[] = {NODE("Id", debtor_account_id), END};
static const RcCamtStep creditor_account[] = {NODE("Id", creditor_account_id), END};
static const RcCamtStep parties[] = {
	NODE("Dbtr", debtor), NODE("DbtrAcct", debtor_account), NODE("UltmtDbtr", ultimate_debtor),
	NODE("Cdtr", creditor), NODE("CdtrAcct", creditor_account), NODE("UltmtCdtr", ultimate_creditor), END
};
static const RcCamtStep references[] = {LEAF("AcctSvcrRef", D_BANK_REFERENCE), LEAF("EndToEndId", D_END_TO_END), END};
static const RcCamtStep transaction_amount[] = {LEAF("Amt", D_TX_AMOUNT), END};
static const RcCamtStep amount_details[] = {NODE("TxAmt", transaction_amount), END};
static const RcCamtStep creditor_reference[] = {LEAF("Ref", D_CREDITOR_REFERENCE), LEAF("CdtrRef", D_CREDITOR_REFERENCE), END};
static const RcCamtStep structured[] = {NODE("CdtrRefInf", creditor_reference), END};
static const RcCamtStep remittance[] = {LEAF("Ustrd", D_NARRATIVE), NODE("Strd", structured), END};
static const RcCamtStep detail[] = {
	NODE("Refs", references), LEAF("Amt", D_AMOUNT), LEAF("CdtDbtInd", D_SIGN), NODE("AmtDtls", amount_details), NODE("BkTxCd", detail_code),
	NODE("RltdPties", parties), NODE("RmtInf", remittance), LEAF("AddtlTxInf", D_ADDITIONAL), END
};

/* ---- entry ---- */

CODE(entry_code, E);
DATE(booked, E_BOOKED);
DATE(value, E_VALUE);

static const RcCamtStep status[] = {LEAF("Cd", E_STATUS), LEAF("Prtry", E_STATUS), END};
static const RcCamtStep batch[] = {LEAF("NbOfTxs", E_BATCH), END};
static const RcCamtStep details[] = {NODE("Btch", batch), {"TxDtls", RC_CAMT_DETAIL, detail}, END};
static const RcCamtStep entry[] = {
	LEAF("NtryRef", E_REFERENCE), LEAF("Amt", E_AMOUNT), LEAF("CdtDbtInd", E_SIGN), LEAF("RvslInd", E_REVERSAL),
	{"Sts", RC_CAMT_E_STATUS, status}, NODE("BookgDt", booked), NODE("ValDt", value), LEAF("AcctSvcrRef", E_BANK_REFERENCE),
	NODE("BkTxCd", entry_code), NODE("NtryDtls", details), NODE("Btch", batch), {"TxDtls", RC_CAMT_DETAIL, detail},
	LEAF("AddtlNtryInf", E_ADDITIONAL), END
};

/* ---- statement ---- */

DATE(balance_date, B_DATE);
ACCOUNT(account, S_ACCOUNT);

static const RcCamtStep balance_code[] = {LEAF("Cd", B_TYPE), END};
static const RcCamtStep balance_type[] = {NODE("CdOrPrtry", balance_code), LEAF("Cd", B_TYPE), END};
static const RcCamtStep balance[] = {
	NODE("Tp", balance_type), LEAF("Amt", B_AMOUNT), LEAF("CdtDbtInd", B_SIGN), NODE("Dt", balance_date), END
};
static const RcCamtStep account[] = {NODE("Id", account_id), LEAF("Ccy", S_CURRENCY), END};
static const RcCamtStep net[] = {LEAF("Amt", S_NET), LEAF("CdtDbtInd", S_NET_SIGN), END};
static const RcCamtStep total[] = {
	LEAF("NbOfNtries", S_COUNT), NODE("TtlNetNtry", net), LEAF("TtlNetNtryAmt", S_NET), LEAF("CdtDbtInd", S_NET_SIGN), END
};
static const RcCamtStep credits[] = {LEAF("Sum", S_CREDITS), END};
static const RcCamtStep debits[] = {LEAF("Sum", S_DEBITS), END};
static const RcCamtStep summary[] = {NODE("TtlNtries", total), NODE("TtlCdtNtries", credits), NODE("TtlDbtNtries", debits), END};
static const RcCamtStep statement[] = {
	{"Ntry", RC_CAMT_ENTRY, entry}, LEAF("Id", S_NUMBER), LEAF("CreDtTm", S_CREATED), NODE("Acct", account), {"Bal", RC_CAMT_BALANCE, balance},
	NODE("TxsSummry", summary), END
};

static const RcCamtStep message[] = {
	{"Stmt", RC_CAMT_STATEMENT, statement}, {"Rpt", RC_CAMT_STATEMENT, statement}, {"Ntfctn", RC_CAMT_STATEMENT, statement}, END
};

/* 001.01 has message names of its own */
const RcCamtStep rc_camt_root[] = {
	NODE("BkToCstmrStmt", message), NODE("BkToCstmrAcctRpt", message), NODE("BkToCstmrDbtCdtNtfctn", message),
	NODE("BkToCstmrStmtV01", message), NODE("BkToCstmrAcctRptV01", message), NODE("BkToCstmrDbtCdtNtfctnV01", message), END
};
