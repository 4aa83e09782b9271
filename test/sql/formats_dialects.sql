-- Dialects: the same kind of file as its owner's other programs write it. Each is made up after what is known of the format.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SELECT FROM reconcile.add_shop('cn', 'pinduoduo', 'CNY', 'Asia/Shanghai');
SELECT FROM reconcile.add_shop('west', 'paypal', 'USD', 'America/Chicago');
SELECT FROM reconcile.add_account('cny', 'CNY');
SELECT FROM reconcile.add_account('twd', 'TWD');
SELECT FROM reconcile.add_account('gbp', 'GBP');
CREATE FUNCTION take(content text, encoding text, shop text DEFAULT NULL, account text DEFAULT NULL)
    RETURNS TABLE (format text, found text, imported bigint, rejected bigint, control_total numeric, status text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM reconcile.import_bytes(convert_to(content, encoding), 'a.csv', shop => shop, account => account);
    RETURN QUERY SELECT i.format, i.encoding, i.rows_imported, i.rows_rejected, i.control_total, i.status FROM reconcile.import i ORDER BY import_id DESC LIMIT 1;
END $$;
CREATE VIEW bank AS SELECT booked_on, value_on, amount, currency, balance, counterparty, narrative, reference FROM reconcile.bank_line
    WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no;
CREATE VIEW line AS SELECT kind, platform_type, order_no, amount, currency, posted_on, posted_at, settlement_no FROM reconcile.settlement_line
    WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no, settlement_line_id;

-- Short files in GB18030 whose encoding no detector tells: what fits a format counts. A flag column beside debit and credit says nothing new.
SELECT * FROM take('交易日期,交易地点,交易方式,借贷标志,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要
2026-03-01,网银,转账,贷,,5000.00,15000.00,支付宝,2155,提现
2026-03-02,网银,转账,借,2000.00,,13000.00,供应商,3305,货款
', 'GB18030', account => 'cny');
SELECT * FROM bank;
-- CCB: signed with account and name in one column; company accounts
SELECT * FROM take('中国建设银行个人活期账户全部交易明细
账号:6217***1234,户名:张三,起始日期:20260301,结束日期:20260331
序号,摘要,币别,钞汇,交易日期,交易金额,账户余额,交易地点/附言,对方账号与户名
1,消费,人民币,钞,20260303,-100.00,12900.00,财付通,243300133/财付通
2,转账存入,人民币,钞,20260304,"1,000.00","13,900.00",货款,6222001/李四
', 'GB18030', account => 'cny');
SELECT * FROM bank;
SELECT * FROM take('账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号,企业流水号,凭证种类,凭证号
33050161,杭州某某公司,20260305 10:11:12,0.00,5000.00,18900.00,人民币元,支付宝(中国)网络技术有限公司,215500,支付宝,20260305,提现,,101-330501,,,
33050161,杭州某某公司,20260306 10:11:12,2000.00,0.00,16900.00,人民币元,供应商,3305,工行,20260306,货款,三月,102-330502,,,
', 'GB18030', account => 'cny');
SELECT * FROM bank;
-- CMB company account: the day before the time of day
SELECT * FROM take('账号:571900,,,
交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,用途,收/付方名称,收/付方帐号
20260307,10:11:12,20260308,汇入汇款,,5000.00,21900.00,提现,G001,,支付宝,215500
20260308,10:11:12,20260308,转账,2000.00,,19900.00,货款,G002,采购,供应商,3305
', 'GB18030', account => 'cny');
SELECT * FROM bank;
-- ABC with columns of its web site; BOC company account: who paid where money came in, who got it where it went out
SELECT * FROM take('账户明细查询
交易日期,交易时间,交易金额,本次余额,对方户名,对方账号,交易行,交易渠道,交易类型,交易用途,交易摘要
20260309,101112,-50.00,19850.00,财付通,,1234,电子商务,转账,,消费
20260310,091112,+200.00,"20,050.00",李四,6222,1234,网上银行,转账,货款,转存
', 'GB18030', account => 'cny');
SELECT * FROM bank;
SELECT * FROM take('查询账号[ Inquirer account number ],123456789,,
交易类型[ Transaction Type ],业务类型[ Business type ],付款人名称[ Payer''s Name ],收款人名称[ Payee''s Name ],交易日期[ Transaction Date ],交易货币[ Trade Currency ],交易金额[ Trade Amount ],交易后余额[ After-transaction balance ],交易流水号[ Transaction reference number ],摘要[ Reference ],用途[ Purpose ],交易附言[ Remark ]
来账,汇入,支付宝,某某公司,20260311,CNY,"5,000.00","25,050.00",9900001,,货款,提现
往账,汇出,某某公司,供应商,20260312,CNY,"-2,000.00","23,050.00",9900002,,货款,采购
', 'GB18030', account => 'cny');
SELECT * FROM bank;
-- Big5; all texts of a line, each once; a type that is no flag
SELECT * FROM take('帳號,交易日期,摘要,支出金額,存入金額,餘額,備註
0123456789,2026/03/01,轉帳,100,,900,供應商
0123456789,2026/03/02,匯入,,5000,5900,蝦皮撥款
', 'BIG5', account => 'twd');
SELECT * FROM bank;
SELECT * FROM take('Date,Type,Description,Details,Paid out,Paid in,Balance
01 Mar 2026,BP,SUPPLIER LTD,SUPPLIER LTD,20.00,,980.00
02 Mar 2026,CR,STRIPE PAYMENTS,PO 1,,150.00,1130.00
', 'UTF8', account => 'gbp');
SELECT * FROM bank;

-- A summary above the table whose words are those of the table; a sign that Western text has; fees beside the amount
SELECT FROM reconcile.add_account('usd', 'USD');
SELECT FROM reconcile.add_account('eur', 'EUR');
SELECT * FROM take('Description,,Summary Amt.
Beginning balance as of 03/01/2026,,"1,000.00"
Total credits,,"150.00"
Total debits,,"-20.50"
Ending balance as of 03/31/2026,,"1,129.50"

Date,Description,Amount,Running Bal.
03/01/2026,Beginning balance as of 03/01/2026,,"1,000.00"
03/13/2026,"STRIPE DES:TRANSFER ID:ST-1","150.00","1,150.00"
03/14/2026,"RENT","-20.50","1,129.50"
', 'UTF8', account => 'usd');
SELECT * FROM bank;
SELECT * FROM take('Téléchargement du 05/03/2026;

M. X
Compte courant carte n° 123;
Solde au 05/03/2026 1 129,50 €

Liste des opérations du compte entre le 01/03/2026 et le 05/03/2026;

Date;Libellé;Débit euros;Crédit euros;
14/03/2026;"PRELEVEMENT 
EDF  ";20,50;;
13/03/2026;"VIREMENT EN VOTRE FAVEUR 
STRIPE PO-1";;1 150,00;
', 'WIN1252', account => 'eur');
SELECT * FROM bank;
SELECT * FROM take('Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance
TOPUP,Current,2026-03-01 10:00:00,2026-03-01 10:00:05,Payment from Stripe,150.00,0.00,GBP,COMPLETED,1150.00
CARD_PAYMENT,Current,2026-03-02 10:00:00,2026-03-03 08:00:05,Shop,-20.00,0.50,GBP,COMPLETED,1129.50
CARD_PAYMENT,Current,2026-03-04 10:00:00,,Shop2,-20.00,0.00,GBP,PENDING,
', 'UTF8', account => 'gbp');
SELECT * FROM bank;

-- Debits below zero, where they are known to be debits
SELECT FROM reconcile.add_account('gbp2', 'GBP');
SELECT * FROM take('Account name,Account number,Bank name,Currency,Location,BIC,IBAN,Account status,Account type,Closing ledger balance,Closing ledger brought forward from,Closing available balance,Closing available brought forward from,Current ledger balance,Current ledger as at,Current available balance,Current available as at,Bank reference,Narrative,Customer reference,TRN type,Value date,Credit amount,Debit amount,Balance,Time,Post date
ACME LTD,1234567890,HSBC,GBP,GB,HBUKGB4B,GB12HBUK,Active,Current,1130.00,02/03/2026,1130.00,02/03/2026,,,,,REF001,STRIPE PAYOUT,PO_123,TRANSFER,02/03/2026,150.00,,1130.00,10:00,02/03/2026
ACME LTD,1234567890,HSBC,GBP,GB,HBUKGB4B,GB12HBUK,Active,Current,1130.00,02/03/2026,1130.00,02/03/2026,,,,,REF002,SUPPLIER,INV 9,TRANSFER,27/02/2026,,-20.00,980.00,10:00,27/02/2026
', 'UTF8', account => 'gbp2');
SELECT * FROM bank;

-- What is drawn from a wallet is a payout, and is made of the lines before it.
SELECT * FROM take('#拼多多商家后台-货款明细
商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述
260301-1	,2026-03-07 00:10:00,54.90,0.00,交易收入,,
260301-1	,2026-03-07 00:10:00,0.00,-0.33,技术服务费,,
260301-2	,2026-03-08 00:10:00,0.00,-20.00,退款,,
	,2026-03-09 00:10:00,0.00,-34.57,提现,提现至银行卡,
260301-3	,2026-03-10 00:10:00,77.70,0.00,交易收入,,
', 'GB18030', shop => 'cn');
SELECT * FROM line;
SELECT payout_no, paid_on, amount, settlement_no FROM reconcile.payout;
SELECT matches, matched_left, matched_right, open_amount FROM reconcile.run('settlement_payout');
SELECT rule, explanation FROM reconcile.match WHERE reconciliation = 'settlement_payout';
SELECT * FROM take('动账时间,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,商品ID,商品名称,订单实付应结,运费实付,平台补贴,订单退款,平台服务费,佣金,服务商佣金,备注
2026-03-10 01:00:00,入账,172.00,聚合账户,货款结算入账,平台服务费,	4901	,	4901	,3501,连衣裙,179.00,0.00,2.00,0.00,-8.95,0,-0.05,
2026-03-11 01:00:00,出账,20.00,聚合账户,退款,,	4902	,	4902	,3501,连衣裙,0,0.00,0,-20.00,0,0,0,
2026-03-12 01:00:00,出账,152.00,聚合账户,提现,,,,,,,,,,,,,
', 'UTF8', shop => 'cn');
SELECT * FROM line;
SELECT payout_no, paid_on, amount FROM reconcile.payout ORDER BY payout_id DESC LIMIT 1;
-- The same bill with fees below and above zero: they are fees either way.
SELECT * FROM take('门店名称,业务类型,账单日期,订单号,订单状态,商品原价,美团活动补贴,用户实付,平台服务费,商家应收款
某店,外卖,2026-03-01,9001,已完成,50.00,2.00,43.00,-8.00,33.00
某店,外卖,2026-03-01,9002,已完成,30.00,0.00,30.00,5.00,21.00
某店,外卖退款,2026-03-02,9002,已退款,30.00,0.00,-30.00,5.00,-21.00
', 'GB18030', shop => 'cn');
SELECT * FROM line;
-- A bill of couriers: all parts stand apart, a total row at the end is none.
SELECT * FROM take('运单号,揽件时间,目的省份,结算重量,面单费,中转费,派费,操作费,运费合计
78012345678901,2026-03-01 18:00:00,上海,0.8,0.5,1.2,1.0,0.3,3.40
', 'GB18030');
SELECT * FROM take('客户名称：某某公司,,月结账号：5711234567
序号,日期,运单号码,到件地区,计费重量,产品类型,付款方式,费用(元),折扣/促销,应付金额
1,2026/3/1,SF1234567890123,上海,1.5,顺丰标快,寄付月结,18.00,2.00,16.00
,,,,,,合计,18.00,2.00,16.00
', 'GB18030');
SELECT courier, tracking_no, kind, charge_type, amount FROM reconcile.courier_charge ORDER BY courier_charge_id;
SELECT * FROM take('商品,订单号,订单状态,用户实付金额(元),商家实收金额(元),商品数量(件),订单成交时间
T恤,260301-9	,已收货,51.90,54.90,1,2026-03-01 09:00:00
T恤,260301-8	,已取消,51.90,54.90,1,
', 'UTF8', shop => 'cn');
SELECT order_no, total, status, ordered_at FROM reconcile.sales_order;

-- Times in the zone that the row states, by name or abbreviation; a name that means nothing is told.
SELECT * FROM take('"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Invoice Number","Balance"
"3/14/2026","22:30:00","America/Los_Angeles","Bob","Website Payment","Completed","USD","100.00","-3.20","96.80","T1","ORD-1","96.80"
"12/15/2026","23:30:00","PST","Bob","Website Payment","Completed","USD","50.00","-1.70","48.30","T2","ORD-2","145.10"
"12/16/2026","23:30:00","CST","Bob","Website Payment","Completed","USD","50.00","-1.70","48.30","T4","ORD-4","145.10"
"3/16/2026","23:30:00","Mars/Olympus","Bob","Website Payment","Completed","USD","50.00","-1.70","48.30","T3","ORD-3","193.40"
', 'UTF8', shop => 'west');
SELECT order_no, amount, posted_at FROM line;
SELECT line_no, column_no, column_name, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import);
-- Amazon's tables saved again with commas
SELECT * FROM take('approval-date,reimbursement-id,case-id,amazon-order-id,reason,sku,fnsku,asin,product-name,condition,currency-unit,amount-per-unit,amount-total,quantity-reimbursed-total
2026-03-04T10:00:00+00:00,9900,,302-1,Lost_Warehouse,A1,X0,B0,"Cup, 5"" high",Sellable,USD,10.00,20.00,2
', 'UTF8', shop => 'west');
SELECT kind, platform_type, amount, posted_on FROM line;
-- MT940 in the dialect of Dutch banks: EREF says where the reference stands. An investment statement in an OFX file does not go unnoticed.
SELECT * FROM take('ABNANL2A
940
ABNANL2A
:20:ABN AMRO BANK NV
:25:NL91ABNA0417164300
:28:12301/1
:60F:C260301EUR3236,28
:61:2603020302D9,N192NONREF
:86:GIRO   428428 KPN - DIGITALE TELEVISIE MND APR. BETALINGSKENM.  000000022070440
:61:2603030303C45,35NTRFEREF//x
:86:/TRTP/SEPA OVERBOEKING/IBAN/NL12RABO0123456789/BIC/RABONL2U/NAME/J JANSEN/REMI/Factuur 2026-88/EREF/NOTPROVIDED
:62F:C260303EUR3272,63
-
', 'UTF8', account => 'eur');
SELECT * FROM bank;
SET client_min_messages = notice;
SELECT format, rows_imported, control_total FROM reconcile.import_bytes(convert_to('OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260305<LANGUAGE>ENG<INTU.BID>3000</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>99<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260305
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302120000[-5:EST]<TRNAMT>150.00<FITID>F1<NAME>STRIPE<MEMO>Payout &amp; co</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260303<TRNAMT>-20.5<FITID>F2<CHECKNUM>12<NAME>RENT</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1129.50<DTASOF>20260305</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>
<INVSTMTMSGSRSV1><INVSTMTTRNRS><TRNUID>2<STATUS><CODE>0<SEVERITY>INFO</STATUS><INVSTMTRS><DTASOF>20260305<CURDEF>USD<INVACCTFROM><BROKERID>x<ACCTID>55</INVACCTFROM>
<INVTRANLIST><DTSTART>20260301<DTEND>20260305<INVBANKTRAN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>7.00<FITID>I1<NAME>DIV</STMTTRN><SUBACCTFUND>CASH</INVBANKTRAN></INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>
</OFX>', 'UTF8'), 'both.ofx', account => 'usd');
SET client_min_messages = warning;
SELECT * FROM bank;
-- A mapping's lines take what is left once only.
SELECT reconcile.define_format('rests', 'csv', 'settlement_line', '{"fields": {"posted_at": "at", "currency": {"value": "USD"}, "kind": {"value": "sale"}, "amount": "net", "order_no": "order"},
    "lines": [{"rest": true}, {"rest": true, "kind": "other"}]}');
SELECT * FROM reconcile.import_bytes('at,order,net
2026-03-01,O1,5
', 'rests.csv', 'rests', shop => 'west');
DROP VIEW bank, line;
DROP FUNCTION take;
DROP EXTENSION reconcile;
