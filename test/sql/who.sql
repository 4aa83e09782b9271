-- Merchants, platforms, shops, accounts and fees: what is refused says why and what to do.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION reconcile;
SELECT reconcile.add_merchant('north', 'North Ltd.') > 0 AS merchant, reconcile.add_platform('market', 'Our market', payout => 'daily', payout_lag_days => 2) > 0 AS platform,
       reconcile.add_shop('a', 'market', 'EUR', 'Europe/Berlin', merchant => 'north') > 0 AS shop, reconcile.add_account('giro', 'EUR', merchant => 'north') > 0 AS account,
       reconcile.set_fee('a', 'commission', 0.1, merchant => 'north') > 0 AS fee;
SELECT code, name, payout, payout_lag_days, terms_days FROM reconcile.shop;
SELECT reconcile.set_fee('nowhere', 'commission', 0.1);
-- A second time, for another merchant, and for none.
SELECT reconcile.add_merchant('north');
SELECT reconcile.add_merchant('');
SELECT reconcile.add_platform('alipay', 'Another Alipay');
SELECT reconcile.add_platform('bad', 'Bad', payout => 'weekly');
SELECT reconcile.add_platform('bad', 'Bad', terms_days => -1);
SELECT reconcile.add_shop('a', 'market', 'EUR', 'Europe/Berlin', merchant => 'north');
SELECT reconcile.add_shop('a', 'market', 'EUR', 'Europe/Berlin') > 0 AS same_code_of_another_merchant;
SELECT reconcile.add_shop('b', 'market', 'EUR', 'Europe/Berlin', merchant => 'south');
SELECT reconcile.add_shop('b', 'bazaar', 'EUR', 'Europe/Berlin');
SELECT reconcile.add_shop('b', 'market', 'eur', 'Europe/Berlin');
SELECT reconcile.add_shop('b', 'market', 'EUR', 'Europe/Atlantis');
SELECT reconcile.add_shop('b', 'market', 'EUR', NULL);
SELECT reconcile.add_shop('b', 'market', 'EUR', 'UTC', payout => 'sometimes');
SELECT reconcile.add_shop(NULL, 'market', 'EUR', 'UTC');
SELECT reconcile.add_account('giro', 'EUR', merchant => 'north');
SELECT reconcile.add_account('giro2', NULL);
SELECT reconcile.set_fee('nowhere', 'commission', 0.1);
SELECT reconcile.set_fee('a', 'commission', 0.1, tolerance => -1);
SELECT reconcile.set_fee('a', NULL, 0.1);
-- Rules and reconciliations.
SELECT reconcile.add_rule('payout_bank', 'loose', 'window', 50, '{}', '{}', amount_tolerance => -1);
SELECT reconcile.add_rule('payout_bank', 'loose', 'window', 50, '{}', '{}', percent_tolerance => 101);
SELECT reconcile.add_rule('payout_bank', NULL, 'window', 50, '{}', '{}');
SELECT reconcile.add_rule('payout_bank', 'keyless', 'key', 50, '{}', '{}');
SELECT reconcile.define_reconciliation('x', 'reconcile.bank_item', 'reconcile.payout_item', exceptions => 'some');
SELECT reconcile.define_reconciliation('x', 'reconcile.bank_item', 'reconcile.payout_item', left_delay_days => -1);
-- Nothing of it was written.
SELECT count(*) AS merchants FROM reconcile.merchant;
SELECT action, object FROM reconcile.audit_log ORDER BY audit_id;
DROP EXTENSION reconcile;
