/*
 * reference.c - strategy `reference`: keys of one side found in the free texts of the other.
 *
 * Texts and the references they name form groups: one payment for several references, several payments for one. A group is matched when its
 * sums agree; what is left is tried text by text, then reference by reference. Beginnings and ends of references come last.
 */
#include "reference_index.h"

#include <string.h>

#define RIVALS_KEPT 3			/* of an item */

/* A text names a reference. */
typedef struct Edge
{
	uint32_t	text;			/* number in texts */
	uint32_t	group;
	bool		whole;
} Edge;

typedef struct Pass
{
	RcWork	   *work;
	RcReferenceIndex index;
	RcSide		side;			/* of the texts */

	RcIndex    *texts;			/* items with a text, ascending item_id */
	uint8_t    *text_has_hit;
	uint32_t	text_count;
	Edge	   *edges;			/* text by text */
	size_t		edge_count, edge_capacity;
	RcSqueezed	squeezed;

	/* Lists of the match being tried */
	RcIndex    *references;
	RcIndex    *payments;
	uint8_t    *group_taken;
	uint8_t    *text_taken;
} Pass;

static RcCode
add_edge(Pass *pass, uint32_t text, uint32_t group, bool whole)
{
	if (pass->edge_count == pass->edge_capacity)
	{
		pass->edge_capacity = 2 * pass->edge_capacity + 256;
		RC_TRY(rc_scratch_grow(pass->work, &pass->edges, pass->edge_capacity, sizeof(Edge)));
	}
	pass->edges[pass->edge_count++] = (Edge) {text, group, whole};
	return RC_OK;
}

static RcCode
squeeze_item(Pass *pass, RcIndex item)
{
	size_t		length;
	const RcPool *pool = pass->work->pool;
	const char *text = rc_pool_bytes_at(pool, pool->side[pass->side].text[item], &length);

	return rc_squeeze(pass->work, &pass->squeezed, text, length);
}

/* Reads every text once. */
static RcCode
find_references(Pass *pass)
{
	RcWork	   *work = pass->work;
	const RcItems *items = &work->pool->side[pass->side];
	RcReferenceHit hits[RC_TEXT_MAX_HITS];

	RC_TRY(rc_scratch(work, &pass->texts, items->count + 1, sizeof(RcIndex)));
	RC_TRY(rc_scratch_zero(work, &pass->text_has_hit, items->count + 1, 1));
	for (size_t position = 0; position < items->count; position++)
	{
		RcIndex		i = rc_ordered(work, pass->side, position);
		uint32_t	count,
					foreign;

		RC_TRY(rc_poll(work, 1));
		if (items->text[i] == 0 || !rc_takes_part(work, pass->side, i))
			continue;
		RC_TRY(squeeze_item(pass, i));
		RC_TRY(rc_reference_find(work, &pass->index, &pass->squeezed, items->currency[i], hits, &count, &foreign));
		for (uint32_t h = 0; h < count; h++)
			RC_TRY(add_edge(pass, pass->text_count, hits[h].group, hits[h].whole));
		if (count == 0 && foreign != UINT32_MAX)
		{
			RcIndex		other = pass->index.items[pass->index.groups[foreign].first_item];

			/* One difference, noted on the item that the reference names; of further texts that name it each is one. */
			if (work->pool->side[pass->index.side].state[other] & RC_ITEM_NOTED)
				RC_TRY(rc_note(work, pass->side, i, RC_NOTE_CURRENCY_DIFFERENCE, 0, pass->index.side, other));
			else
				RC_TRY(rc_note(work, pass->index.side, other, RC_NOTE_CURRENCY_DIFFERENCE, 0, pass->side, i));
		}
		pass->text_has_hit[pass->text_count] = count > 0;
		pass->texts[pass->text_count++] = i;
	}
	return RC_OK;
}

static RcGroup
make_group(const Pass *pass, size_t reference_count, size_t payment_count, RcEvidence evidence)
{
	bool		left = pass->index.side == RC_LEFT;

	return (RcGroup) {
		.left = left ? pass->references : pass->payments,.right = left ? pass->payments : pass->references,
		.left_count = left ? reference_count : payment_count,.right_count = left ? payment_count : reference_count,
		.whole = evidence,.part = evidence,.partial = evidence
	};
}

