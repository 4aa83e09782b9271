-- items.sql: items of sources, what is open of them, and what follows from an allocation.

CREATE FUNCTION reconcile.source_items(merchant_id integer, pool_id integer, item_ids bigint[])
    RETURNS TABLE (item_id bigint, item_date date, amount numeric, currency text, reference text, narrative text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    src regclass;
BEGIN
    SELECT p.source INTO STRICT src FROM reconcile.item_pool p WHERE p.pool_id = source_items.pool_id;
    RETURN QUERY EXECUTE format(
        'SELECT s.item_id::bigint, %s, %s, %s, %s, %s FROM %s AS s JOIN unnest($1) AS wanted (item_id) ON wanted.item_id = s.item_id WHERE %s',
        CASE WHEN reconcile.source_has(src, 'item_date') THEN 's.item_date::date' ELSE 'NULL::date' END,
        CASE WHEN reconcile.source_has(src, 'amount') THEN 's.amount::numeric' ELSE '0::numeric' END,
        CASE WHEN reconcile.source_has(src, 'currency') THEN 's.currency::text' ELSE 'NULL::text' END,
        coalesce((SELECT format('s.%I::text', c) FROM reconcile.reference_columns(source_items.pool_id) AS c LIMIT 1), 'NULL::text'),
        CASE WHEN reconcile.source_has(src, 'narrative') THEN 's.narrative::text' ELSE 'NULL::text' END,
        src,
        CASE WHEN reconcile.source_has(src, 'merchant_id') THEN 's.merchant_id = $2' ELSE 'true' END)
    USING item_ids, source_items.merchant_id;
END $$;
COMMENT ON FUNCTION reconcile.source_items(integer, integer, bigint[]) IS 'Items of a pool''s source by id, with whatever of the common columns the source has';

CREATE FUNCTION reconcile.reference_columns(pool_id integer) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'reference' FROM reconcile.item_pool p WHERE p.pool_id = reference_columns.pool_id AND reconcile.source_has(p.source, 'reference')
    UNION ALL
    (SELECT CASE WHEN r.left_pool_id = reference_columns.pool_id THEN u.left_key[cardinality(u.left_key)] ELSE u.right_key[cardinality(u.right_key)] END
     FROM reconcile.reconciliation r JOIN reconcile.current_rule u USING (reconciliation_id)
     WHERE CASE WHEN r.left_pool_id = reference_columns.pool_id THEN cardinality(u.left_key) > 0
                WHEN r.right_pool_id = reference_columns.pool_id THEN cardinality(u.right_key) > 0 END
     ORDER BY u.priority) $$;
COMMENT ON FUNCTION reconcile.reference_columns(integer) IS 'Columns that name an item of the pool to a person, best first: reference, else the keys of its rules';

CREATE FUNCTION reconcile.lock_pools(merchant_id integer, pool_ids integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p integer;
BEGIN
    FOR p IN SELECT DISTINCT x FROM unnest(pool_ids) AS x ORDER BY x LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(format('reconcile.pool %s %s', merchant_id, p), 0));
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.lock_pools(integer, integer[]) IS 'Takes the pools for this transaction, in id order so that no two sessions wait for each other';

CREATE FUNCTION reconcile.refresh_open_balance(merchant_id integer, pool_id integer, item_ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM reconcile.open_balance o
    WHERE o.merchant_id = refresh_open_balance.merchant_id AND o.pool_id = refresh_open_balance.pool_id AND o.item_id = ANY (item_ids);
    INSERT INTO reconcile.open_balance (merchant_id, pool_id, item_id, item_date, amount, currency, reference, narrative)
    SELECT refresh_open_balance.merchant_id, refresh_open_balance.pool_id, s.item_id, s.item_date,
           s.amount - coalesce(a.allocated, 0), s.currency, s.reference, s.narrative
    FROM reconcile.source_items(refresh_open_balance.merchant_id, refresh_open_balance.pool_id, item_ids) s
    LEFT JOIN LATERAL (SELECT x.allocated, x.live_count FROM reconcile.allocation x
                       WHERE x.merchant_id = refresh_open_balance.merchant_id AND x.pool_id = refresh_open_balance.pool_id AND x.item_id = s.item_id
                       ORDER BY x.sequence DESC LIMIT 1) a ON true
    WHERE coalesce(a.live_count, 0) = 0 OR a.allocated <> s.amount;
END $$;
COMMENT ON FUNCTION reconcile.refresh_open_balance(integer, integer, bigint[]) IS 'Brings open_balance in line with the allocations of the items given';

CREATE FUNCTION reconcile.close_exceptions(merchant_id integer, pool_id integer, item_ids bigint[], note text) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH closed AS (
        UPDATE reconcile.exception_log e SET status = 'settled', closed_at = clock_timestamp()
        FROM reconcile.reconciliation r
        WHERE e.reconciliation_id = r.reconciliation_id AND e.side = CASE close_exceptions.pool_id WHEN r.left_pool_id THEN 'left'::reconcile.side
                                                                                                   WHEN r.right_pool_id THEN 'right'::reconcile.side END
          AND e.merchant_id = close_exceptions.merchant_id AND e.item_id = ANY (item_ids) AND e.status IN ('open', 'explained')
          AND e.reason NOT IN ('fee_difference', 'chargeback', 'arithmetic', 'statement_gap')
        RETURNING e.merchant_id, e.exception_id),
    events AS (
        INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
        SELECT c.merchant_id, c.exception_id, 'settled', close_exceptions.note FROM closed c RETURNING 1)
    SELECT count(*) FROM events $$;
COMMENT ON FUNCTION reconcile.close_exceptions(integer, integer, bigint[], text) IS
    'Settles the standing exceptions of items that have found their counterpart, in whichever reconciliation of their pool; returns how many';

CREATE FUNCTION reconcile.retire_suggestions(merchant_id integer, reconciliation_id integer, note text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note)
    SELECT g.merchant_id, g.match_id, 'reversed', retire_suggestions.note
    FROM reconcile.reconciliation r
    JOIN reconcile.match_group g ON g.merchant_id = retire_suggestions.merchant_id AND g.reconciliation_id = r.reconciliation_id AND g.suggestion
    WHERE r.reconciliation_id = retire_suggestions.reconciliation_id
      AND NOT EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id
                      AND e.event IN ('confirmed', 'rejected', 'reversed'))
      AND EXISTS (SELECT FROM reconcile.suggestion_item i WHERE i.merchant_id = g.merchant_id AND i.match_id = g.match_id
                  AND NOT EXISTS (SELECT FROM reconcile.open_balance o WHERE o.merchant_id = i.merchant_id AND o.item_id = i.item_id
                                  AND o.pool_id = CASE i.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END))
    ORDER BY g.match_id $$;
COMMENT ON FUNCTION reconcile.retire_suggestions(integer, integer, text) IS 'Takes back suggestions of which an item has been matched otherwise';
