/*
 * test_engine.c - rules one after another, and what must hold whatever the items are: order, unrelated items, sign and scale change
 * nothing; rejected pairs never meet; memory that fails and a wish to stop are survived.
 */
#include "matching.h"

#define FIXTURE "../shared/fixtures/matching/rahulpaul-07__recon-engine/datasets/02-small/"

static void
rules_in_order(void)
{
	Item		items[] = {
		/* the key decides before the amount does */
		LEFT_ITEM(1, 100, 10, "A"), RIGHT_ITEM(11, 100, 11, "A"), LEFT_ITEM(2, 100, 10, "B"), RIGHT_ITEM(12, 100, 11, "X"),
		/* a suggestion of the first rule does not keep the item from a match of a later one */
		LEFT_ITEM(3, 500, 10, "PAY-000003"), RIGHT_ITEM(13, 500, 11,.text = "PAY-0000"), RIGHT_ITEM(14, 77, 11, "PAY-000003"),
	};
	const RcRule rules[] = {
		{.strategy = RC_STRATEGY_KEY},
		{.strategy = RC_STRATEGY_REFERENCE,.right_keyset = -1,.search_right_text = true},
		{.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.has_lag_max = true,.lag_max = 3},
	};

	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 7,.rules = rules,.rule_count = 3},
			 "key 1=11\ntruncated 3=13\nwindow 2=12\n");
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 7}, "");
	run_case(__FILE__, __LINE__, &(Case) {.items = items,.item_count = 0,.rules = rules,.rule_count = 3}, "");
}

static void
wrong_rules(void)
{
	Item		items[] = {LEFT_ITEM(1, 100, 10, "A")};
	const RcRule wrong[] = {
		{.strategy = RC_STRATEGY_KEY,.right_keyset = -1},
		{.strategy = RC_STRATEGY_KEY,.right_keyset = 2},
		{.strategy = (RcStrategy) 99},
		{.strategy = RC_STRATEGY_REFERENCE},
		{.strategy = RC_STRATEGY_REFERENCE,.left_keyset = -1,.search_right_text = true},
		{.strategy = RC_STRATEGY_KEY,.amount_tolerance = -1},
	};
	static char text[CASE_TEXT];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_INT(run_once(&(Case) {.items = items,.item_count = 1,.rules = &wrong[i],.rule_count = 1}, items, CENT, text),
				  RC_BAD_VALUE);
}

/* The smallest units of currencies without and with three decimals. */
static void
scales(void)
{
	Item		items[] = {
		LEFT_ITEM(1, 1500, 10, "A",.currency = 3), RIGHT_ITEM(11, 1500, 11, "A",.currency = 3),
		LEFT_ITEM(2, 1499, 10, "B",.currency = 4), RIGHT_ITEM(12, 1500, 11, "B",.currency = 4),
	};
	const RcRule rule = {.strategy = RC_STRATEGY_KEY};
	const int64_t units[] = {RC_MICRO, RC_MICRO / 1000, RC_MICRO / 100000};
	static char text[CASE_TEXT];

	for (size_t i = 0; i < 3; i++)
	{
		CHECK_INT(run_once(&(Case) {.items = items,.item_count = 4,.rules = &rule,.rule_count = 1}, items, units[i], text), RC_OK);
		CHECK(strcmp(text, "key 1=11\nL2 amount -1 R12\n") == 0);
	}
}

/* --- random cases --- */

#define RANDOM_ITEMS 40
#define RANDOM_CASES 3000
#define ALL_BUT_SCORE 5			/* what score makes of an item depends on all the others: it learns from them */
#define ALL_STRATEGIES 6

static const char *const keys[] = {"KEY-00001", "KEY-00002", "KEY-00003", "KEY-00004", "KEY-00005", "KEY-00006", "key-00001", NULL};
static const char *const texts[] = {
	"paid KEY-00001", "KEY-00001 KEY-00002", "KEY 00003", "KEY0000", "nothing", "KEY-00004 KEY-00005 KEY-00006", "Y00006 x", NULL
};

