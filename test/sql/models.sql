-- What strategy score has learned: models are learned without labels, sharpened by what people decided, kept in versions, used by
-- runs too small to learn from, and revocable.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-06-30';

-- 400 transfers: the money arrives some days later, less a fee of up to 2 %, under a text that begins like the sender's.
CREATE TABLE transfer AS
SELECT i AS n, date '2026-01-01' + i / 4 AS sent_on, 1 + abs(hashint4(i)) % 4 AS lag, (1000 + abs(hashint4(i + 1000)) % 900000)::numeric / 100 AS amount,
       abs(hashint4(i + 2000)) % 3 AS fee_kind, format('%s payout %s', (ARRAY['NORDWIND', 'SUEDSTERN', 'OSTTOR', 'WESTHAFEN'])[1 + i % 4], substr(md5(i::text), 1, 6)) AS memo
FROM generate_series(1, 400) AS i;
CREATE TABLE sent (item_id bigint, item_date date, amount numeric, memo text);
CREATE TABLE received (item_id bigint, item_date date, amount numeric, memo text);

SELECT reconcile.define_reconciliation('transfers', 'sent', 'received') IS NOT NULL AS defined;
SELECT * FROM reconcile.train('transfers');
SELECT * FROM reconcile.train('nothing');
SELECT reconcile.add_rule('transfers', 'resemble', 'score', 10, '{}', '{}', lag_min => 0, lag_max => 10, left_text => 'memo', right_text => 'memo') IS NOT NULL AS added;
-- Nothing, and too little, to learn from.
SELECT * FROM reconcile.train('transfers');
INSERT INTO sent SELECT n, sent_on, amount, memo FROM transfer WHERE n <= 20;
INSERT INTO received SELECT 1000 + n, sent_on + lag, round(amount * (100 - fee_kind) / 100, 2), memo || ' ref' FROM transfer WHERE n <= 20;
SELECT * FROM reconcile.train('transfers');
SELECT * FROM reconcile.train('transfers', 'other');
SELECT * FROM reconcile.train('transfers', date_from => '2026-02-01', date_to => '2026-01-01');
SELECT reconcile.revoke_model('transfers', 1, 'there is none');
SELECT count(*) AS models FROM reconcile.model;
-- So few items only give suggestions.
SELECT left_items, matches, suggestions > 15 AS suggested FROM reconcile.run('transfers', dry_run => true);

-- A season of transfers teaches; a run of a few then matches.
TRUNCATE sent, received;
INSERT INTO sent SELECT n, sent_on, amount, memo FROM transfer WHERE n <= 380;
INSERT INTO received SELECT 1000 + n, sent_on + lag, round(amount * (100 - fee_kind) / 100, 2), memo || ' ref' FROM transfer WHERE n <= 380;
SELECT version, left_items, right_items, pairs BETWEEN 360 AND 380 AS pairs_found, confirmed, rejected FROM reconcile.train('transfers', note => 'first season');
SELECT reconciliation, rule, version, status, left_items, equal_amounts BETWEEN 0.25 AND 0.42 AS third_is_equal, usual_lag BETWEEN 1 AND 4 AS lag, rule_version, note FROM reconcile.model;
DELETE FROM sent;
DELETE FROM received;
INSERT INTO sent SELECT n, sent_on, amount, memo FROM transfer WHERE n > 380;
INSERT INTO received SELECT 1000 + n, sent_on + lag, round(amount * (100 - fee_kind) / 100, 2), memo || ' ref' FROM transfer WHERE n > 380;
SELECT left_items, matches >= 18 AS matched, matches + suggestions AS both FROM reconcile.run('transfers');
SELECT DISTINCT rule, model_version FROM reconcile.match;
SELECT models FROM reconcile.run_log;
SELECT count(*) AS wrong FROM reconcile.match m JOIN reconcile.match_item l ON l.match_id = m.match_id AND l.side = 'left'
JOIN reconcile.match_item r ON r.match_id = m.match_id AND r.side = 'right' WHERE r.item_id <> 1000 + l.item_id;
-- Below the threshold a suggestion, never both.
SELECT count(*) AS both FROM reconcile.match m WHERE (m.status = 'matched') <> (m.confidence >= 0.95);

-- What people decide sharpens the next version.
SELECT count(reconcile.confirm(match_id, 'checked')) AS confirmed FROM (SELECT match_id FROM reconcile.match WHERE status = 'matched' ORDER BY match_id LIMIT 5) AS m;
SELECT count(reconcile.reject(match_id, 'not ours')) AS rejected FROM (SELECT match_id FROM reconcile.match WHERE status = 'matched' ORDER BY match_id LIMIT 2) AS m;
INSERT INTO sent SELECT n, sent_on, amount, memo FROM transfer WHERE n <= 380;
INSERT INTO received SELECT 1000 + n, sent_on + lag, round(amount * (100 - fee_kind) / 100, 2), memo || ' ref' FROM transfer WHERE n <= 380;
SELECT version, left_items, confirmed, rejected FROM reconcile.train('transfers', 'resemble', note => 'with labels');
SELECT version, status, confirmed, rejected, note FROM reconcile.model ORDER BY version;
-- The same items teach the same, whatever their order.
CREATE TABLE shuffled AS SELECT * FROM sent ORDER BY md5(item_id::text);
TRUNCATE sent;
INSERT INTO sent SELECT * FROM shuffled;
SELECT version FROM reconcile.train('transfers', note => 'again');
SELECT count(DISTINCT weights) AS different FROM reconcile.score_model WHERE version IN (2, 3);

-- Versions: revoked, the one before is back; any can be put into use again.
SELECT reconcile.revoke_model('transfers', 3, '');
SELECT reconcile.revoke_model('transfers', 9, 'no such version');
SELECT reconcile.revoke_model('transfers', 3, 'learned twice');
SELECT reconcile.revoke_model('transfers', 3, 'learned twice');
SELECT version, status, note FROM reconcile.model ORDER BY version;
SELECT reconcile.activate_model('transfers', 1, 'compare with the first');
SELECT reconcile.activate_model('transfers', 1, 'compare with the first');
SELECT version, status, note FROM reconcile.model ORDER BY version;
SELECT reconcile.revoke_model('transfers', 1, 'done comparing');
SELECT version, status FROM reconcile.model ORDER BY version;
SELECT reconcile.revoke_model('transfers', 2, 'none at all');
SELECT matches > 300 AS learned_from_itself FROM reconcile.run('transfers');
SELECT models FROM reconcile.run_log ORDER BY run_id DESC LIMIT 1;
SELECT object, detail->>'version' AS version, detail->>'note' AS note FROM reconcile.audit_log WHERE action = 'revoke_model' ORDER BY audit_id;

-- A model that is not what train() wrote is refused.
SELECT reconcile.activate_model('transfers', 3, 'try');
UPDATE reconcile.score_model SET weights = weights - 'lag' WHERE version = 3;
SELECT * FROM reconcile.run('transfers', dry_run => true);
UPDATE reconcile.score_model SET weights = jsonb_set(weights, '{share}', '-1') WHERE version = 3;
SELECT * FROM reconcile.run('transfers', dry_run => true);
DROP TABLE sent, received CASCADE;
DROP EXTENSION reconcile;
DROP TABLE transfer, shuffled;
