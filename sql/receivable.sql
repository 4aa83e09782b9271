-- receivable.sql: which order is paid. The chain is order - settlement lines - payout - bank line, followed to the cent.

CREATE VIEW reconcile.settled_order_line AS
SELECT l.merchant_id, coalesce(h.order_id, o.order_id) AS order_id, l.settlement_line_id, l.kind, l.amount, l.settlement_no, l.posted_on, l.currency
FROM reconcile.settlement_line l
LEFT JOIN reconcile.sales_order o ON o.merchant_id = l.merchant_id AND o.shop_id = l.shop_id AND o.order_no = l.order_no
LEFT JOIN (SELECT r.merchant_id, r.item_id AS settlement_line_id, min(i.item_id) AS order_id
           FROM reconcile.match_group g
           JOIN reconcile.reconciliation n ON n.reconciliation_id = g.reconciliation_id AND n.name = 'order_settlement'
           JOIN reconcile.match_item r ON r.merchant_id = g.merchant_id AND r.match_id = g.match_id AND r.side = 'right'
           JOIN reconcile.match_item i ON i.merchant_id = g.merchant_id AND i.match_id = g.match_id AND i.side = 'left'
           WHERE g.evidence NOT IN (0, 1, 2, 7, 12)
           GROUP BY r.merchant_id, r.item_id) h ON h.merchant_id = l.merchant_id AND h.settlement_line_id = l.settlement_line_id
WHERE coalesce(h.order_id, o.order_id) IS NOT NULL
  -- With a line settled twice go the fees that stand in the same row of the file. Of two twins the one goes that is in no settlement.
  AND NOT EXISTS (SELECT FROM (SELECT e.merchant_id, CASE WHEN d.settlement_no IS NULL OR t.settlement_no IS NOT NULL THEN d.import_id ELSE coalesce(t.import_id, d.import_id) END AS import_id,
                                      CASE WHEN d.settlement_no IS NULL OR t.settlement_no IS NOT NULL THEN d.line_no ELSE coalesce(t.line_no, d.line_no) END AS line_no
                               FROM reconcile.exception_log e
                               JOIN reconcile.reconciliation n USING (reconciliation_id)
                               JOIN reconcile.settlement_line d ON d.merchant_id = e.merchant_id AND d.settlement_line_id = e.item_id
                               LEFT JOIN reconcile.settlement_line t ON t.merchant_id = e.merchant_id AND t.settlement_line_id = e.related_item_id AND e.related_side = 'right'
                               WHERE n.name = 'order_settlement' AND e.side = 'right' AND e.reason = 'duplicate' AND e.status IN ('open', 'explained')) twice
                  WHERE twice.merchant_id = l.merchant_id AND twice.import_id = l.import_id AND twice.line_no = l.line_no);
COMMENT ON VIEW reconcile.settled_order_line IS
    'Settlement lines with their order: the one they were matched with by other means than the key, else the one they name; rows settled twice are left out';

CREATE VIEW reconcile.paid_out_line AS
SELECT a.merchant_id, a.item_id AS settlement_line_id, a.match_id, m.payouts, m.paid_on,
       CASE WHEN m.amount = 0 THEN 1 ELSE least(greatest(m.banked / m.amount, 0), 1) END AS banked_share
FROM (SELECT i.merchant_id, i.match_id, sum(p.amount) AS amount, sum(coalesce(b.banked, 0)) AS banked,
             array_agg(p.payout_id ORDER BY p.payout_id) AS payouts, max(p.paid_on) AS paid_on
      FROM reconcile.reconciliation n
      JOIN reconcile.match_group g ON g.reconciliation_id = n.reconciliation_id
      JOIN reconcile.match_item i ON i.merchant_id = g.merchant_id AND i.match_id = g.match_id AND i.side = 'right'
      JOIN reconcile.payout p ON p.merchant_id = i.merchant_id AND p.payout_id = i.item_id
      LEFT JOIN (SELECT x.merchant_id, x.item_id, sum(x.amount) AS banked
                 FROM reconcile.allocation x
                 WHERE x.pool_id = (SELECT y.left_pool_id FROM reconcile.reconciliation y WHERE y.name = 'payout_bank')
                 GROUP BY x.merchant_id, x.item_id) b ON b.merchant_id = p.merchant_id AND b.item_id = p.payout_id
      WHERE n.name = 'settlement_payout' AND NOT g.suggestion
      GROUP BY i.merchant_id, i.match_id) m
