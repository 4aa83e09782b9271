-- What holds a table: an OpenDocument spreadsheet and an archive give what the same table as CSV gives, in any encoding.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_account('bank', 'CNY', time_zone => 'Asia/Shanghai') > 0 AS account;
SELECT reconcile.define_format('sheet', 'csv', 'bank_line', '{"fields": {"booked_on": "日期", "amount": "amount", "narrative": "narrative", "currency": "currency"}}');

\set content `base64 -w0 test/data/ods/bank.ods`
SELECT format, encoding, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_bytes(decode(:'content', 'base64'), 'bank.ods');
SELECT booked_on, amount, narrative, currency, line_no FROM reconcile.bank_line ORDER BY bank_line_id;
-- the same lines as text are known
SELECT rows_read, rows_imported, rows_known FROM reconcile.import_bytes(convert_to(
    E'日期,amount,narrative,currency\n2026-06-01,1089.41,结算款  1,CNY\n2026-06-02,-20,"fee\nsecond line",CNY\n2026-06-03,0.1,,CNY\n', 'UTF8'), 'bank.csv');

-- The encoding is found: of bytes that no other encoding makes, and of text that only one makes sense of.
CREATE FUNCTION utf16(content text, big boolean) RETURNS bytea LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN big THEN unit ELSE substr(unit, 2, 1) || substr(unit, 1, 1) END, '' ORDER BY n)
    FROM regexp_split_to_table(content, '') WITH ORDINALITY AS t (c, n), LATERAL (SELECT decode(lpad(to_hex(ascii(c)), 4, '0'), 'hex') AS unit) AS u
$$;
SELECT reconcile.define_format('words', 'csv', 'bank_line', '{"fields": {"booked_on": "day", "amount": "sum", "narrative": "text"}, "key": "row"}');
CREATE TABLE encodings (number int, encoding text, content bytea, line text);
INSERT INTO encodings
    SELECT n, e, CASE e WHEN 'UTF16LE' THEN utf16(f.content, false) WHEN 'UTF16BE' THEN utf16(f.content, true) ELSE convert_to(f.content, e) END, v.line
    FROM (VALUES (1, 'UTF8', '支付宝结算款 貨款 Überweisung'), (2, 'UTF16LE', '支付宝结算款 货款'), (3, 'UTF16BE', '支付宝结算款 货款'),
        (4, 'GBK', '支付宝（中国）网络技术有限公司结算款，备注：六月份货款已收到，余额未结清'), (5, 'GB18030', '支付宝（中国）网络技术有限公司结算款，备注：六月份货款已收到，余额未结清'),
        (6, 'BIG5', '網路家庭國際資訊股份有限公司撥款，備註：六月份貨款已收到，餘額尚未結清'), (7, 'WIN1250', 'Příliš žluťoučký kůň úpěl ďábelské ódy, úhrada faktury za zboží'),
        (8, 'WIN1251', 'Оплата по счёту за товары, поставленные в июне, включая налог на добавленную стоимость'), (9, 'WIN1252', 'Überweisung für Gebühren, façade déjà réglée'),
        (10, 'WIN1253', 'Πληρωμή τιμολογίου για εμπορεύματα που παραδόθηκαν τον Ιούνιο')) AS v (n, e, line),
    LATERAL (SELECT E'day,sum,text\n' || string_agg('2026-06-' || to_char(d, 'FM00') || ',' || d || '.00,"' || v.line || '"', E'\n') || E'\n' AS content FROM generate_series(1, 20) AS d) AS f;
CREATE FUNCTION found(content bytea, name text, OUT encoding text, OUT rows_imported bigint, OUT same bigint) LANGUAGE plpgsql AS $$
DECLARE id bigint;
BEGIN
    PERFORM reconcile.add_account(name, 'CNY');
    SELECT i.encoding, i.rows_imported, i.import_id INTO encoding, rows_imported, id FROM reconcile.import_bytes(content, name, 'words', account => name) AS i;
    SELECT count(*) INTO same FROM reconcile.bank_line AS b JOIN encodings AS e ON e.encoding = name AND e.line = b.narrative WHERE b.import_id = id;
EXCEPTION WHEN character_not_in_repertoire THEN encoding := 'cannot be told';
END $$;
SELECT e.encoding, f.encoding AS found, f.rows_imported, f.same FROM encodings AS e, found(e.content, e.encoding) AS f ORDER BY e.number;
-- Quicken pads the numbers of its dates with blanks; the splits of an entry are not entries.
SELECT reconcile.add_account('quicken', 'USD');
SELECT format, rows_read, rows_imported, rows_rejected FROM reconcile.import_bytes(convert_to(
    E'!Type:Bank\nD1/ 2\'24\nT-1,234.56\nPRent\nSHousing\n$-1000.00\nSUtilities\n$-234.56\n^\nD12/31\' 4\nT50.00\nPGift\n^\nD2/30\'24\nT3.00\nPno such day\n^\n', 'UTF8'),
    'register.qif', account => 'quicken');
SELECT b.booked_on, b.amount, b.narrative FROM reconcile.bank_line AS b JOIN reconcile.import AS i USING (import_id) WHERE i.file_name = 'register.qif' ORDER BY b.line_no;
SELECT r.line_no, r.reason FROM reconcile.rejected_row AS r JOIN reconcile.import AS i USING (import_id) WHERE i.file_name = 'register.qif';
DROP EXTENSION reconcile;
