-- progress.sql: how far imports and runs of other sessions are. The counters' places are those of src/server/progress.c.

CREATE VIEW reconcile.backend_progress AS
SELECT p.pid, CASE p.param20 >> 44 & 15 WHEN 1 THEN 'import' WHEN 2 THEN 'run' END AS kind, (p.param20 & 4294967295)::integer AS merchant_id,
       convert_from(rtrim(int8send(p.param5) || int8send(p.param6) || int8send(p.param7) || int8send(p.param14) || int8send(p.param15)
                          || int8send(p.param18) || int8send(p.param19), '\x00'), getdatabaseencoding()) AS subject,
       (p.param20 >> 40 & 15)::integer AS phase, (p.param20 >> 32 & 255)::integer AS step,
       p.param1 AS bytes_done, p.param2 AS bytes_total, p.param3 AS rows_done, p.param4 AS rows_rejected, p.param8 AS rows_total,
       t.started_at, extract(epoch FROM greatest(clock_timestamp() - t.started_at, '0'))::numeric(20, 3) AS seconds
-- Other commands of the server report here as well: they are sorted out before their counters are read as ours.
FROM (SELECT * FROM pg_stat_get_progress_info('COPY') i WHERE i.param20 >> 48 = x'5243'::integer OFFSET 0) AS p
CROSS JOIN LATERAL (SELECT timestamptz '2000-01-01 00:00:00+00' + p.param9 * interval '1 microsecond' AS started_at) AS t
WHERE p.datid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
COMMENT ON VIEW reconcile.backend_progress IS
    'Imports and runs at work in sessions of this database, as raw counters; run_progress and import_progress give them their names. Of other roles'' sessions only who may read all statistics sees them';

CREATE VIEW reconcile.run_progress AS
SELECT b.pid, b.merchant_id, b.subject AS reconciliation,
       CASE b.phase WHEN 1 THEN 'reading left' WHEN 2 THEN 'reading right' WHEN 3 THEN 'matching' WHEN 4 THEN 'judging'
                    WHEN 5 THEN 'writing matches' WHEN 6 THEN 'writing open items' WHEN 7 THEN 'writing exceptions' ELSE 'preparing' END AS phase,
       nullif(b.step, 0) AS rule_number, nullif(b.bytes_total, 0) AS items_expected, b.rows_total AS items_read, b.rows_done AS items_done,
       b.seconds, round(b.rows_total / nullif(b.seconds, 0))::bigint AS rate, b.started_at
FROM reconcile.backend_progress b WHERE b.kind = 'run';
COMMENT ON VIEW reconcile.run_progress IS
    'Runs at work, dry runs included: phase, number of the rule that matches (by priority), items read so far of about so many expected, items matched or written, seconds, rate (items read a second)';

CREATE VIEW reconcile.import_progress AS
SELECT b.pid, b.merchant_id, b.subject AS file_name,
       CASE b.phase WHEN 1 THEN 'reading' WHEN 2 THEN 'building indexes' WHEN 3 THEN 'finishing' ELSE 'preparing' END AS phase,
       b.bytes_done, b.bytes_total, round(100.0 * b.bytes_done / nullif(b.bytes_total, 0), 1) AS percent, b.rows_done AS rows, b.rows_rejected,
       b.seconds, round(b.rows_done / nullif(b.seconds, 0))::bigint AS rate, b.started_at,
       CASE WHEN b.phase = 1 AND b.bytes_done > 0 THEN b.started_at + (b.seconds * b.bytes_total / b.bytes_done) * interval '1 second' END AS estimated_end
FROM reconcile.backend_progress b WHERE b.kind = 'import';
COMMENT ON VIEW reconcile.import_progress IS
    'Imports at work: file, phase, bytes read of its bytes (of a workbook: of its sheet, unpacked), rows read and rejected, seconds, rate (rows a second), and when the reading will have ended at this pace';
