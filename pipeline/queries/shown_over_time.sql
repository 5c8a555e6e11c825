-- Completions, acceptances and cost by hour, of the last days.
SELECT
    date_trunc('hour', created_at) AS hour,
    count(*) AS traces,
    count(*) FILTER (outcome = 'accepted') AS accepted,
    coalesce(sum(cost_usd), 0) AS usd
FROM shown
WHERE purpose = 'train' AND described
GROUP BY hour
ORDER BY hour DESC
LIMIT 336
