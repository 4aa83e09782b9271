# A run gives way to a cancel at once, whatever strategy is at work and however far it has come; nothing of it is left.
#
# RECONCILE_CANCEL_MS is the bound on the time from pg_cancel_backend() to the session's error, as a client sees it: generous by default,
# for tests run on machines that do other things too. What was measured is noted.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $bound = ($ENV{RECONCILE_CANCEL_MS} // 1500) / 1000;
my $node = new_node('main');

# Strategy, how many left and right items, what the items are like (over generate_series i), the rule's arguments.
my @cases = (
	[ 'key', 20000, 40000, q{i AS item_id, date '2026-01-01' + i % 90, 10 + i % 977, 'K' || i, NULL},
		q{2 * i AS item_id, date '2026-01-03' + i % 90, 5, 'K' || (i + 1) / 2, NULL}, q{10, '{reference}', '{reference}'} ],
	[ 'reference', 30000, 8000, q{i, date '2026-01-01' + i % 90, 10 + i % 977, 'INV' || 1000000 + i * 7, NULL},
		q{i, date '2026-01-03' + i % 90, 10 + i % 977, NULL, 'payment of INV' || substr((1000000 + i * 7)::text, 1, 7 - i % 2) || ' thank you ' || md5(i::text)},
		q{10, '{reference}', '{}', right_text => 'narrative'} ],
	[ 'window', 15000, 15000, q{i, date '2026-01-01' + i % 90, 1 + i % 499, NULL, NULL}, q{i, date '2026-01-03' + i % 90, 1 + i % 499, NULL, NULL},
		q{10, '{}', '{}', lag_min => 0, lag_max => 10} ],
	[ 'subset', 60, 1500, q{i, date '2026-01-10', 900000 + abs(hashint4(i)) % 100000000 / 100.0, NULL, NULL},
		q{i, date '2026-01-10', (1 + abs(hashint4(i)) % 1000000000) / 100.0, NULL, NULL}, q{10, '{}', '{}', lag_min => 0, lag_max => 5, options => '{"subset_side": "left"}'} ],
	[ 'net', 40000, 40000, q{i, date '2026-01-01' + i % 90, CASE WHEN i % 2 = 0 THEN 5 ELSE -5 END, 'N' || i / 4, NULL},
		q{i, date '2026-01-01' + i % 90, CASE WHEN i % 2 = 0 THEN 5 ELSE -5 END, 'M' || i / 4, NULL}, q{10, '{reference}', '{reference}'} ],
	[ 'score', 5000, 5000, q{i, date '2026-01-01' + i % 90, (1000 + abs(hashint4(i)) % 900000) / 100.0, NULL, 'transfer ' || md5((i % 500)::text)},
		q{i, date '2026-01-03' + i % 90, (1000 + abs(hashint4(i)) % 900000 + i % 7) / 100.0, NULL, 'transfer ' || md5((i % 500)::text) || ' ref'},
		q{10, '{}', '{}', lag_min => 0, lag_max => 10, left_text => 'narrative', right_text => 'narrative'} ],
);

# cancelled SQL, SECONDS: starts it, cancels it after so long; the seconds until its session says so, undef when it was done before.
sub cancelled
{
	my ($sql, $delay) = @_;
	my ($in, $out, $err) = ('', '', '');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SELECT pg_backend_pid()', '-c', $sql ],
		'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(300));
	my $start = time;

	$session->pump until $out =~ /^(\d+)\n/ || !$session->pumpable;
	my ($pid) = $out =~ /^(\d+)\n/;
	while (time - $start < $delay && $session->pumpable) { $session->pump_nb; usleep(1000); }
	# The cancelling session is there already: only the answer is timed.
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	my $asked = time;
	while ($err !~ /canceling statement/ && $session->pumpable) { $session->pump_nb; usleep(1000); }
	my $took = time - $asked;
	eval { $session->finish };
	return $err =~ /canceling statement/ ? $took : undef;
}

my $state = q{SELECT (SELECT count(*) FROM reconcile.match_group), (SELECT count(*) FROM reconcile.allocation), (SELECT count(*) FROM reconcile.open_balance),
	(SELECT count(*) FROM reconcile.exception_log), (SELECT count(*) FROM reconcile.run_log)};

foreach my $case (@cases)
{
	my ($strategy, $lefts, $rights, $left, $right, $rule) = @$case;

	$node->safe_psql('postgres', qq{
		CREATE TABLE left_$strategy (item_id bigint, item_date date, amount numeric, reference text, narrative text);
		CREATE TABLE right_$strategy (LIKE left_$strategy);
		INSERT INTO left_$strategy SELECT $left FROM generate_series(1, $lefts) AS i;
		INSERT INTO right_$strategy SELECT $right FROM generate_series(1, $rights) AS i;
		ANALYZE left_$strategy, right_$strategy;
		SELECT reconcile.define_reconciliation('$strategy', 'left_$strategy', 'right_$strategy');
		SELECT reconcile.add_rule('$strategy', 'rule', '$strategy', $rule);});
	my $before = $node->safe_psql('postgres', $state);
	my $run = "SELECT matches FROM reconcile.run('$strategy')";
	my $start = time;
	$node->safe_psql('postgres', "BEGIN; $run; ROLLBACK;");
	my $time = time - $start;
	my @took;

	foreach my $part (1 .. 5)
	{
		my $took = cancelled($run, $time * $part / 6);

		last unless defined $took;
		push @took, $took;
	}
	my ($most) = sort { $b <=> $a } @took;
	note sprintf('%s: a run of %.2f s, cancelled %d times, at most %.0f ms', $strategy, $time, scalar @took, 1000 * ($most // 0));
	cmp_ok(scalar @took, '>=', 2, "$strategy: runs were cancelled in the middle");
	cmp_ok($most // 0, '<=', $bound, "$strategy: a run gives way to a cancel");
	is($node->safe_psql('postgres', $state), $before, "$strategy: nothing of the cancelled runs is left") if @took == 5;
}

$node->stop;
done_testing();
