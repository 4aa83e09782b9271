# Calls that fail leave nothing behind in the session: no memory, no open file.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $node = new_node('main', "log_min_error_statement = panic\nlog_min_messages = fatal\n");
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;
my $calls = 10_000;

sub write_bytes
{
	my ($name, $content) = @_;
	open my $file, '>:raw', "$directory/$name" or die;
	print $file $content;
	close $file;
	return "$directory/$name";
}

$node->safe_psql('postgres', "SELECT reconcile.add_shop('DE', 'amazon', 'EUR', 'Europe/Berlin')");
my $orders = write_orders("$directory/orders.csv", 50);
my $settlement = write_settlement("$directory/good.txt", 60);
my $text = slurp_file($settlement);
(my $wrong = $text) =~ s/^(77\t.*?\t.*?\t.*?\t)[\d.]+/${1}1.00/m;
my $bad_total = write_bytes('total.txt', $wrong);
my $bad_quote = write_bytes('quote.csv', "order_no,ordered_at,currency,total\nA,2026-01-01,USD,\"1.00\"x\nB,2026-01-01,USD,\"2.00\n");
my $bad_bytes = write_bytes('bytes.csv', "order_no,ordered_at,currency,total\nA,2026-01-01,USD,1.00\n\xB6\xA9\xB5");
my $unknown = write_bytes('unknown.csv', "one,two\n1,2\n");

# Broken files of each container: cut short, and a workbook with a byte changed in the middle of what is packed.
my @broken;
foreach my $sample (qw(xlsx/orders.xlsx ods/bank.ods bank/statement.sta bank/report.bai2 bank/checking.ofx bank/card.ofx camt/statement.v8.xml))
{
	my $content = slurp_file("$ENV{RECONCILE_TOP}/test/data/$sample");
	my ($name) = $sample =~ m{([^/]+)$};

	push @broken, [ "cut $name", sprintf("SELECT * FROM reconcile.import_file('%s', shop => 'US', account => 'bank')", write_bytes("cut-$name", substr($content, 0, int(length($content) * 0.7)))) ];
	next unless $sample =~ /xlsx|ods/;
	substr($content, index($content, $sample =~ /ods/ ? 'content.xml' : 'sheet1.xml') + 60, 1) ^= "\x55";
	push @broken, [ "damaged $name", sprintf("SELECT * FROM reconcile.import_file('%s', 'bank_csv', account => 'bank')", write_bytes("damaged-$name", $content)) ];
}

my @kinds = (
	@broken,
	[ 'detect a file that is broken', "SELECT * FROM reconcile.detect_format(pg_read_binary_file('$directory/cut-bank.ods'))" ],
	[ 'no such file', "SELECT * FROM reconcile.import_file('$directory/none.csv', shop => 'US')" ],
	[ 'no known format', "SELECT * FROM reconcile.import_file('$unknown')" ],
	[ 'no shop', "SELECT * FROM reconcile.import_file('$orders')" ],
	[ 'unknown shop', "SELECT * FROM reconcile.import_file('$orders', shop => 'nowhere')" ],
	[ 'wrong control total', "SELECT * FROM reconcile.import_file('$bad_total', shop => 'US')" ],
	[ 'broken quotes', "SELECT * FROM reconcile.import_file('$bad_quote', 'orders_csv', shop => 'US')" ],
	[ 'truncated character', "SELECT * FROM reconcile.import_file('$bad_bytes', 'orders_csv', shop => 'US')" ],
	[ 'unknown report', "SELECT reconcile.export_xlsx('nothing')" ],
	[ 'unknown language', "SELECT reconcile.export_pdf('receivable', '{}', 'xx')" ],
	[ 'csv of an unknown report', "SELECT reconcile.export_csv('nothing')" ],
	[ 'html in an unknown language', "SELECT reconcile.export_html('receivable', '{}', 'xx')" ],
	[ 'a document to no directory', "SELECT reconcile.export_file('$directory/none/x.pdf', 'receivable')" ],
	[ 'a view that fails half way', "SELECT reconcile.export_xlsx('fails')" ],
	[ 'unknown parameter', "SELECT reconcile.export_pdf('receivable', '{\"nonsense\": 1}')" ],
	[ 'unknown reconciliation', "SELECT * FROM reconcile.run('nothing')" ],
	[ 'rule without key', "SELECT reconcile.add_rule('order_bank', 'x', 'key', 1, '{}', '{}')" ],
	[ 'no such match', 'SELECT reconcile.confirm(-1)' ]);

