/*
 * subset_table.c - dynamic programming: a bit for every sum that the first parts can reach, a row for each part; every solution is then
 * read back from the last row to the first, without a wrong turn.
 */
#include "subset_internal.h"

#include <string.h>

#define MAX_WORDS (UINT64_C(8) << 20)	/* 64 MB */
#define CHUNK 1000

/* target = source | source << shift, both of so many words and apart from each other. */
static void
shifted(uint64_t *restrict target, const uint64_t *restrict source, size_t from, size_t to, uint64_t shift)
{
	size_t		words = (size_t) (shift / 64);
	unsigned	bits = (unsigned) (shift % 64);
	size_t		i = from;

	for (; i < to && i < words; i++)
		target[i] = source[i];
	if (bits == 0)
	{
		for (; i < to; i++)
			target[i] = source[i] | source[i - words];
		return;
	}
	if (i == words && i < to)
	{
		target[i] = source[i] | source[0] << bits;
		i++;
	}
	for (; i < to; i++)
		target[i] = source[i] | source[i - words] << bits | source[i - words - 1] >> (64 - bits);
}

static RcCode
shift_row(RcSubsetSearch *search, uint64_t *target, const uint64_t *source, size_t words, uint64_t shift)
{
	for (size_t from = 0; from < words; from += CHUNK)
	{
		size_t		to = words - from > CHUNK ? from + CHUNK : words;

		shifted(target, source, from, to, shift);
		RC_TRY(rc_poll(search->work, to - from));
	}
	return RC_OK;
}

static inline bool
reachable(const uint64_t *row, int64_t sum)
{
	return (row[sum / 64] >> (sum % 64) & 1) != 0;
}

/* All ways to a sum, from the last part to the first. */
static RcCode
read_back(RcSubsetSearch *search, size_t words, int64_t sum, bool *go)
{
	uint32_t	level = search->part_count;
	uint32_t	next = 0;		/* copies of the part before level to try first */
	int64_t		rest = sum;

	*go = true;
	while (*go && !rc_subset_full(search))
	{
		bool		down = false;

		if (level == 0)
			RC_TRY(rc_subset_add_taken(search));
		else
		{
			const RcSubsetPart *part = &search->parts[level - 1];
			const uint64_t *row = search->table + words * (level - 1);

			for (uint32_t t = next; t <= part->cap && part->weight * t <= rest && !down; t++)
			{
				if (reachable(row, rest - part->weight * t))
				{
					search->taken[level - 1] = t;
					rest -= part->weight * t;
					down = true;
				}
			}
			RC_TRY(rc_subset_spend(search, 1 + part->cap, go));
		}
		if (down)
		{
			level--;
			next = 0;
			continue;
		}
		/* Back to the part decided last. */
		if (level == search->part_count)
			break;
		next = search->taken[level] + 1;
		rest += search->parts[level].weight * search->taken[level];
		search->taken[level] = 0;
		level++;
	}
	memset(search->taken, 0, search->part_count * sizeof(uint32_t));
	return RC_OK;
}

RcCode
rc_subset_table(RcSubsetSearch *search, bool *fits, bool *complete)
{
	uint64_t	words = (uint64_t) search->part_high / 64 + 1;
	uint64_t	rows = (uint64_t) search->part_count + 2;	/* one to start from, one to spare */
	uint64_t   *spare;
	bool		go;

	*fits = words <= MAX_WORDS / rows && words * rows <= search->left;
	if (!*fits)
		return RC_OK;
	if (search->table_capacity < words * rows)
	{
		RC_TRY(rc_scratch_grow(search->work, &search->table, (size_t) (words * rows), sizeof(uint64_t)));
		search->table_capacity = (size_t) (words * rows);
	}
	spare = search->table + words * (rows - 1);
	memset(search->table, 0, (size_t) words * sizeof(uint64_t));
	search->table[0] = 1;
	for (uint32_t p = 0; p < search->part_count; p++)
	{
		const RcSubsetPart *part = &search->parts[p];
		uint64_t   *row = search->table + words * (p + 1);
		const uint64_t *before = row - words;
		uint32_t	rest = part->cap;

		/* 1, 2, 4, ... copies and what is left over reach as far as single ones. */
		for (uint32_t piece = 1; rest > 0; piece *= 2)
		{
			uint32_t	copies = piece < rest ? piece : rest;

			RC_TRY(shift_row(search, rest == part->cap ? row : spare, rest == part->cap ? before : row, (size_t) words,
							 (uint64_t) part->weight * copies));
			if (rest != part->cap)
				memcpy(row, spare, (size_t) words * sizeof(uint64_t));
			rest -= copies;
			RC_TRY(rc_subset_spend(search, words, &go));
			if (!go)
			{
				*fits = false;
				return RC_OK;
			}
		}
	}
	for (int64_t sum = search->part_low; sum <= search->part_high && !rc_subset_full(search); sum++)
	{
		if (reachable(search->table + words * search->part_count, sum))
		{
			RC_TRY(read_back(search, (size_t) words, sum, &go));
			if (!go)
			{
				*fits = false;
				return RC_OK;
			}
		}
		RC_TRY(rc_poll(search->work, 1));
	}
	*complete = !rc_subset_full(search);
	return RC_OK;
}
