-- The same rows that a run of order_settlement writes, by SQL, into tables of the same columns and indexes (schema bench).
-- A match carries its order's id, so that no numbering pass is needed; fees and refunds of an order belong to its match.
BEGIN;
CREATE TEMP TABLE pair ON COMMIT DROP AS
SELECT o.order_id, o.shop_id, o.order_no, o.currency, o.total, l.gross, l.sales, l.first_on - o.ordered_on AS lag_low, l.last_on - o.ordered_on AS lag_high
FROM reconcile.sales_order o JOIN (
	SELECT shop_id, order_no, currency,
	       count(*) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount'))::int AS sales,
	       sum(amount) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount')) AS gross,
	       min(posted_on) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount')) AS first_on,
	       max(posted_on) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount')) AS last_on
	FROM reconcile.settlement_line WHERE order_no IS NOT NULL GROUP BY shop_id, order_no, currency) l
ON o.shop_id = l.shop_id AND o.order_no = l.order_no AND o.currency = l.currency;
ANALYZE pair;

INSERT INTO bench.match_group (merchant_id, match_id, reconciliation_id, run_id, rule_id, evidence, suggestion, left_count, right_count,
                               left_amount, right_amount, currency, lag_low, lag_high, confidence)
SELECT 1, order_id, 1, 1, 1, CASE WHEN total = gross THEN 0 ELSE 2 END, false, 1, sales, least(total, gross), least(total, gross), currency, lag_low, lag_high, 1 FROM pair;

INSERT INTO bench.allocation (merchant_id, pool_id, item_id, match_id, sequence, live_count, side, amount, item_amount, allocated)
SELECT 1, 1, order_id, order_id, 1, 1, 'left'::reconcile.side, least(total, gross), total, least(total, gross) FROM pair
UNION ALL
SELECT 1, 2, l.settlement_line_id, p.order_id, 1, 1, 'right'::reconcile.side, x.amount, x.amount, x.amount
FROM reconcile.settlement_line l
CROSS JOIN LATERAL (SELECT CASE WHEN l.kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount') THEN l.amount ELSE 0 END AS amount) x
JOIN pair p ON p.shop_id = l.shop_id AND p.order_no = l.order_no AND p.currency = l.currency;

INSERT INTO bench.open_balance (merchant_id, pool_id, item_id, item_date, amount, currency, reference)
SELECT 1, 1, o.order_id, o.ordered_on, o.total - coalesce(p.gross, 0), o.currency, o.order_no
FROM reconcile.sales_order o LEFT JOIN pair p USING (order_id) WHERE p.order_id IS NULL OR p.total <> p.gross
UNION ALL
SELECT 1, 2, l.settlement_line_id, l.posted_on, CASE WHEN l.kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount') THEN l.amount ELSE 0 END, l.currency, l.order_no
FROM reconcile.settlement_line l
WHERE l.order_no IS NOT NULL AND NOT EXISTS (SELECT FROM pair p WHERE p.shop_id = l.shop_id AND p.order_no = l.order_no AND p.currency = l.currency);

INSERT INTO bench.exception_log (merchant_id, reconciliation_id, run_id, side, item_id, reason, item_date, amount, difference, currency, reference)
SELECT 1, 1, 1, 'left'::reconcile.side, o.order_id, CASE WHEN p.order_id IS NULL THEN 'missing_right' ELSE 'amount_difference' END, o.ordered_on, o.total, o.total - coalesce(p.gross, 0),
       o.currency, o.order_no
FROM reconcile.sales_order o LEFT JOIN pair p USING (order_id) WHERE p.order_id IS NULL OR p.total <> p.gross
UNION ALL
SELECT 1, 1, 1, 'right'::reconcile.side, l.settlement_line_id, 'missing_left', l.posted_on, l.amount, -l.amount, l.currency, l.order_no
FROM reconcile.settlement_line l
WHERE l.kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount') AND l.order_no IS NOT NULL
  AND NOT EXISTS (SELECT FROM pair p WHERE p.shop_id = l.shop_id AND p.order_no = l.order_no AND p.currency = l.currency);
COMMIT;
