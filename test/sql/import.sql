-- Files become rows: counts, twins, overlaps, conflicts, the same file again, what each format fills.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET client_min_messages = notice;
SET timezone = 'UTC';
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'America/New_York') > 0 AS shop, reconcile.add_account('bank', 'USD') > 0 AS account;
CREATE FUNCTION take(content text, name text, format text DEFAULT NULL, shop text DEFAULT NULL, encoding text DEFAULT 'UTF8',
    OUT format text, OUT encoding text, OUT read bigint, OUT imported bigint, OUT known bigint, OUT rejected bigint, OUT total numeric, OUT status text)
LANGUAGE sql AS $$ SELECT i.format, i.encoding, i.rows_read, i.rows_imported, i.rows_known, i.rows_rejected, i.control_total, i.status
    FROM reconcile.import_bytes(convert_to(content, encoding), name, format, shop) AS i $$;

-- A bank statement: recognised, balanced, genuine twins kept apart, bad rows kept beside.
\set statement 'date,amount,narrative,balance\n2026-07-01,100.00,first,100.00\n2026-07-02,-5.5,fee,94.50\n2026-07-03,"1,000.00",sale,1094.50\n2026-07-03,-0.00,nothing,1094.50\n2026-07-04,7,twin,\n2026-07-04,7,twin,\n2026-02-30,1.00,no such day,\n2026-07-05,0.005,too fine,\n2026-07-05,1e3,exponent,\n2026-07-05,,empty,\n2026-07-05,3.00\n'
SELECT * FROM take(E:'statement', 'bank.csv');
SELECT line_no, booked_on, currency, amount, narrative, balance, occurrence FROM reconcile.bank_line ORDER BY bank_line_id;
SELECT line_no, column_no, column_name, reason_code, reason, raw_text FROM reconcile.rejected_row ORDER BY line_no;
SELECT opened_on, closed_on, opening_balance, closing_balance, line_count, line_sum, balanced FROM reconcile.bank_statement;
-- The same bytes again add nothing; one byte more, and every row is known, twins included; a third twin is new.
SELECT * FROM take(E:'statement', 'bank.csv');
SELECT * FROM take(E:'statement' || E'\n', 'again.csv');
SELECT * FROM take(E'date,amount,narrative\n2026-07-04,7,twin\n2026-07-04,7.00,twin\n2026-07-04,7,twin\n', 'three.csv');
SELECT occurrence, import_id FROM reconcile.bank_line WHERE narrative = 'twin' ORDER BY occurrence;
-- Balances that run against the order of the lines, and a line that is missing between them.
SELECT * FROM take(E'date,amount,narrative,balance\n2026-08-02,-30.00,b,70.00\n2026-08-01,60.00,a,100.00\n', 'backward.csv');
SELECT * FROM take(E'date,amount,narrative,balance\n2026-09-01,60.00,a,160.00\n2026-09-03,-30.00,c,100.00\n', 'gap.csv');
SELECT opened_on, opening_balance, closing_balance, balanced FROM reconcile.bank_statement WHERE opened_on >= '2026-08-01' ORDER BY opened_on;

-- Orders: rows of one order need not be neighbours; another total is a conflict; customers are found again; a new status is noted.
SELECT * FROM take(E'order_no,ordered_at,currency,total,status,sku,quantity,unit_price,buyer_name,buyer_phone\n'
    || E'A1,2026-07-01 22:30,USD,100.00,paid,X,1,60,Ann,"=""0123"""\nA2,2026-07-01 10:00,USD,50.00,paid,X,1,50,Ann,0123\nA1,2026-07-01 22:30,USD,100.00,paid,Y,2,20,Ann,0123\n'
    || E'A1,2026-07-01 22:30,USD,101.00,paid,Z,1,40,Ann,0123\nA3,2026-07-02,USD,10.00,new,,,,Bob,\n1.23E+17,2026-07-02,USD,1,new,,,,,\n', 'orders.csv');
SELECT o.order_no, o.ordered_at, o.ordered_on, o.total, o.status, c.name, c.phone FROM reconcile.sales_order o LEFT JOIN reconcile.customer c USING (customer_id) ORDER BY order_id;
SELECT order_no, sku, quantity, unit_price FROM reconcile.order_line ORDER BY order_line_id;
SELECT line_no, column_name, reason_code, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no;
SELECT * FROM take(E'order_no,ordered_at,currency,total,status,sku,quantity,unit_price,buyer_name\n'
    || E'A1,2026-07-01 22:30,USD,100.00,shipped,X,1,60,Ann\nA2,2026-07-01 10:00,USD,50.00,paid,X,1,50,Ann\nA4,2026-07-03 10:00,USD,5.00,paid,X,1,5,Cid\nA2,2026-07-01 10:00,USD,55.00,paid,X,1,50,Ann\n', 'later.csv');
