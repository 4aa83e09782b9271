/*
 * scoring.h - the public set of bank transfers beside the clone, and how right a result over it is.
 */
#ifndef SCORING_H
#define SCORING_H

#include <stdlib.h>
#include "../../src/match/score_model.h"
#include "unit.h"

#define TRANSFERS "../shared/fixtures/matching/derived-splink/"

typedef struct Transfer
{
	int64_t		id;
	int64_t		partner;		/* of a left one, by the truth file; 0: none */
	int64_t		amount;			/* cents */
	int32_t		date;
	char		memo[96];
} Transfer;

typedef struct Transfers
{
	Transfer   *item[2];
	size_t		count[2];
	size_t		pairs;
} Transfers;

static inline int32_t
day_number(const char *iso)
{
	int			y,
				m,
				d;

	if (sscanf(iso, "%d-%d-%d", &y, &m, &d) != 3)
		return RC_NO_DATE;
	y -= m <= 2;
	m += m <= 2 ? 12 : 0;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 730426;
}

/* Cuts a line of CSV into four fields at most. */
static inline int
cut_line(char *line, char *field[4])
{
	int			count = 0;
	char	   *out = line;

	line[strcspn(line, "\r\n")] = 0;
	while (count < 4)
	{
		bool		quoted = *line == '"';

		field[count++] = out;
		for (line += quoted; *line != 0 && (quoted || *line != ','); line++)
		{
			if (quoted && *line == '"')
			{
				if (line[1] != '"')
				{
					quoted = false;
					continue;
				}
				line++;
			}
			*out++ = *line;
		}
		if (*line == 0)
		{
			*out = 0;
			break;
		}
		line++;
		*out++ = 0;
	}
	return count;
}

static inline size_t
read_transfers(const char *path, Transfer **items)
{
	FILE	   *file = fopen(path, "r");
	char		line[512];
	char	   *field[4];
	size_t		count = 0;
	size_t		capacity = 0;

	*items = NULL;
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
	{
		double		amount;

		if (cut_line(line, field) != 4 || field[0][0] == 'i')
			continue;
		if (count == capacity)
			*items = realloc(*items, (capacity = capacity * 2 + 1024) * sizeof(Transfer));
		amount = atof(field[2]) * 100;
		(*items)[count] = (Transfer) {.id = atoll(field[0] + 1),.amount = (int64_t) (amount + (amount < 0 ? -0.5 : 0.5)),.date = day_number(field[1])};
		snprintf((*items)[count++].memo, sizeof((*items)[0].memo), "%s", field[3]);
	}
	fclose(file);
	return count;
}

static inline int
by_id(const void *a, const void *b)
{
	int64_t		x = ((const Transfer *) a)->id,
				y = ((const Transfer *) b)->id;

	return x < y ? -1 : x > y;
}

/* Reads both sides and the truth; false when they are not there. */
static inline bool
load_transfers(Transfers *set)
{
	FILE	   *file;
	char		line[128];
	long long	left,
				right;

	memset(set, 0, sizeof(*set));
	set->count[0] = read_transfers(TRANSFERS "origin_dev5000.csv", &set->item[0]);
	set->count[1] = read_transfers(TRANSFERS "destination_dev5000.csv", &set->item[1]);
	file = fopen(TRANSFERS "truth_dev5000.csv", "r");
	if (file == NULL || set->count[0] == 0 || set->count[1] == 0)
	{
		if (file != NULL)
			fclose(file);
		free(set->item[0]);
		free(set->item[1]);
		return false;
	}
	qsort(set->item[0], set->count[0], sizeof(Transfer), by_id);
	while (fgets(line, sizeof(line), file) != NULL)
	{
		Transfer   *found;

		if (sscanf(line, "O%lld,D%lld", &left, &right) != 2)
			continue;
		found = bsearch(&(Transfer) {.id = left}, set->item[0], set->count[0], sizeof(Transfer), by_id);
		if (found != NULL)
		{
			found->partner = right;
			set->pairs++;
		}
	}
	fclose(file);
	return true;
}

static inline void
free_transfers(Transfers *set)
{
	free(set->item[0]);
	free(set->item[1]);
}

/* A pool of the transfers, the sides in the order of the set, or backwards. */
static inline RcPool *
transfer_pool(const Transfers *set, bool backwards)
{
	RcPool	   *pool = rc_pool_create(&rc_malloc_allocator, 0, set->count[0], set->count[1]);
	RcStatus	status = {0};

	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		for (size_t n = 0; n < set->count[side]; n++)
		{
			const Transfer *t = &set->item[side][backwards ? set->count[side] - 1 - n : n];

			CHECK_INT(rc_pool_add(pool, (RcSide) side, &(RcItemInput) {
				.item_id = t->id,.amount = t->amount * 10000,.compare = t->amount * 10000,.date = t->date,.currency = 1,.active = true,
				.text = t->memo,.text_length = (uint32_t) strlen(t->memo)
			}, &status), RC_OK);
		}
	}
	return pool;
}

typedef struct Grade
{
	size_t		right, wrong, suggested_right, suggested_wrong;
	double		precision, recall, f1;	/* of the matches */
	double		f1_all;			/* with the suggestions */
} Grade;

static inline Grade
grade(const Transfers *set, const RcPool *pool, const RcResult *result)
{
	Grade		g = {0};
	double		all;

	for (uint64_t m = 0; m < result->match_count; m++)
	{
		const RcMatch *match = &result->matches[m];
		int64_t		left = rc_pool_item_id(pool, RC_LEFT, result->items[match->first_left].index);
		int64_t		right = rc_pool_item_id(pool, RC_RIGHT, result->items[match->first_right].index);
		const Transfer *t = bsearch(&(Transfer) {.id = left}, set->item[0], set->count[0], sizeof(Transfer), by_id);
		bool		held = t->partner == right;

		*(match->suggestion ? held ? &g.suggested_right : &g.suggested_wrong : held ? &g.right : &g.wrong) += 1;
	}
	g.precision = g.right + g.wrong > 0 ? (double) g.right / (double) (g.right + g.wrong) : 0;
	g.recall = set->pairs > 0 ? (double) g.right / (double) set->pairs : 0;
	g.f1 = g.right > 0 ? 2 * g.precision * g.recall / (g.precision + g.recall) : 0;
	all = (double) (g.right + g.wrong + g.suggested_right + g.suggested_wrong + set->pairs);
	g.f1_all = all > 0 ? 2 * (double) (g.right + g.suggested_right) / all : 0;
	return g;
}

#endif
