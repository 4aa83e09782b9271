-- What stays open says why: each candidate of subset, net and score rules with what it failed by, ties and what is proposed of them, one exception for one
-- difference of currency, rows that belong to nobody.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE SCHEMA mine;
SET search_path = mine, reconcile;
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, narrative text);
CREATE TABLE cash (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, narrative text);
-- Sums: currencies keep the four answers apart. EUR: one set; USD: two sets; GBP: none; CHF: too little budget to know.
INSERT INTO bill VALUES (1, '2026-07-01', 1000.37, 'EUR'), (2, '2026-07-01', 10.00, 'USD'), (3, '2026-07-01', 10.00, 'GBP'), (4, '2026-07-01', 99999.99, 'CHF'), (5, '2026-07-01', 10.00, 'JPY');
INSERT INTO cash VALUES (101, '2026-07-02', 517.11, 'EUR'), (102, '2026-07-05', 33.90, 'EUR'), (103, '2026-07-03', 483.26, 'EUR'), (104, '2026-07-04', 2000.00, 'EUR'), (105, '2026-07-19', 1.00, 'EUR'),
    (111, '2026-07-02', 4.00, 'USD'), (112, '2026-07-02', 6.00, 'USD'), (113, '2026-07-03', 3.00, 'USD'), (114, '2026-07-03', 7.00, 'USD'),
    (121, '2026-07-02', 4.00, 'GBP'), (122, '2026-07-02', 5.00, 'GBP'), (123, '2026-07-03', 3.00, 'GBP');
INSERT INTO cash SELECT 200 + n, '2026-07-02'::date + n % 5, 1000 + (n * 7919 % 9973) + 0.01 * (n % 97), 'CHF' FROM generate_series(1, 60) AS n;
SELECT define_reconciliation('sums', 'mine.bill', 'mine.cash') > 0 AS defined;
SELECT add_rule('sums', 'sum', 'subset', 10, '{}', '{}', lag_min => 0, lag_max => 5, options => '{"subset_side": "left", "max_chance": 0, "budget_steps": 3000}') > 0 AS added;
SELECT matches, suggestions, exceptions FROM run('sums');
-- Who waits in a suggestion is said to, by its exception as by open_item.
SELECT e.side, e.item_id, e.reason, e.explanation, e.explanation = o.explanation AS alike FROM exception e JOIN open_item o USING (reconciliation, side, item_id)
WHERE e.reconciliation = 'sums' AND e.reason LIKE 'missing%' AND EXISTS (SELECT FROM match_item i JOIN match m USING (match_id) WHERE m.status = 'suggested' AND m.reconciliation = 'sums' AND i.side = e.side AND i.item_id = e.item_id)
ORDER BY 1, 2;
SELECT item_id, e.finding, e.candidate_item_id, replace(e.explanation, '  ', ' ') AS explanation FROM generate_series(1, 5) AS item_id, explain('sums', 'left', item_id, max_candidates => 5) e WHERE e.rule = 'sum' AND e.finding LIKE 'sum%';
SELECT e.finding, e.candidate_item_id, e.lag, e.explanation FROM explain('sums', 'left', 1) e WHERE e.rule = 'sum' AND candidate_currency = 'EUR';
SELECT e.finding, e.candidate_item_id, regexp_replace(e.explanation, 'in [0-9]+', 'in N') AS explanation FROM explain('sums', 'right', 103) e WHERE e.rule = 'sum' AND candidate_currency = 'EUR';
SELECT e.finding, e.candidate_item_id, e.explanation FROM explain('sums', 'left', 3) e WHERE e.rule = 'sum' AND candidate_currency = 'GBP';
SET reconcile.language = 'zh_TW';
SELECT e.explanation FROM explain('sums', 'left', 3, max_candidates => 4) e WHERE e.rule = 'sum';
SET reconcile.language = 'zh_CN';
SELECT e.explanation FROM explain('sums', 'left', 4, max_candidates => 1) e WHERE e.rule = 'sum';
RESET reconcile.language;

-- Net: what cancels, what does not, what is too late.
TRUNCATE bill, cash;
INSERT INTO bill VALUES (1, '2026-07-01', 50, 'EUR', 'N-1'), (2, '2026-07-03', -50, 'EUR', 'N-1'), (3, '2026-07-01', 60, 'EUR', 'N-2'), (4, '2026-07-02', -59, 'EUR', 'N-2'),
    (5, '2026-07-01', 70, 'EUR', 'N-3'), (6, '2026-07-15', -70, 'EUR', 'N-3'), (7, '2026-07-01', 80, 'EUR', 'N-4'), (8, '2026-07-02', -80, 'USD', 'N-4'), (9, '2026-07-01', 5, 'EUR', 'N-5'), (10, '2026-07-01', 5, 'EUR', NULL);
