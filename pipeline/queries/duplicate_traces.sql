-- Traces that are alike, but for the one of each group that stays: the one that would be chosen first.
SELECT id, survivor
FROM (
    SELECT g.id, first_value(g.id) OVER (PARTITION BY g.leader ORDER BY l.preference, g.id) AS survivor
    FROM grouped g
    JOIN looked_at l ON l.trace_id = g.id
)
WHERE id <> survivor
