-- What stands as an exception because of a counterpart that is taken later by another gives way to that it is missing.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET datestyle = 'ISO, YMD';
SET reconcile.business_date = '2026-06-30';
CREATE TABLE l (item_id bigint primary key, item_date date, amount numeric(12,2), currency text default 'USD', ref text, memo text);
CREATE TABLE r (LIKE l INCLUDING ALL);
SELECT FROM reconcile.define_reconciliation('t', 'l', 'r');
SELECT FROM reconcile.add_rule('t','ref','key',10,'{ref}','{ref}', lag_min=>0, lag_max=>5);
INSERT INTO l VALUES (1,'2026-01-01',100,'USD','A'),(2,'2026-01-01',50,'USD','B'),(3,'2026-01-01',90,'USD','x'),(4,'2026-01-01',50,'USD','y');
INSERT INTO r VALUES (1,'2026-01-02',90,'USD','A'),(2,'2026-03-01',50,'USD','B');
SELECT matches, exceptions FROM reconcile.run('t');
SELECT reason, side, item_id, difference, status FROM reconcile.exception WHERE reconciliation='t' ORDER BY exception_id;
SELECT reconcile.match_items('t', '{3}', '{1}', note => 'was for x'), reconcile.match_items('t', '{4}', '{2}', note => 'was for y');
SELECT exceptions FROM reconcile.run('t', dry_run=>true);
SELECT exceptions FROM reconcile.run('t');
SELECT reason, side, item_id, difference, status FROM reconcile.exception WHERE reconciliation='t' ORDER BY exception_id;
SELECT e.note FROM reconcile.exception_event e ORDER BY 1;
SELECT exceptions FROM reconcile.run('t');
-- What a later rule of the same run matches does not stand as a difference of the item that an earlier rule held it against; nothing is new in the next run.
SELECT FROM reconcile.define_reconciliation('u', 'l', 'r');
SELECT FROM reconcile.add_rule('u', 'ref', 'key', 10, '{ref}', '{ref}');
SELECT FROM reconcile.add_rule('u', 'amount', 'window', 20, '{}', '{}', lag_min => 0, lag_max => 5);
TRUNCATE l, r;
INSERT INTO l VALUES (11, '2026-02-01', 100, 'USD', 'A'), (12, '2026-02-01', 90, 'USD', 'x'), (13, '2026-02-01', 20, 'USD', 'A');
INSERT INTO r VALUES (11, '2026-02-02', 90, 'USD', 'A');
SELECT matches, exceptions FROM reconcile.run('u');
SELECT reason, side, item_id, difference, status FROM reconcile.exception WHERE reconciliation = 'u' ORDER BY exception_id;
SELECT matches, exceptions FROM reconcile.run('u');
-- An item whose counterpart is taken has no exception while it is within its terms, differs from another one afterwards, and lacks one in the end; a currency
-- gives way like an amount, and what stands for another reason stays.
TRUNCATE l, r;
SELECT FROM reconcile.define_reconciliation('w', 'l', 'r', left_delay_days => 10, right_delay_days => 10);
SELECT FROM reconcile.add_rule('w', 'ref', 'key', 10, '{ref}', '{ref}');
INSERT INTO l VALUES (21, '2026-06-25', 100, 'USD', 'A'), (22, '2026-06-25', 90, 'USD', 'x'), (23, '2026-06-25', 40, 'EUR', 'B'), (24, '2026-06-25', 40, 'USD', 'y'),
 (25, '2026-06-25', 70, 'USD', 'C'), (26, '2026-06-25', 60, 'USD', 'z');
INSERT INTO r VALUES (21, '2026-06-26', 90, 'USD', 'A'), (23, '2026-06-26', 40, 'USD', 'B'), (25, '2026-06-26', 60, 'USD', 'C');
SELECT matches, exceptions FROM reconcile.run('w');
INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, side, item_id, reason, currency, amount)
SELECT merchant_id, reconciliation_id, 'left', 25, 'chargeback', 'USD', 70 FROM reconcile.exception_log WHERE item_id = 25;
SELECT reason, side, item_id, related_item_id, status FROM reconcile.exception WHERE reconciliation = 'w' ORDER BY exception_id;
SELECT reconcile.match_items('w', '{22}', '{21}', note => 'was for x') IS NOT NULL AS x, reconcile.match_items('w', '{24}', '{23}', note => 'was for y') IS NOT NULL AS y,
 reconcile.match_items('w', '{26}', '{25}', note => 'was for z') IS NOT NULL AS z;
SELECT exceptions FROM reconcile.run('w', dry_run => true);
SELECT exceptions FROM reconcile.run('w');
SELECT reason, side, item_id, related_item_id, status, note FROM reconcile.exception WHERE reconciliation = 'w' ORDER BY exception_id;
INSERT INTO r VALUES (31, '2026-06-27', 95, 'USD', 'A');
SELECT exceptions FROM reconcile.run('w');
INSERT INTO l VALUES (32, '2026-06-27', 95, 'USD', 'w');
SELECT reconcile.match_items('w', '{32}', '{31}', note => 'was for w') IS NOT NULL AS w;
INSERT INTO r VALUES (33, '2026-06-28', 99, 'USD', 'A');
SELECT exceptions FROM reconcile.run('w', dry_run => true);
SELECT exceptions FROM reconcile.run('w');
SELECT exceptions FROM reconcile.run('w');
SET reconcile.business_date = '2026-07-30';
SELECT exceptions FROM reconcile.run('w');
SELECT reason, side, item_id, related_item_id, difference, status FROM reconcile.exception WHERE reconciliation = 'w' ORDER BY exception_id;
DROP EXTENSION reconcile CASCADE;
DROP TABLE l, r;
