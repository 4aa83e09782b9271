-- run.sql: runs: what the engine asks of the database, and the order in which reconciliations are worked.

CREATE FUNCTION reconcile.left_changed_otherwise(merchant_id integer, reconciliation_id integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM reconcile.reconciliation r JOIN reconcile.reconciliation o ON o.reconciliation_id <> r.reconciliation_id
                   AND r.left_pool_id IN (o.left_pool_id, o.right_pool_id) WHERE r.reconciliation_id = left_changed_otherwise.reconciliation_id)
        OR EXISTS (SELECT FROM reconcile.match_event v WHERE v.merchant_id = left_changed_otherwise.merchant_id
                   AND v.at >= coalesce((SELECT l.started_at FROM reconcile.run_log l WHERE l.merchant_id = left_changed_otherwise.merchant_id
                                         AND l.reconciliation_id = left_changed_otherwise.reconciliation_id ORDER BY l.run_id DESC LIMIT 1), '-infinity')) $$;
COMMENT ON FUNCTION reconcile.left_changed_otherwise(integer, integer) IS
    'Whether left items may have been matched since the last run of a reconciliation otherwise than by it: by hand, or by another one of the same pool';

CREATE FUNCTION reconcile.find_followers(merchant_id integer, reconciliation_id integer, item_ids bigint[])
    RETURNS TABLE (ordinal bigint, leader bigint)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.ordinal, a.match_id
    FROM reconcile.reconciliation r
    CROSS JOIN unnest(item_ids) WITH ORDINALITY AS w (item_id, ordinal)
    JOIN reconcile.settlement_line l ON l.merchant_id = find_followers.merchant_id AND l.settlement_line_id = w.item_id
    JOIN reconcile.sales_order o ON o.merchant_id = l.merchant_id AND o.natural_key = reconcile.natural_key(l.shop_id, l.order_no)
                                AND o.shop_id = l.shop_id AND o.order_no = l.order_no
    JOIN LATERAL (SELECT x.match_id FROM reconcile.allocation x
                  WHERE x.merchant_id = o.merchant_id AND x.pool_id = r.left_pool_id AND x.item_id = o.order_id
                  GROUP BY x.match_id HAVING sum(x.amount) <> 0 ORDER BY x.match_id LIMIT 1) a ON true
    WHERE r.reconciliation_id = find_followers.reconciliation_id AND r.name = 'order_settlement' $$;
COMMENT ON FUNCTION reconcile.find_followers(integer, integer, bigint[]) IS
    'Fee and refund lines (by their position in item_ids) whose order was matched before, with that match';

CREATE FUNCTION reconcile.find_matched_twins(merchant_id integer, reconciliation_id integer, item_ids bigint[])
    RETURNS TABLE (item_id bigint, twin_id bigint)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.settlement_line_id, t.twin_id
    FROM reconcile.reconciliation r
    CROSS JOIN unnest(item_ids) AS w (item_id)
    JOIN reconcile.settlement_line l ON l.merchant_id = find_matched_twins.merchant_id AND l.settlement_line_id = w.item_id
    JOIN reconcile.sales_order o ON o.merchant_id = l.merchant_id AND o.natural_key = reconcile.natural_key(l.shop_id, l.order_no)
                                AND o.shop_id = l.shop_id AND o.order_no = l.order_no
    CROSS JOIN LATERAL (
        SELECT min(y.item_id) AS twin_id
        FROM (SELECT x.match_id FROM reconcile.allocation x
              WHERE x.merchant_id = o.merchant_id AND x.pool_id = r.left_pool_id AND x.item_id = o.order_id
              GROUP BY x.match_id HAVING sum(x.amount) <> 0) AS m
        JOIN reconcile.allocation y ON y.merchant_id = o.merchant_id AND y.match_id = m.match_id AND y.side = 'right'
        JOIN reconcile.settlement_line s ON s.merchant_id = o.merchant_id AND s.settlement_line_id = y.item_id
        WHERE s.kind = l.kind AND s.amount = l.amount AND s.currency = l.currency AND s.settlement_line_id <> l.settlement_line_id) AS t
    WHERE r.reconciliation_id = find_matched_twins.reconciliation_id AND r.name = 'order_settlement' AND t.twin_id IS NOT NULL $$;
