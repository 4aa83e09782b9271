# Real files of platforms and wallets, each in a shop or account of its own: the format that is recognised, rows, sums by kind, payouts, totals.
#
# The figures were derived from the files themselves, without this extension (Python's csv and decimal):
#   Adyen batch 380: 228 rows, 220 Settled with Gross Credit (GC) 56827.75, 6 Refunded with Gross Debit 1091.95, columns Commission 70.91 (91 rows),
#     Markup 187.37 (131), Scheme Fees 20.71 (124), Interchange 110.64 (131), one Fee of 38.10, one MerchantPayout of 55308.07:
#     187.37 + 20.71 + 110.64 + 38.10 = 356.82 and 56827.75 - 1091.95 - 70.91 - 356.82 - 55308.07 = 0.00
#   Adyen workbook: 21 rows, 19 with 16-digit numbers for Psp Reference, of which Excel keeps 15 digits: rejected; Fee 5.90, MerchantPayout 23006.27
#   PayPal: 19 rows; Gross 4 x withdrawal -17346.31 EUR, 4 x conversion 17346.31 EUR and 4 x -20914.00 USD, 7 payments 22010.80 USD, their Fee -816.50;
#     Net adds up to 0.00 EUR and 280.30 USD, which is the last balance 281.19 less the first balance before its row, 1261.93 - 1261.04 = 0.89
#   PayPal history: +-28.62, +-14.99 GBP; a fifth row is an Order, which moves no money
#   PayPal sample of 2011: 09/01/11 may be September or January: refused until the format is named; -10 + 10 USD, -10.60 CAD
#   Stripe payout: 250.00 + 89.99 + 175.00 = 514.99, refund -50.00, fees 7.55 + 2.90 + 5.38 + 0.25 = 16.08, payout 448.91, all of it 0.00
#   Stripe tables, in cents: 8 charges 21130318, 1 payout -18759, fee 648218, net 20463341; 15 payouts 21471524
#   Shopify: 249 rows, of them 127 with a Total, which add up to 15063.00 and were made from 2025-01-01 to 2025-07-27 in UTC; the other sample 9 rows, 8 with a Total, 995.00
#   eBay: 7 rows, one without Net amount (an item of an order that its roll-up row counts); Net adds up to -3875.84; Gross: Order 10 + 23.26, Refund -102
#     (Net -85.57), Hold -152, fee -0.89, Payout -3666.78
#   Amazon V1: 12 rows, Principal 949.60, Commission -145.27, FBA fee -128.00
#   Amazon orders: 380 rows of 380 orders, item-price 32627.69 EUR (shipping, wrap and promotions 0; the tax of 5662.34 is part of the price)
#   Amazon returns: 38 units; reimbursements 24.99 + 35.98 + 119.97 + 47.96 = 228.90; inventory ledger 16 x -12
#   WeChat trade bill: 3 rows of 0.01, footer 3 and 0.03; fund flow: footer 20 rows, the file has one
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Reconcile;

my $fixtures = "$FindBin::RealBin/../../../shared/fixtures";
plan skip_all => 'the folder with the real files is not here' unless -d "$fixtures/platform" && -d "$fixtures/chinese";

my $node = new_node('main');
my $shops = 0;

