-- Real files, where the folder with them is beside the repository: right count, sum and control total.
\set there `test -d ../shared/fixtures/platform && echo t || echo f`
\if :there
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_shop('ali', 'alipay', 'CNY', 'Asia/Shanghai') > 0 AS shop, reconcile.add_shop('amz', 'amazon', 'USD', 'America/Los_Angeles') > 0 AS shop;
\set content `base64 -w0 ../shared/fixtures/chinese/inline-from-tests/alipay-merchant-*.gbk.csv`
SELECT format, encoding, rows_read, rows_imported, rows_known, rows_rejected, control_total, status FROM reconcile.import_bytes(decode(:'content', 'base64'), 'alipay.csv');
SELECT posted_at AT TIME ZONE 'Asia/Shanghai' AS posted_at, kind, amount, order_no, transaction_no, settlement_no FROM reconcile.settlement_line ORDER BY settlement_line_id;
SELECT payout_no, reference, paid_on, amount, derived FROM reconcile.payout;
\set content `base64 -w0 ../shared/fixtures/platform/xieyi138-star__amazon-settlement-parser/sample/settlement-sample.txt`
SELECT format, encoding, rows_read, rows_imported, rows_known, rows_rejected, control_total, status FROM reconcile.import_bytes(decode(:'content', 'base64'), 'amazon.txt');
SELECT kind, count(*), sum(amount) FROM reconcile.settlement_line WHERE settlement_no = '28471003921' GROUP BY kind ORDER BY kind;
SELECT sum(amount) FROM reconcile.settlement_line WHERE settlement_no = '28471003921';
SELECT settlement_no, starts_at AT TIME ZONE 'UTC' AS starts_at, ends_at AT TIME ZONE 'UTC' AS ends_at, paid_on, total, currency FROM reconcile.settlement;
SELECT payout_no, paid_on, amount, derived FROM reconcile.payout WHERE NOT derived;
DROP EXTENSION reconcile;
\else
\echo the folder with the real files is not here
\endif
