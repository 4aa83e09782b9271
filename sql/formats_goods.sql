-- formats_goods.sql: goods and ledger: our plain layouts, courier bills, returns and stock of platforms. Signs: a courier's charge is positive, goods
-- that come into a warehouse are positive, a debit of the books is positive.

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin) VALUES
('shipments_csv', 'csv', 'shipment', NULL, NULL, $json$
{
  "fields": {
    "order_no": ["order_no", "order number", "order id", "订单号", "订单编号", "訂單編號", "訂單號"],
    "shipped_at": {"column": ["shipped_at", "ship date", "shipped on", "发货时间", "发货日期", "出貨時間", "出貨日期"],
                   "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD HH:MI", "YYYY/MM/DD"]},
    "sku": {"column": ["sku", "商品编码", "商品編號"], "required": true},
    "quantity": ["quantity", "qty", "数量", "數量"],
    "shipment_no": ["shipment_no", "shipment id", "发货单号", "出库单号", "出貨單號"],
    "tracking_no": ["tracking_no", "tracking number", "运单号", "快递单号", "物流单号", "運單號", "物流單號"],
    "courier": ["courier", "carrier", "快递公司", "物流公司", "物流業者"],
    "service": ["service"],
    "zone": ["zone"],
    "weight": ["weight", "重量"],
    "status": ["status"],
    "warehouse": ["warehouse", "仓库", "倉庫"],
    "line_ref": ["line_ref"],
    "description": ["description"],
    "buyer_name": ["buyer_name", "收货人", "收件人"],
    "buyer_phone": ["buyer_phone", "手机", "電話"],
    "ship_address": ["ship_address", "收货地址", "收件地址"]
  },
  "key": [["shipment_no", "tracking_no", "order_no"], ["tracking_no", "order_no"], ["order_no", "shipped_at"]]
}$json$, 'Goods shipped, a line per sku of a shipment; our plain layout', true),

