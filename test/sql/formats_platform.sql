-- Formats of platforms and wallets on small files of our own: kinds, signs, sums, payouts, and what must be refused.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT count(*) > 0 AS compiled FROM reconcile.format AS f, LATERAL (SELECT reconcile.check_format(f.name, f.container, f.target, f.encoding, f.delimiter, f.mapping)) AS c
 WHERE f.builtin;
SELECT reconcile.add_shop('shop', 'other', 'EUR', 'UTC') > 0 AS shop, reconcile.add_account('wallet', 'CNY') > 0 AS account;
\set take 'SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(decode(:''content'', ''base64''), :''name'')'
\set lines 'SELECT order_no, settlement_no, transaction_no, posted_on, kind, platform_type, currency, amount FROM reconcile.settlement_line WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no, settlement_line_id'
\set payouts 'SELECT payout_no, settlement_no, reference, paid_on, currency, amount FROM reconcile.payout WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no'
\set orders 'SELECT order_no, ordered_at, currency, total, shipping, discount, tax FROM reconcile.sales_order WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no'
\set bank 'SELECT booked_on, currency, amount, balance, reference, narrative FROM reconcile.bank_line WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no, bank_line_id'
\set rejected 'SELECT line_no, column_name, reason FROM reconcile.rejected_row WHERE import_id = (SELECT max(import_id) FROM reconcile.import) ORDER BY line_no'
\set VERBOSITY sqlstate

\echo wechat_trade
\set name wechat-trade.csv
\set content `base64 -w0 test/data/formats/wechat-trade.csv`
:take;
:lines;
\set content `base64 -w0 test/data/formats/wechat-trade-bad.csv`
:take;
\echo wechat_fund_flow
\set name wechat-fund-flow.csv
\set content `base64 -w0 test/data/formats/wechat-fund-flow.csv`
:take;
:bank;
\echo alipay_ledger
\set name alipay-ledger.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/alipay-ledger.csv | base64 -w0`
:take;
:bank;
\set content `sed '$d' test/data/formats/alipay-ledger.csv | sed '$d' | sed '$d' | base64 -w0`
:take;
\echo pinduoduo_funds
\set name pinduoduo-funds.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/pinduoduo-funds.csv | base64 -w0`
:take;
:lines;
\echo pinduoduo_orders
\set name pinduoduo-orders.csv
\set content `base64 -w0 test/data/formats/pinduoduo-orders.csv`
:take;
:orders;
\echo taobao_orders
\set name taobao-orders.csv
\set content `iconv -f UTF-8 -t GB18030 test/data/formats/taobao-orders.csv | base64 -w0`
:take;
:orders;
\echo jd_shop_settlement
\set name jd-shop.csv
\set content `base64 -w0 test/data/formats/jd-shop.csv`
:take;
:lines;
\echo douyin_settlement
\set name douyin.csv
\set content `base64 -w0 test/data/formats/douyin.csv`
:take;
:lines;
\echo adyen_settlement
\set name adyen.csv
\set content `base64 -w0 test/data/formats/adyen.csv`
:take;
:lines;
:payouts;
\echo stripe_balance
\set name stripe-balance.csv
\set content `base64 -w0 test/data/formats/stripe-balance.csv`
:take;
:lines;
:payouts;
\echo stripe_balance_history
\set name stripe-history.csv
\set content `base64 -w0 test/data/formats/stripe-history.csv`
:take;
:lines;
:payouts;
\echo stripe_balance_table
SELECT reconcile.add_shop('table', 'stripe', 'USD', 'Asia/Shanghai') > 0 AS shop;
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total
  FROM reconcile.import_bytes(decode(:'content', 'base64'), 'the same file in another shop', shop => 'table');
\set content `base64 -w0 test/data/formats/stripe-table.csv`
SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total
  FROM reconcile.import_bytes(decode(:'content', 'base64'), 'stripe-table.csv', shop => 'table');
:lines;
SELECT posted_at AT TIME ZONE 'UTC' AS posted_at, posted_on FROM reconcile.settlement_line WHERE transaction_no = 'txn_1';
:rejected;
SELECT reconcile.add_shop('order', 'shopify', 'USD', 'America/New_York') > 0 AS shop;
\set take 'SELECT format, rows_read AS read, rows_imported AS imported, rows_rejected AS rejected, control_total FROM reconcile.import_bytes(decode(:''content'', ''base64''), :''name'', shop => ''order'')'
\echo shopify_transactions
\set name shopify-transactions.csv
\set content `base64 -w0 test/data/formats/shopify-transactions.csv`
:take;
:lines;
\echo shopify_payouts
\set name shopify-payouts.csv
\set content `base64 -w0 test/data/formats/shopify-payouts.csv`
:take;
:payouts;
\echo shopify_orders
\set name shopify-orders.csv
\set content `base64 -w0 test/data/formats/shopify-orders.csv`
:take;
:orders;
\echo shopify_order_table
\set name shopify-order-table.csv
\set content `base64 -w0 test/data/formats/shopify-order-table.csv`
:take;
:orders;
\echo ebay_transactions
\set name ebay.csv
\set content `base64 -w0 test/data/formats/ebay.csv`
:take;
:lines;
:payouts;
\echo etsy_statement
\set name etsy.csv
\set content `base64 -w0 test/data/formats/etsy.csv`
:take;
:lines;
:payouts;
\echo amazon_settlement_v1
\set name amazon-v1.txt
\set content `base64 -w0 test/data/formats/amazon-v1.txt`
:take;
:lines;
:payouts;
\set content `base64 -w0 test/data/formats/amazon-v1-bad.txt`
:take;
\echo amazon_orders
\set name amazon-orders.txt
\set content `base64 -w0 test/data/formats/amazon-orders.txt`
:take;
:orders;
:rejected;
\echo amazon_pay_remittance
\set name amazon-pay.csv
\set content `base64 -w0 test/data/formats/amazon-pay.csv`
:take;
SELECT rows_read, rows_imported, control_total FROM reconcile.import_bytes(decode(:'content', 'base64'), :'name', format => 'amazon_pay_remittance', shop => 'order');
:payouts;
\set content `base64 -w0 test/data/formats/amazon-pay-cut.csv`
SELECT rows_read FROM reconcile.import_bytes(decode(:'content', 'base64'), :'name', format => 'amazon_pay_remittance', shop => 'order');
\echo paypal
\set name paypal-dmy.csv
\set content `base64 -w0 test/data/formats/paypal-dmy.csv`
:take;
:lines;
:payouts;
\set name paypal-es.csv
\set content `base64 -w0 test/data/formats/paypal-es.csv`
:take;
:lines;
:payouts;
\set name paypal-de.csv
\set content `iconv -f UTF-8 -t WINDOWS-1252 test/data/formats/paypal-de.csv | base64 -w0`
:take;
:lines;
\set name paypal-ambiguous.csv
\set content `base64 -w0 test/data/formats/paypal-ambiguous.csv`
:take;
\echo saved again with semicolons
\set name stripe-semicolons.csv
\set content `sed 's/,/;/g; s/txn_/txn_s/; s/po_1/po_s/g' test/data/formats/stripe-balance.csv | base64 -w0`
:take;
DROP EXTENSION reconcile;
