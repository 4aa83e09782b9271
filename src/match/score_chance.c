/*
 * score_chance.c - how often accident makes two items alike: counted over all pairs of the pool, without looking at each.
 */
#include "score_features.h"

#include <string.h>

#define SAMPLE 150000			/* random pairs of texts */

typedef struct TextRef
{
	uint64_t	head;			/* the first eight bytes, first byte highest */
	uint32_t	place;			/* left places, then right ones */
} TextRef;

static inline const char *
text_of(const RcScorePool *pool, uint32_t place, size_t *length)
{
	const RcScoreSide *s = &pool->side[RC_LEFT];

	if (place >= s->count)
	{
		place -= (uint32_t) s->count;
		s = &pool->side[RC_RIGHT];
	}
	*length = s->text_length[place];
	return s->bytes + s->text[place];
}

static inline bool
text_before(const RcScorePool *pool, const TextRef *a, const TextRef *b)
{
	size_t		a_length,
				b_length;
	const char *a_text,
			   *b_text;
	int			order;

	if (a->head != b->head)
		return a->head < b->head;
	a_text = text_of(pool, a->place, &a_length);
	b_text = text_of(pool, b->place, &b_length);
	order = memcmp(a_text, b_text, a_length < b_length ? a_length : b_length);
	if (order != 0)
		return order < 0;
	return a_length != b_length ? a_length < b_length : a->place < b->place;
}

static RcCode
sort_texts(const RcScorePool *pool, TextRef *refs, size_t count)
{
	TextRef    *spare;
	TextRef    *source = refs;
	TextRef    *target;

	RC_TRY(rc_scratch(pool->work, &spare, count + 1, sizeof(TextRef)));
	target = spare;
	for (size_t width = 1; width < count; width *= 2)
	{
		TextRef    *swap = source;

		for (size_t from = 0; from < count; from += 2 * width)
		{
			size_t		middle = from + width < count ? from + width : count;
			size_t		to = middle + width < count ? middle + width : count;
			size_t		a = from,
						b = middle;

			for (size_t out = from; out < to; out++)
			{
				if (b >= to || (a < middle && !text_before(pool, &source[b], &source[a])))
					target[out] = source[a++];
				else
					target[out] = source[b++];
			}
			RC_TRY(rc_poll(pool->work, to - from));
		}
		source = target;
		target = swap;
	}
	if (source != refs)
		memcpy(refs, source, count * sizeof(TextRef));
	rc_scratch_release(pool->work, spare);
	return RC_OK;
}

/* Rates one beginning, shared by the texts [from, to): their bits, and how many pairs share it. */
static void
rate(RcScorePool *pool, const TextRef *refs, uint8_t *above, size_t from, size_t to, size_t letters)
{
	RcScoreSide *left = &pool->side[RC_LEFT],
			   *right = &pool->side[RC_RIGHT];
	uint8_t		bits = rc_score_surprise((double) (to - from) - 2, (double) (left->count + right->count), letters);
	double		lefts = 0;
	double		pairs;

	for (size_t n = from; n < to; n++)
	{
		uint32_t	place = refs[n].place;

		if (place < left->count)
		{
			lefts++;
			left->bits[left->text[place] + letters - 1] = bits;
		}
		else
		{
			place -= (uint32_t) left->count;
			right->bits[right->text[place] + letters - 1] = bits;
		}
	}
	/* They were counted with the beginning one byte shorter. */
	pairs = lefts * ((double) (to - from) - lefts);
	pool->bin_pairs[above[from]] -= pairs;
	pool->bin_pairs[rc_text_bin_of(bits)] += pairs;
	memset(above + from, rc_text_bin_of(bits), to - from);
}

