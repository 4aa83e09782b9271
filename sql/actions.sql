-- actions.sql: what people do: define reconciliations and rules, run them, match by hand, confirm, reject, undo.

CREATE FUNCTION reconcile.source_has(source regclass, column_name text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = source AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped) $$;
COMMENT ON FUNCTION reconcile.source_has(regclass, text) IS 'Whether a source relation has a column';

CREATE FUNCTION reconcile.check_source_columns(source regclass, columns text[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    SELECT c INTO missing FROM unnest(columns) AS c WHERE NOT reconcile.source_has(source, c) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'source % has no column "%"', source, coalesce(missing, 'NULL') USING ERRCODE = 'undefined_column',
            HINT = format('Its columns: %s.', (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a
                                               WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped));
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.check_source_columns(regclass, text[]) IS 'Raises when a source lacks one of the columns; the hint lists those it has';

CREATE FUNCTION reconcile.reconciliation_id(name text) RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id integer;
BEGIN
    SELECT r.reconciliation_id INTO found_id FROM reconcile.reconciliation r WHERE r.name = reconciliation_id.name;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'reconciliation "%" does not exist', coalesce(reconciliation_id.name, 'NULL') USING ERRCODE = 'undefined_object',
            HINT = format('Known reconciliations: %s.', (SELECT string_agg(r.name, ', ' ORDER BY r.position) FROM reconcile.reconciliation r));
    END IF;
    RETURN found_id;
END $$;
COMMENT ON FUNCTION reconcile.reconciliation_id(text) IS 'The id of a reconciliation by name; an error that lists the known ones when there is none';

CREATE FUNCTION reconcile.ensure_pool(name text, source regclass, fact text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p reconcile.item_pool;
BEGIN
    SELECT * INTO p FROM reconcile.item_pool x WHERE x.name = ensure_pool.name;
    IF FOUND THEN
        IF p.source <> ensure_pool.source THEN
            RAISE EXCEPTION 'pool "%" holds the items of %, not of %', ensure_pool.name, p.source, ensure_pool.source USING ERRCODE = 'duplicate_object',
                HINT = 'Give another pool name, or none: then the reconciliation has a pool of its own.';
        END IF;
        RETURN p.pool_id;
    END IF;
    PERFORM reconcile.check_source_columns(source, ARRAY['item_id']);
    INSERT INTO reconcile.item_pool (name, source, fact) VALUES (ensure_pool.name, ensure_pool.source, ensure_pool.fact) RETURNING pool_id INTO p.pool_id;
    RETURN p.pool_id;
END $$;
COMMENT ON FUNCTION reconcile.ensure_pool(text, regclass, text) IS 'The pool of that name over a source, made when there is none';

CREATE FUNCTION reconcile.define_reconciliation(name text, left_source regclass, right_source regclass, left_delay_days integer DEFAULT 0,
    right_delay_days integer DEFAULT 0, exceptions text DEFAULT 'both', left_pool text DEFAULT NULL, right_pool text DEFAULT NULL,
    description text DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id integer;
BEGIN
    IF name IS NULL OR left_source IS NULL OR right_source IS NULL THEN
        RAISE EXCEPTION 'a reconciliation needs a name, a left source and a right source' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF EXISTS (SELECT FROM reconcile.reconciliation r WHERE r.name = define_reconciliation.name) THEN
        RAISE EXCEPTION 'reconciliation "%" exists already', name USING ERRCODE = 'duplicate_object', HINT = 'drop_reconciliation() removes one that has no runs.';
    END IF;
    INSERT INTO reconcile.reconciliation (name, left_pool_id, right_pool_id, left_delay_days, right_delay_days, exceptions, position, description)
    VALUES (name, reconcile.ensure_pool(coalesce(left_pool, name || '.left'), left_source),
            reconcile.ensure_pool(coalesce(right_pool, name || '.right'), right_source), left_delay_days, right_delay_days, exceptions,
            (SELECT coalesce(max(r.position), 0) + 10 FROM reconcile.reconciliation r), description)
    RETURNING reconciliation_id INTO new_id;
    PERFORM reconcile.audit('define_reconciliation', name, jsonb_build_object('left_source', left_source::text, 'right_source', right_source::text));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.define_reconciliation(text, regclass, regclass, integer, integer, text, text, text, text) IS
    'Reconciles any two tables or views with item_id bigint and, where they have them, merchant_id, item_date, amount, currency, reference, narrative, expects_match, import_id. '
    'Delays in days; exceptions: both, left, right or none; a pool name shared with another reconciliation makes the two compete for the items';

CREATE FUNCTION reconcile.add_rule(reconciliation text, name text, strategy text, priority integer, left_key text[], right_key text[],
    amount_tolerance numeric DEFAULT 0, percent_tolerance numeric DEFAULT 0, lag_min integer DEFAULT NULL, lag_max integer DEFAULT NULL,
    left_text text DEFAULT NULL, right_text text DEFAULT NULL, action text DEFAULT 'match', options jsonb DEFAULT '{}') RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id integer := reconcile.reconciliation_id(reconciliation);
    left_source regclass;
    right_source regclass;
    new_id integer;
    bad text;
BEGIN
    SELECT l.source, p.source INTO left_source, right_source
    FROM reconcile.reconciliation r JOIN reconcile.item_pool l ON l.pool_id = r.left_pool_id JOIN reconcile.item_pool p ON p.pool_id = r.right_pool_id
    WHERE r.reconciliation_id = id;
    left_key := coalesce(left_key, '{}');
    right_key := coalesce(right_key, '{}');
    options := coalesce(options, '{}');
    IF strategy IS NULL OR strategy NOT IN ('key', 'reference', 'window', 'subset', 'net', 'score') THEN
        RAISE EXCEPTION 'strategy "%" is not known', coalesce(strategy, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Strategies: key, reference, window, subset, net, score.';
    END IF;
    IF action IS NULL OR action NOT IN ('match', 'suggest') THEN
        RAISE EXCEPTION 'action "%" is not known', coalesce(action, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'Actions: match, suggest.';
    END IF;
    SELECT k INTO bad FROM jsonb_object_keys(options) AS k WHERE k NOT IN ('left_compare', 'right_compare', 'partial', 'minimum_reference', 'subset_side', 'max_chance',
        'max_items', 'max_solutions', 'budget_steps', 'threshold', 'minimum') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'option "%" is not known', bad USING ERRCODE = 'invalid_parameter_value', 
            HINT = 'Options: left_compare, right_compare, partial, minimum_reference, subset_side, max_chance, max_items, max_solutions, budget_steps, threshold, minimum.';
    END IF;
    IF strategy = 'key' AND (cardinality(left_key) = 0 OR cardinality(left_key) <> cardinality(right_key)) THEN
        RAISE EXCEPTION 'a key rule needs as many left as right key columns, one at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF strategy = 'reference' AND NOT (right_text IS NOT NULL AND cardinality(left_key) > 0 OR left_text IS NOT NULL AND cardinality(right_key) > 0) THEN
        RAISE EXCEPTION 'a reference rule needs a key on one side and a text on the other' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give left_key and right_text (the left reference is searched in the right text), or right_key and left_text.';
    END IF;
    IF strategy = 'net' AND cardinality(left_key) = 0 AND cardinality(right_key) = 0 THEN
        RAISE EXCEPTION 'a net rule needs a key of the side whose items cancel each other' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF coalesce(options->>'subset_side', 'both') NOT IN ('left', 'right', 'both') THEN
        RAISE EXCEPTION 'subset_side "%" is not known', options->>'subset_side' USING ERRCODE = 'invalid_parameter_value', HINT = 'It is left, right or both.';
    END IF;
    IF NOT coalesce((options->>'max_chance')::numeric BETWEEN 0 AND 1, true) OR NOT coalesce((options->>'threshold')::numeric BETWEEN 0 AND 1, true)
       OR NOT coalesce((options->>'minimum')::numeric BETWEEN 0 AND 1, true) THEN
        RAISE EXCEPTION 'max_chance, threshold and minimum are probabilities from 0 to 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF lag_min > lag_max THEN
        RAISE EXCEPTION 'lag_min % is above lag_max %', lag_min, lag_max USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM reconcile.check_source_columns(left_source, left_key || array_remove(ARRAY[left_text, options->>'left_compare'], NULL));
    PERFORM reconcile.check_source_columns(right_source, right_key || array_remove(ARRAY[right_text, options->>'right_compare'], NULL));
    IF EXISTS (SELECT FROM reconcile.current_rule r WHERE r.reconciliation_id = id AND r.name <> add_rule.name
               AND (coalesce(r.options->>'left_compare', '') <> coalesce(add_rule.options->>'left_compare', '')
                    OR coalesce(r.options->>'right_compare', '') <> coalesce(add_rule.options->>'right_compare', ''))) THEN
        RAISE EXCEPTION 'all rules of a reconciliation compare the same columns' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give the left_compare and right_compare of the other rules, or define another reconciliation.';
    END IF;
    INSERT INTO reconcile.rule (reconciliation_id, name, version, strategy, priority, left_key, right_key, amount_tolerance, percent_tolerance,
                                lag_min, lag_max, left_text, right_text, action, options)
    SELECT id, add_rule.name, coalesce(max(r.version), 0) + 1, add_rule.strategy, add_rule.priority, add_rule.left_key, add_rule.right_key,
           add_rule.amount_tolerance, add_rule.percent_tolerance, add_rule.lag_min, add_rule.lag_max, add_rule.left_text, add_rule.right_text,
           add_rule.action, add_rule.options
    FROM reconcile.rule r WHERE r.reconciliation_id = id AND r.name = add_rule.name
    RETURNING rule_id INTO new_id;
    PERFORM reconcile.audit('add_rule', add_rule.reconciliation || '.' || add_rule.name, to_jsonb(r) - 'created_at') FROM reconcile.rule r WHERE r.rule_id = new_id;
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.add_rule(text, text, text, integer, text[], text[], numeric, numeric, integer, integer, text, text, text, jsonb) IS
    'Adds a rule, or a new version of the rule of that name. Strategies key, reference, window, subset, net, score; lowest priority number first; lag = right date - left date in days; '
    'the larger of amount_tolerance (units of currency) and percent_tolerance (of the left amount) applies; returns rule_id';

CREATE VIEW reconcile.current_rule AS
SELECT DISTINCT ON (r.reconciliation_id, r.name) r.*
FROM reconcile.rule r
ORDER BY r.reconciliation_id, r.name, r.version DESC;
COMMENT ON VIEW reconcile.current_rule IS 'Rules in their latest version, switched-off ones included';

CREATE FUNCTION reconcile.drop_rule(reconciliation text, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last reconcile.rule;
BEGIN
    SELECT * INTO last FROM reconcile.current_rule r WHERE r.reconciliation_id = reconcile.reconciliation_id(reconciliation) AND r.name = drop_rule.name AND r.active;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'reconciliation "%" has no rule "%"', reconciliation, name USING ERRCODE = 'undefined_object',
            HINT = coalesce(format('Its rules: %s.', (SELECT string_agg(r.name, ', ' ORDER BY r.priority) FROM reconcile.current_rule r
                                             WHERE r.reconciliation_id = reconcile.reconciliation_id(reconciliation) AND r.active)), 'It has none.');
    END IF;
    INSERT INTO reconcile.rule (reconciliation_id, name, version, strategy, priority, left_key, right_key, amount_tolerance, percent_tolerance,
                                lag_min, lag_max, left_text, right_text, action, options, active)
    VALUES (last.reconciliation_id, last.name, last.version + 1, last.strategy, last.priority, last.left_key, last.right_key, last.amount_tolerance,
            last.percent_tolerance, last.lag_min, last.lag_max, last.left_text, last.right_text, last.action, last.options, false);
    PERFORM reconcile.audit('drop_rule', reconciliation || '.' || name, '{}');
END $$;
COMMENT ON FUNCTION reconcile.drop_rule(text, text) IS 'Switches a rule off by a new version; matches keep the version they were made by';

CREATE FUNCTION reconcile.drop_reconciliation(name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r reconcile.reconciliation;
BEGIN
    SELECT * INTO r FROM reconcile.reconciliation x WHERE x.reconciliation_id = reconcile.reconciliation_id(drop_reconciliation.name);
    IF r.builtin OR EXISTS (SELECT FROM reconcile.run_log l WHERE l.reconciliation_id = r.reconciliation_id)
       OR EXISTS (SELECT FROM reconcile.match_group g WHERE g.reconciliation_id = r.reconciliation_id) THEN
        RAISE EXCEPTION 'reconciliation "%" cannot be dropped: it is shipped, or has runs or matches', name USING ERRCODE = 'dependent_objects_still_exist',
            HINT = 'drop_rule() switches its rules off.';
    END IF;
    DELETE FROM reconcile.rule u WHERE u.reconciliation_id = r.reconciliation_id;
    DELETE FROM reconcile.reconciliation x WHERE x.reconciliation_id = r.reconciliation_id;
    DELETE FROM reconcile.item_pool p WHERE p.pool_id IN (r.left_pool_id, r.right_pool_id) AND NOT p.builtin
        AND NOT EXISTS (SELECT FROM reconcile.reconciliation x WHERE p.pool_id IN (x.left_pool_id, x.right_pool_id));
    PERFORM reconcile.audit('drop_reconciliation', name, '{}');
END $$;
COMMENT ON FUNCTION reconcile.drop_reconciliation(text) IS 'Removes a reconciliation that was never run';

-- Items of sources ---------------------------------------------------------------------------------------------------

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

-- Matching by hand ---------------------------------------------------------------------------------------------------

CREATE FUNCTION reconcile.allocate(merchant_id integer, match_id bigint, pool_id integer, side reconcile.side, item_ids bigint[], amounts numeric[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing bigint;
BEGIN
    SELECT i INTO missing FROM unnest(item_ids) AS i
    WHERE NOT EXISTS (SELECT FROM reconcile.source_items(allocate.merchant_id, allocate.pool_id, item_ids) s WHERE s.item_id = i) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% item % does not exist', side, missing USING ERRCODE = 'no_data_found', HINT = 'open_item lists the items that can be matched.';
    END IF;
    INSERT INTO reconcile.allocation (merchant_id, pool_id, item_id, match_id, sequence, live_count, side, amount, item_amount, allocated)
    SELECT allocate.merchant_id, allocate.pool_id, s.item_id, allocate.match_id, coalesce(a.sequence, 0) + 1, coalesce(a.live_count, 0) + 1, allocate.side,
           coalesce(w.amount, s.amount - coalesce(a.allocated, 0)), s.amount, coalesce(a.allocated, 0) + coalesce(w.amount, s.amount - coalesce(a.allocated, 0))
    FROM reconcile.source_items(allocate.merchant_id, allocate.pool_id, item_ids) s
    JOIN unnest(item_ids, amounts) AS w (item_id, amount) USING (item_id)
    LEFT JOIN LATERAL (SELECT x.sequence, x.live_count, x.allocated FROM reconcile.allocation x
                       WHERE x.merchant_id = allocate.merchant_id AND x.pool_id = allocate.pool_id AND x.item_id = s.item_id
                       ORDER BY x.sequence DESC LIMIT 1) a ON true
    WHERE coalesce(a.live_count, 0) = 0 OR a.allocated <> s.amount
    ORDER BY s.item_id;
    SELECT i INTO missing FROM unnest(item_ids) AS i
    WHERE NOT EXISTS (SELECT FROM reconcile.allocation x WHERE x.merchant_id = allocate.merchant_id AND x.pool_id = allocate.pool_id
                      AND x.item_id = i AND x.match_id = allocate.match_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% item % is matched already', side, missing USING ERRCODE = 'object_in_use',
            HINT = 'unmatch() the match that holds it first; match_item shows which.';
    END IF;
    PERFORM reconcile.refresh_open_balance(allocate.merchant_id, allocate.pool_id, item_ids);
END $$;
COMMENT ON FUNCTION reconcile.allocate(integer, bigint, integer, reconcile.side, bigint[], numeric[]) IS
    'Allocates items to a match: what is left of each, or the amounts given; an error when one does not exist or has nothing left';

CREATE FUNCTION reconcile.match_items(reconciliation text, left_items bigint[], right_items bigint[], note text, merchant text DEFAULT 'main') RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    r reconcile.reconciliation;
    new_id bigint;
    lefts bigint[];
    rights bigint[];
    codes text[];
BEGIN
    SELECT * INTO r FROM reconcile.reconciliation x WHERE x.reconciliation_id = reconcile.reconciliation_id(reconciliation);
    lefts := ARRAY(SELECT DISTINCT i FROM unnest(left_items) AS i WHERE i IS NOT NULL ORDER BY i);
    rights := ARRAY(SELECT DISTINCT i FROM unnest(right_items) AS i WHERE i IS NOT NULL ORDER BY i);
    IF cardinality(lefts) = 0 OR cardinality(rights) = 0 THEN
        RAISE EXCEPTION 'a match needs items on both sides' USING ERRCODE = 'invalid_parameter_value', HINT = 'write_off() settles an order that no money answers.';
    END IF;
    PERFORM reconcile.lock_pools(m, ARRAY[r.left_pool_id, r.right_pool_id]);
    codes := ARRAY(SELECT DISTINCT s.currency FROM (SELECT * FROM reconcile.source_items(m, r.left_pool_id, lefts)
                   UNION ALL SELECT * FROM reconcile.source_items(m, r.right_pool_id, rights)) s WHERE s.currency IS NOT NULL ORDER BY 1);
    IF cardinality(codes) > 1 THEN
        RAISE EXCEPTION 'the items are in different currencies: %', array_to_string(codes, ', ') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Match items of one currency only.';
    END IF;
    INSERT INTO reconcile.match_group (merchant_id, reconciliation_id, evidence, suggestion, left_count, right_count, left_amount, right_amount, currency, confidence)
    VALUES (m, r.reconciliation_id, 100, false, cardinality(lefts), cardinality(rights), 0, 0, codes[1], 1)
    RETURNING match_id INTO new_id;
    PERFORM reconcile.allocate(m, new_id, r.left_pool_id, 'left', lefts);
    PERFORM reconcile.allocate(m, new_id, r.right_pool_id, 'right', rights);
    UPDATE reconcile.match_group g SET
        left_amount = (SELECT sum(a.amount) FROM reconcile.allocation a WHERE a.merchant_id = m AND a.match_id = new_id AND a.side = 'left'),
        right_amount = (SELECT sum(a.amount) FROM reconcile.allocation a WHERE a.merchant_id = m AND a.match_id = new_id AND a.side = 'right')
    WHERE g.merchant_id = m AND g.match_id = new_id;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note) VALUES (m, new_id, 'created', note);
    PERFORM reconcile.close_exceptions(m, r.left_pool_id, lefts, note);
    PERFORM reconcile.close_exceptions(m, r.right_pool_id, rights, note);
    PERFORM reconcile.retire_suggestions(m, r.reconciliation_id, format('overtaken by match %s', new_id));
    PERFORM reconcile.audit('match_items', reconciliation, jsonb_build_object('match_id', new_id, 'left', lefts, 'right', rights, 'note', note));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.match_items(text, bigint[], bigint[], text, text) IS
    'Matches items by hand: all that is left of each is allocated, a difference stays visible in the match; returns match_id';

CREATE FUNCTION reconcile.find_match(match_id bigint) RETURNS reconcile.match_group
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group;
BEGIN
    SELECT x.* INTO g FROM reconcile.merchant m JOIN reconcile.match_group x ON x.merchant_id = m.merchant_id AND x.match_id = find_match.match_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'match % does not exist', coalesce(match_id::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The view reconcile.match lists them.';
    END IF;
    RETURN g;
END $$;
COMMENT ON FUNCTION reconcile.find_match(bigint) IS 'A match by its id, which is unique across merchants; an error when there is none';

CREATE FUNCTION reconcile.lock_match(g reconcile.match_group) RETURNS reconcile.reconciliation
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r reconcile.reconciliation;
    old text;
BEGIN
    SELECT * INTO STRICT r FROM reconcile.reconciliation x WHERE x.reconciliation_id = g.reconciliation_id;
    PERFORM reconcile.lock_pools(g.merchant_id, ARRAY[r.left_pool_id, r.right_pool_id]);
    SELECT e.event INTO old FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event IN ('rejected', 'reversed')
    ORDER BY e.event LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'match % is % already', g.match_id, old USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN r;
END $$;
COMMENT ON FUNCTION reconcile.lock_match(reconcile.match_group) IS 'Locks the pools of a match that still stands; an error when it was rejected or reversed';

CREATE FUNCTION reconcile.confirm(match_id bigint, note text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group := reconcile.find_match(match_id);
    r reconcile.reconciliation := reconcile.lock_match(g);
    part record;
BEGIN
    IF EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event = 'confirmed') THEN
        RAISE EXCEPTION 'match % is confirmed already', g.match_id USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF g.suggestion THEN
        FOR part IN SELECT s.side, array_agg(s.item_id ORDER BY s.item_id) AS items, array_agg(s.amount ORDER BY s.item_id) AS amounts
                    FROM reconcile.suggestion_item s WHERE s.merchant_id = g.merchant_id AND s.match_id = g.match_id GROUP BY s.side ORDER BY s.side LOOP
            PERFORM reconcile.allocate(g.merchant_id, g.match_id, CASE part.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END,
                                       part.side, part.items, part.amounts);
            PERFORM reconcile.close_exceptions(g.merchant_id, CASE part.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END, part.items, note);
        END LOOP;
    END IF;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note) VALUES (g.merchant_id, g.match_id, 'confirmed', confirm.note);
    PERFORM reconcile.retire_suggestions(g.merchant_id, g.reconciliation_id, format('overtaken by match %s', g.match_id));
    PERFORM reconcile.audit('confirm', r.name, jsonb_build_object('match_id', g.match_id, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.confirm(bigint, text) IS 'Says that a match is right; a suggestion becomes a match: its items are allocated';

CREATE FUNCTION reconcile.reverse_matches(merchant_id integer, match_ids bigint[], note text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pool record;
BEGIN
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note)
    SELECT reverse_matches.merchant_id, i, 'reversed', reverse_matches.note FROM unnest(match_ids) AS i ORDER BY i;
    -- A counter-row for each allocation, behind the last row of its item's chain; an item can stand in several of the matches.
    INSERT INTO reconcile.allocation (merchant_id, pool_id, item_id, match_id, sequence, live_count, side, amount, item_amount, allocated)
    SELECT a.merchant_id, a.pool_id, a.item_id, a.match_id,
           last.sequence + row_number() OVER chain, last.live_count - row_number() OVER chain, a.side, -a.amount, a.item_amount,
           last.allocated - sum(a.amount) OVER chain
    FROM reconcile.allocation a
    CROSS JOIN LATERAL (SELECT x.sequence, x.live_count, x.allocated FROM reconcile.allocation x
                        WHERE x.merchant_id = a.merchant_id AND x.pool_id = a.pool_id AND x.item_id = a.item_id ORDER BY x.sequence DESC LIMIT 1) last
    WHERE a.merchant_id = reverse_matches.merchant_id AND a.match_id = ANY (match_ids)
    WINDOW chain AS (PARTITION BY a.pool_id, a.item_id ORDER BY a.sequence DESC ROWS UNBOUNDED PRECEDING);
    FOR pool IN SELECT a.pool_id, array_agg(DISTINCT a.item_id) AS items FROM reconcile.allocation a
                WHERE a.merchant_id = reverse_matches.merchant_id AND a.match_id = ANY (match_ids) GROUP BY a.pool_id ORDER BY a.pool_id LOOP
        PERFORM reconcile.refresh_open_balance(reverse_matches.merchant_id, pool.pool_id, pool.items);
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.reverse_matches(integer, bigint[], text) IS 'Reverses matches by counter-rows and opens their items again; the pools must be locked';

CREATE FUNCTION reconcile.unmatch(match_id bigint, note text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group := reconcile.find_match(match_id);
    r reconcile.reconciliation := reconcile.lock_match(g);
BEGIN
    PERFORM reconcile.reverse_matches(g.merchant_id, ARRAY[g.match_id], note);
    PERFORM reconcile.audit('unmatch', r.name, jsonb_build_object('match_id', g.match_id, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.unmatch(bigint, text) IS 'Takes a match back: its items are open again; nothing is deleted. A later run may match them again; reject() keeps them apart';

CREATE FUNCTION reconcile.reject(match_id bigint, note text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group := reconcile.find_match(match_id);
    r reconcile.reconciliation := reconcile.lock_match(g);
BEGIN
    INSERT INTO reconcile.rejection (merchant_id, reconciliation_id, left_item_id, right_item_id)
    SELECT g.merchant_id, g.reconciliation_id, x.item_id, y.item_id
    FROM reconcile.match_item x JOIN reconcile.match_item y USING (merchant_id, match_id)
    WHERE x.merchant_id = g.merchant_id AND x.match_id = g.match_id AND x.side = 'left' AND y.side = 'right'
    ORDER BY x.item_id, y.item_id
    ON CONFLICT DO NOTHING;
    IF NOT g.suggestion OR EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event = 'confirmed') THEN
        PERFORM reconcile.reverse_matches(g.merchant_id, ARRAY[g.match_id], note);
    END IF;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note) VALUES (g.merchant_id, g.match_id, 'rejected', reject.note);
    PERFORM reconcile.audit('reject', r.name, jsonb_build_object('match_id', g.match_id, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.reject(bigint, text) IS 'Says that a suggestion or match is wrong: it is taken back and its pairs are never proposed again';

CREATE FUNCTION reconcile.undo_run(run_id bigint, note text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    l reconcile.run_log;
    r reconcile.reconciliation;
    undone bigint[];
    dropped bigint[];
BEGIN
    SELECT x.* INTO l FROM reconcile.merchant m JOIN reconcile.run_log x ON x.merchant_id = m.merchant_id AND x.run_id = undo_run.run_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % does not exist', coalesce(run_id::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The table reconcile.run_log lists them.';
    END IF;
    SELECT * INTO STRICT r FROM reconcile.reconciliation x WHERE x.reconciliation_id = l.reconciliation_id;
    PERFORM reconcile.lock_pools(l.merchant_id, ARRAY[r.left_pool_id, r.right_pool_id]);
    UPDATE reconcile.run_log x SET undone_at = clock_timestamp() WHERE x.merchant_id = l.merchant_id AND x.run_id = l.run_id AND x.undone_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is undone already', run_id USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT array_agg(g.match_id ORDER BY g.match_id) FILTER (WHERE NOT g.suggestion OR c.event IS NOT NULL),
           array_agg(g.match_id ORDER BY g.match_id) FILTER (WHERE g.suggestion AND c.event IS NULL)
    INTO undone, dropped
    FROM reconcile.match_group g
    LEFT JOIN reconcile.match_event c ON c.merchant_id = g.merchant_id AND c.match_id = g.match_id AND c.event = 'confirmed'
    WHERE g.merchant_id = l.merchant_id AND g.run_id = l.run_id
      AND NOT EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event IN ('rejected', 'reversed'));
    IF undone IS NOT NULL THEN
        PERFORM reconcile.reverse_matches(l.merchant_id, undone, note);
    END IF;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note)
    SELECT l.merchant_id, i, 'reversed', undo_run.note FROM unnest(dropped) AS i;
    WITH closed AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        WHERE e.merchant_id = l.merchant_id AND e.run_id = l.run_id AND e.status IN ('open', 'explained')
          -- What a line shows of itself is no work of the run: no later run would find it again.
          AND e.reason NOT IN ('fee_difference', 'chargeback', 'arithmetic', 'statement_gap')
        RETURNING e.exception_id)
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
    SELECT l.merchant_id, c.exception_id, 'closed', undo_run.note FROM closed c;
    PERFORM reconcile.audit('undo_run', r.name, jsonb_build_object('run_id', run_id, 'note', note));
    RETURN coalesce(cardinality(undone), 0) + coalesce(cardinality(dropped), 0);
END $$;
COMMENT ON FUNCTION reconcile.undo_run(bigint, text) IS
    'Takes all matches, suggestions and exceptions of a run back, those people confirmed included; returns how many matches and suggestions';

CREATE FUNCTION reconcile.settle_exception(exception_id bigint, status text, note text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    e reconcile.exception_log;
BEGIN
    IF status IS NULL OR status NOT IN ('open', 'explained', 'settled', 'closed') THEN
        RAISE EXCEPTION 'status "%" is not known', coalesce(status, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'Statuses: open, explained, settled, closed.';
    END IF;
    IF coalesce(note, '') = '' THEN
        RAISE EXCEPTION 'a change of status needs a note' USING ERRCODE = 'null_value_not_allowed', HINT = 'Say how the difference was explained or settled.';
    END IF;
    SELECT x.* INTO e FROM reconcile.merchant m JOIN reconcile.exception_log x ON x.merchant_id = m.merchant_id AND x.exception_id = settle_exception.exception_id
    FOR UPDATE OF x;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'exception % does not exist', coalesce(exception_id::text, 'NULL') USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE reconcile.exception_log x SET status = settle_exception.status,
        closed_at = CASE WHEN settle_exception.status IN ('settled', 'closed') THEN clock_timestamp() END,
        settled_by_hand = settle_exception.status IN ('settled', 'closed')
    WHERE x.merchant_id = e.merchant_id AND x.exception_id = e.exception_id;
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note) VALUES (e.merchant_id, e.exception_id, settle_exception.status, settle_exception.note);
    PERFORM reconcile.audit('settle_exception', e.reason, jsonb_build_object('exception_id', exception_id, 'status', status, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.settle_exception(bigint, text, text) IS 'Records how an exception was explained, settled or closed, or opens it again';

-- What the engine's runs call ----------------------------------------------------------------------------------------

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

CREATE FUNCTION reconcile.open_exceptions(merchant_id integer, reconciliation_id integer, run_id bigint, side reconcile.side, item_ids bigint[],
    reasons text[], differences numeric[], related bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pool integer;
    opened bigint;
BEGIN
    SELECT CASE side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END INTO STRICT pool
    FROM reconcile.reconciliation r WHERE r.reconciliation_id = open_exceptions.reconciliation_id;
    -- That an item lacks its counterpart is no news where it stands as an exception already; a better reason takes its place.
    IF run_id IS NULL THEN
        SELECT count(*) INTO opened FROM unnest(item_ids, reasons) AS n (item_id, reason)
        WHERE NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = open_exceptions.merchant_id
                          AND e.reconciliation_id = open_exceptions.reconciliation_id AND e.side = open_exceptions.side AND e.item_id = n.item_id
                          AND (e.status IN ('open', 'explained') AND (e.reason = n.reason OR n.reason LIKE 'missing%') OR e.settled_by_hand AND e.reason = n.reason));
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
    INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, run_id, side, item_id, reason, item_date, amount, difference, currency,
                                         reference, narrative, related_side, related_item_id)
    SELECT open_exceptions.merchant_id, open_exceptions.reconciliation_id, open_exceptions.run_id, open_exceptions.side, n.item_id, n.reason,
           o.item_date, o.amount, n.difference, o.currency, o.reference, o.narrative,
           CASE WHEN n.related < 0 THEN 'left'::reconcile.side WHEN n.related > 0 THEN 'right'::reconcile.side END, nullif(abs(n.related), 0)
    FROM unnest(item_ids, reasons, differences, related) AS n (item_id, reason, difference, related)
    LEFT JOIN reconcile.open_balance o ON o.merchant_id = open_exceptions.merchant_id AND o.pool_id = pool AND o.item_id = n.item_id
    WHERE NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = open_exceptions.merchant_id
                      AND e.reconciliation_id = open_exceptions.reconciliation_id AND e.side = open_exceptions.side AND e.item_id = n.item_id
                      AND (e.status IN ('open', 'explained') AND (e.reason = n.reason OR n.reason LIKE 'missing%') OR e.settled_by_hand AND e.reason = n.reason))
    ORDER BY o.item_date, n.item_id;
    GET DIAGNOSTICS opened = ROW_COUNT;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.open_exceptions(integer, integer, bigint, reconcile.side, bigint[], text[], numeric[], bigint[]) IS
    'Opens the exceptions of a run that do not stand yet, or counts them where run_id is null; related ids are negative for the left side; returns how many';

CREATE FUNCTION reconcile.settlement_findings(merchant_id integer, import_ids bigint[])
    RETURNS TABLE (item_id bigint, reason text, difference numeric, amount numeric)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    -- Lines of shops without a schedule are not read at all: the join over the schedules comes out empty first.
    WITH schedule AS (
        SELECT s.shop_id, s.kind, s.rate, s.fixed, s.tolerance, s.valid_from,
               lead(s.valid_from, 1, 'infinity') OVER (PARTITION BY s.shop_id, s.kind ORDER BY s.valid_from) AS valid_until
        FROM reconcile.fee_schedule s WHERE s.merchant_id = settlement_findings.merchant_id),
    per_order AS (
        SELECT l.shop_id, l.order_no, f.kind, f.rate, f.fixed, f.tolerance, x.exponent,
               sum(l.amount) FILTER (WHERE l.kind = 'sale') AS sale,
               coalesce(sum(l.amount) FILTER (WHERE l.kind = 'refund'), 0) AS refund,
               -coalesce(sum(l.amount) FILTER (WHERE l.kind = f.kind), 0) AS charged,
               coalesce(min(l.settlement_line_id) FILTER (WHERE l.kind = f.kind), min(l.settlement_line_id) FILTER (WHERE l.kind = 'sale')) AS item_id
        FROM reconcile.import_range r
        JOIN reconcile.settlement_line l ON l.merchant_id = r.merchant_id AND l.settlement_line_id BETWEEN r.first_id AND r.last_id AND l.import_id = r.import_id
        JOIN schedule f ON f.shop_id = l.shop_id AND l.posted_on >= f.valid_from AND l.posted_on < f.valid_until
        JOIN reconcile.currency x ON x.code = l.currency
        WHERE r.merchant_id = settlement_findings.merchant_id AND r.import_id = ANY (import_ids) AND r.relation = 'settlement_line' AND l.order_no IS NOT NULL
        GROUP BY l.shop_id, l.order_no, f.kind, f.rate, f.fixed, f.tolerance, x.exponent),
    -- A platform keeps its fee on a refund or gives it back: either is as agreed.
    fee AS (
        SELECT p.*, p.charged - round(p.rate * p.sale + p.fixed, p.exponent) AS kept,
               p.charged - round(p.rate * (p.sale + p.refund) + CASE WHEN p.sale + p.refund <> 0 THEN p.fixed ELSE 0 END, p.exponent) AS given_back
        FROM per_order p WHERE p.sale <> 0)
    SELECT f.item_id, 'fee_difference', CASE WHEN abs(f.kept) <= abs(f.given_back) THEN f.kept ELSE f.given_back END, f.charged
    FROM fee f WHERE abs(f.kept) > f.tolerance AND abs(f.given_back) > f.tolerance
    UNION ALL
    SELECT l.settlement_line_id, 'chargeback', -l.amount, l.amount
    FROM reconcile.import_range r
    JOIN reconcile.settlement_line l ON l.merchant_id = r.merchant_id AND l.settlement_line_id BETWEEN r.first_id AND r.last_id AND l.import_id = r.import_id
    WHERE r.merchant_id = settlement_findings.merchant_id AND r.import_id = ANY (import_ids) AND r.relation = 'settlement_line' AND l.kind = 'chargeback' $$;
COMMENT ON FUNCTION reconcile.settlement_findings(integer, bigint[]) IS
    'What is wrong with imported settlement lines in themselves: fees that differ from fee_schedule (difference = charged less agreed), chargebacks';

CREATE FUNCTION reconcile.check_settlement(merchant_id integer, reconciliation_id integer, run_id bigint, import_ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened bigint;
BEGIN
    IF cardinality(import_ids) = 0 OR NOT EXISTS (SELECT FROM reconcile.reconciliation r
            WHERE r.reconciliation_id = check_settlement.reconciliation_id AND r.name = 'order_settlement') THEN
        RETURN 0;
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

-- Runs ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION reconcile.run_one(merchant_id integer, reconciliation_id integer, date_from date, date_to date, dry_run boolean,
    OUT run_id bigint, OUT left_items bigint, OUT right_items bigint, OUT matches bigint, OUT matched_left bigint, OUT matched_right bigint,
    OUT suggestions bigint, OUT exceptions bigint, OUT matched_amount numeric, OUT open_amount numeric) RETURNS record
    LANGUAGE c AS 'MODULE_PATHNAME', 'reconcile_run_one';
COMMENT ON FUNCTION reconcile.run_one(integer, integer, date, date, boolean) IS 'One reconciliation of one merchant by the engine; run() is what people call';

CREATE FUNCTION reconcile.refresh_statistics() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
BEGIN
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
        RAISE EXCEPTION 'date_from % is after date_to %', from_date, to_date USING ERRCODE = 'invalid_parameter_value';
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
                                 AND (m = 1 OR reconcile.pool_has_merchant(x.left_pool_id) AND reconcile.pool_has_merchant(x.right_pool_id))
                            ELSE x.reconciliation_id = only_id END
                 ORDER BY x.position, x.reconciliation_id LOOP
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
        PERFORM reconcile.refresh_statistics();
        PERFORM reconcile.audit('run', wanted, jsonb_build_object('merchant', merchant_code, 'date_from', from_date, 'date_to', to_date, 'result', result));
    END IF;
    RETURN result;
END $$;
COMMENT ON FUNCTION reconcile.run_in_order(text, date, date, boolean, text) IS 'The work of run(): each reconciliation in its order, one object each';

CREATE FUNCTION reconcile.run(reconciliation text DEFAULT NULL, date_from date DEFAULT NULL, date_to date DEFAULT NULL, dry_run boolean DEFAULT false,
    merchant text DEFAULT 'main')
    RETURNS TABLE (run_id bigint, reconciliation text, left_items bigint, right_items bigint, matches bigint, matched_left bigint, matched_right bigint,
                   suggestions bigint, exceptions bigint, matched_amount numeric, open_amount numeric)
    LANGUAGE sql ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM jsonb_to_recordset(reconcile.run_in_order($1, $2, $3, coalesce($4, false), $5)) AS x (run_id bigint, reconciliation text,
        left_items bigint, right_items bigint, matches bigint, matched_left bigint, matched_right bigint, suggestions bigint, exceptions bigint,
        matched_amount numeric, open_amount numeric) $$;
COMMENT ON FUNCTION reconcile.run(text, date, date, boolean, text) IS
    'Runs one reconciliation, or all in their order, over what is new and what is open. Items outside the dates take no part. dry_run reports exactly what the run would write';

CREATE FUNCTION reconcile.pool_has_merchant(pool_id integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT reconcile.source_has(p.source, 'merchant_id') FROM reconcile.item_pool p WHERE p.pool_id = pool_has_merchant.pool_id $$;
COMMENT ON FUNCTION reconcile.pool_has_merchant(integer) IS 'Whether the items of a pool say whose they are; those that do not belong to merchant main';
