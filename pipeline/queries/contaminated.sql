-- Held-out problems whose wording, but for white space and case, an example was trained on.
SELECT DISTINCT p.problem_id
FROM present_problems s
JOIN problems p USING (problem_id)
JOIN (
    SELECT DISTINCT md5(lower(trim(regexp_replace(prompt, '\s+', ' ', 'g')))) AS wording FROM curated
) c ON c.wording = md5(lower(trim(regexp_replace(p.prompt, '\s+', ' ', 'g'))))
ORDER BY p.problem_id
LIMIT 5
