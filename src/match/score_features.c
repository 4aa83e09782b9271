/*
 * score_features.c - items as `score` sees them, and the levels of a pair.
 */
#include "score_features.h"

#include <math.h>
#include <string.h>

#define MID_TOKEN 3				/* letters in common from which a word counts as cut or misspelt, not as another */

static const double amount_edges[RC_AMOUNT_EDGES] = {
	0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.125, 0.16, 0.20, RC_AMOUNT_REACH
};

double
rc_amount_edge(int n)
{
	return amount_edges[n];
}

int
rc_score_lag_level(int32_t left, int32_t right)
{
	int64_t		days;
	int64_t		far;
	int			tail = 0;

	if (left == RC_NO_DATE || right == RC_NO_DATE)
		return RC_LAG_UNKNOWN;
	days = (int64_t) right - left;
	if (days >= -RC_LAG_DAYS && days <= RC_LAG_DAYS)
		return (int) (days + RC_LAG_DAYS);
	far = days < 0 ? -days : days;
	for (int64_t reach = 2 * RC_LAG_DAYS; far > reach && tail < RC_LAG_TAIL - 1; reach *= 2)
		tail++;
	return 2 * RC_LAG_DAYS + 1 + (days < 0 ? RC_LAG_TAIL : 0) + tail;
}

static inline int
amount_level(const RcScorePool *pool, uint32_t left, uint32_t right)
{
	const RcScoreSide *a = &pool->side[RC_LEFT],
			   *b = &pool->side[RC_RIGHT];
	double		ratio;
	double		step;

	if (a->value[left] == b->value[right])
		return a->twin[left] || b->twin[right] ? 1 : 0;
	ratio = b->logarithm[right] - a->logarithm[left];
	step = fabs(ratio) * (RC_AMOUNT_STEPS / RC_AMOUNT_REACH);
	return 2 + (ratio > 0 ? RC_AMOUNT_EDGES : 0) + pool->amount_level[step < RC_AMOUNT_STEPS ? (int) step : RC_AMOUNT_STEPS - 1];
}

uint8_t
rc_score_surprise(double others, double all, size_t letters)
{
	double		bits = 4 * log2((all + 64) / (others > 0.5 ? others : 0.5));
	double		most = 12.0 * (double) letters; /* a letter does not tell more than three bits */

	if (bits > most)
		bits = most;
	return bits < 0 ? 0 : bits > 250 ? 250 : (uint8_t) bits;
}

/* Upper-case letters and digits, all else a single blank between them; characters beyond ASCII as they are. */
static uint8_t
normalise(const char *text, size_t length, char *target)
{
	size_t		out = 0;
	bool		gap = false;

	for (size_t i = 0; i < length && out < RC_SCORE_TEXT; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80)
		{
			if (gap && out > 0)
				target[out++] = ' ';
			gap = false;
			if (out < RC_SCORE_TEXT)
				target[out++] = (char) c;
		}
		else
			gap = true;
	}
	while (out > 0 && target[out - 1] == ' ')
		out--;
	return (uint8_t) out;
}

/* Past the character at i. */
static size_t
next_character(const char *text, size_t length, size_t i)
{
	i++;
	while (i < length && ((unsigned char) text[i] & 0xC0) == 0x80)
		i++;
	return i;
}

/* Words; writing without blanks (characters of three bytes and more) gives pairs of characters. */
static size_t
tokenize(const char *text, uint8_t length, RcScoreToken *tokens)
{
	size_t		count = 0;
	size_t		i = 0;

	while (i < length && count < RC_SCORE_TOKENS)
	{
		size_t		from = i;
		size_t		to;

		if (text[i] == ' ')
		{
			i++;
			continue;
		}
		if ((unsigned char) text[i] >= 0xE0)
		{
			i = to = next_character(text, length, i);
			if (i < length && (unsigned char) text[i] >= 0xE0)
				to = next_character(text, length, i);
			else if (from > 0 && (unsigned char) text[from - 1] >= 0x80)
				continue;		/* the last of a run is in the pair before */
		}
		else
		{
			while (i < length && text[i] != ' ' && (unsigned char) text[i] < 0xE0)
				i++;
			to = i;
		}
		tokens[count++] = (RcScoreToken) {rc_pool_hash(text + from, to - from), (uint8_t) from, (uint8_t) (to - from), 0};
	}
	return count;
}