SELECT o.order_no, o.status, s.status AS later FROM reconcile.order_status s JOIN reconcile.sales_order o USING (merchant_id, order_id);
SELECT count(*) AS keys_that_differ FROM reconcile.sales_order WHERE natural_key <> reconcile.natural_key(shop_id, order_no);

-- Settlement lines: a known key with another amount is a conflict, the old row stays; exact fees keep their decimals; payouts.
SELECT * FROM take(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nS1,2026-07-02 10:00,sale,A1,t1,USD,100.00\nS1,2026-07-02 10:00,service_fee,A1,t1,USD,-2.90125\nS1,2026-07-02 10:00,bribe,A1,t1,USD,1.00\n', 'lines.csv');
SELECT * FROM take(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nS1,2026-07-02 10:00,sale,A1,t1,USD,99.00\nS1,2026-07-02 10:00,service_fee,A1,t1,USD,-2.90125\n', 'changed.csv');
SELECT kind, amount, posted_at, posted_on FROM reconcile.settlement_line ORDER BY settlement_line_id;
SELECT column_name, reason_code, raw_text FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import);
SELECT * FROM take(E'payout_no,paid_on,amount,currency,settlement_no,reference\nP1,2026-07-05,97.10,USD,S1,REF1\nP1,2026-07-05,97.10,USD,S1,REF1\n', 'payouts.csv');
SELECT payout_no, paid_on, amount, settlement_no, reference, derived FROM reconcile.payout;

-- A shop paid daily: payouts are derived from what is new, a later file of the same day adds one more.
SELECT reconcile.add_shop('day', 'taobao', 'CNY', 'Asia/Shanghai') > 0 AS shop;
SELECT * FROM take(E'posted_at,kind,transaction_no,amount\n2026-07-02 23:30,sale,d1,100.00\n2026-07-02 23:30,commission,d1,-5.00\n2026-07-03 00:10,sale,d2,7.00\n', 'day1.csv', shop => 'day');
SELECT * FROM take(E'posted_at,kind,transaction_no,amount\n2026-07-02 23:30,sale,d1,100.00\n2026-07-02 23:40,refund,d3,-10.00\n', 'day2.csv', shop => 'day');
SELECT payout_no, reference, paid_on, amount, derived, occurrence FROM reconcile.payout WHERE derived ORDER BY payout_id;

-- Encodings are found from the text.
SELECT t.* FROM take(E'date,amount,narrative,reference\n2026-10-01,1.00,支付宝平台结算款项已经到账请查收,GB\n2026-10-02,2.00,网上银行转账退款给客户的订单金额,GB\n2026-10-03,3.00,我们公司在这个月销售商品的收入,GB\n', 'gbk.csv', encoding => 'GB18030') AS t;
SELECT t.* FROM take(E'date,amount,narrative,reference\n2026-10-01,1.00,支付平台的結算款項已經匯入請查收,B5\n2026-10-02,2.00,網路銀行轉帳退款給客戶的訂單金額,B5\n2026-10-03,3.00,我們公司在這個月銷售商品的收入,B5\n', 'big5.csv', encoding => 'BIG5') AS t;
SELECT booked_on, narrative, reference FROM reconcile.bank_line WHERE reference IN ('GB', 'B5') ORDER BY bank_line_id;
-- UTF-8 with its mark, CRLF, no last line end.
SELECT * FROM take(U&'\FEFFdate,amount,narrative' || E'\r\n2026-11-01,5.00,"two\nlines"\r\n2026-11-02,6.00,x', 'bom.csv');

-- What is recorded of it all.
SELECT relation, first_id <= last_id AS ordered, row_count FROM reconcile.import_range WHERE import_id = 1 ORDER BY relation;
SELECT count(*) AS imports, count(*) FILTER (WHERE rows_read <> rows_imported + rows_known + rows_rejected) AS that_do_not_add_up FROM reconcile.import;
SELECT count(*) FILTER (WHERE action = 'import') = (SELECT count(*) FROM reconcile.import) AS each_is_audited, reconcile.verify_audit() IS NULL AS chain_is_whole FROM reconcile.audit_log;
DROP EXTENSION reconcile;
