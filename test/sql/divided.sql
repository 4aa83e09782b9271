-- Dry runs of many items are divided by the hash of their key, and a second process reads and matches half of the parts. They say what the run
-- then writes, whoever does what: alone, with a helper, with little memory, with rows in any order.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-03-01';
CREATE SCHEMA shop;
SET search_path = shop, reconcile;
CREATE TABLE sale (item_id bigint, item_date date, amount numeric, currency text, number text);
CREATE TABLE money (item_id bigint, item_date date, amount numeric, currency text, number text, narrative text);
-- Every kind of thing a key can do, and items that only later rules match; pages enough for a helper.
INSERT INTO sale
SELECT n, date '2026-01-01' + n % 40, (n % 5000) + 0.25 * (n % 7), CASE WHEN n % 41 = 0 THEN 'GBP' ELSE 'EUR' END,
       CASE WHEN n % 29 = 0 THEN NULL ELSE 'NUMBER' || lpad((n / CASE WHEN n % 100 < 10 THEN 2 ELSE 1 END)::text, 9, '0') END
FROM generate_series(1, 150000) AS n;
INSERT INTO money
SELECT n * 2 + part, item_date + part + 1,
       CASE WHEN n % 23 = 0 THEN amount + 1 WHEN n % 10 = 3 THEN CASE part WHEN 0 THEN trunc(amount / 2) ELSE amount - trunc(amount / 2) END
            WHEN n % 37 = 0 THEN amount - 5 ELSE amount END,
       CASE WHEN n % 43 = 0 THEN 'USD' WHEN n % 47 = 0 THEN 'C' || n % 90 ELSE currency END,
       CASE WHEN n % 170 = 0 THEN NULL ELSE number END,
       CASE WHEN n % 170 = 0 THEN 'paid ' || number || ' with thanks' ELSE 'payment ' || n END
FROM (SELECT item_id AS n, * FROM sale) AS s, generate_series(0, 1) AS part
WHERE n % 310 > 0 AND (part = 0 OR n % 10 = 3 OR n % 59 = 0);
ANALYZE sale, money;
SELECT sum(reltuples) > 300000 AS many, min(relpages) > 1000 AS pages FROM pg_class WHERE oid IN ('sale'::regclass, 'money'::regclass);
SELECT define_reconciliation('sales', 'shop.sale', 'shop.money') > 0 AS defined;
SELECT add_rule('sales', 'number', 'key', 10, '{number}', '{number}') > 0 AS added;
SELECT add_rule('sales', 'suggested', 'key', 15, '{number}', '{number}', amount_tolerance => 1, action => 'suggest') > 0 AS added;
SELECT add_rule('sales', 'text', 'reference', 20, '{number}', '{}', right_text => 'narrative') > 0 AS added;
CREATE TABLE said (how text, left_items bigint, right_items bigint, matches bigint, matched_left bigint, matched_right bigint, suggestions bigint,
    exceptions bigint, matched_amount numeric, open_amount numeric);
