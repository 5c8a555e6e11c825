-- Problems that are held out as a test split: the hash of a problem's id falls into the share, and so do those of all
-- problems that are nearly the same. What was in the other split once never comes into this one.
SELECT problem_id
FROM (SELECT DISTINCT problem_id, left(md5(problem_id), 8) < $bound AS falls FROM exported)
LEFT JOIN grouped g ON g.id = problem_id
QUALIFY bool_and(falls) OVER (PARTITION BY g.leader, CASE WHEN g.leader IS NULL THEN problem_id END)
