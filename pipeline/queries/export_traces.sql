-- Every trace that the present configuration describes, with what became of it. Nothing here depends on when it ran.
-- What is in quarantine was written by somebody whom the gate did not allow: it is counted, its text stays here.
SELECT
    t.trace_id, t.problem_id, p.domain, p.prompt, p.answer, p.consensus_share, p.source, p.license,
    t.teacher_id, t.provider, t.host, t.model, t.served_model, t.prompt_id, t.prompt_hash,
    t.sample_index, t.attempt, t.temperature, t.top_p, t.max_tokens, t.seed, t.extra,
    CASE WHEN o.outcome <> 'quarantined' THEN t.reasoning END AS reasoning,
    CASE WHEN o.outcome <> 'quarantined' THEN t.response END AS response, t.reasoning_kind, t.reasoning_source, t.finish_reason,
    t.prompt_tokens, t.completion_tokens, t.reasoning_tokens, t.cost_usd, t.error, t.error_detail,
    CASE WHEN o.outcome = 'quarantined' THEN o.reason END AS quarantine,
    t.parent_id, t.decision_id, t.policy_digest, o.outcome, o.reason AS outcome_reason, o.verifier AS deciding_verifier
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE t.trace_id IN (SELECT trace_id FROM exported) AND o.described
ORDER BY t.problem_id, t.trace_id
