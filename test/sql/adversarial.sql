-- Cases made to mislead a matcher, through run(): what a controller expects of each stands beside it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-06-30';

-- Two plain tables and what became of their items.
CREATE TABLE ours (merchant_id integer DEFAULT 1, item_id bigint, item_date date, amount numeric, currency text DEFAULT 'EUR', reference text, narrative text);
CREATE TABLE theirs (LIKE ours INCLUDING DEFAULTS);
CREATE FUNCTION matched(name text) RETURNS TABLE (status text, strategy text, lefts text, rights text, difference numeric) LANGUAGE sql AS $$
    SELECT m.status, m.strategy, (SELECT string_agg(i.item_id || CASE WHEN i.amount <> o.amount THEN ' (' || i.amount || ')' ELSE '' END, ', ' ORDER BY i.item_id)
                                  FROM reconcile.match_item i JOIN ours o USING (item_id) WHERE i.match_id = m.match_id AND i.side = 'left'),
           (SELECT string_agg(i.item_id || CASE WHEN i.amount <> o.amount THEN ' (' || i.amount || ')' ELSE '' END, ', ' ORDER BY i.item_id)
            FROM reconcile.match_item i JOIN theirs o USING (item_id) WHERE i.match_id = m.match_id AND i.side = 'right'), m.difference
    FROM reconcile.match m WHERE m.reconciliation = name ORDER BY 3, 4 $$;
CREATE FUNCTION broken(name text) RETURNS TABLE (side reconcile.side, item_id bigint, reason text, difference numeric, related_side reconcile.side, related_item_id bigint) LANGUAGE sql AS $$
    SELECT e.side, e.item_id, e.reason, e.difference, e.related_side, e.related_item_id FROM reconcile.exception e
    WHERE e.reconciliation = name AND e.status IN ('open', 'explained') ORDER BY 1, 2 $$;
