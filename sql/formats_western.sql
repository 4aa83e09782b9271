-- formats_western.sql: what western platforms and payment services report. Signs: what the merchant gets is positive; the gross and the fee of a row
-- become lines that add up to its net, a payout is a line of kind payout (so that a settlement adds up to nothing) and a row of payout.

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin) VALUES
-- Net = gross less the four fees, all in the net currency; the gross is stated in the currency of the sale only, so that it is made from the net.
('adyen_settlement', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "adyen",
  "header": ["Company Account", "Merchant Account", "Psp Reference", "Merchant Reference", "Payment Method", "Creation Date", "TimeZone", "Type", "Modification Reference",
             "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Exchange Rate", "Net Currency", "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)",
             "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)", "Payment Method Variant", "Batch Number", "Reserved4", "Reserved5", "Reserved6", "Reserved7",
             "Reserved8", "Reserved9", "Reserved10", "Modification Merchant Reference", "Booking Date", "Booking Date TimeZone", "Advancement Code", "Advancement Batch",
             "Booking Type", "DCC Markup (NC)", "Global Card Brand", "Interaction Payment Method Variant"],
  "fields": {
    "posted_at": {"join": ["Creation Date", "TimeZone", "Booking Date", "Booking Date TimeZone"], "separator": " ", "regex": "([0-9-]+( [0-9:.]+)?( [A-Z][A-Za-z/_+:0-9-]*)?)$",
                  "pattern": ["YYYY-MM-DD HH:MI:SS Z", "iso"]},
    "kind": {"column": "Type", "map": {
      "Settled": "sale", "SettledBulk": "sale", "SettledExternallyWithInfo": "sale", "SettledReversed": "refund", "Refunded": "refund", "RefundedBulk": "refund",
      "RefundedExternallyWithInfo": "refund", "RefundedReversed": "refund", "Chargeback*": "chargeback", "SecondChargeback": "chargeback", "*Fee": "service_fee",
      "*Fees": "service_fee", "InvoiceDeduction": "service_fee", "AdvancementCommission*": "commission", "ReserveAdjustment": "reserve_held", "MerchantPayout": "payout",
      "InternalCompanyPayout": "payout", "PaidOut": "other", "Balancetransfer": "adjustment", "BalanceTransfer": "adjustment", "DepositCorrection*": "adjustment",
      "ManualCorrected*": "adjustment", "MatchedStatement": "adjustment", "*": "other"}},
    "currency": {"column": "Net Currency", "required": true},
    "settlement_no": {"column": "Batch Number", "required": true},
    "order_no": {"column": "Merchant Reference", "required": false},
    "transaction_no": "Psp Reference",
    "platform_type": "Type",
    "description": {"column": "Modification Reference"}
  },
  "lines": [
    {"when": {"!Type": ["MerchantPayout", "InternalCompanyPayout"]},
     "amount": {"column": "Net Credit (NC)", "minus": "Net Debit (NC)", "plus": ["Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)"]}},
    {"when": {"Type": ["MerchantPayout", "InternalCompanyPayout"]}, "amount": {"column": "Net Credit (NC)", "minus": "Net Debit (NC)"}},
    {"when": {"!Type": ["MerchantPayout", "InternalCompanyPayout"]}, "kind": "commission", "platform_type": {"template": "{@Type}/Commission"},
     "amount": {"column": "Commission (NC)", "sign": -1}},
    {"when": {"!Type": ["MerchantPayout", "InternalCompanyPayout"]}, "kind": "service_fee", "platform_type": {"template": "{@Type}/Markup"},
     "amount": {"column": "Markup (NC)", "sign": -1}},
    {"when": {"!Type": ["MerchantPayout", "InternalCompanyPayout"]}, "kind": "service_fee", "platform_type": {"template": "{@Type}/Scheme Fees"},
     "amount": {"column": "Scheme Fees (NC)", "sign": -1}},
    {"when": {"!Type": ["MerchantPayout", "InternalCompanyPayout"]}, "kind": "service_fee", "platform_type": {"template": "{@Type}/Interchange"},
     "amount": {"column": "Interchange (NC)", "sign": -1}},
    {"when": {"Type": ["MerchantPayout", "InternalCompanyPayout"]}, "target": "payout", "payout_no": "Batch Number", "settlement_no": "Batch Number",
     "reference": {"column": "Modification Reference", "regex": "(TX[0-9A-Z]+)"},
     "paid_on": {"first": ["Booking Date", "Creation Date"], "pattern": ["iso"]},
     "currency": "Net Currency", "amount": {"column": "Net Debit (NC)", "minus": "Net Credit (NC)"}}
  ],
  "check": {"when": {"Exchange Rate": ["1", "1.0", "1.00", "1.0000"]}, "equals": {"column": "Net Credit (NC)", "minus": "Net Debit (NC)"},
            "sum": {"column": "Gross Credit (GC)", "minus": ["Gross Debit (GC)", "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)"]}},
  "key": [["transaction_no", "kind", "platform_type", "@Modification Reference", "settlement_no"],
          ["@Modification Reference", "kind", "platform_type", "settlement_no"],
          ["platform_type", "kind", "posted_at", "amount", "settlement_no"]]
}$json$, 'Adyen settlement detail report, any order of columns: a batch adds up to nothing, its payout is a payout', true),

