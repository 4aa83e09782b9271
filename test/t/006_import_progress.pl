# An import is seen from another session while it runs, whatever the container, and a cancel ends it at once and leaves nothing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Compress::Raw::Zlib ();
use FindBin;
use Time::HiRes qw(usleep);
use lib $FindBin::RealBin;
use Reconcile;

my $rows = 40_000;
# What an idle machine must keep; where others keep its processors busy, a process that is to be cancelled first has to get one.
my $limit_ms = 100;
my $node = new_node('main');
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;

sub write_bytes
{
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$directory/$name" or die "$name: $!";
	print $file $bytes;
	close $file;
	chmod 0644, "$directory/$name";
	return "$directory/$name";
}

# A ZIP archive of one or more packed entries.
sub zip
{
	my @entries = @_;
	my ($body, $central) = ('', '');

	while (my ($name, $content) = splice @entries, 0, 2)
	{
		my ($deflate) = Compress::Raw::Zlib::Deflate->new(-WindowBits => -Compress::Raw::Zlib::MAX_WBITS(), -Level => 1, -AppendOutput => 1);
		my $packed = '';
		$deflate->deflate($content, $packed);
		$deflate->flush($packed);
		my $shared = pack('v5 V3 v2', 20, 0, 8, 0, 0, Compress::Raw::Zlib::crc32($content), length $packed, length $content, length $name, 0);
		$central .= 'PK' . pack('v2', 0x0201, 20) . $shared . pack('v3 V2', 0, 0, 0, 0, length $body) . $name;
		$body .= 'PK' . pack('v', 0x0403) . $shared . $name . $packed;
	}
	my $count = () = $central =~ /PK\x01\x02/g;
	return $body . $central . 'PK' . pack('v5 V2 v', 0x0605, 0, 0, $count, $count, length $central, length $body, 0);
}

sub amount { my $i = shift; return sprintf '%d.%02d', $i % 900 + 1, $i % 100; }
sub day { my $i = shift; return sprintf '%02d', 1 + $i % 28; }

my $csv = "date,amount,narrative,reference\n" . join('', map { '2026-01-' . day($_) . ',' . amount($_) . ",payment number $_,R$_\n" } 1 .. $rows);
my %files = (csv => write_bytes('bank.csv', $csv), zip => write_bytes('bank.zip', zip('a/bank.csv', $csv)));

# Every text of the workbook is a shared string of its own.
my $sheet = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
  . '<row r="1"><c r="A1" t="inlineStr"><is><t>date</t></is></c><c r="B1" t="inlineStr"><is><t>amount</t></is></c><c r="C1" t="inlineStr"><is><t>narrative</t></is></c></row>'
  . join('', map { '<row r="' . ($_ + 1) . '"><c t="inlineStr"><is><t>2026-01-' . day($_) . '</t></is></c><c><v>' . amount($_) . '</v></c><c t="s"><v>' . ($_ - 1) . '</v></c></row>' } 1 .. $rows)
  . '</sheetData></worksheet>';