/* Sorted, the texts with a common beginning of n bytes lie side by side, for every n. */
RcCode
rc_score_rate_beginnings(RcScorePool *pool)
{
	RcWork	   *work = pool->work;
	size_t		lefts = pool->side[RC_LEFT].count;
	size_t		all = lefts + pool->side[RC_RIGHT].count;
	size_t		count = 0;
	TextRef    *refs;
	uint8_t    *shared;			/* of each text: bytes in common with the one before */
	uint8_t    *above;			/* of each text: bin of its beginning one byte shorter */
	double		left_texts = 0;
	bool		any = true;

	RC_TRY(rc_scratch(work, &refs, all + 1, sizeof(TextRef)));
	for (size_t n = 0; n < all; n++)
	{
		size_t		length;
		const char *text = text_of(pool, (uint32_t) n, &length);
		uint64_t	head = 0;

		RC_TRY(rc_poll(work, 1));
		if (length == 0)
			continue;
		for (size_t i = 0; i < 8; i++)
			head = head << 8 | (i < length ? (unsigned char) text[i] : 0);
		refs[count++] = (TextRef) {head, (uint32_t) n};
		left_texts += n < lefts;
	}
	RC_TRY(sort_texts(pool, refs, count));
	RC_TRY(rc_scratch_zero(work, &shared, count + 1, 1));
	RC_TRY(rc_scratch_zero(work, &above, count + 1, 1));
	for (size_t n = 1; n < count; n++)
	{
		size_t		a_length,
					b_length;
		const char *a = text_of(pool, refs[n - 1].place, &a_length);
		const char *b = text_of(pool, refs[n].place, &b_length);

		shared[n] = (uint8_t) rc_score_common(a, a_length, b, b_length);
		RC_TRY(rc_poll(work, 1));
	}
	pool->bin_pairs[0] = left_texts * ((double) count - left_texts);
	for (size_t letters = 1; letters <= RC_SCORE_TEXT && any; letters++)
	{
		any = false;
		for (size_t from = 0, to; from < count; from = to)
		{
			size_t		length;

			text_of(pool, refs[from].place, &length);
			to = from + 1;
			RC_TRY(rc_poll(work, 1));
			if (length < letters)
				continue;
			any = true;
			while (to < count && shared[to] >= letters)
				to++;
			rate(pool, refs, above, from, to, letters);
			RC_TRY(rc_poll(work, to - from));
		}
	}
	rc_scratch_release(work, above);
	rc_scratch_release(work, shared);
	rc_scratch_release(work, refs);
	return RC_OK;
}

/* One group of currency and sign: a pointer for each step moves up with the left amounts. */
static RcCode
count_group(RcScorePool *pool, size_t left_from, size_t left_to, size_t right_from, size_t right_to)
{
	const RcScoreSide *a = &pool->side[RC_LEFT],
			   *b = &pool->side[RC_RIGHT];
	bool		negative = a->value[left_from] < 0;
	size_t		lefts = left_to - left_from,
				rights = right_to - right_from;
	size_t		below[2 * RC_AMOUNT_EDGES + 1] = {0};	/* rights below each edge */

	pool->pairs += (double) lefts * (double) rights;
	for (size_t n = 0; n < lefts; n++)
	{
		/* Of negative amounts the largest lie first. */
		size_t		i = negative ? left_to - 1 - n : left_from + n;

		for (int e = 0; e <= 2 * RC_AMOUNT_EDGES; e++)
		{
			int			step = e - RC_AMOUNT_EDGES;
			double		limit = a->logarithm[i] +
				(step == 0 ? 0 : step < 0 ? -rc_amount_edge(-step - 1) : rc_amount_edge(step - 1));
			size_t		j = below[e];

			while (j < rights && b->logarithm[negative ? right_to - 1 - j : right_from + j] < limit)
				j++;
			RC_TRY(rc_poll(pool->work, 1 + j - below[e]));
			below[e] = j;
		}
		for (int e = 0; e < RC_AMOUNT_EDGES; e++)
		{
			pool->amount_pairs[2 + e] += (double) (below[RC_AMOUNT_EDGES - e] - below[RC_AMOUNT_EDGES - e - 1]);
			pool->amount_pairs[2 + RC_AMOUNT_EDGES + e] += (double) (below[RC_AMOUNT_EDGES + e + 1] - below[RC_AMOUNT_EDGES + e]);
		}
	}
	/* Equal amounts lie on the edge between below and above: they were counted with the first step above. */
	for (size_t i = left_from, j = right_from; i < left_to && j < right_to;)
	{
		size_t		i_end = i + 1,
					j_end = j + 1;
		double		pairs;

		RC_TRY(rc_poll(pool->work, 1));
		if (a->value[i] != b->value[j])
		{
			if (a->value[i] < b->value[j])
				i++;
			else
				j++;
			continue;
		}
		while (i_end < left_to && a->value[i_end] == a->value[i])
			i_end++;
		while (j_end < right_to && b->value[j_end] == b->value[j])
			j_end++;
		RC_TRY(rc_poll(pool->work, i_end - i + j_end - j));
		pairs = (double) (i_end - i) * (double) (j_end - j);
		pool->amount_pairs[i_end - i > 1 || j_end - j > 1 ? 1 : 0] += pairs;
		pool->amount_pairs[2 + RC_AMOUNT_EDGES] -= pairs;
		i = i_end;
		j = j_end;
	}
	return RC_OK;
}

static size_t
end_of_kind(const RcScoreSide *s, size_t from)
{
	size_t		to = from + 1;

	while (to < s->count && rc_score_same_kind(s, from, s, to))
		to++;
	return to;
}