('stripe_payout_transactions', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "stripe",
  "fields": {
    "posted_at": {"column": "created", "pattern": ["iso"]},
    "kind": {"column": "type", "map": {
      "charge": "sale", "payment": "sale", "*refund*": "refund", "payout": "payout", "payout_*": "payout", "*fee*": "service_fee", "network_cost": "service_fee",
      "tax*": "tax", "dispute*": "chargeback", "adjustment": "adjustment", "reserve_hold*": "reserve_held", "reserve_release*": "reserve_released", "*": "other"}},
    "currency": {"column": "currency", "required": true},
    "settlement_no": {"column": "payout_id", "required": false},
    "order_no": "order_id",
    "transaction_no": {"column": "transaction_id", "required": true},
    "platform_type": "type",
    "description": "description"
  },
  "lines": [
    {"amount": {"column": "amount"}},
    {"kind": "service_fee", "platform_type": {"template": "{@type}/fee"}, "amount": {"column": "fee", "sign": -1}},
    {"when": {"type": "payout"}, "target": "payout", "payout_no": "payout_id", "settlement_no": "payout_id", "reference": "payout_id",
     "paid_on": {"column": "created", "pattern": ["iso"]}, "currency": "currency", "amount": {"column": "amount", "sign": -1}}
  ],
  "header": ["net"],
  "check": {"equals": "net"},
  "key": ["transaction_no", "kind", "platform_type"]
}$json$, 'Stripe transactions of a payout: amount and fee of a row, in units of the currency', true),

('stripe_balance', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "stripe",
  "header": ["created", "available_on", "available_on_utc", "net", "source_id", "customer_facing_amount", "customer_facing_currency", "customer_id", "customer_email",
             "customer_name", "payment_intent_id", "charge_id", "invoice_id", "charge_created", "charge_created_utc", "refund_id", "dispute_id", "dispute_reason",
             "transfer_id", "automatic_payout_effective_at", "automatic_payout_effective_at_utc", "trace_id", "statement_descriptor", "regulatory_tag", "card_brand",
             "payment_method_type", "connected_account_id", "payment_metadata[order_id]"],
  "fields": {
    "posted_at": {"template": "{@created_utc}Z", "pattern": ["iso"]},
    "kind": {"column": "reporting_category", "map": {
      "charge": "sale", "charge_failure": "sale", "refund": "refund", "*refund*": "refund", "payout": "payout", "payout_*": "payout", "fee": "service_fee",
      "*fee*": "service_fee", "network_cost": "service_fee", "tax*": "tax", "dispute*": "chargeback", "*adjustment": "adjustment",
      "risk_reserved_funds": "reserve_held", "*": "other"}},
    "currency": {"column": "currency", "required": true},
    "settlement_no": {"first": ["automatic_payout_id", "payout_id"]},
    "order_no": {"first": ["payment_metadata[order_id]", "payment_metadata[order_number]", "order_id"]},
    "transaction_no": {"column": "balance_transaction_id", "required": true},
    "platform_type": "reporting_category",
    "description": "description"
  },
  "lines": [
    {"when": {"created_utc": "*"}, "amount": {"column": "gross"}},
    {"kind": "service_fee", "platform_type": {"template": "{@reporting_category}/fee"}, "amount": {"column": "fee", "sign": -1}},
    {"when": {"reporting_category": "payout"}, "target": "payout", "payout_no": {"first": ["source_id", "automatic_payout_id", "balance_transaction_id"]},
     "settlement_no": {"first": ["automatic_payout_id", "payout_id", "source_id"]}, "reference": {"first": ["trace_id", "source_id"]},
     "paid_on": {"first": ["automatic_payout_effective_at_utc", "available_on_utc", "available_on", "created_utc", "created"], "pattern": ["iso"]},
     "currency": "currency", "amount": {"column": "gross", "sign": -1}}
  ],
  "check": {"equals": "net"},
  "key": ["transaction_no", "kind", "platform_type"]
}$json$, 'Stripe itemised balance and payout reports (reporting_category, gross, fee, net). Built from a description', true),

('stripe_balance_history', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "stripe",
  "header": ["Source", "Destination Platform Fee", "Net", "Available On (UTC)", "Description", "Customer Facing Amount", "Customer Facing Currency",
             "Transfer", "Transfer Date (UTC)", "Transfer Group", "order_id (metadata)"],
  "fields": {
    "posted_at": {"template": "{@Created (UTC)}Z", "pattern": ["iso", "YYYY-MM-DD H:MIZ"]},
    "kind": {"column": "Type", "map": {
      "charge": "sale", "payment": "sale", "*refund*": "refund", "payout": "payout", "payout_*": "payout", "*fee*": "service_fee", "network_cost": "service_fee",
      "tax*": "tax", "dispute*": "chargeback", "adjustment": "adjustment", "*": "other"}},
    "currency": {"column": "Currency", "required": true},
    "settlement_no": "Transfer",
    "order_no": {"first": ["order_id (metadata)", "order_number (metadata)"]},
    "transaction_no": {"column": "id", "required": true},
    "platform_type": "Type",
    "description": "Description"
  },
  "lines": [
    {"when": {"Created (UTC)": "*"}, "amount": {"column": "Amount"}},
    {"kind": "service_fee", "platform_type": {"template": "{@Type}/fee"}, "amount": {"column": "Fee", "sign": -1}},
    {"when": {"Type": "payout"}, "target": "payout", "payout_no": {"first": ["Source", "Transfer", "id"]}, "settlement_no": {"first": ["Transfer", "Source"]},
     "reference": {"first": ["Source", "Transfer"]}, "paid_on": {"first": ["Available On (UTC)", "Created (UTC)"], "pattern": ["iso", "YYYY-MM-DD H:MI"]},
     "currency": "Currency", "amount": {"column": "Amount", "sign": -1}}
  ],
  "check": {"equals": "Net"},
  "key": ["transaction_no", "kind", "platform_type"]
}$json$, 'Stripe balance history of the dashboard (id, Type, Amount, Fee, Net, Created (UTC)). Built from a description', true),

