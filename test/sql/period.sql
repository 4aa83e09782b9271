-- Periods: the record of a reconciliation by day, week and month adds up; what is closed stays as it is, and says so.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET reconcile.business_date = '2026-04-30';
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop, reconcile.add_account('bank', 'USD') > 0 AS account;
CREATE FUNCTION take(name text, content text, shop text DEFAULT NULL, account text DEFAULT NULL) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', i.format, i.rows_imported, i.rows_known, i.rows_rejected, i.status) FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, shop => shop, account => account) AS i $$;
-- SQLSTATE, message and hint of what fails.
CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT take('orders.csv', 'order_no,ordered_at,currency,total
A1,2026-02-27 10:00,USD,100.00
A2,2026-02-28 10:00,USD,40.00
A3,2026-03-30 10:00,USD,70.00
A4,2026-03-31 10:00,USD,30.00
A5,2026-04-01 10:00,USD,25.00
A6,2026-04-02 10:00,EUR,9.00
', 'web');
SELECT take('settlement.csv', 'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
P1,2026-02-28 10:00,sale,A1,t1,USD,100.00
P1,2026-02-28 10:00,service_fee,A1,t1,USD,-3.00
P2,2026-03-02 10:00,sale,A2,t2,USD,40.00
P2,2026-03-31 10:00,sale,A3,t3,USD,60.00
P3,2026-04-02 10:00,sale,A5,t5,USD,25.00
P3,2026-04-02 10:00,sale,Z9,t9,USD,11.00
', 'web');
SELECT reconciliation, matches, exceptions FROM reconcile.run('order_settlement');

\echo the months of orders against settlements: what is settled a month later is timing, not a difference
SELECT period_from, period_through, currency, left_count, left_amount, right_count, right_amount, difference, timing, adjusted, residual
FROM reconcile.period_reconciliation('order_settlement');
SELECT period_from, currency, matched_left, matched_left_amount, matched_right, matched_right_amount, open_left, open_left_amount, open_right, open_right_amount, not_compared_right
FROM reconcile.period_reconciliation('order_settlement');
SELECT period_from, currency, differences, difference_amount, differences_settled, by_reason, by_settlement FROM reconcile.period_reconciliation('order_settlement');
\echo the weeks, and days of a range; a period that the range cuts is shown as it is cut
SELECT period_from, period_through, currency, left_amount, right_amount, timing, residual FROM reconcile.period_reconciliation('order_settlement', 'week', '2026-03-03', '2026-03-31');
SELECT period_from, period_through, currency, left_amount, right_amount, timing, residual FROM reconcile.period_reconciliation('order_settlement', 'day', '2026-03-31', '2026-04-02');

\echo it adds up: difference = timing + elsewhere + adjusted + residual in each period, sides = matched + elsewhere + open, and the periods of any unit have one sum
CREATE FUNCTION adds_up(reconciliation text) RETURNS TABLE (currency text, one_sum boolean, each_adds_up boolean, timing numeric) LANGUAGE sql AS $$
    SELECT currency, count(DISTINCT sums) = 1, bool_and(sound), max(timing)
    FROM (SELECT u.unit, p.currency, sum(p.timing) AS timing,
                 (sum(left_count), sum(left_amount), sum(right_count), sum(right_amount), sum(difference), sum(matched_left), sum(matched_left_amount), sum(matched_right), sum(matched_right_amount),
                  sum(elsewhere_left_amount), sum(elsewhere_right_amount), sum(open_left), sum(open_left_amount), sum(open_right), sum(open_right_amount), sum(p.timing), sum(adjusted), sum(residual),
                  sum(not_compared_left), sum(not_compared_right), sum(differences), sum(difference_amount), sum(differences_settled), sum(comments))::text AS sums,
                 bool_and(difference = left_amount - right_amount AND difference = p.timing + elsewhere_left_amount - elsewhere_right_amount + adjusted + residual
                          AND left_count = matched_left + elsewhere_left + open_left AND right_count = matched_right + elsewhere_right + open_right
                          AND left_amount = matched_left_amount + elsewhere_left_amount + open_left_amount AND right_amount = matched_right_amount + elsewhere_right_amount + open_right_amount
                          AND differences = (SELECT coalesce(sum((x.value->>'count')::bigint), 0) FROM jsonb_each(by_reason) x)
                          AND differences = (SELECT coalesce(sum((x.value->>'count')::bigint), 0) FROM jsonb_each(by_settlement) x)
                          AND difference_amount = (SELECT coalesce(sum((x.value->>'difference')::numeric), 0) FROM jsonb_each(by_settlement) x)) AS sound
          FROM (VALUES ('day'), ('week'), ('month')) AS u (unit) CROSS JOIN LATERAL reconcile.period_reconciliation(adds_up.reconciliation, u.unit) p
          GROUP BY u.unit, p.currency) x
    GROUP BY currency ORDER BY currency $$;
SELECT * FROM adds_up('order_settlement');
SELECT sum(p.left_amount) = (SELECT sum(total) FROM reconcile.sales_order) AS orders, sum(p.right_amount + p.not_compared_right) = (SELECT sum(amount) FROM reconcile.settlement_line) AS lines
FROM reconcile.period_reconciliation('order_settlement', 'day') p;

\echo bad input
SELECT attempt(c) FROM unnest(ARRAY['SELECT * FROM reconcile.period_reconciliation(''order_settlement'', ''year'')', 'SELECT * FROM reconcile.period_reconciliation(''nope'')',
    'SELECT * FROM reconcile.period_reconciliation(''order_settlement'', ''day'', ''2026-04-02'', ''2026-04-01'')', 'SELECT * FROM reconcile.period_reconciliation(''order_settlement'', NULL)',
    'SELECT * FROM reconcile.period_reconciliation(''order_settlement'', ''day'', ''-infinity'')',
    'SELECT * FROM reconcile.period_reconciliation(NULL)', 'SELECT * FROM reconcile.period_reconciliation(''order_settlement'', merchant => NULL)',
    'SELECT reconcile.close_period(NULL)', 'SELECT reconcile.close_period(''infinity'')', 'SELECT reconcile.close_period(''2026-05-01'')', 'SELECT reconcile.close_period(''2026-03-31'', NULL, NULL)',
    'SELECT reconcile.prepare_period(''2026-05-01'')', 'SELECT reconcile.reopen_period(''2026-03-31'', ''x'')', 'SELECT reconcile.reopen_period(NULL, ''x'')',
    'SELECT reconcile.reopen_period(''2026-03-31'', '''')', 'SELECT * FROM reconcile.compare_period(''2026-03-31'')', 'SELECT * FROM reconcile.compare_period(NULL)']) AS c;

\echo how differences were settled: a match by hand whose difference is posted, a write-off, a note, a counterpart that came
SELECT reconcile.write_off('A4', 'buyer vanished') > 0 AS written_off;
SELECT reconcile.settle_exception(exception_id, 'explained', 'asked the platform') FROM reconcile.exception WHERE reference = 'Z9';
SELECT reconcile.settle_exception(exception_id, 'closed', 'an order of the old shop') FROM reconcile.exception WHERE reference = 'Z9';
SELECT item_id AS a3 FROM reconcile.exception WHERE reference = 'A3' \gset
SELECT reconcile.unmatch(match_id, 'to post the rest') FROM reconcile.match_item WHERE side = 'left' AND item_id = :a3;
SELECT reconcile.match_items('order_settlement', ARRAY[:a3]::bigint[], ARRAY(SELECT settlement_line_id FROM reconcile.settlement_line WHERE order_no = 'A3'), 'a discount', adjustment => 'discount') > 0 AS matched;
SELECT take('late.csv', 'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
P4,2026-04-20 10:00,sale,A6,t6,EUR,9.00
', 'web');
SELECT reconciliation, matches, exceptions FROM reconcile.run('order_settlement');
SELECT reconciliation, item_date, reference, reason, currency, amount, difference, status, settlement, settled_amount, note, comments FROM reconcile.difference_record ORDER BY exception_id;
SELECT period_from, currency, left_amount, right_amount, difference, timing, adjusted, residual, by_settlement FROM reconcile.period_reconciliation('order_settlement');
SELECT * FROM adds_up('order_settlement');
SELECT unit, period_from, currency, reason, settlement, differences, difference, settled_amount, comments FROM reconcile.period_difference WHERE unit = 'month' ORDER BY 2, 3, 4, 5;

\echo a pool shared by two reconciliations: what the other one took is neither matched here nor open
SELECT reconcile.add_shop('own', 'direct', 'USD', 'UTC') > 0 AS own;
SELECT take('own.csv', 'order_no,ordered_at,currency,total
D1001,2026-03-05 10:00,USD,55.00
', 'own');
SELECT take('payouts.csv', 'payout_no,settlement_no,paid_on,currency,amount,reference
PO1,P1,2026-03-02,USD,97.00,TRANSFER-0001
', 'web');
SELECT take('bank.csv', 'date,amount,currency,narrative,reference
2026-03-03,97.00,USD,STRIPE TRANSFER-0001,
2026-03-06,55.00,USD,order D1001,
2026-03-07,-2.00,USD,bank fee,
', NULL, 'bank');
SELECT reconciliation, matches, exceptions FROM reconcile.run();
SELECT p.reconciliation, p.period_from, p.left_amount, p.right_amount, p.elsewhere_right, p.elsewhere_right_amount, p.open_right_amount, p.residual FROM reconcile.period_reconciliation p
WHERE p.unit = 'month' AND p.reconciliation IN ('order_bank', 'payout_bank') ORDER BY 1, 2;
SELECT 'payout_bank' AS reconciliation, * FROM adds_up('payout_bank') UNION ALL SELECT 'order_bank', * FROM adds_up('order_bank') UNION ALL SELECT 'settlement_payout', * FROM adds_up('settlement_payout');

\echo pieces, and sources that the extension does not ship: no currency, items without a day
CREATE TABLE bill (item_id bigint, item_date date, quantity numeric, no text);
CREATE TABLE cash (item_id bigint, item_date date, quantity numeric, no text);
INSERT INTO bill VALUES (1, '2026-03-31', 10, 'N1'), (2, '2026-04-01', 5, 'N2'), (3, NULL, 7, 'N3'), (4, '2026-04-05', 1, 'N4');
INSERT INTO cash VALUES (1, '2026-04-01', 10, 'N1'), (2, '2026-04-02', 4, 'N2'), (3, NULL, 7, 'N3');
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') > 0 AS defined, reconcile.add_rule('bills', 'no', 'key', 10, ARRAY['no'], ARRAY['no'], amount_tolerance => 1, options => '{"adjustment": "claim"}') > 0 AS rule;
SELECT matches, exceptions FROM reconcile.run('bills');
SELECT period_from, period_through, currency, left_amount, right_amount, difference, timing, adjusted, residual FROM reconcile.period_reconciliation('bills');
SELECT * FROM adds_up('bills');
\echo a match is off as a whole on its last day, whether the days asked for reach it or not
SELECT period_from, left_amount, right_amount, difference, timing, adjusted, residual FROM reconcile.period_reconciliation('bills', 'day', '2026-04-01', '2026-04-01')
UNION ALL SELECT period_from, left_amount, right_amount, difference, timing, adjusted, residual FROM reconcile.period_reconciliation('bills', 'day', '2026-04-02', '2026-04-02');
INSERT INTO bill VALUES (5, 'infinity', 2, 'N5'), (6, '-infinity', 3, 'N6');
SELECT period_from, period_through, left_amount, residual FROM reconcile.period_reconciliation('bills', 'month') WHERE NOT isfinite(period_from);
DELETE FROM bill WHERE item_id > 4;
SELECT reconcile.define_reconciliation('gone', 'bill', 'reconcile.payout_item') > 0 AS defined;

\echo closing: the figures are kept
SELECT * FROM (SELECT date_from, date_through, status FROM reconcile.period) p;
SELECT take('lines.csv', 'order_no,ordered_at,currency,total,sku,quantity
A3,2026-03-30 10:00,USD,70.00,POT,1
A5,2026-04-01 10:00,USD,25.00,POT,1
', 'web');
SELECT reconcile.close_period('2026-03-31', 'first quarter') > 0 AS closed;
SELECT date_from, date_through, status, closed_by, note FROM reconcile.period ORDER BY period_id;
SELECT reconciliation, currency, left_count, left_amount, right_count, right_amount, timing, adjusted, residual, differences, differences_open, by_settlement FROM reconcile.period_figures ORDER BY 1, 2;
SELECT attempt(c) FROM unnest(ARRAY['SELECT reconcile.close_period(''2026-03-31'')', 'SELECT reconcile.close_period(''2026-02-28'')', 'SELECT reconcile.reopen_period(''2026-02-28'', ''x'')']) AS c;

\echo new facts of closed days are refused: the rest of a file comes in, a file of nothing else does not; what is known already is no new fact
CREATE TEMP TABLE before AS SELECT * FROM reconcile.period_figure;
SET client_min_messages = notice;
SELECT take('more.csv', 'order_no,ordered_at,currency,total,buyer_name,buyer_phone,ship_address,sku,quantity
A4,2026-03-31 10:00,USD,30.00,Ann,1,Street 1,,
A7,2026-03-30 10:00,USD,70.00,Ann,1,Street 1,TEA,1
A7,2026-03-30 10:00,USD,70.00,Ann,1,Street 1,CUP,1
A8,2026-04-03 10:00,USD,5.00,Bob,2,Street 2,TEA,1
A2,2026-02-28 10:00,USD,40.00,Ann,1,Street 1,TEA,1
', 'web');
SELECT take('old.csv', 'order_no,ordered_at,currency,total
A9,2026-03-30 10:00,USD,70.00
', 'web');
SELECT take('settlement2.csv', 'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount
P1,2026-02-28 10:00,sale,A1,t1,USD,100.00
P2,2026-03-31 10:00,refund,A3,t8,USD,-60.00
P4,2026-04-03 10:00,sale,A8,t7,USD,5.00
', 'web');
SELECT take('payouts2.csv', 'payout_no,settlement_no,paid_on,currency,amount,reference
PO2,P2,2026-03-31,USD,100.00,TRANSFER-0002
PO2,P2,2026-03-31,USD,100.00,TRANSFER-0002
PO3,P3,2026-04-05,USD,36.00,TRANSFER-0003
', 'web');
SELECT take('bank2.csv', 'date,amount,currency,narrative,reference
2026-03-06,55.00,USD,order D1001,
2026-03-31,100.00,USD,STRIPE TRANSFER-0002,
2026-04-01,1.00,USD,interest,
', NULL, 'bank');
SELECT take('goods.csv', 'order_no,shipped_at,sku,quantity,shipment_no
A7,2026-03-31,TEA,1,S1
A7,2026-03-31,CUP,1,S1
A8,2026-04-04,TEA,1,S2
');
SELECT take('returns.csv', 'order_no,returned_at,sku,quantity,return_no
A7,2026-03-31,TEA,1,R1
A8,2026-04-04,TEA,1,R2
');
SELECT take('receipts.csv', 'received_at,sku,quantity,receipt_no
2026-03-31,TEA,1,C1
2026-04-06,TEA,1,C2
');
SELECT take('ledger.csv', 'posted_on,ledger_account,amount,currency,entry_no
2026-03-31,1002,5.00,USD,E1
2026-04-01,1002,6.00,USD,E2
');
SELECT take('stock.csv', 'moved_at,sku,quantity,movement_no
2026-03-31,TEA,-1,M1
2026-04-01,TEA,-1,M2
');
SELECT take('courier.csv', 'charged_on,tracking_no,amount,currency
2026-03-31,T1,5.00,USD
2026-04-01,T2,6.00,USD
');
SELECT take('march.sta', E':20:S\n:25:6222\n:28C:1/1\n:60F:C260330USD10,00\n:61:2603300330C20,00NTRFM1\n:62F:C260330USD30,00\n', NULL, 'bank');
SET client_min_messages = warning;
SELECT i.file_name, r.line_no, r.column_name, r.reason_code, r.reason, r.raw_text FROM reconcile.rejected_row r JOIN reconcile.import i USING (merchant_id, import_id) ORDER BY r.rejected_row_id;
SELECT (SELECT count(*) FROM reconcile.customer) AS buyers, (SELECT count(*) FROM reconcile.bank_statement WHERE closed_on <= '2026-03-31') AS march_statements,
       (SELECT string_agg(sku, ',') FROM reconcile.order_line) AS order_lines, (SELECT string_agg(shipment_no, ',') FROM reconcile.shipment) AS shipments;
SELECT line_no, target, status, reason FROM reconcile.preview_bytes(convert_to('order_no,ordered_at,currency,total,buyer_name,sku,quantity
A7,2026-03-30 10:00,USD,70.00,Ann,TEA,1
A2,2026-02-28 10:00,USD,40.00,Ann,TEA,1
', 'UTF8'), 'more.csv', shop => 'web');

\echo what was matched before is not taken back, nor the files; what was opened since may be, and open items may be matched
SELECT attempt(format('SELECT reconcile.unmatch(%s, ''x'')', match_id)) FROM reconcile.match_item i JOIN reconcile.match USING (merchant_id, match_id) JOIN reconcile.sales_order o ON o.order_id = i.item_id WHERE reconciliation = 'order_settlement' AND i.side = 'left' AND o.order_no IN ('A1', 'A5') ORDER BY o.order_no;
SELECT attempt(format('SELECT reconcile.reject(%s, ''x'')', min(match_id))) FROM reconcile.match WHERE reconciliation = 'payout_bank' AND status = 'matched';
SELECT attempt(format('SELECT reconcile.undo_run(%s, ''x'')', min(run_id))) FROM reconcile.run_log WHERE reconciliation_id = 1;
SELECT file_name, regexp_replace(attempt(format('SELECT reconcile.undo_import(%s, ''x'')', import_id)), 'import \d+', 'import N') FROM reconcile.import WHERE file_name IN ('bank.csv', 'late.csv', 'lines.csv', 'ledger.csv') ORDER BY import_id;
SELECT attempt('SELECT reconcile.set_opening_balance(''bank'', 5)');
SELECT settlement_line_id AS sale FROM reconcile.settlement_line WHERE order_no = 'A8' \gset
SELECT reconcile.match_items('order_settlement', ARRAY(SELECT order_id FROM reconcile.sales_order WHERE order_no = 'A4'), ARRAY[:sale]::bigint[], 'paid late') AS later \gset
SELECT figure, at_closing, at_present, change FROM reconcile.compare_period('2026-03-31') WHERE reconciliation = 'order_settlement';
SELECT attempt('SELECT reconcile.unmatch(' || :later || ', ''wrong after all'')');
SELECT count(*) AS changed FROM reconcile.compare_period('2026-03-31') WHERE reconciliation IN ('order_settlement', 'payout_bank');
SELECT count(*) AS figures, count(DISTINCT reconciliation) AS reconciliations, count(*) FILTER (WHERE change <> 0) AS changed FROM reconcile.compare_period('2026-03-31', unchanged => true)
WHERE reconciliation IN ('order_settlement', 'payout_bank');
SELECT count(*) AS figures_touched FROM (SELECT * FROM reconcile.period_figure EXCEPT SELECT * FROM before) x;

\echo the next one follows without a hole; reopening goes backwards, and the files bring what was refused
SELECT reconcile.close_period('2026-04-30') > 0 AS april;
SELECT reconciliation, currency, open_left, open_left_amount, open_right, open_right_amount, forward_left, forward_left_amount, forward_right, forward_right_amount FROM reconcile.period_figures
WHERE date_through = '2026-04-30' AND currency = 'USD' ORDER BY 1;
-- What is brought forward is what was open when the period before was closed, less what was matched since.
SELECT a.reconciliation, a.currency, b.forward_left_amount - a.open_left_amount AS left_change, b.forward_right_amount - a.open_right_amount AS right_change
FROM reconcile.period_figures a JOIN reconcile.period_figures b ON b.reconciliation = a.reconciliation AND b.currency = a.currency AND b.date_through = '2026-04-30'
WHERE a.date_through = '2026-03-31' ORDER BY 1;
SELECT date_from, date_through, status FROM reconcile.period ORDER BY period_id;
SELECT attempt('SELECT reconcile.reopen_period(''2026-03-31'', ''a line came late'')');
SELECT reconcile.reopen_period('2026-04-30', 'a line came late'), reconcile.reopen_period('2026-03-31', 'a line came late');
SELECT date_from, date_through, status, reopened_by, reopen_note FROM reconcile.period ORDER BY period_id;
SELECT take('bank2.csv', 'date,amount,currency,narrative,reference
2026-03-06,55.00,USD,order D1001,
2026-03-31,100.00,USD,STRIPE TRANSFER-0002,
2026-04-01,1.00,USD,interest,
', NULL, 'bank');
SELECT reconciliation, currency, figure, at_closing, at_present, change FROM reconcile.compare_period('2026-03-31') WHERE reconciliation = 'payout_bank';
SELECT reconcile.unmatch(match_id, 'now it may') FROM reconcile.match_item i JOIN reconcile.match USING (merchant_id, match_id) JOIN reconcile.sales_order o ON o.order_id = i.item_id WHERE reconciliation = 'order_settlement' AND i.side = 'left' AND o.order_no = 'A1';
SELECT reconcile.close_period('2026-03-31', 'again') > 0 AS closed;
SELECT date_from, date_through, status, note FROM reconcile.period ORDER BY period_id;
SELECT action, object, detail - 'period_id' AS detail FROM reconcile.audit_log WHERE action LIKE '%\_period' ORDER BY audit_id;
SELECT reconcile.verify_audit() IS NULL AS chain_is_whole;

\echo as documents
SELECT reconcile.export_csv('period_reconciliation');
SELECT reconcile.export_csv('period_reconciliation', '{"unit": "week", "reconciliation": ["payout_bank", "order_bank"], "date_from": "2026-03-01"}');
SELECT reconcile.export_csv('period_difference');
SELECT regexp_replace(reconcile.export_csv('difference_record', '{"settlement": ["write_off", "discount", "comment"]}'), '\d{4}-\d\d-\d\d,postgres', '(today),postgres', 'g');
SELECT reconcile.export_csv('period_figures');
SELECT name, l.language, split_part(reconcile.export_csv(name, '{}', l.language), E'\n', 1) AS head FROM unnest(ARRAY['period_reconciliation', 'period_difference', 'difference_record', 'period_figures']) AS name
CROSS JOIN (VALUES ('zh_TW'), ('zh_CN')) AS l (language);
SELECT name, l.language, length(reconcile.export_xlsx(name, '{}', l.language)) > 1000 AS xlsx, length(reconcile.export_pdf(name, '{}', l.language)) > 1000 AS pdf, reconcile.export_html(name, '{}', l.language) LIKE '%</html>%' AS html
FROM unnest(ARRAY['period_reconciliation', 'period_difference', 'difference_record', 'period_figures']) AS name CROSS JOIN (VALUES ('en'), ('zh_TW'), ('zh_CN')) AS l (language);
SELECT attempt('SELECT reconcile.export_csv(''period_reconciliation'', ''{"unit": "year"}'')');
DROP TABLE bill, cash;
\echo a source that is gone
SELECT attempt('SELECT * FROM reconcile.period_reconciliation(''gone'')'), attempt('SELECT * FROM reconcile.run(''gone'')');
SELECT count(*) > 0 AS others FROM reconcile.period_reconciliation WHERE unit = 'month';
SELECT attempt('SELECT reconcile.drop_reconciliation(''gone'')');
SELECT reconcile.reopen_period('2026-03-31', 'for the test'), reconcile.close_period('2026-03-31') > 0 AS closed;
DROP EXTENSION reconcile;
