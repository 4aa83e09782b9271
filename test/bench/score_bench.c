/*
 * score_bench.c - how right strategy `score` is on the public set of bank transfers, and how long it takes.
 *
 *	score_bench [copies [directory]]
 *
 * With a directory the set is written there too, as left.csv and right.csv: id, days since
 * 2000, cents, memo, partner.
 *
 * With copies the set is made wider, in the same four months: each copy keeps the lag and the distortions of a pair, but moves it to another
 * day and multiplies its amounts; in two of three copies the letters and digits of the memos are moved along, so that each text
 * still occurs in a third of the copies.
 */
#include <time.h>
#include "../unit/scoring.h"

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

#define DAYS 128
#define MAX_ID 1000000

static Transfer
copy_of(const Transfer *original, int copy, uint64_t pair, int32_t left_date, int32_t first_date)
{
	Transfer	t = *original;
	double		factor = 0.5 + 1.5 * (double) (mix(pair * 64 + (uint64_t) copy) >> 11) / 9007199254740992.0;
	int			shift = copy % 3;

	t.id += copy * INT64_C(1000000);
	if (t.partner != 0)
		t.partner += copy * INT64_C(1000000);
	if (copy > 0)
	{
		t.amount = (int64_t) ((double) t.amount * factor + 0.5);
		t.date += first_date - left_date + (int32_t) (mix(pair * 64 + (uint64_t) copy + 32) % DAYS);
	}
	for (char *c = t.memo; *c != 0; c++)
	{
		if (*c >= 'A' && *c <= 'Z')
			*c = (char) ('A' + (*c - 'A' + 7 * shift) % 26);
		else if (*c >= '0' && *c <= '9')
			*c = (char) ('0' + (*c - '0' + 3 * shift) % 10);
	}
	return t;
}

static void
widen(Transfers *set, int copies)
{
	int32_t		first_date = INT32_MAX;
	int32_t    *left_date = calloc(MAX_ID, sizeof(int32_t));
	Transfers	wide = {.count = {set->count[0] * (size_t) copies, set->count[1] * (size_t) copies},.pairs = set->pairs * (size_t) copies};

	for (size_t n = 0; n < set->count[0]; n++)
	{
		if (set->item[0][n].date < first_date)
			first_date = set->item[0][n].date;
	}
	/* The right one's number stands for the pair. */
	for (size_t n = 0; n < set->count[0]; n++)
	{
		if (set->item[0][n].partner >= 0 && set->item[0][n].partner < MAX_ID)
			left_date[set->item[0][n].partner] = set->item[0][n].date;
	}
	for (int side = 0; side < 2; side++)
	{
		wide.item[side] = malloc(wide.count[side] * sizeof(Transfer));
		for (int copy = 0; copy < copies; copy++)
		{
			for (size_t n = 0; n < set->count[side]; n++)
			{
				const Transfer *t = &set->item[side][n];
				int64_t		pair = side == 0 && t->partner != 0 ? t->partner : t->id;

				wide.item[side][(size_t) copy * set->count[side] + n] = copy_of(t, copy, (uint64_t) pair, left_date[pair], first_date);
			}
		}
	}
	free(left_date);
	free_transfers(set);
	*set = wide;
	qsort(set->item[0], set->count[0], sizeof(Transfer), by_id);
}

static void
write_side(const Transfers *set, int side, const char *directory)
{
	char		path[1024];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s.csv", directory, side == 0 ? "left" : "right");
	file = fopen(path, "w");
	if (file == NULL)
	{
		perror(path);
		exit(1);
	}
	for (size_t n = 0; n < set->count[side]; n++)
	{
		const Transfer *t = &set->item[side][n];

		fprintf(file, "%lld,%d,%lld,\"", (long long) t->id, t->date, (long long) t->amount);
		for (const char *c = t->memo; *c != 0; c++)
			fprintf(file, *c == '"' ? "\"\"" : "%c", *c);
		fprintf(file, "\",%lld\n", (long long) t->partner);
	}
	fclose(file);
}

static double
used(void)
{
	return (double) clock() / CLOCKS_PER_SEC;
}

int
main(int argc, char **argv)
{
	int			copies = argc > 1 ? atoi(argv[1]) : 1;
	const RcRule rule = {.strategy = RC_STRATEGY_SCORE,.left_keyset = -1,.right_keyset = -1};
	Transfers	set;
	RcPool	   *pool;
	RcResult	result;
	RcStatus	status = {0};
	double		before;
	Grade		g;

	if (!load_transfers(&set))
	{
		printf("skipped: no fixtures\n");
		return 0;
	}
	if (copies > 1)
		widen(&set, copies);
	for (int side = 0; side < 2 && argc > 2; side++)
		write_side(&set, side, argv[2]);
	pool = transfer_pool(&set, false);
	before = used();
	if (rc_engine_run(pool, &rule, 1, NULL, 0, &result, &status) != RC_OK)
	{
		fprintf(stderr, "failed: %s\n", status.message);
		return 1;
	}
	printf("%zu x %zu: %.2f s of processor time\n", set.count[0], set.count[1], used() - before);
	g = grade(&set, pool, &result);
	printf("matches: %zu right, %zu wrong, precision %.4f, recall %.4f, F1 %.4f\n", g.right, g.wrong, g.precision, g.recall, g.f1);
	printf("suggestions: %zu right, %zu wrong; F1 with them %.4f\n", g.suggested_right, g.suggested_wrong, g.f1_all);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	free_transfers(&set);
	return 0;
}