COMMENT ON FUNCTION reconcile.find_matched_twins(integer, integer, bigint[]) IS
    'Settlement lines whose order was matched before with another line of the same kind and amount: the order was settled twice; twin_id is that line';

CREATE FUNCTION reconcile.give_way(merchant_id integer, run_id bigint, exception_ids bigint[]) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        WHERE e.merchant_id = give_way.merchant_id AND e.exception_id = ANY (exception_ids) AND e.status IN ('open', 'explained')
        RETURNING e.exception_id, e.related_item_id)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT give_way.merchant_id, x.exception_id, 'closed', format('item %s is no longer open, by run %s', x.related_item_id, run_id) FROM gone x;
$$;
COMMENT ON FUNCTION reconcile.give_way(integer, bigint, bigint[]) IS
    'Closes exceptions whose named counterpart is no longer open: others have taken it, or it is not there any more';

CREATE FUNCTION reconcile.open_exceptions(merchant_id integer, reconciliation_id integer, run_id bigint, side reconcile.side, item_ids bigint[],
    reasons text[], differences numeric[], related bigint[], giving_way bigint[], had_matches boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pool integer;
    opened bigint;
BEGIN
    SELECT CASE side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END INTO STRICT pool
    FROM reconcile.reconciliation r WHERE r.reconciliation_id = open_exceptions.reconciliation_id;
    -- What lacks its counterpart because that is taken by its twin, matched in an earlier run, is a duplicate.
    IF side = 'right' AND had_matches AND 'missing_left' = ANY (reasons) THEN
        SELECT array_agg(CASE WHEN t.twin_id IS NULL THEN n.reason ELSE 'duplicate' END ORDER BY n.ordinal),
               array_agg(CASE WHEN t.twin_id IS NULL THEN n.difference END ORDER BY n.ordinal), array_agg(coalesce(t.twin_id, n.related) ORDER BY n.ordinal)
        INTO reasons, differences, related
        FROM unnest(item_ids, reasons, differences, related) WITH ORDINALITY AS n (item_id, reason, difference, related, ordinal)
        LEFT JOIN reconcile.find_matched_twins(open_exceptions.merchant_id, open_exceptions.reconciliation_id,
                      ARRAY(SELECT x.item_id FROM unnest(item_ids, reasons) AS x (item_id, reason) WHERE x.reason = 'missing_left')) AS t ON t.item_id = n.item_id;
    END IF;
    -- That an item lacks its counterpart is no news where it stands as an exception already; a better reason takes its place. What a line shows of itself is
    -- another matter.
    IF run_id IS NULL THEN
        SELECT count(*) INTO opened FROM unnest(item_ids, reasons) AS n (item_id, reason)
        WHERE NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = open_exceptions.merchant_id
                          AND e.reconciliation_id = open_exceptions.reconciliation_id AND e.side = open_exceptions.side AND e.item_id = n.item_id
                          AND e.exception_id <> ALL (giving_way)
                          AND (e.status IN ('open', 'explained') AND (e.reason = n.reason OR n.reason LIKE 'missing%' AND e.reason NOT IN ('fee_difference', 'chargeback', 'arithmetic', 'statement_gap')) OR e.settled_by_hand AND e.reason = n.reason));
        RETURN opened;
    END IF;
    WITH replaced AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        FROM unnest(item_ids, reasons) AS n (item_id, reason)
        WHERE e.merchant_id = open_exceptions.merchant_id AND e.reconciliation_id = open_exceptions.reconciliation_id
          AND e.side = open_exceptions.side AND e.item_id = n.item_id AND e.status IN ('open', 'explained')
          AND e.reason LIKE 'missing%' AND n.reason NOT LIKE 'missing%'
        RETURNING e.exception_id, n.reason)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT open_exceptions.merchant_id, x.exception_id, 'closed', format('now %s, by run %s', x.reason, run_id) FROM replaced x;
    -- Nor does the item lack its counterpart that a difference names.
    WITH named AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        FROM unnest(item_ids, reasons, related) AS n (item_id, reason, related)
        WHERE e.merchant_id = open_exceptions.merchant_id AND e.reconciliation_id = open_exceptions.reconciliation_id
          AND n.reason IN ('amount_difference', 'quantity_difference', 'fee_difference', 'currency_difference')
          AND e.side = CASE WHEN n.related < 0 THEN 'left'::reconcile.side ELSE 'right' END AND e.item_id = abs(n.related)
          AND e.status IN ('open', 'explained') AND e.reason LIKE 'missing%'
        RETURNING e.exception_id, n.item_id)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT open_exceptions.merchant_id, x.exception_id, 'closed', format('now part of the difference of item %s, by run %s', x.item_id, run_id) FROM named x;
    INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, run_id, side, item_id, reason, item_date, amount, difference, currency,
                                         reference, narrative, related_side, related_item_id)
    SELECT open_exceptions.merchant_id, open_exceptions.reconciliation_id, open_exceptions.run_id, open_exceptions.side, n.item_id, n.reason,
           o.item_date, o.amount, n.difference, o.currency, o.reference, o.narrative,
           CASE WHEN n.related < 0 THEN 'left'::reconcile.side WHEN n.related > 0 THEN 'right'::reconcile.side END, nullif(abs(n.related), 0)
    FROM unnest(item_ids, reasons, differences, related) AS n (item_id, reason, difference, related)
    LEFT JOIN reconcile.open_balance o ON o.merchant_id = open_exceptions.merchant_id AND o.pool_id = pool AND o.item_id = n.item_id
    WHERE NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = open_exceptions.merchant_id
                      AND e.reconciliation_id = open_exceptions.reconciliation_id AND e.side = open_exceptions.side AND e.item_id = n.item_id
                      AND (e.status IN ('open', 'explained') AND (e.reason = n.reason OR n.reason LIKE 'missing%' AND e.reason NOT IN ('fee_difference', 'chargeback', 'arithmetic', 'statement_gap')) OR e.settled_by_hand AND e.reason = n.reason))
    ORDER BY o.item_date, n.item_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.open_exceptions(integer, integer, bigint, reconcile.side, bigint[], text[], numeric[], bigint[], bigint[], boolean) IS
    'Opens the exceptions of a run that do not stand yet, or counts them where run_id is null; related ids are negative for the left side; giving_way: exceptions that give way in this run; had_matches: some left item was matched before; returns how many';

