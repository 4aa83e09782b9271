/*
 * matching.h - cases for the engine: items in a table, the result as a text that is easy to read and compare.
 *
 * A line of the text is a match, "key 1,2=11,12"; a suggestion begins with "?"; an item allocated in part carries its amount, "1:400".
 * A note is "L1 amount 350 R11". Amounts are in cents. Every case runs in several orders of its items and must say the same.
 */
#ifndef MATCHING_H
#define MATCHING_H

#include <stdarg.h>
#include <stdlib.h>
#include "../../src/match/engine.h"
#include "unit.h"

#define CENT INT64_C(10000)
#define CASE_ITEMS 4096
#define CASE_TEXT 65536

typedef struct Item
{
	RcSide		side;
	int64_t		id;
	int64_t		amount;			/* cents */
	int32_t		date;
	const char *key;
	const char *text;
	uint32_t	currency;		/* 0 in the table: 1 */
	bool		other_compare;	/* compare counts, not the amount */
	int64_t		compare;
	bool		inactive;
	const char *second_key;		/* keyset 1 */
} Item;

#define LEFT_ITEM(...) {.side = RC_LEFT, __VA_ARGS__}
#define RIGHT_ITEM(...) {.side = RC_RIGHT, __VA_ARGS__}

static const char *const evidence_names[] = {"key", "pair", "partial", "whole", "cut", "truncated", "window", "follows",
"run", "complement", "small", "any", "net", "score"};
static const char *const reason_names[] = {"amount", "currency", "duplicate", "ambiguous", "late", "part", "impossible", "budget"};

static inline void
append(char *text, const char *format, ...)
{
	size_t		length = strlen(text);
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(text + length, CASE_TEXT - length, format, arguments);
	va_end(arguments);
}

static inline RcCode
add_item(RcPool *pool, const Item *item, int64_t scale, RcStatus *status)
{
	RcItemInput input = {
		.item_id = item->id,.amount = item->amount * scale,
		.compare = (item->other_compare ? item->compare : item->amount) * scale,
		.date = item->date,.currency = item->currency > 0 ? item->currency : 1,.active = !item->inactive,
		.text = item->text,.text_length = item->text != NULL ? (uint32_t) strlen(item->text) : 0
	};

	input.key[0] = item->key;
	input.key_length[0] = item->key != NULL ? (uint32_t) strlen(item->key) : 0;
	input.key[1] = item->second_key;
	input.key_length[1] = item->second_key != NULL ? (uint32_t) strlen(item->second_key) : 0;
	return rc_pool_add(pool, item->side, &input, status);
}

static inline void
describe_side(char *text, const RcPool *pool, const RcResult *result, RcSide side, uint64_t first, uint64_t count,
			  const Item *items, size_t item_count, int64_t scale)
{
	for (uint64_t i = 0; i < count; i++)
	{
		const RcMatchedItem *matched = &result->items[first + i];
		int64_t		id = rc_pool_item_id(pool, side, matched->index);

		append(text, "%s%" PRId64, i > 0 ? "," : "", id);
		for (size_t n = 0; n < item_count; n++)
		{
			if (items[n].side == side && items[n].id == id && items[n].amount * scale != matched->amount)
				append(text, ":%" PRId64, matched->amount / scale);
		}
	}
}

/* The result as text; notes and suggestions only when asked for. */
static inline void
describe(char *text, const RcPool *pool, const RcResult *result, const Item *items, size_t item_count, int64_t scale)
{
	text[0] = 0;
	for (uint64_t m = 0; m < result->match_count; m++)
	{
		const RcMatch *match = &result->matches[m];

		append(text, "%s%s ", match->suggestion ? "?" : "", evidence_names[match->evidence]);
		describe_side(text, pool, result, RC_LEFT, match->first_left, match->left_count, items, item_count, scale);
		append(text, "=");
		describe_side(text, pool, result, RC_RIGHT, match->first_right, match->right_count, items, item_count, scale);
		append(text, "\n");
	}
	for (uint64_t n = 0; n < result->note_count; n++)
	{
		const RcNote *note = &result->notes[n];

		append(text, "%c%" PRId64 " %s", "LR"[note->side], rc_pool_item_id(pool, note->side, note->index),
			   reason_names[note->reason]);
		if (note->difference != 0)
			append(text, " %" PRId64, note->difference / scale);
		if (note->other != RC_NO_INDEX)
			append(text, " %c%" PRId64, "LR"[note->other_side], rc_pool_item_id(pool, note->other_side, note->other));
		append(text, "\n");
	}
}

