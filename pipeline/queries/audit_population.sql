-- Traces whose verdicts an audit can judge: for training, described by the configuration, verified to the end. Each is
-- in the stratum of what verifiers and judge said, whatever people have said since.
SELECT
    o.trace_id, o.domain, f.outcome,
    coalesce(f.verifier, CASE WHEN f.outcome = 'accepted' THEN p.proven_by END, '') AS verifier
FROM outcomes o
JOIN findings f USING (trace_id)
LEFT JOIN (
    SELECT trace_id, arg_min(verifier, position) AS proven_by
    FROM given_verdicts
    WHERE proves AND outcome = 'pass'
    GROUP BY trace_id
) p USING (trace_id)
WHERE o.purpose = 'train' AND o.described
    AND o.outcome NOT IN ('superseded', 'quarantined', 'failed')
    AND f.outcome <> 'pending'
