-- What a file would become, before it does: every target, what is rejected and why, what is known; and nothing is written.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET client_min_messages = notice;
SET timezone = 'UTC';
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'America/New_York') > 0 AS shop, reconcile.add_account('bank', 'USD', account_no => '123 456') > 0 AS account,
       reconcile.add_account('other', 'EUR', account_no => '789') > 0 AS other;
CREATE FUNCTION look(content text, name text, rows integer DEFAULT 20, format text DEFAULT NULL, account text DEFAULT NULL,
    OUT row_no bigint, OUT line_no bigint, OUT target text, OUT record jsonb, OUT status text, OUT reason text)
RETURNS SETOF record LANGUAGE sql AS $$ SELECT p.row_no, p.line_no, p.target, p.record, p.status, p.reason
    FROM reconcile.preview_bytes(convert_to(content, 'UTF8'), name, format, account => account, rows => rows) AS p $$;

-- Bank lines: rejected rows stand where they stand in the file, with the place and the reason.
\set statement 'date,amount,narrative,balance\n2026-07-01,100.00,first,100.00\n2026-02-30,1.00,no such day,\n2026-07-03,7,twin,\n2026-07-03,7,twin,\n2026-07-05,3.00\n2026-07-06,0.005,too fine,\n'
SELECT row_no, line_no, target, record - 'account_id' AS record, status, reason FROM look(E:'statement', 'bank.csv', account => 'bank');
SELECT file_name, format, encoding, count(*) FROM reconcile.preview_bytes(convert_to(E:'statement', 'UTF8'), 'dir/bank.csv', account => 'bank', rows => 2) GROUP BY 1, 2, 3;
SELECT file_name, format, encoding, row_no, line_no FROM reconcile.preview_bytes(convert_to(E'日期,金额,摘要\n2026-07-01,1.00,货款\n', 'GB18030'), '招商.csv', account => 'bank', rows => 1);

-- Once it is imported, it is known; a row that was added is new; twins are counted.
SELECT rows_imported, rows_rejected FROM reconcile.import_bytes(convert_to(E:'statement', 'UTF8'), 'bank.csv', account => 'bank');
SELECT line_no, status FROM look(E:'statement' || E'2026-07-03,7,twin,\n2026-07-07,9,late,\n', 'bank.csv', account => 'bank') WHERE status <> 'rejected';

-- Orders: the order, its lines, the customer; a further row of an order; another total.
\set orders 'order_no,ordered_at,currency,total,sku,quantity,unit_price,buyer_name\nA1,2026-07-01 22:30,USD,100.00,X,1,60,Ann\nA1,2026-07-01 22:30,USD,100.00,Y,2,20,Ann\nA1,2026-07-01 22:30,USD,101.00,Z,1,40,Ann\nA2,2026-07-02,USD,5.00,,,,\n'
SELECT row_no, line_no, target, record, status, reason FROM look(E:'orders', 'orders.csv');

-- Settlement lines: a row that becomes several; payouts; a derived number of a settlement.
SELECT row_no, target, record ->> 'kind' AS kind, record ->> 'amount' AS amount, record ->> 'posted_on' AS posted_on, record ->> 'settlement_no' AS settlement_no, status
FROM look(E'settlement_no,posted_at,kind,currency,amount,order_no,transaction_no\nS1,2026-07-01 02:00+00:00,sale,USD,10.00,A1,t1\nS1,2026-07-01 02:00,refund,USD,-1.50,A1,t2\n', 's.csv', format => 'settlements_csv');
SELECT target, record, status FROM look(E'payout_no,paid_on,currency,amount,reference\nP1,2026-07-01,USD,10.00,ref\nP1,2026-07-01,USD,11.00,ref\n', 'p.csv');

-- A bank's file: each entry goes to the account it names; the statement is a row too.
\set mt940 ':20:X\r\n:25:123456\r\n:28C:1/1\r\n:60F:C260701USD100,00\r\n:61:2607010701C10,00NTRFREF1\r\n:86:first\r\n:62F:C260701USD110,00\r\n-\r\n:20:Y\r\n:25:789\r\n:28C:1/1\r\n:60F:C260701EUR5,00\r\n:61:2607010701D5,00NTRFREF2\r\n:86:second\r\n:62F:C260701EUR0,00\r\n-\r\n'
SELECT row_no, line_no, target, record -> 'currency' AS currency, coalesce(record -> 'amount', record -> 'closing_balance') AS amount, record -> 'balanced' AS balanced, status,
       (SELECT code FROM reconcile.account a WHERE a.account_id = (record ->> 'account_id')::integer) AS account
FROM look(E:'mt940', 'statement.sta');

-- Nothing was written, neither rows nor ids.
SELECT (SELECT count(*) FROM reconcile.sales_order) AS orders, (SELECT count(*) FROM reconcile.settlement_line) AS lines, (SELECT count(*) FROM reconcile.payout) AS payouts,
       (SELECT count(*) FROM reconcile.bank_line) AS bank_lines, (SELECT count(*) FROM reconcile.rejected_row) AS rejected, (SELECT count(*) FROM reconcile.import) AS imports,
       (SELECT last_value FROM reconcile.import_import_id_seq) AS last_import;

-- Large objects and files.
SELECT lo_from_bytea(0, convert_to(E:'statement', 'UTF8')) AS object \gset
SELECT line_no, status FROM reconcile.preview_large_object(:object, 'bank.csv', account => 'bank', rows => 1);
SELECT lo_unlink(:object);
SELECT * FROM reconcile.preview_file('/no/such/file');

-- What cannot be read is an error as in an import; what comes after the rows wanted is not looked at where the format is named.
SELECT * FROM look(E:'orders', 'orders.csv', 0);
SELECT * FROM look(E:'orders', 'orders.csv', 1001);
SELECT * FROM look(E:'orders', 'orders.csv', NULL);
SELECT * FROM reconcile.preview_bytes(NULL, 'x');
SELECT * FROM look('', 'empty.csv');
SELECT * FROM look(E'order_no,ordered_at,currency,total\n', 'none.csv');
SELECT * FROM look(E'nothing,known\n1,2\n', 'x.csv');
SELECT line_no, record ->> 'total' AS total FROM look(E'order_no,ordered_at,currency,total\nA1,2026-07-01,USD,"1.00"\nA2,2026-07-02,USD,"2.00"c\n', 'orders.csv', 1, 'orders_csv');
SELECT line_no, record ->> 'amount' AS amount FROM look(E'date,amount,narrative\n2026-07-01,1.00,"a"\n2026-07-02,2.00,"b"c\n', 'bank.csv', account => 'bank');
DROP EXTENSION reconcile CASCADE;
