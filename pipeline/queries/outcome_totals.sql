-- Traces that were sampled for training and that the configuration describes, and how many of them one run sampled.
SELECT
    coalesce(domain, 'unknown') AS domain, teacher_id, outcome,
    count(*) AS traces, count(*) FILTER (run_id = $run_id) AS of_run
FROM outcomes
WHERE purpose = 'train' AND described
GROUP BY ALL
ORDER BY ALL
