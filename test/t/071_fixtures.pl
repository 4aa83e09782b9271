# Every file among the public samples beside the clone, through import_bytes: what it is recognised as, how many rows, the control total, or the
# SQLSTATE and the reason for which it is refused. Each file has a merchant of its own. A file that is not listed at the end fails the test.
#
# Where a project publishes results beside its file, the rows must be those:
#   mt940-rs, mt940-js (JSON)          count, dates, amounts, opening and closing balance of every statement
#   mt940 of Python (YAML)             count and amounts in order
#   genkgo/camt (JSON)                 count, dates, amounts, balances
#   double-entry-generator (beancount) days and amounts; of two lists that differ one holds the other
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use File::Find;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Reconcile;

my $fixtures = "$FindBin::RealBin/../../../shared/fixtures";
plan skip_all => 'the folder with the real files is not here' unless -d "$fixtures/bank-mt940" && -d "$fixtures/platform";

my (%expected, %options, @order, $folder);
while (my $line = <DATA>)
{
	chomp $line;
	next if $line =~ /^\s*(#|$)/;
	if ($line =~ /^\[(.*)\]$/)
	{
		$folder = $1;
		next;
	}
	my ($path, $result) = $line =~ /^(.+?) => (.+)$/ or die $line;
	my %option;

	$option{$1} = $2 while $path =~ s/ (as|accounts|currency)=(\S+)$//;
	$path = "$folder/$path";
	push @order, $path;
	$expected{$path} = $result;
	$options{$path} = \%option;
}

# Results and settings of the projects, not data of a bank or platform.
my @found;
find({ no_chdir => 1, wanted => sub {
	my $name = substr($_, length($fixtures) + 1);

	push @found, $name if -f $_ && $name =~ m{^(bank-|chinese/|platform/)} && $name !~ /\.(json|jsonl|ya?ml|beancount|ledger|conf|gitkeep)$|LICENSE/;
} }, $fixtures);
is_deeply([ sort grep { !$expected{$_} } @found ], [], 'every file has an expectation');
is_deeply([ sort grep { my $path = $_; !grep { $_ eq $path } @found } @order ], [], 'every expectation has a file');

my $node = new_node('main');
my $sql = <<'SQL';
SET client_min_messages = warning;
CREATE FUNCTION take(path text, content bytea, as_format text, accounts text[], currency text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	i record;
	reason text;
BEGIN
	PERFORM reconcile.add_merchant(path);
	PERFORM reconcile.add_shop('shop', 'other', currency, 'UTC', merchant => path);
	FOR i IN SELECT a FROM unnest(accounts) AS a LOOP
		PERFORM reconcile.add_account('account ' || i.a, currency, account_no => i.a, merchant => path);
	END LOOP;
	SELECT * INTO i FROM reconcile.import_bytes(content, path, as_format, merchant => path);
	RETURN concat_ws(' ', i.format, i.rows_read, i.rows_imported, i.rows_rejected, i.control_total);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
	RETURN SQLSTATE || ' ' || regexp_replace(reason, '^file ".*"( |: )', '');
END $$;
SQL
foreach my $path (grep { -e "$fixtures/$_" } @order)
{
	my $option = $options{$path};
	my $content = encode_base64(slurp_file("$fixtures/$path"), '');
	my $format = $option->{as} ? "'$option->{as}'" : 'NULL';
	my $accounts = $option->{accounts} // 'only';
	my $currency = $option->{currency} // 'USD';

	$sql .= "SELECT '$path' || E'\\t' || take('$path', decode('$content', 'base64'), $format, '{$accounts}', '$currency');\n";
}
my ($out, $err) = ('', '');
is($node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 1), 0, 'all files are tried') or diag($err);
my %result = map { split /\t/, $_, 2 } split /\n/, $out;
foreach my $path (@order)
{
	is($result{$path}, $expected{$path}, $path);
}

# All lines and statements of a file, in its order.
sub lines_of
{
	my $path = shift;
	return split /\n/, $node->safe_psql('postgres', "SELECT b.booked_on || ' ' || coalesce(b.value_on::text, '') || ' ' || b.amount FROM reconcile.bank_line AS b
		JOIN reconcile.merchant AS m USING (merchant_id) WHERE m.code = '$path' ORDER BY b.line_no, b.bank_line_id");
}

sub statements_of
{
	my $path = shift;
	return split /\n/, $node->safe_psql('postgres', "SELECT concat_ws(' ', s.opening_balance, s.closing_balance) FROM reconcile.bank_statement AS s
		JOIN reconcile.merchant AS m USING (merchant_id) WHERE m.code = '$path' ORDER BY s.bank_statement_id");
}

sub signed { my ($plus, $amount) = @_; return sprintf('%.2f', ($plus ? 1 : -1) * $amount); }

sub money { my $text = shift; return sprintf('%.2f', $text); }

sub is_taken { my $path = shift; return ($expected{$path} // '') !~ /^[A-Z0-9]{5} /; }

my $compared = 0;
foreach my $path (grep { is_taken($_) } @order)
{
	my ($base) = "$fixtures/$path" =~ /^(.*)\.[^.]+$/;
	my @lines = lines_of($path);

	if ($path =~ /mt940-rs/ && -e "$base.json")
	{
		my $json = decode_json(slurp_file("$base.json"));
		my (@expect, @balances);

		foreach my $statement (@$json)
		{
			my ($opening, $closing) = @{$statement}{qw(opening_balance closing_balance)};

			push @balances, join ' ', map { signed($_->{debit_credit_indicator} eq 'Credit', $_->{amount}) } $opening, $closing;
			push @expect, map { join ' ', $_->{entry_date} // $_->{value_date}, $_->{value_date}, signed(scalar($_->{ext_debit_credit_indicator} =~ /^(Credit|ReverseDebit)$/), $_->{amount}) }
			  @{ $statement->{statement_lines} };
		}
		is_deeply([ map { s/(\S+)$/money($1)/er } @lines ], \@expect, "$path: lines as mt940-rs reads them");
		is_deeply([ map { join ' ', map { money($_) } split / / } statements_of($path) ], \@balances, "$path: balances as mt940-rs reads them");
		$compared++;
	}
	elsif ($path =~ /mt940-js/ && -e "$base.json")
	{
		my $json = decode_json(slurp_file("$base.json"));
		my @expect = map { map { $_->{valueDate} . ' ' . signed($_->{isCredit}, $_->{amount}) } @{ $_->{transactions} } } @$json;
		my @balances = map { my $statement = $_; join ' ', map { signed($_->{isCredit}, $_->{value}) } @{$statement}{qw(openingBalance closingBalance)} } @$json;

		is_deeply([ map { s/^\S+ (\S+) (\S+)$/"$1 " . money($2)/er } @lines ], \@expect, "$path: lines as mt940-js reads them");
		is_deeply([ map { join ' ', map { money($_) } split / / } statements_of($path) ], \@balances, "$path: balances as mt940-js reads them");
		$compared++;
	}
	elsif ($path =~ /WoLpH/ && -e "$base.yml")
	{
		my (@expect, $open);

		foreach my $text (split /\n/, slurp_file("$base.yml"))
		{
			$open = 1 if $text =~ /mt940\.models\.Transaction\s*$/;
			if ($open && $text =~ /^\s*(?:amount:.*Decimal.*|- )'(-?[0-9.]+)'/)
			{
				push @expect, money($1);
				$open = 0;
			}
		}
		is_deeply([ map { /(\S+)$/ && money($1) } @lines ], \@expect, "$path: amounts as mt940 of Python reads them");
		$compared++;
	}
	elsif ($path =~ /genkgo/ && -e "$base.json")
	{
		my $json = decode_json(slurp_file("$base.json"));
		my @expect = map { money($_->{getAmount}{getAmount} / 100) } @{ $json->{getEntries} };
		my @days = map { my $date = $_->{getBookingDate} // $_->{getValueDate}; defined $date ? substr($date->{0}, 0, 10) : undef } @{ $json->{getEntries} };

		is_deeply([ map { /(\S+)$/ && money($1) } @lines ], \@expect, "$path: amounts as genkgo/camt reads them");
		foreach my $i (0 .. $#days)
		{
			is(substr($lines[$i], 0, 10), $days[$i], "$path: day of entry $i") if defined $days[$i];
		}
		$compared++;
	}
	elsif ($path =~ m{^chinese/deb-sig})
	{
		my ($beancount) = glob(($path =~ s{[^/]+$}{}r =~ s{^}{$fixtures/}r) . '*.beancount');
		my (%there, $day);

		foreach my $text (split /\n/, slurp_file($beancount))
		{
			$day = $1 if $text =~ /^(\d{4}-\d\d-\d\d) [*!]/;
			$there{"$day $1"}++ if defined $day && $text =~ /^\s+[A-Z]\S+ (\d[0-9.]*) [A-Z]{3}/;
		}
		# Its rules leave out lines that another account shows too; wallets' neutral lines, which it takes, we leave out.
		my @ours = map { /^(\S+) \S* -?(\S+)$/ && "$1 $2" } grep { !/ -?0\.00$/ } @lines;
		my %ours;
		$ours{$_}++ foreach @ours;
		my @extra = grep { ($there{$_} // 0) < $ours{$_} } sort keys %ours;
		my @missing = grep { ($ours{$_} // 0) < $there{$_} } sort keys %there;
		ok(!@extra || !@missing, "$path: lines as double-entry-generator reads them") or diag("only here: @extra; only there: @missing");
		$compared++;
	}
}
cmp_ok($compared, '>=', 45, 'files compared with published results');

$node->stop;
done_testing();

__DATA__
[bank-bai2/ministryofjustice__bai2/tests/data]
citi_example.bai2 => bai2 1 1 0 0.01
nwb_example.bai2 => bai2 5 5 0 -26.76
[bank-bai2/moov-io__bai2/test/testdata]
sample1.txt => bai2 17 17 0 0.00
sample2.txt accounts=0123456789,9876543210,4589761203,0975312468,7890654321 => bai2 4 4 0 309500.00
[bank-camt/genkgo__camt/test/data]
camt052.v2.other-account.xml => camt 1 1 0 -200000.00
camt052.v2.with-account-name.xml => camt 1 1 0 -200000.00
camt052.v2.xml => camt 1 1 0 -200000.00
camt053.v2.minimal.ultimate.xml => camt 1 1 0 8.85
camt053.v2.minimal.xml => camt 1 1 0 8.85
camt053.v2.with-account-name.xml => camt 1 1 0 8.85
camt053.v2.wrong.xml => RC004 the camt message holds no statement, report or notification
camt053.v4.xml => camt 1 1 0 8.85
camt054.v2.with-account-name.xml => camt 1 1 0 -200000.00
camt054.v2.xml => camt 1 1 0 -200000.00
[bank-camt/railslove__camt_parser/spec/fixtures]
# refused: an empty document
invalid_namespace.xml => RC004 the camt message holds no statement, report or notification
valid_example.xml => camt 5 5 0 -10.00
valid_example_with_btch.xml => camt 5 5 0 -10.00
valid_namespace.xml => RC004 the camt message holds no statement, report or notification
[bank-csv/OCA__bank-statement-import/13.0/account_bank_statement_import_txt_xlsx/tests/fixtures]
# one has no header
balance.csv => bank_generic_mdy 2 2 0 1500.00
debit_credit.csv => bank_generic_flag_mdy 2 2 0 1500.00
empty_statement_en.csv => bank_csv 0 0 0 0.00
empty_statement_en.xlsx => bank_csv 0 0 0 0.00
multi_currency.csv => bank_generic_mdy 2 2 0 1491.50
original_currency.csv => bank_generic_mdy 1 1 0 1525.00
original_currency_empty.csv => bank_generic_mdy 1 1 0 1525.00
original_currency_no_header.csv => RC001 is of no known format
sample_statement_en.csv => bank_generic_mdy 2 2 0 1491.50
sample_statement_en.xlsx => bank_csv 2 2 0 1491.50
[bank-csv/bank2ynab__bank2ynab/test/test-data]
# those of test_row_format_* and test_delimiter_* have no header, and columns whose meaning only the test knows; a row of test_raiffeisen_* and three of
# test_headers are footers; the first of 10/02/2018 may be February or October, so that it is named; the .xls is delimited text with a balance row first
20171001-20171106.csv => bank_generic 1 1 0 -59.99
20180226_12345678.csv as=bank_generic_dmy => bank_generic_dmy 1 1 0 -5.00
MonzoDataExport_February2018_2018-02-26_174335.csv => monzo 1 1 0 -10.00
Umsaetze_KtoNr538917600_EUR_02-03-2018_1503.CSV => bank_generic 1 1 0 -17.22
export_BE11123456789012_20180304_1422.csv => bank_generic_dmy 1 1 0 -3.40
test_BOI_TransactionExport.csv => bank_generic_dmy 27 27 0 -419.61
test_delimiter_tab.csv => 22021 byte 0xA4 is not UTF-8, and the encoding cannot be told from the text
test_headers.csv => bank_generic 76 73 3 -4580.70
test_raiffeisen_01.csv as=raiffeisen_elba => raiffeisen_elba 74 73 1 -4580.70
test_raiffeisen_02.csv as=raiffeisen_elba => raiffeisen_elba 74 73 1 -4580.70
test_regex_123456_87654321_1234_21_12.csv as=raiffeisen_elba => raiffeisen_elba 74 73 1 -4580.70
test_row_format_CD_flag.csv => RC001 is of no known format
test_row_format_default.csv => 22021 byte 0xA4 is not UTF-8, and the encoding cannot be told from the text
test_row_format_neg_inflow.csv => RC001 is of no known format
test_swedebank_statement.xls => RC001 is of no known format
[bank-mt940/WoLpH__mt940/mt940_tests/jejik]
abnamro.sta => mt940 10 10 0 -345.93
generic.sta => mt940 2 2 0 -20.00
ing.sta => mt940 7 7 0 -45.59
knab.sta => mt940 3 3 0 -6260.00
postfinance.sta => mt940 4 4 0 159.40
rabobank-iban.sta => mt940 4 4 0 -70.00
rabobank.sta accounts=1291.99.348,1526.89.184 currency=EUR => mt940 5 5 0 -1589.09
sns.sta => mt940 2 2 0 -25.00
triodos.sta => mt940 2 2 0 -715.70
[bank-mt940/WoLpH__mt940/mt940_tests/self-provided]
# refused: no statement, a piece of one, one that is cut
details_60-63.sta => mt940 1 1 0 -233.15
empty_non_swift.sta => RC001 is of no known format
february_30.sta => mt940 1 1 0 -6.00
gv_codes.sta => RC004 statement without a closing balance (:62F:)
invalid_statement.sta => RC001 is of no known format
long_statement_number.sta => mt940 0 0 0 0.00
malformed_details.sta => mt940 1 1 0 -233.15
mt942.sta => mt940 1 1 0 -0.42
overly_long_details.sta => mt940 1 1 0 -233.15
raphaelm.sta accounts=1222333444,3346780111 => mt940 9 9 0 95000.00
sparkassen.sta => RC004 :61: outside a statement, which begins with :20:
transaction_details_wrapped.sta => mt940 1 1 0 -6.00
whitespace.sta => mt940 1 1 0 -233.15
wrapped_timestamp.sta => mt940 1 1 0 -6.00
[bank-mt940/sandermarechal__jejik-mt940/tests/Jejik/Tests/MT940/Fixture/document]
K4262927_20200905-080000-952.txt => mt940 1 1 0 230.00
abnamro.txt => mt940 10 10 0 -345.93
bug-core-5401.txt => mt940 1 1 0 50.00
commerzbank.txt => mt940 1 1 0 -12.35
deutschebank.txt => mt940 1 1 0 -12.35
generic.txt => mt940 2 2 0 -20.00
ing-dos.txt => mt940 7 7 0 -45.59
ing-unix.txt => mt940 7 7 0 -45.59
knab.txt => mt940 3 3 0 -6260.00
lbbw.txt => mt940 2 2 0 0.00
oldenburgischelandesbank.txt => mt940 1 1 0 104.50
oldenburgischelandesbank2.txt => mt940 1 1 0 230.00
oldenburgischelandesbankmitbindestrich.txt => mt940 1 1 0 1727.00
postfinance.txt => mt940 4 4 0 159.40
rabobank-iban.txt => mt940 4 4 0 -70.00
rabobank.txt accounts=1291.99.348,1526.89.184 currency=EUR => mt940 5 5 0 -1589.09
sns.txt => mt940 2 2 0 -25.00
sparkasse.txt => mt940 2 2 0 -40.00
sparkasse2.txt => mt940 1 1 0 1027.25
sparkasse3.txt => mt940 1 1 0 -1027.25
sparkasse_interim_balance.txt => mt940 2 2 0 -40.00
triodos.txt => mt940 2 2 0 -715.70
volksbankenraiffeisenbanken.txt => mt940 12 12 0 745.00
[bank-mt940/svenstaro__mt940-rs/tests/data/mt940/full/abnamro]
mt940.sta => mt940 4 4 0 -22.99
[bank-mt940/svenstaro__mt940-rs/tests/data/mt940/full/jejik]
abnamro.sta => mt940 10 10 0 -345.93
ing.sta => mt940 7 7 0 -45.59
knab.sta => mt940 3 3 0 -6260.00
knab_broken.sta => mt940 3 3 0 -6260.00
postfinance.sta => mt940 4 4 0 159.40
rabobank-iban.sta => mt940 4 4 0 -70.00
sns.sta => mt940 2 2 0 -25.00
[bank-mt940/svenstaro__mt940-rs/tests/data/mt940/special-cases]
# refused: no statement; no account
february_30.sta => mt940 1 1 0 -6.00
incomplete_tag_61.sta => mt940 1 1 0 -233.15
invalid_statement.sta => RC001 is of no known format
invalid_utf8.sta => mt940 7 7 0 -1012213.50
overly_long_details.sta => mt940 1 1 0 -233.15
unexpected_tag.sta => RC004 entry before the statement's account (:25:)
unknown_tag.sta => mt940 1 1 0 -6.00
[bank-mt940/webschik__mt940-js/__tests__/cases]
abn-amro-1.STA => mt940 1 1 0 5.41
base-1.mta accounts=1222333444,3346780111 => mt940 9 9 0 95000.00
base-2.mta => mt940 2 2 0 -1.40
base-3.mta accounts=NL95KNAB0011223344,NL95KNAB0255499590 => mt940 2 2 0 41.04
ing-1.mta => mt940 3 3 0 -9989.98
ing-2.mta => mt940 0 0 0 0.00
[bank-ofx/csingley__ofxtools/tests/data]
profrs.ofx => RC004 the bank answered with error 15500: Signon invalid
stmtrs.ofx => ofx 2 2 0 -500.00
[bank-ofx/jseutter__ofxparse/tests/fixtures]
# refused: answers of a bank without a statement
bank_medium.ofx => ofx 3 3 0 -345.27
bank_small.ofx => RC004 the file holds no bank or credit card statement
checking.ofx => ofx 3 3 0 -59.50
error_message.ofx => RC004 the bank answered with error 2000: General Server Error
[bank-ofx/jseutter__ofxparse/tests/fixtures/fail_nice]
decimal_error.ofx => RC004 TRNAMT cannot be read: "$120"
[bank-ofx/jseutter__ofxparse/tests/fixtures]
# refused: answers of a bank without a statement
multiple_accounts.ofx accounts=9100,9200 => ofx 0 0 0 0.00
multiple_accounts2.ofx accounts=9100,9200 => ofx 0 0 0 0.00
signon_fail.ofx => RC004 the bank answered with error 15500: Your request could not be processed because you supplied an invalid identification code or your password was incorrect
signon_success.ofx => RC004 the file holds no bank or credit card statement
signon_success_no_message.ofx => RC004 the file holds no bank or credit card statement
suncorp.ofx => ofx 1 1 0 -16.85
[chinese/TinySnow__beancount-importer-rust/testsets]
京东交易流水测试数据集.csv => jd_personal 19 19 0 -4121.20
微信支付账单测试数据集.csv => wechat_personal 22 22 0 -3301.14
[chinese/deb-sig__double-entry-generator/example/abc_debit]
example-abc_debit-records.csv => abc_debit 5 5 0 -2355.88
[chinese/deb-sig__double-entry-generator/example/alipay]
example-alipay-records.csv => alipay_personal 5 5 0 222066.86
[chinese/deb-sig__double-entry-generator/example/bmo/debit]
example-bmo-records.csv => bmo_debit 4 4 0 -158.31
[chinese/deb-sig__double-entry-generator/example/boc/credit]
example-boc-records.csv => boc_credit 14 14 0 -241.97
[chinese/deb-sig__double-entry-generator/example/cmb/debit]
example-cmb-records.csv => cmb_debit 5 5 0 -779.14
[chinese/deb-sig__double-entry-generator/example/hsbchk/debit]
example-hsbchk-debit-records.csv => hsbc_hk 10 10 0 21978.95
[chinese/deb-sig__double-entry-generator/example/icbc/debit-v1]
example-icbc-debit-v1-records.csv => icbc_debit 11 11 0 -1399.34
[chinese/deb-sig__double-entry-generator/example/wechat]
example-wechat-records.csv => wechat_personal 16 16 0 -2876.04
[chinese/inline-from-tests]
# the fund flow is an example of the documentation whose footer counts rows that it does not show
alipay-merchant-业务明细-20260605.gbk.csv => alipay_merchant 3 3 0 9.93
wechatpay-fundflow-doc-example.csv => RC005 the trailer states 20 rows, the file has 1
wechatpay-tradebill-ALL-20210128.csv => wechat_trade 3 3 0 0.03
[platform/BatManUtd__ltv-cohort-kit/samples]
# refused: what was spent on advertisements
ad_spend_sample.csv => RC001 is of no known format
shopify_orders_sample.csv => shopify_orders 127 127 0 15063.00
[platform/BatManUtd__ltv-cohort-kit/tests/fixtures]
shopify_orders.csv => shopify_orders 8 8 0 995.00
spend.csv => RC001 is of no known format
[platform/Juancho-BackToWin__aresstore-seller-hub/tests/fixtures]
# refused: stock levels, previews of fees, search words, taxes: no movement of money or goods
all-orders.txt => amazon_orders 380 380 0 32627.69
desconocido.csv => RC001 is of no known format
fba-inventory.txt => RC001 is of no known format
fee-preview.txt => RC001 is of no known format
inventory-planning.txt => RC001 is of no known format
ledger-detail.txt => amazon_inventory_ledger 16 16 0 -192
multicountry.txt => RC001 is of no known format
reimbursements.txt => amazon_reimbursements 4 4 0 228.90
returns.txt => amazon_returns 38 38 0 38
search-terms.csv => RC001 is of no known format
settlement.txt => amazon_settlement_v1 12 12 0 676.33
storage-fees.txt => RC001 is of no known format
vat-transactions.txt => RC001 is of no known format
[platform/KenzoRei__TWL-UPS-Invoice-Parser/data/mappings]
# refused: lists of the columns and charges of a UPS bill
Charges.csv => RC001 is of no known format
OriHeadr.csv => RC001 is of no known format
[platform/OCA__bank-statement-import/11.0/account_bank_statement_import_paypal/tests/fixtures]
empty_activity.csv as=paypal_activity => paypal_activity 0 0 0 0.00
statement_en.csv => paypal_activity 19 19 0 280.30
[platform/OCA__bank-statement-import/account_bank_statement_import_adyen/test_files]
# numbers that the workbook has rounded are rejected
adyen_test.xlsx => adyen_settlement 21 2 19 -23012.17
settlement_detail_report_batch_380.csv => adyen_settlement 228 228 0 0.00
[platform/amouhzi__paypal-csv-parser/tests/stubs]
SampleFile.csv as=paypal_activity => paypal_activity 3 3 0 -10.60
SampleFile.csv-output-2011-09-02.csv as=paypal_activity => paypal_activity 2 2 0 -20.60
basic.csv => paypal_history_dmy 4 4 0 0.00
[platform/amzn__amazon-payment-files-tools/chargeback/generation/TstResources/Chargebacks]
# refused: states of disputes, which move no money by themselves
Basic.csv => RC001 is of no known format
[platform/amzn__amazon-payment-files-tools/chargeback/validation/TstResources/Chargebacks]
BadFields.csv => RC001 is of no known format
Basic.csv => RC001 is of no known format
[platform/amzn__amazon-payment-files-tools/common/TstResources/CSVFiles]
# refused: two lines of words
BOM.csv => RC001 is of no known format
Basic.csv => RC001 is of no known format
[platform/amzn__amazon-payment-files-tools/remittance/generation/TstResources/Remittance]
Basic.csv => amazon_pay_remittance 1 1 0 375.49
[platform/amzn__amazon-payment-files-tools/remittance/validation/TstResources/Remittance]
BadFields.csv => RC001 is of no known format
Basic.csv => amazon_pay_remittance 1 1 0 375.49
NoTrailer.csv => RC004 the file is cut: its trailer with the control totals is missing
[platform/dbt-labs__jaffle_shop/seeds]
# refused: tables of a demonstration without currency and time
raw_customers.csv => RC001 is of no known format
raw_orders.csv => RC001 is of no known format
raw_payments.csv => RC001 is of no known format
[platform/fivetran__dbt_stripe/integration_tests/seeds]
# refused: tables of the interface that are neither balance transactions nor payouts
account_data.csv => RC001 is of no known format
balance_transaction_data.csv => stripe_balance_table 9 9 0 204633.41
card_data.csv => RC001 is of no known format
charge_data.csv => RC001 is of no known format
coupon_data.csv => RC001 is of no known format
credit_note_data.csv => RC001 is of no known format
credit_note_line_item_data.csv => RC001 is of no known format
customer_data.csv => RC001 is of no known format
discount_data.csv => RC001 is of no known format
discount_data_postgres.csv => RC001 is of no known format
discount_data_snowflake.csv => RC001 is of no known format
dispute_data.csv => RC001 is of no known format
fee_data.csv => RC001 is of no known format
invoice_data.csv => RC001 is of no known format
invoice_line_item_data.csv => RC001 is of no known format
payment_intent_data.csv => RC001 is of no known format
payment_method_card_data.csv => RC001 is of no known format
payment_method_data.csv => RC001 is of no known format
payout_balance_transaction_data.csv => RC001 is of no known format
payout_data.csv => stripe_payout_table 15 15 0 214715.24
plan_data.csv => RC001 is of no known format
price_data.csv => RC001 is of no known format
product_data.csv => RC001 is of no known format
refund_data.csv => RC001 is of no known format
subscription_data.csv => RC001 is of no known format
subscription_discount_data.csv => RC001 is of no known format
subscription_discount_data_postgres.csv => RC001 is of no known format
subscription_discount_data_snowflake.csv => RC001 is of no known format
subscription_history_data.csv => RC001 is of no known format
subscription_item_data.csv => RC001 is of no known format
transfer_data.csv => RC001 is of no known format
[platform/inline-from-tests]
ebay-transaction-report-synthetic.csv => ebay_transactions 6 6 0 -3875.84
[platform/navfa__stripe-payout-reconciler/examples]
single-payout.csv => stripe_payout_transactions 6 6 0 0.00
[platform/xieyi138-star__amazon-settlement-parser/sample]
settlement-sample.txt => amazon_settlement_v2 23 23 0 582.89
