-- How many traces the question "unverified" gives.
SELECT count(*) AS traces FROM unverified_traces WHERE purpose = $purpose AND ($run_all OR NOT failed)
