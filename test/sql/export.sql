-- Reports as data, their words in three languages, their parameters, and documents out of them.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2024-04-30';
SET timezone = 'Asia/Shanghai';

-- Every word is there in every language, and everything that documents show is a word.
SELECT key, count(*) FROM reconcile.label WHERE builtin GROUP BY key HAVING count(*) <> 3;
SELECT d.name, d.title FROM reconcile.report_definition d WHERE d.title NOT IN (SELECT key FROM reconcile.label);
SELECT c.report, c.title FROM reconcile.report_column c WHERE c.title NOT IN (SELECT key FROM reconcile.label);
SELECT DISTINCT c.vocabulary FROM reconcile.report_column c
WHERE c.vocabulary IS NOT NULL AND NOT EXISTS (SELECT FROM reconcile.label l WHERE starts_with(l.key, c.vocabulary || '.')) ORDER BY 1;
-- ... the words that constraints allow among them
SELECT w.word AS reason_without_label
FROM pg_constraint c, LATERAL regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') AS m, LATERAL (SELECT m[1] AS word) AS w
WHERE c.conrelid = 'reconcile.exception_log'::regclass AND c.conname = 'exception_log_reason_check' AND 'reason.' || w.word NOT IN (SELECT key FROM reconcile.label);
SELECT r.name AS reconciliation_without_label FROM reconcile.reconciliation r WHERE r.builtin AND 'reconciliation.' || r.name NOT IN (SELECT key FROM reconcile.label);
-- ... and every report's columns exist in its relation.
SELECT c.report, c.column_name FROM reconcile.report_column c JOIN reconcile.report_definition d ON (d.name, d.builtin) = (c.report, c.builtin)
WHERE NOT reconcile.source_has(d.relation, c.column_name);

SELECT reconcile.label('title.receivable'), reconcile.label('title.receivable', 'zh_TW'), reconcile.label('title.receivable', 'zh_CN');
SET reconcile.language = 'zh_TW';
SELECT reconcile.label('receivable_status.in_transit'), reconcile.label('no.such_word');
RESET reconcile.language;
SELECT reconcile.label('title.receivable', 'fr');
-- A user's word hides the shipped one, which stays.
SELECT reconcile.set_label('receivable_status.open', 'en', 'Awaiting settlement');
SELECT reconcile.label('receivable_status.open'), count(*) FROM reconcile.label WHERE key = 'receivable_status.open' AND language = 'en';
SELECT reconcile.set_label('house.word', 'en', 'Only in English');
SELECT reconcile.label('house.word', 'zh_CN');

-- A report is rows: here over a table with everything that is dangerous in a document.
CREATE TABLE "odd ""name" (merchant_id integer, id bigint, shop text, currency text, amount numeric, day date, share numeric, state text, "re mark" text);
INSERT INTO "odd ""name" VALUES
    (1, 90071992547409931, '=cmd|''/C calc''!A0', 'CNY', 1234567.5, '2024-02-29', 0.985, 'overdue', 'say "yes", no'),
    (1, 2, '+86', 'JPY', 1500, '2024-03-01', 1, 'open', '<b>&'),
    (1, 3, '-x', 'KWD', -0.125, '2024-03-02', NULL, 'unheard of', E'two\nlines'),
    (1, 4, '@sum', NULL, NULL, NULL, 0, NULL, NULL),
    (2, 5, 'another merchant''s', 'CNY', 1, '2024-03-01', 0, 'open', NULL);
INSERT INTO reconcile.report_definition (name, title, relation, date_column, group_column, order_by) VALUES
    ('odd', 'Odd; DROP TABLE "x"', '"odd ""name"', 'day', 'state', '{id}');
INSERT INTO reconcile.report_column (report, position, column_name, title, type, vocabulary, total, wrap) VALUES
    ('odd', 1, 'id', 'Id', 'text', NULL, false, false), ('odd', 2, 'shop', 'column.shop', 'text', NULL, false, false),
    ('odd', 3, 'currency', 'column.currency', 'text', NULL, false, false), ('odd', 4, 'amount', 'column.amount', 'amount', NULL, true, false),
    ('odd', 5, 'day', 'column.item_date', 'date', NULL, false, false), ('odd', 6, 'share', 'column.confidence', 'percent', NULL, false, false),
    ('odd', 7, 'state', 'column.status', 'text', 'receivable_status', false, false), ('odd', 8, 're mark', 'x"; DROP TABLE y --', 'text', NULL, false, true);
