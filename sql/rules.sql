-- rules.sql: the built-in reconciliations: sources over the fact tables, definitions and rules made by the same calls a user has.

-- These views are what a run reads, row by row (src/server/scan.c): columns as they are, choices between columns by conditions on one column each.
-- "IS TRUE" keeps the planner from making joins of the look-ups; whether any later status is known at all is asked once for all rows.
CREATE VIEW reconcile.platform_order_item AS
SELECT o.merchant_id, o.order_id AS item_id, o.ordered_on AS item_date,
       CASE WHEN EXISTS (SELECT FROM reconcile.order_status) AND (o.order_id IN (SELECT c.order_id FROM reconcile.order_status c)) IS TRUE
            THEN CASE WHEN reconcile.is_void_status(reconcile.latest_status(o.merchant_id, o.order_id)) THEN 0 ELSE o.total END
            WHEN reconcile.is_void_status(o.status) THEN 0 ELSE o.total END AS amount,
       o.currency, o.shop_id, o.order_no, o.order_no AS reference, NULL::text AS narrative, o.import_id
FROM reconcile.sales_order o
WHERE (o.shop_id IN (SELECT s.shop_id FROM reconcile.shop s JOIN reconcile.platform p USING (platform_id) WHERE p.settles)) IS TRUE;
COMMENT ON VIEW reconcile.platform_order_item IS 'Orders whose money a platform collects, as items: amount is what the buyer owes, 0 for cancelled and failed orders';

CREATE VIEW reconcile.direct_order_item AS
SELECT o.merchant_id, o.order_id AS item_id, o.ordered_on AS item_date,
       CASE WHEN EXISTS (SELECT FROM reconcile.order_status) AND (o.order_id IN (SELECT c.order_id FROM reconcile.order_status c)) IS TRUE
            THEN CASE WHEN reconcile.is_void_status(reconcile.latest_status(o.merchant_id, o.order_id)) THEN 0 ELSE o.total END
            WHEN reconcile.is_void_status(o.status) THEN 0 ELSE o.total END AS amount,
       o.currency, o.shop_id, o.order_no, o.order_no AS reference, NULL::text AS narrative, o.import_id
FROM reconcile.sales_order o
WHERE (o.shop_id IN (SELECT s.shop_id FROM reconcile.shop s JOIN reconcile.platform p USING (platform_id) WHERE NOT p.settles)) IS TRUE;
COMMENT ON VIEW reconcile.direct_order_item IS 'Orders that buyers pay to the bank account themselves, as items';

-- The kinds are asked for in the order of their number: each line of a run is asked.
CREATE VIEW reconcile.order_settlement_item AS
SELECT l.merchant_id, l.settlement_line_id AS item_id, l.posted_on AS item_date, l.amount,
       CASE WHEN l.kind = 'sale' THEN l.amount WHEN l.kind IN ('commission', 'service_fee') THEN 0
            WHEN l.kind IN ('shipping', 'subsidy', 'discount') OR l.kind = 'tax' AND l.amount > 0 THEN l.amount ELSE 0 END AS gross,
       l.currency, l.shop_id, l.order_no, l.order_no AS reference, l.description AS narrative, l.import_id,
       l.kind = 'sale' OR l.kind NOT IN ('commission', 'service_fee') AND (l.kind IN ('refund', 'chargeback', 'shipping', 'subsidy', 'discount') OR l.kind = 'tax' AND l.amount > 0) AS expects_match
FROM reconcile.settlement_line l
WHERE l.order_no IS NOT NULL;
COMMENT ON VIEW reconcile.order_settlement_item IS
    'Settlement lines of orders, as items: gross is what counts towards the order (sale, shipping, tax, subsidy, discount); fees, refunds and tax that the platform withholds (negative) follow it';

CREATE VIEW reconcile.payout_settlement_item AS
SELECT l.merchant_id, l.settlement_line_id AS item_id, l.posted_on AS item_date, l.amount, l.currency, l.shop_id, l.settlement_no,
       l.settlement_no AS reference, l.description AS narrative, l.import_id, l.amount <> 0 AS expects_match
FROM reconcile.settlement_line l
WHERE l.settlement_no IS NOT NULL AND l.kind <> 'payout';
COMMENT ON VIEW reconcile.payout_settlement_item IS 'Settlement lines that a platform pays out under a settlement, as items: amount is net, fees negative';

CREATE VIEW reconcile.payout_item AS
SELECT p.merchant_id, p.payout_id AS item_id, p.paid_on AS item_date, p.amount, p.currency, p.shop_id, p.settlement_no, p.payout_no, p.reference,
       NULL::text AS narrative, p.import_id, p.amount <> 0 AS expects_match, CASE WHEN p.settlement_no IS NULL THEN p.shop_id END AS wallet