CREATE FUNCTION reconcile.join_difference(merchant_id integer, reconciliation_id integer, run_id bigint, items bigint[], noted bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- What lacked its counterpart before has one now that disagrees.
    WITH replaced AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        FROM unnest(items, noted) AS n (item, noted)
        WHERE e.merchant_id = join_difference.merchant_id AND e.reconciliation_id = join_difference.reconciliation_id
          AND e.side = CASE WHEN n.item < 0 THEN 'left'::reconcile.side ELSE 'right' END AND e.item_id = abs(n.item)
          AND e.status IN ('open', 'explained') AND e.reason LIKE 'missing%'
        RETURNING e.exception_id, abs(n.noted) AS noted_item)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT join_difference.merchant_id, x.exception_id, 'closed', format('now part of the difference of item %s, by run %s', x.noted_item, run_id) FROM replaced x;
    -- Where only one side has exceptions, a difference noted on the other stands at the item it names.
    INSERT INTO reconcile.exception_item (merchant_id, exception_id, reconciliation_id, side, item_id)
    SELECT e.merchant_id, e.exception_id, e.reconciliation_id, CASE WHEN n.item < 0 THEN 'left'::reconcile.side ELSE 'right' END, abs(n.item)
    FROM unnest(items, noted) AS n (item, noted)
    JOIN reconcile.exception_log e ON e.merchant_id = join_difference.merchant_id AND e.reconciliation_id = join_difference.reconciliation_id
     AND e.side = CASE WHEN n.noted < 0 THEN 'left'::reconcile.side ELSE 'right' END AND e.item_id = abs(n.noted)
     AND e.status IN ('open', 'explained') AND e.reason IN ('amount_difference', 'quantity_difference', 'fee_difference', 'currency_difference') AND e.related_item_id IS NOT NULL
    UNION ALL
    SELECT e.merchant_id, e.exception_id, e.reconciliation_id, CASE WHEN n.item < 0 THEN 'left'::reconcile.side ELSE 'right' END, abs(n.item)
    FROM unnest(items, noted) AS n (item, noted)
    JOIN reconcile.reconciliation r ON r.reconciliation_id = join_difference.reconciliation_id AND r.exceptions <> 'both'
    JOIN reconcile.exception_log e ON e.merchant_id = join_difference.merchant_id AND e.reconciliation_id = join_difference.reconciliation_id
     AND e.related_side = CASE WHEN n.noted < 0 THEN 'left'::reconcile.side ELSE 'right' END AND e.related_item_id = abs(n.noted)
     AND e.status IN ('open', 'explained') AND e.reason IN ('amount_difference', 'quantity_difference', 'fee_difference', 'currency_difference')
    ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION reconcile.join_difference(integer, integer, bigint, bigint[], bigint[]) IS
    'Adds items (negative: of the left side) to the standing difference of the item noted beside each, and closes what stood for them as missing';

