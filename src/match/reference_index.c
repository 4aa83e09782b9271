/*
 * reference_index.c - a hash index over squeezed references, and sorted ends for truncated ones.
 */
#include "reference_index.h"

#include <string.h>

typedef struct RcEndSlot
{
	uint32_t	low, high;		/* in sorted; high 0: free */
} RcEndSlot;

static inline bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(unsigned char c)
{
	return (unsigned char) ((c | 0x20) - 'a') < 26;
}

static inline bool
is_word(unsigned char c)
{
	return is_digit(c) || is_letter(c);
}

static inline char
upper(unsigned char c)
{
	return (char) (is_letter(c) ? c & ~0x20 : c);
}

static uint32_t
squeeze_key(const char *key, size_t length, char *target)
{
	uint32_t	out = 0;

	if (length > RC_REFERENCE_MAX)
		return 0;
	for (size_t i = 0; i < length; i++)
	{
		if (is_word((unsigned char) key[i]))
			target[out++] = upper((unsigned char) key[i]);
	}
	return out;
}

/* The slot of a string in a currency: the group's, or the free one where it belongs. */
static uint32_t *
find_slot(const RcReferenceIndex *index, uint64_t hash, const char *bytes, uint32_t length, uint32_t currency, uint32_t *foreign)
{
	size_t		place = (size_t) (hash >> 16) & index->mask;

	for (;; place = (place + 1) & index->mask)
	{
		const RcReferenceGroup *group;

		if (index->slots[place] == 0)
			return &index->slots[place];
		group = &index->groups[index->slots[place] - 1];
		if (group->length != length || memcmp(index->strings + group->string, bytes, length) != 0)
			continue;
		if (group->currency == currency)
			return &index->slots[place];
		if (foreign != NULL && index->slots[place] - 1 < *foreign)
			*foreign = index->slots[place] - 1;
	}
}

RcCode
rc_reference_index_build(RcWork *work, RcReferenceIndex *index, RcSide side, int keyset)
{
	const RcPool *pool = work->pool;
	const RcItems *items = &pool->side[side];
	const uint32_t *key = items->key[keyset];
	uint32_t   *group_of;
	size_t		bytes = 0,
				count = 0,
				size = 64;
	uint32_t	used = 0;
	uint64_t	first = 0;

	memset(index, 0, sizeof(*index));
	index->side = side;
	index->keyset = keyset;
	index->minimum = work->rule->minimum_reference > 0 ? work->rule->minimum_reference : 6;
	for (size_t i = 0; i < items->count; i++)
	{
		if (key[i] != 0 && pool->words[key[i]] <= RC_REFERENCE_MAX && rc_takes_part(work, side, (RcIndex) i))
		{
			bytes += pool->words[key[i]];
			count++;
		}
		if ((i & 8191) == 8191)
			RC_TRY(rc_poll(work, 8192));
	}
	if (bytes > UINT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "references are longer than 4 GB together");
	while (size < 2 * count)
		size *= 2;
	index->mask = size - 1;
	RC_TRY(rc_scratch(work, &index->strings, bytes + 1, 1));
	RC_TRY(rc_scratch(work, &index->groups, count + 1, sizeof(RcReferenceGroup)));
	RC_TRY(rc_scratch(work, &index->items, count + 1, sizeof(RcIndex)));
	RC_TRY(rc_scratch_zero(work, &index->slots, size, sizeof(uint32_t)));
	RC_TRY(rc_scratch(work, &group_of, items->count + 1, sizeof(uint32_t)));
	for (size_t position = 0; position < items->count; position++)
	{
		RcIndex		i = rc_ordered(work, side, position);
		size_t		length;
		const char *text;
		uint32_t	squeezed;
		uint32_t   *slot;

		RC_TRY(rc_poll(work, 1));
		group_of[i] = UINT32_MAX;
		if (key[i] == 0 || !rc_takes_part(work, side, i))
			continue;
		text = rc_pool_bytes_at(pool, key[i], &length);
		if (length > RC_REFERENCE_MAX)
			continue;
		squeezed = squeeze_key(text, length, index->strings + used);
		if (squeezed < RC_REFERENCE_MIN_WHOLE)
			continue;
		slot = find_slot(index, rc_pool_hash(index->strings + used, squeezed), index->strings + used, squeezed,
						 items->currency[i], NULL);
		if (*slot == 0)
		{
			index->groups[index->group_count] = (RcReferenceGroup) {used, squeezed, items->currency[i], 0, 0};
			*slot = ++index->group_count;
			used += squeezed;
			index->has_length[squeezed] = true;
			if (squeezed > index->longest)
				index->longest = squeezed;
		}
		group_of[i] = *slot - 1;
		index->groups[*slot - 1].item_count++;
	}
	for (uint32_t g = 0; g < index->group_count; g++)
	{
		index->groups[g].first_item = first;
		first += index->groups[g].item_count;
		index->groups[g].item_count = 0;
	}
	for (size_t position = 0; position < items->count; position++)
	{
		RcIndex		i = rc_ordered(work, side, position);

		if (group_of[i] != UINT32_MAX)
		{
			RcReferenceGroup *group = &index->groups[group_of[i]];

			index->items[group->first_item + group->item_count++] = i;
		}
	}
	rc_scratch_release(work, group_of);
	return rc_poll(work, items->count);
}

