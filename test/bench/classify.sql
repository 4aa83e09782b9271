-- The best plain SQL found for what a dry run of order_settlement says: one pass over each table, one join by key.
SELECT class, count(*) AS groups, sum(lines) AS lines, sum(total) AS total, sum(gross) AS gross FROM (
	SELECT CASE WHEN l.order_no IS NULL THEN 'missing_right' WHEN o.order_no IS NULL THEN 'missing_left'
	            WHEN o.total = l.gross THEN 'matched' ELSE 'amount_difference' END AS class, l.lines, o.total, l.gross
	FROM reconcile.sales_order o FULL JOIN (
		SELECT shop_id, order_no, currency, count(*) AS lines,
		       sum(amount) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount')) AS gross
		FROM reconcile.settlement_line WHERE order_no IS NOT NULL GROUP BY shop_id, order_no, currency) l
	ON o.shop_id = l.shop_id AND o.order_no = l.order_no AND o.currency = l.currency) AS classified
GROUP BY class ORDER BY class;
