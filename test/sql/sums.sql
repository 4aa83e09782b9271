-- One amount that is the sum of several, items that cancel each other, items that only resemble each other.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
CREATE TABLE part (item_id bigint, item_date date, amount numeric, currency text, no text, note text);
CREATE TABLE whole (item_id bigint, item_date date, amount numeric, currency text, no text, narrative text);
SELECT reconcile.define_reconciliation('sums', 'part', 'whole') IS NOT NULL AS defined;
SELECT reconcile.add_rule('sums', 'cancels', 'net', 10, '{no}', '{}') IS NOT NULL AS added;
SELECT reconcile.add_rule('sums', 'sum', 'subset', 20, '{}', '{}', lag_min => 0, lag_max => 10, options => '{"subset_side": "right"}') IS NOT NULL AS added;
INSERT INTO part VALUES
    (1, '2026-03-01', 1043.17, 'EUR', 'P1', NULL), (2, '2026-03-01', 2210.03, 'EUR', 'P2', NULL), (3, '2026-03-02', 877.77, 'EUR', 'P3', NULL),
    (4, '2026-03-03', 5000.01, 'EUR', 'P4', NULL),
    (5, '2026-03-03', 75.00, 'EUR', 'R1', 'paid'), (6, '2026-03-04', -75.00, 'EUR', 'R1', 'paid back');
INSERT INTO whole VALUES (11, '2026-03-05', 4130.97, 'EUR', 'W1', 'transfer'), (12, '2026-03-05', 12345.67, 'EUR', 'W2', 'no sum of these');
SELECT matches, matched_left, matched_right, suggestions, exceptions FROM reconcile.run('sums');
SELECT m.rule, m.strategy, m.status, m.difference, array_agg(i.side || ' ' || i.item_id ORDER BY i.side, i.item_id) AS items, m.explanation
FROM reconcile.match m JOIN reconcile.match_item i USING (match_id) GROUP BY m.match_id, m.rule, m.strategy, m.status, m.difference, m.explanation ORDER BY 5;
SELECT side, item_id, reason FROM reconcile.exception ORDER BY 1, 2;
SELECT matches, suggestions, exceptions FROM reconcile.run('sums');
-- Two sets of the same sum: both are shown, none is taken.
INSERT INTO part VALUES (21, '2026-04-01', 10, 'EUR', 'Q1', NULL), (22, '2026-04-02', 30, 'EUR', 'Q2', NULL), (23, '2026-04-03', 20, 'EUR', 'Q3', NULL), (24, '2026-04-04', 20, 'EUR', 'Q4', NULL);
INSERT INTO whole VALUES (31, '2026-04-05', 40, 'EUR', 'V1', 'either');
SELECT matches, suggestions FROM reconcile.run('sums');
SELECT m.status, m.candidates, array_agg(i.item_id ORDER BY i.item_id) AS items FROM reconcile.match m JOIN reconcile.match_item i USING (match_id)
WHERE m.status = 'suggested' GROUP BY m.match_id, m.status, m.candidates ORDER BY 3;
SELECT reconcile.add_rule('sums', 'x', 'net', 1, '{}', '{}');
SELECT reconcile.add_rule('sums', 'x', 'subset', 1, '{}', '{}', options => '{"subset_side": "up"}');
SELECT reconcile.add_rule('sums', 'x', 'score', 1, '{}', '{}', options => '{"threshold": 2}');
SELECT reconcile.add_rule('sums', 'x', 'guess', 1, '{}', '{}');
DROP TABLE part, whole;
DROP EXTENSION reconcile;
