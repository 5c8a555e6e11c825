-- One problem with its counts.
SELECT s.*, p.tests, p.rubric, p.license, p.difficulty
FROM shown_problems s JOIN problems p USING (problem_id)
WHERE problem_id = $problem_id
