-- The first traces of each stratum, as many as it gives to the sample.
SELECT domain, outcome, verifier, trace_id
FROM audit_order
JOIN audit_allocation USING (domain, outcome, verifier)
WHERE place <= positions
ORDER BY domain, outcome, verifier, place
