-- formats_chinese.sql: bills of Chinese wallets and platforms for merchants. Signs: what the merchant gets is positive.

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin) VALUES
-- A line of the bill is one payment or one refund. 订单金额 is what the buyer was charged, 应结订单金额 what is settled of it: the rest is a
-- coupon at the merchant's expense. The fee has five decimals and is negative when it is given back.
('wechat_trade', 'csv', 'settlement_line', 'GB18030', ',', $json$
{
  "platform": "wechat",
  "header": ["交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型", "交易状态", "付款银行", "货币种类",
             "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包",
             "手续费", "费率", "订单金额", "申请退款金额", "费率备注", "退款申请时间", "退款成功时间"],
  "fields": {
    "posted_at": {"column": "交易时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"]},
    "order_no": {"column": "商户订单号", "required": true},
    "transaction_no": {"column": "微信订单号", "required": true},
    "currency": {"column": "货币种类", "required": true},
    "platform_type": "交易状态",
    "description": "商品名称",
    "settlement_no": {"template": "{@商户号}-{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {"when": {"交易状态": "SUCCESS"}, "kind": "sale", "amount": "订单金额"},
    {"when": {"交易状态": "SUCCESS"}, "kind": "discount", "amount": {"column": "应结订单金额", "minus": "订单金额"}},
    {"when": {"交易状态": ["REFUND", "REVOKED"]}, "kind": "refund", "amount": {"column": "申请退款金额", "absolute": true, "sign": -1}},
    {"when": {"交易状态": ["REFUND", "REVOKED"]}, "kind": "discount", "amount": {"column": "申请退款金额", "minus": "退款金额", "absolute": true}},
    {"when": {"交易状态": ["SUCCESS", "REFUND", "REVOKED"]}, "kind": "service_fee", "amount": {"column": "手续费", "sign": -1, "exact": true}}
  ],
  "key": ["transaction_no", "kind", "platform_type", "@微信退款单号"],
  "trailer": [
    {"regex": "^总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"},
    {"regex": "^`([0-9]+),`(-?[0-9.]+),`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+", "count": 1, "sum": 2, "of": "应结订单金额"},
    {"regex": "^`[0-9]+,`-?[0-9.]+,`(-?[0-9.]+),`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+", "sum": 1, "of": "退款金额", "sign": -1},
    {"regex": "^`[0-9]+,`-?[0-9.]+,`-?[0-9.]+,`(-?[0-9.]+),`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+", "sum": 1, "of": "充值券退款金额", "sign": 0},
    {"regex": "^`[0-9]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`(-?[0-9.]+),`-?[0-9.]+,`-?[0-9.]+", "sum": 1, "of": "手续费", "sign": -1},
    {"regex": "^`[0-9]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`(-?[0-9.]+),`-?[0-9.]+", "sum": 1, "of": "订单金额", "sign": 0},
    {"regex": "^`[0-9]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`-?[0-9.]+,`(-?[0-9.]+)", "sum": 1, "of": "申请退款金额", "sign": 0}
  ],
  "trailer_required": true
}$json$, 'WeChat Pay 微信支付 merchant bill 交易账单 (ALL and REFUND): sale, coupon, refund and fee of a row; count and totals of the footer checked', true),

('wechat_fund_flow', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "platform": "wechat",
  "header": ["记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额（元）", "账户结余（元）", "资金变更提交申请人", "备注", "业务凭证号"],
  "fields": {
    "booked_on": {"column": "记账时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS"], "required": true},
    "amount": {"column": ["收支金额（元）", "收支金额"], "absolute": true, "negate_when": {"收支类型": "支出"}},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["业务名称", "业务类型", "备注", "业务凭证号"], "separator": " "},
    "reference": {"column": "微信支付业务单号", "required": true},
    "balance": {"column": ["账户结余（元）", "账户结余"], "required": true}
  },
  "lines": [{"when": {"收支类型": ["收入", "支出"]}}],
  "key": ["@资金流水单号", "@业务类型", "@收支类型", "reference"],
  "trailer": [
    {"regex": "^资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"},
    {"regex": "^`([0-9.]+),`[0-9.]+,`[0-9.]+,`[0-9.]+,`[0-9.]+", "count": 1},
    {"regex": "^`[0-9.]+,`([0-9.]+),`([0-9.]+),`[0-9.]+,`[0-9.]+", "count": 1, "sum": 2, "of": ["收支金额（元）", "收支金额"], "when": {"收支类型": "收入"}},
    {"regex": "^`[0-9.]+,`[0-9.]+,`[0-9.]+,`([0-9.]+),`([0-9.]+)", "count": 1, "sum": 2, "of": ["收支金额（元）", "收支金额"], "when": {"收支类型": "支出"}, "absolute": true, "sign": -1}
  ],
  "trailer_required": true
}$json$, 'WeChat Pay 微信支付 fund flow 资金账单: the wallet''s account with its balance; counts and totals of the footer checked', true),

