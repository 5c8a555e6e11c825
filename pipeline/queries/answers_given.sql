-- The final answers of each math problem that has no reference of its own, over the traces that count. A trace without
-- an answer counts too: it does not agree.
SELECT
    t.problem_id, t.problem_revision AS revision,
    any_value(p.prompt) AS prompt, any_value(p.tests) AS tests, any_value(p.rubric) AS rubric,
    count(*) AS traces,
    coalesce(list(a.answer ORDER BY t.trace_id) FILTER (a.answer IS NOT NULL), []) AS answers,
    any_value(e.details) AS recorded
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN (
    SELECT trace_id, any_value(details ->> '$.extracted') AS answer
    FROM ledger_verdicts WHERE verifier = 'math-answer' GROUP BY trace_id
) a USING (trace_id)
LEFT JOIN (
    SELECT subject, details ->> '$.revision' AS revision, arg_max(details, created_at) AS details
    FROM ledger_events WHERE kind = 'consensus' GROUP BY ALL
) e ON e.subject = t.problem_id AND e.revision = t.problem_revision
WHERE t.purpose = 'train' AND o.described AND o.outcome NOT IN ('failed', 'quarantined', 'superseded')
    AND p.domain = 'math' AND (p.answer IS NULL OR p.consensus_share IS NOT NULL)
GROUP BY 1, 2
ORDER BY 1, 2
