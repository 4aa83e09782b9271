# Bad input: each kind has its own SQLSTATE, line and column, and nothing is written; what only looks bad comes in as it is. One table of all of it.
use strict;
use warnings;
use Compress::Zlib qw(crc32);
use Compress::Raw::Zlib;
use Encode qw(encode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use POSIX qw(mkfifo);
use Test::More;
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $node = new_node('main', "log_min_error_statement = panic\nlog_min_messages = fatal\n");
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;

# ---- files ----

# bank LINES: a file of format bank_csv.
sub bank { return "date,amount,narrative\n" . join('', map { "$_\n" } @_); }

# amount TEXT, date TEXT: a bank file of one line with that in it.
sub amount { my $text = shift; return bank(qq(2026-01-01,"$text",x)); }
sub date { my $text = shift; return bank("$text,1.00,x"); }

sub orders { return "order_no,ordered_at,currency,total\n" . join('', map { "$_\n" } @_); }

sub utf16 { my ($end, $text) = @_; return encode("UTF-16$end", $text); }

sub deflate { my $stream = Compress::Raw::Zlib::Deflate->new(-WindowBits => -MAX_WBITS(), -AppendOutput => 1); my $out = ''; $stream->deflate(shift, $out); $stream->flush($out); return $out; }

# archive ENTRIES: a ZIP of entries { name, content, ... }: packed (bytes as they are), size, crc and flags say other than the truth; at is where it lies.
sub archive
{
	my ($body, $central) = ('', '');
	foreach my $entry (@_)
	{
		my $packed = $entry->{packed} // $entry->{content};
		my @head = (20, $entry->{flags} // 0, defined $entry->{packed} ? 8 : 0, 0, 0, $entry->{crc} // crc32($entry->{content} // ''), length $packed,
			$entry->{size} // length($entry->{content} // ''), length $entry->{name}, 0);
		my $at = $entry->{at} // length $body;

		$body .= pack('a4 v5 V3 v2', "PK\3\4", @head) . $entry->{name} . $packed unless defined $entry->{at};
		$central .= pack('a4 v6 V3 v5 V2', "PK\1\2", 20, @head, 0, 0, 0, 0, $at) . $entry->{name};
	}
	return $body . $central . pack('a4 v4 V2 v', "PK\5\6", 0, 0, scalar @_, scalar @_, length $central, length $body, 0);
}

# workbook ROWS, STRINGS, PROPERTIES: an Excel workbook.
sub workbook
{
	my ($rows, $strings, $properties) = map { $_ // '' } @_[ 0 .. 2 ];
	my $office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
	return archive(
		{ name => '[Content_Types].xml', content => '<Types/>' },
		{ name => '_rels/.rels', content => "<Relationships><Relationship Id='r' Type='$office/officeDocument' Target='xl/workbook.xml'/></Relationships>" },
		{ name => 'xl/workbook.xml', content => "<workbook xmlns:r='$office'><workbookPr $properties/><sheets><sheet name='a' sheetId='1' r:id='s'/></sheets></workbook>" },
		{ name => 'xl/_rels/workbook.xml.rels', content => "<Relationships><Relationship Id='s' Type='$office/worksheet' Target='s.xml'/>"
			  . "<Relationship Id='t' Type='$office/sharedStrings' Target='t.xml'/><Relationship Id='f' Type='$office/styles' Target='f.xml'/></Relationships>" },
		{ name => 'xl/t.xml', content => $strings =~ /^<!/ ? $strings : "<sst>$strings</sst>" },
		{ name => 'xl/f.xml', content => "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>" },
		{ name => 'xl/s.xml', content => "<worksheet><sheetData>$rows</sheetData></worksheet>" });
}

my $header = "<row r='1'><c t='str'><v>date</v></c><c t='str'><v>amount</v></c><c t='str'><v>narrative</v></c></row>";
sub serial { my ($serial, $properties) = @_; return workbook("$header<row r='2'><c s='1'><v>$serial</v></c><c><v>1</v></c></row>", '', $properties); }

sub ods
{
	return archive({ name => 'mimetype', content => 'application/vnd.oasis.opendocument.spreadsheet' },
		{ name => 'content.xml', content => "<document-content><body><spreadsheet><table name='a'>$_[0]</table></spreadsheet></body></document-content>" });
}
my $ods_header = '<table-row>' . join('', map { "<table-cell><p>$_</p></table-cell>" } qw(date amount narrative)) . '</table-row>';

my $mt940 = ":20:REF\r\n:25:NL1\r\n:28C:1/1\r\n:60F:C260101EUR100,00\r\n:61:2601020102C5,00NTRFX//Y\r\n:86:text\r\n:62F:C260102EUR105,00\r\n-\r\n";
sub camt
{
	my ($space, $more) = @_;
	return "<?xml version='1.0'?>" . ($more // '') . "<Document xmlns='$space'><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>NL1</IBAN></Id></Acct>"
	  . "<Ntry><Amt Ccy='EUR'>5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-01-02</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>";
}
my $camt_space = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.02';

# a character of four bytes of GB18030 that the 64th kilobyte ends within
my $split = "date,amount,narrative\n";
$split .= sprintf("2026-01-01,%d.00,%s\n", 1 + length($split), 'y' x 80) while length($split) < 65536 - 120;
$split .= '2026-01-01,9.00,' . 'z' x (65536 - 2 - length($split) - 16) . "\x95\x32\x82\x36\n";

my $plain = '"fields": {"booked_on": "date", "amount": "amount", "narrative": "narrative"}, "key": "row"';
my %formats = (
	plain => "{$plain}",
	gbk => "{$plain}",
	comma => "{$plain, \"decimal\": \",\"}",
	profile => "{$plain, \"parentheses\": true, \"trailing_sign\": true}",
	total => "{$plain, \"trailer\": [{\"starts\": \"#\", \"regex\": \"^#([0-9]+) rows ([-0-9.]+)\", \"count\": 1, \"sum\": 2, \"of\": \"amount\"}]}");

# ---- the table: name, format, bytes, what must come of it, and a query that must give the next ----
#
# "CODE line/column" is an error; "ok N" rows come in, "rejected REASON@line/column" those that do not,
# "flagged N@line/column" those that a warning tells of. 0 is no place.

my $last = 'SELECT narrative FROM reconcile.bank_line WHERE account_id = $account ORDER BY bank_line_id DESC LIMIT 1';
my $amount_of = 'SELECT amount FROM reconcile.bank_line WHERE account_id = $account';
my $date_of = "SELECT to_char(booked_on, 'YYYY-MM-DD') FROM reconcile.bank_line WHERE account_id = \$account";

my @cases = (
	# Encoding
	[ 'NUL byte', 'bank_csv', bank("2026-01-01,1.00,a\0b"), '22021 2/3' ],
	[ 'overlong C0 80', 'bank_csv', bank("2026-01-01,1.00,a\xC0\x80b"), '22021 2/0' ],
	[ 'surrogate ED A0 80', 'bank_csv', bank("2026-01-01,1.00,a\xED\xA0\x80b"), '22021 2/0' ],
	[ 'above U+10FFFF', 'bank_csv', bank("2026-01-01,1.00,a\xF4\x90\x80\x80b"), '22021 2/0' ],
	[ '2 of 4 bytes of GB18030 at the end', 'gbk', bank("2026-01-01,1.00,\xD6\xD0\xCE\xC4") =~ s/\n\z/\x95\x32/r, '22021 2/3' ],
	[ 'GB18030 character split at a buffer edge', 'gbk', $split, 'ok ' . (() = $split =~ /\n2/g), $last, qr/^z+\xF0\xA0\x80\x80$/ ],
	[ 'GBK FF', 'gbk', bank("2026-01-01,1.00,\xD6\xD0\xFF\xCE\xC4"), '22021 2/0' ],
	[ 'UTF-8 BOM', 'bank_csv', "\xEF\xBB\xBF" . bank('2026-01-01,1.00,x'), 'ok 1' ],
	[ 'BOM mid-file, in a text', 'bank_csv', bank("2026-01-01,1.00,x\xEF\xBB\xBFy"), 'ok 1', $last, "x\xEF\xBB\xBFy" ],
	[ 'BOM mid-file, at the edge of a cell', 'bank_csv', bank('2026-01-01,1.00,x', "\xEF\xBB\xBF2026-01-02,1.00,x"), 'ok 2' ],
	[ 'BOM mid-file, in an amount', 'bank_csv', bank("2026-01-02,1.\xEF\xBB\xBF00,x"), 'RC006 2/2' ],
	[ 'UTF-16LE', 'bank_csv', utf16('LE', bank("2026-01-01,1.00,\x{4E2D}\x{6587}")), 'ok 1', $last, "\xE4\xB8\xAD\xE6\x96\x87" ],
	[ 'UTF-16BE', 'bank_csv', utf16('BE', bank("2026-01-01,1.00,\x{4E2D}\x{6587}")), 'ok 1', $last, "\xE4\xB8\xAD\xE6\x96\x87" ],
	[ 'odd-length UTF-16', 'bank_csv', "\xFF\xFE" . utf16('LE', bank('2026-01-01,1.00,x')) . 'x', '22021 3/1' ],
	[ 'GBK declared as UTF-8', 'bank_csv', bank("2026-01-01,1.00,\xD6\xD0\xCE\xC4"), '22021 2/3', undef, undef, "encoding => 'UTF8'" ],
	[ 'zero-width character in an id', 'orders_csv', orders("A\xE2\x80\x8B1,2026-01-01,USD,1", 'A1,2026-01-01,USD,1'), 'ok 2 flagged 1@2/1' ],
	[ 'bidi character in an id', 'orders_csv', orders('A1,2026-01-01,USD,1', "A\xE2\x80\xAE1,2026-01-01,USD,1", "B\xE2\x81\xA61,2026-01-01,USD,1"), 'ok 3 flagged 2@3/1' ],
	[ 'zero-width character in a text', 'bank_csv', bank("2026-01-01,1.00,A\xE2\x80\x8B1"), 'ok 1' ],

	# CSV
	[ 'lone quote', 'bank_csv', bank('2026-01-01,1.00,"x'), 'RC004 2/3' ],
	[ 'junk after a closing quote', 'bank_csv', bank('2026-01-01,1.00,"x"y'), 'RC004 2/3' ],
	[ '2 MB field', 'bank_csv', bank('2026-01-01,1.00,' . 'x' x (2 << 20)), '54000 2/3' ],
	[ '1,601 columns', 'bank_csv', 'date,amount' . ',x' x 1599 . "\n2026-01-01,1.00\n", '54000 1/1601' ],
	[ 'ragged row', 'bank_csv', bank('2026-01-01,1.00,x', '2026-01-02', '2026-01-03,1.00,x,y'), 'ok 1 rejected ragged@3/2 ragged@4/4' ],
	[ 'mixed CRLF, LF and CR', 'bank_csv', "date,amount,narrative\r\n2026-01-01,1.00,x\n2026-01-02,1.00,x\r2026-01-03,1.00,x\r\n", 'ok 3' ],
	[ 'no final newline', 'bank_csv', bank('2026-01-01,1.00,x') =~ s/\n\z//r, 'ok 1', $last, 'x' ],
	[ 'empty file', 'bank_csv', '', 'RC011 0/0' ],
	[ 'header only', 'bank_csv', bank(), 'ok 0' ],
	[ 'duplicate headers', 'bank_csv', "date,amount,amount\n2026-01-01,1,2\n", 'RC003 1/3' ],
	[ 'wrong delimiter', 'bank_csv', "date~amount~narrative\n2026-01-01~1.00~x\n", 'RC003 0/0' ],
	[ 'truncated last row', 'bank_csv', bank('2026-01-01,1.00,x') . '2026-01-02,1', 'ok 1 rejected ragged@3/3' ],
	[ 'trailer of 2^31 rows', 'total', bank('2026-01-01,1.00,x') . "#2147483648 rows 1.00\n", 'RC005 3/0' ],
	[ 'count that disagrees with the trailer', 'total', bank('2026-01-01,1.00,x') . "#2 rows 1.00\n", 'RC005 3/0' ],
	[ 'total that disagrees with the trailer', 'total', bank('2026-01-01,1.00,x') . "#1 rows 1.01\n", 'RC005 3/0' ],
	[ '\. line', 'plain', bank('2026-01-01,1.00,x', '\.,2,y', '2026-01-01,1.00,\.'), 'ok 2 rejected bad_value@3/1', $last, '\.' ],

	# Amounts
	[ '1,234.56 with a decimal point', 'bank_csv', amount('1,234.56'), 'ok 1', $amount_of, '1234.56' ],
	[ '1.234,56 with a decimal point', 'plain', amount('1.234,56'), 'RC006 2/2' ],
	[ '1.234,56 where the file decides', 'bank_csv', amount('1.234,56'), 'ok 1', $amount_of, '1234.56' ],
	[ '1.234,56 with a decimal comma', 'comma', amount('1.234,56'), 'ok 1', $amount_of, '1234.56' ],
	[ '1,234.56 with a decimal comma', 'comma', amount('1,234.56'), 'RC006 2/2' ],
	[ 'both in one column', 'bank_csv', bank('2026-01-01,"1,234.56",x', '2026-01-01,"1.234,56",y'), 'ok 1 rejected bad_value@3/2' ],
	[ '-0.00', 'bank_csv', amount('-0.00'), 'ok 1', $amount_of, '0.00' ],
	(map { [ $_, 'bank_csv', amount($_), 'RC006 2/2' ] } qw(NaN Infinity -Infinity 1e5 0x1F 1_000 (12.30) 12.30- 0.005), '', '12 30', '1.2.3', '--1', '+', '1e131073'),
	[ 'overflow', 'bank_csv', amount('99999999999999999999'), 'RC006 2/2' ],
	[ 'full width', 'bank_csv', amount("\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93"), 'ok 1', $amount_of, '123.00' ],
	[ '(12.30) per profile', 'profile', amount('(12.30)'), 'ok 1', $amount_of, '-12.30' ],
	[ '12.30- per profile', 'profile', amount('12.30-'), 'ok 1', $amount_of, '-12.30' ],
	[ 'JPY with decimals', 'bank_csv', "date,amount,currency\n2026-01-01,1.50,JPY\n", 'RC006 2/2' ],
	[ 'unknown currency', 'bank_csv', "date,amount,currency\n2026-01-01,1.50,XXY\n", 'RC006 2/3' ],
	[ 'sum overflow', 'bank_csv', bank(('2026-01-01,90000000000000000,x') x 2), '22003 0/0' ],
	[ 'order id 1.23E+17', 'orders_csv', orders('1.23E+17,2026-01-01,USD,1'), 'RC006 2/1' ],

	# Dates
	(map { [ "date $_", 'bank_csv', date($_), 'RC006 2/1' ] } '2026-02-30', '2023-02-29', '0000-00-00', '01/02/2024', 'now', 'today', 'infinity', '2026-01-01 24:00', '5874898-01-01', '60', ''),
	[ 'serial 60', 'bank_csv', serial(60), 'RC006 2/1' ],
	[ 'serial 45351', 'bank_csv', serial(45351), 'ok 1', $date_of, '2024-02-29' ],
	[ '1904 workbook', 'bank_csv', serial(43889, "date1904='1'"), 'ok 1', $date_of, '2024-02-29' ],

	# Identity
	[ 'duplicate id in a file', 'orders_csv', orders('A,2026-01-01,USD,1', 'A,2026-01-01,USD,1'), 'ok 1 known 1' ],
	[ 'duplicate id with another amount', 'orders_csv', orders('A,2026-01-01,USD,1', 'A,2026-01-01,USD,2'), 'ok 1 rejected conflict@3/0' ],
	[ 'ids that differ by case, blank or leading zero', 'orders_csv', orders(map { "$_,2026-01-01,USD,1" } qw(a1 A1 0a1), 'a 1'), 'ok 4' ],
	[ 'empty id', 'orders_csv', orders(',2026-01-01,USD,1'), 'RC006 2/1' ],

	# XLSX, XML, bank
	[ 'billion laughs', undef, workbook("$header", "<!DOCTYPE sst [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]><sst><si><t>&b;</t></si></sst>"), 'RC004 0/0' ],
	[ 'billion laughs in CAMT', undef, camt($camt_space, "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"), 'RC004 1/0' ],
	[ 'external entity', undef, camt($camt_space, "\n<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), 'RC004 2/0' ],
	[ '10,000 nested tags', undef, workbook('<x>' x 10000), 'RC004 0/0' ],
	[ '10,000 nested tags in CAMT', undef, "<Document xmlns='$camt_space'>\n" . '<a>' x 10000, 'RC004 2/0' ],
	[ '1 MB that inflates to 1 GiB', undef, archive({ name => 'a.csv', packed => "\0" x (1 << 20), size => 1 << 30, crc => 0 }), '54000 0/0' ],
	[ 'entry larger than it says', undef, archive({ name => 'a.csv', packed => deflate("date,amount\n" . "2026-01-01,1\n" x 800_000), size => 1000, crc => 0 }), 'RC004 0/0' ],
	[ '100,000 entries', undef, archive(map { { name => "$_", content => '' } } 1 .. 100_000), '54000 0/0' ],
	[ 'entry ../../x', undef, archive({ name => '../../x', content => bank('2026-01-01,1.00,x') }), 'RC004 0/0' ],
	[ 'encrypted entry', undef, archive({ name => 'a.csv', content => bank('2026-01-01,1.00,x'), flags => 1 }), 'RC004 0/0' ],
	[ 'overlapping entries', undef, archive({ name => 'a.csv', content => 'abc' }, { name => 'b.csv', content => 'abc', at => 0 }), 'RC004 0/0' ],
	[ 'wrong CRC', 'bank_csv', archive({ name => 'a.csv', content => bank('2026-01-01,1.00,x'), crc => 1 }), 'RC004 0/0' ],
	[ 'shared-string index -1', 'bank_csv', workbook("$header<row r='2'><c s='1'><v>45351</v></c><c><v>1</v></c><c t='s'><v>-1</v></c></row>"), 'RC004 2/3' ],
	[ 'cell XFD1048577', 'bank_csv', workbook("$header<row r='2'><c r='XFD1048577'><v>1</v></c></row>"), 'RC004 2/0' ],
	[ 'formula cell', 'bank_csv', workbook("$header<row r='2'><c s='1'><v>45351</v></c><c><f>1+1</f><v>3</v></c></row>"), 'ok 1', $amount_of, '3.00' ],
	[ 'formula cell without a value', 'bank_csv', workbook("$header<row r='2'><c s='1'><v>45351</v></c><c><f>1+1</f></c></row>"), '22P02 2/2' ],
	[ 'spreadsheet: formula without a value', 'bank_csv', ods("$ods_header<table-row><table-cell value-type='date' date-value='2024-02-29'/><table-cell formula='of:=1'/></table-row>"), '22P02 2/2' ],
	[ 'spreadsheet: rows repeated without end', 'bank_csv', ods("$ods_header<table-row number-rows-repeated='1048576'><table-cell><p>x</p></table-cell></table-row>"), '54000 2/0' ],
	[ 'an old Excel workbook', undef, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" . "\0" x 2000, 'RC001 0/0' ],
	[ 'MT940 without :61:', undef, $mt940 =~ s/:61:.*?(?=:62F)//sr, 'ok 0' ],
	[ 'MT940 without :62F:', undef, $mt940 =~ s/:62F:.*?\r\n//r, 'RC004 7/0' ],
	[ 'CAMT with a wrong namespace', undef, camt('urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'), 'RC001 1/0' ],
);

# ---- what came of them ----

$node->safe_psql('postgres', join ';', map { "SELECT reconcile.define_format('$_', 'csv', 'bank_line', '$formats{$_}'" . ($_ eq 'gbk' ? ", 'GB18030'" : '') . ')' } sort keys %formats);

sub write_bytes
{
	my ($name, $content) = @_;
	open my $file, '>:raw', "$directory/$name" or die "$name: $!";
	print $file $content;
	close $file;
	chmod 0644, "$directory/$name";
	return "$directory/$name";
}

my $facts = join ' + ', map { "(SELECT count(*) FROM reconcile.$_)" }
  qw(import rejected_row bank_line bank_statement sales_order order_line customer settlement settlement_line payout exception);
my $written = 0;

# outcome CALL: "CODE line/column" of an error, "ok N known N rejected REASON@line/column" else; then the messages.
sub outcome
{
	my ($call, @more) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SELECT import_id AS id, rows_imported, rows_known FROM $call \\gset\n"
		  . "SELECT 'ok ' || :rows_imported || CASE WHEN :rows_known > 0 THEN ' known ' || :rows_known ELSE '' END\n"
		  . "    || coalesce((SELECT ' rejected ' || string_agg(reason_code || '\@' || line_no || '/' || coalesce(column_no, 0), ' ' ORDER BY line_no)\n"
		  . "        FROM reconcile.rejected_row WHERE import_id = :id), '');\nSELECT $facts;\n", extra_params => [ '-At', '-v', 'VERBOSITY=verbose' ], @more);

	if ($status == 0)
	{
		($out, $written) = split /\n/, $out;
		$out .= " flagged $1\@$2/$3" if $err =~ /WARNING:  .*? of (\d+) rows? holds? characters.*?line (\d+), column (\d+)/s;
		return ($out, $err);
	}
	my ($code) = $err =~ /ERROR:  (\w{5}):/;
	my ($line) = $err =~ /DETAIL:  .*?\bline (\d+)/;
	my ($column) = $err =~ /DETAIL:  .*?\bline \d+, column (\d+)/;
	return (sprintf('%s %d/%d', $code // '?', $line // 0, $column // 0), $err);
}

# check_outcome NAME, CALL, EXPECTED: and that an error leaves nothing.
sub check_outcome
{
	my ($name, $call, $expected, @more) = @_;
	my ($got, $err) = outcome($call, @more);

	is($got, $expected, $name) or diag($err);
	is($node->safe_psql('postgres', "SELECT $facts"), $written, "$name: nothing is written") unless $got =~ /^ok/;
	return $err;
}

my %ids;
my $setup = '';
foreach my $number (1 .. @cases)
{
	$setup .= $cases[ $number - 1 ][1] && $cases[ $number - 1 ][1] eq 'orders_csv' ? "SELECT reconcile.add_shop('c$number', 'stripe', 'USD', 'UTC');\n"
	  : "SELECT reconcile.add_account('c$number', 'EUR');\n";
}
@ids{ map { "c$_" } 1 .. @cases } = split /\n/, $node->safe_psql('postgres', $setup);

my $number = 0;
foreach my $case (@cases)
{
	my ($name, $format, $content, $expected, $query, $value, $more) = @$case;
	my $owner = 'c' . ++$number;
	my $path = write_bytes("$owner.dat", $content);

	check_outcome($name, "reconcile.import_file('$path'" . ($format ? ", '$format'" : '') . ', ' . (($format // '') eq 'orders_csv' ? 'shop' : 'account')
		  . " => '$owner'" . ($more ? ", $more" : '') . ')', $expected);
	if ($query)
	{
		my $got = $node->safe_psql('postgres', $query =~ s/\$account/$ids{$owner}/r);
		ref $value ? like($got, $value, "$name: value") : is($got, $value, "$name: value");
	}
	unlink $path;
}

# ---- Files ----

my $good = write_bytes('good.csv', bank('2026-01-01,1.00,x'));
sub import_of { return "reconcile.import_file('$_[0]', 'bank_csv', account => 'bank')"; }

mkfifo("$directory/fifo", 0644) or die;
symlink '/etc/passwd', "$directory/link.csv" or die;
write_bytes('unreadable.csv', bank('2026-01-01,1.00,x'));
chmod 0000, "$directory/unreadable.csv";
check_outcome('FIFO', import_of("$directory/fifo"), 'RC008 0/0');
check_outcome('/dev/zero', import_of('/dev/zero'), 'RC008 0/0');
check_outcome('directory', import_of($directory), 'RC008 0/0');
check_outcome('/proc/self/environ', import_of('/proc/self/environ'), 'RC008 0/0');
check_outcome('missing', import_of("$directory/none.csv"), '58P01 0/0');
check_outcome('unreadable', import_of("$directory/unreadable.csv"), '42501 0/0');
check_outcome('relative path', import_of('good.csv'), '42602 0/0');

mkdir "$directory/inbox";
chmod 0755, "$directory/inbox";
symlink '/etc/passwd', "$directory/inbox/link.csv" or die;
$node->safe_psql('postgres', "ALTER DATABASE postgres SET reconcile.import_directory = '$directory/inbox'");
check_outcome('symlink out of the import directory', import_of('link.csv'), '42501 0/0');
check_outcome('../', import_of('../good.csv'), '42501 0/0');
check_outcome('outside the import directory', import_of($good), '42501 0/0');
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET reconcile.import_directory');

$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA reconcile TO reader; GRANT ALL ON ALL TABLES IN SCHEMA reconcile TO reader;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reconcile TO reader');
check_outcome('role without the right', import_of($good), '42501 0/0', connstr => $node->connstr('postgres') . ' user=reader');

# A field of 1 GB: all but its first bytes are a hole, which nothing gets to.
my $huge = write_bytes('huge.csv', bank('2026-01-01,1.00,') =~ s/\n\z/'x' x (2 << 20)/er);
truncate $huge, 1 << 30 or die;
check_outcome('1 GB field', import_of($huge), '54000 2/3');
unlink $huge;

# The import has read the beginning and waits for a table; the file is cut meanwhile.
my $cut = write_bytes('cut.csv', bank(map { "2026-01-01,$_.00," . 'x' x 200 } 1 .. 20_000));
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE reconcile.bank_line IN EXCLUSIVE MODE');
my $out = '';
my $err = '';
my $import = IPC::Run::start([ 'psql', '-X', '-At', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', 'SELECT * FROM ' . import_of($cut) ], '>', \$out, '2>', \$err);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%import_file%' AND pid <> pg_backend_pid()");
truncate $cut, 1 << 20 or die;
$holder->query_safe('COMMIT');
$holder->quit;
$import->finish;
like($err, qr/ERROR:  RC009:/, 'truncated while read');
is($node->safe_psql('postgres', "SELECT $facts"), $written, 'truncated while read: nothing is written');

# The same file twice is reported and adds nothing; the same ids with other amounts are conflicts, the old ones stay.
is((outcome(import_of($good)))[0], 'ok 1', 'a file');
like((outcome(import_of($good)))[0], qr/^ok 0 known 1$/, 'the same file again');
$node->safe_psql('postgres', "SELECT reconcile.add_shop('twice', 'stripe', 'USD', 'UTC')");
my $first = write_bytes('first.csv', orders('A,2026-01-01,USD,1', 'B,2026-01-01,USD,2'));
my $second = write_bytes('second.csv', orders('A,2026-01-01,USD,1', 'B,2026-01-01,USD,3'));
is((outcome("reconcile.import_file('$first', shop => 'twice')"))[0], 'ok 2', 'two orders');
is((outcome("reconcile.import_file('$second', shop => 'twice')"))[0], 'ok 0 known 1 rejected conflict@3/0', 'one of them with another amount');
is($node->safe_psql('postgres', "SELECT total FROM reconcile.sales_order WHERE order_no = 'B'"), '2.00', 'and the old one is kept');

# ---- SQL and export ----

foreach my $name ('x"; DROP TABLE reconcile.import; --', "x'; DROP TABLE reconcile.import; --", 'n' x 70, "\xE4\xB8\xAD" x 30)
{
	my $quoted = $name =~ s/'/''/gr;
	my $short = substr($name, 0, 20);

	$node->safe_psql('postgres', "SELECT reconcile.add_account('$quoted', 'EUR'); SELECT reconcile.add_shop('$quoted', 'stripe', 'USD', 'UTC')");
	is((outcome("reconcile.import_bytes('date,amount\n2026-01-01,1\n', '$quoted', 'bank_csv', account => '$quoted')"))[0], 'ok 1', "import under the name $short");
	is($node->safe_psql('postgres', "SELECT file_name FROM reconcile.import ORDER BY import_id DESC LIMIT 1"), $name, 'kept whole');
	$node->safe_psql('postgres', "SELECT reconcile.add_report('$quoted', 'reconcile.bank_line'::regclass, '$quoted'); SELECT reconcile.export_csv('$quoted'), reconcile.export_html('$quoted'), reconcile.export_xlsx('$quoted')");
	pass("report under the name $short");
	$node->safe_psql('postgres', "SELECT reconcile.define_format('$quoted', 'csv', 'bank_line', '{\"fields\": {\"booked_on\": \"d\", \"amount\": \"a\"}}'); SELECT reconcile.drop_format('$quoted')");
	pass("format under the name $short");
}

# NULL for every argument: an answer or an error of ours, never one of the server's insides.
my @functions = split /\n/, $node->safe_psql('postgres',
	"SELECT format('%s(%s)', p.oid::regproc, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ') FROM unnest(p.proargtypes) AS t))
	 FROM pg_proc AS p WHERE pronamespace = 'reconcile'::regnamespace AND prokind = 'f' AND prorettype <> 'trigger'::regtype AND pronargs > 0 ORDER BY 1");
cmp_ok(scalar @functions, '>', 50, 'the functions of the extension');
my ($status, $null_out, $null_err) = $node->psql('postgres', join('', map { "BEGIN;\nSELECT $_;\nROLLBACK;\n" } @functions), on_error_stop => 0, extra_params => [ '-At', '-v', 'VERBOSITY=verbose' ]);
my @inside = grep { !/ERROR:  (?:22|RC|42|P0|23|55|0A)/ } $null_err =~ /(psql:.*?ERROR:  .*)/g;
is("@inside", '', 'NULL for every argument of ' . @functions . ' functions');
is($status, 0, 'and the server is there');

$node->stop;
done_testing();
