-- identity.sql: the same line of a bank account in files of different formats.
--
-- Within one format a line is known by its natural key: everything the format says of it. Another format says it in other words, so there the account, the
-- day, the currency and the amount must agree, and what else both say must not contradict. One line answers one line: of two payments alike the second is
-- the second, however often they are told.

CREATE FUNCTION reconcile.telling_words(VARIADIC texts text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    -- Words and numbers of four characters and more; of scripts without blanks, every two characters.
    SELECT coalesce(array_agg(DISTINCT w), '{}')
    FROM (SELECT m[1] AS w FROM regexp_matches(upper(concat_ws(' ', VARIADIC texts)), '([A-Z0-9]{4,})', 'g') AS m
          UNION ALL
          SELECT substr(m[1], i, 2) FROM regexp_matches(concat_ws(' ', VARIADIC texts), '([^\u0001-\u024F]{2,})', 'g') AS m, generate_series(1, length(m[1]) - 1) AS i) AS x $$;
COMMENT ON FUNCTION reconcile.telling_words(text[]) IS 'What of texts can be found again in another wording of the same';

CREATE FUNCTION reconcile.known_in_other_formats(merchant_id integer, import_id bigint, format text, account_ids integer[], days date[], currencies text[],
    amounts numeric[], balances numeric[], bank_references text[], texts text[], line_nos bigint[], natural_keys bigint[], natural_checks bigint[], answered bigint[])
    RETURNS TABLE (ordinal integer, bank_line_id bigint, certain boolean)
    LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p record;
    standing bigint := 0;
    new_taken integer[];
    old_taken bigint[];
    all_taken integer[] := '{}';
BEGIN
    FOR p IN
        WITH new_line AS MATERIALIZED (
            SELECT n.ordinal::integer, n.account_id, n.day, n.currency, n.amount, n.balance, upper(regexp_replace(n.reference, '[^[:alnum:]]', '', 'g')) AS reference,
                   reconcile.telling_words(n.reference, n.text) AS words, n.natural_key, n.natural_check
            FROM unnest(account_ids, days, currencies, amounts, balances, bank_references, texts, natural_keys, natural_checks) WITH ORDINALITY
                 AS n (account_id, day, currency, amount, balance, reference, text, natural_key, natural_check, ordinal)),
        old_line AS MATERIALIZED (
            SELECT b.bank_line_id, b.account_id, b.booked_on AS day, b.currency, b.amount, b.balance, upper(regexp_replace(b.reference, '[^[:alnum:]]', '', 'g')) AS reference,
                   reconcile.telling_words(b.reference, b.narrative, b.counterparty) AS words
            FROM (SELECT DISTINCT n.account_id, n.day FROM new_line n) d
            JOIN reconcile.bank_line b ON b.merchant_id = known_in_other_formats.merchant_id AND b.account_id = d.account_id AND b.booked_on = d.day
            JOIN reconcile.import i ON i.merchant_id = b.merchant_id AND i.import_id = b.import_id
            WHERE i.format <> known_in_other_formats.format AND b.import_id <> known_in_other_formats.import_id AND b.bank_line_id <> ALL (answered)),
        -- An earlier file of this format was recognised so.
        told_before AS MATERIALIZED (
            SELECT DISTINCT n.ordinal, x.bank_line_id, true AS told
            FROM new_line n
            JOIN reconcile.bank_line_alias x ON x.merchant_id = known_in_other_formats.merchant_id AND x.natural_key = n.natural_key AND x.natural_check = n.natural_check),
        -- Days of which the file tells all that is known.
        retold AS (
            SELECT o.account_id, o.day, sum(o.lines) > 1 AS several
            FROM (SELECT x.account_id, x.day, x.currency, x.amount, count(*) AS lines FROM old_line x GROUP BY 1, 2, 3, 4) o
            LEFT JOIN (SELECT x.account_id, x.day, x.currency, x.amount, count(*) AS lines FROM new_line x GROUP BY 1, 2, 3, 4) n USING (account_id, day, currency, amount)
            GROUP BY o.account_id, o.day
            HAVING bool_and(coalesce(n.lines, 0) >= o.lines)),
        pair AS (
            SELECT ordinal, bank_line_id, account_id, day, currency, amount,
                   CASE WHEN a.told THEN 0
                        WHEN n.balance IS NOT NULL AND o.balance IS NOT NULL THEN CASE WHEN n.balance = o.balance THEN 1 END
                        WHEN n.reference = o.reference AND n.reference <> '' THEN 2
                        WHEN n.words && o.words THEN 3
                        WHEN n.words = '{}' OR o.words = '{}' THEN 4
                        ELSE 5 END AS evidence
            FROM new_line n JOIN old_line o USING (account_id, day, currency, amount)
            LEFT JOIN told_before a USING (ordinal, bank_line_id))
        -- Texts that share nothing are the same line only where the file tells the day again, and is known to tell what is known again.
        SELECT q.ordinal, q.bank_line_id, q.evidence < 4 OR r.day IS NOT NULL AND (r.several OR EXISTS (SELECT FROM pair e WHERE e.evidence < 4)) AS certain,
               dense_rank() OVER (ORDER BY q.account_id, q.day, q.currency, q.amount) AS alike
        FROM pair q
        LEFT JOIN retold r USING (account_id, day)
        WHERE q.evidence IS NOT NULL
        ORDER BY alike, certain DESC, q.evidence, q.ordinal, q.bank_line_id
    LOOP
        IF p.alike <> standing THEN
            standing := p.alike;
            new_taken := '{}';
            old_taken := '{}';
        END IF;
        CONTINUE WHEN p.ordinal = ANY (new_taken) OR p.bank_line_id = ANY (old_taken);
        new_taken := new_taken || p.ordinal;
        all_taken := all_taken || p.ordinal;
        old_taken := old_taken || p.bank_line_id;
        ordinal := p.ordinal;
        bank_line_id := p.bank_line_id;
        certain := p.certain;
        IF certain THEN
            INSERT INTO reconcile.bank_line_alias (merchant_id, import_id, line_no, natural_key, natural_check, bank_line_id)
            VALUES (known_in_other_formats.merchant_id, known_in_other_formats.import_id, line_nos[p.ordinal], natural_keys[p.ordinal], natural_checks[p.ordinal],
                    p.bank_line_id);
        END IF;
        RETURN NEXT;
    END LOOP;
    -- One format gives the day of booking, another that of value: the same amount under the same reference a few days apart may be one line.
    FOR p IN
        SELECT DISTINCT ON (n.ordinal) n.ordinal, b.bank_line_id
        FROM unnest(account_ids, days, currencies, amounts, bank_references) WITH ORDINALITY AS n (account_id, day, currency, amount, reference, ordinal)
        JOIN reconcile.bank_line b ON b.merchant_id = known_in_other_formats.merchant_id AND b.account_id = n.account_id AND b.booked_on BETWEEN n.day - 4 AND n.day + 4
             AND b.booked_on <> n.day AND b.currency = n.currency AND b.amount = n.amount
        JOIN reconcile.import i ON i.merchant_id = b.merchant_id AND i.import_id = b.import_id
        WHERE length(n.reference) >= 6 AND upper(regexp_replace(b.reference, '[^[:alnum:]]', '', 'g')) = upper(regexp_replace(n.reference, '[^[:alnum:]]', '', 'g'))
          AND i.format <> known_in_other_formats.format AND b.import_id <> known_in_other_formats.import_id AND b.bank_line_id <> ALL (answered)
          AND n.ordinal <> ALL (all_taken)
        ORDER BY n.ordinal, abs(b.booked_on - n.day), b.bank_line_id
    LOOP
        ordinal := p.ordinal;
        bank_line_id := p.bank_line_id;
        certain := false;
        RETURN NEXT;
    END LOOP;
END $$;
COMMENT ON FUNCTION reconcile.known_in_other_formats(integer, bigint, text, integer[], date[], text[], numeric[], numeric[], text[], text[], bigint[], bigint[], bigint[], bigint[]) IS
    'Which lines of an import (by position) are lines of their accounts that files of another format have brought: same day, currency and amount, balances equal where both state one, '
    'or references or words in common; where nothing is in common, only on days of which the file tells all that is known; else it is not certain, nor is the same amount under the same reference up to four days apart. answered: lines that the import has told already. Notes what is certain in bank_line_alias';

CREATE FUNCTION reconcile.open_possible_twins(merchant_id integer, bank_line_ids bigint[], known_ids bigint[]) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH opened AS (
        INSERT INTO reconcile.exception_log (merchant_id, reconciliation_id, side, item_id, reason, item_date, amount, currency, reference, narrative,
                                             related_side, related_item_id)
        SELECT $1, p.reconciliation_id, p.side, b.bank_line_id, 'duplicate', b.booked_on, b.amount, b.currency, b.reference, b.narrative, p.side, t.known_id
        FROM reconcile.finding_place('bank_line') AS p, unnest($2, $3) AS t (item_id, known_id)
        JOIN reconcile.bank_line b ON b.merchant_id = $1 AND b.bank_line_id = t.item_id
        WHERE p.reconciliation_id IS NOT NULL
        RETURNING 1)
    SELECT count(*) FROM opened $$;
COMMENT ON FUNCTION reconcile.open_possible_twins(integer, bigint[], bigint[]) IS
    'Opens exceptions for bank lines that may be known from a file of another format: same day and amount, nothing else in common; returns how many';