-- The tables of the programming interface count in cents; currencies without cents are refused by the vocabulary of the currency.
('stripe_balance_table', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "stripe",
  "header": ["_fivetran_synced", "available_on", "connected_account_id", "description", "exchange_rate", "net", "status"],
  "fields": {
    "posted_at": {"template": "{@created}Z", "pattern": ["iso"]},
    "kind": {"column": "type", "map": {
      "charge": "sale", "payment": "sale", "*refund*": "refund", "payout": "payout", "payout_*": "payout", "*fee*": "service_fee", "network_cost": "service_fee",
      "tax*": "tax", "dispute*": "chargeback", "adjustment": "adjustment", "*": "other"}},
    "currency": {"column": "currency", "required": true, "strict": true},
    "settlement_no": "payout_id",
    "transaction_no": {"column": "id", "required": true},
    "platform_type": "type",
    "description": {"column": "source", "required": true}
  },
  "lines": [
    {"when": {"created": "*", "available_on": "*"}, "amount": {"column": "amount", "unit": 2}},
    {"kind": "service_fee", "platform_type": {"template": "{@type}/fee"}, "amount": {"column": "fee", "sign": -1, "unit": 2}}
  ],
  "check": {"equals": {"column": "net", "unit": 2}},
  "key": ["transaction_no", "kind", "platform_type"]
}$json$, 'Stripe balance transactions as a table of the programming interface: minor units', true),

('stripe_payout_table', 'csv', 'payout', 'WIN1252', NULL, $json$
{
  "platform": "stripe",
  "header": ["_fivetran_synced", "automatic", "connected_account_id", "created", "description", "destination_bank_account_id", "destination_card_id",
             "failure_balance_transaction_id", "failure_code", "failure_message", "livemode", "metadata", "method", "source_type", "type"],
  "fields": {
    "payout_no": {"column": "id", "required": true},
    "settlement_no": "id",
    "paid_on": {"column": "arrival_date", "pattern": ["iso"]},
    "currency": {"column": "currency", "required": true, "strict": true},
    "amount": {"column": "amount", "unit": 2},
    "reference": {"first": ["statement_descriptor", "balance_transaction_id"], "required": true}
  },
  "lines": [{"when": {"statement_descriptor": "*", "status": "*", "arrival_date": "*"}}],
  "skip": [{"status": ["failed", "canceled"]}],
  "key": ["payout_no"]
}$json$, 'Stripe payouts as a table of the programming interface: minor units; failed and cancelled ones are left out', true),

('shopify_orders', 'csv', 'order', 'WIN1252', NULL, $json$
{
  "platform": "shopify",
  "header": ["Email", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing", "Subtotal", "Discount Code", "Shipping Method", "Lineitem quantity",
             "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
             "Shipping Street", "Shipping City", "Shipping Zip", "Shipping Province", "Shipping Country", "Billing Name", "Notes", "Note Attributes", "Cancelled at",
             "Payment Method", "Payment Reference", "Vendor", "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source",
             "Lineitem discount", "Refunded Amount", "Phone", "Receipt Number", "Duties", "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References"],
  "fields": {
    "order_no": {"column": "Name", "required": true},
    "ordered_at": {"column": "Created at", "pattern": ["iso", "YYYY-MM-DD HH:MI:SS Z"]},
    "currency": {"column": "Currency", "required": true},
    "total": "Total",
    "shipping": "Shipping",
    "tax": "Taxes",
    "discount": "Discount Amount",
    "status": {"first": ["Financial Status"]},
    "buyer_name": {"first": ["Shipping Name", "Billing Name"]},
    "buyer_phone": {"first": ["Shipping Phone", "Phone"]},
    "ship_address": {"first": ["Shipping Address1", "Shipping Street"]}
  },
  "lines": [{"when": {"Lineitem name": "*"}}],
  "skip": [{"Total": "", "Currency": ""}],
  "key": ["order_no"]
}$json$, 'Shopify orders: a row an order; the rows of its further items, which state no total, are left out', true),

('shopify_order_table', 'csv', 'order', 'WIN1252', NULL, $json$
{
  "platform": "shopify",
  "fields": {
    "order_no": {"column": "name", "required": true},
    "ordered_at": {"template": "{@created_at}Z", "pattern": ["iso"]},
    "currency": {"column": "currency", "required": true},
    "total": "total_price",
    "tax": "total_tax",
    "discount": "total_discounts",
    "status": {"column": "financial_status", "required": true}
  },
  "lines": [{"when": {"created_at": "*", "_fivetran_synced": "*", "subtotal_price": "*"}}],
  "key": ["order_no"]
}$json$, 'Shopify orders as a table of the programming interface, times in UTC. Built from a description', true),

('shopify_transactions', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "shopify",
  "header": ["Card Brand", "Card Source", "Payout Status", "Available On", "Net", "Payment Method Name", "Presentment Amount", "Presentment Currency", "VAT"],
  "fields": {
    "posted_at": {"column": "Transaction Date", "pattern": ["iso", "YYYY-MM-DD HH:MI:SS Z"]},
    "kind": {"column": "Type", "map": {
      "charge": "sale", "Charge": "sale", "refund*": "refund", "Refund*": "refund", "chargeback*": "chargeback", "Chargeback*": "chargeback", "dispute*": "chargeback",
      "payout*": "payout", "Payout*": "payout", "transfer": "payout", "Transfer": "payout", "adjustment*": "adjustment", "Adjustment*": "adjustment",
      "reserve*": "reserve_held", "Reserve*": "reserve_held", "*fee*": "service_fee", "*Fee*": "service_fee", "*": "other"}},
    "currency": {"column": "Currency", "required": true},
    "settlement_no": {"template": "{@Payout Date}-{currency}"},
    "order_no": {"column": "Order", "required": false},
    "transaction_no": "Checkout",
    "platform_type": "Type",
    "description": "Payment Method Name"
  },
  "lines": [
    {"when": {"Order": "*", "Payout Date": "*"}, "amount": {"column": "Amount"}},
    {"kind": "service_fee", "platform_type": {"template": "{@Type}/fee"}, "amount": {"column": "Fee", "sign": -1}}
  ],
  "check": {"equals": "Net"},
  "key": "row"
}$json$, 'Shopify Payments transactions: amount and fee of a row; belongs to the payout of its date and currency. Built from a description', true),

