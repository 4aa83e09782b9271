-- A folder at a time, and an import taken back.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SELECT reconcile.add_shop('s', 'stripe', 'USD', 'UTC') > 0 AS shop, reconcile.add_account('a', 'USD') > 0 AS account;
-- Files of the server are made by the server.
SELECT format('/tmp/reconcile-batches-%s', pg_backend_pid()) AS folder \gset
DO $$ BEGIN EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; mkdir -p /tmp/reconcile-batches-' || pg_backend_pid()); END $$;
\set file :folder /b1.csv
DO $$ BEGIN
    EXECUTE format('COPY (SELECT * FROM (VALUES (''date,amount,reference''), (''2026-01-01,10.00,A''), (''2026-01-02,20.00,B'')) v) TO %L', '/tmp/reconcile-batches-' || pg_backend_pid() || '/b1.csv');
    EXECUTE format('COPY (SELECT * FROM (VALUES (''date,amount,reference''), (''2026-01-02,20.00,B''), (''2026-01-03,30.00,C'')) v) TO %L', '/tmp/reconcile-batches-' || pg_backend_pid() || '/b2.csv');
    EXECUTE format('COPY (SELECT * FROM (VALUES (''nothing;known'')) v) TO %L', '/tmp/reconcile-batches-' || pg_backend_pid() || '/b3.csv');
    EXECUTE format('COPY (SELECT * FROM (VALUES (''x'')) v) TO %L', '/tmp/reconcile-batches-' || pg_backend_pid() || '/other.txt');
END $$;
SELECT file_name, format, rows_read, rows_imported, rows_known, status, split_part(error, ':', 1) AS error FROM reconcile.import_folder(:'folder', 'b?.csv', account => 'a', format => 'bank_csv');
SELECT file_name, status, rows_imported FROM reconcile.import_folder(:'folder', '*.csv', account => 'a', format => 'bank_csv') WHERE status <> 'failed';
SELECT count(*) FROM reconcile.import_folder(:'folder', '[a-z]*');
SELECT * FROM reconcile.import_folder('/no/such/folder');
SELECT * FROM reconcile.import_folder(NULL);
-- Taken back: its own rows go, those that another file had brought before stay.
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'b2.csv'), 'wrong month');
SELECT booked_on, amount FROM reconcile.bank_line ORDER BY 1;
SELECT file_name, status FROM reconcile.import ORDER BY import_id;
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'b2.csv'), 'twice');
SELECT rows_imported, status FROM reconcile.import_file(:'folder' || '/b2.csv', 'bank_csv', account => 'a');
-- Not while anything of it is matched.
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'payout_no,paid_on,currency,amount,reference\nP1,2026-01-01,USD,10.00,A\n', 'UTF8'), 'p.csv', 'payouts_csv', 's');
SELECT reconciliation, matches, exceptions FROM reconcile.run('payout_bank');
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'b1.csv'), 'too late');
SELECT reconcile.unmatch((SELECT match_id FROM reconcile.match WHERE status = 'matched'), 'to take the file back');
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'b1.csv'), 'now');
SELECT booked_on, amount FROM reconcile.bank_line ORDER BY 1;
SELECT side, reference, amount FROM reconcile.open_item WHERE reconciliation = 'payout_bank' ORDER BY 1, 2;
-- What the other file stated as well comes in from it again, and its own rows stay as they are; after that it is known once more.
SELECT rows_imported, rows_known, status FROM reconcile.import_file(:'folder' || '/b2.csv', 'bank_csv', account => 'a');
SELECT rows_imported, rows_known, status FROM reconcile.import_file(:'folder' || '/b2.csv', 'bank_csv', account => 'a');
SELECT booked_on, amount FROM reconcile.bank_line ORDER BY 1;
SELECT file_name, status, readable_again FROM reconcile.import WHERE file_name = 'b2.csv' ORDER BY import_id;
-- A file that contradicted it can bring its own; a buyer whom another file's rows name stays for them, and goes with them.
PREPARE orders AS SELECT rows_imported, rows_known, rows_rejected, status FROM reconcile.import_bytes(convert_to($1, 'UTF8'), $2, 'orders_csv', 's');
EXECUTE orders (E'order_no,ordered_at,currency,total,buyer_name\nA1,2026-01-01,USD,1,Ann\nA2,2026-01-01,USD,2,Bob\n', 'wrong.csv');
EXECUTE orders (E'order_no,ordered_at,currency,total,buyer_name\nA2,2026-01-01,USD,3,Bob\nA3,2026-01-02,USD,5,Ann\n', 'right.csv');
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'wrong.csv'), 'wrong total');
SELECT o.order_no, o.total, c.name FROM reconcile.sales_order o LEFT JOIN reconcile.customer c USING (merchant_id, customer_id) ORDER BY 1;
EXECUTE orders (E'order_no,ordered_at,currency,total,buyer_name\nA2,2026-01-01,USD,3,Bob\nA3,2026-01-02,USD,5,Ann\n', 'right.csv');
SELECT o.order_no, o.total, c.name FROM reconcile.sales_order o LEFT JOIN reconcile.customer c USING (merchant_id, customer_id) ORDER BY 1;
SELECT reconcile.undo_import(import_id, 'all of it') FROM reconcile.import WHERE file_name = 'right.csv' ORDER BY import_id;
SELECT count(*) AS buyers FROM reconcile.customer;
SELECT reconcile.undo_import(1, '');
SELECT reconcile.undo_import(NULL, 'none');
DO $$ BEGIN EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; rm -rf /tmp/reconcile-batches-' || pg_backend_pid()); END $$;
DROP EXTENSION reconcile;
