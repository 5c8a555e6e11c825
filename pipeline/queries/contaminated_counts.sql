-- How many traces hold a problem of each evaluation set.
SELECT set_name, count(DISTINCT trace_id) AS traces FROM contaminated GROUP BY set_name ORDER BY set_name
