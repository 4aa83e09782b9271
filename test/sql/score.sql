-- Two lists that only resemble each other, paired by probability with weights learned without labels. Skipped where the
-- fixtures are not there.
\set have `test -d ../shared/fixtures/matching/derived-splink && echo true || echo false`
\if :have
\else
\echo fixtures are not here: skipped
\quit
\endif
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
CREATE TABLE origin (id text, transaction_date date, amount numeric, memo text);
CREATE TABLE destination (id text, transaction_date date, amount numeric, memo text);
CREATE TABLE truth (origin_id text, destination_id text);
\copy origin from '../shared/fixtures/matching/derived-splink/origin_dev5000.csv' (format csv, header)
\copy destination from '../shared/fixtures/matching/derived-splink/destination_dev5000.csv' (format csv, header)
\copy truth from '../shared/fixtures/matching/derived-splink/truth_dev5000.csv' (format csv, header)
CREATE VIEW sent AS SELECT substr(id, 2)::bigint AS item_id, transaction_date AS item_date, amount, memo FROM origin;
CREATE VIEW received AS SELECT substr(id, 2)::bigint AS item_id, transaction_date AS item_date, amount, memo FROM destination;
SELECT reconcile.define_reconciliation('transfers', 'sent', 'received') IS NOT NULL AS defined;
SELECT reconcile.add_rule('transfers', 'resemble', 'score', 10, '{}', '{}', left_text => 'memo', right_text => 'memo') IS NOT NULL AS added;
SELECT left_items, right_items, matches > 4900 AS enough FROM reconcile.run('transfers');
WITH pair AS (
    SELECT l.item_id AS left_id, r.item_id AS right_id FROM reconcile.match m
    JOIN reconcile.match_item l ON l.match_id = m.match_id AND l.side = 'left'
    JOIN reconcile.match_item r ON r.match_id = m.match_id AND r.side = 'right'
    WHERE m.status = 'matched'),
right_ones AS (SELECT count(*) AS n FROM pair JOIN truth t ON substr(t.origin_id, 2)::bigint = left_id AND substr(t.destination_id, 2)::bigint = right_id)
SELECT 2.0 * n / ((SELECT count(*) FROM pair) + (SELECT count(*) FROM truth)) >= 0.995 AS f1_reached FROM right_ones;
-- One to one: no item stands in two matches.
SELECT count(*) AS twice FROM (SELECT side, item_id FROM reconcile.match_item JOIN reconcile.match m USING (match_id) WHERE m.status = 'matched' GROUP BY 1, 2 HAVING count(*) > 1) AS x;
SELECT count(*) AS matches_without_explanation FROM reconcile.match WHERE status = 'matched' AND explanation NOT LIKE '%probability%';
SELECT matches, suggestions FROM reconcile.run('transfers');
DROP VIEW sent, received CASCADE;
DROP EXTENSION reconcile;
