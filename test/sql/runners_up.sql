-- Every match, suggestion and open item says why, in the session's language; matches name what else came into question.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
INSERT INTO bill VALUES (1, '2026-07-01', 20.00, 'EUR', 'X1'), (2, '2026-07-01', 30.00, 'EUR', 'X2'), (3, '2026-07-01', 40.00, 'EUR', NULL), (4, '2026-07-19', 50.00, 'EUR', NULL),
    (5, '2026-07-02', 60.00, 'EUR', NULL), (6, '2026-07-02', 70.00, 'EUR', NULL);
INSERT INTO cash VALUES (101, '2026-07-06', 20.00, 'EUR', 'X1'), (102, '2026-07-02', 20.00, 'EUR', 'Y'), (103, '2026-07-03', 20.00, 'EUR', NULL), (104, '2026-07-04', 20.00, 'EUR', NULL),
    (105, '2026-07-05', 20.00, 'EUR', NULL), (106, '2026-07-02', 30.00, 'EUR', NULL), (107, '2026-07-02', 40.00, 'EUR', NULL), (108, '2026-07-03', 40.00, 'EUR', NULL),
    (109, '2026-07-03', 60.00, 'USD', NULL);
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash', left_delay_days => 5) IS NOT NULL AS defined;
-- The key decides among five candidates of one amount; the nearest three of the others are kept.
SELECT reconcile.add_rule('bills', 'amount', 'window', 10, '{no}', '{no}', lag_min => 0, lag_max => 5) IS NOT NULL AS added;
SELECT matches, suggestions FROM reconcile.run('bills');
SELECT m.status, m.rule, m.rule_version, i.item_id AS bill, m.candidates, m.runners_up, m.explanation FROM reconcile.match m JOIN reconcile.match_item i USING (match_id) WHERE i.side = 'left' ORDER BY i.item_id;
SELECT side, item_id, explanation FROM reconcile.open_item WHERE side = 'left' OR item_id > 105 ORDER BY side, item_id;
SELECT side, item_id, reason, explanation FROM reconcile.exception WHERE side = 'left' ORDER BY side, item_id;
SET reconcile.language = 'zh_TW';
SELECT item_id, explanation FROM reconcile.open_item WHERE side = 'left' ORDER BY item_id;
SET reconcile.language = 'zh_CN';
SELECT item_id, explanation FROM reconcile.exception WHERE side = 'left' ORDER BY item_id;
RESET reconcile.language;
-- Every reason has its sentence in every language.
SELECT reason, count(f.language) FROM unnest(ARRAY['missing_left', 'missing_right', 'amount_difference', 'quantity_difference', 'condition_difference', 'currency_difference',
    'fee_difference', 'duplicate', 'ambiguous', 'late', 'chargeback', 'arithmetic', 'statement_gap']) AS reason LEFT JOIN reconcile.finding_template f ON f.finding = 'reason.' || reason
GROUP BY reason HAVING count(f.language) <> 3;
-- Of sets that add up to one item, each names the others.
INSERT INTO bill VALUES (10, '2026-07-10', 10.00, 'GBP', NULL);
INSERT INTO cash VALUES (111, '2026-07-11', 1.00, 'GBP', NULL), (112, '2026-07-11', 9.00, 'GBP', NULL), (113, '2026-07-12', 3.00, 'GBP', NULL), (114, '2026-07-13', 7.00, 'GBP', NULL);
SELECT reconcile.add_rule('bills', 'sum', 'subset', 20, '{}', '{}', lag_min => 0, lag_max => 5, options => '{"subset_side": "left"}') IS NOT NULL AS added;
SELECT matches, suggestions FROM reconcile.run('bills');
SELECT count(*) AS suggestions, bool_and(jsonb_array_length(m.runners_up) = m.candidates - 1) AS all_others_named,
       bool_and(EXISTS (SELECT FROM reconcile.match o WHERE o.match_id = (m.runners_up->0->>'match_id')::bigint AND o.match_id <> m.match_id)) AS they_exist
FROM reconcile.match m WHERE m.rule = 'sum' AND m.currency = 'GBP';
-- Two bills of one amount, one payment: the suggestion knows that both want it, whichever side has the rivals.
INSERT INTO bill VALUES (20, '2026-07-10', 77.70, 'CHF', NULL), (21, '2026-07-10', 77.70, 'CHF', NULL), (22, '2026-07-10', 88.80, 'CHF', NULL);
INSERT INTO cash VALUES (120, '2026-07-11', 77.70, 'CHF', NULL), (121, '2026-07-11', 88.80, 'CHF', NULL), (122, '2026-07-11', 88.80, 'CHF', NULL);
SELECT matches, suggestions FROM reconcile.run('bills');
SELECT left_amount, status, candidates, confidence, explanation FROM reconcile.match WHERE currency = 'CHF' AND rule = 'amount' ORDER BY 1;
DROP TABLE bill, cash;
-- Of a text that several references fit, the others are kept, and the sentence says that there are several.
CREATE TABLE l (item_id bigint PRIMARY KEY, item_date date, amount numeric(12,2), currency text DEFAULT 'USD', ref text);
CREATE TABLE r (item_id bigint PRIMARY KEY, item_date date, amount numeric(12,2), currency text DEFAULT 'USD', memo text);
SELECT FROM reconcile.define_reconciliation('texts', 'l', 'r');
SELECT FROM reconcile.add_rule('texts', 'text', 'reference', 10, '{ref}', '{}', right_text => 'memo');
INSERT INTO l (item_id, item_date, amount, ref) VALUES (5, '2026-01-01', 100, 'INV200015'), (1, '2026-01-01', 100, 'INV200010'), (2, '2026-01-01', 100, 'INV200012'),
    (3, '2026-01-01', 100, 'INV200013'), (4, '2026-01-01', 100, 'INV200014'), (7, '2026-01-01', 70, 'K-77001'), (8, '2026-01-01', 70, 'K-77002');
INSERT INTO r (item_id, item_date, amount, memo) VALUES (1, '2026-01-02', 100, 'paid INV20001'), (2, '2026-01-02', 70, 'K-77001 or K-77002?');
SELECT matches, suggestions FROM reconcile.run('texts');
SELECT explanation, runners_up FROM reconcile.match WHERE reconciliation = 'texts' ORDER BY match_id;
SELECT item_id, reason FROM reconcile.exception WHERE reconciliation = 'texts' AND side = 'right' ORDER BY 1;
SET reconcile.language = 'zh_TW';
SELECT explanation FROM reconcile.match WHERE reconciliation = 'texts' ORDER BY match_id;
RESET reconcile.language;
DROP TABLE l, r CASCADE;
DROP EXTENSION reconcile;
