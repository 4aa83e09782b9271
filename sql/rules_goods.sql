-- rules_goods.sql: the built-in reconciliations of goods and ledger. run() passes over those that no import has fed on both sides: a merchant who takes
-- in no shipments misses none.

CREATE VIEW reconcile.ordered_goods_item AS
SELECT l.merchant_id, l.order_line_id AS item_id, o.ordered_on AS item_date,
       CASE WHEN reconcile.is_void_status(coalesce(reconcile.latest_status(o.merchant_id, o.order_id), o.status)) THEN 0 ELSE l.quantity END AS quantity,
       l.order_no, coalesce(l.sku, '-') AS sku, l.order_no AS reference, l.sku AS narrative, l.import_id
FROM reconcile.order_line l
JOIN reconcile.sales_order o ON o.merchant_id = l.merchant_id AND o.shop_id = l.shop_id AND o.order_no = l.order_no
WHERE l.quantity IS NOT NULL;
COMMENT ON VIEW reconcile.ordered_goods_item IS 'Goods ordered, as items: 0 for cancelled and failed orders';

CREATE VIEW reconcile.shipped_goods_item AS
SELECT l.merchant_id, l.shipment_line_id AS item_id, l.shipped_on AS item_date, l.quantity, l.order_no, coalesce(l.sku, '-') AS sku, l.shipment_no,
       coalesce(l.shipment_no, l.tracking_no, l.order_no) AS reference, concat_ws(' ', l.order_no, l.sku) AS narrative, l.import_id
FROM reconcile.shipment_line l;
COMMENT ON VIEW reconcile.shipped_goods_item IS 'Goods shipped, as items';

CREATE VIEW reconcile.parcel_item AS
SELECT s.merchant_id, s.shipment_id AS item_id, s.shipped_on AS item_date,
       CASE WHEN s.is_first THEN coalesce(f.fee, (SELECT sum(c.amount) FROM reconcile.courier_charge c
                                                  WHERE c.merchant_id = s.merchant_id AND c.tracking_no = s.tracking_no AND c.kind = 'freight')) ELSE 0 END AS amount,
       coalesce(f.currency, (SELECT min(c.currency) FROM reconcile.courier_charge c
                             WHERE c.merchant_id = s.merchant_id AND c.tracking_no = s.tracking_no AND c.kind = 'freight')) AS currency,
       s.tracking_no, s.tracking_no AS reference, concat_ws(' ', s.courier, s.order_no) AS narrative, s.import_id, s.is_first AS expects_match
FROM (SELECT x.*, NOT EXISTS (SELECT FROM reconcile.shipment y
                              WHERE y.merchant_id = x.merchant_id AND y.tracking_no = x.tracking_no AND y.shipment_id < x.shipment_id) AS is_first
      FROM reconcile.shipment x WHERE x.tracking_no IS NOT NULL) s
LEFT JOIN LATERAL reconcile.courier_fee(s.merchant_id, s.courier, s.weight, s.service, s.zone, s.shipped_on) f ON true;
COMMENT ON VIEW reconcile.parcel_item IS
    'Parcels, as items: amount is what the courier''s tariff allows, or the freight as billed where there is no tariff. Of the orders in one parcel the first stands for all';

CREATE VIEW reconcile.courier_charge_item AS
SELECT c.merchant_id, c.courier_charge_id AS item_id, c.charged_on AS item_date, c.amount, CASE WHEN c.kind = 'freight' THEN c.amount ELSE 0 END AS freight,
       c.currency, c.tracking_no, coalesce(c.tracking_no, c.bill_no) AS reference, concat_ws(' ', c.courier, c.bill_no, c.kind, c.charge_type) AS narrative,
       c.import_id, c.kind = 'freight' AND c.amount <> 0 AS expects_match
FROM reconcile.courier_charge c;
COMMENT ON VIEW reconcile.courier_charge_item IS 'Charges of couriers, as items: freight is compared with the tariff, other charges of the parcel follow it';

CREATE VIEW reconcile.announced_return_item AS
SELECT l.merchant_id, l.return_line_id AS item_id, l.returned_on AS item_date, l.quantity, l.return_no, l.tracking_no, l.order_no, coalesce(l.sku, '-') AS sku,
       coalesce(l.return_no, l.tracking_no, l.order_no) AS reference, concat_ws(' ', l.sku, l.condition) AS narrative, l.import_id
FROM reconcile.return_line l;
COMMENT ON VIEW reconcile.announced_return_item IS 'Goods that buyers send back, as items';