JOIN reconcile.match_item a ON a.merchant_id = m.merchant_id AND a.match_id = m.match_id AND a.side = 'left';
COMMENT ON VIEW reconcile.paid_out_line IS
    'Settlement lines that lie in payouts, with the share of those payouts that has arrived at the bank: a payout that came in part counts in that proportion of each line';

CREATE VIEW reconcile.receivable AS
WITH line AS (
    SELECT l.merchant_id, l.order_id,
           sum(l.amount) FILTER (WHERE l.gross) AS settled,
           sum(l.amount) FILTER (WHERE l.gross AND l.settlement_no IS NULL) AS unsettled,
           -sum(l.amount) FILTER (WHERE l.kind IN ('refund', 'chargeback')) AS refunded,
           -sum(l.amount) FILTER (WHERE NOT l.gross AND l.kind NOT IN ('refund', 'chargeback')) AS fees,
           -sum(l.amount) FILTER (WHERE NOT l.gross AND l.kind = 'tax') AS withheld,
           sum(l.amount) FILTER (WHERE p.settlement_line_id IS NOT NULL) AS paid_out,
           sum(CASE WHEN p.banked_share = 1 THEN l.amount ELSE l.amount * p.banked_share END) AS banked,
           bool_or(l.settlement_no IS NOT NULL) AS any_settled, bool_and(p.settlement_line_id IS NOT NULL) AS all_paid_out, bool_and(coalesce(p.banked_share = 1, false)) AS all_banked
    FROM (SELECT x.*, x.kind IN ('sale', 'shipping', 'subsidy', 'discount') OR x.kind = 'tax' AND x.amount > 0 AS gross FROM reconcile.settled_order_line x) l
    LEFT JOIN reconcile.paid_out_line p ON p.merchant_id = l.merchant_id AND p.settlement_line_id = l.settlement_line_id
    GROUP BY l.merchant_id, l.order_id),
direct AS (
    SELECT a.merchant_id, a.item_id AS order_id, sum(a.amount) AS banked
    FROM reconcile.allocation a
    WHERE a.pool_id = (SELECT r.left_pool_id FROM reconcile.reconciliation r WHERE r.name = 'order_bank')
    GROUP BY a.merchant_id, a.item_id),
-- By hand, or as the tolerated difference of a match; what a match with a bank line did not bring is allocated like the rest.
written_off AS (
    SELECT j.merchant_id, j.order_id, sum(j.amount) FILTER (WHERE j.match_id IS NULL) AS amount, sum(j.amount) FILTER (WHERE j.match_id IS NOT NULL) AS adjusted,
           sum(j.amount) FILTER (WHERE r.name = 'order_bank') AS not_banked
    FROM reconcile.adjustment j
    LEFT JOIN reconcile.match_group g ON g.merchant_id = j.merchant_id AND g.match_id = j.match_id
    LEFT JOIN reconcile.reconciliation r ON r.reconciliation_id = g.reconciliation_id
    WHERE j.order_id IS NOT NULL GROUP BY j.merchant_id, j.order_id),
status AS (
    SELECT DISTINCT ON (c.merchant_id, c.order_id) c.merchant_id, c.order_id, c.status FROM reconcile.order_status c
    ORDER BY c.merchant_id, c.order_id, c.import_id DESC),
-- Where a shop's payouts name their settlements, a payment that names none is captured, but not settled yet.
in_statements AS (
    SELECT DISTINCT p.merchant_id, p.shop_id FROM reconcile.payout p WHERE p.settlement_no IS NOT NULL),
