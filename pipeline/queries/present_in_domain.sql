-- How many problems of a domain the sets of this run hold.
SELECT count(*) AS problems
FROM present_problems JOIN problems USING (problem_id)
WHERE domain = $domain
