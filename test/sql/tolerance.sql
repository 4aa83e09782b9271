-- Tolerances: underpayments and overpayments apart, capped; the tolerated difference posted as an adjustment, taken back with its match, and seen by the receivable.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
INSERT INTO bill SELECT i, '2026-07-01', a, c, 'B' || i FROM (VALUES
    (1, 100.00, 'EUR'), (2, 100.00, 'EUR'), (3, 100.00, 'EUR'), (4, 100.00, 'EUR'), (5, 90000.00, 'EUR'), (6, 90000.00, 'EUR'),
    (7, -100.00, 'EUR'), (8, -100.00, 'EUR'), (9, 5000, 'JPY'), (10, 12.345, 'KWD'), (11, 50.00, 'EUR')) AS b (i, a, c);
INSERT INTO cash SELECT 100 + i, '2026-07-02', a, c, 'B' || i FROM (VALUES
    (1, 98.50, 'EUR'), (2, 98.49, 'EUR'), (3, 100.10, 'EUR'), (4, 100.11, 'EUR'), (5, 89980.00, 'EUR'), (6, 89979.99, 'EUR'),
    (7, -98.50, 'EUR'), (8, -100.11, 'EUR'), (9, 4999, 'JPY'), (10, 12.344, 'KWD'), (11, 50.00, 'EUR')) AS c (i, a, c);
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') IS NOT NULL AS defined;
-- A transfer fee of 1.50 may be missing, or 1 %, but never more than 20.00; ten cents too much are let pass.
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}', options => '{"underpayment_tolerance": 1.5, "underpayment_percent": 1,
    "overpayment_tolerance": 0.10, "tolerance_cap": 20, "adjustment": "bank_fee"}') IS NOT NULL AS added;
CREATE TEMP TABLE dry AS SELECT * FROM reconcile.run('bills', dry_run => true);
CREATE TEMP TABLE wet AS SELECT * FROM reconcile.run('bills');
SELECT matches, matched_amount, open_amount, adjusted_amount, exceptions FROM wet;
SELECT count(*) AS dry_run_says_the_same FROM dry JOIN wet USING (matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount, adjusted_amount);
SELECT adjusted_amount FROM reconcile.run_log;
CREATE VIEW posted AS SELECT i.item_id AS bill, m.status, m.left_amount, m.right_amount, j.kind, j.amount, j.currency, j.order_id, j.note
FROM reconcile.adjustment j JOIN reconcile.match m USING (match_id) LEFT JOIN reconcile.allocation i ON i.match_id = m.match_id AND i.side = 'left' AND i.amount = i.allocated AND i.amount <> 0
ORDER BY i.item_id, j.adjustment_id;
SELECT * FROM posted;
SELECT side, item_id, reason, difference FROM reconcile.exception ORDER BY side, item_id;
-- Taken back with its match: a counter-row, nothing is deleted; the next run posts it anew.
SELECT reconcile.unmatch((SELECT match_id FROM reconcile.match_item WHERE side = 'left' AND item_id = 1), 'the bank gave it back');
SELECT bill, status, kind, amount, note FROM posted WHERE bill = 1;
SELECT matches, adjusted_amount FROM reconcile.run('bills');
SELECT bill, status, kind, amount FROM posted WHERE bill = 1;
SELECT sum(amount) AS posted, count(*) AS rows FROM reconcile.adjustment WHERE currency = 'EUR';
SELECT reconcile.undo_run((SELECT max(run_id) FROM reconcile.run_log), 'again');
SELECT sum(amount) AS posted, count(*) AS rows FROM reconcile.adjustment WHERE currency = 'EUR';
-- Without the option the difference stays in the match.
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}', 1.5) IS NOT NULL AS added;
SELECT matches, adjusted_amount FROM reconcile.run('bills');
SELECT rule_version, difference FROM reconcile.match JOIN reconcile.match_item i USING (match_id) WHERE i.side = 'left' AND i.item_id = 1;
-- A suggestion posts when it is confirmed.
INSERT INTO bill VALUES (20, '2026-07-05', 70.00, 'EUR', 'X');
INSERT INTO cash VALUES (120, '2026-07-06', 69.20, 'EUR', 'Y');
SELECT reconcile.add_rule('bills', 'amount', 'window', 20, '{}', '{}', 1, lag_min => 0, lag_max => 3, action => 'suggest', options => '{"adjustment": "discount"}') IS NOT NULL AS added;
SELECT matches, suggestions, adjusted_amount FROM reconcile.run('bills');
SELECT count(*) FROM reconcile.adjustment WHERE kind = 'discount';
SELECT reconcile.confirm((SELECT match_id FROM reconcile.match WHERE status = 'suggested'), 'agreed on the phone');
SELECT kind, amount, note FROM reconcile.adjustment WHERE kind = 'discount';
SELECT reconcile.reject((SELECT match_id FROM reconcile.match WHERE status = 'confirmed'), 'not ours');
SELECT kind, amount, note FROM reconcile.adjustment WHERE kind = 'discount' ORDER BY adjustment_id;
-- By hand.
SELECT reconcile.match_items('bills', '{2}', '{102}', 'fee of the correspondent bank', adjustment => 'bank_fee') > 0 AS matched;
SELECT kind, amount, note FROM reconcile.adjustment WHERE note LIKE '%correspondent%';
SELECT reconcile.match_items('bills', '{4}', '{104}', 'x', adjustment => 'gift');

