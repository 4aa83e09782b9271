-- batches.sql: whole batches of files: a folder at a time, and an import taken back.

CREATE FUNCTION reconcile.import_folder(path text, pattern text DEFAULT '*', format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main')
    RETURNS TABLE (file_name text, import_id bigint, format text, rows_read bigint, rows_imported bigint, rows_known bigint, rows_rejected bigint,
                   control_total numeric, status text, error text)
    LANGUAGE sql VOLATILE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.* FROM reconcile.folder_files($1, $2) AS f,
        LATERAL reconcile.import_or_explain($1, f, $3, $4, $5, $6) AS r $$;

CREATE FUNCTION reconcile.folder_files(path text, pattern text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF path IS NULL OR pattern IS NULL THEN
        RAISE EXCEPTION 'path and pattern must be given' USING ERRCODE = 'null_value_not_allowed', HINT = 'The pattern * stands for every file.';
    END IF;
    -- A pattern as of a shell: * and ? stand for any characters, all others for themselves.
    RETURN QUERY SELECT f FROM pg_ls_dir(path) AS f
    WHERE f ~ ('^' || replace(replace(regexp_replace(pattern, '([][(){}.+^$|\\])', '\\\1', 'g'), '*', '.*'), '?', '.') || '$') AND f !~ '^\.'
      AND NOT (pg_stat_file(path || '/' || f)).isdir
    ORDER BY f COLLATE "C";
END $$;
COMMENT ON FUNCTION reconcile.folder_files(text, text) IS 'Names of the files of a server folder that match a shell pattern, in byte order; hidden files are left out';

CREATE FUNCTION reconcile.import_or_explain(folder text, file text, as_format text, for_shop text, for_account text, of_merchant text)
    RETURNS TABLE (file_name text, import_id bigint, format text, rows_read bigint, rows_imported bigint, rows_known bigint, rows_rejected bigint,
                   control_total numeric, status text, error text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place text;
BEGIN
    RETURN QUERY SELECT i.file_name, i.import_id, i.format, i.rows_read, i.rows_imported, i.rows_known, i.rows_rejected, i.control_total, i.status, NULL::text
        FROM reconcile.import_file(folder || '/' || file, as_format, for_shop, for_account, of_merchant) AS i;
EXCEPTION
    -- What stops one file stops all of them: a cancel, a lack of memory, a lost right.
    WHEN query_canceled OR insufficient_resources OR insufficient_privilege THEN
        RAISE;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS place = PG_EXCEPTION_DETAIL;
        file_name := file;
        status := 'failed';
        error := concat_ws(': ', SQLSTATE, SQLERRM, nullif(place, ''));
        RETURN NEXT;
END $$;
COMMENT ON FUNCTION reconcile.import_or_explain(text, text, text, text, text, text) IS 'Imports one file of a folder (an archive''s files, a row each), or says what is wrong with it; nothing of a failed file is written';
COMMENT ON FUNCTION reconcile.import_folder(text, text, text, text, text, text) IS
    'Imports each file of a server folder that matches a shell pattern, in order of name: a row each; a bad file is status failed with its error and does not stop the rest';

CREATE FUNCTION reconcile.undo_import(import_id bigint, note text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    i reconcile.import;
    r record;
    p record;
    ids bigint[];
    accounts integer[];
    taken bigint;
    removed bigint := 0;
    gone bigint;
BEGIN
    IF coalesce(note, '') = '' THEN
        RAISE EXCEPTION 'taking an import back needs a note' USING ERRCODE = 'null_value_not_allowed', HINT = 'Say why the file was wrong.';
    END IF;
    -- Before the row is locked: reopen_period() takes them in this order.
    PERFORM reconcile.hold_periods(m.merchant_id) FROM reconcile.permitted_merchant m JOIN reconcile.import x ON x.merchant_id = m.merchant_id AND x.import_id = undo_import.import_id;
    SELECT x.* INTO i FROM reconcile.permitted_merchant m JOIN reconcile.import x ON x.merchant_id = m.merchant_id AND x.import_id = undo_import.import_id FOR UPDATE OF x;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'import % does not exist', coalesce(import_id::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = 'The table reconcile.import lists them.';
    ELSIF i.status = 'undone' THEN
        RAISE EXCEPTION 'import % is taken back already', import_id USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'The file can be imported again.';
    END IF;
    PERFORM reconcile.lock_pools(i.merchant_id, (SELECT array_agg(x.pool_id) FROM reconcile.item_pool x
        JOIN reconcile.import_range g ON g.relation = x.fact WHERE g.merchant_id = i.merchant_id AND g.import_id = i.import_id));
    PERFORM reconcile.check_import_open(i.merchant_id, i.import_id);
    SELECT a.import_id, count(*) AS lines INTO p FROM reconcile.bank_line_alias a JOIN reconcile.bank_line b ON b.merchant_id = a.merchant_id AND b.bank_line_id = a.bank_line_id
    WHERE a.merchant_id = i.merchant_id AND b.import_id = i.import_id AND a.bank_line_id BETWEEN
          (SELECT g.first_id FROM reconcile.import_range g WHERE g.merchant_id = i.merchant_id AND g.import_id = i.import_id AND g.relation = 'bank_line')
      AND (SELECT g.last_id FROM reconcile.import_range g WHERE g.merchant_id = i.merchant_id AND g.import_id = i.import_id AND g.relation = 'bank_line')
    GROUP BY a.import_id ORDER BY a.import_id DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'import % cannot be taken back: % of its bank lines stand in the file of import % as well', import_id, p.lines, p.import_id
            USING ERRCODE = 'object_in_use', HINT = 'Take that import back first, and import its file again afterwards.';
    END IF;
    accounts := ARRAY(SELECT DISTINCT b.account_id FROM reconcile.bank_statement b WHERE b.merchant_id = i.merchant_id AND b.import_id = i.import_id ORDER BY 1);
    FOR r IN SELECT * FROM reconcile.import_range g WHERE g.merchant_id = i.merchant_id AND g.import_id = i.import_id AND g.relation <> 'customer'
        ORDER BY g.relation LOOP
        EXECUTE format('SELECT array_agg(%I) FROM reconcile.%I WHERE merchant_id = $1 AND import_id = $2 AND %1$I BETWEEN $3 AND $4',
                       CASE r.relation WHEN 'sales_order' THEN 'order_id' ELSE r.relation || '_id' END, r.relation)
            INTO ids USING i.merchant_id, i.import_id, r.first_id, r.last_id;
        FOR p IN SELECT x.pool_id FROM reconcile.item_pool x WHERE x.fact = r.relation ORDER BY x.pool_id LOOP
            SELECT count(*) INTO taken FROM unnest(ids) AS id
            WHERE (SELECT a.live_count FROM reconcile.allocation a WHERE a.merchant_id = i.merchant_id AND a.pool_id = p.pool_id AND a.item_id = id
                   ORDER BY a.sequence DESC LIMIT 1) > 0;
            IF taken > 0 THEN
                RAISE EXCEPTION 'import % cannot be taken back: % of its rows in % are matched', import_id, taken, r.relation
                    USING ERRCODE = 'object_in_use', HINT = 'unmatch() their matches, or undo_run() the run that made them, first.';
            END IF;
            DELETE FROM reconcile.open_balance o WHERE o.merchant_id = i.merchant_id AND o.pool_id = p.pool_id AND o.item_id = ANY (ids);
            DELETE FROM reconcile.pool_import x WHERE x.merchant_id = i.merchant_id AND x.pool_id = p.pool_id AND x.import_id = i.import_id;
            WITH closed AS (
                UPDATE reconcile.exception_log e SET status = 'closed', closed_at = clock_timestamp()
                FROM reconcile.reconciliation c
                WHERE e.reconciliation_id = c.reconciliation_id AND e.merchant_id = i.merchant_id AND e.item_id = ANY (ids) AND e.status IN ('open', 'explained')
                  AND e.side = CASE p.pool_id WHEN c.left_pool_id THEN 'left'::reconcile.side WHEN c.right_pool_id THEN 'right'::reconcile.side END
                RETURNING e.exception_id)
            INSERT INTO reconcile.exception_event (merchant_id, exception_id, status, note)
            SELECT i.merchant_id, c.exception_id, 'closed', format('import %s taken back: %s', i.import_id, undo_import.note) FROM closed c;
        END LOOP;
        EXECUTE format('DELETE FROM reconcile.%I WHERE merchant_id = $1 AND import_id = $2', r.relation) USING i.merchant_id, i.import_id;
        GET DIAGNOSTICS gone = ROW_COUNT;
        removed := removed + gone;
    END LOOP;
    -- A buyer to whom rows of another import refer stays, as that import's.
    UPDATE reconcile.customer c SET import_id = heir.import_id
    FROM (SELECT d.customer_id, min(d.import_id) AS import_id
          FROM (SELECT o.customer_id, o.import_id FROM reconcile.sales_order o WHERE o.merchant_id = i.merchant_id
                UNION ALL SELECT s.customer_id, s.import_id FROM reconcile.shipment s WHERE s.merchant_id = i.merchant_id
                UNION ALL SELECT t.customer_id, t.import_id FROM reconcile.return_order t WHERE t.merchant_id = i.merchant_id) d
          GROUP BY d.customer_id) heir
    WHERE c.merchant_id = i.merchant_id AND c.import_id = i.import_id AND c.customer_id = heir.customer_id;
    DELETE FROM reconcile.customer c WHERE c.merchant_id = i.merchant_id AND c.import_id = i.import_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    removed := removed + gone;
    DELETE FROM reconcile.bank_line_alias a WHERE a.merchant_id = i.merchant_id AND a.import_id = i.import_id;
    DELETE FROM reconcile.order_status s WHERE s.merchant_id = i.merchant_id AND s.import_id = i.import_id;
    DELETE FROM reconcile.import_range g WHERE g.merchant_id = i.merchant_id AND g.import_id = i.import_id;
    -- What stood between two statements may be a hole now.
    PERFORM reconcile.check_statement_ends(i.merchant_id, x, '-infinity') FROM unnest(accounts) AS x;
    UPDATE reconcile.import x SET status = 'undone' WHERE x.merchant_id = i.merchant_id AND x.import_id = i.import_id;
    -- Files that stated the same rows can bring them again, and those that contradicted them can bring theirs.
    UPDATE reconcile.import x SET readable_again = true
    WHERE x.merchant_id = i.merchant_id AND x.status = 'imported' AND x.rows_known + x.rows_rejected > 0 AND NOT x.readable_again
      AND coalesce(x.shop_id = i.shop_id, true) AND coalesce(x.account_id = i.account_id, true);
    PERFORM reconcile.audit('undo_import', i.file_name, jsonb_build_object('import_id', i.import_id, 'rows', removed, 'note', note));
    RETURN removed;
END $$;
COMMENT ON FUNCTION reconcile.undo_import(bigint, text) IS
    'Takes an import back of which nothing is matched and no row is of a closed day: its rows are removed, its record stays as undone with the note in the audit log; its file, and those whose rows were known by it, can be imported again; returns how many rows';
