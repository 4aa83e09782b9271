/*
 * test_score.c - strategy score: pairs that resemble each other, one to one; nothing guessed where several do, or where there is
 * too little to learn from; models learned, stored and taken up again; the public set of bank transfers.
 */
#include "matching.h"
#include "scoring.h"

#define CUSTOMERS 120
#define COUNT (2 * CUSTOMERS)

static const RcRule rule = {.strategy = RC_STRATEGY_SCORE,.left_keyset = -1,.right_keyset = -1};

/* Invoices of many customers and the payments for them: a fee of about 2 %, two or three days later, texts cut or with a word more. */
static void
make_payments(Item *items, char texts[][64])
{
	static const char *const first[] = {"Anna", "Boris", "Clara", "David", "Emma", "Frank", "Grace", "Hugo", "Ida", "Jan"};
	static const char *const second[] = {"Keller", "Lindt", "Moreau", "Novak", "Olsen", "Perez", "Quint", "Rossi", "Smith", "Tanaka", "Urban", "Vogel"};

	for (int i = 0; i < CUSTOMERS; i++)
	{
		int64_t		amount = 2000 + (i * INT64_C(7919)) % 90000;

		snprintf(texts[2 * i], 64, "%s %s rent", first[i % 10], second[i % 12 + 0]);
		snprintf(texts[2 * i + 1], 64, i % 3 == 0 ? "%s %s" : i % 3 == 1 ? "%s %s re" : "%s %s transfer", first[i % 10], second[i % 12]);
		items[2 * i] = (Item) LEFT_ITEM(1 + i, amount, 100 + i % 40,.text = texts[2 * i]);
		items[2 * i + 1] = (Item) RIGHT_ITEM(1001 + i, amount - amount * (15 + i % 10) / 1000, 102 + i % 40 + i % 2,.text = texts[2 * i + 1]);
	}
}

static size_t
count_right(const char *text, size_t *wrong)
{
	size_t		right = 0;

	*wrong = 0;
	for (const char *line = text; *line != 0; line = strchr(line, '\n') + 1)
	{
		long long	left,
					other;

		if (sscanf(line, "score %lld=%lld", &left, &other) == 2)
			*(other == left + 1000 ? &right : wrong) += 1;
	}
	return right;
}

static void
payments(void)
{
	static Item items[COUNT];
	static char texts[COUNT][64];
	static char text[CASE_TEXT];
	Case		c = {.items = items,.item_count = COUNT,.rules = &rule,.rule_count = 1};
	RcRejection rejections[] = {{1, 1001}, {2, 1002}};
	size_t		wrong;
	size_t		right;

	make_payments(items, texts);
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	right = count_right(text, &wrong);
	CHECK_INT(wrong, 0);
	CHECK(right >= CUSTOMERS * 98 / 100);
	/* the same whatever the order, byte for byte */
	{
		static char again[CASE_TEXT];

		memcpy(again, text, sizeof(again));
		run_case(__FILE__, __LINE__, &c, again);
	}
	/* refunds are payments the other way */
	for (int i = 0; i < COUNT; i++)
		items[i].amount = -items[i].amount;
	{
		static char negated[CASE_TEXT];

		CHECK_INT(run_once(&c, items, CENT, negated), RC_OK);
		CHECK(strcmp(text, negated) == 0);
	}
	for (int i = 0; i < COUNT; i++)
		items[i].amount = -items[i].amount;
	/* a rejected pair does not come again */
	c.rejections = rejections;
	c.rejection_count = 2;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "score 1=1001\n") == NULL && strstr(text, "score 2=1002\n") == NULL);
	CHECK(strstr(text, "score 3=1003\n") != NULL);
	c.rejection_count = 0;
	/* another currency, the other sign, or too late: no candidate */
	items[1].currency = 2;
	items[3].amount = -items[3].amount;
	items[5].date += 40;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "1001") == NULL && strstr(text, "1002") == NULL && strstr(text, "1003") == NULL);
	CHECK(strstr(text, "score 4=1004\n") != NULL);
	/* what is not part of the run stays out of it */
	items[6].inactive = true;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "4=1004") == NULL);
}

