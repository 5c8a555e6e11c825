-- What was found of every exported trace, asked once for all forms, and which forms it is in: those of examples, those of
-- every answer that counts, those of everything.
SELECT
    trace_id, t.problem_id, t.characters,
    o.outcome, o.reason AS outcome_reason, o.verifier AS deciding_verifier, e.rank,
    v.outcome AS proof, v.verifier AS proven_by, v.reason AS proof_reason,
    CASE
        WHEN j.outcome IS NULL THEN v.verdicts
        ELSE list_append(coalesce(v.verdicts, []), {'verifier': 'judge', 'outcome': j.outcome})
    END AS proofs,
    CASE o.verifier
        WHEN 'review' THEN CAST(o.outcome = 'accepted' AS DOUBLE)
        WHEN 'judge' THEN j.score
        ELSE v.score
    END AS score,
    e.rank IS NOT NULL AS examples,
    o.described AND o.outcome NOT IN ('failed', 'quarantined', 'superseded') AS completions,
    o.described AS everything
FROM exported
JOIN (
    SELECT trace_id, problem_id, coalesce(strlen(reasoning), 0) + coalesce(strlen(response), 0) AS characters
    FROM ledger_traces
) t USING (trace_id)
JOIN outcomes o USING (trace_id)
LEFT JOIN (SELECT trace_id, any_value(rank) AS rank FROM examples GROUP BY trace_id) e USING (trace_id)
LEFT JOIN proofs v USING (trace_id)
LEFT JOIN judge_verdicts j USING (trace_id)
