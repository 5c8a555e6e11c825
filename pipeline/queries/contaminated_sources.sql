-- How many traces each source of problems loses, and to which sets.
SELECT
    l.source, count(DISTINCT l.trace_id) AS accepted, count(DISTINCT c.trace_id) AS contaminated,
    list(DISTINCT c.set_name ORDER BY c.set_name) AS set_names
FROM looked_at l
LEFT JOIN contaminated c USING (trace_id)
GROUP BY l.source
HAVING contaminated > 0
ORDER BY l.source