('alipay_ledger', 'csv', 'bank_line', 'GB18030', ',', $json$
{
  "platform": "alipay",
  "comment": "#",
  "end": "账务明细列表结束",
  "header": ["账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）", "支出金额（-元）", "账户余额（元）", "交易渠道", "业务类型", "备注",
             "业务描述", "业务账单来源", "业务基础订单号", "业务订单号"],
  "preamble": [{"regex": "账号：\\[([^]]*)\\]", "set": "account"}],
  "fields": {
    "booked_on": {"column": "发生时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"], "required": true},
    "amount": {"column": "收入金额（+元）", "minus": "支出金额（-元）", "absolute": true},
    "currency": {"value": "CNY"},
    "narrative": {"join": ["业务类型", "商户订单号", "商品名称", "备注"], "separator": " "},
    "counterparty": "对方账号",
    "reference": {"column": "业务流水号", "required": true},
    "balance": {"column": "账户余额（元）", "required": true}
  },
  "key": ["@账务流水号"],
  "trailer": [
    {"starts": "#支出合计", "regex": "^#支出合计：([0-9]+)笔，共(-?[0-9.,]+)元", "count": 1, "sum": 2, "of": "支出金额（-元）",
     "when": {"!支出金额（-元）": ["", "0", "0.00", "-0.00", "+0.00"]}, "absolute": true, "sign": -1},
    {"starts": "#收入合计", "regex": "^#收入合计：([0-9]+)笔，共(-?[0-9.,]+)元", "count": 1, "sum": 2, "of": "收入金额（+元）",
     "when": {"!收入金额（+元）": ["", "0", "0.00", "-0.00", "+0.00"]}, "absolute": true}
  ],
  "trailer_required": true
}$json$, 'Alipay 支付宝 ledger 账务明细: the wallet''s account, income and expense in columns of their own; trailer totals checked. Built from a description', true),

('pinduoduo_funds', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "pinduoduo",
  "comment": "#",
  "header": ["商户订单号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账务类型", "备注", "业务描述"],
  "fields": {
    "posted_at": {"column": "发生时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"]},
    "kind": {"column": "账务类型", "required": true, "map": {
      "交易收入": "sale", "退款": "refund", "*退款*": "refund", "优惠券结算": "subsidy", "*补贴*": "subsidy", "*技术服务费*": "service_fee", "多多进宝": "commission",
      "*佣金*": "commission", "*运费*": "shipping_fee", "提现": "payout", "转账": "payout", "扣款": "adjustment", "*赔付*": "adjustment", "*赔偿*": "adjustment", "*": "other"}},
    "amount": {"column": "收入金额（+元）", "minus": "支出金额（-元）", "absolute": true},
    "currency": {"value": "CNY"},
    "order_no": "商户订单号",
    "platform_type": "账务类型",
    "description": {"first": ["业务描述", "备注"]},
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {},
    {"when": {"账务类型": ["*提现*", "转账"]}, "target": "payout", "payout_no": {"template": "提现 {@发生时间}"}, "paid_on": {"column": "发生时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"]},
     "currency": {"value": "CNY"}, "amount": {"column": "支出金额（-元）", "minus": "收入金额（+元）", "absolute": true}}
  ],
  "key": "row"
}$json$, 'Pinduoduo 拼多多 funds 货款明细: signs by column, kinds by 账务类型; what is drawn (提现) is a payout. Built from a description', true),

