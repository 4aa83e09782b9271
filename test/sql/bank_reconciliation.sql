-- Bank to books: what each side lacks, what comes later, what is tolerated, and the statement's own word.
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT reconcile.add_account('bank', 'CNY') > 0 AS account, reconcile.add_account('usd', 'USD') > 0 AS second;
SELECT reconcile.set_ledger_account('1002', 'bank', 'bank'), reconcile.set_ledger_account('1003', 'bank', 'usd');
CREATE FUNCTION take(name text, content text, account text DEFAULT NULL) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', i.format, i.rows_imported, i.rows_rejected) FROM reconcile.import_bytes(convert_to(content, 'UTF8'), name, account => account) AS i $$;
SELECT take('bank.csv', 'date,amount,currency,narrative,reference
2026-03-10,100.00,CNY,payout,P1
2026-03-11,-7.50,CNY,fee,
2026-03-12,55.00,CNY,payout,P2
2026-03-13,9.00,CNY,interest,
2026-04-01,30.00,CNY,payout,P3
', 'bank');
SELECT take('usd.csv', 'date,amount,currency,narrative,reference
2026-03-10,8.00,USD,payout,U1
', 'usd');
SELECT take('ledger.csv', 'posted_on,ledger_account,debit,credit,currency,entry_no,reference
2026-03-10,1002,100.00,,CNY,E1,P1
2026-03-12,1002,,7.50,CNY,E2,
2026-03-12,1002,50.00,,CNY,E3,P2
2026-03-20,1002,1.23,,CNY,E4,
2026-03-31,1002,30.00,,CNY,E5,P3
2026-03-10,1003,8.00,,USD,E6,U1
');
CREATE FUNCTION shown() RETURNS TABLE (account text, day date, bank numeric, not_in_books numeric, not_at_bank numeric, tolerated numeric, books numeric, open_lines bigint, open_entries bigint, holds boolean, reconciled boolean)
    LANGUAGE sql AS $$ SELECT account, balance_date, bank_balance, not_in_books, not_at_bank, tolerated, book_balance, open_bank_lines, open_entries,
        bank_balance - not_in_books + not_at_bank - tolerated = book_balance, reconciled FROM reconcile.bank_reconciliation ORDER BY account DESC $$;
\echo before any run all is open
SET reconcile.business_date = '2026-04-30';
SELECT * FROM shown();
SELECT reconciliation, matches FROM reconcile.run('bank_ledger');
\echo the payout of other amount, the interest and an entry are open; the other account agrees
SELECT * FROM shown();
\echo at the end of March P3 is booked and not yet at the bank; on the 11th the fee is at the bank and not yet booked
SET reconcile.business_date = '2026-03-31';
SELECT * FROM shown();
SET reconcile.business_date = '2026-03-11';
SELECT * FROM shown();
\echo the opening balance stands on both sides
SET reconcile.business_date = '2026-04-30';
SELECT reconcile.set_opening_balance('bank', 1000);
SELECT opening_balance, bank_balance, book_balance FROM reconcile.bank_reconciliation WHERE account = 'bank';
\echo a match by hand within a difference is tolerated, taken back it is open again
SELECT reconcile.match_items('bank_ledger', ARRAY(SELECT bank_line_id FROM reconcile.bank_line WHERE reference = 'P2'), ARRAY(SELECT ledger_entry_id FROM reconcile.ledger_entry WHERE reference = 'P2'), 'short paid') AS match_id \gset
SELECT * FROM shown() WHERE account = 'bank';
SELECT reconcile.unmatch(:match_id, 'wrong');
SELECT * FROM shown() WHERE account = 'bank';
\echo a statement that states what the lines do not give
SELECT concat_ws(' ', i.format, i.rows_imported, i.rows_rejected, i.status) FROM reconcile.import_bytes(convert_to(E':20:S\n:25:6222\n:28C:1/1\n:60F:C260401CNY1186,50\n:61:2604020402C20,00NTRFP4\n:62F:C260402CNY1210,50\n', 'UTF8'), 'late.sta', account => 'bank') AS i;
SELECT stated_on, stated_balance, statement_difference, reconciled FROM reconcile.bank_reconciliation WHERE account = 'bank';
\echo as documents
SELECT reconcile.export_csv('bank_reconciliation');
SELECT split_part(reconcile.export_csv('bank_reconciliation', '{}', 'zh_TW'), E'\n', 1) AS traditional, split_part(reconcile.export_csv('bank_reconciliation', '{}', 'zh_CN'), E'\n', 1) AS simplified;
DROP EXTENSION reconcile;
