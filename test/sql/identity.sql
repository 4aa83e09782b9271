-- The same lines of one bank account in files of several formats: only what is new comes in, and genuine twins stay two.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SELECT reconcile.add_account('giro', 'EUR', account_no => 'DE00123') > 0 AS account;
CREATE FUNCTION load(name text, content text, format text, of_account text DEFAULT 'giro') RETURNS text LANGUAGE sql AS
$$ SELECT i.format || ': ' || i.rows_read || ' read, ' || i.rows_imported || ' imported, ' || i.rows_known || ' known, ' || i.rows_rejected || ' rejected'
   FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, format, account => of_account) AS i $$;
CREATE FUNCTION lines(of_account text DEFAULT 'giro') RETURNS TABLE (booked_on date, amount numeric, lines bigint, formats text, narratives text) LANGUAGE sql AS
$$ SELECT b.booked_on, b.amount, count(*), string_agg(i.format, ', ' ORDER BY b.bank_line_id), string_agg(b.narrative, ' | ' ORDER BY b.bank_line_id)
   FROM reconcile.bank_line b JOIN reconcile.account a USING (merchant_id, account_id) JOIN reconcile.import i USING (merchant_id, import_id)
   WHERE a.code = of_account GROUP BY 1, 2 ORDER BY 1, 2 $$;
-- MT940 first: a payment, two fees that are alike, a payout.
\set mt940 ':20:S1\n:25:DE00123\n:28C:1/1\n:60F:C260609EUR1000,00\n:61:2606100610C250,00NTRFE2E4711\n:86:INVOICE 4711 ACME GMBH\n:61:2606100610D10,00NCHGNONREF\n:86:ACCOUNT FEE\n:61:2606100610D10,00NCHGNONREF\n:86:ACCOUNT FEE\n:61:2606110611C99,90NTRFNONREF\n:86:PAYPAL PAYOUT 88812\n:62F:C260611EUR1329,90\n-\n'
SELECT load('s1.sta', E:'mt940', 'mt940');
-- The same statement as CAMT: other narratives, references where MT940 has none.
\set entry1 '<Ntry><Amt Ccy="EUR">250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-10</Dt></BookgDt><AcctSvcrRef>B001</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E2E4711</EndToEndId></Refs><RmtInf><Ustrd>Rechnung 4711</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>'
\set entry2 '<Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-10</Dt></BookgDt><AcctSvcrRef>B002</AcctSvcrRef><BkTxCd><Prtry><Cd>NCHG</Cd></Prtry></BkTxCd><AddtlNtryInf>Kontoführung</AddtlNtryInf></Ntry>'
\set entry3 '<Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-10</Dt></BookgDt><AcctSvcrRef>B003</AcctSvcrRef><BkTxCd><Prtry><Cd>NCHG</Cd></Prtry></BkTxCd><AddtlNtryInf>Kontoführung</AddtlNtryInf></Ntry>'
\set entry4 '<Ntry><Amt Ccy="EUR">99.90</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-11</Dt></BookgDt><AcctSvcrRef>B004</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls><RmtInf><Ustrd>PAYPAL 88812 payout</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>'
\set entry5 '<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-12</Dt></BookgDt><AcctSvcrRef>B005</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><AddtlNtryInf>new in CAMT</AddtlNtryInf></Ntry>'
\set head '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-06-13T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id><CreDtTm>2026-06-13T06:00:00</CreDtTm><Acct><Id><IBAN>DE00123</IBAN></Id><Ccy>EUR</Ccy></Acct><Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-10</Dt></Dt></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1334.90</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-12</Dt></Dt></Bal>'
\set foot '</Stmt></BkToCstmrStmt></Document>'
SELECT load('s1.xml', :'head' || :'entry1' || :'entry2' || :'entry3' || :'entry4' || :'entry5' || :'foot', 'camt');
-- And as the table that the bank's pages offer: overlapping, with a third fee that the others do not have, and balances.
SELECT load('pages.csv', $$date,amount,narrative,counterparty,balance
2026-06-10,250.00,RG 4711,ACME GMBH,1250.00
2026-06-10,-10.00,Kontogebühr,,1240.00
2026-06-10,-10.00,Kontogebühr,,1230.00
2026-06-10,-10.00,Kontogebühr,,1220.00
2026-06-11,99.90,Auszahlung 88812,PAYPAL EUROPE,1319.90
2026-06-12,5.00,new in CAMT,,1324.90
2026-06-15,7.00,new in CSV,,1331.90
$$, 'bank_csv');
SELECT * FROM lines();
SELECT statement_no, opened_on, closed_on, opening_balance, closing_balance, line_count, balanced FROM reconcile.bank_statement ORDER BY bank_statement_id;
-- Each again, as if it came from another day's download: nothing.
SELECT load('again.sta', E:'mt940' || E'\n', 'mt940');
SELECT load('again.xml', :'head' || :'entry1' || :'entry2' || :'entry3' || :'entry4' || :'entry5' || :'foot' || ' ', 'camt');
SELECT load('pages2.csv', E'date,amount,narrative,counterparty,balance\n2026-06-10,-10.00,Kontogebühr,,1220.00\n2026-06-11,99.90,Auszahlung 88812,PAYPAL EUROPE,1319.90\n', 'bank_csv');
SELECT count(*) FROM reconcile.bank_line;

-- Which line of which file was recognised as which is on record; a file cannot be taken back as long as another stands on its lines.
SELECT i.file_name, a.line_no, b.amount, b.narrative FROM reconcile.bank_line_alias a JOIN reconcile.bank_line b USING (bank_line_id) JOIN reconcile.import i ON i.import_id = a.import_id
ORDER BY a.import_id, a.line_no, a.bank_line_id;
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 's1.sta'), 'test');
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'pages.csv'), 'test');
SELECT count(*) FROM reconcile.bank_line_alias a JOIN reconcile.import i USING (merchant_id, import_id) WHERE i.file_name = 'pages.csv';

