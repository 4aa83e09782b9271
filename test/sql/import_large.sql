-- Files of many batches: twins that lie far apart, overlaps, orders whose rows are scattered; into empty tables (indexes built at the end) and full ones.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_shop('web', 'direct', 'EUR', 'UTC') > 0 AS shop, reconcile.add_account('bank', 'EUR') > 0 AS account;
CREATE FUNCTION take(content text, name text, merchant text DEFAULT 'main', OUT read bigint, OUT imported bigint, OUT known bigint, OUT rejected bigint, OUT total numeric)
LANGUAGE sql AS $$ SELECT i.rows_read, i.rows_imported, i.rows_known, i.rows_rejected, i.control_total FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, merchant => merchant) AS i $$;
CREATE TEMP TABLE big AS SELECT E'date,amount,narrative\n' || string_agg(format('2025-01-01,%s.00,the line that has the number %s of all of them', i % 70000, i % 70000), E'\n' ORDER BY i) AS content
FROM generate_series(1, 140000) AS i;
CREATE VIEW lines AS SELECT merchant_id, occurrence, count(*), count(DISTINCT natural_key) AS keys FROM reconcile.bank_line GROUP BY 1, 2;
SELECT relfilenode AS before FROM pg_class WHERE oid = 'reconcile.bank_line_merchant_id_natural_key_occurrence_key'::regclass \gset
SELECT t.* FROM big, take(content, 'big.csv') AS t;
SELECT relfilenode <> :before AS index_was_built_anew FROM pg_class WHERE oid = 'reconcile.bank_line_merchant_id_natural_key_occurrence_key'::regclass;
SELECT * FROM lines ORDER BY 1, 2;
-- An overlapping file: what is known stays, what is beyond it is new.
SELECT t.* FROM big, take(content || E'\n2025-01-01,5.00,the line that has the number 5 of all of them\n2025-01-01,6.00,row new\n', 'bigger.csv') AS t;
SELECT * FROM lines ORDER BY 1, 2;
-- Another merchant has the same lines; a line that comes 100,000 times over.
SELECT reconcile.add_merchant('second') > 0 AS merchant, reconcile.add_account('b2', 'EUR', merchant => 'second') > 0 AS account;
SELECT t.* FROM big, take(content || repeat(E'\n2025-01-01,5.00,twin', 100000), 'first.csv', 'second') AS t;
SELECT max(occurrence), count(*) FROM reconcile.bank_line WHERE narrative = 'twin';
-- Orders of three rows, each far from the next; one row disagrees about its order's total.
SELECT t.* FROM (SELECT E'order_no,ordered_at,currency,total,sku,quantity,ship_address\n' || string_agg(format('O%s,2025-01-01,EUR,%s.00,%s,1,"A rather long street that has the number %s"',
    i % 40000, CASE WHEN i = 119999 THEN 1 ELSE 10 END, i / 40000, i % 500), E'\n' ORDER BY i) AS content FROM generate_series(1, 120000) AS i) AS c, take(content, 'orders.csv') AS t;
SELECT (SELECT count(*) FROM reconcile.sales_order) AS orders, (SELECT count(*) FROM reconcile.order_line) AS lines, (SELECT count(*) FROM reconcile.customer) AS customers,
       (SELECT count(*) FROM reconcile.sales_order AS o JOIN reconcile.customer AS c USING (merchant_id, customer_id)) AS orders_with_customer;
SELECT line_no, reason_code, raw_text FROM reconcile.rejected_row;
-- The indexes hold what the tables hold.
SET enable_seqscan = off;
SELECT count(*) FROM reconcile.bank_line WHERE merchant_id = 1 AND natural_key IS NOT NULL AND occurrence > 0;
SELECT bank_line_id > 0 AS found FROM reconcile.bank_line WHERE merchant_id = 1 AND bank_line_id = (SELECT max(bank_line_id) FROM reconcile.bank_line WHERE merchant_id = 1);
DROP VIEW lines;
DROP EXTENSION reconcile;
