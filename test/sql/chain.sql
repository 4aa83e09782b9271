-- The built-in chain: orders, settlement lines, payouts, bank lines; every status of a receivable; later files.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'America/New_York', terms_days => 7) > 0 AS shop,
       reconcile.add_shop('own', 'direct', 'USD', 'UTC') > 0 AS direct, reconcile.add_account('bank', 'USD') > 0 AS account;
CREATE FUNCTION load(name text, content text, format text, shop text DEFAULT NULL, merchant text DEFAULT 'main') RETURNS text LANGUAGE sql AS
$$ SELECT i.rows_imported || ' imported, ' || i.rows_known || ' known, ' || i.rows_rejected || ' rejected: ' || i.status
   FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, format, shop => shop, account => CASE WHEN format = 'bank_csv' THEN 'bank' END, merchant => merchant) AS i $$;
SELECT load('orders.csv', $$order_no,ordered_at,currency,total,status
W1,2026-07-01 10:00,USD,100.00,paid
W2,2026-07-01 11:00,USD,50.00,paid
W3,2026-07-02 09:00,USD,80.00,paid
W4,2026-07-02 09:30,USD,30.00,paid
W5,2026-07-15 09:30,USD,20.00,paid
W6,2026-07-02 10:00,USD,40.00,cancelled
W7,2026-07-16 10:00,USD,60.00,paid
W8,2026-07-02 12:00,USD,70.00,paid
W9,2026-07-03 12:00,USD,10.00,paid
W10,2026-07-17 12:00,USD,90.00,paid
$$, 'orders_csv', 'web');
SELECT load('own.csv', $$order_no,ordered_at,currency,total
D-1001,2026-07-05,USD,33.00
D-1002,2026-07-05,USD,44.00
$$, 'orders_csv', 'own');
SELECT load('settlement.csv', $$settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
PO-1,2026-07-03 10:00,sale,W1,t1,USD,100.00
PO-1,2026-07-03 10:00,service_fee,W1,t1,USD,-3.00
PO-1,2026-07-03 10:00,sale,W2,t2,USD,50.00
PO-1,2026-07-03 10:00,refund,W2,t3,USD,-20.00
PO-1,2026-07-03 10:00,sale,W3,t4,USD,80.00
PO-1,2026-07-03 10:00,refund,W3,t5,USD,-80.00
PO-1,2026-07-03 10:00,sale,W8,t6,USD,75.00
PO-1,2026-07-03 10:00,sale,W9,t9,USD,8.00
PO-2,2026-07-18 10:00,sale,W5,t7,USD,20.00
,2026-07-18 10:00,sale,W7,t8,USD,60.00
$$, 'settlements_csv', 'web');
SELECT load('payouts.csv', $$payout_no,settlement_no,paid_on,currency,amount,reference
P1,PO-1,2026-07-06,USD,210.00,TRANSFER-0001
P2,PO-2,2026-07-19,USD,20.00,TRANSFER-0002
$$, 'payouts_csv', 'web');
SELECT load('bank.csv', $$date,amount,currency,narrative,reference
2026-07-07,210.00,USD,STRIPE PAYMENTS TRANSFER-0001,
2026-07-08,33.00,USD,ORDER D-1001 THANKS,
2026-07-08,-500.00,USD,RENT,
$$, 'bank_csv');
-- What has been imported is open before any run, to the cent; matched by hand, it no longer is.
SELECT reconciliation, side, count(*), sum(amount) FROM reconcile.open_item GROUP BY 1, 2 ORDER BY 1, 2;
SELECT reconcile.match_items('order_settlement', ARRAY[(SELECT item_id FROM reconcile.open_item WHERE reconciliation = 'order_settlement' AND side = 'left' AND reference = 'W7')],
    ARRAY[(SELECT item_id FROM reconcile.open_item WHERE reconciliation = 'order_settlement' AND side = 'right' AND reference = 'W7')], 'seen') AS by_hand \gset
