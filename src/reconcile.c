/*
 * reconcile.c - the module's magic and its settings.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"

#include "server/settings.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

char	   *rcs_business_date;
int			rcs_work_memory;
char	   *rcs_import_directory;
int			rcs_language;
char	   *rcs_pdf_font;
bool		rcs_four_eyes;

static const struct config_enum_entry languages[] = {
	{"en", RCS_LANGUAGE_EN, false},
	{"zh_TW", RCS_LANGUAGE_ZH_TW, false},
	{"zh_CN", RCS_LANGUAGE_ZH_CN, false},
	{NULL, 0, false}
};

/*
 * check_business_date accepts '' and a plain ISO date.  Words such as 'today' are refused: a setting that means another
 * day tomorrow would make a run unrepeatable without anybody seeing it.
 */
static bool
check_business_date(char **newval, void **extra, GucSource source)
{
	const char *value = *newval;
	int			year,
				month,
				day,
				length = 0;

	if (value == NULL || value[0] == '\0')
		return true;
	for (const char *c = value; *c != '\0'; c++)
	{
		if ((*c < '0' || *c > '9') && *c != '-')
			goto bad;
	}
	if (sscanf(value, "%4d-%2d-%2d%n", &year, &month, &day, &length) != 3 || length != 10 || value[length] != '\0')
		goto bad;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1])
		goto bad;
	return true;

bad:
	GUC_check_errdetail("A date is written YYYY-MM-DD; '' means the current date.");
	return false;
}

/* check_import_directory accepts '' and an absolute path. */
static bool
check_import_directory(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || (*newval)[0] == '\0' || is_absolute_path(*newval))
		return true;
	GUC_check_errdetail("The directory must be an absolute path; '' means no limit.");
	return false;
}

void
_PG_init(void)
{
	DefineCustomStringVariable("reconcile.business_date",
							   "The day on which dues and delays are judged.",
							   "YYYY-MM-DD; an empty string means the current date.",
							   &rcs_business_date, "", PGC_USERSET, 0,
							   check_business_date, NULL, NULL);
	DefineCustomIntVariable("reconcile.work_memory",
							"What the items of one run may take in memory.",
							"A run that would need more is worked in parts by the hash of its key. 0: no limit.",
							&rcs_work_memory, 0, 0, 1024 * 1024, PGC_USERSET, GUC_UNIT_MB,
							NULL, NULL, NULL);
	DefineCustomStringVariable("reconcile.import_directory",
							   "Server files are imported only from below this directory.",
							   "An empty string means any directory.",
							   &rcs_import_directory, "", PGC_SUSET, 0,
							   check_import_directory, NULL, NULL);
	DefineCustomEnumVariable("reconcile.language",
							 "The language of explanations and of documents that name none.",
							 NULL,
							 &rcs_language, RCS_LANGUAGE_EN, languages, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomStringVariable("reconcile.pdf_font",
							   "The TrueType font (.ttf or .ttc) that PDF documents embed.",
							   "It must have the Chinese characters; an empty string means the first of the standard places of wqy-zenhei.",
							   &rcs_pdf_font, "", PGC_SUSET, 0,
							   NULL, NULL, NULL);
	DefineCustomBoolVariable("reconcile.four_eyes",
							 "Who prepared or settled something may not approve it.",
							 "Periods are closed, exceptions closed and matches by hand confirmed by another login role than the one that made them.",
							 &rcs_four_eyes, false, PGC_SUSET, 0,
							 NULL, NULL, NULL);
	MarkGUCPrefixReserved("reconcile");
}
