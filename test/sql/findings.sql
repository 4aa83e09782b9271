-- What an import finds wrong with rows in themselves: parts that do not add up to their net, holes in running balances. The rows come in all the same.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = ISO;
CREATE EXTENSION reconcile;
SET reconcile.business_date = '2026-08-20';
SELECT reconcile.add_shop('web', 'other', 'USD', 'UTC') > 0 AS shop, reconcile.add_account('bank', 'USD') > 0 AS account;
CREATE FUNCTION load(name text, content text, format text, of_account text DEFAULT 'bank') RETURNS text LANGUAGE sql AS
$$ SELECT i.rows_imported || ' imported, ' || i.rows_known || ' known, ' || i.rows_rejected || ' rejected, total ' || i.control_total
   FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, format, shop => CASE WHEN format NOT LIKE 'bank%' THEN 'web' END,
                               account => CASE WHEN format LIKE 'bank%' THEN of_account END) AS i $$;
CREATE VIEW found AS
SELECT e.exception_id, e.reconciliation, e.side, e.reason, e.item_date, e.amount, e.difference, e.reference, e.narrative, e.status, e.note, e.run_id FROM reconcile.exception e
WHERE e.reason IN ('arithmetic', 'statement_gap') ORDER BY e.exception_id;

-- Gross less fee less tax is net, in cents. The difference becomes a line, so that the lines of the settlement add up to what is paid.
SELECT reconcile.define_format('gateway', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "at", "order_no": "order", "transaction_no": "id", "settlement_no": "settlement", "platform_type": "method", "currency": {"value": "USD"},
               "kind": {"column": "type", "map": {"payment": "sale", "refund": "refund"}, "strict": true}},
    "lines": [{"amount": {"column": "gross", "unit": 2}},
              {"kind": "service_fee", "amount": {"column": "fee", "unit": 2, "sign": -1}},
              {"kind": "tax", "amount": {"column": "tax", "unit": 2, "sign": -1}}],
    "check": {"equals": {"column": "net", "unit": 2}},
    "key": ["transaction_no", "kind"]}$$);
SELECT load('gateway.csv', $$id,type,order,gross,fee,tax,net,at,settlement,method
p1,payment,O1,10000,200,36,9764,2026-08-01,S1,card
p2,payment,O2,5000,100,18,5882,2026-08-01,S1,card
p3,refund,O1,-2000,0,0,-2000,2026-08-02,S1,card
p4,payment,O3,300,0,0,,2026-08-02,S1,upi
p5,payment,O4,0,0,0,-50,2026-08-02,S1,upi
p6,payment,O5,100,0,0,1x0,2026-08-02,S1,upi
$$, 'gateway');
SELECT transaction_no, kind, platform_type, amount FROM reconcile.settlement_line ORDER BY settlement_line_id;
SELECT line_no, column_name, reason FROM reconcile.rejected_row;
SELECT * FROM found;
-- The same rows again, and others with them: what was known was reported.
SELECT load('gateway2.csv', $$id,type,order,gross,fee,tax,net,at,settlement,method
p2,payment,O2,5000,100,18,5882,2026-08-01,S1,card
p7,payment,O7,700,0,0,700,2026-08-02,S1,upi
$$, 'gateway');
SELECT count(*) FROM found;
-- Runs leave them alone; the payout fits the lines, the wrong row and all.
SELECT load('orders.csv', $$order_no,ordered_at,currency,total
O1,2026-08-01,USD,100.00
O2,2026-08-01,USD,50.00
$$, 'orders_csv');
SELECT load('payouts.csv', $$payout_no,settlement_no,paid_on,currency,amount,reference
P1,S1,2026-08-03,USD,145.96,PAY1
$$, 'payouts_csv');
SELECT reconciliation, matches, exceptions FROM reconcile.run() WHERE reconciliation IN ('order_settlement', 'settlement_payout');
SELECT order_no, expected, settled, fees, refunded, paid_out, status FROM reconcile.receivable ORDER BY 1;
SELECT reconcile.undo_run((SELECT max(run_id) FROM reconcile.run_log l JOIN reconcile.reconciliation r USING (reconciliation_id) WHERE r.name = 'order_settlement'), 'test') > 0 AS undone;
SELECT exception_id, status FROM found;
-- A person settles one; the same file with one row more does not bring it back.
SELECT reconcile.settle_exception((SELECT min(exception_id) FROM found), 'settled', 'the platform has corrected it');
SELECT exception_id, status, note, run_id FROM found;
-- Rounding that is agreed is a line, but no exception; parts can be named; lines that fit their net are left as they are.
SELECT reconcile.define_format('rounds', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "day", "order_no": "order", "currency": {"value": "USD"}},
    "lines": [{"kind": "sale", "amount": "gross"}, {"kind": "service_fee", "amount": {"column": "fee", "sign": -1, "exact": true}}],
    "check": {"equals": "net", "tolerance": "0.01"}, "key": "row"}$$);
