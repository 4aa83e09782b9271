/*
 * generate.c - writes the benchmark's files: `generate orders N` an orders_csv of N orders, `generate settlement N` an Amazon settlement
 * (V2) of 2 N lines for them; with a third argument they are the orders from that number on. The same arguments give the same bytes.
 *
 * Each order has a principal and a commission. Planted: of 200 orders one is not settled (its lines name an order nobody knows), one is
 * settled 1.00 short, one looks like its neighbour (same amount, same day); the rest agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdu;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53u;
	return x ^ (x >> 33);
}

static void
order_number(char *buffer, size_t size, uint64_t order)
{
	/* The first part is a permutation of 0 .. 10^7 - 1, so that no two orders share a number. */
	snprintf(buffer, size, "114-%07" PRIu64 "-%07" PRIu64, (order * 48271 + 11) % 10000000, mix(order) % 10000000);
}

static int64_t
cents_of(uint64_t order)
{
	return 500 + (int64_t) (mix(order / 200 * 200 + (order % 200 == 17 ? 18 : order % 200)) % 49500);
}

static int64_t
principal_of(uint64_t order)
{
	return cents_of(order) - (order % 200 == 7 ? 100 : 0);
}

static void
day_of(char *buffer, size_t size, uint64_t order, uint64_t count, int delay)
{
	int			day = (int) (order * 150 / count) + delay;	/* 0 .. 159 from 1 January 2026 */
	static const int months[] = {31, 28, 31, 30, 31, 30, 31};
	int			month = 0;

	while (day >= months[month])
		day -= months[month++];
	snprintf(buffer, size, "2026-%02d-%02d", month + 1, day + 1);
}

static void
print_cents(char *buffer, size_t size, int64_t cents)
{
	int64_t		magnitude = cents < 0 ? -cents : cents;

	snprintf(buffer, size, "%s%" PRId64 ".%02" PRId64, cents < 0 ? "-" : "", magnitude / 100, magnitude % 100);
}

static void
write_orders(uint64_t count, uint64_t first)
{
	puts("order_no,ordered_at,currency,total,status,sku,quantity,unit_price");
	for (uint64_t order = first; order < first + count; order++)
	{
		char		number[40],
					day[32],
					amount[32];

		order_number(number, sizeof(number), order);
		day_of(day, sizeof(day), order - first, count, 0);
		print_cents(amount, sizeof(amount), cents_of(order));
		printf("%s,%s %02d:%02d:00,USD,%s,shipped,SKU-%" PRIu64 ",1,%s\n", number, day, (int) (order % 24), (int) (order % 60), amount,
			   order % 5000, amount);
	}
}

static void
write_settlement(uint64_t count, uint64_t first)
{
	int64_t		total = 0;
	char		amount[32];
	uint64_t	step = 7919;

	while (count % step == 0)
		step += 2;
	for (uint64_t order = first; order < first + count; order++)
		total += principal_of(order) - principal_of(order) * 12 / 100;
	print_cents(amount, sizeof(amount), total);
	puts("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\t"
		 "merchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t"
		 "posted-date-time\torder-item-code\tmerchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tpromotion-id");
	printf("%" PRIu64 "\t2026-01-01 00:00:00 UTC\t2026-06-30 23:59:59 UTC\t2026-07-02 00:00:00 UTC\t%s\tUSD\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n", UINT64_C(28471003921) + first, amount);
	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t	order = first + (i * step + 3) % count;
		int64_t		principal = principal_of(order);
		char		number[40],
					day[32];

		order_number(number, sizeof(number), order);
		if (order % 200 == 3)
			number[0] = '9';	/* 914-...: an order nobody knows */
		day_of(day, sizeof(day), order - first, count, 1 + (int) (order % 5));
		for (int line = 0; line < 2; line++)
		{
			print_cents(amount, sizeof(amount), line == 0 ? principal : -(principal * 12 / 100));
			printf("%" PRIu64 "\t\t\t\t\tUSD\tOrder\t%s\t\t\tD%08" PRIX64 "\tamazon.com\t%s\t%s\t%s\tAFN\t%s 00:00:00 UTC\t%s %02d:14:22 UTC\t5%010" PRIu64
				   "\t\t\tSKU-%" PRIu64 "\t1\t\n", UINT64_C(28471003921) + first, number, mix(order) & 0xffffffff, line == 0 ? "ItemPrice" : "ItemFees",
				   line == 0 ? "Principal" : "Commission", amount, day, day, (int) (order % 24), order, order % 5000);
		}
	}
}

int
main(int argc, char **argv)
{
	uint64_t	count = argc == 3 || argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t	first = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;

	if (count == 0 || first + count > 10000000)
	{
		fprintf(stderr, "usage: generate orders|settlement N [FIRST]   (FIRST + N up to 10,000,000)\n");
		return 2;
	}
	if (strcmp(argv[1], "orders") == 0)
		write_orders(count, first);
	else if (strcmp(argv[1], "settlement") == 0)
		write_settlement(count, first);
	else
		return 2;
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
