-- formats_bank.sql: statements of Chinese banks and wallets of persons, as their web sites and apps export them. Built on public samples where the
-- comment does not say otherwise.

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin) VALUES
('icbc_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": "交易日期", "pattern": ["iso"], "required": true},
    "amount": {"column": "记账金额(收入)", "minus": "记账金额(支出)", "null": ["-", "--"]},
    "currency": {"column": "记账币种", "map": {"人民币": "CNY", "美元": "USD", "港币": "HKD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP"}},
    "narrative": {"join": ["摘要", "交易场所"], "separator": " "},
    "counterparty": "对方户名",
    "balance": {"column": "余额", "regex": "^([0-9,]+\\.[0-9]+)$"}
  },
  "preamble": [{"regex": "卡号: ([0-9*]+)", "set": "account"}],
  "skip": [{"交易日期": "*合计*"}],
  "key": "row"
}$json$, 'ICBC 中国工商银行 debit card: income and expense in columns of their own, totals at the end', true),

('abc_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": "交易日期", "pattern": ["YYYYMMDD", "iso"], "required": true},
    "amount": {"column": "交易金额", "required": true},
    "narrative": {"join": ["交易摘要", "交易附言", "附言", "交易用途"], "separator": " "},
    "counterparty": {"first": ["对手信息", "对方户名", "对方名称"], "null": ["--"]},
    "reference": "日 志 号",
    "balance": {"column": "本次余额", "required": true}
  },
  "key": "row"
}$json$, 'ABC 中国农业银行 debit card: amounts with a sign, dates YYYYMMDD', true),

('cmb_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": "记账日期", "pattern": ["iso"], "required": true},
    "amount": {"column": "交易金额", "required": true},
    "currency": {"column": "货币", "required": true, "map": {"人民币": "CNY"}},
    "narrative": {"join": ["交易摘要", "客户摘要"], "separator": " "},
    "counterparty": "对手信息",
    "balance": "联机余额"
  },
  "key": "row"
}$json$, 'CMB 招商银行 debit card', true),

('cmb_credit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"first": ["记账日", "记账日期", "交易日", "交易日期"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"], "required": true},
    "amount": {"column": ["人民币金额", "交易金额(人民币)", "入账金额"], "required": true, "sign": -1},
    "narrative": {"column": ["交易摘要", "交易描述"], "required": true},
    "reference": {"column": ["卡号末四位", "卡号后四位"]}
  },
  "key": "row"
}$json$, 'CMB 招商银行 credit card: spending positive in the file, so turned round. Statements that give days without a year are refused. Built from a description', true),

('boc_credit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": "银行记账日", "pattern": ["iso"], "required": true},
    "value_on": {"column": "交易日", "pattern": ["iso"]},
    "amount": {"column": "存入", "minus": "支出"},
    "currency": {"column": "币种", "required": true},
    "narrative": {"column": "交易描述", "required": true},
    "reference": "卡号后四位"
  },
  "key": "row"
}$json$, 'BOC 中国银行 credit card: paid in and spent in columns of their own', true),

('ccb_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": ["记账日", "记账日期", "交易日期"], "pattern": ["YYYYMMDD", "iso", "YYYY/MM/DD"], "required": true},
    "amount": {"column": ["收入", "收入金额", "贷方发生额", "贷方发生额(收入)"], "minus": ["支出", "支出金额", "借方发生额", "借方发生额(支取)"], "null": ["-", "--"]},
    "currency": {"column": "币种", "map": {"人民币": "CNY", "人民币元": "CNY", "美元": "USD", "港币": "HKD", "欧元": "EUR"}},
    "narrative": {"join": ["摘要", "交易地点", "备注"], "separator": " "},
    "counterparty": {"column": ["对方户名", "对方名称"], "required": true},
    "balance": {"column": ["账户余额", "余额"], "required": true},
    "reference": {"first": ["账户明细编号-交易流水号"]}
  },
  "skip": [{"摘要": "*合计*"}],
  "key": "row"
}$json$, 'CCB 中国建设银行, accounts of persons and companies: paid in and out in columns of their own. Built from a description', true),

('ccb_signed', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": "交易日期", "pattern": ["YYYYMMDD", "iso", "YYYY/MM/DD"], "required": true},
    "amount": {"column": "交易金额", "required": true},
    "currency": {"first": ["币别", "币种"], "map": {"人民币": "CNY", "人民币元": "CNY", "美元": "USD", "港币": "HKD", "欧元": "EUR"}},
    "narrative": {"join": ["摘要", "交易地点/附言"], "separator": " "},
    "counterparty": {"column": "对方账号与户名", "regex": "^[0-9*]*/?(.*)$", "required": true},
    "balance": {"column": "账户余额", "required": true}
  },
  "header": ["序号", "钞汇"],
  "skip": [{"摘要": "*合计*"}],
  "key": "row"
}$json$, 'CCB 中国建设银行 debit card, amounts with a sign; account and name of the other side in one column. Built from a description', true),