CREATE FUNCTION defined(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reconcile.define_reconciliation(name, 'ours', 'theirs', left_pool => name || ' ours', right_pool => name || ' theirs');
    TRUNCATE ours, theirs;
    RETURN name;
END $$;

-- Ten equal amounts on one day: nothing tells which belongs to which. None is matched, each is named as ambiguous with a counterpart.
SELECT defined('ten');
SELECT reconcile.add_rule('ten', 'amount', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
INSERT INTO ours (item_id, item_date, amount) SELECT i, '2026-06-01', 100 FROM generate_series(1, 10) AS i;
INSERT INTO theirs (item_id, item_date, amount) SELECT 100 + i, '2026-06-02', 100 FROM generate_series(1, 10) AS i;
SELECT matches, suggestions, exceptions FROM reconcile.run('ten');
SELECT side, count(*), min(reason) AS reason, max(reason) AS and_reason, count(related_item_id) AS named FROM broken('ten') GROUP BY side ORDER BY side;
-- So they stay however often it is run, and whatever else arrives.
INSERT INTO theirs (item_id, item_date, amount) VALUES (200, '2026-06-02', 100);
SELECT matches, suggestions FROM reconcile.run('ten');
-- And where one amount is the sum of any three of them, sets are shown, none is chosen.
SELECT defined('of ten');
SELECT reconcile.add_rule('of ten', 'sum', 'subset', 10, '{}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
INSERT INTO ours (item_id, item_date, amount) VALUES (1, '2026-06-01', 300);
INSERT INTO theirs (item_id, item_date, amount, narrative) SELECT 100 + i, date '2026-06-01' + i / 3, 100, 'invoice ' || i FROM generate_series(1, 10) AS i;
SELECT matches, suggestions > 1 AS several_shown FROM reconcile.run('of ten');
SELECT * FROM broken('of ten') WHERE side = 'left';

-- Two merchants with the same order number: each has its own.
SELECT reconcile.add_merchant('second', 'Second merchant') AS second \gset
SELECT defined('two merchants');
SELECT reconcile.add_rule('two merchants', 'no', 'key', 10, '{reference}', '{reference}') > 0 AS added;
INSERT INTO ours (merchant_id, item_id, item_date, amount, reference) VALUES (1, 1, '2026-06-01', 10, 'A-1'), (:second, 2, '2026-06-01', 10, 'A-1'), (1, 3, '2026-06-01', 30, 'A-2');
INSERT INTO theirs (merchant_id, item_id, item_date, amount, reference) VALUES (:second, 101, '2026-06-02', 10, 'A-1'), (:second, 102, '2026-06-02', 30, 'A-2');
SELECT matches FROM reconcile.run('two merchants');
SELECT matches FROM reconcile.run('two merchants', merchant => 'second');
SELECT * FROM matched('two merchants');
SELECT e.merchant_id = 1 AS main, e.item_id, e.reason FROM reconcile.exception e WHERE e.reconciliation = 'two merchants' ORDER BY 2;

-- The reference 123 inside 91234 is none; by itself it is one.
SELECT defined('inside');
SELECT reconcile.add_rule('inside', 'text', 'reference', 10, '{reference}', '{}', right_text => 'narrative', options => '{"minimum_reference": 3}') > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, reference) VALUES (1, '2026-06-01', 10, '123'), (2, '2026-06-01', 20, '456');
INSERT INTO theirs (item_id, item_date, amount, narrative) VALUES (101, '2026-06-02', 10, 'payment 91234'), (102, '2026-06-02', 20, 'inv. 456/june'),
    (103, '2026-06-02', 10, 'A123B'), (104, '2026-06-02', 10, '12345'), (105, '2026-06-02', 10, '12-3456');
SELECT matches, suggestions FROM reconcile.run('inside');
SELECT * FROM matched('inside');

-- A payout paid in two transfers: both are its money, by reference or as a sum; before the second comes, the first is taken in part.
SELECT defined('two transfers');
SELECT reconcile.add_rule('two transfers', 'no', 'key', 10, '{reference}', '{reference}', options => '{"partial": true}') > 0 AS added;
SELECT reconcile.add_rule('two transfers', 'sum', 'subset', 20, '{}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, reference) VALUES (1, '2026-06-01', 1500, 'PO-1'), (2, '2026-06-01', 15234.50, 'PO-2');
INSERT INTO theirs (item_id, item_date, amount, reference) VALUES (101, '2026-06-02', 1000, 'PO-1'), (102, '2026-06-02', 10000.00, NULL), (103, '2026-06-03', 5234.50, NULL), (104, '2026-06-03', 993.17, NULL);
SELECT matches FROM reconcile.run('two transfers');
SELECT * FROM matched('two transfers');
SELECT side, item_id, amount FROM reconcile.open_item WHERE reconciliation = 'two transfers' ORDER BY 1, 2;
INSERT INTO theirs (item_id, item_date, amount, reference) VALUES (105, '2026-06-05', 500, 'PO-1');
SELECT matches FROM reconcile.run('two transfers');
SELECT * FROM matched('two transfers');
SELECT side, item_id, amount FROM reconcile.open_item WHERE reconciliation = 'two transfers' ORDER BY 1, 2;

-- Three payouts in one transfer less a fee: one match, and the fee is posted as what it is. A difference beyond the fee is none.
SELECT defined('less a fee');
SELECT reconcile.add_rule('less a fee', 'text', 'reference', 10, '{reference}', '{}', right_text => 'narrative',
    options => '{"underpayment_tolerance": 5, "adjustment": "bank_fee"}') > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, reference) VALUES (1, '2026-06-01', 100, 'PO-1001'), (2, '2026-06-01', 200, 'PO-1002'), (3, '2026-06-02', 300, 'PO-1003'),
    (4, '2026-06-01', 50, 'PO-2001'), (5, '2026-06-01', 60, 'PO-2002');
INSERT INTO theirs (item_id, item_date, amount, narrative) VALUES (101, '2026-06-03', 595, 'PO-1001 PO-1002 PO-1003 less 5.00 fee'), (102, '2026-06-03', 104, 'PO-2001 PO-2002');
SELECT matches FROM reconcile.run('less a fee');
SELECT * FROM matched('less a fee');
SELECT kind, amount, currency FROM reconcile.adjustment;
SELECT * FROM broken('less a fee');

-- A refund larger than the sale: the sale is matched, what was given back beyond it is seen, not hidden in a sum.
SELECT defined('refund');
SELECT reconcile.add_rule('refund', 'no', 'key', 10, '{reference}', '{reference}') > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, reference) VALUES (1, '2026-06-01', 50, 'A-1');
INSERT INTO theirs (item_id, item_date, amount, reference) VALUES (101, '2026-06-02', 50, 'A-1'), (102, '2026-06-05', -60, 'A-1');
SELECT matches FROM reconcile.run('refund');
SELECT * FROM matched('refund');
SELECT * FROM broken('refund');
-- The same through the built-in chain: the order has cost money.
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC', terms_days => 7) > 0 AS shop;
SELECT status FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nW1,2026-06-01 10:00,USD,50.00\n', 'UTF8'), 'orders.csv', 'orders_csv', shop => 'web');
SELECT status FROM reconcile.import_bytes(convert_to(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nP-1,2026-06-03 10:00,sale,W1,t1,USD,50.00\nP-1,2026-06-05 10:00,refund,W1,t2,USD,-60.00\n', 'UTF8'),
    'settlement.csv', 'settlements_csv', shop => 'web');
SELECT matches FROM reconcile.run('order_settlement');
SELECT order_no, status, expected, settled, outstanding FROM reconcile.receivable;

-- Currencies without and with three decimals: the amounts are what they say, to the last digit; one number in two currencies is a difference, not a match.
SELECT defined('decimals');
SELECT reconcile.add_rule('decimals', 'no', 'key', 10, '{reference}', '{reference}') > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, currency, reference) VALUES (1, '2026-06-01', 1200, 'JPY', 'J-1'), (2, '2026-06-01', 12.345, 'KWD', 'K-1'),
    (3, '2026-06-01', 12.345, 'KWD', 'K-2'), (4, '2026-06-01', 1200, 'JPY', 'X-1'), (5, '2026-06-01', 1201, 'JPY', 'J-2');
INSERT INTO theirs (item_id, item_date, amount, currency, reference) VALUES (101, '2026-06-02', 1200, 'JPY', 'J-1'), (102, '2026-06-02', 12.345, 'KWD', 'K-1'),
    (103, '2026-06-02', 12.346, 'KWD', 'K-2'), (104, '2026-06-02', 1200, 'KWD', 'X-1'), (105, '2026-06-02', 1200, 'JPY', 'J-2');
SELECT matches, matched_amount FROM reconcile.run('decimals');
SELECT * FROM matched('decimals');
SELECT * FROM broken('decimals');
SELECT explanation FROM reconcile.match WHERE reconciliation = 'decimals' ORDER BY 1;
-- Sums of several in either.
SELECT defined('decimal sums');
SELECT reconcile.add_rule('decimal sums', 'sum', 'subset', 10, '{}', '{}', lag_min => 0, lag_max => 5) > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, currency) VALUES (1, '2026-06-01', 1523457, 'JPY'), (2, '2026-06-01', 1523.457, 'KWD');
INSERT INTO theirs (item_id, item_date, amount, currency) VALUES (101, '2026-06-02', 1000000, 'JPY'), (102, '2026-06-02', 523457, 'JPY'), (103, '2026-06-02', 1000, 'KWD'), (104, '2026-06-02', 523.457, 'KWD'),
    (105, '2026-06-02', 423457, 'KWD');