('shopify_payouts', 'csv', 'payout', 'WIN1252', NULL, $json$
{
  "platform": "shopify",
  "header": ["Charges", "Refunds", "Adjustments", "Reserved Funds", "Fees", "Retried Amount", "Marketplace Sales Tax", "Advances"],
  "fields": {
    "payout_no": {"template": "{@Payout Date}-{currency}"},
    "settlement_no": {"template": "{@Payout Date}-{currency}"},
    "paid_on": {"column": "Payout Date", "pattern": ["iso"]},
    "currency": {"column": "Currency", "required": true},
    "amount": "Total",
    "reference": {"first": ["Bank Reference"]}
  },
  "lines": [{"when": {"Charges": "*", "Refunds": "*", "Status": "*", "Payout Date": "*"}}],
  "skip": [{"Status": ["failed", "canceled", "cancelled", "Failed", "Canceled", "Cancelled"]}],
  "key": ["payout_no"]
}$json$, 'Shopify Payments payouts; failed and cancelled ones are left out. Built from a description', true),

-- Gross and net are stated of every row; what lies between them is eBay's fees. A row of an item of an order of several has no net of its own.
('ebay_transactions', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "ebay",
  "header": ["Legacy order ID", "Buyer username", "Buyer name", "Ship to city", "Ship to province/region/state", "Ship to zip", "Ship to country", "Payout date",
             "Payout method", "Payout status", "Reason for hold", "Item ID", "Transaction ID", "Item title", "Custom label", "Quantity", "Item subtotal",
             "Shipping and handling", "Seller collected tax", "eBay collected tax", "Final Value Fee - fixed", "Final Value Fee - variable", "Regulatory operating fee",
             "Very high \"item not as described\" fee", "Below standard performance fee", "International fee", "Charity donation", "Deposit processing fee",
             "Reference ID", "Description"],
  "fields": {
    "posted_at": {"column": "Transaction creation date", "pattern": ["MON D, YYYY", "D MON YYYY", "D-MON-YY", "D-MON-YYYY", "iso"]},
    "kind": {"column": "Type", "map": {
      "Order": "sale", "Refund": "refund", "Other fee": "service_fee", "Payout": "payout", "Hold": "reserve_held", "Release": "reserve_released",
      "Claim": "chargeback", "Payment dispute": "chargeback", "Shipping label": "shipping_fee", "Adjustment": "adjustment", "*": "other"}},
    "currency": {"column": "Payout currency", "required": true, "null": ["--"]},
    "settlement_no": {"first": ["Payout ID"], "null": ["--"]},
    "order_no": {"first": ["Order number"], "null": ["--"]},
    "transaction_no": {"first": ["Transaction ID", "Reference ID"], "null": ["--"]},
    "platform_type": "Type",
    "sku": {"first": ["Custom label", "Item ID"], "null": ["--"]},
    "quantity": {"column": "Quantity", "null": ["--"]},
    "description": {"first": ["Description", "Item title"], "null": ["--"]}
  },
  "skip": [{"Net amount": ["--", ""]}],
  "lines": [
    {"when": {"Exchange rate": ["--", ""], "Type": "Hold", "!Net amount": "-*"}, "kind": "reserve_released", "amount": {"column": "Net amount"}},
    {"when": {"Exchange rate": ["--", ""], "Type": "Hold", "Net amount": "-*"}, "kind": "reserve_held", "amount": {"column": "Net amount"}},
    {"when": {"Exchange rate": ["--", ""], "!Type": "Hold"}, "amount": {"first": ["Gross transaction amount", "Net amount"], "null": ["--"]}},
    {"when": {"Exchange rate": ["--", ""], "!Type": "Hold", "!Gross transaction amount": ["--", ""]}, "kind": "commission", "platform_type": {"template": "{@Type}/fees"},
     "amount": {"column": "Net amount", "minus": "Gross transaction amount", "null": ["--"]}},
    {"when": {"!Exchange rate": ["--", ""]}, "amount": {"column": "Net amount"}},
    {"when": {"Type": "Payout"}, "target": "payout", "payout_no": "Payout ID", "settlement_no": "Payout ID", "reference": "Payout ID",
     "paid_on": {"first": ["Payout date", "Transaction creation date"], "null": ["--"], "pattern": ["MON D, YYYY", "D MON YYYY", "D-MON-YY", "D-MON-YYYY", "iso"]},
     "currency": "Payout currency", "amount": {"column": "Net amount", "sign": -1}}
  ],
  "key": "row"
}$json$, 'eBay transaction report: an order of several items counts once, by its roll-up row; in another currency only the net is taken', true),

