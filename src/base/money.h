/*
 * money.h - decimal amounts as integers. Nothing here ever rounds silently or touches floating point.
 */
#ifndef RC_MONEY_H
#define RC_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "status.h"

/* value = digits * 10^-scale; scale 0..18 */
typedef struct RcDecimal
{
	int64_t		digits;
	int32_t		scale;
} RcDecimal;

/* How numbers are written in a file. */
typedef struct RcNumberStyle
{
	char		decimal_mark;	/* '.' or ',' */
	char		group_mark;		/* ',', '.', ' ', '\'' or 0: none allowed */
	bool		any_group;		/* blanks and apostrophes group digits too; one number keeps to one mark */
	bool		parentheses;	/* (12.30) is negative */
	bool		trailing_sign;	/* 12.30- is negative */
	uint8_t		implied_scale;	/* digits are minor units: 1234 with 2 is 12.34 */
} RcNumberStyle;

/*
 * Reads an amount: optional sign, currency sign or code before or after (¥ $ € £ CNY USD ...), grouped digits, decimals, full-width
 * digits. Trailing zeros beyond the scale are dropped. "-0.00" is 0. Refuses NaN, Infinity, exponents, 0x, 1_000, wrong
 * grouping, two marks, empty text. RC_BAD_VALUE or RC_OVERFLOW with a message in status.
 */
extern RcCode rc_parse_decimal(const char *text, size_t length, const RcNumberStyle *style, RcDecimal *result, RcStatus *status);

/* Brings a decimal to a scale exactly; RC_BAD_VALUE when digits would be lost, RC_OVERFLOW beyond int64. */
extern RcCode rc_rescale(RcDecimal value, int32_t scale, int64_t *result, RcStatus *status);

/* Number of decimals of an ISO 4217 currency (2 CNY, 0 JPY, 3 KWD); -1 when the code is unknown. Case-sensitive, upper case. */
extern int	rc_currency_exponent(const char *code, size_t length);

#endif
