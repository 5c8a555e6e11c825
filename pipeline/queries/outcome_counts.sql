-- How many traces of one purpose have each outcome.
SELECT outcome, count(*) AS traces FROM outcomes WHERE purpose = $purpose GROUP BY outcome ORDER BY outcome
