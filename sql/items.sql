-- items.sql: items of sources, what is open of them, and what follows from an allocation.

CREATE FUNCTION reconcile.amount_of_item(source regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN reconcile.source_has(source, 'amount') THEN 'CASE WHEN scale(s.amount::numeric) > 6 THEN round(s.amount::numeric, greatest(min_scale(s.amount::numeric), 2)) ELSE coalesce(s.amount::numeric, 0) END'
                WHEN reconcile.source_has(source, 'quantity') THEN 'coalesce(s.quantity::numeric, 0)' ELSE '0::numeric' END $$;
COMMENT ON FUNCTION reconcile.amount_of_item(regclass) IS 'The expression that gives the amount, or quantity, of an item of a source that the query calls s';

CREATE FUNCTION reconcile.source_query(pool_id integer) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('SELECT s.item_id::bigint AS item_id, %s AS item_date, %s AS amount, %s AS currency, %s AS reference, %s AS narrative FROM %s AS s WHERE %s',
        CASE WHEN reconcile.source_has(p.source, 'item_date') THEN 's.item_date::date' ELSE 'NULL::date' END,
        reconcile.amount_of_item(p.source),
        CASE WHEN reconcile.source_has(p.source, 'currency') THEN 's.currency::text' ELSE 'NULL::text' END,
        coalesce((SELECT format('s.%I::text', c) FROM reconcile.reference_columns(p.pool_id) AS c LIMIT 1), 'NULL::text'),
        CASE WHEN reconcile.source_has(p.source, 'narrative') THEN 's.narrative::text' ELSE 'NULL::text' END,
        p.source,
        -- Where a source does not say whose its items are, they are the main merchant's.
        CASE WHEN reconcile.source_has(p.source, 'merchant_id') THEN 's.merchant_id = $1' ELSE '$1 = 1' END)
    FROM reconcile.item_pool p WHERE p.pool_id = source_query.pool_id $$;
COMMENT ON FUNCTION reconcile.source_query(integer) IS
    'The query that reads a pool''s source for the merchant $1, with whatever of the common columns it has; conditions can be appended';

CREATE FUNCTION reconcile.source_items(merchant_id integer, pool_id integer, item_ids bigint[])
    RETURNS TABLE (item_id bigint, item_date date, amount numeric, currency text, reference text, narrative text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    query text := reconcile.source_query(source_items.pool_id);
BEGIN
    IF (SELECT p.fact IS NOT NULL FROM reconcile.item_pool p WHERE p.pool_id = source_items.pool_id) THEN
        -- A fact table has an index on its id and a history beside which the items are few: OFFSET 0 keeps them look-ups.
        RETURN QUERY EXECUTE 'SELECT i.* FROM unnest($2) AS wanted (item_id) CROSS JOIN LATERAL (' || query || ' AND s.item_id = wanted.item_id OFFSET 0) AS i'
            USING source_items.merchant_id, item_ids;
    ELSE
        RETURN QUERY EXECUTE 'SELECT i.* FROM (' || query || ') AS i JOIN unnest($2) AS wanted (item_id) ON wanted.item_id = i.item_id'
            USING source_items.merchant_id, item_ids;
    END IF;
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

CREATE FUNCTION reconcile.arrived_items(merchant_id integer, pool_id integer)
    RETURNS TABLE (item_id bigint, item_date date, amount numeric, currency text, reference text, narrative text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p reconcile.item_pool;
    query text;
    i record;
BEGIN
    SELECT * INTO STRICT p FROM reconcile.item_pool x WHERE x.pool_id = arrived_items.pool_id;
    IF p.fact IS NULL THEN
        -- A source of the user's own is read whole by each run, and so it is here: its rows may come, go and change at any time.
        -- Who has no right to it, or where it was dropped, is told what the last run left.
        IF has_table_privilege(p.source, 'SELECT') IS NOT TRUE THEN
            RETURN QUERY SELECT o.item_id, o.item_date, o.amount, o.currency, o.reference, o.narrative FROM reconcile.open_balance o
                         WHERE o.merchant_id = arrived_items.merchant_id AND o.pool_id = p.pool_id;
            RETURN;
        END IF;
        IF arrived_items.merchant_id <> 1 AND NOT reconcile.source_has(p.source, 'merchant_id') THEN
            RETURN;
        END IF;
        RETURN QUERY EXECUTE format('SELECT i.item_id, i.item_date, i.amount - coalesce(a.allocated, 0), i.currency, i.reference, i.narrative FROM (%s) AS i
            LEFT JOIN (SELECT DISTINCT ON (x.item_id) x.item_id, x.live_count, x.allocated FROM reconcile.allocation x
                       WHERE x.merchant_id = $1 AND x.pool_id = $2 ORDER BY x.item_id, x.sequence DESC) AS a ON a.item_id = i.item_id
            WHERE coalesce(a.live_count, 0) = 0 OR a.allocated <> i.amount', reconcile.source_query(p.pool_id))
            USING arrived_items.merchant_id, p.pool_id;
        RETURN;
    END IF;
    FOR i IN SELECT r.import_id, r.first_id, r.last_id FROM reconcile.import_range r
             WHERE r.merchant_id = arrived_items.merchant_id AND r.relation = p.fact
               AND NOT EXISTS (SELECT FROM reconcile.pool_import t WHERE t.merchant_id = r.merchant_id AND t.pool_id = p.pool_id AND t.import_id = r.import_id)
             ORDER BY r.import_id LOOP
        query := coalesce(query, format('SELECT i.* FROM (%s AND s.import_id = $3 AND s.item_id BETWEEN $4 AND $5) AS i
            WHERE NOT EXISTS (SELECT FROM reconcile.allocation a WHERE a.merchant_id = $1 AND a.pool_id = $2 AND a.item_id = i.item_id)
              AND NOT EXISTS (SELECT FROM reconcile.open_balance o WHERE o.merchant_id = $1 AND o.pool_id = $2 AND o.item_id = i.item_id)',
            reconcile.source_query(p.pool_id)));
        RETURN QUERY EXECUTE query USING arrived_items.merchant_id, p.pool_id, i.import_id, i.first_id, i.last_id;
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.arrived_items(integer, integer) IS
    'What is open in a pool besides open_balance: the items of imports that no run has taken in yet; of a source of the user''s own all that is open, as its rows stand now';

CREATE FUNCTION reconcile.is_fed(merchant_id integer, reconciliation_id integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM reconcile.item_pool p JOIN reconcile.import_range g ON g.relation = p.fact WHERE g.merchant_id = $1 AND p.pool_id = r.left_pool_id)
       AND EXISTS (SELECT FROM reconcile.item_pool p JOIN reconcile.import_range g ON g.relation = p.fact WHERE g.merchant_id = $1 AND p.pool_id = r.right_pool_id)
    FROM reconcile.reconciliation r WHERE r.reconciliation_id = $2 $$;
COMMENT ON FUNCTION reconcile.is_fed(integer, integer) IS 'Whether imports of the merchant have brought rows for both sides of a reconciliation';

CREATE FUNCTION reconcile.explain_open(merchant_id integer, reconciliation_id integer, side reconcile.side, item_id bigint, item_date date, amount numeric, delay_days integer)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    e reconcile.exception_log;
    proposal bigint;
BEGIN
    SELECT x.* INTO e FROM reconcile.exception_log x
    WHERE x.merchant_id = explain_open.merchant_id AND x.reconciliation_id = explain_open.reconciliation_id AND x.side = explain_open.side AND x.item_id = explain_open.item_id
      AND x.status IN ('open', 'explained') ORDER BY x.reason LIKE 'missing%', x.exception_id LIMIT 1;
    IF FOUND AND e.reason NOT LIKE 'missing%' THEN
        RETURN reconcile.explain_exception(e.reason, e.amount, e.item_date, e.difference, e.related_item_id)
            || coalesce(CASE WHEN e.reason = 'ambiguous' THEN reconcile.told_proposal(merchant_id, reconciliation_id, side, item_id) END, '');
    END IF;
    proposal := reconcile.standing_proposal(merchant_id, reconciliation_id, side, item_id);
    IF e.reason IS NULL AND proposal IS NULL THEN
        SELECT x.* INTO e FROM reconcile.exception_log x
        WHERE x.merchant_id = explain_open.merchant_id AND x.reconciliation_id = explain_open.reconciliation_id AND x.related_side = explain_open.side
          AND x.related_item_id = explain_open.item_id AND x.status IN ('open', 'explained')
          AND x.reason IN ('amount_difference', 'quantity_difference', 'fee_difference', 'currency_difference')
        UNION ALL
        SELECT x.* FROM reconcile.exception_item i JOIN reconcile.exception_log x ON x.merchant_id = i.merchant_id AND x.exception_id = i.exception_id
        WHERE i.merchant_id = explain_open.merchant_id AND i.reconciliation_id = explain_open.reconciliation_id AND i.side = explain_open.side
          AND i.item_id = explain_open.item_id AND x.status IN ('open', 'explained')
        LIMIT 1;
        IF FOUND THEN
            RETURN reconcile.finding_sentence(CASE WHEN e.reason = 'currency_difference' THEN 'part_of_currency' ELSE 'part_of_difference' END, jsonb_build_object('amount', amount, 'date', item_date, 'difference', e.difference,
                                              'exception', e.exception_id, 'item', e.item_id));
        END IF;
    END IF;
    RETURN CASE WHEN proposal IS NOT NULL THEN reconcile.finding_sentence('in_suggestion', jsonb_build_object('amount', amount, 'date', item_date, 'match', proposal))
                WHEN e.reason IS NOT NULL THEN reconcile.explain_exception(e.reason, e.amount, e.item_date, e.difference, e.related_item_id)
                WHEN delay_days > 0 AND item_date + delay_days >= reconcile.business_date()
                THEN reconcile.finding_sentence('within_delay', jsonb_build_object('days', delay_days, 'date', item_date + delay_days))
                ELSE reconcile.finding_sentence('left_open', jsonb_build_object('amount', amount, 'date', item_date)) END;
END $$;
COMMENT ON FUNCTION reconcile.explain_open(integer, integer, reconcile.side, bigint, date, numeric, integer) IS
    'Why an item is open, in a sentence in the language of reconcile.language: its exception, the suggestion it waits in, its agreed delay; explain() has the candidates';

CREATE VIEW reconcile.open_item AS
SELECT o.merchant_id, r.name AS reconciliation, s.side, o.item_id, o.item_date, o.amount, o.currency, o.reference, o.narrative,
       reconcile.explain_open(o.merchant_id, r.reconciliation_id, s.side, o.item_id, o.item_date, o.amount, CASE s.side WHEN 'left' THEN r.left_delay_days ELSE r.right_delay_days END) AS explanation
FROM reconcile.reconciliation r
CROSS JOIN LATERAL (VALUES ('left'::reconcile.side, r.left_pool_id), ('right'::reconcile.side, r.right_pool_id)) AS s (side, pool_id)
JOIN reconcile.item_pool p ON p.pool_id = s.pool_id AND p.fact IS NOT NULL
JOIN reconcile.open_balance o ON o.pool_id = s.pool_id
UNION ALL
SELECT m.merchant_id, r.name, s.side, o.item_id, o.item_date, o.amount, o.currency, o.reference, o.narrative,
       reconcile.explain_open(m.merchant_id, r.reconciliation_id, s.side, o.item_id, o.item_date, o.amount, CASE s.side WHEN 'left' THEN r.left_delay_days ELSE r.right_delay_days END)
FROM reconcile.reconciliation r
CROSS JOIN LATERAL (VALUES ('left'::reconcile.side, r.left_pool_id), ('right'::reconcile.side, r.right_pool_id)) AS s (side, pool_id)
CROSS JOIN reconcile.merchant m
CROSS JOIN LATERAL reconcile.arrived_items(m.merchant_id, s.pool_id) AS o
WHERE NOT r.when_fed OR reconcile.is_fed(m.merchant_id, r.reconciliation_id);
COMMENT ON VIEW reconcile.open_item IS
    'What is open, with the amount that is left: what runs have left and what has arrived since; an item of a shared pool shows in each of its reconciliations';

CREATE FUNCTION reconcile.lock_pools(merchant_id integer, pool_ids integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p integer;
BEGIN
    PERFORM reconcile.hold_periods(lock_pools.merchant_id);
    FOR p IN SELECT DISTINCT x FROM unnest(pool_ids) AS x ORDER BY x LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(format('reconcile.pool %s %s', merchant_id, p), 0));
    END LOOP;
EXCEPTION WHEN deadlock_detected THEN
    -- Each call takes its pools in one order; what a transaction takes call by call, only its writer can order.
    RAISE EXCEPTION 'another session holds items that this transaction waits for, and waits for items that this transaction holds' USING ERRCODE = 'deadlock_detected',
        HINT = 'Run or match several reconciliations in transactions of their own, or by one run() without a name, which takes all of them in one order.';
END $$;
COMMENT ON FUNCTION reconcile.lock_pools(integer, integer[]) IS 'Takes the pools for this transaction, in id order so that no two sessions wait for each other; before them, shared, the merchant''s periods';

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
          AND e.reason NOT IN ('fee_difference', 'condition_difference', 'chargeback', 'arithmetic', 'statement_gap')
        RETURNING e.merchant_id, e.exception_id),
    events AS (
        INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
        SELECT c.merchant_id, c.exception_id, 'settled', close_exceptions.note FROM closed c RETURNING 1)
    SELECT count(*) FROM events $$;
COMMENT ON FUNCTION reconcile.close_exceptions(integer, integer, bigint[], text) IS
    'Settles the standing exceptions of items that have found their counterpart, in whichever reconciliation of their pool; returns how many';

CREATE FUNCTION reconcile.follow_source(merchant_id integer, pool_id integer, item_ids bigint[], amounts numeric[], note text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint[];
    settled bigint[];
BEGIN
    changed := ARRAY(SELECT o.item_id FROM reconcile.open_balance o LEFT JOIN unnest(item_ids, amounts) AS n (item_id, amount) USING (item_id)
                     WHERE o.merchant_id = follow_source.merchant_id AND o.pool_id = follow_source.pool_id AND (n.item_id IS NULL OR n.amount <> o.amount)
                     ORDER BY o.item_id);
    IF cardinality(changed) = 0 THEN
        RETURN 0;
    END IF;
    PERFORM reconcile.refresh_open_balance(follow_source.merchant_id, follow_source.pool_id, changed);
    settled := ARRAY(SELECT i FROM unnest(changed) AS i
                     WHERE NOT EXISTS (SELECT FROM reconcile.open_balance o WHERE o.merchant_id = follow_source.merchant_id AND o.pool_id = follow_source.pool_id
                                       AND o.item_id = i AND o.amount <> 0));
    PERFORM reconcile.close_exceptions(follow_source.merchant_id, follow_source.pool_id, settled, note);
    WITH standing AS (
        UPDATE reconcile.exception_log e SET amount = o.amount, difference = e.difference + CASE e.side WHEN 'left' THEN o.amount - e.amount ELSE e.amount - o.amount END
        FROM reconcile.reconciliation r, reconcile.open_balance o
        WHERE e.reconciliation_id = r.reconciliation_id
          AND e.side = CASE follow_source.pool_id WHEN r.left_pool_id THEN 'left'::reconcile.side WHEN r.right_pool_id THEN 'right'::reconcile.side END
          AND e.merchant_id = follow_source.merchant_id AND e.item_id = ANY (changed) AND e.status IN ('open', 'explained')
          AND (e.reason LIKE 'missing%' OR e.reason = 'amount_difference')
          AND o.merchant_id = e.merchant_id AND o.pool_id = follow_source.pool_id AND o.item_id = e.item_id AND o.amount <> e.amount
        RETURNING e.merchant_id, e.exception_id, e.status)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT s.merchant_id, s.exception_id, s.status, follow_source.note FROM standing s;
    RETURN cardinality(changed);
END $$;
COMMENT ON FUNCTION reconcile.follow_source(integer, integer, bigint[], numeric[], text) IS
    'Brings open_balance, and exceptions that tell their amounts, in line with a source whose open rows have other amounts now (null: allocated meanwhile) or are gone; returns how many items changed';

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
