-- Traces of problems of which not all can be taken, apart from those that are left out already.
SELECT trace_id AS id
FROM looked_at
ANTI JOIN contaminated USING (trace_id)
ANTI JOIN (SELECT id AS problem_id FROM duplicate_problems) USING (problem_id)
ANTI JOIN (SELECT id AS trace_id FROM duplicate_traces) USING (trace_id)
QUALIFY count(*) OVER (PARTITION BY problem_id) > 1
