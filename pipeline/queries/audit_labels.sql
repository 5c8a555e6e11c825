-- What people said of traces that a draw on record asked for: the last word that decides, defer where there is none.
SELECT trace_id, coalesce(arg_max(verdict, created_at) FILTER (verdict <> 'defer'), 'defer') AS verdict
FROM ledger_reviews
WHERE draw_id IN (SELECT details ->> '$.draw_id' FROM events WHERE kind = 'audit-drawn')
GROUP BY trace_id
