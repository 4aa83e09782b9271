-- A payment gateway told by define_format alone, run through the built-in chain: every kind of case of test/data/gateway comes out as its label says.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-05-28';
SELECT reconcile.add_shop('shop', 'other', 'SGD', 'Asia/Singapore', terms_days => 30) > 0 AS shop, reconcile.add_account('bank', 'SGD', time_zone => 'Asia/Singapore') > 0 AS account;
-- What the gateway may charge, by means of payment; the tax on it.
SELECT count(reconcile.set_fee('shop', kind, rate, fixed, platform_type => type)) AS fees
FROM (VALUES ('service_fee', '*/card', 0.029, 0.30), ('service_fee', '*/wallet', 0.015, 0), ('service_fee', '*/transfer', 0, 0)) AS f (kind, type, rate, fixed);
SELECT reconcile.define_format('my_orders', 'csv', 'order', $${
    "fields": {"order_no": "order_id", "ordered_at": "ordered_at", "currency": "currency", "total": {"column": "amount_cents", "unit": 2}, "status": "state"}}$$);
SELECT reconcile.define_format('my_gateway', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "at", "order_no": "order_id", "transaction_no": "txn_id", "settlement_no": "settlement", "currency": {"value": "SGD"},
               "platform_type": {"template": "{@type}/{@method}"},
               "kind": {"column": "type", "map": {"payment": "sale", "refund": "refund", "chargeback": "chargeback"}, "strict": true}},
    "skip": [{"state": "failed"}],
    "lines": [{"amount": {"column": "gross_cents", "unit": 2}},
              {"kind": "service_fee", "amount": {"column": "fee_cents", "unit": 2, "sign": -1}},
              {"kind": "tax", "amount": {"column": "tax_on_fee_cents", "unit": 2, "sign": -1}}],
    "check": {"sum": {"column": "gross_cents", "minus": ["fee_cents", "tax_on_fee_cents"], "unit": 2}, "equals": {"column": "net_cents", "unit": 2}},
    "key": ["transaction_no", "kind"]}$$);
SELECT reconcile.define_format('my_payouts', 'csv', 'payout', $${
    "fields": {"payout_no": "settlement", "settlement_no": "settlement", "reference": "utr", "paid_on": "paid_on", "currency": {"value": "SGD"},
               "amount": {"column": "total_cents", "unit": 2}}}$$);
SELECT reconcile.define_format('my_bank', 'csv', 'bank_line', $${
    "fields": {"booked_on": "value_date", "amount": {"column": "credit_cents", "minus": "debit_cents", "unit": 2}, "narrative": "details", "reference": "utr",
               "balance": {"column": "balance_cents", "unit": 2}}}$$);
\lo_import test/data/gateway/orders.csv
SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_large_object(:LASTOID, 'orders.csv', shop => 'shop');
\lo_import test/data/gateway/gateway.csv
SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_large_object(:LASTOID, 'gateway.csv', shop => 'shop');
\lo_import test/data/gateway/settlements.csv
SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_large_object(:LASTOID, 'settlements.csv', shop => 'shop');
\lo_import test/data/gateway/bank.csv
SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_large_object(:LASTOID, 'bank.csv', account => 'bank');
SELECT reconciliation, left_items, right_items, matches, matched_left, matched_right, exceptions, matched_amount, open_amount FROM reconcile.run();
CREATE TEMP TABLE label (entity text, label text, expected text, note text);
\copy label from 'test/data/gateway/labels.csv' (format csv, header)
-- Orders by label: where they stand, and what is said of them.
SELECT l.label, l.entity, r.expected, r.settled, r.fees, r.refunded, r.banked, r.outstanding, r.status, r.days_overdue,
       (SELECT string_agg(e.reason || ' ' || e.difference, ', ' ORDER BY e.exception_id) FROM reconcile.exception e WHERE e.reference = l.entity) AS exceptions
FROM label l JOIN reconcile.receivable r ON r.order_no = l.entity ORDER BY l.entity;
SELECT l.* FROM label l JOIN reconcile.receivable r ON r.order_no = l.entity WHERE r.status <> l.expected;
-- Bank lines by label: their settlement, or what is wrong.
SELECT l.label, l.entity, b.amount, p.settlement_no, m.rule,
       (SELECT string_agg(e.reason || ' ' || e.difference, ', ' ORDER BY e.exception_id) FROM reconcile.exception e
        WHERE e.reconciliation = 'payout_bank' AND e.side = 'right' AND e.item_id = b.bank_line_id) AS exceptions
FROM label l JOIN reconcile.bank_line b ON b.narrative = l.entity
LEFT JOIN reconcile.match_item r ON r.side = 'right' AND r.item_id = b.bank_line_id AND r.match_id IN (SELECT m.match_id FROM reconcile.match m WHERE m.reconciliation = 'payout_bank')
LEFT JOIN reconcile.match m ON m.match_id = r.match_id
LEFT JOIN reconcile.match_item i ON i.match_id = r.match_id AND i.side = 'left'
LEFT JOIN reconcile.payout p ON p.payout_id = i.item_id
ORDER BY l.label, l.entity;
-- All exceptions there are; a second run adds none.
SELECT reconciliation, side, reason, reference, amount, difference, narrative FROM reconcile.exception ORDER BY reconciliation, reason, reference;
SELECT sum(matches) AS matches, sum(exceptions) AS exceptions FROM reconcile.run();
-- The hole is as large as one payout that has not arrived: it is named.
SELECT e.reason, e.related_side, p.settlement_no, p.amount FROM reconcile.exception e JOIN reconcile.payout p ON p.payout_id = e.related_item_id WHERE e.reason = 'statement_gap';
-- The way of the order that was charged back.
SELECT step, document, document_no, document_date, kind, amount, detail FROM reconcile.trace('A13');
-- The missing bank line comes: its order is collected, the hole settled.
SELECT rows_imported, rows_known FROM reconcile.import_bytes(E'value_date,details,credit_cents,debit_cents,balance_cents,utr\n2026-05-12,INWARD GIRO PAY7301522 EXAMPLE PAYMENTS,2388,,934448,PAY7301522\n2026-05-13,INWARD GIRO PAY7301660 EXAMPLE PAYMENTS,4328,,938776,PAY7301660\n2026-05-15,CASH DEPOSIT,25000,,963776,\n', 'again.csv', account => 'bank');
SELECT matches, exceptions FROM reconcile.run('payout_bank');
SELECT order_no, status FROM reconcile.receivable WHERE order_no = 'A15';
SELECT reason, status, note FROM reconcile.exception WHERE reason IN ('statement_gap', 'missing_right') AND reconciliation = 'payout_bank' ORDER BY 1;
DROP EXTENSION reconcile;
