-- What is rewritten, of the traces of one piece of the ledger.
SELECT
    t.trace_id, t.reasoning, t.response,
    p.problem_id, p.domain, p.prompt, p.answer, p.tests, p.rubric, p.source, p.license, p.split, p.difficulty
FROM to_rewrite u
JOIN piece_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
