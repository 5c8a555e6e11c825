-- The problems of today, each with what became of its traces.
SELECT
    p.problem_id, p.domain, p.source, p.prompt, p.answer, p.split,
    coalesce(s.traces, 0) AS traces, coalesce(s.accepted, 0) AS accepted, coalesce(s.judged, 0) AS judged,
    CASE WHEN s.judged > 0 THEN s.accepted / s.judged END AS pass_rate,
    s.tokens, s.usd, coalesce(s.chosen, 0) AS chosen
FROM problems p
LEFT JOIN (
    SELECT
        problem_id, count(*) AS traces,
        count(*) FILTER (outcome = 'accepted') AS accepted,
        count(*) FILTER (outcome IN ('accepted', 'rejected', 'undecided')) AS judged,
        avg(tokens) AS tokens, sum(cost_usd) AS usd, count(*) FILTER (chosen) AS chosen
    FROM shown
    WHERE purpose = 'train' AND described
    GROUP BY problem_id
) s USING (problem_id)