amounts AS (
    SELECT o.merchant_id, o.order_id, s.code AS shop, o.order_no, o.ordered_at, o.ordered_on, o.currency, o.ordered_on + s.terms_days AS due_date,
           CASE WHEN reconcile.is_void_status(coalesce(c.status, o.status)) THEN 0 ELSE o.total END AS expected,
           coalesce(l.settled, 0) - CASE WHEN u.shop_id IS NOT NULL THEN coalesce(l.unsettled, 0) ELSE 0 END + coalesce(d.banked - coalesce(w.not_banked, 0), 0) AS settled,
           coalesce(l.fees, 0) AS fees, coalesce(l.refunded, 0) AS refunded, coalesce(l.withheld, 0) AS withheld,
           coalesce(l.paid_out, 0) + coalesce(d.banked - coalesce(w.not_banked, 0), 0) AS paid_out,
           coalesce(l.banked, 0) + coalesce(d.banked - coalesce(w.not_banked, 0), 0) AS banked, x.exponent,
           coalesce(w.amount, 0) AS written_off, coalesce(w.adjusted, 0) AS adjusted,
           coalesce(l.all_paid_out, false) AS all_paid_out, coalesce(l.all_banked, true) AS all_banked,
           l.order_id IS NOT NULL AND (l.any_settled OR u.shop_id IS NULL) OR d.order_id IS NOT NULL AS has_lines,
           coalesce(c.status, o.status) AS order_status
    FROM reconcile.sales_order o
    JOIN reconcile.shop s ON s.merchant_id = o.merchant_id AND s.shop_id = o.shop_id
    JOIN reconcile.currency x ON x.code = o.currency
    LEFT JOIN in_statements u ON u.merchant_id = s.merchant_id AND u.shop_id = s.shop_id
    LEFT JOIN line l ON l.merchant_id = o.merchant_id AND l.order_id = o.order_id
    LEFT JOIN direct d ON d.merchant_id = o.merchant_id AND d.order_id = o.order_id
    LEFT JOIN written_off w ON w.merchant_id = o.merchant_id AND w.order_id = o.order_id
    LEFT JOIN status c ON c.merchant_id = o.merchant_id AND c.order_id = o.order_id),
-- Fees may be finer than the currency: rounded is what comes out, not what goes in.
balances AS (
    SELECT a.*, round(a.expected - a.refunded - a.fees - a.banked - a.written_off - a.adjusted, a.exponent) AS outstanding FROM amounts a)
SELECT b.merchant_id, b.shop, b.order_no, b.ordered_at, b.currency, b.expected::numeric(20, 4) AS expected, b.settled::numeric(20, 4) AS settled,
       b.fees::numeric(20, 4) AS fees, b.refunded::numeric(20, 4) AS refunded, b.paid_out::numeric(20, 4) AS paid_out, round(b.banked, b.exponent)::numeric(20, 4) AS banked,
       b.outstanding::numeric(20, 4) AS outstanding, b.due_date,
       CASE WHEN b.outstanding > 0 THEN greatest(reconcile.business_date() - b.due_date, 0) ELSE 0 END AS days_overdue,
       CASE WHEN b.written_off <> 0 AND b.outstanding = 0 THEN 'written_off'
            WHEN b.refunded > 0 AND b.refunded + b.withheld >= b.settled THEN 'refunded'
            WHEN b.outstanding = 0 THEN 'collected'
            WHEN b.settled + b.written_off + b.adjusted > b.expected OR b.outstanding < 0 AND b.all_banked THEN 'over_collected'
            WHEN b.outstanding > 0 AND b.due_date < reconcile.business_date() THEN 'overdue'
            WHEN b.outstanding > 0 AND b.banked <> 0 THEN 'partly_collected'
            WHEN b.all_paid_out THEN 'in_transit'
            WHEN b.has_lines THEN 'settled'
            ELSE 'open' END AS status,
       b.written_off::numeric(20, 4) AS written_off, b.order_id, b.order_status, b.ordered_on, b.adjusted::numeric(20, 4) AS adjusted
