-- period_reconciliation.sql: the record of a reconciliation by day, week or month: what either side held, what was matched, what differs and how that was
-- settled; and the closing of periods, which keeps these figures.

CREATE FUNCTION reconcile.compared_items(reconciliation_id integer, side reconcile.side) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('SELECT %L::reconcile.side AS side, %s AS pool_id, s.item_id::bigint AS item_id, %s AS item_date, %s AS currency, %s AS amount, %s AS compared FROM %s AS s WHERE %s',
        compared_items.side, p.pool_id,
        CASE WHEN reconcile.source_has(p.source, 'item_date') THEN 's.item_date::date' ELSE 'NULL::date' END,
        CASE WHEN reconcile.source_has(p.source, 'currency') THEN 's.currency::text' ELSE 'NULL::text' END,
        reconcile.amount_of_item(p.source),
        CASE WHEN c.column_name IS NULL THEN reconcile.amount_of_item(p.source) ELSE format('coalesce(s.%I::numeric, 0)', c.column_name) END, p.source,
        CASE WHEN reconcile.source_has(p.source, 'merchant_id') THEN 's.merchant_id = $1' ELSE '$1 = 1' END)
    FROM reconcile.reconciliation r
    JOIN reconcile.item_pool p ON p.pool_id = CASE compared_items.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END
    -- All rules of a reconciliation compare the same columns.
    LEFT JOIN LATERAL (SELECT u.options->>(compared_items.side || '_compare') AS column_name FROM reconcile.current_rule u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.active LIMIT 1) c ON true
    WHERE r.reconciliation_id = compared_items.reconciliation_id $$;
COMMENT ON FUNCTION reconcile.compared_items(integer, reconcile.side) IS
    'The query that reads one side of a reconciliation for the merchant $1: each item with its amount and with what of it the rules compare';

