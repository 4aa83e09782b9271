-- What holds a table: an OpenDocument spreadsheet and an archive give what the same table as CSV gives, in any encoding.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_account('bank', 'CNY', time_zone => 'Asia/Shanghai') > 0 AS account;
SELECT reconcile.define_format('sheet', 'csv', 'bank_line', '{"fields": {"booked_on": "日期", "amount": "amount", "narrative": "narrative", "currency": "currency"}}');

\set content `base64 -w0 test/data/ods/bank.ods`
SELECT format, encoding, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_bytes(decode(:'content', 'base64'), 'bank.ods');
SELECT booked_on, amount, narrative, currency, line_no FROM reconcile.bank_line ORDER BY bank_line_id;
-- the same lines as text are known
SELECT rows_read, rows_imported, rows_known FROM reconcile.import_bytes(convert_to(
    E'日期,amount,narrative,currency\n2026-06-01,1089.41,结算款  1,CNY\n2026-06-02,-20,"fee\nsecond line",CNY\n2026-06-03,0.1,,CNY\n', 'UTF8'), 'bank.csv');
