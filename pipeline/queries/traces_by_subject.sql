-- How many traces hang on each teacher and problem set.
SELECT 'teacher:' || teacher_id AS subject, count(*) AS traces FROM ledger_traces GROUP BY 1
UNION ALL
SELECT 'dataset:' || p.source, count(*)
FROM ledger_traces t
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
GROUP BY 1
