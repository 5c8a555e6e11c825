-- One trace by its id or the start of it, with its problem and its outcome.
SELECT t.*, p.prompt, p.answer, o.outcome, o.reason AS outcome_reason
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
LEFT JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE starts_with(t.trace_id, $trace_id)
LIMIT 2