SELECT reconciliation, side, amount FROM reconcile.open_item WHERE reference = 'W7' ORDER BY 1, 2;
SELECT reconcile.unmatch(:by_hand, 'for the run to find');
SELECT reconciliation, side, amount FROM reconcile.open_item WHERE reference = 'W7' ORDER BY 1, 2;
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM reconcile.run();
SELECT reconciliation, side, count(*), sum(amount) FROM reconcile.open_item GROUP BY 1, 2 ORDER BY 1, 2;
SELECT shop, order_no, expected, settled, fees, refunded, paid_out, banked, outstanding, due_date, days_overdue, status FROM reconcile.receivable ORDER BY shop DESC, length(order_no), order_no;
SELECT reconciliation, side, reference, reason, amount, difference FROM reconcile.exception ORDER BY 1, 2, 3;
SELECT step, document, document_no, document_date, kind, amount, currency, detail FROM reconcile.trace('W1');
SELECT step, document, document_no, document_date, kind, amount, currency, detail FROM reconcile.trace('D-1001', 'own');
SELECT * FROM reconcile.trace('W999');
-- A second run adds nothing; a dry run says the same.
SELECT reconciliation, matches, suggestions, exceptions FROM reconcile.run(dry_run => true);
SELECT reconciliation, matches, suggestions, exceptions FROM reconcile.run();
-- Later files: a refund of an order matched before follows it; the rest of a short payment; the bank line of a payout.
SELECT load('settlement2.csv', $$settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
PO-3,2026-07-19 10:00,refund,W1,t11,USD,-5.00
PO-3,2026-07-19 10:00,sale,W9,t12,USD,2.00
PO-3,2026-07-19 10:00,refund,W777,t13,USD,-1.00
$$, 'settlements_csv', 'web');
SELECT load('bank2.csv', $$date,amount,currency,narrative,reference
2026-07-20,20.00,USD,STRIPE TRANS FER-00 02,
$$, 'bank_csv');
SELECT reconciliation, side, reference, amount FROM reconcile.open_item WHERE reference IN ('W777', 'W9') OR narrative LIKE '%FER-00 02' ORDER BY 1, 2, 3;
CREATE TEMP TABLE dry AS SELECT * FROM reconcile.run(dry_run => true);
CREATE TEMP TABLE wet AS SELECT * FROM reconcile.run();
SELECT reconciliation, matches, matched_left, matched_right, suggestions, exceptions FROM wet;
SELECT count(*) AS same FROM dry JOIN wet USING (reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount);
SELECT order_no, settled, fees, refunded, paid_out, banked, outstanding, status FROM reconcile.receivable WHERE order_no IN ('W1', 'W5', 'W9') ORDER BY 1;
SELECT reconciliation, reference, reason, difference, status FROM reconcile.exception WHERE reference IN ('W777', 'W9') ORDER BY exception_id;
-- Written off, with a reason.
SELECT reconcile.write_off('W4', 'buyer vanished') > 0 AS written_off;
SELECT order_no, outstanding, status FROM reconcile.receivable WHERE order_no = 'W4';
SELECT reason, status, note FROM reconcile.exception WHERE reference = 'W4';
SELECT reconciliation, exceptions FROM reconcile.run('order_settlement');
SELECT reconcile.write_off('W4', 'again');
-- Two merchants with the same shop code and order number stay apart.
SELECT reconcile.add_merchant('second') > 0 AS added, reconcile.add_shop('web', 'stripe', 'USD', 'UTC', merchant => 'second') > 0 AS shop;
SELECT load('orders.csv', $$order_no,ordered_at,currency,total
W4,2026-07-01 10:00,USD,30.00
$$, 'orders_csv', 'web', 'second');
SELECT load('settlement.csv', $$settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
PO-1,2026-07-03 10:00,sale,W4,t1,USD,30.00
$$, 'settlements_csv', 'web', 'second');
SELECT reconciliation, matches, exceptions FROM reconcile.run(merchant => 'second') ORDER BY 1;
SELECT m.code, r.order_no, r.settled, r.status FROM reconcile.receivable r JOIN reconcile.merchant m USING (merchant_id) WHERE r.order_no = 'W4' ORDER BY 1;
SELECT count(*) FROM reconcile.match_item i JOIN reconcile.match m USING (match_id) WHERE i.merchant_id <> m.merchant_id;
-- A status that changes later: the order is cancelled, nothing is expected any more.
SELECT load('orders3.csv', $$order_no,ordered_at,currency,total,status
W10,2026-07-17 12:00,USD,90.00,cancelled
$$, 'orders_csv', 'web');
SELECT order_no, expected, outstanding FROM reconcile.receivable WHERE order_no = 'W10';
DROP FUNCTION load;
DROP EXTENSION reconcile;