static RcCode
sort_side(RcWork *work, RcSide side, RcScoreSide *s)
{
	const RcItems *items = &work->pool->side[side];
	RcEntry    *entries;
	bool		one_currency = true;

	RC_TRY(rc_scratch(work, &entries, items->count + 1, sizeof(RcEntry)));
	for (size_t i = 0; i < items->count; i++)
	{
		if (items->compare[i] != 0 && rc_takes_part(work, side, (RcIndex) i))
			entries[s->count++] = (RcEntry) {items->compare[i], items->date[i], (RcIndex) i};
		RC_TRY(rc_poll(work, 1));
	}
	RC_TRY(rc_sort_by_value(work, side, entries, s->count));
	for (size_t i = 1; i < s->count && one_currency; i++)
		one_currency = items->currency[entries[i].index] == items->currency[entries[0].index];
	if (!one_currency)
	{
		/* The place so far stands for the date: the order within a currency stays. */
		for (size_t i = 0; i < s->count; i++)
			entries[i] = (RcEntry) {items->currency[entries[i].index], (int32_t) (i & INT32_MAX), entries[i].index};
		RC_TRY(rc_sort_by_value(work, side, entries, s->count));
	}
	RC_TRY(rc_scratch(work, &s->index, s->count + 1, sizeof(RcIndex)));
	RC_TRY(rc_scratch(work, &s->value, s->count + 1, sizeof(int64_t)));
	RC_TRY(rc_scratch(work, &s->logarithm, s->count + 1, sizeof(double)));
	RC_TRY(rc_scratch(work, &s->date, s->count + 1, sizeof(int32_t)));
	RC_TRY(rc_scratch(work, &s->currency, s->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &s->twin, s->count + 1, 1));
	for (size_t i = 0; i < s->count; i++)
	{
		RcIndex		index = entries[i].index;

		s->index[i] = index;
		s->value[i] = items->compare[index];
		s->logarithm[i] = log(fabs((double) items->compare[index]));
		s->date[i] = items->date[index];
		s->currency[i] = items->currency[index];
		if (i > 0 && s->value[i] == s->value[i - 1] && s->currency[i] == s->currency[i - 1])
			s->twin[i] = s->twin[i - 1] = 1;
		RC_TRY(rc_poll(work, 1));
	}
	rc_scratch_release(work, entries);
	return RC_OK;
}

