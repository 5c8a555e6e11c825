-- What the page lists: every trace of the table `reported` with what its list can be narrowed to.
SELECT
    r.*, t.run_id, t.sample_index, t.attempt, t.created_at, t.finish_reason, t.latency_s, t.model, t.error,
    coalesce(d.verdict, 'unknown') AS decision
FROM reported r
JOIN ledger_traces t USING (trace_id)
LEFT JOIN (SELECT decision_id, any_value(verdict) AS verdict FROM ledger_decisions GROUP BY decision_id) d
    ON d.decision_id = t.decision_id
