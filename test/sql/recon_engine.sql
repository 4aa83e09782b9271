-- A labelled public data set reconciled by definitions made with define_reconciliation and add_rule only: every labelled
-- pair that has a counterpart is found, none is wrong, the true breaks stay open. Skipped where the fixtures are not there.
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
CREATE SCHEMA re;
CREATE TABLE re.ledger (order_id text, amount_paise bigint, currency text, at timestamp, customer_id text, status text, method text);
CREATE TABLE re.gateway (txn_id text, txn_type text, order_ref text, gross bigint, fee bigint, gst bigint, net bigint, at timestamp, settlement_id text, method text, status text);
CREATE TABLE re.settlement (settlement_id text, capture_date date, payout_date date, total bigint, utr text);
CREATE TABLE re.bank (bank_txn_id text, value_date date, description text, credit bigint, debit bigint, balance bigint, utr text);
CREATE TABLE re.truth (entity_id text, entity_type text, classification text, target text, notes text);
\copy re.ledger from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/ledger.csv' (format csv, header)
\copy re.gateway from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/gateway.csv' (format csv, header)
\copy re.settlement from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/settlements.csv' (format csv, header)
\copy re.bank from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/bank.csv' (format csv, header)
\copy re.truth from '../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/ground_truth.csv' (format csv, header)
CREATE VIEW re.orders AS SELECT row_number() OVER (ORDER BY order_id) AS item_id, amount_paise / 100.0 AS amount, currency, at::date AS item_date, order_id FROM re.ledger;
CREATE VIEW re.payments AS SELECT row_number() OVER (ORDER BY txn_id) AS item_id, gross / 100.0 AS amount, 'INR' AS currency, at::date AS item_date, order_ref, txn_id FROM re.gateway;
CREATE VIEW re.payouts AS SELECT row_number() OVER (ORDER BY settlement_id) AS item_id, total / 100.0 AS amount, 'INR' AS currency, payout_date AS item_date, utr, settlement_id FROM re.settlement;
CREATE VIEW re.bank_lines AS SELECT row_number() OVER (ORDER BY bank_txn_id) AS item_id, (coalesce(credit, 0) - coalesce(debit, 0)) / 100.0 AS amount, 'INR' AS currency, value_date AS item_date, description AS narrative, bank_txn_id FROM re.bank;
SELECT reconcile.define_reconciliation('re_orders', 're.orders', 're.payments') IS NOT NULL AS defined;
SELECT reconcile.add_rule('re_orders', 'order', 'key', 10, ARRAY['order_id'], ARRAY['order_ref']) IS NOT NULL AS added;
SELECT reconcile.define_reconciliation('re_bank', 're.payouts', 're.bank_lines') IS NOT NULL AS defined;
SELECT reconcile.add_rule('re_bank', 'utr', 'reference', 10, ARRAY['utr'], '{}', right_text => 'narrative') IS NOT NULL AS added;
SELECT reconcile.add_rule('re_bank', 'amount', 'window', 20, '{}', '{}', lag_min => 0, lag_max => 3) IS NOT NULL AS added;
SELECT reconciliation, left_items, right_items, suggestions FROM reconcile.run('re_orders') UNION ALL
SELECT reconciliation, left_items, right_items, suggestions FROM reconcile.run('re_bank');

-- Pairs found, and pairs the truth file has: settlement - bank line, and order - payment where the file names the payment or there is just one.
CREATE VIEW re.found AS
SELECT m.reconciliation, coalesce(o.order_id, p.settlement_id) AS left_name, coalesce(g.txn_id, b.bank_txn_id) AS right_name
FROM reconcile.match m
JOIN reconcile.match_item l ON l.match_id = m.match_id AND l.side = 'left'
JOIN reconcile.match_item r ON r.match_id = m.match_id AND r.side = 'right'
LEFT JOIN re.orders o ON m.reconciliation = 're_orders' AND o.item_id = l.item_id
LEFT JOIN re.payments g ON m.reconciliation = 're_orders' AND g.item_id = r.item_id
LEFT JOIN re.payouts p ON m.reconciliation = 're_bank' AND p.item_id = l.item_id
LEFT JOIN re.bank_lines b ON m.reconciliation = 're_bank' AND b.item_id = r.item_id
WHERE m.status = 'matched';
CREATE VIEW re.wanted AS
SELECT 're_orders' AS reconciliation, t.entity_id AS left_name, coalesce(nullif(t.target, ''), (SELECT min(g.txn_id) FROM re.gateway g WHERE g.order_ref = t.entity_id AND g.txn_type = 'payment')) AS right_name, t.classification
FROM re.truth t WHERE t.entity_type = 'order' AND t.classification <> 'missing_payment'
  AND (t.target LIKE 'pay%' OR (SELECT count(*) FROM re.gateway g WHERE g.order_ref = t.entity_id AND g.txn_type = 'payment') = 1)
UNION ALL
SELECT 're_bank', s.settlement_id, b.bank_txn_id, 'utr' FROM re.settlement s JOIN re.bank b USING (utr)
UNION ALL
SELECT 're_bank', t.target, t.entity_id, t.classification FROM re.truth t WHERE t.classification = 'messy_narration';
SELECT w.reconciliation, count(*) AS wanted, count(f.left_name) AS found FROM re.wanted w LEFT JOIN re.found f USING (reconciliation, left_name, right_name) GROUP BY 1 ORDER BY 1;
SELECT w.*, f.right_name AS got FROM re.wanted w LEFT JOIN re.found f USING (reconciliation, left_name, right_name) WHERE f.left_name IS NULL ORDER BY 1, 2;
-- Nothing wrong: an order only ever with its own transactions, a settlement only with its own line.
SELECT f.* FROM re.found f JOIN re.gateway g ON g.txn_id = f.right_name AND f.reconciliation = 're_orders' WHERE g.order_ref <> f.left_name;
SELECT f.* FROM re.found f WHERE f.reconciliation = 're_bank' AND NOT EXISTS (SELECT FROM re.wanted w WHERE w.reconciliation = 're_bank' AND w.left_name = f.left_name AND w.right_name = f.right_name);
-- The true breaks stay open, and are exceptions.
SELECT t.classification, t.entity_id, o.item_id IS NOT NULL AS open, (SELECT string_agg(e.reason, ',') FROM reconcile.exception e WHERE e.reconciliation = i.reconciliation AND e.side = i.side AND e.item_id = i.item_id) AS reason
FROM re.truth t
JOIN LATERAL (SELECT 're_orders' AS reconciliation, 'left'::reconcile.side AS side, x.item_id FROM re.orders x WHERE x.order_id = t.entity_id
              UNION ALL SELECT 're_bank', 'right', b.item_id FROM re.bank_lines b WHERE b.bank_txn_id = t.entity_id
              UNION ALL SELECT 're_bank', 'left', p.item_id FROM re.payouts p WHERE p.settlement_id = t.target AND t.classification = 'missing_bank_row') i ON true
LEFT JOIN reconcile.open_item o ON o.reconciliation = i.reconciliation AND o.side = i.side AND o.item_id = i.item_id
WHERE t.classification IN ('missing_payment', 'orphan_bank_credit', 'missing_bank_row') ORDER BY 1, 2;
-- A second run adds nothing.
SELECT matches, suggestions, exceptions FROM reconcile.run('re_orders') UNION ALL SELECT matches, suggestions, exceptions FROM reconcile.run('re_bank');
DROP SCHEMA re CASCADE;
DROP EXTENSION reconcile;