$node->safe_psql('postgres', "CREATE VIEW fails AS SELECT n, 1000 / (40 - n) AS ratio FROM generate_series(1, 60) AS n;
	SELECT reconcile.add_report('fails', 'fails'::regclass, 'Fails')");

foreach my $kind (@kinds)
{
	my ($status, $out, $err) = $node->psql('postgres', $kind->[1], extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	isnt($status, 0, "$kind->[0]: fails");
	unlike($err, qr/ERROR:  XX000|server closed/, "$kind->[0]: with an error of its own (" . (($err =~ /(ERROR:  .*)/)[0] // '') . ')');
}

my $session = $node->background_psql('postgres', on_error_stop => 0, timeout => 700);
my $pid = $session->query('SELECT pg_backend_pid()');

sub usage
{
	my ($memory) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m;
	opendir my $handles, "/proc/$pid/fd" or die "fd: $!";
	# the server keeps the files of its tables open for later: those are not ours
	my $count = grep { !/^\./ && (readlink("/proc/$pid/fd/$_") // '') !~ m{/(base|global|pg_wal|pg_xact)/} } readdir $handles;
	closedir $handles;
	return ($memory, $count);
}

# fail_often N: so many failing calls of each kind in turn, half of them inside subtransactions.
sub fail_often
{
	my $count = shift;
	my @statements = map { $kinds[ $_ % @kinds ][1] } 1 .. $count;
	my $half = int($count / 2);
	my $file = "$directory/calls.sql";

	open my $handle, '>', $file or die;
	print $handle "\\set VERBOSITY terse\n\\set QUIET on\n\\o /dev/null\n";
	print $handle "$_;\n" foreach @statements[ 0 .. $half - 1 ];
	foreach my $statement (@statements[ $half .. $#statements ])
	{
		(my $call = $statement) =~ s/^SELECT /PERFORM /;
		print $handle "DO \$do\$ BEGIN $call; EXCEPTION WHEN OTHERS THEN NULL; END \$do\$;\n";
	}
	print $handle "\\o\n";
	close $handle;
	$session->query("\\i $file");
	$session->{stderr} = '';
	return;
}

fail_often(20 * @kinds);
my ($memory, $files) = usage();
fail_often($calls);
my ($memory_after, $files_after) = usage();
cmp_ok($memory_after - $memory, '<=', 2048, "$calls failing calls: memory grew by " . ($memory_after - $memory) . ' kB');
cmp_ok($files_after, '<=', $files, "$calls failing calls: open files $files before, $files_after after");
is($session->query("SELECT count(*) FROM reconcile.import"), 0, 'and nothing was written');

# Calls that succeed do not pile up either.
my $good = "SELECT length(reconcile.export_pdf('receivable', '{}', 'zh_TW')) > 0, length(reconcile.export_xlsx('receivable')) > 0;";
# Caches and the allocator settle first.
$session->query($good) foreach 1 .. 40;
($memory, $files) = usage();
$session->query($good) foreach 1 .. 100;
($memory_after, $files_after) = usage();
cmp_ok($memory_after - $memory, '<=', 4096, '100 documents: memory grew by ' . ($memory_after - $memory) . ' kB');
cmp_ok($files_after, '<=', $files, "100 documents: open files $files before, $files_after after");

$session->quit;
$node->stop;
done_testing();
