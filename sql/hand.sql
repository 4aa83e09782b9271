-- hand.sql: what people do to items and matches: match by hand, confirm, reject, take back, settle.

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

CREATE FUNCTION reconcile.post_adjustment(merchant_id integer, match_id bigint, kind text, note text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO reconcile.adjustment (merchant_id, kind, order_id, match_id, amount, currency, note)
    SELECT g.merchant_id, post_adjustment.kind,
           (SELECT max(a.item_id) FROM reconcile.allocation a JOIN reconcile.item_pool p USING (pool_id)
            WHERE a.merchant_id = g.merchant_id AND a.match_id = g.match_id AND a.side = 'left' AND p.fact = 'sales_order'),
           g.match_id, g.left_amount - g.right_amount, g.currency, post_adjustment.note
    FROM reconcile.match_group g
    WHERE g.merchant_id = post_adjustment.merchant_id AND g.match_id = post_adjustment.match_id AND g.left_amount <> g.right_amount $$;
COMMENT ON FUNCTION reconcile.post_adjustment(integer, bigint, text, text) IS 'Posts the difference of a match as an adjustment; nothing where there is none';

CREATE FUNCTION reconcile.match_items(reconciliation text, left_items bigint[], right_items bigint[], note text, merchant text DEFAULT 'main',
    adjustment text DEFAULT NULL) RETURNS bigint
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
    IF adjustment IS NOT NULL THEN
        PERFORM reconcile.check_adjustment_kind(adjustment);
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
    IF adjustment IS NOT NULL THEN
        PERFORM reconcile.post_adjustment(m, new_id, adjustment, coalesce(nullif(note, ''), 'matched by hand'));
    END IF;
    PERFORM reconcile.close_exceptions(m, r.left_pool_id, lefts, note);
    PERFORM reconcile.close_exceptions(m, r.right_pool_id, rights, note);
    PERFORM reconcile.retire_suggestions(m, r.reconciliation_id, format('overtaken by match %s', new_id));
    PERFORM reconcile.audit('match_items', reconciliation, jsonb_build_object('match_id', new_id, 'left', lefts, 'right', rights, 'note', note));
    RETURN new_id;
END $$;
COMMENT ON FUNCTION reconcile.match_items(text, bigint[], bigint[], text, text, text) IS
    'Matches items by hand: all that is left of each is allocated, a difference stays visible in the match; adjustment: kind under which it is posted; returns match_id';

CREATE FUNCTION reconcile.find_match(match_id bigint) RETURNS reconcile.match_group
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group;
BEGIN
    SELECT x.* INTO g FROM reconcile.permitted_merchant m JOIN reconcile.match_group x ON x.merchant_id = m.merchant_id AND x.match_id = find_match.match_id;
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
        RAISE EXCEPTION 'match % is % already', g.match_id, old USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Its items are open again: match_items() matches them anew.';
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
        RAISE EXCEPTION 'match % is confirmed already', g.match_id USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'reject() or unmatch() takes it back.';
    END IF;
    PERFORM reconcile.check_four_eyes(e.actor, format('match %s', g.match_id))
    FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event = 'created';
    IF g.suggestion THEN
        FOR part IN SELECT s.side, array_agg(s.item_id ORDER BY s.item_id) AS items, array_agg(s.amount ORDER BY s.item_id) AS amounts
                    FROM reconcile.suggestion_item s WHERE s.merchant_id = g.merchant_id AND s.match_id = g.match_id GROUP BY s.side ORDER BY s.side LOOP
            PERFORM reconcile.allocate(g.merchant_id, g.match_id, CASE part.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END,
                                       part.side, part.items, part.amounts);
            PERFORM reconcile.close_exceptions(g.merchant_id, CASE part.side WHEN 'left' THEN r.left_pool_id ELSE r.right_pool_id END, part.items, note);
        END LOOP;
    END IF;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note) VALUES (g.merchant_id, g.match_id, 'confirmed', confirm.note);
    IF g.suggestion AND g.evidence <> 2 THEN
        PERFORM reconcile.post_adjustment(g.merchant_id, g.match_id, u.options->>'adjustment', format('rule %s', u.name))
        FROM reconcile.rule u WHERE u.rule_id = g.rule_id AND u.options ? 'adjustment';
    END IF;
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
    INSERT INTO reconcile.adjustment (merchant_id, kind, order_id, match_id, amount, currency, note)
    SELECT j.merchant_id, j.kind, j.order_id, j.match_id, -sum(j.amount), j.currency, coalesce(nullif(reverse_matches.note, ''), 'match reversed')
    FROM reconcile.adjustment j WHERE j.merchant_id = reverse_matches.merchant_id AND j.match_id = ANY (match_ids)
    GROUP BY j.merchant_id, j.kind, j.order_id, j.match_id, j.currency HAVING sum(j.amount) <> 0
    ORDER BY j.match_id;
    FOR pool IN SELECT a.pool_id, array_agg(DISTINCT a.item_id) AS items FROM reconcile.allocation a
                WHERE a.merchant_id = reverse_matches.merchant_id AND a.match_id = ANY (match_ids) GROUP BY a.pool_id ORDER BY a.pool_id LOOP
        PERFORM reconcile.refresh_open_balance(reverse_matches.merchant_id, pool.pool_id, pool.items);
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.reverse_matches(integer, bigint[], text) IS 'Reverses matches, and the adjustments posted for them, by counter-rows and opens their items again; the pools must be locked';