('etsy_statement', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "etsy",
  "header": ["Tax Details", "Status", "Availability Date"],
  "fields": {
    "posted_at": {"column": "Date", "pattern": ["Month D, YYYY", "MON D, YYYY", "D Month, YYYY", "D Month YYYY", "D MON, YYYY", "iso"]},
    "kind": {"join": ["Type", "Title"], "separator": "/", "map": {
      "Sale/*": "sale", "Payment/*": "sale", "Refund/*": "refund", "Fee/Transaction fee*": "commission", "Fee/*": "service_fee", "Marketing/*": "service_fee",
      "Subscription/*": "service_fee", "Tax/*": "tax", "VAT/*": "tax", "Shipping/*": "shipping_fee", "Deposit/*": "payout", "Reserve/*": "reserve_held",
      "Recoupment/*": "adjustment", "Adjustment/*": "adjustment", "*": "other"}},
    "currency": {"column": "Currency", "required": true},
    "order_no": {"first": ["Info", "Title"], "null": ["--"], "regex": "[Oo]rder #([0-9]+)"},
    "transaction_no": {"first": ["Info"], "null": ["--"], "regex": "[^O]*#([0-9]+)"},
    "platform_type": "Type",
    "description": {"column": "Title", "required": true}
  },
  "lines": [
    {"when": {"!Type": "Deposit", "Info": "*"}, "amount": {"column": "Amount", "null": ["--"], "default": "0"}},
    {"when": {"!Type": ["Deposit", "Sale", "Payment", "Refund"]}, "amount": {"column": "Fees & Taxes", "null": ["--"], "default": "0"}},
    {"when": {"Type": ["Sale", "Payment", "Refund"]}, "kind": "service_fee", "platform_type": {"template": "{@Type}/Fees & Taxes"},
     "amount": {"column": "Fees & Taxes", "null": ["--"], "default": "0"}},
    {"when": {"Type": "Deposit"}, "amount": {"column": "Title", "regex": "([0-9][0-9.,]*) (has been )?sent to your", "sign": -1}},
    {"when": {"Type": "Deposit"}, "target": "payout", "payout_no": {"template": "{paid_on:YYYYMMDD}-{amount}"},
     "paid_on": {"column": "Date", "pattern": ["Month D, YYYY", "MON D, YYYY", "D Month, YYYY", "D Month YYYY", "D MON, YYYY", "iso"]},
     "currency": "Currency", "amount": {"column": "Title", "regex": "([0-9][0-9.,]*) (has been )?sent to your"}}
  ],
  "check": {"when": {"!Type": "Deposit"}, "equals": {"column": "Net", "null": ["--"]}},
  "key": "row"
}$json$, 'Etsy monthly statement; the amount of a deposit stands in its title. Built from a description', true),