('bocom', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": ["交易时间", "交易日期", "Trans Date", "交易日期 Trans Date"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"], "required": true},
    "amount": {"column": ["交易金额", "Trans Amt", "交易金额 Trans Amt"], "required": true, "absolute": true,
               "negate_when": {"借贷|借贷状态|Dc Flg|借贷状态 Dc Flg": ["借", "借 Dr", "Dr", "D"]}},
    "narrative": {"column": ["摘要", "Abstract", "摘要 Abstract"]},
    "counterparty": {"column": ["对方户名", "Payment Receipt Account Name", "对方户名 Payment Receipt Account Name"]},
    "balance": {"column": ["余额", "Balance", "余额 Balance"]}
  },
  "lines": [{"when": {"借贷|借贷状态|Dc Flg|借贷状态 Dc Flg": ["借", "借 Dr", "Dr", "D", "贷", "贷 Cr", "Cr", "C"]}}],
  "key": "row"
}$json$, 'BOCOM 交通银行: a flag column tells debit (借 Dr) from credit (贷 Cr). Built from a description', true),

('hsbc_hk', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "fields": {
    "booked_on": {"column": "Date", "pattern": ["DD/MM/YYYY"], "required": true},
    "amount": {"column": "Billing amount", "required": true},
    "currency": {"column": "Billing currency", "required": true},
    "narrative": {"column": "Description", "required": true},
    "balance": "Balance"
  },
  "key": "row"
}$json$, 'HSBC Hong Kong: several currencies in one list', true),

('bmo_debit', 'csv', 'bank_line', 'WIN1252', ',', $json$
{
  "fields": {
    "booked_on": {"column": "Date Posted", "pattern": ["YYYYMMDD"], "required": true},
    "amount": {"column": "Transaction Amount", "required": true},
    "narrative": {"join": ["Transaction Type", "Description"], "separator": " "},
    "reference": {"column": "First Bank Card", "required": true}
  },
  "key": "row"
}$json$, 'BMO Bank of Montreal, chequing', true),

('alipay_personal', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fields": {
    "booked_on": {"column": "交易时间", "pattern": ["YYYY-MM-DD HH:MI:SS", "iso"], "required": true},
    "amount": {"column": "金额", "required": true, "absolute": true, "negate_when": {"收/支": ["支出", "转出", "expense"]}},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["交易分类", "商品说明", "交易状态"], "separator": " "},
    "counterparty": "交易对方",
    "reference": {"column": ["交易订单号", "交易号"], "required": true}
  },
  "preamble": [{"regex": "支付宝账户：(.+)", "set": "account"}],
  "lines": [{"when": {"收/支": ["收入", "转入", "income", "支出", "转出", "expense"]}}],
  "skip": [{"收/支": ["不计收支", "其他", "/", ""]}, {"交易状态": "交易关闭"}],
  "key": "row"
}$json$, 'Alipay 支付宝 bill of a person: the word in 收/支 gives the sign; rows that count as neither, and closed ones, are left out', true),

('wechat_personal', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "fields": {
    "booked_on": {"column": "交易时间", "pattern": ["YYYY-MM-DD HH:MI:SS", "iso", "YYYY/MM/DD HH:MI:SS"], "required": true},
    "amount": {"column": "金额(元)", "required": true, "absolute": true, "negate_when": {"收/支": ["支出", "转出", "expense"]}},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["交易类型", "商品", "当前状态"], "separator": " "},
    "counterparty": {"column": "交易对方", "null": ["/"]},
    "reference": {"column": "交易单号", "required": true}
  },
  "preamble": [{"regex": "微信昵称：\\[([^]]*)\\]", "set": "account"}],
  "lines": [{"when": {"收/支": ["收入", "转入", "income", "支出", "转出", "expense"]}}],
  "skip": [{"收/支": ["不计收支", "其他", "/", ""]}],
  "key": "row"
}$json$, 'WeChat Pay 微信支付 bill of a person: the word in 收/支 gives the sign; neutral rows are left out', true),

('jd_personal', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "fields": {
    "booked_on": {"column": "交易时间", "pattern": ["YYYY-MM-DD HH:MI:SS", "iso"], "required": true},
    "amount": {"column": "金额", "required": true, "absolute": true, "regex": "^([^(（]*)", "negate_when": {"收/支": ["支出", "转出", "expense"]}},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["交易分类", "交易说明", "商品", "交易状态"], "separator": " "},
    "counterparty": {"column": ["商户名称", "交易对方"], "required": true},
    "reference": {"column": ["交易订单号", "交易单号"], "required": true}
  },
  "lines": [{"when": {"收/支": ["收入", "转入", "income", "支出", "转出", "expense"]}}],
  "skip": [{"收/支": ["不计收支", "其他", "/", ""]}, {"交易状态": "交易关闭"}],
  "key": "row"
}$json$, 'JD 京东 bill of a person; 131.77(已退款89.84) counts with its first amount', true),