CREATE FUNCTION reconcile.unmatch(match_id bigint, note text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g reconcile.match_group := reconcile.find_match(match_id);
    r reconcile.reconciliation := reconcile.lock_match(g);
BEGIN
    PERFORM reconcile.check_matches_open(g.merchant_id, g.reconciliation_id, ARRAY[g.match_id], reconcile.match_made_at(g.merchant_id, g.match_id));
    PERFORM reconcile.reverse_matches(g.merchant_id, ARRAY[g.match_id], note);
    PERFORM reconcile.audit('unmatch', r.name, jsonb_build_object('match_id', g.match_id, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.unmatch(bigint, text) IS 'Takes a match back, unless it was made before the period of one of its items was closed: its items are open again; nothing is deleted. A later run may match them again; reject() keeps them apart';

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
        PERFORM reconcile.check_matches_open(g.merchant_id, g.reconciliation_id, ARRAY[g.match_id], reconcile.match_made_at(g.merchant_id, g.match_id));
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
    SELECT x.* INTO l FROM reconcile.permitted_merchant m JOIN reconcile.run_log x ON x.merchant_id = m.merchant_id AND x.run_id = undo_run.run_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % does not exist', coalesce(run_id::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The table reconcile.run_log lists them.';
    END IF;
    SELECT * INTO STRICT r FROM reconcile.reconciliation x WHERE x.reconciliation_id = l.reconciliation_id;
    PERFORM reconcile.lock_pools(l.merchant_id, ARRAY[r.left_pool_id, r.right_pool_id]);
    UPDATE reconcile.run_log x SET undone_at = clock_timestamp() WHERE x.merchant_id = l.merchant_id AND x.run_id = l.run_id AND x.undone_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is undone already', run_id USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'reconcile.run_log says when, in undone_at.';
    END IF;
    SELECT array_agg(g.match_id ORDER BY g.match_id) FILTER (WHERE NOT g.suggestion OR c.event IS NOT NULL),
           array_agg(g.match_id ORDER BY g.match_id) FILTER (WHERE g.suggestion AND c.event IS NULL)
    INTO undone, dropped
    FROM reconcile.match_group g
    LEFT JOIN reconcile.match_event c ON c.merchant_id = g.merchant_id AND c.match_id = g.match_id AND c.event = 'confirmed'
    WHERE g.merchant_id = l.merchant_id AND g.run_id = l.run_id
      AND NOT EXISTS (SELECT FROM reconcile.match_event e WHERE e.merchant_id = g.merchant_id AND e.match_id = g.match_id AND e.event IN ('rejected', 'reversed'));
    IF undone IS NOT NULL THEN
        -- What people have confirmed of its suggestions may be younger than the run.
        PERFORM reconcile.check_matches_open(l.merchant_id, l.reconciliation_id, ARRAY(SELECT g.match_id FROM reconcile.match_group g
            WHERE g.merchant_id = l.merchant_id AND g.match_id = ANY (undone) AND NOT g.suggestion), l.finished_at);
        PERFORM reconcile.check_matches_open(l.merchant_id, l.reconciliation_id, ARRAY[g.match_id], reconcile.match_made_at(l.merchant_id, g.match_id))
        FROM reconcile.match_group g WHERE g.merchant_id = l.merchant_id AND g.match_id = ANY (undone) AND g.suggestion;
        PERFORM reconcile.reverse_matches(l.merchant_id, undone, note);
    END IF;
    INSERT INTO reconcile.match_event (merchant_id, match_id, event, note)
    SELECT l.merchant_id, i, 'reversed', undo_run.note FROM unnest(dropped) AS i;
    WITH closed AS (
        UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
        WHERE e.merchant_id = l.merchant_id AND e.run_id = l.run_id AND e.status IN ('open', 'explained')
          -- What a line shows of itself is no work of the run: no later run would find it again.
          AND e.reason NOT IN ('fee_difference', 'condition_difference', 'chargeback', 'arithmetic', 'statement_gap')
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
    maker text;
BEGIN
    IF status IS NULL OR status NOT IN ('open', 'explained', 'settled', 'closed') THEN
        RAISE EXCEPTION 'status "%" is not known', coalesce(status, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = 'Statuses: open, explained, settled, closed.';
    END IF;
    IF coalesce(note, '') = '' THEN
        RAISE EXCEPTION 'a change of status needs a note' USING ERRCODE = 'null_value_not_allowed', HINT = 'Say how the difference was explained or settled.';
    END IF;
    SELECT x.* INTO e FROM reconcile.permitted_merchant m JOIN reconcile.exception_log x ON x.merchant_id = m.merchant_id AND x.exception_id = settle_exception.exception_id
    FOR UPDATE OF x;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'exception % does not exist', coalesce(exception_id::text, 'NULL') USING ERRCODE = 'no_data_found',
            HINT = 'The view reconcile.exception lists them.';
    END IF;
    IF settle_exception.status = 'closed' AND reconcile.four_eyes() THEN
        -- Closing approves what another has settled or, where nothing was posted, explained.
        SELECT v.actor INTO maker FROM reconcile.exception_event v
        WHERE v.merchant_id = e.merchant_id AND v.exception_id = e.exception_id AND v.status IN ('settled', 'explained')
          AND NOT EXISTS (SELECT FROM reconcile.exception_event o WHERE o.merchant_id = v.merchant_id AND o.exception_id = v.exception_id AND o.status = 'open'
                          AND o.exception_event_id > v.exception_event_id)
        ORDER BY v.status = 'settled' DESC, v.exception_event_id DESC LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'exception % is not settled yet', e.exception_id USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'With reconcile.four_eyes on, one person settles or explains it, by settle_exception() or write_off(), before another closes it.';
        END IF;
        PERFORM reconcile.check_four_eyes(maker, format('exception %s', e.exception_id));
    END IF;
    UPDATE reconcile.exception_log x SET status = settle_exception.status,
        closed_at = CASE WHEN settle_exception.status IN ('settled', 'closed') THEN clock_timestamp() END,
        settled_by_hand = settle_exception.status IN ('settled', 'closed')
    WHERE x.merchant_id = e.merchant_id AND x.exception_id = e.exception_id;
    INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note) VALUES (e.merchant_id, e.exception_id, settle_exception.status, settle_exception.note);
    PERFORM reconcile.audit('settle_exception', e.reason, jsonb_build_object('exception_id', exception_id, 'status', status, 'note', note));
END $$;
COMMENT ON FUNCTION reconcile.settle_exception(bigint, text, text) IS 'Records how an exception was explained, settled or closed, or opens it again';