static RcCode
read_texts(RcWork *work, RcSide side, RcScoreSide *s)
{
	const RcPool *pool = work->pool;
	const RcItems *items = &pool->side[side];
	size_t		byte_count = 0;
	size_t		token_count = 0;
	size_t		byte_capacity = s->count * 24 + RC_SCORE_TEXT;
	size_t		token_capacity = s->count * 4 + RC_SCORE_TOKENS;

	RC_TRY(rc_scratch(work, &s->text, s->count + 1, sizeof(uint32_t)));
	RC_TRY(rc_scratch_zero(work, &s->text_length, s->count + 1, 1));
	RC_TRY(rc_scratch(work, &s->token, s->count + 2, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &s->bytes, byte_capacity, 1));
	RC_TRY(rc_scratch(work, &s->tokens, token_capacity, sizeof(RcScoreToken)));
	for (size_t i = 0; i < s->count; i++)
	{
		size_t		length;
		const char *text;

		RC_TRY(rc_poll(work, 1));
		s->text[i] = (uint32_t) byte_count;
		s->token[i] = (uint32_t) token_count;
		if (items->text == NULL || items->text[s->index[i]] == 0)
			continue;
		if (byte_count > UINT32_MAX - RC_SCORE_TEXT)
			return rc_fail(work->status, RC_TOO_LARGE, "more text than one pool can compare");
		if (byte_capacity - byte_count < RC_SCORE_TEXT)
		{
			byte_capacity += byte_capacity / 2;
			RC_TRY(rc_scratch_grow(work, &s->bytes, byte_capacity, 1));
		}
		if (token_capacity - token_count < RC_SCORE_TOKENS)
		{
			token_capacity += token_capacity / 2;
			RC_TRY(rc_scratch_grow(work, &s->tokens, token_capacity, sizeof(RcScoreToken)));
		}
		text = rc_pool_bytes_at(pool, items->text[s->index[i]], &length);
		s->text_length[i] = normalise(text, length, s->bytes + byte_count);
		token_count += tokenize(s->bytes + byte_count, s->text_length[i], s->tokens + token_count);
		byte_count += s->text_length[i];
	}
	s->token[s->count] = (uint32_t) token_count;
	s->text[s->count] = (uint32_t) byte_count;
	return rc_scratch_zero(work, &s->bits, byte_count + 1, 1);
}

RcCode
rc_score_create_blocks(RcWork *work, size_t keys, RcScoreBlock **blocks, size_t *mask)
{
	size_t		size = 64;

	while (size < keys * 2)
		size *= 2;
	*mask = size - 1;
	return rc_scratch_zero(work, blocks, size, sizeof(RcScoreBlock));
}

/* How surprising each word is. */
static RcCode
rate_words(RcWork *work, RcScorePool *pool)
{
	RcScoreBlock *words;
	size_t		mask;
	double		all = (double) (pool->side[0].count + pool->side[1].count);

	RC_TRY(rc_score_create_blocks(work, pool->side[0].token[pool->side[0].count] + (size_t) pool->side[1].token[pool->side[1].count],
								  &words, &mask));
	for (int pass = 0; pass < 2; pass++)
	{
		for (int side = RC_LEFT; side <= RC_RIGHT; side++)
		{
			RcScoreSide *s = &pool->side[side];

			for (size_t n = 0; n < s->token[s->count]; n++)
			{
				RcScoreBlock *word = rc_score_find_block(words, mask, s->tokens[n].hash | 1);

				if (pass == 0)
				{
					word->key = s->tokens[n].hash | 1;
					word->count++;
				}
				else
					s->tokens[n].bits = rc_score_surprise((double) word->count - 2, all, s->tokens[n].length);
				RC_TRY(rc_poll(work, 1));
			}
		}
	}
	rc_scratch_release(work, words);
	return RC_OK;
}

size_t
rc_score_common(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t		most = a_length < b_length ? a_length : b_length;
	size_t		i = 0;

	while (i + 8 <= most)
	{
		uint64_t	x,
					y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			break;
		i += 8;
	}
	while (i < most && a[i] == b[i])
		i++;
	return i;
}

/* Bits of the words in common from a place on; and of the word that each text has there, plus one. */
static unsigned
words_in_common(const RcScoreToken *a, const RcScoreToken *a_end, const RcScoreToken *b, const RcScoreToken *b_end, size_t start,
				unsigned *a_word, unsigned *b_word)
{
	unsigned	bits = 0;

	while (a < a_end && a->start < start)
		a++;
	while (b < b_end && b->start < start)
		b++;
	*a_word = a < a_end ? a->bits + 1u : 0;
	*b_word = b < b_end ? b->bits + 1u : 0;
	for (; a < a_end; a++)
	{
		for (const RcScoreToken *other = b; other < b_end; other++)
		{
			if (other->hash == a->hash)
			{
				bits += a->bits;
				break;
			}
		}
	}
	return bits;
}

