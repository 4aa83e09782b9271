-- demo.sql - one month of one merchant, from three files to two documents. `make demo` runs it in a server of its own.
--
-- Variables: data, a directory with the files of test/data that the server can read; out, a directory of psql's side for the documents.
-- test/sql/demo.sql runs the same and compares every line with expected/demo.out.
\set ON_ERROR_STOP on
\pset footer off
\pset null ''
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
CREATE EXTENSION reconcile;

\echo
\echo '== 1. A merchant: one shop on Alipay, which keeps 0.6 % of a sale, and one bank account. Today is 30 June 2026.'
\echo
SET reconcile.business_date = '2026-06-30';
-- ... also for whoever looks at the database later, with `make psql`
SELECT format('ALTER DATABASE %I SET reconcile.business_date = %L', current_database(), '2026-06-30') \gexec
\o /dev/null
SELECT reconcile.add_shop('tb-main', 'alipay', 'CNY', 'Asia/Shanghai', name => '示例茶铺');
SELECT reconcile.add_account('bank-main', 'CNY', time_zone => 'Asia/Shanghai');
SELECT reconcile.set_fee('tb-main', 'service_fee', rate => 0.006);
\o
SELECT s.code AS shop, s.name, p.name AS platform, s.currency, s.time_zone, s.terms_days, f.rate AS fee_rate
FROM reconcile.shop s JOIN reconcile.platform p USING (platform_id) JOIN reconcile.fee_schedule f USING (merchant_id, shop_id);

\echo '== 2. Its three files: own orders, the bill of the platform (GBK), the statement of the bank. Each is recognised by its content.'
\echo
SELECT file_name, format, encoding, rows_read, rows_imported, rows_known, rows_rejected, control_total, status
FROM reconcile.import_file(:'data' || '/orders.csv', shop => 'tb-main')
UNION ALL
SELECT file_name, format, encoding, rows_read, rows_imported, rows_known, rows_rejected, control_total, status
FROM reconcile.import_file(:'data' || '/alipay-bill.csv', shop => 'tb-main')
UNION ALL
SELECT file_name, format, encoding, rows_read, rows_imported, rows_known, rows_rejected, control_total, status
FROM reconcile.import_file(:'data' || '/bank.csv', account => 'bank-main');
\echo 'The bank file once more, by mistake: nothing is added.'
\echo
SELECT file_name, rows_read, rows_imported, rows_known, status FROM reconcile.import_file(:'data' || '/bank.csv', account => 'bank-main');
\echo 'Two bank lines that agree in everything are two payments, not one:'
\echo
SELECT booked_on, amount, narrative, count(*) AS lines FROM reconcile.bank_line GROUP BY 1, 2, 3 HAVING count(*) > 1;

\echo '== 3. Match: orders with the bill, the bill with payouts, payouts with the bank.'
\echo
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount
FROM reconcile.run();

\echo '== 4. Who has paid?'
\echo
SELECT status, count(*) AS orders, round(sum(expected), 2) AS expected, round(sum(refunded), 2) AS refunded, round(sum(fees), 2) AS fees,
       round(sum(banked), 2) AS banked, round(sum(outstanding), 2) AS outstanding
FROM reconcile.receivable GROUP BY GROUPING SETS ((status), ()) ORDER BY status NULLS LAST;
\echo 'Orders that have a story:'
\echo
SELECT order_no, round(expected, 2) AS expected, round(settled, 2) AS settled, round(refunded, 2) AS refunded, round(fees, 2) AS fees,
       round(banked, 2) AS banked, round(outstanding, 2) AS outstanding, due_date, days_overdue AS late, status
FROM reconcile.receivable WHERE order_no LIKE '%90_' ORDER BY order_no;

\echo '== 5. What does not agree, and why?'
\echo
SELECT reconciliation, reason, reference, item_date, amount, difference, narrative
FROM reconcile.exception WHERE status = 'open' ORDER BY reconciliation, reason, item_date;
\echo 'Not among them: what is inside its agreed delay. The payout of 29 June is on its way, the orders of 30 June are not settled yet.'
\echo
SELECT o.reconciliation, o.side, o.item_date, count(*) AS items, sum(o.amount) AS amount
FROM reconcile.open_item o
WHERE o.reconciliation IN ('order_settlement', 'payout_bank') AND o.amount > 0
  AND NOT EXISTS (SELECT FROM reconcile.exception e WHERE e.reconciliation = o.reconciliation AND e.side = o.side AND e.item_id = o.item_id)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
\echo 'The interest is nobody''s order. Someone says so; who, when and why is kept.'
\echo
\o /dev/null
SELECT reconcile.settle_exception(exception_id, 'explained', 'quarterly interest') FROM reconcile.exception WHERE narrative = '存款利息';
\o
SELECT status, count(*) AS exceptions, string_agg(note, ', ') AS notes FROM reconcile.exception GROUP BY status ORDER BY status DESC;

\echo '== 6. How were the payouts found at the bank?'
\echo
SELECT rule, count(*) AS matches, sum(left_amount) AS amount, min(explanation) AS for_example
FROM reconcile.match WHERE reconciliation = 'payout_bank' AND status = 'matched' GROUP BY rule, split_part(explanation, ';', 1) ORDER BY matches DESC, for_example;
\echo 'Suggestions, which a person would confirm() or reject():'
\echo
SELECT count(*) AS suggestions FROM reconcile.match WHERE status = 'suggested';

\echo '== 7. The way of one order to the bank: a cup of two came broken and was paid back.'
\echo
SELECT step, document, document_no, document_date, kind, amount, detail FROM reconcile.trace('TB260605901');

\echo '== 8. The bank side: every line is a payout, or somebody else''s money.'
\echo
SELECT CASE WHEN m.item_id IS NOT NULL THEN 'matched with a payout' WHEN b.amount > 0 THEN 'credit without a payout' ELSE 'debit, none of ours' END AS bank_lines,
       count(*) AS lines, sum(b.amount) AS amount
FROM reconcile.bank_line b
LEFT JOIN (SELECT DISTINCT i.item_id FROM reconcile.match_item i JOIN reconcile.match g USING (merchant_id, match_id)
           WHERE g.reconciliation = 'payout_bank' AND i.side = 'right' AND g.status = 'matched') m ON m.item_id = b.bank_line_id
GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS LAST;

\echo '== 9. Run again: nothing is new, nothing is matched twice.'
\echo
SELECT reconciliation, matches, suggestions, exceptions FROM reconcile.run();

\echo '== 10. Documents, in English and Chinese.'
\echo
SELECT lo_from_bytea(0, reconcile.export_xlsx('receivable')) AS receivable_xlsx,
       lo_from_bytea(0, reconcile.export_pdf('receivable', language => 'zh_CN')) AS receivable_pdf,
       lo_from_bytea(0, reconcile.export_xlsx('exception')) AS exception_xlsx,
       lo_from_bytea(0, reconcile.export_pdf('exception', language => 'zh_TW')) AS exception_pdf \gset
\lo_export :receivable_xlsx :out/receivable.xlsx
\lo_export :receivable_pdf :out/receivable.pdf
\lo_export :exception_xlsx :out/exception.xlsx
\lo_export :exception_pdf :out/exception.pdf
\o /dev/null
SELECT lo_unlink(o) FROM unnest(ARRAY[:receivable_xlsx, :receivable_pdf, :exception_xlsx, :exception_pdf]) AS o;
\o
\echo 'receivable.xlsx  receivable.pdf  exception.xlsx  exception.pdf'
