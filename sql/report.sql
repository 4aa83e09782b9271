-- report.sql: reports and their words in three languages; documents out of them (Excel, PDF, CSV, HTML).
-- Shipped rows carry builtin = true; only the users' rows are dumped, and a user's row hides the shipped one of the same key.

CREATE TABLE reconcile.label (
    language text NOT NULL CHECK (language IN ('en', 'zh_TW', 'zh_CN')),
    key text NOT NULL CHECK (key <> ''),
    builtin boolean NOT NULL DEFAULT false,
    label text NOT NULL CHECK (label <> ''),
    PRIMARY KEY (language, key, builtin)
);
COMMENT ON TABLE reconcile.label IS 'Words of documents by language: titles, headings, statuses, reasons. A row of the user hides the shipped one of the same key';
COMMENT ON COLUMN reconcile.label.key IS 'vocabulary.word: title.receivable, column.expected, reason.late, document.total ...';

INSERT INTO reconcile.label (language, key, label, builtin)
SELECT l.language, w.key, l.label, true
FROM (VALUES
    ('title.receivable', 'Receivables', '應收帳款明細表', '应收账款明细表'),
    ('title.exception', 'Reconciliation exceptions', '對帳差異明細表', '对账差异明细表'),
    ('title.match', 'Matches', '勾對明細表', '勾对明细表'),
    ('title.receivable_aging', 'Aging of receivables', '應收帳款帳齡分析表', '应收账款账龄分析表'),
    ('title.receivable_follow_up', 'Receivables to follow up', '逾期帳款催收清單', '逾期账款催收清单'),
    ('column.merchant', 'Merchant', '商家', '商户'),
    ('column.shop', 'Shop', '店鋪', '店铺'),
    ('column.order_no', 'Order no.', '訂單編號', '订单编号'),
    ('column.ordered_at', 'Ordered', '下單日期', '下单日期'),
    ('column.ordered_on', 'Ordered', '下單日期', '下单日期'),
    ('column.currency', 'Currency', '幣別', '币种'),
    ('column.expected', 'Expected', '應收金額', '应收金额'),
    ('column.settled', 'Settled', '平台結算', '平台结算'),
    ('column.fees', 'Fees', '平台費用', '平台费用'),
    ('column.refunded', 'Refunded', '退款', '退款'),
    ('column.paid_out', 'Paid out', '撥款', '打款'),
    ('column.banked', 'Banked', '銀行實收', '银行实收'),
    ('column.outstanding', 'Outstanding', '未收餘額', '未收余额'),
    ('column.due_date', 'Due', '到期日', '到期日'),
    ('column.days_overdue', 'Days overdue', '逾期天數', '逾期天数'),
    ('column.status', 'Status', '狀態', '状态'),
    ('column.orders', 'Orders', '訂單數', '订单数'),
    ('column.not_due', 'Not due', '未到期', '未到期'),
    ('column.overdue_1_30', '1-30 days', '逾期 1-30 天', '逾期 1-30 天'),
    ('column.overdue_31_60', '31-60 days', '逾期 31-60 天', '逾期 31-60 天'),
    ('column.overdue_61_90', '61-90 days', '逾期 61-90 天', '逾期 61-90 天'),
    ('column.overdue_over_90', 'Over 90 days', '逾期 90 天以上', '逾期 90 天以上'),
    ('column.over_collected', 'Over-collected', '溢收', '多收'),
    ('column.position', 'No.', '序號', '序号'),
    ('column.last_note', 'Last note', '最近備註', '最近备注'),
    ('column.noted_at', 'Noted on', '備註日期', '备注日期'),
    ('column.noted_by', 'Noted by', '備註人員', '备注人员'),
    ('column.exception_id', 'Exception', '差異編號', '差异编号'),
    ('column.reconciliation', 'Reconciliation', '對帳項目', '对账项目'),
    ('column.side', 'Side', '所屬方', '所属方'),
    ('column.item_id', 'Item', '項目編號', '项目编号'),
    ('column.item_date', 'Date', '日期', '日期'),
    ('column.reason', 'Reason', '差異原因', '差异原因'),
    ('column.amount', 'Amount', '金額', '金额'),
    ('column.difference', 'Difference', '差額', '差额'),
    ('column.reference', 'Reference', '參考號', '参考号'),
    ('column.narrative', 'Narrative', '摘要', '摘要'),
    ('column.opened_at', 'Found on', '發現日期', '发现日期'),
    ('column.match_id', 'Match', '勾對編號', '勾对编号'),
    ('column.run_id', 'Run', '執行批次', '运行批次'),
    ('column.rule', 'Rule', '規則', '规则'),
    ('column.strategy', 'Method', '勾對方式', '勾对方式'),
    ('column.left_amount', 'Left amount', '左方金額', '左方金额'),
    ('column.right_amount', 'Right amount', '右方金額', '右方金额'),
    ('column.confidence', 'Confidence', '信心度', '置信度'),
    ('column.explanation', 'Explanation', '說明', '说明'),
    ('column.matched_at', 'Matched at', '勾對時間', '勾对时间'),
    ('column.matched_by', 'Matched by', '勾對人員', '勾对人员'),
    ('column.note', 'Note', '備註', '备注'),
    ('column.account', 'Account', '銀行帳戶', '银行账户'),
    ('receivable_status.open', 'Open', '未結算', '未结算'),
    ('receivable_status.settled', 'Settled, not paid out', '已結算待撥款', '已结算待打款'),
    ('receivable_status.in_transit', 'Payout in transit', '撥款在途', '打款在途'),
    ('receivable_status.partly_collected', 'Partly collected', '部分收款（短收）', '部分收款（短收）'),
    ('receivable_status.collected', 'Collected', '已收款', '已收款'),
    ('receivable_status.over_collected', 'Over-collected', '溢收', '多收'),
    ('receivable_status.refunded', 'Refunded', '已全額退款', '已全额退款'),
    ('receivable_status.overdue', 'Overdue', '逾期未收', '逾期未收'),
    ('receivable_status.written_off', 'Written off', '已沖銷', '已核销'),
    ('match_status.matched', 'Matched', '已勾對', '已勾对'),
    ('match_status.suggested', 'Suggested', '待確認', '待确认'),
    ('match_status.confirmed', 'Confirmed', '已確認', '已确认'),
    ('match_status.rejected', 'Rejected', '已否決', '已否决'),
    ('match_status.reversed', 'Reversed', '已撤銷', '已撤销'),
    ('exception_status.open', 'Open', '待處理', '待处理'),
    ('exception_status.explained', 'Explained', '已說明', '已说明'),
    ('exception_status.settled', 'Settled', '已結清', '已结清'),
    ('exception_status.closed', 'Closed', '已結案', '已结案'),
    ('reason.missing_left', 'No counterpart on the left', '左方未達帳項', '左方未达账项'),
    ('reason.missing_right', 'No counterpart on the right', '右方未達帳項', '右方未达账项'),
    ('reason.amount_difference', 'Amounts differ', '金額不符', '金额不符'),
    ('reason.quantity_difference', 'Quantities differ', '數量不符', '数量不符'),
    ('reason.condition_difference', 'Conditions differ', '商品狀況不符', '商品状况不符'),
    ('reason.currency_difference', 'Currencies differ', '幣別不符', '币种不符'),
    ('reason.fee_difference', 'Fee differs from schedule', '手續費不符', '手续费不符'),
    ('reason.duplicate', 'Duplicate', '重複入帳', '重复入账'),
    ('reason.ambiguous', 'Ambiguous', '多筆候選待確認', '多笔候选待确认'),
    ('reason.late', 'Late', '逾期入帳', '逾期入账'),
    ('reason.chargeback', 'Chargeback', '買家拒付', '买家拒付'),
    ('reason.arithmetic', 'Parts do not add up', '明細加總不符', '明细合计不符'),
    ('reason.statement_gap', 'Gap in the statement', '銀行流水缺漏', '银行流水缺漏'),
    ('side.left', 'Left', '左方', '左方'),
    ('side.right', 'Right', '右方', '右方'),
    ('reconciliation.order_settlement', 'Orders to settlements', '訂單對結算單', '订单对结算单'),
    ('reconciliation.settlement_payout', 'Settlements to payouts', '結算單對撥款', '结算单对打款'),
    ('reconciliation.payout_bank', 'Payouts to bank', '撥款對銀行流水', '打款对银行流水'),
    ('reconciliation.order_bank', 'Orders to bank', '訂單對銀行流水', '订单对银行流水'),
    ('reconciliation.order_shipment', 'Orders to shipments', '訂單對出貨', '订单对发货'),
    ('reconciliation.courier_bill', 'Parcels to courier bills', '包裹對物流帳單', '包裹对快递账单'),
    ('reconciliation.return_receipt', 'Returns to receipts', '退貨對入庫', '退货对入库'),
    ('reconciliation.bank_ledger', 'Bank to books', '銀行流水對帳簿', '银行流水对账簿'),
    ('reconciliation.order_ledger', 'Orders to books', '訂單對帳簿', '订单对账簿'),
    ('reconciliation.stock', 'Shipments to stock', '出貨對庫存異動', '发货对库存变动'),
    ('strategy.key', 'Key', '鍵值', '键值'),
    ('strategy.reference', 'Reference', '參考號', '参考号'),
    ('strategy.window', 'Amount and date', '金額與日期', '金额与日期'),
    ('strategy.subset', 'Sum of several', '多筆合計', '多笔合计'),
    ('strategy.net', 'Cancels itself', '自行抵銷', '自行抵销'),
    ('strategy.score', 'Resemblance', '相似度', '相似度'),
    ('strategy.manual', 'By hand', '人工', '人工'),
    ('parameter.merchant', 'Merchant', '商家', '商户'),
    ('parameter.date_from', 'From', '起日', '起始日期'),
    ('parameter.date_to', 'To', '迄日', '截止日期'),
    ('parameter.limit', 'Rows at most', '筆數上限', '笔数上限'),
    ('word.none', '(none)', '（無）', '（无）'),
    ('word.colon', ': ', '：', '：'),
    ('word.comma', ', ', '、', '、'),
    ('document.page', 'Page {page} of {pages}', '第 {page} 頁，共 {pages} 頁', '第 {page} 页，共 {pages} 页'),
    ('document.generated', 'Generated on {time}', '製表時間：{time}', '制表时间：{time}'),
    ('document.as_of', 'As of {date}', '截至 {date}', '截至 {date}'),
    ('document.total', 'Total', '合計', '合计'),
    ('document.summary', 'Summary', '彙總', '汇总'),
    ('document.rows', 'Rows', '筆數', '笔数'),
    ('document.empty', 'No rows', '無資料', '无数据')
) AS w (key, en, zh_tw, zh_cn)
CROSS JOIN LATERAL (VALUES ('en', w.en), ('zh_TW', w.zh_tw), ('zh_CN', w.zh_cn)) AS l (language, label);

