-- What came out in all, of each source, of each domain and by each teacher. The column that is grouped by is named in
-- grouped_by; it is null in the row of them all.
SELECT
    CASE
        WHEN grouping(source) = 0 THEN 'source'
        WHEN grouping(domain) = 0 THEN 'domain'
        WHEN grouping(teacher_id) = 0 THEN 'teacher'
    END AS grouped_by,
    coalesce(source, domain, teacher_id) AS name,
    count(DISTINCT problem_id) AS problems,
    count(DISTINCT problem_id) FILTER (outcome = 'accepted') AS problems_solved,
    count(DISTINCT problem_id) FILTER (chosen) AS problems_chosen,
    count(*) FILTER (chosen) AS examples,
    sum(completion_tokens)::BIGINT AS completion_tokens,
    round(sum(cost_usd), 9) AS usd -- whatever the order in which it was summed
FROM reported WHERE purpose = 'train' AND described
GROUP BY GROUPING SETS ((), (source), (domain), (teacher_id))
