-- The built-in reconciliations of goods and ledger: each planted case gives its reason, and nothing else is found.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET reconcile.business_date = '2026-06-30';
SELECT reconcile.add_shop('web', 'amazon', 'CNY', 'Asia/Shanghai') > 0 AS shop, reconcile.add_account('bank', 'CNY', account_no => '6222') > 0 AS account;
CREATE FUNCTION take(name text, content text, account text DEFAULT NULL) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', i.format, i.rows_imported, i.rows_rejected) FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, account => account) AS i $$;
SELECT take('orders.csv', 'order_no,ordered_at,currency,total,status,sku,quantity
O1,2026-03-01,CNY,30.00,paid,A,2
O1,2026-03-01,CNY,30.00,paid,B,1
O2,2026-03-01,CNY,20.00,paid,A,2
O3,2026-03-02,CNY,10.00,paid,B,1
O4,2026-03-02,CNY,10.00,cancelled,B,1
');
\echo without goods only the money is reconciled, and only it is open
SELECT reconciliation FROM reconcile.run() ORDER BY 1;
SELECT DISTINCT reconciliation FROM reconcile.open_item ORDER BY 1;
\echo O1 whole in two parcels, O2 one short, O3 not at all, O9 that nobody ordered
SELECT take('shipments.csv', 'order_no,shipped_at,sku,quantity,shipment_no,tracking_no,courier,weight
O1,2026-03-03,A,2,S1,SF1,sf,1.0
O1,2026-03-03,B,1,S2,SF2,sf,2.5
O2,2026-03-03,A,1,S3,SF3,sf,1.0
O9,2026-03-03,A,1,S4,SF4,sf,1.0
');
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions FROM reconcile.run() WHERE reconciliation = 'order_shipment';
SELECT side, reason, amount, difference, reference, narrative FROM reconcile.exception WHERE reconciliation = 'order_shipment' ORDER BY reference, side;
\echo SF1 as agreed, SF2 one yuan too much, SF3 not billed, SF8 of no parcel; insurance follows its parcel
SELECT reconcile.add_courier('sf', 'SF Express') > 0 AS courier, reconcile.set_tariff('sf', 12, 'CNY', step_fee => 2) > 0 AS tariff;
SELECT take('charges.csv', 'charged_on,tracking_no,amount,currency,courier,bill_no,kind
2026-03-31,SF1,12.00,CNY,sf,B1,freight
2026-03-31,SF1,1.00,CNY,sf,B1,insurance
2026-03-31,SF2,17.00,CNY,sf,B1,freight
2026-03-31,SF4,12.00,CNY,sf,B1,freight
2026-03-31,SF8,12.00,CNY,sf,B1,freight
');
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, exceptions FROM reconcile.run('courier_bill');
SELECT side, reason, amount, difference, currency, reference FROM reconcile.exception WHERE reconciliation = 'courier_bill' ORDER BY reference, side;
\echo R1 came damaged, R2 one short, R3 not at all, W4 that nobody announced; R5 is found by its parcel
SELECT take('returns.csv', 'order_no,returned_at,sku,quantity,return_no,tracking_no,condition
O1,2026-03-05,A,1,R1,,sellable
O2,2026-03-05,A,2,R2,,sellable
O3,2026-03-05,B,1,R3,,sellable
O1,2026-03-06,B,1,,SF95,damaged
');
SELECT take('receipts.csv', 'received_at,sku,quantity,receipt_no,return_no,tracking_no,condition
2026-03-09,A,1,W1,R1,,damaged
2026-03-09,A,1,W2,R2,,Sellable
2026-03-09,B,1,W4,R9,,sellable
2026-03-09,B,1,W5,,SF95,damaged
');
SELECT reconciliation, exceptions FROM reconcile.run('return_receipt', dry_run => true);
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, exceptions FROM reconcile.run('return_receipt');
SELECT side, reason, amount, difference, reference, narrative, related_side IS NOT NULL AS related FROM reconcile.exception WHERE reconciliation = 'return_receipt' ORDER BY reference, side, reason;
\echo again: nothing new
SELECT reconciliation, matches, exceptions FROM reconcile.run('return_receipt');
\echo the books: an entry of another amount, one that the bank lacks, one found by amount and day
SELECT reconcile.set_ledger_account('1002', 'bank', 'bank'), reconcile.set_ledger_account('1122', 'receivable');
SELECT take('bank.csv', 'date,amount,currency,narrative,reference
2026-03-10,100.00,CNY,payout,P1
2026-03-11,-7.50,CNY,fee,
2026-03-12,55.00,CNY,payout,P2
2026-03-13,9.00,CNY,interest,
', 'bank');
SELECT take('ledger.csv', 'posted_on,ledger_account,debit,credit,currency,entry_no,order_no,reference
2026-03-10,1002,100.00,,CNY,E1,,P1
2026-03-12,1002,,7.50,CNY,E2,,
2026-03-12,1002,50.00,,CNY,E3,,P2
2026-03-20,1002,1.23,,CNY,E4,,
2026-03-01,1122,30.00,,CNY,E5,O1,
2026-03-01,6001,,30.00,CNY,E5,O1,
2026-03-01,1122,21.00,,CNY,E6,O2,
2026-03-09,1122,,21.00,CNY,E7,O2,
');
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, exceptions FROM reconcile.run() WHERE reconciliation IN ('bank_ledger', 'order_ledger') ORDER BY 1;
SELECT reconciliation, side, reason, amount, difference, reference FROM reconcile.exception WHERE reconciliation IN ('bank_ledger', 'order_ledger') ORDER BY reconciliation, item_date, side, reference;
\echo stock: S1 by order, S2 by the number of the shipment, O2 moved two for one, S4 not moved
SELECT take('stock.csv', 'moved_at,sku,quantity,kind,movement_no,warehouse,order_no,reference
2026-03-03,A,-2,shipment,M1,main,O1,
2026-03-03,B,-1,shipment,M2,main,,S2
2026-03-03,A,-2,shipment,M3,main,O2,
2026-03-04,A,10,purchase,M4,main,,
');
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, exceptions FROM reconcile.run('stock');
SELECT side, reason, amount, difference, reference, narrative FROM reconcile.exception WHERE reconciliation = 'stock' ORDER BY reference, side;
\echo a reconciliation of the user over quantities gives the same reason
CREATE TABLE sent (item_id bigint, item_date date, quantity numeric, parcel text);
CREATE TABLE arrived (item_id bigint, item_date date, quantity numeric, parcel text);
INSERT INTO sent VALUES (1, '2026-03-01', 5, 'X1'), (2, '2026-03-01', 3, 'X2');
INSERT INTO arrived VALUES (1, '2026-03-02', 5, 'X1'), (2, '2026-03-02', 2.5, 'X2');
SELECT reconcile.define_reconciliation('transfer', 'sent', 'arrived') >= 1000 AS defined, reconcile.add_rule('transfer', 'parcel', 'key', 10, ARRAY['parcel'], ARRAY['parcel']) IS NOT NULL AS rule;
SELECT matches, exceptions FROM reconcile.run('transfer');
SELECT side, reason, amount, difference, reference FROM reconcile.exception WHERE reconciliation = 'transfer';
SELECT side, amount, reference FROM reconcile.open_item WHERE reconciliation = 'transfer' ORDER BY side;
\set VERBOSITY terse
SELECT reconcile.set_ledger_account('1002', 'cash');
SELECT reconcile.set_ledger_account('1002', 'receivable', 'bank');
SELECT reconcile.set_ledger_account('1002', 'bank', 'none');
DROP TABLE sent, arrived;
DROP EXTENSION reconcile;
