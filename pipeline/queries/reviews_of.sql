-- What people said of one trace, the latest last.
SELECT reviewer, verdict, note, draw_id, created_at
FROM ledger_reviews WHERE trace_id = $trace_id ORDER BY created_at, reviewer