-- The first half of a day in one format, the rest of it in another: payments that are alike in amount, but not in words, are two.
SELECT reconcile.add_account('halves', 'EUR') > 0 AS account;
SELECT load('morning.sta', E':20:S2\n:25:DE00456\n:28C:1/1\n:60F:C260630EUR0,00\n:61:2607010701C50,00NTRFNONREF\n:86:MEIER ORDER 1001\n:61:2607010701C20,00NTRFNONREF\n:86:SCHULZ ORDER 1002\n:62F:C260701EUR70,00\n-\n', 'mt940', 'halves');
SELECT load('afternoon.csv', E'date,amount,narrative\n2026-07-01,50.00,HUBER Bestellung 1009\n2026-07-01,33.00,WEBER Bestellung 1010\n', 'bank_csv', 'halves');
SELECT booked_on, amount, lines FROM lines('halves');
-- The whole day in the second format after all: all of the first half is known, by its words or because the day is told again.
SELECT load('whole.csv', E'date,amount,narrative\n2026-07-01,50.00,Meier Bestellung 1001\n2026-07-01,20.00,Kauf\n2026-07-01,50.00,HUBER Bestellung 1009\n2026-07-01,33.00,WEBER Bestellung 1010\n', 'bank_csv', 'halves');
SELECT booked_on, amount, lines, narratives FROM lines('halves');

-- Balances decide where both state one: the same amount twice on a day.
SELECT reconcile.add_account('balances', 'EUR') > 0 AS account;
SELECT reconcile.define_format('other_bank', 'csv', 'bank_line', '{"fields": {"booked_on": "Buchung", "amount": {"column": "Betrag"}, "narrative": "Text", "balance": {"column": "Saldo"}}, "decimal": ","}');
SELECT load('a.csv', E'date,amount,narrative,balance\n2026-08-01,10.00,ACME order,110.00\n', 'bank_csv', 'balances');
SELECT load('b.csv', E'Buchung;Betrag;Text;Saldo\n2026-08-01;10,00;ACME order;120,00\n2026-08-01;10,00;ACME;110,00\n', 'other_bank', 'balances');
SELECT booked_on, amount, lines FROM lines('balances');
-- One line alone on its day, with nothing in common: it may be another one, so it comes in, and a person is told.
SELECT reconcile.add_account('alone', 'EUR') > 0 AS account;
SELECT load('fee.sta', E':20:S3\n:25:DE00789\n:28C:1/1\n:60F:C260630EUR0,00\n:61:2607010701D3,00NCHGNONREF\n:86:SERVICE FEE\n:62F:D260701EUR3,00\n-\n', 'mt940', 'alone');
SELECT load('fee.csv', E'date,amount,narrative\n2026-07-01,-3.00,Entgelt\n', 'bank_csv', 'alone');
SELECT booked_on, amount, lines, narratives FROM lines('alone');
-- Nor is it certain where the days differ, though amount and reference agree: one format may give the day of booking, the other that of value.
SELECT reconcile.add_account('days', 'EUR') > 0 AS account;
SELECT load('value.sta', E':20:S4\n:25:DE00999\n:28C:1/1\n:60F:C260703EUR0,00\n:61:260703C70,00NTRFRE2026-0815\n:86:MUSTER AG\n:61:260703C71,00NTRFRE2026-0816\n:86:MUSTER AG\n:62F:C260703EUR141,00\n-\n', 'mt940', 'days');
SELECT load('booked.csv', E'date,amount,narrative,reference\n2026-07-06,70.00,MUSTER AG,RE 2026-0815\n2026-07-06,71.00,MUSTER AG,RE 2026-0999\n', 'bank_csv', 'days');
SELECT e.reconciliation, e.side, e.reason, e.amount, e.narrative, b.narrative AS like_this FROM reconcile.exception e JOIN reconcile.bank_line b ON b.bank_line_id = e.related_item_id
WHERE e.reason = 'duplicate';
-- The same amounts on the same days of two accounts, or in two currencies, are not the same.
SELECT reconcile.add_account('second', 'EUR') > 0 AS account;
SELECT load('s1.sta', E:'mt940', 'mt940', 'second');
SELECT load('usd.csv', E'date,amount,currency,narrative\n2026-06-10,250.00,USD,INVOICE 4711 ACME GMBH\n', 'bank_csv', 'second');
-- A line known by its number that comes with another amount is a conflict: rejected, the old one stays, and it is reported.
SELECT reconcile.add_account('numbered', 'EUR') > 0 AS account;
SELECT reconcile.define_format('bank_numbered', 'csv', 'bank_line', '{"fields": {"booked_on": "day", "amount": "sum", "narrative": "text", "reference": "no"}, "key": ["reference"]}');
SELECT load('n1.csv', E'no,day,sum,text\nN1,2026-09-01,10.00,a\nN2,2026-09-01,20.00,b\n', 'bank_numbered', 'numbered');
SELECT load('n2.csv', E'no,day,sum,text\nN1,2026-09-01,10.00,a in other words\nN2,2026-09-01,21.00,b\nN3,2026-09-02,5.00,c\n', 'bank_numbered', 'numbered');
SELECT r.line_no, r.column_name, r.reason_code, r.reason, r.raw_text FROM reconcile.rejected_row r JOIN reconcile.import i USING (merchant_id, import_id) WHERE i.file_name = 'n2.csv';
SELECT booked_on, amount, narratives FROM lines('numbered');
DROP FUNCTION load, lines;
DROP EXTENSION reconcile;
