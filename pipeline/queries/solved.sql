-- Problems that were asked, and those that some accepted trace solves.
SELECT
    count(DISTINCT problem_id) AS problems,
    count(DISTINCT problem_id) FILTER (outcome = 'accepted') AS solved
FROM outcomes WHERE purpose = 'train' AND described
