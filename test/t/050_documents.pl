# Documents read back: the workbook's cells from its XML, the PDF's words with their places, and its picture.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

foreach my $tool (qw(unzip pdftotext pdftoppm pdffonts))
{
	plan skip_all => "skipped: $tool is not here" if system("command -v $tool >/dev/null 2>&1") != 0;
}

my $node = new_node('main', "shared_buffers = 16MB\n");
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;
my $day = "SET reconcile.business_date = '2026-06-30';";

sub query { return $node->safe_psql('postgres', $day . shift); }

sub fails
{
	my ($sql, $expected, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql);

	isnt($status, 0, "$name: fails");
	like($err, $expected, "$name: says why");
	return;
}

sub run_tool
{
	my @command = @_;
	my ($out, $err);

	IPC::Run::run(\@command, '>', \$out, '2>', \$err) or die "@command: $err";
	utf8::decode($out);
	return $out;
}

# The rows of a sheet as hashes column letter => [type, value]; formulas give their cached value.
sub sheet
{
	my ($file, $number) = @_;
	my $xml = run_tool('unzip', '-p', $file, "xl/worksheets/sheet$number.xml");
	my @rows;

	while ($xml =~ m{<row r="(\d+)"[^>]*>(.*?)</row>}gs)
	{
		my ($row, $cells) = ($1, $2);

		while ($cells =~ m{<c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="(\w+)")?(?:/>|>(.*?)</c>)}gs)
		{
			my ($column, $style, $type, $content) = ($1, $2, $3 // 'n', $4 // '');
			my $value = $content =~ m{<(?:v|t)[^>]*>(.*?)</(?:v|t)>}s ? $1 : '';

			$rows[$row]{$column} = { type => $type, value => $value, style => $style, formula => $content =~ /<f>/ ? 1 : 0 };
		}
	}
	return ($xml, @rows);
}

