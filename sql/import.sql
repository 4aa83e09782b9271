-- import.sql: files become rows. The work is done in src/server/import.c; formats are rows of reconcile.format.

CREATE TABLE reconcile.error_code (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    meaning text NOT NULL
);
COMMENT ON TABLE reconcile.error_code IS 'SQLSTATEs of the extension''s own (class RC); other errors carry PostgreSQL''s';
INSERT INTO reconcile.error_code (code, name, meaning) VALUES
    ('RC001', 'unknown_format', 'Nothing recognises the file'),
    ('RC002', 'ambiguous_format', 'More than one format fits the file'),
    ('RC003', 'missing_column', 'The header lacks a column that the format requires, or names one twice'),
    ('RC004', 'bad_structure', 'The file is broken or cut: quoting, closing line, summary row'),
    ('RC005', 'control_total', 'A count or sum that the file states disagrees with its rows'),
    ('RC006', 'all_rejected', 'None of the rows of the file can be read'),
    ('RC007', 'owner_needed', 'The shop or account must be named, or added first'),
    ('RC008', 'not_a_file', 'The path is a directory, pipe, device or kernel file'),
    ('RC009', 'file_changed', 'The file changed while it was read'),
    ('RC010', 'bad_mapping', 'The mapping of a format cannot be understood'),
    ('RC011', 'empty_file', 'The file has no bytes or no records'),
    ('RC012', 'budget', 'A search ran out of its budget'),
    ('RC013', 'closed_period', 'It would change what is of a closed period'),
    ('RC014', 'own_work', 'Who prepared or settled it may not approve it (setting reconcile.four_eyes)');