CREATE FUNCTION reconcile.language(language text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen text := coalesce(language.language, nullif(current_setting('reconcile.language', true), ''), 'en');
BEGIN
    IF chosen NOT IN ('en', 'zh_TW', 'zh_CN') THEN
        RAISE EXCEPTION 'language "%" is not known', chosen USING ERRCODE = 'invalid_parameter_value', HINT = 'Known languages: en, zh_TW, zh_CN.';
    END IF;
    RETURN chosen;
END $$;
COMMENT ON FUNCTION reconcile.language(text) IS 'The language itself, or that of setting reconcile.language (en when it is not set); an error when it is not known';

CREATE FUNCTION reconcile.label(key text, language text DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT l.label FROM reconcile.label l WHERE l.key = label.key AND l.language IN (reconcile.language(label.language), 'en')
                     ORDER BY l.language = reconcile.language(label.language) DESC, l.builtin LIMIT 1), label.key) $$;
COMMENT ON FUNCTION reconcile.label(text, text) IS
    'The word for a key in a language (NULL: that of setting reconcile.language); the English one where there is none, else the key';

CREATE FUNCTION reconcile.set_label(key text, language text, label text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF set_label.key IS NULL OR set_label.label IS NULL THEN
        RAISE EXCEPTION 'key and label must be given' USING ERRCODE = 'null_value_not_allowed', HINT = 'The keys are those of reconcile.label, and names of your own.';
    END IF;
    INSERT INTO reconcile.label AS l (language, key, label) VALUES (reconcile.language(set_label.language), set_label.key, set_label.label)
    ON CONFLICT ON CONSTRAINT label_pkey DO UPDATE SET label = excluded.label;
END $$;
COMMENT ON FUNCTION reconcile.set_label(text, text, text) IS 'Sets a word of documents in a language; shipped words stay behind it';

CREATE TABLE reconcile.report_definition (
    name text NOT NULL CHECK (name <> ''),
    builtin boolean NOT NULL DEFAULT false,
    title text NOT NULL,
    relation regclass NOT NULL,
    date_column text,
    group_column text,
    order_by text[] NOT NULL DEFAULT '{}',
    as_of boolean NOT NULL DEFAULT false,
    default_parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(default_parameters) = 'object'),
    PRIMARY KEY (name, builtin)
);
COMMENT ON TABLE reconcile.report_definition IS 'Reports: which relation, what its documents show. A report is a row here and its columns in report_column';
COMMENT ON COLUMN reconcile.report_definition.title IS 'Key of its title among the labels, or the title itself';
COMMENT ON COLUMN reconcile.report_definition.date_column IS 'What parameters date_from and date_to are compared with';
COMMENT ON COLUMN reconcile.report_definition.group_column IS 'Column by which, besides the currency, the summary is broken down';
COMMENT ON COLUMN reconcile.report_definition.default_parameters IS 'Parameters that hold where a call does not give them; documents state them like the others';
COMMENT ON COLUMN reconcile.report_definition.as_of IS 'The figures depend on the business date, which the document then states';