FROM reconcile.payout p;
COMMENT ON VIEW reconcile.payout_item IS 'Payouts, as items; wallet: the shop, where the payout names no settlement because the merchant drew the money from the platform''s wallet';

CREATE VIEW reconcile.bank_item AS
SELECT b.merchant_id, b.bank_line_id AS item_id, b.booked_on AS item_date, b.amount, b.currency, b.account_id, b.reference, b.counterparty AS party,
       concat_ws(' ', b.narrative, b.counterparty) AS narrative, b.import_id, b.amount > 0 AS expects_match
FROM reconcile.bank_line b;
COMMENT ON VIEW reconcile.bank_item IS 'Bank lines, as items; only credits are missed when nothing answers them';

SELECT reconcile.ensure_pool('platform_order', 'reconcile.platform_order_item', 'sales_order');
SELECT reconcile.ensure_pool('order_settlement_line', 'reconcile.order_settlement_item', 'settlement_line');
SELECT reconcile.ensure_pool('payout_settlement_line', 'reconcile.payout_settlement_item', 'settlement_line');
SELECT reconcile.ensure_pool('settled_payout', 'reconcile.payout_item', 'payout');
SELECT reconcile.ensure_pool('banked_payout', 'reconcile.payout_item', 'payout');
SELECT reconcile.ensure_pool('bank_money', 'reconcile.bank_item', 'bank_line');
SELECT reconcile.ensure_pool('direct_order', 'reconcile.direct_order_item', 'sales_order');

SELECT reconcile.define_reconciliation('order_settlement', 'reconcile.platform_order_item', 'reconcile.order_settlement_item', 7, 0, 'both',
    'platform_order', 'order_settlement_line', 'Own orders against the lines of platform settlements');
SELECT reconcile.add_rule('order_settlement', 'order_no', 'key', 10, ARRAY['shop_id', 'order_no'], ARRAY['shop_id', 'order_no'],
    options => '{"right_compare": "gross", "partial": true}');

SELECT reconcile.define_reconciliation('settlement_payout', 'reconcile.payout_settlement_item', 'reconcile.payout_item', 7, 0, 'both',
    'payout_settlement_line', 'settled_payout', 'Lines of platform settlements against the payouts that carry them');
SELECT reconcile.add_rule('settlement_payout', 'settlement_no', 'key', 10, ARRAY['shop_id', 'settlement_no'], ARRAY['shop_id', 'settlement_no']);
-- What the merchant draws from a platform's wallet is the lines that came into it before.
SELECT reconcile.add_rule('settlement_payout', 'withdrawal', 'subset', 20, ARRAY['shop_id'], ARRAY['wallet'], lag_min => 0, lag_max => 60);

-- Direct orders first: their rules go by strong references only, what they leave of the bank lines is for the payouts.
SELECT reconcile.define_reconciliation('order_bank', 'reconcile.direct_order_item', 'reconcile.bank_item', 7, 0, 'left',
    'direct_order', 'bank_money', 'Orders that buyers pay directly against the lines of bank statements');
SELECT reconcile.add_rule('order_bank', 'reference', 'key', 10, ARRAY['order_no'], ARRAY['reference']);
SELECT reconcile.add_rule('order_bank', 'order_no_in_narrative', 'reference', 20, ARRAY['order_no'], '{}', lag_min => -3, lag_max => 30, right_text => 'narrative');
SELECT reconcile.add_rule('order_bank', 'amount_and_date', 'window', 30, '{}', '{}', lag_min => 0, lag_max => 10, action => 'suggest');

SELECT reconcile.define_reconciliation('payout_bank', 'reconcile.payout_item', 'reconcile.bank_item', 5, 3, 'both',
    'banked_payout', 'bank_money', 'Payouts against the lines of bank statements');
SELECT reconcile.add_rule('payout_bank', 'reference', 'key', 10, ARRAY['reference'], ARRAY['reference']);
SELECT reconcile.add_rule('payout_bank', 'reference_in_narrative', 'reference', 20, ARRAY['reference'], '{}', lag_min => -3, lag_max => 15, right_text => 'narrative');
SELECT reconcile.add_rule('payout_bank', 'payout_no_in_narrative', 'reference', 30, ARRAY['payout_no'], '{}', lag_min => -3, lag_max => 15, right_text => 'narrative');
SELECT reconcile.add_rule('payout_bank', 'amount_and_date', 'window', 40, '{}', '{}', lag_min => 0, lag_max => 5);
