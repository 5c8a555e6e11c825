-- Traces of one purpose that lack a verdict, with their problems and the verdicts they have.
-- After a required failure nothing more is asked for, unless every verdict is wanted.
SELECT
    t.trace_id, t.reasoning, t.response, t.finish_reason, t.completion_tokens,
    p.problem_id, p.domain, p.prompt, p.answer, p.tests, p.rubric, p.source, p.license, p.split,
    u.have
FROM unverified_traces u
JOIN ledger_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE u.purpose = $purpose AND ($run_all OR NOT u.failed)
