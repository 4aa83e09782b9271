/*
 * reference_index.h - references of one side, found in free texts of the other.
 *
 * A reference is indexed "squeezed": its ASCII letters and digits in upper case, nothing else. A text is squeezed alike, keeping where its
 * words begin and end. A reference is found only from the beginning of a word to the end of a word, so 123 is not found in 91234;
 * within a word it may also begin where letters follow digits (12RZP7 holds RZP7).
 */
#ifndef RC_REFERENCE_INDEX_H
#define RC_REFERENCE_INDEX_H

#include "work.h"

#define RC_REFERENCE_MAX 128	/* longer keys are no references */
#define RC_REFERENCE_MIN_WHOLE 3	/* shorter keys are found in every text */
#define RC_REFERENCE_MIN_CUT 6
#define RC_TEXT_MAX_WORDS 512	/* of one text; what follows is not searched */
#define RC_TEXT_MAX_HITS 64
#define RC_TRUNCATED_MAX 256	/* more candidates than this are no evidence */

typedef struct RcReferenceGroup
{
	uint32_t	string;			/* offset in strings */
	uint32_t	length;
	uint32_t	currency;
	uint32_t	item_count;
	uint64_t	first_item;		/* in items */
} RcReferenceGroup;

typedef struct RcReferenceIndex
{
	RcSide		side;			/* of the references */
	int			keyset;
	uint32_t	minimum;		/* shortest truncated reference */

	char	   *strings;
	RcReferenceGroup *groups;
	uint32_t	group_count;
	RcIndex    *items;			/* group by group, ascending item_id */
	uint32_t   *slots;			/* group + 1 */
	size_t		mask;
	bool		has_length[RC_REFERENCE_MAX + 1];
	uint32_t	longest;

	/*
	 * For truncated ones. What the texts hold marks which beginnings (and, backwards, ends) are worth keeping; the groups that have one are
	 * sorted, forwards and backwards, on first use.
	 */
	uint64_t   *wanted[2];		/* one bit a hash */
	size_t		wanted_mask;
	bool		has_ends;
	uint32_t   *sorted[2];
	char	   *reversed;
	struct RcEndSlot *ends[2];
	size_t		end_mask[2];
} RcReferenceIndex;

typedef struct RcReferenceHit
{
	uint32_t	group;
	uint32_t	from, to;		/* in the squeezed text */
	bool		whole;			/* found as it stands; else cut by blanks or punctuation */
} RcReferenceHit;

/* A text, squeezed. */
typedef struct RcSqueezed
{
	const char *text;
	size_t		text_length;
	char	   *bytes;			/* owned by scratch, reused */
	uint32_t   *position;		/* of each byte in the text */
	size_t		capacity;
	uint32_t	length;
	uint32_t	starts[2 * RC_TEXT_MAX_WORDS];
	bool		start_is_word[2 * RC_TEXT_MAX_WORDS];	/* else: letters after digits */
	uint32_t	start_word[2 * RC_TEXT_MAX_WORDS];	/* which word it lies in */
	uint32_t	start_count;
	uint32_t	ends[RC_TEXT_MAX_WORDS];
	uint32_t	word_count;
} RcSqueezed;

extern RcCode rc_reference_index_build(RcWork *work, RcReferenceIndex *index, RcSide side, int keyset);
extern RcCode rc_squeeze(RcWork *work, RcSqueezed *squeezed, const char *text, size_t length);

/* References found whole or cut, none within another; foreign tells a group that is there in another currency only, or UINT32_MAX. */
extern RcCode rc_reference_find(RcWork *work, const RcReferenceIndex *index, const RcSqueezed *text, uint32_t currency,
								RcReferenceHit *hits, uint32_t *hit_count, uint32_t *foreign);

/*
 * Before the first rc_reference_find_truncated: makes room for the marks of so many texts; then each of the texts that will be looked up is
 * marked.
 */
extern RcCode rc_reference_truncated_begin(RcWork *work, RcReferenceIndex *index, size_t text_count);
extern RcCode rc_reference_truncated_mark(RcWork *work, RcReferenceIndex *index, const RcSqueezed *text);

/* Groups of which a word of a marked text is a proper beginning or end; crowded: there were too many. */
extern RcCode rc_reference_find_truncated(RcWork *work, RcReferenceIndex *index, const RcSqueezed *text, uint32_t currency,
										  uint32_t *groups, uint32_t *group_count, bool *crowded);

#endif
