-- Traces that were sampled for training and that the present configuration describes, by domain.
SELECT
    domain,
    count(*) FILTER (outcome = 'accepted') AS accepted,
    count(*) FILTER (outcome IN ('accepted', 'rejected', 'undecided')) AS judged
FROM outcomes
WHERE purpose = 'train' AND described
GROUP BY domain
