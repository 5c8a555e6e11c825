-- The problems of this pass in the order of their sets.
SELECT
    p.problem_id, p.domain, p.prompt, p.answer, p.tests, p.rubric, p.source, p.license, p.split
FROM present_problems s
JOIN problems p USING (problem_id)
WHERE s.position < $first
ORDER BY s.position
