-- The demo, line by line: what test/data/README.md promises of each planted case.
\set ECHO none
\getenv top PG_ABS_SRCDIR
\getenv built PG_ABS_BUILDDIR
\set data :top/test/data
\set out :built/results
\i test/demo/demo.sql
-- The four documents are what their names say.
SELECT substr(reconcile.export_xlsx('receivable'), 1, 2) = 'PK' AS xlsx, substr(reconcile.export_pdf('receivable', language => 'zh_CN'), 1, 5) = '%PDF-' AS pdf,
       strpos(reconcile.export_csv('exception', '{"status": "open"}'), 'TB260608903') > 0 AS csv,
       strpos(reconcile.export_csv('exception', '{"status": "open"}'), '存款利息') = 0 AS filtered;
