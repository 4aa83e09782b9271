-- simulate(): what other rules would make of what is there, against what stands; what people decided stays, nothing is written.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-07-20';
CREATE TABLE bill (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint PRIMARY KEY, item_date date, amount numeric, currency text, no text, narrative text);
INSERT INTO bill VALUES (1, '2026-07-01', 100.00, 'EUR', 'B1'), (2, '2026-07-01', 50.00, 'EUR', 'B2'), (3, '2026-07-02', 80.00, 'EUR', 'B3'),
    (4, '2026-07-02', 33.00, 'EUR', 'B4'), (5, '2026-07-03', 44.00, 'EUR', 'B5'), (6, '2026-07-03', 55.00, 'EUR', 'B6'), (7, '2026-07-03', 7.00, 'USD', 'B7');
INSERT INTO cash VALUES (101, '2026-07-02', 100.00, 'EUR', 'B1', NULL), (102, '2026-07-02', 49.00, 'EUR', 'B2', NULL), (103, '2026-07-03', 80.00, 'EUR', 'B3', NULL),
    (104, '2026-07-05', 33.00, 'EUR', NULL, 'thanks'), (105, '2026-07-04', 44.00, 'EUR', 'B5', NULL), (106, '2026-07-04', 55.00, 'EUR', 'B6', NULL),
    (107, '2026-07-09', 7.00, 'USD', 'B7', NULL);
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') IS NOT NULL AS defined;
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}') IS NOT NULL AS added;
SELECT reconcile.add_rule('bills', 'amount', 'window', 20, '{}', '{}', lag_min => 0, lag_max => 5, action => 'suggest') IS NOT NULL AS added;
SELECT matches, suggestions, exceptions FROM reconcile.run('bills');
SELECT reconcile.confirm((SELECT match_id FROM reconcile.match_item WHERE side = 'left' AND item_id = 5), 'sure');
SELECT reconcile.reject((SELECT match_id FROM reconcile.match_item WHERE side = 'left' AND item_id = 6), 'not theirs');
CREATE TEMP TABLE before AS SELECT (SELECT count(*) FROM reconcile.match_group) AS matches, (SELECT count(*) FROM reconcile.allocation) AS allocations,
    (SELECT count(*) FROM reconcile.exception_log) AS exceptions, (SELECT count(*) FROM reconcile.rule) AS rules, (SELECT count(*) FROM reconcile.run_log) AS runs,
    (SELECT count(*) FROM reconcile.audit_log) AS audits, (SELECT last_value FROM reconcile.rule_rule_id_seq) AS last_rule;

-- The same rules change nothing.
SELECT change, status, rule, left_items, right_items, left_amount, right_amount, difference, currency, explanation FROM reconcile.simulate('bills', '{}');
-- A tolerance brings one more, a smaller lag takes one away.
SELECT change, status, rule, match_id IS NULL AS not_there, left_items, right_items, difference FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": 1, "lag_max": 4}}');
SELECT * FROM reconcile.simulate_summary('bills', '{"no": {"amount_tolerance": 1, "lag_max": 4}}');
-- A rule left out, another made to match instead of suggest: what was suggested goes, the match is new.
SELECT change, status, rule, left_items, right_items FROM reconcile.simulate('bills', '{"no": null, "amount": {"action": "match", "lag_max": 9}}');
-- Other rules altogether; a match that stands is kept though another rule would make it.
SELECT change, status, rule, left_items, right_items FROM reconcile.simulate('bills', '[{"name": "date", "strategy": "window", "priority": 1, "lag_min": 0, "lag_max": 1}]');
SELECT change, status, rule, left_items, right_items FROM reconcile.simulate('bills', '[]');
SET reconcile.language = 'zh_TW';
SELECT explanation FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": 1}}') WHERE change = 'new';
RESET reconcile.language;
-- Options are changed one by one.
SELECT change, rule, left_items, difference FROM reconcile.simulate('bills', '{"no": {"options": {"overpayment_tolerance": 1, "partial": true}}}') WHERE change <> 'kept';
SELECT change, rule, left_items, difference FROM reconcile.simulate('bills', '{"no": {"options": {"underpayment_tolerance": 1}}}') WHERE change <> 'kept';
-- What it says is what the run then does.
CREATE TEMP TABLE said AS SELECT left_items, right_items FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": 1}}') WHERE change = 'new';

