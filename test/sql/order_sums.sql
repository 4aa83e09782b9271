-- Orders whose total stands nowhere: it is the sum of their rows, wherever those stand in the file.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SELECT reconcile.add_shop('us', 'amazon', 'USD', 'UTC') > 0 AS shop;
CREATE FUNCTION take(content text, name text, OUT read bigint, OUT imported bigint, OUT known bigint, OUT rejected bigint, OUT total numeric, OUT status text)
LANGUAGE sql AS $$ SELECT i.rows_read, i.rows_imported, i.rows_known, i.rows_rejected, i.control_total, i.status
    FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, 'amazon_orders') AS i $$;
\set head 'amazon-order-id\tpurchase-date\torder-status\tsku\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount\tship-promotion-discount\n'
\set first '111\t2026-07-01T10:00:00+00:00\tShipped\tA\tShipped\t1\tUSD\t10.00\t0.80\t3.00\t\t\t\t1.00\t\n'
\set other '222\t2026-07-01T11:00:00+00:00\tShipped\tB\tShipped\t2\tUSD\t20.00\t\t\t\t\t\t\t\n'
\set second '111\t2026-07-01T10:00:00+00:00\tShipped\tC\tShipped\t1\tUSD\t5.00\t0.40\t1.50\t\t\t\t\t0.50\n'
\set twin '111\t2026-07-01T10:00:00+00:00\tShipped\tC\tShipped\t1\tUSD\t5.00\t0.40\t1.50\t\t\t\t\t0.50\n'
\set euro '222\t2026-07-01T11:00:00+00:00\tShipped\tD\tShipped\t1\tEUR\t7.00\t\t\t\t\t\t\t\n'
\set bad '333\t2026-07-32T11:00:00+00:00\tShipped\tD\tShipped\t1\tUSD\t7.00\t\t\t\t\t\t\t\n'
\set cancelled '111\t2026-07-01T10:00:00+00:00\tShipped\tE\tCancelled\t0\tUSD\t\t\t\t\t\t\t\t\n'

SELECT line_no, target, record ->> 'order_no' AS order_no, record ->> 'total' AS total, record ->> 'sku' AS sku, status, reason
FROM reconcile.preview_bytes(convert_to(E:'head' || E:'first' || E:'other' || E:'second' || E:'bad', 'UTF8'), 'orders.txt');
SELECT * FROM take(E:'head' || E:'first' || E:'other' || E:'second' || E:'euro' || E:'bad' || E:'twin' || E:'cancelled', 'orders.txt');
SELECT order_no, total, shipping, discount, tax, ordered_at, line_no FROM reconcile.sales_order ORDER BY order_no;
SELECT order_no, sku, quantity, occurrence, line_no FROM reconcile.order_line ORDER BY line_no;
SELECT line_no, column_name, reason_code, reason FROM reconcile.rejected_row ORDER BY line_no;

-- The same orders again, in another order, are known; with an item more the total is another one.
SELECT * FROM take(E:'head' || E:'second' || E:'twin' || E:'other' || E:'first', 'again.txt');
SELECT * FROM take(E:'head' || E:'second' || E:'twin' || E:'second' || E:'first' || E:'other', 'more.txt');
SELECT order_no, total FROM reconcile.sales_order ORDER BY order_no;

-- Many orders whose items lie far apart; the sort goes to disk.
SELECT * FROM take(E:'head' || (SELECT string_agg(format(E'%s\t2026-07-02T10:00:00+00:00\tShipped\tSKU-%s\tShipped\t1\tUSD\t%s\t\t\t\t\t\t\t\n', n % 20000 + 1000, n, n % 7 + 1), '' ORDER BY n)
    FROM generate_series(1, 60000) AS n), 'many.txt');
WITH expected AS (SELECT (n % 20000 + 1000)::text AS order_no, sum(n % 7 + 1) AS total, count(*) AS items FROM generate_series(1, 60000) AS n GROUP BY 1),
    items AS (SELECT order_no, count(*) AS items FROM reconcile.order_line GROUP BY 1)
SELECT count(*), count(*) FILTER (WHERE o.total = e.total AND i.items = e.items) AS right, sum(o.total)
FROM expected e LEFT JOIN reconcile.sales_order o USING (order_no) LEFT JOIN items i USING (order_no);

-- Only orders have such totals.
SELECT reconcile.define_format('x', 'csv', 'payout', '{"fields": {"payout_no": "no", "paid_on": "day", "currency": "currency", "amount": "amount"}, "sum": true}');
DROP EXTENSION reconcile CASCADE;
