-- Problem sets and the licences that they state, with what was made of them.
SELECT
    p.source, p.license, count(DISTINCT p.problem_id) AS problems,
    count(t.trace_id) AS traces, count(e.trace_id) AS examples
FROM problem_revisions p
LEFT JOIN ledger_traces t ON t.problem_id = p.problem_id AND t.problem_revision = p.revision
LEFT JOIN (SELECT DISTINCT trace_id FROM examples) e ON e.trace_id = t.trace_id
GROUP BY 1, 2
ORDER BY 1, 2
