-- sentences.sql: why items are open, in words: templates by language.

CREATE TABLE reconcile.finding_template (
    finding text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'zh_TW', 'zh_CN')),
    template text NOT NULL,
    PRIMARY KEY (finding, language)
);
COMMENT ON TABLE reconcile.finding_template IS
    'Sentences of explain(), of open items and of exceptions (reason.*), by finding and language; {rule} {item} {date} {amount} {open} {candidate} {candidate_date} {candidate_amount} {difference} {lag} {match} {others} {key} {text} {days} {sets} {chance} {probability} {minimum} {threshold} are filled in';
INSERT INTO reconcile.finding_template
SELECT f.finding, l.language, l.template
FROM (VALUES
    ('open', '{open} of {amount} is open.', '{amount} 中尚有 {open} 未結。', '{amount} 中尚有 {open} 未结。'),
    ('closed', 'All of {amount} is matched.', '{amount} 已全數勾對。', '{amount} 已全部勾对。'),
    ('matched', 'Match {match}: {text}', '勾對 {match}：{text}', '勾对 {match}：{text}'),
    ('suggested', 'Suggestion {match}, to be confirmed or rejected: {text}', '建議 {match}，待確認或駁回：{text}', '建议 {match}，待确认或驳回：{text}'),
    ('exception', 'It stands as an exception: {text}.', '已列為差異：{text}。', '已列为差异：{text}。'),
    ('within_delay', 'It is inside its agreed delay of {days} days: a counterpart is missed only after {date}.', '仍在約定的 {days} 天在途期內：{date} 之後才視為缺少對應項。', '仍在约定的 {days} 天在途期内：{date} 之后才视为缺少对应项。'),
    ('not_expected', 'Nothing is expected to answer it.', '此項目無須對應。', '此项目无须对应。'),
    ('not_run', 'No run has seen it yet.', '尚未有任何執行處理過此項目。', '尚未有任何运行处理过此项目。'),
    ('no_key', 'Rule {rule}: the item has no key ({key}).', '規則 {rule}：此項目沒有鍵值（{key}）。', '规则 {rule}：此项目没有键值（{key}）。'),
    ('short_key', 'Rule {rule}: the reference {key} is too short to be found in texts.', '規則 {rule}：參考號 {key} 過短，無法於摘要中查找。', '规则 {rule}：参考号 {key} 过短，无法在摘要中查找。'),
    ('no_text', 'Rule {rule}: the item has no text to search.', '規則 {rule}：此項目沒有可查找的摘要。', '规则 {rule}：此项目没有可查找的摘要。'),
    ('no_candidate', 'Rule {rule}: no candidate at all on the other side.', '規則 {rule}：另一邊沒有任何候選項目。', '规则 {rule}：另一边没有任何候选项目。'),
    ('no_candidate_here', 'Rule {rule}: no other item of this side has its key {key}.', '規則 {rule}：本邊沒有鍵值 {key} 相同的其他項目。', '规则 {rule}：本边没有键值 {key} 相同的其他项目。'),
    ('no_more', 'Rule {rule}: no further candidate on the other side.', '規則 {rule}：另一邊沒有其他候選項目。', '规则 {rule}：另一边没有其他候选项目。'),
    ('not_searched', 'Rule {rule}: only open items of the other side were looked at; what is matched cannot be searched by this rule quickly.', '規則 {rule}：僅查看另一邊的未結項目；已勾對者無法以此規則快速查找。', '规则 {rule}：仅查看另一边的未结项目；已勾对的无法按此规则快速查找。'),
    ('rejected', 'Rule {rule}: item {candidate} was rejected as its counterpart by a person.', '規則 {rule}：項目 {candidate} 已由人工駁回。', '规则 {rule}：项目 {candidate} 已被人工驳回。'),
    ('currency', 'Rule {rule}: item {candidate} is in another currency ({text}).', '規則 {rule}：項目 {candidate} 幣別不同（{text}）。', '规则 {rule}：项目 {candidate} 币种不同（{text}）。'),
    ('allocated', 'Rule {rule}: item {candidate} is allocated already, to match {match}.', '規則 {rule}：項目 {candidate} 已分攤至勾對 {match}。', '规则 {rule}：项目 {candidate} 已分摊至勾对 {match}。'),
    ('amount', 'Rule {rule}: item {candidate} of {candidate_date}: {candidate_amount} is off by {difference}.', '規則 {rule}：項目 {candidate}（{candidate_date}）：{candidate_amount}，差額 {difference}。', '规则 {rule}：项目 {candidate}（{candidate_date}）：{candidate_amount}，差额 {difference}。'),
    ('lag', 'Rule {rule}: item {candidate} of {candidate_date} is {lag} days apart, outside {text}.', '規則 {rule}：項目 {candidate}（{candidate_date}）相隔 {lag} 天，超出 {text}。', '规则 {rule}：项目 {candidate}（{candidate_date}）相隔 {lag} 天，超出 {text}。'),
    ('inside', 'Rule {rule}: the reference {key} stands in the text of item {candidate} only inside a longer word or number.', '規則 {rule}：參考號 {key} 僅出現於項目 {candidate} 摘要中較長的字串之內。', '规则 {rule}：参考号 {key} 仅出现在项目 {candidate} 摘要中较长的字串之内。'),
    ('part', 'Rule {rule}: only a part of the reference {key} stands in the text of item {candidate}.', '規則 {rule}：項目 {candidate} 的摘要中僅出現參考號 {key} 的一部分。', '规则 {rule}：项目 {candidate} 的摘要中仅出现参考号 {key} 的一部分。'),
    ('ambiguous', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, fits; others that fit as well: {others}.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）相符，但另有 {others} 個同樣相符。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）相符，但另有 {others} 个同样相符。'),
    ('contested', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, fits; other open items that it fits as well: {others}.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）相符，但同時與另外 {others} 個未結項目相符。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）相符，但同时与另外 {others} 个未结项目相符。'),
    ('proposed', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, is suggested, in {match}.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）已列為建議 {match}。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）已列为建议 {match}。'),
    ('same_key', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, has the same key.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）鍵值相同。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）键值相同。'),
    ('key_sum', 'Rule {rule}: with this key {amount} are open on this side and {candidate_amount} on the other, off by {difference}.', '規則 {rule}：此鍵值本邊未結 {amount}，另一邊未結 {candidate_amount}，差額 {difference}。', '规则 {rule}：此键值本边未结 {amount}，另一边未结 {candidate_amount}，差额 {difference}。'),
    ('resembles', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, has probability {probability}; the rule matches from {threshold}, suggests from {minimum}.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）機率為 {probability}；規則自 {threshold} 起勾對，自 {minimum} 起建議。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）概率为 {probability}；规则自 {threshold} 起勾对，自 {minimum} 起建议。'),
    ('unlike', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, is near in amount, but too unlike it to be a candidate.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）金額相近，但差異過大，不列為候選。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）金额相近，但差异过大，不列为候选。'),
    ('not_tried', 'Rule {rule}: it was not tried anew, since what is open does not fit into reconcile.work_memory.', '規則 {rule}：未重新試算，因未結項目超出 reconcile.work_memory 的容量。', '规则 {rule}：未重新试算，因未结项目超出 reconcile.work_memory 的容量。'),
    ('unread', 'Rule {rule}: no run has read the other side yet, so that its open items are not known.', '規則 {rule}：尚無作業讀取另一邊，其未結項目未知。', '规则 {rule}：尚无作业读取另一边，其未结项目未知。'),
    ('score_tie', 'Rule {rule}: it very likely has a counterpart, but none of {others} candidates stands out.', '規則 {rule}：很可能有對應項，但 {others} 個候選中無一明顯突出。', '规则 {rule}：很可能有对应项，但 {others} 个候选中无一明显突出。'),
    ('sum_unique', 'Rule {rule}: of {others} open items, together {candidate_amount}, one set and no other adds up to {amount}; the chance that some set does so by accident is {chance}.', '規則 {rule}：{others} 個未結項目（合計 {candidate_amount}）中，僅有一種組合等於 {amount}；偶然相符的機率為 {chance}。', '规则 {rule}：{others} 个未结项目（合计 {candidate_amount}）中，仅有一种组合等于 {amount}；偶然相符的概率为 {chance}。'),
    ('sum_ambiguous', 'Rule {rule}: of {others} open items, together {candidate_amount}, several sets add up to {amount}; shown as suggestions: {sets}.', '規則 {rule}：{others} 個未結項目（合計 {candidate_amount}）中，有多種組合等於 {amount}；列為建議 {sets} 種。', '规则 {rule}：{others} 个未结项目（合计 {candidate_amount}）中，有多种组合等于 {amount}；列为建议 {sets} 种。'),
    ('sum_impossible', 'Rule {rule}: of {others} open items, together {candidate_amount}, no set adds up to {amount}: that is proven.', '規則 {rule}：{others} 個未結項目（合計 {candidate_amount}）中，已證明沒有任何組合等於 {amount}。', '规则 {rule}：{others} 个未结项目（合计 {candidate_amount}）中，已证明没有任何组合等于 {amount}。'),
    ('sum_exhausted', 'Rule {rule}: of {others} open items, together {candidate_amount}, some set may add up to {amount}: the search ended at its budget without an answer.', '規則 {rule}：{others} 個未結項目（合計 {candidate_amount}）中是否有組合等於 {amount} 尚無定論：搜尋已達預算上限。', '规则 {rule}：{others} 个未结项目（合计 {candidate_amount}）中是否有组合等于 {amount} 尚无定论：搜索已达预算上限。'),
    ('in_set', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, takes part with it in a set that adds up.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）與其同屬一個合計相符的組合。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）与其同属一个合计相符的组合。'),
    ('no_set', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, comes into question, but no set with it was found.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）可供組合，但未找到含此項目的組合。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）可供组合，但未找到含此项目的组合。'),
    ('too_large', 'Rule {rule}: item {candidate} of {candidate_date}, {candidate_amount}, is larger than {amount}.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）大於 {amount}。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）大于 {amount}。'),
    ('no_reversal', 'Rule {rule}: item {candidate} of {candidate_date} has the same key, but {candidate_amount} does not cancel {amount}: {difference} is left.', '規則 {rule}：項目 {candidate}（{candidate_date}）鍵值相同，但 {candidate_amount} 無法抵銷 {amount}，餘 {difference}。', '规则 {rule}：项目 {candidate}（{candidate_date}）键值相同，但 {candidate_amount} 无法抵销 {amount}，余 {difference}。'),
    ('fits', 'Rule {rule}: nothing speaks against item {candidate} of {candidate_date}, {candidate_amount}: the next run decides.', '規則 {rule}：項目 {candidate}（{candidate_date}，{candidate_amount}）並無不符：由下次執行決定。', '规则 {rule}：项目 {candidate}（{candidate_date}，{candidate_amount}）并无不符：由下次运行决定。'),
    ('part_of_difference', '{amount} of {date}: part of the difference of {difference} that stands as exception {exception}, at item {item}.', '{date} 的 {amount}：屬於差異 {exception}（項目 {item}）差額 {difference} 的一部分。', '{date} 的 {amount}：属于差异 {exception}（项目 {item}）差额 {difference} 的一部分。'),
    ('part_of_currency', '{amount} of {date}: its key meets another currency, which stands as exception {exception}, at item {item}.', '{date} 的 {amount}：鍵值所對應者幣別不同，已列為差異 {exception}（項目 {item}）。', '{date} 的 {amount}：键值所对应者币种不同，已列为差异 {exception}（项目 {item}）。'),
    ('one_is_suggested', ' Suggestion {match} proposes one of them.', '建議 {match} 提出其中之一。', '建议 {match} 提出其中之一。'),
    ('left_open', '{amount} of {date}: nothing has answered it.', '{date} 的 {amount}：尚無對應。', '{date} 的 {amount}：尚无对应。'),
    ('in_suggestion', '{amount} of {date}: suggestion {match} waits to be confirmed or rejected.', '{date} 的 {amount}：建議 {match} 待確認或駁回。', '{date} 的 {amount}：建议 {match} 待确认或驳回。'),
    ('reason.missing_left', 'Nothing on the left answers {amount} of {date}.', '{date} 的 {amount} 於左方無對應項。', '{date} 的 {amount} 在左方没有对应项。'),
    ('reason.missing_right', 'Nothing on the right answers {amount} of {date}, and the agreed delay is over.', '{date} 的 {amount} 於右方無對應項，且已逾約定在途期。', '{date} 的 {amount} 在右方没有对应项，且已超过约定在途期。'),
    ('reason.amount_difference', 'Amounts differ by {difference}; the counterpart is item {candidate}.', '金額相差 {difference}；對應項目為 {candidate}。', '金额相差 {difference}；对应项目为 {candidate}。'),
    ('reason.quantity_difference', 'Quantities differ by {difference}; the counterpart is item {candidate}.', '數量相差 {difference}；對應項目為 {candidate}。', '数量相差 {difference}；对应项目为 {candidate}。'),
    ('reason.condition_difference', 'The condition of the goods differs; the counterpart is item {candidate}.', '貨品狀況不符；對應項目為 {candidate}。', '货品状况不符；对应项目为 {candidate}。'),
    ('reason.currency_difference', 'The counterpart, item {candidate}, is in another currency.', '對應項目 {candidate} 幣別不同。', '对应项目 {candidate} 币种不同。'),
    ('reason.fee_difference', 'The fee of {amount} differs from what is agreed by {difference}.', '費用 {amount} 與約定相差 {difference}。', '费用 {amount} 与约定相差 {difference}。'),
    ('reason.duplicate', 'It repeats item {candidate}: the same event twice.', '與項目 {candidate} 重複：同一事項出現兩次。', '与项目 {candidate} 重复：同一事项出现两次。'),
    ('reason.ambiguous', 'Several counterparts fit equally well, item {candidate} among them.', '有多個對應項目同樣相符，項目 {candidate} 為其中之一。', '有多个对应项目同样相符，项目 {candidate} 为其中之一。'),
    ('reason.late', 'Its counterpart, item {candidate}, lies outside the days that the rule allows.', '對應項目 {candidate} 超出規則允許的天數。', '对应项目 {candidate} 超出规则允许的天数。'),
    ('reason.chargeback', 'The buyer took {amount} back by a chargeback.', '買家以拒付方式取回 {amount}。', '买家以拒付方式取回 {amount}。'),
    ('reason.arithmetic', 'Its amounts do not add up: off by {difference}.', '金額加總不符，差額 {difference}。', '金额合计不符，差额 {difference}。'),
    ('reason.statement_gap', 'Balances do not continue: {difference} is missing between them.', '餘額不連續，其間缺少 {difference}。', '余额不连续，其间缺少 {difference}。'),
    ('sum', 'Rule {rule}: {others} open items come into question, together {candidate_amount}; no set of them was found that is sure to be meant.', '規則 {rule}：有 {others} 個未結項目可供組合，合計 {candidate_amount}；未找到可確定的組合。', '规则 {rule}：有 {others} 个未结项目可供组合，合计 {candidate_amount}；未找到可确定的组合。')
) AS f (finding, en, zh_tw, zh_cn)
CROSS JOIN LATERAL (VALUES ('en', f.en), ('zh_TW', f.zh_tw), ('zh_CN', f.zh_cn)) AS l (language, template);

CREATE FUNCTION reconcile.finding_sentence(finding text, words jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sentence text;
    w record;
BEGIN
    SELECT t.template INTO sentence FROM reconcile.finding_template t
    WHERE t.finding = finding_sentence.finding AND t.language = coalesce(nullif(current_setting('reconcile.language', true), ''), 'en');
    FOR w IN SELECT x.key, x.value FROM jsonb_each_text(words) AS x LOOP
        sentence := replace(sentence, '{' || w.key || '}', coalesce(w.value, '-'));
    END LOOP;
    RETURN sentence;
END $$;
COMMENT ON FUNCTION reconcile.finding_sentence(text, jsonb) IS 'A finding of explain() as a sentence in the language of setting reconcile.language';