-- The wallet of a shop: 动账金额 is the money; subsidies, fees and refunds of the row stand apart with their own sign, the rest is what the scene says.
('douyin_funds', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "douyin",
  "fill": true,
  "header": ["动账账户", "计费类型", "售后编号", "下单时间", "商品ID", "商品名称", "订单类型", "订单实付应结", "运费实付", "实际平台补贴_运费", "以旧换新抵扣", "订单退款", "是否免佣", "免佣金额", "备注", "动账摘要"],
  "fields": {
    "posted_at": {"column": "动账时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D H:MI"], "required": true},
    "kind": {"column": "动账场景", "required": true, "map": {"*提现*": "payout", "*退款*": "refund", "*退货*": "refund", "*结算*": "sale", "*货款*": "sale", "*赔付*": "adjustment", "*赔偿*": "adjustment",
      "*保证金*": "reserve_held", "*运费险*": "service_fee", "*服务费*": "service_fee", "*佣金*": "commission", "*补贴*": "subsidy", "*运费*": "shipping_fee", "*": "other"}},
    "amount": {"column": "动账金额", "required": true, "absolute": true, "negate_when": {"动账方向": ["出账", "支出"]}},
    "currency": {"value": "CNY"},
    "order_no": {"first": ["主订单号", "主订单编号", "订单号", "订单编号"]},
    "transaction_no": {"first": ["动账流水号", "动账单号", "子订单号"]},
    "platform_type": {"column": "动账场景"},
    "sku": {"first": ["商品ID"]},
    "description": {"first": ["备注", "商品名称"]},
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {"when": {"!动账场景": "*提现*", "动账方向": ["入账", "收入", "出账", "支出"]}, "rest": true},
    {"when": {"动账场景": "*提现*"}},
    {"when": {"动账场景": "*提现*"}, "target": "payout", "payout_no": {"template": "提现 {@动账时间}"}, "paid_on": {"column": "动账时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D H:MI"]},
     "currency": {"value": "CNY"}, "amount": {"column": "动账金额", "absolute": true}},
    {"kind": "subsidy", "platform_type": {"value": "平台补贴"}, "amount": {"plus": ["平台补贴", "其他平台补贴"], "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "支付补贴"}, "amount": {"plus": ["抖音支付补贴", "抖音月付营销补贴", "银行补贴"], "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "达人补贴"}, "amount": {"column": "达人补贴", "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "平台服务费"}, "amount": {"column": "平台服务费", "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "佣金"}, "amount": {"plus": ["佣金", "达人佣金"], "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "服务商佣金"}, "amount": {"column": "服务商佣金", "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "渠道分成"}, "amount": {"column": "渠道分成", "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "招商服务费"}, "amount": {"column": "招商服务费", "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "站外推广费"}, "amount": {"column": "站外推广费", "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "其他分成"}, "amount": {"column": "其他分成", "default": "0"}}
  ],
  "key": "row"
}$json$, 'Douyin 抖店 funds 动账明细: 动账金额 is the money of a row, subsidies and fees of it stand apart, what is drawn (提现) is a payout. Built from a description', true),

('pinduoduo_orders', 'csv', 'order', 'GB18030', NULL, $json$
{
  "platform": "pinduoduo",
  "fields": {
    "order_no": "订单号",
    "ordered_at": {"first": ["拼单成功时间", "订单成交时间", "成团时间", "支付时间", "订单支付时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"], "required": true},
    "currency": {"value": "CNY"},
    "total": "商家实收金额(元)",
    "discount": "店铺优惠折扣(元)",
    "shipping": "邮费(元)",
    "status": {"column": "订单状态", "required": true},
    "sku": {"first": ["商家编码-规格维度", "商家编码-SKU维度", "样式ID", "商品id"]},
    "quantity": {"column": ["商品数量(件)", "商品数量"], "required": true},
    "buyer_name": "收货人",
    "buyer_phone": "手机"
  },
  "skip": [{"拼单成功时间": "", "订单成交时间": "", "成团时间": "", "支付时间": "", "订单支付时间": ""}],
  "key": ["order_no"]
}$json$, 'Pinduoduo 拼多多 orders: the total is what the merchant gets (商家实收); rows never paid are left out. Built from a description', true),

