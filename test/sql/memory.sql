-- Runs that do not fit into reconcile.work_memory are worked in parts by the hash of their key: the same matches, exceptions and open items.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-03-01';
CREATE SCHEMA shop;
SET search_path = shop, reconcile;
CREATE TABLE sale (item_id bigint, item_date date, amount numeric, currency text, number text, note text);
CREATE TABLE money (item_id bigint, item_date date, amount numeric, currency text, number text, narrative text);
-- Every kind of thing a key can do, and items that only later rules match: by number in the text, by amount and date.
INSERT INTO sale
SELECT n, date '2026-01-01' + n % 40, (n % 500) + 0.25 * (n % 7), CASE WHEN n % 41 = 0 THEN 'GBP' ELSE 'EUR' END,
       CASE WHEN n % 29 = 0 THEN NULL ELSE 'NUMBER' || lpad((n / CASE WHEN n % 100 < 10 THEN 2 ELSE 1 END)::text, 7, '0') END, NULL
FROM generate_series(1, 12000) AS n;
INSERT INTO money
SELECT n * 2 + part, item_date + part + 1,
       CASE WHEN n % 23 = 0 THEN amount + 1 WHEN n % 10 = 3 THEN CASE part WHEN 0 THEN trunc(amount / 2) ELSE amount - trunc(amount / 2) END
            WHEN n % 37 = 0 THEN amount - 5 ELSE amount END,
       CASE WHEN n % 43 = 0 THEN 'USD' ELSE currency END,
       CASE WHEN n % 17 = 0 THEN NULL ELSE number END,
       CASE WHEN n % 17 = 0 THEN 'paid ' || number || ' with thanks' ELSE 'payment ' || n END
FROM (SELECT item_id AS n, * FROM sale) AS s, generate_series(0, 1) AS part
WHERE n % 31 > 0 AND (part = 0 OR n % 10 = 3 OR n % 59 = 0);
ANALYZE;

SELECT name, define_reconciliation(name, 'shop.sale', 'shop.money') > 0 AS defined FROM unnest(ARRAY['whole', 'parts']) AS name;
SELECT count(add_rule(name, 'number', 'key', 10, '{number}', '{number}', options => '{"partial": true}')) FROM unnest(ARRAY['whole', 'parts']) AS name;
SELECT count(add_rule(name, 'suggested', 'key', 15, '{number}', '{number}', amount_tolerance => 1, action => 'suggest')) FROM unnest(ARRAY['whole', 'parts']) AS name;
SELECT count(add_rule(name, 'text', 'reference', 20, '{number}', '{}', right_text => 'narrative')) FROM unnest(ARRAY['whole', 'parts']) AS name;
SELECT count(add_rule(name, 'amount', 'window', 30, '{}', '{}', lag_min => 0, lag_max => 3)) FROM unnest(ARRAY['whole', 'parts']) AS name;
CREATE VIEW found AS
SELECT m.reconciliation, m.match_id, m.rule, m.status, m.left_amount, m.right_amount, m.currency, m.confidence, m.explanation,
       (SELECT string_agg(concat_ws(' ', i.side, i.item_id, i.amount), ', ' ORDER BY i.side, i.item_id) FROM match_item i
        WHERE i.merchant_id = m.merchant_id AND i.match_id = m.match_id) AS items
FROM match m;
CREATE VIEW differing AS
SELECT 'match' AS what, count(*) FROM (
    (SELECT rule, status, left_amount, right_amount, currency, confidence, explanation, items FROM found WHERE reconciliation = 'whole' EXCEPT ALL
     SELECT rule, status, left_amount, right_amount, currency, confidence, explanation, items FROM found WHERE reconciliation = 'parts') UNION ALL
    (SELECT rule, status, left_amount, right_amount, currency, confidence, explanation, items FROM found WHERE reconciliation = 'parts' EXCEPT ALL
     SELECT rule, status, left_amount, right_amount, currency, confidence, explanation, items FROM found WHERE reconciliation = 'whole')) AS d
