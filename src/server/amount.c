/*
 * amount.c - numeric to int64 micro-units and back.
 *
 * Going through numeric_mul and numeric_int8 costs some 300 ns a value; a run reads millions. The stored form of numeric has been the same
 * since 9.1 and pg_upgrade relies on it, so its digits are read directly (layout: src/backend/utils/adt/numeric.c).
 */
#include "amount.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define SIGN_MASK 0xC000
#define SIGN_NEGATIVE 0x4000
#define FORM_SHORT 0x8000
#define FORM_SPECIAL 0xC000
#define SHORT_SIGN 0x2000
#define SHORT_WEIGHT_SIGN 0x0040
#define SHORT_WEIGHT_MASK 0x003F
#define DIGIT_BASE 10000		/* numeric digits are base 10^4 */

static inline uint16
half_word(const char *place)
{
	uint16		value;

	memcpy(&value, place, sizeof(value));
	return value;
}

bool
rcs_numeric_to_micro(Datum numeric, int64 *micro)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(numeric);
	const char *data = VARDATA_ANY(packed);
	int			size = (int) VARSIZE_ANY_EXHDR(packed);
	uint16		header = half_word(data);
	bool		negative;
	int			weight;
	int			digit_count;
	int64		value = 0;

	if ((header & SIGN_MASK) == FORM_SPECIAL)
		return false;
	if ((header & SIGN_MASK) == FORM_SHORT)
	{
		negative = (header & SHORT_SIGN) != 0;
		weight = (header & SHORT_WEIGHT_SIGN ? ~SHORT_WEIGHT_MASK : 0) | (header & SHORT_WEIGHT_MASK);
		data += 2;
		size -= 2;
	}
	else
	{
		negative = (header & SIGN_MASK) == SIGN_NEGATIVE;
		weight = (int16) half_word(data + 2);
		data += 4;
		size -= 4;
	}
	digit_count = size / 2;
	if (digit_count > 0 && weight > 3)
		return false;			/* 10^16 and more */
	for (int i = 0; i < digit_count; i++)
	{
		int64		digit = half_word(data + 2 * i);
		int			place = weight - i;

		if (place == -2)
		{
			/* Decimals 5 to 8, of which only two may be there. */
			if (digit % 100 != 0)
				return false;
			digit /= 100;
		}
		else if (place < -2)
		{
			if (digit != 0)
				return false;
			continue;
		}
		for (int p = place; p > 0; p--)
			digit *= DIGIT_BASE;	/* at most 9999 * 10^12: weight is 3 or less */
		if (place >= 0 ? pg_mul_s64_overflow(digit, 1000000, &digit) : false)
			return false;
		if (place == -1)
			digit *= 100;
		if (pg_add_s64_overflow(value, digit, &value))
			return false;
	}
	*micro = negative ? -value : value;
	return true;
}

int64
rcs_micro(Datum numeric, const char *what, int64 item_id)
{
	int64		micro;

	if (!rcs_numeric_to_micro(numeric, &micro))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s of item %lld cannot be reconciled: %s", what, (long long) item_id,
						DatumGetCString(DirectFunctionCall1(numeric_out, numeric))),
				 errhint("Amounts have at most six decimals and lie below 9.2e12 in units of the currency.")));
	return micro;
}

Datum
rcs_micro_to_numeric(int64 micro, int decimals)
{
	int			scale = 6;

	while (scale > decimals && micro % 10 == 0)
	{
		micro /= 10;
		scale--;
	}
	return NumericGetDatum(int64_div_fast_to_numeric(micro, scale));
}
