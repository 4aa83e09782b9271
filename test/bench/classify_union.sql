-- The same with one aggregate over both tables instead of a join.
SELECT class, count(*) AS groups, sum(lines) AS lines, sum(total) AS total, sum(gross) AS gross FROM (
	SELECT CASE WHEN count(line) = 0 THEN 'missing_right' WHEN count(line) = count(*) THEN 'missing_left'
	            WHEN sum(total) = sum(gross) THEN 'matched' ELSE 'amount_difference' END AS class,
	       count(line) AS lines, sum(total) AS total, sum(gross) AS gross
	FROM (
		SELECT shop_id, order_no, currency, total, NULL::numeric AS gross, NULL::int AS line FROM reconcile.sales_order
		UNION ALL
		SELECT shop_id, order_no, currency, NULL, CASE WHEN kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount') THEN amount END, 1
		FROM reconcile.settlement_line WHERE order_no IS NOT NULL) AS item
	GROUP BY shop_id, order_no, currency) AS classified
GROUP BY class ORDER BY class;