SELECT load('rounds.csv', E'day,order,gross,fee,net\n2026-08-03,R1,10.00,0.06123,9.94\n2026-08-03,R2,10.00,0.06123,9.92\n', 'rounds');
SELECT order_no, kind, platform_type, amount FROM reconcile.settlement_line WHERE order_no LIKE 'R%' ORDER BY settlement_line_id;
SELECT reconcile.define_format('stated', 'csv', 'settlement_line', $${
    "fields": {"posted_at": "day", "order_no": "order", "kind": {"value": "sale"}, "amount": "net", "currency": {"value": "USD"}},
    "check": [{"when": {"type": "a"}, "sum": {"column": "gross", "minus": ["fee", "tax"]}, "equals": "net"}], "key": "row"}$$);
SELECT load('stated.csv', E'day,order,type,gross,fee,tax,net\n2026-08-04,T1,a,10.00,1.00,0.50,8.50\n2026-08-04,T2,a,10.00,1.00,0.50,8.40\n2026-08-04,T3,b,10.00,1.00,0.50,8.30\n', 'stated');
SELECT order_no, kind, platform_type, amount FROM reconcile.settlement_line WHERE order_no LIKE 'T%' ORDER BY settlement_line_id;
SELECT reason, amount, difference, reference FROM found ORDER BY exception_id DESC LIMIT 2;
-- A platform that pays daily transfers whole cents, whatever its fees are: the rest of the day is a line.
SELECT reconcile.add_shop('exact', 'wechat', 'USD', 'UTC') > 0 AS pays_daily;
SELECT rows_imported, control_total FROM reconcile.import_bytes(E'day,order,gross,fee,net\n2026-08-10,X1,10.00,0.06123,\n2026-08-10,X2,10.00,0.06130,\n2026-08-11,X3,10.00,0.06000,\n2026-08-12,X4,-10.00,-0.005,\n', 'exact.csv', 'rounds', shop => 'exact');
SELECT l.posted_on, l.order_no, l.kind, l.platform_type, l.amount FROM reconcile.settlement_line l JOIN reconcile.shop s USING (shop_id) WHERE s.code = 'exact' ORDER BY l.posted_on, l.order_no, l.kind DESC;
SELECT p.settlement_no, p.amount, (SELECT sum(l.amount) FROM reconcile.settlement_line l WHERE l.shop_id = p.shop_id AND l.settlement_no = p.settlement_no) = p.amount AS adds_up
FROM reconcile.payout p WHERE p.derived ORDER BY 1;

-- Such an order is collected to the cent.
SELECT rows_imported FROM reconcile.import_bytes(E'order_no,ordered_at,currency,total\nX1,2026-08-10,USD,10.00\nX2,2026-08-10,USD,10.00\n', 'x.csv', 'orders_csv', shop => 'exact');
SELECT rows_imported FROM reconcile.import_bytes(E'date,amount,narrative\n2026-08-11,19.88,WECHAT exact20260810\n', 'x.csv', 'bank_csv', account => 'bank');
SELECT sum(matches) AS matches FROM reconcile.run();
SELECT order_no, settled, fees, banked, outstanding, status FROM reconcile.receivable WHERE shop = 'exact';