CREATE TABLE reconcile.report_column (
    report text NOT NULL,
    builtin boolean NOT NULL DEFAULT false,
    position integer NOT NULL,
    column_name text NOT NULL,
    title text NOT NULL,
    type text NOT NULL CHECK (type IN ('text', 'integer', 'amount', 'percent', 'date', 'time')),
    vocabulary text,
    total boolean NOT NULL DEFAULT false,
    wrap boolean NOT NULL DEFAULT false,
    PRIMARY KEY (report, builtin, position),
    FOREIGN KEY (report, builtin) REFERENCES reconcile.report_definition (name, builtin),
    CHECK (vocabulary IS NULL OR type = 'text'),
    CHECK (NOT total OR type = 'amount')
);
COMMENT ON TABLE reconcile.report_column IS 'Columns of reports, in order of position; a column named currency gives the amounts their decimals';
COMMENT ON COLUMN reconcile.report_column.title IS 'Key of the heading among the labels, or the heading itself';
COMMENT ON COLUMN reconcile.report_column.vocabulary IS 'Its values are words: shown by label vocabulary.value';
COMMENT ON COLUMN reconcile.report_column.total IS 'Summed per currency';
COMMENT ON COLUMN reconcile.report_column.wrap IS 'Long text, which may take several lines of paper';

