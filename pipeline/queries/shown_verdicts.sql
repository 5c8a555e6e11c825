-- The verdicts on some traces that the present configuration asks for, the latest attempt of each, in its order.
SELECT v.trace_id, v.verifier, v.outcome, v.score, v.reason, v.details, r.required, r.proves
FROM ledger_verdicts v
JOIN (SELECT DISTINCT verifier, version, settings_hash, position, required, proves FROM required WHERE domain = $domain) r
    USING (verifier, version, settings_hash)
WHERE v.trace_id IN (SELECT trace_id FROM shown WHERE problem_id = $problem_id)
QUALIFY row_number() OVER (PARTITION BY v.trace_id, v.verifier ORDER BY v.created_at DESC) = 1
ORDER BY v.trace_id, r.position
