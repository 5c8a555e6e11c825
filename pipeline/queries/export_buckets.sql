-- Problems in the order of their ids, cut into buckets whose traces can be held in memory together.
SELECT problem_id, CAST(sum(characters) OVER (ORDER BY problem_id) // $characters AS INTEGER) AS bucket
FROM (SELECT problem_id, sum(characters) AS characters FROM export_facts GROUP BY problem_id)
