/*
 * score_candidates.c - which pairs are looked at at all: equal or near amounts, or a word in common; never all with all.
 */
#include "score_features.h"

#include <math.h>
#include <string.h>

#define SCAN 512				/* postings looked at for one left item */
#define ENOUGH 48				/* candidates after which a crowded word is not worth its while */
#define LOOKED 512				/* each way among the neighbours in amount */
#define EQUAL_KEPT 128			/* each way */
#define NEAR_KEPT 24			/* each way */
#define MAX_KEYS (2 * RC_SCORE_TOKENS)

/* The keys an item is found by: the beginning of each word, and each two neighbours. Never 0. */
static size_t
keys_of(const RcScoreSide *s, uint32_t place, uint64_t *keys)
{
	const RcScoreToken *token = s->tokens + s->token[place],
			   *end = s->tokens + s->token[place + 1];
	uint64_t	kind = ((uint64_t) s->currency[place] * 2 + (s->value[place] < 0)) * UINT64_C(0x9E3779B97F4A7C15);
	uint64_t	before = 0;
	size_t		count = 0;

	for (; token < end; token++)
	{
		const char *word = s->bytes + s->text[place] + token->start;
		uint64_t	hash = token->hash;
		bool		known = false;

		if (token->length > 4 && (unsigned char) word[0] < 0xE0)
			hash = rc_pool_hash(word, 4);
		hash ^= kind;
		if (before != 0)
			keys[count++] = ((before ^ hash << 21 ^ hash >> 43) * UINT64_C(0xD6E8FEB86659FD93)) | 1;
		before = hash;
		hash |= 1;
		for (size_t n = 0; n < count && !known; n++)
			known = keys[n] == hash;
		if (!known)
			keys[count++] = hash;
	}
	return count;
}

RcCode
rc_score_index_words(RcScorePool *pool)
{
	RcWork	   *work = pool->work;
	RcScoreSide *s = &pool->side[RC_RIGHT];
	uint64_t	keys[MAX_KEYS];
	size_t		postings = 0;

	RC_TRY(rc_score_create_blocks(work, 2 * (size_t) s->token[s->count], &pool->blocks, &pool->block_mask));
	for (size_t j = 0; j < s->count; j++)
	{
		size_t		count = keys_of(s, (uint32_t) j, keys);

		for (size_t k = 0; k < count; k++)
		{
			RcScoreBlock *block = rc_score_find_block(pool->blocks, pool->block_mask, keys[k]);

			block->key = keys[k];
			block->count++;
		}
		postings += count;
		RC_TRY(rc_poll(work, count + 1));
	}
	if (postings >= UINT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "more words than one pool can compare");
	for (size_t b = 0, sum = 0; b <= pool->block_mask; b++)
	{
		pool->blocks[b].first = (uint32_t) sum;
		sum += pool->blocks[b].count;
		pool->blocks[b].count = 0;
		RC_TRY(rc_poll(work, 1));
	}
	RC_TRY(rc_scratch(work, &pool->postings, postings + 1, sizeof(RcScorePosting)));
	/* In ascending order of |amount|: the negative ones from behind. A key has one sign only. */
	for (int negative = 0; negative < 2; negative++)
	{
		for (size_t n = 0; n < s->count; n++)
		{
			uint32_t	j = (uint32_t) (negative ? s->count - 1 - n : n);
			size_t		count;

			RC_TRY(rc_poll(work, 1));
			if ((s->value[j] < 0) != (negative == 1))
				continue;
			count = keys_of(s, j, keys);
			for (size_t k = 0; k < count; k++)
			{
				RcScoreBlock *block = rc_score_find_block(pool->blocks, pool->block_mask, keys[k]);

				pool->postings[block->first + block->count++] = (RcScorePosting) {s->logarithm[j], s->date[j], j};
			}
			RC_TRY(rc_poll(work, count));
		}
	}
	return rc_scratch_zero(work, &pool->stamp, s->count + 1, sizeof(uint32_t));
}

static inline bool
lag_fits(const RcScorePool *pool, int32_t left, int32_t right)
{
	int64_t		lag = (int64_t) right - left;

	return left == RC_NO_DATE || right == RC_NO_DATE || (lag >= pool->lag_min && lag <= pool->lag_max);
}

typedef struct Visit
{
	RcScorePool *pool;
	uint32_t	left;
	RcScoreVisit visit;
	void	   *context;
	size_t		found;
} Visit;

