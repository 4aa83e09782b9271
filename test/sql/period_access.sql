-- Who may close periods, who may read their sums, and that under four eyes nobody approves what is their own work.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT reconcile.add_merchant('north') > 0 AS north, reconcile.add_shop('web', 'stripe', 'USD', 'UTC', merchant => 'north') > 0 AS web, reconcile.add_shop('own', 'direct', 'USD', 'UTC', merchant => 'north') > 0 AS own,
       reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS main_web;
SELECT i.rows_imported FROM (VALUES ('north'), ('main')) AS m (merchant) CROSS JOIN LATERAL
    reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nA1,2026-03-01 10:00,USD,100.00\nA2,2026-03-02 10:00,USD,50.00\nA3,2026-03-03 10:00,USD,20.00\n', 'UTF8'), 'orders.csv', 'orders_csv', 'web', merchant => m.merchant) AS i;
SELECT i.rows_imported FROM reconcile.import_bytes(convert_to(E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount\nP1,2026-03-03 10:00,sale,A1,t1,USD,90.00\n', 'UTF8'), 's.csv', 'settlements_csv', 'web', merchant => 'north') AS i;
SET reconcile.business_date = '2026-03-31';
SELECT count(*) AS runs FROM reconcile.run('order_settlement', merchant => 'north');
CREATE ROLE period_viewer; CREATE ROLE period_analyst; CREATE ROLE period_operator; CREATE ROLE period_approver; CREATE ROLE period_second; CREATE ROLE period_admin; CREATE ROLE period_shop; CREATE ROLE period_nobody;
SELECT reconcile.grant_profile('period_' || p, p, 'north') FROM unnest('{viewer,analyst,operator,approver,admin}'::text[]) AS p;
SELECT reconcile.grant_profile('period_second', 'approver', 'north'), reconcile.grant_profile('period_shop', 'analyst', 'north'), reconcile.grant_shop('period_shop', 'own', 'north');
CREATE FUNCTION attempt(person text, command text, keep boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', person);
    BEGIN
        EXECUTE command;
        IF NOT keep THEN
            RAISE EXCEPTION 'done' USING ERRCODE = 'RC998';
        END IF;
        RESET ROLE;
        RETURN 'done';
    EXCEPTION WHEN SQLSTATE 'RC998' THEN
        RESET ROLE;
        RETURN 'done';
    WHEN OTHERS THEN
        RESET ROLE;
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(hint, ''));
    END;
END $$;

\echo who may do what, each with the merchant that is theirs
SELECT c.command, p.person, attempt('period_' || p.person, c.command) FROM (VALUES
    (1, 'SELECT reconcile.prepare_period(''2026-03-31'', merchant => ''north'')'), (2, 'SELECT reconcile.close_period(''2026-03-31'', merchant => ''north'')'),
    (3, 'SELECT * FROM reconcile.period_reconciliation(''order_settlement'', merchant => ''north'')'), (4, 'SELECT 1 / count(*) FROM reconcile.period_reconciliation WHERE unit = ''month'''),
    (5, 'SELECT 1 / count(*) FROM reconcile.period_difference'), (6, 'SELECT 1 / count(*) FROM reconcile.period'), (7, 'SELECT reconcile.export_csv(''period_reconciliation'', ''{"merchant": "north"}'')')) AS c (n, command)
CROSS JOIN (VALUES (1, 'viewer'), (2, 'analyst'), (3, 'operator'), (4, 'approver'), (5, 'admin'), (6, 'shop'), (7, 'nobody')) AS p (n, person) ORDER BY c.n, p.n;
\echo nobody writes the tables, nobody reaches another merchant
SELECT c.command, attempt(c.person, c.command) FROM (VALUES
    (1, 'period_admin', 'SELECT reconcile.close_period(''2026-03-31'')'), (2, 'period_approver', 'SELECT reconcile.reopen_period(''2026-03-31'', ''x'', ''main'')'),
    (3, 'period_admin', 'SELECT * FROM reconcile.compare_period(''2026-03-31'', ''main'')'), (4, 'period_admin', 'INSERT INTO reconcile.period_log (merchant_id, date_through, status) VALUES (1, ''2026-03-31'', ''closed'')'),
    (5, 'period_admin', 'UPDATE reconcile.period_figure SET left_count = 0'), (6, 'period_admin', 'DELETE FROM reconcile.period_log'),
    (7, 'period_admin', 'SELECT 1 / count(*) FROM reconcile.record_periods(1, 1, ''month'', NULL, NULL)'), (8, 'period_viewer', 'SELECT 1 / count(*) FROM reconcile.period WHERE merchant_id = 1'),
    (9, 'period_viewer', 'SELECT 1 / count(*) FROM reconcile.period_reconciliation WHERE merchant_id = 1'), (10, 'period_viewer', 'SELECT reconcile.sum_periods(2, 1, ''month'', NULL, NULL)')) AS c (n, person, command) ORDER BY n;

\echo four eyes: for superusers to switch
SELECT attempt('period_admin', 'SET reconcile.four_eyes = off');
SET SESSION AUTHORIZATION period_operator;
SET reconcile.four_eyes = off;
RESET SESSION AUTHORIZATION;
SELECT set_config('reconcile.four_eyes', 'on', false);
\echo a period: prepared by one, closed by another
SET SESSION AUTHORIZATION period_approver;
SELECT reconcile.close_period('2026-03-31', merchant => 'north');
SET SESSION AUTHORIZATION period_admin;
SELECT reconcile.prepare_period('2026-03-31', 'all settled', 'north') > 0 AS prepared;
SELECT date_from, date_through, status, prepared_by, prepare_note FROM reconcile.period;
SELECT reconcile.close_period('2026-03-31', merchant => 'north');
SELECT reconcile.close_period('2026-03-30', merchant => 'north');
SET SESSION AUTHORIZATION period_approver;
SELECT reconcile.close_period('2026-03-31', 'seen', 'north') > 0 AS closed;
SELECT date_from, date_through, status, prepared_by, prepare_note, closed_by, note FROM reconcile.period ORDER BY period_id;
SELECT reconciliation, currency, left_amount, right_amount, residual, differences_open FROM reconcile.period_figures;
\echo what one merchant has closed is open for another
RESET SESSION AUTHORIZATION;
SELECT i.rows_imported, i.rows_rejected FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nB1,2026-03-04 10:00,USD,5.00\n', 'UTF8'), 'more.csv', 'orders_csv', 'web') AS i;
SELECT i.rows_imported, i.rows_rejected FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nB1,2026-03-04 10:00,USD,5.00\n', 'UTF8'), 'more.csv', 'orders_csv', 'web', merchant => 'north') AS i;
SET SESSION AUTHORIZATION period_approver;
SELECT reconcile.reopen_period('2026-03-31', 'more to do', 'north');

\echo an exception: settled by one, closed by another; a note of the second does not make it theirs
SELECT exception_id AS difference FROM reconcile.exception WHERE reference = 'A1' \gset
SELECT exception_id AS missing FROM reconcile.exception WHERE reference = 'A2' \gset
SELECT reconcile.settle_exception(:difference, 'closed', 'fine');
SET SESSION AUTHORIZATION period_operator;
SELECT reconcile.settle_exception(:difference, 'settled', 'a discount of ours');
SELECT reconcile.settle_exception(:difference, 'closed', 'fine');
SELECT reconcile.write_off('A2', 'buyer vanished', merchant => 'north') > 0 AS written_off;
SELECT reconcile.settle_exception(:missing, 'closed', 'fine');
SET SESSION AUTHORIZATION period_approver;
SELECT reconcile.settle_exception(:difference, 'explained', 'which discount?');
SELECT reconcile.settle_exception(:difference, 'closed', 'agreed');
SELECT reconcile.settle_exception(:missing, 'closed', 'agreed');
\echo opened again it needs somebody to settle it again
SELECT reconcile.settle_exception(:missing, 'open', 'the buyer is back');
SET SESSION AUTHORIZATION period_second;
SELECT reconcile.settle_exception(:missing, 'closed', 'no');
RESET SESSION AUTHORIZATION;
SELECT reference, settlement, settled_amount, settled_by, comments FROM reconcile.difference_record WHERE exception_id IN (:difference, :missing) ORDER BY 1;

\echo a match by hand: confirmed by another
SET SESSION AUTHORIZATION period_admin;
SELECT match_id FROM reconcile.match LIMIT 1 \gset
SELECT reconcile.unmatch(:match_id, 'by hand');
SELECT reconcile.match_items('order_settlement', ARRAY(SELECT order_id FROM reconcile.sales_order WHERE order_no = 'A1'), ARRAY(SELECT settlement_line_id FROM reconcile.settlement_line), 'short paid', 'north', 'discount') AS by_hand \gset
SELECT reconcile.confirm(:by_hand, 'mine');
SET SESSION AUTHORIZATION period_second;
SELECT reconcile.confirm(:by_hand, 'seen');
RESET SESSION AUTHORIZATION;
\echo off, everybody may again
SET reconcile.four_eyes = off;
SET SESSION AUTHORIZATION period_admin;
SELECT reconcile.prepare_period('2026-03-31', merchant => 'north') > 0 AS prepared;
SELECT reconcile.prepare_period('2026-03-30', 'the day before', 'north') > 0 AS prepared;
SELECT date_through, status, prepare_note FROM reconcile.period WHERE status <> 'reopened';
SELECT reconcile.close_period('2026-03-31', merchant => 'north') > 0 AS closed;
SELECT date_through, status, prepared_by FROM reconcile.period WHERE status <> 'reopened' ORDER BY period_id;
RESET SESSION AUTHORIZATION;
SELECT reconcile.revoke_profile('period_' || p) FROM unnest('{viewer,analyst,operator,approver,second,admin,shop}'::text[]) AS p;
DROP EXTENSION reconcile;
DROP ROLE period_viewer, period_analyst, period_operator, period_approver, period_second, period_admin, period_shop, period_nobody;
