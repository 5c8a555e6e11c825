-- Terms that applied when the exported rows were sampled.
SELECT DISTINCT unnest(d.policies) AS policy
FROM exported e
JOIN ledger_decisions d USING (decision_id)
ORDER BY ALL
