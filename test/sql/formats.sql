-- Formats as data: what a mapping can say, and what is told when it is wrong.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SELECT reconcile.add_shop('web', 'alipay', 'CNY', 'Asia/Shanghai', payout => 'reported') > 0 AS shop, reconcile.add_account('bank', 'CNY', time_zone => 'Asia/Shanghai') > 0 AS account;

-- Header names in two languages, a direction word, wrapped ids, two date patterns, blanks and full-width digits, rows to skip, a reference by regular expression.
SELECT reconcile.define_format('my_bank', 'csv', 'bank_line', $${
    "header": ["柜员"],
    "fields": {
        "booked_on": {"column": ["交易日期", "transaction date"], "pattern": ["YYYYMMDD", "DD/MM/YYYY"]},
        "amount": {"column": ["金额", "amount"], "strip": ["CNY", "元"], "negate_when": {"借贷|dr/cr": ["借", "D*"]}, "absolute": true},
        "narrative": ["摘要", "details"],
        "reference": {"column": ["摘要", "details"], "regex": "REF ?([A-Z0-9]+)"},
        "counterparty": {"column": "对方|户名", "null": ["--", "无"]},
        "balance": ["余额", "balance"]
    },
    "skip": [{"摘要|details": ["*冲正*"]}],
    "preamble": [{"regex": "账号[:：] *([0-9*]+)", "set": "account"}],
    "trailer": [{"starts": "合计", "regex": "^合计,([0-9]+)", "count": 1}]
}$$, 'GB18030', comment => 'An example');
SELECT i.format, i.encoding, i.rows_read, i.rows_imported, i.control_total FROM reconcile.import_bytes(convert_to(
    E'某某银行明细\n账号：6222****1234\n\n交易日期,借贷,金额,摘要,对方|户名,余额,柜员\n20260701,贷,"1,200.00",货款 REF A12,甲公司,="1200.00",01\n20260702,借,CNY200.00,手续费,--,"1,000.00",01\n'
    || E'05/07/2026,贷,８８.５０元,退款REFB7, 无 ,1088.50,01\n20260706,借,5.00,冲正一笔,,1,01\n合计,3\n', 'GB18030'), 'mine.csv') AS i;
SELECT booked_on, amount, narrative, reference, counterparty, balance FROM reconcile.bank_line ORDER BY bank_line_id;
SELECT control FROM reconcile.import;

-- No header, minor units, debit and credit columns, decimal comma, a fixed value, a template for what the file does not say.
SELECT reconcile.define_format('bare', 'csv', 'settlement_line', $${
    "header": false, "skip_lines": 1, "decimal": ",",
    "fields": {
        "posted_at": {"column": 1, "pattern": "DD.MM.YYYY HH:MI"},
        "transaction_no": 2,
        "kind": {"column": 3, "map": {"VENTE": "sale", "FRAIS*": "service_fee", "*": "other"}},
        "amount": {"plus": 4, "minus": 5},
        "quantity": {"column": 6, "unit": 2},
        "currency": {"value": "EUR"},
        "settlement_no": {"template": "B-{posted_at:YYYYMM}-{@2}"},
        "platform_type": {"join": [3, 2], "separator": "/"}
    },
    "key": ["transaction_no", "kind"]
}$$, delimiter => ';');
SELECT i.rows_read, i.rows_imported, i.rows_rejected FROM reconcile.import_bytes(E'Relevé\n01.07.2026 10:00;T1;VENTE;1.234,50;;150\n01.07.2026 10:00;T1;FRAIS CB;;3,20;\n02.07.2026 09:30;T2;DON;5,00;;\n03.07.2026 09:30;T3;VENTE;1,234.50;;\n', 'bare.csv', 'bare') AS i;
SELECT posted_at, kind, amount, currency, quantity, settlement_no, platform_type FROM reconcile.settlement_line ORDER BY settlement_line_id;
SELECT line_no, column_no, reason_code, reason FROM reconcile.rejected_row;

