-- What was found of every exported trace, asked once for all forms.
SELECT
    trace_id, o.described, o.outcome, o.reason AS outcome_reason, o.verifier AS deciding_verifier, e.rank,
    v.outcome AS proof, v.verifier AS proven_by, v.reason AS proof_reason,
    CASE
        WHEN j.outcome IS NULL THEN v.verdicts
        ELSE list_append(coalesce(v.verdicts, []), {'verifier': 'judge', 'outcome': j.outcome})
    END AS proofs,
    CASE o.verifier
        WHEN 'review' THEN CAST(o.outcome = 'accepted' AS DOUBLE)
        WHEN 'judge' THEN j.score
        ELSE v.score
    END AS score
FROM exported
JOIN outcomes o USING (trace_id)
LEFT JOIN (SELECT trace_id, any_value(rank) AS rank FROM examples GROUP BY trace_id) e USING (trace_id)
LEFT JOIN proofs v USING (trace_id)
LEFT JOIN judge_verdicts j USING (trace_id)
