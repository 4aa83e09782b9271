-- Runs over two plain tables: key, reference and window rules, what stays open and why, dry runs, order of rows, further runs.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-15';
CREATE TABLE sale (item_id bigint, item_date date, amount numeric, currency text, order_no text, note text);
CREATE TABLE money (item_id bigint, item_date date, amount numeric, currency text, order_no text, narrative text);
INSERT INTO sale VALUES
    (1, '2026-07-01', 100.00, 'CNY', 'A1', 'equal'),
    (2, '2026-07-01', 100.00, 'CNY', 'A2', 'paid in two parts'),
    (3, '2026-07-02', 80.00, 'CNY', 'A3', 'other currency'),
    (4, '2026-07-02', 70.00, 'CNY', 'A4', 'short'),
    (5, '2026-07-03', 60.00, 'CNY', 'A5', 'paid twice'),
    (6, '2026-07-03', 55.50, 'CNY', 'REF0000123456', 'reference in text'),
    (7, '2026-07-03', 44.40, 'CNY', 'REF0000999999', 'reference cut in text'),
    (8, '2026-07-04', 33.30, 'CNY', NULL, 'amount and date only'),
    (9, '2026-07-04', 20.00, 'CNY', NULL, 'one of two alike'),
    (10, '2026-07-14', 12.34, 'CNY', 'A10', 'recent'),
    (11, '2026-07-01', 12.35, 'CNY', 'A11', 'missing'),
    (12, '2026-07-04', 5000, 'JPY', 'A12', 'no decimals'),
    (13, '2026-07-04', 1.234, 'KWD', 'A13', 'three decimals');
INSERT INTO money VALUES
    (101, '2026-07-02', 100.00, 'CNY', 'A1', NULL),
    (102, '2026-07-02', 40.00, 'CNY', 'A2', NULL), (103, '2026-07-03', 60.00, 'CNY', 'A2', NULL),
    (104, '2026-07-03', 80.00, 'USD', 'A3', NULL),
    (105, '2026-07-03', 65.00, 'CNY', 'A4', NULL),
    (106, '2026-07-04', 60.00, 'CNY', 'A5', NULL), (107, '2026-07-04', 60.00, 'CNY', 'A5', NULL),
    (108, '2026-07-05', 55.50, 'CNY', NULL, 'TRF REF0000123456 SHOP'),
    (109, '2026-07-05', 44.40, 'CNY', NULL, 'TRF REF 0000 999-999 SHOP'),
    (110, '2026-07-05', 33.30, 'CNY', NULL, 'thank you'),
    (111, '2026-07-05', 20.00, 'CNY', NULL, 'one'), (112, '2026-07-05', 20.00, 'CNY', NULL, 'two'),
    (113, '2026-07-05', 9.99, 'CNY', NULL, 'nobody knows'),
    (114, '2026-07-05', 5000, 'JPY', 'A12', NULL),
    (115, '2026-07-05', 1.234, 'KWD', 'A13', NULL);
SELECT reconcile.define_reconciliation('sale_money', 'sale', 'money', left_delay_days => 3) IS NOT NULL AS defined;
SELECT reconcile.add_rule('sale_money', 'order', 'key', 10, '{order_no}', '{order_no}') IS NOT NULL AS added;
SELECT reconcile.add_rule('sale_money', 'text', 'reference', 20, '{order_no}', '{}', right_text => 'narrative') IS NOT NULL AS added;
SELECT reconcile.add_rule('sale_money', 'amount', 'window', 30, '{}', '{}', lag_min => 0, lag_max => 5) IS NOT NULL AS added;

-- The dry run reports what the run then writes, and writes nothing.
CREATE TEMP TABLE dry AS SELECT * FROM reconcile.run('sale_money', dry_run => true);
SELECT run_id IS NULL AS no_run, count(*) AS rows, (SELECT count(*) FROM reconcile.match) AS written FROM dry GROUP BY 1;
CREATE TEMP TABLE wet AS SELECT * FROM reconcile.run('sale_money');
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM wet;
SELECT count(*) AS same FROM dry JOIN wet USING (reconciliation, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount);

CREATE VIEW result AS
SELECT m.status, m.rule, m.strategy, array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'left') AS lefts,
       array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'right') AS rights, m.difference, m.explanation
FROM reconcile.match m JOIN reconcile.match_item i USING (match_id) GROUP BY m.match_id, m.status, m.rule, m.strategy, m.difference, m.explanation;
SELECT * FROM result ORDER BY lefts, rights;
SELECT side, item_id, amount, currency, reference, narrative FROM reconcile.open_item ORDER BY side, item_id;
SELECT side, item_id, reason, amount, difference, currency, related_side, related_item_id FROM reconcile.exception ORDER BY side, item_id;
SET reconcile.language = 'zh_CN';
SELECT explanation FROM result WHERE lefts = '{1}';
RESET reconcile.language;

-- A second run adds nothing.
SELECT matches, matched_left, matched_right, suggestions, exceptions FROM reconcile.run('sale_money');
SELECT count(*) FROM reconcile.match;

