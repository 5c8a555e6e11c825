-- Every trace in a form's scope with its problem and what was found of it, a problem's traces together. Nothing here
-- depends on when it ran. What is in quarantine was written by somebody whom the gate did not allow: it is counted, its
-- text stays here.
SELECT
    t.trace_id, t.problem_id, p.domain, p.prompt, p.answer, p.tests, p.consensus_share, p.source, p.license,
    t.teacher_id, t.provider, t.host, t.model, t.served_model, t.prompt_id, t.prompt_hash,
    t.sample_index, t.attempt, t.temperature, t.top_p, t.max_tokens, t.seed, t.extra,
    CASE WHEN o.outcome <> 'quarantined' THEN t.reasoning END AS reasoning,
    CASE WHEN o.outcome <> 'quarantined' THEN t.response END AS response,
    t.reasoning_kind, t.reasoning_source, t.finish_reason, t.incomplete,
    t.prompt_tokens, t.completion_tokens, t.reasoning_tokens, t.cost_usd, t.error, t.error_detail,
    CASE WHEN o.outcome = 'quarantined' THEN o.reason END AS quarantine,
    t.parent_id, t.decision_id, t.policy_digest, d.verdict AS policy_verdict, d.policies,
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
    h.problem_id IS NOT NULL AS held_out
FROM ledger_traces t
SEMI JOIN exported USING (trace_id)
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN (SELECT trace_id, any_value(rank) AS rank FROM examples GROUP BY trace_id) e USING (trace_id)
LEFT JOIN proofs v USING (trace_id)
LEFT JOIN judge_verdicts j USING (trace_id)
LEFT JOIN (SELECT DISTINCT ON (decision_id) decision_id, verdict, policies FROM ledger_decisions) d
    ON d.decision_id = t.decision_id
LEFT JOIN held_out h ON h.problem_id = t.problem_id
WHERE CASE $scope
    WHEN 'examples' THEN e.rank IS NOT NULL
    WHEN 'completions' THEN o.described AND o.outcome NOT IN ('failed', 'quarantined', 'superseded')
    ELSE o.described
END
ORDER BY t.problem_id, t.trace_id