('returns_csv', 'csv', 'return', NULL, NULL, $json$
{
  "fields": {
    "order_no": ["order_no", "order number", "order id", "订单号", "订单编号", "訂單編號", "訂單號"],
    "returned_at": {"column": ["returned_at", "return date", "退货时间", "退货日期", "退貨日期"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD HH:MI", "YYYY/MM/DD"]},
    "sku": {"column": ["sku", "商品编码", "商品編號"], "required": true},
    "quantity": ["quantity", "qty", "数量", "數量"],
    "return_no": ["return_no", "return id", "rma", "退货单号", "退貨單號"],
    "tracking_no": ["tracking_no", "tracking number", "运单号", "快递单号", "物流单号", "運單號"],
    "courier": ["courier", "carrier", "快递公司", "物流公司"],
    "condition": ["condition", "商品状态", "商品狀態"],
    "reason": ["reason", "退货原因", "退貨原因"],
    "status": ["status"],
    "currency": ["currency", "币种", "幣別"],
    "refund_amount": ["refund_amount", "退款金额", "退款金額"],
    "line_ref": ["line_ref"],
    "description": ["description"],
    "buyer_name": ["buyer_name"],
    "buyer_phone": ["buyer_phone"],
    "ship_address": ["ship_address"]
  },
  "key": [["return_no", "order_no"], ["tracking_no", "order_no"], ["order_no", "returned_at"]]
}$json$, 'Goods that buyers send back, as announced, a line per sku of a return; our plain layout', true),

('receipts_csv', 'csv', 'receipt', NULL, NULL, $json$
{
  "fields": {
    "received_at": {"column": ["received_at", "receipt date", "收货时间", "入库时间", "入庫時間"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD HH:MI", "YYYY/MM/DD"]},
    "sku": {"column": ["sku", "商品编码", "商品編號"], "required": true},
    "quantity": ["quantity", "qty", "数量", "數量"],
    "receipt_no": ["receipt_no", "入库单号", "入庫單號"],
    "return_no": ["return_no", "return id", "rma", "退货单号", "退貨單號"],
    "order_no": ["order_no", "order number", "订单号", "订单编号", "訂單編號"],
    "tracking_no": ["tracking_no", "tracking number", "运单号", "快递单号", "物流单号", "運單號"],
    "courier": ["courier", "carrier", "快递公司", "物流公司"],
    "condition": ["condition", "商品状态", "商品狀態"],
    "warehouse": ["warehouse", "仓库", "倉庫"],
    "line_ref": ["line_ref"],
    "description": ["description"]
  },
  "key": [["receipt_no"], ["return_no", "tracking_no", "received_at"], ["tracking_no", "received_at"], ["order_no", "received_at"], ["received_at"]]
}$json$, 'Returned goods as the warehouse received them, a line per sku of a receipt; our plain layout', true),

('stock_csv', 'csv', 'stock_movement', NULL, NULL, $json$
{
  "fields": {
    "moved_at": {"column": ["moved_at", "movement date"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/MM/DD HH:MI", "YYYY/MM/DD"]},
    "sku": ["sku", "商品编码", "商品編號"],
    "quantity": ["quantity", "qty", "数量", "數量"],
    "kind": {"column": ["kind"], "default": "other"},
    "movement_no": ["movement_no"],
    "warehouse": ["warehouse", "仓库", "倉庫"],
    "condition": ["condition"],
    "order_no": ["order_no", "订单号", "訂單編號"],
    "reference": ["reference"],
    "unit_cost": ["unit_cost"],
    "balance": ["balance"],
    "description": ["description"]
  },
  "key": [["movement_no", "sku", "warehouse", "kind", "condition"], ["moved_at", "sku", "quantity", "kind", "warehouse", "condition", "order_no", "reference"]]
}$json$, 'Stock movements, positive is in; our plain layout', true),

('ledger_csv', 'csv', 'ledger_entry', NULL, NULL, $json$
{
  "decimal": ["."],
  "fields": {
    "posted_on": {"column": ["posted_on", "posting date", "凭证日期", "記帳日期"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"]},
    "ledger_account": {"column": ["ledger_account", "account code", "科目编码", "科目代碼"], "required": true},
    "amount": {"first": ["amount", "金额", "金額"], "plus": ["debit", "借方", "借方金额", "借方金額"], "minus": ["credit", "贷方", "贷方金额", "貸方金額"]},
    "currency": ["currency", "币种", "幣別"],
    "entry_no": ["entry_no", "凭证号", "憑證號"],
    "order_no": ["order_no", "订单号", "訂單編號"],
    "reference": ["reference"],
    "counterparty": ["counterparty", "对方单位"],
    "description": ["description", "摘要"]
  },
  "key": [["entry_no", "ledger_account", "currency", "amount", "order_no", "reference"],
          ["posted_on", "ledger_account", "currency", "amount", "order_no", "reference", "counterparty", "description"]]
}$json$, 'Entries of the merchant''s books: amount with debit positive, or debit and credit in columns of their own; our plain layout', true),

('courier_charges_csv', 'csv', 'courier_charge', NULL, NULL, $json$
{
  "fields": {
    "charged_on": {"column": ["charged_on", "charge date"], "pattern": ["iso", "YYYY/MM/DD", "YYYYMMDD"]},
    "tracking_no": {"column": ["tracking_no", "tracking number"], "required": true},
    "amount": ["amount"],
    "currency": ["currency"],
    "courier": ["courier", "carrier"],
    "bill_no": ["bill_no", "invoice_no"],
    "order_no": ["order_no"],
    "kind": {"column": ["kind"], "default": "freight"},
    "charge_type": ["charge_type"],
    "service": ["service"],
    "zone": ["zone"],
    "weight": ["weight"],
    "description": ["description"]
  },
  "key": ["tracking_no", "courier", "bill_no", "kind", "charge_type"]
}$json$, 'Charges of couriers, a line per parcel and charge; our plain layout', true),

-- 250 columns; the names are those of UPS's own description of the file. Rows of class INF inform and charge nothing.
('ups_billing', 'csv', 'courier_charge', 'WIN1252', ',', $json$
{
  "header": false,
  "shape": {"columns": 250},
  "fields": {
    "charged_on": {"first": [12, 5], "pattern": ["iso", "MM/DD/YYYY", "M/D/YYYY", "YYYYMMDD", "DD-MON-YY"]},
    "kind": {"column": 44, "map": {"FRT": "freight", "FSC": "fuel", "ACC": "surcharge", "TAX": "tax", "BRK": "duty", "GOV": "duty", "MSC": "adjustment", "EXM": "tax", "INF": "other", "*": "other"}},
    "currency": {"first": [51, 10]},
    "amount": {"column": 53, "exact": true},
    "courier": {"value": "ups"},
    "bill_no": {"column": 6, "required": true},
    "tracking_no": 21,
    "order_no": {"first": [16, 22, 17]},
    "charge_type": {"join": [44, 45], "separator": "/"},
    "service": {"column": 45},
    "zone": {"column": 34},
    "weight": {"column": 29},
    "description": {"column": 46}
  },
  "key": "row"
}$json$, 'UPS billing data file, 250 columns without a header: recognised by its shape; several charges a tracking number. Built from the published list of its columns', true),

('ups_billing_named', 'csv', 'courier_charge', 'WIN1252', NULL, $json$
{
  "fields": {
    "charged_on": {"first": ["Transaction Date", "Invoice Date"], "pattern": ["iso", "MM/DD/YYYY", "M/D/YYYY", "YYYYMMDD", "DD-MON-YY"]},
    "kind": {"column": "Charge Classification Code", "map": {"FRT": "freight", "FSC": "fuel", "ACC": "surcharge", "TAX": "tax", "BRK": "duty", "GOV": "duty", "MSC": "adjustment", "EXM": "tax", "INF": "other", "*": "other"}},
    "currency": {"first": ["Transaction Currency Code", "Invoice Currency Code"]},
    "amount": {"column": "Net Amount", "exact": true},
    "courier": {"value": "ups"},
    "bill_no": {"column": "Invoice Number", "required": true},
    "tracking_no": {"column": "Tracking Number", "required": false},
    "order_no": {"first": ["Shipment Reference Number 1", "Package Reference Number 1", "Shipment Reference Number 2"]},
    "charge_type": {"join": ["Charge Classification Code", "Charge Description Code"], "separator": "/"},
    "service": {"column": "Charge Description Code"},
    "zone": {"column": "Zone"},
    "weight": {"column": "Billed Weight"},
    "description": {"column": "Charge Description"}
  },
  "lines": [{"when": {"Tracking Number": "*"}}],
  "key": "row"
}$json$, 'UPS billing data with the names of its columns in a header. Built from the published list of its columns', true),

('sf_express_bill', 'csv', 'courier_charge', 'GB18030', NULL, $json$
{
  "fill": true,
  "header": ["序号", "寄件地区", "寄方公司", "对方公司名称", "付款方式", "折扣/促销", "经手人", "寄件人", "收件人", "原寄地", "月结账号", "件数", "重量", "费用(元)"],
  "preamble": [{"regex": "(账单编号|账单号|账单号码|结算单号)[:：,\t ]*([A-Za-z0-9-]+)", "set": ["bill_word", "bill"]}],
  "fields": {
    "charged_on": {"column": ["日期", "寄件日期", "收件日期", "寄件时间", "寄递日期"], "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D", "YYYYMMDD", "YYYY/M/D H:MI"], "required": true},
    "tracking_no": {"column": ["运单号码", "运单号", "快件单号", "母单号"], "required": true},
    "kind": {"first": ["增值服务", "服务", "服务名称", "费用类型", "产品类型", "产品"], "default": "freight", "map": {
      "*保价*": "insurance", "*保险*": "insurance", "*代收*": "cod", "*退*": "return", "*燃油*": "fuel", "*附加*": "surcharge", "*加派*": "surcharge", "*超*": "surcharge", "*包装*": "surcharge",
      "*签单*": "surcharge", "*关税*": "duty", "*税金*": "duty", "*优惠*": "discount", "*返利*": "discount", "*折扣*": "discount", "*调整*": "adjustment", "*理赔*": "adjustment", "*": "freight"}},
    "amount": {"column": ["应付金额", "应付金额(元)", "应付费用", "应收金额", "实付金额"], "required": true},
    "currency": {"value": "CNY"},
    "courier": {"value": "sf"},
    "bill_no": {"template": "{bill}"},
    "charge_type": {"first": ["增值服务", "服务", "服务名称", "费用类型"]},
    "service": {"first": ["产品类型", "产品", "业务类型", "快件产品"]},
    "zone": {"first": ["到件地区", "目的地", "到方地区", "对方地区", "收件地区"]},
    "weight": {"column": ["计费重量", "计费重量(kg)", "计费重量(公斤)", "计费重量(KG)"], "required": false},
    "order_no": {"first": ["订单号", "客户订单号", "客户单号", "参考单号"]},
    "description": {"first": ["备注", "托寄物", "托寄内容"]}
  },
  "lines": [{"when": {"计费重量|计费重量(kg)|计费重量(公斤)|计费重量(KG)": "*"}}],
  "skip": [{"日期|寄件日期|收件日期|寄件时间|寄递日期": "", "运单号码|运单号|快件单号|母单号": ""}, {"日期|寄件日期|收件日期|寄件时间|寄递日期": ["*合计*", "*小计*", "*总计*"]}, {"序号": ["*合计*", "*小计*", "*总计*"]}, {"运单号码|运单号|快件单号|母单号": ["*合计*", "*小计*"]}],
  "key": ["tracking_no", "courier", "bill_no", "kind", "charge_type", "charged_on"]
}$json$, 'SF Express 顺丰速运 monthly bill 月结账单: a row a parcel and service, 应付金额 is what is charged. Built from a description', true),

('zto_bill', 'csv', 'courier_charge', 'GB18030', NULL, $json$
{
  "fill": true,
  "header": ["序号", "客户名称", "目的城市", "省份", "备注", "状态", "寄件人", "收件人", "体积重"],
  "preamble": [{"regex": "(账单编号|账单号|结算单号)[:：,\t ]*([A-Za-z0-9-]+)", "set": ["bill_word", "bill"]}],
  "fields": {
    "charged_on": {"column": ["业务日期", "寄件日期", "寄件时间", "揽收时间", "揽件时间", "发件日期", "扫描时间", "日期"],
                   "pattern": ["iso", "YYYY/MM/DD HH:MI:SS", "YYYY/M/D", "YYYYMMDD", "YYYY/M/D H:MI"], "required": true},
    "tracking_no": {"column": ["运单编号", "中通单号", "运单号", "快递单号", "单号"], "required": true},
    "currency": {"value": "CNY"},
    "courier": {"value": "zto"},
    "bill_no": {"template": "{bill}"},
    "zone": {"first": ["目的省份", "目的地", "目的省", "收件省份", "到达省份"]},
    "weight": {"column": ["结算重量", "计费重量", "结算重量(kg)", "计费重量(kg)", "重量(kg)", "重量"], "required": false},
    "order_no": {"first": ["订单号", "客户订单号", "商家订单号"]},
    "description": {"first": ["备注"]}
  },
  "lines": [
    {"kind": "freight", "charge_type": {"value": "运费"}, "rest": true, "when": {"结算重量|计费重量|结算重量(kg)|计费重量(kg)|重量(kg)|重量": "*"},
     "amount": {"first": ["合计", "合计金额", "总费用", "费用合计", "运费合计", "总运费", "应付金额", "应收金额", "结算金额", "总金额", "费用总计", "总计"], "required": true}},
    {"kind": "freight", "charge_type": {"value": "中转费"}, "amount": {"column": "中转费", "default": "0"}},
    {"kind": "surcharge", "charge_type": {"value": "面单费"}, "amount": {"column": "面单费", "default": "0"}},
    {"kind": "surcharge", "charge_type": {"value": "派费"}, "amount": {"column": "派费", "default": "0"}},
    {"kind": "surcharge", "charge_type": {"value": "操作费"}, "amount": {"column": "操作费", "default": "0"}},
    {"kind": "surcharge", "charge_type": {"value": "附加费"}, "amount": {"column": "附加费", "default": "0"}},
    {"kind": "insurance", "charge_type": {"value": "保价费"}, "amount": {"column": "保价费", "default": "0"}},
    {"kind": "cod", "charge_type": {"value": "代收手续费"}, "amount": {"column": "代收手续费", "default": "0"}},
    {"kind": "return", "charge_type": {"value": "退件费"}, "amount": {"column": "退件费", "default": "0"}},
    {"kind": "other", "charge_type": {"value": "其他费用"}, "amount": {"column": "其他费用", "default": "0"}}
  ],
  "skip": [{"运单编号|中通单号|运单号|快递单号|单号": ["", "*合计*", "*小计*", "*总计*"]}, {"序号": ["*合计*", "*小计*", "*总计*"]}],
  "key": ["tracking_no", "courier", "bill_no", "kind", "charge_type", "charged_on"]
}$json$, 'ZTO Express 中通快递 bill: freight is the total less the fees that stand apart, which become lines of their own. Built from a description', true),

('amazon_returns', 'csv', 'return', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "header": ["asin", "fnsku", "status"],
  "fields": {
    "returned_at": {"column": "return-date", "pattern": ["iso", "DD/MM/YYYY", "DD.MM.YYYY"]},
    "order_no": {"column": "order-id", "required": true},
    "sku": {"column": "sku", "required": true},
    "quantity": "quantity",
    "condition": {"column": "detailed-disposition", "required": false},
    "reason": "reason",
    "status": "status",
    "line_ref": {"first": ["license-plate-number"]},
    "description": {"first": ["customer-comments", "product-name"]}
  },
  "lines": [{"when": {"detailed-disposition": "*", "reason": "*"}}],
  "key": ["order_no", "returned_at"]
}$json$, 'Amazon FBA customer returns: quantity, disposition and reason of each unit that came back', true),

('amazon_reimbursements', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "header": ["case-id", "fnsku", "asin", "condition", "quantity-reimbursed-cash", "quantity-reimbursed-inventory", "original-reimbursement-id", "original-reimbursement-type"],
  "fields": {
    "posted_at": {"column": "approval-date", "pattern": ["iso", "YYYY-MM-DD Z", "DD/MM/YYYY", "DD.MM.YYYY"]},
    "kind": {"value": "adjustment"},
    "currency": {"column": "currency-unit", "required": true},
    "amount": "amount-total",
    "transaction_no": {"column": "reimbursement-id", "required": true},
    "platform_type": {"template": "Reimbursement/{@reason}"},
    "sku": {"column": "sku", "required": true},
    "quantity": {"column": "quantity-reimbursed-total"},
    "description": {"join": ["amazon-order-id", "product-name"], "separator": " "}
  },
  "lines": [{"when": {"reason": "*", "amount-per-unit": "*"}}],
  "key": ["transaction_no", "kind", "sku", "platform_type", "@amazon-order-id"]
}$json$, 'Amazon reimbursements: what Amazon pays for lost and damaged goods, as adjustments without order and settlement, since the settlement that pays them states them again', true),

('amazon_inventory_ledger', 'csv', 'stock_movement', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "header": ["FNSKU", "ASIN", "Title", "Country", "Reconciled Quantity", "Unreconciled Quantity", "Store"],
  "fields": {
    "moved_at": {"first": ["Date and Time", "Date"], "pattern": ["iso", "YYYY-MM-DD", "MM/DD/YYYY"], "required": true},
    "sku": "MSKU",
    "quantity": "Quantity",
    "kind": {"column": "Event Type", "map": {"Receipts": "purchase", "Shipments": "shipment", "CustomerReturns": "return", "Customer Returns": "return", "WhseTransfers": "transfer",
      "Warehouse Transfers": "transfer", "VendorReturns": "transfer", "Vendor Returns": "transfer", "Adjustments": "adjustment", "*": "other"}},
    "platform_type": "Event Type",
    "warehouse": {"column": "Fulfillment Center", "required": true},
    "condition": {"column": "Disposition", "required": true},
    "reference": {"first": ["Reference ID"]},
    "description": {"first": ["Reason", "Title"]}
  },
  "key": "row"
}$json$, 'Amazon inventory ledger, detailed view: every movement of goods in Amazon''s warehouses', true);
