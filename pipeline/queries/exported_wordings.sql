-- The wordings of the exported problems that are sought, in an order that does not depend on how the ledger lies on disk.
SELECT p.problem_id, p.prompt, p.answer
FROM problem_revisions p
SEMI JOIN (
    SELECT t.problem_id, t.problem_revision AS revision
    FROM ledger_traces t
    SEMI JOIN exported USING (trace_id)
    SEMI JOIN sought ON sought.id = t.problem_id
) asked USING (problem_id, revision)
ORDER BY p.problem_id, p.revision