('boc_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": ["记账日期", "交易日期[ Transaction Date ]", "交易日期"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"], "required": true},
    "amount": {"column": ["金额", "交易金额[ Trade Amount ]", "交易金额"], "required": true},
    "currency": {"first": ["币别", "币种", "交易货币[ Trade Currency ]"], "map": {"人民币": "CNY", "美元": "USD", "港币": "HKD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP"}},
    "narrative": {"join": ["交易名称", "业务类型[ Business type ]", "业务类型[ Transaction Type ]", "业务类型", "摘要[ Reference ]", "摘要", "用途[ Purpose ]", "用途", "附言", "交易附言[ Remark ]", "交易附言"], "separator": " "},
    "counterparty": {"first": ["对方账户名", "对方账户名称", "对方户名", "收款人名称[ Payee's Name ]"]},
    "reference": {"first": ["交易流水号[ Transaction reference number ]"]},
    "balance": {"column": ["余额", "交易后余额[ After-transaction balance ]", "交易后余额"], "required": true}
  },
  "lines": [
    {"when": {"金额|交易金额[ Trade Amount ]|交易金额": "-*"}},
    {"when": {"!金额|交易金额[ Trade Amount ]|交易金额": "-*"}, "counterparty": {"first": ["对方账户名", "对方账户名称", "对方户名", "付款人名称[ Payer's Name ]"]}}
  ],
  "key": "row"
}$json$, 'BOC 中国银行 debit card and company account: amounts with a sign. Built from a description', true),

('citic_credit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": ["入账日期", "记账日期", "银行记账日", "入账日"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"], "required": true},
    "value_on": {"column": ["交易日期", "交易日"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"]},
    "amount": {"column": ["结算金额", "入账金额", "记账金额", "清算金额"], "required": true, "sign": -1, "strip": ["CNY", "RMB", "USD", "¥", "￥"]},
    "currency": {"first": ["结算币种", "入账币种", "记账币种", "清算币种"], "map": {"人民币": "CNY", "RMB": "CNY", "美元": "USD", "港币": "HKD"}},
    "narrative": {"column": ["交易描述", "交易说明", "交易摘要"], "required": true},
    "reference": {"column": ["卡末四位", "卡号末四位", "卡末四位号", "卡号后四位"], "required": true}
  },
  "skip": [{"入账日期|记账日期|银行记账日|入账日": "*合计*"}],
  "key": "row"
}$json$, 'CITIC 中信银行 credit card: spending positive in the file, so turned round. Built from a description', true),

('citic_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": ["交易日期", "记账日期"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"], "required": true},
    "amount": {"column": ["收入金额", "贷方发生额", "收入"], "minus": ["支出金额", "借方发生额", "支出"], "null": ["-", "--"]},
    "currency": {"first": ["币种"], "map": {"人民币": "CNY", "美元": "USD", "港币": "HKD"}},
    "narrative": {"column": ["摘要", "交易摘要"], "required": true},
    "counterparty": {"column": ["对方户名", "对方名称"], "required": true},
    "balance": {"column": ["账户余额", "余额"], "required": true},
    "reference": {"column": ["受理机构", "柜员交易号", "流水号"], "required": true}
  },
  "skip": [{"交易日期|记账日期": "*合计*"}],
  "key": "row"
}$json$, 'CITIC 中信银行 debit card and company account: income and expense in columns of their own. Built from a description', true),

('spdb_debit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": ["交易日期", "记账日期"], "pattern": ["YYYYMMDD", "iso", "YYYY/MM/DD"], "required": true},
    "amount": {"first": ["交易金额", "发生额"], "plus": ["存入金额", "贷方金额", "收入金额"], "minus": ["支取金额", "取出金额", "借方金额", "支出金额"], "null": ["-", "--"]},
    "narrative": {"first": ["交易摘要", "摘要", "摘要代码", "附言"]},
    "counterparty": {"first": ["对手姓名", "对方姓名", "对方户名", "对手名称"]},
    "balance": {"column": ["交易余额", "账户余额", "联机余额"], "required": true},
    "reference": {"column": ["交易流水号", "传票号", "交易序号", "对手账号", "对方账号", "对手帐号"], "required": true}
  },
  "skip": [{"交易日期|记账日期": "*合计*"}],
  "key": "row"
}$json$, 'SPDB 浦发银行 debit card: signed, or paid in and out in columns of their own. Built from a description', true),

