-- A key of a subset rule divides both sides: a sum is sought among what has the same key, and explain() speaks of no other items.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-02-28';
CREATE TABLE paid (item_id bigint, item_date date, amount numeric, currency text, purse text);
CREATE TABLE sold (item_id bigint, item_date date, amount numeric, currency text, shop text);
SELECT reconcile.define_reconciliation('purses', 'paid', 'sold') > 0 AS defined;
SELECT reconcile.add_rule('purses', 'sum', 'subset', 10, '{purse}', '{shop,currency}');
SELECT reconcile.add_rule('purses', 'sum', 'subset', 10, '{purse}', '{shop}') > 0 AS added;
INSERT INTO paid VALUES (1, '2026-01-10', 1234.57, 'EUR', 'A'), (2, '2026-01-10', 50.01, 'EUR', 'B'), (3, '2026-01-10', 50.01, 'EUR', NULL), (4, '2026-01-10', 99.99, 'EUR', 'E');
INSERT INTO sold VALUES (1, '2026-01-08', 411.13, 'EUR', 'A'), (2, '2026-01-08', 511.21, 'EUR', 'A'), (3, '2026-01-09', 312.23, 'EUR', 'A'), (4, '2026-01-09', 77.01, 'EUR', 'A'),
    (5, '2026-01-08', 20.01, 'EUR', 'C'), (6, '2026-01-08', 30.00, 'EUR', 'C'), (7, '2026-01-08', 10.00, 'EUR', 'B'), (8, '2026-01-08', 12.34, 'EUR', 'B'), (9, '2026-01-08', 15.00, 'EUR', NULL);
SELECT matches, matched_left, matched_right, suggestions FROM reconcile.run('purses');
SELECT side, item_id FROM reconcile.match_item ORDER BY side, item_id;
-- The other purse's items would add up; they are not its own.
SELECT finding, candidate_item_id, explanation FROM reconcile.explain('purses', 'left', 2);
SELECT finding, candidate_item_id, explanation FROM reconcile.explain('purses', 'left', 3);
SELECT finding, candidate_item_id, explanation FROM reconcile.explain('purses', 'left', 4);
SELECT finding, candidate_item_id, explanation FROM reconcile.explain('purses', 'right', 5);
DROP TABLE paid, sold CASCADE;
