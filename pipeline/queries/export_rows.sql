-- The exported traces of one piece of the ledger, each with its problem and what was found of it. Nothing here depends
-- on when it ran. What is in quarantine was written by somebody whom the gate did not allow: it is counted, its text
-- stays here.
SELECT
    t.trace_id, t.problem_id, p.domain, p.prompt, p.answer, p.tests, p.consensus_share, p.source, p.license,
    t.teacher_id, t.provider, t.host, t.model, t.served_model, t.prompt_id, t.prompt_hash,
    t.sample_index, t.attempt, t.temperature, t.top_p, t.max_tokens, t.seed, t.extra,
    CASE WHEN f.outcome <> 'quarantined' THEN t.reasoning END AS reasoning,
    CASE WHEN f.outcome <> 'quarantined' THEN t.response END AS response,
    t.reasoning_kind, t.reasoning_source, t.finish_reason, t.incomplete,
    t.prompt_tokens, t.completion_tokens, t.reasoning_tokens, t.cost_usd, t.error, t.error_detail,
    CASE WHEN f.outcome = 'quarantined' THEN f.outcome_reason END AS quarantine,
    t.parent_id, t.decision_id, t.policy_digest, d.verdict AS policy_verdict, d.policies,
    f.* EXCLUDE (trace_id, problem_id, characters),
    h.problem_id IS NOT NULL AS held_out, b.bucket
FROM piece_traces t
JOIN export_facts f USING (trace_id)
JOIN export_buckets b ON b.problem_id = t.problem_id
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN (SELECT DISTINCT ON (decision_id) decision_id, verdict, policies FROM ledger_decisions) d
    ON d.decision_id = t.decision_id
LEFT JOIN held_out h ON h.problem_id = t.problem_id
