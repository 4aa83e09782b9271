-- The demo, line by line: what test/data/README.md promises of each planted case.
\set ECHO none
\getenv top PG_ABS_SRCDIR
\getenv built PG_ABS_BUILDDIR
\set data :top/test/data
\set out :built/test/results
\i test/demo/demo.sql