-- What a check cannot be.
SELECT reconcile.define_format('bad', 'csv', 'order', '{"fields": {"order_no": "a", "ordered_at": "b", "total": "c"}, "check": {"equals": "d"}}');
SELECT reconcile.define_format('bad', 'csv', 'bank_line', '{"fields": {"booked_on": "a", "amount": "b"}, "check": {"sum": "d"}}');
SELECT reconcile.define_format('bad', 'csv', 'bank_line', '{"fields": {"booked_on": "a", "amount": "b"}, "check": {"equals": "d", "tolerance": "-1"}}');
SELECT reconcile.define_format('bad', 'csv', 'bank_line', '{"fields": {"booked_on": "a", "amount": "b"}, "check": {"equal": "d"}}');
SELECT reconcile.define_format('bad', 'csv', 'bank_line', '{"fields": {"booked_on": "a", "amount": "b"}, "check": []}');
-- A word of a template that means nothing is told, not taken for empty.
SELECT reconcile.define_format('bad', 'csv', 'bank_line', '{"fields": {"booked_on": "a", "amount": "b", "reference": {"template": "{narativ}-{@c}"}}}');
-- An import of payouts and of bank lines can contradict itself as well.
SELECT reconcile.define_format('bank_checked', 'csv', 'bank_line', '{"fields": {"booked_on": "day", "amount": {"column": "in", "minus": "out"}, "narrative": "text"}, "check": {"sum": {"column": "in", "minus": "out"}, "equals": "sum"}}');
SELECT load('checked.csv', E'day,in,out,sum,text\n2026-08-05,1.00,,1.00,good\n2026-08-05,,2.00,2.00,sign\n', 'bank_checked', 'bank');
SELECT reconciliation, side, reason, amount, difference, narrative FROM found ORDER BY exception_id DESC LIMIT 1;

-- Formats that are built in and state gross, fee and net check them: Stripe, PayPal, Shopify, Etsy, Adyen.
SELECT load('stripe.csv', $$payout_id,transaction_id,type,created,order_id,currency,amount,fee,net,description
po_1,txn_1,charge,2026-08-06 10:00:00,S1,usd,10.00,0.59,9.41,fine
po_1,txn_2,charge,2026-08-06 11:00:00,S2,usd,20.00,0.88,19.21,nine cents too much
po_1,txn_3,payout,2026-08-07 00:00:00,,usd,-28.62,0.00,-28.62,paid out
$$, 'stripe_payout_transactions');
SELECT load('paypal.csv', $$Date,Time,Time Zone,Type,Currency,Gross,Fee,Net,Transaction ID,Reference Txn ID,Invoice Number,Balance
8/6/2026,10:00:00,UTC,Express Checkout Payment,EUR,100.00,-3.40,96.60,T1,,P1,96.60
8/6/2026,10:00:01,UTC,General Currency Conversion,EUR,-96.60,0.00,-96.60,T2,T1,,0.00
8/6/2026,10:00:01,UTC,General Currency Conversion,USD,104.33,0.00,104.33,T3,T1,,104.33
8/7/2026,10:00:00,UTC,Express Checkout Payment,USD,50.00,-1.75,48.52,T4,,P2,152.85
$$, 'paypal_activity');
SELECT reference, narrative, amount, difference FROM found WHERE reference IN ('S2', 'P2') ORDER BY 1;
-- A conversion keeps both currencies and the rate.
SELECT shop, transaction_no, posted_on, from_currency, from_amount, to_currency, to_amount, rate FROM reconcile.conversion;

