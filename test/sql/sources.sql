-- Sources that change or are wrong: other amounts, rows that go, one item twice; dates of a run; lateness told of both sides.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE bill (item_id bigint, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint, item_date date, amount numeric, currency text, no text);
INSERT INTO bill SELECT i, date '2026-07-01' + i, 10 * i, 'EUR', 'B' || i FROM generate_series(1, 6) AS i;
INSERT INTO cash VALUES (101, '2026-07-03', 10, 'EUR', 'B1'), (102, '2026-07-04', 5, 'EUR', 'B2');
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') IS NOT NULL AS defined;
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}', lag_min => 0, lag_max => 5, options => '{"partial": true}') IS NOT NULL AS added;
SELECT left_items, right_items, matches, exceptions, open_amount FROM reconcile.run('bills');
SELECT side, item_id, amount FROM reconcile.open_item ORDER BY side, item_id;
SELECT item_id, reason, amount, difference, status FROM reconcile.exception ORDER BY item_id;

-- Open rows change: the next run follows, exceptions too; what is allocated already stays.
UPDATE bill SET amount = 33 WHERE item_id = 3;
UPDATE bill SET amount = 22 WHERE item_id = 2;
UPDATE bill SET amount = 0 WHERE item_id = 4;
DELETE FROM bill WHERE item_id = 5;
CREATE TEMP TABLE dry AS SELECT * FROM reconcile.run('bills', dry_run => true);
SELECT count(*) AS untouched FROM reconcile.exception WHERE item_id = 5 AND status = 'open';
CREATE TEMP TABLE wet AS SELECT * FROM reconcile.run('bills');
SELECT left_items, matches, exceptions, open_amount FROM wet;
SELECT count(*) AS dry_run_says_the_same FROM dry JOIN wet USING (left_items, right_items, matches, suggestions, exceptions, matched_amount, open_amount);
SELECT side, item_id, amount FROM reconcile.open_item ORDER BY side, item_id;
SELECT item_id, reason, amount, difference, status, note LIKE 'changed in its source, seen by run %' AS changed FROM reconcile.exception ORDER BY item_id;
SELECT left_items, exceptions FROM reconcile.run('bills');

-- Dates: items outside them are neither counted nor judged, and stay as they are.
SELECT left_items, right_items, matches, exceptions, open_amount FROM reconcile.run('bills', '2026-07-05', '2026-07-07');
SELECT count(*) FROM reconcile.open_item WHERE side = 'left';

-- The counterpart is there, but too late: both sides say so, each names the other.
INSERT INTO cash VALUES (106, '2026-07-19', 60, 'EUR', 'B6');
SELECT matches, exceptions FROM reconcile.run('bills');
SELECT side, item_id, reason, related_side, related_item_id, status FROM reconcile.exception WHERE item_id IN (6, 106) ORDER BY exception_id;

-- An item twice is no match twice: refused, nothing is written.
INSERT INTO cash SELECT * FROM cash WHERE item_id = 106;
SELECT * FROM reconcile.run('bills');
SELECT * FROM reconcile.run('bills', dry_run => true);
DELETE FROM cash WHERE item_id = 106;
CREATE VIEW twice AS SELECT b.* FROM bill b, (VALUES (1), (2)) AS v (n);
SELECT reconcile.define_reconciliation('joined', 'twice', 'cash', right_pool => 'bills.right') IS NOT NULL AS defined;
SELECT reconcile.add_rule('joined', 'no', 'key', 10, '{no}', '{no}') IS NOT NULL AS added;
SELECT * FROM reconcile.run('joined');
SELECT count(*) FROM reconcile.match WHERE reconciliation = 'joined';

-- Sources that do not say whose their items are: the main merchant's, of whom another merchant's run sees nothing.
SELECT reconcile.add_merchant('other') IS NOT NULL AS added;
SELECT left_items, right_items, matches, exceptions FROM reconcile.run('bills', merchant => 'other', dry_run => true);
SELECT left_items, right_items, matches, exceptions FROM reconcile.run('bills', merchant => 'other');
SELECT count(*) FROM reconcile.simulate('bills', '{}', merchant => 'other');
SELECT left_items > 0 AS main_has_some FROM reconcile.run('bills', dry_run => true);

-- A quotient has twenty decimals: zeros beyond those of money are not told.
CREATE TABLE quotient AS SELECT n::bigint AS item_id, n / 4.0 AS amount, 'EUR' AS currency, 'Q' || n AS no FROM generate_series(1, 2) AS n;
CREATE TABLE nothing (LIKE quotient);
SELECT reconcile.define_reconciliation('quotients', 'quotient', 'nothing') IS NOT NULL AS defined, reconcile.add_rule('quotients', 'no', 'key', 10, '{no}', '{no}') IS NOT NULL AS added;
SELECT item_id, amount FROM reconcile.open_item WHERE reconciliation = 'quotients' ORDER BY 1;
SELECT exceptions FROM reconcile.run('quotients');
SELECT item_id, amount, explanation FROM reconcile.exception WHERE reconciliation = 'quotients' ORDER BY 1;
DROP TABLE quotient, nothing;
DROP VIEW twice;
DROP TABLE bill, cash;
DROP EXTENSION reconcile;