SELECT matches FROM reconcile.run('decimal sums');
SELECT * FROM matched('decimal sums');

-- The same event twice on a side: one is matched, its twin is an exception that names the one kept. Left: billed twice; right: settled twice.
SELECT defined('twice');
SELECT reconcile.add_rule('twice', 'no', 'key', 10, '{reference}', '{reference}') > 0 AS added;
INSERT INTO ours (item_id, item_date, amount, reference) VALUES (1, '2026-06-01', 50, 'A-1'), (2, '2026-06-01', 50, 'A-1'), (3, '2026-06-01', 70, 'A-2'), (4, '2026-06-01', 80, 'A-3'), (5, '2026-06-01', 80, 'A-3');
INSERT INTO theirs (item_id, item_date, amount, reference) VALUES (101, '2026-06-02', 50, 'A-1'), (102, '2026-06-02', 70, 'A-2'), (103, '2026-06-02', 70, 'A-2'),
    (104, '2026-06-02', 80, 'A-3'), (105, '2026-06-02', 80, 'A-3');
SELECT matches FROM reconcile.run('twice');
SELECT * FROM matched('twice');
SELECT * FROM broken('twice');
-- An order settled again by a later file, after a run: a duplicate too, and its twin is named.
SELECT status FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nW2,2026-06-01 10:00,USD,80.00\n', 'UTF8'), 'orders2.csv', 'orders_csv', shop => 'web');
SELECT status FROM reconcile.import_bytes(convert_to(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nP-2,2026-06-03 10:00,sale,W2,t3,USD,80.00\n', 'UTF8'),
    'settlement2.csv', 'settlements_csv', shop => 'web');
SELECT matches FROM reconcile.run('order_settlement');
SELECT status FROM reconcile.import_bytes(convert_to(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nP-3,2026-06-12 10:00,sale,W2,t9,USD,80.00\nP-3,2026-06-12 10:00,sale,W2,t10,USD,79.00\n', 'UTF8'),
    'settlement3.csv', 'settlements_csv', shop => 'web');
SELECT matches, exceptions FROM reconcile.run('order_settlement', dry_run => true);
SELECT matches, exceptions FROM reconcile.run('order_settlement');
SELECT e.side, l.transaction_no, e.reason, e.difference, e.related_side, t.transaction_no AS twin FROM reconcile.exception e JOIN reconcile.settlement_line l ON l.settlement_line_id = e.item_id
LEFT JOIN reconcile.settlement_line t ON t.settlement_line_id = e.related_item_id WHERE e.reconciliation = 'order_settlement' ORDER BY l.settlement_line_id;
DROP FUNCTION matched(text), broken(text), defined(text);
DROP TABLE ours, theirs CASCADE;
DROP EXTENSION reconcile;