/* Appends the items of a reference. */
static size_t
add_references(Pass *pass, size_t count, uint32_t group)
{
	const RcReferenceGroup *reference = &pass->index.groups[group];

	memcpy(pass->references + count, pass->index.items + reference->first_item, reference->item_count * sizeof(RcIndex));
	return count + reference->item_count;
}

static RcEvidence
evidence_of(bool whole)
{
	return whole ? RC_EVIDENCE_REFERENCE_WHOLE : RC_EVIDENCE_REFERENCE_CUT;
}

/* Emits the lists when they agree. */
static RcCode
try_lists(Pass *pass, size_t reference_count, size_t payment_count, bool whole, RcVerdict *verdict)
{
	RcGroup		group = make_group(pass, reference_count, payment_count, evidence_of(whole));

	RC_TRY(rc_group_check(pass->work, &group, verdict));
	if (verdict->agrees)
		RC_TRY(rc_group_emit(pass->work, &group, false, 1, 0));
	return RC_OK;
}

/* Keeps a reference that a text might have meant as well, by the first of its items. */
static RcCode
keep_rival(Pass *pass, RcIndex payment, uint32_t group, uint32_t confidence)
{
	return rc_runner_up(pass->work, pass->side, payment, pass->index.items[pass->index.groups[group].first_item], confidence);
}

/* All references a text names that are still open, or just one of them when only that agrees. */
static RcCode
try_text(Pass *pass, const Edge *edges, size_t count)
{
	RcVerdict	verdict;
	size_t		references = 0,
				groups = 0,
				agreeing = 0;
	uint32_t	rivals[RIVALS_KEPT];
	const Edge *best = NULL;
	bool		whole = true;

	pass->payments[0] = pass->texts[edges[0].text];
	for (size_t e = 0; e < count; e++)
	{
		if (pass->group_taken[edges[e].group])
			continue;
		references = add_references(pass, references, edges[e].group);
		whole &= edges[e].whole;
		groups++;
	}
	if (groups == 0)
		return RC_OK;
	RC_TRY(try_lists(pass, references, 1, whole, &verdict));
	if (verdict.agrees)
	{
		pass->text_taken[edges[0].text] = true;
		for (size_t e = 0; e < count; e++)
			pass->group_taken[edges[e].group] = true;
		return RC_OK;
	}
	for (size_t e = 0; e < count; e++)
	{
		RcGroup		group;

		if (pass->group_taken[edges[e].group])
			continue;
		group = make_group(pass, add_references(pass, 0, edges[e].group), 1, evidence_of(edges[e].whole));
		RC_TRY(rc_group_check(pass->work, &group, &verdict));
		if (verdict.agrees)
		{
			if (agreeing > 0 && agreeing <= RIVALS_KEPT)
				rivals[agreeing - 1] = edges[e].group;
			agreeing++;
			best = best == NULL ? &edges[e] : best;
		}
	}
	if (agreeing == 0)
		return RC_OK;
	references = add_references(pass, 0, best->group);
	if (agreeing == 1)
	{
		RC_TRY(try_lists(pass, references, 1, best->whole, &verdict));
		pass->text_taken[best->text] = pass->group_taken[best->group] = true;
		return RC_OK;
	}
	/* Several of the references would do: which one is not ours to say. */
	pass->text_taken[best->text] = true;
	RC_TRY(rc_note(pass->work, pass->side, pass->payments[0], RC_NOTE_AMBIGUOUS, 0, pass->index.side, pass->references[0]));
	for (size_t e = 0; e < count; e++)
	{
		RcIndex		first = pass->index.items[pass->index.groups[edges[e].group].first_item];

		if (!pass->group_taken[edges[e].group])
			RC_TRY(rc_note(pass->work, pass->index.side, first, RC_NOTE_AMBIGUOUS, 0, pass->side, pass->payments[0]));
		pass->group_taken[edges[e].group] = true;
	}
	{
		RcGroup		group = make_group(pass, references, 1, evidence_of(best->whole));

		for (size_t i = 0; i < references; i++)
		{
			if (pass->work->pool->side[pass->index.side].state[pass->references[i]] & RC_ITEM_SUGGESTED)
				return RC_OK;
		}
		if (pass->work->pool->side[pass->side].state[pass->payments[0]] & RC_ITEM_SUGGESTED)
			return RC_OK;
		for (size_t n = 0; n + 1 < agreeing && n < RIVALS_KEPT; n++)
			RC_TRY(keep_rival(pass, pass->payments[0], rivals[n], 900000 / (uint32_t) agreeing));
		return rc_group_emit(pass->work, &group, true, (uint32_t) agreeing, 900000 / (uint32_t) agreeing);
	}
}