CREATE VIEW reconcile.received_return_item AS
SELECT l.merchant_id, l.receipt_line_id AS item_id, l.received_on AS item_date, l.quantity, l.return_no, l.tracking_no, l.order_no, coalesce(l.sku, '-') AS sku,
       coalesce(l.return_no, l.tracking_no, l.order_no, l.receipt_no) AS reference, concat_ws(' ', l.sku, l.condition) AS narrative, l.import_id
FROM reconcile.receipt_line l;
COMMENT ON VIEW reconcile.received_return_item IS 'Returned goods that the warehouse received, as items';

CREATE VIEW reconcile.banked_item AS
SELECT b.merchant_id, b.bank_line_id AS item_id, b.booked_on AS item_date, b.amount, b.currency, b.account_id, b.reference,
       concat_ws(' ', b.narrative, b.counterparty) AS narrative, b.import_id
FROM reconcile.bank_line b;
COMMENT ON VIEW reconcile.banked_item IS 'Bank lines, as items of the comparison with the books: every one of them is expected there';

CREATE VIEW reconcile.booked_bank_item AS
SELECT e.merchant_id, e.ledger_entry_id AS item_id, e.posted_on AS item_date, e.amount, e.currency, e.bank_account_id AS account_id, e.reference,
       concat_ws(' ', e.entry_no, e.description, e.counterparty) AS narrative, e.import_id
FROM (SELECT l.*, coalesce(l.account_id, a.account_id) AS bank_account_id
      FROM reconcile.ledger_entry l
      LEFT JOIN reconcile.ledger_account a ON a.merchant_id = l.merchant_id AND a.code = l.ledger_account AND a.role = 'bank') e
WHERE e.bank_account_id IS NOT NULL;
COMMENT ON VIEW reconcile.booked_bank_item IS
    'Entries of the books of bank accounts, as items: those imported for an account, and those on a ledger account that set_ledger_account() says is one';

CREATE VIEW reconcile.all_order_item AS
SELECT i.merchant_id, i.item_id, i.item_date, i.amount, i.currency, i.order_no, i.reference, i.narrative, i.import_id FROM reconcile.platform_order_item i
UNION ALL
SELECT i.merchant_id, i.item_id, i.item_date, i.amount, i.currency, i.order_no, i.reference, i.narrative, i.import_id FROM reconcile.direct_order_item i;
COMMENT ON VIEW reconcile.all_order_item IS 'Orders, as items of the comparison with the books';

CREATE VIEW reconcile.booked_order_item AS
SELECT e.merchant_id, e.ledger_entry_id AS item_id, e.posted_on AS item_date, e.amount, e.currency, e.order_no, e.order_no AS reference,
       concat_ws(' ', e.entry_no, e.description) AS narrative, e.import_id
FROM reconcile.ledger_entry e
WHERE e.order_no IS NOT NULL AND e.amount > 0
  AND (e.ledger_account = 'receivable' OR EXISTS (SELECT FROM reconcile.ledger_account a
                                                  WHERE a.merchant_id = e.merchant_id AND a.code = e.ledger_account AND a.role = 'receivable'));
COMMENT ON VIEW reconcile.booked_order_item IS
    'What the books claim of orders, as items: debits of the ledger account receivable, and of those that set_ledger_account() says are such';

CREATE VIEW reconcile.moved_goods_item AS
SELECT m.merchant_id, m.stock_movement_id AS item_id, m.moved_on AS item_date, -m.quantity AS quantity, m.order_no, m.sku, coalesce(m.reference, m.order_no, m.movement_no) AS reference,
       concat_ws(' ', m.movement_no, m.warehouse, m.sku) AS narrative, m.import_id
FROM reconcile.stock_movement m
WHERE m.kind = 'shipment';
COMMENT ON VIEW reconcile.moved_goods_item IS 'Stock that left for buyers, as items: quantity is what went out';

