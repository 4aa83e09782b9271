-- shipped.sql: the last word on the rows that the script itself has made.

-- Shipped rows keep ids below 1000 and are left out of dumps: restoring into a newer version brings that version's rules.
UPDATE reconcile.item_pool SET builtin = true;
UPDATE reconcile.reconciliation SET builtin = true;
UPDATE reconcile.rule SET builtin = true, created_at = '2000-01-01', created_by = 'reconcile';
ALTER TABLE reconcile.item_pool ALTER pool_id RESTART WITH 1000;
ALTER TABLE reconcile.reconciliation ALTER reconciliation_id RESTART WITH 1000;
ALTER TABLE reconcile.rule ALTER rule_id RESTART WITH 1000;

-- What the script itself did is no act of the users'.
DELETE FROM reconcile.audit_pending;
SET CONSTRAINTS reconcile.audit_pending_chain IMMEDIATE;
SET CONSTRAINTS reconcile.audit_pending_chain DEFERRED;