INSERT INTO reconcile.report_definition (name, builtin, title, relation, date_column, group_column, order_by, as_of, default_parameters) VALUES
    ('receivable', true, 'title.receivable', 'reconcile.receivable', 'ordered_on', 'status', '{ordered_at,shop,order_no}', true, '{}'),
    ('receivable_aging', true, 'title.receivable_aging', 'reconcile.receivable_aging', NULL, NULL, '{currency,shop}', true, '{}'),
    ('receivable_follow_up', true, 'title.receivable_follow_up', 'reconcile.receivable_follow_up', 'due_date', 'shop', '{currency,position}', true, '{}'),
    -- What was settled or taken back would only swell the totals.
    ('exception', true, 'title.exception', 'reconcile.exception', 'item_date', 'reason', '{reconciliation,item_date,exception_id}', false,
     '{"status": ["open", "explained"]}'),
    ('match', true, 'title.match', 'reconcile.match', 'matched_at', 'status', '{reconciliation,match_id}', false, '{"status": ["matched", "confirmed"]}');

INSERT INTO reconcile.report_column (report, builtin, position, column_name, title, type, vocabulary, total, wrap)
SELECT c.report, true, row_number() OVER (PARTITION BY c.report ORDER BY c.place), c.column_name, 'column.' || c.column_name, c.type, c.vocabulary, c.total, c.wrap
FROM (VALUES
    (1, 'receivable', 'shop', 'text', NULL, false, false),
    (2, 'receivable', 'order_no', 'text', NULL, false, false),
    (3, 'receivable', 'ordered_on', 'date', NULL, false, false),
    (4, 'receivable', 'currency', 'text', NULL, false, false),
    (5, 'receivable', 'expected', 'amount', NULL, true, false),
    (6, 'receivable', 'settled', 'amount', NULL, true, false),
    (7, 'receivable', 'fees', 'amount', NULL, true, false),
    (8, 'receivable', 'refunded', 'amount', NULL, true, false),
    (9, 'receivable', 'paid_out', 'amount', NULL, true, false),
    (10, 'receivable', 'banked', 'amount', NULL, true, false),
    (11, 'receivable', 'outstanding', 'amount', NULL, true, false),
    (12, 'receivable', 'due_date', 'date', NULL, false, false),
    (13, 'receivable', 'days_overdue', 'integer', NULL, false, false),
    (14, 'receivable', 'status', 'text', 'receivable_status', false, false),
    (1, 'receivable_aging', 'shop', 'text', NULL, false, false),
    (2, 'receivable_aging', 'currency', 'text', NULL, false, false),
    (3, 'receivable_aging', 'orders', 'integer', NULL, false, false),
    (4, 'receivable_aging', 'not_due', 'amount', NULL, true, false),
    (5, 'receivable_aging', 'overdue_1_30', 'amount', NULL, true, false),
    (6, 'receivable_aging', 'overdue_31_60', 'amount', NULL, true, false),
    (7, 'receivable_aging', 'overdue_61_90', 'amount', NULL, true, false),
    (8, 'receivable_aging', 'overdue_over_90', 'amount', NULL, true, false),
    (9, 'receivable_aging', 'over_collected', 'amount', NULL, true, false),
    (10, 'receivable_aging', 'outstanding', 'amount', NULL, true, false),
    (1, 'receivable_follow_up', 'position', 'integer', NULL, false, false),
    (2, 'receivable_follow_up', 'shop', 'text', NULL, false, false),
    (3, 'receivable_follow_up', 'order_no', 'text', NULL, false, false),
    (4, 'receivable_follow_up', 'ordered_on', 'date', NULL, false, false),
    (5, 'receivable_follow_up', 'currency', 'text', NULL, false, false),
    (6, 'receivable_follow_up', 'expected', 'amount', NULL, true, false),
    (7, 'receivable_follow_up', 'outstanding', 'amount', NULL, true, false),
    (8, 'receivable_follow_up', 'due_date', 'date', NULL, false, false),
    (9, 'receivable_follow_up', 'days_overdue', 'integer', NULL, false, false),
    (10, 'receivable_follow_up', 'reason', 'text', 'reason', false, false),
    (11, 'receivable_follow_up', 'last_note', 'text', NULL, false, true),
    (12, 'receivable_follow_up', 'noted_at', 'date', NULL, false, false),
    (13, 'receivable_follow_up', 'noted_by', 'text', NULL, false, false),
    (1, 'exception', 'exception_id', 'text', NULL, false, false),
    (2, 'exception', 'reconciliation', 'text', 'reconciliation', false, false),
    (3, 'exception', 'side', 'text', 'side', false, false),
    (4, 'exception', 'item_date', 'date', NULL, false, false),
    (5, 'exception', 'reference', 'text', NULL, false, false),
    (6, 'exception', 'reason', 'text', 'reason', false, false),
    (7, 'exception', 'currency', 'text', NULL, false, false),
    (8, 'exception', 'amount', 'amount', NULL, true, false),
    (9, 'exception', 'difference', 'amount', NULL, true, false),
    (10, 'exception', 'status', 'text', 'exception_status', false, false),
    (11, 'exception', 'narrative', 'text', NULL, false, true),
    (12, 'exception', 'opened_at', 'date', NULL, false, false),
    (1, 'match', 'match_id', 'text', NULL, false, false),
    (2, 'match', 'reconciliation', 'text', 'reconciliation', false, false),
    (3, 'match', 'rule', 'text', NULL, false, false),
    (4, 'match', 'strategy', 'text', 'strategy', false, false),
    (5, 'match', 'status', 'text', 'match_status', false, false),
    (6, 'match', 'currency', 'text', NULL, false, false),
    (7, 'match', 'left_amount', 'amount', NULL, true, false),
    (8, 'match', 'right_amount', 'amount', NULL, true, false),
    (9, 'match', 'difference', 'amount', NULL, true, false),
    (10, 'match', 'confidence', 'percent', NULL, false, false),
    (11, 'match', 'explanation', 'text', NULL, false, true),
    (12, 'match', 'matched_at', 'time', NULL, false, false),
    (13, 'match', 'matched_by', 'text', NULL, false, false)) AS c (place, report, column_name, type, vocabulary, total, wrap);

