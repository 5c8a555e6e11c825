-- Traces whose verdicts an audit can judge: for training, described by the configuration, verified to the end. Each is
-- in the stratum of what the verifiers said, whatever people have said since.
SELECT
    o.trace_id, o.domain,
    CASE WHEN j.failed THEN 'rejected' WHEN j.passed AND j.proven THEN 'accepted' ELSE 'undecided' END AS outcome,
    coalesce(
        CASE WHEN j.failed THEN j.failed_by WHEN j.passed AND j.proven THEN p.proven_by ELSE j.undecided_by END, ''
    ) AS verifier
FROM outcomes o
JOIN judgements j USING (trace_id)
LEFT JOIN (
    SELECT trace_id, arg_min(verifier, position) AS proven_by
    FROM given_verdicts
    WHERE proves AND outcome = 'pass'
    GROUP BY trace_id
) p USING (trace_id)
WHERE o.purpose = 'train' AND o.described
    AND o.outcome NOT IN ('superseded', 'quarantined', 'failed')
    AND (j.failed OR NOT j.incomplete)
