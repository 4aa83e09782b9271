/*
 * totals.c - exact sums per currency and group.
 */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "../base/money.h"

void
rc_totals_init(RcTotals *totals, const RcTable *table, const RcAllocator *allocator)
{
	*totals = (RcTotals) {.table = table, .allocator = allocator};
}

static bool
is_entry(const RcTotal *total, const char *currency, size_t currency_length, const char *group, size_t group_length)
{
	return strlen(total->currency) == currency_length && memcmp(total->currency, currency, currency_length) == 0 &&
		total->group_length == group_length && (group_length == 0 || memcmp(total->group, group, group_length) == 0);
}

/* Makes an entry; group NULL makes a currency's total. */
static RcTotal *
add_entry(RcTotals *totals, const char *currency, size_t currency_length, const char *group, size_t group_length, RcStatus *status)
{
	const RcAllocator *allocator = totals->allocator;
	size_t		columns = (size_t) totals->table->column_count;
	RcTotal    *total;

	if (totals->count == totals->capacity)
	{
		int			capacity = totals->capacity ? totals->capacity * 2 : 16;
		RcTotal    *entries = rc_resize(allocator, totals->entries, (size_t) capacity * sizeof(RcTotal));

		if (!entries)
		{
			rc_fail(status, RC_NO_MEMORY, "out of memory");
			return NULL;
		}
		totals->entries = entries;
		totals->capacity = capacity;
	}
	total = &totals->entries[totals->count];
	memset(total, 0, sizeof(RcTotal));
	memcpy(total->currency, currency, currency_length);
	total->sums = rc_allocate_zero(allocator, columns * sizeof(__int128) + 1);
	total->broken = rc_allocate_zero(allocator, columns * sizeof(bool) + 1);
	if (group)
		total->group = rc_allocate_zero(allocator, group_length + 1);
	totals->count++;
	if (!total->sums || !total->broken || (group && !total->group))
	{
		rc_fail(status, RC_NO_MEMORY, "out of memory");
		return NULL;
	}
	if (group_length > 0)
		memcpy(total->group, group, group_length);
	total->group_length = group_length;
	return total;
}

static RcTotal *
find_entry(RcTotals *totals, const RcCell *cells, RcStatus *status)
{
	const RcTable *table = totals->table;
	const char *currency = "";
	const char *group = "";
	size_t		currency_length = 0;
	size_t		group_length = 0;

	if (table->currency_column >= 0 && !cells[table->currency_column].is_null)
	{
		currency = cells[table->currency_column].text;
		currency_length = cells[table->currency_column].length;
		if (currency_length >= sizeof(totals->entries->currency))
			currency_length = sizeof(totals->entries->currency) - 1;
	}
	if (table->group_column >= 0 && !cells[table->group_column].is_null)
	{
		group = cells[table->group_column].text;
		group_length = cells[table->group_column].length;
	}
	if (totals->last < totals->count && is_entry(&totals->entries[totals->last], currency, currency_length, group, group_length))
		return &totals->entries[totals->last];
	for (int turn = 0; turn < 2; turn++)
	{
		for (int i = 0; i < totals->count; i++)
			if (is_entry(&totals->entries[i], currency, currency_length, group, group_length))
			{
				totals->last = i;
				return &totals->entries[i];
			}
		if (totals->count < RC_TOTAL_GROUPS)
			break;
		group = "…";
		group_length = strlen(group);
	}
	totals->last = totals->count;
	return add_entry(totals, currency, currency_length, group, group_length, status);
}

RcCode
rc_totals_add(RcTotals *totals, const RcCell *cells, RcStatus *status)
{
	static const int64_t powers[] = {
		INT64_C(1), INT64_C(10), INT64_C(100), INT64_C(1000), INT64_C(10000), INT64_C(100000), INT64_C(1000000), INT64_C(10000000),
		INT64_C(100000000), INT64_C(1000000000), INT64_C(10000000000), INT64_C(100000000000), INT64_C(1000000000000),
		INT64_C(10000000000000), INT64_C(100000000000000), INT64_C(1000000000000000), INT64_C(10000000000000000),
		INT64_C(100000000000000000), INT64_C(1000000000000000000)
	};
	RcTotal    *total = find_entry(totals, cells, status);

	if (!total)
		return status->code;
	total->rows++;
	totals->rows++;
	for (int i = 0; i < totals->table->column_count; i++)
	{
		const RcCell *cell = &cells[i];

		if (!totals->table->columns[i].total || cell->is_null)
			continue;
		if (!cell->is_exact || __builtin_add_overflow(total->sums[i], (__int128) cell->value * powers[RC_TOTAL_SCALE - cell->scale], &total->sums[i]))
			total->broken[i] = true;
	}
	return RC_OK;
}

static int
compare(const void *left, const void *right)
{
	const RcTotal *a = left;
	const RcTotal *b = right;
	int			order = strcmp(a->currency, b->currency);

	if (order == 0)
		order = (a->group == NULL) - (b->group == NULL);
	if (order == 0 && a->group)
		order = strcmp(a->group, b->group);
	return order;
}

RcCode
rc_totals_finish(RcTotals *totals, RcStatus *status)
{
	int			groups = totals->count;

	for (int i = 0; i < groups; i++)
	{
		char		currency[sizeof(totals->entries->currency)];
		RcTotal    *sum = NULL;

		memcpy(currency, totals->entries[i].currency, sizeof(currency));
		for (int j = groups; j < totals->count && !sum; j++)
			if (strcmp(totals->entries[j].currency, currency) == 0)
				sum = &totals->entries[j];
		if (!sum)
			sum = add_entry(totals, currency, strlen(currency), NULL, 0, status);
		if (!sum)
			return status->code;
		sum->rows += totals->entries[i].rows;
		for (int k = 0; k < totals->table->column_count; k++)
			if (totals->entries[i].broken[k] || __builtin_add_overflow(sum->sums[k], totals->entries[i].sums[k], &sum->sums[k]))
				sum->broken[k] = true;
	}
	if (totals->count > 1)
		qsort(totals->entries, (size_t) totals->count, sizeof(RcTotal), compare);
	return RC_OK;
}

int
rc_total_cell(const RcTotal *total, int column, char *buffer, RcCell *cell)
{
	int			decimals = rc_currency_exponent(total->currency, strlen(total->currency));
	size_t		length = 0;

	if (!total->broken[column])
		length = rc_decimal_text(total->sums[column], RC_TOTAL_SCALE, buffer, RC_FORMAT_SIZE);
	if (length == 0)
	{
		memcpy(buffer, "?", 2);
		length = 1;
	}
	rc_table_amount(cell, buffer, length);
	if (decimals < 0)
		decimals = 2;
	return decimals < cell->scale ? cell->scale : decimals;
}

size_t
rc_total_shown(const RcTotal *total, int column, char *buffer, size_t size)
{
	char		text[RC_FORMAT_SIZE];
	RcCell		cell;
	int			decimals = rc_total_cell(total, column, text, &cell);

	return rc_format_decimal(text, cell.length, decimals, true, buffer, size);
}

void
rc_totals_free(RcTotals *totals)
{
	for (int i = 0; i < totals->count; i++)
	{
		rc_release(totals->allocator, totals->entries[i].sums);
		rc_release(totals->allocator, totals->entries[i].broken);
		rc_release(totals->allocator, totals->entries[i].group);
	}
	rc_release(totals->allocator, totals->entries);
	totals->entries = NULL;
	totals->count = totals->capacity = 0;
}
