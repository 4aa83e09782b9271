-- The labelled public sets, imported with formats made by define_format and run through the built-in chain: every label of their truth files comes out.
-- Skipped where the fixtures are not there.
\set have `test -d ../shared/fixtures/matching/rahulpaul-07__recon-engine && echo true || echo false`
\if :have
\else
\echo fixtures are not here: skipped
\quit
\endif
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
-- Each set is a merchant: the order numbers of the two are the same.
SET reconcile.business_date = '2026-09-15';
SELECT reconcile.add_merchant(m) IS NOT NULL AS merchant, reconcile.add_shop('shop', 'other', 'INR', 'Asia/Kolkata', terms_days => 45, merchant => m) > 0 AS shop,
       reconcile.add_account('bank', 'INR', time_zone => 'Asia/Kolkata', merchant => m, opening_balance => 250000.00) > 0 AS account
FROM unnest(ARRAY['01-reference', '02-small']) AS m;
SELECT count(reconcile.set_fee('shop', 'service_fee', rate, fixed, platform_type => type, merchant => m)) AS fees
FROM unnest(ARRAY['01-reference', '02-small']) AS m, (VALUES ('upi', 0, 0), ('card', 0.02, 0), ('wallet', 0.018, 0), ('netbanking', 0, 12.00)) AS f (type, rate, fixed);
SELECT reconcile.define_format('ledger', 'csv', 'order', $${
    "fields": {"order_no": "order_id", "ordered_at": "order_datetime", "currency": "currency", "total": {"column": "order_amount_paise", "unit": 2}, "status": "order_status"}}$$);
SELECT reconcile.define_format('gateway', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "txn_datetime", "order_no": "order_ref", "transaction_no": "txn_id", "settlement_no": "settlement_id", "currency": {"value": "INR"},
               "platform_type": "payment_method", "kind": {"column": "txn_type", "map": {"payment": "sale", "refund": "refund", "chargeback": "chargeback"}, "strict": true}},
    "skip": [{"status": "failed"}],
    "lines": [{"amount": {"column": "gross_amount_paise", "unit": 2}},
              {"kind": "service_fee", "amount": {"column": "fee_paise", "unit": 2, "sign": -1}},
              {"kind": "tax", "amount": {"column": "gst_on_fee_paise", "unit": 2, "sign": -1}}],
    "check": {"equals": {"column": "net_amount_paise", "unit": 2}},
    "key": ["transaction_no", "kind"]}$$);
SELECT reconcile.define_format('settlements', 'csv', 'payout', $${
    "fields": {"payout_no": "settlement_id", "settlement_no": "settlement_id", "reference": "utr", "paid_on": "payout_date", "currency": {"value": "INR"},
               "amount": {"column": "total_paise", "unit": 2}}}$$);
SELECT reconcile.define_format('statement', 'csv', 'bank_line', $${
    "fields": {"booked_on": "value_date", "amount": {"column": "credit_paise", "minus": "debit_paise", "unit": 2}, "narrative": "description", "reference": "utr",
               "balance": {"column": "balance_paise", "unit": 2}},
    "key": ["@bank_txn_id"]}$$);
CREATE TEMP TABLE truth (merchant text DEFAULT current_setting('test.merchant'), entity_id text, entity_type text, label text, target text, notes text);
CREATE FUNCTION take(content oid, format text) RETURNS text LANGUAGE sql AS
$$ SELECT i.format || ': ' || i.rows_read || ' read, ' || i.rows_imported || ' imported, ' || i.rows_rejected || ' rejected, total ' || i.control_total
   FROM reconcile.import_large_object(content, format || '.csv', format, shop => CASE WHEN format <> 'statement' THEN 'shop' END,
                                      account => CASE WHEN format = 'statement' THEN 'bank' END, merchant => current_setting('test.merchant')) AS i $$;
SET test.merchant = '01-reference';
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/01-reference/ledger.csv
SELECT take(:LASTOID, 'ledger');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/01-reference/gateway.csv
SELECT take(:LASTOID, 'gateway');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/01-reference/settlements.csv
SELECT take(:LASTOID, 'settlements');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/01-reference/bank.csv
SELECT take(:LASTOID, 'statement');
\copy truth (entity_id, entity_type, label, target, notes) from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/01-reference/ground_truth.csv' (format csv, header)
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM reconcile.run(merchant => '01-reference');
SET test.merchant = '02-small';
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/ledger.csv
SELECT take(:LASTOID, 'ledger');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/gateway.csv
SELECT take(:LASTOID, 'gateway');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/settlements.csv
SELECT take(:LASTOID, 'settlements');
\lo_import ../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/bank.csv
SELECT take(:LASTOID, 'statement');
\copy truth (entity_id, entity_type, label, target, notes) from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/ground_truth.csv' (format csv, header)
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM reconcile.run(merchant => '02-small');

