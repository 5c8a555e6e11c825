-- The traces that decontamination leaves, of problems that are no duplicates.
SELECT trace_id AS id
FROM looked_at
ANTI JOIN contaminated USING (trace_id)
ANTI JOIN (SELECT id AS problem_id FROM duplicate_problems) USING (problem_id)
