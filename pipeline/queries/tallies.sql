-- For each model in contestants and each problem: how many samples there are and how many are right.
-- A cut or failed sample is wrong: it was paid for and gave no answer.
SELECT
    c.contestant, t.problem_id,
    count(*)::BIGINT AS samples,
    count(*) FILTER (v.outcome = 'pass')::BIGINT AS correct,
    count(*) FILTER (f.outcome = 'pass')::BIGINT AS well_formed,
    count(*) FILTER (v.outcome = 'undecided' OR v.outcome = 'error')::BIGINT AS unjudged,
    avg(t.completion_tokens) AS tokens
FROM contestants c
JOIN ledger_traces t ON t.recipe_id = c.recipe_id AND t.sample_index < c.k
JOIN present_problems s ON s.problem_id = t.problem_id
JOIN problems q ON q.problem_id = t.problem_id AND q.revision = t.problem_revision
LEFT JOIN (SELECT trace_id, any_value(outcome) AS outcome FROM wanted_verdicts WHERE proves GROUP BY trace_id) v
    USING (trace_id)
LEFT JOIN wanted_verdicts f ON f.trace_id = t.trace_id AND f.verifier = 'format'
WHERE t.purpose = 'eval'
    AND t.attempt = (SELECT max(attempt) FROM ledger_traces u WHERE u.slot_id = t.slot_id)
GROUP BY c.contestant, t.problem_id
ORDER BY c.contestant, t.problem_id