CREATE TABLE reconcile.format (
    name text PRIMARY KEY CHECK (name <> ''),
    container text NOT NULL,
    target text NOT NULL,
    encoding text,
    delimiter text,
    mapping jsonb NOT NULL,
    comment text,
    builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE reconcile.format IS 'What files look like and what their columns mean; define_format() adds one';
COMMENT ON COLUMN reconcile.format.target IS 'What the rows become: order, settlement_line, bank_line, payout, shipment, return, receipt, courier_charge, stock_movement, ledger_entry';
COMMENT ON COLUMN reconcile.format.encoding IS 'Encoding of files that are neither UTF-8 nor marked, e.g. GB18030';
COMMENT ON COLUMN reconcile.format.delimiter IS 'Between fields; null: found in the file';
COMMENT ON COLUMN reconcile.format.mapping IS 'Where each field comes from and how it is read; see the README';

CREATE FUNCTION reconcile.check_format(name text, container text, target text, encoding text, delimiter text, mapping jsonb) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'reconcile_check_format';
COMMENT ON FUNCTION reconcile.check_format(text, text, text, text, text, jsonb) IS 'Raises what is wrong with a format; define_format() calls it';

CREATE FUNCTION reconcile.define_format(name text, container text, target text, mapping jsonb, encoding text DEFAULT NULL,
    delimiter text DEFAULT NULL, comment text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    existing reconcile.format;
BEGIN
    PERFORM reconcile.check_format(name, container, target, encoding, delimiter, mapping);
    SELECT * INTO existing FROM reconcile.format f WHERE f.name = define_format.name;
    IF existing.builtin THEN
        RAISE EXCEPTION 'format "%" is built in', name USING ERRCODE = 'reserved_name', HINT = 'Choose another name.';
    END IF;
    INSERT INTO reconcile.format AS f (name, container, target, encoding, delimiter, mapping, comment)
    VALUES (name, container, target, encoding, delimiter, mapping, comment)
    ON CONFLICT ON CONSTRAINT format_pkey DO UPDATE SET container = excluded.container, target = excluded.target,
        encoding = excluded.encoding, delimiter = excluded.delimiter, mapping = excluded.mapping, comment = excluded.comment;
    PERFORM reconcile.audit('define_format', name, jsonb_build_object('container', container, 'target', target, 'encoding', encoding,
        'delimiter', delimiter, 'mapping', mapping));
END $$;
COMMENT ON FUNCTION reconcile.define_format(text, text, text, jsonb, text, text, text) IS
    'Describes a bank''s or platform''s files; a second call with the same name changes the description';

CREATE FUNCTION reconcile.drop_format(name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    existing reconcile.format;
BEGIN
    SELECT * INTO existing FROM reconcile.format f WHERE f.name = drop_format.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'format "%" does not exist', coalesce(name, 'NULL') USING ERRCODE = 'undefined_object',
            HINT = format('Formats that can be dropped: %s.', coalesce((SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM reconcile.format f WHERE NOT f.builtin), 'none'));
    END IF;
    IF existing.builtin THEN
        RAISE EXCEPTION 'format "%" is built in', name USING ERRCODE = 'reserved_name', HINT = 'Only formats made by define_format() can be dropped.';
    END IF;
    DELETE FROM reconcile.format f WHERE f.name = drop_format.name;
    PERFORM reconcile.audit('drop_format', name, to_jsonb(existing));
END $$;
COMMENT ON FUNCTION reconcile.drop_format(text) IS 'Forgets a format made by define_format(); what was imported with it stays';

CREATE FUNCTION reconcile.detect_format(content bytea, OUT format text, OUT confidence integer, OUT encoding text, OUT reason text)
    RETURNS SETOF record
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_detect_format';
COMMENT ON FUNCTION reconcile.detect_format(bytea) IS 'Which formats the content may be of, best first: confidence of 100, and why';

CREATE FUNCTION reconcile.import_file(path text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, OUT import_id bigint, OUT file_name text, OUT format text, OUT encoding text, OUT rows_read bigint,
    OUT rows_imported bigint, OUT rows_known bigint, OUT rows_rejected bigint, OUT control_total numeric, OUT status text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_import_file';
COMMENT ON FUNCTION reconcile.import_file(text, text, text, text, text, text) IS
    'Takes in a file of the server: recognised, checked, what is known already left out; all of it or nothing. A ZIP archive gives a row for each file in it, all or nothing; one of no known format is left out with a warning, status unrecognised. The encoding (UTF8, GB18030, BIG5, UTF16LE, WIN1252 ...) is found where not given. New rows of closed days are left out with a warning, see close_period()';

CREATE FUNCTION reconcile.import_bytes(content bytea, file_name text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, OUT import_id bigint, OUT file_name text, OUT format text, OUT encoding text, OUT rows_read bigint,
    OUT rows_imported bigint, OUT rows_known bigint, OUT rows_rejected bigint, OUT control_total numeric, OUT status text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_import_bytes';
COMMENT ON FUNCTION reconcile.import_bytes(bytea, text, text, text, text, text, text) IS 'Takes in a file given as bytes; see import_file()';

CREATE FUNCTION reconcile.import_large_object(content oid, file_name text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, OUT import_id bigint, OUT file_name text, OUT format text, OUT encoding text, OUT rows_read bigint,
    OUT rows_imported bigint, OUT rows_known bigint, OUT rows_rejected bigint, OUT control_total numeric, OUT status text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_import_large_object';
COMMENT ON FUNCTION reconcile.import_large_object(oid, text, text, text, text, text, text) IS
    'Takes in a file that psql''s \lo_import brought to the server; see import_file()';

CREATE FUNCTION reconcile.preview_file(path text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, rows integer DEFAULT 20, OUT file_name text, OUT format text, OUT encoding text, OUT row_no bigint,
    OUT line_no bigint, OUT target text, OUT record jsonb, OUT status text, OUT reason text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 20 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_preview_file';
COMMENT ON FUNCTION reconcile.preview_file(text, text, text, text, text, text, integer) IS
    'The first rows of a file of the server (1 to 1000) as import_file() would take them, a row for each row of a table they become; nothing is written. status: new, known, same (the document came in an earlier row), conflict, rejected (record has the raw text), unrecognised (a file of an archive); reason says why. Totals of the file are not checked';

CREATE FUNCTION reconcile.preview_bytes(content bytea, file_name text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, rows integer DEFAULT 20, OUT file_name text, OUT format text, OUT encoding text, OUT row_no bigint,
    OUT line_no bigint, OUT target text, OUT record jsonb, OUT status text, OUT reason text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 20 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_preview_bytes';
COMMENT ON FUNCTION reconcile.preview_bytes(bytea, text, text, text, text, text, text, integer) IS 'The first rows of a file given as bytes; see preview_file()';

CREATE FUNCTION reconcile.preview_large_object(content oid, file_name text, format text DEFAULT NULL, shop text DEFAULT NULL, account text DEFAULT NULL,
    merchant text DEFAULT 'main', encoding text DEFAULT NULL, rows integer DEFAULT 20, OUT file_name text, OUT format text, OUT encoding text, OUT row_no bigint,
    OUT line_no bigint, OUT target text, OUT record jsonb, OUT status text, OUT reason text) RETURNS SETOF record
    LANGUAGE c VOLATILE ROWS 20 SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_preview_large_object';
COMMENT ON FUNCTION reconcile.preview_large_object(oid, text, text, text, text, text, text, integer) IS
    'The first rows of a file that psql''s \lo_import brought to the server; see preview_file()';

REVOKE ALL ON reconcile.error_code, reconcile.format FROM PUBLIC;
REVOKE ALL ON FUNCTION reconcile.check_format(text, text, text, text, text, jsonb), reconcile.define_format(text, text, text, jsonb, text, text, text),
    reconcile.drop_format(text), reconcile.detect_format(bytea), reconcile.import_file(text, text, text, text, text, text),
    reconcile.import_bytes(bytea, text, text, text, text, text, text), reconcile.import_large_object(oid, text, text, text, text, text, text),
    reconcile.preview_file(text, text, text, text, text, text, integer), reconcile.preview_bytes(bytea, text, text, text, text, text, text, integer),
    reconcile.preview_large_object(oid, text, text, text, text, text, text, integer) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('reconcile.format', 'WHERE NOT builtin');
