-- For each model in contestants and each problem in measured: how many samples there are, how many are right, what was
-- said of their form, and what they took. A cut or failed sample is wrong: it was paid for and gave no answer.
WITH asked AS (
    SELECT c.contestant, t.*
    FROM contestants c
    JOIN ledger_traces t ON t.recipe_id = c.recipe_id AND t.sample_index < c.k
    WHERE t.purpose = 'eval'
        AND t.problem_id IN (SELECT problem_id FROM measured)
        AND t.attempt = (SELECT max(attempt) FROM ledger_traces u WHERE u.slot_id = t.slot_id)
)
SELECT
    t.contestant, t.problem_id, any_value(q.domain) AS domain, any_value(q.source) AS source,
    any_value(q.difficulty) AS difficulty, any_value(q.answer) AS answer,
    count(*)::BIGINT AS samples,
    count(*) FILTER (v.proof = 'pass')::BIGINT AS correct,
    count(*) FILTER (v.format = 'pass')::BIGINT AS well_formed,
    count(*) FILTER (v.proof = 'undecided' OR v.proof = 'error')::BIGINT AS unjudged,
    count(*) FILTER (t.error IS NOT NULL)::BIGINT AS failed,
    count(*) FILTER (v.truncation = 'fail')::BIGINT AS truncation, count(v.truncation)::BIGINT AS truncation_judged,
    count(*) FILTER (v.repetition = 'fail')::BIGINT AS repetition, count(v.repetition)::BIGINT AS repetition_judged,
    count(*) FILTER (v.refusal = 'fail')::BIGINT AS refusal, count(v.refusal)::BIGINT AS refusal_judged,
    coalesce(list(t.completion_tokens) FILTER (t.completion_tokens IS NOT NULL), []) AS tokens,
    coalesce(sum(t.prompt_tokens), 0)::BIGINT AS prompt_tokens,
    sum(t.cost_usd) AS usd,
    list_sort(list(DISTINCT t.host)) AS hosts,
    coalesce(list(a.answer ORDER BY t.sample_index) FILTER (a.answer IS NOT NULL AND v.proof <> 'pass'), []) AS wrong
FROM asked t
JOIN problems q ON q.problem_id = t.problem_id AND q.revision = t.problem_revision
LEFT JOIN (
    SELECT
        trace_id,
        -- A failure outweighs a pass, as it does everywhere else.
        coalesce(
            any_value(outcome) FILTER (proves AND outcome = 'fail'),
            any_value(outcome) FILTER (proves AND outcome = 'pass'),
            max(outcome) FILTER (proves)
        ) AS proof,
        any_value(outcome) FILTER (verifier = 'format') AS format,
        any_value(outcome) FILTER (verifier = 'truncation') AS truncation,
        any_value(outcome) FILTER (verifier = 'repetition') AS repetition,
        any_value(outcome) FILTER (verifier = 'refusal') AS refusal
    FROM wanted_verdicts
    WHERE trace_id IN (SELECT trace_id FROM asked)
    GROUP BY trace_id
) v USING (trace_id)
LEFT JOIN (
    SELECT trace_id, arg_max(details ->> '$.extracted', created_at) AS answer
    FROM ledger_verdicts
    WHERE verifier = 'math-answer' AND trace_id IN (SELECT trace_id FROM asked)
    GROUP BY trace_id
) a USING (trace_id)
GROUP BY t.contestant, t.problem_id
ORDER BY t.contestant, t.problem_id