-- Nothing was written.
SELECT b = (matches, allocations, exceptions, rules, runs, audits, last_rule)::text AS unwritten FROM (SELECT before::text AS b FROM before) AS x,
    (SELECT (SELECT count(*) FROM reconcile.match_group) AS matches, (SELECT count(*) FROM reconcile.allocation) AS allocations,
    (SELECT count(*) FROM reconcile.exception_log) AS exceptions, (SELECT count(*) FROM reconcile.rule) AS rules, (SELECT count(*) FROM reconcile.run_log) AS runs,
    (SELECT count(*) FROM reconcile.audit_log) AS audits, (SELECT last_value FROM reconcile.rule_rule_id_seq) AS last_rule) AS y;
BEGIN READ ONLY;
SELECT count(*) FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": 1}}');
COMMIT;
SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}', 1) IS NOT NULL AS added;
SELECT matches FROM reconcile.run('bills');
SELECT s.left_items = array_agg(DISTINCT l.item_id) AND s.right_items = array_agg(DISTINCT r.item_id) AS as_said FROM said s, reconcile.match_item l JOIN reconcile.match_item r USING (match_id)
WHERE l.side = 'left' AND r.side = 'right' AND l.item_id = ANY (s.left_items) GROUP BY s.left_items, s.right_items;

-- Wrong rules are refused as add_rule() refuses them.
SELECT * FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": -1}}');
SELECT * FROM reconcile.simulate('bills', '{"no": {"amount_tolerance": "much"}}');
SELECT * FROM reconcile.simulate('bills', '{"no": {"tolerance": 1}}');
SELECT * FROM reconcile.simulate('bills', '{"no": {"options": {"colour": 1}}}');
SELECT * FROM reconcile.simulate('bills', '{"no": 7}');
SELECT * FROM reconcile.simulate('bills', '{"other": {"strategy": "key"}}');
SELECT * FROM reconcile.simulate('bills', '{"other": {"strategy": "guess", "priority": 1}}');
SELECT * FROM reconcile.simulate('bills', '[{"name": "x", "strategy": "key", "priority": 1, "left_key": ["nothing"], "right_key": ["no"]}]');
SELECT * FROM reconcile.simulate('bills', '[{"name": "x", "strategy": "window", "priority": 1}, {"name": "x", "strategy": "window", "priority": 2}]');
SELECT * FROM reconcile.simulate('bills', '"no"');
SELECT * FROM reconcile.simulate('bills', NULL);
SELECT * FROM reconcile.simulate('nothing', '{}');
SELECT * FROM reconcile.simulate('bills', '{}', 'nobody');

-- A refund that came after its order stands in a match of its own; all at once it would be in its order's, which is no change.
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop;
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nW1,2026-07-01 10:00,USD,100.00\nW2,2026-07-01 10:00,USD,50.00\n', 'UTF8'), 'o.csv', shop => 'web');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'posted_at,kind,order_no,currency,amount\n2026-07-02 10:00,sale,W1,USD,100.00\n2026-07-02 10:00,sale,W2,USD,49.50\n', 'UTF8'), 's.csv', 'settlements_csv', shop => 'web');
SELECT matches FROM reconcile.run('order_settlement');
SELECT rows_imported FROM reconcile.import_bytes(convert_to(E'posted_at,kind,order_no,currency,amount\n2026-07-05 10:00,refund,W1,USD,-100.00\n', 'UTF8'), 'r.csv', 'settlements_csv', shop => 'web');
SELECT matches FROM reconcile.run('order_settlement');
SELECT change, status, rule, cardinality(left_items) AS lefts, cardinality(right_items) AS rights, left_amount, explanation FROM reconcile.simulate('order_settlement', '{}');
SELECT change, status, rule, cardinality(left_items) AS lefts, cardinality(right_items) AS rights, difference
FROM reconcile.simulate('order_settlement', '{"order_no": {"amount_tolerance": 0.50, "options": {"partial": null}}}');
DROP TABLE bill, cash;
DROP EXTENSION reconcile;
