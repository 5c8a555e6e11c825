-- A trace by its id or the start of it, with what became of it and when it was reviewed last.
SELECT
    trace_id, outcome, reason, t.purpose, t.error,
    (SELECT max(created_at) FROM ledger_reviews r WHERE r.trace_id = t.trace_id) AS reviewed_at
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
WHERE starts_with(trace_id, $trace_id)
LIMIT 2
