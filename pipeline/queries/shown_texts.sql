-- The traces of one problem with their texts, as they were drawn; rewrites stand after what they rewrite.
SELECT
    t.trace_id, t.parent_id, t.teacher_id, t.model, t.served_model, t.purpose, t.sample_index, t.attempt, t.prompt_id,
    t.reasoning, t.reasoning_kind, t.response, t.finish_reason, t.prompt_tokens, t.completion_tokens,
    t.reasoning_tokens, t.cost_usd, t.latency_s, t.created_at, t.error, t.error_detail,
    s.outcome, s.reason, s.verifier, s.chosen, s.described, s.decision, f.reason AS fate
FROM ledger_traces t
JOIN shown s USING (trace_id)
LEFT JOIN fates f USING (trace_id)
WHERE t.problem_id = $problem_id AND t.purpose IN ('train', 'rewrite', 'eval')
ORDER BY t.purpose DESC, s.described DESC, t.teacher_id, t.sample_index, t.attempt, t.trace_id
LIMIT 200
