/*
 * progress.c - the counters of progress.h in the backend's status entry.
 *
 * A command has 20 counters of 64 bits. Building an index within our call writes some of them (9 to 12, 15 and 16), whatever command runs:
 * those are left alone. Counter 19 tells that the rest is ours, and of which kind.
 */
#include "progress.h"

#include "mb/pg_wchar.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/timestamp.h"

#define MARK UINT64CONST(0x5243)	/* "RC", in the upper 16 bits; then kind (4), phase (4), step (8), merchant (32) */
#define STARTED_AT 8
#define MARKED 19

static const int subject_places[] = {4, 5, 6, 13, 14, 17, 18};

/* What stands in the status entry, so that it can be put there again when a command within ours has used it. */
static int64 counters[PGSTAT_NUM_PROGRESS_PARAM];
static bool at_work = false;

static uint64
mark(RcsProgressKind kind, int phase, int step, int32 merchant_id)
{
	return MARK << 48 | (uint64) kind << 44 | (uint64) (phase & 0xF) << 40 | (uint64) Min(step, 0xFF) << 32 | (uint32) merchant_id;
}

static void
show_all(void)
{
	int			places[PGSTAT_NUM_PROGRESS_PARAM];

	for (int i = 0; i < PGSTAT_NUM_PROGRESS_PARAM; i++)
		places[i] = i;
	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, InvalidOid);
	pgstat_progress_update_multi_param(PGSTAT_NUM_PROGRESS_PARAM, places, counters);
}

static void
show(int place, int64 value)
{
	if (!at_work)
		return;
	counters[place] = value;
	/* Our own entry: read without ado. */
	if (MyBEEntry && (MyBEEntry->st_progress_command != PROGRESS_COMMAND_COPY ||
					  (uint64) MyBEEntry->st_progress_param[MARKED] >> 48 != MARK))
		show_all();
	else
		pgstat_progress_update_param(place, value);
}

void
rcs_progress_start(RcsProgressKind kind, int32 merchant_id, const char *subject)
{
	char		text[sizeof(int64) * lengthof(subject_places)] = {0};

	memset(counters, 0, sizeof(counters));
	memcpy(text, subject, pg_mbcliplen(subject, strlen(subject), sizeof(text)));
	for (int i = 0; i < (int) lengthof(subject_places); i++)
	{
		uint64		piece = 0;

		/* first byte uppermost, as int8send() has it */
		for (int k = 0; k < (int) sizeof(int64); k++)
			piece = piece << 8 | (unsigned char) text[i * sizeof(int64) + k];
		counters[subject_places[i]] = (int64) piece;
	}
	counters[STARTED_AT] = GetCurrentTimestamp();
	counters[MARKED] = (int64) mark(kind, 0, 0, merchant_id);
	at_work = true;
	show_all();
}

void
rcs_progress_phase(int phase, int step)
{
	uint64		old = (uint64) counters[MARKED];

	show(MARKED, (int64) mark((RcsProgressKind) (old >> 44 & 0xF), phase, step, (int32) (uint32) old));
}

void
rcs_progress_set(RcsProgressCounter counter, int64 value)
{
	show((int) counter, value);
}

void
rcs_progress_end(void)
{
	if (at_work)
		pgstat_progress_end_command();
	at_work = false;
}