CREATE FUNCTION reconcile.settlement_findings(merchant_id integer, import_ids bigint[])
    RETURNS TABLE (item_id bigint, reason text, difference numeric, amount numeric)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    -- No line is read where no fees are agreed.
    WITH schedule AS (
        SELECT s.shop_id, s.kind, s.platform_type, s.rate, s.fixed, s.tolerance, s.valid_from,
               '^' || replace(regexp_replace(s.platform_type, '([][(){}.+^$|\\?])', '\\\1', 'g'), '*', '.*') || '$' AS pattern,
               lead(s.valid_from, 1, 'infinity') OVER (PARTITION BY s.shop_id, s.kind, s.platform_type ORDER BY s.valid_from) AS valid_until
        FROM reconcile.fee_schedule s WHERE s.merchant_id = settlement_findings.merchant_id),
    charged_back AS (
        SELECT DISTINCT x.import_id, x.line_no FROM reconcile.settlement_line x
        WHERE x.merchant_id = settlement_findings.merchant_id AND x.kind = 'chargeback' AND x.import_id = ANY (import_ids)),
    -- One pass over the lines, without joins of what it finds: the planner knows nothing of a file that has just come in. What a chargeback costs is no fee
    -- of the sale.
    per_order AS (
        SELECT l.shop_id, l.order_no, f.kind, f.platform_type AS type, f.pattern, f.rate, f.fixed, f.tolerance, f.valid_from, f.valid_until, x.exponent,
               sum(l.amount) FILTER (WHERE l.kind = 'sale') AS sale,
               coalesce(sum(l.amount) FILTER (WHERE l.kind = 'refund'), 0) AS refund,
               -coalesce(sum(l.amount) FILTER (WHERE l.kind = f.kind AND c.line_no IS NULL), 0) AS charged,
               coalesce(min(l.settlement_line_id) FILTER (WHERE l.kind = f.kind AND c.line_no IS NULL), min(l.settlement_line_id) FILTER (WHERE l.kind = 'sale')) AS item_id,
               min(l.posted_on) FILTER (WHERE l.kind = 'sale') AS posted_on, coalesce(min(l.platform_type) FILTER (WHERE l.kind = 'sale'), '') AS platform_type,
               CASE WHEN min(l.transaction_no) FILTER (WHERE l.kind = 'sale') <> max(l.transaction_no) FILTER (WHERE l.kind = 'sale')
                    THEN count(*) FILTER (WHERE l.kind = 'sale') ELSE 1 END AS payments
        FROM reconcile.import_range r
        -- OFFSET 0 keeps it a look-up of the import's own range, however large the planner thinks that is.
        CROSS JOIN LATERAL (SELECT x.* FROM reconcile.settlement_line x WHERE x.merchant_id = r.merchant_id
                            AND x.settlement_line_id BETWEEN r.first_id AND r.last_id AND x.import_id = r.import_id AND x.order_no IS NOT NULL OFFSET 0) AS l
        JOIN schedule f ON f.shop_id = l.shop_id
        JOIN reconcile.currency x ON x.code = l.currency
        LEFT JOIN charged_back c ON c.import_id = l.import_id AND c.line_no = l.line_no
        WHERE r.merchant_id = settlement_findings.merchant_id AND r.import_id = ANY (import_ids) AND r.relation = 'settlement_line'
          AND EXISTS (SELECT FROM reconcile.fee_schedule s WHERE s.merchant_id = settlement_findings.merchant_id)
        GROUP BY l.shop_id, l.order_no, f.kind, f.platform_type, f.pattern, f.rate, f.fixed, f.tolerance, f.valid_from, f.valid_until, x.exponent),
    agreed AS (
        SELECT DISTINCT ON (p.shop_id, p.order_no, p.kind) p.*
        FROM per_order p
        WHERE p.sale <> 0 AND p.posted_on >= p.valid_from AND p.posted_on < p.valid_until AND p.platform_type ~ p.pattern
        ORDER BY p.shop_id, p.order_no, p.kind, length(p.type) DESC, p.type),
    -- A platform keeps its fee on a refund or gives it back, takes what is fixed once an order or for each payment, and of two payments for one order may
    -- charge one: any is as agreed.
    fee AS (
        SELECT a.item_id, a.charged, a.tolerance, w.difference
        FROM agreed a
        CROSS JOIN LATERAL (SELECT a.charged - round(v.expected, a.exponent) AS difference
                            FROM (VALUES (1, a.rate * a.sale + a.fixed), (2, a.rate * (a.sale + a.refund) + CASE WHEN a.sale + a.refund <> 0 THEN a.fixed ELSE 0 END),
                                         (3, a.rate * a.sale + a.fixed * a.payments), (4, a.rate * a.sale / a.payments + a.fixed)) AS v (way, expected)
                            ORDER BY abs(a.charged - round(v.expected, a.exponent)), v.way LIMIT 1) AS w)
    SELECT f.item_id, 'fee_difference', f.difference, f.charged
    FROM fee f WHERE abs(f.difference) > f.tolerance
    UNION ALL
    SELECT l.settlement_line_id, 'chargeback', -l.amount, l.amount
    FROM reconcile.import_range r
    JOIN reconcile.settlement_line l ON l.merchant_id = r.merchant_id AND l.settlement_line_id BETWEEN r.first_id AND r.last_id AND l.import_id = r.import_id
    WHERE r.merchant_id = settlement_findings.merchant_id AND r.import_id = ANY (import_ids) AND r.relation = 'settlement_line' AND l.kind = 'chargeback' $$;