sub formats
{
	my $file = shift;
	my $xml = run_tool('unzip', '-p', $file, 'xl/styles.xml');
	my %codes = (0 => 'General', 1 => '0', 2 => '0.00', 3 => '#,##0', 4 => '#,##0.00', 49 => '@');

	$codes{$1} = $2 while $xml =~ /<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g;
	my ($cells) = $xml =~ m{<cellXfs[^>]*>(.*?)</cellXfs>}s;
	return map { $codes{$_} // $_ } $cells =~ /<xf numFmtId="(\d+)"/g;
}

import_all($node, $directory, 200);
query('SELECT * FROM reconcile.run()');
my $orders = query('SELECT count(*) FROM reconcile.receivable');
is($orders, 200, 'there are orders to show');

# ---- Excel ----
my $xlsx = "$directory/receivable.xlsx";
my $bytes = query("SELECT reconcile.export_file('$xlsx', 'receivable', language => 'zh_TW')");
is(-s $xlsx, $bytes, 'the file has as many bytes as reported');
like(run_tool('unzip', '-t', $xlsx), qr/No errors detected/, 'the workbook is a whole archive');
my ($xml, @rows) = sheet($xlsx, 1);
my @formats = formats($xlsx);
my ($header) = grep { $rows[$_] && ($rows[$_]{B}{value} // '') eq "\x{8A02}\x{55AE}\x{7DE8}\x{865F}" } 1 .. 10;
ok($header, 'the heading is in Traditional Chinese');
my @data = grep { $_ && $_->{B} && $_->{B}{value} =~ /^O\d{5}$/ } @rows;
is(scalar @data, $orders, 'a row an order');
is(scalar(grep { $_->{B}{type} ne 'inlineStr' || $formats[ $_->{B}{style} ] ne '@' } @data), 0, 'order numbers are text');
is(scalar(grep { $_->{E}{type} ne 'n' || $formats[ $_->{E}{style} ] ne '#,##0.00' } @data), 0, 'amounts are numbers with two decimals');
is(scalar(grep { $_->{C}{type} ne 'n' || $formats[ $_->{C}{style} ] !~ /^yyyy\\?-mm\\?-dd$/ } @data), 0, 'dates are dates');
my %place;
foreach my $column (keys %{ $rows[$header] }) { $place{ $rows[$header]{$column}{value} } = $column; }
foreach my $pair ([ 'expected', "\x{61C9}\x{6536}\x{91D1}\x{984D}" ], [ 'outstanding', "\x{672A}\x{6536}\x{9918}\x{984D}" ])
{
	my ($name, $title) = @$pair;
	my $column = $place{$title};
	my $sum = 0;

	ok($column, "column $name is there");
	$sum += $_->{$column}{value} foreach @data;
	is(sprintf('%.2f', $sum), query("SELECT round(sum($name), 2) FROM reconcile.receivable"), "the cells of $name add up to the view");
	my ($total) = grep { $_ && $_->{$column} && $_->{$column}{formula} } @rows;
	is(sprintf('%.2f', $total->{$column}{value}), sprintf('%.2f', $sum), "so does the formula below them");
}
my $first_order = query("SELECT ordered_at::date - date '1899-12-30' FROM reconcile.receivable WHERE order_no = 'O00001'");
my ($first) = grep { $_->{B}{value} eq 'O00001' } @data;
is($first->{C}{value}, $first_order, 'a date has its serial number');
like($xml, qr/state="frozen"/, 'the heading is frozen');
my $last = $header + $orders;
like($xml, qr/<autoFilter ref="A$header:N$last"/, 'the filter covers the rows');
my $statuses = query("SELECT string_agg(DISTINCT reconcile.label('receivable_status.' || status, 'zh_TW'), ',' ORDER BY reconcile.label('receivable_status.' || status, 'zh_TW')) FROM reconcile.receivable");
my %seen = map { my $word = $_->{N}{value}; utf8::encode($word); $word => 1 } @data;
is(join(',', sort keys %seen), join(',', sort split /,/, $statuses), 'statuses are words of the language');
my (undef, @summary) = sheet($xlsx, 2);
my ($grand) = grep { $_ && $_->{A} && $_->{A}{value} eq 'USD' && $_->{C} && $_->{C}{value} eq $orders } @summary;
ok($grand, 'the summary sheet counts all orders');

# More rows than a sheet holds: they go on in the next one.
query(q{
	CREATE VIEW many AS SELECT i::bigint AS n FROM generate_series(1, 1048600) AS i;
	INSERT INTO reconcile.report_definition (name, title, relation) VALUES ('many', 'Many', 'many');
	INSERT INTO reconcile.report_column (report, position, column_name, title, type) VALUES ('many', 1, 'n', 'N', 'integer');
});
my $many = "$directory/many.xlsx";
query("SELECT reconcile.export_file('$many', 'many')");
my $one = run_tool('unzip', '-p', $many, 'xl/worksheets/sheet1.xml');
my $two = run_tool('unzip', '-p', $many, 'xl/worksheets/sheet2.xml');
my @in_one = $one =~ /<row r="(\d+)"/g;
my @in_two = $two =~ m{<v>(\d+)</v>}g;
is($in_one[-1], 1048576, 'a sheet is filled to its last row');
is($in_two[-1], 1048600, 'the last row is on the second sheet');
is((() = $one =~ /<v>/g) + @in_two, 1048600, 'no row is lost');

# ---- PDF ----
my $pdf = "$directory/receivable.pdf";
query("SELECT reconcile.export_file('$pdf', 'receivable')");
my $fonts = run_tool('pdffonts', $pdf);
like($fonts, qr/WenQuanYi\S*\s+.*\syes\s+yes/, 'the font is embedded, only what is used of it');
cmp_ok(-s $pdf, '<', 2_000_000, 'the file is small');
my @pages = split /\f/, run_tool('pdftotext', '-layout', $pdf, '-');
pop @pages if @pages && $pages[-1] !~ /\S/;
cmp_ok(scalar @pages, '>', 4, 'there are several pages');
foreach my $i (0 .. $#pages)
{
	my $of = 'Page ' . ($i + 1) . ' of ' . @pages;

	like($pages[$i], qr/\Q$of\E/, "page $of is numbered");
	like($pages[$i], qr/Order no\..*Outstanding/, 'and has the headings');
}
my $text = join '', @pages;
is((() = $text =~ /\bO\d{5}\b/g) + 0, $orders, 'each order is on paper once');
like($pages[0], qr/As of 2026-06-30/, 'the day of the figures is told');
my $outstanding = query("SELECT to_char(sum(outstanding), 'FM999,999,990.00') FROM reconcile.receivable");
like($pages[0], qr/USD\s+Total\s+200\s.*\Q$outstanding\E/, 'the summary on top has the total');

# Every word lies on the page, none on another; amounts end at one place.
my $boxes = run_tool('pdftotext', '-bbox', $pdf, '-');
my ($outside, $overlaps, %ends) = (0, 0);
foreach my $page ($boxes =~ m{<page [^>]*>(.*?)</page>}gs)
{
	my %lines;

	while ($page =~ m{<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>}g)
	{
		my ($left, $top, $right, $bottom, $word) = ($1, $2, $3, $4, $5);

		$outside++ if $left < 30 || $right > 842 - 30 || $top < 20 || $bottom > 595 - 10;
		push @{ $lines{ sprintf '%.1f', $top } }, [ $left, $right, $word ];
	}
	foreach my $line (values %lines)
	{
		my @words = sort { $a->[0] <=> $b->[0] } @$line;

		foreach my $i (1 .. $#words) { $overlaps++ if $words[$i][0] < $words[ $i - 1 ][1] - 0.1; }
		my @amounts = grep { $_->[2] =~ /^-?[\d,]+\.\d\d$/ } @words;
		if ((grep { $_->[2] =~ /^O\d{5}$/ } @words) && @amounts == 7) { $ends{$_}{ sprintf '%.0f', $amounts[$_][1] }++ foreach 0 .. 6; }
	}
}
is($outside, 0, 'no word lies outside the margins');
is($overlaps, 0, 'no word lies on another');
is(join(' ', map { scalar keys %{ $ends{$_} } } 0 .. 6), '1 1 1 1 1 1 1', 'amounts are aligned to the right');

# The picture: Chinese headings are drawn, not boxes or blanks. A square glyph has few dark points inside, a blank none.
sub darkness
{
	my ($file, $width, $height) = @_;
	my $prefix = "$file-picture";

	system('pdftoppm', '-r', '144', '-gray', '-f', '1', '-l', '1', '-x', '60', '-y', '60', '-W', $width, '-H', $height, $file, $prefix) == 0 or die;
	my ($picture) = glob "$prefix*.pgm";
	my $content = slurp_file($picture);
	unlink $picture;
	$content =~ s/^P5\s+\d+\s+\d+\s+\d+\s//s or die;
	return scalar grep { $_ < 100 } unpack 'C*', $content;
}
my @dark;
foreach my $language (qw(zh_TW zh_CN))
{
	my $file = "$directory/$language.pdf";

	query("SELECT reconcile.export_file('$file', 'receivable', language => '$language')");
	push @dark, darkness($file, 260, 50);
	cmp_ok($dark[-1], '>', 1500, "$language: the title is drawn");
	my $page = run_tool('pdftotext', '-layout', '-f', '1', '-l', '1', $file, '-');
	utf8::encode($page);
	foreach my $key (qw(title.receivable column.expected column.banked document.total))
	{
		my $word = query("SELECT reconcile.label('$key', '$language')");
		like($page, qr/\Q$word\E/, "$language: $key is there");
	}
}
cmp_ok($dark[0], '>', $dark[1], 'the Traditional title has more strokes than the Simplified one');

# Twice the same rows: the same bytes, but for the time of making.
my $again = "$directory/again.pdf";
query("SELECT reconcile.export_file('$again', 'receivable', parameters => '{\"limit\": 20}')");
my $once = slurp_file($again);
query("SELECT reconcile.export_file('$again', 'receivable', parameters => '{\"limit\": 20, \"overwrite\": true}')");
my $twice = slurp_file($again);
s/\/CreationDate[^\n]*//, s/Generated on[^\n]*// foreach $once, $twice;
# The time also stands in the pages, which are packed: it may pack a few bytes shorter or longer.
cmp_ok(abs(length($once) - length($twice)), '<=', 32, 'two documents of the same rows are alike');

# ---- Files on the server ----
my $csv = "$directory/match.csv";
query("SELECT reconcile.export_file('$csv', 'match')");
my $written = slurp_file($csv);
is(substr($written, 0, 3), "\xEF\xBB\xBF", 'a CSV file begins with a byte-order mark');
is((() = $written =~ /\r\n/g) - 1, query('SELECT count(*) FROM reconcile.match'), 'a line a match');
fails("SELECT reconcile.export_file('$csv', 'exception')", qr/exists/, 'an existing file');
is(slurp_file($csv), $written, 'and is left as it was');
query("SELECT reconcile.export_file('$csv', 'exception', parameters => '{\"overwrite\": true}')");
isnt(slurp_file($csv), $written, 'overwritten when asked to');
symlink $csv, "$directory/link.csv" or die;
fails("SELECT reconcile.export_file('$directory/link.csv', 'match', parameters => '{\"overwrite\": true}')", qr/not a regular file/, 'a symbolic link');
query("CREATE VIEW failing AS SELECT 1 / (900 - i) AS n FROM generate_series(1, 1000) AS i;
	INSERT INTO reconcile.report_definition (name, title, relation) VALUES ('failing', 'Failing', 'failing');
	INSERT INTO reconcile.report_column (report, position, column_name, title, type) VALUES ('failing', 1, 'n', 'N', 'integer');");
foreach my $format (qw(xlsx pdf csv html))
{
	fails("SELECT reconcile.export_file('$directory/failing.$format', 'failing')", qr/division by zero/, "$format: an error in mid-document");
	is(join(' ', glob("$directory/failing*")), '', "$format: leaves no file");
}
query("CREATE ROLE analyst LOGIN; SELECT reconcile.grant_profile('analyst', 'analyst'); REVOKE SELECT ON reconcile.match FROM analyst;");
fails("SET ROLE analyst; SELECT reconcile.export_file('$directory/analyst.csv', 'match')", qr/permission denied to write a file/, 'a role that may not write files');
fails("SET ROLE analyst; SELECT reconcile.export_csv('match')", qr/permission denied for view match/, 'a role that may not read the view');
query('GRANT SELECT ON reconcile.match TO analyst');
cmp_ok($node->safe_psql('postgres', "SET ROLE analyst; SELECT length(reconcile.export_csv('match'))"), '>', 100, 'with the right it gets the document');
fails("SET reconcile.pdf_font = '/etc/passwd'; SELECT reconcile.export_pdf('match')", qr/not a usable TrueType font/, 'a font that is none');
fails("SET ROLE analyst; SELECT length(reconcile.export_csv('match')); SET reconcile.pdf_font = '/etc/passwd'", qr/permission denied/, 'the font is for superusers to set');
my (undef, $length) = $node->psql('postgres', "SET ROLE analyst; SET reconcile.pdf_font = '/etc/passwd'; SELECT length(reconcile.export_pdf('match'))");
cmp_ok($length, '>', 1000, 'also before the library is loaded: then the attempt has no effect');

# ---- Large documents: memory and cancelling ----
query(q{
	CREATE VIEW wide AS SELECT i::bigint AS n, 'order ' || i AS a, 'USD' AS currency, i * 1.37 AS amount, date '2024-01-01' + i % 366 AS day, repeat('long text ', 10) AS note
	FROM generate_series(1, 100000) AS i;
	INSERT INTO reconcile.report_definition (name, title, relation) VALUES ('wide', 'Wide', 'wide');
	INSERT INTO reconcile.report_column (report, position, column_name, title, type, total, wrap) VALUES ('wide', 1, 'n', 'N', 'text', false, false),
		('wide', 2, 'a', 'A', 'text', false, false), ('wide', 3, 'currency', 'C', 'text', false, false), ('wide', 4, 'amount', 'M', 'amount', true, false),
		('wide', 5, 'day', 'D', 'date', false, false), ('wide', 6, 'note', 'T', 'text', false, true);
});
query(q{CREATE FUNCTION milliseconds_late(format text, after integer) RETURNS integer LANGUAGE plpgsql AS $$
	DECLARE begun timestamptz := clock_timestamp();
	BEGIN
		BEGIN
			EXECUTE format('SELECT length(reconcile.export_%s(''wide''))', format);
		EXCEPTION WHEN query_canceled THEN
			NULL;
		END;
		RETURN extract(epoch FROM clock_timestamp() - begun) * 1000 - after;
	END $$});
my %cancelled;
foreach my $format (qw(xlsx pdf))
{
	my $file = "$directory/wide.$format";
	my $begun = time;
	my $peak = query("SELECT reconcile.export_file('$file', 'wide'); SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s*(\\d+)'))[1]::bigint / 1024");
	my ($megabytes) = $peak =~ /(\d+)\s*$/;

	note(sprintf '%s of 100,000 rows: %.1f s', $format, time - $begun);
	cmp_ok($megabytes, '<', $format eq 'xlsx' ? 60 : 250, "$format: the memory of 100,000 rows is bounded ($megabytes MB)");
	# Cancelled at every stage, packing included: it is measured in the server how long the cancel took to have an effect.
	my $whole = query("SELECT milliseconds_late('$format', 0)");
	foreach my $tenth (1 .. 9)
	{
		my $timeout = int($whole * $tenth / 10);
		my $late = query("SET statement_timeout = $timeout; SELECT milliseconds_late('$format', $timeout)");

		note("$format: cancelled after $timeout ms, $late ms late");
		$cancelled{$format}++ if $late < 500;
	}
	cmp_ok($cancelled{$format}, '>=', 7, "$format: most of them came in time");
}

$node->stop;
done_testing();
