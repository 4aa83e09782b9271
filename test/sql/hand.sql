-- What people do by hand: match, confirm, reject, unmatch, undo; and that nothing can be allocated twice.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
CREATE TABLE bill (item_id bigint, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint, item_date date, amount numeric, currency text, narrative text);
INSERT INTO bill SELECT i, date '2026-01-01' + i, 10 * i, 'EUR', 'B' || i FROM generate_series(1, 6) AS i;
INSERT INTO cash SELECT 100 + i, date '2026-01-02' + i, 10 * i, 'EUR', 'payment ' || i FROM generate_series(1, 6) AS i;
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') IS NOT NULL AS defined;
SELECT reconcile.add_rule('bills', 'amount', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 5, action => 'suggest') IS NOT NULL AS added;
-- Open before any run, and as the rows of the user's own source stand now.
SELECT side, count(*), sum(amount) FROM reconcile.open_item GROUP BY side ORDER BY side;
INSERT INTO cash VALUES (199, '2026-01-09', 7, 'EUR', 'a late one');
UPDATE cash SET amount = 8 WHERE item_id = 199;
SELECT side, item_id, amount, narrative FROM reconcile.open_item WHERE item_id = 199;
DELETE FROM cash WHERE item_id = 199;
SELECT matches, suggestions, exceptions FROM reconcile.run('bills');
CREATE VIEW state AS SELECT m.match_id, m.status, m.strategy, m.left_amount, m.right_amount, m.difference, m.note,
    array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'left') AS lefts, array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'right') AS rights
FROM reconcile.match m LEFT JOIN reconcile.match_item i USING (match_id) GROUP BY m.match_id, m.status, m.strategy, m.left_amount, m.right_amount, m.difference, m.note;
SELECT status, lefts, rights FROM state ORDER BY lefts;
-- Confirmed: its items are allocated and closed, their exceptions settled.
SELECT reconcile.confirm((SELECT match_id FROM state WHERE lefts = '{1}'), 'seen');
SELECT status, lefts, rights, note FROM state WHERE lefts = '{1}';
SELECT side, item_id FROM reconcile.open_item WHERE item_id IN (1, 101);
SELECT side, item_id, reason, status, note FROM reconcile.exception WHERE item_id IN (1, 101) ORDER BY side;
SELECT reconcile.confirm((SELECT match_id FROM state WHERE lefts = '{1}'));
-- Rejected: never proposed again.
SELECT reconcile.reject((SELECT match_id FROM state WHERE lefts = '{2}'), 'not theirs');
SELECT matches, suggestions FROM reconcile.run('bills');
SELECT status, left_amount FROM state WHERE left_amount = 20;
SELECT reconcile.reject((SELECT match_id FROM state WHERE left_amount = 20), 'again');
-- By hand, several to one, with a difference that stays visible.
SELECT reconcile.match_items('bills', ARRAY[2, 3], ARRAY[105]::bigint[], 'one transfer for two bills') > 0 AS matched;
SELECT status, strategy, left_amount, right_amount, difference, lefts, rights, note FROM state WHERE strategy = 'manual';
SELECT reconcile.match_items('bills', ARRAY[4], ARRAY[104, 106]::bigint[], 'too much') > 0 AS matched;
SELECT difference FROM state WHERE lefts = '{4}' AND strategy = 'manual';
-- Refused, and nothing written.
SELECT reconcile.match_items('bills', ARRAY[2], ARRAY[106]::bigint[], 'taken');
SELECT reconcile.match_items('bills', ARRAY[999], ARRAY[103]::bigint[], 'no such item');
SELECT reconcile.match_items('bills', ARRAY[5], '{}', 'one side only');
SELECT reconcile.match_items('bills', NULL, NULL, NULL);
SELECT reconcile.match_items('nothing', ARRAY[5], ARRAY[103]::bigint[], 'no such reconciliation');
SELECT reconcile.confirm(NULL);
SELECT reconcile.unmatch(123456, 'none');
INSERT INTO cash VALUES (110, '2026-01-10', 50, 'USD', 'dollars');
SELECT reconcile.match_items('bills', ARRAY[5], ARRAY[110]::bigint[], 'other money');
SELECT count(*) FILTER (WHERE strategy = 'manual') AS by_hand FROM state;
-- A confirmed suggestion whose items have gone elsewhere meanwhile is refused.
SELECT reconcile.confirm((SELECT match_id FROM reconcile.match WHERE status = 'suggested' AND left_amount = 40));
-- Taken back: items open again, the chain of allocations keeps what happened.
SELECT reconcile.unmatch((SELECT match_id FROM state WHERE lefts = '{2,3}'), 'mistake');
SELECT status, note FROM state WHERE left_amount = 50 AND strategy = 'manual';
SELECT side, item_id, amount FROM reconcile.open_item WHERE item_id IN (2, 3, 105) ORDER BY side, item_id;
SELECT item_id, sequence, live_count, amount, allocated FROM reconcile.allocation WHERE item_id IN (2, 3, 105) ORDER BY item_id, sequence;
SELECT reconcile.unmatch((SELECT match_id FROM state WHERE left_amount = 50 AND strategy = 'manual'), 'twice');
SELECT reconcile.match_items('bills', ARRAY[2, 3], ARRAY[105]::bigint[], 'right after all') > 0 AS matched;
-- The database itself refuses an allocation beyond the item, or a second one of the same remainder.
INSERT INTO reconcile.allocation SELECT merchant_id, pool_id, item_id, match_id, sequence + 1, live_count + 1, side, 1, item_amount, allocated + 1 FROM reconcile.allocation WHERE item_id = 1;
INSERT INTO reconcile.allocation SELECT * FROM reconcile.allocation WHERE item_id = 1;
-- A whole run.
INSERT INTO bill VALUES (7, '2026-01-20', 77, 'EUR', 'B7');
INSERT INTO cash VALUES (107, '2026-01-21', 77, 'EUR', 'payment 7');
SELECT reconcile.drop_rule('bills', 'amount');
SELECT reconcile.add_rule('bills', 'sure', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 5) IS NOT NULL AS added;
CREATE TEMP TABLE last_run AS SELECT * FROM reconcile.run('bills');
SELECT matches, exceptions FROM last_run;
SELECT status, lefts, rights FROM state WHERE status = 'matched' AND strategy = 'window';
SELECT reconcile.undo_run((SELECT run_id FROM last_run), 'wrong rule');
SELECT status, count(*) FROM state GROUP BY 1 ORDER BY 1;
SELECT reconcile.undo_run((SELECT run_id FROM last_run), 'twice');
SELECT matches FROM reconcile.run('bills');
SELECT a.action, a.detail->>'note' AS note FROM reconcile.audit_log a WHERE a.action IN ('match_items', 'confirm', 'reject', 'unmatch', 'undo_run') ORDER BY a.audit_id;
SELECT reconcile.verify_audit() IS NULL AS audit_whole;
DELETE FROM reconcile.audit_log;
DROP VIEW state;
DROP TABLE bill, cash;
DROP EXTENSION reconcile;
