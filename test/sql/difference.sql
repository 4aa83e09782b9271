-- One difference is one exception: of a key, or of a text's references, whose sums disagree, all that takes part in it is told with it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-05-20';
CREATE SCHEMA shop;
SET search_path = shop, reconcile;
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
CREATE TABLE money (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, narrative text);
-- B-1: two bills, three payments, 10 too little. B-2 and B-3 paid by one transfer that names both, 4 too much. B-4 agrees. B-5 is unpaid.
INSERT INTO bill VALUES (1, '2026-05-01', 100, 'EUR', 'B-1'), (2, '2026-05-02', 60, 'EUR', 'B-1'), (3, '2026-05-03', 30, 'EUR', 'NUMBER-2'), (4, '2026-05-03', 20, 'EUR', 'NUMBER-3'),
    (5, '2026-05-04', 77, 'EUR', 'B-4'), (6, '2026-05-04', 88, 'EUR', 'B-5');
INSERT INTO money VALUES (101, '2026-05-05', 90, 'EUR', 'B-1', NULL), (102, '2026-05-06', 35, 'EUR', 'B-1', NULL), (103, '2026-05-07', 25, 'EUR', 'B-1', NULL),
    (104, '2026-05-07', 54, 'EUR', NULL, 'for NUMBER-2 and NUMBER-3'), (105, '2026-05-08', 77, 'EUR', 'B-4', NULL);
SELECT define_reconciliation('bills', 'shop.bill', 'shop.money') > 0 AS defined;
SELECT add_rule('bills', 'no', 'key', 10, '{no}', '{no}') > 0 AS added;
SELECT add_rule('bills', 'text', 'reference', 20, '{no}', '{}', right_text => 'narrative') > 0 AS added;
CREATE VIEW stands AS SELECT e.side, e.item_id, e.reason, e.amount, e.difference, e.related_side, e.related_item_id, e.status, e.further_items,
    (SELECT string_agg(i.side || ' ' || i.item_id, ', ' ORDER BY i.side, i.item_id) FROM exception_item i WHERE i.exception_id = e.exception_id) AS further
FROM exception e ORDER BY e.exception_id;
SELECT matches, exceptions FROM run('bills', dry_run => true);
SELECT matches, exceptions FROM run('bills');
SELECT * FROM stands;
SELECT side, item_id, amount, explanation FROM open_item ORDER BY side, item_id;
SET reconcile.language = 'zh_TW';
SELECT explanation FROM open_item WHERE side = 'right' AND item_id = 103;
SET reconcile.language = 'zh_CN';
SELECT explanation FROM open_item WHERE side = 'right' AND item_id = 103;
RESET reconcile.language;
-- Again: nothing new.
SELECT matches, exceptions FROM run('bills');
SELECT count(*) FROM stands;
-- The missing 10 come: all of it is matched, and the difference is settled.
INSERT INTO money VALUES (106, '2026-05-12', 10, 'EUR', 'B-1', NULL);
SELECT matches, exceptions FROM run('bills');
SELECT item_id, reason, status, further_items FROM stands;
-- Taken back, and the bank recalls the 10: the difference stands anew.
SELECT undo_run(max(run_id), 'too early') IS NOT NULL AS undone FROM run_log;
DELETE FROM money WHERE item_id = 106;
SELECT matches, exceptions FROM run('bills');
SELECT item_id, reason, status, further_items, further FROM stands;

-- What stood as missing becomes part of a difference when its counterpart comes.
INSERT INTO money VALUES (107, '2026-05-13', 5, 'EUR', 'B-6', NULL), (108, '2026-05-13', 6, 'EUR', 'B-6', NULL);
SELECT matches, exceptions FROM run('bills');
INSERT INTO bill VALUES (7, '2026-05-12', 12, 'EUR', 'B-6');
SELECT matches, exceptions FROM run('bills');
SELECT side, item_id, reason, difference, status, further FROM stands WHERE item_id IN (7, 107, 108);
SELECT note FROM exception WHERE item_id = 108;
-- When a person matches the item a difference stands at, what is left of it lacks its counterpart.
SELECT match_items('bills', '{7}', '{107}', 'short by 7') > 0 AS matched;
SELECT matches, exceptions FROM run('bills');
SELECT side, item_id, reason, difference, status, further FROM stands WHERE item_id IN (7, 107, 108);

-- Allocated in part: what the allocation does not come to is part of the difference too.
SELECT define_reconciliation('parts', 'shop.bill', 'shop.money') > 0 AS defined;
SELECT add_rule('parts', 'no', 'key', 10, '{no}', '{no}', options => '{"partial": true}') > 0 AS added;
TRUNCATE bill, money;
INSERT INTO bill VALUES (21, '2026-05-01', 60, 'EUR', 'P-1');
INSERT INTO money VALUES (121, '2026-05-02', 50, 'EUR', 'P-1', NULL), (122, '2026-05-03', 30, 'EUR', 'P-1', NULL), (123, '2026-05-04', 20, 'EUR', 'P-1', NULL);
SELECT matches, exceptions FROM run('parts');
SELECT side, item_id, reason, difference, related_side, related_item_id, further FROM stands WHERE item_id > 20;
SELECT side, item_id, amount FROM open_item WHERE reconciliation = 'parts' ORDER BY side, item_id;

-- Where only one side has exceptions, a difference stands there.
TRUNCATE bill, money;
INSERT INTO bill VALUES (31, '2026-05-01', 60, 'EUR', 'O-1'), (32, '2026-05-01', 6, 'USD', 'O-2');
INSERT INTO money VALUES (131, '2026-05-02', 50, 'EUR', 'O-1', NULL), (132, '2026-05-03', 5, 'EUR', 'O-1', NULL), (133, '2026-05-03', 6, 'EUR', 'O-2', NULL);
SELECT define_reconciliation(side || ' only', 'shop.bill', 'shop.money', exceptions => side) > 0 AS defined FROM unnest(ARRAY['left', 'right', 'none']) AS side;
SELECT add_rule(side || ' only', 'no', 'key', 10, '{no}', '{no}') > 0 AS added FROM unnest(ARRAY['left', 'right', 'none']) AS side;
SELECT reconciliation, exceptions FROM unnest(ARRAY['left', 'right', 'none']) AS side, run(side || ' only');
SELECT reconciliation, side, item_id, reason, difference, related_side, related_item_id,
    (SELECT string_agg(i.side || ' ' || i.item_id, ', ') FROM exception_item i WHERE i.exception_id = e.exception_id) AS further
FROM exception e WHERE reconciliation LIKE '% only' ORDER BY exception_id;
DROP SCHEMA shop CASCADE;
