/*
 * model.h - stored models of strategy score: a run goes by those in use.
 */
#ifndef RCS_MODEL_H
#define RCS_MODEL_H

#include "run.h"

/* Gives the run's score rules the models in use; run->models tells their versions. */
extern void rcs_model_load(RcsRun *run);

#endif
