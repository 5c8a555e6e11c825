-- Every trace that was sampled for training, with what became of it. Nothing here depends on when it ran.
SELECT
    t.trace_id, t.problem_id, p.domain, p.prompt, p.answer, p.source, p.license,
    t.teacher_id, t.provider, t.host, t.model, t.served_model, t.prompt_id, t.prompt_hash,
    t.sample_index, t.attempt, t.temperature, t.top_p, t.max_tokens, t.seed, t.extra,
    t.reasoning, t.response, t.reasoning_kind, t.reasoning_source, t.finish_reason,
    t.prompt_tokens, t.completion_tokens, t.reasoning_tokens, t.cost_usd, t.error, t.error_detail, t.quarantine,
    t.decision_id, t.policy_digest, o.outcome, o.reason AS outcome_reason, o.verifier AS deciding_verifier
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE t.purpose = 'train'
ORDER BY t.problem_id, t.trace_id