CREATE FUNCTION reconcile.add_report(name text, relation regclass, title text DEFAULT NULL, columns text[] DEFAULT NULL, order_by text[] DEFAULT '{}',
    date_column text DEFAULT NULL, group_column text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shown text[] := coalesce(columns, ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
                                            AND a.attname <> 'merchant_id' ORDER BY a.attnum));
BEGIN
    IF name IS NULL OR name = '' OR relation IS NULL THEN
        RAISE EXCEPTION 'a report needs a name and a relation' USING ERRCODE = 'null_value_not_allowed', HINT = 'The relation is a table or view.';
    END IF;
    PERFORM reconcile.check_source_columns(relation, shown || order_by
        || array_remove(ARRAY[add_report.date_column, add_report.group_column], NULL));
    IF EXISTS (SELECT FROM reconcile.report_definition d WHERE d.name = add_report.name AND NOT d.builtin) THEN
        RAISE EXCEPTION 'report "%" exists', name USING ERRCODE = 'duplicate_object', HINT = 'drop_report() removes it.';
    END IF;
    INSERT INTO reconcile.report_definition (name, title, relation, date_column, group_column, order_by)
    VALUES (name, coalesce(title, initcap(replace(name, '_', ' '))), relation, add_report.date_column, add_report.group_column, add_report.order_by);
    INSERT INTO reconcile.report_column (report, position, column_name, title, type, vocabulary, total, wrap)
    SELECT add_report.name, u.n, u.c, CASE WHEN EXISTS (SELECT FROM reconcile.label l WHERE l.key = 'column.' || u.c) THEN 'column.' || u.c ELSE initcap(replace(u.c, '_', ' ')) END,
           k.type, CASE WHEN k.type = 'text' AND u.c IN ('reason', 'side', 'reconciliation', 'strategy') THEN u.c END,
           k.type = 'amount', k.type = 'text' AND u.c IN ('narrative', 'explanation', 'note', 'description')
    FROM unnest(shown) WITH ORDINALITY AS u (c, n)
    JOIN pg_attribute a ON a.attrelid = relation AND a.attname = u.c
    CROSS JOIN LATERAL (SELECT CASE WHEN a.atttypid = 'numeric'::regtype THEN 'amount' WHEN a.atttypid = 'date'::regtype THEN 'date'
        WHEN a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN 'time' WHEN a.atttypid IN ('float4'::regtype, 'float8'::regtype) THEN 'percent'
        WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND u.c NOT LIKE '%id' THEN 'integer' ELSE 'text' END AS type) AS k;
    PERFORM reconcile.audit('add_report', name, jsonb_build_object('relation', relation::text, 'columns', to_jsonb(shown)));
END $$;
COMMENT ON FUNCTION reconcile.add_report(text, regclass, text, text[], text[], text, text) IS
    'Makes a report of a table or view; types and headings follow from its columns (numeric: amounts with totals, ids: text) and can be changed in report_column. One of a shipped name hides that';