# Takes a file into a new shop and account; returns format|rows|imported|rejected|total, or the SQLSTATE.
sub take
{
	my ($path, $currency, $format) = @_;
	my $content = encode_base64(slurp_file("$fixtures/$path"), '');
	my ($name) = $path =~ m{([^/]+)$};
	my $code = 's' . ++$shops;
	my ($status, $out, $err) = $node->psql('postgres', "SET client_min_messages = warning;
		SELECT FROM reconcile.add_shop('$code', 'other', '$currency', 'UTC');
		SELECT FROM reconcile.add_account('$code', '$currency');
		SELECT format, rows_read, rows_imported, rows_rejected, control_total FROM reconcile.import_bytes(decode('$content', 'base64'), '$name',
			format => " . ($format ? "'$format'" : 'NULL') . ", shop => '$code', account => '$code')", extra_params => [ '-v', 'VERBOSITY=sqlstate', '-q' ]);
	return $1 if $err =~ /ERROR:  (\w+)/;
	($out) = grep { /\|/ } split /\n/, $out;
	return $out;
}

# Lines of the last shop: kind count sum, of one currency or of all.
sub kinds
{
	my $where = @_ ? "AND t.currency = '$_[0]'" : '';
	return $node->safe_psql('postgres', "SELECT string_agg(kind || ' ' || n || ' ' || s, ', ' ORDER BY kind COLLATE \"C\") FROM (SELECT kind, count(*) AS n, sum(amount) AS s
		FROM reconcile.settlement_line AS t JOIN reconcile.shop USING (merchant_id, shop_id) WHERE code = 's$shops' $where GROUP BY kind) AS x");
}

sub payouts
{
	return $node->safe_psql('postgres', "SELECT string_agg(concat_ws(' ', payout_no, settlement_no, reference, paid_on, t.currency, amount), ', ' ORDER BY paid_on)
		FROM reconcile.payout AS t JOIN reconcile.shop USING (merchant_id, shop_id) WHERE code = 's$shops'");
}

# The cells of a line, quotes kept: commas that are inside quotes divide nothing.
sub fields_of
{
	my $line = shift;

	return split /,(?=(?:[^"]*"[^"]*")*[^"]*$)/, $line, -1;
}

sub goods { return $node->safe_psql('postgres', shift); }

# Units of Amazon's returns by disposition, first and last day, read off the file without the extension.
sub dispositions
{
	my ($head, @rows) = map { [ split /\t/ ] } split /\r?\n/, slurp_file("$fixtures/platform/Juancho-BackToWin__aresstore-seller-hub/tests/fixtures/returns.txt");
	my %of;

	foreach my $row (@rows)
	{
		my $sum = $of{ $row->[8] } //= [ 0, 0, '9999', '0' ];

		$sum->[0]++;
		$sum->[1] += $row->[6];
		$sum->[2] = $row->[0] if $row->[0] lt $sum->[2];
		$sum->[3] = $row->[0] if $row->[0] gt $sum->[3];
	}
	return join "\n", map { join '|', $_, @{ $of{$_} } } sort keys %of;
}

sub orders
{
	return $node->safe_psql('postgres', "SELECT count(*), sum(total), min(ordered_on), max(ordered_on)
		FROM reconcile.sales_order JOIN reconcile.shop USING (merchant_id, shop_id) WHERE code = 's$shops'");
}

my $adyen = 'platform/OCA__bank-statement-import/account_bank_statement_import_adyen/test_files';
is(take("$adyen/settlement_detail_report_batch_380.csv", 'USD'), 'adyen_settlement|228|228|0|0.00', 'Adyen batch 380');
is(kinds(), 'commission 91 -70.91, payout 1 -55308.07, refund 6 -1091.95, sale 220 56827.75, service_fee 387 -356.82', 'Adyen batch 380: sums by kind');
is(payouts(), '380 380 TX635094301XT 2021-01-07 USD 55308.07', 'Adyen batch 380: its payout');
is(take("$adyen/adyen_test.xlsx", 'USD'), 'adyen_settlement|21|2|19|-23012.17', 'Adyen workbook: damaged numbers are rejected');
is(kinds(), 'payout 1 -23006.27, service_fee 1 -5.90', 'Adyen workbook: what has no such number');
is(payouts(), '48 48 2016-10-24 USD 23006.27', 'Adyen workbook: its payout');

my $paypal = 'platform/OCA__bank-statement-import/11.0/account_bank_statement_import_paypal/tests/fixtures';
is(take("$paypal/statement_en.csv", 'USD'), 'paypal_activity|19|19|0|280.30', 'PayPal balance report');
is(kinds('USD'), 'adjustment 4 -20914.00, sale 7 22010.80, service_fee 7 -816.50', 'PayPal: sums by kind in USD');
is(kinds('EUR'), 'adjustment 4 17346.31, payout 4 -17346.31', 'PayPal: sums by kind in EUR');
is(payouts(), 'TID1 TID1 2018-09-04 EUR 1058.09, TID3 TID3 2018-09-11 EUR 3105.58, TID5 TID5 2018-09-25 EUR 3534.51, TID7 TID7 2018-09-27 EUR 9648.13',
	'PayPal: withdrawals are payouts');
is($node->safe_psql('postgres', "SELECT string_agg(t.currency || ' ' || amount, ', ' ORDER BY t.currency, amount) FROM reconcile.settlement_line AS t JOIN reconcile.shop USING (merchant_id, shop_id)
	WHERE code = 's$shops' AND transaction_no = 'TID1'"), 'EUR -1058.09, EUR 1058.09, USD -1261.00', 'PayPal: both rows of a conversion belong to the withdrawal');
is(take("$paypal/empty_activity.csv", 'USD'), 'RC002', 'PayPal report without rows: M/D or D/M cannot be told');
is(take("$paypal/empty_activity.csv", 'USD', 'paypal_activity'), 'paypal_activity|0|0|0|0.00', 'PayPal report without rows, named');
is(take('platform/amouhzi__paypal-csv-parser/tests/stubs/SampleFile.csv', 'USD'), 'RC002', 'PayPal sample of one day: M/D or D/M cannot be told');
is(take('platform/amouhzi__paypal-csv-parser/tests/stubs/SampleFile.csv', 'USD', 'paypal_activity'), 'paypal_activity|3|3|0|-10.60', 'PayPal sample, named');
is(kinds('CAD'), 'adjustment 1 -10.60', 'PayPal sample: the dollars of Canada');
is(kinds('USD'), 'adjustment 1 10.00, other 1 -10.00', 'PayPal sample: a payment sent is no sale');
is(take('platform/amouhzi__paypal-csv-parser/tests/stubs/SampleFile.csv-output-2011-09-02.csv', 'USD', 'paypal_activity'), 'paypal_activity|2|2|0|-20.60', 'PayPal sample, reworked');
is(take('platform/amouhzi__paypal-csv-parser/tests/stubs/basic.csv', 'GBP'), 'paypal_history_dmy|4|4|0|0.00', 'PayPal history');

is(take('platform/navfa__stripe-payout-reconciler/examples/single-payout.csv', 'USD'), 'stripe_payout_transactions|6|6|0|0.00', 'Stripe payout');
is(kinds(), 'payout 1 -448.91, refund 1 -50.00, sale 3 514.99, service_fee 4 -16.08', 'Stripe payout: sums by kind');
is(payouts(), 'po_1N2xR3yT4zA po_1N2xR3yT4zA po_1N2xR3yT4zA 2024-01-15 USD 448.91', 'Stripe payout: the payout');
my $stripe = 'platform/fivetran__dbt_stripe/integration_tests/seeds';
is(take("$stripe/balance_transaction_data.csv", 'USD'), 'stripe_balance_table|9|9|0|204633.41', 'Stripe table of balance transactions');
is(kinds(), 'payout 1 -187.59, sale 8 211303.18, service_fee 8 -6482.18', 'Stripe table: sums by kind');
is(take("$stripe/payout_data.csv", 'USD'), 'stripe_payout_table|15|15|0|214715.24', 'Stripe table of payouts');

is(take('platform/BatManUtd__ltv-cohort-kit/samples/shopify_orders_sample.csv', 'USD'), 'shopify_orders|127|127|0|15063.00', 'Shopify orders');
is(orders(), '127|15063.00|2025-01-01|2025-07-27', 'Shopify orders: total and days');
is(take('platform/BatManUtd__ltv-cohort-kit/tests/fixtures/shopify_orders.csv', 'USD'), 'shopify_orders|8|8|0|995.00', 'Shopify orders, the other sample');

is(take('platform/inline-from-tests/ebay-transaction-report-synthetic.csv', 'USD'), 'ebay_transactions|6|6|0|-3875.84', 'eBay transactions');
is(kinds(), 'commission 2 12.57, payout 1 -3666.78, refund 1 -102.00, reserve_held 1 -152.00, sale 2 33.26, service_fee 1 -0.89', 'eBay: sums by kind');
is(payouts(), '7593167856 7593167856 7593167856 2026-06-30 USD 3666.78', 'eBay: the payout');

my $amazon = 'platform/Juancho-BackToWin__aresstore-seller-hub/tests/fixtures';
is(take("$amazon/settlement.txt", 'EUR'), 'amazon_settlement_v1|12|12|0|676.33', 'Amazon settlement V1');
is(kinds(), 'commission 4 -145.27, sale 4 949.60, service_fee 4 -128.00', 'Amazon settlement V1: sums by kind');
is(take("$amazon/all-orders.txt", 'EUR'), 'amazon_orders|380|380|0|32627.69', 'Amazon orders');
is(take("$amazon/returns.txt", 'EUR'), 'amazon_returns|38|38|0|38', 'Amazon returns');
is(goods("SELECT condition, count(*), sum(quantity), min(returned_on), max(returned_on) FROM reconcile.return_line AS t WHERE shop_id = (SELECT shop_id FROM reconcile.shop WHERE code = 's$shops')
	GROUP BY 1 ORDER BY 1"), dispositions(), 'Amazon returns: units by disposition, and days');
is(take("$amazon/reimbursements.txt", 'EUR'), 'amazon_reimbursements|4|4|0|228.90', 'Amazon reimbursements');
is(kinds(), 'adjustment 4 228.90', 'Amazon reimbursements: sums by kind');
is(take("$amazon/ledger-detail.txt", 'EUR'), 'amazon_inventory_ledger|16|16|0|-192', 'Amazon inventory ledger');
is(goods("SELECT kind, sku, count(*), sum(quantity) FROM reconcile.stock_movement GROUP BY 1, 2 ORDER BY 1, 2"),
	"shipment|ARS-BAN-02|4|-48\nshipment|ARS-EST-03|4|-48\nshipment|ARS-PEL-04|4|-48\nshipment|ARS-ROD-01|4|-48", 'Amazon inventory ledger: movements');
is(take('platform/amzn__amazon-payment-files-tools/remittance/generation/TstResources/Remittance/Basic.csv', 'MXN'),
	'amazon_pay_remittance|1|1|0|375.49', 'Amazon Pay remittance, told by its record types');
is(take('platform/amzn__amazon-payment-files-tools/remittance/validation/TstResources/Remittance/NoTrailer.csv', 'MXN', 'amazon_pay_remittance'), 'RC004',
	'Amazon Pay remittance without its trailer');
like(take('platform/amzn__amazon-payment-files-tools/remittance/validation/TstResources/Remittance/BadFields.csv', 'MXN', 'amazon_pay_remittance'), qr/^RC00[46]$/,
	'Amazon Pay remittance with bad fields');

is(take('chinese/inline-from-tests/wechatpay-tradebill-ALL-20210128.csv', 'CNY'), 'wechat_trade|3|3|0|0.03', 'WeChat trade bill');
is(kinds(), 'sale 3 0.03', 'WeChat trade bill: sums by kind');
is(take('chinese/inline-from-tests/wechatpay-fundflow-doc-example.csv', 'CNY'), 'RC005', 'WeChat fund flow whose footer states 20 rows');

# The first 199 rows, then the whole with its columns in the opposite order: only what is new comes in.
my @batch = split /\n/, slurp_file("$fixtures/$adyen/settlement_detail_report_batch_380.csv");
my $first = encode_base64(join("\n", @batch[ 0 .. 199 ]), '');
my $turned = encode_base64(join("\n", map { join ',', reverse fields_of($_) } @batch), '');
$node->safe_psql('postgres', "SELECT reconcile.add_shop('overlap', 'adyen', 'USD', 'UTC')");
is($node->safe_psql('postgres', "SELECT rows_read, rows_imported, rows_known, rows_rejected FROM reconcile.import_bytes(decode('$first', 'base64'), 'first.csv', shop => 'overlap')"),
	'199|199|0|0', 'Adyen: a part of the batch');
is($node->safe_psql('postgres', "SELECT rows_read, rows_imported, rows_known, rows_rejected FROM reconcile.import_bytes(decode('$turned', 'base64'), 'turned.csv', shop => 'overlap')"),
	'228|29|199|0', 'Adyen: the whole batch, columns turned round');
is($node->safe_psql('postgres', "SELECT count(*), sum(amount) FROM reconcile.settlement_line AS t JOIN reconcile.shop USING (merchant_id, shop_id) WHERE code = 'overlap'"),
	'705|0.00', 'Adyen: nothing twice, nothing lost');

# What is no statement of money is not taken for one.
foreach my $other ("$amazon/fba-inventory.txt", "$amazon/fee-preview.txt", "$amazon/storage-fees.txt", "$amazon/desconocido.csv",
	"$amazon/vat-transactions.txt", "$stripe/charge_data.csv", "$stripe/refund_data.csv", "$stripe/fee_data.csv", "$stripe/transfer_data.csv",
	'platform/dbt-labs__jaffle_shop/seeds/raw_orders.csv', 'platform/BatManUtd__ltv-cohort-kit/samples/ad_spend_sample.csv')
{
	is(take($other, 'USD'), 'RC001', "$other is of no known format");
}

$node->stop;
done_testing();