COMMENT ON FUNCTION reconcile.settlement_findings(integer, bigint[]) IS
    'What is wrong with imported settlement lines in themselves: fees that differ from fee_schedule (difference = charged less agreed), chargebacks';

CREATE FUNCTION reconcile.receipt_findings(merchant_id integer, import_ids bigint[])
    RETURNS TABLE (item_id bigint, return_line_id bigint, quantity numeric)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    -- A receipt names its return by the number, else by the parcel, else by the order; the condition announced for any line of that sku will do.
    WITH pair AS (
        SELECT r.receipt_line_id, r.quantity, r.condition AS found, t.return_line_id, t.condition AS announced, r.sku AS sku, t.sku AS announced_sku,
               r.import_id AS receipt_import, t.import_id AS return_import
        FROM reconcile.receipt_line r JOIN reconcile.return_line t ON t.merchant_id = r.merchant_id AND t.return_no = r.return_no
        WHERE r.merchant_id = receipt_findings.merchant_id
        UNION ALL
        SELECT r.receipt_line_id, r.quantity, r.condition, t.return_line_id, t.condition, r.sku, t.sku, r.import_id, t.import_id
        FROM reconcile.receipt_line r JOIN reconcile.return_line t ON t.merchant_id = r.merchant_id AND t.tracking_no = r.tracking_no
        WHERE r.merchant_id = receipt_findings.merchant_id AND (r.return_no IS NULL OR t.return_no IS NULL)
        UNION ALL
        SELECT r.receipt_line_id, r.quantity, r.condition, t.return_line_id, t.condition, r.sku, t.sku, r.import_id, t.import_id
        FROM reconcile.receipt_line r JOIN reconcile.return_line t ON t.merchant_id = r.merchant_id AND t.order_no = r.order_no
        WHERE r.merchant_id = receipt_findings.merchant_id AND (r.return_no IS NULL OR t.return_no IS NULL) AND (r.tracking_no IS NULL OR t.tracking_no IS NULL))
    SELECT p.receipt_line_id, min(p.return_line_id), p.quantity
    FROM pair p
    WHERE p.sku IS NOT DISTINCT FROM p.announced_sku AND p.found IS NOT NULL AND p.announced IS NOT NULL
    GROUP BY p.receipt_line_id, p.quantity
    HAVING bool_and(lower(p.found) <> lower(p.announced)) AND bool_or(p.receipt_import = ANY (import_ids) OR p.return_import = ANY (import_ids)) $$;
