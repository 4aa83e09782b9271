# Reconcile.pm - what the TAP tests share: a node with the extension, and files to import.
package Reconcile;
use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_node write_orders write_settlement write_bank import_all run_parallel);

# new_node: a started server of its own, with the extension in database postgres and one shop and account.
sub new_node
{
	my ($name, $conf) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '--locale=C.UTF-8', '-E', 'UTF8' ]);
	$node->append_conf('postgresql.conf', "max_connections = 60\ntimezone = 'UTC'\n" . ($conf // ''));
	$node->start;
	$node->safe_psql('postgres',
		"CREATE EXTENSION reconcile;
		 SELECT reconcile.add_shop('US', 'amazon', 'USD', 'UTC');
		 SELECT reconcile.add_account('bank', 'USD');");
	return $node;
}

sub write_file
{
	my ($path, @lines) = @_;
	open my $file, '>', $path or die "$path: $!";
	print $file map { "$_\n" } @lines;
	close $file;
	chmod 0644, $path;
	return $path;
}

sub amount_of { my $i = shift; return 1000 + ($i * 7919) % 50000; }
sub money { return sprintf('%.2f', shift() / 100); }

# write_orders PATH, N: orders O00001 .. of January 2026.
sub write_orders
{
	my ($path, $count) = @_;
	return write_file($path, 'order_no,ordered_at,currency,total',
		map { sprintf('O%05d,2026-01-%02d 10:00:00,USD,%s', $_, 1 + $_ % 28, money(amount_of($_))) } 1 .. $count);
}

# write_settlement PATH, N: an Amazon settlement of the same orders, a principal and a commission each; every 50th order is missing.
sub write_settlement
{
	my ($path, $count) = @_;
	my @header = qw(settlement-id settlement-start-date settlement-end-date deposit-date total-amount currency transaction-type order-id
	  merchant-order-id adjustment-id shipment-id marketplace-name amount-type amount-description amount fulfillment-id posted-date posted-date-time
	  order-item-code merchant-order-item-id merchant-adjustment-item-id sku quantity-purchased promotion-id);
	my (@lines, $total);

	foreach my $i (grep { $_ % 50 } 1 .. $count)
	{
		my @parts = ([ 'ItemPrice', 'Principal', amount_of($i) ], [ 'ItemFees', 'Commission', -int(amount_of($i) / 10) ]);

		foreach my $part (@parts)
		{
			my $day = sprintf('2026-02-%02d', 1 + $i % 28);

			$total += $part->[2];
			push @lines, join("\t", '77', '', '', '', '', 'USD', 'Order', sprintf('O%05d', $i), '', '', "S$i", 'amazon.com', $part->[0], $part->[1],
				money($part->[2]), 'AFN', "$day 00:00:00 UTC", "$day 08:00:00 UTC", 9000000 + $i, '', '', "SKU$i", 1, '');
		}
	}
	return write_file($path, join("\t", @header),
		join("\t", '77', '2026-02-01 00:00:00 UTC', '2026-02-28 23:59:59 UTC', '2026-03-02 00:00:00 UTC', money($total), 'USD', ('') x 18), @lines);
}

# write_bank PATH, N: bank lines, the first answering the settlement of write_settlement(.., N).
sub write_bank
{
	my ($path, $count) = @_;
	my $total = 0;

	$total += amount_of($_) - int(amount_of($_) / 10) foreach grep { $_ % 50 } 1 .. $count;
	return write_file($path, 'date,amount,currency,narrative,reference',
		'2026-03-04,' . money($total) . ',USD,AMAZON PAYMENTS 77,77',
		map { sprintf('2026-03-%02d,%s,USD,transfer %d,T%d', 1 + $_ % 28, money(100 + $_), $_, $_) } 1 .. $count);
}

# import_all NODE, DIRECTORY, N: writes and imports all three files.
sub import_all
{
	my ($node, $directory, $count) = @_;
	my $orders = write_orders("$directory/orders.csv", $count);
	my $settlement = write_settlement("$directory/settlement.txt", $count);
	my $bank = write_bank("$directory/bank.csv", $count);

	return $node->safe_psql('postgres',
		"SELECT status, rows_imported FROM reconcile.import_file('$orders', shop => 'US');
		 SELECT status, rows_imported FROM reconcile.import_file('$settlement', shop => 'US');
		 SELECT status, rows_imported FROM reconcile.import_file('$bank', 'bank_csv', account => 'bank');");
}

# run_parallel NODE, COUNT, SQL: the statement in so many sessions at once; returns [stdout, stderr] of each.
sub run_parallel
{
	my ($node, $count, $sql) = @_;
	my (@handles, @outputs);

	foreach my $i (0 .. $count - 1)
	{
		my ($out, $err) = ('', '');

		$outputs[$i] = [ \$out, \$err ];
		push @handles, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ], '<', \'', '>', \$out, '2>', \$err,
			IPC::Run::timeout(300));
	}
	$_->finish foreach @handles;
	return map { my ($out, $err) = map { $$_ } @$_; chomp($out, $err); [ $out, $err ] } @outputs;
}

1;
