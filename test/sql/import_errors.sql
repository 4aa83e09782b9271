-- What is wrong with a file: each kind its own SQLSTATE, place and hint, and nothing written.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop, reconcile.add_account('bank', 'JPY') > 0 AS account;
CREATE FUNCTION attempt(call text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RETURN QUERY SELECT 'none', NULL::text, NULL::text, NULL::text;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
CREATE TABLE cases (number int GENERATED ALWAYS AS IDENTITY, name text, content bytea, format text, shop text, account text, merchant text DEFAULT 'main');
INSERT INTO cases (name, content, format) VALUES
    ('empty', '', NULL),
    ('no format', E'a,b,c\n1,2,3\n', NULL),
    ('unknown format', E'a,b\n', 'nonsense'),
    ('missing column', E'date,narrative\n2026-01-01,x\n', 'bank_csv'),
    ('missing column, not named', E'order_no,ordered_at,total\nA,2026-01-01,1\n', NULL),
    ('column twice', E'date,amount,amount\n2026-01-01,1,2\n', 'bank_csv'),
    ('lone quote', E'date,amount,narrative\n2026-01-01,1,"x\n', 'bank_csv'),
    ('junk after quote', E'date,amount,narrative\n2026-01-01,1,"x"y\n', 'bank_csv'),
    ('nul byte', '\x646174652c616d6f756e740a323032362d30312d30312c310a00', 'bank_csv'),
    ('overlong', E'date,amount,narrative\n2026-01-01,1,'::bytea || '\xc080'::bytea, 'bank_csv'),
    ('cut GBK', convert_to(E'date,amount,narrative\n2026-01-01,1,中文字', 'GBK') || '\xd6'::bytea, 'gbk'),
    ('all rows bad', E'date,amount\n2026-01-01,x\n01/02/2026,5\n', 'bank_csv'),
    ('yen with decimals', E'date,amount\n2026-01-01,1.50\n', 'bank_csv'),
    ('unknown currency', E'date,amount,currency\n2026-01-01,1,XXY\n', 'bank_csv'),
    ('sum overflow', E'date,amount\n2026-01-01,9000000000000000000\n2026-01-02,9000000000000000000\n', 'bank_csv'),
    ('two formats', E'date,amount\n2026-01-01,1\n', NULL);
SELECT reconcile.define_format('gbk', 'csv', 'bank_line', '{"fields": {"booked_on": "date", "amount": "amount", "narrative": "narrative"}, "key": "row"}', 'GB18030');
SELECT reconcile.define_format('same', 'csv', 'bank_line', '{"fields": {"booked_on": "date", "amount": "amount"}}');
INSERT INTO cases (name, content, format, shop, account, merchant) VALUES
    ('unknown shop', E'order_no,ordered_at,currency,total\nA,2026-01-01,USD,1\n', NULL, 'nowhere', NULL, 'main'),
    ('unknown account', E'date,amount\n2026-01-01,1\n', 'bank_csv', NULL, 'nowhere', 'main'),
    ('unknown merchant', E'date,amount\n2026-01-01,1\n', 'bank_csv', NULL, NULL, 'nobody'),
    ('no shop yet', E'order_no,ordered_at,currency,total\nA,2026-01-01,USD,1\n', NULL, NULL, NULL, 'bare'),
    ('no account yet', E'date,amount\n2026-01-01,1\n', 'bank_csv', NULL, NULL, 'bare');
SELECT reconcile.add_merchant('bare') > 0 AS merchant;
\x on
SELECT c.number, c.name, a.code, a.message, regexp_replace(a.detail, 'Candidates: .*', 'Candidates: ...') AS detail, regexp_replace(a.hint, 'Known formats: .*[.] ', 'Known formats: ... ') AS hint FROM cases AS c, attempt(format('SELECT * FROM reconcile.import_bytes(%L::bytea, %L, %L, %L, %L, %L)',
    c.content, c.name || '.csv', c.format, c.shop, c.account, c.merchant)) AS a ORDER BY c.number;
-- Two shops, and none named.
SELECT reconcile.add_shop('web2', 'stripe', 'USD', 'UTC') > 0 AS shop;
SELECT a.* FROM attempt($$SELECT * FROM reconcile.import_bytes(E'order_no,ordered_at,currency,total\nA,2026-01-01,USD,1\n', 'two.csv')$$) AS a;

-- Control totals: Alipay's trailer, its closing line, Amazon's total.
CREATE TABLE bill AS SELECT E'#支付宝业务明细查询\n#账号：[2088]\n#-----业务明细列表----\n支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,商家实收（元）,服务费（元）,分润（元）,退款批次号/请求号\n'
    || E'T1\t,O1\t,交易\t,x,2026-06-05 10:00:00,10.00,9.50,-0.06,0.00,\nT2\t,O2\t,交易\t,x,2026-06-05 11:00:00,20.00,20.00,-0.12,-0.50,\nT1\t,O1\t,退款\t,x,2026-06-05 12:00:00,-4.00,-4.00,0.02,0.00,R1\n' AS rows,
    E'#-----业务明细列表结束----\n' AS closing, E'#交易合计：2笔，商家实收共29.50元，商家优惠共0.50元\n#退款合计：1笔，商家实收退款共-4.00元\n' AS trailer;
SELECT v.name, a.* FROM bill AS b, LATERAL (VALUES (1, 'wrong count', b.rows || b.closing || replace(b.trailer, '2笔', '3笔')), (2, 'wrong sum', b.rows || b.closing || replace(b.trailer, '29.50', '29.49')),
    (3, 'wrong refunds', b.rows || b.closing || replace(b.trailer, '-4.00', '-4.01')), (4, 'a huge count', b.rows || b.closing || replace(b.trailer, '2笔', '2147483648笔')),
    (5, 'cut before its end', b.rows), (6, 'cut before its totals', b.rows || b.closing)) AS v (number, name, content),
    attempt(format('SELECT * FROM reconcile.import_bytes(convert_to(%L, %L), %L, shop => %L)', v.content, 'GB18030', v.name, 'web')) AS a ORDER BY v.number;
\x off
SELECT i.rows_read, i.rows_imported, i.control_total FROM bill AS b, reconcile.import_bytes(convert_to(b.rows || b.closing || b.trailer, 'GB18030'), 'right.csv', shop => 'web') AS i;
SELECT line_no, kind, amount, order_no, settlement_no FROM reconcile.settlement_line ORDER BY settlement_line_id;
\x on
CREATE TABLE amazon AS SELECT E'settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tposted-date\tposted-date-time\torder-item-code\tsku\tquantity-purchased\n'
    || E'77\t2026-06-16 00:00:00 UTC\t2026-06-30 23:59:59 UTC\t2026-07-02 00:00:00 UTC\t8.50\tUSD\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n'
    || E'77\t\t\t\t\tUSD\tOrder\t111-1\t\t\tS\tamazon.com\tItemPrice\tPrincipal\t10.00\t2026-06-17 00:00:00 UTC\t2026-06-17 08:14:22 UTC\t55\tX\t1\n'
    || E'77\t\t\t\t\tUSD\tOrder\t111-1\t\t\tS\tamazon.com\tItemFees\tCommission\t-1.50\t2026-06-17 00:00:00 UTC\t2026-06-17 08:14:22 UTC\t55\tX\t1\n' AS content;
SELECT a.* FROM amazon, attempt(format('SELECT * FROM reconcile.import_bytes(%L, %L, shop => %L)', convert_to(replace(content, '8.50', '8.51'), 'UTF8'), 'amazon.txt', 'web')) AS a;
\x off
SELECT i.rows_read, i.rows_imported, i.control_total FROM amazon, reconcile.import_bytes(convert_to(content, 'UTF8'), 'amazon.txt', shop => 'web') AS i;

-- Files of the server that are none, and roles without the right.
\x on
SELECT p.path, a.* FROM unnest(ARRAY['/nonexistent/file.csv', '/tmp', '/dev/zero', '/proc/self/environ', 'relative.csv', '', '/dev/null/x']) WITH ORDINALITY AS p (path, n),
    attempt(format('SELECT * FROM reconcile.import_file(%L, %L)', p.path, 'bank_csv')) AS a ORDER BY p.n;
SET reconcile.import_directory = '/usr';
SELECT a.* FROM attempt($$SELECT * FROM reconcile.import_file('/etc/passwd')$$) AS a;
SELECT a.* FROM attempt($$SELECT * FROM reconcile.import_file('../etc/passwd')$$) AS a;
RESET reconcile.import_directory;
CREATE ROLE reconcile_regress;
GRANT USAGE ON SCHEMA reconcile TO reconcile_regress;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reconcile TO reconcile_regress;
GRANT SELECT ON ALL TABLES IN SCHEMA reconcile TO reconcile_regress;
SET ROLE reconcile_regress;
SELECT a.code, a.message, a.hint FROM attempt($$SELECT * FROM reconcile.import_file('/etc/passwd')$$) AS a;
SELECT a.code, a.message FROM attempt($$SELECT * FROM reconcile.import_bytes('date,amount', 'x.csv', 'bank_csv')$$) AS a;
RESET ROLE;
DROP OWNED BY reconcile_regress;
DROP ROLE reconcile_regress;
\x off
SELECT a.code, a.message FROM unnest(ARRAY['reconcile.import_file(NULL)', $$reconcile.import_bytes(NULL, 'x')$$, $$reconcile.import_bytes('x', NULL)$$, $$reconcile.import_bytes('x', 'x', merchant => NULL)$$,
    $$reconcile.import_large_object(NULL, 'x')$$, $$reconcile.import_large_object(1, 'x')$$]) WITH ORDINALITY AS c (call, n), attempt('SELECT ' || c.call) AS a ORDER BY c.n;

-- Nothing of all that was written.
SELECT file_name FROM reconcile.import ORDER BY import_id;
SELECT (SELECT count(*) FROM reconcile.sales_order) AS orders, (SELECT count(*) FROM reconcile.bank_line) AS bank_lines, (SELECT count(*) FROM reconcile.rejected_row) AS rejected;
-- A large object is a file like the others.
SELECT lo_from_bytea(0, E'date,amount\n2026-01-01,5\n') AS content \gset
SELECT rows_imported, control_total FROM reconcile.import_large_object(:content, 'C:\bank\lo.csv', 'bank_csv');
SELECT file_name FROM reconcile.import ORDER BY import_id DESC LIMIT 1;
SELECT lo_unlink(:content);
-- A mark that may stand before decimals or thousands: the currency tells, another amount tells, or nothing does.
SELECT reconcile.add_account(c.code, c.currency) IS NOT NULL AS added FROM (VALUES ('eur3', 'EUR'), ('jpy3', 'JPY'), ('kwd3', 'KWD')) AS c (code, currency);
\x on
SELECT c.account, c.content, a.* FROM (VALUES ('eur3', E'Date;Amount;Description\n2026-05-01;1.000;rent\n'), ('eur3', E'Date;Amount;Description\n2026-05-02;12;fee\n2026-05-02;-2,500;rent\n')) AS c (account, content),
    attempt(format('SELECT * FROM reconcile.import_bytes(%L, %L, account => %L)', convert_to(c.content, 'UTF8'), 'mark.csv', c.account)) AS a;
\x off
SELECT account, i.format, i.rows_imported, i.rows_rejected, i.control_total FROM (VALUES
    (1, 'eur3', E'Date;Amount;Description\n2026-05-03;1.000;rent\n2026-05-03;2,50;fee\n'), (2, 'eur3', E'Date;Amount;Description\n2026-05-04;1.000;rent\n2026-05-04;2.50;fee\n'),
    (3, 'eur3', E'Date;Amount;Description\n2026-05-05;1 234,50;rent\n2026-05-05;-12 000,00;machine\n'), (4, 'eur3', E'Date;Amount;Description\n2026-05-06;1\'234.50;rent\n2026-05-06;1\'000;fee\n'),
    (5, 'jpy3', E'Date;Amount;Description\n2026-05-01;1.000;rent\n'), (6, 'jpy3', E'Date;Amount;Description\n2026-05-02;1,000;rent\n'),
    (7, 'kwd3', E'Date;Amount;Description\n2026-05-01;1.000;rent\n'), (8, 'kwd3', E'Date;Amount;Description\n2026-05-02;1,000;rent\n')) AS c (n, account, content),
    reconcile.import_bytes(convert_to(c.content, 'UTF8'), 'mark' || c.n || '.csv', account => c.account) AS i ORDER BY c.n;
-- Rows of a statement that are not booked yet, or never were, are left out.
SELECT i.format, i.rows_read, i.rows_imported, i.rows_rejected, i.control_total FROM reconcile.import_bytes(convert_to(
    E'Date,Amount,Description,Status\n2026-06-01,10.00,a,Booked\n2026-06-01,20.00,b,Pending\n2026-06-02,-5.50,c,COMPLETED\n2026-06-02,-7.00,d,DECLINED\n', 'UTF8'), 'pending.csv', account => 'eur3') AS i;
SELECT i.format, i.rows_read, i.rows_imported, i.control_total FROM reconcile.import_bytes(convert_to(
    E'Buchungstag;Betrag;Waehrung;Verwendungszweck;Info\n04.06.26;1.234,50;EUR;RE 1;Umsatz gebucht\n05.06.26;-50,00;EUR;Tanken;Umsatz vorgemerkt\n', 'UTF8'), 'vorgemerkt.csv', account => 'eur3') AS i;
SELECT code, name FROM reconcile.error_code ORDER BY code;
DROP EXTENSION reconcile;
