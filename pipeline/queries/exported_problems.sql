-- The problems whose rows are exported.
SELECT DISTINCT problem_id AS id FROM exported
