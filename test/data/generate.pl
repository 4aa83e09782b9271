#!/usr/bin/perl
# generate.pl - writes orders.csv, alipay-bill.csv and bank.csv: June 2026 of a made-up shop, with planted cases.
#
#   perl test/data/generate.pl [DIRECTORY]
#
# The same run gives the same bytes: the numbers come from the small generator below, not from rand(). Amounts are cents (fen).
# Planted orders carry serial numbers from 901; README.md says what each of them must give.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use File::Basename qw(dirname);

my $directory = $ARGV[0] // dirname(__FILE__);
my $account = '20880000123456780156';    # the wallet: a made-up partner number and 156 for CNY
my $last_settled = 29;                    # the bill ends before 30 June 00:00

# Park and Miller's generator: exact in 64-bit integers on every machine.
my $state = 20260601;
sub pick { my ($n) = @_; $state = $state * 48271 % 2147483647; return $state % $n; }

sub money { my ($cents) = @_; my $sign = $cents < 0 ? '-' : ''; $cents = abs $cents; return sprintf('%s%d.%02d', $sign, $cents / 100, $cents % 100); }
sub fee_of { my ($cents) = @_; return int(($cents * 6 + 500) / 1000); }    # 0.6 %, half up
sub day { my ($d) = @_; return $d <= 30 ? sprintf('2026-06-%02d', $d) : sprintf('2026-07-%02d', $d - 30); }
sub clock { my ($seconds) = @_; return sprintf('%02d:%02d:%02d', $seconds / 3600, $seconds / 60 % 60, $seconds % 60); }

my @goods = (
	['TEA-100', '龙井茶 100克', 6800], ['TEA-250', '龙井茶 250克', 15800], ['CUP-01', '青瓷茶杯', 3990], ['CUP-02', '青瓷茶杯 对装', 7580],
	['POT-01', '紫砂壶', 26800], ['POT-02', '玻璃茶壶', 8900], ['TRAY-1', '竹制茶盘', 12900], ['CAN-01', '茶叶罐', 4550],
	['SET-01', '喆选茶具套装', 39900], ['BAG-10', '茶包 10枚', 1990], ['FILT-1', '茶滤', 1280], ['GIFT-1', '囍字礼盒', 21600]);
my @family = qw(赵 钱 孙 李 周 吴 郑 王);
my @given = qw(样例 示范 虚构 假名);

my (@orders, @trades);
my $serial = 0;

# An order of a day; lines are [sku index, quantity]. Returns it.
sub order {
	my ($day, $number, $lines, %more) = @_;
	my $seconds = $more{at} // (8 * 3600 + pick(14 * 3600));
	my $goods = 0;
	$goods += $goods[ $_->[0] ][2] * $_->[1] for @$lines;
	my $shipping = $more{shipping} // ($goods < 9900 ? 800 : 0);
	my $discount = $more{discount} // 0;
	$serial++;
	my $order = {
		no => sprintf('TB2606%02d%03d', $day, $number), day => $day, at => $seconds, lines => $lines, shipping => $shipping, discount => $discount,
		total => $goods + $shipping - $discount, status => $more{status} // 'completed',
		name => $family[ $serial % @family ] . $given[ $serial / @family % @given ],
		# no telephone number begins with 100
		phone => sprintf('100%08d', $serial), address => sprintf('示例省样例市测试路%d号', $serial),
	};
	push @orders, $order;
	return $order;
}

