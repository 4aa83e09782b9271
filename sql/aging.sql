-- aging.sql: how old what is outstanding has become, and whom to ask for it first.

CREATE VIEW reconcile.receivable_aging AS
SELECT r.merchant_id, r.shop, r.currency, count(*) FILTER (WHERE r.outstanding > 0) AS orders,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding > 0 AND r.days_overdue <= 0), 0) AS not_due,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding > 0 AND r.days_overdue BETWEEN 1 AND 30), 0) AS overdue_1_30,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding > 0 AND r.days_overdue BETWEEN 31 AND 60), 0) AS overdue_31_60,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding > 0 AND r.days_overdue BETWEEN 61 AND 90), 0) AS overdue_61_90,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding > 0 AND r.days_overdue > 90), 0) AS overdue_over_90,
       coalesce(sum(r.outstanding) FILTER (WHERE r.outstanding < 0), 0) AS over_collected,
       sum(r.outstanding) AS outstanding
FROM reconcile.receivable r
WHERE r.outstanding <> 0
GROUP BY r.merchant_id, r.shop, r.currency;
COMMENT ON VIEW reconcile.receivable_aging IS
    'What is outstanding by shop and currency and by the days it is overdue on business_date(): outstanding = not_due + the overdue buckets + over_collected (negative)';
COMMENT ON COLUMN reconcile.receivable_aging.orders IS 'Orders of which something is still to come';
COMMENT ON COLUMN reconcile.receivable_aging.not_due IS 'Not due yet, or due today';
COMMENT ON COLUMN reconcile.receivable_aging.overdue_1_30 IS 'Overdue by 1 to 30 days';
COMMENT ON COLUMN reconcile.receivable_aging.overdue_31_60 IS 'Overdue by 31 to 60 days';
COMMENT ON COLUMN reconcile.receivable_aging.overdue_61_90 IS 'Overdue by 61 to 90 days';
COMMENT ON COLUMN reconcile.receivable_aging.overdue_over_90 IS 'Overdue by more than 90 days';
COMMENT ON COLUMN reconcile.receivable_aging.over_collected IS 'Received beyond what was expected, negative';
COMMENT ON COLUMN reconcile.receivable_aging.outstanding IS 'Sum of all these';

CREATE VIEW reconcile.receivable_follow_up AS
SELECT r.merchant_id,
       row_number() OVER (PARTITION BY r.merchant_id, r.currency ORDER BY r.outstanding * r.days_overdue DESC, r.due_date, r.shop, r.order_no) AS position,
       r.currency, r.shop, r.order_no, r.ordered_on, r.expected, r.outstanding, r.due_date, r.days_overdue, e.reason, n.note AS last_note, n.at AS noted_at, n.actor AS noted_by,
       r.order_id, e.exception_id
FROM reconcile.receivable r
LEFT JOIN LATERAL (
    SELECT x.exception_id, x.reason
    FROM reconcile.exception_log x JOIN reconcile.reconciliation c ON c.reconciliation_id = x.reconciliation_id AND c.name IN ('order_settlement', 'order_bank')
    WHERE x.merchant_id = r.merchant_id AND x.side = 'left' AND x.item_id = r.order_id AND x.status IN ('open', 'explained')
    ORDER BY x.exception_id DESC LIMIT 1) e ON true
LEFT JOIN LATERAL (
    SELECT v.note, v.at, v.actor
    FROM reconcile.exception_log x JOIN reconcile.reconciliation c ON c.reconciliation_id = x.reconciliation_id AND c.name IN ('order_settlement', 'order_bank')
    JOIN reconcile.exception_event v ON v.merchant_id = x.merchant_id AND v.exception_id = x.exception_id
    WHERE x.merchant_id = r.merchant_id AND x.side = 'left' AND x.item_id = r.order_id AND v.note IS NOT NULL
    ORDER BY v.exception_event_id DESC LIMIT 1) n ON true
WHERE r.outstanding > 0 AND r.days_overdue > 0;
COMMENT ON VIEW reconcile.receivable_follow_up IS
    'Orders whose money is overdue on business_date(), in the order in which to ask for it: by amount x days; with the standing exception and the last note on the order. settle_exception(exception_id, ''explained'', note) adds a note';
COMMENT ON COLUMN reconcile.receivable_follow_up.position IS 'Place in the list of its merchant and currency: by outstanding x days_overdue';
COMMENT ON COLUMN reconcile.receivable_follow_up.reason IS 'Reason of the standing exception of the order; null: none stands';
COMMENT ON COLUMN reconcile.receivable_follow_up.last_note IS 'Last word on the order, from the notes on its exceptions';
COMMENT ON COLUMN reconcile.receivable_follow_up.noted_at IS 'When it was written';
COMMENT ON COLUMN reconcile.receivable_follow_up.noted_by IS 'The role that logged in and wrote it';
COMMENT ON COLUMN reconcile.receivable_follow_up.exception_id IS 'The standing exception, to be given to settle_exception()';
