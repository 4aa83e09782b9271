-- Who may do what, and to whose rows: every profile against every relation and function, with two merchants' rows in every table.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-03-31';
SELECT reconcile.add_merchant('north') > 0 AS north, reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS main_web, reconcile.add_account('bank', 'USD') > 0 AS main_bank,
       reconcile.add_shop('web', 'stripe', 'USD', 'UTC', merchant => 'north') > 0 AS web, reconcile.add_shop('own', 'direct', 'USD', 'UTC', merchant => 'north') > 0 AS own,
       reconcile.add_account('bank', 'USD', merchant => 'north') > 0 AS bank, reconcile.set_fee('web', 'service_fee', 0.03, merchant => 'north') > 0 AS fee;
-- The same files for both merchants. Quill and Harbour are buyers: no masked profile may ever read these names.
CREATE FUNCTION load(merchant text) RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(i.rows_imported) FROM (VALUES
        ('orders.csv', 'orders_csv', 'web', NULL, E'order_no,ordered_at,currency,total,buyer_name,buyer_phone,ship_address,sku\nA1,2026-03-01 10:00,USD,100.00,Ann Quill,555-1234,Quill Street 5,TEA\nA2,2026-03-02 10:00,USD,50.00,Bob Harbour,555-9876,Harbour Road 7,TEA\nA3,never,USD,5.00,Ann Quill,555-1234,Quill Street 5,TEA\n'),
        ('settlement.csv', 'settlements_csv', 'web', NULL, E'settlement_no,posted_at,kind,order_no,transaction_no,currency,amount,description\nP1,2026-03-03 10:00,sale,A1,t1,USD,100.00,for Ann Quill\nP1,2026-03-03 10:00,service_fee,A1,t1,USD,-5.00,\n'),
        ('payouts.csv', 'payouts_csv', 'web', NULL, E'payout_no,settlement_no,paid_on,currency,amount,reference\nPO1,P1,2026-03-04,USD,95.00,TRANSFER-0001\n'),
        ('bank.csv', 'bank_csv', NULL, 'bank', E'date,amount,currency,narrative,counterparty\n2026-03-05,95.00,USD,STRIPE TRANSFER-0001,Stripe\n2026-03-06,44.00,USD,thanks from Bob Harbour,Bob Harbour\n')) AS f (name, format, shop, account, content)
    CROSS JOIN LATERAL reconcile.import_bytes(convert_to(f.content, 'UTF8'), f.name, f.format, f.shop, f.account, load.merchant) AS i $$;
SELECT load('main') AS main, load('north') AS north;
SELECT load.rows_imported FROM reconcile.import_bytes(convert_to(E'order_no,ordered_at,currency,total\nD1,2026-03-01 10:00,USD,44.00\n', 'UTF8'), 'own.csv', 'orders_csv', 'own', merchant => 'north') AS load;
SELECT count(*) AS runs FROM reconcile.run(merchant => 'main');
SELECT count(*) AS runs FROM reconcile.run(merchant => 'north');
SELECT reconcile.write_off('A2', 'buyer vanished', 1) > 0 AS main, reconcile.write_off('A2', 'buyer vanished', 1, merchant => 'north') > 0 AS north;
CREATE ROLE regress_viewer; CREATE ROLE regress_analyst; CREATE ROLE regress_operator; CREATE ROLE regress_approver; CREATE ROLE regress_admin;
CREATE ROLE regress_shop; CREATE ROLE regress_dba; CREATE ROLE regress_nobody;
SELECT reconcile.grant_profile('regress_' || p, p, 'north') FROM unnest('{viewer,analyst,operator,approver,admin}'::text[]) AS p;
SELECT reconcile.grant_profile('regress_dba', 'admin', NULL), reconcile.grant_profile('regress_shop', 'analyst', 'north'), reconcile.grant_shop('regress_shop', 'own', 'north');
SELECT role, kind, profile, merchant_id <> 1 AS north, shop_id IS NOT NULL AS shop FROM reconcile.access ORDER BY role, kind;