RcCode
rc_squeeze(RcWork *work, RcSqueezed *squeezed, const char *text, size_t length)
{
	bool		in_word = false;

	if (length > UINT32_MAX - 1)
		length = UINT32_MAX - 1;
	if (length > squeezed->capacity)
	{
		squeezed->capacity = 2 * length;
		RC_TRY(rc_scratch_grow(work, &squeezed->bytes, squeezed->capacity, 1));
		RC_TRY(rc_scratch_grow(work, &squeezed->position, squeezed->capacity, sizeof(uint32_t)));
	}
	squeezed->text = text;
	squeezed->text_length = length;
	squeezed->length = squeezed->start_count = squeezed->word_count = 0;
	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (!is_word(c))
		{
			if (in_word)
				squeezed->ends[squeezed->word_count++] = squeezed->length;
			in_word = false;
			if (squeezed->word_count == RC_TEXT_MAX_WORDS)
				return rc_poll(work, i);
			continue;
		}
		/* every word has its start; those within words fill what is left */
		if (!in_word || (is_letter(c) && is_digit((unsigned char) text[i - 1]) &&
						 squeezed->start_count + RC_TEXT_MAX_WORDS - squeezed->word_count < 2 * RC_TEXT_MAX_WORDS))
		{
			squeezed->start_is_word[squeezed->start_count] = !in_word;
			squeezed->start_word[squeezed->start_count] = squeezed->word_count;
			squeezed->starts[squeezed->start_count++] = squeezed->length;
		}
		in_word = true;
		squeezed->position[squeezed->length] = (uint32_t) i;
		squeezed->bytes[squeezed->length++] = upper(c);
	}
	if (in_word)
		squeezed->ends[squeezed->word_count++] = squeezed->length;
	return rc_poll(work, length);
}

/* Whether some key of the group stands in the text as it is, up to the case of letters; cut tells whether it may be cut at all. */
static bool
stands_whole(const RcWork *work, const RcReferenceIndex *index, const RcReferenceGroup *group, const RcSqueezed *text,
			 uint32_t from, bool *may_be_cut)
{
	RcIndex		item = index->items[group->first_item];
	size_t		length;
	const char *key = rc_pool_bytes_at(work->pool, work->pool->side[index->side].key[index->keyset][item], &length);
	size_t		lead = 0,
				start = text->position[from];

	*may_be_cut = group->length >= RC_REFERENCE_MIN_CUT;
	for (size_t i = 0; i < length; i++)
	{
		/* Chinese characters in a key are part of it: they must be there. */
		if ((unsigned char) key[i] >= 0x80)
			*may_be_cut = false;
	}
	while (!is_word((unsigned char) key[lead]))
		lead++;
	if (start < lead || text->text_length - (start - lead) < length)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (upper((unsigned char) key[i]) != upper((unsigned char) text->text[start - lead + i]))
			return false;
	}
	return true;
}