-- The rest of an order that was paid short arrives: with partial matching it is taken as it comes.
SELECT reconcile.add_rule('sale_money', 'order', 'key', 10, '{order_no}', '{order_no}', options => '{"partial": true}') IS NOT NULL AS added;
SELECT matches, exceptions FROM reconcile.run('sale_money');
SELECT side, item_id, amount FROM reconcile.open_item WHERE item_id IN (4, 105);
INSERT INTO money VALUES (116, '2026-07-20', 5.00, 'CNY', 'A4', NULL);
SELECT matches, exceptions FROM reconcile.run('sale_money');
SELECT side, item_id, amount FROM reconcile.open_item WHERE item_id IN (4, 105, 116);
SELECT item_id, sequence, amount, item_amount, allocated FROM reconcile.allocation WHERE item_id IN (4, 105, 116) ORDER BY item_id, sequence;
SELECT side, item_id, reason, status FROM reconcile.exception WHERE item_id IN (4, 105) ORDER BY exception_id;

-- The order of the rows does not matter.
CREATE TABLE sale2 AS SELECT * FROM sale ORDER BY md5(item_id::text);
CREATE TABLE money2 AS SELECT * FROM money ORDER BY md5(item_id::text || 'x');
CREATE TABLE sale3 AS SELECT * FROM sale ORDER BY item_id DESC;
CREATE TABLE money3 AS SELECT * FROM money ORDER BY amount, item_id DESC;
SELECT reconcile.define_reconciliation(n, l, r) IS NOT NULL AS defined FROM (VALUES ('two', 'sale2'::regclass, 'money2'::regclass), ('three', 'sale3', 'money3')) AS d (n, l, r);
SELECT count(reconcile.add_rule(n, s, s, p, CASE WHEN s = 'window' THEN '{}' ELSE '{order_no}' END::text[], CASE s WHEN 'key' THEN '{order_no}' ELSE '{}' END::text[],
    lag_min => CASE s WHEN 'window' THEN 0 END, lag_max => CASE s WHEN 'window' THEN 5 END, right_text => CASE s WHEN 'reference' THEN 'narrative' END))
FROM unnest(ARRAY['two', 'three']) AS n, (VALUES ('key', 10), ('reference', 20), ('window', 30)) AS r (s, p);
SELECT count(*) FROM reconcile.run('two') UNION ALL SELECT count(*) FROM reconcile.run('three');
CREATE VIEW shape AS SELECT m.reconciliation, m.status, m.rule, m.explanation, array_agg(i.side || ':' || i.item_id || ':' || i.amount ORDER BY i.side, i.item_id) AS items
FROM reconcile.match m JOIN reconcile.match_item i USING (match_id) WHERE m.reconciliation IN ('two', 'three') GROUP BY m.match_id, m.reconciliation, m.status, m.rule, m.explanation;
SELECT count(*) AS matches, count(*) FILTER (WHERE EXISTS (SELECT FROM shape t WHERE t.reconciliation = 'three' AND t.items = s.items AND t.explanation = s.explanation AND t.status = s.status)) AS same
FROM shape s WHERE s.reconciliation = 'two';
SELECT count(*) FROM shape WHERE reconciliation = 'three';

-- Dates limit what takes part; the rest stays open and is not judged.
TRUNCATE sale2, money2;
INSERT INTO sale2 SELECT i, date '2026-01-01' + i, i, 'CNY', 'N' || i, NULL FROM generate_series(1, 10) AS i;
INSERT INTO money2 SELECT i, date '2026-01-01' + i, i, 'CNY', 'N' || i, NULL FROM generate_series(1, 10) AS i;
SELECT reconcile.define_reconciliation('dated', 'sale2', 'money2') IS NOT NULL AS defined;
SELECT reconcile.add_rule('dated', 'k', 'key', 1, '{order_no}', '{order_no}') IS NOT NULL AS added;
SELECT left_items, matches, exceptions FROM reconcile.run('dated', '2026-01-03', '2026-01-05');
SELECT count(*), min(item_date), max(item_date) FROM reconcile.open_item WHERE reconciliation = 'dated' AND side = 'left';
SELECT left_items, matches, exceptions FROM reconcile.run('dated');
SELECT * FROM reconcile.run('dated', '2026-01-05', '2026-01-03');
SELECT * FROM reconcile.run('nothing');
-- Memory has a limit where one is set.
INSERT INTO sale2 SELECT i, '2026-02-01', 1, 'CNY', 'M' || i, NULL FROM generate_series(100, 60000) AS i;
SET reconcile.work_memory = '1MB';
SELECT * FROM reconcile.run('dated');
RESET reconcile.work_memory;
SELECT left_items, matches FROM reconcile.run('dated');
-- A source that is gone stops its own reconciliation only.
DROP VIEW shape, result;
DROP TABLE sale3;
SELECT * FROM reconcile.run('three');
SELECT count(*) AS others FROM reconcile.run(dry_run => true);
SELECT reconcile.verify_audit() IS NULL AS audit_whole;
DROP TABLE sale, money, sale2, money2, money3;
DROP EXTENSION reconcile;