('cgb_credit', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"column": ["入账日期", "记账日期", "入账日"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"], "required": true},
    "value_on": {"column": ["交易日期", "交易日"], "pattern": ["iso", "YYYYMMDD", "YYYY/MM/DD"]},
    "amount": {"column": ["入账金额", "记账金额"], "required": true, "sign": -1, "strip": ["CNY", "RMB", "USD", "¥", "￥"]},
    "currency": {"first": ["入账货币", "入账币种", "记账货币"], "map": {"人民币": "CNY", "RMB": "CNY", "美元": "USD", "港币": "HKD"}},
    "narrative": {"column": ["交易摘要", "交易说明", "交易描述"], "required": true}
  },
  "lines": [{"when": {"交易货币|交易币种": "*"}}],
  "key": "row"
}$json$, 'CGB 广发银行 credit card: spending positive and refunds negative in the file, so turned round. Built from a description', true),

('meituan_personal', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "fill": true,
  "fields": {
    "booked_on": {"first": ["交易成功时间", "交易时间", "交易创建时间"], "pattern": ["YYYY-MM-DD HH:MI:SS", "iso", "YYYY/MM/DD HH:MI:SS"], "required": true},
    "amount": {"first": ["实付金额", "订单金额", "金额"], "required": true, "absolute": true, "negate_when": {"收/支": ["支出", "转出", "expense"]}},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["交易类型", "订单标题"], "separator": " "},
    "counterparty": {"first": ["交易对方", "支付方式"]},
    "reference": {"column": ["交易单号", "订单号"], "required": true}
  },
  "preamble": [{"regex": "美团用户名：\\[([^]]*)\\]", "set": "account"}],
  "skip": [{"收/支": ["不计收支", "其他", "/", ""]}],
  "lines": [{"when": {"订单标题": "*", "收/支": ["收入", "转入", "income", "支出", "转出", "expense"]}}],
  "key": "row"
}$json$, 'Meituan 美团 bill of a person: the word in 收/支 gives the sign; neutral rows are left out. Built from a description', true),

('revolut', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "header": ["Type", "Product"],
  "fields": {
    "booked_on": {"first": ["Completed Date", "Started Date"], "pattern": ["iso", "DD/MM/YYYY HH:MI:SS", "DD/MM/YYYY HH:MI", "D/M/YYYY H:MI"], "required": true},
    "amount": {"column": "Amount", "minus": "Fee", "required": true},
    "currency": {"column": "Currency", "required": true},
    "narrative": {"column": "Description", "required": true},
    "balance": "Balance"
  },
  "lines": [{"when": {"State": "*"}}],
  "skip": [{"!State": ["COMPLETED", "Completed"]}],
  "key": "row"
}$json$, 'Revolut: amount less fee, the fee being positive in the file; what is not completed is left out. Built from a description', true),

('monzo', 'csv', 'bank_line', 'UTF-8', ',', $json$
{
  "fields": {
    "booked_on": {"column": ["created", "date"], "pattern": ["YYYY-MM-DD HH:MI:SS Z", "iso", "DD/MM/YYYY"], "required": true},
    "amount": {"column": "amount", "required": true},
    "currency": {"column": "currency", "required": true},
    "narrative": {"join": ["description", "notes"], "separator": " "},
    "counterparty": {"first": ["name", "merchant"]},
    "reference": {"column": ["id", "transaction id"], "required": true}
  },
  "lines": [{"when": {"local_amount|local amount": "*", "local_currency|local currency": "*", "emoji": "*"}}],
  "key": ["reference"]
}$json$, 'Monzo: amounts with a sign, in units of the currency', true),

('raiffeisen_elba', 'csv', 'bank_line', 'WIN1252', ';', $json$
{
  "header": false,
  "shape": {"columns": [6, 7]},
  "decimal": ",",
  "fields": {
    "booked_on": {"column": 1, "pattern": ["DD.MM.YYYY"], "required": true},
    "value_on": {"column": 3, "pattern": ["DD.MM.YYYY"], "required": true},
    "amount": {"column": 4, "required": true},
    "currency": {"column": 5, "required": true},
    "narrative": 2
  },
  "key": "row"
}$json$, 'Raiffeisen ELBA (Austria): no header; recognised by two days, an amount and a currency in each row', true),

('mt940', 'mt940', 'bank_line', NULL, NULL, $json$
{
  "fields": {
    "booked_on": {"first": ["booked_on", "value_on"], "pattern": ["iso"], "required": true},
    "value_on": {"column": "value_on", "pattern": ["iso"]},
    "amount": {"column": "amount", "required": true},
    "currency": "currency",
    "narrative": "narrative",
    "counterparty": "counterparty",
    "reference": {"first": ["reference", "bank_reference"], "null": ["NONREF", "NOTPROVIDED", "EREF", "PREF", "KREF"]},
    "balance": "balance"
  },
  "key": [["@bank_reference", "booked_on", "amount", "narrative", "reference"], ["booked_on", "amount", "narrative", "counterparty", "reference"]]
}$json$, 'SWIFT MT940 and MT942 statements; opening and closing balance checked', true),