CREATE FUNCTION reconcile.drop_report(name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM reconcile.report_column c WHERE c.report = drop_report.name AND NOT c.builtin;
    DELETE FROM reconcile.report_definition d WHERE d.name = drop_report.name AND NOT d.builtin;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no report "%" of your own', coalesce(name, 'NULL') USING ERRCODE = 'undefined_object',
            HINT = coalesce(format('Your reports: %s.', (SELECT string_agg(d.name, ', ' ORDER BY d.name) FROM reconcile.report_definition d WHERE NOT d.builtin)),
                            'add_report() makes one.');
    END IF;
    PERFORM reconcile.audit('drop_report', name);
END $$;
COMMENT ON FUNCTION reconcile.drop_report(text) IS 'Removes a report made by add_report(); a shipped one that it hid shows again';

-- The query of a report --------------------------------------------------------------------------------------------------

CREATE FUNCTION reconcile.report_parameters(report text) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = d.relation AND a.attname = 'merchant_id' AND NOT a.attisdropped)
                THEN ARRAY['merchant'] ELSE '{}' END
        || CASE WHEN d.date_column IS NOT NULL THEN ARRAY['date_from', 'date_to'] ELSE '{}' END || ARRAY['limit']
        || ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = d.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('merchant_id', 'merchant') ORDER BY a.attnum)
    FROM reconcile.report_definition d WHERE d.name = report_parameters.report ORDER BY d.builtin LIMIT 1 $$;
COMMENT ON FUNCTION reconcile.report_parameters(text) IS 'Names of the parameters that a report takes';

CREATE FUNCTION reconcile.report_relation(relation regclass) RETURNS regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN has_table_privilege(relation, 'SELECT') THEN relation ELSE coalesce(m.oid::regclass, relation) END
    FROM pg_class c LEFT JOIN pg_class m ON m.relnamespace = c.relnamespace AND m.relname = 'masked_' || c.relname AND c.relnamespace = 'reconcile'::regnamespace
    WHERE c.oid = relation $$;
COMMENT ON FUNCTION reconcile.report_relation(regclass) IS 'What a report reads for the caller: its relation or, where only that may be read, the masked one beside it';