static void
random_items(Item *items, size_t count, uint64_t *state, bool few_amounts)
{
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	x = next_random(state);

		memset(&items[i], 0, sizeof(Item));
		items[i].side = (x & 1) != 0 ? RC_RIGHT : RC_LEFT;
		items[i].id = 1 + (int64_t) i;
		items[i].amount = few_amounts ? (int64_t) (x >> 1) % 7 * 50 - 100 : (int64_t) ((x >> 1) % 1000000);
		items[i].date = (x >> 30) % 11 == 0 ? RC_NO_DATE : few_amounts ? (int32_t) ((x >> 34) % 10) : (int32_t) (i * 3);
		items[i].key = keys[(x >> 38) % 8];
		items[i].second_key = keys[(x >> 41) % 8];
		items[i].text = texts[(x >> 44) % 8];
		items[i].currency = 1 + (x >> 47) % 8 / 7;
		items[i].other_compare = (x >> 50) % 16 == 0;
		items[i].compare = (x >> 54) % 2 == 0 ? 0 : items[i].amount / 2;
		items[i].inactive = (x >> 55) % 16 == 0;
	}
}

/* Rules of the first so many strategies. */
static int
random_rules(RcRule *rules, uint64_t *state, int strategies)
{
	uint64_t	x = next_random(state);
	int			count = 1 + (int) (x % 3);

	for (int i = 0; i < count; i++)
	{
		x = next_random(state);
		rules[i] = (RcRule) {
			.rule_id = i,.strategy = (RcStrategy) ((x >> 16) % (uint64_t) strategies),.left_keyset = (int) (x >> 2 & 1),.right_keyset = (int) (x >> 3 & 1),
			.search_right_text = true,.search_left_text = (x >> 4) % 2 == 0,.amount_tolerance = (x >> 5) % 4 == 0 ? 50 * CENT : 0,
			.percent_tolerance = (x >> 7) % 4 == 0 ? 20000 : 0,.has_lag_min = (x >> 9) % 2,.has_lag_max = (x >> 10) % 2,
			.lag_min = -2,.lag_max = 4,.suggest_only = (x >> 11) % 8 == 0,.partial = (x >> 14) % 2
		};
	}
	return count;
}

/* No rejected pair in a match or suggestion, no item in two suggestions, no sides empty. */
static void
check_promises(const Case *c, const Item *items)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result;
	unsigned char suggested[2][RANDOM_ITEMS + 1] = {{0}};

	for (size_t i = 0; i < c->item_count; i++)
		add_item(pool, &items[i], CENT, &status);
	if (rc_engine_run(pool, c->rules, c->rule_count, c->rejections, c->rejection_count, &result, &status) != RC_OK)
		CHECK(false);
	for (uint64_t m = 0; m < result.match_count; m++)
	{
		const RcMatch *match = &result.matches[m];
		const RcRule *rule = &c->rules[match->rule];

		/* What cancels itself has one side; the sums that one item may be share items, as they exclude each other. */
		bool		shares = match->evidence >= RC_EVIDENCE_SUBSET_RUN && match->evidence <= RC_EVIDENCE_SUBSET_ANY;

		if (match->evidence == RC_EVIDENCE_NET)
			CHECK((match->left_count == 0) != (match->right_count == 0));
		else
			CHECK(match->left_count > 0 && match->right_count > 0);
		CHECK_INT(match->difference, match->left_sum - match->right_sum);
		if (!match->suggestion && match->evidence == RC_EVIDENCE_WINDOW && rule->has_lag_max)
			CHECK(match->lag_high <= rule->lag_max);
		if (!match->suggestion && match->lag_low != RC_NO_DATE && rule->has_lag_min)
			CHECK(match->lag_low >= rule->lag_min);
		for (uint64_t l = 0; l < match->left_count; l++)
		{
			int64_t		left = rc_pool_item_id(pool, RC_LEFT, result.items[match->first_left + l].index);

			if (match->suggestion && !shares)
				CHECK_INT(suggested[RC_LEFT][left]++, 0);
			for (uint64_t r = 0; r < match->right_count; r++)
			{
				int64_t		right = rc_pool_item_id(pool, RC_RIGHT, result.items[match->first_right + r].index);

				for (size_t n = 0; n < c->rejection_count; n++)
					CHECK(!(c->rejections[n].left_item_id == left && c->rejections[n].right_item_id == right));
			}
		}
		for (uint64_t r = 0; r < match->right_count && match->suggestion && !shares; r++)
			CHECK_INT(suggested[RC_RIGHT][rc_pool_item_id(pool, RC_RIGHT, result.items[match->first_right + r].index)]++, 0);
	}
	rc_result_free(pool, &result);
	rc_pool_free(pool);
}

