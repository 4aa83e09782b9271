-- explain(): where an item stands, and by rule which candidates there were and what each failed by.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, expects_match boolean);
CREATE TABLE cash (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, narrative text);
INSERT INTO bill VALUES
    (1, '2026-07-01', 100.00, 'EUR', 'INV-20260001', true), (2, '2026-07-01', 50.00, 'EUR', 'INV-20260002', true), (3, '2026-07-02', 80.00, 'EUR', 'INV-20260003', true),
    (4, '2026-07-02', 33.00, 'EUR', 'INV-20260004', true), (5, '2026-07-03', 44.00, 'EUR', 'INV-20260005', true), (6, '2026-07-03', 20.00, 'EUR', 'INV-20260006', true),
    (7, '2026-07-03', 12.00, 'EUR', NULL, true), (8, '2026-07-18', 64.00, 'EUR', 'INV-20260008', true), (9, '2026-07-03', 71.00, 'EUR', 'INV-20260009', true),
    (10, '2026-07-03', 99.99, 'EUR', 'A1', true), (11, '2026-07-03', 15.00, 'EUR', 'INV-20260011', false);
INSERT INTO cash VALUES
    (101, '2026-07-02', 100.00, 'EUR', 'INV-20260001', NULL), (102, '2026-07-02', 45.00, 'EUR', 'INV-20260002', NULL), (103, '2026-07-03', 80.00, 'USD', 'INV-20260003', NULL),
    (104, '2026-07-19', 33.00, 'EUR', NULL, 'your INV-20260004'), (105, '2026-07-04', 44.00, 'EUR', NULL, 'payment 44'),
    (106, '2026-07-04', 20.00, 'EUR', NULL, 'a'), (107, '2026-07-05', 20.00, 'EUR', NULL, 'b'), (109, '2026-07-04', 71.00, 'EUR', NULL, 'ref 20260009 thanks');
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash', left_delay_days => 5) IS NOT NULL AS defined;
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}') IS NOT NULL AS added;
SELECT reconcile.add_rule('bills', 'text', 'reference', 20, '{no}', '{}', right_text => 'narrative', lag_min => 0, lag_max => 10) IS NOT NULL AS added;
SELECT reconcile.add_rule('bills', 'amount', 'window', 30, '{}', '{}', lag_min => 0, lag_max => 3, action => 'suggest') IS NOT NULL AS added;
SELECT finding, explanation FROM reconcile.explain('bills', 'left', 1);
SELECT matches, suggestions, exceptions FROM reconcile.run('bills');
CREATE FUNCTION why(side text, item bigint) RETURNS TABLE (finding text, rule text, candidate bigint, difference numeric, lag integer, explanation text) LANGUAGE sql
    AS $$ SELECT e.finding, e.rule, e.candidate_item_id, e.difference, e.lag, e.explanation FROM reconcile.explain('bills', side, item) e $$;