/* What is one less than needed is a suggestion, and one less than that nothing. */
static void
thresholds(void)
{
	static Item items[COUNT + 2];
	static char texts[COUNT][64];
	static char text[CASE_TEXT];
	RcRule		r = rule;
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result;
	Case		c = {.items = items,.item_count = COUNT + 2,.rules = &r,.rule_count = 1};
	uint32_t	confidence = 0;

	make_payments(items, texts);
	/* A pair with nothing but its nearness in date and amount. */
	items[COUNT] = (Item) LEFT_ITEM(900, 150000, 110,.text = "Xaver Ypsilon");
	items[COUNT + 1] = (Item) RIGHT_ITEM(1900, 147000, 112,.text = "Wilma Zander");
	for (size_t i = 0; i < COUNT + 2; i++)
		CHECK_INT(add_item(pool, &items[i], CENT, &status), RC_OK);
	r.minimum = 1;
	CHECK_INT(rc_engine_run(pool, &r, 1, NULL, 0, &result, &status), RC_OK);
	for (uint64_t m = 0; m < result.match_count; m++)
	{
		const RcMatch *match = &result.matches[m];

		CHECK_INT(match->evidence, RC_EVIDENCE_SCORE);
		CHECK_INT(match->left_count, 1);
		CHECK_INT(match->right_count, 1);
		CHECK(match->confidence <= 1000000);
		CHECK(match->suggestion == (match->confidence < 950000));
		if (rc_pool_item_id(pool, RC_LEFT, result.items[match->first_left].index) == 900)
			confidence = match->confidence;
	}
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	CHECK(confidence > 100 && confidence < 999000);
	r.threshold = confidence;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "\nscore 900=1900\n") != NULL);
	r.threshold = confidence + 1;
	r.minimum = confidence;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "?score 900=1900\n") != NULL);
	r.minimum = confidence + 1;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "900=1900") == NULL);
	/* a tolerance bounds what is looked at at all */
	r = rule;
	r.minimum = 1;
	r.amount_tolerance = 2000 * CENT;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "900=1900") == NULL);
	/* a rule that only suggests */
	r = rule;
	r.suggest_only = true;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "?score 5=1005\n") != NULL && strstr(text, "\nscore") == NULL);
}

static void
tiny(void)
{
	const Item	none[1] = {LEFT_ITEM(1, 100, 10)};
	Item		alone[] = {LEFT_ITEM(1, 100, 10,.text = "Acme 77")};
	Item		pair[] = {LEFT_ITEM(1, 12345, 10,.text = "Acme invoice 77"), RIGHT_ITEM(11, 12345, 11,.text = "Acme invoice 77")};
	Item		far[] = {LEFT_ITEM(1, 12345, 10,.text = "Acme invoice 77"), RIGHT_ITEM(11, 99945, 11,.text = "Acme invoice 77")};
	Item		zero[] = {LEFT_ITEM(1, 0, 10,.text = "Acme"), RIGHT_ITEM(11, 0, 10,.text = "Acme")};
	Item		bare[] = {LEFT_ITEM(1, 500, RC_NO_DATE), RIGHT_ITEM(11, 90000, RC_NO_DATE)};
	Item		crossed[] = {
		LEFT_ITEM(1, 12345, 10,.text = "Acme"), LEFT_ITEM(2, 12345, 10,.text = "Zorro"),
		RIGHT_ITEM(11, 12345, 11,.text = "Zorro"), RIGHT_ITEM(12, 12345, 11,.text = "Acme"),
	};

	run_case(__FILE__, __LINE__, &(Case) {.items = none,.item_count = 0,.rules = &rule,.rule_count = 1}, "");
	EXPECT(alone, rule, "");
	/* one pair is nothing to learn from: a suggestion */
	EXPECT(pair, rule, "?score 1=11\n");
	EXPECT(far, rule, "");
	EXPECT(zero, rule, "");
	EXPECT(bare, rule, "");
	EXPECT(crossed, rule, "?score 1=12\n?score 2=11\n");
}

/* Writing without blanks, another beginning on each side, amounts that many share: the names decide. */
static void
chinese(void)
{
	static const char *const syllables[] = {"华", "夏", "蓝", "天", "金", "海", "新", "远", "东", "方", "明", "达"};
	static Item items[COUNT];
	static char texts[COUNT][64];
	static char text[CASE_TEXT];
	size_t		right;
	size_t		wrong;

	for (int i = 0; i < CUSTOMERS; i++)
	{
		snprintf(texts[2 * i], 64, "%s%s%s贸易有限公司", syllables[i % 12], syllables[i / 12], syllables[(i * 5 + 3) % 12]);
		snprintf(texts[2 * i + 1], 64, "转账%s%s%s贸易 货款", syllables[i % 12], syllables[i / 12], syllables[(i * 5 + 3) % 12]);
		items[2 * i] = (Item) LEFT_ITEM(1 + i, 10000 + i % 7 * 500, 100 + i % 10,.text = texts[2 * i]);
		items[2 * i + 1] = (Item) RIGHT_ITEM(1001 + i, 10000 + i % 7 * 500 - i % 2 * 15, 101 + i % 10,.text = texts[2 * i + 1]);
	}
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = COUNT,.rules = &rule,.rule_count = 1}, items, CENT, text), RC_OK);
	right = count_right(text, &wrong);
	CHECK_INT(wrong, 0);
	CHECK(right >= CUSTOMERS * 9 / 10);
}

