-- Sources that are read straight from the pages give the same items as through the executor: the same view twice, once behind OFFSET 0.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-03-01';
CREATE SCHEMA shop;
SET search_path = shop, reconcile;

CREATE TABLE sale (
    gone integer DEFAULT 1,
    item_id bigint NOT NULL,
    item_date date,
    kind text,
    branch smallint,
    remark text,
    number text,
    price numeric,
    paid numeric(12,3)
) WITH (fillfactor = 20);
ALTER TABLE sale DROP COLUMN gone;
INSERT INTO sale
SELECT n, CASE WHEN n % 11 > 0 THEN date '2026-01-01' + n % 50 END,
       CASE WHEN n % 7 = 0 THEN NULL WHEN n % 7 < 4 THEN 'sale' WHEN n % 7 = 4 THEN '' WHEN n % 7 = 5 THEN 'a kind with more letters than a memo has room for' ELSE 'fee' END,
       n % 5, CASE WHEN n % 3 > 0 THEN 'remark ' || n END,
       CASE WHEN n % 13 = 0 THEN NULL WHEN n % 17 = 0 THEN '' WHEN n % 19 = 0 THEN repeat('long key ', 3000) || n ELSE 'N' || n END,
       CASE WHEN n % 23 > 0 THEN n * 1.25 END, n * 0.125 - 50
FROM generate_series(1, 9000) AS n;
-- A column that the rows above do not have in them.
ALTER TABLE sale ADD COLUMN currency text DEFAULT 'EUR';
ALTER TABLE sale ADD COLUMN special boolean;
INSERT INTO sale
SELECT n, date '2026-02-01', 'sale', n % 5, NULL, 'N' || n, n, n, CASE WHEN n % 2 = 0 THEN 'USD' END, CASE WHEN n % 3 > 0 THEN n % 3 = 1 END
FROM generate_series(9001, 10000) AS n;

CREATE VIEW sale_item AS
SELECT s.item_id, s.item_date, s.currency, s.branch, s.number,
       -- one column asked, two columns asked, a column with more values than are worth remembering, no row asked
       CASE WHEN s.kind = 'sale' THEN s.price WHEN s.kind LIKE 'a kind%' THEN s.paid WHEN s.kind = '' THEN 3 ELSE 0 END AS amount,
       CASE WHEN s.kind = 'fee' THEN 1 WHEN s.branch = 2 AND s.special IS NOT FALSE THEN CASE WHEN s.remark IS NULL THEN s.paid ELSE s.price END
            WHEN s.remark LIKE '%7' THEN s.price * 2 WHEN EXISTS (SELECT FROM sale WHERE item_id < 0) THEN 1 / (s.item_id - s.item_id) ELSE s.paid END AS compared,
       s.special OR s.branch = 1 AS expects_match, s.kind = 'sale' AS sold
FROM sale s
WHERE s.number IS NOT NULL AND s.branch <> 3 AND s.item_id % 10 <> 9 AND (s.branch IN (SELECT 0 UNION ALL SELECT generate_series(1, 3))) IS TRUE;
CREATE VIEW same_item AS SELECT * FROM sale_item OFFSET 0;
EXPLAIN (COSTS OFF, VERBOSE OFF) SELECT item_id FROM sale_item;
EXPLAIN (COSTS OFF, VERBOSE OFF) SELECT item_id FROM same_item;

CREATE TABLE money (item_id bigint, item_date date, amount numeric, currency text, branch bigint, number text, sold text);
INSERT INTO money
SELECT item_id, coalesce(item_date, '2026-01-15') + 2, CASE WHEN item_id % 6 = 0 THEN compared + 1 ELSE compared END,
       CASE WHEN item_id % 29 = 0 THEN 'GBP' ELSE currency END, branch, number, sold::text
FROM same_item WHERE item_id % 4 > 0;

SELECT define_reconciliation('pages', 'shop.sale_item', 'shop.money');
SELECT define_reconciliation('rows', 'shop.same_item', 'shop.money');
SELECT add_rule(r, 'number', 'key', 10, ARRAY['branch', 'number', 'sold'], ARRAY['branch', 'number', 'sold'], options => '{"left_compare": "compared"}')
FROM unnest(ARRAY['pages', 'rows']) AS r;
SELECT reconciliation, left_items, right_items, matches > 2500 AS many, matched_left, matched_right, exceptions, matched_amount, open_amount
FROM run('pages', dry_run => true) UNION ALL
SELECT reconciliation, left_items, right_items, matches > 2500, matched_left, matched_right, exceptions, matched_amount, open_amount FROM run('rows', dry_run => true)
ORDER BY 1;
-- A helper reads part of the pages, from the first page on here; the items are the same.
SET max_parallel_workers_per_gather = 0;
SELECT left_items, right_items, matches, exceptions, matched_amount, open_amount FROM run('pages', dry_run => true);
RESET max_parallel_workers_per_gather;
SET min_parallel_table_scan_size = 0;
SELECT left_items, right_items, matches, exceptions, matched_amount, open_amount FROM run('pages', dry_run => true);
SELECT pg_relation_size('sale') / 8192 > 300 AS enough_pages_for_a_helper;
SELECT count(*) FROM run('pages');
SELECT count(*) FROM run('rows');

CREATE VIEW found AS
SELECT m.reconciliation, i.side, i.item_id, i.amount, m.left_amount, m.right_amount, m.currency, m.explanation
FROM match m JOIN match_item i USING (merchant_id, match_id);
SELECT count(*) FROM (
    SELECT side, item_id, amount, left_amount, right_amount, currency, explanation FROM found WHERE reconciliation = 'pages' EXCEPT ALL
    SELECT side, item_id, amount, left_amount, right_amount, currency, explanation FROM found WHERE reconciliation = 'rows') AS differing;
SELECT count(*) FROM (
    SELECT side, item_id, reason, amount, difference, related_item_id, item_date, currency FROM exception WHERE reconciliation = 'pages' EXCEPT ALL
    SELECT side, item_id, reason, amount, difference, related_item_id, item_date, currency FROM exception WHERE reconciliation = 'rows') AS differing;
SELECT reason, side, count(*) > 0 AS some FROM exception WHERE reconciliation = 'pages' GROUP BY 1, 2 ORDER BY 1, 2;

-- What a row cannot be asked stays an error, and the session goes on.
INSERT INTO sale (item_id, kind, branch, number, price) VALUES (20001, 'sale', 0, 'N20001', 1e13);
SELECT count(*) FROM run('pages', dry_run => true);
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM run('pages', dry_run => true);
DELETE FROM sale WHERE item_id = 20001;
SELECT count(*) FROM run('pages', dry_run => true);
DROP SCHEMA shop CASCADE;
