/*
 * zip.h - a ZIP archive that holds one file of another container: that file is read. With several files it is refused, and they are
 * named: who wants them opens the archive and reads each. An archive in an archive is not opened, a workbook in one is.
 */
#ifndef RC_ZIP_H
#define RC_ZIP_H

#include "archive.h"
#include "container.h"

/* Is the archive itself a document, a workbook for example, and no collection of files? */
extern bool rc_zip_is_document(const RcArchive *archive);

extern const RcContainer rc_zip_container;

#endif
