-- explain.sql: why an item is open, or matched: what each rule found for it on the other side, and what every candidate failed by.

CREATE FUNCTION reconcile.tolerated(rule reconcile.rule, left_amount numeric, right_amount numeric) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT abs(left_amount - right_amount) <= least(CASE WHEN rule.options ?| '{underpayment_tolerance,underpayment_percent,overpayment_tolerance,overpayment_percent}'
        THEN CASE WHEN (left_amount - right_amount) * sign(left_amount) > 0
                  THEN greatest(coalesce((rule.options->>'underpayment_tolerance')::numeric, rule.amount_tolerance),
                                abs(left_amount) * coalesce((rule.options->>'underpayment_percent')::numeric, rule.percent_tolerance) / 100)
                  ELSE greatest(coalesce((rule.options->>'overpayment_tolerance')::numeric, rule.amount_tolerance),
                                abs(left_amount) * coalesce((rule.options->>'overpayment_percent')::numeric, rule.percent_tolerance) / 100) END
        ELSE greatest(rule.amount_tolerance, abs(left_amount) * rule.percent_tolerance / 100) END, (rule.options->>'tolerance_cap')::numeric) $$;
COMMENT ON FUNCTION reconcile.tolerated(reconcile.rule, numeric, numeric) IS 'Whether a rule takes a left and a right sum for the same, as src/match/tolerance.h has it';

CREATE FUNCTION reconcile.counted(item jsonb) RETURNS numeric
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT coalesce((item->>CASE WHEN item ? 'amount' THEN 'amount' ELSE 'quantity' END)::numeric, 0) $$;
COMMENT ON FUNCTION reconcile.counted(jsonb) IS 'What runs count of an item: its amount, or its quantity where its source has no amounts';

