/*
 * query.c - rows of a query by SPI.
 */
#include "query.h"

void
rcs_select(const char *query, int argument_count, Oid *types, Datum *values)
{
	int			result = SPI_execute_with_args(query, argument_count, types, values, NULL, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "%s: %s", SPI_result_code_string(result), query);
}

void
rcs_execute(const char *statement, int argument_count, Oid *types, Datum *values, const char *nulls)
{
	int			result = SPI_execute_with_args(statement, argument_count, types, values, nulls, false, 0);

	if (result < 0)
		elog(ERROR, "%s: %s", SPI_result_code_string(result), statement);
}