INSERT INTO cash VALUES (101, '2026-07-02', 1, 'EUR', 'X');
SELECT define_reconciliation('nets', 'mine.bill', 'mine.cash') > 0 AS defined;
SELECT add_rule('nets', 'reversal', 'net', 10, '{no}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
SELECT matches, suggestions FROM run('nets');
SELECT item_id, e.finding, e.candidate_side, e.candidate_item_id, e.difference, e.lag, e.explanation FROM generate_series(3, 10) AS item_id, explain('nets', 'left', item_id) e WHERE e.rule = 'reversal';

-- Score: each candidate with its probability; one that is only near in amount is none; a tie says so.
TRUNCATE bill, cash;
INSERT INTO bill SELECT n, '2026-06-01'::date + n % 28, 100 + n * 7.31, 'EUR', NULL, 'customer ' || md5(n::text) FROM generate_series(1, 80) AS n;
INSERT INTO cash SELECT 1000 + n, '2026-06-02'::date + n % 28, 100 + n * 7.31, 'EUR', NULL, 'payment ' || md5(n::text) FROM generate_series(1, 80) AS n;
INSERT INTO bill VALUES (90, '2026-06-10', 5000.00, 'EUR', NULL, 'garden chairs'), (91, '2026-06-10', 7000.00, 'EUR', NULL, 'tables');
INSERT INTO cash VALUES (1090, '2026-06-11', 5000.00, 'EUR', NULL, 'transfer'), (1091, '2026-06-11', 5000.00, 'EUR', NULL, 'transfer'), (1092, '2026-07-19', 7000.00, 'EUR', NULL, 'much later');
SELECT define_reconciliation('likely', 'mine.bill', 'mine.cash') > 0 AS defined;
SELECT add_rule('likely', 'resemble', 'score', 10, '{}', '{}', left_text => 'narrative', right_text => 'narrative') > 0 AS added;
SELECT matches >= 78 AS most, suggestions FROM run('likely');
SELECT e.finding, e.candidate_item_id, e.explanation ~ 'probability 0\.\d{4}; the rule matches from 0.95, suggests from 0.5' AS tells_probability FROM explain('likely', 'left', 90) e WHERE e.rule = 'resemble';
SELECT e.finding, e.candidate_item_id, e.lag, e.explanation FROM explain('likely', 'left', 91) e WHERE e.rule = 'resemble' AND candidate_item_id = 1092;
SELECT bool_and(confidence = round(confidence, 4)) AS four_decimals, count(*) > 0 AS some FROM match WHERE reconciliation = 'likely';

-- Ties: what either item of a suggested pair could have been paired with, told with the exception; what somebody else takes is a candidate no more.
TRUNCATE bill, cash;
INSERT INTO bill VALUES (1, '2026-07-01', 77, 'EUR'), (2, '2026-07-02', 77, 'EUR'), (3, '2026-07-01', 88, 'EUR');
INSERT INTO cash VALUES (101, '2026-07-03', 77, 'EUR'), (102, '2026-07-03', 88, 'EUR'), (103, '2026-07-04', 88, 'EUR');
SELECT define_reconciliation('ties', 'mine.bill', 'mine.cash') > 0 AS defined;
SELECT add_rule('ties', 'amount', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
SELECT matches, suggestions, exceptions FROM run('ties');
CREATE VIEW pairs AS SELECT m.match_id, m.status, m.confidence, m.candidates, m.runners_up,
    (SELECT string_agg(i.side || ' ' || i.item_id, ', ' ORDER BY i.side, i.item_id) FROM match_item i WHERE i.match_id = m.match_id) AS items FROM match m WHERE m.reconciliation = 'ties' ORDER BY m.match_id;
SELECT status, items, confidence, candidates, runners_up FROM pairs;
SELECT side, item_id, reason, regexp_replace(explanation, 'Suggestion [0-9]+', 'Suggestion N') AS explanation FROM exception WHERE reconciliation = 'ties' ORDER BY side, item_id;
SELECT count(*) AS told_alike FROM exception e JOIN open_item o USING (reconciliation, side, item_id) WHERE reconciliation = 'ties' AND e.explanation = o.explanation;
SELECT confirm(match_id, 'that one') FROM pairs WHERE items LIKE 'left 3%';
SELECT exceptions FROM run('ties', dry_run => true);
SELECT exceptions FROM run('ties');
SELECT side, item_id, reason, status, note ~ 'no longer open' AS gave_way FROM exception WHERE reconciliation = 'ties' AND item_id IN (102, 103) ORDER BY exception_id;
SELECT exceptions FROM run('ties');

-- One difference of currency is one exception, whatever takes part; where only one side has exceptions it stands there.
TRUNCATE bill, cash;
INSERT INTO bill VALUES (1, '2026-07-01', 10, 'EUR', 'C-1'), (2, '2026-07-02', 20, 'EUR', 'C-1'), (3, '2026-07-01', 30, 'EUR', 'C-2');
INSERT INTO cash VALUES (101, '2026-07-03', 33, 'USD', 'C-1'), (102, '2026-07-03', 5, 'USD', 'C-1'), (103, '2026-07-03', 30, 'EUR', 'C-2'), (104, '2026-07-04', 8, 'USD', 'C-2');
SELECT define_reconciliation('coins', 'mine.bill', 'mine.cash') > 0 AS defined, define_reconciliation('coins_right', 'mine.bill', 'mine.cash', exceptions => 'right') > 0 AS defined_right;
SELECT add_rule(r, 'no', 'key', 10, '{no}', '{no}') > 0 AS added FROM unnest('{coins,coins_right}'::text[]) AS r;
SELECT matches, exceptions FROM run('coins', dry_run => true);
SELECT matches, exceptions FROM run('coins');
SELECT e.side, e.item_id, e.reason, e.related_side, e.related_item_id, e.explanation, (SELECT string_agg(i.side || ' ' || i.item_id, ', ' ORDER BY i.side, i.item_id) FROM exception_item i WHERE i.exception_id = e.exception_id) AS further
FROM exception e WHERE e.reconciliation = 'coins' ORDER BY e.side, e.item_id;
SELECT side, item_id, regexp_replace(explanation, 'exception [0-9]+', 'exception N') AS explanation FROM open_item WHERE reconciliation = 'coins' ORDER BY side, item_id;
SELECT matches, exceptions FROM run('coins');
SELECT matches, exceptions FROM run('coins_right');
SELECT e.side, e.item_id, e.reason, e.related_item_id, e.further_items FROM exception e WHERE e.reconciliation = 'coins_right' ORDER BY e.side, e.item_id;

-- Rules to simulate by a name that there is not.
SELECT count(*) FROM simulate('coins', '{"nr": {"amount_tolerance": 1}}');
SELECT count(*) FROM simulate('coins', '{"nr": null}');
SELECT count(*) > 0 AS new_rule FROM simulate('coins', '{"nr": {"strategy": "window", "priority": 5}}');

-- Rows of nobody are told.
CREATE TABLE owned (item_id bigint, merchant_id integer, item_date date, amount numeric, no text);
INSERT INTO owned VALUES (1, 1, '2026-07-01', 10, 'A'), (2, NULL, '2026-07-01', 20, 'B'), (3, NULL, '2026-07-01', 30, 'C');
SELECT define_reconciliation('owners', 'mine.owned', 'mine.cash') > 0 AS defined;
SELECT add_rule('owners', 'no', 'key', 10, '{no}', '{no}') > 0 AS added;
SELECT left_items FROM run('owners');
UPDATE owned SET merchant_id = 1;
SELECT left_items FROM run('owners');
-- Where the rule cannot be tried for want of memory, or the other side was never read, explain() says so.
CREATE TABLE many (item_id bigint, item_date date, amount numeric, note text);
CREATE TABLE few (LIKE many);
INSERT INTO many SELECT i, date '2026-01-01' + i / 20, i * 3.77, repeat('x', 60) FROM generate_series(1, 60000) AS i;
INSERT INTO few VALUES (1, '2026-01-06', 713.00, NULL);
SELECT define_reconciliation('large', 'mine.many', 'mine.few') > 0 AS defined;
SELECT add_rule('large', 'sum', 'subset', 10, '{}', '{}', lag_min => 0, lag_max => 1) > 0 AS added;
SET reconcile.work_memory = '1MB';
SELECT finding, explanation FROM explain('large', 'right', 1);
SET reconcile.language = 'zh_CN';
SELECT finding, explanation FROM explain('large', 'right', 1) WHERE finding IN ('not_tried', 'unread');
RESET reconcile.language;
RESET reconcile.work_memory;
DROP SCHEMA mine CASCADE;
DROP EXTENSION reconcile;
