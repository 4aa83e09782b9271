# A backend or the postmaster killed in the middle of an import or a run leaves all of it or nothing.
#
# RECONCILE_KILLS says how often each is killed: a few times by default.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

$SIG{PIPE} = 'IGNORE';
my $orders = 10000;
my $repetitions = $ENV{RECONCILE_KILLS} // 6;
my $node = new_node('main', "restart_after_crash = on\nfsync = on\n");
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;
my $file = write_orders("$directory/orders.csv", $orders);
my $settlement = write_settlement("$directory/settlement.txt", $orders);

# kill_during SQL, SECONDS, HOLD: starts it in a session, kills that backend with SIGKILL after so long; true when it had not finished. With HOLD
# it does not commit when it finishes, and is killed all the same.
sub kill_during
{
	my ($sql, $delay, $hold) = @_;
	my ($in, $out, $err) = ('', '', '');
	my @statements = map { ('-c', $_) } 'SELECT pg_backend_pid()', $hold ? ('BEGIN', $sql, 'SELECT pg_sleep(60)') : $sql;
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), @statements ],
		'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(120));
	my $killed = 0;

	$session->pump until $out =~ /^(\d+)\n/ || !$session->pumpable;
	my ($pid) = $out =~ /^(\d+)\n/;
	usleep($delay * 1e6);
	$session->pump_nb;
	my $finished = $out =~ /\n.+/s;
	$killed = kill('KILL', $pid) && !$finished if $pid && (!$finished || $hold);
	eval { $session->finish };
	return $killed;
}

sub wait_until_up
{
	foreach (1 .. 300)
	{
		# not $node->psql, which writes to a psql that may have given up already
		return if run_log([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SELECT 1' ], '>', \my $out, '2>', \my $err);
		usleep(100_000);
	}
	die 'the server did not come back';
}

sub duration_of
{
	my $sql = shift;
	my $start = time;

	$node->safe_psql('postgres', "BEGIN; $sql; ROLLBACK;");
	return time - $start;
}

my $counts = q{SELECT (SELECT count(*) FROM reconcile.import), (SELECT count(*) FROM reconcile.sales_order), (SELECT count(*) FROM reconcile.order_line) > 0,
	(SELECT count(*) FROM reconcile.import_range), (SELECT count(*) FROM reconcile.rejected_row), (SELECT count(*) FROM reconcile.audit_log WHERE action LIKE 'import%')};
my $before = $node->safe_psql('postgres', $counts);
my $import = "SELECT status FROM reconcile.import_file('$file', shop => 'US')";
my $time = duration_of($import);
my ($kills, $torn) = (0, 0);

foreach my $i (1 .. 5 * $repetitions)
{
	last if $kills >= $repetitions || $torn;
	$kills++ if kill_during($import, $time * ($i % $repetitions + 1) / ($repetitions + 1));
	wait_until_up();
	my $now = $node->safe_psql('postgres', $counts);
	if ($now =~ /^\d+\|$orders\|/)
	{
		# It had committed, being faster now than when its time was taken: once more from the beginning.
		$time /= 2;
		$node->safe_psql('postgres', q{SELECT reconcile.undo_import(max(import_id), 'once more') FROM reconcile.import});
		$before = $node->safe_psql('postgres', $counts);
		next;
	}
	$torn++ if $now ne $before;
}
cmp_ok($kills, '>=', 2, "imports were killed in the middle ($kills times)");
is($torn, 0, 'no killed import left anything');
$node->safe_psql('postgres', "SELECT reconcile.import_file('$file', shop => 'US'); SELECT reconcile.import_file('$settlement', shop => 'US')");
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.sales_order'), $orders, 'the import after the crashes is whole');

# The postmaster's death in the middle of a run, then backends.
my $state = q{SELECT (SELECT count(*) FROM reconcile.match_group), (SELECT count(*) FROM reconcile.allocation), (SELECT count(*) FROM reconcile.open_balance),
	(SELECT count(*) FROM reconcile.exception_log), (SELECT count(*) FROM reconcile.run_log), (SELECT count(*) FROM reconcile.pool_import)};
my $run = "SET reconcile.business_date = '2026-06-30'; SELECT sum(matches) FROM reconcile.run('order_settlement')";
$before = $node->safe_psql('postgres', $state);
is($before, '0|0|0|0|0|0', 'nothing is matched yet');
$time = duration_of($run);
($kills, $torn) = (0, 0);
foreach my $i (1 .. 5 * $repetitions)
{
	last if $kills >= $repetitions || $torn;
	my $killed = kill_during($run, $time * ($i % $repetitions + 1) / ($repetitions + 1), 1);

	wait_until_up();
	$torn++ if $node->safe_psql('postgres', $state) ne $before;
	$kills++ if $killed;
	$time /= 2 if !$killed;
}
cmp_ok($kills, '>=', 2, "runs were killed in the middle ($kills times)");
is($torn, 0, 'no killed run left anything');

if ($node->safe_psql('postgres', $state) eq $before)
{
	my ($in, $out, $err) = ('', '', '');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) } 'BEGIN', $run, 'SELECT pg_sleep(60)' ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(120));

	usleep($time * 0.3 * 1e6);
	my $pid = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/ ? $1 : die;
	$node->kill9;
	eval { $session->finish };
	# Its backends see that it is gone and leave; where nobody reaps it, it stays as a zombie that holds the lock file.
	usleep(100_000) while grep { (readlink($_) // '') eq $node->data_dir } glob '/proc/[0-9]*/cwd';
	foreach (1 .. 30) { last unless -e "/proc/$pid"; usleep(100_000); }
	unlink $node->data_dir . '/postmaster.pid', glob($node->host . '/.s.PGSQL.*.lock') if -e "/proc/$pid";
	$node->start;
	is($node->safe_psql('postgres', $state), $before, 'the postmaster killed during a run: nothing is left of it');
}
my $expected = $orders - int($orders / 50);
$node->safe_psql('postgres', $run);
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.match_group WHERE left_count > 0'), $expected, 'after the crashes every settled order is matched once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.allocation'), 3 * $expected, 'and allocates each item once');

$node->stop;
done_testing();
