-- What people said of the traces of one problem, the latest last.
SELECT trace_id, review_id, reviewer, verdict, note, created_at
FROM ledger_reviews
WHERE trace_id IN (SELECT trace_id FROM shown WHERE problem_id = $problem_id)
ORDER BY created_at, review_id
