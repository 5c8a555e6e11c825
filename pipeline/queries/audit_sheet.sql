-- What a labeller sees of the traces that were drawn, in an order that says nothing of how they were drawn. What traces
-- agree on is no reference here: it is what some of them are to be held against.
SELECT
    t.trace_id, p.domain, p.prompt AS problem, CASE WHEN p.consensus_share IS NULL THEN p.answer END AS answer, p.tests,
    p.rubric, t.reasoning, t.response
FROM ledger_traces t
JOIN audit_drawn USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
ORDER BY md5($seed || ':order:' || t.trace_id), t.trace_id
