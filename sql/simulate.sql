-- simulate.sql: what other rules would make of what is there, against what stands; nothing is written.

CREATE FUNCTION reconcile.rule_of_words(base reconcile.rule, words jsonb) RETURNS reconcile.rule
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known constant text[] := ARRAY['name', 'strategy', 'priority', 'left_key', 'right_key', 'amount_tolerance', 'percent_tolerance', 'lag_min', 'lag_max',
        'left_text', 'right_text', 'action', 'options'];
    bad text;
    r reconcile.rule;
BEGIN
    IF jsonb_typeof(words) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'a rule to simulate is an object of words, not %', coalesce(words::text, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Words, as parameters of add_rule(): %s.', array_to_string(known, ', '));
    END IF;
    SELECT k INTO bad FROM jsonb_object_keys(words) AS k WHERE k <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'add_rule() has no parameter "%"', bad USING ERRCODE = 'invalid_parameter_value', HINT = format('Its parameters: %s.', array_to_string(known, ', '));
    END IF;
    r := jsonb_populate_record(base, words - 'options');
    IF words ? 'options' THEN
        r.options := CASE WHEN jsonb_typeof(words->'options') = 'object' THEN jsonb_strip_nulls(base.options || (words->'options'))
                          WHEN words->'options' = 'null' THEN '{}' ELSE words->'options' END;
    END IF;
    r.left_key := coalesce(r.left_key, '{}');
    r.right_key := coalesce(r.right_key, '{}');
    RETURN r;
END $$;
COMMENT ON FUNCTION reconcile.rule_of_words(reconcile.rule, jsonb) IS 'A rule with some of its parameters said anew, in the words of add_rule()';

CREATE FUNCTION reconcile.simulated_rules(reconciliation_id integer, rules jsonb) RETURNS reconcile.rule[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plain reconcile.rule;
    base reconcile.rule;
    result reconcile.rule[] := '{}';
    one reconcile.rule;
    e record;
BEGIN
    plain.reconciliation_id := simulated_rules.reconciliation_id;
    plain.amount_tolerance := 0;
    plain.percent_tolerance := 0;
    plain.action := 'match';
    plain.options := '{}';
    plain.active := true;
    IF jsonb_typeof(rules) = 'array' THEN
        FOR e IN SELECT x.value, x.ordinality FROM jsonb_array_elements(rules) WITH ORDINALITY AS x LOOP
            one := reconcile.rule_of_words(plain, e.value);
            IF EXISTS (SELECT FROM unnest(result) AS r WHERE r.name = one.name) THEN
                RAISE EXCEPTION 'rule "%" is given twice', one.name USING ERRCODE = 'duplicate_object', HINT = 'Names of rules are unique within a reconciliation.';
            END IF;
            one.rule_id := e.ordinality;
            result := result || one;
        END LOOP;
    ELSIF jsonb_typeof(rules) = 'object' THEN
        result := ARRAY(SELECT r FROM reconcile.rule r JOIN reconcile.current_rule c USING (rule_id)
                        WHERE r.reconciliation_id = simulated_rules.reconciliation_id AND r.active AND NOT rules ? r.name ORDER BY r.rule_id);
        FOR e IN SELECT x.key, x.value, x.ordinality FROM jsonb_each(rules) WITH ORDINALITY AS x LOOP
            -- A name that no rule has is a new rule only where its strategy is said.
            IF NOT EXISTS (SELECT FROM reconcile.current_rule r WHERE r.reconciliation_id = simulated_rules.reconciliation_id AND r.active AND r.name = e.key)
               AND (jsonb_typeof(e.value) = 'null' OR jsonb_typeof(e.value) = 'object' AND NOT e.value ? 'strategy') THEN
                RAISE EXCEPTION 'reconciliation "%" has no rule "%"', (SELECT r.name FROM reconcile.reconciliation r WHERE r.reconciliation_id = simulated_rules.reconciliation_id), e.key
                    USING ERRCODE = 'undefined_object', HINT = format('Its rules: %s. A new one says at least its strategy and priority.',
                        coalesce((SELECT string_agg(r.name, ', ' ORDER BY r.priority, r.rule_id) FROM reconcile.current_rule r
                                  WHERE r.reconciliation_id = simulated_rules.reconciliation_id AND r.active), 'none'));
            END IF;
            CONTINUE WHEN e.value = 'null';
            SELECT r.* INTO base FROM reconcile.current_rule r WHERE r.reconciliation_id = simulated_rules.reconciliation_id AND r.active AND r.name = e.key;
            IF NOT FOUND THEN
                base := plain;
                base.name := e.key;
                base.rule_id := -e.ordinality;
            END IF;
            result := result || reconcile.rule_of_words(base, e.value);
        END LOOP;
    ELSE
        RAISE EXCEPTION 'rules to simulate are an array or an object of rules, not %', coalesce(rules::text, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example [{"name": "no", "strategy": "key", "priority": 10, "left_key": ["no"], "right_key": ["no"]}] for other rules, or {"no": {"amount_tolerance": 1}} for changes.';
    END IF;
    FOREACH one IN ARRAY result LOOP
        PERFORM reconcile.check_rule(one);
    END LOOP;
    PERFORM reconcile.check_compared_columns(result);
    RETURN result;
END $$;
COMMENT ON FUNCTION reconcile.simulated_rules(integer, jsonb) IS
    'The rules of a simulation: those of an array instead of the ones that stand, or those that stand with the changes of an object (by name; null leaves a rule out)';

CREATE FUNCTION reconcile.simulate_one(merchant_id integer, reconciliation_id integer, rules reconcile.rule[])
    RETURNS TABLE (rule_id integer, evidence smallint, suggestion boolean, left_items bigint[], right_items bigint[], left_amount numeric, right_amount numeric,
                   currency text, candidates integer, lag_low integer, lag_high integer, confidence real, chance real)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'reconcile_simulate_one';
COMMENT ON FUNCTION reconcile.simulate_one(integer, integer, reconcile.rule[]) IS
    'What rules make of all items of a merchant''s reconciliation, but for what people matched or confirmed; simulate() is what people call';

CREATE FUNCTION reconcile.simulate(reconciliation text, rules jsonb, merchant text DEFAULT 'main')
    RETURNS TABLE (change text, status text, rule text, match_id bigint, left_items bigint[], right_items bigint[], left_amount numeric, right_amount numeric,
                   difference numeric, currency text, explanation text)
    LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    -- How many matches come out the planner cannot know; for few it would compare each with each.
    SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
    m integer := reconcile.merchant_id(merchant);
    id integer := reconcile.reconciliation_id(reconciliation);
    trial reconcile.rule[] := reconcile.simulated_rules(id, rules);
BEGIN
    RETURN QUERY
    WITH standing AS MATERIALIZED (
        SELECT g.match_id, g.rule_id, g.evidence, g.suggestion, g.left_count, g.right_count, g.left_amount, g.right_amount, g.currency, g.candidates, g.lag_low, g.lag_high,
               g.confidence, g.chance,
               coalesce(array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'left'), '{}') AS lefts,
               coalesce(array_agg(i.item_id ORDER BY i.item_id) FILTER (WHERE i.side = 'right'), '{}') AS rights
        FROM reconcile.match_group g
        JOIN reconcile.match_item i ON i.merchant_id = g.merchant_id AND i.match_id = g.match_id
        WHERE g.merchant_id = m AND g.reconciliation_id = id AND g.run_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id
                          AND e.event IN ('confirmed', 'rejected', 'reversed'))
        GROUP BY g.merchant_id, g.match_id),
    -- Fees and refunds that came after their order stand in matches of their own, and would now be in its match.
    follower AS MATERIALIZED (SELECT s.match_id, unnest(s.rights) AS item_id FROM standing s WHERE s.evidence = 7),
    trial_match AS MATERIALIZED (
        SELECT s.*, CASE WHEN EXISTS (SELECT FROM follower) THEN ARRAY(SELECT x FROM unnest(s.right_items) AS x WHERE x NOT IN (SELECT f.item_id FROM follower f))
                         ELSE s.right_items END AS rights
        FROM reconcile.simulate_one(m, id, trial) AS s),
    kept AS MATERIALIZED (
        SELECT s.match_id, t.rule_id, t.left_items, t.rights, t.suggestion FROM standing s
        JOIN trial_match t ON t.left_items = s.lefts AND t.rights = s.rights AND t.suggestion = s.suggestion
        WHERE s.evidence <> 7
        UNION ALL
        SELECT f.match_id, NULL, NULL, NULL, false FROM follower f
        LEFT JOIN (SELECT unnest(t.right_items) AS item_id FROM trial_match t WHERE NOT t.suggestion AND EXISTS (SELECT FROM follower)) x USING (item_id)
        GROUP BY f.match_id HAVING count(x.item_id) = count(*))
    SELECT CASE WHEN k.match_id IS NULL THEN 'gone' ELSE 'kept' END, CASE WHEN s.suggestion THEN 'suggested' ELSE 'matched' END, coalesce(n.name, u.name),
           s.match_id, s.lefts, s.rights, s.left_amount, s.right_amount, s.left_amount - s.right_amount, s.currency,
           reconcile.explain_match(s.evidence, u.name, s.left_count, s.right_count, s.left_amount, s.right_amount, s.candidates, s.lag_low, s.lag_high, s.confidence, s.chance)
    FROM standing s
    LEFT JOIN kept k USING (match_id)
    LEFT JOIN unnest(trial) AS n ON n.rule_id = k.rule_id
    LEFT JOIN reconcile.rule u ON u.rule_id = s.rule_id
    UNION ALL
    SELECT 'new', CASE WHEN t.suggestion THEN 'suggested' ELSE 'matched' END, n.name, NULL, t.left_items, t.right_items, t.left_amount, t.right_amount,
           t.left_amount - t.right_amount, t.currency,
           reconcile.explain_match(t.evidence, n.name, cardinality(t.left_items), cardinality(t.right_items), t.left_amount, t.right_amount, t.candidates, t.lag_low,
                                   t.lag_high, t.confidence, t.chance)
    FROM trial_match t
    JOIN unnest(trial) AS n ON n.rule_id = t.rule_id
    WHERE NOT EXISTS (SELECT FROM kept k WHERE k.left_items = t.left_items AND k.rights = t.rights AND k.suggestion = t.suggestion)
    ORDER BY 1, 2, 5, 6;
END $$;
COMMENT ON FUNCTION reconcile.simulate(text, jsonb, text) IS
    'What other rules would make of a reconciliation''s items, as if all of them had come at once, and how that differs from what runs have made: a row for each match and suggestion that would be '
    'kept, new or gone. rules: an array of rules, or an object of changes by name, both in the words of add_rule(). What people matched, confirmed or rejected stays as it is; nothing is written';

CREATE FUNCTION reconcile.simulate_summary(reconciliation text, rules jsonb, merchant text DEFAULT 'main')
    RETURNS TABLE (change text, status text, currency text, matches bigint, left_items bigint, right_items bigint, left_amount numeric, right_amount numeric, difference numeric)
    LANGUAGE sql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.change, s.status, s.currency, count(*), sum(cardinality(s.left_items)), sum(cardinality(s.right_items)), sum(s.left_amount), sum(s.right_amount), sum(s.difference)
    FROM reconcile.simulate($1, $2, $3) s
    GROUP BY s.change, s.status, s.currency ORDER BY s.change, s.status, s.currency $$;
COMMENT ON FUNCTION reconcile.simulate_summary(text, jsonb, text) IS 'simulate() counted and added up by change, status and currency';