static void
random_cases(void)
{
	static char text[CASE_TEXT],
				other[CASE_TEXT];
	uint64_t	state = 20240229;
	unsigned long found = 0;

	for (int n = 0; n < RANDOM_CASES; n++)
	{
		Item		items[RANDOM_ITEMS + 3];
		RcRule		rules[3];
		RcRejection rejections[6];
		size_t		count = next_random(&state) % RANDOM_ITEMS + 1;
		Case		c = {.items = items,.item_count = count,.rules = rules,.rule_count = random_rules(rules, &state, ALL_BUT_SCORE)};
		unsigned long failed = unit_failed;

		random_items(items, count, &state, true);
		if (n % 2 == 0)
		{
			c.rejections = rejections;
			c.rejection_count = 6;
			for (int i = 0; i < 6; i++)
				rejections[i] = (RcRejection) {1 + (int64_t) (next_random(&state) % count), 1 + (int64_t) (next_random(&state) % count)};
		}
		CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
		found += text[0] != 0;
		check_promises(&c, items);

		/* order */
		for (int i = 0; i < 2; i++)
		{
			shuffle(items, count, &state);
			run_once(&c, items, CENT, other);
			CHECK(strcmp(text, other) == 0);
			UNIT_NOTE(failed, "shuffled case %d\n%s---\n%s", n, text, other);
		}
		/* items of another currency without keys of ours */
		for (int i = 0; i < 3; i++)
			items[count + (size_t) i] = (Item) {.side = i == 1 ? RC_RIGHT : RC_LEFT,.id = -10 - i,.amount = 100 + i * 1000,.date = 3,.key = "OTHER",
				.text = "nothing of ours",.currency = 77};
		items[count + 1].key = "ANOTHER";
		c.item_count = count + 3;
		run_once(&c, items, CENT, other);
		CHECK(strcmp(text, other) == 0);
		c.item_count = count;
		/* scale */
		for (int i = 0; i < c.rule_count; i++)
			rules[i].amount_tolerance *= 1000;
		run_once(&c, items, 1000 * CENT, other);
		CHECK(strcmp(text, other) == 0);
		UNIT_NOTE(failed, "random case %d\n%s---\n%s", n, text, other);
	}
	CHECK(found > RANDOM_CASES / 2);
}

/* Takes the amounts out of a result: what follows a colon, and numbers that stand alone. */
static void
strip_amounts(char *text)
{
	char	   *out = text;

	for (const char *p = text; *p != 0;)
	{
		size_t		digits = strspn(p + 1 + (p[1] == '-'), "0123456789");

		if (*p == ':' || (*p == ' ' && digits > 0 && strchr(" \n", p[1 + (p[1] == '-') + digits]) != NULL))
			p += 1 + (p[1] == '-') + digits;
		else
			*out++ = *p++;
	}
	*out = 0;
}

