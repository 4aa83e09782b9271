-- formats.sql: the formats that are built in, as rows. Their mappings are what define_format() takes.

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin) VALUES
('orders_csv', 'csv', 'order', NULL, NULL, $json$
{
  "fields": {
    "order_no": ["order_no", "order number", "order id", "订单号", "订单编号", "訂單編號", "訂單號"],
    "ordered_at": {"column": ["ordered_at", "order date", "created at", "下单时间", "下單時間"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD HH:MI", "YYYY/MM/DD"]},
    "currency": {"column": ["currency", "币种", "幣別"], "required": true},
    "total": ["total", "order total", "订单金额", "訂單金額"],
    "status": ["status", "订单状态", "訂單狀態"],
    "sku": ["sku", "商品编码", "商品編號"],
    "quantity": ["quantity", "qty", "数量", "數量"],
    "unit_price": ["unit_price", "单价", "單價"],
    "shipping": ["shipping", "运费", "運費"],
    "discount": ["discount", "优惠", "折扣"],
    "tax": ["tax", "税", "稅額"],
    "buyer_name": ["buyer_name", "收货人", "收件人"],
    "buyer_phone": ["buyer_phone", "手机", "電話"],
    "ship_address": ["ship_address", "收货地址", "收件地址"]
  },
  "key": ["order_no"]
}$json$, 'The merchant''s own orders, a line per order line; our plain layout', true),

('settlements_csv', 'csv', 'settlement_line', NULL, NULL, $json$
{
  "fields": {
    "posted_at": {"column": ["posted_at", "posted"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD"]},
    "kind": ["kind"],
    "amount": {"column": "amount", "exact": true},
    "currency": ["currency"],
    "settlement_no": ["settlement_no", "settlement id"],
    "order_no": ["order_no"],
    "transaction_no": ["transaction_no"],
    "platform_type": ["platform_type"],
    "sku": ["sku"],
    "quantity": ["quantity"],
    "description": ["description"]
  },
  "key": [["transaction_no", "kind", "order_no", "settlement_no", "sku", "posted_at"],
          ["posted_at", "kind", "order_no", "settlement_no", "sku", "amount", "currency", "quantity", "description", "platform_type"]]
}$json$, 'Settlement lines with their kind; our plain layout', true),

('payouts_csv', 'csv', 'payout', NULL, NULL, $json$
{
  "fields": {
    "payout_no": ["payout_no", "payout id"],
    "paid_on": {"column": ["paid_on", "payout date"], "pattern": ["iso", "YYYY/MM/DD"]},
    "amount": ["amount"],
    "currency": {"column": ["currency"], "required": true},
    "settlement_no": ["settlement_no", "settlement id"],
    "reference": ["reference"]
  },
  "key": ["payout_no"]
}$json$, 'Transfers that a platform reports; our plain layout', true),

('bank_csv', 'csv', 'bank_line', NULL, NULL, $json$
{
  "unless": ["d/c", "d/k", "dc", "dr/cr", "debit/credit", "credit/debit", "cr/dr", "debit or credit", "credit debit indicator", "debit credit indicator", "soll/haben", "s/h", "af bij", "af/bij",
             "type", "transaction type", "indicator", "借贷", "借贷标志", "借贷方向", "借貸", "借貸別", "收支", "收支方向", "收支类型", "credit", "debit", "credits", "debits", "credit amount", "debit amount", "paid in", "paid out", "money in", "money out", "deposit", "deposits", "withdrawal", "withdrawals", "收入", "支出", "收入金额", "支出金额", "借方", "贷方", "借方金额", "贷方金额", "收/支"],
  "decimal": [".", ","],
  "fields": {
    "booked_on": {"column": ["date", "booked_on", "booking date"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"]},
    "value_on": {"column": ["value_date", "value_on"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"]},
    "amount": ["amount"],
    "currency": ["currency"],
    "narrative": ["narrative", "description", "details"],
    "counterparty": ["counterparty"],
    "reference": ["reference"],
    "balance": ["balance"]
  },
  "key": ["booked_on", "amount", "narrative", "counterparty", "reference", "balance"]
}$json$, 'Bank statement lines, amount signed: positive is a credit; our plain layout', true),

('alipay_merchant', 'csv', 'settlement_line', 'GB18030', ',', $json$
{
  "platform": "alipay",
  "comment": "#",
  "end": "业务明细列表结束",
  "header": ["支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员", "终端号", "对方账户",
             "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）", "券名称",
             "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注"],
  "preamble": [{"regex": "账号：\\[([^]]*)\\]", "set": "account"},
               {"regex": "起始日期：\\[([^]]*)\\].*终止日期：\\[([^]]*)\\]", "set": ["from", "to"]}],
  "fields": {
    "posted_at": {"column": "完成时间", "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D HH:MI"]},
    "order_no": {"column": "商户订单号", "required": true},
    "transaction_no": {"column": "支付宝交易号", "required": true},
    "currency": {"value": "CNY"},
    "platform_type": "业务类型",
    "description": {"first": ["商品名称", "备注"]},
    "settlement_no": {"template": "{account}-{posted_at:YYYYMMDD}"}
  },
  "lines": [
    {"when": {"业务类型": "交易"}, "kind": "sale", "amount": {"column": "订单金额（元）", "absolute": true}},
    {"when": {"业务类型": "退款"}, "kind": "refund", "amount": {"column": "订单金额（元）", "absolute": true, "sign": -1}},
    {"when": {"业务类型": "交易"}, "kind": "discount", "amount": {"column": "商家实收（元）", "minus": "订单金额（元）", "absolute": true}},
    {"when": {"业务类型": "退款"}, "kind": "discount", "amount": {"column": "订单金额（元）", "minus": "商家实收（元）", "absolute": true}},
    {"when": {"业务类型": "交易"}, "kind": "service_fee", "amount": {"column": "服务费（元）", "sign": "negative"}},
    {"when": {"业务类型": "退款"}, "kind": "service_fee", "amount": {"column": "服务费（元）", "sign": "positive"}},
    {"when": {"业务类型": "交易"}, "kind": "commission", "amount": {"column": "分润（元）", "sign": "negative"}},
    {"when": {"业务类型": "退款"}, "kind": "commission", "amount": {"column": "分润（元）", "sign": "positive"}}
  ],
  "key": ["transaction_no", "kind", "@退款批次号/请求号"],
  "trailer": [
    {"name": "trades", "starts": "#交易合计", "regex": "^#交易合计：([0-9]+)笔，商家实收共(-?[0-9.,]+)元", "count": 1, "sum": 2,
     "of": "商家实收（元）", "when": {"业务类型": "交易"}, "only_with": "refunds"},
    {"name": "refunds", "starts": "#退款合计", "regex": "^#退款合计：([0-9]+)笔，商家实收退款共(-?[0-9.,]+)元", "count": 1, "sum": 2,
     "of": "商家实收（元）", "when": {"业务类型": "退款"}, "absolute": true}
  ],
  "trailer_required": true
}$json$, 'Alipay 支付宝 merchant bill 业务明细: sale, refund, discount, service fee and share of a row; trailer totals checked', true),

('amazon_settlement_v2', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "decimal": [".", ","],
  "header": ["settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency", "transaction-type", "order-id",
             "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description", "amount", "fulfillment-id",
             "posted-date", "posted-date-time", "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
             "promotion-id"],
  "fields": {
    "posted_at": {"first": ["posted-date-time", "posted-date"],
                  "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY", "DD/MM/YYYY HH:MI:SS Z"]},
    "kind": {"join": ["transaction-type", "amount-type", "amount-description"], "separator": "/", "map": {
      "Order/ItemPrice/Principal": "sale",
      "Order/ItemPrice/Shipping": "shipping",
      "Order/ItemPrice/GiftWrap": "sale",
      "Order/ItemPrice/*Tax": "tax",
      "Order/ItemWithheldTax/*": "tax",
      "Refund/ItemWithheldTax/*": "tax",
      "Order/Promotion/*": "discount",
      "Refund/Promotion/*": "discount",
      "Refund/ItemPrice/*Tax": "tax",
      "Refund/ItemPrice/*": "refund",
      "*/ItemFees/*Commission": "commission",
      "*/ItemFees/MarketplaceFacilitator*": "tax",
      "*/ItemFees/*Tax*": "tax",
      "*/ItemFees/Shipping*": "shipping_fee",
      "*/ItemFees/*": "service_fee",
      "Chargeback Refund/*": "chargeback",
      "A-to-z Guarantee Refund/*": "chargeback",
      "ServiceFee/*": "service_fee",
      "Shipment/*": "service_fee",
      "Adjustment/*": "adjustment",
      "*/Previous Reserve Amount Balance": "reserve_released",
      "*/Current Reserve Amount": "reserve_held",
      "Transfer/*": "payout",
      "*": "other"}},
    "amount": {"column": "amount"},
    "currency": {"column": "currency", "required": true},
    "settlement_no": {"column": "settlement-id", "required": true},
    "order_no": {"first": ["order-id", "merchant-order-id"]},
    "transaction_no": {"first": ["order-item-code", "adjustment-id", "shipment-id"]},
    "platform_type": {"join": ["transaction-type", "amount-type", "amount-description"], "separator": "/"},
    "sku": "sku",
    "quantity": "quantity-purchased",
    "description": "amount-description"
  },
  "key": "row",
  "summary": {
    "when": {"!total-amount": "", "transaction-type": ""},
    "required": true,
    "total": "total-amount", "of": "amount",
    "lines": [
      {"target": "settlement",
       "settlement_no": "settlement-id",
       "starts_at": {"column": "settlement-start-date", "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY"]},
       "ends_at": {"column": "settlement-end-date", "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY"]},
       "paid_on": {"column": "deposit-date", "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY"]},
       "total": "total-amount", "currency": "currency"},
      {"target": "payout",
       "payout_no": "settlement-id", "settlement_no": "settlement-id", "reference": "settlement-id",
       "paid_on": {"column": "deposit-date", "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY"]},
       "amount": "total-amount", "currency": "currency"}
    ]
  }
}$json$, 'Amazon settlement report V2, flat file: statement, payout and lines; the total is checked', true);
