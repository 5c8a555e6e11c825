-- How many traces wait for a judge.
SELECT count(*) AS traces FROM unjudged_now