my $strings = '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' . join('', map { "<si><t>payment number $_</t></si>" } 1 .. $rows) . '</sst>';
my $office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
$files{xlsx} = write_bytes('bank.xlsx', zip(
	'[Content_Types].xml', '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
	'_rels/.rels', qq{<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="$office/officeDocument" Target="xl/workbook.xml"/></Relationships>},
	'xl/workbook.xml', qq{<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="$office"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>},
	'xl/_rels/workbook.xml.rels', qq{<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="$office/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="$office/sharedStrings" Target="sharedStrings.xml"/></Relationships>},
	'xl/sharedStrings.xml', $strings,
	'xl/worksheets/sheet1.xml', $sheet));

$files{camt} = write_bytes('bank.xml', '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><Othr><Id>1</Id></Othr></Id><Ccy>USD</Ccy></Acct>'
	. join('', map { '<Ntry><Amt Ccy="USD">' . amount($_) . '</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-01-' . day($_) . "</Dt></BookgDt><NtryRef>R$_</NtryRef><AddtlNtryInf>payment $_</AddtlNtryInf></Ntry>" } 1 .. $rows)
	. '</Stmt></BkToCstmrStmt></Document>');
my $cents = 0;
$cents += ($_ % 900 + 1) * 100 + $_ % 100 foreach 1 .. $rows;
$files{mt940} = write_bytes('bank.sta', ":20:X\r\n:25:1\r\n:28C:1/1\r\n:60F:C260101USD0,00\r\n"
	. join('', map { (my $money = amount($_)) =~ tr/./,/; ":61:2601" . day($_) . "C${money}NTRFR$_\r\n:86:payment $_\r\n" } 1 .. $rows)
	. sprintf(":62F:C260128USD%d,%02d\r\n-\r\n", int($cents / 100), $cents % 100));
$files{ofx} = write_bytes('bank.ofx', "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\n\r\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>"
	. join('', map { '<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>202601' . day($_) . '<TRNAMT>' . amount($_) . "<FITID>F$_<NAME>payment $_</STMTTRN>\r\n" } 1 .. $rows)
	. '</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>');

# Waits for another session's import, then so long, looks, cancels it, and waits until its session is idle.
$node->safe_psql('postgres', q{
	CREATE FUNCTION cancel_import(delay_ms integer, OUT seen text, OUT cancelled boolean, OUT ms numeric) LANGUAGE plpgsql AS $$
	DECLARE
		p record;
		began timestamptz;
	BEGIN
		FOR i IN 1 .. 20000 LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT * INTO p FROM reconcile.import_progress;
			EXIT WHEN p.pid IS NOT NULL;
			PERFORM pg_sleep(0.001);
		END LOOP;
		PERFORM pg_sleep(delay_ms / 1000.0);
		PERFORM pg_stat_clear_snapshot();
		SELECT concat_ws(' ', x.file_name, x.phase, CASE WHEN x.bytes_done BETWEEN 0 AND x.bytes_total THEN 'bytes' END, CASE WHEN x.rows BETWEEN 0 AND } . $rows . q{ AND x.rate >= 0 THEN 'rows' END,
			CASE WHEN x.phase <> 'reading' OR x.bytes_done = 0 OR x.estimated_end >= x.started_at THEN 'end' END) INTO seen FROM reconcile.import_progress x WHERE x.pid = p.pid;
		began := clock_timestamp();
		cancelled := pg_cancel_backend(p.pid);
		LOOP
			PERFORM pg_stat_clear_snapshot();
			EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = p.pid AND a.state = 'active');
			PERFORM pg_sleep(0.001);
		END LOOP;
		ms := round(extract(epoch FROM clock_timestamp() - began) * 1000, 1);
	END $$});

my (%phases, @latencies);
foreach my $kind (sort keys %files)
{
	foreach my $delay (0, 60, 250)
	{
		my ($out, $err) = ('', '');
		my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "SELECT rows_imported FROM reconcile.import_file('$files{$kind}', account => 'bank')" ],
			'<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(180));
		my ($seen, $cancelled, $ms) = split /\|/, $node->safe_psql('postgres', "SELECT * FROM cancel_import($delay)");
		$session->finish;

		if ($out ne '')
		{
			# It was done before the cancel came: an import that is too small for this delay.
			$node->safe_psql('postgres', "SELECT reconcile.undo_import(import_id, 'too early') FROM reconcile.import WHERE status = 'imported'");
			note "$kind: done within $delay ms";
			next;
		}
		like($err, qr/canceling statement due to user request/, "$kind, $delay ms: cancelled");
		like($seen, qr/^bank\.\S+ (preparing|reading|building indexes|finishing) bytes rows end$/, "$kind, $delay ms: seen") if $seen ne '';
		$phases{$1}++ if $seen =~ / (preparing|reading|building indexes|finishing) /;
		push @latencies, $ms;
		note "$kind: cancelled after $delay ms while $seen, within $ms ms";
	}
}
@latencies = sort { $a <=> $b } @latencies;
note "cancel: median $latencies[$#latencies / 2] ms, longest $latencies[-1] ms of " . scalar @latencies;
cmp_ok($latencies[ $#latencies / 2 ], '<', $limit_ms, "half of the cancels take less than $limit_ms ms");
cmp_ok($latencies[-1], '<', 20 * $limit_ms, 'none takes long');
ok($phases{reading}, 'imports were seen reading');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM reconcile.bank_line), (SELECT count(*) FROM reconcile.import WHERE status <> \'undone\'), (SELECT count(*) FROM reconcile.import_progress)'),
	'0|0|0', 'nothing is left, and nothing is shown');

# And what is not cancelled comes in.
foreach my $kind (sort keys %files)
{
	is($node->safe_psql('postgres', "SELECT rows_read, rows_imported + rows_known, rows_rejected, status FROM reconcile.import_file('$files{$kind}', account => 'bank')"), "$rows|$rows|0|"
		. ($kind eq 'zip' ? 'known' : 'imported'), "$kind: imported whole");
}
done_testing();