('taobao_orders', 'csv', 'order', 'GB18030', NULL, $json$
{
  "platform": "taobao",
  "header": ["买家会员名", "买家支付宝账号", "买家应付货款", "买家应付邮费", "买家支付积分", "返点积分", "买家实际支付积分", "买家留言", "运送方式", "联系电话",
             "订单付款时间", "宝贝标题", "宝贝种类", "物流单号", "物流公司", "订单备注", "店铺Id", "店铺名称", "订单关闭原因", "卖家服务费", "买家服务费"],
  "fields": {
    "order_no": "订单编号",
    "ordered_at": {"column": "订单创建时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"], "required": true},
    "currency": {"value": "CNY"},
    "total": "总金额",
    "shipping": {"column": "买家应付邮费", "required": true},
    "status": {"column": "订单状态", "required": true},
    "quantity": "宝贝总数量",
    "buyer_name": "收货人姓名",
    "buyer_phone": {"first": ["联系手机", "联系电话"]},
    "ship_address": "收货地址"
  },
  "key": ["order_no"]
}$json$, 'Taobao 淘宝 and Tmall 天猫 orders (订单报表): a row an order. Built from a description', true),

('jd_shop_settlement', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "jd",
  "header": ["订单编号", "单据编号", "单据类型", "商品编号", "商户订单号", "商品名称", "结算状态", "费用发生时间", "费用计费时间", "费用结算时间", "费用项", "金额", "币种",
             "商家应收/应付", "钱包结算备注", "店铺号", "门店号", "品牌门店号", "门店名称", "备注", "费用项含义", "收支方向", "商品数量"],
  "fields": {
    "posted_at": {"first": ["费用结算时间", "费用发生时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD", "YYYYMMDD"], "required": true},
    "kind": {"join": ["单据类型", "费用项"], "separator": "/", "map": {
      "*售后*/货款": "refund", "*退*/货款": "refund", "*/货款": "sale", "*/代收配送费": "shipping", "*/*运费*": "shipping_fee", "*/*佣金*": "commission", "*/*服务费*": "service_fee",
      "*/*保险*": "service_fee", "*/*补贴*": "subsidy", "*/*赔付*": "adjustment", "*/*提现*": "payout", "*": "other"}},
    "amount": {"column": "金额", "required": true, "absolute": true, "negate_when": {"商家应收/应付": ["应付", "商家应付"]}},
    "currency": {"column": "币种", "required": true, "map": {"人民币": "CNY"}},
    "order_no": {"column": "订单编号", "required": true},
    "transaction_no": {"column": "单据编号", "required": true},
    "platform_type": {"join": ["单据类型", "费用项"], "separator": "/"},
    "sku": "商品编号",
    "quantity": "商品数量",
    "description": "商品名称",
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "lines": [{"when": {"商家应收/应付": ["应收", "应付", "商家应收", "商家应付"]}}],
  "key": "row"
}$json$, 'JD 京东 shop settlement 结算明细: the sign is told by 商家应收/应付. Built from a description', true),

