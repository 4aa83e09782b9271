-- How old receivables are, and whom to ask first: every bucket to its edges, three languages.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-01';
SELECT reconcile.add_shop('own', 'direct', 'EUR', 'UTC', terms_days => 0) > 0 AS own, reconcile.add_shop('web', 'stripe', 'EUR', 'UTC', terms_days => 10) > 0 AS web,
       reconcile.add_account('bank', 'EUR') > 0 AS bank;
-- Days overdue: 0, 1, 30, 31, 60, 61, 90, 91; a day short of due; paid too much; paid; another currency.
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nDUE-000,2026-07-01,EUR,1\nDUE-001,2026-06-30,EUR,2\nDUE-030,2026-06-01,EUR,4\nDUE-031,2026-05-31,EUR,8\n'
    'DUE-060,2026-05-02,EUR,16\nDUE-061,2026-05-01,EUR,32\nDUE-090,2026-04-02,EUR,64\nDUE-091,2026-04-01,EUR,128\nOVERPAID,2026-06-01,EUR,12\nDONE-01,2026-06-01,EUR,11\nDOLLARS,2026-06-21,USD,5\n', 'UTF8'),
    'own.csv', 'orders_csv', 'own');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nWEB-1,2026-06-20,EUR,7.50\nWEB-2,2026-06-22,EUR,0.50\n', 'UTF8'), 'web.csv', 'orders_csv', 'web');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'date,amount,currency,reference\n2026-06-02,12,EUR,OVERPAID\n2026-06-02,11,EUR,DONE-01\n', 'UTF8'), 'bank.csv', 'bank_csv', account => 'bank');
SELECT count(*) FROM reconcile.run();
SELECT reconcile.write_off('OVERPAID', 'a discount agreed after the payment', 2) > 0 AS two_too_much;
SELECT shop, currency, orders, not_due, overdue_1_30, overdue_31_60, overdue_61_90, overdue_over_90, over_collected, outstanding FROM reconcile.receivable_aging ORDER BY 1, 2;
-- The buckets add up to what is outstanding, order by order.
SELECT bool_and(a.not_due + a.overdue_1_30 + a.overdue_31_60 + a.overdue_61_90 + a.overdue_over_90 + a.over_collected = a.outstanding) AS adds_up,
       sum(a.outstanding) = (SELECT sum(r.outstanding) FROM reconcile.receivable r) AS is_all FROM reconcile.receivable_aging a;
SELECT reconcile.settle_exception(exception_id, 'explained', 'promised for Friday') FROM reconcile.exception WHERE reference = 'DUE-061';
SELECT position, currency, order_no, outstanding, days_overdue, reason, last_note FROM reconcile.receivable_follow_up ORDER BY currency, position;
SELECT reconcile.settle_exception(exception_id, 'closed', 'sent to the lawyer') FROM reconcile.receivable_follow_up WHERE order_no = 'DUE-091';
SELECT position, order_no, reason, last_note FROM reconcile.receivable_follow_up WHERE order_no = 'DUE-091';
-- A day later everything is a day older.
SET reconcile.business_date = '2026-07-02';
SELECT not_due, overdue_1_30, overdue_31_60, overdue_61_90, overdue_over_90 FROM reconcile.receivable_aging WHERE shop = 'own' AND currency = 'EUR';
SET reconcile.business_date = '2026-07-01';
-- As documents.
SELECT reconcile.export_csv('receivable_aging', '{"shop": "own"}', 'zh_TW');
SELECT reconcile.export_csv('receivable_aging', '{}', 'zh_CN');
SELECT regexp_replace(reconcile.export_csv('receivable_follow_up', '{"currency": "EUR", "limit": 3}'), '2[0-9]{3}-[0-9-]+,[^,\r]*\r', '(today),(me)', 'g');
SELECT left(encode(reconcile.export_pdf('receivable_aging', '{}', 'zh_TW'), 'escape'), 4) AS pdf, substr(encode(reconcile.export_xlsx('receivable_follow_up'), 'hex'), 1, 8) AS xlsx;
DROP EXTENSION reconcile;