# A row of the bill.
sub trade {
	my ($order_no, $type, $day, $seconds, $cents, $fee, %more) = @_;
	my $no = $more{trade} // sprintf('202606%02d22001%09d%06d', $day, pick(1_000_000_000), pick(1_000_000));
	push @trades, { trade => $no, order => $order_no, type => $type, day => $day, at => $seconds, cents => $cents, fee => $fee,
		goods => $more{goods} // '', buyer => $more{buyer} // '**(100******00)', request => $more{request} // '', note => $more{note} // '', coupon => $more{coupon} // 0 };
	return $trades[-1];
}

sub settle {
	my ($order, %more) = @_;
	my $cents = $more{cents} // $order->{total};
	return trade($order->{no}, '交易', $order->{day}, $order->{at} + 20 + pick(40), $cents, $more{fee} // fee_of($cents),
		goods => $goods[ $order->{lines}[0][0] ][1], buyer => '**' . substr($order->{name}, -1) . '(100******' . substr($order->{phone}, -2) . ')', coupon => $more{coupon});
}

sub refund {
	my ($trade, $day, $cents, $request) = @_;
	return trade($trade->{order}, '退款', $day, 15 * 3600 + pick(3600), -$cents, 0, trade => $trade->{trade}, goods => $trade->{goods}, buyer => $trade->{buyer},
		request => $request, note => '退货退款');
}

# ---- ordinary orders -------------------------------------------------------------------------------------------------

for my $day (1 .. 30) {
	for my $number (1 .. ($day == 30 ? 4 : 6 + pick(2))) {
		my @lines = ([ pick(scalar @goods), 1 + pick(2) ]);
		if (pick(4) == 0) {
			my $other = pick(scalar @goods);
			push @lines, [ $other, 1 ] if $other != $lines[0][0];
		}
		my $order = order($day, $number, \@lines, discount => pick(8) == 0 ? 500 : 0, status => $day == 30 ? 'paid' : 'completed');
		# what the platform gives the buyer does not lessen what the merchant receives
		settle($order, coupon => pick(10) == 0 ? 200 : 0) if $day <= $last_settled;
	}
}

# ---- planted orders --------------------------------------------------------------------------------------------------

# partial refund: one cup of two came broken
my $partial = settle(order(5, 901, [ [ 2, 2 ], [ 4, 1 ] ], at => 36000));
refund($partial, 9, 3990, 'R26060901');

# full refund
my $full = settle(order(11, 902, [ [ 6, 1 ] ], at => 40000));
refund($full, 14, 12900, 'R26061401');

# never settled, and older than the agreed delay
order(8, 903, [ [ 8, 1 ] ], at => 50000);

# cancelled before payment
order(10, 904, [ [ 7, 2 ] ], at => 52000, status => 'cancelled');

# fee charged at 1.0 % instead of 0.6 %
my $dear = order(13, 905, [ [ 4, 1 ] ], at => 54000);
settle($dear, fee => 268);

# settled 10.00 short
my $short = order(20, 906, [ [ 11, 1 ] ], at => 55000);
settle($short, cents => $short->{total} - 1000);

# the same trade line twice in the bill, and paid twice
my $twice = settle(order(16, 907, [ [ 5, 1 ], [ 10, 1 ] ], at => 56000));
push @trades, {%$twice};

# a settled order that is not ours
trade('TB260617908', '交易', 17, 58000, 7700, fee_of(7700), goods => '青瓷茶杯', buyer => '**名(100******77)');

# ---- orders.csv ------------------------------------------------------------------------------------------------------

sub csv { return join(',', map { /[",\n]/ ? '"' . s/"/""/gr . '"' : $_ } @_) . "\n"; }

sub write_file {
	my ($name, $encoding, $text) = @_;
	open my $file, '>:raw', "$directory/$name" or die "$directory/$name: $!\n";
	print $file encode($encoding, $text, Encode::FB_CROAK);
	close $file or die "$directory/$name: $!\n";
}

@orders = sort { $a->{day} <=> $b->{day} || $a->{at} <=> $b->{at} || $a->{no} cmp $b->{no} } @orders;
my $text = csv(qw(order_no ordered_at currency total status sku quantity unit_price shipping discount tax buyer_name buyer_phone ship_address));
for my $o (@orders) {
	$text .= csv($o->{no}, day($o->{day}) . ' ' . clock($o->{at}), 'CNY', money($o->{total}), $o->{status}, $goods[ $_->[0] ][0], $_->[1],
		money($goods[ $_->[0] ][2]), money($o->{shipping}), money($o->{discount}), '0.00', $o->{name}, $o->{phone}, $o->{address}) for @{ $o->{lines} };
}
write_file('orders.csv', 'UTF-8', $text);

# ---- alipay-bill.csv -------------------------------------------------------------------------------------------------

@trades = sort { $a->{day} <=> $b->{day} || $a->{at} <=> $b->{at} || $a->{trade} cmp $b->{trade} } @trades;
my (%net, %count, %sum);
$text = "#支付宝业务明细查询\n#账号：[$account]\n#起始日期：[2026年06月01日 00:00:00]   终止日期：[2026年06月30日 00:00:00]\n";
$text .= '#-----------------------------------------业务明细列表----------------------------------------' . "\n";
$text .= join(',', qw(支付宝交易号 商户订单号 业务类型 商品名称 创建时间 完成时间 门店编号 门店名称 操作员 终端号 对方账户 订单金额（元） 商家实收（元）
		支付宝红包（元） 集分宝（元） 支付宝优惠（元） 商家优惠（元） 券核销金额（元） 券名称 商家红包消费金额（元） 卡消费金额（元） 退款批次号/请求号
		服务费（元） 分润（元） 备注)) . "\n";
for my $t (@trades) {
	my $created = day($t->{day}) . ' ' . clock($t->{at} - 15);
	$text .= join(',', "$t->{trade}\t", "$t->{order}\t", "$t->{type}\t", $t->{goods}, $created, day($t->{day}) . ' ' . clock($t->{at}), "\t", "\t", "\t", "\t",
		"$t->{buyer}\t", money($t->{cents}), money($t->{cents}), money($t->{coupon} // 0), '0.00', '0.00', '0.00', '0.00', '', "0.00\t", '0.00', "$t->{request}\t",
		money($t->{fee}), '0.00', $t->{note}) . "\n";
	$net{ $t->{day} } += $t->{cents} - $t->{fee};
	$count{ $t->{type} }++;
	$sum{ $t->{type} } += $t->{cents};
}
$text .= '#-----------------------------------------业务明细列表结束------------------------------------' . "\n";
$text .= sprintf("#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元\n", $count{'交易'}, money($sum{'交易'}));
$text .= sprintf("#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共0.00元\n", $count{'退款'}, money($sum{'退款'}));
write_file('alipay-bill.csv', 'gbk', $text);

# ---- bank.csv --------------------------------------------------------------------------------------------------------

# What a settlement day paid arrives the next day; over the holiday of 19 to 21 June the bank books on the 22nd.
my @lines;
my $platform = '支付宝（中国）网络技术有限公司';
for my $settled (1 .. $last_settled) {
	my $booked = $settled + 1;
	next if $booked > 29;    # the statement ends on 29 June: the payout of the 30th is still on its way
	$booked = 22 if $booked >= 19 && $booked <= 21;
	my $reference = sprintf('%s202606%02d', $account, $settled);
	my $narrative = "支付宝结算款 $reference";
	if ($settled == 7) {
		# the bank cut the reference into groups
		$narrative = '支付宝结算款 ' . join(' ', $reference =~ /(.{1,8})/g);
	}
	elsif ($settled == 23) {
		# the bank's field was too short: the head of the reference is lost
		$narrative = substr($reference, 10) . ' 支付宝结算';
	}
	push @lines, [ $booked, $net{$settled}, $narrative, $platform, sprintf('SN2606%02d%04d', $booked, 1000 + $settled) ];
}
push @lines, [ 1, -1200000, '六月房租', '样例物业管理有限公司', '' ], [ 15, -2650000, '代发工资', '', '' ],
	# genuine twins: two prepayments of the same amount on one day
	[ 12, -100000, '预存运费', '示例速递有限公司', '' ], [ 12, -100000, '预存运费', '示例速递有限公司', '' ],
	[ 18, 88800, '往来款', '虚构贸易商行', '' ], [ 21, 3127, '存款利息', '', '' ], [ 25, -46350, '电费', '示例供电公司', '' ];
my @order = sort { $lines[$a][0] <=> $lines[$b][0] || $a <=> $b } 0 .. $#lines;
@lines = @lines[@order];
my $balance = 5000000;
$text = csv(qw(date amount currency narrative counterparty reference balance));
for my $i (0 .. $#lines) {
	my $l = $lines[$i];
	$balance += $l->[1];
	# the bank prints the balance once a day, on the day's last line
	my $last = $i == $#lines || $lines[ $i + 1 ][0] != $l->[0];
	$text .= csv(day($l->[0]), money($l->[1]), 'CNY', $l->[2], $l->[3], $l->[4], $last ? money($balance) : '');
}
write_file('bank.csv', 'UTF-8', $text);

printf "%d orders, %d order lines, %d bill lines, %d bank lines\n", scalar @orders, scalar(map { @{ $_->{lines} } } @orders), scalar @trades, scalar @lines;