/* Edges of one connected group of texts and references, by way of a list of edge numbers. */
typedef struct Component
{
	const RcEntry *list;
	size_t		count;
} Component;

static const Edge *
edge_at(const Pass *pass, const Component *component, size_t i)
{
	return &pass->edges[component->list[i].index];
}

/* Lists what is still open of a component; each text and reference once. The marks are undone at the end. */
static void
list_component(Pass *pass, const Component *component, size_t *references, size_t *payments, uint32_t *groups, bool *whole)
{
	*references = *payments = 0;
	*groups = 0;
	*whole = true;
	for (size_t i = 0; i < component->count; i++)
	{
		const Edge *edge = edge_at(pass, component, i);

		*whole &= edge->whole;
		if (!pass->group_taken[edge->group])
		{
			pass->group_taken[edge->group] = 2;
			*references = add_references(pass, *references, edge->group);
			(*groups)++;
		}
		if (!pass->text_taken[edge->text])
		{
			pass->text_taken[edge->text] = 2;
			pass->payments[(*payments)++] = pass->texts[edge->text];
		}
	}
	for (size_t i = 0; i < component->count; i++)
	{
		const Edge *edge = edge_at(pass, component, i);

		if (pass->group_taken[edge->group] == 2)
			pass->group_taken[edge->group] = 0;
		if (pass->text_taken[edge->text] == 2)
			pass->text_taken[edge->text] = 0;
	}
}

/* One reference, any number of texts: as good as a key. */
static RcCode
resolve_single(Pass *pass, size_t references, size_t payments, uint32_t length, bool whole)
{
	RcGroup		group = make_group(pass, references, payments, evidence_of(whole));

	group.allow_partial = pass->work->rule->partial && whole && length >= pass->index.minimum;
	return rc_group_resolve(pass->work, &group);
}

/* Texts that name one open reference together: a payment in several transfers. */
static RcCode
try_references(Pass *pass, const RcEntry *by_group, size_t count)
{
	for (size_t from = 0, to; from < count; from = to)
	{
		const Edge *first = &pass->edges[by_group[from].index];
		size_t		payments = 0;
		bool		whole = true;
		RcVerdict	verdict;

		for (to = from; to < count && by_group[to].value == by_group[from].value; to++)
		{
			const Edge *edge = &pass->edges[by_group[to].index];

			if (pass->text_taken[edge->text])
				continue;
			pass->payments[payments++] = pass->texts[edge->text];
			whole &= edge->whole;
		}
		if (payments == 0 || pass->group_taken[first->group])
			continue;
		RC_TRY(try_lists(pass, add_references(pass, 0, first->group), payments, whole, &verdict));
		if (!verdict.agrees)
			continue;
		pass->group_taken[first->group] = true;
		for (size_t i = from; i < to; i++)
			pass->text_taken[pass->edges[by_group[i].index].text] = true;
	}
	return RC_OK;
}

/* Several references and texts that do not agree as a whole: text by text, those that name the fewest first; then by reference. */
static RcCode
untangle(Pass *pass, const Component *component)
{
	RcWork	   *work = pass->work;
	RcEntry    *by_count,
			   *by_group;
	size_t		texts = 0;

	RC_TRY(rc_scratch(work, &by_count, component->count, sizeof(RcEntry)));
	RC_TRY(rc_scratch(work, &by_group, component->count, sizeof(RcEntry)));
	for (size_t from = 0, to; from < component->count; from = to)
	{
		/* edges of one text stand together */
		for (to = from + 1; to < component->count && edge_at(pass, component, to)->text == edge_at(pass, component, from)->text;)
			to++;
		by_count[texts] = (RcEntry) {(int64_t) (to - from), (int32_t) texts, component->list[from].index};
		texts++;
	}
	RC_TRY(rc_sort_by_value(work, RC_LEFT, by_count, texts));
	for (size_t t = 0; t < texts; t++)
		RC_TRY(try_text(pass, &pass->edges[by_count[t].index], (size_t) by_count[t].value));
	for (size_t i = 0; i < component->count; i++)
		by_group[i] = (RcEntry) {edge_at(pass, component, i)->group, (int32_t) i, component->list[i].index};
	RC_TRY(rc_sort_by_value(work, RC_LEFT, by_group, component->count));
	RC_TRY(try_references(pass, by_group, component->count));
	rc_scratch_release(work, by_count);
	rc_scratch_release(work, by_group);
	return RC_OK;
}

