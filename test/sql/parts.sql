-- Items in parts: a payout in two transfers, instalments, one transfer split by hand; and that what people decided survives further runs.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE payout (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
CREATE TABLE transfer (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, narrative text, no text);
INSERT INTO payout VALUES (1, '2026-07-01', 1000.00, 'EUR', 'PO-2026-0001'), (2, '2026-07-02', 300.00, 'EUR', 'PO-2026-0002'), (3, '2026-07-02', 50.00, 'EUR', 'PO-2026-0003');
INSERT INTO transfer VALUES (101, '2026-07-03', 600.00, 'EUR', 'payout PO-2026-0001 part 1', 'PO-2026-0001');
SELECT reconcile.define_reconciliation('payouts', 'payout', 'transfer') IS NOT NULL AS defined;
SELECT reconcile.add_rule('payouts', 'no', 'key', 10, '{no}', '{no}', options => '{"partial": true}') IS NOT NULL AS added;
CREATE VIEW state AS SELECT m.status, m.strategy, m.left_amount, m.right_amount,
    array_agg(i.side::text || ' ' || i.item_id || ': ' || i.amount ORDER BY i.side, i.item_id) AS items
FROM reconcile.match m LEFT JOIN reconcile.match_item i USING (match_id) GROUP BY m.match_id, m.status, m.strategy, m.left_amount, m.right_amount ORDER BY m.match_id;

-- Two transfers for one payout: each takes its part, the rest stays open with its residual.
SELECT matches, matched_amount, open_amount FROM reconcile.run('payouts');
SELECT * FROM state;
SELECT side, item_id, amount FROM reconcile.open_item ORDER BY side, item_id;
INSERT INTO transfer VALUES (102, '2026-07-05', 250.00, 'EUR', 'payout PO-2026-0001 part 2', 'PO-2026-0001');
SELECT matches, matched_amount, open_amount FROM reconcile.run('payouts');
SELECT side, item_id, amount FROM reconcile.open_item ORDER BY side, item_id;
INSERT INTO transfer VALUES (103, '2026-07-06', 150.00, 'EUR', 'payout PO-2026-0001 rest', 'PO-2026-0001');
SELECT matches, matched_amount, open_amount FROM reconcile.run('payouts');
SELECT * FROM state;
SELECT item_id, sequence, live_count, amount, item_amount, allocated FROM reconcile.allocation WHERE side = 'left' ORDER BY item_id, sequence;
-- The middle part is taken back: its residual opens, the others stand, and the next run matches it again.
SELECT reconcile.unmatch((SELECT match_id FROM reconcile.match_item WHERE side = 'right' AND item_id = 102), 'recalled');
SELECT side, item_id, amount FROM reconcile.open_item WHERE item_id IN (1, 102) ORDER BY side, item_id;
SELECT matches, matched_amount, open_amount FROM reconcile.run('payouts');
SELECT side, item_id, amount FROM reconcile.open_item WHERE item_id IN (1, 102);

-- One transfer for several payouts, more than both: by hand; the rest of it stays in the match as its difference.
INSERT INTO transfer VALUES (104, '2026-07-08', 350.00, 'EUR', 'July', NULL);
SELECT reconcile.match_items('payouts', '{2,3}', '{104}', 'collective transfer') > 0 AS matched;
CREATE TEMP TABLE before AS SELECT * FROM state;
SELECT matches, suggestions, exceptions FROM reconcile.run('payouts');
SELECT count(*) AS changed FROM (TABLE before EXCEPT TABLE state) AS x;

-- Confirmed, rejected and made by hand: a changed rule, an undone run and runs since leave them as they are.
INSERT INTO payout VALUES (11, '2026-07-10', 77.00, 'EUR', 'A'), (12, '2026-07-10', 88.00, 'EUR', 'B'), (13, '2026-07-10', 99.00, 'EUR', 'C');
INSERT INTO transfer VALUES (111, '2026-07-11', 77.00, 'EUR', NULL, 'a'), (112, '2026-07-11', 88.00, 'EUR', NULL, 'b'), (113, '2026-07-11', 99.00, 'EUR', NULL, 'c');
SELECT reconcile.add_rule('payouts', 'amount', 'window', 20, '{}', '{}', lag_min => 0, lag_max => 3, action => 'suggest') IS NOT NULL AS added;
SELECT suggestions FROM reconcile.run('payouts');
SELECT reconcile.confirm((SELECT match_id FROM reconcile.match WHERE status = 'suggested' AND left_amount = 77), 'yes');
SELECT reconcile.reject((SELECT match_id FROM reconcile.match WHERE status = 'suggested' AND left_amount = 88), 'no');
SELECT reconcile.unmatch((SELECT match_id FROM reconcile.match WHERE status = 'suggested' AND left_amount = 99), 'undecided');
SELECT reconcile.match_items('payouts', '{13}', '{113}', 'known') > 0 AS matched;
SELECT reconcile.add_rule('payouts', 'amount', 'window', 20, '{}', '{}', lag_min => 0, lag_max => 9) IS NOT NULL AS added;
SELECT matches, suggestions FROM reconcile.run('payouts');
SELECT matches, suggestions FROM reconcile.run();
SELECT status, strategy, items FROM state WHERE left_amount IN (77, 88, 99);
SELECT version, action, lag_max FROM reconcile.rule r JOIN reconcile.reconciliation USING (reconciliation_id) WHERE r.name = 'amount' AND reconciliation_id >= 1000 ORDER BY version;
SELECT rule, rule_version, status FROM reconcile.match WHERE rule = 'amount' ORDER BY match_id;
-- A rejected pair may still meet others.
INSERT INTO transfer VALUES (114, '2026-07-12', 88.00, 'EUR', NULL, 'd');
SELECT matches FROM reconcile.run('payouts');
SELECT status, rule, items FROM state JOIN reconcile.match USING (status, left_amount, right_amount, strategy) WHERE left_amount = 88 AND status = 'matched';
DROP VIEW state;
DROP TABLE payout, transfer;
DROP EXTENSION reconcile;