-- Matched.
SELECT finding, rule, rule_version, strategy, match_id IS NOT NULL AS has_match, explanation FROM reconcile.explain('bills', 'left', 1);
-- Amount, currency, lag, ambiguity.
SELECT * FROM why('left', 2);
SELECT * FROM why('left', 3);
SELECT * FROM why('left', 4);
SELECT * FROM why('right', 104);
SELECT * FROM why('left', 6);
SELECT * FROM why('right', 106);
-- No key; a reference too short; one of which only a part was found.
SELECT * FROM why('left', 7);
SELECT * FROM why('left', 10);
SELECT * FROM why('left', 9);
-- Inside its delay; nothing expected.
SELECT * FROM why('left', 8);
SELECT finding, explanation FROM why('left', 11) LIMIT 3;
-- A suggestion, and once it was rejected.
SELECT finding, rule, explanation FROM why('left', 5);
SELECT reconcile.reject((SELECT match_id FROM reconcile.match_item WHERE side = 'left' AND item_id = 5), 'not theirs');
SELECT finding, rule, candidate, explanation FROM why('left', 5) WHERE rule = 'amount';
-- Allocated elsewhere; in part.
SELECT reconcile.match_items('bills', '{10}', '{102}', 'they said so') > 0 AS matched;
SELECT e.finding, e.rule, e.match_id = i.match_id AS that_match, replace(e.explanation, i.match_id::text, 'N') AS explanation
FROM reconcile.explain('bills', 'left', 2) e LEFT JOIN reconcile.match_item i ON i.side = 'right' AND i.item_id = 102 AND i.match_id = e.match_id WHERE e.rule = 'no';
-- A number inside a longer one is no reference; several items of one key are summed.
INSERT INTO bill VALUES (20, '2026-07-10', 5.00, 'EUR', '4711123', true), (21, '2026-07-10', 30.00, 'EUR', 'K', true), (22, '2026-07-10', 40.00, 'EUR', 'K', true);
INSERT INTO cash VALUES (120, '2026-07-11', 5.00, 'EUR', NULL, 'ref 94711123'), (121, '2026-07-11', 25.00, 'EUR', 'K', NULL), (122, '2026-07-11', 43.00, 'EUR', 'K', NULL);
SELECT matches FROM reconcile.run('bills');
SELECT * FROM why('left', 20) WHERE rule = 'text';
SELECT * FROM why('right', 120) WHERE rule = 'text';
SELECT * FROM why('left', 21) WHERE rule = 'no';
SELECT * FROM why('right', 107) WHERE rule = 'amount';
SELECT reconcile.reference_in('RZP7', '12RZP7 x', 6), reconcile.reference_in('AB12CD', 'pay a b-12 c.d now', 6), reconcile.reference_in('INV20260009', 'ref 20260009', 6), reconcile.reference_in('INV20260009', 'ref 0009', 6);
-- In other languages; only so many candidates.
SET reconcile.language = 'zh_TW';
SELECT explanation FROM why('left', 2);
SET reconcile.language = 'zh_CN';
SELECT explanation FROM why('left', 6);
RESET reconcile.language;
SELECT count(*) FROM reconcile.explain('bills', 'left', 6, max_candidates => 1) WHERE rule = 'amount';
SELECT count(*) AS findings, count(DISTINCT language) AS languages, bool_and(n = 3) AS complete FROM (SELECT finding, language, count(*) OVER (PARTITION BY finding) AS n FROM reconcile.finding_template) AS t;
-- Errors.
SELECT * FROM reconcile.explain('bills', 'middle', 1);
SELECT * FROM reconcile.explain('bills', 'left', 4711);
SELECT * FROM reconcile.explain('bills', 'left', NULL);
SELECT * FROM reconcile.explain('nothing', 'left', 1);
SELECT * FROM reconcile.explain('bills', 'left', 6, max_candidates => 0);
SELECT * FROM reconcile.explain('bills', 'left', 6, max_candidates => NULL);

-- The rule's tolerance in SQL is the engine's.
SELECT count(*) AS tried, count(*) FILTER (WHERE tolerated) AS tolerated FROM (SELECT reconcile.tolerated(u, l, x) AS tolerated FROM reconcile.rule u, generate_series(-3, 3) AS l, generate_series(-3, 3) AS x WHERE u.name = 'no' AND u.builtin IS FALSE) AS t;

-- On the built-in chain.
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop;
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nW1,2026-07-01 10:00,USD,100.00\nW2,2026-07-01 10:00,USD,50.00\n', 'UTF8'), 'o.csv', shop => 'web');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'posted_at,kind,order_no,currency,amount\n2026-07-02 10:00,sale,W2,USD,49.50\n', 'UTF8'), 's.csv', 'settlements_csv', shop => 'web');
SELECT matches, exceptions FROM reconcile.run('order_settlement');
SELECT o.order_no, e.finding, e.rule, e.difference, e.explanation FROM reconcile.sales_order o, reconcile.explain('order_settlement', 'left', o.order_id) e ORDER BY o.order_no;
DROP FUNCTION why;
DROP TABLE bill, cash;
DROP EXTENSION reconcile;
