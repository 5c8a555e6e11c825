-- What people said of one trace, the latest last, each with its id.
SELECT review_id, reviewer, verdict, note, created_at
FROM ledger_reviews
WHERE trace_id = $trace_id
ORDER BY created_at, review_id
