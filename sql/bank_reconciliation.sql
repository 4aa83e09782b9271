-- bank_reconciliation.sql: the balance at the bank brought to the balance of the books, account by account, to the cent.

CREATE VIEW reconcile.bank_reconciliation AS
WITH day AS (SELECT reconcile.business_date() AS day),
item AS (
    -- Both sides, with what their matches use of each item.
    SELECT i.*, coalesce(u.amount, 0) AS allocated
    FROM (SELECT 'left'::reconcile.side AS side, b.merchant_id, b.bank_line_id AS item_id, b.account_id, b.currency, b.booked_on AS item_date, b.amount FROM reconcile.bank_line b
          UNION ALL
          -- The entries of booked_bank_item, without its texts, which not everybody may read.
          SELECT 'right', e.merchant_id, e.ledger_entry_id, coalesce(e.account_id, k.account_id), e.currency, e.posted_on, e.amount
          FROM reconcile.ledger_entry e
          LEFT JOIN reconcile.ledger_account k ON k.merchant_id = e.merchant_id AND k.code = e.ledger_account AND k.role = 'bank'
          WHERE coalesce(e.account_id, k.account_id) IS NOT NULL) i
    LEFT JOIN (SELECT a.merchant_id, a.side, a.item_id, sum(a.amount) AS amount
               FROM reconcile.allocation a
               JOIN reconcile.match_group g ON g.merchant_id = a.merchant_id AND g.match_id = a.match_id
               JOIN reconcile.reconciliation r ON r.reconciliation_id = g.reconciliation_id AND r.name = 'bank_ledger'
               GROUP BY a.merchant_id, a.side, a.item_id) u ON u.merchant_id = i.merchant_id AND u.side = i.side AND u.item_id = i.item_id),
matched AS (
    -- What each match holds of either side by the day, and whether something of it comes later.
    SELECT a.merchant_id, i.account_id, i.currency, a.match_id,
           coalesce(sum(CASE i.side WHEN 'left' THEN a.amount ELSE -a.amount END) FILTER (WHERE i.item_date <= d.day), 0) AS excess,
           coalesce(sum(a.amount) FILTER (WHERE i.side = 'left' AND i.item_date > d.day), 0) <> 0 AS bank_later,
           coalesce(sum(a.amount) FILTER (WHERE i.side = 'right' AND i.item_date > d.day), 0) <> 0 AS books_later
    FROM day d
    CROSS JOIN reconcile.allocation a
    JOIN reconcile.match_group g ON g.merchant_id = a.merchant_id AND g.match_id = a.match_id
    JOIN reconcile.reconciliation r ON r.reconciliation_id = g.reconciliation_id AND r.name = 'bank_ledger'
    JOIN item i ON i.merchant_id = a.merchant_id AND i.side = a.side AND i.item_id = a.item_id
    GROUP BY a.merchant_id, i.account_id, i.currency, a.match_id),
difference AS (
    SELECT m.merchant_id, m.account_id, m.currency,
           coalesce(sum(m.excess) FILTER (WHERE m.books_later), 0) AS booked_later,
           coalesce(sum(-m.excess) FILTER (WHERE m.bank_later AND NOT m.books_later), 0) AS banked_later,
           coalesce(sum(m.excess) FILTER (WHERE NOT m.bank_later AND NOT m.books_later), 0) AS tolerated,
           count(*) FILTER (WHERE (m.bank_later OR m.books_later) AND m.excess <> 0) AS later
    FROM matched m GROUP BY m.merchant_id, m.account_id, m.currency),
balance AS (
    SELECT i.merchant_id, i.account_id, i.currency,
           coalesce(sum(i.amount) FILTER (WHERE i.side = 'left'), 0) AS bank, coalesce(sum(i.amount) FILTER (WHERE i.side = 'right'), 0) AS books,
           coalesce(sum(i.amount - i.allocated) FILTER (WHERE i.side = 'left'), 0) AS not_in_books, coalesce(sum(i.amount - i.allocated) FILTER (WHERE i.side = 'right'), 0) AS not_at_bank,
           count(*) FILTER (WHERE i.amount <> i.allocated AND i.side = 'left') AS open_bank_lines, count(*) FILTER (WHERE i.amount <> i.allocated AND i.side = 'right') AS open_entries
    FROM item i JOIN day d ON i.item_date <= d.day
    GROUP BY i.merchant_id, i.account_id, i.currency),
stated AS (
    SELECT DISTINCT ON (s.merchant_id, s.account_id, s.currency) s.merchant_id, s.account_id, s.currency, s.closed_on, s.closing_balance
    FROM reconcile.bank_statement s JOIN day d ON s.closed_on <= d.day
    WHERE s.closing_balance IS NOT NULL
    ORDER BY s.merchant_id, s.account_id, s.currency, s.closed_on DESC, s.bank_statement_id DESC)
SELECT b.merchant_id, a.code AS account, b.currency, d.day AS balance_date, o.opening_balance,
       coalesce(o.opening_balance, 0) + b.bank AS bank_balance,
       b.not_in_books + coalesce(x.booked_later, 0) AS not_in_books,
       b.not_at_bank + coalesce(x.banked_later, 0) AS not_at_bank,
       coalesce(x.tolerated, 0) AS tolerated,
       coalesce(o.opening_balance, 0) + b.books AS book_balance,
       b.open_bank_lines, b.open_entries, s.closed_on AS stated_on, s.closing_balance AS stated_balance,
       v.statement_difference,
       b.open_bank_lines = 0 AND b.open_entries = 0 AND coalesce(x.later, 0) = 0 AND b.bank = b.books AND coalesce(v.statement_difference, 0) = 0 AS reconciled
