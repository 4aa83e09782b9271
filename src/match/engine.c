/*
 * engine.c - runs the rules in the order given on what is still open.
 */
#include "work.h"

#include <inttypes.h>
#include <string.h>

/* A new strategy is a file with its function and a line here. */
static const struct
{
	const char *name;
	RcCode		(*run) (RcWork *work);
}			strategies[] =
{
	[RC_STRATEGY_KEY] = {"key", rc_match_key},
	[RC_STRATEGY_REFERENCE] = {"reference", rc_match_reference},
	[RC_STRATEGY_WINDOW] = {"window", rc_match_window},
	[RC_STRATEGY_SUBSET] = {"subset", rc_match_subset},
	[RC_STRATEGY_NET] = {"net", rc_match_net},
	[RC_STRATEGY_SCORE] = {"score", rc_match_score},
};

static RcCode
check_rule(const RcPool *pool, const RcRule *rule, int number, RcStatus *status)
{
	bool		left = rule->left_keyset >= 0,
				right = rule->right_keyset >= 0;

	if ((size_t) rule->strategy >= sizeof(strategies) / sizeof(strategies[0]) || strategies[rule->strategy].run == NULL)
		return rc_fail(status, RC_BAD_VALUE, "rule %d has an unknown strategy", number);
	if (rule->left_keyset < -1 || rule->left_keyset >= pool->keyset_count ||
		rule->right_keyset < -1 || rule->right_keyset >= pool->keyset_count)
		return rc_fail(status, RC_BAD_VALUE, "rule %d names a key that the items do not have", number);
	if (rule->strategy == RC_STRATEGY_KEY && !(left && right))
		return rc_fail(status, RC_BAD_VALUE, "rule %d needs a key on both sides", number);
	if (rule->strategy == RC_STRATEGY_REFERENCE &&
		!((rule->search_right_text && left) || (rule->search_left_text && right)))
		return rc_fail(status, RC_BAD_VALUE, "rule %d needs a key on one side and a text on the other", number);
	if (rule->strategy == RC_STRATEGY_NET && !(left || right))
		return rc_fail(status, RC_BAD_VALUE, "rule %d needs a key on the side that cancels itself", number);
	if (rule->amount_tolerance < 0 || rule->percent_tolerance < 0 || rule->under_tolerance < 0 || rule->under_percent < 0 ||
		rule->over_tolerance < 0 || rule->over_percent < 0 || rule->tolerance_cap < 0)
		return rc_fail(status, RC_BAD_VALUE, "rule %d has a negative tolerance", number);
	return RC_OK;
}

/* An item that stands twice would be matched twice. Items in ascending order are known to differ. */
static RcCode
check_ids(RcWork *work, RcSide side)
{
	const RcItems *items = &work->pool->side[side];

	for (size_t i = 1; work->order[side] != NULL && i < items->count; i++)
	{
		int64_t		item_id = items->item_id[work->order[side][i]];

		if (item_id == items->item_id[work->order[side][i - 1]])
			return rc_fail(work->status, RC_BAD_STRUCTURE, "the %s source has item_id %" PRId64 " more than once", side == RC_LEFT ? "left" : "right", item_id);
	}
	return RC_OK;
}

static RcCode
run_rules(RcWork *work, const RcRule *rules, int first, int end, const RcRejection *rejections, size_t rejection_count)
{
	RcCode		code;

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		RC_TRY(rc_order_by_id(work, (RcSide) side, &work->order[side]));
		RC_TRY(check_ids(work, (RcSide) side));
	}
	RC_TRY(rc_rejections_create(work, rejections, rejection_count));
	rc_scratch_reset(work);
	for (int i = first; i < end; i++)
	{
		work->result->rule_at_work = i;
		RC_TRY(rc_poll_now(work));
		work->rule = &rules[i];
		work->rule_index = i;
		work->part_mask = RC_ITEM_ACTIVE | RC_ITEM_MATCHED | (rules[i].suggest_only ? RC_ITEM_SUGGESTED : 0);
		code = strategies[rules[i].strategy].run(work);
		rc_scratch_reset(work);
		RC_TRY(code);
	}
	return rc_result_finish(work);
}

int
rc_engine_leading(const RcRule *rules, int rule_count)
{
	int			count = 0;

	while (count < rule_count && rules[count].strategy == RC_STRATEGY_KEY &&
		   rules[count].left_keyset == rules[0].left_keyset && rules[count].right_keyset == rules[0].right_keyset)
		count++;
	return count;
}

RcCode
rc_engine_continue(RcPool *pool, const RcRule *rules, int first, int end, const RcRejection *rejections, size_t rejection_count,
				   RcResult *result, RcStatus *status)
{
	RcWork		work = {
		.pool = pool,.status = status,.result = result,
		.match_capacity = result->match_count,.item_capacity = result->item_count,.note_capacity = result->note_count
	};
	RcCode		code = RC_OK;

	for (int i = first; i < end && code == RC_OK; i++)
		code = check_rule(pool, &rules[i], i + 1, status);
	if (code == RC_OK)
		code = run_rules(&work, rules, first, end, rejections, rejection_count);
	rc_scratch_reset(&work);
	rc_rejections_free(&work);
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		rc_release(&pool->allocator, work.order[side]);
	if (code != RC_OK)
		rc_result_free(pool, result);
	return code;
}

RcCode
rc_engine_run(RcPool *pool, const RcRule *rules, int rule_count, const RcRejection *rejections, size_t rejection_count,
			  RcResult *result, RcStatus *status)
{
	memset(result, 0, sizeof(*result));
	return rc_engine_continue(pool, rules, 0, rule_count, rejections, rejection_count, result, status);
}