-- Relations: how many a profile may read at all, in how many it sees rows of its own merchant, and whether it ever sees one of another.
CREATE FUNCTION look(reader text, relation regclass, condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', reader);
    BEGIN
        EXECUTE format('SELECT count(merchant_id) FROM %s WHERE %s', relation, condition) INTO found;
    EXCEPTION WHEN insufficient_privilege THEN
        found := NULL;
    END;
    RESET ROLE;
    RETURN found;
END $$;
CREATE TABLE sight AS
SELECT r.rolname AS reader, c.relname, c.oid::regclass AS relation,
       look(r.rolname, c.oid, format('merchant_id = %s', n.merchant_id)) AS own, look(r.rolname, c.oid, format('merchant_id <> %s', n.merchant_id)) AS others
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'merchant_id'
CROSS JOIN (SELECT m.merchant_id FROM reconcile.merchant m WHERE m.code = 'north') AS n
CROSS JOIN (SELECT rolname FROM pg_roles WHERE rolname LIKE 'regress%') AS r
WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT IN ('permitted_merchant', 'backend_progress', 'run_progress', 'import_progress', 'access');
SELECT reader, count(*) FILTER (WHERE own > 0) > 25 AS sees_much, coalesce(sum(others), 0) > 0 AS foreign_rows FROM sight GROUP BY reader ORDER BY reader;
-- What some do not see, and what a role of one shop sees: that shop's order, and what was found of it.
SELECT relname AS restricted, string_agg(substr(reader, 9), ' ' ORDER BY reader) FILTER (WHERE own IS NULL) AS denied
FROM sight WHERE reader <> 'regress_nobody' AND relname NOT LIKE '%\_item' GROUP BY relname HAVING count(*) FILTER (WHERE own IS NULL) > 0 ORDER BY 1;
SELECT relname, own AS of_shop_own FROM sight WHERE reader = 'regress_shop' AND own > 0 AND relname NOT LIKE '%\_item' ORDER BY 1;
SET ROLE regress_shop;
SELECT shop, order_no, expected, banked, status FROM reconcile.receivable;
SELECT reconciliation, reason, reference FROM reconcile.exception;
SELECT * FROM reconcile.trace('A1', 'web', 'north');
RESET ROLE;

-- Functions.
SELECT p.proname AS function, string_agg(substr(r.rolname, 9), ' ' ORDER BY r.rolname) AS for_profiles
FROM pg_proc p JOIN pg_roles r ON r.rolname IN ('regress_viewer', 'regress_analyst', 'regress_operator', 'regress_approver', 'regress_admin', 'regress_dba')
     AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
WHERE p.pronamespace = 'reconcile'::regnamespace AND p.prosecdef GROUP BY p.oid, p.proname ORDER BY count(*), 2, 1;
SELECT count(*) AS nobody FROM pg_proc p WHERE p.pronamespace = 'reconcile'::regnamespace AND has_function_privilege('regress_nobody', p.oid, 'EXECUTE');
-- What goes by an id or a name finds nothing of another merchant, whatever the profile; the tables are written by no one directly.
SELECT min(match_id) AS match, min(run_id) AS run FROM reconcile.match WHERE merchant_id = 1 \gset
SELECT min(import_id) AS import FROM reconcile.import WHERE merchant_id = 1 \gset
SELECT min(exception_id) AS exception FROM reconcile.exception WHERE merchant_id = 1 \gset
SELECT lo_from_bytea(4711, 'order_no') AS foreign_object;
CREATE FUNCTION attempt(actor text, command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', actor);
    BEGIN
        EXECUTE command;
        RAISE EXCEPTION 'done' USING ERRCODE = 'RC998';
    EXCEPTION WHEN SQLSTATE 'RC998' THEN
        RESET ROLE;
        RETURN 'done';
    WHEN OTHERS THEN
        RESET ROLE;
        RETURN SQLSTATE || ' ' || SQLERRM;
    END;
END $$;
SELECT c.command, attempt('regress_admin', c.command) AS admin_of_north FROM (VALUES
    (1, format('SELECT reconcile.confirm(%s)', :match)), (2, format('SELECT reconcile.reject(%s, ''x'')', :match)), (3, format('SELECT reconcile.unmatch(%s, ''x'')', :match)),
    (4, format('SELECT reconcile.undo_run(%s, ''x'')', :run)), (5, format('SELECT reconcile.undo_import(%s, ''x'')', :import)),
    (6, format('SELECT reconcile.settle_exception(%s, ''closed'', ''x'')', :exception)), (7, 'SELECT * FROM reconcile.run()'),
    (8, 'SELECT * FROM reconcile.import_bytes(''x'', ''x.csv'', ''orders_csv'', ''web'')'), (9, 'SELECT reconcile.match_items(''order_settlement'', ''{1}'', ''{1}'', ''x'')'),
    (10, 'SELECT reconcile.write_off(''A1'', ''x'')'), (11, 'SELECT * FROM reconcile.trace(''A1'')'), (12, 'SELECT reconcile.add_shop(''x'', ''stripe'', ''USD'', ''UTC'')'),
    (13, 'SELECT reconcile.add_account(''x'', ''USD'')'), (14, 'SELECT reconcile.set_fee(''web'', ''service_fee'', 1)'), (15, 'SELECT reconcile.export_csv(''receivable'')'),
    (16, 'SELECT reconcile.grant_profile(''regress_nobody'', ''admin'')'), (17, 'SELECT reconcile.grant_merchant(''regress_viewer'', ''main'')'),
    (18, 'SELECT reconcile.grant_merchant(''regress_viewer'', NULL)'), (19, 'SELECT reconcile.revoke_profile(''regress_dba'')'), (20, 'SELECT reconcile.add_merchant(''x'')'),
    (21, 'SELECT reconcile.define_reconciliation(''x'', ''reconcile.bank_item'', ''reconcile.payout_item'')'), (22, 'SELECT reconcile.add_rule(''order_bank'', ''x'', ''window'', 1, ''{}'', ''{}'')'),
    (23, 'INSERT INTO reconcile.adjustment (merchant_id, kind, amount, currency, note) VALUES (1, ''fee'', 1, ''USD'', ''x'')'), (24, 'UPDATE reconcile.match_group SET left_amount = 0'),
    (25, 'DELETE FROM reconcile.access'), (27, 'SELECT * FROM reconcile.import_large_object(4711, ''x.csv'', merchant => ''north'')'), (28, 'SELECT * FROM reconcile.explain(''order_settlement'', ''left'', 1)'), (29, 'SELECT * FROM reconcile.simulate(''order_settlement'', ''[]'')'),
    (26, 'SELECT * FROM reconcile.import_file(''/etc/passwd'', merchant => ''north'')')) AS c (n, command) ORDER BY n;
-- With its own merchant it works.
SELECT c.command, attempt('regress_' || c.profile, c.command) AS outcome FROM (VALUES
    (1, 'operator', 'SELECT * FROM reconcile.run(merchant => ''north'')'), (2, 'operator', 'SELECT * FROM reconcile.import_bytes(convert_to(E''order_no,ordered_at,currency,total\nA9,2026-03-09,USD,9\n'', ''UTF8''), ''x.csv'', shop => ''web'', merchant => ''north'')'),
    (3, 'operator', 'SELECT reconcile.write_off(''A2'', ''x'', merchant => ''north'')'), (4, 'operator', 'SELECT reconcile.add_shop(''x'', ''stripe'', ''USD'', ''UTC'', merchant => ''north'')'),
    (5, 'approver', 'SELECT reconcile.settle_exception(min(exception_id), ''closed'', ''agreed'') FROM reconcile.exception'), (6, 'approver', 'SELECT * FROM reconcile.run(merchant => ''north'')'),
    (7, 'admin', 'SELECT reconcile.add_shop(''x'', ''stripe'', ''USD'', ''UTC'', merchant => ''north'')'), (8, 'admin', 'SELECT reconcile.grant_profile(''regress_nobody'', ''viewer'', ''north'')'),
    (9, 'analyst', 'SELECT * FROM reconcile.trace(''A1'', merchant => ''north'')'), (10, 'analyst', 'SELECT reconcile.export_csv(''exception'', ''{"merchant": "north"}'')'),
    (11, 'viewer', 'SELECT reconcile.export_csv(''exception'', ''{"merchant": "north"}'')'), (12, 'viewer', 'SELECT * FROM reconcile.exception'), (13, 'viewer', 'SELECT * FROM reconcile.customer'),
    (14, 'viewer', 'SELECT narrative FROM reconcile.bank_line'), (15, 'dba', 'SELECT reconcile.add_merchant(''x'')'), (16, 'dba', 'SELECT reconcile.add_platform(''x'', ''X'')'),
    (17, 'analyst', 'SELECT 1 / count(*) FROM reconcile.exception e CROSS JOIN LATERAL reconcile.explain(e.reconciliation, e.side::text, e.item_id, ''north'')'),
    (18, 'operator', 'SELECT * FROM reconcile.simulate(''order_bank'', ''[]'', ''north'')')) AS c (n, profile, command) ORDER BY n;

-- No personal data in any column that a viewer may read, nor in any document it can make.
CREATE FUNCTION names_in(reader text) RETURNS TABLE (relation text, column_name text, hits bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR relation, column_name IN SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v') AND has_column_privilege(reader, c.oid, a.attnum, 'SELECT') ORDER BY 1, 2 LOOP
        EXECUTE format('SET LOCAL ROLE %I', reader);
        EXECUTE format('SELECT count(*) FROM reconcile.%I AS t WHERE t.%I::text ~ ''Quill|Harbour|555-\d{4}''', relation, column_name) INTO hits;
        RESET ROLE;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT count(*) > 300 AS many_columns, sum(hits) AS names FROM names_in('regress_viewer');
SELECT relation, column_name, hits FROM names_in('regress_operator') WHERE hits > 0 AND relation NOT LIKE '%\_item';
SET ROLE regress_viewer;
SELECT regexp_replace(reconcile.export_csv('exception', '{"merchant": "north"}'), ',[0-9-]+\r', ',(today)', 'g');
SELECT reconcile.export_csv('receivable', '{"merchant": null}');
RESET ROLE;

-- Taken away again.
SELECT reconcile.revoke_shop('regress_shop', 'own', 'north');
SELECT attempt('regress_shop', 'SELECT 1 / count(*) FROM reconcile.sales_order') AS sees_nothing;
SELECT reconcile.grant_merchant('regress_shop', 'main');
SELECT attempt('regress_shop', 'SELECT 1 / count(*) FROM reconcile.sales_order') AS sees_main;
SELECT reconcile.revoke_merchant('regress_shop', 'main');
SELECT reconcile.revoke_merchant('regress_shop', 'main');
SELECT reconcile.grant_shop('regress_operator', 'web', 'north');
SELECT reconcile.grant_profile('regress_shop', 'boss');
SELECT reconcile.grant_profile('regress_missing', 'viewer');
SELECT reconcile.grant_merchant('regress_nobody', 'main');
SELECT reconcile.revoke_profile(r.rolname) FROM pg_roles r WHERE r.rolname LIKE 'regress%' AND r.rolname <> 'regress_nobody' ORDER BY r.rolname;
SELECT count(*) AS grants FROM reconcile.access;
SELECT attempt('regress_viewer', 'SELECT * FROM reconcile.merchant') AS gone;
SELECT action, count(*) FROM reconcile.audit_log WHERE action LIKE 'grant%' OR action LIKE 'revoke%' GROUP BY action ORDER BY action;
SELECT lo_unlink(4711);
DROP ROLE regress_viewer, regress_analyst, regress_operator, regress_approver, regress_admin, regress_shop, regress_dba, regress_nobody;
DROP EXTENSION reconcile;