SELECT reconcile.export_csv('odd');
SELECT reconcile.export_csv('odd', '{"merchant": null, "currency": "CNY"}', 'zh_TW');
SELECT substr(html, strpos(html, '<body>')) FROM regexp_replace(reconcile.export_html('odd', '{"id": [2, 3]}', 'zh_CN'), '\d{4}-\d\d-\d\d \d\d:\d\d', '(now)') AS html;
SELECT reconcile.export_csv('odd', '{"date_from": "2024-02-29", "date_to": "2024-03-01", "limit": 5}');
SELECT reconcile.export_csv('odd', '{"state": ["open", "overdue"], "limit": "1"}');
SELECT reconcile.export_csv('odd', '{"state": null}');
SELECT reconcile.export_csv('odd', '{"shop": "x'' OR true --"}');
SELECT reconcile.export_csv('odd', '{"re mark": "<b>&"}');

-- Refused, each with its SQLSTATE and what would be right.
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; hint text;
BEGIN
    EXECUTE call;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', state, message, nullif(hint, ''));
END $$;
SELECT attempt($$SELECT reconcile.export_xlsx('recievable')$$);
SELECT attempt($$SELECT reconcile.export_xlsx('odd', '{"colour": 1}')$$);
SELECT attempt($$SELECT reconcile.export_pdf('odd', language => 'fr')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"state": "payed"}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"merchant": "nobody"}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"limit": -1}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"date_from": "30 Feb 2024"}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"id": {"a": 1}}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '{"id": "many"}')$$);
SELECT attempt($$SELECT reconcile.export_csv('odd', '[1]')$$);
SELECT attempt($$SELECT reconcile.export_csv(NULL)$$);
SELECT attempt($$SELECT reconcile.export_file('report.csv', 'odd')$$);
SELECT attempt($$SELECT reconcile.export_file('/tmp/report.docx', 'odd')$$);
SELECT attempt($$SELECT reconcile.export_file('/tmp/report', 'odd')$$);
SELECT attempt($$SELECT reconcile.export_file('/nonexistent/report.csv', 'odd')$$);
SELECT attempt($$SELECT reconcile.export_file(NULL, NULL, NULL, NULL, NULL)$$);
SELECT attempt($$SELECT reconcile.export_file('/tmp', 'odd', 'csv', '{"overwrite": true}')$$);
SELECT attempt($$SELECT reconcile.export_file('/tmp/report.csv', 'odd', parameters => '{"overwrite": "yes"}')$$);
-- A row that cannot be computed in mid-document: an error, and the next document is whole.
CREATE VIEW failing AS SELECT merchant_id, id, 1 / (4 - id) AS boom FROM "odd ""name";
INSERT INTO reconcile.report_definition (name, title, relation, order_by) VALUES ('failing', 'Failing', 'failing', '{id}');
INSERT INTO reconcile.report_column (report, position, column_name, title, type) VALUES ('failing', 1, 'boom', 'Boom', 'integer');
SELECT attempt(format('SELECT reconcile.export_%s(''failing'')', f)) FROM unnest(ARRAY['xlsx', 'pdf', 'csv', 'html']) AS f;
UPDATE reconcile.report_definition SET relation = 'pg_catalog.pg_class' WHERE name = 'failing';
SELECT attempt($$SELECT reconcile.export_csv('failing')$$);

-- Null parameters and language: those of the setting.
SET reconcile.language = 'zh_CN';
SELECT split_part(reconcile.export_csv('odd', NULL, NULL), E'\r\n', 1);
RESET reconcile.language;

-- The shipped reports render in each format and language, also when there is nothing to show.
SELECT d.name, l.language, substr(reconcile.export_xlsx(d.name, language => l.language), 1, 2) AS xlsx, convert_from(substr(reconcile.export_pdf(d.name, language => l.language), 1, 5), 'UTF8') AS pdf,
       split_part(reconcile.export_csv(d.name, language => l.language), E'\r\n', 1) AS csv,
       position(reconcile.label('document.empty', l.language) IN reconcile.export_html(d.name, language => l.language)) > 0 AS empty