-- What the exceptions say of an entity of the truth files: an order, a transaction, a bank line.
CREATE VIEW said AS
SELECT t.merchant, t.label, t.entity_id, t.target, r.status, r.expected, r.settled, r.refunded, r.fees, r.banked, r.outstanding, r.days_overdue,
       (SELECT string_agg(DISTINCT e.reason, ', ') FROM reconcile.exception e WHERE e.merchant_id = m.merchant_id AND e.reference = coalesce(r.order_no, x.order_no)
        AND (r.order_no IS NOT NULL OR e.reason = 'arithmetic')) AS reasons,
       -- the settlement of the order is the one whose bank line is missing
       EXISTS (SELECT FROM truth h JOIN reconcile.settlement_line l ON l.settlement_no = h.target AND l.merchant_id = m.merchant_id AND l.order_no = t.entity_id
               WHERE h.merchant = t.merchant AND h.label = 'missing_bank_row') AS in_the_hole
FROM truth t
JOIN reconcile.merchant m ON m.code = t.merchant
LEFT JOIN reconcile.receivable r ON r.merchant_id = m.merchant_id AND r.order_no = t.entity_id
LEFT JOIN LATERAL (SELECT l.order_no FROM reconcile.settlement_line l WHERE l.merchant_id = m.merchant_id AND l.transaction_no = t.entity_id LIMIT 1) x ON true
WHERE t.entity_type IN ('order', 'txn');
SELECT merchant, label, in_the_hole, status, reasons, count(*) FROM said GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4;
-- Outside the hole: collected less the refund to the cent; nothing expected of a failed payment; unsettled orders within their terms.
SELECT * FROM said WHERE NOT in_the_hole AND label IN ('clean', 'rounding_noise', 'partial_refund', 'fee_mismatch', 'duplicate')
    AND NOT (status = 'collected' AND outstanding = 0 AND banked = expected - refunded - fees);
SELECT * FROM said WHERE label = 'failed_payment' AND NOT (expected = 0 AND banked = 0 AND outstanding = 0) OR label = 'unsettled' AND NOT (status = 'open' AND days_overdue = 0);
-- Labels of bank lines. The line before which one is missing is known by its number; the amount is that of the settlement.
CREATE VIEW bank_said AS
SELECT t.merchant, t.label, t.entity_id, t.target, p.settlement_no AS matched_with, b.amount,
       (SELECT string_agg(e.reason || ' ' || abs(e.difference), ', ') FROM reconcile.exception e WHERE e.merchant_id = m.merchant_id AND e.reconciliation = 'payout_bank'
        AND e.side = 'right' AND e.item_id = b.bank_line_id) AS reasons,
       (SELECT s.amount FROM reconcile.payout s WHERE s.merchant_id = m.merchant_id AND s.settlement_no = t.target) AS target_amount
FROM truth t
JOIN reconcile.merchant m ON m.code = t.merchant
JOIN reconcile.bank_line b ON b.merchant_id = m.merchant_id AND b.natural_key = reconcile.natural_key(b.account_id, replace(t.entity_id, 'GAP_BEFORE_', ''))
LEFT JOIN reconcile.match_item i ON i.merchant_id = m.merchant_id AND i.side = 'right' AND i.item_id = b.bank_line_id
     AND i.match_id IN (SELECT g.match_id FROM reconcile.match g WHERE g.merchant_id = m.merchant_id AND g.reconciliation = 'payout_bank' AND g.status = 'matched')
LEFT JOIN reconcile.match_item l ON l.merchant_id = m.merchant_id AND l.match_id = i.match_id AND l.side = 'left'
LEFT JOIN reconcile.payout p ON p.merchant_id = m.merchant_id AND p.payout_id = l.item_id;
SELECT * FROM bank_said ORDER BY 1, 2, 3;
SELECT * FROM bank_said WHERE label = 'messy_narration' AND matched_with IS DISTINCT FROM target;
-- No exception that no label asks for.
SELECT m.code, e.reason, count(*) FROM reconcile.exception e JOIN reconcile.merchant m USING (merchant_id) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT sum(matches) AS matches, sum(exceptions) AS exceptions FROM reconcile.run(merchant => '01-reference');
DROP VIEW said, bank_said;
DROP FUNCTION take;
DROP EXTENSION reconcile;