/* Considers one right item, unless that has been done; the caller has looked at the lag. */
static RcCode
consider(Visit *v, uint32_t right)
{
	RcScorePool *pool = v->pool;
	RcScorePair pair;

	if (pool->stamp[right] == v->left + 1)
		return RC_OK;
	pool->stamp[right] = v->left + 1;
	if (pool->bounded && !rc_sums_agree(pool->work->rule, pool->side[RC_LEFT].value[v->left], pool->side[RC_RIGHT].value[right]))
		return RC_OK;
	if (rc_pair_rejected(pool->work, pool->side[RC_LEFT].index[v->left], pool->side[RC_RIGHT].index[right]))
		return RC_OK;
	v->found++;
	pair = rc_score_compare(pool, v->left, right);
	return v->visit(v->context, &pair);
}

/* First place not before (currency, value, date). */
static size_t
lower_bound(const RcScoreSide *s, uint32_t currency, int64_t value, int64_t date)
{
	size_t		low = 0,
				high = s->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		bool		before;

		if (s->currency[middle] != currency)
			before = s->currency[middle] < currency;
		else if (s->value[middle] != value)
			before = s->value[middle] < value;
		else
			before = s->date[middle] < date;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Equal amounts, nearest in date first, and amounts that are merely near. */
static RcCode
by_amount(Visit *v)
{
	const RcScorePool *pool = v->pool;
	const RcScoreSide *a = &pool->side[RC_LEFT],
			   *b = &pool->side[RC_RIGHT];
	uint32_t	i = v->left;
	size_t		middle = lower_bound(b, a->currency[i], a->value[i], a->date[i]);

	for (int up = 0; up < 2; up++)
	{
		size_t		j = up ? middle : middle - 1;
		int			equal = 0,
					near = 0;

		/* Below the first place the number wraps round, and is beyond the last. */
		for (int looked = 0; looked < LOOKED && j < b->count && near < NEAR_KEPT; looked++, j += up ? 1 : (size_t) -1)
		{
			bool		same = b->value[j] == a->value[i];

			if (!rc_score_same_kind(a, i, b, j) || fabs(b->logarithm[j] - a->logarithm[i]) >= RC_AMOUNT_REACH)
				break;
			if (!lag_fits(pool, a->date[i], b->date[j]) || (same && equal >= EQUAL_KEPT))
				continue;
			*(same ? &equal : &near) += 1;
			RC_TRY(consider(v, (uint32_t) j));
		}
	}
	return rc_poll(pool->work, 2 * LOOKED);
}

static inline size_t
posting_bound(const RcScorePosting *postings, size_t count, double limit)
{
	size_t		low = 0,
				high = count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (postings[middle].logarithm < limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

typedef struct Range
{
	const RcScorePosting *from,
			   *to;
} Range;

RcCode
rc_score_candidates(RcScorePool *pool, uint32_t left, RcScoreVisit visit, void *context)
{
	const RcScoreSide *a = &pool->side[RC_LEFT];
	Visit		v = {pool, left, visit, context, 0};
	uint64_t	keys[MAX_KEYS];
	size_t		key_count = keys_of(a, left, keys);
	Range		ranges[MAX_KEYS];
	size_t		range_count = 0;
	size_t		scanned = 0;

	RC_TRY(by_amount(&v));
	for (size_t k = 0; k < key_count; k++)
	{
		const RcScoreBlock *block = rc_score_find_block(pool->blocks, pool->block_mask, keys[k]);
		const RcScorePosting *postings = pool->postings + block->first;
		size_t		low = posting_bound(postings, block->count, a->logarithm[left] - RC_AMOUNT_REACH);
		size_t		high = posting_bound(postings, block->count, a->logarithm[left] + RC_AMOUNT_REACH);
		Range		range = {postings + low, postings + high};
		size_t		n = range_count;

		if (low >= high)
			continue;
		/* The rarest first. */
		while (n > 0 && ranges[n - 1].to - ranges[n - 1].from > range.to - range.from)
		{
			ranges[n] = ranges[n - 1];
			n--;
		}
		ranges[n] = range;
		range_count++;
	}
	for (size_t r = 0; r < range_count && scanned < SCAN; r++)
	{
		const RcScorePosting *from = ranges[r].from,
				   *to = ranges[r].to;

		if ((size_t) (to - from) > SCAN - scanned)
		{
			/* Crowded: the nearest amounts only, and those only when little else was found. */
			size_t		middle = posting_bound(from, (size_t) (to - from), a->logarithm[left]);
			size_t		half = (SCAN - scanned) / 2;

			if (v.found >= ENOUGH)
				break;
			if ((size_t) (to - from) - middle > half)
				to = from + middle + half;
			if (middle > half)
				from += middle - half;
		}
		scanned += (size_t) (to - from);
		RC_TRY(rc_poll(pool->work, (size_t) (to - from)));
		for (; from < to; from++)
		{
			if (lag_fits(pool, a->date[left], from->date))
				RC_TRY(consider(&v, from->place));
		}
	}
	return RC_OK;
}
