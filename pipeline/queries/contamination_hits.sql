-- Where each problem of the evaluation sets was found.
SELECT
    set_name, evaluation_id,
    list(DISTINCT id ORDER BY id) FILTER (kind = 'problem') AS problems,
    list(DISTINCT id ORDER BY id) FILTER (kind = 'trace') AS traces
FROM (SELECT *, 'problem' AS kind FROM problem_hits UNION ALL SELECT *, 'trace' AS kind FROM trace_hits)
GROUP BY set_name, evaluation_id
ORDER BY set_name, evaluation_id
