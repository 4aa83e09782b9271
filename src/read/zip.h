/*
 * zip.h - a ZIP archive that holds one file of another container: that file is read. With several files it is refused, and they are
 * named. Files that systems add by themselves (__MACOSX/, .DS_Store, Thumbs.db, desktop.ini) do not count. An archive in an archive is not
 * opened, a workbook in one is.
 */
#ifndef RC_ZIP_H
#define RC_ZIP_H

#include "container.h"

extern const RcContainer rc_zip_container;

#endif