FROM reconcile.report_definition d, unnest(ARRAY['en', 'zh_TW', 'zh_CN']) AS l (language)
WHERE d.builtin ORDER BY d.name, l.language;
-- The language of the document is that of the explanations in it, and the session's stays.
SELECT reconcile.add_shop('web', 'stripe', 'USD', 'UTC') > 0 AS shop;
CREATE TABLE bill (item_id bigint, item_date date, amount numeric, currency text, no text);
CREATE TABLE cash (item_id bigint, item_date date, amount numeric, currency text, no text);
INSERT INTO bill VALUES (1, '2024-03-01', 100, 'USD', 'A'), (2, '2024-03-01', 7, 'USD', 'B');
INSERT INTO cash VALUES (1, '2024-03-02', 100, 'USD', 'A');
SELECT reconcile.define_reconciliation('bills', 'bill', 'cash') > 0 AS defined, reconcile.add_rule('bills', 'by number', 'key', 10, '{no}', '{no}') > 0 AS ruled;
SELECT matches, exceptions FROM reconcile.run('bills');
SELECT regexp_replace(regexp_replace(reconcile.export_csv('match', '{"reconciliation": "bills"}', 'zh_TW'), '(\d+),bills', 'ID,bills'), ',[0-9: -]+,[^,]+\r', ',(now),(me)');
SELECT regexp_replace(regexp_replace(reconcile.export_csv('exception', '{"reconciliation": "bills", "reason": "missing_right"}', 'zh_CN'), '(\d+),bills', 'ID,bills'), ',[0-9-]+\r', ',(today)');
-- By default what stands: what was settled would swell the totals. Whoever wants it says so.
SELECT reconcile.settle_exception((SELECT min(exception_id) FROM reconcile.exception WHERE reconciliation = 'bills' AND status = 'open'), 'closed', 'paid in cash');
SELECT array_length(string_to_array(reconcile.export_csv('exception', '{"reconciliation": "bills"}'), E'\n'), 1)
     - array_length(string_to_array(reconcile.export_csv('exception', '{"reconciliation": "bills", "status": ["open", "explained", "settled", "closed"]}'), E'\n'), 1) AS rows_less,
       array_length(string_to_array(reconcile.export_csv('exception', '{"reconciliation": "bills", "status": "closed"}'), E'\n'), 1) - 2 AS closed;
SELECT current_setting('reconcile.language');
-- A report of a view of one's own in one call; one of a shipped name hides it until it is dropped.
CREATE VIEW by_shop AS SELECT merchant_id, shop, currency, sum(amount) AS amount, count(*) AS orders, max(day) AS last_day, max(id) AS last_id FROM "odd ""name" GROUP BY 1, 2, 3;
SELECT reconcile.add_report('by_shop', 'by_shop', 'Sales by shop', order_by => '{shop}', date_column => 'last_day');
SELECT position, column_name, title, type, total, wrap FROM reconcile.report_column WHERE report = 'by_shop' ORDER BY position;
SELECT reconcile.export_csv('by_shop', '{"date_from": "2024-03-01"}', 'zh_TW');
SELECT attempt($$SELECT reconcile.add_report('by_shop', 'by_shop')$$);
SELECT attempt($$SELECT reconcile.add_report('other', 'by_shop', columns => '{shop,colour}')$$);
SELECT attempt($$SELECT reconcile.add_report(NULL, NULL)$$);
SELECT attempt($$SELECT reconcile.set_label(NULL, 'en', 'x')$$);
SELECT attempt($$SELECT reconcile.set_label('house.word', 'en', NULL)$$);
SELECT reconcile.add_report('receivable', 'by_shop', columns => '{amount,shop}', order_by => '{shop}');
SELECT reconcile.export_csv('receivable', '{"currency": "JPY"}');
SELECT reconcile.drop_report('receivable');
SELECT split_part(reconcile.export_csv('receivable'), ',', 2);
SELECT attempt($$SELECT reconcile.drop_report('receivable')$$);
SELECT reconcile.verify_audit() IS NULL AS audit_is_whole, count(*) FROM reconcile.audit_log WHERE action IN ('add_report', 'drop_report');
