# Exactly once: 32 sessions import one file, 32 sessions run at once; one batch, no item matched twice, no deadlock.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $sessions = 32;
my $orders = 1000;
my $node = new_node('main');
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;
my $file = write_orders("$directory/orders.csv", $orders);
my $settlement = write_settlement("$directory/settlement.txt", $orders);

my @results = run_parallel($node, $sessions, "SELECT status, rows_imported FROM reconcile.import_file('$file', shop => 'US')");
is(join("\n", grep { /ERROR/ } map { $_->[1] } @results), '', 'no import failed');
is((scalar grep { $_->[0] eq "imported|$orders" } @results), 1, 'one session imported the file');
is((scalar grep { $_->[0] =~ /^known\|0$/ } @results), $sessions - 1, 'the others found it known');
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT order_no) FROM reconcile.sales_order'), "$orders|$orders", 'each order is there once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.import'), 1, 'there is one batch');

# Overlapping files at once: the rows both hold come in once.
my @overlap;
foreach my $i (1 .. 4)
{
	my $path = "$directory/overlap$i.csv";
	open my $handle, '>', $path or die;
	print $handle "order_no,ordered_at,currency,total\n";
	print $handle "V$_,2026-01-05 10:00:00,USD,5.00\n" foreach reverse $i * 100 .. $i * 100 + 299;
	close $handle;
	push @overlap, $path;
}
my @handles;
foreach my $path (@overlap)
{
	my ($out, $err) = ('', '');
	push @handles, [ \$err, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SELECT status FROM reconcile.import_file('$path', shop => 'US')" ],
		'<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(120)) ];
}
$_->[1]->finish foreach @handles;
is(join('', map { ${ $_->[0] } } @handles), '', 'overlapping files: no import failed');
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT order_no) FROM reconcile.sales_order WHERE order_no LIKE 'V%'}), '600|600',
	'overlapping files: each order is there once');

$node->safe_psql('postgres', "SELECT reconcile.import_file('$settlement', shop => 'US')");
my $expected = $orders - int($orders / 50);
@results = run_parallel($node, $sessions, "SET reconcile.business_date = '2026-06-30'; SELECT sum(matches), sum(exceptions) FROM reconcile.run('order_settlement')");
is(join("\n", grep { $_ } map { $_->[1] } @results), '', 'no run failed');
is((scalar grep { $_->[0] =~ /^$expected\|[1-9]/ } @results), 1, 'one session made the matches');
is((scalar grep { $_->[0] eq '0|0' } @results), $sessions - 1, 'the others found nothing left to match');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT item_id FROM reconcile.allocation WHERE amount <> 0 GROUP BY pool_id, item_id HAVING count(*) > 1) AS doubles}),
	0, 'no item is allocated twice');

# By hand and by run at once, over plain tables, while files come in: whoever comes first has the item, the others are told so.
$node->safe_psql('postgres', q{
	CREATE TABLE bill (item_id bigint, item_date date, amount numeric, currency text, no text);
	CREATE TABLE cash (item_id bigint, item_date date, amount numeric, currency text, no text);
	INSERT INTO bill SELECT i, date '2026-01-01', 10, 'EUR', 'B' || i FROM generate_series(1, 200) AS i;
	INSERT INTO cash SELECT 1000 + i, date '2026-01-02', 10, 'EUR', 'B' || i FROM generate_series(1, 200) AS i;
	SELECT reconcile.define_reconciliation('bills', 'bill', 'cash');
	SELECT reconcile.add_rule('bills', 'no', 'key', 10, '{no}', '{no}');});
@handles = ();
foreach my $i (1 .. 16)
{
	if ($i % 2 == 0)
	{
		my $path = "$directory/during$i.csv";
		my ($out, $err) = ('', '');
		open my $handle, '>', $path or die;
		print $handle "order_no,ordered_at,currency,total\n", map { "D$i-$_,2026-01-05 10:00:00,USD,5.00\n" } 1 .. 50;
		close $handle;
		push @handles, [ \$err, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
			'-c', "SELECT status FROM reconcile.import_file('$path', shop => 'US')", '-c', "SELECT sum(matches) FROM reconcile.run('order_settlement')" ],
			'<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(120)) ];
	}
	foreach my $sql ("SELECT reconcile.match_items('bills', ARRAY[$i], ARRAY[1000 + $i], 'by hand')", "SELECT * FROM reconcile.run('bills')")
	{
		my ($out, $err) = ('', '');
		push @handles, [ \$err, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ], '<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(120)) ];
	}
}
$_->[1]->finish foreach @handles;
my @errors = grep { $_ } map { ${ $_->[0] } } @handles;
is((scalar grep { !/is matched already/ } @errors), 0, 'the only complaint is that an item is matched already') or diag(@errors);
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT item_id) FROM reconcile.match_item i JOIN reconcile.match m USING (match_id)
	WHERE m.reconciliation = 'bills' AND i.side = 'left'}), '200|200', 'every bill is matched once');
is($node->safe_psql('postgres', q{SELECT count(*), count(DISTINCT order_no) FROM reconcile.sales_order WHERE order_no LIKE 'D%'}), '400|400',
	'every order that came in meanwhile is there once');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT FROM reconcile.allocation GROUP BY merchant_id, pool_id, item_id HAVING sum(amount) <> max(allocated) OR count(*) > 1) AS doubles}),
	0, 'nothing is allocated twice, here or there');
is($node->safe_psql('postgres', 'SELECT reconcile.verify_audit() IS NULL'), 't', 'the audit chain is whole');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'no deadlock');

$node->stop;
done_testing();
