-- findings.sql: what an import finds wrong with its rows in themselves: parts that do not add up, holes in running balances.
--
-- These exceptions belong to no run (run_id is null): no run closes them. They stand in the reconciliation whose pool holds the item.

CREATE FUNCTION reconcile.finding_place(relation text, OUT reconciliation_id integer, OUT side reconcile.side) RETURNS record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.reconciliation_id, p.side::reconcile.side
    FROM (VALUES ('settlement_line', 'order_settlement', 'right'), ('payout', 'payout_bank', 'left'), ('bank_line', 'payout_bank', 'right')) AS p (relation, name, side)
    JOIN reconcile.reconciliation r ON r.name = p.name
    WHERE p.relation = finding_place.relation $$;
COMMENT ON FUNCTION reconcile.finding_place(text) IS 'Where exceptions stand that an import opens for rows of a relation: the reconciliation and side whose pool holds them';

CREATE FUNCTION reconcile.open_finding(merchant_id integer, relation text, item_id bigint, reason text, item_date date, amount numeric, difference numeric,
    currency text, reference text, narrative text) RETURNS boolean
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH opened AS (
        INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, side, item_id, reason, item_date, amount, difference, currency, reference, narrative)
        SELECT $1, p.reconciliation_id, p.side, $3, $4, $5, $6, $7, $8, $9, $10
        FROM reconcile.finding_place($2) AS p
        WHERE p.reconciliation_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM reconcile.exception_log e WHERE e.merchant_id = $1 AND e.reconciliation_id = p.reconciliation_id AND e.side = p.side
                          AND e.item_id = $3 AND e.reason = $4 AND (e.status IN ('open', 'explained') OR e.settled_by_hand))
        RETURNING 1)
    SELECT EXISTS (SELECT FROM opened) $$;
COMMENT ON FUNCTION reconcile.open_finding(integer, text, bigint, text, date, numeric, numeric, text, text, text) IS
    'Opens an exception of an import, unless it stands already or a person has settled it; returns whether it did';

CREATE FUNCTION reconcile.open_arithmetic(merchant_id integer, relation text, item_ids bigint[], differences numeric[]) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS (SELECT * FROM unnest($3, $4) AS f (item_id, difference)),
    item AS (
        SELECT f.item_id, f.difference, l.posted_on AS item_date, l.currency, l.order_no AS reference, concat_ws(' ', l.transaction_no, l.description) AS narrative
        FROM found f JOIN reconcile.settlement_line l ON $2 = 'settlement_line' AND l.merchant_id = $1 AND l.settlement_line_id = f.item_id
        UNION ALL
        SELECT f.item_id, f.difference, p.paid_on, p.currency, p.payout_no, p.reference
        FROM found f JOIN reconcile.payout p ON $2 = 'payout' AND p.merchant_id = $1 AND p.payout_id = f.item_id
        UNION ALL
        SELECT f.item_id, f.difference, b.booked_on, b.currency, b.reference, b.narrative
        FROM found f JOIN reconcile.bank_line b ON $2 = 'bank_line' AND b.merchant_id = $1 AND b.bank_line_id = f.item_id)
    SELECT count(*) FILTER (WHERE reconcile.open_finding($1, $2, i.item_id, 'arithmetic', i.item_date, i.difference, -i.difference, i.currency, i.reference, i.narrative))
    FROM item i $$;
COMMENT ON FUNCTION reconcile.open_arithmetic(integer, text, bigint[], numeric[]) IS
    'Opens exceptions for rows whose parts do not add up to what they state; differences are stated less parts; returns how many';

CREATE FUNCTION reconcile.balance_is_reached(merchant_id integer, account_id integer, bank_line_id bigint, booked_on date, opening numeric) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM reconcile.bank_line b
                   WHERE b.merchant_id = $1 AND b.account_id = $2 AND b.bank_line_id <> $3 AND b.balance = $5 AND b.booked_on <= $4
                     AND b.booked_on >= coalesce((SELECT max(p.booked_on) FROM reconcile.bank_line p
                                                  WHERE p.merchant_id = $1 AND p.account_id = $2 AND p.booked_on < $4 AND p.balance IS NOT NULL), $4)) $$;
COMMENT ON FUNCTION reconcile.balance_is_reached(integer, integer, bigint, date, numeric) IS
    'Whether another line of the account, of the same day or of the last day before, ends with the balance that a line begins with';

CREATE FUNCTION reconcile.open_gap(merchant_id integer, bank_line_id bigint, missing numeric) RETURNS boolean
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT reconcile.open_finding($1, 'bank_line', b.bank_line_id, 'statement_gap', b.booked_on, $3, $3, b.currency, b.reference, b.narrative)
    FROM reconcile.bank_line b WHERE b.merchant_id = $1 AND b.bank_line_id = $2 $$;
