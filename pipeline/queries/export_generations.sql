-- One row per problem: its traces as lists that are aligned by sample.
SELECT
    p.problem_id, any_value(p.domain) AS domain, any_value(p.prompt) AS prompt, any_value(p.answer) AS answer,
    any_value(p.consensus_share) AS consensus_share,
    any_value(p.source) AS source,
    list(t.reasoning ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS reasonings,
    list(t.response ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS responses,
    list(t.finish_reason ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS finish_reasons,
    list(t.model ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS models,
    list(v.outcome ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS proofs,
    list(o.outcome ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS outcomes,
    list(t.trace_id ORDER BY t.teacher_id, t.sample_index, t.trace_id) AS trace_ids,
    any_value(e.trace_id) AS best
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN (SELECT trace_id, any_value(outcome) AS outcome FROM wanted_verdicts WHERE proves GROUP BY trace_id) v
    USING (trace_id)
LEFT JOIN (SELECT problem_id, trace_id FROM examples WHERE rank = 1) e ON e.problem_id = t.problem_id
WHERE t.trace_id IN (SELECT trace_id FROM exported)
    AND o.described AND o.outcome NOT IN ('failed', 'quarantined', 'superseded')
GROUP BY p.problem_id
ORDER BY p.problem_id
