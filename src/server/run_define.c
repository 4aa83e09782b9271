/*
 * run_define.c - the definition of a reconciliation and its rules, as the engine and the feeds take them.
 */
#include "run.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "amount.h"
#include "query.h"

#define DEFAULT_MINIMUM_REFERENCE 6

static void
load_definition(RcsRun *run)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(run->reconciliation_id)};
	char	   *exceptions;

	rcs_select("SELECT r.name, r.exceptions, r.left_delay_days, r.right_delay_days, l.pool_id, l.source::oid, l.fact, p.pool_id, p.source::oid, p.fact, "
				"reconcile.business_date(), r.measure FROM reconcile.reconciliation r "
				"JOIN reconcile.item_pool l ON l.pool_id = r.left_pool_id JOIN reconcile.item_pool p ON p.pool_id = r.right_pool_id "
				"WHERE r.reconciliation_id = $1", 1, types, values);
	if (SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("reconciliation %d does not exist", run->reconciliation_id)));
	run->name = rcs_cell_text(0, 1);
	run->measure = rcs_cell_text(0, 12);
	exceptions = rcs_cell_text(0, 2);
	run->exceptions_on[RC_LEFT] = strcmp(exceptions, "both") == 0 || strcmp(exceptions, "left") == 0;
	run->exceptions_on[RC_RIGHT] = strcmp(exceptions, "both") == 0 || strcmp(exceptions, "right") == 0;
	for (int side = 0; side < 2; side++)
	{
		RcsFeed    *feed = &run->feeds[side];

		run->delay_days[side] = rcs_cell_int(0, 3 + side);
		feed->side = side;
		feed->merchant_id = run->merchant_id;
		feed->pool_id = rcs_cell_int(0, 5 + 3 * side);
		feed->source = (Oid) rcs_cell_int(0, 6 + 3 * side);
		feed->fact = rcs_cell_text(0, 7 + 3 * side);
		if (!get_rel_name(feed->source))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("the %s source of reconciliation \"%s\" was dropped", side == RC_LEFT ? "left" : "right", run->name),
					 errhint("Define another reconciliation over the new relation, and run the others by their names.")));
		feed->source_name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(feed->source)), get_rel_name(feed->source));
		feed->has_merchant = get_attnum(feed->source, "merchant_id") > 0;
		feed->incremental = feed->fact != NULL && get_attnum(feed->source, "import_id") > 0;
		feed->currencies = &run->currencies;
		feed->has_from = run->has_from;
		feed->has_to = run->has_to;
		feed->date_from = run->date_from;
		feed->date_to = run->date_to;
	}
	run->business_date = run->has_to ? run->date_to : rcs_cell_int(0, 11);
	run->currencies.count = 1;
}

static List *
text_array(Datum datum, bool is_null)
{
	List	   *list = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (is_null)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			list = lappend(list, TextDatumGetCString(elements[i]));
	return list;
}

static void
add_text_column(RcsFeed *feed, char *column)
{
	ListCell   *seen;

	foreach(seen, feed->text_columns)
		if (strcmp(lfirst(seen), column) == 0)
			return;
	feed->text_columns = lappend(feed->text_columns, column);
}