static RcCode
count_amounts(RcScorePool *pool)
{
	const RcScoreSide *a = &pool->side[RC_LEFT],
			   *b = &pool->side[RC_RIGHT];

	for (size_t i = 0, j = 0; i < a->count && j < b->count;)
	{
		size_t		i_end = end_of_kind(a, i),
					j_end = end_of_kind(b, j);
		bool		together = rc_score_same_kind(a, i, b, j);
		bool		left_first = a->currency[i] != b->currency[j] ? a->currency[i] < b->currency[j] : a->value[i] < 0;

		if (together)
			RC_TRY(count_group(pool, i, i_end, j, j_end));
		if (together || left_first)
			i = i_end;
		if (together || !left_first)
			j = j_end;
		RC_TRY(rc_poll(pool->work, 1));
	}
	return RC_OK;
}

/* Dates of one side, each once, with its number where the entry's date is. */
static RcCode
count_dates(RcWork *work, const RcScoreSide *s, RcEntry **days, size_t *day_count, double *undated)
{
	size_t		count = 0;

	*undated = 0;
	*day_count = 0;
	RC_TRY(rc_scratch(work, days, s->count + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < s->count; i++)
	{
		RC_TRY(rc_poll(work, 1));
		if (s->date[i] == RC_NO_DATE)
			(*undated)++;
		else
		{
			(*days)[count] = (RcEntry) {s->date[i], (int32_t) (count & INT32_MAX), 0};
			count++;
		}
	}
	RC_TRY(rc_sort_by_value(work, RC_LEFT, *days, count));
	for (size_t from = 0, to; from < count; from = to)
	{
		for (to = from; to < count && (*days)[to].value == (*days)[from].value; to++)
			;
		(*days)[(*day_count)++] = (RcEntry) {(*days)[from].value, (int32_t) ((to - from) & INT32_MAX), 0};
	}
	return RC_OK;
}

/* First day not before. */
static size_t
first_day(const RcEntry *days, size_t count, int64_t day)
{
	size_t		low = 0,
				high = count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (days[middle].value < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static RcCode
count_lags(RcScorePool *pool)
{
	RcWork	   *work = pool->work;
	RcEntry    *left,
			   *right;
	size_t		lefts,
				rights;
	double		left_undated,
				right_undated;

	RC_TRY(count_dates(work, &pool->side[RC_LEFT], &left, &lefts, &left_undated));
	RC_TRY(count_dates(work, &pool->side[RC_RIGHT], &right, &rights, &right_undated));
	pool->lag_pairs[RC_LAG_UNKNOWN] = left_undated * (double) pool->side[RC_RIGHT].count +
		((double) pool->side[RC_LEFT].count - left_undated) * right_undated;
	for (size_t i = 0; i < lefts; i++)
	{
		size_t		to = first_day(right, rights, left[i].value + (int64_t) pool->lag_max + 1);

		for (size_t j = first_day(right, rights, left[i].value + pool->lag_min); j < to; j++)
		{
			int			level = rc_score_lag_level((int32_t) left[i].value, (int32_t) right[j].value);

			pool->lag_pairs[level] += (double) left[i].date * right[j].date;
			RC_TRY(rc_poll(work, 1));
		}
	}
	rc_scratch_release(work, left);
	rc_scratch_release(work, right);
	return RC_OK;
}

static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t	x = (*state += UINT64_C(0x9E3779B97F4A7C15));

	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

/* A small pool is counted whole, of a larger one always the same pairs. */
static RcCode
sample_texts(RcScorePool *pool)
{
	size_t		lefts = pool->side[RC_LEFT].count,
				rights = pool->side[RC_RIGHT].count;
	uint64_t	state = 1;
	bool		whole = lefts < SAMPLE && rights < SAMPLE && lefts * rights <= SAMPLE;
	size_t		count = whole ? lefts * rights : SAMPLE;

	if (lefts == 0 || rights == 0)
		return RC_OK;
	for (size_t n = 0; n < count; n++)
	{
		uint64_t	random = next_random(&state);
		size_t		i = whole ? n / rights : (size_t) ((random >> 32) * lefts >> 32);
		size_t		j = whole ? n % rights : (size_t) ((random & UINT32_MAX) * rights >> 32);

		pool->sample_pairs[rc_score_text_level(pool, (uint32_t) i, (uint32_t) j)]++;
		RC_TRY(rc_poll(pool->work, 1));
	}
	pool->sample_size = (double) count;
	return RC_OK;
}

RcCode
rc_score_count_chance(RcScorePool *pool)
{
	RC_TRY(count_amounts(pool));
	RC_TRY(count_lags(pool));
	return sample_texts(pool);
}