('camt', 'camt', 'bank_line', NULL, NULL, $json$
{
  "fields": {
    "booked_on": {"first": ["booked_on", "value_on", "reported_on"], "pattern": ["iso"], "required": true},
    "value_on": {"column": "value_on", "pattern": ["iso"]},
    "amount": {"column": "amount", "required": true},
    "currency": "currency",
    "narrative": "narrative",
    "counterparty": "counterparty",
    "reference": {"first": ["reference", "bank_reference"], "null": ["NONREF", "NOTPROVIDED", "EREF", "PREF", "KREF"]},
    "balance": "balance"
  },
  "skip": [{"status": ["PDNG", "INFO", "FUTR"]}],
  "key": [["@bank_reference", "booked_on", "amount", "narrative", "reference"], ["booked_on", "amount", "narrative", "counterparty", "reference"]]
}$json$, 'ISO 20022 CAMT.052, CAMT.053 and CAMT.054 of any version; balances checked. Entries that are not booked yet (PDNG, INFO, FUTR) are left out. An entry without any date has that of the report', true),

('ofx', 'ofx', 'bank_line', NULL, NULL, $json$
{
  "fields": {
    "booked_on": {"first": ["booked_on", "value_on"], "pattern": ["iso"], "required": true},
    "value_on": {"column": "value_on", "pattern": ["iso"]},
    "amount": {"column": "amount", "required": true},
    "currency": "currency",
    "narrative": "narrative",
    "counterparty": "counterparty",
    "reference": {"first": ["reference", "bank_reference"], "null": ["NONREF", "NOTPROVIDED", "EREF", "PREF", "KREF"]},
    "balance": "balance"
  },
  "key": [["@bank_reference", "booked_on", "amount", "narrative", "reference"], ["booked_on", "amount", "narrative", "counterparty", "reference"]]
}$json$, 'OFX 1.x and 2.x, QFX: statements of bank and card accounts', true),

('bai2', 'bai2', 'bank_line', NULL, NULL, $json$
{
  "fields": {
    "booked_on": {"first": ["booked_on", "value_on"], "pattern": ["iso"], "required": true},
    "value_on": {"column": "value_on", "pattern": ["iso"]},
    "amount": {"column": "amount", "required": true},
    "currency": "currency",
    "narrative": "narrative",
    "counterparty": "counterparty",
    "reference": {"first": ["reference", "bank_reference"], "null": ["NONREF", "NOTPROVIDED", "EREF", "PREF", "KREF"]},
    "balance": "balance"
  },
  "key": [["@bank_reference", "booked_on", "amount", "narrative", "reference"], ["booked_on", "amount", "narrative", "counterparty", "reference"]]
}$json$, 'BAI2 cash management reports; control totals and record counts checked', true),

('qif', 'qif', 'bank_line', 'WIN1252', NULL, $json$
{
  "fields": {
    "booked_on": {"first": ["booked_on", "value_on"], "pattern": ["iso", "MM/DD/YYYY", "MM/DD/YY", "M/D/YYYY", "M/D/YY", "M/D'YY", "M/D'YYYY"], "required": true},
    "value_on": {"column": "value_on", "pattern": ["iso", "MM/DD/YYYY", "MM/DD/YY", "M/D/YYYY", "M/D/YY", "M/D'YY", "M/D'YYYY"]},
    "amount": {"column": "amount", "required": true},
    "currency": "currency",
    "narrative": "narrative",
    "counterparty": "counterparty",
    "reference": {"first": ["reference", "bank_reference"], "null": ["NONREF", "NOTPROVIDED", "EREF", "PREF", "KREF"]},
    "balance": "balance"
  },
  "key": [["@bank_reference", "booked_on", "amount", "narrative", "reference"], ["booked_on", "amount", "narrative", "counterparty", "reference"]]
}$json$, 'Quicken QIF with American dates (month first); for others define_format() with another pattern', true);