-- One row to several lines; the parts that are nothing are none; a row to which no line applies is rejected.
SELECT reconcile.define_format('parts', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "day", "order_no": "order", "currency": {"value": "CNY"}, "platform_type": "type"},
    "lines": [
        {"when": {"type": "pay"}, "kind": "sale", "amount": "gross"},
        {"when": {"type": "back"}, "kind": "refund", "amount": {"column": "gross", "sign": "negative"}},
        {"when": {"type": ["pay", "back"]}, "kind": "service_fee", "amount": {"column": "fee", "sign": -1, "exact": true}},
        {"when": {"!paid": ""}, "target": "payout", "payout_no": "paid", "paid_on": "day", "amount": "gross", "currency": {"value": "CNY"}}],
    "key": ["order_no", "kind", "platform_type"]}$$);
SELECT i.rows_read, i.rows_imported, i.rows_rejected, i.control_total FROM reconcile.import_bytes(E'day,order,type,gross,fee,paid\n2026-08-01,P1,pay,10.00,0.06123,\n2026-08-01,P2,pay,20.00,0.00,\n2026-08-02,P1,back,3.00,-0.02,\n2026-08-02,P3,pay,0.00,0,\n2026-08-02,P4,gift,1.00,0,\n2026-08-03,,,27.00,,PO9\n', 'parts.csv') AS i;
SELECT line_no, order_no, kind, amount FROM reconcile.settlement_line WHERE posted_on >= '2026-08-01' ORDER BY settlement_line_id;
SELECT payout_no, paid_on, amount FROM reconcile.payout;
SELECT line_no, reason_code, reason FROM reconcile.rejected_row WHERE line_no = 6;

-- What it looks like, best first.
SELECT * FROM reconcile.detect_format(E'date,amount,narrative\n2026-01-01,1,x\n') WHERE format = 'bank_csv';
SELECT * FROM reconcile.detect_format(E'day,order,type,gross,fee,paid,more\n2026-08-01,P1,pay,10.00,0.06,,\n2026-08-01,P1,pay,ten,0.06,,\n') WHERE confidence > 50;

-- Mappings that are not understood.
CREATE FUNCTION attempt(mapping text, target text DEFAULT 'bank_line', container text DEFAULT 'csv', name text DEFAULT 'f', delimiter text DEFAULT NULL) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reconcile.define_format(name, container, target, mapping::jsonb, delimiter => delimiter);
    RETURN QUERY SELECT 'none', NULL::text, NULL::text, NULL::text;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
\x on
SELECT a.code, a.message, a.detail, left(a.hint, 60) AS hint FROM unnest(ARRAY['[]', '{}', '{"fields": {}}', '{"field": {}}', '{"fields": {"booked_on": "d", "amout": "a"}}', '{"fields": {"booked_on": "d", "amount": {"colum": "a"}}}',
    '{"fields": {"booked_on": "d", "amount": {}}}', '{"fields": {"booked_on": "d", "amount": {"column": "a", "value": "1"}}}', '{"fields": {"booked_on": "d", "amount": {"column": "a", "sign": 2}}}',
    '{"fields": {"booked_on": "d", "amount": {"column": 0}}}', '{"fields": {"booked_on": "d", "amount": "a"}, "header": false}', '{"fields": {"booked_on": "d", "amount": "a"}, "decimal": "x"}',
    '{"fields": {"booked_on": "d", "amount": "a", "reference": {"column": "n", "regex": "(a"}}}', '{"fields": {"booked_on": "d", "amount": "a", "reference": {"column": "n", "regex": "(a)\\1"}}}',
    '{"fields": {"booked_on": "d", "amount": "a", "reference": {"column": "n", "regex": "((a{99}){99}){99}"}}}', '{"fields": {"booked_on": "d", "amount": "a"}, "key": ["nothing"]}',
    '{"fields": {"booked_on": "d", "amount": "a"}, "trailer": [{"starts": "x"}]}', '{"fields": {"booked_on": "d", "amount": "a"}, "lines": []}',
    '{"fields": {"booked_on": "d", "amount": "a"}, "lines": [{"target": "order"}]}']) WITH ORDINALITY AS m (mapping, n), attempt(m.mapping) AS a ORDER BY m.n;