('amazon_settlement_v1', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "decimal": [".", ","],
  "header": ["settlement-start-date", "settlement-end-date", "adjustment-id", "marketplace-name", "fulfillment-id", "merchant-order-item-id",
             "merchant-adjustment-item-id", "promotion-id"],
  "fields": {
    "posted_at": {"first": ["posted-date-time", "posted-date"],
                  "pattern": ["iso", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY HH:MI:SS", "DD.MM.YYYY", "DD/MM/YYYY HH:MI:SS Z", "DD/MM/YYYY"]},
    "currency": {"column": "currency", "required": true},
    "settlement_no": {"column": "settlement-id", "required": true},
    "order_no": {"first": ["order-id", "merchant-order-id"]},
    "transaction_no": {"first": ["order-item-code", "adjustment-id", "shipment-id"]},
    "platform_type": "transaction-type",
    "sku": "sku",
    "quantity": "quantity-purchased"
  },
  "lines": [
    {"kind": {"join": ["transaction-type", "price-type"], "separator": "/", "map": {
       "Order/Principal": "sale", "Order/GiftWrap": "sale", "Order/Shipping": "shipping", "*/*Tax*": "tax", "Refund/*": "refund", "Chargeback Refund/*": "chargeback",
       "A-to-z Guarantee Refund/*": "chargeback", "*Adjustment*/*": "adjustment", "*": "other"}},
     "platform_type": {"join": ["transaction-type", "price-type"], "separator": "/"}, "amount": {"column": "price-amount"}},
    {"kind": {"column": "item-related-fee-type", "map": {"*Commission": "commission", "MarketplaceFacilitator*": "tax", "*Tax*": "tax", "Shipping*": "shipping_fee", "*": "service_fee"}},
     "platform_type": {"join": ["transaction-type", "item-related-fee-type"], "separator": "/"}, "amount": {"column": "item-related-fee-amount"}},
    {"kind": "service_fee", "platform_type": {"join": ["transaction-type", "shipment-fee-type"], "separator": "/"}, "amount": {"column": "shipment-fee-amount"}},
    {"kind": "service_fee", "platform_type": {"join": ["transaction-type", "order-fee-type"], "separator": "/"}, "amount": {"column": "order-fee-amount"}},
    {"kind": "service_fee", "platform_type": {"template": "{@transaction-type}/misc-fee"}, "amount": {"column": "misc-fee-amount"}},
    {"kind": "service_fee", "platform_type": {"join": ["transaction-type", "other-fee-reason-description"], "separator": "/"}, "amount": {"column": "other-fee-amount"}},
    {"kind": "discount", "platform_type": {"join": ["transaction-type", "promotion-type"], "separator": "/"}, "amount": {"column": "promotion-amount"}},
    {"kind": "other", "platform_type": {"join": ["transaction-type", "direct-payment-type"], "separator": "/"}, "amount": {"column": "direct-payment-amount"}},
    {"kind": {"column": "transaction-type", "map": {"Previous Reserve Amount Balance": "reserve_released", "Current Reserve Amount": "reserve_held",
       "*Reimbursement*": "adjustment", "*REIMBURSEMENT*": "adjustment", "*Adjustment*": "adjustment", "Subscription Fee": "service_fee", "Storage Fee": "service_fee",
       "*Fee*": "service_fee", "Transfer": "payout", "*": "other"}},
     "amount": {"column": "other-amount"}}
  ],
  "key": "row",
  "summary": {
    "when": {"!total-amount": "", "transaction-type": ""},
    "total": "total-amount",
    "of": ["price-amount", "item-related-fee-amount", "shipment-fee-amount", "order-fee-amount", "misc-fee-amount", "other-fee-amount", "promotion-amount",
           "direct-payment-amount", "other-amount"],
    "lines": [
      {"target": "settlement",
       "settlement_no": "settlement-id",
       "starts_at": {"column": "settlement-start-date", "pattern": ["iso", "YYYY-MM-DD Z", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY"]},
       "ends_at": {"column": "settlement-end-date", "pattern": ["iso", "YYYY-MM-DD Z", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY"]},
       "paid_on": {"column": "deposit-date", "pattern": ["iso", "YYYY-MM-DD Z", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY"]},
       "total": "total-amount", "currency": "currency"},
      {"target": "payout",
       "payout_no": "settlement-id", "settlement_no": "settlement-id", "reference": "settlement-id",
       "paid_on": {"column": "deposit-date", "pattern": ["iso", "YYYY-MM-DD Z", "DD.MM.YYYY HH:MI:SS Z", "DD.MM.YYYY"]},
       "amount": "total-amount", "currency": "currency"}
    ]
  }
}$json$, 'Amazon settlement report V1, flat file: each of the nine amounts of a row is a line; the total is checked where the file states one', true),

-- item-price holds the tax where prices are quoted with it; in the United States and Canada the tax stands apart.
('amazon_orders', 'csv', 'order', 'WIN1252', NULL, $json$
{
  "platform": "amazon",
  "quote": "",
  "sum": true,
  "header": ["merchant-order-id", "last-updated-date", "fulfillment-channel", "sales-channel", "order-channel", "url", "ship-service-level", "product-name", "asin",
             "item-status", "number-of-items", "ship-city", "ship-state", "ship-postal-code", "ship-country", "promotion-ids", "cpf", "is-business-order", "purchase-order-number",
             "price-designation", "signature-confirmation-recommended"],
  "fields": {
    "order_no": {"column": "amazon-order-id", "required": true},
    "ordered_at": {"column": "purchase-date", "pattern": ["iso"]},
    "currency": {"column": "currency", "required": true},
    "shipping": "shipping-price",
    "tax": {"column": "item-tax", "plus": ["shipping-tax", "gift-wrap-tax"]},
    "discount": {"column": "item-promotion-discount", "plus": "ship-promotion-discount"},
    "status": {"column": "order-status", "required": true},
    "sku": "sku",
    "quantity": "quantity"
  },
  "skip": [{"order-status": ["Cancelled", "Canceled"]}, {"item-price": ["", "0", "0.0", "0.00"], "item-status": ["Cancelled", "Canceled"]}],
  "lines": [
    {"when": {"currency": ["USD", "CAD"]},
     "total": {"column": "item-price", "plus": ["item-tax", "shipping-price", "shipping-tax", "gift-wrap-price", "gift-wrap-tax"],
               "minus": ["item-promotion-discount", "ship-promotion-discount"], "absolute": true}},
    {"when": {"!currency": ["USD", "CAD"]},
     "total": {"column": "item-price", "plus": ["shipping-price", "gift-wrap-price"], "minus": ["item-promotion-discount", "ship-promotion-discount"], "absolute": true}}
  ],
  "key": ["order_no"]
}$json$, 'Amazon all orders, flat file: a row an item, whose prices add up to the order', true),

('amazon_pay_remittance', 'csv', 'payout', 'UTF-8', ',', $json$
{
  "header": false,
  "shape": {"columns": [2, 13]},
  "fields": {
    "payout_no": {"column": 7, "required": true},
    "settlement_no": 7,
    "reference": 7,
    "paid_on": {"column": 2, "pattern": ["YYYYMMDD"]},
    "currency": {"column": 8, "required": true},
    "amount": {"column": 9}
  },
  "lines": [{"when": {"1": "D"}}],
  "skip": [{"1": ["P", "R", "E"]}],
  "trailer": [{"regex": "^T,([0-9]+)", "count": 1}],
  "trailer_required": true,
  "key": ["payout_no"]
}$json$, 'Amazon Pay remittance file, its deposits (D records); recognised by its record types', true),

-- Whether 3/4/2020 is March or April no file says: two formats, of which the one that can read the days of the file is chosen; when both can, it must be named.
('paypal_activity', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "paypal",
  "fill": true,
  "header": ["Time Zone", "TimeZone", "Name", "Status", "Net", "From Email Address", "To Email Address", "Note", "Subject", "Payment Type", "Shipping Address",
             "Address Status", "Item Title", "Item ID", "Shipping and Handling Amount", "Insurance Amount", "Sales Tax", "Option 1 Name", "Option 1 Value", "Option 2 Name",
             "Option 2 Value", "Auction Site", "Closing Date", "Custom Number", "Receipt ID", "Balance", "Contact Phone Number", "Balance Impact", "Bank Name",
             "Bank Account", "Quantity", "Counterparty Status", "Address Line 1", "Town/City", "Country", "Country Code"],
  "fields": {
    "posted_at": {"join": ["Date", "Time", ["Time Zone", "TimeZone"]], "separator": " ", "pattern": ["M/D/YYYY H:MI:SS Z", "M/D/YY H:MI:SS Z", "M/D/YYYY H:MI:SS", "M/D/YY H:MI:SS"]},
    "kind": {"column": ["Type", "Description"], "map": {}},
    "currency": {"column": "Currency", "required": true},
    "order_no": {"first": ["Invoice Number", "Invoice ID", "Custom Number"]},
    "transaction_no": {"column": "Transaction ID", "required": true},
    "platform_type": ["Type", "Description"],
    "description": {"first": ["Name", "Item Title", "Subject", "Note"]}
  },
  "skip": [{"Type|Description": ["Order", "*Authorization", "*Authorisation"]}, {"Balance Impact": "Memo"},
           {"Status": ["Pending", "Denied", "Expired", "Canceled", "Cancelled", "Failed", "Voided", "Removed", "Unclaimed"]}],
  "lines": [
    {"when": {"!Gross": "-*", "!Type|Description": "*Currency Conversion*"}, "amount": {"column": "Gross"}},
    {"when": {"Gross": "-*", "!Type|Description": "*Currency Conversion*"}, "kind": {"column": ["Type", "Description"], "map": {}}, "amount": {"column": "Gross"}},
    {"when": {"Type|Description": "*Currency Conversion*"}, "kind": "adjustment", "transaction_no": {"first": ["Reference Txn ID", "Transaction ID"]}, "amount": {"column": "Gross"}},
    {"kind": "service_fee", "platform_type": {"template": "{@Type}/Fee"}, "amount": {"column": "Fee"}},
    {"when": {"Gross": "-*", "Type|Description": ["*Withdraw*", "*Transfer to Bank*", "*Bank Transfer*"]}, "target": "payout",
     "payout_no": "Transaction ID", "reference": "Transaction ID",
     "paid_on": {"column": "Date", "pattern": ["M/D/YYYY", "M/D/YY"]}, "currency": "Currency", "amount": {"column": "Gross", "sign": -1}}
  ],
  "check": {"equals": "Net"},
  "key": ["@Transaction ID", "kind", "platform_type", "currency"]
}$json$, 'PayPal activity and balance report in English, days as M/D/Y: gross and fee of a row; both rows of a conversion carry the transaction they belong to', true),

('paypal_history', 'csv', 'settlement_line', 'WIN1252', NULL, $json$
{
  "platform": "paypal",
  "fill": true,
  "header": ["Time Zone", "Name", "Status"],
  "fields": {
    "posted_at": {"join": ["Date", "Time", ["Time Zone", "TimeZone"]], "separator": " ", "pattern": ["M/D/YYYY H:MI:SS Z", "M/D/YY H:MI:SS Z", "M/D/YYYY H:MI:SS", "M/D/YY H:MI:SS"]},
    "kind": {"column": "Type", "map": {}},
    "currency": {"column": "Currency", "required": true},
    "amount": {"column": "Amount"},
    "platform_type": "Type",
    "transaction_no": {"column": "Receipt ID", "required": false},
    "description": "Name"
  },
  "lines": [{"when": {"!Amount": "-*", "Receipt ID": "*", "Balance": "*"}}, {"when": {"Amount": "-*"}, "kind": {"column": "Type", "map": {}}}],
  "skip": [{"Type": ["Order", "*Authorization", "*Authorisation"]}, {"Status": ["Pending", "Denied", "Expired", "Canceled", "Cancelled", "Failed"]}],
  "key": "row"
}$json$, 'PayPal history in English without fees and transaction numbers, days as M/D/Y', true);

-- The vocabulary of PayPal: one for money that comes in, one for money that goes out, where a payment is the merchant's own expense.
CREATE TEMPORARY TABLE paypal_word ON COMMIT DROP AS
SELECT jsonb_build_object('*Refund*', 'refund', '*Payment Refund*', 'refund', '*Payment*', 'sale', '*Donation*', 'sale', '*Subscription*', 'sale',
                          '*Reversal*', 'chargeback', '*Payment Reversal*', 'chargeback', '*Chargeback*', 'chargeback', '*Dispute*', 'chargeback',
                          '*Withdraw*', 'payout', '*Transfer to Bank*', 'payout', '*Bank Transfer*', 'payout', '*Conversion*', 'adjustment',
                          '*Hold*', 'reserve_held', '*Reserve*', 'reserve_held', '*Release*', 'reserve_released', '*Hold*Release*', 'reserve_released',
                          '*Reserve*Release*', 'reserve_released', '*Release*Hold*', 'reserve_released', '*Release*Reserve*', 'reserve_released',
                          '*Fee*', 'service_fee', '*Adjustment*', 'adjustment', '*Correction*', 'adjustment', '*', 'other') AS english,
       jsonb_build_object('*Reembolso*', 'refund', '*Pago*', 'sale', '*Donación*', 'sale', '*Reversión*', 'chargeback', '*Contracargo*', 'chargeback',
                          '*Conversión*', 'adjustment', '*Retiro*', 'payout', '*Retirada*', 'payout', '*Transferencia*banc*', 'payout', '*Retención*', 'reserve_held',
                          '*Comisión*', 'service_fee',
                          '*Rückzahlung*', 'refund', '*Zahlung*', 'sale', '*Währungsumrechnung*', 'adjustment', '*Rückbuchung*', 'chargeback', '*Abbuchung*', 'payout',
                          '*Auszahlung*', 'payout', '*Gebühr*', 'service_fee', '*Einbehalt*', 'reserve_held', '*', 'other') AS local;
UPDATE reconcile.format AS f SET mapping = jsonb_set(jsonb_set(f.mapping, '{fields,kind,map}', w.english), '{lines,1,kind,map}',
       w.english || '{"*Payment*": "other", "*Donation*": "other", "*Subscription*": "other"}')
  FROM paypal_word AS w WHERE f.name IN ('paypal_activity', 'paypal_history');

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin)
SELECT f.name || '_dmy', f.container, f.target, f.encoding, f.delimiter,
       CASE WHEN f.name = 'paypal_activity'
            THEN jsonb_set(jsonb_set(f.mapping, '{fields,posted_at,pattern}', '["D/M/YYYY H:MI:SS Z", "D/M/YY H:MI:SS Z", "D/M/YYYY H:MI:SS", "D/M/YY H:MI:SS"]'), '{lines,4,paid_on,pattern}', '["D/M/YYYY", "D/M/YY"]')
            ELSE jsonb_set(f.mapping, '{fields,posted_at,pattern}', '["D/M/YYYY H:MI:SS Z", "D/M/YY H:MI:SS Z", "D/M/YYYY H:MI:SS", "D/M/YY H:MI:SS"]') END,
       replace(f.comment, 'M/D/Y', 'D/M/Y'), true
  FROM reconcile.format AS f WHERE f.name IN ('paypal_activity', 'paypal_history');

INSERT INTO reconcile.format (name, container, target, encoding, delimiter, mapping, comment, builtin)
SELECT 'paypal_activity_local', 'csv', 'settlement_line', 'WIN1252', NULL, jsonb_set(jsonb_set($json$
{
  "platform": "paypal",
  "fill": true,
  "decimal": [",", "."],
  "header": ["Zona horaria", "Zeitzone", "Nombre", "Name", "Estado", "Status", "Neto", "Netto", "Saldo", "Guthaben"],
  "fields": {
    "posted_at": {"join": [["Fecha", "Datum"], ["Hora", "Uhrzeit"], ["Zona horaria", "Zeitzone"]], "separator": " ",
                  "pattern": ["D/M/YYYY H:MI:SS Z", "D/M/YY H:MI:SS Z", "D.M.YYYY H:MI:SS Z", "D.M.YY H:MI:SS Z", "D/M/YYYY H:MI:SS", "D/M/YY H:MI:SS", "D.M.YYYY H:MI:SS", "D.M.YY H:MI:SS"]},
    "kind": {"column": ["Tipo", "Descripción", "Typ", "Beschreibung"], "map": {}},
    "currency": {"column": ["Divisa", "Moneda", "Währung"], "required": true},
    "order_no": {"first": [["Número de factura", "Id. de factura", "Rechnungsnummer"]]},
    "transaction_no": {"column": ["Id. de transacción", "Identificador de transacción", "ID de transacción", "Transaktionscode"], "required": true},
    "platform_type": ["Tipo", "Descripción", "Typ", "Beschreibung"],
    "description": {"first": ["Nombre", "Name"]}
  },
  "skip": [{"Estado|Status": ["Pendiente", "Denegado", "Cancelado", "Ausstehend", "Abgelehnt", "Storniert"]}],
  "lines": [
    {"when": {"!Bruto|Brutto": "-*", "!Tipo|Descripción|Typ|Beschreibung": ["*Conversión*", "*conversión*", "*Währungsumrechnung*"]}, "amount": {"column": ["Bruto", "Brutto"]}},
    {"when": {"Bruto|Brutto": "-*", "!Tipo|Descripción|Typ|Beschreibung": ["*Conversión*", "*conversión*", "*Währungsumrechnung*"]},
     "kind": {"column": ["Tipo", "Descripción", "Typ", "Beschreibung"], "map": {}}, "amount": {"column": ["Bruto", "Brutto"]}},
    {"when": {"Tipo|Descripción|Typ|Beschreibung": ["*Conversión*", "*conversión*", "*Währungsumrechnung*"]}, "kind": "adjustment",
     "transaction_no": {"first": [["Id. de transacción de referencia", "Id. de referencia de trans.", "Identificador de la transacción de referencia",
                                   "ID de transacción de referencia", "Zugehöriger Transaktionscode"],
                                  ["Id. de transacción", "Identificador de transacción", "ID de transacción", "Transaktionscode"]]},
     "amount": {"column": ["Bruto", "Brutto"]}},
    {"kind": "service_fee", "platform_type": {"value": "Fee"}, "amount": {"column": ["Comisión", "Tarifa", "Gebühr", "Entgelt"]}},
    {"when": {"Bruto|Brutto": "-*", "Tipo|Descripción|Typ|Beschreibung": ["*Retiro*", "*Retirada*", "*Transferencia*banc*", "*Abbuchung*", "*Auszahlung*"]}, "target": "payout",
     "payout_no": ["Id. de transacción", "Identificador de transacción", "ID de transacción", "Transaktionscode"],
     "reference": ["Id. de transacción", "Identificador de transacción", "ID de transacción", "Transaktionscode"],
     "paid_on": {"column": ["Fecha", "Datum"], "pattern": ["D/M/YYYY", "D/M/YY", "D.M.YYYY", "D.M.YY"]},
     "currency": ["Divisa", "Moneda", "Währung"], "amount": {"column": ["Bruto", "Brutto"], "sign": -1}}
  ],
  "check": {"equals": ["Neto", "Netto"]},
  "key": ["@Id. de transacción", "kind", "platform_type", "currency"]
}$json$::jsonb, '{fields,kind,map}', w.local), '{lines,1,kind,map}', w.local || '{"*Pago*": "other", "*Zahlung*": "other", "*Donación*": "other"}'),
       'PayPal activity in Spanish and German, days first, decimal comma or point. Built from a description', true
  FROM paypal_word AS w;
DROP TABLE paypal_word;

-- Stripe writes currencies in small letters. Tables in minor units are read as hundredths: only currencies that have them are in their vocabulary.
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{fields,currency,map}',
                           (SELECT jsonb_object_agg(lower(c.code), c.code) FROM reconcile.currency AS c WHERE c.exponent = 2 OR f.name NOT LIKE '%\_table'))
 WHERE f.name LIKE 'stripe\_%';
UPDATE reconcile.format AS f
   SET mapping = jsonb_set(f.mapping, '{lines,2,currency}', f.mapping #> '{fields,currency}')
 WHERE f.name LIKE 'stripe\_%' AND f.mapping #>> '{lines,2,target}' = 'payout';