CREATE FUNCTION reconcile.report_plan(report text, parameters jsonb, language text, OUT title text, OUT subtitles text[], OUT query text, OUT arguments text[],
    OUT titles text[], OUT types text[], OUT totals boolean[], OUT wraps boolean[], OUT currency_column integer, OUT group_column integer, OUT labels text[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    definition reconcile.report_definition;
    spoken text := reconcile.language(language);
    known text[];
    given record;
    c record;
    attribute record;
    conditions text[] := '{}';
    columns text[] := '{}';
    merchant text := 'main';
    row_limit text := '';
    expression text;
    cases text;
    shown text;
    position integer := 0;
BEGIN
    SELECT * INTO definition FROM reconcile.report_definition d WHERE d.name = report ORDER BY d.builtin LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'report "%" does not exist', coalesce(report, 'NULL') USING ERRCODE = 'undefined_object',
            HINT = format('Known reports: %s.', (SELECT string_agg(DISTINCT d.name, ', ') FROM reconcile.report_definition d));
    END IF;
    definition.relation := reconcile.report_relation(definition.relation);
    IF jsonb_typeof(parameters) <> 'object' THEN
        RAISE EXCEPTION 'parameters are not a JSON object' USING ERRCODE = 'invalid_parameter_value', HINT = 'For example: {"shop": "tmall", "status": "overdue"}.';
    END IF;
    known := reconcile.report_parameters(report);
    title := reconcile.label(definition.title, spoken);
    subtitles := '{}';
    arguments := '{}';

    FOR c IN SELECT * FROM reconcile.report_column r WHERE r.report = definition.name AND r.builtin = definition.builtin ORDER BY r.position LOOP
        expression := format('r.%I', c.column_name);
        IF c.vocabulary IS NOT NULL THEN
            SELECT string_agg(format(' WHEN %L THEN %L', w.word, reconcile.label(c.vocabulary || '.' || w.word, spoken)), '' ORDER BY w.word) INTO cases
            FROM (SELECT DISTINCT substr(l.key, length(c.vocabulary) + 2) AS word FROM reconcile.label l WHERE starts_with(l.key, c.vocabulary || '.')) AS w;
            expression := format('CASE %s::text%s ELSE %1$s::text END', expression, coalesce(cases, ' WHEN NULL THEN NULL'));
        END IF;
        columns := columns || (expression || CASE c.type WHEN 'text' THEN '::text' WHEN 'integer' THEN '::bigint' WHEN 'amount' THEN '::numeric'
                               WHEN 'percent' THEN '::numeric' WHEN 'date' THEN '::date' ELSE '::timestamp' END);
        titles := titles || reconcile.label(c.title, spoken);
        types := types || c.type;
        totals := totals || c.total;
        wraps := wraps || c.wrap;
        IF c.column_name = 'currency' THEN
            currency_column := position;
        END IF;
        IF c.column_name = definition.group_column THEN
            group_column := position;
        END IF;
        position := position + 1;
    END LOOP;
    IF position = 0 THEN
        RAISE EXCEPTION 'report "%" has no columns', report USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add them to reconcile.report_column.';
    END IF;

    IF definition.as_of THEN
        subtitles := subtitles || replace(reconcile.label('document.as_of', spoken), '{date}', reconcile.business_date()::text);
    END IF;
    FOR given IN SELECT p.key, p.value, jsonb_typeof(p.value) AS kind FROM jsonb_each(definition.default_parameters || parameters) AS p LOOP
        IF given.key <> ALL (known) THEN
            RAISE EXCEPTION 'report "%" has no parameter "%"', report, given.key USING ERRCODE = 'invalid_parameter_value',
                HINT = format('Its parameters: %s.', array_to_string(known, ', '));
        END IF;
        IF given.kind = 'object' OR (given.kind = 'array' AND (given.key IN ('merchant', 'date_from', 'date_to', 'limit')
                OR EXISTS (SELECT FROM jsonb_array_elements(CASE given.kind WHEN 'array' THEN given.value ELSE '[]' END) e WHERE jsonb_typeof(e) IN ('array', 'object', 'null')))) THEN
            RAISE EXCEPTION 'parameter "%" is not a plain value', given.key USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give a text, a number, true, false, null, or for columns an array of such values.';
        END IF;
        shown := given.value #>> '{}';
        IF given.key = 'merchant' THEN
            merchant := shown;
        ELSIF given.key IN ('date_from', 'date_to') THEN
            CONTINUE WHEN shown IS NULL;
            shown := shown::date::text;
            arguments := arguments || shown;
            conditions := conditions || format('r.%I %s (($1)[%s])::date%s', definition.date_column, CASE given.key WHEN 'date_from' THEN '>=' ELSE '<' END,
                array_length(arguments, 1), CASE given.key WHEN 'date_to' THEN ' + 1' ELSE '' END);
            subtitles := subtitles || (reconcile.label('parameter.' || given.key, spoken) || reconcile.label('word.colon', spoken) || shown);
        ELSIF given.key = 'limit' THEN
            CONTINUE WHEN shown IS NULL;
            IF shown !~ '^[0-9]{1,18}$' THEN
                RAISE EXCEPTION 'parameter "limit" is not a number of rows: %', shown USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a whole number, 0 or more.';
            END IF;
            arguments := arguments || shown;
            row_limit := format(' LIMIT (($1)[%s])::bigint', array_length(arguments, 1));
            subtitles := subtitles || (reconcile.label('parameter.limit', spoken) || reconcile.label('word.colon', spoken) || shown);
        ELSE
            SELECT format_type(a.atttypid, NULL) AS type, r.vocabulary, r.title INTO attribute
            FROM pg_attribute a LEFT JOIN reconcile.report_column r ON r.report = definition.name AND r.builtin = definition.builtin AND r.column_name = a.attname
            WHERE a.attrelid = definition.relation AND a.attname = given.key AND a.attnum > 0 AND NOT a.attisdropped LIMIT 1;
            IF given.kind = 'null' THEN
                conditions := conditions || format('r.%I IS NULL', given.key);
                shown := reconcile.label('word.none', spoken);
            ELSE
                arguments := arguments || CASE given.kind WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(given.value))::text ELSE ARRAY[shown]::text END;
                conditions := conditions || format('r.%I = ANY ((($1)[%s])::%s[])', given.key, array_length(arguments, 1), attribute.type);
                IF attribute.vocabulary IS NOT NULL AND attribute.vocabulary <> 'reconciliation' THEN
                    PERFORM reconcile.check_words(given.key, attribute.vocabulary, arguments[array_length(arguments, 1)]::text[]);
                END IF;
                SELECT string_agg(CASE WHEN attribute.vocabulary IS NULL OR reconcile.label(attribute.vocabulary || '.' || v, spoken) = attribute.vocabulary || '.' || v
                                       THEN v ELSE reconcile.label(attribute.vocabulary || '.' || v, spoken) END, reconcile.label('word.comma', spoken))
                INTO shown FROM unnest(arguments[array_length(arguments, 1)]::text[]) AS v;
            END IF;
            subtitles := subtitles || (reconcile.label(coalesce(attribute.title, 'column.' || given.key), spoken) || reconcile.label('word.colon', spoken)
                                       || coalesce(shown, ''));
        END IF;
    END LOOP;
    IF known[1] = 'merchant' AND merchant IS NOT NULL THEN
        arguments := arguments || reconcile.merchant_id(merchant)::text;
        conditions := conditions || format('r.merchant_id = (($1)[%s])::integer', array_length(arguments, 1));
        -- A company of one merchant, under its shipped name, need not read it on every page.
        SELECT m.name INTO shown FROM reconcile.merchant m WHERE m.code = merchant AND NOT (m.builtin AND m.name = 'Main merchant');
        IF FOUND THEN
            subtitles := (reconcile.label('parameter.merchant', spoken) || reconcile.label('word.colon', spoken) || shown) || subtitles;
        END IF;
    END IF;
    subtitles := subtitles || replace(reconcile.label('document.generated', spoken), '{time}', to_char(now(), 'YYYY-MM-DD HH24:MI'));
    query := format('SELECT %s FROM %s AS r%s%s%s', array_to_string(columns, ', '), definition.relation::text,
        CASE WHEN conditions = '{}' THEN '' ELSE ' WHERE ' || array_to_string(conditions, ' AND ') END,
        (SELECT ' ORDER BY ' || string_agg(format('r.%I', o), ', ' ORDER BY n) FROM unnest(definition.order_by) WITH ORDINALITY AS u (o, n)), row_limit);
    labels := ARRAY(SELECT reconcile.label('document.' || k, spoken) FROM unnest(ARRAY['page', 'total', 'summary', 'rows', 'empty']) WITH ORDINALITY AS u (k, n) ORDER BY n);
END $$;
COMMENT ON FUNCTION reconcile.report_plan(text, jsonb, text) IS
    'What a document of a report needs: its words and a query over one text[] parameter, with which the export functions run it';

CREATE FUNCTION reconcile.check_words(parameter text, vocabulary text, words text[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    known text[] := ARRAY(SELECT DISTINCT substr(l.key, length(vocabulary) + 2) FROM reconcile.label l WHERE starts_with(l.key, vocabulary || '.') ORDER BY 1);
BEGIN
    SELECT w INTO wrong FROM unnest(words) AS w WHERE w <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'parameter "%" has no value "%"', parameter, wrong USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Its values: %s.', array_to_string(known, ', '));
    END IF;
END $$;
COMMENT ON FUNCTION reconcile.check_words(text, text, text[]) IS 'Raises when a word is not of a vocabulary; the hint lists the right ones';

-- Documents ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION reconcile.export_xlsx(report text, parameters jsonb DEFAULT '{}', language text DEFAULT 'en') RETURNS bytea
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_export_xlsx';
COMMENT ON FUNCTION reconcile.export_xlsx(text, jsonb, text) IS 'A report as an Excel workbook; parameters filter its rows, language is en, zh_TW or zh_CN';

CREATE FUNCTION reconcile.export_pdf(report text, parameters jsonb DEFAULT '{}', language text DEFAULT 'en') RETURNS bytea
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_export_pdf';
COMMENT ON FUNCTION reconcile.export_pdf(text, jsonb, text) IS 'A report as a PDF in A4 landscape with its font embedded; parameters filter its rows, language is en, zh_TW or zh_CN';

CREATE FUNCTION reconcile.export_csv(report text, parameters jsonb DEFAULT '{}', language text DEFAULT 'en') RETURNS text
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_export_csv';
COMMENT ON FUNCTION reconcile.export_csv(text, jsonb, text) IS 'A report as CSV; texts that a spreadsheet would take for a formula are preceded by an apostrophe';

CREATE FUNCTION reconcile.export_html(report text, parameters jsonb DEFAULT '{}', language text DEFAULT 'en') RETURNS text
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_export_html';
COMMENT ON FUNCTION reconcile.export_html(text, jsonb, text) IS 'A report as one self-contained HTML page';

CREATE FUNCTION reconcile.export_file(path text, report text, format text DEFAULT NULL, parameters jsonb DEFAULT '{}', language text DEFAULT 'en') RETURNS bigint
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'reconcile_export_file';
COMMENT ON FUNCTION reconcile.export_file(text, text, text, jsonb, text) IS
    'Writes a report to a file on the server and returns its bytes; format is xlsx, pdf, csv or html, by default the extension of the path. Refuses to overwrite unless parameter "overwrite" is true; for members of pg_write_server_files';

REVOKE ALL ON reconcile.label, reconcile.report_definition, reconcile.report_column FROM PUBLIC;
REVOKE ALL ON FUNCTION reconcile.language(text), reconcile.label(text, text), reconcile.set_label(text, text, text), reconcile.report_parameters(text),
    reconcile.add_report(text, regclass, text, text[], text[], text, text), reconcile.drop_report(text),
    reconcile.report_plan(text, jsonb, text), reconcile.check_words(text, text, text[]), reconcile.export_xlsx(text, jsonb, text),
    reconcile.export_pdf(text, jsonb, text), reconcile.export_csv(text, jsonb, text), reconcile.export_html(text, jsonb, text),
    reconcile.export_file(text, text, text, jsonb, text) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('reconcile.label', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('reconcile.report_definition', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('reconcile.report_column', 'WHERE NOT builtin');
