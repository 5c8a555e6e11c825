-- How many traces there are of each value that the list can be narrowed to.
SELECT
    CASE
        WHEN grouping(domain) = 0 THEN 'domain'
        WHEN grouping(source) = 0 THEN 'source'
        WHEN grouping(teacher_id) = 0 THEN 'teacher'
        WHEN grouping(outcome) = 0 THEN 'outcome'
        WHEN grouping(verifier) = 0 THEN 'verifier'
        ELSE 'decision'
    END AS facet,
    coalesce(domain, source, teacher_id, outcome, verifier, decision) AS value,
    count(*) AS traces
FROM shown
WHERE purpose = 'train' AND described
GROUP BY GROUPING SETS ((domain), (source), (teacher_id), (outcome), (verifier), (decision))
HAVING value IS NOT NULL
ORDER BY facet, traces DESC, value