SELECT a.* FROM attempt('{}', 'nothing') AS a UNION ALL SELECT a.code, a.message, a.detail, left(a.hint, 20) FROM attempt('{}', container => 'paper') AS a
UNION ALL SELECT a.* FROM attempt('{"fields": {"booked_on": "d", "amount": "a"}}', name => 'bank_csv') AS a UNION ALL SELECT a.* FROM attempt('{"fields": {"booked_on": "d", "amount": "a"}}', delimiter => ',,') AS a
UNION ALL SELECT a.* FROM attempt(NULL) AS a;
\x off
SELECT reconcile.drop_format('bare');
SELECT reconcile.drop_format('bank_csv');
SELECT reconcile.drop_format('bare');
-- Every format that is built in compiles.
SELECT count(reconcile.check_format(name, container, target, encoding, delimiter, mapping)) = count(*) AS all_compile, count(*) > 5 AS many FROM reconcile.format WHERE builtin;
-- A statement of any bank whose sign stands in a column of its own is never read as signed, whatever other columns it shares with a bank's format; a column that may hold
-- such words counts where it does. Days in words, amounts in parentheses, any delimiter.
SET client_min_messages = warning;
SELECT reconcile.add_account('any', 'CNY') > 0 AS account;
CREATE TEMPORARY TABLE taken AS SELECT f.n, i.import_id, i.format, i.rows_rejected
FROM (VALUES (1, E'交易日期,借贷标志,交易金额,余额,摘要\n2026-07-01,贷,100.00,100.00,a\n2026-07-02,借,30.00,70.00,b\n'),
             (2, E'交易日期,交易金额,收支,本次余额,日 志 号,对手信息\n20260711,100.00,收入,,1,\n20260712,30.00,支出,,1,\n'),
             (3, E'交易时间,交易类型,金额,备注\n2026-07-21 10:00:00,收入,100.00,c\n2026-07-22 10:00:00,支出,30.00,d\n'),
             (4, E'Date,Description,Type,Amount\n2026-08-01,e,Credit,100.00\n2026-08-02,f,Debit,5.00\n'),
             (5, E'Transaction Date,Details,Transaction Type,Amount\n2026-08-11,g,Transfer,100.00\n2026-08-12,h,Card,-5.00\n'),
             (6, E'记账日期;交易金额;余额;附言\n2026/09/01;100.00;100.00;i\n2026/09/02;-30.00;70.00;j\n'),
             (7, E'交易时间,交易金额,交易摘要\n2026年9月11日,100.00,k\n2026年09月12日,-30.00,l\n'),
             (8, E'Posting Date,Description,Amount\n"July 1, 2025",m,"$1,000.00"\n2 August 2025,n,($5.00)\n3 August 2025,o,7.00-\n'),
             (9, E'Date,Description,Amount,Balance\n2026-10-01,p,100.00,100.00\n2026-10-02,q,-5.00,95.00\n'),
             (10, E'!Type:Bank\nD11/13/2026\nT-1,234.56\nMr\n^\nD11/14''26\nT10.00\nMs\n^\n'),
             -- A decimal comma that only a later row shows; an entry that is not booked yet.
             (11, E'date;amount;narrative\n2026-12-01;1.000;t\n2026-12-02;-5,50;u\n'),
             (12, '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.02"><BkToCstmrAcctRpt><GrpHdr><MsgId>1</MsgId></GrpHdr><Rpt><Id>1</Id><Acct><Id><Othr><Id>any</Id></Othr></Id><Ccy>CNY</Ccy></Acct>'
                  || '<Ntry><Amt Ccy="CNY">5.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-12-11</Dt></BookgDt></Ntry>'
                  || '<Ntry><Amt Ccy="CNY">9</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-12-12</Dt></BookgDt></Ntry></Rpt></BkToCstmrAcctRpt></Document>')) AS f (n, content),
    LATERAL reconcile.import_bytes(convert_to(f.content, 'UTF8'), 'any.csv', account => 'any') AS i;
SELECT t.n, t.format, t.rows_rejected, b.booked_on, b.amount, b.narrative FROM taken t JOIN reconcile.bank_line b USING (import_id) ORDER BY t.n, b.line_no;
-- Shopify repeats the day of an order in the rows of its further items; a row with a currency and no total is a fault.
SELECT reconcile.add_shop('shop', 'shopify', 'USD', 'UTC') > 0 AS shop;
SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_bytes(convert_to(E'Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price\n'
    || E'#1,a@b,paid,USD,90.00,100.00,2026-07-01 10:00:00 +0800,1,x,45.00\n#1,a@b,,,,,2026-07-01 10:00:00 +0800,1,y,45.00\n#2,a@b,paid,USD,,,2026-07-01 10:00:00 +0800,1,x,45.00\n', 'UTF8'), 'orders.csv', shop => 'shop');
DROP EXTENSION reconcile;