CREATE FUNCTION reconcile.squeezed(reference text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT upper(regexp_replace(reference, '[^A-Za-z0-9]', '', 'g')) $$;
COMMENT ON FUNCTION reconcile.squeezed(text) IS 'A reference or text as reference rules compare it: its ASCII letters and digits in upper case';

CREATE FUNCTION reconcile.reference_in(reference text, narrative text, minimum integer) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN length(reference) < 3 THEN NULL
        WHEN position(reference IN reconcile.squeezed(narrative)) > 0
        THEN CASE WHEN upper(narrative) ~ ('(^|[^A-Z0-9]|[0-9](?=[A-Z]))' || regexp_replace(reference, '(.)(?=.)', '\1[^A-Z0-9]*', 'g') || '(?![A-Z0-9])') THEN 'whole' ELSE 'inside' END
        WHEN EXISTS (SELECT FROM regexp_split_to_table(upper(narrative), '[^A-Z0-9]+') AS w
                     WHERE length(w) BETWEEN minimum AND length(reference) - 1 AND (left(reference, length(w)) = w OR right(reference, length(w)) = w)) THEN 'part' END $$;
COMMENT ON FUNCTION reconcile.reference_in(text, text, integer) IS
    'How a squeezed reference stands in a text, as src/match/reference_index.h has it: whole (blanks and punctuation aside), only inside a longer word, in part (a word of at least minimum characters), or null: not at all';

CREATE FUNCTION reconcile.look_up_items(merchant_id integer, pool_id integer, condition text, most integer, OUT items jsonb[], OUT only_open boolean) RETURNS record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p reconcile.item_pool;
    whose text;
    whole text;
    plan jsonb;
BEGIN
    SELECT * INTO STRICT p FROM reconcile.item_pool x WHERE x.pool_id = look_up_items.pool_id;
    whose := CASE WHEN reconcile.source_has(p.source, 'merchant_id') THEN format('s.merchant_id = %s', merchant_id) ELSE format('%s = 1', merchant_id) END;
    whole := format('SELECT to_jsonb(s) AS item FROM %s AS s WHERE %s AND %s ORDER BY s.item_id LIMIT %s', p.source, whose, condition, most);
    only_open := false;
    IF p.fact IS NOT NULL THEN
        -- Where no index serves the question, the history is not read for it: what is open is looked up one by one.
        EXECUTE 'EXPLAIN (FORMAT JSON) ' || whole INTO plan;
        IF (plan->0->'Plan'->>'Total Cost')::numeric > 50000 THEN
            only_open := true;
            whole := format('SELECT to_jsonb(s) AS item FROM reconcile.open_balance AS o CROSS JOIN LATERAL (SELECT * FROM %s AS s WHERE %s AND s.item_id = o.item_id OFFSET 0) AS s
                             WHERE o.merchant_id = %s AND o.pool_id = %s AND %s ORDER BY s.item_id LIMIT %s', p.source, whose, merchant_id, p.pool_id, condition, most);
        END IF;
    END IF;
    EXECUTE format('SELECT coalesce(array_agg(x.item), ''{}'') FROM (%s) AS x', whole) INTO items;
END $$;
COMMENT ON FUNCTION reconcile.look_up_items(integer, integer, text, integer) IS
    'Items of a pool for which an SQL condition over the row s of its source holds, open or not; only_open: no index serves it, and only open ones were looked at';

CREATE FUNCTION reconcile.open_item_ids(merchant_id integer, pool_id integer, condition text) RETURNS bigint[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p reconcile.item_pool;
    ids bigint[];
BEGIN
    SELECT * INTO STRICT p FROM reconcile.item_pool x WHERE x.pool_id = open_item_ids.pool_id;
    EXECUTE format('SELECT coalesce(array_agg(o.item_id), ''{}'') FROM reconcile.open_balance AS o
                    CROSS JOIN LATERAL (SELECT FROM %s AS s WHERE %s AND s.item_id = o.item_id AND %s OFFSET 0) AS s WHERE o.merchant_id = %s AND o.pool_id = %s',
                   p.source, CASE WHEN reconcile.source_has(p.source, 'merchant_id') THEN format('s.merchant_id = %s', merchant_id) ELSE format('%s = 1', merchant_id) END, condition,
                   merchant_id, p.pool_id) INTO ids;
    RETURN ids;
END $$;
COMMENT ON FUNCTION reconcile.open_item_ids(integer, integer, text) IS 'Open items of a pool for which an SQL condition over the row s of its source holds';

CREATE FUNCTION reconcile.try_rule(merchant_id integer, reconciliation_id integer, rule_id integer, on_the_left boolean, item_id bigint)
    RETURNS TABLE (outcome text, left_items bigint[], right_items bigint[], candidates integer, confidence real, chance real)
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'reconcile_try_rule';
COMMENT ON FUNCTION reconcile.try_rule(integer, integer, integer, boolean, bigint) IS
    'What one rule by itself makes now of an item, of what is open and new: match and suggestion (with the items of both sides), ambiguous, impossible, exhausted, difference (with the other item), '
    'and of score rules each candidate with its probability; nothing is written';

CREATE FUNCTION reconcile.explain(reconciliation text, side text, item_id bigint, merchant text DEFAULT 'main', max_candidates integer DEFAULT 10)
    RETURNS TABLE (finding text, rule text, rule_version integer, strategy text, candidate_side reconcile.side, candidate_item_id bigint, candidate_date date,
                   candidate_amount numeric, candidate_currency text, difference numeric, lag integer, match_id bigint, explanation text)
    LANGUAGE plpgsql ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m integer := reconcile.merchant_id(merchant);
    r reconcile.reconciliation;
    me reconcile.side;
    other reconcile.side;
    my_pool integer;
    other_pool integer;
    mine jsonb;
    my_chain reconcile.allocation;
    my_amount numeric;
    my_open numeric;
    delay integer;
    u reconcile.rule;
    found_here jsonb[];
    c jsonb;
    chain reconcile.allocation;
    my_key text[];
    other_key text[];
    my_text text;
    other_text text;
    key_value text;
    my_compare text;
    other_compare text;
    my_value numeric;
    their_value numeric;
    rows jsonb[];
    findings text[];
    fitting integer;
    only_open boolean;
    its_matches bigint[];
    siblings jsonb[];
    how_found text;
    proposal bigint;
    shortest integer;
    rivals integer;
    their_sum numeric;
    my_sum numeric;
    n integer;
    e record;
    there integer;
    there_side reconcile.side;
    tried text[];
    set_count integer;
    in_sets bigint[];
    listed text;
    likely bigint[];
    probabilities numeric[];
    bounded boolean;
    all_smaller boolean;
    partition bigint[];
BEGIN
    IF max_candidates IS NULL OR max_candidates < 1 THEN
        RAISE EXCEPTION 'max_candidates must be 1 or more, not %', coalesce(max_candidates::text, 'NULL') USING ERRCODE = 'invalid_parameter_value',
            HINT = 'It bounds how many candidates each rule shows; the default is 10.';
    END IF;
    IF side IS NULL OR side NOT IN ('left', 'right') THEN
        RAISE EXCEPTION 'side "%" is not known', coalesce(side, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'It is left or right.';
    END IF;
    SELECT * INTO r FROM reconcile.reconciliation x WHERE x.reconciliation_id = reconcile.reconciliation_id(reconciliation);
    me := side;
    other := CASE me WHEN 'left' THEN 'right' ELSE 'left' END;
    my_pool := CASE me WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END;
    other_pool := CASE me WHEN 'left' THEN r.right_pool_id ELSE r.left_pool_id END;
    delay := CASE me WHEN 'left' THEN r.left_delay_days ELSE r.right_delay_days END;
    SELECT l.items[1] INTO mine FROM reconcile.look_up_items(m, my_pool, format('s.item_id = %s', coalesce(explain.item_id, 0)), 1) AS l;
    IF mine IS NULL THEN
        RAISE EXCEPTION '% item % does not exist', side, coalesce(item_id::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'open_item and match_item list items.';
    END IF;
    SELECT * INTO my_chain FROM reconcile.allocation a WHERE a.merchant_id = m AND a.pool_id = my_pool AND a.item_id = explain.item_id ORDER BY a.sequence DESC LIMIT 1;
    my_amount := reconcile.counted(mine);
    my_open := my_amount - coalesce(my_chain.allocated, 0);

    -- Where it stands.
    finding := CASE WHEN coalesce(my_chain.live_count, 0) > 0 AND my_open = 0 THEN 'closed' ELSE 'open' END;
    explanation := reconcile.finding_sentence(finding, jsonb_build_object('amount', my_amount, 'open', my_open));
    RETURN NEXT;
    its_matches := ARRAY(SELECT a.match_id FROM reconcile.allocation a WHERE a.merchant_id = m AND a.pool_id = my_pool AND a.item_id = explain.item_id
                         UNION SELECT s.match_id FROM reconcile.suggestion_item s JOIN reconcile.match_group g ON g.merchant_id = s.merchant_id AND g.match_id = s.match_id
                         WHERE s.merchant_id = m AND s.side = me AND s.item_id = explain.item_id AND g.reconciliation_id = r.reconciliation_id);
    FOR e IN SELECT x.match_id, x.status, x.rule, x.rule_version, x.strategy, x.explanation, x.difference FROM reconcile.match x
             WHERE x.merchant_id = m AND x.match_id = ANY (its_matches) AND x.status IN ('matched', 'confirmed', 'suggested') ORDER BY x.match_id LOOP
        finding := CASE e.status WHEN 'suggested' THEN 'suggested' ELSE 'matched' END;
        rule := e.rule;
        rule_version := e.rule_version;
        strategy := e.strategy;
        match_id := e.match_id;
        difference := e.difference;
        explanation := reconcile.finding_sentence(finding, jsonb_build_object('match', e.match_id, 'text', e.explanation));
        RETURN NEXT;
    END LOOP;
    rule := NULL;
    rule_version := NULL;
    strategy := NULL;
    match_id := NULL;
    difference := NULL;
    IF coalesce(my_chain.live_count, 0) > 0 AND my_open = 0 THEN
        RETURN;
    END IF;
    FOR e IN SELECT x.reason, x.difference, x.related_side, x.related_item_id FROM reconcile.exception_log x
             WHERE x.merchant_id = m AND x.reconciliation_id = r.reconciliation_id AND x.side = me AND x.item_id = explain.item_id AND x.status IN ('open', 'explained')
             ORDER BY x.exception_id LOOP
        finding := 'exception';
        candidate_side := e.related_side;
        candidate_item_id := e.related_item_id;
        difference := e.difference;
        explanation := reconcile.finding_sentence(finding, jsonb_build_object('text', reconcile.label('reason.' || e.reason)));
        RETURN NEXT;
    END LOOP;
    candidate_side := NULL;
    candidate_item_id := NULL;
    difference := NULL;
    IF NOT EXISTS (SELECT FROM reconcile.open_balance o WHERE o.merchant_id = m AND o.pool_id = my_pool AND o.item_id = explain.item_id) THEN
        finding := 'not_run';
        explanation := reconcile.finding_sentence(finding, '{}');
        RETURN NEXT;
    END IF;
    IF (mine->>'expects_match')::boolean IS FALSE THEN
        finding := 'not_expected';
        explanation := reconcile.finding_sentence(finding, '{}');
        RETURN NEXT;
    ELSIF delay > 0 AND (mine->>'item_date')::date + delay >= reconcile.business_date() THEN
        finding := 'within_delay';
        explanation := reconcile.finding_sentence(finding, jsonb_build_object('days', delay, 'date', (mine->>'item_date')::date + delay));
        RETURN NEXT;
    END IF;

    -- What each rule finds for it.
    FOR u IN SELECT x.* FROM reconcile.current_rule x WHERE x.reconciliation_id = r.reconciliation_id AND x.active ORDER BY x.priority, x.rule_id LOOP
        rule := u.name;
        rule_version := u.version;
        strategy := u.strategy;
        my_key := CASE me WHEN 'left' THEN u.left_key ELSE u.right_key END;
        other_key := CASE me WHEN 'left' THEN u.right_key ELSE u.left_key END;
        my_text := CASE me WHEN 'left' THEN u.left_text ELSE u.right_text END;
        other_text := CASE me WHEN 'left' THEN u.right_text ELSE u.left_text END;
        my_compare := coalesce(u.options->>(side || '_compare'), 'amount');
        other_compare := coalesce(u.options->>(other || '_compare'), 'amount');
        my_value := CASE WHEN my_compare = 'amount' THEN my_open ELSE coalesce((mine->>my_compare)::numeric, 0) END;
        found_here := '{}';
        only_open := false;
        siblings := NULL;
        likely := '{}';
        probabilities := '{}';
        shortest := coalesce(nullif((u.options->>'minimum_reference')::integer, 0), 6);
        key_value := (SELECT string_agg(mine->>k, ' ' ORDER BY o) FROM unnest(my_key) WITH ORDINALITY AS x (k, o));
        finding := NULL;
        IF u.strategy = 'key' THEN
            IF EXISTS (SELECT FROM unnest(my_key) AS k WHERE coalesce(mine->>k, '') = '') THEN
                finding := 'no_key';
                key_value := array_to_string(my_key, ', ');
            ELSE
                SELECT l.items, l.only_open INTO found_here, only_open FROM reconcile.look_up_items(m, other_pool,
                    (SELECT string_agg(format('s.%I = %L', other_key[o], mine->>my_key[o]), ' AND ') FROM generate_subscripts(my_key, 1) AS o), max_candidates) AS l;
                SELECT l.items INTO siblings FROM reconcile.look_up_items(m, my_pool,
                    (SELECT string_agg(format('s.%I = %L', k, mine->>k), ' AND ') FROM unnest(my_key) AS k), 1000) AS l;
            END IF;
        ELSIF u.strategy = 'reference' THEN
            IF other_text IS NOT NULL AND cardinality(my_key) > 0 THEN
                IF coalesce(key_value, '') = '' THEN
                    finding := 'no_key';
                    key_value := array_to_string(my_key, ', ');
                ELSIF length(reconcile.squeezed(key_value)) < 3 THEN
                    finding := 'short_key';
                ELSE
                    SELECT l.items, l.only_open INTO found_here, only_open FROM reconcile.look_up_items(m, other_pool,
                        format('reconcile.reference_in(%L, s.%I, %s) IS NOT NULL', reconcile.squeezed(key_value), other_text, shortest), max_candidates) AS l;
                END IF;
            ELSIF coalesce(mine->>my_text, '') = '' THEN
                finding := 'no_text';
            ELSE
                SELECT l.items, l.only_open INTO found_here, only_open FROM reconcile.look_up_items(m, other_pool,
                    format('reconcile.reference_in(reconcile.squeezed(s.%I), %L, %s) IS NOT NULL', other_key[cardinality(other_key)], mine->>my_text, shortest), max_candidates) AS l;
            END IF;
        ELSIF u.strategy IN ('window', 'score') THEN
            IF u.strategy = 'score' AND my_value <> 0 THEN
                -- What the rule itself thinks of its candidates, and whether it can decide between them.
                BEGIN
                    SELECT array_agg(t.outcome), array_agg(t.id ORDER BY t.probability DESC, t.id) FILTER (WHERE t.outcome = 'candidate'),
                           array_agg(t.probability ORDER BY t.probability DESC, t.id) FILTER (WHERE t.outcome = 'candidate')
                    INTO tried, likely, probabilities
                    FROM (SELECT x.outcome, CASE me WHEN 'left' THEN x.right_items[1] ELSE x.left_items[1] END AS id, max(round(x.confidence::numeric, 4)) AS probability
                          FROM reconcile.try_rule(m, r.reconciliation_id, u.rule_id, me = 'left', explain.item_id) AS x GROUP BY 1, 2) AS t;
                    IF 'ambiguous' = ANY (tried) THEN
                        finding := 'score_tie';
                        explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name, 'others', cardinality(likely)));
                        RETURN NEXT;
                    END IF;
                EXCEPTION WHEN configuration_limit_exceeded THEN
                    finding := 'not_tried';
                    explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name));
                    RETURN NEXT;
                END;
                finding := NULL;
            END IF;
            -- Those that come nearest among what is open, up to a tenth off.
            SELECT array_agg(l.item ORDER BY l.place) INTO found_here FROM (
                SELECT i.item, near.place FROM (
                    SELECT f.item_id, min(f.place) AS place FROM (
                        SELECT x.item_id, x.place FROM unnest(likely) WITH ORDINALITY AS x (item_id, place)
                        UNION ALL
                        (SELECT o.item_id, 1000000 + row_number() OVER (ORDER BY abs(o.amount - my_value), abs(o.item_date - (mine->>'item_date')::date), o.item_id)
                         FROM reconcile.open_balance o WHERE o.merchant_id = m AND o.pool_id = other_pool AND sign(o.amount) = sign(my_value) AND abs(o.amount - my_value) <= abs(my_value) / 10
                         ORDER BY abs(o.amount - my_value), abs(o.item_date - (mine->>'item_date')::date), o.item_id LIMIT max_candidates)) AS f
                    GROUP BY f.item_id ORDER BY 2 LIMIT max_candidates) AS near
                CROSS JOIN LATERAL (SELECT unnest(x.items) AS item FROM reconcile.look_up_items(m, other_pool, format('s.item_id = %s', near.item_id), 1) AS x) AS i) AS l;
        ELSIF u.strategy = 'subset' THEN
            -- Its key, where the rule has one, divides both sides: a sum is sought among what has the same.
            partition := NULL;
            IF cardinality(my_key) > 0 AND cardinality(other_key) > 0 THEN
                IF EXISTS (SELECT FROM unnest(my_key) AS k WHERE coalesce(mine->>k, '') = '') THEN
                    finding := 'no_key';
                    explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name, 'key', array_to_string(my_key, ', ')));
                    RETURN NEXT;
                    CONTINUE;
                END IF;
                partition := reconcile.open_item_ids(m, other_pool,
                    (SELECT string_agg(format('s.%I = %L', other_key[o], mine->>my_key[o]), ' AND ') FROM generate_subscripts(my_key, 1) AS o));
            END IF;
            SELECT count(*), sum(o.amount), bool_and(sign(o.amount) = sign(my_value)) INTO n, candidate_amount, all_smaller FROM reconcile.open_balance o
            WHERE o.merchant_id = m AND o.pool_id = other_pool AND (partition IS NULL OR o.item_id = ANY (partition)) AND o.currency IS NOT DISTINCT FROM mine->>'currency'
              AND coalesce(CASE me WHEN 'left' THEN o.item_date - (mine->>'item_date')::date ELSE (mine->>'item_date')::date - o.item_date END
                           BETWEEN coalesce(u.lag_min, -1000000) AND coalesce(u.lag_max, 1000000), true);
            -- What the search says of it as a sum, and which sets it takes part in. An item that can only be a part has no sum of its own.
            BEGIN
                SELECT array_agg(x.outcome), count(*) FILTER (WHERE x.own), max(x.chance) FILTER (WHERE x.own),
                       string_agg(array_to_string(x.others, ','), ',') FILTER (WHERE x.outcome IN ('match', 'suggestion'))
                INTO tried, set_count, their_sum, listed
                FROM (SELECT t.outcome, round(t.chance::numeric, 6) AS chance, CASE me WHEN 'left' THEN t.right_items ELSE t.left_items END AS others,
                             t.outcome IN ('match', 'suggestion') AND cardinality(CASE me WHEN 'left' THEN t.left_items ELSE t.right_items END) = 1 AS own
                      FROM reconcile.try_rule(m, r.reconciliation_id, u.rule_id, me = 'left', explain.item_id) AS t) AS x;
            EXCEPTION WHEN configuration_limit_exceeded THEN
                tried := NULL;
                set_count := 0;
                listed := NULL;
                finding := 'not_tried';
                explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name));
                RETURN NEXT;
            END;
            in_sets := coalesce(string_to_array(listed, ',')::bigint[], '{}');
            finding := CASE WHEN n = 0 AND NOT EXISTS (SELECT FROM reconcile.open_balance o WHERE o.merchant_id = m AND o.pool_id = other_pool)
                                 AND NOT EXISTS (SELECT FROM reconcile.run_log l WHERE l.merchant_id = m AND l.reconciliation_id = r.reconciliation_id) THEN 'unread'
                            WHEN n = 0 THEN 'no_candidate' WHEN 'impossible' = ANY (tried) THEN 'sum_impossible' WHEN 'exhausted' = ANY (tried) THEN 'sum_exhausted'
                            WHEN 'ambiguous' = ANY (tried) OR set_count > 1 THEN 'sum_ambiguous' WHEN set_count = 1 THEN 'sum_unique' ELSE 'sum' END;
            explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name, 'others', n, 'candidate_amount', candidate_amount, 'amount', my_value,
                                                      'sets', set_count, 'chance', coalesce(their_sum, 0)));
            RETURN NEXT;
            candidate_amount := NULL;
            finding := NULL;
            -- Its candidates: those in sets first, then those that lie near.
            SELECT array_agg(l.item ORDER BY l.place) INTO found_here FROM (
                SELECT i.item, near.place FROM (
                    SELECT o.item_id, row_number() OVER (ORDER BY o.item_id = ANY (in_sets) DESC, o.currency IS NOT DISTINCT FROM mine->>'currency' DESC,
                                                         abs(o.item_date - (mine->>'item_date')::date), o.item_id) AS place
                    FROM reconcile.open_balance o WHERE o.merchant_id = m AND o.pool_id = other_pool AND (partition IS NULL OR o.item_id = ANY (partition))
                    ORDER BY 2 LIMIT max_candidates) AS near
                CROSS JOIN LATERAL (SELECT unnest(x.items) AS item FROM reconcile.look_up_items(m, other_pool, format('s.item_id = %s', near.item_id), 1) AS x) AS i) AS l;
            CONTINUE WHEN cardinality(coalesce(found_here, '{}')) = 0;
        ELSE
            -- Net: the counterpart is on the same side.
            CONTINUE WHEN cardinality(my_key) = 0;
            IF EXISTS (SELECT FROM unnest(my_key) AS k WHERE coalesce(mine->>k, '') = '') THEN
                finding := 'no_key';
                key_value := array_to_string(my_key, ', ');
            ELSE
                SELECT l.items, l.only_open INTO found_here, only_open FROM reconcile.look_up_items(m, my_pool,
                    format('s.item_id <> %s AND ', explain.item_id) || (SELECT string_agg(format('s.%I = %L', k, mine->>k), ' AND ') FROM unnest(my_key) AS k), max_candidates) AS l;
            END IF;
        END IF;
        there := CASE WHEN u.strategy = 'net' THEN my_pool ELSE other_pool END;
        there_side := CASE WHEN u.strategy = 'net' THEN me ELSE other END;
        bounded := u.strategy <> 'score' OR u.amount_tolerance > 0 OR u.percent_tolerance > 0
                   OR u.options ?| '{underpayment_tolerance,underpayment_percent,overpayment_tolerance,overpayment_percent}';

        rows := '{}';
        findings := '{}';
        FOREACH c IN ARRAY coalesce(found_here, '{}') LOOP
            SELECT * INTO chain FROM reconcile.allocation a
            WHERE a.merchant_id = m AND a.pool_id = there AND a.item_id = (c->>'item_id')::bigint ORDER BY a.sequence DESC LIMIT 1;
            CONTINUE WHEN chain.live_count > 0 AND chain.match_id = ANY (its_matches);
            their_value := CASE WHEN CASE WHEN u.strategy = 'net' THEN my_compare ELSE other_compare END = 'amount' THEN reconcile.counted(c) - coalesce(chain.allocated, 0)
                                ELSE coalesce((c->>CASE WHEN u.strategy = 'net' THEN my_compare ELSE other_compare END)::numeric, 0) END;
            lag := CASE WHEN u.strategy = 'net' THEN abs((c->>'item_date')::date - (mine->>'item_date')::date) WHEN me = 'left' THEN (c->>'item_date')::date - (mine->>'item_date')::date ELSE (mine->>'item_date')::date - (c->>'item_date')::date END;
            how_found := CASE WHEN u.strategy <> 'reference' THEN NULL
                              WHEN other_text IS NOT NULL AND cardinality(my_key) > 0 THEN reconcile.reference_in(reconcile.squeezed(key_value), c->>other_text, shortest)
                              ELSE reconcile.reference_in(reconcile.squeezed(c->>other_key[cardinality(other_key)]), mine->>my_text, shortest) END;
            proposal := (SELECT s.match_id FROM reconcile.suggestion_item s JOIN reconcile.match_group g ON g.merchant_id = s.merchant_id AND g.match_id = s.match_id
                         WHERE s.merchant_id = m AND s.match_id = ANY (its_matches) AND s.side = there_side AND s.item_id = (c->>'item_id')::bigint AND g.rule_id = u.rule_id
                           AND NOT EXISTS (SELECT FROM reconcile.match_event v WHERE v.merchant_id = m AND v.match_id = s.match_id AND v.event IN ('confirmed', 'rejected', 'reversed'))
                         ORDER BY s.match_id LIMIT 1);
            findings := findings || CASE
                WHEN proposal IS NOT NULL THEN 'proposed'
                WHEN u.strategy <> 'net' AND EXISTS (SELECT FROM reconcile.rejection j WHERE j.merchant_id = m AND j.reconciliation_id = r.reconciliation_id
                             AND j.left_item_id = CASE me WHEN 'left' THEN explain.item_id ELSE (c->>'item_id')::bigint END
                             AND j.right_item_id = CASE me WHEN 'left' THEN (c->>'item_id')::bigint ELSE explain.item_id END) THEN 'rejected'
                WHEN c->>'currency' IS DISTINCT FROM mine->>'currency' THEN 'currency'
                WHEN coalesce(chain.live_count, 0) > 0 AND chain.allocated = reconcile.counted(c) THEN 'allocated'
                WHEN u.strategy = 'reference' AND how_found <> 'whole' THEN how_found
                WHEN u.strategy = 'subset' THEN CASE
                    WHEN NOT coalesce(lag BETWEEN coalesce(u.lag_min, -1000000) AND coalesce(u.lag_max, 1000000), true) THEN 'lag'
                    WHEN (c->>'item_id')::bigint = ANY (in_sets) THEN 'in_set'
                    WHEN all_smaller AND abs(their_value) > abs(my_value) AND coalesce(u.options->>'subset_side', 'both') = side THEN 'too_large'
                    ELSE 'no_set' END
                WHEN u.strategy = 'net' AND my_value + their_value <> 0 THEN 'no_reversal'
                WHEN u.strategy = 'score' AND (c->>'item_id')::bigint = ANY (likely) THEN 'resembles'
                WHEN bounded AND u.strategy <> 'net' AND their_value <> 0 AND my_value <> 0 AND NOT CASE me WHEN 'left' THEN reconcile.tolerated(u, my_value, their_value) ELSE reconcile.tolerated(u, their_value, my_value) END
                     THEN 'amount'
                WHEN NOT coalesce(lag BETWEEN coalesce(u.lag_min, CASE WHEN u.strategy = 'score' THEN -30 ELSE -1000000 END)
                                      AND coalesce(u.lag_max, CASE WHEN u.strategy = 'score' THEN 30 ELSE 1000000 END), true) THEN 'lag'
                WHEN u.strategy = 'score' THEN 'unlike'
                ELSE 'fits' END;
            rows := rows || jsonb_build_object('item', c, 'value', their_value, 'lag', lag, 'match', coalesce(proposal, CASE WHEN chain.live_count > 0 THEN chain.match_id END));
        END LOOP;
        fitting := (SELECT count(*) FROM unnest(findings) AS f WHERE f IN ('fits', 'proposed'));
        IF u.strategy = 'key' AND (cardinality(rows) > 1 OR cardinality(siblings) > 1) AND cardinality(rows) < max_candidates THEN
            -- Several items of one key are summed.
            SELECT sum((x.row->>'value')::numeric) FILTER (WHERE f NOT IN ('rejected', 'currency', 'allocated')) INTO their_sum FROM unnest(rows, findings) AS x (row, f);
            SELECT sum(CASE WHEN my_compare = 'amount' THEN reconcile.counted(x.item) - coalesce(a.allocated, 0) ELSE coalesce((x.item->>my_compare)::numeric, 0) END) INTO my_sum
            FROM unnest(siblings) AS x (item)
            LEFT JOIN LATERAL (SELECT y.allocated, y.live_count FROM reconcile.allocation y WHERE y.merchant_id = m AND y.pool_id = my_pool AND y.item_id = (x.item->>'item_id')::bigint
                               ORDER BY y.sequence DESC LIMIT 1) a ON true
            WHERE x.item->>'currency' IS NOT DISTINCT FROM mine->>'currency' AND NOT (coalesce(a.live_count, 0) > 0 AND a.allocated = reconcile.counted(x.item));
            findings := ARRAY(SELECT CASE WHEN f IN ('amount', 'fits') THEN 'same_key' ELSE f END FROM unnest(findings) WITH ORDINALITY AS x (f, o) ORDER BY o);
            IF their_sum IS NOT NULL THEN
                finding := 'key_sum';
                lag := NULL;
                candidate_amount := their_sum;
                difference := CASE me WHEN 'left' THEN my_sum - their_sum ELSE their_sum - my_sum END;
                explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name, 'amount', my_sum, 'candidate_amount', their_sum, 'difference', abs(difference)));
                RETURN NEXT;
            END IF;
        END IF;
        FOR n IN 1 .. cardinality(rows) LOOP
            finding := CASE WHEN findings[n] = 'fits' AND fitting > 1 AND u.strategy <> 'key' THEN 'ambiguous' ELSE findings[n] END;
            c := rows[n]->'item';
            rivals := fitting - 1;
            IF finding = 'fits' AND u.strategy = 'window' THEN
                rivals := (SELECT count(*) FROM (
                    SELECT FROM reconcile.open_balance o
                    WHERE o.merchant_id = m AND o.pool_id = my_pool AND o.item_id <> explain.item_id AND o.currency IS NOT DISTINCT FROM mine->>'currency'
                      AND CASE me WHEN 'left' THEN reconcile.tolerated(u, o.amount, (rows[n]->>'value')::numeric) ELSE reconcile.tolerated(u, (rows[n]->>'value')::numeric, o.amount) END
                      AND coalesce(CASE me WHEN 'left' THEN (c->>'item_date')::date - o.item_date ELSE o.item_date - (c->>'item_date')::date END
                                   BETWEEN coalesce(u.lag_min, -1000000) AND coalesce(u.lag_max, 1000000), true)
                    LIMIT 100) AS x);
                finding := CASE WHEN rivals > 0 THEN 'contested' ELSE 'fits' END;
            END IF;
            candidate_side := there_side;
            candidate_item_id := c->>'item_id';
            candidate_date := c->>'item_date';
            candidate_amount := reconcile.counted(c);
            candidate_currency := c->>'currency';
            lag := rows[n]->>'lag';
            match_id := CASE WHEN finding IN ('allocated', 'proposed') THEN (rows[n]->>'match')::bigint END;
            difference := CASE WHEN finding = 'allocated' OR u.strategy = 'subset' THEN NULL WHEN u.strategy = 'net' THEN my_value + (rows[n]->>'value')::numeric WHEN me = 'left' THEN my_value - (rows[n]->>'value')::numeric
                               ELSE (rows[n]->>'value')::numeric - my_value END;
            explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name, 'candidate', candidate_item_id, 'candidate_date', candidate_date,
                'candidate_amount', rows[n]->>'value', 'difference', abs(difference), 'lag', lag, 'match', match_id, 'others', rivals, 'amount', my_value,
                'probability', probabilities[array_position(likely, candidate_item_id)], 'threshold', coalesce(u.options->>'threshold', '0.95'), 'minimum', coalesce(u.options->>'minimum', '0.5'),
                'key', CASE WHEN u.strategy = 'reference' AND my_text IS NOT NULL THEN c->>other_key[cardinality(other_key)] ELSE key_value END,
                'text', CASE finding WHEN 'currency' THEN candidate_currency WHEN 'lag' THEN concat(coalesce(u.lag_min::text, CASE WHEN u.strategy = 'score' THEN '-30' ELSE '...' END), ' - ', coalesce(u.lag_max::text, CASE WHEN u.strategy = 'score' THEN '30' ELSE '...' END)) END));
            RETURN NEXT;
        END LOOP;
        candidate_side := NULL;
        candidate_item_id := NULL;
        candidate_date := NULL;
        candidate_amount := NULL;
        candidate_currency := NULL;
        lag := NULL;
        match_id := NULL;
        difference := NULL;
        IF cardinality(rows) = 0 THEN
            finding := coalesce(CASE WHEN finding IN ('no_key', 'short_key', 'no_text') THEN finding END,
                                CASE WHEN cardinality(its_matches) > 0 AND cardinality(found_here) > 0 THEN 'no_more' ELSE 'no_candidate' END);
            explanation := reconcile.finding_sentence(CASE WHEN u.strategy = 'net' AND finding = 'no_candidate' THEN 'no_candidate_here' ELSE finding END,
                                                      jsonb_build_object('rule', u.name, 'key', key_value));
            RETURN NEXT;
        END IF;
        IF only_open THEN
            finding := 'not_searched';
            explanation := reconcile.finding_sentence(finding, jsonb_build_object('rule', u.name));
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.explain(text, text, bigint, text, integer) IS
    'Why an item is open or matched: first where it stands (finding open, closed, matched, suggested, exception, not_run, not_expected, within_delay), then by rule each candidate of the other side, '
    'at most max_candidates a rule, with what it failed by (rejected, currency, allocated, reference inside a longer word or in part, amount, key_sum, same_key, lag, ambiguous, contested; of score resembles with its probability, unlike; '
    'of net, on the same side, no_reversal; of subset in_set, no_set, too_large; proposed, fits) or that there is none (no_candidate, no_more, no_key, short_key, no_text). What a search for a sum says stands first: '
    'sum_unique, sum_ambiguous, sum_impossible (proven), sum_exhausted (budget), or sum: nothing to prove; so does score_tie. unread: no run has seen the other side; not_tried: reconcile.work_memory is too small to try the rule. Rules subset and score are tried anew over what is open. Sentences in the language of reconcile.language; amounts in units of currency, lag in days';
