-- definitions.sql: reconciliations and their rules, as people define them.

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
    PERFORM reconcile.check_source_columns(source, ARRAY['item_id'] || CASE WHEN fact IS NULL THEN '{}' ELSE ARRAY['merchant_id', 'import_id'] END);
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
        RAISE EXCEPTION 'a reconciliation needs a name, a left source and a right source' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'For example define_reconciliation(''invoices'', ''my.invoice'', ''my.payment'').';
    END IF;
    IF EXISTS (SELECT FROM reconcile.reconciliation r WHERE r.name = define_reconciliation.name) THEN
        RAISE EXCEPTION 'reconciliation "%" exists already', name USING ERRCODE = 'duplicate_object', HINT = 'drop_reconciliation() removes one that has no runs.';
    END IF;
    IF exceptions IS NULL OR exceptions NOT IN ('both', 'left', 'right', 'none') THEN
        RAISE EXCEPTION 'exceptions "%" is not known', coalesce(exceptions, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'It is both, left, right or none.';
    END IF;
    IF left_delay_days IS NULL OR left_delay_days < 0 OR right_delay_days IS NULL OR right_delay_days < 0 THEN
        RAISE EXCEPTION 'delays are 0 days or more' USING ERRCODE = 'invalid_parameter_value', HINT = 'So long an item without counterpart is a timing difference, not an exception.';
    END IF;
    INSERT INTO reconcile.reconciliation (name, left_pool_id, right_pool_id, left_delay_days, right_delay_days, exceptions, position, description, measure)
    VALUES (name, reconcile.ensure_pool(coalesce(left_pool, name || '.left'), left_source),
            reconcile.ensure_pool(coalesce(right_pool, name || '.right'), right_source), left_delay_days, right_delay_days, exceptions,
            (SELECT coalesce(max(r.position), 0) + 10 FROM reconcile.reconciliation r), description,
            -- What has no amount but a quantity is counted by that.
            CASE WHEN reconcile.source_has(left_source, 'amount') OR reconcile.source_has(right_source, 'amount')
                      OR NOT (reconcile.source_has(left_source, 'quantity') AND reconcile.source_has(right_source, 'quantity')) THEN 'amount' ELSE 'quantity' END)
    RETURNING reconciliation_id INTO new_id;
    PERFORM reconcile.audit('define_reconciliation', name, jsonb_build_object('left_source', left_source::text, 'right_source', right_source::text));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.define_reconciliation(text, regclass, regclass, integer, integer, text, text, text, text) IS
    'Reconciles any two tables or views with item_id bigint and, where they have them, merchant_id, item_date, amount, currency, quantity, reference, narrative, party, expects_match, import_id; without merchant_id the items are of merchant main, an item whose merchant_id is null of none. '
    'Delays in days; exceptions: both, left, right or none; a pool name shared with another reconciliation makes the two compete for the items';

CREATE VIEW reconcile.current_rule AS
SELECT DISTINCT ON (r.reconciliation_id, r.name) r.*
FROM reconcile.rule r
ORDER BY r.reconciliation_id, r.name, r.version DESC;
COMMENT ON VIEW reconcile.current_rule IS 'Rules in their latest version, switched-off ones included';

CREATE FUNCTION reconcile.check_adjustment_kind(kind text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kind IS NULL OR kind NOT IN ('write_off', 'fee', 'bank_fee', 'discount', 'rounding', 'fx_difference', 'claim') THEN
        RAISE EXCEPTION 'adjustment "%" is not known', coalesce(kind, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Kinds of adjustments: write_off, fee, bank_fee, discount, rounding, fx_difference, claim.';
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.check_adjustment_kind(text) IS 'Raises when there is no such kind of adjustment; the hint lists them';

CREATE FUNCTION reconcile.option_number(options jsonb, name text, lowest numeric, highest numeric) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    value numeric;
BEGIN
    IF jsonb_typeof(options->name) IN ('number', 'string') THEN
        BEGIN
            value := options->>name;
        EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
            NULL;
        END;
        IF value BETWEEN lowest AND highest THEN
            RETURN value;
        END IF;
    ELSIF options->name IS NULL OR options->name = 'null' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'option % is %', name, options->name USING ERRCODE = 'invalid_parameter_value', HINT = format('It is a number from %s to %s.', lowest, highest);
END $$;
COMMENT ON FUNCTION reconcile.option_number(jsonb, text, numeric, numeric) IS 'A number among the options of a rule, or null where it is not given; an error when it is none, or outside the bounds';

CREATE FUNCTION reconcile.check_rule(rule reconcile.rule) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known constant text[] := ARRAY['left_compare', 'right_compare', 'partial', 'minimum_reference', 'underpayment_tolerance', 'overpayment_tolerance',
        'underpayment_percent', 'overpayment_percent', 'tolerance_cap', 'adjustment', 'subset_side', 'max_chance', 'max_items', 'max_solutions', 'budget_steps',
        'threshold', 'minimum'];
    left_source regclass;
    right_source regclass;
    bad text;
BEGIN
    SELECT l.source, p.source INTO left_source, right_source
    FROM reconcile.reconciliation r JOIN reconcile.item_pool l ON l.pool_id = r.left_pool_id JOIN reconcile.item_pool p ON p.pool_id = r.right_pool_id
    WHERE r.reconciliation_id = rule.reconciliation_id;
    IF coalesce(rule.name, '') = '' OR rule.priority IS NULL THEN
        RAISE EXCEPTION 'a rule needs a name and a priority' USING ERRCODE = 'null_value_not_allowed', HINT = 'Rules of lower priority numbers are tried first.';
    END IF;
    IF rule.strategy IS NULL OR rule.strategy NOT IN ('key', 'reference', 'window', 'subset', 'net', 'score') THEN
        RAISE EXCEPTION 'strategy "%" is not known', coalesce(rule.strategy, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Strategies: key, reference, window, subset, net, score.';
    END IF;
    IF rule.action IS NULL OR rule.action NOT IN ('match', 'suggest') THEN
        RAISE EXCEPTION 'action "%" is not known', coalesce(rule.action, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'Actions: match, suggest.';
    END IF;
    IF NOT coalesce(rule.amount_tolerance >= 0 AND rule.amount_tolerance < 'Infinity' AND rule.percent_tolerance BETWEEN 0 AND 100, false) THEN
        RAISE EXCEPTION 'a tolerance is out of range: amount %, percent %', coalesce(rule.amount_tolerance::text, 'NULL'), coalesce(rule.percent_tolerance::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'amount_tolerance is 0 or more, in units of currency; percent_tolerance is 0 to 100.';
    END IF;
    IF jsonb_typeof(rule.options) <> 'object' THEN
        RAISE EXCEPTION 'options of a rule are a JSON object' USING ERRCODE = 'invalid_parameter_value', HINT = format('Options: %s.', array_to_string(known, ', '));
    END IF;
    SELECT k INTO bad FROM jsonb_object_keys(rule.options) AS k WHERE k <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'option "%" is not known', bad USING ERRCODE = 'invalid_parameter_value', HINT = format('Options: %s.', array_to_string(known, ', '));
    END IF;
    PERFORM reconcile.option_number(rule.options, n, 0, 1e12) FROM unnest(ARRAY['underpayment_tolerance', 'overpayment_tolerance']) AS n;
    PERFORM reconcile.option_number(rule.options, n, 0, 100) FROM unnest(ARRAY['underpayment_percent', 'overpayment_percent']) AS n;
    PERFORM reconcile.option_number(rule.options, 'tolerance_cap', 0.000001, 1e12);
    PERFORM reconcile.option_number(rule.options, n, 0, 1) FROM unnest(ARRAY['max_chance', 'threshold', 'minimum']) AS n;
    PERFORM reconcile.option_number(rule.options, n, 0, 1e9) FROM unnest(ARRAY['minimum_reference', 'max_items', 'max_solutions', 'budget_steps']) AS n;
    IF rule.options ? 'adjustment' THEN
        PERFORM reconcile.check_adjustment_kind(rule.options->>'adjustment');
    END IF;
    IF rule.strategy = 'key' AND (cardinality(rule.left_key) = 0 OR cardinality(rule.left_key) <> cardinality(rule.right_key)) THEN
        RAISE EXCEPTION 'a key rule needs as many left as right key columns, one at least' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example left_key => ARRAY[''order_no''], right_key => ARRAY[''order_no''].';
    END IF;
    IF rule.strategy = 'reference' AND NOT (rule.right_text IS NOT NULL AND cardinality(rule.left_key) > 0
                                            OR rule.left_text IS NOT NULL AND cardinality(rule.right_key) > 0) THEN
        RAISE EXCEPTION 'a reference rule needs a key on one side and a text on the other' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give left_key and right_text (the left reference is searched in the right text), or right_key and left_text.';
    END IF;
    IF rule.strategy IN ('window', 'subset') AND cardinality(rule.left_key) <> cardinality(rule.right_key)
       AND cardinality(rule.left_key) > 0 AND cardinality(rule.right_key) > 0 THEN
        RAISE EXCEPTION 'a % rule with keys needs as many left as right key columns, not % and %', rule.strategy, cardinality(rule.left_key), cardinality(rule.right_key)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'The columns are compared in their order; without a key give ''{}'' for both.';
    END IF;
    IF rule.strategy = 'net' AND cardinality(rule.left_key) = 0 AND cardinality(rule.right_key) = 0 THEN
        RAISE EXCEPTION 'a net rule needs a key of the side whose items cancel each other' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give left_key or right_key: items of one key that add up to nothing cancel.';
    END IF;
    IF coalesce(rule.options->>'subset_side', 'both') NOT IN ('left', 'right', 'both') THEN
        RAISE EXCEPTION 'subset_side "%" is not known', rule.options->>'subset_side' USING ERRCODE = 'invalid_parameter_value', HINT = 'It is left, right or both.';
    END IF;
    IF rule.lag_min > rule.lag_max THEN
        RAISE EXCEPTION 'lag_min % is above lag_max %', rule.lag_min, rule.lag_max USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The lag is the right date less the left date, in days.';
    END IF;
    PERFORM reconcile.check_source_columns(left_source, rule.left_key || array_remove(ARRAY[rule.left_text, rule.options->>'left_compare'], NULL));
    PERFORM reconcile.check_source_columns(right_source, rule.right_key || array_remove(ARRAY[rule.right_text, rule.options->>'right_compare'], NULL));
END $$;
COMMENT ON FUNCTION reconcile.check_rule(reconcile.rule) IS 'Raises what is wrong with a rule that is to be added, or simulated';

CREATE FUNCTION reconcile.check_compared_columns(rules reconcile.rule[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(DISTINCT (coalesce(r.options->>'left_compare', ''), coalesce(r.options->>'right_compare', ''))) FROM unnest(rules) AS r) > 1 THEN
        RAISE EXCEPTION 'all rules of a reconciliation compare the same columns' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give the left_compare and right_compare of the other rules, or define another reconciliation.';
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.check_compared_columns(reconcile.rule[]) IS 'Raises when rules that work together do not compare the same columns';

CREATE FUNCTION reconcile.add_rule(reconciliation text, name text, strategy text, priority integer, left_key text[], right_key text[],
    amount_tolerance numeric DEFAULT 0, percent_tolerance numeric DEFAULT 0, lag_min integer DEFAULT NULL, lag_max integer DEFAULT NULL,
    left_text text DEFAULT NULL, right_text text DEFAULT NULL, action text DEFAULT 'match', options jsonb DEFAULT '{}') RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new reconcile.rule;
BEGIN
    new.reconciliation_id := reconcile.reconciliation_id(reconciliation);
    new.name := name;
    new.strategy := strategy;
    new.priority := priority;
    new.left_key := coalesce(left_key, '{}');
    new.right_key := coalesce(right_key, '{}');
    new.amount_tolerance := amount_tolerance;
    new.percent_tolerance := percent_tolerance;
    new.lag_min := lag_min;
    new.lag_max := lag_max;
    new.left_text := left_text;
    new.right_text := right_text;
    new.action := action;
    new.options := coalesce(options, '{}');
    PERFORM reconcile.check_rule(new);
    PERFORM reconcile.check_compared_columns(ARRAY(SELECT r FROM reconcile.rule r JOIN reconcile.current_rule c USING (rule_id)
                                                   WHERE r.reconciliation_id = new.reconciliation_id AND r.name <> new.name AND r.active) || new);
    INSERT INTO reconcile.rule AS n (reconciliation_id, name, version, strategy, priority, left_key, right_key, amount_tolerance, percent_tolerance,
                                     lag_min, lag_max, left_text, right_text, action, options)
    SELECT new.reconciliation_id, new.name, coalesce(max(r.version), 0) + 1, new.strategy, new.priority, new.left_key, new.right_key,
           new.amount_tolerance, new.percent_tolerance, new.lag_min, new.lag_max, new.left_text, new.right_text, new.action, new.options
    FROM reconcile.rule r WHERE r.reconciliation_id = new.reconciliation_id AND r.name = new.name
    RETURNING n.rule_id INTO new.rule_id;
    PERFORM reconcile.audit('add_rule', add_rule.reconciliation || '.' || add_rule.name, to_jsonb(r) - 'created_at') FROM reconcile.rule r WHERE r.rule_id = new.rule_id;
    RETURN new.rule_id;
END $$;
COMMENT ON FUNCTION reconcile.add_rule(text, text, text, integer, text[], text[], numeric, numeric, integer, integer, text, text, text, jsonb) IS
    'Adds a rule, or a new version of the rule of that name. Strategies key, reference, window, subset, net, score; lowest priority number first; the keys of a subset rule divide both '
    'sides (a sum is sought among items of the same key), those of a window rule decide between candidates, score has none; lag = right date - left date in days; '
    'the larger of amount_tolerance (units of currency) and percent_tolerance (of the left amount) applies, options underpayment_tolerance, overpayment_tolerance, underpayment_percent, '
    'overpayment_percent take their place for a right sum that is too small or too large, option tolerance_cap bounds all of them; option adjustment posts the tolerated difference '
    'as an adjustment of that kind; returns rule_id';

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
       OR EXISTS (SELECT FROM reconcile.match_group g WHERE g.reconciliation_id = r.reconciliation_id)
       OR EXISTS (SELECT FROM reconcile.period_figure f WHERE f.reconciliation_id = r.reconciliation_id) THEN
        RAISE EXCEPTION 'reconciliation "%" cannot be dropped: it is shipped, or has runs, matches or figures of closed periods', name USING ERRCODE = 'dependent_objects_still_exist',
            HINT = 'drop_rule() switches its rules off.';
    END IF;
    DELETE FROM reconcile.rule u WHERE u.reconciliation_id = r.reconciliation_id;
    DELETE FROM reconcile.reconciliation x WHERE x.reconciliation_id = r.reconciliation_id;
    DELETE FROM reconcile.item_pool p WHERE p.pool_id IN (r.left_pool_id, r.right_pool_id) AND NOT p.builtin
        AND NOT EXISTS (SELECT FROM reconcile.reconciliation x WHERE p.pool_id IN (x.left_pool_id, x.right_pool_id));
    PERFORM reconcile.audit('drop_reconciliation', name, '{}');
END $$;
COMMENT ON FUNCTION reconcile.drop_reconciliation(text) IS 'Removes a reconciliation that was never run';
