-- Formats of couriers, returns, orders of several rows, and others built from a description, on small files of our own.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT reconcile.add_shop('shop', 'other', 'CNY', 'Asia/Shanghai') > 0 AS shop, reconcile.add_account('wallet', 'CNY') > 0 AS account;
\set take 'SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(decode(:''content'', ''base64''), :''name'')'
\set last '(SELECT max(import_id) FROM reconcile.import)'
\set charges 'SELECT charged_on, courier, bill_no, tracking_no, order_no, kind, charge_type, service, zone, weight, currency, amount FROM reconcile.courier_charge WHERE import_id = ' :last ' ORDER BY courier_charge_id'
\set lines 'SELECT order_no, transaction_no, posted_on, kind, platform_type, currency, amount FROM reconcile.settlement_line WHERE import_id = ' :last ' ORDER BY line_no, settlement_line_id'
\set orders 'SELECT order_no, ordered_on, currency, total, shipping, discount, tax, status FROM reconcile.sales_order WHERE import_id = ' :last ' ORDER BY order_id'
\set bank 'SELECT booked_on, value_on, currency, amount, balance, counterparty, reference, narrative FROM reconcile.bank_line WHERE import_id = ' :last ' ORDER BY bank_line_id'
\set rejected 'SELECT line_no, column_name, reason FROM reconcile.rejected_row WHERE import_id = ' :last ' ORDER BY line_no'

\echo ups_billing: recognised by its 250 columns; the sum is the invoice total
\set name ups.csv
\set content `base64 -w0 test/data/formats/ups-billing.csv`
:take;
:charges;
SELECT d.format, d.confidence, d.reason FROM reconcile.detect_format(decode(:'content', 'base64')) AS d WHERE confidence > 50;
\echo with 249 columns it is none
\set content `cut -d, -f2- test/data/formats/ups-billing.csv | base64 -w0`
\set VERBOSITY sqlstate
:take;
\set VERBOSITY default
\echo with the names of the columns in a header, in another order
\set content `awk -F, -v OFS=, 'BEGIN { print "Net Amount", "Tracking Number", "Charge Classification Code", "Charge Description Code", "Charge Description", "Invoice Number", "Transaction Date", "Invoice Currency Code", "Transaction Currency Code", "Shipment Reference Number 1", "Zone", "Billed Weight" } { print $53, $21, $44, $45, $46, $6, $12, $10, $51, $16, $34, $29 }' test/data/formats/ups-billing.csv | base64 -w0`
:take;
\echo sf_express_bill
\set name sf.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/sf-bill.csv | base64 -w0`
:take;
:charges;
\echo zto_bill: the parts of a row add up to its total
\set name zto.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/zto-bill.csv | base64 -w0`
:take;
:charges;

\echo amazon_settlement_v1 in Spanish, Windows-1252, decimal comma; the total is checked
\set name amazon-es.txt
\set content `base64 -w0 test/data/formats/amazon-v1-es.txt`
:take;
:lines;
SELECT settlement_no, starts_at, ends_at, paid_on, total FROM reconcile.settlement;
\set VERBOSITY sqlstate
\set content `sed 's/18,35/18,36/' test/data/formats/amazon-v1-es.txt | base64 -w0`
:take;
\set VERBOSITY default
\echo amazon_orders: the rows of an order add up
\set name amazon-orders.txt
\set content `base64 -w0 test/data/formats/amazon-orders-items.txt`
:take;
:orders;
SELECT order_no, sku, quantity, occurrence FROM reconcile.order_line WHERE import_id = :last ORDER BY order_no, sku, occurrence;
\echo the rows in the opposite order are the same orders
\set content `(head -n 1 test/data/formats/amazon-orders-items.txt; tail -n +2 test/data/formats/amazon-orders-items.txt | tac) | base64 -w0`
SELECT rows_imported AS imported, rows_known AS known, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(decode(:'content', 'base64'), 'turned.txt');
\echo without one of its rows an order has another total: a conflict
\set content `grep -v 'C.*7.50' test/data/formats/amazon-orders-items.txt | base64 -w0`
SELECT rows_imported AS imported, rows_known AS known, rows_rejected AS rejected FROM reconcile.import_bytes(decode(:'content', 'base64'), 'cut.txt');
:rejected;
\echo amazon_returns in Spanish: two units of one sku have plates of their own
\set name returns-es.txt
\set content `base64 -w0 test/data/formats/amazon-returns-es.txt`
:take;
SELECT order_no, returned_on, sku, quantity, condition, line_ref FROM reconcile.return_line ORDER BY return_line_id;

\echo jd_orders: the total stands on each row
\set name jd.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/jd-orders.csv | base64 -w0`
:take;
:orders;
\echo douyin_orders: the rows add up
\set name douyin.csv
\set content `base64 -w0 test/data/formats/douyin-orders.csv`
:take;
:orders;
\echo taobao_settlement
\set name taobao.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/taobao-settlement.csv | base64 -w0`
:take;
:lines;
\echo meituan_merchant
\set name meituan.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/meituan-merchant.csv | base64 -w0`
:take;
:lines;
\echo wangdiantong_check
\set name wdt.csv
\set content `base64 -w0 test/data/formats/wangdiantong.csv`
:take;
SELECT posted_on, order_no, ledger_account, amount, description FROM reconcile.ledger_entry ORDER BY line_no, ledger_entry_id;

\echo citic_credit
\set name citic.csv
\set content `base64 -w0 test/data/formats/citic-credit.csv`
:take;
:bank;
\echo spdb_debit
\set name spdb.csv
\set content `base64 -w0 test/data/formats/spdb-debit.csv`
:take;
:bank;
\echo cgb_credit
\set name cgb.csv
\set content `base64 -w0 test/data/formats/cgb-credit.csv`
:take;
:bank;
\echo boc_debit
\set name boc.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/boc-debit.csv | base64 -w0`
:take;
:bank;
\echo meituan_personal
\set name meituan-personal.csv
\set content `base64 -w0 test/data/formats/meituan-personal.csv`
:take;
:bank;
\echo statements of any bank: a signed amount and debit and credit beside it that agree; a debit that is stated below zero
\set text 'Datum;Omschrijving;Bedrag;credit;debet;Saldo\n28/02/2026;kosten;-3,40;;-3,40;219,95\n27/02/2026;rente;1.000,50;1.000,50;;223,35\n26/02/2026;afname;-5,00;;5,00;-777,15\n'
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(convert_to(replace(:'text', '\n', E'\n'), 'UTF8'), 'agree.csv');
\echo ... that do not agree
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(convert_to(
'Date,Description,Amount,Debit,Credit
2026-02-26,fee,10.00,10.00,
2026-02-27,sale,20.00,,20.00
', 'UTF8'), 'disagree.csv');
:rejected;
\echo ... a debit below zero with no amount beside it
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(convert_to(
'Date,Libellé,Débit,Crédit
2026-03-26,frais,-10.00,
2026-03-27,vente,,20.00
', 'UTF8'), 'below.csv');
:rejected;
\echo ... a word for debit or credit that is none
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(convert_to(
'Date,Description,Amount,D/C
2026-04-26,fee,10.00,D
2026-04-27,sale,20.00,C
2026-04-28,what,30.00,O
', 'UTF8'), 'flag.csv');
:rejected;
\echo what is unclear is said
SELECT format, rows_read FROM reconcile.import_bytes(convert_to(
'Date,Description,Amount
soon,fee,10.00
', 'UTF8'), 'unclear.csv');
DROP EXTENSION reconcile;
