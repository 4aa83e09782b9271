// duckdb.mjs - the same classification in DuckDB, over its own tables: node duckdb.mjs DIRECTORY PACKAGES
// Each line that comes in asks for a round and is answered by its milliseconds, so that rounds can alternate with another's; what came out
// is said at the end. The tables are loaded before, outside the clock; two threads as the machine of the figures has.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
const [directory, packages] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(packages + '/')('@duckdb/node-api');

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
let rows = [];
for await (const _ of createInterface({ input: process.stdin })) {
	const start = process.hrtime.bigint();
	rows = (await connection.runAndReadAll(query)).getRows();
	console.log((Number(process.hrtime.bigint() - start) / 1e6).toFixed(1));
}
console.error(rows.map(row => row.join('|')).join('\n'));