-- settle_amount is the money; subsidies and fees stand apart and the rest is the sale, so that the lines add up to it whatever the row holds besides
-- (shipping, coupons of the shop, refunds before the settlement).
('douyin_settlement', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "douyin",
  "fields": {
    "posted_at": {"column": "settle_time", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS"], "required": true},
    "order_no": {"column": "shop_order_id", "required": true},
    "transaction_no": {"column": "request_no", "required": true},
    "currency": {"value": "CNY"},
    "platform_type": {"first": ["trade_type_desc", "pay_type_desc"]},
    "sku": "product_id",
    "quantity": "goods_count",
    "description": "remark",
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {"when": {"!settle_amount": "-*"}, "kind": "sale", "rest": true, "amount": {"column": "settle_amount", "unit": 2, "required": true}},
    {"when": {"settle_amount": "-*"}, "kind": "refund", "rest": true, "amount": {"column": "settle_amount", "unit": 2, "required": true}},
    {"kind": "subsidy", "platform_type": {"value": "platform_coupon"}, "amount": {"column": "platform_coupon", "unit": 2, "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "author_coupon"}, "amount": {"column": "author_coupon", "unit": 2, "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "pay_promotion"},
     "amount": {"plus": ["pay_promotion", "zt_pay_promotion", "zr_pay_promotion", "bank_pay_promotion"], "unit": 2, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "platform_service_fee"}, "amount": {"column": "platform_service_fee", "unit": 2, "sign": -1, "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "commission"}, "amount": {"column": "commission", "unit": 2, "sign": -1, "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "colonel_service_fee"}, "amount": {"column": "colonel_service_fee", "unit": 2, "sign": -1, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "good_learn_channel_fee"}, "amount": {"column": "good_learn_channel_fee", "unit": 2, "sign": -1, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "channel_promotion_fee"}, "amount": {"column": "channel_promotion_fee", "unit": 2, "sign": -1, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "other_sharing_amount"}, "amount": {"column": "other_sharing_amount", "unit": 2, "sign": -1, "default": "0"}}
  ],
  "key": ["transaction_no", "kind", "order_no", "platform_type", "sku"]
}$json$, 'Douyin 抖店 settlement bill, the table of the open platform: amounts in fen, subsidies and fees of a row apart. Built from a description', true),