static RcCode
note_component(Pass *pass, size_t references, size_t payments)
{
	RcGroup		group = make_group(pass, references, payments, RC_EVIDENCE_REFERENCE_WHOLE);
	RcVerdict	verdict;
	int64_t		difference;
	bool		noted;

	RC_TRY(rc_group_check(pass->work, &group, &verdict));
	if (verdict.rejected)
		return RC_OK;
	if (verdict.sums_agree)
	{
		/* Both sides are there, all of them too far off in time. */
		for (size_t i = 0; i < group.left_count && !verdict.within_lag; i++)
			RC_TRY(rc_note(pass->work, RC_LEFT, group.left[i], RC_NOTE_LATE, 0, RC_RIGHT, group.right[0]));
		for (size_t i = 0; i < group.right_count && !verdict.within_lag; i++)
			RC_TRY(rc_note(pass->work, RC_RIGHT, group.right[i], RC_NOTE_LATE, 0, RC_LEFT, group.left[0]));
		return RC_OK;
	}
	if (__builtin_sub_overflow(verdict.left_sum, verdict.right_sum, &difference))
		return rc_fail(pass->work->status, RC_OVERFLOW, "difference of one reference is too large");
	RC_TRY(rc_note_difference(pass->work, RC_LEFT, group.left[0], difference, group.right[0], &noted));
	for (size_t i = 1; i < group.left_count && noted; i++)
		RC_TRY(rc_note_part(pass->work, RC_LEFT, group.left[i], RC_LEFT, group.left[0]));
	for (size_t i = 1; i < group.right_count && noted; i++)
		RC_TRY(rc_note_part(pass->work, RC_RIGHT, group.right[i], RC_LEFT, group.left[0]));
	return RC_OK;
}

static RcCode
resolve_component(Pass *pass, const Component *component)
{
	size_t		references,
				payments;
	uint32_t	groups;
	bool		whole;
	RcVerdict	verdict;
	uint32_t	length = pass->index.groups[edge_at(pass, component, 0)->group].length;

	list_component(pass, component, &references, &payments, &groups, &whole);
	if (groups == 1)
		return resolve_single(pass, references, payments, length, whole);
	RC_TRY(try_lists(pass, references, payments, whole, &verdict));
	if (verdict.agrees)
		return RC_OK;
	RC_TRY(untangle(pass, component));
	list_component(pass, component, &references, &payments, &groups, &whole);
	if (references == 0 || payments == 0)
		return RC_OK;
	return note_component(pass, references, payments);
}

static uint32_t
find_root(uint32_t *parent, uint32_t node)
{
	while (parent[node] != node)
	{
		parent[node] = parent[parent[node]];
		node = parent[node];
	}
	return node;
}

/* Joins texts and references that hang together and resolves them group by group. */
static RcCode
resolve_components(Pass *pass)
{
	RcWork	   *work = pass->work;
	uint32_t	nodes = pass->text_count + pass->index.group_count;
	uint32_t   *parent;
	RcEntry    *list;

	if (pass->edge_count == 0)
		return RC_OK;
	if (pass->edge_count > INT32_MAX)
		return rc_fail(work->status, RC_TOO_LARGE, "too many references in texts");
	RC_TRY(rc_scratch(work, &parent, nodes, sizeof(uint32_t)));
	for (uint32_t n = 0; n < nodes; n++)
		parent[n] = n;
	for (size_t e = 0; e < pass->edge_count; e++)
	{
		uint32_t	a = find_root(parent, pass->edges[e].text),
					b = find_root(parent, pass->text_count + pass->edges[e].group);

		/* the smaller number, a text's, stays the root */
		if (a < b)
			parent[b] = a;
		else
			parent[a] = b;
		RC_TRY(rc_poll(work, 1));
	}
	RC_TRY(rc_scratch(work, &list, pass->edge_count, sizeof(RcEntry)));
	for (size_t e = 0; e < pass->edge_count; e++)
		list[e] = (RcEntry) {find_root(parent, pass->edges[e].text), (int32_t) e, (RcIndex) e};
	RC_TRY(rc_sort_by_value(work, RC_LEFT, list, pass->edge_count));
	for (size_t from = 0, to; from < pass->edge_count; from = to)
	{
		Component	component;

		for (to = from + 1; to < pass->edge_count && list[to].value == list[from].value;)
			to++;
		component = (Component) {list + from, to - from};
		RC_TRY(resolve_component(pass, &component));
	}
	return RC_OK;
}

