/*
 * recognise.h - which format a file is of.
 */
#ifndef RCS_RECOGNISE_H
#define RCS_RECOGNISE_H

#include "import_reader.h"

/*
 * The format of a file, by its content; the encoding that it was recognised in is noted in the request. More than one that fits is an error that lists
 * them; so is none, unless why is given: then NULL is returned and the reason left there.
 */
extern const RcFormat *rcs_recognise(RcsRequest *request, const char **why);

#endif
