-- The problems of the traces that decontamination leaves.
SELECT DISTINCT problem_id AS id FROM looked_at ANTI JOIN contaminated USING (trace_id)