COMMENT ON FUNCTION reconcile.receipt_findings(integer, bigint[]) IS
    'Received goods in another condition than the return announced, of newly imported receipts and returns';

CREATE FUNCTION reconcile.check_receipts(merchant_id integer, reconciliation_id integer, run_id bigint, import_ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened bigint;
BEGIN
    IF run_id IS NULL THEN
        SELECT count(*) INTO opened FROM reconcile.receipt_findings(check_receipts.merchant_id, import_ids);
        RETURN opened;
    END IF;
    INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, run_id, side, item_id, reason, item_date, amount, difference, reference, narrative,
                                         related_side, related_item_id)
    SELECT l.merchant_id, check_receipts.reconciliation_id, check_receipts.run_id, 'right', f.item_id, 'condition_difference', l.received_on, f.quantity, f.quantity,
           coalesce(l.return_no, l.tracking_no, l.order_no, l.receipt_no), concat_ws(' ', l.sku, l.condition), 'left', f.return_line_id
    FROM reconcile.receipt_findings(check_receipts.merchant_id, import_ids) f
    JOIN reconcile.receipt_line l ON l.merchant_id = check_receipts.merchant_id AND l.receipt_line_id = f.item_id
    WHERE NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = l.merchant_id AND e.reconciliation_id = check_receipts.reconciliation_id
                      AND e.side = 'right' AND e.item_id = f.item_id AND e.reason = 'condition_difference' AND (e.status IN ('open', 'explained') OR e.settled_by_hand))
    ORDER BY l.received_on, f.item_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.check_receipts(integer, integer, bigint, bigint[]) IS
    'Opens exceptions for what receipt_findings() finds in newly taken imports, or counts it where run_id is null';

CREATE FUNCTION reconcile.check_settlement(merchant_id integer, reconciliation_id integer, run_id bigint, import_ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened bigint;
BEGIN
    IF cardinality(import_ids) > 0 AND EXISTS (SELECT FROM reconcile.reconciliation r
            WHERE r.reconciliation_id = check_settlement.reconciliation_id AND r.name = 'return_receipt') THEN
        RETURN reconcile.check_receipts(merchant_id, reconciliation_id, run_id, import_ids);
    END IF;
    IF cardinality(import_ids) = 0 OR NOT EXISTS (SELECT FROM reconcile.reconciliation r
            WHERE r.reconciliation_id = check_settlement.reconciliation_id AND r.name = 'order_settlement') THEN
        RETURN 0;
    END IF;
    IF NOT EXISTS (SELECT FROM reconcile.fee_schedule s WHERE s.merchant_id = check_settlement.merchant_id)
       AND NOT EXISTS (SELECT FROM reconcile.settlement_line l WHERE l.merchant_id = check_settlement.merchant_id AND l.kind = 'chargeback'
                       AND l.import_id = ANY (import_ids)) THEN
        RETURN 0;   -- nothing that settlement_findings() could find
    END IF;
    IF run_id IS NULL THEN
        SELECT count(*) INTO opened FROM reconcile.settlement_findings(check_settlement.merchant_id, import_ids);
        RETURN opened;
    END IF;
    INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, run_id, side, item_id, reason, item_date, amount, difference, currency, reference, narrative)
    SELECT l.merchant_id, check_settlement.reconciliation_id, check_settlement.run_id, 'right', f.item_id, f.reason, l.posted_on, f.amount, f.difference,
           l.currency, l.order_no, l.description
    FROM reconcile.settlement_findings(check_settlement.merchant_id, import_ids) f
    JOIN reconcile.settlement_line l ON l.merchant_id = check_settlement.merchant_id AND l.settlement_line_id = f.item_id
    ORDER BY l.posted_on, f.item_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.check_settlement(integer, integer, bigint, bigint[]) IS
    'Opens exceptions for what settlement_findings() finds in newly taken imports, or counts it where run_id is null';

