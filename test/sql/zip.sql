-- An archive of several files: each is imported as its own file, all of them or none.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET client_min_messages = notice;
SET timezone = 'UTC';
SET reconcile.business_date = '2026-08-31';
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop, reconcile.add_account('bank', 'USD') > 0 AS account;

-- A ZIP archive of stored entries, names as bytes.
CREATE FUNCTION crc(content bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c bigint := x'FFFFFFFF'::bigint;
BEGIN
    FOR i IN 0 .. length(content) - 1 LOOP
        c := c # get_byte(content, i);
        FOR k IN 1 .. 8 LOOP
            c := CASE WHEN c & 1 = 1 THEN (c >> 1) # x'EDB88320'::bigint ELSE c >> 1 END;
        END LOOP;
    END LOOP;
    RETURN c # x'FFFFFFFF'::bigint;
END $$;
CREATE FUNCTION little(value bigint, bytes integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(set_byte('\x00'::bytea, 0, (value >> (8 * i) & 255)::integer), ''::bytea ORDER BY i) FROM generate_series(0, bytes - 1) AS i $$;
CREATE FUNCTION zip(names bytea[], contents bytea[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    body bytea := '';
    directory bytea := '';
    shared bytea;
    place bigint;
BEGIN
    FOR i IN 1 .. cardinality(names) LOOP
        place := length(body);
        shared := little(20, 2) || little(0, 8) || little(crc(contents[i]), 4) || little(length(contents[i]), 4) || little(length(contents[i]), 4)
            || little(length(names[i]), 2) || little(0, 2);
        body := body || 'PK\003\004'::bytea || shared || names[i] || contents[i];
        directory := directory || 'PK\001\002'::bytea || little(20, 2) || shared || little(0, 10) || little(place, 4) || names[i];
    END LOOP;
    RETURN body || directory || 'PK\005\006'::bytea || little(0, 4) || little(cardinality(names), 2) || little(cardinality(names), 2)
        || little(length(directory), 4) || little(length(body), 4) || little(0, 2);
END $$;

\set june 'date,amount,narrative\n2026-06-01,1.00,a\n2026-06-02,2.00,b\n'
\set july 'date,amount,narrative\n2026-07-01,4.00,c\n'
\set orders 'order_no,ordered_at,currency,total\nA1,2026-07-01 10:00,USD,8.00\n'
CREATE TEMP TABLE file (name text, content bytea);
INSERT INTO file VALUES ('june', convert_to(E:'june', 'UTF8')), ('july', convert_to(E:'july', 'UTF8')), ('orders', convert_to(E:'orders', 'UTF8')),
    ('cut', convert_to(E'date,amount,narrative\n2026-08-01,16.00,"d\n', 'UTF8')), ('text', convert_to(E'just words\n', 'UTF8'));
CREATE FUNCTION content(wanted text) RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT content FROM file WHERE name = wanted $$;
CREATE FUNCTION take(archive bytea, name text, OUT import text, OUT file_name text, OUT format text, OUT rows_imported bigint, OUT rows_known bigint, OUT control_total numeric, OUT status text)
RETURNS SETOF record LANGUAGE sql AS $$ SELECT CASE WHEN i.import_id > 0 THEN 'yes' END, i.file_name, i.format, i.rows_imported, i.rows_known, i.control_total, i.status
    FROM reconcile.import_bytes(archive, name) AS i $$;

-- Directories, names in GBK and in UTF-8, what systems add; a file of no known format is left out and said so.
SELECT zip(ARRAY[convert_to('账单/', 'GBK'), convert_to('账单/六月.csv', 'GBK'), convert_to('订单.csv', 'UTF8'), '__MACOSX/._x.csv', '.DS_Store', 'a/Thumbs.db', 'readme.txt', 'help.pdf'],
           ARRAY['', content('june'), content('orders'), 'x', 'x', 'x', content('text'), '%PDF-1.4']) AS archive \gset
SELECT * FROM take(:'archive', 'month.zip');
SELECT file_name, byte_size = length(content(CASE container WHEN 'csv' THEN CASE format WHEN 'orders_csv' THEN 'orders' ELSE 'june' END END)) AS own_size,
       sha256 = sha256(content(CASE format WHEN 'orders_csv' THEN 'orders' ELSE 'june' END)) AS own_digest, container FROM reconcile.import ORDER BY import_id;

-- Known by what is in them: the archive again, a file of it alone, a file twice in one archive.
SELECT * FROM take(:'archive', 'again.zip');
SELECT * FROM take(content('june'), 'june.csv');
SELECT * FROM take(zip(ARRAY['1.csv', '2.csv']::bytea[], ARRAY[content('july'), content('july')]), 'twice.zip');
SELECT count(*), sum(amount) FROM reconcile.bank_line;

-- All or nothing: a broken file refuses the archive.
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'twice.zip/1.csv'), 'to import it again');
SELECT * FROM take(zip(ARRAY['1.csv', 'sub/2.csv']::bytea[], ARRAY[content('july'), content('cut')]), 'half.zip');
SELECT count(*), sum(amount) FROM reconcile.bank_line;

-- Nothing in it, nothing known in it, an archive in an archive, an unsafe name.
SELECT * FROM take(zip(ARRAY['.hidden', 'dir/']::bytea[], ARRAY['x', '']::bytea[]), 'hidden.zip');
SELECT * FROM take(zip(ARRAY['readme.txt', 'b.txt']::bytea[], ARRAY[content('text'), content('text')]), 'words.zip');
SELECT * FROM take(zip(ARRAY['inner.zip', 'july.csv']::bytea[], ARRAY[zip(ARRAY['july.csv']::bytea[], ARRAY[content('july')]), content('july')]), 'nested.zip');
SELECT * FROM take(zip(ARRAY['../x.csv']::bytea[], ARRAY[content('july')]), 'unsafe.zip');
SELECT * FROM take(zip(ARRAY['empty.csv']::bytea[], ARRAY['']::bytea[]), 'empty.zip');

-- The other functions take archives alike.
SELECT file_name, format, row_no, record ->> 'amount' AS amount, status, reason FROM reconcile.preview_bytes(:'archive', 'month.zip', rows => 1);
SELECT format, confidence, encoding, reason FROM reconcile.detect_format(:'archive') WHERE confidence > 90;
SELECT lo_from_bytea(0, zip(ARRAY['x/july.csv']::bytea[], ARRAY[content('july')])) AS object \gset
SELECT file_name, rows_imported, status FROM reconcile.import_large_object(:object, 'lo.zip');
SELECT lo_unlink(:object);

-- A file whose rows are all of a closed period does not take the others down with it.
SELECT reconcile.close_period('2026-07-31') > 0 AS closed;
SELECT * FROM take(zip(ARRAY['old.csv', 'new.csv']::bytea[], ARRAY[convert_to(E'date,amount,narrative\n2026-07-02,3.00,late\n', 'UTF8'), convert_to(E'date,amount,narrative\n2026-08-02,3.00,new\n', 'UTF8')]), 'both.zip');
SELECT * FROM take(convert_to(E'date,amount,narrative\n2026-07-02,3.00,late\n', 'UTF8'), 'old.csv');
SELECT * FROM take(convert_to(E'date,amount,narrative\n2026-07-03,3.00,late\n', 'UTF8'), 'other.csv');
DROP EXTENSION reconcile CASCADE;