CREATE FUNCTION dry(how text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO said SELECT how, left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount
    FROM run('sales', dry_run => true) $$;

SELECT dry('with a helper');
SET max_parallel_workers_per_gather = 0;
SELECT dry('alone');
SET reconcile.work_memory = '16MB';
SELECT dry('alone, little memory');
RESET max_parallel_workers_per_gather;
SELECT dry('with a helper, little memory');
RESET reconcile.work_memory;
SET max_parallel_workers = 0;
SELECT dry('no process to be had');
RESET max_parallel_workers;
-- That a helper does take part shows where a row says in which process it is read.
SELECT set_config('shop.leader', pg_backend_pid()::text, false) IS NOT NULL AS told;
CREATE FUNCTION seen(item_id bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_backend_pid()::text <> current_setting('shop.leader') THEN
        RAISE 'this row is read by a helper';
    END IF;
    RETURN true;
END $$;
CREATE VIEW seen_sale AS SELECT *, seen(item_id) AS expects_match FROM sale;
SELECT define_reconciliation('seen', 'shop.seen_sale', 'shop.money') > 0 AS defined;
SELECT add_rule('seen', 'number', 'key', 10, '{number}', '{number}') > 0 AS added;
SELECT count(*) FROM run('seen', dry_run => true);
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM run('seen', dry_run => true);
RESET max_parallel_workers_per_gather;
-- Sources that only the executor can read.
CREATE VIEW any_sale AS SELECT * FROM sale OFFSET 0;
SELECT define_reconciliation('any', 'shop.any_sale', 'shop.money') > 0 AS defined;
SELECT count(add_rule('any', rule.name, strategy, priority, left_key, right_key, amount_tolerance => amount_tolerance, right_text => right_text, action => action))
FROM rule JOIN reconciliation AS r USING (reconciliation_id) WHERE r.name = 'sales';
INSERT INTO said SELECT 'by the executor', left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount
FROM run('any', dry_run => true);
SET reconcile.work_memory = '16MB';
INSERT INTO said SELECT 'by the executor, little memory', left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount,
    open_amount FROM run('any', dry_run => true);
RESET reconcile.work_memory;
-- Neither side's rows are in the order of their numbers.
CREATE TABLE kept_sale AS TABLE sale;
CREATE TABLE kept_money AS TABLE money;
TRUNCATE sale, money;
INSERT INTO sale SELECT * FROM kept_sale ORDER BY hashint8(item_id), item_id;
INSERT INTO money SELECT * FROM kept_money ORDER BY hashint8(item_id + 7), item_id;
SELECT dry('shuffled, with a helper');
SET max_parallel_workers_per_gather = 0;
SELECT dry('shuffled, alone');
RESET max_parallel_workers_per_gather;
-- Written, where memory ends while a helper reads: the run is divided in the middle of it.
SELECT define_reconciliation('written', 'shop.sale', 'shop.money') > 0 AS defined;
SELECT count(add_rule('written', rule.name, strategy, priority, left_key, right_key, amount_tolerance => amount_tolerance, right_text => right_text, action => action))
FROM rule JOIN reconciliation AS r USING (reconciliation_id) WHERE r.name = 'sales';
SET min_parallel_table_scan_size = 0;
SET reconcile.work_memory = '4MB';
INSERT INTO said SELECT 'written, with a helper, little memory', left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount,
    open_amount FROM run('written');
RESET min_parallel_table_scan_size;
RESET reconcile.work_memory;
SELECT count(*) FROM said;
SELECT DISTINCT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM said;
-- The same from SQL, as far as SQL can easily tell.
SELECT (SELECT count(*) FROM sale) AS left_items, (SELECT count(*) FROM money) AS right_items,
       (SELECT sum(amount) FROM sale) - (SELECT DISTINCT matched_amount FROM said) AS open_amount;

-- A pair that a person has rejected stays apart in both processes.
INSERT INTO rejection (merchant_id, reconciliation_id, left_item_id, right_item_id)
SELECT 1, reconciliation_id, s.item_id, m.item_id FROM reconciliation, sale s JOIN money m USING (number, currency, amount)
WHERE reconciliation.name = 'sales' AND s.item_id % 100 = 17;
SELECT dry('rejected, with a helper');
SET max_parallel_workers_per_gather = 0;
SELECT dry('rejected, alone');
RESET max_parallel_workers_per_gather;
SELECT count(*), count(DISTINCT (left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount)) AS different
FROM said WHERE how LIKE 'rejected%';
SELECT matches - (SELECT matches FROM said WHERE how = 'alone') < -1000 AS fewer FROM said WHERE how = 'rejected, alone';
DELETE FROM rejection;

-- A number that stands twice is found wherever the two lie: with the same key or another, in both processes' parts.
INSERT INTO sale SELECT 1, item_date, amount, currency, 'ANOTHER' FROM sale WHERE item_id = 1;
SELECT count(*) FROM run('sales', dry_run => true);
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM run('sales', dry_run => true);
SET reconcile.work_memory = '16MB';
SELECT count(*) FROM run('sales');
RESET reconcile.work_memory;
RESET max_parallel_workers_per_gather;
DELETE FROM sale WHERE number = 'ANOTHER';
-- What goes wrong in either process is an error as without it, and the session goes on.
INSERT INTO money (item_id, amount, number) SELECT 9000000 + n, 1e13, 'N' || n FROM generate_series(1, 50) AS n;
SELECT count(*) FROM run('sales', dry_run => true);
DELETE FROM money WHERE item_id > 9000000;
SET statement_timeout = '30ms';
SELECT count(*) FROM run('sales', dry_run => true);
RESET statement_timeout;
-- What a dry run says, the run writes.
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('sales', dry_run => true);
SELECT left_items, right_items, matches, matched_left, matched_right, suggestions, exceptions, matched_amount, open_amount FROM run('sales');
DROP SCHEMA shop CASCADE;