COMMENT ON FUNCTION reconcile.open_gap(integer, bigint, numeric) IS 'Opens the exception for lines that are missing before a bank line; missing is their sum, positive a credit';

CREATE FUNCTION reconcile.close_gaps(merchant_id integer, account_id integer) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH closed AS (
        UPDATE reconcile.exception_log e SET status = 'settled', closed_at = clock_timestamp()
        FROM reconcile.finding_place('bank_line') AS p, reconcile.bank_line b, reconcile.account a
        WHERE e.merchant_id = $1 AND e.reconciliation_id = p.reconciliation_id AND e.side = p.side AND e.reason = 'statement_gap'
          AND e.status IN ('open', 'explained') AND b.merchant_id = $1 AND b.bank_line_id = e.item_id AND b.account_id = $2
          AND a.merchant_id = $1 AND a.account_id = $2
          AND CASE WHEN b.balance IS NOT NULL
                   THEN a.opening_balance = b.balance - b.amount OR reconcile.balance_is_reached($1, $2, b.bank_line_id, b.booked_on, b.balance - b.amount)
                   ELSE EXISTS (SELECT FROM reconcile.bank_statement s
                                WHERE s.merchant_id = $1 AND s.account_id = $2 AND s.import_id = b.import_id AND b.booked_on BETWEEN s.opened_on AND s.closed_on
                                  AND (s.opening_balance = a.opening_balance OR reconcile.balance_is_reached($1, $2, b.bank_line_id, b.booked_on, s.opening_balance)
                                       OR EXISTS (SELECT FROM reconcile.bank_statement t
                                                  WHERE t.merchant_id = $1 AND t.account_id = $2 AND t.currency = s.currency AND t.bank_statement_id <> s.bank_statement_id
                                                    AND t.closing_balance = s.opening_balance AND t.closed_on <= b.booked_on))) END
        RETURNING e.exception_id)
    , events AS (
        INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
        SELECT $1, c.exception_id, 'settled', 'what was missing is there' FROM closed c RETURNING 1)
    SELECT count(*) FROM events $$;
COMMENT ON FUNCTION reconcile.close_gaps(integer, integer) IS 'Settles the holes of an account that have been filled; returns how many';

CREATE FUNCTION reconcile.check_statement_ends(merchant_id integer, account_id integer, since date) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m integer := check_statement_ends.merchant_id;
    a integer := check_statement_ends.account_id;
    s record;
    before record;
    head record;
    missing numeric;
    opened bigint := 0;
BEGIN
    FOR s IN SELECT DISTINCT ON (x.opened_on, x.opening_balance) x.opened_on, x.closed_on, x.opening_balance, x.currency, x.import_id, x.bank_statement_id
             FROM reconcile.bank_statement x
             WHERE x.merchant_id = m AND x.account_id = a AND x.opening_balance IS NOT NULL AND x.opened_on >= since
             ORDER BY x.opened_on, x.opening_balance, x.bank_statement_id LOOP
        -- The line that begins with the balance; where lines state none, the first that the statement brought.
        SELECT b.bank_line_id, b.booked_on INTO head FROM reconcile.bank_line b
        WHERE b.merchant_id = m AND b.account_id = a AND b.booked_on BETWEEN s.opened_on AND s.closed_on
          AND (b.booked_on = s.opened_on AND b.balance - b.amount = s.opening_balance OR b.balance IS NULL AND b.import_id = s.import_id AND b.currency = s.currency
               AND NOT EXISTS (SELECT FROM reconcile.bank_statement t
                               WHERE t.merchant_id = m AND t.account_id = a AND t.import_id = s.import_id AND t.bank_statement_id < s.bank_statement_id
                                 AND b.booked_on BETWEEN t.opened_on AND t.closed_on))
        ORDER BY b.balance IS NULL, b.booked_on, b.bank_line_id LIMIT 1;
        CONTINUE WHEN head.bank_line_id IS NULL OR reconcile.balance_is_reached(m, a, head.bank_line_id, head.booked_on, s.opening_balance)
            -- Another statement ends with it, or begins with it as well: reports of one day repeat its opening balance.
            OR EXISTS (SELECT FROM reconcile.bank_statement t
                       WHERE t.merchant_id = m AND t.account_id = a AND t.currency = s.currency AND t.bank_statement_id <> s.bank_statement_id
                         AND (t.closing_balance = s.opening_balance AND t.closed_on <= head.booked_on
                              OR t.opening_balance = s.opening_balance AND t.opened_on = s.opened_on AND t.bank_statement_id < s.bank_statement_id));
        SELECT t.closed_on, t.closing_balance INTO before FROM reconcile.bank_statement t
        WHERE t.merchant_id = m AND t.account_id = a AND t.closing_balance IS NOT NULL AND t.currency = s.currency
          AND (t.closed_on < head.booked_on OR t.closed_on = head.booked_on AND t.bank_statement_id < s.bank_statement_id)
        ORDER BY t.closed_on DESC, t.bank_statement_id DESC LIMIT 1;
        IF FOUND THEN
            -- Lines that came without balances count as well.
            missing := s.opening_balance - before.closing_balance - (
                SELECT coalesce(sum(b.amount), 0) FROM reconcile.bank_line b
                WHERE b.merchant_id = m AND b.account_id = a AND b.booked_on > before.closed_on AND b.booked_on < head.booked_on AND b.currency = s.currency);
        ELSE
            SELECT s.opening_balance - x.opening_balance INTO missing FROM reconcile.account x
            WHERE x.merchant_id = m AND x.account_id = a AND x.currency = s.currency
              AND NOT EXISTS (SELECT FROM reconcile.bank_line b WHERE b.merchant_id = m AND b.account_id = a AND b.booked_on < head.booked_on);
        END IF;
        CONTINUE WHEN missing IS NULL OR missing = 0;
        IF reconcile.open_gap(m, head.bank_line_id, missing) THEN
            opened := opened + 1;
        END IF;
    END LOOP;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.check_statement_ends(integer, integer, date) IS
    'Opens exceptions where a statement of the account, from a day on, does not begin with what the one before it, or the account''s opening balance, ends with; returns how many';

