-- How many traces lack a verdict.
SELECT count(*) AS traces FROM unverified_now