CREATE FUNCTION reconcile.run_one(merchant_id integer, reconciliation_id integer, date_from date, date_to date, dry_run boolean,
    OUT run_id bigint, OUT left_items bigint, OUT right_items bigint, OUT matches bigint, OUT matched_left bigint, OUT matched_right bigint,
    OUT suggestions bigint, OUT exceptions bigint, OUT matched_amount numeric, OUT open_amount numeric,
    OUT adjusted_amount numeric) RETURNS record
    LANGUAGE c AS 'MODULE_PATHNAME', 'reconcile_run_one';
COMMENT ON FUNCTION reconcile.run_one(integer, integer, date, date, boolean) IS 'One reconciliation of one merchant by the engine; run() is what people call';

CREATE FUNCTION reconcile.refresh_statistics() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
DECLARE
    name text;
BEGIN
    -- That autovacuum is at a table just now is nothing to warn the caller of.
    -- Views over tables that have just grown from nothing are planned blindly until autovacuum comes by.
    FOR name IN SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = 'reconcile'::regnamespace AND pg_has_role(c.relowner, 'USAGE')
                  AND c.relname IN ('sales_order', 'settlement_line', 'payout', 'bank_line', 'match_group', 'allocation', 'open_balance', 'exception_log',
                                    'match_event', 'import_range')
                  AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 2 * c.relpages
                ORDER BY c.relname LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) reconcile.%I', name);
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.refresh_statistics() IS 'Analyzes tables of the extension that have more than doubled since they last were, unless somebody else does';

CREATE FUNCTION reconcile.warn_of_ownerless(pool_id integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p reconcile.item_pool;
    ownerless bigint;
BEGIN
    SELECT * INTO STRICT p FROM reconcile.item_pool x WHERE x.pool_id = warn_of_ownerless.pool_id;
    IF p.fact IS NOT NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = p.source AND a.attname = 'merchant_id' AND a.attnum > 0
                                         AND NOT a.attisdropped AND NOT a.attnotnull) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT count(*) FROM %s AS s WHERE s.merchant_id IS NULL', p.source) INTO ownerless;
    IF ownerless > 0 THEN
        RAISE WARNING '% rows of % have no merchant_id: they belong to no merchant and take no part', ownerless, p.source
            USING HINT = 'Give them a merchant_id (the table reconcile.merchant lists them; 1 is main), or a source without that column: its rows are of main.';
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.warn_of_ownerless(integer) IS 'Warns of rows of a source of the user''s own whose merchant_id is null; a column that is NOT NULL is not looked at';

