/*
 * recognise.h - which format a file is of.
 */
#ifndef RCS_RECOGNISE_H
#define RCS_RECOGNISE_H

#include "import_reader.h"

/* The format of a source, by its content; an error that lists the candidates when none or more than one fits. encoding: NULL to find it. */
extern const RcFormat *rcs_recognise(RcsSource *source, const char *encoding, MemoryContext context);

#endif
