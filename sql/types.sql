-- types.sql: the words that hot tables and functions share, and small helpers on values.

CREATE TYPE reconcile.side AS ENUM ('left', 'right');
COMMENT ON TYPE reconcile.side IS 'The two sides of a reconciliation: left is what is owed, right is what answers it';

CREATE FUNCTION reconcile.business_date() RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT coalesce(nullif(current_setting('reconcile.business_date', true), '')::date, current_date) $$;
COMMENT ON FUNCTION reconcile.business_date() IS
    'The day on which dues and delays are judged: setting reconcile.business_date, or today';

CREATE FUNCTION reconcile.natural_key(scope bigint, VARIADIC parts text[]) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'reconcile_natural_key';
COMMENT ON FUNCTION reconcile.natural_key(bigint, text[]) IS
    'The 64-bit key under which a document is found: scope is the shop_id or account_id, parts are its natural key, e.g. natural_key(shop_id, order_no)';

-- Statuses of orders for which no money is expected, in the words of the platforms. A plain list, so that the planner hashes it: it is looked at for
-- every order of a run.
CREATE FUNCTION reconcile.is_void_status(status text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(status COLLATE "C" IN ('cancelled', 'Cancelled', 'CANCELLED', 'canceled', 'Canceled', 'CANCELED', 'failed', 'Failed', 'FAILED', 'void', 'Void', 'VOID', 'voided', 'Voided', 'VOIDED', 'unpaid', 'Unpaid', 'UNPAID', 'expired', 'Expired', 'EXPIRED', 'closed', 'Closed', 'CLOSED', 'pending payment', 'Pending payment', 'PENDING PAYMENT', '已取消', '已关闭', '交易关闭', '支付失败', '未付款', '等待买家付款', '已取消訂單', '付款失敗'), false) $$;
COMMENT ON FUNCTION reconcile.is_void_status(text) IS 'Whether an order in this status is owed no money (cancelled, payment failed, unpaid)';