/* Nothing is allocated beyond what an item has, and what is allocated and what is left are the item. */
static inline void
check_books(const RcPool *pool, const RcResult *result, const Item *items, size_t item_count, int64_t scale)
{
	for (size_t n = 0; n < item_count; n++)
	{
		int64_t		allocated = 0;
		int64_t		amount = items[n].amount * scale;
		RcIndex		index = 0;

		while (rc_pool_item_id(pool, items[n].side, index) != items[n].id)
			index++;
		for (uint64_t m = 0; m < result->match_count; m++)
		{
			const RcMatch *match = &result->matches[m];
			uint64_t	first = items[n].side == RC_LEFT ? match->first_left : match->first_right;
			uint64_t	count = items[n].side == RC_LEFT ? match->left_count : match->right_count;

			for (uint64_t i = first; i < first + count; i++)
			{
				if (!match->suggestion && result->items[i].index == index)
					allocated += result->items[i].amount;
			}
		}
		CHECK(amount >= 0 ? allocated >= 0 && allocated <= amount : allocated <= 0 && allocated >= amount);
		CHECK(allocated + rc_pool_residual(pool, items[n].side, index) == amount);
	}
}

static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t	x = (*state += UINT64_C(0x9E3779B97F4A7C15));

	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static inline void
shuffle(Item *items, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--)
	{
		size_t		j = next_random(state) % i;
		Item		swap = items[i - 1];

		items[i - 1] = items[j];
		items[j] = swap;
	}
}

typedef struct Case
{
	const Item *items;
	size_t		item_count;
	const RcRule *rules;
	int			rule_count;
	const RcRejection *rejections;
	size_t		rejection_count;
} Case;

/* Runs a case once; text gets the result or the error's message. */
static inline RcCode
run_once(const Case *c, const Item *items, int64_t scale, char *text)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 2, 0, 0);
	RcStatus	status = {0};
	RcResult	result;
	RcCode		code;

	for (size_t i = 0; i < c->item_count; i++)
		CHECK_INT(add_item(pool, &items[i], scale, &status), RC_OK);
	code = rc_engine_run(pool, c->rules, c->rule_count, c->rejections, c->rejection_count, &result, &status);
	if (code == RC_OK)
	{
		describe(text, pool, &result, items, c->item_count, scale);
		check_books(pool, &result, items, c->item_count, scale);
	}
	else
		snprintf(text, CASE_TEXT, "%s", status.message);
	rc_result_free(pool, &result);
	rc_pool_free(pool);
	return code;
}

/* Runs a case in several orders; all must give the expected text. */
static inline bool
run_case(const char *file, int line, const Case *c, const char *expected)
{
	static char text[CASE_TEXT];
	Item	   *items = malloc((c->item_count + 1) * sizeof(Item));
	uint64_t	state = 42;
	bool		held = true;

	memcpy(items, c->items, c->item_count * sizeof(Item));
	for (int order = 0; order < 8 && held; order++)
	{
		run_once(c, items, CENT, text);
		held = strcmp(text, expected) == 0;
		if (!unit_count(held, file, line, "the result is as expected"))
			fprintf(stderr, "order %d\n--- got\n%s--- expected\n%s", order, text, expected);
		shuffle(items, c->item_count, &state);
	}
	free(items);
	return held;
}

#define ITEMS(name) name, sizeof(name) / sizeof((name)[0])

/* One rule, no rejections. */
#define EXPECT(items_, rule_, expected_) \
	run_case(__FILE__, __LINE__, &(Case) {.items = (items_), .item_count = sizeof(items_) / sizeof((items_)[0]), \
			 .rules = &(rule_), .rule_count = 1}, (expected_))

#endif
