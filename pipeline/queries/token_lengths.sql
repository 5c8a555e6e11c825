-- How many accepted and rejected traces have a length of 2^power tokens or more, and less than twice that. Lengths of
-- 0 and 1 are counted together.
SELECT
    floor(log2(greatest(tokens, 1)))::INT AS power,
    count(*) FILTER (outcome = 'accepted') AS accepted,
    count(*) FILTER (outcome = 'rejected') AS rejected
FROM reported WHERE purpose = 'train' AND described AND outcome IN ('accepted', 'rejected')
GROUP BY power ORDER BY power