RcCode
rc_reference_find(RcWork *work, const RcReferenceIndex *index, const RcSqueezed *text, uint32_t currency, RcReferenceHit *hits,
				  uint32_t *hit_count, uint32_t *foreign)
{
	uint32_t	found = 0,
				kept = 0;

	*foreign = UINT32_MAX;
	for (uint32_t s = 0; s < text->start_count; s++)
	{
		uint32_t	from = text->starts[s];

		for (uint32_t w = text->start_word[s]; w < text->word_count; w++)
		{
			uint32_t	to = text->ends[w];
			uint32_t	length = to - from;
			uint32_t	other = UINT32_MAX;
			uint32_t	group;
			bool		whole,
						may_be_cut;

			if (length > index->longest)
				break;
			if (length < RC_REFERENCE_MIN_WHOLE || !index->has_length[length])
				continue;
			RC_TRY(rc_poll(work, 1));
			group = *find_slot(index, rc_pool_hash(text->bytes + from, length), text->bytes + from, length, currency, &other);
			if (group-- == 0)
			{
				if (other == UINT32_MAX)
					continue;
				whole = stands_whole(work, index, &index->groups[other], text, from, &may_be_cut);
				if (whole && other < *foreign)
					*foreign = other;
				continue;
			}
			whole = stands_whole(work, index, &index->groups[group], text, from, &may_be_cut);
			if ((whole || may_be_cut) && found < RC_TEXT_MAX_HITS)
				hits[found++] = (RcReferenceHit) {group, from, to, whole};
		}
	}
	/* A reference within a longer one is part of that, and each counts once. */
	for (uint32_t a = 0; a < found; a++)
	{
		bool		keep = true;

		for (uint32_t b = 0; b < found && keep; b++)
		{
			if (a == b)
				continue;
			if (hits[b].from <= hits[a].from && hits[b].to >= hits[a].to &&
				hits[b].to - hits[b].from > hits[a].to - hits[a].from)
				keep = false;
		}
		for (uint32_t b = 0; b < kept && keep; b++)
		{
			if (hits[b].group == hits[a].group)
			{
				hits[b].whole |= hits[a].whole;
				keep = false;
			}
		}
		if (keep)
		{
			RcReferenceHit moved = hits[a];

			/* what is overwritten has been looked at, and is within or equal to something kept */
			hits[a] = hits[kept];
			hits[kept++] = moved;
		}
	}
	*hit_count = kept;
	return RC_OK;
}

/* --- truncated --- */

static const char *
string_of(const RcReferenceIndex *index, int backwards, uint32_t group)
{
	return (backwards ? index->reversed : index->strings) + index->groups[group].string;
}

static int
compare_strings(const RcReferenceIndex *index, int backwards, uint32_t a, uint32_t b)
{
	uint32_t	a_length = index->groups[a].length,
				b_length = index->groups[b].length;
	int			order = memcmp(string_of(index, backwards, a), string_of(index, backwards, b),
							   a_length < b_length ? a_length : b_length);

	if (order != 0)
		return order;
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return a < b ? -1 : a > b;
}

typedef struct EndEntry
{
	uint64_t	head;			/* first eight bytes, big-endian */
	uint32_t	group;
} EndEntry;

static inline bool
end_before(const RcReferenceIndex *index, int backwards, const EndEntry *a, const EndEntry *b)
{
	if (a->head != b->head)
		return a->head < b->head;
	return compare_strings(index, backwards, a->group, b->group) < 0;
}

static RcCode
sort_ends(RcWork *work, RcReferenceIndex *index, int backwards, uint32_t count)
{
	EndEntry   *source,
			   *target;

	RC_TRY(rc_scratch(work, &source, count + 1, sizeof(EndEntry)));
	RC_TRY(rc_scratch(work, &target, count + 1, sizeof(EndEntry)));
	for (uint32_t n = 0; n < count; n++)
	{
		uint32_t	g = index->sorted[backwards][n];
		const char *bytes = string_of(index, backwards, g);
		uint64_t	head = 0;

		for (uint32_t i = 0; i < 8; i++)
			head = head << 8 | (i < index->groups[g].length ? (unsigned char) bytes[i] : 0);
		source[n] = (EndEntry) {head, g};
	}
	for (size_t width = 1; width < count; width *= 2)
	{
		EndEntry   *swap;

		for (size_t from = 0; from < count; from += 2 * width)
		{
			size_t		middle = from + width < count ? from + width : count;
			size_t		to = middle + width < count ? middle + width : count;
			size_t		a = from,
						b = middle;

			for (size_t out = from; out < to; out++)
			{
				if (b >= to || (a < middle && !end_before(index, backwards, &source[b], &source[a])))
					target[out] = source[a++];
				else
					target[out] = source[b++];
			}
			RC_TRY(rc_poll(work, to - from));
		}
		swap = source;
		source = target;
		target = swap;
	}
	for (size_t i = 0; i < count; i++)
		index->sorted[backwards][i] = source[i].group;
	rc_scratch_release(work, source);
	rc_scratch_release(work, target);
	return RC_OK;
}