SELECT reconcile.ensure_pool('ordered_goods', 'reconcile.ordered_goods_item', 'order_line');
SELECT reconcile.ensure_pool('shipped_goods', 'reconcile.shipped_goods_item', 'shipment_line');
SELECT reconcile.ensure_pool('parcel', 'reconcile.parcel_item', 'shipment');
SELECT reconcile.ensure_pool('courier_charge', 'reconcile.courier_charge_item', 'courier_charge');
SELECT reconcile.ensure_pool('announced_return', 'reconcile.announced_return_item', 'return_line');
SELECT reconcile.ensure_pool('received_return', 'reconcile.received_return_item', 'receipt_line');
SELECT reconcile.ensure_pool('banked', 'reconcile.banked_item', 'bank_line');
SELECT reconcile.ensure_pool('booked_bank', 'reconcile.booked_bank_item', 'ledger_entry');
SELECT reconcile.ensure_pool('ordered', 'reconcile.all_order_item', 'sales_order');
SELECT reconcile.ensure_pool('booked_order', 'reconcile.booked_order_item', 'ledger_entry');
SELECT reconcile.ensure_pool('sent_goods', 'reconcile.shipped_goods_item', 'shipment_line');
SELECT reconcile.ensure_pool('moved_goods', 'reconcile.moved_goods_item', 'stock_movement');

SELECT reconcile.define_reconciliation('order_shipment', 'reconcile.ordered_goods_item', 'reconcile.shipped_goods_item', 3, 0, 'both',
    'ordered_goods', 'shipped_goods', 'Goods ordered against goods shipped');
SELECT reconcile.add_rule('order_shipment', 'order_and_sku', 'key', 10, ARRAY['order_no', 'sku'], ARRAY['order_no', 'sku'], options => '{"partial": true}');

SELECT reconcile.define_reconciliation('courier_bill', 'reconcile.parcel_item', 'reconcile.courier_charge_item', 45, 0, 'both',
    'parcel', 'courier_charge', 'Parcels, at the courier''s tariff, against the lines of courier bills');
SELECT reconcile.add_rule('courier_bill', 'tracking_no', 'key', 10, ARRAY['tracking_no'], ARRAY['tracking_no'], amount_tolerance => 0.01,
    options => '{"right_compare": "freight", "partial": true}');

SELECT reconcile.define_reconciliation('return_receipt', 'reconcile.announced_return_item', 'reconcile.received_return_item', 14, 0, 'both',
    'announced_return', 'received_return', 'Goods announced as returned against goods that the warehouse received');
SELECT reconcile.add_rule('return_receipt', 'return_no_and_sku', 'key', 10, ARRAY['return_no', 'sku'], ARRAY['return_no', 'sku'], options => '{"partial": true}');
SELECT reconcile.add_rule('return_receipt', 'tracking_no_and_sku', 'key', 20, ARRAY['tracking_no', 'sku'], ARRAY['tracking_no', 'sku'], options => '{"partial": true}');
SELECT reconcile.add_rule('return_receipt', 'order_no_and_sku', 'key', 30, ARRAY['order_no', 'sku'], ARRAY['order_no', 'sku'], options => '{"partial": true}');

SELECT reconcile.define_reconciliation('bank_ledger', 'reconcile.banked_item', 'reconcile.booked_bank_item', 3, 3, 'both',
    'banked', 'booked_bank', 'Lines of bank statements against the books of the bank accounts');
SELECT reconcile.add_rule('bank_ledger', 'reference', 'key', 10, ARRAY['account_id', 'reference'], ARRAY['account_id', 'reference']);
SELECT reconcile.add_rule('bank_ledger', 'amount_and_date', 'window', 20, ARRAY['account_id'], ARRAY['account_id'], lag_min => -3, lag_max => 3);

SELECT reconcile.define_reconciliation('order_ledger', 'reconcile.all_order_item', 'reconcile.booked_order_item', 3, 0, 'both',
    'ordered', 'booked_order', 'Orders against what the books claim of them');
SELECT reconcile.add_rule('order_ledger', 'order_no', 'key', 10, ARRAY['order_no'], ARRAY['order_no'], options => '{"partial": true}');

SELECT reconcile.define_reconciliation('stock', 'reconcile.shipped_goods_item', 'reconcile.moved_goods_item', 1, 1, 'both',
    'sent_goods', 'moved_goods', 'Goods shipped against stock that left the warehouse');
SELECT reconcile.add_rule('stock', 'order_and_sku', 'key', 10, ARRAY['order_no', 'sku'], ARRAY['order_no', 'sku'], options => '{"partial": true}');
SELECT reconcile.add_rule('stock', 'shipment_and_sku', 'key', 20, ARRAY['shipment_no', 'sku'], ARRAY['reference', 'sku'], options => '{"partial": true}');

UPDATE reconcile.reconciliation SET when_fed = true, measure = CASE name WHEN 'courier_bill' THEN 'fee' ELSE measure END
WHERE name IN ('order_shipment', 'courier_bill', 'return_receipt', 'bank_ledger', 'order_ledger', 'stock');