CREATE FUNCTION reconcile.check_running_balance(merchant_id integer, import_id bigint, account_id integer, line_nos bigint[], days date[], openings numeric[],
    missing numeric[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    opened bigint := 0;
    h record;
    since date;
BEGIN
    FOR h IN SELECT x.day, x.opening, x.missing, b.bank_line_id
             FROM unnest(line_nos, days, openings, missing) WITH ORDINALITY AS x (line_no, day, opening, missing, ordinal)
             JOIN LATERAL (SELECT l.bank_line_id FROM reconcile.bank_line l
                           WHERE l.merchant_id = check_running_balance.merchant_id AND l.account_id = check_running_balance.account_id AND l.booked_on = x.day
                             AND l.balance - l.amount = x.opening
                           ORDER BY l.import_id = check_running_balance.import_id AND l.line_no = x.line_no DESC, l.bank_line_id LIMIT 1) b ON true
             ORDER BY x.ordinal LOOP
        -- Another file may have brought what this one lacks.
        CONTINUE WHEN reconcile.balance_is_reached(check_running_balance.merchant_id, check_running_balance.account_id, h.bank_line_id, h.day, h.opening);
        IF reconcile.open_gap(check_running_balance.merchant_id, h.bank_line_id, h.missing) THEN
            opened := opened + 1;
        END IF;
    END LOOP;
    PERFORM reconcile.close_gaps(check_running_balance.merchant_id, check_running_balance.account_id);
    SELECT min(s.opened_on) INTO since FROM reconcile.bank_statement s
    WHERE s.merchant_id = check_running_balance.merchant_id AND s.import_id = check_running_balance.import_id;
    IF since IS NOT NULL THEN
        opened := opened + reconcile.check_statement_ends(check_running_balance.merchant_id, check_running_balance.account_id, since);
    END IF;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.check_running_balance(integer, bigint, integer, bigint[], date[], numeric[], numeric[]) IS
    'Opens exceptions for the holes that an import shows in the running balance of an account, in the file and between files, and settles those it fills; returns how many it opened';

CREATE FUNCTION reconcile.check_statements(merchant_id integer, import_id bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s record;
    opened bigint := 0;
BEGIN
    FOR s IN SELECT x.account_id, min(x.opened_on) AS since FROM reconcile.bank_statement x
             WHERE x.merchant_id = check_statements.merchant_id AND x.import_id = check_statements.import_id AND x.opening_balance IS NOT NULL
             GROUP BY x.account_id ORDER BY x.account_id LOOP
        PERFORM reconcile.close_gaps(check_statements.merchant_id, s.account_id);
        opened := opened + reconcile.check_statement_ends(check_statements.merchant_id, s.account_id, s.since);
    END LOOP;
    RETURN opened;
END $$;
COMMENT ON FUNCTION reconcile.check_statements(integer, bigint) IS
    'Opens exceptions where the statements of an import do not begin with what those before them end with, and settles the holes that they fill; returns how many it opened';

CREATE FUNCTION reconcile.name_missing_payouts(merchant_id integer) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH gap AS (
        SELECT e.exception_id, e.amount, e.currency, e.item_date
        FROM reconcile.finding_place('bank_line') AS p
        JOIN reconcile.exception_log e ON e.merchant_id = $1 AND e.reconciliation_id = p.reconciliation_id AND e.side = p.side
        WHERE e.reason = 'statement_gap' AND e.status IN ('open', 'explained')),
    pair AS (
        SELECT g.exception_id, o.item_id, count(*) OVER (PARTITION BY g.exception_id) AS payouts, count(*) OVER (PARTITION BY o.item_id) AS gaps
        FROM gap g
        JOIN reconcile.reconciliation r ON r.name = 'payout_bank'
        JOIN reconcile.open_balance o ON o.merchant_id = $1 AND o.pool_id = r.left_pool_id AND o.amount = g.amount AND o.currency = g.currency
             AND o.item_date BETWEEN g.item_date - 15 AND g.item_date),
    named AS (
        UPDATE reconcile.exception_log e SET related_side = n.side, related_item_id = n.item_id
        FROM (SELECT g.exception_id, p.item_id, CASE WHEN p.item_id IS NOT NULL THEN 'left'::reconcile.side END AS side
              FROM gap g LEFT JOIN pair p ON p.exception_id = g.exception_id AND p.payouts = 1 AND p.gaps = 1) n
        WHERE e.merchant_id = $1 AND e.exception_id = n.exception_id AND e.related_item_id IS DISTINCT FROM n.item_id
        RETURNING 1)
    SELECT count(*) FROM named $$;
COMMENT ON FUNCTION reconcile.name_missing_payouts(integer) IS
    'Names in statement_gap exceptions the one open payout of that amount which the missing line would be, or takes the name back; returns how many changed. Nothing is matched by it';

CREATE FUNCTION reconcile.set_opening_balance(account text, opening_balance numeric, merchant text DEFAULT 'main') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m integer := reconcile.merchant_id(merchant);
    a integer := reconcile.account_id(m, account);
    closed date;
BEGIN
    PERFORM reconcile.hold_periods(m);
    closed := reconcile.closed_through(m);
    -- It stands below the balance of every day.
    IF EXISTS (SELECT FROM reconcile.bank_line b WHERE b.merchant_id = m AND b.account_id = a AND b.booked_on <= closed)
       AND EXISTS (SELECT FROM reconcile.account x WHERE x.merchant_id = m AND x.account_id = a AND x.opening_balance IS DISTINCT FROM set_opening_balance.opening_balance) THEN
        RAISE EXCEPTION 'account "%" has lines of a period that is closed through %', account, closed USING ERRCODE = 'RC013',
            HINT = format('reopen_period(''%s'', note) opens the period again.', closed);
    END IF;
    UPDATE reconcile.account x SET opening_balance = set_opening_balance.opening_balance WHERE x.merchant_id = m AND x.account_id = a;
    PERFORM reconcile.close_gaps(m, a);
    PERFORM reconcile.check_statement_ends(m, a, '-infinity');
    PERFORM reconcile.audit('set_opening_balance', account, jsonb_build_object('merchant', merchant, 'opening_balance', opening_balance));
END $$;
COMMENT ON FUNCTION reconcile.set_opening_balance(text, numeric, text) IS
    'Says what stood on an account before its first line: that lines are missing at the very beginning shows only against it; NULL takes it back';

-- A platform that changes money writes two lines: what it takes in one currency and what it gives in another.
CREATE VIEW reconcile.conversion AS
SELECT taken.merchant_id, s.code AS shop, taken.transaction_no, taken.posted_on, taken.currency AS from_currency, -taken.amount AS from_amount,
       given.currency AS to_currency, given.amount AS to_amount, round(given.amount / -taken.amount, 8) AS rate,
       taken.settlement_line_id AS from_line_id, given.settlement_line_id AS to_line_id
FROM reconcile.settlement_line taken
JOIN reconcile.settlement_line given ON given.merchant_id = taken.merchant_id AND given.shop_id = taken.shop_id
     AND given.transaction_no = taken.transaction_no AND given.kind = 'adjustment' AND given.amount > 0 AND given.currency <> taken.currency
JOIN reconcile.shop s ON s.merchant_id = taken.merchant_id AND s.shop_id = taken.shop_id
WHERE taken.kind = 'adjustment' AND taken.amount < 0;
COMMENT ON VIEW reconcile.conversion IS
    'Conversions of currency that settlement files report, a row each: both currencies and amounts, and the rate (units of to_currency for one of from_currency) as charged';
