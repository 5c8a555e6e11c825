-- What stands for each trace that is compared with others of its problem, the one that is preferred first.
SELECT l.problem_id, s.trace_id, s.sketch
FROM sketches s
JOIN looked_at l USING (trace_id)
ORDER BY l.problem_id, l.preference, s.trace_id