/* Two answers as good as each other are none. */
static void
ties(void)
{
	static Item items[COUNT + 4];
	static char texts[COUNT][64];
	static char text[CASE_TEXT];
	Case		c = {.items = items,.item_count = COUNT + 3,.rules = &rule,.rule_count = 1};
	Item		equal[40];

	make_payments(items, texts);
	items[COUNT] = (Item) LEFT_ITEM(900, 150000, 110,.text = "Xaver Ypsilon");
	items[COUNT + 1] = (Item) RIGHT_ITEM(1900, 147000, 112,.text = "Xaver Ypsilon");
	items[COUNT + 2] = (Item) RIGHT_ITEM(1901, 147000, 112,.text = "Xaver Ypsilon");
	items[COUNT + 3] = (Item) LEFT_ITEM(901, 150000, 110,.text = "Xaver Ypsilon");
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "900=") == NULL);
	CHECK(strstr(text, "L900 ambiguous R190") != NULL);
	CHECK(strstr(text, "R1900 ambiguous L900\n") != NULL && strstr(text, "R1901 ambiguous L900\n") != NULL);
	CHECK(strstr(text, "score 4=1004\n") != NULL);
	/* two and two alike: which with which? */
	c.item_count++;
	CHECK_INT(run_once(&c, items, CENT, text), RC_OK);
	CHECK(strstr(text, "900=") == NULL && strstr(text, "901=") == NULL);
	CHECK(strstr(text, "L901 ambiguous R190") != NULL && strstr(text, "R1901 ambiguous L90") != NULL);
	for (int i = 0; i < 40; i++)
	{
		equal[i] = (Item) LEFT_ITEM(1 + i, 4990, 10,.text = "Shop");
		equal[i].side = i < 20 ? RC_LEFT : RC_RIGHT;
	}
	CHECK_INT(run_once(&(Case) {.items = equal,.item_count = 40,.rules = &rule,.rule_count = 1}, equal, CENT, text), RC_OK);
	/* twenty alike on both sides: likeness tells nothing */
	CHECK(strstr(text, "score") == NULL);
}

static RcPool *
pool_of(const Item *items, size_t count)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcStatus	status = {0};

	for (size_t i = 0; i < count; i++)
		CHECK_INT(add_item(pool, &items[i], CENT, &status), RC_OK);
	return pool;
}