FROM balances b;
COMMENT ON VIEW reconcile.receivable IS
    'One row an order: what is expected, settled (gross), kept as fees, refunded, paid out and banked (net), what is outstanding = expected - refunded - fees - banked - written off - adjusted (differences of matches posted as adjustments), '
    'and its status as of business_date(): open, settled, in_transit, partly_collected, collected, over_collected, refunded, overdue, written_off';

CREATE FUNCTION reconcile.trace(order_no text, shop text DEFAULT NULL, merchant text DEFAULT 'main')
    RETURNS TABLE (step integer, document text, document_id bigint, document_no text, document_date date, kind text, amount numeric, currency text, detail text)
    LANGUAGE plpgsql STABLE ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m integer := reconcile.merchant_id(merchant);
    o reconcile.sales_order;
    found_count integer;
    found_id bigint;
BEGIN
    SELECT count(*), min(x.order_id) INTO found_count, found_id FROM reconcile.shop s
    JOIN reconcile.sales_order x ON x.merchant_id = m AND x.natural_key = reconcile.natural_key(s.shop_id, trace.order_no)
                                AND x.shop_id = s.shop_id AND x.order_no = trace.order_no
    WHERE s.merchant_id = m AND (trace.shop IS NULL OR s.code = trace.shop);
    IF found_count = 0 THEN
        IF trace.shop IS NOT NULL THEN
            PERFORM reconcile.shop_id(m, trace.shop);
        END IF;
        RAISE EXCEPTION 'order "%" does not exist', coalesce(trace.order_no, 'NULL') USING ERRCODE = 'no_data_found',
            HINT = 'The view reconcile.receivable lists the orders.';
    ELSIF found_count > 1 THEN
        RAISE EXCEPTION 'order "%" exists in several shops', trace.order_no USING ERRCODE = 'cardinality_violation', HINT = 'Give the shop as well.';
    END IF;
    SELECT * INTO STRICT o FROM reconcile.sales_order x WHERE x.merchant_id = m AND x.order_id = found_id;
    RETURN QUERY
    WITH line AS (
        SELECT l.* FROM reconcile.trace_lines(m, o.order_id) AS t (id) JOIN reconcile.settlement_line l ON l.merchant_id = m AND l.settlement_line_id = t.id),
    payout AS (
        SELECT DISTINCT p.* FROM line
        JOIN reconcile.allocation a ON a.merchant_id = m AND a.item_id = line.settlement_line_id
             AND a.pool_id = (SELECT r.left_pool_id FROM reconcile.reconciliation r WHERE r.name = 'settlement_payout')
        JOIN reconcile.match_item i ON i.merchant_id = m AND i.match_id = a.match_id AND i.side = 'right'
        JOIN reconcile.payout p ON p.merchant_id = m AND p.payout_id = i.item_id),
    bank AS (
        SELECT DISTINCT b.*, i.amount AS allocated FROM (
            SELECT p.payout_id AS item_id, r.left_pool_id AS pool_id FROM payout p, reconcile.reconciliation r WHERE r.name = 'payout_bank'
            UNION ALL SELECT o.order_id, r.left_pool_id FROM reconcile.reconciliation r WHERE r.name = 'order_bank') x
        JOIN reconcile.allocation a ON a.merchant_id = m AND a.item_id = x.item_id AND a.pool_id = x.pool_id
        JOIN reconcile.match_item i ON i.merchant_id = m AND i.match_id = a.match_id AND i.side = 'right'
        JOIN reconcile.bank_line b ON b.merchant_id = m AND b.bank_line_id = i.item_id)
    SELECT * FROM (
        SELECT 1, 'order', o.order_id, o.order_no, o.ordered_on, o.status, o.total, o.currency, NULL::text
        UNION ALL
        SELECT 2, 'settlement_line', l.settlement_line_id, l.transaction_no, l.posted_on, l.kind, l.amount, l.currency, concat_ws(' ', l.settlement_no, l.platform_type) FROM line l
        UNION ALL
        SELECT 3, 'payout', p.payout_id, p.payout_no, p.paid_on, CASE WHEN p.derived THEN 'derived' ELSE 'reported' END, p.amount, p.currency, p.reference FROM payout p
        UNION ALL
        SELECT 4, 'bank_line', b.bank_line_id, b.reference, b.booked_on, 'allocated ' || b.allocated, b.amount, b.currency, concat_ws(' ', b.narrative, b.counterparty) FROM bank b
        UNION ALL
        SELECT 5, 'adjustment', j.adjustment_id, j.match_id::text, j.made_at::date, j.kind, j.amount, j.currency, j.note
        FROM reconcile.adjustment j WHERE j.merchant_id = m AND j.order_id = o.order_id) AS way
    ORDER BY 1, 5, 3;
