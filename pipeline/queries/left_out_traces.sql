-- What is left out of an export, and why.
SELECT t.trace_id, t.problem_id, t.teacher_id, t.host, t.model, p.source, p.license, x.reason
FROM ledger_traces t
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
JOIN left_out x
    ON x.teacher_id = t.teacher_id AND x.host IS NOT DISTINCT FROM t.host AND x.model = t.model
    AND x.source = p.source AND x.license IS NOT DISTINCT FROM p.license AND x.decision_id = t.decision_id
WHERE t.purpose IN ('train', 'rewrite')
ORDER BY t.problem_id, t.trace_id