static void
models(void)
{
	static Item items[COUNT];
	static char texts[COUNT][64];
	static char text[CASE_TEXT];
	static char json[RC_MODEL_TEXT],
				again[RC_MODEL_TEXT];
	RcModel		model,
				other;
	RcStatus	status = {0};
	RcPool	   *pool;
	RcRule		with_model = rule;
	RcLabel		labels[] = {{1, 1001, true}, {2, 1003, false}, {777, 1001, true}, {3, 1003, false}, {3, 1003, true}};
	uint64_t	state = 9;
	size_t		length;
	size_t		wrong;

	make_payments(items, texts);
	pool = pool_of(items, COUNT);
	CHECK_INT(rc_score_train(pool, &rule, NULL, 0, &model, &status), RC_OK);
	CHECK_INT(model.left_items, CUSTOMERS);
	CHECK(model.pairs >= CUSTOMERS * 9 / 10 && model.pairs <= CUSTOMERS);
	CHECK_INT(model.confirmed, 0);
	/* lags of two and three days were seen, half each; amounts below, not above */
	CHECK(model.lag[RC_LAG_DAYS + 2] > 300000000 && model.lag[RC_LAG_DAYS + 3] > 300000000 && model.lag[RC_LAG_DAYS - 2] < 50000000);
	CHECK(model.amount[2 + 8] > 300000000);

	/* through text and back */
	length = rc_model_write(&model, json);
	CHECK(length < RC_MODEL_TEXT && json[length] == 0 && json[length - 1] == '}');
	CHECK_INT(rc_model_read(json, length, &other, &status), RC_OK);
	CHECK(memcmp(&model, &other, sizeof(model)) == 0);
	CHECK_INT(rc_model_write(&other, again), length);
	CHECK(strcmp(json, again) == 0);
	for (size_t cut = 0; cut < length; cut++)
		CHECK(rc_model_read(json, cut, &other, &status) != RC_OK);
	strcpy(again, json);
	again[length++] = ' ';
	CHECK_INT(rc_model_read(again, length, &other, &status), RC_OK);
	again[length++] = 'x';
	CHECK_INT(rc_model_read(again, length, &other, &status), RC_BAD_STRUCTURE);
	strcpy(again, json);
	again[11] = '9';			/* the version */
	CHECK_INT(rc_model_read(again, strlen(again), &other, &status), RC_BAD_VALUE);
	CHECK(strstr(status.message, "version 9") != NULL);

	/* the pool is as it was, and the order of items has no say */
	shuffle(items, COUNT, &state);
	{
		RcPool	   *shuffled = pool_of(items, COUNT);

		CHECK_INT(rc_score_train(shuffled, &rule, NULL, 0, &other, &status), RC_OK);
		CHECK(memcmp(&model, &other, sizeof(model)) == 0);
		rc_pool_free(shuffled);
	}
	CHECK_INT(rc_score_train(pool, &rule, NULL, 0, &other, &status), RC_OK);
	CHECK(memcmp(&model, &other, sizeof(model)) == 0);

	/* labels: of two for one pair the last counts, an unknown item is passed over */
	CHECK_INT(rc_score_train(pool, &rule, labels, 5, &other, &status), RC_OK);
	CHECK_INT(other.confirmed, 2);
	CHECK_INT(other.rejected, 1);
	rc_pool_free(pool);

	/* a handful of items says nothing by itself; with what was learned it is decided */
	make_payments(items, texts);
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = 12,.rules = &rule,.rule_count = 1}, items, CENT, text), RC_OK);
	CHECK_INT(count_right(text, &wrong), 0);
	with_model.model = &model;
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = 12,.rules = &with_model,.rule_count = 1}, items, CENT, text), RC_OK);
	CHECK(count_right(text, &wrong) >= 5);
	CHECK_INT(wrong, 0);
	/* but not what the model never saw: a month's lag and a tenth more */
	items[1].amount = items[0].amount * 11 / 10;
	items[1].date = items[0].date + 29;
	items[1].text = "Somebody else";
	CHECK_INT(run_once(&(Case) {.items = items,.item_count = 12,.rules = &with_model,.rule_count = 1}, items, CENT, text), RC_OK);
	CHECK(strstr(text, "1=1001") == NULL);
}

/* Confirmed pairs teach what cannot be seen: here that a tenth is kept back and the money comes three weeks later. */
static void
labels_teach(void)
{
	static Item items[COUNT];
	static char texts[COUNT][64];
	RcLabel		labels[CUSTOMERS];
	RcModel		without,
				taught;
	RcStatus	status = {0};
	RcPool	   *pool;

	make_payments(items, texts);
	for (int i = 0; i < CUSTOMERS; i++)
	{
		items[2 * i + 1].amount = items[2 * i].amount * 9 / 10;
		items[2 * i + 1].date = items[2 * i].date + 21;
		items[2 * i + 1].text = "collective";
		labels[i] = (RcLabel) {1 + i, 1001 + i, true};
	}
	pool = pool_of(items, COUNT);
	CHECK_INT(rc_score_train(pool, &rule, NULL, 0, &without, &status), RC_OK);
	CHECK_INT(rc_score_train(pool, &rule, labels, CUSTOMERS / 2, &taught, &status), RC_OK);
	CHECK(taught.lag[RC_LAG_DAYS + 21] > 500000000);
	CHECK(taught.lag[RC_LAG_DAYS + 21] > without.lag[RC_LAG_DAYS + 21]);
	rc_pool_free(pool);
}

/* --- memory and stopping --- */

typedef struct Trouble
{
	long		until_failure;
	long		until_stop;
	long		live;
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
	trouble->live += pointer == NULL && result != NULL;
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
	((Trouble *) context)->live -= pointer != NULL;
	free(pointer);
}

static bool
trouble_stop(void *context)
{
	Trouble    *trouble = context;

	return trouble->until_stop >= 0 && trouble->until_stop-- == 0;
}

