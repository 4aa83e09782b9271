-- Goods and ledger: our plain layouts into their tables, identity, personal data by token only, tariffs.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SELECT reconcile.add_shop('US', 'amazon', 'USD', 'America/New_York') > 0 AS shop, reconcile.add_account('bank', 'USD', time_zone => 'America/New_York') > 0 AS account;
\set take 'SELECT format, rows_read AS read, rows_imported AS imported, rows_known AS known, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(decode(:''content'', ''base64''), :''name'')'
\set name shipments.csv
\set content `base64 -w0 test/data/goods/shipments.csv`
:take;
SELECT shop_id, order_no, shipment_no, tracking_no, courier, shipped_on, shipped_at, weight, customer_id IS NOT NULL AS token FROM reconcile.shipment ORDER BY shipment_id;
SELECT order_no, sku, quantity, shipped_on, tracking_no FROM reconcile.shipment_line ORDER BY shipment_line_id;
\echo the same line with another quantity is a conflict
SELECT line_no, column_name, reason_code, reason FROM reconcile.rejected_row;
\echo the same rows in a file with its columns in another order
\set name turned.csv
\set content `awk -F, -v OFS=, '{print $10,$9,$8,$7,$6,$5,$4,$3,$2,$1}' test/data/goods/shipments.csv | base64 -w0`
:take;
\echo for a shop of its own the same parcels are other ones
SELECT format, rows_imported AS imported, rows_known AS known FROM reconcile.import_bytes(decode(:'content', 'base64'), 'turned.csv', shop => 'US');
SELECT shop_id IS NOT NULL AS of_shop, count(*) FROM reconcile.shipment GROUP BY 1 ORDER BY 1;

\set name returns.csv
\set content `base64 -w0 test/data/goods/returns.csv`
:take;
SELECT return_no, order_no, returned_on, returned_at, reason, tracking_no, currency, refund_amount, customer_id IS NOT NULL AS token FROM reconcile.return_order ORDER BY return_order_id;
SELECT return_no, order_no, sku, quantity, condition FROM reconcile.return_line ORDER BY return_line_id;
\set name receipts.csv
\set content `base64 -w0 test/data/goods/receipts.csv`
:take;
SELECT receipt_no, return_no, tracking_no, received_on, received_at, warehouse FROM reconcile.return_receipt ORDER BY return_receipt_id;
SELECT receipt_no, return_no, sku, quantity, condition FROM reconcile.receipt_line ORDER BY receipt_line_id;
\echo personal data stand in customer alone
SELECT name, phone, address FROM reconcile.customer ORDER BY customer_id;

\echo twins stay two, a kind that is none is refused
\set name stock.csv
\set content `base64 -w0 test/data/goods/stock.csv`
:take;
SELECT movement_no, sku, quantity, kind, warehouse, balance, occurrence, moved_on, moved_at FROM reconcile.stock_movement ORDER BY stock_movement_id;
SELECT line_no, column_name, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import);

\echo debit is positive; the book of an account
\set name ledger.csv
\set content `base64 -w0 test/data/goods/ledger.csv`
:take;
SELECT posted_on, entry_no, ledger_account, currency, amount, order_no, account_id IS NULL AS no_account, description FROM reconcile.ledger_entry ORDER BY ledger_entry_id;
SELECT format, rows_imported AS imported FROM reconcile.import_bytes(decode(:'content', 'base64'), 'ledger.csv', account => 'bank');
SELECT account_id IS NOT NULL AS of_account, count(*) FROM reconcile.ledger_entry GROUP BY 1 ORDER BY 1;
SELECT shop_id, account_id IS NOT NULL AS of_account, currency FROM reconcile.import ORDER BY import_id DESC LIMIT 1;

\echo kind is freight where the file does not say, the currency that of all shops and accounts
\set name charges.csv
\set content `base64 -w0 test/data/goods/courier-charges.csv`
:take;
SELECT charged_on, courier, bill_no, tracking_no, kind, weight, currency, amount FROM reconcile.courier_charge ORDER BY courier_charge_id;
\echo with several currencies the file must say
SELECT reconcile.add_shop('DE', 'amazon', 'EUR', 'Europe/Berlin') > 0 AS shop;
\set name more-charges.csv
\set content `sed 's/,B1,/,B2,/' test/data/goods/courier-charges.csv | base64 -w0`
:take;
SELECT line_no, reason_code, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import);
\echo a changed amount of a known charge is a conflict
\set content `sed 's/12.00/13.00/' test/data/goods/courier-charges.csv | base64 -w0`
SELECT rows_imported AS imported, rows_known AS known, rows_rejected AS rejected FROM reconcile.import_bytes(decode(:'content', 'base64'), 'charges.csv');
SELECT line_no, column_name, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no;

\echo an import of goods is taken back whole, document and lines
SELECT reconcile.undo_import(min(import_id), 'wrong warehouse') FROM reconcile.import;
SELECT count(*) FILTER (WHERE shop_id IS NULL) AS left FROM reconcile.shipment;
SELECT count(*) AS tokens_of_nobody FROM (SELECT customer_id FROM reconcile.shipment UNION ALL SELECT customer_id FROM reconcile.return_order) t
WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM reconcile.customer);

\echo tariffs: of the service and zone before that of any, the latest in force
SELECT reconcile.add_courier('sf', 'SF Express', ARRAY['顺丰速运']) > 0 AS courier;
SELECT reconcile.set_tariff('sf', 12, 'CNY', step_fee => 2) > 0 AS tariff, reconcile.set_tariff('sf', 18, 'CNY', step_fee => 5, zone => '西藏') > 0 AS zone,
       reconcile.set_tariff('sf', 13, 'CNY', step_fee => 2, valid_from => '2026-06-01') > 0 AS later;
SELECT weight, zone, day, f.* FROM (VALUES (0.5, NULL, date '2026-03-01'), (1, '西藏', '2026-03-01'), (2.1, '上海', '2026-03-01'), (2.1, '西藏', '2026-03-01'), (1, NULL, '2026-07-01')) AS v (weight, zone, day),
    LATERAL reconcile.courier_fee(1, '顺丰速运', weight, NULL, zone, day) AS f;
SELECT reconcile.set_sku('A', 'Apple', cost => 3.5, currency => 'USD') = reconcile.set_sku('A', weight => 0.2) AS same_row;
SELECT code, name, cost, currency, weight FROM reconcile.sku;
\set VERBOSITY sqlstate
SELECT reconcile.set_tariff('none', 1, 'CNY');
SELECT reconcile.define_format('bad', 'csv', 'shipment', '{"fields": {"order_no": "o", "shipped_at": "d", "quantity": "q"}, "lines": [{"target": "payout", "amount": "q"}]}');
SELECT reconcile.define_format('bad', 'csv', 'shipment', '{"fields": {"order_no": "o", "shipped_at": "d", "quantity": "q"}, "shape": {"columns": 3}}');
DROP EXTENSION reconcile;
