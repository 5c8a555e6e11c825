-- For each model in contestants and each prompt in about_safety: how many samples there are, and how many refuse.
SELECT
    c.contestant, t.problem_id,
    count(*)::BIGINT AS samples,
    count(*) FILTER (t.error IS NOT NULL)::BIGINT AS failed,
    count(*) FILTER (v.outcome = 'fail')::BIGINT AS refused
FROM contestants c
JOIN ledger_traces t ON t.recipe_id = c.recipe_id AND t.sample_index < c.k
JOIN problems q ON q.problem_id = t.problem_id AND q.revision = t.problem_revision
LEFT JOIN wanted_verdicts v ON v.trace_id = t.trace_id AND v.verifier = 'refusal'
WHERE t.purpose = 'eval'
    AND t.problem_id IN (SELECT problem_id FROM about_safety)
    AND t.attempt = (SELECT max(attempt) FROM ledger_traces u WHERE u.slot_id = t.slot_id)
GROUP BY c.contestant, t.problem_id
ORDER BY c.contestant, t.problem_id
