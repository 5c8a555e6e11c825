-- The problems of the traces that are looked at.
SELECT DISTINCT problem_id AS id FROM looked_at