/* --- truncated --- */

typedef struct Truncated
{
	uint32_t	text;
	uint32_t	best;			/* the first group that agrees, or the first of all */
	uint32_t	candidates;
	uint32_t	agreeing;
	uint32_t	fitting[1 + RIVALS_KEPT];	/* the first groups that agree, the best among them */
} Truncated;

/* Keeps the groups of the smallest numbers, ascending. */
static void
add_fitting(Truncated *found, uint32_t group)
{
	uint32_t	kept = found->agreeing <= RIVALS_KEPT ? found->agreeing : RIVALS_KEPT;
	uint32_t	at = kept;

	found->agreeing++;
	if (kept == RIVALS_KEPT && found->agreeing > 1 + RIVALS_KEPT && found->fitting[kept] < group)
		return;
	for (; at > 0 && found->fitting[at - 1] > group; at--)
		found->fitting[at] = found->fitting[at - 1];
	found->fitting[at] = group;
}

static bool
all_open(const Pass *pass, RcSide side, const RcIndex *index, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		if (!rc_takes_part(pass->work, side, index[i]))
			return false;
	}
	return true;
}

static bool
any_suggested(const Pass *pass, RcSide side, const RcIndex *index, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		if (pass->work->pool->side[side].state[index[i]] & RC_ITEM_SUGGESTED)
			return true;
	}
	return false;
}

/* Matches what is unique both ways and agrees; the rest are suggestions. */
static RcCode
emit_truncated(Pass *pass, const Truncated *found, const uint32_t *claims)
{
	bool		certain = found->candidates == 1 && found->agreeing == 1 && claims[found->best] == 1;
	size_t		references = add_references(pass, 0, found->best);
	RcGroup		group = make_group(pass, references, 1, RC_EVIDENCE_REFERENCE_TRUNCATED);
	RcVerdict	verdict;

	pass->payments[0] = pass->texts[found->text];
	if (!all_open(pass, pass->index.side, pass->references, references))
		return RC_OK;
	if (certain)
		return rc_group_emit(pass->work, &group, false, 1, 0);
	RC_TRY(rc_group_check(pass->work, &group, &verdict));
	if (verdict.rejected || any_suggested(pass, pass->side, pass->payments, 1) ||
		any_suggested(pass, pass->index.side, pass->references, references))
		return RC_OK;
	for (uint32_t n = 1; n < found->agreeing && n <= RIVALS_KEPT; n++)
		RC_TRY(keep_rival(pass, pass->payments[0], found->fitting[n], 700000 / found->candidates));
	if (found->agreeing > 1)
		RC_TRY(rc_note(pass->work, pass->side, pass->payments[0], RC_NOTE_AMBIGUOUS, 0, pass->index.side, pass->references[0]));
	return rc_group_emit(pass->work, &group, true, found->candidates, (found->agreeing > 0 ? 700000 : 300000) / found->candidates);
}

/* Texts that name no reference and are still open. Nothing is matched while truncated ones are sought. */
static inline bool
seeks_truncated(const Pass *pass, uint32_t text)
{
	return !pass->text_has_hit[text] && rc_takes_part(pass->work, pass->side, pass->texts[text]);
}

static RcCode
mark_truncated(Pass *pass)
{
	size_t		count = 0;

	for (uint32_t t = 0; t < pass->text_count; t++)
		count += seeks_truncated(pass, t);
	RC_TRY(rc_reference_truncated_begin(pass->work, &pass->index, count));
	for (uint32_t t = 0; t < pass->text_count; t++)
	{
		if (!seeks_truncated(pass, t))
			continue;
		RC_TRY(squeeze_item(pass, pass->texts[t]));
		RC_TRY(rc_reference_truncated_mark(pass->work, &pass->index, &pass->squeezed));
	}
	return RC_OK;
}