static RcCode
whole_way(Trouble *trouble, const Item *items, size_t count)
{
	const RcAllocator allocator = {trouble_allocate, trouble_resize, trouble_release, trouble, trouble_stop};
	RcPool	   *pool = rc_pool_create(&allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result = {0};
	RcModel		model;
	RcLabel		label = {1, 1001, true};
	RcCode		code = pool == NULL ? RC_NO_MEMORY : RC_OK;

	for (size_t i = 0; i < count && code == RC_OK; i++)
		code = add_item(pool, &items[i], CENT, &status);
	if (code == RC_OK)
		code = rc_score_train(pool, &rule, &label, 1, &model, &status);
	if (code == RC_OK)
		code = rc_engine_run(pool, &rule, 1, NULL, 0, &result, &status);
	if (pool != NULL)
		rc_result_free(pool, &result);
	rc_pool_free(pool);
	CHECK_INT(trouble->live, 0);
	return code;
}

static void
memory_fails_everywhere(void)
{
	static Item items[COUNT];
	static char texts[COUNT][64];
	long		failures = 0;
	long		stops = 0;
	uint64_t	state = 2;
	RcCode		code;

	make_payments(items, texts);
	shuffle(items, COUNT, &state);
	while ((code = whole_way(&(Trouble) {.until_failure = failures,.until_stop = -1}, items, 40)) == RC_NO_MEMORY)
		failures++;
	CHECK_INT(code, RC_OK);
	CHECK(failures > 60);
	while ((code = whole_way(&(Trouble) {.until_failure = -1,.until_stop = stops}, items, COUNT)) == RC_STOPPED)
		stops++;
	CHECK_INT(code, RC_OK);
	CHECK(stops > 20);
}

/* --- the public set --- */

static void
transfers(void)
{
	Transfers	set;
	RcStatus	status = {0};
	RcResult	result[2];
	RcPool	   *pool[2];
	Grade		g;
	size_t		kept = 0;

	if (!load_transfers(&set))
	{
		printf("skipped: no fixtures\n");
		return;
	}
	for (int backwards = 0; backwards < 2; backwards++)
	{
		pool[backwards] = transfer_pool(&set, backwards);
		CHECK_INT(rc_engine_run(pool[backwards], &rule, 1, NULL, 0, &result[backwards], &status), RC_OK);
	}
	g = grade(&set, pool[0], &result[0]);
	printf("%zu x %zu transfers: precision %.4f, recall %.4f, F1 %.4f\n", set.count[0], set.count[1], g.precision, g.recall, g.f1);
	CHECK(g.f1 >= 0.995);
	CHECK_INT(result[0].match_count, result[1].match_count);
	for (uint64_t m = 0; m < result[0].match_count && m < result[1].match_count; m++)
	{
		const RcMatch *a = &result[0].matches[m],
				   *b = &result[1].matches[m];

		CHECK(a->confidence == b->confidence && a->suggestion == b->suggestion &&
			  rc_pool_item_id(pool[0], RC_LEFT, result[0].items[a->first_left].index) ==
			  rc_pool_item_id(pool[1], RC_LEFT, result[1].items[b->first_left].index) &&
			  rc_pool_item_id(pool[0], RC_RIGHT, result[0].items[a->first_right].index) ==
			  rc_pool_item_id(pool[1], RC_RIGHT, result[1].items[b->first_right].index));
	}
	for (int n = 0; n < 2; n++)
	{
		rc_result_free(pool[n], &result[n]);
		rc_pool_free(pool[n]);
	}

	/* Of both sides a third is missing, so that most of what is left over has no partner: few of those may find one. */
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		kept = 0;
		for (size_t n = 0; n < set.count[side]; n++)
		{
			if ((set.item[side][n].id + side) % 3 != 0)
				set.item[side][kept++] = set.item[side][n];
		}
		set.count[side] = kept;
	}
	set.pairs = 0;
	for (size_t n = 0; n < set.count[RC_LEFT]; n++)
	{
		bool		there = (set.item[RC_LEFT][n].partner + RC_RIGHT) % 3 != 0;

		if (!there)
			set.item[RC_LEFT][n].partner = -1;
		set.pairs += there;
	}
	pool[0] = transfer_pool(&set, false);
	CHECK_INT(rc_engine_run(pool[0], &rule, 1, NULL, 0, &result[0], &status), RC_OK);
	g = grade(&set, pool[0], &result[0]);
	printf("a third missing: precision %.4f, recall %.4f, F1 %.4f\n", g.precision, g.recall, g.f1);
	CHECK(g.precision >= 0.995 && g.recall >= 0.97);
	rc_result_free(pool[0], &result[0]);
	rc_pool_free(pool[0]);
	free_transfers(&set);
}

int
main(void)
{
	payments();
	thresholds();
	tiny();
	chinese();
	ties();
	models();
	labels_teach();
	memory_fails_everywhere();
	transfers();
	return unit_done();
}