UNION ALL
SELECT 'exception', count(*) FROM (
    (SELECT side, item_id, reason, amount, difference, status, related_side, related_item_id FROM exception WHERE reconciliation = 'whole' EXCEPT ALL
     SELECT side, item_id, reason, amount, difference, status, related_side, related_item_id FROM exception WHERE reconciliation = 'parts') UNION ALL
    (SELECT side, item_id, reason, amount, difference, status, related_side, related_item_id FROM exception WHERE reconciliation = 'parts' EXCEPT ALL
     SELECT side, item_id, reason, amount, difference, status, related_side, related_item_id FROM exception WHERE reconciliation = 'whole')) AS d
UNION ALL
SELECT 'open item', count(*) FROM (
    (SELECT side, item_id, amount FROM open_item WHERE reconciliation = 'whole' EXCEPT ALL
     SELECT side, item_id, amount FROM open_item WHERE reconciliation = 'parts') UNION ALL
    (SELECT side, item_id, amount FROM open_item WHERE reconciliation = 'parts' EXCEPT ALL
     SELECT side, item_id, amount FROM open_item WHERE reconciliation = 'whole')) AS d;

SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('whole', dry_run => true);
SET reconcile.work_memory = '1MB';
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('parts', dry_run => true);
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('parts');
RESET reconcile.work_memory;
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('whole');
SELECT * FROM differing;
SELECT rule, status, count(*) > 10 AS some FROM found WHERE reconciliation = 'parts' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT reason, side, count(*) > 10 AS some FROM exception WHERE reconciliation = 'parts' GROUP BY 1, 2 ORDER BY 1, 2;

-- A further run, where new items answer old ones, and the rows in another order.
INSERT INTO money
SELECT 100000 + s.item_id, s.item_date + 1, o.amount, s.currency, s.number, NULL
FROM open_item o JOIN sale s USING (item_id) WHERE o.reconciliation = 'whole' AND o.side = 'left' AND s.item_id % 3 > 0;
INSERT INTO sale SELECT 200000 + n, date '2026-02-15', n % 900, 'EUR', 'LATER' || n / 2, NULL FROM generate_series(1, 12000) AS n;
INSERT INTO money SELECT item_id, item_date, amount, currency, number, NULL FROM sale WHERE item_id > 200000 AND item_id % 19 > 0;
CREATE TABLE shuffled AS SELECT * FROM sale ORDER BY md5(item_id::text);
TRUNCATE sale;
INSERT INTO sale SELECT * FROM shuffled;
SELECT left_items, right_items, matches > 100 AS some, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('whole');
SET reconcile.work_memory = '1MB';
SELECT left_items, right_items, matches > 100 AS some, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('parts');
SELECT * FROM differing;
SELECT count(*) > 10 AS closed FROM exception WHERE reconciliation = 'parts' AND status = 'settled';
SELECT matches, suggestions, exceptions FROM run('parts');

-- What cannot be divided stays an error: a first rule that looks at everything, one key with too many items.
SELECT define_reconciliation('undivided', 'shop.sale', 'shop.money') > 0 AS defined;
SELECT add_rule('undivided', 'amount', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 3) > 0 AS added;
SELECT add_rule('undivided', 'number', 'key', 20, '{number}', '{number}') > 0 AS added;
SELECT matches FROM run('undivided', dry_run => true);
CREATE VIEW sale_alike AS SELECT item_id, amount, 'same'::text AS number FROM sale;
CREATE VIEW money_alike AS SELECT item_id, amount, 'same'::text AS number FROM money;
SELECT define_reconciliation('one_key', 'shop.sale_alike', 'shop.money_alike') > 0 AS defined;
SELECT add_rule('one_key', 'number', 'key', 10, '{number}', '{number}') > 0 AS added;
SELECT matches FROM run('one_key', dry_run => true);
DROP SCHEMA shop CASCADE;