CREATE FUNCTION reconcile.check_period_unit(unit text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF unit IS NULL OR unit NOT IN ('day', 'week', 'month') THEN
        RAISE EXCEPTION 'unit "%" is not known', coalesce(unit, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'Units: day, week, month.';
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.check_period_unit(text) IS 'Raises when there is no such unit of periods; the hint lists them';

-- With the owner's rights, so that who may not read the items (they hold personal data) may read their sums: of merchants all of whose rows are theirs.
CREATE FUNCTION reconcile.sum_periods(merchant_id integer, reconciliation_id integer, unit text, first_day date, last_day date)
    RETURNS TABLE (period_from date, period_through date, currency text, left_count bigint, left_amount numeric, right_count bigint, right_amount numeric, difference numeric,
                   matched_left bigint, matched_left_amount numeric, matched_right bigint, matched_right_amount numeric,
                   elsewhere_left bigint, elsewhere_left_amount numeric, elsewhere_right bigint, elsewhere_right_amount numeric,
                   open_left bigint, open_left_amount numeric, open_right bigint, open_right_amount numeric,
                   timing numeric, adjusted numeric, residual numeric, not_compared_left numeric, not_compared_right numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF sum_periods.merchant_id <> ALL (reconcile.whole_merchants()) THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($query$
    WITH item AS MATERIALIZED (
        SELECT x.*, CASE WHEN $3 IS NULL THEN coalesce($4, '-infinity') ELSE greatest(date_trunc($3, x.item_date::timestamp)::date, $4) END AS period
        FROM (%1$s UNION ALL %2$s) x
        WHERE ($4 IS NULL OR x.item_date >= $4) AND ($5 IS NULL OR x.item_date <= $5)),
    -- What the matches that stand take of the items, of this reconciliation and of others that share a pool with it.
    taken AS MATERIALIZED (
        SELECT i.side, i.item_id, i.item_date, i.period, i.currency, a.match_id, a.amount, g.reconciliation_id = $2 AS ours, g.left_count + g.right_count AS size,
               CASE WHEN a.amount = i.amount OR i.amount = 0 THEN i.compared WHEN i.compared = i.amount THEN a.amount ELSE round(i.compared * a.amount / i.amount, 6) END AS compared
        FROM item i
        JOIN reconcile.allocation a ON a.merchant_id = $1 AND a.pool_id = i.pool_id AND a.item_id = i.item_id
        JOIN reconcile.match_group g ON g.merchant_id = $1 AND g.match_id = a.match_id
        WHERE NOT EXISTS (SELECT FROM reconcile.match_event v WHERE v.merchant_id = $1 AND v.match_id = a.match_id AND v.event = 'reversed')),
    used AS (
        SELECT t.side, t.item_id, sum(t.amount) AS amount, bool_or(t.ours) AS ours, coalesce(sum(t.compared) FILTER (WHERE t.ours), 0) AS here,
               coalesce(sum(t.compared) FILTER (WHERE NOT t.ours), 0) AS elsewhere
        FROM taken t GROUP BY t.side, t.item_id),
    state AS MATERIALIZED (
        SELECT i.side, i.item_id, i.period, i.currency, i.amount, i.compared, coalesce(u.here, 0) AS here, coalesce(u.elsewhere, 0) AS elsewhere,
               CASE WHEN u.item_id IS NULL OR u.amount <> i.amount THEN 'open' WHEN u.ours THEN 'here' ELSE 'elsewhere' END AS state
        FROM item i LEFT JOIN used u ON u.side = i.side AND u.item_id = i.item_id),
    sides AS (
        SELECT s.period, s.currency,
               count(*) FILTER (WHERE s.side = 'left') AS left_count, coalesce(sum(s.compared) FILTER (WHERE s.side = 'left'), 0) AS left_amount,
               count(*) FILTER (WHERE s.side = 'right') AS right_count, coalesce(sum(s.compared) FILTER (WHERE s.side = 'right'), 0) AS right_amount,
               count(*) FILTER (WHERE s.side = 'left' AND s.state = 'here') AS matched_left, coalesce(sum(s.here) FILTER (WHERE s.side = 'left'), 0) AS matched_left_amount,
               count(*) FILTER (WHERE s.side = 'right' AND s.state = 'here') AS matched_right, coalesce(sum(s.here) FILTER (WHERE s.side = 'right'), 0) AS matched_right_amount,
               count(*) FILTER (WHERE s.side = 'left' AND s.state = 'elsewhere') AS elsewhere_left, coalesce(sum(s.elsewhere) FILTER (WHERE s.side = 'left'), 0) AS elsewhere_left_amount,
               count(*) FILTER (WHERE s.side = 'right' AND s.state = 'elsewhere') AS elsewhere_right, coalesce(sum(s.elsewhere) FILTER (WHERE s.side = 'right'), 0) AS elsewhere_right_amount,
               count(*) FILTER (WHERE s.side = 'left' AND s.state = 'open') AS open_left, coalesce(sum(s.compared - s.here - s.elsewhere) FILTER (WHERE s.side = 'left'), 0) AS open_left_amount,
               count(*) FILTER (WHERE s.side = 'right' AND s.state = 'open') AS open_right, coalesce(sum(s.compared - s.here - s.elsewhere) FILTER (WHERE s.side = 'right'), 0) AS open_right_amount,
               coalesce(sum(s.amount - s.compared) FILTER (WHERE s.side = 'left'), 0) AS not_compared_left,
               coalesce(sum(s.amount - s.compared) FILTER (WHERE s.side = 'right'), 0) AS not_compared_right
        FROM state s GROUP BY s.period, s.currency),
    -- Per match and period: left less right. What a match that reaches over several periods is off as a whole belongs to the last of them.
    held AS MATERIALIZED (
        SELECT t.match_id, t.period, t.currency, sum(CASE t.side WHEN 'left' THEN t.compared ELSE -t.compared END) AS excess, count(*) AS items, max(t.size) AS size
        FROM taken t WHERE t.ours GROUP BY t.match_id, t.period, t.currency),
    crossing AS MATERIALIZED (SELECT DISTINCT h.match_id FROM held h WHERE h.items <> h.size),
    -- Their items of other days than those asked for.
    beyond AS MATERIALIZED (
        SELECT a.match_id, a.side, a.item_id, a.amount
        FROM crossing c
        JOIN reconcile.allocation a ON a.merchant_id = $1 AND a.match_id = c.match_id
        WHERE ($4 IS NOT NULL OR $5 IS NOT NULL)
          AND NOT EXISTS (SELECT FROM taken t WHERE t.match_id = a.match_id AND t.side = a.side AND t.item_id = a.item_id)),
    reach AS (
        SELECT x.match_id, sum(CASE x.side WHEN 'left' THEN x.compared ELSE -x.compared END) AS excess,
               (array_agg(x.item_date ORDER BY x.item_date DESC NULLS LAST, x.currency))[1] AS last_day, (array_agg(x.currency ORDER BY x.item_date DESC NULLS LAST, x.currency))[1] AS currency
        FROM (SELECT t.match_id, t.side, t.item_date, t.currency, t.compared FROM taken t JOIN crossing c ON c.match_id = t.match_id
              UNION ALL
              SELECT b.match_id, b.side, i.item_date, i.currency,
                     CASE WHEN b.amount = i.amount OR i.amount = 0 THEN i.compared WHEN i.compared = i.amount THEN b.amount ELSE round(i.compared * b.amount / i.amount, 6) END
              FROM beyond b JOIN (%1$s UNION ALL %2$s) i ON i.side = b.side AND i.item_id = b.item_id) x
        GROUP BY x.match_id),
    result AS (
        SELECT h.match_id, h.period, h.currency, h.excess FROM held h WHERE h.items = h.size
        UNION ALL
        SELECT r.match_id, CASE WHEN $3 IS NULL THEN coalesce($4, '-infinity') ELSE greatest(date_trunc($3, r.last_day::timestamp)::date, $4) END, r.currency, r.excess
        FROM reach r WHERE ($4 IS NULL OR r.last_day >= $4) AND ($5 IS NULL OR r.last_day <= $5)),
    within AS (
        SELECT r.period, r.currency, sum(r.excess) AS excess, coalesce(sum(j.amount), 0) AS adjusted
        FROM result r
        LEFT JOIN (SELECT x.match_id, sum(x.amount) AS amount FROM reconcile.adjustment x WHERE x.merchant_id = $1 AND x.match_id IS NOT NULL GROUP BY x.match_id) j ON j.match_id = r.match_id
        GROUP BY r.period, r.currency),
    moved AS (SELECT h.period, h.currency, sum(h.excess) AS excess FROM held h GROUP BY h.period, h.currency),
    -- Orders of which something is open and was settled otherwise than by money.
    written_off AS (
        SELECT s.period, s.currency, sum(j.amount) AS amount
        FROM state s
        JOIN reconcile.reconciliation r ON r.reconciliation_id = $2 AND r.name IN ('order_settlement', 'order_bank')
        JOIN reconcile.adjustment j ON j.merchant_id = $1 AND j.order_id = s.item_id AND j.match_id IS NULL
        WHERE s.side = 'left' AND s.state = 'open' GROUP BY s.period, s.currency)
    SELECT CASE WHEN $3 IS NULL THEN $4 ELSE s.period END,
           CASE WHEN $3 IS NULL THEN $5 ELSE least((date_trunc($3, s.period::timestamp) + ('1 ' || $3)::interval)::date - 1, $5) END,
           s.currency, s.left_count, s.left_amount, s.right_count, s.right_amount, s.left_amount - s.right_amount,
           s.matched_left, s.matched_left_amount, s.matched_right, s.matched_right_amount,
           s.elsewhere_left, s.elsewhere_left_amount, s.elsewhere_right, s.elsewhere_right_amount, s.open_left, s.open_left_amount, s.open_right, s.open_right_amount,
           t.timing, t.adjusted, t.within + s.open_left_amount - s.open_right_amount - t.adjusted, s.not_compared_left, s.not_compared_right
    FROM sides s
    LEFT JOIN within w ON w.period IS NOT DISTINCT FROM s.period AND w.currency IS NOT DISTINCT FROM s.currency
    LEFT JOIN moved m ON m.period IS NOT DISTINCT FROM s.period AND m.currency IS NOT DISTINCT FROM s.currency
    LEFT JOIN written_off o ON o.period IS NOT DISTINCT FROM s.period AND o.currency IS NOT DISTINCT FROM s.currency
    CROSS JOIN LATERAL (SELECT coalesce(w.excess, 0) AS within, coalesce(m.excess, 0) - coalesce(w.excess, 0) AS timing, coalesce(w.adjusted, 0) + coalesce(o.amount, 0) AS adjusted) t
    $query$, reconcile.compared_items(sum_periods.reconciliation_id, 'left'), reconcile.compared_items(sum_periods.reconciliation_id, 'right'))
    USING sum_periods.merchant_id, sum_periods.reconciliation_id, sum_periods.unit, sum_periods.first_day, sum_periods.last_day;
END $$;
COMMENT ON FUNCTION reconcile.sum_periods(integer, integer, text, date, date) IS
    'The sums of period_reconciliation() without its differences; unit null: all days as one period. Nothing for a role that does not see the whole merchant';

-- Differences ----------------------------------------------------------------------------------------------------------

CREATE VIEW reconcile.difference_record AS
SELECT e.merchant_id, r.name AS reconciliation, e.exception_id, e.item_date, e.side, e.item_id, e.reference, e.reason, e.currency, e.amount,
       coalesce(e.difference, CASE e.side WHEN 'left' THEN e.amount ELSE -e.amount END) AS difference, e.status,
       CASE WHEN e.status IN ('open', 'explained') THEN e.status
            WHEN e.settled_by_hand THEN coalesce(w.kind, 'comment')
            WHEN e.status = 'closed' THEN 'superseded'
            ELSE coalesce(m.kind, 'answered') END AS settlement,
       CASE WHEN e.settled_by_hand THEN w.amount ELSE m.amount END AS settled_amount,
       e.opened_at, e.closed_at AS settled_at, v.actor AS settled_by, v.note, n.comments
FROM reconcile.exception_log e
JOIN reconcile.reconciliation r USING (reconciliation_id)
-- Settled by write_off().
LEFT JOIN LATERAL (
    SELECT (array_agg(j.kind ORDER BY j.adjustment_id DESC))[1] AS kind, sum(j.amount) AS amount
    FROM reconcile.adjustment j
    WHERE e.settled_by_hand AND e.side = 'left' AND r.name IN ('order_settlement', 'order_bank')
      AND j.merchant_id = e.merchant_id AND j.order_id = e.item_id AND j.match_id IS NULL
    HAVING sum(j.amount) <> 0) w ON true
-- Settled by a match whose difference was posted.
LEFT JOIN LATERAL (
    SELECT (array_agg(j.kind ORDER BY j.adjustment_id DESC))[1] AS kind, sum(j.amount) AS amount
    FROM reconcile.adjustment j
    WHERE e.status = 'settled' AND NOT e.settled_by_hand AND j.merchant_id = e.merchant_id
      AND j.match_id IN (SELECT a.match_id FROM reconcile.allocation a
                         WHERE a.merchant_id = e.merchant_id AND a.pool_id = CASE e.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END AND a.item_id = e.item_id)
    HAVING sum(j.amount) <> 0) m ON true
LEFT JOIN LATERAL (
    SELECT x.actor, x.note FROM reconcile.exception_event x
    WHERE x.merchant_id = e.merchant_id AND x.exception_id = e.exception_id AND x.status = e.status
    ORDER BY x.exception_event_id DESC LIMIT 1) v ON true
CROSS JOIN LATERAL (SELECT count(*) AS comments FROM reconcile.exception_event x WHERE x.merchant_id = e.merchant_id AND x.exception_id = e.exception_id AND x.note IS NOT NULL) n;
COMMENT ON VIEW reconcile.difference_record IS 'Every difference that was found, standing or settled, and how it was settled';
COMMENT ON COLUMN reconcile.difference_record.item_date IS 'Day of the item: the difference belongs to its period';
COMMENT ON COLUMN reconcile.difference_record.amount IS 'What was open of the item when it was found, in units of currency';
COMMENT ON COLUMN reconcile.difference_record.difference IS 'Left less right, in units of currency; where the exception states none, the amount of its item';
COMMENT ON COLUMN reconcile.difference_record.status IS 'open, explained (stands, with a note), settled, closed';
COMMENT ON COLUMN reconcile.difference_record.settlement IS
    'How it was settled: open, explained (stands, somebody commented on it), answered (the counterpart came, or what was missing), write_off, fee, bank_fee, discount, rounding, fx_difference, claim (posted as such an adjustment), '
    'comment (a person closed it with a note and nothing was posted), superseded (another difference took its place, or what had found it was taken back)';
COMMENT ON COLUMN reconcile.difference_record.settled_amount IS 'What was posted as adjustments; null: nothing';
COMMENT ON COLUMN reconcile.difference_record.opened_at IS 'When it was found';
COMMENT ON COLUMN reconcile.difference_record.settled_at IS 'When it was settled; null: it stands';
COMMENT ON COLUMN reconcile.difference_record.settled_by IS 'The role that logged in and settled or explained it, or ran what did';
COMMENT ON COLUMN reconcile.difference_record.note IS 'What it wrote';
COMMENT ON COLUMN reconcile.difference_record.comments IS 'Notes that were written on it';

CREATE VIEW reconcile.period_difference AS
SELECT d.merchant_id, d.reconciliation, u.unit, date_trunc(u.unit, d.item_date::timestamp)::date AS period_from, (date_trunc(u.unit, d.item_date::timestamp) + ('1 ' || u.unit)::interval)::date - 1 AS period_through,
       d.currency, d.reason, d.settlement, count(*) AS differences, sum(d.difference) AS difference, coalesce(sum(d.settled_amount), 0) AS settled_amount, sum(d.comments)::bigint AS comments
FROM (VALUES ('day'), ('week'), ('month')) AS u (unit)
CROSS JOIN reconcile.difference_record d
GROUP BY d.merchant_id, d.reconciliation, u.unit, 4, 5, d.currency, d.reason, d.settlement;
COMMENT ON VIEW reconcile.period_difference IS 'Differences by period, reason and how they were settled; unit says how long the periods are: choose one';
COMMENT ON COLUMN reconcile.period_difference.unit IS 'day, week (from Monday) or month';
COMMENT ON COLUMN reconcile.period_difference.period_from IS 'First day of the period';
COMMENT ON COLUMN reconcile.period_difference.period_through IS 'Last day of the period';
COMMENT ON COLUMN reconcile.period_difference.settlement IS 'As difference_record.settlement';
COMMENT ON COLUMN reconcile.period_difference.differences IS 'How many';
COMMENT ON COLUMN reconcile.period_difference.difference IS 'Sum of the differences, left less right, in units of currency';
COMMENT ON COLUMN reconcile.period_difference.settled_amount IS 'What was posted for them as adjustments';
COMMENT ON COLUMN reconcile.period_difference.comments IS 'Notes that were written on them';

-- The record -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION reconcile.record_periods(merchant_id integer, reconciliation_id integer, unit text, first_day date, last_day date)
    RETURNS TABLE (period_from date, period_through date, currency text, left_count bigint, left_amount numeric, right_count bigint, right_amount numeric, difference numeric,
                   matched_left bigint, matched_left_amount numeric, matched_right bigint, matched_right_amount numeric,
                   elsewhere_left bigint, elsewhere_left_amount numeric, elsewhere_right bigint, elsewhere_right_amount numeric,
                   open_left bigint, open_left_amount numeric, open_right bigint, open_right_amount numeric,
                   timing numeric, adjusted numeric, residual numeric, not_compared_left numeric, not_compared_right numeric,
                   differences bigint, difference_amount numeric, differences_settled bigint, comments bigint, by_reason jsonb, by_settlement jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT CASE WHEN unit IS NULL THEN first_day ELSE greatest(date_trunc(unit, d.item_date::timestamp)::date, first_day) END AS period_from,
               CASE WHEN unit IS NULL THEN last_day ELSE least((date_trunc(unit, d.item_date::timestamp) + ('1 ' || unit)::interval)::date - 1, last_day) END AS period_through,
               d.currency, d.reason, d.settlement, d.difference, d.settled_amount, d.comments
        FROM reconcile.reconciliation r
        JOIN reconcile.difference_record d ON d.reconciliation = r.name
        WHERE r.reconciliation_id = $2 AND d.merchant_id = $1 AND (first_day IS NULL OR d.item_date >= first_day) AND (last_day IS NULL OR d.item_date <= last_day)
          AND $1 = ANY (reconcile.whole_merchants())),
    reasons AS (
        SELECT f.period_from, f.period_through, f.currency, jsonb_object_agg(f.reason, jsonb_build_object('count', f.n, 'difference', f.difference) ORDER BY f.reason) AS by_reason,
               sum(f.n)::bigint AS differences, sum(f.difference) AS difference, sum(f.settled)::bigint AS settled, sum(f.comments)::bigint AS comments
        FROM (SELECT x.period_from, x.period_through, x.currency, x.reason, count(*) AS n, sum(x.difference) AS difference,
                     count(*) FILTER (WHERE x.settlement NOT IN ('open', 'explained')) AS settled, sum(x.comments) AS comments
              FROM found x GROUP BY 1, 2, 3, 4) f
        GROUP BY f.period_from, f.period_through, f.currency),
    settlements AS (
        SELECT f.period_from, f.period_through, f.currency,
               jsonb_object_agg(f.settlement, jsonb_strip_nulls(jsonb_build_object('count', f.n, 'difference', f.difference, 'posted', f.posted)) ORDER BY f.settlement) AS by_settlement
        FROM (SELECT x.period_from, x.period_through, x.currency, x.settlement, count(*) AS n, sum(x.difference) AS difference, sum(x.settled_amount) AS posted FROM found x GROUP BY 1, 2, 3, 4) f
        GROUP BY f.period_from, f.period_through, f.currency),
    sums AS MATERIALIZED (SELECT * FROM reconcile.sum_periods($1, $2, unit, first_day, last_day)),
    days AS (
        SELECT s.period_from, s.period_through, s.currency FROM sums s
        UNION SELECT f.period_from, f.period_through, f.currency FROM reasons f)
    SELECT d.period_from, d.period_through, d.currency, coalesce(s.left_count, 0), coalesce(s.left_amount, 0), coalesce(s.right_count, 0), coalesce(s.right_amount, 0), coalesce(s.difference, 0),
           coalesce(s.matched_left, 0), coalesce(s.matched_left_amount, 0), coalesce(s.matched_right, 0), coalesce(s.matched_right_amount, 0),
           coalesce(s.elsewhere_left, 0), coalesce(s.elsewhere_left_amount, 0), coalesce(s.elsewhere_right, 0), coalesce(s.elsewhere_right_amount, 0),
           coalesce(s.open_left, 0), coalesce(s.open_left_amount, 0), coalesce(s.open_right, 0), coalesce(s.open_right_amount, 0),
           coalesce(s.timing, 0), coalesce(s.adjusted, 0), coalesce(s.residual, 0), coalesce(s.not_compared_left, 0), coalesce(s.not_compared_right, 0),
           coalesce(r.differences, 0), coalesce(r.difference, 0), coalesce(r.settled, 0), coalesce(r.comments, 0), coalesce(r.by_reason, '{}'), coalesce(t.by_settlement, '{}')
    FROM days d
    LEFT JOIN sums s ON s.period_from IS NOT DISTINCT FROM d.period_from AND s.currency IS NOT DISTINCT FROM d.currency
    LEFT JOIN reasons r ON r.period_from IS NOT DISTINCT FROM d.period_from AND r.currency IS NOT DISTINCT FROM d.currency
    LEFT JOIN settlements t ON t.period_from IS NOT DISTINCT FROM d.period_from AND t.currency IS NOT DISTINCT FROM d.currency
    ORDER BY 1, 3 $$;
COMMENT ON FUNCTION reconcile.record_periods(integer, integer, text, date, date) IS
    'The work of period_reconciliation(); unit null: all days as one period. Nothing for a role that does not see the whole merchant';

CREATE FUNCTION reconcile.takes_part(merchant_id integer, reconciliation_id integer) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (NOT r.when_fed OR reconcile.is_fed($1, $2)) AND ($1 = 1 OR reconcile.pool_has_merchant(r.left_pool_id) AND reconcile.pool_has_merchant(r.right_pool_id))
           AND NOT EXISTS (SELECT FROM reconcile.item_pool p WHERE p.pool_id IN (r.left_pool_id, r.right_pool_id) AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.source))
    FROM reconcile.reconciliation r WHERE r.reconciliation_id = $2 $$;
COMMENT ON FUNCTION reconcile.takes_part(integer, integer) IS 'Whether run() would work a reconciliation for a merchant: its sources exist, know the merchant and, where that is asked, are fed';

CREATE FUNCTION reconcile.period_reconciliation(reconciliation text, unit text DEFAULT 'month', date_from date DEFAULT NULL, date_through date DEFAULT NULL, merchant text DEFAULT 'main')
    RETURNS TABLE (period_from date, period_through date, currency text, left_count bigint, left_amount numeric, right_count bigint, right_amount numeric, difference numeric,
                   matched_left bigint, matched_left_amount numeric, matched_right bigint, matched_right_amount numeric,
                   elsewhere_left bigint, elsewhere_left_amount numeric, elsewhere_right bigint, elsewhere_right_amount numeric,
                   open_left bigint, open_left_amount numeric, open_right bigint, open_right_amount numeric,
                   timing numeric, adjusted numeric, residual numeric, not_compared_left numeric, not_compared_right numeric,
                   differences bigint, difference_amount numeric, differences_settled bigint, comments bigint, by_reason jsonb, by_settlement jsonb)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    r integer := reconcile.reconciliation_id(reconciliation);
    dropped text;
BEGIN
    PERFORM reconcile.check_period_unit(unit);
    IF date_from > date_through THEN
        RAISE EXCEPTION 'date_from % is after date_through %', date_from, date_through USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Days from date_from to date_through, both included, are counted.';
    END IF;
    IF NOT isfinite(coalesce(date_from, '2000-01-01')) OR NOT isfinite(coalesce(date_through, '2000-01-01')) THEN
        RAISE EXCEPTION 'a date is infinite' USING ERRCODE = 'invalid_parameter_value', HINT = 'NULL is no limit.';
    END IF;
    IF m <> ALL (reconcile.whole_merchants()) THEN
        RAISE EXCEPTION 'sums of merchant "%" are for those who see all of it', merchant USING ERRCODE = 'insufficient_privilege', HINT = 'A role limited to shops sees their items: reconcile.open_item, reconcile.exception.';
    END IF;
    SELECT CASE p.pool_id WHEN x.left_pool_id THEN 'left' ELSE 'right' END INTO dropped
    FROM reconcile.reconciliation x JOIN reconcile.item_pool p ON p.pool_id IN (x.left_pool_id, x.right_pool_id)
    WHERE x.reconciliation_id = r AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.source) ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the % source of reconciliation "%" was dropped', dropped, reconciliation USING ERRCODE = 'undefined_table',
            HINT = 'The figures of closed periods stand in reconcile.period_figures.';
    END IF;
    RETURN QUERY SELECT * FROM reconcile.record_periods(m, r, unit, date_from, date_through);
END $$;
COMMENT ON FUNCTION reconcile.period_reconciliation(text, text, date, date, text) IS
    'The record of a reconciliation by day, week or month and currency, as it stands now: what either side holds, what is matched and open, and difference = timing + elsewhere_left_amount - elsewhere_right_amount + adjusted + residual; '
    'the differences found, by reason and by how they were settled. Items belong to the period of their day. The view period_reconciliation is the same for reports; its columns say what each figure is';

CREATE VIEW reconcile.period_reconciliation AS
SELECT m.merchant_id, r.name AS reconciliation, u.unit, p.*
FROM reconcile.merchant m
CROSS JOIN reconcile.reconciliation r
CROSS JOIN (VALUES ('day'), ('week'), ('month')) AS u (unit)
CROSS JOIN LATERAL reconcile.record_periods(m.merchant_id, r.reconciliation_id, u.unit, NULL, NULL) p
WHERE reconcile.takes_part(m.merchant_id, r.reconciliation_id);
COMMENT ON VIEW reconcile.period_reconciliation IS 'period_reconciliation() of every reconciliation and unit over all days: choose a unit and a reconciliation';

-- Closing --------------------------------------------------------------------------------------------------------------

CREATE TABLE reconcile.period_figure (
    merchant_id integer NOT NULL,
    period_id bigint NOT NULL,
    reconciliation_id integer NOT NULL,
    position smallint NOT NULL,
    currency text,
    left_count bigint NOT NULL,
    left_amount numeric NOT NULL,
    right_count bigint NOT NULL,
    right_amount numeric NOT NULL,
    difference numeric NOT NULL,
    matched_left bigint NOT NULL,
    matched_left_amount numeric NOT NULL,
    matched_right bigint NOT NULL,
    matched_right_amount numeric NOT NULL,
    elsewhere_left bigint NOT NULL,
    elsewhere_left_amount numeric NOT NULL,
    elsewhere_right bigint NOT NULL,
    elsewhere_right_amount numeric NOT NULL,
    open_left bigint NOT NULL,
    open_left_amount numeric NOT NULL,
    open_right bigint NOT NULL,
    open_right_amount numeric NOT NULL,
    timing numeric NOT NULL,
    adjusted numeric NOT NULL,
    residual numeric NOT NULL,
    not_compared_left numeric NOT NULL,
    not_compared_right numeric NOT NULL,
    differences bigint NOT NULL,
    difference_amount numeric NOT NULL,
    differences_settled bigint NOT NULL,
    comments bigint NOT NULL,
    by_reason jsonb NOT NULL,
    by_settlement jsonb NOT NULL,
    forward_left bigint NOT NULL,
    forward_left_amount numeric NOT NULL,
    forward_right bigint NOT NULL,
    forward_right_amount numeric NOT NULL,
    PRIMARY KEY (merchant_id, period_id, reconciliation_id, position)
);
COMMENT ON TABLE reconcile.period_figure IS 'Figures of periods as they were when each was closed: kept by close_period(), never changed; the view period_figures shows them by name';
COMMENT ON COLUMN reconcile.period_figure.period_id IS 'The period, see period_log';
COMMENT ON COLUMN reconcile.period_figure.position IS 'Tells currencies apart';

CREATE VIEW reconcile.period_figures AS
SELECT f.merchant_id, f.period_id, p.date_from, p.date_through, p.status, p.closed_at, p.closed_by, r.name AS reconciliation, f.currency,
       f.left_count, f.left_amount, f.right_count, f.right_amount, f.difference, f.matched_left, f.matched_left_amount, f.matched_right, f.matched_right_amount,
       f.elsewhere_left, f.elsewhere_left_amount, f.elsewhere_right, f.elsewhere_right_amount, f.open_left, f.open_left_amount, f.open_right, f.open_right_amount,
       f.timing, f.adjusted, f.residual, f.not_compared_left, f.not_compared_right, f.differences, f.difference_amount, f.differences_settled,
       f.differences - f.differences_settled AS differences_open, f.comments, f.by_reason, f.by_settlement,
       f.forward_left, f.forward_left_amount, f.forward_right, f.forward_right_amount
FROM reconcile.period_figure f
JOIN reconcile.period_log p ON p.merchant_id = f.merchant_id AND p.period_id = f.period_id
JOIN reconcile.reconciliation r ON r.reconciliation_id = f.reconciliation_id;
COMMENT ON VIEW reconcile.period_figures IS 'Figures of closed (and reopened) periods as they were at the closing, by reconciliation and currency; compare_period() says what has changed since';
COMMENT ON COLUMN reconcile.period_figures.period_id IS 'Number of the period, see view period';
COMMENT ON COLUMN reconcile.period_figures.date_from IS 'First day; null: all days before as well';
COMMENT ON COLUMN reconcile.period_figures.date_through IS 'Last day';
COMMENT ON COLUMN reconcile.period_figures.status IS 'closed, reopened (was closed)';
COMMENT ON COLUMN reconcile.period_figures.closed_at IS 'When it was closed: the moment of the figures';
COMMENT ON COLUMN reconcile.period_figures.closed_by IS 'The role that logged in and closed it';
COMMENT ON COLUMN reconcile.period_figures.differences_open IS 'Of the differences, those nobody had settled';

-- What each figure is, wherever it stands.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        WITH word (name, comment) AS (VALUES
            ('unit', 'day, week (from Monday) or month'),
            ('period_from', 'First day of the period; null: items without a day'),
            ('period_through', 'Last day of the period'),
            ('left_count', 'Left items of the period'),
            ('left_amount', 'Sum of what of them is compared, in units of currency (pieces where goods are compared)'),
            ('right_count', 'Right items of the period'),
            ('right_amount', 'Sum of what of them is compared'),
            ('difference', 'left_amount less right_amount = timing + elsewhere_left_amount - elsewhere_right_amount + adjusted + residual'),
            ('matched_left', 'Left items wholly matched'),
            ('matched_left_amount', 'What is matched of left items'),
            ('matched_right', 'Right items wholly matched'),
            ('matched_right_amount', 'What is matched of right items'),
            ('elsewhere_left', 'Left items that another reconciliation of the same pool matched'),
            ('elsewhere_left_amount', 'What it took of left items'),
            ('elsewhere_right', 'Right items that another reconciliation of the same pool matched, such as bank lines of another kind'),
            ('elsewhere_right_amount', 'What it took of right items'),
            ('open_left', 'Left items of which something is open'),
            ('open_left_amount', 'What is open of left items'),
            ('open_right', 'Right items of which something is open'),
            ('open_right_amount', 'What is open of right items'),
            ('timing', 'Left less right of matches that reach into other periods: what comes sooner or later; 0 over all periods together'),
            ('adjusted', 'What was settled by adjustments: differences of matches that were posted, and orders written off'),
            ('residual', 'What nothing answers: open left less open right, differences within matches that were not posted, less what was written off'),
            ('not_compared_left', 'What of the amounts is not compared, such as fees: left_amount and this are the sum of the source'),
            ('not_compared_right', 'What of the amounts is not compared, such as fees and refunds of platforms: right_amount and this are the sum of the source'),
            ('differences', 'Differences found on items of the period, standing and settled, see difference_record'),
            ('difference_amount', 'Their sum, left less right'),
            ('differences_settled', 'Of these, those that are settled'),
            ('comments', 'Notes that were written on them'),
            ('forward_left', 'Left items of earlier days of which something was open at the closing: brought forward'),
            ('forward_left_amount', 'What was open of them'),
            ('forward_right', 'Right items of earlier days of which something was open at the closing: brought forward'),
            ('forward_right_amount', 'What was open of them'),
            ('by_reason', 'The differences by reason: {"missing_right": {"count": 1, "difference": 399.00}}'),
            ('by_settlement', 'The differences by how they were settled, see difference_record.settlement; posted: sum of the adjustments'))
        SELECT k.relname, a.attname, w.comment
        FROM pg_catalog.pg_class k
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.oid AND a.attnum > 0
        JOIN word w ON w.name = a.attname
        WHERE k.relnamespace = 'reconcile'::regnamespace AND k.relname IN ('period_reconciliation', 'period_figure', 'period_figures')
    LOOP
        EXECUTE format('COMMENT ON COLUMN reconcile.%I.%I IS %L', c.relname, c.attname, c.comment);
    END LOOP;
END $$;

-- What is open is found without reading what is closed.
CREATE FUNCTION reconcile.open_before(merchant_id integer, reconciliation_id integer, day date)
    RETURNS TABLE (currency text, left_count bigint, left_amount numeric, right_count bigint, right_amount numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    s record;
    sides text := '';
BEGIN
    IF day IS NULL OR open_before.merchant_id <> ALL (reconcile.whole_merchants()) THEN
        RETURN;
    END IF;
    FOR s IN SELECT x.side, x.pool_id, p.fact IS NOT NULL AS is_fact FROM reconcile.reconciliation r
             CROSS JOIN LATERAL (VALUES ('left'::reconcile.side, r.left_pool_id), ('right', r.right_pool_id)) AS x (side, pool_id)
             JOIN reconcile.item_pool p ON p.pool_id = x.pool_id
             WHERE r.reconciliation_id = open_before.reconciliation_id LOOP
        -- A fact table has an index on its id: OFFSET 0 keeps them look-ups, as in source_items().
        sides := concat_ws(' UNION ALL ', nullif(sides, ''), format('SELECT i.side, i.currency, i.amount, i.compared, o.amount AS left_over FROM (%s SELECT a.item_id, a.amount FROM reconcile.arrived_items($1, %s) a WHERE a.item_date < $2) o %s',
            CASE WHEN s.is_fact THEN format('SELECT b.item_id, b.amount FROM reconcile.open_balance b WHERE b.merchant_id = $1 AND b.pool_id = %s AND b.item_date < $2 UNION ALL', s.pool_id) ELSE '' END,
            s.pool_id,
            CASE WHEN s.is_fact THEN format('CROSS JOIN LATERAL (%s AND s.item_id = o.item_id OFFSET 0) i', reconcile.compared_items(open_before.reconciliation_id, s.side))
                 ELSE format('JOIN (%s) i ON i.item_id = o.item_id', reconcile.compared_items(open_before.reconciliation_id, s.side)) END));
    END LOOP;
    RETURN QUERY EXECUTE format('SELECT x.currency, count(*) FILTER (WHERE x.side = ''left''), coalesce(sum(x.left_over) FILTER (WHERE x.side = ''left''), 0),
                                        count(*) FILTER (WHERE x.side = ''right''), coalesce(sum(x.left_over) FILTER (WHERE x.side = ''right''), 0)
                                 FROM (SELECT y.side, y.currency, CASE WHEN y.left_over = y.amount OR y.amount = 0 THEN y.compared WHEN y.compared = y.amount THEN y.left_over
                                                                       ELSE round(y.compared * y.left_over / y.amount, 6) END AS left_over FROM (%s) y) x
                                 GROUP BY x.currency', sides) USING open_before.merchant_id, open_before.day;
END $$;
COMMENT ON FUNCTION reconcile.open_before(integer, integer, date) IS 'What is open now of items of days before one, by currency: counts, and sums of what is compared. Nothing for a role that does not see the whole merchant';

CREATE FUNCTION reconcile.closing_figures(merchant_id integer, reconciliation_id integer, first_day date, last_day date) RETURNS SETOF reconcile.period_figure
    LANGUAGE sql STABLE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
    SELECT $1, 0::bigint, $2, row_number() OVER (ORDER BY coalesce(f.currency, b.currency))::smallint, coalesce(f.currency, b.currency),
           coalesce(f.left_count, 0), coalesce(f.left_amount, 0), coalesce(f.right_count, 0), coalesce(f.right_amount, 0), coalesce(f.difference, 0),
           coalesce(f.matched_left, 0), coalesce(f.matched_left_amount, 0), coalesce(f.matched_right, 0), coalesce(f.matched_right_amount, 0),
           coalesce(f.elsewhere_left, 0), coalesce(f.elsewhere_left_amount, 0), coalesce(f.elsewhere_right, 0), coalesce(f.elsewhere_right_amount, 0),
           coalesce(f.open_left, 0), coalesce(f.open_left_amount, 0), coalesce(f.open_right, 0), coalesce(f.open_right_amount, 0),
           coalesce(f.timing, 0), coalesce(f.adjusted, 0), coalesce(f.residual, 0), coalesce(f.not_compared_left, 0), coalesce(f.not_compared_right, 0),
           coalesce(f.differences, 0), coalesce(f.difference_amount, 0), coalesce(f.differences_settled, 0), coalesce(f.comments, 0), coalesce(f.by_reason, '{}'), coalesce(f.by_settlement, '{}'),
           coalesce(b.left_count, 0), coalesce(b.left_amount, 0), coalesce(b.right_count, 0), coalesce(b.right_amount, 0)
    FROM reconcile.record_periods($1, $2, NULL, first_day, last_day) f
    FULL JOIN reconcile.open_before($1, $2, first_day) b ON coalesce(b.currency, '') = coalesce(f.currency, '') $$;
COMMENT ON FUNCTION reconcile.closing_figures(integer, integer, date, date) IS 'The figures of a period as they stand now, as close_period() keeps them';

CREATE FUNCTION reconcile.check_period_end(merchant_id integer, through date) RETURNS date
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed date := reconcile.closed_through(check_period_end.merchant_id);
BEGIN
    IF through IS NULL OR NOT isfinite(through) THEN
        RAISE EXCEPTION 'the last day of the period must be given' USING ERRCODE = 'null_value_not_allowed', HINT = 'For example close_period(''2026-06-30'').';
    ELSIF through > reconcile.business_date() THEN
        RAISE EXCEPTION 'the period through % is not over', through USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Days up to %s, the business date, can be closed.', reconcile.business_date());
    ELSIF through <= closed THEN
        RAISE EXCEPTION 'days through % are closed already', closed USING ERRCODE = 'RC013', HINT = format('reopen_period(''%s'', note) opens the last period again.', closed);
    END IF;
    RETURN closed + 1;
END $$;
COMMENT ON FUNCTION reconcile.check_period_end(integer, date) IS 'The first day of the period that would end with a day, NULL where it is the first period; an error when it cannot end so';

CREATE FUNCTION reconcile.prepare_period(through date, note text DEFAULT NULL, merchant text DEFAULT 'main') RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    first_day date;
    new_id bigint;
BEGIN
    PERFORM reconcile.take_periods(m);
    first_day := reconcile.check_period_end(m, through);
    INSERT INTO reconcile.period_log AS p (merchant_id, date_from, date_through, status, prepared_at, prepared_by, prepare_note)
    VALUES (m, first_day, through, 'prepared', clock_timestamp(), session_user, prepare_period.note)
    ON CONFLICT (merchant_id) WHERE status = 'prepared' DO UPDATE SET date_from = excluded.date_from, date_through = excluded.date_through,
        prepared_at = excluded.prepared_at, prepared_by = excluded.prepared_by, prepare_note = excluded.prepare_note
    RETURNING p.period_id INTO new_id;
    PERFORM reconcile.audit('prepare_period', to_char(through, 'YYYY-MM-DD'), jsonb_build_object('merchant', merchant, 'period_id', new_id, 'note', note));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.prepare_period(date, text, text) IS
    'Says that the days since the last closing, through a day, are ready to be closed, by another person where reconcile.four_eyes is on; nothing is closed yet. A second call takes the place of the first; returns period_id';

CREATE FUNCTION reconcile.close_period(through date, note text DEFAULT NULL, merchant text DEFAULT 'main') RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    first_day date;
    p reconcile.period_log;
    new_id bigint;
BEGIN
    PERFORM reconcile.take_periods(m);
    first_day := reconcile.check_period_end(m, through);
    SELECT * INTO p FROM reconcile.period_log x WHERE x.merchant_id = m AND x.status = 'prepared';
    IF reconcile.four_eyes() THEN
        IF p.date_through IS DISTINCT FROM through THEN
            RAISE EXCEPTION 'the period through % is not prepared', through USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'With reconcile.four_eyes on, prepare_period() by one person comes before close_period() by another.';
        END IF;
        PERFORM reconcile.check_four_eyes(p.prepared_by, format('the period through %s', through));
    END IF;
    IF p.date_through = through THEN
        UPDATE reconcile.period_log x SET status = 'closed', date_from = first_day, closed_at = clock_timestamp(), closed_by = session_user, note = close_period.note
        WHERE x.merchant_id = m AND x.period_id = p.period_id
        RETURNING x.period_id INTO new_id;
    ELSE
        -- What was prepared is of other days: a part of it now has no sense.
        DELETE FROM reconcile.period_log x WHERE x.merchant_id = m AND x.status = 'prepared';
        INSERT INTO reconcile.period_log (merchant_id, date_from, date_through, status, closed_at, closed_by, note)
        VALUES (m, first_day, through, 'closed', clock_timestamp(), session_user, close_period.note)
        RETURNING period_id INTO new_id;
    END IF;
    INSERT INTO reconcile.period_figure
    SELECT m, new_id, f.reconciliation_id, f.position,
           f.currency, f.left_count, f.left_amount, f.right_count, f.right_amount, f.difference, f.matched_left, f.matched_left_amount, f.matched_right,
           f.matched_right_amount, f.elsewhere_left, f.elsewhere_left_amount, f.elsewhere_right, f.elsewhere_right_amount, f.open_left, f.open_left_amount,
           f.open_right, f.open_right_amount, f.timing, f.adjusted, f.residual, f.not_compared_left, f.not_compared_right, f.differences, f.difference_amount,
           f.differences_settled, f.comments, f.by_reason, f.by_settlement, f.forward_left, f.forward_left_amount, f.forward_right, f.forward_right_amount
    FROM reconcile.reconciliation r
    CROSS JOIN LATERAL reconcile.closing_figures(m, r.reconciliation_id, first_day, through) f
    WHERE reconcile.takes_part(m, r.reconciliation_id)
    ORDER BY f.reconciliation_id, f.position;
    PERFORM reconcile.audit('close_period', to_char(through, 'YYYY-MM-DD'), jsonb_build_object('merchant', merchant, 'period_id', new_id, 'date_from', first_day, 'prepared_by', CASE WHEN p.date_through = through THEN p.prepared_by END, 'note', note));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.close_period(date, text, text) IS
    'Closes the days since the last closing, through a day: new facts of these days, taking back their imports, and taking back matches that were made before are refused from then on (SQLSTATE RC013); '
    'open items may still be matched and differences settled. Keeps the figures in period_figures; waits for imports and runs that are under way; returns period_id';

CREATE FUNCTION reconcile.reopen_period(through date, note text, merchant text DEFAULT 'main') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    closed date;
    reopened bigint;
BEGIN
    IF coalesce(note, '') = '' THEN
        RAISE EXCEPTION 'reopening a period needs a note' USING ERRCODE = 'null_value_not_allowed', HINT = 'Say what has to be changed.';
    END IF;
    PERFORM reconcile.take_periods(m);
    closed := reconcile.closed_through(m);
    IF through IS DISTINCT FROM closed OR closed IS NULL THEN
        RAISE EXCEPTION 'the last period that is closed does not end with %', coalesce(through::text, 'NULL') USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = coalesce('It ends with ' || closed || '. Periods are reopened from the last one backwards.', 'No period is closed.');
    END IF;
    UPDATE reconcile.period_log x SET status = 'reopened', reopened_at = clock_timestamp(), reopened_by = session_user, reopen_note = reopen_period.note
    WHERE x.merchant_id = m AND x.date_through = through AND x.status = 'closed'
    RETURNING x.period_id INTO reopened;
    -- Prepared was what follows it.
    DELETE FROM reconcile.period_log x WHERE x.merchant_id = m AND x.status = 'prepared';
    -- Files of which rows were refused can bring them now.
    UPDATE reconcile.import x SET readable_again = true
    WHERE x.merchant_id = m AND x.status = 'imported' AND NOT x.readable_again AND x.rows_rejected > 0
      AND EXISTS (SELECT FROM reconcile.rejected_row j WHERE j.merchant_id = m AND j.import_id = x.import_id AND j.reason_code = 'closed_period');
    PERFORM reconcile.audit('reopen_period', to_char(through, 'YYYY-MM-DD'), jsonb_build_object('merchant', merchant, 'period_id', reopened, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.reopen_period(date, text, text) IS
    'Opens the last closed period again; its closing figures stay. Files of which rows were refused can be imported again, which brings those rows';

CREATE FUNCTION reconcile.compare_period(through date, merchant text DEFAULT 'main', unchanged boolean DEFAULT false)
    RETURNS TABLE (reconciliation text, currency text, figure text, at_closing numeric, at_present numeric, change numeric)
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m integer := reconcile.merchant_id(merchant);
    p reconcile.period_log;
BEGIN
    SELECT * INTO p FROM reconcile.period_log x WHERE x.merchant_id = m AND x.date_through = through AND x.closed_at IS NOT NULL ORDER BY x.period_id DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no period through % was closed', coalesce(through::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The view reconcile.period lists them.';
    END IF;
    RETURN QUERY
    SELECT r.name, nullif(v.currency, ''), v.figure, v.at_closing, coalesce(v.at_present, 0), coalesce(v.at_present, 0) - coalesce(v.at_closing, 0)
    FROM (SELECT coalesce(k.reconciliation_id, n.reconciliation_id) AS reconciliation_id, coalesce(k.currency, n.currency) AS currency, coalesce(k.figure, n.figure) AS figure,
                 k.value AS at_closing, n.value AS at_present, coalesce(k.place, n.place) AS place
          FROM (SELECT f.reconciliation_id, coalesce(f.currency, '') AS currency, e.key AS figure, (e.value #>> '{}')::numeric AS value, e.place
                FROM reconcile.period_figure f
                CROSS JOIN LATERAL json_each(row_to_json(f)) WITH ORDINALITY AS e (key, value, place)
                WHERE f.merchant_id = m AND f.period_id = p.period_id AND json_typeof(e.value) = 'number' AND e.key NOT IN ('merchant_id', 'period_id', 'reconciliation_id', 'position')) k
          FULL JOIN (SELECT f.reconciliation_id, coalesce(f.currency, '') AS currency, e.key AS figure, (e.value #>> '{}')::numeric AS value, e.place
                     FROM reconcile.reconciliation c
                     CROSS JOIN LATERAL reconcile.closing_figures(m, c.reconciliation_id, p.date_from, p.date_through) f
                     CROSS JOIN LATERAL json_each(row_to_json(f)) WITH ORDINALITY AS e (key, value, place)
                     WHERE reconcile.takes_part(m, c.reconciliation_id) AND json_typeof(e.value) = 'number' AND e.key NOT IN ('merchant_id', 'period_id', 'reconciliation_id', 'position')) n
            ON n.reconciliation_id = k.reconciliation_id AND n.currency = k.currency AND n.figure = k.figure) v
    JOIN reconcile.reconciliation r ON r.reconciliation_id = v.reconciliation_id
    WHERE unchanged OR coalesce(v.at_closing, 0) <> coalesce(v.at_present, 0)
    ORDER BY r.position, r.reconciliation_id, v.currency, v.place, v.figure;
END $$;
COMMENT ON FUNCTION reconcile.compare_period(date, text, boolean) IS
    'Figures of a closed period at its closing and at present, a row each, as columns of period_figures: those that have changed, or all of them where unchanged is true. at_closing is null where the reconciliation had nothing in the period, or took no part yet';

SELECT pg_catalog.pg_extension_config_dump('reconcile.period_figure', '');

-- Words and reports ----------------------------------------------------------------------------------------------------

INSERT INTO reconcile.label (language, key, label, builtin)
SELECT l.language, w.key, l.label, true
FROM (VALUES
    ('title.period_reconciliation', 'Reconciliation by period', '分期對帳彙總表', '分期对账汇总表'),
    ('title.period_difference', 'Differences by period', '分期差異彙總表', '分期差异汇总表'),
    ('title.difference_record', 'Record of differences', '差異處理登記表', '差异处理登记表'),
    ('title.period_figures', 'Closing figures', '期末結帳數據表', '期末结账数据表'),
    ('column.unit', 'Period', '期間單位', '期间单位'),
    ('column.period_from', 'From', '期間起日', '期间起始'),
    ('column.period_through', 'Through', '期間迄日', '期间截止'),
    ('column.date_through', 'Through', '期間迄日', '期间截止'),
    ('column.closed_by', 'Closed by', '結帳人員', '结账人员'),
    ('column.left_count', 'Left items', '左方筆數', '左方笔数'),
    ('column.right_count', 'Right items', '右方筆數', '右方笔数'),
    ('column.open_left_amount', 'Left open', '左方未結', '左方未结'),
    ('column.open_right_amount', 'Right open', '右方未結', '右方未结'),
    ('column.forward_left_amount', 'Left forward', '左方前期未結', '左方前期未结'),
    ('column.forward_right_amount', 'Right forward', '右方前期未結', '右方前期未结'),
    ('column.timing', 'Other periods', '跨期差異', '跨期差异'),
    ('column.adjusted', 'Adjusted', '已調整', '已调整'),
    ('column.residual', 'Residual', '未解差額', '未解差额'),
    ('column.differences', 'Differences', '差異筆數', '差异笔数'),
    ('column.differences_settled', 'Settled', '已處理', '已处理'),
    ('column.differences_open', 'Standing', '未處理', '未处理'),
    ('column.settlement', 'Settled by', '處理方式', '处理方式'),
    ('column.settled_amount', 'Posted', '調整金額', '调整金额'),
    ('column.settled_at', 'Settled on', '處理日期', '处理日期'),
    ('column.settled_by', 'Person', '處理人員', '处理人员'),
    ('column.comments', 'Notes', '備註數', '备注数'),
    ('unit.day', 'Day', '日', '日'),
    ('unit.week', 'Week', '週', '周'),
    ('unit.month', 'Month', '月', '月'),
    ('settlement.open', 'Nobody yet', '待處理', '待处理'),
    ('settlement.explained', 'Commented, stands', '已說明，待處理', '已说明，待处理'),
    ('settlement.answered', 'Counterpart', '已由對應項結清', '已由对应项结清'),
    ('settlement.comment', 'Note only', '備註結案', '备注结案'),
    ('settlement.superseded', 'Superseded', '已由他項取代', '已由他项取代'),
    ('settlement.write_off', 'Write-off', '沖銷', '核销'),
    ('settlement.fee', 'Fee', '手續費', '手续费'),
    ('settlement.bank_fee', 'Bank fee', '銀行手續費', '银行手续费'),
    ('settlement.discount', 'Discount', '折讓', '折让'),
    ('settlement.rounding', 'Rounding', '尾差', '尾差'),
    ('settlement.fx_difference', 'Exchange difference', '匯兌差額', '汇兑差额'),
    ('settlement.claim', 'Claim', '索賠', '索赔'),
    ('period_status.closed', 'Closed', '已結帳', '已结账'),
    ('period_status.reopened', 'Reopened', '已重開', '已重开')) AS w (key, en, zh_tw, zh_cn)
CROSS JOIN LATERAL (VALUES ('en', w.en), ('zh_TW', w.zh_tw), ('zh_CN', w.zh_cn)) AS l (language, label);

-- Sums of different reconciliations mean nothing together: the record is of one unless more are asked for.
INSERT INTO reconcile.report_definition (name, builtin, title, relation, date_column, group_column, order_by, as_of, default_parameters) VALUES
    ('period_reconciliation', true, 'title.period_reconciliation', 'reconcile.period_reconciliation', 'period_from', NULL, '{reconciliation,currency,period_from}', false,
     '{"unit": "month", "reconciliation": "order_settlement"}'),
    ('period_difference', true, 'title.period_difference', 'reconcile.period_difference', 'period_from', 'settlement', '{reconciliation,currency,period_from,reason,settlement}', false,
     '{"unit": "month", "reconciliation": "order_settlement"}'),
    ('difference_record', true, 'title.difference_record', 'reconcile.difference_record', 'item_date', 'settlement', '{reconciliation,item_date,exception_id}', false, '{}'),
    ('period_figures', true, 'title.period_figures', 'reconcile.period_figures', 'date_through', NULL, '{reconciliation,currency,date_through,closed_at}', false,
     '{"status": "closed", "reconciliation": "order_settlement"}');
-- What is brought forward of several periods is no sum.
INSERT INTO reconcile.report_column (report, builtin, position, column_name, title, type, vocabulary, total, wrap)
SELECT c.report, true, c.place, c.column_name, 'column.' || c.column_name, c.type, c.vocabulary, c.type = 'amount' AND c.column_name NOT LIKE 'forward%', c.column_name = 'note'
FROM (VALUES
    ('period_reconciliation', 1, 'reconciliation', 'text', 'reconciliation'),
    ('period_reconciliation', 2, 'unit', 'text', 'unit'),
    ('period_reconciliation', 3, 'period_from', 'date', NULL),
    ('period_reconciliation', 4, 'period_through', 'date', NULL),
    ('period_reconciliation', 5, 'currency', 'text', NULL),
    ('period_reconciliation', 6, 'left_count', 'integer', NULL),
    ('period_reconciliation', 7, 'left_amount', 'amount', NULL),
    ('period_reconciliation', 8, 'right_count', 'integer', NULL),
    ('period_reconciliation', 9, 'right_amount', 'amount', NULL),
    ('period_reconciliation', 10, 'difference', 'amount', NULL),
    ('period_reconciliation', 11, 'timing', 'amount', NULL),
    ('period_reconciliation', 12, 'adjusted', 'amount', NULL),
    ('period_reconciliation', 13, 'open_left_amount', 'amount', NULL),
    ('period_reconciliation', 14, 'open_right_amount', 'amount', NULL),
    ('period_reconciliation', 15, 'residual', 'amount', NULL),
    ('period_reconciliation', 16, 'differences', 'integer', NULL),
    ('period_reconciliation', 17, 'differences_settled', 'integer', NULL),
    ('period_difference', 1, 'reconciliation', 'text', 'reconciliation'),
    ('period_difference', 2, 'unit', 'text', 'unit'),
    ('period_difference', 3, 'period_from', 'date', NULL),
    ('period_difference', 4, 'period_through', 'date', NULL),
    ('period_difference', 5, 'reason', 'text', 'reason'),
    ('period_difference', 6, 'settlement', 'text', 'settlement'),
    ('period_difference', 7, 'currency', 'text', NULL),
    ('period_difference', 8, 'differences', 'integer', NULL),
    ('period_difference', 9, 'difference', 'amount', NULL),
    ('period_difference', 10, 'settled_amount', 'amount', NULL),
    ('period_difference', 11, 'comments', 'integer', NULL),
    ('difference_record', 1, 'exception_id', 'text', NULL),
    ('difference_record', 2, 'reconciliation', 'text', 'reconciliation'),
    ('difference_record', 3, 'item_date', 'date', NULL),
    ('difference_record', 4, 'reference', 'text', NULL),
    ('difference_record', 5, 'reason', 'text', 'reason'),
    ('difference_record', 6, 'currency', 'text', NULL),
    ('difference_record', 7, 'difference', 'amount', NULL),
    ('difference_record', 8, 'settlement', 'text', 'settlement'),
    ('difference_record', 9, 'settled_amount', 'amount', NULL),
    ('difference_record', 10, 'settled_at', 'date', NULL),
    ('difference_record', 11, 'settled_by', 'text', NULL),
    ('difference_record', 12, 'note', 'text', NULL),
    ('period_figures', 1, 'reconciliation', 'text', 'reconciliation'),
    ('period_figures', 2, 'date_through', 'date', NULL),
    ('period_figures', 3, 'status', 'text', 'period_status'),
    ('period_figures', 4, 'currency', 'text', NULL),
    ('period_figures', 5, 'left_count', 'integer', NULL),
    ('period_figures', 6, 'left_amount', 'amount', NULL),
    ('period_figures', 7, 'right_count', 'integer', NULL),
    ('period_figures', 8, 'right_amount', 'amount', NULL),
    ('period_figures', 9, 'difference', 'amount', NULL),
    ('period_figures', 10, 'timing', 'amount', NULL),
    ('period_figures', 11, 'adjusted', 'amount', NULL),
    ('period_figures', 12, 'residual', 'amount', NULL),
    ('period_figures', 13, 'open_left_amount', 'amount', NULL),
    ('period_figures', 14, 'open_right_amount', 'amount', NULL),
    ('period_figures', 15, 'forward_left_amount', 'amount', NULL),
    ('period_figures', 16, 'forward_right_amount', 'amount', NULL),
    ('period_figures', 17, 'differences_open', 'integer', NULL),
    ('period_figures', 18, 'closed_by', 'text', NULL)) AS c (report, place, column_name, type, vocabulary);
