-- What is known of traces that labels came for: whether they are there and were drawn, and what was said before.
SELECT
    a.trace_id, t.trace_id IS NOT NULL AS there, d.draw_id, r.reviewed_at, r.verdict, r.note
FROM audit_asked a
LEFT JOIN (SELECT trace_id FROM ledger_traces) t USING (trace_id)
LEFT JOIN (
    SELECT trace_id, arg_max(draw_id, created_at) AS draw_id
    FROM (
        SELECT unnest(CAST(details -> '$.traces' AS VARCHAR[])) AS trace_id, details ->> '$.draw_id' AS draw_id, created_at
        FROM events
        WHERE kind = 'audit-drawn'
    )
    GROUP BY trace_id
) d USING (trace_id)
LEFT JOIN (
    SELECT
        trace_id, max(created_at) AS reviewed_at,
        arg_max(verdict, created_at) FILTER (draw_id IS NOT NULL AND reviewer = $reviewer AND coalesce(by_model, false) = $by_model) AS verdict,
        arg_max(note, created_at) FILTER (draw_id IS NOT NULL AND reviewer = $reviewer AND coalesce(by_model, false) = $by_model) AS note
    FROM ledger_reviews
    GROUP BY trace_id
) r USING (trace_id)