-- Holes in a running balance, oldest first and newest first.
SELECT reconcile.add_account('old', 'USD') > 0 AS oldest_first, reconcile.add_account('new', 'USD') > 0 AS newest_first, reconcile.add_account('files', 'USD') > 0 AS several_files;
CREATE VIEW gap AS
SELECT a.code AS account, e.item_date, e.amount, e.difference, b.narrative, e.status, e.note FROM reconcile.exception e
JOIN reconcile.bank_line b ON b.merchant_id = e.merchant_id AND b.bank_line_id = e.item_id JOIN reconcile.account a ON a.account_id = b.account_id
WHERE e.reason = 'statement_gap' ORDER BY e.exception_id;
SELECT load('old.csv', $$date,amount,narrative,balance
2026-07-01,100.00,a,1100.00
2026-07-02,-30.00,b,1070.00
2026-07-04,5.00,d,1575.00
2026-07-04,5.00,d,1580.00
2026-07-06,1.00,f,1461.00
$$, 'bank_csv', 'old');
SELECT load('new.csv', $$date,amount,narrative,balance
2026-07-06,1.00,f,1461.00
2026-07-04,5.00,d,1580.00
2026-07-04,5.00,d,1575.00
2026-07-02,-30.00,b,1070.00
2026-07-01,100.00,a,1100.00
$$, 'bank_csv', 'new');
SELECT account, item_date, amount, difference, narrative, status FROM gap;
SELECT a.code, s.opened_on, s.closed_on, s.opening_balance, s.closing_balance, s.balanced FROM reconcile.bank_statement s JOIN reconcile.account a USING (account_id) WHERE a.code <> 'bank' ORDER BY 1;
-- The missing credit comes in a file that overlaps: its hole is settled, the other stands; no new one for what is known.
SELECT load('fill.csv', $$date,amount,narrative,balance
2026-07-02,-30.00,b,1070.00
2026-07-03,500.00,c,1570.00
2026-07-04,5.00,d,1575.00
$$, 'bank_csv', 'old');
SELECT item_date, amount, narrative, status, note FROM gap WHERE account = 'old';
-- A file that itself lacks lines which are known already shows no hole.
SELECT load('lacks.csv', $$date,amount,narrative,balance
2026-07-01,100.00,a,1100.00
2026-07-04,5.00,d,1575.00
2026-07-04,5.00,d,1580.00
$$, 'bank_csv', 'old');
SELECT count(*) AS holes FROM gap WHERE account = 'old';

