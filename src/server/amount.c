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
#define MAX_WEIGHT 3			/* of digits, which are base 10^4: more is 10^16 and more */

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
	struct varlena *packed = (struct varlena *) DatumGetPointer(numeric);
	static const int64 micro_of[MAX_WEIGHT + 2] = {100, INT64CONST(1000000), INT64CONST(10000000000), INT64CONST(100000000000000), INT64CONST(1000000000000000000)};
	const char *data;
	int			size;
	uint16		header;
	bool		negative;
	int			weight;
	int			digit_count;
	int64		value = 0;

	/* Short ones stand in the row as they are. */
	if (!VARATT_IS_1B(packed) || VARATT_IS_1B_E(packed))
		packed = pg_detoast_datum_packed(packed);
	data = VARDATA_ANY(packed);
	size = (int) VARSIZE_ANY_EXHDR(packed);
	header = half_word(data);
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
	if (digit_count > 0 && weight > MAX_WEIGHT)
		return false;
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
		else if (pg_mul_s64_overflow(digit, micro_of[place + 1], &digit))
			return false;
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
