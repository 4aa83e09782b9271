/*
 * container.h - what a container is to the reader: one file beside this one fills an RcContainer, and reader.c lists it.
 */
#ifndef RC_CONTAINER_H
#define RC_CONTAINER_H

#include "charset.h"
#include "reader.h"

/* What a container works on. It lives as long as the container's state. */
typedef struct RcSource
{
	RcInput		input;			/* the file from its first byte, for containers that are not text */
	RcCharset  *charset;		/* the decoded text, for those that are; else NULL */
	const RcReaderOptions *options; /* valid while open() runs */
	const RcAllocator *allocator;
	char		delimiter;		/* set by csv when it opens; 0 elsewhere */
	const char *encoding;		/* set by the reader for text, by the container else */
	const char *container;		/* set by a container that holds another one: the name of that */
	const char *left_out;		/* set by a container that passes over a part which it cannot read: what that is */
	uint64_t	left_out_line;	/* where the first one begins */
} RcSource;

typedef struct RcContainer
{
	const char *name;
	bool		is_text;		/* wants source->charset; files that are clearly binary never reach it */

	/* How sure it is of the first bytes of a file as it is: 0 not at all .. 100. The surest container gets the file. */
	int			(*sniff) (const char *head, size_t length);

	/* The encoding of a file that is no UTF-8 and of which nothing else is known, as its head or its kind says; may be NULL or give NULL. */
	const char *(*encoding) (const char *head, size_t length);

	/* Sets *state. After a failure nothing may be left behind: close() is not called. */
	RcCode		(*open) (RcSource *source, void **state, RcStatus *status);
	RcCode		(*next) (void *state, RcRecord *record, RcStatus *status);
	void		(*close) (void *state);

	/* For those that read the whole input before the first record; may be NULL. Bytes of the part that holds the records. */
	void		(*progress) (const void *state, uint64_t *done, uint64_t *total);
} RcContainer;

#endif