static void
negated_cases(void)
{
	static char text[CASE_TEXT],
				other[CASE_TEXT];
	uint64_t	state = 7;

	for (int n = 0; n < RANDOM_CASES; n++)
	{
		Item		items[RANDOM_ITEMS];
		RcRule		rules[3];
		Case		c = {.items = items,.item_count = RANDOM_ITEMS,.rules = rules,.rule_count = random_rules(rules, &state, ALL_BUT_SCORE)};
		unsigned long failed = unit_failed;

		random_items(items, RANDOM_ITEMS, &state, false);
		for (int i = 0; i < c.rule_count; i++)
			rules[i].amount_tolerance = rules[i].percent_tolerance = 0;
		/*
		 * No two of one date, for among those the amount decides, and its order is turned round; no fees, for they go with the pair of the
		 * smallest amount.
		 */
		for (int i = 0; i < RANDOM_ITEMS; i++)
		{
			items[i].date = 3 * (i * 7 % RANDOM_ITEMS);
			items[i].other_compare = false;
		}
		/* some that agree */
		for (int i = 0; i + 1 < RANDOM_ITEMS; i += 4)
		{
			items[i + 1].amount = items[i].amount;
			items[i + 1].side = items[i].side == RC_LEFT ? RC_RIGHT : RC_LEFT;
			items[i + 1].key = items[i].key;
		}
		CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
		for (int i = 0; i < RANDOM_ITEMS; i++)
		{
			items[i].amount = -items[i].amount;
			items[i].compare = -items[i].compare;
		}
		run_once(&c, items, CENT, other);
		strip_amounts(text);
		strip_amounts(other);
		CHECK(strcmp(text, other) == 0);
		UNIT_NOTE(failed, "negated case %d\n%s---\n%s", n, text, other);
	}
}

/* Lines in order, so that two results can be compared with one of both together. */
static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
sort_lines(char *text)
{
	static char copy[2 * CASE_TEXT];
	char	   *lines[4 * RANDOM_ITEMS * 4];
	size_t		count = 0;
	char	   *out = text;

	strcpy(copy, text);
	for (char *line = strtok(copy, "\n"); line != NULL && count < sizeof(lines) / sizeof(lines[0]); line = strtok(NULL, "\n"))
		lines[count++] = line;
	qsort(lines, count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < count; i++)
		out += sprintf(out, "%s\n", lines[i]);
	*out = 0;
}

/* Two sets of items that have neither currency nor key in common: both together give what either gives. */
static void
divided_cases(void)
{
	static char apart[2 * CASE_TEXT],
				together[2 * CASE_TEXT];
	static const char *const other_keys[] = {"REF.70001", "REF.70002", "REF.70003", "REF.70004", "REF.70005", "REF.70006", "ref.70001", NULL};
	static const char *const other_texts[] = {
		"fuer REF.70001", "REF.70001 REF.70002", "REF 70003", "REF7000", "sonst", "REF.70004 REF.70005 REF.70006", "F70006 z", NULL
	};
	uint64_t	state = 4711;

	for (int n = 0; n < RANDOM_CASES; n++)
	{
		Item		items[2 * RANDOM_ITEMS];
		RcRule		rules[3];
		Case		c = {.items = items,.rules = rules,.rule_count = random_rules(rules, &state, ALL_BUT_SCORE)};
		size_t		count = 1 + next_random(&state) % RANDOM_ITEMS;
		unsigned long failed = unit_failed;

		random_items(items, count, &state, true);
		random_items(items + count, count, &state, true);
		for (size_t i = count; i < 2 * count; i++)
		{
			items[i].id += 1000;
			items[i].currency += 10;
			for (int k = 0; k < 8; k++)
			{
				if (items[i].key != NULL && items[i].key == keys[k])
				{
					items[i].key = other_keys[k];
					break;
				}
			}
			for (int k = 0; k < 8; k++)
			{
				if (items[i].second_key != NULL && items[i].second_key == keys[k])
				{
					items[i].second_key = other_keys[k];
					break;
				}
			}
			for (int k = 0; k < 8; k++)
			{
				if (items[i].text != NULL && items[i].text == texts[k])
				{
					items[i].text = other_texts[k];
					break;
				}
			}
		}
		c.item_count = 2 * count;
		CHECK_INT(run_once(&c, items, CENT, together), RC_OK);
		c.item_count = count;
		run_once(&c, items, CENT, apart);
		run_once(&c, items + count, CENT, apart + strlen(apart));
		sort_lines(apart);
		sort_lines(together);
		CHECK(strcmp(apart, together) == 0);
		UNIT_NOTE(failed, "divided case %d\n%s---\n%s", n, apart, together);
	}
}