-- What a rule must not say.
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', -1);
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', percent_tolerance => 101);
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', options => '{"overpayment_tolerance": -0.01}');
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', options => '{"underpayment_percent": "many"}');
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', options => '{"tolerance_cap": 0}');
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', options => '{"adjustment": "gift"}');
SELECT reconcile.add_rule('bills', 'bad', 'key', 10, '{no}', '{no}', options => '["partial"]');
SELECT reconcile.add_rule('bills', NULL, 'key', 10, '{no}', '{no}');
DROP VIEW posted;

-- Orders: the tolerated difference settles the order, the bank column keeps what the bank received.
SELECT reconcile.add_platform('web', 'Web shop', false) IS NOT NULL AS added;
SELECT reconcile.add_shop('W', 'web', 'EUR', 'UTC') IS NOT NULL AS added;
SELECT reconcile.add_account('bank', 'EUR', time_zone => 'UTC') IS NOT NULL AS added;
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nW10001,2026-07-01 10:00,EUR,100.00\nW10002,2026-07-01 10:00,EUR,50.00\nW10003,2026-07-01 11:00,EUR,30.00\n', 'UTF8'), 'o.csv', shop => 'W');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'date,amount,currency,narrative\n2026-07-03,99.20,EUR,order W10001\n2026-07-03,79.90,EUR,orders W10002 and W10003\n', 'UTF8'), 'b.csv', account => 'bank');
SELECT reconcile.add_rule('order_bank', 'short', 'reference', 25, '{order_no}', '{}', right_text => 'narrative', options => '{"underpayment_tolerance": 1, "adjustment": "bank_fee"}') > 0 AS added;
SELECT matches, matched_amount, adjusted_amount FROM reconcile.run('order_bank');
SELECT order_no, expected, banked, adjusted, written_off, outstanding, status FROM reconcile.receivable ORDER BY order_no;
SELECT step, document, document_no = a.match_id::text AS of_match, t.kind, t.amount, detail FROM reconcile.trace('W10001') t
    LEFT JOIN reconcile.adjustment a ON t.document = 'adjustment' AND a.adjustment_id = t.document_id ORDER BY step;
SELECT reconcile.unmatch((SELECT match_id FROM reconcile.match WHERE reconciliation = 'order_bank' AND left_amount = 100), 'wrong');
SELECT order_no, banked, adjusted, outstanding, status FROM reconcile.receivable WHERE order_no = 'W10001';
SELECT reconcile.write_off('W10001', 'gone', kind => 'gift');
DROP TABLE bill, cash;
DROP EXTENSION reconcile;
