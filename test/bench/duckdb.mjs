// duckdb.mjs - the same classification in DuckDB, over its own tables: node duckdb.mjs DIRECTORY ROUNDS
// Prints one line a round: milliseconds. The tables are loaded before, outside the clock; two threads as the machine of the figures has.
import { createRequire } from 'node:module';
const [directory, rounds] = [process.argv[2], Number(process.argv[3])];
const { DuckDBInstance } = createRequire(process.argv[4] + '/')('@duckdb/node-api');

const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
await connection.run(`CREATE TABLE sales_order AS SELECT * FROM read_csv('${directory}/duck_orders.csv', header = false,
	columns = {'shop_id': 'INTEGER', 'order_no': 'VARCHAR', 'currency': 'VARCHAR', 'total': 'DECIMAL(18,2)'})`);
await connection.run(`CREATE TABLE settlement_line AS SELECT * FROM read_csv('${directory}/duck_lines.csv', header = false,
	columns = {'shop_id': 'INTEGER', 'order_no': 'VARCHAR', 'currency': 'VARCHAR', 'kind': 'VARCHAR', 'amount': 'DECIMAL(18,2)'})`);
const query = `
	SELECT class, count(*) AS groups, sum(lines) AS lines, sum(total) AS total, sum(gross) AS gross FROM (
		SELECT CASE WHEN l.order_no IS NULL THEN 'missing_right' WHEN o.order_no IS NULL THEN 'missing_left'
		            WHEN o.total = l.gross THEN 'matched' ELSE 'amount_difference' END AS class, l.lines, o.total, l.gross
		FROM sales_order o FULL JOIN (
			SELECT shop_id, order_no, currency, count(*) AS lines,
			       sum(amount) FILTER (WHERE kind IN ('sale', 'shipping', 'tax', 'subsidy', 'discount')) AS gross
			FROM settlement_line GROUP BY shop_id, order_no, currency) l
		ON o.shop_id = l.shop_id AND o.order_no = l.order_no AND o.currency = l.currency)
	GROUP BY class ORDER BY class`;
let rows;
for (let round = 0; round <= rounds; round++) {
	const start = process.hrtime.bigint();
	rows = (await connection.runAndReadAll(query)).getRows();
	if (round > 0)		// the first warms up
		console.log((Number(process.hrtime.bigint() - start) / 1e6).toFixed(1));
}
console.error(rows.map(row => row.join('|')).join('\n'));
