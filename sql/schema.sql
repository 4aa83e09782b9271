-- schema.sql: the schema, and the settings a database keeps for itself.

CREATE SCHEMA reconcile;
COMMENT ON SCHEMA reconcile IS 'Reconciliation of e-commerce money, goods and returns';
REVOKE ALL ON SCHEMA reconcile FROM PUBLIC;