-- Files that follow each other, in any order; a month that is missing between them; and what stood there before the first.
SELECT load('jan.csv', E'date,amount,narrative,balance\n2026-01-05,10.00,jan,110.00\n2026-01-20,10.00,jan,120.00\n', 'bank_csv', 'files');
SELECT load('mar.csv', E'date,amount,narrative,balance\n2026-03-20,10.00,mar,170.00\n2026-03-05,10.00,mar,160.00\n', 'bank_csv', 'files');
SELECT item_date, amount, narrative, status FROM gap WHERE account = 'files';
SELECT load('feb.csv', E'date,amount,narrative,balance\n2026-02-05,10.00,feb,130.00\n2026-02-20,20.00,feb,150.00\n', 'bank_csv', 'files');
SELECT item_date, amount, narrative, status, note FROM gap WHERE account = 'files';
SELECT reconcile.set_opening_balance('files', 80.00);
SELECT item_date, amount, narrative, status FROM gap WHERE account = 'files' AND status = 'open';
SELECT reconcile.set_opening_balance('files', 100.00);
SELECT item_date, amount, narrative, status, note FROM gap WHERE account = 'files';
-- February taken back: the hole is there again.
SELECT reconcile.undo_import((SELECT import_id FROM reconcile.import WHERE file_name = 'feb.csv'), 'wrong account');
SELECT item_date, amount, narrative, status, note FROM gap WHERE account = 'files';
-- The rest of a day in another file, in whichever order they come: no hole. Midday missing between them is one.
SELECT reconcile.add_account('day', 'USD') > 0 AS one_day;
SELECT load('evening.csv', E'date,amount,narrative,balance\n2026-05-05,1.00,c,103.00\n2026-05-05,1.00,d,104.00\n2026-05-06,1.00,e,105.00\n', 'bank_csv', 'day');
SELECT load('morning.csv', E'date,amount,narrative,balance\n2026-05-04,1.00,a,101.00\n2026-05-05,1.00,b,102.00\n', 'bank_csv', 'day');
SELECT load('later.csv', E'date,amount,narrative,balance\n2026-05-06,1.00,g,108.00\n2026-05-07,1.00,h,109.00\n', 'bank_csv', 'day');
SELECT item_date, amount, narrative, status FROM gap WHERE account = 'day';
-- A row that could not be read is missing as well.
SELECT load('bad.csv', E'date,amount,narrative,balance\n2026-05-07,1.00,h,109.00\n2026-05-08,1.00,i,110.00\n2026-05-32,1.00,j,111.00\n2026-05-09,1.00,k,112.00\n', 'bank_csv', 'day');
SELECT item_date, amount, narrative, status FROM gap WHERE account = 'day';
-- A column that is no running balance claims nothing.
SELECT reconcile.add_account('available', 'USD') > 0 AS no_running_balance;
SELECT load('available.csv', E'date,amount,narrative,balance\n2026-05-04,1.00,a,500.00\n2026-05-05,2.00,b,500.00\n2026-05-06,3.00,c,500.00\n2026-05-07,4.00,d,500.00\n', 'bank_csv', 'available');
SELECT count(*) AS holes FROM gap WHERE account = 'available';
SELECT s.opening_balance, s.balanced FROM reconcile.bank_statement s JOIN reconcile.account a USING (account_id) WHERE a.code = 'available';
-- Statements that state only what they begin and end with: MT940 of three days, the second late.
SELECT reconcile.add_account('daily', 'USD') > 0 AS daily;
SELECT reconcile.define_format('bank_mt', 'mt940', 'bank_line', f.mapping) FROM reconcile.format f WHERE f.name = 'mt940';
SELECT load('d1.sta', E':20:D1\n:25:9001\n:28C:1/1\n:60F:C260531USD100,00\n:61:2606010601C50,00NTRFNONREF\n:86:first\n:62F:C260601USD150,00\n-\n', 'bank_mt', 'daily');
SELECT load('d3.sta', E':20:D3\n:25:9001\n:28C:3/1\n:60F:C260602USD170,00\n:61:2606030603D30,00NTRFNONREF\n:86:third\n:62F:C260603USD140,00\n:20:D4\n:25:9001\n:28C:4/1\n:60F:C260603USD140,00\n:61:2606040604C1,00NTRFNONREF\n:86:fourth\n:62F:C260604USD141,00\n-\n', 'bank_mt', 'daily');
SELECT item_date, amount, narrative, status FROM gap WHERE account = 'daily';
SELECT load('d2.sta', E':20:D2\n:25:9001\n:28C:2/1\n:60F:C260601USD150,00\n:61:2606020602C20,00NTRFNONREF\n:86:second\n:62F:C260602USD170,00\n-\n', 'bank_mt', 'daily');
SELECT item_date, amount, narrative, status, note FROM gap WHERE account = 'daily';
-- The days once more with balances on the lines, and one day more: all of it follows.
SELECT load('days.csv', E'date,amount,narrative,balance\n2026-06-03,-30.00,third,140.00\n2026-06-04,1.00,fourth,141.00\n2026-06-05,9.00,fifth,150.00\n', 'bank_csv', 'daily');
SELECT load('d7.sta', E':20:D7\n:25:9001\n:28C:5/1\n:60F:C260605USD150,00\n:61:2606070607C2,00NTRFNONREF\n:86:seventh\n:62F:C260607USD152,00\n-\n', 'bank_mt', 'daily');
SELECT count(*) AS holes FROM gap WHERE account = 'daily' AND status = 'open';
DROP VIEW found, gap;
DROP FUNCTION load;
DROP EXTENSION reconcile;
