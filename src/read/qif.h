/*
 * qif.h - Quicken interchange files: bank, cash and credit card registers.
 *
 * Dates stay as they are written, since nothing in the file says which of M/D/YY, D/M'YYYY and others it is: the format's pattern decides. type is the
 * register's (Bank, Cash, CCard, Oth A, Oth L). A first entry "Opening Balance" becomes the statement's. Own columns of an entry: "category",
 * "cleared". Lists and investment registers are skipped.
 */
#ifndef RC_QIF_H
#define RC_QIF_H

#include "container.h"

extern const RcContainer rc_qif_container;

#endif
