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
    "description": {"first": ["业务描述", "备注"]}
  },
  "key": "row"
}$json$, 'Pinduoduo 拼多多 funds 货款明细: signs by column, kinds by 账务类型. Built from a description', true),

('pinduoduo_orders', 'csv', 'order', 'GB18030', NULL, $json$
{
  "platform": "pinduoduo",
  "fields": {
    "order_no": "订单号",
    "ordered_at": {"first": ["拼单成功时间", "支付时间"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"], "required": true},
    "currency": {"value": "CNY"},
    "total": "商家实收金额(元)",
    "discount": "店铺优惠折扣(元)",
    "shipping": "邮费(元)",
    "status": {"column": "订单状态", "required": true},
    "sku": {"first": ["商家编码-规格维度", "商家编码-SKU维度", "样式ID", "商品id"]},
    "quantity": {"column": "商品数量(件)", "required": true},
    "buyer_name": "收货人",
    "buyer_phone": "手机"
  },
  "skip": [{"拼单成功时间": "", "支付时间": ""}],
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
    {"when": {"!settle_amount": "-*"}, "kind": "sale", "amount": {"column": "settle_amount", "unit": 2, "required": true,
      "minus": ["platform_coupon", "author_coupon", "pay_promotion", "zt_pay_promotion", "zr_pay_promotion", "bank_pay_promotion"],
      "plus": ["platform_service_fee", "commission", "colonel_service_fee", "good_learn_channel_fee", "channel_promotion_fee", "other_sharing_amount"], "default": "0"}},
    {"when": {"settle_amount": "-*"}, "kind": "refund", "amount": {"column": "settle_amount", "unit": 2, "required": true,
      "minus": ["platform_coupon", "author_coupon", "pay_promotion", "zt_pay_promotion", "zr_pay_promotion", "bank_pay_promotion"],
      "plus": ["platform_service_fee", "commission", "colonel_service_fee", "good_learn_channel_fee", "channel_promotion_fee", "other_sharing_amount"], "default": "0"}},
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
}$json$, 'Douyin 抖店 settlement bill, the table of the open platform: amounts in fen, subsidies and fees of a row apart. Built from a description', true);