CREATE FUNCTION reconcile.run_in_order(wanted text, from_date date, to_date date, dry boolean, merchant_code text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant_code);
    only_id integer := CASE WHEN wanted IS NOT NULL THEN reconcile.reconciliation_id(wanted) END;
    r record;
    one record;
    result jsonb := '[]';
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION 'date_from % is after date_to %', from_date, to_date USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Items from date_from to date_to, both included, take part.';
    END IF;
    PERFORM reconcile.lock_pools(m, (SELECT array_agg(p) FROM reconcile.reconciliation x, unnest(ARRAY[x.left_pool_id, x.right_pool_id]) AS p
                                     WHERE only_id IS NULL OR x.reconciliation_id = only_id));
    -- Where reconciliations share a pool, one takes what the next would see: a dry run of these is the run itself, rolled back.
    BEGIN
        FOR r IN SELECT x.reconciliation_id, x.name,
                        only_id IS NULL AND EXISTS (SELECT FROM reconcile.reconciliation y WHERE y.reconciliation_id <> x.reconciliation_id
                            AND ARRAY[y.left_pool_id, y.right_pool_id] && ARRAY[x.left_pool_id, x.right_pool_id]) AS shared
                 FROM reconcile.reconciliation x
                 WHERE CASE WHEN only_id IS NULL
                            -- One whose source was dropped is passed over; asked for by name, it is an error.
                            THEN NOT EXISTS (SELECT FROM reconcile.item_pool p WHERE p.pool_id IN (x.left_pool_id, x.right_pool_id)
                                             AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.source))
                                 AND (NOT x.when_fed OR reconcile.is_fed(m, x.reconciliation_id))
                                 AND (m = 1 OR reconcile.pool_has_merchant(x.left_pool_id) AND reconcile.pool_has_merchant(x.right_pool_id))
                            ELSE x.reconciliation_id = only_id END
                 ORDER BY x.position, x.reconciliation_id LOOP
            PERFORM reconcile.warn_of_ownerless(x.left_pool_id), reconcile.warn_of_ownerless(x.right_pool_id)
            FROM reconcile.reconciliation x WHERE x.reconciliation_id = r.reconciliation_id;
            SELECT * INTO one FROM reconcile.run_one(m, r.reconciliation_id, from_date, to_date, dry AND NOT r.shared);
            IF dry THEN
                one.run_id := NULL;
            END IF;
            result := result || (to_jsonb(one) || jsonb_build_object('reconciliation', r.name));
        END LOOP;
        IF dry THEN
            RAISE EXCEPTION USING ERRCODE = 'RC999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'RC999' THEN
        NULL;
    END;
    IF NOT dry THEN
        PERFORM reconcile.name_missing_payouts(m);
        PERFORM reconcile.refresh_statistics();
        PERFORM reconcile.audit('run', wanted, jsonb_build_object('merchant', merchant_code, 'date_from', from_date, 'date_to', to_date, 'result', result));
    END IF;
    RETURN result;
END $$;
COMMENT ON FUNCTION reconcile.run_in_order(text, date, date, boolean, text) IS 'The work of run(): each reconciliation in its order, one object each';

CREATE FUNCTION reconcile.run(reconciliation text DEFAULT NULL, date_from date DEFAULT NULL, date_to date DEFAULT NULL, dry_run boolean DEFAULT false,
    merchant text DEFAULT 'main')
    RETURNS TABLE (run_id bigint, reconciliation text, left_items bigint, right_items bigint, matches bigint, matched_left bigint, matched_right bigint,
                   suggestions bigint, exceptions bigint, matched_amount numeric, open_amount numeric, adjusted_amount numeric)
    LANGUAGE sql ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM jsonb_to_recordset(reconcile.run_in_order($1, $2, $3, coalesce($4, false), $5)) AS x (run_id bigint, reconciliation text,
        left_items bigint, right_items bigint, matches bigint, matched_left bigint, matched_right bigint, suggestions bigint, exceptions bigint,
        matched_amount numeric, open_amount numeric, adjusted_amount numeric) $$;
COMMENT ON FUNCTION reconcile.run(text, date, date, boolean, text) IS
    'Runs one reconciliation, or all in their order, over what is new and what is open. Items outside the dates take no part and are not counted. adjusted_amount is what was posted as adjustments. dry_run reports exactly what the run would write';

CREATE FUNCTION reconcile.pool_has_merchant(pool_id integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT reconcile.source_has(p.source, 'merchant_id') FROM reconcile.item_pool p WHERE p.pool_id = pool_has_merchant.pool_id $$;
COMMENT ON FUNCTION reconcile.pool_has_merchant(integer) IS 'Whether the items of a pool say whose they are; those that do not belong to merchant main';