END $$;
COMMENT ON FUNCTION reconcile.trace(text, text, text) IS
    'The way of an order to the bank: the order, its settlement lines, the payouts they lie in and the bank lines that carry those, and what was settled by adjustments; amounts in units of currency';

CREATE FUNCTION reconcile.trace_lines(merchant_id integer, order_id bigint) RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.settlement_line_id FROM reconcile.settled_order_line l WHERE l.merchant_id = trace_lines.merchant_id AND l.order_id = trace_lines.order_id $$;
COMMENT ON FUNCTION reconcile.trace_lines(integer, bigint) IS 'Ids of the settlement lines of an order';

CREATE FUNCTION reconcile.write_off(order_no text, note text, amount numeric DEFAULT NULL, kind text DEFAULT 'write_off', shop text DEFAULT NULL, merchant text DEFAULT 'main') RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    o record;
    new_id bigint;
BEGIN
    SELECT count(*) OVER () AS found_count, r.order_id, r.currency, r.outstanding INTO o FROM reconcile.receivable r
    WHERE r.merchant_id = m AND r.order_no = write_off.order_no AND (write_off.shop IS NULL OR r.shop = write_off.shop);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'order "%" does not exist', coalesce(order_no, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The view reconcile.receivable lists the orders.';
    ELSIF o.found_count > 1 THEN
        RAISE EXCEPTION 'order "%" exists in several shops', order_no USING ERRCODE = 'cardinality_violation', HINT = 'Give the shop as well.';
    END IF;
    PERFORM reconcile.check_adjustment_kind(kind);
    IF coalesce(amount, o.outstanding) = 0 THEN
        RAISE EXCEPTION 'order "%" has nothing outstanding', order_no USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The view reconcile.receivable shows what is outstanding of each order.';
    END IF;
    IF coalesce(note, '') = '' THEN
        RAISE EXCEPTION 'an order is not settled without a note' USING ERRCODE = 'null_value_not_allowed', HINT = 'Say why no money will come.';
    END IF;
    INSERT INTO reconcile.adjustment (merchant_id, kind, order_id, amount, currency, note)
    VALUES (m, write_off.kind, o.order_id, coalesce(write_off.amount, o.outstanding), o.currency, write_off.note)
    RETURNING adjustment_id INTO new_id;
    IF coalesce(amount, o.outstanding) = o.outstanding THEN
        -- Nothing is missing any more.
        WITH closed AS (
            UPDATE reconcile.exception_log e SET status = 'settled', closed_at = clock_timestamp(), settled_by_hand = true
            FROM reconcile.reconciliation r
            WHERE r.name IN ('order_settlement', 'order_bank') AND e.reconciliation_id = r.reconciliation_id AND e.merchant_id = m AND e.side = 'left'
              AND e.item_id = o.order_id AND e.status IN ('open', 'explained')
            RETURNING e.exception_id)
        INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
        SELECT m, c.exception_id, 'settled', write_off.note FROM closed c;
    END IF;
    PERFORM reconcile.audit('write_off', order_no, jsonb_build_object('adjustment_id', new_id, 'amount', coalesce(amount, o.outstanding), 'note', note));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.write_off(text, text, numeric, text, text, text) IS
    'Settles an order other than by money: what is outstanding, or an amount, with the reason; kinds write_off, fee, bank_fee, discount, rounding, fx_difference, claim; returns adjustment_id';
