-- Completions that lack a verdict the configuration asks for, each with the verdicts it has.
-- After a required failure nothing more is asked for, unless every verdict is wanted.
SELECT
    t.trace_id, t.reasoning, t.response, t.finish_reason, t.completion_tokens,
    p.problem_id, p.domain, p.prompt, p.answer, p.tests, p.rubric, p.source, p.license, p.split,
    w.have
FROM (
    SELECT
        trace_id,
        list({'verifier': verifier, 'outcome': outcome, 'attempt': attempt}) AS have
    FROM wanted_verdicts
    WHERE purpose = $purpose
    GROUP BY trace_id
    HAVING bool_or(outcome IS NULL OR outcome = 'error')
        AND ($run_all OR NOT bool_or(required AND outcome IS NOT DISTINCT FROM 'fail'))
) w
JOIN ledger_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE t.quarantine IS NULL
    AND t.attempt = (SELECT max(attempt) FROM ledger_traces u WHERE u.slot_id = t.slot_id)
