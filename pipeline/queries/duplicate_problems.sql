-- Problems that are alike, but for the one of each group that stays: the one with most accepted traces.
WITH traces AS (SELECT problem_id, count(*) AS accepted FROM looked_at ANTI JOIN contaminated USING (trace_id) GROUP BY ALL)
SELECT id, survivor
FROM (
    SELECT g.id, first_value(g.id) OVER (PARTITION BY g.leader ORDER BY t.accepted DESC, g.id) AS survivor
    FROM grouped g
    JOIN traces t ON t.problem_id = g.id
)
WHERE id <> survivor
