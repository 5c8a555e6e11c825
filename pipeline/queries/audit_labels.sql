-- What was said of traces that a draw on record asked for: the last word that decides, defer where there is none. A
-- person's word comes before a model's; what somebody has withdrawn counts no more.
SELECT
    trace_id,
    coalesce(
        arg_max(verdict, created_at) FILTER (verdict <> 'defer' AND NOT coalesce(by_model, false)),
        arg_max(verdict, created_at) FILTER (verdict <> 'defer'),
        'defer'
    ) AS verdict
FROM ledger_reviews r
WHERE draw_id IN (SELECT details ->> '$.draw_id' FROM events WHERE kind = 'audit-drawn')
    AND NOT EXISTS (
        SELECT 1 FROM ledger_reviews w
        WHERE w.trace_id = r.trace_id AND w.reviewer = r.reviewer AND w.verdict = 'withdraw'
            AND w.created_at > r.created_at
    )
GROUP BY trace_id