-- One mapping of common header words, with dates read in three ways, without and with a column that tells debits from credits. What two of them could
-- read is named by the caller.
INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin)
SELECT 'bank_generic' || f.suffix || d.suffix, 'csv', 'bank_line', NULL, NULL,
       jsonb_set(jsonb_set(t.mapping, '{fields,booked_on,pattern}', d.pattern), '{fields,value_on,pattern}', d.pattern)
       || CASE WHEN f.suffix = '' THEN jsonb_build_object('unless', string_to_array(w.flag || '|收/支', '|')) ELSE jsonb_build_object('fields', jsonb_set(jsonb_set(jsonb_set(t.mapping -> 'fields', '{booked_on,pattern}', d.pattern), '{value_on,pattern}', d.pattern), '{amount}',
              (t.mapping #> '{fields,amount}') - '{plus,minus,split}'::text[] || jsonb_build_object('absolute', true, 'negate_when', jsonb_build_object(w.flag || w.perhaps, w.debit))),
              'lines', jsonb_build_array(jsonb_build_object('when', jsonb_build_object(w.flag || w.perhaps, w.debit || w.credit)))) END,
       'Statements of any bank by the common header words in Chinese, English, German, Spanish, French, Italian, Portuguese, Dutch, Nordic, Polish, Czech and Hungarian; '
       || d.comment || f.comment, true
FROM (SELECT $json$
{
  "generic": true,
  "skip": [{"status|state|booking status|transaction status|payment status|buchungsstatus|umsatzstatus|estado|statut|état|stato|状态|交易状态|入账状态|狀態|交易狀態":
            ["pending", "Pending", "PENDING", "PDNG", "authorized", "Authorized", "AUTHORIZED", "authorised", "Authorised", "AUTHORISED", "scheduled", "Scheduled", "SCHEDULED", "failed", "Failed", "FAILED", "declined", "Declined", "DECLINED",
             "rejected", "Rejected", "REJECTED", "cancelled", "Cancelled", "CANCELLED", "canceled", "Canceled", "CANCELED", "reverted", "Reverted", "REVERTED", "vorgemerkt", "Vorgemerkt", "VORGEMERKT", "ausstehend", "Ausstehend", "abgelehnt", "Abgelehnt",
             "pendiente", "Pendiente", "PENDIENTE", "en attente", "En attente", "in sospeso", "In sospeso", "in behandeling", "In behandeling",
             "处理中", "待处理", "待入账", "未入账", "失败", "交易失败", "处理失败", "交易关闭", "已关闭", "已取消", "已撤销", "處理中", "待處理", "未入帳", "失敗", "交易失敗", "已取消"]},
           {"info|hinweis": ["Umsatz vorgemerkt", "Umsatz vorgemerkt*", "vorgemerkt"]}],
  "decimal": [".", ","],
  "parentheses": true,
  "trailing_sign": true,
  "fields": {
    "booked_on": {"first": ["booking date", "date booked", "booked on", "booking day", "posting date", "posted date", "date posted", "post date", "posted on", "completed date", "entry date", "buchungstag", "buchungsdatum",
                            "fecha contable", "fecha operación", "fecha de operación", "date comptable", "date opération", "date operation", "date d'opération", "date de l'opération", "data contabile", "data operazione", "data lançamento", "data movimento",
                            "boekdatum", "boekingsdatum", "bokföringsdag", "bokföringsdatum", "bogføringsdato", "bokføringsdato", "bogført", "kirjauspäivä", "data księgowania", "data operacji", "datum zaúčtování", "könyvelés dátuma", "könyvelés napja",
                            "记账日期", "记账日", "入账日期", "入账时间", "記帳日期", "入帳日期", "帳務日期", "transaction date", "trans date", "date", "datum", "fecha", "data", "dato", "dátum", "päivä", "started date", "交易日期", "交易日", "日期", "交易时间", "交易時間", "取引日", "日付"], "required": true},
    "value_on": {"first": ["value date", "valuta date", "valutadatum", "wertstellung", "wertstellungsdatum", "fecha valor", "f.valor", "f. valor", "date valeur", "date de valeur", "data valuta", "data valor", "rentedatum", "data waluty", "起息日", "起息日期", "起息日期[ Value Date ]"]},
    "amount": {"first": ["amount", "transaction amount", "trans amount", "amount (eur)", "amount(eur)", "amount (gbp)", "amount in eur", "betrag", "betrag (eur)", "betrag (€)", "betrag eur", "umsatz", "umsatz in eur", "importe", "importe eur", "importe (€)", "monto", "montant", "montant (eur)", "montant en eur", "montant en euros", "montant operation en euro", "montant opération",
                         "importo", "importo (€)", "valor", "valor (r$)", "bedrag", "bedrag (eur)", "transactiebedrag", "belopp", "beløb", "beløp", "määrä", "määrä euroina", "kwota", "kwota operacji", "částka", "objem", "összeg", "value", "transaction value",
                         "交易金额", "金额", "发生额", "交易金額", "金額"],
               "plus": ["credit", "credits", "credit amount", "amount credited", "paid in", "money in", "deposit", "deposits", "deposit amount", "inflow", "receipts", "haben", "gutschrift", "abono", "abonos", "haber", "ingresos", "crédit", "crédit euros", "crédit (eur)", "avere", "entrate", "accrediti", "crédito", "créditos",
                        "bij", "ind", "insättning", "inn på konto", "uznania", "príjem", "jóváírás", "收入", "收入金额", "存入", "存入金额", "贷方", "贷方金额", "贷方发生额", "贷方发生额(收入)", "贷方发生额(元)", "存入金額", "收入金額", "貸方金額", "入金", "お預り金額"],
               "minus": ["debit", "debits", "debit amount", "amount debited", "paid out", "money out", "withdrawal", "withdrawals", "withdrawal amount", "outflow", "payments", "soll", "lastschrift", "cargo", "cargos", "debe", "gastos", "débit", "débit euros", "débit (eur)", "dare", "uscite", "addebiti", "débito", "débitos", "debet",
                         "af", "ut", "uttag", "ut fra konto", "obciążenia", "výdaj", "terhelés", "支出", "支出金额", "支取", "取出金额", "借方", "借方金额", "借方发生额", "借方发生额(支取)", "借方发生额(元)", "支出金額", "借方金額", "出金", "お支払金額"],
               "split": true,
               "null": ["-", "--"]},
    "currency": {"first": ["currency", "currency code", "ccy", "währung", "waehrung", "moneda", "divisa", "devise", "monnaie", "moeda", "muntsoort", "munt", "waluta", "měna", "deviza", "pénznem", "币种", "货币", "币别", "幣別", "通貨"],
                 "map": {"人民币": "CNY", "人民币元": "CNY", "€": "EUR", "£": "GBP", "$": "USD", "eur": "EUR", "usd": "USD", "gbp": "GBP", "Kč": "CZK"}},
    "narrative": {"join": [
      "description", "transaction description", "narrative", "details", "transaction details", "particulars", "vorgang/verwendungszweck", "buchungstext", "concepto", "descripción", "libellé", "libellé opération", "libelle operation", "libelle court", "descrizione", "descrizione operazione", "causale", "descrição",
       "histórico", "movimiento", "omschrijving", "omschrijving-1", "omschrijving-2", "omschrijving-3", "beskrivning", "rubrik", "tekst", "forklaring", "selitys", "opis", "opis operacji", "popis", "narration", "transaction narrative", "transaction information", "booking text", "detail", "detalle", "label", "text",
       "摘要", "交易摘要", "交易说明", "交易描述", "說明", "摘要内容",
      "verwendungszweck", "mededelingen", "tytuł", "poznámka", "közlemény", "transaction remarks", "remarks", "remark", "purpose", "payment purpose", "payment details", "transaction ref1", "transaction ref2", "transaction ref3", "remittance information", "communication", "memo", "notes",
       "附言", "用途", "交易用途", "资金用途", "交易附言", "转账附言", "交易地点/附言",
      "备注", "備註", "交易备注"], "separator": " "},
    "counterparty": {"first": ["counterparty", "counterparty name", "payee", "payer", "name", "partner name", "beneficiary", "merchant", "merchant name", "empfänger", "auftraggeber/empfänger", "beguenstigter/zahlungspflichtiger", "begünstigter/auftraggeber", "name zahlungsbeteiligter", "beneficiario", "bénéficiaire", "controparte", "beneficiário",
                               "naam tegenpartij", "tegenpartij", "naam / omschrijving", "namn", "mottagare", "modtager", "saaja/maksaja", "nadawca/odbiorca", "protistrana", "název protiúčtu", "partner", "partner neve", "对方户名", "对方名称", "对方姓名", "对方账户名称", "收/付方名称", "对方账号与户名", "对方单位", "交易对方", "对手信息", "對方戶名"]},
    "reference": {"first": ["reference", "transaction reference", "transaction id", "transaction number", "id", "referenz", "kundenreferenz", "referencia", "référence", "riferimento", "referência", "referentie", "transactiereferentie", "payment reference", "referens", "reference no", "reference number", "bank reference", "流水号", "交易流水号", "账户明细编号-交易流水号", "凭证号", "凭证号码", "流水號"]},
    "balance": {"first": ["balance", "running balance", "account balance", "available balance", "saldo", "kontostand", "solde", "saldo contabile", "saldo na transakci", "saldo na trn", "running bal", "disponible", "zůstatek", "egyenleg", "saldo po operacji", "余额", "账户余额", "联机余额", "交易余额", "本次余额", "餘額", "帳戶餘額", "残高"]}
  },
  "key": "row"
}$json$::jsonb AS mapping) AS t,
    (VALUES ('', '["iso", "YYYY/MM/DD", "YYYY/MM/DD HH:MI:SS", "YYYYMMDD", "DD.MM.YYYY", "D.M.YYYY", "DD.MM.YY", "DD MON YYYY", "DD-MON-YYYY", "DD-MON-YY", "DD MON YY", "D MON YYYY", "MON DD, YYYY", "MON D, YYYY", "Month D, YYYY", "D Month YYYY", "YYYY年M月D日", "YYYY.MM.DD", "YYYY.MM.DD."]'::jsonb, 'dates that can be read one way only'),
            ('_dmy', '["DD/MM/YYYY", "D/M/YYYY", "DD/MM/YY", "DD-MM-YYYY", "DD/MM/YYYY HH:MI", "DD/MM/YYYY HH:MI:SS", "DD-MM-YYYY HH:MI:SS"]', 'dates that give the day first (where a file could be either, the format must be named)'),
            ('_mdy', '["MM/DD/YYYY", "M/D/YYYY", "MM/DD/YY", "MM-DD-YYYY", "MM/DD/YYYY HH:MI", "MM/DD/YYYY HH:MI:SS"]', 'dates that give the month first')) AS d (suffix, pattern, comment),
    (VALUES ('', ''), ('_flag', '; a column tells debits from credits')) AS f (suffix, comment),
    (VALUES ('d/c|d/k|dc|dr/cr|debit/credit|credit/debit|cr/dr|debit or credit|credit debit indicator|debit credit indicator|soll/haben|s/h|af bij|af/bij|indicator|借贷|借贷标志|借贷标识|借贷方向|借贷状态|借贷类型|借/贷|借貸|借貸別|收支|收支方向|收支类型|收支标志|收支類型|收支別|方向|发生方向',
             -- Columns of these names hold other words as well, which the plain formats leave alone: where they hold these, both fit and the caller decides.
             '|type|transaction type|类型|交易类型|類型|交易類型',
             '["D", "DR", "Dr", "DBIT", "Debit", "debit", "DEBIT", "S", "Soll", "Af", "AF", "af", "借", "借方", "支出"]'::jsonb,
             '["C", "CR", "Cr", "CRDT", "Credit", "credit", "CREDIT", "K", "H", "Haben", "Bij", "BIJ", "bij", "贷", "贷方", "貸", "貸方", "收入"]'::jsonb)) AS w (flag, perhaps, debit, credit);

-- HSBCnet gives debits below zero; they are debits either way. Its dates are as the user has set them.
INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin)
SELECT 'hsbcnet' || d.suffix, 'csv', 'bank_line', 'UTF-8', NULL, jsonb_set(jsonb_set($json$
{
  "header": ["Account name", "Bank name", "Location", "BIC", "IBAN", "Account status", "Account type", "Closing ledger balance", "Closing ledger brought forward from", "Closing available balance",
             "Closing available brought forward from", "Current ledger balance", "Current ledger as at", "Current available balance", "Current available as at", "Time"],
  "fields": {
    "booked_on": {"first": ["Post date", "Value date"], "required": true},
    "value_on": {"column": "Value date"},
    "amount": {"column": "Credit amount", "minus": "Debit amount", "absolute": true, "required": true},
    "currency": {"column": "Currency", "required": true},
    "narrative": {"join": ["Narrative", "Customer reference", "TRN type"], "separator": " "},
    "reference": {"column": "Bank reference", "required": true},
    "balance": "Balance"
  },
  "key": "row"
}$json$::jsonb, '{fields,booked_on,pattern}', d.pattern), '{fields,value_on,pattern}', d.pattern),
       'HSBCnet account statements, debits below zero; ' || d.comment || '. Built from a description', true
FROM (VALUES ('', '["DD/MM/YYYY", "iso", "DD MON YYYY", "DD-MON-YYYY"]'::jsonb, 'dates that give the day first'), ('_mdy', '["MM/DD/YYYY"]', 'dates that give the month first')) AS d (suffix, pattern, comment);

-- A row that states a balance is no movement.
UPDATE reconcile.format SET mapping = jsonb_set(mapping, '{skip}', mapping -> 'skip' || (
    SELECT jsonb_agg(jsonb_build_object(text, '["Beginning balance*", "BEGINNING BALANCE*", "Opening balance*", "OPENING BALANCE*", "Closing balance*", "CLOSING BALANCE*", "Ending balance*", "ENDING BALANCE*", "Balance brought forward*", "BALANCE BROUGHT FORWARD*", "Balance carried forward*", "BALANCE CARRIED FORWARD*", "期初余额", "期末余额", "期初餘額", "期末餘額", "承前页", "过次页"]'::jsonb))
    FROM unnest(ARRAY['description', 'transaction description', 'narrative', 'details', 'particulars', '摘要', '交易摘要']) AS text)) WHERE name LIKE 'bank_generic%';
-- A bank's own format whose amounts carry a sign does not read a file that tells the sign in a column of its own.
UPDATE reconcile.format SET mapping = mapping || jsonb_build_object('unless', (SELECT g.mapping -> 'unless' FROM reconcile.format g WHERE g.name = 'bank_generic'))
WHERE name IN ('abc_debit', 'cmb_debit', 'boc_debit', 'spdb_debit', 'hsbc_hk', 'cmb_credit', 'citic_credit', 'cgb_credit');
-- Our plain layout leaves out what the generic formats leave out.
UPDATE reconcile.format SET mapping = mapping || jsonb_build_object('skip', (SELECT g.mapping -> 'skip' FROM reconcile.format g WHERE g.name = 'bank_generic')) WHERE name = 'bank_csv';
-- The same columns also come from converters that write other delimiters.
UPDATE reconcile.format SET delimiter = NULL WHERE container = 'csv' AND target = 'bank_line' AND delimiter = ',' AND NOT mapping ? 'shape';
