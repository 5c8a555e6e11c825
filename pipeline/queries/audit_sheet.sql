-- What a labeller sees of the traces that were drawn, in an order that says nothing of how they were drawn.
SELECT t.trace_id, p.domain, p.prompt AS problem, p.answer, p.tests, p.rubric, t.reasoning, t.response
FROM ledger_traces t
JOIN audit_drawn USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
ORDER BY md5($seed || ':order:' || t.trace_id), t.trace_id
