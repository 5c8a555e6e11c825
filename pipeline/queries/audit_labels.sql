-- What was said of traces that a draw on record asked for: the last word that decides, defer where there is none. A
-- person's word comes before a model's.
SELECT
    trace_id,
    coalesce(
        arg_max(verdict, created_at) FILTER (verdict <> 'defer' AND NOT coalesce(by_model, false)),
        arg_max(verdict, created_at) FILTER (verdict <> 'defer'),
        'defer'
    ) AS verdict
FROM ledger_reviews
WHERE draw_id IN (SELECT details ->> '$.draw_id' FROM events WHERE kind = 'audit-drawn')
GROUP BY trace_id