-- What was shipped and given back as the merchant's system 旺店通 knows it. Its accounts are the merchant's: they are entries of the books, so that no
-- money is counted that a platform has not settled.
('wangdiantong_check', 'csv', 'ledger_entry', 'GB18030', NULL, $json$
{
  "fill": true,
  "header": ["店铺名称", "店铺", "平台", "订单编号", "发货数量", "退款数量", "退货数量", "差额", "对账方式", "备注", "shop_no", "shop_name", "platform_id", "send_num", "refund_num", "diff_amount", "remark"],
  "fields": {
    "posted_on": {"column": ["对账时间", "对账日期", "账期", "发货时间", "check_time", "consign_time", "modified"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D", "YYYY/M/D H:MI"], "required": true},
    "currency": {"value": "CNY"},
    "order_no": {"column": ["原始单号", "平台单号", "tid", "src_tid"], "required": true},
    "entry_no": {"first": ["对账单号", "流水号", "check_no", "rec_id"]},
    "description": {"column": ["对账状态", "状态", "status"], "required": true,
                    "map": {"0": "未对账 unconfirmed", "1": "部分对账 partial", "2": "对账失败 failed", "3": "对账成功 success", "4": "强制对账 forced"}}
  },
  "lines": [
    {"when": {"应收金额|应收|receivable": "*"}, "ledger_account": {"value": "sent"}, "amount": {"column": ["发货金额", "send_amount"], "required": true}},
    {"ledger_account": {"value": "refunded"}, "amount": {"column": ["退款金额", "refund_amount"], "sign": "negative"}},
    {"ledger_account": {"value": "receivable"}, "amount": {"column": ["应收金额", "应收", "receivable"], "required": true}},
    {"ledger_account": {"value": "received"}, "amount": {"column": ["实收金额", "已收金额", "实收", "received"], "required": true}},
    {"ledger_account": {"value": "cost"}, "amount": {"column": ["成本", "成本金额", "货品成本", "cost"], "sign": "negative"}}
  ],
  "key": ["order_no", "ledger_account", "entry_no", "posted_on"]
}$json$, 'Wangdiantong 旺店通 account check 对账单: amounts sent, refunded, receivable, received and cost of an order as entries of the merchant''s books, the state as text. Built from a description', true),

-- 商家应收款 is the money; subsidies and fees stand apart and the rest is the sale, so that the lines add up to it.
('meituan_merchant', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "meituan",
  "fill": true,
  "header": ["门店名称", "门店ID", "门店", "城市", "订单序号", "订单状态", "结算状态", "账单状态", "下单时间", "订单完成时间", "商品原价", "商品总价", "餐盒费", "打包费", "用户支付配送费",
             "用户实付", "用户在线支付金额", "结算周期", "备注"],
  "fields": {
    "posted_at": {"column": ["账单日期", "归账日期", "结算日期", "入账时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD", "YYYYMMDD"], "required": true},
    "order_no": {"column": ["订单号", "订单编号", "订单ID"], "required": true},
    "currency": {"value": "CNY"},
    "platform_type": {"first": ["交易类型", "账单类型", "费用类型", "业务类型", "订单类型"]},
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {"when": {"交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "kind": "refund", "rest": true, "amount": {"column": ["商家应收款", "商家应收", "结算金额"], "required": true}},
    {"when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*", "*提现*"]}, "kind": "sale", "rest": true, "amount": {"column": ["商家应收款", "商家应收", "结算金额"], "required": true}},
    {"when": {"交易类型|账单类型|费用类型|业务类型|订单类型": "*提现*"}, "kind": "payout", "amount": {"column": ["商家应收款", "商家应收", "结算金额"], "sign": "negative"}},
    {"kind": "subsidy", "platform_type": {"value": "美团补贴"}, "amount": {"column": "美团补贴", "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "美团活动补贴"}, "amount": {"column": "美团活动补贴", "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "平台活动补贴"}, "amount": {"column": "平台活动补贴", "default": "0"}},
    {"kind": "subsidy", "platform_type": {"value": "代理商补贴"}, "amount": {"column": "代理商补贴", "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "平台佣金"}, "amount": {"column": "平台佣金", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "平台服务费"}, "amount": {"column": "平台服务费", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "service_fee", "platform_type": {"value": "技术服务费"}, "amount": {"column": "技术服务费", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "commission", "platform_type": {"value": "佣金"}, "amount": {"column": "佣金", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "shipping_fee", "platform_type": {"value": "配送服务费"}, "amount": {"column": "配送服务费", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "shipping_fee", "platform_type": {"value": "履约服务费"}, "amount": {"column": "履约服务费", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}},
    {"kind": "other", "platform_type": {"value": "公益捐款"}, "amount": {"column": "公益捐款", "negate_when": {"!交易类型|账单类型|费用类型|业务类型|订单类型": ["*退款*", "*部分退*"]}, "absolute": true, "default": "0"}}
  ],
  "key": ["order_no", "kind", "platform_type", "posted_at"]
}$json$, 'Meituan 美团 bill of a merchant: 商家应收款 is what is paid, fees (whatever their sign in the file) and subsidies apart, the rest is the sale. Built from a description', true),

('taobao_settlement', 'csv', 'settlement_line', 'GB18030', NULL, $json$
{
  "platform": "taobao",
  "fill": true,
  "comment": "#",
  "header": ["子订单编号", "子订单号", "商品名称", "商品ID", "账单类型", "备注", "币种", "支付方式", "店铺名称", "对方账户", "账户余额"],
  "fields": {
    "posted_at": {"column": ["结算时间", "入账时间", "账务时间", "费用发生时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D H:MI", "YYYY/MM/DD"], "required": true},
    "kind": {"column": ["费用项", "费用项名称", "费用类型", "账务类型"], "required": true, "map": {
      "*提现*": "payout", "*转账到*": "payout", "*退款*": "refund", "*退货*": "refund", "*售后*": "refund", "*货款*": "sale", "交易收款": "sale", "*确认收货*": "sale",
      "*佣金*": "commission", "*淘宝客*": "commission", "*技术服务费*": "service_fee", "*软件服务费*": "service_fee", "*手续费*": "service_fee", "*服务费*": "service_fee", "*花呗*": "service_fee",
      "*积分*": "service_fee", "*返点*": "service_fee", "*保险*": "service_fee", "*运费险*": "service_fee", "*公益*": "other", "*补贴*": "subsidy", "*红包*": "subsidy", "*优惠*": "discount",
      "*运费*": "shipping_fee", "*赔付*": "adjustment", "*赔款*": "adjustment", "*扣款*": "adjustment", "*保证金*": "reserve_held", "*": "other"}},
    "amount": {"first": ["结算金额", "入账金额", "金额"], "plus": ["收入金额", "收入金额(元)", "收入(元)", "收入"], "minus": ["支出金额", "支出金额(元)", "支出(元)", "支出"]},
    "currency": {"value": "CNY"},
    "order_no": {"column": ["订单编号", "订单号", "主订单编号", "淘宝订单编号", "业务基础订单号"], "required": true},
    "transaction_no": {"first": ["支付宝交易号", "支付流水号", "账务流水号", "交易流水号"]},
    "platform_type": ["费用项", "费用项名称", "费用类型", "账务类型"],
    "description": {"first": ["商品名称", "备注"]},
    "settlement_no": {"template": "{posted_at:YYYYMMDD}"}
  },
  "key": "row"
}$json$, 'Taobao 淘宝 and Tmall 天猫 settlement 结算明细: a row an order and 费用项, signed or income and expense in columns of their own. Built from a description', true),

-- A row is an item; the amount payable of the order stands on each of its rows.
('jd_orders', 'csv', 'order', 'GB18030', NULL, $json$
{
  "platform": "jd",
  "fill": true,
  "header": ["商品名称", "支付方式", "京东价", "订单金额", "结算金额", "余额支付", "订单类型", "下单帐号", "订单备注", "发票类型", "发票抬头", "发票内容", "商家备注", "商家备注等级", "付款确认时间",
             "增值税发票", "订单完成时间", "订单来源", "订单渠道", "安装服务", "服务费", "仓库ID", "仓库名称", "预计发货时间"],
  "fields": {
    "order_no": {"column": ["订单号", "订单编号"], "required": true},
    "ordered_at": {"column": "下单时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D H:MI"], "required": true},
    "currency": {"value": "CNY"},
    "total": "应付金额",
    "shipping": {"first": ["运费金额", "运费"]},
    "status": {"column": "订单状态", "required": true, "map": {"*取消*": "已取消", "*删除*": "已取消"}},
    "sku": {"first": ["商家SKUID", "货号", "商品ID"]},
    "quantity": {"column": ["订购数量", "商品数量"], "required": true},
    "unit_price": {"first": ["京东价"]},
    "buyer_name": {"first": ["客户姓名", "收货人"]},
    "buyer_phone": {"first": ["联系电话", "手机"]},
    "ship_address": {"first": ["客户地址", "收货地址"]}
  },
  "key": ["order_no"]
}$json$, 'JD 京东 orders of a shop: 应付金额 is the total, the same on each row of an order. Built from a description', true),

-- A row is a sub-order with an amount of its own.
('douyin_orders', 'csv', 'order', 'GB18030', NULL, $json$
{
  "platform": "douyin",
  "fill": true,
  "sum": true,
  "header": ["选购商品", "商品规格", "优惠总金额", "平台优惠", "商家优惠", "达人优惠", "支付优惠", "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额", "红包抵扣", "支付方式", "手续费",
             "省", "市", "区", "街道", "订单完成时间", "支付完成时间", "APP渠道", "流量来源", "订单类型", "达人ID", "达人昵称", "买家留言", "商家备注", "售后状态", "取消原因", "预约发货时间",
             "商品类型", "仓库ID", "仓库名称", "承诺发货时间", "快递信息"],
  "fields": {
    "order_no": {"column": ["主订单编号", "主订单号"], "required": true},
    "ordered_at": {"column": ["订单提交时间", "下单时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D H:MI"], "required": true},
    "currency": {"value": "CNY"},
    "total": ["订单应付金额", "应付金额"],
    "shipping": {"first": ["运费"]},
    "status": {"column": "订单状态", "required": true, "map": {"*关闭*": "已关闭", "*取消*": "已取消"}},
    "sku": {"first": ["商家编码", "商品ID"]},
    "quantity": {"column": ["商品数量", "数量"], "required": true},
    "unit_price": {"first": ["商品单价"]},
    "buyer_name": {"first": ["收件人", "收货人"]},
    "buyer_phone": {"first": ["收件人手机号", "手机号"]},
    "ship_address": {"first": ["详细地址"]}
  },
  "lines": [{"when": {"子订单编号|子订单号": "*"}}],
  "key": ["order_no"]
}$json$, 'Douyin 抖店 orders: a row a sub-order, whose amounts payable add up to the order. Built from a description', true);