/* With score among the rules: the order of the items changes nothing, and so does another unit of money. */
static void
scored_cases(void)
{
	static char text[CASE_TEXT],
				other[CASE_TEXT];
	uint64_t	state = 99;

	for (int n = 0; n < RANDOM_CASES / 3; n++)
	{
		Item		items[RANDOM_ITEMS];
		RcRule		rules[3];
		Case		c = {.items = items,.item_count = RANDOM_ITEMS,.rules = rules,.rule_count = random_rules(rules, &state, ALL_STRATEGIES)};
		unsigned long failed = unit_failed;

		rules[n % c.rule_count].strategy = RC_STRATEGY_SCORE;
		random_items(items, RANDOM_ITEMS, &state, n % 2 == 0);
		CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
		check_promises(&c, items);
		shuffle(items, RANDOM_ITEMS, &state);
		run_once(&c, items, CENT, other);
		CHECK(strcmp(text, other) == 0);
		for (int i = 0; i < c.rule_count; i++)
			rules[i].amount_tolerance *= 100;
		run_once(&c, items, 100 * CENT, other);
		CHECK(strcmp(text, other) == 0);
		UNIT_NOTE(failed, "scored case %d\n%s---\n%s", n, text, other);
	}
}

/* --- memory and stopping --- */

typedef struct Trouble
{
	long		until_failure;
	long		live;			/* pieces not yet given back */
	long		until_stop;
} Trouble;

static void *
trouble_resize(void *context, void *pointer, size_t size)
{
	Trouble    *trouble = context;
	void	   *result;

	if (trouble->until_failure-- == 0)
	{
		trouble->until_failure = 0;
		return NULL;
	}
	result = realloc(pointer, size);
	if (pointer == NULL && result != NULL)
		trouble->live++;
	return result;
}

static void *
trouble_allocate(void *context, size_t size)
{
	return trouble_resize(context, NULL, size);
}

static void
trouble_release(void *context, void *pointer)
{
	if (pointer != NULL)
		((Trouble *) context)->live--;
	free(pointer);
}

static bool
trouble_stop(void *context)
{
	Trouble    *trouble = context;

	if (trouble->until_stop < 0)
		return false;
	return trouble->until_stop-- == 0;
}

