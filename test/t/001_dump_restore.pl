# Dump and restore lose nothing: a database in use, dumped, restored and dumped again, gives the same dump; every table and
# sequence of the extension is either dumped or shipped with it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $node = new_node('main');
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;

import_all($node, $directory, 200);
$node->safe_psql('postgres', q{
	CREATE ROLE reader;
	SELECT reconcile.grant_profile('reader', 'viewer'), reconcile.grant_shop('reader', 'US');
	CREATE TABLE bill (item_id bigint, item_date date, amount numeric, currency text, no text);
	CREATE TABLE cash (item_id bigint, item_date date, amount numeric, currency text, narrative text);
	INSERT INTO bill SELECT i, date '2026-01-01' + i, 10 * i, 'EUR', 'B' || i FROM generate_series(1, 6) AS i;
	INSERT INTO cash SELECT 100 + i, date '2026-01-02' + i, 10 * i, 'EUR', 'payment ' || i FROM generate_series(1, 6) AS i;
	SELECT reconcile.add_merchant('second', 'Second merchant');
	SELECT reconcile.add_shop('CN', 'alipay', 'CNY', 'Asia/Shanghai', merchant => 'second');
	SELECT reconcile.define_reconciliation('bills', 'bill', 'cash');
	SELECT reconcile.add_rule('bills', 'amount', 'window', 10, '{}', '{}', lag_min => 0, lag_max => 5, action => 'suggest');
	SET reconcile.business_date = '2026-06-30';
	SELECT * FROM reconcile.run();
	SELECT reconcile.confirm((SELECT min(match_id) FROM reconcile.match WHERE reconciliation = 'bills' AND status = 'suggested'), 'seen');
	SELECT reconcile.reject((SELECT max(match_id) FROM reconcile.match WHERE reconciliation = 'bills' AND status = 'suggested'), 'not this');
	SELECT reconcile.unmatch((SELECT min(match_id) FROM reconcile.match WHERE reconciliation = 'order_settlement' AND status = 'matched'), 'wrong');
	SELECT reconcile.close_period('2026-01-31', 'done'), reconcile.reopen_period('2026-01-31', 'again'), reconcile.close_period('2026-02-28'), reconcile.prepare_period('2026-03-31', 'ready');
});
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.match'), '>', 190, 'there are matches to lose');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.period_figure'), '>', 3, 'there are closing figures to lose');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.exception'), '>', 3, 'there are exceptions to lose');

sub dump_of
{
	my $database = shift;
	my ($out, $err);

	run_command_ok([ 'pg_dump', '-d', $node->connstr($database) ], \$out, \$err, "dump of $database");
	$out =~ s/^\\(un)?restrict .*\n//mg;	# a random key in each dump
	return $out;
}

sub run_command_ok
{
	my ($command, $out, $err, $name) = @_;
	ok(IPC::Run::run($command, '>', $out, '2>', $err), $name) or diag($$err);
	return;
}

my $first = dump_of('postgres');
my $file = "$directory/first.sql";
open my $handle, '>', $file or die;
print $handle $first;
close $handle;

$node->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
my ($out, $err);
run_command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $file ], \$out, \$err, 'restore');
my $second = dump_of('restored');
ok($first eq $second, 'the dump of the restored database is the same') or diag_difference($first, $second);

sub diag_difference
{
	my @left = split /\n/, shift;
	my @right = split /\n/, shift;
	my $shown = 0;

	foreach my $i (0 .. ($#left > $#right ? $#left : $#right))
	{
		next if ($left[$i] // '') eq ($right[$i] // '');
		diag("line $i: " . ($left[$i] // '(end)') . "\n     now: " . ($right[$i] // '(end)'));
		last if ++$shown == 5;
	}
	return;
}

foreach my $query (
	q{SELECT string_agg(m::text, E'\n' ORDER BY match_id) FROM reconcile.match m},
	q{SELECT string_agg(e::text, E'\n' ORDER BY exception_id) FROM reconcile.exception e},
	q{SELECT string_agg(o::text, E'\n' ORDER BY reconciliation, side, item_id) FROM reconcile.open_item o},
	q{SELECT string_agg(r::text, E'\n' ORDER BY shop, order_no) FROM reconcile.receivable r})
{
	my ($view) = $query =~ /FROM (\S+)/;

	is($node->safe_psql('restored', $query), $node->safe_psql('postgres', $query), "$view is the same");
}
is($node->safe_psql('restored', 'SELECT reconcile.verify_audit() IS NULL'), 't', 'the audit chain is whole');
is($node->safe_psql('restored', q{SET reconcile.business_date = '2026-06-30';
	SELECT sum(matches) FROM reconcile.run() WHERE reconciliation <> 'order_settlement'}), '0', 'a run in the restored database finds nothing new');

# What is shipped with the extension and not changed by users needs no dump, nor does what is empty once its transaction is over; a table added later must choose.
my %shipped = map { $_ => 1 } qw(currency explanation_template finding_template label report_definition report_column format error_code audit_pending audit_pending_pending_id_seq);
my @undumped = grep { !$shipped{$_} } split /\n/, $node->safe_psql('postgres', q{
	SELECT c.relname FROM pg_class c, pg_extension e
	WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'S', 'p') AND e.extname = 'reconcile' AND NOT c.oid = ANY (e.extconfig)
	ORDER BY 1});
is("@undumped", '', 'every table and sequence that users fill is dumped');

$node->stop;
done_testing();