static RcStrategy
strategy_of(const char *name)
{
	static const char *const names[] = {
		[RC_STRATEGY_KEY] = "key",[RC_STRATEGY_REFERENCE] = "reference",[RC_STRATEGY_WINDOW] = "window",
		[RC_STRATEGY_SUBSET] = "subset",[RC_STRATEGY_NET] = "net",[RC_STRATEGY_SCORE] = "score"
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (RcStrategy) i;
	elog(ERROR, "strategy \"%s\" is not known", name);
}

static void
load_rules(RcsRun *run)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(run->reconciliation_id)};

	if (run->simulated)
	{
		types[0] = get_array_type(get_rel_type_id(get_relname_relid("rule", get_namespace_oid("reconcile", false))));
		values[0] = run->simulated_rules;
	}
	rcs_select(psprintf("SELECT rule_id, strategy, left_key, right_key, amount_tolerance, percent_tolerance, lag_min, lag_max, left_text, right_text, action, "
				"options->>'left_compare', options->>'right_compare', coalesce((options->>'partial')::boolean, false), "
				"coalesce((options->>'minimum_reference')::int, 0), options->>'subset_side', CASE WHEN options ? 'max_chance' THEN greatest(((options->>'max_chance')::numeric * 1000000)::int, 1) ELSE 0 END, "
				"coalesce((options->>'max_items')::int, 0), coalesce((options->>'max_solutions')::int, 0), coalesce((options->>'budget_steps')::int8, 0), "
				"coalesce(((options->>'threshold')::numeric * 1000000)::int, 0), coalesce(((options->>'minimum')::numeric * 1000000)::int, 0), "
				"options ?| '{underpayment_tolerance,underpayment_percent,overpayment_tolerance,overpayment_percent}', "
				"coalesce((options->>'underpayment_tolerance')::numeric, amount_tolerance), "
				"coalesce((options->>'underpayment_percent')::numeric, percent_tolerance), "
				"coalesce((options->>'overpayment_tolerance')::numeric, amount_tolerance), "
				"coalesce((options->>'overpayment_percent')::numeric, percent_tolerance), "
				"coalesce((options->>'tolerance_cap')::numeric, 0), name, options->>'adjustment' "
				"FROM %s ORDER BY priority, rule_id",
				run->simulated ? "unnest($1)" : run->only_rule != 0
				? psprintf("reconcile.current_rule WHERE reconciliation_id = $1 AND active AND rule_id = %d", run->only_rule)
				: "reconcile.current_rule WHERE reconciliation_id = $1 AND active"), 1, types, values);
	run->rule_count = (int) SPI_processed;
	run->rules = palloc0(Max(run->rule_count, 1) * sizeof(RcRule));
	run->rule_words = palloc0(Max(run->rule_count, 1) * sizeof(RcsRuleWords));
	for (int i = 0; i < run->rule_count; i++)
	{
		RcRule	   *rule = &run->rules[i];
		char	   *strategy = rcs_cell_text(i, 2);
		bool		is_null;
		char	   *text;
		Datum		value;

		rule->rule_id = rcs_cell_int(i, 1);
		rule->strategy = strategy_of(strategy);
		value = rcs_cell(i, 3, &is_null);
		rule->left_keyset = rcs_feed_keyset(&run->feeds[RC_LEFT], text_array(value, is_null));
		value = rcs_cell(i, 4, &is_null);
		rule->right_keyset = rcs_feed_keyset(&run->feeds[RC_RIGHT], text_array(value, is_null));
		rule->amount_tolerance = rcs_micro(rcs_cell(i, 5, &is_null), "tolerance of rule", rule->rule_id);
		rule->percent_tolerance = rcs_micro(rcs_cell(i, 6, &is_null), "tolerance of rule", rule->rule_id) / 100;
		rule->lag_min = DatumGetInt32(rcs_cell(i, 7, &is_null));
		rule->has_lag_min = !is_null;
		rule->lag_max = DatumGetInt32(rcs_cell(i, 8, &is_null));
		rule->has_lag_max = !is_null;
		if ((text = rcs_cell_text(i, 9)) != NULL)
		{
			rule->search_left_text = true;
			add_text_column(&run->feeds[RC_LEFT], text);
		}
		if ((text = rcs_cell_text(i, 10)) != NULL)
		{
			rule->search_right_text = true;
			add_text_column(&run->feeds[RC_RIGHT], text);
		}
		rule->suggest_only = strcmp(rcs_cell_text(i, 11), "suggest") == 0;
		for (int side = 0; side < 2; side++)
			if ((text = rcs_cell_text(i, 12 + side)) != NULL)
				run->feeds[side].compare_column = text;
		rule->partial = DatumGetBool(rcs_cell(i, 14, &is_null));
		rule->minimum_reference = rcs_cell_int(i, 15);
		if (rule->minimum_reference == 0)
			rule->minimum_reference = DEFAULT_MINIMUM_REFERENCE;
		if ((text = rcs_cell_text(i, 16)) != NULL)
			rule->subset_side = strcmp(text, "left") == 0 ? RC_SUBSET_LEFT : strcmp(text, "right") == 0 ? RC_SUBSET_RIGHT : RC_SUBSET_BOTH;
		rule->max_chance = rcs_cell_int(i, 17);
		rule->max_items = rcs_cell_int(i, 18);
		rule->max_solutions = rcs_cell_int(i, 19);
		rule->budget_steps = DatumGetInt64(rcs_cell(i, 20, &is_null));
		rule->threshold = rcs_cell_int(i, 21);
		rule->minimum = rcs_cell_int(i, 22);
		rule->asymmetric = DatumGetBool(rcs_cell(i, 23, &is_null));
		rule->under_tolerance = rcs_micro(rcs_cell(i, 24, &is_null), "tolerance of rule", rule->rule_id);
		rule->under_percent = rcs_micro(rcs_cell(i, 25, &is_null), "tolerance of rule", rule->rule_id) / 100;
		rule->over_tolerance = rcs_micro(rcs_cell(i, 26, &is_null), "tolerance of rule", rule->rule_id);
		rule->over_percent = rcs_micro(rcs_cell(i, 27, &is_null), "tolerance of rule", rule->rule_id) / 100;
		rule->tolerance_cap = rcs_micro(rcs_cell(i, 28, &is_null), "tolerance of rule", rule->rule_id);
		run->rule_words[i] = (RcsRuleWords) {.name = rcs_cell_text(i, 29),.adjustment = rcs_cell_text(i, 30)};
	}
}

void
rcs_run_define(RcsRun *run)
{
	load_definition(run);
	load_rules(run);
}