int
rc_score_text_level(const RcScorePool *pool, uint32_t left, uint32_t right)
{
	static const uint8_t limits[RC_TEXT_WORDS - 2] = {1, 12, 24, 36, 48, 64};
	const RcScoreSide *s = &pool->side[RC_LEFT],
			   *t = &pool->side[RC_RIGHT];
	const char *a = s->bytes + s->text[left],
			   *b = t->bytes + t->text[right];
	size_t		a_length = s->text_length[left],
				b_length = t->text_length[right];
	size_t		same;
	size_t		start = 0;
	int			bin;
	int			class = 0;
	unsigned	words,
				a_word,
				b_word,
				least;

	if (a_length == 0 || b_length == 0)
		return 0;
	same = rc_score_common(a, a_length, b, b_length);
	bin = same == 0 ? 0 : rc_text_bin_of(s->bits[s->text[left] + same - 1]);
	if (bin > 0 && (same == a_length || same == b_length))
	{
		/* One text is the beginning of the other: at the end of a word, or cut within. */
		if (a_length != b_length)
			class = (same == a_length ? b[same] : a[same]) == ' ' ? 1 : 2;
		return RC_TEXT_WORDS + (bin - 1) * RC_TEXT_CLASSES + class;
	}
	/* Where the word begins in which they part. */
	for (start = bin > 0 ? same : 0; start > 0 && a[start - 1] != ' '; start--)
		;
	words = words_in_common(s->tokens + s->token[left], s->tokens + s->token[left + 1], t->tokens + t->token[right],
							t->tokens + t->token[right + 1], start, &a_word, &b_word);
	if (bin == 0)
	{
		int			level = 1;

		while (level < RC_TEXT_WORDS - 1 && words >= limits[level - 1])
			level++;
		return level;
	}
	least = a_word < b_word ? a_word : b_word;
	if (words >= 16)
		class = 9;
	else if (same - start >= MID_TOKEN)
		class = words > 0 ? 7 : 6;
	else
		class = least < 12 ? 3 : least < 24 ? 4 : least < 36 ? 5 : 8;
	return RC_TEXT_WORDS + (bin - 1) * RC_TEXT_CLASSES + class;
}

RcScorePair
rc_score_compare(const RcScorePool *pool, uint32_t left, uint32_t right)
{
	return (RcScorePair) {
		.left = left,.right = right,.amount = (uint8_t) amount_level(pool, left, right),
		.lag = (uint8_t) rc_score_lag_level(pool->side[RC_LEFT].date[left], pool->side[RC_RIGHT].date[right]),
		.text = (uint8_t) rc_score_text_level(pool, left, right)
	};
}

RcCode
rc_score_pool_create(RcWork *work, RcScorePool *pool)
{
	const RcRule *rule = work->rule;
	int			level = 0;

	memset(pool, 0, sizeof(*pool));
	pool->work = work;
	pool->lag_min = rule->has_lag_min ? rule->lag_min : -30;
	pool->lag_max = rule->has_lag_max ? rule->lag_max : 30;
	pool->bounded = rc_has_tolerance(rule);
	for (int step = 0; step < RC_AMOUNT_STEPS; step++)
	{
		while (level < RC_AMOUNT_EDGES - 1 && (step + 0.5) * (RC_AMOUNT_REACH / RC_AMOUNT_STEPS) > amount_edges[level])
			level++;
		pool->amount_level[step] = (uint8_t) level;
	}
	for (int side = RC_LEFT; side <= RC_RIGHT; side++)
	{
		RC_TRY(sort_side(work, (RcSide) side, &pool->side[side]));
		RC_TRY(read_texts(work, (RcSide) side, &pool->side[side]));
	}
	RC_TRY(rate_words(work, pool));
	RC_TRY(rc_score_rate_beginnings(pool));
	RC_TRY(rc_score_count_chance(pool));
	return rc_score_index_words(pool);
}