FROM balance b
CROSS JOIN day d
JOIN reconcile.account a ON a.merchant_id = b.merchant_id AND a.account_id = b.account_id
CROSS JOIN LATERAL (SELECT CASE WHEN a.currency = b.currency THEN a.opening_balance END AS opening_balance) o
LEFT JOIN difference x ON x.merchant_id = b.merchant_id AND x.account_id = b.account_id AND x.currency = b.currency
LEFT JOIN stated s ON s.merchant_id = b.merchant_id AND s.account_id = b.account_id AND s.currency = b.currency
CROSS JOIN LATERAL (
    SELECT s.closing_balance - o.opening_balance - coalesce(sum(l.amount), 0) AS statement_difference
    FROM reconcile.bank_line l
    WHERE l.merchant_id = b.merchant_id AND l.account_id = b.account_id AND l.currency = b.currency AND l.booked_on <= s.closed_on) v;
COMMENT ON VIEW reconcile.bank_reconciliation IS
    'Bank to books on business_date(), by account and currency: bank_balance - not_in_books + not_at_bank - tolerated = book_balance. It follows the matches of bank_ledger; what is matched with something of a later day counts as not yet there';
COMMENT ON COLUMN reconcile.bank_reconciliation.account IS 'Code of the account';
COMMENT ON COLUMN reconcile.bank_reconciliation.balance_date IS 'The day whose evening the balances are of: business_date()';
COMMENT ON COLUMN reconcile.bank_reconciliation.opening_balance IS 'What stood on the account before its first line, by set_opening_balance(), taken for both sides (the books need no entry for it); null: not known, counted as 0';
COMMENT ON COLUMN reconcile.bank_reconciliation.bank_balance IS 'Opening balance and the bank''s lines up to the day';
COMMENT ON COLUMN reconcile.bank_reconciliation.not_in_books IS 'Of the bank''s lines: what no entry matches, or only an entry of a later day';
COMMENT ON COLUMN reconcile.bank_reconciliation.not_at_bank IS 'Of the entries of the books: what no bank line matches, or only one of a later day';
COMMENT ON COLUMN reconcile.bank_reconciliation.tolerated IS 'Bank less books within matches whose rule tolerates a difference';
COMMENT ON COLUMN reconcile.bank_reconciliation.book_balance IS 'Opening balance and the entries of the books up to the day';
COMMENT ON COLUMN reconcile.bank_reconciliation.open_bank_lines IS 'Bank lines up to the day that are not, or not wholly, matched';
COMMENT ON COLUMN reconcile.bank_reconciliation.open_entries IS 'Entries up to the day that are not, or not wholly, matched';
COMMENT ON COLUMN reconcile.bank_reconciliation.stated_on IS 'Day of the last statement up to the day that states a closing balance';
COMMENT ON COLUMN reconcile.bank_reconciliation.stated_balance IS 'Its closing balance';
COMMENT ON COLUMN reconcile.bank_reconciliation.statement_difference IS 'Stated balance less opening balance and lines up to stated_on: not 0 where lines are missing or too many; null where one of the balances is not known';
COMMENT ON COLUMN reconcile.bank_reconciliation.reconciled IS 'Nothing open on either side, equal balances, and no difference to the statement';

INSERT INTO reconcile.label (language, key, label, builtin)
SELECT l.language, w.key, l.label, true
FROM (VALUES
    ('title.bank_reconciliation', 'Bank reconciliation', '銀行存款餘額調節表', '银行存款余额调节表'),
    ('column.balance_date', 'As of', '截止日期', '截止日期'),
    ('column.opening_balance', 'Opening balance', '期初餘額', '期初余额'),
    ('column.bank_balance', 'Balance at the bank', '銀行餘額', '银行余额'),
    ('column.not_in_books', 'Not in the books', '銀行已記、帳上未記', '银行已记、账上未记'),
    ('column.not_at_bank', 'Not at the bank', '帳上已記、銀行未記', '账上已记、银行未记'),
    ('column.tolerated', 'Tolerated differences', '容許差額', '容许差额'),
    ('column.book_balance', 'Balance of the books', '帳面餘額', '账面余额'),
    ('column.statement_difference', 'Difference to the statement', '與對帳單差額', '与对账单差额')) AS w (key, en, zh_tw, zh_cn)
CROSS JOIN LATERAL (VALUES ('en', w.en), ('zh_TW', w.zh_tw), ('zh_CN', w.zh_cn)) AS l (language, label);

INSERT INTO reconcile.report_definition (name, builtin, title, relation, date_column, group_column, order_by, as_of, default_parameters) VALUES
    ('bank_reconciliation', true, 'title.bank_reconciliation', 'reconcile.bank_reconciliation', NULL, NULL, '{currency,account}', true, '{}');
INSERT INTO reconcile.report_column (report, builtin, position, column_name, title, type, vocabulary, total, wrap)
SELECT 'bank_reconciliation', true, c.place, c.column_name, 'column.' || c.column_name, c.type, NULL, c.type = 'amount', false
FROM (VALUES (1, 'account', 'text'), (2, 'currency', 'text'), (3, 'balance_date', 'date'), (4, 'bank_balance', 'amount'), (5, 'not_in_books', 'amount'),
             (6, 'not_at_bank', 'amount'), (7, 'tolerated', 'amount'), (8, 'book_balance', 'amount'), (9, 'statement_difference', 'amount')) AS c (place, column_name, type);
