/*
 * unit.h - a tiny harness: checks count, failures print their place, the last line says how many passed and failed.
 */
#ifndef UNIT_H
#define UNIT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned long unit_passed;
static unsigned long unit_failed;

#define UNIT_SHOWN 50			/* failures printed; the rest is only counted */

/* Counts one check and tells whether it held. */
static inline bool
unit_count(bool held, const char *file, int line, const char *text)
{
	if (held)
		unit_passed++;
	else if (++unit_failed <= UNIT_SHOWN)
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
	return held;
}

#define CHECK(condition) unit_count((condition), __FILE__, __LINE__, #condition)

/* Two integers are equal; prints both when not. */
#define CHECK_INT(actual, expected) \
	do { \
		long long	actual_ = (long long) (actual); \
		long long	expected_ = (long long) (expected); \
		if (!unit_count(actual_ == expected_, __FILE__, __LINE__, #actual " == " #expected) && unit_failed <= UNIT_SHOWN) \
			fprintf(stderr, "\tgot %lld, expected %lld\n", actual_, expected_); \
	} while (0)

/* A text of a length equals a string. */
#define CHECK_TEXT(actual, length, expected) \
	do { \
		const char *actual_ = (actual); \
		const char *expected_ = (expected); \
		size_t		length_ = (length); \
		if (!unit_count(length_ == strlen(expected_) && (length_ == 0 || memcmp(actual_, expected_, length_) == 0), __FILE__, \
						__LINE__, #actual " is " #expected) && unit_failed <= UNIT_SHOWN) \
			fprintf(stderr, "\tgot \"%.*s\", expected \"%s\"\n", (int) length_, actual_ ? actual_ : "", expected_); \
	} while (0)

/* Names the case when a check in a table of cases failed: put it after the checks of a row. */
#define UNIT_NOTE(failed_before, ...) \
	do { \
		if (unit_failed > (failed_before) && unit_failed <= UNIT_SHOWN) \
		{ \
			fprintf(stderr, "\tin case: "); \
			fprintf(stderr, __VA_ARGS__); \
			fputc('\n', stderr); \
		} \
	} while (0)

/* What main returns. */
static inline int
unit_done(void)
{
	printf("%lu passed, %lu failed\n", unit_passed, unit_failed);
	return unit_failed > 0 || unit_passed == 0;
}

#endif