/* Slot of the references that begin (or, backwards, end) with `minimum` bytes. */
static RcEndSlot *
end_slot(const RcReferenceIndex *index, int backwards, const char *bytes)
{
	size_t		place = (size_t) (rc_pool_hash(bytes, index->minimum) >> 16) & index->end_mask[backwards];

	for (;; place = (place + 1) & index->end_mask[backwards])
	{
		RcEndSlot  *slot = &index->ends[backwards][place];

		if (slot->high == 0 ||
			memcmp(string_of(index, backwards, index->sorted[backwards][slot->low]), bytes, index->minimum) == 0)
			return slot;
	}
}

/* The bit of the `minimum` bytes that a stretch begins with. */
static inline bool
is_wanted(const RcReferenceIndex *index, int backwards, uint64_t hash)
{
	return index->wanted[backwards][(hash & index->wanted_mask) / 64] >> (hash % 64) & 1;
}

static inline void
mark_wanted(RcReferenceIndex *index, int backwards, uint64_t hash)
{
	index->wanted[backwards][(hash & index->wanted_mask) / 64] |= UINT64_C(1) << (hash % 64);
}

static void
turn_round(char *target, const char *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		target[i] = bytes[length - 1 - i];
}

static inline bool
has_truncated(const RcReferenceIndex *index)
{
	return index->group_count > 0 && index->longest > index->minimum;
}

RcCode
rc_reference_truncated_begin(RcWork *work, RcReferenceIndex *index, size_t text_count)
{
	size_t		bits = 65536;

	/* Some four starts a text: of the references that no text names, few are kept by accident. */
	while (bits < 64 * text_count && bits < (size_t) 1 << 30)
		bits *= 2;
	index->wanted_mask = bits - 1;
	for (int backwards = 0; backwards < 2; backwards++)
		RC_TRY(rc_scratch_zero(work, &index->wanted[backwards], bits / 64, sizeof(uint64_t)));
	return RC_OK;
}

RcCode
rc_reference_truncated_mark(RcWork *work, RcReferenceIndex *index, const RcSqueezed *text)
{
	uint32_t	minimum = index->minimum;
	char		turned[RC_REFERENCE_MAX];

	if (!has_truncated(index))
		return RC_OK;
	for (uint32_t s = 0; s < text->start_count && text->starts[s] + minimum <= text->length; s++)
		mark_wanted(index, 0, rc_pool_hash(text->bytes + text->starts[s], minimum));
	for (uint32_t w = 0; w < text->word_count; w++)
	{
		if (text->ends[w] < minimum)
			continue;
		turn_round(turned, text->bytes + text->ends[w] - minimum, minimum);
		mark_wanted(index, 1, rc_pool_hash(turned, minimum));
	}
	return rc_poll(work, text->start_count + text->word_count);
}

/* Lists, sorts and indexes the groups that begin (or end) with something that is wanted. */
static RcCode
build_ends(RcWork *work, RcReferenceIndex *index)
{
	size_t		bytes = 0;

	for (uint32_t g = 0; g < index->group_count; g++)
		bytes += index->groups[g].length;
	RC_TRY(rc_scratch(work, &index->reversed, bytes + 1, 1));
	for (int backwards = 0; backwards < 2; backwards++)
	{
		uint32_t	count = 0;
		size_t		size = 64;

		RC_TRY(rc_scratch(work, &index->sorted[backwards], index->group_count + 1, sizeof(uint32_t)));
		for (uint32_t g = 0; g < index->group_count; g++)
		{
			const RcReferenceGroup *group = &index->groups[g];
			const char *forwards = index->strings + group->string;
			char		turned[RC_REFERENCE_MAX];

			if ((g & 8191) == 8191)
				RC_TRY(rc_poll(work, 8192));
			if (group->length <= index->minimum)
				continue;
			if (backwards)
				turn_round(turned, forwards + group->length - index->minimum, index->minimum);
			if (!is_wanted(index, backwards, rc_pool_hash(backwards ? turned : forwards, index->minimum)))
				continue;
			if (backwards)
				turn_round(index->reversed + group->string, forwards, group->length);
			index->sorted[backwards][count++] = g;
		}
		RC_TRY(sort_ends(work, index, backwards, count));
		while (size < 2 * (size_t) count)
			size *= 2;
		index->end_mask[backwards] = size - 1;
		RC_TRY(rc_scratch_zero(work, &index->ends[backwards], size, sizeof(RcEndSlot)));
		for (uint32_t i = 0; i < count; i++)
		{
			RcEndSlot  *slot = end_slot(index, backwards, string_of(index, backwards, index->sorted[backwards][i]));

			if (slot->high == 0)
				slot->low = i;
			slot->high = i + 1;
		}
		RC_TRY(rc_poll(work, count));
	}
	index->has_ends = true;
	return RC_OK;
}