/* The whole way from an empty pool; everything is given back, whatever happens. */
static RcCode
whole_way(Trouble *trouble, const Case *c)
{
	const RcAllocator allocator = {trouble_allocate, trouble_resize, trouble_release, trouble, trouble_stop};
	RcPool	   *pool = rc_pool_create(&allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result = {0};
	RcCode		code = pool == NULL ? RC_NO_MEMORY : RC_OK;

	for (size_t i = 0; i < c->item_count && code == RC_OK; i++)
		code = add_item(pool, &c->items[i], CENT, &status);
	if (code == RC_OK)
		code = rc_engine_run(pool, c->rules, c->rule_count, c->rejections, c->rejection_count, &result, &status);
	if (pool != NULL)
		rc_result_free(pool, &result);
	rc_pool_free(pool);
	CHECK_INT(trouble->live, 0);
	return code;
}

static void
memory_fails_everywhere(void)
{
	static Item items[3000];
	const RcRule rules[] = {
		{.strategy = RC_STRATEGY_REFERENCE,.search_right_text = true,.search_left_text = true},
		{.strategy = RC_STRATEGY_KEY,.partial = true,.right_keyset = 1},
		{.strategy = RC_STRATEGY_WINDOW},
	};
	const RcRejection rejections[] = {{1, 2}, {3, 4}, {5, 6}};
	const Case	c = {.items = items,.item_count = 60,.rules = rules,.rule_count = 3,.rejections = rejections,.rejection_count = 3};
	Case		large = c;
	uint64_t	state = 3;
	long		failures = 0;
	RcCode		code;

	random_items(items, 60, &state, true);
	shuffle(items, 60, &state);
	for (;; failures++)
	{
		Trouble		trouble = {.until_failure = failures,.until_stop = -1};

		code = whole_way(&trouble, &c);
		if (code != RC_NO_MEMORY)
			break;
	}
	CHECK_INT(code, RC_OK);
	CHECK(failures > 60);

	random_items(items, 3000, &state, true);
	large.item_count = 3000;
	for (long stop = 0;; stop++)
	{
		Trouble		trouble = {.until_failure = -1,.until_stop = stop};

		code = whole_way(&trouble, &large);
		if (code != RC_STOPPED)
			break;
		CHECK(stop < 10000);
	}
	CHECK_INT(code, RC_OK);
}

/* --- a real set --- */

static int32_t
days(const char *date)
{
	int			y = atoi(date),
				m = atoi(date + 5),
				d = atoi(date + 8);

	y -= m <= 2;
	return (int32_t) (365 * y + y / 4 - y / 100 + y / 400 + (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 730426);
}

typedef struct Table
{
	char		cell[128][12][160];
	size_t		rows;
} Table;

static bool
read_table(const char *name, Table *table)
{
	char		path[256];
	char		line[1024];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s%s", FIXTURE, name);
	file = fopen(path, "r");
	memset(table, 0, sizeof(*table));
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL && table->rows < 128)
	{
		size_t		column = 0,
					length = 0;
		bool		quoted = false;

		for (const char *p = line; *p != 0 && *p != '\n' && *p != '\r' && column < 12; p++)
		{
			if (*p == '"')
				quoted = !quoted;
			else if (*p == ',' && !quoted)
			{
				column++;
				length = 0;
			}
			else if (length < 159)
				table->cell[table->rows][column][length++] = *p;
		}
		table->rows++;
	}
	fclose(file);
	return true;
}

/* The number in an identifier such as pay_000123. */
static int64_t
number_of(const char *id)
{
	return atoll(id + strcspn(id, "0123456789"));
}

static void
real_set(void)
{
	static Table ledger,
				gateway,
				settlements,
				bank,
				truth;
	static Item items[256];
	static char text[CASE_TEXT];
	size_t		count = 0;
	size_t		pairs = 0;
	const RcRule key = {.strategy = RC_STRATEGY_KEY,.partial = false};
	const RcRule chain[] = {
		{.strategy = RC_STRATEGY_REFERENCE,.right_keyset = -1,.search_right_text = true,.minimum_reference = 6},
		{.strategy = RC_STRATEGY_WINDOW,.left_keyset = -1,.right_keyset = -1,.has_lag_min = true,.has_lag_max = true,.lag_max = 3},
	};

	if (!read_table("ledger.csv", &ledger) || !read_table("gateway.csv", &gateway) || !read_table("settlements.csv", &settlements) ||
		!read_table("bank.csv", &bank) || !read_table("ground_truth.csv", &truth))
	{
		printf("skipped: no fixtures\n");
		return;
	}

	/* Orders against what the gateway says became of them: each with its own payment, refunds left over. */
	for (size_t r = 1; r < ledger.rows; r++)
		items[count++] = (Item) LEFT_ITEM(number_of(ledger.cell[r][0]), atoll(ledger.cell[r][1]), days(ledger.cell[r][3]),
										  ledger.cell[r][0]);
	for (size_t r = 1; r < gateway.rows; r++)
	{
		if (strcmp(gateway.cell[r][10], "failed") != 0 && strcmp(gateway.cell[r][10], "voided") != 0)
			items[count++] = (Item) RIGHT_ITEM(number_of(gateway.cell[r][0]), atoll(gateway.cell[r][3]), days(gateway.cell[r][7]),
											   gateway.cell[r][2]);
	}
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = count,.rules = &key,.rule_count = 1}, items, CENT, text), RC_OK);
	for (size_t o = 1; o < ledger.rows; o++)
	{
		for (size_t r = 1; r < gateway.rows; r++)
		{
			char		line[80];

			if (strcmp(gateway.cell[r][2], ledger.cell[o][0]) != 0 || strcmp(gateway.cell[r][1], "payment") != 0 ||
				strcmp(gateway.cell[r][10], "failed") == 0 || strcmp(gateway.cell[r][10], "voided") == 0)
				continue;
			snprintf(line, sizeof(line), " %" PRId64 "=%" PRId64 "\n", number_of(ledger.cell[o][0]), number_of(gateway.cell[r][0]));
			CHECK(strstr(text, line) != NULL);
			pairs++;
			for (size_t t = 1; t < truth.rows; t++)
			{
				if (strcmp(truth.cell[t][0], ledger.cell[o][0]) == 0 && truth.cell[t][3][0] != 0)
					CHECK_TEXT(truth.cell[t][3], strlen(truth.cell[t][3]), gateway.cell[r][0]);
			}
		}
	}
	CHECK(pairs > 40);
	for (const char *p = text; (p = strchr(p, '=')) != NULL; p++)
		pairs--;
	CHECK_INT(pairs, 0);

	/* Settlements against the bank: by reference, what is left by amount. */
	count = 0;
	for (size_t r = 1; r < settlements.rows; r++)
		items[count++] = (Item) LEFT_ITEM(number_of(settlements.cell[r][0]), atoll(settlements.cell[r][3]), days(settlements.cell[r][2]),
										  settlements.cell[r][4]);
	for (size_t r = 1; r < bank.rows; r++)
		items[count++] = (Item) RIGHT_ITEM(number_of(bank.cell[r][0]), atoll(bank.cell[r][3]) - atoll(bank.cell[r][4]),
										   days(bank.cell[r][1]),.text = bank.cell[r][2]);
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = count,.rules = chain,.rule_count = 2}, items, CENT, text), RC_OK);
	for (size_t s = 1; s < settlements.rows; s++)
	{
		for (size_t b = 1; b < bank.rows; b++)
		{
			bool		pair = strcmp(bank.cell[b][6], settlements.cell[s][4]) == 0;
			char		line[80];

			for (size_t t = 1; t < truth.rows; t++)
				pair |= strcmp(truth.cell[t][0], bank.cell[b][0]) == 0 && strcmp(truth.cell[t][3], settlements.cell[s][0]) == 0;
			if (!pair)
				continue;
			snprintf(line, sizeof(line), " %" PRId64 "=%" PRId64 "\n", number_of(settlements.cell[s][0]), number_of(bank.cell[b][0]));
			CHECK(strstr(text, line) != NULL);
			pairs++;
		}
	}
	CHECK_INT(pairs, 15);
	for (const char *p = text; (p = strchr(p, '=')) != NULL; p++)
		pairs--;
	CHECK_INT(pairs, 0);
	CHECK(strchr(text, '?') == NULL);
}

int
main(void)
{
	rules_in_order();
	wrong_rules();
	scales();
	random_cases();
	negated_cases();
	divided_cases();
	scored_cases();
	memory_fails_everywhere();
	real_set();
	return unit_done();
}