static RcCode
find_truncated(Pass *pass)
{
	RcWork	   *work = pass->work;
	const RcItems *items = &work->pool->side[pass->side];
	Truncated  *list = NULL;
	size_t		count = 0,
				capacity = 0;
	uint32_t   *claims;
	uint32_t	groups[RC_TRUNCATED_MAX];

	RC_TRY(rc_scratch_zero(work, &claims, pass->index.group_count + 1, sizeof(uint32_t)));
	RC_TRY(mark_truncated(pass));
	for (uint32_t t = 0; t < pass->text_count; t++)
	{
		RcIndex		i = pass->texts[t];
		Truncated	found = {.text = t};
		uint32_t	group_count;
		bool		crowded;

		if (!seeks_truncated(pass, t))
			continue;
		RC_TRY(squeeze_item(pass, i));
		RC_TRY(rc_reference_find_truncated(work, &pass->index, &pass->squeezed, items->currency[i], groups, &group_count, &crowded));
		if (crowded)
			continue;
		pass->payments[0] = i;
		for (uint32_t g = 0; g < group_count; g++)
		{
			size_t		references = add_references(pass, 0, groups[g]);
			RcGroup		group = make_group(pass, references, 1, RC_EVIDENCE_REFERENCE_TRUNCATED);
			RcVerdict	verdict;

			if (!all_open(pass, pass->index.side, pass->references, references))
				continue;
			RC_TRY(rc_group_check(work, &group, &verdict));
			if (found.candidates++ == 0)
				found.best = groups[g];
			if (!verdict.agrees)
				continue;
			add_fitting(&found, groups[g]);
			found.best = found.fitting[0];
			claims[groups[g]]++;
		}
		if (found.candidates == 0 || (found.candidates > 1 && found.agreeing == 0))
			continue;
		if (count == capacity)
		{
			capacity = 2 * capacity + 256;
			RC_TRY(rc_scratch_grow(work, &list, capacity, sizeof(Truncated)));
		}
		list[count++] = found;
	}
	/* Certain ones first, so that a suggestion does not name what is matched. */
	for (int round = 0; round < 2; round++)
	{
		for (size_t n = 0; n < count; n++)
		{
			bool		certain = list[n].candidates == 1 && list[n].agreeing == 1 && claims[list[n].best] == 1;

			if (certain == (round == 0))
				RC_TRY(emit_truncated(pass, &list[n], claims));
		}
	}
	return RC_OK;
}

/* References of one side in texts of the other. */
static RcCode
search(RcWork *work, RcSide reference_side, int keyset)
{
	Pass		pass = {.work = work,.side = (RcSide) !reference_side};
	const RcItems *texts = &work->pool->side[!reference_side];

	if (!texts->has_text || work->pool->side[reference_side].count == 0)
		return RC_OK;
	RC_TRY(rc_reference_index_build(work, &pass.index, reference_side, keyset));
	if (pass.index.group_count == 0)
		return RC_OK;
	RC_TRY(find_references(&pass));
	RC_TRY(rc_scratch(work, &pass.references, work->pool->side[reference_side].count, sizeof(RcIndex)));
	RC_TRY(rc_scratch(work, &pass.payments, texts->count + 1, sizeof(RcIndex)));
	RC_TRY(rc_scratch_zero(work, &pass.group_taken, pass.index.group_count, 1));
	RC_TRY(rc_scratch_zero(work, &pass.text_taken, pass.text_count + 1, 1));
	RC_TRY(resolve_components(&pass));
	return find_truncated(&pass);
}

RcCode
rc_match_reference(RcWork *work)
{
	const RcRule *rule = work->rule;
	RcCode		code;

	if (rule->search_right_text && rule->left_keyset >= 0)
	{
		code = search(work, RC_LEFT, rule->left_keyset);
		rc_scratch_reset(work);
		RC_TRY(code);
	}
	if (rule->search_left_text && rule->right_keyset >= 0)
		return search(work, RC_RIGHT, rule->right_keyset);
	return RC_OK;
}