/* Adds the groups that begin (or end, the word being turned round) with a word. */
static void
add_candidates(const RcReferenceIndex *index, int backwards, const char *word, uint32_t length, uint32_t currency,
			   uint32_t *groups, uint32_t *group_count, bool *crowded)
{
	const RcEndSlot *slot = end_slot(index, backwards, word);
	const uint32_t *sorted = index->sorted[backwards];
	uint32_t	low = slot->low,
				high = slot->high;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		const RcReferenceGroup *group = &index->groups[sorted[middle]];
		int			order = memcmp(string_of(index, backwards, sorted[middle]), word,
								   group->length < length ? group->length : length);

		if (order < 0 || (order == 0 && group->length < length))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < slot->high; low++)
	{
		uint32_t	g = sorted[low];
		bool		known = false;

		if (index->groups[g].length < length || memcmp(string_of(index, backwards, g), word, length) != 0)
			break;
		if (index->groups[g].length == length || index->groups[g].currency != currency)
			continue;
		for (uint32_t i = 0; i < *group_count && !known; i++)
			known = groups[i] == g;
		if (known)
			continue;
		if (*group_count == RC_TRUNCATED_MAX)
		{
			*crowded = true;
			return;
		}
		groups[(*group_count)++] = g;
	}
}

/* Looks for one stretch of the text, turned round when it is to be an end. */
static void
look_up_stretch(const RcReferenceIndex *index, const RcSqueezed *text, uint32_t from, uint32_t to, bool backwards,
				uint32_t currency, uint32_t *groups, uint32_t *group_count, bool *crowded)
{
	const char *bytes = text->bytes + from;
	uint32_t	length = to - from;
	char		turned[RC_REFERENCE_MAX];
	bool		digit = false;

	for (uint32_t i = 0; i < length; i++)
		digit |= is_digit((unsigned char) bytes[i]);
	if (backwards)
		turn_round(turned, bytes, length);
	/* Words without a digit are a name or a phrase, whatever begins with them. */
	if (digit)
		add_candidates(index, backwards, backwards ? turned : bytes, length, currency, groups, group_count, crowded);
}

static inline bool
within(const RcReferenceIndex *index, uint32_t length)
{
	return length >= index->minimum && length < index->longest;
}

RcCode
rc_reference_find_truncated(RcWork *work, RcReferenceIndex *index, const RcSqueezed *text, uint32_t currency, uint32_t *groups,
							uint32_t *group_count, bool *crowded)
{
	*group_count = 0;
	*crowded = false;
	if (!has_truncated(index))
		return RC_OK;
	if (!index->has_ends)
		RC_TRY(build_ends(work, index));

	/*
	 * Beginnings and ends are sought word by word; one in several words only where the text itself ends or begins, for there it may have
	 * been cut off. In the middle, the words beside it would have to go on with the reference.
	 */
	for (uint32_t s = 0; s < text->start_count && !*crowded; s++)
	{
		uint32_t	from = text->starts[s];
		uint32_t	before = *group_count;
		uint32_t	last = text->word_count - 1;

		RC_TRY(rc_poll(work, 1 + *group_count));
		if (within(index, text->ends[last] - from))
			look_up_stretch(index, text, from, text->ends[last], false, currency, groups, group_count, crowded);
		if (*group_count == before && text->start_word[s] != last && within(index, text->ends[text->start_word[s]] - from))
			look_up_stretch(index, text, from, text->ends[text->start_word[s]], false, currency, groups, group_count, crowded);
	}
	for (uint32_t s = 0, w = 0; w < text->word_count && !*crowded; w++)
	{
		uint32_t	to = text->ends[w];
		uint32_t	before = *group_count;

		RC_TRY(rc_poll(work, 1 + *group_count));
		while (!(text->start_is_word[s] && text->start_word[s] == w))
			s++;
		if (within(index, to))
			look_up_stretch(index, text, 0, to, true, currency, groups, group_count, crowded);
		if (*group_count == before && w > 0 && within(index, to - text->starts[s]))
			look_up_stretch(index, text, text->starts[s], to, true, currency, groups, group_count, crowded);
	}
	return RC_OK;
}
