/*
 * settings.h - the settings of the extension, as the server holds them.
 */
#ifndef RCS_SETTINGS_H
#define RCS_SETTINGS_H

typedef enum RcsLanguage
{
	RCS_LANGUAGE_EN,
	RCS_LANGUAGE_ZH_TW,
	RCS_LANGUAGE_ZH_CN
} RcsLanguage;

/* reconcile.business_date: the day on which dues and delays are judged, as YYYY-MM-DD; "" is today. */
extern char *rcs_business_date;

/* reconcile.work_memory: what the items of a run may take, in megabytes, before it is worked in parts; 0: no limit. */
extern int	rcs_work_memory;

/* reconcile.import_directory: server files are read only from below it; "" is no limit. Set by superusers only. */
extern char *rcs_import_directory;

/* reconcile.language: the language of explanations and of documents that name none. */
extern int	rcs_language;

/* reconcile.four_eyes: who prepared or settled something may not approve it. Set by superusers only; the SQL functions ask for it. */
extern bool rcs_four_eyes;

/* reconcile.pdf_font: the TrueType font of PDF documents; "" is the first standard one found. Set by superusers only. */
extern char *rcs_pdf_font;

#endif
