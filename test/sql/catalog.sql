-- What the catalog says of the extension: all that users see is commented, every error of its SQL functions has a SQLSTATE and a hint.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT c.oid::regclass AS relation, a.attname AS column_without_comment
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'm') AND col_description(c.oid, a.attnum) IS NULL
ORDER BY 1, a.attnum;
SELECT what AS without_comment FROM (
    SELECT c.oid::regclass::text AS what FROM pg_class c
    WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'm') AND obj_description(c.oid, 'pg_class') IS NULL
    UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'reconcile'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
    UNION ALL SELECT t.oid::regtype::text FROM pg_type t
    WHERE t.typnamespace = 'reconcile'::regnamespace AND t.typtype IN ('e', 'd') AND obj_description(t.oid, 'pg_type') IS NULL
    UNION ALL SELECT 'schema reconcile' WHERE obj_description('reconcile'::regnamespace, 'pg_namespace') IS NULL
    UNION ALL SELECT 'extension' FROM pg_extension e WHERE e.extname = 'reconcile' AND obj_description(e.oid, 'pg_extension') IS NULL) AS x
ORDER BY 1;
-- RC999 never leaves run(): it rolls the dry run back.
SELECT p.proname, s.statement AS without_hint_or_sqlstate
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
CROSS JOIN LATERAL (SELECT m[1] AS statement FROM regexp_matches(p.prosrc, 'RAISE EXCEPTION\s[^\n]*(?:\n\s+(?:USING|HINT|DETAIL|ERRCODE|\()[^\n]*)*', 'g') AS m
                    UNION ALL SELECT m[1] FROM regexp_matches(p.prosrc, 'RAISE EXCEPTION\s+USING[^\n]*', 'g') AS m) AS s
WHERE p.pronamespace = 'reconcile'::regnamespace AND (s.statement NOT LIKE '%ERRCODE%' OR s.statement NOT LIKE '%HINT%') AND s.statement NOT LIKE '%RC999%'
ORDER BY 1, 2;
DROP EXTENSION reconcile;
